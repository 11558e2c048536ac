//! Rules on all kinds of usage of a model's day together, and on days and models beside each other.

use super::Inquiry;
use crate::pricing::Dimension;
use crate::report::reconcile::cause::{Certainty, DriftCause};
use crate::report::reconcile::line::DAY;
use crate::report::reconcile::reconciliation::PartKind;
use crate::report::reconcile::words::{counts, day, units};
use crate::time::Timestamp;
use std::collections::BTreeMap;

/// Kinds of usage that some answers count within another.
const PARTS: &[(Dimension, &[Dimension])] = &[
    (
        Dimension::InputUncached,
        &[
            Dimension::CacheRead,
            Dimension::CacheWrite5m,
            Dimension::CacheWrite1h,
            Dimension::AudioInput,
            Dimension::ImageInput,
        ],
    ),
    (Dimension::Output, &[Dimension::Reasoning, Dimension::AudioOutput, Dimension::ImageOutput]),
    (Dimension::AudioInput, &[Dimension::AudioCacheRead]),
];

/// The ledger counts a part within its whole and beside it: the surplus of the whole is the count of its parts.
pub(super) fn counted_twice(inquiry: &mut Inquiry<'_, '_>) {
    for pairs in inquiry.cells().into_values() {
        for (whole, parts) in PARTS {
            if let Some((at, sentence)) = surplus(inquiry, &pairs, (*whole, parts)) {
                inquiry.explain_counts(at, (DriftCause::SubsetCountedTwice, Certainty::Computed), &sentence);
            }
        }
    }
}

/// The pair of the whole, where some of its parts are its surplus.
fn surplus(
    inquiry: &Inquiry<'_, '_>,
    pairs: &[usize],
    (whole, parts): (Dimension, &[Dimension]),
) -> Option<(usize, String)> {
    let of = |dimension: Dimension| {
        let own = pairs
            .iter()
            .copied()
            .filter(|at| inquiry.pair(*at).is_some_and(|pair| pair.key.dimension == Some(dimension)));
        own.collect::<Vec<_>>()
    };
    let billed = |dimension: Dimension| -> i128 {
        of(dimension).iter().filter_map(|at| inquiry.pair(*at)?.theirs_quantity).sum()
    };
    let at = of(whole).into_iter().find(|at| {
        inquiry.pair(*at).is_some_and(|pair| pair.has_both() && pair.more().is_some_and(|more| more < 0))
    })?;
    let pair = inquiry.pair(at)?;
    let surplus = -pair.more()?;
    let present: Vec<(Dimension, i128)> =
        parts.iter().map(|part| (*part, billed(*part))).filter(|(_, count)| *count > 0).collect();
    // At most five parts: every choice of them is tried, the fewest first.
    let mut choices: Vec<u32> = (1..1_u32 << present.len()).collect();
    choices.sort_by_key(|choice| choice.count_ones());
    let chosen = choices.into_iter().find_map(|choice| {
        let own = present.iter().enumerate().filter(|(index, _)| choice & 1 << index != 0);
        let own: Vec<(Dimension, i128)> = own.map(|(_, part)| *part).collect();
        (own.iter().map(|(_, count)| count).sum::<i128>() == surplus).then_some(own)
    })?;
    let names: Vec<&str> = chosen.iter().map(|(dimension, _)| dimension.as_str()).collect();
    let sentence = format!(
        "the ledger's {} holds {} of {} that the bill charges beside it: {}",
        whole,
        surplus,
        names.join(" and "),
        counts(pair)
    );
    Some((at, sentence))
}

/// The ledger has every count of a model's day twice, or another whole number of times.
pub(super) fn counted_by_a_multiple(inquiry: &mut Inquiry<'_, '_>) {
    for pairs in inquiry.cells().into_values() {
        let both: Vec<usize> = pairs
            .iter()
            .copied()
            .filter(|at| inquiry.pair(*at).is_some_and(|pair| pair.is_measured(&inquiry.meter.lines)))
            .collect();
        let times = |at: &usize| {
            let pair = inquiry.pair(*at)?;
            let billed = pair.theirs_quantity.filter(|billed| *billed > 0)?;
            (pair.ours_quantity % billed == 0).then_some(pair.ours_quantity / billed)
        };
        let Some(first) = both.first().and_then(times).filter(|times| *times > 1) else { continue };
        if both.len() < 2 || both.iter().any(|at| times(at) != Some(first)) {
            continue;
        }
        for at in both {
            let Some(pair) = inquiry.pair(at) else { continue };
            let sentence = format!("the ledger has every count of this day {first} times: {}", counts(pair));
            inquiry.explain_counts(at, (DriftCause::Duplicate, Certainty::Computed), &sentence);
        }
    }
}

/// What is open of a cell by kind of usage: how many units more the bill has.
type Imbalance = BTreeMap<Dimension, (usize, i128)>;

fn imbalances(inquiry: &Inquiry<'_, '_>) -> BTreeMap<(Timestamp, String), Imbalance> {
    let mut found = BTreeMap::new();
    for (cell, pairs) in inquiry.cells() {
        let mut own = Imbalance::new();
        for at in pairs {
            let Some(pair) = inquiry.pair(at) else { continue };
            let is_open = pair.left.get(PartKind::Quantity) != crate::money::Money::ZERO
                || !pair.has_both() && pair.is_open();
            if let (true, Some(dimension), Some(more)) = (is_open, pair.key.dimension, pair.more())
                && more != 0
            {
                own.insert(dimension, (at, more));
            }
        }
        if !own.is_empty() {
            found.insert(cell, own);
        }
    }
    found
}

/// Whether one cell lacks just what the other has too much of.
fn cancels(left: &Imbalance, right: &Imbalance) -> bool {
    left.len() == right.len()
        && left.iter().all(|(dimension, (_, more))| right.get(dimension).is_some_and(|own| own.1 == -more))
}

/// One model has on the bill just what another has in the ledger, on the same day.
pub(super) fn other_model_served(inquiry: &mut Inquiry<'_, '_>) {
    let cells: Vec<_> = imbalances(inquiry).into_iter().collect();
    explain_couples(inquiry, &cells, DriftCause::OtherModelServed, |left, right| {
        left.0 == right.0 && left.1 != right.1
    });
}

/// A model has on the bill just what the ledger has on the day beside it.
pub(super) fn other_day(inquiry: &mut Inquiry<'_, '_>) {
    let cells: Vec<_> = imbalances(inquiry).into_iter().collect();
    explain_couples(inquiry, &cells, DriftCause::CutOff, |left, right| {
        left.1 == right.1 && (left.0.micros() - right.0.micros()).abs() == DAY
    });
}

type Cell = ((Timestamp, String), Imbalance);

/// Cells that cancel each other; each is taken once, by the first that fits.
fn explain_couples(
    inquiry: &mut Inquiry<'_, '_>,
    cells: &[Cell],
    cause: DriftCause,
    are_beside: impl Fn(&(Timestamp, String), &(Timestamp, String)) -> bool,
) {
    let mut taken = vec![false; cells.len()];
    for (first, (left_cell, left)) in cells.iter().enumerate() {
        if taken.get(first) == Some(&true) {
            continue;
        }
        let mut others = cells.iter().enumerate().skip(first + 1);
        let found = others.find(|(at, (cell, right))| {
            taken.get(*at) == Some(&false) && are_beside(left_cell, cell) && cancels(left, right)
        });
        let Some((second, (right_cell, right))) = found else { continue };
        for at in [first, second] {
            if let Some(own) = taken.get_mut(at) {
                *own = true;
            }
        }
        explain_couple(inquiry, ((left_cell, left), (right_cell, right)), cause);
        explain_couple(inquiry, ((right_cell, right), (left_cell, left)), cause);
    }
}

type Beside<'a> = (&'a (Timestamp, String), &'a Imbalance);

fn explain_couple(
    inquiry: &mut Inquiry<'_, '_>,
    ((_, own), (other, _)): (Beside<'_>, Beside<'_>),
    cause: DriftCause,
) {
    for (at, more) in own.values() {
        let Some(pair) = inquiry.pair(*at) else { continue };
        let side = if *more > 0 { "the ledger has them" } else { "the bill has them" };
        let place = match cause {
            DriftCause::CutOff => {
                let key = crate::report::reconcile::key::MatchKey::of_day(other.0, pair.key.kind);
                format!("on {}", day(&key))
            }
            _ => format!("under {}", other.1),
        };
        let lack = if *more > 0 { "the bill" } else { "the ledger" };
        let sentence = format!("{} are on {lack}'s side alone, and {side} {place}", units(*more, &pair.key));
        inquiry.explain_counts(*at, (cause, Certainty::Computed), &sentence);
    }
}
