//! What can still be read of an outbox that is damaged: rows that fit their checksum, and
//! drafts. The damaged file is moved aside, never changed and never sent from. Must not
//! know what a write means.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::file;
use super::row::{COLUMNS, StoredOp};
use crate::domain::failure::Failure;

/// Beyond this, numbers of rows are taken for damage.
const MOST_ROWS: i64 = 1_000_000;

/// First bytes of a file of ours (SQLite file format, 1.3): its name, pages of 4096 bytes,
/// no journal beside it, fractions that never change.
const HEADER: &[u8; 24] = b"SQLite format 3\0\x10\x00\x01\x01\x00\x40\x20\x20";

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Salvaged {
    /// By number.
    pub ops: BTreeMap<i64, StoredOp>,
    /// Rows that were there and did not fit their checksum.
    pub bad: usize,
    /// Connection, key, draft, saved.
    pub drafts: Vec<[String; 4]>,
    /// Write, time, state, note.
    pub history: Vec<[String; 4]>,
}

/// A free name beside the file that tells when.
pub(super) fn aside_of(path: &Path, now: Timestamp) -> PathBuf {
    let name = now.strftime("outbox-damaged-%Y%m%d-%H%M%S").to_string();
    (0..1_000)
        .map(|count| match count {
            0 => path.with_file_name(format!("{name}.db")),
            _ => path.with_file_name(format!("{name}-{count}.db")),
        })
        .find(|aside| !aside.exists())
        .unwrap_or_else(|| path.with_file_name("outbox-damaged.db"))
}

/// Moves the file and what belongs to it aside.
pub(super) fn move_aside(path: &Path, aside: &Path) -> Result<(), Failure> {
    // The main file first: a journal without it is not taken for another's.
    for ending in ["", "-wal", "-journal"] {
        let (from, to) = (with(path, ending), with(aside, ending));
        match fs::rename(&from, &to) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(file::unusable(&from, error, "move it aside by hand"));
            }
            _ => {}
        }
    }
    // Only an index of the `-wal`, which is made anew.
    let _ = fs::remove_file(with(path, "-shm"));
    Ok(())
}

/// Removes a file and what belongs to it; one that is not there is as good.
pub(super) fn remove(path: &Path) {
    for ending in ["", "-wal", "-shm", "-journal"] {
        let _ = fs::remove_file(with(path, ending));
    }
}

fn with(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// Reads what can be read, from a copy: reading a journal changes files.
pub(super) fn read(aside: &Path) -> Salvaged {
    let copy = with(aside, "-copy");
    let mut salvaged = Salvaged::default();
    let copied = fs::copy(aside, &copy).is_ok();
    let _ = fs::copy(with(aside, "-wal"), with(&copy, "-wal"));
    if copied && take(&copy, &mut salvaged).is_err() && mend_header(&copy).is_ok() {
        let _ = take(&copy, &mut salvaged);
    }
    remove(&copy);
    salvaged
}

/// A few bytes at its start decide whether a file is a database at all, and in ours they
/// are always the same.
fn mend_header(copy: &Path) -> std::io::Result<()> {
    let _ = fs::remove_file(with(copy, "-wal"));
    let mut file = fs::OpenOptions::new().write(true).open(copy)?;
    file.seek(SeekFrom::Start(0))?;
    file.write_all(HEADER)
}

fn take(copy: &Path, into: &mut Salvaged) -> rusqlite::Result<()> {
    let sql = Connection::open(copy)?;
    // Damage may be in an index: every row is read by its number.
    sql.execute_batch("PRAGMA cell_size_check = ON; PRAGMA automatic_index = OFF;")?;
    let columns = match has_delivery(&sql)? {
        true => COLUMNS.to_owned(),
        false => COLUMNS.replace("delivery", "''"),
    };
    take_ops(&sql, &columns, into)?;
    into.drafts = texts(
        &sql,
        "SELECT connection, key, draft, saved FROM drafts NOT INDEXED",
    );
    into.history = texts(&sql, "SELECT op, at, state, note FROM history NOT INDEXED");
    Ok(())
}

fn has_delivery(sql: &Connection) -> rusqlite::Result<bool> {
    let mut statement = sql.prepare("SELECT name FROM pragma_table_info('ops')")?;
    let names: Vec<String> = statement
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(names.iter().any(|name| name == "delivery"))
}

fn take_ops(sql: &Connection, columns: &str, into: &mut Salvaged) -> rusqlite::Result<()> {
    let mut numbers = Vec::new();
    for order in ["ASC", "DESC"] {
        // From both ends, for a scan stops at the first page that cannot be read.
        let scan = format!("SELECT {columns} FROM ops NOT INDEXED ORDER BY number {order}");
        let mut statement = sql.prepare(&scan)?;
        let mut rows = statement.query([])?;
        while let Ok(Some(row)) = rows.next() {
            let Ok(op) = StoredOp::read(row) else { break };
            numbers.push(op.number);
            into.keep(op);
            if numbers.len() as i64 > 2 * MOST_ROWS {
                break;
            }
        }
    }
    // What lies between two such pages is found one by one.
    let most = numbers.iter().copied().max().unwrap_or(0).min(MOST_ROWS);
    let one = format!("SELECT {columns} FROM ops NOT INDEXED WHERE number = ?1");
    let mut one = sql.prepare(&one)?;
    for number in (1..=most).filter(|number| !numbers.contains(number)) {
        if let Ok(op) = one.query_row([number], StoredOp::read) {
            into.keep(op);
        }
    }
    Ok(())
}

fn texts(sql: &Connection, select: &str) -> Vec<[String; 4]> {
    let mut found = Vec::new();
    let Ok(mut statement) = sql.prepare(select) else {
        return found;
    };
    let Ok(mut rows) = statement.query([]) else {
        return found;
    };
    while let Ok(Some(row)) = rows.next() {
        let text = |column: usize| row.get::<_, String>(column).ok();
        if let (Some(a), Some(b), Some(c), Some(d)) = (text(0), text(1), text(2), text(3)) {
            found.push([a, b, c, d]);
        }
    }
    found
}

impl Salvaged {
    fn keep(&mut self, op: StoredOp) {
        match op.to_op() {
            Ok(_) => {
                self.ops.entry(op.number).or_insert(op);
            }
            Err(_) if !self.ops.contains_key(&op.number) => self.bad += 1,
            Err(_) => {}
        }
    }

    /// Connections that have writes among them.
    pub(super) fn connections(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.ops.values().map(|op| op.connection.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Puts everything in a new outbox, in one transaction.
    pub(super) fn put(&self, sql: &Connection) -> rusqlite::Result<()> {
        let transaction = sql.unchecked_transaction()?;
        let insert = format!(
            "INSERT OR IGNORE INTO ops ({COLUMNS})
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)"
        );
        for op in self.ops.values() {
            transaction.execute(&insert, params_from_iter(values(op)))?;
        }
        let mut drafts = transaction.prepare(
            "INSERT OR REPLACE INTO drafts (connection, key, draft, saved)
             VALUES (?1, ?2, ?3, ?4)",
        )?;
        for draft in &self.drafts {
            drafts.execute(params_from_iter(draft))?;
        }
        let mut history = transaction
            .prepare("INSERT INTO history (op, at, state, note) VALUES (?1, ?2, ?3, ?4)")?;
        for note in &self.history {
            history.execute(params_from_iter(note))?;
        }
        drop((drafts, history));
        transaction.commit()
    }
}

fn values(op: &StoredOp) -> Vec<Value> {
    let texts = [&op.id, &op.connection, &op.org_id, &op.write, &op.state];
    let rest = [
        &op.failure,
        &op.ids,
        &op.owner,
        &op.created,
        &op.changed,
        &op.checksum,
        &op.delivery,
    ];
    let text = |text: &String| Value::Text(text.clone());
    let attempts = op.attempts.parse().unwrap_or_default();
    let mut values = vec![Value::Integer(op.number)];
    values.extend(texts.into_iter().map(text));
    values.push(Value::Integer(attempts));
    values.extend(rest.into_iter().map(text));
    values
}
