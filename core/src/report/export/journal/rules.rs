//! Which accounts a policy books to.

use crate::error::{Error, ErrorCode, Result};
use crate::tags::Selector;

/// The accounts of a policy's `[journal]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct JournalRules {
    /// What charges are booked to, where no mapping says otherwise.
    pub expense: String,
    /// Where the cost waits until the provider's invoice is booked: the other side of every charge.
    pub clearing: String,
    /// What clients owe.
    pub receivable: Option<String>,
    /// What clients are billed.
    pub revenue: Option<String>,
    /// What the calls of clients cost.
    pub cost_of_sales: Option<String>,
    /// The subsidiary, where the ledger has several.
    pub subsidiary: Option<String>,
    /// The tax rate of every line by its full name; `Tax Exempt` when left out. Xero wants one.
    pub tax_rate: Option<String>,
    /// What charges of certain tags are booked to; the first that matches.
    pub map: Vec<JournalMapping>,
}

impl JournalRules {
    /// Rules with these two accounts.
    pub fn new(expense: impl Into<String>, clearing: impl Into<String>) -> Self {
        Self { expense: expense.into(), clearing: clearing.into(), ..Self::default() }
    }
}

/// An account that not every policy names, by its key.
pub(super) fn needed<'a>(account: Option<&'a String>, key: &str) -> Result<&'a str> {
    account.map(String::as_str).filter(|account| !account.is_empty()).ok_or_else(|| {
        Error::new(ErrorCode::ReportInvalid, format!("the journal has no {key} account"))
            .with_help(format!("give `{key}` under `[journal]` of the policy"))
    })
}

/// What charges of certain tags are booked to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalMapping {
    /// The charges, by team, project, client and agent.
    pub selector: Selector,
    /// The account, where it isn't `expense`.
    pub account: Option<String>,
    /// The account of what clients are billed, where it isn't `revenue`.
    pub revenue: Option<String>,
    /// The department.
    pub department: Option<String>,
    /// The class.
    pub class: Option<String>,
    /// The location.
    pub location: Option<String>,
    /// The cost centre.
    pub cost_center: Option<String>,
}

impl JournalMapping {
    /// A mapping of these charges that says nothing yet.
    pub const fn new(selector: Selector) -> Self {
        let revenue = None;
        Self {
            selector,
            account: None,
            revenue,
            department: None,
            class: None,
            location: None,
            cost_center: None,
        }
    }
}
