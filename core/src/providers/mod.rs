//! What a provider's request may cost at the most, and what its answer says it did cost.
//!
//! [`Api`] names the shape of both. [`ApiRequest`] reads a request: model, terms, and a bound on its input with the reasons.
//! [`Answer`] has usage, the model that served, the terms, and the cost if it is stated: [`Answer::read`] reads a whole one, [`StreamReader`] one that arrives in pieces
//! split anywhere. Every provider counts in its own way (caches inside or outside of the input, reasoning inside or
//! outside of the output); here it becomes our disjoint dimensions, by that provider's rules.
//!
//! What an answer doesn't tell is unresolved, never zero, and counts that contradict each other are refused, never
//! clamped. Nothing that a model wrote is kept. Nothing here knows prices, and nothing here does I/O.

mod answer;
mod anthropic;
mod api;
mod audio;
mod base64;
mod batch;
mod bedrock;
mod chat;
mod cohere;
mod cost;
mod count;
mod dialect;
mod event_stream;
mod google;
mod host;
mod ollama;
mod openai_usage;
mod request;
mod responses;
mod seen;
mod shape;
mod sse;
mod stream;
mod text;
mod values;

pub use answer::{Answer, OtherUsage, Outcome, Unresolved};
pub use anthropic::MAX_ANSWER_ITERATIONS;
pub use api::Api;
pub use batch::BatchLine;
pub use host::provider_of_host;
pub use request::{
    ASSUMED_CONTEXT_WINDOW, ApiRequest, BatchRequest, BoundLine, BoundReason, DEFAULT_SERVER_TOOL_USES,
    InputBound, MAX_BATCH_REQUESTS, MAX_REQUEST_BYTES, RequestSize,
};
pub use stream::{MAX_EVENT_BYTES, StreamReader};
