//! From a path below `/services/data/vNN.N` to the operation that answers it. HTTP and
//! every part of a composite call come through [`dispatch`].

mod blob_body;
mod limits;
mod relations;
mod replication;
mod sobjects;

use serde_json::{Map, Value, json};

use super::bulk;
use super::call::Call;
use super::composite;
use super::error::Refusal;
use super::quick_action;
use super::recent;
use super::soql::plan::Bin;
use super::soql::{explain, metadata, run};
use super::sosl;
use super::tooling::{self, Wanted};
use super::uiapi;
use super::wire::{Reply, Request};

/// Answers one data call inside the open transaction.
///
/// # Errors
/// What the operation refuses.
pub fn dispatch(call: &Call<'_>, rest: &[&str], request: &Request) -> Result<Reply, Refusal> {
    let method = effective_method(request);
    match rest {
        [] => only(&method, "GET,HEAD").map(|()| resources(call)),
        ["limits"] => only(&method, "GET,HEAD").map(|()| limits::all(call)),
        ["recent"] => {
            only(&method, "GET,HEAD")?;
            let limit = request
                .param("limit")
                .and_then(|text| text.parse().ok())
                .unwrap_or(200);
            recent::list(call, None, limit).map(|list| Reply::json(200, &list))
        }
        ["query" | "queryAll"] => {
            only(&method, "GET,HEAD")?;
            let all = rest == ["queryAll"];
            query(call, request, if all { Bin::Seen } else { Bin::Hidden })
        }
        ["query" | "queryAll", locator] => {
            only(&method, "GET,HEAD").and_then(|()| run::more(call, locator))
        }
        ["search"] => {
            only(&method, "GET,HEAD")?;
            sosl::find(call, &request.param("q").unwrap_or_default())
        }
        ["search", "suggestions"] => {
            only(&method, "GET,HEAD").and_then(|()| sosl::suggestions(call, request))
        }
        ["search", "layout"] => {
            only(&method, "GET,HEAD").and_then(|()| sosl::layouts(call, request))
        }
        ["search", "scopeOrder"] => only(&method, "GET,HEAD").map(|()| sosl::scope_order(call)),
        ["parameterizedSearch"] if method == "POST" => sosl::by_body(call, &object_body(request)?),
        ["parameterizedSearch"] => {
            only(&method, "GET,HEAD,POST").and_then(|()| sosl::by_parameters(call, request))
        }
        ["jobs", rest @ ..] => bulk::answer(call, &method, rest, request),
        ["composite", rest @ ..] => composite::answer(call, &method, rest, request),
        ["sobjects", rest @ ..] => sobjects::answer(call, &method, rest, request),
        ["tooling", rest @ ..] => tooling::answer(call, &method, rest, request),
        ["quickActions", rest @ ..] => quick_action::answer(call, &method, None, rest, request),
        ["ui-api", rest @ ..] => uiapi::answer(call, &method, rest, request),
        _ => Err(Refusal::not_found()),
    }
}

/// `POST` with `?_HttpMethod=PATCH` is a `PATCH`; `HEAD` is a `GET` without body.
fn effective_method(request: &Request) -> String {
    let said = (request.method == "POST")
        .then(|| request.param("_HttpMethod"))
        .flatten();
    match said
        .unwrap_or_else(|| request.method.clone())
        .to_ascii_uppercase()
        .as_str()
    {
        "HEAD" => "GET".to_owned(),
        other => other.to_owned(),
    }
}

/// Refuses every method that is not in the list.
///
/// # Errors
/// 405.
pub fn only(method: &str, allowed: &str) -> Result<(), Refusal> {
    if allowed.split(',').any(|one| one == method) {
        Ok(())
    } else {
        Err(Refusal::method(method, allowed))
    }
}

/// `GET /services/data/vNN.N`.
fn resources(call: &Call<'_>) -> Reply {
    let names = [
        "sobjects",
        "query",
        "queryAll",
        "search",
        "parameterizedSearch",
        "composite",
        "jobs",
        "limits",
        "recent",
        "quickActions",
        "ui-api",
        "tooling",
    ];
    let mut map = Map::new();
    for name in names {
        map.insert(name.into(), json!(format!("{}/{name}", call.root())));
    }
    map.insert(
        "identity".into(),
        json!(format!(
            "{}/id/{}/{}",
            call.base_url,
            super::story::organization_id(),
            call.user
        )),
    );
    Reply::json(200, &Value::Object(map))
}

fn query(call: &Call<'_>, request: &Request, bin: Bin) -> Result<Reply, Refusal> {
    if let Some(asked) = request.param("explain") {
        return explain::explain(call, &asked);
    }
    let source = request.param("q").unwrap_or_default();
    let wanted = Wanted::of(request);
    if let Some(reply) = tooling::claimed(call, &source, wanted)? {
        return Ok(reply);
    }
    if wanted == Wanted::Columns {
        return metadata::columns(call, &source, bin);
    }
    let batch = request.header("sforce-query-options").and_then(|text| {
        text.split(',')
            .find_map(|part| part.trim().strip_prefix("batchSize=")?.parse().ok())
    });
    run::query(call, &source, bin, batch)
}

/// The body as a JSON object.
///
/// # Errors
/// `JSON_PARSER_ERROR`, in the words of Salesforce's reader.
pub fn object_body(request: &Request) -> Result<Map<String, Value>, Refusal> {
    if request
        .header("content-type")
        .is_some_and(|kind| !kind.to_ascii_lowercase().contains("json"))
    {
        let text = "Unsupported Media Type: use application/json";
        return Err(Refusal::new(415, "UNSUPPORTED_MEDIA_TYPE", text));
    }
    match serde_json::from_slice(&request.body) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err(Refusal::parser(
            "The JSON body must be an object at [line:1, column:1]",
        )),
        Err(fault) if fault.is_eof() => Err(Refusal::parser(format!(
            "Unexpected end-of-input: expected close marker for OBJECT at [line:{}, column:{}]",
            fault.line(),
            fault.column() + 1
        ))),
        Err(fault) => Err(Refusal::parser(unexpected_character(&request.body, &fault))),
    }
}

fn unexpected_character(body: &[u8], fault: &serde_json::Error) -> String {
    let text = String::from_utf8_lossy(body);
    let line = text
        .lines()
        .nth(fault.line().saturating_sub(1))
        .unwrap_or_default();
    let sign = line
        .chars()
        .nth(fault.column().saturating_sub(1))
        .unwrap_or(' ');
    format!(
        "Unexpected character ('{sign}' (code {})): was expecting a valid JSON value at [line:{}, column:{}]",
        u32::from(sign),
        fault.line(),
        fault.column()
    )
}
