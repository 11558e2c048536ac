//! The totals that counters show, grown by what is new at each collection.

use super::gauges::{Standing, standings};
use super::labels::{DECISION, DIMENSION, Labels, TOKEN_TYPE};
use super::options::MetricsOptions;
use super::series::Series;
use super::source::Source;
use crate::budget::Decisions;
use crate::error::Result;
use crate::ledger::{Rollup, Rollups};
use crate::money::Money;
use crate::pricing::Dimension;
use crate::tags::{Symbol, TagSetId};
use opentelemetry::KeyValue;
use std::{cmp::Reverse, collections::HashMap};

/// Everything that instruments show.
#[derive(Debug)]
pub(super) struct Totals {
    options: MetricsOptions,
    pub(super) cost: Series<Money>,
    pub(super) credited: Series<Money>,
    pub(super) calls: Series<u64>,
    pub(super) tokens: Series<u64>,
    pub(super) usage: Series<u64>,
    pub(super) decisions: Series<u64>,
    pub(super) budgets: HashMap<Labels, Standing>,
    /// Decisions that are counted already.
    decided: HashMap<TagSetId, Decisions, foldhash::fast::RandomState>,
}

impl Totals {
    pub(super) fn new(options: MetricsOptions) -> Self {
        let max = options.max_series;
        Self {
            options,
            cost: Series::new(max),
            credited: Series::new(max),
            calls: Series::new(max),
            tokens: Series::new(max),
            usage: Series::new(max),
            decisions: Series::new(max),
            budgets: HashMap::new(),
            decided: HashMap::default(),
        }
    }

    /// Takes in what is new.
    ///
    /// # Errors
    /// Those of reading the ledger; the totals then hold what could be read.
    pub(super) fn refresh(&mut self, source: &dyn Source) -> Result<()> {
        // Budgets first: asking for them expires holds, whose entries are then among those that are read.
        self.budgets = standings(source.budgets(), self.options.max_series);
        self.take_decisions(source);
        let mut booked = Rollups::default();
        let outcome = source.booked(&mut booked);
        self.take_booked(source, &booked);
        outcome
    }

    fn take_booked(&mut self, source: &dyn Source, booked: &Rollups) {
        let mut by_id: HashMap<(TagSetId, Option<Symbol>), Rollup> = HashMap::new();
        for (key, sums) in booked.iter() {
            by_id.entry((key.tag_set, Some(key.model))).or_default().merge_by_dimension(sums);
        }
        let mut groups = self.grouped(source, by_id, |sum, part| sum.merge_by_dimension(&part));
        groups.sort_by_cached_key(|(labels, sums)| (Reverse(sums.amount()), labels.sort_key()));
        for (labels, sums) in groups {
            self.add_usage(&labels, &sums);
            self.calls.add(labels.clone(), sums.calls);
            let net = sums.amount();
            if net.is_negative() {
                self.credited.add(labels, Money::ZERO.saturating_sub(net));
            } else {
                self.cost.add(labels, net);
            }
        }
    }

    fn add_usage(&mut self, labels: &Labels, sums: &Rollup) {
        for line in sums.lines.iter().filter(|line| line.quantity > 0) {
            let dimension = KeyValue::new(DIMENSION, line.dimension.as_str());
            match token_type(line.dimension) {
                Some(kind) => {
                    let labels = labels.with([dimension, KeyValue::new(TOKEN_TYPE, kind)]);
                    self.tokens.add(labels, line.quantity);
                }
                None => self.usage.add(labels.with([dimension]), line.quantity),
            }
        }
    }

    fn take_decisions(&mut self, source: &dyn Source) {
        let mut by_id = HashMap::new();
        for (tag_set, now) in source.decisions() {
            let before = self.decided.insert(tag_set, now).unwrap_or_default();
            if now != before {
                by_id.insert((tag_set, None), counts(now, before));
            }
        }
        let add = |sum: &mut [u64; 4], part: [u64; 4]| {
            sum.iter_mut().zip(part).for_each(|(sum, part)| *sum = sum.saturating_add(part));
        };
        let mut groups = self.grouped(source, by_id, add);
        groups
            .sort_by_cached_key(|(labels, counts)| (Reverse(counts.iter().sum::<u64>()), labels.sort_key()));
        for (labels, counts) in groups {
            for (decision, count) in DECISIONS.into_iter().zip(counts).filter(|(_, count)| *count > 0) {
                self.decisions.add(labels.with([KeyValue::new(DECISION, decision)]), count);
            }
        }
    }

    /// What is kept by ids, summed by the attributes that they stand for.
    fn grouped<T: Default>(
        &self,
        source: &dyn Source,
        by_id: HashMap<(TagSetId, Option<Symbol>), T>,
        add: impl Fn(&mut T, T),
    ) -> Vec<(Labels, T)> {
        let (ids, parts): (Vec<_>, Vec<_>) = by_id.into_iter().unzip();
        let mut groups: HashMap<Labels, T> = HashMap::new();
        for ((tags, model), part) in source.names(&ids).into_iter().zip(parts) {
            let labels = Labels::of(&self.options.attributes, &tags, model.as_deref());
            add(groups.entry(labels).or_default(), part);
        }
        groups.into_iter().collect()
    }
}

const DECISIONS: [&str; 4] = ["admitted", "exceeded", "throttled", "suspended"];

/// How often each of [`DECISIONS`] was taken since; counters that fell began anew.
fn counts(now: Decisions, before: Decisions) -> [u64; 4] {
    let pairs = [
        (now.admitted, before.admitted),
        (now.exceeded, before.exceeded),
        (now.throttled, before.throttled),
        (now.suspended, before.suspended),
    ];
    pairs.map(|(now, before)| now.checked_sub(before).unwrap_or(now))
}

/// Whether a dimension is tokens, and of which `gen_ai.token.type`; nothing for what isn't counted in tokens.
fn token_type(dimension: Dimension) -> Option<&'static str> {
    match dimension.as_str() {
        "output" | "reasoning" | "audio_output" | "image_output" | "video_output" => Some("output"),
        "input_uncached" | "cache_read" | "cache_write_5m" | "cache_write_1h" | "citation"
        | "audio_input" | "audio_cache_read" | "audio_cache_write" | "image_input" | "image_cache_read"
        | "video_input" | "video_cache_read" => Some("input"),
        _ => None,
    }
}
