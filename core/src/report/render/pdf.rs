//! The printed document as PDF, where the feature `pdf` brings the crate that lays it out.
//!
//! It hands over the document's JSON, in which every figure is text, and turns that crate's errors into ours.

use crate::error::{Error, ErrorCode, Result};

/// Lays out a printed document, given as JSON, by the built-in template.
///
/// # Errors
/// `pdf_missing` without the feature `pdf`; `report_invalid` when it can't be laid out.
#[cfg(not(feature = "pdf"))]
pub fn render_pdf(_document_json: &str) -> Result<Vec<u8>> {
    Err(Error::new(ErrorCode::PdfMissing, "a PDF was asked for, and this build of `bursar` can't make one"))
}

/// Lays out a printed document, given as JSON, by the built-in template.
///
/// # Errors
/// `pdf_missing` without the feature `pdf`; `report_invalid` when it can't be laid out.
#[cfg(feature = "pdf")]
pub fn render_pdf(document_json: &str) -> Result<Vec<u8>> {
    render_pdf_with(document_json, &bursar_pdf::Template::default())
}

/// Lays out a printed document, given as JSON, by a template of one's own. Only with the feature `pdf`.
///
/// # Errors
/// `report_invalid` with the context `pdf_code`, and `file`, `line` and `column` where the fault is in the template.
#[cfg(feature = "pdf")]
pub fn render_pdf_with(document_json: &str, template: &bursar_pdf::Template) -> Result<Vec<u8>> {
    bursar_pdf::render(document_json, template).map_err(|fault| {
        let mut error = Error::new(ErrorCode::ReportInvalid, fault.message())
            .with_help(fault.help())
            .with("pdf_code", fault.code());
        if let (Some(file), Some(line), Some(column)) = (fault.file(), fault.line(), fault.column()) {
            error = error.with("file", file).with("line", line).with("column", column);
        }
        error.caused_by(fault)
    })
}

#[cfg(all(test, feature = "pdf"))]
mod tests {
    use super::{render_pdf, render_pdf_with};
    use crate::error::ErrorCode;
    use bursar_pdf::Template;

    const DOCUMENT: &str = r#"{"format": 1, "language": "en", "title": "Statement", "date": "2026-11-01"}"#;

    #[test]
    fn the_feature_lays_out_a_document() {
        assert!(render_pdf(DOCUMENT).unwrap().starts_with(b"%PDF-1.7"));
    }

    #[test]
    fn a_fault_of_the_template_keeps_its_place() {
        let template = Template { source: Some("= Title\n#nothing".to_owned()), ..Template::default() };
        let error = render_pdf_with(DOCUMENT, &template).unwrap_err();
        assert_eq!(error.code(), ErrorCode::ReportInvalid);
        assert_eq!(error.message(), "unknown variable: nothing, at line 2, column 2 of `statement.typ`");
        let context = [("pdf_code", "template_invalid"), ("file", "statement.typ"), ("line", "2"), ("column", "2")];
        assert_eq!(error.context(), context.map(|(name, value)| (name, value.to_owned())));
    }
}
