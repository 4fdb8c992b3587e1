//! The worker on an org of its own, by a clock that jumps: eleven minutes pass in no time.

use std::cell::RefCell;
use std::io::{Read, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde_json::{Value, json};
use sfw_tui::demo;
use sfw_tui::domain::failure::Failure;
use sfw_tui::domain::write::{Op, Plan, Write, WriteStep};
use sfw_tui::job::{Answer, Job, JobId, Reply};
use sfw_tui::store::outbox::Outbox;
use sfw_tui::worker::{Access, Engine, House, Settings, Sleep, Times, Ways};

use crate::line::Line;

pub const TOKEN: &str = "a-token-for-proofs";

/// The machine's time and what was skipped of it.
#[derive(Debug)]
pub struct Clock {
    start: Instant,
    /// Milliseconds that passed at once, for good.
    skipped: AtomicU64,
    /// The same, as far as the org's clock and ours show it.
    shown: AtomicU64,
    /// Seconds by which somebody set this machine's clock.
    set: AtomicI64,
}

thread_local! {
    static CLOCK: RefCell<Option<Arc<Clock>>> = const { RefCell::new(None) };
}

impl Clock {
    /// The clock of this thread's proof.
    pub fn new() -> Arc<Self> {
        let clock = Arc::new(Self {
            start: Instant::now(),
            skipped: AtomicU64::new(0),
            shown: AtomicU64::new(0),
            set: AtomicI64::new(0),
        });
        CLOCK.set(Some(Arc::clone(&clock)));
        clock
    }

    /// Lets time pass at once.
    pub fn skip(&self, span: Duration) {
        let millis = u64::try_from(span.as_millis()).unwrap();
        self.skipped.fetch_add(millis, Ordering::SeqCst);
        self.shown.fetch_add(millis, Ordering::SeqCst);
    }

    /// With nothing under way: both clocks show the machine's time again, by which the org
    /// dates its rows.
    pub fn rewind(&self) {
        self.shown.store(0, Ordering::SeqCst);
    }

    /// Somebody sets this machine's clock so many seconds ahead of the truth.
    pub fn set(&self, seconds: i64) {
        self.set.store(seconds, Ordering::SeqCst);
    }

    /// Time since the start of the proof.
    pub fn passed(&self) -> Duration {
        self.start.elapsed() + Duration::from_millis(self.skipped.load(Ordering::SeqCst))
    }

    /// How far the time shown is ahead of the machine's.
    pub fn shown(&self) -> Duration {
        Duration::from_millis(self.shown.load(Ordering::SeqCst))
    }

    fn truth(&self) -> Timestamp {
        let shown = i64::try_from(self.shown.load(Ordering::SeqCst)).unwrap();
        Timestamp::now() + SignedDuration::from_millis(shown)
    }

    /// The org's `Date` header.
    pub fn date(&self) -> String {
        let date = self.truth().strftime("%a, %d %b %Y %H:%M:%S GMT");
        format!("date: {date}\r\n")
    }
}

impl Clock {
    /// A query for rows made since some moment, by the clock that dates the org's rows.
    /// What was skipped since widens it, never narrows it.
    pub fn as_dated(&self, query: &str) -> Option<String> {
        let shown = i64::try_from(self.shown.load(Ordering::SeqCst)).ok()?;
        const SINCE: &str = "CreatedDate%20%3E%3D%20";
        let start = query.find(SINCE)? + SINCE.len();
        let end = start + query[start..].find('Z')? + 1;
        let plain = query[start..end].replace("%3A", ":");
        let at: Timestamp = plain.parse().ok()?;
        let at = at - SignedDuration::from_millis(shown);
        let dated = at.strftime("%Y-%m-%dT%H%%3A%M%%3A%SZ").to_string();
        Some([&query[..start], &dated, &query[end..]].concat())
    }
}

fn clock() -> Arc<Clock> {
    CLOCK.with_borrow(|clock| Arc::clone(clock.as_ref().expect("a clock on this thread")))
}

/// The worker's clocks.
pub fn times(seed: u64) -> Times {
    fn now() -> Timestamp {
        let clock = clock();
        clock.truth() + SignedDuration::from_secs(clock.set.load(Ordering::SeqCst))
    }
    fn passed() -> Duration {
        clock().passed()
    }
    fn sleep(wait: Duration) -> Sleep {
        clock().skip(wait);
        Box::pin(std::future::ready(()))
    }
    Times {
        now,
        passed,
        sleep,
        seed,
    }
}

/// A demo org in this process, and the line to it.
pub struct Place {
    /// The clock of everything here.
    pub clock: Arc<Clock>,
    /// The line the worker goes by.
    pub line: Line,
    /// The org's own address.
    pub url: String,
    /// Folders of the org and of the workers.
    pub dir: tempfile::TempDir,
    _org: demo::Org,
}

impl Place {
    /// A fresh org.
    pub fn new() -> Self {
        Self::at(tempfile::tempdir().expect("a folder"))
    }

    fn at(dir: tempfile::TempDir) -> Self {
        let options = demo::Options {
            data: dir.path().join("org"),
            token: Some(TOKEN.to_owned()),
            faults: demo::faults::Rules {
                allowance: Some(1 << 40),
                ..demo::faults::Rules::default()
            },
            ..demo::Options::default()
        };
        let org = demo::start(options).expect("the org starts");
        let clock = Clock::new();
        let url = org.base_url().to_owned();
        Self {
            line: Line::to(&url, &clock),
            clock,
            url,
            dir,
            _org: org,
        }
    }

    /// An org whose folders are in memory: for many writes, where no power is cut.
    pub fn in_memory() -> Self {
        match tempfile::tempdir_in("/dev/shm") {
            Ok(dir) => Self::at(dir),
            Err(_) => Self::new(),
        }
    }

    /// A worker whose files are in the folder of this name.
    pub fn seat(&self, name: &str, ways: Ways) -> Seat {
        Seat::new(
            &self.dir.path().join(name),
            &self.line.url,
            &self.clock,
            ways,
        )
    }

    /// A request of somebody else's, past the line; status and body.
    pub fn other(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        call(&self.url, method, path, body)
    }

    /// All rows of a query.
    pub fn rows(&self, soql: &str) -> Vec<Value> {
        let soql = soql
            .replace('%', "%25")
            .replace(' ', "+")
            .replace('\'', "%27");
        let mut next = format!("/services/data/v66.0/query?q={soql}");
        let mut rows = Vec::new();
        loop {
            let (status, page) = self.other("GET", &next, None);
            assert_eq!(status, 200, "{page}");
            rows.extend(page["records"].as_array().unwrap().iter().cloned());
            match page["nextRecordsUrl"].as_str() {
                Some(url) => next = url.to_owned(),
                None => return rows,
            }
        }
    }

    /// A record made by somebody else with the same login; its id.
    pub fn make(&self, object: &str, fields: &Value) -> String {
        let path = format!("/services/data/v66.0/sobjects/{object}");
        let (status, body) = self.other("POST", &path, Some(fields));
        assert_eq!(status, 201, "{body}");
        let id = body["id"].as_str().unwrap().to_owned();
        self.line.is_born(&id);
        id
    }
}

fn call(url: &str, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
    let host = url.trim_start_matches("http://");
    let body = body.map_or_else(String::new, Value::to_string);
    let mut org = TcpStream::connect(host).expect("the org listens");
    write!(
        org,
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {TOKEN}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
    .expect("the org reads");
    let mut reply = String::new();
    org.read_to_string(&mut reply).expect("its reply");
    let (head, body) = reply.split_once("\r\n\r\n").expect("a head");
    let status = head.split_whitespace().nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(body).unwrap_or_default())
}

/// A worker, driven as the command line drives it.
pub struct Seat {
    /// The worker.
    pub engine: Engine,
    runtime: tokio::runtime::Runtime,
    clock: Arc<Clock>,
    state: std::path::PathBuf,
}

impl Seat {
    /// A worker on the org at this address.
    pub fn new(dir: &Path, url: &str, clock: &Arc<Clock>, ways: Ways) -> Self {
        let token = Access::Token {
            instance_url: url.to_owned(),
            token: SecretString::from(TOKEN),
        };
        let settings = Settings {
            connection: "env".to_owned(),
            connect: Box::new(move || Ok(token)),
            instance_url: Some(url.to_owned()),
            state_dir: dir.join("state"),
            cache_dir: dir.join("cache"),
            api_version: None,
            house: House::default(),
            ways,
        };
        Self::with(settings, clock)
    }

    /// A worker with these settings.
    pub fn with(settings: Settings, clock: &Arc<Clock>) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        Self {
            state: settings.state_dir.clone(),
            engine: Engine::with_times(settings, times(7)),
            runtime,
            clock: Arc::clone(clock),
        }
    }

    /// Every answer to a job.
    pub fn run(&self, job: Job) -> Vec<Answer> {
        let answers = RefCell::new(Vec::new());
        let keep = |answer| answers.borrow_mut().push(answer);
        self.runtime.block_on(self.engine.run(JobId(1), job, &keep));
        answers.into_inner()
    }

    /// Tells every answer to a job as it comes; gives the last one.
    pub fn hear(&self, job: Job, hears: &dyn Fn(&Answer)) -> Reply {
        let last = RefCell::new(None);
        let keep = |answer: Answer| {
            hears(&answer);
            *last.borrow_mut() = Some(answer);
        };
        self.runtime.block_on(self.engine.run(JobId(1), job, &keep));
        last.into_inner().expect("an answer").reply
    }

    /// The last answer.
    pub fn last(&self, job: Job) -> Reply {
        self.run(job).pop().expect("an answer").reply
    }

    /// The last answer of a job that writes, or why there is no write.
    pub fn op(&self, job: Job) -> Result<Op, Failure> {
        match self.last(job) {
            Reply::Op(op) => Ok(*op),
            Reply::Failed(failure) => Err(failure),
            other => panic!("{other:?}"),
        }
    }

    /// The outbox on disk, as another process sees it.
    pub fn outbox(&self) -> Outbox {
        Outbox::open(&self.state).expect("the outbox opens")
    }

    /// Writes that may still change the org by themselves.
    pub fn pending(&self) -> Vec<Op> {
        let pending = self.outbox().pending("env").expect("the outbox reads");
        let asks = |op: &Op| op.plan() == Some(Plan::Ask);
        pending.into_iter().filter(|op| !asks(op)).collect()
    }

    /// Sends what is due now.
    pub fn send_due(&self) {
        self.run(Job::SendDue);
    }

    /// Lets time pass in such steps, in which `meanwhile` happens, until nothing happens by
    /// itself any more.
    pub fn settle(&self, step: Duration, meanwhile: impl Fn()) {
        for _ in 0..1_000 {
            self.send_due();
            if self.pending().is_empty() {
                return;
            }
            self.clock.skip(step);
            meanwhile();
        }
        panic!("still pending: {:?}", self.pending().first());
    }
}

/// A new record with this text in its telling field.
pub fn create(object: &str, text: &str) -> Write {
    let field = match object {
        "Task" | "Case" | "Event" => "Subject",
        "Contact" | "Lead" => "LastName",
        _ => "Name",
    };
    let mut fields = serde_json::Map::new();
    fields.insert(field.to_owned(), json!(text));
    let wanted: &[(&str, Value)] = match object {
        "Lead" => &[("Company", json!(text))],
        "Event" => &[
            ("DurationInMinutes", json!(30)),
            ("ActivityDateTime", json!("2026-12-01T09:00:00Z")),
        ],
        _ => &[],
    };
    for (name, value) in wanted {
        fields.insert((*name).to_owned(), value.clone());
    }
    Write {
        summary: text.to_owned(),
        steps: vec![WriteStep::Create {
            object: object.to_owned(),
            fields,
        }],
        allow_duplicates: true,
    }
}

/// One field of a record to this value.
pub fn update(object: &str, id: &str, (field, value): (&str, &Value)) -> Write {
    let mut fields = serde_json::Map::new();
    fields.insert(field.to_owned(), value.clone());
    Write {
        summary: format!("{field} of {id}"),
        steps: vec![WriteStep::Update {
            object: object.to_owned(),
            id: id.parse().expect("an id"),
            fields,
            base_modified: None,
            base: Default::default(),
        }],
        allow_duplicates: true,
    }
}
