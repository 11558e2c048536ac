//! A stretch of time.

use super::Timestamp;
use crate::error::{Error, ErrorCode, Result};
use std::{fmt, time::Duration};

/// A stretch of time from `start` to before `end`.
///
/// A start of [`Timestamp::MIN`] means no start. An end of [`Timestamp::MAX`] means no end: such a window holds that
/// last instant too, so that every instant lies in a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Window {
    start: Timestamp,
    end: Timestamp,
}

impl Window {
    /// All of time: the window of what has no period.
    pub const ALWAYS: Self = Self { start: Timestamp::MIN, end: Timestamp::MAX };

    /// From `start` to before `end`.
    ///
    /// # Errors
    /// `time_invalid` when the end isn't after the start.
    pub fn new(start: Timestamp, end: Timestamp) -> Result<Self> {
        if end <= start {
            let message = format!("`{start}/{end}` is no window: its end must lie after its start");
            return Err(Error::new(ErrorCode::TimeInvalid, message).with_help("give the earlier time first"));
        }
        Ok(Self { start, end })
    }

    /// A window whose order the caller has made sure of; a missing end is an end of time.
    pub(super) fn between(start: Option<Timestamp>, end: Option<Timestamp>) -> Self {
        Self { start: start.unwrap_or(Timestamp::MIN), end: end.unwrap_or(Timestamp::MAX) }
    }

    /// The first instant in the window.
    pub const fn start(&self) -> Timestamp {
        self.start
    }

    /// The first instant after the window.
    pub const fn end(&self) -> Timestamp {
        self.end
    }

    /// Whether the instant lies in the window.
    pub fn contains(&self, instant: Timestamp) -> bool {
        self.start <= instant && (instant < self.end || self.end == Timestamp::MAX)
    }

    /// The time from start to end, in elapsed time: a day in which clocks change has 23 or 25 hours.
    pub fn length(&self) -> Duration {
        self.end.since(self.start)
    }
}

impl fmt::Display for Window {
    /// Both ends in UTC: `2026-11-01T00:00:00Z/2026-12-01T00:00:00Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.start, self.end)
    }
}
