//! Call by call: what could have been saved, each call at most once.
//!
//! The order is that of the statement's list: a call that belongs to a loop isn't looked at again for its model. Memory is
//! bounded whatever the period holds: patterns of one hour, holds that expired, and sums by agent and model.

use super::reprice::{Call, Prices, usage};
use super::{Opportunity, OpportunityKind};
use crate::ledger::{Entry, EntryKind, EntryLine, RollupKey};
use crate::money::Money;
use crate::pricing::{Dimension, PriceBook};
use crate::report::period::local;
use crate::tags::{Dictionary, Symbol, TagKey, TagSet, TagSetId, UNALLOCATED};
use crate::time::Timestamp;
use std::collections::{BTreeMap, HashMap};

/// Calls of one agent with the same model and the same usage in an hour that count as work; those that follow are a loop.
const LOOP_CALLS: u32 = 10;
/// Tokens from which the same usage is no coincidence.
const LOOP_MIN_TOKENS: u64 = 100;
/// The most patterns of an hour that are remembered; further ones aren't looked at.
const MAX_PATTERNS: usize = 65_536;
/// The most holds that expired whose settlement is waited for; further ones aren't told.
const MAX_EXPIRED: usize = 65_536;
/// The most combinations of kind, agent and model that are told apart; further ones are left out.
const MAX_SUMS: usize = 16_384;
/// How far past an edge of the prices a call may be that could have stayed below: a tenth of the edge.
const NEAR_EDGE: u64 = 10;
/// Calls of one agent with a model in an hour at night that are a burst; those that follow could have been a batch.
const BURST: u32 = 50;
/// The local hours of the night.
const NIGHT: (u32, u32) = (22, 6);
/// Values of the environment that say that nobody waits.
const UNHURRIED: [&str; 3] = ["batch", "offline", "nightly"];
/// The most tokens of a short call, sent and generated.
const SHORT: (u64, u64) = (2_000, 500);
/// The least input that providers keep in a cache.
const MIN_CACHED: u64 = 1_024;
/// How long a cache lasts that nobody paid more for: five minutes.
const CACHE_MICROS: i64 = 300_000_000;
/// The part of the smaller of two prompts that both are taken to begin with: a half.
const SHARED: u64 = 2;

/// Whose calls: an agent of a team.
#[derive(Debug)]
struct Caller {
    team: String,
    agent: String,
    is_unhurried: bool,
}

/// What calls could have been saved together.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    calls: u64,
    spent: Money,
    saving: Money,
    example: u64,
}

/// A caller's usage of a model, kind by kind.
type Pattern = (usize, Symbol, Box<[(Dimension, u64)]>);

type Key = (OpportunityKind, usize, Symbol, Option<String>);

/// A call of an agent that the next one is compared with.
#[derive(Clone, Copy, Debug)]
struct Previous {
    at: Timestamp,
    input: u64,
    /// What its part of the prompt would have cost more to write into a cache; nothing once that is paid.
    write: Option<Money>,
}

/// Finds opportunities in entries that it is shown in their order.
#[derive(Debug)]
pub(in crate::report) struct Finder<'a> {
    prices: Prices<'a>,
    dictionary: &'a Dictionary,
    zone: &'a str,
    callers: Vec<Caller>,
    by_names: HashMap<(String, String, bool), usize>,
    by_tags: HashMap<TagSetId, usize>,
    hour: Option<(Timestamp, bool)>,
    patterns: HashMap<Pattern, u32>,
    bursts: HashMap<(usize, Symbol), u32>,
    previous: HashMap<(usize, Symbol), Previous>,
    expired: BTreeMap<u64, (Key, Money, u64)>,
    sums: BTreeMap<Key, Sum>,
}

impl<'a> Finder<'a> {
    pub(in crate::report) fn new(book: &'a PriceBook, dictionary: &'a Dictionary, zone: &'a str) -> Self {
        Self {
            prices: Prices::new(book, dictionary),
            dictionary,
            zone,
            callers: Vec::new(),
            by_names: HashMap::new(),
            by_tags: HashMap::new(),
            hour: None,
            patterns: HashMap::new(),
            bursts: HashMap::new(),
            previous: HashMap::new(),
            expired: BTreeMap::new(),
            sums: BTreeMap::new(),
        }
    }

    /// The next entry of the period.
    pub(in crate::report) fn see(&mut self, entry: &Entry, lines: &[EntryLine]) {
        match entry.kind {
            EntryKind::Expire if self.expired.len() < MAX_EXPIRED => {
                let key = (OpportunityKind::Expired, self.caller(entry.tag_set), entry.model, None);
                self.expired.insert(entry.hold.number(), (key, entry.amount, entry.seq));
            }
            // What a call cost is known after all.
            EntryKind::Settle if entry.is_late => {
                self.expired.remove(&entry.hold.number());
            }
            EntryKind::Settle if entry.amount > Money::ZERO => self.call(entry, lines),
            _ => {}
        }
    }

    fn call(&mut self, entry: &Entry, lines: &[EntryLine]) {
        let caller = self.caller(entry.tag_set);
        self.enter_hour(entry);
        let place = (caller, entry.model);
        if self.is_repeated(place, lines) {
            return self.add((OpportunityKind::Loop, caller, entry.model, None), entry, entry.amount);
        }
        let is_night = self.hour.is_some_and(|(_, is_night)| is_night);
        let burst = self.bursts.entry(place).or_default();
        *burst += 1;
        let can_wait =
            (is_night && *burst > BURST) || self.callers.get(caller).is_some_and(|own| own.is_unhurried);
        let previous = self.previous.get(&place).copied();
        let Some(call) = self.prices.call(entry, lines) else { return };
        let found = past_edge(&call)
            .or_else(|| batch(&call).filter(|_| can_wait))
            .or_else(|| smaller(&call))
            .or_else(|| previous.and_then(|previous| cached(&call, &previous, entry.effective_at)));
        let next = following(&call, entry.effective_at, found.as_ref());
        self.previous.insert(place, next);
        if let Some((kind, instead, saving)) = found {
            self.add((kind, caller, entry.model, instead), entry, saving);
        }
    }

    fn add(&mut self, key: Key, entry: &Entry, saving: Money) {
        if self.sums.len() >= MAX_SUMS && !self.sums.contains_key(&key) {
            return;
        }
        let sum = self.sums.entry(key).or_default();
        if sum.calls == 0 {
            sum.example = entry.seq;
        }
        sum.calls += 1;
        sum.spent += entry.amount;
        sum.saving += saving;
    }

    /// Counts are those of one hour.
    fn enter_hour(&mut self, entry: &Entry) {
        let hour = RollupKey::of(entry).hour;
        if self.hour.is_none_or(|(known, _)| known != hour) {
            self.patterns.clear();
            self.bursts.clear();
            let clock = local(hour, self.zone, "%H").parse().unwrap_or(12_u32);
            self.hour = Some((hour, clock >= NIGHT.0 || clock < NIGHT.1));
        }
    }

    fn is_repeated(&mut self, (caller, model): (usize, Symbol), lines: &[EntryLine]) -> bool {
        let own = usage(lines);
        if own.total_input().saturating_add(own.get(Dimension::Output)) < LOOP_MIN_TOKENS {
            return false;
        }
        let key = (caller, model, lines.iter().map(|line| (line.dimension, line.quantity)).collect());
        if self.patterns.len() >= MAX_PATTERNS && !self.patterns.contains_key(&key) {
            return false;
        }
        let count = self.patterns.entry(key).or_default();
        *count += 1;
        *count > LOOP_CALLS
    }

    fn caller(&mut self, tag_set: TagSetId) -> usize {
        if let Some(known) = self.by_tags.get(&tag_set) {
            return *known;
        }
        let (dictionary, untagged) = (self.dictionary, TagSet::new());
        let tags = dictionary.tag_set(tag_set).unwrap_or(&untagged);
        let value = |key: &TagKey| tags.get(key).unwrap_or(UNALLOCATED).to_owned();
        let is_unhurried = tags.get(&TagKey::ENVIRONMENT).is_some_and(|own| UNHURRIED.contains(&own));
        let (team, agent) = (value(&TagKey::TEAM), value(&TagKey::AGENT));
        let next = self.callers.len();
        let place = *self.by_names.entry((team.clone(), agent.clone(), is_unhurried)).or_insert(next);
        if place == next {
            self.callers.push(Caller { team, agent, is_unhurried });
        }
        self.by_tags.insert(tag_set, place);
        place
    }

    /// Everything that was found, without what saves nothing.
    pub(super) fn found(mut self) -> Vec<Opportunity> {
        for (key, amount, seq) in std::mem::take(&mut self.expired).into_values() {
            let sum = self.sums.entry(key).or_default();
            sum.example = if sum.calls == 0 { seq } else { sum.example.min(seq) };
            sum.calls += 1;
            sum.spent += amount;
            sum.saving += amount;
        }
        let sums = self.sums.into_iter().filter(|(_, sum)| sum.saving > Money::ZERO);
        let named = |((kind, caller, model, instead), sum): (Key, Sum)| {
            let caller = self.callers.get(caller);
            let name = |of: fn(&Caller) -> &String| caller.map(of).cloned().unwrap_or_default();
            Opportunity {
                kind,
                team: name(|own| &own.team),
                agent: name(|own| &own.agent),
                model: self.dictionary.text(model).unwrap_or(UNALLOCATED).to_owned(),
                instead,
                calls: sum.calls,
                spent: sum.spent,
                saving: sum.saving.min(sum.spent),
                example: sum.example,
            }
        };
        sums.map(named).collect()
    }
}

type Found = (OpportunityKind, Option<String>, Money);

/// A call just past an edge of the prices, with so much less input that it stays below.
fn past_edge(call: &Call<'_>) -> Option<Found> {
    let edge = call.edge()?;
    let past = call.usage.total_input().checked_sub(edge)?;
    let uncached = call.usage.get(Dimension::InputUncached).checked_sub(past)?;
    let below = call.with_usage(&call.usage.with(Dimension::InputUncached, uncached))?;
    let saving = call.cost - below;
    let is_near = past <= edge / NEAR_EDGE;
    (is_near && saving > Money::ZERO).then(|| (OpportunityKind::LongContext, Some(edge.to_string()), saving))
}

fn batch(call: &Call<'_>) -> Option<Found> {
    let saving = call.cost - call.in_batch()?;
    (saving > Money::ZERO).then_some((OpportunityKind::Batch, None, saving))
}

fn smaller(call: &Call<'_>) -> Option<Found> {
    let is_short = call.usage.total_input() <= SHORT.0 && call.usage.get(Dimension::Output) <= SHORT.1;
    if !is_short {
        return None;
    }
    let (name, cost) = call.smaller()?;
    Some((OpportunityKind::SmallerModel, Some(name.to_owned()), call.cost - cost))
}

/// The part of a prompt that could have been read from a cache, less what writing it there costs once.
fn cached(call: &Call<'_>, previous: &Previous, at: Timestamp) -> Option<Found> {
    let gap = at.micros().saturating_sub(previous.at.micros());
    let input = call.usage.get(Dimension::InputUncached);
    let shared = input.min(previous.input) / SHARED;
    if !is_uncached(call) || shared < MIN_CACHED || !(0..=CACHE_MICROS).contains(&gap) {
        return None;
    }
    let usage = call.usage.with(Dimension::InputUncached, input - shared).with(Dimension::CacheRead, shared);
    let saving = call.cost - call.with_usage(&usage)? - previous.write.unwrap_or(Money::ZERO);
    Some((OpportunityKind::Cache, None, saving))
}

fn is_uncached(call: &Call<'_>) -> bool {
    let parts =
        [Dimension::CacheRead, Dimension::CacheWrite5m, Dimension::CacheWrite1h, Dimension::CacheWrite12h];
    parts.iter().all(|part| call.usage.get(*part) == 0)
}

/// What the next call of the agent is compared with.
fn following(call: &Call<'_>, at: Timestamp, found: Option<&Found>) -> Previous {
    let input = if is_uncached(call) { call.usage.get(Dimension::InputUncached) } else { 0 };
    let is_paid = found.is_some_and(|(kind, ..)| *kind == OpportunityKind::Cache);
    let shared = input / SHARED;
    let usage =
        call.usage.with(Dimension::InputUncached, input - shared).with(Dimension::CacheWrite5m, shared);
    // A provider that has no price for writing keeps a cache by itself.
    let write = call.with_usage(&usage).map(|cost| (cost - call.cost).at_least_zero());
    Previous { at, input, write: write.filter(|_| !is_paid && shared >= MIN_CACHED) }
}
