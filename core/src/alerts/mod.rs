//! Telling people what happened to their money.
//!
//! Alerts observe: they are made after the decision, go through a bounded queue, and are delivered by a thread of
//! their own. A callback that is slow loses alerts, which are counted; one that panics is caught; neither delays nor
//! changes a decision.

mod alert;
mod bus;
mod json;

pub use alert::{Alert, AlertKind};
pub use bus::{AlertBus, MAX_QUEUED_ALERTS, MAX_SUBSCRIBERS};
