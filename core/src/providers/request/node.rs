//! A request's body as a tree that borrows its text, so that a megabyte of encoded media isn't copied.
//!
//! A key that stands twice keeps both; the last one is read, as most providers do. Depth is bounded by the parser.

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};
use std::{borrow::Cow, fmt};

/// A value of JSON.
#[derive(Debug)]
pub(super) enum Node<'a> {
    Null,
    Bool(bool),
    /// A whole number of zero or more.
    Count(u64),
    /// Any other number.
    Number(f64),
    Text(Cow<'a, str>),
    /// A file, which only a form has.
    File(&'a [u8]),
    List(Vec<Node<'a>>),
    Map(Vec<(Cow<'a, str>, Node<'a>)>),
}

impl<'a> Node<'a> {
    pub(super) fn get(&self, key: &str) -> Option<&Node<'a>> {
        let Self::Map(entries) = self else { return None };
        let found = entries.iter().rev().find(|(name, _)| name == key);
        found.map(|(_, node)| node).filter(|node| !matches!(node, Self::Null))
    }

    /// The first of several spellings.
    pub(super) fn any(&self, keys: &[&str]) -> Option<&Node<'a>> {
        keys.iter().find_map(|key| self.get(key))
    }

    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.get(key)?.as_text()
    }

    pub(super) fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    pub(super) const fn as_file(&self) -> Option<&'a [u8]> {
        if let Self::File(bytes) = self { Some(bytes) } else { None }
    }

    pub(super) fn list(&self) -> &[Node<'a>] {
        if let Self::List(items) = self { items } else { &[] }
    }

    pub(super) fn entries(&self) -> &[(Cow<'a, str>, Node<'a>)] {
        if let Self::Map(entries) = self { entries } else { &[] }
    }

    /// A positive number as a whole one, rounded up; one for what isn't.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast saturates")]
    pub(super) fn rounded_up(&self) -> u64 {
        match self {
            Self::Count(count) => (*count).max(1),
            Self::Number(number) => (number.ceil() as u64).max(1),
            _ => 1,
        }
    }

    pub(super) const fn is_map(&self) -> bool {
        matches!(self, Self::Map(_))
    }

    pub(super) const fn is_true(&self) -> bool {
        matches!(self, Self::Bool(true))
    }

    /// Whether a key stands anywhere within.
    pub(super) fn has_key(&self, keys: &[&str]) -> bool {
        match self {
            Self::List(items) => items.iter().any(|item| item.has_key(keys)),
            Self::Map(entries) => {
                entries.iter().any(|(key, node)| keys.contains(&key.as_ref()) || node.has_key(keys))
            }
            _ => false,
        }
    }

    /// The bytes of all text within.
    pub(super) fn text_bytes(&self) -> u64 {
        match self {
            Self::Text(text) => text.len() as u64,
            Self::List(items) => items.iter().map(Self::text_bytes).sum(),
            Self::Map(entries) => entries.iter().map(|(_, node)| node.text_bytes()).sum(),
            _ => 0,
        }
    }

    /// What it is, for messages.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Bool(value) => value.to_string(),
            Self::Count(count) => count.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Text(text) => format!("\"{}\"", text.chars().take(32).collect::<String>()),
            Self::File(_) => "a file".to_owned(),
            Self::List(_) => "a list".to_owned(),
            Self::Map(_) => "an object".to_owned(),
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Node<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Node<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("JSON")
            }

            fn visit_unit<E>(self) -> Result<Node<'de>, E> {
                Ok(Node::Null)
            }

            fn visit_bool<E>(self, value: bool) -> Result<Node<'de>, E> {
                Ok(Node::Bool(value))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Node<'de>, E> {
                Ok(Node::Count(value))
            }

            #[expect(clippy::cast_precision_loss, reason = "a negative number is only shown")]
            fn visit_i64<E>(self, value: i64) -> Result<Node<'de>, E> {
                Ok(u64::try_from(value).map_or(Node::Number(value as f64), Node::Count))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Node<'de>, E> {
                Ok(Node::Number(value))
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Node<'de>, E> {
                Ok(Node::Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Node<'de>, E> {
                Ok(Node::Text(Cow::Owned(text.to_owned())))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Node<'de>, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    items.push(item);
                }
                Ok(Node::List(items))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node<'de>, A::Error> {
                let mut entries = Vec::new();
                while let Some((Key(key), node)) = map.next_entry()? {
                    entries.push((key, node));
                }
                Ok(Node::Map(entries))
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

/// A key, borrowed where it has no escapes.
struct Key<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Key<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Key<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Reader)
    }
}
