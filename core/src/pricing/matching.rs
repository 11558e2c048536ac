//! From the name of a model to its prices: exact, then alias, then normalised; never by resemblance.

use super::{
    book::Provider,
    model::{Model, ModelDraft},
    nearest::{self, MAX_NAME_BYTES},
    version::PriceVersion,
};
use crate::{
    error::{Error, ErrorCode, Result},
    time::Timestamp,
};
use arrayvec::ArrayString;
use std::{collections::HashMap, fmt, sync::Arc};

/// How a name led to a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Matched {
    /// The name is the model's id.
    Exact,
    /// The name is an alias of the model at that time.
    Alias,
    /// The name without case, provider prefix or date is an id or an alias.
    Normalised,
}

impl fmt::Display for Matched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Exact => "exact",
            Self::Alias => "alias",
            Self::Normalised => "normalised",
        })
    }
}

/// What a name stands for over a span of time.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
    pub(super) model: Arc<Model>,
}

/// A name of one provider, and what it stands for.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) provider: Arc<str>,
    provider_at: usize,
    pub(super) version: PriceVersion,
    is_alias: bool,
    first_party: bool,
    pub(super) targets: Vec<Target>,
}

impl Entry {
    /// The model for which the name stands at an instant.
    #[inline]
    pub(super) fn model(&self, at: Timestamp) -> Result<&Model> {
        match self.targets.iter().find(|target| target.from <= at && at < target.until) {
            Some(target) => Ok(&target.model),
            None => Err(self.no_model(at)),
        }
    }

    #[cold]
    fn no_model(&self, at: Timestamp) -> Error {
        let message = format!("the alias `{}` of {} stands for no model at {at}", self.name, self.provider);
        Error::new(ErrorCode::ModelUnknown, message).with("model", &self.name)
    }
}

/// Every name of a book.
#[derive(Debug)]
pub(super) struct Index {
    entries: HashMap<Box<str>, Vec<Arc<Entry>>, foldhash::fast::FixedState>,
    /// Ids and aliases of providers, in lower case.
    providers: HashMap<Box<str>, usize, foldhash::fast::FixedState>,
}

impl Index {
    pub(super) fn build(
        providers: &[Provider],
        drafts: &[Arc<ModelDraft>],
        models: &[Arc<Model>],
        version: PriceVersion,
    ) -> Result<Self> {
        let mut index = Self { entries: HashMap::default(), providers: HashMap::default() };
        index.add_providers(providers)?;
        let mut building: HashMap<(usize, &str), Entry> = HashMap::new();
        for is_alias in [false, true] {
            for (draft, model) in drafts.iter().zip(models) {
                let Some(provider_at) = index.provider(&draft.provider) else { continue };
                let first_party = providers.get(provider_at).is_some_and(|provider| provider.first_party);
                let blank = |name: &str| Entry {
                    name: name.to_owned(),
                    provider: Arc::clone(&model.provider),
                    provider_at,
                    version,
                    is_alias,
                    first_party: draft.first_party.unwrap_or(first_party),
                    targets: Vec::new(),
                };
                if is_alias {
                    for alias in &draft.aliases {
                        let entry =
                            building.entry((provider_at, &alias.name)).or_insert_with(|| blank(&alias.name));
                        add_alias(entry, alias.from, alias.until, model)?;
                    }
                } else if building
                    .insert((provider_at, &draft.model), exact(blank(&draft.model), model))
                    .is_some()
                {
                    return Err(twice(draft));
                }
            }
        }
        for entry in building.into_values() {
            let folded = entry.name.to_lowercase();
            let entry = Arc::new(entry);
            if folded != entry.name {
                index.entries.entry(folded.into()).or_default().push(Arc::clone(&entry));
            }
            index.entries.entry(entry.name.as_str().into()).or_default().push(entry);
        }
        Ok(index)
    }

    fn add_providers(&mut self, providers: &[Provider]) -> Result<()> {
        for (at, provider) in providers.iter().enumerate() {
            for name in std::iter::once(&*provider.id).chain(provider.aliases.iter().map(String::as_str)) {
                if self.providers.insert(name.to_lowercase().into(), at).is_some_and(|before| before != at) {
                    let message = format!("`{name}` names two providers");
                    return Err(Error::new(ErrorCode::PriceBookInvalid, message));
                }
            }
        }
        Ok(())
    }

    /// The place of a provider by its id or an alias.
    pub(super) fn provider(&self, name: &str) -> Option<usize> {
        if let Some(at) = self.providers.get(name) {
            return Some(*at);
        }
        let mut folded = ArrayString::<MAX_NAME_BYTES>::new();
        fold(name, &mut folded)?;
        self.providers.get(folded.as_str()).copied()
    }

    /// The entry of a name, and how it was found.
    #[inline]
    pub(super) fn find(&self, provider: Option<&str>, model: &str) -> Result<(&Arc<Entry>, Matched)> {
        let provider_at = match provider {
            None => None,
            Some(name) => Some(self.provider(name).ok_or_else(|| self.unknown_provider(name, model))?),
        };
        if let Some(entry) = self.pick(provider_at, model)? {
            return Ok((entry, if entry.is_alias { Matched::Alias } else { Matched::Exact }));
        }
        match self.normalised(provider_at, model)? {
            Some(entry) => Ok((entry, Matched::Normalised)),
            None => Err(self.unknown(provider_at, provider, model)),
        }
    }

    /// The entry of exactly this name: the provider's own, or the one that carries it, or the first party's.
    #[inline]
    fn pick(&self, provider: Option<usize>, name: &str) -> Result<Option<&Arc<Entry>>> {
        let Some(entries) = self.entries.get(name) else { return Ok(None) };
        match (provider, entries.as_slice()) {
            (None, [one]) => Ok(Some(one)),
            (Some(at), entries) => Ok(entries.iter().find(|entry| entry.provider_at == at)),
            (None, several) => {
                let mut first_parties = several.iter().filter(|entry| entry.first_party);
                match (first_parties.next(), first_parties.next()) {
                    (Some(one), None) => Ok(Some(one)),
                    _ => Err(ambiguous(name, several)),
                }
            }
        }
    }

    /// The name in lower case, without provider prefixes (`models/`, `openai/`, `anthropic:`), then without what
    /// follows `@`, then without a date at its end. Nothing else is cut: a region or a variant can change the price.
    fn normalised(&self, mut provider: Option<usize>, model: &str) -> Result<Option<&Arc<Entry>>> {
        let mut folded = ArrayString::<MAX_NAME_BYTES>::new();
        let Some(()) = fold(model.trim(), &mut folded) else { return Ok(None) };
        let mut name = folded.as_str();
        loop {
            if let Some(entry) = self.pick(provider, name)? {
                return Ok(Some(entry));
            }
            let Some((prefix, rest)) = name.split_once(['/', ':']) else { break };
            match (self.providers.get(prefix), provider) {
                (Some(at), Some(given)) if *at != given => return Ok(None),
                (Some(at), _) => provider = Some(*at),
                (None, _) if matches!(prefix, "models" | "publishers") => {}
                (None, _) => break,
            }
            name = rest;
        }
        if let Some((base, _)) = name.split_once('@') {
            if let Some(entry) = self.pick(provider, base)? {
                return Ok(Some(entry));
            }
            name = base;
        }
        without_date(name).map_or(Ok(None), |base| self.pick(provider, base))
    }

    #[cold]
    fn unknown_provider(&self, provider: &str, model: &str) -> Error {
        let near = nearest::describe(provider, self.providers.keys().map(|name| &**name));
        let (provider, model) = (nearest::shown(provider), nearest::shown(model));
        let message = format!("the provider `{provider}` of `{model}` is in no price book{near}");
        Error::new(ErrorCode::ModelUnknown, message).with("model", model)
    }

    #[cold]
    fn unknown(&self, at: Option<usize>, provider: Option<&str>, model: &str) -> Error {
        let carried = self
            .entries
            .iter()
            .filter(|(_, entries)| at.is_none_or(|at| entries.iter().any(|entry| entry.provider_at == at)));
        let near = nearest::names(model, carried.map(|(name, _)| &**name));
        let hint = match near.as_slice() {
            [] => String::new(),
            [one] => format!("; the nearest is `{one}`"),
            many => format!("; the nearest are {}", nearest::quoted(many)),
        };
        let of = provider.map_or_else(String::new, |name| format!(" of `{}`", nearest::shown(name)));
        let message = format!("the model `{}`{of} is in no price book{hint}", nearest::shown(model));
        let error = Error::new(ErrorCode::ModelUnknown, message).with("model", nearest::shown(model));
        near.iter().fold(error, |error, name| error.with("nearest", name))
    }
}

fn exact(mut entry: Entry, model: &Arc<Model>) -> Entry {
    entry.targets.push(Target { from: Timestamp::MIN, until: Timestamp::MAX, model: Arc::clone(model) });
    entry
}

/// Lays a dated alias beside the others of its name; an id of the same name wins over every alias.
fn add_alias(entry: &mut Entry, from: Timestamp, until: Timestamp, model: &Arc<Model>) -> Result<()> {
    if !entry.is_alias {
        return Ok(());
    }
    if entry.targets.iter().any(|target| target.from < until && from < target.until) {
        let message =
            format!("the alias `{}` of {} stands for two models at once", entry.name, entry.provider);
        return Err(Error::new(ErrorCode::PriceBookInvalid, message)
            .with_help("give the alias dates without overlap"));
    }
    entry.targets.push(Target { from, until, model: Arc::clone(model) });
    Ok(())
}

#[cold]
fn twice(draft: &ModelDraft) -> Error {
    let message = format!("`{}/{}` stands twice", draft.provider, draft.model);
    Error::new(ErrorCode::PriceBookInvalid, message).with_help("put both spans of time under one model")
}

#[cold]
fn ambiguous(name: &str, entries: &[Arc<Entry>]) -> Error {
    let mut carriers: Vec<&str> = entries.iter().map(|entry| &*entry.provider).collect();
    carriers.sort_unstable();
    let message = format!("the model `{name}` is carried by {}", nearest::quoted(&carriers));
    Error::new(ErrorCode::ModelUnknown, message).with_help("name the provider").with("model", name)
}

/// The name in lower case; nothing when it is too long to be one.
fn fold(name: &str, out: &mut ArrayString<MAX_NAME_BYTES>) -> Option<()> {
    if name.is_ascii() {
        out.try_push_str(name).ok()?;
        out.make_ascii_lowercase();
        return Some(());
    }
    name.chars().flat_map(char::to_lowercase).try_for_each(|letter| out.try_push(letter)).ok()
}

/// The name without `-20251211` or `-2025-12-11` at its end.
fn without_date(name: &str) -> Option<&str> {
    let is_date = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()) && text.starts_with("20");
    let (base, last) = name.rsplit_once('-')?;
    if last.len() == 8 && is_date(last) {
        return Some(base);
    }
    let (base, month) = base.rsplit_once('-')?;
    let (base, year) = base.rsplit_once('-')?;
    let is_two_digits = |text: &str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    (year.len() == 4 && is_date(year) && is_two_digits(month) && is_two_digits(last)).then_some(base)
}
