//! The addon behind Node's hand-written face: converts types and errors, and nothing else.
//!
//! Money crosses as decimal text, so that no digit is lost and no number is made on the way. An error is a value here,
//! because an exception of the addon would carry no help; the face throws it.

#![expect(clippy::needless_pass_by_value, reason = "napi hands over strings that it made")]

mod fault;
mod money;
