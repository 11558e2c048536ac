//! Every text of a printed document, visited once and in order.
//!
//! It says of each text what it is for; what to do with it is the visitor's.

use crate::document::{Block, Chart, Document, Fact, Row, Table};

/// What a text is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// Printed words, which may be broken over lines.
    Words,
    /// A printed figure, which stays in one line.
    Figure,
    /// A picture's source, which is printed where it has words.
    Picture,
    /// Words that are told and not printed: of a picture, or of the file.
    Told,
}

/// Whoever changes texts.
pub(crate) type Visit<'visitor> = &'visitor mut dyn FnMut(&mut String, Use);

impl Document {
    /// Hands every text to the visitor.
    pub(crate) fn each_text(&mut self, visit: Visit<'_>) {
        visit(&mut self.title, Use::Words);
        self.subtitle.iter_mut().for_each(|text| visit(text, Use::Words));
        visit(&mut self.status, Use::Figure);
        self.number.iter_mut().for_each(|text| visit(text, Use::Words));
        self.facts.iter_mut().for_each(|fact| fact.each_text(visit));
        for party in &mut self.parties {
            visit(&mut party.role, Use::Words);
            visit(&mut party.name, Use::Words);
            party.lines.iter_mut().for_each(|line| visit(line, Use::Words));
        }
        for tile in &mut self.tiles {
            visit(&mut tile.label, Use::Words);
            visit(&mut tile.value, Use::Figure);
            tile.note.iter_mut().for_each(|note| visit(note, Use::Words));
        }
        for section in &mut self.sections {
            visit(&mut section.title, Use::Words);
            section.intro.iter_mut().for_each(|intro| visit(intro, Use::Words));
            section.blocks.iter_mut().for_each(|block| block.each_text(visit));
        }
        self.footer.iter_mut().for_each(|line| visit(line, Use::Words));
        self.theme.logo_svg.iter_mut().for_each(|logo| visit(logo, Use::Picture));
    }
}

impl Block {
    fn each_text(&mut self, visit: Visit<'_>) {
        match self {
            Self::Table(table) => table.each_text(visit),
            Self::Chart(chart) => chart.each_text(visit),
            Self::Notes { lines } => lines.iter_mut().for_each(|line| visit(line, Use::Words)),
            Self::Facts { facts } => facts.iter_mut().for_each(|fact| fact.each_text(visit)),
        }
    }
}

impl Fact {
    fn each_text(&mut self, visit: Visit<'_>) {
        visit(&mut self.label, Use::Words);
        visit(&mut self.text, Use::Words);
    }
}

impl Table {
    fn each_text(&mut self, visit: Visit<'_>) {
        self.caption.iter_mut().for_each(|caption| visit(caption, Use::Words));
        let uses: Vec<Use> = self
            .columns
            .iter()
            .map(|column| if column.kind.is_words() { Use::Words } else { Use::Figure })
            .collect();
        self.columns.iter_mut().for_each(|column| visit(&mut column.title, Use::Words));
        self.rows.iter_mut().chain(&mut self.total).for_each(|row| row.each_text(&uses, visit));
    }
}

impl Row {
    fn each_text(&mut self, uses: &[Use], visit: Visit<'_>) {
        self.cells.iter_mut().zip(uses).for_each(|(cell, used)| visit(&mut cell.text, *used));
    }
}

impl Chart {
    fn each_text(&mut self, visit: Visit<'_>) {
        visit(&mut self.title, Use::Words);
        visit(&mut self.alt, Use::Told);
        visit(&mut self.svg, Use::Picture);
    }
}
