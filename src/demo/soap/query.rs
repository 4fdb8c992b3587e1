//! Queries, searches and retrieves by SOAP.

use serde_json::{Map, Value, json};

use super::message::Message;
use super::record;
use super::rows::ask;
use super::xml::nil;
use crate::demo::call::Call;
use crate::demo::error::Refusal;
use crate::demo::soql::plan::Bin;
use crate::demo::soql::run;
use crate::demo::sosl;
use crate::demo::wire::Reply;

/// Answers `query`, `queryAll`, `queryMore` and `search`.
///
/// # Errors
/// The statement's faults.
pub fn answer(call: &Call<'_>, message: &Message) -> Result<String, Refusal> {
    let operation = &message.operation;
    let text = operation.word("queryString").unwrap_or_default();
    let batch = message
        .header("QueryOptions", "batchSize")
        .and_then(|size| size.parse().ok());
    let reply = match operation.name.as_str() {
        "query" => run::query(call, text, Bin::Hidden, batch)?,
        "queryAll" => run::query(call, text, Bin::Seen, batch)?,
        "queryMore" => run::more(call, operation.word("queryLocator").unwrap_or_default())?,
        _ => {
            let found = sosl::find(call, operation.word("searchString").unwrap_or_default())?;
            return Ok(searched(call, message, &found));
        }
    };
    Ok(match reply.value() {
        Value::Object(map) => record::result(call, message.dialect, "result", &map),
        _ => String::new(),
    })
}

fn searched(call: &Call<'_>, message: &Message, found: &Reply) -> String {
    let found = found.value();
    let rows: String = found["searchRecords"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
        .map(|row| {
            let row = record::written(call, message.dialect, "record", row);
            format!("<searchRecords>{row}</searchRecords>")
        })
        .collect();
    format!("<result>{rows}</result>")
}

/// Answers `retrieve`: rows by id, nil for one that is not there.
///
/// # Errors
/// Of an unknown object or field.
pub fn retrieved(call: &Call<'_>, message: &Message) -> Result<String, Refusal> {
    let operation = &message.operation;
    let object = record::known(call, operation.word("sObjectType").unwrap_or_default())?;
    let fields: Vec<String> = operation
        .word("fieldList")
        .unwrap_or_default()
        .split(',')
        .map(|name| name.trim().to_owned())
        .collect();
    let ids = operation.words("ids");
    let path = ["composite", "sobjects", object.name.as_str()];
    let mut body = Map::new();
    body.insert("ids".into(), json!(ids));
    body.insert("fields".into(), json!(fields));
    let rows = ask(
        call,
        message,
        ("POST", &path, ""),
        Some(Value::Object(body)),
    )?;
    Ok(rows
        .as_array()
        .into_iter()
        .flatten()
        .map(|row| match row {
            Value::Object(map) => record::written(call, message.dialect, "result", map),
            _ => nil("result"),
        })
        .collect())
}
