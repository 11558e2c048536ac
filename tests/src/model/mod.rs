//! An obviously right machine: the same laws as the deciding core, with nothing kept ready.
//!
//! It has a list of all holds and a list of all bookings, and sums them anew for every question. It shares with the
//! core its calendars, selectors, money and definitions, and none of the deciding. It has no bounds: sequences stay
//! below those of the core.

mod account;
mod plan;
mod random;
mod run;

pub use plan::{Command, How, Plan, Pools};
pub use random::SplitMix64;
pub use run::{Fault, replay, shrink};

use account::{Account, Seen};
use bursar::{
    Budget, BudgetState, Cause, ErrorCode, HoldState, Money, Period, Symbol, TagKey, TagSet, Timestamp,
    UNALLOCATED, Way, Window,
};
use std::time::Duration;

/// A budget's name and the tag values of its instance.
pub type Name = (String, Vec<String>);

/// What happened beside an answer, as the core's events tell it, by name.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    Step {
        name: Name,
        window: Window,
        step: usize,
        cause: Cause,
        spent: Money,
        limit: Money,
        agent: Option<String>,
    },
    Exhausted {
        name: Name,
        window: Window,
        remaining: Money,
        bound: Money,
        spent: Money,
        limit: Money,
    },
    Overrun {
        hold: usize,
        bound: Money,
        cost: Money,
    },
    Expired {
        hold: usize,
        bound: Money,
        reserved_at: Timestamp,
    },
    Resumed {
        name: Name,
        window: Window,
        steps: Vec<usize>,
        agent: Option<String>,
    },
}

/// What was answered to a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    Admitted { hold: usize, reserved_at: Timestamp, expires_at: Timestamp, is_replay: bool },
    Suspended { name: Name, until: Option<Timestamp>, agent: Option<String> },
    Exceeded { name: Name, remaining: Money },
    Throttled { name: Name, way: Way },
}

/// What ending a hold booked.
#[derive(Clone, Debug, PartialEq)]
pub struct Booked {
    pub hold: usize,
    pub delta: Money,
    pub effective_at: Timestamp,
    pub before: HoldState,
    pub is_replay: bool,
}

/// A line of the status table.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub name: Name,
    pub window: Window,
    pub limit: Money,
    pub ceiling: Option<Money>,
    pub spent: Money,
    pub held: Money,
    pub remaining: Money,
    pub forecast: Option<Money>,
    pub state: BudgetState,
}

#[derive(Clone, Debug)]
pub struct Hold {
    pub scope: usize,
    pub model: Symbol,
    pub bound: Money,
    pub cost: Money,
    pub reserved_at: Timestamp,
    pub expires_at: Timestamp,
    pub state: HoldState,
    /// Accounts and steps whose cost per minute it weighs on.
    weighed: Vec<(usize, usize)>,
}

#[derive(Clone, Debug)]
pub struct Scope {
    pub tags: TagSet,
    accounts: Vec<usize>,
}

/// What a call asks for.
#[derive(Clone, Copy, Debug)]
pub struct Ask {
    pub scope: usize,
    pub model: Symbol,
    pub bound: Money,
    pub lifetime: Duration,
    pub key: Option<u8>,
    pub fingerprint: Option<u64>,
}

/// Spend of a scope at an instant.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    pub scope: usize,
    pub at: Timestamp,
    pub amount: Money,
}

#[derive(Clone, Debug)]
pub struct Model {
    budgets: Vec<Budget>,
    since: Vec<Timestamp>,
    accounts: Vec<Account>,
    pub scopes: Vec<Scope>,
    pub holds: Vec<Hold>,
    pub bookings: Vec<Entry>,
    keys: Vec<(u8, usize)>,
    closed_until: Timestamp,
    pub told: Vec<Told>,
}

impl Model {
    #[must_use]
    pub fn new() -> Self {
        Self {
            budgets: Vec::new(),
            since: Vec::new(),
            accounts: Vec::new(),
            scopes: Vec::new(),
            holds: Vec::new(),
            bookings: Vec::new(),
            keys: Vec::new(),
            closed_until: Timestamp::MIN,
            told: Vec::new(),
        }
    }

    pub fn scope(&mut self, tags: &TagSet) -> usize {
        if let Some(known) = self.scopes.iter().position(|scope| scope.tags == *tags) {
            return known;
        }
        let accounts = self.resolve(tags);
        self.scopes.push(Scope { tags: tags.clone(), accounts });
        self.scopes.len() - 1
    }

    pub fn replace(&mut self, budgets: Vec<Budget>, now: Timestamp) {
        let now = now.max(self.closed_until);
        (0..self.accounts.len()).for_each(|account| self.touch(account, now));
        let known = |name: &str| self.budgets.iter().position(|budget| budget.name() == name);
        self.since =
            budgets.iter().map(|budget| known(budget.name()).map_or(now, |at| self.since[at])).collect();
        let old_budgets = std::mem::replace(&mut self.budgets, budgets);
        let old = std::mem::take(&mut self.accounts);
        for index in 0..self.scopes.len() {
            let tags = self.scopes[index].tags.clone();
            self.scopes[index].accounts = self.resolve(&tags);
        }
        let weighed: Vec<_> = self.holds.iter_mut().map(|hold| std::mem::take(&mut hold.weighed)).collect();
        for index in 0..self.accounts.len() {
            let budget = self.budgets[self.accounts[index].budget].clone();
            let is_same = |account: &Account| {
                old_budgets[account.budget].name() == budget.name()
                    && account.instance == self.accounts[index].instance
            };
            let Some(before) = old.iter().position(is_same) else { continue };
            let its_budget = &old_budgets[old[before].budget];
            self.accounts[index].keep(&budget, &old[before], its_budget, now);
            for (hold, weighed) in self.holds.iter_mut().zip(&weighed) {
                for (_, step) in weighed.iter().filter(|(account, _)| *account == before) {
                    hold.weighed.extend(account::moved(its_budget, &budget, *step).map(|step| (index, step)));
                }
            }
        }
        for account in 0..self.accounts.len() {
            self.touch(account, now);
            self.fire_on_spend(account, now, None);
        }
    }

    pub fn reserve(&mut self, ask: Ask, now: Timestamp) -> Result<Answer, ErrorCode> {
        let now = self.tick(now);
        if let Some((_, hold)) = self.keys.iter().find(|(key, _)| Some(*key) == ask.key).copied() {
            let known = &self.holds[hold];
            if (known.scope, known.model, known.bound) != (ask.scope, ask.model, ask.bound) {
                return Err(ErrorCode::KeyConflict);
            }
            let (reserved_at, expires_at) = (known.reserved_at, known.expires_at);
            return Ok(Answer::Admitted { hold, reserved_at, expires_at, is_replay: true });
        }
        if ask.bound.is_negative() {
            return Err(ErrorCode::UsageInvalid);
        }
        let accounts = self.scopes[ask.scope].accounts.clone();
        let mut worst: Option<(usize, Answer)> = None;
        for account in &accounts {
            self.touch(*account, now);
            self.count_repeat(*account, &ask, now);
            if let Some(refusal) = self.check(*account, &ask, now)
                && worst.as_ref().is_none_or(|(_, worst)| rank(&refusal) < rank(worst))
            {
                worst = Some((*account, refusal));
            }
        }
        if let Some((account, refusal)) = worst {
            self.exhaust(account, &refusal, ask.bound, now);
            return Ok(refusal);
        }
        Ok(self.admit(ask, now))
    }

    fn admit(&mut self, ask: Ask, now: Timestamp) -> Answer {
        let accounts = self.scopes[ask.scope].accounts.clone();
        let seconds = ask.lifetime.clamp(Duration::from_secs(1), bursar::MAX_HOLD_LIFETIME);
        let expires = now.plus(seconds).plus(Duration::from_micros(999_999)).micros();
        let expires_at = Timestamp::from_seconds(expires.div_euclid(1_000_000));
        let weighed = accounts.iter().flat_map(|account| self.take_rates(*account, ask.bound, now)).collect();
        let Ask { scope, model, bound, .. } = ask;
        let (state, cost, reserved_at) = (HoldState::Open, Money::ZERO, now);
        self.holds.push(Hold { scope, model, bound, cost, reserved_at, expires_at, state, weighed });
        let hold = self.holds.len() - 1;
        self.keys.extend(ask.key.map(|key| (key, hold)));
        Answer::Admitted { hold, reserved_at, expires_at, is_replay: false }
    }

    /// Books a call that cost what it asks for: it holds what fits, and is settled to all of it.
    pub fn record(&mut self, ask: Ask, now: Timestamp) -> Result<Booked, ErrorCode> {
        let settled = bursar::Ending::Settled(ask.bound);
        if let Some((_, hold)) = self.keys.iter().find(|(key, _)| Some(*key) == ask.key).copied() {
            let known = &self.holds[hold];
            let is_same = (known.scope, known.model) == (ask.scope, ask.model);
            return if is_same { self.end(hold, settled, now) } else { Err(ErrorCode::KeyConflict) };
        }
        let at = self.tick(now);
        let bound = self.fitting(&ask, at);
        self.admit(Ask { bound, ..ask }, at);
        self.end(self.holds.len() - 1, settled, now)
    }

    /// What fits of what is asked for in every account.
    fn fitting(&mut self, ask: &Ask, at: Timestamp) -> Money {
        let mut bound = ask.bound;
        for account in self.scopes[ask.scope].accounts.clone() {
            self.touch(account, at);
            self.count_repeat(account, ask, at);
            let window = self.window(account, at);
            if let Some(ceiling) = self.ceiling_in(account, window) {
                bound = bound.min((ceiling - self.committed_in(account, window)).at_least_zero());
            }
        }
        bound
    }

    /// Books a call that cost at most what it asks for: unresolved where that fits, and otherwise spend at once.
    pub fn record_unresolved(&mut self, ask: Ask, now: Timestamp) -> Result<Answer, ErrorCode> {
        let at = self.tick(now);
        if let Some((_, hold)) = self.keys.iter().find(|(key, _)| Some(*key) == ask.key).copied() {
            let known = &mut self.holds[hold];
            let asked = match known.state {
                HoldState::Open | HoldState::Unresolved => known.bound,
                HoldState::Expired => known.cost,
                HoldState::Settled | HoldState::Released => ask.bound,
            };
            if (known.scope, known.model, asked) != (ask.scope, ask.model, ask.bound) {
                return Err(ErrorCode::KeyConflict);
            }
            if known.state == HoldState::Open {
                known.state = HoldState::Unresolved;
            }
            let (reserved_at, expires_at) = (known.reserved_at, known.expires_at);
            return Ok(Answer::Admitted { hold, reserved_at, expires_at, is_replay: true });
        }
        let bound = self.fitting(&ask, at);
        let (answer, hold) = (self.admit(Ask { bound, ..ask }, at), self.holds.len() - 1);
        if bound == ask.bound {
            self.holds[hold].state = HoldState::Unresolved;
            return Ok(answer);
        }
        self.told.push(Told::Expired { hold, bound: ask.bound, reserved_at: at });
        self.told.push(Told::Overrun { hold, bound, cost: ask.bound });
        self.close(hold, HoldState::Expired, ask.bound, at);
        Ok(answer)
    }

    pub fn end(&mut self, hold: usize, how: bursar::Ending, now: Timestamp) -> Result<Booked, ErrorCode> {
        use bursar::Ending::{Released, Settled, Unresolved};
        let now = self.tick(now);
        let (before, bound, booked) = (self.holds[hold].state, self.holds[hold].bound, self.holds[hold].cost);
        let effective_at = self.holds[hold].reserved_at.max(self.closed_until);
        let answer = |delta, is_replay| Ok(Booked { hold, delta, effective_at, before, is_replay });
        match (how, before) {
            (Settled(cost), _) if cost.is_negative() => Err(ErrorCode::UsageInvalid),
            (Settled(cost), HoldState::Settled) if cost == booked => answer(Money::ZERO, true),
            (Released, HoldState::Released) | (Unresolved, HoldState::Unresolved | HoldState::Expired) => {
                answer(Money::ZERO, true)
            }
            (Unresolved, HoldState::Open) => {
                self.holds[hold].state = HoldState::Unresolved;
                answer(Money::ZERO, false)
            }
            (Released, _) if before.is_open() => {
                self.close(hold, HoldState::Released, Money::ZERO, now);
                // Nothing was generated: the key is free for the next attempt.
                self.keys.retain(|(_, known)| *known != hold);
                answer(Money::ZERO, false)
            }
            (Settled(cost), HoldState::Settled) if cost != booked => Err(ErrorCode::HoldEnded),
            (Settled(cost), _) => {
                if cost > bound {
                    self.told.push(Told::Overrun { hold, bound, cost });
                }
                self.close(hold, HoldState::Settled, cost, now);
                answer(cost - booked, false)
            }
            _ => Err(ErrorCode::HoldEnded),
        }
    }

    pub fn adjust(&mut self, scope: usize, amount: Money, at: Timestamp, now: Timestamp) {
        let now = self.tick(now);
        self.book(Entry { scope, at: at.max(self.closed_until), amount }, now, |_| ());
    }

    pub fn resume(&mut self, name: &str, agent: Option<&str>, now: Timestamp) -> Result<(), ErrorCode> {
        let now = self.tick(now);
        let index =
            self.budgets.iter().position(|budget| budget.name() == name).ok_or(ErrorCode::BudgetUnknown)?;
        let (mut lifted, mut refused) = (false, false);
        for account in 0..self.accounts.len() {
            if self.accounts[account].budget == index {
                self.touch(account, now);
                match self.resume_account(account, agent, now) {
                    Some(did) => lifted |= did,
                    None => refused = true,
                }
            }
        }
        if refused && !lifted { Err(ErrorCode::ResumeNeedsRaise) } else { Ok(()) }
    }

    pub fn close_until(&mut self, until: Timestamp, now: Timestamp) -> Result<(), ErrorCode> {
        self.tick(now);
        if self.holds.iter().any(|hold| hold.state.is_open() && hold.reserved_at < until) {
            return Err(ErrorCode::PeriodNotClosable);
        }
        self.closed_until = self.closed_until.max(until);
        Ok(())
    }

    pub fn status(&mut self, now: Timestamp) -> Vec<Row> {
        let now = self.tick(now);
        (0..self.accounts.len()).for_each(|account| self.touch(account, now));
        let mut order: Vec<usize> = (0..self.accounts.len()).collect();
        order.sort_by_key(|account| {
            let account = &self.accounts[*account];
            (account.budget, account.instance.clone())
        });
        order.into_iter().map(|account| self.row(account, now)).collect()
    }

    /// Windows that hold more than their ceiling, of budgets that have one.
    pub fn overfull(&self, now: Timestamp) -> Vec<Name> {
        let now = now.max(self.closed_until);
        let is_over = |account: &usize| {
            let window = self.window(*account, now);
            self.own_ceiling_in(*account, window)
                .is_some_and(|most| self.committed_in(*account, window) > most)
        };
        (0..self.accounts.len()).filter(is_over).map(|account| self.name(account)).collect()
    }

    fn tick(&mut self, now: Timestamp) -> Timestamp {
        let now = now.max(self.closed_until);
        let is_due = |hold: &Hold| hold.state.is_open() && hold.expires_at <= now;
        let mut due: Vec<usize> = (0..self.holds.len()).filter(|hold| is_due(&self.holds[*hold])).collect();
        due.sort_by_key(|hold| self.holds[*hold].expires_at);
        for hold in due {
            let Hold { bound, reserved_at, .. } = self.holds[hold];
            self.told.push(Told::Expired { hold, bound, reserved_at });
            self.close(hold, HoldState::Expired, bound, now);
        }
        now
    }

    /// Books what a hold cost beyond what was booked for it, and ends it.
    fn close(&mut self, hold: usize, state: HoldState, cost: Money, now: Timestamp) {
        let Hold { scope, bound, reserved_at, cost: booked, .. } = self.holds[hold];
        let at = reserved_at.max(self.closed_until);
        self.book(Entry { scope, at, amount: cost - booked }, now, |model| {
            (model.holds[hold].state, model.holds[hold].cost) = (state, cost);
            for (account, step) in std::mem::take(&mut model.holds[hold].weighed) {
                model.give_back(account, step, (bound - cost).at_least_zero());
            }
        });
    }

    fn book(&mut self, entry: Entry, now: Timestamp, end: impl FnOnce(&mut Self)) {
        let scope = &self.scopes[entry.scope];
        let agent = scope.tags.get(&TagKey::AGENT).map(str::to_owned);
        let accounts = scope.accounts.clone();
        accounts.iter().for_each(|account| self.touch(*account, now));
        end(self);
        self.bookings.push(entry);
        accounts.iter().for_each(|account| self.booked(*account, entry, now, agent.as_deref()));
    }

    fn resolve(&mut self, tags: &TagSet) -> Vec<usize> {
        let mut touched = Vec::new();
        for index in 0..self.budgets.len() {
            let budget = self.budgets[index].clone();
            let is_run = budget.calendar().period() == Period::Run;
            if is_run {
                for run in tags.get(&TagKey::RUN_PARENTS).unwrap_or_default().split('/') {
                    touched.extend(self.find(index, &[run.to_owned()]));
                }
            }
            if budget.selector().matches(tags) {
                let run = [TagKey::RUN];
                let keys = if is_run { &run[..] } else { budget.per() };
                let instance: Vec<String> =
                    keys.iter().map(|key| tags.get(key).unwrap_or(UNALLOCATED).to_owned()).collect();
                let account = self.find(index, &instance).unwrap_or_else(|| {
                    self.accounts.push(Account::new(index, instance));
                    self.accounts.len() - 1
                });
                if !touched.contains(&account) {
                    touched.push(account);
                }
            }
        }
        touched
    }

    fn find(&self, budget: usize, instance: &[String]) -> Option<usize> {
        self.accounts.iter().position(|account| account.budget == budget && account.instance == instance)
    }

    fn count_repeat(&mut self, account: usize, ask: &Ask, now: Timestamp) {
        let Some(fingerprint) = ask.fingerprint else { return };
        let agent = self.scopes[ask.scope].tags.get(&TagKey::AGENT).map(str::to_owned);
        for (step, count, within) in self.repeat_steps(account) {
            let seen = self.accounts[account]
                .seen
                .iter()
                .position(|seen| (seen.step, seen.fingerprint) == (step, fingerprint));
            let seen = seen.unwrap_or_else(|| {
                self.accounts[account].seen.push(Seen { step, fingerprint, count: 0, since: now });
                self.accounts[account].seen.len() - 1
            });
            let seen = &mut self.accounts[account].seen[seen];
            if now < seen.since || now.since(seen.since) >= within {
                (seen.count, seen.since) = (0, now);
            }
            seen.count += 1;
            let times = seen.count;
            if times >= count {
                self.fire(account, step, Cause::Repeats(times), now, agent.as_deref());
            }
        }
    }
}

impl Default for Model {
    fn default() -> Self {
        Self::new()
    }
}

/// Suspended before exceeded (the least remaining), before throttled (the longest wait, then another model).
fn rank(answer: &Answer) -> (u8, i128) {
    match answer {
        Answer::Admitted { .. } => (9, 0),
        Answer::Suspended { .. } => (0, 0),
        Answer::Exceeded { remaining, .. } => (1, remaining.pico()),
        Answer::Throttled { way: Way::RetryAfter(wait), .. } => (2, -(wait.as_micros() as i128)),
        Answer::Throttled { way: Way::DowngradeTo(_), .. } => (3, 0),
    }
}
