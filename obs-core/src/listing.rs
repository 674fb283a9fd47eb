//! The shape of the listings: pages, a cursor, and iterators over both.

use std::collections::VecDeque;

use obs_sign::Dialect;

use crate::error::{Error, Result};
use crate::operation::{Operation, Parts, Reply};
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
        _ => Err(not_complete()),
    }
}

fn not_complete() -> Error {
    Error::decode("the list is not complete: the server says that there is more of it, but not from where on")
}

/// Notices when the pages of a list go round in a circle: in any, also in one that begins late, after at most three times its length, with
/// one request kept (Brent's algorithm). No order of keys is taken for granted: not all servers have one, and some add to their markers.
#[derive(Debug, Default)]
struct Round {
    /// A request that was made before.
    kept: Option<Parts>,
    /// Requests since then, and after how many another one is kept.
    since: u64,
    until: u64,
}

impl Round {
    /// Whether a request was made before.
    fn is_closed_by(&mut self, operation: &impl Operation) -> bool {
        let mut parts = Parts::new(Dialect::Obs);
        if operation.parts(&mut parts).is_err() {
            // It is not sent either.
            return false;
        }
        let is_same = |kept: &Parts| kept.query == parts.query && kept.headers == parts.headers;
        if self.kept.as_ref().is_some_and(is_same) {
            return true;
        }
        self.since += 1;
        if self.since >= self.until {
            (self.kept, self.since, self.until) = (Some(parts), 0, self.until.saturating_mul(2).max(1));
        }
        false
    }
}

impl<L: Listing> Request<L> {
    /// All entries, page after page. After an error it ends.
    pub fn iter(self) -> Items<L> {
        Items { pages: self.pages(), waiting: VecDeque::new() }
    }

    /// All pages. After an error it ends.
    pub fn pages(self) -> Pages<L> {
        Pages { next: Some(Ok(self)), round: Round::default() }
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
    round: Round,
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
                Ok(true) if self.round.is_closed_by(&request.operation) => Some(Err(not_complete())),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::Fake;
    use crate::{BucketClient, ErrorKind};

    /// How many pages a list has whose server tells these markers, if it ends at all.
    fn pages<L: Listing>(
        markers: impl Iterator<Item = String> + Clone,
        page: impl Fn(&str) -> String,
        list: impl Fn(&BucketClient) -> Request<L>,
    ) -> (usize, ErrorKind) {
        const ENOUGH: usize = 200;
        let fake = markers.take(ENOUGH).fold(Fake::new(), |fake, marker| fake.xml(&page(&marker)));
        let mut pages = 0;
        for page in list(&fake.bucket()).pages() {
            match page {
                Ok(_) => pages += 1,
                Err(error) => return (pages, error.kind()),
            }
            assert!(pages < ENOUGH, "for ever");
        }
        panic!("a list that goes round has no end");
    }

    /// `start` markers, then a circle of so many.
    fn circle(start: usize, len: usize) -> impl Iterator<Item = String> + Clone {
        let name = |n: usize| format!("{}", n + 1);
        (0..start).map(name).chain((start..start + len).map(name).cycle())
    }

    #[test]
    fn a_circle_of_markers_is_an_error_soon_in_every_list() {
        for (start, len) in [(0, 2), (0, 3), (1, 2), (3, 5), (10, 7), (0, 20)] {
            let all = [
                pages(
                    circle(start, len),
                    |m| {
                        format!(
                            "<ListBucketResult><IsTruncated>true</IsTruncated><NextMarker>{m}</NextMarker></ListBucketResult>"
                        )
                    },
                    |bucket| bucket.list_objects().encode_keys(false),
                ),
                pages(
                    circle(start, len),
                    |m| {
                        format!(
                            "<ListVersionsResult><IsTruncated>true</IsTruncated><NextKeyMarker>k</NextKeyMarker><NextVersionIdMarker>{m}</NextVersionIdMarker></ListVersionsResult>"
                        )
                    },
                    |bucket| bucket.list_versions().encode_keys(false),
                ),
                pages(
                    circle(start, len),
                    |m| {
                        format!(
                            "<ListMultipartUploadsResult><IsTruncated>true</IsTruncated><NextKeyMarker>k</NextKeyMarker><NextUploadIdMarker>{m}</NextUploadIdMarker></ListMultipartUploadsResult>"
                        )
                    },
                    |bucket| bucket.list_multipart_uploads(),
                ),
                pages(
                    circle(start, len),
                    |m| {
                        format!(
                            "<ListAllMyBucketsResult><Buckets/><IsTruncated>true</IsTruncated><NextMarker>{m}</NextMarker></ListAllMyBucketsResult>"
                        )
                    },
                    |bucket| bucket.client().list_buckets(),
                ),
            ];
            for (pages, kind) in all {
                assert_eq!(kind, ErrorKind::Decode);
                assert!(pages <= 3 * (start + len), "{pages} pages of {start} and a circle of {len}");
            }
            let (pages, _) = pages(
                circle(start, len),
                |m| {
                    format!(
                        "<ListPartsResult><IsTruncated>true</IsTruncated><NextPartNumberMarker>{m}</NextPartNumberMarker></ListPartsResult>"
                    )
                },
                |bucket| bucket.list_parts("k", "id"),
            );
            assert!(pages <= start + len + 1, "numbers go up");
        }
    }

    #[test]
    fn markers_in_no_order_and_keys_that_come_again_are_none() {
        // As servers have them that add to their markers, or keep keys in an order of their own.
        let markers = ["b[cache:1]", "b-c[cache:1]", "a", "b", "a "];
        let page = |marker: &str, more: bool| {
            format!(
                "<ListBucketResult><IsTruncated>{more}</IsTruncated><NextMarker>{marker}</NextMarker></ListBucketResult>"
            )
        };
        let fake = markers.iter().fold(Fake::new(), |fake, marker| fake.xml(&page(marker, true)));
        let fake = fake.xml(&page("", false));
        let pages: Vec<_> = fake.bucket().list_objects().encode_keys(false).pages().collect();
        assert!(pages.len() == 6 && pages.iter().all(Result::is_ok));
    }
}
