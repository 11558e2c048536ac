//! A period whose bills must be reconciled is closed when they are, and not before.

use crate::engine::tests::scene::Scene;
use crate::*;

const POLICY: &str = r#"
[[statement.closing]]
provider = "anthropic"
explained = "90 %"
unexplained = "0.50 USD"
"#;

/// A call whose cost is told.
fn spend(bursar: &Bursar, cost: &str) -> u64 {
    let scope = bursar.scope(&[("team", "data")]).unwrap();
    let model = bursar.model(Some("anthropic"), "claude-sonnet-4-5").unwrap();
    let settlement = Settlement::cost(cost.parse().unwrap());
    bursar.record(&scope, &Call::new(&model, 0), settlement).unwrap().entry
}

/// What a bill of the days says was spent on each: lines without counts, which no rule explains where they differ.
fn bill(period: &str, days: &[(&str, &str)]) -> ReconcileRequest {
    let line = |(day, cents): &(&str, &str)| {
        let end: Timestamp = format!("{day}T00:00:00Z").parse::<Timestamp>().unwrap();
        let end = end.plus(std::time::Duration::from_hours(24));
        format!(
            r#"{{"starting_at": "{day}T00:00:00Z", "ending_at": "{end}", "results": [{{"amount": "{cents}", "currency": "USD"}}]}}"#
        )
    };
    let lines = days.iter().map(line).collect::<Vec<_>>().join(",");
    let report = format!(r#"{{"data": [{lines}], "has_more": false}}"#);
    let lines = BillDocument::new(BillFormat::AnthropicCost, report.as_bytes()).read().unwrap();
    ReconcileRequest::new("anthropic", Window::named(period, "UTC").unwrap()).lines(lines)
}

fn october() -> ReportRequest {
    ReportRequest::named("2026-10", "Europe/Berlin").unwrap()
}

fn refused(bursar: &Bursar) -> (String, String) {
    let error = bursar.close_period(&october()).unwrap_err();
    assert_eq!(error.code(), ErrorCode::PeriodNotClosable, "{error}");
    (error.message().to_owned(), error.help().to_owned())
}

fn sign_off() -> SignOff {
    SignOff { by: "Ann".to_owned(), at: "2026-11-05T10:00:00Z".parse().unwrap(), note: "known".to_owned() }
}

#[test]
fn a_period_is_closed_when_the_bill_is_reconciled_and_not_before() {
    let scene = Scene::new();
    let bursar = scene.open(POLICY);
    spend(&bursar, "10");
    scene.at("2026-11-05T09:00:00Z");
    let (message, help) = refused(&bursar);
    assert_eq!(
        message,
        "2026-10 can't be closed: no reconciliation of `anthropic` is kept for 2026-10-01 to 2026-11-01 (UTC)"
    );
    assert_eq!(help, "reconcile `anthropic` for 2026-10-01/2026-11-01, and keep the reconciliation");
    assert_eq!(bursar.documents().unwrap(), []);

    // A bill that differs by what no rule explains keeps the books open, though it is kept.
    let off = bursar.reconcile(&bill("2026-10", &[("2026-10-02", "1100")])).unwrap();
    assert_eq!((off.unexplained.to_string().as_str(), off.explained_basis_points), ("1", 0));
    assert_eq!(bursar.keep_reconciliation(&off).unwrap(), "REC-2026-10-001");
    assert_eq!(bursar.keep_reconciliation(&off).unwrap(), "REC-2026-10-001");
    let (message, help) = refused(&bursar);
    assert_eq!(
        message,
        "2026-10 can't be closed: the reconciliation `REC-2026-10-001` of `anthropic` explains 0.00 % of what \
         differs, and 90.00 % is the least"
    );
    assert_eq!(
        help,
        "explain or accept what is open in `REC-2026-10-001`, or sign it off, and keep it again"
    );

    // A person accepts the line; what was kept before stays as it was.
    let mut accepted = bursar.reconciliation("REC-2026-10-001").unwrap();
    assert_eq!(accepted.to_json(), off.to_json());
    accepted.accept(1, sign_off()).unwrap();
    assert_eq!(bursar.keep_reconciliation(&accepted).unwrap(), "REC-2026-10-002");
    let closed = bursar.close_period(&october().with_evidence()).unwrap();
    let evidence = closed[0].evidence.as_ref().unwrap();
    let [told] = evidence.reconciliations.as_slice() else { panic!("one bill was reconciled") };
    assert_eq!(
        (told.number.as_str(), told.provider.as_str(), told.explained_basis_points),
        ("REC-2026-10-002", "anthropic", 10_000)
    );
    assert_eq!((told.ours, told.theirs, told.difference), (off.ours, off.theirs, off.difference));
    let documents = bursar.documents().unwrap();
    let numbers: Vec<_> = documents.iter().map(|own| own.number.as_str()).collect();
    assert_eq!(numbers, ["REC-2026-10-001", "REC-2026-10-002", "CB-2026-10-001"]);
    assert_eq!(documents[1].hash.to_string(), told.sha256);
    assert_eq!(closed[0].is_as_sealed(), Some(true));
    assert!(closed[0].to_table().contains("REC-2026-10-002"), "{}", closed[0].to_table());
    // What was issued is given again, and needs no gate.
    assert_eq!(bursar.close_period(&october()).unwrap(), closed);
    assert_eq!(bursar.verify().unwrap(), []);
}

#[test]
fn a_reconciliation_is_too_late_for_what_is_booked_after_it_but_for_its_own_true_ups() {
    let scene = Scene::new();
    let bursar = scene.open(POLICY);
    spend(&bursar, "10");
    let corrected = spend(&bursar, "2");
    scene.at("2026-11-05T09:00:00Z");
    let mut found = bursar.reconcile(&bill("2026-10", &[("2026-10-02", "1300")])).unwrap();
    found.accept(1, sign_off()).unwrap();
    bursar.keep_reconciliation(&found).unwrap();
    bursar.adjust(corrected, "-0.25".parse().unwrap(), "billed twice").unwrap();
    let (message, help) = refused(&bursar);
    assert_eq!(
        message,
        "2026-10 can't be closed: 1 entry was booked of `anthropic`, -0.25 USD, after the reconciliation \
         `REC-2026-10-001`"
    );
    assert_eq!(help, "reconcile `anthropic` for 2026-10-01/2026-11-01 again, and keep the reconciliation");
    let mut found = bursar.reconcile(&bill("2026-10", &[("2026-10-02", "1300")])).unwrap();
    found.accept(1, sign_off()).unwrap();
    bursar.keep_reconciliation(&found).unwrap();
    let posted = bursar.post_true_ups(&found).unwrap();
    assert!(!posted.is_empty());
    let closed = bursar.close_period(&october()).unwrap();
    assert_eq!(closed[0].total.to_string(), "13");
}

#[test]
fn a_sign_off_that_is_required_isnt_replaced_by_a_bill_that_agrees() {
    let scene = Scene::new();
    let bursar = scene.open("[[statement.closing]]\nprovider = \"anthropic\"\nsign_off = true");
    spend(&bursar, "10");
    scene.at("2026-11-05T09:00:00Z");
    let mut found = bursar.reconcile(&bill("2026-10", &[("2026-10-02", "1000")])).unwrap();
    assert_eq!(found.difference, Money::ZERO);
    bursar.keep_reconciliation(&found).unwrap();
    let (message, _) = refused(&bursar);
    assert_eq!(
        message,
        "2026-10 can't be closed: the reconciliation `REC-2026-10-001` of `anthropic` is signed off by nobody"
    );
    found.sign_off(sign_off());
    bursar.keep_reconciliation(&found).unwrap();
    let closed = bursar.close_period(&october().with_evidence()).unwrap();
    let told = &closed[0].evidence.as_ref().unwrap().reconciliations;
    assert_eq!(told[0].signed_off_by.as_deref(), Some("Ann"));
    // A recipient of a part of the calls doesn't see the whole bill.
    let part = october().with_evidence().filter("team = \"data\"".parse().unwrap());
    assert!(bursar.report(&part).unwrap().evidence.unwrap().reconciliations.is_empty());
}

#[test]
fn reconciliations_of_parts_cover_a_period_together_and_a_later_one_prevails() {
    let scene = Scene::new();
    let policy =
        "[[statement.closing]]\nprovider = \"anthropic\"\n[[statement.closing]]\nprovider = \"openai\"";
    let bursar = scene.open(policy);
    spend(&bursar, "10");
    scene.at("2026-11-05T09:00:00Z");
    let keep = |period: &str, days: &[(&str, &str)]| {
        let found = bursar.reconcile(&bill(period, days)).unwrap();
        bursar.keep_reconciliation(&found).unwrap()
    };
    keep("2026-10", &[("2026-10-02", "1100")]);
    keep("2026-10-01/2026-10-16", &[("2026-10-02", "1000")]);
    let (message, _) = refused(&bursar);
    // The rest of the month is the older, worse one's; and another bill lacks at all.
    assert_eq!(
        message,
        "2026-10 can't be closed: the reconciliation `REC-2026-10-001` of `anthropic` leaves 1 USD unexplained, \
         and 0 is the most; no reconciliation of `openai` is kept for 2026-10-01 to 2026-11-01 (UTC)"
    );
    keep("2026-10-16/2026-11-01", &[]);
    let nothing = ReconcileRequest::new("openai", Window::named("2026-10", "UTC").unwrap());
    bursar.keep_reconciliation(&bursar.reconcile(&nothing).unwrap()).unwrap();
    assert_eq!(bursar.close_period(&october()).unwrap().len(), 1);
}

#[test]
fn a_kept_reconciliation_that_was_changed_is_found() {
    let scene = Scene::new();
    let bursar = scene.open(POLICY);
    spend(&bursar, "10");
    scene.at("2026-11-05T09:00:00Z");
    let found = bursar.reconcile(&bill("2026-10", &[("2026-10-02", "1100")])).unwrap();
    bursar.keep_reconciliation(&found).unwrap();
    assert_eq!(bursar.statement("REC-2026-10-001").unwrap_err().code(), ErrorCode::DocumentUnknown);
    assert_eq!(bursar.reconciliation("CB-1").unwrap_err().code(), ErrorCode::DocumentUnknown);
    drop(bursar);
    let file = rusqlite::Connection::open(scene.path()).unwrap();
    let change =
        "UPDATE documents SET content = replace(content, '\"unexplained\": \"1\"', '\"unexplained\": \"0\"')";
    assert_eq!(file.execute(change, []).unwrap(), 1);
    drop(file);
    let bursar = scene.open(POLICY);
    assert_eq!(bursar.reconciliation("REC-2026-10-001").unwrap_err().code(), ErrorCode::LedgerDamaged);
    assert_eq!(bursar.close_period(&october()).unwrap_err().code(), ErrorCode::LedgerDamaged);
}
