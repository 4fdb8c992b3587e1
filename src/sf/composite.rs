//! Several requests in one: composite and collections (REST API guide, Composite and
//! sObject Collections). Each costs one API call.

use serde_json::{Map, Value, json};

use super::request::{Method, Purpose, Request};
use super::version::ApiVersion;
use crate::domain::record::Fields;

/// One request inside a composite.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// Name other parts refer to; letters, digits and underscores.
    pub reference: String,
    /// The request, as it would be sent alone.
    pub request: Request,
}

/// What the org answered to one part.
#[derive(Debug, Clone, PartialEq)]
pub struct PartReply {
    /// Name the part was given.
    pub reference: String,
    /// Its own HTTP status; the composite itself is always 200.
    pub status: u16,
    /// Its body; null where it has none.
    pub body: Value,
}

/// Requests answered together, at most 25 of them and at most 5 queries. A composite
/// that writes writes everything or nothing; one that reads answers each part for itself.
pub fn composite(version: ApiVersion, purpose: Purpose, parts: Vec<Part>) -> Request {
    let parts: Vec<Value> = parts.into_iter().map(part).collect();
    let body = json!({
        "allOrNone": purpose == Purpose::Write,
        "compositeRequest": parts,
    });
    Request {
        method: Method::Post,
        path: format!("{}/composite", version.base()),
        headers: Vec::new(),
        body: Some(body),
        soap: None,
        upload: None,
        purpose,
    }
}

/// Requests of which each is answered for itself, whatever becomes of the others.
pub(super) fn each(version: ApiVersion, purpose: Purpose, parts: Vec<Part>) -> Request {
    let mut request = composite(version, purpose, parts);
    if let Some(Value::Object(body)) = &mut request.body {
        body.insert("allOrNone".to_owned(), false.into());
    }
    request
}

fn part(part: Part) -> Value {
    let request = part.request;
    let mut out = Map::new();
    out.insert("method".to_owned(), request.method.as_str().into());
    out.insert("url".to_owned(), request.path.into());
    out.insert("referenceId".to_owned(), part.reference.into());
    if !request.headers.is_empty() {
        let headers = request
            .headers
            .into_iter()
            .map(|(name, value)| (name.to_owned(), Value::String(value)))
            .collect();
        out.insert("httpHeaders".to_owned(), Value::Object(headers));
    }
    if let Some(body) = request.body {
        out.insert("body".to_owned(), body);
    }
    Value::Object(out)
}

/// Up to 200 new records in one request, all or none. `attributes` stands first in each:
/// the org reads it before it can read anything else (recorded JSON_PARSER_ERROR).
pub fn create_all(version: ApiVersion, records: Vec<(String, Fields)>) -> Request {
    let records: Vec<Value> = records
        .into_iter()
        .map(|(object, fields)| {
            let mut record = Map::new();
            record.insert("attributes".to_owned(), json!({ "type": object }));
            record.extend(fields);
            Value::Object(record)
        })
        .collect();
    let body = json!({ "allOrNone": true, "records": records });
    let path = format!("{}/composite/sobjects", version.base());
    Request::write(Method::Post, path, Some(body))
}

/// Reads the parts of a composite's reply; `None` when it is no composite reply.
pub(super) fn read_parts(mut body: Value) -> Option<Vec<PartReply>> {
    match body.get_mut("compositeResponse")?.take() {
        Value::Array(parts) => Some(parts.into_iter().filter_map(read_part).collect()),
        _ => None,
    }
}

fn read_part(mut part: Value) -> Option<PartReply> {
    Some(PartReply {
        reference: part.get("referenceId")?.as_str()?.to_owned(),
        status: u16::try_from(part.get("httpStatusCode")?.as_u64()?).ok()?,
        body: part.get_mut("body").map(Value::take).unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::row;
    use super::*;

    #[test]
    fn parts_travel_as_they_would_alone() {
        let mut create = row::create(ApiVersion(66), "Task", Fields::new());
        create.headers.push(("If-Unmodified-Since", "x".to_owned()));
        let request = composite(
            ApiVersion(66),
            Purpose::Write,
            vec![Part {
                reference: "s0".to_owned(),
                request: create,
            }],
        );
        assert_eq!(request.path, "/services/data/v66.0/composite");
        assert_eq!(
            request.body.unwrap(),
            json!({"allOrNone": true, "compositeRequest": [{
                "method": "POST", "url": "/services/data/v66.0/sobjects/Task", "referenceId": "s0",
                "httpHeaders": {"If-Unmodified-Since": "x"}, "body": {}
            }]})
        );
    }

    #[test]
    fn attributes_stand_first_in_every_record_of_a_collection() {
        let mut fields = Fields::new();
        fields.insert("Aaa".to_owned(), 1.into());
        let request = create_all(ApiVersion(66), vec![("Task".to_owned(), fields)]);
        let text = request.body.unwrap().to_string();
        assert!(
            text.contains(r#"[{"attributes":{"type":"Task"},"Aaa":1}]"#),
            "{text}"
        );
    }

    #[test]
    fn part_replies_keep_status_and_body() {
        let body = json!({"compositeResponse": [
            {"body": null, "httpHeaders": {}, "httpStatusCode": 204, "referenceId": "s1"},
            {"broken": true}
        ]});
        let parts = read_parts(body).unwrap();
        assert_eq!(parts.len(), 1);
        assert_eq!((parts[0].status, parts[0].reference.as_str()), (204, "s1"));
        assert_eq!(read_parts(json!([])), None);
    }
}
