//! Runs jobs to their last answer, on this thread.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use jiff::Zoned;
use tokio::runtime::Runtime;

use crate::domain::failure::Failure;
use crate::domain::id::RecordId;
use crate::domain::record::Link;
use crate::domain::schema::{ObjectForm, ObjectSummary, object_named, object_with_prefix};
use crate::domain::suggest;
use crate::job::{Answer, Job, JobId, Reply, Source};
use crate::vault::LOCKED;
use crate::worker::{Engine, Settings};
use crate::zone;

use super::{login, prompt};

/// One worker engine and a runtime to drive it.
pub(super) struct Runner {
    runtime: Runtime,
    engine: Engine,
    jobs: Cell<u64>,
}

impl Runner {
    pub(super) fn new(settings: Settings) -> Result<Self, Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Failure::local(&format!("cannot start: {error}")))?;
        Ok(Self {
            engine: Engine::new(settings),
            runtime,
            jobs: Cell::new(0),
        })
    }

    /// The last answer to a job; a failed one is the error. Where encrypted logins must be
    /// opened first, and somebody is there, they are asked for the passphrase.
    pub(super) fn ask(&self, job: Job) -> Result<Reply, Failure> {
        match self.ask_once(job.clone()) {
            Err(failure) if failure.code == LOCKED && prompt::is_somebody_there() => {
                login::ask_passphrase(self)?;
                self.ask_once(job)
            }
            answered => answered,
        }
    }

    /// The same, without asking anybody.
    pub(super) fn ask_once(&self, job: Job) -> Result<Reply, Failure> {
        self.ask_watching(job, &|_| {})
    }

    /// The same; `watch` sees every answer on the way.
    pub(super) fn ask_watching(&self, job: Job, watch: &dyn Fn(&Reply)) -> Result<Reply, Failure> {
        self.jobs.set(self.jobs.get() + 1);
        let id = JobId(self.jobs.get());
        let last = RefCell::new(None);
        let keep = |answer: Answer| {
            if answer.job == Some(id) {
                watch(&answer.reply);
            }
            if answer.job == Some(id) && (answer.last || matches!(answer.reply, Reply::Failed(_))) {
                *last.borrow_mut() = Some(answer.reply);
            }
        };
        self.runtime.block_on(self.engine.run(id, job, &keep));
        match last.into_inner() {
            Some(Reply::Failed(failure)) => Err(failure),
            Some(reply) => Ok(reply),
            None => Err(Failure::bad_reply(None, "the job ended without an answer")),
        }
    }

    /// The present moment in the user's zone.
    pub(super) fn now(&self) -> Result<Zoned, Failure> {
        let zone = match self.ask(Job::Connect(Source::CacheFirst))? {
            Reply::Connected(session) => zone::named(&session.zone),
            other => return Err(unexpected(&other)),
        };
        Ok(jiff::Timestamp::now().to_zoned(zone))
    }

    /// Describe global.
    pub(super) fn objects(&self) -> Result<Arc<Vec<ObjectSummary>>, Failure> {
        match self.ask(Job::Objects)? {
            Reply::Objects(objects) => Ok(objects),
            other => Err(unexpected(&other)),
        }
    }

    /// The object of that name, with a did-you-mean when there is none.
    pub(super) fn object(&self, name: &str) -> Result<ObjectSummary, Failure> {
        let objects = self.objects()?;
        if let Some(found) = object_named(&objects, name) {
            return Ok(found.clone());
        }
        let names = objects.iter().map(|object| object.api_name.as_str());
        let near = suggest::did_you_mean(name, names);
        Err(Failure::input(&format!(
            "this org has no object `{name}` that you may see{near}"
        )))
    }

    /// Describe and layouts of an object.
    pub(super) fn form(&self, object: &str) -> Result<Arc<ObjectForm>, Failure> {
        let job = Job::Describe {
            object: object.to_owned(),
            source: Source::CacheFirst,
        };
        match self.ask(job)? {
            Reply::Described(form) => Ok(form),
            other => Err(unexpected(&other)),
        }
    }

    /// `ID` or `OBJECT ID` as typed: the record, its object checked against the id.
    pub(super) fn target(&self, words: &[String]) -> Result<(Link, usize), Failure> {
        let (object, id, taken) = match words {
            [object, id, ..] if object.parse::<RecordId>().is_err() && !id.contains('=') => {
                (Some(object), id, 2)
            }
            [id, ..] => (None, id, 1),
            [] => return Err(Failure::input("name a record: OBJECT ID, or ID alone")),
        };
        let link = self.link(id)?;
        if let Some(object) = object {
            let named = self.object(object)?;
            if named.api_name != link.object {
                return Err(Failure::input(&format!(
                    "`{id}` is an id of {}, not of {}",
                    link.object, named.api_name
                )));
            }
        }
        Ok((link, taken))
    }

    /// The record of an id, its object told from the prefix.
    pub(super) fn link(&self, id: &str) -> Result<Link, Failure> {
        let id: RecordId = id
            .parse()
            .map_err(|error| Failure::input(&format!("`{id}` is not a record id: {error}")))?;
        let objects = self.objects()?;
        let object = object_with_prefix(&objects, id.prefix()).ok_or_else(|| {
            Failure::input(&format!(
                "no object of this org has ids that start with `{}`",
                id.prefix()
            ))
        })?;
        Ok(Link {
            object: object.api_name.clone(),
            id,
            name: id.to_string(),
        })
    }
}

/// An answer of the wrong sort: a fault of ours, said rather than hidden.
pub(super) fn unexpected(reply: &Reply) -> Failure {
    let name = format!("{reply:?}");
    let name = name.split(['(', ' ']).next().unwrap_or_default();
    Failure::bad_reply(
        None,
        &format!("the worker answered `{name}`, which does not fit"),
    )
}
