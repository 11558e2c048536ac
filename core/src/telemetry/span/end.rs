//! How the call of a span ended: what it tells is all, or nobody knows the rest, or nothing was generated.
//!
//! Only a proof gives money back: the provider's refusal of the request, or a connection that was never there. A timeout,
//! a fault of the provider and a stream that was left are none.

use super::names::{
    ERROR_TYPE, EXCEPTION_MESSAGE, EXCEPTION_TYPE, FAILED, FINISH_REASONS, HTTP_STATUSES, REFUSED, STATUS,
};
use super::read::Attributes;

/// How the call of a span ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpanEnd {
    /// With an answer, of which the span tells the usage.
    Answered,
    /// Without usage, or before the answer's own end: nobody knows what it cost.
    Unresolved,
    /// Before anything was generated, for certain.
    Refused,
}

impl SpanEnd {
    /// The end in one word of snake case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Unresolved => "unresolved",
            Self::Refused => "refused",
        }
    }
}

/// The provider refused the request before a model saw it: the bodies, keys, rights, addresses and rates of HTTP.
const BEFORE_GENERATION: &[u16] = &[400, 401, 403, 404, 405, 413, 415, 422, 429];

/// Errors that mean the same, or that nothing was sent, by the names that SDKs and providers give them.
const REFUSALS: &[&str] = &[
    "AuthenticationError",
    "BadRequestError",
    "NotFoundError",
    "PermissionDeniedError",
    "RateLimitError",
    "RequestTooLargeError",
    "UnprocessableEntityError",
    "authentication_error",
    "invalid_request_error",
    "not_found_error",
    "permission_error",
    "rate_limit_error",
    "request_too_large",
    "ClientConnectorError",
    "ConnectError",
    "ConnectTimeout",
    "ConnectTimeoutError",
    "ConnectionRefusedError",
    "EndpointConnectionError",
    "PoolTimeout",
    "UnsupportedProtocol",
    "gaierror",
    "EAI_AGAIN",
    "ECONNREFUSED",
    "EHOSTUNREACH",
    "ENETUNREACH",
    "ENOTFOUND",
    "UND_ERR_CONNECT_TIMEOUT",
    // Our own refusals: the call was never sent.
    "BudgetExceeded",
    "Suspended",
    "Throttled",
    "Unpriced",
    "Untagged",
];

/// How SDKs write an HTTP status into the message of an exception.
const STATUS_IN_MESSAGE: &[&str] = &["Error code: ", "status_code: ", "status code "];

/// How a call ended that told its usage whole, or in part, or not at all.
pub(super) fn read(attributes: &Attributes<'_>, (has_usage, is_whole): (bool, bool)) -> SpanEnd {
    if !has_usage {
        return if is_refused(attributes) { SpanEnd::Refused } else { SpanEnd::Unresolved };
    }
    let is_failed = attributes.text(STATUS) == Some(FAILED) || attributes.text(ERROR_TYPE).is_some();
    let is_finished = attributes.first(FINISH_REASONS).is_some();
    if is_whole && (is_finished || !is_failed) { SpanEnd::Answered } else { SpanEnd::Unresolved }
}

fn is_refused(attributes: &Attributes<'_>) -> bool {
    if attributes.has(REFUSED) {
        return true;
    }
    let status = attributes.first(HTTP_STATUSES).and_then(status_of);
    // An answer that was begun well may still fail, and then its errors tell more.
    if let Some(status) = status.filter(|status| *status >= 300) {
        return BEFORE_GENERATION.contains(&status);
    }
    let names = [ERROR_TYPE, EXCEPTION_TYPE].into_iter().filter_map(|name| attributes.text(name));
    let told = attributes.text(EXCEPTION_MESSAGE).and_then(status_in);
    told.is_some_and(|status| BEFORE_GENERATION.contains(&status)) || names.into_iter().any(is_refusal)
}

fn is_refusal(name: &str) -> bool {
    let short = name.rsplit('.').next().unwrap_or(name);
    REFUSALS.contains(&short) || status_of(name).is_some_and(|status| BEFORE_GENERATION.contains(&status))
}

fn status_in(message: &str) -> Option<u16> {
    STATUS_IN_MESSAGE.iter().find_map(|words| {
        let (_, rest) = message.split_once(words)?;
        status_of(rest.get(..3)?)
    })
}

fn status_of(text: &str) -> Option<u16> {
    text.parse().ok().filter(|status| (100..600).contains(status))
}
