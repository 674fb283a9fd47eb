//! The transport against servers on the loopback that behave as good servers do not.

mod bypass;
mod closing;
mod limits;
#[cfg(feature = "rustls")]
mod tls;
mod way;

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use obs_sign::{Headers, Method};
use ureq::unversioned::resolver::Resolver;

use super::UreqTransport;
use super::connection::Common;
use super::names::Names;
use crate::config::ConnectionConfig;
use crate::error::{Error, ErrorKind};
use crate::transport::{HttpBody, HttpRequest, HttpResponse, Transport, TransportError};

const MS: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

/// Limits that only what hangs will meet, however busy the machine is.
fn config() -> ConnectionConfig {
    ConnectionConfig { timeout: SECOND * 30, connect_timeout: SECOND * 30, ..ConnectionConfig::default() }
}

/// Serves each connection with the next of these functions; the address is what it is reached at.
fn serve(connections: Vec<Box<dyn FnOnce(Stream) + Send>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    thread::spawn(move || {
        for serve in connections {
            let (stream, _) = listener.accept().unwrap();
            // Or an answer could still wait to be sent when the connection is reset.
            stream.set_nodelay(true).unwrap();
            thread::spawn(move || serve(Stream(BufReader::new(stream))));
        }
    });
    url
}

fn once(serve_one: impl FnOnce(Stream) + Send + 'static) -> String {
    serve(vec![Box::new(serve_one)])
}

/// The server's side of a connection.
struct Stream(BufReader<TcpStream>);

impl Stream {
    /// Reads the head of a request; `None` at the end of the connection.
    fn head(&mut self) -> Option<String> {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if self.0.read_line(&mut head).ok()? == 0 {
                return None;
            }
        }
        Some(head)
    }

    fn say(&mut self, text: &str) {
        // Whoever has left hears nothing.
        let _ = self.0.get_mut().write_all(text.as_bytes());
    }

    fn body(&mut self, len: u64) -> Vec<u8> {
        let mut body = Vec::new();
        self.0.by_ref().take(len).read_to_end(&mut body).unwrap();
        body
    }
}

fn send<'a>(
    transport: &UreqTransport,
    method: Method,
    url: &'a str,
    body: HttpBody<'a>,
) -> Result<HttpResponse, TransportError> {
    let mut headers = Headers::new();
    headers.insert("host", url.split('/').nth(2).unwrap().to_owned());
    // A request's lifetime is that of its body.
    let headers = Box::leak(Box::new(headers));
    transport.send(HttpRequest { method, url, headers, body, deadline: None, idempotent: true })
}

fn get(transport: &UreqTransport, url: &str) -> Result<HttpResponse, TransportError> {
    send(transport, Method::Get, url, HttpBody::Empty)
}

/// What the connections of a transport have in common, with names that are looked up in another way.
fn named(transport: &UreqTransport, resolver: impl Resolver) -> Common {
    Common { names: Names::new(resolver), ..transport.common.clone() }
}

fn text(mut response: HttpResponse) -> String {
    let mut text = String::new();
    response.body.read_to_string(&mut text).unwrap();
    text
}

/// Gives zeros, so many at a time, with pauses.
struct Slow {
    left: u64,
    at_once: usize,
    pause: Duration,
    given: u64,
    /// When it was read from for the last time.
    last: Instant,
}

impl Slow {
    fn new(len: u64, at_once: usize, pause: Duration) -> Self {
        Self { left: len, at_once, pause, given: 0, last: Instant::now() }
    }
}

impl Read for Slow {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        thread::sleep(self.pause);
        let given = buffer.len().min(self.at_once).min(usize::try_from(self.left).unwrap());
        buffer[..given].fill(0);
        self.left -= given as u64;
        self.given += given as u64;
        self.last = Instant::now();
        Ok(given)
    }
}
