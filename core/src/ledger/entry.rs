//! The immutable record of one thing that happened to money.

use crate::budget::{CallKey, HoldId};
use crate::error::{Error, ErrorCode, Result};
use crate::money::{Money, Rate};
use crate::pricing::Dimension;
use crate::tags::{Symbol, TagSetId};
use crate::time::Timestamp;
use std::{fmt, str::FromStr};

/// The largest amount of one entry, either way: a million USD. No call costs as much, and an hour's sum of thousands of
/// such entries still fits the columns of a file.
pub const MAX_ENTRY_AMOUNT: Money = Money::from_pico(1_000_000 * Money::ONE.pico());

/// Refuses an amount that no entry holds.
#[inline]
pub(crate) fn check_amount(amount: Money) -> Result<()> {
    if amount <= MAX_ENTRY_AMOUNT && amount >= Money::ZERO - MAX_ENTRY_AMOUNT {
        return Ok(());
    }
    Err(too_large(amount))
}

#[cold]
fn too_large(amount: Money) -> Error {
    let message = format!(
        "an amount of {amount} USD, and at most {MAX_ENTRY_AMOUNT} USD is allowed in one ledger entry"
    );
    Error::new(ErrorCode::MoneyOverflow, message)
}

/// What an entry records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EntryKind {
    /// A hold was taken, before the call went out.
    Reserve,
    /// A call was booked with what it cost.
    Settle,
    /// A call generated nothing, and its hold was given back.
    Release,
    /// A call's outcome is unknown; its hold stays until it expires.
    Unresolved,
    /// A hold that nobody ended became spend.
    Expire,
    /// A correction of an earlier entry.
    Adjust,
}

impl EntryKind {
    const ALL: [Self; 6] =
        [Self::Reserve, Self::Settle, Self::Release, Self::Unresolved, Self::Expire, Self::Adjust];

    /// Whether such an entry changes what was spent.
    pub const fn is_booked(self) -> bool {
        matches!(self, Self::Settle | Self::Expire | Self::Adjust)
    }

    /// The kind in lower case, as it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reserve => "reserve",
            Self::Settle => "settle",
            Self::Release => "release",
            Self::Unresolved => "unresolved",
            Self::Expire => "expire",
            Self::Adjust => "adjust",
        }
    }
}

impl FromStr for EntryKind {
    type Err = ();

    fn from_str(text: &str) -> std::result::Result<Self, ()> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(())
    }
}

impl fmt::Display for EntryKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One ledger record. Its usage lines lie beside it, in the batch or the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number in the ledger, from 1, without gaps.
    pub seq: u64,
    /// What it records.
    pub kind: EntryKind,
    /// When it was recorded.
    pub at: Timestamp,
    /// Where its amount counts: when the hold was taken.
    pub effective_at: Timestamp,
    /// The hold that it belongs to; 0 for a correction that belongs to none.
    pub hold: HoldId,
    /// Whose call.
    pub tag_set: TagSetId,
    /// The model, by its canonical name `provider/model`.
    pub model: Symbol,
    /// What the hold took; of a reservation only.
    pub bound: Money,
    /// The change of spend.
    pub amount: Money,
    /// The cost that was known too and isn't the one that was booked: what the provider stated, or our price where
    /// what it stated was booked.
    pub beside: Option<Money>,
    /// The version of the prices that our price was computed with.
    pub price_version: Option<Symbol>,
    /// The terms that the call was priced by, where they aren't the standard ones, as a name:
    /// `service_tier=priority,processing=batch`, with `context=>200000` where the input was past an edge of the prices. Of
    /// a correction those of the entry that it corrects.
    pub terms: Option<Symbol>,
    /// When the hold becomes spend; of a reservation only.
    pub expires_at: Option<Timestamp>,
    /// The caller's key; of a reservation only.
    pub key: Option<CallKey>,
    /// The entry that this one corrects.
    pub corrects: Option<u64>,
    /// Whether the cost was above the hold.
    pub is_overrun: bool,
    /// Whether the settlement came after the hold had ended.
    pub is_late: bool,
    /// Whether what the provider stated was booked.
    pub is_stated: bool,
    /// Why, in a person's words; of corrections.
    pub note: Option<Box<str>>,
    /// Usage and cost by dimension, as a range of the lines beside the entry.
    pub(crate) lines: (u32, u32),
}

impl Entry {
    /// An entry without amounts, lines or keys, to be filled in.
    #[inline]
    pub(crate) fn new(
        kind: EntryKind,
        at: Timestamp,
        hold: HoldId,
        tag_set: TagSetId,
        model: Symbol,
    ) -> Self {
        Self {
            seq: 0,
            kind,
            at,
            effective_at: at,
            hold,
            tag_set,
            model,
            bound: Money::ZERO,
            amount: Money::ZERO,
            beside: None,
            price_version: None,
            terms: None,
            expires_at: None,
            key: None,
            corrects: None,
            is_overrun: false,
            is_late: false,
            is_stated: false,
            note: None,
            lines: (0, 0),
        }
    }

    /// Its lines among those that lie beside it.
    pub(crate) fn lines_in<'l>(&self, lines: &'l [EntryLine]) -> &'l [EntryLine] {
        let (first, count) = (self.lines.0 as usize, self.lines.1 as usize);
        lines.get(first..first.saturating_add(count)).unwrap_or_default()
    }

    /// Whether the entry ends a hold for the first time.
    pub fn ends_hold(&self) -> bool {
        !self.is_late && matches!(self.kind, EntryKind::Settle | EntryKind::Release | EntryKind::Expire)
    }
}

/// Usage of one dimension and what it cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntryLine {
    /// The dimension.
    pub dimension: Dimension,
    /// Units.
    pub quantity: u64,
    /// Their part of the entry's amount.
    pub amount: Money,
    /// The price of one unit that the amount was computed with; nothing where it isn't quantity times rate, as where the
    /// provider's stated cost was booked.
    pub rate: Option<Rate>,
}

impl EntryLine {
    /// Whether another line is of the same kind at the same rate, so that both can be summed.
    pub(crate) fn is_alike(&self, other: &Self) -> bool {
        (self.dimension, self.rate) == (other.dimension, other.rate)
    }

    /// Where a line stands among others of a rollup: by its dimension's place in the catalogue, then by its rate.
    pub(crate) fn place(&self) -> (u8, Option<Rate>) {
        (self.dimension as u8, self.rate)
    }
}
