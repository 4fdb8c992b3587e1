//! The tables: made from the schema when the file is new, widened when the schema has
//! grown since. A fingerprint keeps an unchanged file from being looked through.

use jiff::Timestamp;
use rusqlite::Connection;

use super::{APPLICATION_ID, quoted, remember, remembered, words};
use crate::demo::schema::{FieldDef, FieldKind, ObjectDef, Schema, fingerprint};
use crate::demo::{bulk, events, oauth};

/// Goes up when the tables below change shape.
const LAYOUT: u32 = 4;

const OWN_TABLES: &str = "
    CREATE TABLE IF NOT EXISTS sys_meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS sys_counter (name TEXT PRIMARY KEY, last INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS sys_recent (
        user_id TEXT NOT NULL, id TEXT NOT NULL, object TEXT NOT NULL, seen INTEGER NOT NULL,
        PRIMARY KEY (user_id, id)) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS sys_idempotency (
        user_id TEXT NOT NULL, key TEXT NOT NULL, asks TEXT NOT NULL, status INTEGER NOT NULL,
        body BLOB NOT NULL, answered TEXT NOT NULL, PRIMARY KEY (user_id, key));
    CREATE TABLE IF NOT EXISTS sys_schema (number INTEGER PRIMARY KEY, lines TEXT NOT NULL);";

/// Makes or widens the tables.
pub fn bring_up(db: &Connection, schema: &Schema) -> rusqlite::Result<()> {
    let mark: i64 = db.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    let tables: i64 = db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if mark != APPLICATION_ID && tables > 0 {
        return Err(rusqlite::Error::InvalidParameterName(
            "made by another program".into(),
        ));
    }
    let wanted = format!("{LAYOUT} {}", fingerprint());
    if tables > 0 && remembered(db, "schema")?.as_deref() == Some(&wanted) {
        return Ok(());
    }
    db.execute_batch(&format!(
        "BEGIN; PRAGMA application_id = {APPLICATION_ID}; {OWN_TABLES} {}",
        [oauth::TABLES, bulk::TABLE, events::TABLE].concat()
    ))?;
    for object in &schema.objects {
        object_table(db, object)?;
    }
    remember(db, "schema", &wanted)?;
    remember(db, "schema changed", &Timestamp::now().to_string())?;
    db.execute_batch("COMMIT")
}

/// Makes or widens the table of one object, with its indexes and words.
///
/// # Errors
/// SQLite's.
pub fn object_table(db: &Connection, object: &ObjectDef) -> rusqlite::Result<()> {
    let table = quoted(&object.name);
    let present = columns(db, &object.name)?;
    if present.is_empty() {
        let mut wanted: Vec<String> = object.stored().map(column).collect();
        if object.field("IsDeleted").is_none() {
            // Every row can go to the bin, though the object may not say so.
            wanted.push("\"IsDeleted\" INTEGER NOT NULL DEFAULT 0".into());
        }
        db.execute_batch(&format!(
            "CREATE TABLE {table} (rid INTEGER PRIMARY KEY, {})",
            wanted.join(", ")
        ))?;
    } else {
        for field in object
            .stored()
            .filter(|field| !present.contains(&field.name))
        {
            db.execute_batch(&format!("ALTER TABLE {table} ADD COLUMN {}", column(field)))?;
        }
    }
    for field in object.stored().filter(|field| is_indexed(field)) {
        let name = quoted(&format!("by_{}_{}", object.name, field.name));
        db.execute_batch(&format!(
            "CREATE INDEX IF NOT EXISTS {name} ON {table} ({})",
            quoted(&field.name)
        ))?;
    }
    if object.field("LastViewedDate").is_some() {
        let name = quoted(&format!("viewed_{}", object.name));
        db.execute_batch(&format!(
            "CREATE INDEX IF NOT EXISTS {name} ON {table} (LastViewedDate) WHERE LastViewedDate IS NOT NULL"
        ))?;
    }
    words::make(db, object)
}

fn columns(db: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    db.prepare("SELECT name FROM pragma_table_info(?1)")?
        .query_map([table], |row| row.get(0))?
        .collect()
}

fn column(field: &FieldDef) -> String {
    let name = quoted(&field.name);
    let kind = match field.kind {
        FieldKind::Id => "TEXT NOT NULL UNIQUE",
        FieldKind::Boolean => "INTEGER NOT NULL DEFAULT 0",
        FieldKind::Int | FieldKind::Double | FieldKind::Currency | FieldKind::Percent => "INTEGER",
        FieldKind::Base64 => "BLOB",
        FieldKind::Reference | FieldKind::Date | FieldKind::DateTime | FieldKind::Time => "TEXT",
        _ if field.case_sensitive => "TEXT",
        _ => "TEXT COLLATE NOCASE",
    };
    format!("{name} {kind}")
}

/// Keys, names, and the lookups that related lists follow.
fn is_indexed(field: &FieldDef) -> bool {
    let lookup = field.kind == FieldKind::Reference && field.child_relationship.is_some();
    lookup
        || field.name_field
        || field.unique
        || field.external_id
        || (field.id_lookup && field.kind != FieldKind::Id)
}
