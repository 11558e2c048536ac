//! genai-prices' own table through the importer: string-equal decimals on every recorded case of theirs.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod support;

use bursar::PriceBook;
use bursar_prices::genai;
use support::{
    cases,
    genai::{Call, carrier, compare, find},
    settle, table, text,
};

const SOURCE: &str = "genai-prices-0.2.3/genai_prices/data.py";

fn imported() -> Option<PriceBook> {
    let table = genai::read(&table(SOURCE)?).expect("the table");
    assert!(table.left_out.is_empty(), "{:?}", table.left_out);
    Some(support::book(&table))
}

#[test]
fn every_case_of_the_grid_costs_the_same() {
    let (Some(cases), Some(book)) = (cases("genai_prices_grid.json.gz"), imported()) else { return };
    let mut differences = Vec::new();
    for case in &cases {
        let handle = find(&book, text(case, "provider"), text(case, "model"));
        let call = Call {
            handle: &handle,
            usage: case.get("usage").expect("usage"),
            context: case.get("context"),
            at: text(case, "timestamp"),
        };
        let expected = [text(case, "input_usd"), text(case, "output_usd"), text(case, "total_usd")];
        differences.extend(compare(case, &call, expected));
    }
    settle("genai_grid.toml", cases.len(), &differences);
}

#[test]
fn every_recorded_answer_costs_the_same() {
    let (Some(cases), Some(book)) = (cases("genai_prices_extract_priced.json.gz"), imported()) else {
        return;
    };
    let mut differences = Vec::new();
    for case in &cases {
        let Some(handle) = carrier(&book, text(case, "provider"), text(case, "expect_model_id")) else {
            panic!("{} {}", text(case, "provider"), text(case, "expect_model_id"));
        };
        let usage = case.get("expect_usage").expect("usage");
        let call = Call { handle: &handle, usage, context: None, at: "2026-11-23T12:00:00Z" };
        let expected =
            ["expect_input_usd", "expect_output_usd", "expect_total_usd"].map(|key| text(case, key));
        differences.extend(compare(case, &call, expected));
    }
    settle("genai_extract.toml", cases.len(), &differences);
}
