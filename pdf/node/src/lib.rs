//! The addon behind the package `bursar-pdf`: converts types and errors, and nothing else.
//!
//! An error is a value here, because an exception of the addon would carry no help; the face throws it.

use bursar_pdf::{Attachment, Conformance, Paper, PdfError, Template};
use napi::{
    Either, Env, Task,
    bindgen_prelude::{AsyncTask, Buffer},
};
use napi_derive::napi;
use std::collections::{BTreeMap, HashMap};

/// The face's template.
#[napi(object)]
pub struct Given {
    /// Typst source in place of the built-in statement.
    pub source: Option<String>,
    /// The sheet's name.
    pub paper: Option<String>,
    /// The one colour of the page.
    pub accent: Option<String>,
    /// An image for the letterhead.
    pub logo: Option<Buffer>,
    /// Lines of the letterhead.
    pub address: Option<Vec<String>>,
    /// Words of the template by key.
    pub texts: Option<HashMap<String, String>>,
    /// The font family to prefer.
    pub font: Option<String>,
    /// Font files beside the built-in ones.
    pub fonts: Option<Vec<Buffer>>,
    /// Files that the source may read, by path.
    pub files: Option<HashMap<String, Buffer>>,
    /// Files that are put into the PDF.
    pub attachments: Option<Vec<Riding>>,
    /// What the PDF promises.
    pub conformance: Option<String>,
}

/// The face's attachment.
#[napi(object)]
pub struct Riding {
    /// The file's name.
    pub name: String,
    /// Its media type.
    pub mime: String,
    /// Its content.
    pub content: Buffer,
}

/// What the face throws.
#[napi(object)]
pub struct Fault {
    /// The stable code.
    pub code: String,
    /// What was found and what was allowed.
    pub message: String,
    /// The way out.
    pub help: String,
    /// The file of the template in which the fault is.
    pub file: Option<String>,
    /// The line of that file, from 1.
    pub line: Option<u32>,
    /// The character of that line, from 1.
    pub column: Option<u32>,
}

impl From<PdfError> for Fault {
    #[cold]
    fn from(error: PdfError) -> Self {
        let counted = |number: Option<usize>| number.and_then(|number| u32::try_from(number).ok());
        Self {
            code: error.code().as_str().to_owned(),
            message: error.message().to_owned(),
            help: error.help().to_owned(),
            file: error.file().map(str::to_owned),
            line: counted(error.line()),
            column: counted(error.column()),
        }
    }
}

impl Given {
    fn template(self) -> Result<Template, PdfError> {
        let files = self.files.unwrap_or_default().into_iter();
        let attachments = self.attachments.unwrap_or_default().into_iter();
        Ok(Template {
            source: self.source,
            paper: self.paper.as_deref().map_or(Ok(Paper::default()), Paper::named)?,
            accent: self.accent,
            logo: self.logo.map(Into::into),
            address: self.address.unwrap_or_default(),
            texts: self.texts.unwrap_or_default().into_iter().collect(),
            font: self.font,
            fonts: self.fonts.unwrap_or_default().into_iter().map(Into::into).collect(),
            files: files.map(|(path, bytes)| (path, bytes.into())).collect::<BTreeMap<_, Vec<u8>>>(),
            attachments: attachments
                .map(|riding| Attachment {
                    name: riding.name,
                    mime: riding.mime,
                    bytes: riding.content.into(),
                })
                .collect(),
            conformance: self
                .conformance
                .as_deref()
                .map_or(Ok(Conformance::default()), Conformance::named)?,
        })
    }
}

/// Lays out a printed document on this thread.
#[napi]
pub fn render(document_json: String, template: Given) -> Either<Buffer, Fault> {
    Rendering { document_json, template: Some(template.template()) }.answer()
}

/// Lays out a printed document beside the event loop.
#[napi]
pub fn render_later(document_json: String, template: Given) -> AsyncTask<Rendering> {
    AsyncTask::new(Rendering { document_json, template: Some(template.template()) })
}

/// One document on its way to a page.
pub struct Rendering {
    document_json: String,
    template: Option<Result<Template, PdfError>>,
}

impl Rendering {
    fn answer(&mut self) -> Either<Buffer, Fault> {
        match self.rendered() {
            Ok(pdf) => Either::A(pdf.into()),
            Err(error) => Either::B(error.into()),
        }
    }

    fn rendered(&mut self) -> Result<Vec<u8>, PdfError> {
        let template = self.template.take().transpose()?.unwrap_or_default();
        bursar_pdf::render(&self.document_json, &template)
    }
}

impl Task for Rendering {
    type Output = Result<Vec<u8>, PdfError>;
    type JsValue = Either<Buffer, Fault>;

    fn compute(&mut self) -> napi::Result<Self::Output> {
        Ok(self.rendered())
    }

    fn resolve(&mut self, _: Env, output: Self::Output) -> napi::Result<Self::JsValue> {
        Ok(match output {
            Ok(pdf) => Either::A(pdf.into()),
            Err(error) => Either::B(error.into()),
        })
    }
}

/// The built-in template.
#[napi]
pub fn statement() -> &'static str {
    bursar_pdf::STATEMENT
}
