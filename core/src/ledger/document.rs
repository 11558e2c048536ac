//! A document that was issued: kept as it was, whatever changes later.

use crate::time::{Timestamp, Window};
use sha2::{Digest, Sha256};
use std::fmt;

/// The SHA-256 of a document's content.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ContentHash([u8; 32]);

impl ContentHash {
    /// The hash of a content.
    pub fn of(content: &[u8]) -> Self {
        Self(Sha256::digest(content).into())
    }

    pub(crate) const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub(crate) const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for ContentHash {
    /// 64 hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// A document as it was issued.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct IssuedDocument {
    /// Its number: the series, the period, and its place in the series, which has no gaps.
    pub number: String,
    /// What it is: `chargeback`, `showback`, `invoice`, `credit_note`, `debit_note`, `reconciliation`.
    pub kind: String,
    /// Whose it is: the filter of its calls; empty for all. Of a reconciliation the provider.
    pub scope: String,
    /// The period.
    pub window: Window,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// The content: the JSON of the statement or the reconciliation.
    pub content: String,
    /// The hash of the content.
    pub hash: ContentHash,
}

impl IssuedDocument {
    /// A document with the hash of its content.
    pub fn new(
        (kind, number): (&str, String),
        (scope, window): (String, Window),
        issued_at: Timestamp,
        content: String,
    ) -> Self {
        let hash = ContentHash::of(content.as_bytes());
        Self { number, kind: kind.to_owned(), scope, window, issued_at, content, hash }
    }

    /// Whether the content is what was issued.
    pub fn is_intact(&self) -> bool {
        ContentHash::of(self.content.as_bytes()) == self.hash
    }
}
