//! A printed document as PDF: typeset, tagged and fit for the archive.
//!
//! It takes the JSON that `bursar` writes of a statement, in which every figure is already text and every chart a
//! drawing, and lays it out by a Typst template that can be replaced. It knows no money, opens no file, asks no clock
//! and uses no font of the machine, so that the same document gives the same bytes everywhere.

#![forbid(unsafe_code)]

mod document;
mod error;
mod fonts;
mod glyphs;
mod picture;
mod render;
mod template;
mod texts;
mod theme;
mod world;

pub use document::{MAX_COLUMNS, MAX_DOCUMENT_BYTES, MAX_ROWS};
pub use error::{PdfError, PdfErrorCode};
pub use fonts::MAX_FONTS;
pub use picture::MAX_PICTURE_BYTES;
pub use render::{MAX_ATTACHMENTS, MAX_FILES, STATEMENT, render};
pub use template::{Attachment, Conformance, Paper, Template};
pub use theme::TEXTS;
