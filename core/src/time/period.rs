//! How often a budget starts anew.

use super::Weekday;
use crate::error::{Error, ErrorCode, Result};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr, time::Duration};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
const WEEK: u64 = 7 * DAY;

/// A year without a leap day: a fiscal year has to start on a day that every year has.
const COMMON_YEAR: i16 = 2027;

/// How often a budget starts anew; a [`Calendar`](super::Calendar) puts it in a time zone.
///
/// # Examples
/// ```
/// use bursar::Period;
/// let fiscal: Period = "year from 04-01".parse()?;
/// assert_eq!(fiscal, Period::Year { first_month: 4, first_day: 1 });
/// assert_eq!(fiscal.to_string(), "year from 04-01");
/// # Ok::<(), bursar::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Period {
    /// An hour of the local clock: `hour`.
    Hour,
    /// A day of the local calendar: `day`.
    Day,
    /// Seven days: `week`, `week from sunday`.
    Week {
        /// The day on which a week starts.
        first: Weekday,
    },
    /// A calendar month: `month`.
    Month,
    /// Three calendar months, from January, April, July or October: `quarter`.
    Quarter,
    /// A year, calendar or fiscal: `year`, `year from 04-01`.
    Year {
        /// The month in which a year starts, 1 to 12.
        first_month: u8,
        /// The day of that month, one that every year has.
        first_day: u8,
    },
    /// Always the time just past: `rolling 30 days`, `rolling 24 hours`, `rolling 90 minutes`.
    Rolling {
        /// How far back it reaches: whole seconds from [`Period::ROLLING_MIN`] to [`Period::ROLLING_MAX`].
        length: Duration,
    },
    /// All of time, as for a project: `once`.
    Once,
    /// One run of an agent, however long: `run`.
    Run,
}

impl Period {
    /// The shortest rolling period: 1 minute.
    pub const ROLLING_MIN: Duration = Duration::from_secs(MINUTE);
    /// The longest rolling period: 366 days.
    pub const ROLLING_MAX: Duration = Duration::from_secs(366 * DAY);

    /// Refuses what the variants can hold but no calendar has.
    pub(super) fn checked(self) -> Result<Self> {
        match self {
            Self::Year { first_month: 2, first_day: 29 } => Err(Error::new(
                ErrorCode::PeriodInvalid,
                format!("`{self}` starts on a day that most years don't have"),
            )
            .with_help("start the fiscal year on 02-28 or 03-01")),
            Self::Year { first_month, first_day } if date(COMMON_YEAR, first_month, first_day).is_none() => {
                Err(Error::new(
                    ErrorCode::PeriodInvalid,
                    format!("`{self}` starts on no day of the calendar; allowed are 01-01 to 12-31"),
                )
                .with_help("write month and day, such as `year from 04-01`"))
            }
            Self::Rolling { length } if !is_rolling_length(length) => Err(Error::new(
                ErrorCode::PeriodInvalid,
                format!(
                    "`{self}` is out of bounds: a rolling period has whole seconds from 1 minute to 366 days"
                ),
            )
            .with_help("give a length such as `rolling 30 days`")),
            _ => Ok(self),
        }
    }

    fn read(text: &str) -> Option<Self> {
        let words: Vec<&str> = text.split_whitespace().collect();
        Some(match words.as_slice() {
            ["hour"] => Self::Hour,
            ["day"] => Self::Day,
            ["week"] => Self::Week { first: Weekday::Monday },
            ["week", "from", first] => Self::Week { first: first.parse().ok()? },
            ["month"] => Self::Month,
            ["quarter"] => Self::Quarter,
            ["year"] => Self::Year { first_month: 1, first_day: 1 },
            ["year", "from", start] => {
                let (month, day) = start.split_once('-')?;
                Self::Year { first_month: two_digits(month)?, first_day: two_digits(day)? }
            }
            ["rolling", count, unit] => {
                let seconds = whole_number(count)?.saturating_mul(unit_seconds(unit)?);
                Self::Rolling { length: Duration::from_secs(seconds) }
            }
            ["once"] => Self::Once,
            ["run"] => Self::Run,
            _ => return None,
        })
    }
}

/// A date of the calendar, if there is such a day.
pub(super) fn date(year: i16, month: u8, day: u8) -> Option<Date> {
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// A number of exactly two digits.
pub(super) fn two_digits(text: &str) -> Option<u8> {
    (text.len() == 2).then(|| whole_number(text))?.and_then(|number| u8::try_from(number).ok())
}

/// A number of digits and nothing else, no sign.
pub(super) fn whole_number(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

fn unit_seconds(unit: &str) -> Option<u64> {
    match unit {
        "second" | "seconds" => Some(1),
        "minute" | "minutes" => Some(MINUTE),
        "hour" | "hours" => Some(HOUR),
        "day" | "days" => Some(DAY),
        "week" | "weeks" => Some(WEEK),
        _ => None,
    }
}

fn is_rolling_length(length: Duration) -> bool {
    length.subsec_nanos() == 0 && (Period::ROLLING_MIN..=Period::ROLLING_MAX).contains(&length)
}

impl FromStr for Period {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let period = Self::read(text).ok_or_else(|| {
            let allowed = "allowed are `hour`, `day`, `week`, `week from sunday`, `month`, `quarter`, `year`, \
                           `year from 04-01`, `rolling 30 days` (or seconds, minutes, hours, weeks), `once` and `run`";
            Error::new(ErrorCode::PeriodInvalid, format!("`{text}` is no period; {allowed}"))
        })?;
        period.checked()
    }
}

impl TryFrom<String> for Period {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<Period> for String {
    fn from(period: Period) -> Self {
        period.to_string()
    }
}

impl fmt::Display for Period {
    /// As it is read. A rolling length prints in the largest unit of which it has a whole number, but one day as
    /// `24 hours`, since a rolling day isn't a calendar day.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hour => f.write_str("hour"),
            Self::Day => f.write_str("day"),
            Self::Week { first: Weekday::Monday } => f.write_str("week"),
            Self::Week { first } => write!(f, "week from {first}"),
            Self::Month => f.write_str("month"),
            Self::Quarter => f.write_str("quarter"),
            Self::Year { first_month: 1, first_day: 1 } => f.write_str("year"),
            Self::Year { first_month, first_day } => write!(f, "year from {first_month:02}-{first_day:02}"),
            Self::Rolling { length } => write_length(f, *length),
            Self::Once => f.write_str("once"),
            Self::Run => f.write_str("run"),
        }
    }
}

fn write_length(f: &mut fmt::Formatter<'_>, length: Duration) -> fmt::Result {
    if length.subsec_nanos() != 0 {
        return write!(f, "rolling {length:?}");
    }
    let seconds = length.as_secs();
    let (unit, name) = match seconds {
        DAY => (HOUR, "hour"),
        _ if seconds.is_multiple_of(DAY) => (DAY, "day"),
        _ if seconds.is_multiple_of(HOUR) => (HOUR, "hour"),
        _ if seconds.is_multiple_of(MINUTE) => (MINUTE, "minute"),
        _ => (1, "second"),
    };
    let count = seconds / unit;
    write!(f, "rolling {count} {name}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::{DAY, Period};
    use crate::{error::ErrorCode, time::Weekday};
    use std::time::Duration;

    #[test]
    fn periods_print_as_they_are_read() {
        for text in [
            "hour",
            "day",
            "week",
            "week from sunday",
            "month",
            "quarter",
            "year",
            "year from 04-01",
            "year from 12-31",
            "rolling 30 days",
            "rolling 24 hours",
            "rolling 90 minutes",
            "rolling 90 seconds",
            "rolling 1 hour",
            "rolling 1 minute",
            "rolling 366 days",
            "once",
            "run",
        ] {
            let period: Period = text.parse().unwrap();
            assert_eq!(period.to_string(), text);
            let json = serde_json::to_string(&period).unwrap();
            assert_eq!(json, format!("\"{text}\""));
            assert_eq!(serde_json::from_str::<Period>(&json).unwrap(), period);
        }
    }

    #[test]
    fn several_spellings_of_a_period_are_one_period() {
        let same = |left: &str, right: &str| {
            assert_eq!(left.parse::<Period>().unwrap(), right.parse().unwrap(), "{left} and {right}");
        };
        same("week from monday", "week");
        same("year from 01-01", "year");
        same("rolling 1 day", "rolling 24 hours");
        same("rolling 2 weeks", "rolling 14 days");
        same("rolling 120 minutes", "  rolling 2  hours ");
        assert_eq!("rolling 1 week".parse::<Period>().unwrap().to_string(), "rolling 7 days");
    }

    #[test]
    fn what_is_no_period_is_refused_by_name() {
        let allowed = "allowed are `hour`, `day`, `week`, `week from sunday`, `month`, `quarter`, `year`, \
                       `year from 04-01`, `rolling 30 days` (or seconds, minutes, hours, weeks), `once` and `run`";
        for text in [
            "",
            "Month",
            "fortnight",
            "week from Sunday",
            "week from",
            "year from 4-1",
            "year from",
            "rolling",
            "rolling 30",
            "rolling -1 days",
            "rolling 1.5 hours",
            "rolling 2 months",
            "month of sundays",
        ] {
            let error = text.parse::<Period>().unwrap_err();
            assert_eq!(error.code(), ErrorCode::PeriodInvalid);
            assert_eq!(error.message(), format!("`{text}` is no period; {allowed}"));
        }
    }

    #[test]
    fn a_fiscal_year_starts_on_a_day_that_every_year_has() {
        let message = |text: &str| text.parse::<Period>().unwrap_err().message().to_owned();
        assert_eq!(
            message("year from 02-29"),
            "`year from 02-29` starts on a day that most years don't have"
        );
        for text in ["year from 02-30", "year from 13-01", "year from 00-10", "year from 04-31"] {
            assert_eq!(
                message(text),
                format!("`{text}` starts on no day of the calendar; allowed are 01-01 to 12-31")
            );
        }
    }

    #[test]
    fn a_rolling_length_is_bounded() {
        for (text, shown) in [
            ("rolling 0 minutes", "rolling 0 days"),
            ("rolling 59 seconds", "rolling 59 seconds"),
            ("rolling 367 days", "rolling 367 days"),
            ("rolling 18446744073709551615 weeks", "rolling 18446744073709551615 seconds"),
        ] {
            assert_eq!(
                text.parse::<Period>().unwrap_err().message(),
                format!(
                    "`{shown}` is out of bounds: a rolling period has whole seconds from 1 minute to 366 days"
                )
            );
        }
        for length in [Duration::from_nanos(60_000_000_001), Duration::MAX] {
            assert!(Period::Rolling { length }.checked().is_err(), "{length:?}");
        }
        let length = Duration::from_secs(366 * DAY);
        assert!(Period::Rolling { length }.checked().is_ok());
    }

    #[test]
    fn weekdays_print_as_they_are_read() {
        for day in Weekday::ALL {
            assert_eq!(day.to_string().parse::<Weekday>().unwrap(), day);
        }
        let error = "Monday".parse::<Weekday>().unwrap_err();
        assert_eq!(error.code(), ErrorCode::PeriodInvalid);
        assert_eq!(error.message(), "`Monday` is no day of the week; allowed are `monday` to `sunday`");
    }
}
