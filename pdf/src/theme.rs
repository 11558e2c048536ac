//! What a template reads beside the document: paper, colour, font, logo and words, with every choice made.

use crate::{
    document::{Document, language},
    error::{PdfError, PdfErrorCode},
    fonts::{FAMILY, Fonts},
    glyphs::Glyphs,
    picture::{Picture, PictureKind},
    template::Template,
    texts::Use,
};
use serde::Serialize;
use std::collections::BTreeMap;

const ACCENT: &str = "#1f4e79";

/// The words of the built-in template by key: English, German.
///
/// `page` takes the page for `{page}` and the number of pages for `{pages}`.
pub const TEXTS: &[(&str, &str, &str)] = &[
    ("page", "Page {page} of {pages}", "Seite {page} von {pages}"),
    ("draft", "Draft", "Entwurf"),
    ("provisional", "Provisional", "Vorläufig"),
    ("preview", "Preview", "Vorschau"),
    ("logo", "Logo", "Logo"),
    (
        "replaced",
        "□ stands for a character that the fonts of this document don't have.",
        "□ steht für ein Zeichen, das die Schriften dieses Dokuments nicht haben.",
    ),
];

/// The file `/theme.json`.
#[derive(Debug, Serialize)]
pub(crate) struct Theme {
    paper: &'static str,
    accent: String,
    fonts: Vec<String>,
    /// The path of the logo.
    logo: Option<&'static str>,
    address: Vec<String>,
    texts: BTreeMap<String, String>,
    /// The title as it is told of the file, with every letter.
    title: String,
    language: String,
    region: Option<String>,
    /// Whether a character of the document is shown as a box.
    is_replaced: bool,
}

impl Theme {
    /// Decides between the template, the document and what is built in. The document is made printable with it.
    pub(crate) fn decide(
        document: &mut Document,
        template: &Template,
        fonts: &Fonts,
        logo: Option<&Picture>,
    ) -> Result<Self, PdfError> {
        let (language, region) = language(&document.language).unwrap_or_else(|| ("en".to_owned(), None));
        let accent = template.accent.as_ref().or(document.theme.accent.as_ref());
        let accent = accent.map_or_else(|| Ok(ACCENT.to_owned()), |accent| color(accent))?;
        let family = families(template.font.as_ref().or(document.theme.font.as_ref()), fonts)?;
        let mut texts = words(&language, &template.texts)?;
        let mut address = template.address.clone();
        let mut glyphs = Glyphs::new(fonts.book());
        let mut title = told_title(document);
        glyphs.make_printable(&mut title, Use::Told);
        document.each_text(&mut |text, used| glyphs.make_printable(text, used));
        address.iter_mut().for_each(|line| glyphs.make_printable(line, Use::Words));
        texts.values_mut().for_each(|text| glyphs.make_printable(text, Use::Figure));
        Ok(Self {
            paper: template.paper.name(),
            accent,
            fonts: family,
            logo: logo.map(|logo| logo.kind().path()),
            address,
            texts,
            title,
            language,
            region,
            is_replaced: glyphs.is_replaced(),
        })
    }
}

/// The name of the file's content: `Chargeback statement, October 2026`.
fn told_title(document: &Document) -> String {
    match &document.subtitle {
        Some(subtitle) => format!("{}, {subtitle}", document.title),
        None => document.title.clone(),
    }
}

/// A colour as `#1f4e79`.
fn color(text: &str) -> Result<String, PdfError> {
    let digits = text.strip_prefix('#').unwrap_or_default();
    if digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(text.to_ascii_lowercase());
    }
    let message = format!("`{text}` is no colour, `#` and six hexadecimal digits are");
    Err(PdfError::new(PdfErrorCode::TemplateInvalid, message).with_help("write the accent as `#1f4e79`"))
}

/// The preferred family first, the built-in one behind it, and then all that there is for other scripts.
fn families(preferred: Option<&String>, fonts: &Fonts) -> Result<Vec<String>, PdfError> {
    let known = fonts.families();
    let mut chosen = Vec::new();
    if let Some(preferred) = preferred {
        let found = known.iter().find(|family| family.eq_ignore_ascii_case(preferred)).ok_or_else(|| {
            let message = format!("the font `{preferred}` is unknown, there is `{}`", known.join("`, `"));
            PdfError::new(PdfErrorCode::FontInvalid, message)
                .with_help("add the font's files to the template")
        })?;
        chosen.push((*found).to_owned());
    }
    let others = known.iter().filter(|family| **family != FAMILY).copied();
    for family in std::iter::once(FAMILY).chain(others) {
        if !chosen.iter().any(|known| known == family) {
            chosen.push(family.to_owned());
        }
    }
    Ok(chosen)
}

/// The built-in words in the document's language, or else in English, and a user's over them.
fn words(language: &str, own: &BTreeMap<String, String>) -> Result<BTreeMap<String, String>, PdfError> {
    let built_in = TEXTS.iter().map(|(key, english, german)| {
        let word = if language == "de" { german } else { english };
        ((*key).to_owned(), (*word).to_owned())
    });
    let mut words: BTreeMap<String, String> = built_in.collect();
    for (key, text) in own {
        let Some(word) = words.get_mut(key) else {
            let keys: Vec<_> = TEXTS.iter().map(|(key, _, _)| *key).collect();
            let message = format!("the template has no text `{key}`, it has `{}`", keys.join("`, `"));
            return Err(
                PdfError::new(PdfErrorCode::TemplateInvalid, message).with_help("name one of its texts")
            );
        };
        word.clone_from(text);
    }
    Ok(words)
}

impl PictureKind {
    /// Where a template finds a logo of this kind.
    fn path(self) -> &'static str {
        match self {
            Self::Svg => "/logo.svg",
            Self::Png => "/logo.png",
            Self::Jpeg => "/logo.jpg",
        }
    }
}

impl Picture {
    /// Where a template finds this logo.
    pub(crate) fn path(&self) -> &'static str {
        self.kind().path()
    }
}

#[cfg(test)]
mod tests {
    use super::{color, families, words};
    use crate::fonts::Fonts;
    use std::collections::BTreeMap;

    #[test]
    fn a_colour_is_six_digits() {
        assert_eq!(color("#1F4E79").as_deref(), Ok("#1f4e79"));
        for text in ["1f4e79", "#1f4", "navy", "#1f4e7g", ""] {
            assert_eq!(
                color(text).unwrap_err().message(),
                format!("`{text}` is no colour, `#` and six hexadecimal digits are")
            );
        }
    }

    #[test]
    fn an_unknown_font_names_those_that_there_are() {
        let error = families(Some(&"Arial".to_owned()), &Fonts::embedded()).unwrap_err();
        assert_eq!(error.message(), "the font `Arial` is unknown, there is `Source Sans 3`");
        let found = families(Some(&"source sans 3".to_owned()), &Fonts::embedded());
        assert_eq!(found, Ok(vec!["Source Sans 3".to_owned()]));
    }

    #[test]
    fn words_follow_the_language_and_then_the_user() {
        let own = BTreeMap::from([("draft".to_owned(), "Muster".to_owned())]);
        let german = words("de", &own).unwrap_or_default();
        assert_eq!(german.get("page").map(String::as_str), Some("Seite {page} von {pages}"));
        assert_eq!(german.get("draft").map(String::as_str), Some("Muster"));
        let unknown = words("en", &BTreeMap::from([("drift".to_owned(), String::new())])).unwrap_err();
        assert_eq!(
            unknown.message(),
            "the template has no text `drift`, it has `page`, `draft`, `provisional`, `preview`, `logo`, `replaced`"
        );
    }
}
