//! The statement as JSON. What is written here is a format: the model may change, this only with its version.

use crate::money::Money;
use crate::report::grouping::Grouping;
use crate::report::statement::{
    Breakdown, BudgetUse, DimensionRow, PeriodTotal, Quantity, ReportPeriod, Row, Statement, Trend,
    TrendGroup, Unallocated,
};
use serde::{Serialize, Serializer};

/// Raised when a reader of the version before would misread it.
const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
struct StatementView<'a> {
    schema_version: u32,
    kind: &'static str,
    period: PeriodView<'a>,
    time_zone: &'a str,
    currency: &'a str,
    generated_at: String,
    is_over: bool,
    filter: Option<&'a str>,
    total: Money,
    calls: u64,
    overruns: u64,
    expired: u64,
    unmeasured: Money,
    entries: Option<EntriesView>,
    by: Vec<&'a str>,
    rows: Vec<RowView<'a>>,
    breakdowns: Vec<BreakdownView<'a>>,
    dimensions: Vec<DimensionView>,
    trend: TrendView<'a>,
    budgets: Vec<BudgetView<'a>>,
    drivers: DriversView<'a>,
    unallocated: Vec<UnallocatedView<'a>>,
    notes: &'a [String],
}

#[derive(Serialize)]
struct PeriodView<'a> {
    name: &'a str,
    start: Option<&'a str>,
    end: Option<&'a str>,
}

#[derive(Serialize)]
struct EntriesView {
    first: u64,
    last: u64,
}

#[derive(Serialize)]
struct BreakdownView<'a> {
    by: Vec<&'a str>,
    rows: Vec<RowView<'a>>,
}

#[derive(Serialize)]
struct RowView<'a> {
    values: Columns<'a>,
    cost: Money,
    share_basis_points: i128,
    calls: u64,
    overruns: u64,
    expired: u64,
    unmeasured: Money,
    quantities: Vec<DimensionView>,
    previous: &'a [Money],
}

/// The value of each column, in the order of the columns.
struct Columns<'a>(&'a [Grouping], &'a [String]);

impl Serialize for Columns<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(Grouping::as_str).zip(self.1))
    }
}

#[derive(Serialize)]
struct DimensionView {
    dimension: Option<&'static str>,
    quantity: u64,
    cost: Money,
    #[serde(skip_serializing_if = "Option::is_none")]
    share_basis_points: Option<i128>,
}

#[derive(Serialize)]
struct TrendView<'a> {
    periods: Vec<PeriodTotalView<'a>>,
    by: Option<&'a str>,
    groups: Vec<TrendGroupView<'a>>,
}

#[derive(Serialize)]
struct PeriodTotalView<'a> {
    period: PeriodView<'a>,
    total: Money,
    calls: u64,
}

#[derive(Serialize)]
struct TrendGroupView<'a> {
    value: &'a str,
    cost: Money,
    previous: &'a [Money],
}

#[derive(Serialize)]
struct BudgetView<'a> {
    name: &'a str,
    instance: &'a [String],
    window: PeriodView<'a>,
    limit: Money,
    spent: Money,
    held: Money,
    remaining: Money,
    utilisation_basis_points: u64,
    forecast: Option<Money>,
    state: &'static str,
}

#[derive(Serialize)]
struct DriversView<'a> {
    rows: Vec<RowView<'a>>,
    others: usize,
    rest: RowView<'a>,
}

#[derive(Serialize)]
struct UnallocatedView<'a> {
    by: &'a str,
    cost: Money,
    share_basis_points: i128,
    calls: u64,
}

pub(super) fn render(statement: &Statement) -> String {
    // Numbers and texts with string keys: there is nothing that JSON can't hold.
    let text = serde_json::to_string_pretty(&view(statement));
    debug_assert!(text.is_ok());
    text.unwrap_or_default() + "\n"
}

fn view(statement: &Statement) -> StatementView<'_> {
    let Statement { rows, drivers, .. } = statement;
    StatementView {
        schema_version: SCHEMA_VERSION,
        kind: "chargeback",
        period: period(&statement.period),
        time_zone: &statement.zone,
        currency: statement.currency.code(),
        generated_at: statement.generated_at.to_string(),
        is_over: statement.is_over,
        filter: statement.filter.as_deref(),
        total: statement.total,
        calls: statement.calls,
        overruns: statement.overruns,
        expired: statement.expired,
        unmeasured: statement.unmeasured,
        entries: statement.entries.map(|(first, last)| EntriesView { first, last }),
        by: rows.by.iter().map(Grouping::as_str).collect(),
        rows: rows.rows.iter().map(|own| row(&rows.by, own)).collect(),
        breakdowns: statement.breakdowns.iter().map(breakdown).collect(),
        dimensions: statement.dimensions.iter().map(dimension).collect(),
        trend: trend(&statement.trend, rows.by.first()),
        budgets: statement.budgets.iter().map(budget).collect(),
        drivers: DriversView {
            rows: drivers.rows.iter().map(|own| row(&drivers.by, own)).collect(),
            others: drivers.others,
            rest: row(&[], &drivers.rest),
        },
        unallocated: statement.unallocated.iter().map(unallocated).collect(),
        notes: &statement.notes,
    }
}

fn period(period: &ReportPeriod) -> PeriodView<'_> {
    PeriodView { name: &period.name, start: period.start.as_deref(), end: period.end.as_deref() }
}

fn breakdown(breakdown: &Breakdown) -> BreakdownView<'_> {
    BreakdownView {
        by: breakdown.by.iter().map(Grouping::as_str).collect(),
        rows: breakdown.rows.iter().map(|own| row(&breakdown.by, own)).collect(),
    }
}

fn row<'a>(by: &'a [Grouping], row: &'a Row) -> RowView<'a> {
    RowView {
        values: Columns(by, &row.values),
        cost: row.cost,
        share_basis_points: row.share_basis_points,
        calls: row.calls,
        overruns: row.overruns,
        expired: row.expired,
        unmeasured: row.unmeasured,
        quantities: row.quantities.iter().map(quantity).collect(),
        previous: &row.previous,
    }
}

fn quantity(quantity: &Quantity) -> DimensionView {
    let Quantity { dimension, quantity, cost } = *quantity;
    DimensionView { dimension: Some(dimension.as_str()), quantity, cost, share_basis_points: None }
}

fn dimension(row: &DimensionRow) -> DimensionView {
    DimensionView {
        dimension: row.dimension.map(crate::pricing::Dimension::as_str),
        quantity: row.quantity,
        cost: row.cost,
        share_basis_points: Some(row.share_basis_points),
    }
}

fn trend<'a>(trend: &'a Trend, by: Option<&'a Grouping>) -> TrendView<'a> {
    let total = |own: &'a PeriodTotal| PeriodTotalView {
        period: period(&own.period),
        total: own.total,
        calls: own.calls,
    };
    let group =
        |own: &'a TrendGroup| TrendGroupView { value: &own.value, cost: own.cost, previous: &own.previous };
    TrendView {
        periods: trend.periods.iter().map(total).collect(),
        by: by.map(Grouping::as_str),
        groups: trend.groups.iter().map(group).collect(),
    }
}

fn budget(budget: &BudgetUse) -> BudgetView<'_> {
    BudgetView {
        name: &budget.name,
        instance: &budget.instance,
        window: period(&budget.window),
        limit: budget.limit,
        spent: budget.spent,
        held: budget.held,
        remaining: budget.remaining,
        utilisation_basis_points: budget.utilisation_basis_points,
        forecast: budget.forecast,
        state: budget.state.as_str(),
    }
}

fn unallocated(own: &Unallocated) -> UnallocatedView<'_> {
    UnallocatedView {
        by: own.by.as_str(),
        cost: own.cost,
        share_basis_points: own.share_basis_points,
        calls: own.calls,
    }
}
