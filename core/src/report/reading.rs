//! What was booked, read by the policy's rules: with virtual tags, and in cells that allocation divides.
//!
//! Without a rule nothing is copied and nothing computed. Rules that begin or end inside of a period cut it there, to the
//! instant, so each call is read by the rules of its own time.

use super::allocation::{Allocation, AllocationCell, Used, VirtualTagUse, views};
use super::gather::{Booked, Plan};
use super::grouping::Grouping;
use super::rules::ReportRules;
use super::virtual_tags::{Evidence, told};
use crate::error::Result;
use crate::ledger::Rollup;
use crate::money::Money;
use crate::tags::{Dictionary, Selector, TagKey, TagSet, TagSetId};
use crate::time::Window;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

type Fast = foldhash::fast::FixedState;

/// What was booked, under the tags that rules give it.
pub(super) struct Reading<'d> {
    pub(super) booked: Booked,
    pub(super) dictionary: Cow<'d, Dictionary>,
    /// Which rule set which tag of which calls.
    evidence: BTreeMap<Evidence, Rollup>,
}

/// Tags by the stretch of time and the set that they were booked with.
type Renamed = HashMap<(u32, TagSetId), (TagSetId, Vec<Evidence>), Fast>;

impl<'d> Reading<'d> {
    /// Reads what was booked by the rules for virtual tags.
    pub(super) fn new(
        booked: Booked,
        dictionary: &'d Dictionary,
        rules: &ReportRules,
        filter: &Selector,
    ) -> Result<Self> {
        let mut reading = Self { booked, dictionary: Cow::Borrowed(dictionary), evidence: BTreeMap::new() };
        if !rules.virtual_tags.is_empty() {
            reading.rename(rules, filter)?;
        }
        Ok(reading)
    }

    fn rename(&mut self, rules: &ReportRules, filter: &Selector) -> Result<()> {
        let mut renamed = Renamed::default();
        let sums = self.booked.sums.keys().map(|key| (key.0, key.1));
        let mut sets: Vec<_> = sums.chain(self.booked.daily.sets()).collect();
        // New sets get their numbers in the same order every time.
        sets.sort_unstable();
        sets.dedup();
        for (stretch, id) in sets {
            let tags = self.dictionary.tag_set(id).cloned().unwrap_or_default();
            let at = self.booked.stretch(stretch).start();
            let (own, evidence) = rules.virtual_tags.applied(&tags, at)?;
            if own == tags {
                continue;
            }
            let (new, _) = self.dictionary.to_mut().tag_set_id(&own)?;
            let evidence = if filter.matches(&own) { evidence } else { Vec::new() };
            renamed.insert((stretch, id), (new, evidence));
        }
        let new = |stretch, id| renamed.get(&(stretch, id)).map_or(id, |(new, _)| *new);
        self.booked.daily.rename(new);
        for (mut key, sums) in std::mem::take(&mut self.booked.sums) {
            if let Some((new, evidence)) = renamed.get(&(key.0, key.1)) {
                for place in evidence {
                    self.evidence.entry(*place).or_default().merge(&sums.current);
                }
                key.1 = *new;
            }
            super::cube::add(self.booked.sums.entry(key).or_default(), &sums);
        }
        Ok(())
    }

    /// What the rules make of it; nothing without rules.
    pub(super) fn allocation(&self, plan: &Plan, rules: &ReportRules) -> Result<Option<Allocation>> {
        if rules.virtual_tags.is_empty() && rules.allocation.is_empty() {
            return Ok(None);
        }
        let version = rules.version();
        let filter = &plan.request.filter;
        let mut views = if rules.allocation.is_empty() {
            Vec::new()
        } else {
            views(&self.cells(plan)?, &rules.allocation, &version)
        };
        // A filter hides calls, and what is charged is worked out over all of them: what is left are the values that the
        // filter names.
        if !filter.is_everything() {
            views.retain(|view| filter.keys().iter().all(|key| Grouping::Tag(key.clone()) == view.by));
            for view in &mut views {
                let Grouping::Tag(key) = &view.by else { continue };
                view.rows.retain(|row| is_covered(filter, key, &row.value));
            }
        }
        Ok(Some(Allocation { version, virtual_tags: self.virtual_tags(rules), views }))
    }

    fn virtual_tags(&self, rules: &ReportRules) -> Vec<VirtualTagUse> {
        let used = self.evidence.iter().filter(|(_, sums)| sums.seqs.1 > 0);
        let told = used.filter_map(|((place, index), sums)| {
            let rule = rules.virtual_tags.rules().get(*place)?;
            let (key, value) = rule.set.get(*index)?;
            Some(VirtualTagUse {
                rule: rule.name.clone(),
                by: Grouping::Tag(key.clone()),
                value: value.clone(),
                calls: sums.calls,
                cost: sums.amount(),
            })
        });
        told.collect()
    }

    /// What was booked in the period, by tags and stretch, in one order.
    pub(super) fn cells(&self, plan: &Plan) -> Result<Vec<AllocationCell>> {
        let mut cells: BTreeMap<(u32, TagSetId), Used> = BTreeMap::new();
        for (key, sums) in &self.booked.sums {
            if sums.current.seqs.1 > 0 {
                cells.entry((key.0, key.1)).or_default().add(&sums.current);
            }
        }
        let cell = |((stretch, id), used)| {
            let tags = self.dictionary.tag_set(id).map_or_else(|| Ok(TagSet::new()), told)?;
            let stretch = within(self.booked.stretch(stretch), plan.period())?;
            Ok(AllocationCell { tags, stretch, used })
        };
        let mut cells = cells.into_iter().map(cell).collect::<Result<Vec<_>>>()?;
        // Numbers of tag sets are those of one ledger; the order of what is told is that of names.
        cells.sort_by(|one, other| (one.stretch, &one.tags).cmp(&(other.stretch, &other.tags)));
        Ok(cells)
    }

    /// What is charged to each value of a tag, or its own cost where no rule allocates to it.
    pub(super) fn charged(&self, key: &TagKey, allocation: Option<&Allocation>) -> BTreeMap<String, Money> {
        let by = Grouping::Tag(key.clone());
        let view = allocation.and_then(|allocation| allocation.views.iter().find(|view| view.by == by));
        if let Some(view) = view {
            return view.rows.iter().map(|row| (row.value.clone(), row.charged)).collect();
        }
        let mut charged: BTreeMap<String, Money> = BTreeMap::new();
        for (own, sums) in &self.booked.sums {
            let tags = self.dictionary.tag_set(own.1);
            let value = tags.and_then(|tags| tags.get(key)).unwrap_or(crate::tags::UNALLOCATED);
            *charged.entry(value.to_owned()).or_default() += sums.current.amount();
        }
        charged
    }
}

/// Whether a filter that looks at one tag alone covers a value of it.
fn is_covered(filter: &Selector, key: &TagKey, value: &str) -> bool {
    TagSet::from_pairs([(key, value)]).and_then(|tags| told(&tags)).is_ok_and(|tags| filter.matches(&tags))
}

/// The part of a stretch that lies in the period; a stretch of what was booked there always does.
fn within(stretch: Window, period: Window) -> Result<Window> {
    Window::new(stretch.start().max(period.start()), stretch.end().min(period.end()))
}
