//! Errors asserted whole, and what else a book promises.

use super::{at, book};
use crate::{Dimension, Matched, PriceBook, PriceOverride, QuoteLine, Terms, Usage};

fn fault(keys: &str) -> String {
    format!("{:#}", book(keys).expect_err("a fault"))
}

#[test]
fn a_fault_of_a_book_names_the_line_the_model_and_the_nearest_key() {
    assert_eq!(
        fault("input_mtok = \"1\"\noutput_mtokk = \"2\""),
        "line 7: `maker/model-a`: `output_mtokk` is no key here (did you mean `output_mtok`, `input_mtok` or \
         `audio_output_mtok`?)\n  code: price_book_invalid\n  help: correct the price book"
    );
    assert_eq!(
        fault("input_mtok = 0.1"),
        "line 6: `maker/model-a`: `input_mtok` is the number 0.1, where text is expected\n  code: price_book_invalid\n  \
         help: put it in quotes, as `\"0.1\"`, so that no digit is lost"
    );
    assert_eq!(
        fault("input_mtok = \"0\""),
        "line 6: `maker/model-a`: `input_mtok` is `0`, and a price is above zero\n  code: price_book_invalid\n  help: \
         write `\"free\"` where the provider charges nothing"
    );
}

#[test]
fn a_fault_of_the_text_names_its_line() {
    let error = PriceBook::parse("format = 1\ndate = \n").expect_err("a fault");
    assert!(error.message().starts_with("line 2: "), "{error}");
}

#[test]
fn an_unknown_model_names_the_nearest_ones() {
    let book = PriceBook::bundled().expect("the bundled book");
    let error = book.find(Some("anthropic"), "claude-hiaku-4-5").expect_err("an unknown name");
    assert_eq!(
        error.to_string(),
        "the model `claude-hiaku-4-5` of `anthropic` is in no price book (did you mean `claude-haiku-4-5`, \
         `claude-haiku-4.5` or `claude-haiku-5-5`?)"
    );
    assert_eq!(error.context()[1], ("nearest", "claude-haiku-4-5".to_owned()));
}

#[test]
fn a_misspelt_tier_names_what_there_is() {
    let book = book(
        "input_mtok = \"1\"\nvariants = [{ when = { service_tier = [\"priority\", \"flex\"] }, multiply = \"2\" }]",
    );
    let handle = book.expect("a book").find(None, "model-a").expect("the model");
    let usage = Usage::new().with(Dimension::InputUncached, 1);
    let error = handle.quote(&usage, &Terms::new().service_tier("Prioirty"), at("2026-11-23T00:00:00Z"));
    assert_eq!(
        error.expect_err("an unknown tier").to_string(),
        "`prioirty` is no service tier of `maker/model-a`: it has `flex` and `priority` (did you mean `priority`?)"
    );
}

#[test]
fn the_version_follows_the_content_and_not_its_spelling() {
    let version = |keys: &str| book(keys).expect("a book").version().to_string();
    let plain = version("input_mtok = \"1\"\noutput_mtok = \"2\"");
    assert_eq!(plain, version("# a remark\noutput_mtok = \"2\"\n\ninput_mtok   = '1'"));
    assert_ne!(plain, version("input_mtok = \"1\"\noutput_mtok = \"3\""));
    // Written into ledgers, so it may never change.
    assert_eq!(plain, "2026-11-23-498d444fad848c1ed9d7ccded0fcf428");
}

#[test]
fn overrides_make_a_new_version_and_leave_the_old_book_alone() {
    let book = book("input_mtok = \"1\"\noutput_mtok = \"2\"").expect("a book");
    let price: PriceOverride = toml::from_str(
        "provider = \"maker\"\nmodel = \"model-a\"\ninput_mtok = \"3\"\nfrom = 2026-01-01T00:00:00Z",
    )
    .expect("an override");
    let changed = book.with_overrides(std::slice::from_ref(&price)).expect("a book");
    assert_ne!(book.version(), changed.version());
    assert_eq!(book.with_overrides(&[]).expect("a book").version(), book.version());
    let usage = Usage::new().with(Dimension::InputUncached, 1_000_000);
    let total = |book: &PriceBook, when: &str| {
        book.quote(None, "model-a", &usage, &Terms::new(), at(when)).expect("a quote").total().to_string()
    };
    assert_eq!(total(&book, "2026-06-01T00:00:00Z"), "1");
    assert_eq!(total(&changed, "2026-06-01T00:00:00Z"), "3");
    assert_eq!(total(&changed, "2025-06-01T00:00:00Z"), "1");
    let twice = changed.with_overrides(&[price]).expect_err("two at once");
    assert_eq!(twice.to_string(), "`maker/model-a` has two overrides at 2026-01-01T00:00:00Z");
}

#[test]
fn a_float_in_an_override_says_to_quote_it() {
    let error = toml::from_str::<PriceOverride>("provider = \"a\"\nmodel = \"b\"\ninput_mtok = 0.1")
        .expect_err("a float");
    assert!(
        error.message().contains("`input_mtok` is the number 0.1, where text is expected; put it in quotes"),
        "{error}"
    );
}

#[test]
fn a_quote_explains_itself() {
    let book = book("input_mtok = \"0.5\"\noutput_mtok = \"1.5\"").expect("a book");
    let usage =
        Usage::from([(Dimension::InputUncached, 100), (Dimension::CacheRead, 50), (Dimension::Output, 10)]);
    let quote =
        book.quote(None, "Model-A", &usage, &Terms::new(), at("2026-11-23T00:00:00Z")).expect("a quote");
    assert_eq!(quote.matched(), Matched::Normalised);
    assert_eq!(
        quote.to_string(),
        format!(
            "0.00009 USD (normalised, prices {})\n  input_uncached 100 x 0.0000005 = 0.00005\n  cache_read 50 x \
             0.0000005 = 0.000025 (at the rate of input_uncached)\n  output 10 x 0.0000015 = 0.000015",
            book.version()
        )
    );
    assert_eq!(quote.assumptions().map(QuoteLine::dimension).collect::<Vec<_>>(), [Dimension::CacheRead]);
}

#[test]
fn usage_goes_through_json_by_our_names() {
    let usage = Usage::from([(Dimension::InputUncached, 5), (Dimension::CacheWrite1h, 7)]);
    let text = serde_json::to_string(&usage).expect("JSON");
    assert_eq!(text, r#"{"input_uncached":5,"cache_write_1h":7}"#);
    assert_eq!(serde_json::from_str::<Usage>(&text).expect("usage"), usage);
    for wrong in [r#"{"input":1}"#, r#"{"output":-1}"#, r#"{"output":1,"output":1}"#, r#"{"output":1.5}"#] {
        assert!(serde_json::from_str::<Usage>(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn every_kind_of_usage_has_a_price_key_that_leads_back_to_it() {
    for dimension in Dimension::ALL {
        let key = dimension.price_key();
        assert_eq!(Dimension::from_price_key(&key).map(|(found, _)| found), Some(*dimension), "{key}");
        assert_eq!(dimension.as_str().parse::<Dimension>().expect("a name"), *dimension);
    }
}

#[test]
fn the_served_tier_wins_where_the_answer_names_one() {
    let requested = Terms::new().service_tier("priority");
    assert_eq!(requested.clone().served(""), requested);
    assert_eq!(requested.clone().served("default"), Terms::new());
    assert_eq!(requested.served("flex"), Terms::new().service_tier("FLEX"));
}
