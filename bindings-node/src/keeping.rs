//! What a ledger is asked outside of calls: budgets, policy, prices, corrections.

use crate::{
    fault::{Answered, Fault, answered, done},
    ledgers::ledger,
    opening::PolicySource,
};
use bursar::{Budget, Error, ErrorCode, Money, Policy, PriceMoves, Timestamp};
use napi_derive::napi;
use std::sync::PoisonError;

/// What every budget stands at, as JSON.
#[napi]
pub(crate) fn budgets(number: u32) -> Answered<String> {
    let budgets = || {
        let budgets = ledger(number)?.bursar.budgets();
        serde_json::to_string(&budgets)
            .map_err(|fault| Error::new(ErrorCode::ReportInvalid, fault.to_string()))
    };
    answered(budgets())
}

/// A ledger entry as JSON.
#[napi]
pub(crate) fn entry(number: u32, entry: i64) -> Answered<String> {
    let entry = || {
        let entry = ledger(number)?.bursar.full_entry(crate::call::count(entry))?;
        serde_json::to_string(&entry).map_err(|fault| Error::new(ErrorCode::ReportInvalid, fault.to_string()))
    };
    answered(entry())
}

/// Puts another policy in force, whole or not at all; the budgets of functions stay over it.
#[napi]
pub(crate) fn apply_policy(number: u32, policy: PolicySource) -> Option<Fault> {
    let apply = || {
        let ledger = ledger(number)?;
        let mut known = ledger.policy.lock().unwrap_or_else(PoisonError::into_inner);
        let policy = policy.read()?;
        ledger.bursar.apply(whole(&policy, &known.1))?;
        known.0 = policy;
        Ok(())
    };
    done(apply())
}

/// Adds the budgets of a policy to the one in force, which stay when another is put in force.
#[napi]
pub(crate) fn add_budgets(number: u32, policy: PolicySource) -> Option<Fault> {
    let add = || {
        let ledger = ledger(number)?;
        let mut known = ledger.policy.lock().unwrap_or_else(PoisonError::into_inner);
        let mut budgets = known.1.clone();
        budgets.extend(policy.read()?.budgets().iter().cloned());
        ledger.bursar.apply(whole(&known.0, &budgets))?;
        known.1 = budgets;
        Ok(())
    };
    done(add())
}

/// What would change if another policy were put in force.
#[napi]
pub(crate) fn plan_policy(number: u32, policy: PolicySource) -> Answered<String> {
    let plan = || {
        let ledger = ledger(number)?;
        let known = ledger.policy.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(ledger.bursar.policy().plan(&whole(&policy.read()?, &known.1)).to_string())
    };
    answered(plan())
}

/// A policy with the budgets of functions.
fn whole(policy: &Policy, budgets: &[Budget]) -> Policy {
    budgets.iter().cloned().fold(policy.clone(), Policy::with_budget)
}

/// Replaces the price book, unless a price moves by more than so many times; 0 allows any move.
#[napi]
pub(crate) fn load_prices(number: u32, book: &[u8], max_move: Option<u32>) -> Answered<String> {
    let moves = match max_move {
        None => PriceMoves::default(),
        Some(0) => PriceMoves::Any,
        Some(times) => PriceMoves::Within(times),
    };
    let load = || Ok(ledger(number)?.bursar.load_prices(book, moves)?.to_string());
    answered(load())
}

/// The version of the price book in force.
#[napi]
pub(crate) fn price_version(number: u32) -> Answered<String> {
    answered(ledger(number).map(|ledger| ledger.bursar.prices().version().to_string()))
}

/// Corrects an entry by an amount, with the reason; the number of the correction.
#[napi]
pub(crate) fn adjust(number: u32, entry: i64, by: String, note: String) -> Answered<i64> {
    let adjust = || {
        let by = by.parse::<Money>()?;
        Ok(crate::refusal::whole(ledger(number)?.bursar.adjust(crate::call::count(entry), by, &note)?))
    };
    answered(adjust())
}

/// Lifts a suspension.
#[napi]
pub(crate) fn resume(number: u32, budget: String, agent: Option<String>) -> Option<Fault> {
    done(ledger(number).and_then(|ledger| ledger.bursar.resume(&budget, agent.as_deref())))
}

/// Closes the books before an instant.
#[napi]
pub(crate) fn close_until(number: u32, micros: i64) -> Option<Fault> {
    done(ledger(number).and_then(|ledger| ledger.bursar.close_until(Timestamp::from_micros(micros))))
}

/// Writes whatever waits.
#[napi]
pub(crate) fn flush(number: u32) -> Option<Fault> {
    done(ledger(number).and_then(|ledger| ledger.bursar.flush()))
}

/// The instant now by the ledger's clock, in microseconds since 1970.
#[napi]
pub(crate) fn now(number: u32) -> Answered<i64> {
    answered(ledger(number).map(|ledger| ledger.bursar.now().micros()))
}

/// Whether a call may wait for a disk to spin.
#[napi]
pub(crate) fn is_slow(number: u32) -> Answered<bool> {
    answered(ledger(number).map(|ledger| ledger.opening.is_slow()))
}
