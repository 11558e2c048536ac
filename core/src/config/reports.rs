//! What a policy says of statements: who issues them, who gets them, how they look.

use super::allocation::allocation;
use super::clients::clients;
use super::closing::closing;
use super::journal::journal;
use super::node::Node;
use super::opaque;
use super::reader::{Reader, Section};
use super::virtual_tags::virtual_tags;
use crate::report::{Parties, Party, Recipient, ReportRules, StatementKind};
use std::path::Path;

const KEYS: &[&str] = &["kind", "series", "issuer", "recipients", "accent", "logo", "closing"];
const RECIPIENTS: &str = "a list of recipients: write `[[statement.recipients]]` above each";
/// The longest series of statement numbers.
const MAX_SERIES_LETTERS: usize = 16;
/// The largest logo.
const MAX_LOGO_BYTES: u64 = 1 << 20;

/// The rules of all sections that are about reports.
pub(super) fn report_rules(reader: &mut Reader, root: &Section<'_>) -> ReportRules {
    let mut rules = ReportRules::default();
    if let Some(node) = root.get("statement") {
        let section = reader.section(node, KEYS);
        rules.closing = section
            .iter()
            .filter_map(|own| own.get("closing"))
            .flat_map(|own| closing(reader, own))
            .collect();
        rules.parties = section.map(|own| parties(reader, &own)).unwrap_or_default();
    }
    if let Some(node) = root.get("virtual_tags") {
        rules.virtual_tags = virtual_tags(reader, node).unwrap_or_default();
    }
    if let Some(node) = root.get("allocation") {
        rules.allocation = allocation(reader, node).unwrap_or_default();
    }
    if let Some(node) = root.get("clients") {
        rules.clients = clients(reader, node).unwrap_or_default();
    }
    rules.journal = root.get("journal").and_then(|node| journal(reader, node));
    rules
}

fn parties(reader: &mut Reader, section: &Section<'_>) -> Parties {
    let mut parties = Parties::default();
    if let Some(node) = section.get("kind") {
        let kinds = [("chargeback", StatementKind::Chargeback), ("showback", StatementKind::Showback)];
        parties.kind = reader.word(node, "kind of statement", &kinds).unwrap_or_default();
    }
    parties.series = section.get("series").and_then(|node| series(reader, node));
    parties.issuer = section.get("issuer").and_then(|node| read(reader, node));
    parties.accent = section.get("accent").and_then(|node| accent(reader, node));
    parties.logo_svg = section.get("logo").and_then(|node| logo(reader, node));
    let items = section.get("recipients").and_then(|node| reader.list(node, RECIPIENTS));
    parties.recipients =
        items.unwrap_or_default().iter().filter_map(|item| recipient(reader, item)).collect();
    parties
}

pub(super) fn read<T: serde::de::DeserializeOwned>(reader: &mut Reader, node: &Node) -> Option<T> {
    opaque::read(node).map_err(|problem| reader.problems.push(problem)).ok()
}

/// A party with the calls whose statement it gets.
fn recipient(reader: &mut Reader, node: &Node) -> Option<Recipient> {
    let section = reader.section(node, &["match", "name", "lines", "reference", "tax_id", "contact"])?;
    let help = "say whose calls they are, such as `match = { team = \"data\" }`";
    let selector = reader.need(&section, "match", help).and_then(|node| read(reader, node));
    let name = reader.need(&section, "name", "name who gets the statement");
    let name = name.and_then(|node| reader.text(node, "a name in quotes")).map(str::to_owned);
    let lines = section.get("lines").map_or(Some(Vec::new()), |node| read(reader, node));
    let mut text = |key| section.get(key).map(|node| reader.text(node, "text in quotes").map(str::to_owned));
    let (reference, tax_id, contact) = (text("reference"), text("tax_id"), text("contact"));
    let party = Party {
        name: name?,
        lines: lines?,
        reference: reference.flatten(),
        tax_id: tax_id.flatten(),
        contact: contact.flatten(),
    };
    Some(Recipient { selector: selector?, party })
}

fn series(reader: &mut Reader, node: &Node) -> Option<String> {
    let text = reader.text(node, "a series in quotes, such as `\"CB\"`")?;
    let is_plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if is_plain && (1..=MAX_SERIES_LETTERS).contains(&text.len()) {
        return Some(text.to_owned());
    }
    let message = format!("`{}` is no series of numbers", super::node::excerpt(text));
    reader.fault(node.place(), message, "use 1 to 16 letters, digits and `-`, such as `\"CB\"`");
    None
}

fn accent(reader: &mut Reader, node: &Node) -> Option<String> {
    let text = reader.text(node, "a colour in quotes, such as `\"#1f4e79\"`")?;
    let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6);
    if digits.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit())) {
        return Some(text.to_ascii_lowercase());
    }
    let message = format!("`{}` is no colour", super::node::excerpt(text));
    reader.fault(node.place(), message, "write red, green and blue in hex, such as `\"#1f4e79\"`");
    None
}

/// Reads a logo, which a path that isn't absolute names from where the process runs.
fn logo(reader: &mut Reader, node: &Node) -> Option<String> {
    let path = reader.text(node, "the path of an SVG file in quotes")?;
    let fault = match std::fs::metadata(Path::new(path)) {
        Ok(file) if file.len() > MAX_LOGO_BYTES => {
            format!("the logo `{path}` has {} bytes, and {MAX_LOGO_BYTES} are allowed", file.len())
        }
        Ok(_) => match std::fs::read_to_string(path) {
            Ok(svg) if svg.contains("<svg") => return Some(svg),
            Ok(_) => format!("the logo `{path}` is no SVG"),
            Err(cause) => format!("the logo `{path}` can't be read: {cause}"),
        },
        Err(cause) => format!("the logo `{path}` can't be read: {cause}"),
    };
    reader.fault(node.place(), fault, "give the path of an SVG file that can be read");
    None
}
