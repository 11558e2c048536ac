//! What an answer told of its cost.

use super::{Api, dialect, stream::StreamReader};
use crate::{
    error::{Error, Result},
    money::Money,
    pricing::{Terms, Usage},
};
use rust_decimal::Decimal;
use std::fmt;

/// What an answer told of its cost. Nothing of what the model wrote is in it.
///
/// # Examples
/// ```
/// use bursar::{Answer, Api, Dimension, Outcome};
/// let body = br#"{"model": "gpt-5-2025-08-07", "service_tier": "flex", "choices": [{"finish_reason": "stop"}],
///     "usage": {"prompt_tokens": 1000, "completion_tokens": 50, "total_tokens": 1050,
///               "prompt_tokens_details": {"cached_tokens": 600}}}"#;
/// let answer = Answer::read(Api::Chat, body, "application/json");
/// assert_eq!(answer.model(), Some("gpt-5-2025-08-07"));
/// let Outcome::Usage(usage) = answer.outcome() else { panic!("{:?}", answer.outcome()) };
/// assert_eq!(usage.get(Dimension::CacheRead), 600);
/// assert_eq!(usage.get(Dimension::InputUncached), 400);
/// ```
#[derive(Debug)]
pub struct Answer {
    pub(super) model: Option<String>,
    pub(super) outcome: Outcome,
    pub(super) others: Vec<OtherUsage>,
    pub(super) terms: Terms,
    pub(super) stated_cost: Option<Decimal>,
}

/// What is known of an answer's usage.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "usage is what is nearly always there, and lies on the stack")]
pub enum Outcome {
    /// The answer tells all of it.
    Usage(Usage),
    /// Nobody knows yet what the call cost. It isn't free: something may have been generated.
    Unresolved(Unresolved),
    /// The counts contradict each other or can't be counts: `usage_invalid`, with the fields and the numbers.
    Refused(Error),
}

/// Why the usage of an answer isn't known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Unresolved {
    /// The answer is whole and says nothing of its usage.
    NoUsage,
    /// The stream ended before the answer did.
    Aborted,
    /// The answer is being made in the background.
    Unfinished,
    /// The provider reports an error.
    Failed,
    /// The answer isn't JSON, or an event after the last usage couldn't be read.
    Unreadable,
    /// The answer names work that its usage doesn't count, such as images made by a tool.
    Partial,
}

/// Usage within an answer that isn't in its own usage: another model that was asked, or a compaction before it. Each is
/// priced by itself, because context tiers go by the single request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherUsage {
    pub(super) kind: String,
    pub(super) model: Option<String>,
    pub(super) usage: Usage,
}

impl Answer {
    /// Reads a whole answer, or a whole recorded stream. The content type tells a stream from a body; with another or an
    /// empty one, the body is read as JSON. Never fails: what can't be read is [`Outcome::Unresolved`].
    pub fn read(api: Api, body: &[u8], content_type: &str) -> Self {
        if is_stream(&media_type(content_type)) {
            let mut stream = StreamReader::of(api, content_type);
            stream.push(body);
            return stream.finish();
        }
        dialect::read_whole(api, body)
    }

    /// The model that served, by the name in the answer. Some answers name none (Bedrock, Cohere).
    pub fn model(&self) -> Option<&str> {
        self.model.as_deref()
    }

    /// What is known of the usage.
    pub fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    /// The usage, if the answer tells it.
    pub fn usage(&self) -> Option<&Usage> {
        match &self.outcome {
            Outcome::Usage(usage) => Some(usage),
            Outcome::Unresolved(_) | Outcome::Refused(_) => None,
        }
    }

    /// Usage beside the answer's own, such as another model that was asked on the way.
    pub fn others(&self) -> &[OtherUsage] {
        &self.others
    }

    /// The terms on which the call was served, as far as the answer names them.
    pub fn terms(&self) -> &Terms {
        &self.terms
    }

    /// The cost in USD that the answer states, with every digit.
    pub fn stated_cost(&self) -> Option<Decimal> {
        self.stated_cost
    }

    /// The stated cost as it is booked: to a pico, half to even.
    ///
    /// # Errors
    /// `money_overflow` past what an amount can hold.
    pub fn stated_money(&self) -> Result<Option<Money>> {
        let rounded = self.stated_cost.map(|cost| {
            cost.round_dp_with_strategy(Money::DECIMALS, rust_decimal::RoundingStrategy::MidpointNearestEven)
        });
        rounded.map(Money::try_from).transpose()
    }
}

/// The media type of a content type, without its parameters.
pub(super) fn media_type(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Whether the media type is one of the streams that providers send.
fn is_stream(kind: &str) -> bool {
    matches!(
        kind,
        "text/event-stream"
            | "application/x-ndjson"
            | "application/ndjson"
            | "application/stream+json"
            | "application/vnd.amazon.eventstream"
    )
}

impl OtherUsage {
    /// What it was, by the provider's word: `compaction`, `advisor_message`.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The model that did it; none where the answer doesn't name it.
    pub fn model(&self) -> Option<&str> {
        self.model.as_deref()
    }

    /// What it consumed.
    pub fn usage(&self) -> &Usage {
        &self.usage
    }
}

impl Unresolved {
    /// The reason in snake case, the same in every language.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoUsage => "no_usage",
            Self::Aborted => "aborted",
            Self::Unfinished => "unfinished",
            Self::Failed => "failed",
            Self::Unreadable => "unreadable",
            Self::Partial => "partial",
        }
    }
}

impl fmt::Display for Unresolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::NoUsage => "the answer says nothing of its usage",
            Self::Aborted => "the stream ended before the answer did",
            Self::Unfinished => "the answer is being made in the background",
            Self::Failed => "the provider reports an error",
            Self::Unreadable => "the answer, or an event after its last usage, can't be read",
            Self::Partial => "the answer names work that its usage doesn't count",
        })
    }
}
