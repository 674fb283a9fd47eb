//! The shape of the listings: pages, a cursor, and iterators over both.

use std::collections::VecDeque;

use crate::error::{Error, Result};
use crate::operation::{Operation, Reply};
use crate::request::Request;

/// An operation that lists page by page.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// use obs_core::{Listing, Request};
///
/// fn count<L: Listing>(request: Request<L>) -> obs_core::Result<usize> {
///     request.iter().try_fold(0, |n, item| item.map(|_| n + 1))
/// }
/// assert_eq!(count(bucket.list_objects())?, 1);
/// # Ok::<(), obs_core::Error>(())
/// ```
pub trait Listing: Operation + Clone {
    /// One entry.
    type Item;

    /// Moves on to the page after this one. `false`: it was the last.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Decode`](crate::ErrorKind::Decode) for a page that says that there are more, but not from where.
    fn advance(&mut self, page: &Self::Output) -> Result<bool>;

    /// The entries of a page.
    fn items(page: Self::Output) -> impl IntoIterator<Item = Self::Item>;
}

/// Moves a cursor on to where the next page begins, if there are more. Where a server does not move on, it would be asked for ever; and taken
/// for the last, the page would hide all that comes behind it, from somebody perhaps who deletes what is not listed.
pub(crate) fn move_on<C: PartialEq>(cursor: &mut C, next: Option<C>, is_truncated: bool) -> Result<bool> {
    match next {
        _ if !is_truncated => Ok(false),
        Some(next) if next != *cursor => {
            *cursor = next;
            Ok(true)
        }
        _ => Err(Error::decode(
            "the list is not complete: the server says that there is more of it, but not from where on",
        )),
    }
}

impl<L: Listing> Request<L> {
    /// All entries, page after page. After an error it ends.
    pub fn iter(self) -> Items<L> {
        Items { pages: self.pages(), waiting: VecDeque::new() }
    }

    /// All pages. After an error it ends.
    pub fn pages(self) -> Pages<L> {
        Pages { next: Some(Ok(self)) }
    }
}

/// Iterator over pages: see [`Request::pages`].
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// # for n in 0..3 { bucket.put_content(format!("{n}"), "").send()?; }
/// let mut pages = bucket.list_objects().max_keys(2).pages();
/// let first = pages.next().transpose()?;
/// // To go on later, or elsewhere.
/// let rest = pages.cursor().cloned();
/// assert_eq!(rest.map(|rest| rest.iter().count()), Some(2));
/// # let _ = first;
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug)]
pub struct Pages<L> {
    next: Option<Result<Request<L>>>,
}

impl<L> Pages<L> {
    /// The request for the page that comes next, to go on from later or elsewhere: its setters give the cursor.
    pub fn cursor(&self) -> Option<&Request<L>> {
        self.next.as_ref()?.as_ref().ok()
    }
}

impl<L: Listing> Iterator for Pages<L> {
    type Item = Result<Reply<L::Output>>;

    fn next(&mut self) -> Option<Self::Item> {
        let page = self.next.take()?.and_then(|mut request| {
            let page = request.clone().send()?;
            self.next = match request.operation.advance(&page) {
                Ok(true) => Some(Ok(request)),
                Ok(false) => None,
                // Of the next page; this one is whole.
                Err(error) => Some(Err(error)),
            };
            Ok(page)
        });
        Some(page)
    }
}

/// Iterator over entries: see [`Request::iter`].
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// let keys: Vec<String> = bucket
///     .list_objects()
///     .iter()
///     .map(|object| Ok(object?.key))
///     .collect::<obs_core::Result<_>>()?;
/// assert_eq!(keys, ["hello.txt"]);
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug)]
pub struct Items<L: Listing> {
    pages: Pages<L>,
    waiting: VecDeque<L::Item>,
}

impl<L: Listing> Iterator for Items<L> {
    type Item = Result<L::Item>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(item) = self.waiting.pop_front() {
                return Some(Ok(item));
            }
            match self.pages.next()? {
                Ok(page) => self.waiting.extend(L::items(page.into_inner())),
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

impl<L: Listing> IntoIterator for Request<L> {
    type Item = Result<L::Item>;
    type IntoIter = Items<L>;

    fn into_iter(self) -> Items<L> {
        self.iter()
    }
}
