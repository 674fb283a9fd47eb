//! A call under way: credentials, parts, signature, attempt, and what comes after it.

mod attempts;
mod clock;
mod failure;
mod negotiate;
mod pace;
mod prepare;
mod redirect;
mod retry;
mod trace;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, SystemTime};

use obs_sign::{Credentials, Dialect, Method, SignedUrl, Signer};

use clock::ServerTime;
use negotiate::Negotiated;
use pace::Pace;
use retry::RetryBudget;

use crate::body::{Body, Content};
use crate::bucket_client::BucketClient;
use crate::client::{Inner, ObsClient};
use crate::error::{Error, Result};
use crate::operation::{Answer, Head, Lost, Operation, Parts, Reply, Settled};
use crate::request::Extras;
use crate::signing::RawBody;

/// What the calls of a client and its clones know of the server together.
#[derive(Debug)]
pub(crate) struct Shared {
    /// The difference between our clock and the server's, once it told.
    server_time: ServerTime,
    /// What servers answered when they were asked for their protocol.
    negotiated: Negotiated,
    /// How fast the server lets them go on.
    pace: Pace,
    retry_budget: RetryBudget,
    /// The log says that keys of SSE-C go over plain http.
    warned_of_bare_keys: AtomicBool,
}

impl Shared {
    /// With so many retries for all calls together.
    pub(crate) fn new(retry_budget: u32) -> Self {
        Self {
            server_time: ServerTime::default(),
            negotiated: Negotiated::default(),
            pace: Pace::default(),
            retry_budget: RetryBudget::new(retry_budget),
            warned_of_bare_keys: AtomicBool::new(false),
        }
    }
}

/// What a request is about, beside its operation.
#[derive(Clone, Copy)]
pub(crate) struct Target<'a> {
    pub(crate) bucket: Option<&'a Arc<str>>,
    pub(crate) extras: Option<&'a Arc<Extras>>,
}

/// An operation without its type, so that the loop is compiled once.
trait Work {
    fn name(&self) -> &'static str;
    fn method(&self) -> Method;
    fn idempotent(&self) -> bool;
    fn parts(&self, parts: &mut Parts) -> Result<()>;
    fn body(&mut self, dialect: Dialect) -> Result<Body<'_>>;
    fn decode(&mut self, answer: &mut Answer) -> Result<()>;
    fn settle(&mut self, bucket: &BucketClient, lost: &Lost<'_>) -> Result<Settled<()>>;
}

struct Typed<'a, O: Operation> {
    operation: &'a mut O,
    output: Option<O::Output>,
}

impl<O: Operation> Work for Typed<'_, O> {
    fn name(&self) -> &'static str {
        O::NAME
    }

    fn method(&self) -> Method {
        O::METHOD
    }

    fn idempotent(&self) -> bool {
        O::IDEMPOTENT
    }

    fn parts(&self, parts: &mut Parts) -> Result<()> {
        self.operation.parts(parts)
    }

    fn body(&mut self, dialect: Dialect) -> Result<Body<'_>> {
        self.operation.body(dialect)
    }

    fn decode(&mut self, answer: &mut Answer) -> Result<()> {
        self.output = Some(self.operation.decode(answer)?);
        Ok(())
    }

    fn settle(&mut self, bucket: &BucketClient, lost: &Lost<'_>) -> Result<Settled<()>> {
        Ok(match self.operation.settle(bucket, lost)? {
            Settled::Done(output) => {
                self.output = Some(output);
                Settled::Done(())
            }
            Settled::NotDone => Settled::NotDone,
            Settled::Unknown => Settled::Unknown,
        })
    }
}

fn reply<O: Operation>(output: Option<O::Output>, head: Head) -> Result<Reply<O::Output>> {
    match output {
        Some(output) => Ok(Reply::new(output, head)),
        None => Err(Error::decode("the answer was not read")),
    }
}

/// Sends an operation, as often as needed.
pub(crate) fn perform<O: Operation>(
    client: &ObsClient,
    target: Target<'_>,
    operation: &mut O,
) -> Result<Reply<O::Output>> {
    let (reply, retries) = perform_part(client, target, operation)?;
    succeeded(client, retries);
    Ok(reply)
}

/// The same for a part of a call that has not succeeded by it: the retries that it tells of are not given back yet.
pub(crate) fn perform_part<O: Operation>(
    client: &ObsClient,
    target: Target<'_>,
    operation: &mut O,
) -> Result<(Reply<O::Output>, u32)> {
    let mut work = Typed { operation, output: None };
    let (head, retries) = attempts::run(client, target, &mut work, None)?;
    Ok((reply::<O>(work.output, head)?, retries))
}

/// What a call took of the budget, and one more.
fn succeeded(client: &ObsClient, retries: u32) {
    give_back(client, retries.saturating_add(1));
}

/// Gives retries back to the budget.
pub(crate) fn give_back(client: &ObsClient, retries: u32) {
    client.inner().shared.retry_budget.give_back(retries);
}

/// Sends an operation through a URL signed elsewhere.
pub(crate) fn perform_signed<O: Operation>(
    client: &ObsClient,
    target: Target<'_>,
    operation: &mut O,
    url: &SignedUrl,
) -> Result<Reply<O::Output>> {
    let mut work = Typed { operation, output: None };
    let (head, retries) = attempts::run(client, target, &mut work, Some(url))?;
    succeeded(client, retries);
    reply::<O>(work.output, head)
}

/// A request of which only the signed URL is known.
struct Raw {
    method: Method,
    content: Content,
    body: Option<RawBody>,
}

impl Work for Raw {
    fn name(&self) -> &'static str {
        "SendSignedUrl"
    }

    fn method(&self) -> Method {
        self.method
    }

    fn idempotent(&self) -> bool {
        self.method != Method::Post
    }

    fn parts(&self, _parts: &mut Parts) -> Result<()> {
        Ok(())
    }

    fn body(&mut self, _dialect: Dialect) -> Result<Body<'_>> {
        self.content.body()
    }

    fn decode(&mut self, answer: &mut Answer) -> Result<()> {
        self.body = Some(RawBody(answer.take_body()));
        Ok(())
    }

    fn settle(&mut self, _bucket: &BucketClient, _lost: &Lost<'_>) -> Result<Settled<()>> {
        Ok(Settled::Unknown)
    }
}

/// Sends a body through a URL signed elsewhere.
pub(crate) fn perform_raw(client: &ObsClient, url: &SignedUrl, content: Content) -> Result<Reply<RawBody>> {
    let mut work = Raw { method: url.method, content, body: None };
    let target = Target { bucket: None, extras: None };
    let (head, retries) = attempts::run(client, target, &mut work, Some(url))?;
    succeeded(client, retries);
    Ok(Reply::new(work.body.unwrap_or(RawBody(Box::new(std::io::empty()))), head))
}

/// Signs an operation as a URL.
pub(crate) fn presign<O: Operation>(
    client: &ObsClient,
    target: Target<'_>,
    operation: &mut O,
    expires: Duration,
) -> Result<SignedUrl> {
    let name = |e: Error| e.in_call(O::NAME, target.bucket, None, 0, Duration::ZERO);
    let Signing { signer, credentials, now } = signing(client.inner(), target.bucket).map_err(name)?;
    let mut parts = Parts::new(signer.dialect());
    operation.parts(&mut parts).map_err(name)?;
    if let Some(extras) = target.extras {
        extras.write(&mut parts);
    }
    if !O::SIGNED_WITHOUT_BODY {
        operation.body(signer.dialect()).map_err(name)?.write_headers(&mut parts.headers);
    }
    let bucket = target.bucket.map(|b| &**b);
    let location = signer.endpoint().locate(bucket, parts.key.as_deref()).map_err(|e| name(e.into()))?;
    signer
        .signed_url(&credentials, O::METHOD, location, parts.query, parts.headers, expires, now)
        .map_err(|e| name(e.into()))
}

/// What a signature needs that is made without asking the server anything.
pub(crate) struct Signing<'a> {
    pub(crate) signer: &'a Signer,
    pub(crate) credentials: Credentials,
    /// The time as the server would tell it.
    pub(crate) now: SystemTime,
}

pub(crate) fn signing<'a>(inner: &'a Inner, bucket: Option<&Arc<str>>) -> Result<Signing<'a>> {
    let credentials = inner.credentials.credentials()?;
    let signer = inner.signer(negotiate::dialect_without_asking(inner, bucket));
    Ok(Signing { signer, credentials, now: inner.shared.server_time.correct(inner.clock.now()) })
}

/// Whether a download that broke off for the `failed`th time goes on: where there is a retry in the budget and time for it, after the wait
/// between two attempts.
pub(crate) fn goes_on(client: &ObsClient, failed: u32, time_left: Option<Duration>) -> bool {
    let inner = client.inner();
    let delay = retry::delay(inner.config.retry_delay, inner.config.max_retry_delay, failed);
    if time_left.is_some_and(|left| left <= delay) {
        return false;
    }
    if !inner.shared.retry_budget.take(inner.clock.now()) {
        log::info!(target: "obs::retry", "GetObject: not gone on with, too many calls of this client fail");
        return false;
    }
    inner.clock.sleep_while(delay, &|| !inner.is_shut_down());
    true
}

#[cfg(test)]
mod tests;
