//! Emptying the bin: rows that no query finds any more.

use super::{table, write};
use crate::demo::call::Call;
use crate::demo::error::Refusal;
use crate::demo::rights::Reach;
use crate::demo::schema::{ObjectDef, OnParentDelete};
use crate::demo::store::quoted;

/// Children of children of children, at most.
const DEEPEST: usize = 10;

/// Removes a row in the bin for good, with its children that are there too.
///
/// # Errors
/// `INVALID_ID_FIELD` for a row that is not in the bin, `INSUFFICIENT_ACCESS_OR_READONLY`.
pub fn purge(call: &Call<'_>, object: &ObjectDef, id: &str) -> Result<(), Refusal> {
    let row = table::load(call.db, object, id)?.ok_or_else(Refusal::cross_reference)?;
    let object = call.whole_of(object);
    if !row.flag("IsDeleted") {
        return Err(Refusal::row(
            "INVALID_ID_FIELD",
            "Entity is not in the recycle bin",
            &[],
        ));
    }
    write::permitted(call, object, id, Reach::Own)?;
    remove(&call.inside(), object, id, 0)
}

fn remove(call: &Call<'_>, object: &ObjectDef, id: &str, depth: usize) -> Result<(), Refusal> {
    if depth < DEEPEST {
        let children = call
            .schema
            .children_of(&object.name)
            .filter(|(_, field)| field.on_parent_delete == OnParentDelete::Cascade);
        for (child, field) in children {
            let sql = format!(
                "SELECT \"Id\" FROM {} WHERE {} = ?1 AND \"IsDeleted\" = 1",
                quoted(&child.name),
                quoted(&field.name)
            );
            let ids: Vec<String> = call
                .db
                .prepare_cached(&sql)?
                .query_map([id], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            for id in ids {
                remove(call, child, &id, depth + 1)?;
            }
        }
    }
    table::remove(call.db, object, id)?;
    Ok(())
}
