//! Building a taxonomy, and checking it against itself.

use super::{
    MAX_TAXONOMY_KEYS, MAX_TAXONOMY_VALUES, TagKey, Taxonomy, UnknownPolicy,
    rule::{RawRule, Rule, contradiction},
};
use crate::{
    error::{Error, ErrorCode, Result, did_you_mean},
    tags::value::excerpt,
};
use std::collections::BTreeMap;

/// Collects the parts of a [`Taxonomy`]; [`build`](Self::build) checks them all at once.
#[derive(Clone, Debug, Default)]
pub struct TaxonomyBuilder {
    required: Vec<String>,
    unknown: UnknownPolicy,
    rules: Vec<(String, RawRule)>,
}

impl TaxonomyBuilder {
    /// A key that every call must have.
    #[must_use]
    pub fn require(mut self, key: impl AsRef<str>) -> Self {
        self.required.push(key.as_ref().to_owned());
        self
    }

    /// What happens to a call whose tags don't fit; refused, if it is not said.
    #[must_use]
    pub const fn unknown(mut self, unknown: UnknownPolicy) -> Self {
        self.unknown = unknown;
        self
    }

    /// The values that a key may have.
    #[must_use]
    pub fn values<V: AsRef<str>>(self, key: impl AsRef<str>, values: impl IntoIterator<Item = V>) -> Self {
        self.rule(key.as_ref(), RawRule::List(owned(values)))
    }

    /// A regular expression that the whole value of a key must match.
    #[must_use]
    pub fn pattern(self, key: impl AsRef<str>, pattern: impl AsRef<str>) -> Self {
        self.rule(key.as_ref(), RawRule::Pattern(pattern.as_ref().to_owned()))
    }

    /// The values that a key may have, each with the values of the key `within` that it belongs to.
    #[must_use]
    pub fn nested<C: AsRef<str>, P: AsRef<str>>(
        self,
        key: impl AsRef<str>,
        within: impl AsRef<str>,
        values: impl IntoIterator<Item = (C, impl IntoIterator<Item = P>)>,
    ) -> Self {
        let parents =
            values.into_iter().map(|(child, of_child)| (child.as_ref().to_owned(), owned(of_child)));
        let (within, parents) = (within.as_ref().to_owned(), parents.collect());
        self.rule(key.as_ref(), RawRule::Nested { within, parents })
    }

    pub(super) fn rule(mut self, key: &str, rule: RawRule) -> Self {
        self.rules.push((key.to_owned(), rule));
        self
    }

    /// The taxonomy, if it doesn't contradict itself.
    ///
    /// # Errors
    /// `taxonomy_invalid` for a key that is named twice, a list without a value, a pattern that can't be read, nesting
    /// in a circle, or a value that belongs to one that its own key doesn't allow; `tag_key_invalid`;
    /// `tag_value_invalid`; `limit_reached` past [`MAX_TAXONOMY_KEYS`] or [`MAX_TAXONOMY_VALUES`].
    pub fn build(self) -> Result<Taxonomy> {
        within("keys", self.required.len().max(self.rules.len()), MAX_TAXONOMY_KEYS)?;
        let mut required = Vec::new();
        for key in self.required {
            let key: TagKey = key.parse()?;
            if required.contains(&key) {
                return Err(contradiction(format!("`{key}` is required twice")));
            }
            required.push(key);
        }
        let mut rules = BTreeMap::new();
        for (key, raw) in self.rules {
            let key: TagKey = key.parse()?;
            let rule = Rule::new(&key, raw)?;
            if rules.insert(key.clone(), rule).is_some() {
                return Err(contradiction(format!("`{key}` has two rules")));
            }
        }
        let nested = children_first(&rules)?;
        parents_are_allowed(&rules)?;
        let taxonomy = Taxonomy { required, unknown: self.unknown, rules, nested };
        within("keys", taxonomy.keys().len(), MAX_TAXONOMY_KEYS)?;
        within("values", taxonomy.rules.values().map(Rule::size).sum(), MAX_TAXONOMY_VALUES)?;
        Ok(taxonomy)
    }
}

fn owned<T: AsRef<str>>(values: impl IntoIterator<Item = T>) -> Vec<String> {
    values.into_iter().map(|value| value.as_ref().to_owned()).collect()
}

fn within(what: &str, found: usize, allowed: usize) -> Result<()> {
    if found <= allowed {
        return Ok(());
    }
    let message = format!("a taxonomy with {found} {what}, at most {allowed} are allowed");
    Err(Error::new(ErrorCode::LimitReached, message).with_help("use a pattern in place of a list"))
}

/// The nested keys, each before the key that it is within; a circle is an error.
fn children_first(rules: &BTreeMap<TagKey, Rule>) -> Result<Vec<TagKey>> {
    let mut levels = Vec::new();
    for (key, rule) in rules {
        let mut path = vec![key];
        let mut nested = rule.nested();
        while let Some(of_key) = nested {
            path.push(&of_key.within);
            if of_key.within == *key {
                let names: Vec<String> = path.iter().map(|key| format!("`{key}`")).collect();
                return Err(contradiction(format!(
                    "keys are nested in a circle: {}",
                    names.join(" within ")
                )));
            }
            // A circle further up is found from the keys on it.
            if path.len() > rules.len() + 1 {
                break;
            }
            nested = rules.get(&of_key.within).and_then(Rule::nested);
        }
        if rule.nested().is_some() {
            levels.push((std::cmp::Reverse(path.len()), key.clone()));
        }
    }
    levels.sort_unstable();
    Ok(levels.into_iter().map(|(_, key)| key).collect())
}

/// Every value that something belongs to is one that its own key allows.
fn parents_are_allowed(rules: &BTreeMap<TagKey, Rule>) -> Result<()> {
    for (key, rule) in rules {
        let Some(nested) = rule.nested() else { continue };
        let Some(parent_rule) = rules.get(&nested.within) else { continue };
        for (child, parents) in &nested.parents {
            if let Some(parent) = parents.iter().find(|parent| !parent_rule.allows(parent)) {
                let (within, child, shown) = (&nested.within, excerpt(child), excerpt(parent));
                let nearest = parent_rule.nearest(parent);
                let meant = did_you_mean(nearest.as_slice());
                let message = format!(
                    "{key} `{child}` belongs to {within} `{shown}`, which {within} doesn't allow{meant}"
                );
                return Err(
                    contradiction(message).with_help(format!("correct it, or allow it as a {within}"))
                );
            }
        }
    }
    Ok(())
}
