//! What was seen of an answer beside its counts, and how that ends.

use super::{
    answer::{Answer, OtherUsage, Outcome, Unresolved},
    text::Text,
};
use crate::{
    error::{Error, Result},
    pricing::{Terms, Usage},
};
use rust_decimal::Decimal;

#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is seen by itself, in any order")]
pub(super) struct Seen {
    pub(super) model: Option<String>,
    pub(super) tier: Option<String>,
    pub(super) speed: Option<String>,
    pub(super) residency: Option<String>,
    pub(super) others: Vec<OtherUsage>,
    /// The answer came to its end.
    pub(super) ended: bool,
    /// The provider reports an error.
    pub(super) failed: bool,
    /// The answer is being made in the background.
    pub(super) unfinished: bool,
    /// Work was named that the usage doesn't count.
    pub(super) partial: bool,
    /// An event couldn't be read after the last usage.
    pub(super) lost: bool,
    pub(super) cost: Option<Decimal>,
    /// What was wrong beside the usage, such as a negative cost.
    pub(super) fault: Option<Error>,
}

impl Seen {
    /// The later name of a model wins.
    pub(super) fn model(&mut self, name: Text) {
        if name.0.is_some() {
            self.model = name.0;
        }
    }

    /// The later tier wins: an event in mid-work may say `auto` where the last one names the tier served.
    pub(super) fn tier(&mut self, name: Text) {
        if name.0.is_some() {
            self.tier = name.0;
        }
    }

    pub(super) fn cost(&mut self, cost: Result<Option<Decimal>>) {
        match cost {
            Ok(Some(cost)) => self.cost = Some(cost),
            Ok(None) => {}
            Err(error) => self.fault = Some(error),
        }
    }

    pub(super) fn finish(self, usage: Result<Option<Usage>>) -> Answer {
        let outcome = match (usage, &self) {
            (Err(error), _) => Outcome::Refused(error),
            (Ok(Some(_)), Self { lost: true, .. }) => Outcome::Unresolved(Unresolved::Unreadable),
            (Ok(Some(_)), Self { ended: false, .. }) => Outcome::Unresolved(Unresolved::Aborted),
            (Ok(Some(_)), Self { partial: true, .. }) => Outcome::Unresolved(Unresolved::Partial),
            // A usage of nothing is what a host sends that didn't count.
            (Ok(Some(usage)), _) if usage.is_empty() => Outcome::Unresolved(Unresolved::NoUsage),
            (Ok(Some(usage)), _) => Outcome::Usage(usage),
            (Ok(None), seen) => Outcome::Unresolved(seen.reason()),
        };
        let outcome = match (outcome, self.fault) {
            (Outcome::Usage(_), Some(fault)) => Outcome::Refused(fault),
            (outcome, _) => outcome,
        };
        Answer {
            model: self.model,
            outcome,
            others: self.others,
            terms: terms(self.tier.as_deref(), self.speed.as_deref(), self.residency.as_deref()),
            stated_cost: self.cost,
        }
    }

    /// Why there is no usage.
    fn reason(&self) -> Unresolved {
        match self {
            Self { failed: true, .. } => Unresolved::Failed,
            Self { unfinished: true, .. } => Unresolved::Unfinished,
            Self { lost: true, .. } => Unresolved::Unreadable,
            Self { ended: true, .. } => Unresolved::NoUsage,
            _ => Unresolved::Aborted,
        }
    }
}

fn terms(tier: Option<&str>, speed: Option<&str>, residency: Option<&str>) -> Terms {
    let mut terms = Terms::new().served(tier.unwrap_or_default());
    if let Some(speed) = speed {
        terms = terms.speed(speed);
    }
    if let Some(residency) = residency {
        terms = terms.data_residency(residency);
    }
    terms
}
