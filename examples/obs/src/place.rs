//! What the arguments name: an object, a local file, or standard input and output.

use std::convert::Infallible;
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use obs_core::StorageClass;

use crate::failure::Failure;
use crate::output::fails;

const SCHEME: &str = "obs://";

/// `obs://bucket/key`; the key is empty where the bucket alone is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Remote {
    pub(crate) bucket: String,
    pub(crate) key: String,
}

impl FromStr for Remote {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some(rest) = text.strip_prefix(SCHEME) else {
            return Err(format!("write it as obs://bucket/key (did you mean obs://{text}?)"));
        };
        let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.is_empty() {
            return Err("the name of the bucket is missing: write obs://bucket/key".to_owned());
        }
        Ok(Self { bucket: bucket.to_owned(), key: key.to_owned() })
    }
}

impl Remote {
    /// The key as that of a folder: empty, or with `/` at its end.
    pub(crate) fn folder(&self) -> String {
        if self.key.is_empty() || self.key.ends_with('/') {
            self.key.clone()
        } else {
            format!("{}/", self.key)
        }
    }

    /// Whether it can only be something to put objects into.
    pub(crate) fn is_folder(&self) -> bool {
        self.key.is_empty() || self.key.ends_with('/')
    }

    /// The part of the key behind the last `/`.
    pub(crate) fn name(&self) -> &str {
        self.key.rsplit('/').next().unwrap_or_default()
    }

    /// The key, where one must be named.
    pub(crate) fn object(text: &str) -> Result<Self, String> {
        let place: Self = text.parse()?;
        if place.key.is_empty() {
            return Err("the key of the object is missing: write obs://bucket/key".to_owned());
        }
        Ok(place)
    }

    /// The bucket, where no key may be named.
    pub(crate) fn bucket(text: &str) -> Result<Self, String> {
        let place: Self = text.parse()?;
        if !place.key.is_empty() {
            return Err("only a bucket can be named here: write obs://bucket".to_owned());
        }
        Ok(place)
    }
}

impl fmt::Display for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SCHEME}{}/{}", self.bucket, self.key)
    }
}

/// Does something with each of those that were named, also behind one that failed. The failure of one alone is told as it is.
pub(crate) fn each(
    places: &[Remote],
    mut one: impl FnMut(&Remote) -> Result<(), Failure>,
) -> Result<(), Failure> {
    if let [place] = places {
        return one(place);
    }
    let mut failed = 0;
    for place in places {
        match one(place) {
            Ok(()) => {}
            Err(Failure::NobodyListens) => return Err(Failure::NobodyListens),
            Err(failure) => {
                failed += 1;
                failure.told().into_iter().for_each(fails);
            }
        }
    }
    Failure::of_many(failed, places.len() as u64 - failed)
}

/// Where bytes come from or go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    Remote(Remote),
    Local(PathBuf),
    /// `-`: standard input or output.
    Standard,
}

impl Place {
    /// The bucket; empty where it is in none.
    pub(crate) fn bucket(&self) -> &str {
        match self {
            Self::Remote(place) => &place.bucket,
            Self::Local(_) | Self::Standard => "",
        }
    }

    pub(crate) fn parse(text: OsString) -> Result<Self, String> {
        match text.to_str() {
            Some("") => Err("an empty name is neither a file nor an object".to_owned()),
            Some("-") => Ok(Self::Standard),
            Some(text) if text.starts_with(SCHEME) => text.parse().map(Self::Remote),
            _ => Ok(Self::Local(text.into())),
        }
    }
}

/// `name=value` or `name:value`, as `--meta` and `--header` take them.
pub(crate) fn pair(
    separator: char,
) -> impl Fn(&str) -> Result<(String, String), String> + Clone + Send + Sync {
    move |text| match text.split_once(separator) {
        Some((name, value)) if !name.trim().is_empty() => {
            Ok((name.trim().to_owned(), value.trim().to_owned()))
        }
        _ => Err(format!("write it as name{separator}value")),
    }
}

/// A number of bytes, such as `16MiB`.
pub(crate) fn size(text: &str) -> Result<u64, String> {
    match text.parse::<bytesize::ByteSize>() {
        Ok(size) if size.as_u64() > 0 => Ok(size.as_u64()),
        Ok(_) => Err("give at least one byte".to_owned()),
        Err(_) => Err("write it as 16MiB, 500KB or a number of bytes".to_owned()),
    }
}

/// How long something is valid, such as `1h`.
pub(crate) fn lifetime(text: &str) -> Result<Duration, String> {
    match duration(text)? {
        time if time.as_secs() > 0 => Ok(time),
        _ => Err("give at least 1s".to_owned()),
    }
}

/// A time such as `60s`; a number alone is seconds.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    if let Ok(seconds) = text.trim().parse() {
        return Ok(Duration::from_secs(seconds));
    }
    humantime::parse_duration(text).map_err(|error| format!("{error}: write it as 60s, 30m or 7d"))
}

/// A storage class, in whatever case it is written.
pub(crate) fn storage_class(text: &str) -> Result<StorageClass, Infallible> {
    Ok(StorageClass::from(text.to_ascii_uppercase()))
}

/// A variant of an open enumeration of the service: every value is taken.
pub(crate) fn named<T: From<String>>(text: &str) -> Result<T, Infallible> {
    Ok(T::from(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_taken_as_they_are() {
        let place: Remote = "obs://b/a//b c?x#%2F".parse().unwrap();
        assert_eq!((place.bucket.as_str(), place.key.as_str()), ("b", "a//b c?x#%2F"));
        assert_eq!(place.name(), "b c?x#%2F");
        assert_eq!(Place::parse("obs:/b".into()).unwrap(), Place::Local("obs:/b".into()));
        assert_eq!(Place::parse("./-".into()).unwrap(), Place::Local("./-".into()));
    }

    #[test]
    fn what_is_no_object_says_how_to_write_it() {
        assert!("my-bucket/k".parse::<Remote>().unwrap_err().contains("obs://my-bucket/k"));
        assert!("obs:///k".parse::<Remote>().is_err());
        assert!(Remote::object("obs://b").is_err());
        assert!(Remote::bucket("obs://b/k").is_err());
        assert!(Remote::bucket("obs://b/").is_ok());
    }

    #[test]
    fn times() {
        assert_eq!(duration("90").unwrap(), Duration::from_secs(90));
        assert_eq!(duration("1m 30s").unwrap(), Duration::from_secs(90));
        assert!(duration("soon").unwrap_err().contains("write it as 60s"));
        assert!(lifetime("0").is_err() && lifetime("1h").is_ok());
        assert_eq!(storage_class("deep_archive").unwrap(), StorageClass::DeepArchive);
    }

    #[test]
    fn sizes() {
        assert_eq!(size("16MiB").unwrap(), 16 << 20);
        assert_eq!(size("1KB").unwrap(), 1000);
        assert_eq!(size("77").unwrap(), 77);
        assert!(size("0").is_err() && size("many").is_err());
    }
}
