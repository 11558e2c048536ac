//! The text form of a selector, printed with no more parentheses than it needs.

use super::{Node, Selector, parse::is_reserved};
use crate::tags::{TagKey, value::quoted};
use std::fmt;

impl fmt::Display for Selector {
    /// The text form; reading it gives the same selector.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Selector({self})")
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OneOf(..) | Self::Present(_) => write_test(f, self, Sense::Plain),
            Self::Not(node) if node.is_test() => write_test(f, node, Sense::Negated),
            Self::Not(node) => match &**node {
                Self::All(nodes) if nodes.is_empty() => f.write_str("not everything"),
                node => write!(f, "not ({node})"),
            },
            Self::All(nodes) if nodes.is_empty() => f.write_str("everything"),
            Self::All(nodes) => write_joined(f, nodes, " and "),
            Self::Any(nodes) => write_joined(f, nodes, " or "),
        }
    }
}

/// Whether a test is printed as it is or as its opposite.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sense {
    Plain,
    Negated,
}

fn write_test(f: &mut fmt::Formatter<'_>, node: &Node, sense: Sense) -> fmt::Result {
    let plain = sense == Sense::Plain;
    match node {
        Node::Present(key) => write!(f, "{} is {}set", key_text(key), if plain { "" } else { "not " }),
        Node::OneOf(key, values) => match &**values {
            [value] => {
                write!(f, "{} {} {}", key_text(key), if plain { "=" } else { "!=" }, quoted(value))
            }
            values => {
                let list: Vec<String> = values.iter().map(|value| quoted(value)).collect();
                let not = if plain { "" } else { "not " };
                write!(f, "{} {not}in [{}]", key_text(key), list.join(", "))
            }
        },
        Node::Not(_) | Node::All(_) | Node::Any(_) => Ok(()),
    }
}

fn key_text(key: &TagKey) -> String {
    if is_reserved(key.short()) { quoted(key.short()) } else { key.short().to_owned() }
}

fn write_joined(f: &mut fmt::Formatter<'_>, nodes: &[Node], word: &str) -> fmt::Result {
    for (index, node) in nodes.iter().enumerate() {
        if index > 0 {
            f.write_str(word)?;
        }
        // Only `or` binds looser than the word around it; `all` is never directly inside of `all`.
        if matches!(node, Node::Any(_)) { write!(f, "({node})")? } else { write!(f, "{node}")? }
    }
    Ok(())
}
