//! Cutting a file.

use obs_sign::Method;

use crate::error::Result;
use crate::operation::{Answer, Operation, Parts};

/// Sets the length of a file in a parallel file system: what is longer is cut, what is shorter is filled with zeros.
///
/// ```
/// # let (_place, files) = obs_sandbox::file_system(&["dir/a.txt"]);
/// files.truncate_file("dir/a.txt", 0).send()?;
/// assert_eq!(files.get_object_metadata("dir/a.txt").send()?.content_length, Some(0));
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct TruncateFile {
    key: String,
    length: u64,
}

impl TruncateFile {
    /// This file shall have so many bytes.
    pub fn new(key: impl Into<String>, length: u64) -> Self {
        Self { key: key.into(), length }
    }
}

impl Operation for TruncateFile {
    type Output = ();
    const NAME: &'static str = "TruncateFile";
    const METHOD: Method = Method::Put;

    fn parts(&self, parts: &mut Parts) -> Result<()> {
        parts.key(&self.key);
        parts.flag("truncate");
        parts.query("length", self.length);
        Ok(())
    }

    fn decode(&self, answer: &mut Answer) -> Result<()> {
        answer.nothing()
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::Fake;

    #[test]
    fn the_length_is_a_parameter() {
        let fake = Fake::new().answer(204, &[], "");
        fake.bucket().truncate_file("f.txt", 100).send().unwrap();
        assert_eq!(fake.only().line(), "PUT /f.txt?truncate&length=100");
    }
}
