//! A chart, before it is drawn.

/// A chart: values by category. Drawing it is the format's business, and the same everywhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chart {
    /// A name, unique in the document.
    pub id: String,
    /// What stands over it.
    pub title: String,
    /// What it shows, in a sentence, for who can't see it.
    pub alt: String,
    /// How it is drawn.
    pub kind: ChartKind,
    /// The unit of the values: `USD`.
    pub unit: String,
    /// The categories along the axis: months, teams, days.
    pub categories: Vec<String>,
    /// The series, from the bottom up.
    pub series: Vec<Series>,
    /// A level to compare with, such as a budget's limit, in pico-units, with its label.
    pub level: Option<(String, i128)>,
}

/// How a chart is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChartKind {
    /// A column for each category, the series on top of each other.
    StackedColumns,
    /// A bar for each category, one under the other, the labels to the left.
    Bars,
    /// A line for each series; a series named `low` and one named `high` are the borders of a band.
    Lines,
    /// From a first to a last category by what was added and taken away.
    Waterfall,
}

/// Values of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    /// Its name.
    pub name: String,
    /// A value for each category, in pico-units; nothing where there is none.
    pub values: Vec<Option<i128>>,
}
