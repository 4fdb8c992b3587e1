//! From a [`Write`] to the one request that does it, and from the reply to what became
//! of it. One row goes as a row, several new rows as a collection, everything else as a
//! composite; the last two all or none.

use std::collections::HashMap;

use serde_json::Value;

use super::client::Response;
use super::composite::{self, Part, PartReply};
use super::error;
use super::record::id_of;
use super::request::{Purpose, Request};
use super::row;
use super::version::ApiVersion;
use crate::domain::failure::Failure;
use crate::domain::id::RecordId;
use crate::domain::record::Fields;
use crate::domain::write::{Write, WriteStep};

/// The request that does a write. The org takes up to 25 mixed steps or 200 new rows in
/// one; a write holds far fewer.
pub fn plan(write: &Write, version: ApiVersion) -> Request {
    match shape(write) {
        Shape::Row(step) => row_request(step, write, version, step_fields(step)),
        Shape::Collection => {
            let records = write.steps.iter().filter_map(new_record).collect();
            let mut request = composite::create_all(version, records);
            request.headers.push(duplicate_rule(write));
            request
        }
        Shape::Composite => {
            let parts = write.steps.iter().enumerate();
            let parts = parts.map(|(place, step)| Part {
                reference: reference(place),
                request: row_request(step, write, version, referring(step_fields(step), place)),
            });
            composite::composite(version, Purpose::Write, parts.collect())
        }
    }
}

/// What became of a write: the ids of its rows, one a step, or the failure that stopped
/// all of it.
pub fn outcome(write: &Write, response: &Response) -> Result<Vec<RecordId>, Failure> {
    if !(200..=299).contains(&response.status) {
        return Err(error::failure(response, Purpose::Write));
    }
    let body: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    let ids = match shape(write) {
        Shape::Row(step) => row_id(step, response, &body).map(|id| vec![id]),
        Shape::Collection => body
            .as_array()
            .and_then(|rows| rows.iter().map(created_id).collect()),
        Shape::Composite => composite_ids(write, &body),
    };
    let whole = |ids: &Vec<RecordId>| ids.len() == write.steps.len();
    ids.filter(whole).ok_or_else(|| refusal(response, &body))
}

enum Shape<'a> {
    Row(&'a WriteStep),
    Collection,
    Composite,
}

fn shape(write: &Write) -> Shape<'_> {
    if let [step] = write.steps.as_slice() {
        return Shape::Row(step);
    }
    let alone = |(place, step)| new_record(step).is_some() && !refers(&step_fields(step), place);
    match write.steps.iter().enumerate().all(alone) {
        true => Shape::Collection,
        false => Shape::Composite,
    }
}

fn new_record(step: &WriteStep) -> Option<(String, Fields)> {
    match step {
        WriteStep::Create { object, fields } => Some((object.clone(), fields.clone())),
        WriteStep::Update { .. } | WriteStep::Delete { .. } => None,
    }
}

fn step_fields(step: &WriteStep) -> Fields {
    match step {
        WriteStep::Create { fields, .. } | WriteStep::Update { fields, .. } => fields.clone(),
        WriteStep::Delete { .. } => Fields::new(),
    }
}

/// The request for one row, alone or as a part.
fn row_request(step: &WriteStep, write: &Write, version: ApiVersion, fields: Fields) -> Request {
    match step {
        WriteStep::Create { object, .. } => {
            let mut request = row::create(version, object, fields);
            request.headers.push(duplicate_rule(write));
            request
        }
        WriteStep::Update {
            object,
            id,
            base_modified,
            ..
        } => {
            let mut request = row::update(version, object, *id, fields);
            request.headers.push(duplicate_rule(write));
            if let Some(since) = base_modified.as_deref().and_then(http_date) {
                request.headers.push(("If-Unmodified-Since", since));
            }
            request
        }
        WriteStep::Delete { object, id } => row::delete(version, object, *id),
    }
}

/// Duplicate rules of the alerting sort stop a save unless it is allowed (REST API guide,
/// Duplicate Rule Header).
/// Details are asked for so that the look-alikes can be shown by name.
fn duplicate_rule(write: &Write) -> (&'static str, String) {
    let value = format!(
        "allowSave={}; includeRecordDetails=true; runAsCurrentUser=true",
        write.allow_duplicates
    );
    ("Sforce-Duplicate-Rule-Header", value)
}

/// A date-time of the API as HTTP writes it; whole seconds, which is all the header has.
fn http_date(wire: &str) -> Option<String> {
    let instant: jiff::Timestamp = jiff::fmt::strtime::parse("%Y-%m-%dT%H:%M:%S%.f%z", wire)
        .and_then(|parsed| parsed.to_timestamp())
        .or_else(|_| wire.parse())
        .ok()?;
    Some(instant.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string())
}

/// The name of a step inside a composite.
fn reference(place: usize) -> String {
    format!("s{place}")
}

/// The earlier step a value `@{0.id}` stands for.
fn referred(value: &Value, place: usize) -> Option<usize> {
    let step = value.as_str()?.strip_prefix("@{")?.strip_suffix(".id}")?;
    step.parse().ok().filter(|step| *step < place)
}

fn refers(fields: &Fields, place: usize) -> bool {
    fields
        .values()
        .any(|value| referred(value, place).is_some())
}

/// The fields with `@{0.id}` written as the composite wants it.
fn referring(mut fields: Fields, place: usize) -> Fields {
    for value in fields.values_mut() {
        if let Some(step) = referred(value, place) {
            *value = format!("@{{{}.id}}", reference(step)).into();
        }
    }
    fields
}

/// The id of a row after its step: told by the org for a new one, known for others.
fn step_id(step: &WriteStep, body: &Value) -> Option<RecordId> {
    match step {
        WriteStep::Create { .. } => created_id(body),
        WriteStep::Update { id, .. } | WriteStep::Delete { id, .. } => Some(*id),
    }
}

/// The id of a lone row. A change is answered by an empty body or by its success; any
/// other page, a proxy's for example, is no word of the org's.
fn row_id(step: &WriteStep, response: &Response, body: &Value) -> Option<RecordId> {
    let told = body.get("success").and_then(Value::as_bool) == Some(true);
    let is_plain = told || response.body.trim_ascii().is_empty();
    match step {
        WriteStep::Create { .. } => created_id(body),
        WriteStep::Update { .. } | WriteStep::Delete { .. } => {
            step_id(step, body).filter(|_| is_plain)
        }
    }
}

fn created_id(row: &Value) -> Option<RecordId> {
    let done = row.get("success").and_then(Value::as_bool) == Some(true);
    id_of(row.get("id")?.as_str()?).filter(|_| done)
}

/// The order of a composite's answers is not promised; their references are.
fn composite_ids(write: &Write, body: &Value) -> Option<Vec<RecordId>> {
    let replies: HashMap<String, PartReply> = composite::read_parts(body.clone())?
        .into_iter()
        .map(|part| (part.reference.clone(), part))
        .collect();
    let steps = write.steps.iter().enumerate();
    steps
        .map(|(place, step)| {
            let reply = replies.get(&reference(place))?;
            let done = (200..=299).contains(&reply.status);
            step_id(step, &reply.body).filter(|_| done)
        })
        .collect()
}

/// Why a reply of status 200 is no success. One that tells neither ids nor errors leaves
/// open what was done.
fn refusal(response: &Response, body: &Value) -> Failure {
    let parts = composite::read_parts(body.clone()).unwrap_or_default();
    let failed = parts.iter().filter(|part| part.status >= 300);
    if let Some((_, failure)) = failed
        .map(part_failure)
        .rev()
        .max_by_key(|(weight, _)| *weight)
    {
        return failure;
    }
    match error::root(error::errors(body)) {
        Some(told) => told.into_failure(response.status),
        None => {
            let start = super::json::excerpt(&response.body);
            Failure::outcome_unknown(&format!(
                "the org's answer starts `{start}` and tells no ids"
            ))
            .with_status(Some(response.status))
        }
    }
}

/// Why a part failed, and how much that tells of the cause. A part refused without a
/// word (no body of a 412 is known) was judged for itself.
fn part_failure(part: &PartReply) -> (u8, Failure) {
    match error::root(error::errors(&part.body)) {
        Some(told) => (told.weight(), told.into_failure(part.status)),
        None => {
            let alone = Response {
                status: part.status,
                ..Response::default()
            };
            (u8::MAX, error::failure(&alone, Purpose::Write))
        }
    }
}

#[cfg(test)]
mod tests;
