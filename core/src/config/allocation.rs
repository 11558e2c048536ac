//! Allocation rules.

use super::node::{Node, Value, excerpt};
use super::reader::{Reader, Section};
use super::reports::read;
use super::spans::{span, zone};
use super::virtual_tags::flag;
use crate::report::{
    AllocationMethod, AllocationRule, AllocationRules, AllocationTarget, Measure, ZeroWeight,
};
use crate::tags::{Selector, TagKey};

const KEYS: &[&str] = &[
    "id",
    "match",
    "to",
    "among",
    "except",
    "split",
    "zero_weight",
    "reciprocal",
    "from",
    "until",
    "time_zone",
];
const SPLIT_KEYS: &[&str] = &["fixed", "by", "weights"];
const TARGETS: &str =
    "a tag such as `\"team\"` for every value that spent, or `{ team = [\"data\", \"search\"] }`";
const SPLIT: &str = "`\"even\"`, `{ fixed = { data = 7000, search = 3000 } }` or `{ by = \"cost\" }`";

/// All rules, if each could be read.
pub(super) fn allocation(reader: &mut Reader, node: &Node) -> Option<AllocationRules> {
    let items = reader.list(node, "a list of rules: write `[[allocation]]` above each")?;
    let mut rules = Vec::new();
    for item in items {
        if reader.is_full() {
            break;
        }
        rules.extend(rule(reader, item));
    }
    if rules.len() < items.len() {
        return None;
    }
    reader.keep(node.place(), AllocationRules::new(rules))
}

fn rule(reader: &mut Reader, node: &Node) -> Option<AllocationRule> {
    let section = reader.section(node, KEYS)?;
    let id = reader.need(&section, "id", "give the rule an id, which statements name");
    let id = id.and_then(|node| reader.text(node, "an id in quotes"));
    let help = "say whose cost is shared, such as `match = { team = \"platform\" }`";
    let selector = reader.need(&section, "match", help).and_then(|node| read(reader, node));
    let to = reader.need(&section, "to", "say who gets it, such as `to = \"team\"`");
    let to = to.and_then(|node| targets(reader, node));
    let split = reader.need(&section, "split", "say in which parts, such as `split = \"even\"`");
    let split = split.and_then(|node| method(reader, node));
    let among = section.get("among").map_or(Some(Selector::everything()), |node| read(reader, node));
    let except = section.get("except").map_or(Some(Vec::new()), |node| texts(reader, node));
    let zero_weight = zero_weight(reader, &section);
    let reciprocal = section.get("reciprocal").map_or(Some(false), |node| flag(reader, node));
    let zone = zone(reader, &section);
    let during = zone.and_then(|zone| span(reader, &section, zone));
    let (method, (key, values)) = (split?, to?);
    // Who has a fixed share is a target without being named twice.
    let values = match &method {
        AllocationMethod::Fixed(shares) if values.is_empty() => {
            shares.iter().map(|(value, _)| value.clone()).collect()
        }
        _ => values,
    };
    let to = AllocationTarget { key, values, among: among?, except: except? };
    let (id, selector) = (id?.to_owned(), selector?);
    let (during, zero_weight, reciprocal) = (during?, zero_weight?, reciprocal?);
    let rule = AllocationRule { id, selector, to, method, during, zero_weight, reciprocal };
    // Each part is checked with harmless others, so that what is wrong is told where it stands.
    let harmless = AllocationRule { method: AllocationMethod::Even, ..rule.clone() };
    let split = section.get("split").unwrap_or(node).place();
    reader.keep(node.place(), harmless.check())?;
    reader.keep(split, rule.check()).map(|()| rule)
}

/// `"team"`, or `{ team = ["data", "search"] }`.
fn targets(reader: &mut Reader, node: &Node) -> Option<(TagKey, Vec<String>)> {
    match &node.value {
        Value::Text(text) => Some((reader.keep(node.place(), text.parse())?, Vec::new())),
        Value::Map(entries) => {
            let [entry] = entries.as_slice() else {
                let message = format!("found a table of {} tags, expected one", entries.len());
                reader.fault(node.place(), message, "allocate to the values of one tag, by a rule for each");
                return None;
            };
            let key = reader.keep(entry.value.key_place(), entry.key.parse());
            let values = texts(reader, &entry.value)?;
            if values.is_empty() {
                reader.fault(entry.value.place(), "the list of targets is empty", "name at least one target");
                return None;
            }
            Some((key?, values))
        }
        _ => {
            reader.wrong_type(node, TARGETS);
            None
        }
    }
}

fn method(reader: &mut Reader, node: &Node) -> Option<AllocationMethod> {
    if let Value::Text(_) = &node.value {
        return reader.word(node, "split", &[("even", ())]).map(|()| AllocationMethod::Even);
    }
    let Value::Map(_) = &node.value else {
        reader.wrong_type(node, SPLIT);
        return None;
    };
    let section = reader.section(node, SPLIT_KEYS)?;
    match (section.get("fixed"), section.get("by"), section.get("weights")) {
        (Some(fixed), None, None) => {
            numbers(reader, fixed, |number| u32::try_from(number).ok()).map(AllocationMethod::Fixed)
        }
        (None, Some(by), None) => {
            let measures = [("cost", 0), ("input_tokens", 1), ("output_tokens", 2), ("calls", 3)];
            let measure = reader.word(by, "measure", &measures)?;
            Some(AllocationMethod::Proportional(match measure {
                0 => Measure::Cost,
                1 => Measure::InputTokens,
                2 => Measure::OutputTokens,
                _ => Measure::Calls,
            }))
        }
        (None, Some(by), Some(weights)) => {
            let name = reader.text(by, "the name of the measure in quotes");
            let weights = numbers(reader, weights, |number| u64::try_from(number).ok())?;
            Some(AllocationMethod::Proportional(Measure::Given(name?.to_owned(), weights)))
        }
        _ => {
            let message = "the split is neither fixed nor by one measure".to_owned();
            reader.fault(node.place(), message, &format!("write {SPLIT}"));
            None
        }
    }
}

/// A table of whole numbers by name.
fn numbers<T>(
    reader: &mut Reader,
    node: &Node,
    narrow: impl Fn(i128) -> Option<T>,
) -> Option<Vec<(String, T)>> {
    let Value::Map(entries) = &node.value else {
        reader.wrong_type(node, "a table of whole numbers, such as `{ data = 7000, search = 3000 }`");
        return None;
    };
    let known = reader.problems.len();
    let mut numbers = Vec::new();
    for entry in entries {
        let Value::Integer(number) = entry.value.value else {
            reader.wrong_type(&entry.value, "a whole number");
            continue;
        };
        if let Some(number) = narrow(number) {
            numbers.push((entry.key.clone(), number));
        } else {
            let message = format!("`{number}` is out of bounds for `{}`", excerpt(&entry.key));
            reader.fault(entry.value.place(), message, "give a whole number of zero or more");
        }
    }
    // A map has no order, and the same policy must be the same from every format.
    numbers.sort_by(|(one, _), (other, _)| one.cmp(other));
    (reader.problems.len() == known).then_some(numbers)
}

fn zero_weight(reader: &mut Reader, section: &Section<'_>) -> Option<ZeroWeight> {
    let Some(node) = section.get("zero_weight") else { return Some(ZeroWeight::Even) };
    reader.word(node, "way with weights of zero", &[("even", ZeroWeight::Even), ("keep", ZeroWeight::Keep)])
}

/// One text or a list of them.
fn texts(reader: &mut Reader, node: &Node) -> Option<Vec<String>> {
    let items = match &node.value {
        Value::Text(_) => std::slice::from_ref(node),
        Value::List(items) => items.as_slice(),
        _ => {
            reader.wrong_type(node, "a value in quotes, or a list of them");
            return None;
        }
    };
    let texts: Vec<String> =
        items.iter().filter_map(|item| reader.text(item, "a value in quotes")).map(str::to_owned).collect();
    (texts.len() == items.len()).then_some(texts)
}
