//! Reports: what was spent in a period, by whom and on what.
//!
//! A [`Statement`] is the model; CSV, JSON and the terminal table only render it, so they can't disagree. It is read
//! from the ledger's sums, every amount in it is exact, and every breakdown adds up to the total: spend without a tag
//! is shown as `unallocated`, and a list that is cut has a rest. Only the table rounds, top-down, so that what is
//! printed adds up too. Nothing here decides or changes anything.

mod allocation;
mod anomalies;
mod assemble;
mod billing;
mod charges;
mod chart;
mod closing;
mod cube;
mod days;
mod document;
mod evidence;
mod examine;
mod export;
mod forecast;
mod gather;
mod grouping;
mod guard;
mod header;
mod kpis;
mod markup;
mod matrix;
mod opportunities;
mod period;
mod preview;
mod reading;
mod reconcile;
mod render;
mod request;
mod rounding;
mod rules;
mod statement;
#[cfg(test)]
mod tests;
mod values;
mod virtual_tags;

pub use allocation::{
    AllocatedMeasure, AllocatedPart, AllocatedRatio, AllocatedRow, AllocatedRule, Allocation,
    AllocationMethod, AllocationRule, AllocationRules, AllocationTarget, AllocationView,
    MAX_ALLOCATION_RULES, MAX_ALLOCATION_TARGETS, Measure, VirtualTagUse, ZeroWeight,
};
pub use billing::{
    ClientBudget, ClientDocument, ClientHeader, ClientLine, ClientLineKind, ClientPeriod, ClientPrice,
    ClientRequest, ClientRule, ClientShare, ClientStatement, ClientTerms, Clients, CreditLine, CreditNote,
    CreditProject, Included, MAX_CLIENT_RULES, MAX_CLIENTS, Margin, MarginRow, MarginTotal, Retainer,
    VolumeMeasure, VolumeStep, VolumeSteps,
};
mod variance;

pub use anomalies::{Anomaly, AnomalyCause};
pub use charges::ChargeLine;
pub use chart::ChartStyle;
pub use closing::{ClosingRule, ReconciledBill};
pub(crate) use closing::{RECONCILIATION, check_reconciled};
pub use document::{
    Block, Cell, Chart, ChartKind, Column, ColumnKind, Document, Fact, Fx, Presentation, PrintedParty,
    Section, Series, Table, TableRow, Theme, Tile, Tone,
};
pub use evidence::{Correction, EntryPlace, EntrySum, Evidence, MAX_CORRECTIONS, PriceUse};
pub use export::{
    ClientInvoice, Exported, Finding, FocusLevel, FocusLint, FocusRequest, FocusRule, Journal, JournalEntry,
    JournalFile, JournalFormat, JournalLine, JournalMapping, JournalRules, MAX_EXPORT_DAYS, MAX_FINDINGS,
    export_focus, export_parquet, write_whole,
};
pub use forecast::{
    Accuracy, Estimate, Forecast, ForecastBudget, ForecastDay, ForecastGroup, ForecastGroups,
};
pub use grouping::Grouping;
pub use header::{Header, Party, StatementKind, StatementStatus};
pub use kpis::{CostShare, Kpis, TagCoverage};
pub use opportunities::{Opportunities, Opportunity, OpportunityKind};
pub use period::ReportPeriod;
pub use preview::{Preview, PreviewGroup, PreviewRow};
pub(crate) use reconcile::TrueUpNote;
pub use reconcile::{
    AmountUnit, BillDocument, BillFormat, BillReference, BillSource, CauseTotal, Certainty, ChargeKind,
    CsvColumns, CsvMapping, CsvSign, DriftCause, ExchangeRate, LineState, LineStatus, MAX_BILL_BYTES,
    MAX_BILL_LINES, MatchKey, MatchLevel, MeterShare, PartKind, ProviderLine, ReconcileRequest,
    ReconciledLine, Reconciliation, ReportedAmount, Side, SignOff, SourceTotal, TolerancePolicy, TrueUp,
    VariancePart, reconcile_store,
};
pub use request::{MAX_DRIVERS, MAX_GROUPINGS, MAX_PREVIOUS_PERIODS, ReportRequest};
pub use rules::{Parties, Recipient, ReportRules};
pub use statement::{
    Breakdown, BudgetUse, DetailRow, DimensionRow, Drivers, EntryRange, PeriodTotal, Quantity, Row,
    Statement, Trend, TrendGroup, Unallocated,
};
pub use values::Values;
pub use virtual_tags::{MAX_VIRTUAL_TAGS, VirtualTag, VirtualTags};

pub(crate) use billing::{
    Billed, BilledCalls, Issue, client_statement, margin, margin_plans, settle_corrections,
};
pub use variance::{Driver, Effect, EffectKind, Variance, VarianceGroup};

pub(crate) use examine::{Examined, Names};
pub(crate) use gather::{Booked, Plan};
pub(crate) use preview::preview;

use crate::budget::BudgetStatus;
use crate::error::Result;
use crate::ledger::{Store, bookings};
use crate::tags::Dictionary;
use crate::time::Timestamp;

/// The statement of a period, from a ledger and the names that it was written with. The budgets are those of `now`.
///
/// # Errors
/// `report_invalid` for a request out of bounds, `time_zone_unknown`, `ledger_*`.
pub fn build_statement(
    store: &mut dyn Store,
    dictionary: &Dictionary,
    budgets: &[BudgetStatus],
    request: &ReportRequest,
    now: Timestamp,
) -> Result<Statement> {
    let plan = Plan::new(request, now)?;
    let mut booked = Booked::new(&plan)?;
    bookings(store, &mut [&mut booked])?;
    let names = Names { dictionary, prices: request.prices.as_ref(), policy: None };
    let examined = plan.examine(store, &booked, &names)?;
    plan.statement(booked, dictionary, (budgets, now), examined)
}
