//! What passes between the HTTP server and the store: one request in, one response out.
//!
//! The server (`http`, `auth`, `fault`) knows sockets and signatures, the store (`store`, `api`) knows
//! buckets and objects. This file is the only thing both import.

use std::fs::File;
use std::sync::Arc;
use std::time::SystemTime;

/// A request whose signature has been checked.
#[derive(Debug)]
pub struct Request {
    /// Upper-case HTTP method.
    pub method: String,
    /// The bucket, from the host name or from the path.
    pub bucket: Option<String>,
    /// The object key, percent-decoded.
    pub key: Option<String>,
    /// Query parameters in their order, decoded; a parameter without `=` has no value. Signature
    /// parameters (`AccessKeyId`, `Signature`, `Expires`, `X-Amz-*` …) are taken out.
    pub query: Vec<(String, Option<String>)>,
    /// Headers in their order, names in lower case, values trimmed and as sent.
    pub headers: Vec<(String, String)>,
    /// The body, read whole and de-chunked.
    pub body: Payload,
    /// Who asks.
    pub caller: Caller,
    /// The protocol whose header prefix and documents the answer uses.
    pub dialect: Dialect,
    /// The instant that the server takes for now.
    pub now: SystemTime,
    /// The id of the request, which error documents repeat.
    pub request_id: String,
    /// The id of the host (`x-obs-id-2`), which error documents repeat.
    pub host_id: String,
    /// `http://host:port` under which the server was addressed, without the bucket.
    pub origin: String,
    /// Whether the bucket was named by the host (`bucket.localhost`), not by the path.
    pub virtual_hosted: bool,
    /// Whether the request came to the static website of the bucket (`bucket.obs-website.localhost`).
    pub website: bool,
    /// Whether it is a form upload (`POST` of `multipart/form-data`, policy checked): the fields are among the
    /// headers, names in lower case, `key` holds the form's key and `body` is the file.
    pub form: bool,
}

/// The protocol spoken by the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// `x-obs-` headers.
    Obs,
    /// `x-amz-` headers, signed with V2 or V4.
    Amz,
}

impl Dialect {
    /// The prefix of its own headers.
    #[must_use]
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Obs => "x-obs-",
            Self::Amz => "x-amz-",
        }
    }
}

/// Who sent a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// Nobody: no signature.
    Anonymous,
    /// The account of a known access key.
    Account(String),
}

/// The bytes of a request body. A large one lies in an unlinked temporary file, with holes where it is zero.
#[derive(Debug)]
pub enum Payload {
    /// Small enough for memory.
    Memory(Vec<u8>),
    /// Spooled to a file.
    File {
        /// Positioned reads only: the cursor is shared.
        file: Arc<File>,
        /// Length in bytes.
        len: u64,
        /// MD5 taken while spooling.
        md5: [u8; 16],
        /// CRC-64/XZ taken while spooling.
        crc64: u64,
    },
}

/// The answer to a request.
#[derive(Debug)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Headers without `Content-Length`, `Date`, `Connection` and request id, which the server adds.
    pub headers: Vec<(String, String)>,
    /// The body. For HEAD it gives `Content-Length` and is not sent.
    pub body: Content,
}

/// The bytes of a response body.
#[derive(Debug, Clone)]
pub enum Content {
    /// None: `Content-Length: 0`.
    Empty,
    /// From memory.
    Memory(Arc<Vec<u8>>, std::ops::Range<usize>),
    /// From stored pieces, one after the other.
    Pieces(Vec<Piece>),
}

impl Content {
    /// Leaves out what comes after so many bytes.
    pub(crate) fn truncate(&mut self, length: u64) {
        match self {
            Self::Empty => {}
            Self::Memory(_, range) => truncate(range, length as usize),
            Self::Pieces(pieces) => {
                let mut left = length;
                for piece in pieces {
                    left -= match piece {
                        Piece::Memory(_, range) => {
                            truncate(range, left as usize);
                            range.len() as u64
                        }
                        Piece::File(_, range) => {
                            range.end = range.end.min(range.start + left);
                            range.end - range.start
                        }
                    };
                }
            }
        }
    }
}

fn truncate(range: &mut std::ops::Range<usize>, length: usize) {
    range.end = range.end.min(range.start.saturating_add(length));
}

/// A stretch of stored bytes.
#[derive(Debug, Clone)]
pub enum Piece {
    /// In memory.
    Memory(Arc<Vec<u8>>, std::ops::Range<usize>),
    /// In a file, from an offset.
    File(Arc<File>, std::ops::Range<u64>),
}
