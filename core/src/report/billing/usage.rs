//! What each client used, by the tags that rules give.

use super::gather::Billed;
use crate::error::Result;
use crate::ledger::Rollup;
use crate::money::Money;
use crate::report::rules::ReportRules;
use crate::tags::{Dictionary, TagKey, UNALLOCATED};
use std::collections::BTreeMap;

/// Usage of one client, stretch by stretch.
pub(super) type ClientUsage = BTreeMap<UsageKey, Used>;

/// What usage is told by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct UsageKey {
    /// The number of the plan's stretch.
    pub(super) stretch: usize,
    pub(super) project: String,
    pub(super) agent: String,
    pub(super) model: String,
}

/// What was used.
#[derive(Clone, Debug, Default)]
pub(super) struct Used {
    pub(super) sums: Rollup,
    /// The part that was booked at another time, as a correction.
    pub(super) moved: Money,
}

/// The usage of every client; of calls for nobody under `unallocated`.
pub(super) fn by_client(
    billed: &Billed,
    dictionary: &Dictionary,
    rules: &ReportRules,
) -> Result<BTreeMap<String, ClientUsage>> {
    let mut clients: BTreeMap<String, ClientUsage> = BTreeMap::new();
    for (key, sums) in &billed.sums {
        let (stretch, tag_set, model) = *key;
        let Some(window) = billed.plan.stretch(stretch) else { continue };
        let tags = dictionary.tag_set(tag_set).cloned().unwrap_or_default();
        let (tags, _) = rules.virtual_tags.applied(&tags, window.start())?;
        let value = |key: &TagKey| tags.get(key).unwrap_or(UNALLOCATED).to_owned();
        let usage = UsageKey {
            stretch,
            project: value(&TagKey::PROJECT),
            agent: value(&TagKey::AGENT),
            model: dictionary.text(model).unwrap_or(UNALLOCATED).to_owned(),
        };
        let used = clients.entry(value(&TagKey::CLIENT)).or_default().entry(usage).or_default();
        used.sums.merge_by_dimension(sums);
        used.moved += billed.moved.get(key).copied().unwrap_or_default();
    }
    Ok(clients)
}
