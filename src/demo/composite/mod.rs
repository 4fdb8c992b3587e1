//! The composite family (REST API guide, "Composite", "Batch", "Collections", "Tree").
//! Every part goes through the same dispatch as a call of its own, in a savepoint.

mod batch;
mod collections;
mod graph;
mod references;
mod tree;

use serde::Serialize;
use serde_json::value::Value;
use serde_json::{Map, json};

use references::{Failure, Known};

use super::call::Call;
use super::engine::{known_version, undoable};
use super::error::Refusal;
use super::routes::{dispatch, object_body, only};
use super::users::mixed;
use super::wire::{JSON, Reply, Request};

/// Parts of one composite or batch call.
const MOST: usize = 25;
/// Queries and collections among the parts of one composite call.
const MOST_HEAVY: usize = 5;
const ROLLED_BACK: &str =
    "The transaction was rolled back since another operation in the same transaction failed.";

/// Answers a path below `composite`.
///
/// # Errors
/// What is wrong with the call as a whole; faults of parts are inside the reply.
pub fn answer(
    call: &Call<'_>,
    method: &str,
    rest: &[&str],
    request: &Request,
) -> Result<Reply, Refusal> {
    match rest {
        [] if method == "GET" => {
            let names = ["tree", "batch", "sobjects", "graph"];
            let map: Map<String, Value> = names
                .iter()
                .filter(|name| **name != "graph" || has_graphs(call))
                .map(|name| {
                    (
                        (*name).to_owned(),
                        json!(format!("{}/composite/{name}", call.root())),
                    )
                })
                .collect();
            Ok(Reply::json(200, &map))
        }
        [] => only(method, "GET,POST").and_then(|()| composite(call, &object_body(request)?)),
        ["batch"] => {
            only(method, "POST").and_then(|()| batch::answer(call, &object_body(request)?))
        }
        ["graph"] if has_graphs(call) => {
            only(method, "POST").and_then(|()| graph::answer(call, &object_body(request)?))
        }
        ["tree", object] => only(method, "POST").and_then(|()| tree::create(call, object, request)),
        ["sobjects", rest @ ..] => collections::answer(call, method, rest, request),
        _ => Err(Refusal::not_found()),
    }
}

/// Graphs came with v50.
fn has_graphs(call: &Call<'_>) -> bool {
    call.release() >= 50
}

/// The parts of a body; `None` when there are more than a call may have.
fn parts<'a>(body: &'a Map<String, Value>, name: &str) -> Result<Option<&'a Vec<Value>>, Refusal> {
    let parts = body.get(name).and_then(Value::as_array).ok_or_else(|| {
        Refusal::parser(format!("The {name} list is missing at [line:1, column:1]"))
    })?;
    Ok((parts.len() <= MOST).then_some(parts))
}

fn too_many() -> Refusal {
    let text = format!("The request can’t contain more than {MOST} operations.");
    Refusal::new(400, "LIMIT_EXCEEDED", text)
}

/// A switch of the body, off when absent.
fn flag(body: &Map<String, Value>, name: &str) -> Result<bool, Refusal> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(on)) => Ok(*on),
        Some(other) => Err(Refusal::parser(format!(
            "Cannot deserialize instance of boolean from value {other} or request may be missing a required field at [line:1, column:1]"
        ))),
    }
}

/// One part of a reply.
struct Part {
    reference: String,
    reply: Reply,
}

fn halted(text: impl Into<String>) -> Reply {
    Refusal::new(400, "PROCESSING_HALTED", text).reply()
}

fn is_failed(reply: &Reply) -> bool {
    !reply.is_ok()
}

fn composite(call: &Call<'_>, body: &Map<String, Value>) -> Result<Reply, Refusal> {
    let Some(requests) = parts(body, "compositeRequest")? else {
        return Ok(refused_whole(&too_many()));
    };
    let heavy = requests
        .iter()
        .filter(|request| is_heavy(&request["url"]))
        .count();
    if heavy > MOST_HEAVY {
        let text = format!(
            "The request can’t contain more than {MOST_HEAVY} query or sObject Collections operations."
        );
        return Ok(refused_whole(&Refusal::new(400, "LIMIT_EXCEEDED", text)));
    }
    // Since v52 one bad name refuses the call; before, its part alone.
    if call.release() >= 52 {
        references::valid_names(requests)?;
    }
    // The order is kept whether or not parts may be collated: both are allowed then.
    flag(body, "collateSubrequests")?;
    let done = if flag(body, "allOrNone")? {
        run_all_or_none(call, requests)?
    } else {
        run(call, requests, false)?
    };
    Ok(composite_reply(&done))
}

/// What refuses the call as a whole stands in a reply of one part without a name.
fn refused_whole(refusal: &Refusal) -> Reply {
    let part = json!({
        "body": refusal.body(),
        "httpHeaders": {},
        "httpStatusCode": refusal.status,
        "referenceId": null,
    });
    Reply::json(200, &json!({"compositeResponse": [part]}))
}

fn is_heavy(url: &Value) -> bool {
    let path = url
        .as_str()
        .unwrap_or_default()
        .split('?')
        .next()
        .unwrap_or_default();
    let mut below = path.trim_matches('/').split('/').skip(3);
    match below.next() {
        Some("query" | "queryAll") => true,
        Some("composite") => below.next() == Some("sobjects"),
        _ => false,
    }
}

/// Runs parts that are kept together or not at all.
fn run_all_or_none(call: &Call<'_>, requests: &[Value]) -> Result<Vec<Part>, Refusal> {
    // A part that fails takes all back as one: the inner refusal only says that it must be.
    let mut done = Vec::new();
    let kept = undoable(call, || {
        done = mixed::together(call, || run(call, requests, true))?;
        if done.iter().any(|part| is_failed(&part.reply)) {
            Err(Refusal::not_found())
        } else {
            Ok(())
        }
    })?;
    if let Err(refusal) = kept {
        if done.is_empty() && !requests.is_empty() {
            return Err(refusal);
        }
        for part in done.iter_mut().filter(|part| part.reply.is_ok()) {
            part.reply = halted(ROLLED_BACK);
        }
    }
    Ok(done)
}

fn run(call: &Call<'_>, requests: &[Value], all_or_none: bool) -> Result<Vec<Part>, Refusal> {
    let mut known = Known::new(call.release());
    let mut done: Vec<Part> = Vec::new();
    for request in requests {
        let reference = request["referenceId"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        let failed = done.iter().any(|part| !part.reply.is_ok());
        let reply = if all_or_none && failed {
            halted(ROLLED_BACK)
        } else {
            match references::valid_name(&reference) {
                Ok(()) => part(call, request, &known)?,
                Err(refusal) => refusal.reply(),
            }
        };
        known.learn(&reference, &reply);
        done.push(Part { reference, reply });
    }
    Ok(done)
}

fn part(call: &Call<'_>, request: &Value, known: &Known) -> Result<Reply, Refusal> {
    let resolved = known
        .fill(&request["url"])
        .and_then(|url| Ok((url, known.fill(&request["body"])?)));
    let (url, body) = match resolved {
        Ok(resolved) => resolved,
        Err(Failure::Halted(name)) => {
            return Ok(halted(format!(
                "Execution halted as previous operation ({name}) was not successful."
            )));
        }
        Err(Failure::Missing { expression, name }) => {
            return Ok(halted(references::missing(&expression, &name)));
        }
    };
    let mut inner = Request::new(
        request["method"].as_str().unwrap_or_default(),
        url.as_str().unwrap_or_default(),
    );
    if let Some(headers) = request["httpHeaders"].as_object() {
        inner.headers = headers
            .iter()
            .filter_map(|(name, value)| {
                Some((name.to_ascii_lowercase(), value.as_str()?.to_owned()))
            })
            .collect();
    }
    if !body.is_null() {
        inner.body = body.to_string().into_bytes();
    }
    separately(call, &inner)
}

/// Runs one part so that its failure takes back its own writes only.
fn separately(call: &Call<'_>, request: &Request) -> Result<Reply, Refusal> {
    let result = undoable(call, || {
        let segments = request.segments();
        let parts: Vec<&str> = segments.iter().map(String::as_str).collect();
        match parts.as_slice() {
            ["services", "data", version, rest @ ..]
                if rest.first() != Some(&"composite") || rest.get(1) == Some(&"sobjects") =>
            {
                let call = call.at_version(known_version(version)?);
                dispatch(&call, rest, request)
            }
            _ => Err(Refusal::not_found()),
        }
    })?;
    Ok(result.unwrap_or_else(|refusal| refusal.reply()))
}

fn text_of(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

fn composite_reply(parts: &[Part]) -> Reply {
    let mut body = b"{\"compositeResponse\":[".to_vec();
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            body.push(b',');
        }
        let headers: Map<String, Value> = part
            .reply
            .headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), json!(value)))
            .collect();
        body.extend_from_slice(b"{\"body\":");
        push_body(&mut body, &part.reply);
        let rest = format!(
            ",\"httpHeaders\":{},\"httpStatusCode\":{},\"referenceId\":{}}}",
            text_of(&headers),
            part.reply.status,
            text_of(&part.reference)
        );
        body.extend_from_slice(rest.as_bytes());
    }
    body.extend_from_slice(b"]}");
    Reply::bytes(200, JSON, body)
}

/// The part's body as it is: a large page is not read again. Blobs have no place here.
fn push_body(text: &mut Vec<u8>, reply: &Reply) {
    if reply.body.is_empty() || reply.kind != JSON {
        text.extend_from_slice(b"null");
    } else {
        text.extend_from_slice(&reply.body);
    }
}
