//! Virtual tags from a policy to a statement: who is charged changes, and nothing that was booked or decided does.

use super::scene::{Scene, hold, october, spend, told, usd};
use crate::*;

const CRAWLERS: &str = r#"
[[virtual_tags]]
name = "crawlers"
match = { agent = "crawler" }
set = { team = "search" }
"#;

#[test]
fn a_rule_says_whose_a_call_was_and_the_entry_says_what_it_said() {
    let scene = Scene::new();
    let bursar = scene.open(CRAWLERS);
    let untagged = spend(&bursar, &[("agent", "crawler")], 400_000);
    spend(&bursar, &[("agent", "crawler"), ("team", "data")], 70_000);
    spend(&bursar, &[("agent", "writer")], 5_000);
    spend(&bursar, &[("team", "search")], 300);
    let statement = bursar.report(&october()).unwrap();
    assert_eq!(told(&statement), ["search 0.4003", "data 0.07", "unallocated 0.005"]);
    assert_eq!(statement.total, scene.booked(statement.period.window));
    assert_eq!(bursar.full_entry(untagged).unwrap().tags.get(&TagKey::TEAM), None);
    let used = &statement.allocation.as_ref().unwrap().virtual_tags;
    assert_eq!(used.len(), 1);
    assert_eq!(
        (&*used[0].rule, &*used[0].value, used[0].calls, used[0].cost),
        ("crawlers", "search", 1, usd("0.4"))
    );
    // The rows of the exact detail carry the tag too, and so does a statement of that team alone.
    let detail: Money = statement.detail.iter().filter(|row| row.team == "search").map(|row| row.cost).sum();
    assert_eq!(detail, usd("0.4003"));
    let own = bursar.report(&october().filter("team = \"search\"".parse().unwrap())).unwrap();
    assert_eq!((own.total, own.calls), (usd("0.4003"), 2));
    assert_eq!(bursar.verify().unwrap(), []);
}

#[test]
fn a_rule_replaces_a_tag_where_it_says_so_and_the_first_of_several_counts() {
    let scene = Scene::new();
    let bursar = scene.open(
        r#"
[[virtual_tags]]
match = { agent = "crawler", team = "data" }
set = { team = "search" }
replace = true

[[virtual_tags]]
match = { agent = "crawler" }
set = { team = "legal", project = "web" }
replace = true
"#,
    );
    spend(&bursar, &[("agent", "crawler"), ("team", "data")], 1_000_000);
    spend(&bursar, &[("agent", "crawler"), ("team", "platform"), ("project", "own")], 200_000);
    let statement = bursar.report(&october()).unwrap();
    assert_eq!(told(&statement), ["search 1", "legal 0.2"]);
    // The first rule took the team, and the second one still sets the project that the first says nothing of.
    let projects = bursar.report(&october().by(["project".parse().unwrap()])).unwrap();
    assert_eq!(told(&projects), ["web 1.2"]);
}

#[test]
fn a_rule_counts_from_its_first_instant_to_before_its_last_within_an_hour() {
    let scene = Scene::new();
    let bursar = scene.open(
        r#"
[[virtual_tags]]
match = { agent = "crawler" }
set = { team = "search" }
from = "2026-10-15T12:30:00Z"
until = "2026-10-15T12:45:00Z"
"#,
    );
    for (when, cost) in [
        ("2026-10-15T12:00:00Z", 1),
        ("2026-10-15T12:29:59.999999Z", 20),
        ("2026-10-15T12:30:00Z", 300),
        ("2026-10-15T12:44:59.999999Z", 4_000),
        ("2026-10-15T12:45:00Z", 50_000),
    ] {
        scene.at(when);
        spend(&bursar, &[("agent", "crawler")], cost);
    }
    assert_eq!(told(&bursar.report(&october()).unwrap()), ["unallocated 0.050021", "search 0.0043"]);
}

#[test]
fn a_budget_counts_the_tags_that_a_call_was_booked_with() {
    let scene = Scene::new();
    let bursar = scene.open(&format!(
        "{CRAWLERS}\n[[budgets]]\nname = \"search\"\nmatch = {{ team = \"search\" }}\nlimit = \"0.5 USD\"\nperiod = \"month\""
    ));
    spend(&bursar, &[("agent", "crawler")], 900_000);
    let open = hold(&bursar, &[("team", "search")], 500_000);
    bursar.settle(&open, &Usage::new().with(Dimension::Output, 100_000)).unwrap();
    let statement = bursar.report(&october()).unwrap();
    assert_eq!(told(&statement), ["search 1"]);
    assert_eq!((statement.budgets[0].spent, statement.budgets[0].limit), (usd("0.1"), usd("0.5")));
}

#[test]
fn rules_of_today_read_an_open_month_anew_and_leave_a_closed_one_as_it_was() {
    let scene = Scene::new();
    let bursar = scene.open("");
    spend(&bursar, &[("agent", "crawler")], 1_000_000);
    scene.at("2026-11-02T12:00:00Z");
    spend(&bursar, &[("agent", "crawler")], 30_000);
    let closed = bursar.close_period(&october()).unwrap();
    bursar.apply(super::scene::policy(CRAWLERS)).unwrap();
    let november = ReportRequest::named("2026-11", "UTC").unwrap();
    assert_eq!(told(&bursar.report(&november).unwrap()), ["search 0.03"]);
    let kept = bursar.statement(closed[0].header.number.as_deref().unwrap()).unwrap();
    assert_eq!(told(&kept), ["unallocated 1"]);
    // Asked for again, the closed month is read by the rules of today, and what was issued is another thing.
    assert_eq!(told(&bursar.report(&october()).unwrap()), ["search 1"]);
    assert_eq!(bursar.close_period(&october()).unwrap(), closed);
    drop(bursar);
    let bursar = scene.open(CRAWLERS);
    assert_eq!(told(&bursar.report(&november).unwrap()), ["search 0.03"]);
    assert_eq!(bursar.verify().unwrap(), []);
}

#[test]
fn a_recipients_statement_has_the_calls_that_a_rule_gives_it() {
    let scene = Scene::new();
    let bursar = scene.open(&format!(
        "{CRAWLERS}\n[[statement.recipients]]\nmatch = {{ team = \"search\" }}\nname = \"Search\""
    ));
    spend(&bursar, &[("agent", "crawler")], 400_000);
    spend(&bursar, &[("team", "search")], 50_000);
    spend(&bursar, &[("team", "data")], 6_000);
    scene.at("2026-11-01T00:00:00Z");
    let issued = bursar.close_period(&october()).unwrap();
    let totals: Vec<_> = issued.iter().map(|own| own.total.to_string()).collect();
    assert_eq!(totals, ["0.456", "0.45"]);
    assert_eq!(issued[1].header.recipient.as_ref().unwrap().name, "Search");
}
