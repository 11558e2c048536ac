//! How the columns of any table are read.

use crate::error::{Error, ErrorCode, Result};
use crate::pricing::Dimension;
use crate::report::reconcile::line::ChargeKind;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The names of a table's columns; `start` and `amount` are needed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CsvColumns {
    /// The first instant or the day.
    pub start: String,
    /// The first instant after it; a day later where the column isn't named.
    pub end: Option<String>,
    /// What is charged.
    pub amount: String,
    /// The currency of the row.
    pub currency: Option<String>,
    /// The model.
    pub model: Option<String>,
    /// The kind of usage.
    pub token_type: Option<String>,
    /// Units.
    pub quantity: Option<String>,
    /// The service tier.
    pub tier: Option<String>,
    /// The price tier of the context.
    pub context: Option<String>,
    /// The region.
    pub geo: Option<String>,
    /// The account.
    pub account: Option<String>,
    /// The project or workspace.
    pub sub_account: Option<String>,
    /// The API key.
    pub credential: Option<String>,
    /// The article.
    pub sku: Option<String>,
    /// The id of the line.
    pub line_id: Option<String>,
    /// What the row charges for.
    pub kind: Option<String>,
    /// Words.
    pub description: Option<String>,
}

/// What one of an amount's column is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AmountUnit {
    /// A whole unit of the currency, such as a dollar.
    #[default]
    Major,
    /// The lowest unit, such as a cent.
    Minor,
}

/// What a positive amount means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CsvSign {
    /// A charge.
    #[default]
    ChargesArePositive,
    /// A credit: charges are negative, as in a statement of an account.
    ChargesAreNegative,
}

/// How a table is read: which column is what, and in which units.
///
/// # Examples
/// ```
/// use bursar::CsvMapping;
/// let mapping = CsvMapping::from_toml(r#"
///     provider = "mistral"
///     currency = "EUR"
///     date_format = "%d.%m.%Y"
///     decimal = ","
///     delimiter = ";"
///     quantity_per = 1000
///     columns = { start = "Tag", amount = "Betrag", model = "Modell", token_type = "Art", quantity = "Tausend" }
///     token_types = { Eingabe = "input_uncached", Ausgabe = "output" }
/// "#)?;
/// assert_eq!(mapping.quantity_per, 1000);
/// # Ok::<(), bursar::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CsvMapping {
    /// Whose bill, by the price book's id.
    pub provider: String,
    /// The columns.
    pub columns: CsvColumns,
    /// How a day is written, in the letters of `strftime`; RFC 3339 or `2026-11-01` where nothing is said.
    pub date_format: Option<String>,
    /// The currency where no column gives it.
    pub currency: String,
    /// What one of the amount's column is.
    pub amount_unit: AmountUnit,
    /// What a positive amount means.
    pub sign: CsvSign,
    /// How many units one of the quantity's column is.
    pub quantity_per: u64,
    /// The sign between whole and fraction: `.` or `,`; the other one groups thousands.
    pub decimal: char,
    /// The sign between cells.
    pub delimiter: char,
    /// The table's words for kinds of usage, where they aren't ours.
    pub token_types: BTreeMap<String, Dimension>,
    /// The table's words for what a row charges for.
    pub kinds: BTreeMap<String, ChargeKind>,
    /// Whether the table is an invoice rather than a list of usage.
    pub is_invoice: bool,
}

impl Default for CsvMapping {
    fn default() -> Self {
        Self {
            provider: String::new(),
            columns: CsvColumns::default(),
            date_format: None,
            currency: "USD".to_owned(),
            amount_unit: AmountUnit::Major,
            sign: CsvSign::ChargesArePositive,
            quantity_per: 1,
            decimal: '.',
            delimiter: ',',
            token_types: BTreeMap::new(),
            kinds: BTreeMap::new(),
            is_invoice: false,
        }
    }
}

impl CsvMapping {
    /// Reads a mapping from TOML.
    ///
    /// # Errors
    /// `report_invalid` for a key that isn't known or a value that can't be.
    pub fn from_toml(text: &str) -> Result<Self> {
        let mapping: Self = toml::from_str(text).map_err(|cause| invalid(cause.message()))?;
        mapping.check()?;
        Ok(mapping)
    }

    /// Refuses what can't be read by.
    pub(super) fn check(&self) -> Result<()> {
        let needed = [
            ("provider", &self.provider),
            ("columns.start", &self.columns.start),
            ("columns.amount", &self.columns.amount),
        ];
        if let Some((name, _)) = needed.iter().find(|(_, value)| value.is_empty()) {
            return Err(invalid(&format!("`{name}` is missing")));
        }
        if !matches!(self.decimal, '.' | ',') {
            return Err(invalid(&format!("`decimal` is `{}`, and `.` or `,` is allowed", self.decimal)));
        }
        if !self.delimiter.is_ascii() || self.delimiter == self.decimal {
            return Err(invalid(&format!(
                "`delimiter` is `{}`, and one ASCII sign other than `{}` is allowed",
                self.delimiter, self.decimal
            )));
        }
        if self.quantity_per == 0 {
            return Err(invalid("`quantity_per` is 0, and 1 or more is allowed"));
        }
        Ok(())
    }
}

#[cold]
fn invalid(found: &str) -> Error {
    Error::new(ErrorCode::ReportInvalid, format!("the mapping of a table can't be used: {found}"))
        .with_help("name the columns of the table in the mapping")
}
