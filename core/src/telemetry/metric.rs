//! The metrics, by name, unit and meaning, and where each is read.

use super::gauges::Standing;
use super::number::nearest;
use super::series::Series;
use super::totals::Totals;
use crate::money::Money;
use opentelemetry::KeyValue;

/// What can be shown to a meter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// What calls cost.
    Cost,
    /// What late settlements and corrections gave back.
    Credited,
    /// Calls that were booked.
    Calls,
    /// Tokens of calls.
    Tokens,
    /// Usage that isn't tokens.
    Usage,
    /// Calls by what was decided.
    Decisions,
    /// The limit of a budget's window.
    Limit,
    /// What a budget's window has cost.
    Spent,
    /// What calls under way hold of a budget.
    Held,
    /// Spent as a part of the limit.
    Utilization,
}

/// The instrument that a metric takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricKind {
    /// A sum of amounts that only grows.
    Amount,
    /// A sum of whole numbers that only grows.
    Count,
    /// What something stands at.
    Gauge,
}

impl Metric {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Cost,
        Self::Credited,
        Self::Calls,
        Self::Tokens,
        Self::Usage,
        Self::Decisions,
        Self::Limit,
        Self::Spent,
        Self::Held,
        Self::Utilization,
    ];

    /// The name, unit and description of its instrument.
    const fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Cost => ("bursar.cost", "USD", "What calls cost"),
            Self::Credited => (
                "bursar.cost.credited",
                "USD",
                "What late settlements and corrections gave back; to be taken from bursar.cost",
            ),
            Self::Calls => ("bursar.calls", "{call}", "Calls that were booked"),
            Self::Tokens => ("bursar.tokens", "{token}", "Tokens of calls, each once"),
            Self::Usage => ("bursar.usage", "{unit}", "Usage that isn't tokens"),
            Self::Decisions => ("bursar.decisions", "{decision}", "Calls by what was decided"),
            Self::Limit => ("bursar.budget.limit", "USD", "The limit of the window"),
            Self::Spent => ("bursar.budget.spent", "USD", "What the window has cost"),
            Self::Held => ("bursar.budget.held", "USD", "What calls under way hold"),
            Self::Utilization => ("bursar.budget.utilization", "1", "Spent as a part of the limit"),
        }
    }

    /// The name of its instrument.
    pub const fn name(self) -> &'static str {
        self.words().0
    }

    /// The unit, as OpenTelemetry writes it.
    pub const fn unit(self) -> &'static str {
        self.words().1
    }

    /// What it shows, in a few words.
    pub const fn description(self) -> &'static str {
        self.words().2
    }

    /// The instrument that it takes.
    pub const fn kind(self) -> MetricKind {
        match self {
            Self::Cost | Self::Credited => MetricKind::Amount,
            Self::Calls | Self::Tokens | Self::Usage | Self::Decisions => MetricKind::Count,
            Self::Limit | Self::Spent | Self::Held | Self::Utilization => MetricKind::Gauge,
        }
    }

    pub(super) const fn bit(self) -> u16 {
        1 << self as u16
    }

    /// The points of a metric that isn't a count.
    pub(super) fn each_float(self, totals: &Totals, mut tell: impl FnMut(f64, &[KeyValue])) {
        let mut amounts = |of: &Series<Money>| of.each(|sum, labels| tell(nearest(sum), labels.pairs()));
        let of: fn(Standing) -> f64 = match self {
            Self::Cost => return amounts(&totals.cost),
            Self::Credited => return amounts(&totals.credited),
            Self::Limit => |row| nearest(row.limit),
            Self::Spent => |row| nearest(row.spent),
            Self::Held => |row| nearest(row.held),
            Self::Utilization => Standing::utilization,
            Self::Calls | Self::Tokens | Self::Usage | Self::Decisions => return,
        };
        totals.budgets.iter().for_each(|(labels, row)| tell(of(*row), labels.pairs()));
    }

    /// The points of a count.
    pub(super) fn each_count(self, totals: &Totals, mut tell: impl FnMut(u64, &[KeyValue])) {
        let of = match self {
            Self::Calls => &totals.calls,
            Self::Tokens => &totals.tokens,
            Self::Usage => &totals.usage,
            Self::Decisions => &totals.decisions,
            _ => return,
        };
        of.each(|sum, labels| tell(sum, labels.pairs()));
    }
}
