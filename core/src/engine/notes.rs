//! What happened beside a decision, as marks for the ledger and alerts for people.

use super::bursar::Inner;
use super::state::State;
use crate::alerts::{Alert, AlertKind};
use crate::budget::{AccountId, Action, Cause, Event, Level, Mark, MarkKind, SuspendTarget, Trigger};
use crate::ledger::StoredMark;
use crate::money::Money;
use crate::tags::{Dictionary, Symbol};
use crate::time::{Timestamp, Window};

impl Inner {
    /// Turns the machine's events into marks, entries' flags and alerts. Rare: most calls leave no event.
    #[cold]
    pub(super) fn note_events(&self, state: &mut State, at: Timestamp) {
        let seq = state.last_seq();
        for event in std::mem::take(&mut state.events) {
            let marks = state.machine.marks_of(&event);
            let stored: Vec<_> =
                marks.iter().map(|mark| stored(mark, state.machine.dictionary(), at, seq)).collect();
            state.batch.marks.extend(stored);
            if let Some(alert) = alert(state, &event, at, seq) {
                self.alerts.publish(alert);
            }
        }
    }
}

/// A mark by names, as it is stored.
pub(super) fn stored(mark: &Mark, dictionary: &Dictionary, at: Timestamp, seq: u64) -> StoredMark {
    let name = |symbol: Symbol| dictionary.text(symbol).unwrap_or_default().to_owned();
    let (kind, agent) = match mark.kind {
        MarkKind::Fired => ("fired", None),
        MarkKind::Exhausted => ("exhausted", None),
        MarkKind::Resumed => ("resumed", None),
        MarkKind::AgentSuspended(agent) => ("agent suspended", Some(agent)),
        MarkKind::AgentResumed(agent) => ("agent resumed", Some(agent)),
    };
    StoredMark {
        budget: mark.budget.clone(),
        instance: mark.instance.iter().map(|symbol| name(*symbol)).collect(),
        window: mark.window,
        step: mark.step.clone(),
        kind: kind.to_owned(),
        agent: agent.map(name),
        at,
        seq,
    }
}

/// A stored mark by the ids of this process; nothing when it names what isn't known any more.
pub(super) fn restored(mark: &StoredMark, dictionary: &mut Dictionary) -> Option<Mark> {
    let agent = mark.agent.as_deref().map(|agent| dictionary.symbol(agent)).transpose().ok()?;
    let kind = match (mark.kind.as_str(), agent) {
        ("fired", _) => MarkKind::Fired,
        ("exhausted", _) => MarkKind::Exhausted,
        ("resumed", _) => MarkKind::Resumed,
        ("agent suspended", Some(agent)) => MarkKind::AgentSuspended(agent),
        ("agent resumed", Some(agent)) => MarkKind::AgentResumed(agent),
        _ => return None,
    };
    let instance =
        mark.instance.iter().map(|value| dictionary.symbol(value)).collect::<Result<_, _>>().ok()?;
    Some(Mark { budget: mark.budget.clone(), instance, window: mark.window, step: mark.step.clone(), kind })
}

fn alert(state: &State, event: &Event, at: Timestamp, seq: u64) -> Option<Alert> {
    let of = |account: AccountId,
              window: Window,
              (spent, limit): (Money, Money),
              level: Level,
              kind: AlertKind| {
        let (budget, instance) = state.machine.account_name(account)?;
        let instance = instance.into_iter().map(str::to_owned).collect();
        Some(Alert { at, level, budget: budget.name().into(), instance, window, spent, limit, seq, kind })
    };
    let name = |agent: Option<Symbol>| {
        agent.and_then(|agent| state.machine.dictionary().text(agent)).map(str::to_owned)
    };
    match *event {
        Event::StepFired { account, window, step, cause, spent, limit, agent } => {
            let (budget, _) = state.machine.account_name(account)?;
            let step = budget.steps().get(usize::from(step))?;
            let percent = match step.trigger {
                Trigger::Spend { percent } | Trigger::Forecast { percent } => percent,
                Trigger::Repeats { .. } | Trigger::Spike { .. } => 0,
            };
            let kind = match cause {
                Cause::Spent => AlertKind::StepReached {
                    percent,
                    action: consequence(&step.action).to_owned(),
                    agent: name(agent),
                },
                Cause::Forecast(forecast) => AlertKind::Forecast { percent, forecast },
                Cause::Repeats(repeats) => AlertKind::Loop { repeats, agent: name(agent) },
                Cause::Spike { hour, mean } => AlertKind::Spike { hour, mean },
            };
            of(account, window, (spent, limit), step.action.level(), kind)
        }
        Event::Exhausted { account, window, remaining, bound, spent, limit } => {
            of(account, window, (spent, limit), Level::Critical, AlertKind::Exhausted { remaining, bound })
        }
        Event::Resumed { account, window, agent, .. } => of(
            account,
            window,
            (Money::ZERO, Money::ZERO),
            Level::Info,
            AlertKind::Resumed { agent: name(agent) },
        ),
        Event::Overrun { bound, cost, .. } => {
            Some(unbudgeted(at, seq, Level::Warning, AlertKind::Overrun { bound, cost }))
        }
        Event::Expired { bound, .. } => {
            Some(unbudgeted(at, seq, Level::Warning, AlertKind::Unresolved { bound }))
        }
    }
}

/// An alert about a call rather than a budget.
fn unbudgeted(at: Timestamp, seq: u64, level: Level, kind: AlertKind) -> Alert {
    let (spent, limit) = (Money::ZERO, Money::ZERO);
    Alert {
        at,
        level,
        budget: "".into(),
        instance: Vec::new(),
        window: Window::ALWAYS,
        spent,
        limit,
        seq,
        kind,
    }
}

fn consequence(action: &Action) -> &'static str {
    match action {
        Action::Alert(_) => "calls go on",
        Action::Throttle(_) => "calls are slowed down",
        Action::Suspend(SuspendTarget::Scope) => "calls are refused",
        Action::Suspend(SuspendTarget::Agent) => "the agent's calls are refused",
    }
}
