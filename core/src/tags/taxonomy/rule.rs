//! The rule of one key: a list of values, a pattern, or values that belong to another key's.

use super::{MAX_TAXONOMY_VALUES, UNALLOCATED, nearest::nearest};
use crate::{
    error::{Error, ErrorCode, Result},
    tags::{
        TagKey,
        value::{checked, excerpt},
    },
};
use regex_lite::{Regex, RegexBuilder};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// The longest pattern, in bytes.
pub const MAX_PATTERN_BYTES: usize = 1024;

/// How large a pattern may become when it is compiled, in bytes: repetitions multiply.
const MAX_PATTERN_SIZE: usize = 1 << 20;

/// A rule as it was written, before it is checked.
#[derive(Clone, Debug)]
pub(super) enum RawRule {
    List(Vec<String>),
    Pattern(String),
    Nested { within: String, parents: Vec<(String, Vec<String>)> },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    List(BTreeSet<Arc<str>>),
    Pattern(Pattern),
    Nested(Nested),
}

/// Values that belong to one or several values of another key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Nested {
    pub(super) within: TagKey,
    pub(super) parents: BTreeMap<Arc<str>, BTreeSet<Arc<str>>>,
}

/// A regular expression that the whole value must match.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    text: String,
    whole: Regex,
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Pattern {}

impl Rule {
    pub(super) fn new(key: &TagKey, raw: RawRule) -> Result<Self> {
        match raw {
            RawRule::List(values) => list(key, &values).map(Self::List),
            RawRule::Pattern(text) => Pattern::new(key, text).map(Self::Pattern),
            RawRule::Nested { within, parents } => Nested::new(key, &within, parents).map(Self::Nested),
        }
    }

    pub(super) fn allows(&self, value: &str) -> bool {
        value == UNALLOCATED
            || match self {
                Self::List(values) => values.contains(value),
                Self::Pattern(pattern) => pattern.whole.is_match(value),
                Self::Nested(nested) => nested.parents.contains_key(value),
            }
    }

    /// The allowed value that was probably meant.
    pub(super) fn nearest(&self, value: &str) -> Option<String> {
        match self {
            Self::List(values) => nearest(value, values),
            Self::Pattern(_) => None,
            Self::Nested(nested) => nearest(value, nested.parents.keys()),
        }
    }

    pub(super) const fn nested(&self) -> Option<&Nested> {
        match self {
            Self::Nested(nested) => Some(nested),
            Self::List(_) | Self::Pattern(_) => None,
        }
    }

    /// How many values the rule lists, those of the other key with them.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::List(values) => values.len(),
            Self::Pattern(_) => 0,
            Self::Nested(nested) => nested.parents.values().map(|parents| parents.len() + 1).sum(),
        }
    }
}

impl Nested {
    fn new(key: &TagKey, within: &str, raw: Vec<(String, Vec<String>)>) -> Result<Self> {
        let within: TagKey = within.parse()?;
        if within == *key {
            return Err(contradiction(format!("`{key}` is within itself")));
        }
        bounded(key, raw.len())?;
        let mut parents = BTreeMap::new();
        for (child, of_child) in raw {
            let child = checked(key, &child)?;
            if &*child == UNALLOCATED {
                let message =
                    format!("the {key} `{UNALLOCATED}` belongs to every {within}, and can't be given one");
                return Err(contradiction(message));
            }
            bounded(key, of_child.len())?;
            let of_child: BTreeSet<Arc<str>> =
                of_child.iter().map(|parent| checked(&within, parent)).collect::<Result<_>>()?;
            if of_child.is_empty() {
                let message = format!("{key} `{}` belongs to no {within}", excerpt(&child));
                return Err(contradiction(message).with_help(format!("name at least one {within} for it")));
            }
            if parents.insert(child.clone(), of_child).is_some() {
                return Err(contradiction(format!("{key} `{}` is given twice", excerpt(&child))));
            }
        }
        if parents.is_empty() {
            return Err(empty(key));
        }
        Ok(Self { within, parents })
    }
}

impl Pattern {
    fn new(key: &TagKey, text: String) -> Result<Self> {
        if text.len() > MAX_PATTERN_BYTES {
            let found = text.len();
            let message =
                format!("the pattern of `{key}` has {found} bytes, at most {MAX_PATTERN_BYTES} are allowed");
            return Err(Error::new(ErrorCode::LimitReached, message).with_help("use a shorter pattern"));
        }
        let compile = |text: &str| {
            RegexBuilder::new(text).size_limit(MAX_PATTERN_SIZE).build().map_err(|cause| {
                let shown = excerpt(text);
                let message = format!("the pattern `{shown}` of `{key}` can't be read: {cause}");
                contradiction(message).with_help("correct the regular expression").caused_by(cause)
            })
        };
        // Alone first: `a)(b` is balanced only inside of the group, and the message shows what the user wrote.
        compile(&text)?;
        let whole = compile(&format!(r"\A(?:{text})\z"))?;
        Ok(Self { text, whole })
    }
}

fn list(key: &TagKey, values: &[String]) -> Result<BTreeSet<Arc<str>>> {
    bounded(key, values.len())?;
    if values.is_empty() {
        return Err(empty(key));
    }
    values.iter().map(|value| checked(key, value)).collect()
}

fn empty(key: &TagKey) -> Error {
    contradiction(format!("`{key}` lists no value, and would allow none"))
        .with_help("list the values that are allowed, or leave the key out to allow all")
}

fn bounded(key: &TagKey, found: usize) -> Result<()> {
    if found <= MAX_TAXONOMY_VALUES {
        return Ok(());
    }
    let message = format!("`{key}` lists {found} values, at most {MAX_TAXONOMY_VALUES} are allowed");
    Err(Error::new(ErrorCode::LimitReached, message).with_help("use a pattern in place of a list"))
}

pub(super) fn contradiction(message: String) -> Error {
    Error::new(ErrorCode::TaxonomyInvalid, message)
}
