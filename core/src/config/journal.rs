//! What a policy says of journals: which accounts charges are booked to.

use super::node::Node;
use super::opaque;
use super::reader::{Reader, Section};
use crate::report::{JournalMapping, JournalRules};

const KEYS: &[&str] =
    &["expense", "clearing", "receivable", "revenue", "cost_of_sales", "subsidiary", "tax_rate", "map"];
const MAP_KEYS: &[&str] = &["match", "account", "revenue", "department", "class", "location", "cost_center"];
const MAP: &str = "a list of mappings: write `[[journal.map]]` above each";
const ACCOUNT: &str = "an account in quotes, such as `\"6125\"`";

/// The accounts, as far as they could be read.
pub(super) fn journal(reader: &mut Reader, node: &Node) -> Option<JournalRules> {
    let section = reader.section(node, KEYS)?;
    let mut account = |key, help| {
        let account = reader.need(&section, key, help).and_then(|node| reader.text(node, ACCOUNT));
        account.map(str::to_owned)
    };
    let expense = account("expense", "name the account that charges are booked to");
    let clearing = account("clearing", "name the account where cost waits for the provider's invoice");
    let items = section.get("map").and_then(|node| reader.list(node, MAP)).unwrap_or_default();
    let map = items.iter().filter_map(|item| mapping(reader, item)).collect();
    let mut rules = JournalRules::new(expense.unwrap_or_default(), clearing.unwrap_or_default());
    rules.map = map;
    rules.receivable = text(reader, &section, "receivable");
    rules.revenue = text(reader, &section, "revenue");
    rules.cost_of_sales = text(reader, &section, "cost_of_sales");
    rules.subsidiary = text(reader, &section, "subsidiary");
    rules.tax_rate = text(reader, &section, "tax_rate");
    Some(rules)
}

fn mapping(reader: &mut Reader, node: &Node) -> Option<JournalMapping> {
    let section = reader.section(node, MAP_KEYS)?;
    let help = "say whose charges they are, such as `match = { team = \"data\" }`";
    let selector = reader.need(&section, "match", help);
    let selector =
        selector.and_then(|node| opaque::read(node).map_err(|problem| reader.problems.push(problem)).ok());
    Some(JournalMapping {
        account: text(reader, &section, "account"),
        revenue: text(reader, &section, "revenue"),
        department: text(reader, &section, "department"),
        class: text(reader, &section, "class"),
        location: text(reader, &section, "location"),
        cost_center: text(reader, &section, "cost_center"),
        selector: selector?,
    })
}

fn text(reader: &mut Reader, section: &Section<'_>, key: &'static str) -> Option<String> {
    section.get(key).and_then(|node| reader.text(node, "text in quotes")).map(str::to_owned)
}
