//! The periods of a report: which ones came before, and what people call them.

use crate::error::{Error, Result};
use crate::time::{Calendar, Period, Timestamp, Weekday, Window};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The calendar periods that a report period may be, from the shortest.
const PERIODS: [(Period, &str); 5] = [
    (Period::Day, "%Y-%m-%d"),
    (Period::Week { first: Weekday::Monday }, "%G-W%V"),
    (Period::Month, "%Y-%m"),
    (Period::Quarter, "%Y-Q%q"),
    (Period::Year { first_month: 1, first_day: 1 }, "%Y"),
];

/// Local time as people write it, and as programs do.
pub(super) const MINUTES: &str = "%Y-%m-%d %H:%M";
const RFC_3339: &str = "%Y-%m-%dT%H:%M:%S%.f%:z";

/// A stretch of time with the words for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Words", into = "Words")]
pub struct ReportPeriod {
    /// The window.
    pub window: Window,
    /// `2026-11`, `2026-Q4`, or both ends.
    pub name: String,
    /// The start as RFC 3339 with the zone's offset; nothing without a start.
    pub start: Option<String>,
    /// The end, which the period excludes; nothing without an end.
    pub end: Option<String>,
}

/// A period as it is written: the window follows from its ends.
#[derive(Serialize, Deserialize)]
struct Words {
    name: String,
    start: Option<String>,
    end: Option<String>,
}

impl From<ReportPeriod> for Words {
    fn from(ReportPeriod { window: _, name, start, end }: ReportPeriod) -> Self {
        Self { name, start, end }
    }
}

impl TryFrom<Words> for ReportPeriod {
    type Error = Error;

    fn try_from(Words { name, start, end }: Words) -> Result<Self> {
        let at = |text: &Option<String>, open: Timestamp| text.as_ref().map_or(Ok(open), |text| text.parse());
        let window = Window::new(at(&start, Timestamp::MIN)?, at(&end, Timestamp::MAX)?)?;
        Ok(Self { window, name, start, end })
    }
}

/// The current month of a zone.
pub(super) fn month_at(now: Timestamp, zone: &str) -> Result<Window> {
    Ok(Calendar::new(Period::Month, zone)?.slot_at(now))
}

/// The period and those before it, newest first. A window without a start has none before it.
pub(super) fn with_previous(period: Window, zone: &str, count: usize) -> Result<Vec<Window>> {
    let calendar = calendar_of(period, zone)?;
    let before = |window: Window| match &calendar {
        Some((calendar, _)) => calendar.previous(window),
        None if window.start() == Timestamp::MIN || window.end() == Timestamp::MAX => None,
        None => Window::new(window.start().minus(window.length()), window.start()).ok(),
    };
    let mut windows = vec![period];
    while windows.len() <= count
        && let Some(previous) = windows.last().and_then(|window| before(*window))
    {
        windows.push(previous);
    }
    Ok(windows)
}

/// The same month, quarter or year of the year before; nothing for other windows.
pub(super) fn year_before(period: Window, zone: &str) -> Result<Option<Window>> {
    let Some((calendar, _)) = calendar_of(period, zone)? else { return Ok(None) };
    let periods = match calendar.period() {
        Period::Month => 12,
        Period::Quarter => 4,
        Period::Year { .. } => 1,
        _ => return Ok(None),
    };
    Ok((0..periods).try_fold(period, |window, _| calendar.previous(window)))
}

/// A window with the words for it.
pub(super) fn described(window: Window, zone: &str) -> Result<ReportPeriod> {
    let start = (window.start() != Timestamp::MIN).then(|| local(window.start(), zone, RFC_3339));
    let end = (window.end() != Timestamp::MAX).then(|| local(window.end(), zone, RFC_3339));
    Ok(ReportPeriod { window, name: name(window, zone)?, start, end })
}

/// `2026-11`, `2026-Q4`, `2026-11-23` for a period of the calendar, both ends for any other window.
pub(super) fn name(window: Window, zone: &str) -> Result<String> {
    if let Some((_, format)) = calendar_of(window, zone)? {
        return Ok(local(window.start(), zone, format));
    }
    let edge =
        |at: Timestamp, end: Timestamp| if at == end { String::new() } else { local(at, zone, MINUTES) };
    Ok(match (edge(window.start(), Timestamp::MIN), edge(window.end(), Timestamp::MAX)) {
        (start, end) if start.is_empty() && end.is_empty() => "all time".to_owned(),
        (start, end) if end.is_empty() => format!("from {}", days(&start)),
        (start, end) if start.is_empty() => format!("until {}", days(&end)),
        (start, end) if start.ends_with(MIDNIGHT) && end.ends_with(MIDNIGHT) => {
            format!("{}/{}", days(&start), days(&end))
        }
        (start, end) => format!("{start}/{end}"),
    })
}

const MIDNIGHT: &str = " 00:00";

fn days(text: &str) -> &str {
    text.strip_suffix(MIDNIGHT).unwrap_or(text)
}

/// The UTC days with the dates of a window, by which providers bill; nothing for a window without a start or an end.
pub(super) fn utc_days(window: Window, zone: &str) -> Option<Window> {
    if window.start() == Timestamp::MIN || window.end() == Timestamp::MAX {
        return None;
    }
    let day = |at| format!("{}T00:00:00Z", local(at, zone, "%Y-%m-%d")).parse::<Timestamp>().ok();
    let last = Timestamp::from_micros(window.end().micros() - 1);
    Window::new(day(window.start())?, day(last)?.plus(Duration::from_hours(24))).ok()
}

/// An instant on the local clock.
pub(super) fn local(at: Timestamp, zone: &str, format: &str) -> String {
    let zone = TimeZoneDatabase::bundled().get(zone).unwrap_or(TimeZone::UTC);
    jiff::ZonedDateTime::new(at.to_jiff(), zone).strftime(format).to_string()
}

fn calendar_of(window: Window, zone: &str) -> Result<Option<(Calendar, &'static str)>> {
    for (period, format) in PERIODS {
        let calendar = Calendar::new(period, zone)?;
        if window.start() != Timestamp::MIN && calendar.slot_at(window.start()) == window {
            return Ok(Some((calendar, format)));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::{name, utc_days, with_previous, year_before};
    use crate::time::Window;

    fn check(period: &str, zone: &str, expect: &[&str]) {
        let windows = with_previous(Window::named(period, zone).unwrap(), zone, expect.len() - 1).unwrap();
        let names: Vec<_> = windows.into_iter().map(|window| name(window, zone).unwrap()).collect();
        assert_eq!(names, expect, "{period} in {zone}");
    }

    #[test]
    fn a_calendar_period_is_compared_with_those_before_it() {
        check("2026-02", "Europe/Berlin", &["2026-02", "2026-01", "2025-12"]);
        check("2026-Q1", "America/New_York", &["2026-Q1", "2025-Q4"]);
        check("2026-W01", "Asia/Kolkata", &["2026-W01", "2025-W52"]);
        check("2026-03-01", "UTC", &["2026-03-01", "2026-02-28"]);
        check("2026", "Asia/Kathmandu", &["2026", "2025"]);
    }

    #[test]
    fn a_free_window_is_compared_with_windows_of_its_length() {
        check("2026-11-08/2026-11-15", "UTC", &["2026-11-08/2026-11-15", "2026-11-01/2026-11-08"]);
        let ten =
            Window::new("2026-11-10T10:00:00Z".parse().unwrap(), "2026-11-10T10:40:00Z".parse().unwrap());
        let windows = with_previous(ten.unwrap(), "Asia/Kolkata", 1).unwrap();
        assert_eq!(windows[1].to_string(), "2026-11-10T09:20:00Z/2026-11-10T10:00:00Z");
        assert_eq!(name(windows[0], "Asia/Kolkata").unwrap(), "2026-11-10 15:30/2026-11-10 16:10");
    }

    #[test]
    fn the_year_before_has_the_same_month() {
        let check = |period: &str, expected: Option<&str>| {
            let before =
                year_before(Window::named(period, "Europe/Berlin").unwrap(), "Europe/Berlin").unwrap();
            let named = before.map(|window| name(window, "Europe/Berlin").unwrap());
            assert_eq!(named.as_deref(), expected, "{period}");
        };
        check("2026-03", Some("2025-03"));
        check("2026-Q2", Some("2025-Q2"));
        check("2026", Some("2025"));
        check("2026-W10", None);
        check("2026-03-01/2026-03-05", None);
    }

    #[test]
    fn providers_bill_the_same_dates_in_utc() {
        let check = |period: &str, zone: &str, expected: &str| {
            let days = utc_days(Window::named(period, zone).unwrap(), zone).unwrap();
            assert_eq!(days, Window::named(expected, "UTC").unwrap(), "{period} in {zone}");
        };
        for zone in ["UTC", "Europe/Berlin", "America/Los_Angeles", "Pacific/Auckland", "Asia/Kathmandu"] {
            check("2026-10", zone, "2026-10");
        }
        check("2026-W10", "Asia/Tokyo", "2026-03-02/2026-03-09");
        assert_eq!(utc_days(Window::ALWAYS, "UTC"), None);
    }

    #[test]
    fn all_of_time_has_nothing_before_it() {
        assert_eq!(with_previous(Window::ALWAYS, "UTC", 3).unwrap(), [Window::ALWAYS]);
        assert_eq!(name(Window::ALWAYS, "UTC").unwrap(), "all time");
    }
}
