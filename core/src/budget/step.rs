//! What happens as a budget fills up: a trigger and an action.

use crate::money::Money;
use std::{sync::Arc, time::Duration};

/// At a trigger, do an action; each step fires once a window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// When it fires.
    pub trigger: Trigger,
    /// What it does.
    pub action: Action,
}

/// When a step fires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// Spend has reached this percentage of the limit.
    Spend {
        /// Percent of the limit.
        percent: u32,
    },
    /// Spend at its present pace will reach this percentage of the limit by the end of the window. It is silent until
    /// a tenth of the window has passed.
    Forecast {
        /// Percent of the limit.
        percent: u32,
    },
    /// The same request was reserved this many times within a span.
    Repeats {
        /// The number that fires.
        count: u32,
        /// The span, from the first of them.
        within: Duration,
    },
    /// This hour's spend is above this many times the mean of the recent hours in which anything was spent.
    Spike {
        /// Times the mean.
        times: u32,
    },
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Tell, and go on.
    Alert(Level),
    /// Tell, and slow down while the trigger holds.
    Throttle(Throttle),
    /// Tell, and refuse until the window ends, the limit rises or a person resumes it.
    Suspend(SuspendTarget),
}

impl Action {
    /// How urgent the alert of this action is.
    pub fn level(&self) -> Level {
        match self {
            Self::Alert(level) => *level,
            Self::Throttle(_) => Level::Warning,
            Self::Suspend(_) => Level::Critical,
        }
    }
}

/// How urgent an alert is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Good to know.
    Info,
    /// Look at it soon.
    Warning,
    /// Look at it now.
    Critical,
}

impl Level {
    /// The level in lower case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

/// How calls are slowed down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Throttle {
    /// Spread what is left over the time that is left in the window.
    Pace,
    /// At most so many calls a minute, with bursts of one minute's worth.
    CallsPerMinute(u32),
    /// At most so much money a minute, with bursts of one minute's worth.
    CostPerMinute(Money),
    /// At most so many calls at once.
    Concurrency(u32),
    /// Only this model.
    Downgrade {
        /// The cheaper model's name: as it was written in a policy, canonical in a machine.
        to: Arc<str>,
    },
}

/// Whom a suspension stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SuspendTarget {
    /// Everything in the budget. The step's percentage is then the ceiling that spend and holds never pass.
    Scope,
    /// Only the agent whose call made the step fire.
    Agent,
}

impl Step {
    /// The step in one line, by which a ledger knows it again: `spend 80 %: alert warning`.
    pub fn label(&self) -> String {
        let trigger = match &self.trigger {
            Trigger::Spend { percent } => format!("spend {percent} %"),
            Trigger::Forecast { percent } => format!("forecast {percent} %"),
            Trigger::Repeats { count, within } => format!("{count} repeats in {} s", within.as_secs()),
            Trigger::Spike { times } => format!("spike of {times} times"),
        };
        let action = match &self.action {
            Action::Alert(level) => format!("alert {}", level.as_str()),
            Action::Throttle(Throttle::Pace) => "throttle to an even pace".to_owned(),
            Action::Throttle(Throttle::CallsPerMinute(calls)) => {
                format!("throttle to {calls} calls a minute")
            }
            Action::Throttle(Throttle::CostPerMinute(amount)) => format!("throttle to {amount} USD a minute"),
            Action::Throttle(Throttle::Concurrency(most)) => format!("throttle to {most} calls at once"),
            Action::Throttle(Throttle::Downgrade { to }) => format!("throttle to the model {to}"),
            Action::Suspend(SuspendTarget::Scope) => "suspend".to_owned(),
            Action::Suspend(SuspendTarget::Agent) => "suspend the agent".to_owned(),
        };
        format!("{trigger}: {action}")
    }
}
