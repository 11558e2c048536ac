//! Names resolved once: tags to a scope, a model's name to its prices.

use crate::{
    fault::{Answered, answered},
    ledgers::{Ledger, ledger},
    pairs::pairs,
};
use bursar::{Error, ErrorCode, Result};
use napi_derive::napi;

/// A scope's number, with what the face shows of it.
#[napi(object)]
pub(crate) struct ScopeFound {
    pub number: u32,
    /// The tags as they are booked, as a flat list.
    pub tags: Vec<String>,
    /// What the taxonomy changed.
    pub notes: Vec<String>,
}

/// Resolves tags to their budgets; with a parent, inside of its runs.
#[napi]
pub(crate) fn find_scope(number: u32, tags: Vec<String>, parent: Option<u32>) -> Answered<ScopeFound> {
    answered(scope(number, &tags, parent))
}

fn scope(number: u32, tags: &[String], parent: Option<u32>) -> Result<ScopeFound> {
    let ledger = ledger(number)?;
    let pairs = pairs(tags);
    let scope = match parent {
        Some(parent) => ledger.bursar.child_scope(&scope_of(&ledger, parent)?, &pairs)?,
        None => ledger.bursar.scope(&pairs)?,
    };
    let booked: Vec<String> =
        scope.tags().iter().flat_map(|(key, value)| [key.as_str().to_owned(), value.to_owned()]).collect();
    let notes = scope.notes().to_vec();
    Ok(ScopeFound { number: ledger.scopes.put(booked.clone(), scope)?, tags: booked, notes })
}

/// The number of a scope, for a call that is made once.
#[napi]
pub(crate) fn scope_number(number: u32, tags: Vec<String>) -> Answered<u32> {
    answered(scope(number, &tags, None).map(|found| found.number))
}

/// Resolves a model's name to its prices.
#[napi]
pub(crate) fn find_model(number: u32, provider: Option<String>, name: String) -> Answered<u32> {
    let find = || {
        let ledger = ledger(number)?;
        let model = ledger.bursar.model(provider.as_deref(), &name)?;
        ledger.models.put((provider, name), model)
    };
    answered(find())
}

/// The canonical name of a model, `provider/model`.
#[napi]
pub(crate) fn model_name(number: u32, model: u32) -> Answered<String> {
    let name = || model_of(&*ledger(number)?, model).map(|model| model.name().to_owned());
    answered(name())
}

pub(crate) fn scope_of(ledger: &Ledger, number: u32) -> Result<bursar::Scope> {
    ledger.scopes.with(number, Clone::clone).ok_or_else(foreign)
}

pub(crate) fn model_of(ledger: &Ledger, number: u32) -> Result<bursar::Model> {
    ledger.models.with(number, Clone::clone).ok_or_else(foreign)
}

/// A handle of another ledger.
#[cold]
pub(crate) fn foreign() -> Error {
    Error::new(ErrorCode::LedgerClosed, "the handle belongs to another ledger")
}
