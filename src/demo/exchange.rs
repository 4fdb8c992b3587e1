//! One HTTP exchange: the request as a value, what the faults do to it, its answer, the
//! log. Waiting happens here and holds up nobody else.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::HeaderMap;
use hyper::http::request::Parts;
use hyper::{Response, StatusCode};
use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::watch;
use tokio::time::{Instant as Moment, sleep, timeout_at};

use super::body::Body;
use super::coding;
use super::engine;
use super::error::Refusal;
use super::faults::{Answer, Break, Ending, Faults, Plan, Sending};
use super::line::Reset;
use super::log::{Entry, Log};
use super::sides::Sides;
use super::transfer;
use super::wire::{Reply, Request};

/// Largest body, as real orgs allow for inline blobs.
const LARGEST: usize = 50 * 1024 * 1024;
/// Longest address, and longest headers (REST API guide, statuses 414 and 431).
const LONGEST: usize = 16_384;

/// What every connection shares.
pub struct Front {
    pub sides: Sides,
    /// Rings when there are events.
    pub bell: watch::Receiver<()>,
    pub faults: Faults,
    /// Folder of bodies that go to files.
    pub uploads: PathBuf,
    pub latency: Duration,
    pub log: Option<Mutex<Log>>,
}

/// A body on its way out.
pub type Outgoing = UnsyncBoxBody<Bytes, std::io::Error>;

/// The connection ends here, on purpose.
#[derive(Debug, thiserror::Error)]
#[error("broken on purpose")]
pub struct Broken;

/// Answers one request.
///
/// # Errors
/// [`Broken`], when a fault ends the connection.
pub async fn answer(
    front: &Front,
    reset: &Reset,
    request: hyper::Request<Incoming>,
) -> Result<Response<Outgoing>, Broken> {
    let began = Instant::now();
    let at = Timestamp::now();
    let (head, body) = request.into_parts();
    let mut asked = value_of(&head);
    let read = match admitted(&head) {
        Ok(()) => read(front, &mut asked, body).await,
        Err(refusal) => Err(refusal),
    };
    let (outcome, sending) = match read {
        Ok(()) => carried_out(front, &asked).await,
        Err(refusal) => (Outcome::Reply(refusal.reply()), None),
    };
    if let Some(file) = &asked.file {
        // A job that took the file over has moved it.
        let _ = tokio::fs::remove_file(file).await;
    }
    let broken = match (&outcome, sending) {
        (Outcome::Broken(kind), _) => Some(*kind),
        (_, Some(Sending::Not(kind))) => Some(kind),
        _ => None,
    };
    let (status, bytes) = outcome.size();
    let entry = Entry {
        at,
        method: head.method.as_str(),
        path: head.uri.path_and_query().map_or("/", |path| path.as_str()),
        status,
        took: began.elapsed(),
        bytes,
        broken: broken.is_some(),
        parts: parts(&asked),
    };
    note(front, &entry);
    if let Some(kind) = broken {
        return end(kind, reset).await;
    }
    Ok(outcome.response(asked.method == "HEAD", sending).await)
}

/// What a composite call asks for.
fn parts(asked: &Request) -> Vec<String> {
    if asked.method != "POST" || !asked.path.ends_with("/composite") {
        return Vec::new();
    }
    let body: Value = serde_json::from_slice(&asked.body).unwrap_or_default();
    let all = body["compositeRequest"].as_array();
    let told = |part: &Value| {
        let text = |name: &str| part[name].as_str().unwrap_or_default().to_owned();
        format!("{} {}", text("method"), text("url"))
    };
    all.map(|all| all.iter().map(told).collect())
        .unwrap_or_default()
}

/// What there is to send.
enum Outcome {
    Reply(Reply),
    Answer(Answer),
    Broken(Break),
}

/// The request without its body.
fn value_of(head: &Parts) -> Request {
    let target = head.uri.path_and_query().map_or("/", |path| path.as_str());
    let mut asked = Request::new(head.method.as_str(), target);
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    asked.headers = head
        .headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), text(value.as_bytes())))
        .collect();
    asked
}

/// Refuses what is too long before its body is read.
fn admitted(head: &Parts) -> Result<(), Refusal> {
    let address = head
        .uri
        .path_and_query()
        .map_or(0, |path| path.as_str().len());
    if address > LONGEST {
        let text = "The request URI is too long";
        return Err(Refusal::new(414, "URI_TOO_LONG", text));
    }
    if header_bytes(&head.headers) > LONGEST {
        let text = "The request headers are too long";
        return Err(Refusal::new(431, "REQUEST_HEADER_TOO_LARGE", text));
    }
    Ok(())
}

/// As they travel: name, colon, blank, value and the end of the line.
fn header_bytes(headers: &HeaderMap) -> usize {
    let line = |(name, value): (&hyper::header::HeaderName, &hyper::header::HeaderValue)| {
        name.as_str().len() + value.len() + 4
    };
    headers.iter().map(line).sum()
}

/// The body, into memory or into a file.
async fn read(front: &Front, asked: &mut Request, body: Incoming) -> Result<(), Refusal> {
    let coding = asked.header("content-encoding").map(str::to_owned);
    if transfer::is_upload(&asked.method, &asked.path) {
        if coding.is_some_and(|coding| coding != "identity") {
            let text = "Uploads of bulk jobs are taken as they are, without a content encoding";
            return Err(Refusal::new(415, "UNSUPPORTED_MEDIA_TYPE", text));
        }
        asked.file = Some(transfer::to_file(body, &front.uploads).await?);
        return Ok(());
    }
    let body = match Limited::new(body, LARGEST).collect().await {
        Ok(body) => body.to_bytes().to_vec(),
        Err(fault) if fault.is::<http_body_util::LengthLimitError>() => {
            return Err(Refusal::too_large());
        }
        // The client went away in the middle; nobody reads this.
        Err(_) => return Err(Refusal::parser("The request body ended early")),
    };
    asked.body = coding::unpacked(coding.as_deref(), body, LARGEST)?;
    Ok(())
}

async fn carried_out(front: &Front, asked: &Request) -> (Outcome, Option<Sending>) {
    let plan: Plan = front.faults.plan(asked);
    sleep(plan.wait).await;
    if let (Some(refresh), Some(token)) = (plan.expire, engine::bearer(asked)) {
        front.sides.expire(token.to_owned(), refresh).await;
    }
    if let Some(kind) = plan.broken {
        return (Outcome::Broken(kind), None);
    }
    let outcome = match plan.answer {
        Some(answer) => Outcome::Answer(answer),
        None => Outcome::Reply(ask(front, asked.clone()).await),
    };
    sleep(front.latency + plan.late).await;
    (outcome, plan.sending)
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
        let until = *until.get_or_insert_with(|| Moment::now() + wait);
        let rung = timeout_at(until, bell.changed()).await;
        asked.waited = !matches!(rung, Ok(Ok(())));
    }
}

async fn end(kind: Break, reset: &Reset) -> Result<Response<Outgoing>, Broken> {
    match kind {
        Break::Close => {}
        Break::Reset => reset.arm(),
        Break::Stall => std::future::pending().await,
    }
    Err(Broken)
}

fn note(front: &Front, entry: &Entry<'_>) {
    let Some(log) = &front.log else { return };
    let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
    if let Err(fault) = log.write(entry) {
        // The log is what failed: standard error is all that is left.
        eprintln!("demo org: the request log cannot be written: {fault}");
    }
}

impl Outcome {
    /// Status and bytes of the body.
    fn size(&self) -> (u16, u64) {
        match self {
            Self::Reply(reply) => (reply.status, reply.length()),
            Self::Answer(answer) => (answer.status, answer.body.len() as u64),
            Self::Broken(_) => (0, 0),
        }
    }

    async fn response(self, headless: bool, sending: Option<Sending>) -> Response<Outgoing> {
        let mut builder = Response::builder();
        let (bytes, file) = match self {
            Self::Reply(reply) => {
                builder = builder
                    .status(reply.status)
                    .header(
                        "Cache-Control",
                        "no-cache,must-revalidate,max-age=0,no-store,private",
                    )
                    .header("Vary", "Accept-Encoding")
                    .header("Server", "sfw-demo");
                if reply.length() > 0 {
                    builder = builder.header("Content-Type", reply.kind);
                }
                for (name, value) in &reply.headers {
                    builder = builder.header(*name, value);
                }
                (reply.body, reply.file)
            }
            Self::Answer(answer) => {
                builder = builder.status(answer.status);
                for (name, value) in &answer.headers {
                    builder = builder.header(name, value);
                }
                (answer.body.into_bytes(), None)
            }
            Self::Broken(_) => (Vec::new(), None),
        };
        let whole = bytes.len() as u64 + file.as_ref().map_or(0, |part| part.length);
        let body = match file {
            _ if headless => {
                // The length of what a GET would bring, and nothing of it.
                builder = builder.header("Content-Length", whole);
                Body::whole(Vec::new()).boxed_unsync()
            }
            None => Body::of(bytes, sending).boxed_unsync(),
            Some(part) => match (sending, transfer::from_file(bytes, &part).await) {
                (None, Ok(body)) => body.boxed_unsync(),
                (Some(_), Ok(body)) => Body::of(gathered(body).await, sending).boxed_unsync(),
                (_, Err(_)) => {
                    // The file went missing: an answer broken off, not an empty one.
                    builder = builder.header("Content-Length", whole);
                    Body::of(Vec::new(), Some(Sending::Cut(0, Ending::Close))).boxed_unsync()
                }
            },
        };
        builder.body(body).unwrap_or_else(|_| {
            // A header value no header can carry; the status says the org failed.
            let mut plain = Response::new(Body::whole(Vec::new()).boxed_unsync());
            *plain.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            plain
        })
    }
}

/// All of a file's body, for a fault to take apart.
async fn gathered(body: transfer::FileBody) -> Vec<u8> {
    let all = body.collect().await;
    all.map(|all| all.to_bytes().to_vec()).unwrap_or_default()
}
