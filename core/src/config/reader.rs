//! Reading values: each is given, or what was found and what was allowed is noted. Reading goes on after a problem.

use super::node::{Entry, Node, Value, excerpt};
use super::problem::{MAX_NOTED, Place, Problem};
use crate::error::{Error, ErrorCode, Result, did_you_mean};
use crate::money::Money;
use std::time::Duration;

/// Collects problems while a policy is read.
#[derive(Default)]
pub(super) struct Reader {
    pub(super) problems: Vec<Problem>,
    /// Models that calls are sent to, with where they are named.
    pub(super) models: Vec<(Place, String)>,
}

/// A table of which every key is allowed.
pub(super) struct Section<'n> {
    pub(super) node: &'n Node,
    pub(super) entries: &'n [Entry],
}

impl Reader {
    pub(super) fn note(&mut self, place: Place, error: Error) {
        self.problems.push(Problem { place, error });
    }

    /// Notes something that only a policy file can get wrong.
    pub(super) fn fault(&mut self, place: Place, message: impl Into<String>, help: &str) {
        self.note(place, Error::new(ErrorCode::PolicyInvalid, message).with_help(help));
    }

    /// Whether so much is wrong that reading on tells nothing more.
    pub(super) fn is_full(&self) -> bool {
        self.problems.len() >= MAX_NOTED
    }

    /// The value of an outcome, or its error at a place.
    pub(super) fn keep<T>(&mut self, place: Place, outcome: Result<T>) -> Option<T> {
        outcome.map_err(|error| self.note(place, error)).ok()
    }

    /// A table with these keys. Each unknown key is noted; the known ones are read all the same.
    pub(super) fn section<'n>(&mut self, node: &'n Node, allowed: &[&'static str]) -> Option<Section<'n>> {
        let Value::Map(entries) = &node.value else {
            let keys = if allowed.len() == 1 { "key" } else { "keys" };
            self.wrong_type(node, &format!("a table with the {keys} {}", listed(allowed, "and")));
            return None;
        };
        for entry in entries.iter().filter(|entry| !allowed.contains(&entry.key.as_str())) {
            self.note(entry.value.key_place(), unknown_key(&entry.key, allowed));
        }
        Some(Section { node, entries })
    }

    /// The value of a key that must be there.
    pub(super) fn need<'n>(
        &mut self,
        section: &Section<'n>,
        key: &'static str,
        help: &str,
    ) -> Option<&'n Node> {
        let found = section.get(key);
        if found.is_none() {
            self.note(section.node.place(), missing_key(key).with_help(help));
        }
        found
    }

    pub(super) fn wrong_type(&mut self, node: &Node, expected: &str) {
        let message = format!("found {}, expected {expected}", node.found());
        self.note(node.place(), Error::new(ErrorCode::PolicyInvalid, message));
    }

    pub(super) fn list<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n [Node]> {
        if let Value::List(items) = &node.value {
            return Some(items);
        }
        self.wrong_type(node, what);
        None
    }

    pub(super) fn text<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n str> {
        if let Value::Text(text) = &node.value {
            return Some(text);
        }
        self.wrong_type(node, what);
        None
    }

    /// One of several words.
    pub(super) fn word<T: Copy>(
        &mut self,
        node: &Node,
        what: &str,
        words: &[(&'static str, T)],
    ) -> Option<T> {
        let names: Vec<&str> = words.iter().map(|(name, _)| *name).collect();
        let text = self.text(node, &listed(&names, "or"))?;
        let found = words.iter().find(|(name, _)| *name == text).map(|(_, value)| *value);
        if found.is_none() {
            let message = format!("`{}` is no {what}{}", excerpt(text), suggestion(text, &names));
            self.note(node.place(), Error::new(ErrorCode::PolicyInvalid, message));
        }
        found
    }

    /// A count of something; a floor below may ask for more than zero.
    pub(super) fn count(&mut self, node: &Node, what: &str) -> Option<u32> {
        let Value::Integer(number) = node.value else {
            self.wrong_type(node, &format!("{what}, a whole number"));
            return None;
        };
        let count = u32::try_from(number).ok();
        if count.is_none() {
            let message = format!("`{number}` is out of bounds for {what}, 0 to {} is allowed", u32::MAX);
            self.note(node.place(), Error::new(ErrorCode::PolicyInvalid, message));
        }
        count
    }

    /// `80` or `"80 %"`.
    pub(super) fn percent(&mut self, node: &Node) -> Option<u32> {
        let Value::Text(text) = &node.value else {
            return self.count(node, "a percentage");
        };
        let number = text.trim().strip_suffix('%').map(str::trim_end);
        let percent = number.filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
        let percent = percent.and_then(|number| number.parse().ok());
        if percent.is_none() {
            let message = format!(
                "`{}` is no percentage, expected a whole one such as `80` or `\"80 %\"`",
                excerpt(text)
            );
            self.note(node.place(), Error::new(ErrorCode::PolicyInvalid, message));
        }
        percent
    }

    /// An amount, which is text: a float has no exact cents, and a number no currency.
    pub(super) fn money(&mut self, node: &Node) -> Option<Money> {
        match &node.value {
            Value::Text(text) => self.keep(node.place(), text.parse()),
            Value::Float(_) | Value::Integer(_) => {
                let number = match &node.value {
                    Value::Float(number) => number.clone(),
                    Value::Integer(number) => number.to_string(),
                    _ => String::new(),
                };
                let message = format!("found {}, expected an amount of money in quotes", node.found());
                let help = format!("write `\"{number} USD\"`");
                self.note(node.place(), Error::new(ErrorCode::MoneyInvalid, message).with_help(help));
                None
            }
            _ => {
                self.wrong_type(node, "an amount of money in quotes, such as `\"2500 USD\"`");
                None
            }
        }
    }

    /// `"15 minutes"`.
    pub(super) fn duration(&mut self, node: &Node) -> Option<Duration> {
        let text = self.text(node, "a length of time in quotes, such as `\"15 minutes\"`")?;
        let length = read_duration(text);
        if length.is_none() {
            let message = format!("`{}` is no length of time", excerpt(text));
            let help = "write a whole number of seconds, minutes, hours or days, such as `\"15 minutes\"`";
            self.fault(node.place(), message, help);
        }
        length
    }
}

impl<'n> Section<'n> {
    pub(super) fn get(&self, key: &str) -> Option<&'n Node> {
        self.entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value)
    }

    /// Those of the keys that are there.
    pub(super) fn present(&self, keys: &[&'static str]) -> Vec<(&'static str, &'n Node)> {
        keys.iter().filter_map(|key| Some((*key, self.get(key)?))).collect()
    }
}

fn read_duration(text: &str) -> Option<Duration> {
    let (count, unit) = text.trim().split_once(char::is_whitespace)?;
    let count: u64 = count.bytes().all(|byte| byte.is_ascii_digit()).then(|| count.parse().ok())??;
    let unit: u64 = match unit.trim_start() {
        "second" | "seconds" => 1,
        "minute" | "minutes" => 60,
        "hour" | "hours" => 60 * 60,
        "day" | "days" => 24 * 60 * 60,
        _ => return None,
    };
    count.checked_mul(unit).map(Duration::from_secs)
}

pub(super) fn unknown_key(key: &str, allowed: &[&str]) -> Error {
    let message = format!("unknown key `{}`{}", excerpt(key), suggestion(key, allowed));
    Error::new(ErrorCode::PolicyInvalid, message).with_help("correct the key, or remove it")
}

pub(super) fn missing_key(key: &str) -> Error {
    Error::new(ErrorCode::PolicyInvalid, format!("the key `{key}` is missing"))
        .with_help(format!("give `{key}`"))
}

/// The nearest allowed word, or all of them.
pub(super) fn suggestion(word: &str, allowed: &[&str]) -> String {
    match nearest(word, allowed) {
        Some(near) => did_you_mean(&[near]),
        None => {
            format!(", allowed {} {}", if allowed.len() == 1 { "is" } else { "are" }, listed(allowed, "and"))
        }
    }
}

/// The longest word that is compared.
const MAX_COMPARED_BYTES: usize = 64;

fn nearest<'w>(word: &str, allowed: &[&'w str]) -> Option<&'w str> {
    if word.len() > MAX_COMPARED_BYTES {
        return None;
    }
    let word = word.to_lowercase();
    let most = (word.chars().count() / 3).max(1);
    let distances = allowed.iter().map(|known| (strsim::osa_distance(&word, known), *known));
    distances.filter(|(distance, _)| *distance <= most).min().map(|(_, known)| known)
}

fn listed(words: &[&str], last: &str) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((end, rest)) if !rest.is_empty() => format!("{} {last} {end}", rest.join(", ")),
        _ => quoted.concat(),
    }
}
