//! The values of a row, column by column.

use super::grouping::Grouping;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use std::fmt;

/// The value of each column of a row, in the order of the columns; a map in JSON.
///
/// # Examples
/// ```
/// use bursar::{Grouping, Values};
/// let values = Values::new([(Grouping::TEAM, "data"), (Grouping::Model, "openai/gpt-5-mini")]);
/// assert_eq!(values.get(&Grouping::TEAM), Some("data"));
/// assert_eq!(values.iter().collect::<Vec<_>>(), ["data", "openai/gpt-5-mini"]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Values(Vec<(Grouping, String)>);

impl Values {
    /// Values with their columns.
    pub fn new<V: Into<String>>(values: impl IntoIterator<Item = (Grouping, V)>) -> Self {
        Self(values.into_iter().map(|(column, value)| (column, value.into())).collect())
    }

    /// The value of a column.
    pub fn get(&self, column: &Grouping) -> Option<&str> {
        self.0.iter().find(|(own, _)| own == column).map(|(_, value)| value.as_str())
    }

    /// The value of the first column.
    pub fn first(&self) -> Option<&str> {
        self.iter().next()
    }

    /// The values alone.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &str> + ExactSizeIterator {
        self.0.iter().map(|(_, value)| value.as_str())
    }

    /// How many columns there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no column.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Values {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(column, value)| (column, value)))
    }
}

impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Columns)
    }
}

struct Columns;

impl<'de> Visitor<'de> for Columns {
    type Value = Values;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map of columns to values")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Values, A::Error> {
        let mut values = Vec::new();
        while let Some(pair) = map.next_entry()? {
            values.push(pair);
        }
        Ok(Values(values))
    }
}
