//! Settling a call by what its provider answered.

use super::bursar::Bursar;
use super::call::Model;
use super::decision::Hold;
use super::settlement::{Settled, Settlement};
use crate::budget::HoldId;
use crate::error::Result;
use crate::pricing::Usage;
use crate::providers::{Answer, Outcome, Unresolved};

impl Bursar {
    /// Books what an answer tells that the call cost: its usage at the prices of the model and on the terms that served
    /// it, and each other model that it was passed to at its own. A served model that the price book doesn't know is
    /// priced as the one that was asked for. What the provider states is kept beside it, or booked, as the policy says
    /// ([`StatedCost`](crate::StatedCost)).
    ///
    /// An answer that doesn't tell its usage settles nothing, unless the policy books stated costs and it states one: the
    /// hold is noted as unresolved, and becomes spend when it expires unless it is settled before. Nothing is given back
    /// for want of a number.
    ///
    /// # Errors
    /// `usage_invalid` for counts that contradict each other, and those of [`Bursar::settle`] and
    /// [`Bursar::unresolved`]; the hold stays.
    ///
    /// # Examples
    /// ```
    /// use bursar::{Answer, Api, Bursar, Call, Decision};
    /// let bursar = Bursar::builder().in_memory()?;
    /// let (scope, model) = (bursar.scope(&[("team", "data")])?, bursar.model(None, "gpt-5-mini")?);
    /// let call = Call::new(&model, 1_000).max_output_tokens(400);
    /// let Decision::Admitted(hold) = bursar.reserve(&scope, &call)? else { panic!("there is no budget") };
    ///
    /// let body = br#"{ "model": "gpt-5-mini-2025-08-07", "choices": [{ "finish_reason": "stop" }],
    ///     "usage": { "prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100 } }"#;
    /// let answer = Answer::read(Api::Chat, body, "application/json");
    /// let settled = bursar.settle_answer(&hold, &answer)?.expect("the answer tells its usage");
    /// assert_eq!(settled.cost.to_string(), "0.00045");
    /// # Ok::<(), bursar::Error>(())
    /// ```
    pub fn settle_answer(&self, hold: &Hold, answer: &Answer) -> Result<Option<Settled>> {
        self.settle_answer_by_id(hold.id(), answer)
    }

    /// The same by the hold's id, as another part of the program may have stored it.
    ///
    /// # Errors
    /// As [`Bursar::settle_answer`].
    pub fn settle_answer_by_id(&self, hold: HoldId, answer: &Answer) -> Result<Option<Settled>> {
        let asked = self.asked(hold);
        let settled =
            self.by_answer(asked.as_ref(), answer, |settlement| self.settle_by_id(hold, settlement))?;
        if settled.is_none() {
            self.without_usage(hold, answer.outcome())?;
        }
        Ok(settled)
    }

    /// Books an answer as a settlement; nothing where it tells none, by the policy's choice of stated costs.
    pub(super) fn by_answer(
        &self,
        asked: Option<&Model>,
        answer: &Answer,
        book: impl FnOnce(&Settlement<'_>) -> Result<Settled>,
    ) -> Result<Option<Settled>> {
        // A stated cost that no amount can hold is none.
        let stated = answer.stated_money().ok().flatten();
        let served = |name: Option<&str>| self.served(asked, name);
        let others: Vec<(Option<Model>, &Usage)> =
            answer.others().iter().map(|other| (served(other.model()), other.usage())).collect();
        let settlement = match answer.outcome() {
            Outcome::Usage(usage) => {
                let settlement = Settlement::new(usage).terms(answer.terms().clone()).others(&others);
                match stated {
                    Some(stated) => settlement.stated_cost(stated),
                    None => settlement,
                }
            }
            outcome => match stated.filter(|_| is_whole(outcome) && self.policy().stated_cost.fills()) {
                Some(stated) => Settlement::stated(stated),
                None => return Ok(None),
            },
        };
        match &served(answer.model()) {
            Some(model) => book(&settlement.model(model)),
            None => book(&settlement),
        }
        .map(Some)
    }

    /// Notes that an answer doesn't tell its usage, or says what is wrong with it.
    fn without_usage(&self, hold: HoldId, outcome: &Outcome) -> Result<()> {
        match outcome {
            Outcome::Refused(error) => Err(error.without_source()),
            _ => self.unresolved(hold),
        }
    }

    /// The model that a hold was taken for, if it is remembered.
    fn asked(&self, hold: HoldId) -> Option<Model> {
        // A hold of another process may be new to this one.
        let _turn = self.inner.turn();
        let state = self.inner.state.lock();
        state.model(state.machine.hold(hold)?.model).cloned()
    }

    /// The model that an answer names, at the provider that was asked: nothing where the book doesn't know it, or the
    /// answer names none. What a free model was passed on to isn't free for that: it has the price that it has anywhere.
    fn served(&self, asked: Option<&Model>, name: Option<&str>) -> Option<Model> {
        let (asked, name) = (asked?, name?);
        let (provider, _) = asked.name().split_once('/')?;
        let is_free = || asked.prices().is_free(self.now()).unwrap_or(false);
        let elsewhere = || if is_free() { self.model(None, name).ok() } else { None };
        self.model(Some(provider), name).ok().or_else(elsewhere)
    }
}

/// Whether an answer came to its end, so that what it states is the cost of all of it.
const fn is_whole(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Usage(_) | Outcome::Refused(_) => true,
        Outcome::Unresolved(reason) => matches!(reason, Unresolved::NoUsage | Unresolved::Partial),
    }
}
