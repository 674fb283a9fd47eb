//! One function an operation: the arguments of the vectors become a call of the SDK, its output becomes the result
//! object of the vectors.

mod acl;
mod beyond;
mod bucket;
mod jobs;
mod lifecycle;
mod multipart;
mod object;
mod read;
mod result;
mod settings;
mod table;
mod upload;

use std::sync::Arc;

use obs_core::{BucketClient, Dialect, Error, ObsClient, Operation, Request};
use serde_json::Value;

use crate::args::{Members, Result, Scratch};
use crate::client::Wire;

pub use result::{Outcome, Shape};
pub use table::find;

/// A call to be made.
pub struct Call<'v> {
    pub client: ObsClient,
    pub args: Members<'v>,
    pub scratch: Scratch,
    wire: Arc<Wire>,
    dialect: Dialect,
}

/// Makes a call.
pub type Op = fn(&Call<'_>) -> Result<Outcome>;

impl<'v> Call<'v> {
    pub fn new(client: ObsClient, args: Members<'v>, wire: Arc<Wire>, dialect: Dialect) -> Result<Self> {
        Ok(Self { client, args, scratch: Scratch::new()?, wire, dialect })
    }

    fn bucket(&self) -> Result<BucketClient> {
        Ok(self.client.bucket(self.args.required("bucketName")?))
    }

    fn key(&self) -> Result<String> {
        self.args.required("objectKey")
    }

    /// Sends a request, and makes the result of what comes back.
    fn send<O: Operation>(
        &self,
        request: Request<O>,
        body: impl FnOnce(&mut O::Output, Shape) -> std::result::Result<Value, Error>,
    ) -> Result<Outcome> {
        let request = self.with_extension_headers(request)?;
        let reply = request.send();
        let shape = Shape { dialect: self.wire.dialect().unwrap_or(self.dialect) };
        Ok(match reply {
            Ok(mut reply) => match body(&mut reply, shape) {
                Ok(body) => Outcome::of_reply(&reply, body),
                Err(error) => Outcome::of_error(&error),
            },
            Err(error) => Outcome::of_error(&error),
        })
    }

    /// Sends a request whose success says nothing.
    fn send_for_nothing<O: Operation<Output = ()>>(&self, request: Request<O>) -> Result<Outcome> {
        self.send(request, |(), _| Ok(Value::Null))
    }

    fn with_extension_headers<O: Operation>(&self, request: Request<O>) -> Result<Request<O>> {
        let Some(headers) = self.args.object("extensionHeaders")? else { return Ok(request) };
        let request = match headers.filled("requesterPayer")? {
            Some(payer) if payer == "requester" => request.requester_pays(),
            Some(other) => request.header(self.dialect.header("request-payer"), other),
            None => request,
        };
        let group = headers.filled("locationClusterGroupId")?;
        let name = self.dialect.header("location-clustergroup-id");
        Ok(request.with(group, |r, group| r.header(name, group)))
    }
}

/// Setters for what may not be given.
trait With: Sized {
    fn with<V>(self, value: Option<V>, set: impl FnOnce(Self, V) -> Self) -> Self {
        match value {
            Some(value) => set(self, value),
            None => self,
        }
    }

    fn with_all<V>(self, values: impl IntoIterator<Item = V>, set: impl Fn(Self, V) -> Self) -> Self {
        values.into_iter().fold(self, set)
    }

    fn when(self, condition: bool, set: impl FnOnce(Self) -> Self) -> Self {
        if condition { set(self) } else { self }
    }
}

impl<T> With for T {}
