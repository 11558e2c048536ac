//! Spreadsheets are read back by another library: what stands in them is what is printed, and it adds up.

use crate::ledger::MemoryStore;
use crate::money::Money;
use crate::report::document::{Block, Presentation};
use crate::report::tests::{Ledger, Random, company, november, random_call, usd};
use crate::report::{ReportRequest, Statement};
use crate::time::Window;
use calamine::{Data, Range, Reader as _, Xlsx};
use std::io::Cursor;

fn statement() -> Statement {
    company().statement(&november(), &[], "2026-11-16T09:00:00Z")
}

struct Book(Xlsx<Cursor<Vec<u8>>>);

impl Book {
    fn of(statement: &Statement) -> Self {
        let bytes = statement.to_xlsx(&Presentation::new()).unwrap();
        Self(Xlsx::new(Cursor::new(bytes)).unwrap())
    }

    fn values(&mut self, sheet: &str) -> Range<Data> {
        self.0.worksheet_range(sheet).unwrap()
    }

    fn formulas(&mut self, sheet: &str) -> Vec<String> {
        let range = self.0.worksheet_formula(sheet).unwrap();
        range.used_cells().map(|(_, _, formula)| formula.clone()).collect()
    }
}

/// A spreadsheet's number to the cent.
fn cents(data: &Data) -> Option<i128> {
    let number = match data {
        Data::Float(number) => format!("{number:.2}"),
        Data::Int(number) => format!("{number}.00"),
        _ => return None,
    };
    Some(usd(&number).pico() / 10_000_000_000)
}

#[test]
fn every_table_of_the_document_is_a_sheet_that_shows_the_same() {
    let statement = statement();
    let document = statement.document(&Presentation::new());
    let mut book = Book::of(&statement);
    let mut sheets = book.0.sheet_names().into_iter().skip(1);
    for section in &document.sections {
        for block in &section.blocks {
            let Block::Table(table) = block else { continue };
            let sheet = sheets.next().unwrap();
            let values = book.values(&sheet);
            let rows = table.rows.len() + usize::from(table.total.is_some()) + 1;
            assert_eq!(values.height(), rows, "{sheet}");
            let first: Vec<_> = values.rows().skip(1).map(|row| row[0].to_string()).collect();
            let printed = table.rows.iter().chain(&table.total).map(|row| row.cells[0].text.clone());
            if table.columns[0].kind == crate::report::ColumnKind::Text {
                assert_eq!(first, printed.collect::<Vec<_>>(), "{sheet}");
            }
        }
    }
    assert_eq!(sheets.next().as_deref(), Some("Detail"));
}

#[test]
fn totals_are_sums_whose_value_is_the_printed_total() {
    let statement = statement();
    let mut book = Book::of(&statement);
    let sheets = book.0.sheet_names();
    let by_team = &sheets[1];
    let values = book.values(by_team);
    let rows: Vec<_> = values.rows().collect();
    let place = rows[0].iter().position(|head| head.to_string().starts_with("Cost")).unwrap();
    let column: Vec<i128> = rows[1..].iter().map(|row| cents(&row[place]).unwrap()).collect();
    let (total, parts) = column.split_last().unwrap();
    assert_eq!((parts.iter().sum::<i128>(), *total), (216_744, 216_744), "{by_team}");
    assert!(book.formulas(by_team).iter().any(|formula| formula.starts_with("SUM(")), "{by_team}");
}

#[test]
fn the_detail_has_every_digit_and_sums_to_the_total() {
    for seed in 0..12 {
        let mut random = Random(seed);
        let period = Window::named("2026-11-10", "UTC").unwrap();
        let mut ledger = Ledger::new(MemoryStore::new());
        for _ in 0..random.below(60) {
            random_call(&mut random, &mut ledger, period.end());
        }
        let request = ReportRequest::new("UTC").period(period);
        let statement = ledger.statement(&request, &[], "2026-11-12T00:00:00Z");
        let values = Book::of(&statement).values("Detail");
        let exact: Vec<Money> = values.rows().skip(1).map(|row| usd(&row[8].to_string())).collect();
        let (total, parts) = exact.split_last().unwrap();
        assert_eq!(
            (*total, parts.iter().copied().sum::<Money>()),
            (statement.total, statement.total),
            "seed {seed}"
        );
        let doubles: Vec<_> = values.rows().skip(1).map(|row| cents(&row[7]).unwrap()).collect();
        let near = doubles.last().unwrap() - usd(&statement.total.to_fixed(2)).pico() / 10_000_000_000;
        assert!(near.abs() <= 1, "seed {seed}");
    }
}

#[test]
fn no_text_becomes_a_formula() {
    let mut book = Book::of(&statement());
    for sheet in book.0.sheet_names() {
        let formulas = book.formulas(&sheet);
        assert!(formulas.iter().all(|formula| formula.starts_with("SUM(")), "{sheet}: {formulas:?}");
    }
    let detail = book.values("Detail");
    assert!(detail.rows().any(|row| row[3] == Data::String("=HYPERLINK(\"http://x\")".to_owned())));
}

#[test]
fn the_same_statement_gives_the_same_bytes() {
    let made = || statement().to_xlsx(&Presentation::new()).unwrap();
    assert_eq!(made(), made());
    let later = company().statement(&november(), &[], "2026-11-16T09:00:01Z");
    assert_ne!(made(), later.to_xlsx(&Presentation::new()).unwrap());
}
