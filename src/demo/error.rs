//! What the org answers when it refuses: status, `errorCode`, wording and `fields` as
//! recorded from real orgs (REST API guide, "Status Codes and Error Responses").

use serde_json::{Map, Value, json};

use super::wire::Reply;

/// Several faults of one request, at least one.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// HTTP status of a single-row call.
    pub status: u16,
    pub faults: Vec<Fault>,
}

/// One fault.
#[derive(Debug, Clone)]
pub struct Fault {
    pub code: &'static str,
    pub message: String,
    /// API names; `None` leaves the key out, as request faults do.
    pub fields: Option<Vec<String>>,
    /// The body of `duplicateResut` (Salesforce spells it so).
    pub duplicates: Option<Value>,
}

impl Fault {
    /// A fault of a row, which always carries `fields`.
    pub fn row(code: &'static str, message: impl Into<String>, fields: &[&str]) -> Self {
        let fields = fields.iter().map(|field| (*field).to_owned()).collect();
        Self {
            code,
            message: message.into(),
            fields: Some(fields),
            duplicates: None,
        }
    }

    fn array_form(&self) -> Value {
        let mut map = Map::new();
        if let Some(found) = &self.duplicates {
            map.insert("duplicateResut".into(), found.clone());
        }
        map.insert("message".into(), json!(self.message));
        map.insert("errorCode".into(), json!(self.code));
        if let Some(fields) = &self.fields {
            map.insert("fields".into(), json!(fields));
        }
        Value::Object(map)
    }

    fn collection_form(&self) -> Value {
        let mut map = Map::new();
        if let Some(found) = &self.duplicates {
            map.insert("duplicateResut".into(), found.clone());
        }
        map.insert("statusCode".into(), json!(self.code));
        map.insert("message".into(), json!(self.message));
        map.insert(
            "fields".into(),
            json!(self.fields.clone().unwrap_or_default()),
        );
        Value::Object(map)
    }
}

impl Refusal {
    /// A request fault (no `fields` key).
    pub fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        let fault = Fault {
            code,
            message: message.into(),
            fields: None,
            duplicates: None,
        };
        Self {
            status,
            faults: vec![fault],
        }
    }

    /// A row fault, status 400.
    pub fn row(code: &'static str, message: impl Into<String>, fields: &[&str]) -> Self {
        Self {
            status: 400,
            faults: vec![Fault::row(code, message, fields)],
        }
    }

    /// The same with another status.
    #[must_use]
    pub fn at(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// 404, unknown object, row or route.
    pub fn not_found() -> Self {
        Self::new(404, "NOT_FOUND", "The requested resource does not exist")
    }

    /// 404, the id segment is read as the name of an external-id field.
    pub fn unknown_key_field(name: &str) -> Self {
        let text =
            format!("Provided external ID field does not exist or is not accessible: {name}");
        Self::new(404, "NOT_FOUND", text)
    }

    /// 404, a row in the bin.
    pub fn deleted() -> Self {
        Self::row("ENTITY_IS_DELETED", "entity is deleted", &[]).at(404)
    }

    /// 405.
    pub fn method(method: &str, allowed: &str) -> Self {
        let text = format!("HTTP Method '{method}' not allowed. Allowed are {allowed}");
        Self::new(405, "METHOD_NOT_ALLOWED", text)
    }

    /// 400 for a body or value that cannot be read.
    pub fn parser(message: impl Into<String>) -> Self {
        Self::new(400, "JSON_PARSER_ERROR", message)
    }

    /// 400, no such row behind an id that looks right.
    pub fn cross_reference() -> Self {
        Self::row(
            "INVALID_CROSS_REFERENCE_KEY",
            "invalid cross reference id",
            &[],
        )
    }

    /// 413.
    pub fn too_large() -> Self {
        let text = "The request body is too large";
        Self::new(413, "EXCEEDED_MAX_SIZE_REQUEST", text)
    }

    /// 500, a fault of the org itself.
    pub fn unexpected(fault: impl std::fmt::Display) -> Self {
        let text = format!(
            "An unexpected error occurred. Please include this ErrorId if you contact support: {fault}"
        );
        Self::new(500, "UNKNOWN_EXCEPTION", text)
    }

    /// 400, a row the user does not see; named by its short id.
    pub fn no_cross_reference_access(id: &str) -> Self {
        let short = id.get(..15).unwrap_or(id);
        let text = format!("insufficient access rights on cross-reference id: {short}");
        Self::row("INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", text, &[])
    }

    /// The REST array.
    pub fn body(&self) -> Value {
        self.faults.iter().map(Fault::array_form).collect()
    }

    /// The `errors` of a collections row, which say `statusCode`.
    pub fn collection_errors(&self) -> Value {
        self.faults.iter().map(Fault::collection_form).collect()
    }

    /// The HTTP reply.
    pub fn reply(&self) -> Reply {
        Reply::json(self.status, &self.body())
    }
}

/// Marks the refusal of a call that wanted to write where only reading is possible. No
/// client sees it: the call is done again where writing is.
pub const WRITES: &str = "READ_ONLY_SNAPSHOT";

/// A statement beyond SQLite's bounds, or a fault of the org itself, such as a full disk.
impl From<rusqlite::Error> for Refusal {
    fn from(fault: rusqlite::Error) -> Self {
        if fault.sqlite_error_code() == Some(rusqlite::ErrorCode::ReadOnly) {
            return Self::new(500, WRITES, "This call writes");
        }
        let said = fault.to_string();
        if [
            "too large",
            "too complex",
            "too many",
            "too big",
            "stack overflow",
            "at most",
        ]
        .iter()
        .any(|word| said.contains(word))
        {
            let text = "Query is either selecting too many fields or the filter conditions are too complicated.";
            return Self::new(400, "QUERY_TOO_COMPLICATED", text);
        }
        Self::unexpected(fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_say_status_code_and_arrays_say_error_code() {
        let refusal = Refusal::row("STRING_TOO_LONG", "too long", &["Name"]);
        assert_eq!(refusal.body()[0]["errorCode"], "STRING_TOO_LONG");
        assert_eq!(
            refusal.collection_errors()[0]["statusCode"],
            "STRING_TOO_LONG"
        );
        assert_eq!(refusal.body()[0]["fields"], json!(["Name"]));
        assert!(Refusal::not_found().body()[0].get("fields").is_none());
    }
}
