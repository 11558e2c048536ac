//! Lenient readers of what stands beside the counts: short names, whether something is given, lists.
//!
//! A field of an unexpected kind reads as absent: what surrounds the usage never keeps it from being read.

use serde::{Deserialize, Deserializer, de};
use std::{fmt, marker::PhantomData};

/// The longest name of a model, tier or event; a longer one reads as absent. Streams cut strings just past it.
pub(super) const MAX_TEXT_BYTES: usize = 256;

/// A short string, or nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Text(pub(super) Option<String>);

impl Text {
    pub(super) fn as_str(&self) -> &str {
        self.0.as_deref().unwrap_or("")
    }
}

/// Whether a field is given and says something: not null, not an empty string, not `false`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Given(pub(super) bool);

/// A list; anything else is an empty one.
#[derive(Clone, Debug)]
pub(super) struct List<T>(pub(super) Vec<T>);

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

/// An object; anything else is none.
#[derive(Clone, Debug)]
pub(super) struct Object<T>(pub(super) Option<T>);

impl<T> Default for Object<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Object<T> {
    pub(super) const fn get(&self) -> Option<&T> {
        self.0.as_ref()
    }
}

fn skip_list<'de, A: de::SeqAccess<'de>>(mut list: A) -> Result<(), A::Error> {
    while list.next_element::<de::IgnoredAny>()?.is_some() {}
    Ok(())
}

fn skip_map<'de, A: de::MapAccess<'de>>(mut map: A) -> Result<(), A::Error> {
    while map.next_entry::<de::IgnoredAny, de::IgnoredAny>()?.is_some() {}
    Ok(())
}

/// The kinds of value that read as absent, for a visitor whose value has a default.
macro_rules! absent {
    ($($visit:ident($kind:ty)),+) => {
        $(fn $visit<E>(self, _: $kind) -> Result<Self::Value, E> { Ok(Self::Value::default()) })+
    };
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> de::Visitor<'de> for Reader {
            type Value = Text;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a short text")
            }

            fn visit_str<E>(self, text: &str) -> Result<Text, E> {
                let fits = !text.is_empty() && text.len() <= MAX_TEXT_BYTES;
                Ok(Text(fits.then(|| text.to_owned())))
            }

            fn visit_unit<E>(self) -> Result<Text, E> {
                Ok(Text(None))
            }

            absent!(visit_bool(bool), visit_u64(u64), visit_i64(i64), visit_f64(f64));

            fn visit_seq<A: de::SeqAccess<'de>>(self, list: A) -> Result<Text, A::Error> {
                skip_list(list).map(|()| Text(None))
            }

            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Text, A::Error> {
                skip_map(map).map(|()| Text(None))
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

impl<'de> Deserialize<'de> for Given {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> de::Visitor<'de> for Reader {
            type Value = Given;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("anything")
            }

            fn visit_str<E>(self, text: &str) -> Result<Given, E> {
                Ok(Given(!text.is_empty()))
            }

            fn visit_bool<E>(self, given: bool) -> Result<Given, E> {
                Ok(Given(given))
            }

            fn visit_unit<E>(self) -> Result<Given, E> {
                Ok(Given(false))
            }

            fn visit_u64<E>(self, _: u64) -> Result<Given, E> {
                Ok(Given(true))
            }

            fn visit_i64<E>(self, _: i64) -> Result<Given, E> {
                Ok(Given(true))
            }

            fn visit_f64<E>(self, _: f64) -> Result<Given, E> {
                Ok(Given(true))
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, list: A) -> Result<Given, A::Error> {
                skip_list(list).map(|()| Given(true))
            }

            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Given, A::Error> {
                skip_map(map).map(|()| Given(true))
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> de::Visitor<'de> for Reader<T> {
            type Value = List<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_unit<E>(self) -> Result<List<T>, E> {
                Ok(List::default())
            }

            absent!(visit_bool(bool), visit_u64(u64), visit_i64(i64), visit_f64(f64), visit_str(&str));

            fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<List<T>, A::Error> {
                let mut items = Vec::new();
                while let Some(Object(item)) = list.next_element::<Object<T>>()? {
                    items.extend(item);
                }
                Ok(List(items))
            }

            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<List<T>, A::Error> {
                skip_map(map).map(|()| List::default())
            }
        }
        deserializer.deserialize_any(Reader(PhantomData))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> de::Visitor<'de> for Reader<T> {
            type Value = Object<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_unit<E>(self) -> Result<Object<T>, E> {
                Ok(Object(None))
            }

            absent!(visit_bool(bool), visit_u64(u64), visit_i64(i64), visit_f64(f64), visit_str(&str));

            fn visit_seq<A: de::SeqAccess<'de>>(self, list: A) -> Result<Object<T>, A::Error> {
                skip_list(list).map(|()| Object(None))
            }

            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Object<T>, A::Error> {
                T::deserialize(de::value::MapAccessDeserializer::new(map)).map(|value| Object(Some(value)))
            }
        }
        deserializer.deserialize_any(Reader(PhantomData))
    }
}
