//! The ledger that a command is about: its first argument, and the policy that its agents run with.

use crate::options::{Fault, Given, Outcome};
use bursar::{Builder, Bursar, Policy, ReportRules};
use std::{path::Path, sync::Arc};

/// The ledger for looking, also while another process writes it.
pub(crate) fn for_reading(given: &Given) -> Outcome<Bursar> {
    let (path, builder) = builder(given)?;
    Ok(builder.open_for_reading(path)?)
}

/// The ledger for writing, beside the processes that share it.
pub(crate) fn for_writing(given: &Given) -> Outcome<Bursar> {
    let (path, builder) = builder(given)?;
    Ok(builder.shared(true).open(path)?)
}

/// Refuses a command that means nothing without a policy.
pub(crate) fn needs_policy(given: &Given) -> Outcome {
    let help = "give the policy that the agents run with: `--policy bursar.toml`";
    let missing =
        || Fault::new("budgets and recipients stand in the policy, which isn't in the ledger", help);
    given.get("policy").map(drop).ok_or_else(missing)
}

/// The rules of the policy that statements are made by.
pub(crate) fn rules(given: &Given) -> Outcome<Arc<ReportRules>> {
    let policy = given.get("policy").map_or_else(|| Ok(Policy::new()), Policy::from_file)?;
    Ok(Arc::clone(policy.report_rules()))
}

fn builder(given: &Given) -> Outcome<(&Path, Builder)> {
    let path = given.free().first().ok_or_else(|| Fault::usage(&"the ledger isn't named"))?;
    if !Path::new(path).is_file() {
        return Err(Fault::new(
            format!("there is no ledger at `{path}`"),
            "give the path of a ledger's file",
        ));
    }
    let policy = given.get("policy").map_or_else(|| Ok(Policy::new()), Policy::from_file)?;
    Ok((Path::new(path), Bursar::builder().policy(policy).resource_attributes("")))
}
