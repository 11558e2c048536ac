//! The fonts of a page: two cuts of Source Sans 3 in this crate, and files that a user adds.
//!
//! No font of the machine is used, so that the same document is the same page everywhere.

use crate::error::{PdfError, PdfErrorCode};
use std::sync::LazyLock;
use typst::{
    foundations::Bytes,
    text::{Font, FontBook},
    utils::LazyHash,
};

/// The family of the built-in fonts.
pub(crate) const FAMILY: &str = "Source Sans 3";

/// The most files that a user may add.
pub const MAX_FONTS: usize = 16;

static EMBEDDED: LazyLock<Fonts> = LazyLock::new(|| {
    let files: [&'static [u8]; 2] = [
        include_bytes!("../fonts/SourceSans3-Regular.otf"),
        include_bytes!("../fonts/SourceSans3-Semibold.otf"),
    ];
    Fonts::of(files.into_iter().flat_map(|file| Font::iter(Bytes::new(file))).collect())
});

/// Fonts, and the book in which the typesetter looks them up.
#[derive(Clone)]
pub(crate) struct Fonts {
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
}

impl Fonts {
    fn of(fonts: Vec<Font>) -> Self {
        Self { book: LazyHash::new(FontBook::from_fonts(&fonts)), fonts }
    }

    /// The built-in ones.
    pub(crate) fn embedded() -> Self {
        EMBEDDED.clone()
    }

    /// The built-in ones and those of a user's files.
    pub(crate) fn with(files: &[Vec<u8>]) -> Result<Self, PdfError> {
        if files.is_empty() {
            return Ok(Self::embedded());
        }
        if files.len() > MAX_FONTS {
            let message = format!("{} font files, at most {MAX_FONTS} are taken", files.len());
            return Err(PdfError::new(PdfErrorCode::FontInvalid, message));
        }
        let mut fonts = EMBEDDED.fonts.clone();
        for (index, file) in files.iter().enumerate() {
            let before = fonts.len();
            fonts.extend(Font::iter(Bytes::new(file.clone())));
            if fonts.len() == before {
                let message = format!("font file {} of {} holds no font", index + 1, files.len());
                return Err(PdfError::new(PdfErrorCode::FontInvalid, message));
            }
        }
        Ok(Self::of(fonts))
    }

    pub(crate) fn book(&self) -> &LazyHash<FontBook> {
        &self.book
    }

    pub(crate) fn font(&self, index: usize) -> Option<Font> {
        self.fonts.get(index).cloned()
    }

    /// The names of the families, in the order of the alphabet.
    pub(crate) fn families(&self) -> Vec<&str> {
        self.book.families().map(|(family, _)| family).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{FAMILY, Fonts};
    use crate::PdfErrorCode;

    #[test]
    fn both_cuts_are_of_one_family() {
        let fonts = Fonts::embedded();
        assert_eq!(fonts.families(), [FAMILY]);
        assert!(fonts.font(1).is_some() && fonts.font(2).is_none());
    }

    #[test]
    fn a_file_that_is_no_font_is_an_error() {
        let error = Fonts::with(&[b"no font".to_vec()]).map(|_| ()).unwrap_err();
        assert_eq!(
            (error.code(), error.message()),
            (PdfErrorCode::FontInvalid, "font file 1 of 1 holds no font")
        );
    }
}
