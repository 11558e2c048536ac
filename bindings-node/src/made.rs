//! What was made of a ledger, with the rules that it is printed and booked by.

use crate::ledgers::Ledger;
use bursar::{
    ClientStatement, CreditNote, Document, Fx, Margin, Presentation, Preview, Reconciliation, ReportRules,
    Result,
};
use napi::bindgen_prelude::External;
use napi_derive::napi;
use std::sync::Arc;

/// Something that was made, with the rules of the policy that was in force.
pub(crate) struct Made<T> {
    pub(crate) own: T,
    pub(crate) rules: Arc<ReportRules>,
}

impl<T> Made<T> {
    /// With the rules of the policy in force.
    pub(crate) fn under(ledger: &Ledger, own: T) -> Self {
        Self { own, rules: Arc::clone(ledger.bursar.policy().report_rules()) }
    }
}

/// A statement as the face holds it.
pub(crate) type Statement = External<Made<bursar::Statement>>;

/// Anything else that is read out of a ledger and has formats of its own.
pub(crate) enum Content {
    Client(ClientStatement),
    Note(CreditNote),
    Margin(Margin),
    Preview(Preview),
    Reconciliation(Arc<Reconciliation>),
}

/// Such a reading as the face holds it.
pub(crate) type Reading = External<Made<Content>>;

/// How something is printed; what is left out is as the policy says, or as it always is.
#[napi(object)]
pub(crate) struct PrintOptions {
    pub language: Option<String>,
    pub max_rows: Option<u32>,
    /// Texts that are printed, each with the one instead of it.
    pub texts: Option<Vec<String>>,
    /// Currency, rate, source and date.
    pub fx: Option<Vec<String>>,
}

impl PrintOptions {
    pub(crate) fn presentation(&self, rules: &ReportRules) -> Result<Presentation> {
        let mut presentation = Presentation::of(rules);
        if let Some(language) = &self.language {
            presentation = presentation.language(language);
        }
        if let Some(rows) = self.max_rows {
            presentation = presentation.max_rows(rows as usize);
        }
        for (printed, instead) in crate::pairs::pairs(self.texts.as_deref().unwrap_or_default()) {
            presentation = presentation.text(printed, instead);
        }
        match self.fx.as_deref() {
            Some([currency, rate, source, date]) => {
                Ok(presentation.fx(Fx::new(currency, rate, source, date)?))
            }
            _ => Ok(presentation),
        }
    }
}

impl Made<Content> {
    /// The reading as it is printed; nothing for one that has no printed form.
    pub(crate) fn document(&self, options: &PrintOptions) -> Result<Option<Document>> {
        let presentation = options.presentation(&self.rules)?;
        Ok(match &self.own {
            Content::Client(own) => Some(own.document(&presentation)),
            Content::Note(own) => Some(own.document(&presentation)),
            Content::Margin(own) => Some(own.document(&presentation)),
            Content::Preview(own) => Some(own.document(&presentation)),
            Content::Reconciliation(_) => None,
        })
    }
}
