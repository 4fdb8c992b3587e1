//! The parts of a run: which step each is at, and the rows of it that are settled. A step
//! and everything it leaves go to disk together.

use rusqlite::{Row, Transaction, params};

use crate::domain::block::run::RunNumber;
use crate::domain::failure::Failure;

use super::refused::{NewRefused, insert};
use super::{Runs, counted, whole};

/// How far a part has come. Each step can be done again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Nothing was sent.
    Waiting,
    /// A job is asked for; the org may have made it.
    Creating,
    /// The job's id is known.
    Created,
    /// The org has the file.
    Uploaded,
    /// The org was told to begin.
    Closed,
    /// The job is over.
    Over,
    /// Its results are in the run's folder.
    Fetched,
    /// Rows go by collections, a request at a time.
    Sending,
    /// Every row is settled.
    Done,
}

const STEPS: [(Step, &str); 9] = [
    (Step::Waiting, "waiting"),
    (Step::Creating, "creating"),
    (Step::Created, "created"),
    (Step::Uploaded, "uploaded"),
    (Step::Closed, "closed"),
    (Step::Over, "over"),
    (Step::Fetched, "fetched"),
    (Step::Sending, "sending"),
    (Step::Done, "done"),
];

impl Step {
    /// The word for it on disk.
    pub fn word(self) -> &'static str {
        STEPS
            .iter()
            .find(|(step, _)| *step == self)
            .map_or("waiting", |(_, word)| word)
    }

    fn named(word: &str) -> Option<Self> {
        STEPS
            .iter()
            .find(|(_, known)| *known == word)
            .map(|(step, _)| *step)
    }
}

/// A part of a run as it is on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartRow {
    /// Its run.
    pub run: RunNumber,
    /// As in [`crate::domain::block::prepared::Part`].
    pub number: u32,
    /// Rows in it.
    pub rows: u64,
    /// Bytes of its CSV.
    pub bytes: u64,
    /// How far it has come.
    pub step: Step,
    /// The request that ends the step was sent before.
    pub tried: bool,
    /// Id of its job.
    pub job: Option<String>,
    /// When the job was asked for, by the org's clock.
    pub since: String,
    /// What the org said of the job as a whole.
    pub said: String,
    /// Rows sent by collections and settled.
    pub done_rows: u64,
    /// Byte of the CSV where the next one begins.
    pub done_bytes: u64,
    /// Rows of the request that is on its way.
    pub sending: u64,
    /// Written.
    pub ok: u64,
    /// Of these, new.
    pub created: u64,
    /// Refused.
    pub failed: u64,
    /// Without an answer.
    pub unknown: u64,
    /// Not tried by their job.
    pub unprocessed: u64,
}

const COLUMNS: &str = "run, number, rows, bytes, step, tried, job, since, said, done_rows, \
    done_bytes, sending, ok, created, failed, unknown, unprocessed";

impl PartRow {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        let count = |place: usize| row.get::<_, i64>(place).map(counted);
        let job: String = row.get(6)?;
        Ok(Self {
            run: RunNumber(row.get(0)?),
            number: row.get(1)?,
            rows: count(2)?,
            bytes: count(3)?,
            step: Step::named(&row.get::<_, String>(4)?).unwrap_or(Step::Waiting),
            tried: row.get(5)?,
            job: Some(job).filter(|job| !job.is_empty()),
            since: row.get(7)?,
            said: row.get(8)?,
            done_rows: count(9)?,
            done_bytes: count(10)?,
            sending: count(11)?,
            ok: count(12)?,
            created: count(13)?,
            failed: count(14)?,
            unknown: count(15)?,
            unprocessed: count(16)?,
        })
    }

    /// Rows with an outcome.
    pub fn settled(&self) -> u64 {
        self.ok + self.failed + self.unknown + self.unprocessed
    }
}

fn save(transaction: &rusqlite::Connection, part: &PartRow) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "UPDATE parts SET step = ?3, tried = ?4, job = ?5, since = ?6, said = ?7,
                 done_rows = ?8, done_bytes = ?9, sending = ?10, ok = ?11, created = ?12,
                 failed = ?13, unknown = ?14, unprocessed = ?15
             WHERE run = ?1 AND number = ?2",
        )?
        .execute(params![
            part.run.0,
            part.number,
            part.step.word(),
            part.tried,
            part.job.as_deref().unwrap_or_default(),
            part.since,
            part.said,
            whole(part.done_rows),
            whole(part.done_bytes),
            whole(part.sending),
            whole(part.ok),
            whole(part.created),
            whole(part.failed),
            whole(part.unknown),
            whole(part.unprocessed)
        ])?;
    Ok(())
}

/// Rows being settled: all of them and their part's step go to disk together, or nothing
/// does.
pub struct Settling<'a> {
    runs: &'a Runs,
    transaction: Transaction<'a>,
}

impl Runs {
    /// The parts of a run, in order.
    pub fn parts(&self, run: RunNumber) -> Result<Vec<PartRow>, Failure> {
        let read = || -> rusqlite::Result<Vec<PartRow>> {
            let sql = format!("SELECT {COLUMNS} FROM parts WHERE run = ?1 ORDER BY number");
            let mut statement = self.sql.prepare_cached(&sql)?;
            let rows = statement.query_map([run.0], PartRow::of)?;
            rows.collect()
        };
        read().map_err(|error| self.broken(&error))
    }

    /// Keeps how far a part has come.
    pub fn save_part(&self, part: &PartRow) -> Result<(), Failure> {
        save(&self.sql, part).map_err(|error| self.broken(&error))
    }

    /// Begins to settle rows.
    pub fn settling(&self) -> Result<Settling<'_>, Failure> {
        let transaction = self.transaction().map_err(|error| self.broken(&error))?;
        let runs = self;
        Ok(Settling { runs, transaction })
    }
}

impl Settling<'_> {
    /// A row that was not written.
    pub fn refuse(&self, row: &NewRefused<'_>) -> Result<(), Failure> {
        let now = (self.runs.clock)().to_string();
        insert(&self.transaction, row, &now).map_err(|error| self.runs.broken(&error))
    }

    /// Puts all of it on disk with the part.
    pub fn finish(self, part: &PartRow) -> Result<(), Failure> {
        let Self { runs, transaction } = self;
        let write = || -> rusqlite::Result<()> {
            save(&transaction, part)?;
            transaction.commit()
        };
        write().map_err(|error| runs.broken(&error))
    }
}
