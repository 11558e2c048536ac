//! In-process cost control for AI agents.
//!
//! An agent asks before it spends: every model call is priced, tagged to a team, project and client, held against
//! every budget that it touches, sent only if it fits, and settled to what it really cost. The same ledger prints the
//! chargeback.

#![forbid(unsafe_code)]

mod error;
mod money;
mod time;

pub use error::{Error, ErrorCode, Result, Retry};
pub use money::{Currency, ExactMoney, Money, Rate, Rounding};
pub use time::{Calendar, Clock, ManualClock, Period, SystemClock, Timestamp, Weekday, Window};
