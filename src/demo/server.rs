//! HTTP on 127.0.0.1: turns sockets into [`Request`]s and [`Reply`]s into answers. Waiting
//! (`latency`) happens here and holds up nobody else.

use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Response};
use axum::serve::ListenerExt;
use jiff::Timestamp;
use tokio::sync::{oneshot, watch};

use super::error::Refusal;
use super::log::{Entry, Log};
use super::sides::{self, Sides};
use super::transfer;
use super::wire::{Reply, Request};

/// Largest body, as real orgs allow for inline blobs.
const LARGEST: usize = 50 * 1024 * 1024;
/// Longest address (REST API guide, status 414).
const LONGEST: usize = 16_384;

/// What every connection shares.
#[derive(Clone)]
pub struct Front {
    pub sides: Arc<Sides>,
    /// Rings when there are events.
    pub bell: watch::Receiver<()>,
    /// Folder of bodies that go to files.
    pub uploads: PathBuf,
    pub latency: Duration,
    pub log: Option<Arc<Mutex<Log>>>,
}

/// Serves until `stop` is told or dropped.
///
/// # Errors
/// The system's, when the listener cannot be used.
pub fn serve(
    listener: TcpListener,
    front: Front,
    stop: oneshot::Receiver<()>,
) -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .thread_name("demo-read")
        .max_blocking_threads(sides::READERS)
        .build()?;
    runtime.block_on(async move {
        let listener = tokio::net::TcpListener::from_std(listener)?.tap_io(|stream| {
            // Only speed is at stake.
            let _ = stream.set_nodelay(true);
        });
        let app = Router::new().fallback(answer).with_state(front);
        tokio::select! {
            served = async { axum::serve(listener, app).await } => served,
            _ = stop => Ok(()),
        }
    })
}

async fn answer(State(front): State<Front>, request: axum::extract::Request) -> Response<Body> {
    let began = Instant::now();
    let at = Timestamp::now();
    let (head, body) = request.into_parts();
    let target = head
        .uri
        .path_and_query()
        .map_or("/", |target| target.as_str())
        .to_owned();
    let mut asked = Request::new(head.method.as_str(), &target);
    asked.headers = headers(&head.headers);
    let reply = if target.len() > LONGEST {
        Refusal::new(414, "URI_TOO_LONG", "The request URI is too long").reply()
    } else {
        match take_body(&front, &mut asked, body).await {
            Ok(()) => {
                let file = asked.file.clone();
                let reply = ask(&front, asked).await;
                if let Some(file) = file {
                    // A job that took the file over has moved it.
                    let _ = tokio::fs::remove_file(file).await;
                }
                reply
            }
            Err(refusal) => refusal.reply(),
        }
    };
    tokio::time::sleep(front.latency).await;
    note(
        &front,
        &Entry {
            at,
            method: head.method.as_str(),
            path: &target,
            status: reply.status,
            took: began.elapsed(),
            bytes: reply.length(),
        },
    );
    response(reply).await
}

/// The answer, after the wait it asks for: until there are events, or its time is over.
async fn ask(front: &Front, mut asked: Request) -> Reply {
    if !asked.path.starts_with("/cometd/") {
        return front.sides.ask(asked).await;
    }
    let mut bell = front.bell.clone();
    let mut until = None;
    loop {
        // Marked before asking: what comes after is noticed.
        bell.borrow_and_update();
        let reply = front.sides.ask(asked.clone()).await;
        let Some(wait) = reply.hold else {
            return reply;
        };
        let until = *until.get_or_insert_with(|| tokio::time::Instant::now() + wait);
        let rung = tokio::time::timeout_at(until, bell.changed()).await;
        asked.waited = !matches!(rung, Ok(Ok(())));
    }
}

/// The body, into memory or into a file.
async fn take_body(front: &Front, asked: &mut Request, body: Body) -> Result<(), Refusal> {
    if transfer::is_upload(&asked.method, &asked.path) {
        asked.file = Some(transfer::to_file(body, &front.uploads).await?);
        return Ok(());
    }
    let too_large = |_| {
        let text = "The request body is too large";
        Refusal::new(413, "EXCEEDED_MAX_SIZE_REQUEST", text)
    };
    asked.body = to_bytes(body, LARGEST).await.map_err(too_large)?.to_vec();
    Ok(())
}

fn headers(map: &HeaderMap) -> Vec<(String, String)> {
    map.iter()
        .map(|(name, value)| {
            (
                name.as_str().to_owned(),
                String::from_utf8_lossy(value.as_bytes()).into_owned(),
            )
        })
        .collect()
}

fn note(front: &Front, entry: &Entry<'_>) {
    let Some(log) = &front.log else { return };
    let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
    if let Err(fault) = log.write(entry) {
        // The log is what failed: standard error is all that is left.
        eprintln!("demo org: the request log cannot be written: {fault}");
    }
}

async fn response(reply: Reply) -> Response<Body> {
    let mut builder = Response::builder()
        .status(reply.status)
        .header(
            "Cache-Control",
            "no-cache,must-revalidate,max-age=0,no-store,private",
        )
        .header("Server", "sfw-demo");
    if reply.length() > 0 {
        builder = builder.header("Content-Type", reply.kind);
    }
    for (name, value) in &reply.headers {
        builder = builder.header(*name, value);
    }
    let length = reply.length();
    let body = match &reply.file {
        Some(part) => {
            builder = builder.header("Content-Length", length);
            // A file that went missing breaks the answer off: its length is promised.
            let file = transfer::from_file(reply.body, part).await;
            file.unwrap_or_else(|_| Body::empty())
        }
        None => Body::from(reply.body),
    };
    builder.body(body).unwrap_or_else(|_| {
        // A header value no header can carry; the status says the org failed.
        let mut plain = Response::new(Body::empty());
        *plain.status_mut() = axum::http::StatusCode::INTERNAL_SERVER_ERROR;
        plain
    })
}
