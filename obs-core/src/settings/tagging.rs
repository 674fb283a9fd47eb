//! Tags, of a bucket or of an object.

use obs_sign::Dialect;

use crate::error::Result;
use crate::operation::Answer;
use crate::setting::Setting;
use crate::xml::{Node, NodeExt, XmlWriter};

/// The tags of a bucket or of an object: pairs that bills and filters go by. The service takes at most 10.
///
/// ```
/// use obs_core::settings::Tagging;
///
/// let tags = Tagging::new([("project", "apollo"), ("stage", "test")]).tag("owner", "alice");
/// assert_eq!(tags.get("owner"), Some("alice"));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tagging {
    /// The tags.
    pub tags: Vec<Tag>,
}

/// A tag.
///
/// ```
/// use obs_core::settings::Tag;
///
/// assert_eq!(Tag::from(("stage", "test")), Tag::new("stage", "test"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tag {
    /// Its key: 1 to 36 characters, unique within the bucket or object.
    pub key: String,
    /// Its value: up to 43 characters.
    pub value: String,
}

impl Tag {
    /// A tag.
    pub fn new(key: impl Into<String>, value: impl Into<String>) -> Self {
        Self { key: key.into(), value: value.into() }
    }
}

impl Tag {
    pub(super) fn read(node: Node<'_, '_>) -> Result<Self> {
        Ok(Self { key: node.text_of("Key")?, value: node.opt_text("Value").unwrap_or_default() })
    }

    pub(super) fn write(&self, w: &mut XmlWriter) {
        w.element("Tag", |w| {
            w.text("Key", &self.key);
            w.text("Value", &self.value);
        });
    }
}

impl<K: Into<String>, V: Into<String>> From<(K, V)> for Tag {
    fn from((key, value): (K, V)) -> Self {
        Self::new(key, value)
    }
}

impl Tagging {
    /// With these tags: [`Tag`]s, or pairs of key and value.
    pub fn new<T: Into<Tag>>(tags: impl IntoIterator<Item = T>) -> Self {
        Self { tags: tags.into_iter().map(Into::into).collect() }
    }

    /// Adds a tag.
    #[must_use]
    pub fn tag(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.tags.push(Tag::new(key, value));
        self
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.tags.iter().find(|tag| tag.key == key).map(|tag| tag.value.as_str())
    }
}

impl<T: Into<Tag>, const N: usize> From<[T; N]> for Tagging {
    fn from(tags: [T; N]) -> Self {
        Self::new(tags)
    }
}

impl<T: Into<Tag>> From<Vec<T>> for Tagging {
    fn from(tags: Vec<T>) -> Self {
        Self::new(tags)
    }
}

impl Setting for Tagging {
    const SUB_RESOURCE: &'static str = "tagging";
    const GET: &'static str = "GetBucketTagging";
    const SET: &'static str = "SetBucketTagging";
    const DELETE: &'static str = "DeleteBucketTagging";
    const CONTENT_MD5: bool = true;

    fn read(answer: &mut Answer) -> Result<Self> {
        answer.xml(|root| {
            let Some(set) = root.child("TagSet") else { return Ok(Self::default()) };
            Ok(Self { tags: set.children_named("Tag").map(Tag::read).collect::<Result<_>>()? })
        })
    }

    fn write(&self, _dialect: Dialect) -> Result<String> {
        XmlWriter::document("Tagging", |w| {
            w.element("TagSet", |w| self.tags.iter().for_each(|tag| tag.write(w)));
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Tagging;
    use crate::test_support::{Fake, survives};

    #[test]
    fn golden() {
        let fake = Fake::new().answer(204, &[], "").xml(
            "<Tagging xmlns=\"http://obs.cn-north-4.myhuaweicloud.com/doc/2015-06-30/\"><Later/><TagSet>\
             <Tag><Key>TagName1</Key><Value>TagSetVaule1</Value></Tag><Tag><Key>k2</Key><Value/></Tag>\
             </TagSet></Tagging>",
        );
        let bucket = fake.bucket();
        bucket
            .set_bucket_tagging([("TagName1", "TageSetVaule1"), ("TagName2", "TageSetVaule2")])
            .send()
            .unwrap();
        let read = bucket.get_bucket_tagging().send().unwrap().into_inner();
        bucket.delete_bucket_tagging().send().unwrap();

        let sent = fake.sent();
        assert_eq!(sent[0].line(), "PUT /?tagging");
        assert_eq!(sent[0].header("content-md5"), "Bib00qQJGQNgtzv5kSM45Q==");
        assert_eq!(
            sent[0].text(),
            "<Tagging><TagSet><Tag><Key>TagName1</Key><Value>TageSetVaule1</Value></Tag>\
             <Tag><Key>TagName2</Key><Value>TageSetVaule2</Value></Tag></TagSet></Tagging>"
        );
        assert_eq!(read, Tagging::new([("TagName1", "TagSetVaule1"), ("k2", "")]));
        assert_eq!(sent[2].line(), "DELETE /?tagging");
    }

    #[test]
    fn what_is_written_is_read_back() {
        survives(&Tagging::default());
        survives(&Tagging::new([("k", ""), ("中 & <x>", " v ")]));
    }
}
