//! From names to handles: tags to scopes, models to prices. Each name is resolved once; then a hash finds it.

use super::bursar::Bursar;
use super::call::Model;
use super::decision::Untagged;
use crate::budget::{ScopeId, inherit};
use crate::error::Result;
use crate::tags::{Classified, TagSet};
use foldhash::fast::FixedState;
use std::{
    collections::HashMap,
    hash::{BuildHasher, Hash},
    sync::Arc,
};

/// Names that are remembered; past them every call resolves anew.
const REMEMBERED_NAMES: usize = 65_536;

/// A tag set that the taxonomy allowed, resolved to the budgets that it touches.
#[derive(Clone, Debug)]
pub struct Scope(pub(super) Arc<Resolved>);

#[derive(Debug)]
pub(super) struct Resolved {
    pub(super) id: ScopeId,
    pub(super) tags: TagSet,
    notes: Vec<String>,
}

impl Scope {
    /// The tags, as they are booked.
    pub fn tags(&self) -> &TagSet {
        &self.0.tags
    }

    /// What the taxonomy changed: values that were booked under `unallocated`, parents that were filled in.
    pub fn notes(&self) -> &[String] {
        &self.0.notes
    }
}

/// Names that were resolved before, found by a hash and compared.
#[derive(Debug, Default)]
pub(super) struct Names {
    scopes: HashMap<u64, (OwnedTags, Scope), FixedState>,
    models: HashMap<u64, (OwnedName, Model), FixedState>,
}

/// Tags as a caller wrote them.
type OwnedTags = Vec<(String, String)>;
/// A provider, where one was named, and a model's name.
type OwnedName = (Option<String>, String);

impl Names {
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(super) fn scope(&self, tags: &[(&str, &str)]) -> Option<&Scope> {
        let (known, scope) = self.scopes.get(&hash(tags))?;
        let is_same = known.len() == tags.len()
            && known.iter().zip(tags).all(|(known, tag)| (known.0.as_str(), known.1.as_str()) == *tag);
        is_same.then_some(scope)
    }

    fn remember_scope(&mut self, tags: &[(&str, &str)], scope: Scope) {
        if self.scopes.len() >= REMEMBERED_NAMES {
            self.scopes.clear();
        }
        let owned = tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        self.scopes.insert(hash(tags), (owned, scope));
    }

    pub(super) fn model(&self, provider: Option<&str>, name: &str, epoch: u64) -> Option<&Model> {
        let (known, model) = self.models.get(&hash(&(provider, name)))?;
        ((known.0.as_deref(), known.1.as_str()) == (provider, name) && model.epoch == epoch).then_some(model)
    }

    fn remember_model(&mut self, provider: Option<&str>, name: &str, model: Model) {
        if self.models.len() >= REMEMBERED_NAMES {
            self.models.clear();
        }
        let known = (provider.map(str::to_owned), name.to_owned());
        self.models.insert(hash(&(provider, name)), (known, model));
    }
}

fn hash(of: &(impl Hash + ?Sized)) -> u64 {
    FixedState::default().hash_one(of)
}

impl Bursar {
    /// The scope and the model whose names were resolved before, by one look.
    pub(super) fn known(
        &self,
        tags: &[(&str, &str)],
        (provider, model): (Option<&str>, &str),
    ) -> Option<(Scope, Model)> {
        let names = self.inner.names.read();
        Some((names.scope(tags)?.clone(), names.model(provider, model, self.inner.epoch())?.clone()))
    }

    /// Resolves tags to a scope: the given ones over the process's own.
    ///
    /// # Errors
    /// `tag_key_invalid`, `tag_value_invalid`, `tag_duplicate`, `limit_reached`; and `tags_refused` for tags that the
    /// taxonomy refuses (as a decision: [`Bursar::reserve_by_name`]).
    pub fn scope(&self, tags: &[(&str, &str)]) -> Result<Scope> {
        self.try_scope(tags)?.map_err(Untagged::into_error)
    }

    /// The same with the taxonomy's refusal as a value.
    pub(super) fn try_scope(&self, tags: &[(&str, &str)]) -> Result<std::result::Result<Scope, Untagged>> {
        if let Some(scope) = self.inner.names.read().scope(tags) {
            return Ok(Ok(scope.clone()));
        }
        let set = TagSet::from_pairs(tags.iter().copied())?.over(&self.inner.process_tags)?;
        let scope = self.classify(&set)?;
        if let Ok(scope) = &scope {
            self.inner.names.write().remember_scope(tags, scope.clone());
        }
        Ok(scope)
    }

    /// A scope from a tag set that is already laid over whatever it shall be laid over.
    ///
    /// # Errors
    /// As [`Bursar::scope`].
    pub fn scope_of(&self, tags: &TagSet) -> Result<Scope> {
        self.classify(&tags.over(&self.inner.process_tags)?)?.map_err(Untagged::into_error)
    }

    /// The scope of a sub-agent: its own tags over its parent's, inside of the runs that its parent spends in.
    ///
    /// # Errors
    /// As [`Bursar::scope`].
    pub fn child_scope(&self, parent: &Scope, tags: &[(&str, &str)]) -> Result<Scope> {
        let own = TagSet::from_pairs(tags.iter().copied())?;
        self.classify(&inherit(parent.tags(), &own)?)?.map_err(Untagged::into_error)
    }

    fn classify(&self, tags: &TagSet) -> Result<std::result::Result<Scope, Untagged>> {
        let policy = self.inner.policy.read().clone();
        match policy.taxonomy.check(tags)? {
            Classified::Allowed { tags, notes } => {
                let _turn = self.inner.turn()?;
                let now = self.inner.clock.now();
                let id = self.inner.state.lock().machine.scope(&tags, now)?;
                Ok(Ok(Scope(Arc::new(Resolved { id, tags, notes }))))
            }
            Classified::Refused { missing, unknown, misplaced } => {
                Ok(Err(Untagged { missing, unknown, misplaced }))
            }
        }
    }

    /// Resolves a model's name to its prices.
    ///
    /// # Errors
    /// `model_unknown`, with the nearest names; `model_unpriced`.
    pub fn model(&self, provider: Option<&str>, name: &str) -> Result<Model> {
        let epoch = self.inner.epoch();
        if let Some(model) = self.inner.names.read().model(provider, name, epoch) {
            return Ok(model.clone());
        }
        let prices = self.inner.prices.load().find(provider, name)?;
        let _turn = self.inner.turn()?;
        let now = self.inner.clock.now();
        let model = self.inner.state.lock().remember(prices, (epoch, now))?;
        self.inner.names.write().remember_model(provider, name, model.clone());
        Ok(model)
    }

    /// The same model in the price book that is in force now.
    pub(super) fn model_again(&self, model: &Model) -> Result<Model> {
        match model.name().split_once('/') {
            Some((provider, name)) => self.model(Some(provider), name),
            None => self.model(None, model.name()),
        }
    }
}
