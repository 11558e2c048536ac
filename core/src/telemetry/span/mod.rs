//! What a span of a model call tells: its model, its usage and its tags, from a flat map of attributes.
//!
//! A span's kind is told, never guessed: spans of agents, workflows and tools carry the usage of all their calls too. It
//! reads and decides nothing: whose span it is, and whether its call was booked elsewhere, is for whoever sees the trace.

mod end;
mod names;
mod read;
mod tags;
#[cfg(test)]
mod tests;

use crate::error::Result;
use crate::money::Money;
use crate::pricing::{BoundRequest, Terms, Usage};
use read::{Attributes, Counts, of};
use rust_decimal::Decimal;

pub use end::SpanEnd;
pub use tags::span_tags;

/// A stated cost that is no smaller is no cost of a call.
const MAX_STATED: Decimal = Decimal::from_parts(1_000_000, 0, 0, false, 0);

/// What the span of a call of a model tells.
///
/// Attributes are pairs of names and texts, numbers as their shortest decimal text; an element of a list has the list's
/// name and its place (`gen_ai.response.finish_reasons.0`), and the span's status is `otel.status_code`.
///
/// # Examples
/// ```
/// use bursar::{CallSpan, SpanEnd};
/// let span = CallSpan::read([
///     ("gen_ai.operation.name", "chat"),
///     ("gen_ai.request.model", "gpt-5-mini"),
///     ("gen_ai.usage.input_tokens", "1000"),
///     ("gen_ai.usage.output_tokens", "100"),
/// ]);
/// assert!(span.is_call());
/// assert_eq!((span.models(), span.end()), (["gpt-5-mini".to_owned()].as_slice(), SpanEnd::Answered));
/// assert_eq!(span.usage()?.total_input(), 1_000);
/// # Ok::<(), bursar::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct CallSpan {
    is_call: bool,
    has_kind: bool,
    provider: Option<String>,
    models: Vec<String>,
    counts: Counts,
    is_disjoint: bool,
    max_output: Option<u64>,
    service_tier: Option<String>,
    stated_cost: Option<Money>,
    response: Option<String>,
    end: SpanEnd,
}

impl CallSpan {
    /// Reads the attributes of a span.
    pub fn read<'a>(attributes: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let attributes = Attributes::new(attributes);
        let (counts, is_disjoint) = attributes.counts();
        let has = |name| counts.iter().any(|(known, _)| *known == name);
        let is_embedding = has_no_output(&attributes);
        let end = end::read(&attributes, (!counts.is_empty(), is_embedding || has(names::OUTPUT)));
        let owned = |text: &str| text.to_owned();
        let mut models: Vec<String> = Vec::new();
        for model in names::MODELS.iter().filter_map(|name| attributes.text(name)) {
            if models.iter().all(|known| known != model) {
                models.push(model.to_owned());
            }
        }
        Self {
            is_call: kind_of(&attributes).is_some_and(|(_, is_call)| is_call),
            has_kind: kind_of(&attributes).is_some(),
            provider: attributes.first(names::PROVIDERS).map(owned),
            models,
            is_disjoint,
            max_output: if is_embedding { Some(0) } else { attributes.max_output() },
            service_tier: attributes.first(names::SERVICE_TIERS).map(owned),
            stated_cost: stated_cost(&attributes),
            response: attributes.text(names::RESPONSE).map(owned),
            counts,
            end,
        }
    }

    /// Whether the span is one call of a model.
    pub const fn is_call(&self) -> bool {
        self.is_call
    }

    /// Whether the span tells what part of an agent it is.
    pub const fn has_kind(&self) -> bool {
        self.has_kind
    }

    /// Who answered, as the instrumentation calls it.
    pub fn provider(&self) -> Option<&str> {
        self.provider.as_deref()
    }

    /// The model that served and the one that was asked for, as far as they are told and differ.
    pub fn models(&self) -> &[String] {
        &self.models
    }

    /// Whether any usage is told.
    pub fn has_usage(&self) -> bool {
        !self.counts.is_empty()
    }

    /// The usage that is told.
    ///
    /// # Errors
    /// `usage_invalid` for counts that contradict each other, and where there are none.
    pub fn usage(&self) -> Result<Usage> {
        Usage::from_otel(self.counts.iter().copied())
    }

    /// All tokens of input and of output, by which another span of the same call is known.
    pub fn total_tokens(&self) -> (u64, u64) {
        (of(&self.counts, names::INPUT), of(&self.counts, names::OUTPUT))
    }

    /// Whether the input was counted without what a cache held, and the two were added.
    pub const fn is_disjoint(&self) -> bool {
        self.is_disjoint
    }

    /// The terms on which the call was served.
    pub fn terms(&self) -> Terms {
        self.service_tier.as_deref().map_or_else(Terms::new, |tier| Terms::new().service_tier(tier))
    }

    /// What the provider said that the call cost, in USD; what an instrumentation computed is its own guess.
    pub const fn stated_cost(&self) -> Option<Money> {
        self.stated_cost
    }

    /// The provider's id of the answer.
    pub fn response(&self) -> Option<&str> {
        self.response.as_deref()
    }

    /// How the call ended.
    pub const fn end(&self) -> SpanEnd {
        self.end
    }

    /// The most that a call may have used whose end nobody knows: its input as far as it is told, and the output that was
    /// asked for, or nothing for the model's own maximum.
    pub fn bound(&self) -> BoundRequest {
        let (input_tokens, output) = self.total_tokens();
        let max_output_tokens = self.max_output.map(|most| most.max(output));
        BoundRequest { input_tokens, max_output_tokens, terms: self.terms(), ..BoundRequest::default() }
    }
}

/// What tells the kind of a span, and whether it is that of a call.
fn kind_of<'a>(attributes: &Attributes<'a>) -> Option<(&'a str, bool)> {
    let (name, calls) = names::KINDS.iter().find(|(name, _)| attributes.has(name))?;
    let kind = attributes.text(name).unwrap_or_default();
    Some((kind, calls.contains(&kind)))
}

fn has_no_output(attributes: &Attributes<'_>) -> bool {
    let kinds = names::KINDS.iter().filter_map(|(name, _)| attributes.text(name));
    kinds.into_iter().any(|kind| kind.to_lowercase().starts_with("embedding"))
}

fn stated_cost(attributes: &Attributes<'_>) -> Option<Money> {
    let is_theirs = attributes.text("gen_ai.usage.cost.source") == Some("provider");
    let is_usd = attributes.text("gen_ai.usage.cost.currency").is_none_or(|currency| currency == "USD");
    let text = attributes.text("gen_ai.usage.cost.amount").filter(|_| is_theirs && is_usd)?;
    let scientific = || Decimal::from_scientific(&text.to_lowercase()).ok();
    let amount = text.parse::<Decimal>().ok().or_else(scientific)?;
    if amount.is_sign_negative() || amount >= MAX_STATED {
        None
    } else {
        Money::from_decimal(amount.round_dp(12)).ok()
    }
}
