//! Policies that are read, and those that aren't: the text of each error is part of the promise.

use crate::*;
use std::time::Duration;

/// Broken policies with the error of each: name, policy, error.
const BROKEN: &str = include_str!("broken.txt");

const MARKETING: &str = r#"
[[budgets]]
name = "marketing"
match = { team = "marketing" }
limit = "2500 USD"
period = "month"
"#;

fn usd(text: &str) -> Money {
    text.parse().unwrap()
}

fn read(text: &str) -> Policy {
    Policy::from_toml(text).unwrap_or_else(|error| panic!("{error:#}"))
}

fn refused(text: &str) -> Error {
    Policy::from_toml_named("policy.toml", text).unwrap_err()
}

fn on_spend(percent: u32, action: Action) -> Step {
    Step { trigger: Trigger::Spend { percent }, action }
}

#[test]
fn every_broken_policy_is_refused_with_its_place_and_the_way_out() {
    let (mut count, mut wrong) = (0, String::new());
    for case in BROKEN.split("=== ").skip(1) {
        let (name, rest) = case.split_once('\n').unwrap();
        let (policy, expected) = rest.split_once("---\n").unwrap();
        let found = format!("{:#}", refused(policy));
        if found != expected.trim_end() {
            wrong.extend(["=== ", name, "\n", policy, "---\n", &found, "\n\n"]);
        }
        count += 1;
    }
    assert!(wrong.is_empty(), "these errors read otherwise now:\n{wrong}");
    assert!(count >= 50, "{count} cases were found");
}

#[test]
fn the_policy_of_the_design_is_read_as_it_is_meant() {
    let policy = read(
        r#"
[taxonomy]
required = ["team", "project"]
unknown = "refuse"                       # or "unallocated"
team = ["marketing", "data", "search"]
client = { pattern = "[a-z0-9-]+" }

[[budgets]]
name = "marketing"
match = { team = "marketing" }           # selector: equality, lists, not, any, all
limit = "2500 USD"
period = "month"
time_zone = "Europe/Berlin"
steps = [
  { at = 80, do = "alert", level = "warning" },
  { at = 90, do = "throttle", pace = true },
  { at = 100, do = "suspend" },
]

[[prices.overrides]]
provider = "private"
model = "race-model"
input_mtok = "1"
output_mtok = "1"
"#,
    );
    let taxonomy = Taxonomy::builder()
        .require("team")
        .require("project")
        .values("team", ["marketing", "data", "search"])
        .pattern("client", "[a-z0-9-]+");
    assert_eq!(*policy.taxonomy(), taxonomy.build().unwrap());
    let [budget] = policy.budgets() else { panic!("one budget") };
    assert_eq!(budget.name(), "marketing");
    assert_eq!(*budget.selector(), Selector::equals("team", "marketing").unwrap());
    assert_eq!(budget.limit(), usd("2500"));
    assert_eq!(*budget.calendar(), Calendar::new(Period::Month, "Europe/Berlin").unwrap());
    assert_eq!((budget.per(), budget.rollover()), (&[][..], Rollover::Off));
    assert_eq!(
        budget.steps(),
        [
            on_spend(80, Action::Alert(Level::Warning)),
            on_spend(90, Action::Throttle(Throttle::Pace)),
            on_spend(100, Action::Suspend(SuspendTarget::Scope)),
        ]
    );
    assert_eq!(policy.prices.len(), 1);
    assert_eq!(policy.hold_lifetime, Duration::from_mins(15));
}

#[test]
fn the_example_shows_every_key_and_is_read() {
    let policy = Policy::from_file(concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/policy.toml")).unwrap();
    let names: Vec<&str> = policy.budgets().iter().map(Budget::name).collect();
    assert_eq!(names, ["marketing", "agents in production", "clients", "a single run"]);
    let [marketing, agents, clients, run] = policy.budgets() else { panic!("four budgets") };
    assert_eq!(marketing.rollover(), Rollover::UpTo(usd("2500")));
    assert_eq!(
        marketing.steps().last(),
        Some(&Step { trigger: Trigger::Forecast { percent: 100 }, action: Action::Alert(Level::Critical) })
    );
    assert_eq!(agents.per(), [TagKey::AGENT]);
    let within = Duration::from_mins(10);
    assert_eq!(
        agents.steps(),
        [
            on_spend(60, Action::Throttle(Throttle::CallsPerMinute(30))),
            on_spend(70, Action::Throttle(Throttle::CostPerMinute(usd("1")))),
            on_spend(80, Action::Throttle(Throttle::Concurrency(4))),
            on_spend(90, Action::Throttle(Throttle::Downgrade { to: "small-model".into() })),
            on_spend(100, Action::Suspend(SuspendTarget::Agent)),
            Step { trigger: Trigger::Repeats { count: 20, within }, action: Action::Alert(Level::Warning) },
            Step { trigger: Trigger::Spike { times: 5 }, action: Action::Alert(Level::Warning) },
        ]
    );
    let selector = r#"client in ["acme", "globex"] and not (environment = "test" or user is not set)"#;
    assert_eq!(clients.selector().to_string(), selector);
    assert_eq!((clients.limit(), clients.rollover()), (usd("10000"), Rollover::UpTo(usd("500"))));
    assert!(run.is_per_run() && run.selector().is_everything());
    assert_eq!(run.steps(), BudgetOptions::standard_steps());
    assert_eq!(policy.stated_cost, StatedCost::Missing);
    Bursar::builder().policy(policy).in_memory().unwrap();
}

#[test]
fn an_empty_file_is_a_policy_that_allows_everything() {
    for text in ["", "# nothing yet\n", "[taxonomy]\n[prices]\n[holds]\n", "budgets = []"] {
        let policy = read(text);
        assert!(Policy::new().plan(&policy).is_empty(), "{text}");
    }
}

#[test]
fn the_same_keys_make_the_same_policy_in_every_format() {
    let text = include_str!("../../../examples/policy.toml");
    let json = serde_json::to_value(toml::from_str::<toml::Table>(text).unwrap()).unwrap();
    let policy = Policy::from_any(&json).unwrap();
    assert_eq!(read(text).plan(&policy).to_string(), "nothing changes");
    let policy: Policy = serde_json::from_value(json).unwrap();
    assert!(read(text).plan(&policy).is_empty());
}

#[test]
fn without_a_text_the_path_is_the_place_and_the_code_is_kept() {
    let json = serde_json::json!({ "budgets": [
        { "name": "a", "match": "everything", "limit": "1 USD", "period": "day", "time_zone": "Mars" },
    ] });
    let error = Policy::from_any(&json).unwrap_err();
    assert_eq!(error.code(), ErrorCode::TimeZoneUnknown);
    assert_eq!(error.message(), "budgets[0].time_zone: `Mars` is no time zone of the IANA database");
    assert_eq!(error.context(), [("key", "budgets[0].time_zone".to_owned())]);
    let error = serde_json::from_value::<Policy>(json).unwrap_err();
    assert_eq!(error.to_string(), "budgets[0].time_zone: `Mars` is no time zone of the IANA database");
    let twice = r#"{ "holds": { "lifetime": "1 hour", "lifetime": "2 hours" } }"#;
    let error = Policy::from_any(&mut serde_json::Deserializer::from_str(twice)).unwrap_err();
    assert!(error.message().starts_with("the key `lifetime` is given twice"), "{error}");
}

#[test]
fn whole_floats_of_a_format_without_integers_are_numbers() {
    let json = serde_json::json!({ "budgets": [{ "name": "a", "match": {}, "limit": "1", "period": "day",
        "steps": [{ "at": 80.0, "do": "alert" }] }] });
    let policy = Policy::from_any(&json).unwrap();
    assert_eq!(policy.budgets()[0].steps(), [on_spend(80, Action::Alert(Level::Warning))]);
}

#[test]
fn the_place_is_told_to_programs_too() {
    let error = refused(&MARKETING.replace("month", "moth"));
    let expected = [("file", "policy.toml"), ("line", "6"), ("column", "10"), ("key", "budgets[0].period")];
    assert_eq!(error.context(), expected.map(|(name, value)| (name, value.to_owned())));
}

#[test]
fn the_first_ten_of_many_errors_are_told_in_the_order_of_the_text() {
    let text = (0..13).map(|index| format!("z{index:02} = 1")).collect::<Vec<_>>().join("\n");
    let error = refused(&text);
    assert!(error.message().starts_with("the policy `policy.toml` has 13 errors\n\npolicy.toml:1:1: z00: "));
    assert!(error.message().contains("policy.toml:10:1: z09: "), "{error}");
    assert!(!error.message().contains("z10"), "{error}");
    assert!(error.message().ends_with("\n\nand 3 more"), "{error}");
    let error = refused(&"[[budgets]]\n".repeat(10_000));
    assert!(error.message().starts_with("the policy `policy.toml` has 100 errors or more\n"), "{error}");
}

#[test]
fn the_caret_stands_below_what_it_means() {
    let last = |text: &str| {
        let message = refused(text).message().to_owned();
        let mut lines = message.lines().rev().map(str::to_owned);
        (lines.next().unwrap(), lines.next().unwrap())
    };
    // Columns count characters, tabs stay tabs, and a line may end in CR LF.
    let (caret, line) = last("holds = { \"ü\" = 1 }\r\n");
    assert_eq!((line.as_str(), caret.as_str()), ("1 | holds = { \"ü\" = 1 }", "  |           ^^^"));
    let (caret, line) = last("[holds]\n\tlifetme = 1\n");
    assert_eq!((line.as_str(), caret.as_str()), ("2 | \tlifetme = 1", "  | \t^^^^^^^"));
    // A byte order mark takes no column.
    let (caret, line) = last("\u{feff}x = 1");
    assert_eq!((line.as_str(), caret.as_str()), ("1 | x = 1", "  | ^"));
    // A long line is cut around the place.
    let (caret, line) =
        last(&format!("holds = {{{}lifetme = \"1 hour\" }} # {}", " ".repeat(200), "x".repeat(200)));
    let column =
        |text: &str, what: &str| text.chars().count() - text[text.find(what).unwrap()..].chars().count();
    assert_eq!(column(&line, "lifetme"), column(&caret, "^^^^^^^"));
    assert!(line.chars().count() < 120 && line.ends_with("x…"), "{line}");
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("policy.toml");
    let error = Policy::from_file(&path).unwrap_err();
    assert_eq!(error.code(), ErrorCode::PolicyInvalid);
    let start = format!("the policy `{}` can't be read: ", path.display());
    assert!(error.message().starts_with(&start), "{error}");
    std::fs::write(&path, b"# one\n\xff").unwrap();
    let error = Policy::from_file(&path).unwrap_err();
    assert_eq!(error.message(), format!("{start}line 2 isn't UTF-8"));
    std::fs::write(&path, "#".repeat(MAX_POLICY_BYTES + 1)).unwrap();
    assert_eq!(Policy::from_file(&path).unwrap_err().code(), ErrorCode::LimitReached);
}

#[test]
fn a_value_that_would_be_unallocated_is_no_value_of_a_budget() {
    let taxonomy = "[taxonomy]\nunknown = 'unallocated'\nteam = ['data']\n";
    let error = refused(&format!("{taxonomy}{MARKETING}"));
    assert_eq!(error.code(), ErrorCode::SelectorInvalid);
    assert!(
        error.message().contains("the taxonomy allows no team `marketing`, so no call can match"),
        "{error}"
    );
    read(&format!("{taxonomy}{}", MARKETING.replace("\"marketing\" }", "\"unallocated\" }")));
}

#[test]
fn a_cheaper_model_must_have_a_price() {
    let steps = "steps = [{ at = 50, do = 'throttle', model = 'private/small' }]\n";
    let price =
        "[[prices.overrides]]\nprovider = 'private'\nmodel = 'small'\ninput_mtok = '1'\noutput_mtok = '2'\n";
    read(&format!("{MARKETING}{steps}{price}"));
    let error = refused(&format!("{MARKETING}{steps}"));
    assert_eq!(error.code(), ErrorCode::ModelUnknown);
    assert!(error.message().starts_with("policy.toml:7:46: budgets[0].steps[0].model: "), "{error}");
}

#[test]
fn a_plan_tells_what_would_change() {
    let before = read(&format!("{MARKETING}{}", MARKETING.replace("\"marketing\"", "\"data\"")));
    let edited = MARKETING.replace("2500", "3000").replace("\"month\"", "\"week\"\nper = 'agent'");
    let search = MARKETING.replace("\"marketing\"", "\"search\"");
    let after =
        read(&format!("{search}{edited}[holds]\nlifetime = '5 minutes'\n[taxonomy]\nrequired = ['team']\n"));
    let plan = before.plan(&after);
    assert_eq!(
        plan.to_string(),
        "+ budget search: 2500 USD, period `month` in UTC, match `team = \"search\"`\n\
         ~ budget marketing\n    \
             limit: 2500 USD -> 3000 USD\n    \
             period: month -> week\n    \
             per: nothing -> agent\n\
         - budget data: 2500 USD, period `month` in UTC, match `team = \"data\"`\n\
         ~ taxonomy: changed\n\
         ~ holds.lifetime: 900 s -> 300 s"
    );
    let [
        BudgetChange::Added(_),
        BudgetChange::Edited { before: old, after: new, .. },
        BudgetChange::Removed(_),
    ] = plan.budgets()
    else {
        panic!("{plan}")
    };
    assert_eq!((old.limit(), new.limit()), (usd("2500"), usd("3000")));
    assert!(after.plan(&after).is_empty() && after.plan(&after).fields().is_empty());
}

/// A small generator of its own, so that a failure replays from its seed.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }
}

#[test]
fn a_mangled_policy_is_read_or_refused_with_a_place_and_never_panics() {
    let text: Vec<char> = include_str!("../../../examples/policy.toml").chars().collect();
    for seed in 0..400 {
        let mut random = Random(seed);
        let mut mangled = text.clone();
        for _ in 0..=random.below(3) {
            let at = random.below(mangled.len());
            match random.below(4) {
                0 => drop(mangled.remove(at)),
                1 => mangled[at] = ['"', '\'', '{', '=', '5', 'é', '\n', '\\'][random.below(8)],
                2 => drop(mangled.drain(at..mangled.len().min(at + random.below(30)))),
                _ => mangled.truncate(at + 1),
            }
        }
        let mangled: String = mangled.into_iter().collect();
        if let Err(error) = Policy::from_toml(&mangled) {
            let has_line = error.context().iter().any(|(name, _)| *name == "line");
            assert!(has_line && error.message().contains('^'), "seed {seed}: {error:#}");
        }
    }
}

#[test]
fn the_parties_of_statements_are_read_and_stand_in_the_head() {
    let policy = read(
        r##"
[statement]
kind = "showback"
series = "CB"
accent = "#1F4E79"
issuer = { name = "Acme Platform", lines = ["Unter den Linden 1", "10117 Berlin"], tax_id = "DE123" }

[[statement.recipients]]
match = { team = "data" }
name = "Data"
reference = "CC-100"
"##,
    );
    let clock = std::sync::Arc::new(ManualClock::new("2026-11-10T12:00:00Z".parse().unwrap()));
    let bursar = Bursar::builder().policy(policy).clock(clock).resource_attributes("").in_memory().unwrap();
    let request = ReportRequest::new("UTC").filter("team = \"data\"".parse().unwrap());
    let header = bursar.report(&request).unwrap().header;
    assert_eq!((header.kind, header.status), (StatementKind::Showback, StatementStatus::Provisional));
    let issuer = header.issuer.unwrap();
    assert_eq!((issuer.name.as_str(), issuer.lines.len()), ("Acme Platform", 2));
    assert_eq!(header.recipient.unwrap().reference.as_deref(), Some("CC-100"));
    assert_eq!(bursar.policy().report_rules().parties.accent.as_deref(), Some("#1f4e79"));
    assert_eq!(bursar.report(&ReportRequest::new("UTC")).unwrap().header.recipient, None);
}

#[test]
fn the_accounts_of_journals_are_read_and_booked_to() {
    let policy = read(
        r#"
[journal]
expense = "6125"
clearing = "2150"
receivable = "1200"

[[journal.map]]
match = { team = "data" }
department = "Data"
account = "6130"
"#,
    );
    let clock = std::sync::Arc::new(ManualClock::new("2026-11-10T12:00:00Z".parse().unwrap()));
    let bursar = Bursar::builder().policy(policy).clock(clock).resource_attributes("").in_memory().unwrap();
    let rules = bursar.policy().report_rules().journal.clone().unwrap();
    assert_eq!((rules.expense.as_str(), rules.clearing.as_str()), ("6125", "2150"));
    assert_eq!((rules.receivable.as_deref(), rules.revenue.as_deref()), (Some("1200"), None));
    assert_eq!(rules.map[0].account.as_deref(), Some("6130"));
    let statement = bursar.report(&ReportRequest::new("UTC")).unwrap();
    assert_eq!(statement.to_journal(JournalFormat::Xero, &rules).unwrap(), []);
}

#[test]
fn rules_for_reports_are_read_as_the_example_has_them() {
    let policy = Policy::from_file(concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/policy.toml")).unwrap();
    let rules = policy.report_rules();
    let [crawlers] = rules.virtual_tags.rules() else { panic!("one rule") };
    assert_eq!(crawlers.during.start(), "2026-10-31T23:00:00Z".parse().unwrap());
    assert_eq!(crawlers.set, [(TagKey::PROJECT, "rag".to_owned()), (TagKey::TEAM, "search".to_owned())]);
    let [platform, licences, seats] = rules.allocation.rules() else { panic!("three rules") };
    assert_eq!(platform.method, AllocationMethod::Proportional(Measure::Cost));
    assert_eq!((platform.zero_weight, platform.to.except.len()), (ZeroWeight::Keep, 1));
    assert_eq!(licences.to.values, ["data", "marketing"]);
    assert!(
        matches!(&seats.method, AllocationMethod::Proportional(Measure::Given(name, own)) if name == "seats" && own.len() == 3)
    );
    let acme = rules.clients.of("acme").unwrap();
    assert_eq!((acme.currency.code(), acme.rules.len(), acme.labels.len()), ("EUR", 2, 2));
    assert_eq!(acme.rules[0].discount_basis_points, 250);
    assert_eq!(acme.rules[1].during.start(), "2026-11-15T23:00:00Z".parse().unwrap());
    assert!(!Policy::new().plan(&policy).fields().is_empty());
}

#[test]
fn what_a_bill_must_be_like_before_a_period_is_closed_is_read_as_it_is_meant() {
    let policy = read(
        r#"
[[statement.closing]]
provider = "anthropic"
explained = "99.5 %"
unexplained = "5 USD"

[[statement.closing]]
provider = "openai"
sign_off = true

[[statement.closing]]
provider = "google"
"#,
    );
    let rule = |provider, explained_basis_points, unexplained: Option<&str>, sign_off| {
        let mut rule = ClosingRule::new(provider);
        (rule.explained_basis_points, rule.unexplained) = (explained_basis_points, unexplained.map(usd));
        ClosingRule { sign_off, ..rule }
    };
    assert_eq!(
        policy.report_rules().closing,
        [
            rule("anthropic", Some(9_950), Some("5"), false),
            rule("openai", None, None, true),
            rule("google", None, None, false),
        ]
    );
}
