//! The statement as it is printed: every number is a text already, rounded so that what is printed adds up.
//!
//! Terminal, HTML, spreadsheet and PDF only lay a [`Document`] out, so they show the same figures to the last digit. A
//! document knows no money and no statement; whoever has something to print makes one.

mod assemble;
mod block;
mod cell;
mod chart;
mod layout;
mod lines;
pub(super) mod numbers;
mod presentation;
pub(super) mod printer;
pub(super) mod sections;
pub(super) mod table;
#[cfg(test)]
mod tests;
mod wording;

pub use block::{Block, Column, ColumnKind, Fact, Section, Table, TableRow, Tile, Tone};
pub use cell::Cell;
pub use chart::{Chart, ChartKind, Series};
pub use presentation::{Fx, Presentation};

use super::rules::Parties;
use serde::Serialize;

/// Something to print: a head, tiles with the figures that matter, sections.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Document {
    /// The language of its texts, as a BCP 47 tag.
    pub language: String,
    /// What it is: `Chargeback statement`.
    pub title: String,
    /// Of when: `October 2026`.
    pub subtitle: String,
    /// `provisional` or `final`.
    pub status: String,
    /// Its number.
    pub number: Option<String>,
    /// The day on which it was issued, or else made, as `2026-11-01`; without one a PDF isn't fit for the archive.
    pub date: Option<String>,
    /// What stands in the head: period, time zone, currency.
    pub facts: Vec<Fact>,
    /// From whom, to whom.
    pub parties: Vec<PrintedParty>,
    /// The figures that matter.
    pub tiles: Vec<Tile>,
    /// Everything else.
    pub sections: Vec<Section>,
    /// What stands under every page.
    pub footer: Vec<String>,
    /// How it looks.
    pub theme: Theme,
}

/// One side of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PrintedParty {
    /// `From`, `To`.
    pub role: String,
    /// The name.
    pub name: String,
    /// What stands under it.
    pub lines: Vec<String>,
}

/// How a document looks, beyond what its format gives.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Theme {
    /// The colour of rules and headings, as `#rrggbb`; nothing for the format's own.
    pub accent: Option<String>,
    /// A logo, as SVG.
    pub logo_svg: Option<String>,
}

impl From<&Parties> for Theme {
    /// As the policy says it.
    fn from(parties: &Parties) -> Self {
        Self { accent: parties.accent.clone(), logo_svg: parties.logo_svg.clone() }
    }
}
