//! What would change if one policy replaced another.

use crate::budget::{Budget, BudgetBasis, Rollover, Step};
use crate::engine::Policy;
use crate::tags::TagKey;
use std::{collections::HashMap, fmt};

/// What a policy would change, as data; it prints one line a change.
#[derive(Clone, Debug)]
pub struct Plan {
    budgets: Vec<BudgetChange>,
    fields: Vec<FieldChange>,
}

/// What happens to one budget.
#[derive(Clone, Debug)]
pub enum BudgetChange {
    /// It is new.
    Added(Budget),
    /// It is gone; what was spent stays in the ledger.
    Removed(Budget),
    /// It has the same name and other content.
    Edited {
        /// As it is.
        before: Budget,
        /// As it will be.
        after: Budget,
        /// What differs, by the keys of the policy file.
        fields: Vec<FieldChange>,
    },
}

/// One value before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldChange {
    /// The key of the policy file.
    pub key: &'static str,
    /// As it is.
    pub before: String,
    /// As it will be.
    pub after: String,
}

impl Policy {
    /// What would change if `next` replaced this policy: budgets in the order of `next`, then those that go.
    pub fn plan(&self, next: &Self) -> Plan {
        let mut known: HashMap<&str, &Budget> =
            self.budgets.iter().map(|budget| (budget.name(), budget)).collect();
        let mut budgets = Vec::new();
        for after in &next.budgets {
            match known.remove(after.name()) {
                None => budgets.push(BudgetChange::Added(after.clone())),
                Some(before) => {
                    let fields = differences(&fields(before), &fields(after));
                    if !fields.is_empty() {
                        let (before, after) = (before.clone(), after.clone());
                        budgets.push(BudgetChange::Edited { before, after, fields });
                    }
                }
            }
        }
        let gone = self.budgets.iter().filter(|budget| known.contains_key(budget.name()));
        budgets.extend(gone.cloned().map(BudgetChange::Removed));
        Plan { budgets, fields: differences(&self.other_fields(), &next.other_fields()) }
    }

    /// What a policy has besides budgets, as far as two of them can be told apart.
    fn other_fields(&self) -> [(&'static str, String); 7] {
        let mut prices: Vec<String> = self.prices.iter().map(|price| format!("{price:?}")).collect();
        prices.extend(self.price_book.iter().map(|book| format!("book {}", book.version())));
        prices.extend(self.deployments.iter().map(|(name, model)| format!("{name} = {model}")));
        let prices = prices.join("; ");
        [
            ("taxonomy", format!("{:?}", self.taxonomy)),
            ("prices", prices),
            ("prices.stated_cost", self.stated_cost.to_string()),
            ("holds.lifetime", format!("{} s", self.hold_lifetime.as_secs())),
            ("virtual_tags", format!("{:?}", self.reports.virtual_tags)),
            ("allocation", format!("{:?}", self.reports.allocation)),
            ("clients", format!("{:?}", self.reports.clients)),
        ]
    }
}

impl Plan {
    /// Changes of budgets.
    pub fn budgets(&self) -> &[BudgetChange] {
        &self.budgets
    }

    /// Changes of anything else: `taxonomy`, `prices`, `prices.stated_cost`, `holds.lifetime`, `virtual_tags`,
    /// `allocation`, `clients`.
    pub fn fields(&self) -> &[FieldChange] {
        &self.fields
    }

    /// Whether the policies are the same.
    pub fn is_empty(&self) -> bool {
        self.budgets.is_empty() && self.fields.is_empty()
    }
}

fn fields(budget: &Budget) -> [(&'static str, String); 8] {
    let rollover = match budget.rollover() {
        Rollover::Off => "off".to_owned(),
        Rollover::UpTo(most) => format!("up to {most} USD"),
    };
    let per: Vec<&str> = budget.per().iter().map(TagKey::short).collect();
    let steps: Vec<String> = budget.steps().iter().map(Step::label).collect();
    [
        ("match", budget.selector().to_string()),
        ("limit", format!("{} USD", budget.limit())),
        ("basis", budget.basis().to_string()),
        ("period", budget.calendar().period().to_string()),
        ("time_zone", budget.calendar().zone_name().to_owned()),
        ("per", if per.is_empty() { "nothing".to_owned() } else { per.join(", ") }),
        ("rollover", rollover),
        ("steps", steps.join("; ")),
    ]
}

fn differences(before: &[(&'static str, String)], after: &[(&'static str, String)]) -> Vec<FieldChange> {
    let pairs = before.iter().zip(after).filter(|(before, after)| before != after);
    pairs
        .map(|((key, before), (_, after))| FieldChange { key, before: before.clone(), after: after.clone() })
        .collect()
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("nothing changes");
        }
        let budgets = self.budgets.iter().map(ToString::to_string);
        let fields = self.fields.iter().map(|field| match field.key {
            // Too long to be shown whole.
            key @ ("taxonomy" | "prices" | "virtual_tags" | "allocation" | "clients") => {
                format!("~ {key}: changed")
            }
            _ => format!("~ {field}"),
        });
        f.write_str(&budgets.chain(fields).collect::<Vec<_>>().join("\n"))
    }
}

impl fmt::Display for BudgetChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = |sign: char, budget: &Budget, f: &mut fmt::Formatter<'_>| {
            let (period, zone) = (budget.calendar().period(), budget.calendar().zone_name());
            let (name, limit, selector) = (budget.name(), budget.limit(), budget.selector());
            let of = match budget.basis() {
                BudgetBasis::Cost => "",
                BudgetBasis::Price => " of price",
            };
            write!(
                f,
                "{sign} budget {name}: {limit} USD{of}, period `{period}` in {zone}, match `{selector}`"
            )
        };
        match self {
            Self::Added(budget) => whole('+', budget, f),
            Self::Removed(budget) => whole('-', budget, f),
            Self::Edited { after, fields, .. } => {
                write!(f, "~ budget {}", after.name())?;
                fields.iter().try_for_each(|field| write!(f, "\n    {field}"))
            }
        }
    }
}

impl fmt::Display for FieldChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} -> {}", self.key, self.before, self.after)
    }
}
