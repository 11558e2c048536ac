//! A time zone of the IANA database: where local days and hours begin.
//!
//! The database is the one compiled in, never the machine's: two machines, or a replay years later, must find the same
//! windows. A local time is turned into the first instant at which the local clock shows it or anything later. That
//! is the only rule for skipped and repeated times, and it makes later local times never earlier instants.

use super::{Timestamp, Window};
use crate::error::{Error, ErrorCode, Result, did_you_mean};
use jiff::{
    civil::{Date, Time},
    tz::{AmbiguousOffset, Offset, TimeZone, TimeZoneDatabase},
};
use std::time::Duration;

/// Longer names aren't searched for a neighbour.
const NAME_BYTES_MAX: usize = 64;
const HOUR_MICROS: i64 = 3_600_000_000;
const MICROSECOND: Duration = Duration::from_micros(1);

/// A time zone, cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Zone(TimeZone);

impl Zone {
    /// The zone of an IANA name, in any case.
    pub(super) fn named(name: &str) -> Result<Self> {
        match TimeZoneDatabase::bundled().get(name) {
            Ok(zone) if !zone.is_unknown() => Ok(Self(zone)),
            _ => Err(unknown(name)),
        }
    }

    /// The IANA name, in the database's case.
    pub(super) fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// The date that the local clock shows.
    pub(super) fn date_at(&self, instant: Timestamp) -> Date {
        self.0.to_datetime(instant.to_jiff()).date()
    }

    /// The first instant of a local day, or nothing when it lies outside of the calendar (years -9999 to 9999). For a
    /// midnight that was skipped it is the instant of the jump, for one that comes twice the first.
    pub(super) fn start_of(&self, date: Date) -> Option<Timestamp> {
        let midnight = date.to_datetime(Time::midnight());
        let instant = match self.0.to_ambiguous_timestamp(midnight).offset() {
            AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(midnight),
            AmbiguousOffset::Fold { before, .. } => before.to_timestamp(midnight),
            AmbiguousOffset::Gap { before, after } => {
                // The later offset gives an instant before the jump.
                let before_jump = after.to_timestamp(midnight).ok()?.into();
                return self.next_change(before_jump, before);
            }
        };
        instant.ok().map(Timestamp::from)
    }

    /// The hour of the local clock that holds the instant. An hour also ends where the clock is set forward or back: a
    /// repeated hour is two windows, and a change by half an hour makes windows of 30 minutes.
    pub(super) fn hour_at(&self, instant: Timestamp) -> Window {
        let instant = Timestamp::from(instant.to_jiff());
        let offset = self.offset_at(instant);
        let shift = i64::from(offset.seconds()) * 1_000_000;
        let into_hour =
            Duration::from_micros((instant.micros() + shift).rem_euclid(HOUR_MICROS).unsigned_abs());
        let start = instant.minus(into_hour);
        let end = start.plus(Duration::from_micros(HOUR_MICROS.unsigned_abs()));
        let start = match self.offset_at(start) {
            same if same == offset => Some(start),
            _ => self.last_change(instant, offset),
        };
        let end = match self.offset_at(end.minus(MICROSECOND)) {
            same if same == offset => Some(end),
            _ => self.next_change(instant, offset),
        };
        let first: Timestamp = jiff::Timestamp::MIN.into();
        let last: Timestamp = jiff::Timestamp::MAX.into();
        Window::between(start.filter(|start| *start > first), end.filter(|end| *end <= last))
    }

    fn offset_at(&self, instant: Timestamp) -> Offset {
        self.0.to_offset(instant.to_jiff())
    }

    /// When the offset that holds at the instant began.
    fn last_change(&self, instant: Timestamp, offset: Offset) -> Option<Timestamp> {
        self.0
            .preceding(instant.plus(MICROSECOND).to_jiff())
            .map(|change| Timestamp::from(change.timestamp()))
            .find(|change| self.offset_at(change.minus(MICROSECOND)) != offset)
    }

    /// When the offset that holds at the instant ends.
    fn next_change(&self, instant: Timestamp, offset: Offset) -> Option<Timestamp> {
        self.0
            .following(instant.to_jiff())
            .find(|change| change.offset() != offset)
            .map(|change| Timestamp::from(change.timestamp()))
    }
}

fn unknown(name: &str) -> Error {
    let error = |hint: &str| {
        let message = format!("`{name}` is no time zone of the IANA database{hint}");
        Error::new(ErrorCode::TimeZoneUnknown, message)
    };
    match nearest(name) {
        Some(near) => {
            error(&did_you_mean(&[&near])).with_help(format!("write `{near}`")).with("nearest", near)
        }
        None => error(""),
    }
}

/// The known name that is written most alike, whole or by its city, if a quarter of its letters or fewer differ.
fn nearest(name: &str) -> Option<String> {
    if name.len() > NAME_BYTES_MAX {
        return None;
    }
    let wanted = name.trim().to_ascii_lowercase().replace(' ', "_");
    let distance = |known: &str| {
        let known = known.to_ascii_lowercase();
        let city = known.rsplit('/').next().unwrap_or(&known);
        strsim::osa_distance(&wanted, &known).min(strsim::osa_distance(&wanted, city))
    };
    TimeZoneDatabase::bundled()
        .available()
        .map(|known| (distance(known.as_str()), known.as_str().to_owned()))
        .min()
        .filter(|(distance, _)| *distance <= wanted.len() / 4)
        .map(|(_, known)| known)
}
