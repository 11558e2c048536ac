//! True-ups: corrections that bring the ledger to the bill. They are new entries; nothing is edited.

use super::cause::DriftCause;
use super::key::MatchKey;
use super::note::TrueUpNote;
use super::reconciliation::{ReconciledLine, Reconciliation, VariancePart};
use crate::money::Money;
use crate::tags::UNALLOCATED;
use serde::Serialize;
use siphasher::sip128::{Hasher128, SipHasher24};
use std::hash::Hasher;

/// One entry to post.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TrueUp {
    /// What tells it from any other: a true-up of the same id is posted once.
    pub id: String,
    /// The line of the reconciliation.
    pub line: u64,
    /// The key of the line.
    pub key: MatchKey,
    /// Why; nothing for what a person accepted without a cause.
    pub cause: Option<DriftCause>,
    /// The team that is charged; `unallocated` where nobody spent at the key.
    pub team: String,
    /// The entry that it corrects; nothing for what no entry has.
    pub corrects: Option<u64>,
    /// The amount.
    pub amount: Money,
    /// The reason with its numbers.
    pub sentence: String,
}

impl TrueUp {
    /// What is written beside the amount.
    pub(crate) fn note(&self, provider: &str) -> String {
        let own = TrueUpNote {
            id: self.id.clone(),
            provider: provider.to_owned(),
            cause: self.cause,
            key: self.key.clone(),
        };
        own.with_sentence(&self.sentence)
    }
}

impl Reconciliation {
    /// The entries that bring the ledger to the bill: each part of a difference, split over those who spent at its key in
    /// proportion to what they spent, by largest remainder. Parts of causes that are withheld are left out, and parts
    /// without a cause until a person has accepted the line or signed the whole off.
    pub fn true_ups(&self) -> Vec<TrueUp> {
        let mut found = Vec::new();
        for line in &self.lines {
            for (index, part) in line.parts.iter().enumerate() {
                if self.is_due(line, part) {
                    self.split(line, (index, part), &mut found);
                }
            }
        }
        found
    }

    /// What stays a difference after the true-ups.
    pub fn withheld_amount(&self) -> Money {
        let parts = self.lines.iter().flat_map(|line| line.parts.iter().map(move |part| (line, part)));
        parts.filter(|(line, part)| !self.is_due(line, part)).map(|(_, part)| part.amount).sum()
    }

    fn is_due(&self, line: &ReconciledLine, part: &VariancePart) -> bool {
        match part.cause {
            Some(cause) => !self.withheld.contains(&cause),
            None => line.accepted.is_some() || self.sign_off.is_some(),
        }
    }

    fn split(&self, line: &ReconciledLine, (index, part): (usize, &VariancePart), into: &mut Vec<TrueUp>) {
        let true_up = |team: &str, corrects: Option<u64>, amount: Money| TrueUp {
            id: self.id(line, (index, part.cause), corrects),
            line: line.number,
            key: line.key.clone(),
            cause: part.cause,
            team: team.to_owned(),
            corrects,
            amount,
            sentence: part.sentence.clone(),
        };
        // What didn't pass the meter is nobody's.
        if line.shares.is_empty() || part.cause == Some(DriftCause::OutsideTheMeter) {
            into.push(true_up(UNALLOCATED, None, part.amount));
            return;
        }
        let amounts = part.amount.split(&weights(line));
        let shared = line.shares.iter().zip(amounts).filter(|(_, amount)| *amount != Money::ZERO);
        into.extend(shared.map(|(share, amount)| true_up(&share.team, Some(share.entry), amount)));
    }

    /// The hash of everything that makes the true-up what it is. What the ledger has at the key is a part of it, so the
    /// same correction can be due again after another bill.
    fn id(
        &self,
        line: &ReconciledLine,
        (index, cause): (usize, Option<DriftCause>),
        corrects: Option<u64>,
    ) -> String {
        let content = format!(
            "{} {} {} {:?} {} {} {index} {cause:?} {corrects:?}",
            self.provider, self.start, self.end, line.key, line.ours.amount, line.theirs.amount
        );
        let mut hasher = SipHasher24::new_with_keys(0, 0);
        hasher.write(content.as_bytes());
        let hash = hasher.finish128();
        format!("{:016x}{:016x}", hash.h1, hash.h2)
    }
}

/// What each has spent, scaled down until it fits; credits weigh nothing.
fn weights(line: &ReconciledLine) -> Vec<u64> {
    let amounts = line.shares.iter().map(|share| share.amount.at_least_zero().pico().unsigned_abs());
    let largest = amounts.clone().max().unwrap_or_default();
    let shift = 128_u32.saturating_sub(largest.leading_zeros()).saturating_sub(u64::BITS);
    amounts.map(|amount| u64::try_from(amount >> shift).unwrap_or(u64::MAX)).collect()
}
