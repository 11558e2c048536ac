//! The private module `bursar._native`: converts types and errors for Python's hand-written face, and nothing else.
//!
//! Money crosses as decimal text, so that no digit is lost and no float is made on the way.

mod amount;
mod answer;
mod clock;
mod convert;
mod engine;
mod error;
mod fork;
mod handles;
mod hold;
mod ledger;
mod metrics;
mod money;
mod opened;
mod quote;
mod record;
mod request;
mod settle;
mod span;
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
        fork::forked,
        handles::{Model, Scope},
        hold::Hold,
        ledger::Statement,
        metrics::Metrics,
        money::parse_money,
        quote::{Quote, quote},
        request::{Request, read_batch, read_request},
        settle::Entry,
        span::CallSpan,
        usage::Usage,
    };
    use pyo3::prelude::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
