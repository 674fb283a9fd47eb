//! Connections that say what a test tells them to, in the very pieces, and lead nowhere.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ureq::Error;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, LazyBuffers, NextTimeout, Transport,
};

use super::UreqTransport;
use super::connection;
use super::direct::{Direct, read_buffered};
use super::tunnel::Tunneled;
use crate::config::ConnectionConfig;
use crate::error::Result;

/// What a connection says that is used again.
const AGAIN: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";

/// A transport whose connections each answer the first request with these pieces, and later ones well; and how many were opened.
pub(crate) fn transport(
    pieces: Vec<Vec<u8>>,
    chunk_size: usize,
) -> Result<(UreqTransport, Arc<AtomicUsize>)> {
    let plain = UreqTransport::new(&ConnectionConfig { chunk_size, ..ConnectionConfig::default() })?;
    let opened = Arc::<AtomicUsize>::default();
    let script = Script { pieces: pieces.into(), opened: Arc::clone(&opened) };
    let agent = connection::agent_over(script, &plain.common);
    Ok((UreqTransport { agent, ..plain }, opened))
}

#[derive(Debug)]
struct Script {
    pieces: VecDeque<Vec<u8>>,
    opened: Arc<AtomicUsize>,
}

impl Connector<Tunneled> for Script {
    type Out = Line;

    fn connect(&self, details: &ConnectionDetails<'_>, _: Option<Tunneled>) -> Result<Option<Line>, Error> {
        self.opened.fetch_add(1, Ordering::SeqCst);
        let config = details.config;
        let buffers = LazyBuffers::new(config.input_buffer_size(), config.output_buffer_size());
        Ok(Some(Line { buffers, left: self.pieces.clone(), asked: false, ended: false }))
    }
}

#[derive(Debug)]
struct Line {
    buffers: LazyBuffers,
    left: VecDeque<Vec<u8>>,
    asked: bool,
    /// Whoever listens knows that no more comes.
    ended: bool,
}

impl Line {
    /// The next piece, or so much of it.
    fn take(&mut self, most: usize) -> Vec<u8> {
        let Some(mut piece) = self.left.pop_front() else {
            self.ended = true;
            return Vec::new();
        };
        if piece.len() > most {
            self.left.push_front(piece.split_off(most));
        }
        piece
    }
}

impl Transport for Line {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, _: usize, _: NextTimeout) -> Result<(), Error> {
        if std::mem::replace(&mut self.asked, true) {
            self.left = [AGAIN.to_vec()].into();
        }
        Ok(())
    }

    fn await_input(&mut self, _: NextTimeout) -> Result<bool, Error> {
        let most = self.buffers.input_append_buf().len();
        let piece = self.take(most);
        piece.iter().zip(self.buffers.input_append_buf()).for_each(|(byte, place)| *place = *byte);
        self.buffers.input_appended(piece.len());
        Ok(!piece.is_empty())
    }

    fn is_open(&mut self) -> bool {
        self.left.is_empty() && self.buffers.input().is_empty() && !self.ended
    }
}

impl Direct for Line {
    fn read_into(&mut self, buffer: &mut [u8], timeout: NextTimeout) -> Result<usize, Error> {
        if !self.buffers.input().is_empty() {
            return read_buffered(self, buffer, timeout);
        }
        let piece = self.take(buffer.len());
        piece.iter().zip(buffer).for_each(|(byte, place)| *place = *byte);
        Ok(piece.len())
    }
}
