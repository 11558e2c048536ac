//! Tags: who a call is spent for.
//!
//! A [`TagKey`] is kept in OpenTelemetry's spelling and read in both. A [`TagSet`] is immutable and sorted, so equal
//! sets are equal however they were put together; a [`Dictionary`] turns it into a number. A [`Selector`] says which
//! sets it covers, a [`Taxonomy`] which sets are allowed. Nothing here knows of budgets or reads the environment.

mod dictionary;
mod key;
mod selector;
mod set;
mod taxonomy;
#[cfg(test)]
mod tests;
mod value;
mod words;

pub use dictionary::{Dictionary, MAX_SYMBOL_BYTES, MAX_SYMBOLS, MAX_TAG_SETS, Symbol, TagSetId};
pub use key::{MAX_KEY_BYTES, TagKey};
pub use selector::{
    MAX_SELECTOR_BYTES, MAX_SELECTOR_DEPTH, MAX_SELECTOR_TERMS, MAX_SELECTOR_VALUES, Selector,
};
pub use set::{MAX_TAGS, TagSet};
pub use taxonomy::{
    Classified, MAX_PATTERN_BYTES, MAX_TAXONOMY_KEYS, MAX_TAXONOMY_VALUES, Misplaced, Taxonomy,
    TaxonomyBuilder, UNALLOCATED, UnknownPolicy, UnknownValue,
};
pub use value::MAX_VALUE_BYTES;
