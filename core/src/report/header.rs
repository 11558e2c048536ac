//! Who says what to whom: the head of a statement.

use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// The head of a statement.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// What kind of document it is.
    pub kind: StatementKind,
    /// Whether it can still change.
    pub status: StatementStatus,
    /// Its number, without gaps in its series; only a final statement has one.
    pub number: Option<String>,
    /// When its period was closed.
    pub issued_at: Option<Timestamp>,
    /// Who issues it.
    pub issuer: Option<Party>,
    /// Who gets it.
    pub recipient: Option<Party>,
}

/// What kind of document a statement is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatementKind {
    /// Cost that is sent to those who caused it.
    #[default]
    Chargeback,
    /// Cost that is shown, and stays where it is.
    Showback,
}

impl StatementKind {
    /// The kind in lower case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Chargeback => "chargeback",
            Self::Showback => "showback",
        }
    }
}

/// Whether a statement can still change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatementStatus {
    /// The period is open: calls, corrections and rules can still change it.
    #[default]
    Provisional,
    /// The period is closed: corrections go into the next one.
    Final,
}

/// One side of a statement.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Party {
    /// The name.
    pub name: String,
    /// Address and whatever else stands under the name, line by line.
    #[serde(default)]
    pub lines: Vec<String>,
    /// The cost centre, purchase order or another reference of the party.
    #[serde(default)]
    pub reference: Option<String>,
    /// The tax number.
    #[serde(default)]
    pub tax_id: Option<String>,
    /// Whom to ask.
    #[serde(default)]
    pub contact: Option<String>,
}
