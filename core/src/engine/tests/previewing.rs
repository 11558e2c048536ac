//! Rules that are tried: the preview says what the statement says once they are in force, and changes nothing.

use super::scene::{Numbers, Scene, october, policy, random_month, rules, spend, usd};
use crate::*;
use std::collections::BTreeMap;

const IN_FORCE: &str = r#"
[[virtual_tags]]
match = { agent = "crawler" }
set = { team = "search" }
"#;

/// Rules for teams, some of them with both kinds, of which a preview takes any two.
const CHOICES: [&str; 5] = [
    "",
    IN_FORCE,
    r#"
[[virtual_tags]]
match = { agent = "writer" }
set = { team = "legal" }
replace = true
from = "2026-10-07T03:20:00Z"
"#,
    r#"
[[allocation]]
id = "platform"
match = { team = "platform" }
to = "team"
split = { by = "cost" }
"#,
    r#"
[[virtual_tags]]
match = { client = "acme" }
set = { team = "data" }

[[allocation]]
id = "legal"
match = { team = "legal" }
to = { team = ["data", "search"] }
split = { fixed = { data = 2500, search = 7500 } }
until = "2026-10-09T17:45:00Z"
"#,
];

/// What each team is charged by a statement: by allocation where rules have it, and else as it spent.
fn charged(statement: &Statement) -> BTreeMap<String, Money> {
    let view = statement.allocation.as_ref().and_then(|own| own.views.first());
    let spent = || {
        let value = |row: &Row| row.values.first().unwrap_or_default().to_owned();
        statement.rows.iter().map(|row| (value(row), row.cost)).collect()
    };
    let rows: Vec<(String, Money)> = view
        .map_or_else(spent, |view| view.rows.iter().map(|row| (row.value.clone(), row.charged)).collect());
    rows.into_iter().filter(|(_, amount)| *amount != Money::ZERO).collect()
}

fn teams(preview: &Preview, of: fn(&PreviewRow) -> Money) -> BTreeMap<String, Money> {
    let group = preview.groups.iter().find(|group| group.by == Grouping::TEAM).unwrap();
    let rows = group.rows.iter().map(|row| (row.value.clone(), of(row)));
    rows.filter(|(_, amount)| *amount != Money::ZERO).collect()
}

#[test]
fn a_preview_says_what_the_statement_says_once_its_rules_are_in_force() {
    for seed in 0..CHOICES.len() as u64 * 4 {
        let (scene, mut numbers) = (Scene::new(), Numbers(seed));
        let (before, after) = (numbers.pick(&CHOICES), numbers.pick(&CHOICES));
        let bursar = scene.open(before);
        random_month(&scene, &bursar, &mut numbers);
        scene.at("2026-10-30T12:00:00Z");
        let statement = bursar.report(&october()).unwrap();
        let preview = bursar.preview_rules(&october(), &rules(after)).unwrap();
        assert_eq!(preview.total, scene.booked(statement.period.window), "seed {seed}");
        assert_eq!(teams(&preview, |row| row.before), charged(&statement), "seed {seed}");
        for group in &preview.groups {
            let sum = |of: fn(&PreviewRow) -> Money| group.rows.iter().map(of).sum::<Money>();
            assert_eq!(
                (sum(|row| row.before), sum(|row| row.after)),
                (preview.total, preview.total),
                "seed {seed}"
            );
            assert!(group.rows.iter().all(|row| row.before + row.difference == row.after), "seed {seed}");
        }
        assert_eq!(preview.is_same(), teams(&preview, |row| row.before) == teams(&preview, |row| row.after));
        // Asking changed nothing, and the rules change just what was said.
        assert_eq!(bursar.report(&october()).unwrap(), statement, "seed {seed}");
        bursar.apply(policy(after)).unwrap();
        let applied = bursar.report(&october()).unwrap();
        assert_eq!(teams(&preview, |row| row.after), charged(&applied), "seed {seed}");
    }
}

#[test]
fn a_closed_month_can_be_tried_and_stays_as_it_was_issued() {
    let scene = Scene::new();
    let bursar = scene.open("");
    spend(&bursar, &[("agent", "crawler")], 1_000_000);
    spend(&bursar, &[("team", "data")], 250_000);
    scene.at("2026-11-01T00:00:00Z");
    let issued = bursar.close_period(&october()).unwrap();
    let documents = bursar.documents().unwrap();
    let preview = bursar.preview_rules(&october(), &rules(IN_FORCE)).unwrap();
    assert_eq!(
        teams(&preview, |row| row.difference),
        [("search", "1"), ("unallocated", "-1")].map(|(team, amount)| (team.to_owned(), usd(amount))).into()
    );
    let group = &preview.groups[0];
    assert_eq!((group.moved, group.rows.len()), (usd("1"), 3));
    assert_eq!(bursar.documents().unwrap(), documents);
    assert_eq!(bursar.close_period(&october()).unwrap(), issued);
    let text = preview.to_table();
    assert!(text.contains("search") && text.contains("1.00 USD would move."), "{text}");
    assert!(!text.contains("data"), "who is charged the same isn't told: {text}");
}

#[test]
fn rules_are_tried_on_all_calls_and_a_part_is_refused() {
    let scene = Scene::new();
    let bursar = scene.open("");
    spend(&bursar, &[("agent", "crawler"), ("client", "acme")], 1_000_000);
    spend(&bursar, &[("agent", "crawler"), ("client", "globex")], 30_000);
    let part = october().filter("client = \"globex\"".parse().unwrap());
    let refused = bursar.preview_rules(&part, &rules(IN_FORCE)).unwrap_err();
    assert_eq!(
        (refused.code(), refused.message()),
        (ErrorCode::ReportInvalid, "rules are tried on all calls, and the request has a filter")
    );
    let preview = bursar.preview_rules(&october(), &rules(IN_FORCE)).unwrap();
    assert_eq!((preview.total, preview.groups[0].moved), (usd("1.03"), usd("1.03")));
    let same = bursar.preview_rules(&october(), &rules("")).unwrap();
    assert!(same.is_same());
    assert!(same.to_table().contains("Nobody would be charged anything else."));
    let faulty = bursar.preview_rules(&ReportRequest::new("Mars/Olympus"), &rules("")).unwrap_err();
    assert_eq!(faulty.code(), ErrorCode::TimeZoneUnknown);
}
