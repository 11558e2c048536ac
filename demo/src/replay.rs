//! Many threads at once run the calls through one Bursar.

use crate::tally::Tally;
use crate::workload::{Ending, PlannedCall};
use bursar::{Bursar, Call, Clock, Decision, Dimension, Model, Scope, Timestamp, Usage};
use indicatif::ProgressBar;
use std::{
    cell::Cell,
    collections::HashMap,
    sync::{
        Barrier,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

/// How often an agent asks again when it is throttled, and the longest that it waits for that.
const PATIENCE: (u32, Duration) = (3, Duration::from_mins(2));
/// The threads meet after so much time of the scene, so that none is ahead of the others by the life of a hold.
const SLICE: i64 = 5 * 60 * 1_000_000;

thread_local! {
    static NOW: Cell<Timestamp> = const { Cell::new(Timestamp::MIN) };
}

/// The time of the call that a thread is playing.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SceneClock;

impl SceneClock {
    pub(crate) fn set(now: Timestamp) {
        NOW.set(now);
    }
}

impl Clock for SceneClock {
    fn now(&self) -> Timestamp {
        NOW.get()
    }
}

/// Plays all calls, and counts how they ended.
pub(crate) fn play(
    bursar: &Bursar,
    calls: &[PlannedCall],
    threads: usize,
    bar: &ProgressBar,
) -> Result<Tally, String> {
    let slices: Vec<Slice<'_>> = calls
        .chunk_by(|left, right| left.at.micros().div_euclid(SLICE) == right.at.micros().div_euclid(SLICE))
        .map(|calls| Slice { calls, next: AtomicUsize::new(0) })
        .collect();
    let meeting = Barrier::new(threads);
    let tallies = std::thread::scope(|scope| {
        let workers: Vec<_> =
            (0..threads).map(|_| scope.spawn(|| work(bursar, &slices, &meeting, bar))).collect();
        workers
            .into_iter()
            .map(|worker| worker.join().map_err(|_| "a worker panicked".to_owned())?)
            .collect::<Result<Vec<_>, String>>()
    })?;
    Ok(tallies.into_iter().fold(Tally::default(), Tally::merge))
}

/// Calls that the threads share out among themselves.
struct Slice<'a> {
    calls: &'a [PlannedCall],
    next: AtomicUsize,
}

fn work(
    bursar: &Bursar,
    slices: &[Slice<'_>],
    meeting: &Barrier,
    bar: &ProgressBar,
) -> Result<Tally, String> {
    let (mut tally, mut stage) =
        (Tally::default(), Stage { bursar, handles: HashMap::new(), cheaper: HashMap::new() });
    let mut fault = None;
    for slice in slices {
        // A thread that failed still comes to the meetings, or the others would wait for ever.
        while fault.is_none()
            && let Some(call) = slice.calls.get(slice.next.fetch_add(1, Ordering::Relaxed))
        {
            fault = stage.play(call, &mut tally).map_err(|error| format!("{error:#}")).err();
            bar.inc(1);
        }
        meeting.wait();
    }
    fault.map_or(Ok(tally), Err)
}

/// What a thread has resolved already.
struct Stage<'a> {
    bursar: &'a Bursar,
    handles: HashMap<&'static str, (Scope, Model)>,
    cheaper: HashMap<String, Model>,
}

impl Stage<'_> {
    fn play(&mut self, call: &PlannedCall, tally: &mut Tally) -> bursar::Result<()> {
        SceneClock::set(call.at);
        let (scope, mut model) = self.resolve(call)?;
        let (mut at, mut asked) = (call.at, 0);
        loop {
            let asking = Call::new(&model, call.tokens_in).max_output_tokens(call.agent.max_output);
            let decision = self.bursar.reserve(&scope, &asking)?;
            match &decision {
                Decision::Admitted(hold) => return self.end(call, hold, at, tally),
                Decision::Throttled(throttled) if asked < PATIENCE.0 => {
                    match (&throttled.downgrade_to, throttled.retry_after) {
                        (Some(cheaper), _) => {
                            tally.downgraded += 1;
                            model = self.model(cheaper)?;
                        }
                        (None, Some(wait)) if wait <= PATIENCE.1 => {
                            tally.waited += 1;
                            at = at.plus(wait);
                            SceneClock::set(at);
                        }
                        _ => {
                            return {
                                tally.refuse(call, &decision);
                                Ok(())
                            };
                        }
                    }
                }
                _ => {
                    return {
                        tally.refuse(call, &decision);
                        Ok(())
                    };
                }
            }
            asked += 1;
        }
    }

    /// The call goes out, and ends as it was planned.
    fn end(
        &self,
        call: &PlannedCall,
        hold: &bursar::Hold,
        at: Timestamp,
        tally: &mut Tally,
    ) -> bursar::Result<()> {
        SceneClock::set(at.plus(call.duration()));
        match call.ending {
            Ending::Answered => {
                let usage = Usage::new()
                    .with(Dimension::InputUncached, call.tokens_in)
                    .with(Dimension::Output, call.tokens_out);
                tally.settle(self.bursar.settle(hold, &usage)?);
            }
            Ending::Refused => {
                self.bursar.release(hold.id())?;
                tally.released += 1;
            }
            Ending::Lost => {
                self.bursar.unresolved(hold.id())?;
                tally.lost += 1;
            }
        }
        Ok(())
    }

    fn resolve(&mut self, call: &PlannedCall) -> bursar::Result<(Scope, Model)> {
        if let Some(handles) = self.handles.get(call.agent.name) {
            return Ok(handles.clone());
        }
        let handles = (self.bursar.scope(&call.agent.tags())?, self.bursar.model(None, call.agent.model)?);
        self.handles.insert(call.agent.name, handles.clone());
        Ok(handles)
    }

    fn model(&mut self, name: &str) -> bursar::Result<Model> {
        if let Some(model) = self.cheaper.get(name) {
            return Ok(model.clone());
        }
        let (provider, short) =
            name.split_once('/').map_or((None, name), |(provider, short)| (Some(provider), short));
        let model = self.bursar.model(provider, short)?;
        self.cheaper.insert(name.to_owned(), model.clone());
        Ok(model)
    }
}
