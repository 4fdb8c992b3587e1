//! A checked file on its way into the org: how far it has come, where every row is, and
//! what may be asked of it. Must not know how rows are sent.
//!
//! ```text
//! ready ─▶ running ─▶ done        paused, waiting ─▶ running (resume)
//!            │  └───▶ paused      stopped ─▶ running (resume sends what was not sent)
//!            └──────▶ stopped     failed: the org takes no row of it as it is
//! ```

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::prepared::Counts;
use super::{Block, Way};
use crate::domain::failure::Failure;

/// Names a run on this machine; counted up.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize,
)]
pub struct RunNumber(pub i64);

impl fmt::Display for RunNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Where a run is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunState {
    /// Nothing was sent.
    Ready,
    /// Rows are being sent, or were when its process ended.
    Running,
    /// The user stopped it for now.
    Paused,
    /// A limit, the session or the line stopped it for now; the failure says which.
    Waiting,
    /// The user ended it, or too many rows were refused. What was not sent stays unsent.
    Stopped,
    /// The org takes no row of it as it is.
    Failed,
    /// Every row has its outcome.
    Done,
}

impl RunState {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Waiting => "waiting",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
            Self::Done => "done",
        }
    }

    /// It has more to do once somebody resumes it.
    pub fn may_resume(self) -> bool {
        self != Self::Done
    }
}

/// Ready rows by what became of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally {
    /// Written.
    pub ok: u64,
    /// Of these, records that were not there before.
    pub created: u64,
    /// Refused by the org; in the error store.
    pub failed: u64,
    /// Sent, and no answer tells what became of them; in the error store.
    pub unknown: u64,
    /// In a job that ended before their turn; in the error store.
    pub unprocessed: u64,
    /// In the org's hands or tried so far, as its newest word tells; not settled yet.
    pub under_way: u64,
}

impl Tally {
    /// Rows with an outcome.
    pub fn settled(&self) -> u64 {
        self.ok + self.failed + self.unknown + self.unprocessed
    }
}

/// A run as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Its number.
    pub number: RunNumber,
    /// What it does.
    pub block: Block,
    /// Name of the file it came from.
    pub source: String,
    /// Its folder, with the parts and the org's results.
    pub folder: PathBuf,
    /// Connection it is bound to.
    pub connection: String,
    /// Org it is bound to.
    pub org_id: String,
    /// By which API; never `Auto`.
    pub way: Way,
    /// Where it is in its life.
    pub state: RunState,
    /// A process is at it: this one or another.
    pub in_hand: bool,
    /// Rows read, ready and invalid.
    pub counts: Counts,
    /// Ready rows by what became of them.
    pub tally: Tally,
    /// What it does right now: `uploading part 2 of 3`.
    pub step: String,
    /// The org's job it is at (`750…`).
    pub job: Option<String>,
    /// Why it waits, stopped or failed.
    pub failure: Option<Failure>,
    /// Error store that gets the rows the org refuses.
    pub errors: String,
    /// API calls so far.
    pub calls: u64,
    /// When it was begun.
    pub created: Timestamp,
    /// When it last moved.
    pub changed: Timestamp,
    /// How fast it goes, once that can be told.
    pub pace: Option<Pace>,
}

/// How fast a run goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Rows a minute, lately.
    pub rows_a_minute: u64,
    /// Until the end at that pace.
    pub left: Duration,
}

impl Run {
    /// Ready rows that have no outcome yet.
    pub fn unsent(&self) -> u64 {
        self.counts.ready.saturating_sub(self.tally.settled())
    }

    /// Every row of the input is in exactly one place.
    pub fn is_complete(&self) -> bool {
        self.counts.is_complete() && self.unsent() == 0 && self.counts.ready >= self.tally.settled()
    }
}

/// What is asked about runs.
#[derive(Debug, Clone, PartialEq)]
pub enum RunJob {
    /// Send a checked file. Answered by `Run` as it goes and at its end.
    Start(Box<Start>),
    /// Go on with a run that no process is at; answered like `Start`.
    Resume(RunNumber),
    /// Send nothing more for now; the org goes on with the job it has.
    Pause(RunNumber),
    /// End it: the org's job is aborted, and what was written stays written.
    Abort(RunNumber),
    /// Forget a run that no process is at, with its folder. Its refused rows stay.
    Forget(RunNumber),
    /// One run.
    Show(RunNumber),
    /// All runs of every connection, newest first.
    List,
}

/// A checked file, and what the user said to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Start {
    /// What checking left.
    pub prepared: super::prepared::Prepared,
    /// Records may be made that are there already: without it an insert is refused.
    pub doubles: Doubles,
}

/// Whether sending a file may make records a second time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Doubles {
    /// Inserts are refused.
    #[default]
    Refused,
    /// The user said that doubles are fine.
    Fine,
}
