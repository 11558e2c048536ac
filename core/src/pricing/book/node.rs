//! A tree of plain values with the lines on which they stand: what every price book and override is read from.
//!
//! TOML gives lines; a dict of Python, an object of Node or JSON gives none, and the same reader takes both.

use crate::error::{Error, ErrorCode, Result};
use serde::{Deserialize, Deserializer, de};
use std::fmt::{self, Write as _};
use toml::de::{DeTable, DeValue};

/// How deep a tree may be; no price needs more.
pub(super) const MAX_DEPTH: usize = 12;

/// How many values one table or list may hold.
pub(super) const MAX_ENTRIES: usize = 20_000;

#[derive(Clone, Debug, PartialEq)]
pub(in crate::pricing) struct Node {
    pub(super) value: Value,
    /// Counted from 1; 0 when unknown.
    pub(super) line: u32,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Text(String),
    Integer(u64),
    /// A float as it was written, kept only to say that it should be quoted.
    Float(String),
    Bool(bool),
    List(Vec<Node>),
    /// In the order of the keys.
    Table(Vec<(String, Node)>),
}

impl Node {
    /// Parses TOML.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let lines = Lines::of(text);
        let table = DeTable::parse(text).map_err(|cause| {
            let line = lines.at(cause.span().map_or(0, |span| span.start));
            let message = format!("line {line}: {}", cause.message());
            Error::new(ErrorCode::PriceBookInvalid, message).with("line", line)
        })?;
        let start = table.span().start;
        Self::from_table(table.get_ref(), lines.at(start), &lines, 0)
    }

    fn from_table(table: &DeTable<'_>, line: u32, lines: &Lines, depth: usize) -> Result<Self> {
        within(depth, table.len(), line)?;
        let entries = table.iter().map(|(key, value)| {
            let line = lines.at(key.span().start);
            Ok((key.get_ref().to_string(), Self::from_value(value.get_ref(), line, lines, depth + 1)?))
        });
        Ok(Self { value: Value::Table(entries.collect::<Result<_>>()?), line })
    }

    fn from_value(value: &DeValue<'_>, line: u32, lines: &Lines, depth: usize) -> Result<Self> {
        let value = match value {
            DeValue::String(text) => Value::Text(text.to_string()),
            DeValue::Integer(number) => match u64::from_str_radix(number.as_str(), number.radix()) {
                Ok(number) => Value::Integer(number),
                Err(_) => Value::Float(number.as_str().to_owned()),
            },
            DeValue::Float(number) => Value::Float(number.as_str().to_owned()),
            DeValue::Boolean(flag) => Value::Bool(*flag),
            DeValue::Datetime(time) => Value::Text(time.to_string()),
            DeValue::Array(list) => {
                within(depth, list.len(), line)?;
                let nodes = list.iter().map(|item| {
                    Self::from_value(item.get_ref(), lines.at(item.span().start), lines, depth + 1)
                });
                Value::List(nodes.collect::<Result<_>>()?)
            }
            DeValue::Table(table) => return Self::from_table(table, line, lines, depth),
        };
        Ok(Self { value, line })
    }

    /// The content in one spelling, which the version of a book is hashed from: no lines, no comments.
    pub(super) fn canonical(&self, out: &mut String) {
        // Writing to a string can't fail.
        let _ = match &self.value {
            Value::Text(text) => write!(out, "{text:?}"),
            Value::Integer(number) => write!(out, "{number}"),
            Value::Float(number) => out.write_str(number),
            Value::Bool(flag) => write!(out, "{flag}"),
            Value::List(nodes) => {
                out.push('[');
                for node in nodes {
                    node.canonical(out);
                    out.push(',');
                }
                out.write_char(']')
            }
            Value::Table(entries) => {
                let mut entries: Vec<_> = entries.iter().collect();
                entries.sort_by(|left, right| left.0.cmp(&right.0));
                out.push('{');
                for (key, node) in entries {
                    let _ = write!(out, "{key:?}:");
                    node.canonical(out);
                    out.push(',');
                }
                out.write_char('}')
            }
        };
    }
}

fn within(depth: usize, entries: usize, line: u32) -> Result<()> {
    if depth >= MAX_DEPTH || entries > MAX_ENTRIES {
        let message = format!(
            "line {line}: a price book nests at most {MAX_DEPTH} deep and lists at most {MAX_ENTRIES} values"
        );
        return Err(Error::new(ErrorCode::PriceBookInvalid, message));
    }
    Ok(())
}

/// Where each line of a text begins.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        Self(text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at).collect())
    }

    /// The line of a byte, counted from 1.
    fn at(&self, byte: usize) -> u32 {
        u32::try_from(self.0.partition_point(|end| *end < byte)).unwrap_or(u32::MAX - 1) + 1
    }
}

/// The key under which TOML's own times come through serde.
const SERDE_DATETIME: &str = "$__toml_private_datetime";

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader { depth: 0 })
    }
}

#[derive(Clone, Copy)]
struct Reader {
    depth: usize,
}

impl Reader {
    fn deeper<E: de::Error>(self) -> Result<Self, E> {
        if self.depth >= MAX_DEPTH {
            return Err(E::custom(format!("a price nests at most {MAX_DEPTH} deep")));
        }
        Ok(Self { depth: self.depth + 1 })
    }
}

impl<'de> de::DeserializeSeed<'de> for Reader {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> de::Visitor<'de> for Reader {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text, a whole number, a yes or no, a list or a table")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Node, E> {
        Ok(Node { value: Value::Text(text.to_owned()), line: 0 })
    }

    fn visit_bool<E: de::Error>(self, flag: bool) -> Result<Node, E> {
        Ok(Node { value: Value::Bool(flag), line: 0 })
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Node, E> {
        Ok(Node { value: Value::Integer(number), line: 0 })
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Node, E> {
        let value = u64::try_from(number).map_or_else(|_| Value::Float(number.to_string()), Value::Integer);
        Ok(Node { value, line: 0 })
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Node, E> {
        Ok(Node { value: Value::Float(number.to_string()), line: 0 })
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<Node, A::Error> {
        let (deeper, mut nodes) = (self.deeper()?, Vec::new());
        while let Some(node) = list.next_element_seed(deeper)? {
            if nodes.len() >= MAX_ENTRIES {
                return Err(de::Error::custom(format!("a list holds at most {MAX_ENTRIES} values")));
            }
            nodes.push(node);
        }
        Ok(Node { value: Value::List(nodes), line: 0 })
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let (deeper, mut entries) = (self.deeper()?, Vec::<(String, Node)>::new());
        while let Some(key) = map.next_key::<String>()? {
            if entries.len() >= MAX_ENTRIES {
                return Err(de::Error::custom(format!("a table holds at most {MAX_ENTRIES} keys")));
            }
            let node = map.next_value_seed(deeper)?;
            if key == SERDE_DATETIME {
                return Ok(node);
            }
            if entries.iter().any(|(before, _)| *before == key) {
                return Err(de::Error::custom(format!("`{key}` stands twice")));
            }
            entries.push((key, node));
        }
        Ok(Node { value: Value::Table(entries), line: 0 })
    }
}
