use std::fmt;
use std::str::FromStr;

use crate::Error;

/// An HTTP method that OBS knows.
///
/// ```
/// use obs_sign::Method;
/// assert_eq!("get".parse::<Method>()?, Method::Get);
/// assert_eq!(Method::Put.as_str(), "PUT");
/// # Ok::<(), obs_sign::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// Reads an object, a listing or a setting.
    Get,
    /// Writes an object, a part or a setting; creates a bucket.
    Put,
    /// Appends, starts and completes multipart uploads, batch deletes, form uploads.
    Post,
    /// Deletes an object, a bucket or a setting.
    Delete,
    /// Reads metadata only; the answer has no body.
    Head,
    /// Asks for the CORS rules that apply.
    Options,
}

impl Method {
    /// The method as it stands in the request line, upper case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Put => "PUT",
            Self::Post => "POST",
            Self::Delete => "DELETE",
            Self::Head => "HEAD",
            Self::Options => "OPTIONS",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Method {
    type Err = Error;

    /// Reads a method in any case.
    ///
    /// # Errors
    /// [`Error::Method`] for every other word.
    fn from_str(text: &str) -> Result<Self, Error> {
        [Self::Get, Self::Put, Self::Post, Self::Delete, Self::Head, Self::Options]
            .into_iter()
            .find(|method| method.as_str().eq_ignore_ascii_case(text))
            .ok_or_else(|| Error::Method { method: text.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_any_case_and_names_what_it_does_not_know() {
        assert_eq!("dElEtE".parse(), Ok(Method::Delete));
        assert_eq!("OPTIONS".parse(), Ok(Method::Options));
        let error = "PATCH".parse::<Method>().unwrap_err().to_string();
        assert!(error.contains("PATCH") && error.contains("OPTIONS"), "{error}");
    }
}
