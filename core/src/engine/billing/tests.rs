//! Clients of one agency: terms by exact digits, invoices and notes on them, and that nobody sees another's.

use crate::*;
use std::{collections::BTreeSet, sync::Arc};

const PRICES: &str = r#"
[[prices.overrides]]
provider = "private"
model = "m"
input_mtok = "1"
output_mtok = "1"

[[prices.overrides]]
provider = "private"
model = "secret-sauce"
input_mtok = "3"
output_mtok = "7"
"#;

pub(super) struct Scene {
    clock: Arc<ManualClock>,
    pub(super) bursar: Bursar,
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

impl Scene {
    pub(super) fn new(policy: &str) -> Self {
        let clock = Arc::new(ManualClock::new(at("2026-11-02T12:00:00Z")));
        let policy =
            Policy::from_toml(&format!("{policy}\n{PRICES}")).unwrap_or_else(|error| panic!("{error:#}"));
        let builder = Bursar::builder().policy(policy).clock(Arc::clone(&clock)).resource_attributes("");
        Self { bursar: builder.in_memory().unwrap(), clock }
    }

    /// The terms of acme alone.
    fn terms(terms: &str) -> Self {
        Self::new(&format!("[[clients]]\nclient = \"acme\"\n[[clients.terms]]\n{terms}"))
    }

    pub(super) fn at(&self, text: &str) {
        self.clock.set(at(text));
    }

    fn spend_on(&self, model: &str, tags: &[(&str, &str)], output: u64) {
        let (scope, model) = (self.bursar.scope(tags).unwrap(), self.bursar.model(None, model).unwrap());
        let decision = self.bursar.reserve(&scope, &Call::new(&model, 0).max_output_tokens(output)).unwrap();
        let Decision::Admitted(hold) = decision else { panic!("no budget refuses") };
        self.bursar.settle(&hold, &Usage::new().with(Dimension::Output, output)).unwrap();
    }

    /// Spends millionths of a dollar.
    pub(super) fn spend(&self, tags: &[(&str, &str)], output: u64) {
        self.spend_on("m", tags, output);
    }

    fn statement(&self, client: &str) -> ClientStatement {
        self.bursar.client_statement(&ClientRequest::new(client).named("2026-11")).unwrap()
    }
}

fn lines(statement: &ClientStatement) -> Vec<String> {
    statement.lines.iter().map(|line| format!("{}: {}", line.text, line.amount)).collect()
}

/// What acme pays for a million tokens, which cost a dollar.
fn check(terms: &str, expect: &[&str], total: &str) {
    let scene = Scene::terms(terms);
    scene.spend(&[("client", "acme")], 1_000_000);
    let statement = scene.statement("acme");
    assert_eq!(lines(&statement), expect, "{terms}");
    assert_eq!(statement.total.to_string(), total, "{terms}");
}

#[test]
fn each_kind_of_terms_is_exact_by_itself() {
    check("", &["private/m, output: 1"], "1");
    check("markup = \"20 %\"", &["private/m, output: 1.2"], "1.2");
    check("markup = \"12.34 %\"", &["private/m, output: 1.1234"], "1.1234");
    check("prices = [{ model = \"m\", output_mtok = \"4\" }]", &["private/m, output: 4"], "4");
    check("prices = [{ output_mtok = \"0.25\" }]", &["private/m, output: 0.25"], "0.25");
    check("fee = \"500 USD\"", &["private/m, output: 1", "Fee: 500"], "501");
    check(
        "retainer = { fee = \"100\", includes = \"0.6\" }",
        &["private/m, output: 1", "Included in the retainer: -0.6", "Retainer: 100"],
        "100.4",
    );
    check(
        "retainer = { fee = \"100\", includes = \"6\" }",
        &["private/m, output: 1", "Included in the retainer: -1", "Retainer: 100"],
        "100",
    );
    check(
        "retainer = { fee = \"100\", includes_tokens = 250000 }",
        &["private/m, output: 1", "Included in the retainer: -0.25", "Retainer: 100"],
        "100.75",
    );
    check(
        "steps = { by = \"spend\", above = [{ edge = \"0.25\", discount = \"10 %\" }, { edge = \"0.5\", discount = 20 }] }",
        &["private/m, output: 1", "Volume above 0.25: 10 % off: -0.025", "Volume above 0.5: 20 % off: -0.1"],
        "0.875",
    );
    check(
        "steps = { by = \"tokens\", above = [{ edge = 600000, discount = \"50 %\" }] }",
        &["private/m, output: 1", "Volume above 600000 tokens: 50 % off: -0.2"],
        "0.8",
    );
    check("discount = \"12.5 %\"", &["private/m, output: 1", "Discount of 12.5 %: -0.125"], "0.875");
    check("minimum = \"10\"", &["private/m, output: 1", "Up to the minimum of 10: 9"], "10");
    check("cap = \"0.4\"", &["private/m, output: 1", "Above the cap of 0.4: -0.6"], "0.4");
    check("minimum = \"1\"\ncap = \"1\"", &["private/m, output: 1"], "1");
}

#[test]
fn terms_apply_in_the_order_that_is_promised() {
    check(
        r#"
markup = "100 %"
retainer = { fee = "3", includes = "0.5" }
steps = { by = "spend", above = [{ edge = "1", discount = "40 %" }] }
discount = "10 %"
fee = "2"
cap = "6"
"#,
        // 2 of usage, 1.5 without what is included, 0.5 of it above the step, then the discount on 1.3.
        &[
            "private/m, output: 2",
            "Included in the retainer: -0.5",
            "Volume above 1: 40 % off: -0.2",
            "Discount of 10 %: -0.13",
            "Fee: 2",
            "Retainer: 3",
            "Above the cap of 6: -0.17",
        ],
        "6",
    );
}

#[test]
fn terms_that_change_within_a_month_count_for_their_part_of_it() {
    let scene = Scene::terms(
        r#"
until = "2026-11-16"
markup = "10 %"
fee = "300"
minimum = "200"
[[clients.terms]]
from = "2026-11-16"
markup = "50 %"
fee = "600"
budget = "400"
"#,
    );
    scene.spend(&[("client", "acme")], 1_000_000);
    scene.at("2026-11-15T23:59:59.999999Z");
    scene.spend(&[("client", "acme")], 1_000_000);
    scene.at("2026-11-16T00:00:00Z");
    scene.spend(&[("client", "acme")], 1_000_000);
    let statement = scene.statement("acme");
    assert_eq!(
        lines(&statement),
        ["private/m, output: 2.2", "Fee: 150", "private/m, output: 1.5", "Fee: 300"]
    );
    let names: Vec<_> = statement.lines.iter().map(|line| line.period.name.as_str()).collect();
    assert_eq!(
        names,
        ["2026-11-01/2026-11-16", "2026-11-01/2026-11-16", "2026-11-16/2026-12-01", "2026-11-16/2026-12-01"]
    );
    // A budget that was agreed for a part of the time isn't compared with the whole.
    assert_eq!(statement.budget, None);
}

#[test]
fn a_month_is_that_of_the_client_and_other_currencies_are_converted_by_the_agreed_rate() {
    let scene = Scene::new(
        r#"
[[clients]]
client = "acme"
currency = "EUR"
time_zone = "Europe/Berlin"
[[clients.terms]]
markup = "50 %"
exchange_rate = "0.9"
fee = "100 EUR"
budget = "200"
"#,
    );
    scene.at("2026-10-31T23:30:00Z");
    scene.spend(&[("client", "acme")], 1_000_000);
    scene.at("2026-11-30T23:30:00Z");
    scene.spend(&[("client", "acme")], 4_000_000);
    let statement = scene.statement("acme");
    assert_eq!(lines(&statement), ["private/m, output: 1.35", "Fee: 100"]);
    assert_eq!(
        (statement.currency.code(), statement.period.start.as_deref()),
        ("EUR", Some("2026-11-01T00:00:00+01:00"))
    );
    let budget = statement.budget.unwrap();
    assert_eq!((budget.remaining.to_string(), budget.utilisation_basis_points), ("98.65".to_owned(), 5_067));
    let margin = scene.bursar.margin(&ReportRequest::named("2026-11", "UTC").unwrap()).unwrap();
    let row = &margin.clients[0];
    let told = [Some(row.cost), Some(row.cost_converted), row.price, row.margin]
        .map(|amount| amount.unwrap().to_string());
    assert_eq!(told, ["1", "0.9", "101.35", "100.45"]);
    assert_eq!(margin.totals[0].currency.code(), "EUR");
}

#[test]
fn what_has_no_price_is_refused_and_never_free() {
    let scene = Scene::terms("prices = [{ model = \"m\", output_mtok = \"4\" }]");
    scene.spend(&[("client", "acme")], 1_000_000);
    scene.spend_on("secret-sauce", &[("client", "acme")], 10);
    let refused = |request: ClientRequest| {
        let error = scene.bursar.client_statement(&request).unwrap_err();
        (error.code(), error.message().to_owned())
    };
    let november = ClientRequest::new("acme").named("2026-11");
    let no_price = "the client `acme` has no price for output of `private/secret-sauce`";
    assert_eq!(refused(november.clone()), (ErrorCode::DimensionUnpriced, no_price.to_owned()));
    let margin = scene.bursar.margin(&ReportRequest::named("2026-11", "UTC").unwrap()).unwrap();
    assert_eq!((margin.clients[0].price, margin.clients[0].note.as_deref()), (None, Some(no_price)));
    assert_eq!(
        refused(ClientRequest::new("globex")),
        (ErrorCode::ReportInvalid, "there are no terms with the client `globex`".to_owned())
    );
    let part = refused(november.period(Window::named("2026-11-02", "UTC").unwrap()));
    assert_eq!(part.0, ErrorCode::ReportInvalid);
    let late = Scene::terms("from = \"2026-11-10\"");
    late.spend(&[("client", "acme")], 1);
    let error = late.bursar.client_statement(&ClientRequest::new("acme").named("2026-11")).unwrap_err();
    assert!(error.message().starts_with("the client `acme` used something in 2026-11-01"), "{error}");
}

const AGENCY: &str = r#"
[statement]
issuer = { name = "Agency" }

[[virtual_tags]]
match = { agent = "initech-bot" }
set = { client = "initech" }

[[clients]]
client = "acme"
party = { name = "Acme Corp", reference = "PO-4711" }
labels = { "private/secret-sauce" = "Premium writing" }
[[clients.terms]]
markup = "20 %"
fee = "11"

[[clients]]
client = "initech"
party = { name = "Initech GmbH", tax_id = "DE99" }
labels = { "*" = "Assistant" }
[[clients.terms]]
prices = [{ output_mtok = "9.0707" }]
minimum = "7712.5"
budget = "9318.25"
"#;

fn agency() -> Scene {
    let scene = Scene::new(AGENCY);
    scene.at("2026-10-05T12:00:00Z");
    scene.spend(&[("client", "acme"), ("project", "alpha"), ("agent", "writer")], 3_100_013);
    scene.spend(&[("agent", "initech-bot"), ("project", "beta")], 2_000_017);
    scene.at("2026-11-05T12:00:00Z");
    scene.spend(&[("client", "acme"), ("project", "alpha"), ("agent", "writer")], 1_234_567);
    scene.spend_on(
        "secret-sauce",
        &[("client", "acme"), ("project", "gamma"), ("agent", "editor")],
        7_654_321,
    );
    scene.spend(&[("agent", "initech-bot"), ("project", "beta"), ("team", "night-shift")], 5_432_101);
    scene.spend(&[("team", "overhead")], 9_876_543);
    scene
}

/// Every name and number that a text may not have: each as it would be written.
fn assert_without(text: &str, what: &str, hidden: &BTreeSet<String>) {
    for word in hidden {
        assert!(!text.contains(word.as_str()), "{what} tells `{word}`:\n{text}");
    }
}

#[test]
fn nothing_of_cost_or_of_another_client_is_in_any_document_of_a_client() {
    let scene = agency();
    let margin = scene.bursar.margin(&ReportRequest::named("2026-11", "UTC").unwrap()).unwrap();
    let costs =
        margin.clients.iter().chain(&margin.projects).chain(&margin.agents).flat_map(|row| {
            [Some(row.cost), row.margin].into_iter().flatten().map(|amount| amount.to_string())
        });
    let mut costs: BTreeSet<String> = costs.collect();
    costs.extend(
        scene
            .bursar
            .report(&ReportRequest::named("2026-11", "UTC").unwrap())
            .unwrap()
            .detail
            .iter()
            .map(|row| row.cost.to_string()),
    );
    costs.retain(|cost| cost.len() > 4);
    assert!(costs.len() > 8, "{costs:?}");
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<String>>();
    let hidden_of_acme = words(&[
        "nitech",
        "beta",
        "night-shift",
        "overhead",
        "Assistant",
        "DE99",
        "90707",
        "7712.5",
        "9318.25",
        "secret-sauce",
        "margin",
        "markup",
        "cost",
    ]);
    let hidden_of_initech = words(&[
        "acme",
        "Acme",
        "alpha",
        "gamma",
        "writer",
        "editor",
        "Premium",
        "PO-4711",
        "private",
        "secret-sauce",
        "overhead",
        "1.2",
        "margin",
        "markup",
        "cost",
    ]);
    for (client, hidden) in [("acme", hidden_of_acme), ("initech", hidden_of_initech)] {
        let mut hidden: BTreeSet<String> = hidden.into_iter().chain(costs.iter().cloned()).collect();
        let other = if client == "acme" { "initech" } else { "acme" };
        let other = scene.statement(other);
        hidden
            .extend(other.lines.iter().map(|line| line.amount.to_string()).filter(|amount| amount.len() > 4));
        let statement = scene.statement(client);
        assert!(statement.total > Money::ZERO && statement.calls > 0);
        let document = statement.document(&Presentation::new());
        let texts = [
            ("JSON", statement.to_json()),
            ("CSV", statement.to_csv()),
            ("Debug", format!("{statement:?}")),
            ("document", format!("{document:?}")),
            ("HTML", document.to_html().split("<main>").nth(1).unwrap().to_owned()),
            ("layout", document.to_layout_json()),
        ];
        for (what, text) in texts {
            assert_without(&text, &format!("{what} of {client}"), &hidden);
        }
    }
    let acme = scene.statement("acme");
    assert_eq!(acme.agents.iter().map(|own| &*own.name).collect::<Vec<_>>(), ["editor", "writer"]);
    assert_eq!(
        acme.services.iter().map(|own| &*own.name).collect::<Vec<_>>(),
        ["Premium writing", "private/m"]
    );
    assert_eq!(
        acme.trend.iter().take(2).map(|month| month.total.to_string()).collect::<Vec<_>>(),
        ["14.7200156", "11"]
    );
    let again = ClientStatement::from_json(&acme.to_json()).unwrap();
    assert_eq!(again, acme);
}

#[test]
fn margin_is_by_client_project_and_agent_and_adds_up() {
    let scene = agency();
    let margin = scene.bursar.margin(&ReportRequest::named("2026-11", "UTC").unwrap()).unwrap();
    let told: Vec<_> = margin
        .clients
        .iter()
        .map(|row| {
            let text = |amount: Option<Money>| amount.map_or("-".to_owned(), |amount| amount.to_string());
            format!(
                "{} {} {} {} {:?} {:?}",
                row.client,
                row.cost,
                text(row.price),
                text(row.margin),
                row.margin_basis_points,
                row.markup_basis_points
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            "acme 54.814814 76.7777768 21.9629628 Some(2861) Some(4007)",
            "unallocated 9.876543 - - None None",
            "initech 5.432101 7712.5 7707.067899 Some(9993) Some(14188006)",
        ]
    );
    for rows in [&margin.projects, &margin.agents] {
        for client in &margin.clients {
            let own: Vec<_> = rows.iter().filter(|row| row.client == client.client).collect();
            assert_eq!(own.iter().map(|row| row.cost).sum::<Money>(), client.cost);
            assert_eq!(
                own.iter().filter_map(|row| row.price).sum::<Money>(),
                client.price.unwrap_or_default()
            );
        }
    }
    let total = &margin.totals[0];
    assert_eq!(
        (total.cost.to_string(), total.price.to_string()),
        ("60.246915".to_owned(), "7789.2777768".to_owned())
    );
}

#[test]
fn an_invoice_stays_and_what_is_corrected_becomes_a_note_on_it() {
    let scene = Scene::terms("markup = \"20 %\"\ndiscount = \"10 %\"");
    scene.at("2026-10-05T12:00:00Z");
    scene.spend(&[("client", "acme")], 10_000_000);
    let october = ClientRequest::new("acme").named("2026-10");
    scene.at("2026-11-03T12:00:00Z");
    let error = scene.bursar.issue_invoice(&october).unwrap_err();
    assert_eq!(error.code(), ErrorCode::PeriodNotClosable);
    scene.bursar.close_period(&ReportRequest::named("2026-10", "UTC").unwrap()).unwrap();
    let invoice = scene.bursar.issue_invoice(&october).unwrap();
    assert_eq!(
        (invoice.header.number.as_deref(), invoice.total.to_string()),
        (Some("INV-2026-10-001"), "10.8".to_owned())
    );
    assert_eq!(scene.bursar.issue_credit_note("INV-2026-10-001").unwrap(), None);
    // The provider takes back a part after the books were closed: that is booked in November.
    let settled = 2;
    scene.bursar.adjust(settled, "-2.5".parse().unwrap(), "provider's credit").unwrap();
    scene.spend(&[("client", "acme")], 1_000_000);
    let before = scene.bursar.margin(&ReportRequest::named("2026-10", "UTC").unwrap()).unwrap();
    assert_eq!(
        (before.clients[0].cost.to_string(), before.clients[0].restated.to_string()),
        ("7.5".to_owned(), "-2.5".to_owned())
    );
    let note = scene.bursar.issue_credit_note("INV-2026-10-001").unwrap().unwrap();
    assert_eq!(note.header.reference.as_deref(), Some("INV-2026-10-001"));
    assert_eq!(
        (note.header.kind, note.header.number.as_deref()),
        (ClientDocument::CreditNote, Some("CN-2026-10-001"))
    );
    let told: Vec<_> = note.lines.iter().map(|line| format!("{}: {}", line.text, line.amount)).collect();
    assert_eq!(told, ["private/m, other usage: -3", "Discount of 10 %: 0.3"]);
    assert_eq!((note.total.to_string(), note.payable.to_string()), ("-2.7".to_owned(), "-2.7".to_owned()));
    assert_eq!(CreditNote::from_json(&note.to_json()).unwrap(), note);
    // November's bill has none of it, and no second note says it again.
    assert_eq!(scene.statement("acme").total.to_string(), "1.08");
    assert_eq!(scene.bursar.issue_credit_note("INV-2026-10-001").unwrap(), None);
    scene.bursar.adjust(settled, "1".parse().unwrap(), "taken back too much").unwrap();
    let debit = scene.bursar.issue_credit_note("INV-2026-10-001").unwrap().unwrap();
    assert_eq!((debit.header.kind, debit.total.to_string()), (ClientDocument::DebitNote, "1.08".to_owned()));
    // The invoice says what it said, also when it is asked for again.
    assert_eq!(scene.bursar.issue_invoice(&october).unwrap(), invoice);
    assert_eq!(scene.bursar.invoice("INV-2026-10-001").unwrap().to_json(), invoice.to_json());
    assert_eq!(scene.bursar.invoice("INV-2026-10-002").unwrap_err().code(), ErrorCode::DocumentUnknown);
    assert_eq!(scene.bursar.verify().unwrap(), []);
}
