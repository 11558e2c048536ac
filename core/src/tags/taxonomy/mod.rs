//! The taxonomy: which tags a call must have, which values are known, and what belongs to what.
//!
//! A taxonomy is checked against itself once, when it is built; classifying a tag set then depends on nothing but the
//! two. It never drops a tag: what it books elsewhere, it says in a note.

mod builder;
mod classify;
mod nearest;
mod read;
mod rule;
#[cfg(test)]
mod tests;

pub use builder::TaxonomyBuilder;
pub use classify::{Classified, Misplaced, UnknownValue};
pub use rule::MAX_PATTERN_BYTES;

use super::TagKey;
use rule::Rule;
use std::collections::BTreeMap;

/// The value under which unattributed spend is booked. Every key allows it.
pub const UNALLOCATED: &str = "unallocated";

/// The most keys that a taxonomy requires or rules.
pub const MAX_TAXONOMY_KEYS: usize = 32;

/// The most values that a taxonomy lists, over all keys.
pub const MAX_TAXONOMY_VALUES: usize = 1 << 16;

/// What happens to a call whose tags don't fit the taxonomy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnknownPolicy {
    /// It is refused.
    #[default]
    Refuse,
    /// It is booked under [`UNALLOCATED`], with a note of what was given.
    Unallocated,
}

/// Required keys, allowed values, and how they nest. A key without a rule takes any value.
///
/// In a policy file, where every name but `required` and `unknown` is a tag key in either spelling:
///
/// ```toml
/// [taxonomy]
/// required = ["team", "project"]
/// unknown = "refuse"                       # or "unallocated"
/// team = ["marketing", "data", "search"]
/// client = { pattern = "[a-z0-9-]+" }      # matched against the whole value
/// project = { within = "team", values = { content-pipeline = "marketing", rag = ["search", "data"] } }
/// ```
///
/// # Examples
/// ```
/// use bursar::{Classified, TagSet, Taxonomy};
/// let taxonomy = Taxonomy::builder()
///     .require("team")
///     .nested("project", "team", [("content-pipeline", vec!["marketing"]), ("rag", vec!["search", "data"])])
///     .build()?;
/// let tags = TagSet::new().with("project", "content-pipeline")?;
/// let Classified::Allowed { tags, notes } = taxonomy.check(&tags)? else { panic!() };
/// assert_eq!(tags.to_string(), "team=marketing project=content-pipeline");
/// assert_eq!(notes, ["team `marketing` follows from project `content-pipeline`"]);
/// # Ok::<(), bursar::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taxonomy {
    required: Vec<TagKey>,
    unknown: UnknownPolicy,
    rules: BTreeMap<TagKey, Rule>,
    /// Keys whose values belong to another key's, each before the key that it belongs to.
    nested: Vec<TagKey>,
}

impl Taxonomy {
    /// Starts an empty taxonomy, which allows everything.
    pub fn builder() -> TaxonomyBuilder {
        TaxonomyBuilder::default()
    }

    /// The keys that every call must have, in the order in which they were named.
    pub fn required(&self) -> &[TagKey] {
        &self.required
    }

    /// What happens to a call whose tags don't fit.
    pub const fn unknown(&self) -> UnknownPolicy {
        self.unknown
    }

    /// The keys that are required or have a rule, sorted, each once.
    pub fn keys(&self) -> Vec<TagKey> {
        let mut keys: Vec<_> = self.required.iter().chain(self.rules.keys()).cloned().collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }
}
