//! The outbox: every write, on disk before its first byte leaves, with what became of
//! it. The only judge of which state may follow which (the drawing is at
//! [`OpState`]). Must not know how writes are sent.
//!
//! | step | from | to |
//! |---|---|---|
//! | `insert` | – | queued, or blocked where it needs another write's record |
//! | `release` | blocked | queued |
//! | `begin` | queued, retry, failed, unknown | sending |
//! | `settle` | sending | done, failed, unknown, retry, queued |
//! | `hold`, `postpone` | queued, retry, failed, unknown | the same, or retry; the reason noted |
//! | `looked` | unknown | unknown, done, queued |
//! | `revise` | queued, retry, blocked, failed | queued, blocked |
//! | `cancel` | all but sending, done | cancelled |
//! | `adopt_orphans` | sending, its process dead | unknown |
//!
//! `begin` also keeps the order per record, across processes: a write waits while an
//! earlier one to the same record is not settled.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use crate::domain::failure::Failure;
use crate::domain::write::{Delivery, Op, OpId, OpState, Transition, Write};
use crate::failpoint;

use super::draft::{DraftAt, delete_draft};
use super::file::{self, Layout, local};
use super::owner::Owner;
use super::row::{COLUMNS, StoredOp, state_of};

mod order;
mod orphan;
mod pause;
mod sending;
mod unknown;

pub use super::owner::SenderLock;
pub use order::EARLIER;
pub use sending::{Settled, Start};
pub use unknown::Verdict;

const LAYOUT: Layout = Layout {
    name: "outbox",
    version: 2,
    // FULL: a committed row survives the loss of power, which the whole design rests on.
    pragmas: "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -512;",
    schema: "
        CREATE TABLE ops (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            connection TEXT NOT NULL,
            org_id TEXT NOT NULL,
            write TEXT NOT NULL,
            state TEXT NOT NULL,
            attempts INTEGER NOT NULL,
            failure TEXT NOT NULL,
            ids TEXT NOT NULL,
            owner TEXT NOT NULL,
            created TEXT NOT NULL,
            changed TEXT NOT NULL,
            checksum TEXT NOT NULL,
            delivery TEXT NOT NULL DEFAULT ''
        ) STRICT;
        CREATE INDEX ops_state ON ops (state);
        CREATE TABLE pauses (connection TEXT PRIMARY KEY, pause TEXT NOT NULL) STRICT;
        CREATE TABLE history (op TEXT NOT NULL, at TEXT NOT NULL, state TEXT NOT NULL,
            note TEXT NOT NULL) STRICT;
        CREATE INDEX history_of ON history (op);
        CREATE TABLE drafts (connection TEXT NOT NULL, key TEXT NOT NULL, draft TEXT NOT NULL,
            saved TEXT NOT NULL, PRIMARY KEY (connection, key)) STRICT;",
    // Adds only: every row stays as it is, its checksum too.
    upgrades: &["
        ALTER TABLE ops ADD COLUMN delivery TEXT NOT NULL DEFAULT '';
        CREATE INDEX ops_state ON ops (state);
        CREATE TABLE pauses (connection TEXT PRIMARY KEY, pause TEXT NOT NULL) STRICT;"],
};

/// Settled rows listed besides all that still wait.
const LISTED: u32 = 500;

/// Where a write goes. A row made for one org is never sent to another, whatever the
/// connection's name points to by then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Destination<'a> {
    /// Name of the connection.
    pub connection: &'a str,
    /// 18-character org id.
    pub org_id: &'a str,
}

/// A write to be put into the outbox.
#[derive(Debug, Clone, Copy)]
pub struct New<'a> {
    /// What is to be written.
    pub write: &'a Write,
    /// The draft it was typed in, gone in the same moment.
    pub draft: Option<DraftAt<'a>>,
    /// The write it takes back.
    pub undoes: Option<OpId>,
}

/// The file with all writes and drafts.
#[derive(Debug)]
pub struct Outbox {
    pub(super) sql: Connection,
    pub(super) path: PathBuf,
    dir: PathBuf,
    /// Made when the first write is sent; most sessions only look.
    owner: RefCell<Option<Owner>>,
    clock: fn() -> Timestamp,
}

impl Outbox {
    /// Opens or makes `outbox.db` in `dir`. A folder or file that cannot be used gives
    /// one `Local` failure that names it.
    pub fn open(dir: &Path) -> Result<Self, Failure> {
        Self::open_with(dir, Timestamp::now)
    }

    /// The same with a clock of the caller's.
    pub fn open_with(dir: &Path, clock: fn() -> Timestamp) -> Result<Self, Failure> {
        file::private_folder(dir)?;
        let path = dir.join("outbox.db");
        let sql = file::open_database(&path, &LAYOUT).map_err(|error| error.failure)?;
        Ok(Self {
            sql,
            path,
            dir: dir.to_owned(),
            owner: RefCell::new(None),
            clock,
        })
    }

    /// Puts a write on disk, waiting. The draft it was typed in, if any, goes in the same
    /// moment: both together would be sent twice.
    pub fn insert(
        &self,
        to: Destination<'_>,
        write: &Write,
        draft: Option<DraftAt<'_>>,
    ) -> Result<Op, Failure> {
        self.insert_op(
            to,
            New {
                write,
                draft,
                undoes: None,
            },
        )
    }

    /// The same for a write that takes another back.
    pub fn insert_op(&self, to: Destination<'_>, new: New<'_>) -> Result<Op, Failure> {
        let now = (self.clock)().to_string();
        let state = match new.write.parents().is_empty() {
            true => OpState::Queued,
            false => OpState::Blocked,
        };
        let delivery = Delivery {
            undoes: new.undoes,
            ..Delivery::default()
        };
        let mut row = StoredOp {
            number: 0,
            id: OpId::now_v7().to_string(),
            connection: to.connection.to_owned(),
            org_id: to.org_id.to_owned(),
            write: self.json(new.write)?,
            state: state.word().to_owned(),
            attempts: "0".to_owned(),
            failure: String::new(),
            ids: "[]".to_owned(),
            owner: String::new(),
            created: now.clone(),
            changed: now,
            checksum: String::new(),
            delivery: self.json(&delivery)?,
        };
        row.checksum = row.computed_checksum();
        self.inserted(&mut row, new.draft)
            .map_err(|error| self.broken(&error))?;
        row.to_op()
    }

    fn inserted(&self, row: &mut StoredOp, draft: Option<DraftAt<'_>>) -> rusqlite::Result<()> {
        let transaction = self.transaction()?;
        transaction.execute(
            "INSERT INTO ops (id, connection, org_id, write, state, attempts, failure, ids,
                 owner, created, changed, checksum, delivery)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
            params![
                row.id,
                row.connection,
                row.org_id,
                row.write,
                row.state,
                row.attempts,
                row.failure,
                row.ids,
                row.owner,
                row.created,
                row.changed,
                row.checksum,
                row.delivery
            ],
        )?;
        row.number = transaction.last_insert_rowid();
        failpoint::reached("insert/row");
        note(&transaction, row, "")?;
        failpoint::reached("insert/noted");
        if let Some(draft) = draft {
            delete_draft(&transaction, draft)?;
            failpoint::reached("insert/draft");
        }
        transaction.commit()?;
        failpoint::reached("insert/done");
        Ok(())
    }

    /// Replaces what a write holds and lets it wait again; the draft goes as with
    /// [`Outbox::insert`]. An unknown one keeps what may be in the org already.
    pub fn revise(
        &self,
        id: OpId,
        write: &Write,
        draft: Option<DraftAt<'_>>,
    ) -> Result<Op, Failure> {
        let json = self.json(write)?;
        let state = match write.parents().is_empty() {
            true => OpState::Queued,
            false => OpState::Blocked,
        };
        let from = [
            OpState::Queued,
            OpState::Retry,
            OpState::Blocked,
            OpState::Failed,
        ];
        self.change(id, &from, "revised", |row, op| {
            row.write = json;
            // Another body goes with another key, and what was read is of the old one.
            row.delivery = self.json(&Delivery {
                undoes: op.delivery.undoes,
                ..Delivery::default()
            })?;
            row.failure.clear();
            // On the connection whose transaction is open: undone with it.
            draft.map_or(Ok(()), |draft| self.drop_draft(draft))?;
            Ok(state)
        })
    }

    /// Gives a write up that is not being sent. A damaged one may be given up too.
    pub fn cancel(&self, id: OpId) -> Result<Op, Failure> {
        let from = [
            OpState::Queued,
            OpState::Retry,
            OpState::Blocked,
            OpState::Failed,
            OpState::Unknown,
        ];
        let tried = self.change(id, &from, "given up by the user", |_, _| {
            Ok(OpState::Cancelled)
        });
        match tried {
            Err(failure) if failure.code == "OUTBOX_ROW_DAMAGED" => self.cancel_damaged(id),
            other => other,
        }
    }

    /// Leaves everything else of the row, the wrong checksum too: it is evidence.
    fn cancel_damaged(&self, id: OpId) -> Result<Op, Failure> {
        let sql = "UPDATE ops SET state = 'cancelled' WHERE id = ?1";
        self.sql
            .execute(sql, [id.to_string()])
            .map_err(|error| self.broken(&error))?;
        self.load(id)
    }

    /// One write; a damaged one shows as failed.
    pub fn load(&self, id: OpId) -> Result<Op, Failure> {
        let row = self.row(id).map_err(|error| self.broken(&error))?;
        row.map(|row| row.shown()).ok_or_else(|| missing(id))
    }

    /// Newest first: every write that still waits, and the newest of the others.
    pub fn list(&self) -> Result<Vec<Op>, Failure> {
        self.rows(&format!(
            "SELECT {COLUMNS} FROM ops WHERE state NOT IN ('done', 'cancelled')
                OR number > (SELECT coalesce(max(number), 0) - {LISTED} FROM ops)
             ORDER BY number DESC"
        ))
        .map(|rows| rows.iter().map(StoredOp::shown).collect())
        .map_err(|error| self.broken(&error))
    }

    /// Everything that happened to a write, oldest first.
    pub fn history(&self, id: OpId) -> Result<Vec<Transition>, Failure> {
        self.transitions(id).map_err(|error| self.broken(&error))
    }

    fn transitions(&self, id: OpId) -> rusqlite::Result<Vec<Transition>> {
        let sql = "SELECT at, state, note FROM history WHERE op = ?1 ORDER BY rowid";
        let mut statement = self.sql.prepare_cached(sql)?;
        let rows = statement.query_map([id.to_string()], |row| {
            Ok(Transition {
                at: row.get::<_, String>(0)?.parse().unwrap_or_default(),
                state: state_of(&row.get::<_, String>(1)?).unwrap_or(OpState::Failed),
                note: row.get(2)?,
            })
        })?;
        rows.collect()
    }

    fn owner_token(&self) -> Result<String, Failure> {
        let mut owner = self.owner.borrow_mut();
        if let Some(owner) = owner.as_ref() {
            return Ok(owner.token().to_owned());
        }
        let made = Owner::new(&self.dir).map_err(|error| self.no_lock(&error))?;
        let token = made.token().to_owned();
        *owner = Some(made);
        Ok(token)
    }

    fn no_lock(&self, error: &std::io::Error) -> Failure {
        file::unusable(&self.dir, error, "")
    }

    /// The one way a row changes: read, check its checksum and its state, edit, write,
    /// note the change; all in one transaction, so that two sessions cannot both win.
    fn change(
        &self,
        id: OpId,
        from: &[OpState],
        why: &str,
        edit: impl FnOnce(&mut StoredOp, &Op) -> Result<OpState, Failure>,
    ) -> Result<Op, Failure> {
        let transaction = self.transaction().map_err(|error| self.broken(&error))?;
        let row = self.row(id).map_err(|error| self.broken(&error))?;
        let mut row = row.ok_or_else(|| missing(id))?;
        let op = row.to_op()?;
        if !from.contains(&op.state) {
            return Err(changed_meanwhile(&row));
        }
        let state = edit(&mut row, &op)?;
        failpoint::reached("change/edited");
        row.state = state.word().to_owned();
        row.changed = (self.clock)().to_string();
        row.checksum = row.computed_checksum();
        save(&transaction, &row)
            .and_then(|()| note(&transaction, &row, why))
            .map_err(|error| self.broken(&error))?;
        failpoint::reached("change/noted");
        transaction.commit().map_err(|error| self.broken(&error))?;
        failpoint::reached("change/done");
        row.to_op()
    }

    fn transaction(&self) -> rusqlite::Result<Transaction<'_>> {
        Transaction::new_unchecked(&self.sql, TransactionBehavior::Immediate)
    }

    fn row(&self, id: OpId) -> rusqlite::Result<Option<StoredOp>> {
        let sql = format!("SELECT {COLUMNS} FROM ops WHERE id = ?1");
        let mut statement = self.sql.prepare_cached(&sql)?;
        statement
            .query_row([id.to_string()], StoredOp::read)
            .optional()
    }

    fn rows(&self, sql: &str) -> rusqlite::Result<Vec<StoredOp>> {
        self.rows_of(sql, [])
    }

    fn rows_of(&self, sql: &str, of: impl rusqlite::Params) -> rusqlite::Result<Vec<StoredOp>> {
        let mut statement = self.sql.prepare_cached(sql)?;
        statement.query_map(of, StoredOp::read)?.collect()
    }

    pub(super) fn json(&self, value: &impl serde::Serialize) -> Result<String, Failure> {
        serde_json::to_string(value)
            .map_err(|error| file::unusable(&self.path, error, "enter it again with other values"))
    }

    pub(super) fn broken(&self, error: &rusqlite::Error) -> Failure {
        file::sql_failure(&self.path, error)
    }
}

fn save(transaction: &Transaction<'_>, row: &StoredOp) -> rusqlite::Result<()> {
    transaction.execute(
        "UPDATE ops SET write = ?2, state = ?3, attempts = ?4, failure = ?5, ids = ?6,
             owner = ?7, changed = ?8, checksum = ?9, delivery = ?10
         WHERE id = ?1",
        params![
            row.id,
            row.write,
            row.state,
            row.attempts,
            row.failure,
            row.ids,
            row.owner,
            row.changed,
            row.checksum,
            row.delivery
        ],
    )?;
    Ok(())
}

fn note(transaction: &Transaction<'_>, row: &StoredOp, why: &str) -> rusqlite::Result<()> {
    transaction.execute(
        "INSERT INTO history (op, at, state, note) VALUES (?1, ?2, ?3, ?4)",
        [&row.id, &row.changed, &row.state, why],
    )?;
    Ok(())
}

pub(super) const NOT_NOW: &str = "OUTBOX_STATE";

fn not_now(row: &StoredOp, why: &str) -> Failure {
    let message = format!("write {} cannot be changed now: {why}", row.number);
    local(NOT_NOW, &message)
}

fn changed_meanwhile(row: &StoredOp) -> Failure {
    not_now(row, &format!("it changed meanwhile: it is {}", row.state))
}

fn missing(id: OpId) -> Failure {
    local(
        "OUTBOX_ROW_MISSING",
        &format!("the outbox has no write `{id}`"),
    )
}

#[cfg(test)]
mod tests;
