//! The User Interface API (UI API developer guide): objects, layouts, pick lists and
//! records as a page wants them. Rows are read through SOQL's road and written through
//! `rows`; only the shapes are its own.

mod defaults;
pub mod display;
mod layout;
mod list_ui;
mod lookup;
mod object_info;
mod picklist;
mod record;
mod related;
mod repeat;
mod write;

use serde_json::{Map, Value, json};

use super::call::Call;
use super::conditional;
use super::error::Refusal;
use super::ids::{MASTER_RECORD_TYPE, long_id};
use super::routes::only;
use super::schema::ObjectDef;
use super::wire::{Reply, Request};

/// Records, objects or lists one call may name.
const MOST: usize = 200;

/// Answers a path below `ui-api`.
///
/// # Errors
/// Request faults as the REST array; faults of a save are a reply of their own shape.
pub fn answer(
    call: &Call<'_>,
    method: &str,
    rest: &[&str],
    request: &Request,
) -> Result<Reply, Refusal> {
    match rest {
        ["records", rest @ ..] => return records(call, method, rest, request),
        _ => only(method, "GET,HEAD")?,
    }
    if let Some(list) = list_ui::answer(call, rest, request) {
        return list;
    }
    match rest {
        ["object-info"] => Ok(object_info::directory(call)),
        ["object-info", "batch", names] => object_info::batch(call, names),
        ["object-info", name] => {
            let info = object_info::object_info(call, supported(call, name)?);
            Ok(tagged(request, info))
        }
        ["object-info", name, "picklist-values", kind, rest @ ..] => {
            let object = supported(call, name)?;
            let kind = record_type(object, Some(kind))?;
            match rest {
                [] => Ok(tagged(request, picklist::all(call, object, &kind))),
                [field] => {
                    picklist::one(call, object, &kind, field).map(|body| tagged(request, body))
                }
                _ => Err(Refusal::not_found()),
            }
        }
        ["layout", name] => {
            let object = supported(call, name)?;
            let kind = record_type(object, request.param("recordTypeId").as_deref())?;
            layout::answer(object, &kind, request).map(|body| tagged(request, body))
        }
        ["record-defaults", rest @ ..] => defaults::answer(call, rest, request),
        ["related-list-records", parent, list] => related::answer(call, parent, list, request),
        ["record-ui", ids] => record_ui(call, ids, request),
        ["lookups", object, field, rest @ ..] => {
            lookup::answer(call, supported(call, object)?, field, rest, request)
        }
        _ => Err(Refusal::not_found()),
    }
}

fn records(
    call: &Call<'_>,
    method: &str,
    rest: &[&str],
    request: &Request,
) -> Result<Reply, Refusal> {
    match rest {
        [] => only(method, "POST").and_then(|()| write::answer(call, method, None, request)),
        ["batch", ids] => {
            only(method, "GET,HEAD")?;
            let asked = record::Asked::of(request)?;
            let results = each_id(ids)?
                .iter()
                .map(|id| one(call, id, &asked))
                .collect::<Result<Vec<_>, _>>()?;
            Ok(Reply::json(200, &batch_body(&results)))
        }
        [id] => match method {
            "GET" => record::get(call, id, request),
            "PATCH" | "DELETE" => write::answer(call, method, Some(id), request),
            _ => Err(Refusal::method(method, "GET,HEAD,PATCH,DELETE")),
        },
        _ => Err(Refusal::not_found()),
    }
}

/// One record of a batch: a status and a result, be it a refusal.
fn one(call: &Call<'_>, id: &str, asked: &record::Asked) -> Result<(u16, Value), Refusal> {
    match record::asked_record(call, id, asked) {
        Ok(body) => Ok((200, body)),
        Err(refusal) if refusal.status < 500 => Ok((refusal.status, refusal.body())),
        Err(refusal) => Err(refusal),
    }
}

/// The shape all batches of this API share.
fn batch_body(results: &[(u16, Value)]) -> Value {
    let failed = results.iter().any(|(status, _)| *status >= 400);
    let results: Vec<Value> = results
        .iter()
        .map(|(status, body)| json!({"result": body, "statusCode": status}))
        .collect();
    json!({"hasErrors": failed, "results": results})
}

/// A comma-separated list of ids in the path.
fn each_id(text: &str) -> Result<Vec<String>, Refusal> {
    let ids: Vec<String> = text.split(',').map(|id| id.trim().to_owned()).collect();
    if ids.len() > MOST {
        return Err(bad_parameter(format!(
            "The maximum number of record IDs is {MOST}."
        )));
    }
    Ok(ids)
}

/// Everything a page of records needs in one reply.
fn record_ui(call: &Call<'_>, ids: &str, request: &Request) -> Result<Reply, Refusal> {
    let mut asked = record::Asked::of_any(request);
    if asked.layout_types.is_empty() {
        asked.layout_types = vec!["Full".into()];
    }
    if asked.modes.is_empty() {
        asked.modes = vec!["View".into()];
    }
    let (mut layouts, mut infos, mut found) = (Map::new(), Map::new(), Map::new());
    for id in each_id(ids)? {
        let (object, id) = of_id(call, &id)?;
        let body = record::asked_record(call, &id, &asked)?;
        let kind = body["recordTypeId"]
            .as_str()
            .unwrap_or(MASTER_RECORD_TYPE)
            .to_owned();
        let mut types = Map::new();
        for layout_type in &asked.layout_types {
            let modes = asked.modes.iter().map(|mode| {
                let page = layout::page(object, &kind, layout_type, mode)?;
                Ok((mode.clone(), page))
            });
            let modes: Result<Map<_, _>, Refusal> = modes.collect();
            types.insert(layout_type.clone(), Value::Object(modes?));
        }
        let of_object = layouts
            .entry(object.name.clone())
            .or_insert_with(|| json!({}));
        of_object[kind.as_str()] = Value::Object(types);
        for name in record::objects_in(&body) {
            if let Some(object) = call.schema.object(&name) {
                infos.insert(name, object_info::object_info(call, object));
            }
        }
        found.insert(id, body);
    }
    let body = json!({
        "layoutUserStates": {},
        "layouts": layouts,
        "objectInfos": infos,
        "records": found,
    });
    Ok(tagged(request, body))
}

/// The object of that name when this API serves it.
fn supported<'a>(call: &'a Call<'_>, name: &str) -> Result<&'a ObjectDef, Refusal> {
    let object = call.schema.object(name).ok_or_else(Refusal::not_found)?;
    if is_supported(object) {
        Ok(object)
    } else {
        let text = format!("Object {} is not supported in UI API", object.name);
        Err(Refusal::new(400, "INVALID_TYPE", text))
    }
}

/// Objects with pages; links and member rows have none here.
fn is_supported(object: &ObjectDef) -> bool {
    object.layoutable && !object.layout.is_empty()
}

/// The supported object of a record and the record's long id.
fn of_id<'a>(call: &'a Call<'_>, id: &str) -> Result<(&'a ObjectDef, String), Refusal> {
    let id = long_id(id).ok_or_else(|| bad_parameter(format!("Invalid record ID: {id}")))?;
    let object = call.object_of_id(&id).ok_or_else(Refusal::not_found)?;
    supported(call, &object.name).map(|object| (object, id))
}

/// 400 for a parameter that makes no sense.
fn bad_parameter(text: impl Into<String>) -> Refusal {
    Refusal::new(400, "ILLEGAL_QUERY_PARAMETER_VALUE", text)
}

/// The record type meant: the one said, else the default.
fn record_type(object: &ObjectDef, said: Option<&str>) -> Result<String, Refusal> {
    let Some(said) = said else {
        return Ok(default_record_type(object));
    };
    let id =
        long_id(said).ok_or_else(|| bad_parameter(format!("Invalid record type ID: {said}")))?;
    let known = id == MASTER_RECORD_TYPE || object.record_types.iter().any(|kind| kind.id == id);
    if known {
        Ok(id)
    } else {
        Err(bad_parameter(format!(
            "Record Type Id {id} is not valid for object {}.",
            object.name
        )))
    }
}

fn default_record_type(object: &ObjectDef) -> String {
    object
        .default_record_type()
        .map_or(MASTER_RECORD_TYPE, |kind| &kind.id)
        .to_owned()
}

/// 32 hexadecimal digits over a body without its own tag.
fn tag_of(body: &Value) -> String {
    use sha2::{Digest, Sha256};
    let hash = Sha256::digest(body.to_string().as_bytes());
    hash.iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The body with its `eTag`, which is also a header and answers 304 when it is known.
fn tagged(request: &Request, mut body: Value) -> Reply {
    let tag = tag_of(&body);
    if let Value::Object(map) = &mut body {
        map.entry("eTag").or_insert_with(|| json!(tag));
    }
    let quoted = format!("\"{tag}\"");
    let known = request.header("if-none-match");
    if known.is_some_and(|list| conditional::names(list, &quoted)) {
        return Reply::empty(304).with("ETag", quoted);
    }
    Reply::json(200, &body).with("ETag", quoted)
}
