//! Random policies and commands, small enough that limits bind.

use super::SplitMix64;
use bursar::{
    Action, Budget, BudgetOptions, Calendar, Level, Machine, Money, Period, Rollover, Selector, Step,
    SuspendTarget, Symbol, TagKey, TagSet, Throttle, Timestamp, Trigger, inherit,
};
use std::{fmt, time::Duration};

const PERIODS: &[&str] = &[
    "hour",
    "day",
    "week",
    "week from sunday",
    "month",
    "quarter",
    "year from 04-01",
    "rolling 1 minutes",
    "rolling 90 minutes",
    "rolling 24 hours",
    "rolling 30 days",
    "once",
    "run",
];
const ZONES: &[&str] = &["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"];
const SELECTORS: &[&str] = &[
    "",
    "",
    "team = \"a\"",
    "team = \"b\"",
    "agent = \"x\"",
    "client = \"c\"",
    "not team = \"a\"",
    "team = \"a\" and agent = \"y\"",
    "agent = \"planner\"",
];
const TAGS: &[&str] = &[
    "team=a",
    "team=a agent=x",
    "team=a agent=y client=c",
    "team=b agent=x",
    "team=b client=c",
    "client=c agent=y",
    "team=a agent=planner run=r1",
];
const CHILDREN: &[&str] = &["agent=x run=r1.1", "agent=y run=r1.1.1", "agent=planner run=r2"];
const MODELS: &[&str] = &["m/dear", "m/cheap", "m/other"];
const STARTS: &[&str] = &[
    "2026-10-25T00:10:00Z",
    "2026-11-01T05:30:00Z",
    "2026-11-30T22:55:00Z",
    "2026-03-31T23:59:00Z",
    "2026-11-10T12:00:00Z",
    "2026-12-31T23:00:00Z",
    "2027-03-28T00:30:00Z",
];

/// What plans are made of, parsed once.
pub struct Pools {
    calendars: Vec<Calendar>,
    selectors: Vec<Selector>,
    pub tags: Vec<TagSet>,
    pub models: Vec<Symbol>,
    starts: Vec<Timestamp>,
}

impl Pools {
    #[must_use]
    pub fn new() -> Self {
        let periods = PERIODS.iter().map(|period| period.parse().unwrap());
        let calendars = periods
            .flat_map(|period| ZONES.iter().map(move |zone| Calendar::new(period, zone).unwrap()))
            .collect();
        let everything = |text: &&str| {
            if text.is_empty() { Selector::everything() } else { text.parse().unwrap() }
        };
        let read = |text: &&str| {
            let pairs = text.split_whitespace().map(|pair| pair.split_once('=').unwrap());
            TagSet::from_pairs(pairs).unwrap()
        };
        let mut tags: Vec<TagSet> = TAGS.iter().map(read).collect();
        for child in CHILDREN {
            tags.push(inherit(tags.last().unwrap(), &read(child)).unwrap());
        }
        Self {
            calendars,
            selectors: SELECTORS.iter().map(everything).collect(),
            tags,
            models: models(&mut Machine::new()),
            starts: STARTS.iter().map(|text| text.parse().unwrap()).collect(),
        }
    }
}

impl Default for Pools {
    fn default() -> Self {
        Self::new()
    }
}

/// The models' names in a machine: the same symbols in every new one.
pub(super) fn models(machine: &mut Machine) -> Vec<Symbol> {
    MODELS.iter().map(|name| machine.dictionary_mut().symbol(name).unwrap()).collect()
}

/// The symbol of a model in every new machine.
pub(super) fn model_symbol(name: &str) -> Symbol {
    let place = MODELS.iter().position(|known| *known == name);
    models(&mut Machine::new())[place.unwrap()]
}

/// How a hold ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum How {
    /// Settled at this percentage of its bound.
    Part(u32),
    /// The way in which it ended before.
    Again,
    Released,
    Unresolved,
}

#[derive(Clone)]
pub enum Command {
    Reserve {
        tags: usize,
        model: usize,
        bound: Money,
        lifetime: u64,
        key: Option<u8>,
        fingerprint: Option<u64>,
    },
    /// A call that has happened already, and what it cost, or where nobody knows it may have cost.
    Record {
        tags: usize,
        model: usize,
        cost: Money,
        is_known: bool,
        key: Option<u8>,
        fingerprint: Option<u64>,
    },
    End {
        hold: usize,
        how: How,
    },
    Adjust {
        tags: usize,
        amount: Money,
        ago: Duration,
    },
    Status,
    Resume {
        name: String,
        agent: Option<&'static str>,
    },
    Replace(Vec<Budget>),
    Close {
        ago: Duration,
    },
    Forward(Duration),
    Back(Duration),
}

/// A policy and what is done under it.
#[derive(Clone)]
pub struct Plan {
    pub seed: u64,
    pub start: Timestamp,
    pub budgets: Vec<Budget>,
    pub commands: Vec<Command>,
    /// Nothing in it may lead above a ceiling.
    pub is_calm: bool,
}

impl Plan {
    #[must_use]
    pub fn random(pools: &Pools, seed: u64) -> Self {
        let mut random = SplitMix64::new(seed);
        let (is_calm, is_hourly) = (random.is(30), random.is(25));
        let start = random.pick(&pools.starts).plus(Duration::from_micros(random.below(5_000_000)));
        let count = 1 + random.below(6);
        let budgets: Vec<Budget> =
            (0..count).map(|index| budget(pools, &mut random, &format!("b{index}"), is_calm)).collect();
        let mut plan = Self { seed, start, budgets: budgets.clone(), commands: Vec::new(), is_calm };
        let (mut current, length) = (budgets, 20 + random.below(41));
        let width = 1 + random.below(pools.tags.len() as u64) as usize;
        for _ in 0..length {
            let repeats = |command: &&Command| {
                matches!(
                    command,
                    Command::Reserve { key: Some(_), .. } | Command::Record { key: Some(_), .. }
                )
            };
            let again = plan.commands.iter().rev().find(repeats).filter(|_| random.is(5)).cloned();
            let command =
                again.unwrap_or_else(|| command(pools, &mut random, &mut current, (width, is_calm)));
            let is_hourly_step = is_hourly && matches!(command, Command::Forward(_));
            let hourly = Command::Forward(Duration::from_secs(2_400 + random.below(2_400)));
            plan.commands.push(if is_hourly_step { hourly } else { command });
        }
        plan.commands.push(Command::Status);
        plan
    }
}

fn command(
    pools: &Pools,
    random: &mut SplitMix64,
    current: &mut Vec<Budget>,
    (width, is_calm): (usize, bool),
) -> Command {
    let tags = random.below(width as u64) as usize;
    match random.below(100) {
        0..42 => Command::Reserve {
            tags,
            model: random.below(3) as usize,
            bound: amount(random),
            lifetime: random.pick(&[1, 5, 60, 600, 3_600, 86_400]),
            key: random.is(20).then(|| random.below(4) as u8),
            fingerprint: random.is(50).then(|| random.below(3)),
        },
        42..47 if !is_calm => Command::Record {
            tags,
            model: random.below(3) as usize,
            cost: amount(random),
            is_known: random.is(60),
            key: random.is(30).then(|| random.below(4) as u8),
            fingerprint: random.is(30).then(|| random.below(3)),
        },
        42..70 => Command::End { hold: random.below(1 << 20) as usize, how: how(random, is_calm) },
        70..76 => Command::Status,
        76..85 => Command::Forward(step_of_time(random)),
        85..88 => Command::Back(step_of_time(random)),
        88..89 => Command::Close { ago: step_of_time(random) },
        _ if is_calm => Command::Forward(step_of_time(random)),
        89..91 => {
            let amount = amount(random);
            let amount = if random.is(60) { Money::ZERO - amount } else { amount };
            Command::Adjust {
                tags,
                amount,
                ago: if random.is(50) { Duration::ZERO } else { step_of_time(random) },
            }
        }
        91..97 => Command::Resume {
            name: if random.is(90) { random.pick(current).name().to_owned() } else { "b9".to_owned() },
            agent: random.pick(&[None, None, Some("x"), Some("x"), Some("y"), Some("nobody")]),
        },
        _ => {
            edit(pools, random, current);
            Command::Replace(current.clone())
        }
    }
}

fn how(random: &mut SplitMix64, is_calm: bool) -> How {
    match random.below(20) {
        0..9 => How::Part(100),
        9..13 => How::Part(random.below(100) as u32),
        13 | 14 if !is_calm => How::Part(100 + random.below(300) as u32),
        13..16 => How::Released,
        16 | 17 => How::Unresolved,
        _ => How::Again,
    }
}

fn amount(random: &mut SplitMix64) -> Money {
    let cents = match random.below(10) {
        0 => 0,
        // Round amounts, which fill a limit to the last cent.
        1..6 => 10 * (1 + random.below(5)),
        6 | 7 => 1 + random.below(30),
        _ => 30 + random.below(90),
    };
    let odd = if random.is(15) { random.below(1_000_000) } else { 0 };
    Money::from_pico(i128::from(cents) * 10_000_000_000 + i128::from(odd))
}

fn step_of_time(random: &mut SplitMix64) -> Duration {
    let seconds = match random.below(10) {
        0..3 => random.below(5),
        3..5 => random.below(90),
        5..7 => random.below(7_200),
        7 | 8 => random.below(3 * 86_400),
        _ => random.below(40 * 86_400),
    };
    Duration::from_secs(seconds)
        + Duration::from_micros(if random.is(50) { random.below(1_000_000) } else { 0 })
}

/// Changes a policy a little: an amount, a period, the steps, or which budgets there are.
fn edit(pools: &Pools, random: &mut SplitMix64, budgets: &mut Vec<Budget>) {
    let index = random.below(budgets.len() as u64) as usize;
    let name = budgets[index].name().to_owned();
    let fresh = budget(pools, random, &name, false);
    let mut options = budgets[index].options().clone();
    match random.below(8) {
        0..3 => options.limit = fresh.limit(),
        3 => options.calendar = fresh.calendar().clone(),
        4 => options.steps = fresh.steps().to_vec(),
        5 => options.rollover = fresh.rollover(),
        6 => return budgets[index] = fresh,
        _ if budgets.len() > 1 && random.is(50) => return drop(budgets.remove(index)),
        _ => {
            let name = (0..6).map(|index| format!("b{index}"));
            let free = name.into_iter().find(|name| budgets.iter().all(|budget| budget.name() != name));
            return budgets.extend(free.map(|name| budget(pools, random, &name, false)));
        }
    }
    budgets.extend(Budget::new(options));
    if budgets.iter().filter(|budget| budget.name() == name).count() > 1 {
        budgets.swap_remove(index);
    }
}

fn budget(pools: &Pools, random: &mut SplitMix64, name: &str, is_calm: bool) -> Budget {
    let mut calendar = random.pick(&pools.calendars);
    while is_calm && calendar.rolling_length().is_some() {
        calendar = random.pick(&pools.calendars);
    }
    let limit = match random.below(20) {
        0 => Money::ZERO,
        1..12 => Money::from_pico(i128::from(1 + random.below(30)) * 100_000_000_000),
        _ => amount(random),
    };
    let is_per_run = calendar.period() == Period::Run;
    let mut options = BudgetOptions::new(name, random.pick(&pools.selectors), limit, calendar);
    let per = random.pick(&[vec![], vec![], vec![TagKey::AGENT], vec![TagKey::TEAM, TagKey::CLIENT]]);
    // Runs are counted apart by themselves, and by nothing else.
    options.per = if is_per_run { Vec::new() } else { per };
    let count = random.below(5);
    for _ in 0..count {
        let step = Step { trigger: trigger(random), action: action(random) };
        let is_new = options.steps.iter().all(|known| known.label() != step.label());
        let fits = Budget::new(BudgetOptions { steps: vec![step.clone()], ..options.clone() }).is_ok();
        if is_new && fits {
            options.steps.push(step);
        }
    }
    let rollover = BudgetOptions { rollover: Rollover::UpTo(amount(random)), ..options.clone() };
    match Budget::new(rollover) {
        Ok(budget) if random.is(35) => budget,
        _ => Budget::new(options).unwrap(),
    }
}

fn trigger(random: &mut SplitMix64) -> Trigger {
    match random.below(10) {
        0..7 => Trigger::Spend { percent: random.pick(&[1, 10, 25, 50, 80, 90, 100, 120]) },
        7 => Trigger::Forecast { percent: random.pick(&[50, 100, 150]) },
        8 => Trigger::Repeats {
            count: 2 + random.below(3) as u32,
            within: Duration::from_secs(random.pick(&[1, 60, 3_600])),
        },
        _ => Trigger::Spike { times: 2 + random.below(2) as u32 },
    }
}

fn action(random: &mut SplitMix64) -> Action {
    match random.below(10) {
        0 => Action::Alert(random.pick(&[Level::Info, Level::Warning, Level::Critical])),
        1..4 => Action::Suspend(SuspendTarget::Scope),
        4 | 5 => Action::Suspend(SuspendTarget::Agent),
        6 | 7 => Action::Throttle(Throttle::Pace),
        _ => Action::Throttle(match random.below(4) {
            0 => Throttle::CallsPerMinute(1 + random.below(4) as u32),
            1 => Throttle::CostPerMinute(Money::from_pico(i128::from(1 + random.below(40)) * 10_000_000_000)),
            2 => Throttle::Concurrency(1 + random.below(3) as u32),
            _ => Throttle::Downgrade { to: MODELS[random.below(MODELS.len() as u64) as usize].into() },
        }),
    }
}

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reserve { tags, model, bound, lifetime, key, fingerprint } => {
                write!(f, "reserve {bound} for tags {tags}, model {model}, {lifetime} s")?;
                key.map_or(Ok(()), |key| write!(f, ", key {key}"))?;
                fingerprint.map_or(Ok(()), |fingerprint| write!(f, ", fingerprint {fingerprint}"))
            }
            Self::Record { tags, model, cost, is_known, key, fingerprint } => {
                let at_most = if *is_known { "" } else { "at most " };
                write!(f, "record {at_most}{cost} for tags {tags}, model {model}")?;
                key.map_or(Ok(()), |key| write!(f, ", key {key}"))?;
                fingerprint.map_or(Ok(()), |fingerprint| write!(f, ", fingerprint {fingerprint}"))
            }
            Self::End { hold, how } => write!(f, "end hold {hold} (by turns): {how:?}"),
            Self::Adjust { tags, amount, ago } => {
                write!(f, "adjust tags {tags} by {amount} as of {ago:?} ago")
            }
            Self::Status => write!(f, "status"),
            Self::Resume { name, agent } => write!(f, "resume {name}, agent {agent:?}"),
            Self::Replace(budgets) => {
                write!(f, "replace the budgets by")?;
                budgets.iter().try_for_each(|budget| write!(f, "\n        {}", line(budget)))
            }
            Self::Close { ago } => write!(f, "close the books until {ago:?} ago"),
            Self::Forward(time) => write!(f, "{time:?} pass"),
            Self::Back(time) => write!(f, "the clock is set back by {time:?}"),
        }
    }
}

impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed {} from {}", self.seed, self.start)?;
        self.budgets.iter().try_for_each(|budget| writeln!(f, "  {}", line(budget)))?;
        let mut commands = self.commands.iter().enumerate();
        commands.try_for_each(|(index, command)| writeln!(f, "  {index:2} {command:?}"))
    }
}

fn line(budget: &Budget) -> String {
    let steps: Vec<String> = budget.steps().iter().map(Step::label).collect();
    let calendar = budget.calendar();
    format!(
        "{}: `{}` {} a {} in {}, per {:?}, rollover {:?}, steps {steps:?}",
        budget.name(),
        budget.selector(),
        budget.limit(),
        calendar.period(),
        calendar.zone_name(),
        budget.per().iter().map(TagKey::short).collect::<Vec<_>>(),
        budget.rollover(),
    )
}
