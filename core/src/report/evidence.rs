//! What a statement rests on: the entries that it counts, sealed by a hash, and what is out of the ordinary among them.
//!
//! The entries that count in the period are written as one line of JSON each, with names in place of the ledger's ids, and
//! chained: every hash is over the hash before it and the next line. Whoever has the ledger can compute the last one again,
//! and any entry that was changed, left out or put in gives another. The statement itself is sealed the same way.

use super::closing::ReconciledBill;
use super::statement::Statement;
use crate::ledger::{ContentHash, Entry, EntryKind, EntryLine};
use crate::money::Money;
use crate::pricing::Dimension;
use crate::tags::{Dictionary, Symbol, TagSet};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The most corrections that are told one by one; the others are counted.
pub const MAX_CORRECTIONS: usize = 1_000;
/// Bytes of a hash, and of what the chain begins with: as many zeros.
const HASH_BYTES: usize = 32;

/// What a statement rests on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Entries that count in the period.
    pub entries: u64,
    /// The first of them.
    pub first: Option<EntryPlace>,
    /// The last of them.
    pub last: Option<EntryPlace>,
    /// The last hash of their chain: SHA-256 in hexadecimal.
    pub entries_sha256: String,
    /// Whether every entry was there; a ledger in memory forgets the oldest.
    pub is_complete: bool,
    /// The versions of the prices that the entries were priced with.
    pub prices: Vec<PriceUse>,
    /// The SHA-256 of the policy's text; nothing for a policy that wasn't read from a text.
    pub policy_sha256: Option<String>,
    /// Settlements that came after their hold had ended.
    pub late: u64,
    /// What the provider stated was booked in place of our price.
    pub stated: EntrySum,
    /// Holds that nobody ended.
    pub expired: EntrySum,
    /// Corrections of earlier entries.
    pub corrected: EntrySum,
    /// Each of them, at most [`MAX_CORRECTIONS`].
    pub corrections: Vec<Correction>,
    /// The bills of the period's days that were reconciled, as they were kept. Nothing in a statement of a part of the calls.
    #[serde(default)]
    pub reconciliations: Vec<ReconciledBill>,
    /// The SHA-256 of the statement's compact JSON in which this is `null`.
    pub statement_sha256: Option<String>,
}

/// An entry of the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryPlace {
    /// Its number.
    pub seq: u64,
    /// When it was recorded.
    pub at: Timestamp,
}

/// Some entries together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntrySum {
    /// How many.
    pub entries: u64,
    /// Their amounts.
    pub cost: Money,
}

/// A version of the prices, and what was priced with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceUse {
    /// The version.
    pub version: String,
    /// Entries that were priced with it.
    pub entries: u64,
    /// What they cost.
    pub cost: Money,
}

/// A correction of an earlier entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// Its number.
    pub seq: u64,
    /// The entry that it corrects.
    pub corrects: Option<u64>,
    /// When it was recorded.
    pub at: Timestamp,
    /// How much more, or less.
    pub amount: Money,
    /// Why.
    pub note: Option<String>,
}

/// An entry as it is hashed. The order of the fields is the format.
#[derive(Serialize)]
struct Line<'a> {
    seq: u64,
    kind: &'static str,
    at: i64,
    effective_at: i64,
    hold: u64,
    tags: &'a TagSet,
    model: &'a str,
    amount_pico: String,
    beside_pico: Option<String>,
    price_version: Option<&'a str>,
    terms: Option<&'a str>,
    corrects: Option<u64>,
    is_overrun: bool,
    is_late: bool,
    is_stated: bool,
    note: Option<&'a str>,
    lines: Vec<(&'static str, u64, String)>,
}

/// Collects the evidence of entries that it is shown in their order.
pub(super) struct Collector<'a> {
    dictionary: &'a Dictionary,
    untagged: TagSet,
    hash: [u8; HASH_BYTES],
    evidence: Evidence,
    prices: BTreeMap<Symbol, EntrySum>,
}

impl<'a> Collector<'a> {
    pub(super) fn new(dictionary: &'a Dictionary) -> Self {
        let evidence = Evidence { is_complete: true, ..Evidence::default() };
        Self { dictionary, untagged: TagSet::new(), hash: [0; HASH_BYTES], evidence, prices: BTreeMap::new() }
    }

    /// The next entry that counts.
    pub(super) fn see(&mut self, entry: &Entry, lines: &[EntryLine]) {
        let own = &mut self.evidence;
        let place = EntryPlace { seq: entry.seq, at: entry.at };
        own.entries += 1;
        own.first.get_or_insert(place);
        own.last = Some(place);
        own.late += u64::from(entry.is_late);
        if entry.is_stated {
            own.stated.add(entry.amount);
        }
        match entry.kind {
            EntryKind::Expire => own.expired.add(entry.amount),
            EntryKind::Adjust => {
                own.corrected.add(entry.amount);
                if own.corrections.len() < MAX_CORRECTIONS {
                    own.corrections.push(correction(entry));
                }
            }
            _ => {}
        }
        if let Some(version) = entry.price_version {
            self.prices.entry(version).or_default().add(entry.amount);
        }
        self.chain(entry, lines);
    }

    fn chain(&mut self, entry: &Entry, lines: &[EntryLine]) {
        let text = |symbol: Symbol| self.dictionary.text(symbol).unwrap_or_default();
        let line = Line {
            seq: entry.seq,
            kind: entry.kind.as_str(),
            at: entry.at.micros(),
            effective_at: entry.effective_at.micros(),
            hold: entry.hold.number(),
            tags: self.dictionary.tag_set(entry.tag_set).unwrap_or(&self.untagged),
            model: text(entry.model),
            amount_pico: entry.amount.pico().to_string(),
            beside_pico: entry.beside.map(|beside| beside.pico().to_string()),
            price_version: entry.price_version.map(text),
            terms: entry.terms.map(text),
            corrects: entry.corrects,
            is_overrun: entry.is_overrun,
            is_late: entry.is_late,
            is_stated: entry.is_stated,
            note: entry.note.as_deref(),
            lines: lines.iter().map(hashed).collect(),
        };
        // Texts, numbers and lists always have a JSON.
        let line = serde_json::to_vec(&line).unwrap_or_default();
        self.hash = Sha256::new().chain_update(self.hash).chain_update(&line).finalize().into();
    }

    /// What was collected. Entries that the store has forgotten are missing.
    pub(super) fn evidence(self, is_complete: bool, policy_sha256: Option<String>) -> Evidence {
        let mut evidence = self.evidence;
        evidence.entries_sha256 = ContentHash::from_bytes(self.hash).to_string();
        (evidence.is_complete, evidence.policy_sha256) = (is_complete, policy_sha256);
        let named = |(version, sum): (Symbol, EntrySum)| PriceUse {
            version: self.dictionary.text(version).unwrap_or_default().to_owned(),
            entries: sum.entries,
            cost: sum.cost,
        };
        evidence.prices = self.prices.into_iter().map(named).collect();
        evidence.prices.sort_by(|left, right| left.version.cmp(&right.version));
        evidence
    }
}

impl EntrySum {
    fn add(&mut self, cost: Money) {
        self.entries += 1;
        self.cost += cost;
    }
}

fn hashed(line: &EntryLine) -> (&'static str, u64, String) {
    (Dimension::as_str(line.dimension), line.quantity, line.amount.pico().to_string())
}

fn correction(entry: &Entry) -> Correction {
    Correction {
        seq: entry.seq,
        corrects: entry.corrects,
        at: entry.at,
        amount: entry.amount,
        note: entry.note.as_deref().map(str::to_owned),
    }
}

impl Statement {
    /// Puts the hash of the statement into its evidence, where it has any. Whoever changes a statement seals it again.
    pub(crate) fn seal(&mut self) {
        let hash = self.own_sha256();
        if let Some(evidence) = &mut self.evidence {
            evidence.statement_sha256 = hash;
        }
    }

    /// Whether the statement is the one that was sealed; nothing where it has no seal.
    pub fn is_as_sealed(&self) -> Option<bool> {
        let sealed = self.evidence.as_ref()?.statement_sha256.as_ref()?;
        Some(self.own_sha256().as_ref() == Some(sealed))
    }

    fn own_sha256(&self) -> Option<String> {
        self.evidence.as_ref()?;
        let mut own = self.clone();
        own.evidence.as_mut()?.statement_sha256 = None;
        serde_json::to_string(&own).map(|json| ContentHash::of(json.as_bytes()).to_string()).ok()
    }
}
