//! The formats of a statement.

use crate::{
    fault::{Answered, answered},
    made::{Made, PrintOptions, Statement},
};
use napi::bindgen_prelude::{Buffer, External};
use napi_derive::napi;

/// A statement as JSON.
#[napi]
pub(crate) fn statement_json(statement: &Statement) -> String {
    statement.own.to_json()
}

/// A statement as CSV.
#[napi]
pub(crate) fn statement_csv(statement: &Statement) -> String {
    statement.own.to_csv()
}

/// A statement as text for a terminal.
#[napi]
pub(crate) fn statement_table(statement: &Statement) -> String {
    statement.own.to_table()
}

/// A statement that was written as JSON.
#[napi]
pub(crate) fn statement_from_json(text: String) -> Answered<Statement> {
    let read = || {
        let own = bursar::Statement::from_json(&text)?;
        Ok(External::new(Made { own, rules: bursar::ReportRules::default().into() }))
    };
    answered(read())
}

/// Whether a statement is the one that was sealed; nothing where it has no seal.
#[napi]
pub(crate) fn is_statement_as_sealed(statement: &Statement) -> Option<bool> {
    statement.own.is_as_sealed()
}

/// A statement as one HTML file.
#[napi]
pub(crate) fn statement_html(statement: &Statement, options: PrintOptions) -> Answered<String> {
    answered(options.presentation(&statement.rules).map(|how| statement.own.document(&how).to_html()))
}

/// A statement as the printed document that is laid out as PDF.
#[napi]
pub(crate) fn statement_layout(statement: &Statement, options: PrintOptions) -> Answered<String> {
    answered(options.presentation(&statement.rules).map(|how| statement.own.document(&how).to_layout_json()))
}

/// A statement as a spreadsheet.
#[napi]
pub(crate) fn statement_xlsx(statement: &Statement, options: PrintOptions) -> Answered<Buffer> {
    let write = || {
        let presentation = options.presentation(&statement.rules)?;
        Ok(statement.own.to_xlsx(&presentation)?.into())
    };
    answered(write())
}

/// A statement as FOCUS Invoice Detail.
#[napi]
pub(crate) fn statement_invoice_detail(statement: &Statement) -> Answered<String> {
    let mut file = Vec::new();
    answered(statement.own.write_invoice_detail(&mut file).map(|()| text_of(&file)))
}

/// A statement as FOCUS Billing Period.
#[napi]
pub(crate) fn statement_billing_period(statement: &Statement) -> Answered<String> {
    let mut file = Vec::new();
    answered(statement.own.write_billing_period(&mut file).map(|()| text_of(&file)))
}

fn text_of(file: &[u8]) -> String {
    String::from_utf8_lossy(file).into_owned()
}
