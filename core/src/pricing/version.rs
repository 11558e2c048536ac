//! What tells one content of a price book from any other.

use jiff::civil::Date;
use siphasher::sip128::{Hasher128, SipHasher24};
use std::{fmt, hash::Hasher};

/// The version of a price book: its date, and a hash of its content that is the same in every release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PriceVersion {
    date: Date,
    hash: [u64; 2],
}

impl PriceVersion {
    pub(super) fn of(date: Date, canonical: &str) -> Self {
        Self { date, hash: hash([0, 0], canonical) }
    }

    /// The version that a price table states.
    pub(super) const fn known(date: Date, hash: [u64; 2]) -> Self {
        Self { date, hash }
    }

    /// The date, and the hash of the content.
    pub(super) const fn parts(self) -> (Date, [u64; 2]) {
        (self.date, self.hash)
    }

    /// The version of the same book with more content laid over it.
    pub(super) fn over(self, canonical: &str) -> Self {
        Self { date: self.date, hash: hash(self.hash, canonical) }
    }
}

/// `SipHash-2-4` with 128 bits and a zero key.
fn hash(before: [u64; 2], canonical: &str) -> [u64; 2] {
    hash_bytes(before, canonical.as_bytes())
}

/// The same of bytes.
pub(super) fn hash_bytes(before: [u64; 2], bytes: &[u8]) -> [u64; 2] {
    let mut hasher = SipHasher24::new();
    for word in before {
        hasher.write(&word.to_le_bytes());
    }
    hasher.write(bytes);
    let found = hasher.finish128();
    [found.h1, found.h2]
}

impl fmt::Display for PriceVersion {
    /// `2026-11-23-` and 32 digits of the hash.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [high, low] = self.hash;
        write!(f, "{}-{high:016x}{low:016x}", self.date)
    }
}
