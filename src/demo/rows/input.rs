//! A JSON body to a [`Draft`]: names resolved, types read, parents found by their keys.
//! Refuses what Salesforce's JSON reader refuses; knows no business rules.

use rusqlite::types::Value as Sql;
use serde_json::{Map, Value};

use super::{Draft, table, upsert};
use crate::demo::call::Call;
use crate::demo::error::Refusal;
use crate::demo::schema::{FieldDef, FieldKind, ObjectDef};
use crate::demo::value;

/// Whether a body makes a row or changes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Create,
    Update,
}

/// Reads a body. `Id` and `attributes` are passed over.
///
/// # Errors
/// `INVALID_FIELD`, `JSON_PARSER_ERROR`, `INVALID_FIELD_FOR_INSERT_UPDATE`, and what
/// looking up a parent by its key gives.
pub fn read(
    call: &Call<'_>,
    object: &ObjectDef,
    body: &Map<String, Value>,
    purpose: Purpose,
) -> Result<Draft, Refusal> {
    let mut draft = Draft::default();
    let mut refused = Vec::new();
    for (name, value) in body
        .iter()
        .filter(|(name, _)| !name.eq_ignore_ascii_case("attributes"))
    {
        let (field, stored) = match object.field(name) {
            Some(field) => (field, read_value(body, name, field, value)?),
            None => parent_by_key(call, object, name, value)?,
        };
        let writable = match purpose {
            Purpose::Create => field.createable,
            Purpose::Update => field.updateable,
        };
        if !writable || !field.is_stored() {
            refused.push(field.name.clone());
        }
        draft.set(&field.name, stored);
    }
    if refused.is_empty() {
        Ok(draft)
    } else {
        Err(not_writable(&refused))
    }
}

fn not_writable(names: &[String]) -> Refusal {
    let text = format!(
        "Unable to create/update fields: {}. Please check the security settings of this field and verify that it is read/write for your profile or permission set.",
        names.join(", ")
    );
    let fields: Vec<&str> = names.iter().map(String::as_str).collect();
    Refusal::row("INVALID_FIELD_FOR_INSERT_UPDATE", text, &fields)
}

fn read_value(
    body: &Map<String, Value>,
    name: &str,
    field: &FieldDef,
    value: &Value,
) -> Result<Sql, Refusal> {
    if field.kind == FieldKind::Boolean && value.is_null() {
        return Ok(Sql::Integer(0));
    }
    if matches!(field.kind, FieldKind::Address | FieldKind::Location) {
        return Ok(Sql::Null);
    }
    let stored =
        value::from_json(field.into(), value).map_err(|_| wrong_type(body, name, field, value))?;
    Ok(match stored {
        Sql::Text(text) if field.kind == FieldKind::MultiPicklist => {
            Sql::Text(in_list_order(field, &text))
        }
        other => other,
    })
}

/// Chosen values once each, in the order of the list; unknown ones last.
fn in_list_order(field: &FieldDef, text: &str) -> String {
    let place = |part: &str| {
        let found = field.picklist.iter().position(|entry| entry.value == part);
        found.unwrap_or(field.picklist.len())
    };
    let mut parts: Vec<&str> = text.split(';').filter(|part| !part.is_empty()).collect();
    parts.sort_by_key(|part| place(part));
    parts.dedup();
    parts.join(";")
}

/// The words of Salesforce's JSON reader. The column is that of the value in the body
/// as this org would write it.
fn wrong_type(body: &Map<String, Value>, name: &str, field: &FieldDef, value: &Value) -> Refusal {
    let (token, shown) = match value {
        Value::String(text) => ("VALUE_STRING", text.clone()),
        Value::Array(_) => ("START_ARRAY", "[".to_owned()),
        Value::Object(_) => ("START_OBJECT", "{".to_owned()),
        Value::Bool(true) => ("VALUE_TRUE", "true".to_owned()),
        Value::Bool(false) => ("VALUE_FALSE", "false".to_owned()),
        Value::Number(number) if number.is_f64() => ("VALUE_NUMBER_FLOAT", number.to_string()),
        other => ("VALUE_NUMBER_INT", other.to_string()),
    };
    let text = serde_json::to_string(body).unwrap_or_default();
    let key = format!("{}:", Value::from(name));
    let column = text
        .find(&key)
        .map_or(1, |at| text[..at + key.len()].chars().count() + 1);
    Refusal::parser(format!(
        "Cannot deserialize instance of {} from {token} value {shown} or request may be missing a required field at [line:1, column:{column}]",
        field.type_word()
    ))
}

/// `"Account": {"SFW_Key__c": "A-1"}` instead of `AccountId`.
fn parent_by_key<'a>(
    call: &Call<'_>,
    object: &'a ObjectDef,
    name: &str,
    value: &Value,
) -> Result<(&'a FieldDef, Sql), Refusal> {
    let unknown = || {
        let text = format!("No such column '{name}' on sobject of type {}", object.name);
        Refusal::new(400, "INVALID_FIELD", text)
    };
    let field = object.field_by_relationship(name).ok_or_else(unknown)?;
    let keys = match value {
        Value::Null => return Ok((field, Sql::Null)),
        Value::Object(keys) => keys,
        _ => return Err(unknown()),
    };
    let said = keys
        .get("attributes")
        .and_then(|about| about["type"].as_str());
    if field.polymorphic() && said.is_none() {
        return Err(Refusal::parser(
            "Nested object for polymorphic foreign key must have an attributes field before any other fields.",
        ));
    }
    let target = said
        .or_else(|| field.reference_to.first().map(String::as_str))
        .unwrap_or_default();
    let parent = call.schema.object(target).ok_or_else(unknown)?;
    let (key, wanted) = keys
        .iter()
        .find(|(key, _)| *key != "attributes")
        .ok_or_else(unknown)?;
    let wanted = wanted
        .as_str()
        .map_or_else(|| wanted.to_string(), str::to_owned);
    let key = upsert::key_field(parent, key)?;
    match upsert::matches(call, parent, key, &wanted)?.as_slice() {
        [id] => Ok((field, Sql::Text(id.clone()))),
        [] => {
            let text = format!(
                "Foreign key external ID: {} not found for field {} in entity {}",
                wanted.to_lowercase(),
                key.name,
                parent.name
            );
            Err(Refusal::row("INVALID_FIELD", text, &[]))
        }
        _ => {
            let text = format!(
                "{}: more than one record found for external id field: {wanted}",
                key.name
            );
            Err(Refusal::row("DUPLICATE_EXTERNAL_ID", text, &[]))
        }
    }
}

/// A row as it is, for operations that start from one.
///
/// # Errors
/// `NOT_FOUND` when there is none the user sees, `ENTITY_IS_DELETED` when it is in the bin.
pub fn live_row(call: &Call<'_>, object: &ObjectDef, id: &str) -> Result<Draft, Refusal> {
    let row = table::load(call.db, object, id)?.ok_or_else(Refusal::not_found)?;
    if call
        .rights
        .reach(call.db, call.whole, object, id)?
        .is_none()
    {
        return Err(Refusal::not_found());
    }
    if row.flag("IsDeleted") {
        Err(Refusal::deleted())
    } else {
        Ok(row)
    }
}
