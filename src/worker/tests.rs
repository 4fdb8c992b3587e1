use std::cell::RefCell;
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, json};

use super::*;
use crate::domain::activity::{LogEntry, LogKind};
use crate::domain::failure::FailureKind;
use crate::domain::id::RecordId;
use crate::domain::record::Link;
use crate::domain::write::{Op, OpState, Write, WriteStep};
use crate::job::{Answer, Job, JobId, Reply, Source};
use stub::{Act, Stub};

mod stub;

/// A connection with its folders.
struct Rig {
    dir: tempfile::TempDir,
    url: String,
}

impl Rig {
    fn new(url: &str) -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
            url: url.to_owned(),
        }
    }

    fn settings(&self) -> Settings {
        self.settings_with("token")
    }

    fn settings_with(&self, token: &str) -> Settings {
        let (url, token) = (self.url.clone(), SecretString::from(token));
        Settings {
            connection: "env".to_owned(),
            connect: Box::new(move || {
                Ok(Access::Token {
                    instance_url: url,
                    token,
                })
            }),
            instance_url: Some(self.url.clone()),
            state_dir: self.dir.path().join("state"),
            cache_dir: self.dir.path().join("cache"),
            api_version: None,
        }
    }

    /// A new session, as after a start of the program.
    fn session(&self) -> Session {
        Session::new(Engine::new(self.settings()))
    }

    fn state(&self) -> &Path {
        self.dir.path()
    }
}

/// An engine driven as the command line drives it.
struct Session {
    engine: Engine,
    runtime: tokio::runtime::Runtime,
}

impl Session {
    fn new(engine: Engine) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        Self { engine, runtime }
    }

    fn run(&self, job: Job) -> Vec<Answer> {
        let answers = RefCell::new(Vec::new());
        let keep = |answer| answers.borrow_mut().push(answer);
        self.runtime.block_on(self.engine.run(JobId(1), job, &keep));
        let answers = answers.into_inner();
        let of_job = answers.iter().filter(|answer| answer.job.is_some());
        let lasts = of_job.filter(|answer| answer.last).count();
        assert_eq!(lasts, 1, "{answers:?}");
        answers
    }

    fn last(&self, job: Job) -> Answer {
        self.run(job).pop().unwrap()
    }

    fn op(&self, job: Job) -> Op {
        match self.last(job).reply {
            Reply::Op(op) => *op,
            other => panic!("{other:?}"),
        }
    }

    fn failure(&self, job: Job) -> crate::domain::failure::Failure {
        match self.last(job).reply {
            Reply::Failed(failure) => failure,
            other => panic!("{other:?}"),
        }
    }

    fn outbox(&self) -> Vec<Op> {
        match self.last(Job::Outbox).reply {
            Reply::Outbox(ops) => ops,
            other => panic!("{other:?}"),
        }
    }
}

fn lena() -> Link {
    Link {
        object: "Contact".to_owned(),
        id: "003000000000001AAA".parse().unwrap(),
        name: "Lena Ortiz".to_owned(),
    }
}

fn call(subject: &str) -> LogEntry {
    let now = Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC);
    let mut entry = LogEntry::new(LogKind::Call, &lena(), &now);
    entry.subject = subject.to_owned();
    entry
}

fn update(id: RecordId) -> Write {
    let mut fields = Map::new();
    fields.insert("Name".to_owned(), json!("x"));
    Write {
        summary: "edit".to_owned(),
        steps: vec![WriteStep::Update {
            object: "Contact".to_owned(),
            id,
            fields,
            base_modified: None,
        }],
        allow_duplicates: false,
    }
}

fn states(answers: &[Answer]) -> Vec<OpState> {
    answers
        .iter()
        .filter_map(|answer| match &answer.reply {
            Reply::Op(op) => Some(op.state),
            _ => None,
        })
        .collect()
}

#[test]
fn a_log_is_exactly_one_request_once_the_rules_are_known() {
    let org = Stub::start(|_| None);
    let rig = Rig::new(&org.url);
    let ready = rig.session().last(Job::PrepareLog).reply;
    assert!(matches!(ready, Reply::LogReady(_)), "{ready:?}");
    org.requests();
    // A new process with the same token: neither identity nor versions nor describes.
    let session = rig.session();
    let answers = session.run(Job::Log(call("Left voicemail")));
    assert_eq!(
        states(&answers),
        [OpState::Queued, OpState::Sending, OpState::Done]
    );
    assert_eq!(org.requests(), ["POST /services/data/v66.0/sobjects/Task"]);
    let link = answers.last().unwrap().link.unwrap();
    assert_eq!((link.online, link.api_usage), (true, Some((18, 15_000))));
    assert_eq!(rig.session().outbox()[0].state, OpState::Done);
}

#[test]
fn a_log_that_cannot_be_right_reaches_neither_outbox_nor_org() {
    let org = Stub::start(|_| None);
    let rig = Rig::new(&org.url);
    let session = rig.session();
    session.run(Job::PrepareLog);
    org.requests();
    let mut entry = call("");
    entry.kind = LogKind::Task;
    let failure = session.failure(Job::Log(entry));
    assert_eq!(failure.kind, FailureKind::Input);
    assert_eq!(org.requests(), [""; 0]);
    assert_eq!(session.outbox(), []);
}

#[test]
fn the_row_is_on_disk_before_the_request_and_the_outcome_before_the_answer() {
    let org = Stub::start(|_| None);
    let rig = Rig::new(&org.url);
    let session = rig.session();
    session.run(Job::PrepareLog);
    let state = rig.state().join("state");
    let seen = std::sync::Arc::new(std::sync::Mutex::new(None));
    let seen_by_org = std::sync::Arc::clone(&seen);
    org.script(move |asked| {
        if asked.method == "POST" {
            let outbox = crate::store::outbox::Outbox::open(&state).unwrap();
            *seen_by_org.lock().unwrap() = Some(outbox.list().unwrap().remove(0));
        }
        None
    });
    let op = session.op(Job::Log(call("hello")));
    let seen = seen.lock().unwrap().take().unwrap();
    assert_eq!(
        (seen.id, seen.state, seen.attempts),
        (op.id, OpState::Sending, 1)
    );
}

#[test]
fn a_write_that_met_no_org_waits_with_the_reason_and_can_be_sent_later() {
    let org = Stub::start(|_| None);
    let rig = Rig::new(&org.url);
    rig.session().run(Job::PrepareLog);
    // Same org, but nobody listens there now.
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let dead = format!("http://{}", gone.local_addr().unwrap());
    drop(gone);
    let session = rig.session();
    org.requests();
    let op = {
        let mut settings = rig.settings();
        settings.instance_url = None;
        settings.connect = Box::new(move || {
            Ok(Access::Token {
                instance_url: dead,
                token: SecretString::from("token"),
            })
        });
        Session::new(Engine::new(settings)).op(Job::Log(call("hello")))
    };
    assert_eq!((op.state, op.attempts), (OpState::Queued, 0));
    assert_eq!(op.failure.unwrap().kind, FailureKind::NoConnection);
    assert_eq!(session.outbox()[0].state, OpState::Queued);
    assert_eq!(org.requests(), [""; 0], "waiting writes wait for the user");
    assert_eq!(session.op(Job::Resend(op.id)).state, OpState::Done);
    assert_eq!(org.requests().len(), 1);
}

#[test]
fn an_answer_cut_off_leaves_a_write_unknown_and_nothing_sends_it_again() {
    let org = Stub::start(|_| None);
    let rig = Rig::new(&org.url);
    rig.session().run(Job::PrepareLog);
    org.script(|asked| (asked.method == "POST").then_some(Act::Cut));
    org.requests();
    let op = rig.session().op(Job::Log(call("hello")));
    assert_eq!((op.state, op.attempts), (OpState::Unknown, 1));
    assert_eq!(op.failure.unwrap().kind, FailureKind::OutcomeUnknown);
    assert_eq!(org.requests().len(), 1);
    org.script(|_| None);
    let session = rig.session();
    session.run(Job::Connect);
    assert_eq!(session.outbox()[0].state, OpState::Unknown);
    let posts = org
        .requests()
        .iter()
        .filter(|line| line.starts_with("POST"))
        .count();
    assert_eq!(posts, 0);
    let op = session.op(Job::Resend(op.id));
    assert_eq!((op.state, op.attempts), (OpState::Done, 2));
}

#[test]
fn replies_decide_what_became_of_a_write() {
    let refused = |code: &str| json!([{"errorCode": code, "message": "no", "fields": ["Subject"]}]);
    let cases: Vec<(u16, serde_json::Value, OpState)> = vec![
        (400, refused("REQUIRED_FIELD_MISSING"), OpState::Failed),
        (403, refused("INSUFFICIENT_ACCESS"), OpState::Failed),
        (403, refused("REQUEST_LIMIT_EXCEEDED"), OpState::Failed),
        (401, refused("INVALID_SESSION_ID"), OpState::Queued),
        (500, refused("UNKNOWN_EXCEPTION"), OpState::Unknown),
        (502, json!("gateway"), OpState::Unknown),
        (200, json!("<html>"), OpState::Unknown),
    ];
    for (status, body, state) in cases {
        let org = Stub::start(|_| None);
        let rig = Rig::new(&org.url);
        let session = rig.session();
        session.run(Job::PrepareLog);
        let reply = body.clone();
        org.script(move |asked| {
            (asked.method == "POST").then(|| Act::Reply(status, reply.clone()))
        });
        let op = session.op(Job::Log(call("hello")));
        assert_eq!(op.state, state, "{status} {body}");
        assert!(op.failure.is_some(), "{status} {body}");
    }
}

#[test]
fn a_start_with_a_known_token_asks_once_and_a_log_not_at_all() {
    let org = Stub::start(|_| None);
    let rig = Rig::new(&org.url);
    let first = rig.session().run(Job::Connect);
    assert_eq!(first.len(), 1, "nothing is known the first time: {first:?}");
    assert_eq!(org.requests().len(), 2);
    let again = rig.session().run(Job::Connect);
    assert_eq!(org.requests(), ["GET /services/oauth2/userinfo"]);
    let Reply::Connected(session) = &again[0].reply else {
        panic!("{again:?}")
    };
    assert_eq!((session.org_id.as_str(), again[0].last), (stub::ORG, false));
    assert!(again[1].link.unwrap().online);
    assert_eq!(again.len(), 2);
}

#[test]
fn a_bad_token_is_told_as_a_session_failure() {
    let body =
        json!([{"errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid"}]);
    let org =
        Stub::start(move |asked| (asked.token == "bad").then(|| Act::Reply(401, body.clone())));
    let rig = Rig::new(&org.url);
    rig.session().run(Job::Connect);
    let session = Session::new(Engine::new(rig.settings_with("bad")));
    assert_eq!(session.failure(Job::Connect).kind, FailureKind::Session);
    let answer = session.last(Job::Connect);
    assert!(answer.link.unwrap().online, "the org did answer");
}

#[test]
fn another_org_under_the_same_name_gets_nothing_of_the_first() {
    let org = Stub::start(|_| None);
    let rig = Rig::new(&org.url);
    let session = rig.session();
    session.run(Job::Search {
        text: "lena".to_owned(),
        objects: vec!["Contact".to_owned()],
    });
    org.script(|asked| (asked.method == "POST").then_some(Act::Cut));
    let op = session.op(Job::Write(update(lena().id)));
    assert_eq!(op.state, OpState::Failed, "{op:?}");
    let op = session.outbox().remove(0);
    org.script(|asked| {
        let other = stub::userinfo("00D000000000002EAA");
        (asked.path.ends_with("userinfo")).then(|| Act::Reply(200, other))
    });
    let other = Session::new(Engine::new(rig.settings_with("another token")));
    other.run(Job::Connect);
    let recall = Job::Recall {
        text: "lena".to_owned(),
        objects: vec![],
    };
    let Reply::Found(found) = other.last(recall).reply else {
        panic!()
    };
    assert_eq!(found.hits, []);
    org.requests();
    let op = other.op(Job::Resend(op.id));
    assert_eq!(op.state, OpState::Queued);
    assert_eq!(op.failure.unwrap().code, "OUTBOX_OTHER_ORG");
    assert_eq!(org.requests(), [""; 0]);
}

#[test]
fn an_outbox_that_cannot_be_opened_refuses_writes_but_not_reads() {
    let org = Stub::start(|_| None);
    let rig = Rig::new(&org.url);
    std::fs::write(rig.state().join("state"), "in the way").unwrap();
    let session = rig.session();
    session.run(Job::PrepareLog);
    org.requests();
    let failure = session.failure(Job::Log(call("hello")));
    assert_eq!(failure.kind, FailureKind::Local);
    assert!(failure.message.contains("state"), "{failure}");
    assert_eq!(org.requests(), [""; 0]);
    let search = Job::Search {
        text: "lena".to_owned(),
        objects: vec![],
    };
    assert!(matches!(session.last(search).reply, Reply::Found(_)));
}

#[test]
fn a_cache_that_cannot_be_opened_is_told_once_and_work_goes_on() {
    let org = Stub::start(|_| None);
    let rig = Rig::new(&org.url);
    std::fs::write(rig.state().join("cache"), "in the way").unwrap();
    let session = rig.session();
    let answers = session.run(Job::PrepareLog);
    let ready = &answers.last().unwrap().reply;
    assert!(matches!(ready, Reply::LogReady(_)), "{ready:?}");
    let news: Vec<_> = answers
        .iter()
        .filter(|answer| answer.job.is_none())
        .collect();
    assert_eq!(news.len(), 1, "{news:?}");
    org.requests();
    assert_eq!(session.op(Job::Log(call("hello"))).state, OpState::Done);
    assert_eq!(org.requests().len(), 1);
}

#[test]
fn hits_of_the_org_are_recalled_without_it() {
    let org = Stub::start(|_| None);
    let rig = Rig::new(&org.url);
    let search = Job::Search {
        text: "lena".to_owned(),
        objects: vec!["contact".to_owned()],
    };
    let Reply::Found(found) = rig.session().last(search).reply else {
        panic!()
    };
    assert_eq!(found.hits[0].detail, "Acme Holdings plc");
    org.requests();
    let recall = Job::Recall {
        text: "le".to_owned(),
        objects: vec![],
    };
    let Reply::Found(recalled) = rig.session().last(recall).reply else {
        panic!()
    };
    assert_eq!(recalled.hits[0].link, found.hits[0].link);
    assert!(recalled.hits[0].cached);
    assert_eq!(org.requests(), [""; 0]);
}

static NOW: AtomicI64 = AtomicI64::new(1_800_000_000);

fn later() -> Timestamp {
    Timestamp::from_second(NOW.load(Ordering::Relaxed)).unwrap()
}

#[test]
fn a_describe_is_asked_once_a_day_and_only_for_changes() {
    let org = Stub::start(|_| None);
    let rig = Rig::new(&org.url);
    let session = || Session::new(Engine::with_clock(rig.settings(), later));
    let describe = || Job::Describe {
        object: "contact".to_owned(),
        source: Source::CacheFirst,
    };
    let first = session().last(describe());
    org.requests();
    assert_eq!(session().last(describe()).reply, first.reply);
    assert_eq!(org.requests(), [""; 0]);
    NOW.fetch_add(25 * 3600, Ordering::Relaxed);
    org.script(|asked| asked.since.then_some(Act::NotModified));
    let answers = session().run(describe());
    assert_eq!(answers.len(), 2, "the old one at once: {answers:?}");
    assert_eq!(answers[1].reply, first.reply);
    let requests = org.requests();
    assert!(
        requests
            .iter()
            .any(|line| line.ends_with("/Contact/describe")),
        "{requests:?}"
    );
    assert_eq!(session().run(describe()).len(), 1);
    assert_eq!(org.requests(), [""; 0]);
}

#[test]
fn unknown_objects_and_prefixes_are_told_with_the_nearest_name() {
    let org = Stub::start(|_| None);
    let rig = Rig::new(&org.url);
    let session = rig.session();
    let failure = session.failure(Job::Describe {
        object: "Contct".to_owned(),
        source: Source::CacheFirst,
    });
    assert_eq!(failure.kind, FailureKind::NotFound);
    assert!(failure.message.contains("`Contact`"), "{failure}");
    org.requests();
    let failure = session.failure(Job::Open {
        id: "zzz000000000001".parse().unwrap(),
        source: Source::CacheFirst,
    });
    assert_eq!(failure.kind, FailureKind::NotFound);
    assert_eq!(org.requests(), [""; 0]);
}

#[test]
fn an_id_of_another_object_is_refused_before_the_outbox() {
    let org = Stub::start(|_| None);
    let rig = Rig::new(&org.url);
    let session = rig.session();
    session.run(Job::Objects);
    let failure = session.failure(Job::Write(update("001000000000001".parse().unwrap())));
    assert_eq!(failure.kind, FailureKind::Input);
    assert_eq!(session.outbox(), []);
}

#[test]
fn a_write_given_up_is_not_sent_again() {
    let org = Stub::start(|asked| (asked.method == "POST").then_some(Act::Cut));
    let rig = Rig::new(&org.url);
    let session = rig.session();
    session.run(Job::PrepareLog);
    let op = session.op(Job::Log(call("hello")));
    assert_eq!(session.op(Job::Cancel(op.id)).state, OpState::Cancelled);
    assert_eq!(session.failure(Job::Resend(op.id)).kind, FailureKind::Local);
    assert_eq!(session.failure(Job::Cancel(op.id)).kind, FailureKind::Local);
}

/// A worker thread with its answers in a channel.
fn worker(rig: &Rig) -> (Worker, Receiver<Answer>) {
    let (sink, answers) = channel();
    let worker = Worker::spawn(rig.settings(), move |answer| {
        let _ = sink.send(answer);
    })
    .unwrap();
    (worker, answers)
}

const PATIENCE: Duration = Duration::from_secs(20);

fn last_of(answers: &Receiver<Answer>, job: JobId) -> Answer {
    loop {
        let answer = answers.recv_timeout(PATIENCE).unwrap();
        if answer.job == Some(job) && answer.last {
            return answer;
        }
    }
}

#[test]
fn a_forgotten_read_gives_no_answer_and_a_forgotten_write_goes_on() {
    let org = Stub::start(|_| None);
    let rig = Rig::new(&org.url);
    let (worker, answers) = worker(&rig);
    worker.start(JobId(1), Job::PrepareLog);
    last_of(&answers, JobId(1));
    let (tell, told) = channel();
    let (tell_write, told_write) = channel();
    let (came, arrived) = channel();
    let mut waits = vec![
        Act::Wait(
            told_write,
            201,
            json!({"id": "00T000000000001EAA", "success": true, "errors": []}),
        ),
        Act::Wait(
            told,
            200,
            json!({"totalSize": 0, "done": true, "records": []}),
        ),
    ];
    org.script(move |_| {
        let _ = came.send(());
        waits.pop()
    });
    let query = Job::Query {
        soql: "SELECT Id FROM Contact".to_owned(),
        next: None,
    };
    worker.start(JobId(2), query);
    arrived.recv_timeout(PATIENCE).unwrap();
    worker.start(JobId(3), Job::Log(call("hello")));
    arrived.recv_timeout(PATIENCE).unwrap();
    worker.forget(JobId(2));
    worker.forget(JobId(3));
    tell.send(()).unwrap();
    tell_write.send(()).unwrap();
    let answer = last_of(&answers, JobId(3));
    assert!(matches!(answer.reply, Reply::Op(op) if op.state == OpState::Done));
    assert!(worker.finish(PATIENCE));
    assert!(answers.iter().all(|answer| answer.job != Some(JobId(2))));
}

#[test]
fn finish_waits_for_a_write_and_says_when_it_could_not() {
    let org = Stub::start(|_| None);
    let rig = Rig::new(&org.url);
    let (first, answers) = worker(&rig);
    first.start(JobId(1), Job::PrepareLog);
    last_of(&answers, JobId(1));
    let (tell, told) = channel();
    let mut told = Some(told);
    let (came, arrived) = channel();
    org.script(move |_| {
        let _ = came.send(());
        let body = json!({"id": "00T000000000001EAA", "success": true, "errors": []});
        told.take().map(|told| Act::Wait(told, 201, body))
    });
    first.start(JobId(2), Job::Log(call("hello")));
    arrived.recv_timeout(PATIENCE).unwrap();
    assert!(!first.finish(Duration::from_millis(50)));
    tell.send(()).unwrap();
    let answer = last_of(&answers, JobId(2));
    assert!(matches!(answer.reply, Reply::Op(op) if op.state == OpState::Done));
}

#[test]
fn writes_to_one_record_go_one_after_the_other() {
    let org = Stub::start(|_| None);
    let rig = Rig::new(&org.url);
    let (worker, answers) = worker(&rig);
    worker.start(JobId(1), Job::Objects);
    last_of(&answers, JobId(1));
    let (tell, told) = channel();
    let (came, arrived) = channel();
    let mut waits = vec![Act::Wait(told, 204, json!(null))];
    org.script(move |asked| {
        let _ = came.send(asked.body.clone());
        Some(waits.pop().unwrap_or(Act::Reply(204, json!(null))))
    });
    let mut second = update(lena().id);
    if let WriteStep::Update { fields, .. } = &mut second.steps[0] {
        fields.insert("Name".to_owned(), json!("second"));
    }
    worker.start(JobId(2), Job::Write(update(lena().id)));
    worker.start(JobId(3), Job::Write(second));
    let first = arrived.recv_timeout(PATIENCE).unwrap();
    assert!(first.contains("\"x\""), "{first}");
    // The second is on disk and waits; another record's write does not.
    worker.start(
        JobId(4),
        Job::Write(update("003000000000002AAA".parse().unwrap())),
    );
    last_of(&answers, JobId(4));
    arrived.recv_timeout(PATIENCE).unwrap();
    assert!(arrived.try_recv().is_err());
    tell.send(()).unwrap();
    assert!(arrived.recv_timeout(PATIENCE).unwrap().contains("second"));
    last_of(&answers, JobId(3));
    assert!(worker.finish(PATIENCE));
}
