//! The word index behind SOSL: one FTS5 table per searchable object, keyed by row
//! number, with a column for names, e-mails, phones and the rest.

use rusqlite::Connection;

use super::quoted;
use crate::demo::schema::{FieldDef, FieldKind, ObjectDef};

/// The index of an object.
pub fn table(object: &ObjectDef) -> String {
    quoted(&format!("words_{}", object.name))
}

/// The words of an object's index, folded as the index has them.
fn vocabulary(object: &ObjectDef) -> String {
    quoted(&format!("vocabulary_{}", object.name))
}

/// Words of the index that a pattern with `*` and `?` means, at most 500.
///
/// # Errors
/// SQLite's.
pub fn matching(
    db: &Connection,
    object: &ObjectDef,
    pattern: &str,
) -> rusqlite::Result<Vec<String>> {
    let head: String = pattern
        .chars()
        .take_while(char::is_ascii_alphanumeric)
        .collect();
    let sql = format!(
        "SELECT term FROM {} WHERE term >= ?1 AND term <= ?2 AND term GLOB ?3 LIMIT 500",
        vocabulary(object)
    );
    db.prepare_cached(&sql)?
        .query_map(
            [head.as_str(), &format!("{head}\u{10FFFF}"), pattern],
            |row| row.get(0),
        )?
        .collect()
}

/// Makes the index of a searchable object.
pub(super) fn make(db: &Connection, object: &ObjectDef) -> rusqlite::Result<()> {
    if !object.searchable {
        return Ok(());
    }
    let (words, vocabulary) = (table(object), vocabulary(object));
    db.execute_batch(&format!(
        "CREATE VIRTUAL TABLE IF NOT EXISTS {words} USING fts5(name, email, phone, rest,
             content = '', contentless_delete = 1, prefix = '2',
             tokenize = 'unicode61 remove_diacritics 2');
         CREATE VIRTUAL TABLE IF NOT EXISTS {vocabulary} USING fts5vocab({words}, 'row')"
    ))
}

/// Which index column a field's text goes to.
fn column_of(field: &FieldDef) -> Option<usize> {
    let by_kind = match field.kind {
        FieldKind::Email => 1,
        FieldKind::Phone => 2,
        FieldKind::String | FieldKind::TextArea | FieldKind::Combobox | FieldKind::Url => 3,
        _ => return None,
    };
    let is_name = field.name_field || field.compound.as_deref() == Some("Name");
    field
        .is_stored()
        .then_some(if is_name { 0 } else { by_kind })
}

/// Puts the words of the rows from `first` to `last` in the index, in place of what it had.
///
/// # Errors
/// SQLite's.
pub fn put(db: &Connection, object: &ObjectDef, first: i64, last: i64) -> rusqlite::Result<()> {
    if !object.searchable {
        return Ok(());
    }
    let texts: Vec<String> = (0..4).map(|column| texts_of(object, column)).collect();
    let sql = format!(
        "INSERT OR REPLACE INTO {} (rowid, name, email, phone, rest)
         SELECT rid, {} FROM {} WHERE rid BETWEEN ?1 AND ?2",
        table(object),
        texts.join(", "),
        quoted(&object.name)
    );
    db.prepare_cached(&sql)?.execute([first, last])?;
    Ok(())
}

/// Takes the words of a row in the bin out of the index, before the row itself goes.
///
/// # Errors
/// SQLite's.
pub fn forget(db: &Connection, object: &ObjectDef, id: &str) -> rusqlite::Result<()> {
    if !object.searchable {
        return Ok(());
    }
    let sql = format!(
        "DELETE FROM {} WHERE rowid IN (SELECT rid FROM {} WHERE \"Id\" = ?1 AND \"IsDeleted\" = 1)",
        table(object),
        quoted(&object.name)
    );
    db.prepare_cached(&sql)?.execute([id])?;
    Ok(())
}

/// The texts of one index column, as SQL.
fn texts_of(object: &ObjectDef, column: usize) -> String {
    let names: Vec<String> = object
        .stored()
        .filter(|field| column_of(field) == Some(column))
        .map(|field| quoted(&field.name))
        .collect();
    if names.is_empty() {
        "''".to_owned()
    } else {
        format!("concat_ws(char(10), {})", names.join(", "))
    }
}
