//! The gate of a period: which providers' bills must be reconciled, and how well, before its books are closed.
//!
//! A reconciliation counts once it is kept, and only while the ledger has booked nothing of the provider since that it
//! hasn't seen. Providers bill by UTC days: those with the dates of the period must be covered. Nothing here closes books.

use super::period;
use super::reconcile::{SignOff, TrueUpNote};
use crate::error::{Error, ErrorCode, Result};
use crate::ledger::{Entry, IssuedDocument, Store};
use crate::money::Money;
use crate::tags::Dictionary;
use crate::time::{Timestamp, Window};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, ops::ControlFlow};

/// The kind of a kept reconciliation among the documents.
pub(crate) const RECONCILIATION: &str = "reconciliation";

/// What a provider's reconciliation must be like before a period is closed: within both bounds, or signed off by a person.
/// Without a bound and without a sign-off nothing may stay unexplained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClosingRule {
    /// The provider, by the price book's id.
    pub provider: String,
    /// The least that must be explained of all that differs, in hundredths of a percent.
    pub explained_basis_points: Option<u32>,
    /// The most in USD that may stay unexplained.
    pub unexplained: Option<Money>,
    /// Whether a person must have signed it off, however little is unexplained.
    pub sign_off: bool,
}

impl ClosingRule {
    /// A rule by which nothing may stay unexplained.
    pub fn new(provider: impl Into<String>) -> Self {
        let provider = provider.into();
        Self { provider, explained_basis_points: None, unexplained: None, sign_off: false }
    }

    /// What a reconciliation lacks; nothing where it is good enough.
    fn lack(&self, bill: &ReconciledBill) -> Option<String> {
        if bill.signed_off_by.is_some() {
            return None;
        }
        if self.sign_off {
            return Some("is signed off by nobody".to_owned());
        }
        if let Some(least) = self.explained_basis_points
            && bill.explained_basis_points < u64::from(least)
        {
            let (found, least) = (percent(bill.explained_basis_points), percent(u64::from(least)));
            return Some(format!("explains {found} % of what differs, and {least} % is the least"));
        }
        let has_bound = self.explained_basis_points.is_some() || self.unexplained.is_some();
        let most = self.unexplained.or((!has_bound).then_some(Money::ZERO))?;
        (bill.unexplained > most)
            .then(|| format!("leaves {} USD unexplained, and {most} is the most", bill.unexplained))
    }
}

/// Hundredths of a percent as percent.
fn percent(basis_points: u64) -> String {
    format!("{}.{:02}", basis_points / 100, basis_points % 100)
}

/// A reconciliation that was kept: how a provider's bill and the ledger agree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReconciledBill {
    /// Its number among the documents.
    pub number: String,
    /// Whose bill.
    pub provider: String,
    /// The first of its days, UTC.
    pub start: Timestamp,
    /// The end of its last day.
    pub end: Timestamp,
    /// What the ledger had.
    pub ours: Money,
    /// What the bill has, in USD.
    pub theirs: Money,
    /// The bill less the ledger.
    pub difference: Money,
    /// How much of all that differs has a cause or was accepted, in hundredths of a percent.
    pub explained_basis_points: u64,
    /// The size of what is still open.
    pub unexplained: Money,
    /// Who has signed the whole off.
    pub signed_off_by: Option<String>,
    /// The SHA-256 of the document.
    pub sha256: String,
}

/// What is read of a kept reconciliation's JSON.
#[derive(Deserialize)]
struct Told {
    provider: String,
    start: Timestamp,
    end: Timestamp,
    entries: Option<(u64, u64)>,
    ours: Money,
    theirs: Money,
    difference: Money,
    explained_basis_points: u64,
    unexplained: Money,
    sign_off: Option<SignOff>,
}

/// A kept reconciliation, and the last entry that it has seen.
#[derive(Clone, Debug)]
struct Kept {
    bill: ReconciledBill,
    /// Its place among the documents: a later one was kept later.
    place: usize,
    last_entry: u64,
}

impl Kept {
    fn read((place, document): (usize, &IssuedDocument)) -> Result<Self> {
        let told: Option<Told> =
            serde_json::from_str(&document.content).ok().filter(|_| document.is_intact());
        let told = told.ok_or_else(|| {
            let number = &document.number;
            let message = format!("the document `{number}` isn't the reconciliation that was kept");
            Error::new(ErrorCode::LedgerDamaged, message).with("document", number)
        })?;
        let last_entry = told.entries.map_or(0, |(_, last)| last);
        let bill = ReconciledBill {
            number: document.number.clone(),
            provider: told.provider,
            start: told.start,
            end: told.end,
            ours: told.ours,
            theirs: told.theirs,
            difference: told.difference,
            explained_basis_points: told.explained_basis_points,
            unexplained: told.unexplained,
            signed_off_by: told.sign_off.map(|own| own.by),
            sha256: document.hash.to_string(),
        };
        Ok(Self { bill, place, last_entry })
    }

    /// Whether what was booked is money of this bill's days that it hasn't seen. A true-up is what follows from a reconciliation.
    fn lacks(&self, entry: &Entry, provider: &str) -> bool {
        let days = self.bill.start..self.bill.end;
        entry.seq > self.last_entry
            && entry.amount != Money::ZERO
            && provider == self.bill.provider
            && days.contains(&entry.effective_at)
            && entry.note.as_deref().and_then(TrueUpNote::read).is_none()
    }
}

/// The kept reconciliations of a period's days: the latest of each provider and window, by provider and start. `zone` is
/// the period's.
pub(crate) fn reconciled(
    documents: &[IssuedDocument],
    period: Window,
    zone: &str,
) -> Result<Vec<ReconciledBill>> {
    let Some(days) = period::utc_days(period, zone) else { return Ok(Vec::new()) };
    Ok(latest(documents, days)?.into_iter().map(|kept| kept.bill).collect())
}

fn latest(documents: &[IssuedDocument], days: Window) -> Result<Vec<Kept>> {
    let own = documents.iter().enumerate().filter(|(_, own)| {
        own.kind == RECONCILIATION && own.window.start() < days.end() && days.start() < own.window.end()
    });
    // The documents are in the order in which they were kept: a later one takes the place of the one before.
    let mut by_window = BTreeMap::new();
    for (place, document) in own {
        by_window.insert((document.scope.as_str(), document.window), (place, document));
    }
    by_window.into_values().map(Kept::read).collect()
}

/// Refuses to close a period before the bills that rules name are reconciled, and says what is missing.
pub(crate) fn check_reconciled(
    rules: &[ClosingRule],
    (documents, period, zone): (&[IssuedDocument], Window, &str),
    (store, dictionary): (&mut dyn Store, &Dictionary),
) -> Result<()> {
    if rules.is_empty() {
        return Ok(());
    }
    let name = period::name(period, zone)?;
    let Some(days) = period::utc_days(period, zone) else {
        let message = format!("{name} has no start or no end, so no bill covers it");
        return Err(Error::new(ErrorCode::PeriodNotClosable, message).with_help("close it month by month"));
    };
    let kept = latest(documents, days)?;
    let mut lacks = Vec::new();
    let mut used = Vec::new();
    for rule in rules {
        match covering(rule, &kept, days) {
            Ok(own) => used.extend(own),
            Err(lack) => lacks.push(lack),
        }
    }
    lacks.extend(booked_since(&used, store, dictionary)?);
    let Some(first) = lacks.first() else { return Ok(()) };
    let told: Vec<&str> = lacks.iter().map(|lack| lack.sentence.as_str()).collect();
    let message = format!("{name} can't be closed: {}", told.join("; "));
    Err(Error::new(ErrorCode::PeriodNotClosable, message)
        .with_help(first.help.clone())
        .with("provider", &first.provider))
}

/// Something that keeps a period open, and the way out.
struct Lack {
    provider: String,
    sentence: String,
    help: String,
}

/// The reconciliations that together cover the days by a rule; where several do, the one that was kept last.
fn covering<'k>(rule: &ClosingRule, kept: &'k [Kept], days: Window) -> Result<Vec<&'k Kept>, Lack> {
    let provider = &rule.provider;
    let lack = |sentence, help| Lack { provider: provider.clone(), sentence, help };
    let mut used: Vec<&Kept> = Vec::new();
    let mut at = days.start();
    while at < days.end() {
        let own = kept
            .iter()
            .filter(|own| own.bill.provider == *provider && own.bill.start <= at && at < own.bill.end);
        let Some(own) = own.max_by_key(|own| own.place) else {
            let (from, until) = (date(at), date(days.end()));
            return Err(lack(
                format!("no reconciliation of `{provider}` is kept for {from} to {until} (UTC)"),
                format!("reconcile `{provider}` for {from}/{until}, and keep the reconciliation"),
            ));
        };
        if let Some(fault) = rule.lack(&own.bill) {
            let number = &own.bill.number;
            return Err(lack(
                format!("the reconciliation `{number}` of `{provider}` {fault}"),
                format!("explain or accept what is open in `{number}`, or sign it off, and keep it again"),
            ));
        }
        used.push(own);
        at = own.bill.end;
    }
    Ok(used)
}

/// What the ledger has booked since, for each reconciliation that it is too late for.
fn booked_since(used: &[&Kept], store: &mut dyn Store, dictionary: &Dictionary) -> Result<Vec<Lack>> {
    let Some(first) = used.iter().map(|own| own.last_entry + 1).min() else { return Ok(Vec::new()) };
    let mut late = vec![(0_u64, Money::ZERO); used.len()];
    store.booked_entries(first, &mut |entry, _| {
        let model = dictionary.text(entry.model).and_then(|model| model.split_once('/'));
        let provider = model.map_or("", |(provider, _)| provider);
        for (own, sum) in used.iter().zip(&mut late) {
            if own.lacks(entry, provider) {
                *sum = (sum.0 + 1, sum.1 + entry.amount);
            }
        }
        ControlFlow::Continue(())
    })?;
    let found = used.iter().zip(late).filter(|(_, (entries, _))| *entries > 0);
    Ok(found
        .map(|(own, (entries, amount))| {
            let (number, provider) = (&own.bill.number, &own.bill.provider);
            let what = if entries == 1 { "entry was" } else { "entries were" };
            Lack {
                provider: provider.clone(),
                sentence: format!(
                    "{entries} {what} booked of `{provider}`, {amount} USD, after the reconciliation `{number}`"
                ),
                help: format!(
                    "reconcile `{provider}` for {}/{} again, and keep the reconciliation",
                    date(own.bill.start),
                    date(own.bill.end)
                ),
            }
        })
        .collect())
}

fn date(at: Timestamp) -> String {
    period::local(at, "UTC", "%Y-%m-%d")
}
