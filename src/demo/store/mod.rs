//! The demo org's file: opening, locking, wiping, and the small tables that are not
//! rows of objects. One table per object, one column per field. Knows no HTTP.

mod tables;
pub mod words;

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, params};
use thiserror::Error;

#[allow(unused_imports, reason = "for schema changes at run time")]
pub use tables::object_table;

use super::bulk;
use super::formula;
use super::ids;
use super::schema::Schema;

const FILE: &str = "demo-org.sqlite3";
const LOCK: &str = "demo-org.lock";
/// Marks the file as a demo org's ("SfwD").
const APPLICATION_ID: i64 = 0x5366_7744;

/// Why the data folder cannot be used.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The folder cannot be made, read or written.
    #[error("the demo org's folder {folder}: {source}")]
    Folder {
        /// As asked for.
        folder: PathBuf,
        /// The system's word.
        source: std::io::Error,
    },
    /// Another process serves this folder.
    #[error("the demo org in {0} is already running in another process")]
    InUse(PathBuf),
    /// `fresh` would delete files that are not the demo org's.
    #[error("{0} is no folder of a demo org: it holds {1}")]
    ForeignFolder(PathBuf, String),
    /// The file is damaged or another program's.
    #[error("{0} is damaged or no demo org's file: {1}")]
    Damaged(PathBuf, String),
    /// SQLite failed otherwise.
    #[error("the demo org's data: {0}")]
    Sql(#[from] rusqlite::Error),
}

/// What becomes of data that are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begin {
    WithWhatIsThere,
    /// The demo org's own files are deleted first.
    Anew,
}

/// The open file; the folder stays locked while it lives.
#[derive(Debug)]
pub struct Store {
    /// The one connection that writes.
    pub db: Connection,
    path: PathBuf,
    _lock: File,
}

impl Store {
    /// Opens or makes the file in `folder` and brings its tables up to `schema`.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn open(folder: &Path, schema: &Schema, begin: Begin) -> Result<Self, StoreError> {
        let io = |source| StoreError::Folder {
            folder: folder.to_owned(),
            source,
        };
        fs::create_dir_all(folder).map_err(io)?;
        if begin == Begin::Anew {
            refuse_foreign(folder)?;
        }
        let lock = lock(folder)?;
        if begin == Begin::Anew {
            wipe(folder).map_err(io)?;
        }
        let path = folder.join(FILE);
        let db = connect(&path).map_err(|fault| explain(&path, fault))?;
        tables::bring_up(&db, schema).map_err(|fault| explain(&path, fault))?;
        Ok(Self {
            db,
            path,
            _lock: lock,
        })
    }

    /// Where the file lies, for [`reader`].
    pub fn path(&self) -> &Path {
        &self.path
    }
}

fn lock(folder: &Path) -> Result<File, StoreError> {
    let io = |source| StoreError::Folder {
        folder: folder.to_owned(),
        source,
    };
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(folder.join(LOCK))
        .map_err(io)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse(folder.to_owned())),
        Err(TryLockError::Error(source)) => Err(io(source)),
    }
}

/// Files a demo org makes.
fn own_files() -> [String; 5] {
    [
        LOCK.into(),
        FILE.into(),
        format!("{FILE}-wal"),
        format!("{FILE}-shm"),
        format!("{FILE}-journal"),
    ]
}

fn refuse_foreign(folder: &Path) -> Result<(), StoreError> {
    let io = |source| StoreError::Folder {
        folder: folder.to_owned(),
        source,
    };
    let own = own_files();
    for entry in fs::read_dir(folder).map_err(io)? {
        let name = entry
            .map_err(io)?
            .file_name()
            .to_string_lossy()
            .into_owned();
        if !own.contains(&name) && name != bulk::files::FOLDER {
            return Err(StoreError::ForeignFolder(folder.to_owned(), name));
        }
    }
    Ok(())
}

fn wipe(folder: &Path) -> std::io::Result<()> {
    for name in own_files().iter().filter(|name| *name != LOCK) {
        match fs::remove_file(folder.join(name)) {
            Err(fault) if fault.kind() != std::io::ErrorKind::NotFound => return Err(fault),
            _ => {}
        }
    }
    match fs::remove_dir_all(folder.join(bulk::files::FOLDER)) {
        Err(fault) if fault.kind() != std::io::ErrorKind::NotFound => Err(fault),
        _ => Ok(()),
    }
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let db = Connection::open(path)?;
    // One process owns the file (see `lock`); its readers keep reading while it writes.
    db.execute_batch(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = NORMAL;
         PRAGMA journal_size_limit = 4194304;
         PRAGMA cache_size = -2048;
         PRAGMA temp_store = FILE;
         PRAGMA foreign_keys = OFF;",
    )?;
    formula::register(&db)?;
    db.set_prepared_statement_cache_capacity(256);
    Ok(db)
}

/// One more connection to an open file, for reading only. It sees what was committed
/// before its transaction began.
///
/// # Errors
/// SQLite's.
pub fn reader(path: &Path) -> rusqlite::Result<Connection> {
    let db = Connection::open(path)?;
    // Small: there are several, and the system keeps the file's pages anyway.
    db.execute_batch(
        "PRAGMA query_only = ON;
         PRAGMA cache_size = -512;
         PRAGMA temp_store = FILE;",
    )?;
    formula::register(&db)?;
    db.set_prepared_statement_cache_capacity(16);
    Ok(db)
}

fn explain(path: &Path, fault: rusqlite::Error) -> StoreError {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
    match &fault {
        rusqlite::Error::SqliteFailure(code, _)
            if matches!(code.code, DatabaseCorrupt | NotADatabase) =>
        {
            StoreError::Damaged(path.to_owned(), fault.to_string())
        }
        rusqlite::Error::InvalidParameterName(text) => {
            StoreError::Damaged(path.to_owned(), text.clone())
        }
        _ => StoreError::Sql(fault),
    }
}

/// A small remembered value.
///
/// # Errors
/// SQLite's.
pub fn remembered(db: &Connection, key: &str) -> rusqlite::Result<Option<String>> {
    db.prepare_cached("SELECT value FROM sys_meta WHERE key = ?1")?
        .query_row([key], |row| row.get(0))
        .optional()
}

/// Remembers a small value.
///
/// # Errors
/// SQLite's.
pub fn remember(db: &Connection, key: &str, value: &str) -> rusqlite::Result<()> {
    db.prepare_cached("INSERT OR REPLACE INTO sys_meta (key, value) VALUES (?1, ?2)")?
        .execute(params![key, value])?;
    Ok(())
}

/// The next number of a counter, from 1: record ids by key prefix, auto numbers by field.
///
/// # Errors
/// SQLite's.
pub fn next_number(db: &Connection, counter: &str) -> rusqlite::Result<u64> {
    reserve(db, counter, 1)
}

/// The first of `count` numbers in a row.
///
/// # Errors
/// SQLite's.
pub fn reserve(db: &Connection, counter: &str, count: u64) -> rusqlite::Result<u64> {
    let last: i64 = db
        .prepare_cached(
            "INSERT INTO sys_counter (name, last) VALUES (?1, ?2)
             ON CONFLICT (name) DO UPDATE SET last = last + ?2 RETURNING last",
        )?
        .query_row(
            params![counter, i64::try_from(count).unwrap_or(i64::MAX)],
            |row| row.get(0),
        )?;
    Ok(u64::try_from(last).unwrap_or(0).saturating_sub(count) + 1)
}

/// Above every number of the story.
const FIRST_NEW: u64 = 10_000_000;

/// The id of the next new row under a key prefix.
///
/// # Errors
/// SQLite's.
pub fn next_id(db: &Connection, prefix: &str) -> rusqlite::Result<String> {
    Ok(ids::record_id(prefix, FIRST_NEW + next_number(db, prefix)?))
}

/// An SQL identifier.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests;
