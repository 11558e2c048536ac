//! An agent and its sub-agents spend from one run: whatever they start counts in its budget.
//!
//! Run it with `cargo run --package bursar-examples --bin subagents`.

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use bursar::{Bursar, Call, Decision, Dimension, Policy, Result, Scope, Usage};

const POLICY: &str = r#"
[[budgets]]
name = "a run"
match = "everything"
limit = "0.10 USD"
period = "run"
"#;

fn main() -> Result<()> {
    let bursar = Bursar::builder().policy(Policy::from_toml(POLICY)?).in_memory()?;
    let planner = bursar.scope(&[("team", "data"), ("agent", "planner"), ("run", "ticket-17")])?;
    work(&bursar, "planner", &planner)?;
    for agent in ["searcher", "writer", "checker"] {
        let scope = bursar.child_scope(&planner, &[("team", "data"), ("agent", agent), ("run", agent)])?;
        work(&bursar, agent, &scope)?;
    }
    // Another ticket has an amount of its own.
    let other = bursar.scope(&[("team", "data"), ("agent", "planner"), ("run", "ticket-18")])?;
    work(&bursar, "planner of another ticket", &other)
}

/// One call: ask, send, settle.
fn work(bursar: &Bursar, who: &str, scope: &Scope) -> Result<()> {
    let model = bursar.model(None, "claude-sonnet-4-5")?;
    match bursar.reserve(scope, &Call::new(&model, 4_000).max_output_tokens(2_000))? {
        Decision::Admitted(hold) => {
            let usage = Usage::new().with(Dimension::InputUncached, 4_000).with(Dimension::Output, 1_500);
            let settled = bursar.settle(&hold, &usage)?;
            println!("{who}: {} USD, of {} USD held", settled.cost, settled.bound);
        }
        Decision::Exceeded(exceeded) => println!(
            "{who}: refused, {} USD are left and {} output tokens would fit",
            exceeded.remaining, exceeded.affordable_output_tokens
        ),
        refusal => println!("{who}: {refusal}"),
    }
    Ok(())
}
