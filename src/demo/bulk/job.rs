//! A job as a row of `sys_bulk_job`, and as the JSON of the API (keys and their order as
//! recorded from real orgs: creating and closing tell less than reading does).

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::{Map, Value, json};

use crate::demo::call::Call;
use crate::demo::error::Refusal;
use crate::demo::store;
use crate::demo::value;

/// Makes the table of jobs.
pub const TABLE: &str = "
    CREATE TABLE IF NOT EXISTS sys_bulk_job (
        number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
        operation TEXT NOT NULL, object TEXT NOT NULL, key TEXT, rule TEXT, query TEXT,
        delimiter TEXT NOT NULL, ending TEXT NOT NULL, state TEXT NOT NULL, user_id TEXT NOT NULL,
        version TEXT NOT NULL, created TEXT NOT NULL, modified TEXT NOT NULL, client TEXT,
        processed INTEGER NOT NULL DEFAULT 0, failed INTEGER NOT NULL DEFAULT 0, error TEXT,
        took INTEGER NOT NULL DEFAULT 0, uploaded INTEGER NOT NULL DEFAULT 0,
        read INTEGER NOT NULL DEFAULT 0, successes INTEGER NOT NULL DEFAULT 0,
        failures INTEGER NOT NULL DEFAULT 0, turn INTEGER NOT NULL DEFAULT 0);
    CREATE INDEX IF NOT EXISTS sys_bulk_job_due ON sys_bulk_job (turn)
        WHERE state IN ('UploadComplete', 'InProgress');";

const COLUMNS: &str = "number, id, kind, operation, object, key, rule, query, delimiter, ending, \
    state, user_id, version, created, modified, processed, failed, error, took, uploaded, read, \
    successes, failures, client";

/// Key prefix of jobs.
const PREFIX: &str = "750";

/// An enumeration kept and sent as one word.
macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($(#[$note:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $($(#[$note])* $variant,)+ }

        impl $name {
            /// As the API spells it.
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }

            /// The variant the API spells so.
            pub fn of(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }

        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(self.word().into())
            }
        }

        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                Self::of(value.as_str()?).ok_or(FromSqlError::InvalidType)
            }
        }
    };
}

words! {
    /// What a job's rows do, and where its address is.
    Kind { Ingest = "V2Ingest", Query = "V2Query", }
}
words! {
    /// What is done with each row, or which rows are read.
    Operation {
        Insert = "insert", Update = "update", Upsert = "upsert", Delete = "delete",
        HardDelete = "hardDelete", Query = "query", QueryAll = "queryAll",
    }
}
words! {
    /// Where a job is in its life.
    State {
        Open = "Open", UploadComplete = "UploadComplete", InProgress = "InProgress",
        JobComplete = "JobComplete", Failed = "Failed", Aborted = "Aborted",
    }
}
words! {
    /// What stands between two cells.
    Delimiter {
        Backquote = "BACKQUOTE", Caret = "CARET", Comma = "COMMA", Pipe = "PIPE",
        Semicolon = "SEMICOLON", Tab = "TAB",
    }
}
words! {
    /// What ends a line.
    Ending { Lf = "LF", Crlf = "CRLF", }
}

impl Kind {
    /// The path segment of its jobs.
    pub fn segment(self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::Query => "query",
        }
    }
}

impl State {
    /// Whether nothing more will be done.
    pub fn is_final(self) -> bool {
        matches!(self, Self::JobComplete | Self::Failed | Self::Aborted)
    }
}

impl Delimiter {
    /// The sign itself.
    pub fn byte(self) -> u8 {
        match self {
            Self::Backquote => b'`',
            Self::Caret => b'^',
            Self::Comma => b',',
            Self::Pipe => b'|',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
        }
    }
}

impl Ending {
    /// The signs themselves.
    pub fn text(self) -> &'static str {
        match self {
            Self::Lf => "\n",
            Self::Crlf => "\r\n",
        }
    }
}

/// One job.
#[derive(Debug, Clone)]
pub struct Job {
    pub number: i64,
    /// 18 characters.
    pub id: String,
    pub kind: Kind,
    pub operation: Operation,
    /// API name.
    pub object: String,
    /// `externalIdFieldName`.
    pub key: Option<String>,
    /// `assignmentRuleId`.
    pub rule: Option<String>,
    /// SOQL of a query job.
    pub query: Option<String>,
    pub delimiter: Delimiter,
    pub ending: Ending,
    pub state: State,
    pub user: String,
    /// `62.0`.
    pub version: String,
    pub created: String,
    pub modified: String,
    /// Rows done, failed ones among them.
    pub processed: i64,
    pub failed: i64,
    /// Why the job as a whole failed.
    pub error: Option<String>,
    /// Milliseconds spent on it.
    pub took: i64,
    /// Whether the file has come.
    pub uploaded: bool,
    /// Bytes of the file that are done.
    pub read: i64,
    /// Lengths of the result files that are committed; what is behind them is left over
    /// from a chunk that was not.
    pub successes: i64,
    pub failures: i64,
    /// `client` of `Sforce-Call-Options`.
    pub client: Option<String>,
}

impl Job {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            number: row.get(0)?,
            id: row.get(1)?,
            kind: row.get(2)?,
            operation: row.get(3)?,
            object: row.get(4)?,
            key: row.get(5)?,
            rule: row.get(6)?,
            query: row.get(7)?,
            delimiter: row.get(8)?,
            ending: row.get(9)?,
            state: row.get(10)?,
            user: row.get(11)?,
            version: row.get(12)?,
            created: row.get(13)?,
            modified: row.get(14)?,
            processed: row.get(15)?,
            failed: row.get(16)?,
            error: row.get(17)?,
            took: row.get(18)?,
            uploaded: row.get(19)?,
            read: row.get(20)?,
            successes: row.get(21)?,
            failures: row.get(22)?,
            client: row.get(23)?,
        })
    }

    /// Gives the job its number and id and keeps it.
    ///
    /// # Errors
    /// SQLite's.
    pub fn insert(&mut self, db: &Connection) -> rusqlite::Result<()> {
        self.id = store::next_id(db, PREFIX)?;
        db.execute(
            "INSERT INTO sys_bulk_job (id, kind, operation, object, key, rule, query, delimiter,
                 ending, state, user_id, version, created, modified, client)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
            params![
                self.id,
                self.kind,
                self.operation,
                self.object,
                self.key,
                self.rule,
                self.query,
                self.delimiter,
                self.ending,
                self.state,
                self.user,
                self.version,
                self.created,
                self.modified,
                self.client
            ],
        )?;
        self.number = db.last_insert_rowid();
        Ok(())
    }

    /// Keeps what changes while the job runs; its turn goes behind everybody else's.
    ///
    /// # Errors
    /// SQLite's.
    pub fn save(&self, db: &Connection) -> rusqlite::Result<()> {
        db.prepare_cached(
            "UPDATE sys_bulk_job SET state = ?2, modified = ?3, processed = ?4, failed = ?5,
                 error = ?6, took = ?7, uploaded = ?8, read = ?9, successes = ?10, failures = ?11,
                 turn = (SELECT max(turn) + 1 FROM sys_bulk_job)
             WHERE number = ?1",
        )?
        .execute(params![
            self.number,
            self.state,
            self.modified,
            self.processed,
            self.failed,
            self.error,
            self.took,
            self.uploaded,
            self.read,
            self.successes,
            self.failures
        ])?;
        Ok(())
    }

    /// What creating a job answers.
    pub fn created_json(&self) -> Value {
        let mut map = self.head();
        if self.state == State::Open {
            map.insert("contentUrl".into(), json!(self.content_url()));
        }
        self.format(&mut map);
        Value::Object(map)
    }

    /// What closing and aborting answer.
    pub fn short_json(&self) -> Value {
        Value::Object(self.head())
    }

    /// An entry of the list of jobs.
    pub fn list_json(&self) -> Value {
        let mut map = self.head();
        map.insert("jobType".into(), json!(self.kind.word()));
        if self.state == State::Open {
            map.insert("contentUrl".into(), json!(self.content_url()));
        }
        self.format(&mut map);
        Value::Object(map)
    }

    /// What reading a job answers.
    pub fn json(&self) -> Value {
        let Value::Object(mut map) = self.list_json() else {
            return Value::Null;
        };
        map.insert("numberRecordsProcessed".into(), json!(self.processed));
        if self.kind == Kind::Ingest {
            map.insert("numberRecordsFailed".into(), json!(self.failed));
        }
        map.insert("retries".into(), json!(0));
        map.insert("totalProcessingTime".into(), json!(self.took));
        if self.kind == Kind::Ingest {
            map.insert("apiActiveProcessingTime".into(), json!(self.took));
            map.insert("apexProcessingTime".into(), json!(0));
        }
        if let Some(error) = &self.error {
            map.insert("errorMessage".into(), json!(error));
        }
        Value::Object(map)
    }

    fn head(&self) -> Map<String, Value> {
        let mut map = Map::new();
        map.insert("id".into(), json!(self.id));
        map.insert("operation".into(), json!(self.operation.word()));
        map.insert("object".into(), json!(self.object));
        map.insert("createdById".into(), json!(self.user));
        map.insert("createdDate".into(), json!(self.created));
        map.insert("systemModstamp".into(), json!(self.modified));
        map.insert("state".into(), json!(self.state.word()));
        if let Some(key) = &self.key {
            map.insert("externalIdFieldName".into(), json!(key));
        }
        if let Some(rule) = &self.rule {
            map.insert("assignmentRuleId".into(), json!(rule));
        }
        map.insert("concurrencyMode".into(), json!("Parallel"));
        map.insert("contentType".into(), json!("CSV"));
        // A number with its decimal: 62.0.
        map.insert("apiVersion".into(), value::number(&self.version));
        map
    }

    fn format(&self, map: &mut Map<String, Value>) {
        map.insert("lineEnding".into(), json!(self.ending.word()));
        map.insert("columnDelimiter".into(), json!(self.delimiter.word()));
    }

    fn content_url(&self) -> String {
        format!(
            "services/data/v{}/jobs/ingest/{}/batches",
            self.version, self.id
        )
    }
}

/// A job of this kind by its 15- or 18-character id.
///
/// # Errors
/// 404 `NOT_FOUND` when there is none.
pub fn find(call: &Call<'_>, kind: Kind, id: &str) -> Result<Job, Refusal> {
    let unknown = || Refusal::new(404, "NOT_FOUND", "The requested resource does not exist");
    let id = crate::demo::ids::long_id(id).ok_or_else(unknown)?;
    let sql = format!("SELECT {COLUMNS} FROM sys_bulk_job WHERE id = ?1 AND kind = ?2");
    let found = call
        .db
        .prepare_cached(&sql)?
        .query_row(params![id, kind], Job::of)
        .optional()?;
    found.ok_or_else(unknown)
}

/// The job of a kind whose turn it is, if any waits for work.
///
/// # Errors
/// SQLite's.
pub fn next_due(db: &Connection, kind: Kind) -> rusqlite::Result<Option<Job>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM sys_bulk_job WHERE state IN ('UploadComplete', 'InProgress')
         AND kind = ?1 ORDER BY turn, number LIMIT 1"
    );
    db.prepare_cached(&sql)?
        .query_row([kind], Job::of)
        .optional()
}

/// Jobs of a kind behind a number, oldest first.
///
/// # Errors
/// SQLite's.
pub fn list(db: &Connection, kind: Kind, behind: i64, most: i64) -> rusqlite::Result<Vec<Job>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM sys_bulk_job WHERE kind = ?1 AND number > ?2 ORDER BY number LIMIT ?3"
    );
    db.prepare_cached(&sql)?
        .query_map(params![kind, behind, most], Job::of)?
        .collect()
}

/// Forgets a job.
///
/// # Errors
/// SQLite's.
pub fn delete(db: &Connection, number: i64) -> rusqlite::Result<()> {
    db.execute("DELETE FROM sys_bulk_job WHERE number = ?1", [number])?;
    Ok(())
}

/// Finished and abandoned jobs made before a moment.
///
/// # Errors
/// SQLite's.
pub fn expired(db: &Connection, before: &str) -> rusqlite::Result<Vec<(i64, String)>> {
    db.prepare_cached(
        "SELECT number, id FROM sys_bulk_job WHERE created < ?1
             AND state NOT IN ('UploadComplete', 'InProgress')",
    )?
    .query_map([before], |row| Ok((row.get(0)?, row.get(1)?)))?
    .collect()
}
