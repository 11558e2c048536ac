//! Names of things inside the machine: small integers, so that the hot path compares and copies nothing else.

use siphasher::sip128::{Hasher128, SipHasher13};
use std::fmt;

/// One counter of a budget: the budget itself, or one of its instances where it counts per tag value or per run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(pub(super) u32);

/// A tag set resolved to the accounts that it touches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScopeId(pub(super) u32);

impl ScopeId {
    /// The position of the scope, for tables beside the machine's.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A hold, unique in its ledger for ever: a sequence number, and in the low bits the place where its record lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HoldId(u64);

impl HoldId {
    pub(super) const PLACE_BITS: u32 = 20;
    /// Sequence numbers stop here, so that an id fits the positive half of a 64-bit integer.
    pub(super) const MAX_SEQUENCE: u64 = (1 << (63 - Self::PLACE_BITS)) - 1;

    pub(super) const fn new(sequence: u64, place: u32) -> Self {
        Self((sequence << Self::PLACE_BITS) | place as u64)
    }

    /// From the number that [`number`](Self::number) gave.
    pub const fn from_number(number: u64) -> Self {
        Self(number)
    }

    /// The id as one number, as the ledger stores it.
    pub const fn number(self) -> u64 {
        self.0
    }

    pub(crate) const fn sequence(self) -> u64 {
        self.0 >> Self::PLACE_BITS
    }

    pub(super) const fn place(self) -> u32 {
        (self.0 & ((1 << Self::PLACE_BITS) - 1)) as u32
    }
}

impl fmt::Display for HoldId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// A caller's key for a call, hashed: the same text gives the same key in every release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CallKey(u128);

impl CallKey {
    /// Hashes a caller's text.
    pub fn of(text: &str) -> Self {
        let mut hasher = SipHasher13::new_with_keys(0x6275_7273_6172, 1);
        std::hash::Hasher::write(&mut hasher, text.as_bytes());
        Self(hasher.finish128().as_u128())
    }

    /// From its number, as the ledger stores it.
    pub const fn from_number(number: u128) -> Self {
        Self(number)
    }

    /// The key as one number.
    pub const fn number(self) -> u128 {
        self.0
    }
}
