//! What is allowed: the taxonomy of tags, the budgets, and prices of one's own.

use super::call::canonical_name;
use super::history;
use super::stated::StatedCost;
use crate::budget::{Action, Budget, CallPrices, Throttle};
use crate::error::{Error, Result};
use crate::pricing::{ModelHandle, PriceBook, PriceMoves, PriceOverride};
use crate::report::{BilledCalls, ReportRules};
use crate::tags::Taxonomy;
use crate::time::Timestamp;
use std::{collections::BTreeMap, sync::Arc, time::Duration};

/// How long a hold lives by default: longer than the longest call that providers let run.
const HOLD_LIFETIME: Duration = Duration::from_mins(15);

/// A policy; the empty one allows everything.
#[derive(Clone, Debug)]
pub struct Policy {
    pub(crate) taxonomy: Taxonomy,
    pub(crate) budgets: Vec<Budget>,
    pub(crate) prices: Vec<PriceOverride>,
    /// The book that lies under these prices, where it isn't the one that comes with the program.
    pub(crate) price_book: Option<PriceBook>,
    pub(crate) price_moves: PriceMoves,
    /// Names of models as calls give them, and the models that are meant.
    pub(crate) deployments: BTreeMap<String, String>,
    pub(crate) stated_cost: StatedCost,
    pub(crate) hold_lifetime: Duration,
    pub(crate) reports: Arc<ReportRules>,
    /// The SHA-256 of the text that this was read from; nothing once anything was added to it.
    pub(crate) sha256: Option<Arc<str>>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            taxonomy: Taxonomy::default(),
            budgets: Vec::new(),
            prices: Vec::new(),
            price_book: None,
            price_moves: PriceMoves::default(),
            deployments: BTreeMap::new(),
            stated_cost: StatedCost::default(),
            hold_lifetime: HOLD_LIFETIME,
            reports: Arc::default(),
            sha256: None,
        }
    }
}

impl Policy {
    /// A policy without budgets or rules.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a budget.
    #[must_use]
    pub fn with_budget(mut self, budget: Budget) -> Self {
        self.sha256 = None;
        self.budgets.push(budget);
        self
    }

    /// Sets which tags are allowed and required.
    #[must_use]
    pub fn with_taxonomy(mut self, taxonomy: Taxonomy) -> Self {
        self.sha256 = None;
        self.taxonomy = taxonomy;
        self
    }

    /// Adds prices: negotiated, private or free ones.
    #[must_use]
    pub fn with_prices(mut self, prices: impl IntoIterator<Item = PriceOverride>) -> Self {
        self.sha256 = None;
        self.prices.extend(prices);
        self
    }

    /// Sets the book that lies under the policy's own prices, and how far its prices may lie from those before. Left
    /// out, it is the book that comes with the program, or the one that was loaded last.
    #[must_use]
    pub fn with_price_book(mut self, book: PriceBook, moves: PriceMoves) -> Self {
        self.sha256 = None;
        (self.price_book, self.price_moves) = (Some(book), moves);
        self
    }

    /// Adds a name that stands for a model, such as a deployment of Azure: `prod-chat`, or `azure/prod-chat` for calls
    /// of that provider alone.
    #[must_use]
    pub fn with_deployment(mut self, name: impl Into<String>, model: impl Into<String>) -> Self {
        self.sha256 = None;
        self.deployments.insert(name.into(), model.into());
        self
    }

    /// Sets what becomes of a cost that a provider states in its answer; it is kept beside ours when left out.
    #[must_use]
    pub fn with_stated_cost(mut self, choice: StatedCost) -> Self {
        self.sha256 = None;
        self.stated_cost = choice;
        self
    }

    /// Sets how long a hold lives if nobody ends it, 1 second to 24 hours.
    #[must_use]
    pub fn with_hold_lifetime(mut self, lifetime: Duration) -> Self {
        self.sha256 = None;
        self.hold_lifetime = lifetime;
        self
    }

    /// Sets the rules by which statements are made.
    #[must_use]
    pub fn with_report_rules(mut self, rules: impl Into<Arc<ReportRules>>) -> Self {
        self.sha256 = None;
        self.reports = rules.into();
        self
    }

    /// The rules by which statements are made.
    pub fn report_rules(&self) -> &Arc<ReportRules> {
        &self.reports
    }

    /// The budgets.
    pub fn budgets(&self) -> &[Budget] {
        &self.budgets
    }

    /// The taxonomy.
    pub fn taxonomy(&self) -> &Taxonomy {
        &self.taxonomy
    }
}

impl Policy {
    /// A book with the policy's prices and names laid over it.
    pub(crate) fn priced(&self, book: &PriceBook) -> Result<PriceBook> {
        let deployments = self.deployments.iter().map(|(name, model)| (name.as_str(), model.as_str()));
        book.with_overrides(&self.prices)?.with_deployments(deployments)
    }

    /// The policy's own book, checked against the one before; nothing where the policy has none.
    pub(super) fn checked_book(&self, before: &PriceBook, now: Timestamp) -> Result<Option<PriceBook>> {
        let Some(book) = &self.price_book else { return Ok(None) };
        book.check()?;
        before.check_moves(book, self.price_moves, now)?;
        Ok(Some(book.clone()))
    }
}

/// The budgets of a policy as a machine takes them: every model that they send calls to under its canonical name, and
/// those on price with what clients are billed.
pub(super) fn budgets_in_force(policy: &Policy, book: &PriceBook, now: Timestamp) -> Result<Vec<Budget>> {
    let prices: Arc<dyn CallPrices> = Arc::new(BilledCalls::new(&policy.reports));
    let ready = |budget: &Budget| {
        let needed_from = history::from(std::slice::from_ref(budget), now);
        policy.reports.check_prices(budget, Some(needed_from))?;
        Ok(with_canonical_model(budget, book, now)?.at_prices(&prices))
    };
    policy.budgets.iter().map(ready).collect()
}

fn with_canonical_model(budget: &Budget, book: &PriceBook, now: Timestamp) -> Result<Budget> {
    let mut options = budget.options().clone();
    let mut is_changed = false;
    for step in &mut options.steps {
        if let Action::Throttle(Throttle::Downgrade { to }) = &mut step.action {
            let name = find_model(to, book).and_then(|model| canonical_name(&model, now));
            *to = name.map_err(|error| of_budget(budget, &error))?.into();
            is_changed = true;
        }
    }
    if is_changed { Budget::new(options) } else { Ok(budget.clone()) }
}

/// A model by its name alone or as `provider/model`.
pub(crate) fn find_model(name: &str, book: &PriceBook) -> Result<ModelHandle> {
    match name.split_once('/') {
        // A model's own name may have a slash in it.
        Some((provider, model)) => {
            book.find(Some(provider), model).or_else(|error| book.find(None, name).map_err(|_| error))
        }
        None => book.find(None, name),
    }
}

fn of_budget(budget: &Budget, error: &Error) -> Error {
    let message = format!("budget `{}` sends calls to a cheaper model: {error}", budget.name());
    Error::new(error.code(), message).with_help(error.help()).with("budget", budget.name())
}
