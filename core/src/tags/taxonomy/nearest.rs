//! The known value that a misspelt one probably meant.

use std::sync::Arc;

/// Longer values are no typing errors of each other, and would be slow to compare.
const MAX_COMPARED_BYTES: usize = 64;

/// The value that needs the fewest changed letters: at most one in three, letter case aside. Of equal ones the first.
pub(super) fn nearest<'v>(value: &str, known: impl IntoIterator<Item = &'v Arc<str>>) -> Option<String> {
    if value.len() > MAX_COMPARED_BYTES {
        return None;
    }
    let wanted = value.to_lowercase();
    let allowed = (wanted.chars().count() / 3).max(1);
    let distances = known
        .into_iter()
        // Three changed letters of at most four bytes each are what lengths may differ by.
        .filter(|candidate| candidate.len().abs_diff(wanted.len()) <= allowed * 4)
        .map(|candidate| (strsim::osa_distance(&wanted, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= allowed);
    distances.min_by_key(|(distance, _)| *distance).map(|(_, candidate)| candidate.to_string())
}

#[cfg(test)]
mod tests {
    use super::nearest;
    use std::sync::Arc;

    #[test]
    fn a_typing_error_finds_its_value_and_another_word_finds_none() {
        let known: Vec<Arc<str>> = ["acme", "globex", "initech", "Übersee"].map(Arc::from).to_vec();
        let cases = [
            ("acmee", Some("acme")),
            ("ACME", Some("acme")),
            ("amce", Some("acme")),
            ("glbex", Some("globex")),
            ("übersee", Some("Übersee")),
            ("ubersee", Some("Übersee")),
            ("umbrella", None),
            ("a", None),
            ("", None),
        ];
        for (value, expected) in cases {
            assert_eq!(nearest(value, &known).as_deref(), expected, "{value}");
        }
        assert_eq!(nearest(&"acme".repeat(17), &known), None);
    }
}
