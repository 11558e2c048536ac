//! Allocation: shared cost divided among those who answer for it, by dated rules.
//!
//! A rule takes cost by tags and gives it to values of one tag. Its parts equal the whole to the last pico, everything
//! that isn't given to anybody stays in sight as `unallocated`, and each part names its rule and ratio. The ledger
//! stays as it is: allocation is a reading of it, and happens anew for every statement.

mod cells;
mod divider;
mod model;
mod order;
mod reciprocal;
mod rule;
mod run;
mod share;
#[cfg(test)]
mod tests;

pub use model::{
    AllocatedMeasure, AllocatedPart, AllocatedRatio, AllocatedRow, AllocatedRule, Allocation, AllocationView,
    VirtualTagUse,
};
pub use rule::{
    AllocationMethod, AllocationRule, AllocationRules, AllocationTarget, MAX_ALLOCATION_RULES,
    MAX_ALLOCATION_TARGETS, Measure, ZeroWeight,
};

pub(super) use cells::{AllocationCell, Used};
pub(super) use divider::{ChargeElement, ChargePart, Divider};
pub(super) use model::{focus_details, focus_element};
pub(super) use run::views;
pub(super) use share::shared;
