//! Bodies too large for the memory: a file sent while it is read, a reply written to a
//! file while it comes. Must not know what is in them.

use std::fs::File;
use std::io::{self, Read, Write};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use reqwest::header::CONTENT_TYPE;

use super::{Client, Response, SILENCE, connections, see_closed_connections};
use crate::domain::failure::Failure;
use crate::sf::request::Request;
use crate::sf::transport;

/// Bytes of one piece of an upload.
const PIECE: usize = 64 << 10;
/// Longest wait for the answer to a body that was sent: the org looks through it first.
const ANSWER: Duration = Duration::from_secs(600);
/// Larger refusals than this are no words of the org's.
const MOST_REFUSAL: usize = 1 << 20;

impl Client {
    /// Sends a request whose body is a file. Fails as [`Client::send`] does; a file that
    /// got shorter meanwhile breaks the connection, so that the org takes nothing.
    pub async fn upload(&self, request: &Request) -> Result<Response, Failure> {
        let started = Instant::now();
        let Some(upload) = &request.upload else {
            return self.send(request).await;
        };
        let unreadable = |error: io::Error| {
            Failure::local(&format!("cannot read `{}`: {error}", upload.path.display()))
        };
        let file = File::open(&upload.path).map_err(unreadable)?;
        let length = file.metadata().map_err(unreadable)?.len();
        if length != upload.bytes {
            let message = format!("`{}` is not as it was written", upload.path.display());
            return Err(Failure::local(&message));
        }
        see_closed_connections().await;
        let left = Arc::new(AtomicU64::new(length));
        let body = FileBody {
            file,
            left: Arc::clone(&left),
        };
        // Connections of its own: the usual ones end a request that is silent for a
        // minute, and sending takes longer than that on a slow line.
        let http = connections(&self.origin, None)?;
        let builder = self
            .asking(&http, request, "application/json")?
            .header(CONTENT_TYPE, "text/csv; charset=UTF-8")
            .body(reqwest::Body::wrap(body));
        let host = self.origin.host();
        tokio::select! {
            reply = super::receive(builder, request.purpose, host, started) => reply,
            () = stalled(&left) => Err(Failure::outcome_unknown(&format!(
                "`{host}` stopped taking the file"
            ))),
        }
    }

    /// Sends a request and writes a good reply's body to `file` while it comes; its
    /// length is given. Any other reply is refused with the org's words.
    pub async fn download(
        &self,
        request: &Request,
        file: &mut (dyn Write + '_),
    ) -> Result<(Response, u64), Failure> {
        let started = Instant::now();
        let host = self.origin.host();
        let broken = |problem: reqwest::Error| transport::failure(&problem, request.purpose, host);
        let builder = self.asking(&self.http, request, "text/csv")?;
        let mut reply = builder.send().await.map_err(broken)?;
        let mut response = Response::of(reply.status().as_u16(), reply.headers());
        let is_good = response.status == 200;
        let mut length = 0;
        while let Some(piece) = reply.chunk().await.map_err(broken)? {
            if is_good {
                file.write_all(&piece).map_err(|error| unwritable(&error))?;
                length += piece.len() as u64;
            } else if response.body.len() + piece.len() <= MOST_REFUSAL {
                response.body.extend_from_slice(&piece);
            }
        }
        response.elapsed = started.elapsed();
        Ok((response, length))
    }
}

fn unwritable(error: &io::Error) -> Failure {
    Failure::local(&format!("the org's answer cannot be kept: {error}"))
}

/// Ends when nothing of the body was taken for too long, or no answer came to all of it.
async fn stalled(left: &AtomicU64) {
    let mut last = (left.load(Ordering::Relaxed), Instant::now());
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let now = left.load(Ordering::Relaxed);
        if now != last.0 {
            last = (now, Instant::now());
        }
        let most = if now == 0 { ANSWER } else { SILENCE };
        if last.1.elapsed() > most {
            return;
        }
    }
}

/// A file as a body of known length.
struct FileBody {
    file: File,
    left: Arc<AtomicU64>,
}

impl Body for FileBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let body = self.get_mut();
        let left = body.left.load(Ordering::Relaxed);
        if left == 0 {
            return Poll::Ready(None);
        }
        let mut piece = vec![0; PIECE.min(usize::try_from(left).unwrap_or(PIECE))];
        // From the page cache as a rule: the file was written just before.
        if let Err(error) = body.file.read_exact(&mut piece) {
            return Poll::Ready(Some(Err(error)));
        }
        body.left.fetch_sub(piece.len() as u64, Ordering::Relaxed);
        Poll::Ready(Some(Ok(Frame::data(piece.into()))))
    }

    fn is_end_stream(&self) -> bool {
        self.left.load(Ordering::Relaxed) == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left.load(Ordering::Relaxed))
    }
}
