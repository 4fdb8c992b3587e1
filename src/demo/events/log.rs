//! The kept events, in the order they were made; their numbers are the replay ids.

use rusqlite::{Connection, params};
use serde_json::Value;

/// Makes the table of events.
pub const TABLE: &str = "
    CREATE TABLE IF NOT EXISTS sys_event (
        replay INTEGER PRIMARY KEY AUTOINCREMENT, channel TEXT NOT NULL,
        created INTEGER NOT NULL, body TEXT NOT NULL);";

/// Hours events are kept (Platform Events and Change Data Capture guides).
const KEPT_HOURS: i64 = 72;
/// Events kept at most; a load of rows does not fill the disk.
const MOST: i64 = 100_000;
/// Old events are dropped with every such event.
const SWEEP: i64 = 1_000;
/// Events looked at by one call.
const PAGE: i64 = 500;

/// One kept event.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    pub replay: i64,
    /// The channel it was made for.
    pub channel: String,
    /// `{schema, payload}`.
    pub body: Value,
}

/// Keeps an event.
///
/// # Errors
/// SQLite's.
pub fn append(
    db: &Connection,
    channel: &str,
    now: jiff::Timestamp,
    body: &Value,
) -> rusqlite::Result<i64> {
    db.prepare_cached("INSERT INTO sys_event (channel, created, body) VALUES (?1, ?2, ?3)")?
        .execute(params![channel, now.as_millisecond(), body.to_string()])?;
    let replay = db.last_insert_rowid();
    if replay % SWEEP == 0 {
        let old = now.as_millisecond() - KEPT_HOURS * 3_600_000;
        db.prepare_cached("DELETE FROM sys_event WHERE replay <= ?1 OR created < ?2")?
            .execute([replay - MOST, old])?;
    }
    Ok(replay)
}

/// The next events behind a number, of any channel, and the number looked up to.
///
/// # Errors
/// SQLite's.
pub fn behind(db: &Connection, replay: i64) -> rusqlite::Result<Vec<Kept>> {
    db.prepare_cached(
        "SELECT replay, channel, body FROM sys_event WHERE replay > ?1 ORDER BY replay LIMIT ?2",
    )?
    .query_map([replay, PAGE], |row| {
        let body: String = row.get(2)?;
        Ok(Kept {
            replay: row.get(0)?,
            channel: row.get(1)?,
            body: serde_json::from_str(&body).unwrap_or(Value::Null),
        })
    })?
    .collect()
}

/// The number of the newest event ever made.
///
/// # Errors
/// SQLite's.
pub fn newest(db: &Connection) -> rusqlite::Result<i64> {
    db.prepare_cached("SELECT ifnull(max(seq), 0) FROM sqlite_sequence WHERE name = 'sys_event'")?
        .query_row([], |row| row.get(0))
}

/// Whether the events behind a number are all kept.
///
/// # Errors
/// SQLite's.
pub fn is_valid(db: &Connection, replay: i64) -> rusqlite::Result<bool> {
    let newest = newest(db)?;
    let oldest: i64 = db
        .prepare_cached("SELECT ifnull(min(replay), ?1) FROM sys_event")?
        .query_row([newest + 1], |row| row.get(0))?;
    Ok((oldest - 1..=newest).contains(&replay))
}
