//! Attributes as they are given, and what counts and texts they hold.

use super::names::{BESIDE, CACHED, CHOICES, COUNTS, INPUT, MAX_OUTPUT, MAX_OUTPUT_PARAMETERS, PARAMETERS};
use std::collections::HashMap;

/// Counts by OpenTelemetry's names, as [`Usage::from_otel`](crate::Usage::from_otel) takes them.
pub(super) type Counts = Vec<(&'static str, u64)>;

/// The attributes of a span by their names; of one that is given twice, the last.
pub(super) struct Attributes<'a>(HashMap<&'a str, &'a str>);

impl<'a> Attributes<'a> {
    pub(super) fn new(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Self(pairs.into_iter().collect())
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// A text that isn't empty.
    pub(super) fn text(&self, name: &str) -> Option<&'a str> {
        self.0.get(name).copied().filter(|text| !text.is_empty())
    }

    /// The first of several spellings that is given.
    pub(super) fn first(&self, names: &[&str]) -> Option<&'a str> {
        names.iter().find_map(|name| self.text(name))
    }

    fn count(&self, names: &[&str]) -> Option<u64> {
        names.iter().find_map(|name| count_of(self.text(name)?))
    }

    /// What the span counts, and whether its input was counted without what a cache held.
    pub(super) fn counts(&self) -> (Counts, bool) {
        let found = COUNTS.iter().filter_map(|(name, spellings)| Some((*name, self.count(spellings)?)));
        let mut counts: Counts = found.collect();
        let cached = CACHED.iter().map(|part| of(&counts, part)).fold(0, u64::saturating_add);
        let is_disjoint = cached > of(&counts, INPUT);
        if is_disjoint {
            // More was cached than went in: then the input was counted without it, as some instrumentations do.
            add(&mut counts, INPUT, cached);
        }
        for (name, beside) in BESIDE {
            match self.count(&[beside]) {
                Some(count) if count > 0 => add(&mut counts, name, count),
                _ => {}
            }
        }
        (counts, is_disjoint)
    }

    /// The most output tokens that were asked for, over all answers.
    pub(super) fn max_output(&self) -> Option<u64> {
        let most = self.count(MAX_OUTPUT).or_else(|| most_of_parameters(self.text(PARAMETERS)?))?;
        Some(most.saturating_mul(self.count(&[CHOICES]).unwrap_or(1).max(1)))
    }
}

pub(super) fn of(counts: &Counts, name: &str) -> u64 {
    counts.iter().find(|(known, _)| *known == name).map_or(0, |(_, count)| *count)
}

fn add(counts: &mut Counts, name: &'static str, more: u64) {
    match counts.iter_mut().find(|(known, _)| *known == name) {
        Some((_, count)) => *count = count.saturating_add(more),
        None => counts.push((name, more)),
    }
}

/// A count as integer or as float, which is how some instrumentations tell it.
fn count_of(text: &str) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.bytes().any(|digit| digit != b'0') { None } else { whole.parse().ok() }
}

fn most_of_parameters(json: &str) -> Option<u64> {
    let parameters: serde_json::Value = serde_json::from_str(json).ok()?;
    MAX_OUTPUT_PARAMETERS.iter().find_map(|name| parameters.get(*name)?.as_u64())
}
