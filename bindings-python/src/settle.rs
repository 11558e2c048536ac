//! Settling: from usage, from an answer, or to a cost that is known.

use crate::{
    answer::Answer,
    convert::{decimal, money},
    engine::Engine,
    error::{OrRaise, wrong_type},
    terms,
    usage::{self, Usage},
};
use bursar::{Api, HoldId, Money, Settled, Settlement};
use pyo3::{
    exceptions::PyTypeError,
    prelude::*,
    sync::PyOnceLock,
    types::{PyBytes, PyDict},
};

static BODY: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// What a settlement booked.
#[pyclass(frozen, module = "bursar")]
pub(crate) struct Entry(pub(crate) Settled);

#[pymethods]
impl Entry {
    /// The number of the ledger entry; 0 when a repetition booked nothing.
    #[getter]
    fn number(&self) -> u64 {
        self.0.entry
    }

    /// What the call cost.
    #[getter]
    fn cost<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        decimal(py, self.0.cost)
    }

    /// What it had held.
    #[getter]
    fn bound<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        decimal(py, self.0.bound)
    }

    /// Whether it cost more than it held.
    #[getter]
    fn is_overrun(&self) -> bool {
        self.0.is_overrun
    }

    /// Whether it came after the hold had ended.
    #[getter]
    fn is_late(&self) -> bool {
        self.0.is_late
    }

    /// Whether it repeats an earlier settlement.
    #[getter]
    fn is_replay(&self) -> bool {
        self.0.is_replay
    }

    fn __repr__(&self) -> String {
        format!("<Entry {} of {} USD>", self.0.entry, self.0.cost)
    }
}

/// The arguments of a settlement.
pub(crate) struct Settling<'a, 'py> {
    pub(crate) usage: Option<&'a Bound<'py, PyAny>>,
    pub(crate) cost: Option<&'a Bound<'py, PyAny>>,
    pub(crate) model: Option<&'a Bound<'py, PyAny>>,
    pub(crate) terms: Option<&'a Bound<'py, PyDict>>,
}

/// What a call turned out to be, as Python gives it.
#[expect(clippy::large_enum_variant, reason = "it is read at once, and a box would cost an allocation")]
pub(crate) enum Told<'py> {
    Usage(bursar::Usage),
    Cost(Money),
    Answer(Bound<'py, Answer>),
}

impl<'py> Told<'py> {
    pub(crate) fn read(settling: &Settling<'_, 'py>, api: Option<Api>) -> PyResult<Self> {
        match (settling.usage, settling.cost) {
            (None, Some(cost)) => money(cost).map(Self::Cost),
            (Some(usage), None) => Self::of(usage, api),
            _ => Err(wrong_type("give the usage or the provider's answer, or `cost`")),
        }
    }

    fn of(usage: &Bound<'py, PyAny>, api: Option<Api>) -> PyResult<Self> {
        if let Ok(usage) = usage.cast::<Usage>() {
            return Ok(Self::Usage(usage.get().0));
        }
        if let Ok(counts) = usage.cast::<PyDict>()
            && is_plain(counts)
        {
            return usage::from_otel(counts).map(Self::Usage);
        }
        if let Ok(answer) = usage.cast::<Answer>() {
            return Ok(Self::Answer(answer.clone()));
        }
        Bound::new(usage.py(), answer_of(usage, api)?).map(Self::Answer)
    }
}

/// Books a settlement; nothing where the answer doesn't tell its usage, and the hold is unresolved.
pub(crate) fn settle(
    py: Python<'_>,
    engine: &Engine,
    (hold, api): (HoldId, Option<Api>),
    settling: &Settling<'_, '_>,
) -> PyResult<Option<Entry>> {
    let told = Told::read(settling, api)?;
    let settlement = match &told {
        Told::Usage(usage) => Settlement::new(usage),
        Told::Cost(cost) => Settlement::cost(*cost),
        Told::Answer(answer) => {
            let (bursar, answer) = (engine.bursar(py)?, answer.get().inner());
            let settled = engine.run(py, || bursar.settle_answer_by_id(hold, answer));
            return Ok(settled.or_raise(py)?.map(Entry));
        }
    };
    book(py, engine, hold, &settlement, settling).map(Some)
}

fn book(
    py: Python<'_>,
    engine: &Engine,
    hold: HoldId,
    settlement: &Settlement<'_>,
    settling: &Settling<'_, '_>,
) -> PyResult<Entry> {
    let bursar = engine.bursar(py)?;
    let mut settlement = settlement.clone();
    let model = settling.model.map(|model| Engine::model_of(py, &bursar, model, None)).transpose()?;
    if let Some(model) = &model {
        settlement = settlement.model(model);
    }
    if settling.terms.is_some() {
        settlement = settlement.terms(terms::read(settling.terms)?);
    }
    let settled = engine.run(py, || bursar.settle_by_id(hold, &settlement));
    settled.or_raise(py).map(Entry)
}

/// Whether a dict holds counts alone, rather than an answer.
fn is_plain(counts: &Bound<'_, PyDict>) -> bool {
    counts.values().iter().all(|count| {
        count.is_none()
            || !(count.is_instance_of::<PyDict>()
                || count.is_instance_of::<pyo3::types::PyList>()
                || count.is_instance_of::<pyo3::types::PyString>())
    })
}

/// A provider's own object, dict, text or bytes, read by that provider's rules.
pub(crate) fn answer_of(object: &Bound<'_, PyAny>, api: Option<Api>) -> PyResult<Answer> {
    let py = object.py();
    let body = BODY.import(py, "bursar._answer", "body_of")?.call1((object,))?;
    let body = body
        .cast::<PyBytes>()
        .map_err(|_| PyTypeError::new_err("an answer is a dict, text, bytes or a provider's object"))?;
    Answer::read(py, body.as_bytes(), api)
}
