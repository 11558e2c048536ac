//! The series of one instrument: a bounded number with their own attributes, and one for all the rest.

use super::labels::Labels;
use crate::money::Money;
use std::collections::HashMap;

/// What a series counts. Sums are held at the ends of their range: a counter must not end a collection.
pub(super) trait Count: Copy + Default {
    fn plus(self, other: Self) -> Self;
}

impl Count for u64 {
    fn plus(self, other: Self) -> Self {
        self.saturating_add(other)
    }
}

impl Count for Money {
    fn plus(self, other: Self) -> Self {
        self.saturating_add(other)
    }
}

/// Sums that only grow, by attributes. A series that was named stays named, and one that found no place stays in the
/// overflow, so none ever falls.
#[derive(Debug)]
pub(super) struct Series<T> {
    named: HashMap<Labels, T, foldhash::fast::RandomState>,
    overflow: Option<T>,
    max: usize,
}

impl<T: Count> Series<T> {
    pub(super) fn new(max: usize) -> Self {
        Self { named: HashMap::default(), overflow: None, max }
    }

    /// Adds to a series. The first to come get the places.
    pub(super) fn add(&mut self, labels: Labels, amount: T) {
        let has_place = self.named.len() < self.max || self.named.contains_key(&labels);
        let sum = if has_place {
            self.named.entry(labels).or_default()
        } else {
            self.overflow.get_or_insert_default()
        };
        *sum = sum.plus(amount);
    }

    /// Every series with its sum, in no order.
    pub(super) fn each(&self, mut tell: impl FnMut(T, &Labels)) {
        self.named.iter().for_each(|(labels, sum)| tell(*sum, labels));
        if let Some(sum) = self.overflow {
            tell(sum, &Labels::overflow());
        }
    }
}
