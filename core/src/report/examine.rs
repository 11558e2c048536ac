//! One pass over the entries of the period, for what sums can't tell: opportunities and evidence. Only on request, since it
//! reads every entry where the rest of a statement reads sums.

use super::closing::reconciled;
use super::evidence::{Collector, Evidence};
use super::gather::{Booked, Plan};
use super::opportunities::{Finder, Opportunities};
use crate::error::Result;
use crate::ledger::Store;
use crate::pricing::PriceBook;
use crate::tags::{Dictionary, TagSet, TagSetId};
use std::{collections::HashMap, ops::ControlFlow};

/// What the entries told.
#[derive(Debug, Default)]
pub(crate) struct Examined {
    pub(super) opportunities: Option<Opportunities>,
    pub(super) evidence: Option<Evidence>,
}

/// What the entries are read by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Names<'a> {
    /// Names of tags, models and versions.
    pub(crate) dictionary: &'a Dictionary,
    /// The prices that calls are compared by; nothing where there are none, and then there are no opportunities.
    pub(crate) prices: Option<&'a PriceBook>,
    /// The SHA-256 of the policy's text.
    pub(crate) policy: Option<&'a str>,
}

impl Plan {
    /// Whether entries have to be read.
    pub(crate) fn reads_entries(&self) -> bool {
        self.request.opportunities || self.request.evidence
    }

    /// The prices that the request gives for opportunities.
    pub(crate) fn prices(&self) -> Option<&PriceBook> {
        self.request.prices.as_ref()
    }

    /// Reads the entries that were booked in the period, where anything is asked for that they tell.
    pub(crate) fn examine(
        &self,
        store: &mut dyn Store,
        booked: &Booked,
        names: &Names<'_>,
    ) -> Result<Examined> {
        if !self.reads_entries() {
            return Ok(Examined::default());
        }
        let (first, last) = booked.seqs();
        let prices = names.prices.filter(|_| self.request.opportunities);
        let mut finder = prices.map(|book| Finder::new(book, names.dictionary, &self.request.zone));
        let mut collector = self.request.evidence.then(|| Collector::new(names.dictionary));
        let mut covered: HashMap<TagSetId, bool, foldhash::fast::FixedState> = HashMap::default();
        let untagged = TagSet::new();
        let (period, filter) = (self.period(), &self.request.filter);
        store.booked_entries(first, &mut |entry, lines| {
            if entry.seq > last {
                return ControlFlow::Break(());
            }
            let mut is_covered = || {
                let tags = || names.dictionary.tag_set(entry.tag_set).unwrap_or(&untagged);
                *covered.entry(entry.tag_set).or_insert_with(|| filter.matches(tags()))
            };
            if period.contains(entry.effective_at) && is_covered() {
                if let Some(finder) = &mut finder {
                    finder.see(entry, lines);
                }
                if let Some(collector) = &mut collector {
                    collector.see(entry, lines);
                }
            }
            ControlFlow::Continue(())
        })?;
        let is_complete = store.span().0 <= first;
        let policy = names.policy.map(str::to_owned);
        let mut evidence = collector.map(|collector| collector.evidence(is_complete, policy));
        if let Some(evidence) = &mut evidence
            && filter.is_everything()
        {
            evidence.reconciliations = reconciled(&store.documents()?, period, &self.request.zone)?;
        }
        let opportunities = finder.map(|finder| Opportunities::of(finder, self.request.drivers));
        Ok(Examined { opportunities, evidence })
    }
}
