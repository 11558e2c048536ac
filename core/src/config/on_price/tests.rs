//! What calls are billed at by the terms of a policy, and which budgets on price are refused.

use crate::budget::{CallPrices, PriceFactor, PriceSchedule};
use crate::engine::Policy;
use crate::error::ErrorCode;
use crate::report::BilledCalls;
use crate::tags::TagSet;
use crate::time::Timestamp;

const ACME: &str = r#"
[[clients]]
client = "acme"
[[clients.terms]]
until = "2026-11-15"
markup = "20 %"
[[clients.terms]]
from = "2026-11-15"
until = "2026-12-15"
markup = 20
discount = "5 %"
fee = "100"
minimum = "500"
"#;

fn schedule(policy: &str, tags: &[(&str, &str)]) -> PriceSchedule {
    let policy = Policy::from_toml(policy).unwrap();
    BilledCalls::new(policy.report_rules()).schedule(&TagSet::from_pairs(tags.iter().copied()).unwrap())
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn factor(markup: u32, discount: u32) -> PriceFactor {
    PriceFactor::new(markup, discount).unwrap()
}

#[test]
fn a_factor_is_markup_less_discount_from_the_first_instant_of_a_rule_to_before_its_last() {
    let (change, end) = (at("2026-11-15T00:00:00Z"), at("2026-12-15T00:00:00Z"));
    let expected = PriceSchedule::new([
        (Timestamp::MIN, factor(2_000, 0)),
        (change, factor(2_000, 500)),
        (end, PriceFactor::COST),
    ]);
    assert_eq!(schedule(ACME, &[("client", "acme")]), expected);
    for nobody in [&[("client", "other")][..], &[("team", "a")], &[("client", "unallocated")]] {
        assert_eq!(schedule(ACME, nobody), PriceSchedule::new([]));
    }
}

#[test]
fn a_virtual_tag_gives_a_call_the_prices_of_its_client_while_it_is_in_force() {
    let rules = r#"
[[virtual_tags]]
name = "acme's project"
match = { project = "site" }
set = { client = "acme" }
from = "2026-11-10"
until = "2026-12-01"
"#;
    let (from, change, end) =
        (at("2026-11-10T00:00:00Z"), at("2026-11-15T00:00:00Z"), at("2026-12-01T00:00:00Z"));
    let expected = PriceSchedule::new([
        (from, factor(2_000, 0)),
        (change, factor(2_000, 500)),
        (end, PriceFactor::COST),
    ]);
    let policy = format!("{ACME}{rules}");
    assert_eq!(schedule(&policy, &[("project", "site")]), expected);
    assert_eq!(schedule(&policy, &[("project", "other")]), PriceSchedule::new([]));
    let edges = BilledCalls::new(Policy::from_toml(&policy).unwrap().report_rules());
    assert_eq!(edges.edges(), [from, change, end, at("2026-12-15T00:00:00Z")]);
}

fn refused(budget: &str, clients: &str) -> Option<(String, String)> {
    let budget = format!("[[budgets]]\nname = \"b\"\nlimit = \"10 USD\"\nperiod = \"month\"\n{budget}\n");
    let error = Policy::from_toml(&format!("{budget}{clients}")).err()?;
    assert_eq!(error.code(), ErrorCode::BudgetInvalid, "{error:#}");
    let first = error.message().lines().next().unwrap_or_default().to_owned();
    Some((first, error.help().to_owned()))
}

#[test]
fn a_budget_on_price_over_a_client_with_a_price_list_or_steps_is_refused_with_the_way_out() {
    let list = "[[clients]]\nclient = \"globex\"\n[[clients.terms]]\nfrom = \"2026-10-01\"\n\
                markup = 10\nprices = [{ model = \"gpt-5-mini\", input_mtok = \"1\" }]\n";
    let steps = "[[clients]]\nclient = \"initech\"\n[[clients.terms]]\n\
                 steps = { by = \"spend\", above = [{ edge = \"1000\", discount = \"10 %\" }] }\n";
    let price = "basis = \"price\"\nmatch = ";
    let (message, help) = refused(&format!("{price}{{ client = \"globex\" }}"), list).unwrap();
    assert_eq!(
        message,
        "line 5, column 9: budgets[0].basis: budget `b` counts what its calls are billed at, and the terms of the \
         client `globex` from 2026-10-01T00:00:00Z on have a price list: a call's price is no fixed part of its \
         cost then"
    );
    assert_eq!(
        help,
        "bill the client by markup and discount, leave it out of `match`, or write `basis = \"cost\"`"
    );
    let (message, _) = refused(&format!("{price}\"everything\""), steps).unwrap();
    assert!(message.contains("the client `initech` at any time have volume steps"), "{message}");
    // Another client's list doesn't matter, nor does a budget on cost.
    let all = format!("{ACME}{list}{steps}");
    assert_eq!(refused(&format!("{price}{{ client = \"acme\" }}"), &all), None);
    assert_eq!(refused(&format!("{price}{{ not = {{ client = [\"globex\", \"initech\"] }} }}"), &all), None);
    assert_eq!(refused("match = \"everything\"", &all), None);
    // Unless a virtual tag may make a call its own.
    let tag = "[[virtual_tags]]\nname = \"v\"\nmatch = { project = \"x\" }\nset = { client = \"globex\" }\n";
    assert!(refused(&format!("{price}{{ project = \"y\" }}"), &format!("{list}{tag}")).is_some());
    assert_eq!(refused(&format!("{price}{{ client = \"acme\" }}"), &format!("{all}{tag}")), None);
    let replacing = format!("{tag}replace = true\n");
    assert!(refused(&format!("{price}{{ client = \"acme\" }}"), &format!("{all}{replacing}")).is_some());
}

#[test]
fn a_budget_on_price_over_nobody_with_terms_is_refused() {
    let price = "basis = \"price\"\nmatch = { client = \"acm\" }";
    let (message, help) = refused(price, ACME).unwrap();
    assert!(message.ends_with("no client that it covers has terms"), "{message}");
    assert_eq!(help, "add the client to `[[clients]]`, or write `basis = \"cost\"`");
}

#[test]
fn a_markup_of_a_thousand_times_is_refused() {
    assert!(PriceFactor::new(9_990_000, 0).is_ok());
    assert_eq!(PriceFactor::new(9_990_001, 0).unwrap_err().code(), ErrorCode::BudgetInvalid);
    assert_eq!(PriceFactor::new(u32::MAX, 10_000).unwrap(), PriceFactor::new(0, 10_000).unwrap());
}
