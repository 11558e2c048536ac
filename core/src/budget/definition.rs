//! What a budget is: a selector, an amount, a period and steps.

use super::basis::{BudgetBasis, CallPrices};
use super::step::{Action, Level, Step, SuspendTarget, Throttle, Trigger};
use crate::error::{Error, ErrorCode, Result};
use crate::money::Money;
use crate::tags::{Selector, TagKey};
use crate::time::{Calendar, Period};
use std::{sync::Arc, time::Duration};

/// Steps that one budget may have.
pub const MAX_STEPS: usize = 32;
/// Bytes of a budget's name.
const MAX_NAME_BYTES: usize = 128;
/// The highest percentage of a step.
const MAX_PERCENT: u32 = 1_000;
/// The longest span in which repeats are counted.
const MAX_REPEAT_SPAN: Duration = Duration::from_hours(24);
/// The largest amount, of a limit or of a call: far beyond any bill, and far from where sums overflow.
pub(super) const MAX_LIMIT: Money = Money::from_pico(1_000_000_000_000_000 * Money::ONE.pico());

/// Whether what a window leaves over raises the next one's limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Rollover {
    /// It lapses.
    #[default]
    Off,
    /// What was left of the previous window's own limit is added, at most this much.
    UpTo(Money),
}

/// How a budget is given; [`Budget::new`] checks it.
#[derive(Clone, Debug)]
pub struct BudgetOptions {
    /// A name that is unique in the policy.
    pub name: String,
    /// Which calls count.
    pub selector: Selector,
    /// The amount a window.
    pub limit: Money,
    /// Whether amounts are what calls cost or what clients are billed for them.
    pub basis: BudgetBasis,
    /// The period and its time zone.
    pub calendar: Calendar,
    /// Tags of which each value (or combination of values) gets an amount of its own.
    pub per: Vec<TagKey>,
    /// What happens as it fills up. Empty means [`BudgetOptions::standard_steps`].
    pub steps: Vec<Step>,
    /// Whether the rest of a window is carried into the next.
    pub rollover: Rollover,
}

impl BudgetOptions {
    /// A budget over a selector with the standard steps and no rollover.
    pub fn new(name: impl Into<String>, selector: Selector, limit: Money, calendar: Calendar) -> Self {
        let (basis, per, steps) = (BudgetBasis::Cost, Vec::new(), Vec::new());
        Self { name: name.into(), selector, limit, basis, calendar, per, steps, rollover: Rollover::Off }
    }

    /// A warning at 80 %, and a suspension of the scope at 100 %.
    pub fn standard_steps() -> Vec<Step> {
        vec![
            Step { trigger: Trigger::Spend { percent: 80 }, action: Action::Alert(Level::Warning) },
            Step { trigger: Trigger::Spend { percent: 100 }, action: Action::Suspend(SuspendTarget::Scope) },
        ]
    }
}

/// A checked budget definition.
#[derive(Clone, Debug)]
pub struct Budget {
    name: Arc<str>,
    options: Arc<BudgetOptions>,
    is_watched: bool,
    /// Of a budget on price, who knows the prices.
    prices: Option<Arc<dyn CallPrices>>,
}

impl Budget {
    /// Checks the options.
    ///
    /// # Errors
    /// `budget_invalid` for an empty or long name, a limit below zero or too high, too many steps, a step that can
    /// never fire, a pace without an end, or `per` beside the period `run`.
    pub fn new(mut options: BudgetOptions) -> Result<Self> {
        if options.steps.is_empty() {
            options.steps = BudgetOptions::standard_steps();
        }
        let name = options.name.as_str();
        let invalid =
            |message: String| Err(Error::new(ErrorCode::BudgetInvalid, message).with("budget", name));
        if name.is_empty() || name.len() > MAX_NAME_BYTES || name.chars().any(char::is_control) {
            return invalid(format!(
                "`{name}` is no budget name: 1 to {MAX_NAME_BYTES} bytes without control characters are allowed"
            ));
        }
        if options.limit.is_negative() || options.limit > MAX_LIMIT {
            return invalid(format!(
                "budget `{name}` has a limit of {} USD, and 0 to 1e15 USD is allowed",
                options.limit
            ));
        }
        if options.steps.len() > MAX_STEPS {
            return invalid(format!(
                "budget `{name}` has {} steps, and {MAX_STEPS} are allowed",
                options.steps.len()
            ));
        }
        if matches!(options.rollover, Rollover::UpTo(_)) && !options.calendar.has_end() {
            return invalid(format!(
                "budget `{name}` can't roll over: its period `{}` has no next window",
                options.calendar.period()
            ));
        }
        if matches!(options.rollover, Rollover::UpTo(_)) && options.calendar.rolling_length().is_some() {
            return invalid(format!("budget `{name}` can't roll over: a rolling window has no rest"));
        }
        if options.calendar.period() == Period::Run && !options.per.is_empty() {
            let message = format!(
                "budget `{name}` has the period `run`, which counts each run apart, and can't count by other tags"
            );
            return invalid(message).map_err(|error| error.with_help("remove `per`"));
        }
        for step in &options.steps {
            if let Some(fault) = step_fault(step, &options.calendar) {
                return invalid(format!("budget `{name}`: {fault}"));
            }
        }
        options.steps.sort_by_key(|step| match step.trigger {
            Trigger::Spend { percent } => percent,
            _ => u32::MAX,
        });
        let is_watched =
            |step: &Step| matches!(step.trigger, Trigger::Forecast { .. } | Trigger::Spike { .. });
        let is_watched = options.steps.iter().any(is_watched);
        Ok(Self { name: options.name.as_str().into(), options: Arc::new(options), is_watched, prices: None })
    }

    /// The budget's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name, shared.
    pub(crate) fn shared_name(&self) -> Arc<str> {
        Arc::clone(&self.name)
    }

    /// Which calls count.
    pub fn selector(&self) -> &Selector {
        &self.options.selector
    }

    /// The amount a window, before any rollover.
    pub fn limit(&self) -> Money {
        self.options.limit
    }

    /// Whether amounts are what calls cost or what clients are billed for them.
    pub fn basis(&self) -> BudgetBasis {
        self.options.basis
    }

    /// The same budget with who knows what calls are billed at: one for all budgets of a machine. Without anybody a price
    /// is what the call costs.
    #[must_use]
    pub(crate) fn at_prices(mut self, prices: &Arc<dyn CallPrices>) -> Self {
        self.prices = (self.basis() == BudgetBasis::Price).then(|| Arc::clone(prices));
        self
    }

    /// Of a budget on price, who knows the prices.
    pub(crate) fn prices(&self) -> Option<&dyn CallPrices> {
        self.prices.as_deref()
    }

    /// The amount a window before any rollover, as an account counts it.
    pub(super) fn counted_limit(&self) -> Money {
        self.basis().counted(self.limit())
    }

    /// The period and its time zone.
    pub fn calendar(&self) -> &Calendar {
        &self.options.calendar
    }

    /// Tags of which each value gets an amount of its own.
    pub fn per(&self) -> &[TagKey] {
        &self.options.per
    }

    /// The steps: those on spend first, in rising order.
    pub fn steps(&self) -> &[Step] {
        &self.options.steps
    }

    /// Whether the rest of a window is carried into the next.
    pub fn rollover(&self) -> Rollover {
        self.options.rollover
    }

    /// Whether each run has an amount of its own.
    pub fn is_per_run(&self) -> bool {
        self.options.calendar.period() == Period::Run
    }

    /// Whether the budget refuses what doesn't fit: it has a step that suspends the scope at a percentage of spend.
    pub fn is_hard(&self) -> bool {
        self.options.steps.iter().any(|step| {
            matches!(step.trigger, Trigger::Spend { .. })
                && step.action == Action::Suspend(SuspendTarget::Scope)
        })
    }

    /// Whether each settlement has to be looked at, for a forecast or a spike.
    pub(super) fn is_watched(&self) -> bool {
        self.is_watched
    }

    /// The options, to build an edited budget from.
    pub fn options(&self) -> &BudgetOptions {
        &self.options
    }
}

/// Why a step can't be used in a budget of this period.
fn step_fault(step: &Step, calendar: &Calendar) -> Option<String> {
    match step.trigger {
        Trigger::Spend { percent } | Trigger::Forecast { percent }
            if percent == 0 || percent > MAX_PERCENT =>
        {
            return Some(format!("a step at {percent} %, and 1 to {MAX_PERCENT} is allowed"));
        }
        Trigger::Forecast { .. } if !calendar.has_end() || calendar.rolling_length().is_some() => {
            return Some(format!(
                "a forecast needs a window that ends, and the period is `{}`",
                calendar.period()
            ));
        }
        Trigger::Repeats { count, within } if count < 2 || within.is_zero() || within > MAX_REPEAT_SPAN => {
            return Some("repeats need a count of 2 or more and a span of up to 24 hours".to_owned());
        }
        Trigger::Spike { times } if times < 2 => {
            return Some("a spike needs 2 or more times the mean".to_owned());
        }
        _ => {}
    }
    match &step.action {
        Action::Throttle(Throttle::Pace) if !calendar.has_end() => {
            Some(format!("a pace needs a window that ends, and the period is `{}`", calendar.period()))
        }
        Action::Throttle(Throttle::CallsPerMinute(0) | Throttle::Concurrency(0)) => {
            Some("a throttle to 0 calls: use `suspend`".to_owned())
        }
        Action::Throttle(Throttle::CostPerMinute(amount)) if *amount <= Money::ZERO => {
            Some("a throttle to no money: use `suspend`".to_owned())
        }
        _ => None,
    }
}
