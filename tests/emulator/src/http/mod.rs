//! HTTP/1.1, a thread per connection, on plain sockets: faults need control of every byte.

pub(crate) mod address;
mod answer;
mod control;
mod head;
mod input;
mod pause;
mod serve;
pub(crate) mod server;
pub(crate) mod socket;
pub(crate) mod spool;
pub(crate) mod uri;
