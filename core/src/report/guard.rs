//! Texts that a spreadsheet would run are made harmless.

use std::borrow::Cow;

/// What a spreadsheet takes for the start of a formula, in both widths.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// The text, with an apostrophe where a spreadsheet would run it.
pub(super) fn guarded(text: &str) -> Cow<'_, str> {
    if text.trim_start().starts_with(FORMULA) { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

/// The same on one line, for importers that know no line breaks.
pub(super) fn guarded_line(text: &str) -> Cow<'_, str> {
    if !text.contains(['\n', '\r', '\t']) {
        return guarded(text);
    }
    Cow::Owned(guarded(&text.replace(['\n', '\r', '\t'], " ")).into_owned())
}

#[cfg(test)]
mod tests {
    use super::{guarded, guarded_line};

    #[test]
    fn a_text_that_a_spreadsheet_would_run_is_guarded() {
        for name in ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "＝1"] {
            assert_eq!([guarded(name), guarded_line(name)], [format!("'{name}"), format!("'{name}")]);
        }
        for name in ["a=b", "1-1", "", "client@home", "'=1"] {
            assert_eq!([guarded(name), guarded_line(name)], [name, name]);
        }
        assert_eq!([guarded("a\nb"), guarded_line("a\nb"), guarded_line("\n=1")], ["a\nb", "a b", "' =1"]);
    }
}
