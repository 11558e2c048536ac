//! The private module `bursar._native`: converts types and errors for Python's hand-written face, and nothing else.
//!
//! Money crosses as decimal text, so that no digit is lost and no float is made on the way.

mod amount;
mod answer;
mod clock;
mod convert;
mod engine;
mod error;
mod export;
mod fork;
mod handles;
mod hold;
mod ledger;
mod metrics;
mod money;
mod opened;
mod printed;
mod printing;
mod quote;
mod reconcile;
mod record;
mod report;
mod request;
mod settle;
mod span;
mod statement;
mod terms;
mod usage;

use pyo3::prelude::*;

#[pymodule(name = "_native")]
mod native {
    #[pymodule_export]
    use crate::{
        answer::{Answer, StreamReader, address, read_answer},
        clock::ManualClock,
        engine::Engine,
        export::lint_focus,
        fork::forked,
        handles::{Model, Scope},
        hold::Hold,
        metrics::Metrics,
        money::parse_money,
        printed::{ClientStatement, CreditNote, Margin, Preview},
        quote::{Quote, quote},
        reconcile::Reconciliation,
        request::{Request, read_batch, read_request},
        settle::Entry,
        span::CallSpan,
        statement::Statement,
        usage::Usage,
    };
    use pyo3::prelude::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
