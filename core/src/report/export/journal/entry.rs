//! Journal entries: what is booked to which account, always in balance.
//!
//! Amounts are whole minor units of the currency. An entry is made from one side and gets the other by itself, so its
//! debits and credits are equal by construction. Nothing is ever taken back but by an entry that says the opposite.

use crate::money::{Currency, Money, Rounding};
use crate::report::period::local;
use crate::time::Timestamp;
use siphasher::sip128::{Hasher128 as _, SipHasher13};
use std::hash::Hasher as _;

/// One line of an entry.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct JournalLine {
    /// The account.
    pub account: String,
    /// The department.
    pub department: String,
    /// The class.
    pub class: String,
    /// The location.
    pub location: String,
    /// The cost centre.
    pub cost_center: String,
    /// The project, where the whole line is of one.
    pub project: String,
    /// The client, where the whole line is of one.
    pub client: String,
    /// What it is for.
    pub memo: String,
    /// Minor units of the currency: a debit above zero, a credit below.
    pub amount: i128,
    /// Whether the line is on an account of clients, which needs a name.
    pub is_of_client: bool,
}

/// One entry, in balance.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct JournalEntry {
    /// The same for the same period and content, so that importing it twice books it once.
    pub id: String,
    /// The instant in whose day it is booked.
    pub at: Timestamp,
    /// The time zone of that day.
    pub time_zone: String,
    /// The period, such as `2026-11`.
    pub period: String,
    /// What it is.
    pub memo: String,
    /// The currency.
    pub currency: Currency,
    /// The entry that this one takes back.
    pub reverses: Option<String>,
    /// The document that it comes from.
    pub source: String,
    /// A check over everything that is booked.
    pub hash: String,
    /// The lines, debits and credits of which are equal.
    pub lines: Vec<JournalLine>,
}

impl JournalEntry {
    /// The day as a format of strftime.
    pub(super) fn date(&self, format: &str) -> String {
        local(self.at, &self.time_zone, format)
    }

    /// Debits, which are as much as the credits.
    pub fn debits(&self) -> i128 {
        self.lines.iter().map(|line| line.amount.max(0)).sum()
    }

    /// The entry that takes this one back at another instant. It is the same however often it is made.
    #[must_use]
    pub fn reversal(&self, at: Timestamp) -> Self {
        let opposite = |line: &JournalLine| JournalLine { amount: -line.amount, ..line.clone() };
        let mut reversal = Self {
            id: format!("{}-R", self.id),
            at,
            memo: format!("Reversal of {}: {}", self.id, self.memo),
            reverses: Some(self.id.clone()),
            lines: self.lines.iter().map(opposite).collect(),
            ..self.clone()
        };
        reversal.hash = reversal.computed_hash();
        reversal
    }

    /// A check over period, currency and lines.
    pub(super) fn computed_hash(&self) -> String {
        let mut hasher = SipHasher13::new();
        let mut write = |text: &str| {
            hasher.write(text.as_bytes());
            hasher.write_u8(0);
        };
        write(&self.period);
        write(self.currency.code());
        write(self.reverses.as_deref().unwrap_or_default());
        for line in &self.lines {
            let JournalLine {
                account, department, class, location, cost_center, project, client, memo, ..
            } = line;
            for text in [account, department, class, location, cost_center, project, client, memo] {
                write(text);
            }
            write(&line.amount.to_string());
        }
        let (high, low) = hasher.finish128().as_u64();
        format!("{high:016x}{low:016x}")
    }
}

/// An amount in whole minor units, half to even.
pub(super) fn minor_units(amount: Money, currency: Currency) -> i128 {
    Rounding::HalfEven.divide(amount.pico(), unit(currency))
}

/// Pico-units of a minor unit.
pub(super) fn unit(currency: Currency) -> i128 {
    10_i128.pow(Money::DECIMALS.saturating_sub(currency.minor_units()))
}

/// Minor units as a plain decimal with the currency's decimals: `1342.00`.
pub(super) fn decimal(amount: i128, currency: Currency) -> String {
    Money::from_pico(amount.saturating_mul(unit(currency))).to_fixed(currency.minor_units())
}
