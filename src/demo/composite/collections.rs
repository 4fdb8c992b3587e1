//! Up to 200 rows in one call, each with its own outcome.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::flag;
use crate::demo::call::Call;
use crate::demo::engine::undoable;
use crate::demo::error::Refusal;
use crate::demo::events;
use crate::demo::ids::long_id;
use crate::demo::routes::{object_body, only};
use crate::demo::rows::upsert::{self, Upserted};
use crate::demo::rows::write::{self, Options};
use crate::demo::rows::{delete, read};
use crate::demo::schema::{FieldDef, ObjectDef};
use crate::demo::users::mixed;
use crate::demo::wire::{Reply, Request};

/// Rows written by one call.
const MOST: usize = 200;
/// Rows read by one call.
const MOST_READ: usize = 2000;
/// Runs of rows of one type.
const MOST_CHUNKS: usize = 10;

/// One row's outcome.
enum Outcome {
    Done {
        id: String,
        created: Option<bool>,
    },
    /// An upsert tells also of a failed row whether it would have been new.
    Failed {
        refusal: Refusal,
        created: Option<bool>,
    },
}

/// Answers a path below `composite/sobjects`.
///
/// # Errors
/// What is wrong with the call as a whole.
pub fn answer(
    call: &Call<'_>,
    method: &str,
    rest: &[&str],
    request: &Request,
) -> Result<Reply, Refusal> {
    match (method, rest) {
        ("POST", []) => written(call, request, |row, options| create(call, row, options)),
        ("PATCH", []) => written(call, request, |row, options| update(call, row, options)),
        ("DELETE", []) => deleted(call, request),
        ("GET" | "POST", [object]) => retrieved(call, method, object, request),
        ("PATCH", [object, key]) => {
            let object = call.schema.object(object).ok_or_else(Refusal::not_found)?;
            let field = upsert::key_field(object, key)?;
            let twice = given_twice(field, request)?;
            written(call, request, |row, options| {
                match once(field, &twice, row) {
                    Ok(()) => upserted(call, object, &field.name, row, options),
                    Err(refusal) => Ok(Outcome::Failed {
                        refusal,
                        created: Some(false),
                    }),
                }
            })
        }
        (_, []) => only(method, "POST,PATCH,DELETE").and_then(|()| Err(Refusal::not_found())),
        _ => Err(Refusal::not_found()),
    }
}

fn too_many() -> Refusal {
    let text =
        format!("record limit reached. cannot submit more than {MOST} records in this request");
    Refusal::new(400, "EXCEEDED_ID_LIMIT", text)
}

/// Rows are worked on in runs of one type, of which there may be so many.
fn few_chunks<'a>(types: impl Iterator<Item = Option<&'a str>>) -> Result<(), Refusal> {
    let mut chunks = 0;
    let mut last = None;
    for kind in types.flatten() {
        chunks += usize::from(last != Some(kind));
        last = Some(kind);
    }
    if chunks <= MOST_CHUNKS {
        return Ok(());
    }
    let text = format!(
        "Cannot have more than {MOST_CHUNKS} chunks in a single operation. Please rearrange the data to reduce chunking."
    );
    Err(Refusal::new(400, "LIMIT_EXCEEDED", text))
}

/// Runs every row in its own savepoint; with `allOrNone` all in one more.
fn each<T>(
    call: &Call<'_>,
    rows: &[T],
    all_or_none: bool,
    mut one: impl FnMut(&T) -> Result<Outcome, Refusal>,
) -> Result<Reply, Refusal> {
    let mut outcomes = Vec::new();
    let mut run = |outcomes: &mut Vec<Outcome>| -> Result<(), Refusal> {
        for row in rows {
            outcomes.push(match undoable(call, || refused(one(row)?))? {
                Ok(outcome) => outcome,
                Err(refusal) => Outcome::Failed {
                    refusal,
                    created: None,
                },
            });
        }
        Ok(())
    };
    let kept = undoable(call, || {
        if all_or_none {
            mixed::together(call, || run(&mut outcomes))?;
        } else {
            run(&mut outcomes)?;
        }
        let failed = outcomes
            .iter()
            .any(|outcome| matches!(outcome, Outcome::Failed { .. }));
        if all_or_none && failed {
            Err(Refusal::not_found())
        } else {
            Ok(())
        }
    })?;
    if kept.is_err() {
        for outcome in &mut outcomes {
            if let Outcome::Done { created, .. } = outcome {
                *outcome = Outcome::Failed {
                    refusal: rolled_back(),
                    created: *created,
                };
            }
        }
    }
    let body: Vec<Value> = outcomes.iter().map(json_of).collect();
    Ok(Reply::json(200, &body))
}

/// A failed outcome as a refusal, so that its savepoint is taken back.
fn refused(outcome: Outcome) -> Result<Outcome, Refusal> {
    match outcome {
        Outcome::Failed {
            refusal,
            created: None,
        } => Err(refusal),
        other => Ok(other),
    }
}

fn rolled_back() -> Refusal {
    let text = "Record rolled back because not all records were valid and the request was using AllOrNone header";
    Refusal::row("ALL_OR_NONE_OPERATION_ROLLED_BACK", text, &[])
}

fn json_of(outcome: &Outcome) -> Value {
    let mut map = Map::new();
    match outcome {
        Outcome::Done { id, created } => {
            map.insert("id".into(), json!(id));
            map.insert("success".into(), json!(true));
            map.insert("errors".into(), events::enqueued(id));
            if let Some(created) = created {
                map.insert("created".into(), json!(created));
            }
        }
        Outcome::Failed { refusal, created } => {
            map.insert("success".into(), json!(false));
            map.insert("errors".into(), refusal.collection_errors());
            if let Some(created) = created {
                map.insert("created".into(), json!(created));
            }
        }
    }
    Value::Object(map)
}

fn written(
    call: &Call<'_>,
    request: &Request,
    mut one: impl FnMut(&Map<String, Value>, Options) -> Result<Outcome, Refusal>,
) -> Result<Reply, Refusal> {
    let body = object_body(request)?;
    let Some(rows) = body.get("records").and_then(Value::as_array) else {
        return Err(Refusal::parser(
            "The records list is missing at [line:1, column:1]",
        ));
    };
    if rows.len() > MOST {
        return Err(too_many());
    }
    few_chunks(rows.iter().map(|row| row["attributes"]["type"].as_str()))?;
    let all_or_none = flag(&body, "allOrNone")?;
    let options = Options::of(request);
    each(call, rows, all_or_none, |row| match row {
        Value::Object(map) => one(map, options),
        _ => Err(Refusal::parser(
            "A record must be an object at [line:1, column:1]",
        )),
    })
}

/// The row's object, from `attributes`, which must come before every field but the id and an
/// upsert's key: jsforce writes its rows so, and real orgs take them.
fn object_of<'a>(
    call: &'a Call<'_>,
    row: &Map<String, Value>,
    before: &[&str],
) -> Result<&'a ObjectDef, Refusal> {
    let may_lead = |name: &str| before.iter().any(|one| one.eq_ignore_ascii_case(name));
    let first = row.iter().find(|(name, _)| !may_lead(name));
    let first = first.filter(|(key, _)| *key == "attributes");
    let name = first.and_then(|(_, about)| about["type"].as_str()).ok_or_else(|| {
        Refusal::row(
            "JSON_PARSER_ERROR",
            "Nested object for polymorphic foreign key must have an attributes field before any other fields.",
            &[],
        )
    })?;
    call.schema.object(name).ok_or_else(|| {
        let text = format!(
            "sObject type '{name}' is not supported. If you are attempting to use a custom object, be sure to append the '__c' after the entity name. Please reference your WSDL or the describe call for the appropriate names."
        );
        Refusal::row("INVALID_TYPE", text, &[])
    })
}

fn create(call: &Call<'_>, row: &Map<String, Value>, options: Options) -> Result<Outcome, Refusal> {
    let object = object_of(call, row, &["id"])?;
    let id = write::create(call, object, row, options)?;
    Ok(Outcome::Done { id, created: None })
}

/// The row's id, taken out of its fields.
fn taken_id(row: &mut Map<String, Value>) -> Result<String, Refusal> {
    let key = row
        .keys()
        .find(|key| key.eq_ignore_ascii_case("id"))
        .cloned();
    let value = key.and_then(|key| row.shift_remove(&key));
    let Some(text) = value.as_ref().and_then(Value::as_str) else {
        return Err(Refusal::row(
            "MISSING_ARGUMENT",
            "Id not specified in an update call",
            &[],
        ));
    };
    long_id(text).ok_or_else(|| Refusal::row("MALFORMED_ID", format!("bad id {text}"), &["Id"]))
}

fn update(call: &Call<'_>, row: &Map<String, Value>, options: Options) -> Result<Outcome, Refusal> {
    let object = object_of(call, row, &["id"])?;
    let mut fields = row.clone();
    let id = taken_id(&mut fields)?;
    write::update(call, object, &id, &fields, options)?;
    Ok(Outcome::Done { id, created: None })
}

fn upserted(
    call: &Call<'_>,
    object: &ObjectDef,
    key: &str,
    row: &Map<String, Value>,
    options: Options,
) -> Result<Outcome, Refusal> {
    let field = upsert::key_field(object, key)?;
    let is_new = match key_of(field, row) {
        // The key as written: `key_of` is for comparing keys of one call.
        Some(_) => upsert::matches(call, object, field, &text_of(field, row))?.is_empty(),
        None => false,
    };
    let done = undoable(call, || upsert_row(call, object, key, row, options))?;
    Ok(done.unwrap_or_else(|refusal| Outcome::Failed {
        refusal,
        created: Some(is_new),
    }))
}

/// The value a row has for the key field, as it was written.
fn text_of(field: &FieldDef, row: &Map<String, Value>) -> String {
    let mut values = row.iter();
    let given = values.find(|(name, _)| name.eq_ignore_ascii_case(&field.name));
    match given {
        None | Some((_, Value::Null)) => String::new(),
        Some((_, Value::String(text))) => text.clone(),
        Some((_, other)) => other.to_string(),
    }
}

/// The value a row has for the key field, as it is compared.
fn key_of(field: &FieldDef, row: &Map<String, Value>) -> Option<String> {
    let text = text_of(field, row);
    if text.is_empty() {
        return None;
    }
    Some(if field.case_sensitive {
        text
    } else {
        text.to_lowercase()
    })
}

/// Values of the key field that more than one row of a call has.
fn given_twice(field: &FieldDef, request: &Request) -> Result<HashSet<String>, Refusal> {
    let body = object_body(request)?;
    let rows = body.get("records").and_then(Value::as_array);
    let rows = rows.map_or(&[][..], Vec::as_slice).iter();
    let mut seen = HashSet::new();
    let keys = rows.filter_map(|row| key_of(field, row.as_object()?));
    Ok(keys.filter(|key| !seen.insert(key.clone())).collect())
}

/// Refuses a row whose key another row of the call has: which is meant is not known.
fn once(
    field: &FieldDef,
    twice: &HashSet<String>,
    row: &Map<String, Value>,
) -> Result<(), Refusal> {
    if !key_of(field, row).is_some_and(|key| twice.contains(&key)) {
        return Ok(());
    }
    let text = format!("Duplicate external id specified: {}", text_of(field, row));
    Err(Refusal::row("DUPLICATE_VALUE", text, &[&field.name]))
}

fn upsert_row(
    call: &Call<'_>,
    object: &ObjectDef,
    key: &str,
    row: &Map<String, Value>,
    options: Options,
) -> Result<Outcome, Refusal> {
    let said = object_of(call, row, &["id", key])?;
    if said.name != object.name {
        let text = format!(
            "{} is not of the type of this collection, {}.",
            said.name, object.name
        );
        return Err(Refusal::row("INVALID_TYPE", text, &[]));
    }
    let field = upsert::key_field(object, key)?;
    let mut fields = row.clone();
    let name = fields
        .keys()
        .find(|name| name.eq_ignore_ascii_case(key))
        .cloned();
    let value = name
        .and_then(|name| fields.shift_remove(&name))
        .unwrap_or(Value::Null);
    if field.name == "Id" {
        if value.is_null() {
            let id = write::create(call, object, &fields, options)?;
            return Ok(Outcome::Done {
                id,
                created: Some(true),
            });
        }
        let text = value.as_str().unwrap_or_default();
        let id = long_id(text)
            .ok_or_else(|| Refusal::row("MALFORMED_ID", format!("bad id {text}"), &["Id"]))?;
        write::update(call, object, &id, &fields, options)?;
        return Ok(Outcome::Done {
            id,
            created: Some(false),
        });
    }
    let wanted = match &value {
        Value::Null => {
            let text = format!("{} not specified", field.name);
            return Err(Refusal::row("MISSING_ARGUMENT", text, &[]));
        }
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match upsert::upsert(call, object, (field, &wanted), &fields, options)? {
        Upserted::Created(id) => Ok(Outcome::Done {
            id,
            created: Some(true),
        }),
        Upserted::Updated(id) => Ok(Outcome::Done {
            id,
            created: Some(false),
        }),
        Upserted::Ambiguous(_) => {
            let text = format!(
                "{}: more than one record found for external id field: {wanted}",
                field.name
            );
            Err(Refusal::row("DUPLICATE_EXTERNAL_ID", text, &[]))
        }
    }
}

fn deleted(call: &Call<'_>, request: &Request) -> Result<Reply, Refusal> {
    let ids: Vec<String> = request
        .param("ids")
        .unwrap_or_default()
        .split(',')
        .map(|id| id.trim().to_owned())
        .filter(|id| !id.is_empty())
        .collect();
    if ids.len() > MOST {
        return Err(too_many());
    }
    if ids.is_empty() {
        return Err(Refusal::new(
            400,
            "MISSING_ARGUMENT",
            "The ids parameter is required",
        ));
    }
    let kinds = ids
        .iter()
        .map(|id| call.object_of_id(id).map(|object| object.name.as_str()));
    few_chunks(kinds)?;
    let all_or_none = request.param("allOrNone").as_deref() == Some("true");
    each(call, &ids, all_or_none, |text| {
        let id = long_id(text)
            .ok_or_else(|| Refusal::row("MALFORMED_ID", format!("bad id {text}"), &["Id"]))?;
        let object = call
            .object_of_id(&id)
            .ok_or_else(Refusal::cross_reference)?;
        delete::delete(call, object, &id)?;
        Ok(Outcome::Done { id, created: None })
    })
}

fn retrieved(
    call: &Call<'_>,
    method: &str,
    object: &str,
    request: &Request,
) -> Result<Reply, Refusal> {
    let object = call.schema.object(object).ok_or_else(Refusal::not_found)?;
    let (ids, fields) = if method == "POST" {
        let body = object_body(request)?;
        let list = |name: &str| -> Vec<String> {
            let all = body.get(name).and_then(Value::as_array);
            all.into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect()
        };
        (list("ids"), list("fields").join(","))
    } else {
        let ids = request
            .param("ids")
            .unwrap_or_default()
            .split(',')
            .map(str::to_owned)
            .collect();
        (ids, request.param("fields").unwrap_or_default())
    };
    if ids.len() > MOST_READ {
        return Err(too_many());
    }
    if fields.is_empty() {
        return Err(Refusal::new(
            400,
            "MISSING_ARGUMENT",
            "The fields parameter is required",
        ));
    }
    let mut rows = Vec::new();
    for id in ids {
        let found = match long_id(id.trim()) {
            Some(id) if crate::demo::rows::table::exists(call.db, object, &id)? => {
                read::record(call, object, &id, Some(&fields))?
            }
            _ => None,
        };
        rows.push(found.unwrap_or(Value::Null));
    }
    Ok(Reply::json(200, &rows))
}
