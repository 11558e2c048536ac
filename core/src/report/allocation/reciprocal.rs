//! Cost centres that serve each other: what one gives comes back to it in part, and goes on for ever in smaller parts.
//!
//! Where it all ends is a system of linear equations. With weights in whole numbers it is one over the integers, and it is
//! solved there without a fraction (Bareiss), so the proportions in which a rule's cost ends up with those who serve nobody
//! are exact. Only where they need more than 126 bits they are rounded, to as many, by largest remainder.

use num_bigint::{BigInt, BigUint};
use std::collections::BTreeMap;

/// The most rules that serve each other.
pub(super) const MAX_SERVING: usize = 32;
/// What weights are scaled to where the exact ones are larger: sums of weights need a bit to spare.
const SCALE_BITS: u64 = 126;

/// One rule of those that serve each other: its targets with their weights, and which of the rules takes what it gives.
#[derive(Clone, Debug)]
pub(super) struct Service<'a> {
    pub(super) gives: Vec<(&'a str, u128, Option<usize>)>,
}

/// The weights by which what a rule takes ends up with those who serve nobody, by name; nothing where none of it does.
pub(super) fn absorbed<'a>(own: usize, services: &[Service<'a>]) -> Option<BTreeMap<&'a str, u128>> {
    let passes = solved(own, services)?;
    let mut ends: BTreeMap<&'a str, BigInt> = BTreeMap::new();
    for (service, passed) in services.iter().zip(&passes) {
        for (target, weight, _) in service.gives.iter().filter(|(_, _, next)| next.is_none()) {
            *ends.entry(target).or_default() += passed * BigInt::from(*weight);
        }
    }
    let (names, weights): (Vec<&str>, Vec<BigUint>) =
        ends.into_iter().map(|(name, weight)| (name, weight.magnitude().clone())).unzip();
    Some(names.into_iter().zip(fitted(weights)?).collect())
}

/// How much each rule passes on of what one of them takes, up to a common factor: `z` of `(S − Wᵀ) z = e`, where `S` are
/// the sums of each rule's weights, and `W` those by which it gives to another.
fn solved(own: usize, services: &[Service<'_>]) -> Option<Vec<BigInt>> {
    let count = services.len();
    let row = |to: usize| -> Vec<BigInt> {
        let entry = |(from, service): (usize, &Service<'_>)| {
            let sum = |is_own: &dyn Fn(Option<usize>) -> bool| -> BigInt {
                let given = service.gives.iter().filter(|(_, _, next)| is_own(*next));
                given.map(|(_, weight, _)| BigInt::from(*weight)).sum()
            };
            let all = if from == to { sum(&|_| true) } else { BigInt::ZERO };
            all - sum(&|next| next == Some(to))
        };
        let mut row: Vec<BigInt> = services.iter().enumerate().map(entry).collect();
        row.push(BigInt::from(u8::from(to == own)));
        row
    };
    let mut rows: Vec<Vec<BigInt>> = (0..count).map(row).collect();
    let mut before = BigInt::from(1);
    for pivot in 0..count {
        let is_pivot = |row: &Vec<BigInt>| row.get(pivot).is_some_and(|entry| *entry != BigInt::ZERO);
        let place = (pivot..count).find(|place| rows.get(*place).is_some_and(is_pivot))?;
        rows.swap(pivot, place);
        let top = rows.get(pivot)?.clone();
        let head = top.get(pivot)?.clone();
        for (index, row) in rows.iter_mut().enumerate() {
            if index == pivot {
                continue;
            }
            let factor = row.get(pivot)?.clone();
            for (entry, above) in row.iter_mut().zip(&top) {
                // The division leaves no rest: each entry is a minor of the system.
                *entry = (&head * &*entry - &factor * above) / &before;
            }
        }
        before = head;
    }
    // All rows have the determinant on the diagonal by now, so the last column is the solution times it.
    let sign = if before < BigInt::ZERO { -1 } else { 1 };
    Some(rows.into_iter().filter_map(|row| row.into_iter().last()).map(|entry| entry * sign).collect())
}

/// The same proportions in numbers that fit.
fn fitted(weights: Vec<BigUint>) -> Option<Vec<u128>> {
    let common = weights.iter().fold(BigUint::ZERO, |common, weight| gcd(common, weight.clone()));
    if common == BigUint::ZERO {
        return None;
    }
    let weights: Vec<BigUint> = weights.into_iter().map(|weight| weight / &common).collect();
    let sum: BigUint = weights.iter().sum();
    if sum.bits() <= SCALE_BITS {
        return weights.into_iter().map(|weight| u128::try_from(weight).ok()).collect();
    }
    let whole = BigUint::from(1_u128 << SCALE_BITS);
    let shares: Vec<(BigUint, BigUint)> = weights
        .iter()
        .map(|weight| {
            let product = weight * &whole;
            (&product / &sum, &product % &sum)
        })
        .collect();
    let mut parts: Vec<u128> =
        shares.iter().map(|(part, _)| u128::try_from(part.clone()).ok()).collect::<Option<_>>()?;
    let left = (1_u128 << SCALE_BITS) - parts.iter().sum::<u128>();
    let mut order: Vec<usize> = (0..parts.len()).collect();
    // The sort is stable, so equal remainders keep the order of the names.
    order.sort_by(|one, other| shares.get(*other).map(|own| &own.1).cmp(&shares.get(*one).map(|own| &own.1)));
    for place in order.into_iter().take(usize::try_from(left).unwrap_or(usize::MAX)) {
        if let Some(part) = parts.get_mut(place) {
            *part += 1;
        }
    }
    Some(parts)
}

fn gcd(mut one: BigUint, mut other: BigUint) -> BigUint {
    while other != BigUint::ZERO {
        (one, other) = (other.clone(), one % other);
    }
    one
}

#[cfg(test)]
mod tests;
