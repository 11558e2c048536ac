//! Who spends, and against what.

use crate::scene::{priced, stepped, usd};
use bursar::{
    Action, Budget, BudgetOptions, Bursar, Calendar, Level, Money, Period, Policy, PriceOverride, Scope,
    Selector, Step, SuspendTarget, TagKey, Throttle, Trigger,
};
use std::time::Duration;

/// A model whose price depends on its terms, on the size of its input, and on the policy.
fn tiered(limits: u64) -> PriceOverride {
    let dollars = 1 + limits % 3;
    let price = format!(
        r#"{{ "provider": "private", "model": "tiered", "input_mtok": "0.000001", "output_mtok": "{dollars}",
            "variants": [{{ "when": {{ "input_gt": 100 }}, "output_mtok": "3" }},
                {{ "when": {{ "service_tier": "priority" }}, "multiply": "2" }},
                {{ "when": {{ "processing": "batch" }}, "multiply": "1/3" }}] }}"#
    );
    serde_json::from_str(&price).unwrap()
}

/// Somebody who calls models.
#[derive(Debug)]
pub(super) struct Agent {
    pub(super) scope: Scope,
}

/// Three teams with agents, runs, and agents of agents.
pub(super) fn agents(bursar: &Bursar) -> Vec<Agent> {
    let mut agents = Vec::new();
    for (team, agent, run) in
        [("data", "a1", "r1"), ("data", "a2", "r2"), ("search", "a3", "r3"), ("marketing", "a1", "r4")]
    {
        let scope = bursar.scope(&[("team", team), ("agent", agent), ("run", run)]).unwrap();
        let child =
            bursar.child_scope(&scope, &[("agent", "helper"), ("run", &format!("{run}-sub"))]).unwrap();
        agents.extend([Agent { scope }, Agent { scope: child }]);
    }
    agents
}

/// Budgets of every kind, with limits drawn from a number. `everything` never refuses, and counts all.
pub(super) fn policy(limits: u64) -> Policy {
    let limit = |place: u64, base: i128| {
        let percent = 50 + (limits >> (place * 7)) % 128;
        Money::from_pico(usd("0.01").pico() * base * i128::from(percent) / 100).to_string()
    };
    let spend = |percent, action| Step { trigger: Trigger::Spend { percent }, action };
    let alert = spend(90, Action::Alert(Level::Info));
    let suspend = |percent| spend(percent, Action::Suspend(SuspendTarget::Scope));
    let rolling = Period::Rolling { length: Duration::from_hours(3) };
    let busy = spend(50, Action::Throttle(Throttle::Concurrency(6)));
    let mut policy = priced()
        .with_prices([tiered(limits)])
        .with_budget(stepped("everything", "", "100000", Period::Once, vec![alert.clone()]))
        .with_budget(stepped(
            "all",
            "",
            &limit(0, 900),
            Period::Month,
            vec![alert, suspend(80), suspend(100)],
        ))
        .with_budget(stepped(
            "data",
            "team = \"data\"",
            &limit(1, 150),
            Period::Day,
            vec![busy, suspend(100)],
        ))
        .with_budget(stepped("slide", "team != \"data\"", &limit(2, 60), rolling, vec![suspend(100)]))
        .with_budget(per_agent(&limit(3, 30)));
    if limits.is_multiple_of(3) {
        policy = policy.with_budget(stepped("runs", "", &limit(4, 200), Period::Run, vec![suspend(100)]));
    }
    policy
}

fn per_agent(limit: &str) -> Budget {
    let stop = Action::Suspend(SuspendTarget::Agent);
    let calendar = Calendar::new(Period::Hour, "Asia/Kolkata").unwrap();
    let options = BudgetOptions::new("agents", Selector::everything(), usd(limit), calendar);
    let steps = vec![
        Step { trigger: Trigger::Spend { percent: 95 }, action: stop },
        Step { trigger: Trigger::Spend { percent: 100 }, action: Action::Suspend(SuspendTarget::Scope) },
    ];
    Budget::new(BudgetOptions { per: vec![TagKey::AGENT], steps, ..options }).unwrap()
}
