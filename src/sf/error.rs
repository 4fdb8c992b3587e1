//! Turns every shape of error body into a [`Failure`] (REST, OAuth, UI API, composite
//! parts, collection rows, duplicate rules, pages of HTML, nothing at all).

use serde_json::{Map, Value};

use super::client::Response;
use super::json;
use super::record::id_of;
use super::request::Purpose;
use super::transport;
use crate::domain::failure::{DuplicateMatch, Failure, FailureKind};
use crate::domain::record::Link;
use crate::domain::text;

mod duplicates;
mod mentions;

/// One error as the org told it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct OrgError {
    code: String,
    message: String,
    fields: Vec<String>,
    matches: Vec<DuplicateMatch>,
    may_save_anyway: bool,
}

/// A reply that is no success as a failure.
pub fn failure(response: &Response, purpose: Purpose) -> Failure {
    let body: Option<Value> = serde_json::from_slice(&response.body).ok();
    let errors = body.as_ref().map(errors).unwrap_or_default();
    let spoken = !errors.is_empty();
    let failure = match root(errors) {
        Some(error) => error.into_failure(response.status),
        None => unspoken(response),
    };
    match transport::is_lost(response.status, spoken, purpose) {
        true => Failure {
            kind: FailureKind::OutcomeUnknown,
            ..failure
        },
        false => failure,
    }
}

/// An error that came by code and text alone: a redirect's query, a job's message.
pub fn named(code: &str, message: &str, fields: Vec<String>, status: Option<u16>) -> Failure {
    let fields = match fields.is_empty() {
        true => mentions::fields(code, message),
        false => fields,
    };
    Failure::from_org(code, status, message)
        .with_status(status)
        .with_fields(fields)
}

impl OrgError {
    /// The error with the status it came with.
    pub(super) fn into_failure(self, status: u16) -> Failure {
        let failure = named(&self.code, &self.message, self.fields, Some(status));
        let kind = match self.code == MULTIPLE_CHOICES {
            true => FailureKind::Duplicate,
            false => failure.kind,
        };
        Failure {
            kind,
            matches: self.matches,
            may_save_anyway: self.may_save_anyway,
            ..failure
        }
    }

    /// How much it tells of the cause: parts of a transaction that fell with another
    /// part tell nothing.
    pub(super) fn weight(&self) -> u8 {
        match self.code.as_str() {
            "ALL_OR_NONE_OPERATION_ROLLED_BACK" | "BATCH_PROCESSING_HALTED" => 0,
            "PROCESSING_HALTED" if self.message.starts_with("Invalid reference") => 1,
            "PROCESSING_HALTED" => 0,
            _ => 2,
        }
    }
}

/// Our name for a reply of several records where one was meant (status 300).
const MULTIPLE_CHOICES: &str = "MULTIPLE_CHOICES";

/// The error that made the others fail; the first of equals.
pub(super) fn root(errors: Vec<OrgError>) -> Option<OrgError> {
    errors.into_iter().rev().max_by_key(OrgError::weight)
}

/// Every error a body tells, in order.
pub(super) fn errors(body: &Value) -> Vec<OrgError> {
    match body {
        Value::Array(items) if !items.is_empty() && items.iter().all(Value::is_string) => {
            vec![several(items)]
        }
        Value::Array(items) => items.iter().flat_map(errors).collect(),
        Value::Object(map) => in_object(map),
        _ => Vec::new(),
    }
}

fn in_object(map: &Map<String, Value>) -> Vec<OrgError> {
    let inner = |name: &str| map.get(name).map(errors).unwrap_or_default();
    if map
        .get("httpStatusCode")
        .and_then(Value::as_u64)
        .is_some_and(|status| status >= 300)
    {
        return inner("body");
    }
    if let Some(parts) = ["compositeResponse", "graphs", "graphResponse"]
        .iter()
        .find(|name| map.contains_key(**name))
    {
        return inner(parts);
    }
    if let Some(output) = map.get("output").filter(|output| output.is_object()) {
        return in_output(output);
    }
    if map.get("hasErrors").and_then(Value::as_bool) == Some(true) {
        return inner("results");
    }
    if map
        .get("statusCode")
        .and_then(Value::as_u64)
        .is_some_and(|status| status >= 300)
    {
        return inner("result");
    }
    if map.get("success").and_then(Value::as_bool) == Some(false) || is_tree_row(map) {
        return inner("errors");
    }
    single(map).into_iter().collect()
}

/// A failed row of an sObject tree: it has no `success`.
fn is_tree_row(map: &Map<String, Value>) -> bool {
    map.contains_key("referenceId") && map.contains_key("errors")
}

/// UI API: errors of the record, then errors by field.
fn in_output(output: &Value) -> Vec<OrgError> {
    let of_record = output.get("errors").map(errors).unwrap_or_default();
    let by_field = output.get("fieldErrors").and_then(Value::as_object);
    let of_fields = by_field.into_iter().flat_map(Map::values).flat_map(errors);
    of_record.into_iter().chain(of_fields).collect()
}

/// One error. A row says `statusCode`, an array `errorCode`, OAuth `error`.
fn single(map: &Map<String, Value>) -> Option<OrgError> {
    // An error without a word is none: the status says more.
    let text = |name: &str| {
        let word = map.get(name).and_then(Value::as_str);
        word.filter(|word| !word.trim().is_empty())
    };
    let code = text("errorCode")
        .or_else(|| text("statusCode"))
        .or_else(|| text("error"))?;
    // An error that says nothing at all is told by its status.
    let message = [text("message"), text("error_description"), Some(code)]
        .into_iter()
        .flatten()
        .find(|said| !said.is_empty())?;
    let found = duplicates::found(map);
    Some(OrgError {
        code: code.to_owned(),
        message: message.to_owned(),
        fields: field_names(map),
        may_save_anyway: found.may_save_anyway,
        matches: found.matches,
    })
}

fn field_names(map: &Map<String, Value>) -> Vec<String> {
    let listed = map.get("fields").and_then(Value::as_array);
    let names: Vec<String> = listed
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect();
    match names.is_empty() {
        false => names,
        true => ["constituentField", "field"]
            .iter()
            .find_map(|name| map.get(*name)?.as_str())
            .map(|name| vec![name.to_owned()])
            .unwrap_or_default(),
    }
}

/// Status 300: the addresses of the records that share the key.
fn several(addresses: &[Value]) -> OrgError {
    let matches: Vec<DuplicateMatch> = addresses
        .iter()
        .filter_map(Value::as_str)
        .filter_map(|address| {
            let mut parts = address.rsplit('/');
            let id = id_of(parts.next()?)?;
            let object = text::line(parts.next()?).into_owned();
            let link = Link {
                object,
                id,
                name: id.to_string(),
            };
            Some(DuplicateMatch {
                link,
                details: Vec::new(),
            })
        })
        .collect();
    OrgError {
        code: MULTIPLE_CHOICES.to_owned(),
        message: format!("{} records have this key", addresses.len()),
        matches,
        ..OrgError::default()
    }
}

/// A reply that tells no error in words we know: judged by its status, its start kept.
fn unspoken(response: &Response) -> Failure {
    let status = response.status;
    let excerpt = excerpt(response);
    if let Some(code) = known_text(&excerpt) {
        return named(code, &excerpt, Vec::new(), Some(status));
    }
    match status {
        412 => Failure::conflict("somebody changed the record since it was read")
            .with_status(Some(status)),
        300..=399 => Failure::bad_reply(Some(status), &redirected(response)),
        200..=299 => Failure::bad_reply(Some(status), &json::unreadable(&response.body)),
        _ => {
            let said = match excerpt.is_empty() {
                true => format!("the org answered with status {status} and no text"),
                false => format!("the org answered with status {status}: {excerpt}"),
            };
            named(&format!("HTTP_{status}"), &said, Vec::new(), Some(status))
        }
    }
}

/// What an unknown reply says: its `message` where it has one, else its start.
fn excerpt(response: &Response) -> String {
    let body: Option<Value> = serde_json::from_slice(&response.body).ok();
    match body.as_ref().and_then(|body| body.get("message")?.as_str()) {
        Some(message) => text::line(message).into_owned(),
        None => json::excerpt(&response.body),
    }
}

/// Codes that come as bare text: the identity service's and the login page's.
fn known_text(text: &str) -> Option<&'static str> {
    const KNOWN: [(&str, &str); 4] = [
        ("Bad_OAuth_Token", "INVALID_SESSION_ID"),
        ("Missing_OAuth_Token", "INVALID_SESSION_ID"),
        (
            "OAUTH_APPROVAL_ERROR_GENERIC",
            "OAUTH_APPROVAL_ERROR_GENERIC",
        ),
        ("OAUTH_APP_BLOCKED", "OAUTH_APP_BLOCKED"),
    ];
    KNOWN
        .iter()
        .find(|(word, _)| text.contains(word))
        .map(|(_, code)| *code)
}

fn redirected(response: &Response) -> String {
    match &response.location {
        Some(place) => format!(
            "the org's address sends on to `{}`; not followed",
            text::line(place)
        ),
        None => format!(
            "the reply has status {} and nothing to go by",
            response.status
        ),
    }
}

#[cfg(test)]
mod tests;
