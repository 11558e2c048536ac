//! Invoices as they are printed: the months that they are compared with, and the positions.

use super::scene::{Scene, hold, spend};
use crate::*;

fn client(terms: &str) -> String {
    format!(
        "[[clients]]\nclient = \"acme\"\nlabels = {{ \"*\" = \"Assistant\" }}\n[[clients.terms]]\n{terms}\n"
    )
}

fn statement(bursar: &Bursar) -> ClientStatement {
    bursar.client_statement(&ClientRequest::new("acme").named("2026-10").previous_months(4)).unwrap()
}

fn months(statement: &ClientStatement) -> Vec<String> {
    statement.trend.iter().map(|month| format!("{} {}", month.period.name, month.total)).collect()
}

fn table<'d>(document: &'d Document, section: &str) -> Option<&'d Table> {
    let section = document.sections.iter().find(|own| own.id == section)?;
    section.blocks.iter().find_map(|block| if let Block::Table(table) = block { Some(table) } else { None })
}

const RETAINER: &str = "retainer = { fee = \"40\", includes = \"30\" }";

#[test]
fn a_retainer_is_not_compared_with_months_before_the_first_call() {
    let scene = Scene::new();
    let bursar = scene.open(&client(RETAINER));
    spend(&bursar, &[("client", "acme")], 1_000_000);
    let first = statement(&bursar);
    assert_eq!((first.total.to_string(), months(&first)), ("40".to_owned(), Vec::new()));
    let document = first.document(&Presentation::new());
    assert!(table(&document, "trend").is_none());
    assert_eq!(document.tiles.len(), 1, "nothing is compared with a month that nobody paid");
}

#[test]
fn a_month_without_a_call_counts_once_there_was_one_or_where_terms_say_when_they_begin() {
    let scene = Scene::new();
    scene.at("2026-07-03T12:00:00Z");
    let bursar = scene.open(&client(RETAINER));
    spend(&bursar, &[("client", "acme")], 1_000_000);
    scene.at("2026-10-02T12:00:00Z");
    spend(&bursar, &[("client", "acme")], 1_000_000);
    // June had no call and is left out, August and September had none either and were paid for.
    let expected = ["2026-09 40", "2026-08 40", "2026-07 40"];
    assert_eq!(months(&statement(&bursar)), expected);

    let scene = Scene::new();
    let bursar = scene.open(&client(&format!("from = \"2026-08-01\"\n{RETAINER}")));
    spend(&bursar, &[("client", "acme")], 1_000_000);
    assert_eq!(months(&statement(&bursar)), ["2026-09 40", "2026-08 40"]);
}

#[test]
fn calls_before_the_months_that_are_compared_are_no_reason_to_leave_one_out() {
    let scene = Scene::new();
    scene.at("2026-09-03T12:00:00Z");
    let bursar = scene.open(&client("markup = \"50 %\""));
    spend(&bursar, &[("client", "acme")], 1_000_000);
    scene.at("2026-10-02T12:00:00Z");
    spend(&bursar, &[("client", "acme")], 2_000_000);
    let own = statement(&bursar);
    assert_eq!(months(&own), ["2026-09 1.5"]);
    let change =
        own.document(&Presentation::new()).tiles.into_iter().find(|tile| tile.label == "Change").unwrap();
    assert_eq!((&*change.value, &*change.note), ("+100.0 %", "against 1.50 of 2026-09"));
}

#[test]
fn positions_have_unit_prices_where_there_are_any_and_what_wasnt_measured_stands_last() {
    let printed = |terms: &str| {
        let scene = Scene::new();
        let bursar = scene.open(&client(terms));
        let lost = hold(&bursar, &[("client", "acme")], 500_000);
        bursar.unresolved(lost.id()).unwrap();
        scene.at("2026-10-03T12:00:00Z");
        spend(&bursar, &[("client", "acme")], 1_000_000);
        let document = statement(&bursar).document(&Presentation::new());
        let positions = table(&document, "lines").unwrap();
        let heads: Vec<String> = positions.columns.iter().map(|column| column.title.clone()).collect();
        let rows: Vec<String> = positions
            .rows
            .iter()
            .map(|row| row.cells.iter().map(|cell| cell.text.as_str()).collect::<Vec<_>>().join(" | "))
            .collect();
        (heads.join(" | "), rows)
    };
    assert_eq!(
        printed("markup = \"20 %\""),
        (
            "Position | Quantity | Amount (USD)".to_owned(),
            vec![
                "Assistant, output | 1,000,000 | 1.20".to_owned(),
                "Assistant, other usage |  | 0.60".to_owned()
            ]
        )
    );
    assert_eq!(
        printed("prices = [{ output_mtok = \"4\" }]\nmarkup = \"20 %\"").0,
        "Position | Quantity | Unit price | Amount (USD)"
    );
}
