//! The answer to a reservation: always a value, with the deciding budget and the way out in it.

use crate::budget::{BudgetBasis, HoldId};
use crate::error::Error;
use crate::money::Money;
use crate::tags::{Misplaced, TagKey, UnknownValue};
use crate::time::Timestamp;
use std::{fmt, time::Duration};

/// The answer to a reservation.
#[derive(Debug)]
#[must_use = "a call may be sent only if it was admitted"]
pub enum Decision {
    /// It fits: send it, then settle or release the hold.
    Admitted(Hold),
    /// Slow down.
    Throttled(Throttled),
    /// Suspended until a time, a raise or a person lifts it.
    Suspended(Suspended),
    /// It doesn't fit.
    Exceeded(Exceeded),
    /// The model has no known price, so nobody knows what it would cost.
    Unpriced(Error),
    /// The tags don't say who pays.
    Untagged(Untagged),
}

/// Money held for one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a hold that nobody ends becomes spend when it expires"]
pub struct Hold {
    pub(super) id: HoldId,
    pub(super) bound: Money,
    pub(super) reserved_at: Timestamp,
    pub(super) expires_at: Timestamp,
    pub(super) seq: u64,
    pub(super) is_replay: bool,
}

impl Hold {
    /// The hold's id, unique in its ledger.
    pub fn id(&self) -> HoldId {
        self.id
    }

    /// What is held in every budget that the call touches.
    pub fn bound(&self) -> Money {
        self.bound
    }

    /// When it was taken.
    pub fn reserved_at(&self) -> Timestamp {
        self.reserved_at
    }

    /// When it becomes spend if nobody ends it.
    pub fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    /// Whether a repeated key gave back the hold of its first use. It may have ended since.
    pub fn is_replay(&self) -> bool {
        self.is_replay
    }
}

/// A budget, or one instance of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BudgetRef {
    /// The budget's name.
    pub name: String,
    /// The tag values of the instance; empty for the budget as a whole.
    pub instance: Vec<String>,
}

impl fmt::Display for BudgetRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.name)?;
        if self.instance.is_empty() { Ok(()) } else { write!(f, " [{}]", self.instance.join(", ")) }
    }
}

/// A call that came too fast, or on too dear a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Throttled {
    /// The deciding budget.
    pub budget: BudgetRef,
    /// Ask again after this time.
    pub retry_after: Option<Duration>,
    /// Or use this cheaper model now.
    pub downgrade_to: Option<String>,
}

/// A call in a suspended budget, or of a suspended agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suspended {
    /// The deciding budget.
    pub budget: BudgetRef,
    /// When it ends by itself; nothing for a period without end.
    pub until: Option<Timestamp>,
    /// The agent that is suspended; nothing when all of the budget is.
    pub agent: Option<String>,
}

/// A call that doesn't fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exceeded {
    /// The deciding budget.
    pub budget: BudgetRef,
    /// Whether the amounts are what calls cost or what clients are billed for them.
    pub basis: BudgetBasis,
    /// What the call may cost or be billed at, at most.
    pub bound: Money,
    /// What is left.
    pub remaining: Money,
    /// How many output tokens would still fit with this input; 0 when the input alone doesn't.
    pub affordable_output_tokens: u64,
}

/// Tags that the taxonomy doesn't allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Untagged {
    /// Required keys that are missing.
    pub missing: Vec<TagKey>,
    /// Values that are unknown.
    pub unknown: Vec<UnknownValue>,
    /// Values under the wrong parent.
    pub misplaced: Vec<Misplaced>,
}

impl Decision {
    /// Whether the call may be sent.
    pub fn is_admitted(&self) -> bool {
        matches!(self, Self::Admitted(_))
    }

    /// The hold of an admitted call.
    pub fn hold(&self) -> Option<&Hold> {
        match self {
            Self::Admitted(hold) => Some(hold),
            _ => None,
        }
    }

    /// The decision in one word of snake case.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Admitted(_) => "admitted",
            Self::Throttled(_) => "throttled",
            Self::Suspended(_) => "suspended",
            Self::Exceeded(_) => "exceeded",
            Self::Unpriced(_) => "unpriced",
            Self::Untagged(_) => "untagged",
        }
    }

    /// The deciding budget of a refusal.
    pub fn budget(&self) -> Option<&BudgetRef> {
        match self {
            Self::Throttled(throttled) => Some(&throttled.budget),
            Self::Suspended(suspended) => Some(&suspended.budget),
            Self::Exceeded(exceeded) => Some(&exceeded.budget),
            Self::Admitted(_) | Self::Unpriced(_) | Self::Untagged(_) => None,
        }
    }
}

impl fmt::Display for Decision {
    /// One sentence that names what decided.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Admitted(hold) => {
                write!(f, "admitted: {} USD are held until {}", hold.bound, hold.expires_at)
            }
            Self::Throttled(throttled) => throttled.fmt(f),
            Self::Suspended(suspended) => suspended.fmt(f),
            Self::Exceeded(exceeded) => exceeded.fmt(f),
            Self::Unpriced(error) => error.fmt(f),
            Self::Untagged(untagged) => untagged.fmt(f),
        }
    }
}

impl fmt::Display for Throttled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "budget {} is throttled: ", self.budget)?;
        match (&self.downgrade_to, self.retry_after) {
            (Some(model), _) => write!(f, "use `{model}` for the rest of the window"),
            (None, Some(wait)) => write!(f, "ask again in {:.1} s", wait.as_secs_f32()),
            (None, None) => write!(f, "ask again later"),
        }
    }
}

impl fmt::Display for Suspended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.agent {
            Some(agent) => write!(f, "agent `{agent}` is suspended in budget {}", self.budget)?,
            None => write!(f, "budget {} is suspended", self.budget)?,
        }
        match self.until {
            Some(until) => write!(f, " until {until}"),
            None => write!(f, " until its limit is raised"),
        }
    }
}

impl fmt::Display for Exceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "budget {} has {} USD left, and the call may {} {} USD",
            self.budget,
            self.remaining,
            match self.basis {
                BudgetBasis::Cost => "cost",
                BudgetBasis::Price => "be billed at",
            },
            self.bound
        )?;
        match self.affordable_output_tokens {
            0 => Ok(()),
            tokens => write!(f, ": {tokens} output tokens would fit"),
        }
    }
}

impl fmt::Display for Untagged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let missing = self.missing.iter().map(|key| format!("the tag `{key}` is missing"));
        let unknown = self.unknown.iter().map(ToString::to_string);
        let misplaced = self.misplaced.iter().map(ToString::to_string);
        f.write_str(&missing.chain(unknown).chain(misplaced).collect::<Vec<_>>().join("; "))
    }
}
