//! Reconciliation of the ledger with a provider's own bill.
//!
//! Bills are read into lines, matched with the ledger at the finest key that both have, and every difference is divided
//! into parts that sum to it, each with a cause where a rule finds one. Amounts are exact, the order of input lines
//! doesn't matter, and what no rule explains says so. Nothing here changes a ledger: true-ups are proposed.

mod amount;
mod assemble;
mod bill;
mod cause;
mod import;
mod key;
mod line;
mod meter;
mod names;
mod note;
mod pair;
mod pairing;
mod rates;
mod reconciliation;
mod render;
mod request;
mod rules;
#[cfg(test)]
mod tests;
mod true_up;
mod words;

pub use amount::ReportedAmount;
pub use assemble::reconcile_store;
pub use cause::{Certainty, DriftCause};
pub use import::{
    AmountUnit, BillDocument, BillFormat, CsvColumns, CsvMapping, CsvSign, MAX_BILL_BYTES, MAX_BILL_LINES,
};
pub use key::{MatchKey, MatchLevel};
pub use line::{BillSource, ChargeKind, LineStatus, ProviderLine};
pub use meter::MeterShare;
pub(crate) use note::TrueUpNote;
pub use reconciliation::{
    BillReference, CauseTotal, LineState, PartKind, ReconciledLine, Reconciliation, Side, SignOff,
    SourceTotal, VariancePart,
};
pub use request::{ExchangeRate, ReconcileRequest, TolerancePolicy};
pub use true_up::TrueUp;
