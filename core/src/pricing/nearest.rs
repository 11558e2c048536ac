//! The known names nearest to an unknown one.

use crate::error::did_you_mean;

/// The longest name that is compared; a longer one is a mistake of another kind.
pub(super) const MAX_NAME_BYTES: usize = 128;

/// How many names an error offers.
const MAX_OFFERED: usize = 3;

/// Below this similarity a name is no help.
const SIMILAR: f64 = 0.55;
const SIMILAR_PERCENT: usize = 55;

/// How many names are compared letter by letter.
const MAX_COMPARED: usize = 200;

/// How often each letter stands in a name: names that differ in it differ in at least as many places.
struct Letters([u8; 32]);

impl Letters {
    fn of(text: &str) -> Self {
        let mut counts = [0_u8; 32];
        for byte in text.bytes() {
            // Capitals and small letters fall together.
            if let Some(count) = counts.get_mut(usize::from(byte & 31)) {
                *count = count.saturating_add(1);
            }
        }
        Self(counts)
    }

    /// A distance that none is below: the larger of the letters that only one side has.
    fn least_distance(&self, other: &Self) -> usize {
        let (mut more, mut less) = (0_usize, 0_usize);
        for (one, other) in self.0.iter().zip(other.0) {
            more += usize::from(one.saturating_sub(other));
            less += usize::from(other.saturating_sub(*one));
        }
        more.max(less)
    }
}

/// A user's text as it is shown in an error: cut to [`MAX_NAME_BYTES`].
pub(super) fn shown(text: &str) -> &str {
    text.get(..text.floor_char_boundary(MAX_NAME_BYTES)).unwrap_or(text)
}

/// The known names nearest to `text`, the best first.
pub(super) fn names<'n>(text: &str, known: impl Iterator<Item = &'n str>) -> Vec<&'n str> {
    let text = shown(text).to_lowercase();
    let wanted = Letters::of(&text);
    let mut candidates: Vec<(usize, &str)> = known
        .map(|name| (wanted.least_distance(&Letters::of(shown(name))), name))
        .filter(|(least, name)| *least * 100 <= (100 - SIMILAR_PERCENT) * text.len().max(name.len()))
        .collect();
    // A long book has many names; only the likeliest are compared in full.
    candidates.sort_unstable();
    candidates.dedup();
    let mut scored: Vec<(f64, &str)> = candidates
        .into_iter()
        .take(MAX_COMPARED)
        .map(|(_, name)| name)
        .map(|name| (strsim::normalized_damerau_levenshtein(&text, shown(name)), name))
        .filter(|(score, _)| *score >= SIMILAR)
        .collect();
    scored.sort_by(|left, right| right.0.total_cmp(&left.0).then(left.1.cmp(right.1)));
    scored.dedup_by(|left, right| left.1 == right.1);
    scored.into_iter().take(MAX_OFFERED).map(|(_, name)| name).collect()
}

/// The end of a message that offers the nearest names, or nothing.
pub(super) fn describe<'n>(text: &str, known: impl Iterator<Item = &'n str>) -> String {
    did_you_mean(&names(text, known))
}

/// `` `a`, `b` and `c` ``.
pub(super) fn quoted<S: AsRef<str>>(names: &[S]) -> String {
    match names {
        [] => "none".to_owned(),
        [one] => format!("`{}`", one.as_ref()),
        [rest @ .., last] => {
            let rest: Vec<String> = rest.iter().map(|name| format!("`{}`", name.as_ref())).collect();
            format!("{} and `{}`", rest.join(", "), last.as_ref())
        }
    }
}
