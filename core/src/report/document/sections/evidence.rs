//! What the figures rest on, so that they can be checked.

use crate::report::closing::ReconciledBill;
use crate::report::document::numbers::{counted, grouped};
use crate::report::document::printer::Printer;
use crate::report::document::{Block, Fact, Section};
use crate::report::evidence::{Correction, EntrySum, Evidence};
use crate::report::period::local;
use crate::report::statement::Statement;

/// Corrections that are printed one by one.
const MOST_CORRECTIONS: usize = 20;

pub(in crate::report) fn section(statement: &Statement, printer: &Printer<'_>) -> Option<Section> {
    let number = |number: u64| grouped(i128::from(number));
    let range = statement.entries.map(|own| format!("{} to {}", number(own.first), number(own.last)));
    let mut facts: Vec<Fact> = range.map(|text| fact("Ledger entries", text)).into_iter().collect();
    let mut blocks = Vec::new();
    if let Some(evidence) = &statement.evidence {
        facts.extend(sealed(evidence, printer));
        let told: Vec<String> =
            evidence.corrections.iter().take(MOST_CORRECTIONS).map(|own| correction(own, printer)).collect();
        if !told.is_empty() {
            blocks.push(Block::Notes(told));
        }
    }
    if facts.is_empty() {
        return None;
    }
    blocks.insert(0, Block::Facts(facts));
    Some(Section { id: "evidence".to_owned(), title: "Evidence".to_owned(), intro: None, blocks })
}

fn fact(label: &str, text: String) -> Fact {
    Fact { label: label.to_owned(), text }
}

fn sealed(own: &Evidence, printer: &Printer<'_>) -> Vec<Fact> {
    let missing = if own.is_complete { "" } else { "; the ledger no longer has all of them" };
    let mut facts = vec![
        fact("Entries that count", format!("{}{missing}", grouped(i128::from(own.entries)))),
        fact("SHA-256 of the entries", own.entries_sha256.clone()),
    ];
    let prices = own.prices.iter().map(|own| fact("Prices", own.version.clone()));
    facts.extend(prices);
    facts.extend(own.policy_sha256.clone().map(|hash| fact("SHA-256 of the policy", hash)));
    let sums = [
        ("Stated by the provider", &own.stated),
        ("Never settled", &own.expired),
        ("Corrections", &own.corrected),
    ];
    facts.extend(
        sums.into_iter()
            .filter(|(_, sum)| sum.entries > 0)
            .map(|(label, sum)| fact(label, told(sum, printer))),
    );
    facts.extend((own.late > 0).then(|| fact("Settled late", counted(own.late, "call"))));
    facts.extend(own.reconciliations.iter().map(|bill| fact("Reconciled", reconciled(bill, printer))));
    facts.extend(own.statement_sha256.clone().map(|hash| fact("SHA-256 of the statement", hash)));
    facts
}

/// Whose bill of which days, under which number, how much is explained, and what is open.
fn reconciled(own: &ReconciledBill, printer: &Printer<'_>) -> String {
    let day = |at| local(at, "UTC", "%Y-%m-%d");
    let (whole, hundredths) = (own.explained_basis_points / 100, own.explained_basis_points % 100);
    let signed = own.signed_off_by.as_ref().map(|by| format!("; signed off by {by}")).unwrap_or_default();
    format!(
        "{}, {} to {} UTC, in {}: {} billed, {} apart, {whole}.{hundredths:02} % of that explained, {} open{signed}",
        own.provider,
        day(own.start),
        day(own.end),
        own.number,
        printer.money_with_code(own.theirs),
        printer.money_with_code(own.difference),
        printer.money_with_code(own.unexplained)
    )
}

fn told(sum: &EntrySum, printer: &Printer<'_>) -> String {
    format!("{} in {}", printer.money_with_code(sum.cost), grouped(i128::from(sum.entries)))
}

fn correction(own: &Correction, printer: &Printer<'_>) -> String {
    let of = own.corrects.map(|seq| format!(" of entry {}", grouped(i128::from(seq)))).unwrap_or_default();
    let note = own.note.as_ref().map(|note| format!(": {note}")).unwrap_or_default();
    format!("Correction{of} by {}{note}", printer.money_with_code(own.amount))
}
