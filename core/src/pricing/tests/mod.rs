//! Laws of the floor as a whole; what belongs to one file is tested there.

mod bundled;
mod faults;
mod files;
mod misspelt;
mod properties;
mod spelling;
mod table;
mod vectors;

use crate::{PriceBook, Timestamp, error::Result};

/// A small generator of our own, so that a seed replays on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mixed = (self.0 ^ (self.0 >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        mixed ^ (mixed >> 33)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn one_in(&mut self, chances: u64) -> bool {
        self.below(chances) == 0
    }

    fn of<'v, T>(&mut self, values: &'v [T]) -> &'v T {
        &values[usize::try_from(self.below(values.len() as u64)).expect("small")]
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

/// A book of one model, `maker/model-a`, with these keys.
fn book(keys: &str) -> Result<PriceBook> {
    PriceBook::parse(&format!(
        "format = 1\ndate = \"2026-11-23\"\n[[models]]\nprovider = \"maker\"\nmodel = \"model-a\"\n{keys}\n"
    ))
}
