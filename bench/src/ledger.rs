//! The large ledger: thirteen months of calls by several teams, projects, clients, agents and models, in a SQLite file.
//!
//! It is played through the engine into the real store by one thread, from a seed, so it is the same on every machine. That
//! takes a minute or two for ten million entries, so the file is kept below the bench's folder and used again.

use bursar::{Budget, BudgetOptions, Bursar, Calendar, Call, Dimension, ManualClock, Model, Period, Policy, Scope, Selector, Timestamp, Usage, Window};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

pub(crate) const ZONE: &str = "Europe/Berlin";
/// The month of the statements, the last of the thirteen.
pub(crate) const MONTH: &str = "2026-10";
const FIRST: &str = "2025-10";

/// Raised when what is played changes, so that an older file isn't taken for it.
const RECIPE: u32 = 1;
const SEED: u64 = 20_261_101;
const PROJECTS: usize = 24;
const AGENTS: usize = 2;
const CLIENTS: usize = 3;
const MODELS: usize = 10;
/// Calls that one agent makes in a row.
const RUN: u64 = 4;

/// The month of the statements.
pub(crate) fn month() -> Window {
    Window::named(MONTH, ZONE).unwrap()
}

/// All thirteen months.
pub(crate) fn months() -> Window {
    Window::new(Window::named(FIRST, ZONE).unwrap().start(), month().end()).unwrap()
}

/// Where each of the thirteen months begins, and the last one ends.
pub(crate) fn edges() -> Vec<Timestamp> {
    let calendar = Calendar::new(Period::Month, ZONE).unwrap();
    let months = std::iter::successors(Some(month()), |month| calendar.previous(*month).filter(|month| month.start() >= months().start()));
    let mut edges: Vec<Timestamp> = months.map(|month| month.start()).collect();
    edges.reverse();
    edges.push(month().end());
    edges
}

/// Where a ledger of so many entries lies, played where it isn't there yet.
pub(crate) fn kept(folder: &Path, entries: u64) -> PathBuf {
    let path = folder.join(format!("month-{RECIPE}-{entries}.db"));
    if !path.exists() {
        std::fs::create_dir_all(folder).unwrap();
        let start = Instant::now();
        let room = tempfile::tempdir_in(folder).unwrap();
        let playing = room.path().join("playing.db");
        play(&playing, entries);
        // By a rename, so that a play that was cut short is never used.
        std::fs::rename(&playing, &path).unwrap();
        eprintln!("played {entries} entries into `{}` in {:.0} s", path.display(), start.elapsed().as_secs_f64());
    }
    path
}

/// The ledger as it is read when the month is over.
pub(crate) fn opened(path: &Path) -> Bursar {
    let clock = Arc::new(ManualClock::new(month().end()));
    Bursar::builder().policy(policy()).clock(clock).resource_attributes("").open_for_reading(path).unwrap()
}

fn policy() -> Policy {
    let prices = (0..MODELS).map(|model| {
        let (input, output) = (1 + model, 5 + 3 * model);
        let text = format!(
            r#"{{ "provider": "{}", "model": "{}", "input_mtok": "{input}", "cache_read_mtok": "0.{input:02}", "output_mtok": "{output}" }}"#,
            ["north", "south", "west"][model % 3],
            model_name(model),
        );
        serde_json::from_str(&text).unwrap()
    });
    let team = |team: usize| (format!("team {team}"), format!("team = \"team-{team}\"").parse().unwrap());
    let selectors = std::iter::once(("all".to_owned(), Selector::everything())).chain((0..PROJECTS / 3).map(team));
    selectors.fold(Policy::new().with_prices(prices), |policy, (name, selector)| {
        let calendar = Calendar::new(Period::Month, ZONE).unwrap();
        policy.with_budget(Budget::new(BudgetOptions::new(name, selector, "1e12".parse().unwrap(), calendar)).unwrap())
    })
}

fn model_name(model: usize) -> String {
    format!("model-{model}")
}

/// Two entries a call, evenly over the months.
fn play(path: &Path, entries: u64) {
    let (calls, months) = ((entries / 2).max(1), months());
    let clock = Arc::new(ManualClock::new(months.start()));
    let bursar = Bursar::builder().policy(policy()).clock(Arc::clone(&clock)).resource_attributes("").open(path).unwrap();
    let scopes: Vec<Scope> = (0..PROJECTS * AGENTS * CLIENTS).map(|place| scope(&bursar, place)).collect();
    let models: Vec<Model> = (0..MODELS).map(|model| bursar.model(None, &model_name(model)).unwrap()).collect();
    let mut random = Random(SEED);
    let (mut place, mut model) = (0, 0);
    let length = months.end().micros() - months.start().micros();
    for call in 0..calls {
        let at = i128::from(length) * i128::from(call) / i128::from(calls);
        clock.set(Timestamp::from_micros(months.start().micros() + i64::try_from(at).unwrap()));
        if call % RUN == 0 {
            (place, model) = run(&mut random);
        }
        bursar.record(&scopes[place], &Call::new(&models[model], 0), &usage(&mut random)).unwrap();
    }
    bursar.close().unwrap();
}

fn scope(bursar: &Bursar, place: usize) -> Scope {
    let (client, agent, project) = (place % CLIENTS, place / CLIENTS % AGENTS, place / CLIENTS / AGENTS);
    let tags = [
        ("team", format!("team-{}", project / 3)),
        ("project", format!("project-{project}")),
        ("client", format!("client-{}", (7 * project + client) % 30)),
        ("agent", format!("agent-{}", AGENTS * project + agent)),
    ];
    bursar.scope(&tags.each_ref().map(|(key, value)| (*key, value.as_str()))).unwrap()
}

/// Whose run comes next and on which model: the first projects have the most, and four of five runs of an agent are on its
/// own model.
fn run(random: &mut Random) -> (usize, usize) {
    let project = random.below(PROJECTS).min(random.below(PROJECTS));
    let (agent, client) = (random.below(AGENTS), random.below(CLIENTS));
    let model = (AGENTS * project + agent + usize::from(random.below(5) == 0)) % MODELS;
    ((project * AGENTS + agent) * CLIENTS + client, model)
}

fn usage(random: &mut Random) -> Usage {
    let usage = Usage::new().with(Dimension::InputUncached, 200 + random.below(4_000) as u64).with(Dimension::Output, 20 + random.below(900) as u64);
    if random.below(2) == 0 { usage } else { usage.with(Dimension::CacheRead, 1_024 * (1 + random.below(16) as u64)) }
}

/// A linear congruential generator.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }
}
