//! The Tooling API (Tooling API guide): custom fields created, changed and deleted, and
//! queries over what the org is made of. Apex is not served: the org answers like one whose
//! users may not write it.

mod column;
mod facts;
mod field;
mod metadata;
mod restrict;
mod rows;
mod spec;

use serde_json::{Map, Value, json};

use super::call::Call;
use super::composite;
use super::describe;
use super::error::Refusal;
use super::ids::long_id;
use super::rights::Permission;
use super::routes::only;
use super::rows::read;
use super::schema::ObjectDef;
use super::wire::{Reply, Request};

pub use rows::{Wanted, claimed};

/// Answers a path below `…/tooling`.
///
/// # Errors
/// 403 without Customize Application; what the operation refuses.
pub fn answer(
    call: &Call<'_>,
    method: &str,
    rest: &[&str],
    request: &Request,
) -> Result<Reply, Refusal> {
    if !call.rights.has(Permission::CustomizeApplication) {
        let text = "insufficient access rights on entity";
        return Err(Refusal::new(403, "INSUFFICIENT_ACCESS", text));
    }
    match rest {
        [] => only(method, "GET,HEAD").map(|()| resources(call)),
        ["query"] => {
            only(method, "GET,HEAD")?;
            let source = request.param("q").unwrap_or_default();
            rows::query(call, &source, Wanted::of(request))
        }
        ["query", locator] => only(method, "GET,HEAD").and_then(|()| rows::more(call, locator)),
        ["search"] => {
            only(method, "GET,HEAD")?;
            rows::search(call, &request.param("q").unwrap_or_default())
        }
        ["composite"] => composite::answer(call, method, &[], request),
        ["sobjects", rest @ ..] => sobjects(call, method, rest, request),
        ["executeAnonymous"] => Err(Refusal::new(
            403,
            "INSUFFICIENT_ACCESS",
            "Author Apex permission is required to execute anonymous Apex.",
        )),
        _ => Err(Refusal::not_found()),
    }
}

fn resources(call: &Call<'_>) -> Reply {
    let mut map = Map::new();
    for name in [
        "composite",
        "executeAnonymous",
        "query",
        "search",
        "sobjects",
    ] {
        map.insert(
            name.into(),
            json!(format!("{}/tooling/{name}", call.root())),
        );
    }
    Reply::json(200, &Value::Object(map))
}

fn sobjects(
    call: &Call<'_>,
    method: &str,
    rest: &[&str],
    request: &Request,
) -> Result<Reply, Refusal> {
    let version = format!("v{}/tooling", call.version);
    let schema = rows::schema();
    let [name, rest @ ..] = rest else {
        only(method, "GET,HEAD")?;
        return Ok(Reply::json(200, &describe::global(schema, &version)));
    };
    let object = schema
        .object(name)
        .filter(|object| rows::is_tooling(object))
        .ok_or_else(Refusal::not_found)?;
    match rest {
        [] if method == "POST" => create(call, object, request),
        [] => {
            only(method, "GET,HEAD,POST")?;
            let about = describe::basic(object, &version);
            Ok(Reply::json(
                200,
                &json!({"objectDescribe": about, "recentItems": []}),
            ))
        }
        ["describe"] => {
            only(method, "GET,HEAD")?;
            Ok(Reply::json(
                200,
                &describe::sobject(schema, object, &version),
            ))
        }
        [id] => row(call, method, (object, id), request),
        _ => Err(Refusal::not_found()),
    }
}

fn create(call: &Call<'_>, object: &ObjectDef, request: &Request) -> Result<Reply, Refusal> {
    if object.name != "CustomField" {
        let text = format!("entity type cannot be inserted: {}", object.label);
        return Err(Refusal::row(
            "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
            text,
            &[],
        ));
    }
    let id = field::create(call, request)?;
    let body = json!({"id": id, "success": true, "errors": [], "warnings": [], "infos": []});
    Ok(Reply::json(201, &body))
}

fn row(
    call: &Call<'_>,
    method: &str,
    row: (&ObjectDef, &str),
    request: &Request,
) -> Result<Reply, Refusal> {
    let (object, id) = row;
    only(method, "GET,HEAD,PATCH,DELETE")?;
    // Ids of definitions are names.
    let id = long_id(id).unwrap_or_else(|| id.to_owned());
    if method == "GET" {
        return rows::on(call, &object.name, |inside| {
            read::get(inside, object, &id, request)
        });
    }
    if object.name != "CustomField" {
        let done = if method == "PATCH" {
            "updated"
        } else {
            "deleted"
        };
        let text = format!("entity type cannot be {done}: {}", object.label);
        return Err(Refusal::row(
            "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
            text,
            &[],
        ));
    }
    if method == "PATCH" {
        field::update(call, &id, request)?;
    } else {
        field::delete(call, &id)?;
    }
    Ok(Reply::empty(204))
}
