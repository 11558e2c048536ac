//! A document for a terminal of 100 columns, without colours.
//!
//! It lays out what is printed and rounds nothing. Charts are left out: their figures stand in the tables.

use super::grid::{Column, Grid, plain};
use crate::report::document::{Block, Cell, ColumnKind, Document, Fact, PrintedParty, Section, Table};

/// Cells of a bar.
const BAR: usize = 12;

pub(in crate::report) fn render(document: &Document) -> String {
    let mut sections = vec![head(document)];
    sections.extend(document.sections.iter().map(section).filter(|text| !text.is_empty()));
    sections.join("\n")
}

fn head(document: &Document) -> String {
    let number = document.number.as_ref().map(|number| format!(" {number}")).unwrap_or_default();
    let mut lines = vec![
        format!("{}{number}, {} ({})", document.title, document.subtitle, document.status),
        String::new(),
    ];
    lines.extend(document.parties.iter().map(party));
    lines.extend(labelled(&document.facts));
    let mut grid = Grid::headless(vec![Column::words(""), Column::numbers("", 18), Column::names("")]);
    for tile in &document.tiles {
        grid.row(vec![tile.label.clone(), tile.value.clone(), tile.note.clone()]);
    }
    let tiles = if document.tiles.is_empty() { String::new() } else { format!("\n{}", grid.render()) };
    lines.join("\n") + "\n" + &tiles
}

fn party(party: &PrintedParty) -> String {
    let lines: Vec<&str> = std::iter::once(&party.name).chain(&party.lines).map(String::as_str).collect();
    plain(&format!("{}: {}", party.role, lines.join(", ")))
}

fn labelled(facts: &[Fact]) -> Vec<String> {
    facts.iter().map(|fact| plain(&format!("{}: {}", fact.label, fact.text))).collect()
}

fn section(section: &Section) -> String {
    let blocks: Vec<String> = section.blocks.iter().filter_map(block).collect();
    if blocks.is_empty() {
        return String::new();
    }
    let intro = section.intro.iter().map(|intro| format!("{intro}\n"));
    let title = (!is_repeated(section)).then(|| format!("{}\n", section.title));
    title.into_iter().chain(intro).chain(blocks).collect::<Vec<_>>().join("\n")
}

/// Whether the head of the section's table says what the section's title does.
fn is_repeated(section: &Section) -> bool {
    let first = section.blocks.iter().find(|block| !matches!(block, Block::Chart(_)));
    match first {
        Some(Block::Table(table)) => {
            let heads = table.columns.iter().map(|column| column.title.to_lowercase());
            let words = section.title.to_lowercase();
            let named = words.strip_prefix("by ").unwrap_or(&words);
            heads.into_iter().next().is_some_and(|head| {
                named.split(", ").next() == Some(&head) || named.strip_suffix('s') == Some(&head)
            })
        }
        Some(Block::Notes(_)) => true,
        _ => false,
    }
}

fn block(block: &Block) -> Option<String> {
    match block {
        Block::Table(own) => Some(table(own)),
        Block::Notes(lines) => Some(lines.iter().map(|line| plain(line) + "\n").collect()),
        Block::Facts(facts) => Some(labelled(facts).join("\n") + "\n"),
        Block::Chart(_) => None,
    }
}

/// Bars beside shares of a whole say nothing that the shares don't, and take the room of names.
fn table(table: &Table) -> String {
    let is_shown = |column: &&ColumnKind| **column != ColumnKind::Bar || table.total.is_none();
    let kinds: Vec<ColumnKind> = table.columns.iter().map(|column| column.kind).collect();
    let heads =
        table.columns.iter().filter(|column| is_shown(&&column.kind)).map(|own| column(&own.title, own.kind));
    let mut grid = Grid::new(heads.collect());
    let cells = |cells: &[Cell]| {
        let shown = cells.iter().zip(&kinds).filter(|(_, kind)| is_shown(kind));
        shown.map(|(cell, _)| text(cell)).collect()
    };
    for row in &table.rows {
        grid.row(cells(&row.cells));
    }
    if let Some(total) = &table.total {
        grid.total(cells(&total.cells));
    }
    let caption = table.caption.as_ref().map(|caption| format!("{caption}\n\n")).unwrap_or_default();
    caption + &grid.render()
}

fn text(cell: &Cell) -> String {
    match cell.bar {
        Some(length) if cell.text.is_empty() => bar(length, BAR),
        _ => cell.text.clone(),
    }
}

fn column(head: &str, kind: ColumnKind) -> Column {
    match kind {
        ColumnKind::Money | ColumnKind::Rate => Column::numbers(head, 15),
        ColumnKind::Quantity => Column::numbers(head, 12),
        ColumnKind::Percent => Column::numbers(head, 10),
        ColumnKind::Bar | ColumnKind::State => Column::words(head),
        ColumnKind::Text => Column::names(head),
    }
}

/// A bar that is full at 100 %: `█████░░░░░`. What is begun shows, and only what is full is full.
fn bar(basis_points: u32, width: usize) -> String {
    let filled = match basis_points {
        0 => 0,
        10_000.. => width,
        part => (usize::try_from(part).unwrap_or(0) * width / 10_000).clamp(1, width.saturating_sub(1)),
    };
    "█".repeat(filled) + &"░".repeat(width.saturating_sub(filled))
}

#[cfg(test)]
mod tests {
    use super::bar;

    #[test]
    fn a_bar_shows_what_is_begun_and_is_full_only_when_full() {
        assert_eq!(
            [0, 1, 5_000, 9_999, 10_000, 20_000].map(|part| bar(part, 4)),
            ["░░░░", "█░░░", "██░░", "███░", "████", "████"]
        );
    }
}
