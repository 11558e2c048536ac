//! From a printed document to the bytes of a PDF.
//!
//! Everything runs in a pool of one thread that ends with the call: a forked process has no pool of its parent's to
//! wait for, a deep page has the stack that it needs, and a fault of the typesetter ends there.

use crate::{
    document::{Block, Document, day},
    error::{PdfError, PdfErrorCode, Place},
    fonts::Fonts,
    glyphs::Glyphs,
    picture::Picture,
    template::{Attachment, Conformance, Template},
    texts::Use,
    theme::Theme,
    world::Sheet,
};
use serde::Serialize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use typst::{
    World, WorldExt,
    diag::{Severity, SourceDiagnostic},
    foundations::{Bytes, Smart},
};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards};

/// The most files that are put into one PDF.
pub const MAX_ATTACHMENTS: usize = 16;

/// The most files of a template.
pub const MAX_FILES: usize = 64;

/// The built-in template, to start one's own from.
pub const STATEMENT: &str = include_str!("../template/statement.typ");

/// What is put behind every template, so that one of a user's own carries the files too.
const ATTACH: &str = include_str!("../template/attach.typ");

/// The name of a template in errors.
const MAIN: &str = "statement.typ";

/// Calls for which the typesetter remembers what it has laid out, fonts above all.
const REMEMBERED: usize = 8;

/// The stack of the one thread: a page of nested boxes needs more than a thread has.
const STACK_BYTES: usize = 16 * 1024 * 1024;

/// Lays out a printed document as PDF. The same document and template give the same bytes.
///
/// # Errors
///
/// `document_invalid`, `document_newer` and `document_too_large` are about the document, `template_invalid`,
/// `image_invalid` and `font_invalid` about the template. `render_failed` is a fault of the typesetter.
///
/// # Examples
///
/// ```
/// let document = r#"{"format": 1, "language": "en", "title": "Statement", "date": "2026-11-01"}"#;
/// let pdf = bursar_pdf::render(document, &bursar_pdf::Template::default())?;
/// assert!(pdf.starts_with(b"%PDF-1.7"));
/// # Ok::<_, bursar_pdf::PdfError>(())
/// ```
pub fn render(document_json: &str, template: &Template) -> Result<Vec<u8>, PdfError> {
    let failed =
        |reason: &str| PdfError::new(PdfErrorCode::RenderFailed, format!("the page can't be made: {reason}"));
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).stack_size(STACK_BYTES).build();
    let pool = pool.map_err(|error| failed(&error.to_string()))?;
    let rendered = catch_unwind(AssertUnwindSafe(|| pool.install(|| lay_out(document_json, template))));
    rendered.unwrap_or_else(|panic| {
        let reason = panic.downcast_ref::<String>().map(String::as_str);
        Err(failed(reason.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no reason was given")))
    })
}

fn lay_out(document_json: &str, template: &Template) -> Result<Vec<u8>, PdfError> {
    let mut document = Document::read(document_json)?;
    let fonts = Fonts::with(&template.fonts)?;
    let logo = logo(&document, template, &fonts)?;
    let theme = Theme::decide(&mut document, template, &fonts, logo.as_ref())?;
    check_charts(&document)?;
    let source = template.source.as_deref().unwrap_or(STATEMENT);
    let sheet = Sheet::new(&fonts, MAIN, format!("{source}\n{ATTACH}"));
    let mut sheet =
        sheet.ok_or_else(|| PdfError::new(PdfErrorCode::RenderFailed, "the template has no path"))?;
    add_files(&mut sheet, template)?;
    sheet.add("/document.json", json(&document)?);
    sheet.add("/theme.json", json(&theme)?);
    if let Some(logo) = &logo {
        sheet.add(logo.path(), logo.bytes().clone());
    }
    let pdf = compile(&sheet, template.conformance, document.date.as_deref());
    comemo::evict(REMEMBERED);
    pdf
}

/// The logo, a user's before the document's. Words in a drawing are words of the page too.
fn logo(document: &Document, template: &Template, fonts: &Fonts) -> Result<Option<Picture>, PdfError> {
    let own = template.logo.clone();
    let Some(bytes) = own.or_else(|| document.theme.logo_svg.clone().map(String::into_bytes)) else {
        return Ok(None);
    };
    let bytes = match String::from_utf8(bytes) {
        Ok(mut drawing) => {
            Glyphs::new(fonts.book()).make_printable(&mut drawing, Use::Picture);
            Bytes::from_string(drawing)
        }
        Err(raster) => Bytes::new(raster.into_bytes()),
    };
    Picture::read("the logo", bytes).map(Some)
}

fn check_charts(document: &Document) -> Result<(), PdfError> {
    let blocks = document.sections.iter().flat_map(|section| &section.blocks);
    for block in blocks {
        if let Block::Chart(chart) = block {
            Picture::read(&format!("chart `{}`", chart.id), Bytes::from_string(chart.svg.clone()))?;
        }
    }
    Ok(())
}

fn add_files(sheet: &mut Sheet<'_>, template: &Template) -> Result<(), PdfError> {
    let (files, attachments) = (template.files.len(), template.attachments.len());
    if files > MAX_FILES || attachments > MAX_ATTACHMENTS {
        let message =
            format!("{files} files and {attachments} attachments, at most {MAX_FILES} and {MAX_ATTACHMENTS}");
        return Err(PdfError::new(PdfErrorCode::TemplateInvalid, message).with_help("give fewer files"));
    }
    for (path, bytes) in &template.files {
        sheet.add(path, Bytes::new(bytes.clone()));
    }
    for (index, attachment) in template.attachments.iter().enumerate() {
        let (before, _) = template.attachments.split_at(index);
        check_attachment(attachment, before)?;
        sheet.add(&stored(index), Bytes::new(attachment.bytes.clone()));
    }
    let listed: Vec<_> = template.attachments.iter().enumerate().map(Listed::of).collect();
    sheet.add("/attachments.json", json(&listed)?);
    Ok(())
}

fn check_attachment(attachment: &Attachment, before: &[Attachment]) -> Result<(), PdfError> {
    let invalid =
        |message, help: &str| Err(PdfError::new(PdfErrorCode::TemplateInvalid, message).with_help(help));
    let Attachment { name, mime, .. } = attachment;
    if name.is_empty() || name.starts_with('.') || name.contains(['/', '\\', ':']) {
        let help = "name an attachment without a folder, as `statement.csv`";
        return invalid(format!("`{name}` is no name of an attachment"), help);
    }
    if before.iter().any(|other| other.name == *name) {
        return invalid(format!("two attachments are named `{name}`"), "name each attachment once");
    }
    let is_token = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-._".contains(&byte))
    };
    if !mime.split_once('/').is_some_and(|(kind, form)| is_token(kind) && is_token(form)) {
        return invalid(format!("`{mime}` is no media type of an attachment"), "write it as `text/csv`");
    }
    Ok(())
}

/// An attachment as the template sees it.
#[derive(Serialize)]
struct Listed<'template> {
    name: &'template str,
    mime: &'template str,
    /// Where its content is. The same few paths are used again, for the typesetter never forgets a path.
    path: String,
}

impl<'template> Listed<'template> {
    fn of((index, attachment): (usize, &'template Attachment)) -> Self {
        Self { name: &attachment.name, mime: &attachment.mime, path: stored(index) }
    }
}

fn stored(index: usize) -> String {
    format!("/attachments/{index}")
}

fn json(value: &impl Serialize) -> Result<Bytes, PdfError> {
    let text = serde_json::to_string(value).map_err(|error| {
        PdfError::new(PdfErrorCode::RenderFailed, format!("no text for the template: {error}"))
    })?;
    Ok(Bytes::from_string(text))
}

fn compile(sheet: &Sheet<'_>, conformance: Conformance, date: Option<&str>) -> Result<Vec<u8>, PdfError> {
    let fault = |errors: &[SourceDiagnostic]| template_fault(sheet, errors);
    let document: PagedDocument = typst::compile(sheet).output.map_err(|errors| fault(&errors))?;
    let is_dated = date.and_then(day).is_some();
    let options = PdfOptions {
        creator: Smart::Custom(Some(concat!("Bursar ", env!("CARGO_PKG_VERSION")).to_owned())),
        standards: standards(conformance, is_dated)?,
        ..PdfOptions::default()
    };
    typst_pdf::pdf(&document, &options).map_err(|errors| fault(&errors))
}

/// A file for the archive has to have a date; one without is promised to be accessible only.
fn standards(conformance: Conformance, is_dated: bool) -> Result<PdfStandards, PdfError> {
    let promised: &[PdfStandard] = match (conformance, is_dated) {
        (Conformance::Accessible, true) => &[PdfStandard::A_3a, PdfStandard::Ua_1],
        (Conformance::Accessible, false) => &[PdfStandard::Ua_1],
        (Conformance::Archive, true) => &[PdfStandard::A_3b],
        (Conformance::Archive, false) | (Conformance::Plain, _) => &[PdfStandard::V_1_7],
    };
    PdfStandards::new(promised)
        .map_err(|error| PdfError::new(PdfErrorCode::RenderFailed, error.message().as_str()))
}

/// The first error of the typesetter, in its own words, with its place and its own hint.
fn template_fault(sheet: &Sheet<'_>, errors: &[SourceDiagnostic]) -> PdfError {
    let Some(error) = errors.iter().find(|error| error.severity == Severity::Error) else {
        return PdfError::new(PdfErrorCode::RenderFailed, "the page can't be made: no reason was given");
    };
    let place = place(sheet, error);
    let reason = error.message.as_str();
    let message = match &place {
        Some(place) => {
            format!("{reason}, at line {}, column {} of `{}`", place.line, place.column, place.file)
        }
        None => reason.to_owned(),
    };
    let mut fault = PdfError::new(PdfErrorCode::TemplateInvalid, message);
    if let Some(hint) = error.hints.first() {
        fault = fault.with_help(hint.v.as_str());
    }
    match place {
        Some(place) => fault.at(place),
        None => fault,
    }
}

fn place(sheet: &Sheet<'_>, error: &SourceDiagnostic) -> Option<Place> {
    let id = error.span.id()?;
    let source = sheet.source(id).ok()?;
    let start = sheet.range(error.span)?.start;
    let (line, column) = source.lines().byte_to_line_column(start)?;
    let file = id.vpath().get_without_slash().to_owned();
    Some(Place { file, line: line + 1, column: column + 1 })
}
