//! What each call was priced by: the ledger names the terms and the unit prices, and a statement has the lines of an
//! invoice, which sum to what was booked.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that can't go on shall stop where it stands"
)]

use bursar::{
    Bursar, Call, ChargeLine, Dimension, Entry, EntryKind, EntryLine, Hold, ManualClock, Money, Policy, Rate,
    ReportRequest, Settlement, SqliteStore, StatedCost, Store, Terms, Usage,
};
use bursar_tests::{
    Chance,
    scene::{admitted, clock, usd},
};
use std::{collections::BTreeMap, ops::ControlFlow, path::Path, sync::Arc, time::Duration};

const PRICES: [&str; 3] = [
    r#"{ "provider": "maker", "model": "large", "input_mtok": "3", "cache_read_mtok": "0.3", "output_mtok": "15",
      "web_search_k": "10", "variants": [
        { "when": { "input_gt": 200000 }, "input_mtok": "6", "cache_read_mtok": "0.6", "output_mtok": "22.5" },
        { "when": { "processing": "batch" }, "multiply_tokens": "0.5" },
        { "when": { "service_tier": "priority" }, "multiply_tokens": "2" },
        { "when": { "service_tier": "flex", "input_gt": 1000 }, "output_mtok": "7" }] }"#,
    r#"{ "provider": "maker", "model": "odd", "input_mtok": "0.0000001", "output_mtok": "0.333333333" }"#,
    r#"{ "provider": "aws", "model": "maker.small", "input_mtok": "1", "output_mtok": "5",
      "variants": [{ "when": { "region": "eu" }, "multiply": "1.1" }] }"#,
];

fn policy() -> Policy {
    Policy::new().with_prices(PRICES.map(|price| serde_json::from_str(price).unwrap()))
}

fn open(path: &Path, policy: Policy, clock: &Arc<ManualClock>) -> Bursar {
    Bursar::builder().policy(policy).clock(Arc::clone(clock)).resource_attributes("").open(path).unwrap()
}

fn in_memory() -> Bursar {
    open(Path::new(":memory:"), policy(), &clock())
}

fn held(bursar: &Bursar, team: &str, model: &str) -> Hold {
    let (scope, model) = (bursar.scope(&[("team", team)]).unwrap(), bursar.model(None, model).unwrap());
    admitted(bursar.reserve(&scope, &Call::new(&model, 1_000).max_output_tokens(1_000)).unwrap())
}

fn tokens(input: u64, output: u64) -> Usage {
    Usage::new().with(Dimension::InputUncached, input).with(Dimension::Output, output)
}

/// Settles a call of the large model, and gives its entry.
fn booked(bursar: &Bursar, terms: Terms, usage: &Usage) -> Entry {
    let settled = bursar.settle(&held(bursar, "data", "large"), Settlement::new(usage).terms(terms)).unwrap();
    bursar.entry(settled.entry).unwrap()
}

fn entries(path: &Path) -> Vec<(Entry, Vec<EntryLine>)> {
    let mut found = Vec::new();
    let visit = &mut |entry: &Entry, lines: &[EntryLine]| {
        found.push((entry.clone(), lines.to_vec()));
        ControlFlow::Continue(())
    };
    SqliteStore::read(path).unwrap().entries(1, visit).unwrap();
    found
}

/// The names that a file's numbers stand for.
fn names(path: &Path) -> Vec<String> {
    SqliteStore::read(path).unwrap().load().unwrap().symbols
}

/// The price of a million.
fn rate(price: &str) -> Rate {
    Rate::parse(price, 1_000_000).unwrap()
}

/// Model, kind, terms, price of a million units, quantity and cost of each line.
fn printed(lines: &[ChargeLine]) -> Vec<String> {
    let print = |line: &ChargeLine| {
        let kind = line.dimension.map_or("-", Dimension::as_str);
        let price = line.rate.map_or("-".to_owned(), |rate| rate.text_for(1_000_000));
        format!("{} {kind} [{}] {price} x {} = {}", line.model, line.terms, line.quantity, line.cost)
    };
    lines.iter().map(print).collect()
}

#[test]
fn an_entry_names_the_terms_that_its_call_was_priced_by() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), clock());
    let path = folder.path().join("ledger.db");
    let bursar = open(&path, policy(), &clock);
    let cases = [
        (Terms::new(), 200_000, None),
        (Terms::new().service_tier("default").region("global"), 10, None),
        (Terms::new(), 200_001, Some("context=>200000")),
        (Terms::new().service_tier("Priority"), 10, Some("service_tier=priority")),
        (Terms::new().service_tier("batch"), 10, Some("processing=batch")),
        (
            Terms::new().processing("batch").service_tier("priority"),
            250_000,
            Some("service_tier=priority,processing=batch,context=>200000"),
        ),
        // An edge of other terms is none of these.
        (Terms::new().processing("batch"), 5_000, Some("processing=batch")),
        (Terms::new().service_tier("flex"), 1_000, Some("service_tier=flex")),
        (Terms::new().service_tier("flex"), 1_001, Some("service_tier=flex,context=>1000")),
        (Terms::new().service_tier("flex"), 300_000, Some("service_tier=flex,context=>200000")),
    ];
    let seqs = cases.clone().map(|(terms, input, _)| booked(&bursar, terms, &tokens(input, 1)).seq);
    drop(bursar);
    let (names, entries) = (names(&path), entries(&path));
    for ((terms, input, expected), seq) in cases.into_iter().zip(seqs) {
        let (entry, _) = entries.iter().find(|(entry, _)| entry.seq == seq).unwrap();
        let found = entry.terms.map(|terms| names[terms.index() as usize].as_str());
        assert_eq!(found, expected, "{terms} {input}");
    }
    let reserves = entries.iter().filter(|(entry, _)| entry.kind == EntryKind::Reserve);
    assert!(reserves.into_iter().all(|(entry, _)| entry.terms.is_none()));
}

#[test]
fn a_line_carries_the_price_of_its_unit() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), clock());
    let path = folder.path().join("ledger.db");
    let bursar = open(&path, policy(), &clock);
    let usage = tokens(150_000, 10).with(Dimension::CacheRead, 60_000).with(Dimension::WebSearches, 3);
    booked(&bursar, Terms::new().processing("batch"), &usage);
    drop(bursar);
    let line = |dimension, quantity, amount, rate| EntryLine {
        dimension,
        quantity,
        amount: usd(amount),
        rate: Some(rate),
    };
    assert_eq!(
        entries(&path)[1].1,
        [
            line(Dimension::InputUncached, 150_000, "0.45", rate("3")),
            line(Dimension::CacheRead, 60_000, "0.018", rate("0.3")),
            line(Dimension::Output, 10, "0.0001125", rate("11.25")),
            line(Dimension::WebSearches, 3, "0.03", rate("10000")),
        ]
    );
}

#[test]
fn what_is_no_quantity_at_a_rate_has_none() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), clock());
    let path = folder.path().join("ledger.db");
    let bursar = open(&path, policy().with_stated_cost(StatedCost::Instead), &clock);
    let usage = tokens(1_000, 100);
    let stated =
        Settlement::new(&usage).terms(Terms::new().service_tier("priority")).stated_cost(usd("0.02"));
    bursar.settle(&held(&bursar, "data", "large"), stated).unwrap();
    let unknown = Settlement::new(&usage).terms(Terms::new().service_tier("gold")).stated_cost(usd("0.03"));
    bursar.settle(&held(&bursar, "data", "large"), unknown).unwrap();
    let elsewhere = Settlement::cost(usd("0.04")).terms(Terms::new().service_tier("priority"));
    let elsewhere = bursar.settle(&held(&bursar, "data", "large"), elsewhere).unwrap();
    assert_eq!(bursar.entry(elsewhere.entry).unwrap().terms, None, "no terms have priced it");
    assert_eq!(
        printed(&bursar.report(&ReportRequest::new("UTC")).unwrap().lines),
        [
            "large input_uncached [] - x 1000 = 0",
            "large input_uncached [service_tier=priority] - x 1000 = 0.013333333333",
            "large output [] - x 100 = 0",
            "large output [service_tier=priority] - x 100 = 0.006666666667",
            "large - [] - x 0 = 0.07",
        ]
    );
    assert_eq!(bursar.verify().unwrap(), []);
}

#[test]
fn a_statement_has_the_lines_of_an_invoice() {
    let (bursar, batch) = (in_memory(), || Terms::new().processing("batch"));
    for (terms, usage) in [
        (Terms::new(), tokens(1_000, 100)),
        (Terms::new(), tokens(2_000, 300)),
        (batch(), tokens(9_000, 0)),
        (Terms::new(), tokens(200_001, 10)),
        (batch(), tokens(300_000, 0)),
    ] {
        booked(&bursar, terms, &usage);
    }
    let entry = booked(&bursar, batch(), &tokens(1_000, 0));
    let corrected = bursar.adjust(entry.seq, usd("-0.001"), "the invoice says so").unwrap();
    assert_eq!(bursar.entry(corrected).unwrap().terms, entry.terms, "a correction is of its entry's terms");
    let statement = bursar.report(&ReportRequest::new("UTC")).unwrap();
    assert_eq!(
        printed(&statement.lines),
        [
            "large input_uncached [] 3 x 3000 = 0.009",
            "large input_uncached [context=>200000] 6 x 200001 = 1.200006",
            "large input_uncached [processing=batch] 1.5 x 10000 = 0.015",
            "large input_uncached [processing=batch,context=>200000] 3 x 300000 = 0.9",
            "large output [] 15 x 400 = 0.006",
            "large output [context=>200000] 22.5 x 10 = 0.000225",
            "large - [] - x 0 = -0.001",
        ]
    );
    assert!(
        statement.lines.iter().all(|line| line.exact().is_none_or(|exact| exact.to_money() == line.cost))
    );
    let none = ReportRequest::new("UTC").filter("team = \"search\"".parse().unwrap());
    assert_eq!(bursar.report(&none).unwrap().lines, [], "a filter hides lines too");
}

/// A hold that expires knows no terms, and its settlement that comes late does: what stays of both is told once.
#[test]
fn a_late_settlement_leaves_no_cost_without_usage() {
    let clock = clock();
    let bursar = open(Path::new(":memory:"), policy(), &clock);
    let (late, lost) = (held(&bursar, "data", "large"), held(&bursar, "data", "large"));
    clock.advance(Duration::from_hours(1));
    let usage = tokens(1_000, 100);
    bursar.settle(&late, Settlement::new(&usage).terms(Terms::new().service_tier("priority"))).unwrap();
    assert_eq!(
        printed(&bursar.report(&ReportRequest::new("UTC")).unwrap().lines),
        [
            "large input_uncached [service_tier=priority] 6 x 1000 = 0.006".to_owned(),
            "large output [service_tier=priority] 30 x 100 = 0.003".to_owned(),
            format!("large - [] - x 0 = {}", lost.bound()),
        ]
    );
}

/// What a region in the model's name costs more is in its hold, in its quote and in what is booked.
#[test]
fn a_call_is_booked_at_the_price_of_the_region_in_its_name() {
    let (bursar, usage) = (in_memory(), tokens(10_000, 1_000));
    for (name, cost, terms) in [
        ("maker.small", "0.015", ""),
        ("eu.maker.small", "0.0165", "region=eu"),
        // The book has no price of this region, and takes the plain one.
        ("us.maker.small", "0.015", ""),
    ] {
        let (scope, model) = (bursar.scope(&[]).unwrap(), bursar.model(Some("aws"), name).unwrap());
        let quote = model.prices().quote(&usage, &Terms::new(), bursar.now()).unwrap();
        let call = Call::new(&model, 10_000).max_output_tokens(1_000);
        let settled = bursar.settle(&admitted(bursar.reserve(&scope, &call).unwrap()), &usage).unwrap();
        assert_eq!((settled.cost, quote.money()), (usd(cost), usd(cost)), "{name}");
        let lines = bursar.report(&ReportRequest::new("UTC")).unwrap().lines;
        let own = lines.iter().filter(|line| line.model == name);
        let told: Vec<_> = own.map(|line| (line.dimension, line.rate, line.terms.as_str())).collect();
        let quoted = quote.lines().iter().map(|line| (Some(line.dimension()), Some(line.rate()), terms));
        assert_eq!(told, quoted.collect::<Vec<_>>(), "{name}");
    }
}

/// The reference's query of unit prices gives what a statement has.
#[test]
fn the_query_of_the_reference_sums_by_terms_and_unit_price() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), clock());
    let path = folder.path().join("ledger.db");
    let bursar = open(&path, policy(), &clock);
    booked(&bursar, Terms::new(), &tokens(1_000, 100));
    booked(&bursar, Terms::new().processing("batch"), &tokens(250_000, 0));
    booked(&bursar, Terms::new().processing("batch"), &tokens(250_000, 7));
    drop(bursar);
    let page = include_str!("../../docs/reference/ledger-format.md");
    let query = page.split("```sql").skip(1).filter_map(|text| text.split("```").next());
    let query = query.into_iter().find(|text| text.contains("rollup_usage")).unwrap();
    let database = rusqlite::Connection::open(&path).unwrap();
    let mut query = database.prepare(query).unwrap();
    let row = |row: &rusqlite::Row<'_>| {
        let terms: Option<String> = row.get(2)?;
        let (kind, rate): (String, i64) = (row.get(1)?, row.get(3)?);
        let (per, quantity): (i64, i64) = (row.get(4)?, row.get(5)?);
        let cost = (row.get::<_, i64>(6)?, row.get::<_, i64>(7)?);
        Ok(format!("{kind} [{}] {rate}/{per} x {quantity} = {cost:?}", terms.unwrap_or_default()))
    };
    let rows = query.query_map([], row).unwrap().collect::<rusqlite::Result<Vec<_>>>().unwrap();
    assert_eq!(
        rows,
        [
            "input_uncached [] 3000000000/1 x 1000 = (3000000, 0)",
            "input_uncached [processing=batch,context=>200000] 3000000000/1 x 500000 = (1500000000, 0)",
            "output [] 15000000000/1 x 100 = (1500000, 0)",
            "output [processing=batch,context=>200000] 11250000000/1 x 7 = (78750, 0)",
        ]
    );
}

/// Everything that a line is known by, with quantity and cost.
type Lines = BTreeMap<(String, Option<&'static str>, String, Option<(i64, u32)>), (u64, Money)>;

/// The lines by a few lines of code that share nothing with the reports.
fn summed(path: &Path, team: Option<&str>) -> Lines {
    let mut store = SqliteStore::read(path).unwrap();
    let loaded = store.load().unwrap();
    let name = |symbol: bursar::Symbol| loaded.symbols[symbol.index() as usize].clone();
    let mut sums = Lines::new();
    for (entry, lines) in entries(path) {
        let own = &loaded.tag_sets[entry.tag_set.index() as usize];
        if team.is_some() && own.get(&"team".parse().unwrap()) != team {
            continue;
        }
        let mut add = |key, quantity: u64, cost: Money| {
            let sum = sums.entry(key).or_insert((0, Money::ZERO));
            *sum = (sum.0 + quantity, sum.1 + cost);
        };
        for line in &lines {
            let terms = entry.terms.map(name).unwrap_or_default();
            let rate = line.rate.map(|rate| (rate.femto(), rate.per()));
            add((name(entry.model), Some(line.dimension.as_str()), terms, rate), line.quantity, line.amount);
        }
        let measured: Money = lines.iter().map(|line| line.amount).sum();
        add((name(entry.model), None, String::new(), None), 0, entry.amount - measured);
    }
    sums.retain(|_, sum| *sum != (0, Money::ZERO));
    sums
}

fn told(lines: &[ChargeLine]) -> Lines {
    let mut sums = Lines::new();
    for line in lines {
        let name = format!("{}/{}", line.provider, line.model);
        let rate = line.rate.map(|rate| (rate.femto(), rate.per()));
        let key = (name, line.dimension.map(Dimension::as_str), line.terms.clone(), rate);
        assert_eq!(sums.insert(key, (line.quantity, line.cost)), None, "{line:?} comes once");
    }
    sums
}

/// A call of any kind, at a time that may cut an hour, ended in any way.
fn random_call(chance: &mut Chance, bursar: &Bursar, clock: &ManualClock) {
    let (team, model) = (*chance.pick(&["data", "search"]), *chance.pick(&["large", "large", "odd"]));
    let hold = held(bursar, team, model);
    let is_large = bursar.hold(hold.id()).unwrap().bound > usd("0.001");
    let usage = tokens(chance.below(400_000), chance.below(9_000));
    let usage = if chance.percent(30) && is_large { usage.with(Dimension::CacheRead, 777) } else { usage };
    let terms = match chance.below(4) {
        1 if is_large => Terms::new().service_tier("priority"),
        2 if is_large => Terms::new().processing("batch"),
        3 if is_large => Terms::new().service_tier("flex"),
        _ => Terms::new(),
    };
    clock.advance(Duration::from_secs(chance.below(2_000)));
    let settlement = Settlement::new(&usage).terms(terms);
    let booked = match chance.below(10) {
        0 => return bursar.release(hold.id()).unwrap_or_default(),
        1 => return,
        2 => bursar.settle(&hold, Settlement::cost(usd("0.0123"))),
        3 => bursar.settle(&hold, settlement.stated_cost(Money::from_pico(chance.below(1 << 40).into()))),
        _ => bursar.settle(&hold, settlement),
    };
    if chance.percent(10) {
        bursar.adjust(booked.unwrap().entry, Money::from_pico(-7), "rounding").unwrap();
    }
}

#[test]
fn the_lines_of_any_ledger_are_its_entries_by_terms_and_rate() {
    for seed in 1..=12 {
        let (folder, clock, mut chance) = (tempfile::tempdir().unwrap(), clock(), Chance::new(seed));
        let path = folder.path().join("ledger.db");
        let policy = policy().with_stated_cost(*chance.pick(&[StatedCost::Beside, StatedCost::Instead]));
        let mut bursar = open(&path, policy.clone(), &clock);
        for _ in 0..120 {
            random_call(&mut chance, &bursar, &clock);
            if chance.percent(3) {
                drop(bursar);
                bursar = open(&path, policy.clone(), &clock);
            }
        }
        let everything = ReportRequest::named("2026-11", "Asia/Kolkata").unwrap();
        let statement = bursar.report(&everything).unwrap();
        assert_eq!(told(&statement.lines), summed(&path, None), "seed {seed}");
        let sum: Money = statement.lines.iter().map(|line| line.cost).sum();
        assert_eq!(sum, statement.total, "seed {seed}");
        for line in statement.lines.iter().filter(|line| line.rate.is_some()) {
            let apart = (line.exact().unwrap().to_money() - line.cost).pico().unsigned_abs();
            assert!(apart <= statement.calls.into(), "seed {seed}: {line:?} is {apart} pico off");
        }
        let of_team = bursar.report(&everything.filter("team = \"search\"".parse().unwrap())).unwrap();
        assert_eq!(told(&of_team.lines), summed(&path, Some("search")), "seed {seed}");
        assert_eq!(bursar.verify().unwrap(), [], "seed {seed}");
        drop(bursar);
        let read = Bursar::builder().policy(policy.clone()).clock(Arc::clone(&clock)).resource_attributes("");
        let again = read.open_for_reading(&path).unwrap().report(&ReportRequest::new("UTC")).unwrap();
        assert_eq!(told(&again.lines), summed(&path, None), "seed {seed}");
    }
}
