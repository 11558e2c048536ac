//! Selectors: which tag sets a budget, a role or a report covers.
//!
//! A selector is a small tree that is bounded in depth and size when it is built, so evaluating, printing and
//! dropping it can't run away. It is kept in one form (flat, without double negation, values sorted), which is what
//! makes printing and reading give the same selector back.

mod parse;
mod print;
mod read;
#[cfg(test)]
mod tests;

use super::{TagKey, TagSet, value::checked};
use crate::error::{Error, ErrorCode, Result};
use std::sync::Arc;

/// How deep `and`, `or`, `not` and parentheses may nest.
pub const MAX_SELECTOR_DEPTH: usize = 16;

/// The most tests of a key in one selector.
pub const MAX_SELECTOR_TERMS: usize = 256;

/// The most values in one selector, over all its lists.
pub const MAX_SELECTOR_VALUES: usize = 1024;

/// The longest text of a selector, in bytes; the longest that is printed is shorter.
pub const MAX_SELECTOR_BYTES: usize = 1 << 20;

/// A condition on tags.
///
/// The text form compares keys, in either spelling, with quoted values:
///
/// | text | covers |
/// |---|---|
/// | `team = "marketing"` | sets with this value |
/// | `environment != "prod"` | sets with another value, **and sets without the key** |
/// | `client in ["acme", "globex"]` | sets with one of these values |
/// | `client not in ["acme", "globex"]` | sets with another value, and sets without the key |
/// | `user is set`, `user is not set` | sets with the key, sets without it |
/// | `everything` | all sets |
/// | `not a`, `a and b`, `a or b`, `( a )` | as said; `not` binds tightest, then `and`, then `or` |
///
/// A key that is a word of the language is quoted: `"in" = "x"`. In a quoted text, `\` stands before `"` and `\`.
///
/// In a policy file a selector is that text, or a map of keys that must all match, whose words `all`, `any` and `not`
/// combine other selectors: `{ team = "marketing", not = { client = ["acme", "globex"] } }`.
///
/// # Examples
/// ```
/// use bursar::{Selector, TagSet};
/// let selector: Selector = r#"team = "marketing" and environment != "prod""#.parse()?;
/// assert!(selector.matches(&TagSet::from_pairs([("team", "marketing")])?));
/// assert!(!selector.matches(&TagSet::from_pairs([("team", "marketing"), ("environment", "prod")])?));
/// # Ok::<(), bursar::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Selector(Node);

#[derive(Clone, PartialEq, Eq, Hash)]
enum Node {
    /// The key has one of these values: sorted, each once, at least one.
    OneOf(TagKey, Box<[Arc<str>]>),
    Present(TagKey),
    /// Never of another `Not`.
    Not(Box<Node>),
    /// Never of one, nor of another `All`. Of none: everything.
    All(Vec<Node>),
    /// Of two or more, never of another `Any`.
    Any(Vec<Node>),
}

impl Selector {
    /// Covers every tag set.
    pub const fn everything() -> Self {
        Self(Node::All(Vec::new()))
    }

    /// Covers the sets in which a key has a value.
    ///
    /// # Errors
    /// `tag_key_invalid`, `tag_value_invalid`.
    pub fn equals(key: impl AsRef<str>, value: impl AsRef<str>) -> Result<Self> {
        Self::one_of(key, [value])
    }

    /// Covers the sets in which a key has one of these values.
    ///
    /// # Errors
    /// `tag_key_invalid`, `tag_value_invalid`, `selector_invalid` without a value, `limit_reached` past
    /// [`MAX_SELECTOR_VALUES`].
    pub fn one_of<V: AsRef<str>>(key: impl AsRef<str>, values: impl IntoIterator<Item = V>) -> Result<Self> {
        Node::one_of(key.as_ref().parse()?, values).and_then(Self::bounded)
    }

    /// Covers the sets that have a key, with any value.
    ///
    /// # Errors
    /// `tag_key_invalid`.
    pub fn present(key: impl AsRef<str>) -> Result<Self> {
        Ok(Self(Node::Present(key.as_ref().parse()?)))
    }

    /// Covers what another selector doesn't.
    ///
    /// # Errors
    /// `limit_reached` past [`MAX_SELECTOR_DEPTH`].
    #[expect(clippy::should_implement_trait, reason = "a constructor that may refuse, not the operator")]
    pub fn not(selector: Self) -> Result<Self> {
        Self::bounded(Node::not(selector.0))
    }

    /// Covers what all of these cover; without any, everything.
    ///
    /// # Errors
    /// `limit_reached` past [`MAX_SELECTOR_DEPTH`], [`MAX_SELECTOR_TERMS`] or [`MAX_SELECTOR_VALUES`].
    pub fn all(selectors: impl IntoIterator<Item = Self>) -> Result<Self> {
        Self::bounded(Node::all(selectors.into_iter().map(|selector| selector.0)))
    }

    /// Covers what at least one of these covers; without any, nothing.
    ///
    /// # Errors
    /// `limit_reached` past [`MAX_SELECTOR_DEPTH`], [`MAX_SELECTOR_TERMS`] or [`MAX_SELECTOR_VALUES`].
    pub fn any(selectors: impl IntoIterator<Item = Self>) -> Result<Self> {
        Self::bounded(Node::any(selectors.into_iter().map(|selector| selector.0)))
    }

    /// Whether the selector covers a tag set.
    pub fn matches(&self, tags: &TagSet) -> bool {
        self.0.matches(tags)
    }

    /// Whether the selector may cover a set in which a key has a value, or none, whatever the other tags are.
    pub(crate) fn may_match(&self, key: &TagKey, value: Option<&str>) -> bool {
        self.0.outcomes(key, value).0
    }

    /// Whether this is [`everything`](Self::everything).
    pub fn is_everything(&self) -> bool {
        matches!(&self.0, Node::All(nodes) if nodes.is_empty())
    }

    /// The keys that the selector mentions, sorted, each once.
    pub fn keys(&self) -> Vec<TagKey> {
        let mut keys = Vec::new();
        self.0.visit(&mut |node| match node {
            Node::OneOf(key, _) | Node::Present(key) => keys.push(key.clone()),
            Node::Not(_) | Node::All(_) | Node::Any(_) => {}
        });
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    fn bounded(node: Node) -> Result<Self> {
        let (mut terms, mut values) = (0, 0);
        node.visit(&mut |node| match node {
            Node::OneOf(_, list) => (terms, values) = (terms + 1, values + list.len()),
            Node::Present(_) => terms += 1,
            // A test that is always true takes as much room as another one.
            Node::All(nodes) if nodes.is_empty() => terms += 1,
            Node::Not(_) | Node::All(_) | Node::Any(_) => {}
        });
        within("levels of nesting", node.depth(), MAX_SELECTOR_DEPTH)?;
        within("tests", terms, MAX_SELECTOR_TERMS)?;
        within("values", values, MAX_SELECTOR_VALUES)?;
        Ok(Self(node))
    }
}

fn within(what: &str, found: usize, allowed: usize) -> Result<()> {
    if found <= allowed {
        return Ok(());
    }
    let message = format!("a selector with {found} {what}, at most {allowed} are allowed");
    Err(Error::new(ErrorCode::LimitReached, message)
        .with_help("tag what belongs together with a key of its own"))
}

impl Node {
    fn one_of<V: AsRef<str>>(key: TagKey, values: impl IntoIterator<Item = V>) -> Result<Self> {
        let mut list = Vec::new();
        for value in values {
            within("values", list.len() + 1, MAX_SELECTOR_VALUES)?;
            list.push(checked(&key, value.as_ref())?);
        }
        if list.is_empty() {
            let message = format!("the list of `{key}` is empty, and would cover nothing");
            return Err(Error::new(ErrorCode::SelectorInvalid, message).with_help("name at least one value"));
        }
        list.sort_unstable();
        list.dedup();
        Ok(Self::OneOf(key, list.into()))
    }

    fn not(node: Self) -> Self {
        match node {
            Self::Not(inner) => *inner,
            node => Self::Not(Box::new(node)),
        }
    }

    fn all(nodes: impl IntoIterator<Item = Self>) -> Self {
        let mut flat = Vec::new();
        for node in nodes {
            if let Self::All(inner) = node { flat.extend(inner) } else { flat.push(node) }
        }
        single(flat).unwrap_or_else(Self::All)
    }

    fn any(nodes: impl IntoIterator<Item = Self>) -> Self {
        let mut flat = Vec::new();
        for node in nodes {
            if let Self::Any(inner) = node { flat.extend(inner) } else { flat.push(node) }
        }
        match single(flat) {
            Ok(node) => node,
            Err(none) if none.is_empty() => Self::not(Self::All(none)),
            Err(flat) => Self::Any(flat),
        }
    }

    fn matches(&self, tags: &TagSet) -> bool {
        match self {
            Self::OneOf(key, values) => {
                tags.get(key).is_some_and(|value| values.binary_search_by(|own| (**own).cmp(value)).is_ok())
            }
            Self::Present(key) => tags.get(key).is_some(),
            Self::Not(node) => !node.matches(tags),
            Self::All(nodes) => nodes.iter().all(|node| node.matches(tags)),
            Self::Any(nodes) => nodes.iter().any(|node| node.matches(tags)),
        }
    }

    /// Whether the node may match, and whether it may not, where one key's value is known; both, if that is open.
    fn outcomes(&self, known: &TagKey, value: Option<&str>) -> (bool, bool) {
        let sure = |is_so: bool| (is_so, !is_so);
        let of = |node: &Self| node.outcomes(known, value);
        match self {
            Self::OneOf(key, values) if key == known => {
                sure(value.is_some_and(|value| values.iter().any(|own| **own == *value)))
            }
            Self::Present(key) if key == known => sure(value.is_some()),
            Self::OneOf(..) | Self::Present(_) => (true, true),
            Self::Not(node) => {
                let (may, may_not) = of(node);
                (may_not, may)
            }
            Self::All(nodes) => (nodes.iter().all(|node| of(node).0), nodes.iter().any(|node| of(node).1)),
            Self::Any(nodes) => (nodes.iter().any(|node| of(node).0), nodes.iter().all(|node| of(node).1)),
        }
    }

    fn children(&self) -> &[Self] {
        match self {
            Self::OneOf(..) | Self::Present(_) => &[],
            Self::Not(node) => std::slice::from_ref(node),
            Self::All(nodes) | Self::Any(nodes) => nodes,
        }
    }

    fn visit(&self, see: &mut impl FnMut(&Self)) {
        see(self);
        for node in self.children() {
            node.visit(see);
        }
    }

    /// Levels of words and parentheses that the printed text needs: never fewer than the reader counts in it.
    fn depth(&self) -> usize {
        let inner = self.children().iter().map(Self::depth).max().unwrap_or(0);
        match self {
            Self::OneOf(..) | Self::Present(_) => 0,
            Self::Not(node) if node.is_test() => 0,
            Self::Not(_) | Self::All(_) | Self::Any(_) => inner + 1,
        }
    }

    const fn is_test(&self) -> bool {
        matches!(self, Self::OneOf(..) | Self::Present(_))
    }
}

/// The only one, or the list back.
fn single(mut nodes: Vec<Node>) -> Result<Node, Vec<Node>> {
    match nodes.pop() {
        Some(node) if nodes.is_empty() => Ok(node),
        Some(node) => {
            nodes.push(node);
            Err(nodes)
        }
        None => Err(nodes),
    }
}
