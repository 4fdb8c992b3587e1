//! A line to the org that fails when told to: it carries requests there, and loses the
//! reply to the next write.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What becomes of the reply to the next POST or PATCH.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It arrives.
    Arrives,
    /// The line breaks instead.
    Cut,
    /// Nothing comes.
    Held,
}

/// A line to an org.
pub struct Proxy {
    /// Where it listens.
    pub url: String,
    next: Arc<Mutex<Fate>>,
}

impl Proxy {
    /// A line to the org at this address, sound so far.
    pub fn to(org: &str) -> Self {
        let org = org.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("its address");
        let next = Arc::new(Mutex::new(Fate::Arrives));
        let shared = next.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                // An org that is gone is a refused line, as without the proxy.
                if let Ok(org) = TcpStream::connect(&org) {
                    carry(client, org, &shared);
                }
            }
        });
        Self {
            url: format!("http://{address}"),
            next,
        }
    }

    /// Decides about the reply to the next write; those after it arrive.
    pub fn next_write(&self, fate: Fate) {
        *self.next.lock().expect("no thread panics") = fate;
    }
}

fn carry(client: TcpStream, org: TcpStream, next: &Arc<Mutex<Fate>>) {
    let fate = Arc::new(Mutex::new(Fate::Arrives));
    let (next, decided) = (next.clone(), fate.clone());
    let (from, to) = (twin(&client), twin(&org));
    std::thread::spawn(move || {
        pump(from, to, |request| {
            if request.starts_with(b"POST ") || request.starts_with(b"PATCH ") {
                let mut next = next.lock().expect("no thread panics");
                *decided.lock().expect("no thread panics") = *next;
                *next = Fate::Arrives;
            }
            Fate::Arrives
        });
    });
    std::thread::spawn(move || {
        pump(org, client, |_| *fate.lock().expect("no thread panics"));
    });
}

fn twin(stream: &TcpStream) -> TcpStream {
    stream.try_clone().expect("a second handle")
}

/// Carries bytes until one side ends; each piece meets the fate it is given.
fn pump(mut from: TcpStream, mut to: TcpStream, fate: impl Fn(&[u8]) -> Fate) {
    let mut piece = [0u8; 65536];
    while let Ok(count @ 1..) = from.read(&mut piece) {
        let sent = match fate(&piece[..count]) {
            Fate::Arrives => to.write_all(&piece[..count]),
            Fate::Held => Ok(()),
            Fate::Cut => break,
        };
        if sent.is_err() {
            break;
        }
    }
    // Either side may be gone already.
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
