//! What is told: a typed event that explains itself in one sentence.

use crate::budget::{BudgetBasis, Level};
use crate::money::Money;
use crate::time::{Timestamp, Window};
use std::{fmt, sync::Arc};

/// Something that people want to know of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// When it happened.
    pub at: Timestamp,
    /// How urgent it is.
    pub level: Level,
    /// The budget; empty where none is meant.
    pub budget: Arc<str>,
    /// The tag values of the budget's instance.
    pub instance: Vec<String>,
    /// Whether the budget's amounts are what calls cost or what clients are billed for them.
    pub basis: BudgetBasis,
    /// The window.
    pub window: Window,
    /// Spend of the window.
    pub spent: Money,
    /// The limit of the window, rollover included.
    pub limit: Money,
    /// The ledger entry that it goes with; 0 for none.
    pub seq: u64,
    /// What happened.
    pub kind: AlertKind,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AlertKind {
    /// Spend reached a step.
    StepReached {
        /// Percent of the limit.
        percent: u32,
        /// What the step does.
        action: String,
        /// The agent whose call it was.
        agent: Option<String>,
    },
    /// Spend is on the way to a step.
    Forecast {
        /// Percent of the limit.
        percent: u32,
        /// Spend at the end of the window, if it goes on so.
        forecast: Money,
    },
    /// A call didn't fit, for the first time in the window.
    Exhausted {
        /// What was left.
        remaining: Money,
        /// What the call would have held.
        bound: Money,
    },
    /// The same request came again and again.
    Loop {
        /// How often.
        repeats: u32,
        /// The agent whose request it was.
        agent: Option<String>,
    },
    /// An hour's spend is far above those before.
    Spike {
        /// The hour's.
        hour: Money,
        /// The mean of the hours before.
        mean: Money,
    },
    /// A call cost more than it held.
    Overrun {
        /// What it held.
        bound: Money,
        /// What it cost.
        cost: Money,
    },
    /// A call's outcome never became known, and its hold is spend.
    Unresolved {
        /// What it held.
        bound: Money,
    },
    /// A person lifted a suspension.
    Resumed {
        /// The agent that may go on; nothing when the budget may.
        agent: Option<String>,
    },
}

impl AlertKind {
    /// The kind in snake case.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::StepReached { .. } => "step_reached",
            Self::Forecast { .. } => "forecast",
            Self::Exhausted { .. } => "exhausted",
            Self::Loop { .. } => "loop",
            Self::Spike { .. } => "spike",
            Self::Overrun { .. } => "overrun",
            Self::Unresolved { .. } => "unresolved",
            Self::Resumed { .. } => "resumed",
        }
    }
}

impl Alert {
    /// The budget with its instance: `agent [writer]`.
    pub fn budget_name(&self) -> String {
        if self.instance.is_empty() {
            self.budget.to_string()
        } else {
            format!("{} [{}]", self.budget, self.instance.join(", "))
        }
    }
}

impl fmt::Display for Alert {
    /// One sentence, with amounts to the cent.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, spent, limit) = (self.budget_name(), Cents(self.spent), Cents(self.limit));
        let by = |agent: &Option<String>| {
            agent.as_ref().map(|agent| format!(" (agent {agent})")).unwrap_or_default()
        };
        match &self.kind {
            AlertKind::StepReached { percent, action, agent } => {
                write!(
                    f,
                    "budget `{name}` has reached {percent} %: {spent} of {limit}{}; {action}",
                    by(agent)
                )
            }
            AlertKind::Forecast { percent, forecast } => {
                write!(
                    f,
                    "budget `{name}` is on the way to {} of {limit}, past {percent} %",
                    Cents(*forecast)
                )
            }
            AlertKind::Exhausted { remaining, bound } => {
                write!(
                    f,
                    "budget `{name}` refuses calls: {} left of {limit}, and a call may {} {}",
                    Cents(*remaining),
                    match self.basis {
                        BudgetBasis::Cost => "cost",
                        BudgetBasis::Price => "be billed at",
                    },
                    Cents(*bound)
                )
            }
            AlertKind::Loop { repeats, agent } => {
                write!(f, "the same request came {repeats} times in budget `{name}`{}", by(agent))
            }
            AlertKind::Spike { hour, mean } => {
                write!(
                    f,
                    "budget `{name}` spends {} this hour, and {} in the mean of the hours before",
                    Cents(*hour),
                    Cents(*mean)
                )
            }
            AlertKind::Overrun { bound, cost } => {
                write!(f, "a call cost {}, and {} was held for it", Cents(*cost), Cents(*bound))
            }
            AlertKind::Unresolved { bound } => {
                write!(f, "nobody said what a call cost: its hold of {} is spend", Cents(*bound))
            }
            AlertKind::Resumed { agent: Some(agent) } => {
                write!(f, "agent `{agent}` may go on in budget `{name}`")
            }
            AlertKind::Resumed { agent: None } => {
                write!(f, "budget `{name}` is open again: {spent} of {limit}")
            }
        }
    }
}

/// An amount for people: to the cent, and never 0.00 for something.
struct Cents(Money);

impl fmt::Display for Cents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cent = Money::from_pico(Money::ONE.pico() / 100);
        if self.0 > Money::ZERO && self.0 < cent {
            write!(f, "{} USD", self.0)
        } else {
            write!(f, "{:.2} USD", self.0)
        }
    }
}
