//! One value of a book in bytes: a number that holds kind and payload, then what it contains.
//!
//! Texts are numbers of the table's pool. Reading is bounded by the bytes that are left: each value takes one at least,
//! and nothing is reserved for what a count claims. What is no value gives nothing, and never panics.

use super::{
    node::{MAX_DEPTH, MAX_ENTRIES, Node, Value},
    pool::Pool,
};
use std::collections::HashMap;

const TEXT: u64 = 0;
const INTEGER: u64 = 1;
const FLAG: u64 = 2;
const LIST: u64 = 3;
const TABLE: u64 = 4;
const FLOAT: u64 = 5;
const KIND_BITS: u32 = 3;

/// Texts in the order in which they were first written, each once.
#[derive(Default)]
pub(super) struct Texts {
    numbers: HashMap<String, u32>,
    pub(super) all: Vec<String>,
}

impl Texts {
    pub(super) fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        self.numbers.insert(text.to_owned(), number);
        self.all.push(text.to_owned());
        number
    }
}

/// Writes a value; keys in their order, so that one content has one form.
pub(super) fn write(node: &Node, texts: &mut Texts, out: &mut Vec<u8>) {
    match &node.value {
        Value::Text(text) => head(TEXT, u64::from(texts.number(text)), out),
        Value::Float(text) => head(FLOAT, u64::from(texts.number(text)), out),
        Value::Bool(flag) => head(FLAG, u64::from(*flag), out),
        // A count may need all of its 64 bits.
        Value::Integer(number) => {
            head(INTEGER, 0, out);
            number_out(*number, out);
        }
        Value::List(nodes) => {
            head(LIST, nodes.len() as u64, out);
            for node in nodes {
                write(node, texts, out);
            }
        }
        Value::Table(entries) => {
            let mut entries: Vec<_> = entries.iter().collect();
            entries.sort_by(|left, right| left.0.cmp(&right.0));
            head(TABLE, entries.len() as u64, out);
            for (key, node) in entries {
                number_out(u64::from(texts.number(key)), out);
                write(node, texts, out);
            }
        }
    }
}

fn head(kind: u64, payload: u64, out: &mut Vec<u8>) {
    number_out(payload << KIND_BITS | kind, out);
}

/// Seven bits a byte, the lowest first; the highest bit says that more follow.
pub(super) fn number_out(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    out.push(number.to_le_bytes()[0]);
}

/// Bytes being read.
pub(super) struct Cursor<'b> {
    left: &'b [u8],
    pool: &'b Pool,
}

impl<'b> Cursor<'b> {
    pub(super) const fn new(left: &'b [u8], pool: &'b Pool) -> Self {
        Self { left, pool }
    }

    pub(super) const fn is_at_end(&self) -> bool {
        self.left.is_empty()
    }

    pub(super) fn number(&mut self) -> Option<u64> {
        let mut number = 0_u64;
        for shift in (0..u64::BITS).step_by(7) {
            let (byte, left) = self.left.split_first()?;
            self.left = left;
            let bits = u64::from(byte & 0x7f);
            number |= bits.checked_shl(shift).filter(|shifted| shifted >> shift == bits)?;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    pub(super) fn text(&mut self) -> Option<&'b str> {
        let number = u32::try_from(self.number()?).ok()?;
        self.pool.text(number)
    }

    pub(super) fn node(&mut self) -> Option<Node> {
        self.node_at(0)
    }

    fn node_at(&mut self, depth: usize) -> Option<Node> {
        let head = self.number()?;
        let payload = head >> KIND_BITS;
        let text = || Some(self.pool.text(u32::try_from(payload).ok()?)?.to_owned());
        let value = match head & ((1 << KIND_BITS) - 1) {
            TEXT => Value::Text(text()?),
            FLOAT => Value::Float(text()?),
            FLAG => Value::Bool(payload != 0),
            INTEGER => Value::Integer(self.number()?),
            LIST => {
                let mut nodes = Vec::new();
                for _ in 0..within(payload, depth)? {
                    nodes.push(self.node_at(depth + 1)?);
                }
                Value::List(nodes)
            }
            TABLE => {
                let mut entries = Vec::new();
                for _ in 0..within(payload, depth)? {
                    entries.push((self.text()?.to_owned(), self.node_at(depth + 1)?));
                }
                Value::Table(entries)
            }
            _ => return None,
        };
        Some(Node { value, line: 0 })
    }
}

fn within(count: u64, depth: usize) -> Option<usize> {
    let count = usize::try_from(count).ok()?;
    (depth < MAX_DEPTH && count <= MAX_ENTRIES).then_some(count)
}
