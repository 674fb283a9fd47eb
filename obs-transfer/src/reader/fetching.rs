//! The workers of a reader, and the ranges that they fetch for it.

use std::sync::{Arc, OnceLock, Weak};

use crossbeam_channel::{Receiver, Sender, unbounded};
use obs_core::object::ObjectMetadata;

use crate::error::Error;
use crate::handle::{Control, Transfer};
use crate::job::{Feed, Job};
use crate::plan::Part;
use crate::ranges::{Ranges, Wanted};

/// All pieces of a range have this size, but for its last one, so that a position leads to its piece.
const PIECE: usize = 64 << 10;

/// A range that is, or will be, on its way: the end that reads it. Dropping it makes the workers forget about it.
#[derive(Debug)]
pub(super) struct Ahead {
    part: Part,
    coming: Receiver<Result<Vec<u8>, Error>>,
    here: Vec<Vec<u8>>,
    _wanted: Arc<()>,
}

/// The same range: the end that a worker fills.
struct Order {
    part: Part,
    pieces: Sender<Result<Vec<u8>, Error>>,
    wanted: Weak<()>,
}

impl Ahead {
    pub(super) fn contains(&self, position: u64) -> bool {
        self.part.offset <= position && position < self.end()
    }

    pub(super) fn end(&self) -> u64 {
        self.part.offset + self.part.len
    }

    pub(super) fn number(&self) -> u32 {
        self.part.number
    }

    /// Waits until the byte at this position, which it contains, is here. None: the workers are gone.
    pub(super) fn wait_for(&mut self, position: u64) -> Result<Option<()>, Error> {
        while self.here.len() <= self.index(position).0 {
            match self.coming.recv() {
                Ok(piece) => self.here.push(piece?),
                Err(_) => return Ok(None),
            }
        }
        Ok(Some(()))
    }

    /// The bytes that are here from this position on, up to the end of their piece.
    pub(super) fn bytes(&self, position: u64) -> &[u8] {
        let (piece, from) = self.index(position);
        self.here.get(piece).and_then(|piece| piece.get(from..)).unwrap_or_default()
    }

    fn index(&self, position: u64) -> (usize, usize) {
        let within = usize::try_from(position - self.part.offset).unwrap_or(usize::MAX);
        (within / PIECE, within % PIECE)
    }
}

/// The workers.
pub(super) struct Fetching {
    /// Goes first: workers without orders end at once, and the transfer waits for them.
    orders: Sender<Order>,
    transfer: Transfer<()>,
}

impl Fetching {
    pub(super) fn start(
        job: Job,
        control: &Control,
        wanted: Wanted,
        object: ObjectMetadata,
        size: u64,
    ) -> Self {
        let (orders, pieces) = unbounded();
        let feed = Feed { pieces, stop: job.context.stop.clone() };
        let transfer =
            Transfer::start(control.clone(), "obs-reader", move |_| run(job, &wanted, &object, size, feed));
        Self { transfer, orders }
    }

    pub(super) fn order(&self, part: Part) -> Ahead {
        let (pieces, coming) = unbounded();
        let wanted = Arc::new(());
        // Workers that are gone show when the range is waited for.
        let _ = self.orders.send(Order { part, pieces, wanted: Arc::downgrade(&wanted) });
        Ahead { part, coming, here: Vec::new(), _wanted: wanted }
    }

    /// Why the workers are gone.
    pub(super) fn end(self) -> Error {
        drop(self.orders);
        self.transfer.wait().err().unwrap_or_else(Error::cancelled)
    }
}

fn run(
    mut job: Job,
    wanted: &Wanted,
    object: &ObjectMetadata,
    size: u64,
    feed: Feed<Order>,
) -> Result<(), Error> {
    let told = OnceLock::new();
    let ranges = Ranges { wanted, object, size, told: &told };
    let fetch = |context: &_, order: Order| {
        let mut filler = Filler { piece: Vec::new(), next: order.part.offset, order: &order };
        let fetched = filler.check().and_then(|()| {
            ranges.fetch(context, order.part, |bytes, at| filler.write(bytes, at))?;
            filler.send()
        });
        let arrived = fetched.is_ok();
        if let Err(error) = fetched {
            // The reader says so when it gets there; if it never does, nobody needs to know.
            let _ = order.pieces.send(Err(error));
        }
        Ok(arrived)
    };
    job.run_counting(|arrived| *arrived, feed, fetch, || Ok(()), |_| Ok(()))
}

/// Makes pieces of one size of what arrives.
struct Filler<'a> {
    piece: Vec<u8>,
    /// Where the next byte belongs.
    next: u64,
    order: &'a Order,
}

impl Filler<'_> {
    /// An error once the reader has gone elsewhere.
    fn check(&self) -> Result<(), Error> {
        if self.order.wanted.strong_count() == 0 { Err(Error::cancelled()) } else { Ok(()) }
    }

    fn write(&mut self, bytes: &[u8], at: u64) -> Result<(), Error> {
        self.check()?;
        // A range that is fetched anew begins with bytes that were given away already.
        let known = usize::try_from(self.next.saturating_sub(at)).unwrap_or(usize::MAX);
        let mut rest = bytes.get(known..).unwrap_or_default();
        self.next += rest.len() as u64;
        while !rest.is_empty() {
            if self.piece.capacity() == 0 {
                self.piece.reserve_exact(PIECE);
            }
            let (taken, left) = rest.split_at(rest.len().min(PIECE - self.piece.len()));
            self.piece.extend_from_slice(taken);
            if self.piece.len() == PIECE {
                self.send()?;
            }
            rest = left;
        }
        Ok(())
    }

    fn send(&mut self) -> Result<(), Error> {
        let piece = std::mem::take(&mut self.piece);
        if piece.is_empty() {
            return Ok(());
        }
        self.order.pieces.send(Ok(piece)).map_err(|_| Error::cancelled())
    }
}
