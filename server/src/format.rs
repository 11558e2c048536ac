//! The formats of a statement.

use crate::options::{Fault, Given, Outcome};
use bursar::Statement;

/// A format by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Table,
    Csv,
    Json,
}

const FORMATS: &[(&str, Format)] = &[("table", Format::Table), ("csv", Format::Csv), ("json", Format::Json)];

impl Format {
    /// The format that is asked for; the table when none is.
    pub(crate) fn of(given: &Given) -> Outcome<Self> {
        let Some(name) = given.get("format") else { return Ok(Self::Table) };
        let known = FORMATS.iter().find(|(known, _)| *known == name).map(|(_, format)| *format);
        known.ok_or_else(|| {
            let names: Vec<_> = FORMATS.iter().map(|(name, _)| format!("`{name}`")).collect();
            Fault::new(format!("`{name}` is no format"), format!("use one of {}", names.join(", ")))
        })
    }

    /// What a file of it ends with.
    pub(crate) const fn extension(self) -> &'static str {
        match self {
            Self::Table => "txt",
            Self::Csv => "csv",
            Self::Json => "json",
        }
    }

    /// The statement in this format.
    pub(crate) fn render(self, statement: &Statement) -> Vec<u8> {
        match self {
            Self::Table => statement.to_table().into_bytes(),
            Self::Csv => statement.to_csv().into_bytes(),
            Self::Json => statement.to_json().into_bytes(),
        }
    }
}
