//! A policy from any format that serde reads: a dict of Python, an object of Node, JSON.

use super::node::{Entry, Node, Numbers, Value};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::{collections::HashSet, fmt};

/// How deep values may nest: a selector's bound, and what stands around it.
const MAX_DEPTH: usize = 64;
/// Values in one policy.
const MAX_VALUES: u32 = 1 << 20;

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        One { numbers: &mut Numbers::default(), level: 0 }.deserialize(from)
    }
}

/// One value, inside of so many others.
struct One<'c> {
    numbers: &'c mut Numbers,
    level: usize,
}

impl<'de> DeserializeSeed<'de> for One<'_> {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(mut self, from: D) -> Result<Node, D::Error> {
        let id = self.numbers.next();
        if id > MAX_VALUES {
            return Err(D::Error::custom(format!("a policy has at most {MAX_VALUES} values")));
        }
        if self.level > MAX_DEPTH {
            return Err(D::Error::custom(format!("a policy nests at most {MAX_DEPTH} levels")));
        }
        let value = from.deserialize_any(&mut self)?;
        Ok(Node { id, span: 0..0, value })
    }
}

impl<'de> Visitor<'de> for &mut One<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text, a number, a list or a map")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Integer(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Integer(value.into()))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Value, E> {
        Ok(Value::Integer(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        // JavaScript knows only floats: a whole one is a number.
        let text = value.to_string();
        Ok(text.parse().map_or(Value::Float(text), Value::Integer))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Nothing)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Nothing)
    }

    fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_any(self)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element_seed(One { numbers: self.numbers, level: self.level + 1 })? {
            items.push(item);
        }
        Ok(Value::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let (mut entries, mut keys) = (Vec::new(), HashSet::new());
        while let Some(key) = map.next_key::<String>()? {
            if !keys.insert(key.clone()) {
                return Err(A::Error::custom(format!("the key `{key}` is given twice")));
            }
            let value = map.next_value_seed(One { numbers: self.numbers, level: self.level + 1 })?;
            entries.push(Entry { key, key_span: 0..0, value });
        }
        Ok(Value::Map(entries))
    }
}
