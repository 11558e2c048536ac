//! Values that lower floors read by themselves: they see the policy through serde, and errors find their places.

use super::node::{Entry, Node, Value, excerpt};
use super::problem::{Place, Problem, Side};
use super::reader::suggestion;
use crate::error::{Error, ErrorCode};
use crate::tags::Selector;
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Expected, IntoDeserializer, MapAccess, SeqAccess, Unexpected,
    Visitor, value::BorrowedStrDeserializer,
};
use std::fmt;

/// Reads a value by its own rules.
pub(super) fn read<'n, T: Deserialize<'n>>(node: &'n Node) -> Result<T, Problem> {
    T::deserialize(node).map_err(|fault| {
        let place = fault.place.unwrap_or_else(|| node.place());
        inside_selector(node, Problem { place, error: fault.error })
    })
}

/// A selector's text tells the column in itself: the place is that character then.
fn inside_selector(node: &Node, problem: Problem) -> Problem {
    if problem.error.code() != ErrorCode::SelectorInvalid {
        return problem;
    }
    let Value::Text(text) = &node.locate(problem.place.node).node.value else { return problem };
    let Err(error) = text.parse::<Selector>() else { return problem };
    let column = error.context().iter().find(|(name, _)| *name == "column").map(|(_, column)| column);
    let Some(column) = column.and_then(|column| column.parse::<usize>().ok()) else { return problem };
    let Some((_, message)) = error.message().split_once(&format!("` at column {column}: ")) else {
        return problem;
    };
    let place = Place { node: problem.place.node, side: Side::Inside(column.saturating_sub(1)) };
    Problem { place, error: Error::new(error.code(), message).with_help(error.help()) }
}

/// An error on its way up, with the innermost place that it passed.
#[derive(Debug)]
pub(super) struct Fault {
    place: Option<Place>,
    error: Error,
}

impl Fault {
    fn of(error: Error) -> Self {
        Self { place: None, error }
    }

    fn at(mut self, place: Place) -> Self {
        self.place.get_or_insert(place);
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl std::error::Error for Fault {}

impl serde::de::Error for Fault {
    /// An error of ours prints its code and help in its long form; anything else prints the same in both forms.
    fn custom<T: fmt::Display>(message: T) -> Self {
        let text = format!("{message:#}");
        let parts = text.split_once("\n  code: ").and_then(|(message, rest)| {
            let (code, help) = rest.split_once("\n  help: ")?;
            let code = ErrorCode::ALL.iter().find(|known| known.as_str() == code)?;
            Some((message, *code, help))
        });
        Self::of(match parts {
            Some((message, code, help)) => Error::new(code, message).with_help(help),
            None => Error::new(ErrorCode::PolicyInvalid, text),
        })
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let message = format!("found {}, expected {expected}", described(found));
        let error = Error::new(ErrorCode::PolicyInvalid, message);
        Self::of(match found {
            Unexpected::Float(_) | Unexpected::Signed(_) | Unexpected::Unsigned(_) => {
                error.with_help("write it in quotes if it is text or money")
            }
            _ => error,
        })
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::invalid_type(found, expected)
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self::of(super::reader::unknown_key(field, expected))
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        let message = format!("`{}` has no meaning here{}", excerpt(variant), suggestion(variant, expected));
        Self::of(Error::new(ErrorCode::PolicyInvalid, message))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::of(super::reader::missing_key(field))
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::of(Error::new(ErrorCode::PolicyInvalid, format!("the key `{field}` is given twice")))
    }
}

fn described(found: Unexpected<'_>) -> String {
    match found {
        Unexpected::Str(text) => format!("the text `{}`", excerpt(text)),
        Unexpected::Signed(number) => format!("the number `{number}`"),
        Unexpected::Unsigned(number) => format!("the number `{number}`"),
        Unexpected::Float(number) => format!("the float `{number}`"),
        Unexpected::Bool(value) => format!("`{value}`"),
        Unexpected::Seq => "a list".to_owned(),
        Unexpected::Map => "a table".to_owned(),
        Unexpected::Unit | Unexpected::Option => "nothing".to_owned(),
        other => other.to_string(),
    }
}

impl<'n> Deserializer<'n> for &'n Node {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, Fault> {
        let outcome = match &self.value {
            Value::Text(text) => visitor.visit_borrowed_str(text),
            Value::Integer(number) => match (i64::try_from(*number), u64::try_from(*number)) {
                (Ok(number), _) => visitor.visit_i64(number),
                (_, Ok(number)) => visitor.visit_u64(number),
                _ => visitor.visit_i128(*number),
            },
            Value::Float(number) => visitor.visit_f64(number.parse().unwrap_or(f64::NAN)),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Date(_) => Err(serde::de::Error::invalid_type(Unexpected::Other(&self.found()), &visitor)),
            Value::Nothing => visitor.visit_unit(),
            Value::List(items) => visitor.visit_seq(Items(items.iter())),
            Value::Map(entries) => {
                let mut entries = Entries { left: entries.iter(), pending: None, last: None };
                let outcome = visitor.visit_map(&mut entries);
                let last = entries.last;
                outcome.map_err(|fault| last.into_iter().fold(fault, Fault::at))
            }
        };
        outcome.map_err(|fault| fault.at(self.place()))
    }

    fn deserialize_option<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.value {
            Value::Nothing => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'n>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'n>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match &self.value {
            Value::Text(text) => visitor
                .visit_enum(text.as_str().into_deserializer())
                .map_err(|fault: Fault| fault.at(self.place())),
            _ => self.deserialize_any(visitor),
        }
    }

    serde::forward_to_deserialize_any! {
        <V: Visitor<'n>>
        bool u8 u16 u32 u64 u128 i8 i16 i32 i64 i128 f32 f64 char str string seq bytes byte_buf map unit struct
        ignored_any unit_struct tuple_struct tuple identifier
    }
}

struct Items<'n>(std::slice::Iter<'n, Node>);

impl<'n> SeqAccess<'n> for Items<'n> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'n>>(&mut self, seed: T) -> Result<Option<T::Value>, Fault> {
        self.0.next().map(|node| seed.deserialize(node)).transpose()
    }
}

struct Entries<'n> {
    left: std::slice::Iter<'n, Entry>,
    pending: Option<&'n Node>,
    /// The key or value that was read last: what an error that comes before the next one is about.
    last: Option<Place>,
}

impl<'n> MapAccess<'n> for Entries<'n> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'n>>(&mut self, seed: K) -> Result<Option<K::Value>, Fault> {
        let entry = self.left.next();
        self.pending = entry.map(|entry| &entry.value);
        self.last = self.pending.map(Node::key_place);
        entry.map(|entry| seed.deserialize(BorrowedStrDeserializer::new(&entry.key))).transpose()
    }

    fn next_value_seed<T: DeserializeSeed<'n>>(&mut self, seed: T) -> Result<T::Value, Fault> {
        let node = self
            .pending
            .take()
            .ok_or_else(|| <Fault as serde::de::Error>::custom("a value without a key"))?;
        self.last = Some(node.place());
        seed.deserialize(node)
    }
}
