//! In-process cost control for AI agents.
//!
//! An agent asks before it spends: every model call is priced, tagged to a team, project and client, held against
//! every budget that it touches, sent only if it fits, and settled to what it really cost. The same ledger prints the
//! chargeback.

#![forbid(unsafe_code)]

mod budget;
mod error;
mod money;
mod tags;
mod time;

pub use budget::{
    Action, Admission, Booking, Budget, BudgetOptions, BudgetState, BudgetStatus, CallKey, Cause, Decisions,
    Ending, Event, HoldId, HoldState, HoldView, Level, MAX_ACCOUNTS, MAX_BUDGETS, MAX_BUDGETS_PER_CALL,
    MAX_HOLD_LIFETIME, MAX_OPEN_HOLDS, MAX_STEPS, Machine, Mark, MarkKind, OpenHold, Refusal, Request,
    Rollover, ScopeId, Spend, Step, SuspendTarget, Throttle, Trigger, Verdict, Way, inherit,
};
pub use error::{Error, ErrorCode, Result, Retry};
pub use money::{Currency, ExactMoney, Money, Rate, Rounding};
pub use tags::{
    Classified, Dictionary, MAX_KEY_BYTES, MAX_PATTERN_BYTES, MAX_SELECTOR_BYTES, MAX_SELECTOR_DEPTH,
    MAX_SELECTOR_TERMS, MAX_SELECTOR_VALUES, MAX_SYMBOL_BYTES, MAX_SYMBOLS, MAX_TAG_SETS, MAX_TAGS,
    MAX_TAXONOMY_KEYS, MAX_TAXONOMY_VALUES, MAX_VALUE_BYTES, Misplaced, Selector, Symbol, TagKey, TagSet,
    TagSetId, Taxonomy, TaxonomyBuilder, UNALLOCATED, UnknownPolicy, UnknownValue,
};
pub use time::{Calendar, Clock, ManualClock, Period, SystemClock, Timestamp, Weekday, Window};
