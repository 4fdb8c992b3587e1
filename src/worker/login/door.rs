//! The listener a browser comes back to: loopback only, on the ports that are registered
//! with the app. Must not know what an answer means.
//!
//! Everybody on this machine can knock: a visit is read in a task of its own, briefly and
//! up to a limit, and gets a page without a word of the login in it.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinSet;

/// Ports that apps have registered, in the order they are tried.
pub(super) const PORTS: [u16; 3] = [17171, 17172, 17173];
/// Longest request read, in bytes.
const LONGEST: usize = 16 << 10;
/// Longest wait for a whole request, and for its answer to be taken.
const PATIENCE: Duration = Duration::from_secs(5);

/// An open listener; closed when dropped.
pub(super) struct Door {
    port: Option<u16>,
    visits: Receiver<Visit>,
    // Ends its tasks when dropped.
    _tasks: JoinSet<()>,
}

/// One request, waiting for its page.
pub(super) struct Visit {
    /// Path and query.
    pub target: String,
    stream: TcpStream,
}

/// What a visitor is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Page {
    /// The answer was taken.
    Taken,
    /// It was no answer to this login.
    Refused,
    /// There is nothing at that path.
    Nothing,
}

impl Door {
    /// Opens the first port that is free on both loopback addresses; without one, an
    /// answer can still be typed.
    pub(super) async fn open() -> Self {
        let (knocks, visits) = channel(4);
        let mut tasks = JoinSet::new();
        let mut port = None;
        for candidate in PORTS {
            if let Some(listeners) = listen(candidate).await {
                for listener in listeners {
                    tasks.spawn(serve(listener, knocks.clone()));
                }
                port = Some(candidate);
                break;
            }
        }
        if port.is_none() {
            // Keeps the channel open: nobody will ever knock.
            tasks.spawn(async move {
                knocks.closed().await;
            });
        }
        Self {
            port,
            visits,
            _tasks: tasks,
        }
    }

    /// Where it listens.
    pub(super) fn port(&self) -> Option<u16> {
        self.port
    }

    /// The next visitor.
    pub(super) async fn knock(&mut self) -> Visit {
        match self.visits.recv().await {
            Some(visit) => visit,
            None => std::future::pending().await,
        }
    }
}

/// Both addresses of a port. A browser may take either for `localhost`, so a port that
/// somebody else has on one of them is of no use; a machine without IPv6 is fine.
async fn listen(port: u16) -> Option<Vec<TcpListener>> {
    let four = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    let mut listeners = vec![four.await.ok()?];
    match TcpListener::bind(SocketAddr::from((Ipv6Addr::LOCALHOST, port))).await {
        Ok(six) => listeners.push(six),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => return None,
        Err(_) => {}
    }
    Some(listeners)
}

async fn serve(listener: TcpListener, knocks: Sender<Visit>) {
    let mut visitors = JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Out of descriptors, most likely: later there may be some again.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        while visitors.try_join_next().is_some() {}
        // A crowd is no browser.
        if visitors.len() < 16 {
            visitors.spawn(receive(stream, knocks.clone()));
        }
    }
}

async fn receive(mut stream: TcpStream, knocks: Sender<Visit>) {
    let read = tokio::time::timeout(PATIENCE, head(&mut stream)).await;
    if let Ok(Some(target)) = read {
        // Fails when the login is over; then nobody answers.
        let _ = knocks.send(Visit { target, stream }).await;
    }
}

/// Path and query of a GET; `None` for anything else.
async fn head(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 2048];
    while !bytes.windows(4).any(|four| four == b"\r\n\r\n") {
        let read = stream.read(&mut chunk).await.ok()?;
        if read == 0 || bytes.len() + read > LONGEST {
            return None;
        }
        bytes.extend_from_slice(chunk.get(..read)?);
    }
    target_of(&bytes)
}

fn target_of(head: &[u8]) -> Option<String> {
    let line = head.split(|byte| *byte == b'\r').next()?;
    let mut words = std::str::from_utf8(line).ok()?.split(' ');
    match (words.next()?, words.next()?, words.next()?) {
        ("GET", target, "HTTP/1.1" | "HTTP/1.0") => Some(target.to_owned()),
        _ => None,
    }
}

impl Visit {
    /// Shows a page and ends the visit.
    pub(super) async fn answer(mut self, page: Page) {
        let text = response(page);
        let told = async {
            self.stream.write_all(text.as_bytes()).await?;
            self.stream.shutdown().await
        };
        // A visitor who left does not see the page.
        let _ = tokio::time::timeout(PATIENCE, told).await;
    }
}

fn response(page: Page) -> String {
    let (status, title, text) = match page {
        Page::Taken => (
            "200 OK",
            "sfw-tui has the answer",
            "You can close this page and go back to the terminal.",
        ),
        Page::Refused => (
            "400 Bad Request",
            "Not taken",
            "This is no answer to the login that sfw-tui waits for; the terminal says why.",
        ),
        Page::Nothing => (
            "404 Not Found",
            "Nothing here",
            "sfw-tui waits for a login.",
        ),
    };
    let body = format!(
        "<!doctype html><meta charset=\"utf-8\"><title>{title}</title>\
         <body style=\"font-family:sans-serif;margin:3em\"><h1>{title}</h1><p>{text}</p>"
    );
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n\
         Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\n\
         Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_plain_get_is_a_visit() {
        let cases: [(&[u8], Option<&str>); 6] = [
            (
                b"GET /callback?code=a HTTP/1.1\r\nHost: x\r\n\r\n",
                Some("/callback?code=a"),
            ),
            (b"GET / HTTP/1.0\r\n\r\n", Some("/")),
            (b"POST /callback HTTP/1.1\r\n\r\n", None),
            (b"GET /callback\r\n\r\n", None),
            (b"\x16\x03\x01\x02\x00\r\n\r\n", None),
            (b"\r\n\r\n", None),
        ];
        for (head, target) in cases {
            assert_eq!(target_of(head).as_deref(), target);
        }
    }

    #[test]
    fn a_page_holds_nothing_of_the_login_and_is_not_kept() {
        for page in [Page::Taken, Page::Refused, Page::Nothing] {
            let text = response(page);
            assert!(text.contains("Cache-Control: no-store"), "{text}");
            let (head, body) = text.split_once("\r\n\r\n").unwrap();
            assert!(head.contains(&format!("Content-Length: {}", body.len())));
        }
    }
}
