//! Fewer system calls for a small request than ureq makes: head and body go out in one write, and the pool looks at a connection
//! once an exchange.

use ureq::Error;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};

use super::direct::Direct;

/// A longer head goes out alone.
const LONGEST_HEAD: usize = 8 << 10;

/// Gathers the first two writes of each exchange into one.
#[derive(Debug)]
pub(super) struct Gather;

impl<In: Transport> Connector<In> for Gather {
    type Out = Gathering<In>;

    fn connect(&self, details: &ConnectionDetails, chained: Option<In>) -> Result<Option<Self::Out>, Error> {
        let tunnel = details.config.proxy().is_some_and(|proxy| !proxy.is_no_proxy(details.uri));
        Ok(chained.map(|inner| Gathering { inner, tunnel, held: Vec::new(), idle: true }))
    }
}

#[derive(Debug)]
pub(super) struct Gathering<T> {
    inner: T,
    /// The proxy's connection below has one of these too, which leaves out a question by itself.
    tunnel: bool,
    /// The head of a request, until the body follows or an answer is awaited.
    held: Vec<u8>,
    /// Nothing was written in this exchange yet.
    idle: bool,
}

impl<T: Transport> Gathering<T> {
    /// Sends what is held and then what stands in the buffer.
    fn send(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        let held = self.held.len();
        if held == 0 {
            return self.inner.transmit_output(amount, timeout);
        }
        let output = self.inner.buffers().output();
        let together = amount + held <= output.len();
        if together {
            output.copy_within(..amount, held);
        }
        // Where there is no room for both, the head takes the place of as many bytes of the body for a moment.
        self.held.iter_mut().zip(output).for_each(|(head, place)| std::mem::swap(head, place));
        self.inner.transmit_output(if together { held + amount } else { held }, timeout)?;
        if !together {
            let output = self.inner.buffers().output();
            self.held.iter().zip(output).for_each(|(byte, place)| *place = *byte);
            self.inner.transmit_output(amount, timeout)?;
        }
        self.held.clear();
        Ok(())
    }

    fn send_held(&mut self, timeout: NextTimeout) -> Result<(), Error> {
        if self.held.is_empty() { Ok(()) } else { self.send(0, timeout) }
    }
}

impl<T: Transport> Transport for Gathering<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        let output = self.inner.buffers().output();
        // A body that comes slowly is sent as it comes: only the first write waits.
        if std::mem::take(&mut self.idle) && amount <= LONGEST_HEAD.min(output.len() / 2) {
            self.held.extend(output.iter().take(amount));
            return Ok(());
        }
        self.send(amount, timeout)
    }

    fn maybe_await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.send_held(timeout)?;
        self.inner.maybe_await_input(timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.send_held(timeout)?;
        self.inner.await_input(timeout)
    }

    /// The pool asks when it takes a connection back and again when it hands it out: the second answer is the one that
    /// counts, and finds all that the first would.
    fn is_open(&mut self) -> bool {
        if !self.held.is_empty() {
            return false;
        }
        let taken_back = !std::mem::replace(&mut self.idle, true);
        (taken_back && !self.tunnel) || self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}

impl<T: Direct> Direct for Gathering<T> {
    fn read_into(&mut self, buffer: &mut [u8], timeout: NextTimeout) -> Result<usize, Error> {
        self.send_held(timeout)?;
        self.inner.read_into(buffer, timeout)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use ureq::Timeout;
    use ureq::unversioned::transport::LazyBuffers;

    use super::*;

    /// Remembers what is written, by write.
    #[derive(Debug)]
    struct Wire {
        buffers: LazyBuffers,
        writes: Vec<String>,
        asked: u32,
    }

    impl Transport for Wire {
        fn buffers(&mut self) -> &mut dyn Buffers {
            &mut self.buffers
        }

        fn transmit_output(&mut self, amount: usize, _: NextTimeout) -> Result<(), Error> {
            self.writes.push(String::from_utf8(self.buffers.output()[..amount].to_vec()).unwrap());
            Ok(())
        }

        fn await_input(&mut self, _: NextTimeout) -> Result<bool, Error> {
            Ok(false)
        }

        fn is_open(&mut self) -> bool {
            self.asked += 1;
            true
        }
    }

    fn connection() -> Gathering<Wire> {
        let inner = Wire { buffers: LazyBuffers::new(8, 8), writes: Vec::new(), asked: 0 };
        Gathering { inner, tunnel: false, held: Vec::new(), idle: true }
    }

    fn soon() -> NextTimeout {
        let mut timeout = NextTimeout::default();
        (timeout.after, timeout.reason) = (Duration::from_secs(1).into(), Timeout::Global);
        timeout
    }

    fn write(connection: &mut Gathering<Wire>, text: &str) {
        connection.buffers().output()[..text.len()].copy_from_slice(text.as_bytes());
        connection.transmit_output(text.len(), soon()).unwrap();
    }

    #[test]
    fn a_small_body_goes_with_its_head_and_the_rest_as_it_comes() {
        let mut connection = connection();
        for body in ["body", "x", ""] {
            connection.inner.writes.clear();
            write(&mut connection, "GET\n");
            write(&mut connection, body);
            write(&mut connection, "more");
            connection.await_input(soon()).unwrap();
            assert_eq!(connection.inner.writes, [&format!("GET\n{body}"), "more"]);
            assert!(connection.is_open());
        }
    }

    #[test]
    fn a_full_buffer_follows_its_head() {
        let mut connection = connection();
        write(&mut connection, "GET");
        write(&mut connection, "12345678");
        write(&mut connection, "9");
        assert_eq!(connection.inner.writes, ["GET", "12345678", "9"]);
    }

    #[test]
    fn whoever_awaits_an_answer_sends_the_head_first() {
        let mut awaited = connection();
        write(&mut awaited, "GET");
        awaited.await_input(soon()).unwrap();
        assert_eq!(awaited.inner.writes, ["GET"]);

        let mut glanced = connection();
        write(&mut glanced, "GET");
        glanced.buffers().input_append_buf()[0] = b'x';
        glanced.buffers().input_appended(1);
        glanced.maybe_await_input(soon()).unwrap();
        assert_eq!(glanced.inner.writes, ["GET"]);
    }

    #[test]
    fn the_pool_looks_once_an_exchange_and_never_gets_half_a_request() {
        let mut connection = connection();
        write(&mut connection, "GET");
        assert!(!connection.is_open());
        connection.await_input(soon()).unwrap();
        assert!(connection.is_open());
        assert_eq!(connection.inner.asked, 0);
        assert!(connection.is_open());
        assert_eq!(connection.inner.asked, 1);
        assert!(connection.is_open());
        assert_eq!(connection.inner.asked, 2);
    }
}
