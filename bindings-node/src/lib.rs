//! The addon behind Node's hand-written face: converts types and errors, and nothing else.
//!
//! Ledgers, scopes, models and holds cross as numbers, because an object costs more than the decision. Money crosses as
//! decimal text, so that no digit is lost and no number is made on the way. An error is a value here, because an
//! exception of the addon would carry no help; the face throws it.

#![expect(clippy::needless_pass_by_value, reason = "napi hands over values that it made")]

mod alerts;
mod answer;
mod beside;
mod billing;
mod call;
mod clock;
mod exports;
mod fault;
mod hold;
mod issuing;
mod keeping;
mod later;
mod ledgers;
mod made;
mod metrics;
mod money;
mod names;
mod opening;
mod pairs;
mod quote;
mod reading;
mod reconciling;
mod record;
mod refusal;
mod report;
mod request;
mod span;
mod statement;
mod table;
