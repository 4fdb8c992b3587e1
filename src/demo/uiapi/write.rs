//! Records made, changed and deleted through this API, and the shape of its save faults.

use serde_json::{Map, Value, json};

use super::record::{self, Wanted};
use super::repeat::{self, Key};
use super::{of_id, supported};
use crate::demo::call::Call;
use crate::demo::error::{Fault, Refusal};
use crate::demo::routes::object_body;
use crate::demo::rows::duplicate::Duplicates;
use crate::demo::rows::write::{self, Options};
use crate::demo::rows::{delete, read, table};
use crate::demo::schema::{FieldDef, FieldKind, ObjectDef};
use crate::demo::wire::{Reply, Request};

/// Objects whose writes this org does not repeat: they are made of several rows.
const NOT_REPEATABLE: [&str; 2] = ["ContentDocument", "ContentNote"];

/// Answers POST without, PATCH and DELETE with an id.
///
/// # Errors
/// Request faults; what a save refuses is a reply.
pub fn answer(
    call: &Call<'_>,
    method: &str,
    id: Option<&str>,
    request: &Request,
) -> Result<Reply, Refusal> {
    let key = Key::of(request)?;
    if let Some(before) = key
        .as_ref()
        .map(|key| key.answered(call))
        .transpose()?
        .flatten()
    {
        return Ok(before);
    }
    let (object, id, body) = match id {
        Some(id) => {
            let (object, id) = of_id(call, id)?;
            let body = if method == "PATCH" {
                input(request, method)?
            } else {
                Map::new()
            };
            (object, Some(id), body)
        }
        None => {
            let body = input(request, method)?;
            let name = body.get("apiName").and_then(Value::as_str).ok_or_else(|| {
                Refusal::new(
                    400,
                    "POST_BODY_PARSE_ERROR",
                    "The apiName of the record is required.",
                )
            })?;
            (supported(call, name)?, None, body)
        }
    };
    if key.is_some() && NOT_REPEATABLE.contains(&object.name.as_str()) {
        return Err(repeat::unsupported());
    }
    let reply = match save(call, object, id.as_deref(), (method, &body), request) {
        Ok(reply) => reply,
        Err(refusal) if is_save_fault(&refusal) => return Ok(fault_reply(object, call, &refusal)),
        Err(refusal) => return Err(refusal),
    };
    if let Some(key) = key {
        key.keep(call, &reply)?;
    }
    Ok(reply)
}

fn save(
    call: &Call<'_>,
    object: &ObjectDef,
    id: Option<&str>,
    asked: (&str, &Map<String, Value>),
    request: &Request,
) -> Result<Reply, Refusal> {
    let (method, body) = asked;
    if let Some(id) = id {
        if !table::exists(call.db, object, id)? {
            return Err(Refusal::not_found());
        }
        if method == "DELETE" {
            return delete::delete(call, object, id).map(|()| Reply::empty(204));
        }
        read::precondition(call, object, id, request)?;
    }
    let fields = fields_of(object, body, id)?;
    let mut options = Options::of(request);
    if body.get("allowSaveOnDuplicate") == Some(&Value::Bool(true)) {
        options.duplicates = Duplicates::Allow;
    }
    let (status, id) = match id {
        Some(id) => {
            write::update(call, object, id, &fields, options)?;
            (200, id.to_owned())
        }
        None => (201, write::create(call, object, &fields, options)?),
    };
    let wanted = Wanted::of_layout(call, object, "Full");
    let record = record::record(call, object, &id, &wanted)?.unwrap_or(Value::Null);
    Ok(Reply::json(status, &record))
}

/// The record input.
fn input(request: &Request, method: &str) -> Result<Map<String, Value>, Refusal> {
    let none = || {
        let text = format!("Record input is required for {method}.");
        Refusal::new(400, "ILLEGAL_QUERY_PARAMETER_VALUE", text)
    };
    if request.body.iter().all(u8::is_ascii_whitespace) {
        return Err(none());
    }
    let body = object_body(request)?;
    match body.get("fields") {
        Some(Value::Object(_)) => Ok(body),
        _ => Err(none()),
    }
}

/// The values to write, with their types checked as this API checks them.
fn fields_of(
    object: &ObjectDef,
    body: &Map<String, Value>,
    id: Option<&str>,
) -> Result<Map<String, Value>, Refusal> {
    let mut fields = body
        .get("fields")
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    // Forms send the id along; it must be the record's own.
    if id.is_some() && fields.get("Id").and_then(Value::as_str) == id {
        fields.shift_remove("Id");
    }
    for (name, value) in &fields {
        if let Some(field) = object.field(name) {
            right_type(object, field, value)?;
        }
    }
    Ok(fields)
}

fn right_type(object: &ObjectDef, field: &FieldDef, value: &Value) -> Result<(), Refusal> {
    let is = match value {
        Value::Null => return Ok(()),
        Value::String(_) => "String",
        Value::Bool(_) => "Boolean",
        Value::Number(number) if number.is_f64() => "Double",
        Value::Number(_) => "Integer",
        Value::Array(_) => "ArrayList",
        Value::Object(_) => "LinkedHashMap",
    };
    use FieldKind as K;
    let should = match field.kind {
        K::Boolean => "Boolean",
        K::Int => "Integer",
        K::Double | K::Currency | K::Percent => "Double",
        _ => "String",
    };
    let fits = match should {
        "Double" => ["Double", "Integer", "String"].contains(&is),
        "Boolean" | "Integer" => is == should || is == "String",
        _ => is == "String",
    };
    if fits {
        return Ok(());
    }
    let text = format!(
        "Value for field '{}' in object '{}' with data type '{}' should be a {should} but instead is a {is}.",
        field.name,
        object.name,
        field.type_word().to_uppercase(),
    );
    Err(Refusal::new(400, "POST_BODY_PARSE_ERROR", text))
}

/// Faults of rows, which name fields; the rest are faults of the request.
fn is_save_fault(refusal: &Refusal) -> bool {
    refusal.status == 400
        && refusal
            .faults
            .iter()
            .all(|fault| fault.fields.is_some() || fault.duplicates.is_some())
}

fn fault_reply(object: &ObjectDef, call: &Call<'_>, refusal: &Refusal) -> Reply {
    let mut errors = Vec::new();
    let mut of_fields: Map<String, Value> = Map::new();
    for fault in &refusal.faults {
        let names = fault.fields.clone().unwrap_or_default();
        let known: Vec<&FieldDef> = names.iter().filter_map(|name| object.field(name)).collect();
        if known.is_empty() {
            errors.push(error(call, fault, None));
        }
        for field in known {
            let list = of_fields
                .entry(field.name.clone())
                .or_insert_with(|| json!([]));
            if let Value::Array(list) = list {
                list.push(error(call, fault, Some(field)));
            }
        }
    }
    let body = json!({
        "message": "An error occurred while trying to update the record. Please try again.",
        "statusCode": refusal.status,
        "enhancedErrorType": "RecordError",
        "output": {"errors": errors, "fieldErrors": of_fields},
    });
    Reply::json(refusal.status, &body)
}

fn error(call: &Call<'_>, fault: &Fault, field: Option<&FieldDef>) -> Value {
    json!({
        "constituentField": field.filter(|_| fault.code == "REQUIRED_FIELD_MISSING").map(|field| &field.name),
        "duplicateRecordError": fault.duplicates.as_ref().map(|found| duplicates(call, found)),
        "errorCode": fault.code,
        "field": field.map(|field| &field.name),
        "fieldLabel": field.map(|field| &field.label),
        "message": fault.message,
    })
}

/// The matches of `duplicateResut`, by object.
fn duplicates(call: &Call<'_>, found: &Value) -> Value {
    let results = found["matchResults"].as_array().into_iter().flatten();
    let results: Vec<Value> = results
        .map(|result| {
            let name = result["entityType"].as_str().unwrap_or_default();
            let object = call.schema.object(name);
            let ids: Vec<&Value> = result["matchRecords"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|one| &one["record"]["Id"])
                .collect();
            json!({
                "apiName": name,
                "isAllowSave": found["allowSave"],
                "matchRecordIds": ids,
                "objectLabel": object.map(|object| &object.label),
                "objectLabelPlural": object.map(|object| &object.label_plural),
            })
        })
        .collect();
    json!({"matchResults": results})
}
