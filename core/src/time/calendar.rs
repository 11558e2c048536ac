//! The windows of a period in a time zone.
//!
//! The windows of a calendar divide all of time: every instant lies in exactly one, each starts where the one before
//! ends, and none is empty. They are computed from the instant alone, so nothing has to be reset when one ends.

use super::{Period, Timestamp, Weekday, Window, period::date, zone::Zone};
use crate::error::Result;
use jiff::{ToSpan, civil::Date};
use std::time::Duration;

/// A period in a time zone.
///
/// # Examples
/// ```
/// use bursar::{Calendar, Period};
/// let months = Calendar::new(Period::Month, "Europe/Berlin")?;
/// let november = months.slot_at("2026-11-23T09:00:00Z".parse()?);
/// assert_eq!(november.to_string(), "2026-10-31T23:00:00Z/2026-11-30T23:00:00Z");
/// # Ok::<(), bursar::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    period: Period,
    zone: Zone,
}

/// The first day of a window and of the next one; nothing where the calendar (years -9999 to 9999) ends.
#[derive(Clone, Copy)]
struct Days {
    first: Option<Date>,
    next: Option<Date>,
}

impl Calendar {
    /// Buckets in which a rolling period is counted.
    pub const ROLLING_SLOTS: usize = 64;

    /// A period in the time zone of an IANA name.
    ///
    /// # Errors
    /// `period_invalid` for a year that starts on no day of every year, or a rolling length out of bounds;
    /// `time_zone_unknown` with the nearest name.
    pub fn new(period: Period, zone: &str) -> Result<Self> {
        Ok(Self { period: period.checked()?, zone: Zone::named(zone)? })
    }

    /// The period.
    pub fn period(&self) -> Period {
        self.period
    }

    /// The IANA name of the time zone.
    pub fn zone_name(&self) -> &str {
        self.zone.name()
    }

    /// How far back a rolling period reaches; nothing for the others.
    pub fn rolling_length(&self) -> Option<Duration> {
        match self.period {
            Period::Rolling { length } => Some(length),
            _ => None,
        }
    }

    /// Whether a window of this calendar is ever followed by another.
    pub fn has_end(&self) -> bool {
        !matches!(self.period, Period::Once | Period::Run)
    }

    /// The window that holds the instant.
    ///
    /// For a rolling period it is the bucket: one of [`Calendar::ROLLING_SLOTS`] equal parts of the length, rounded up
    /// to a whole microsecond and counted from the start of Unix time. For `once` and `run` it is
    /// [`Window::ALWAYS`].
    pub fn slot_at(&self, instant: Timestamp) -> Window {
        match self.period {
            Period::Once | Period::Run => Window::ALWAYS,
            Period::Rolling { length } => bucket_at(length, instant),
            Period::Hour => self.zone.hour_at(instant),
            Period::Day => self.days_at(instant, day),
            Period::Week { first } => self.days_at(instant, |date| week(date, first)),
            Period::Month => self.days_at(instant, |date| months(date, 1)),
            Period::Quarter => self.days_at(instant, |date| months(date, 3)),
            Period::Year { first_month, first_day } => {
                self.days_at(instant, |date| year(date, first_month, first_day))
            }
        }
    }

    /// The window that ends where this one starts; nothing before a window without a start.
    pub fn previous(&self, window: Window) -> Option<Window> {
        let is_first = !self.has_end() || window.start() == Timestamp::MIN;
        (!is_first).then(|| self.slot_at(window.start().minus(Duration::from_micros(1))))
    }

    fn days_at(&self, instant: Timestamp, days_around: impl Fn(Date) -> Days) -> Window {
        let mut days = days_around(self.zone.date_at(instant));
        loop {
            let end = days.next.and_then(|next| self.zone.start_of(next));
            match days.next {
                // The clock was set back over midnight: it shows a date whose window has already ended.
                Some(next) if end.is_some_and(|end| end <= instant) => days = days_around(next),
                _ => return Window::between(days.first.and_then(|first| self.zone.start_of(first)), end),
            }
        }
    }
}

fn bucket_at(length: Duration, instant: Timestamp) -> Window {
    let micros = length.as_micros().div_ceil(Calendar::ROLLING_SLOTS as u128);
    let width = i64::try_from(micros).unwrap_or(i64::MAX).max(1);
    let index = instant.micros().div_euclid(width);
    let edge = |index: i64| index.checked_mul(width).map(Timestamp::from_micros);
    Window::between(edge(index), edge(index.saturating_add(1)))
}

fn day(date: Date) -> Days {
    Days { first: Some(date), next: date.tomorrow().ok() }
}

fn week(date: Date, first: Weekday) -> Days {
    let past = i64::from(date.weekday().since(first.to_jiff()));
    Days { first: date.checked_sub(past.days()).ok(), next: date.checked_add((7 - past).days()).ok() }
}

/// A number of months that divides the year, counted from January.
fn months(date: Date, count: i8) -> Days {
    let (year, first) = (date.year(), (date.month() - 1) / count * count + 1);
    let (next_year, next) = if first + count > 12 { (year + 1, 1) } else { (year, first + count) };
    Days { first: Date::new(year, first, 1).ok(), next: Date::new(next_year, next, 1).ok() }
}

fn year(today: Date, first_month: u8, first_day: u8) -> Days {
    let start_in = |year: i16| date(year, first_month, first_day);
    let this = today.year();
    match start_in(this) {
        Some(start) if today < start => Days { first: start_in(this - 1), next: Some(start) },
        first => Days { first, next: start_in(this + 1) },
    }
}
