//! Aliases: one name for two buckets in different places.

use obs_sign::{Dialect, Method};

use crate::body::Body;
use crate::error::Result;
use crate::operation::{Answer, Operation, Parts};
use crate::types::Owner;
use crate::xml::{Node, NodeExt, XmlWriter};

/// The sub-resource of the alias itself.
const ALIAS: &str = "obsbucketalias";
/// The sub-resource of a bucket's alias.
const OF_BUCKET: &str = "obsalias";

/// An alias.
///
/// ```
/// # let (_place, client) = obs_sandbox::client();
/// # for name in ["my-bucket", "my-bucket-2"] { client.create_bucket(name).send()?; }
/// # client.create_bucket_alias("my-alias", "my-bucket", "my-bucket-2").send()?;
/// # client.bind_bucket_alias("my-bucket", "my-alias").send()?;
/// let alias = client.get_bucket_alias("my-bucket").send()?;
/// assert_eq!((alias.alias.as_str(), alias.buckets.len()), ("my-alias", 2));
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BucketAlias {
    /// Its name.
    pub alias: String,
    /// The buckets that it stands for: two.
    pub buckets: Vec<String>,
    /// When it was created, as the service writes it.
    pub creation_date: Option<String>,
}

impl BucketAlias {
    fn read(node: Node<'_, '_>) -> Result<Self> {
        let buckets = node.child("BucketList");
        let buckets = buckets.iter().flat_map(|list| list.children_named("Bucket"));
        Ok(Self {
            alias: node.text_of("Alias")?,
            buckets: buckets.map(|bucket| bucket.full_text()).collect(),
            creation_date: node.opt_text("CreationDate"),
        })
    }
}

/// Creates an alias, whose name is that of the bucket that is asked, for two buckets.
///
/// ```
/// # let (_place, client) = obs_sandbox::client();
/// # for name in ["my-bucket", "my-bucket-2"] { client.create_bucket(name).send()?; }
/// client.create_bucket_alias("my-alias", "my-bucket", "my-bucket-2").send()?;
/// client.bind_bucket_alias("my-bucket", "my-alias").send()?;
/// client.bind_bucket_alias("my-bucket-2", "my-alias").send()?;
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct CreateBucketAlias(String, String);

impl CreateBucketAlias {
    /// For these two buckets.
    pub fn new(bucket1: impl Into<String>, bucket2: impl Into<String>) -> Self {
        Self(bucket1.into(), bucket2.into())
    }
}

impl Operation for CreateBucketAlias {
    type Output = ();
    const NAME: &'static str = "CreateBucketAlias";
    const METHOD: Method = Method::Put;

    fn parts(&self, parts: &mut Parts) -> Result<()> {
        parts.flag(ALIAS);
        Ok(())
    }

    fn body(&mut self, _dialect: Dialect) -> Result<Body<'_>> {
        Ok(Body::text(XmlWriter::document("CreateBucketAlias", |w| {
            w.element("BucketList", |w| {
                w.text("Bucket", &self.0);
                w.text("Bucket", &self.1);
            });
        })?))
    }

    fn decode(&self, answer: &mut Answer) -> Result<()> {
        answer.nothing()
    }
}

/// Gives an alias to a bucket.
///
/// ```
/// # let (_place, client) = obs_sandbox::client();
/// # for name in ["my-bucket", "my-bucket-2"] { client.create_bucket(name).send()?; }
/// # client.create_bucket_alias("my-alias", "my-bucket", "my-bucket-2").send()?;
/// client.bind_bucket_alias("my-bucket", "my-alias").send()?;
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct BindBucketAlias(String);

impl BindBucketAlias {
    /// This alias.
    pub fn new(alias: impl Into<String>) -> Self {
        Self(alias.into())
    }
}

impl Operation for BindBucketAlias {
    type Output = ();
    const NAME: &'static str = "BindBucketAlias";
    const METHOD: Method = Method::Put;

    fn parts(&self, parts: &mut Parts) -> Result<()> {
        parts.flag(OF_BUCKET);
        Ok(())
    }

    fn body(&mut self, _dialect: Dialect) -> Result<Body<'_>> {
        Ok(Body::text(XmlWriter::document("AliasList", |w| w.text("Alias", &self.0))?))
    }

    fn decode(&self, answer: &mut Answer) -> Result<()> {
        answer.nothing()
    }
}

/// Takes the alias from a bucket.
///
/// ```
/// # let (_place, client) = obs_sandbox::client();
/// # for name in ["my-bucket", "my-bucket-2"] { client.create_bucket(name).send()?; }
/// # client.create_bucket_alias("my-alias", "my-bucket", "my-bucket-2").send()?;
/// # client.bind_bucket_alias("my-bucket", "my-alias").send()?;
/// client.unbind_bucket_alias("my-bucket").send()?;
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct UnbindBucketAlias {}

impl Operation for UnbindBucketAlias {
    type Output = ();
    const NAME: &'static str = "UnbindBucketAlias";
    const METHOD: Method = Method::Delete;

    fn parts(&self, parts: &mut Parts) -> Result<()> {
        parts.flag(OF_BUCKET);
        Ok(())
    }

    fn decode(&self, answer: &mut Answer) -> Result<()> {
        answer.nothing()
    }
}

/// Deletes an alias, whose name is that of the bucket that is asked.
///
/// ```
/// # let (_place, client) = obs_sandbox::client();
/// # for name in ["my-bucket", "my-bucket-2"] { client.create_bucket(name).send()?; }
/// # client.create_bucket_alias("my-alias", "my-bucket", "my-bucket-2").send()?;
/// client.delete_bucket_alias("my-alias").send()?;
/// assert!(client.list_bucket_alias().send()?.aliases.is_empty());
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct DeleteBucketAlias {}

impl Operation for DeleteBucketAlias {
    type Output = ();
    const NAME: &'static str = "DeleteBucketAlias";
    const METHOD: Method = Method::Delete;

    fn parts(&self, parts: &mut Parts) -> Result<()> {
        parts.flag(ALIAS);
        Ok(())
    }

    fn decode(&self, answer: &mut Answer) -> Result<()> {
        answer.nothing()
    }
}

/// Reads the alias of a bucket.
///
/// ```
/// # let (_place, client) = obs_sandbox::client();
/// # for name in ["my-bucket", "my-bucket-2"] { client.create_bucket(name).send()?; }
/// match client.get_bucket_alias("my-bucket").send() {
///     Ok(alias) => println!("also known as {}", alias.alias),
///     Err(error) if error.is_not_found() => println!("it has no alias"),
///     Err(error) => return Err(error),
/// }
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct GetBucketAlias {}

impl Operation for GetBucketAlias {
    type Output = BucketAlias;
    const NAME: &'static str = "GetBucketAlias";
    const METHOD: Method = Method::Get;

    fn parts(&self, parts: &mut Parts) -> Result<()> {
        parts.flag(OF_BUCKET);
        Ok(())
    }

    fn decode(&self, answer: &mut Answer) -> Result<BucketAlias> {
        answer.xml(|root| {
            BucketAlias::read(root.child("BucketAlias").ok_or_else(|| root.lacks("BucketAlias"))?)
        })
    }
}

/// The aliases of an account.
///
/// ```
/// # let (_place, client) = obs_sandbox::client();
/// # for name in ["my-bucket", "my-bucket-2"] { client.create_bucket(name).send()?; }
/// # client.create_bucket_alias("my-alias", "my-bucket", "my-bucket-2").send()?;
/// let list = client.list_bucket_alias().send()?;
/// println!("{} aliases of {:?}", list.aliases.len(), list.owner);
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListBucketAliasOutput {
    /// The owner of them all.
    pub owner: Option<Owner>,
    /// The aliases.
    pub aliases: Vec<BucketAlias>,
}

/// Lists the aliases of the account.
///
/// ```
/// # let (_place, client) = obs_sandbox::client();
/// # for name in ["my-bucket", "my-bucket-2"] { client.create_bucket(name).send()?; }
/// # client.create_bucket_alias("my-alias", "my-bucket", "my-bucket-2").send()?;
/// for alias in &client.list_bucket_alias().send()?.aliases {
///     println!("{} is {:?}", alias.alias, alias.buckets);
/// }
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct ListBucketAlias {}

impl Operation for ListBucketAlias {
    type Output = ListBucketAliasOutput;
    const NAME: &'static str = "ListBucketAlias";
    const METHOD: Method = Method::Get;

    fn parts(&self, parts: &mut Parts) -> Result<()> {
        parts.flag(ALIAS);
        Ok(())
    }

    fn decode(&self, answer: &mut Answer) -> Result<ListBucketAliasOutput> {
        answer.xml(|root| {
            let list = root.child("BucketAliasList");
            let aliases = list.iter().flat_map(|list| list.children_named("BucketAlias"));
            Ok(ListBucketAliasOutput {
                owner: Owner::child_of(root, "Owner"),
                aliases: aliases.map(BucketAlias::read).collect::<Result<_>>()?,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::Fake;

    const ALIAS: &str = "<BucketAlias><Alias>a1</Alias><BucketList><Bucket>b1</Bucket><Bucket>b2</Bucket></BucketList>\
                         <CreationDate>2020-01-01</CreationDate></BucketAlias>";

    #[test]
    fn golden() {
        let fake = Fake::new();
        let bucket = fake.bucket();
        bucket.create_bucket_alias("b1", "b2").send().unwrap();
        bucket.bind_bucket_alias("alias1").send().unwrap();
        bucket.unbind_bucket_alias().send().unwrap();
        bucket.delete_bucket_alias().send().unwrap();
        let sent = fake.sent();
        assert_eq!(sent[0].line(), "PUT /?obsbucketalias");
        assert_eq!(
            sent[0].text(),
            "<CreateBucketAlias><BucketList><Bucket>b1</Bucket><Bucket>b2</Bucket></BucketList></CreateBucketAlias>"
        );
        assert_eq!(sent[1].line(), "PUT /?obsalias");
        assert_eq!(sent[1].text(), "<AliasList><Alias>alias1</Alias></AliasList>");
        assert_eq!(sent[2].line(), "DELETE /?obsalias");
        assert_eq!(sent[3].line(), "DELETE /?obsbucketalias");
    }

    #[test]
    fn the_documents_of_the_service_are_read() {
        let fake = Fake::new().xml(&format!("<AliasList>{ALIAS}</AliasList>")).xml(&format!(
            "<ListBucketAliasResult><Owner><ID>oid</ID></Owner><BucketAliasList>{ALIAS}</BucketAliasList>\
             </ListBucketAliasResult>"
        ));
        let bucket = fake.bucket();
        let alias = bucket.get_bucket_alias().send().unwrap().into_inner();
        assert_eq!((alias.alias.as_str(), alias.buckets.as_slice()), ("a1", &["b1".into(), "b2".into()][..]));
        let list = bucket.client().list_bucket_alias().send().unwrap().into_inner();
        assert_eq!(list.aliases, [alias]);
        assert_eq!(list.owner.unwrap().id, "oid");
        let sent = fake.sent();
        assert_eq!(sent[1].line(), "GET /?obsbucketalias");
        assert_eq!(sent[1].header("host"), "obs.cn-north-4.example.com");
    }
}
