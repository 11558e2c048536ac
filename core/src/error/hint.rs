//! "Did you mean": the one form in which a message offers known names for an unknown one.
//!
//! Which names are near is found where they are known; here they are only put into words.

/// The end of a message or of a part of it: `` (did you mean `a`, `b` or `c`?)``; nothing when there is no name.
pub(crate) fn did_you_mean<S: AsRef<str>>(names: &[S]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{}`", name.as_ref())).collect();
    let listed = match quoted.split_last() {
        None => return String::new(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
    };
    format!(" (did you mean {listed}?)")
}

#[cfg(test)]
mod tests {
    use super::did_you_mean;

    #[test]
    fn names_are_listed_as_one_says_them() {
        assert_eq!(did_you_mean::<&str>(&[]), "");
        assert_eq!(did_you_mean(&["a"]), " (did you mean `a`?)");
        assert_eq!(did_you_mean(&["a", "b", "c"]), " (did you mean `a`, `b` or `c`?)");
    }
}
