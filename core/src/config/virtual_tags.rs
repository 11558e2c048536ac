//! Rules for virtual tags.

use super::node::{Node, Value};
use super::reader::Reader;
use super::reports::read;
use super::spans::{span, zone};
use crate::report::{VirtualTag, VirtualTags};
use crate::tags::TagKey;

const KEYS: &[&str] = &["name", "match", "set", "replace", "from", "until", "time_zone"];

/// All rules, if each could be read.
pub(super) fn virtual_tags(reader: &mut Reader, node: &Node) -> Option<VirtualTags> {
    let items = reader.list(node, "a list of rules: write `[[virtual_tags]]` above each")?;
    let mut rules = Vec::new();
    for (index, item) in items.iter().enumerate() {
        if reader.is_full() {
            break;
        }
        rules.extend(rule(reader, item, index));
    }
    if rules.len() < items.len() {
        return None;
    }
    reader.keep(node.place(), VirtualTags::new(rules))
}

fn rule(reader: &mut Reader, node: &Node, index: usize) -> Option<VirtualTag> {
    let section = reader.section(node, KEYS)?;
    let name = match section.get("name") {
        None => Some(format!("virtual_tags[{index}]")),
        Some(node) => reader.text(node, "a name in quotes").map(str::to_owned),
    };
    let help = "say which calls are meant, such as `match = { agent = \"crawler\" }`";
    let selector = reader.need(&section, "match", help).and_then(|node| read(reader, node));
    let set = reader.need(&section, "set", "say what is set, such as `set = { team = \"data\" }`");
    let set = set.and_then(|node| tags(reader, node));
    let replace = match section.get("replace") {
        None => Some(false),
        Some(node) => flag(reader, node),
    };
    let zone = zone(reader, &section);
    let during = zone.and_then(|zone| span(reader, &section, zone));
    let rule = VirtualTag { name: name?, selector: selector?, set: set?, replace: replace?, during: during? };
    reader.keep(node.place(), rule.check()).map(|()| rule)
}

fn tags(reader: &mut Reader, node: &Node) -> Option<Vec<(TagKey, String)>> {
    let Value::Map(entries) = &node.value else {
        reader.wrong_type(node, "a table of tags, such as `{ team = \"data\" }`");
        return None;
    };
    let known = reader.problems.len();
    let mut tags = Vec::new();
    for entry in entries {
        let key = reader.keep(entry.value.key_place(), entry.key.parse::<TagKey>());
        let value = reader.text(&entry.value, "a value in quotes");
        tags.extend(key.zip(value).map(|(key, value)| (key, value.to_owned())));
    }
    // A map has no order, and the same policy must be the same from every format.
    tags.sort_unstable();
    (reader.problems.len() == known).then_some(tags)
}

pub(super) fn flag(reader: &mut Reader, node: &Node) -> Option<bool> {
    if let Value::Bool(flag) = node.value {
        return Some(flag);
    }
    reader.wrong_type(node, "`true` or `false`");
    None
}
