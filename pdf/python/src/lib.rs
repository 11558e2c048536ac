//! The private module `bursar_pdf._pdf`: converts types and errors for Python's hand-written face, and nothing else.

use bursar_pdf::{Attachment, Conformance, Paper, PdfError, Template};
use pyo3::{prelude::*, sync::PyOnceLock, types::PyBytes};
use std::collections::BTreeMap;

static FAULT: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// The face's `Template`, field by field.
#[derive(FromPyObject)]
struct Given {
    source: Option<String>,
    paper: String,
    accent: Option<String>,
    logo: Option<Vec<u8>>,
    address: Vec<String>,
    texts: BTreeMap<String, String>,
    font: Option<String>,
    fonts: Vec<Vec<u8>>,
    files: BTreeMap<String, Vec<u8>>,
    attachments: Vec<Riding>,
    conformance: String,
}

/// The face's `Attachment`.
#[derive(FromPyObject)]
struct Riding {
    name: String,
    mime: String,
    content: Vec<u8>,
}

impl Given {
    fn template(self) -> Result<Template, PdfError> {
        let attachments = self.attachments.into_iter();
        Ok(Template {
            source: self.source,
            paper: Paper::named(&self.paper)?,
            accent: self.accent,
            logo: self.logo,
            address: self.address,
            texts: self.texts,
            font: self.font,
            fonts: self.fonts,
            files: self.files,
            attachments: attachments
                .map(|riding| Attachment { name: riding.name, mime: riding.mime, bytes: riding.content })
                .collect(),
            conformance: Conformance::named(&self.conformance)?,
        })
    }
}

/// Lays out a printed document. Other threads run meanwhile.
#[pyfunction]
fn render<'py>(py: Python<'py>, document_json: &str, template: Given) -> PyResult<Bound<'py, PyBytes>> {
    let rendered =
        py.detach(|| template.template().and_then(|template| bursar_pdf::render(document_json, &template)));
    rendered.map(|pdf| PyBytes::new(py, &pdf)).map_err(|error| raised(py, &error))
}

#[cold]
fn raised(py: Python<'_>, error: &PdfError) -> PyErr {
    let arguments =
        (error.message(), error.code().as_str(), error.help(), error.file(), error.line(), error.column());
    let made = FAULT.import(py, "bursar_pdf._error", "PdfError").and_then(|class| class.call1(arguments));
    made.map_or_else(|fault| fault, PyErr::from_value)
}

#[pymodule(name = "_pdf")]
mod native {
    #[pymodule_export]
    use crate::render;
    use pyo3::prelude::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))?;
        module.add("STATEMENT", bursar_pdf::STATEMENT)
    }
}
