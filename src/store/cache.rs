//! What the org said before: describes, pages, names. Disposable: a damaged file is
//! thrown away and built again, and every answer may be missing. Must not know what the
//! entries mean.

use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::domain::failure::Failure;

use super::file::{self, Layout};

const LAYOUT: Layout = Layout {
    name: "cache",
    version: 1,
    upgrades: &[],
    // NORMAL: the last entries may be lost with the power, never the file. Memory for
    // pages stays at 1 MiB however large the file is.
    pragmas: "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
        PRAGMA cache_size = -1024; PRAGMA temp_store = MEMORY; PRAGMA busy_timeout = 100;",
    schema: "
        CREATE TABLE orgs (number INTEGER PRIMARY KEY, connection TEXT NOT NULL UNIQUE,
            org_id TEXT NOT NULL) STRICT;
        CREATE TABLE entries (org INTEGER NOT NULL, part TEXT NOT NULL, key TEXT NOT NULL,
            value TEXT NOT NULL, stamp TEXT NOT NULL, checked INTEGER NOT NULL,
            PRIMARY KEY (org, part, key)) STRICT;
        CREATE TABLE names (number INTEGER PRIMARY KEY, org INTEGER NOT NULL,
            object TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, detail TEXT NOT NULL,
            opened INTEGER NOT NULL, scope TEXT NOT NULL, UNIQUE (org, id)) STRICT;
        CREATE INDEX names_opened ON names (org, opened) WHERE opened > 0;
        CREATE VIRTUAL TABLE name_words USING fts5 (scope, name, detail, content = 'names',
            content_rowid = 'number', prefix = '1 2 3',
            tokenize = 'unicode61 remove_diacritics 2');
        CREATE VIRTUAL TABLE name_parts USING fts5 (name, content = 'names',
            content_rowid = 'number', tokenize = 'trigram remove_diacritics 1');
        CREATE TRIGGER names_added AFTER INSERT ON names BEGIN
            INSERT INTO name_words (rowid, scope, name, detail)
                VALUES (new.number, new.scope, new.name, new.detail);
            INSERT INTO name_parts (rowid, name) VALUES (new.number, new.name);
        END;
        CREATE TRIGGER names_removed AFTER DELETE ON names BEGIN
            INSERT INTO name_words (name_words, rowid, scope, name, detail)
                VALUES ('delete', old.number, old.scope, old.name, old.detail);
            INSERT INTO name_parts (name_parts, rowid, name)
                VALUES ('delete', old.number, old.name);
        END;
        CREATE TRIGGER names_changed AFTER UPDATE OF scope, name, detail ON names BEGIN
            INSERT INTO name_words (name_words, rowid, scope, name, detail)
                VALUES ('delete', old.number, old.scope, old.name, old.detail);
            INSERT INTO name_parts (name_parts, rowid, name)
                VALUES ('delete', old.number, old.name);
            INSERT INTO name_words (rowid, scope, name, detail)
                VALUES (new.number, new.scope, new.name, new.detail);
            INSERT INTO name_parts (rowid, name) VALUES (new.number, new.name);
        END;",
};

/// Sorts of entry; each has its own keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Who we are; one.
    Session,
    /// What the last login taught of the org's API; one.
    Login,
    /// Describe global; one.
    Objects,
    /// Describe and layouts, by API name in lower case.
    Form,
    /// What logging needs; one.
    Activity,
    /// Pages as last seen, by id.
    Page,
    /// Queries the user ran, newest first; one.
    Queries,
    /// Objects whose new records take no idempotency key, by API name in lower case.
    Way,
}

impl Part {
    fn word(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Login => "login",
            Self::Objects => "objects",
            Self::Form => "form",
            Self::Activity => "activity",
            Self::Page => "page",
            Self::Queries => "queries",
            Self::Way => "way",
        }
    }
}

/// An entry as it was put.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry<T> {
    /// The value.
    pub value: T,
    /// What a conditional request gives back (`Last-Modified` or an ETag); may be empty.
    pub stamp: String,
    /// When the org last said that it is so.
    pub checked: Timestamp,
}

/// The cache as one connection sees it.
#[derive(Debug)]
pub struct Cache {
    sql: RefCell<Connection>,
    /// `None` lives in memory only.
    path: Option<PathBuf>,
    connection: String,
}

impl Cache {
    /// Opens or makes `cache.db` in `dir`, throwing away a damaged one. A folder that
    /// cannot be used gives one `Local` failure that names it; [`Cache::in_memory`] then
    /// stands in.
    pub fn open(dir: &Path, connection: &str) -> Result<Self, Failure> {
        file::private_folder(dir)?;
        let path = dir.join("cache.db");
        let sql = match file::open_database(&path, &LAYOUT) {
            Err(error) if error.damaged => rebuilt(&path)?,
            other => other.map_err(|error| error.failure)?,
        };
        Ok(Self {
            sql: RefCell::new(sql),
            path: Some(path),
            connection: connection.to_owned(),
        })
    }

    /// A cache that ends with the process.
    pub fn in_memory(connection: &str) -> Result<Self, Failure> {
        let sql = Connection::open_in_memory()
            .and_then(|sql| sql.execute_batch(LAYOUT.schema).map(|()| sql))
            .map_err(|error| file::sql_failure(Path::new(":memory:"), &error))?;
        Ok(Self {
            sql: RefCell::new(sql),
            path: None,
            connection: connection.to_owned(),
        })
    }

    /// Says which org the connection leads to. What was kept of another is thrown away;
    /// says whether there was such.
    pub fn bind(&self, org_id: &str) -> Result<bool, Failure> {
        self.run(|sql| {
            let known = known_org(sql, &self.connection)?;
            match known {
                Some((_, known)) if known == org_id => Ok(false),
                Some((number, _)) => wipe(sql, number, org_id).map(|()| true),
                None => sql
                    .execute(
                        "INSERT INTO orgs (connection, org_id) VALUES (?1, ?2)",
                        [&self.connection, org_id],
                    )
                    .map(|_| false),
            }
        })
    }

    /// The entry, if it is there and still reads as a `T`.
    pub fn entry<T: DeserializeOwned>(
        &self,
        part: Part,
        key: &str,
    ) -> Result<Option<Entry<T>>, Failure> {
        let found = self.run(|sql| {
            sql.prepare_cached(
                "SELECT value, stamp, checked FROM entries JOIN orgs ON org = number
                 WHERE connection = ?1 AND part = ?2 AND key = ?3",
            )?
            .query_row(params![self.connection, part.word(), key], |row| {
                Ok((row.get::<_, String>(0)?, row.get(1)?, row.get(2)?))
            })
            .optional()
        })?;
        // A value of an older release that no longer reads is as good as none.
        Ok(found.and_then(|(json, stamp, checked)| {
            Some(Entry {
                value: serde_json::from_str(&json).ok()?,
                stamp,
                checked: Timestamp::from_second(checked).ok()?,
            })
        }))
    }

    /// Keeps a value. Without an org bound there is nothing to keep it under, and it is
    /// not kept.
    pub fn put<T: Serialize>(
        &self,
        part: Part,
        key: &str,
        entry: &Entry<T>,
    ) -> Result<(), Failure> {
        let json = serde_json::to_string(&entry.value).map_err(|error| {
            let path = self.path.as_deref().unwrap_or(Path::new(":memory:"));
            file::unusable(path, error, "")
        })?;
        self.change(|sql| {
            sql.prepare_cached(
                "INSERT OR REPLACE INTO entries (org, part, key, value, stamp, checked)
                 SELECT number, ?2, ?3, ?4, ?5, ?6 FROM orgs WHERE connection = ?1",
            )?
            .execute(params![
                self.connection,
                part.word(),
                key,
                json,
                entry.stamp,
                entry.checked.as_second()
            ])
            .map(|_| ())
        })
    }

    /// Notes that the org still says the same.
    pub fn confirm(&self, part: Part, key: &str, at: Timestamp) -> Result<(), Failure> {
        self.change(|sql| {
            sql.prepare_cached(
                "UPDATE entries SET checked = ?4 WHERE part = ?2 AND key = ?3
                 AND org = (SELECT number FROM orgs WHERE connection = ?1)",
            )?
            .execute(params![self.connection, part.word(), key, at.as_second()])
            .map(|_| ())
        })
    }

    /// Takes an entry out.
    pub fn forget(&self, part: Part, key: &str) -> Result<(), Failure> {
        self.change(|sql| {
            sql.prepare_cached(
                "DELETE FROM entries WHERE part = ?2 AND key = ?3
                 AND org = (SELECT number FROM orgs WHERE connection = ?1)",
            )?
            .execute(params![self.connection, part.word(), key])
            .map(|_| ())
        })
    }

    /// Name of the connection it was opened for.
    pub(super) fn connection(&self) -> &str {
        &self.connection
    }

    /// The number of the connection's org in this file.
    pub(super) fn org(&self, sql: &Connection) -> rusqlite::Result<Option<i64>> {
        Ok(known_org(sql, &self.connection)?.map(|(number, _)| number))
    }

    /// Runs `work`, or leaves it while another process writes: an entry that is not kept
    /// costs a request later, waiting would cost everybody now.
    pub(super) fn change(
        &self,
        work: impl Fn(&Connection) -> rusqlite::Result<()>,
    ) -> Result<(), Failure> {
        self.run(|sql| match work(sql) {
            Err(error) if file::is_busy(&error) => Ok(()),
            other => other,
        })
    }

    /// Runs `work`; when the file proves damaged, builds it anew and runs `work` on that.
    pub(super) fn run<T>(
        &self,
        work: impl Fn(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, Failure> {
        let first = work(&self.sql.borrow());
        let path = self.path.as_deref().unwrap_or(Path::new(":memory:"));
        match (first, &self.path) {
            (Err(error), Some(path)) if file::is_damaged(&error) => {
                *self.sql.borrow_mut() = rebuilt(path)?;
                work(&self.sql.borrow()).map_err(|error| file::sql_failure(path, &error))
            }
            (other, _) => other.map_err(|error| file::sql_failure(path, &error)),
        }
    }
}

fn known_org(sql: &Connection, connection: &str) -> rusqlite::Result<Option<(i64, String)>> {
    sql.prepare_cached("SELECT number, org_id FROM orgs WHERE connection = ?1")?
        .query_row([connection], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()
}

fn wipe(sql: &Connection, number: i64, org_id: &str) -> rusqlite::Result<()> {
    let transaction = sql.unchecked_transaction()?;
    transaction.execute("DELETE FROM names WHERE org = ?1", [number])?;
    transaction.execute("DELETE FROM entries WHERE org = ?1", [number])?;
    transaction.execute(
        "UPDATE orgs SET org_id = ?2 WHERE number = ?1",
        params![number, org_id],
    )?;
    transaction.commit()
}

fn rebuilt(path: &Path) -> Result<Connection, Failure> {
    for ending in ["", "-wal", "-shm", "-journal"] {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        match fs::remove_file(&name) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(file::unusable(path, error, "delete the file by hand"));
            }
            _ => {}
        }
    }
    file::open_database(path, &LAYOUT).map_err(|error| error.failure)
}

#[cfg(test)]
mod tests;
