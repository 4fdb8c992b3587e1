//! The outbox: every write, on disk before its first byte leaves, with what became of
//! it. The only judge of which state may follow which. Must not know how writes are
//! sent.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use crate::domain::failure::{Failure, FailureKind};
use crate::domain::id::RecordId;
use crate::domain::write::{Op, OpId, OpState, Write};

use super::draft::{DraftAt, delete_draft};
use super::file::{self, Layout, local};
use super::owner::{self, Owner};
use super::row::{COLUMNS, StoredOp, state_of, state_word};

const LAYOUT: Layout = Layout {
    name: "outbox",
    version: 1,
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
            checksum TEXT NOT NULL
        ) STRICT;
        CREATE TABLE history (op TEXT NOT NULL, at TEXT NOT NULL, state TEXT NOT NULL,
            note TEXT NOT NULL) STRICT;
        CREATE INDEX history_of ON history (op);
        CREATE TABLE drafts (connection TEXT NOT NULL, key TEXT NOT NULL, draft TEXT NOT NULL,
            saved TEXT NOT NULL, PRIMARY KEY (connection, key)) STRICT;",
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

/// What became of a write that was being sent.
#[derive(Debug, Clone, PartialEq)]
pub enum Settled {
    /// The org saved it; ids of its rows, one a step.
    Done(Vec<RecordId>),
    /// The org refused it.
    Failed(Failure),
    /// It may or may not have been saved.
    Unknown(Failure),
    /// Nothing of it left this machine; it waits again.
    Queued(Failure),
}

/// One change of state, kept for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transition {
    /// When.
    pub at: Timestamp,
    /// The state it changed to.
    pub state: OpState,
    /// Why, in a few words; may be empty.
    pub note: String,
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
        let now = (self.clock)().to_string();
        let mut row = StoredOp {
            number: 0,
            id: OpId::now_v7().to_string(),
            connection: to.connection.to_owned(),
            org_id: to.org_id.to_owned(),
            write: self.json(write)?,
            state: state_word(OpState::Queued).to_owned(),
            attempts: "0".to_owned(),
            failure: String::new(),
            ids: "[]".to_owned(),
            owner: String::new(),
            created: now.clone(),
            changed: now,
            checksum: String::new(),
        };
        row.checksum = row.computed_checksum();
        self.inserted(&mut row, draft)
            .map_err(|error| self.broken(&error))?;
        row.to_op()
    }

    fn inserted(&self, row: &mut StoredOp, draft: Option<DraftAt<'_>>) -> rusqlite::Result<()> {
        let transaction = self.transaction()?;
        transaction.execute(
            "INSERT INTO ops (id, connection, org_id, write, state, attempts, failure, ids,
                 owner, created, changed, checksum)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
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
                row.checksum
            ],
        )?;
        row.number = transaction.last_insert_rowid();
        note(&transaction, row, "")?;
        if let Some(draft) = draft {
            delete_draft(&transaction, draft)?;
        }
        transaction.commit()
    }

    /// Marks a waiting write as being sent, by this process, once more. On disk when it
    /// returns: only then may its first byte leave.
    pub fn begin(&self, id: OpId, to: Destination<'_>) -> Result<Op, Failure> {
        self.begin_from(id, OpState::Queued, to)
    }

    /// The same for a write in the state that the user saw when asking for it; see
    /// [`Outbox::seen`]. An unknown one keeps its failure, by which [`Outbox::settle`]
    /// tells it.
    pub fn begin_from(&self, id: OpId, seen: OpState, to: Destination<'_>) -> Result<Op, Failure> {
        let token = self.owner_token()?;
        self.change(id, from_seen(seen), "", |row, op| {
            if row.connection != to.connection || row.org_id != to.org_id {
                return Err(other_org(row, to));
            }
            row.failure = match (&op.failure, seen) {
                (Some(failure), OpState::Unknown) => self.json(&Failure {
                    kind: FailureKind::OutcomeUnknown,
                    ..failure.clone()
                })?,
                _ => std::mem::take(&mut row.failure),
            };
            row.attempts = op.attempts.saturating_add(1).to_string();
            row.owner = token;
            Ok(OpState::Sending)
        })
    }

    /// Writes down what became of a write that this process sent. One that was unknown
    /// and could not be sent now is still unknown, for its first reason.
    pub fn settle(&self, id: OpId, settled: &Settled) -> Result<Op, Failure> {
        let (state, failure, ids) = match settled {
            Settled::Done(ids) => (OpState::Done, None, ids.as_slice()),
            Settled::Failed(failure) => (OpState::Failed, Some(failure), &[][..]),
            Settled::Unknown(failure) => (OpState::Unknown, Some(failure), &[][..]),
            Settled::Queued(failure) => (OpState::Queued, Some(failure), &[][..]),
        };
        let failure_json = failure.map_or(Ok(String::new()), |failure| self.json(failure))?;
        let ids = self.json(&ids)?;
        let note = failure.map_or("", |failure| failure.code.as_str());
        let token = self.owner_token()?;
        self.change(id, &[OpState::Sending], note, |row, op| {
            if row.owner != token {
                return Err(not_now(row, "another session sends it"));
            }
            if state == OpState::Queued && was_unknown(op) {
                row.owner.clear();
                return Ok(OpState::Unknown);
            }
            row.failure = failure_json;
            row.ids = ids;
            row.owner.clear();
            Ok(state)
        })
    }

    /// Writes down why a write that was to be sent waits. An unknown one stays unknown,
    /// for its first reason.
    pub fn hold(&self, id: OpId, seen: OpState, failure: &Failure) -> Result<Op, Failure> {
        let json = self.json(failure)?;
        self.change(id, from_seen(seen), &failure.code, |row, _| {
            if seen == OpState::Unknown {
                return Ok(OpState::Unknown);
            }
            row.failure = json;
            Ok(OpState::Queued)
        })
    }

    /// A write that may be sent again, if it is still in the state that the user saw:
    /// the question asked of the user depends on it.
    pub fn seen(&self, id: OpId, seen: OpState) -> Result<Op, Failure> {
        let row = self.row(id).map_err(|error| self.broken(&error))?;
        let row = row.ok_or_else(|| missing(id))?;
        let op = row.to_op()?;
        if !from_seen(seen).contains(&op.state) {
            return Err(changed_meanwhile(&row));
        }
        Ok(op)
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
        let from = [OpState::Queued, OpState::Failed];
        self.change(id, &from, "revised", |row, _| {
            row.write = json;
            row.failure.clear();
            // On the connection whose transaction is open: undone with it.
            draft.map_or(Ok(()), |draft| self.drop_draft(draft))?;
            Ok(OpState::Queued)
        })
    }

    /// Gives a write up that is not being sent. A damaged one may be given up too.
    pub fn cancel(&self, id: OpId) -> Result<Op, Failure> {
        let from = [OpState::Queued, OpState::Failed, OpState::Unknown];
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

    /// Run at start: writes found `sending` whose process is gone become unknown, never
    /// waiting. Those of a live process are left alone. Gives the ones changed.
    pub fn adopt_orphans(&self) -> Result<Vec<Op>, Failure> {
        let found = self
            .rows(&format!(
                "SELECT {COLUMNS} FROM ops WHERE state = 'sending'"
            ))
            .map_err(|error| self.broken(&error))?;
        let mut adopted = Vec::new();
        for row in found {
            if let Some(op) = self.adopt(&row)? {
                adopted.push(op);
            }
        }
        owner::sweep(&self.dir).map_err(|error| self.no_lock(&error))?;
        Ok(adopted)
    }

    fn adopt(&self, found: &StoredOp) -> Result<Option<Op>, Failure> {
        let Ok(op) = found.to_op() else {
            // Damaged: listed as failed and never sent, so there is nothing to settle.
            return Ok(None);
        };
        if self.is_own(&found.owner) || self.is_alive(&found.owner)? {
            return Ok(None);
        }
        let failure_json = self.json(&interrupted())?;
        let adopted = self.change(op.id, &[OpState::Sending], "its session ended", |row, _| {
            if row.owner != found.owner {
                return Err(not_now(row, "another session sends it"));
            }
            row.failure = failure_json;
            row.owner.clear();
            Ok(OpState::Unknown)
        });
        match adopted {
            Ok(op) => Ok(Some(op)),
            // Another session that starts at the same time was quicker.
            Err(failure) if failure.code == NOT_NOW => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    fn is_own(&self, token: &str) -> bool {
        self.owner
            .borrow()
            .as_ref()
            .is_some_and(|owner| owner.token() == token)
    }

    fn is_alive(&self, token: &str) -> Result<bool, Failure> {
        owner::is_alive(&self.dir, token).map_err(|error| self.no_lock(&error))
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
        row.state = state_word(state).to_owned();
        row.changed = (self.clock)().to_string();
        row.checksum = row.computed_checksum();
        save(&transaction, &row)
            .and_then(|()| note(&transaction, &row, why))
            .and_then(|()| transaction.commit())
            .map_err(|error| self.broken(&error))?;
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
        let mut statement = self.sql.prepare_cached(sql)?;
        statement.query_map([], StoredOp::read)?.collect()
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
             owner = ?7, changed = ?8, checksum = ?9
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
            row.checksum
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

const NOT_NOW: &str = "OUTBOX_STATE";

fn not_now(row: &StoredOp, why: &str) -> Failure {
    let message = format!("write {} cannot be changed now: {why}", row.number);
    local(NOT_NOW, &message)
}

fn changed_meanwhile(row: &StoredOp) -> Failure {
    not_now(row, &format!("it changed meanwhile: it is {}", row.state))
}

/// What may be sent because the user, who saw it in this state, says so.
fn from_seen(seen: OpState) -> &'static [OpState] {
    match seen {
        OpState::Queued => &[OpState::Queued],
        OpState::Failed => &[OpState::Failed],
        OpState::Unknown => &[OpState::Unknown],
        OpState::Sending | OpState::Done | OpState::Cancelled => &[],
    }
}

/// Whether a write being sent was unknown before.
fn was_unknown(op: &Op) -> bool {
    let failure = op.failure.as_ref();
    failure.is_some_and(|failure| failure.kind == FailureKind::OutcomeUnknown)
}

fn missing(id: OpId) -> Failure {
    local(
        "OUTBOX_ROW_MISSING",
        &format!("the outbox has no write `{id}`"),
    )
}

fn other_org(row: &StoredOp, to: Destination<'_>) -> Failure {
    let message = format!(
        "write {} was made for org `{}` of connection `{}`, but this is org `{}` of `{}`; \
         it was not sent; connect to the first one, or give the write up",
        row.number, row.org_id, row.connection, to.org_id, to.connection
    );
    local("OUTBOX_OTHER_ORG", &message)
}

/// Why a write of a session that ended is unknown.
fn interrupted() -> Failure {
    let message = "sfw-tui ended while this was being sent; it may or may not have been saved";
    Failure::new(FailureKind::OutcomeUnknown, "SESSION_ENDED", message)
}

#[cfg(test)]
mod tests;
