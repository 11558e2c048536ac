//! Selectors in a policy: the text form, or a map of keys and of the words `all`, `any` and `not`.

use super::{MAX_SELECTOR_DEPTH, Node, Selector};
use crate::tags::{TagKey, words::Words};
use serde::{
    de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor},
    ser::{Serialize, Serializer},
};
use std::fmt;

impl Serialize for Selector {
    /// The text form.
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Selector {
    /// The text form, or a map: all of its keys and combinators must hold. An empty map covers everything.
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let node = One { level: 0 }.deserialize(from)?;
        Self::bounded(node).map_err(D::Error::custom)
    }
}

/// One selector, inside of so many combinators; counting them bounds the recursion.
struct One {
    level: usize,
}

/// A list of selectors.
struct List {
    level: usize,
}

impl<'de> DeserializeSeed<'de> for One {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Node, D::Error> {
        if self.level > MAX_SELECTOR_DEPTH {
            let message = format!("a selector nested deeper than {MAX_SELECTOR_DEPTH} levels");
            return Err(D::Error::custom(message));
        }
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for One {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a selector: text such as `team = \"marketing\"`, or a map of keys and values")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Node, E> {
        text.parse().map(|selector: Selector| selector.0).map_err(E::custom)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let level = self.level + 1;
        let mut parts: Vec<(Place, Node)> = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            let (place, node) = match name.as_str() {
                "all" => (Place::Word("all"), Node::all(map.next_value_seed(List { level })?)),
                "any" => match map.next_value_seed(List { level })? {
                    none if none.is_empty() => {
                        return Err(A::Error::custom("`any` is an empty list, and would cover nothing"));
                    }
                    some => (Place::Word("any"), Node::any(some)),
                },
                "not" => (Place::Word("not"), Node::not(map.next_value_seed(One { level })?)),
                _ => {
                    let key: TagKey = name.parse().map_err(A::Error::custom)?;
                    let Words(values) = map.next_value()?;
                    let node = Node::one_of(key.clone(), values).map_err(A::Error::custom)?;
                    (Place::Key(key.rank(), key), node)
                }
            };
            if parts.iter().any(|(own, _)| *own == place) {
                return Err(A::Error::custom(format!("`{name}` is given twice")));
            }
            parts.push((place, node));
        }
        parts.sort_by(|(left, _), (right, _)| left.cmp(right));
        Ok(Node::all(parts.into_iter().map(|(_, node)| node)))
    }
}

/// Where a part of a map stands in the text form: a map has no order, and the same policy must give the same selector
/// from every format.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Key(usize, TagKey),
    Word(&'static str),
}

impl<'de> DeserializeSeed<'de> for List {
    type Value = Vec<Node>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Vec<Node>, D::Error> {
        from.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for List {
    type Value = Vec<Node>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of selectors")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<Node>, A::Error> {
        let mut nodes = Vec::new();
        while let Some(node) = list.next_element_seed(One { level: self.level })? {
            nodes.push(node);
        }
        Ok(nodes)
    }
}
