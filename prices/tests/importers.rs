//! The importers and the merge on small tables: what each rule of reading and of deciding means for a price.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod support;

use bursar::{Dimension, PriceBook, Terms, Usage};
use bursar_prices::{
    genai, litellm,
    merge::{Merged, Rule, Sources, merge},
    model::{Model, Table},
    read,
    sellers::Sellers,
};

const NOW: &str = "2026-11-23T12:00:00Z";

fn genai_table(models: &str) -> Table {
    let source =
        format!("import x\n\nproviders: list[Provider] = [Provider(id='maker', models=[{models}])]\n");
    genai::read(&source).expect("a table")
}

fn litellm_table(entries: &str) -> Table {
    litellm::read(&format!("{{\"sample_spec\": {{}}, {entries}}}")).expect("a table")
}

fn usage(pairs: &[(Dimension, u64)]) -> Usage {
    pairs.iter().copied().collect()
}

fn total(book: &PriceBook, model: &str, usage: &Usage, terms: &Terms, at: &str) -> String {
    match book.quote(None, model, usage, terms, at.parse().expect("a time")) {
        Ok(quote) => quote.total().to_string(),
        Err(error) => error.code().to_string(),
    }
}

#[test]
fn dates_hours_tiers_and_variants_of_genai_prices_become_cards() {
    let table = genai_table(
        "ModelInfo(id='m', match=ClauseOr(or_=[ClauseEquals(equals='m'), ClauseStartsWith(starts_with='fam-')]),
          prices=[
            ConditionalPrice(prices=ModelPrice(input_mtok=Decimal('1'))),
            ConditionalPrice(constraint=StartDateConstraint(start_date=datetime.date(2026, 8, 17)),
              prices=ModelPrice(input_mtok=TieredPrices(base=Decimal('2'), tiers=[Tier(start=200000, price=Decimal('4'))]))),
            ConditionalPrice(constraint=TimeOfDateConstraint(start_time=datetime.time(1, 0, tzinfo=datetime.UTC),
              end_time=datetime.time(4, 0, tzinfo=datetime.UTC)), prices=ModelPrice(input_mtok=Decimal('8'))),
          ],
          price_variants=[
            PriceVariant(when={'service_tier': 'default'}, prices=ModelPrice()),
            PriceVariant(when={'processing': 'batch'}, prices=ModelPrice(input_mtok=Decimal('0.18000000000000002'))),
            PriceVariant(when={'processing': 'batch'}, prices=ModelPrice(input_mtok=Decimal('9'))),
          ])",
    );
    assert_eq!(table.cleaned.len(), 2, "the price of batch in both cards");
    let book = support::book(&table);
    let (million, small) =
        (usage(&[(Dimension::InputUncached, 1_000_000)]), usage(&[(Dimension::InputUncached, 100)]));
    let (standard, batch) = (Terms::new(), Terms::new().processing("batch"));
    assert_eq!(total(&book, "m", &million, &standard, "2026-08-16T12:00:00Z"), "1");
    assert_eq!(total(&book, "m", &million, &standard, "2026-08-17T00:00:00Z"), "4");
    assert_eq!(total(&book, "m", &small, &standard, "2026-08-17T00:00:00Z"), "0.0002");
    assert_eq!(total(&book, "m", &small, &standard, "2026-08-17T03:59:59Z"), "0.0008");
    assert_eq!(total(&book, "m", &million, &batch, NOW), "0.18");
    assert_eq!(table.models[0].prefixes, ["fam-"], "the beginning of a family is no name");
}

#[test]
fn what_genai_prices_says_of_another_kind_is_listed() {
    let table = genai_table(
        "ModelInfo(id='m', match=ClauseEquals(equals='m'), prices=ModelPrice(input_gpixels=Decimal('1'), input_mtok=Decimal('1')))",
    );
    let listed: Vec<_> = table.left_out.iter().map(|one| (one.what.as_str(), one.model.as_str())).collect();
    assert_eq!(listed, [("input_gpixels", "maker/m")]);
}

#[test]
fn tiers_edges_and_reasoning_of_litellm_hold_together() {
    let table = litellm_table(
        r#""m": {"litellm_provider": "maker", "mode": "chat", "input_cost_per_token": 1e-06, "output_cost_per_token": 2e-06,
            "output_cost_per_reasoning_token": 4e-06, "input_cost_per_token_above_200k_tokens": 2e-06,
            "input_cost_per_token_priority": 3e-06, "output_cost_per_token_priority": 6e-06,
            "provider_specific_entry": {"us": 1.1}},
          "grok": {"litellm_provider": "xai", "mode": "chat", "input_cost_per_token": 1e-06,
            "input_cost_per_token_above_200k_tokens": 2e-06}"#,
    );
    let book = support::book(&table);
    let thought = usage(&[(Dimension::Output, 1_000_000), (Dimension::Reasoning, 500_000)]);
    let priority = Terms::new().service_tier("priority");
    assert_eq!(total(&book, "m", &thought, &Terms::new(), NOW), "3");
    assert_eq!(
        total(&book, "m", &thought, &priority, NOW),
        "6",
        "a tier's reasoning costs what its output costs"
    );
    let at_edge = usage(&[(Dimension::InputUncached, 200_000)]);
    let above = usage(&[(Dimension::InputUncached, 200_001)]);
    assert_eq!(total(&book, "m", &at_edge, &Terms::new(), NOW), "0.2");
    assert_eq!(
        total(&book, "grok", &at_edge, &Terms::new(), NOW),
        "0.4",
        "xAI's edge belongs to the dearer side"
    );
    assert_eq!(
        total(&book, "m", &above, &priority, NOW),
        "0.400002",
        "above the edge there is no price of the tier"
    );
    assert_eq!(total(&book, "m", &at_edge, &Terms::new().data_residency("us"), NOW), "0.22");
}

#[test]
fn ranges_of_litellm_end_with_their_last_token_and_keep_their_cache() {
    let table = litellm_table(
        r#""m": {"litellm_provider": "maker", "mode": "chat", "tiered_pricing": [
            {"range": [0, 32000.0], "input_cost_per_token": 1e-06, "cache_read_input_token_cost": 1e-07},
            {"range": [32000.0, 128000.0], "input_cost_per_token": 2e-06}]},
          "s": {"litellm_provider": "maker", "mode": "search", "tiered_pricing": [
            {"max_results_range": [0, 10], "input_cost_per_query": 1e-06}]}"#,
    );
    let book = support::book(&table);
    let of = |count| usage(&[(Dimension::CacheRead, count)]);
    assert_eq!(total(&book, "m", &of(32_000), &Terms::new(), NOW), "0.0032");
    assert_eq!(
        total(&book, "m", &of(50_000), &Terms::new(), NOW),
        "0.1",
        "a range without a price of the cache"
    );
    assert_eq!(total(&book, "m", &of(500_000), &Terms::new(), NOW), "1", "the last range has no end");
    assert_eq!(total(&book, "s", &Usage::new(), &Terms::new(), NOW), "model_unpriced");
    assert_eq!(table.left_out.len(), 1);
}

#[test]
fn a_zero_is_a_price_only_beside_prices() {
    let table = litellm_table(
        r#""e": {"litellm_provider": "maker", "mode": "embedding", "input_cost_per_token": 1e-06, "output_cost_per_token": 0.0},
          "z": {"litellm_provider": "maker", "mode": "chat", "input_cost_per_token": 0.0, "output_cost_per_token": 0.0},
          "ollama/o": {"litellm_provider": "ollama", "mode": "chat", "input_cost_per_token": 0.0}"#,
    );
    let book = support::book(&table);
    let both = usage(&[(Dimension::InputUncached, 1_000_000), (Dimension::Output, 5)]);
    assert_eq!(total(&book, "e", &both, &Terms::new(), NOW), "1");
    assert_eq!(total(&book, "z", &both, &Terms::new(), NOW), "model_unpriced");
    assert_eq!(total(&book, "ollama/o", &both, &Terms::new(), NOW), "0");
}

/// Merges two small tables under a rule for one provider.
fn merged(genai: &Table, litellm: &Table, rule: &str, overrides: &str) -> Merged {
    let sellers = format!(
        "[[sellers]]\nid = \"maker\"\ngenai = [\"maker\"]\nlitellm = [\"maker\", \"maker_eu\"]\n{rule}\n"
    );
    let overrides = read::models(overrides).expect("overrides");
    let sources =
        Sources { checked: &[], overrides: &overrides, aliases: &[], date: "2026-11-23", genai, litellm };
    merge(sources, &Sellers::read(&sellers).expect("sellers"))
}

fn models(merged: &Merged) -> &[Model] {
    &merged.sellers.get("maker").expect("the provider").1
}

#[test]
fn the_winner_is_completed_where_both_agree_and_else_kept_as_it_is() {
    let genai = genai_table(
        "ModelInfo(id='a', match=ClauseEquals(equals='a'), prices=ModelPrice(input_mtok=Decimal('1'), output_mtok=Decimal('2'))),
         ModelInfo(id='b', match=ClauseEquals(equals='b'), prices=ModelPrice(input_mtok=Decimal('1'), output_mtok=Decimal('2')))",
    );
    let litellm = litellm_table(
        r#""maker/a": {"litellm_provider": "maker", "input_cost_per_token": 1e-06, "output_cost_per_token": 2e-06, "cache_read_input_token_cost": 1e-07},
          "maker/b": {"litellm_provider": "maker", "input_cost_per_token": 3e-06, "output_cost_per_token": 2e-06, "cache_read_input_token_cost": 1e-07}"#,
    );
    let both = merged(&genai, &litellm, "", "");
    let [a, b] = models(&both) else { panic!("{:?}", models(&both)) };
    assert!(a.cards[0].rate("cache_read_mtok").is_some());
    assert!(b.cards[0].rate("cache_read_mtok").is_none(), "a price beside others is no price beside these");
    let told: Vec<_> =
        both.disagreements.iter().map(|one| (one.model.as_str(), one.price_key, one.rule)).collect();
    assert_eq!(told, [("b", "input_mtok", Rule::Genai)]);
    let other = merged(&genai, &litellm, "wins = \"litellm\"", "");
    assert_eq!(models(&other)[1].cards[0].rate("input_mtok").expect("a price").to_string(), "3");
}

#[test]
fn a_price_that_is_filled_in_moves_at_the_edge_too() {
    let genai = genai_table(
        "ModelInfo(id='a', match=ClauseEquals(equals='a'), prices=ModelPrice(
          input_mtok=TieredPrices(base=Decimal('1'), tiers=[Tier(start=1000, price=Decimal('2'))])))",
    );
    let litellm = litellm_table(
        r#""maker/a": {"litellm_provider": "maker", "input_cost_per_token": 1e-06, "input_cost_per_token_above_1k_tokens": 2e-06,
            "cache_creation_input_token_cost": 1.25e-06, "cache_creation_input_token_cost_above_1k_tokens": 2.5e-06}"#,
    );
    let both = merged(&genai, &litellm, "", "");
    let table = Table { models: models(&both).to_vec(), ..Table::default() };
    let book = support::book(&table);
    let written = |count| usage(&[(Dimension::CacheWrite5m, count)]);
    assert_eq!(total(&book, "a", &written(1_000), &Terms::new(), NOW), "0.00125");
    assert_eq!(total(&book, "a", &written(2_000), &Terms::new(), NOW), "0.005");
}

#[test]
fn a_tier_is_taken_with_its_edges_or_not_at_all() {
    let edged = "ModelInfo(id='a', match=ClauseEquals(equals='a'), prices=ModelPrice(
        input_mtok=TieredPrices(base=Decimal('1'), tiers=[Tier(start=1000, price=Decimal('2'))])))";
    let without = litellm_table(
        r#""maker/a": {"litellm_provider": "maker", "input_cost_per_token": 1e-06, "input_cost_per_token_priority": 3e-06,
            "provider_specific_entry": {"us": 1.1}}"#,
    );
    let both = merged(&genai_table(edged), &without, "", "");
    let table = Table { models: models(&both).to_vec(), ..Table::default() };
    let book = support::book(&table);
    let (small, large) =
        (usage(&[(Dimension::InputUncached, 1_000)]), usage(&[(Dimension::InputUncached, 2_000)]));
    let priority = Terms::new().service_tier("priority");
    assert_eq!(
        total(&book, "a", &small, &priority, NOW),
        "tier_unknown",
        "above the edge it would be too cheap"
    );
    assert_eq!(total(&book, "a", &large, &Terms::new().data_residency("us"), NOW), "0.0044");
    let with = litellm_table(
        r#""maker/a": {"litellm_provider": "maker", "input_cost_per_token": 1e-06, "input_cost_per_token_priority": 3e-06,
            "input_cost_per_token_above_1k_tokens": 2e-06, "input_cost_per_token_above_1k_tokens_priority": 6e-06}"#,
    );
    let both = merged(&genai_table(edged), &with, "", "");
    let table = Table { models: models(&both).to_vec(), ..Table::default() };
    let book = support::book(&table);
    assert_eq!(total(&book, "a", &small, &priority, NOW), "0.003");
    assert_eq!(total(&book, "a", &large, &priority, NOW), "0.012");
}

#[test]
fn an_override_replaces_both_and_a_currency_is_no_price() {
    let genai = genai_table(
        "ModelInfo(id='a', match=ClauseEquals(equals='a'), prices=ModelPrice(input_mtok=Decimal('1')))",
    );
    let litellm =
        litellm_table(r#""maker/e": {"litellm_provider": "maker", "input_cost_per_token": 6.7e-07}"#);
    let line = "models = [{ provider = \"maker\", model = \"a\", input_mtok = \"7\" }]";
    let both = merged(&genai, &litellm, "litellm_currency = \"EUR\"", line);
    let [a, e] = models(&both) else { panic!("{:?}", models(&both)) };
    assert_eq!(a.cards[0].rate("input_mtok").expect("a price").to_string(), "7");
    assert!(
        matches!(&e.cards[0].status, bursar_prices::model::Status::Unpriced(why) if why.contains("EUR only: 0.67"))
    );
}

#[test]
fn a_second_price_under_one_name_keeps_its_whole_key() {
    let litellm = litellm_table(
        r#""maker/a": {"litellm_provider": "maker", "input_cost_per_token": 1e-06},
          "maker_eu/a": {"litellm_provider": "maker_eu", "input_cost_per_token": 2e-06},
          "maker/b": {"litellm_provider": "maker", "input_cost_per_token": 1e-06},
          "maker_eu/b": {"litellm_provider": "maker_eu", "input_cost_per_token": 1e-06}"#,
    );
    let both = merged(&Table::default(), &litellm, "", "");
    let ids: Vec<_> = models(&both).iter().map(|model| model.id.as_str()).collect();
    assert_eq!(ids, ["a", "b", "maker_eu/a"]);
    assert_eq!(models(&both)[1].aliases[0].name, "maker_eu/b");
}

#[test]
fn a_moving_name_has_one_table_until_the_day_and_the_other_since() {
    let genai = genai_table(
        "ModelInfo(id='big-1', match=ClauseStartsWith(starts_with='big'), prices=ModelPrice(input_mtok=Decimal('2')))",
    );
    let litellm =
        litellm_table(r#""maker/big-latest": {"litellm_provider": "maker", "input_cost_per_token": 5e-07}"#);
    let both = merged(&genai, &litellm, "", "");
    let table = Table { models: models(&both).to_vec(), ..Table::default() };
    let book = support::book(&table);
    let million = usage(&[(Dimension::InputUncached, 1_000_000)]);
    assert_eq!(total(&book, "big-latest", &million, &Terms::new(), "2026-11-22T23:59:59Z"), "2");
    assert_eq!(total(&book, "big-latest", &million, &Terms::new(), "2026-11-23T00:00:00Z"), "0.5");
}
