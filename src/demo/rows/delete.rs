//! Deleting: into the bin, with the children that go along, unless a child forbids it.

use rusqlite::params;

use super::{Draft, derive, rollup, table, write};
use crate::demo::call::Call;
use crate::demo::error::Refusal;
use crate::demo::events::{self, Change};
use crate::demo::rights::{Reach, setup};
use crate::demo::schema::{FieldDef, ObjectDef, OnParentDelete};
use crate::demo::store::{quoted, words};
use crate::demo::users::mixed;

/// Children of children of children, at most.
const DEEPEST: usize = 10;

/// Puts a row and its dependent children in the bin.
///
/// # Errors
/// 404 for an unknown or deleted row; `DELETE_FAILED` when a child forbids it.
pub fn delete(call: &Call<'_>, object: &ObjectDef, id: &str) -> Result<(), Refusal> {
    let row = write::existing(call, object, id)?;
    let object = call.whole_of(object);
    if object.deletable {
        write::permitted(call, object, id, Reach::Own)?;
    } else {
        let text = format!("entity type cannot be deleted: {}", object.label);
        return Err(Refusal::row(
            "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
            text,
            &[],
        ));
    }
    mixed::check(call, object, None)?;
    let call = &call.inside();
    setup::before_delete(call, object, &row)?;
    bin(call, object, &row, 0)?;
    if matches!(object.name.as_str(), "Task" | "Event") {
        derive::touch_parents(call, &[&row])?;
    }
    Ok(())
}

/// Takes a row out of the bin for good. What depended on it stays there.
///
/// # Errors
/// SQLite's.
pub fn purge(call: &Call<'_>, object: &ObjectDef, id: &str) -> Result<(), Refusal> {
    let object = call.whole_of(object);
    words::forget(call.db, object, id)?;
    let sql = format!(
        "DELETE FROM {} WHERE \"Id\" = ?1 AND \"IsDeleted\" = 1",
        quoted(&object.name)
    );
    call.db.prepare_cached(&sql)?.execute([id])?;
    Ok(())
}

fn bin(call: &Call<'_>, object: &ObjectDef, row: &Draft, depth: usize) -> Result<(), Refusal> {
    let id = row.text("Id").unwrap_or_default();
    let stamp = call.stamp();
    let stamped = if object.field("SystemModstamp").is_some() {
        ", SystemModstamp = ?2"
    } else {
        ""
    };
    let sql = format!(
        "UPDATE {} SET \"IsDeleted\" = 1{stamped} WHERE \"Id\" = ?1",
        quoted(&object.name)
    );
    if stamped.is_empty() {
        call.db.execute(&sql, params![id])?;
    } else {
        call.db.execute(&sql, params![id, stamp])?;
    }
    events::changed(call, object, row, Change::Delete)?;
    twins(call, object, id)?;
    rollup::refresh(call, object, &[row])?;
    if depth == DEEPEST {
        return Ok(());
    }
    for (child, field) in call
        .schema
        .children_of(&object.name)
        .filter(|(_, field)| field.child_relationship.is_some())
    {
        let ids = children(call, child, field, id)?;
        if ids.is_empty() {
            continue;
        }
        match field.on_parent_delete {
            OnParentDelete::Restrict => return Err(forbidden(call, object, row, child, &ids)?),
            OnParentDelete::Clear => clear(call, child, field, id)?,
            OnParentDelete::Cascade => {
                for id in ids {
                    if let Some(row) = table::load(call.db, child, &id)? {
                        bin(call, child, &row, depth + 1)?;
                    }
                }
            }
        }
    }
    Ok(())
}

/// A note and its document are one.
fn twins(call: &Call<'_>, object: &ObjectDef, id: &str) -> Result<(), Refusal> {
    let others: &[&str] = match object.name.as_str() {
        "ContentNote" => &["ContentDocument"],
        "ContentDocument" => &["ContentNote"],
        _ => return Ok(()),
    };
    for other in others {
        call.db.execute(
            &format!("UPDATE {other} SET IsDeleted = 1 WHERE Id = ?1"),
            [id],
        )?;
    }
    call.db.execute(
        "UPDATE ContentDocumentLink SET IsDeleted = 1 WHERE ContentDocumentId = ?1",
        [id],
    )?;
    Ok(())
}

fn children(
    call: &Call<'_>,
    child: &ObjectDef,
    field: &FieldDef,
    id: &str,
) -> Result<Vec<String>, Refusal> {
    let sql = format!(
        "SELECT \"Id\" FROM {} WHERE {} = ?1 AND \"IsDeleted\" = 0",
        quoted(&child.name),
        quoted(&field.name)
    );
    let mut statement = call.db.prepare_cached(&sql)?;
    Ok(statement
        .query_map([id], |row| row.get(0))?
        .collect::<Result<_, _>>()?)
}

fn clear(call: &Call<'_>, child: &ObjectDef, field: &FieldDef, id: &str) -> Result<(), Refusal> {
    let name = quoted(&field.name);
    let sql = format!(
        "UPDATE {} SET {name} = NULL WHERE {name} = ?1",
        quoted(&child.name)
    );
    call.db.execute(&sql, [id])?;
    Ok(())
}

fn forbidden(
    call: &Call<'_>,
    object: &ObjectDef,
    row: &Draft,
    child: &ObjectDef,
    ids: &[String],
) -> Result<Refusal, Refusal> {
    let name_of = |object: &ObjectDef| {
        object
            .name_field()
            .map_or("Id", |field| field.name.as_str())
            .to_owned()
    };
    let mut names = Vec::new();
    for id in ids {
        names.push(
            table::text(call.db, &child.name, &name_of(child), id)?.unwrap_or_else(|| id.clone()),
        );
    }
    let text = format!(
        "Your attempt to delete {} could not be completed because it is associated with the following {}.: {}\n",
        row.text(&name_of(object)).unwrap_or_default(),
        child.label_plural.to_lowercase(),
        names.join(", ")
    );
    Ok(Refusal::row("DELETE_FAILED", text, &[]))
}
