//! The printed document as it comes: texts that are already rounded, and charts that are already drawn.
//!
//! Nothing here knows what an amount is. Every field that a template may ask for is filled in, so that a template
//! never finds one missing; fields that this release doesn't know are left out.

use crate::error::{PdfError, PdfErrorCode};
use serde::{Deserialize, Deserializer, Serialize};

/// The newest format of the printed document that this release lays out.
const FORMAT: u64 = 1;

/// The longest printed document, in bytes.
pub const MAX_DOCUMENT_BYTES: usize = 16 * 1024 * 1024;

/// The most rows of all tables of one document.
pub const MAX_ROWS: usize = 10_000;

/// The most columns of one table.
pub const MAX_COLUMNS: usize = 16;

/// Only what says whether the rest can be read.
#[derive(Deserialize)]
struct Head {
    format: u64,
}

#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Document {
    pub(crate) format: u64,
    pub(crate) language: String,
    pub(crate) title: String,
    #[serde(default, deserialize_with = "filled")]
    pub(crate) subtitle: Option<String>,
    /// `final`, or what it is instead.
    #[serde(default = "as_issued")]
    pub(crate) status: String,
    #[serde(default, deserialize_with = "filled")]
    pub(crate) number: Option<String>,
    /// The day of issue; a document for the archive has to have one.
    #[serde(default)]
    pub(crate) date: Option<String>,
    #[serde(default)]
    pub(crate) facts: Vec<Fact>,
    #[serde(default)]
    pub(crate) parties: Vec<Party>,
    #[serde(default)]
    pub(crate) tiles: Vec<Tile>,
    #[serde(default)]
    pub(crate) sections: Vec<Section>,
    #[serde(default)]
    pub(crate) footer: Vec<String>,
    #[serde(default)]
    pub(crate) theme: Theme,
}

#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Fact {
    pub(crate) label: String,
    pub(crate) text: String,
}

#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Party {
    pub(crate) role: String,
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) lines: Vec<String>,
}

#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Tile {
    pub(crate) label: String,
    pub(crate) value: String,
    #[serde(default, deserialize_with = "filled")]
    pub(crate) note: Option<String>,
    #[serde(default)]
    pub(crate) tone: Option<Tone>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Tone {
    Neutral,
    Good,
    Warning,
    Bad,
}

#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Section {
    pub(crate) id: String,
    pub(crate) title: String,
    #[serde(default, deserialize_with = "filled")]
    pub(crate) intro: Option<String>,
    #[serde(default)]
    pub(crate) blocks: Vec<Block>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Block {
    Table(Table),
    Chart(Chart),
    Notes { lines: Vec<String> },
    Facts { facts: Vec<Fact> },
}

#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Table {
    pub(crate) id: String,
    #[serde(default, deserialize_with = "filled")]
    pub(crate) caption: Option<String>,
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: Vec<Row>,
    #[serde(default)]
    pub(crate) total: Option<Row>,
}

#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Column {
    pub(crate) title: String,
    pub(crate) kind: Kind,
    /// The column's share of the room that columns of figures leave.
    #[serde(default)]
    pub(crate) width: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Text,
    Money,
    Quantity,
    Percent,
    Rate,
    Bar,
    State,
}

impl Kind {
    /// Whether a cell holds words, which may be broken, rather than a figure.
    pub(crate) fn is_words(self) -> bool {
        matches!(self, Self::Text | Self::State)
    }
}

#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Row {
    pub(crate) cells: Vec<Cell>,
    #[serde(default)]
    pub(crate) tone: Option<Tone>,
    #[serde(default)]
    pub(crate) level: u8,
}

#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Cell {
    #[serde(default)]
    pub(crate) text: String,
    /// How much of the bar is filled, in hundredths of a percent.
    #[serde(default)]
    pub(crate) bar: Option<u32>,
}

#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Chart {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) alt: String,
    pub(crate) svg: String,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

#[derive(Debug, Default, Deserialize, Serialize)]
pub(crate) struct Theme {
    #[serde(default)]
    pub(crate) accent: Option<String>,
    #[serde(default)]
    pub(crate) logo_svg: Option<String>,
    #[serde(default)]
    pub(crate) font: Option<String>,
}

impl Document {
    /// Reads a printed document, and refuses what no template could lay out.
    pub(crate) fn read(json: &str) -> Result<Self, PdfError> {
        if json.len() > MAX_DOCUMENT_BYTES {
            let message =
                format!("a document of {} bytes, at most {MAX_DOCUMENT_BYTES} are laid out", json.len());
            return Err(PdfError::new(PdfErrorCode::DocumentTooLarge, message));
        }
        let head: Head = parse(json)?;
        if head.format == 0 || head.format > FORMAT {
            let message = format!("a document of format `{}`, this release knows {FORMAT}", head.format);
            return Err(PdfError::new(PdfErrorCode::DocumentNewer, message));
        }
        let document: Self = parse(json)?;
        document.check()?;
        Ok(document)
    }

    fn check(&self) -> Result<(), PdfError> {
        if language(&self.language).is_none() {
            return Err(invalid(format!("`{}` is no language, write it as `en` or `de-AT`", self.language)));
        }
        if let Some(date) = &self.date
            && day(date).is_none()
        {
            return Err(invalid(format!("`{date}` is no day, write it as `2026-11-01`")));
        }
        let rows: usize = self.tables().map(|table| table.rows.len()).sum();
        if rows > MAX_ROWS {
            let message = format!("a document of {rows} rows, at most {MAX_ROWS} are laid out");
            return Err(PdfError::new(PdfErrorCode::DocumentTooLarge, message));
        }
        self.tables().try_for_each(Table::check)
    }

    fn tables(&self) -> impl Iterator<Item = &Table> {
        let blocks = self.sections.iter().flat_map(|section| &section.blocks);
        blocks.filter_map(|block| if let Block::Table(table) = block { Some(table) } else { None })
    }
}

impl Table {
    fn check(&self) -> Result<(), PdfError> {
        let width = self.columns.len();
        if width == 0 || width > MAX_COLUMNS {
            return Err(invalid(format!(
                "table `{}` has {width} columns, 1 to {MAX_COLUMNS} are allowed",
                self.id
            )));
        }
        for (index, row) in self.rows.iter().chain(&self.total).enumerate() {
            if row.cells.len() != width {
                let (id, found, row) = (&self.id, row.cells.len(), index + 1);
                return Err(invalid(format!(
                    "row {row} of table `{id}` has {found} cells for {width} columns"
                )));
            }
        }
        Ok(())
    }
}

fn invalid(message: String) -> PdfError {
    PdfError::new(PdfErrorCode::DocumentInvalid, message)
}

fn parse<'json, T: Deserialize<'json>>(json: &'json str) -> Result<T, PdfError> {
    serde_json::from_str(json).map_err(|error| invalid(format!("the text is no printed document: {error}")))
}

fn as_issued() -> String {
    "final".to_owned()
}

/// A text that may be missing; an empty one says as little.
fn filled<'json, D: Deserializer<'json>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.filter(|text| !text.is_empty()))
}

/// The language and the region of a tag such as `de-AT`.
pub(crate) fn language(tag: &str) -> Option<(String, Option<String>)> {
    let letters = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphabetic());
    let (language, region) = match tag.split_once(['-', '_']) {
        Some((language, region)) => (language, Some(region)),
        None => (tag, None),
    };
    let is_language = (2..=3).contains(&language.len()) && letters(language);
    let is_region = region.is_none_or(|region| region.len() == 2 && letters(region));
    (is_language && is_region).then(|| (language.to_lowercase(), region.map(str::to_uppercase)))
}

/// Year, month and day of `2026-11-01`.
pub(crate) fn day(text: &str) -> Option<(i32, u8, u8)> {
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let is_shape = parts.next().is_none() && (year.len(), month.len(), day.len()) == (4, 2, 2);
    let (year, month, day) = (year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
    (is_shape && typst::foundations::Datetime::from_ymd(year, month, day).is_some())
        .then_some((year, month, day))
}
