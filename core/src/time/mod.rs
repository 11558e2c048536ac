//! Time as an argument: instants, clocks, and calendar windows in a time zone.
//!
//! Nothing above this floor reads a clock but the engine, so that every decision can be replayed.

mod clock;
mod timestamp;

pub use clock::{Clock, ManualClock, SystemClock};
pub use timestamp::Timestamp;
