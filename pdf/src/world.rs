//! What the typesetter sees: the template, the document, the fonts, and the files that were handed in.
//!
//! It has no disk, no network, no packages and no clock, so that a template can read nothing else and the same input
//! gives the same page.

use crate::fonts::Fonts;
use std::{collections::BTreeMap, sync::LazyLock};
use typst::{
    Library, LibraryExt, World,
    diag::{FileError, FileResult},
    foundations::{Bytes, Datetime, Duration},
    syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot},
    text::{Font, FontBook},
    utils::LazyHash,
};

/// Typst's standard library, built once.
static LIBRARY: LazyLock<LazyHash<Library>> = LazyLock::new(|| LazyHash::new(Library::default()));

pub(crate) struct Sheet<'fonts> {
    fonts: &'fonts Fonts,
    main: Source,
    files: BTreeMap<String, Bytes>,
}

impl<'fonts> Sheet<'fonts> {
    /// A world of one template, without files.
    pub(crate) fn new(fonts: &'fonts Fonts, path: &'static str, source: String) -> Option<Self> {
        let id = RootedPath::new(VirtualRoot::Project, VirtualPath::new(path).ok()?).intern();
        Some(Self { fonts, main: Source::new(id, source), files: BTreeMap::new() })
    }

    /// Adds a file below the root, `/logo.svg`.
    pub(crate) fn add(&mut self, path: &str, bytes: Bytes) {
        self.files.insert(path.trim_start_matches('/').to_owned(), bytes);
    }
}

impl World for Sheet<'_> {
    fn library(&self) -> &LazyHash<Library> {
        &LIBRARY
    }

    fn book(&self) -> &LazyHash<FontBook> {
        self.fonts.book()
    }

    fn main(&self) -> FileId {
        self.main.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.main.id() {
            return Ok(self.main.clone());
        }
        let text = String::from_utf8(self.file(id)?.to_vec()).map_err(|_| FileError::InvalidUtf8)?;
        Ok(Source::new(id, text))
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        let path = id.vpath().get_without_slash();
        match (id.root(), self.files.get(path)) {
            (VirtualRoot::Project, Some(bytes)) => Ok(bytes.clone()),
            _ => Err(FileError::NotFound(path.into())),
        }
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.fonts.font(index)
    }

    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}
