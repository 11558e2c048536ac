//! One snapshot for all instruments of a collection.

use super::metric::Metric;
use super::options::MetricsOptions;
use super::source::Source;
use super::totals::Totals;
use crate::time::Timestamp;
use parking_lot::Mutex;
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

/// A snapshot older than this belongs to an earlier collection, whoever asks.
const SNAPSHOT_LIFETIME: Duration = Duration::from_secs(1);

/// Reads the source once for a collection. Nothing that decides ever waits for its lock.
pub(super) struct Collector {
    source: Box<dyn Source>,
    round: Mutex<Round>,
}

struct Round {
    totals: Totals,
    /// Which metrics have shown this snapshot; one that asks again begins the next collection.
    shown: u16,
    /// When it was taken; nothing before the first, and after the end.
    taken_at: Option<Timestamp>,
    is_stopped: bool,
}

impl Collector {
    pub(super) fn new(source: impl Source + 'static, options: MetricsOptions) -> Self {
        let round = Round { totals: Totals::new(options), shown: 0, taken_at: None, is_stopped: false };
        Self { source: Box::new(source), round: Mutex::new(round) }
    }

    /// Shows a metric the snapshot of its collection; nothing once the ledger is closed or the metrics stopped.
    ///
    /// A fault is logged, and what was known before is shown again: counters that are left out of a collection would
    /// be reported whole in the next one by a reader of deltas, and so be counted twice.
    pub(super) fn show(&self, metric: Metric, tell: impl FnOnce(&Totals)) {
        let told = catch_unwind(AssertUnwindSafe(|| {
            let mut round = self.round.lock();
            let Some(now) = self.source.now() else { return };
            if round.is_stopped {
                return;
            }
            if round.is_over(metric, now) {
                (round.shown, round.taken_at) = (0, Some(now));
                self.refresh(&mut round.totals);
            }
            round.shown |= metric.bit();
            tell(&round.totals);
        }));
        if told.is_err() {
            tracing::error!(target: "bursar", "metrics could not be collected: a panic was caught");
        }
    }

    fn refresh(&self, totals: &mut Totals) {
        match catch_unwind(AssertUnwindSafe(|| totals.refresh(&*self.source))) {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                let code = error.code().as_str();
                tracing::error!(target: "bursar", code, "metrics show what was known before: {error}");
            }
            Err(_) => {
                tracing::error!(target: "bursar", "metrics show what was known before: a panic was caught");
            }
        }
    }

    /// Shows nothing from now on.
    pub(super) fn stop(&self) {
        self.round.lock().is_stopped = true;
    }
}

impl Round {
    fn is_over(&self, metric: Metric, now: Timestamp) -> bool {
        let is_stale = self.taken_at.is_none_or(|at| now < at || now.since(at) >= SNAPSHOT_LIFETIME);
        is_stale || self.shown & metric.bit() != 0
    }
}
