//! Sixty-four threads race for the last dollar: ten calls of ten cents fit, and not one more.
//!
//! Run it with `cargo run --package bursar-examples --bin race`.

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use bursar::{Bursar, Call, Decision, Dimension, Policy, Result, Usage};
use std::{
    sync::atomic::{AtomicU32, Ordering},
    thread,
};

const POLICY: &str = r#"
[[budgets]]
name = "dollar"
match = "everything"
limit = "1 USD"
period = "day"

[[prices.overrides]]
provider = "private"
model = "ten-cents"
input_mtok = "1"
output_mtok = "1"
"#;

fn main() -> Result<()> {
    let bursar = Bursar::builder().policy(Policy::from_toml(POLICY)?).in_memory()?;
    let (admitted, refused) = (AtomicU32::new(0), AtomicU32::new(0));
    thread::scope(|threads| {
        let calls: Vec<_> = (0..64).map(|_| threads.spawn(|| call(&bursar, &admitted, &refused))).collect();
        calls.into_iter().try_for_each(|call| call.join().unwrap_or(Ok(())))
    })?;
    println!("{} admitted, {} refused", admitted.into_inner(), refused.into_inner());
    for budget in bursar.budgets() {
        println!("{}: {} USD spent, {} USD held", budget.name, budget.spent, budget.held);
    }
    Ok(())
}

/// A call of exactly ten cents.
fn call(bursar: &Bursar, admitted: &AtomicU32, refused: &AtomicU32) -> Result<()> {
    let (scope, model) = (bursar.scope(&[("team", "data")])?, bursar.model(None, "ten-cents")?);
    match bursar.reserve(&scope, &Call::new(&model, 50_000).max_output_tokens(50_000))? {
        Decision::Admitted(hold) => {
            let usage = Usage::new().with(Dimension::InputUncached, 50_000).with(Dimension::Output, 50_000);
            bursar.settle(&hold, &usage)?;
            admitted.fetch_add(1, Ordering::Relaxed);
        }
        _ => {
            refused.fetch_add(1, Ordering::Relaxed);
        }
    }
    Ok(())
}
