//! Writing into a file.

use obs_sign::{Dialect, Method};

use crate::body::{Body, Content};
use crate::error::Result;
use crate::object::PutObjectOutput;
use crate::operation::{Answer, Operation, Parts};
use crate::types::{Checks, ProgressListener};

/// Writes over the bytes of a file in a parallel file system from a position on; a file that ends earlier grows.
///
/// ```
/// # let (_place, files) = obs_sandbox::file_system(&["dir/a.txt"]);
/// files.modify_file("dir/a.txt", 4, "b").send()?;
/// assert_eq!(files.get_object("dir/a.txt").send()?.text()?, "dir/b.txt");
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug)]
pub struct ModifyFile {
    key: String,
    position: u64,
    content: Content,
    checks: Checks,
    progress: ProgressListener,
}

impl ModifyFile {
    /// Content to write into this file from this position on.
    pub fn new(key: impl Into<String>, position: u64, content: impl Into<Content>) -> Self {
        Self {
            key: key.into(),
            position,
            content: content.into(),
            checks: Checks::default(),
            progress: ProgressListener::default(),
        }
    }
}

impl Operation for ModifyFile {
    type Output = PutObjectOutput;
    const NAME: &'static str = "ModifyFile";
    const METHOD: Method = Method::Put;
    const SIGNED_WITHOUT_BODY: bool = true;

    fn parts(&self, parts: &mut Parts) -> Result<()> {
        parts.key(&self.key);
        parts.flag("modify");
        parts.query("position", self.position);
        self.checks.write(parts);
        Ok(())
    }

    fn body(&mut self, dialect: Dialect) -> Result<Body<'_>> {
        Ok(self.progress.observe(self.checks.body(&mut self.content, dialect)?))
    }

    fn decode(&self, answer: &mut Answer) -> Result<PutObjectOutput> {
        answer.nothing()?;
        self.progress.finish();
        // The CRC-64 is that of the whole file, not of what was sent.
        Ok(PutObjectOutput::of(answer))
    }
}

impl AsMut<Checks> for ModifyFile {
    fn as_mut(&mut self) -> &mut Checks {
        &mut self.checks
    }
}

impl AsMut<ProgressListener> for ModifyFile {
    fn as_mut(&mut self) -> &mut ProgressListener {
        &mut self.progress
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::Fake;

    #[test]
    fn writes_at_a_position() {
        let fake = Fake::new().answer(200, &[("etag", "\"e\"")], "");
        let modified = fake.bucket().modify_file("f.txt", 5, "new").send().unwrap();
        assert_eq!(modified.etag.as_deref(), Some("\"e\""));
        let sent = fake.only();
        assert_eq!(sent.line(), "PUT /f.txt?modify&position=5");
        assert_eq!(sent.text(), "new");
        assert!(!sent.headers.contains("content-type"));
    }
}
