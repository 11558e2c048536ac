//! A count as it was given: absent, whole, or something that no count can be.
//!
//! Reading never fails on a wrong count; it is kept as text and refused by name where it is used, so that the refusal
//! can say which field it was. Nothing is clamped and no float is computed with.

use crate::error::{Error, ErrorCode, Result};
use serde::{Deserialize, Deserializer, de};
use std::fmt;

/// The longest part of a wrong count that is shown.
const MAX_SHOWN: usize = 32;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Count {
    #[default]
    Absent,
    Whole(u64),
    Wrong(Box<str>),
}

impl Count {
    pub(super) const fn is_given(&self) -> bool {
        !matches!(self, Self::Absent)
    }

    /// The count, if it is given; `name` is its field, for the refusal.
    pub(super) fn known(&self, name: &str) -> Result<Option<u64>> {
        match self {
            Self::Absent => Ok(None),
            Self::Whole(count) => Ok(Some(*count)),
            Self::Wrong(found) => {
                Err(invalid(format!("`{name}` is `{found}`, and a count is a whole number of zero or more")))
            }
        }
    }

    /// The count, or zero if it is absent.
    pub(super) fn or_zero(&self, name: &str) -> Result<u64> {
        Ok(self.known(name)?.unwrap_or(0))
    }

    /// Takes over a newer count, if there is one.
    pub(super) fn update(&mut self, newer: &Self) {
        if newer.is_given() {
            self.clone_from(newer);
        }
    }
}

/// A contradiction within the counts of an answer.
#[cold]
pub(super) fn invalid(message: String) -> Error {
    Error::new(ErrorCode::UsageInvalid, message)
        .with_help("settle the call by the provider's own record, and report the answer")
}

/// `whole` without `part`, both by the names of their fields.
pub(super) fn rest((whole_name, whole): (&str, u64), (part_name, part): (&str, u64)) -> Result<u64> {
    whole.checked_sub(part).ok_or_else(|| {
        invalid(format!(
            "`{part_name}` is {part}, more than the {whole} of `{whole_name}` that it is a part of"
        ))
    })
}

/// The sum of counts.
pub(super) fn sum(counts: &[u64]) -> Result<u64> {
    counts
        .iter()
        .try_fold(0_u64, |total, count| total.checked_add(*count))
        .ok_or_else(|| invalid(format!("the sum of {counts:?} is more than a count can be")))
}

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> de::Visitor<'de> for Reader {
    type Value = Count;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a count")
    }

    fn visit_unit<E>(self) -> Result<Count, E> {
        Ok(Count::Absent)
    }

    fn visit_u64<E>(self, count: u64) -> Result<Count, E> {
        Ok(Count::Whole(count))
    }

    fn visit_i64<E>(self, count: i64) -> Result<Count, E> {
        Ok(u64::try_from(count).map_or_else(|_| Count::Wrong(count.to_string().into()), Count::Whole))
    }

    /// Some providers write whole counts as `13.0`.
    fn visit_f64<E>(self, count: f64) -> Result<Count, E> {
        let text = count.to_string();
        Ok(text.parse().map_or_else(|_| Count::Wrong(shown(&text)), Count::Whole))
    }

    fn visit_bool<E>(self, found: bool) -> Result<Count, E> {
        Ok(Count::Wrong(found.to_string().into()))
    }

    fn visit_str<E>(self, found: &str) -> Result<Count, E> {
        Ok(Count::Wrong(shown(found)))
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<Count, A::Error> {
        while list.next_element::<de::IgnoredAny>()?.is_some() {}
        Ok(Count::Wrong("a list".into()))
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Count, A::Error> {
        while map.next_entry::<de::IgnoredAny, de::IgnoredAny>()?.is_some() {}
        Ok(Count::Wrong("an object".into()))
    }
}

fn shown(text: &str) -> Box<str> {
    text.chars().take(MAX_SHOWN).collect::<String>().into()
}
