//! Time as an argument: instants, clocks, and calendar windows in a time zone.
//!
//! Nothing above this floor reads a clock but the engine, so that every decision can be replayed.

mod calendar;
mod clock;
mod named;
mod period;
#[cfg(test)]
mod tests;
mod timestamp;
mod weekday;
mod window;
mod zone;

pub use calendar::Calendar;
pub use clock::{Clock, ManualClock, SystemClock};
pub use period::Period;
pub use timestamp::Timestamp;
pub use weekday::Weekday;
pub use window::Window;
