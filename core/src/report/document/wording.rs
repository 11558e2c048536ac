//! Other words in place of those that are printed.

use super::{Block, Document, Table};
use std::collections::BTreeMap;

impl Document {
    /// Puts other texts in place of titles, labels and heads that read exactly so. Figures and names stay.
    pub(in crate::report) fn reword(&mut self, texts: &BTreeMap<String, String>) {
        if texts.is_empty() {
            return;
        }
        let put = |text: &mut String| {
            if let Some(instead) = texts.get(text.as_str()) {
                text.clone_from(instead);
            }
        };
        put(&mut self.title);
        put(&mut self.status);
        self.facts.iter_mut().for_each(|fact| put(&mut fact.label));
        self.parties.iter_mut().for_each(|party| put(&mut party.role));
        self.tiles.iter_mut().for_each(|tile| put(&mut tile.label));
        for section in &mut self.sections {
            put(&mut section.title);
            section.intro.as_mut().map(put);
            for block in &mut section.blocks {
                match block {
                    Block::Table(table) => reword_table(table, &put),
                    Block::Chart(chart) => put(&mut chart.title),
                    Block::Facts(facts) => facts.iter_mut().for_each(|fact| put(&mut fact.label)),
                    Block::Notes(lines) => lines.iter_mut().for_each(put),
                }
            }
        }
    }
}

fn reword_table(table: &mut Table, put: &impl Fn(&mut String)) {
    table.caption.as_mut().map(put);
    table.columns.iter_mut().for_each(|column| put(&mut column.title));
    let total = table.total.iter_mut().filter_map(|total| total.cells.first_mut());
    total.for_each(|cell| put(&mut cell.text));
}
