//! "Did you mean": the known names nearest to an unknown one.

/// The longest name that is compared; a longer one is a mistake of another kind.
pub(super) const MAX_NAME_BYTES: usize = 128;

/// How many names an error offers.
const MAX_OFFERED: usize = 3;

/// Below this similarity a name is no help.
const SIMILAR: f64 = 0.55;

/// A user's text as it is shown in an error: cut to [`MAX_NAME_BYTES`].
pub(super) fn shown(text: &str) -> &str {
    text.get(..text.floor_char_boundary(MAX_NAME_BYTES)).unwrap_or(text)
}

/// The known names nearest to `text`, the best first.
pub(super) fn names<'n>(text: &str, known: impl Iterator<Item = &'n str>) -> Vec<&'n str> {
    let text = shown(text).to_lowercase();
    let mut scored: Vec<(f64, &str)> = known
        .map(|name| (strsim::normalized_damerau_levenshtein(&text, shown(name)), name))
        .filter(|(score, _)| *score >= SIMILAR)
        .collect();
    scored.sort_by(|left, right| right.0.total_cmp(&left.0).then(left.1.cmp(right.1)));
    scored.dedup_by(|left, right| left.1 == right.1);
    scored.into_iter().take(MAX_OFFERED).map(|(_, name)| name).collect()
}

/// The end of a message: `; the nearest are `a` and `b``, or nothing.
pub(super) fn describe<'n>(text: &str, known: impl Iterator<Item = &'n str>) -> String {
    match names(text, known).as_slice() {
        [] => String::new(),
        [one] => format!("; the nearest is `{one}`"),
        many => format!("; the nearest are {}", quoted(many)),
    }
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
