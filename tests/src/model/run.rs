//! Runs a plan on the core and on the model side by side.

use super::plan::models;
use super::{Answer, Ask, Booked, Command, How, Model, Name, Plan, Pools, Row, Told};
use bursar::{
    Booking, BudgetStatus, Cause, Ending, ErrorCode, Event, HoldId, HoldState, Machine, Money, Refusal,
    Request, ScopeId, Spend, Symbol, Timestamp, Verdict, Way,
};
use std::{panic::AssertUnwindSafe, time::Duration};

/// Where the core and the model part.
#[derive(Clone, Debug)]
pub struct Fault {
    pub command: usize,
    pub what: String,
}

/// What a command was answered.
#[derive(Clone, Debug, PartialEq)]
enum Reply {
    Reserve(Result<Answer, ErrorCode>),
    Record(Result<Booked, ErrorCode>),
    RecordUnresolved(Result<Answer, ErrorCode>),
    End(Result<Booked, ErrorCode>),
    Done(Result<(), ErrorCode>),
    Rows(Vec<Row>),
}

/// A command with what it says about holds and time made plain.
enum Plain {
    Reserve(Ask),
    /// The bound is what the call cost.
    Record(Ask),
    /// The bound is what the call may have cost.
    RecordUnresolved(Ask),
    End(usize, Ending),
    Adjust(usize, Money, Timestamp),
    Status,
    Resume(String, Option<&'static str>),
    Replace(Vec<bursar::Budget>),
    Close(Timestamp),
}

/// The deciding core, answering in the model's words.
struct Core {
    machine: Machine,
    scopes: Vec<ScopeId>,
    holds: Vec<HoldId>,
}

impl Core {
    fn new() -> Self {
        let mut machine = Machine::new();
        models(&mut machine);
        Self { machine, scopes: Vec::new(), holds: Vec::new() }
    }

    fn run(&mut self, command: &Plain, model: &Model, now: Timestamp) -> Reply {
        while let Some(scope) = model.scopes.get(self.scopes.len()) {
            self.scopes.push(self.machine.scope(&scope.tags, now).unwrap());
        }
        match command {
            Plain::Reserve(ask) => {
                let verdict = self.machine.reserve(&self.request(ask), now);
                Reply::Reserve(verdict.map(|verdict| self.answer(verdict)).map_err(|error| error.code()))
            }
            Plain::Record(ask) => Reply::Record(self.record(ask, now)),
            Plain::RecordUnresolved(ask) => Reply::RecordUnresolved(self.record_unresolved(ask, now)),
            Plain::End(hold, ending) => Reply::End(self.end(self.holds[*hold], *ending, now)),
            Plain::Adjust(scope, amount, at) => {
                self.machine.adjust(self.scopes[*scope], *amount, *at, now);
                Reply::Done(Ok(()))
            }
            Plain::Status => Reply::Rows(self.machine.status(now).into_iter().map(row).collect()),
            Plain::Resume(name, agent) => {
                Reply::Done(self.machine.resume(name, *agent, now).map_err(|error| error.code()))
            }
            Plain::Replace(budgets) => {
                let tag_sets: Vec<_> =
                    self.scopes.iter().map(|scope| self.machine.tag_set(*scope).unwrap()).collect();
                let spend = |entry: &super::Entry| Spend {
                    tag_set: tag_sets[entry.scope],
                    at: entry.at,
                    amount: entry.amount,
                };
                let history: Vec<Spend> = model.bookings.iter().map(spend).collect();
                let done = self.machine.replace_budgets(budgets.clone(), history.into_iter(), now);
                Reply::Done(done.map_err(|error| error.code()))
            }
            Plain::Close(until) => {
                Reply::Done(self.machine.close_until(*until, now).map_err(|error| error.code()))
            }
        }
    }

    fn request(&self, ask: &Ask) -> Request {
        let Ask { model, bound, lifetime, fingerprint, .. } = *ask;
        let key = ask.key.map(|key| bursar::CallKey::of(&key.to_string()));
        Request { scope: self.scopes[ask.scope], model, bound, lifetime, key, fingerprint }
    }

    /// As the engine does it: the hold of the key, or one of its own, and settled.
    fn record(&mut self, ask: &Ask, now: Timestamp) -> Result<Booked, ErrorCode> {
        let request = self.request(ask);
        let ending = Ending::Settled(ask.bound);
        if let Some(hold) = self.machine.recorded(&request).map_err(|error| error.code())? {
            return self.end(hold, ending, now);
        }
        let admission = self.machine.record(&request, now).map_err(|error| error.code())?;
        self.holds.push(admission.hold);
        self.end(admission.hold, ending, now)
    }

    /// As the engine does it: the hold of the key, or one of its own, unresolved or overdrawn.
    fn record_unresolved(&mut self, ask: &Ask, now: Timestamp) -> Result<Answer, ErrorCode> {
        let request = self.request(ask);
        self.machine.tick(now);
        let before = self.machine.recorded_unresolved(&request).map_err(|error| error.code())?;
        let admission = match before {
            Some(before) => before,
            None => self.machine.record(&request, now).map_err(|error| error.code())?,
        };
        if before.is_none() && admission.bound < request.bound {
            self.machine.overdraw(admission.hold, request.bound, now).map_err(|error| error.code())?;
        } else {
            // A call whose cost is known stays as it is.
            let _ = self.machine.end(admission.hold, Ending::Unresolved, now);
        }
        Ok(self.answer(Verdict::Admitted(admission)))
    }

    fn end(&mut self, hold: HoldId, ending: Ending, now: Timestamp) -> Result<Booked, ErrorCode> {
        let booking = self.machine.end(hold, ending, now).map_err(|error| error.code())?;
        let Booking { hold, delta, effective_at, before, is_replay, .. } = booking;
        Ok(Booked { hold: self.hold(hold), delta, effective_at, before, is_replay })
    }

    fn answer(&mut self, verdict: Verdict) -> Answer {
        match verdict {
            Verdict::Admitted(admission) => {
                if !admission.is_replay {
                    self.holds.push(admission.hold);
                }
                Answer::Admitted {
                    hold: self.hold(admission.hold),
                    reserved_at: admission.reserved_at,
                    expires_at: admission.expires_at,
                    is_replay: admission.is_replay,
                }
            }
            Verdict::Refused(refusal) => {
                let name = self.name(&refusal);
                match refusal {
                    Refusal::Suspended { until, agent, .. } => {
                        Answer::Suspended { name, until, agent: self.text(agent) }
                    }
                    Refusal::Exceeded { remaining, .. } => Answer::Exceeded { name, remaining },
                    Refusal::Throttled { way, .. } => Answer::Throttled { name, way },
                }
            }
        }
    }

    fn told(&mut self) -> Vec<Told> {
        let mut events = Vec::new();
        self.machine.drain_events(&mut events);
        let name = |account| {
            let (budget, instance) = self.machine.account_name(account).unwrap();
            (budget.name().to_owned(), instance.into_iter().map(str::to_owned).collect())
        };
        let told = |event| match event {
            Event::StepFired { account, window, step, cause, spent, limit, agent } => {
                let (name, agent) = (name(account), self.text(agent));
                Told::Step { name, window, step: usize::from(step), cause, spent, limit, agent }
            }
            Event::Exhausted { account, window, remaining, bound, spent, limit } => {
                Told::Exhausted { name: name(account), window, remaining, bound, spent, limit }
            }
            Event::Overrun { hold, bound, cost } => Told::Overrun { hold: self.hold(hold), bound, cost },
            Event::Expired { hold, bound, reserved_at } => {
                Told::Expired { hold: self.hold(hold), bound, reserved_at }
            }
            Event::Resumed { account, window, steps, agent } => {
                let steps = (0..64).filter(|step| steps & (1 << step) != 0).collect();
                Told::Resumed { name: name(account), window, steps, agent: self.text(agent) }
            }
        };
        events.into_iter().map(told).collect()
    }

    fn name(&self, refusal: &Refusal) -> Name {
        let (budget, instance) = self.machine.account_name(refusal.account()).unwrap();
        (budget.name().to_owned(), instance.into_iter().map(str::to_owned).collect())
    }

    fn text(&self, symbol: Option<Symbol>) -> Option<String> {
        symbol.map(|symbol| self.machine.dictionary().text(symbol).unwrap().to_owned())
    }

    fn hold(&self, id: HoldId) -> usize {
        self.holds.iter().position(|hold| *hold == id).unwrap()
    }
}

fn row(row: BudgetStatus) -> Row {
    Row {
        name: (row.name.to_string(), row.instance),
        window: row.window,
        limit: row.limit,
        ceiling: row.ceiling,
        spent: row.spent,
        held: row.held,
        remaining: row.remaining,
        forecast: row.forecast,
        state: row.state,
    }
}

fn run_model(model: &mut Model, command: &Plain, now: Timestamp) -> Reply {
    match command {
        Plain::Reserve(ask) => Reply::Reserve(model.reserve(*ask, now)),
        Plain::Record(ask) => Reply::Record(model.record(*ask, now)),
        Plain::RecordUnresolved(ask) => Reply::RecordUnresolved(model.record_unresolved(*ask, now)),
        Plain::End(hold, ending) => Reply::End(model.end(*hold, *ending, now)),
        Plain::Adjust(scope, amount, at) => {
            model.adjust(*scope, *amount, *at, now);
            Reply::Done(Ok(()))
        }
        Plain::Status => Reply::Rows(model.status(now)),
        Plain::Resume(name, agent) => Reply::Done(model.resume(name, *agent, now)),
        Plain::Replace(budgets) => {
            model.replace(budgets.clone(), now);
            Reply::Done(Ok(()))
        }
        Plain::Close(until) => Reply::Done(model.close_until(*until, now)),
    }
}

/// Nothing where the command only moves the clock, or ends a hold where there is none.
fn plain(command: &Command, pools: &Pools, model: &mut Model, now: &mut Timestamp) -> Option<Plain> {
    Some(match command {
        Command::Forward(time) => {
            *now = now.plus(*time);
            return None;
        }
        Command::Back(time) => {
            *now = now.minus(*time);
            return None;
        }
        Command::Reserve { tags, model: name, bound, lifetime, key, fingerprint } => Plain::Reserve(Ask {
            scope: model.scope(&pools.tags[*tags]),
            model: pools.models[*name],
            bound: *bound,
            lifetime: Duration::from_secs(*lifetime),
            key: *key,
            fingerprint: *fingerprint,
        }),
        Command::Record { tags, model: name, cost, is_known, key, fingerprint } => {
            let ask = Ask {
                scope: model.scope(&pools.tags[*tags]),
                model: pools.models[*name],
                bound: *cost,
                lifetime: Duration::from_mins(1),
                key: *key,
                fingerprint: *fingerprint,
            };
            if *is_known { Plain::Record(ask) } else { Plain::RecordUnresolved(ask) }
        }
        Command::End { hold, how } => {
            let hold = hold.checked_rem(model.holds.len())?;
            let known = &model.holds[hold];
            let ending = match how {
                How::Part(percent) => Ending::Settled(known.bound.fraction(u64::from(*percent), 100)?),
                How::Released => Ending::Released,
                How::Unresolved => Ending::Unresolved,
                How::Again => match known.state {
                    HoldState::Settled => Ending::Settled(known.cost),
                    HoldState::Released => Ending::Released,
                    _ => Ending::Unresolved,
                },
            };
            Plain::End(hold, ending)
        }
        Command::Adjust { tags, amount, ago } => {
            Plain::Adjust(model.scope(&pools.tags[*tags]), *amount, now.minus(*ago))
        }
        Command::Status => Plain::Status,
        Command::Resume { name, agent } => Plain::Resume(name.clone(), *agent),
        Command::Replace(budgets) => Plain::Replace(budgets.clone()),
        Command::Close { ago } => Plain::Close(now.minus(*ago)),
    })
}

/// Runs a plan on two cores and the model, and compares all that they answer, tell and show. Gives the kinds of
/// answers and events that came.
///
/// # Errors
/// The first command at which they part.
pub fn replay(plan: &Plan, pools: &Pools) -> Result<Vec<&'static str>, Fault> {
    let (mut at, mut kinds) = (0, Vec::new());
    let run = std::panic::catch_unwind(AssertUnwindSafe(|| replay_to(plan, pools, &mut at, &mut kinds)));
    let what = match run {
        Ok(Ok(())) => return Ok(kinds),
        Ok(Err(what)) => what,
        Err(panic) => format!("panic: {:?}", panic.downcast_ref::<String>()),
    };
    Err(Fault { command: at, what })
}

fn replay_to(
    plan: &Plan,
    pools: &Pools,
    at: &mut usize,
    kinds: &mut Vec<&'static str>,
) -> Result<(), String> {
    let (mut core, mut twin, mut model) = (Core::new(), Core::new(), Model::new());
    let (mut now, mut is_excused, mut adjusted) = (plan.start, !plan.is_calm, Money::ZERO);
    let first = Command::Replace(plan.budgets.clone());
    for (index, command) in std::iter::once(&first).chain(&plan.commands).enumerate() {
        *at = index.saturating_sub(1);
        let Some(plain) = plain(command, pools, &mut model, &mut now) else { continue };
        let replies = [core.run(&plain, &model, now), twin.run(&plain, &model, now)];
        let expected = run_model(&mut model, &plain, now);
        let [reply, other] = replies;
        if reply != expected {
            return Err(format!("at {now}\n  core:  {reply:?}\n  model: {expected:?}"));
        }
        let (told, twins) = (core.told(), twin.told());
        if reply != other || told != twins {
            return Err(format!("two cores part: {reply:?} {told:?}\n {other:?} {twins:?}"));
        }
        kinds.push(kind_of_reply(&reply));
        kinds.extend(told.iter().map(kind_of_event));
        compare(told, std::mem::take(&mut model.told)).map_err(|what| format!("at {now}\n{what}"))?;
        if let Reply::End(Ok(booked)) = &reply {
            is_excused |= booked.before == HoldState::Released && !booked.is_replay;
        }
        if let Plain::Adjust(_, amount, _) = plain {
            adjusted += amount;
        }
        if !is_excused && let Some(name) = model.overfull(now).first() {
            return Err(format!("at {now} {name:?} holds more than its ceiling"));
        }
    }
    let booked: Money = model.bookings.iter().map(|entry| entry.amount).sum();
    let cost: Money = model.holds.iter().map(|hold| hold.cost).sum();
    if booked != cost + adjusted {
        return Err(format!("{booked} is booked, and holds cost {cost}"));
    }
    Ok(())
}

fn kind_of_reply(reply: &Reply) -> &'static str {
    match reply {
        Reply::Reserve(Ok(Answer::Admitted { is_replay: false, .. })) => "admitted",
        Reply::Reserve(Ok(Answer::Admitted { is_replay: true, .. })) => "admitted again",
        Reply::Reserve(Ok(Answer::Suspended { agent: None, .. })) => "suspended",
        Reply::Reserve(Ok(Answer::Suspended { agent: Some(_), .. })) => "agent suspended",
        Reply::Reserve(Ok(Answer::Exceeded { .. })) => "exceeded",
        Reply::Reserve(Ok(Answer::Throttled { way: Way::RetryAfter(_), .. })) => "throttled",
        Reply::Reserve(Ok(Answer::Throttled { way: Way::DowngradeTo(_), .. })) => "downgraded",
        Reply::Record(Ok(Booked { is_replay: true, .. })) => "recorded again",
        Reply::Record(Ok(_)) => "recorded",
        Reply::RecordUnresolved(Ok(Answer::Admitted { is_replay: true, .. })) => "recorded as unknown again",
        Reply::RecordUnresolved(Ok(_)) => "recorded as unknown",
        Reply::End(Ok(Booked { is_replay: true, .. })) => "ended again",
        Reply::End(Ok(booked)) if !booked.before.is_open() => "settled late",
        Reply::End(Ok(_)) => "ended",
        Reply::Done(Ok(())) => "done",
        Reply::Rows(_) => "status",
        Reply::Reserve(Err(code))
        | Reply::Record(Err(code))
        | Reply::RecordUnresolved(Err(code))
        | Reply::End(Err(code))
        | Reply::Done(Err(code)) => code.as_str(),
    }
}

fn kind_of_event(told: &Told) -> &'static str {
    match told {
        Told::Step { cause: Cause::Spent, .. } => "step on spend",
        Told::Step { cause: Cause::Forecast(_), .. } => "step on forecast",
        Told::Step { cause: Cause::Repeats(_), .. } => "step on repeats",
        Told::Step { cause: Cause::Spike { .. }, .. } => "step on a spike",
        Told::Exhausted { .. } => "exhausted",
        Told::Overrun { .. } => "overrun",
        Told::Expired { .. } => "expired",
        Told::Resumed { agent: None, .. } => "resumed",
        Told::Resumed { agent: Some(_), .. } => "agent resumed",
    }
}

fn compare(mut told: Vec<Told>, mut expected: Vec<Told>) -> Result<(), String> {
    if told == expected {
        return Ok(());
    }
    told.sort_by_key(|told| format!("{told:?}"));
    expected.sort_by_key(|told| format!("{told:?}"));
    if told == expected {
        Ok(())
    } else {
        Err(format!("  core tells:  {told:?}\n  model tells: {expected:?}"))
    }
}

/// The smallest plan that can be found that still fails, and how it does.
#[must_use]
pub fn shrink(plan: &Plan, pools: &Pools) -> (Plan, Option<Fault>) {
    let mut best = (plan.clone(), replay(plan, pools).err());
    let Some(fault) = &best.1 else { return best };
    let mut shorter = best.0.clone();
    shorter.commands.truncate(fault.command + 1);
    keep_if_failing(&mut best, shorter, pools);
    loop {
        let before = size(&best.0);
        for index in (0..best.0.commands.len()).rev() {
            let mut less = best.0.clone();
            less.commands.remove(index);
            keep_if_failing(&mut best, less, pools);
        }
        for index in (0..best.0.budgets.len()).rev() {
            let mut less = best.0.clone();
            let gone = less.budgets.remove(index);
            for command in &mut less.commands {
                if let Command::Replace(budgets) = command {
                    budgets.retain(|budget| budget.name() != gone.name());
                }
            }
            keep_if_failing(&mut best, less, pools);
        }
        for index in 0..best.0.budgets.len() {
            for step in (0..best.0.budgets[index].steps().len()).rev() {
                let mut less = best.0.clone();
                let label = less.budgets[index].steps()[step].label();
                let name = less.budgets[index].name().to_owned();
                let replaced = less.commands.iter_mut().filter_map(|command| match command {
                    Command::Replace(budgets) => Some(budgets),
                    _ => None,
                });
                for budgets in replaced.chain(std::iter::once(&mut less.budgets)) {
                    for budget in budgets.iter_mut().filter(|budget| budget.name() == name) {
                        let mut options = budget.options().clone();
                        options.steps.retain(|step| step.label() != label);
                        *budget = bursar::Budget::new(options).unwrap_or_else(|_| budget.clone());
                    }
                }
                if size(&less) < size(&best.0) {
                    keep_if_failing(&mut best, less, pools);
                }
            }
        }
        if size(&best.0) >= before {
            return best;
        }
    }
}

fn size(plan: &Plan) -> usize {
    plan.commands.len() + plan.budgets.iter().map(|budget| 1 + budget.steps().len()).sum::<usize>()
}

fn keep_if_failing(best: &mut (Plan, Option<Fault>), less: Plan, pools: &Pools) {
    if let Err(fault) = replay(&less, pools) {
        *best = (less, Some(fault));
    }
}
