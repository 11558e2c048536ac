//! Answers in both of their forms.

mod framing;
mod whole;

pub use framing::framed;
pub use whole::{events_of, whole_of};
