//! The proxy of a company: tunnels for whoever has the password, to one server whatever host is asked for.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

pub(crate) struct Proxy {
    pub(crate) url: String,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// `password` as it stands in the header: `user:password` in Base64.
    pub(crate) fn start(server: SocketAddr, password: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let heads = Arc::<Mutex<Vec<String>>>::default();
        let seen = heads.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let seen = seen.clone();
                // Whoever hangs up has had what it wanted.
                thread::spawn(move || serve(stream?, server, password, &seen));
            }
            io::Result::Ok(())
        });
        Self { url, heads }
    }

    /// The heads of all requests to the proxy.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

fn serve(client: TcpStream, to: SocketAddr, password: &str, seen: &Mutex<Vec<String>>) -> io::Result<()> {
    let mut client = BufReader::new(client);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if client.read_line(&mut head)? == 0 {
            return Ok(());
        }
    }
    let known = head.contains(&format!("Basic {password}\r\n"));
    seen.lock().unwrap().push(head);
    if !known {
        return client.get_mut().write_all(
            b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
        );
    }
    client.get_mut().write_all(b"HTTP/1.1 200 Connected\r\n\r\n")?;
    let server = TcpStream::connect(to)?;
    let (mut up, mut down) = (server.try_clone()?, client.get_ref().try_clone()?);
    let back = thread::spawn(move || {
        let copied = io::copy(&mut up, &mut down);
        drop(down.shutdown(Shutdown::Both));
        copied
    });
    let mut server = server;
    drop(io::copy(&mut client, &mut server));
    drop(server.shutdown(Shutdown::Both));
    drop(back.join());
    Ok(())
}
