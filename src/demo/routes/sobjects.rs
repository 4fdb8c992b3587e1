//! Everything below `…/sobjects`: describes, layouts, rows, rows by key, blobs.

use serde_json::{Value, json};

use super::{blob_body, object_body, only, relations, replication};
use crate::demo::call::Call;
use crate::demo::conditional::{self, Validators};
use crate::demo::describe;
use crate::demo::error::Refusal;
use crate::demo::events;
use crate::demo::ids::long_id;
use crate::demo::list_view;
use crate::demo::quick_action;
use crate::demo::recent;
use crate::demo::rows::upsert::{self, Upserted};
use crate::demo::rows::write::{self, Options};
use crate::demo::rows::{delete, read};
use crate::demo::schema::ObjectDef;
use crate::demo::users;
use crate::demo::wire::{JSON, Reply, Request};

/// Answers a path below `sobjects`.
///
/// # Errors
/// What the operation refuses.
pub fn answer(
    call: &Call<'_>,
    method: &str,
    rest: &[&str],
    request: &Request,
) -> Result<Reply, Refusal> {
    let [name, rest @ ..] = rest else {
        only(method, "GET,HEAD")?;
        return unchanging(call, request, || {
            describe::global(call.schema, &version(call))
        });
    };
    if *name == "Global" && rest == ["describe", "layouts"] {
        only(method, "GET,HEAD")?;
        return unchanging(call, request, || quick_action::publisher(call));
    }
    if let Some(events) = describe::change_event::named(call.schema, name) {
        return change_events(call, method, &events, rest, request);
    }
    let object = call.schema.object(name).ok_or_else(Refusal::not_found)?;
    match rest {
        [] => collection(call, method, object, request),
        ["describe", rest @ ..] => described(call, method, object, rest, request),
        ["quickActions", rest @ ..] => {
            quick_action::answer(call, method, Some(object), rest, request)
        }
        ["listviews", rest @ ..] => {
            only(method, "GET,HEAD").and_then(|()| list_view::answer(call, object, rest, request))
        }
        ["updated"] => {
            only(method, "GET,HEAD").and_then(|()| replication::updated(call, object, request))
        }
        ["deleted"] => {
            only(method, "GET,HEAD").and_then(|()| replication::deleted(call, object, request))
        }
        [id] => row(call, method, object, id, request),
        ["Id", id] if method == "GET" || method == "DELETE" => {
            row(call, method, object, id, request)
        }
        [id, "password"] if object.name == "User" => {
            let id = long_id(id).ok_or_else(Refusal::not_found)?;
            users::password::answer(call, method, (object, &id), request)
        }
        [id, name] if is_id(id) => {
            let id = long_id(id).ok_or_else(Refusal::not_found)?;
            relations::answer(call, method, (object, &id), name, request)
        }
        [key, value] => by_key(call, method, object, (key, value), request),
        _ => Err(Refusal::not_found()),
    }
}

/// What can be asked of the events of an object: its rows only come over CometD.
fn change_events(
    call: &Call<'_>,
    method: &str,
    object: &ObjectDef,
    rest: &[&str],
    request: &Request,
) -> Result<Reply, Refusal> {
    match rest {
        [] => collection(call, method, object, request),
        ["describe"] => {
            only(method, "GET,HEAD")?;
            unchanging(call, request, || {
                describe::change_event::body(call.schema, object, &version(call))
            })
        }
        _ => Err(Refusal::not_found()),
    }
}

fn version(call: &Call<'_>) -> String {
    format!("v{}", call.version)
}

/// A reply that changes with the schema only.
fn unchanging(
    call: &Call<'_>,
    request: &Request,
    body: impl FnOnce() -> Value,
) -> Result<Reply, Refusal> {
    let text = body().to_string();
    let etag = conditional::etag(&text);
    let now = Validators {
        etag: Some(&etag),
        modified: Some(call.schema_changed),
    };
    if let Some(known) = conditional::read(request, now)? {
        return Ok(known);
    }
    Ok(Reply::bytes(200, JSON, text.into_bytes())
        .with("ETag", etag)
        .with("Last-Modified", conditional::http_date(call.schema_changed)))
}

/// A describe with the addresses of the object's pages.
fn with_pages(call: &Call<'_>, object: &ObjectDef, mut body: Value) -> Value {
    if let (Some(prefix), true) = (&object.key_prefix, object.layoutable) {
        let base = call.base_url;
        body["urls"]["uiDetailTemplate"] = format!("{base}/{{ID}}").into();
        body["urls"]["uiEditTemplate"] = format!("{base}/{{ID}}/e").into();
        body["urls"]["uiNewRecord"] = format!("{base}/{prefix}/e").into();
    }
    body
}

fn described(
    call: &Call<'_>,
    method: &str,
    object: &ObjectDef,
    rest: &[&str],
    request: &Request,
) -> Result<Reply, Refusal> {
    only(method, "GET,HEAD")?;
    let version = version(call);
    match rest {
        [] => unchanging(call, request, || {
            with_pages(
                call,
                object,
                describe::sobject(call.schema, object, &version),
            )
        }),
        ["layouts"] => unchanging(call, request, || {
            describe::layouts(call.schema, object, &version)
        }),
        ["layouts", id] => {
            let id = long_id(id).ok_or_else(Refusal::not_found)?;
            let layout =
                describe::layout(call.schema, object, &id).ok_or_else(Refusal::not_found)?;
            unchanging(call, request, || layout)
        }
        ["compactLayouts", which] => {
            let layout = describe::compact_layout(object, which).ok_or_else(Refusal::not_found)?;
            unchanging(call, request, || layout)
        }
        // This org has no approval processes.
        ["approvalLayouts"] if object.layoutable => {
            unchanging(call, request, || json!({"approvalLayouts": []}))
        }
        ["compactLayouts"] => unchanging(call, request, || {
            describe::compact_layouts(object, &version)
        }),
        _ => Err(Refusal::not_found()),
    }
}

/// `…/sobjects/X`.
fn collection(
    call: &Call<'_>,
    method: &str,
    object: &ObjectDef,
    request: &Request,
) -> Result<Reply, Refusal> {
    only(method, "GET,HEAD,POST")?;
    if method == "GET" {
        let body = json!({
            "objectDescribe": describe::basic(object, &version(call)),
            "recentItems": recent::list(call, Some(&object.name), 20)?,
        });
        return Ok(Reply::json(200, &body));
    }
    let id = write::create(
        call,
        object,
        &blob_body::fields(object, request)?,
        Options::of(request),
    )?;
    Ok(created(
        call,
        object,
        &id,
        json!({"id": id, "success": true, "errors": events::enqueued(&id)}),
    ))
}

fn created(call: &Call<'_>, object: &ObjectDef, id: &str, body: Value) -> Reply {
    Reply::json(201, &body).with("Location", call.row_url(&object.name, id))
}

fn is_id(text: &str) -> bool {
    matches!(text.len(), 15 | 18) && long_id(text).is_some()
}

/// `…/sobjects/X/{id}`.
pub(super) fn row(
    call: &Call<'_>,
    method: &str,
    object: &ObjectDef,
    id: &str,
    request: &Request,
) -> Result<Reply, Refusal> {
    // What is no id is taken for the name of a key field.
    let id = long_id(id).ok_or_else(|| Refusal::unknown_key_field(id))?;
    only(method, "GET,HEAD,PATCH,DELETE")?;
    match method {
        "GET" => {
            let reply = read::get(call, object, &id, request)?;
            if request.header_flag("sforce-mru", "updateMru") == Some(true) {
                recent::seen(call, object, &id)?;
            }
            Ok(reply)
        }
        "PATCH" => {
            let body = blob_body::fields(object, request)?;
            read::precondition(call, object, &id, request)?;
            write::update(call, object, &id, &body, Options::of(request))?;
            Ok(Reply::empty(204))
        }
        _ => {
            delete::delete(call, object, &id)?;
            Ok(Reply::empty(204))
        }
    }
}

/// `…/sobjects/X/{key field}/{value}`.
fn by_key(
    call: &Call<'_>,
    method: &str,
    object: &ObjectDef,
    key: (&str, &str),
    request: &Request,
) -> Result<Reply, Refusal> {
    let (name, value) = key;
    let field = upsert::key_field(object, name)?;
    only(method, "GET,HEAD,PATCH,DELETE")?;
    if method == "PATCH" {
        if let [id] = upsert::matches(call, object, field, value)?.as_slice() {
            read::precondition(call, object, id, request)?;
        }
        let done = upsert::upsert(
            call,
            object,
            (field, value),
            &object_body(request)?,
            Options::of(request),
        )?;
        return Ok(upserted(call, object, done));
    }
    match upsert::matches(call, object, field, value)?.as_slice() {
        [] => Err(Refusal::not_found()),
        [id] => row(call, method, object, id, request),
        several => Ok(ambiguous(call, object, several)),
    }
}

fn ambiguous(call: &Call<'_>, object: &ObjectDef, ids: &[String]) -> Reply {
    let urls: Vec<String> = ids
        .iter()
        .map(|id| call.row_url(&object.name, id))
        .collect();
    Reply::json(300, &urls)
}

/// 201 with a body, 200 with one since v46, 300 with the candidates.
fn upserted(call: &Call<'_>, object: &ObjectDef, done: Upserted) -> Reply {
    let body =
        |id: &str, new: bool| json!({"id": id, "success": true, "errors": [], "created": new});
    match done {
        Upserted::Created(id) => created(call, object, &id, body(&id, true)),
        Upserted::Updated(_) if call.release() < 46 => Reply::empty(204),
        Upserted::Updated(id) => {
            Reply::json(200, &body(&id, false)).with("Location", call.row_url(&object.name, &id))
        }
        Upserted::Ambiguous(ids) => ambiguous(call, object, &ids),
    }
}
