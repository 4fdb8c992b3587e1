//! One record at a time (REST API guide, sObject Rows).

use serde_json::Value;

use super::json;
use super::record;
use super::request::{Method, Request, encode};
use super::version::ApiVersion;
use crate::domain::failure::Failure;
use crate::domain::id::RecordId;
use crate::domain::record::{Fields, Record};

/// Every readable field of a record, or the named ones.
pub fn get(version: ApiVersion, object: &str, id: RecordId, fields: &[&str]) -> Request {
    let mut path = path_of(version, object, id);
    if !fields.is_empty() {
        path.push_str("?fields=");
        path.push_str(&encode(&fields.join(",")));
    }
    Request::get(path)
}

/// A new record; the org answers 201 with its id.
pub fn create(version: ApiVersion, object: &str, fields: Fields) -> Request {
    Request::write(
        Method::Post,
        path_of_new(version, object),
        Some(Value::Object(fields)),
    )
}

/// A field that keys an upsert, and the value looked for.
#[derive(Debug, Clone, Copy)]
pub struct Key<'a> {
    /// API name of a unique external id.
    pub field: &'a str,
    /// Its value.
    pub value: &'a str,
}

/// A new record, or the same values into the one that has the key; the org answers 201 or
/// 200 with its id, and 300 where several have it. The key itself must not stand in the body.
pub fn upsert(version: ApiVersion, object: &str, key: Key<'_>, mut fields: Fields) -> Request {
    fields.shift_remove(key.field);
    let path = format!(
        "{}/{}/{}",
        path_of_new(version, object),
        encode(key.field),
        encode(key.value)
    );
    Request::write(Method::Patch, path, Some(Value::Object(fields)))
}

/// Changed fields of a record; the org answers 204 without a body.
pub fn update(version: ApiVersion, object: &str, id: RecordId, fields: Fields) -> Request {
    Request::write(
        Method::Patch,
        path_of(version, object, id),
        Some(Value::Object(fields)),
    )
}

/// A record to the recycle bin; the org answers 204 without a body.
pub fn delete(version: ApiVersion, object: &str, id: RecordId) -> Request {
    Request::write(Method::Delete, path_of(version, object, id), None)
}

/// Where a record lives.
pub(super) fn path_of(version: ApiVersion, object: &str, id: RecordId) -> String {
    format!("{}/sobjects/{}/{id}", version.base(), encode(object))
}

/// Where new records of an object are posted.
pub(super) fn path_of_new(version: ApiVersion, object: &str) -> String {
    format!("{}/sobjects/{}", version.base(), encode(object))
}

/// Reads the answer to [`get`].
pub fn read_record(body: &[u8]) -> Result<Record, Failure> {
    let value: Value = json::read(body)?;
    record::read(value).ok_or_else(|| Failure::bad_reply(None, "the reply holds no record"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_addressed_by_object_and_id() {
        let id: RecordId = "003dM00001wBXYDQA4".parse().unwrap();
        let version = ApiVersion(66);
        let base = "/services/data/v66.0/sobjects";
        let row = format!("{base}/Contact/{id}");
        let cases = [
            (get(version, "Contact", id, &[]), "GET", row.clone()),
            (
                get(version, "Contact", id, &["Id", "Name"]),
                "GET",
                format!("{row}?fields=Id%2CName"),
            ),
            (
                create(version, "Contact", Fields::new()),
                "POST",
                format!("{base}/Contact"),
            ),
            (
                update(version, "Contact", id, Fields::new()),
                "PATCH",
                row.clone(),
            ),
            (delete(version, "Contact", id), "DELETE", row),
            (
                upsert(
                    version,
                    "Contact",
                    Key {
                        field: "Key__c",
                        value: "a/b",
                    },
                    Fields::new(),
                ),
                "PATCH",
                format!("{base}/Contact/Key__c/a%2Fb"),
            ),
            (
                delete(version, "../x", id),
                "DELETE",
                format!("{base}/..%2Fx/{id}"),
            ),
        ];
        for (request, method, path) in cases {
            assert_eq!((request.method.as_str(), request.path), (method, path));
        }
    }
}
