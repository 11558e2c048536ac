//! Booking a call that has happened already.

use crate::{
    convert::{Count, money},
    engine::{Asked, Engine},
    error::OrRaise,
    hold::Hold,
    settle::{Entry, Settling, Told},
    terms,
};
use bursar::{Call, Settlement};
use pyo3::{prelude::*, types::PyDict};

#[pymethods]
impl Engine {
    /// Books what a call cost that nobody asked about before it was sent.
    #[pyo3(signature = (scope=None, *, model, usage=None, cost=None, stated_cost=None, key=None, provider=None, terms=None, fingerprint=None))]
    #[expect(clippy::too_many_arguments, reason = "a call's keywords")]
    fn record(
        &self,
        py: Python<'_>,
        scope: Option<&Bound<'_, PyAny>>,
        model: &Bound<'_, PyAny>,
        usage: Option<&Bound<'_, PyAny>>,
        cost: Option<&Bound<'_, PyAny>>,
        stated_cost: Option<&Bound<'_, PyAny>>,
        key: Option<&str>,
        provider: Option<&str>,
        terms: Option<&Bound<'_, PyDict>>,
        fingerprint: Option<u64>,
    ) -> PyResult<Entry> {
        let told = Told::read(&Settling { usage, cost, model: None, terms: None }, None)?;
        let bursar = self.bursar(py)?;
        let (scope, model) =
            (Self::scope_of(py, &bursar, scope)?, Self::model_of(py, &bursar, model, provider)?);
        let mut call = Call::new(&model, 0);
        if let Some(key) = key {
            call = call.key(key);
        }
        if let Some(fingerprint) = fingerprint {
            call = call.fingerprint(fingerprint);
        }
        let mut settlement = match &told {
            Told::Usage(usage) => Settlement::new(usage).terms(terms::read(terms)?),
            Told::Cost(cost) => Settlement::cost(*cost),
            Told::Answer(answer) => {
                let answer = answer.get().inner();
                return self.run(py, || bursar.record_answer(&scope, &call, answer)).or_raise(py).map(Entry);
            }
        };
        if let Some(stated) = stated_cost {
            settlement = settlement.stated_cost(money(stated)?);
        }
        self.run(py, || bursar.record(&scope, &call, settlement)).or_raise(py).map(Entry)
    }
    /// Holds a call that has happened and of which nobody knows what it cost: it becomes spend when the hold expires.
    #[pyo3(signature = (scope=None, *, model, input_tokens=Count(0), max_output_tokens=None, key=None, provider=None, terms=None, fingerprint=None, lifetime=None))]
    #[expect(clippy::too_many_arguments, reason = "a call's keywords")]
    fn record_unresolved(
        slf: &Bound<'_, Self>,
        py: Python<'_>,
        scope: Option<&Bound<'_, PyAny>>,
        model: &Bound<'_, PyAny>,
        input_tokens: Count,
        max_output_tokens: Option<Count>,
        key: Option<&str>,
        provider: Option<&str>,
        terms: Option<&Bound<'_, PyDict>>,
        fingerprint: Option<u64>,
        lifetime: Option<f64>,
    ) -> PyResult<Hold> {
        let engine = slf.get();
        let bursar = engine.bursar(py)?;
        let (scope, model) =
            (Self::scope_of(py, &bursar, scope)?, Self::model_of(py, &bursar, model, provider)?);
        let asked = Asked {
            input_tokens: input_tokens.0,
            max_output_tokens: max_output_tokens.map(|tokens| tokens.0),
            key,
            extra: None,
            terms: terms::read(terms)?,
            is_cached: None,
            fingerprint,
            lifetime,
        };
        let call = asked.call(&model);
        let hold = engine.run(py, || bursar.record_unresolved(&scope, &call)).or_raise(py)?;
        Ok(Hold::new(slf.clone().unbind(), hold, None))
    }
}
