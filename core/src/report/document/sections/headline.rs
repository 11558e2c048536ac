//! The head: what the document is, of when, from whom to whom.

use crate::report::document::printer::Printer;
use crate::report::document::{Fact, PrintedParty};
use crate::report::header::{Party, StatementKind, StatementStatus};
use crate::report::period::{MINUTES, ReportPeriod, local};
use crate::report::statement::Statement;
use crate::time::{Timestamp, Window};
use std::time::Duration;

const DAY: &str = "%Y-%m-%d";
const MIDNIGHT: &str = "00:00:00";

pub(in crate::report) fn title(statement: &Statement) -> &'static str {
    match statement.header.kind {
        StatementKind::Chargeback => "Chargeback statement",
        StatementKind::Showback => "Showback statement",
    }
}

/// `October 2026` for a month, the period's name for any other.
pub(in crate::report) fn subtitle(statement: &Statement) -> String {
    named(&statement.period, &statement.time_zone, statement.is_over)
}

/// A period as a head has it.
pub(in crate::report) fn named(period: &ReportPeriod, zone: &str, is_over: bool) -> String {
    let month = local(period.window.start(), zone, "%Y-%m");
    let name =
        if period.name == month { local(period.window.start(), zone, "%B %Y") } else { period.name.clone() };
    if is_over { name } else { format!("{name}, so far") }
}

pub(in crate::report) fn status(statement: &Statement) -> &'static str {
    word(statement.header.status)
}

pub(in crate::report) fn word(status: StatementStatus) -> &'static str {
    match status {
        StatementStatus::Provisional => "provisional",
        StatementStatus::Final => "final",
    }
}

/// The day on which it was issued, or else made.
pub(in crate::report) fn date(statement: &Statement) -> String {
    local(statement.header.issued_at.unwrap_or(statement.generated_at), &statement.time_zone, DAY)
}

pub(in crate::report) fn facts(statement: &Statement, printer: &Printer<'_>) -> Vec<Fact> {
    let zone = statement.time_zone.as_str();
    let fact = |label: &str, text: String| Fact { label: label.to_owned(), text };
    let mut facts = vec![
        fact("Period", format!("{}, {zone}", days(statement.period.window, zone))),
        fact("Currency", printer.currency().to_string()),
        fact("Generated", local(statement.generated_at, zone, MINUTES)),
    ];
    if let Some(at) = statement.header.issued_at {
        facts.push(fact("Issued", local(at, zone, DAY)));
    }
    if let Some(fx) = &printer.presentation().fx {
        let rate = format!("1 {} = {} {}", statement.currency, fx.rate(), fx.currency());
        let of = [fx.source(), fx.date()].iter().filter(|text| !text.is_empty()).copied().collect::<Vec<_>>();
        let text = std::iter::once(rate.as_str()).chain(of).collect::<Vec<_>>().join(", ");
        facts.push(fact("Exchange rate", text));
    }
    facts.extend(statement.filter.as_ref().map(|filter| fact("Only calls with", filter.clone())));
    if statement.overruns > 0 {
        let calls = crate::report::document::numbers::counted(statement.overruns, "call");
        facts.push(fact("Overruns", format!("{calls} cost more than held")));
    }
    facts
}

/// The first and the last day where the period consists of days, both ends where it doesn't.
pub(in crate::report) fn days(window: Window, zone: &str) -> String {
    let is_midnight = |at: Timestamp| local(at, zone, "%H:%M:%S") == MIDNIGHT;
    let (start, end) = (window.start(), window.end());
    let whole = is_midnight(start) && is_midnight(end);
    let edge =
        |at: Timestamp, open: Timestamp, text: String| if at == open { "…".to_owned() } else { text };
    let last = if whole { end.minus(Duration::from_micros(1)) } else { end };
    let format = if whole { DAY } else { MINUTES };
    let first = edge(start, Timestamp::MIN, local(start, zone, format));
    let last = edge(end, Timestamp::MAX, local(last, zone, format));
    if first == last { first } else { format!("{first} – {last}") }
}

pub(in crate::report) fn parties(statement: &Statement) -> Vec<PrintedParty> {
    both(statement.header.issuer.as_ref(), statement.header.recipient.as_ref())
}

/// From whom, to whom.
pub(in crate::report) fn both(issuer: Option<&Party>, recipient: Option<&Party>) -> Vec<PrintedParty> {
    let printed = |role: &str, party: &Party| PrintedParty {
        role: role.to_owned(),
        name: party.name.clone(),
        lines: lines(party),
    };
    let issuer = issuer.map(|party| printed("From", party));
    issuer.into_iter().chain(recipient.map(|party| printed("To", party))).collect()
}

fn lines(party: &Party) -> Vec<String> {
    let labelled = |label: &str, text: &Option<String>| text.as_ref().map(|text| format!("{label} {text}"));
    let further = [
        labelled("Reference", &party.reference),
        labelled("Tax number", &party.tax_id),
        labelled("Contact", &party.contact),
    ];
    party.lines.iter().cloned().chain(further.into_iter().flatten()).collect()
}

pub(in crate::report) fn footer(statement: &Statement) -> Vec<String> {
    let generated = local(statement.generated_at, &statement.time_zone, MINUTES);
    let entries = statement.entries.map(|own| format!("ledger entries {} to {}", own.first, own.last));
    let made = format!("{}, {}, generated {generated}", title(statement), statement.period.name);
    std::iter::once(made).chain(entries).collect()
}
