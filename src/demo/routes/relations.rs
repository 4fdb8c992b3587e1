//! Rows reached over a relationship (REST API guide, "sObject Relationships"): the parent,
//! which may be changed and deleted from here, and the children as a page of a query.

use super::only;
use super::sobjects::row;
use crate::demo::call::Call;
use crate::demo::error::Refusal;
use crate::demo::fields;
use crate::demo::rows::{read, table};
use crate::demo::schema::{FieldDef, ObjectDef};
use crate::demo::soql::plan::Bin;
use crate::demo::soql::run;
use crate::demo::wire::{Reply, Request};

/// Answers `…/sobjects/X/{id}/{parent, children or blob field}`.
///
/// # Errors
/// 404 for a row or a relationship there is not, and for a parent that is empty.
pub fn answer(
    call: &Call<'_>,
    method: &str,
    from: (&ObjectDef, &str),
    name: &str,
    request: &Request,
) -> Result<Reply, Refusal> {
    let (object, id) = from;
    if let Some(lookup) = object.field_by_relationship(name) {
        let parent = parent(call, object, id, lookup)?;
        let object = call.object_of_id(&parent).ok_or_else(Refusal::not_found)?;
        return row(call, method, object, &parent, request);
    }
    only(method, "GET,HEAD")?;
    match fields::child(call.schema, &object.name, name) {
        Some(child) => children(call, from, child, request),
        None => read::blob(call, object, id, name),
    }
}

/// The id behind a reference, of a row the asking user sees.
fn parent(
    call: &Call<'_>,
    object: &ObjectDef,
    id: &str,
    lookup: &FieldDef,
) -> Result<String, Refusal> {
    let row = seen(call, object, id, &lookup.name)?;
    let parent = row[lookup.name.as_str()].as_str();
    parent.map(str::to_owned).ok_or_else(Refusal::not_found)
}

fn seen(
    call: &Call<'_>,
    object: &ObjectDef,
    id: &str,
    field: &str,
) -> Result<serde_json::Value, Refusal> {
    if !table::exists(call.db, object, id)? {
        return Err(Refusal::not_found());
    }
    read::record(call, object, id, Some(field))?.ok_or_else(Refusal::not_found)
}

fn children(
    call: &Call<'_>,
    from: (&ObjectDef, &str),
    child: (&ObjectDef, &FieldDef),
    request: &Request,
) -> Result<Reply, Refusal> {
    let ((object, id), (child, field)) = (from, child);
    seen(call, object, id, "Id")?;
    let names = match request.param("fields") {
        Some(list) => list,
        None => {
            let all: Vec<&str> = child
                .fields
                .iter()
                .map(|field| field.name.as_str())
                .collect();
            all.join(", ")
        }
    };
    let soql = format!(
        "SELECT {names} FROM {} WHERE {} = '{id}'",
        child.name, field.name
    );
    run::query(call, &soql, Bin::Hidden, None)
}
