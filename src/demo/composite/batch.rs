//! Independent parts in one call (REST API guide, "Composite Batch"): each is kept or
//! taken back by itself, and none knows of another.

use serde_json::{Map, Value};

use super::{flag, is_failed, parts, push_body, separately};
use crate::demo::call::Call;
use crate::demo::error::Refusal;
use crate::demo::wire::{JSON, Reply, Request};

/// Answers `composite/batch`.
///
/// # Errors
/// What is wrong with the call as a whole.
pub fn answer(call: &Call<'_>, body: &Map<String, Value>) -> Result<Reply, Refusal> {
    let Some(requests) = parts(body, "batchRequests")? else {
        return Err(super::too_many());
    };
    let halts = flag(body, "haltOnError")?;
    let mut replies: Vec<Reply> = Vec::new();
    for request in requests {
        let reply = if halts && replies.iter().any(is_failed) {
            let text = "Batch processing halted per request";
            Refusal::new(412, "BATCH_PROCESSING_HALTED", text).reply()
        } else {
            separately(call, &inner(request))?
        };
        replies.push(reply);
    }
    let failed = replies.iter().any(is_failed);
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

/// Addresses count from `/services/data/`; whole ones are taken too.
fn inner(request: &Value) -> Request {
    let url = request["url"].as_str().unwrap_or_default();
    let url = url.trim_start_matches('/');
    let url = url.strip_prefix("services/data/").unwrap_or(url);
    let method = request["method"].as_str().unwrap_or_default();
    let mut inner = Request::new(method, &format!("/services/data/{url}"));
    if !request["richInput"].is_null() {
        inner.body = request["richInput"].to_string().into_bytes();
    }
    inner
}
