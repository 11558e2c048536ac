//! A taxonomy in a policy: every name but `required` and `unknown` is a tag key.

use super::{Taxonomy, TaxonomyBuilder, UnknownPolicy, rule::RawRule};
use crate::tags::words::Words;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Unexpected, Visitor};
use std::fmt;

impl<'de> Deserialize<'de> for UnknownPolicy {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match String::deserialize(from)?.as_str() {
            "refuse" => Ok(Self::Refuse),
            "unallocated" => Ok(Self::Unallocated),
            other => Err(D::Error::invalid_value(Unexpected::Str(other), &"`refuse` or `unallocated`")),
        }
    }
}

impl<'de> Deserialize<'de> for Taxonomy {
    /// Reads and checks the whole taxonomy.
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(TaxonomyVisitor)
    }
}

struct TaxonomyVisitor;

impl<'de> Visitor<'de> for TaxonomyVisitor {
    type Value = Taxonomy;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a taxonomy: `required`, `unknown` and a rule for each tag key")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Taxonomy, A::Error> {
        let mut builder = TaxonomyBuilder::default();
        let (mut required, mut unknown) = (None, None);
        while let Some(name) = map.next_key::<String>()? {
            match name.as_str() {
                "required" => once(&mut required, map.next_value::<Vec<String>>()?, "required")?,
                "unknown" => once(&mut unknown, map.next_value::<UnknownPolicy>()?, "unknown")?,
                key => builder = builder.rule(key, map.next_value()?),
            }
        }
        builder = required.into_iter().flatten().fold(builder, TaxonomyBuilder::require);
        builder.unknown(unknown.unwrap_or_default()).build().map_err(A::Error::custom)
    }
}

fn once<T, E: Error>(place: &mut Option<T>, value: T, name: &'static str) -> Result<(), E> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(E::duplicate_field(name)),
    }
}

impl<'de> Deserialize<'de> for RawRule {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(RuleVisitor)
    }
}

struct RuleVisitor;

impl<'de> Visitor<'de> for RuleVisitor {
    type Value = RawRule;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of values, `{ pattern = .. }`, or `{ values = .. }`")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<RawRule, A::Error> {
        read_list(list).map(RawRule::List)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RawRule, A::Error> {
        let (mut pattern, mut values, mut within) = (None, None, None);
        while let Some(name) = map.next_key::<String>()? {
            match name.as_str() {
                "pattern" => once(&mut pattern, map.next_value::<String>()?, "pattern")?,
                "values" => once(&mut values, map.next_value::<Values>()?, "values")?,
                "within" => once(&mut within, map.next_value::<String>()?, "within")?,
                other => return Err(A::Error::unknown_field(other, &["pattern", "values", "within"])),
            }
        }
        match (pattern, values, within) {
            (Some(pattern), None, None) => Ok(RawRule::Pattern(pattern)),
            (None, Some(Values::List(values)), None) => Ok(RawRule::List(values)),
            (None, Some(Values::Nested(parents)), Some(within)) => Ok(RawRule::Nested { within, parents }),
            (None, Some(Values::Nested(_)), None) => {
                Err(A::Error::custom("`values` tells what each belongs to, but `within` names no key for it"))
            }
            (None, Some(Values::List(_)), Some(_)) => Err(A::Error::custom(
                "`within` needs `values` that tell what each belongs to: `{ rag = \"search\" }`",
            )),
            (Some(_), _, _) => Err(A::Error::custom("`pattern` stands alone, without `values` and `within`")),
            (None, None, _) => Err(A::Error::custom("a rule needs `pattern` or `values`")),
        }
    }
}

/// The values of a rule: a list, or a map of each to what it belongs to.
enum Values {
    List(Vec<String>),
    Nested(Vec<(String, Vec<String>)>),
}

impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(ValuesVisitor)
    }
}

struct ValuesVisitor;

impl<'de> Visitor<'de> for ValuesVisitor {
    type Value = Values;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of values, or a map of values to what they belong to")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Values, A::Error> {
        read_list(list).map(Values::List)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Values, A::Error> {
        let mut values = Vec::new();
        while let Some((value, Words(parents))) = map.next_entry()? {
            values.push((value, parents));
        }
        Ok(Values::Nested(values))
    }
}

fn read_list<'de, A: SeqAccess<'de>>(mut list: A) -> Result<Vec<String>, A::Error> {
    let mut values = Vec::new();
    while let Some(value) = list.next_element()? {
        values.push(value);
    }
    Ok(values)
}
