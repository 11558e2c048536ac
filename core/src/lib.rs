//! In-process cost control for AI agents.
//!
//! An agent asks before it spends: every model call is priced, tagged to a team, project and client, held against
//! every budget that it touches, sent only if it fits, and settled to what it really cost. The same ledger prints the
//! chargeback.

#![forbid(unsafe_code)]

mod alerts;
mod budget;
mod config;
mod engine;
mod error;
mod ledger;
mod money;
mod pricing;
mod providers;
mod report;
mod tags;
mod telemetry;
mod time;

pub use alerts::{Alert, AlertBus, AlertKind, MAX_QUEUED_ALERTS, MAX_SUBSCRIBERS};
pub use config::{BudgetChange, FieldChange, MAX_POLICY_BYTES, Plan};
pub use engine::{
    Amount, BudgetRef, Builder, Bursar, Call, Decision, Exceeded, FullEntry, Hold, Model, Policy, Scope,
    Settled, Settlement, StatedCost, Suspended, Throttled, Untagged,
};
pub use ledger::{
    Batch, ContentHash, Difference, Durability, Entry, EntryKind, EntryLine, EntryVisitor, IssuedDocument,
    Loaded, MAX_ENTRY_AMOUNT, MAX_MEMORY_ENTRIES, MAX_WAITING_ENTRIES, MemoryStore, News, Rollup, RollupKey,
    Rollups, SqliteStore, Store, StoredMark, verify_store,
};
pub use pricing::{
    Bound, BoundRequest, CacheUse, Dimension, Explanation, MAX_QUOTE_LINES, Matched, ModelHandle, PriceBook,
    PriceMoves, PriceOverride, PriceVersion, Quote, QuoteLine, Terms, Usage,
};

pub use budget::{
    AccountId, Action, Admission, Booked, Booking, Budget, BudgetOptions, BudgetState, BudgetStatus, CallKey,
    Cause, Decisions, Ending, Event, HoldId, HoldState, HoldView, Level, MAX_ACCOUNTS, MAX_BUDGETS,
    MAX_BUDGETS_PER_CALL, MAX_HOLD_LIFETIME, MAX_OPEN_HOLDS, MAX_STEPS, Machine, Mark, MarkKind, OpenHold,
    Refusal, Request, Rollover, ScopeId, Spend, Step, SuspendTarget, Throttle, Trigger, Verdict, Way,
    inherit,
};
pub use error::{Error, ErrorCode, Result, Retry};
pub use money::{Currency, ExactMoney, Money, Rate, Rounding};
pub use providers::{
    ASSUMED_CONTEXT_WINDOW, Answer, Api, ApiRequest, BatchLine, BatchRequest, BoundLine, BoundReason,
    DEFAULT_SERVER_TOOL_USES, InputBound, MAX_ANSWER_ITERATIONS, MAX_BATCH_REQUESTS, MAX_EVENT_BYTES,
    MAX_REQUEST_BYTES, OtherUsage, Outcome, RequestSize, StreamReader, Unresolved, provider_of_host,
};
pub use report::{
    Accuracy, AllocatedMeasure, AllocatedPart, AllocatedRatio, AllocatedRow, AllocatedRule, Allocation,
    AllocationMethod, AllocationRule, AllocationRules, AllocationTarget, AllocationView, AmountUnit, Anomaly,
    AnomalyCause, BillDocument, BillFormat, BillReference, BillSource, Block, Breakdown, BudgetUse,
    CauseTotal, Cell, Certainty, ChargeKind, ChargeLine, Chart, ChartKind, ChartStyle, ClientBudget,
    ClientDocument, ClientHeader, ClientInvoice, ClientLine, ClientLineKind, ClientPeriod, ClientPrice,
    ClientRequest, ClientRule, ClientShare, ClientStatement, ClientTerms, Clients, Column, ColumnKind,
    Correction, CostShare, CreditLine, CreditNote, CsvColumns, CsvMapping, CsvSign, DetailRow, DimensionRow,
    Document, DriftCause, Driver, Drivers, Effect, EffectKind, EntryPlace, EntryRange, EntrySum, Estimate,
    Evidence, ExchangeRate, Exported, Fact, Finding, FocusLevel, FocusLint, FocusRequest, FocusRule,
    Forecast, ForecastBudget, ForecastDay, Fx, Grouping, Header, Included, Journal, JournalEntry,
    JournalFile, JournalFormat, JournalLine, JournalMapping, JournalRules, Kpis, LineState, LineStatus,
    MAX_ALLOCATION_RULES, MAX_ALLOCATION_TARGETS, MAX_BILL_BYTES, MAX_BILL_LINES, MAX_CLIENT_RULES,
    MAX_CLIENTS, MAX_CORRECTIONS, MAX_DRIVERS, MAX_EXPORT_DAYS, MAX_FINDINGS, MAX_GROUPINGS,
    MAX_PREVIOUS_PERIODS, MAX_VIRTUAL_TAGS, Margin, MarginRow, MarginTotal, MatchKey, MatchLevel, Measure,
    MeterShare, Opportunities, Opportunity, OpportunityKind, PartKind, Parties, Party, PeriodTotal,
    Presentation, Preview, PreviewGroup, PreviewRow, PriceUse, PrintedParty, ProviderLine, Quantity,
    Recipient, ReconcileRequest, ReconciledLine, Reconciliation, ReportPeriod, ReportRequest, ReportRules,
    ReportedAmount, Retainer, Row, Section, Series, Side, SignOff, SourceTotal, Statement, StatementKind,
    StatementStatus, Table, TableRow, TagCoverage, Theme, Tile, TolerancePolicy, Tone, Trend, TrendGroup,
    TrueUp, Unallocated, Values, Variance, VarianceGroup, VariancePart, VirtualTag, VirtualTagUse,
    VirtualTags, VolumeMeasure, VolumeStep, VolumeSteps, ZeroWeight, build_statement, export_focus,
    export_parquet, reconcile_store,
};
pub use tags::{
    Classified, Dictionary, MAX_KEY_BYTES, MAX_PATTERN_BYTES, MAX_SELECTOR_BYTES, MAX_SELECTOR_DEPTH,
    MAX_SELECTOR_TERMS, MAX_SELECTOR_VALUES, MAX_SYMBOL_BYTES, MAX_SYMBOLS, MAX_TAG_SETS, MAX_TAGS,
    MAX_TAXONOMY_KEYS, MAX_TAXONOMY_VALUES, MAX_VALUE_BYTES, Misplaced, Selector, Symbol, TagKey, TagSet,
    TagSetId, Taxonomy, TaxonomyBuilder, UNALLOCATED, UnknownPolicy, UnknownValue,
};
pub use telemetry::{
    CallSpan, MAX_METRIC_SERIES, METRIC_SERIES, Metric, MetricKind, MetricPoint, MetricValue, MetricsOptions,
    MetricsReader, Registration, SpanEnd, span_tags,
};
pub use time::{Calendar, Clock, ManualClock, Period, SystemClock, Timestamp, Weekday, Window};
