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
             content = '', contentless_delete = 1, prefix = '2 3',
             tokenize = 'unicode61 remove_diacritics 2');
         CREATE VIRTUAL TABLE IF NOT EXISTS {vocabulary} USING fts5vocab({words}, 'row')"
    ))
}

/// Which index column a field's text goes to.
pub fn column_of(field: &FieldDef) -> Option<usize> {
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

/// Puts a row's words in the index, in place of what it had.
///
/// # Errors
/// SQLite's.
pub fn put<'a>(
    db: &Connection,
    object: &ObjectDef,
    rid: i64,
    text_of: impl Fn(&FieldDef) -> Option<&'a str>,
) -> rusqlite::Result<()> {
    if !object.searchable {
        return Ok(());
    }
    let mut parts: [String; 4] = Default::default();
    for field in object.stored() {
        if let (Some(index), Some(text)) = (column_of(field), text_of(field))
            && let Some(part) = parts.get_mut(index)
        {
            part.push_str(text);
            part.push('\n');
        }
    }
    let [name, email, phone, rest] = parts;
    db.prepare_cached(&format!(
        "INSERT OR REPLACE INTO {} (rowid, name, email, phone, rest) VALUES (?1, ?2, ?3, ?4, ?5)",
        table(object)
    ))?
    .execute(rusqlite::params![rid, name, email, phone, rest])?;
    Ok(())
}
