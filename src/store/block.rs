//! Runs of write blocks: the plan of each, how far it has come, and the rows the org
//! refused. Every step is on disk before the next one begins, so that a run goes on where
//! a killed process left it. Must not know how rows are sent.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, TransactionBehavior, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::domain::block::Way;
use crate::domain::block::prepared::Prepared;
use crate::domain::block::run::{Doubles, Run, RunNumber, RunState, Tally};
use crate::domain::failure::Failure;

use super::file::{self, Layout, local};
use super::owner::RunLock;

mod part;
mod refused;

pub use part::{PartRow, Settling, Step};
pub use refused::{NewRefused, Outcome};

const LAYOUT: Layout = Layout {
    name: "list of bulk runs",
    version: 1,
    // FULL: a job's id that is lost with the power is a job that nobody ends.
    pragmas: "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -512;",
    schema: "
        CREATE TABLE runs (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            connection TEXT NOT NULL,
            org_id TEXT NOT NULL,
            folder TEXT NOT NULL,
            prepared TEXT NOT NULL,
            way TEXT NOT NULL,
            state TEXT NOT NULL,
            wanted TEXT NOT NULL DEFAULT '',
            errors TEXT NOT NULL,
            failure TEXT NOT NULL DEFAULT '',
            doubles INTEGER NOT NULL,
            calls INTEGER NOT NULL DEFAULT 0,
            lost_jobs TEXT NOT NULL DEFAULT '',
            created TEXT NOT NULL,
            changed TEXT NOT NULL
        ) STRICT;
        CREATE TABLE parts (
            run INTEGER NOT NULL,
            number INTEGER NOT NULL,
            rows INTEGER NOT NULL,
            bytes INTEGER NOT NULL,
            step TEXT NOT NULL,
            tried INTEGER NOT NULL DEFAULT 0,
            job TEXT NOT NULL DEFAULT '',
            since TEXT NOT NULL DEFAULT '',
            said TEXT NOT NULL DEFAULT '',
            done_rows INTEGER NOT NULL DEFAULT 0,
            done_bytes INTEGER NOT NULL DEFAULT 0,
            sending INTEGER NOT NULL DEFAULT 0,
            ok INTEGER NOT NULL DEFAULT 0,
            created INTEGER NOT NULL DEFAULT 0,
            failed INTEGER NOT NULL DEFAULT 0,
            unknown INTEGER NOT NULL DEFAULT 0,
            unprocessed INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (run, number)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE refused (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            store TEXT NOT NULL,
            run INTEGER NOT NULL,
            part INTEGER NOT NULL,
            row INTEGER NOT NULL,
            connection TEXT NOT NULL,
            org_id TEXT NOT NULL,
            object TEXT NOT NULL,
            operation TEXT NOT NULL,
            key TEXT NOT NULL,
            state TEXT NOT NULL,
            was TEXT NOT NULL DEFAULT '',
            cells TEXT NOT NULL,
            code TEXT NOT NULL,
            failure TEXT NOT NULL,
            job TEXT NOT NULL,
            at TEXT NOT NULL,
            tries INTEGER NOT NULL DEFAULT 0,
            edited INTEGER NOT NULL DEFAULT 0
        ) STRICT;
        CREATE INDEX refused_store ON refused (store, code);
        CREATE INDEX refused_run ON refused (run, state, code);",
    upgrades: &[],
};

/// Folder of this program's state in which checking makes one for each file.
const FOLDER: &str = "blocks";

/// A run to be kept.
#[derive(Debug, Clone, Copy)]
pub struct NewRun<'a> {
    /// What checking left.
    pub prepared: &'a Prepared,
    /// Where it goes, for good.
    pub connection: &'a str,
    /// 18-character org id.
    pub org_id: &'a str,
    /// By which API.
    pub way: Way,
    /// Error store for what is refused.
    pub errors: &'a str,
    /// What the user said about doubles.
    pub doubles: Doubles,
}

/// A run with what only its sender needs.
#[derive(Debug, Clone)]
pub struct Kept {
    /// As others see it.
    pub run: Run,
    /// What checking left.
    pub prepared: Prepared,
    /// What the user said about doubles.
    pub doubles: Doubles,
    /// Org times since which jobs may have been made whose answer was lost.
    pub lost_jobs: Vec<String>,
}

/// What somebody else wants of the process that is at a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// Nothing more for now.
    Pause,
    /// The end of it.
    Abort,
}

/// The file with all runs and error stores.
#[derive(Debug)]
pub struct Runs {
    sql: Connection,
    path: PathBuf,
    dir: PathBuf,
    clock: fn() -> Timestamp,
}

const COLUMNS: &str = "number, connection, org_id, folder, prepared, way, state, errors, failure, \
    doubles, calls, lost_jobs, created, changed";

impl Runs {
    /// Opens or makes `bulk.db` in `dir`, the folder of this program's state.
    pub fn open(dir: &Path, clock: fn() -> Timestamp) -> Result<Self, Failure> {
        file::private_folder(dir)?;
        let path = dir.join("bulk.db");
        let sql = file::open_database(&path, &LAYOUT).map_err(|error| error.failure)?;
        Ok(Self {
            sql,
            path,
            dir: dir.to_owned(),
            clock,
        })
    }

    /// Another door to the same file, for another thread.
    pub fn reopened(&self) -> impl FnOnce() -> Result<Self, Failure> + Send + use<> {
        let (dir, clock) = (self.dir.clone(), self.clock);
        move || Self::open(&dir, clock)
    }

    /// Keeps a run with its plan: all its parts wait.
    pub fn insert(&self, new: &NewRun<'_>) -> Result<Kept, Failure> {
        let number = self.inserted(new).map_err(|error| self.broken(&error))?;
        self.load(number)
    }

    fn inserted(&self, new: &NewRun<'_>) -> rusqlite::Result<RunNumber> {
        let now = (self.clock)().to_string();
        let transaction = self.transaction()?;
        transaction.execute(
            "INSERT INTO runs (connection, org_id, folder, prepared, way, state, errors, doubles,
                 created, changed) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9)",
            params![
                new.connection,
                new.org_id,
                new.prepared.folder.to_string_lossy(),
                json(new.prepared)?,
                json(&new.way)?,
                RunState::Ready.word(),
                new.errors,
                new.doubles == Doubles::Fine,
                now
            ],
        )?;
        let number = transaction.last_insert_rowid();
        for part in &new.prepared.parts {
            transaction.execute(
                "INSERT INTO parts (run, number, rows, bytes, step) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![
                    number,
                    part.number,
                    whole(part.rows),
                    whole(part.bytes),
                    Step::Waiting.word()
                ],
            )?;
        }
        transaction.commit()?;
        Ok(RunNumber(number))
    }

    /// One run.
    pub fn load(&self, number: RunNumber) -> Result<Kept, Failure> {
        let sql = format!("SELECT {COLUMNS} FROM runs WHERE number = ?1");
        let found = self
            .sql
            .query_row(&sql, [number.0], |row| self.kept(row))
            .optional()
            .map_err(|error| self.broken(&error))?;
        found.ok_or_else(|| local("NO_SUCH_RUN", &format!("there is no run {number}")))
    }

    /// Every run, newest first.
    pub fn list(&self) -> Result<Vec<Run>, Failure> {
        let read = || -> rusqlite::Result<Vec<Run>> {
            let sql = format!("SELECT {COLUMNS} FROM runs ORDER BY number DESC");
            let mut statement = self.sql.prepare(&sql)?;
            let rows = statement.query_map([], |row| Ok(self.kept(row)?.run))?;
            rows.collect()
        };
        read().map_err(|error| self.broken(&error))
    }

    fn kept(&self, row: &Row<'_>) -> rusqlite::Result<Kept> {
        let number = RunNumber(row.get(0)?);
        let prepared: Prepared = parsed(&row.get::<_, String>(4)?)?;
        let state: RunState = parsed(&format!("\"{}\"", row.get::<_, String>(6)?))?;
        let failure: String = row.get(8)?;
        let tally = self.tally(number)?;
        let time = |text: String| text.parse::<Timestamp>().unwrap_or_default();
        let run = Run {
            number,
            block: prepared.block.clone(),
            source: prepared.source.name.clone(),
            folder: PathBuf::from(row.get::<_, String>(3)?),
            connection: row.get(1)?,
            org_id: row.get(2)?,
            way: parsed(&row.get::<_, String>(5)?)?,
            state,
            in_hand: RunLock::is_held(&self.dir, number.0),
            counts: prepared.counts,
            tally,
            step: String::new(),
            job: self.job_at(number)?,
            failure: match failure.is_empty() {
                true => None,
                false => Some(parsed(&failure)?),
            },
            errors: row.get(7)?,
            calls: counted(row.get(10)?),
            created: time(row.get(12)?),
            changed: time(row.get(13)?),
            pace: None,
        };
        Ok(Kept {
            run,
            doubles: match row.get(9)? {
                true => Doubles::Fine,
                false => Doubles::Refused,
            },
            lost_jobs: row
                .get::<_, String>(11)?
                .split_whitespace()
                .map(str::to_owned)
                .collect(),
            prepared,
        })
    }

    fn tally(&self, number: RunNumber) -> rusqlite::Result<Tally> {
        self.sql.query_row(
            "SELECT coalesce(sum(ok), 0), coalesce(sum(created), 0), coalesce(sum(failed), 0),
                 coalesce(sum(unknown), 0), coalesce(sum(unprocessed), 0)
             FROM parts WHERE run = ?1",
            [number.0],
            |row| {
                Ok(Tally {
                    ok: counted(row.get(0)?),
                    created: counted(row.get(1)?),
                    failed: counted(row.get(2)?),
                    unknown: counted(row.get(3)?),
                    unprocessed: counted(row.get(4)?),
                    under_way: 0,
                })
            },
        )
    }

    fn job_at(&self, number: RunNumber) -> rusqlite::Result<Option<String>> {
        self.sql
            .query_row(
                "SELECT job FROM parts WHERE run = ?1 AND job <> '' AND step <> 'done'
                 ORDER BY number LIMIT 1",
                [number.0],
                |row| row.get(0),
            )
            .optional()
    }

    /// How rows of a run stand, by what is on disk.
    pub fn tally_of(&self, number: RunNumber) -> Result<Tally, Failure> {
        self.tally(number).map_err(|error| self.broken(&error))
    }

    /// What was wanted of whoever was at a run before is over.
    pub fn clear_wanted(&self, number: RunNumber) -> Result<(), Failure> {
        let sql = "UPDATE runs SET wanted = '' WHERE number = ?1";
        let done = self.sql.execute(sql, [number.0]);
        done.map(drop).map_err(|error| self.broken(&error))
    }

    /// Notes where a run is in its life.
    pub fn set_state(
        &self,
        number: RunNumber,
        state: RunState,
        failure: Option<&Failure>,
    ) -> Result<(), Failure> {
        let now = (self.clock)().to_string();
        let write = || -> rusqlite::Result<usize> {
            let failure = failure.map(json).transpose()?.unwrap_or_default();
            self.sql.execute(
                "UPDATE runs SET state = ?2, failure = ?3, changed = ?4 WHERE number = ?1",
                params![number.0, state.word(), failure, now],
            )
        };
        write().map(drop).map_err(|error| self.broken(&error))
    }

    /// Counts API calls.
    pub fn add_calls(&self, number: RunNumber, calls: u64) -> Result<(), Failure> {
        let sql = "UPDATE runs SET calls = calls + ?2 WHERE number = ?1";
        let done = self.sql.execute(sql, params![number.0, whole(calls)]);
        done.map(drop).map_err(|error| self.broken(&error))
    }

    /// A job may have been made since that org time, and its answer is lost.
    pub fn lost_job(&self, number: RunNumber, since: &str) -> Result<(), Failure> {
        let sql = "UPDATE runs SET lost_jobs = lost_jobs || ' ' || ?2 WHERE number = ?1";
        let done = self.sql.execute(sql, params![number.0, since]);
        done.map(drop).map_err(|error| self.broken(&error))
    }

    /// Jobs that runs of this machine know as theirs.
    pub fn knows_job(&self, job: &str) -> Result<bool, Failure> {
        let sql = "SELECT count(*) FROM parts WHERE job = ?1";
        let found = self.sql.query_row(sql, [job], |row| row.get::<_, i64>(0));
        found
            .map(|count| count > 0)
            .map_err(|error| self.broken(&error))
    }

    /// Asks the process that is at a run for something.
    pub fn want(&self, number: RunNumber, wanted: Wanted) -> Result<(), Failure> {
        let word = match wanted {
            Wanted::Pause => "pause",
            Wanted::Abort => "abort",
        };
        let sql = "UPDATE runs SET wanted = ?2 WHERE number = ?1";
        let done = self.sql.execute(sql, params![number.0, word]);
        done.map(drop).map_err(|error| self.broken(&error))
    }

    /// What others want of whoever is at a run.
    pub fn wanted(&self, number: RunNumber) -> Result<Option<Wanted>, Failure> {
        let sql = "SELECT wanted FROM runs WHERE number = ?1";
        let word = self
            .sql
            .query_row(sql, [number.0], |row| row.get::<_, String>(0));
        let word = word.map_err(|error| self.broken(&error))?;
        Ok(match word.as_str() {
            "pause" => Some(Wanted::Pause),
            "abort" => Some(Wanted::Abort),
            _ => None,
        })
    }

    /// Forgets a run, and removes its folder where it is one of ours.
    pub fn forget(&self, number: RunNumber) -> Result<(), Failure> {
        let folder = self.load(number)?.run.folder;
        let write = || -> rusqlite::Result<()> {
            let transaction = self.transaction()?;
            transaction.execute("DELETE FROM parts WHERE run = ?1", [number.0])?;
            transaction.execute("DELETE FROM runs WHERE number = ?1", [number.0])?;
            transaction.commit()
        };
        write().map_err(|error| self.broken(&error))?;
        if !folder.starts_with(self.dir.join(FOLDER)) {
            return Ok(());
        }
        match std::fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(file::unusable(&folder, error, "remove it by hand"))
            }
            _ => Ok(()),
        }
    }

    /// The right to be at a run, if nobody has it.
    pub fn take(&self, number: RunNumber) -> Result<RunLock, Failure> {
        let taken = RunLock::try_take(&self.dir, number.0)
            .map_err(|error| file::unusable(&self.dir, error, ""))?;
        taken.ok_or_else(|| {
            let message = format!("another session of sfw-tui is at run {number}");
            local("RUN_IN_HAND", &message)
        })
    }

    fn transaction(&self) -> rusqlite::Result<Transaction<'_>> {
        Transaction::new_unchecked(&self.sql, TransactionBehavior::Immediate)
    }

    fn broken(&self, error: &rusqlite::Error) -> Failure {
        file::sql_failure(&self.path, error)
    }
}

fn json<T: Serialize>(value: &T) -> rusqlite::Result<String> {
    serde_json::to_string(value)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}

fn parsed<T: DeserializeOwned>(text: &str) -> rusqlite::Result<T> {
    serde_json::from_str(text).map_err(|error| {
        let kind = rusqlite::types::Type::Text;
        rusqlite::Error::FromSqlConversionFailure(0, kind, Box::new(error))
    })
}

fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn counted(count: i64) -> u64 {
    u64::try_from(count).unwrap_or_default()
}

#[cfg(test)]
mod tests;
