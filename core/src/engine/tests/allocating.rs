//! Allocation from a policy to a statement: what is charged sums to what was booked, whoever asks and whatever the rules.

use super::scene::{Numbers, Scene, charged, october, random_month, spend, usd, view};
use crate::*;

const SHARED: &str = r#"
[[allocation]]
id = "platform"
match = { team = "platform" }
to = "team"
split = { by = "cost" }
"#;

const RECIPIENTS: &str = r#"
[[statement.recipients]]
match = { team = "data" }
name = "Data"

[[statement.recipients]]
match = { team = "search" }
name = "Search"

[[statement.recipients]]
match = { team = "legal" }
name = "Legal"
"#;

#[test]
fn shared_cost_is_charged_to_those_who_spend_and_the_ledger_keeps_it_where_it_was() {
    let scene = Scene::new();
    let bursar = scene.open(SHARED);
    spend(&bursar, &[("team", "data")], 3_000_000);
    spend(&bursar, &[("team", "search")], 1_000_000);
    let shared = spend(&bursar, &[("team", "platform")], 1_000_001);
    let statement = bursar.report(&october()).unwrap();
    let view = view(&statement);
    let told: Vec<_> = view
        .rows
        .iter()
        .map(|row| {
            format!(
                "{} {} +{} -{} = {}",
                row.value, row.direct, row.allocated_in, row.allocated_out, row.charged
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            "data 3 +0.75000075 -0 = 3.75000075",
            "search 1 +0.25000025 -0 = 1.25000025",
            "platform 1.000001 +0 -1.000001 = 0",
            "unallocated 0 +0 -0 = 0",
        ]
    );
    assert_eq!(statement.rows.iter().map(|row| row.cost).sum::<Money>(), statement.total);
    assert_eq!(bursar.full_entry(shared).unwrap().tags.get(&TagKey::TEAM), Some("platform"));
}

#[test]
fn a_recipients_head_says_what_it_is_charged_beside_what_its_own_calls_cost() {
    let scene = Scene::new();
    let bursar = scene.open(&format!("{RECIPIENTS}\n{SHARED}"));
    spend(&bursar, &[("team", "data")], 3_000_000);
    spend(&bursar, &[("team", "search")], 1_000_000);
    spend(&bursar, &[("team", "platform")], 1_000_001);
    scene.at("2026-11-01T09:00:00Z");
    let issued = bursar.close_period(&october()).unwrap();
    let head = |statement: &Statement| -> Vec<String> {
        let tiles = statement.document(&Presentation::new()).tiles;
        let shown = tiles.into_iter().filter(|tile| matches!(&*tile.label, "Total" | "Charged"));
        shown.map(|tile| format!("{}: {} ({})", tile.label, tile.value, tile.note)).collect()
    };
    assert_eq!(head(&issued[0]), ["Total: 5.00 USD (in 3 calls)"]);
    assert_eq!(
        head(&issued[1]),
        ["Total: 3.00 USD (in 1 call)", "Charged: 3.75 USD (+0.75 USD of shared cost, by team)"]
    );
}

#[test]
fn a_rule_that_begins_or_ends_in_the_month_moves_what_was_spent_meanwhile() {
    let scene = Scene::new();
    let bursar = scene.open(&format!("{SHARED}from = \"2026-10-10T12:30:00Z\"\nuntil = \"2026-10-20\"\n"));
    for (when, cost) in [
        ("2026-10-10T12:29:59Z", 1),
        ("2026-10-10T12:30:00Z", 20),
        ("2026-10-19T23:59:59Z", 300),
        ("2026-10-20T00:00:00Z", 4_000),
    ] {
        scene.at(when);
        spend(&bursar, &[("team", "platform")], cost);
        spend(&bursar, &[("team", "data")], 50_000);
    }
    let statement = bursar.report(&october()).unwrap();
    let charged = charged(view(&statement));
    assert_eq!((charged["data"], charged["platform"]), (usd("0.20032"), usd("0.004001")));
}

#[test]
fn a_tag_that_a_rule_sets_is_allocated_like_one_that_was_booked() {
    let scene = Scene::new();
    let bursar = scene.open(&format!(
        "{SHARED}\n[[virtual_tags]]\nmatch = {{ agent = \"crawler\" }}\nset = {{ team = \"platform\" }}"
    ));
    spend(&bursar, &[("agent", "crawler")], 600_000);
    spend(&bursar, &[("team", "data")], 2_000_000);
    spend(&bursar, &[("team", "search")], 1_000_000);
    spend(&bursar, &[("agent", "writer")], 7);
    let statement = bursar.report(&october()).unwrap();
    let charged = charged(view(&statement));
    let expected = [("data", "2.4"), ("search", "1.2"), ("platform", "0"), ("unallocated", "0.000007")];
    for (team, amount) in expected {
        assert_eq!(charged.get(team).copied().unwrap_or_default(), usd(amount), "{team}");
    }
}

/// Whoever is asked: the whole, each team by itself, the statements that are issued, and the entries of the file.
#[test]
fn every_teams_own_statement_says_what_the_whole_charges_it_and_all_sum_to_the_ledger() {
    const SEEDS: std::ops::Range<u64> = 0..12;
    for seed in SEEDS {
        let (scene, mut numbers) = (Scene::new(), Numbers(seed));
        let split = numbers.pick(&[
            "\"even\"",
            "{ by = \"cost\" }",
            "{ by = \"calls\" }",
            "{ by = \"output_tokens\" }",
            "{ by = \"seats\", weights = { data = 3, search = 4, legal = 1 } }",
        ]);
        let bursar = scene.open(&format!("{RECIPIENTS}\n{}", SHARED.replace("{ by = \"cost\" }", split)));
        random_month(&scene, &bursar, &mut numbers);
        scene.at("2026-11-01T09:00:00Z");
        let whole = bursar.report(&october()).unwrap();
        let charged = charged(view(&whole));
        let booked = scene.booked(whole.period.window);
        assert_eq!(charged.values().copied().sum::<Money>(), booked, "seed {seed}, {split}");
        assert_eq!(view(&whole).rows.iter().map(|row| row.direct).sum::<Money>(), booked, "seed {seed}");
        let issued = bursar.close_period(&october()).unwrap();
        assert_eq!(super::scene::charged(view(&issued[0])), charged, "seed {seed}");
        for (own, team) in issued[1..].iter().zip(["data", "search", "legal"]) {
            let row = view(own).row(team).cloned();
            assert_eq!(row.as_ref(), view(&whole).row(team), "seed {seed}, {team}");
        }
        let rest = ["platform", "unallocated"].map(|team| charged.get(team).copied().unwrap_or_default());
        let own = issued[1..].iter().zip(["data", "search", "legal"]);
        let own: Money = own.filter_map(|(own, team)| view(own).row(team)).map(|row| row.charged).sum();
        assert_eq!(own + rest.into_iter().sum::<Money>(), booked, "seed {seed}");
    }
}
