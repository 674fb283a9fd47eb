//! What the server keeps: buckets, versions of objects, multipart uploads and bucket documents.

pub(crate) mod acl;
pub(crate) mod bucket;
pub(crate) mod data;
pub(crate) mod digest;
pub(crate) mod encryption;
mod inspect;
pub(crate) mod listing;
pub(crate) mod object;
pub(crate) mod upload;
pub(crate) mod values;

pub use inspect::{StoredObject, StoredUpload};

use crate::errors::ObsError;
use bucket::Bucket;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Settings of a [`Store`].
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// The region that buckets without a location are in.
    pub region: String,
    /// How long the restoration of an archived object takes.
    pub restore_delay: Duration,
    /// The smallest part that is not the last of its object.
    pub minimum_part_size: u64,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self { region: "cn-north-4".to_owned(), restore_delay: Duration::ZERO, minimum_part_size: 100 * 1024 }
    }
}

/// All buckets of a server. Clones share them.
#[derive(Debug, Clone)]
pub struct Store {
    state: Arc<RwLock<State>>,
    options: Arc<RwLock<StoreOptions>>,
}

impl Default for Store {
    fn default() -> Self {
        Self::new(StoreOptions::default())
    }
}

impl Store {
    /// An empty store.
    #[must_use]
    pub fn new(options: StoreOptions) -> Self {
        Self { state: Arc::default(), options: Arc::new(RwLock::new(options)) }
    }

    /// The settings in force.
    #[must_use]
    pub fn options(&self) -> StoreOptions {
        self.options.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Changes the settings while the server runs.
    pub fn configure(&self, change: impl FnOnce(&mut StoreOptions)) {
        change(&mut self.options.write().unwrap_or_else(PoisonError::into_inner));
    }

    /// A handler that panicked poisons the lock; the state stays usable for whoever looks at the failure.
    pub(crate) fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The content of a [`Store`].
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) buckets: BTreeMap<String, Bucket>,
    /// Aliases and the two buckets behind each.
    pub(crate) aliases: BTreeMap<String, bucket::Alias>,
    sequence: u64,
}

impl State {
    /// A bucket by its name or by an alias bound to it.
    pub(crate) fn bucket(&self, name: &str) -> Result<&Bucket, ObsError> {
        self.buckets
            .get(name)
            .or_else(|| self.buckets.get(self.aliases.get(name)?.buckets.first()?))
            .ok_or_else(|| ObsError::no_such_bucket(name))
    }

    pub(crate) fn bucket_mut(&mut self, name: &str) -> Result<&mut Bucket, ObsError> {
        let real = match self.aliases.get(name).and_then(|alias| alias.buckets.first()) {
            Some(real) if !self.buckets.contains_key(name) => real.clone(),
            _ => name.to_owned(),
        };
        self.buckets.get_mut(&real).ok_or_else(|| ObsError::no_such_bucket(name))
    }

    /// The next number of a count that never repeats.
    pub(crate) fn next(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence
    }

    /// An id that sorts by time: 32 upper-case hex digits behind a letter pair.
    pub(crate) fn next_id(&mut self, prefix: &str, now: SystemTime) -> String {
        let millis = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis() as u64;
        let sequence = self.next();
        format!("{prefix}{millis:012X}{sequence:016X}")
    }
}
