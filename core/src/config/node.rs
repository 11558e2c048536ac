//! A policy as it was written, from any format: values with the places where they stand.
//!
//! Numbers are given in the order of the text, so that a place is found again by its number, and nothing else has to
//! carry its path along.

use super::problem::{Place, Side};
use std::{fmt::Write as _, ops::Range};
use toml::de::{DeTable, DeValue};

/// A value and where it stands.
#[derive(Debug)]
pub(super) struct Node {
    /// Its number: smaller than those of the values in it, which are smaller than those after it.
    pub(super) id: u32,
    /// Its bytes in the text; empty where there is no text.
    pub(super) span: Range<usize>,
    pub(super) value: Value,
}

#[derive(Debug)]
pub(super) enum Value {
    Text(String),
    Integer(i128),
    /// As it was written, since a float is never computed with.
    Float(String),
    Bool(bool),
    Date(String),
    Nothing,
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A key with its value.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) key_span: Range<usize>,
    pub(super) value: Node,
}

/// Where a value stands, for a message.
pub(super) struct Located<'n> {
    pub(super) node: &'n Node,
    /// `budgets[0].steps[1].at`; empty for the whole policy.
    pub(super) path: String,
    pub(super) key_span: Range<usize>,
}

/// Gives numbers in the order of the text.
#[derive(Default)]
pub(super) struct Numbers(u32);

impl Numbers {
    pub(super) fn next(&mut self) -> u32 {
        self.0 = self.0.saturating_add(1);
        self.0
    }
}

impl Node {
    /// The tables of a TOML document.
    pub(super) fn of_toml(table: DeTable<'_>) -> Self {
        let mut numbers = Numbers::default();
        Self { id: numbers.next(), span: 0..0, value: of_table(table, &mut numbers) }
    }

    /// The place of the value itself.
    pub(super) const fn place(&self) -> Place {
        Place { node: self.id, side: Side::Value }
    }

    /// The place of the key that the value stands under.
    pub(super) const fn key_place(&self) -> Place {
        Place { node: self.id, side: Side::Key }
    }

    /// The value of this number, at or below this one.
    pub(super) fn locate(&self, id: u32) -> Located<'_> {
        let mut found = Located { node: self, path: String::new(), key_span: 0..0 };
        while found.node.id != id && found.descend(id) {}
        found
    }

    /// What was found, for the start of a message.
    pub(super) fn found(&self) -> String {
        match &self.value {
            Value::Text(text) => format!("the text `{}`", excerpt(text)),
            Value::Integer(number) => format!("the number `{number}`"),
            Value::Float(number) => format!("the float `{number}`"),
            Value::Bool(value) => format!("`{value}`"),
            Value::Date(date) => format!("the date `{date}`"),
            Value::Nothing => "nothing".to_owned(),
            Value::List(_) => "a list".to_owned(),
            Value::Map(_) => "a table".to_owned(),
        }
    }
}

impl Located<'_> {
    /// One level down, to the value that the number is in.
    fn descend(&mut self, id: u32) -> bool {
        match &self.node.value {
            Value::List(items) => {
                let Some(index) = items.partition_point(|item| item.id <= id).checked_sub(1) else {
                    return false;
                };
                let Some(item) = items.get(index) else { return false };
                let _ = write!(self.path, "[{index}]");
                (self.node, self.key_span) = (item, 0..0);
                true
            }
            Value::Map(entries) => {
                let index = entries.partition_point(|entry| entry.value.id <= id);
                let Some(entry) = index.checked_sub(1).and_then(|index| entries.get(index)) else {
                    return false;
                };
                let dot = if self.path.is_empty() { "" } else { "." };
                let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
                let _ = match &entry.key {
                    key if !key.is_empty() && key.bytes().all(is_plain) => {
                        write!(self.path, "{dot}{}", excerpt(key))
                    }
                    key => write!(self.path, "{dot}\"{}\"", excerpt(key)),
                };
                (self.node, self.key_span) = (&entry.value, entry.key_span.clone());
                true
            }
            _ => false,
        }
    }
}

fn of_table(table: DeTable<'_>, numbers: &mut Numbers) -> Value {
    let mut pairs: Vec<_> = table.into_iter().collect();
    // The table is sorted by key; messages follow the text.
    pairs.sort_by_key(|(key, _)| key.span().start);
    let entries = pairs.into_iter().map(|(key, value)| Entry {
        key_span: key.span(),
        key: key.into_inner().into_owned(),
        value: of_value(value, numbers),
    });
    Value::Map(entries.collect())
}

fn of_value(value: toml::Spanned<DeValue<'_>>, numbers: &mut Numbers) -> Node {
    let (id, span) = (numbers.next(), value.span());
    let value = match value.into_inner() {
        DeValue::String(text) => Value::Text(text.into_owned()),
        // A number that no integer holds is shown as it stands, and is as wrong as a float.
        DeValue::Integer(number) => i128::from_str_radix(number.as_str(), number.radix())
            .map_or_else(|_| Value::Float(number.to_string()), Value::Integer),
        DeValue::Float(number) => Value::Float(number.as_str().to_owned()),
        DeValue::Boolean(value) => Value::Bool(value),
        DeValue::Datetime(date) => Value::Date(date.to_string()),
        DeValue::Array(items) => Value::List(items.into_iter().map(|item| of_value(item, numbers)).collect()),
        DeValue::Table(table) => of_table(table, numbers),
    };
    Node { id, span, value }
}

/// Characters of user text that a message repeats.
const MAX_EXCERPT: usize = 80;

/// User text as a message repeats it: on one line, cut where it is long.
pub(super) fn excerpt(text: &str) -> String {
    let shown = text.chars().take(MAX_EXCERPT).flat_map(|letter| {
        let escaped = letter.is_control().then(|| letter.escape_debug());
        let plain = (!letter.is_control()).then_some(letter);
        escaped.into_iter().flatten().chain(plain)
    });
    let cut = if text.chars().nth(MAX_EXCERPT).is_some() { "…" } else { "" };
    shown.chain(cut.chars()).collect()
}
