//! The laws of calendars: their windows divide time, whatever a zone does to its clocks.

use super::{Calendar, Period, Timestamp, Weekday, Window};
use crate::error::ErrorCode;
use jiff::{
    civil::DateTime,
    tz::{TimeZone, TimeZoneDatabase},
};
use std::time::Duration;

const PERIODS: [&str; 14] = [
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
    "rolling 7 minutes",
    "rolling 366 days",
    "once",
    "run",
];

/// Zones that did something odd to their clocks, and some that didn't.
const ZONES: [&str; 26] = [
    "UTC",
    "Europe/Berlin",
    "Europe/London",
    "Europe/Dublin",
    "America/New_York",
    "America/Sao_Paulo",
    "America/St_Johns",
    "America/Havana",
    "America/Juneau",
    "America/Caracas",
    "America/Scoresbysund",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Asia/Beirut",
    "Asia/Gaza",
    "Asia/Manila",
    "Asia/Tehran",
    "Africa/Monrovia",
    "Africa/Casablanca",
    "Antarctica/Troll",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
    "Pacific/Kwajalein",
    "Etc/GMT+12",
];

const MICROSECOND: Duration = Duration::from_micros(1);
const HOUR: Duration = Duration::from_hours(1);

fn calendar(period: &str, zone: &str) -> Calendar {
    Calendar::new(period.parse().unwrap(), zone).unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn local(instant: Timestamp, zone: &str) -> DateTime {
    TimeZone::get(zone).unwrap().to_datetime(instant.to_jiff())
}

/// Numbers that a seed decides.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 ^ (self.0 >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd) >> 1
    }

    /// An instant from 1970 to 2100.
    fn instant(&mut self) -> Timestamp {
        let micros = self.next() % 4_102_444_800_000_000;
        Timestamp::from_micros(i64::try_from(micros).unwrap())
    }
}

/// The window that holds an instant, with every law of a partition checked around it.
#[track_caller]
fn lawful_slot(calendar: &Calendar, instant: Timestamp) -> Window {
    let window = calendar.slot_at(instant);
    let case = || format!("{} in {} at {instant}: {window}", calendar.period(), calendar.zone_name());
    assert!(window.start() < window.end(), "empty: {}", case());
    assert!(window.contains(instant), "outside: {}", case());
    assert_eq!(calendar.slot_at(window.start()), window, "start: {}", case());
    assert_eq!(calendar.slot_at(window.end().minus(MICROSECOND)), window, "end: {}", case());
    match calendar.previous(window) {
        Some(previous) => {
            assert_eq!(previous.end(), window.start(), "previous: {}", case());
            assert!(!previous.contains(window.start()) && !window.contains(previous.start()), "{}", case());
        }
        None => assert_eq!(window.start(), Timestamp::MIN, "{}", case()),
    }
    if window.end() != Timestamp::MAX {
        assert_eq!(calendar.slot_at(window.end()).start(), window.end(), "next: {}", case());
    }
    window
}

/// What the local clock shows where a window of the period starts, unless it jumped there.
fn is_a_start(period: Period, shown: DateTime) -> bool {
    let date = shown.date();
    let is_midnight = shown == date.to_datetime(jiff::civil::Time::midnight());
    match period {
        Period::Hour => shown.minute() == 0 && shown.second() == 0 && shown.subsec_nanosecond() == 0,
        Period::Day => is_midnight,
        Period::Week { first } => is_midnight && date.weekday() == first.to_jiff(),
        Period::Month => is_midnight && date.day() == 1,
        Period::Quarter => is_midnight && date.day() == 1 && date.month() % 3 == 1,
        Period::Year { first_month, first_day } => {
            let month_and_day = (i16::from(date.month()), i16::from(date.day()));
            is_midnight && month_and_day == (i16::from(first_month), i16::from(first_day))
        }
        Period::Rolling { .. } | Period::Once | Period::Run => true,
    }
}

#[test]
fn windows_divide_time_in_every_zone_and_period() {
    let seed = 20_261_123;
    let mut random = Random(seed);
    for zone in ZONES {
        for period in PERIODS {
            let calendar = calendar(period, zone);
            for _ in 0..150 {
                let window = lawful_slot(&calendar, random.instant());
                let (now, before) =
                    (local(window.start(), zone), local(window.start().minus(MICROSECOND), zone));
                let is_jump = now.duration_since(before) != jiff::SignedDuration::from_micros(1);
                let is_lawful = is_jump || is_a_start(calendar.period(), now);
                assert!(is_lawful || !calendar.has_end(), "seed {seed}: {period} in {zone} starts at {now}");
            }
        }
    }
}

#[test]
fn windows_divide_time_around_every_change_of_every_clock() {
    for zone in TimeZoneDatabase::bundled().available() {
        let calendars = ["hour", "day", "month"].map(|period| calendar(period, zone.as_str()));
        let tz = TimeZone::get(zone.as_str()).unwrap();
        for change in tz.preceding(at("2040-01-01T00:00:00Z").to_jiff()) {
            let change = Timestamp::from(change.timestamp());
            for calendar in &calendars {
                for near in [Duration::ZERO, HOUR / 3, HOUR, 24 * HOUR] {
                    lawful_slot(calendar, change.plus(near));
                    lawful_slot(calendar, change.minus(near).minus(MICROSECOND));
                }
            }
        }
    }
}

#[test]
fn no_hour_is_longer_than_an_hour() {
    for zone in ZONES {
        let hours = calendar("hour", zone);
        for change in TimeZone::get(zone).unwrap().preceding(at("2040-01-01T00:00:00Z").to_jiff()) {
            let change = Timestamp::from(change.timestamp());
            for near in [change, change.minus(MICROSECOND), change.plus(HOUR), change.minus(HOUR)] {
                assert!(hours.slot_at(near).length() <= HOUR, "{zone} at {near}");
            }
        }
    }
}

/// The rule in its plainest form, minute by minute: a day begins when the local clock first shows its date or a later
/// one, and clocks that are set back don't bring an old day back.
#[test]
fn a_day_begins_when_the_clock_first_shows_its_date() {
    for (zone, around) in [
        ("America/Sao_Paulo", "2018-11-04T03:00:00Z"),
        ("America/St_Johns", "2010-11-07T02:31:00Z"),
        ("America/Havana", "2012-11-04T05:00:00Z"),
        ("Asia/Beirut", "2022-03-26T22:00:00Z"),
        ("Asia/Gaza", "2011-08-01T00:00:00Z"),
        ("Pacific/Apia", "2011-12-30T10:00:00Z"),
        ("Pacific/Kwajalein", "1969-09-30T13:00:00Z"),
        ("Pacific/Kwajalein", "1993-08-21T12:00:00Z"),
        ("America/Juneau", "1867-10-19T00:31:13Z"),
        ("Asia/Manila", "1844-12-31T00:00:00Z"),
    ] {
        let days = calendar("day", zone);
        let mut instant = at(around).minus(72 * HOUR);
        let mut latest = local(instant, zone).date();
        let mut window = days.slot_at(instant);
        for _ in 0..8_640 {
            instant = instant.plus(Duration::from_mins(1));
            let date = local(instant, zone).date().max(latest);
            let now = days.slot_at(instant);
            assert_eq!(now != window, date != latest, "{zone} at {instant}: {now}");
            (latest, window) = (date, now);
        }
    }
}

#[test]
fn windows_of_known_traps_are_as_counted_by_hand() {
    for (period, zone, instant, expect) in [
        // Clocks set forward and back: days of 23 and 25 hours.
        ("day", "Europe/Berlin", "2026-03-29T12:00:00Z", "2026-03-28T23:00:00Z/2026-03-29T22:00:00Z"),
        ("day", "Europe/Berlin", "2026-10-25T12:00:00Z", "2026-10-24T22:00:00Z/2026-10-25T23:00:00Z"),
        ("day", "America/New_York", "2026-03-08T12:00:00Z", "2026-03-08T05:00:00Z/2026-03-09T04:00:00Z"),
        ("day", "America/New_York", "2026-11-01T12:00:00Z", "2026-11-01T04:00:00Z/2026-11-02T05:00:00Z"),
        ("month", "Europe/Berlin", "2026-10-31T22:59:59Z", "2026-09-30T22:00:00Z/2026-10-31T23:00:00Z"),
        ("quarter", "America/New_York", "2026-12-31T12:00:00Z", "2026-10-01T04:00:00Z/2027-01-01T05:00:00Z"),
        // The hour from 2 to 3 is skipped, and comes twice.
        ("hour", "Europe/Berlin", "2026-03-29T00:59:59Z", "2026-03-29T00:00:00Z/2026-03-29T01:00:00Z"),
        ("hour", "Europe/Berlin", "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z/2026-03-29T02:00:00Z"),
        ("hour", "Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-25T00:00:00Z/2026-10-25T01:00:00Z"),
        ("hour", "Europe/Berlin", "2026-10-25T01:30:00Z", "2026-10-25T01:00:00Z/2026-10-25T02:00:00Z"),
        // Clocks set by half an hour: forward at 2:00 to 2:30, back at 2:00 to 1:30.
        ("hour", "Australia/Lord_Howe", "2026-10-03T15:45:00Z", "2026-10-03T15:30:00Z/2026-10-03T16:00:00Z"),
        ("hour", "Australia/Lord_Howe", "2026-04-04T14:59:00Z", "2026-04-04T14:00:00Z/2026-04-04T15:00:00Z"),
        ("hour", "Australia/Lord_Howe", "2026-04-04T15:00:00Z", "2026-04-04T15:00:00Z/2026-04-04T15:30:00Z"),
        ("day", "Australia/Lord_Howe", "2026-04-05T00:00:00Z", "2026-04-04T13:00:00Z/2026-04-05T13:30:00Z"),
        // Offsets of 30 and 45 minutes.
        ("hour", "Asia/Kolkata", "2026-11-23T09:15:00Z", "2026-11-23T08:30:00Z/2026-11-23T09:30:00Z"),
        ("hour", "Asia/Kathmandu", "2026-11-23T09:15:00Z", "2026-11-23T09:15:00Z/2026-11-23T10:15:00Z"),
        ("hour", "Pacific/Chatham", "2026-11-23T09:15:00Z", "2026-11-23T09:15:00Z/2026-11-23T10:15:00Z"),
        // Midnight is skipped: the day starts at 1:00.
        ("day", "America/Sao_Paulo", "2018-11-04T12:00:00Z", "2018-11-04T03:00:00Z/2018-11-05T02:00:00Z"),
        ("day", "Asia/Beirut", "2022-03-27T12:00:00Z", "2022-03-26T22:00:00Z/2022-03-27T21:00:00Z"),
        // From 23:30 to 0:30 at once: the day starts at 0:30.
        ("day", "America/Toronto", "1919-03-31T12:00:00Z", "1919-03-31T04:30:00Z/1919-04-01T04:00:00Z"),
        // The hour from 23:00 comes twice, and midnight once.
        ("day", "America/Sao_Paulo", "2018-02-18T02:30:00Z", "2018-02-17T02:00:00Z/2018-02-18T03:00:00Z"),
        // Midnight comes twice: the first counts.
        ("day", "America/Havana", "2012-11-04T05:30:00Z", "2012-11-04T04:00:00Z/2012-11-05T05:00:00Z"),
        // At 0:01 back to 23:01: the repeated evening belongs to the day that had begun.
        ("day", "America/St_Johns", "2010-11-07T03:00:00Z", "2010-11-07T02:30:00Z/2010-11-08T03:30:00Z"),
        // A day left out, with the date line crossed at its midnight.
        ("day", "Pacific/Apia", "2011-12-30T09:59:59Z", "2011-12-29T10:00:00Z/2011-12-30T10:00:00Z"),
        ("day", "Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z/2011-12-31T10:00:00Z"),
        ("month", "Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-01T10:00:00Z/2011-12-31T10:00:00Z"),
        ("year", "Pacific/Apia", "2012-06-01T00:00:00Z", "2011-12-31T10:00:00Z/2012-12-31T10:00:00Z"),
        // A day that came twice, from 13:00 UTC at its end.
        ("day", "Pacific/Kwajalein", "1969-10-01T00:00:00Z", "1969-09-29T13:00:00Z/1969-10-01T12:00:00Z"),
        // Leap days, weeks over a year's end, week 53, fiscal years.
        ("day", "UTC", "2028-02-29T23:59:59Z", "2028-02-29T00:00:00Z/2028-03-01T00:00:00Z"),
        ("month", "Europe/Berlin", "2028-02-29T22:59:59Z", "2028-01-31T23:00:00Z/2028-02-29T23:00:00Z"),
        ("month", "UTC", "2100-02-28T12:00:00Z", "2100-02-01T00:00:00Z/2100-03-01T00:00:00Z"),
        ("week", "UTC", "2027-01-01T00:00:00Z", "2026-12-28T00:00:00Z/2027-01-04T00:00:00Z"),
        ("week from sunday", "UTC", "2027-01-01T00:00:00Z", "2026-12-27T00:00:00Z/2027-01-03T00:00:00Z"),
        ("week from sunday", "UTC", "2026-11-22T00:00:00Z", "2026-11-22T00:00:00Z/2026-11-29T00:00:00Z"),
        ("week", "UTC", "2026-11-22T23:59:59Z", "2026-11-16T00:00:00Z/2026-11-23T00:00:00Z"),
        ("year", "UTC", "2028-12-31T23:59:59Z", "2028-01-01T00:00:00Z/2029-01-01T00:00:00Z"),
        ("year from 04-01", "UTC", "2026-03-31T23:59:59Z", "2025-04-01T00:00:00Z/2026-04-01T00:00:00Z"),
        ("year from 04-01", "UTC", "2026-04-01T00:00:00Z", "2026-04-01T00:00:00Z/2027-04-01T00:00:00Z"),
        (
            "year from 07-01",
            "Australia/Sydney",
            "2026-11-23T00:00:00Z",
            "2026-06-30T14:00:00Z/2027-06-30T14:00:00Z",
        ),
        // Before 1970 an instant's number is negative; windows still lie around it.
        ("hour", "UTC", "1969-12-31T23:59:59.999999Z", "1969-12-31T23:00:00Z/1970-01-01T00:00:00Z"),
        // 64 minutes make buckets of one minute.
        (
            "rolling 64 minutes",
            "Europe/Berlin",
            "2026-11-23T09:15:30Z",
            "2026-11-23T09:15:00Z/2026-11-23T09:16:00Z",
        ),
        ("rolling 64 hours", "UTC", "1969-12-31T23:59:59Z", "1969-12-31T23:00:00Z/1970-01-01T00:00:00Z"),
        ("once", "UTC", "2026-11-23T09:15:30Z", "-infinity/infinity"),
        ("run", "UTC", "2026-11-23T09:15:30Z", "-infinity/infinity"),
    ] {
        let window = lawful_slot(&calendar(period, zone), at(instant));
        assert_eq!(window.to_string(), expect, "{period} in {zone} at {instant}");
    }
}

#[test]
fn time_has_windows_up_to_its_ends() {
    let ends =
        [Timestamp::MIN, Timestamp::MIN.plus(MICROSECOND), Timestamp::MAX, Timestamp::MAX.minus(MICROSECOND)];
    let (first, last) = (jiff::Timestamp::MIN.into(), jiff::Timestamp::MAX.into());
    for zone in ZONES {
        for period in PERIODS {
            let calendar = calendar(period, zone);
            for instant in ends.into_iter().chain([first, last]) {
                lawful_slot(&calendar, instant);
            }
            for days in [1, 3, 40, 400] {
                lawful_slot(&calendar, first.plus(24 * HOUR * days));
                lawful_slot(&calendar, first.minus(24 * HOUR * days));
                lawful_slot(&calendar, last.plus(24 * HOUR * days));
                lawful_slot(&calendar, last.minus(24 * HOUR * days));
            }
        }
    }
}

#[test]
fn the_buckets_of_a_rolling_period_cover_its_length() {
    let mut random = Random(7);
    let slots = u32::try_from(Calendar::ROLLING_SLOTS).unwrap();
    for minutes in [1, 7, 60, 90, 1_440, 43_200, 366 * 1_440] {
        let length = Duration::from_secs(60 * minutes);
        let calendar = Calendar::new(Period::Rolling { length }, "UTC").unwrap();
        assert_eq!(calendar.rolling_length(), Some(length));
        let bucket = lawful_slot(&calendar, random.instant()).length();
        assert!(
            bucket * slots >= length && bucket.saturating_sub(MICROSECOND) * slots < length,
            "{minutes} minutes"
        );
    }
    assert_eq!(calendar("day", "UTC").rolling_length(), None);
}

#[test]
fn once_and_run_have_no_other_window() {
    for period in PERIODS {
        let calendar = calendar(period, "Europe/Berlin");
        let window = calendar.slot_at(at("2026-11-23T09:15:30Z"));
        assert_eq!(calendar.has_end(), window != Window::ALWAYS, "{period}");
        assert_eq!(calendar.previous(window).is_some(), calendar.has_end(), "{period}");
    }
}

#[test]
fn a_window_ends_after_it_starts() {
    let (start, end) = (at("2026-11-01T00:00:00Z"), at("2026-12-01T00:00:00Z"));
    let window = Window::new(start, end).unwrap();
    assert_eq!(window.to_string(), "2026-11-01T00:00:00Z/2026-12-01T00:00:00Z");
    assert_eq!(window.length(), 30 * 24 * HOUR);
    assert!(window.contains(start) && !window.contains(end) && !window.contains(start.minus(MICROSECOND)));
    for (start, end) in [(end, start), (start, start)] {
        let error = Window::new(start, end).unwrap_err();
        assert_eq!(error.code(), ErrorCode::TimeInvalid);
        assert_eq!(
            error.message(),
            format!("`{start}/{end}` is no window: its end must lie after its start")
        );
    }
    assert!(Window::ALWAYS.contains(Timestamp::MIN) && Window::ALWAYS.contains(Timestamp::MAX));
}

#[test]
fn an_unknown_zone_is_refused_with_the_nearest_name() {
    let message = |zone: &str| {
        let error = Calendar::new(Period::Day, zone).unwrap_err();
        assert_eq!(error.code(), ErrorCode::TimeZoneUnknown);
        error.message().to_owned()
    };
    let prefix = "is no time zone of the IANA database";
    for (found, near) in [
        ("Europe/Berlim", "Europe/Berlin"),
        ("Berlin", "Europe/Berlin"),
        ("new york", "America/New_York"),
        ("America/NewYork", "America/New_York"),
    ] {
        assert_eq!(message(found), format!("`{found}` {prefix} (did you mean `{near}`?)"));
    }
    for found in ["", "Mars/Olympus", "PST", "Etc/Unknown", "+02:00"] {
        assert_eq!(message(found), format!("`{found}` {prefix}"));
    }
    let long = "Europe/Berlin".repeat(100_000);
    assert_eq!(message(&long), format!("`{long}` {prefix}"));
}

#[test]
fn a_zone_is_named_in_the_case_of_the_database() {
    let calendar = calendar("month", "europe/berlin");
    assert_eq!(calendar.zone_name(), "Europe/Berlin");
    assert_eq!(calendar, Calendar::new(Period::Month, "Europe/Berlin").unwrap());
    assert_ne!(calendar, Calendar::new(Period::Day, "Europe/Berlin").unwrap());
    assert_eq!(Calendar::new(Period::Day, "utc").unwrap().zone_name(), "UTC");
}

#[test]
fn a_calendar_refuses_a_period_that_no_text_could_give() {
    for period in [
        Period::Year { first_month: 2, first_day: 29 },
        Period::Year { first_month: 0, first_day: 255 },
        Period::Rolling { length: Duration::ZERO },
        Period::Rolling { length: Duration::from_millis(60_001) },
        Period::Rolling { length: Duration::MAX },
    ] {
        assert_eq!(Calendar::new(period, "UTC").unwrap_err().code(), ErrorCode::PeriodInvalid);
    }
    assert!(Calendar::new(Period::Week { first: Weekday::Saturday }, "UTC").is_ok());
}
