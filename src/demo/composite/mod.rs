//! The composite family (REST API guide, "Composite", "Batch", "Collections", "Tree").
//! Every part goes through the same dispatch as a call of its own, in a savepoint.

mod collections;
mod references;
mod tree;

use serde::Serialize;
use serde_json::value::Value;
use serde_json::{Map, json};

use references::{Failure, Known};

use super::call::Call;
use super::engine::undoable;
use super::error::Refusal;
use super::routes::{dispatch, object_body, only};
use super::wire::{JSON, Reply, Request};

/// Parts of one composite or batch call.
const MOST: usize = 25;
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
            let names = ["sobjects", "batch", "tree"];
            let map: Map<String, Value> = names
                .iter()
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
        ["batch"] => only(method, "POST").and_then(|()| batch(call, &object_body(request)?)),
        ["tree", object] => only(method, "POST").and_then(|()| tree::create(call, object, request)),
        ["sobjects", rest @ ..] => collections::answer(call, method, rest, request),
        _ => Err(Refusal::not_found()),
    }
}

fn parts<'a>(body: &'a Map<String, Value>, name: &str) -> Result<&'a Vec<Value>, Refusal> {
    let parts = body.get(name).and_then(Value::as_array).ok_or_else(|| {
        Refusal::parser(format!("The {name} list is missing at [line:1, column:1]"))
    })?;
    if parts.len() > MOST {
        let text =
            format!("Limit Exceeded: a composite request can have at most {MOST} subrequests");
        return Err(Refusal::new(400, "LIMIT_EXCEEDED", text));
    }
    Ok(parts)
}

/// One part of a reply.
struct Part {
    reference: String,
    reply: Reply,
}

fn halted(text: impl Into<String>) -> Reply {
    Refusal::new(400, "PROCESSING_HALTED", text).reply()
}

fn composite(call: &Call<'_>, body: &Map<String, Value>) -> Result<Reply, Refusal> {
    let requests = parts(body, "compositeRequest")?;
    for request in requests {
        references::valid_name(request["referenceId"].as_str().unwrap_or_default())?;
    }
    if body.get("allOrNone").and_then(Value::as_bool) != Some(true) {
        return Ok(composite_reply(&run(call, requests, false)?));
    }
    // Taken back as one: the inner refusal only says that it must be.
    let mut done = Vec::new();
    let kept = undoable(call, || {
        done = run(call, requests, true)?;
        if done.iter().all(|part| part.reply.is_ok()) {
            Ok(())
        } else {
            Err(Refusal::not_found())
        }
    })?;
    if kept.is_err() {
        for part in done.iter_mut().filter(|part| part.reply.is_ok()) {
            part.reply = halted(ROLLED_BACK);
        }
    }
    Ok(composite_reply(&done))
}

fn run(call: &Call<'_>, requests: &[Value], all_or_none: bool) -> Result<Vec<Part>, Refusal> {
    let mut known = Known::default();
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
            part(call, request, &known)?
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
            ["services", "data", _version, rest @ ..]
                if rest.first() != Some(&"composite") || rest.get(1) == Some(&"sobjects") =>
            {
                dispatch(call, rest, request)
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

fn batch(call: &Call<'_>, body: &Map<String, Value>) -> Result<Reply, Refusal> {
    let requests = parts(body, "batchRequests")?;
    let halt = body.get("haltOnError").and_then(Value::as_bool) == Some(true);
    let mut replies: Vec<Reply> = Vec::new();
    for request in requests {
        let failed = replies.iter().any(|reply| !reply.is_ok());
        if halt && failed {
            let text = "Batch processing halted per request";
            replies.push(Refusal::new(412, "BATCH_PROCESSING_HALTED", text).reply());
            continue;
        }
        let url = request["url"]
            .as_str()
            .unwrap_or_default()
            .trim_start_matches('/');
        let url = url.strip_prefix("services/data/").unwrap_or(url);
        let mut inner = Request::new(
            request["method"].as_str().unwrap_or_default(),
            &format!("/services/data/{url}"),
        );
        if !request["richInput"].is_null() {
            inner.body = request["richInput"].to_string().into_bytes();
        }
        replies.push(separately(call, &inner)?);
    }
    let failed = replies.iter().any(|reply| !reply.is_ok());
    let mut body = format!("{{\"hasErrors\":{failed},\"results\":[").into_bytes();
    for (index, reply) in replies.iter().enumerate() {
        if index > 0 {
            body.push(b',');
        }
        body.extend_from_slice(format!("{{\"statusCode\":{},\"result\":", reply.status).as_bytes());
        push_body(&mut body, reply);
        body.push(b'}');
    }
    body.extend_from_slice(b"]}");
    Ok(Reply::bytes(200, JSON, body))
}
