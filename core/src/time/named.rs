//! Windows by the names that people give to report periods: `2026-11`, `2026-Q4`.

use super::{
    Window,
    period::{date, two_digits, whole_number},
    zone::Zone,
};
use crate::error::{Error, ErrorCode, Result};
use jiff::civil::{Date, ISOWeekDate, Weekday};

/// What is wrong with a name.
enum Fault {
    /// It is none of the forms.
    Form,
    /// It has a form, but the calendar has no such period.
    Calendar,
}

impl Window {
    /// A report period in a time zone: a year `2026`, a quarter `2026-Q4`, a month `2026-11`, an ISO 8601 week
    /// `2026-W47`, a day `2026-11-23`, or the days from one date to before another, `2026-11-01/2026-11-15`.
    ///
    /// # Errors
    /// `time_invalid` when the text is none of these, or names a time that never was; `time_zone_unknown`.
    ///
    /// # Examples
    /// ```
    /// use bursar::Window;
    /// let november = Window::named("2026-11", "Europe/Berlin")?;
    /// assert_eq!(november.to_string(), "2026-10-31T23:00:00Z/2026-11-30T23:00:00Z");
    /// # Ok::<(), bursar::Error>(())
    /// ```
    pub fn named(text: &str, zone: &str) -> Result<Self> {
        let zone = Zone::named(zone)?;
        let (first, next) = read(text).map_err(|fault| fault.into_error(text))?;
        if next <= first {
            let message = format!("`{text}` is empty: its end, which it excludes, must lie after its start");
            return Err(Error::new(ErrorCode::TimeInvalid, message)
                .with_help("give the day after the last day as the end"));
        }
        let bounds = zone.start_of(first).zip(zone.start_of(next));
        let (start, end) = bounds.ok_or_else(|| Fault::Calendar.into_error(text))?;
        Self::new(start, end).map_err(|cause| {
            // Some zones crossed the date line and left out a day.
            let message = format!("`{text}` was skipped in `{}`", zone.name());
            Error::new(ErrorCode::TimeInvalid, message).with_help("name another day").caused_by(cause)
        })
    }
}

impl Fault {
    fn into_error(self, text: &str) -> Error {
        let message = match self {
            Self::Form => {
                "is no report period; allowed are `2026`, `2026-Q4`, `2026-11`, `2026-W47`, `2026-11-23` and \
                 `2026-11-01/2026-11-15`"
            }
            Self::Calendar => "is not in the calendar",
        };
        let help = match self {
            Self::Form => "write a year, quarter, month, ISO week, day, or two dates with a slash",
            Self::Calendar => "name a quarter, month, week or day that the year has",
        };
        Error::new(ErrorCode::TimeInvalid, format!("`{text}` {message}")).with_help(help)
    }
}

/// The first day and the day after the last.
fn read(text: &str) -> Result<(Date, Date), Fault> {
    if let Some((first, next)) = text.split_once('/') {
        return Ok((read_day(first)?, read_day(next)?));
    }
    let Some((year, part)) = text.split_once('-') else {
        let year = read_year(text)?;
        return Ok((known(date(year, 1, 1))?, known(date(year + 1, 1, 1))?));
    };
    let year = read_year(year)?;
    if let Some(quarter) = part.strip_prefix('Q') {
        let quarter = quarter.parse::<u8>().ok().filter(|_| quarter.len() == 1).ok_or(Fault::Form)?;
        let first = known((1..=4).contains(&quarter).then(|| quarter * 3 - 2))?;
        return read_months(year, first, 3);
    }
    if let Some(week) = part.strip_prefix('W') {
        return read_week(year, two_digits(week).ok_or(Fault::Form)?);
    }
    if part.contains('-') {
        let day = read_day(text)?;
        return Ok((day, known(day.tomorrow().ok())?));
    }
    read_months(year, two_digits(part).ok_or(Fault::Form)?, 1)
}

fn read_year(text: &str) -> Result<i16, Fault> {
    let year = whole_number(text).filter(|_| text.len() == 4).ok_or(Fault::Form)?;
    i16::try_from(year).map_err(|_| Fault::Form)
}

fn read_months(year: i16, first: u8, count: u8) -> Result<(Date, Date), Fault> {
    let start = known(date(year, first, 1))?;
    let next = if first + count > 12 { date(year + 1, 1, 1) } else { date(year, first + count, 1) };
    Ok((start, known(next)?))
}

fn read_week(year: i16, week: u8) -> Result<(Date, Date), Fault> {
    let week = i8::try_from(week).map_err(|_| Fault::Calendar)?;
    let monday = known(ISOWeekDate::new(year, week, Weekday::Monday).ok())?.date();
    let next = monday.checked_add(jiff::Span::new().days(7));
    Ok((monday, known(next.ok())?))
}

fn read_day(text: &str) -> Result<Date, Fault> {
    let mut parts = text.split('-');
    let (Some(year), Some(month), Some(day), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(Fault::Form);
    };
    let (month, day) = two_digits(month).zip(two_digits(day)).ok_or(Fault::Form)?;
    known(date(read_year(year)?, month, day))
}

fn known<T>(found: Option<T>) -> Result<T, Fault> {
    found.ok_or(Fault::Calendar)
}

#[cfg(test)]
mod tests {
    use crate::{error::ErrorCode, time::Window};

    fn check(text: &str, zone: &str, expect: &str) {
        assert_eq!(Window::named(text, zone).unwrap().to_string(), expect, "{text} in {zone}");
    }

    fn refused(text: &str, zone: &str) -> String {
        let error = Window::named(text, zone).unwrap_err();
        assert_eq!(error.code(), ErrorCode::TimeInvalid, "{text}");
        error.message().to_owned()
    }

    #[test]
    fn a_report_period_is_read_in_its_time_zone() {
        check("2026", "UTC", "2026-01-01T00:00:00Z/2027-01-01T00:00:00Z");
        check("2026-Q4", "UTC", "2026-10-01T00:00:00Z/2027-01-01T00:00:00Z");
        check("2026-Q1", "Europe/Berlin", "2025-12-31T23:00:00Z/2026-03-31T22:00:00Z");
        check("2026-11", "Europe/Berlin", "2026-10-31T23:00:00Z/2026-11-30T23:00:00Z");
        check("2026-12", "UTC", "2026-12-01T00:00:00Z/2027-01-01T00:00:00Z");
        check("2026-11-23", "America/New_York", "2026-11-23T05:00:00Z/2026-11-24T05:00:00Z");
        check("2028-02-29", "Asia/Kolkata", "2028-02-28T18:30:00Z/2028-02-29T18:30:00Z");
        check("2026-11-01/2026-11-15", "UTC", "2026-11-01T00:00:00Z/2026-11-15T00:00:00Z");
    }

    #[test]
    fn weeks_are_numbered_by_iso_8601() {
        check("2026-W47", "UTC", "2026-11-16T00:00:00Z/2026-11-23T00:00:00Z");
        check("2026-W01", "UTC", "2025-12-29T00:00:00Z/2026-01-05T00:00:00Z");
        check("2026-W53", "UTC", "2026-12-28T00:00:00Z/2027-01-04T00:00:00Z");
        check("2020-W53", "Europe/Berlin", "2020-12-27T23:00:00Z/2021-01-03T23:00:00Z");
        assert_eq!(refused("2025-W53", "UTC"), "`2025-W53` is not in the calendar");
    }

    #[test]
    fn what_is_no_report_period_is_refused_by_name() {
        for text in [
            "",
            "november",
            "26-11",
            "2026-1",
            "2026-q4",
            "2026-Q+4",
            "2026-Q",
            "2026-W7",
            "2026-W+7",
            "2026-11-",
            "2026-11-1",
            "2026-11-01-02",
            "2026-11/2026-12",
            "2026-11-01/",
            "-2026",
            "２０２６",
            "2026-11-01/2026-11-15/2026-12-01",
        ] {
            assert_eq!(
                refused(text, "UTC"),
                format!(
                    "`{text}` is no report period; allowed are `2026`, `2026-Q4`, `2026-11`, `2026-W47`, \
                     `2026-11-23` and `2026-11-01/2026-11-15`"
                )
            );
        }
    }

    #[test]
    fn what_the_calendar_lacks_is_refused_by_name() {
        for text in [
            "2026-13",
            "2026-00",
            "2026-Q5",
            "2026-Q0",
            "2026-W54",
            "2026-W00",
            "2027-02-29",
            "9999",
            "9999-12-31",
        ] {
            assert_eq!(refused(text, "UTC"), format!("`{text}` is not in the calendar"));
        }
        assert_eq!(refused("2011-12-30", "Pacific/Apia"), "`2011-12-30` was skipped in `Pacific/Apia`");
        for text in ["2026-11-15/2026-11-01", "2026-11-01/2026-11-01"] {
            let expect = format!("`{text}` is empty: its end, which it excludes, must lie after its start");
            assert_eq!(refused(text, "UTC"), expect);
        }
        assert_eq!(Window::named("2026", "Mars").unwrap_err().code(), ErrorCode::TimeZoneUnknown);
    }
}
