//! An instant in microseconds of Unix time.

use crate::error::{Error, ErrorCode, Result};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr, time::Duration};

/// An instant: microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Timestamp(i64);

impl Timestamp {
    /// Before every instant that can be printed.
    pub const MIN: Self = Self(i64::MIN);
    /// After every instant that can be printed.
    pub const MAX: Self = Self(i64::MAX);

    /// From microseconds of Unix time.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// From seconds of Unix time, saturating.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000_000))
    }

    /// Microseconds of Unix time.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// This instant moved forward, saturating.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)))
    }

    /// This instant moved back, saturating.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)))
    }

    /// The time from `earlier` to this instant; zero when it lies after.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// The same instant for jiff; ends of the range are clamped to what jiff holds.
    pub(crate) fn to_jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_microsecond(self.0).unwrap_or(if self.0 < 0 {
            jiff::Timestamp::MIN
        } else {
            jiff::Timestamp::MAX
        })
    }
}

impl From<jiff::Timestamp> for Timestamp {
    fn from(instant: jiff::Timestamp) -> Self {
        Self(instant.as_microsecond())
    }
}

impl FromStr for Timestamp {
    type Err = Error;

    /// Reads RFC 3339; finer than microseconds is cut.
    fn from_str(text: &str) -> Result<Self> {
        text.parse::<jiff::Timestamp>().map(Self::from).map_err(|cause| {
            Error::new(ErrorCode::TimeInvalid, format!("`{text}` is no time")).caused_by(cause)
        })
    }
}

impl TryFrom<String> for Timestamp {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<Timestamp> for String {
    fn from(instant: Timestamp) -> Self {
        instant.to_string()
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC; the ends of the range print as `-infinity` and `infinity`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::MIN => f.write_str("-infinity"),
            Self::MAX => f.write_str("infinity"),
            _ => write!(f, "{}", self.to_jiff()),
        }
    }
}
