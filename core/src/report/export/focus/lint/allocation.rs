//! Allocated charges: how their details are written, and whether the parts of an origin charge are all of it.
//!
//! Rows that agree in every column of FOCUS but their sums and their allocation are parts of one origin charge. Two origin
//! charges that agree in all of that can't be told apart, so their ratios sum to a whole number rather than to one.

use super::cells::Cells;
use super::file::MAX_NAMES;
use super::finding::FocusRule;
use crate::report::export::exact::Exact;
use serde_json::value::RawValue;
use siphasher::sip128::{Hasher128 as _, SipHasher13};
use std::{collections::BTreeMap, hash::Hasher as _};

const DETAILS: &str = "AllocatedMethodDetails";
/// What parts are told apart by, and what they sum to.
const OF_PARTS: &[&str] = &[
    "AllocatedMethodDetails",
    "AllocatedMethodId",
    "AllocatedResourceId",
    "AllocatedResourceName",
    "AllocatedTags",
    "BilledCost",
    "CommitmentDiscountQuantity",
    "ConsumedQuantity",
    "ContractedCost",
    "EffectiveCost",
    "ListCost",
    "PricingCurrencyEffectiveCost",
    "PricingQuantity",
];

/// The ratios of the origin charges of a file.
#[derive(Debug, Default)]
pub(super) struct Origins {
    /// By what tells an origin charge: its first row, and the sum; nothing once that can't be told.
    sums: BTreeMap<(u64, u64), (u64, Option<Exact>)>,
}

impl Origins {
    /// Looks at the allocation of a row.
    pub(super) fn add(&mut self, row: u64, cells: Cells<'_>, found: &mut dyn FnMut(&str, FocusRule, String)) {
        let Some(text) = cells.get(DETAILS) else { return };
        let ratio = match ratio(text) {
            Ok(ratio) => Some(ratio),
            Err(fault) => {
                found(DETAILS, FocusRule::AllocationInvalid, fault);
                None
            }
        };
        let key = origin(cells);
        if self.sums.len() >= MAX_NAMES && !self.sums.contains_key(&key) {
            return;
        }
        let own = self.sums.entry(key).or_insert((row, Some(Exact::ZERO)));
        own.1 = own.1.zip(ratio).and_then(|(sum, ratio)| sum.plus(ratio));
    }

    /// The origin charges whose parts aren't all of them, by their first row.
    pub(super) fn incomplete(self) -> Vec<(u64, String)> {
        let sums = self.sums.into_values().filter_map(|(row, sum)| Some((row, sum?)));
        let mut found: Vec<(u64, String)> = sums
            .filter(|(_, sum)| !sum.is_counting())
            .map(|(row, sum)| {
                (row, format!("the ratios of the charge's parts sum to {sum}, and 1 is all of it"))
            })
            .collect();
        found.sort_unstable();
        found
    }
}

/// What tells the origin charge of a row from others.
fn origin(cells: Cells<'_>) -> (u64, u64) {
    let mut hasher = SipHasher13::new();
    let own = cells.head.iter().filter(|name| !name.starts_with("x_") && !OF_PARTS.contains(&name.as_str()));
    for name in own {
        hasher.write(cells.get(name).unwrap_or_default().as_bytes());
        hasher.write_u8(0);
    }
    hasher.finish128().as_u64()
}

type Object = BTreeMap<String, Box<RawValue>>;

/// The sum of the elements' ratios, or what is wrong with them.
fn ratio(text: &str) -> Result<Exact, String> {
    // What is no object at all is told with every other column of JSON.
    let Ok(object) = serde_json::from_str::<Object>(text) else { return Ok(Exact::ZERO) };
    only_known(&object, &["Elements"])?;
    let elements = object.get("Elements").and_then(|raw| serde_json::from_str::<Vec<Object>>(raw.get()).ok());
    let elements = elements.filter(|elements| !elements.is_empty());
    let elements = elements.ok_or("`Elements` is no list of objects")?;
    let mut sum = Exact::ZERO;
    for element in &elements {
        only_known(element, &["AllocatedRatio", "UsageUnit", "UsageQuantity"])?;
        let number = |key: &str| element.get(key).map(|raw| Exact::parse(raw.get()));
        let own = number("AllocatedRatio").ok_or("an element has no `AllocatedRatio`")?;
        let own =
            own.filter(|own| !own.is_negative()).ok_or("an `AllocatedRatio` is no number from zero on")?;
        if let Some(quantity) = number("UsageQuantity") {
            quantity.ok_or("a `UsageQuantity` is no number")?;
            let unit = element.get("UsageUnit").filter(|raw| raw.get().starts_with('"'));
            unit.ok_or("a `UsageQuantity` has no `UsageUnit`")?;
        }
        sum = sum.plus(own).ok_or("the ratios have too many digits")?;
    }
    Ok(sum)
}

fn only_known(object: &Object, known: &[&str]) -> Result<(), String> {
    let other = object.keys().find(|key| !key.starts_with("x_") && !known.contains(&key.as_str()));
    other.map_or(Ok(()), |key| Err(format!("`{key}` is no property of FOCUS, and has no `x_` before it")))
}
