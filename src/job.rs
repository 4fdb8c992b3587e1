//! The contract between the screens (or the command line) and the worker: plain data
//! both ways. A job that only reads may be dropped when nobody waits for it; a write
//! never is: it is in the outbox until its outcome is known.

pub mod login;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::domain::activity::{ActivityRules, LogEntry};
use crate::domain::block::prepared::{Checking, Prepared};
use crate::domain::block::refused::{RefusedJob, RefusedPage, Resent, Store};
use crate::domain::block::run::{Run, RunJob};
use crate::domain::block::{Block, Input};
use crate::domain::connection::{Connection, Mode};
use crate::domain::draft::SavedDraft;
use crate::domain::export::{Export, Exported};
use crate::domain::failure::Failure;
use crate::domain::id::RecordId;
use crate::domain::login::{LoggedIn, LoginStep, LoginWord, Secret};
use crate::domain::record::{Link, Record};
use crate::domain::schema::{ObjectForm, ObjectSummary};
use crate::domain::timeline::Timeline;
use crate::domain::write::{Op, OpId, OpState, Pause, Transition, Write};

use login::{Connections, LoginAsk};

/// Names one job; counted up by whoever asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct JobId(pub u64);

/// What the worker is asked to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Job {
    /// Find out who we are: from the cache where this login is known, else (or always) by
    /// logging in and asking the org.
    Connect(Source),
    /// Describe global, from the cache where fresh.
    Objects,
    /// Describe and layouts of one object, from the cache where fresh.
    Describe {
        /// API name, letter case free.
        object: String,
        /// Where it may come from.
        source: Source,
    },
    /// Hits from the local cache; empty text asks for the records seen last.
    Recall {
        /// What was typed.
        text: String,
        /// API names; empty means every object.
        objects: Vec<String>,
    },
    /// Hits from the org's search (SOSL).
    Search {
        /// What was typed, at least two characters.
        text: String,
        /// API names of the objects to look in.
        objects: Vec<String>,
    },
    /// A record with everything its screen shows: at most one request once described.
    Open {
        /// The record.
        id: RecordId,
        /// Where it may come from.
        source: Source,
    },
    /// A record as the cache has it, never by a request; `Failed` with `NotFound` where it
    /// has none.
    Peek(RecordId),
    /// One page of rows; `None` starts, a locator goes on.
    Query {
        /// SOQL text.
        soql: String,
        /// `nextRecordsUrl` of the page before.
        next: Option<String>,
    },
    /// The list views of an object.
    ListViews {
        /// API name.
        object: String,
    },
    /// The query behind a list view.
    ListView {
        /// API name of its object.
        object: String,
        /// Its id.
        id: String,
    },
    /// Queries run before; no request.
    Queries,
    /// Keep these as the queries run before, newest first; answered like `Queries`.
    KeepQueries(Vec<String>),
    /// Check a file for a write block: read, map and check every row against describe.
    /// Nothing is sent. Answered by `Checking` on the way and `Checked` at the end.
    Check(Box<CheckOrder>),
    /// Candidates for a reference field.
    Lookup {
        /// Objects the field may point to.
        objects: Vec<String>,
        /// What was typed; empty asks for recent ones.
        text: String,
    },
    /// Have ready what logging needs (describes, closed status), so that the log itself
    /// is one request.
    PrepareLog,
    /// Log a call, meeting, task or note.
    Log {
        /// What is logged.
        entry: LogEntry,
        /// Key of the draft it was typed in: gone as soon as the outbox has the write.
        draft: Option<String>,
    },
    /// Write through the outbox.
    Write {
        /// What is written.
        write: Write,
        /// As for `Log`.
        draft: Option<String>,
    },
    /// Send a waiting, failed or unknown write again, because the user says so.
    Resend {
        /// The write in the outbox.
        op: OpId,
        /// Its state as the user saw it, on which hangs what was asked first: it is
        /// refused where another session changed it meanwhile.
        seen: OpState,
    },
    /// Replace what a waiting or failed write holds, and send it.
    Revise {
        /// The write in the outbox.
        op: OpId,
        /// What it shall hold.
        write: Write,
        /// As for `Log`.
        draft: Option<String>,
    },
    /// Give up a write that is not being sent.
    Cancel(OpId),
    /// A write of unknown outcome is this record, the user says: it is done.
    Link {
        /// The write in the outbox, `Unknown`.
        op: OpId,
        /// What it made, one record a step.
        ids: Vec<RecordId>,
    },
    /// Take a done write back with a write of its own, where the record has not moved on;
    /// undoing that one is a redo. Answered like `Write`; refused with `Failed`.
    Undo(OpId),
    /// Send everything whose time has come, once, in order; answers `Sending`. What the
    /// worker's own pump does by itself.
    SendDue,
    /// Stop sending for this connection until `Resume`; answers `Sending`.
    Pause,
    /// Go on sending, whatever stopped it; answers `Sending`.
    Resume,
    /// The newest writes of this connection, all states, with every transition.
    History(u32),
    /// The outbox's rows, newest first.
    Outbox,
    /// Keep a draft.
    SaveDraft(SavedDraft),
    /// Throw a draft away (it was sent or discarded).
    DropDraft(String),
    /// All drafts kept.
    Drafts,
    /// Every connection and how its login stands.
    Connections,
    /// Log in; tells its steps, hears words, and ends with `LoggedIn`.
    Login(Box<LoginAsk>),
    /// A word for the login under way.
    LoginWord(LoginWord),
    /// Open the logins that are encrypted.
    Unlock(Secret),
    /// End a login in the org and remove it here.
    Logout(String),
    /// Whether a connection's login holds, and for whom.
    TestConnection(String),
    /// Write a connection's settings.
    SaveConnection(Box<Connection>),
    /// Change how carefully a connection writes.
    SetMode(String, Mode),
    /// Remove a connection from the settings; its login must be ended first.
    RemoveConnection(String),
    /// Use this connection where none is named.
    ChooseConnection(String),
    /// A query's result to a file; answered by `Exported` as it goes and at its end.
    Export(Export),
    /// About runs of write blocks; answered by `Run` or `Runs`.
    Run(RunJob),
    /// About rows that runs could not write; answered by `Stores`, `Refused` or `Resent`.
    Refused(RefusedJob),
}

impl Job {
    /// A log that was typed in no draft.
    pub fn log(entry: LogEntry) -> Self {
        Job::Log { entry, draft: None }
    }

    /// It may leave something for the sender to do.
    pub fn touches_outbox(&self) -> bool {
        matches!(
            self,
            Job::Log { .. }
                | Job::Write { .. }
                | Job::Resend { .. }
                | Job::Revise { .. }
                | Job::Cancel(_)
                | Job::Link { .. }
                | Job::Undo(_)
                | Job::Resume
                | Job::Outbox
        )
    }

    /// A write that was typed in no draft.
    pub fn write(write: Write) -> Self {
        Job::Write { write, draft: None }
    }
}

/// A file to be checked.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckOrder {
    /// The file.
    pub input: Input,
    /// What is to be done with its rows; the zone `user` is the user's own.
    pub block: Block,
    /// What for.
    pub purpose: Purpose,
}

/// What a check is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To see what is wrong: its parts are gone when it ends.
    ToSee,
    /// To be sent: its parts stay.
    ToSend,
}

/// Where an answer may come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Source {
    /// The cache where it has it, else the org.
    #[default]
    CacheFirst,
    /// The org, always.
    Org,
}

/// What the worker answers. `Failed` may answer any job.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// Logged in.
    Connected(Session),
    /// Describe global.
    Objects(Arc<Vec<ObjectSummary>>),
    /// Describe and layouts.
    Described(Arc<ObjectForm>),
    /// Hits; answers `Recall` and `Search`.
    Found(Found),
    /// A record; a cached one may be followed by a fresh one for the same job.
    Opened(Box<Page>),
    /// Rows of a query.
    Rows(Rows),
    /// The list views of an object.
    ListViews(Vec<ListView>),
    /// The query behind a list view.
    ListView(ListQuery),
    /// Queries run before, newest first.
    Queries(Vec<String>),
    /// How far checking has come.
    Checking(Checking),
    /// A file, checked.
    Checked(Box<Prepared>),
    /// Candidates for a reference.
    Candidates(Vec<Link>),
    /// Logging is ready; what the org takes in a log.
    LogReady(Arc<ActivityRules>),
    /// A write changed its state. Sent for every transition, whoever asked.
    Op(Box<Op>),
    /// The outbox's rows, newest first.
    Outbox(Vec<Op>),
    /// Whether sending is stopped, and why. News when it changes.
    Sending(Option<Pause>),
    /// Writes with every transition, newest first.
    History(Vec<Logged>),
    /// Drafts kept.
    Drafts(Vec<SavedDraft>),
    /// The draft is on disk or gone.
    DraftKept,
    /// Every connection; answers whatever changes one, too.
    Connections(Box<Connections>),
    /// A login under way has come so far.
    LoginStep(Box<LoginStep>),
    /// The login took the word.
    LoginHeard,
    /// Logged in, and the login is kept.
    LoggedIn(Box<LoggedIn>),
    /// The logins are open.
    Unlocked,
    /// The login is gone here; the failure says why the org may still have it.
    LoggedOut(Option<Failure>),
    /// The connection's login holds.
    Tested(Session),
    /// How far an export is.
    Exported(Exported),
    /// How a run stands. Comes while it goes, too; news where nobody waits for it.
    Run(Box<Run>),
    /// Runs, newest first.
    Runs(Vec<Run>),
    /// Error stores, newest first.
    Stores(Vec<Store>),
    /// Rows of error stores.
    Refused(RefusedPage),
    /// Rows were sent once more, changed or forgotten.
    Resent(Resent),
    /// It did not work. A write that fails answers with `Op`, never with this, unless it
    /// never reached the outbox.
    Failed(Failure),
}

/// A write and everything that happened to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Logged {
    /// The write as it is now.
    pub op: Op,
    /// Oldest first.
    pub transitions: Vec<Transition>,
}

/// An answer with the job it belongs to.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Whose answer this is; `None` for news nobody asked for.
    pub job: Option<JobId>,
    /// The answer.
    pub reply: Reply,
    /// No further answer will come for this job.
    pub last: bool,
    /// How the line stands, where a request was made.
    pub link: Option<LinkState>,
}

/// How the last request went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkState {
    /// The org answered.
    pub online: bool,
    /// Milliseconds the request took.
    pub millis: u32,
    /// API calls used and allowed in 24 h, from `Sforce-Limit-Info`.
    pub api_usage: Option<(u32, u32)>,
}

/// Who we are and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Name of the connection (`demo`, `env`).
    pub connection: String,
    /// 18-character org id.
    pub org_id: String,
    /// 18-character user id.
    pub user_id: String,
    /// The user's full name.
    pub user_name: String,
    /// Login name.
    pub username: String,
    /// What sort of org it is.
    pub kind: OrgKind,
    /// `https://…`, for links to records.
    pub instance_url: String,
    /// IANA name of the user's zone.
    pub zone: String,
}

/// Sorts of org, as the badge shows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum OrgKind {
    /// Real data: every screen says so.
    #[default]
    Production,
    /// A sandbox or scratch org.
    Sandbox,
    /// Runs on this machine, for trying things out.
    Local,
}

/// Hits of one search.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found {
    /// Best first.
    pub hits: Vec<Hit>,
    /// More exist than were asked for.
    pub more: bool,
}

/// One hit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hit {
    /// The record.
    pub link: Link,
    /// What tells it from its namesakes (`Acme Holdings plc`, `Stage: Proposal`).
    pub detail: String,
    /// From the cache, not from the org just now.
    pub cached: bool,
}

/// All that the record screen shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The record; parents' names nested.
    pub record: Record,
    /// Its object's describe and layouts.
    pub form: Arc<ObjectForm>,
    /// Related lists in layout order, first rows only.
    pub related: Vec<Related>,
    /// Activities and notes.
    pub timeline: Timeline,
    /// Parts that could not be read (`tasks`, `events`, `notes`, `related`), and why.
    pub missing: Vec<(String, Failure)>,
    /// When the org sent it.
    pub fetched: jiff::Timestamp,
}

/// First rows of a related list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Related {
    /// Heading.
    pub label: String,
    /// API name of the rows' object.
    pub object: String,
    /// The rows' field that points to the record.
    pub field: Option<String>,
    /// Column labels and paths.
    pub columns: Vec<(String, String)>,
    /// The rows.
    pub rows: Vec<Record>,
    /// Rows in all; at least so many where `more`.
    pub total: u64,
    /// The org has more rows than these.
    #[serde(default)]
    pub more: bool,
}

/// A list view of an object.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ListView {
    /// Its id.
    pub id: String,
    /// What users call it.
    pub label: String,
    /// Its rows can be had by a query.
    pub is_query: bool,
}

/// The query behind a list view.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ListQuery {
    /// SOQL text.
    pub soql: String,
    /// Column labels and paths.
    pub columns: Vec<(String, String)>,
}

/// One page of a query.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rows {
    /// Rows in all.
    pub total: u64,
    /// This page.
    pub records: Vec<Record>,
    /// Where to go on.
    pub next: Option<String>,
}
