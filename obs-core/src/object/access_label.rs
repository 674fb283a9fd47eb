//! Labels that bucket policies can refer to.

use obs_sign::Dialect;
use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::object::ObjectSetting;
use crate::operation::Answer;

/// The access labels of a directory in a parallel file system: names of roles that bucket policies grant rights to.
///
/// ```
/// # let (_place, files) = obs_sandbox::file_system(&["dir/a.txt"]);
/// files.set_access_label("dir/", ["role_1", "role_2"]).send()?;
/// assert_eq!(files.get_access_label("dir/").send()?.labels, ["role_1", "role_2"]);
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccessLabel {
    /// The labels.
    pub labels: Vec<String>,
}

impl AccessLabel {
    /// These labels.
    pub fn new(labels: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { labels: labels.into_iter().map(Into::into).collect() }
    }
}

impl<T: Into<String>, const N: usize> From<[T; N]> for AccessLabel {
    fn from(labels: [T; N]) -> Self {
        Self::new(labels)
    }
}

impl<T: Into<String>> From<Vec<T>> for AccessLabel {
    fn from(labels: Vec<T>) -> Self {
        Self::new(labels)
    }
}

impl ObjectSetting for AccessLabel {
    // It has this name in all protocols.
    const SUB_RESOURCE: &'static str = "x-obs-accesslabel";
    const GET: &'static str = "GetAccessLabel";
    const SET: &'static str = "SetAccessLabel";
    const DELETE: &'static str = "DeleteAccessLabel";

    fn read(answer: &mut Answer) -> Result<Self> {
        let text = answer.text()?;
        let document: Value = serde_json::from_str(&text)
            .map_err(|e| Error::decode("the answer is no JSON document").with_source(e))?;
        let labels = document.get("accesslabel").and_then(Value::as_array);
        let labels = labels.ok_or_else(|| Error::decode("the answer lacks the list accesslabel"))?;
        let text = |label: &Value| label.as_str().map(str::to_owned);
        let labels: Option<Vec<_>> = labels.iter().map(text).collect();
        Ok(Self { labels: labels.ok_or_else(|| Error::decode("accesslabel holds what is no text"))? })
    }

    fn write(&self, _dialect: Dialect) -> Result<String> {
        Ok(json!({ "accesslabel": self.labels }).to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;
    use crate::test_support::Fake;

    #[test]
    fn what_is_written_is_read_back() {
        let document = r#"{"accesslabel":["role_1","role \"2\""]}"#;
        let labels = AccessLabel::new(["role_1", "role \"2\""]);
        let fake = Fake::new().answer(200, &[], "").answer(200, &[], document).answer(204, &[], "");
        let bucket = fake.bucket();
        bucket.set_access_label("dir/", labels.clone()).send().unwrap();
        assert_eq!(*bucket.get_access_label("dir/").send().unwrap(), labels);
        bucket.delete_access_label("dir/").send().unwrap();
        let sent = fake.sent();
        let lines: Vec<_> = sent.iter().map(|s| s.line()).collect();
        assert_eq!(
            lines,
            ["PUT /dir/?x-obs-accesslabel", "GET /dir/?x-obs-accesslabel", "DELETE /dir/?x-obs-accesslabel"]
        );
        assert_eq!(sent[0].text(), document);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for broken in ["", "[]", "{}", r#"{"accesslabel":"a"}"#, r#"{"accesslabel":[1]}"#] {
            let fake = Fake::new().answer(200, &[], broken);
            let error = fake.bucket().get_access_label("d/").send().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Decode, "{broken}");
        }
    }
}
