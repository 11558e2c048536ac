//! Closing periods: numbers without gaps over restarts, recipients that come later, and money that comes late.

use super::scene::{Scene, hold, october, spend, usd};
use crate::*;

const RECIPIENT: &str = "[[statement.recipients]]\nmatch = { team = \"data\" }\nname = \"Data\"";

fn november() -> ReportRequest {
    ReportRequest::named("2026-11", "UTC").unwrap()
}

fn numbers(statements: &[Statement]) -> Vec<&str> {
    statements.iter().map(|own| own.header.number.as_deref().unwrap()).collect()
}

#[test]
fn each_period_counts_its_own_numbers_also_after_a_restart() {
    let scene = Scene::new();
    let bursar = scene.open(RECIPIENT);
    spend(&bursar, &[("team", "data")], 1_000_000);
    scene.at("2026-11-05T12:00:00Z");
    spend(&bursar, &[("team", "data")], 200_000);
    assert_eq!(numbers(&bursar.close_period(&october()).unwrap()), ["CB-2026-10-001", "CB-2026-10-002"]);
    drop(bursar);
    scene.at("2026-12-01T00:00:00Z");
    let bursar = scene.open(RECIPIENT);
    let closed = bursar.close_period(&november()).unwrap();
    assert_eq!(numbers(&closed), ["CB-2026-11-001", "CB-2026-11-002"]);
    assert_eq!(closed[0].total, usd("0.2"));
    assert_eq!(bursar.documents().unwrap().len(), 4);
}

#[test]
fn a_recipient_that_comes_later_gets_the_next_number_and_the_closed_months_figures() {
    let scene = Scene::new();
    let bursar = scene.open("");
    spend(&bursar, &[("team", "data")], 1_000_000);
    spend(&bursar, &[("team", "search")], 30_000);
    scene.at("2026-11-01T00:00:00Z");
    let first = bursar.close_period(&october()).unwrap();
    assert_eq!(numbers(&first), ["CB-2026-10-001"]);
    spend(&bursar, &[("team", "data")], 77_000);
    bursar.apply(super::scene::policy(RECIPIENT)).unwrap();
    let all = bursar.close_period(&october()).unwrap();
    assert_eq!(numbers(&all), ["CB-2026-10-001", "CB-2026-10-002"]);
    assert_eq!((&all[0], all[1].total), (&first[0], usd("1")));
    assert_eq!(all[1].header.status, StatementStatus::Final);
}

#[test]
fn closing_a_later_period_closes_the_earlier_ones_too_and_each_is_issued_when_it_is_asked_for() {
    let scene = Scene::new();
    let bursar = scene.open("");
    let early = spend(&bursar, &[("team", "data")], 1_000_000);
    scene.at("2026-11-05T12:00:00Z");
    spend(&bursar, &[("team", "data")], 200_000);
    scene.at("2026-12-01T00:00:00Z");
    assert_eq!(bursar.close_period(&november()).unwrap()[0].total, usd("0.2"));
    // October's books are closed with November's: a correction can't be October's any more.
    let seq = bursar.adjust(early, usd("-0.5"), "credited").unwrap();
    assert!(bursar.entry(seq).unwrap().effective_at >= "2026-12-01T00:00:00Z".parse().unwrap());
    assert_eq!(bursar.report(&october()).unwrap().header.status, StatementStatus::Final);
    let closed = bursar.close_period(&october()).unwrap();
    assert_eq!((numbers(&closed), closed[0].total), (vec!["CB-2026-10-001"], usd("1")));
}

/// A call whose cost nobody knew was spend when its hold expired; what it really cost comes after the books are closed.
#[test]
fn a_cost_that_comes_after_the_books_are_closed_counts_in_the_open_period() {
    let scene = Scene::new();
    let bursar = scene.open("");
    scene.at("2026-10-31T23:00:00Z");
    let late = hold(&bursar, &[("team", "data")], 900_000);
    bursar.unresolved(late.id()).unwrap();
    scene.at("2026-11-01T09:00:00Z");
    let closed = bursar.close_period(&october()).unwrap();
    assert_eq!((closed[0].total, closed[0].expired), (usd("0.9"), 1));
    bursar.settle(&late, &Usage::new().with(Dimension::Output, 250_000)).unwrap();
    let told = |request: &ReportRequest| bursar.report(request).unwrap().total;
    assert_eq!((told(&october()), told(&november())), (usd("0.9"), usd("-0.65")));
    assert_eq!(scene.booked(Window::ALWAYS), usd("0.25"));
    assert_eq!(bursar.close_period(&october()).unwrap(), closed);
    assert_eq!(bursar.verify().unwrap(), []);
}

#[test]
fn a_month_of_a_zone_is_closed_at_its_own_midnight() {
    let scene = Scene::new();
    let bursar = scene.open("");
    let berlin = ReportRequest::named("2026-10", "Europe/Berlin").unwrap();
    for (when, cost) in [
        ("2026-09-30T21:59:59Z", 1),
        ("2026-09-30T22:00:00Z", 20),
        ("2026-10-31T22:59:59Z", 300),
        ("2026-10-31T23:00:00Z", 4_000),
    ] {
        scene.at(when);
        spend(&bursar, &[("team", "data")], cost);
    }
    // It is over in Berlin, and not yet in UTC.
    let closed = bursar.close_period(&berlin).unwrap();
    assert_eq!(closed[0].total, usd("0.00032"));
    assert_eq!(bursar.close_period(&october()).unwrap_err().code(), ErrorCode::PeriodNotClosable);
    scene.at("2026-11-01T00:00:00Z");
    let utc = bursar.close_period(&october()).unwrap();
    assert_eq!((utc[0].total, numbers(&utc)), (usd("0.0043"), vec!["CB-2026-10-002"]));
    assert_eq!(bursar.documents().unwrap().len(), 2);
}

#[test]
fn a_statement_that_was_issued_is_sealed_and_its_budgets_are_those_of_the_end() {
    let scene = Scene::new();
    let budget =
        "[[budgets]]\nname = \"data\"\nmatch = { team = \"data\" }\nlimit = \"5 USD\"\nperiod = \"month\"";
    let bursar = scene.open(budget);
    spend(&bursar, &[("team", "data")], 4_000_000);
    scene.at("2026-11-02T09:00:00Z");
    spend(&bursar, &[("team", "data")], 1_000_000);
    let closed = bursar.close_period(&october().with_evidence()).unwrap();
    assert_eq!(closed[0].is_as_sealed(), Some(true));
    assert_eq!(
        (closed[0].budgets[0].spent, closed[0].budgets[0].utilisation_basis_points),
        (usd("4"), 8_000)
    );
    let again = bursar.statement("CB-2026-10-001").unwrap();
    assert_eq!((again.is_as_sealed(), &again), (Some(true), &closed[0]));
    let changed = again.to_json().replace("\"4\"", "\"3\"");
    assert_eq!(Statement::from_json(&changed).unwrap().is_as_sealed(), Some(false));
}
