//! Names with values, which cross as one flat list: name, value, name, value …

use bursar::{Dimension, Error, ErrorCode, Result, Terms, Usage};

/// The pairs of a flat list.
pub(crate) fn pairs(flat: &[String]) -> Vec<(&str, &str)> {
    flat.chunks_exact(2)
        .filter_map(|pair| match pair {
            [name, value] => Some((name.as_str(), value.as_str())),
            _ => None,
        })
        .collect()
}

/// Usage by OpenTelemetry's names, where a whole includes its parts.
pub(crate) fn usage_of_otel(flat: &[String]) -> Result<Usage> {
    let counts = counts(flat)?;
    Usage::from_otel(counts)
}

/// Usage by our own names of dimensions, each apart from the others.
pub(crate) fn usage_of_own(flat: &[String]) -> Result<Usage> {
    let mut usage = Usage::new();
    for (name, count) in counts(flat)? {
        usage.set(name.parse::<Dimension>()?, count);
    }
    Ok(usage)
}

fn counts(flat: &[String]) -> Result<Vec<(&str, u64)>> {
    pairs(flat)
        .into_iter()
        .map(|(name, text)| match text.parse::<u64>() {
            Ok(count) => Ok((name, count)),
            Err(_) => Err(Error::new(
                ErrorCode::UsageInvalid,
                format!("`{name}` is {text}, and a count of 0 to 2^64 - 1 is allowed"),
            )),
        })
        .collect()
}

/// The counts above zero as a flat list of text.
pub(crate) fn flat_of_usage(usage: &Usage) -> Vec<String> {
    usage.iter().flat_map(|(dimension, count)| [dimension.as_str().to_owned(), count.to_string()]).collect()
}

/// The terms of a call; the face has checked their names.
pub(crate) fn terms_of(flat: &[String]) -> Terms {
    pairs(flat).into_iter().fold(Terms::new(), |terms, (name, value)| match name {
        "service_tier" => terms.service_tier(value),
        "served" => terms.served(value),
        "processing" => terms.processing(value),
        "speed" => terms.speed(value),
        "region" => terms.region(value),
        "data_residency" => terms.data_residency(value),
        "resolution" => terms.resolution(value),
        "search" => terms.search(value),
        _ => terms,
    })
}
