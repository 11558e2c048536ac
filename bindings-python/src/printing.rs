//! How something is printed: the fields of the face's `Printing`, over what the policy says.

use bursar::{Fx, Presentation, ReportRules, Result};
use pyo3::prelude::*;
use std::collections::BTreeMap;

/// Options of a printed document.
#[derive(FromPyObject)]
pub(crate) struct Printing {
    language: Option<String>,
    max_rows: Option<usize>,
    texts: BTreeMap<String, String>,
    fx: Option<(String, String, String, String)>,
}

/// How something is printed, with the accent and the logo of the policy.
pub(crate) fn presentation(rules: &ReportRules, printing: Option<Printing>) -> Result<Presentation> {
    let mut presentation = Presentation::of(rules);
    let Some(printing) = printing else { return Ok(presentation) };
    if let Some(language) = printing.language {
        presentation = presentation.language(language);
    }
    if let Some(rows) = printing.max_rows {
        presentation = presentation.max_rows(rows);
    }
    if let Some((currency, rate, source, date)) = printing.fx {
        presentation = presentation.fx(Fx::new(&currency, &rate, source, date)?);
    }
    Ok(printing.texts.into_iter().fold(presentation, |own, (printed, instead)| own.text(printed, instead)))
}
