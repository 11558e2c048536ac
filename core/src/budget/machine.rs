//! The machine's state, and what resolves tags to accounts.

use super::account::Account;
use super::basis::{Amount, PriceFactor, PriceSchedule};
use super::definition::Budget;
use super::event::Event;
use super::holds::{HoldView, Holds};
use super::ids::{AccountId, HoldId, ScopeId};
use super::keys::Keys;
use crate::error::{Error, ErrorCode, Result};
use crate::money::Money;
use crate::tags::{Dictionary, Symbol, TagKey, TagSet, TagSetId, UNALLOCATED};
use crate::time::Timestamp;
use std::collections::HashMap;

/// Budgets in a policy.
pub const MAX_BUDGETS: usize = 10_000;
/// Counters: budgets and their instances.
pub const MAX_ACCOUNTS: usize = 1 << 18;
/// Counters that one call may touch.
pub const MAX_BUDGETS_PER_CALL: usize = 64;
/// Separates the runs in [`TagKey::RUN_PARENTS`].
const RUN_SEPARATOR: char = '/';

pub(super) type InstanceKey = (usize, Box<[Symbol]>);

/// Everything that a decision depends on. See the module's head.
#[derive(Debug, Default)]
pub struct Machine {
    pub(super) dictionary: Dictionary,
    pub(super) budgets: Vec<Budget>,
    /// When each budget was first in force.
    pub(super) since: Vec<Timestamp>,
    pub(super) accounts: Vec<Account>,
    pub(super) instances: HashMap<InstanceKey, AccountId, foldhash::fast::FixedState>,
    pub(super) scopes: Vec<Scope>,
    pub(super) scope_ids: HashMap<TagSetId, ScopeId, foldhash::fast::FixedState>,
    pub(super) holds: Holds,
    pub(super) keys: Keys,
    pub(super) events: Vec<Event>,
    /// Before this instant the books are closed.
    pub(super) closed_until: Timestamp,
}

/// A tag set with the accounts that it touches, and what was decided for it.
#[derive(Debug)]
pub(super) struct Scope {
    pub(super) tag_set: TagSetId,
    pub(super) agent: Option<Symbol>,
    pub(super) accounts: Box<[AccountId]>,
    /// What its calls are billed at, where one of the accounts is on price.
    pub(super) prices: Option<Box<PriceSchedule>>,
    pub(super) decisions: Decisions,
}

impl Scope {
    /// A cost that counts at an instant, as the accounts count it.
    #[inline]
    pub(super) fn amount(&self, cost: Money, at: Timestamp) -> Amount {
        let factor = self.prices.as_ref().map_or(PriceFactor::COST, |prices| prices.at(at));
        Amount { cost, factor }
    }
}

/// How often each decision was taken for a scope.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Decisions {
    /// Calls that were admitted.
    pub admitted: u64,
    /// Calls that did not fit.
    pub exceeded: u64,
    /// Calls that were slowed down.
    pub throttled: u64,
    /// Calls that were suspended.
    pub suspended: u64,
}

impl Machine {
    /// A machine without budgets: it admits everything.
    pub fn new() -> Self {
        Self { closed_until: Timestamp::MIN, ..Self::default() }
    }

    /// The dictionary of tag sets and names.
    pub fn dictionary(&self) -> &Dictionary {
        &self.dictionary
    }

    /// The dictionary, to intern names and to restore what a ledger stored.
    pub fn dictionary_mut(&mut self) -> &mut Dictionary {
        &mut self.dictionary
    }

    /// The budgets in force.
    pub fn budgets(&self) -> &[Budget] {
        &self.budgets
    }

    /// Resolves a tag set to the accounts that it touches, once.
    ///
    /// # Errors
    /// `limit_reached` past [`MAX_BUDGETS_PER_CALL`], [`MAX_ACCOUNTS`] or the dictionary's bounds.
    pub fn scope(&mut self, tags: &TagSet, now: Timestamp) -> Result<ScopeId> {
        let (tag_set, _) = self.dictionary.tag_set_id(tags)?;
        if let Some(scope) = self.scope_ids.get(&tag_set) {
            return Ok(*scope);
        }
        let accounts = self.resolve(tags, now)?;
        let prices = self.prices_of(tags, &accounts);
        let agent = tags.get(&TagKey::AGENT).map(|agent| self.dictionary.symbol(agent)).transpose()?;
        let scope = ScopeId(u32::try_from(self.scopes.len()).map_err(|_| limit("scopes", MAX_ACCOUNTS))?);
        self.scopes.push(Scope { tag_set, agent, accounts, prices, decisions: Decisions::default() });
        self.scope_ids.insert(tag_set, scope);
        Ok(scope)
    }

    /// The tag set of a scope.
    pub fn tag_set(&self, scope: ScopeId) -> Option<TagSetId> {
        self.scopes.get(scope.index()).map(|scope| scope.tag_set)
    }

    /// Before this instant the books are closed.
    pub fn closed_until(&self) -> Timestamp {
        self.closed_until
    }

    /// Since when each budget is in force.
    pub fn since(&self) -> impl Iterator<Item = (&str, Timestamp)> {
        self.budgets.iter().map(Budget::name).zip(self.since.iter().copied())
    }

    /// A machine with the same names, and neither budgets nor spend nor holds: to replay a ledger into.
    #[must_use]
    pub fn without_counters(&self) -> Self {
        Self { dictionary: self.dictionary.clone(), closed_until: self.closed_until, ..Self::new() }
    }

    /// What was decided for each scope.
    pub fn decisions(&self) -> impl Iterator<Item = (TagSetId, Decisions)> {
        self.scopes.iter().map(|scope| (scope.tag_set, scope.decisions))
    }

    /// A hold that is open or has ended a short while ago.
    pub fn hold(&self, id: HoldId) -> Option<HoldView> {
        self.holds.get(id).map(|hold| hold.view)
    }

    /// Every open hold.
    pub fn open_holds(&self) -> impl Iterator<Item = HoldView> {
        self.holds.iter_open().map(|hold| hold.view)
    }

    /// How many holds are open.
    pub fn open_hold_count(&self) -> usize {
        self.holds.open()
    }

    /// The sequence number of the next hold.
    pub fn next_hold_sequence(&self) -> u64 {
        self.holds.sequence()
    }

    /// Moves what happened since the last call to the end of `events`.
    pub fn drain_events(&mut self, events: &mut Vec<Event>) {
        events.append(&mut self.events);
    }

    /// Whether anything happened since the events were drained.
    pub fn has_events(&self) -> bool {
        !self.events.is_empty()
    }

    /// The accounts that a tag set touches; instances that don't exist yet are made.
    pub(super) fn resolve(&mut self, tags: &TagSet, now: Timestamp) -> Result<Box<[AccountId]>> {
        let mut accounts = Vec::new();
        for index in 0..self.budgets.len() {
            let Some(budget) = self.budgets.get(index).cloned() else { break };
            if budget.is_per_run() {
                self.resolve_runs((index, &budget), tags, now, &mut accounts)?;
            } else if budget.selector().matches(tags) {
                let instance = budget.per().iter().map(|key| tags.get(key).unwrap_or(UNALLOCATED));
                let instance = self.symbols(instance)?;
                accounts.push(self.account(index, &budget, instance, now)?);
            }
        }
        if accounts.len() > MAX_BUDGETS_PER_CALL {
            return Err(limit("budgets touched by one call", MAX_BUDGETS_PER_CALL).with("tags", tags));
        }
        Ok(accounts.into())
    }

    /// What the calls of a tag set are billed at, if an account that they touch is on price.
    pub(super) fn prices_of(&self, tags: &TagSet, accounts: &[AccountId]) -> Option<Box<PriceSchedule>> {
        let mut budgets =
            accounts.iter().filter_map(|id| self.budgets.get(self.accounts.get(id.0 as usize)?.budget));
        budgets.find_map(Budget::prices).map(|prices| Box::new(prices.schedule(tags)))
    }

    /// A run's own amount, and those of the runs that it came from, which a sub-agent inherits whatever its own tags.
    fn resolve_runs(
        &mut self,
        (index, budget): (usize, &Budget),
        tags: &TagSet,
        now: Timestamp,
        accounts: &mut Vec<AccountId>,
    ) -> Result<()> {
        for run in parent_runs(tags) {
            let instance = self.symbols(std::iter::once(run))?;
            accounts.extend(self.instances.get(&(index, instance)).copied());
        }
        if budget.selector().matches(tags) {
            let instance = self.symbols(std::iter::once(tags.get(&TagKey::RUN).unwrap_or(UNALLOCATED)))?;
            let own = self.account(index, budget, instance, now)?;
            if !accounts.contains(&own) {
                accounts.push(own);
            }
        }
        Ok(())
    }

    fn symbols<'a>(&mut self, texts: impl Iterator<Item = &'a str>) -> Result<Box<[Symbol]>> {
        texts.map(|text| self.dictionary.symbol(text)).collect()
    }

    fn account(
        &mut self,
        index: usize,
        budget: &Budget,
        instance: Box<[Symbol]>,
        now: Timestamp,
    ) -> Result<AccountId> {
        if let Some(known) = self.instances.get(&(index, instance.clone())) {
            return Ok(*known);
        }
        if self.accounts.len() >= MAX_ACCOUNTS {
            return Err(limit("budget counters", MAX_ACCOUNTS).with("budget", budget.name()));
        }
        let id = AccountId(
            u32::try_from(self.accounts.len()).map_err(|_| limit("budget counters", MAX_ACCOUNTS))?,
        );
        let since = self.since.get(index).copied().unwrap_or(now);
        self.accounts.push(Account::new(id, index, budget, instance.clone(), since, now));
        self.instances.insert((index, instance), id);
        Ok(id)
    }
}

/// The runs that the run of a tag set came from, the oldest first.
pub(crate) fn parent_runs(tags: &TagSet) -> impl Iterator<Item = &str> {
    let parents = tags.get(&TagKey::RUN_PARENTS).unwrap_or_default();
    parents.split(RUN_SEPARATOR).filter(|run| !run.is_empty())
}

/// The tags of a sub-agent: its own over its parent's, and the runs that it came from.
///
/// # Errors
/// Those of the tag set's bounds.
pub fn inherit(parent: &TagSet, own: &TagSet) -> Result<TagSet> {
    let tags = own.over(parent)?;
    let Some(run) = parent.get(&TagKey::RUN) else { return Ok(tags) };
    let parents = match parent.get(&TagKey::RUN_PARENTS) {
        Some(parents) if parent_runs(parent).any(|known| known == run) => parents.to_owned(),
        Some(parents) => format!("{parents}{RUN_SEPARATOR}{run}"),
        None => run.to_owned(),
    };
    TagSet::new().with(TagKey::RUN_PARENTS, &parents)?.over(&tags)
}

fn limit(what: &str, most: usize) -> Error {
    Error::new(ErrorCode::LimitReached, format!("{most} {what} are allowed, and no more"))
}
