//! What a document consists of.

use super::cell::Cell;
use super::chart::Chart;
use serde::Serialize;

/// A label and its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fact {
    /// The label.
    pub label: String,
    /// The text.
    pub text: String,
}

/// A figure that matters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tile {
    /// What it is.
    pub label: String,
    /// The figure.
    pub value: String,
    /// What to compare it with.
    pub note: String,
    /// How good it is.
    pub tone: Tone,
}

/// How good something is. Never told by colour alone: the text says it too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// Neither.
    #[default]
    Neutral,
    /// As it should be.
    Good,
    /// To be looked at.
    Warning,
    /// Not as it should be.
    Bad,
}

/// A part under a heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// A name for links, unique in the document.
    pub id: String,
    /// The heading.
    pub title: String,
    /// A sentence under it.
    pub intro: Option<String>,
    /// Its content.
    pub blocks: Vec<Block>,
}

/// A piece of a section.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Block {
    /// A table.
    Table(Table),
    /// A chart.
    Chart(Chart),
    /// Sentences.
    Notes(Vec<String>),
    /// Labels and texts.
    Facts(Vec<Fact>),
}

/// A table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Table {
    /// A name, unique in the document.
    pub id: String,
    /// What stands over it.
    pub caption: Option<String>,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows, with a cell for each column.
    pub rows: Vec<TableRow>,
    /// The sum of the rows, as printed.
    pub total: Option<TableRow>,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Column {
    /// Its head.
    pub title: String,
    /// What stands in it.
    pub kind: ColumnKind,
}

/// What stands in a column. All but texts and states are aligned to the right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnKind {
    /// Names.
    Text,
    /// Amounts in the document's currency.
    Money,
    /// Whole numbers.
    Quantity,
    /// Percentages.
    Percent,
    /// Prices of a unit.
    Rate,
    /// A bar, by the cells' `bar`.
    Bar,
    /// A word for how something stands.
    State,
}

/// A row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TableRow {
    /// A cell for each column.
    pub cells: Vec<Cell>,
    /// How good what it says is.
    pub tone: Tone,
    /// How deep it stands under the rows before it.
    pub level: u8,
}
