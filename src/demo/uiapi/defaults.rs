//! What a form for a new record starts with: the layout, the object and a record that
//! is not there yet, from the org's defaults or from another record.

use rusqlite::types::ValueRef;
use serde_json::{Map, Value, json};

use super::display::Manner;
use super::record::{self, Wanted};
use super::{layout, object_info, of_id, record_type, supported, tagged};
use crate::demo::call::Call;
use crate::demo::error::Refusal;
use crate::demo::rows::{Draft, derive, read, table};
use crate::demo::schema::{FieldDef, FieldKind, ObjectDef};
use crate::demo::value;
use crate::demo::wire::{Reply, Request};

/// Answers a path below `record-defaults`.
///
/// # Errors
/// 404, and record types that are none.
pub fn answer(call: &Call<'_>, rest: &[&str], request: &Request) -> Result<Reply, Refusal> {
    let kind = request.param("recordTypeId");
    let (object, kind, values, template) = match rest {
        ["create", name] | ["template", "create", name] => {
            let object = supported(call, name)?;
            let kind = record_type(object, kind.as_deref())?;
            (object, kind, new_values(call, object), rest.len() == 3)
        }
        ["clone", id] | ["template", "clone", id] => {
            let (object, id) = of_id(call, id)?;
            if !table::exists(call.db, object, &id)? {
                return Err(Refusal::not_found());
            }
            let values = copied(call, object, &id)?;
            let own = kind.or_else(|| values.get("RecordTypeId")?.as_str().map(str::to_owned));
            (
                object,
                record_type(object, own.as_deref())?,
                values,
                rest.len() == 3,
            )
        }
        _ => return Err(Refusal::not_found()),
    };
    if !object.createable {
        let text = format!(
            "You don't have permission to create {}.",
            object.label_plural
        );
        return Err(Refusal::new(403, "INSUFFICIENT_ACCESS", text));
    }
    let body = if template {
        template_of(call, object, &kind, &values)?
    } else {
        form(call, object, &kind, &values)?
    };
    Ok(tagged(request, body))
}

/// The values the org would fill in.
fn new_values(call: &Call<'_>, object: &ObjectDef) -> Map<String, Value> {
    let mut draft = Draft::default();
    derive::defaults(call, object, &mut draft);
    object
        .stored()
        .filter(|field| field.createable && draft.has(&field.name))
        .map(|field| {
            let value = value::to_json(field.into(), ValueRef::from(draft.get(&field.name)));
            (field.name.clone(), value)
        })
        .collect()
}

/// The values of another record that a copy may have.
fn copied(call: &Call<'_>, object: &ObjectDef, id: &str) -> Result<Map<String, Value>, Refusal> {
    let fields: Vec<&str> = object
        .stored()
        .filter(|field| field.createable && !field.unique && field.kind != FieldKind::Base64)
        .map(|field| field.name.as_str())
        .collect();
    match read::record(call, object, id, Some(&fields.join(",")))? {
        Some(Value::Object(mut row)) => {
            row.shift_remove("attributes");
            row.shift_remove("Id");
            Ok(row)
        }
        _ => Err(Refusal::not_found()),
    }
}

fn form(
    call: &Call<'_>,
    object: &ObjectDef,
    kind: &str,
    values: &Map<String, Value>,
) -> Result<Value, Refusal> {
    let manner = Manner::of(call)?;
    let mut infos = Map::new();
    infos.insert(object.name.clone(), object_info::object_info(call, object));
    let mut shown: Vec<(String, Value)> = Vec::new();
    for field in layout::fields(object, "Full") {
        if field.createable {
            shown.push((field.name.clone(), cell(&manner, field, values)));
        }
        if let Some(relationship) = &field.relationship_name {
            let parent = parent(call, values.get(&field.name).and_then(Value::as_str))?;
            for name in record::objects_in(&parent["value"]) {
                if let Some(object) = call.schema.object(&name) {
                    infos.insert(name, object_info::object_info(call, object));
                }
            }
            shown.push((relationship.clone(), parent));
        }
    }
    shown.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(json!({
        "layout": layout::page(object, kind, "Full", "Create")?,
        "objectInfos": infos,
        "record": {
            "apiName": object.name,
            "childRelationships": {},
            "fields": Map::from_iter(shown),
            "id": null,
            "lastModifiedById": null,
            "lastModifiedDate": null,
            "recordTypeId": kind,
            "recordTypeInfo": null,
            "systemModstamp": null,
        },
    }))
}

fn cell(manner: &Manner, field: &FieldDef, values: &Map<String, Value>) -> Value {
    let value = values.get(&field.name).cloned().unwrap_or(Value::Null);
    json!({"displayValue": manner.display(field, &value), "value": value})
}

fn parent(call: &Call<'_>, id: Option<&str>) -> Result<Value, Refusal> {
    let none = json!({"displayValue": null, "value": null});
    let Some((object, id)) = id.and_then(|id| Some((call.object_of_id(id)?, id))) else {
        return Ok(none);
    };
    let name = object
        .name_field()
        .map_or("Id", |field| field.name.as_str());
    let record = record::record(call, object, id, &Wanted::of_fields(["Id", name]))?;
    Ok(record.map_or(none, |record| {
        let shown = record["fields"][name]["value"].clone();
        json!({"displayValue": shown, "value": record})
    }))
}

/// Just the values, without the page.
fn template_of(
    call: &Call<'_>,
    object: &ObjectDef,
    kind: &str,
    values: &Map<String, Value>,
) -> Result<Value, Refusal> {
    let manner = Manner::of(call)?;
    let fields: Map<String, Value> = object
        .stored()
        .filter(|field| field.createable)
        .map(|field| (field.name.clone(), cell(&manner, field, values)))
        .collect();
    let mut infos = Map::new();
    infos.insert(object.name.clone(), object_info::object_info(call, object));
    Ok(json!({
        "objectInfos": infos,
        "record": {"apiName": object.name, "fields": fields, "recordTypeId": kind},
    }))
}
