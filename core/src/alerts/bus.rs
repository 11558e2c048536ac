//! Queues between the engine and whoever listens.

use super::alert::Alert;
use crate::budget::Level;
use crate::error::{Error, ErrorCode, Result};
use parking_lot::Mutex;
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    thread::JoinHandle,
};

/// Alerts that wait for a callback; more are dropped and counted.
pub const MAX_QUEUED_ALERTS: usize = 1_024;
/// Callbacks at once.
pub const MAX_SUBSCRIBERS: usize = 64;

type Callback = Box<dyn FnMut(&Alert) + Send>;

/// Delivers alerts to `tracing` and to callbacks, each in a thread of its own that is started when it is needed.
#[derive(Debug, Default)]
pub struct AlertBus {
    subscribers: Mutex<Vec<Subscriber>>,
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    dropped: AtomicU64,
    panics: AtomicU64,
}

#[derive(Debug)]
struct Subscriber {
    queue: Option<SyncSender<Message>>,
    thread: Option<JoinHandle<()>>,
}

enum Message {
    Alert(Arc<Alert>),
    /// Answered when everything before it has been delivered.
    Flush(SyncSender<()>),
}

impl AlertBus {
    /// A bus that tells `tracing`, by the dispatcher of the thread that makes it.
    ///
    /// # Errors
    /// `limit_reached` when no thread can be started.
    pub fn new() -> Result<Self> {
        let bus = Self::default();
        let dispatch = tracing::dispatcher::get_default(Clone::clone);
        bus.subscribe(move |alert| tracing::dispatcher::with_default(&dispatch, || trace(alert)))?;
        Ok(bus)
    }

    /// Calls back for every alert from now on.
    ///
    /// # Errors
    /// `limit_reached` past [`MAX_SUBSCRIBERS`], or when no thread can be started.
    pub fn subscribe(&self, callback: impl FnMut(&Alert) + Send + 'static) -> Result<()> {
        let mut subscribers = self.subscribers.lock();
        if subscribers.len() >= MAX_SUBSCRIBERS {
            return Err(Error::new(
                ErrorCode::LimitReached,
                format!("{MAX_SUBSCRIBERS} alert callbacks are allowed, and no more"),
            ));
        }
        let (queue, messages) = sync_channel(MAX_QUEUED_ALERTS);
        let counts = Arc::clone(&self.counts);
        let callback: Callback = Box::new(callback);
        let thread = std::thread::Builder::new()
            .name("bursar-alerts".to_owned())
            .spawn(move || deliver(&messages, callback, &counts));
        let thread = thread.map_err(|cause| {
            Error::new(ErrorCode::LimitReached, "no thread can be started for alerts").caused_by(cause)
        })?;
        subscribers.push(Subscriber { queue: Some(queue), thread: Some(thread) });
        Ok(())
    }

    /// Puts an alert into every queue; never waits.
    pub fn publish(&self, alert: Alert) {
        let alert = Arc::new(alert);
        for subscriber in self.subscribers.lock().iter() {
            let Some(queue) = &subscriber.queue else { continue };
            if let Err(TrySendError::Full(_)) = queue.try_send(Message::Alert(Arc::clone(&alert))) {
                self.counts.dropped.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Waits until everything that was published has been delivered. Not for deciding threads: a callback may be slow.
    pub fn flush(&self) {
        let queues: Vec<_> =
            self.subscribers.lock().iter().filter_map(|subscriber| subscriber.queue.clone()).collect();
        for queue in queues {
            let (done, delivered) = sync_channel(1);
            if queue.send(Message::Flush(done)).is_ok() {
                let _ = delivered.recv();
            }
        }
    }

    /// Alerts that were lost because a callback was slow.
    pub fn dropped(&self) -> u64 {
        self.counts.dropped.load(Ordering::Relaxed)
    }

    /// Callbacks that panicked; each was called again for the next alert.
    pub fn panics(&self) -> u64 {
        self.counts.panics.load(Ordering::Relaxed)
    }
}

impl Drop for AlertBus {
    /// Delivers what is queued, then ends the threads; the one that drops the bus may be one of them.
    fn drop(&mut self) {
        for subscriber in self.subscribers.get_mut() {
            subscriber.queue = None;
        }
        for subscriber in self.subscribers.get_mut() {
            if let Some(thread) = subscriber.thread.take()
                && thread.thread().id() != std::thread::current().id()
            {
                let _ = thread.join();
            }
        }
    }
}

fn deliver(messages: &Receiver<Message>, mut callback: Callback, counts: &Counts) {
    for message in messages {
        match message {
            Message::Alert(alert) => {
                // The callback's own state after a panic is its own affair.
                if catch_unwind(AssertUnwindSafe(|| callback(&alert))).is_err() {
                    counts.panics.fetch_add(1, Ordering::Relaxed);
                }
            }
            Message::Flush(done) => drop(done.send(())),
        }
    }
}

fn trace(alert: &Alert) {
    let (kind, budget, spent, limit) =
        (alert.kind.as_str(), alert.budget_name(), alert.spent.to_string(), alert.limit.to_string());
    match alert.level {
        Level::Info => {
            tracing::info!(target: "bursar", kind, budget, spent, limit, seq = alert.seq, "{alert}");
        }
        Level::Warning => {
            tracing::warn!(target: "bursar", kind, budget, spent, limit, seq = alert.seq, "{alert}");
        }
        Level::Critical => {
            tracing::error!(target: "bursar", kind, budget, spent, limit, seq = alert.seq, "{alert}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alerts::AlertKind;
    use crate::budget::BudgetBasis;
    use crate::money::Money;
    use crate::time::{Timestamp, Window};
    use std::sync::mpsc::channel;

    fn alert(seq: u64) -> Alert {
        let kind = AlertKind::Exhausted { remaining: Money::ZERO, bound: Money::ONE };
        let (at, window) = (Timestamp::default(), Window::ALWAYS);
        Alert {
            at,
            level: Level::Critical,
            budget: "b".into(),
            instance: vec![],
            basis: BudgetBasis::Cost,
            window,
            spent: Money::ZERO,
            limit: Money::ONE,
            seq,
            kind,
        }
    }

    #[test]
    fn a_callback_that_panics_is_called_again() {
        let bus = AlertBus::default();
        let (sender, receiver) = channel();
        bus.subscribe(move |alert: &Alert| {
            assert!(alert.seq != 1, "a callback's own fault");
            sender.send(alert.seq).unwrap();
        })
        .unwrap();
        bus.publish(alert(1));
        bus.publish(alert(2));
        bus.flush();
        assert_eq!((receiver.recv().unwrap(), bus.panics()), (2, 1));
    }

    #[test]
    fn a_callback_that_hangs_loses_alerts_and_delays_nobody() {
        let bus = AlertBus::default();
        let (release, gate) = channel::<()>();
        bus.subscribe(move |_: &Alert| _ = gate.recv()).unwrap();
        let (sender, receiver) = channel();
        bus.subscribe(move |alert: &Alert| sender.send(alert.seq).unwrap()).unwrap();
        let sent = MAX_QUEUED_ALERTS as u64 + 10;
        (1..=sent).for_each(|seq| {
            bus.publish(alert(seq));
            assert_eq!(receiver.recv().unwrap(), seq, "the other callback hears at once");
        });
        assert!((9..=10).contains(&bus.dropped()), "{}", bus.dropped());
        drop(release);
    }

    #[test]
    fn an_alert_explains_itself_in_one_sentence() {
        assert_eq!(
            alert(1).to_string(),
            "budget `b` refuses calls: 0.00 USD left of 1.00 USD, and a call may cost 1.00 USD"
        );
    }
}
