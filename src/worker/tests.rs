//! The worker against a stub org, driven as the command line and the screens drive it.

use std::cell::RefCell;
use std::path::Path;

use jiff::Timestamp;
use serde_json::{Map, json};

use super::*;
use crate::domain::activity::{LogEntry, LogKind};
use crate::domain::draft::{DraftContent, SavedDraft};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::id::RecordId;
use crate::domain::record::Link;
use crate::domain::write::{Op, OpState, Write, WriteStep};
use crate::job::{Answer, Job, JobId, Reply, Source};
use stub::{Act, Stub};

mod pump;
mod read;
mod stub;
mod thread;
mod write;

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
            house: House::default(),
            ways: Ways::default(),
        }
    }

    /// Logs in by itself and gets a token to renew with.
    fn authorize(&self) -> Settings {
        let url = self.url.clone();
        let connect: ConnectFn = Box::new(move || {
            Ok(Access::Authorize {
                redirect_uri: format!("{url}/callback"),
                login_url: url,
                client_id: "sfw-tui".to_owned(),
            })
        });
        Settings {
            connect,
            ..self.settings()
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
            base: Default::default(),
        }],
        allow_duplicates: false,
    }
}

fn resend(op: &Op) -> Job {
    Job::Resend {
        op: op.id,
        seen: op.state,
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
