//! The commands on a ledger, as a person runs them.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test that can't go on shall stop where it stands")]

use bursar::{Bursar, Call, Decision, Dimension, ManualClock, Policy, Usage};
use std::{path::Path, process::Command, sync::Arc};

const POLICY: &str = r#"
[statement]
series = "CB"

[[statement.recipients]]
match = { team = "data" }
name = "Data"

[journal]
expense = "6125"
clearing = "2150"

[[clients]]
client = "acme"
[[clients.terms]]
markup = "20 %"

[[budgets]]
name = "all"
match = "everything"
limit = "10 USD"
period = "month"

[[prices.overrides]]
provider = "private"
model = "m"
input_mtok = "1"
output_mtok = "1"
"#;

/// A ledger of October, and the policy beside it.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("bursar.toml"), POLICY).unwrap();
    let clock = Arc::new(ManualClock::new("2025-10-02T12:00:00Z".parse().unwrap()));
    let builder = Bursar::builder().policy(Policy::from_toml(POLICY).unwrap()).clock(clock);
    let bursar = builder.resource_attributes("").open(folder.path().join("ledger.db")).unwrap();
    for (team, output) in [("data", 1_000_000), ("search", 500_000)] {
        let tags = [("team", team), ("client", "acme")];
        let (scope, model) = (bursar.scope(&tags).unwrap(), bursar.model(None, "m").unwrap());
        let decision = bursar.reserve(&scope, &Call::new(&model, 0).max_output_tokens(output)).unwrap();
        let Decision::Admitted(hold) = decision else { panic!("a call that fits is admitted") };
        bursar.settle(&hold, &Usage::new().with(Dimension::Output, output)).unwrap();
    }
    folder
}

/// The exit code, what was said and what was complained of.
fn run(folder: &Path, arguments: &str) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_bursar"))
        .args(arguments.split(' ').filter(|argument| !argument.is_empty()))
        .current_dir(folder)
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_month_is_reported_closed_and_shown_again() {
    let folder = folder();
    let run = |arguments| run(folder.path(), arguments);
    let (code, said, _) = run("report ledger.db --period 2025-10 --by team");
    assert!(code == 0 && said.contains("1.50   100.0 %           2"), "{said}");
    let (code, said, complained) =
        run("close ledger.db --policy bursar.toml --period 2025-10 --format json --out issued");
    assert_eq!((code, complained.as_str()), (0, ""));
    assert_eq!(said, "CB-2025-10-001  1.5 USD  for everybody\nCB-2025-10-002  1 USD  for Data\n");
    let issued = std::fs::read_to_string(folder.path().join("issued/CB-2025-10-002.json")).unwrap();
    let (code, said, _) = run("documents ledger.db --number CB-2025-10-002 --format json");
    assert_eq!((code, said), (0, issued));
    let (_, said, _) = run("documents ledger.db");
    assert_eq!(said.lines().count(), 2);
    assert!(said.starts_with("CB-2025-10-001  chargeback  "), "{said}");
    let (code, said, _) = run("verify ledger.db --policy bursar.toml");
    assert_eq!((code, said.as_str()), (0, "every counter is what the entries give\n"));
    let (code, said, _) = run("budgets ledger.db --policy bursar.toml");
    assert!(code == 0 && said.starts_with("all "), "{said}");
}

#[test]
fn a_month_goes_out_in_every_format_with_the_same_sum() {
    let folder = folder();
    let out = |name: &str| std::fs::read(folder.path().join("out").join(name)).unwrap();
    std::fs::create_dir(folder.path().join("out")).unwrap();
    for format in ["csv", "json", "html", "xlsx", "netsuite", "quickbooks", "xero", "journal"] {
        let arguments =
            format!("report ledger.db --policy bursar.toml --period 2025-10 --format {format} --out out");
        let (code, said, complained) = run(folder.path(), &arguments);
        assert_eq!((code, said.as_str(), complained.as_str()), (0, "", ""), "{format}");
    }
    assert!(String::from_utf8(out("2025-10.html")).unwrap().contains("1.50"));
    assert_eq!(out("2025-10.xlsx")[..4], *b"PK\x03\x04");
    let journals =
        std::fs::read_dir(folder.path().join("out")).unwrap().map(|file| file.unwrap().file_name());
    let names: std::collections::BTreeSet<_> = journals.map(|name| name.into_string().unwrap()).collect();
    assert_eq!(names.len(), 8, "{names:?}");
    for format in ["focus-1.2", "focus", "parquet"] {
        let arguments = format!("export ledger.db --period 2025-10 --format {format} --out {format}.csv");
        let (code, said, complained) = run(folder.path(), &arguments);
        assert_eq!((code, said.as_str(), complained.as_str()), (0, "2 rows, 1.5 USD\n", ""), "{format}");
    }
    for file in ["focus-1.2.csv", "focus.csv"] {
        let (code, said, _) = run(folder.path(), &format!("lint {file}"));
        assert_eq!((code, said.as_str()), (0, "every row is what FOCUS says\n"));
    }
    let broken =
        std::fs::read_to_string(folder.path().join("focus-1.2.csv")).unwrap().replace("Usage,", "Fee,");
    std::fs::write(folder.path().join("broken.csv"), broken).unwrap();
    let (code, said, _) = run(folder.path(), "lint broken.csv");
    assert!(code == 1 && said.contains("Fee"), "{said}");
}

#[test]
fn a_client_is_billed_at_its_prices_and_what_is_left_is_shown_apart() {
    let folder = folder();
    let run = |arguments| run(folder.path(), arguments);
    let (code, said, _) =
        run("invoice ledger.db --policy bursar.toml --client acme --period 2025-10 --format json");
    assert!(code == 0 && said.contains("\"1.8\"") && !said.contains("\"1.5\""), "{said}");
    let (code, said, _) = run("margin ledger.db --policy bursar.toml --period 2025-10");
    assert!(code == 0 && said.contains("1.50") && said.contains("1.80") && said.contains("16.7 %"), "{said}");
    assert_eq!(run("close ledger.db --policy bursar.toml --period 2025-10").0, 0);
    let (code, first, complained) =
        run("invoice ledger.db --policy bursar.toml --client acme --period 2025-10 --issue yes --format csv");
    assert_eq!((code, complained.as_str()), (0, ""), "{first}");
    let (_, numbers, _) = run("documents ledger.db");
    let invoice = numbers.lines().find(|line| line.contains("  invoice  ")).unwrap();
    let number = invoice.split_whitespace().next().unwrap().to_owned();
    let (code, again, _) =
        run(&format!("invoice ledger.db --policy bursar.toml --number {number} --format csv"));
    assert_eq!((code, again), (0, first));
}

#[test]
fn a_bill_is_explained_and_another_rule_is_tried() {
    let folder = folder();
    let bill = "day,model,kind,units,usd\n2025-10-02,m,output,1500000,1.75\n";
    std::fs::write(folder.path().join("bill.csv"), bill).unwrap();
    let mapping = r#"
provider = "private"
currency = "USD"
date_format = "%Y-%m-%d"
[columns]
start = "day"
model = "model"
token_type = "kind"
quantity = "units"
amount = "usd"
"#;
    std::fs::write(folder.path().join("mapping.toml"), mapping).unwrap();
    let run = |arguments: &str| run(folder.path(), arguments);
    let (code, said, complained) = run(
        "reconcile ledger.db --policy bursar.toml --provider private --period 2025-10 --bill csv=bill.csv --mapping mapping.toml",
    );
    assert!(
        said.contains("1.75 USD billed, 1.50 USD in the ledger, 0.25 between them"),
        "{said}{complained}"
    );
    assert!(code == 0 || code == 1, "{complained}");
    // Books whose bill has to be signed off are closed when that is kept.
    let policy = std::fs::read_to_string(folder.path().join("bursar.toml")).unwrap();
    let gated = format!("{policy}\n[[statement.closing]]\nprovider = \"private\"\nsign_off = true\n");
    std::fs::write(folder.path().join("gated.toml"), gated).unwrap();
    let (code, _, complained) = run("close ledger.db --policy gated.toml --period 2025-10");
    assert!(code == 2 && complained.contains("no reconciliation of `private` is kept"), "{complained}");
    let keep = "reconcile ledger.db --policy gated.toml --provider private --period 2025-10 --bill csv=bill.csv \
                --mapping mapping.toml --keep yes --sign-off known";
    let (code, _, complained) = run(keep);
    assert!(code == 2 && complained.contains("name who accepts"), "{complained}");
    let (code, _, complained) = run(&format!("{keep} --by Ann"));
    assert_eq!((code, complained.as_str()), (0, "kept as REC-2025-10-001\n"));
    let (code, said, complained) = run("documents ledger.db --number REC-2025-10-001 --format json");
    assert!(code == 0 && said.contains("\"by\": \"Ann\""), "{said}{complained}");
    assert_eq!(run("close ledger.db --policy gated.toml --period 2025-10").0, 0);
    let candidate = "[[virtual_tags]]\nname = \"all\"\nmatch = \"everything\"\nset = { team = \"platform\" }\nreplace = true\n";
    std::fs::write(folder.path().join("candidate.toml"), candidate).unwrap();
    let (code, said, complained) =
        run("preview ledger.db --policy bursar.toml --rules candidate.toml --period 2025-10");
    assert!(code == 0 && said.contains("platform"), "{said}{complained}");
}

#[test]
fn usage_is_quoted_line_by_line() {
    let (code, said, _) =
        run(Path::new("."), "quote gpt-5 input_tokens=1000 output_tokens=10 --at 2025-11-23T00:00:00Z");
    assert!(code == 0 && said.starts_with("0.00135 USD (exact, prices "), "{said}");
}

#[test]
fn what_is_asked_wrongly_is_refused_with_the_way_out() {
    let folder = folder();
    let refused = |arguments| {
        let (code, said, complained) = run(folder.path(), arguments);
        assert_eq!((code, said.as_str()), (2, ""), "{arguments}");
        complained
    };
    assert_eq!(
        refused("reprot"),
        "error: `reprot` is no command\n  help: run `bursar --help` for the list\n"
    );
    assert_eq!(
        refused("verify missing.db"),
        "error: there is no ledger at `missing.db`\n  help: give the path of a ledger's file\n"
    );
    assert_eq!(
        refused("verify"),
        "error: the ledger isn't named\n  help: use `bursar verify LEDGER [--policy FILE]`\n"
    );
    assert!(
        refused("report ledger.db --format word")
            .starts_with("error: `word` is no format of a statement\n  help: use one of `table`")
    );
    assert!(
        refused("report ledger.db --moth 2025-10")
            .starts_with("error: invalid option '--moth'\n  help: use `bursar report")
    );
    assert!(refused("budgets ledger.db").contains("--policy bursar.toml"));
    assert!(refused("quote gpt-5 tokens").starts_with("error: `tokens` is no count\n"));
    assert!(refused("documents ledger.db --number CB-1").contains("none was issued yet"));
}
