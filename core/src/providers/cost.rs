//! A cost in US dollars as the answer states it, to the last digit that was sent.
//!
//! Numbers are read from their text, so that no float is between the answer and us. What isn't a number reads as
//! absent; a negative one is kept and refused where it is used, because some hosts send `-1` for "unknown".

use super::{
    count::invalid,
    text::{Given, Object},
};
use crate::error::Result;
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cost(pub(super) Option<Decimal>);

/// The parts of a cost that some hosts give in place of a number.
#[derive(Deserialize)]
struct Parts {
    #[serde(default)]
    total_cost: Cost,
}

impl<'de> Deserialize<'de> for Cost {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <&RawValue>::deserialize(deserializer)?.get();
        if text.starts_with('{') {
            let parts: Parts = serde_json::from_str(text).map_err(serde::de::Error::custom)?;
            return Ok(parts.total_cost);
        }
        Ok(Self(number(text)))
    }
}

fn number(text: &str) -> Option<Decimal> {
    if text.contains(['e', 'E']) { Decimal::from_scientific(text).ok() } else { text.parse().ok() }
}

/// What OpenRouter pays to the provider with the caller's own key, beside its own fee.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Upstream {
    #[serde(default)]
    pub(super) upstream_inference_cost: Cost,
}

/// A host's fields of a cost, by the names that are in use.
#[derive(Clone, Debug, Default)]
pub(super) struct Stated<'a> {
    pub(super) cost: Cost,
    pub(super) estimated: Cost,
    /// xAI: 1e-10 USD each.
    pub(super) ticks: Option<u64>,
    pub(super) own_key: Given,
    pub(super) upstream: Option<&'a Object<Upstream>>,
}

impl Stated<'_> {
    /// The cost in USD: what the host charges, and with the caller's own key what the provider behind it charges too.
    pub(super) fn total(&self) -> Result<Option<Decimal>> {
        let ticks =
            self.ticks.and_then(|ticks| i64::try_from(ticks).ok()).map(|ticks| Decimal::new(ticks, 10));
        let Some(mut total) = self.cost.0.or(self.estimated.0).or(ticks) else { return Ok(None) };
        if self.own_key.0 {
            let upstream =
                self.upstream.and_then(Object::get).and_then(|parts| parts.upstream_inference_cost.0);
            let Some(both) = upstream.and_then(|upstream| total.checked_add(upstream)) else {
                return Ok(None);
            };
            total = both;
        }
        if total.is_sign_negative() && !total.is_zero() {
            return Err(invalid(format!("the stated cost is `{total}`, and a cost is zero or more")));
        }
        Ok(Some(total))
    }
}
