//! The first sheet: what stands on the first page of the printed document, and every note.

use super::super::output::written;
use super::row_of;
use super::sheet::cut;
use super::style::Style;
use crate::error::Result;
use crate::report::document::{Block, Document};
use rust_xlsxwriter::{Format, Worksheet};

/// Writes line by line.
struct Page<'a> {
    sheet: &'a mut Worksheet,
    next: usize,
}

impl Page<'_> {
    /// A line of cells; an empty one for none.
    fn line(&mut self, cells: &[(&str, &Format)]) -> Result<()> {
        let row = row_of(self.next)?;
        for (place, (text, format)) in (0_u16..).zip(cells) {
            written(self.sheet.write_string_with_format(row, place, cut(text), format))?;
        }
        self.next += 1;
        Ok(())
    }
}

pub(super) fn write(sheet: &mut Worksheet, document: &Document, style: &Style) -> Result<()> {
    for (place, width) in [(0_u16, 28.0), (1, 28.0), (2, 60.0)] {
        written(sheet.set_column_width(place, width))?;
    }
    sheet.set_landscape().set_print_fit_to_pages(1, 0);
    let mut page = Page { sheet, next: 0 };
    page.line(&[(&document.title, &style.title)])?;
    page.line(&[(&document.subtitle, &style.heading)])?;
    page.line(&[("Status", &style.label), (&document.status, &style.plain)])?;
    if let Some(number) = &document.number {
        page.line(&[("Number", &style.label), (number, &style.plain)])?;
    }
    for fact in &document.facts {
        page.line(&[(&fact.label, &style.label), (&fact.text, &style.plain)])?;
    }
    for party in &document.parties {
        page.line(&[
            (&party.role, &style.label),
            (&party.name, &style.plain),
            (&party.lines.join(", "), &style.plain),
        ])?;
    }
    page.line(&[])?;
    for tile in &document.tiles {
        page.line(&[(&tile.label, &style.label), (&tile.value, &style.heading), (&tile.note, &style.plain)])?;
    }
    sections(&mut page, document, style)?;
    page.line(&[])?;
    document.footer.iter().try_for_each(|text| page.line(&[(text, &style.label)]))
}

/// What sections have beside tables and charts.
fn sections(page: &mut Page<'_>, document: &Document, style: &Style) -> Result<()> {
    for section in &document.sections {
        let is_told = |block: &&Block| matches!(block, Block::Notes(_) | Block::Facts(_));
        let mut told = section.blocks.iter().filter(is_told).peekable();
        if told.peek().is_some() {
            page.line(&[])?;
            page.line(&[(&section.title, &style.heading)])?;
        }
        for block in told {
            match block {
                Block::Notes(notes) => {
                    notes.iter().try_for_each(|note| page.line(&[(note, &style.plain)]))?;
                }
                Block::Facts(facts) => facts.iter().try_for_each(|fact| {
                    page.line(&[(&fact.label, &style.label), (&fact.text, &style.wrapped)])
                })?,
                // Tables and charts have sheets of their own.
                _ => {}
            }
        }
    }
    Ok(())
}
