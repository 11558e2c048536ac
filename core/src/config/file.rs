//! The whole policy: its sections, and what holds between them.

use super::budgets::budgets;
use super::node::{Entry, Node, Value};
use super::on_price::check_prices;
use super::opaque;
use super::problem::{Place, Problem};
use super::reader::Reader;
use super::reports::report_rules;
use crate::budget::MAX_HOLD_LIFETIME;
use crate::engine::{Policy, StatedCost, find_model};
use crate::error::{Error, ErrorCode, Result};
use crate::pricing::{PriceBook, PriceMoves};
use crate::tags::{TagKey, Taxonomy};
use std::{fs::File, io::Read as _, time::Duration};

const KEYS: &[&str] = &[
    "taxonomy",
    "budgets",
    "prices",
    "holds",
    "statement",
    "virtual_tags",
    "allocation",
    "clients",
    "journal",
];
const PRICE_KEYS: &[&str] = &["overrides", "file", "max_move", "deployments", "stated_cost"];
const OVERRIDES: &str = "a list of prices: write `[[prices.overrides]]` above each";
/// The largest factor by which prices may move without `any`.
const MAX_MOVE: i128 = 1_000_000;
/// The largest price book in a file.
const MAX_PRICE_BOOK_BYTES: u64 = 1 << 28;
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
    if let Some(node) = section.get("prices") {
        policy = prices(reader, node, policy);
    }
    models(reader, section.get("prices"), &policy);
    if let Some(node) = section.get("holds")
        && let Some(lifetime) = hold_lifetime(reader, node)
    {
        policy = policy.with_hold_lifetime(lifetime);
    }
    let known = reader.problems.len();
    let rules = report_rules(reader, &section);
    let policy = policy.with_report_rules(rules);
    // Clients that couldn't be read aren't missing.
    if reader.problems.len() == known
        && let Some(node) = section.get("budgets")
    {
        check_prices(reader, node, &policy);
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

fn prices(reader: &mut Reader, node: &Node, mut policy: Policy) -> Policy {
    let Some(section) = reader.section(node, PRICE_KEYS) else { return policy };
    let moves = section.get("max_move").map_or(PriceMoves::default(), |node| max_move(reader, node));
    if let Some(node) = section.get("file")
        && let Some(path) = reader.text(node, "the path of a price book in quotes")
    {
        match price_book(path) {
            Ok(book) => policy = policy.with_price_book(book, moves),
            Err(error) => reader.note(node.place(), error),
        }
    }
    if let Some(node) = section.get("deployments") {
        policy = deployments(reader, node, policy);
    }
    if let Some(node) = section.get("stated_cost")
        && let Some(choice) = reader.word(node, "use of a stated cost", &StatedCost::ALL.map(named))
    {
        policy = policy.with_stated_cost(choice);
    }
    let items = section.get("overrides").and_then(|node| reader.list(node, OVERRIDES));
    for item in items.unwrap_or_default() {
        if reader.is_full() {
            break;
        }
        match opaque::read(item) {
            Ok(price) => policy = policy.with_prices([price]),
            Err(problem) => reader.problems.push(problem),
        }
    }
    policy
}

fn named(choice: StatedCost) -> (&'static str, StatedCost) {
    (choice.as_str(), choice)
}

/// `max_move = 10`, or `"any"`.
fn max_move(reader: &mut Reader, node: &Node) -> PriceMoves {
    match &node.value {
        Value::Text(text) if text == "any" => return PriceMoves::Any,
        Value::Integer(factor) if (1..=MAX_MOVE).contains(factor) => {
            return PriceMoves::Within(u32::try_from(*factor).unwrap_or(1));
        }
        _ => {}
    }
    let message = format!("{} is no factor by which prices may move, 1 to {MAX_MOVE} or `any`", node.found());
    reader.fault(node.place(), message, "write a whole number such as `10`, or `\"any\"`");
    PriceMoves::default()
}

/// Reads a price book, which a path that isn't absolute names from where the process runs.
fn price_book(path: &str) -> Result<PriceBook> {
    let unreadable = |cause: std::io::Error| {
        let message = format!("the price book `{path}` can't be read: {cause}");
        Error::new(ErrorCode::PriceBookInvalid, message)
            .with_help("check that the file exists and can be read")
            .with("file", path)
            .caused_by(cause)
    };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(MAX_PRICE_BOOK_BYTES).read_to_end(&mut bytes).map_err(unreadable)?;
    let book = PriceBook::read(&bytes)?;
    book.check()?;
    Ok(book)
}

/// `[prices.deployments]`: the name in a call, and the model that is meant.
fn deployments(reader: &mut Reader, node: &Node, mut policy: Policy) -> Policy {
    let Value::Map(entries) = &node.value else {
        let message = format!("found {}, expected a table of names", node.found());
        reader.fault(node.place(), message, "write `[prices.deployments]`, and a line for each name");
        return policy;
    };
    for entry in entries {
        if let Some(model) = reader.text(&entry.value, "a model in quotes, as `provider/model`") {
            policy = policy.with_deployment(&entry.key, model);
        }
    }
    policy
}

/// Whether the prices make a book, and whether the book knows the models that calls are sent to.
fn models(reader: &mut Reader, node: Option<&Node>, policy: &Policy) {
    let is_needed = !policy.prices.is_empty() || !policy.deployments.is_empty() || !reader.models.is_empty();
    if !is_needed || !reader.problems.is_empty() {
        return;
    }
    let base = match policy.price_book.clone().map_or_else(PriceBook::bundled, Ok) {
        Ok(base) => base,
        Err(error) => return node.map_or((), |node| reader.note(node.place(), error)),
    };
    match (policy.priced(&base), node) {
        (Ok(book), _) => {
            for (place, name) in std::mem::take(&mut reader.models) {
                reader.keep(place, find_model(&name, &book));
            }
        }
        (Err(error), Some(node)) => {
            let alone = wrong_override(node, policy, &base);
            let (place, error) = alone.unwrap_or_else(|| (node.place(), error));
            reader.note(place, error);
        }
        (Err(_), None) => {}
    }
}

/// The override that is wrong by itself.
fn wrong_override(node: &Node, policy: &Policy, base: &PriceBook) -> Option<(Place, Error)> {
    let mut reader = Reader::default();
    let section = reader.section(node, PRICE_KEYS)?;
    let items = reader.list(section.get("overrides")?, OVERRIDES)?;
    items.iter().zip(&policy.prices).find_map(|(item, price)| {
        base.with_overrides(std::slice::from_ref(price)).err().map(|error| (item.place(), error))
    })
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
