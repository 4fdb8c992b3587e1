//! Up to 200 rows of one object in one request, each answered for itself (REST API guide,
//! "sObject Collections"). Answers come in the order of the rows, and name no row that
//! was refused.

use serde_json::{Map, Value, json};

use super::error;
use super::json as reading;
use super::record::id_of;
use super::request::{Method, Request, encode};
use super::version::ApiVersion;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::id::RecordId;
use crate::domain::record::Fields;

/// Most rows of one request.
pub const MOST_ROWS: usize = 200;

/// What is done with the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change<'a> {
    /// New records.
    Create,
    /// Rows name their record by `Id`.
    Update,
    /// By the value of this field, `Id` among them.
    Upsert(&'a str),
    /// Rows hold an `Id` and nothing else.
    Delete,
}

/// What is sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Rows<'a> {
    /// API name of the rows' object.
    pub object: &'a str,
    /// What is done with them.
    pub change: Change<'a>,
    /// Their fields.
    pub rows: &'a [Fields],
    /// All or none are written.
    pub all_or_none: bool,
}

/// A row that was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// The record, where the org told it.
    pub id: Option<RecordId>,
    /// It was not there before.
    pub created: bool,
}

/// What became of one row.
pub type Outcome = Result<Written, Failure>;

/// The request that writes them.
pub fn request(version: ApiVersion, rows: &Rows<'_>) -> Request {
    let path = format!("{}/composite/sobjects", version.base());
    let method = match rows.change {
        Change::Delete => {
            let ids: Vec<&str> = rows.rows.iter().filter_map(id_in).collect();
            let path = format!(
                "{path}?ids={}&allOrNone={}",
                encode(&ids.join(",")),
                rows.all_or_none
            );
            return Request::write(Method::Delete, path, None);
        }
        Change::Create => Method::Post,
        Change::Update | Change::Upsert(_) => Method::Patch,
    };
    let path = match rows.change {
        Change::Upsert(key) => format!("{path}/{}/{}", encode(rows.object), encode(key)),
        _ => path,
    };
    let records = rows.rows.iter().map(|row| record(rows.object, row));
    let body = json!({
        "allOrNone": rows.all_or_none,
        "records": records.collect::<Vec<_>>(),
    });
    Request::write(method, path, Some(body))
}

fn id_in(row: &Fields) -> Option<&str> {
    row.get("Id")?.as_str()
}

/// `attributes` stands first: the org reads it before anything else.
fn record(object: &str, row: &Fields) -> Value {
    let mut record = Map::with_capacity(row.len() + 1);
    record.insert("attributes".to_owned(), json!({ "type": object }));
    record.extend(
        row.iter()
            .map(|(name, value)| (name.clone(), value.clone())),
    );
    Value::Object(record)
}

/// What became of each row, in their order. An answer that does not fit the rows leaves
/// all of them open: `OutcomeUnknown`.
pub fn read(rows: &Rows<'_>, body: &[u8]) -> Result<Vec<Outcome>, Failure> {
    let open = |why: &str| Failure::outcome_unknown(why);
    let value: Value = reading::read(body).map_err(|failure| open(&failure.message))?;
    let Value::Array(items) = value else {
        return Err(open("the org's answer is no list of rows"));
    };
    if items.len() != rows.rows.len() {
        let message = format!(
            "the org answered for {} rows where {} were sent",
            items.len(),
            rows.rows.len()
        );
        return Err(open(&message));
    }
    let outcomes: Option<Vec<Outcome>> = items.iter().map(outcome).collect();
    let outcomes = outcomes.ok_or_else(|| open("a row of the org's answer cannot be read"))?;
    // Rows that name their record can be told apart: an answer in another order is seen.
    let names_records = matches!(rows.change, Change::Update | Change::Delete);
    let is_astray = names_records
        && rows.rows.iter().zip(&outcomes).any(|(row, outcome)| {
            let sent = id_in(row).and_then(id_of);
            matches!(outcome, Ok(Written { id: Some(id), .. }) if sent != Some(*id))
        });
    match is_astray {
        true => Err(open("the org's answer names other records than were sent")),
        false => Ok(outcomes),
    }
}

fn outcome(item: &Value) -> Option<Outcome> {
    if item.get("success").and_then(Value::as_bool)? {
        let id = item.get("id").and_then(Value::as_str).and_then(id_of);
        let created = item
            .get("created")
            .and_then(Value::as_bool)
            .unwrap_or(false);
        return Some(Ok(Written { id, created }));
    }
    let errors = item.get("errors").map(error::errors).unwrap_or_default();
    let failure = match error::root(errors) {
        Some(told) => told.into_failure(200).with_status(None),
        None => Failure::new(FailureKind::Other, "ROW_REFUSED", "the org did not say why"),
    };
    Some(Err(failure))
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERSION: ApiVersion = ApiVersion(66);
    const ID: &str = "003dM00001wBXYDQA4";

    fn fields(value: Value) -> Fields {
        value.as_object().unwrap().clone()
    }

    fn rows<'a>(change: Change<'a>, rows: &'a [Fields]) -> Rows<'a> {
        Rows {
            object: "Contact",
            change,
            rows,
            all_or_none: false,
        }
    }

    #[test]
    fn each_change_has_its_address_and_body() {
        let some = [fields(json!({"Id": ID, "LastName": "A"}))];
        let base = "/services/data/v66.0/composite/sobjects";
        let cases = [
            (Change::Create, "POST", base.to_owned()),
            (Change::Update, "PATCH", base.to_owned()),
            (
                Change::Upsert("Key__c"),
                "PATCH",
                format!("{base}/Contact/Key__c"),
            ),
            (
                Change::Delete,
                "DELETE",
                format!("{base}?ids={ID}&allOrNone=false"),
            ),
        ];
        for (change, method, path) in cases {
            let request = request(VERSION, &rows(change, &some));
            assert_eq!(
                (request.method.as_str(), request.path.as_str()),
                (method, &*path)
            );
            if let Some(body) = request.body {
                let text = body.to_string();
                let start =
                    r#"{"allOrNone":false,"records":[{"attributes":{"type":"Contact"},"Id""#;
                assert!(text.starts_with(start), "{text}");
            }
        }
    }

    #[test]
    fn rows_are_told_one_by_one() {
        let sent = [fields(json!({"Id": ID})), fields(json!({"Id": ID}))];
        let body = format!(
            r#"[{{"id":"{ID}","success":true,"errors":[],"created":true}},
               {{"success":false,"errors":[{{"statusCode":"UNABLE_TO_LOCK_ROW","message":"busy","fields":[]}}]}}]"#
        );
        let told = read(&rows(Change::Update, &sent), body.as_bytes()).unwrap();
        assert!(
            told[0]
                .as_ref()
                .is_ok_and(|row| row.created && row.id.is_some())
        );
        assert_eq!(told[1].as_ref().unwrap_err().code, "UNABLE_TO_LOCK_ROW");
    }

    #[test]
    fn an_answer_that_does_not_fit_leaves_the_rows_open() {
        let sent = [fields(json!({"Id": ID}))];
        let other = r#"[{"id":"003dM00001wBXYEQA4","success":true,"errors":[]}]"#;
        for body in ["[]", "{}", "<html>", r#"[{"id":"x"}]"#, other] {
            let failure = read(&rows(Change::Update, &sent), body.as_bytes()).unwrap_err();
            assert_eq!(failure.kind, FailureKind::OutcomeUnknown, "{body}");
        }
        assert!(read(&rows(Change::Create, &sent), other.as_bytes()).is_ok());
    }
}
