//! A month of calls, drawn from a seed.

use crate::cast::{Agent, CAST, RUNAWAY};
use crate::quantiles::draw;
use crate::random::Random;
use bursar::{Timestamp, Window};
use std::time::Duration;

const MILLISECOND: i64 = 1_000;
const HOUR: u64 = 3_600_000;
const DAY: u64 = 24 * HOUR;
/// Days from Monday.
const SATURDAY: u64 = 5;
/// Calls in a burst: from 1 to twice this.
const BURST: u64 = 20;
/// Milliseconds that a model takes for an output token.
const TOKEN_MS: u64 = 12;

/// One call as it will happen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PlannedCall {
    pub(crate) at: Timestamp,
    pub(crate) agent: &'static Agent,
    pub(crate) tokens_in: u64,
    pub(crate) tokens_out: u64,
    pub(crate) ending: Ending,
}

/// How a call ends if it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// With an answer.
    Answered,
    /// With a refusal by the provider, before anything was generated.
    Refused,
    /// Nobody knows: the connection broke.
    Lost,
}

impl PlannedCall {
    /// How long the call takes, in microseconds.
    pub(crate) fn duration(&self) -> Duration {
        Duration::from_millis(300 + self.tokens_out * TOKEN_MS)
    }

    pub(crate) fn new(
        at: Timestamp,
        agent: &'static Agent,
        (tokens_in, tokens_out): (u64, u64),
        random: &mut Random,
    ) -> Self {
        let ending = if random.in_thousand(3) {
            Ending::Refused
        } else if random.in_thousand(1) {
            Ending::Lost
        } else {
            Ending::Answered
        };
        Self { at, agent, tokens_in, tokens_out, ending }
    }
}

/// The calls of a month, in the order of their time.
pub(crate) fn month(month: Window, days: u64, seed: u64) -> Vec<PlannedCall> {
    let (mut random, start) = (Random::new(seed), month.start());
    let mut calls = Vec::new();
    for agent in CAST {
        for day in 0..days {
            let morning = day * DAY + agent.from_hour * HOUR;
            let is_weekend = weekday(start, day) >= SATURDAY;
            let bursts = if is_weekend { agent.bursts_a_day.div_ceil(5) } else { agent.bursts_a_day };
            for _ in 0..bursts {
                let from = morning + random.below(10 * HOUR);
                let length = 1 + random.below(2 * BURST);
                burst(&mut calls, agent, (start, from), length, &mut random);
            }
            if (agent.name, day + 1) == (RUNAWAY.0, RUNAWAY.1) {
                burst(&mut calls, agent, (start, morning), RUNAWAY.2, &mut random);
            }
        }
    }
    // Nobody starts in the last half hour, so that the month's books are complete at its end.
    let last = month.end().minus(Duration::from_mins(30));
    calls.retain(|call: &PlannedCall| call.at < last);
    calls.sort_by_key(|call| call.at);
    calls
}

/// The weekday of a day of the month, from Monday as 0. Noon tells it, wherever the zone's midnight lies.
fn weekday(start: Timestamp, day: u64) -> u64 {
    let hours = u64::try_from(start.micros() / MILLISECOND).unwrap_or(0) / HOUR + 12;
    // The first of January 1970 was a Thursday.
    (hours / 24 + day + 3) % 7
}

fn burst(
    calls: &mut Vec<PlannedCall>,
    agent: &'static Agent,
    (start, mut offset): (Timestamp, u64),
    length: u64,
    random: &mut Random,
) {
    for _ in 0..length {
        let at = Timestamp::from_micros(start.micros() + i64::try_from(offset).unwrap_or(0) * MILLISECOND);
        let tokens = (
            draw(&agent.shape.tokens_in, random),
            draw(&agent.shape.tokens_out, random).min(agent.max_output),
        );
        calls.push(PlannedCall::new(at, agent, tokens, random));
        offset += draw(&agent.shape.gap_ms, random);
    }
}
