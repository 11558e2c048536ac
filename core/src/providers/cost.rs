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

/// OpenRouter's parts of a cost: what it pays to the provider with the caller's own key, beside its own fee, and what
/// the tokens cost.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_field_names, reason = "the names are the provider's")]
pub(super) struct Upstream {
    upstream_inference_cost: Cost,
    upstream_inference_prompt_cost: Cost,
    upstream_inference_completions_cost: Cost,
    upstream_inference_input_cost: Cost,
    upstream_inference_output_cost: Cost,
}

impl Upstream {
    /// The cost of the tokens that the usage counts, where both parts are told.
    fn of_tokens(&self) -> Option<Decimal> {
        let input = self.upstream_inference_prompt_cost.0.or(self.upstream_inference_input_cost.0)?;
        let output = self.upstream_inference_completions_cost.0.or(self.upstream_inference_output_cost.0)?;
        input.checked_add(output)
    }
}

/// Costs that differ by no more are the same but for the float that the host computed them with.
const NOISE: Decimal = Decimal::from_parts(1, 0, 0, false, 9);

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
    /// Whether the host charges for more than the tokens, by its own parts: another model that a tool asked, a file that
    /// was parsed.
    pub(super) fn is_beyond_tokens(&self) -> bool {
        let of_tokens = self.upstream.and_then(Object::get).and_then(Upstream::of_tokens);
        let beyond = self.cost.0.zip(of_tokens).and_then(|(cost, of_tokens)| cost.checked_sub(of_tokens));
        !self.own_key.0 && beyond.is_some_and(|beyond| beyond > NOISE)
    }

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
