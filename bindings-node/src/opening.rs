//! What a ledger is opened with, and opening it.

use crate::{clock::Clock, pairs::pairs};
use bursar::{Bursar, Durability, Policy, Result, TagSet};
use napi_derive::napi;
use std::{fs, path::PathBuf, sync::Arc};

/// A policy in one of its forms; none of them is the empty policy.
#[napi(object)]
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct PolicySource {
    pub toml: Option<String>,
    pub json: Option<String>,
    pub path: Option<String>,
}

impl PolicySource {
    pub(crate) fn read(&self) -> Result<Policy> {
        Ok(match (&self.toml, &self.json, &self.path) {
            (Some(text), _, _) => Policy::from_toml(text)?,
            (_, Some(text), _) => Policy::from_any(&mut serde_json::Deserializer::from_str(text))?,
            (_, _, Some(path)) => Policy::from_file(path)?,
            (None, None, None) => Policy::new(),
        })
    }
}

/// What a ledger is opened with; equal for whoever shares it.
#[napi(object)]
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Opening {
    pub path: String,
    pub policy: PolicySource,
    /// `process`, `power` or `memory`; the face has checked it.
    pub durability: String,
    pub tags: Vec<String>,
    pub resource_attributes: Option<String>,
    pub is_read_only: bool,
    pub is_shared: bool,
}

impl Opening {
    fn durability(&self) -> Durability {
        match self.durability.as_str() {
            "power" => Durability::Power,
            "memory" => Durability::Memory,
            _ => Durability::Process,
        }
    }

    pub(crate) fn is_file(&self) -> bool {
        self.durability() != Durability::Memory && self.path != ":memory:"
    }

    /// Whether a call may wait for a disk to spin.
    pub(crate) fn is_slow(&self) -> bool {
        self.is_file() && self.durability() == Durability::Power
    }

    /// The file under one name, however it was spelled. It need not exist yet, but its folder must.
    pub(crate) fn file(&self) -> Option<PathBuf> {
        let path = PathBuf::from(&self.path);
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = fs::canonicalize(folder.unwrap_or_else(|| ".".as_ref())).ok()?;
        fs::canonicalize(&path).ok().or_else(|| Some(folder.join(path.file_name()?)))
    }

    pub(crate) fn open(&self, policy: Policy, clock: Option<&Clock>) -> Result<Bursar> {
        let mut builder = Bursar::builder()
            .policy(policy)
            .durability(self.durability())
            .tags(TagSet::from_pairs(pairs(&self.tags))?);
        if let Some(clock) = clock {
            builder = builder.clock(Arc::clone(clock));
        }
        if let Some(attributes) = &self.resource_attributes {
            builder = builder.resource_attributes(attributes);
        }
        Ok(if self.is_read_only {
            builder.open_for_reading(&self.path)?
        } else {
            builder.shared(self.is_shared).open(&self.path)?
        })
    }
}
