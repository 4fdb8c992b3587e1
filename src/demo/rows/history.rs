//! Field history: one row a changed field of those an object tracks, two for a
//! reference (names, then ids), one when the row was made. Knows no rules.

use rusqlite::types::Value as Sql;
use serde_json::Value;

use super::{Draft, table};
use crate::demo::call::Call;
use crate::demo::error::Refusal;
use crate::demo::schema::{FieldDef, FieldKind, ObjectDef, history_of};
use crate::demo::store;
use crate::demo::value;

/// Keeps what a write changed.
///
/// # Errors
/// SQLite's.
pub fn keep(
    call: &Call<'_>,
    object: &ObjectDef,
    row: &Draft,
    before: Option<&Draft>,
) -> Result<(), Refusal> {
    if object.tracked.is_empty() {
        return Ok(());
    }
    let (name, link) = history_of(&object.name);
    let Some(history) = call.schema.object(&name) else {
        return Ok(());
    };
    let entry = |field: &str, kind: &str| {
        let mut entry = Draft::default();
        entry.set(&link, row.get("Id").clone());
        entry.set_text("Field", field);
        entry.set_text("DataType", kind);
        entry
    };
    let Some(before) = before else {
        return add(call, history, entry("created", "Text"));
    };
    for field in object.tracked.iter().filter_map(|name| object.field(name)) {
        let (old, new) = (before.get(&field.name), row.get(&field.name));
        if old == new {
            continue;
        }
        let shown = shown_name(field);
        if field.kind == FieldKind::Reference {
            let mut names = entry(&shown, "Text");
            names.set("OldValue", json(name_of(call, old)?));
            names.set("NewValue", json(name_of(call, new)?));
            add(call, history, names)?;
        }
        let mut change = entry(&shown, data_type(field));
        change.set("OldValue", json(value::to_json(field.into(), old.into())));
        change.set("NewValue", json(value::to_json(field.into(), new.into())));
        add(call, history, change)?;
    }
    Ok(())
}

/// `Owner` for `OwnerId`, custom fields as they are.
fn shown_name(field: &FieldDef) -> String {
    match (&field.relationship_name, field.custom) {
        (Some(relation), false) => relation.clone(),
        _ => field.name.clone(),
    }
}

fn data_type(field: &FieldDef) -> &'static str {
    match field.kind {
        FieldKind::Reference => "EntityId",
        FieldKind::Boolean => "Boolean",
        FieldKind::Int | FieldKind::Double | FieldKind::Currency | FieldKind::Percent => "Number",
        FieldKind::Date | FieldKind::DateTime => "DateTime",
        _ => "Text",
    }
}

/// Null stays null; the rest is kept as its JSON text.
fn json(value: Value) -> Sql {
    match value {
        Value::Null => Sql::Null,
        other => Sql::Text(other.to_string()),
    }
}

fn name_of(call: &Call<'_>, id: &Sql) -> Result<Value, Refusal> {
    let Sql::Text(id) = id else {
        return Ok(Value::Null);
    };
    let Some(object) = call.object_of_id(id) else {
        return Ok(Value::Null);
    };
    let Some(field) = object.name_field() else {
        return Ok(Value::Null);
    };
    let name = table::text(call.db, &object.name, &field.name, id)?;
    Ok(name.map_or(Value::Null, Value::from))
}

fn add(call: &Call<'_>, history: &ObjectDef, mut entry: Draft) -> Result<(), Refusal> {
    entry.set_text("Id", store::next_id(call.db, "017")?);
    entry.set_text("CreatedById", call.user);
    entry.set_text("CreatedDate", call.stamp());
    table::insert(call.db, history, &entry)?;
    Ok(())
}
