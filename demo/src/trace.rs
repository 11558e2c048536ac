//! Replaying a recorded trace: `TIMESTAMP,ContextTokens,GeneratedTokens`, one call a line.

use crate::cast::CAST;
use crate::random::Random;
use crate::workload::{Ending, PlannedCall};
use bursar::Timestamp;
use std::path::Path;

/// The calls of a trace. It knows neither agents nor models, so each call is given to one of the cast by the seed;
/// and its clock is moved so that it begins at `start`, where today's models have prices.
pub(crate) fn read(path: &Path, start: Timestamp, seed: u64) -> Result<Vec<PlannedCall>, String> {
    let named =
        |what: &dyn std::fmt::Display| format!("the trace `{}` can't be read: {what}", path.display());
    let mut reader = csv::Reader::from_path(path).map_err(|error| named(&error))?;
    let headers = reader.headers().map_err(|error| named(&error))?.clone();
    let expected = ["TIMESTAMP", "ContextTokens", "GeneratedTokens"];
    if headers.iter().ne(expected) {
        return Err(named(&format!(
            "its columns are `{}`, and `{}` are expected",
            headers.iter().collect::<Vec<_>>().join(","),
            expected.join(",")
        )));
    }
    let mut random = Random::new(seed);
    let (mut calls, mut first) = (Vec::new(), None);
    for (line, record) in (2..).zip(reader.records()) {
        let record = record.map_err(|error| named(&error))?;
        let field = |index: usize| record.get(index).unwrap_or_default();
        let at = field(0).replacen(' ', "T", 1) + "Z";
        let at: Timestamp = at.parse().map_err(|error| named(&format!("line {line}: {error}")))?;
        let tokens = |index| {
            field(index)
                .parse::<u64>()
                .map_err(|_| named(&format!("line {line}: `{}` is no number of tokens", field(index))))
        };
        let (tokens_in, tokens_out) = (tokens(1)?, tokens(2)?);
        let moved = at.micros() - *first.get_or_insert(at.micros()) + start.micros();
        let Some(agent) = CAST.get(usize::try_from(random.below(CAST.len() as u64)).unwrap_or(0)) else {
            continue;
        };
        calls.push(PlannedCall {
            at: Timestamp::from_micros(moved),
            agent,
            tokens_in,
            tokens_out,
            ending: Ending::Answered,
        });
    }
    calls.sort_by_key(|call| call.at);
    Ok(calls)
}
