//! Versions that are deleted while the listing of them goes on.

use std::collections::VecDeque;
use std::mem;

use obs_core::object::ObjectId;

use crate::error::Error;

/// An object and how many bytes it has, or why there is no more.
type Listed = Result<(ObjectId, u64), Error>;

/// Gives the versions of a key once the listing has left that key behind.
///
/// A page begins behind the last version of the page before. A server that no longer has that version cannot know where it was, and may
/// take all versions of its key for listed: those would never be deleted.
pub(super) struct WholeKeys<I> {
    listed: I,
    /// Of keys that the listing has left.
    ready: VecDeque<(ObjectId, u64)>,
    /// Of the key that it is at.
    held: VecDeque<(ObjectId, u64)>,
}

impl<I: Iterator<Item = Listed>> WholeKeys<I> {
    pub(super) fn new(listed: I) -> Self {
        Self { listed, ready: VecDeque::new(), held: VecDeque::new() }
    }
}

impl<I: Iterator<Item = Listed>> Iterator for WholeKeys<I> {
    type Item = Listed;

    fn next(&mut self) -> Option<Listed> {
        loop {
            if let Some(entry) = self.ready.pop_front() {
                return Some(Ok(entry));
            }
            match self.listed.next() {
                Some(Ok(entry)) => {
                    if self.held.back().is_some_and(|(held, _)| held.key != entry.0.key) {
                        self.ready = mem::take(&mut self.held);
                    }
                    self.held.push_back(entry);
                }
                None if !self.held.is_empty() => self.ready = mem::take(&mut self.held),
                over => return over,
            }
        }
    }
}
