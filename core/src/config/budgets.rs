//! Budgets of a policy, each checked part by part, so that every fault is told where it stands.

use super::node::{Node, Value, excerpt};
use super::opaque;
use super::reader::{Reader, Section};
use super::steps::step;
use crate::budget::{Budget, BudgetBasis, BudgetOptions, MAX_BUDGETS, Rollover, Step};
use crate::error::{Error, ErrorCode, did_you_mean};
use crate::money::Money;
use crate::tags::{Classified, Selector, TagKey, TagSet, Taxonomy};
use crate::time::{Calendar, Period};
use std::collections::HashMap;

const KEYS: &[&str] = &["name", "match", "limit", "basis", "period", "time_zone", "per", "rollover", "steps"];
const TIME_ZONE: &str = "UTC";

/// All budgets that could be read.
pub(super) fn budgets(reader: &mut Reader, node: &Node, taxonomy: &Taxonomy) -> Vec<Budget> {
    let Value::List(items) = &node.value else {
        let message = format!("found {}, expected a list of budgets", node.found());
        reader.fault(node.place(), message, "write `[[budgets]]` above each budget");
        return Vec::new();
    };
    if items.len() > MAX_BUDGETS {
        let message = format!("{} budgets are given, and {MAX_BUDGETS} are allowed", items.len());
        reader.note(node.place(), Error::new(ErrorCode::LimitReached, message));
        return Vec::new();
    }
    let mut names: HashMap<&str, usize> = HashMap::new();
    let mut budgets = Vec::new();
    for (index, item) in items.iter().enumerate() {
        if reader.is_full() {
            break;
        }
        budgets.extend(budget(reader, item, taxonomy));
        let Some(name) = name_of(item) else { continue };
        let first = *names.entry(item_text(name)).or_insert(index);
        if first != index {
            let message = format!("the name `{}` is taken by budgets[{first}]", excerpt(item_text(name)));
            let error =
                Error::new(ErrorCode::BudgetInvalid, message).with_help("give each budget a name of its own");
            reader.note(name.place(), error);
        }
    }
    budgets
}

fn name_of(item: &Node) -> Option<&Node> {
    let Value::Map(entries) = &item.value else { return None };
    let name = entries.iter().find(|entry| entry.key == "name").map(|entry| &entry.value);
    name.filter(|name| matches!(name.value, Value::Text(_)))
}

fn item_text(node: &Node) -> &str {
    match &node.value {
        Value::Text(text) => text,
        _ => "",
    }
}

fn budget(reader: &mut Reader, node: &Node, taxonomy: &Taxonomy) -> Option<Budget> {
    let section = reader.section(node, KEYS)?;
    let name = reader.need(&section, "name", "give the budget a name");
    let name = name.and_then(|node| reader.text(node, "a name in quotes"));
    let selector = selector(reader, &section, taxonomy);
    let limit = reader.need(&section, "limit", "say how much may be spent, such as `limit = \"2500 USD\"`");
    let limit = limit.and_then(|node| reader.money(node));
    let basis = section.get("basis").map_or(Some(BudgetBasis::Cost), |node| {
        let words = [BudgetBasis::Cost, BudgetBasis::Price].map(|basis| (basis.as_str(), basis));
        reader.word(node, "basis", &words)
    });
    let calendar = calendar(reader, &section);
    let per = per(reader, &section);
    let rollover = rollover(reader, &section, limit);
    let steps = steps(reader, &section);
    let mut options = BudgetOptions::new(name?, selector?, limit?, calendar?);
    (options.basis, options.per, options.rollover) = (basis?, per?, rollover?);
    let steps = steps?;
    check(reader, &section, &options, &steps)?;
    options.steps = steps.into_iter().map(|(_, step)| step).collect();
    reader.keep(node.place(), Budget::new(options))
}

/// Checks each part together with harmless others, and notes what is wrong with it at its own place.
fn check(
    reader: &mut Reader,
    section: &Section<'_>,
    options: &BudgetOptions,
    steps: &[(&Node, Step)],
) -> Option<()> {
    let known = reader.problems.len();
    let place = |key: &str| section.get(key).unwrap_or(section.node).place();
    let harmless = BudgetOptions {
        limit: Money::ZERO,
        rollover: Rollover::Off,
        per: Vec::new(),
        steps: BudgetOptions::standard_steps(),
        ..options.clone()
    };
    // No other part can be checked under a name that is refused.
    reader.keep(place("name"), Budget::new(harmless.clone()))?;
    reader.keep(place("limit"), Budget::new(BudgetOptions { limit: options.limit, ..harmless.clone() }));
    reader.keep(
        place("rollover"),
        Budget::new(BudgetOptions { rollover: options.rollover, ..harmless.clone() }),
    );
    for (node, step) in steps {
        let alone = BudgetOptions { steps: vec![step.clone()], ..harmless.clone() };
        reader.keep(node.place(), Budget::new(alone));
    }
    reader.keep(place("per"), Budget::new(BudgetOptions { per: options.per.clone(), ..harmless }));
    (reader.problems.len() == known).then_some(())
}

fn selector(reader: &mut Reader, section: &Section<'_>, taxonomy: &Taxonomy) -> Option<Selector> {
    let help =
        "say which calls count, such as `match = { team = \"marketing\" }`, or `match = \"everything\"`";
    let node = reader.need(section, "match", help)?;
    let selector: Selector = opaque::read(node).map_err(|problem| reader.problems.push(problem)).ok()?;
    let known = reader.problems.len();
    match &node.value {
        Value::Map(entries) => {
            for entry in entries.iter().filter(|entry| !["all", "any", "not"].contains(&entry.key.as_str())) {
                let values = match &entry.value.value {
                    Value::List(items) => items.as_slice(),
                    _ => std::slice::from_ref(&entry.value),
                };
                for value in values {
                    check_value(reader, value, taxonomy, (&entry.key, item_text(value)));
                }
            }
        }
        _ => {
            if let Some((key, value)) = only_test(&selector) {
                check_value(reader, node, taxonomy, (&key, &value));
            }
        }
    }
    (reader.problems.len() == known).then_some(selector)
}

/// The key and value of a selector that is nothing but one equality.
fn only_test(selector: &Selector) -> Option<(String, String)> {
    let printed = selector.to_string();
    let (key, value) = printed.split_once(" = \"")?;
    let value = value.strip_suffix('"')?;
    (Selector::equals(key, value).ok()? == *selector).then(|| (key.to_owned(), value.to_owned()))
}

/// A value that the taxonomy doesn't allow is on no call.
fn check_value(reader: &mut Reader, node: &Node, taxonomy: &Taxonomy, (key, value): (&str, &str)) {
    let (Ok(key), Ok(tags)) = (key.parse::<TagKey>(), TagSet::from_pairs([(key, value)])) else { return };
    let nearest = match taxonomy.check(&tags) {
        Ok(Classified::Refused { unknown, .. }) => {
            let Some(unknown) = unknown.into_iter().find(|unknown| unknown.key == key) else { return };
            unknown.nearest
        }
        Ok(Classified::Allowed { tags, .. }) if tags.get(&key) != Some(value) => None,
        _ => return,
    };
    let meant = did_you_mean(nearest.as_slice());
    let message = format!("the taxonomy allows no {key} `{}`, so no call can match{meant}", excerpt(value));
    let help = format!("correct the value, or allow it as a {key} in the taxonomy");
    reader.note(node.place(), Error::new(ErrorCode::SelectorInvalid, message).with_help(help));
}

fn calendar(reader: &mut Reader, section: &Section<'_>) -> Option<Calendar> {
    let period = reader.need(section, "period", "say how often it starts anew, such as `period = \"month\"`");
    let period = period.and_then(|node| {
        let text = reader.text(node, "a period in quotes, such as `\"month\"`")?;
        reader.keep(node.place(), text.parse::<Period>())
    });
    let zone_node = section.get("time_zone");
    let zone = match zone_node {
        None => Some(TIME_ZONE),
        Some(node) => reader.text(node, "a time zone in quotes, such as `\"Europe/Berlin\"`"),
    }?;
    // The zone is checked even where the period is wrong, so that both are told.
    let place = zone_node.unwrap_or(section.node).place();
    let calendar = reader.keep(place, Calendar::new(period.unwrap_or(Period::Once), zone));
    period.and(calendar)
}

fn per(reader: &mut Reader, section: &Section<'_>) -> Option<Vec<TagKey>> {
    let Some(node) = section.get("per") else { return Some(Vec::new()) };
    let items = match &node.value {
        Value::Text(_) => std::slice::from_ref(node),
        Value::List(items) => items.as_slice(),
        _ => {
            reader.wrong_type(node, "a tag key in quotes, or a list of them");
            return None;
        }
    };
    let (mut keys, known) = (Vec::new(), reader.problems.len());
    for item in items {
        let Some(text) = reader.text(item, "a tag key in quotes") else { continue };
        let Some(key) = reader.keep(item.place(), text.parse::<TagKey>()) else { continue };
        if keys.contains(&key) {
            reader.fault(item.place(), format!("the key `{key}` is given twice"), "give each key once");
        }
        keys.push(key);
    }
    (reader.problems.len() == known).then_some(keys)
}

fn rollover(reader: &mut Reader, section: &Section<'_>, limit: Option<Money>) -> Option<Rollover> {
    let Some(node) = section.get("rollover") else { return Some(Rollover::Off) };
    match &node.value {
        Value::Bool(false) => Some(Rollover::Off),
        // All that is left of a window is never more than its own limit.
        Value::Bool(true) => limit.map(Rollover::UpTo),
        Value::Text(_) | Value::Integer(_) | Value::Float(_) => {
            let most = reader.money(node)?;
            if most > Money::ZERO {
                return Some(Rollover::UpTo(most));
            }
            let message = format!("found `{most}` USD, expected an amount above zero");
            reader.fault(node.place(), message, "write `rollover = false` to carry nothing over");
            None
        }
        _ => {
            reader.wrong_type(node, "`true`, `false` or an amount in quotes, such as `\"500 USD\"`");
            None
        }
    }
}

fn steps<'n>(reader: &mut Reader, section: &Section<'n>) -> Option<Vec<(&'n Node, Step)>> {
    let Some(node) = section.get("steps") else { return Some(Vec::new()) };
    let items = reader.list(node, "a list of steps")?;
    if items.is_empty() {
        let help =
            "leave `steps` out for an alert at 80 % and a suspension at 100 %, or give at least one step";
        reader.fault(node.place(), "the list of steps is empty", help);
        return None;
    }
    if items.len() > crate::budget::MAX_STEPS {
        let message =
            format!("{} steps are given, and {} are allowed", items.len(), crate::budget::MAX_STEPS);
        reader.note(node.place(), Error::new(ErrorCode::BudgetInvalid, message));
        return None;
    }
    let steps: Vec<_> = items.iter().filter_map(|item| Some((item, step(reader, item)?))).collect();
    (steps.len() == items.len()).then_some(steps)
}
