//! In which order rules run: each after those that give to it, as step-down allocation wants it.

use super::reciprocal::MAX_SERVING;
use super::rule::{AllocationRule, invalid};
use crate::error::{Error, ErrorCode, Result};
use crate::tags::{TagKey, TagSet};
use crate::time::Window;

/// The places of the rules, each after those that give to it, otherwise as they were written.
///
/// Only targets by name are given to and then taken from: a rule for every value that spent leaves out those whose cost
/// a rule moves, so it is always the last of its chain.
///
/// Rules that serve each other give to everybody that any of them gives to, and nothing to each other.
pub(super) fn topological(rules: &[AllocationRule], serving: &[Vec<usize>]) -> Result<Vec<usize>> {
    let gives: Vec<Vec<usize>> = rules
        .iter()
        .zip(serving)
        .map(|(rule, serving)| {
            let served = serving.iter().filter_map(|index| rules.get(*index));
            let mut own: Vec<usize> = served.chain([rule]).flat_map(|giver| takers(rules, giver)).collect();
            own.retain(|taker| !serving.contains(taker));
            own.sort_unstable();
            own.dedup();
            own
        })
        .collect();
    let mut waiting: Vec<usize> = vec![0; rules.len()];
    for taker in gives.iter().flatten() {
        if let Some(count) = waiting.get_mut(*taker) {
            *count += 1;
        }
    }
    let mut order: Vec<usize> = Vec::with_capacity(rules.len());
    while order.len() < rules.len() {
        let is_next = |index: &usize| !order.contains(index) && waiting.get(*index) == Some(&0);
        let Some(next) = (0..rules.len()).find(is_next) else { break };
        order.push(next);
        for taker in gives.get(next).into_iter().flatten() {
            if let Some(count) = waiting.get_mut(*taker) {
                *count -= 1;
            }
        }
    }
    if order.len() == rules.len() {
        return Ok(order);
    }
    let path = cycle(&gives, |index| order.contains(&index));
    let names: Vec<&str> =
        path.iter().filter_map(|index| rules.get(*index)).map(|rule| rule.id.as_str()).collect();
    let message = format!("the allocation rules give to each other in a circle: `{}`", names.join("` to `"));
    Err(invalid(message, "let cost flow one way, or give each of them `reciprocal = true`"))
}

/// Of each reciprocal rule the reciprocal ones that its cost passes, itself first and the others by their places.
pub(super) fn serving(rules: &[AllocationRule]) -> Result<Vec<Vec<usize>>> {
    let gives = |index: usize| -> Vec<usize> {
        let own = rules.get(index).map(|rule| takers(rules, rule)).unwrap_or_default();
        own.into_iter().filter(|taker| rules.get(*taker).is_some_and(|rule| rule.reciprocal)).collect()
    };
    let mut all = Vec::with_capacity(rules.len());
    for (index, rule) in rules.iter().enumerate() {
        let mut own = if rule.reciprocal { vec![index] } else { Vec::new() };
        let mut at = 0;
        while let Some(next) = own.get(at).copied() {
            own.extend(gives(next).into_iter().filter(|taker| !own.contains(taker)).collect::<Vec<_>>());
            at += 1;
        }
        let other =
            own.iter().filter_map(|index| rules.get(*index)).find(|other| other.during != rule.during);
        if let Some(other) = other {
            let message = format!(
                "the reciprocal rules `{}` and `{}` give to each other and aren't in force at the same time",
                rule.id, other.id
            );
            return Err(invalid(message, "let both begin and end together"));
        }
        if own.len() > MAX_SERVING {
            let message = format!("{} rules serve each other, and {MAX_SERVING} may", own.len());
            return Err(
                Error::new(ErrorCode::LimitReached, message).with_help("let fewer rules be reciprocal")
            );
        }
        all.push(own);
    }
    Ok(all)
}

/// The rules that take from what this one gives.
fn takers(rules: &[AllocationRule], giver: &AllocationRule) -> Vec<usize> {
    let takes = |taker: &AllocationRule| {
        taker.id != giver.id
            && taker.to.key == giver.to.key
            && overlap(&taker.during, &giver.during)
            && giver.to.values.iter().any(|value| takes_from(taker, &giver.to.key, value))
    };
    rules.iter().enumerate().filter(|(_, taker)| takes(taker)).map(|(index, _)| index).collect()
}

/// Whether a rule takes what another gave a value: it carries the value's tag and no other.
pub(super) fn takes_from(rule: &AllocationRule, key: &TagKey, value: &str) -> bool {
    TagSet::from_pairs([(key, value)]).is_ok_and(|tags| rule.selector.matches(&tags))
}

/// Whether two rules are ever in force at once.
pub(super) fn overlap(one: &Window, other: &Window) -> bool {
    one.start() < other.end() && other.start() < one.end()
}

/// A way round among those that are left, from the first of them back to itself.
fn cycle(gives: &[Vec<usize>], is_done: impl Fn(usize) -> bool) -> Vec<usize> {
    // Whoever is left waits for somebody who is left, so going backwards never ends but in a circle.
    let source = |taker: usize| {
        (0..gives.len()).find(|candidate| {
            !is_done(*candidate) && gives.get(*candidate).is_some_and(|takers| takers.contains(&taker))
        })
    };
    let mut path: Vec<usize> = (0..gives.len()).find(|index| !is_done(*index)).into_iter().collect();
    while let Some(before) = path.last().and_then(|last| source(*last)) {
        if let Some(first) = path.iter().position(|index| *index == before) {
            let mut round = path.split_off(first);
            round.push(before);
            round.reverse();
            // Told from the rule that was written first.
            round.pop();
            let least =
                round.iter().enumerate().min_by_key(|(_, index)| **index).map_or(0, |(place, _)| place);
            round.rotate_left(least);
            round.extend(round.first().copied());
            return round;
        }
        path.push(before);
    }
    path
}
