//! The whole policy: its sections, and what holds between them.

use super::budgets::budgets;
use super::node::{Entry, Node, Value};
use super::opaque;
use super::problem::{Place, Problem};
use super::reader::Reader;
use crate::budget::MAX_HOLD_LIFETIME;
use crate::engine::{Policy, find_model};
use crate::pricing::{PriceBook, PriceOverride};
use crate::tags::{TagKey, Taxonomy};
use std::time::Duration;

const KEYS: &[&str] = &["taxonomy", "budgets", "prices", "holds"];
const MIN_HOLD_LIFETIME: Duration = Duration::from_secs(1);

/// The policy, as far as it could be read: it is whole if the reader has no problem.
pub(super) fn policy(reader: &mut Reader, root: &Node) -> Policy {
    let mut policy = Policy::new();
    let Some(section) = reader.section(root, KEYS) else { return policy };
    if let Some(node) = section.get("taxonomy") {
        let taxonomy = opaque::read::<Taxonomy>(node)
            .map_err(|problem| reader.problems.push(Problem { place: place_of(&problem, node), ..problem }));
        policy = policy.with_taxonomy(taxonomy.unwrap_or_default());
    }
    if let Some(node) = section.get("budgets") {
        for budget in budgets(reader, node, &policy.taxonomy) {
            policy = policy.with_budget(budget);
        }
    }
    policy = policy.with_prices(section.get("prices").into_iter().flat_map(|node| prices(reader, node)));
    models(reader, section.get("prices"), &policy.prices);
    if let Some(node) = section.get("holds")
        && let Some(lifetime) = hold_lifetime(reader, node)
    {
        policy = policy.with_hold_lifetime(lifetime);
    }
    policy
}

/// What contradicts something else is known only in the end: its message names the key that it is about.
fn place_of(problem: &Problem, taxonomy: &Node) -> Place {
    let Value::Map(entries) = &taxonomy.value else { return problem.place };
    if problem.place != taxonomy.place() {
        return problem.place;
    }
    let message = problem.error.message();
    let is_named = |entry: &&Entry| {
        let key = entry.key.parse::<TagKey>();
        let key = key.as_ref().map_or(entry.key.as_str(), TagKey::short);
        message.contains(&format!("`{key}`")) || message.starts_with(&format!("{key} `"))
    };
    // A rule that is given twice is wrong where it is given again.
    let named = entries.iter().rev().find(is_named);
    let named = named.or_else(|| entries.iter().find(|entry| entry.key == "required"));
    named.map_or(problem.place, |entry| entry.value.key_place())
}

fn prices(reader: &mut Reader, node: &Node) -> Vec<PriceOverride> {
    let mut prices = Vec::new();
    let Some(items) = overrides(reader, node) else { return prices };
    for item in items {
        if reader.is_full() {
            break;
        }
        match opaque::read(item) {
            Ok(price) => prices.push(price),
            Err(problem) => reader.problems.push(problem),
        }
    }
    prices
}

fn overrides<'n>(reader: &mut Reader, node: &'n Node) -> Option<&'n [Node]> {
    let section = reader.section(node, &["overrides"])?;
    reader.list(section.get("overrides")?, "a list of prices: write `[[prices.overrides]]` above each")
}

/// Whether the prices make a book, and whether the book knows the models that calls are sent to.
fn models(reader: &mut Reader, node: Option<&Node>, prices: &[PriceOverride]) {
    let is_needed = !prices.is_empty() || !reader.models.is_empty();
    if !is_needed || !reader.problems.is_empty() {
        return;
    }
    let bundled = match PriceBook::bundled() {
        Ok(bundled) => bundled,
        Err(error) => return node.map_or((), |node| reader.note(node.place(), error)),
    };
    match (bundled.with_overrides(prices), node) {
        (Ok(book), _) => {
            for (place, name) in std::mem::take(&mut reader.models) {
                reader.keep(place, find_model(&name, &book));
            }
        }
        (Err(error), Some(node)) => {
            let items = overrides(&mut Reader::default(), node).unwrap_or_default();
            let alone = items.iter().zip(prices).find_map(|(item, price)| {
                bundled.with_overrides(std::slice::from_ref(price)).err().map(|error| (item.place(), error))
            });
            let (place, error) = alone.unwrap_or_else(|| (node.place(), error));
            reader.note(place, error);
        }
        (Err(_), None) => {}
    }
}

fn hold_lifetime(reader: &mut Reader, node: &Node) -> Option<Duration> {
    let section = reader.section(node, &["lifetime"])?;
    let node = section.get("lifetime")?;
    let lifetime = reader.duration(node)?;
    if (MIN_HOLD_LIFETIME..=MAX_HOLD_LIFETIME).contains(&lifetime) {
        return Some(lifetime);
    }
    let message = format!("a hold can't live {} s, 1 second to 24 hours are allowed", lifetime.as_secs());
    reader.fault(node.place(), message, "give a time between, such as `\"15 minutes\"`");
    None
}
