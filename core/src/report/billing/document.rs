//! The printed forms of billing: a client's statement and notes, and the margin.
//!
//! The first two are made from types that know no cost, so they can't print any. Terms apply in whole minor units: the
//! total that is printed is what is paid.

use super::credit::CreditNote;
use super::margin::{Margin, MarginRow};
use super::statement::{ClientDocument, ClientHeader, ClientLine, ClientShare, ClientStatement};
use crate::money::{Currency, Money};
use crate::pricing::Dimension;
use crate::report::document::numbers::{change, counted, percent, share};
use crate::report::document::printer::{Printer, WHOLE};
use crate::report::document::sections::{capital, headline};
use crate::report::document::table::PrintedColumn;
use crate::report::document::{
    Block, Cell, Chart, ChartKind, ColumnKind, Document, Fact, Presentation, Section, Series, Table, Tile,
    Tone,
};
use crate::report::period::{MINUTES, ReportPeriod, local};
use crate::time::Timestamp;

const DAY: &str = "%Y-%m-%d";

/// What the heads of all three have in common.
struct Head<'a> {
    title: &'a str,
    header: &'a ClientHeader,
    period: (&'a ReportPeriod, &'a str),
    is_over: bool,
    generated_at: Timestamp,
}

impl ClientStatement {
    /// The statement or invoice as it is printed, in the client's currency.
    pub fn document(&self, presentation: &Presentation) -> Document {
        let presentation = &presentation.unconverted();
        let printer = Printer::new(self.currency, presentation);
        let title = match self.header.kind {
            ClientDocument::Statement => "Statement",
            ClientDocument::Invoice => "Invoice",
            ClientDocument::CreditNote => "Credit note",
            ClientDocument::DebitNote => "Debit note",
        };
        let head = Head {
            title,
            header: &self.header,
            period: (&self.period, &self.time_zone),
            is_over: self.is_over,
            generated_at: self.generated_at,
        };
        let most = presentation.rows;
        let shares = [("Service", &self.services), ("Project", &self.projects), ("Agent", &self.agents)];
        let mut sections = vec![self.lines_section(&printer)];
        let told = shares.into_iter().filter(|(_, parts)| parts.len() > 1);
        sections.extend(told.map(|(name, parts)| shares_section(name, parts, most, &printer)));
        sections.extend(self.trend_section(&printer));
        head.document(&printer, self.tiles(&printer), sections, presentation)
    }

    fn tiles(&self, printer: &Printer<'_>) -> Vec<Tile> {
        let tile = |label: &str, value: String, note: String, tone| Tile {
            label: label.to_owned(),
            value,
            note,
            tone,
        };
        let calls = counted(self.calls, "call");
        let mut tiles =
            vec![tile("Total", printer.money_with_code(self.total), format!("for {calls}"), Tone::Neutral)];
        if let Some(before) = self.trend.first() {
            let note = format!("against {} of {}", printer.money(before.total).text, before.period.name);
            tiles.push(tile("Change", change(self.total, before.total).text, note, Tone::Neutral));
        }
        if let Some(budget) = &self.budget {
            let note =
                format!("{} of {}", printer.money(self.total).text, printer.money_with_code(budget.limit));
            let tone = match budget.utilisation_basis_points {
                ..8_000 => Tone::Good,
                8_000..10_000 => Tone::Warning,
                _ => Tone::Bad,
            };
            let used = share(self.total, budget.utilisation_basis_points / 10).text;
            tiles.push(tile("Budget", used, note, tone));
        }
        tiles
    }

    fn lines_section(&self, printer: &Printer<'_>) -> Section {
        let amounts = printer.column(&self.lines.iter().map(|line| line.amount).collect::<Vec<_>>());
        let mut columns = vec![
            PrintedColumn::texts("Position", self.lines.iter().map(position)).total(Cell::text("Total")),
        ];
        if self.lines.iter().any(|line| line.period != self.period) {
            columns
                .push(PrintedColumn::texts("Time", self.lines.iter().map(|line| line.period.name.as_str())));
        }
        let quantity = |line: &ClientLine| line.quantity.map(Printer::quantity).unwrap_or_default();
        columns.push(PrintedColumn::new("Quantity", ColumnKind::Quantity, self.lines.iter().map(quantity)));
        let has_prices = self.lines.iter().any(|line| line.rate.is_some());
        if has_prices {
            let prices = self.lines.iter().map(|line| price(line, printer));
            columns.push(PrintedColumn::new("Unit price", ColumnKind::Rate, prices));
        }
        columns.push(PrintedColumn::amounts(format!("Amount ({})", printer.currency()), amounts));
        Section {
            id: "lines".to_owned(),
            title: "Positions".to_owned(),
            intro: has_prices.then(|| "The price of tokens is that of a million.".to_owned()),
            blocks: vec![Block::Table(Table::of_columns("lines", columns))],
        }
    }

    fn trend_section(&self, printer: &Printer<'_>) -> Option<Section> {
        if self.trend.is_empty() {
            return None;
        }
        let own = (self.period.name.clone(), self.total);
        let months: Vec<(String, Money)> = self
            .trend
            .iter()
            .rev()
            .map(|month| (month.period.name.clone(), month.total))
            .chain([own])
            .collect();
        let amounts = printer.column(&months.iter().map(|(_, total)| *total).collect::<Vec<_>>());
        let changes =
            months.iter().zip(months.iter().skip(1)).map(|((_, before), (_, now))| change(*now, *before));
        let chart = Chart {
            id: "trend-chart".to_owned(),
            title: "Month by month".to_owned(),
            alt: format!("What was paid in each of {} periods, one column each.", months.len()),
            kind: ChartKind::StackedColumns,
            unit: printer.currency().to_string(),
            categories: months.iter().map(|(name, _)| name.clone()).collect(),
            series: vec![Series {
                name: "Total".to_owned(),
                values: amounts.units.iter().map(|units| Some(printer.charted(*units))).collect(),
            }],
            level: None,
        };
        let columns = vec![
            PrintedColumn::texts("Period", months.iter().map(|(name, _)| name.as_str()))
                .total(Cell::text("Total")),
            PrintedColumn::amounts(format!("Amount ({})", printer.currency()), amounts),
            PrintedColumn::new(
                "Change",
                ColumnKind::Percent,
                std::iter::once(Cell::text("–")).chain(changes),
            ),
        ];
        Some(Section {
            id: "trend".to_owned(),
            title: "Trend".to_owned(),
            intro: None,
            blocks: vec![Block::Chart(chart), Block::Table(Table::of_columns("trend", columns))],
        })
    }
}

/// What is paid for, in the client's words: of input nobody asks whether it might have come from a cache.
fn position(line: &ClientLine) -> String {
    match (line.dimension, &line.service) {
        (Some(Dimension::InputUncached), Some(service)) => format!("{service}, input"),
        _ => line.text.clone(),
    }
}

fn price(line: &ClientLine, printer: &Printer<'_>) -> Cell {
    let (Some(rate), Some(dimension)) = (line.rate, line.dimension) else { return Cell::default() };
    let (mut cell, unit) = printer.rate(rate, dimension);
    if unit != Printer::MILLION_TOKENS {
        cell.text = format!("{} / {unit}", cell.text);
    }
    cell
}

/// The price of usage by one thing; the smallest are summed where there are many.
fn shares_section(name: &str, parts: &[ClientShare], most: usize, printer: &Printer<'_>) -> Section {
    let amounts = printer.column(&parts.iter().map(|part| part.amount).collect::<Vec<_>>());
    let tenths = Printer::tenths(&parts.iter().map(|part| part.amount).collect::<Vec<_>>());
    let row = |((part, units), tenths): ((&ClientShare, &i128), &i128)| {
        (part.name.clone(), part.amount, *units, *tenths, part.calls)
    };
    let mut rows: Vec<_> = parts.iter().zip(&amounts.units).zip(&tenths).map(row).collect();
    if rows.len() > most {
        let rest = rows.split_off(most.saturating_sub(1));
        let name = format!("{} others", rest.len());
        let sum = rest.into_iter().fold((name, Money::ZERO, 0, 0, 0), |sum, own| {
            (sum.0, sum.1 + own.1, sum.2 + own.2, sum.3 + own.3, sum.4 + own.4)
        });
        rows.push(sum);
    }
    let is_something = tenths.iter().sum::<i128>() != 0;
    let columns = vec![
        PrintedColumn::texts(name, rows.iter().map(|row| row.0.as_str())).total(Cell::text("Usage")),
        PrintedColumn::new(
            format!("Amount ({})", printer.currency()),
            ColumnKind::Money,
            rows.iter().map(|row| printer.cell(row.1, row.2)),
        )
        .total(amounts.total),
        PrintedColumn::new("Share", ColumnKind::Percent, rows.iter().map(|row| share(row.1, row.3)))
            .total(percent(if is_something { WHOLE } else { 0 })),
        PrintedColumn::new("Calls", ColumnKind::Quantity, rows.iter().map(|row| Printer::quantity(row.4)))
            .total(Printer::quantity(rows.iter().map(|row| row.4).sum())),
    ];
    let id = name.to_lowercase();
    Section {
        title: format!("Usage by {id}"),
        intro: Some("Before anything is taken off or added.".to_owned()),
        blocks: vec![Block::Table(Table::of_columns(id.clone(), columns))],
        id,
    }
}

impl CreditNote {
    /// The note as it is printed.
    pub fn document(&self, presentation: &Presentation) -> Document {
        let presentation = &presentation.unconverted();
        let printer = Printer::new(self.currency, presentation);
        let is_credit = self.header.kind == ClientDocument::CreditNote;
        let head = Head {
            title: if is_credit { "Credit note" } else { "Debit note" },
            header: &self.header,
            period: (&self.period, &self.time_zone),
            is_over: true,
            generated_at: self.generated_at,
        };
        let column = |of: fn(&super::credit::CreditLine) -> Money| {
            printer.column(&self.lines.iter().map(of).collect::<Vec<_>>())
        };
        let columns = vec![
            PrintedColumn::texts("Position", self.lines.iter().map(|line| line.text.as_str()))
                .total(Cell::text("Total")),
            PrintedColumn::texts("Time", self.lines.iter().map(|line| line.period.name.as_str())),
            PrintedColumn::new("Billed", ColumnKind::Money, column(|line| line.issued).cells),
            PrintedColumn::new("Corrected", ColumnKind::Money, column(|line| line.corrected).cells),
            PrintedColumn::amounts(
                format!("Difference ({})", printer.currency()),
                column(|line| line.amount),
            ),
        ];
        let section = Section {
            id: "lines".to_owned(),
            title: "Positions".to_owned(),
            intro: Some("Positions of the invoice that differ.".to_owned()),
            blocks: vec![Block::Table(Table::of_columns("lines", columns))],
        };
        let invoice = self.header.reference.as_deref().unwrap_or_default();
        let note = match self.invoice_issued_at {
            Some(at) => format!("on {invoice} of {}", local(at, &self.time_zone, DAY)),
            None => format!("on {invoice}"),
        };
        let label = if is_credit { "Given back" } else { "Added" };
        let amount = if is_credit { -self.payable } else { self.payable };
        let tile = Tile {
            label: label.to_owned(),
            value: printer.money_with_code(amount),
            note,
            tone: Tone::Neutral,
        };
        head.document(&printer, vec![tile], vec![section], presentation)
    }
}

impl Head<'_> {
    fn document(
        &self,
        printer: &Printer<'_>,
        tiles: Vec<Tile>,
        sections: Vec<Section>,
        presentation: &Presentation,
    ) -> Document {
        let (period, zone) = self.period;
        let fact = |label: &str, text: String| Fact { label: label.to_owned(), text };
        let mut facts = vec![
            fact("Period", format!("{}, {zone}", headline::days(period.window, zone))),
            fact("Currency", printer.currency().to_string()),
        ];
        facts.extend(self.header.issued_at.map(|at| fact("Issued", local(at, zone, DAY))));
        let reference = self.header.reference.as_ref().filter(|own| self.header.number.as_ref() != Some(own));
        facts.extend(reference.map(|own| fact("Invoice", own.clone())));
        let made =
            format!("{}, {}, generated {}", self.title, period.name, local(self.generated_at, zone, MINUTES));
        let mut document = Document {
            language: presentation.language.clone(),
            title: self.title.to_owned(),
            subtitle: headline::named(period, zone, self.is_over),
            status: headline::word(self.header.status).to_owned(),
            number: self.header.number.clone(),
            date: Some(local(self.header.issued_at.unwrap_or(self.generated_at), zone, DAY)),
            facts,
            parties: headline::both(self.header.issuer.as_ref(), self.header.recipient.as_ref()),
            tiles,
            sections,
            footer: vec![made],
            theme: presentation.theme.clone(),
        };
        document.reword(&presentation.texts);
        document
    }
}

impl Margin {
    /// The margin as it is printed. It is for oneself: no client gets any of it.
    pub fn document(&self, presentation: &Presentation) -> Document {
        let presentation = &presentation.unconverted();
        let header = ClientHeader::default();
        let zone = self.time_zone.as_str();
        let head = Head {
            title: "Margin",
            header: &header,
            period: (&self.period, zone),
            is_over: self.period.window.end() <= self.generated_at,
            generated_at: self.generated_at,
        };
        let printer = Printer::new(Currency::USD, presentation);
        let tiles = self.totals.iter().map(|total| {
            let own = Printer::new(total.currency, presentation);
            Tile {
                label: "Margin".to_owned(),
                value: own.money_with_code(total.margin),
                note: format!(
                    "{} of price, {} on cost",
                    part(total.margin_basis_points).text,
                    part(total.markup_basis_points).text
                ),
                tone: if total.margin.is_negative() { Tone::Bad } else { Tone::Neutral },
            }
        });
        let lists = [("client", &self.clients), ("project", &self.projects), ("agent", &self.agents)];
        let sections = lists.into_iter().filter(|(_, rows)| !rows.is_empty());
        let sections = sections.map(|(name, rows)| margin_section(name, rows, presentation)).collect();
        head.document(&printer, tiles.collect(), sections, presentation)
    }

    /// The margin for a terminal.
    pub fn to_table(&self) -> String {
        self.document(&Presentation::new()).to_text()
    }
}

fn part(basis_points: Option<i128>) -> Cell {
    basis_points.map_or_else(|| Cell::text("–"), |points| percent((points + points.signum() * 5) / 10))
}

/// One list. A row is rounded so that cost and margin are the price; rows of other currencies don't sum.
fn margin_section(name: &str, rows: &[MarginRow], presentation: &Presentation) -> Section {
    let printed: Vec<[Cell; 3]> = rows.iter().map(|row| cells(row, presentation)).collect();
    let column = |title: &str, index: usize| {
        let cell = |cells: &[Cell; 3]| cells.get(index).cloned().unwrap_or_default();
        PrintedColumn::new(title, ColumnKind::Money, printed.iter().map(cell))
    };
    let mut columns = vec![PrintedColumn::texts("Client", rows.iter().map(|row| row.client.as_str()))];
    if rows.iter().any(|row| row.name.is_some()) {
        let names = rows.iter().map(|row| row.name.clone().unwrap_or_default());
        columns.push(PrintedColumn::texts(capital(name), names));
    }
    columns.extend([
        column("Cost", 0),
        column("Price", 1),
        column("Margin", 2),
        PrintedColumn::texts("Currency", rows.iter().map(|row| row.currency.code())),
        PrintedColumn::new(
            "Of price",
            ColumnKind::Percent,
            rows.iter().map(|row| part(row.margin_basis_points)),
        ),
        PrintedColumn::new(
            "On cost",
            ColumnKind::Percent,
            rows.iter().map(|row| part(row.markup_basis_points)),
        ),
    ]);
    let told = |row: &MarginRow| match (&row.note, row.restated) {
        (Some(note), _) => Some(format!("{}: {note}", row.client)),
        (None, restated) if restated != Money::ZERO && row.name.is_none() => {
            Some(format!("{}: restated by corrections of cost of {restated} USD", row.client))
        }
        _ => None,
    };
    let notes: Vec<String> =
        if name == "client" { rows.iter().filter_map(told).collect() } else { Vec::new() };
    let mut blocks = vec![Block::Table(Table::of_columns(format!("margin-{name}"), columns))];
    blocks.extend((!notes.is_empty()).then_some(Block::Notes(notes)));
    Section { id: format!("margin-{name}"), title: format!("By {name}"), intro: None, blocks }
}

/// Cost, price and margin as printed.
fn cells(row: &MarginRow, presentation: &Presentation) -> [Cell; 3] {
    let printer = Printer::new(row.currency, presentation);
    let Some((price, margin)) = row.price.zip(row.margin) else {
        return [printer.money(row.cost_converted), Cell::text("–"), Cell::text("–")];
    };
    let parts = printer.column(&[row.cost_converted, margin]);
    let mut cells = parts.cells.into_iter();
    let (cost, left) = (cells.next().unwrap_or_default(), cells.next().unwrap_or_default());
    debug_assert_eq!(row.cost_converted + margin, price);
    [cost, parts.total, left]
}
