//! The document as PDF, where the feature `pdf` brings the crate that lays it out.
//!
//! It hands over the layout's JSON, in which every figure is text, and turns that crate's errors into ours.

use crate::error::{Error, ErrorCode, Result};
use crate::report::document::Document;

impl Document {
    /// The document as PDF, by the built-in template: PDF/A-3a and PDF/UA-1, the same bytes for the same document.
    ///
    /// # Errors
    /// `pdf_missing` without the feature `pdf`; `report_invalid` when it can't be laid out.
    #[cfg(not(feature = "pdf"))]
    pub fn to_pdf(&self) -> Result<Vec<u8>> {
        Err(Error::new(
            ErrorCode::PdfMissing,
            "a PDF was asked for, and this build of `bursar` can't make one",
        ))
    }

    /// The document as PDF, by the built-in template: PDF/A-3a and PDF/UA-1, the same bytes for the same document.
    ///
    /// # Errors
    /// `pdf_missing` without the feature `pdf`; `report_invalid` when it can't be laid out.
    #[cfg(feature = "pdf")]
    pub fn to_pdf(&self) -> Result<Vec<u8>> {
        self.to_pdf_with(&bursar_pdf::Template::default())
    }

    /// The document as PDF, by a template of one's own. Only with the feature `pdf`.
    ///
    /// # Errors
    /// `report_invalid` with the context `pdf_code`, and `file`, `line` and `column` where the fault is in the template.
    #[cfg(feature = "pdf")]
    pub fn to_pdf_with(&self, template: &bursar_pdf::Template) -> Result<Vec<u8>> {
        bursar_pdf::render(&self.to_layout_json(), template).map_err(|fault| {
            let mut error = Error::new(ErrorCode::ReportInvalid, fault.message())
                .with_help(fault.help())
                .with("pdf_code", fault.code());
            if let (Some(file), Some(line), Some(column)) = (fault.file(), fault.line(), fault.column()) {
                error = error.with("file", file).with("line", line).with("column", column);
            }
            error.caused_by(fault)
        })
    }
}

#[cfg(all(test, feature = "pdf"))]
mod tests {
    use crate::budget::BudgetStatus;
    use crate::error::ErrorCode;
    use crate::ledger::MemoryStore;
    use crate::report::{Document, Presentation, ReportRequest, build_statement};
    use crate::tags::Dictionary;
    use crate::time::Timestamp;
    use bursar_pdf::Template;

    fn document() -> Document {
        let now: Timestamp = "2026-11-16T09:00:00Z".parse().unwrap();
        let (mut store, budgets): (_, &[BudgetStatus]) = (MemoryStore::new(), &[]);
        let request = ReportRequest::new("Europe/Berlin");
        let statement = build_statement(&mut store, &Dictionary::new(), budgets, &request, now).unwrap();
        statement.document(&Presentation::new())
    }

    #[test]
    fn the_feature_lays_out_a_statement_for_the_archive() {
        let pdf = document().to_pdf().unwrap();
        let text = String::from_utf8_lossy(&pdf);
        assert!(text.starts_with("%PDF-1.7") && text.contains("<pdfaid:part>3</pdfaid:part>"));
    }

    #[test]
    fn a_fault_of_the_template_keeps_its_place() {
        let template = Template { source: Some("= Title\n#nothing".to_owned()), ..Template::default() };
        let error = document().to_pdf_with(&template).unwrap_err();
        assert_eq!(error.code(), ErrorCode::ReportInvalid);
        assert_eq!(error.message(), "unknown variable: nothing, at line 2, column 2 of `statement.typ`");
        let context =
            [("pdf_code", "template_invalid"), ("file", "statement.typ"), ("line", "2"), ("column", "2")];
        assert_eq!(error.context(), context.map(|(name, value)| (name, value.to_owned())));
    }
}
