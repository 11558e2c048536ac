//! Credit notes: what an invoice should have said, after usage or cost of its period was corrected.

use super::statement::{
    ClientDocument, ClientHeader, ClientLine, ClientLineKind, ClientStatement, SCHEMA_VERSION,
};
use crate::error::{Error, ErrorCode, Result};
use crate::money::{Currency, Money};
use crate::report::header::StatementStatus;
use crate::report::period::ReportPeriod;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// The difference between an invoice and the same bill worked out anew. Negative amounts are given back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CreditNote {
    /// How to read the JSON.
    pub schema_version: u32,
    /// Who says it to whom; its reference is the invoice's number.
    pub header: ClientHeader,
    /// When the invoice was issued.
    pub invoice_issued_at: Option<Timestamp>,
    /// The client, as calls were tagged.
    pub client: String,
    /// The period of the invoice.
    pub period: ReportPeriod,
    /// The time zone of the period.
    pub time_zone: String,
    /// The currency of every amount.
    pub currency: Currency,
    /// When it was made.
    pub generated_at: Timestamp,
    /// The lines that differ.
    pub lines: Vec<CreditLine>,
    /// What the invoice said.
    pub issued: Money,
    /// What it should have said.
    pub corrected: Money,
    /// The difference; the lines sum to it.
    pub total: Money,
    /// The difference of what is paid, in whole minor units of the currency.
    pub payable: Money,
}

/// A line that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditLine {
    /// What it is.
    pub kind: ClientLineKind,
    /// The month, or the part of it.
    pub period: ReportPeriod,
    /// What it is in words.
    pub text: String,
    /// What the invoice said.
    pub issued: Money,
    /// What it should have said.
    pub corrected: Money,
    /// The difference.
    pub amount: Money,
}

impl CreditNote {
    /// The note on an invoice, from the same bill worked out anew; nothing where nothing differs.
    ///
    /// # Errors
    /// `report_invalid` for what was never issued, another client or period, or an empty number.
    pub fn between(issued: &ClientStatement, anew: &ClientStatement, number: &str) -> Result<Option<Self>> {
        let fault = |message: String, help: &str| Err(Error::new(ErrorCode::ReportInvalid, message).with_help(help));
        let Some(invoice) = &issued.header.number else {
            return fault("the statement has no number, so it was never issued".to_owned(), "give the invoice as it was issued");
        };
        if number.is_empty() || number == invoice {
            return fault(format!("`{number}` is no number of a credit note"), "give the note a number of its own");
        }
        let same = |statement: &ClientStatement| {
            (statement.client.clone(), statement.period.window, statement.currency)
        };
        if same(issued) != same(anew) {
            let message = format!("the invoice `{invoice}` is about another client, period or currency");
            return fault(message, "compare the invoice with the same bill");
        }
        let lines = differences(&issued.lines, &anew.lines);
        if lines.is_empty() {
            return Ok(None);
        }
        let total = anew.total - issued.total;
        let kind = if total > Money::ZERO { ClientDocument::DebitNote } else { ClientDocument::CreditNote };
        let header = ClientHeader {
            kind,
            status: StatementStatus::Final,
            number: Some(number.to_owned()),
            reference: Some(invoice.clone()),
            issued_at: Some(anew.generated_at),
            issuer: anew.header.issuer.clone(),
            recipient: anew.header.recipient.clone(),
        };
        Ok(Some(Self {
            schema_version: SCHEMA_VERSION,
            header,
            invoice_issued_at: issued.header.issued_at,
            client: issued.client.clone(),
            period: issued.period.clone(),
            time_zone: issued.time_zone.clone(),
            currency: issued.currency,
            generated_at: anew.generated_at,
            lines,
            issued: issued.total,
            corrected: anew.total,
            total,
            payable: anew.payable - issued.payable,
        }))
    }

    /// The note as JSON: amounts are decimal strings, times RFC 3339.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// Reads a note that was written as JSON.
    ///
    /// # Errors
    /// `report_invalid` for what isn't a credit note.
    pub fn from_json(text: &str) -> Result<Self> {
        serde_json::from_str(text).map_err(|cause| {
            Error::new(ErrorCode::ReportInvalid, "the text is no credit note")
                .with_help("pass what `to_json` of a credit note gave")
                .caused_by(cause)
        })
    }
}

/// Lines that differ, in the order of the invoice, then what is new.
fn differences(issued: &[ClientLine], anew: &[ClientLine]) -> Vec<CreditLine> {
    let amount = |lines: &[ClientLine], like: &ClientLine| {
        lines.iter().filter(|line| is_same(line, like)).map(|line| line.amount).sum::<Money>()
    };
    let mut lines: Vec<&ClientLine> = Vec::new();
    for line in issued.iter().chain(anew) {
        if !lines.iter().any(|known| is_same(known, line)) {
            lines.push(line);
        }
    }
    let difference = |line: &ClientLine| {
        let (issued, corrected) = (amount(issued, line), amount(anew, line));
        let (kind, period, text) = (line.kind, line.period.clone(), line.text.clone());
        CreditLine { kind, period, text, issued, corrected, amount: corrected - issued }
    };
    lines.into_iter().map(difference).filter(|line| line.amount != Money::ZERO).collect()
}

fn is_same(one: &ClientLine, other: &ClientLine) -> bool {
    let what = |line: &ClientLine| (line.kind, line.period.window, line.dimension, line.rate);
    what(one) == what(other) && one.text == other.text && one.service == other.service
}
