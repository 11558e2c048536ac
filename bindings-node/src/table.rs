//! Things that JavaScript holds by a number.

use bursar::{Error, ErrorCode, Result};
use std::{
    collections::HashMap,
    hash::Hash,
    sync::{PoisonError, RwLock},
};

/// How many names of one kind a ledger resolves for JavaScript.
const MAX_NUMBERED: usize = 1_048_576;

/// Things by number, each once for its key.
pub(crate) struct Table<K, V>(RwLock<Rows<K, V>>);

struct Rows<K, V> {
    numbers: HashMap<K, u32>,
    rows: Vec<V>,
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self(RwLock::new(Rows { numbers: HashMap::new(), rows: Vec::new() }))
    }
}

impl<K: Hash + Eq, V> Table<K, V> {
    /// The number of a key; what it stands for now takes the place of what it stood for.
    pub(crate) fn put(&self, key: K, value: V) -> Result<u32> {
        let mut rows = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(number) = rows.numbers.get(&key).copied() {
            if let Some(row) = rows.rows.get_mut(number as usize) {
                *row = value;
            }
            return Ok(number);
        }
        if rows.rows.len() >= MAX_NUMBERED {
            let message = format!("a ledger has more than {MAX_NUMBERED} names in use");
            return Err(Error::new(ErrorCode::LimitReached, message));
        }
        let number = u32::try_from(rows.rows.len()).unwrap_or(u32::MAX);
        rows.rows.push(value);
        rows.numbers.insert(key, number);
        Ok(number)
    }

    /// Uses what a number stands for.
    #[inline]
    pub(crate) fn with<T>(&self, number: u32, use_it: impl FnOnce(&V) -> T) -> Option<T> {
        let rows = self.0.read().unwrap_or_else(PoisonError::into_inner);
        rows.rows.get(number as usize).map(use_it)
    }
}
