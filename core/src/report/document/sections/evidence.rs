//! What the figures rest on, so that they can be checked.

use crate::report::document::numbers::grouped;
use crate::report::document::{Block, Fact, Section};
use crate::report::statement::Statement;

pub(in crate::report) fn section(statement: &Statement) -> Option<Section> {
    let entries = statement.entries?;
    let number = |number: u64| grouped(i128::from(number));
    let text = format!("{} to {}", number(entries.first), number(entries.last));
    let facts = vec![Fact { label: "Ledger entries".to_owned(), text }];
    Some(Section {
        id: "evidence".to_owned(),
        title: "Evidence".to_owned(),
        intro: None,
        blocks: vec![Block::Facts(facts)],
    })
}
