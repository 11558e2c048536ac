//! Forecasts of the workload of the demonstration, month after month, against what the months came to.

use crate::workload;
use bursar::{Bursar, Call, Dimension, ManualClock, Money, ReportRequest, Timestamp, Usage, Window};
use std::{collections::BTreeMap, sync::Arc, time::Duration};

const ZONE: &str = "Europe/Berlin";
/// Months that are played, and how many of them come before the first that is foretold.
const MONTHS: [(&str, u64); 15] = [
    ("2026-01", 31),
    ("2026-02", 28),
    ("2026-03", 31),
    ("2026-04", 30),
    ("2026-05", 31),
    ("2026-06", 30),
    ("2026-07", 31),
    ("2026-08", 31),
    ("2026-09", 30),
    ("2026-10", 31),
    ("2026-11", 30),
    ("2026-12", 31),
    ("2027-01", 31),
    ("2027-02", 28),
    ("2027-03", 31),
];
const BEFORE: usize = 3;
/// Half of a month.
const MID_MONTH: Duration = Duration::from_hours(24 * 15);
/// What FinOps calls the level "run": a forecast is off by at most 12 %.
const RUN: i128 = 1_200;
const WHOLE: i128 = 10_000;

/// A forecast, and what the month came to.
struct Told {
    amount: Money,
    low: Money,
    high: Money,
    actual: Money,
}

impl Told {
    /// By how much it was off, in hundredths of a percent.
    fn error(&self) -> i128 {
        (self.amount - self.actual).pico().abs() * WHOLE / self.actual.pico()
    }
}

/// One agent's tokens of a day, in and out.
type Day = BTreeMap<(Timestamp, &'static str), (u64, u64)>;

fn days(month: Window, days: u64, seed: u64) -> Day {
    let mut sums = Day::new();
    for call in workload::month(month, days, seed) {
        let noon = call.at.micros() - call.at.micros().rem_euclid(86_400_000_000) + 43_200_000_000;
        let sum = sums.entry((Timestamp::from_micros(noon), call.agent.name)).or_default();
        *sum = (sum.0 + call.tokens_in, sum.1 + call.tokens_out);
    }
    sums
}

fn book(bursar: &Bursar, agent: &str, (input, output): (u64, u64)) {
    let agent = crate::cast::CAST.iter().find(|own| own.name == agent).unwrap();
    let usage = Usage::new().with(Dimension::InputUncached, input).with(Dimension::Output, output);
    let (scope, model) = (bursar.scope(&agent.tags()).unwrap(), bursar.model(None, agent.model).unwrap());
    bursar.record(&scope, &Call::new(&model, 0), &usage).unwrap();
}

#[test]
fn by_the_middle_of_the_month_its_end_is_known_to_twelve_percent() {
    let clock = Arc::new(ManualClock::new("2026-01-01T00:00:00Z".parse().unwrap()));
    let builder = Bursar::builder().clock(Arc::clone(&clock)).resource_attributes("");
    let bursar = builder.in_memory().unwrap();
    let mut told = Vec::new();
    for (index, (name, count)) in MONTHS.into_iter().enumerate() {
        let month = Window::named(name, ZONE).unwrap();
        let middle = month.start().plus(MID_MONTH);
        let request = ReportRequest::named(name, ZONE).unwrap();
        let mut forecast = None;
        for ((at, agent), tokens) in days(month, count, index as u64) {
            if at > middle && forecast.is_none() {
                clock.set(middle);
                forecast = Some(bursar.report(&request).unwrap().forecast.unwrap());
            }
            clock.set(at);
            book(&bursar, agent, tokens);
        }
        clock.set(month.end());
        let end = forecast.unwrap().end;
        let actual = bursar.report(&request).unwrap().total;
        if index >= BEFORE {
            let end = end.unwrap();
            let (low, high) = (end.low.unwrap(), end.high.unwrap());
            told.push(Told { amount: end.amount, low, high, actual });
        }
    }
    let mean = told.iter().map(Told::error).sum::<i128>() / told.len() as i128;
    let within = told.iter().filter(|own| (own.low..=own.high).contains(&own.actual)).count();
    let worst = told.iter().map(Told::error).max().unwrap();
    eprintln!(
        "mid-month forecasts of {} months: off by {mean} basis points, at most {worst}; {within} within P10-P90",
        told.len()
    );
    assert!(worst <= RUN, "a forecast is off by {worst} hundredths of a percent");
    assert!(within * 10 >= told.len() * 7, "{within} of {} within the interval", told.len());
    // What a statement says of its forecasts is measured the same way.
    let request = ReportRequest::named("2027-03", ZONE).unwrap();
    let accuracy = bursar.report(&request).unwrap().forecast.unwrap().accuracy.unwrap();
    eprintln!("as the statement tells: {accuracy:?}");
    assert!(accuracy.periods >= 10 && i128::from(accuracy.error_basis_points) <= RUN);
    assert!(accuracy.within * 10 >= accuracy.with_interval * 7);
    assert!(bursar.verify().unwrap().is_empty());
}
