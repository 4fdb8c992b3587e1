//! A line to an org that understands what it carries: each request meets the fate that a
//! rule gives it, and the `Date` of each reply is told by the proof's own clock.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;

use crate::rig::Clock;

/// A request on its way.
#[derive(Debug, Clone)]
pub struct Heard {
    /// `POST`.
    pub method: String,
    /// With its query.
    pub path: String,
    /// As sent.
    pub body: String,
    raw: Vec<u8>,
}

impl Heard {
    /// Whether it changes records; a composite may be one that only reads.
    pub fn writes(&self) -> bool {
        let reads = !self.body.contains("\"method\":\"P") && !self.body.contains("\"DELETE\"");
        self.method != "GET"
            && !self.path.contains("/oauth2/")
            && !(self.path.contains("/composite") && self.body.contains("Request\"") && reads)
    }
}

/// What becomes of a request.
#[derive(Debug, Clone)]
pub enum Fate {
    /// It goes there and its reply comes back.
    Pass,
    /// The line breaks before it gets there.
    Stopped,
    /// The org gets it; its reply is lost.
    Lost,
    /// The line breaks; the org gets it so much later, by [`Line::tick`].
    Late(Duration),
    /// Somebody on the way answers instead.
    Say(u16, Value),
}

/// A request with what the rule said and what the org answered, if it was asked.
#[derive(Debug, Clone)]
pub struct Carried {
    /// The request.
    pub heard: Heard,
    /// Status and body of the org.
    pub reply: Option<(u16, String)>,
}

type Rule = Box<dyn FnMut(&Heard) -> Fate + Send>;

struct Shared {
    org: String,
    clock: Arc<Clock>,
    rule: Mutex<Rule>,
    carried: Mutex<Vec<Carried>>,
    late: Mutex<Vec<(Duration, Heard)>>,
    /// By record: how far the time shown was ahead when it was made.
    born: Mutex<HashMap<String, Duration>>,
    /// The same of records that nobody here saw made.
    strays: Mutex<Duration>,
}

/// A line to an org.
pub struct Line {
    /// Where it listens.
    pub url: String,
    shared: Arc<Shared>,
}

impl Line {
    /// A line to the org at this address, sound so far.
    pub fn to(org: &str, clock: &Arc<Clock>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("its address"));
        let shared = Arc::new(Shared {
            org: org.trim_start_matches("http://").to_owned(),
            clock: Arc::clone(clock),
            rule: Mutex::new(Box::new(|_| Fate::Pass)),
            carried: Mutex::default(),
            late: Mutex::default(),
            born: Mutex::default(),
            strays: Mutex::default(),
        });
        let served = Arc::clone(&shared);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let shared = Arc::clone(&served);
                std::thread::spawn(move || carry(&client, &shared));
            }
        });
        Self { url, shared }
    }

    /// From now on this decides.
    pub fn rule(&self, rule: impl FnMut(&Heard) -> Fate + Send + 'static) {
        *self.shared.rule.lock().unwrap() = Box::new(rule);
    }

    /// Everything carried since the last call, in the order of the replies.
    pub fn carried(&self) -> Vec<Carried> {
        std::mem::take(&mut self.shared.carried.lock().unwrap())
    }

    /// A record was made past the line, now by the time shown.
    pub fn is_born(&self, id: &str) {
        born(&self.shared, id);
    }

    /// Records that nobody here saw made were made while the time shown was so far ahead.
    pub fn strays(&self, ahead: Duration) {
        *self.shared.strays.lock().unwrap() = ahead;
    }

    /// Late requests whose time has come get to the org.
    pub fn tick(&self) {
        let now = self.shared.clock.passed();
        let (due, rest): (Vec<_>, Vec<_>) = {
            let mut late = self.shared.late.lock().unwrap();
            late.drain(..).partition(|(at, _)| *at <= now)
        };
        self.shared.late.lock().unwrap().extend(rest);
        for (_, heard) in due {
            let mut org = None;
            let reply = ask(&mut org, &self.shared, &heard).map(|reply| (reply.status, reply.text));
            note(&self.shared, heard, reply);
        }
    }
}

fn born(shared: &Shared, id: &str) {
    let shown = shared.clock.shown();
    shared.born.lock().unwrap().insert(id.to_owned(), shown);
}

fn note(shared: &Shared, heard: Heard, reply: Option<(u16, String)>) {
    if let Some((200..=299, body)) = &reply
        && heard.writes()
        && let Some((_, rest)) = body.split_once("\"id\":\"")
        && let Some((id, _)) = rest.split_once('"')
    {
        born(shared, id);
    }
    let mut carried = shared.carried.lock().unwrap();
    carried.push(Carried { heard, reply });
}

fn carry(client: &TcpStream, shared: &Shared) {
    let mut reader = BufReader::new(client);
    let mut org: Option<BufReader<TcpStream>> = None;
    while let Some(heard) = read_request(&mut reader) {
        let fate = (shared.rule.lock().unwrap())(&heard);
        let reply = match &fate {
            Fate::Pass | Fate::Lost => ask(&mut org, shared, &heard),
            Fate::Stopped => None,
            Fate::Late(wait) => {
                let at = shared.clock.passed() + *wait;
                shared.late.lock().unwrap().push((at, heard));
                return;
            }
            Fate::Say(status, body) => Some(made_up(*status, body, &shared.clock)),
        };
        let told = match &fate {
            Fate::Say(..) => None,
            _ => reply
                .as_ref()
                .map(|reply| (reply.status, reply.text.clone())),
        };
        note(shared, heard, told);
        let Some(reply) = reply.filter(|_| !matches!(fate, Fate::Lost)) else {
            return;
        };
        let mut client = client;
        if client.write_all(&reply.raw).is_err() {
            return;
        }
    }
}

struct Reply {
    status: u16,
    text: String,
    raw: Vec<u8>,
}

fn made_up(status: u16, body: &Value, clock: &Clock) -> Reply {
    let date = clock.date();
    let text = body.to_string();
    let raw = format!(
        "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n{date}Content-Length: {}\r\n\r\n{text}",
        text.len()
    );
    Reply {
        status,
        text,
        raw: raw.into_bytes(),
    }
}

fn ask(org: &mut Option<BufReader<TcpStream>>, shared: &Shared, heard: &Heard) -> Option<Reply> {
    if org.is_none() {
        let stream = TcpStream::connect(&shared.org).ok()?;
        stream.set_nodelay(true).ok()?;
        *org = Some(BufReader::new(stream));
    }
    let reader = org.as_mut()?;
    let (raw, body) = (&heard.raw, &heard.body);
    let head = raw.len() - body.len();
    match body
        .find("CreatedDate")
        .and_then(|_| shared.clock.as_dated(body))
    {
        // A body of the same length: only digits change.
        Some(dated) => {
            assert_eq!(dated.len(), body.len(), "{dated}");
            let sent = [&raw[..head], dated.as_bytes()].concat();
            reader.get_mut().write_all(&sent).ok()?;
        }
        None => reader.get_mut().write_all(raw).ok()?,
    }
    let reply = read_reply(reader, &shared.clock)?;
    Some(aged(shared, reply))
}

/// Rows tell when they were made by the time shown then, not by the machine's.
fn aged(shared: &Shared, reply: Reply) -> Reply {
    let born = shared.born.lock().unwrap();
    let strays = *shared.strays.lock().unwrap();
    let any = born.values().any(|shown| !shown.is_zero());
    if (!any && strays.is_zero()) || !reply.text.contains("\"CreatedDate\":\"") {
        return reply;
    }
    let Ok(mut body) = serde_json::from_str::<Value>(&reply.text) else {
        return reply;
    };
    age(&mut body, &|id| born.get(id).copied().unwrap_or(strays));
    made_up(reply.status, &body, &shared.clock)
}

fn age(value: &mut Value, born: &dyn Fn(&str) -> Duration) {
    match value {
        Value::Array(rows) => rows.iter_mut().for_each(|row| age(row, born)),
        Value::Object(row) => {
            let id = row.get("Id").and_then(Value::as_str);
            let shown = id.map(born);
            if let (Some(shown), Some(at)) = (shown, row.get_mut("CreatedDate")) {
                let told = at.as_str().unwrap_or_default().replace("+0000", "Z");
                let told: jiff::Timestamp = told.parse().expect("a time");
                let told = told + jiff::SignedDuration::try_from(shown).expect("a span");
                *at = told
                    .strftime("%Y-%m-%dT%H:%M:%S.000+0000")
                    .to_string()
                    .into();
            }
            row.values_mut().for_each(|value| age(value, born));
        }
        _ => {}
    }
}

fn read_request(reader: &mut impl BufRead) -> Option<Heard> {
    let mut raw = Vec::new();
    let first = line(reader)?;
    let mut words = first.split_whitespace();
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    raw.extend_from_slice(first.as_bytes());
    let mut length = 0;
    loop {
        let header = line(reader)?;
        let lower = header.to_ascii_lowercase();
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        // What passes here must be readable here.
        if !lower.starts_with("accept-encoding:") {
            raw.extend_from_slice(header.as_bytes());
        }
        if header == "\r\n" {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    raw.extend_from_slice(&body);
    Some(Heard {
        method,
        path,
        body: String::from_utf8_lossy(&body).into_owned(),
        raw,
    })
}

fn read_reply(reader: &mut impl BufRead, clock: &Clock) -> Option<Reply> {
    let first = line(reader)?;
    let status = first.split_whitespace().nth(1)?.parse().ok()?;
    let mut raw = first.into_bytes();
    let (mut length, mut chunked) = (0, false);
    loop {
        let header = line(reader)?;
        let lower = header.to_ascii_lowercase();
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        chunked |= lower.starts_with("transfer-encoding: chunked");
        match lower.starts_with("date:") {
            true => raw.extend_from_slice(clock.date().as_bytes()),
            false => raw.extend_from_slice(header.as_bytes()),
        }
        if header == "\r\n" {
            break;
        }
    }
    let start = raw.len();
    if chunked {
        loop {
            let size = line(reader)?;
            let count = usize::from_str_radix(size.trim(), 16).ok()?;
            raw.extend_from_slice(size.as_bytes());
            let mut piece = vec![0; count + 2];
            reader.read_exact(&mut piece).ok()?;
            raw.extend_from_slice(&piece);
            if count == 0 {
                break;
            }
        }
    } else {
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        raw.extend_from_slice(&body);
    }
    let text = String::from_utf8_lossy(&raw[start..]).into_owned();
    Some(Reply { status, text, raw })
}

fn line(reader: &mut impl BufRead) -> Option<String> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    Some(line)
}
