//! FOCUS, the FinOps Open Cost and Usage Specification: what finance systems of any vendor import.
//!
//! Cost and Usage has a row for each day, tag set, model, terms, kind of usage and price, and its `BilledCost` sums to the
//! ledger to the last unit. Rows are written as they are made: what is held is the sums of one day, so the memory goes by
//! how many tag sets and models a day has, and not by how many calls. Nothing is looked up but the ledger: the price is
//! the one that was applied, which is why list and contracted prices are the same.
//!
//! <https://focus.finops.org/focus-specification/>

mod allocated;
mod charge;
mod column;
mod day;
mod detail_id;
mod invoice_detail;
mod lint;
mod price;
mod request;
mod service;
mod unit;

pub use lint::{Finding, FocusLint, FocusRule, MAX_FINDINGS};
pub use request::{FocusLevel, FocusRequest, MAX_EXPORT_DAYS};

use super::output::written;
use crate::error::Result;
use crate::ledger::{Store, bookings};
use crate::money::Money;
use crate::pricing::Dimension;
use crate::report::cube::provider_and_model;
use crate::tags::{Dictionary, TagSet, UNALLOCATED};
use allocated::Allocating;
use charge::{Charge, Shared};
use column::{Column, columns};
use day::{Day, Key};
use std::{borrow::Cow, collections::BTreeMap, io::Write};

/// What an export wrote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exported {
    /// Rows, without the head.
    pub rows: u64,
    /// The sum of what was billed in them, which is what the ledger has of the window.
    pub billed: Money,
}

/// Writes FOCUS Cost and Usage as CSV, from a ledger and the names that it was written with.
///
/// # Errors
/// `report_invalid` for a window without ends or of more than [`MAX_EXPORT_DAYS`] days, for an allocation that no rule
/// makes, and when it can't be written; `time_zone_unknown`, `ledger_*`.
pub fn export_focus(
    store: &mut dyn Store,
    dictionary: &Dictionary,
    request: &FocusRequest,
    to: impl Write,
) -> Result<Exported> {
    let mut days = request.days()?;
    let mut allocating = Allocating::new(store, dictionary, request)?;
    if let Some(own) = &allocating {
        days = own.cut(days)?;
    }
    let columns: Vec<Column> = columns(request.level).collect();
    let mut writer = csv::Writer::from_writer(to);
    written(writer.write_record(columns.iter().map(|column| column.name())))?;
    let mut exported = Exported::default();
    for (window, month) in days {
        let mut day = Day::new(window);
        bookings(store, &mut [&mut day])?;
        let untagged = TagSet::new();
        let read = allocating.as_ref().map(|own| own.tags(dictionary, &day, window.start())).transpose()?;
        let tags_of = |id| match &read {
            Some(read) => read.get(&id),
            None => dictionary.tag_set(id),
        };
        let named = |(tag_set, model, terms): Key| Shared {
            request,
            day: window,
            month,
            tags: tags_of(tag_set).unwrap_or(&untagged),
            model: dictionary.text(model).unwrap_or(UNALLOCATED),
            terms: terms.map_or("", |terms| dictionary.text(terms).unwrap_or(UNALLOCATED)),
        };
        for origin in charges(&day, named) {
            let divided = match &mut allocating {
                Some(own) => own.divide(origin)?,
                None => vec![origin],
            };
            for charge in divided {
                exported.rows += 1;
                exported.billed += charge.amount();
                let value = |column: &Column| charge.value(*column).unwrap_or(Cow::Borrowed(""));
                written(writer.write_record(columns.iter().map(value).map(Bytes)))?;
            }
        }
    }
    written(writer.flush())?;
    Ok(exported)
}

/// A cell as the writer of CSV takes it.
struct Bytes<'a>(Cow<'a, str>);

impl AsRef<[u8]> for Bytes<'_> {
    fn as_ref(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

/// The rows of a day, by provider, model, terms, tags, kind of usage and price.
fn charges<'a>(day: &Day, named: impl Fn(Key) -> Shared<'a>) -> Vec<Charge<'a>> {
    let mut sums: Vec<_> = day.sums.iter().map(|(key, sums)| (named(*key), sums)).collect();
    sums.retain(|(shared, _)| shared.request.filter.matches(shared.tags));
    sums.sort_by(|(left, _), (right, _)| place(left).cmp(&place(right)));
    // A hold that expires has no terms, and its settlement that comes late has: both are told of the model alone.
    let mut rest: BTreeMap<_, (Shared<'a>, Money)> = BTreeMap::new();
    let mut charges = Vec::new();
    for (shared, sums) in sums {
        let mut lines = sums.lines.clone();
        lines.sort_by_key(|line| (line.dimension.as_str(), line.rate));
        let is_told = |dimension, amount| amount != Money::ZERO || dimension != Dimension::Reasoning;
        lines.retain(|line| {
            is_told(line.dimension, line.amount) && (line.quantity > 0 || line.amount != Money::ZERO)
        });
        charges.extend(lines.iter().map(|line| Charge::usage(shared, line)));
        let own = rest.entry((shared.model, shared.tags)).or_insert((shared, Money::ZERO));
        own.1 += sums.unmeasured;
    }
    let rest = rest.into_values().filter(|(_, amount)| *amount != Money::ZERO);
    charges.extend(rest.map(|(shared, amount)| Charge::adjustment(Shared { terms: "", ..shared }, amount)));
    charges
}

fn place<'a>(shared: &Shared<'a>) -> ((&'a str, &'a str), &'a str, &'a TagSet) {
    (provider_and_model(shared.model), shared.terms, shared.tags)
}

#[cfg(test)]
mod tests;
