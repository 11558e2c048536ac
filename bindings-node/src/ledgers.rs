//! The ledgers of this process, each by the numbers of those who have it open.
//!
//! The table is the process's own, not a thread's: worker threads that open the same file the same way get the same
//! ledger, and decide under the same lock. A number is never given out again, so that one that was closed stays closed.

use crate::{
    clock::Clock,
    fault::{Answered, Fault, answered, done},
    opening::Opening,
    table::Table,
};
use bursar::{Budget, Bursar, Error, ErrorCode, Policy, Result};
use napi::Env;
use napi_derive::napi;
use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError, RwLock},
};

/// An open ledger, with the names that were resolved in it.
pub(crate) struct Ledger {
    pub(crate) bursar: Bursar,
    pub(crate) scopes: Table<Vec<String>, bursar::Scope>,
    pub(crate) models: Table<(Option<String>, String), bursar::Model>,
    pub(crate) opening: Opening,
    /// The policy as it was given, and the budgets of functions over it.
    pub(crate) policy: Mutex<(Policy, Vec<Budget>)>,
    /// The file that others may join; nothing for a ledger in memory or on a clock of its own.
    file: Option<PathBuf>,
}

static LEDGERS: RwLock<Vec<Option<Arc<Ledger>>>> = RwLock::new(Vec::new());
/// One opens at a time, so that two who come together share.
static OPENING: Mutex<()> = Mutex::new(());

/// The ledger of a number.
#[inline]
pub(crate) fn ledger(number: u32) -> Result<Arc<Ledger>> {
    let ledgers = LEDGERS.read().unwrap_or_else(PoisonError::into_inner);
    match ledgers.get(number as usize) {
        Some(Some(ledger)) => Ok(Arc::clone(ledger)),
        _ => Err(closed()),
    }
}

#[cold]
fn closed() -> Error {
    Error::new(ErrorCode::LedgerClosed, "the ledger was closed")
}

/// Opens a ledger, or joins the one that this process has open with the same file and the same options.
#[napi]
pub(crate) fn open_ledger(env: Env, opening: Opening, clock: Option<&Clock>) -> Answered<u32> {
    answered(open(env, opening, clock))
}

fn open(env: Env, opening: Opening, clock: Option<&Clock>) -> Result<u32> {
    let _one = OPENING.lock().unwrap_or_else(PoisonError::into_inner);
    let file = if opening.is_file() && clock.is_none() { opening.file() } else { None };
    if let Some(open) = file.as_ref().and_then(|file| joinable(file, &opening)) {
        return Ok(enter(env, open));
    }
    let policy = opening.policy.read()?;
    let bursar = opening.open(policy.clone(), clock)?;
    let policy = Mutex::new((policy, Vec::new()));
    let ledger = Ledger { bursar, scopes: Table::default(), models: Table::default(), opening, policy, file };
    Ok(enter(env, Arc::new(ledger)))
}

/// Gives whoever was told a ledger's number, as another thread, a number of its own.
#[napi]
pub(crate) fn join_ledger(env: Env, number: u32) -> Answered<u32> {
    answered(ledger(number).map(|ledger| enter(env, ledger)))
}

fn joinable(file: &PathBuf, opening: &Opening) -> Option<Arc<Ledger>> {
    let ledgers = LEDGERS.read().unwrap_or_else(PoisonError::into_inner);
    let same = |ledger: &&Arc<Ledger>| {
        // Two spellings of one path are the same file.
        let spelled = Opening { path: ledger.opening.path.clone(), ..opening.clone() };
        ledger.file.as_ref() == Some(file) && ledger.opening == spelled
    };
    ledgers.iter().flatten().find(same).cloned()
}

/// Puts a ledger into the table, until it is closed or the thread's environment ends.
fn enter(env: Env, ledger: Arc<Ledger>) -> u32 {
    let mut ledgers = LEDGERS.write().unwrap_or_else(PoisonError::into_inner);
    let number = u32::try_from(ledgers.len()).unwrap_or(u32::MAX);
    ledgers.push(Some(ledger));
    drop(ledgers);
    let _ = env.add_env_cleanup_hook(number, |number| {
        let _ = leave(number);
    });
    number
}

/// Closes a number; the last of a ledger writes what waits, and gives the file up.
#[napi]
pub(crate) fn close_ledger(number: u32) -> Option<Fault> {
    done(leave(number))
}

fn leave(number: u32) -> Result<()> {
    let mut ledgers = LEDGERS.write().unwrap_or_else(PoisonError::into_inner);
    let Some(ledger) = ledgers.get_mut(number as usize).and_then(Option::take) else { return Ok(()) };
    let is_last = !ledgers.iter().flatten().any(|other| Arc::ptr_eq(other, &ledger));
    drop(ledgers);
    if is_last { Ok(ledger.bursar.close()?) } else { Ok(()) }
}
