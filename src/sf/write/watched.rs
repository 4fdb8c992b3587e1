//! A lone change, read before and after in the same request: what it held goes into the
//! undo, what somebody else made of it into the comparison, and the record's page need not
//! be asked for again. The org answers each part for itself, so that a part that cannot be
//! read costs nothing but itself.

use serde_json::Value;

use super::super::client::Response;
use super::super::composite::{self, Part, PartReply};
use super::super::error;
use super::super::json;
use super::super::record;
use super::super::request::{Purpose, Request};
use super::super::row;
use super::super::version::ApiVersion;
use super::{Letter, part_failure, row_request};
use crate::domain::failure::Failure;
use crate::domain::id::RecordId;
use crate::domain::record::Record;
use crate::domain::write::{Write, WriteStep};

const BEFORE: &str = "before";
const CHANGE: &str = "change";
const AFTER: &str = "after";

/// Which moment the record was at.
const MOMENT: &str = "LastModifiedDate";

/// What the parts told.
#[derive(Debug, Clone, PartialEq)]
pub struct Watched {
    /// The ids written, or why the change was refused.
    pub outcome: Result<Vec<RecordId>, Failure>,
    /// The changed fields and `LastModifiedDate` just before the change.
    pub before: Option<Record>,
    /// The same right after it.
    pub after: Option<Record>,
}

/// Whether a write is a lone change.
pub fn is_lone_update(write: &Write) -> bool {
    matches!(write.steps.as_slice(), [WriteStep::Update { .. }])
}

/// The request that makes a lone change and reads around it; `page` is what else is asked
/// for after it, parts of [`super::super::page`]. `None` where the write is none.
pub fn request(letter: &Letter<'_>, version: ApiVersion, page: Vec<Part>) -> Option<Request> {
    let [
        step @ WriteStep::Update {
            object, id, fields, ..
        },
    ] = letter.write.steps.as_slice()
    else {
        return None;
    };
    let names: Vec<&str> = fields
        .keys()
        .map(String::as_str)
        .filter(|name| *name != MOMENT)
        .chain([MOMENT])
        .collect();
    let read = |reference: &str| Part {
        reference: reference.to_owned(),
        request: row::get(version, object, *id, &names),
    };
    let change = Part {
        reference: CHANGE.to_owned(),
        request: row_request(step, 0, letter, version),
    };
    let mut parts = vec![read(BEFORE), change, read(AFTER)];
    parts.extend(page);
    Some(composite::each(version, Purpose::Write, parts))
}

/// Reads the answer to [`request`].
pub fn read(write: &Write, response: &Response) -> Watched {
    let nothing = |outcome| Watched {
        outcome,
        before: None,
        after: None,
    };
    if !(200..=299).contains(&response.status) {
        return nothing(Err(error::failure(response, Purpose::Write)));
    }
    let body: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    let parts = composite::read_parts(body).unwrap_or_default();
    let part = |name: &str| parts.iter().find(|part| part.reference == name);
    let Some(change) = part(CHANGE) else {
        return nothing(Err(untold(response)));
    };
    Watched {
        outcome: changed(write, change),
        before: part(BEFORE).and_then(found),
        after: part(AFTER).and_then(found),
    }
}

/// The answer does not tell what became of the change.
fn untold(response: &Response) -> Failure {
    let start = json::excerpt(&response.body);
    let message = format!("the org's answer starts `{start}` and does not tell of the change");
    Failure::outcome_unknown(&message).with_status(Some(response.status))
}

fn changed(write: &Write, change: &PartReply) -> Result<Vec<RecordId>, Failure> {
    match change.status {
        200..=299 => Ok(write.targets()),
        _ => Err(part_failure(change).1),
    }
}

fn found(part: &PartReply) -> Option<Record> {
    (200..=299)
        .contains(&part.status)
        .then(|| record::read(part.body.clone()))?
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::failure::FailureKind;
    use crate::domain::write::Way;
    use serde_json::json;

    fn write() -> Write {
        Write {
            summary: String::new(),
            steps: vec![WriteStep::Update {
                object: "Contact".to_owned(),
                id: "003000000000001AAA".parse().unwrap(),
                fields: [("Title".to_owned(), json!("CIO"))].into_iter().collect(),
                base_modified: Some("2026-11-22T03:00:00.000+0000".to_owned()),
                base: Default::default(),
            }],
            allow_duplicates: false,
        }
    }

    #[test]
    fn a_change_is_read_before_and_after_in_one_request_none_of_which_stops_another() {
        let write = write();
        let letter = Letter {
            write: &write,
            way: &Way::Repeat,
            key: "",
        };
        let request = request(&letter, ApiVersion(66), Vec::new()).unwrap();
        let body = request.body.unwrap();
        assert_eq!(body["allOrNone"], json!(false));
        assert_eq!(request.purpose, Purpose::Write);
        let parts = body["compositeRequest"].as_array().unwrap();
        let told: Vec<_> = parts
            .iter()
            .map(|part| {
                (
                    part["method"].as_str().unwrap(),
                    part["referenceId"].as_str().unwrap(),
                )
            })
            .collect();
        assert_eq!(told, [("GET", BEFORE), ("PATCH", CHANGE), ("GET", AFTER)]);
        assert_eq!(
            parts[1]["httpHeaders"]["If-Unmodified-Since"],
            json!("Sun, 22 Nov 2026 03:00:00 GMT")
        );
        let url = parts[0]["url"].as_str().unwrap();
        assert!(url.ends_with("?fields=Title%2CLastModifiedDate"), "{url}");
    }

    #[test]
    fn a_conflict_brings_what_the_record_holds_now() {
        let row = json!({"attributes": {"type": "Contact"}, "Title": "CTO"});
        let reply = |change: Value| Response {
            status: 200,
            body: json!({"compositeResponse": [
                {"referenceId": BEFORE, "httpStatusCode": 200, "body": row},
                change,
                {"referenceId": AFTER, "httpStatusCode": 404, "body": []},
            ]})
            .to_string()
            .into_bytes(),
            ..Response::default()
        };
        let refused = json!({"referenceId": CHANGE, "httpStatusCode": 412, "body": null});
        let watched = read(&write(), &reply(refused));
        assert_eq!(watched.outcome.unwrap_err().kind, FailureKind::Conflict);
        assert_eq!(watched.before.unwrap().text("Title"), Some("CTO"));
        assert_eq!(watched.after, None);
        let done = json!({"referenceId": CHANGE, "httpStatusCode": 204, "body": null});
        let ids = read(&write(), &reply(done)).outcome.unwrap();
        assert_eq!(ids, write().targets());
        let lost = read(&write(), &reply(json!({})));
        assert_eq!(lost.outcome.unwrap_err().kind, FailureKind::OutcomeUnknown);
    }
}
