//! One model of exact prices, and what is said of it in a line.

use bursar::{
    Budget, BudgetOptions, BudgetStatus, Bursar, Calendar, Call, Decision, Dimension, Hold, ManualClock,
    Money, Period, Policy, Selector, Step, Usage,
};
use std::sync::Arc;

/// An amount.
pub fn usd(text: &str) -> Money {
    text.parse().unwrap()
}

/// A clock that stands at noon of a Tuesday.
pub fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new("2026-11-10T12:00:00Z".parse().unwrap()))
}

/// A budget with the standard steps; an empty selector takes every call.
pub fn budget(name: &str, selector: &str, limit: &str, period: Period) -> Budget {
    Budget::new(options(name, selector, limit, period)).unwrap()
}

/// A budget with steps of its own.
pub fn stepped(name: &str, selector: &str, limit: &str, period: Period, steps: Vec<Step>) -> Budget {
    Budget::new(BudgetOptions { steps, ..options(name, selector, limit, period) }).unwrap()
}

fn options(name: &str, selector: &str, limit: &str, period: Period) -> BudgetOptions {
    let selector = if selector.is_empty() { Selector::everything() } else { selector.parse().unwrap() };
    BudgetOptions::new(name, selector, usd(limit), Calendar::new(period, "UTC").unwrap())
}

/// A policy without budgets that prices `test-model`: a million output tokens cost a dollar, input half of it.
pub fn priced() -> Policy {
    let price =
        r#"{ "provider": "private", "model": "test-model", "input_mtok": "0.5", "output_mtok": "1" }"#;
    Policy::new().with_prices([serde_json::from_str(price).unwrap()])
}

/// [`priced`] with ten dollars a month for everybody, and one a day for marketing.
pub fn policy() -> Policy {
    priced().with_budget(budget("all", "", "10", Period::Month)).with_budget(budget(
        "marketing",
        "team = \"marketing\"",
        "1",
        Period::Day,
    ))
}

/// Output tokens; a million cost a dollar.
pub fn output(tokens: u64) -> Usage {
    Usage::new().with(Dimension::InputUncached, 0).with(Dimension::Output, tokens)
}

/// Asks for a call of a team, bounded by its output tokens.
pub fn reserve(bursar: &Bursar, team: &str, tokens: u64) -> bursar::Result<Decision> {
    reserve_keyed(bursar, team, tokens, None)
}

/// The same with a caller's key.
pub fn reserve_keyed(
    bursar: &Bursar,
    team: &str,
    tokens: u64,
    key: Option<&str>,
) -> bursar::Result<Decision> {
    let scope = bursar.scope(&[("team", team)])?;
    let model = bursar.model(None, "test-model")?;
    let call = Call::new(&model, 0).max_output_tokens(tokens);
    bursar.reserve(&scope, &if let Some(key) = key { call.key(key) } else { call })
}

/// A hold that must be given.
pub fn admit(bursar: &Bursar, team: &str, tokens: u64) -> Hold {
    admitted(reserve(bursar, team, tokens).unwrap())
}

/// The hold of a decision that must admit.
pub fn admitted(decision: Decision) -> Hold {
    match decision {
        Decision::Admitted(hold) => hold,
        refusal => panic!("{refusal}"),
    }
}

/// What a budget without instances stands at.
pub fn row(bursar: &Bursar, name: &str) -> BudgetStatus {
    bursar.budgets().into_iter().find(|row| &*row.name == name).unwrap()
}
