//! What could have been saved, and what a statement rests on, in ledgers of calls whose prices are known.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that can't go on shall stop where it stands"
)]

use bursar::{
    Bursar, Call, Dimension, ManualClock, Money, Opportunity, OpportunityKind, Policy, ReportRequest,
    Settlement, Statement, Timestamp, Usage,
};
use bursar_tests::scene::usd;
use std::{sync::Arc, time::Duration};

/// A large model, with cheaper prices in a batch and from a cache and dearer ones past 10,000 tokens, and a small one. A
/// million tokens of input cost 10 dollars and 1.
const PRICES: [&str; 2] = [
    r#"{ "provider": "private", "model": "m-5-large", "input_mtok": "10", "output_mtok": "20", "cache_read_mtok": "1",
         "cache_write_5m_mtok": "12.5", "variants": [
            { "when": { "input_gt": 10000 }, "input_mtok": "20", "output_mtok": "30" },
            { "when": { "processing": "batch" }, "multiply_tokens": "0.5" }] }"#,
    r#"{ "provider": "private", "model": "m-5-small", "input_mtok": "1", "output_mtok": "2" }"#,
];

struct Scene {
    bursar: Bursar,
    clock: Arc<ManualClock>,
}

impl Scene {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::new(at("2026-11-10T12:00:00Z")));
        let policy = Policy::new().with_prices(PRICES.map(|price| serde_json::from_str(price).unwrap()));
        let builder = Bursar::builder().policy(policy).clock(Arc::clone(&clock)).resource_attributes("");
        Self { bursar: builder.in_memory().unwrap(), clock }
    }

    /// A call of an agent to the large model, a second after the one before.
    fn call(&self, agent: &str, (input, output): (u64, u64)) -> &Self {
        self.tagged(&[("team", "data"), ("agent", agent)], (input, output))
    }

    fn tagged(&self, tags: &[(&str, &str)], (input, output): (u64, u64)) -> &Self {
        let usage = Usage::new().with(Dimension::InputUncached, input).with(Dimension::Output, output);
        self.settled(tags, &usage)
    }

    fn settled<'s>(&self, tags: &[(&str, &str)], settlement: impl Into<Settlement<'s>>) -> &Self {
        let model = self.bursar.model(None, "m-5-large").unwrap();
        let scope = self.bursar.scope(tags).unwrap();
        self.bursar.record(&scope, &Call::new(&model, 0), settlement).unwrap();
        self.clock.advance(Duration::from_secs(1));
        self
    }

    fn statement(&self) -> Statement {
        let request = ReportRequest::named("2026-11", "UTC").unwrap();
        self.bursar.report(&request.with_opportunities().with_evidence()).unwrap()
    }

    fn rows(&self) -> Vec<Opportunity> {
        self.statement().opportunities.unwrap().rows
    }

    /// Kind, agent, calls, what they cost and what they could have cost less.
    fn check(&self, expected: &[(OpportunityKind, &str, u64, &str, &str)]) {
        let rows = self.rows();
        let found: Vec<_> =
            rows.iter().map(|own| (own.kind, own.agent.as_str(), own.calls, own.spent, own.saving)).collect();
        let expected: Vec<_> =
            expected.iter().map(|own| (own.0, own.1, own.2, usd(own.3), usd(own.4))).collect();
        assert_eq!(found, expected);
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn a_short_call_would_have_cost_what_the_smaller_model_of_its_family_does() {
    let scene = Scene::new();
    scene.call("router", (1_000, 100)).call("router", (2_000, 500)).call("writer", (2_001, 100));
    scene.call("writer", (1_000, 501));
    // 0.012 and 0.03 at the large model's prices, a tenth of it at the small one's.
    scene.check(&[(OpportunityKind::SmallerModel, "router", 2, "0.042", "0.0378")]);
    let row = &scene.rows()[0];
    assert_eq!(
        (row.instead.as_deref(), row.model.as_str()),
        (Some("private/m-5-small"), "private/m-5-large")
    );
    assert_eq!(row.example, 2, "the settlement of the first call");
}

#[test]
fn calls_that_repeat_themselves_are_a_loop_from_the_eleventh_on() {
    let scene = Scene::new();
    for _ in 0..14 {
        scene.call("crawler", (900, 100));
    }
    // The first ten are work, though short; the other four, 0.011 each, are nothing else than a loop.
    scene.check(&[
        (OpportunityKind::SmallerModel, "crawler", 10, "0.11", "0.099"),
        (OpportunityKind::Loop, "crawler", 4, "0.044", "0.044"),
    ]);
}

#[test]
fn an_hour_that_begins_begins_to_count_anew() {
    let scene = Scene::new();
    for hour in 0..2 {
        for _ in 0..10 {
            scene.call("crawler", (900, 100));
        }
        scene.clock.set(at(&format!("2026-11-10T{}:00:00Z", 13 + hour)));
    }
    assert!(scene.rows().iter().all(|row| row.kind != OpportunityKind::Loop));
}

#[test]
fn input_just_past_an_edge_could_have_stayed_below_it() {
    let scene = Scene::new();
    // 11,000 × 20 + 1,000 × 30 a million; below the edge 10,000 × 10 + 1,000 × 20.
    scene.call("reader", (11_000, 1_000)).call("reader", (11_001, 1_000)).call("reader", (10_000, 1_000));
    let rows = scene.rows();
    let row = rows.iter().find(|row| row.kind == OpportunityKind::LongContext).unwrap();
    assert_eq!((row.calls, row.spent, row.saving), (1, usd("0.25"), usd("0.13")));
    assert_eq!(row.instead.as_deref(), Some("10000"));
}

#[test]
fn what_nobody_waits_for_would_have_cost_half_in_a_batch() {
    let scene = Scene::new();
    let tags = [("team", "data"), ("agent", "indexer"), ("environment", "nightly")];
    scene.tagged(&tags, (4_000, 1_000)).tagged(&tags, (5_000, 1_000));
    scene.check(&[(OpportunityKind::Batch, "indexer", 2, "0.13", "0.065")]);
    // At night a burst could have waited too, from its fifty-first call on.
    let night = Scene::new();
    night.clock.set(at("2026-11-10T23:00:00Z"));
    for call in 0..60 {
        night.call("sweeper", (3_000 + call, 600));
        night.clock.advance(Duration::from_secs(40));
    }
    let rows = night.rows();
    let row = rows.iter().find(|row| row.kind == OpportunityKind::Batch).unwrap();
    assert_eq!((row.calls, row.agent.as_str()), (10, "sweeper"));
    assert_eq!(row.saving, row.spent.fraction(1, 2).unwrap());
}

#[test]
fn prompts_that_follow_each_other_could_have_come_from_a_cache_once_it_is_written() {
    let scene = Scene::new();
    // Half of 4,000 tokens is read at 1 rather than 10 a million, twice; written once at 12.5 rather than 10.
    scene.call("writer", (4_000, 1_000)).call("writer", (4_000, 1_001)).call("writer", (4_000, 1_002));
    scene.clock.advance(Duration::from_mins(6));
    scene.call("writer", (4_000, 1_003));
    scene.check(&[(OpportunityKind::Cache, "writer", 2, "0.12006", "0.031")]);
}

#[test]
fn a_hold_that_nobody_ended_is_spend_that_could_have_been_avoided() {
    let scene = Scene::new();
    let model = scene.bursar.model(None, "m-5-large").unwrap();
    let scope = scene.bursar.scope(&[("team", "data"), ("agent", "writer")]).unwrap();
    let asked = Call::new(&model, 1_000).max_output_tokens(1_000);
    let holds = [(); 2].map(|()| *scene.bursar.reserve(&scope, &asked).unwrap().hold().unwrap());
    scene.clock.advance(Duration::from_mins(16));
    let expired = scene.statement();
    assert_eq!(expired.expired, 2);
    let row = &expired.opportunities.unwrap().rows[0];
    assert_eq!((row.kind, row.calls, row.saving), (OpportunityKind::Expired, 2, expired.total));
    // One of them is settled after all: what it cost is known now.
    let usage = Usage::new().with(Dimension::InputUncached, 1_000).with(Dimension::Output, 10);
    scene.bursar.settle(&holds[0], &usage).unwrap();
    let row = &scene.rows()[0];
    assert_eq!((row.kind, row.calls), (OpportunityKind::Expired, 1));
    assert_eq!(scene.statement().evidence.unwrap().late, 1);
}

#[test]
fn a_call_whose_price_the_book_does_not_give_is_compared_with_nothing() {
    let scene = Scene::new();
    let usage = Usage::new().with(Dimension::InputUncached, 1_000).with(Dimension::Output, 100);
    let policy = Policy::new().with_stated_cost(bursar::StatedCost::Instead);
    let policy = policy.with_prices(PRICES.map(|price| serde_json::from_str(price).unwrap()));
    scene.bursar.apply(policy).unwrap();
    scene.settled(&[("agent", "router")], Settlement::new(&usage).stated_cost(usd("0.02")));
    assert_eq!(scene.rows(), []);
    let evidence = scene.statement().evidence.unwrap();
    assert_eq!((evidence.stated.entries, evidence.stated.cost), (1, usd("0.02")));
}

#[test]
fn savings_are_of_different_calls_and_never_more_than_what_was_spent() {
    for seed in 1..12_u64 {
        let (scene, mut state) = (Scene::new(), seed);
        let mut below = |limit: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % limit
        };
        for _ in 0..400 {
            let agent = ["writer", "router", "crawler"][usize::try_from(below(3)).unwrap()];
            let input = [500, 1_500, 4_000, 10_500][usize::try_from(below(4)).unwrap()] + below(2);
            let environment = if below(10) == 0 { "nightly" } else { "production" };
            let tags = [("team", "data"), ("agent", agent), ("environment", environment)];
            scene.tagged(&tags, (input, 100 * below(3)));
        }
        let statement = scene.statement();
        let found = statement.opportunities.as_ref().unwrap();
        assert!(found.saving > Money::ZERO && found.spent <= statement.total, "seed {seed}");
        assert!(found.rows.iter().all(|row| row.saving <= row.spent), "seed {seed}");
        assert!(found.rows.iter().map(|row| row.calls).sum::<u64>() <= statement.calls, "seed {seed}");
        let few = ReportRequest::named("2026-11", "UTC").unwrap().drivers(1).with_opportunities();
        let few = scene.bursar.report(&few).unwrap().opportunities.unwrap();
        assert_eq!((few.saving, few.rows.len()), (found.saving, 1), "seed {seed}");
        assert_eq!(few.rows[0].saving + few.rest, few.saving, "seed {seed}");
    }
}

#[test]
fn only_calls_that_the_filter_covers_are_looked_at() {
    let scene = Scene::new();
    scene.call("router", (1_000, 100)).tagged(&[("team", "search"), ("agent", "ranker")], (1_000, 100));
    let request =
        ReportRequest::named("2026-11", "UTC").unwrap().filter("team = \"search\"".parse().unwrap());
    let statement = scene.bursar.report(&request.with_opportunities().with_evidence()).unwrap();
    let rows = statement.opportunities.unwrap().rows;
    assert_eq!(rows.iter().map(|row| row.agent.as_str()).collect::<Vec<_>>(), ["ranker"]);
    assert_eq!(statement.evidence.unwrap().entries, 1);
}

#[test]
fn the_same_entries_give_the_same_hash_and_others_another() {
    let (one, same, other) = (Scene::new(), Scene::new(), Scene::new());
    for scene in [&one, &same, &other] {
        scene.call("writer", (1_000, 100)).call("writer", (1_000, 100));
    }
    other.call("writer", (1, 1));
    let evidence = |scene: &Scene| scene.statement().evidence.unwrap();
    let own = evidence(&one);
    assert_eq!(own, evidence(&same));
    assert_ne!(own.entries_sha256, evidence(&other).entries_sha256);
    assert_eq!((own.entries, own.first.unwrap().seq, own.last.unwrap().seq), (2, 2, 4));
    assert_eq!((own.prices.len(), own.prices[0].cost), (1, usd("0.024")));
    assert!(own.is_complete && own.entries_sha256.len() == 64);
}

#[test]
fn a_statement_that_was_changed_no_longer_fits_its_seal() {
    let scene = Scene::new();
    scene.call("writer", (1_000, 100));
    let statement = scene.statement();
    assert_eq!(statement.is_as_sealed(), Some(true));
    let read = Statement::from_json(&statement.to_json()).unwrap();
    assert_eq!(read.is_as_sealed(), Some(true));
    let changed = statement.to_json().replace("0.012", "0.013");
    assert_eq!(Statement::from_json(&changed).unwrap().is_as_sealed(), Some(false));
    let plain = scene.bursar.report(&ReportRequest::named("2026-11", "UTC").unwrap()).unwrap();
    assert_eq!(plain.is_as_sealed(), None);
}

#[test]
fn the_policy_of_a_statement_is_told_by_the_hash_of_its_text() {
    let text = "[holds]\nlifetime = \"5 minutes\"\n";
    let report = |policy: Policy| {
        let bursar = Bursar::builder().policy(policy).resource_attributes("").in_memory().unwrap();
        bursar.report(&ReportRequest::new("UTC").with_evidence()).unwrap().evidence.unwrap().policy_sha256
    };
    let own = report(Policy::from_toml(text).unwrap());
    assert_eq!(own.as_deref().map(str::len), Some(64));
    assert_eq!(own, report(Policy::from_toml(text).unwrap()));
    assert_ne!(own, report(Policy::from_toml(&text.replace('5', "6")).unwrap()));
    assert_eq!(report(Policy::from_toml(text).unwrap().with_stated_cost(bursar::StatedCost::Instead)), None);
}
