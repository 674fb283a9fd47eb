//! The access keys that the server knows.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};
use std::time::SystemTime;

/// What belongs to an access key.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) secret: String,
    /// Id of the account, which owns buckets and stands in ACLs.
    pub(crate) id: String,
    /// A temporary key is valid only with its token and until its end.
    pub(crate) temporary: Option<Temporary>,
}

#[derive(Debug, Clone)]
pub(crate) struct Temporary {
    pub(crate) token: String,
    pub(crate) expires: SystemTime,
}

#[derive(Debug, Default)]
pub(crate) struct Accounts {
    known: RwLock<HashMap<String, Account>>,
}

impl Accounts {
    pub(crate) fn insert(&self, access_key: &str, account: Account) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(access_key.to_owned(), account);
    }

    pub(crate) fn remove(&self, access_key: &str) -> bool {
        self.known.write().unwrap_or_else(PoisonError::into_inner).remove(access_key).is_some()
    }

    pub(crate) fn get(&self, access_key: &str) -> Option<Account> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).get(access_key).cloned()
    }
}
