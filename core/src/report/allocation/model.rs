//! What an allocation says in a statement.

use crate::money::Money;
use crate::report::grouping::Grouping;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Who is charged what, after shared cost was divided, and which tags were set by rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allocation {
    /// The version of the rules: a hash of all of them, virtual tags too.
    pub version: String,
    /// Which rules for virtual tags set what, in the order of the rules.
    pub virtual_tags: Vec<VirtualTagUse>,
    /// One for each tag that rules allocate to, in the order of the rules. Each divides the same cost by itself.
    pub views: Vec<AllocationView>,
}

/// What one rule for virtual tags did to one tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VirtualTagUse {
    /// The rule's name.
    pub rule: String,
    /// The tag.
    pub by: Grouping,
    /// The value that it set.
    pub value: String,
    /// Calls whose tag it set.
    pub calls: u64,
    /// What they cost.
    pub cost: Money,
}

/// Cost by the values of one tag, before and after allocation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllocationView {
    /// The tag.
    pub by: Grouping,
    /// Every value that was charged or gave something, the most charged first, and in the end what is unallocated, also
    /// where that is nothing.
    pub rows: Vec<AllocatedRow>,
    /// The rules of this tag, in the order in which they ran.
    pub rules: Vec<AllocatedRule>,
}

/// One value of the tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllocatedRow {
    /// The value; `unallocated` where the tag is missing.
    pub value: String,
    /// What its own calls cost.
    pub direct: Money,
    /// What rules gave it.
    pub allocated_in: Money,
    /// What rules took from it, of its own cost and of what others gave it.
    pub allocated_out: Money,
    /// Direct cost, with what was given and without what was taken.
    pub charged: Money,
    /// What each rule gave it, in the order in which the rules ran.
    pub received: Vec<AllocatedPart>,
}

/// What one rule gave one value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllocatedPart {
    /// The rule's id.
    pub rule: String,
    /// The rule with the version of all rules, `id@version`: FOCUS's AllocatedMethodId.
    pub method_id: String,
    /// The part of all that the rule moved; the ratios of a rule sum to exactly 1.
    pub ratio: AllocatedRatio,
    /// What the rule went by, as a number with its unit; nothing for even and fixed parts.
    pub measured: Option<AllocatedMeasure>,
    /// The amount.
    pub amount: Money,
}

/// What a target used, by which its part was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllocatedMeasure {
    /// The unit: `USD`, `Input Tokens`, `Requests`, or the name of a measure of one's own.
    pub unit: String,
    /// The quantity as a plain decimal.
    pub quantity: String,
}

/// One rule, and what it did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllocatedRule {
    /// The rule's id.
    pub id: String,
    /// The rule with the version of all rules, `id@version`.
    pub method_id: String,
    /// How it divides: `even`, `fixed`, `proportional to cost`.
    pub method: String,
    /// Which cost it moves, as a selector.
    pub selector: String,
    /// What it moved.
    pub moved: Money,
    /// What it should have moved and left where it was, for want of targets or weights.
    pub kept: Money,
    /// Why, or that it divided evenly for want of weights.
    pub note: Option<String>,
}

/// A part of 1 in trillionths, which prints as a decimal: `0.333333333334`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "Money", into = "Money")]
pub struct AllocatedRatio(i128);

impl AllocatedRatio {
    /// Trillionths.
    pub const fn trillionths(self) -> i128 {
        self.0
    }

    pub(super) const fn of(trillionths: i128) -> Self {
        Self(trillionths)
    }
}

// A ratio is written as an amount is, which has as many decimals.
impl From<AllocatedRatio> for Money {
    fn from(ratio: AllocatedRatio) -> Self {
        Self::from_pico(ratio.0)
    }
}

impl From<Money> for AllocatedRatio {
    fn from(number: Money) -> Self {
        Self(number.pico())
    }
}

impl fmt::Display for AllocatedRatio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Money::from_pico(self.0).fmt(f)
    }
}

impl AllocatedPart {
    /// The part as FOCUS's AllocatedMethodDetails has it: JSON of one element.
    ///
    /// # Examples
    /// `{"Elements":[{"AllocatedRatio":0.25,"UsageUnit":"Output Tokens","UsageQuantity":1200}]}`
    pub fn focus_details(&self) -> String {
        focus_details(&[focus_element(self.ratio, self.measured.as_ref(), None)])
    }
}

/// FOCUS's AllocatedMethodDetails of these elements.
pub(in crate::report) fn focus_details(elements: &[String]) -> String {
    format!(r#"{{"Elements":[{}]}}"#, elements.join(","))
}

/// One element of it: the part of 1, what it was found by, and the rule where that isn't the one that took the charge.
pub(in crate::report) fn focus_element(
    ratio: AllocatedRatio,
    measured: Option<&AllocatedMeasure>,
    rule: Option<&str>,
) -> String {
    let usage = measured.map(|measured| {
        let unit = serde_json::Value::from(measured.unit.as_str());
        format!(r#","UsageUnit":{unit},"UsageQuantity":{}"#, measured.quantity)
    });
    let rule = rule.map(|rule| format!(r#","x_Rule":{}"#, serde_json::Value::from(rule)));
    format!(r#"{{"AllocatedRatio":{ratio}{}{}}}"#, usage.unwrap_or_default(), rule.unwrap_or_default())
}

impl AllocationView {
    /// The row of a value.
    pub fn row(&self, value: &str) -> Option<&AllocatedRow> {
        self.rows.iter().find(|row| row.value == value)
    }

    /// Whether everything that was given was taken somewhere, and each row is the sum of its parts.
    pub(in crate::report) fn adds_up(&self) -> bool {
        let sum = |of: fn(&AllocatedRow) -> Money| self.rows.iter().map(of).sum::<Money>();
        let is_row_whole = |row: &AllocatedRow| {
            row.received.iter().map(|part| part.amount).sum::<Money>() == row.allocated_in
                && row.direct + row.allocated_in - row.allocated_out == row.charged
        };
        let is_rule_whole = |rule: &AllocatedRule| {
            let parts = self.rows.iter().flat_map(|row| &row.received).filter(|part| part.rule == rule.id);
            let (moved, ratio) = parts.fold((Money::ZERO, 0), |(moved, ratio), part| {
                (moved + part.amount, ratio + part.ratio.trillionths())
            });
            moved == rule.moved && (ratio == super::share::WHOLE_RATIO || moved == Money::ZERO)
        };
        self.rows.iter().all(is_row_whole)
            && self.rules.iter().all(is_rule_whole)
            && sum(|row| row.allocated_in) == sum(|row| row.allocated_out)
            && sum(|row| row.charged) == sum(|row| row.direct)
    }

    /// What is charged to all values.
    pub(in crate::report) fn charged(&self) -> Money {
        self.rows.iter().map(|row| row.charged).sum()
    }
}
