//! Deleting many objects in one call.

use obs_sign::{Dialect, Method, check_key, encode};

use crate::body::Body;
use crate::error::{Error, Result};
use crate::object::{ObjectEntry, VersionEntry};
use crate::operation::{Answer, Operation, Parts};
use crate::request::Request;
use crate::types::KeyDecoder;
use crate::xml::{Node, NodeExt, XmlWriter};

/// What the service takes in one call.
const LIMIT: usize = 1000;

/// Deletes up to 1,000 objects or versions in one call. Deleting what is not there is a success; what could not be deleted
/// is in [`errors`](DeleteObjectsOutput::errors), so look there.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// let old: Vec<_> =
///     bucket.list_objects().prefix("hello").max_keys(1000).send()?.into_inner().contents;
/// let deleted = bucket.delete_objects(&old).quiet(true).send()?;
/// for failure in &deleted.errors {
///     eprintln!("{}: {:?}", failure.key, failure.code);
/// }
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct DeleteObjects {
    objects: Vec<ObjectId>,
    quiet: Option<bool>,
    encode_keys: Option<bool>,
}

/// An object, or one version of it.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// use obs_core::object::ObjectId;
///
/// bucket
///     .delete_objects([ObjectId::new("hello.txt"), ObjectId::new("b.txt").version_id("null")])
///     .send()?;
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ObjectId {
    /// The key.
    pub key: String,
    /// The version; none is the newest.
    pub version_id: Option<String>,
}

impl ObjectId {
    /// The newest version of this object.
    pub fn new(key: impl Into<String>) -> Self {
        Self { key: key.into(), version_id: None }
    }

    /// This version of it.
    #[must_use]
    pub fn version_id(mut self, id: impl Into<String>) -> Self {
        self.version_id = Some(id.into());
        self
    }
}

impl From<&str> for ObjectId {
    fn from(key: &str) -> Self {
        Self::new(key)
    }
}

impl From<String> for ObjectId {
    fn from(key: String) -> Self {
        Self::new(key)
    }
}

impl From<&String> for ObjectId {
    fn from(key: &String) -> Self {
        Self::new(key)
    }
}

/// The object as it was listed, whatever version is the newest when it is deleted.
impl From<&ObjectEntry> for ObjectId {
    fn from(entry: &ObjectEntry) -> Self {
        Self::new(&entry.key)
    }
}

/// The very version that was listed.
impl From<&VersionEntry> for ObjectId {
    fn from(entry: &VersionEntry) -> Self {
        Self { key: entry.key().to_owned(), version_id: entry.version_id().map(str::to_owned) }
    }
}

/// What became of the objects.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// let result = bucket.delete_objects(["hello.txt"]).send()?;
/// println!("{} deleted, {} not", result.deleted.len(), result.errors.len());
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeleteObjectsOutput {
    /// What was deleted; nothing of it in a quiet call.
    pub deleted: Vec<DeletedObject>,
    /// What was not, and why.
    pub errors: Vec<DeleteFailure>,
    /// `url` if the server encoded the keys; they are decoded here.
    pub encoding_type: Option<String>,
}

/// An object that was deleted.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// for object in &bucket.delete_objects(["hello.txt"]).send()?.deleted {
///     println!(
///         "{} is gone; its delete marker: {:?}",
///         object.key, object.delete_marker_version_id
///     );
/// }
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeletedObject {
    /// The key.
    pub key: String,
    /// The version that was asked for.
    pub version_id: Option<String>,
    /// Whether a delete marker was made, or deleted.
    pub delete_marker: Option<bool>,
    /// The version of that delete marker.
    pub delete_marker_version_id: Option<String>,
}

/// An object that was not deleted.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// use obs_core::code;
///
/// let result = bucket.delete_objects(["hello.txt"]).send()?;
/// let forbidden = result
///     .errors
///     .iter()
///     .filter(|failure| failure.code.as_deref() == Some(code::ACCESS_DENIED));
/// println!("{} must stay", forbidden.count());
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeleteFailure {
    /// The key.
    pub key: String,
    /// The version that was asked for.
    pub version_id: Option<String>,
    /// The error code; see [`code`](crate::code).
    pub code: Option<String>,
    /// The reason in words.
    pub message: Option<String>,
}

impl DeleteObjects {
    /// These objects, 1 to 1,000.
    pub fn new(objects: impl IntoIterator<Item = impl Into<ObjectId>>) -> Self {
        Self { objects: objects.into_iter().map(Into::into).collect(), quiet: None, encode_keys: None }
    }

    /// XML carries neither most control characters nor U+FFFE and U+FFFF.
    fn needs_encoding(&self) -> bool {
        let cannot = |c| matches!(c, '\0'..'\t' | '\u{b}' | '\u{c}' | '\u{e}'..' ' | '\u{fffe}' | '\u{ffff}');
        self.objects.iter().any(|o| o.key.contains(cannot))
    }
}

impl Operation for DeleteObjects {
    type Output = DeleteObjectsOutput;
    const NAME: &'static str = "DeleteObjects";
    const METHOD: Method = Method::Post;

    fn parts(&self, parts: &mut Parts) -> Result<()> {
        let count = self.objects.len();
        if count == 0 {
            return Err(Error::invalid("no object to delete was given"));
        }
        if count > LIMIT {
            return Err(Error::invalid(format!(
                "{count} objects to delete, more than the {LIMIT} that one call takes: delete them in several calls"
            )));
        }
        if self.objects.iter().any(|o| o.key.is_empty()) {
            return Err(Error::invalid("an object to delete has an empty key"));
        }
        self.objects.iter().try_for_each(|object| check_key(&object.key))?;
        parts.flag("delete");
        Ok(())
    }

    fn body(&mut self, _dialect: Dialect) -> Result<Body<'_>> {
        let encoded = self.encode_keys.unwrap_or_else(|| self.needs_encoding());
        let document = XmlWriter::document("Delete", |w| {
            w.opt("Quiet", self.quiet);
            w.opt("EncodingType", encoded.then_some("url"));
            for object in &self.objects {
                w.element("Object", |w| {
                    if encoded {
                        w.text("Key", encode::form_encode(&object.key));
                    } else {
                        w.text("Key", &object.key);
                    }
                    w.opt("VersionId", object.version_id.as_deref());
                });
            }
        })?;
        Ok(Body::text(document).with_content_md5())
    }

    fn decode(&self, answer: &mut Answer) -> Result<DeleteObjectsOutput> {
        answer.xml_list("DeleteResult", |root| {
            let encoding_type = root.opt_text("EncodingType");
            let keys = KeyDecoder::of(encoding_type.as_deref());
            let deleted = |n: Node<'_, '_>| {
                Ok(DeletedObject {
                    key: keys.decode(n.text_of("Key")?)?,
                    version_id: n.opt_text("VersionId"),
                    delete_marker: n.opt_bool("DeleteMarker")?,
                    delete_marker_version_id: n.opt_text("DeleteMarkerVersionId"),
                })
            };
            let failed = |n: Node<'_, '_>| {
                Ok(DeleteFailure {
                    key: keys.decode(n.text_of("Key")?)?,
                    version_id: n.opt_text("VersionId"),
                    code: n.opt_text("Code"),
                    message: n.opt_text("Message"),
                })
            };
            Ok(DeleteObjectsOutput {
                deleted: root.children_named("Deleted").map(deleted).collect::<Result<_>>()?,
                errors: root.children_named("Error").map(failed).collect::<Result<_>>()?,
                encoding_type,
            })
        })
    }
}

impl Request<DeleteObjects> {
    /// Whether the answer leaves out what was deleted and tells only what was not. Default: it tells both.
    pub fn quiet(mut self, quiet: bool) -> Self {
        self.operation.quiet = Some(quiet);
        self
    }

    /// Whether keys are encoded in request and answer (`EncodingType` `url`). Default: only if a key holds a
    /// character that XML cannot carry.
    pub fn encode_keys(mut self, encode: bool) -> Self {
        self.operation.encode_keys = Some(encode);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;
    use crate::body::md5_base64;
    use crate::test_support::Fake;

    const EMPTY: &str = "<DeleteResult/>";

    #[test]
    fn names_objects_and_versions() {
        let fake = Fake::new().xml(EMPTY);
        let second = ObjectId::new("中文 😀").version_id("v<&>");
        fake.bucket().delete_objects(["a<b>&\"c'.txt".into(), second]).quiet(false).send().unwrap();
        let sent = fake.only();
        assert_eq!(sent.line(), "POST /?delete");
        assert_eq!(sent.header("content-md5"), md5_base64(&sent.body));
        assert_eq!(
            sent.text(),
            "<Delete><Quiet>false</Quiet><Object><Key>a&lt;b&gt;&amp;&quot;c'.txt</Key></Object>\
             <Object><Key>中文 😀</Key><VersionId>v&lt;&amp;&gt;</VersionId></Object></Delete>"
        );
    }

    #[test]
    fn odd_keys_are_encoded() {
        let fake = Fake::new().xml(
            "<DeleteResult><EncodingType>url</EncodingType><Deleted><Key>a+b%2Bc%2F%E4%B8%AD%25%01.txt</Key></Deleted></DeleteResult>",
        );
        let deleted = fake.bucket().delete_objects(["a b+c/中%\u{1}.txt", "plain"]).send().unwrap();
        assert_eq!(deleted.deleted[0].key, "a b+c/中%\u{1}.txt");
        assert_eq!(
            fake.only().text(),
            "<Delete><EncodingType>url</EncodingType><Object><Key>a+b%2Bc%2F%E4%B8%AD%25%01.txt</Key></Object>\
             <Object><Key>plain</Key></Object></Delete>"
        );
        // Every character goes through, encoded or as XML.
        for code in (0..0x100).chain([0xfffe, 0xffff]) {
            let key = format!("k{}", char::from_u32(code).unwrap());
            Fake::new().xml(EMPTY).bucket().delete_objects([&key]).send().unwrap();
        }
    }

    #[test]
    fn tells_what_was_deleted_and_what_not() {
        let fake = Fake::new().xml(
            r#"<DeleteResult xmlns="http://obs.cn-north-4.myhuaweicloud.com/doc/2015-06-30/"><Deleted><Key>object1</Key></Deleted><Deleted><Key>object2</Key><DeleteMarker>true</DeleteMarker><DeleteMarkerVersionId>dm2</DeleteMarkerVersionId></Deleted><Unknown/><Error><Key>object3</Key><Code>AccessDenied</Code><Message>Access Denied</Message></Error></DeleteResult>"#,
        );
        let output = fake.bucket().delete_objects(["a"]).send().unwrap();
        assert_eq!(output.deleted.len(), 2);
        assert_eq!(output.deleted[1].delete_marker, Some(true));
        assert_eq!(output.deleted[1].delete_marker_version_id.as_deref(), Some("dm2"));
        assert_eq!(output.errors.len(), 1);
        assert_eq!(output.errors[0].code.as_deref(), Some("AccessDenied"));
    }

    #[test]
    fn limits_are_checked_before_sending() {
        let fake = Fake::new();
        let refused = |keys: Vec<String>, part: &str| {
            let error = fake.bucket().delete_objects(keys).send().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert!(error.to_string().contains(part), "{error}");
        };
        refused(vec![], "no object");
        refused((0..1001).map(|i| i.to_string()).collect(), "1001 objects to delete, more than the 1000");
        refused(vec![String::new()], "empty key");
        assert!(fake.sent().is_empty());
    }
}
