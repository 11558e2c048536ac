//! Strict reading of one table: each key is asked for, and a key that nobody asked for is an error.

use super::node::{Node, Value};
use crate::{
    error::{Error, ErrorCode, Result},
    pricing::nearest,
    time::Timestamp,
};

/// A table being read, and what it is the table of.
pub(super) struct Fields<'n> {
    /// `anthropic/claude-haiku-4-5`, for messages.
    label: &'n str,
    line: u32,
    entries: &'n [(String, Node)],
    taken: Vec<bool>,
    asked: Vec<&'static str>,
}

impl<'n> Fields<'n> {
    pub(super) fn new(node: &'n Node, label: &'n str) -> Result<Self> {
        match &node.value {
            Value::Table(entries) => Ok(Self {
                label,
                line: node.line,
                entries,
                taken: vec![false; entries.len()],
                asked: Vec::new(),
            }),
            _ => Err(invalid(label, node.line, "a table is expected here")),
        }
    }

    /// The value of a key, which counts as read.
    pub(super) fn take(&mut self, key: &'static str) -> Option<&'n Node> {
        self.asked.push(key);
        let at = self.entries.iter().position(|(name, _)| name == key)?;
        if let Some(taken) = self.taken.get_mut(at) {
            *taken = true;
        }
        self.entries.get(at).map(|(_, node)| node)
    }

    pub(super) fn text(&mut self, key: &'static str) -> Result<Option<&'n str>> {
        let label = self.label;
        self.take(key).map(|node| node.as_text(label, key)).transpose()
    }

    pub(super) fn needed_text(&mut self, key: &'static str) -> Result<&'n str> {
        self.text(key)?.ok_or_else(|| self.fault(&format!("`{key}` is missing")))
    }

    pub(super) fn count(&mut self, key: &'static str) -> Result<Option<u64>> {
        let Some(node) = self.take(key) else { return Ok(None) };
        match &node.value {
            Value::Integer(number) => Ok(Some(*number)),
            _ => {
                Err(invalid(self.label, node.line, &format!("`{key}` takes a whole number of zero or more")))
            }
        }
    }

    pub(super) fn flag(&mut self, key: &'static str) -> Result<Option<bool>> {
        let Some(node) = self.take(key) else { return Ok(None) };
        match &node.value {
            Value::Bool(flag) => Ok(Some(*flag)),
            _ => Err(invalid(self.label, node.line, &format!("`{key}` takes true or false"))),
        }
    }

    /// An instant; a date alone is its midnight in UTC.
    pub(super) fn instant(&mut self, key: &'static str) -> Result<Option<Timestamp>> {
        let line = self.line;
        let Some(text) = self.text(key)? else { return Ok(None) };
        let full =
            if text.len() == "2026-11-23".len() { format!("{text}T00:00:00Z") } else { text.to_owned() };
        full.parse().map(Some).map_err(|cause| {
            invalid(self.label, line, &format!("`{key}` is `{}`, which is no time", nearest::shown(text)))
                .with_help("write an instant, such as `2026-08-16T16:00:00Z`, or a date in UTC")
                .caused_by(cause)
        })
    }

    pub(super) fn list(&mut self, key: &'static str) -> Result<&'n [Node]> {
        let Some(node) = self.take(key) else { return Ok(&[]) };
        node.as_list(self.label, key)
    }

    /// One text or a list of texts.
    pub(super) fn texts(&mut self, key: &'static str) -> Result<Vec<&'n str>> {
        let Some(node) = self.take(key) else { return Ok(Vec::new()) };
        match &node.value {
            Value::Text(text) => Ok(vec![text]),
            _ => node.as_list(self.label, key)?.iter().map(|item| item.as_text(self.label, key)).collect(),
        }
    }

    /// The keys that nobody has asked for yet, each taken.
    pub(super) fn rest(&mut self) -> Vec<(&'n str, &'n Node)> {
        let free: Vec<_> = self
            .entries
            .iter()
            .zip(&self.taken)
            .filter(|(_, taken)| !**taken)
            .map(|((key, node), _)| (key.as_str(), node))
            .collect();
        self.taken.fill(true);
        free
    }

    /// Refuses what nobody asked for.
    pub(super) fn finish(mut self) -> Result<()> {
        match self.rest().first() {
            Some((key, node)) => Err(self.unknown(key, node.line, std::iter::empty())),
            None => Ok(()),
        }
    }

    /// A key that means nothing here.
    pub(super) fn unknown<'k>(&self, key: &str, line: u32, more: impl Iterator<Item = &'k str>) -> Error {
        let near = nearest::describe(key, self.asked.iter().copied().chain(more));
        let line = if line == 0 { self.line } else { line };
        invalid(self.label, line, &format!("`{}` is no key here{near}", nearest::shown(key)))
    }

    pub(super) fn fault(&self, message: &str) -> Error {
        invalid(self.label, self.line, message)
    }

    pub(super) const fn label(&self) -> &'n str {
        self.label
    }
}

impl Node {
    pub(super) fn as_text(&self, label: &str, key: &str) -> Result<&str> {
        match &self.value {
            Value::Text(text) => Ok(text),
            Value::Float(number) => Err(quote_it(label, self.line, key, number)),
            Value::Integer(number) => Err(quote_it(label, self.line, key, &number.to_string())),
            _ => Err(invalid(label, self.line, &format!("`{key}` takes text"))),
        }
    }

    fn as_list(&self, label: &str, key: &str) -> Result<&[Node]> {
        match &self.value {
            Value::List(nodes) => Ok(nodes),
            _ => Err(invalid(label, self.line, &format!("`{key}` takes a list"))),
        }
    }
}

fn quote_it(label: &str, line: u32, key: &str, number: &str) -> Error {
    invalid(label, line, &format!("`{key}` is the number {number}, where text is expected"))
        .with_help(format!("put it in quotes, as `\"{number}\"`, so that no digit is lost"))
}

/// A fault of a price book, with the model and the line where it stands.
pub(super) fn invalid(label: &str, line: u32, message: &str) -> Error {
    let place = if line == 0 { String::new() } else { format!("line {line}: ") };
    let error =
        Error::new(ErrorCode::PriceBookInvalid, format!("{place}`{}`: {message}", nearest::shown(label)));
    if line == 0 { error } else { error.with("line", line) }
}
