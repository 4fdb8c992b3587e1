//! A new record with a key by which the org knows it again (UI API, "Prevent Record
//! Duplication with Idempotent Record Writes"): for 30 days the same key answers the same,
//! and makes nothing new. One record a request, and only objects that the UI API knows.

use serde_json::{Value, json};

use super::super::client::Response;
use super::super::error;
use super::super::record::id_of;
use super::super::request::{Method, Purpose, Request};
use super::super::version::ApiVersion;
use super::Letter;
use crate::domain::failure::FailureKind;
use crate::domain::id::RecordId;
use crate::domain::write::{Way, WriteStep};

pub(super) fn request(letter: &Letter<'_>, version: ApiVersion) -> Option<Request> {
    let (Way::Idempotency { key }, [WriteStep::Create { object, fields }]) =
        (letter.way, letter.write.steps.as_slice())
    else {
        return None;
    };
    let body = json!({
        "apiName": object,
        "fields": fields,
        "allowSaveOnDuplicate": letter.write.allow_duplicates,
    });
    let path = format!("{}/ui-api/records", version.base());
    let mut request = Request::write(Method::Post, path, Some(body));
    request.headers.push(("Idempotency-Key", key.clone()));
    Some(request)
}

/// The id of the record made; a UI API reply has no `success`.
pub(super) fn id(body: &Value) -> Option<RecordId> {
    id_of(body.get("id")?.as_str()?)
}

/// The org refused the way, not the record: it has no UI API, the object is not in it, or
/// it takes no key. Nothing was done.
pub fn is_unsupported(response: &Response) -> bool {
    const CODES: [&str; 5] = [
        "API_DISABLED_FOR_ORG",
        "INVALID_TYPE",
        "METHOD_NOT_ALLOWED",
        "NOT_FOUND",
        "UNSUPPORTED_OPERATION",
    ];
    if !matches!(response.status, 400 | 403 | 404 | 405 | 501) {
        return false;
    }
    let failure = error::failure(response, Purpose::Write);
    let names_key = failure.message.to_lowercase().contains("idempotency");
    response.status != 400 && response.status != 403
        || CODES.contains(&failure.code.as_str())
        || (names_key && failure.kind != FailureKind::Duplicate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::write::Write;

    #[test]
    fn a_record_is_told_from_a_way_that_the_org_does_not_have() {
        let write = Write {
            summary: String::new(),
            steps: vec![WriteStep::Create {
                object: "Contact".to_owned(),
                fields: [("LastName".to_owned(), json!("Ortiz"))]
                    .into_iter()
                    .collect(),
            }],
            allow_duplicates: false,
        };
        let way = Way::Idempotency {
            key: "k".to_owned(),
        };
        let letter = Letter {
            write: &write,
            way: &way,
            key: "op",
        };
        let request = super::super::request(&letter, ApiVersion(66));
        assert_eq!(request.path, "/services/data/v66.0/ui-api/records");
        assert_eq!(request.headers, [("Idempotency-Key", "k".to_owned())]);
        let reply = |status: u16, body: Value| Response {
            status,
            body: body.to_string().into_bytes(),
            ..Response::default()
        };
        let made = reply(
            201,
            json!({"id": "003000000000001AAA", "apiName": "Contact"}),
        );
        let ids = super::super::outcome_of(&letter, &made).unwrap();
        assert_eq!(ids[0].as_str(), "003000000000001AAA");
        let error = |code: &str, text: &str| json!([{"errorCode": code, "message": text}]);
        let cases = [
            (404, error("NOT_FOUND", "no"), true),
            (400, error("INVALID_TYPE", "not supported"), true),
            (
                400,
                error("INVALID_HEADER", "Idempotency-Key is not supported"),
                true,
            ),
            (400, error("REQUIRED_FIELD_MISSING", "no"), false),
            (403, error("INSUFFICIENT_ACCESS", "no"), false),
            (403, error("REQUEST_LIMIT_EXCEEDED", "no"), false),
            (500, error("UNKNOWN_EXCEPTION", "no"), false),
        ];
        for (status, body, unsupported) in cases {
            assert_eq!(
                is_unsupported(&reply(status, body.clone())),
                unsupported,
                "{body}"
            );
        }
    }
}
