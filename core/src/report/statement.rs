//! The statement: the model that every format renders.
//!
//! Its JSON is a published format: amounts are decimal strings, times RFC 3339, keys always in the same order. Nothing
//! here is rounded, and nothing reads the ledger.

use super::allocation::Allocation;
use super::anomalies::Anomaly;
use super::charges::ChargeLine;
use super::evidence::Evidence;
use super::forecast::Forecast;
use super::grouping::Grouping;
use super::header::Header;
use super::kpis::Kpis;
use super::opportunities::Opportunities;
use super::period::ReportPeriod;
use super::values::Values;
use super::variance::Variance;
use crate::budget::{BudgetBasis, BudgetState};
use crate::error::{Error, ErrorCode, Result};
use crate::money::{Currency, Money};
use crate::pricing::Dimension;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Raised when a reader of the version before would misread the JSON.
pub(super) const SCHEMA_VERSION: u32 = 1;

/// What was spent in a period. All amounts are exact, and every breakdown sums to the total.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Statement {
    /// How to read the JSON.
    pub schema_version: u32,
    /// Who says it to whom, as which document.
    pub header: Header,
    /// The period.
    pub period: ReportPeriod,
    /// The time zone of the period.
    pub time_zone: String,
    /// The currency of every amount.
    pub currency: Currency,
    /// When the statement was made.
    pub generated_at: Timestamp,
    /// Whether the period is over.
    pub is_over: bool,
    /// Which calls are in the statement, as a selector; nothing for all.
    pub filter: Option<String>,
    /// Everything that was booked.
    pub total: Money,
    /// Calls that were booked: settled or expired.
    pub calls: u64,
    /// Calls that cost more than their hold.
    pub overruns: u64,
    /// Calls of which nobody said what they cost, booked with their hold.
    pub expired: u64,
    /// The part of the total without usage: expired holds, costs told from elsewhere and corrections.
    pub unmeasured: Money,
    /// The first and the last ledger entry that count, as numbers; nothing without an entry or with a filter.
    pub entries: Option<EntryRange>,
    /// The columns of the grouping that was asked for.
    pub by: Vec<Grouping>,
    /// Its rows, the most expensive first, also those that only earlier periods have.
    pub rows: Vec<Row>,
    /// By team, project, client, model and agent, each by itself.
    pub breakdowns: Vec<Breakdown>,
    /// By kind of usage.
    pub dimensions: Vec<DimensionRow>,
    /// By model, kind of usage, terms and unit price: quantity times price, as an invoice has it.
    pub lines: Vec<ChargeLine>,
    /// The periods before.
    pub trend: Trend,
    /// What the budgets stand at; nothing where that isn't known, and then the notes say why.
    pub budgets: Vec<BudgetUse>,
    /// What cost most.
    pub drivers: Drivers,
    /// Spend without a team, project or client, in this order, also where there is none.
    pub unallocated: Vec<Unallocated>,
    /// By team, project, client, agent and model together: the lines of the CSV.
    pub detail: Vec<DetailRow>,
    /// Who is charged what by the rules of the policy; nothing where it has none. With a filter only the values that it
    /// names are shown, and only where it looks at their tag alone: their shares are those of the whole.
    pub allocation: Option<Allocation>,
    /// Why the total changed; nothing where there is nothing to compare with.
    pub variance: Option<Variance>,
    /// What the period will have cost, day by day; nothing for a period that isn't made of days.
    pub forecast: Option<Forecast>,
    /// Days on which a team, a model or an agent cost far more than usual, the largest excess first.
    pub anomalies: Vec<Anomaly>,
    /// What part of the cost is unallocated and estimated, and carries each tag.
    pub kpis: Kpis,
    /// What could have been saved, where that was asked for.
    pub opportunities: Option<Opportunities>,
    /// What the statement rests on, where that was asked for.
    pub evidence: Option<Evidence>,
    /// What a reader has to know, in sentences.
    pub notes: Vec<String>,
}

/// The first and the last ledger entry that count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryRange {
    /// The first one's number.
    pub first: u64,
    /// The last one's number.
    pub last: u64,
}

/// The total, divided by one or more columns. The most expensive row comes first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breakdown {
    /// The columns.
    pub by: Vec<Grouping>,
    /// The rows, also those that only earlier periods have.
    pub rows: Vec<Row>,
}

/// One row of a breakdown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The value of each column; `unallocated` where the tag is missing.
    pub values: Values,
    /// What it cost.
    pub cost: Money,
    /// Its share of the total in hundredths of a percent; the shares of all rows sum to 10,000.
    pub share_basis_points: i128,
    /// Calls that were booked.
    pub calls: u64,
    /// Calls that cost more than their hold.
    pub overruns: u64,
    /// Calls that were booked with their hold.
    pub expired: u64,
    /// The part of the cost without usage.
    pub unmeasured: Money,
    /// Usage by dimension.
    pub quantities: Vec<Quantity>,
    /// The cost in each period before, newest first.
    pub previous: Vec<Money>,
}

/// Usage of one dimension.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quantity {
    /// The dimension.
    pub dimension: Dimension,
    /// Units.
    pub quantity: u64,
    /// What they cost.
    pub cost: Money,
}

/// The cost of one kind of usage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DimensionRow {
    /// The dimension; nothing for cost without usage.
    pub dimension: Option<Dimension>,
    /// Units.
    pub quantity: u64,
    /// What they cost.
    pub cost: Money,
    /// The share of the total in hundredths of a percent.
    pub share_basis_points: i128,
}

/// The periods before, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trend {
    /// Each period's total.
    pub periods: Vec<PeriodTotal>,
    /// The same period of the year before: the month that was twelve months ago; nothing where it is none of them.
    pub year_before: Option<PeriodTotal>,
    /// The first column of the grouping.
    pub by: Option<Grouping>,
    /// The first column of the grouping over the periods.
    pub groups: Vec<TrendGroup>,
}

/// What an earlier period cost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeriodTotal {
    /// The period.
    pub period: ReportPeriod,
    /// Everything that was booked in it.
    pub total: Money,
    /// Calls that were booked in it.
    pub calls: u64,
}

/// One value of the grouping's first column over the periods.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrendGroup {
    /// The value.
    pub value: String,
    /// What it cost in the period.
    pub cost: Money,
    /// The cost in each period before, newest first.
    pub previous: Vec<Money>,
}

/// What a budget stands at in its own window, which holds the time of the statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BudgetUse {
    /// The budget's name.
    pub name: String,
    /// The tag values of the instance; empty for the budget as a whole.
    pub instance: Vec<String>,
    /// The budget's window.
    pub window: ReportPeriod,
    /// Whether the amounts are what calls cost or what clients are billed for them; a statement that doesn't say it is of
    /// before there were prices.
    #[serde(default)]
    pub basis: BudgetBasis,
    /// The limit of the window.
    pub limit: Money,
    /// Settled and expired calls.
    pub spent: Money,
    /// Calls under way.
    pub held: Money,
    /// What still fits.
    pub remaining: Money,
    /// Spend in hundredths of a percent of the limit.
    pub utilisation_basis_points: u64,
    /// What the window will have cost at its end, if spend goes on as it did.
    pub forecast: Option<Money>,
    /// How the budget answers.
    pub state: BudgetState,
}

/// The combinations of team, project, client, agent and model that cost most.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drivers {
    /// The columns of the rows.
    pub by: Vec<Grouping>,
    /// The most expensive ones, in falling order.
    pub rows: Vec<Row>,
    /// How many others there are.
    pub others: usize,
    /// The sum of the others, without values.
    pub rest: Row,
}

/// Spend that a tag doesn't allocate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unallocated {
    /// Which tag is missing, or has the value `unallocated`.
    pub by: Grouping,
    /// What it cost.
    pub cost: Money,
    /// The share of the total in hundredths of a percent.
    pub share_basis_points: i128,
    /// Calls.
    pub calls: u64,
}

/// One line of the detail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DetailRow {
    /// The team; `unallocated` where the tag is missing, as for the next three.
    pub team: String,
    /// The project.
    pub project: String,
    /// The client.
    pub client: String,
    /// The agent.
    pub agent: String,
    /// The model's provider.
    pub provider: String,
    /// The model, without its provider.
    pub model: String,
    /// Calls that were booked.
    pub calls: u64,
    /// Usage by dimension.
    pub quantities: Vec<Quantity>,
    /// What it cost.
    pub cost: Money,
}

impl Statement {
    /// Reads a statement that was written as JSON.
    ///
    /// # Errors
    /// `report_invalid` for what isn't a statement.
    pub fn from_json(text: &str) -> Result<Self> {
        serde_json::from_str(text).map_err(|cause| {
            Error::new(ErrorCode::ReportInvalid, "the text is no statement".to_owned())
                .with_help("pass what `to_json` of a statement gave")
                .caused_by(cause)
        })
    }

    /// The breakdown by one of team, project, client, model and agent.
    pub fn breakdown(&self, by: &Grouping) -> Option<&Breakdown> {
        self.breakdowns.iter().find(|breakdown| breakdown.by.as_slice() == std::slice::from_ref(by))
    }
}
