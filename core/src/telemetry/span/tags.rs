//! The tags among attributes: those of our keys under any of their spellings, and those that were asked for.

use crate::tags::{MAX_VALUE_BYTES, TagKey};
use std::collections::BTreeMap;

/// Other spellings of our keys.
const OTHERS: &[(&str, TagKey)] = &[
    ("deployment.environment", TagKey::ENVIRONMENT),
    ("session.id", TagKey::RUN),
    ("traceloop.association.properties.session_id", TagKey::RUN),
    ("traceloop.association.properties.user_id", TagKey::USER),
];
/// Where OpenLLMetry puts what a program says of its calls.
const PROPERTIES: &str = "traceloop.association.properties.";

/// The tags among attributes by their short names, with those of the keys that are asked for as tags of their own names.
///
/// A value that no tag can have is left out: the call is to be booked all the same.
///
/// # Examples
/// ```
/// let attributes = [("team.name", "data"), ("cost_center", "7"), ("gen_ai.usage.input_tokens", "10")];
/// let tags = bursar::span_tags(attributes, &["cost_center"]);
/// assert_eq!(tags, [("cost_center".to_owned(), "7".to_owned()), ("team".to_owned(), "data".to_owned())]);
/// ```
pub fn span_tags<'a>(
    attributes: impl IntoIterator<Item = (&'a str, &'a str)>,
    more: &[&str],
) -> Vec<(String, String)> {
    let mut found: BTreeMap<String, (Rank, &str)> = BTreeMap::new();
    let is_tag = |text: &str| !text.trim().is_empty() && text.len() <= MAX_VALUE_BYTES;
    for (name, value) in attributes.into_iter().filter(|(_, value)| is_tag(value)) {
        let Some((key, rank)) = key_of(name, more) else { continue };
        match found.get(&key) {
            Some((known, _)) if *known >= rank => {}
            _ => drop(found.insert(key, (rank, value))),
        }
    }
    found.into_iter().map(|(key, (_, value))| (key, value.to_owned())).collect()
}

/// Which spelling of a key counts where a span has several.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Other,
    Canonical,
    AskedFor,
}

fn key_of(name: &str, more: &[&str]) -> Option<(String, Rank)> {
    let own = |key: &&TagKey| **key != TagKey::RUN_PARENTS;
    let canonical = TagKey::WELL_KNOWN.iter().filter(own).find(|key| key.as_str() == name);
    if more.contains(&name) {
        return Some((canonical.map_or(name, TagKey::short).to_owned(), Rank::AskedFor));
    }
    if let Some(key) = canonical {
        return Some((key.short().to_owned(), Rank::Canonical));
    }
    let spelled = OTHERS.iter().find(|(other, _)| *other == name).map(|(_, key)| key);
    let property = || {
        let short = name.strip_prefix(PROPERTIES)?;
        TagKey::WELL_KNOWN.iter().filter(own).find(|key| key.short() == short)
    };
    spelled.or_else(property).map(|key| (key.short().to_owned(), Rank::Other))
}
