//! Tag sets: immutable, sorted, each key once.

use super::{
    TagKey,
    value::{checked, excerpt, fault, quoted},
};
use crate::error::{Error, ErrorCode, Result};
use serde::{
    de::{Deserialize, Deserializer, MapAccess, Visitor},
    ser::{Serialize, Serializer},
};
use std::{fmt, sync::Arc};

/// The most tags in one set.
pub const MAX_TAGS: usize = 32;

type Pair = (TagKey, Arc<str>);

/// The tags of a call, sorted by key. Cloning copies a pointer.
///
/// # Examples
/// ```
/// use bursar::TagSet;
/// let ambient = TagSet::from_pairs([("team", "marketing"), ("agent", "writer")])?;
/// let call = TagSet::new().with("agent", "fact checker")?;
/// assert_eq!(call.over(&ambient)?.to_string(), r#"team=marketing agent="fact checker""#);
/// # Ok::<(), bursar::Error>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TagSet(Arc<[Pair]>);

impl TagSet {
    /// No tags.
    pub fn new() -> Self {
        Self::default()
    }

    /// This set with one more tag, or with another value for a key that it has.
    ///
    /// # Errors
    /// `tag_key_invalid`, `tag_value_invalid`, and `limit_reached` past [`MAX_TAGS`].
    pub fn with(&self, key: impl AsRef<str>, value: impl AsRef<str>) -> Result<Self> {
        let key: TagKey = key.as_ref().parse()?;
        let value = checked(&key, value.as_ref())?;
        self.set(key, value)
    }

    /// The set of these tags, each key once, under either spelling.
    ///
    /// # Errors
    /// `tag_key_invalid`, `tag_value_invalid`, `tag_duplicate`, and `limit_reached` past [`MAX_TAGS`].
    pub fn from_pairs<K, V>(pairs: impl IntoIterator<Item = (K, V)>) -> Result<Self>
    where
        K: AsRef<str>,
        V: AsRef<str>,
    {
        let pairs = pairs.into_iter();
        let mut found = Vec::with_capacity(pairs.size_hint().0.min(MAX_TAGS));
        for (key, value) in pairs {
            let key: TagKey = key.as_ref().parse()?;
            let value = checked(&key, value.as_ref())?;
            push(&mut found, key, value)?;
        }
        Ok(Self::sorted(found))
    }

    /// Reads the text of `OTEL_RESOURCE_ATTRIBUTES`: `key1=value1,key2=value2`, with percent-encoded values
    /// (OpenTelemetry resource specification; W3C Baggage, section 3.2.1.3).
    ///
    /// Other tools write there too, so a key or a value that can be no tag is left out; but never one of a
    /// well-known key, whose loss would book spend to nobody.
    ///
    /// # Errors
    /// `tag_key_invalid` or `tag_value_invalid` for a pair without `=` or key, with a wrong percent sign, or with a
    /// wrong value for a well-known key; `tag_duplicate`; `limit_reached` past [`MAX_TAGS`].
    pub fn from_otel_resource_attributes(text: &str) -> Result<Self> {
        let mut found = Vec::new();
        for pair in text.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
            let (key, value) = read_attribute(pair)?;
            let Ok(key) = key.parse::<TagKey>() else { continue };
            if key.is_well_known() || fault(&value).is_none() {
                let value = checked(&key, &value)?;
                push(&mut found, key, value)?;
            }
        }
        Ok(Self::sorted(found))
    }

    /// The value of a key.
    pub fn get(&self, key: &TagKey) -> Option<&str> {
        // A set is short, and comparing well-known keys compares two bytes: faster than a binary search.
        self.0.iter().find(|(own, _)| own == key).map(|(_, value)| &**value)
    }

    /// The tags in the order of their canonical keys.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&TagKey, &str)> + DoubleEndedIterator {
        self.0.iter().map(|(key, value)| (key, &**value))
    }

    /// How many tags there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no tags.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Both sets together; where both have a key, this set's value wins.
    ///
    /// Precedence is a chain of it: the call over the ambient context over the process default over the environment.
    ///
    /// # Errors
    /// `limit_reached` when both together pass [`MAX_TAGS`].
    pub fn over(&self, base: &Self) -> Result<Self> {
        if base.is_empty() {
            return Ok(self.clone());
        }
        if self.is_empty() {
            return Ok(base.clone());
        }
        let mut merged = self.0.to_vec();
        merged.extend(base.0.iter().filter(|(key, _)| self.get(key).is_none()).cloned());
        if merged.len() > MAX_TAGS {
            return Err(too_many(merged.len()));
        }
        Ok(Self::sorted(merged))
    }

    /// This set with a tag whose value is known to be allowed.
    pub(super) fn set(&self, key: TagKey, value: Arc<str>) -> Result<Self> {
        let mut pairs = self.0.to_vec();
        match pairs.binary_search_by(|(own, _)| own.cmp(&key)) {
            Ok(at) => {
                if let Some(pair) = pairs.get_mut(at) {
                    pair.1 = value;
                }
            }
            Err(_) if pairs.len() == MAX_TAGS => return Err(too_many(MAX_TAGS + 1)),
            Err(at) => pairs.insert(at, (key, value)),
        }
        Ok(Self(pairs.into()))
    }

    fn sorted(mut pairs: Vec<Pair>) -> Self {
        pairs.sort_unstable_by(|left, right| left.0.cmp(&right.0));
        Self(pairs.into())
    }
}

fn push(found: &mut Vec<Pair>, key: TagKey, value: Arc<str>) -> Result<()> {
    if let Some((_, first)) = found.iter().find(|(own, _)| *own == key) {
        let (first, value) = (excerpt(first), excerpt(&value));
        let message = format!("`{key}` is given twice, as `{first}` and as `{value}`");
        return Err(Error::new(ErrorCode::TagDuplicate, message).with("key", key.as_str()));
    }
    if found.len() == MAX_TAGS {
        return Err(too_many(MAX_TAGS + 1));
    }
    found.push((key, value));
    Ok(())
}

fn too_many(found: usize) -> Error {
    Error::new(ErrorCode::LimitReached, format!("{found} tags in one set, at most {MAX_TAGS} are allowed"))
        .with_help(format!("give at most {MAX_TAGS} tags"))
}

/// One `key=value` of a resource attribute list, decoded.
fn read_attribute(pair: &str) -> Result<(&str, String)> {
    let shown = || excerpt(pair);
    let Some((key, value)) = pair.split_once('=') else {
        let message = format!("resource attribute `{}` has no `=`", shown());
        return Err(Error::new(ErrorCode::TagValueInvalid, message).with_help("write it as `key=value`"));
    };
    if key.trim().is_empty() {
        let message = format!("resource attribute `{}` has no key", shown());
        return Err(Error::new(ErrorCode::TagKeyInvalid, message).with_help("write it as `key=value`"));
    }
    let value = percent_decoded(value.trim()).ok_or_else(|| {
        let message = format!("resource attribute `{}` is not percent-encoded UTF-8", shown());
        Error::new(ErrorCode::TagValueInvalid, message).with_help("write a percent sign as `%25`")
    })?;
    Ok((key.trim(), value))
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let mut digit = || char::from(bytes.next()?).to_digit(16);
            let (high, low) = (digit()?, digit()?);
            decoded.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            decoded.push(byte);
        }
    }
    String::from_utf8(decoded).ok()
}

impl fmt::Display for TagSet {
    /// Short keys, the well-known ones first; a value that could be misread is quoted.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut pairs: Vec<_> = self.iter().collect();
        pairs.sort_by_key(|(key, _)| key.rank());
        for (index, (key, value)) in pairs.into_iter().enumerate() {
            let space = if index == 0 { "" } else { " " };
            let needs_quotes = |letter: char| letter.is_whitespace() || matches!(letter, '"' | '\\' | '=');
            if value.contains(needs_quotes) {
                write!(f, "{space}{key}={}", quoted(value))?;
            } else {
                write!(f, "{space}{key}={value}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for TagSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl Serialize for TagSet {
    /// A map with canonical keys.
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(self.iter().map(|(key, value)| (key.as_str(), value)))
    }
}

impl<'de> Deserialize<'de> for TagSet {
    /// A map with keys in either spelling.
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(TagSetVisitor)
    }
}

struct TagSetVisitor;

impl<'de> Visitor<'de> for TagSetVisitor {
    type Value = TagSet;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map of tag keys and values")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<TagSet, A::Error> {
        let mut found = Vec::new();
        while let Some(key) = map.next_key::<TagKey>()? {
            let value: String = map.next_value()?;
            let value = checked(&key, &value).map_err(serde::de::Error::custom)?;
            push(&mut found, key, value).map_err(serde::de::Error::custom)?;
        }
        Ok(TagSet::sorted(found))
    }
}
