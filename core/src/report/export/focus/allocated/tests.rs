//! An allocated file says, row by row, what the statement of the same period says in sum.

use crate::error::ErrorCode;
use crate::ledger::{Durability, MemoryStore, SqliteStore, Store};
use crate::money::Money;
use crate::report::export::exact::Exact;
use crate::report::export::focus::{Exported, FocusLevel, FocusLint, FocusRequest, export_focus};
use crate::report::tests::{Ledger, Random, company, golden, random_call};
use crate::report::{
    AllocationMethod, AllocationRule, AllocationRules, Measure, ReportRequest, ReportRules, VirtualTag,
    VirtualTags, ZeroWeight,
};
use crate::tags::TagKey;
use crate::time::Window;
use std::collections::BTreeMap;

type Record = BTreeMap<String, String>;

fn exported<S: Store>(ledger: &mut Ledger<S>, request: &FocusRequest) -> (Exported, String) {
    let mut bytes = Vec::new();
    let exported = export_focus(&mut ledger.store, &ledger.dictionary, request, &mut bytes).unwrap();
    (exported, String::from_utf8(bytes).unwrap())
}

fn records(text: &str) -> Vec<Record> {
    csv::Reader::from_reader(text.as_bytes()).deserialize().map(Result::unwrap).collect()
}

fn number(record: &Record, column: &str) -> Exact {
    if record[column].is_empty() { Exact::ZERO } else { Exact::parse(&record[column]).unwrap() }
}

/// What shared platform work costs goes to the teams by what they spent, after half of it went to one of them.
fn company_rules() -> ReportRules {
    let mut shared = AllocationRule::new("shared", "team = \"platform\"".parse().unwrap(), TagKey::TEAM);
    shared.to.values = vec!["marketing".to_owned(), "pool".to_owned()];
    shared.method =
        AllocationMethod::Fixed(vec![("marketing".to_owned(), 3_333), ("pool".to_owned(), 6_667)]);
    let mut pool = AllocationRule::new("pool", "team = \"pool\"".parse().unwrap(), TagKey::TEAM);
    pool.method = AllocationMethod::Proportional(Measure::OutputTokens);
    pool.to.among = "team is set".parse().unwrap();
    pool.to.except = vec!["platform".to_owned()];
    let tag = VirtualTag {
        name: "crawlers".to_owned(),
        selector: "agent = \"crawler\"".parse().unwrap(),
        set: vec![(TagKey::TEAM, "platform".to_owned())],
        replace: true,
        during: Window::ALWAYS,
    };
    ReportRules {
        virtual_tags: VirtualTags::new(vec![tag]).unwrap(),
        allocation: AllocationRules::new(vec![shared, pool]).unwrap(),
        ..ReportRules::default()
    }
}

#[test]
fn an_allocated_month_is_written_as_it_always_was_and_keeps_every_rule() {
    let request = FocusRequest::named("2026-11", "Europe/Berlin").unwrap();
    let request = request.allocated(TagKey::TEAM).rules(company_rules()).invoice("INV-7");
    let (exported, text) = exported(&mut company(), &request);
    golden("focus_allocated.csv", &text);
    assert_eq!(exported.billed.to_string(), "2167.440000000122");
    assert_eq!(FocusLint::new().payable("INV-7", exported.billed).check(text.as_bytes()), []);
    assert!(records(&text).iter().any(|row| row["AllocatedMethodDetails"].contains("x_Rule")));
}

/// Random rules for teams, of which the second one takes what the first gives.
fn random_rules(random: &mut Random) -> ReportRules {
    let measure = |random: &mut Random| match random.below(5) {
        0 => AllocationMethod::Even,
        1 => AllocationMethod::Proportional(Measure::Calls),
        2 => AllocationMethod::Proportional(Measure::InputTokens),
        3 => AllocationMethod::Proportional(Measure::Given("seats".to_owned(), vec![("data".to_owned(), 7)])),
        _ => AllocationMethod::Proportional(Measure::Cost),
    };
    let mut first = AllocationRule::new(
        "first",
        random.pick(&["team is not set", "team = \"search\"", "client is set"]).parse().unwrap(),
        TagKey::TEAM,
    );
    first.to.values = ["pool", "data", "marketing"].map(str::to_owned).to_vec();
    first.method = measure(random);
    let mut second = AllocationRule::new("second", "team = \"pool\"".parse().unwrap(), TagKey::TEAM);
    second.method = measure(random);
    second.to.except = vec!["pool".to_owned()];
    second.zero_weight = if random.below(2) == 0 { ZeroWeight::Even } else { ZeroWeight::Keep };
    if random.below(2) == 0 {
        let noon = "2026-11-10T12:30:15Z".parse().unwrap();
        first.during = Window::new(noon, crate::time::Timestamp::MAX).unwrap();
    }
    ReportRules { allocation: AllocationRules::new(vec![first, second]).unwrap(), ..ReportRules::default() }
}

/// What an allocated row charges: to the target of its allocation, or to the team that it is of.
fn charged_to(row: &Record) -> String {
    let own = [&row["AllocatedResourceName"], &row["x_Team"]].into_iter().find(|name| !name.is_empty());
    let own = own.map_or("unallocated", String::as_str);
    // What a spreadsheet would run has an apostrophe before it.
    own.strip_prefix('\'').unwrap_or(own).to_owned()
}

/// The columns by which the rows of one origin charge agree.
fn origin(row: &Record) -> Vec<String> {
    let of_parts = ["Cost", "Quantity", "Allocated"];
    let same = row.iter().filter(|(name, _)| !of_parts.iter().any(|part| name.contains(part)));
    same.map(|(name, value)| format!("{name}={value}")).collect()
}

#[test]
fn any_allocated_file_charges_what_the_statement_does_and_its_parts_are_the_origin_charges() {
    let mut divided = 0;
    for seed in 0..60 {
        let mut random = Random(seed);
        let rules = random_rules(&mut random);
        let zone = random.pick(&["UTC", "Asia/Kolkata", "Europe/Berlin"]);
        let window = Window::named("2026-11-10/2026-11-11", zone).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let mut memory = Ledger::new(MemoryStore::new());
        let mut file =
            Ledger::new(SqliteStore::open(folder.path().join("ledger.db"), Durability::Process).unwrap());
        for _ in 0..random.below(50) {
            let border = if random.below(2) == 0 { window.start() } else { window.end() };
            let mut same = Random(random.0);
            random_call(&mut random, &mut memory, border);
            random_call(&mut same, &mut file, border);
        }
        let request = FocusRequest::new(window, zone).rules(rules.clone());
        let allocated = request.clone().allocated(TagKey::TEAM).invoice("INV-7");
        let (whole, text) = exported(&mut memory, &allocated);
        assert_eq!(exported(&mut file, &allocated), (whole, text.clone()), "seed {seed}: the stores differ");
        let found = FocusLint::new().payable("INV-7", whole.billed).check(text.as_bytes());
        assert_eq!(found, [], "seed {seed}");

        let asked = ReportRequest::new(zone).period(window).rules(rules);
        let statement = memory.statement(&asked, &[], "2026-11-20T00:00:00Z");
        let mut charged: BTreeMap<String, Money> = BTreeMap::new();
        let rows = records(&text);
        for row in &rows {
            *charged.entry(charged_to(row)).or_default() += row["BilledCost"].parse::<Money>().unwrap();
        }
        let view = &statement.allocation.as_ref().unwrap().views[0];
        for row in &view.rows {
            let own = charged.remove(&row.value).unwrap_or_default();
            assert_eq!(own, row.charged, "seed {seed}, {}", row.value);
        }
        assert!(charged.values().all(|own| *own == Money::ZERO), "seed {seed}: {charged:?}");

        // Costs, quantities and ratios of the parts are those of the charges as they were booked.
        let booked = records(&exported(&mut memory, &request.invoice("INV-7")).1);
        for column in ["BilledCost", "ListCost", "PricingQuantity", "ConsumedQuantity"] {
            let sum = |rows: &[Record]| {
                let mut sums: BTreeMap<Vec<String>, Exact> = BTreeMap::new();
                for row in rows {
                    let mut key = origin(row);
                    // A rule that begins within a day cuts the day, and nothing else.
                    key.retain(|cell| !cell.starts_with("ChargePeriod"));
                    let own = sums.entry(key).or_insert(Exact::ZERO);
                    *own = own.plus(number(row, column)).unwrap();
                }
                sums
            };
            assert_eq!(sum(&rows), sum(&booked), "seed {seed}, {column}");
        }
        divided += rows.iter().filter(|row| !row["AllocatedMethodId"].is_empty()).count();
    }
    assert!(divided > 400, "{divided}");
}

#[test]
fn an_allocation_that_nobody_makes_or_no_column_tells_is_refused() {
    let refused = |request: FocusRequest| {
        let mut ledger = company();
        let error = export_focus(&mut ledger.store, &ledger.dictionary, &request, Vec::new()).unwrap_err();
        assert_eq!(error.code(), ErrorCode::ReportInvalid);
        error.message().to_owned()
    };
    let request = FocusRequest::named("2026-11", "UTC").unwrap();
    assert_eq!(
        refused(request.clone().allocated(TagKey::CLIENT).rules(company_rules())),
        "no rule of the policy allocates cost to the tag `client`"
    );
    assert_eq!(
        refused(request.allocated(TagKey::TEAM).rules(company_rules()).level(FocusLevel::V1_2)),
        "FOCUS 1.2 has no columns that tell how a charge was allocated"
    );
}
