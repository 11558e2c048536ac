//! A provider's request, read before it is sent: model, terms, the most tokens in and out, and why.
//!
//! The bound on input is a sum of [`BoundLine`]s, each with its [`BoundReason`]: the bytes of the body without its
//! encoded media (a byte-level token is never shorter than a byte), what the provider adds by itself, media by the
//! provider's published rule, and what the body can't tell (references, stored state) as the model's context window.
//! Tools that the provider runs send all of it again for each use.
//!
//! The bound never falls below the bytes of the text. What isn't recognised is text. Nothing is sent for or guessed:
//! a body of a wrong shape is `request_invalid`.

mod batch;
mod bound;
mod family;
mod file;
mod form;
mod image;
mod input;
mod media;
mod name;
mod node;
mod output;
mod passes;
mod piece;
mod read;
mod reason;
mod served;
mod size;
mod sound;
mod state;
mod terms;
#[cfg(test)]
mod tests;
mod tools;
mod wire;
mod work;

pub use batch::{BatchRequest, MAX_BATCH_REQUESTS};
pub use input::{ASSUMED_CONTEXT_WINDOW, InputBound};
pub use read::{ApiRequest, MAX_REQUEST_BYTES};
pub use reason::{BoundLine, BoundReason};
pub use served::DEFAULT_SERVER_TOOL_USES;
pub use size::RequestSize;
