//! A client of plain sockets: tests see every byte.
#![allow(dead_code)]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use obs_emulator::{Builder, Emulator};
use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, SystemTime};

/// One connection.
pub struct Raw {
    pub stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer, taken apart.
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (header, value) = line.split_once(": ")?;
            header.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl Raw {
    pub fn connect(emulator: &Emulator) -> Self {
        let stream = TcpStream::connect(emulator.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        Self { stream, buffer: Vec::new() }
    }

    /// Sends text, `\n` standing for a line end.
    pub fn send(&mut self, text: &str) {
        self.stream.write_all(text.replace('\n', "\r\n").as_bytes()).unwrap();
    }

    /// Reads up to the end of a head, without a body.
    pub fn head(&mut self) -> io::Result<Reply> {
        let end = loop {
            if let Some(at) = self.buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                break at;
            }
            self.fill()?;
        };
        let head = String::from_utf8(self.buffer.drain(..end + 4).collect()).unwrap();
        let status = head[9..12].parse().unwrap();
        Ok(Reply { status, head, body: Vec::new() })
    }

    /// Reads an answer with the body that its length announces.
    pub fn reply(&mut self) -> io::Result<Reply> {
        let mut reply = self.head()?;
        let length: usize = reply.header("content-length").map_or(0, |value| value.parse().unwrap());
        while self.buffer.len() < length {
            self.fill()?;
        }
        reply.body = self.buffer.drain(..length).collect();
        Ok(reply)
    }

    pub fn ask(&mut self, text: &str) -> Reply {
        self.send(text);
        self.reply().unwrap()
    }

    /// Everything until the connection ends.
    pub fn rest(&mut self) -> io::Result<Vec<u8>> {
        let mut all = std::mem::take(&mut self.buffer);
        self.stream.read_to_end(&mut all)?;
        Ok(all)
    }

    fn fill(&mut self) -> io::Result<()> {
        let mut block = [0; 64 * 1024];
        match self.stream.read(&mut block)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            count => {
                self.buffer.extend_from_slice(&block[..count]);
                Ok(())
            }
        }
    }
}

/// A server that believes everybody, with the bucket `bucket`.
pub fn open(settings: impl FnOnce(Builder) -> Builder) -> Emulator {
    let emulator = settings(Emulator::builder().verify_signatures(false)).start().unwrap();
    let reply = Raw::connect(&emulator)
        .ask("PUT /bucket HTTP/1.1\nHost: localhost\nConnection: close\nContent-Length: 0\n\n");
    assert_eq!(reply.status, 200, "{}", reply.text());
    emulator.clear();
    emulator
}

/// `Date` and `Authorization` of an OBS signature with the built-in key over a request without other signed headers.
pub fn signed(method: &str, resource: &str, secret: &str) -> String {
    signed_at(SystemTime::now(), method, resource, Emulator::ACCESS_KEY, secret)
}

pub fn signed_at(time: SystemTime, method: &str, resource: &str, key: &str, secret: &str) -> String {
    let date = httpdate::fmt_http_date(time);
    let text = format!("{method}\n\n\n{date}\n{resource}");
    format!("Date: {date}\nAuthorization: OBS {key}:{}\n", signature(secret, &text))
}

/// Base64 of HMAC-SHA1.
pub fn signature(secret: &str, text: &str) -> String {
    let mut mac = Hmac::<sha1::Sha1>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(text.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}
