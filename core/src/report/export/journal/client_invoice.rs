//! What a client is billed, as journal entries: receivable against revenue, cost of sales against clearing.

use super::Journal;
use super::entry::{JournalEntry, JournalLine, minor_units};
use super::rules::needed;
use crate::error::Result;
use crate::money::{Currency, Money};
use crate::time::Timestamp;

/// What a client is billed for a period, and what it cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientInvoice {
    /// The number of the invoice.
    pub number: String,
    /// The client.
    pub client: String,
    /// The period, such as `2026-11`.
    pub period: String,
    /// When it is booked.
    pub at: Timestamp,
    /// The time zone of that day.
    pub time_zone: String,
    /// The currency of both amounts.
    pub currency: Currency,
    /// What the client pays.
    pub price: Money,
    /// What the calls cost.
    pub cost: Money,
}

impl Journal {
    /// Adds an invoice of a client: what it owes against revenue, and what its calls cost against the clearing account,
    /// as two entries, each in balance.
    ///
    /// # Errors
    /// `report_invalid` where the rules lack an account.
    pub fn with_invoice(mut self, invoice: &ClientInvoice) -> Result<Self> {
        let account = |account: &Option<String>, key| needed(account.as_ref(), key).map(str::to_owned);
        let receivable = account(&self.rules.receivable, "receivable")?;
        let revenue = account(&self.rules.revenue, "revenue")?;
        let cost_of_sales = account(&self.rules.cost_of_sales, "cost_of_sales")?;
        let clearing = self.rules.clearing.clone();
        let sides = [
            ("", (receivable, true), (revenue, false), invoice.price),
            ("-C", (cost_of_sales, false), (clearing, false), invoice.cost),
        ];
        for (suffix, debit, credit, amount) in sides {
            let amount = minor_units(amount, invoice.currency);
            if amount != 0 {
                self.entries.push(entry(invoice, suffix, (debit, credit), amount));
            }
        }
        Ok(self)
    }
}

type Account = (String, bool);

fn entry(
    invoice: &ClientInvoice,
    suffix: &str,
    (debit, credit): (Account, Account),
    amount: i128,
) -> (JournalEntry, JournalLine) {
    let memo = format!("{}: AI usage {}", invoice.client, invoice.period);
    let line = |(account, is_of_client): Account, amount: i128| JournalLine {
        account,
        memo: memo.clone(),
        client: invoice.client.clone(),
        amount,
        is_of_client,
        ..JournalLine::default()
    };
    let mut entry = JournalEntry {
        id: format!("{}{suffix}", invoice.number),
        at: invoice.at,
        time_zone: invoice.time_zone.clone(),
        period: invoice.period.clone(),
        memo: memo.clone(),
        currency: invoice.currency,
        reverses: None,
        source: invoice.number.clone(),
        hash: String::new(),
        lines: vec![line(debit, amount)],
    };
    entry.hash = entry.computed_hash();
    (entry, line(credit, 0))
}
