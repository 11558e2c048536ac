//! Rules on single lines of the bill, which are set aside before anything is matched.

use crate::error::Result;
use crate::report::reconcile::amount::ReportedAmount;
use crate::report::reconcile::bill::Charged;
use crate::report::reconcile::cause::{Certainty, DriftCause};
use crate::report::reconcile::key::{MatchKey, MatchLevel};
use crate::report::reconcile::line::{BillSource, ChargeKind};
use crate::report::reconcile::meter::{Meter, TrueUpOf};
use crate::report::reconcile::pairing::Pairing;
use crate::report::reconcile::request::ReconcileRequest;
use crate::report::reconcile::words::{day, what};
use std::collections::{BTreeMap, BTreeSet};

/// Takes lines of the bill out with the true-ups that were posted for them.
fn set_aside(
    pairing: &mut Pairing<'_, '_>,
    (key, level): (MatchKey, MatchLevel),
    theirs: Vec<usize>,
    (cause, evidence, sentence): (DriftCause, Certainty, String),
) -> Result<()> {
    let posted =
        pairing.own_left().filter(|(_, line)| line.true_up == Some(TrueUpOf(Some(cause))) && line.key == key);
    let ours: Vec<usize> = posted.map(|(at, _)| at).collect();
    let at = pairing.take(key, level, (ours, theirs))?;
    if let Some(pair) = pairing.pairs.get_mut(at) {
        pair.explain_whole((cause, evidence), &sentence);
    }
    Ok(())
}

/// Lines that say the same to the last letter: a page that was fetched twice, an export that was delivered twice.
///
/// A report has a key once, and so has an id. Rows of a table without ids may be alike, one for each call: of those only
/// what stands in several documents, or was read twice from one, is there too often.
pub(super) fn duplicates(pairing: &mut Pairing<'_, '_>) -> Result<()> {
    let mut alike: BTreeMap<_, Vec<(usize, &Charged<'_>)>> = BTreeMap::new();
    for (at, charged) in pairing.left() {
        alike.entry((charged.line.line_id.clone(), content(charged))).or_default().push((at, charged));
    }
    let mut copies: BTreeMap<MatchKey, Vec<usize>> = BTreeMap::new();
    for lines in alike.into_values() {
        let rightful = rightful(&lines);
        for (at, charged) in lines.into_iter().skip(rightful) {
            copies.entry(charged.key.clone()).or_default().push(at);
        }
    }
    for (key, theirs) in copies {
        let sentence = format!(
            "{} lines of the bill for {} on {} stand there once already",
            theirs.len(),
            what(&key),
            day(&key)
        );
        let cause = (DriftCause::Duplicate, Certainty::Computed, sentence);
        set_aside(pairing, (key, MatchLevel::Exact), theirs, cause)?;
    }
    Ok(())
}

/// How many of some lines that are alike should be there.
fn rightful(lines: &[(usize, &Charged<'_>)]) -> usize {
    let is_once = |charged: &Charged<'_>| {
        charged.line.line_id.is_some()
            || matches!(charged.line.source, BillSource::CostApi | BillSource::UsageApi)
    };
    if lines.first().is_some_and(|(_, charged)| is_once(charged)) {
        return 1;
    }
    let mut rows: BTreeMap<&str, BTreeSet<u64>> = BTreeMap::new();
    for (_, charged) in lines {
        rows.entry(&charged.line.payload_hash).or_default().insert(charged.line.row);
    }
    rows.values().map(BTreeSet::len).max().unwrap_or_default()
}

/// What a line says, without where it stands.
fn content(charged: &Charged<'_>) -> String {
    let line = charged.line;
    format!(
        "{:?}",
        (
            (line.start, line.end, line.source, line.kind, &line.account, &line.sub_account),
            (&line.credential, &line.model_raw, &line.sku, line.dimension, &line.tier, &line.context),
            (
                &line.geo,
                line.quantity,
                line.amount.as_ref().map(ReportedAmount::as_reported),
                &line.description
            ),
        )
    )
}

/// Usage by keys on which the meter doesn't sit.
pub(super) fn foreign_credentials(pairing: &mut Pairing<'_, '_>, request: &ReconcileRequest) -> Result<()> {
    let Some(metered) = &request.metered else { return Ok(()) };
    let is_foreign = |charged: &Charged<'_>| {
        let credential = charged.key.credential.as_deref();
        charged.key.kind == ChargeKind::Usage
            && charged.amount.is_some()
            && credential.is_some_and(|own| !metered.contains(own))
    };
    let mut groups: BTreeMap<MatchKey, Vec<usize>> = BTreeMap::new();
    for (at, charged) in pairing.left().filter(|(_, charged)| is_foreign(charged)) {
        groups.entry(charged.key.clone()).or_default().push(at);
    }
    for (key, theirs) in groups {
        let credential = key.credential.as_deref().unwrap_or_default();
        let sentence = format!(
            "the meter doesn't sit on the key `{credential}`, which used {} on {}",
            what(&key),
            day(&key)
        );
        let cause = (DriftCause::OutsideTheMeter, Certainty::Stated, sentence);
        set_aside(pairing, (key, MatchLevel::Exact), theirs, cause)?;
    }
    Ok(())
}

/// Charges of a kind, with what the bill says of them.
#[derive(Default)]
struct Group {
    ours: Vec<usize>,
    theirs: Vec<usize>,
    told: BTreeSet<String>,
}

/// Charges that are no usage of a model: taxes, credits, discounts, commitments, corrections, fees.
pub(super) fn other_kinds(pairing: &mut Pairing<'_, '_>, meter: &Meter) -> Result<()> {
    let key_of =
        |key: &MatchKey| MatchKey { model: key.model.clone(), ..MatchKey::of_day(key.day, key.kind) };
    let is_other = |key: &MatchKey| !matches!(key.kind, ChargeKind::Usage | ChargeKind::Calls);
    let mut groups: BTreeMap<MatchKey, Group> = BTreeMap::new();
    for (at, charged) in pairing.left().filter(|(_, charged)| is_other(&charged.key)) {
        let group = groups.entry(key_of(&charged.key)).or_default();
        group.theirs.push(at);
        group.told.extend(charged.line.description.clone());
    }
    for (at, line) in meter.lines.iter().enumerate().filter(|(_, line)| is_other(&line.key)) {
        groups.entry(key_of(&line.key)).or_default().ours.push(at);
    }
    for (key, Group { ours, theirs, told }) in groups {
        let Some(cause) = cause_of(key.kind) else { continue };
        let told = told.into_iter().next().map_or_else(String::new, |text| format!(", `{text}`"));
        let sentence = format!("the bill states a {} on {}{told}", key.kind.as_str(), day(&key));
        let at = pairing.take(key, MatchLevel::AccountDay, (ours, theirs))?;
        if let Some(pair) = pairing.pairs.get_mut(at) {
            pair.explain_whole((cause, Certainty::Stated), &sentence);
        }
    }
    Ok(())
}

fn cause_of(kind: ChargeKind) -> Option<DriftCause> {
    Some(match kind {
        ChargeKind::Tax => DriftCause::Tax,
        ChargeKind::Credit => DriftCause::Credit,
        ChargeKind::Discount => DriftCause::Discount,
        ChargeKind::Commitment => DriftCause::Commitment,
        ChargeKind::Correction => DriftCause::PriorPeriod,
        ChargeKind::Rounding => DriftCause::Rounding,
        ChargeKind::Fee => DriftCause::NonTokenCharge,
        ChargeKind::Usage | ChargeKind::Calls => return None,
    })
}
