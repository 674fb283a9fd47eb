//! TCP connections. ureq's own look at an idle socket by switching it to non-blocking, reading and switching it back; these ask
//! once.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use ureq::unversioned::transport::time;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, Either, LazyBuffers, NextTimeout, ShutdownHandle, Transport,
};
use ureq::{Error, Timeout};
use zeroize::Zeroize;

use super::direct::{Direct, read_buffered};
use super::interrupt::Interrupt;
use super::names::Names;

/// Opens connections, unless a proxy's is there already.
#[derive(Debug)]
pub(super) struct Tcp {
    pub(super) names: Names,
    pub(super) interrupt: Interrupt,
}

impl<In: Transport> Connector<In> for Tcp {
    type Out = Either<In, Connection>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, Error> {
        if let Some(proxied) = chained {
            return Ok(Some(Either::A(proxied)));
        }
        let (names, uri, config) = (self.names.clone(), details.uri.clone(), details.config.clone());
        let timeout = details.timeout;
        let stream = self.interrupt.during(move || {
            let started = Instant::now();
            let addresses = names.look_up(&uri, &config, timeout)?;
            connect(&addresses, checked(left_of(timeout, started))?)
        })?;
        stream.set_nodelay(details.config.no_delay())?;
        let socket = Arc::new(Socket(stream));
        (details.register_shutdown)(Arc::downgrade(&socket) as Weak<dyn ShutdownHandle>)?;
        let config = details.config;
        Ok(Some(Either::B(Connection {
            socket,
            buffers: LazyBuffers::new(config.input_buffer_size(), config.output_buffer_size()),
            read_directly_from: config.input_buffer_size(),
            read_limit: None,
            write_limit: None,
            received: false,
        })))
    }
}

/// What looking the name up has left of the time to connect: all of it, but of the deadline of a call.
fn left_of(timeout: NextTimeout, started: Instant) -> NextTimeout {
    let mut left = timeout;
    if let (Timeout::Global, time::Duration::Exact(limit)) = (timeout.reason, timeout.after) {
        left.after = limit.saturating_sub(started.elapsed()).into();
    }
    left
}

/// Tries one address after the other. Each but the last gets half of the time that is left, so that one that swallows everything
/// leaves time for the next.
fn connect(addresses: &[SocketAddr], timeout: NextTimeout) -> Result<TcpStream, Error> {
    const LEAST: Duration = Duration::from_millis(10);
    let started = Instant::now();
    let limit = limit_of(timeout);
    let mut failure = Error::ConnectionFailed;
    for (index, address) in addresses.iter().enumerate() {
        let is_last = index + 1 == addresses.len();
        let result = match limit.map(|limit| limit.saturating_sub(started.elapsed())) {
            None => TcpStream::connect(address),
            Some(left) => {
                TcpStream::connect_timeout(address, if is_last { left } else { left / 2 }.max(LEAST))
            }
        };
        match result {
            Ok(stream) => return Ok(stream),
            Err(e) if is_timeout(&e) => {
                if limit.is_some_and(|limit| started.elapsed() >= limit) {
                    return Err(Error::Timeout(timeout.reason));
                }
                failure = Error::Timeout(Timeout::Connect);
            }
            Err(e) if is_of_address(&e) => failure = e.into(),
            Err(e) => return Err(e.into()),
        }
    }
    Err(failure)
}

/// Whether another address of the same host may fare better.
fn is_of_address(error: &io::Error) -> bool {
    use io::ErrorKind::{
        AddrNotAvailable, ConnectionRefused, HostUnreachable, NetworkDown, NetworkUnreachable,
        PermissionDenied,
    };
    // A firewall of Windows denies a family of addresses.
    let denied = error.kind() == PermissionDenied && cfg!(windows);
    denied
        || matches!(
            error.kind(),
            ConnectionRefused | HostUnreachable | NetworkUnreachable | NetworkDown | AddrNotAvailable
        )
}

/// How a socket says that its limit has passed.
fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock)
}

fn limit_of(timeout: NextTimeout) -> Option<Duration> {
    timeout.not_zero().map(|limit| *limit)
}

#[derive(Debug)]
struct Socket(TcpStream);

impl ShutdownHandle for Socket {
    fn shutdown(&self) {
        // What fails is closed already.
        let _ = self.0.shutdown(Shutdown::Both);
    }
}

/// An open connection.
#[derive(Debug)]
pub(super) struct Connection {
    socket: Arc<Socket>,
    buffers: LazyBuffers,
    /// A buffer of this length is filled past ours.
    read_directly_from: usize,
    /// As the socket has them: setting them costs a system call.
    read_limit: Option<Duration>,
    write_limit: Option<Duration>,
    /// Bytes came into the buffer.
    received: bool,
}

/// The metadata service sends keys.
impl Drop for Connection {
    fn drop(&mut self) {
        if self.received {
            let unread = self.buffers.input().len();
            self.buffers.input_consume(unread);
            // All of it, since nothing is left in it.
            self.buffers.input_append_buf().zeroize();
        }
    }
}

impl Transport for Connection {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        let mut stream = &self.socket.0;
        let mut output = self.buffers.output().get(..amount).unwrap_or_default();
        // When it has to be through.
        let end = limit_of(timeout).and_then(|limit| Instant::now().checked_add(limit));
        let mut left = timeout;
        while !output.is_empty() {
            // After a part the limit on standing still begins anew, but not the deadline.
            let timeout = checked(left.for_write())?;
            let limit = limit_of(timeout);
            if limit != self.write_limit {
                stream.set_write_timeout(limit)?;
                self.write_limit = limit;
            }
            match stream.write(output) {
                Ok(0) => return Err(io::Error::from(io::ErrorKind::WriteZero).into()),
                Ok(written) => output = output.get(written..).unwrap_or_default(),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(failure(e, timeout)),
            }
            if let Some(end) = end.filter(|_| !output.is_empty()) {
                left.after = end.saturating_duration_since(Instant::now()).into();
            }
        }
        Ok(())
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        let timeout = self.limit_read(timeout)?;
        let came = self.socket.read(self.buffers.input_append_buf(), timeout)?;
        self.buffers.input_appended(came);
        self.received |= came > 0;
        Ok(came > 0)
    }

    /// Whether an idle connection can be used: neither closed nor with bytes that nobody asked for.
    fn is_open(&mut self) -> bool {
        self.buffers.input().is_empty() && self.socket.is_silent()
    }
}

impl Connection {
    /// Has the socket wait no longer than this.
    fn limit_read(&mut self, timeout: NextTimeout) -> Result<NextTimeout, Error> {
        let timeout = checked(timeout.for_read())?;
        let limit = limit_of(timeout);
        if limit != self.read_limit {
            self.socket.0.set_read_timeout(limit)?;
            self.read_limit = limit;
        }
        Ok(timeout)
    }
}

impl Direct for Connection {
    fn read_into(&mut self, buffer: &mut [u8], timeout: NextTimeout) -> Result<usize, Error> {
        if buffer.len() < self.read_directly_from {
            return read_buffered(self, buffer, timeout);
        }
        let timeout = self.limit_read(timeout)?;
        self.socket.read(buffer, timeout)
    }
}

/// One that a proxy made, or one of our own.
impl<Proxied: Transport> Direct for Either<Proxied, Connection> {
    fn read_into(&mut self, buffer: &mut [u8], timeout: NextTimeout) -> Result<usize, Error> {
        match self {
            Self::A(proxied) => read_buffered(proxied, buffer, timeout),
            Self::B(own) => own.read_into(buffer, timeout),
        }
    }
}

fn checked(timeout: NextTimeout) -> Result<NextTimeout, Error> {
    if timeout.after.is_zero() { Err(Error::Timeout(timeout.reason)) } else { Ok(timeout) }
}

fn failure(error: io::Error, timeout: NextTimeout) -> Error {
    if is_timeout(&error) { Error::Timeout(timeout.reason) } else { error.into() }
}

impl Socket {
    fn read(&self, buffer: &mut [u8], timeout: NextTimeout) -> Result<usize, Error> {
        loop {
            match (&self.0).read(buffer) {
                // After a signal the wait begins anew.
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                result => return result.map_err(|e| failure(e, timeout)),
            }
        }
    }

    #[cfg(unix)]
    fn is_silent(&self) -> bool {
        use rustix::io::Errno;
        use rustix::net::{RecvFlags, recv};
        let looked = recv(&self.0, &mut [0_u8], RecvFlags::PEEK | RecvFlags::DONTWAIT);
        matches!(looked, Err(Errno::AGAIN))
    }

    #[cfg(not(unix))]
    fn is_silent(&self) -> bool {
        let looked = self.0.set_nonblocking(true).and_then(|()| self.0.peek(&mut [0]));
        let silent = looked.is_err_and(|e| e.kind() == io::ErrorKind::WouldBlock);
        silent && self.0.set_nonblocking(false).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    fn timeout(limit: Duration) -> NextTimeout {
        let mut timeout = NextTimeout::default();
        (timeout.after, timeout.reason) = (limit.into(), Timeout::Global);
        timeout
    }

    #[test]
    fn a_connection_is_fit_for_use_until_it_is_closed_or_speaks_unasked() {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let open = || {
            let socket = Socket(TcpStream::connect(server.local_addr().unwrap()).unwrap());
            (socket, server.accept().unwrap().0)
        };
        let (talked_to, mut other) = open();
        assert!(talked_to.is_silent() && talked_to.is_silent());
        other.write_all(b"x").unwrap();
        let started = Instant::now();
        while talked_to.is_silent() && started.elapsed() < Duration::from_secs(5) {}
        assert!(!talked_to.is_silent());
        // Looking takes nothing away, and the socket still blocks.
        let mut byte = [0];
        (&talked_to.0).read_exact(&mut byte).unwrap();
        assert_eq!(&byte, b"x");
        assert!(talked_to.is_silent());

        let (closed, other) = open();
        drop(other);
        let started = Instant::now();
        while closed.is_silent() && started.elapsed() < Duration::from_secs(5) {}
        assert!(!closed.is_silent());
    }

    #[test]
    fn a_write_of_which_a_part_is_taken_meets_the_deadline() {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let limit = Duration::from_secs(1);
        // More than the system holds, for one that reads nothing. A busy machine may be late, but not each time.
        const MUCH: usize = 64 << 20;
        let took: Vec<_> = (0..3)
            .map(|_| {
                let socket = Arc::new(Socket(TcpStream::connect(server.local_addr().unwrap()).unwrap()));
                let _silent = server.accept().unwrap();
                let buffers = LazyBuffers::new(1 << 10, MUCH);
                let mut connection = Connection {
                    socket,
                    buffers,
                    read_directly_from: 1 << 10,
                    read_limit: None,
                    write_limit: None,
                    received: false,
                };
                // Which makes room for it.
                connection.buffers.output();
                let started = Instant::now();
                let error = connection.transmit_output(MUCH, timeout(limit)).unwrap_err();
                assert!(matches!(error, Error::Timeout(Timeout::Global)), "{error}");
                started.elapsed()
            })
            .take_while(|took| *took >= limit * 2)
            .collect();
        assert!(took.len() < 3, "{took:?}");
    }

    #[test]
    fn the_next_address_is_tried_and_the_last_failure_told() {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let there = server.local_addr().unwrap();
        // Nobody listens there, and no other test is given that port.
        let refused = "127.0.0.1:1".parse().unwrap();
        let limit = Duration::from_secs(30);
        assert_eq!(connect(&[refused, there], timeout(limit)).unwrap().peer_addr().unwrap(), there);
        let error = connect(&[refused], timeout(limit)).unwrap_err();
        assert!(matches!(error, Error::Io(e) if e.kind() == io::ErrorKind::ConnectionRefused));
        assert!(matches!(connect(&[], timeout(limit)), Err(Error::ConnectionFailed)));
    }
}
