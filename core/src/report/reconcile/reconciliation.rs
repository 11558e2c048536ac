//! The model of a reconciliation: what every format renders, and by which a period may be closed.

use super::cause::{Certainty, DriftCause};
use super::key::{MatchKey, MatchLevel};
use super::line::BillSource;
use super::meter::MeterShare;
use super::request::TolerancePolicy;
use crate::error::{Error, ErrorCode, Result};
use crate::money::Money;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A bill compared with the ledger, line by line. The lines' differences sum to the whole, and each line's parts to its
/// own, to the last pico.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Reconciliation {
    /// How to read this: 1.
    pub schema_version: u32,
    /// Whose bill.
    pub provider: String,
    /// The start of the period, UTC.
    pub start: Timestamp,
    /// Its end, which it excludes.
    pub end: Timestamp,
    /// When it was made.
    pub generated_at: Timestamp,
    /// The price book that rules looked into.
    pub price_version: String,
    /// The first and the last ledger entry that counts; nothing without any.
    pub entries: Option<(u64, u64)>,
    /// What each kind of document tells.
    pub sources: Vec<SourceTotal>,
    /// What the ledger has, true-ups that were posted included.
    pub ours: Money,
    /// What the bill has, in USD.
    pub theirs: Money,
    /// The bill less the ledger.
    pub difference: Money,
    /// How much of the bill is on lines that agree to the last pico.
    pub matched: Money,
    /// The same in hundredths of a percent of the bill.
    pub matched_basis_points: u64,
    /// The sizes of all parts with a cause, or accepted by a person.
    pub explained: Money,
    /// The sizes of all parts without one that nobody has accepted.
    pub unexplained: Money,
    /// Explained of all parts, in hundredths of a percent; 10,000 where nothing differs.
    pub explained_basis_points: u64,
    /// Unexplained, in hundredths of a percent of the bill, rounded up.
    pub unexplained_of_bill_basis_points: u64,
    /// Parts by cause; those without one come last.
    pub causes: Vec<CauseTotal>,
    /// Every key, those that agree too.
    pub lines: Vec<ReconciledLine>,
    /// How much may stay unexplained.
    pub policy: TolerancePolicy,
    /// The causes for which no true-up is proposed.
    pub withheld: BTreeSet<DriftCause>,
    /// Who has signed the whole off.
    pub sign_off: Option<SignOff>,
    /// What a reader has to know, in sentences.
    pub notes: Vec<String>,
}

/// What one kind of document tells altogether.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceTotal {
    /// The kind.
    pub source: BillSource,
    /// Lines of the period.
    pub lines: u64,
    /// The sum of its amounts in USD; nothing where it has none.
    pub total: Option<Money>,
    /// That sum less the ledger.
    pub difference: Option<Money>,
    /// Whether its amounts are the ones that are compared.
    pub gives_amounts: bool,
    /// Whether its counts are.
    pub gives_counts: bool,
    /// The documents, by the hash of their bytes.
    pub payload_hashes: Vec<String>,
}

/// The parts of all lines that have one cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CauseTotal {
    /// The cause; nothing for what is unexplained.
    pub cause: Option<DriftCause>,
    /// Lines that have it.
    pub lines: u64,
    /// The parts' sum.
    pub amount: Money,
    /// The sum of their sizes.
    pub size: Money,
}

/// What one side has under a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Side {
    /// Units; nothing where they aren't told.
    pub quantity: Option<i128>,
    /// What it costs.
    pub amount: Money,
    /// Lines that are summed.
    pub lines: u64,
}

/// How a line stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineState {
    /// Both sides agree to the last pico.
    Matched,
    /// They differ, and every part has a cause.
    Explained,
    /// A part has no cause, and is within the tolerance or accepted by a person.
    Accepted,
    /// A part has no cause.
    Open,
}

impl LineState {
    /// The name in snake case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Matched => "matched",
            Self::Explained => "explained",
            Self::Accepted => "accepted",
            Self::Open => "open",
        }
    }
}

/// What a part of a difference comes of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartKind {
    /// Other counts, at the ledger's price: `(Qp − Qo) · Po`.
    Quantity,
    /// Another price, for the bill's counts: `Qp · (Pp − Po)`.
    Rate,
    /// An amount without counts.
    Amount,
}

impl PartKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Quantity, Self::Rate, Self::Amount];

    /// The name in snake case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Quantity => "quantity",
            Self::Rate => "rate",
            Self::Amount => "amount",
        }
    }
}

/// A part of a difference with its reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VariancePart {
    /// What it comes of.
    pub kind: PartKind,
    /// The part, of the bill less the ledger.
    pub amount: Money,
    /// Why; nothing where no rule fits.
    pub cause: Option<DriftCause>,
    /// How well that is known.
    pub evidence: Option<Certainty>,
    /// The reason with its numbers.
    pub sentence: String,
}

/// Where an amount stands in a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillReference {
    /// The kind of document.
    pub source: BillSource,
    /// The hash of its bytes.
    pub payload_hash: String,
    /// The row in it.
    pub row: u64,
    /// The amount as it is written there.
    pub as_reported: Option<String>,
}

/// The most references to documents that a line carries.
pub(super) const MAX_REFERENCES: usize = 20;

/// One key of both sides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ReconciledLine {
    /// Its number, from 1.
    pub number: u64,
    /// The key.
    pub key: MatchKey,
    /// How fine the key is.
    pub level: MatchLevel,
    /// The ledger.
    pub ours: Side,
    /// The bill.
    pub theirs: Side,
    /// The bill less the ledger.
    pub difference: Money,
    /// The part of other counts.
    pub quantity_part: Money,
    /// The part of another price.
    pub rate_part: Money,
    /// The part without counts.
    pub amount_part: Money,
    /// The difference by cause.
    pub parts: Vec<VariancePart>,
    /// How it stands.
    pub state: LineState,
    /// Who has accepted it, and why.
    pub accepted: Option<SignOff>,
    /// Where the bill says so, at most twenty places.
    pub references: Vec<BillReference>,
    /// Who is charged for a true-up, in proportion to what they spent.
    pub shares: Vec<MeterShare>,
}

/// A person's word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignOff {
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub note: String,
}

impl ReconciledLine {
    /// The sum of the parts that have no cause.
    pub fn unexplained(&self) -> Money {
        self.parts.iter().filter(|part| part.cause.is_none()).map(|part| part.amount).sum()
    }

    /// The sizes of the parts that have a cause, or that have none.
    pub(super) fn size(&self, has_cause: bool) -> Money {
        let wanted = self.parts.iter().filter(|part| part.cause.is_some() == has_cause);
        wanted.map(|part| size(part.amount)).sum()
    }
}

pub(super) fn size(amount: Money) -> Money {
    if amount.is_negative() { -amount } else { amount }
}

impl Reconciliation {
    /// Accepts a line that no rule explains, as the person who does so.
    ///
    /// # Errors
    /// `report_invalid` for a line that isn't open.
    pub fn accept(&mut self, number: u64, sign_off: SignOff) -> Result<()> {
        let line = self.lines.iter_mut().find(|line| line.number == number);
        match line {
            Some(line) if matches!(line.state, LineState::Open | LineState::Accepted) => {
                (line.state, line.accepted) = (LineState::Accepted, Some(sign_off));
            }
            found => {
                let is = found.map_or("isn't there", |line| line.state.as_str());
                let message = format!("line {number} of the reconciliation is no open one: it {is}");
                return Err(Error::new(ErrorCode::ReportInvalid, message).with_help("accept an open line"));
            }
        }
        self.sum_up();
        Ok(())
    }

    /// Signs the whole off, open lines too.
    pub fn sign_off(&mut self, sign_off: SignOff) {
        self.sign_off = Some(sign_off);
    }

    /// Whether the books of the period may be closed: what is unexplained and accepted by nobody is within both bounds, or
    /// a person has signed the whole off.
    pub fn is_closed_under(&self, policy: &TolerancePolicy) -> bool {
        self.sign_off.is_some() || policy.allows(self.unexplained, self.theirs)
    }

    /// The sums over the lines.
    pub(super) fn sum_up(&mut self) {
        let is_open = |line: &&ReconciledLine| line.accepted.is_none();
        let matched = self.lines.iter().filter(|line| line.state == LineState::Matched);
        self.matched = matched.map(|line| line.theirs.amount).sum();
        let all: Money = self.lines.iter().map(|line| line.size(true) + line.size(false)).sum();
        self.unexplained = self.lines.iter().filter(is_open).map(|line| line.size(false)).sum();
        self.explained = all - self.unexplained;
        self.matched_basis_points = basis_points(self.matched, self.theirs).0;
        self.explained_basis_points =
            if all == Money::ZERO { 10_000 } else { basis_points(self.explained, all).0 };
        self.unexplained_of_bill_basis_points = basis_points(self.unexplained, self.theirs).1;
        self.causes = self.by_cause();
    }

    fn by_cause(&self) -> Vec<CauseTotal> {
        let causes = DriftCause::ALL.iter().map(|cause| Some(*cause)).chain([None]);
        let total = |cause: Option<DriftCause>| {
            let mut total = CauseTotal { cause, lines: 0, amount: Money::ZERO, size: Money::ZERO };
            for line in &self.lines {
                let mut own = line.parts.iter().filter(|part| part.cause == cause).peekable();
                total.lines += u64::from(own.peek().is_some());
                for part in own {
                    total.amount += part.amount;
                    total.size += size(part.amount);
                }
            }
            total
        };
        causes.map(total).filter(|total| total.lines > 0).collect()
    }
}

/// Hundredths of a percent of a whole, rounded down and up; all of nothing is all of it.
fn basis_points(part: Money, whole: Money) -> (u64, u64) {
    let (part, whole) = (part.pico().unsigned_abs(), whole.pico().unsigned_abs());
    if whole == 0 {
        let all = if part == 0 { (10_000, 0) } else { (0, 10_000) };
        return all;
    }
    let scaled = part.saturating_mul(10_000);
    let fits = |value: u128| u64::try_from(value).unwrap_or(u64::MAX);
    (fits(scaled / whole), fits(scaled.div_ceil(whole)))
}
