//! What a call costs: kinds of usage, dated prices, quotes and bounds.
//!
//! [`Usage`] says what a call consumed, in disjoint dimensions. A [`PriceBook`] holds dated prices and finds a model by
//! its name; a [`ModelHandle`] turns usage into a [`Quote`], and a request into a [`Bound`] that no quote of it exceeds.
//!
//! What has no price is an error that names the nearest thing that has one, never zero. Amounts are exact; an endless
//! decimal is rounded once a line, half to even, to a femto. Nothing here reads a clock, a file or the network.

mod book;
mod bound;
mod bundled;
mod card;
mod charges;
mod condition;
mod dimension;
mod explanation;
mod fraction;
mod handle;
mod matching;
mod model;
mod names;
mod nearest;
mod otel;
mod quote;
mod terms;
#[cfg(test)]
mod tests;
mod usage;
mod version;

pub use book::{PriceBook, PriceMoves, PriceOverride};
pub use bound::{Bound, BoundRequest, CacheUse};
pub(crate) use charges::Charges;
pub use dimension::Dimension;
pub use explanation::Explanation;
pub use handle::ModelHandle;
pub use matching::Matched;
pub use quote::{MAX_LINES as MAX_QUOTE_LINES, Quote, QuoteLine};
pub use terms::Terms;
pub use usage::Usage;
pub use version::PriceVersion;
