//! The ledger's side: what was booked, by day, model, kind of usage and terms, and who spent it.
//!
//! Days are UTC days, whatever zone a report is in. True-ups that were posted count where the bill's line was that they
//! brought the ledger to, so that a second reconciliation finds nothing left. Nothing here looks at a bill.

use super::cause::DriftCause;
use super::key::MatchKey;
use super::line::{ChargeKind, STANDARD, day_of, term};
use super::names::Names;
use super::note::TrueUpNote;
use crate::error::Result;
use crate::ledger::{Entry, EntryKind, EntryLine, Rollups, Store};
use crate::money::Money;
use crate::tags::{Dictionary, Symbol, TagKey, TagSetId, UNALLOCATED};
use crate::time::{Timestamp, Window};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, HashMap},
    ops::ControlFlow,
};

/// Where an amount of the ledger comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum MeterOrigin {
    /// Usage that was read from an answer, priced.
    Measured,
    /// A hold of which nobody said what its call cost.
    Expired,
    /// A cost that was told from elsewhere, without usage.
    Told,
    /// A correction.
    Adjusted,
}

/// Who spent at a key: the tag set by its latest entry there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeterShare {
    /// Whose tags.
    #[serde(skip, default = "elsewhere")]
    pub(super) tag_set: TagSetId,
    /// The team; `unallocated` without one.
    pub team: String,
    /// The latest entry of these tags at the key, which a correction names.
    pub entry: u64,
    /// What was spent.
    pub amount: Money,
}

/// The tag set of a share that was read from a document, which has no ids of this ledger: its entry tells it.
const fn elsewhere() -> TagSetId {
    TagSetId::from_index(u32::MAX)
}

/// The cause of a true-up; nothing for what a person accepted without one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TrueUpOf(pub(super) Option<DriftCause>);

/// What the ledger has under one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MeterLine {
    /// The key.
    pub(super) key: MatchKey,
    /// Where the amount comes from.
    pub(super) origin: MeterOrigin,
    /// Units.
    pub(super) quantity: u64,
    /// What was booked.
    pub(super) amount: Money,
    /// Calls; a call with several kinds of usage counts in each.
    pub(super) calls: u64,
    /// Who spent it, by tag set.
    pub(super) shares: Vec<MeterShare>,
    /// Of a true-up: that it is one, and why.
    pub(super) true_up: Option<TrueUpOf>,
}

/// What the ledger knows of a model's calls of a day beside their usage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct MeterFacts {
    /// Calls that were booked.
    pub(super) calls: u64,
    /// Calls that were booked with their hold.
    pub(super) expired: u64,
    /// Holds that were given back because nothing was generated.
    pub(super) released: u64,
    /// Calls whose outcome nobody knew when they ended.
    pub(super) unresolved: u64,
    /// Calls that cost more than their hold.
    pub(super) overruns: u64,
}

/// The ledger's side of a reconciliation.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    pub(super) lines: Vec<MeterLine>,
    /// By day and model.
    pub(super) facts: BTreeMap<(Timestamp, String), MeterFacts>,
    /// The first and the last entry that was read and counts.
    pub(super) entries: Option<(u64, u64)>,
}

/// What of a ledger is read.
#[derive(Debug)]
pub(crate) struct MeterRequest<'a> {
    pub(super) period: Window,
    pub(super) provider: &'a str,
    pub(super) credential: Option<&'a TagKey>,
}

type LineKey = (MatchKey, MeterOrigin, Option<TrueUpOf>);

#[derive(Default)]
struct Sums {
    quantity: u64,
    amount: Money,
    calls: u64,
    shares: BTreeMap<TagSetId, (Money, u64)>,
}

impl Sums {
    fn add(&mut self, (tag_set, seq): (TagSetId, u64), quantity: u64, amount: Money) {
        self.quantity = self.quantity.saturating_add(quantity);
        self.amount += amount;
        let share = self.shares.entry(tag_set).or_default();
        share.0 += amount;
        share.1 = share.1.max(seq);
    }
}

impl Meter {
    /// Reads the ledger once, entry by entry; what a ledger in memory has only sums of is read from those.
    pub(super) fn read(
        store: &mut dyn Store,
        dictionary: &Dictionary,
        request: &MeterRequest<'_>,
        names: &mut Names<'_>,
    ) -> Result<Self> {
        let mut reading = Reading {
            dictionary,
            request,
            names,
            models: HashMap::new(),
            sums: BTreeMap::new(),
            meter: Self::default(),
        };
        let mut seen = Rollups::default();
        store.entries(1, &mut |entry, lines| {
            if request.period.contains(entry.effective_at) {
                seen.add(entry, lines);
            }
            reading.entry(entry, lines);
            ControlFlow::Continue(())
        })?;
        reading.forgotten(store, &seen)?;
        Ok(reading.finish())
    }
}

impl Meter {
    /// The same with the whole period as one day.
    pub(super) fn by_period(mut self, start: Timestamp) -> Self {
        let mut facts: BTreeMap<(Timestamp, String), MeterFacts> = BTreeMap::new();
        for ((_, model), own) in self.facts {
            let sum = facts.entry((start, model)).or_default();
            sum.calls += own.calls;
            sum.expired += own.expired;
            sum.released += own.released;
            sum.unresolved += own.unresolved;
            sum.overruns += own.overruns;
        }
        self.lines.iter_mut().for_each(|line| line.key.day = start);
        Self { facts, ..self }
    }
}

struct Reading<'a, 'b> {
    dictionary: &'a Dictionary,
    request: &'a MeterRequest<'a>,
    names: &'a mut Names<'b>,
    models: HashMap<Symbol, Option<String>>,
    sums: BTreeMap<LineKey, Sums>,
    meter: Meter,
}

impl Reading<'_, '_> {
    /// The model's name, where it is one of the provider's.
    fn model(&mut self, symbol: Symbol, at: Timestamp) -> Option<String> {
        let Self { dictionary, request, names, models, .. } = self;
        let found = models.entry(symbol).or_insert_with(|| {
            let (provider, model) = dictionary.text(symbol)?.split_once('/')?;
            (provider == request.provider).then(|| names.metered(model, at))
        });
        found.clone()
    }

    fn entry(&mut self, entry: &Entry, lines: &[EntryLine]) {
        if entry.kind == EntryKind::Adjust
            && let Some(note) = entry.note.as_deref().and_then(TrueUpNote::read)
        {
            self.true_up(entry, note);
            return;
        }
        if !self.request.period.contains(entry.effective_at) {
            return;
        }
        let Some(model) = self.model(entry.model, entry.effective_at) else { return };
        let day = day_of(entry.effective_at);
        let facts = self.meter.facts.entry((day, model.clone())).or_default();
        facts.released += u64::from(entry.kind == EntryKind::Release);
        facts.unresolved += u64::from(entry.kind == EntryKind::Unresolved);
        if !entry.kind.is_booked() {
            return;
        }
        let is_call = entry.kind != EntryKind::Adjust && !entry.is_late;
        facts.calls += u64::from(is_call);
        facts.overruns += u64::from(entry.is_overrun);
        // A call that was settled after its hold had expired is measured after all.
        match entry.kind {
            EntryKind::Expire => facts.expired += 1,
            EntryKind::Settle if entry.is_late => facts.expired = facts.expired.saturating_sub(1),
            _ => {}
        }
        self.meter.entries =
            Some(self.meter.entries.map_or((entry.seq, entry.seq), |(first, _)| (first, entry.seq)));
        let key = self.key(entry, lines, model);
        self.lines(entry, lines, key, u64::from(is_call));
    }

    fn key(&self, entry: &Entry, lines: &[EntryLine], model: String) -> MatchKey {
        let tags = self.dictionary.tag_set(entry.tag_set);
        let credential = self.request.credential.and_then(|key| tags?.get(key)).map(str::to_owned);
        let key = MatchKey {
            model: Some(model),
            credential,
            ..MatchKey::of_day(day_of(entry.effective_at), ChargeKind::Usage)
        };
        with_terms(key, terms_of(entry.terms, lines, self.dictionary))
    }

    fn lines(&mut self, entry: &Entry, lines: &[EntryLine], key: MatchKey, calls: u64) {
        let whose = (entry.tag_set, entry.seq);
        let mut measured = Money::ZERO;
        for line in lines {
            measured += line.amount;
            let key = MatchKey { dimension: Some(line.dimension), ..key.clone() };
            let sums = self.sums.entry((key, MeterOrigin::Measured, None)).or_default();
            sums.add(whose, line.quantity, line.amount);
            sums.calls += calls;
        }
        let rest = entry.amount - measured;
        if rest != Money::ZERO {
            let origin = match entry.kind {
                EntryKind::Expire => MeterOrigin::Expired,
                // A late settlement takes the expired hold back and books its usage.
                EntryKind::Settle if entry.is_late && rest.is_negative() => MeterOrigin::Expired,
                EntryKind::Adjust => MeterOrigin::Adjusted,
                _ => MeterOrigin::Told,
            };
            self.sums.entry((key, origin, None)).or_default().add(whose, 0, rest);
        }
    }

    /// A true-up counts under the key of the line that it corrects, whenever it was posted.
    fn true_up(&mut self, entry: &Entry, note: TrueUpNote) {
        if note.provider != self.request.provider || !self.request.period.contains(note.key.day) {
            return;
        }
        self.meter.entries =
            Some(self.meter.entries.map_or((entry.seq, entry.seq), |(first, _)| (first, entry.seq)));
        let key = (note.key, MeterOrigin::Adjusted, Some(TrueUpOf(note.cause)));
        self.sums.entry(key).or_default().add((entry.tag_set, entry.seq), 0, entry.amount);
    }

    /// What the store has sums of and no entries.
    fn forgotten(&mut self, store: &mut dyn Store, seen: &Rollups) -> Result<()> {
        if store.span().0 <= 1 {
            return Ok(());
        }
        let mut left = Rollups::default();
        store.rollups(self.request.period, &mut |key, sums| left.merge(*key, sums))?;
        for (key, sums) in left.iter() {
            let mut rest = sums.clone();
            if let Some(known) = seen.get(key) {
                rest.subtract(known);
            }
            if rest.is_nothing() {
                continue;
            }
            let Some(model) = self.model(key.model, key.hour) else { continue };
            let day = day_of(key.hour);
            let facts = self.meter.facts.entry((day, model.clone())).or_default();
            facts.calls += rest.calls;
            facts.expired += rest.expired;
            let base = MatchKey { model: Some(model), ..MatchKey::of_day(day, ChargeKind::Usage) };
            let base = with_terms(base, terms_of(key.terms, &rest.lines, self.dictionary));
            let whose = (key.tag_set, rest.seqs.1);
            for line in &rest.lines {
                let key = MatchKey { dimension: Some(line.dimension), ..base.clone() };
                self.sums.entry((key, MeterOrigin::Measured, None)).or_default().add(
                    whose,
                    line.quantity,
                    line.amount,
                );
            }
            if rest.unmeasured != Money::ZERO {
                let origin = if rest.expired > 0 { MeterOrigin::Expired } else { MeterOrigin::Told };
                self.sums.entry((base, origin, None)).or_default().add(whose, 0, rest.unmeasured);
            }
        }
        Ok(())
    }

    fn finish(self) -> Meter {
        let team = |tag_set: TagSetId| {
            let tags = self.dictionary.tag_set(tag_set);
            tags.and_then(|tags| tags.get(&TagKey::TEAM)).unwrap_or(UNALLOCATED).to_owned()
        };
        let line = |((key, origin, true_up), sums): (LineKey, Sums)| {
            let shares = sums.shares.iter().map(|(tag_set, (amount, entry))| MeterShare {
                tag_set: *tag_set,
                team: team(*tag_set),
                entry: *entry,
                amount: *amount,
            });
            let shares = shares.collect();
            MeterLine {
                key,
                origin,
                quantity: sums.quantity,
                amount: sums.amount,
                calls: sums.calls,
                shares,
                true_up,
            }
        };
        let has_something = |sums: &Sums| sums.quantity > 0 || sums.amount != Money::ZERO;
        let lines = self.sums.into_iter().filter(|(_, sums)| has_something(sums)).map(line).collect();
        Meter { lines, ..self.meter }
    }
}

/// The canonical text of terms; nothing where the ledger doesn't tell. It tells of nothing but the standard ones where a
/// line has a price of its own: older ledgers and costs that were stated have neither.
fn terms_of<'d>(terms: Option<Symbol>, lines: &[EntryLine], dictionary: &'d Dictionary) -> Option<&'d str> {
    match terms {
        Some(terms) => dictionary.text(terms),
        None => lines.iter().any(|line| line.rate.is_some()).then_some(""),
    }
}

/// The key with the terms of an entry, as `service_tier=priority,processing=batch,context=>200000`.
fn with_terms(mut key: MatchKey, terms: Option<&str>) -> MatchKey {
    let Some(terms) = terms else { return key };
    let (mut tiers, mut context, mut geo) = (Vec::new(), None, None);
    for (name, value) in terms.split(',').filter_map(|pair| pair.split_once('=')) {
        match name {
            "processing" | "service_tier" | "speed" => tiers.push(term(value)),
            "context" => context = Some(term(value)),
            "region" | "data_residency" => geo = Some(term(value)),
            _ => {}
        }
    }
    tiers.sort();
    let or_standard = |text: Option<String>| Some(text.unwrap_or_else(|| STANDARD.to_owned()));
    key.tier = or_standard(Some(tiers.join("+")).filter(|tiers| !tiers.is_empty()));
    key.context = or_standard(context);
    key.geo = or_standard(geo);
    key
}

#[cfg(test)]
mod tests {
    use super::{ChargeKind, MatchKey, Timestamp, with_terms};

    #[test]
    fn terms_of_an_entry_are_those_of_a_key() {
        let key = || MatchKey::of_day(Timestamp::from_seconds(0), ChargeKind::Usage);
        let told = with_terms(key(), Some("service_tier=priority,processing=batch,context=>200000"));
        assert_eq!(told.tier.as_deref(), Some("batch+priority"));
        assert_eq!(told.context.as_deref(), Some(">200000"));
        assert_eq!(told.geo.as_deref(), Some("standard"));
        assert_eq!(with_terms(key(), None), key());
    }
}
