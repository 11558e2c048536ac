//! A stream is settled to the usage that it tells; one that breaks off is charged in full, once its hold expires.
//!
//! Run it with `cargo run --package bursar-examples --bin streams`.

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use bursar::{Api, Bursar, Call, Decision, Hold, ManualClock, Policy, StreamReader};
use std::{error::Error, sync::Arc, time::Duration};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const POLICY: &str = r#"
[[budgets]]
name = "search"
match = { team = "search" }
limit = "1 USD"
period = "day"
"#;

/// What a provider sends, as it arrives.
const EVENTS: [&str; 3] = [
    "data: {\"model\": \"gpt-5-mini\", \"choices\": [{\"delta\": {\"content\": \"Yes\"}}]}\n\n",
    "data: {\"model\": \"gpt-5-mini\", \"choices\": [{\"finish_reason\": \"stop\"}]}\n\nda",
    "ta: {\"choices\": [], \"usage\": {\"prompt_tokens\": 900, \"completion_tokens\": 120}}\n\ndata: [DONE]\n\n",
];

fn main() -> Result<()> {
    let clock = Arc::new(ManualClock::new("2026-11-23T08:00:00Z".parse()?));
    let bursar =
        Bursar::builder().policy(Policy::from_toml(POLICY)?).clock(Arc::clone(&clock)).in_memory()?;

    let hold = reserve(&bursar)?;
    println!("held {} USD", hold.bound());
    match read(&bursar, &hold, &EVENTS)? {
        Some(cost) => println!("the stream came to its end: {cost} USD"),
        None => println!("nobody knows what the stream cost"),
    }
    show(&bursar);

    let hold = reserve(&bursar)?;
    match read(&bursar, &hold, &EVENTS[..1])? {
        Some(cost) => println!("the stream came to its end: {cost} USD"),
        None => println!("nobody knows what the stream cost"),
    }
    show(&bursar);
    clock.advance(Duration::from_mins(16));
    println!("sixteen minutes later");
    show(&bursar);
    Ok(())
}

fn reserve(bursar: &Bursar) -> Result<Hold> {
    let (scope, model) = (bursar.scope(&[("team", "search")])?, bursar.model(None, "gpt-5-mini")?);
    match bursar.reserve(&scope, &Call::new(&model, 1_000).max_output_tokens(400))? {
        Decision::Admitted(hold) => Ok(hold),
        refusal => Err(refusal.to_string().into()),
    }
}

/// Reads the events as they pass by, and settles to what they told.
fn read(bursar: &Bursar, hold: &Hold, events: &[&str]) -> Result<Option<String>> {
    let mut reader = StreamReader::new(Api::Chat);
    for event in events {
        reader.push(event.as_bytes());
    }
    Ok(bursar.settle_answer(hold, &reader.finish())?.map(|settled| settled.cost.to_string()))
}

fn show(bursar: &Bursar) {
    for budget in bursar.budgets() {
        println!("{}: {} USD spent, {} USD held", budget.name, budget.spent, budget.held);
    }
}
