//! The one error of this crate: a stable code, a message, the way out, and the place in a template.

use std::fmt;

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:literal, $help:literal;)+) => {
        /// A stable name for a kind of error, the same in every language.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum PdfErrorCode { $($(#[doc = $doc])+ $name,)+ }

        impl PdfErrorCode {
            /// Every code, in the order of the catalogue.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The code in snake case, as it is printed and matched.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }

            /// The general way out; an error may carry a closer one.
            pub const fn help(self) -> &'static str {
                match self { $(Self::$name => $help,)+ }
            }
        }
    };
}

codes! {
    /// Text that is no printed document.
    DocumentInvalid = "document_invalid", "give the printed document as `bursar` writes it";
    /// A printed document of a format that this release doesn't know.
    DocumentNewer = "document_newer", "upgrade the PDF package";
    /// A document that is larger than a bound of this crate.
    DocumentTooLarge = "document_too_large", "print fewer rows, or give the detail as CSV";
    /// A template that doesn't compile, or an option of it that can't be used.
    TemplateInvalid = "template_invalid", "correct the template";
    /// A logo or chart that is no image.
    ImageInvalid = "image_invalid", "give an SVG, PNG or JPEG image";
    /// A font that can't be read.
    FontInvalid = "font_invalid", "give a TrueType or OpenType font file";
    /// A fault of the typesetter.
    RenderFailed = "render_failed", "report the document and the template as a bug";
}

impl fmt::Display for PdfErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a document couldn't be laid out.
///
/// `{}` prints the message; `{:#}` prints the message, the code and the help on lines of their own.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct PdfError {
    code: PdfErrorCode,
    message: String,
    help: Option<String>,
    place: Option<Place>,
}

/// A place in a file of a template, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) file: String,
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl PdfError {
    pub(crate) fn new(code: PdfErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), help: None, place: None }
    }

    pub(crate) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(crate) fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// The stable code, as `template_invalid`.
    pub fn code(&self) -> PdfErrorCode {
        self.code
    }

    /// What was found and what was allowed, with the place if there is one.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The way out, one imperative sentence.
    pub fn help(&self) -> &str {
        self.help.as_deref().unwrap_or_else(|| self.code.help())
    }

    /// The file of the template in which the fault is.
    pub fn file(&self) -> Option<&str> {
        self.place.as_ref().map(|place| place.file.as_str())
    }

    /// The line of the template in which the fault is, from 1.
    pub fn line(&self) -> Option<usize> {
        self.place.as_ref().map(|place| place.line)
    }

    /// The character of that line, from 1.
    pub fn column(&self) -> Option<usize> {
        self.place.as_ref().map(|place| place.column)
    }
}

impl fmt::Display for PdfError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if f.alternate() {
            write!(f, "\n  code: {}\n  help: {}", self.code, self.help())?;
        }
        Ok(())
    }
}
