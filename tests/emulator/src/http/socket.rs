//! A connection, plain or with TLS, and the rude things that can be done to it.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

/// The server's side of a connection.
#[derive(Debug)]
pub(crate) struct Socket {
    stream: Stream,
    /// The same connection below TLS.
    tcp: TcpStream,
    timeout: Option<Duration>,
}

#[derive(Debug)]
enum Stream {
    Plain(TcpStream),
    #[cfg(feature = "tls")]
    Tls(Box<rustls::StreamOwned<rustls::ServerConnection, TcpStream>>),
}

impl Socket {
    pub(crate) fn plain(tcp: TcpStream) -> io::Result<Self> {
        tcp.set_nodelay(true)?;
        Ok(Self { stream: Stream::Plain(tcp.try_clone()?), tcp, timeout: None })
    }

    #[cfg(feature = "tls")]
    pub(crate) fn tls(tcp: TcpStream, session: rustls::ServerConnection) -> io::Result<Self> {
        tcp.set_nodelay(true)?;
        let stream = Stream::Tls(Box::new(rustls::StreamOwned::new(session, tcp.try_clone()?)));
        Ok(Self { stream, tcp, timeout: None })
    }

    /// How long a read or write may block.
    pub(crate) fn set_timeout(&mut self, timeout: Duration) -> io::Result<()> {
        if self.timeout != Some(timeout) {
            self.tcp.set_read_timeout(Some(timeout))?;
            self.tcp.set_write_timeout(Some(timeout))?;
            self.timeout = Some(timeout);
        }
        Ok(())
    }

    /// Ends the connection so that the other side sees "connection reset".
    pub(crate) fn reset(&self) {
        // A linger of zero turns the close into a reset; other handles are shut with the last of them
        let _ = socket2::SockRef::from(&self.tcp).set_linger(Some(Duration::ZERO));
    }

    /// Says that nothing more will be written.
    pub(crate) fn finish(&mut self) {
        #[cfg(feature = "tls")]
        if let Stream::Tls(stream) = &mut self.stream {
            stream.conn.send_close_notify();
            let _ = stream.flush();
        }
        let _ = self.tcp.shutdown(Shutdown::Write);
    }

    /// Whether the client is on this machine.
    pub(crate) fn is_loopback(&self) -> bool {
        self.tcp.peer_addr().is_ok_and(|peer| peer.ip().to_canonical().is_loopback())
    }

    /// Whether the other side has closed or reset.
    pub(crate) fn is_peer_gone(&self) -> bool {
        if self.tcp.set_nonblocking(true).is_err() {
            return true;
        }
        let gone = match self.tcp.peek(&mut [0]) {
            Ok(count) => count == 0,
            Err(error) => error.kind() != io::ErrorKind::WouldBlock,
        };
        gone | self.tcp.set_nonblocking(false).is_err()
    }
}

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.stream {
            Stream::Plain(stream) => stream.read(buffer),
            #[cfg(feature = "tls")]
            Stream::Tls(stream) => stream.read(buffer),
        }
    }
}

impl Write for Socket {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        match &mut self.stream {
            Stream::Plain(stream) => stream.write(buffer),
            #[cfg(feature = "tls")]
            Stream::Tls(stream) => stream.write(buffer),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.stream {
            Stream::Plain(stream) => stream.flush(),
            #[cfg(feature = "tls")]
            Stream::Tls(stream) => stream.flush(),
        }
    }
}
