//! Events as rows are written: change events with their header, and platform events.
//! One call of `rows` for each change; the event is part of the change's transaction.

use std::cell::Cell;

use rusqlite::types::Value as Sql;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::{log, topic};
use crate::demo::call::Call;
use crate::demo::error::Refusal;
use crate::demo::rows::Draft;
use crate::demo::schema::{FieldDef, FieldKind, ObjectDef};
use crate::demo::value;
use crate::demo::wire::Request;

/// Fields no event tells of.
const SILENT: [&str; 5] = [
    "Id",
    "IsDeleted",
    "SystemModstamp",
    "LastViewedDate",
    "LastReferencedDate",
];

/// What one transaction's events have in common.
#[derive(Debug)]
pub struct Changes {
    /// `com/salesforce/api/rest/62.0;client=sfw`.
    origin: String,
    key: String,
    made: Cell<i64>,
}

impl Changes {
    /// For a request of the REST API; `version` is `62.0`.
    pub fn of(request: &Request, version: &str) -> Self {
        Self::by("rest", version, client(request).as_deref())
    }

    /// For work through an API, named as change events name it.
    pub fn by(api: &str, version: &str, client: Option<&str>) -> Self {
        let client = client.map_or(String::new(), |client| format!(";client={client}"));
        Self {
            origin: format!("com/salesforce/api/{api}/{version}{client}"),
            key: uuid::Uuid::now_v7().to_string(),
            made: Cell::new(0),
        }
    }

    /// Whether the transaction has made events.
    pub fn any(&self) -> bool {
        self.made.get() > 0
    }

    fn next(&self) -> i64 {
        self.made.set(self.made.get() + 1);
        self.made.get()
    }
}

/// `client` of `Sforce-Call-Options`.
pub fn client(request: &Request) -> Option<String> {
    let options = request.header("sforce-call-options")?;
    options.split([',', ';']).find_map(|part| {
        let (name, value) = part.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("client")
            .then(|| value.trim().to_owned())
    })
}

/// What became of a row.
#[derive(Debug, Clone, Copy)]
pub enum Change<'a> {
    Create,
    /// The row as it was.
    Update(&'a Draft),
    Delete,
    Undelete,
}

/// Whether an object's rows are events.
pub fn is_platform_event(object: &ObjectDef) -> bool {
    object.name.ends_with("__e")
}

/// Name of the events an object's changes make; none for objects whose changes make none.
pub fn change_event(object: &ObjectDef) -> Option<String> {
    let tells = object.layoutable && object.key_prefix.is_some() && !is_platform_event(object);
    tells.then(|| match object.name.strip_suffix("__c") {
        Some(name) => format!("{name}__ChangeEvent"),
        None => format!("{}ChangeEvent", object.name),
    })
}

/// Records a change; `row` is the row after it.
///
/// # Errors
/// SQLite's.
pub fn changed(
    call: &Call<'_>,
    object: &ObjectDef,
    row: &Draft,
    change: Change<'_>,
) -> Result<(), Refusal> {
    let Some(event) = change_event(object) else {
        return Ok(());
    };
    let (kind, fields) = match change {
        Change::Create => ("CREATE", told(object, |name| !row.is_null(name), row)),
        // As told of a new row (Change Data Capture guide, "Change Events for Undeleted Records").
        Change::Undelete => ("UNDELETE", told(object, |name| !row.is_null(name), row)),
        Change::Update(before) => {
            // The time is told even when it is the same second.
            let differs = |name: &str| {
                row.has(name) && (row.get(name) != before.get(name) || name == "LastModifiedDate")
            };
            let fields = told(object, differs, row);
            if fields.keys().all(|name| name == "LastModifiedDate") {
                return Ok(());
            }
            ("UPDATE", fields)
        }
        Change::Delete => ("DELETE", Map::new()),
    };
    let sequence = call.changes.next();
    let mut payload = Map::new();
    payload.insert(
        "ChangeEventHeader".into(),
        json!({
            "commitNumber": call.now.as_microsecond(),
            "commitUser": call.user,
            "sequenceNumber": sequence,
            "entityName": object.name,
            "changeType": kind,
            "changeOrigin": call.changes.origin,
            "transactionKey": call.changes.key,
            "commitTimestamp": call.now.as_millisecond(),
            "recordIds": [row.text("Id").unwrap_or_default()],
        }),
    );
    payload.extend(fields);
    let body = json!({"schema": schema_id(&event), "payload": payload});
    log::append(call.db, &format!("/data/{event}"), call.now, &body)?;
    topic::changed(call, object, row, change)
}

/// The fields of an event, parts of compound fields below their whole.
fn told(object: &ObjectDef, is_told: impl Fn(&str) -> bool, row: &Draft) -> Map<String, Value> {
    let mut all = Map::new();
    let composed = object.is_person();
    for field in object.stored() {
        let name = field.name.as_str();
        if SILENT.contains(&name) || (composed && name == "Name") || !is_told(name) {
            continue;
        }
        let value = json_of(field, row.get(name));
        match &field.compound {
            Some(whole) => {
                let parts = all
                    .entry(whole.clone())
                    .or_insert_with(|| Value::Object(Map::new()));
                if let Value::Object(parts) = parts {
                    parts.insert(field.name.clone(), value);
                }
            }
            None => {
                all.insert(field.name.clone(), value);
            }
        }
    }
    all
}

fn json_of(field: &FieldDef, stored: &Sql) -> Value {
    match value::to_json(field.into(), stored.into()) {
        Value::String(text) if field.kind == FieldKind::DateTime => {
            Value::String(text.replace("+0000", "Z"))
        }
        other => other,
    }
}

/// The id of an event's shape: 22 signs, always the same for the same event.
fn schema_id(event: &str) -> String {
    use base64::Engine;
    let hash = Sha256::digest(event.as_bytes());
    let text = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(hash);
    text.chars().take(22).collect()
}

/// Publishes a platform event, an object's row that is never stored.
///
/// # Errors
/// SQLite's.
pub fn publish(call: &Call<'_>, object: &ObjectDef, row: &Draft) -> Result<(), Refusal> {
    let mut payload = Map::new();
    payload.insert(
        "CreatedDate".into(),
        json!(call.stamp().replace("+0000", "Z")),
    );
    payload.insert("CreatedById".into(), json!(call.user));
    for field in object.stored().filter(|field| field.custom) {
        payload.insert(field.name.clone(), json_of(field, row.get(&field.name)));
    }
    call.changes.next();
    let body = json!({
        "schema": schema_id(&object.name),
        "payload": payload,
        "event": {"EventUuid": uuid::Uuid::now_v7().to_string()},
    });
    log::append(call.db, &format!("/event/{}", object.name), call.now, &body)?;
    Ok(())
}

/// The `errors` of a created row: for a platform event (their ids begin with `e`) the news
/// that it is on its way, which is no error (Platform Events guide).
pub fn enqueued(id: &str) -> Value {
    if !id.starts_with('e') {
        return json!([]);
    }
    let message = uuid::Uuid::now_v7().to_string();
    json!([{"statusCode": "OPERATION_ENQUEUED", "message": message, "fields": []}])
}
