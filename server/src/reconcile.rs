//! `bursar reconcile`: the ledger against the provider's own bill.

use crate::options::{Fault, Given, Outcome};
use crate::output::File;
use crate::{ledger, output};
use bursar::{
    BillDocument, BillFormat, CsvMapping, ProviderLine, ReconcileRequest, Reconciliation, SignOff, Timestamp,
    TolerancePolicy, Window,
};
use lexopt::Parser;
use std::process::ExitCode;

pub(crate) const USAGE: &str = "bursar reconcile LEDGER --provider anthropic --period 2026-10 --bill FORMAT=FILE [--bill FORMAT=FILE] \
    [--mapping FILE.toml] [--tolerance '1 USD'] [--by NAME] [--accept LINE=WHY] [--sign-off WHY] [--keep yes] [--post yes] [--format table|csv|json] [--out FILE]";
const OPTIONS: &[&str] = &[
    "policy",
    "provider",
    "period",
    "bill",
    "mapping",
    "tolerance",
    "by",
    "accept",
    "sign-off",
    "keep",
    "post",
    "format",
    "out",
];

/// The formats of bills by their names.
const BILLS: &[(&str, BillFormat)] = &[
    ("anthropic-cost", BillFormat::AnthropicCost),
    ("anthropic-usage", BillFormat::AnthropicUsage),
    ("openai-costs", BillFormat::OpenAiCosts),
    ("openai-usage", BillFormat::OpenAiUsage),
    ("aws-cur", BillFormat::AwsCur),
    ("google-billing", BillFormat::GoogleBilling),
    ("focus", BillFormat::Focus { provider: None }),
];

pub(crate) fn run(arguments: Parser) -> Outcome<ExitCode> {
    let given = Given::read(arguments, OPTIONS, 1)?;
    let need = |name: &str, what: &str| {
        given.get(name).ok_or_else(|| Fault::usage(&format!("the {what} isn't named: `--{name}`")))
    };
    let (provider, period) = (need("provider", "provider")?, need("period", "period")?);
    need("bill", "provider's bill")?;
    let mut tolerance = TolerancePolicy::default();
    if let Some(amount) = given.get("tolerance") {
        tolerance.absolute = amount.parse()?;
    }
    let mut request = ReconcileRequest::new(provider, Window::named(period, "UTC")?).tolerance(tolerance);
    for bill in given.all("bill") {
        request = request.lines(lines(&given, bill)?);
    }
    let post = given.get("post") == Some("yes");
    let keep = given.get("keep") == Some("yes");
    let bursar = if post || keep { ledger::for_writing(&given)? } else { ledger::for_reading(&given)? };
    let mut found = bursar.reconcile(&request)?;
    accept(&given, &mut found, bursar.now())?;
    let format = given.get("format").unwrap_or("table");
    let content = rendered(&found, format)?;
    output::write(
        given.out(),
        &[File { name: format!("reconciliation.{format}"), content: content.into_bytes() }],
    )?;
    if keep {
        eprintln!("kept as {}", bursar.keep_reconciliation(&found)?);
    }
    if post {
        let posted = bursar.post_true_ups(&found)?;
        eprintln!("{} true-ups are in the ledger", posted.len());
    }
    Ok(if found.is_closed_under(&tolerance) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A reconciliation in one of its formats.
pub(crate) fn rendered(found: &Reconciliation, format: &str) -> Outcome<String> {
    Ok(match format {
        "table" => found.to_table(),
        "csv" => found.to_csv(),
        "json" => found.to_json(),
        other => {
            let message = format!("`{other}` is no format of a reconciliation");
            return Err(Fault::new(message, "use one of `table`, `csv`, `json`"));
        }
    })
}

/// Accepts lines and signs the whole off, in the name of the person who says so.
fn accept(given: &Given, found: &mut Reconciliation, at: Timestamp) -> Outcome {
    let (mut lines, whole) = (given.all("accept").peekable(), given.get("sign-off"));
    if lines.peek().is_none() && whole.is_none() {
        return Ok(());
    }
    let by =
        given.get("by").ok_or_else(|| Fault::usage(&"nobody says so: name who accepts by `--by NAME`"))?;
    let word = |note: &str| SignOff { by: by.to_owned(), at, note: note.to_owned() };
    for text in lines {
        let line = text.split_once('=').and_then(|(line, why)| Some((line.parse().ok()?, why)));
        let (line, why) = line.ok_or_else(|| {
            Fault::new(
                format!("`{text}` accepts no line"),
                "write LINE=WHY, such as `--accept '3=the workbench'`",
            )
        })?;
        found.accept(line, word(why))?;
    }
    if let Some(why) = whole {
        found.sign_off(word(why));
    }
    Ok(())
}

/// The lines of one bill, `FORMAT=FILE`.
fn lines(given: &Given, bill: &str) -> Outcome<Vec<ProviderLine>> {
    let names = || BILLS.iter().map(|(name, _)| *name).chain(["csv"]).collect::<Vec<_>>().join("`, `");
    let Some((format, path)) = bill.split_once('=') else {
        return Err(Fault::new(
            format!("`{bill}` names no format"),
            format!("write FORMAT=FILE, with one of `{}`", names()),
        ));
    };
    let unreadable = |path: &str, cause: std::io::Error| {
        Fault::new(format!("`{path}` can't be read: {cause}"), "give the path of the provider's file")
    };
    let page = std::fs::read(path).map_err(|cause| unreadable(path, cause))?;
    if let Some((_, format)) = BILLS.iter().find(|(name, _)| *name == format) {
        return Ok(BillDocument::new(format.clone(), &page).read()?);
    }
    if format != "csv" {
        return Err(Fault::new(
            format!("`{format}` is no format of a bill"),
            format!("use one of `{}`", names()),
        ));
    }
    let mapping = given.get("mapping").ok_or_else(|| {
        Fault::new("a plain CSV needs to be told its columns", "give them: `--mapping FILE.toml`")
    })?;
    let text = std::fs::read_to_string(mapping).map_err(|cause| unreadable(mapping, cause))?;
    Ok(BillDocument::new(BillFormat::Csv(Box::new(CsvMapping::from_toml(&text)?)), &page).read()?)
}
