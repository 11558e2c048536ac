//! What the month leaves behind: the closed statement in every format, clients' invoices, exports, journals.

use bursar::{
    Bursar, ClientRequest, FocusLevel, FocusLint, FocusRequest, JournalFormat, Money, Presentation,
    ReportRequest, Statement, Window,
};
use std::{fs::File, io::BufWriter, path::Path};

/// The clients that are billed.
const CLIENTS: [&str; 3] = ["acme-corp", "globex", "initech"];
const JOURNALS: [JournalFormat; 4] =
    [JournalFormat::NetSuite, JournalFormat::QuickBooksOnline, JournalFormat::Xero, JournalFormat::Generic];

/// Closes the month, and writes everything that finance and clients get. Gives the statement of all calls.
pub(crate) fn write(bursar: &Bursar, out: &Path, month: &str, zone: &str) -> Result<Statement, String> {
    let request = ReportRequest::named(month, zone).map_err(told)?.with_opportunities().with_evidence();
    let mut issued = bursar.close_period(&request).map_err(told)?.into_iter();
    let statement = issued.next().ok_or("closing issues a statement")?;
    let policy = bursar.policy();
    let rules = policy.report_rules();
    let presentation = Presentation::of(rules);
    put(out, "chargeback.csv", statement.to_csv())?;
    put(out, "chargeback.json", statement.to_json())?;
    let document = statement.document(&presentation);
    put(out, "chargeback.html", document.to_html())?;
    put(out, "chargeback.xlsx", statement.to_xlsx(&presentation).map_err(told)?)?;
    put_pdf(out, "chargeback.pdf", &document)?;
    for own in issued {
        let name = own.header.recipient.as_ref().map_or("everybody", |party| &party.name).to_lowercase();
        put(out, &format!("teams/{name}.html"), own.document(&presentation).to_html())?;
    }
    if let Some(journal) = &rules.journal {
        for format in JOURNALS {
            for file in statement.to_journal(format, journal).map_err(told)? {
                put(out, &format!("journals/{}", file.name), file.text)?;
            }
        }
    }
    invoices(bursar, out, month, &presentation)?;
    let margin = bursar.margin(&ReportRequest::named(month, zone).map_err(told)?).map_err(told)?;
    put(out, "margin.html", margin.document(&presentation).to_html())?;
    exports(bursar, out, (month, zone), statement.total)?;
    Ok(statement)
}

/// Invoices that say nothing of cost, or of other clients.
fn invoices(bursar: &Bursar, out: &Path, month: &str, presentation: &Presentation) -> Result<(), String> {
    for client in CLIENTS {
        let invoice = bursar.issue_invoice(&ClientRequest::new(client).named(month)).map_err(told)?;
        let document = invoice.document(presentation);
        put(out, &format!("clients/{client}.json"), invoice.to_json())?;
        put(out, &format!("clients/{client}.html"), document.to_html())?;
        put_pdf(out, &format!("clients/{client}.pdf"), &document)?;
    }
    Ok(())
}

/// What finance systems and BI import; each sums to the statement.
fn exports(bursar: &Bursar, out: &Path, (month, zone): (&str, &str), total: Money) -> Result<(), String> {
    let create = |name: &str| {
        File::create(out.join(name))
            .map(BufWriter::new)
            .map_err(|error| format!("`{name}` can't be written: {error}"))
    };
    for (name, level) in [("focus-1.2.csv", FocusLevel::V1_2), ("focus.csv", FocusLevel::Newest)] {
        let request = FocusRequest::named(month, zone).map_err(told)?.level(level);
        let exported = bursar.export_focus(&request, create(name)?).map_err(told)?;
        let file = File::open(out.join(name)).map_err(|error| error.to_string())?;
        let findings = FocusLint::new().check(std::io::BufReader::new(file));
        if exported.billed != total || !findings.is_empty() {
            return Err(format!(
                "`{name}` sums to {}, and the statement to {total}; {findings:?}",
                exported.billed
            ));
        }
    }
    let window = Window::named(month, zone).map_err(told)?;
    let exported = bursar.export_parquet(window, create("entries.parquet")?).map_err(told)?;
    if exported.billed != total {
        return Err(format!("`entries.parquet` sums to {}, and the statement to {total}", exported.billed));
    }
    Ok(())
}

/// The document as PDF; without the typesetter there is none.
fn put_pdf(out: &Path, name: &str, document: &bursar::Document) -> Result<(), String> {
    match document.to_pdf() {
        Ok(pdf) => put(out, name, pdf),
        Err(error) if error.code() == bursar::ErrorCode::PdfMissing => Ok(()),
        Err(error) => Err(told(error)),
    }
}

fn put(out: &Path, name: &str, content: impl AsRef<[u8]>) -> Result<(), String> {
    let path = out.join(name);
    let folder = path.parent().unwrap_or(out);
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(&path, content))
        .map_err(|error| format!("`{}` can't be written: {error}", path.display()))
}

fn told(error: impl std::borrow::Borrow<bursar::Error>) -> String {
    format!("{:#}", error.borrow())
}
