//! What a statement explains, on the same small ledger: why the total changed, what is to come, what carries no tag.

use super::{Ledger, Spent, at, company, november, usd};
use crate::ledger::MemoryStore;
use crate::money::Money;
use crate::report::{Driver, EffectKind, ReportRequest, Statement};
use crate::time::Timestamp;
use std::time::Duration;

/// Ten dollars a working day and two on the others, from August on; twice as much from November on.
fn steady(until: &str) -> Ledger<MemoryStore> {
    let mut ledger = Ledger::new(MemoryStore::new());
    let (mut when, until) = (at("2026-08-01T09:00:00Z"), at(until));
    while when < until {
        let days = when.micros() / 86_400_000_000;
        // The first of January 1970 was a Thursday.
        let calls = if matches!(days % 7, 2 | 3) { 2 } else { 10 };
        let calls = if when < at("2026-11-01T00:00:00Z") { calls } else { calls * 2 };
        for call in 0..calls {
            let when = when.plus(Duration::from_mins(call));
            let tags = &[("team", "data"), ("agent", "writer")];
            ledger.settle(&Spent { when, tags, model: "a/m", units: (300, 100), cost: usd("1") });
        }
        when = when.plus(Duration::from_hours(24));
    }
    ledger
}

fn drivers(statement: &Statement) -> Vec<(EffectKind, String, u64, u64)> {
    let told = |own: &Driver| (own.kind, own.amount.to_string(), own.was, own.is);
    statement.variance.as_ref().unwrap().drivers.iter().map(told).collect()
}

#[test]
fn an_open_month_is_compared_with_as_much_of_the_one_before() {
    let statement = steady("2026-11-16T00:00:00Z").statement(&november(), &[], "2026-11-15T23:00:00Z");
    let variance = statement.variance.as_ref().unwrap();
    assert_eq!(variance.against.name, "2026-10-01/2026-10-16");
    // Eleven working days and four at weekends before, ten and five now, at twice as many calls.
    assert_eq!((variance.before, statement.total), (usd("118"), usd("220")));
    assert_eq!(drivers(&statement), [(EffectKind::Volume, "102".to_owned(), 118, 220)]);
    assert_eq!((variance.groups.len(), variance.rest), (1, Money::ZERO));
    // The change that the breakdowns show is the one against the whole month.
    assert_eq!(statement.trend.periods[0].total, usd("238"));
}

#[test]
fn a_finished_month_is_compared_with_all_of_the_one_before() {
    let statement = steady("2026-12-01T00:00:00Z").statement(&november(), &[], "2026-12-02T00:00:00Z");
    let variance = statement.variance.as_ref().unwrap();
    assert_eq!(
        (variance.against.name.as_str(), variance.before, statement.total),
        ("2026-10", usd("238"), usd("456"))
    );
    let forecast = statement.forecast.as_ref().unwrap();
    assert_eq!(forecast.end, None);
    assert_eq!(forecast.days.last().unwrap().actual, Some(statement.total));
    assert!(forecast.days.iter().all(|day| day.forecast.is_none()));
}

#[test]
fn the_end_of_a_steady_month_is_known_to_the_cent() {
    let request = ReportRequest::named("2026-10", "UTC").unwrap();
    let statement = steady("2026-10-21T00:00:00Z").statement(&request, &[], "2026-10-21T00:00:00Z");
    let forecast = statement.forecast.as_ref().unwrap();
    let end = forecast.end.unwrap();
    assert_eq!((end.amount, end.low, end.high), (usd("238"), Some(usd("238")), Some(usd("238"))));
    assert_eq!((end.days_left, forecast.days.len()), (11, 31));
    let told: Vec<_> = forecast.days[19..22].iter().map(|day| (day.actual, day.forecast)).collect();
    assert_eq!(
        told,
        [
            (Some(usd("152")), None),
            // Today has just begun.
            (Some(usd("152")), Some(usd("162"))),
            (None, Some(usd("172")))
        ]
    );
    let accuracy = forecast.accuracy.unwrap();
    assert_eq!((accuracy.periods, accuracy.error_basis_points, accuracy.days_passed), (1, 0, 20));
}

#[test]
fn the_forecast_is_divided_over_those_who_are_expected_to_spend_it() {
    let mut ledger = steady("2026-10-21T00:00:00Z");
    // A team that spends as much on two weekdays of each week, and one that was here once, half a year ago.
    for day in [
        "09-07", "09-09", "09-14", "09-16", "09-21", "09-23", "09-28", "09-30", "10-05", "10-07", "10-12",
        "10-14", "10-19",
    ] {
        let when = at(&format!("2026-{day}T09:00:00Z"));
        let tags = &[("team", "search"), ("client", "acme")];
        ledger.settle(&Spent { when, tags, model: "a/m", units: (3, 1), cost: usd("7") });
    }
    let tags = &[("team", "gone")];
    let when = at("2026-08-27T09:00:00Z");
    ledger.settle(&Spent { when, tags, model: "a/m", units: (3, 1), cost: usd("0.5") });
    let request = ReportRequest::named("2026-10", "UTC").unwrap();
    let statement = ledger.statement(&request, &[], "2026-10-21T12:00:00Z");
    let forecast = statement.forecast.as_ref().unwrap();
    let end = forecast.end.unwrap();
    let by: Vec<_> = forecast.groups.iter().map(|own| own.by.as_str()).collect();
    assert_eq!(by, ["team", "project", "client"]);
    for own in &forecast.groups {
        assert_eq!(own.rows.iter().map(|row| row.amount).sum::<Money>(), end.amount);
        assert_eq!(own.rows.iter().map(|row| row.spent).sum::<Money>(), statement.total);
    }
    let teams: Vec<_> = forecast.groups[0].rows.iter().map(|row| row.value.as_str()).collect();
    assert_eq!(teams[..2], ["data", "search"]);
    let search = &forecast.groups[0].rows[1];
    // Four days of October have passed, three are to come: Wednesday is half over.
    assert_eq!(search.spent, usd("35"));
    let more = search.amount - search.spent;
    assert!(usd("16") < more && more < usd("19"), "{more}");
    let printed = statement.to_table();
    assert!(printed.contains("At the end") && printed.contains("search"), "{printed}");
    // A finished month has nothing to come.
    let over = ledger.statement(&request, &[], "2026-11-02T12:00:00Z");
    assert!(over.forecast.unwrap().groups.is_empty());
}

#[test]
fn what_is_to_come_is_not_told_of_months_without_a_past_or_a_present() {
    let end = |ledger: &mut Ledger<MemoryStore>, period: &str, now: &str| {
        let request = ReportRequest::named(period, "UTC").unwrap();
        ledger.statement(&request, &[], now).forecast.and_then(|own| own.end)
    };
    let mut ledger = steady("2026-08-20T00:00:00Z");
    assert_eq!(end(&mut ledger, "2026-08", "2026-08-07T00:00:00Z"), None, "six days have passed");
    assert!(end(&mut ledger, "2026-08", "2026-08-08T00:00:00Z").is_some());
    assert_eq!(end(&mut ledger, "2026-09", "2026-08-20T00:00:00Z"), None, "it hasn't begun");
    assert_eq!(end(&mut ledger, "2026-08-19", "2026-08-19T12:00:00Z"), None, "a day isn't made of days");
    assert_eq!(end(&mut Ledger::new(MemoryStore::new()), "2026-08", "2026-08-19T12:00:00Z"), None);
}

#[test]
fn days_sum_to_the_month_in_a_zone_whose_midnight_cuts_hours() {
    for zone in ["Asia/Kolkata", "Asia/Kathmandu", "America/St_Johns"] {
        let mut ledger = Ledger::new(MemoryStore::new());
        let mut when: Timestamp = at("2026-10-30T00:10:00Z");
        while when < at("2026-12-02T00:00:00Z") {
            let tags = &[("team", "data")];
            ledger.settle(&Spent { when, tags, model: "a/m", units: (3, 1), cost: usd("0.01") });
            when = when.plus(Duration::from_mins(37));
        }
        let request = ReportRequest::named("2026-11", zone).unwrap();
        let statement = ledger.statement(&request, &[], "2026-12-03T00:00:00Z");
        let days = statement.forecast.unwrap().days;
        assert_eq!((days.len(), days[29].actual), (30, Some(statement.total)), "{zone}");
        assert_eq!((days[0].day.as_str(), days[29].day.as_str()), ("2026-11-01", "2026-11-30"));
    }
}

#[test]
fn coverage_is_weighted_by_spend() {
    let statement = company().statement(&november(), &[], "2026-12-02T09:00:00Z");
    let told: Vec<_> = statement
        .kpis
        .coverage
        .iter()
        .map(|own| (own.by.as_str(), own.cost.to_string(), own.share_basis_points, own.calls, own.values))
        .collect();
    let expected = [
        ("team", "2155.094999999999", 9_943, 6, 3),
        ("project", "2167.439999999999", 10_000, 7, 5),
        ("client", "2045.09", 9_436, 5, 3),
        ("agent", "2167.440000000122", 10_000, 8, 5),
        ("environment", "0", 0, 0, 0),
    ]
    .map(|own| (own.0, own.1.to_owned(), own.2, own.3, own.4));
    assert_eq!(told, expected);
    assert_eq!(statement.kpis.unallocated.cost, statement.unallocated[0].cost);
    assert_eq!(statement.kpis.unallocated.share_basis_points, 57);
    let by_client =
        company().statement(&november().by(["client".parse().unwrap()]), &[], "2026-12-02T09:00:00Z");
    assert_eq!(by_client.kpis.unallocated.cost, by_client.unallocated[2].cost);
}

#[test]
fn a_statement_of_a_part_explains_that_part() {
    let request = november().filter("team = \"data\"".parse().unwrap());
    let mut ledger = steady("2026-11-16T00:00:00Z");
    for day in 10..16 {
        let when = at(&format!("2026-10-{day}T09:00:00Z"));
        let tags = &[("team", "search"), ("agent", "ranker")];
        ledger.settle(&Spent { when, tags, model: "a/m", units: (3, 1), cost: usd("1000") });
    }
    let part = ledger.statement(&request, &[], "2026-11-15T23:00:00Z");
    let own = steady("2026-11-16T00:00:00Z").statement(&november(), &[], "2026-11-15T23:00:00Z");
    assert_eq!(
        (&part.variance, &part.forecast, &part.anomalies),
        (&own.variance, &own.forecast, &own.anomalies)
    );
}

#[test]
fn the_same_month_of_the_year_before_stands_by_itself() {
    let mut ledger = company();
    let when = at("2025-11-20T09:00:00Z");
    ledger.settle(&Spent { when, tags: &[("team", "data")], model: "a/m", units: (3, 1), cost: usd("7") });
    let statement = ledger.statement(&november(), &[], "2026-12-02T09:00:00Z");
    let before = statement.trend.year_before.as_ref().unwrap();
    assert_eq!((before.period.name.as_str(), before.total, before.calls), ("2025-11", usd("7"), 1));
    assert_eq!(statement.trend.periods.len(), 12);
    let few = ledger.statement(&november().previous_periods(3), &[], "2026-12-02T09:00:00Z");
    assert_eq!(few.trend.year_before, None);
}
