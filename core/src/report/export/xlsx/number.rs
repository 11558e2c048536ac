//! A printed number as a spreadsheet has it: a number with a format that shows what is printed.
//!
//! A spreadsheet knows doubles only, so the number is the nearest one to what is printed; nothing is computed with it
//! here. Where no format shows what is printed, as for `<0.01`, the format is that text.

use super::super::exact::Exact;
use crate::report::document::{Cell, ColumnKind};

/// A number and how it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shown {
    /// The number, as a plain decimal.
    pub(super) number: Exact,
    /// The spreadsheet's format for it.
    pub(super) format: String,
    /// What is shown.
    pub(super) text: String,
}

impl Shown {
    /// The nearest double.
    pub(super) fn double(&self) -> f64 {
        self.number.to_string().parse().unwrap_or_default()
    }
}

/// The cell as a number; nothing for words.
pub(super) fn shown(kind: ColumnKind, cell: &Cell) -> Option<Shown> {
    let plain = cell.number.as_deref()?;
    let number = Exact::parse(plain)?;
    let is_percent = kind == ColumnKind::Percent;
    let decimals = plain.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let point = if decimals == 0 { String::new() } else { format!(".{}", "0".repeat(decimals)) };
    let unit = if is_percent { " %" } else { "" };
    let is_usual = format!("{}{unit}", grouped(plain)) == cell.text;
    let is_signed = !is_usual && format!("+{}{unit}", grouped(plain)) == cell.text;
    let format = match (is_usual, is_signed) {
        (true, _) => format!("#,##0{point}{unit}"),
        (_, true) => format!("+#,##0{point}{unit};-#,##0{point}{unit}"),
        _ => literal(&cell.text)?,
    };
    let number = if is_percent { number.divided(100, MAX_DECIMALS)? } else { number };
    Some(Shown { number, format, text: cell.text.clone() })
}

const MAX_DECIMALS: u32 = 30;
/// The longest format that a spreadsheet takes is 255; three times the text has to fit.
const MAX_LITERAL: usize = 60;

/// A format that shows a text for any number, whatever its sign.
fn literal(text: &str) -> Option<String> {
    let is_plain = text.chars().count() <= MAX_LITERAL
        && !text.contains(['"', '\\'])
        && !text.contains(char::is_control);
    is_plain.then(|| format!("\"{text}\";\"{text}\";\"{text}\""))
}

/// A plain decimal with its whole part in groups of three.
fn grouped(plain: &str) -> String {
    let (sign, size) = plain.strip_prefix('-').map_or(("", plain), |size| ("-", size));
    let (whole, part) = size.split_at(size.find('.').unwrap_or(size.len()));
    let mut text = String::from(sign);
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text + part
}

#[cfg(test)]
mod tests {
    use super::{Shown, shown};
    use crate::report::document::{Cell, ColumnKind};
    use crate::report::export::exact::Exact;

    fn check(kind: ColumnKind, text: &str, number: &str, expect: (&str, &str)) {
        let cell = Cell { text: text.to_owned(), number: Some(number.to_owned()), bar: None };
        let expected = Shown {
            number: Exact::parse(expect.0).unwrap(),
            format: expect.1.to_owned(),
            text: text.to_owned(),
        };
        assert_eq!(shown(kind, &cell), Some(expected));
    }

    #[test]
    fn a_number_has_the_format_that_shows_what_is_printed() {
        check(ColumnKind::Money, "1,342.00", "1342.00", ("1342.0", "#,##0.00"));
        check(ColumnKind::Money, "-1,234,567.250", "-1234567.250", ("-1234567.25", "#,##0.000"));
        check(ColumnKind::Money, "<0.01", "0.00", ("0.0", r#""<0.01";"<0.01";"<0.01""#));
        check(ColumnKind::Quantity, "22,000,000", "22000000", ("22000000.0", "#,##0"));
        check(ColumnKind::Percent, "61.9 %", "61.9", ("0.619", "#,##0.0 %"));
        check(ColumnKind::Percent, "+12.5 %", "12.5", ("0.125", "+#,##0.0 %;-#,##0.0 %"));
        check(ColumnKind::Percent, ">9,999 %", "12345.6", ("123.456", r#"">9,999 %";">9,999 %";">9,999 %""#));
        assert_eq!(shown(ColumnKind::Text, &Cell::text("=1+1")), None);
    }
}
