//! One pass over the ledger for bills: sums by stretch of time, tags and model, and corrections where they belong.
//!
//! A correction is billed with the call that it corrects, however late it comes and in whichever period it is booked: so
//! a bill worked out anew differs from the one that was sent by what a credit note says, and no later bill has it. Only
//! sums with cost without usage are looked through for corrections, entry by entry.

use super::months::{months_before, months_of};
use crate::error::{Error, ErrorCode, Result};
use crate::ledger::{Bookkeeper, EntryKind, Rollup, RollupKey, Store, cuts_hour};
use crate::money::Money;
use crate::report::rules::ReportRules;
use crate::tags::{Symbol, TagSetId};
use crate::time::{Timestamp, Window};
use std::{
    collections::{BTreeMap, HashMap},
    ops::ControlFlow,
    time::Duration,
};

/// The most corrections that are looked up for one bill.
const MAX_CORRECTIONS: usize = 1 << 17;

/// What is billed: months of a time zone, and those before.
#[derive(Clone, Debug)]
pub(crate) struct BillingPlan {
    /// The months that are billed, in order.
    pub(super) months: Vec<Window>,
    /// Those before, newest first.
    pub(super) earlier: Vec<Window>,
    pub(super) period: Window,
    pub(super) zone: String,
    pub(super) now: Timestamp,
    /// Where months and rules begin and end, in order: between two of them nothing changes.
    edges: Vec<Timestamp>,
    reach: Window,
}

impl BillingPlan {
    pub(crate) fn new(
        (period, zone): (Window, &str),
        earlier: usize,
        rules: &ReportRules,
        now: Timestamp,
    ) -> Result<Self> {
        let months = months_of(period, zone)?;
        let earlier = months.first().map_or(Ok(Vec::new()), |first| months_before(*first, zone, earlier))?;
        let all = months.iter().chain(&earlier).flat_map(|month| [month.start(), month.end()]);
        let mut edges: Vec<Timestamp> = all.collect();
        let span = edges.iter().min().copied().zip(edges.iter().max().copied());
        let (start, end) = span.unwrap_or((period.start(), period.end()));
        edges.extend(rules.edges(Window::new(start, end)?));
        edges.extend(rules.clients.edges(Window::new(start, end)?));
        edges.sort_unstable();
        edges.dedup();
        // Corrections come after what they correct.
        let reach = Window::new(start, end.max(now.plus(Duration::from_micros(1))))?;
        Ok(Self { months, earlier, period, zone: zone.to_owned(), now, edges, reach })
    }

    /// The stretch that an instant lies in, of those that are billed or compared.
    fn stretch_at(&self, at: Timestamp) -> Option<usize> {
        let after = self.edges.partition_point(|edge| *edge <= at);
        after.checked_sub(1).filter(|_| after < self.edges.len())
    }

    /// The stretches of a window whose ends are edges.
    pub(super) fn stretch(&self, number: usize) -> Option<Window> {
        let (start, end) = (self.edges.get(number)?, self.edges.get(number + 1)?);
        Window::new(*start, *end).ok()
    }
}

/// Stretch, tags and model.
pub(super) type BilledKey = (usize, TagSetId, Symbol);

/// What the ledger has of the months.
#[derive(Debug)]
pub(crate) struct Billed {
    pub(super) plan: BillingPlan,
    pub(super) sums: HashMap<BilledKey, Rollup, foldhash::fast::FixedState>,
    /// Corrections that were booked at another time than they are billed.
    pub(super) moved: BTreeMap<BilledKey, Money>,
    /// Entries among which there may be corrections, by their first and last numbers.
    suspects: Vec<(u64, u64)>,
}

impl Billed {
    pub(crate) fn new(plan: BillingPlan) -> Self {
        Self { plan, sums: HashMap::default(), moved: BTreeMap::new(), suspects: Vec::new() }
    }

    /// Bills a correction with what it corrects.
    fn settle(&mut self, correction: &Correction) {
        let Correction { booked_at, belongs_to, tag_set, model, amount } = *correction;
        let (from, to) = (self.plan.stretch_at(booked_at), self.plan.stretch_at(belongs_to));
        if from == to {
            return;
        }
        if let Some(stretch) = from {
            self.sums.entry((stretch, tag_set, model)).or_default().unmeasured -= amount;
        }
        if let Some(stretch) = to {
            let key = (stretch, tag_set, model);
            self.sums.entry(key).or_default().unmeasured += amount;
            *self.moved.entry(key).or_default() += amount;
        }
    }
}

impl Bookkeeper for Billed {
    fn reach(&self) -> Window {
        self.plan.reach
    }

    fn cuts(&mut self, key: &RollupKey) -> bool {
        let near = self.plan.edges.partition_point(|edge| *edge <= key.hour);
        self.plan.edges.get(near).is_some_and(|edge| cuts_hour(*edge, key))
    }

    fn book(&mut self, at: Timestamp, key: &RollupKey, sums: &Rollup) {
        if sums.unmeasured != Money::ZERO {
            self.suspects.push(sums.seqs);
        }
        if let Some(stretch) = self.plan.stretch_at(at) {
            self.sums.entry((stretch, key.tag_set, key.model)).or_default().merge_by_dimension(sums);
        }
    }
}

/// A correction, where it was booked and where it belongs.
struct Correction {
    booked_at: Timestamp,
    belongs_to: Timestamp,
    tag_set: TagSetId,
    model: Symbol,
    amount: Money,
}

/// Bills corrections with the calls that they correct, once everything was gathered.
///
/// # Errors
/// `limit_reached`, `ledger_*`.
pub(crate) fn settle_corrections(store: &mut dyn Store, all: &mut [&mut Billed]) -> Result<()> {
    let mut suspects: Vec<(u64, u64)> =
        all.iter().flat_map(|billed| billed.suspects.iter().copied()).collect();
    suspects.sort_unstable();
    let mut found = Vec::new();
    let mut next = 0;
    for (first, last) in suspects {
        next = next.max(first);
        if next > last {
            continue;
        }
        store.entries(next, &mut |entry, _| {
            if entry.seq > last || found.len() > MAX_CORRECTIONS {
                return ControlFlow::Break(());
            }
            if entry.kind == EntryKind::Adjust && entry.corrects.is_some() {
                found.push(entry.clone());
            }
            ControlFlow::Continue(())
        })?;
        next = last + 1;
    }
    if found.len() > MAX_CORRECTIONS {
        let message = format!("more than {MAX_CORRECTIONS} corrections are to be billed");
        return Err(Error::new(ErrorCode::LimitReached, message).with_help("bill fewer months at once"));
    }
    for entry in found {
        let belongs_to = origin(store, entry.corrects)?.unwrap_or(entry.effective_at);
        let correction = Correction {
            booked_at: entry.effective_at,
            belongs_to,
            tag_set: entry.tag_set,
            model: entry.model,
            amount: entry.amount,
        };
        for billed in all.iter_mut() {
            billed.settle(&correction);
        }
    }
    Ok(())
}

/// When the call counts that a correction is about, perhaps through other corrections; nothing where the store no longer
/// has it.
fn origin(store: &mut dyn Store, corrects: Option<u64>) -> Result<Option<Timestamp>> {
    let (mut wanted, mut found) = (corrects, None);
    while let Some(seq) = wanted.take() {
        store.entries(seq, &mut |entry, _| {
            if entry.seq == seq {
                found = Some(entry.effective_at);
                // An entry corrects an earlier one, so this ends.
                wanted = entry.corrects.filter(|earlier| *earlier < seq);
            }
            ControlFlow::Break(())
        })?;
    }
    Ok(found)
}
