//! Texts that a spreadsheet would run are made harmless.

use std::borrow::Cow;

/// What a spreadsheet takes for the start of a formula, in both widths.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// The text, with an apostrophe where a spreadsheet would run it, and without line breaks.
pub(super) fn guarded(text: &str) -> Cow<'_, str> {
    let is_broken = text.contains(['\n', '\r', '\t']);
    let text =
        if is_broken { Cow::Owned(text.replace(['\n', '\r', '\t'], " ")) } else { Cow::Borrowed(text) };
    if text.trim_start().starts_with(FORMULA) { Cow::Owned(format!("'{text}")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::guarded;

    #[test]
    fn a_text_that_a_spreadsheet_would_run_is_guarded_and_stays_on_one_line() {
        for name in ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "＝1"] {
            assert_eq!(guarded(name), format!("'{name}"));
        }
        assert_eq!(guarded("\n=1"), "' =1");
        for name in ["a=b", "1-1", "", "client@home", "'=1"] {
            assert_eq!(guarded(name), name);
        }
    }
}
