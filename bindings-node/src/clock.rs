//! A clock that is turned by hand, for tests.

use bursar::{ManualClock, Timestamp};
use napi::bindgen_prelude::External;
use napi_derive::napi;
use std::{sync::Arc, time::Duration};

/// A clock as the face holds it.
pub(crate) type Clock = External<Arc<ManualClock>>;

/// A clock that stands at an instant.
#[napi]
pub(crate) fn manual_clock(micros: i64) -> Clock {
    External::new(Arc::new(ManualClock::new(Timestamp::from_micros(micros))))
}

/// Turns a clock on.
#[napi]
pub(crate) fn advance_clock(clock: &Clock, micros: i64) {
    clock.advance(Duration::from_micros(micros.unsigned_abs()));
}

/// Sets a clock, also back.
#[napi]
pub(crate) fn set_clock(clock: &Clock, micros: i64) {
    clock.set(Timestamp::from_micros(micros));
}
