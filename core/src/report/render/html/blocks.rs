//! The pieces of a section: tables, charts, notes and facts.

use super::each;
use super::head::{facts, tone};
use crate::report::ChartStyle;
use crate::report::document::{Block, Cell, Chart, ColumnKind, Table, TableRow};
use crate::report::markup::escaped;

/// A word that a narrow column has to break.
const LONG_WORD: usize = 32;
/// A table of more columns gives each only the room that it needs.
const MANY_COLUMNS: usize = 7;
/// All of a bar, in the hundredths of a percent that cells have.
const WHOLE: u32 = 10_000;

pub(super) fn block(block: &Block) -> String {
    match block {
        Block::Table(own) => table(own),
        Block::Chart(own) => chart(own),
        Block::Facts(own) => facts(own),
        Block::Notes(lines) => each(lines, |line| format!("<p class=\"note\">{}</p>\n", escaped(line))),
    }
}

fn chart(chart: &Chart) -> String {
    format!(
        "<figure><figcaption>{}</figcaption>{}</figure>\n",
        escaped(&chart.title),
        chart.svg(ChartStyle::Web)
    )
}

fn table(table: &Table) -> String {
    let kinds: Vec<ColumnKind> = table.columns.iter().map(|column| column.kind).collect();
    let caption = table.caption.as_ref().map(|caption| format!("<caption>{}</caption>\n", escaped(caption)));
    let heads: Vec<String> = table
        .columns
        .iter()
        .map(|column| {
            format!("<th scope=\"col\" class=\"{}\">{}</th>", class(column.kind), escaped(&column.title))
        })
        .collect();
    let rows: String = table.rows.iter().map(|own| row(own, &kinds)).collect();
    let wide = if table.columns.len() > MANY_COLUMNS { " class=\"wide\"" } else { "" };
    let total = table.total.as_ref().map(|total| format!("<tfoot>\n{}</tfoot>\n", row(total, &kinds)));
    format!(
        "<div class=\"table\"><table id=\"table-{}\"{wide}>\n{}<thead><tr>{}</tr></thead>\n<tbody>\n{rows}</tbody>\n{}</table></div>\n",
        escaped(&table.id),
        caption.unwrap_or_default(),
        heads.join(""),
        total.unwrap_or_default()
    )
}

fn row(row: &TableRow, kinds: &[ColumnKind]) -> String {
    let cells: Vec<String> = row
        .cells
        .iter()
        .zip(kinds)
        .enumerate()
        .map(|(index, (own, kind))| cell(own, *kind, if index == 0 { row.level } else { 0 }))
        .collect();
    format!("<tr class=\"{}\">{}</tr>\n", tone(row.tone), cells.join(""))
}

fn cell(cell: &Cell, kind: ColumnKind, level: u8) -> String {
    let number = cell.number.as_ref().map(|number| format!(" data-n=\"{}\"", escaped(number)));
    let indent = if level == 0 { String::new() } else { format!(" l{}", level.min(3)) };
    let is_long = cell.text.split_whitespace().any(|word| word.chars().count() > LONG_WORD);
    let long = if is_long { " long" } else { "" };
    let content = match (kind, cell.bar) {
        (ColumnKind::Bar, Some(length)) => bar(length),
        (ColumnKind::State, _) if !cell.text.is_empty() => {
            format!("<span class=\"pill\">{}</span>", escaped(&cell.text))
        }
        _ => escaped(&cell.text),
    };
    format!("<td class=\"{}{indent}{long}\"{}>{content}</td>", class(kind), number.unwrap_or_default())
}

/// A bar that is as long as its share, and full above the whole.
fn bar(length: u32) -> String {
    let length = length.min(WHOLE);
    let percent = format!("{}.{:02}", length / 100, length % 100);
    format!(
        "<svg class=\"bar\" viewBox=\"0 0 100 6\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect class=\"rail\" width=\"100\" height=\"6\"/><rect class=\"part\" width=\"{percent}\" height=\"6\"/></svg>"
    )
}

fn class(kind: ColumnKind) -> &'static str {
    match kind {
        ColumnKind::Text => "text",
        ColumnKind::Money => "number money",
        ColumnKind::Quantity => "number quantity",
        ColumnKind::Percent => "number percent",
        ColumnKind::Rate => "number rate",
        ColumnKind::Bar => "bars",
        ColumnKind::State => "state",
    }
}
