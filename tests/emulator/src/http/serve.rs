//! One connection: requests come, are checked, handled and answered, one after the other.

use crate::api;
use crate::auth::{self, Rules, Unverified, Verified, form};
use crate::errors::ObsError;
use crate::exchange::{Content, Dialect, Payload, Request, Response};
use crate::fault::{self, Answer, Plan};
use crate::http::address::Address;
use crate::http::answer::{After, Envelope, Sender};
use crate::http::control;
use crate::http::head::{BadHead, Framing, Head};
use crate::http::input::{Body, Input, NoHead, is_timeout};
use crate::http::pause::Received;
use crate::http::server::Server;
use crate::http::socket::Socket;
use crate::inspect::{SeenRequest, Underway};
use sha2::{Digest as _, Sha256};
use std::io::{self, Read as _, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How long a client that is being turned away may go on sending.
const LINGER: Duration = Duration::from_secs(2);

/// Serves a connection to its end.
pub(crate) fn run(server: &Server, socket: Socket, idle: &AtomicBool) {
    let open = server.log.connect();
    let mut connection = Connection { server, input: Input::new(socket), number: open.number };
    loop {
        match connection.exchange(idle) {
            After::KeepAlive if server.stop.is_set() => return,
            After::KeepAlive => {}
            After::Close => return connection.linger(),
            After::Drop => return,
            After::Reset => return connection.input.socket.reset(),
        }
    }
}

struct Connection<'a> {
    server: &'a Server,
    input: Input,
    number: u64,
}

/// A request as it stands while it is being served.
struct Exchange<'a> {
    head: Box<Head>,
    request: Request,
    plan: Plan,
    underway: Underway<'a>,
}

/// How a body came.
enum Arrival {
    Whole(Payload, Option<[u8; 32]>),
    /// Answer this and close.
    Broken(ObsError),
    Ended(After),
}

impl Connection<'_> {
    fn exchange(&mut self, idle: &AtomicBool) -> After {
        let server = self.server;
        idle.store(true, Ordering::Relaxed);
        let idle_limit = server.faults.idle_limit().unwrap_or(server.idle_timeout);
        let head = self.input.head(idle_limit, server.stall_timeout);
        idle.store(false, Ordering::Relaxed);
        let head = match head {
            Ok(head) => head,
            Err(NoHead::Closed) => return After::Drop,
            Err(NoHead::Bad(bad)) => return self.refuse_head(bad),
        };
        if self.input.socket.set_timeout(server.stall_timeout).is_err() {
            return After::Drop;
        }
        let address = server.locate(&head.host, head.path());
        if let Ok(address) = &address
            && control::is_for(address)
        {
            return self.control(&head, address);
        }
        let mut request = server.request(&head, address.as_ref().ok());
        let mut is_form = false;
        if let Ok(address) = &address {
            let unverified = unverified(&head, address);
            request.dialect = unverified.spoken();
            is_form = unverified.is_post_form();
        }
        // What tells a copy from a put is a header with the prefix of the dialect
        let operation = if is_form { "PostObject" } else { server.operation(&request) };
        let mut seen = SeenRequest {
            connection: self.number,
            time: request.now,
            method: head.method.clone(),
            target: head.target.clone(),
            host: head.host.clone(),
            bucket: request.bucket.clone(),
            key: request.key.clone(),
            query: head.query.clone(),
            headers: head.received_headers(),
            operation: operation.to_owned(),
            ..SeenRequest::default()
        };
        let underway = server.log.begin(&mut seen);
        let plan = server.faults.plan(&seen);
        self.serve(Exchange { head, request, plan, underway }, address)
    }

    fn serve(&mut self, mut exchange: Exchange<'_>, address: Result<Address, ObsError>) -> After {
        let server = self.server;
        if !exchange.plan.delay.is_zero() && !server.stop.wait(Some(exchange.plan.delay), &self.input.socket)
        {
            return After::Drop;
        }
        if let Some(answer) = exchange.plan.answer.take() {
            let response = scripted(&answer, &exchange.request);
            return self.turn_away(exchange, response, answer.early);
        }
        if exchange.plan.raw.is_some() {
            // The bytes of the plan go out instead
            let nothing = Response { status: 0, headers: Vec::new(), body: Content::Empty };
            return self.turn_away(exchange, nothing, false);
        }
        if server.faults.is_throttled() {
            let error = ObsError::new(503, "SlowDown", "Please reduce your request rate.");
            let response = api::error_response(&exchange.request, error);
            return self.turn_away(exchange, response, false);
        }
        let checked = address.and_then(|address| {
            if is_version_question(&exchange.head) {
                return Ok(None);
            }
            let rules = server.rules(exchange.request.now);
            auth::verify(&unverified(&exchange.head, &address), &rules).map(Some)
        });
        match checked {
            Err(error) => {
                let response = api::error_response(&exchange.request, error);
                self.turn_away(exchange, response, false)
            }
            Ok(None) => {
                let response = server.api_version(&exchange.request);
                self.turn_away(exchange, response, false)
            }
            Ok(Some(verified)) => self.perform(exchange, &verified),
        }
    }

    /// A request that is in order so far: its body comes in and the store gets it.
    fn perform(&mut self, mut exchange: Exchange<'_>, verified: &Verified) -> After {
        let server = self.server;
        if exchange.head.expects_continue
            && self.input.socket.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").is_err()
        {
            return After::Drop;
        }
        exchange.request.caller = verified.caller.clone();
        exchange.request.dialect = verified.dialect;
        let (payload, sha256) = match self.receive(&mut exchange, verified.payload_sha256.is_some()) {
            Arrival::Whole(payload, sha256) => (payload, sha256),
            Arrival::Ended(after) => return after,
            Arrival::Broken(error) => {
                let response = api::error_response(&exchange.request, error);
                exchange.head.keep_alive = false;
                return self.answer(exchange, response);
            }
        };
        let ready = if sha256 == verified.payload_sha256 {
            exchange.request.body = payload;
            if verified.form { open_form(server, &mut exchange) } else { Ok(()) }
        } else {
            Err(ObsError::new(
                400,
                "XAmzContentSHA256Mismatch",
                "The provided 'x-amz-content-sha256' header does not match what was computed.",
            ))
        };
        let response = match ready {
            Ok(()) => server.handle(&mut exchange.request),
            Err(error) => api::error_response(&exchange.request, error),
        };
        exchange.underway.stored = (200..300).contains(&response.status);
        self.answer(exchange, response)
    }

    fn receive(&mut self, exchange: &mut Exchange<'_>, with_sha256: bool) -> Arrival {
        let announced = match exchange.head.framing {
            Framing::Length(length) => Some(length),
            Framing::Chunked => None,
        };
        let body = Body::new(&mut self.input, exchange.head.framing);
        let mut received = Received::new(body, &exchange.plan.request, &self.server.stop);
        let hash = with_sha256.then(Sha256::new);
        let outcome = self.server.spooler.receive(&mut received, announced, hash);
        let cut = received.cut;
        exchange.underway.body_length = received.count;
        match (outcome, cut) {
            (_, Some(cut)) => Arrival::Ended(cut.into()),
            (Ok((payload, sha256)), None) => Arrival::Whole(payload, sha256),
            (Err(error), None) => Arrival::Broken(broken(&error)),
        }
    }

    /// Answers a request that the store does not get to see.
    fn turn_away(&mut self, mut exchange: Exchange<'_>, response: Response, early: bool) -> After {
        if early || exchange.head.expects_continue {
            exchange.head.keep_alive = false;
            return self.answer(exchange, response);
        }
        let body = Body::new(&mut self.input, exchange.head.framing);
        let mut received = Received::new(body, &exchange.plan.request, &self.server.stop);
        let outcome = received.discard();
        let cut = received.cut;
        exchange.underway.body_length = received.count;
        match (outcome, cut) {
            (_, Some(cut)) => cut.into(),
            (Ok(()), None) => self.answer(exchange, response),
            (Err(error), None) => {
                exchange.head.keep_alive = false;
                let response = api::error_response(&exchange.request, broken(&error));
                self.answer(exchange, response)
            }
        }
    }

    fn answer(&mut self, mut exchange: Exchange<'_>, mut response: Response) -> After {
        if exchange.plan.drop_answer {
            exchange.underway.end(None);
            return After::Reset;
        }
        if let Some(kept) = exchange.plan.kept {
            response.body.truncate(kept);
        }
        let request = &exchange.request;
        let raw = exchange.plan.raw.take();
        exchange.underway.end(raw.is_none().then_some(response.status));
        let sender = Sender::new(&mut self.input.socket, &exchange.plan, &self.server.stop);
        if let Some(raw) = &raw {
            return sender.raw(raw);
        }
        let envelope = Envelope {
            is_head: request.method == "HEAD",
            keep_alive: exchange.head.keep_alive,
            dialect: request.dialect,
            request_id: &request.request_id,
            host_id: &request.host_id,
            now: request.now,
        };
        sender.answer(&response, &envelope)
    }

    fn refuse_head(&mut self, bad: BadHead) -> After {
        let server = self.server;
        let request = server.blank_request(server.now());
        let mut seen = SeenRequest {
            connection: self.number,
            time: request.now,
            operation: "BadRequest".to_owned(),
            ..SeenRequest::default()
        };
        let underway = server.log.begin(&mut seen);
        let response = api::error_response(&request, ObsError::new(bad.status, bad.code, bad.message));
        let head = Box::new(Head::unreadable());
        self.answer(Exchange { head, request, plan: Plan::default(), underway }, response)
    }

    /// A page of the emulator itself: no signature, no faults, not counted.
    fn control(&mut self, head: &Head, address: &Address) -> After {
        let server = self.server;
        let mut body = Vec::new();
        let read = Body::new(&mut self.input, head.framing).take(control::MAX_BODY).read_to_end(&mut body);
        if read.is_err() {
            return After::Drop;
        }
        let response = control::handle(server, head, address, &body, self.input.socket.is_loopback());
        let request = server.blank_request(server.now());
        let envelope = Envelope {
            is_head: head.method == "HEAD",
            keep_alive: head.keep_alive && (body.len() as u64) < control::MAX_BODY,
            dialect: Dialect::Obs,
            request_id: &request.request_id,
            host_id: &request.host_id,
            now: request.now,
        };
        Sender::new(&mut self.input.socket, &Plan::default(), &server.stop).answer(&response, &envelope)
    }

    /// Closes so that the client can still read the answer: a close with unread bytes would be a reset.
    fn linger(mut self) {
        let socket = &mut self.input.socket;
        socket.finish();
        let start = Instant::now();
        let mut block = vec![0; 64 * 1024];
        while !self.server.stop.is_set() && start.elapsed() < LINGER {
            if socket.set_timeout(LINGER / 4).is_err() || !matches!(socket.read(&mut block), Ok(1..)) {
                return;
            }
        }
    }
}

fn unverified<'a>(head: &'a Head, address: &'a Address) -> Unverified<'a> {
    Unverified {
        method: &head.method,
        path: head.path(),
        query: &head.query,
        headers: &head.headers,
        address,
    }
}

/// `HEAD /?apiversion`, by which clients find out the protocol before they can sign.
fn is_version_question(head: &Head) -> bool {
    head.method == "HEAD" && head.query.iter().any(|(name, _)| name == "apiversion")
}

fn open_form(server: &Server, exchange: &mut Exchange<'_>) -> Result<(), ObsError> {
    let request = &mut exchange.request;
    let body = std::mem::replace(&mut request.body, Payload::Memory(Vec::new()));
    let content_type = exchange.head.header("content-type").unwrap_or_default();
    let bucket = request.bucket.clone().unwrap_or_default();
    let rules: Rules<'_> = server.rules(request.now);
    let upload = form::open(body, content_type, &bucket, &rules, &server.spooler)?;
    let kept = ["host", "origin", "referer", "user-agent"];
    request.headers.retain(|(name, _)| kept.contains(&name.as_str()));
    request.headers.extend(upload.headers);
    request.key = Some(upload.key);
    request.caller = upload.caller;
    request.dialect = upload.dialect;
    request.body = upload.body;
    request.form = true;
    Ok(())
}

/// The answer to a body that did not come whole.
fn broken(error: &io::Error) -> ObsError {
    if is_timeout(error) {
        return ObsError::new(
            408,
            "RequestTimeout",
            "Your socket connection to the server was not read from or written to within the timeout period.",
        );
    }
    match error.kind() {
        io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => {
            ObsError::new(
                400,
                "IncompleteBody",
                "You did not provide the number of bytes specified by the Content-Length HTTP header",
            )
        }
        io::ErrorKind::InvalidData => {
            ObsError::new(400, "BadRequest", format!("The body of the request is malformed: {error}"))
        }
        _ => ObsError::new(500, "InternalError", format!("The body could not be kept: {error}")),
    }
}

fn scripted(answer: &Answer, request: &Request) -> Response {
    match &answer.body {
        fault::Body::Bytes(bytes) => {
            let body = match bytes.len() {
                0 => Content::Empty,
                length => Content::Memory(Arc::new(bytes.clone()), 0..length),
            };
            Response { status: answer.status, headers: answer.headers.clone(), body }
        }
        fault::Body::Error { code, message } => {
            let error = ObsError::new(answer.status, code, message.clone());
            let mut response = api::error_response(request, error);
            response.headers.extend(answer.headers.iter().cloned());
            response
        }
    }
}

impl Server {
    /// Lets the store handle a request. A panic is a 500, is counted, and the server lives on.
    fn handle(&self, request: &mut Request) -> Response {
        // What answering needs of a request stays here
        let rest = Request {
            method: request.method.clone(),
            bucket: request.bucket.clone(),
            key: request.key.clone(),
            dialect: request.dialect,
            request_id: request.request_id.clone(),
            host_id: request.host_id.clone(),
            ..self.blank_request(request.now)
        };
        let whole = std::mem::replace(request, rest);
        catch_unwind(AssertUnwindSafe(|| api::handle(&self.store, whole))).unwrap_or_else(|_| {
            self.log.panicked();
            let message = "We encountered an internal error. Please try again.";
            api::error_response(request, ObsError::new(500, "InternalError", message))
        })
    }
}
