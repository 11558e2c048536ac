//! What could have been saved, and what that takes for granted.

use crate::money::Money;
use crate::report::document::lines::others;
use crate::report::document::numbers::grouped;
use crate::report::document::printer::Printer;
use crate::report::document::table::PrintedColumn;
use crate::report::document::{Block, Cell, ColumnKind, Section, Table};
use crate::report::opportunities::{Opportunities, Opportunity, OpportunityKind};
use crate::report::statement::Statement;

pub(in crate::report) fn section(statement: &Statement, printer: &Printer<'_>) -> Option<Section> {
    let found = statement.opportunities.as_ref()?;
    let mut blocks = Vec::new();
    if found.rows.is_empty() {
        blocks.push(Block::Notes(vec!["Nothing was found.".to_owned()]));
    } else {
        blocks.push(Block::Table(table(found, printer)));
        blocks.push(Block::Notes(assumptions(found)));
    }
    Some(Section {
        id: "opportunities".to_owned(),
        title: "What could have been saved".to_owned(),
        intro: Some(
            "Computed from the calls and the price book; each call is in one line at most.".to_owned(),
        ),
        blocks,
    })
}

fn table(found: &Opportunities, printer: &Printer<'_>) -> Table {
    let rows = &found.rows;
    let rest = (found.others > 0).then_some(found.rest);
    let savings: Vec<Money> = rows.iter().map(|own| own.saving).chain(rest).collect();
    let ways = rows.iter().map(way).chain(rest.map(|_| others(found.others)));
    let columns = vec![
        PrintedColumn::texts("Way", ways).total(Cell::text("Total")),
        PrintedColumn::texts("Team / agent", rows.iter().map(|own| format!("{} / {}", own.team, own.agent))),
        PrintedColumn::texts("Model", rows.iter().map(|own| own.model.clone())),
        PrintedColumn::new(
            "Calls",
            ColumnKind::Quantity,
            rows.iter().map(|own| Printer::quantity(own.calls)),
        ),
        PrintedColumn::new(
            format!("Spent ({})", printer.currency()),
            ColumnKind::Money,
            rows.iter().map(|own| printer.money(own.spent)),
        ),
        PrintedColumn::amounts(format!("Saving ({})", printer.currency()), printer.column(&savings)),
        PrintedColumn::new(
            "Entry",
            ColumnKind::Quantity,
            rows.iter().map(|own| Printer::quantity(own.example)),
        ),
    ];
    Table::of_columns("opportunities", columns)
}

fn way(own: &Opportunity) -> String {
    let name = label(own.kind);
    match (own.kind, own.instead.as_deref()) {
        (OpportunityKind::LongContext, Some(edge)) => {
            let edge = edge.parse::<i128>().map_or_else(|_| edge.to_owned(), grouped);
            format!("{name} of {edge}")
        }
        (_, Some(instead)) => format!("{name}: {instead}"),
        (_, None) => name.to_owned(),
    }
}

const fn label(kind: OpportunityKind) -> &'static str {
    match kind {
        OpportunityKind::Expired => "calls never ended",
        OpportunityKind::Loop => "loops",
        OpportunityKind::LongContext => "input below the edge",
        OpportunityKind::Batch => "batch",
        OpportunityKind::SmallerModel => "smaller model",
        OpportunityKind::Cache => "cache",
    }
}

/// Each kind's assumption once, in the order in which calls are given to them.
fn assumptions(found: &Opportunities) -> Vec<String> {
    let mut kinds: Vec<OpportunityKind> = found.rows.iter().map(|own| own.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds.into_iter().map(|kind| format!("{}: {}", label(kind), kind.assumption())).collect()
}
