//! From a [`Write`] to the one request that does it, and from the reply to what became
//! of it. One row goes as a row, several new rows as a collection, everything else as a
//! composite; the last two all or none. A write that has a key of its own ([`Way`]) takes it
//! along; a lone change is read before and after in the same request ([`watched`]).

mod idempotent;
pub mod undelete;
pub mod watched;

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
use crate::domain::write::{Way, Write, WriteStep};

/// A write with the way it goes.
#[derive(Debug, Clone, Copy)]
pub struct Letter<'a> {
    /// What is written.
    pub write: &'a Write,
    /// What makes sending it twice harmless.
    pub way: &'a Way,
    /// Names the write in the org, the same at every sending: letters, digits and hyphens.
    pub key: &'a str,
}

/// The request that does a write. The org takes up to 25 mixed steps or 200 new rows in
/// one; a write holds far fewer.
pub fn plan(write: &Write, version: ApiVersion) -> Request {
    let (way, key) = (&Way::Look, "");
    request(&Letter { write, way, key }, version)
}

/// The same for a write that goes a way of its own.
pub fn request(letter: &Letter<'_>, version: ApiVersion) -> Request {
    let write = letter.write;
    if let Some(request) = idempotent::request(letter, version) {
        return request;
    }
    match shape(letter) {
        Shape::Row(step) => row_request(step, 0, letter, version),
        Shape::Collection => {
            let steps = write.steps.iter().enumerate();
            let records = steps.filter_map(|(place, step)| {
                let (object, fields) = new_record(step)?;
                Some((object, marked(fields, place, letter)))
            });
            let records = records.collect();
            let mut request = composite::create_all(version, records);
            request.headers.push(duplicate_rule(write));
            request
        }
        Shape::Composite => {
            let parts = write.steps.iter().enumerate();
            let parts = parts.map(|(place, step)| Part {
                reference: reference(place),
                request: row_request(step, place, letter, version),
            });
            composite::composite(version, Purpose::Write, parts.collect())
        }
    }
}

pub use idempotent::is_unsupported;

/// What became of a write: the ids of its rows, one a step, or the failure that stopped
/// all of it.
pub fn outcome(write: &Write, response: &Response) -> Result<Vec<RecordId>, Failure> {
    let (way, key) = (&Way::Look, "");
    outcome_of(&Letter { write, way, key }, response)
}

/// The same for a write that went a way of its own.
pub fn outcome_of(letter: &Letter<'_>, response: &Response) -> Result<Vec<RecordId>, Failure> {
    let write = letter.write;
    if !(200..=299).contains(&response.status) {
        return Err(match undelete::is_reply(&response.body) {
            true => undelete::refusal(&response.body).with_status(Some(response.status)),
            false => error::failure(response, Purpose::Write),
        });
    }
    let body: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    let ids = match shape(letter) {
        Shape::Row(_) if matches!(letter.way, Way::Idempotency { .. }) => {
            idempotent::id(&body).map(|id| vec![id])
        }
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

fn shape<'a>(letter: &Letter<'a>) -> Shape<'a> {
    let write = letter.write;
    if let [step] = write.steps.as_slice() {
        return Shape::Row(step);
    }
    let alone = |(place, step)| new_record(step).is_some() && !refers(&step_fields(step), place);
    let keyed = matches!(letter.way, Way::Key { .. });
    match !keyed && write.steps.iter().enumerate().all(alone) {
        true => Shape::Collection,
        false => Shape::Composite,
    }
}

fn new_record(step: &WriteStep) -> Option<(String, Fields)> {
    match step {
        WriteStep::Create { object, fields } => Some((object.clone(), fields.clone())),
        WriteStep::Update { .. } | WriteStep::Delete { .. } | WriteStep::Undelete { .. } => None,
    }
}

/// The fields of a new record with the write's mark, where it goes by one.
fn marked(mut fields: Fields, place: usize, letter: &Letter<'_>) -> Fields {
    if let Way::Marker { field } = letter.way {
        fields.insert(field.clone(), step_key(letter, place).into());
    }
    fields
}

/// Names one step's record.
fn step_key(letter: &Letter<'_>, place: usize) -> String {
    match place {
        0 => letter.key.to_owned(),
        _ => format!("{}-{place}", letter.key),
    }
}

fn step_fields(step: &WriteStep) -> Fields {
    match step {
        WriteStep::Create { fields, .. } | WriteStep::Update { fields, .. } => fields.clone(),
        WriteStep::Delete { .. } | WriteStep::Undelete { .. } => Fields::new(),
    }
}

/// The request for one row, alone or as a part.
fn row_request(
    step: &WriteStep,
    place: usize,
    letter: &Letter<'_>,
    version: ApiVersion,
) -> Request {
    let write = letter.write;
    let fields = match write.steps.len() {
        1 => step_fields(step),
        _ => referring(step_fields(step), place),
    };
    match step {
        WriteStep::Create { object, .. } => {
            let mut request = match letter.way {
                Way::Key { field } => {
                    let key = row::Key {
                        field,
                        value: &step_key(letter, place),
                    };
                    row::upsert(version, object, key, fields)
                }
                _ => row::create(version, object, marked(fields, place, letter)),
            };
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
        WriteStep::Undelete { id, .. } => undelete::request(version, *id),
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
        WriteStep::Update { id, .. }
        | WriteStep::Delete { id, .. }
        | WriteStep::Undelete { id, .. } => Some(*id),
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
        WriteStep::Undelete { .. } => undelete::id(&response.body),
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
        None if undelete::is_reply(&response.body) => undelete::refusal(&response.body),
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
