//! One connection's jobs, run one by one or side by side on one thread. Keeps what jobs
//! share; what a job does is in the file named after it.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::sync::mpsc::UnboundedSender;

use crate::domain::failure::Failure;
use crate::domain::login::LoginWord;
use crate::domain::schema::{ObjectForm, ObjectSummary};
use crate::domain::write::OpId;
use crate::job::{Answer, Job, JobId, Reply, Session};
use crate::sf::version::ApiVersion;
use crate::store::block::Runs;
use crate::store::cache::{Cache, Entry, Part};
use crate::store::names::SeenName;
use crate::store::outbox::{Outbox, Settled};
use crate::vault::Vault;
use crate::zone;

use super::asked::Asked;
use super::connect::{self, Line, Login};
use super::locks::Locks;
use super::times::Times;
use super::write::{Schedule, Ways};
use super::{House, Settings};
use super::{
    block, check, connections, describe, draft, export, list_view, log, login, lookup, page, query,
    search, write,
};

/// Runs the jobs of one connection. Files are opened and the org is called at first
/// need, so making one costs nothing.
pub struct Engine {
    pub(super) connection: String,
    pub(super) preferred: ApiVersion,
    pub(super) instance_url: Option<String>,
    pub(super) state_dir: PathBuf,
    cache_dir: PathBuf,
    /// One login at a time; the others wait for its end.
    pub(super) login: tokio::sync::Mutex<Login>,
    pub(super) line: RefCell<Option<Rc<Line>>>,
    outbox: RefCell<Option<Rc<Outbox>>>,
    runs: RefCell<Option<Rc<Runs>>>,
    /// Outcomes the disk would not take: written down as soon as it does.
    pub(super) unsettled: RefCell<Vec<(OpId, Settled)>>,
    cache: OnceCell<Cache>,
    cache_trouble_told: Cell<bool>,
    /// By API name in lower case.
    pub(super) forms: RefCell<HashMap<String, Entry<Arc<ObjectForm>>>>,
    pub(super) objects: RefCell<Option<Entry<Arc<Vec<ObjectSummary>>>>>,
    pub(super) locks: Locks,
    /// Names met by jobs, not in the cache yet.
    pub(super) names: RefCell<Vec<SeenName>>,
    pub(super) clock: fn() -> Timestamp,
    pub(super) schedule: Schedule,
    pub(super) ways: Ways,
    pub(super) house: House,
    /// The logins of every connection.
    pub(super) vault: Vault,
    /// Where words for the login under way go.
    pub(super) login_words: RefCell<Option<UnboundedSender<LoginWord>>>,
}

impl Engine {
    /// An engine on the machine's clock.
    pub fn new(settings: Settings) -> Self {
        Self::with_times(settings, Times::real())
    }

    /// An engine on clocks of the caller's.
    pub fn with_times(settings: Settings, times: Times) -> Self {
        Self {
            connection: settings.connection,
            preferred: settings.api_version.unwrap_or(ApiVersion::NEWEST_TESTED),
            instance_url: settings.instance_url,
            state_dir: settings.state_dir,
            cache_dir: settings.cache_dir,
            login: tokio::sync::Mutex::new(Login::Unasked(settings.connect)),
            line: RefCell::default(),
            outbox: RefCell::default(),
            runs: RefCell::default(),
            unsettled: RefCell::default(),
            cache: OnceCell::new(),
            cache_trouble_told: Cell::new(false),
            forms: RefCell::default(),
            objects: RefCell::default(),
            locks: Locks::default(),
            names: RefCell::default(),
            clock: times.now,
            schedule: Schedule::new(times),
            ways: settings.ways,
            vault: Vault::in_state(&settings.house.state_dir),
            house: settings.house,
            login_words: RefCell::default(),
        }
    }

    /// Runs one job to its end. `answer` is called for each answer, the last one marked;
    /// it must not block. Wants a tokio runtime with IO and time. Dropping the future
    /// drops the job, which only jobs that read may be.
    pub async fn run(&self, id: JobId, job: Job, answer: &dyn Fn(Answer)) {
        let asked = Asked::new(id, answer);
        let touches_outbox = job.touches_outbox();
        let result = self.dispatch(&asked, job).await;
        asked.end(result);
        self.keep_names(&asked);
        if asked.is_online() {
            self.schedule.line_is_up();
        }
        if touches_outbox {
            self.schedule.wake.notify_one();
        }
    }

    /// Sends what waits in the outbox, each write when its time has come, until
    /// [`Engine::close`]; run beside the jobs, on the same thread. Everything it does is
    /// news. Begins when a job has opened the outbox.
    pub async fn pump(&self, answer: &dyn Fn(Answer)) {
        write::pump(self, answer).await;
    }

    /// The pump ends after the write it is at.
    pub fn close(&self) {
        self.schedule.close();
    }

    async fn dispatch(&self, asked: &Asked<'_>, job: Job) -> Result<Reply, Failure> {
        match job {
            Job::Connect(source) => connect::run(self, asked, source).await,
            Job::Objects => describe::run_objects(self, asked).await,
            Job::Describe { object, source } => {
                describe::run_form(self, asked, &object, source).await
            }
            Job::Recall { text, objects } => search::recall(self, asked, &text, &objects),
            Job::Search { text, objects } => search::run(self, asked, &text, &objects).await,
            Job::Open { id, source } => page::run(self, asked, id, source).await,
            Job::Peek(id) => page::peek(self, asked, id),
            Job::Query { soql, next } => query::run(self, asked, &soql, next.as_deref()).await,
            Job::ListViews { object } => list_view::run_all(self, asked, &object).await,
            Job::ListView { object, id } => list_view::run_one(self, asked, (&object, &id)).await,
            Job::Queries => Ok(query::kept(self, asked)),
            Job::KeepQueries(queries) => Ok(query::keep(self, asked, queries)),
            Job::Check(order) => check::run(self, asked, *order).await,
            Job::Lookup { objects, text } => lookup::run(self, asked, &objects, &text).await,
            Job::PrepareLog => log::prepare(self, asked).await,
            Job::Log { entry, draft } => log::run(self, asked, &entry, draft.as_deref()).await,
            Job::Write { write, draft } => write::run(self, asked, &write, draft.as_deref()).await,
            Job::Resend { op, seen } => write::resend(self, asked, op, seen).await,
            Job::Revise { op, write, draft } => {
                write::revise(self, asked, op, (&write, draft.as_deref())).await
            }
            Job::Cancel(op) => write::cancel(self, asked, op),
            Job::Link { op, ids } => write::link(self, asked, op, &ids),
            Job::Undo(op) => write::undo(self, asked, op).await,
            Job::SendDue => write::send_due(self, asked).await,
            Job::Pause => write::pause(self, asked),
            Job::Resume => write::resume(self, asked),
            Job::History(most) => write::history(self, asked, most),
            Job::Outbox => write::list(self, asked),
            Job::SaveDraft(saved) => draft::save(self, asked, &saved),
            Job::DropDraft(key) => draft::discard(self, asked, &key),
            Job::Drafts => draft::list(self, asked),
            Job::Connections => connections::list(self),
            Job::Login(ask) => login::run(self, asked, &ask).await,
            Job::LoginWord(word) => login::hear(self, word),
            Job::Unlock(passphrase) => {
                login::unlock(&self.vault, passphrase).await?;
                Ok(Reply::Unlocked)
            }
            Job::Logout(name) => connections::log_out(self, &name).await,
            Job::TestConnection(name) => connections::test(self, asked, &name).await,
            Job::SaveConnection(connection) => connections::save(self, &connection),
            Job::SetMode(name, mode) => connections::set_mode(self, &name, mode),
            Job::RemoveConnection(name) => connections::remove(self, &name),
            Job::ChooseConnection(name) => connections::choose(self, &name),
            Job::Export(export) => export::run(self, asked, &export).await,
            Job::Run(job) => block::run(self, asked, job).await,
            Job::Refused(job) => block::refused(self, asked, job).await,
        }
    }

    /// Somebody logged in or out anew: what is known of the line is of the old login.
    pub(super) fn entered(&self, name: &str) {
        if name == self.connection {
            self.line.borrow_mut().take();
        }
    }

    /// Waits for the renewal of a login that is under way.
    pub(super) async fn settle_login(&self) {
        let line = self.line.borrow().as_ref().map(Rc::clone);
        if let Some(line) = line {
            line.wire.settle().await;
        }
    }

    /// The outbox, opened at first need. A failure refuses this write only: the next one
    /// tries again, since the user may have mended the folder.
    pub(super) fn outbox(&self, asked: &Asked<'_>) -> Result<Rc<Outbox>, Failure> {
        let known = self.outbox.borrow().as_ref().map(Rc::clone);
        if let Some(outbox) = known {
            self.settle_late(asked, &outbox);
            return Ok(outbox);
        }
        let outbox = Rc::new(Outbox::open_with(&self.state_dir, self.clock)?);
        if let Some(failure) = outbox.mended() {
            asked.news(Reply::Failed(failure.clone()));
            asked.news(Reply::Sending(outbox.pause(&self.connection)?));
        }
        for op in outbox.adopt_orphans()? {
            asked.news(Reply::Op(Box::new(op)));
        }
        *self.outbox.borrow_mut() = Some(Rc::clone(&outbox));
        Ok(outbox)
    }

    /// Runs of write blocks and error stores, opened at first need.
    pub(super) fn runs(&self) -> Result<Rc<Runs>, Failure> {
        let known = self.runs.borrow().as_ref().map(Rc::clone);
        if let Some(runs) = known {
            return Ok(runs);
        }
        let runs = Rc::new(Runs::open(&self.state_dir, self.clock)?);
        *self.runs.borrow_mut() = Some(Rc::clone(&runs));
        Ok(runs)
    }

    /// The outbox, if a job opened it.
    pub(super) fn opened_outbox(&self) -> Option<Rc<Outbox>> {
        self.outbox.borrow().as_ref().map(Rc::clone)
    }

    fn settle_late(&self, asked: &Asked<'_>, outbox: &Outbox) {
        self.unsettled
            .borrow_mut()
            .retain(|(id, settled)| match outbox.settle(*id, settled) {
                Ok(op) => {
                    asked.news(Reply::Op(Box::new(op)));
                    false
                }
                Err(_) => true,
            });
    }

    /// The cache, opened at first need; one in memory stands in for one that fails.
    pub(super) fn cache(&self, asked: &Asked<'_>) -> Result<&Cache, Failure> {
        if let Some(cache) = self.cache.get() {
            return Ok(cache);
        }
        let cache = match Cache::open(&self.cache_dir, &self.connection) {
            Ok(cache) => cache,
            Err(failure) => {
                self.tell_cache_trouble(asked, failure);
                Cache::in_memory(&self.connection)?
            }
        };
        self.drop_cache_of_another_instance(&cache)?;
        Ok(self.cache.get_or_init(|| cache))
    }

    /// A connection whose address changed must not show the names of the old org.
    fn drop_cache_of_another_instance(&self, cache: &Cache) -> Result<(), Failure> {
        let Some(url) = &self.instance_url else {
            return Ok(());
        };
        let known = cache.entry::<Session>(Part::Session, "")?;
        if known.is_some_and(|known| !connect::is_same_instance(&known.value.instance_url, url)) {
            cache.bind("")?;
        }
        Ok(())
    }

    /// A value from the cache; trouble with the cache counts as "not there".
    pub(super) fn cached<T: serde::de::DeserializeOwned>(
        &self,
        asked: &Asked<'_>,
        part: Part,
        key: &str,
    ) -> Option<Entry<T>> {
        let found = self.cache(asked).and_then(|cache| cache.entry(part, key));
        self.or_told(asked, found).flatten()
    }

    /// Keeps a value just heard from the org.
    pub(super) fn keep<T: serde::Serialize>(
        &self,
        asked: &Asked<'_>,
        (part, key): (Part, &str),
        entry: &Entry<T>,
    ) {
        let kept = self
            .cache(asked)
            .and_then(|cache| cache.put(part, key, entry));
        self.or_told(asked, kept);
    }

    /// Turns trouble with the cache into news, the first time: work goes on without it.
    pub(super) fn or_told<T>(&self, asked: &Asked<'_>, result: Result<T, Failure>) -> Option<T> {
        result
            .map_err(|failure| self.tell_cache_trouble(asked, failure))
            .ok()
    }

    fn tell_cache_trouble(&self, asked: &Asked<'_>, failure: Failure) {
        if !self.cache_trouble_told.replace(true) {
            asked.news(Reply::Failed(failure));
        }
    }

    /// Who we are as far as we know: by this session's login, or by the last one.
    /// The cache may be of another instance by now: other terminals write to it too.
    pub(super) fn session(&self, asked: &Asked<'_>) -> Option<Session> {
        if let Some(line) = self.line.borrow().as_ref() {
            return Some(line.session.borrow().clone());
        }
        let known: Session = self.cached(asked, Part::Session, "")?.value;
        let url = self.instance_url.as_deref();
        url.is_none_or(|url| connect::is_same_instance(&known.instance_url, url))
            .then_some(known)
    }

    /// Now in the user's zone, the machine's where that is not known.
    pub(super) fn now(&self, asked: &Asked<'_>) -> jiff::Zoned {
        let zone = self
            .session(asked)
            .map_or_else(TimeZone::system, |session| zone::named(&session.zone));
        (self.clock)().to_zoned(zone)
    }

    /// Runs after the last answer, so that nobody waits for it.
    fn keep_names(&self, asked: &Asked<'_>) {
        let names = std::mem::take(&mut *self.names.borrow_mut());
        if names.is_empty() {
            return;
        }
        let kept = self.cache(asked).and_then(|cache| cache.remember(&names));
        self.or_told(asked, kept);
    }
}
