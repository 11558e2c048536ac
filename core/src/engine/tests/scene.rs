//! A ledger in a file under a policy, a clock that is turned by hand, and what the file's entries sum to.

use crate::*;
use std::{collections::BTreeMap, ops::ControlFlow, path::PathBuf, sync::Arc};

/// A dollar for a million tokens, so that an output of `n` tokens costs `n` millionths.
const PRICES: &str = r#"
[[prices.overrides]]
provider = "private"
model = "m"
input_mtok = "1"
output_mtok = "1"
"#;

pub(in crate::engine) struct Scene {
    clock: Arc<ManualClock>,
    folder: tempfile::TempDir,
}

pub(super) fn usd(text: &str) -> Money {
    text.parse().unwrap()
}

pub(super) fn october() -> ReportRequest {
    ReportRequest::named("2026-10", "UTC").unwrap()
}

pub(super) fn policy(text: &str) -> Policy {
    Policy::from_toml(&format!("{text}\n{PRICES}")).unwrap_or_else(|error| panic!("{error:#}"))
}

/// The rules for reports of a policy.
pub(super) fn rules(text: &str) -> ReportRules {
    policy(text).report_rules().as_ref().clone()
}

impl Scene {
    /// The second of October 2026, at noon.
    pub(in crate::engine) fn new() -> Self {
        let clock = Arc::new(ManualClock::new("2026-10-02T12:00:00Z".parse().unwrap()));
        Self { clock, folder: tempfile::tempdir().unwrap() }
    }

    pub(in crate::engine) fn open(&self, text: &str) -> Bursar {
        let builder = Bursar::builder().policy(policy(text)).clock(Arc::clone(&self.clock));
        builder.resource_attributes("").open(self.path()).unwrap()
    }

    pub(in crate::engine) fn path(&self) -> PathBuf {
        self.folder.path().join("ledger.db")
    }

    pub(in crate::engine) fn at(&self, text: &str) {
        self.clock.set(text.parse().unwrap());
    }

    /// What the entries of a window sum to, read from the file by itself.
    pub(super) fn booked(&self, window: Window) -> Money {
        let mut sum = Money::ZERO;
        let mut store = SqliteStore::read(self.path()).unwrap();
        let read = store.entries(1, &mut |entry, _| {
            if entry.kind.is_booked() && window.contains(entry.effective_at) {
                sum += entry.amount;
            }
            ControlFlow::Continue(())
        });
        read.unwrap();
        sum
    }
}

pub(super) fn hold(bursar: &Bursar, tags: &[(&str, &str)], output: u64) -> Hold {
    let (scope, model) = (bursar.scope(tags).unwrap(), bursar.model(None, "m").unwrap());
    let decision = bursar.reserve(&scope, &Call::new(&model, 0).max_output_tokens(output)).unwrap();
    let Decision::Admitted(hold) = decision else {
        panic!("a call that fits is admitted, and was {decision:?}")
    };
    hold
}

/// Spends millionths of a dollar, and gives the entry's number.
pub(super) fn spend(bursar: &Bursar, tags: &[(&str, &str)], output: u64) -> u64 {
    let hold = hold(bursar, tags, output);
    bursar.settle(&hold, &Usage::new().with(Dimension::Output, output)).unwrap().entry
}

/// What each value of the first column is, as text.
pub(super) fn told(statement: &Statement) -> Vec<String> {
    let value = |row: &Row| row.values.first().unwrap_or_default().to_owned();
    statement.rows.iter().map(|row| format!("{} {}", value(row), row.cost)).collect()
}

/// What each value of a view is charged.
pub(super) fn charged(view: &AllocationView) -> BTreeMap<String, Money> {
    view.rows.iter().map(|row| (row.value.clone(), row.charged)).collect()
}

pub(super) fn view(statement: &Statement) -> &AllocationView {
    &statement.allocation.as_ref().unwrap().views[0]
}

/// Numbers from a seed that is written down.
pub(super) struct Numbers(pub(super) u64);

impl Numbers {
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    pub(super) fn pick<'v>(&mut self, values: &[&'v str]) -> &'v str {
        values[usize::try_from(self.below(values.len() as u64)).unwrap()]
    }
}

/// Calls of October by teams, agents and clients, some of them without a team.
pub(super) fn random_month(scene: &Scene, bursar: &Bursar, numbers: &mut Numbers) {
    for call in 0..20 + numbers.below(30) {
        scene.at(&format!(
            "2026-10-{:02}T{:02}:{:02}:00Z",
            2 + call / 2,
            numbers.below(24),
            numbers.below(60)
        ));
        let mut tags = vec![("agent", numbers.pick(&["crawler", "writer", "ranker"]))];
        let team = numbers.pick(&["data", "search", "platform", "legal", ""]);
        tags.extend((!team.is_empty()).then_some(("team", team)));
        tags.push(("client", numbers.pick(&["acme", "globex"])));
        spend(bursar, &tags, 1 + numbers.below(3_000_000));
    }
}
