//! [`Once`]: what several threads find out once.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use crate::tree::TreeError;

/// Something that is found out once.
pub(super) struct Once<K, V>(Mutex<HashMap<K, V>>);

impl<K, V> Default for Once<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Hash + Eq, V: Clone> Once<K, V> {
    /// Two threads may find out the same at the same time, and agree.
    pub(super) fn get(
        &self,
        key: K,
        find: impl FnOnce(&K) -> Result<V, TreeError>,
    ) -> Result<V, TreeError> {
        let known = |map: &Mutex<HashMap<K, V>>, key: &K| {
            let map = map.lock().unwrap_or_else(PoisonError::into_inner);
            map.get(key).cloned()
        };
        if let Some(value) = known(&self.0, &key) {
            return Ok(value);
        }
        let value = find(&key)?;
        let mut map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        map.insert(key, value.clone());
        Ok(value)
    }
}
