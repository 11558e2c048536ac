//! How a statement is to be printed: in which currency, with which words, how much of it.
//!
//! A presentation changes nothing that was booked: an exchange rate turns every exact amount into another currency before
//! it is rounded, so that columns add up there too.

use super::Theme;
use crate::error::{Error, ErrorCode, Result};
use crate::money::{Currency, Money};
use crate::report::rules::ReportRules;
use std::collections::BTreeMap;

/// Rows of the grouping that was asked for; the others are summed.
const ROWS: usize = 50;
/// Rows of each further breakdown.
const FURTHER_ROWS: usize = 12;
/// The most digits of an exchange rate, so that the product of an amount and a rate can't leave its range.
const MAX_RATE: i128 = 10_000_000_000_000;

/// How a statement is printed.
///
/// # Examples
/// ```
/// use bursar::{Fx, Presentation};
/// let fx = Fx::new("EUR", "0.8612", "ECB reference rate", "2026-10-31")?;
/// let presentation = Presentation::new().fx(fx).max_rows(200).text("Chargeback statement", "Kostenverrechnung");
/// # Ok::<(), bursar::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presentation {
    pub(in crate::report) theme: Theme,
    pub(super) fx: Option<Fx>,
    pub(in crate::report) language: String,
    pub(in crate::report) rows: usize,
    pub(super) further_rows: usize,
    pub(in crate::report) texts: BTreeMap<String, String>,
}

impl Default for Presentation {
    fn default() -> Self {
        Self::new()
    }
}

impl Presentation {
    /// The ledger's currency, 50 rows of the main table and 12 of the others.
    pub fn new() -> Self {
        Self {
            theme: Theme::default(),
            fx: None,
            language: "en".to_owned(),
            rows: ROWS,
            further_rows: FURTHER_ROWS,
            texts: BTreeMap::new(),
        }
    }

    /// The same without an exchange rate: of a document whose amounts have currencies of their own.
    pub(in crate::report) fn unconverted(&self) -> Self {
        Self { fx: None, ..self.clone() }
    }

    /// With the accent and the logo of a policy.
    pub fn of(rules: &ReportRules) -> Self {
        Self::new().theme(Theme::from(&rules.parties))
    }

    /// The accent colour and the logo.
    #[must_use]
    pub fn theme(mut self, theme: Theme) -> Self {
        self.theme = theme;
        self
    }

    /// Every amount in another currency.
    #[must_use]
    pub fn fx(mut self, fx: Fx) -> Self {
        self.fx = Some(fx);
        self
    }

    /// The language of the texts, as a BCP 47 tag. It is said in the document, and translates nothing by itself.
    #[must_use]
    pub fn language(mut self, tag: impl Into<String>) -> Self {
        self.language = tag.into();
        self
    }

    /// The most rows of every table, at least 2; the others are summed in one.
    #[must_use]
    pub fn max_rows(mut self, rows: usize) -> Self {
        (self.rows, self.further_rows) = (rows.max(2), rows.max(2));
        self
    }

    /// Another text where a title, a label or a head of a column is printed exactly so: `Team` as `Abteilung`.
    #[must_use]
    pub fn text(mut self, printed: impl Into<String>, instead: impl Into<String>) -> Self {
        self.texts.insert(printed.into(), instead.into());
        self
    }
}

/// An exchange rate for a whole document, with its source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fx {
    currency: Currency,
    rate: String,
    source: String,
    date: String,
    numerator: i128,
    denominator: i128,
}

impl Fx {
    /// The rate is what one unit of the ledger's currency is worth: `0.8612` for a euro to the dollar. Source and date are
    /// printed as they are.
    ///
    /// # Errors
    /// `currency_unsupported` for what is no currency code, `report_invalid` for a rate that isn't a positive decimal of
    /// at most 12 decimals and 13 digits.
    pub fn new(
        currency: &str,
        rate: &str,
        source: impl Into<String>,
        date: impl Into<String>,
    ) -> Result<Self> {
        let currency = currency.parse()?;
        let invalid = || {
            Error::new(ErrorCode::ReportInvalid, format!("`{rate}` is no exchange rate"))
                .with_help("give a positive decimal of at most 12 decimals and 13 digits")
        };
        let number = rate.trim().parse::<Money>().map_err(|cause| invalid().caused_by(cause))?.pico();
        let (mut numerator, mut denominator) = (number, Money::ONE.pico());
        while denominator > 1 && numerator % 10 == 0 && numerator != 0 {
            (numerator, denominator) = (numerator / 10, denominator / 10);
        }
        if !(1..MAX_RATE).contains(&numerator) {
            return Err(invalid());
        }
        let (source, date) = (source.into(), date.into());
        Ok(Self { currency, rate: rate.trim().to_owned(), source, date, numerator, denominator })
    }

    /// The currency that is printed.
    pub fn currency(&self) -> Currency {
        self.currency
    }

    /// The rate as it was given.
    pub fn rate(&self) -> &str {
        &self.rate
    }

    /// Where the rate comes from.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Of which day the rate is.
    pub fn date(&self) -> &str {
        &self.date
    }

    /// The rate as a fraction.
    pub(super) fn ratio(&self) -> (i128, i128) {
        (self.numerator, self.denominator)
    }
}

#[cfg(test)]
mod tests {
    use super::Fx;

    #[test]
    fn a_rate_is_a_positive_decimal() {
        assert_eq!(Fx::new("EUR", "0.8612", "ECB", "2026-10-31").unwrap().ratio(), (8_612, 10_000));
        assert_eq!(Fx::new("JPY", "150", "", "").unwrap().ratio(), (150, 1));
        for rate in ["0", "-1", "x", "", "1,2", "99999999999999", "0.0000000000001", "1 EUR"] {
            let error = Fx::new("EUR", rate, "", "").unwrap_err();
            assert_eq!(error.message(), format!("`{rate}` is no exchange rate"));
        }
        assert!(Fx::new("euro", "1", "", "").is_err());
    }
}
