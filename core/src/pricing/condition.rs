//! When a variant of a card applies: by the input's size, the terms of the call, and the time of day.

use super::terms::{Axis, Terms};
use crate::time::Timestamp;
use jiff::tz::TimeZone;

/// Everything that must hold for a variant to apply; what isn't given always holds.
#[derive(Clone, Debug, Default)]
pub(super) struct Condition {
    /// The total input, cache included, from and to.
    pub(super) input: Option<(u64, u64)>,
    /// For each of the terms, the names that it applies to, in lower case; none for any.
    pub(super) names: [Vec<String>; Axis::COUNT],
    pub(super) time: Option<TimeOfDay>,
}

impl Condition {
    pub(super) fn holds(&self, terms: &Terms, total_input: u64, at: Timestamp) -> bool {
        self.input.is_none_or(|(from, to)| from <= total_input && total_input <= to)
            && Axis::ALL.iter().all(|axis| self.allows(*axis, terms.get(*axis)))
            && self.time.as_ref().is_none_or(|time| time.holds(at))
    }

    fn allows(&self, axis: Axis, name: Option<&str>) -> bool {
        let names = self.of(axis);
        names.is_empty() || name.is_some_and(|name| names.iter().any(|allowed| allowed == name))
    }

    /// The names that it applies to of one of the terms.
    pub(super) fn of(&self, axis: Axis) -> &[String] {
        self.names.get(axis as usize).map_or(&[], Vec::as_slice)
    }

    /// The terms that it asks for, as bits.
    pub(super) fn axes(&self) -> u8 {
        let asked = Axis::ALL.iter().filter(|axis| !self.of(**axis).is_empty());
        asked.fold(0, |bits, axis| bits | 1 << *axis as u8)
    }

    /// The stacking order: the variants of the input's size come first, then those of the terms, then those of the
    /// time; within each the less particular one and the lower threshold. A later one replaces an earlier one.
    pub(super) fn order(&self) -> (bool, u32, u64) {
        (
            self.time.is_some(),
            self.axes().count_ones(),
            self.input.map_or(0, |(from, _)| from.saturating_add(1)),
        )
    }
}

const MICROS_A_MINUTE: i64 = 60_000_000;
const MICROS_A_DAY: i64 = 1_440 * MICROS_A_MINUTE;
const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// Windows of the day, `[start, end)`, on some weekdays of a time zone.
#[derive(Clone, Debug)]
pub(super) struct TimeOfDay {
    /// In minutes; one that ends before it starts runs past midnight and belongs to the day on which it starts.
    windows: Vec<(i64, i64)>,
    /// A bit for each weekday, Monday first.
    weekdays: u8,
    /// Nothing for UTC, which needs no look-up.
    zone: Option<TimeZone>,
}

impl TimeOfDay {
    /// Reads windows such as `01:00-04:00`, weekdays such as `Mon-Fri` or `Sat`, and a zone; the fault as text.
    pub(super) fn parse(windows: &[&str], weekdays: &[&str], zone: &str) -> Result<Self, String> {
        let windows = windows.iter().map(|window| parse_window(window)).collect::<Result<_, _>>()?;
        let every_day = if weekdays.is_empty() { 0b111_1111 } else { 0 };
        let weekdays =
            weekdays.iter().try_fold(every_day, |bits, days| Ok::<u8, String>(bits | parse_days(days)?))?;
        let zone = match zone {
            "" | "UTC" => None,
            name => Some(TimeZone::get(name).map_err(|_| format!("`{name}` is no time zone"))?),
        };
        Ok(Self { windows, weekdays, zone })
    }

    fn holds(&self, at: Timestamp) -> bool {
        let (day, micros) = self.local(at);
        let on = |day: i64| self.weekdays & (1 << day.rem_euclid(7)) != 0;
        self.windows.iter().any(|(start, end)| {
            let (start, end) = (start * MICROS_A_MINUTE, end * MICROS_A_MINUTE);
            if start < end {
                on(day) && start <= micros && micros < end
            } else {
                (on(day) && start <= micros) || (on(day - 1) && micros < end)
            }
        })
    }

    /// The weekday, Monday 0, and the microseconds since midnight.
    fn local(&self, at: Timestamp) -> (i64, i64) {
        match &self.zone {
            // 1970-01-01 was a Thursday.
            None => (at.micros().div_euclid(MICROS_A_DAY) + 3, at.micros().rem_euclid(MICROS_A_DAY)),
            Some(zone) => {
                let local = zone.to_datetime(at.to_jiff());
                let seconds = i64::from(local.hour()) * 3_600 + i64::from(local.minute()) * 60;
                let micros = (seconds + i64::from(local.second())) * 1_000_000
                    + i64::from(local.subsec_nanosecond()) / 1_000;
                (i64::from(local.date().weekday().to_monday_zero_offset()), micros)
            }
        }
    }
}

fn parse_window(text: &str) -> Result<(i64, i64), String> {
    let fault = || format!("`{text}` is no window of the day, such as `01:00-04:00`");
    let minutes = |part: &str| {
        let (hour, minute) = part.trim().split_once(':')?;
        let (hour, minute): (i64, i64) = (hour.parse().ok()?, minute.parse().ok()?);
        let total = hour * 60 + minute;
        ((0..60).contains(&minute) && (0..=1_440).contains(&total)).then_some(total)
    };
    let (start, end) = text.split_once('-').ok_or_else(fault)?;
    let (start, end) = (minutes(start).ok_or_else(fault)?, minutes(end).ok_or_else(fault)?);
    if start == end || start == 1_440 { Err(fault()) } else { Ok((start, end)) }
}

fn parse_days(text: &str) -> Result<u8, String> {
    let fault = || format!("`{text}` is no weekday, such as `Sat`, or span of them, such as `Mon-Fri`");
    let position = |name: &str| WEEKDAYS.iter().position(|day| day.eq_ignore_ascii_case(name.trim()));
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (position(first).ok_or_else(fault)?, position(last).ok_or_else(fault)?);
    let days = if first <= last { last - first } else { last + 7 - first };
    Ok((0..=days).fold(0, |bits, step| bits | 1 << ((first + step) % 7)))
}

#[cfg(test)]
mod tests {
    use super::TimeOfDay;

    fn holds(time: &TimeOfDay, at: &str) -> bool {
        time.holds(at.parse().expect("a time"))
    }

    #[test]
    fn a_window_holds_from_its_start_until_just_before_its_end() {
        let peak = TimeOfDay::parse(&["01:00-04:00", "06:00-10:00"], &["Mon-Fri"], "UTC").expect("windows");
        for (at, expected) in [
            ("2026-08-24T00:59:59.999999Z", false),
            ("2026-08-24T01:00:00Z", true),
            ("2026-08-24T03:59:59.999999Z", true),
            ("2026-08-24T04:00:00Z", false),
            ("2026-08-24T09:00:00Z", true),
            ("2026-08-22T02:00:00Z", false),
            ("2026-08-23T02:00:00Z", false),
            ("1969-12-29T02:00:00Z", true),
        ] {
            assert_eq!(holds(&peak, at), expected, "{at}");
        }
    }

    #[test]
    fn a_window_past_midnight_belongs_to_the_day_on_which_it_starts() {
        let night = TimeOfDay::parse(&["22:00-02:00"], &["Fri"], "").expect("windows");
        for (at, expected) in [
            ("2026-08-21T21:59:00Z", false),
            ("2026-08-21T22:00:00Z", true),
            ("2026-08-22T01:59:00Z", true),
            ("2026-08-22T02:00:00Z", false),
            ("2026-08-21T01:00:00Z", false),
        ] {
            assert_eq!(holds(&night, at), expected, "{at}");
        }
    }

    #[test]
    fn windows_follow_the_clocks_of_their_zone() {
        let office = TimeOfDay::parse(&["09:00-17:00"], &[], "Europe/Berlin").expect("windows");
        assert!(holds(&office, "2026-07-01T07:00:00Z"));
        assert!(!holds(&office, "2026-12-01T07:00:00Z"));
        assert!(holds(&office, "2026-12-01T08:00:00Z"));
    }

    #[test]
    fn what_is_no_window_or_weekday_is_refused() {
        for window in ["1-2", "25:00-26:00", "01:00", "01:60-02:00", "03:00-03:00", "24:00-01:00"] {
            assert!(TimeOfDay::parse(&[window], &[], "").is_err(), "{window}");
        }
        assert!(TimeOfDay::parse(&["00:00-24:00"], &["Sat-Mon"], "").is_ok());
        assert!(TimeOfDay::parse(&["00:00-24:00"], &["weekend"], "").is_err());
        assert!(TimeOfDay::parse(&["00:00-24:00"], &[], "Mars/Olympus").is_err());
    }
}
