//! The operations: reserve, settle, release, and everything that a caller may ask.

use super::builder::Builder;
use super::call::Call;
use super::decision::{Decision, Hold, Untagged};
use super::policy::Policy;
use super::resolve::{Names, Scope};
use super::settlement::{Settled, Settlement};
use super::state::State;
use super::turns::Turns;
use crate::alerts::{Alert, AlertBus};
use crate::budget::{
    Admission, BudgetStatus, CallKey, Ending, HoldId, HoldView, Machine, Request, ScopeId, Verdict,
};
use crate::error::{Error, ErrorCode, Result};
use crate::ledger::{Durability, EntryKind, Journal, check_amount};
use crate::money::Money;
use crate::pricing::PriceBook;
use crate::tags::{Symbol, TagSet};
use crate::time::{Clock, Timestamp};
use arc_swap::ArcSwap;
use parking_lot::{Mutex, RwLock};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// The longest key of a caller.
const MAX_KEY_BYTES: usize = 256;

/// Cost control for one process: cheap to clone, safe to share between threads.
#[derive(Clone, Debug)]
pub struct Bursar {
    pub(super) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) state: Mutex<State>,
    pub(super) journal: Journal,
    pub(super) durability: Durability,
    /// The number of the first entry of this process.
    pub(super) first_seq: u64,
    pub(super) prices: ArcSwap<PriceBook>,
    /// The book under the policy's prices; whoever changes policy or prices holds it until the change is done.
    pub(super) base: Mutex<PriceBook>,
    /// Held while corrections of a bill are posted.
    pub(super) posting: Mutex<()>,
    pub(super) price_epoch: AtomicU64,
    pub(super) lifetime_us: AtomicU64,
    pub(super) names: RwLock<Names>,
    pub(super) policy: RwLock<Arc<Policy>>,
    pub(super) process_tags: TagSet,
    pub(super) clock: Box<dyn ClockDebug>,
    pub(super) alerts: AlertBus,
    /// Whoever numbers documents holds it until they are written.
    pub(super) issuing: Mutex<()>,
    /// Turns with the other processes that write the ledger; nothing where this one has it alone.
    pub(super) turns: Option<Turns>,
}

/// A clock in a struct that can be printed.
pub(super) trait ClockDebug: Clock {}
impl<C: Clock> ClockDebug for C {}

impl std::fmt::Debug for dyn ClockDebug {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Clock")
    }
}

impl Bursar {
    /// Starts with the options of opening.
    pub fn builder() -> Builder {
        Builder::new()
    }

    /// Asks whether a call may be sent, and holds its bound in every budget that it touches if it may.
    ///
    /// # Errors
    /// Never a refusal, which is a [`Decision`]; `bound_missing`, `dimension_unpriced`, `tier_unknown`, `key_invalid`,
    /// `key_conflict`, `money_overflow` for a bound that no entry holds, `limit_reached`, and `ledger_*`: then nothing is
    /// held.
    pub fn reserve(&self, scope: &Scope, call: &Call<'_>) -> Result<Decision> {
        let inner = &*self.inner;
        if call.is_of_another(inner.epoch()) {
            return self.again(call, |call| self.reserve(scope, call));
        }
        let _turn = inner.turn()?;
        let now = inner.clock.now();
        let request = inner.request(
            (scope.0.id, call.model.symbol, call.most(now)?),
            (call.key, call.lifetime, call.fingerprint),
        )?;
        inner.ask(&request, now, |remaining| call.affordable_output_tokens(remaining, now))
    }

    /// Does the same with a call once the prices have changed since its models were found.
    pub(super) fn again<T>(&self, call: &Call<'_>, run: impl FnOnce(&Call<'_>) -> Result<T>) -> Result<T> {
        let model = self.model_again(call.model)?;
        let others = call.others.iter().map(|(other, _)| self.model_again(other));
        let others = others.collect::<Result<Vec<_>>>()?;
        let bounds = call.others.iter().map(|(_, bound)| bound.clone());
        run(&Call { model: &model, others: others.iter().zip(bounds).collect(), ..call.clone() })
    }

    /// The same from names: what can't be priced or isn't tagged comes back as a decision too.
    ///
    /// # Errors
    /// As [`Bursar::reserve`], and those of tags that are no tags.
    pub fn reserve_by_name(
        &self,
        tags: &[(&str, &str)],
        (provider, model): (Option<&str>, &str),
        fill: impl for<'m> FnOnce(Call<'m>) -> Call<'m>,
    ) -> Result<Decision> {
        if let Some((scope, model)) = self.known(tags, (provider, model)) {
            return self.reserve(&scope, &fill(Call::new(&model, 0)));
        }
        let scope = match self.try_scope(tags)? {
            Ok(scope) => scope,
            Err(untagged) => return Ok(Decision::Untagged(untagged)),
        };
        match self.model(provider, model) {
            Ok(model) => self.reserve(&scope, &fill(Call::new(&model, 0))),
            Err(error) if matches!(error.code(), ErrorCode::ModelUnknown | ErrorCode::ModelUnpriced) => {
                Ok(Decision::Unpriced(error))
            }
            Err(error) => Err(error),
        }
    }

    /// Books what a call really cost, and gives the rest of its hold back.
    ///
    /// The true cost is always booked: above the hold (an overrun), and after the hold has expired (late: the
    /// difference). Settling again with the same usage books nothing.
    ///
    /// # Errors
    /// `hold_unknown`, `hold_ended`, `model_unpriced`, `dimension_unpriced`, `tier_unknown`, `usage_invalid`,
    /// `money_overflow`: nothing is booked, and the hold stays; `ledger_*`: the settlement counts, and its entry is
    /// written with the next call that can write.
    pub fn settle<'a>(&self, hold: &Hold, settlement: impl Into<Settlement<'a>>) -> Result<Settled> {
        self.settle_by_id(hold.id, &settlement.into())
    }

    /// The same by the hold's id, as another part of the program may have stored it.
    ///
    /// # Errors
    /// As [`Bursar::settle`].
    pub fn settle_by_id(&self, hold: HoldId, settlement: &Settlement<'_>) -> Result<Settled> {
        let inner = &*self.inner;
        let _turn = inner.turn()?;
        let now = inner.clock.now();
        let (settled, seq) = match inner.book(hold, settlement, now) {
            Err(error) if error.code() == ErrorCode::HoldUnknown => {
                inner.book_forgotten(hold, settlement, now)?
            }
            outcome => outcome?,
        };
        inner.commit(seq)?;
        Ok(settled)
    }

    /// Gives a hold back: for certain nothing was generated, as after a refusal by the provider before generation.
    ///
    /// # Errors
    /// `hold_unknown`, `hold_ended`, `ledger_*`.
    pub fn release(&self, hold: HoldId) -> Result<()> {
        self.inner.end(hold, Ending::Released, EntryKind::Release)
    }

    /// Notes that nobody knows how the call ended, as after a timeout: the hold stays, and is spend when it expires
    /// unless it is settled before.
    ///
    /// # Errors
    /// `hold_unknown`, `hold_ended`, `ledger_*`.
    pub fn unresolved(&self, hold: HoldId) -> Result<()> {
        self.inner.end(hold, Ending::Unresolved, EntryKind::Unresolved)
    }

    /// What every budget stands at, in the order of the policy.
    pub fn budgets(&self) -> Vec<BudgetStatus> {
        let turn = self.inner.turn();
        let now = self.inner.clock.now();
        let mut guard = self.inner.state.lock();
        let state = &mut *guard;
        if turn.is_err() {
            // Nothing may be noted out of turn: it is told what was known.
            return state.machine.known_status(now);
        }
        let rows = state.machine.status_of_all(now);
        self.inner.note_all(state, now);
        rows
    }

    /// A hold that is open or has ended a short while ago.
    pub fn hold(&self, hold: HoldId) -> Option<HoldView> {
        // Without a turn it is told what was known.
        let _turn = self.inner.turn();
        self.inner.state.lock().machine.hold(hold)
    }

    /// Calls back for every alert from now on, in a thread of its own.
    ///
    /// # Errors
    /// `limit_reached`.
    pub fn on_alert(&self, callback: impl FnMut(&Alert) + Send + 'static) -> Result<()> {
        self.inner.alerts.subscribe(callback)
    }

    /// The queue of alerts: how many were dropped, and waiting for those that are under way.
    pub fn alerts(&self) -> &AlertBus {
        &self.inner.alerts
    }

    /// The policy in force.
    pub fn policy(&self) -> Arc<Policy> {
        self.inner.policy.read().clone()
    }

    /// The price book in force.
    pub fn prices(&self) -> Arc<PriceBook> {
        self.inner.prices.load_full()
    }

    /// Reads names while no decision is taken.
    pub(crate) fn with_machine<T>(&self, read: impl FnOnce(&Machine) -> T) -> T {
        read(&self.inner.state.lock().machine)
    }

    /// The instant now, by the engine's clock.
    pub fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }
}

impl Inner {
    pub(super) fn epoch(&self) -> u64 {
        self.price_epoch.load(Ordering::Relaxed)
    }

    /// What the machine is asked, for a bound that an entry can hold.
    #[inline]
    pub(super) fn request(
        &self,
        (scope, model, bound): (ScopeId, Symbol, Money),
        (key, lifetime, fingerprint): (Option<(CallKey, usize)>, Option<Duration>, Option<u64>),
    ) -> Result<Request> {
        check_amount(bound)?;
        let lifetime = lifetime.unwrap_or(self.hold_lifetime());
        Ok(Request { scope, model, bound, lifetime, key: key.map(call_key).transpose()?, fingerprint })
    }

    /// Decides, and commits a hold before it answers. What doesn't fit is told with the output tokens that would.
    #[inline]
    pub(super) fn ask(
        &self,
        request: &Request,
        now: Timestamp,
        affordable: impl FnOnce(Money) -> Result<u64>,
    ) -> Result<Decision> {
        self.check_room()?;
        let (verdict, seq) = self.decide(request, now)?;
        match verdict {
            Verdict::Admitted(admission) => {
                let Admission { hold: id, bound, reserved_at, expires_at, is_replay } = admission;
                self.commit(seq).or_else(|cause| self.take_back(request, &admission, (seq, now), cause))?;
                Ok(Decision::Admitted(Hold { id, bound, reserved_at, expires_at, seq, is_replay }))
            }
            Verdict::Refused(refusal) => Ok(self.explain(refusal, affordable)),
        }
    }

    /// The policy's lifetime of holds, without its lock.
    pub(super) fn hold_lifetime(&self) -> Duration {
        Duration::from_micros(self.lifetime_us.load(Ordering::Relaxed))
    }

    pub(super) fn set_hold_lifetime(&self, lifetime: Duration) {
        self.lifetime_us.store(u64::try_from(lifetime.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    pub(super) fn set_prices(&self, book: PriceBook) {
        self.prices.store(Arc::new(book));
        self.price_epoch.fetch_add(1, Ordering::Relaxed);
    }
}

impl Drop for Inner {
    /// Writes what is left of a ledger in a file, and leaves it tidy. What was answered is written already.
    fn drop(&mut self) {
        // What is noted in a turn is written with it, so without one there is nothing to write.
        let _turn = self.turn();
        let state = &self.state;
        if let Ok(mut writer) = self.journal.flushed(|batch| state.lock().take(batch)) {
            let _ = writer.store().close();
        }
    }
}

impl Untagged {
    pub(super) fn into_error(self) -> Error {
        Error::new(ErrorCode::TagsRefused, self.to_string())
    }
}

pub(super) fn call_key((key, length): (CallKey, usize)) -> Result<CallKey> {
    if (1..=MAX_KEY_BYTES).contains(&length) {
        return Ok(key);
    }
    let message = format!("a call's key has {length} bytes, and 1 to {MAX_KEY_BYTES} are allowed");
    Err(Error::new(ErrorCode::KeyInvalid, message))
}
