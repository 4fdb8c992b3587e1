//! HTTP on 127.0.0.1: turns sockets into [`Request`]s and [`Reply`]s into answers. Waiting
//! (`latency`) happens here and holds up nobody else.

use std::net::TcpListener;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Response};
use axum::serve::ListenerExt;
use jiff::Timestamp;
use tokio::sync::oneshot;

use super::error::Refusal;
use super::log::{Entry, Log};
use super::sides::{self, Sides};
use super::wire::{Reply, Request};

/// Largest body, as real orgs allow for inline blobs.
const LARGEST: usize = 50 * 1024 * 1024;
/// Longest address (REST API guide, status 414).
const LONGEST: usize = 16_384;

/// What every connection shares.
#[derive(Clone)]
pub struct Front {
    pub sides: Arc<Sides>,
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
        match to_bytes(body, LARGEST).await {
            Ok(body) => {
                asked.body = body.to_vec();
                front.sides.ask(asked).await
            }
            Err(_) => Refusal::new(
                413,
                "EXCEEDED_MAX_SIZE_REQUEST",
                "The request body is too large",
            )
            .reply(),
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
            bytes: reply.body.len(),
        },
    );
    response(reply)
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

fn response(reply: Reply) -> Response<Body> {
    let mut builder = Response::builder()
        .status(reply.status)
        .header(
            "Cache-Control",
            "no-cache,must-revalidate,max-age=0,no-store,private",
        )
        .header("Server", "sfw-demo");
    if !reply.body.is_empty() {
        builder = builder.header("Content-Type", reply.kind);
    }
    for (name, value) in &reply.headers {
        builder = builder.header(*name, value);
    }
    builder.body(Body::from(reply.body)).unwrap_or_else(|_| {
        // A header value no header can carry; the status says the org failed.
        let mut plain = Response::new(Body::empty());
        *plain.status_mut() = axum::http::StatusCode::INTERNAL_SERVER_ERROR;
        plain
    })
}
