//! Operations from the request to the answer, without sockets.

mod objects;
mod rights;
mod settings;
mod versions;

use crate::api::handle;
use crate::exchange::{Caller, Content, Dialect, Payload, Piece, Request, Response};
use crate::store::Store;
use crate::store::bucket::Bucket;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const OWNER: &str = "owner";

/// A request under construction: `Ask::new("PUT", "bucket/key?acl")`.
struct Ask(Request);

impl Ask {
    fn new(method: &str, target: &str) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let (bucket, key) = match path.split_once('/') {
            Some((bucket, key)) => (bucket, Some(key.to_owned())),
            None => (path, None),
        };
        let query = query.split('&').filter(|item| !item.is_empty()).map(|item| match item.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None => (item.to_owned(), None),
        });
        Self(Request {
            method: method.to_owned(),
            bucket: (!bucket.is_empty()).then(|| bucket.to_owned()),
            key,
            query: query.collect(),
            headers: Vec::new(),
            body: Payload::Memory(Vec::new()),
            caller: Caller::Account(OWNER.to_owned()),
            dialect: Dialect::Obs,
            now: UNIX_EPOCH + Duration::from_secs(1_767_323_045),
            request_id: "REQUEST".to_owned(),
            host_id: "HOST".to_owned(),
            origin: "http://localhost:1234".to_owned(),
            virtual_hosted: false,
            website: false,
            form: false,
        })
    }

    fn header(mut self, name: &str, value: &str) -> Self {
        self.0.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.0.body = Payload::Memory(body.into());
        self
    }

    /// A document with the MD5 that some operations want.
    fn document(self, body: &str) -> Self {
        let md5 = BASE64.encode(crate::store::digest::md5_of(body.as_bytes()));
        self.header("content-md5", &md5).body(body)
    }

    fn by(mut self, caller: Caller) -> Self {
        self.0.caller = caller;
        self
    }

    fn anonymous(self) -> Self {
        self.by(Caller::Anonymous)
    }

    fn amz(mut self) -> Self {
        self.0.dialect = Dialect::Amz;
        self
    }

    fn website(mut self) -> Self {
        self.0.website = true;
        self
    }

    fn later(mut self, seconds: u64) -> Self {
        self.0.now += Duration::from_secs(seconds);
        self
    }

    fn send(self, store: &Store) -> Answer {
        Answer(handle(store, self.0))
    }
}

#[derive(Debug)]
struct Answer(Response);

impl Answer {
    #[track_caller]
    fn expect(self, status: u16) -> Self {
        assert_eq!(self.0.status, status, "{}", self.text());
        self
    }

    #[track_caller]
    fn fails(self, status: u16, code: &str) -> Self {
        let answer = self.expect(status);
        assert_eq!(answer.between("Code"), code);
        answer
    }

    fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.0.headers.iter();
        headers.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    fn bytes(&self) -> Vec<u8> {
        match &self.0.body {
            Content::Empty => Vec::new(),
            Content::Memory(bytes, range) => bytes[range.clone()].to_vec(),
            Content::Pieces(pieces) => pieces
                .iter()
                .flat_map(|piece| match piece {
                    Piece::Memory(bytes, range) => bytes[range.clone()].to_vec(),
                    Piece::File(..) => panic!("no files here"),
                })
                .collect(),
        }
    }

    fn text(&self) -> String {
        String::from_utf8(self.bytes()).unwrap()
    }

    /// The text of the first element of a name.
    fn between(&self, name: &str) -> String {
        self.every(name).into_iter().next().unwrap_or_default()
    }

    /// The texts of all elements of a name.
    fn every(&self, name: &str) -> Vec<String> {
        let text = self.text();
        let document = roxmltree::Document::parse(&text).unwrap();
        let found = document.descendants().filter(|node| node.tag_name().name() == name);
        found.map(|node| node.text().unwrap_or_default().to_owned()).collect()
    }
}

/// A store with a bucket `b`.
fn store() -> Store {
    let store = Store::default();
    make_bucket(&store, "b");
    store
}

/// Makes a bucket behind the back of the rules for names, which want three characters.
fn make_bucket(store: &Store, name: &str) {
    let bucket = Bucket::new(name, OWNER, "cn-north-4".to_owned(), now());
    store.write().buckets.insert(name.to_owned(), bucket);
}

fn now() -> SystemTime {
    Ask::new("GET", "b").0.now
}

fn other() -> Caller {
    Caller::Account("other".to_owned())
}
