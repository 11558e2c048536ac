//! What a user may change of the page: the template itself, paper, colour, logo, words, fonts, and files that ride along.

use crate::error::{PdfError, PdfErrorCode};
use std::collections::BTreeMap;

/// How a document is laid out. The default is the built-in statement on A4.
///
/// # Examples
///
/// ```
/// use bursar_pdf::{Paper, Template};
///
/// let template = Template { paper: Paper::Letter, accent: Some("#7a1f3d".into()), ..Template::default() };
/// assert!(template.source.is_none());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Template {
    /// Typst source in place of the built-in statement. It reads `/document.json` and `/theme.json`.
    pub source: Option<String>,
    /// The sheet.
    pub paper: Paper,
    /// The one colour of the page, as `#1f4e79`; it goes before the document's own.
    pub accent: Option<String>,
    /// An SVG, PNG or JPEG image for the letterhead; it goes before the document's own.
    pub logo: Option<Vec<u8>>,
    /// Lines below the logo: the sender's name and address.
    pub address: Vec<String>,
    /// Words of the template by key, in place of the built-in ones: see [`TEXTS`](crate::TEXTS).
    pub texts: BTreeMap<String, String>,
    /// The font family to prefer; it must be the built-in one or be among `fonts`.
    pub font: Option<String>,
    /// Font files beside the built-in ones, for scripts that those don't cover.
    pub fonts: Vec<Vec<u8>>,
    /// Files that a source of one's own may read or import, by path.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Files that are put into the PDF, such as the statement as CSV and JSON.
    pub attachments: Vec<Attachment>,
    /// What the PDF promises to programs that read it.
    pub conformance: Conformance,
}

/// The sheet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Paper {
    /// 210 × 297 mm.
    #[default]
    A4,
    /// 8.5 × 11 inch.
    Letter,
}

impl Paper {
    /// Every sheet by the name that is used for it in other languages.
    pub const ALL: &'static [(&'static str, Self)] = &[("a4", Self::A4), ("letter", Self::Letter)];

    /// The typesetter's name of it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::A4 => "a4",
            Self::Letter => "us-letter",
        }
    }
}

/// What the PDF promises to programs that read it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Conformance {
    /// PDF/A-3a and PDF/UA-1: kept for decades, and read aloud in order. Every image needs its words.
    #[default]
    Accessible,
    /// PDF/A-3b: kept for decades, with no promise on its structure.
    Archive,
    /// A tagged PDF 1.7 without a promise.
    Plain,
}

impl Conformance {
    /// Every promise by the name that is used for it in other languages.
    pub const ALL: &'static [(&'static str, Self)] =
        &[("accessible", Self::Accessible), ("archive", Self::Archive), ("plain", Self::Plain)];
}

/// A file that is put into the PDF.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// The file's name, as `statement.csv`; no folder.
    pub name: String,
    /// Its media type, as `text/csv`.
    pub mime: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

impl Paper {
    /// The sheet of a name.
    ///
    /// # Errors
    ///
    /// `template_invalid` for a name that is none.
    pub fn named(name: &str) -> Result<Self, PdfError> {
        find(Self::ALL, name, "paper")
    }
}

impl Conformance {
    /// The promise of a name.
    ///
    /// # Errors
    ///
    /// `template_invalid` for a name that is none.
    pub fn named(name: &str) -> Result<Self, PdfError> {
        find(Self::ALL, name, "conformance")
    }
}

fn find<T: Copy>(all: &[(&str, T)], name: &str, what: &str) -> Result<T, PdfError> {
    let found = all.iter().find(|(known, _)| *known == name);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let known: Vec<_> = all.iter().map(|(known, _)| *known).collect();
        let message = format!("`{name}` is no {what}, `{}` are", known.join("`, `"));
        PdfError::new(PdfErrorCode::TemplateInvalid, message).with_help("use one of these names")
    })
}
