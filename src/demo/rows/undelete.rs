//! Bringing a row back from the bin, with what went there because of it.

use rusqlite::params;

use super::{Draft, derive, rollup, table, write};
use crate::demo::call::Call;
use crate::demo::error::Refusal;
use crate::demo::rights::Reach;
use crate::demo::schema::{FieldDef, ObjectDef, OnParentDelete};
use crate::demo::store::quoted;

/// Children of children of children, at most.
const DEEPEST: usize = 10;

/// Takes a row and what was deleted with it out of the bin.
///
/// # Errors
/// `UNDELETE_FAILED` for a row that is not there, `INSUFFICIENT_ACCESS_OR_READONLY`.
pub fn undelete(call: &Call<'_>, object: &ObjectDef, id: &str) -> Result<(), Refusal> {
    let row = table::load(call.db, object, id)?.ok_or_else(Refusal::cross_reference)?;
    let object = call.whole_of(object);
    if !object.undeletable {
        let text = format!("entity type cannot be undeleted: {}", object.label);
        return Err(Refusal::row(
            "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
            text,
            &[],
        ));
    }
    if !row.flag("IsDeleted") {
        return Err(Refusal::row(
            "UNDELETE_FAILED",
            "Entity is not in the recycle bin",
            &[],
        ));
    }
    write::permitted(call, object, id, Reach::Own)?;
    let call = &call.inside();
    back(call, object, &row, 0)?;
    if matches!(object.name.as_str(), "Task" | "Event") {
        derive::touch_parents(call, &[&row])?;
    }
    Ok(())
}

fn back(call: &Call<'_>, object: &ObjectDef, row: &Draft, depth: usize) -> Result<(), Refusal> {
    let id = row.text("Id").unwrap_or_default();
    let name = quoted(&object.name);
    if object.field("SystemModstamp").is_some() {
        let sql =
            format!("UPDATE {name} SET \"IsDeleted\" = 0, SystemModstamp = ?2 WHERE \"Id\" = ?1");
        call.db.execute(&sql, params![id, call.stamp()])?;
    } else {
        call.db.execute(
            &format!("UPDATE {name} SET \"IsDeleted\" = 0 WHERE \"Id\" = ?1"),
            [id],
        )?;
    }
    twins(call, object, id)?;
    rollup::refresh(call, object, &[row])?;
    if depth == DEEPEST {
        return Ok(());
    }
    let whole = call.schema;
    let children = whole
        .children_of(&object.name)
        .filter(|(_, field)| field.child_relationship.is_some())
        .filter(|(_, field)| field.on_parent_delete == OnParentDelete::Cascade);
    for (child, field) in children {
        for gone in together(call, (child, field), row)? {
            back(call, child, &gone, depth + 1)?;
        }
    }
    Ok(())
}

/// Children that went to the bin in the same moment as their parent.
fn together(
    call: &Call<'_>,
    (child, field): (&ObjectDef, &FieldDef),
    parent: &Draft,
) -> Result<Vec<Draft>, Refusal> {
    let sql = format!(
        "SELECT \"Id\" FROM {} WHERE {} = ?1 AND \"IsDeleted\" = 1",
        quoted(&child.name),
        quoted(&field.name)
    );
    let id = parent.text("Id").unwrap_or_default();
    let ids: Vec<String> = call
        .db
        .prepare_cached(&sql)?
        .query_map([id], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let mut found = Vec::new();
    for id in ids {
        if let Some(row) = table::load(call.db, child, &id)? {
            let moments = (row.text("SystemModstamp"), parent.text("SystemModstamp"));
            if matches!(moments, (None, _) | (_, None)) || moments.0 == moments.1 {
                found.push(row);
            }
        }
    }
    Ok(found)
}

/// A note and its document are one, and their links come back with them.
fn twins(call: &Call<'_>, object: &ObjectDef, id: &str) -> Result<(), Refusal> {
    if !matches!(object.name.as_str(), "ContentNote" | "ContentDocument") {
        return Ok(());
    }
    for name in ["ContentNote", "ContentDocument"] {
        call.db.execute(
            &format!("UPDATE {name} SET IsDeleted = 0 WHERE Id = ?1"),
            [id],
        )?;
    }
    call.db.execute(
        "UPDATE ContentDocumentLink SET IsDeleted = 0 WHERE ContentDocumentId = ?1",
        [id],
    )?;
    Ok(())
}
