//! The merged book beside both tables: every difference is another table's figure, a rule of ours, or a bug; and there
//! is no bug.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod support;

use bursar::{ModelHandle, PriceBook, Quote, Terms};
use bursar_prices::{genai, litellm, literal::Literal, read, sellers::Sellers};
use support::{Difference, cases, genai as theirs, litellm as lite, merged, settle, table, text};

/// A model of the merged book by a table's name of its provider.
fn in_book(
    book: &PriceBook,
    sellers: &Sellers,
    litellm: bool,
    provider: &str,
    model: &str,
) -> Option<ModelHandle> {
    let seller = sellers.of(litellm, provider);
    let stripped = seller.strip(model);
    // Perplexity sells models of others under names that begin with its own, and LiteLLM puts that before each name.
    let names = if litellm && seller.id == "perplexity" { [stripped, model] } else { [model, stripped] };
    names.iter().find_map(|name| book.find(Some(&seller.id), name).ok())
}

fn sellers() -> Sellers {
    let path = support::root().join("prices/sellers.toml");
    Sellers::read(&std::fs::read_to_string(path).expect("the sellers")).expect("the sellers")
}

/// The models that a person has put right or checked, with the word for it.
fn decided() -> Vec<(String, &'static str)> {
    let mut all = Vec::new();
    for (path, kind) in [
        ("prices/overrides.toml", "put_right"),
        ("core/src/pricing/data/anthropic.toml", "checked"),
        ("core/src/pricing/data/google.toml", "checked"),
        ("core/src/pricing/data/openai.toml", "checked"),
    ] {
        let text = std::fs::read_to_string(support::root().join(path)).expect("a book");
        for model in read::models(&text).expect("a book") {
            let names = model.aliases.iter().map(|alias| &alias.name).chain([&model.id]);
            all.extend(names.map(|name| (format!("{}/{name}", model.provider), kind)));
        }
    }
    all
}

/// Who decided a difference of data.
fn decider(decided: &[(String, &'static str)], name: &str, kind: &'static str) -> &'static str {
    let found = decided.iter().find(|(known, _)| known == name);
    found.filter(|_| kind.starts_with("data")).map_or(kind, |(_, decider)| decider)
}

/// Whether a quote uses a price that the table's own card doesn't have: then it is a matter of data.
fn has_other_rates(ours: &Quote, table: &Quote) -> bool {
    ours.lines().iter().any(|line| {
        let same = table.lines().iter().find(|other| other.dimension() == line.dimension());
        same.is_none_or(|other| other.rate() != line.rate())
    }) || ours.lines().len() != table.lines().len()
}

#[test]
fn every_difference_to_genai_prices_is_explained() {
    let Some(cases) = cases("genai_prices_grid.json.gz") else { return };
    let Some(source) = table("genai-prices-0.2.3/genai_prices/data.py") else { return };
    let own = support::book(&genai::read(&source).expect("the table"));
    let (book, sellers, decided) = (merged(), sellers(), decided());
    let mut differences = Vec::new();
    for case in &cases {
        let (provider, model) = (text(case, "provider"), text(case, "model"));
        let handle =
            in_book(&book, &sellers, false, provider, model).unwrap_or_else(|| panic!("{provider}/{model}"));
        let usage = case.get("usage").expect("usage");
        let call = theirs::Call {
            handle: &handle,
            usage,
            context: case.get("context"),
            at: text(case, "timestamp"),
        };
        let expected = [text(case, "input_usd"), text(case, "output_usd"), text(case, "total_usd")];
        let Some(mut difference) = theirs::compare(case, &call, expected) else { continue };
        let own = theirs::find(&own, provider, model);
        let table = theirs::Call { handle: &own, ..call };
        if matches!(difference.kind, "other_price" | "refused" | "float_noise") {
            difference.kind = decider(&decided, &difference.model, explain(&call, &table));
        }
        differences.push(difference);
    }
    settle("merged_genai.toml", cases.len(), &differences);
}

/// A difference of data: the merged book has other rates than the table's own card, or none where it has one.
fn explain(ours: &theirs::Call<'_>, table: &theirs::Call<'_>) -> &'static str {
    let given = theirs::terms(ours.context);
    let both = [given, Terms::new()];
    for terms in &both {
        match (ours.quote(terms), table.quote(terms)) {
            (Ok(ours), Ok(table)) if has_other_rates(&ours, &table) => return "data",
            (Err(_), Ok(_)) => return "data_none",
            (Ok(_), Err(_)) => return "data_more",
            _ => {}
        }
    }
    "bug"
}

#[test]
fn every_difference_to_litellm_is_explained() {
    let Some(cases) = cases("litellm_grid.json.gz") else { return };
    let Some(source) = table("litellm-1.106.2/litellm/model_prices_and_context_window_backup.json") else {
        return;
    };
    let own = support::book(&litellm::read(&source).expect("the table"));
    let (book, sellers, decided) = (merged(), sellers(), decided());
    let mut differences = Vec::new();
    for case in &cases {
        let (provider, key) = (text(case, "litellm_provider"), text(case, "key"));
        let figures =
            ["prompt_usd", "completion_usd"].map(|key| text(case, key).parse::<f64>().expect("a double"));
        let model = format!("{provider}:{key}");
        let Some(handle) = in_book(&book, &sellers, true, provider, key) else {
            differences.push(Difference { model, kind: "gone", told: "not in the newest table".to_owned() });
            continue;
        };
        let found = lite::price(&handle, case, &lite::terms(case), |usage| usage);
        if found.as_ref().is_ok_and(|ours| lite::is_near(*ours, figures)) {
            continue;
        }
        let kind = match lite::excuse(&handle, case, figures) {
            "other_price" => {
                let kind = explain_litellm(&handle, &lite::find(&own, provider, key), case);
                let seller = sellers.of(true, provider);
                decider(&decided, &format!("{}/{}", seller.id, seller.strip(key)), kind)
            }
            kind => kind,
        };
        let shown = found.map(|all| all.map(|one| one.to_string()));
        differences.push(Difference {
            model,
            kind,
            told: format!("{shown:?}, theirs {figures:?} for {case:?}"),
        });
    }
    settle("merged_litellm.toml", cases.len(), &differences);
}

fn explain_litellm(ours: &ModelHandle, table: &ModelHandle, case: &Literal) -> &'static str {
    for terms in [lite::terms(case), Terms::new()] {
        match (lite::quote(ours, case, &terms), lite::quote(table, case, &terms)) {
            (Ok(ours), Ok(table)) if has_other_rates(&ours, &table) => return "data",
            (Err(_), Ok(_)) => return "data_none",
            (Ok(_), Err(_)) => return "data_more",
            _ => {}
        }
    }
    "bug"
}
