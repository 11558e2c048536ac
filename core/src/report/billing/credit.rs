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
    /// That difference by project, where the projects' parts of what is paid differ; it sums to `payable`.
    #[serde(default)]
    pub projects: Vec<CreditProject>,
}

/// What is paid less, or more, for a project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditProject {
    /// The project.
    pub name: String,
    /// The difference, in whole minor units of the currency.
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
    /// The note on an invoice and the notes on it before, from the same bill worked out anew; nothing where nothing
    /// differs.
    pub(crate) fn between(
        invoice: &ClientStatement,
        before: &[Self],
        anew: &ClientStatement,
        number: String,
    ) -> Option<Self> {
        let lines = differences(invoice, before, anew);
        if lines.is_empty() {
            return None;
        }
        let sum = |of: fn(&Self) -> Money| before.iter().map(of).sum::<Money>();
        let issued = invoice.total + sum(|note| note.total);
        let total = anew.total - issued;
        let kind = if total > Money::ZERO { ClientDocument::DebitNote } else { ClientDocument::CreditNote };
        let header = ClientHeader {
            kind,
            status: StatementStatus::Final,
            number: Some(number),
            reference: invoice.header.number.clone(),
            issued_at: Some(anew.generated_at),
            issuer: anew.header.issuer.clone(),
            recipient: anew.header.recipient.clone(),
        };
        Some(Self {
            schema_version: SCHEMA_VERSION,
            header,
            invoice_issued_at: invoice.header.issued_at,
            client: invoice.client.clone(),
            period: invoice.period.clone(),
            time_zone: invoice.time_zone.clone(),
            currency: invoice.currency,
            generated_at: anew.generated_at,
            lines,
            issued,
            corrected: anew.total,
            total,
            payable: anew.payable - invoice.payable - sum(|note| note.payable),
            projects: projects(invoice, before, anew),
        })
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

/// The projects' parts that differ, by name.
fn projects(invoice: &ClientStatement, before: &[CreditNote], anew: &ClientStatement) -> Vec<CreditProject> {
    let mut parts = anew.payable_by_project();
    let noted = before.iter().flat_map(|note| &note.projects).map(|own| (own.name.clone(), own.payable));
    for (name, payable) in invoice.payable_by_project().into_iter().chain(noted) {
        *parts.entry(name).or_default() -= payable;
    }
    parts.retain(|_, payable| *payable != Money::ZERO);
    parts.into_iter().map(|(name, payable)| CreditProject { name, payable }).collect()
}

/// Lines that differ, in the order of a bill. A line is told by its kind, period and text.
fn differences(invoice: &ClientStatement, before: &[CreditNote], anew: &ClientStatement) -> Vec<CreditLine> {
    let mut lines: Vec<CreditLine> = Vec::new();
    let told = |line: &ClientLine| ((line.kind, line.period.clone(), line.text.clone()), line.amount);
    let noted = |line: &CreditLine| ((line.kind, line.period.clone(), line.text.clone()), line.amount);
    let issued = invoice.lines.iter().map(told);
    for (place, amount) in issued.chain(before.iter().flat_map(|note| &note.lines).map(noted)) {
        book(&mut lines, place, |line| line.issued += amount);
    }
    for (place, amount) in anew.lines.iter().map(told) {
        book(&mut lines, place, |line| line.corrected += amount);
    }
    for line in &mut lines {
        line.amount = line.corrected - line.issued;
    }
    lines.retain(|line| line.amount != Money::ZERO);
    // The sort is stable: what is new stands with its like, as on a bill.
    lines.sort_by_key(|line| (line.period.window, line.kind));
    lines
}

/// Changes the line of a place, a new one where there is none.
fn book(
    lines: &mut Vec<CreditLine>,
    (kind, period, text): (ClientLineKind, ReportPeriod, String),
    change: impl FnOnce(&mut CreditLine),
) {
    let is_own =
        |line: &&mut CreditLine| (line.kind, line.period.window, &line.text) == (kind, period.window, &text);
    if let Some(line) = lines.iter_mut().find(is_own) {
        return change(line);
    }
    let none = Money::ZERO;
    let mut line = CreditLine { kind, period, text, issued: none, corrected: none, amount: none };
    change(&mut line);
    lines.push(line);
}
