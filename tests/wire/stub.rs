//! A server that answers each connection by a script, byte for byte, and keeps what it
//! was asked. Threads and blocking sockets: nothing here waits for a clock.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::thread;

/// One request as it arrived.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Method and target.
    pub line: String,
    /// Header lines, names in lower case.
    pub headers: Vec<String>,
    /// The body.
    pub body: String,
}

impl Asked {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.headers.iter().filter_map(|line| line.split_once(": "));
        lines
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value)
    }
}

/// What the server does with a request.
#[derive(Debug, Clone)]
pub enum Act {
    /// Sends these bytes and waits for the next request.
    Say(Vec<u8>),
    /// Sends these bytes and closes.
    SayAndClose(Vec<u8>),
    /// Reads the request and closes without a word.
    Drop,
}

/// A running server.
pub struct Stub {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<(usize, Asked)>>>,
    closed: Mutex<Receiver<()>>,
}

impl Stub {
    /// Serves for as long as the test runs. `script` says what to do with the n-th
    /// request, counted over all connections.
    pub fn serve(script: impl Fn(usize, &Asked) -> Act + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (seen, script) = (Arc::clone(&asked), Arc::new(script));
        let (hang_up, closed) = channel();
        thread::spawn(move || {
            for (number, connection) in listener.incoming().flatten().enumerate() {
                let (seen, script) = (Arc::clone(&seen), Arc::clone(&script));
                let hang_up = hang_up.clone();
                thread::spawn(move || {
                    talk(number, connection, &seen, script.as_ref());
                    // The test may be over.
                    let _ = hang_up.send(());
                });
            }
        });
        Self {
            address,
            asked,
            closed: Mutex::new(closed),
        }
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The requests so far.
    pub fn asked(&self) -> Vec<Asked> {
        let asked = self.asked.lock().unwrap();
        asked.iter().map(|(_, asked)| asked.clone()).collect()
    }

    /// How many requests were writes.
    pub fn posts(&self) -> usize {
        let asked = self.asked();
        let posts = asked.iter().filter(|asked| asked.line.starts_with("POST"));
        posts.count()
    }

    /// Waits until a connection was closed from this side.
    pub fn hung_up(&self) {
        self.closed.lock().unwrap().recv().unwrap();
    }

    /// How many connections brought a request.
    pub fn connections(&self) -> usize {
        let asked = self.asked.lock().unwrap();
        let mut numbers: Vec<usize> = asked.iter().map(|(number, _)| *number).collect();
        numbers.dedup();
        numbers.len()
    }
}

fn talk(
    number: usize,
    mut connection: TcpStream,
    seen: &Mutex<Vec<(usize, Asked)>>,
    script: &dyn Fn(usize, &Asked) -> Act,
) {
    let mut reader = BufReader::new(connection.try_clone().unwrap());
    while let Some(asked) = read(&mut reader) {
        let place = {
            let mut seen = seen.lock().unwrap();
            seen.push((number, asked.clone()));
            seen.len() - 1
        };
        let last = match script(place, &asked) {
            Act::Say(bytes) => connection.write_all(&bytes).is_err(),
            Act::SayAndClose(bytes) => {
                let _ = connection.write_all(&bytes);
                true
            }
            Act::Drop => true,
        };
        if last {
            return;
        }
    }
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Asked> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end() {
            "" => break,
            text => lines.push(text.to_owned()),
        }
    }
    let line = lines.remove(0);
    let length = lines
        .iter()
        .find_map(|line| line.strip_prefix("content-length: "))
        .map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Asked {
        line: line.trim_end_matches(" HTTP/1.1").to_owned(),
        headers: lines,
        body: String::from_utf8(body).unwrap(),
    })
}

/// A whole reply with a JSON body.
pub fn json(status: &str, body: &str) -> Vec<u8> {
    let headers = "content-type: application/json;charset=UTF-8\r\n\
        sforce-limit-info: api-usage=54/15000";
    whole(status, headers, body.as_bytes())
}

/// A whole reply with one header and no body.
pub fn with_header(status: &str, header: &str) -> Vec<u8> {
    whole(status, header, b"")
}

/// A whole reply.
pub fn whole(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let mut reply =
        format!("HTTP/1.1 {status}\r\n{headers}\r\ncontent-length: {length}\r\n\r\n").into_bytes();
    reply.extend_from_slice(body);
    reply
}
