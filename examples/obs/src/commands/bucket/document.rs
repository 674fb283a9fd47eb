//! Documents in and out as they are: operations of one's own, by the public trait of the library.

use obs_core::{Answer, Body, Dialect, Error, Method, Operation, Parts};

use super::table::{At, Format, Setting};

/// Which document.
#[derive(Debug)]
pub(super) struct Which {
    pub(super) setting: &'static Setting,
    pub(super) id: Option<String>,
}

impl Which {
    fn locate(&self, parts: &mut Parts) {
        match self.setting.at {
            At::Sub(name) => parts.flag(name),
            At::SubOf(obs, others) => parts.flag(if parts.dialect().is_obs() { obs } else { others }),
            At::Key(key, marker) => {
                parts.key(key);
                parts.prefixed(marker, "yes");
            }
            At::Value(name) => match &self.id {
                Some(id) => return parts.query(name, id),
                None => parts.flag(name),
            },
        }
        parts.query_opt("id", self.id.as_deref());
    }
}

#[derive(Debug)]
pub(super) struct Get {
    pub(super) which: Which,
}

impl Operation for Get {
    type Output = String;
    const NAME: &'static str = "GetBucketSetting";
    const METHOD: Method = Method::Get;

    fn parts(&self, parts: &mut Parts) -> Result<(), Error> {
        self.which.locate(parts);
        Ok(())
    }

    fn decode(&self, answer: &mut Answer) -> Result<String, Error> {
        answer.text()
    }
}

#[derive(Debug)]
pub(super) struct Set {
    pub(super) which: Which,
    pub(super) document: String,
}

impl Operation for Set {
    type Output = ();
    const NAME: &'static str = "SetBucketSetting";
    const METHOD: Method = Method::Put;

    fn parts(&self, parts: &mut Parts) -> Result<(), Error> {
        self.which.locate(parts);
        if self.which.setting.format == Format::Json {
            parts.header("content-type", "application/json");
        }
        Ok(())
    }

    fn body(&mut self, _dialect: Dialect) -> Result<Body<'_>, Error> {
        // Some settings demand the digest, and none minds it
        Ok(Body::text(self.document.clone()).with_content_md5())
    }

    fn decode(&self, answer: &mut Answer) -> Result<(), Error> {
        answer.nothing()
    }
}

#[derive(Debug)]
pub(super) struct Delete {
    pub(super) which: Which,
}

impl Operation for Delete {
    type Output = ();
    const NAME: &'static str = "DeleteBucketSetting";
    const METHOD: Method = Method::Delete;

    fn parts(&self, parts: &mut Parts) -> Result<(), Error> {
        self.which.locate(parts);
        Ok(())
    }

    fn decode(&self, answer: &mut Answer) -> Result<(), Error> {
        answer.nothing()
    }
}
