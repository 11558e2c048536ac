//! What a hold says of itself, and how it ends.

use crate::{
    answer::Answer,
    call::count,
    fault::{Answered, Fault, answered, done},
    ledgers::{Ledger, ledger},
    names::model_of,
    pairs::{terms_of, usage_of_otel, usage_of_own},
};
use bursar::{Error, ErrorCode, HoldId, HoldState, Money, Result, Settled, Settlement, Usage};
use napi_derive::napi;

/// The model that served, where it was another one, and the terms on which it did.
#[napi(object)]
pub(crate) struct Served {
    pub model: Option<u32>,
    pub terms: Option<Vec<String>>,
}

/// What a hold is, with blanks between: bound and what was booked in pico-dollars, when it was taken and when it expires
/// in microseconds, and where it is in its life.
#[napi]
pub(crate) fn hold_view(number: u32, hold: i64) -> Answered<String> {
    let view = || {
        let id = hold_id(hold);
        let view = ledger(number)?.bursar.hold(id).ok_or_else(|| {
            Error::new(ErrorCode::HoldUnknown, format!("hold {id} is unknown or was forgotten"))
        })?;
        let state = match view.state {
            HoldState::Open => "open",
            HoldState::Unresolved => "unresolved",
            HoldState::Settled => "settled",
            HoldState::Released => "released",
            HoldState::Expired => "expired",
        };
        let (bound, cost) = (view.bound.pico(), view.cost.pico());
        Ok(format!("{bound} {cost} {} {} {state}", view.reserved_at.micros(), view.expires_at.micros()))
    };
    answered(view())
}

/// Books input and output tokens: the commonest settlement, by numbers alone.
#[napi]
pub(crate) fn settle_tokens(number: u32, hold: i64, input: i64, output: i64) -> Answered<String> {
    let usage = Usage::new()
        .with(bursar::Dimension::InputUncached, count(input))
        .with(bursar::Dimension::Output, count(output));
    let settle = || {
        let ledger = ledger(number)?;
        booked(ledger.bursar.settle_by_id(hold_id(hold), &Settlement::new(&usage))?)
    };
    answered(settle())
}

/// Books usage by OpenTelemetry's names, as a flat list, or by our own with `is_own`.
#[napi]
pub(crate) fn settle_usage(
    number: u32,
    hold: i64,
    usage: Vec<String>,
    is_own: bool,
    served: Served,
) -> Answered<String> {
    let settle = || {
        let usage = if is_own { usage_of_own(&usage)? } else { usage_of_otel(&usage)? };
        settle(&*ledger(number)?, hold, Settlement::new(&usage), &served)
    };
    answered(settle())
}

/// Books an amount that is known.
#[napi]
pub(crate) fn settle_cost(number: u32, hold: i64, cost: String, served: Served) -> Answered<String> {
    let settle = || {
        let settlement = Settlement::cost(cost.parse::<Money>()?);
        settle(&*ledger(number)?, hold, settlement, &served)
    };
    answered(settle())
}

/// Books what an answer told; nothing where it doesn't tell its usage, and the hold is unresolved.
#[napi(ts_return_type = "Answered<string | null>")]
pub(crate) fn settle_answer(number: u32, hold: i64, answer: &Answer) -> Answered<Option<String>> {
    let settle = || {
        let settled = ledger(number)?.bursar.settle_answer_by_id(hold_id(hold), answer)?;
        settled.map(booked).transpose()
    };
    answered(settle())
}

/// Gives the money back: for certain nothing was generated.
#[napi]
pub(crate) fn release_hold(number: u32, hold: i64) -> Option<Fault> {
    done(ledger(number).and_then(|ledger| ledger.bursar.release(hold_id(hold))))
}

/// Notes that nobody knows how the call ended.
#[napi]
pub(crate) fn leave_unresolved(number: u32, hold: i64) -> Option<Fault> {
    done(ledger(number).and_then(|ledger| ledger.bursar.unresolved(hold_id(hold))))
}

fn settle(ledger: &Ledger, hold: i64, settlement: Settlement<'_>, served: &Served) -> Result<String> {
    let model = served.model.map(|model| model_of(ledger, model)).transpose()?;
    let mut settlement = settlement;
    if let Some(model) = &model {
        settlement = settlement.model(model);
    }
    if let Some(terms) = &served.terms {
        settlement = settlement.terms(terms_of(terms));
    }
    booked(ledger.bursar.settle_by_id(hold_id(hold), &settlement)?)
}

/// What was booked, as one line: entry, cost and bound in pico-dollars, and `o`, `l`, `r` for overrun, late and replay.
/// One line crosses faster than four values, and whole numbers are written faster than decimals.
#[expect(clippy::unnecessary_wraps, reason = "the end of functions that answer a result")]
pub(crate) fn booked(settled: Settled) -> Result<String> {
    let flag = |is_so: bool, letter: &'static str| if is_so { letter } else { "" };
    Ok(format!(
        "{} {} {} {}{}{}",
        settled.entry,
        settled.cost.pico(),
        settled.bound.pico(),
        flag(settled.is_overrun, "o"),
        flag(settled.is_late, "l"),
        flag(settled.is_replay, "r"),
    ))
}

fn hold_id(number: i64) -> HoldId {
    HoldId::from_number(count(number))
}
