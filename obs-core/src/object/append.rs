//! Appending to an object.

use obs_sign::{Dialect, Method};

use crate::body::{Body, Content};
use crate::bucket_client::BucketClient;
use crate::checksum::{crc64, crc64_of_all};
use crate::error::{Error, Result};
use crate::object::{ObjectMetadata, check_sent, crc64_of};
use crate::operation::{Answer, Lost, Operation, Parts, Settled};
use crate::types::{
    Checks, ObjectHeaders, ProgressListener, Sse, SseInfo, SseOption, StorageClass, mime_type,
};

/// Appends to an object, or begins one that can be appended to: at most 5 GB a call and 10,000 calls an object.
///
/// The position guards the object: where it is not the object's length the service refuses with a 409, and
/// [`Error::next_position`] tells the right one. So an append can be sent again when its answer was lost: if the first one
/// was carried out, the second is refused, and a look at the bytes from the position on tells whether they are these, which makes the
/// call a success, or somebody else's.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// let first = bucket.append_object("log.txt", 0, "Hello OBS\n").send()?;
/// match bucket.append_object("log.txt", first.next_position, "Hello again\n").send() {
///     Ok(second) => println!("the next append begins at {}", second.next_position),
///     Err(error) if error.next_position().is_some() => {
///         println!("somebody else appended: {error}")
///     }
///     Err(error) => return Err(error),
/// }
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug)]
pub struct AppendObject {
    key: String,
    position: u64,
    content: Content,
    headers: ObjectHeaders,
    sse: SseOption,
    checks: Checks,
    progress: ProgressListener,
    /// How long the body of the last attempt was, where that is known.
    len: Option<u64>,
}

/// What the service says of the object after an append.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// let mut position = 0;
/// for line in ["first\n", "second\n"] {
///     position = bucket.append_object("log.txt", position, line).send()?.next_position;
/// }
/// assert_eq!(position, 13);
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AppendObjectOutput {
    /// Where the next append begins: the length of the object.
    pub next_position: u64,
    /// The ETag, in quotes. It is that of the appended bytes, not of the whole object.
    pub etag: Option<String>,
    /// The version, where the bucket keeps versions.
    pub version_id: Option<String>,
    /// The storage class, unless it is Standard.
    pub storage_class: Option<StorageClass>,
    /// How it is encrypted.
    pub sse: SseInfo,
    /// The CRC-64 that the server computed.
    pub crc64: Option<u64>,
    /// The URL of the object.
    pub object_url: String,
}

impl AppendObject {
    /// Content to append at this position: the object's length, 0 for a new object.
    pub fn new(key: impl Into<String>, position: u64, content: impl Into<Content>) -> Self {
        Self {
            key: key.into(),
            position,
            content: content.into(),
            headers: ObjectHeaders::default(),
            sse: SseOption::default(),
            checks: Checks::default(),
            progress: ProgressListener::default(),
            len: None,
        }
    }
}

impl Operation for AppendObject {
    type Output = AppendObjectOutput;
    const NAME: &'static str = "AppendObject";
    const METHOD: Method = Method::Post;
    const SIGNED_WITHOUT_BODY: bool = true;

    fn parts(&self, parts: &mut Parts) -> Result<()> {
        parts.key(&self.key);
        parts.flag("append");
        parts.query("position", self.position);
        let guessed = mime_type(&self.key).or_else(|| mime_type(self.content.path()?.to_str()?));
        self.headers.write(parts, guessed)?;
        if let Some(sse) = &self.sse.0 {
            Sse::write(sse, parts);
        }
        self.checks.write(parts);
        Ok(())
    }

    fn body(&mut self, dialect: Dialect) -> Result<Body<'_>> {
        let body = self.checks.body(&mut self.content, dialect)?;
        self.len = body.len();
        Ok(self.progress.observe(body))
    }

    fn decode(&self, answer: &mut Answer) -> Result<AppendObjectOutput> {
        answer.nothing()?;
        // Later on the server's CRC-64 is that of bytes that were not sent here too.
        if self.position == 0 {
            check_sent(answer)?;
        }
        self.progress.finish();
        let head = answer.head();
        let next_position = match head.next_position() {
            Some(position) => position,
            None => self
                .len
                .and_then(|len| self.position.checked_add(len))
                .ok_or_else(|| Error::decode("the answer does not say where the next append begins"))?,
        };
        Ok(AppendObjectOutput {
            next_position,
            etag: answer.header("etag"),
            version_id: answer.prefixed("version-id"),
            storage_class: head.prefixed("storage-class").map(StorageClass::from),
            sse: SseInfo::of(head),
            crc64: crc64_of(answer),
            object_url: answer.resource_url().to_owned(),
        })
    }

    /// A conflict after a lost answer: if the bytes from the position on are those that were sent, it was carried out.
    fn settle(&self, bucket: &BucketClient, lost: &Lost<'_>) -> Result<Settled<Self::Output>> {
        let end = self.len.and_then(|len| self.position.checked_add(len));
        let (true, Some(end), Some(sent)) = (lost.error().is_conflict(), end, lost.sent_crc64()) else {
            return Ok(Settled::Unknown);
        };
        let mut head = bucket.get_object_metadata(&self.key);
        *head.operation.as_mut() = self.sse.clone();
        let object = head.send()?.into_inner();
        let Some(next_position) = object.next_position.filter(|next| object.is_appendable && *next >= end)
        else {
            return Ok(Settled::Unknown);
        };
        if self.stored_crc64(bucket, &object, end)? != sent {
            return Ok(Settled::Unknown);
        }
        self.progress.finish();
        Ok(Settled::Done(AppendObjectOutput {
            next_position,
            etag: object.etag,
            version_id: object.version_id,
            storage_class: object.storage_class,
            sse: object.sse,
            crc64: object.crc64,
            object_url: bucket.object_url(&self.key)?,
        }))
    }
}

impl AppendObject {
    /// CRC-64 of the bytes that the object has between the position and `end`. The server tells that of the whole; of a part they are read.
    fn stored_crc64(&self, bucket: &BucketClient, object: &ObjectMetadata, end: u64) -> Result<u64> {
        if let (0, Some(whole), true) = (self.position, object.crc64, object.next_position == Some(end)) {
            return Ok(whole);
        }
        if self.position == end {
            return Ok(crc64(&[]));
        }
        let mut get = bucket.get_object(&self.key).range(self.position..end);
        *get.operation.as_mut() = self.sse.clone();
        Ok(crc64_of_all(&mut get.send()?.body)?)
    }
}

impl AsMut<ObjectHeaders> for AppendObject {
    fn as_mut(&mut self) -> &mut ObjectHeaders {
        &mut self.headers
    }
}

impl AsMut<SseOption> for AppendObject {
    fn as_mut(&mut self) -> &mut SseOption {
        &mut self.sse
    }
}

impl AsMut<Checks> for AppendObject {
    fn as_mut(&mut self) -> &mut Checks {
        &mut self.checks
    }
}

impl AsMut<ProgressListener> for AppendObject {
    fn as_mut(&mut self) -> &mut ProgressListener {
        &mut self.progress
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;
    use crate::test_support::Fake;

    const CONFLICT: &str = "<Error><Code>PositionNotEqualToLength</Code><Message>m</Message></Error>";

    fn appendable(next: &str) -> [(&str, &str); 3] {
        [("x-obs-object-type", "Appendable"), ("x-obs-next-append-position", next), ("etag", "\"e\"")]
    }

    #[test]
    fn tells_the_next_position() {
        let fake = Fake::new().answer(200, &[("etag", "\"d8\""), ("x-obs-next-append-position", "24")], "");
        let appended = fake
            .bucket()
            .append_object("objectname.txt", 9, "Hello OBS Again")
            .metadata("k", "v")
            .content_md5("nd0PRJQ2gEOlM6HPQgtJ1g==")
            .send()
            .unwrap();
        assert_eq!(appended.next_position, 24);
        let sent = fake.only();
        assert_eq!(sent.line(), "POST /objectname.txt?append&position=9");
        assert_eq!(sent.text(), "Hello OBS Again");
        assert_eq!(sent.header("content-type"), "text/plain");
        assert_eq!(sent.header("content-md5"), "nd0PRJQ2gEOlM6HPQgtJ1g==");
    }

    #[test]
    fn a_conflict_tells_where_to_go_on() {
        let fake = Fake::new().answer(409, &[("x-obs-next-append-position", "24")], CONFLICT);
        let error = fake.bucket().append_object("o", 9, "x").send().unwrap_err();
        assert!(error.is_conflict());
        assert_eq!(error.next_position(), Some(24));
        assert_eq!(fake.sent().len(), 1, "without a lost answer there is nothing to find out");
    }

    #[test]
    fn a_lost_answer_is_found_again() {
        let fake = Fake::new()
            .failure(ErrorKind::Connection)
            .answer(409, &[("x-obs-next-append-position", "12")], CONFLICT)
            .answer(200, &appendable("12"), "")
            .answer(206, &[("content-range", "bytes 9-11/12")], "abc");
        let appended = fake.bucket().append_object("o", 9, "abc").send().unwrap();
        assert_eq!(appended.next_position, 12);
        assert_eq!(appended.etag.as_deref(), Some("\"e\""));
        assert_eq!(appended.object_url, "https://examplebucket.obs.cn-north-4.example.com/o");
        let lines: Vec<_> = fake.sent().iter().map(|s| s.line()).collect();
        assert_eq!(lines, ["POST /o?append&position=9", "POST /o?append&position=9", "HEAD /o", "GET /o"]);
        assert_eq!(fake.sent()[3].header("range"), "bytes=9-11");
    }

    /// What becomes of a lost append of `abc` when the object is this one.
    fn lost(position: u64, next: &str, crc64: Option<u64>, stored: Option<&str>) -> Result<u64> {
        let crc64 = crc64.map(|sum| sum.to_string());
        let mut head = appendable(next).to_vec();
        head.extend(crc64.iter().map(|sum| ("x-obs-checksum-crc64ecma", &**sum)));
        let fake = Fake::new()
            .failure(ErrorKind::Connection)
            .answer(409, &[("x-obs-next-append-position", next)], CONFLICT)
            .answer(200, &head, "");
        let range = format!("bytes {position}-{}/{next}", position + 2);
        let fake = match stored {
            Some(stored) => fake.answer(206, &[("content-range", &range)], stored),
            None => fake,
        };
        fake.bucket().append_object("o", position, "abc").send().map(|reply| reply.next_position)
    }

    #[test]
    fn the_bytes_tell_whose_append_it_was() {
        assert_eq!(lost(0, "3", Some(crc64(b"abc")), None).unwrap(), 3, "without reading any");
        assert_eq!(lost(9, "12", Some(7), Some("abc")).unwrap(), 12);
        assert_eq!(lost(0, "5", Some(7), Some("abc")).unwrap(), 5, "somebody appended to it since");
        for other in [
            lost(0, "3", Some(crc64(b"xyz")), None),
            lost(0, "3", None, Some("xyz")),
            lost(9, "12", None, Some("xyz")),
            lost(9, "11", None, Some("ab")),
            lost(9, "14", None, Some("xyz")),
            lost(9, "12", None, None),
        ] {
            assert!(other.unwrap_err().is_conflict());
        }
    }

    #[test]
    fn somebody_elses_append_is_not_taken_for_ours() {
        let fake = Fake::new()
            .failure(ErrorKind::Timeout)
            .answer(409, &[("x-obs-next-append-position", "13")], CONFLICT)
            .answer(200, &appendable("13"), "");
        let error = fake.bucket().append_object("o", 9, "abc").send().unwrap_err();
        assert_eq!(error.next_position(), Some(13));
    }

    #[test]
    fn a_stream_is_never_appended_twice() {
        let fake = Fake::new().failure(ErrorKind::Connection);
        let content = Content::reader(std::io::Cursor::new("once"));
        let error = fake.bucket().append_object("o", 0, content).send().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotReplayable);
        assert_eq!(fake.sent().len(), 1);
    }

    #[test]
    fn what_arrived_damaged_is_an_error() {
        let headers = [("x-obs-next-append-position", "1"), ("x-obs-checksum-crc64ecma", "7")];
        let fake = Fake::new().answer(200, &headers, "").answer(200, &headers, "");
        let error = fake.bucket().append_object("o", 0, "x").send().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Integrity);
        // The CRC-64 of a longer object is not that of what was appended.
        fake.bucket().append_object("o", 4, "x").send().unwrap();
    }
}
