//! What clients pay: statements, invoices, credit notes, and what is left of it.
//!
//! An invoice is issued once for a client and a period whose books are closed, and stays as it is. What is corrected
//! afterwards becomes a credit note on it, never another invoice.

use super::bursar::Bursar;
use super::issuing::{intact, next_number};
use crate::budget::Machine;
use crate::error::{Error, ErrorCode, Result};
use crate::ledger::{Bookkeeper, IssuedDocument, bookings};
use crate::report::{
    Billed, ClientDocument, ClientRequest, ClientStatement, CreditNote, Issue, Margin, ReportRequest,
    client_statement, margin, margin_plans, settle_corrections,
};
use crate::tags::Selector;

/// What stands before the numbers of invoices, and of credit and debit notes.
const INVOICES: &str = "INV";
const NOTES: &str = "CN";

impl Bursar {
    /// What a client pays for a period by the terms of the policy, as it stands: usage at the client's price, and what is
    /// taken off and added. It says nothing of cost or of other clients.
    ///
    /// # Errors
    /// `report_invalid` for a client without terms, for usage when no terms were in force, or for a period that isn't made
    /// of whole months; `dimension_unpriced` for usage without a price; `time_*`, `ledger_*`.
    pub fn client_statement(&self, request: &ClientRequest) -> Result<ClientStatement> {
        let request = request.clone().or_rules(self.policy().report_rules());
        let mut billed = Billed::new(request.plan(self.now())?);
        self.with_reader(|store| {
            bookings(store, &mut [&mut billed])?;
            settle_corrections(store, &mut [&mut billed])
        })?;
        let (dictionary, closed_until) =
            self.with_machine(|machine| (machine.dictionary().clone(), Machine::closed_until(machine)));
        let (rules, _) = request.terms()?;
        let issue = Issue { parties: &rules.parties, closed_until };
        client_statement(&request, &billed, &dictionary, &issue)
    }

    /// Issues a client's invoice for a period whose books are closed: numbered without gaps, and kept in the ledger as it
    /// is. What was issued before for the same client and period is given again.
    ///
    /// # Errors
    /// `period_not_closable` before the books are closed; as [`client_statement`](Self::client_statement).
    pub fn issue_invoice(&self, request: &ClientRequest) -> Result<ClientStatement> {
        let _turn = self.inner.turn()?;
        let _one_at_a_time = self.inner.issuing.lock();
        let statement = self.client_statement(request)?;
        let issued = self.documents()?;
        let (scope, window) = (scope_of(&statement.client)?, statement.period.window);
        let is_known = |own: &&IssuedDocument| is_invoice(own) && own.scope == scope && own.window == window;
        if let Some(known) = issued.iter().find(is_known) {
            return ClientStatement::from_json(&known.content);
        }
        let number = next_number(INVOICES, &statement.period.name, &issued);
        let invoice = statement.issued(number.clone())?;
        let kind = invoice.header.kind.as_str();
        let (at, content) = (invoice.generated_at, invoice.to_json());
        self.keep(IssuedDocument::new((kind, number), (scope, window), at, content))?;
        Ok(invoice)
    }

    /// An invoice that was issued, by its number: the same to the last byte, for ever.
    ///
    /// # Errors
    /// `document_unknown`, `ledger_damaged` for one that isn't what was issued, other `ledger_*`.
    pub fn invoice(&self, number: &str) -> Result<ClientStatement> {
        let found = self.documents()?.into_iter().find(|own| is_invoice(own) && own.number == number);
        let found = found.ok_or_else(|| {
            Error::new(ErrorCode::DocumentUnknown, format!("no invoice has the number `{number}`"))
        })?;
        intact(&found)?;
        ClientStatement::from_json(&found.content)
    }

    /// Issues a credit note, or a debit note, on an invoice whose usage or cost was corrected since: the difference between
    /// what was billed, with the notes on it before, and the same bill worked out anew. It refers to the invoice by its
    /// number, and is kept in the ledger. Nothing where nothing differs.
    ///
    /// The terms are those of the policy in force: terms of the past that are changed change what is credited.
    ///
    /// # Errors
    /// `document_unknown` for a number that no invoice has; as [`client_statement`](Self::client_statement).
    pub fn issue_credit_note(&self, invoice: &str) -> Result<Option<CreditNote>> {
        let _turn = self.inner.turn()?;
        let _one_at_a_time = self.inner.issuing.lock();
        let invoice = self.invoice(invoice)?;
        let issued = self.documents()?;
        let mut before = Vec::new();
        for document in issued.iter().filter(|own| is_note(own) && own.window == invoice.period.window) {
            intact(document)?;
            let note = CreditNote::from_json(&document.content)?;
            before.extend(Some(note).filter(|note| note.header.reference == invoice.header.number));
        }
        let request = ClientRequest::new(invoice.client.as_str()).period(invoice.period.window);
        let anew = self.client_statement(&request.previous_months(0))?;
        let number = next_number(NOTES, &invoice.period.name, &issued);
        let Some(note) = CreditNote::between(&invoice, &before, &anew, number.clone()) else {
            return Ok(None);
        };
        let scope = (scope_of(&note.client)?, note.period.window);
        let kind = note.header.kind.as_str();
        self.keep(IssuedDocument::new((kind, number), scope, note.generated_at, note.to_json()))?;
        Ok(Some(note))
    }

    /// What is left of what clients pay for a period of whole months, by client, project and agent. Corrections count with
    /// the calls that they correct, so the margin of a past period is restated by them.
    ///
    /// # Errors
    /// `report_invalid` for a period that isn't made of whole months; `time_*`, `ledger_*`.
    pub fn margin(&self, request: &ReportRequest) -> Result<Margin> {
        let now = self.now();
        let request = request.clone().or_rules(self.policy().report_rules());
        let mut billed: Vec<Billed> = margin_plans(&request, now)?.into_iter().map(Billed::new).collect();
        self.with_reader(|store| {
            let mut keepers: Vec<&mut dyn Bookkeeper> =
                billed.iter_mut().map(|own| own as &mut dyn Bookkeeper).collect();
            bookings(store, &mut keepers)?;
            settle_corrections(store, &mut billed.iter_mut().collect::<Vec<_>>())
        })?;
        let dictionary = self.with_machine(|machine| machine.dictionary().clone());
        margin(&request, &billed, &dictionary, now)
    }
}

fn scope_of(client: &str) -> Result<String> {
    Ok(Selector::equals("client", client)?.to_string())
}

fn is_invoice(document: &IssuedDocument) -> bool {
    document.kind == ClientDocument::Invoice.as_str()
}

fn is_note(document: &IssuedDocument) -> bool {
    [ClientDocument::CreditNote, ClientDocument::DebitNote].iter().any(|kind| document.kind == kind.as_str())
}

#[cfg(test)]
mod journals;
#[cfg(test)]
mod tests;
