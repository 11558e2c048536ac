//! What is booked without a call of a model before it: calls that have happened already, and amounts.

use crate::{
    answer::Answer,
    call::{Decided, count, decided_of},
    fault::{Answered, answered},
    hold::booked,
    ledgers::ledger,
    names::{model_of, scope_of},
    pairs::{terms_of, usage_of_otel, usage_of_own},
};
use bursar::{Amount, Call, Decision, Money, Result, Settlement};
use napi::bindgen_prelude::BigInt;
use napi_derive::napi;
use std::time::Duration;

/// What is known of a call that has happened, beside what it consumed.
#[napi(object)]
pub(crate) struct Happened {
    pub scope: u32,
    pub model: u32,
    pub key: Option<String>,
    pub fingerprint: Option<BigInt>,
    pub terms: Option<Vec<String>>,
    pub stated_cost: Option<String>,
}

/// Books the usage of a call that nobody asked about before it was sent.
#[napi]
pub(crate) fn record_usage(
    number: u32,
    happened: Happened,
    usage: Vec<String>,
    is_own: bool,
) -> Answered<String> {
    let record = || {
        let usage = if is_own { usage_of_own(&usage)? } else { usage_of_otel(&usage)? };
        let terms = terms_of(happened.terms.as_deref().unwrap_or_default());
        record(number, &happened, Settlement::new(&usage).terms(terms))
    };
    answered(record())
}

/// Books the cost of one.
#[napi]
pub(crate) fn record_cost(number: u32, happened: Happened, cost: String) -> Answered<String> {
    let record = || record(number, &happened, Settlement::cost(cost.parse::<Money>()?));
    answered(record())
}

/// Books what one's provider answered.
#[napi]
pub(crate) fn record_answer(number: u32, happened: Happened, answer: &Answer) -> Answered<String> {
    let record = || {
        let ledger = ledger(number)?;
        let (scope, model) = (scope_of(&ledger, happened.scope)?, model_of(&ledger, happened.model)?);
        booked(ledger.bursar.record_answer(&scope, &happened.call(&model), answer)?)
    };
    answered(record())
}

/// Holds a call of which nobody knows what it cost. A negative `output` asks for the model's own maximum.
#[napi]
pub(crate) fn record_unresolved(
    number: u32,
    happened: Happened,
    input: i64,
    output: i64,
    lifetime_micros: Option<i64>,
) -> Answered<Decided> {
    let record = || {
        let ledger = ledger(number)?;
        let (scope, model) = (scope_of(&ledger, happened.scope)?, model_of(&ledger, happened.model)?);
        let terms = terms_of(happened.terms.as_deref().unwrap_or_default());
        let mut call = happened.call(&model).input_tokens(count(input)).terms(terms);
        if output >= 0 {
            call = call.max_output_tokens(count(output));
        }
        if let Some(micros) = lifetime_micros {
            call = call.lifetime(Duration::from_micros(count(micros)));
        }
        let hold = ledger.bursar.record_unresolved(&scope, &call)?;
        decided_of(&ledger, Decision::Admitted(hold))
    };
    answered(record())
}

fn record(number: u32, happened: &Happened, mut settlement: Settlement<'_>) -> Result<String> {
    let ledger = ledger(number)?;
    let (scope, model) = (scope_of(&ledger, happened.scope)?, model_of(&ledger, happened.model)?);
    if let Some(stated) = &happened.stated_cost {
        settlement = settlement.stated_cost(stated.parse()?);
    }
    booked(ledger.bursar.record(&scope, &happened.call(&model), settlement)?)
}

impl Happened {
    fn call<'m>(&self, model: &'m bursar::Model) -> Call<'m> {
        let mut call = Call::new(model, 0);
        if let Some(key) = &self.key {
            call = call.key(key);
        }
        match &self.fingerprint {
            Some(fingerprint) => call.fingerprint(fingerprint.get_u64().1),
            None => call,
        }
    }
}

/// Holds an amount for something that is booked under a name.
#[napi]
pub(crate) fn reserve_amount(
    number: u32,
    scope: u32,
    amount: String,
    name: String,
    key: Option<String>,
    lifetime_micros: Option<i64>,
) -> Answered<Decided> {
    let decide = || {
        let ledger = ledger(number)?;
        let mut amount = Amount::new(&name, amount.parse()?);
        if let Some(key) = &key {
            amount = amount.key(key);
        }
        if let Some(micros) = lifetime_micros {
            amount = amount.lifetime(Duration::from_micros(count(micros)));
        }
        let decision = ledger.bursar.reserve_amount(&scope_of(&ledger, scope)?, &amount)?;
        decided_of(&ledger, decision)
    };
    answered(decide())
}
