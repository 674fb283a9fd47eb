//! Giving a file another name.

use obs_sign::{Method, check_key};

use crate::bucket_client::BucketClient;
use crate::error::{Error, Result};
use crate::operation::{Answer, Lost, Operation, Parts, Settled};

/// Renames a file in a parallel file system, or a folder with all that is in it (both names then end with `/`).
///
/// ```
/// # let (_place, files) = obs_sandbox::file_system(&["dir/a.txt"]);
/// files.rename_file("dir/a.txt", "dir/b.txt").send()?;
/// assert!(files.head_object("dir/a.txt").send().unwrap_err().is_not_found());
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct RenameFile {
    key: String,
    new_key: String,
}

impl RenameFile {
    /// This file shall have that name.
    pub fn new(key: impl Into<String>, new_key: impl Into<String>) -> Self {
        Self { key: key.into(), new_key: new_key.into() }
    }
}

impl Operation for RenameFile {
    type Output = ();
    const NAME: &'static str = "RenameFile";
    const METHOD: Method = Method::Post;

    fn parts(&self, parts: &mut Parts) -> Result<()> {
        if self.new_key.is_empty() {
            return Err(Error::invalid("the new name of the file is empty"));
        }
        check_key(&self.new_key)?;
        parts.key(&self.key);
        parts.flag("rename");
        parts.query("name", &self.new_key);
        Ok(())
    }

    fn decode(&self, answer: &mut Answer) -> Result<()> {
        answer.nothing()
    }

    /// After a lost answer, a file that is gone may have its new name by now.
    fn settle(&self, bucket: &BucketClient, lost: &Lost<'_>) -> Result<Settled<()>> {
        let renamed = lost.error().is_not_found() && bucket.head_object(&self.new_key).send().is_ok();
        Ok(if renamed { Settled::Done(()) } else { Settled::Unknown })
    }
}

#[cfg(test)]
mod tests {
    use crate::ErrorKind;
    use crate::test_support::Fake;

    #[test]
    fn the_new_name_is_a_parameter() {
        let fake = Fake::new().answer(204, &[], "");
        fake.bucket().rename_file("dir/old.txt", "dir/new.txt").send().unwrap();
        assert_eq!(fake.only().line(), "POST /dir/old.txt?rename&name=dir/new.txt");
        let error = fake.bucket().rename_file("a", "").send().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }

    #[test]
    fn a_lost_answer_is_found_again() {
        let fake = Fake::new().failure(ErrorKind::Connection).answer(404, &[], "").answer(200, &[], "");
        fake.bucket().rename_file("old", "new").send().unwrap();
        assert_eq!(fake.sent()[2].line(), "HEAD /new");

        let fake = Fake::new().failure(ErrorKind::Connection).answer(404, &[], "").answer(404, &[], "");
        assert!(fake.bucket().rename_file("old", "new").send().unwrap_err().is_not_found());
    }
}
