//! From the name of a model to its prices: exact, then alias, then normalised, then at another provider's prices where
//! the book says so; never by resemblance.

use super::{
    book::Content,
    model::Model,
    names::{self, Head},
    nearest,
    version::PriceVersion,
};
use crate::{
    error::{Error, ErrorCode, Result, did_you_mean},
    time::Timestamp,
};
use arrayvec::ArrayString;
use std::{fmt, sync::Arc};

/// The longest spelling of a name that is normalised: paths and resource names are longer than names.
const MAX_SPELLING_BYTES: usize = 256;

/// How a name led to a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Matched {
    /// The name is the model's id.
    Exact,
    /// The name is an alias of the model at that time.
    Alias,
    /// The name without case, provider prefix, version or date is an id or an alias.
    Normalised,
    /// The policy says which model the name stands for.
    Deployment,
    /// The name says where the call is served, and the price is the one of that region.
    RegionApplied,
    /// The name says where the call is served; the book has no price of that region, and the plain one is taken.
    RegionIgnored,
    /// The provider has no price for it, and that of another provider is taken, which the book names as its fallback.
    Fallback,
    /// Both: another provider's price, and none of the region.
    FallbackRegionIgnored,
}

impl Matched {
    /// What is assumed of the price, in words that never change: `region_ignored`, `provider_fallback`.
    pub const fn assumptions(self) -> &'static [&'static str] {
        match self {
            Self::Exact | Self::Alias | Self::Normalised | Self::Deployment | Self::RegionApplied => &[],
            Self::RegionIgnored => &["region_ignored"],
            Self::Fallback => &["provider_fallback"],
            Self::FallbackRegionIgnored => &["provider_fallback", "region_ignored"],
        }
    }
}

impl fmt::Display for Matched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Exact => "exact",
            Self::Alias => "alias",
            Self::Normalised => "normalised",
            Self::Deployment => "deployment",
            Self::RegionApplied => "region_applied",
            Self::RegionIgnored => "region_ignored",
            Self::Fallback => "provider_fallback",
            Self::FallbackRegionIgnored => "provider_fallback, region_ignored",
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
    pub(super) version: PriceVersion,
    pub(super) is_alias: bool,
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

/// An entry, and how it was found.
pub(super) struct Found<'c> {
    pub(super) entry: &'c Arc<Entry>,
    pub(super) matched: Matched,
    /// The region that the name gives, as long as no price is known to be of it.
    pub(super) region: Option<Arc<str>>,
}

impl Content {
    /// The entry of a name, or the error that says what is near it.
    #[inline]
    pub(super) fn find(&self, provider: Option<&str>, model: &str) -> Result<Found<'_>> {
        match self.search(provider, model)? {
            Some(found) => Ok(found),
            None => Err(self.unknown(provider.and_then(|name| self.providers.place(name)), provider, model)),
        }
    }

    /// The entry of a name; nothing where no name of the book is meant.
    #[inline]
    pub(super) fn search(&self, provider: Option<&str>, model: &str) -> Result<Option<Found<'_>>> {
        if let Some(meant) = self.deployment(provider, model) {
            return self.deployed(meant).map(Some);
        }
        let at = match provider {
            None => None,
            Some(name) => Some(self.providers.place(name).ok_or_else(|| self.unknown_provider(name, model))?),
        };
        if let Some(entry) = self.canonical(at, model)? {
            return self.found(Some(entry), Matched::Normalised, None);
        }
        if let Some(entry) = self.pick(at, model)? {
            let entry = self.entry(entry)?;
            let matched = if entry.is_alias { Matched::Alias } else { Matched::Exact };
            return Ok(Some(Found { entry, matched, region: None }));
        }
        self.normalised(at, model)
    }

    #[cold]
    fn deployed(&self, meant: &str) -> Result<Found<'_>> {
        let (provider, model) = self.meant(meant);
        let at = provider.and_then(|provider| self.providers.place(provider));
        let found = match self.pick(at, model)? {
            Some(entry) => {
                Some(Found { entry: self.entry(entry)?, matched: Matched::Deployment, region: None })
            }
            None => self.normalised(at, model)?,
        };
        let Some(found) = found else { return Err(self.unknown(at, provider, model)) };
        let is_plain = found.matched.assumptions().is_empty() && found.region.is_none();
        Ok(Found { matched: if is_plain { Matched::Deployment } else { found.matched }, ..found })
    }

    /// Provider and model of `provider/model`, where the provider is known.
    pub(super) fn meant<'n>(&self, name: &'n str) -> (Option<&'n str>, &'n str) {
        match name.split_once('/') {
            Some((provider, model)) if self.providers.place(provider).is_some() => (Some(provider), model),
            _ => (None, name),
        }
    }

    /// The entry of `provider/model`, where no other provider is named: the name under which calls are booked leads to
    /// itself, also where a seller of others' models has one whose own name is spelt so.
    #[inline]
    fn canonical(&self, provider: Option<u32>, name: &str) -> Result<Option<u32>> {
        let parts = if provider.is_some() { None } else { name.split_once('/') };
        let Some((maker, model)) = parts else { return Ok(None) };
        let maker = self.providers.place(maker);
        maker.map_or(Ok(None), |maker| self.pick(Some(maker), model))
    }

    /// The entry of a name in another spelling: in lower case, without the parts of a path, then without what its end
    /// says of the version; the provider's own first, then those of its fallbacks.
    #[cold]
    fn normalised(&self, provider: Option<u32>, model: &str) -> Result<Option<Found<'_>>> {
        let mut folded = ArrayString::<MAX_SPELLING_BYTES>::new();
        let Some(()) = fold(model.trim(), &mut folded) else { return Ok(None) };
        let mut path = Path { provider, name: folded.as_str(), region: None };
        if let Some((region, name)) = names::resource(path.name) {
            path = Path { region: Some(region), name, ..path };
        }
        if let Some(name) = names::fine_tune(path.name) {
            let entry = self.pick_without_date(path.provider, name)?;
            return self.found(entry, Matched::Normalised, None);
        }
        loop {
            let entry = match self.canonical(path.provider, path.name)? {
                None => self.pick(path.provider, path.name)?,
                found => found,
            };
            if entry.is_some() {
                return self.found(entry, Matched::Normalised, path.region);
            }
            match self.shorter(path) {
                Shorter::Path(next) => path = next,
                Shorter::Contradiction => return Ok(None),
                Shorter::End => break,
            }
        }
        if let Some(entry) = self.without_ending(path.provider, path.name)? {
            return self.found(Some(entry), Matched::Normalised, path.region);
        }
        let entry = self.fallback(path)?;
        self.found(entry, Matched::Fallback, path.region)
    }

    /// The name without its first part, where that part is understood.
    fn shorter<'n>(&self, path: Path<'n>) -> Shorter<'n> {
        if let Some((region, name)) = names::region(path.name) {
            return Shorter::Path(Path { name, region: Some(region), ..path });
        }
        let Some((head, name)) = names::split(path.name) else { return Shorter::End };
        Shorter::Path(match head {
            Head::Word => Path { name, ..path },
            Head::Region(region) => Path { name, region: Some(region), ..path },
            Head::Name(prefix) => match (self.providers.place(prefix), path.provider) {
                (Some(at), Some(given)) if at != given => return Shorter::Contradiction,
                (Some(at), _) => Path { name, provider: Some(at), ..path },
                (None, _) => return Shorter::End,
            },
        })
    }

    /// The entry of a name without what follows `@`; else without `:0`, `-v1` and a date, one after the other.
    fn without_ending(&self, provider: Option<u32>, name: &str) -> Result<Option<u32>> {
        if let Some((base, version)) = name.split_once('@') {
            return self.without_tag(provider, (base, version));
        }
        let mut name = name;
        for shorter in [names::without_revision, names::without_version, names::without_date] {
            let Some(base) = shorter(name) else { continue };
            if let Some(entry) = self.pick(provider, base)? {
                return Ok(Some(entry));
            }
            name = base;
        }
        Ok(None)
    }

    /// The entry of `base@version`: of `base-version`, or of the base where the version only says when or that it is
    /// the latest. A name has one version, so the base keeps its own.
    fn without_tag(&self, provider: Option<u32>, (base, version): (&str, &str)) -> Result<Option<u32>> {
        if version.is_empty() {
            return Ok(None);
        }
        let mut dashed = ArrayString::<MAX_SPELLING_BYTES>::new();
        let is_dashed = [base, "-", version].iter().all(|part| dashed.try_push_str(part).is_ok());
        if is_dashed && let Some(entry) = self.pick(provider, &dashed)? {
            return Ok(Some(entry));
        }
        if names::is_version(version) { self.pick(provider, base) } else { Ok(None) }
    }

    fn pick_without_date(&self, provider: Option<u32>, name: &str) -> Result<Option<u32>> {
        if let Some(entry) = self.pick(provider, name)? {
            return Ok(Some(entry));
        }
        names::without_date(name).map_or(Ok(None), |base| self.pick(provider, base))
    }

    /// One step to the providers at whose prices this one's models are taken.
    fn fallback(&self, path: Path<'_>) -> Result<Option<u32>> {
        let Some(provider) = path.provider else { return Ok(None) };
        for other in self.providers.fallback(provider) {
            // `anthropic.claude-…` is Bedrock's spelling of a model of Anthropic.
            let vendor = path.name.split_once('.');
            let own = vendor.filter(|(vendor, _)| self.providers.place(vendor) == Some(other));
            let name = own.map_or(path.name, |(_, name)| name);
            let found = match self.pick(Some(other), name)? {
                None => self.without_ending(Some(other), name)?,
                found => found,
            };
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    fn found(&self, entry: Option<u32>, matched: Matched, region: Option<&str>) -> Result<Option<Found<'_>>> {
        let Some(entry) = entry else { return Ok(None) };
        let entry = self.entry(entry)?;
        // Where a provider serves from anywhere, its plain price is meant.
        let region = region.filter(|region| *region != "global");
        let (matched, region) = match (matched, region) {
            (matched, None) => (matched, None),
            (Matched::Fallback, Some(_)) => (Matched::FallbackRegionIgnored, None),
            (_, Some(region)) => (Matched::RegionIgnored, Some(Arc::from(region))),
        };
        Ok(Some(Found { entry, matched, region }))
    }

    #[cold]
    fn unknown_provider(&self, provider: &str, model: &str) -> Error {
        let near = nearest::describe(provider, self.providers.names());
        let (provider, model) = (nearest::shown(provider), nearest::shown(model));
        let message = format!("the provider `{provider}` of `{model}` is in no price book{near}");
        Error::new(ErrorCode::ModelUnknown, message).with("model", model)
    }

    #[cold]
    fn unknown(&self, at: Option<u32>, provider: Option<&str>, model: &str) -> Error {
        let carried = self.all_names().filter(|(provider, _)| at.is_none_or(|at| at == *provider));
        let near = nearest::names(model, carried.map(|(_, name)| name));
        let hint = did_you_mean(&near);
        let of = provider.map_or_else(String::new, |name| format!(" of `{}`", nearest::shown(name)));
        let message = format!("the model `{}`{of} is in no price book{hint}", nearest::shown(model));
        let error = Error::new(ErrorCode::ModelUnknown, message).with("model", nearest::shown(model));
        near.iter().fold(error, |error, name| error.with("nearest", name))
    }
}

/// A name on its way to its shortest spelling.
#[derive(Clone, Copy)]
struct Path<'n> {
    provider: Option<u32>,
    name: &'n str,
    region: Option<&'n str>,
}

enum Shorter<'n> {
    Path(Path<'n>),
    /// The name has a prefix of another provider than the one that was named beside it.
    Contradiction,
    End,
}

#[cold]
pub(super) fn ambiguous(name: &str, mut carriers: Vec<&str>) -> Error {
    carriers.sort_unstable();
    let message = format!("the model `{name}` is carried by {}", nearest::quoted(&carriers));
    Error::new(ErrorCode::ModelUnknown, message).with_help("name the provider").with("model", name)
}

/// The name in lower case; nothing when it is too long to be one.
pub(super) fn fold<const MOST: usize>(name: &str, out: &mut ArrayString<MOST>) -> Option<()> {
    if name.is_ascii() {
        out.try_push_str(name).ok()?;
        out.make_ascii_lowercase();
        return Some(());
    }
    name.chars().flat_map(char::to_lowercase).try_for_each(|letter| out.try_push(letter)).ok()
}
