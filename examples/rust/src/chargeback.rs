//! Agents of several teams spend against budgets, and the month's chargeback is printed.
//!
//! Run it with `cargo run --package bursar-examples --bin chargeback`.

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use bursar::{Bursar, Call, Decision, Dimension, ManualClock, Policy, ReportRequest, Result, Usage};
use std::{
    sync::{Arc, mpsc},
    time::Duration,
};

const POLICY: &str = r#"
[taxonomy]
required = ["team", "agent"]

[[budgets]]
name = "marketing"
match = { team = "marketing" }
limit = "2.00 USD"
period = "month"

[[budgets]]
name = "search"
match = { team = "search" }
limit = "0.50 USD"
period = "day"
steps = [
  { at = 50, do = "throttle", pace = true },
  { at = 100, do = "suspend" },
]

[[budgets]]
name = "agent"
match = {}
per = "agent"
limit = "0.60 USD"
period = "day"
steps = [
  { at = 80, do = "alert", level = "warning" },
  { at = 100, do = "suspend", what = "agent" },
]
"#;

/// Who calls which model: team, client, agent, model, and tokens in and out.
const AGENTS: [(&str, &str, &str, &str, u64, u64); 4] = [
    ("marketing", "acme-corp", "writer", "claude-sonnet-4-5", 3_000, 800),
    ("marketing", "globex", "editor", "gpt-5-mini", 6_000, 1_500),
    ("search", "acme-corp", "ranker", "gemini-2.5-flash", 9_000, 4_000),
    ("platform", "", "reviewer", "gpt-5", 12_000, 2_500),
];

fn main() -> Result<()> {
    // A program uses the machine's clock and a file; the scene plays on a day of its own, in memory.
    let clock = Arc::new(ManualClock::new("2026-11-23T08:00:00Z".parse()?));
    let bursar =
        Bursar::builder().policy(Policy::from_toml(POLICY)?).clock(Arc::clone(&clock)).in_memory()?;
    // Alerts come from a thread of their own; the scene shows them at the end of each hour.
    let (sender, alerts) = mpsc::channel();
    bursar.on_alert(move |alert| drop(sender.send(format!("{}: {alert}", alert.level.as_str()))))?;

    for hour in 0..10 {
        for (team, client, agent, model, tokens_in, tokens_out) in AGENTS {
            for _ in 0..5 {
                work(&bursar, &[("team", team), ("agent", agent)], client, (model, tokens_in, tokens_out))?;
            }
        }
        bursar.alerts().flush();
        for alert in alerts.try_iter() {
            println!("{alert}");
        }
        println!("-- {}:00", 9 + hour);
        clock.advance(Duration::from_hours(1));
    }

    let statement = bursar.report(&ReportRequest::named("2026-11", "UTC")?)?;
    println!("{}", statement.to_table());
    Ok(())
}

/// One call: ask, send, settle.
fn work(
    bursar: &Bursar,
    tags: &[(&str, &str)],
    client: &str,
    (model, tokens_in, tokens_out): (&str, u64, u64),
) -> Result<()> {
    let mut tags = tags.to_vec();
    if !client.is_empty() {
        tags.push(("client", client));
    }
    let (scope, model) = (bursar.scope(&tags)?, bursar.model(None, model)?);
    match bursar.reserve(&scope, &Call::new(&model, tokens_in).max_output_tokens(4_000))? {
        Decision::Admitted(hold) => {
            // Here the call goes out. Its answer says what it used.
            let usage =
                Usage::new().with(Dimension::InputUncached, tokens_in).with(Dimension::Output, tokens_out);
            bursar.settle(&hold, &usage)?;
        }
        refusal => println!("refused: {refusal}"),
    }
    Ok(())
}
