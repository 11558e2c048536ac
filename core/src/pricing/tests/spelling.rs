//! What the reference says of spellings, as a rule of its own: all that may be cut off a name, in any order.
//!
//! The matcher goes one way through these cuts; here all ways are gone. So a match that this rule doesn't explain is
//! wrong, whatever way led to it.

use super::files::Files;
use regex_lite::Regex;
use std::collections::BTreeSet;

/// A name, and the provider that was given or that a prefix names.
type Spelling = (Option<String>, String);
/// The same, and whether its version is cut off already: a name has one.
type Cut = (Spelling, bool);

pub(super) struct Rules<'f> {
    files: &'f Files,
    /// What is cut of the beginning: what is left of the name is the group. So of the next ones.
    beginnings: Vec<Regex>,
    /// A version with its number and date, part by part.
    endings: Vec<Regex>,
    /// Vertex writes a version behind an `@`.
    version: Regex,
    dashed: Regex,
    prefix: Regex,
}

/// Beginnings of a name that say nothing of the price, or that are told beside it.
const BEGINNINGS: &[&str] = &[
    // Words of a path.
    "^(?:models|publishers|converse|converse_like|invoke|endpoints)[/:](.+)$",
    // A region before a vendor, a cloud's region before anything.
    r"^(?:us|eu|us-gov|apac|jp|au|ca|global)\.([a-z][a-z0-9]*\..*)$",
    r"^(?:us-gov|us|eu|ap|sa|ca|me|af|il|mx|cn|europe|asia|australia|southamerica|northamerica|africa)-(?:north|south)?(?:east|west|north|south|central)-?[0-9]{1,2}[./:](.+)$",
    // Resources of clouds.
    "^arn:aws[^:]*:[^:]*:[^:]*:[^:]*:[^:]*:(?:foundation-model|inference-profile)/(.+)$",
    "^projects/.*?/locations/[^/]*/(.+)$",
    "^(ft:[^:]+):.*$",
];

/// Versions and dates at the end.
const ENDINGS: &[&str] = &[
    "^(.+):0$",
    "^(.+)-v1$",
    "^(.+-20[0-9]{2}-?[0-9]{2}-?[0-9]{2})-v[1-9]$",
    "^(.+)-20[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])$",
    "^(.+)-20[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])$",
];

const VERSION: &str = "^([^@]+)@(?:default|latest|20[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01]))$";

impl<'f> Rules<'f> {
    pub(super) fn new(files: &'f Files) -> Self {
        let regex = |rule: &str| Regex::new(rule).expect("a rule");
        Self {
            files,
            beginnings: BEGINNINGS.iter().map(|rule| regex(rule)).collect(),
            endings: ENDINGS.iter().map(|rule| regex(rule)).collect(),
            version: regex(VERSION),
            dashed: regex("^([^@]+)@(.+)$"),
            prefix: regex("^([^/:]+)[/:](.+)$"),
        }
    }

    /// Whether a name may stand for a model of a provider, or for one of its names.
    pub(super) fn allow(&self, provider: Option<&str>, name: &str, found: (&str, &str)) -> bool {
        let id = provider.and_then(|name| self.files.providers.get(&name.to_lowercase())).cloned();
        let all = self.spellings((id, name.trim().to_lowercase()));
        let names = self.files.names.get(found.0).into_iter().flatten();
        let own: BTreeSet<&str> = names
            .filter(|(name, ids)| **name == found.1.to_lowercase() || ids.contains(found.1))
            .map(|(name, _)| name.as_str())
            .collect();
        all.iter().any(|((provider, name), _)| {
            let mut fallback =
                provider.iter().filter_map(|provider| self.files.fallback.get(provider)).flatten();
            let is_sold = provider.as_deref().is_none_or(|provider| provider == found.0);
            let is_taken_over = fallback.any(|other| other == found.0);
            let vendor = name.split_once('.').filter(|(vendor, _)| *vendor == found.0);
            own.contains(name.as_str()) && (is_sold || is_taken_over)
                || is_taken_over && vendor.is_some_and(|(_, name)| own.contains(name))
        })
    }

    /// Everything that is left of a name by any of the cuts in any order.
    fn spellings(&self, of: Spelling) -> BTreeSet<Cut> {
        let mut all = BTreeSet::from([(of, false)]);
        let mut new: Vec<Cut> = all.iter().cloned().collect();
        while let Some(((provider, name), is_cut)) = new.pop() {
            let left = |rule: &Regex| Some(rule.captures(&name)?.get(1)?.as_str().to_owned());
            let shorter = self.beginnings.iter().filter_map(left).map(|name| (name, is_cut));
            let endings = self.endings.iter().filter(|_| !is_cut).filter_map(left).map(|name| (name, false));
            let version = left(&self.version).map(|name| (name, true));
            let dashed =
                self.dashed.captures(&name).map(|parts| (format!("{}-{}", &parts[1], &parts[2]), true));
            let all_shorter = shorter.chain(endings).chain(version).chain(dashed);
            let mut next: Vec<Cut> =
                all_shorter.map(|(name, is_cut)| ((provider.clone(), name), is_cut)).collect();
            // A provider before the name, unless another one is named beside.
            if let Some(parts) = self.prefix.captures(&name)
                && let Some(named) = self.files.providers.get(&parts[1])
                && provider.as_ref().is_none_or(|provider| provider == named)
            {
                next.push(((Some(named.clone()), parts[2].to_owned()), is_cut));
            }
            for spelling in next {
                if all.insert(spelling.clone()) {
                    new.push(spelling);
                }
            }
        }
        all
    }
}
