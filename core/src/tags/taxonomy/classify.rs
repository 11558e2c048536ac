//! Checking a tag set against a taxonomy.

use super::{Taxonomy, UNALLOCATED, UnknownPolicy, rule::Nested};
use crate::error::did_you_mean;
use crate::{
    error::Result,
    tags::{TagKey, TagSet},
};
use std::{fmt, sync::Arc};

/// What a taxonomy says of a tag set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Classified {
    /// The call may be booked, under these tags.
    Allowed {
        /// What was given, with what follows from it, and `unallocated` where it didn't fit.
        tags: TagSet,
        /// What was changed and why, one sentence each, in a fixed order.
        notes: Vec<String>,
    },
    /// The call may not be made. Everything that is wrong is said at once.
    Refused {
        /// Required keys without a value.
        missing: Vec<TagKey>,
        /// Values that their key doesn't allow.
        unknown: Vec<UnknownValue>,
        /// Values under one that they don't belong to.
        misplaced: Vec<Misplaced>,
    },
}

/// A value that its key doesn't allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownValue {
    /// The key.
    pub key: TagKey,
    /// What was given.
    pub value: String,
    /// The allowed value that was probably meant.
    pub nearest: Option<String>,
}

/// A value under one that it doesn't belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misplaced {
    /// The key that is nested, as `project`.
    pub key: TagKey,
    /// Its value.
    pub value: String,
    /// The key that it is nested in, as `team`.
    pub within: TagKey,
    /// The value of that key that was given.
    pub given: String,
    /// The values of that key that it belongs to, sorted.
    pub allowed: Vec<String>,
}

impl Taxonomy {
    /// Checks a tag set, and fills in what follows from it.
    ///
    /// A nested value without the key that it is within brings that one along, if it belongs to exactly one value.
    /// Under a value that is unknown itself, nothing is misplaced: the unknown value is what is wrong.
    ///
    /// # Errors
    /// `limit_reached` when a tag that has to be added doesn't fit in the set any more.
    pub fn check(&self, tags: &TagSet) -> Result<Classified> {
        let mut check = Check { taxonomy: self, tags: tags.clone(), findings: Vec::new(), notes: Vec::new() };
        check.values()?;
        check.nesting()?;
        check.required()?;
        Ok(check.end())
    }
}

/// One check under way. Findings are collected alike under both policies; the tags change only as the policy says.
struct Check<'t> {
    taxonomy: &'t Taxonomy,
    tags: TagSet,
    findings: Vec<Finding>,
    notes: Vec<String>,
}

enum Finding {
    Missing(TagKey),
    Unknown(UnknownValue),
    Misplaced(Misplaced),
}

impl Check<'_> {
    fn values(&mut self) -> Result<()> {
        for (key, rule) in &self.taxonomy.rules {
            let Some(value) = self.tags.get(key) else { continue };
            if !rule.allows(value) {
                let (value, nearest) = (value.to_owned(), rule.nearest(value));
                let finding = Finding::Unknown(UnknownValue { key: key.clone(), value, nearest });
                self.find(key, finding)?;
            }
        }
        Ok(())
    }

    /// From the innermost key outwards, so that what is filled in for one level is seen by the next.
    fn nesting(&mut self) -> Result<()> {
        for key in &self.taxonomy.nested {
            let Some(nested) = self.taxonomy.rules.get(key).and_then(super::Rule::nested) else { continue };
            let Some(value) = self.tags.get(key).map(str::to_owned) else { continue };
            // Not there for `unallocated` and for an unknown value: neither belongs anywhere.
            let Some(parents) = nested.parents.get(value.as_str()) else { continue };
            match self.tags.get(&nested.within) {
                Some(given) if given == UNALLOCATED || parents.contains(given) => {}
                Some(given) if !self.is_allowed(&nested.within, given) => {}
                Some(given) => {
                    let misplaced = misplaced(key, &value, nested, given);
                    self.find(key, Finding::Misplaced(misplaced))?;
                }
                None => {
                    if let (Some(parent), 1) = (parents.first(), parents.len()) {
                        let within = &nested.within;
                        self.notes.push(format!("{within} `{parent}` follows from {key} `{value}`"));
                        self.tags = self.tags.set(within.clone(), parent.clone())?;
                    }
                }
            }
        }
        Ok(())
    }

    fn required(&mut self) -> Result<()> {
        for key in &self.taxonomy.required {
            if self.tags.get(key).is_none() {
                self.find(key, Finding::Missing(key.clone()))?;
            }
        }
        Ok(())
    }

    fn is_allowed(&self, key: &TagKey, value: &str) -> bool {
        self.taxonomy.rules.get(key).is_none_or(|rule| rule.allows(value))
    }

    fn find(&mut self, key: &TagKey, finding: Finding) -> Result<()> {
        if self.taxonomy.unknown == UnknownPolicy::Unallocated {
            self.notes.push(finding.to_string());
            self.tags = self.tags.set(key.clone(), Arc::from(UNALLOCATED))?;
        } else {
            self.findings.push(finding);
        }
        Ok(())
    }

    fn end(self) -> Classified {
        if self.findings.is_empty() {
            return Classified::Allowed { tags: self.tags, notes: self.notes };
        }
        let (mut missing, mut unknown, mut misplaced) = (Vec::new(), Vec::new(), Vec::new());
        for finding in self.findings {
            match finding {
                Finding::Missing(key) => missing.push(key),
                Finding::Unknown(value) => unknown.push(value),
                Finding::Misplaced(value) => misplaced.push(value),
            }
        }
        Classified::Refused { missing, unknown, misplaced }
    }
}

fn misplaced(key: &TagKey, value: &str, nested: &Nested, given: &str) -> Misplaced {
    let parents = nested.parents.get(value).into_iter().flatten();
    Misplaced {
        key: key.clone(),
        value: value.to_owned(),
        within: nested.within.clone(),
        given: given.to_owned(),
        allowed: parents.map(ToString::to_string).collect(),
    }
}

impl Classified {
    /// What was changed or refused, as one line; empty when the tags were booked as they came.
    ///
    /// # Examples
    /// ```
    /// use bursar::{TagSet, Taxonomy};
    /// let taxonomy = Taxonomy::builder().require("team").values("client", ["acme", "globex"]).build()?;
    /// let classified = taxonomy.check(&TagSet::new().with("client", "acmee")?)?;
    /// assert_eq!(classified.explain(), "team is missing; client `acmee` is unknown (did you mean `acme`?)");
    /// # Ok::<(), bursar::Error>(())
    /// ```
    pub fn explain(&self) -> String {
        match self {
            Self::Allowed { notes, .. } => notes.join("; "),
            Self::Refused { missing, unknown, misplaced } => {
                let missing = missing.iter().map(|key| Finding::Missing(key.clone()).to_string());
                let unknown = unknown.iter().map(ToString::to_string);
                let misplaced = misplaced.iter().map(ToString::to_string);
                missing.chain(unknown).chain(misplaced).collect::<Vec<_>>().join("; ")
            }
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(key) => write!(f, "{key} is missing"),
            Self::Unknown(value) => value.fmt(f),
            Self::Misplaced(value) => value.fmt(f),
        }
    }
}

impl fmt::Display for UnknownValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} `{}` is unknown", self.key, self.value)?;
        f.write_str(&did_you_mean(self.nearest.as_slice()))
    }
}

impl fmt::Display for Misplaced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, value, within, given, allowed } = self;
        write!(f, "{key} `{value}` belongs to {within} `{}`, not to `{given}`", allowed.join("` or `"))
    }
}
