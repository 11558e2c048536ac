//! Reads a PDF back, as any other program would.

#![allow(dead_code, reason = "each test file reads what it is about")]

use bursar_pdf::{Template, render};
use lopdf::{Dictionary, Document, Object};
use serde_json::Value;

pub const RICH: &str = include_str!("../../fixtures/rich.json");
pub const MINIMAL: &str = include_str!("../../fixtures/minimal.json");
pub const LONG: &str = include_str!("../../fixtures/long.json");

pub struct Pdf(Document);

impl Pdf {
    pub fn of(document_json: &str, template: &Template) -> Self {
        let bytes = render(document_json, template).unwrap_or_else(|error| panic!("{error:#}"));
        Self(Document::load_mem(&bytes).expect("a PDF that another library reads"))
    }

    pub fn document(&self) -> &Document {
        &self.0
    }

    pub fn page_count(&self) -> u32 {
        u32::try_from(self.0.get_pages().len()).expect("a count of pages")
    }

    /// What a reader finds on a page, without white space.
    pub fn page_text(&self, page: u32) -> String {
        packed(&self.0.extract_text(&[page]).expect("text"))
    }

    /// What a reader finds on all pages, without white space.
    pub fn text(&self) -> String {
        (1..=self.page_count()).map(|page| self.page_text(page)).collect()
    }

    pub fn catalog(&self) -> &Dictionary {
        self.0.catalog().expect("a catalog")
    }

    pub fn metadata(&self) -> String {
        let stream = self.catalog().get(b"Metadata").and_then(Object::as_reference).expect("metadata");
        let stream = self.0.get_object(stream).and_then(Object::as_stream).expect("a stream");
        let plain = stream.decompressed_content().unwrap_or_else(|_| stream.content.clone());
        String::from_utf8(plain).expect("metadata in UTF-8")
    }

    /// All dictionaries, those of streams too.
    pub fn dictionaries(&self) -> impl Iterator<Item = &Dictionary> {
        self.0.objects.values().filter_map(|object| match object {
            Object::Dictionary(dictionary) => Some(dictionary),
            Object::Stream(stream) => Some(&stream.dict),
            _ => None,
        })
    }

    /// How many elements of a kind the structure has.
    pub fn elements(&self, kind: &str) -> usize {
        let is_kind = |dictionary: &&Dictionary| {
            dictionary.get(b"S").and_then(Object::as_name).is_ok_and(|name| name == kind.as_bytes())
        };
        self.dictionaries().filter(is_kind).count()
    }
}

/// The text without white space and invisible ends of lines.
pub fn packed(text: &str) -> String {
    text.chars().filter(|char| !char.is_whitespace() && *char != '\u{200b}').collect()
}

/// Every text of a document that is printed.
pub fn printed(document_json: &str) -> Vec<String> {
    fn gather(value: &Value, key: &str, found: &mut Vec<String>) {
        const TOLD: [&str; 9] = ["id", "alt", "svg", "type", "kind", "tone", "language", "status", "date"];
        match value {
            Value::String(text) if !TOLD.contains(&key) => found.push(text.clone()),
            Value::Array(values) => values.iter().for_each(|value| gather(value, key, found)),
            Value::Object(fields) => {
                fields.iter().filter(|(key, _)| *key != "theme").for_each(|(key, value)| gather(value, key, found));
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    gather(&serde_json::from_str(document_json).expect("a fixture"), "", &mut found);
    found
}
