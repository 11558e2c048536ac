//! How well the cost is told apart: what carries each tag, and what is estimated.

use crate::money::Money;
use crate::report::document::numbers::{percent, share};
use crate::report::document::printer::Printer;
use crate::report::document::table::PrintedColumn;
use crate::report::document::{Block, ColumnKind, Fact, Section, Table};
use crate::report::kpis::{Kpis, TagCoverage};
use crate::report::statement::Statement;

/// Hundredths of a percent in a tenth; half of it rounds.
const TENTH: i128 = 10;

pub(in crate::report) fn section(statement: &Statement, printer: &Printer<'_>) -> Option<Section> {
    let kpis = &statement.kpis;
    if statement.total == Money::ZERO {
        return None;
    }
    let rows: Vec<&TagCoverage> = kpis.coverage.iter().collect();
    let columns = vec![
        PrintedColumn::texts("Tag", rows.iter().map(|own| own.by.as_str())),
        PrintedColumn::new(
            format!("Cost with it ({})", printer.currency()),
            ColumnKind::Money,
            rows.iter().map(|own| printer.money(own.cost)),
        ),
        PrintedColumn::new(
            "Share",
            ColumnKind::Percent,
            rows.iter().map(|own| share(own.cost, tenths(own.share_basis_points))),
        ),
        PrintedColumn::new(
            "Calls",
            ColumnKind::Quantity,
            rows.iter().map(|own| Printer::quantity(own.calls)),
        ),
        PrintedColumn::new("Values", ColumnKind::Quantity, rows.iter().map(|own| values(own))),
    ];
    Some(Section {
        id: "quality".to_owned(),
        title: "Data quality".to_owned(),
        intro: None,
        blocks: vec![
            Block::Facts(facts(kpis, printer)),
            Block::Table(Table::of_columns("coverage", columns)),
        ],
    })
}

fn values(own: &TagCoverage) -> crate::report::document::Cell {
    Printer::quantity(u64::try_from(own.values).unwrap_or(u64::MAX))
}

fn tenths(basis_points: i128) -> i128 {
    (basis_points + TENTH / 2).div_euclid(TENTH)
}

fn facts(kpis: &Kpis, printer: &Printer<'_>) -> Vec<Fact> {
    let part = |label: &str, own: &crate::report::kpis::CostShare| {
        let share = if own.cost == Money::ZERO {
            percent(0)
        } else {
            share(own.cost, tenths(own.share_basis_points))
        };
        let text = format!("{}, {}", share.text, printer.money_with_code(own.cost));
        Fact { label: label.to_owned(), text }
    };
    vec![part("Cost unallocated", &kpis.unallocated), part("Cost estimated", &kpis.estimated)]
}
