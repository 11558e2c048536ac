//! In-process cost control for AI agents.
//!
//! An agent asks before it spends: every model call is priced, tagged to a team, project and client, held against
//! every budget that it touches, sent only if it fits, and settled to what it really cost. The same ledger prints the
//! chargeback.

#![forbid(unsafe_code)]

mod error;
mod money;
mod tags;
mod time;

pub use error::{Error, ErrorCode, Result, Retry};
pub use money::{Currency, ExactMoney, Money, Rate, Rounding};
pub use tags::{
    Classified, Dictionary, MAX_KEY_BYTES, MAX_PATTERN_BYTES, MAX_SELECTOR_BYTES, MAX_SELECTOR_DEPTH,
    MAX_SELECTOR_TERMS, MAX_SELECTOR_VALUES, MAX_SYMBOL_BYTES, MAX_SYMBOLS, MAX_TAG_SETS, MAX_TAGS,
    MAX_TAXONOMY_KEYS, MAX_TAXONOMY_VALUES, MAX_VALUE_BYTES, Misplaced, Selector, Symbol, TagKey, TagSet,
    TagSetId, Taxonomy, TaxonomyBuilder, UNALLOCATED, UnknownPolicy, UnknownValue,
};
pub use time::{Clock, ManualClock, SystemClock, Timestamp};
