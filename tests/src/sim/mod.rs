//! A seeded simulator: many agents on one engine, with a clock that jumps, a disk that fails and processes that die.
//!
//! Everything is drawn from one seed and nothing from the machine, so that a seed and a number of steps replay exactly.
//! After every step the laws are checked: [`Audit`] follows the entries that are on the disk, and the simulation
//! compares them with what it was told and with what the live counters say.

mod audit;
mod invoice;
mod medium;
mod scene;

use crate::{
    Chance,
    scene::{clock, output},
};
use audit::Audit;
use bursar::{
    BudgetStatus, Bursar, Call, Decision, Error, ErrorCode, Hold, HoldId, ManualClock, Money, Timestamp,
};
use invoice::Served;
pub use medium::Medium;
use scene::{Agent, agents, policy};
use std::{
    collections::{HashMap, HashSet},
    fmt::Display,
    sync::Arc,
    time::Duration,
};

/// Calls that agents remember, to end them, to end them again or never.
const REMEMBERED_CALLS: usize = 200;
/// Keys that agents use over and over.
const KEYS: u64 = 30;
/// Spans that are told, mostly once.
const SPANS: u64 = 500;

/// What a simulation did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Calls that were admitted.
    pub admitted: u64,
    /// Calls that were refused.
    pub refused: u64,
    /// Settlements that were answered.
    pub settled: u64,
    /// Calls that were recorded without having been asked about.
    pub recorded: u64,
    /// Calls that were recorded as of unknown cost.
    pub unresolved: u64,
    /// Operations that failed because the disk did.
    pub failed: u64,
    /// Processes that died.
    pub crashes: u64,
    /// Times that everything was recomputed from the entries.
    pub verified: u64,
    /// Entries on the disk at the end.
    pub entries: u64,
    /// What was spent at the end.
    pub spent: Money,
}

/// A call that was admitted.
#[derive(Clone, Copy, Debug)]
struct Sent {
    hold: HoldId,
    bound: Money,
}

/// A process, and who calls in it.
struct Process {
    bursar: Bursar,
    agents: Vec<Agent>,
}

/// One world: a disk, a clock, and the processes of the moment.
pub struct Simulation {
    seed: u64,
    step: u64,
    chance: Chance,
    clock: Arc<ManualClock>,
    medium: Medium,
    processes: Vec<Process>,
    /// The process that acts.
    acting: usize,
    limits: u64,
    sent: Vec<Sent>,
    /// What each key was used for: the agent, the tokens and the hold.
    keys: HashMap<u64, (usize, u64, HoldId)>,
    /// Holds that were given back, or may have been when the disk failed: their keys are free again.
    given_back: HashSet<HoldId>,
    /// Settlements that were answered.
    answered: HashMap<u64, Money>,
    /// Spans whose recording was answered.
    spans: HashSet<u64>,
    audit: Audit,
    report: Report,
}

impl Simulation {
    /// A world that nothing has happened in.
    pub fn new(seed: u64, medium: Medium) -> Self {
        let mut simulation = Self {
            seed,
            step: 0,
            chance: Chance::new(seed),
            clock: clock(),
            medium,
            processes: Vec::new(),
            acting: 0,
            limits: 0,
            sent: Vec::new(),
            keys: HashMap::new(),
            given_back: HashSet::new(),
            answered: HashMap::new(),
            spans: HashSet::new(),
            audit: Audit::default(),
            report: Report::default(),
        };
        simulation.open();
        simulation
    }

    /// Lets so many things happen, and checks the laws after each.
    pub fn run(mut self, steps: u64) -> Report {
        for _ in 0..steps {
            self.step += 1;
            self.act();
            self.check_entries();
            self.check_processes();
        }
        self.medium.heal();
        self.verify();
        self.check_answers();
        self.report.entries = self.audit.entries();
        self.report.spent = self.audit.spent();
        self.report
    }

    fn fail(&self, what: impl Display) -> ! {
        panic!("seed {}, step {}: {what}", self.seed, self.step)
    }

    fn expect<T>(&self, that: &str, outcome: Result<T, Error>) -> T {
        outcome.unwrap_or_else(|error| self.fail(format!("{that}: {error:#}")))
    }

    fn agents(&self) -> &[Agent] {
        &self.processes[self.acting].agents
    }

    fn bursar(&self) -> Bursar {
        self.processes[self.acting].bursar.clone()
    }

    fn open(&mut self) {
        while self.processes.len() < self.medium.processes() {
            let process = self.opened();
            self.processes.push(process);
        }
    }

    fn opened(&self) -> Process {
        let builder = Bursar::builder()
            .policy(policy(self.limits))
            .clock(Arc::clone(&self.clock))
            .resource_attributes("");
        let opened = self.medium.open(builder);
        let bursar = self.expect("a ledger opens again", opened);
        Process { agents: agents(&bursar), bursar }
    }

    fn act(&mut self) {
        self.choose();
        match self.chance.below(100) {
            0..=34 => self.reserve(),
            35..=55 => self.settle(),
            56..=58 => self.record(),
            59 => self.record_unresolved(),
            60..=64 => self.release(),
            65..=68 => self.end(Bursar::unresolved),
            69..=78 => self.pass_time(),
            79..=82 => self.break_disk(),
            83..=85 => self.crash(),
            86..=87 => self.restart(),
            88..=90 => self.edit(),
            91..=92 => self.resume(),
            93 => self.close(),
            94..=95 => self.adjust(),
            _ => self.verify(),
        }
    }

    /// Another process acts from here on, where there are several.
    fn choose(&mut self) {
        if self.processes.len() > 1 {
            self.acting = usize::try_from(self.chance.below(self.processes.len() as u64)).unwrap_or(0);
        }
    }

    /// A failure of the disk is in order; nothing else is.
    fn is_fault(&mut self, error: &Error) -> bool {
        let is_fault = matches!(error.code(), ErrorCode::LedgerFull | ErrorCode::LedgerIo);
        self.report.failed += u64::from(is_fault);
        is_fault
    }

    fn reserve(&mut self) {
        let agent = usize::try_from(self.chance.below(self.agents().len() as u64)).unwrap_or(0);
        let tokens = *self.chance.pick(&[0, 1_000, 20_000, 90_000, 90_001, 400_000]);
        let key = if self.chance.percent(25) { Some(self.chance.below(KEYS)) } else { None };
        let lifetime = Duration::from_secs(self.chance.below(1_800));
        let bursar = self.bursar();
        let before = self.look();
        let text = key.map(|key| format!("key {key}"));
        let model = self.expect("the model is priced", bursar.model(None, "test-model"));
        let mut call = Call::new(&model, 0).max_output_tokens(tokens).lifetime(lifetime);
        call = if let Some(text) = &text { call.key(text) } else { call };
        let decision = bursar.reserve(&self.agents()[agent].scope, &call);
        match decision {
            Ok(Decision::Admitted(hold)) => self.admitted(&hold, key.map(|key| (key, agent, tokens))),
            Ok(_) => self.report.refused += 1,
            Err(error) if error.code() == ErrorCode::KeyConflict => {
                let known = key.and_then(|key| self.keys.get(&key));
                if known.is_none_or(|known| (known.0, known.1) == (agent, tokens)) {
                    self.fail(format!("the key {key:?} conflicts with nothing"));
                }
            }
            Err(error) if self.is_fault(&error) => {
                // Nothing is held; another budget row may have come into being.
                return before.iter().for_each(|before| self.check_unchanged(before));
            }
            Err(error) => self.fail(format!("a reservation fails: {error:#}")),
        }
        self.check_money(before.as_deref(), Money::ZERO);
    }

    fn admitted(&mut self, hold: &Hold, key: Option<(u64, usize, u64)>) {
        self.report.admitted += 1;
        self.follow();
        if self.audit.bound(hold.id()) != Some(hold.bound()) {
            self.fail(format!("hold {} was given before it was on the disk", hold.id()));
        }
        if let Some((key, agent, tokens)) = key {
            let known = self.keys.get(&key).copied();
            let is_known = known == Some((agent, tokens, hold.id()));
            let is_free = known.is_none_or(|(_, _, known)| self.given_back.contains(&known));
            if hold.is_replay() && !is_known || !hold.is_replay() && !is_free {
                self.fail(format!("key {key} of {known:?} gives hold {hold:?}"));
            }
            self.keys.insert(key, (agent, tokens, hold.id()));
        }
        if !hold.is_replay() {
            self.sent.push(Sent { hold: hold.id(), bound: hold.bound() });
            if self.sent.len() > REMEMBERED_CALLS {
                self.sent.remove(0);
            }
        }
    }

    /// Mostly what is due; sometimes twice, late, or more than was held.
    fn settle(&mut self) {
        let Some(call) = self.any_call() else { return };
        let bound = call.bound.pico();
        let repeats = self.answered.get(&call.hold.number()).copied().filter(|_| self.chance.percent(70));
        let cost = repeats.unwrap_or_else(|| {
            let most = if self.chance.percent(8) { bound * 3 } else { bound };
            Money::from_pico(most * i128::from(self.chance.below(101)) / 100)
        });
        let bursar = self.bursar();
        let served = self.served(cost, repeats.is_some());
        let cost = served.cost.unwrap_or(cost);
        let before = self.look();
        self.settle_pending();
        // What waits for the disk counts already; only a hold that was forgotten is on the disk for certain.
        let named = cost
            - match bursar.hold(call.hold) {
                Some(view) if view.state.is_open() => view.bound,
                Some(view) => view.cost,
                None => self.audit.booked(call.hold),
            };
        match bursar.settle_by_id(call.hold, &served.settlement(cost)) {
            Ok(settled) => {
                self.report.settled += 1;
                self.follow();
                if self.audit.booked(call.hold) != cost || self.audit.is_open(call.hold) {
                    self.fail(format!("hold {} was answered {settled:?} and is not on the disk", call.hold));
                }
                if settled.is_overrun != (cost > call.bound) {
                    self.fail(format!("{settled:?} of a bound of {}", call.bound));
                }
                self.answered.insert(call.hold.number(), cost);
            }
            Err(error) if error.code() == ErrorCode::HoldEnded => {
                if self.answered.get(&call.hold.number()) == Some(&cost) {
                    self.fail(format!("the same settlement again: {error}"));
                }
            }
            Err(error) if self.is_fault(&error) => {}
            Err(error) => self.fail(format!("a settlement fails: {error:#}")),
        }
        self.check_money(before.as_deref(), named.at_least_zero());
    }

    /// How the call was served, for about this cost: of half of them only the cost is known.
    fn served(&mut self, cost: Money, is_repeated: bool) -> Served {
        if is_repeated || self.chance.percent(50) {
            return Served::default();
        }
        let bursar = self.bursar();
        let model = self.expect("the model is priced", bursar.model(None, "tiered"));
        let now = self.now();
        Served::about(cost, model, &mut self.chance, now)
    }

    /// The lines of a statement are those of the entries, model by model and rate by rate.
    fn check_invoice(&mut self) {
        self.settle_pending();
        let told = self.bursar().report(&bursar::ReportRequest::new("UTC").period(bursar::Window::ALWAYS));
        match told {
            Ok(statement) if self.medium.is_whole() => {
                if let Err(what) = self.audit.invoice().check(&statement, &self.medium.symbols()) {
                    self.fail(what);
                }
            }
            Ok(_) => {}
            Err(error) if self.is_fault(&error) => {}
            Err(error) => self.fail(format!("a report fails: {error:#}")),
        }
    }

    /// A call that nobody asked about is told, and may be told again. The span's number says what call it was.
    fn record(&mut self) {
        let span = self.chance.below(SPANS);
        let agent = usize::try_from(span).unwrap_or(0) % self.agents().len();
        let tokens = [1_000, 20_000, 200_000][usize::try_from(span % 3).unwrap_or(0)];
        let bursar = self.bursar();
        let before = self.look();
        let model = self.expect("the model is priced", bursar.model(None, "test-model"));
        let (key, usage) = (format!("span {span}"), output(tokens));
        let mut named = Money::from_pico(i128::from(tokens) * 1_000_000);
        match bursar.record(&self.agents()[agent].scope, &Call::new(&model, 0).key(&key), &usage) {
            Ok(settled) => {
                self.report.recorded += 1;
                self.follow();
                let is_as_told = settled.cost == named && settled.is_overrun == (named > settled.bound);
                if !is_as_told || self.spans.contains(&span) && !settled.is_replay {
                    self.fail(format!("span {span} of {named} was answered {settled:?}"));
                }
                // A hold of unknown cost may have been more than that.
                named = if settled.is_replay { Money::ZERO } else { (named - settled.bound).at_least_zero() };
                self.spans.insert(span);
            }
            // It counts, and waits for the disk.
            Err(error) if self.is_fault(&error) => {}
            Err(error) => self.fail(format!("a recording fails: {error:#}")),
        }
        // Up to the ceiling it is an ordinary call; above it, only by what is named.
        self.check_rows(before.as_deref(), |ceiling, had| ceiling.max(had) + named);
    }

    /// The same call, of which nobody knows yet what it cost, twice as much at most.
    fn record_unresolved(&mut self) {
        let span = self.chance.below(SPANS);
        let agent = usize::try_from(span).unwrap_or(0) % self.agents().len();
        let tokens = 2 * [1_000, 20_000, 200_000][usize::try_from(span % 3).unwrap_or(0)];
        let bursar = self.bursar();
        let before = self.look();
        let model = self.expect("the model is priced", bursar.model(None, "test-model"));
        let key = format!("span {span}");
        let call = Call::new(&model, 0).max_output_tokens(tokens).key(&key);
        let mut named = Money::from_pico(i128::from(tokens) * 1_000_000);
        match bursar.record_unresolved(&self.agents()[agent].scope, &call) {
            Ok(hold) => {
                self.report.unresolved += 1;
                self.follow();
                if self.spans.contains(&span) && !hold.is_replay() || hold.bound() > named {
                    self.fail(format!("span {span} of at most {named} was answered {hold:?}"));
                }
                named = if hold.is_replay() { Money::ZERO } else { named - hold.bound() };
                if named > Money::ZERO && self.audit.is_open(hold.id()) {
                    self.fail(format!("span {span} doesn't fit and is held: {hold:?}"));
                }
            }
            Err(error) if self.is_fault(&error) => {}
            Err(error) => self.fail(format!("a recording of unknown cost fails: {error:#}")),
        }
        self.check_rows(before.as_deref(), |ceiling, had| ceiling.max(had) + named);
    }

    /// Writes what waits if the disk lets it, so that the audit knows each hold's state before a settlement.
    fn settle_pending(&mut self) {
        if self.medium.is_whole() {
            let flushed = self.bursar().flush();
            self.expect("a whole disk is written", flushed);
        }
        self.follow();
    }

    fn release(&mut self) {
        let Some(call) = self.any_call() else { return };
        self.given_back.insert(call.hold);
        self.end_call(call, Bursar::release);
    }

    fn end(&mut self, how: fn(&Bursar, HoldId) -> bursar::Result<()>) {
        let Some(call) = self.any_call() else { return };
        self.end_call(call, how);
    }

    fn end_call(&mut self, call: Sent, how: fn(&Bursar, HoldId) -> bursar::Result<()>) {
        let bursar = self.bursar();
        let before = self.look();
        match how(&bursar, call.hold) {
            Ok(()) => {}
            Err(error) if matches!(error.code(), ErrorCode::HoldEnded | ErrorCode::HoldUnknown) => {}
            Err(error) if self.is_fault(&error) => {}
            Err(error) => self.fail(format!("an ending fails: {error:#}")),
        }
        self.check_money(before.as_deref(), Money::ZERO);
    }

    /// What the budgets stand at before an operation. Looking expires holds, so it isn't done each time.
    fn look(&mut self) -> Option<Vec<BudgetStatus>> {
        self.chance.percent(60).then(|| self.bursar().budgets())
    }

    fn any_call(&mut self) -> Option<Sent> {
        if self.sent.is_empty() { None } else { Some(*self.chance.pick(&self.sent)) }
    }

    /// Minutes most often; sometimes days, and sometimes back.
    fn pass_time(&mut self) {
        let now = self.clock.now();
        let seconds = Duration::from_secs(self.chance.below(900));
        self.clock.set(match self.chance.below(20) {
            0 => now.plus(seconds * 200),
            1..=2 => now.minus(seconds * 4),
            _ => now.plus(seconds),
        });
    }

    fn break_disk(&mut self) {
        let code = *self.chance.pick(&[ErrorCode::LedgerFull, ErrorCode::LedgerIo]);
        let times = 1 + self.chance.below(6);
        let spare = self.chance.below(3);
        self.medium.fail(spare, code, times);
    }

    /// The process dies: what it had not written is lost, and the next one starts from the disk.
    fn crash(&mut self) {
        self.report.crashes += 1;
        self.medium.crash();
        self.processes.clear();
        self.acting = 0;
        self.open();
        self.check_answers();
    }

    /// The process ends in good order, and the next one stands where it stood.
    fn restart(&mut self) {
        self.medium.heal();
        let before = self.bursar().budgets();
        self.processes.remove(self.acting);
        self.acting = 0;
        self.open();
        self.check_unchanged(&before);
    }

    fn edit(&mut self) {
        let limits = self.chance.number();
        for process in 0..self.processes.len() {
            match self.processes[process].bursar.apply(policy(limits)) {
                Ok(()) => self.limits = limits,
                Err(error) if self.is_fault(&error) => {}
                Err(error) => self.fail(format!("a policy is refused: {error:#}")),
            }
        }
    }

    fn resume(&mut self) {
        let name = *self.chance.pick(&["all", "data", "agents", "nobody"]);
        let agent = *self.chance.pick(&[None, Some("a1")]);
        match self.bursar().resume(name, agent) {
            Ok(()) => {}
            Err(error) if matches!(error.code(), ErrorCode::BudgetUnknown | ErrorCode::ResumeNeedsRaise) => {}
            Err(error) if self.is_fault(&error) => {}
            Err(error) => self.fail(format!("a resume fails: {error:#}")),
        }
    }

    fn close(&mut self) {
        let until = self.clock.now().minus(Duration::from_hours(self.chance.below(48)));
        match self.bursar().close_until(until) {
            Ok(()) => {}
            Err(error) if error.code() == ErrorCode::PeriodNotClosable || self.is_fault(&error) => {}
            Err(error) => self.fail(format!("closing fails: {error:#}")),
        }
    }

    fn adjust(&mut self) {
        let seq = 1 + self.chance.below(self.audit.entries().max(1));
        let by = Money::from_pico(i128::from(self.chance.below(20_000_000_000)) - 10_000_000_000);
        let before = self.look();
        match self.bursar().adjust(seq, by, "the invoice says so") {
            Ok(_) => {}
            Err(error) if error.code() == ErrorCode::EntryUnknown || self.is_fault(&error) => {}
            Err(error) => self.fail(format!("an adjustment fails: {error:#}")),
        }
        self.check_money(before.as_deref(), by.at_least_zero());
    }

    fn verify(&mut self) {
        match self.bursar().verify() {
            Ok(found) if found.is_empty() => {
                self.report.verified += 1;
                self.check_invoice();
            }
            Ok(found) => self.fail(found.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")),
            Err(error) if self.is_fault(&error) => {}
            Err(error) => self.fail(format!("verify fails: {error:#}")),
        }
    }

    /// Spend and holds pass no ceiling, unless they were past it already or a named amount carries them.
    fn check_money(&self, before: Option<&[BudgetStatus]>, named: Money) {
        self.check_rows(before, |ceiling, had| ceiling.max(had + named));
    }

    fn check_rows(&self, before: Option<&[BudgetStatus]>, most: impl Fn(Money, Money) -> Money) {
        let Some(before) = before else { return };
        for row in self.bursar().budgets() {
            let Some(ceiling) = row.ceiling else { continue };
            let twin = before.iter().find(|twin| (&twin.name, &twin.instance) == (&row.name, &row.instance));
            let had = twin.map_or(Money::ZERO, |twin| twin.spent + twin.held);
            let has = row.spent + row.held;
            let most = most(ceiling, had);
            if has > most {
                self.fail(format!("{row:?} had {had}, and {most} is the most that it may have"));
            }
        }
    }

    /// No counter has moved.
    fn check_unchanged(&self, before: &[BudgetStatus]) {
        let now = self.bursar().budgets();
        for row in before {
            let twin = now.iter().find(|twin| (&twin.name, &twin.instance) == (&row.name, &row.instance));
            let (spent, held) = twin.map(|twin| (twin.spent, twin.held)).unwrap_or_default();
            if (spent, held) != (row.spent, row.held) {
                self.fail(format!("{row:?} became {twin:?}"));
            }
        }
    }

    /// The entries keep their own laws, and when nothing waits their sums are the live counters.
    fn check_entries(&mut self) {
        self.follow();
        if !self.medium.is_whole() || self.chance.percent(50) {
            return;
        }
        let bursar = self.bursar();
        let live = bursar.budgets();
        let flushed = bursar.flush();
        self.expect("a whole disk is written", flushed);
        self.follow();
        let row = live.iter().find(|row| &*row.name == "everything");
        let (spent, held) = row.map(|row| (row.spent, row.held)).unwrap_or_default();
        if (spent, held) != (self.audit.spent(), self.audit.held()) {
            let (entries, open) = (self.audit.spent(), self.audit.held());
            self.fail(format!("{spent} spent and {held} held, and the entries give {entries} and {open}"));
        }
    }

    /// Every process stands where the others do.
    fn check_processes(&mut self) {
        if self.processes.len() < 2 || self.chance.percent(70) {
            return;
        }
        let standing = |process: &Process| {
            let rows = process.bursar.budgets().into_iter();
            let rows = rows.map(|row| (row.name, row.instance, row.spent, row.held, row.ceiling, row.state));
            rows.filter(|row| row.2 + row.3 > Money::ZERO).collect::<Vec<_>>()
        };
        let first = standing(&self.processes[0]);
        for process in &self.processes[1..] {
            let other = standing(process);
            if first != other {
                self.fail(format!("one process stands at {first:?}, another one at {other:?}"));
            }
        }
    }

    fn follow(&mut self) {
        let (medium, audit) = (&mut self.medium, &mut self.audit);
        if let Err(what) = audit.follow(medium) {
            self.fail(what);
        }
    }

    /// Every settlement that was ever answered is there with its cost.
    fn check_answers(&mut self) {
        self.follow();
        for (hold, cost) in &self.answered {
            let booked = self.audit.booked(HoldId::from_number(*hold));
            if booked != *cost {
                self.fail(format!("hold {hold} was answered {cost}, and {booked} are booked"));
            }
        }
    }

    /// The instant at which the world stands.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

use bursar::Clock as _;
