//! Reports of buckets in pages, and numbers that keep their digits.

use super::fault::{Place, unreadable};
use crate::error::Result;
use crate::money::Currency;
use crate::report::reconcile::amount::ReportedAmount;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::value::RawValue;

/// A page of buckets; `has_more` says that another one belongs to it, which is the caller's to fetch.
#[derive(Deserialize)]
#[serde(bound = "B: DeserializeOwned")]
pub(super) struct Page<B> {
    pub(super) data: Vec<B>,
}

/// A page, or a list of pages as a program may have saved them.
pub(super) fn pages<B: DeserializeOwned>(bytes: &[u8], what: &str) -> Result<Vec<Page<B>>> {
    let is_list = bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[');
    let read = if is_list {
        serde_json::from_slice(bytes)
    } else {
        serde_json::from_slice(bytes).map(|page| vec![page])
    };
    read.map_err(|cause| unreadable(what, cause))
}

/// The text of a number, or of a string that holds one.
#[derive(Clone, Debug, Default)]
pub(super) struct Digits(pub(super) Option<String>);

impl<'de> Deserialize<'de> for Digits {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(from)?;
        let text = raw.get();
        if text == "null" {
            return Ok(Self(None));
        }
        if text.starts_with('"') {
            let text: String = serde_json::from_str(text).map_err(serde::de::Error::custom)?;
            return Ok(Self(Some(text).filter(|text| !text.is_empty())));
        }
        if text.starts_with(['{', '[', 't', 'f']) {
            return Err(serde::de::Error::custom(format!("`{text}` is no number")));
        }
        Ok(Self(Some(text.to_owned())))
    }
}

impl Digits {
    pub(super) fn amount(&self, currency: Currency, place: Place<'_>, field: &str) -> Result<ReportedAmount> {
        let text = self.0.as_deref().ok_or_else(|| place.missing(field))?;
        ReportedAmount::parse(text, currency).map_err(|cause| place.caused(field, cause))
    }
}

/// A currency in any case.
pub(super) fn currency(text: &str, place: Place<'_>) -> Result<Currency> {
    text.trim().to_ascii_uppercase().parse().map_err(|cause| place.caused("currency", cause))
}
