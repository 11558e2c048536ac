//! LiteLLM's own table through the importer: each figure of its grid is the nearest double of ours, but for the noise
//! of adding and multiplying doubles.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]
#![allow(clippy::float_arithmetic, clippy::float_cmp, reason = "the peer's figures are doubles")]

mod support;

use bursar_prices::litellm;
use support::{
    Difference, cases,
    litellm::{double, excuse, find, is_near, price, terms},
    settle, table, text,
};

const SOURCE: &str = "litellm-1.106.2/litellm/model_prices_and_context_window_backup.json";

#[test]
fn every_case_of_the_grid_costs_the_same() {
    let (Some(cases), Some(source)) = (cases("litellm_grid.json.gz"), table(SOURCE)) else { return };
    let table = litellm::read(&source).expect("the table");
    let book = support::book(&table);
    let (mut differences, mut nearest, mut noisy) = (Vec::new(), 0, 0);
    for case in &cases {
        let handle = find(&book, text(case, "litellm_provider"), text(case, "key"));
        let theirs =
            ["prompt_usd", "completion_usd"].map(|key| text(case, key).parse::<f64>().expect("a double"));
        let found = price(&handle, case, &terms(case), |usage| usage);
        let kind = match &found {
            Ok(ours) if ours.iter().zip(theirs).all(|(ours, theirs)| double(*ours) == theirs) => {
                nearest += 1;
                continue;
            }
            Ok(ours) if is_near(*ours, theirs) => {
                noisy += 1;
                continue;
            }
            _ => excuse(&handle, case, theirs),
        };
        let shown = found.map(|all| all.map(|one| one.to_string()));
        let model = format!("{}:{}", text(case, "litellm_provider"), text(case, "key"));
        differences.push(Difference {
            model,
            kind,
            told: format!("{shown:?}, theirs {theirs:?} for {case:?}"),
        });
    }
    // What the head of the list says of the cases that aren't on it.
    assert_eq!((nearest, noisy), (2_725, 2_574));
    settle("litellm_grid.toml", cases.len(), &differences);
}
