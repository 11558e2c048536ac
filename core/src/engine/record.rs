//! Booking a call that has happened already, as telemetry tells of one: nothing refuses it.

use super::{
    bursar::{Bursar, Inner, call_key},
    call::Call,
    decision::Hold,
    resolve::Scope,
    settlement::{Settled, Settlement},
    state::State,
};
use crate::{
    budget::{Admission, Ending, HoldId, Request},
    error::{Error, ErrorCode, Result},
    ledger::EntryKind,
    money::Money,
    providers::{Answer, Outcome},
    time::Timestamp,
};

impl Bursar {
    /// Books what a call cost that nobody asked about before it was sent. It counts now, in every budget that it
    /// touches, and fires their steps; none of them can refuse it.
    ///
    /// Of the call its model, its key and its fingerprint count; its bound doesn't. The whole cost is booked: where it
    /// no longer fits, as an overrun ([`Settled::bound`] is what did fit). A key makes it repeatable: the same call
    /// again books nothing. The key of a hold that was reserved settles that hold.
    ///
    /// # Errors
    /// `key_invalid`; `key_conflict` for a key of a call with other tags or another model; and those of
    /// [`Bursar::settle`], `hold_ended` among them for a key whose call was booked with another cost. `limit_reached`,
    /// and `ledger_*` with nothing booked while more entries wait for the disk than may.
    ///
    /// # Examples
    /// ```
    /// use bursar::{Bursar, Call, Dimension, Usage};
    /// let bursar = Bursar::builder().in_memory()?;
    /// let (scope, model) = (bursar.scope(&[("team", "data")])?, bursar.model(None, "gpt-5-mini")?);
    /// let usage = Usage::new().with(Dimension::InputUncached, 1_000).with(Dimension::Output, 100);
    /// let call = Call::new(&model, 0).key("4bf92f3577b34da6a3ce929d0e0e4736/00f067aa0ba902b7");
    /// assert_eq!(bursar.record(&scope, &call, &usage)?.cost.to_string(), "0.00045");
    /// assert!(bursar.record(&scope, &call, &usage)?.is_replay);
    /// # Ok::<(), bursar::Error>(())
    /// ```
    pub fn record<'a>(
        &self,
        scope: &Scope,
        call: &Call<'_>,
        settlement: impl Into<Settlement<'a>>,
    ) -> Result<Settled> {
        self.record_call(scope, call, &settlement.into())
    }

    /// The same by what the call's provider answered.
    ///
    /// # Errors
    /// As [`Bursar::record`]; and `usage_invalid` for an answer that doesn't tell its usage: nothing is booked.
    pub fn record_answer(&self, scope: &Scope, call: &Call<'_>, answer: &Answer) -> Result<Settled> {
        let book = |settlement: &Settlement<'_>| self.record_call(scope, call, settlement);
        let settled = self.by_answer(Some(call.model), answer, book)?;
        settled.ok_or_else(|| match answer.outcome() {
            Outcome::Refused(error) => error.without_source(),
            outcome => without_usage(outcome),
        })
    }

    /// Books a call that has happened and of which nobody knows what it cost: its stream was left, its connection broke,
    /// or whoever tells of it doesn't tell its usage.
    ///
    /// It is held with its bound, which nothing refuses, and noted as unresolved: it becomes spend when the hold expires,
    /// unless its cost is told before, by [`Bursar::record`] with its key or by [`Bursar::settle`] with its hold. What no
    /// longer fits can't be held ([`Hold::bound`] is what did fit): then the whole bound is spend at once, as an overrun,
    /// and a later settlement books the difference. A key makes it repeatable: the same call again books nothing. The
    /// hold that was reserved with the key is noted as unresolved, and a call whose cost is known stays as it is.
    ///
    /// # Errors
    /// `bound_missing`, `dimension_unpriced`, `tier_unknown`, `money_overflow`; `key_invalid`; `key_conflict` for a key of
    /// a call with other tags, another model or another bound; `limit_reached`, and `ledger_*`.
    ///
    /// # Examples
    /// ```
    /// use bursar::{Bursar, Call, Dimension, Usage};
    /// let bursar = Bursar::builder().in_memory()?;
    /// let (scope, model) = (bursar.scope(&[("team", "data")])?, bursar.model(None, "gpt-5-mini")?);
    /// let call = Call::new(&model, 1_000).max_output_tokens(500).key("4bf92f3577b34da6a3ce929d0e0e4736/00f067aa0ba902b7");
    /// let hold = bursar.record_unresolved(&scope, &call)?;
    /// assert_eq!(hold.bound().to_string(), "0.00125");
    /// let usage = Usage::new().with(Dimension::InputUncached, 1_000).with(Dimension::Output, 100);
    /// assert_eq!(bursar.record(&scope, &call, &usage)?.cost.to_string(), "0.00045");
    /// # Ok::<(), bursar::Error>(())
    /// ```
    pub fn record_unresolved(&self, scope: &Scope, call: &Call<'_>) -> Result<Hold> {
        let inner = &*self.inner;
        if call.is_of_another(inner.epoch()) {
            return self.again(call, |call| self.record_unresolved(scope, call));
        }
        let _turn = inner.turn()?;
        inner.check_room()?;
        let now = inner.clock.now();
        let request = inner.request(
            (scope.0.id, call.model.symbol, call.most(now)?),
            (call.key, call.lifetime, call.fingerprint),
        )?;
        let (Admission { hold: id, bound, reserved_at, expires_at, is_replay }, seq) =
            inner.record_unresolved(&request, now)?;
        inner.commit(seq)?;
        Ok(Hold { id, bound, reserved_at, expires_at, seq, is_replay })
    }

    fn record_call(&self, scope: &Scope, call: &Call<'_>, settlement: &Settlement<'_>) -> Result<Settled> {
        let inner = &*self.inner;
        if call.model.is_of_another(inner.epoch()) {
            let model = self.model_again(call.model)?;
            return self.record_call(scope, &Call { model: &model, ..call.clone() }, settlement);
        }
        let _turn = inner.turn()?;
        inner.check_room()?;
        let request = Request {
            scope: scope.0.id,
            model: call.model.symbol,
            bound: Money::ZERO,
            lifetime: inner.hold_lifetime(),
            key: call.key.map(call_key).transpose()?,
            fingerprint: call.fingerprint,
        };
        let (settled, seq) = match inner.record(&request, settlement, inner.clock.now())? {
            Recorded::Now(settled, seq) => (settled, seq),
            Recorded::Before(hold) => return self.settle_by_id(hold, settlement),
        };
        inner.commit(seq)?;
        Ok(settled)
    }
}

enum Recorded {
    /// Booked, with the number of its last entry.
    Now(Settled, u64),
    /// The key took a hold before.
    Before(HoldId),
}

impl Inner {
    /// The one atomic step: its hold and its settlement are two entries that nothing comes between.
    fn record(&self, request: &Request, settlement: &Settlement<'_>, now: Timestamp) -> Result<Recorded> {
        let choice = self.stated_cost(settlement);
        let mut guard = self.state.lock();
        let state = &mut *guard;
        state.check_open()?;
        if let Some(hold) = state.machine.recorded(request)? {
            return Ok(Recorded::Before(hold));
        }
        // Holds expire before the new one is taken, for it may take the place of one of them.
        state.machine.tick(now);
        self.note_all(state, now);
        let priced = settlement.price(state, HoldId::from_number(0), (request.model, now), choice)?;
        let request = Request { bound: priced.cost, ..*request };
        let admission = self.run(state, now, |machine| machine.record(&request, now))?;
        let taken = Request { bound: admission.bound, ..request };
        state.note_reserve(&taken, (admission.hold, admission.reserved_at), admission.expires_at);
        let ending = Ending::Settled(priced.cost);
        let booking = self.run(state, now, |machine| machine.end(admission.hold, ending, now))?;
        let seq = self.note_settled(state, &booking, now, &priced);
        Ok(Recorded::Now(Settled::of(&booking, &priced, seq), seq))
    }

    /// The same of a call whose cost is unknown: its hold, and that it is unresolved or spend already.
    fn record_unresolved(&self, request: &Request, now: Timestamp) -> Result<(Admission, u64)> {
        let mut guard = self.state.lock();
        let state = &mut *guard;
        state.check_open()?;
        state.machine.tick(now);
        self.note_all(state, now);
        if let Some(before) = state.machine.recorded_unresolved(request)? {
            self.leave_unresolved(state, before.hold, now);
            return Ok((before, state.last_seq()));
        }
        let admission = self.run(state, now, |machine| machine.record(request, now))?;
        let taken = Request { bound: admission.bound, ..*request };
        state.note_reserve(&taken, (admission.hold, admission.reserved_at), admission.expires_at);
        if admission.bound < request.bound {
            self.run(state, now, |machine| machine.overdraw(admission.hold, request.bound, now))?;
            self.note_events(state, now);
        } else {
            self.leave_unresolved(state, admission.hold, now);
        }
        Ok((admission, state.last_seq()))
    }

    /// Notes that nobody knows how the call of a hold ended; where that is known, or the hold forgotten, nothing.
    fn leave_unresolved(&self, state: &mut State, hold: HoldId, now: Timestamp) {
        let model = state.machine.hold(hold).map(|view| view.model);
        let booking = self.run(state, now, |machine| machine.end(hold, Ending::Unresolved, now));
        if let (Ok(booking), Some(model)) = (booking, model)
            && !booking.is_replay
        {
            state.note_ending(EntryKind::Unresolved, &booking, (now, model));
        }
        self.note_events(state, now);
    }
}

fn without_usage(outcome: &Outcome) -> Error {
    let reason = match outcome {
        Outcome::Unresolved(reason) => reason.as_str(),
        Outcome::Usage(_) | Outcome::Refused(_) => "",
    };
    Error::new(ErrorCode::UsageInvalid, format!("the answer doesn't tell its usage: {reason}"))
        .with_help("record the usage, or the cost that you know from elsewhere")
}
