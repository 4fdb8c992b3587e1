//! Rows in and out of their tables, and nothing else: no checks, no derived values.

use rusqlite::types::Value as Sql;
use rusqlite::{Connection, OptionalExtension, params_from_iter};

use super::Draft;
use crate::demo::schema::ObjectDef;
use crate::demo::store::{quoted, words};

/// A row by its 18-character id, deleted or not, with `rid`.
pub fn load(db: &Connection, object: &ObjectDef, id: &str) -> rusqlite::Result<Option<Draft>> {
    // Blobs stay where they are: nothing derives from them.
    let names: Vec<&str> = object
        .stored()
        .filter(|field| field.kind != crate::demo::schema::FieldKind::Base64)
        .map(|field| field.name.as_str())
        .chain(["IsDeleted", "rid"])
        .collect();
    let columns: Vec<String> = names.iter().map(|name| quoted(name)).collect();
    let sql = format!(
        "SELECT {} FROM {} WHERE \"Id\" = ?1",
        columns.join(", "),
        quoted(&object.name)
    );
    db.prepare_cached(&sql)?
        .query_row([id], |row| {
            let mut draft = Draft::default();
            for (index, name) in names.iter().enumerate() {
                draft.set(name, row.get(index)?);
            }
            Ok(draft)
        })
        .optional()
}

/// Whether a live row has this id.
pub fn exists(db: &Connection, object: &ObjectDef, id: &str) -> rusqlite::Result<bool> {
    db.prepare_cached(&format!(
        "SELECT 1 FROM {} WHERE \"Id\" = ?1 AND \"IsDeleted\" = 0",
        quoted(&object.name)
    ))?
    .exists([id])
}

/// Inserts a row and its words.
pub fn insert(db: &Connection, object: &ObjectDef, row: &Draft) -> rusqlite::Result<()> {
    let rid = insert_wordless(db, object, row)?;
    words::put(db, object, rid, rid)
}

/// Inserts a row that search will not find until [`words::put`]; gives its number.
pub fn insert_wordless(db: &Connection, object: &ObjectDef, row: &Draft) -> rusqlite::Result<i64> {
    let names: Vec<&str> = object
        .stored()
        .map(|field| field.name.as_str())
        .filter(|name| row.has(name))
        .collect();
    db.prepare_cached(&insert_sql(object, &names))?
        .execute(params_from_iter(names.iter().map(|name| row.get(name))))?;
    Ok(db.last_insert_rowid())
}

/// The statement that inserts values of these columns, in their order.
pub fn insert_sql(object: &ObjectDef, names: &[&str]) -> String {
    let columns: Vec<String> = names.iter().map(|name| quoted(name)).collect();
    let places = vec!["?"; names.len()];
    format!(
        "INSERT INTO {} ({}) VALUES ({})",
        quoted(&object.name),
        columns.join(", "),
        places.join(", ")
    )
}

/// Writes the given values to a row, and its words again; `row` is the whole row after.
pub fn update(
    db: &Connection,
    object: &ObjectDef,
    row: &Draft,
    changed: &[String],
) -> rusqlite::Result<()> {
    let id = row.text("Id").unwrap_or_default();
    if !changed.is_empty() {
        let sets: Vec<String> = changed
            .iter()
            .map(|name| format!("{} = ?", quoted(name)))
            .collect();
        let sql = format!(
            "UPDATE {} SET {} WHERE \"Id\" = ?",
            quoted(&object.name),
            sets.join(", ")
        );
        let id = Sql::Text(id.to_owned());
        let values = changed.iter().map(|name| row.get(name)).chain([&id]);
        db.prepare_cached(&sql)?.execute(params_from_iter(values))?;
    }
    match row.integer("rid") {
        Some(rid) => words::put(db, object, rid, rid),
        None => Ok(()),
    }
}

/// Removes a row and its words for good.
pub fn remove(db: &Connection, object: &ObjectDef, id: &str) -> rusqlite::Result<()> {
    let sql = format!(
        "DELETE FROM {} WHERE \"Id\" = ?1 RETURNING rid",
        quoted(&object.name)
    );
    let gone: Option<i64> = db
        .prepare_cached(&sql)?
        .query_row([id], |row| row.get(0))
        .optional()?;
    match gone.filter(|_| object.searchable) {
        Some(rid) => db
            .prepare_cached(&format!(
                "DELETE FROM {} WHERE rowid = ?1",
                words::table(object)
            ))?
            .execute([rid])
            .map(drop),
        None => Ok(()),
    }
}

/// One value of one row.
pub fn value(
    db: &Connection,
    object: &str,
    field: &str,
    id: &str,
) -> rusqlite::Result<Option<Sql>> {
    db.prepare_cached(&format!(
        "SELECT {} FROM {} WHERE \"Id\" = ?1",
        quoted(field),
        quoted(object)
    ))?
    .query_row([id], |row| row.get(0))
    .optional()
}

/// One text of one row.
pub fn text(
    db: &Connection,
    object: &str,
    field: &str,
    id: &str,
) -> rusqlite::Result<Option<String>> {
    Ok(match value(db, object, field, id)? {
        Some(Sql::Text(text)) => Some(text),
        _ => None,
    })
}
