//! A document as JSON for a program that lays it out and computes nothing, such as the writer of PDF.
//!
//! All numbers are texts, all charts are drawn. The shape has a number of its own, raised when a reader of the shape
//! before would misread it.

use super::{Block, Chart, Document, Fact, PrintedParty, Section, Table, Theme, Tile};
use crate::report::ChartStyle;
use serde::Serialize;

/// The number of the shape.
const FORMAT: u32 = 1;

#[derive(Serialize)]
struct Layout<'a> {
    format: u32,
    language: &'a str,
    title: &'a str,
    subtitle: &'a str,
    status: &'a str,
    number: Option<&'a str>,
    date: Option<&'a str>,
    facts: &'a [Fact],
    parties: &'a [PrintedParty],
    tiles: &'a [Tile],
    sections: Vec<Part<'a>>,
    footer: &'a [String],
    theme: &'a Theme,
}

#[derive(Serialize)]
struct Part<'a> {
    id: &'a str,
    title: &'a str,
    intro: Option<&'a str>,
    blocks: Vec<Piece<'a>>,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Piece<'a> {
    Table(&'a Table),
    Chart(Drawn<'a>),
    Notes { lines: &'a [String] },
    Facts { facts: &'a [Fact] },
}

#[derive(Serialize)]
struct Drawn<'a> {
    id: &'a str,
    title: &'a str,
    alt: &'a str,
    svg: String,
    width: u32,
    height: u32,
}

impl Document {
    /// The document as JSON, whose `format` is 1: the fields of this type, blocks told apart by `type`, charts as SVG for
    /// paper.
    pub fn to_layout_json(&self) -> String {
        let layout = Layout {
            format: FORMAT,
            language: &self.language,
            title: &self.title,
            subtitle: &self.subtitle,
            status: &self.status,
            number: self.number.as_deref(),
            date: self.date.as_deref(),
            facts: &self.facts,
            parties: &self.parties,
            tiles: &self.tiles,
            sections: self.sections.iter().map(part).collect(),
            footer: &self.footer,
            theme: &self.theme,
        };
        // Texts in named fields: there is nothing that JSON can't hold.
        let text = serde_json::to_string(&layout);
        debug_assert!(text.is_ok());
        text.unwrap_or_default() + "\n"
    }
}

fn part(section: &Section) -> Part<'_> {
    Part {
        id: &section.id,
        title: &section.title,
        intro: section.intro.as_deref(),
        blocks: section.blocks.iter().map(piece).collect(),
    }
}

fn piece(block: &Block) -> Piece<'_> {
    match block {
        Block::Table(table) => Piece::Table(table),
        Block::Chart(chart) => Piece::Chart(drawn(chart)),
        Block::Notes(lines) => Piece::Notes { lines },
        Block::Facts(facts) => Piece::Facts { facts },
    }
}

fn drawn(chart: &Chart) -> Drawn<'_> {
    let (width, height) = chart.size();
    let Chart { id, title, alt, .. } = chart;
    Drawn { id, title, alt, svg: chart.svg(ChartStyle::Print), width, height }
}
