//! The tags of an object.

use obs_sign::Dialect;

use crate::error::Result;
use crate::object::ObjectSetting;
use crate::operation::Answer;
use crate::setting::Setting;
use crate::settings::Tagging;

impl ObjectSetting for Tagging {
    const SUB_RESOURCE: &'static str = "tagging";
    const GET: &'static str = "GetObjectTagging";
    const SET: &'static str = "SetObjectTagging";
    const DELETE: &'static str = "DeleteObjectTagging";
    const CONTENT_MD5: bool = true;

    fn read(answer: &mut Answer) -> Result<Self> {
        <Self as Setting>::read(answer)
    }

    fn write(&self, dialect: Dialect) -> Result<String> {
        <Self as Setting>::write(self, dialect)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::md5_base64;
    use crate::test_support::Fake;

    #[test]
    fn tags_belong_to_the_object() {
        let document = "<Tagging><TagSet><Tag><Key>k1</Key><Value>v1</Value></Tag><Tag><Key>k2</Key><Value></Value></Tag></TagSet></Tagging>";
        let tags = Tagging::new([("k1", "v1"), ("k2", "")]);
        let fake = Fake::new().answer(200, &[], "").xml(document).answer(204, &[], "");
        let bucket = fake.bucket();
        bucket.set_object_tagging("objectname", tags.clone()).send().unwrap();
        assert_eq!(*bucket.get_object_tagging("objectname").version_id("v").send().unwrap(), tags);
        bucket.delete_object_tagging("objectname").send().unwrap();
        let sent = fake.sent();
        let lines: Vec<_> = sent.iter().map(|s| s.line()).collect();
        assert_eq!(
            lines,
            ["PUT /objectname?tagging", "GET /objectname?tagging&versionId=v", "DELETE /objectname?tagging"]
        );
        assert_eq!(sent[0].text(), document);
        assert_eq!(sent[0].header("content-md5"), md5_base64(&sent[0].body));
    }
}
