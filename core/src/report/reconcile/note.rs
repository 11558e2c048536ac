//! What a true-up writes into the ledger beside its amount: the reason in words, and its key for programs.

use super::cause::DriftCause;
use super::key::MatchKey;
use serde::{Deserialize, Serialize};

/// The last line of a true-up's note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TrueUpNote {
    /// What tells it from any other true-up.
    #[serde(rename = "true_up")]
    pub(crate) id: String,
    /// Whose bill.
    pub(crate) provider: String,
    /// Why; nothing where a person accepted what no rule explains.
    pub(crate) cause: Option<DriftCause>,
    /// The line of the bill.
    pub(crate) key: MatchKey,
}

impl TrueUpNote {
    /// The note with its sentence first.
    pub(super) fn with_sentence(&self, sentence: &str) -> String {
        // A struct of texts always has its JSON.
        let own = serde_json::to_string(self).unwrap_or_default();
        format!("{}\n{own}", sentence.replace('\n', " "))
    }

    /// The note of an entry; nothing where the entry is no true-up.
    pub(crate) fn read(note: &str) -> Option<Self> {
        let (_, own) = note.rsplit_once('\n')?;
        serde_json::from_str(own).ok()
    }
}
