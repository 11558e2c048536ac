//! What a book holds: the table, and the policy's prices that lie over it.
//!
//! Models and entries are read from the table when they are first asked for, and remembered. An overlay is small: it
//! has the models that the policy changes or adds, and the discounts on whole providers, which apply as models are read.

use super::{
    PriceOverride, Provider, read,
    table::{EntryHead, IS_ALIAS, IS_FIRST_PARTY, Table, damaged},
};
use crate::{
    error::{Error, ErrorCode, Result},
    pricing::{
        matching::{Entry, Target, ambiguous, fold},
        model::{Discount, Model, ModelDraft},
        nearest::MAX_NAME_BYTES,
        version::PriceVersion,
    },
    time::Timestamp,
};
use arrayvec::ArrayString;
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, OnceLock},
};

/// Providers by their ids and aliases, in lower case.
#[derive(Clone, Debug, Default)]
pub(in crate::pricing) struct Providers {
    pub(super) all: Vec<Provider>,
    places: HashMap<Box<str>, u32, foldhash::fast::FixedState>,
}

impl Providers {
    pub(super) fn new(all: Vec<Provider>) -> Result<Self> {
        let mut found = Self::default();
        all.into_iter().try_for_each(|provider| found.add(provider).map(drop))?;
        Ok(found)
    }

    /// Adds a provider, and gives its place.
    pub(super) fn add(&mut self, provider: Provider) -> Result<u32> {
        let at = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        for name in std::iter::once(&*provider.id).chain(provider.aliases.iter().map(String::as_str)) {
            if self.places.insert(name.to_lowercase().into(), at).is_some_and(|before| before != at) {
                let message = format!("`{name}` names two providers");
                return Err(Error::new(ErrorCode::PriceBookInvalid, message));
            }
        }
        self.all.push(provider);
        Ok(at)
    }

    /// The place of a provider by its id or an alias.
    #[inline]
    pub(in crate::pricing) fn place(&self, name: &str) -> Option<u32> {
        if let Some(at) = self.places.get(name) {
            return Some(*at);
        }
        let mut folded = ArrayString::<MAX_NAME_BYTES>::new();
        fold(name, &mut folded)?;
        self.places.get(folded.as_str()).copied()
    }

    pub(in crate::pricing) fn id(&self, at: u32) -> Option<&Arc<str>> {
        self.all.get(at as usize).map(|provider| &provider.id)
    }

    /// The providers at whose prices a model is taken that this one has no price for.
    pub(in crate::pricing) fn fallback(&self, at: u32) -> impl Iterator<Item = u32> {
        let names = self.all.get(at as usize).map_or(&[][..], |provider| &provider.fallback);
        names.iter().filter_map(|name| self.place(name))
    }

    pub(in crate::pricing) fn names(&self) -> impl Iterator<Item = &str> {
        self.places.keys().map(|name| &**name)
    }
}

/// What the policy changes; models past those of the table are the policy's own.
#[derive(Debug, Default)]
pub(super) struct Overlay {
    /// As they were given, so that more can be laid over them.
    pub(super) overrides: Vec<PriceOverride>,
    /// Names of models as calls give them, and the models that are meant.
    pub(super) deployments: BTreeMap<String, String>,
    pub(super) drafts: BTreeMap<u32, ModelDraft>,
    pub(super) discounts: HashMap<u32, Vec<Discount>>,
    /// The entries of the policy's own models.
    pub(super) entries: Vec<OwnEntry>,
    pub(super) names: HashMap<Box<str>, Vec<u32>>,
}

/// The name of a model of the policy's own.
#[derive(Clone, Debug)]
pub(super) struct OwnEntry {
    pub(super) name: String,
    pub(super) provider: u32,
    pub(super) is_first_party: bool,
    pub(super) model: u32,
}

#[derive(Debug)]
pub(in crate::pricing) struct Content {
    pub(super) version: PriceVersion,
    pub(super) table: Arc<Table>,
    pub(in crate::pricing) providers: Arc<Providers>,
    pub(super) overlay: Overlay,
    models: Box<[OnceLock<Arc<Model>>]>,
    entries: Box<[OnceLock<Arc<Entry>>]>,
}

impl Content {
    pub(super) fn new(
        version: PriceVersion,
        table: Arc<Table>,
        providers: Arc<Providers>,
        overlay: Overlay,
    ) -> Self {
        let most = |inner: u32, own: usize| (inner as usize).saturating_add(own);
        let own = overlay.entries.len();
        let models = blank(most(table.models(), own));
        let entries = blank(most(table.entries(), own));
        Self { version, table, providers, overlay, models, entries }
    }

    pub(super) fn models(&self) -> u32 {
        u32::try_from(self.models.len()).unwrap_or(u32::MAX)
    }

    /// The provider's place and the id of a model.
    pub(super) fn model_name(&self, at: u32) -> Option<(u32, &str)> {
        match at.checked_sub(self.table.models()) {
            None => self.table.model(at),
            Some(own) => {
                let entry = self.overlay.entries.get(own as usize)?;
                Some((entry.provider, &entry.name))
            }
        }
    }

    /// A model as the book and the policy's own prices of it say, without discounts on its provider.
    pub(super) fn draft(&self, at: u32) -> Result<ModelDraft> {
        match self.overlay.drafts.get(&at) {
            Some(draft) => Ok(draft.clone()),
            None => read::model(&self.table.record(at)?),
        }
    }

    /// A model, compiled when it is first asked for.
    pub(super) fn model(&self, at: u32) -> Result<&Arc<Model>> {
        let cell = self.models.get(at as usize).ok_or_else(damaged)?;
        if let Some(model) = cell.get() {
            return Ok(model);
        }
        let (provider, _) = self.model_name(at).ok_or_else(damaged)?;
        let mut draft = self.draft(at)?;
        draft.discounts.extend(self.overlay.discounts.get(&provider).into_iter().flatten().cloned());
        let id = self.providers.id(provider).ok_or_else(damaged)?;
        let model = Arc::new(draft.compile(Arc::clone(id))?);
        Ok(cell.get_or_init(|| model))
    }

    /// An entry, made when it is first asked for.
    #[inline]
    pub(in crate::pricing) fn entry(&self, at: u32) -> Result<&Arc<Entry>> {
        let cell = self.entries.get(at as usize).ok_or_else(damaged)?;
        if let Some(entry) = cell.get() {
            return Ok(entry);
        }
        let entry = Arc::new(self.read_entry(at)?);
        Ok(cell.get_or_init(|| entry))
    }

    #[cold]
    fn read_entry(&self, at: u32) -> Result<Entry> {
        let id = |provider| self.providers.id(provider).cloned().ok_or_else(damaged);
        if let Some(own) = at.checked_sub(self.table.entries()) {
            let own = self.overlay.entries.get(own as usize).ok_or_else(damaged)?;
            let model = Arc::clone(self.model(own.model)?);
            let targets = vec![Target { from: Timestamp::MIN, until: Timestamp::MAX, model }];
            let (name, provider) = (own.name.clone(), id(own.provider)?);
            return Ok(Entry { name, provider, version: self.version, is_alias: false, targets });
        }
        let head = self.table.entry(at).ok_or_else(damaged)?;
        let mut targets = Vec::new();
        for target in self.table.targets(head) {
            let target = target.ok_or_else(damaged)?;
            let model = Arc::clone(self.model(target.model)?);
            targets.push(Target { from: target.from, until: target.until, model });
        }
        Ok(Entry {
            name: self.table.text(head.name).ok_or_else(damaged)?.to_owned(),
            provider: id(head.provider)?,
            version: self.version,
            is_alias: head.flags & IS_ALIAS != 0,
            targets,
        })
    }

    fn head(&self, at: u32) -> Option<EntryKind> {
        if let Some(own) = at.checked_sub(self.table.entries()) {
            let own = self.overlay.entries.get(own as usize)?;
            return Some(EntryKind { provider: own.provider, is_first_party: own.is_first_party });
        }
        let EntryHead { provider, flags, .. } = self.table.entry(at)?;
        Some(EntryKind { provider, is_first_party: flags & IS_FIRST_PARTY != 0 })
    }

    /// The entries of exactly this name; the policy's own first.
    #[inline]
    fn named<'c>(&'c self, name: &'c str) -> impl Iterator<Item = (u32, EntryKind)> + 'c {
        let own = if self.overlay.names.is_empty() { None } else { self.overlay.names.get(name) };
        let all = own.into_iter().flatten().copied().chain(self.table.named(name));
        all.filter_map(|at| Some((at, self.head(at)?)))
    }

    /// The entry of exactly this name: the provider's own, or the one that carries it, or the first party's.
    #[inline]
    pub(in crate::pricing) fn pick(&self, provider: Option<u32>, name: &str) -> Result<Option<u32>> {
        let mut all = self.named(name);
        if let Some(provider) = provider {
            return Ok(all.find(|(_, kind)| kind.provider == provider).map(|(at, _)| at));
        }
        let Some(first) = all.next() else { return Ok(None) };
        if all.all(|(_, kind)| kind.provider == first.1.provider) {
            return Ok(Some(first.0));
        }
        self.first_party(name)
    }

    /// The entry of the one first party among several carriers of a name. Of each provider its first entry counts.
    fn first_party(&self, name: &str) -> Result<Option<u32>> {
        let is_first = |(at, kind): &(u32, EntryKind)| {
            self.named(name)
                .find(|(_, other)| other.provider == kind.provider)
                .is_some_and(|(first, _)| first == *at)
        };
        let mut parties = self.named(name).filter(|(_, kind)| kind.is_first_party).filter(is_first);
        match (parties.next(), parties.next()) {
            (Some((at, _)), None) => Ok(Some(at)),
            _ => Err(self.ambiguous(name)),
        }
    }

    #[cold]
    fn ambiguous(&self, name: &str) -> Error {
        let mut carriers: Vec<u32> = Vec::new();
        for (_, kind) in self.named(name) {
            if !carriers.contains(&kind.provider) {
                carriers.push(kind.provider);
            }
        }
        let ids = carriers.into_iter().filter_map(|carrier| self.providers.id(carrier));
        ambiguous(name, ids.map(|id| &**id).collect())
    }

    /// The place of a model by its provider and id.
    pub(super) fn place_of(&self, provider: u32, id: &str) -> Option<u32> {
        let (at, _) = self.named(id).find(|(_, kind)| kind.provider == provider)?;
        if let Some(own) = at.checked_sub(self.table.entries()) {
            return Some(self.overlay.entries.get(own as usize)?.model);
        }
        let head = self.table.entry(at)?;
        // A name that only folds to this one, or an alias, is no id.
        if head.flags & IS_ALIAS != 0 || self.table.text(head.name) != Some(id) {
            return None;
        }
        Some(self.table.targets(head).next()??.model)
    }

    /// Every name with its provider, for messages.
    pub(in crate::pricing) fn all_names(&self) -> impl Iterator<Item = (u32, &str)> {
        let own = self.overlay.entries.iter().map(|entry| (entry.provider, entry.name.as_str()));
        own.chain(self.table.all_names())
    }

    /// What the policy says that a name stands for: under its provider first, then under no provider.
    pub(in crate::pricing) fn deployment(&self, provider: Option<&str>, name: &str) -> Option<&str> {
        if self.overlay.deployments.is_empty() {
            return None;
        }
        let of_provider = provider.and_then(|provider| {
            let at = self.providers.place(provider)?;
            self.overlay.deployments.get(&format!("{}/{name}", self.providers.id(at)?))
        });
        of_provider.or_else(|| self.overlay.deployments.get(name)).map(String::as_str)
    }

    /// Reads every model and entry, so that nothing of the book can fail later.
    pub(super) fn check(&self) -> Result<()> {
        for at in 0..self.models() {
            self.model(at)?;
        }
        for at in 0..u32::try_from(self.entries.len()).unwrap_or(u32::MAX) {
            self.entry(at)?;
        }
        Ok(())
    }
}

/// Whose a name is.
#[derive(Clone, Copy)]
struct EntryKind {
    provider: u32,
    is_first_party: bool,
}

fn blank<T>(count: usize) -> Box<[OnceLock<T>]> {
    std::iter::repeat_with(OnceLock::new).take(count).collect()
}
