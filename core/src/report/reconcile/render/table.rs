//! The reconciliation for a terminal.

use super::numbers::{CENT, cents, money, percent};
use crate::money::Money;
use crate::report::document::numbers::grouped;
use crate::report::reconcile::reconciliation::{LineState, ReconciledLine, Reconciliation};
use crate::report::reconcile::words::day;
use crate::report::render::{Grid, GridColumn};
use crate::report::rounding::top_down;

/// Lines that differ and are shown one by one; the others are summed.
const MAX_ROWS: usize = 50;
const AMOUNT: u16 = 15;
const LINES: u16 = 8;

pub(super) fn render(found: &Reconciliation) -> String {
    let mut sections = vec![headline(found), sources(found)];
    if !found.causes.is_empty() {
        sections.push(causes(found));
        sections.push(lines(found));
    }
    if !found.notes.is_empty() {
        sections.push(found.notes.join("\n") + "\n");
    }
    sections.join("\n")
}

fn headline(found: &Reconciliation) -> String {
    let date = |at: crate::time::Timestamp| at.to_string().split('T').next().unwrap_or_default().to_owned();
    let agree = if found.difference == Money::ZERO { "nothing" } else { &money(found.difference) };
    let mut lines = vec![
        format!("Reconciliation of {}, {} to {} (UTC)", found.provider, date(found.start), date(found.end)),
        format!("Made {}, prices {}", found.generated_at, found.price_version),
        String::new(),
        format!(
            "{} USD billed, {} USD in the ledger, {agree} between them",
            money(found.theirs),
            money(found.ours)
        ),
        format!(
            "{} of the bill agrees to the last digit; {} of what differs is explained, {} USD isn't",
            percent(found.matched_basis_points),
            percent(found.explained_basis_points),
            money(found.unexplained)
        ),
    ];
    let verdict = match &found.sign_off {
        Some(sign_off) => format!("signed off by {} at {}: {}", sign_off.by, sign_off.at, sign_off.note),
        None if found.is_closed_under(&found.policy) => {
            "within the tolerance: the period may be closed".to_owned()
        }
        None => "beyond the tolerance: the period stays open".to_owned(),
    };
    lines.push(verdict);
    lines.join("\n") + "\n"
}

fn sources(found: &Reconciliation) -> String {
    let mut grid = Grid::new(vec![
        GridColumn::names("source"),
        GridColumn::names("gives"),
        GridColumn::numbers("lines", LINES),
        GridColumn::numbers("USD", AMOUNT),
        GridColumn::numbers("less the ledger", AMOUNT + 3),
    ]);
    for source in &found.sources {
        let gives = match (source.gives_amounts, source.gives_counts) {
            (true, true) => "amounts and counts",
            (true, false) => "amounts",
            (false, true) => "counts",
            (false, false) => "a total to compare",
        };
        let amount = |amount: Option<Money>| amount.map_or_else(|| "–".to_owned(), money);
        grid.row(vec![
            source.source.as_str().to_owned(),
            gives.to_owned(),
            grouped(i128::from(source.lines)),
            amount(source.total),
            amount(source.difference),
        ]);
    }
    grid.render()
}

fn causes(found: &Reconciliation) -> String {
    let mut grid = Grid::new(vec![
        GridColumn::names("cause"),
        GridColumn::numbers("lines", LINES),
        GridColumn::numbers("USD", AMOUNT),
    ]);
    let amounts: Vec<i128> = found.causes.iter().map(|cause| cause.amount.pico()).collect();
    let (total, printed) = top_down(&amounts, CENT);
    for (cause, printed) in found.causes.iter().zip(printed) {
        let name = cause.cause.map_or("unexplained", |cause| cause.as_str());
        grid.row(vec![name.to_owned(), grouped(i128::from(cause.lines)), cents(cause.amount, printed)]);
    }
    grid.total(vec!["difference".to_owned(), String::new(), cents(found.difference, total)]);
    grid.render()
}

fn lines(found: &Reconciliation) -> String {
    let mut grid = Grid::new(vec![
        GridColumn::numbers("line", 6),
        GridColumn::words("day"),
        GridColumn::words("what"),
        GridColumn::names("model"),
        GridColumn::words("why"),
        GridColumn::words("state"),
        GridColumn::numbers("billed", AMOUNT - 2),
        GridColumn::numbers("difference", AMOUNT - 2),
    ]);
    let mut own: Vec<&ReconciledLine> =
        found.lines.iter().filter(|line| line.state != LineState::Matched).collect();
    own.sort_by_key(|line| (std::cmp::Reverse(line.difference.pico().unsigned_abs()), line.number));
    let amounts: Vec<i128> = own.iter().map(|line| line.difference.pico()).collect();
    let (total, printed) = top_down(&amounts, CENT);
    for (line, printed) in own.iter().zip(&printed).take(MAX_ROWS) {
        grid.row(vec![
            line.number.to_string(),
            day(&line.key),
            what(line),
            line.key.model.clone().unwrap_or_default(),
            why(line),
            line.state.as_str().to_owned(),
            money(line.theirs.amount),
            cents(line.difference, *printed),
        ]);
    }
    let rest: Vec<&&ReconciledLine> = own.iter().skip(MAX_ROWS).collect();
    if !rest.is_empty() {
        let difference: Money = rest.iter().map(|line| line.difference).sum();
        let printed = printed.iter().skip(MAX_ROWS).sum();
        let billed: Money = rest.iter().map(|line| line.theirs.amount).sum();
        let blank = String::new;
        grid.row(vec![
            blank(),
            blank(),
            format!("{} others", rest.len()),
            blank(),
            blank(),
            blank(),
            money(billed),
            cents(difference, printed),
        ]);
    }
    let mut last = vec![String::new(); 6];
    last.extend([String::new(), cents(found.difference, total)]);
    grid.total(last);
    grid.render()
}

fn what(line: &ReconciledLine) -> String {
    line.key.dimension.map_or(line.key.kind.as_str(), |dimension| dimension.as_str()).to_owned()
}

fn why(line: &ReconciledLine) -> String {
    let mut causes: Vec<&str> =
        line.parts.iter().map(|part| part.cause.map_or("unexplained", |cause| cause.as_str())).collect();
    causes.sort_unstable();
    causes.dedup();
    causes.join(", ")
}
