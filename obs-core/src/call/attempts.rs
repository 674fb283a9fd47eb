//! The one loop: credentials -> parts -> sign -> send -> classify -> wait -> again.

mod again;

use std::sync::Arc;
use std::time::{Duration, Instant};

use obs_sign::{Dialect, Method, SignedUrl, check_key};

use super::prepare::Prepared;
use super::redirect::Redirect;
use super::{Target, Work, failure, negotiate, retry, trace};
use crate::body::{Body, Data, Outgoing};
use crate::bucket_client::BucketClient;
use crate::checksum::crc64;
use crate::client::{Inner, ObsClient};
use crate::error::{Error, ErrorKind, Result};
use crate::operation::{Answer, Head, Lost, Parts, Settled};
use crate::request::Way;
use crate::transport::{HttpBody, HttpRequest, HttpResponse, TransportError};

/// How much of an answer that is a document is read: a page of 1,000 of the longest keys takes some 6 MiB.
const TEXT_LIMIT: u64 = 16 << 20;

/// The one operation whose bucket cannot be asked for its protocol.
const CREATE_BUCKET: &str = "CreateBucket";

/// Sends until it succeeds or there is no use in going on. Tells the retries too, which come out of the budget of the client.
pub(super) fn run(
    client: &ObsClient,
    target: Target<'_>,
    work: &mut dyn Work,
    signed_url: Option<&SignedUrl>,
) -> Result<(Head, u32)> {
    let mut call = Call {
        client,
        inner: client.inner(),
        target,
        signed_url,
        started: Instant::now(),
        attempts: 0,
        failed: 0,
        retries: 0,
        dialect: None,
        redirects: 0,
        skew_corrected: false,
        renewed: false,
        answer_lost: false,
        sent_crc64: None,
        redirect: None,
        key: None,
        last: None,
    };
    let result = call.run(work).map(|head| (head, call.retries));
    result.map_err(|error| {
        error.in_call(work.name(), target.bucket, call.key.as_deref(), call.attempts, call.started.elapsed())
    })
}

struct Call<'a> {
    client: &'a ObsClient,
    inner: &'a Inner,
    target: Target<'a>,
    signed_url: Option<&'a SignedUrl>,
    started: Instant,
    /// Attempts made.
    attempts: u32,
    /// Attempts that failed and count as such: redirects and corrections of the clock do not.
    failed: u32,
    /// Retries taken from the budget of the client.
    retries: u32,
    /// Another protocol than the negotiated one.
    dialect: Option<Dialect>,
    redirects: u32,
    skew_corrected: bool,
    /// The server refused the credentials, and others were asked for.
    renewed: bool,
    /// An earlier attempt may have been carried out.
    answer_lost: bool,
    /// CRC-64 of the last body that went out as a whole, where it was taken.
    sent_crc64: Option<u64>,
    redirect: Option<Redirect>,
    key: Option<String>,
    /// The error of the attempt before.
    last: Option<Error>,
}

/// What one attempt came to.
enum Outcome {
    Done(Head),
    /// Once more, at once, somewhere else or with another time.
    Again,
    Failed(Failure),
}

struct Failure {
    error: Error,
    /// The server may have carried it out although no answer came.
    lost: bool,
    retry_after: Option<Duration>,
}

impl Failure {
    fn answered(error: Error) -> Outcome {
        Outcome::Failed(Self { error, lost: false, retry_after: None })
    }
}

impl Call<'_> {
    fn run(&mut self, work: &mut dyn Work) -> Result<Head> {
        loop {
            self.hold_back()?;
            self.check_open()?;
            let deadline = self.remaining().map_err(|e| self.because_of_last(e))?;
            let done = match self.attempt(work, deadline)? {
                Outcome::Done(head) => Some(head),
                Outcome::Again => None,
                Outcome::Failed(failure) => self.after(failure, work)?,
            };
            if let Some(head) = done {
                return Ok(head);
            }
        }
    }

    /// Waits while the server throttles.
    fn hold_back(&mut self) -> Result<()> {
        let inner = self.inner;
        let wait = inner.shared.pace.wait(inner.clock.now());
        if wait.is_zero() {
            return Ok(());
        }
        if self.remaining()?.is_some_and(|left| left <= wait) {
            let error = Error::new(
                ErrorKind::Timeout,
                "the server throttles, and the deadline does not allow to wait",
            );
            return Err(self.because_of_last(error));
        }
        inner.clock.sleep_while(wait, &|| !inner.is_shut_down());
        Ok(())
    }

    /// Adds what went wrong before.
    fn because_of_last(&mut self, error: Error) -> Error {
        match self.last.take() {
            Some(last) => error.with_source(last.to_string()),
            None => error,
        }
    }

    fn check_open(&self) -> Result<()> {
        if self.inner.is_shut_down() {
            return Err(Error::new(ErrorKind::Cancelled, "the client was shut down"));
        }
        Ok(())
    }

    /// What is left of the deadline.
    fn remaining(&self) -> Result<Option<Duration>> {
        let Some(deadline) = self.inner.config.deadline else { return Ok(None) };
        match deadline.checked_sub(self.started.elapsed()).filter(|left| !left.is_zero()) {
            Some(left) => Ok(Some(left)),
            None => Err(Error::new(ErrorKind::Timeout, format!("the deadline of {deadline:?} passed"))),
        }
    }

    /// Decides about a failure: waits and returns nothing to go on, returns the head of a success that was
    /// found out about, or the error.
    fn after(&mut self, failure: Failure, work: &mut dyn Work) -> Result<Option<Head>> {
        let Failure { error, lost, retry_after } = failure;
        // However the transport puts it: what ended the attempt was the shutdown.
        self.check_open().map_err(|cancelled| cancelled.with_source(error.to_string()))?;
        self.failed += 1;
        let retries_left = self.failed <= self.inner.config.max_retry_count;
        // A refusal may come of an attempt that was lost; a success that nobody can read is one all the same.
        let refused = self.answer_lost && error.status().is_some() && !error.is_retryable();
        let unread = lost && error.kind() == ErrorKind::Decode && !(error.is_retryable() && retries_left);
        let may_settle = refused || unread;
        let must_settle = lost && !work.idempotent();
        self.answer_lost |= lost || error.status().is_some_and(|s| s >= 500);
        if may_settle || must_settle {
            if let Ok(Some(bucket)) = self.bucket() {
                let lost = Lost { error: &error, sent_crc64: self.sent_crc64, began: self.started };
                let settled = work.settle(&bucket, &lost).unwrap_or_else(|unsettled| {
                    log::info!(target: "obs::retry", "{}: what became of it is not known: {unsettled}", work.name());
                    Settled::Unknown
                });
                match settled {
                    Settled::Done(()) => return Ok(Some(Head::found_done())),
                    Settled::NotDone if retries_left => {}
                    Settled::NotDone | Settled::Unknown => return Err(error),
                }
            } else {
                return Err(error);
            }
        } else if !error.is_retryable() || !retries_left {
            return Err(error);
        }
        let config = &self.inner.config;
        let delay = if error.is_throttled() { retry::throttled_delay } else { retry::delay };
        let mut delay = delay(config.retry_delay, config.max_retry_delay, self.failed);
        if let Some(asked) = retry_after {
            // A server that asks for more than we ever wait gets the most that we do.
            delay = delay.max(asked.min(config.max_retry_delay.max(Duration::from_secs(30))));
        }
        if !self.remaining().is_ok_and(|left| left.is_none_or(|left| left > delay)) {
            return Err(error);
        }
        if !self.inner.shared.retry_budget.take(self.inner.clock.now()) {
            log::info!(target: "obs::retry", "{}: not tried again, too many calls of this client fail", work.name());
            return Err(error);
        }
        self.retries += 1;
        log::info!(target: "obs::retry", "{}: attempt {} failed, again in {delay:?}: {error}", work.name(), self.attempts);
        self.inner.clock.sleep_while(delay, &|| !self.inner.is_shut_down());
        self.last = Some(error);
        Ok(None)
    }

    /// The bucket, for calls that end by the deadline of this one.
    fn bucket(&self) -> Result<Option<BucketClient>> {
        let Some(name) = self.target.bucket else { return Ok(None) };
        let client = match self.remaining()? {
            Some(left) => self.client.with_deadline(left),
            None => self.client.clone(),
        };
        Ok(Some(BucketClient::new(client, Arc::clone(name))))
    }

    fn attempt(&mut self, work: &mut dyn Work, deadline: Option<Duration>) -> Result<Outcome> {
        let (name, method, idempotent) = (work.name(), work.method(), work.idempotent());
        let draft = match self.signed_url {
            Some(_) => Parts::new(negotiate::dialect_without_asking(self.inner, self.target.bucket)),
            None => match self.draft(work, deadline)? {
                Ok(parts) => parts,
                Err(outcome) => return Ok(outcome),
            },
        };
        self.key.clone_from(&draft.key);
        let body = self.body(work, draft.dialect())?;
        let redirect = self.redirect.as_ref();
        let prepared = match self.signed_url {
            Some(url) => Prepared::signed_url(self.inner, self.target.bucket, redirect, name, method, url)?,
            None => Prepared::sign(
                self.inner,
                self.target.bucket,
                redirect,
                draft,
                &body,
                method,
                self.remaining()?,
            )?,
        };
        prepared.warn_of_bare_keys(self.inner);
        trace::request(method, &prepared);
        let (started, sent_at) = (Instant::now(), self.inner.clock.now());
        self.attempts += 1;
        // Asking for the protocol and for credentials may have taken some of it.
        let deadline = self.remaining()?;
        let sent = self.send(method, idempotent, body, &prepared, deadline)?;
        let (response, sent_crc64) = match sent {
            Ok(answered) => answered,
            Err(outcome) => return Ok(outcome),
        };
        let head = Head { status: response.status, reason: response.reason, headers: response.headers };
        log::debug!(
            target: "obs::http", "{name}: {} {} -> {} (request-id {}, {:?})", method.as_str(),
            prepared.shown_url(), head.status(), head.request_id().unwrap_or("-"), started.elapsed()
        );
        trace::answer(&head);
        if head.status() < 400 {
            self.inner.shared.pace.answered(self.inner.clock.now());
        }
        if head.status() < 300 {
            let mut answer = Answer {
                head,
                body: response.body,
                dialect: prepared.dialect,
                sent_crc64,
                resource_url: prepared.resource_url,
                text_limit: TEXT_LIMIT,
                way: self.signed_url.is_none().then(|| Way {
                    client: self.client.clone(),
                    bucket: self.target.bucket.cloned(),
                    extras: self.target.extras.cloned(),
                    started: self.started,
                }),
            };
            return Ok(match work.decode(&mut answer) {
                Ok(()) => Outcome::Done(answer.head),
                // The work is done, but what came of it is not known: another attempt may tell.
                Err(error) => Outcome::Failed(Failure {
                    lost: error.kind() != ErrorKind::Service,
                    retry_after: None,
                    error,
                }),
            });
        }
        let mut body = response.body;
        if let Some(outcome) = self.redirected(method, &head, &prepared) {
            return Ok(outcome);
        }
        let now = self.inner.clock.now();
        let retry_after = retry::retry_after(&head, now);
        let mut error = failure::read(method, head, &mut body);
        self.keep_pace(&error, sent_at, now);
        if self.redirects > 0 && self.redirects >= self.inner.config.max_redirect_count {
            error = error.with_source("redirected too often, see max_redirect_count");
        }
        if self.correct_clock(&error, &prepared)
            || self.change_protocol(name, &error, &prepared)
            || self.renew_credentials(name, &error, &prepared)
        {
            self.last = Some(error);
            return Ok(Outcome::Again);
        }
        Ok(Outcome::Failed(Failure { error, lost: false, retry_after }))
    }

    /// Writes the request; asks for the protocol first where that is needed.
    fn draft(
        &mut self,
        work: &mut dyn Work,
        deadline: Option<Duration>,
    ) -> Result<std::result::Result<Parts, Outcome>> {
        let creates_bucket = work.name() == CREATE_BUCKET;
        let dialect = match self.dialect {
            Some(dialect) => dialect,
            None => {
                if !negotiate::is_known(self.inner, self.target.bucket) {
                    // Nothing is asked for a request that cannot be made.
                    self.written(work, Dialect::Obs)?;
                }
                match negotiate::dialect(self.inner, self.target.bucket, creates_bucket, deadline) {
                    Ok(dialect) => dialect,
                    Err(error) => {
                        // The question went out in the place of the request.
                        self.attempts += 1;
                        return Ok(Err(Failure::answered(error)));
                    }
                }
            }
        };
        Ok(Ok(self.written(work, dialect)?))
    }

    /// The request in a protocol.
    fn written(&self, work: &dyn Work, dialect: Dialect) -> Result<Parts> {
        let mut parts = Parts::new(dialect);
        work.parts(&mut parts)?;
        if let Some(extras) = self.target.extras {
            extras.check()?;
            extras.write(&mut parts);
        }
        parts.headers.check()?;
        if let Some(key) = &parts.key {
            check_key(key)?;
        }
        Ok(parts)
    }

    /// The body of this attempt. Where it cannot be had again, what went wrong before is the news.
    fn body<'w>(&mut self, work: &'w mut dyn Work, dialect: Dialect) -> Result<Body<'w>> {
        match work.body(dialect) {
            Err(error) if error.kind() == ErrorKind::NotReplayable => match self.last.take() {
                Some(last) if last.status().is_some() => Err(last.with_source(error.to_string())),
                Some(last) => Err(error.with_source(last)),
                None => Err(error),
            },
            other => other,
        }
    }

    /// Sends one attempt.
    #[allow(clippy::type_complexity)]
    fn send(
        &mut self,
        method: Method,
        idempotent: bool,
        body: Body<'_>,
        prepared: &Prepared,
        deadline: Option<Duration>,
    ) -> Result<std::result::Result<(HttpResponse, Option<u64>), Outcome>> {
        let transport = &self.inner.transport;
        let (url, headers) = (&*prepared.url, &prepared.headers);
        let request = |body| HttpRequest { method, url, headers, body, deadline, idempotent };
        let take_crc64 = body.crc64;
        let (result, sent_crc64, is_whole, source_failure) = match body.data {
            Data::Empty => (transport.send(request(HttpBody::Empty)), take_crc64.then_some(0), true, None),
            Data::Bytes(bytes) => {
                let sum = take_crc64.then(|| crc64(&bytes));
                let result = transport.send(request(HttpBody::Bytes(&bytes)));
                (result, sum, true, None)
            }
            Data::Reader { mut reader, len } => {
                let mut outgoing = Outgoing::new(&mut *reader, len, take_crc64);
                let result = transport.send(request(HttpBody::Reader { reader: &mut outgoing, len }));
                let sum = outgoing.crc64.map(|d| d.sum64());
                (result, sum, len == Some(outgoing.passed), outgoing.failure)
            }
        };
        self.sent_crc64 = sent_crc64.filter(|_| is_whole).or(self.sent_crc64);
        if let Some(failure) = source_failure {
            return Err(Error::from(failure));
        }
        match result {
            Ok(response) => Ok(Ok((response, sent_crc64))),
            Err(error) => Ok(Err(Outcome::Failed(self.not_answered(error)))),
        }
    }

    fn not_answered(&self, error: TransportError) -> Failure {
        let lost = !error.was_not_sent();
        Failure { error: error.into(), lost, retry_after: None }
    }
}
