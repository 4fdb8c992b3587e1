//! Writing rows by SOAP: handed to REST's collections, answered in SOAP's result
//! elements. Says too what was changed and deleted in a span of time.

use serde_json::{Value, json};

use super::message::Message;
use super::record::{self, Given};
use super::xml::{element, nil};
use crate::demo::call::Call;
use crate::demo::error::Refusal;
use crate::demo::routes;
use crate::demo::wire::{Request, encode};

/// Rows of one call.
const MOST: usize = 200;

/// Asks REST's own code: method, path below the version, query, with the message's
/// headers as REST has them.
///
/// # Errors
/// REST's.
pub fn ask(
    call: &Call<'_>,
    message: &Message,
    (method, path, query): (&str, &[&str], &str),
    body: Option<Value>,
) -> Result<Value, Refusal> {
    let mut request = Request::new(method, "/");
    request.query = query.to_owned();
    if let Some(body) = body {
        request
            .headers
            .push(("content-type".into(), "application/json".into()));
        request.body = body.to_string().into_bytes();
    }
    request.headers.extend(headers(message));
    routes::dispatch(call, path, &request).map(|reply| reply.value())
}

/// SOAP headers in REST's words. Assignment rules run by SOAP only where asked for.
fn headers(message: &Message) -> Vec<(String, String)> {
    let flag = |name, field| message.header_flag(name, field) == Some(true);
    let mut headers = Vec::new();
    let rule = message.header("AssignmentRuleHeader", "assignmentRuleId");
    let assign = match rule.filter(|id| !id.is_empty()) {
        Some(id) => id.to_owned(),
        None if flag("AssignmentRuleHeader", "useDefaultRule") => "TRUE".to_owned(),
        None => "FALSE".to_owned(),
    };
    headers.push(("sforce-auto-assign".to_owned(), assign));
    let wishes: Vec<String> = ["allowSave", "includeRecordDetails", "runAsCurrentUser"]
        .iter()
        .filter(|field| flag("DuplicateRuleHeader", field))
        .map(|field| format!("{field}=true"))
        .collect();
    if !wishes.is_empty() {
        headers.push(("sforce-duplicate-rule-header".to_owned(), wishes.join("; ")));
    }
    if let Some(touch) = message.header_flag("MruHeader", "updateMru") {
        headers.push(("sforce-mru".to_owned(), format!("updateMru={touch}")));
    }
    if let Some(client) = message.header("CallOptions", "client") {
        headers.push(("sforce-call-options".to_owned(), format!("client={client}")));
    }
    headers
}

/// Refuses more rows than one call takes.
///
/// # Errors
/// `EXCEEDED_ID_LIMIT`.
pub fn bounded(count: usize) -> Result<(), Refusal> {
    if count <= MOST {
        return Ok(());
    }
    let text =
        format!("record limit reached. cannot submit more than {MOST} records into this call");
    Err(Refusal::new(400, "EXCEEDED_ID_LIMIT", text))
}

/// Answers `create`, `update`, `upsert` and `delete`.
///
/// # Errors
/// What is wrong with the call as a whole; a row's faults are in its result.
pub fn answer(call: &Call<'_>, message: &Message) -> Result<String, Refusal> {
    let operation = &message.operation;
    let whole = message.header_flag("AllOrNoneHeader", "allOrNone") == Some(true);
    if operation.name == "delete" {
        let ids = operation.words("ids");
        bounded(ids.len())?;
        if ids.is_empty() {
            return Ok(String::new());
        }
        let query = format!("ids={}&allOrNone={whole}", encode(&ids.join(",")));
        let done = ask(
            call,
            message,
            ("DELETE", &["composite", "sobjects"], &query),
            None,
        )?;
        return Ok(results(&done, false));
    }
    let given: Vec<Given> = operation
        .all("sObjects")
        .map(|node| record::given(call, node))
        .collect::<Result<_, _>>()?;
    bounded(given.len())?;
    if operation.name == "upsert" {
        let key = operation.word("externalIDFieldName").unwrap_or("Id");
        return upserted(call, message, (key, whole), given);
    }
    let method = if operation.name == "create" {
        "POST"
    } else {
        "PATCH"
    };
    let rows: Vec<Value> = given.into_iter().map(with_id).collect();
    let body = json!({"allOrNone": whole, "records": rows});
    let done = ask(
        call,
        message,
        (method, &["composite", "sobjects"], ""),
        Some(body),
    )?;
    Ok(results(&done, false))
}

fn with_id(given: Given) -> Value {
    let mut fields = given.fields;
    if let Some(id) = given.id {
        fields.insert("Id".into(), json!(id));
    }
    Value::Object(fields)
}

/// REST upserts rows of one object: neighbours of one object go together.
fn upserted(
    call: &Call<'_>,
    message: &Message,
    (key, whole): (&str, bool),
    given: Vec<Given>,
) -> Result<String, Refusal> {
    let mut done = String::new();
    let mut given = given.into_iter().peekable();
    while let Some(first) = given.next() {
        let object = first.object.clone();
        let mut rows = vec![with_id(first)];
        while let Some(next) = given.next_if(|next| next.object == object) {
            rows.push(with_id(next));
        }
        let body = json!({"allOrNone": whole, "records": rows});
        let path = ["composite", "sobjects", object.as_str(), key];
        done.push_str(&results(
            &ask(call, message, ("PATCH", &path, ""), Some(body))?,
            true,
        ));
    }
    Ok(done)
}

/// Result elements of a collections reply.
fn results(rows: &Value, upsert: bool) -> String {
    let rows = rows.as_array().into_iter().flatten();
    rows.map(|row| result(row, upsert)).collect()
}

/// One result element, its parts in the WSDL's order.
pub fn result(row: &Value, upsert: bool) -> String {
    let mut text = String::from("<result>");
    if upsert {
        text.push_str(&element("created", &(row["created"] == true).to_string()));
    }
    for error in row["errors"].as_array().into_iter().flatten() {
        text.push_str(&fault(error));
    }
    text.push_str(
        &row["id"]
            .as_str()
            .map_or_else(|| nil("id"), |id| element("id", id)),
    );
    text.push_str(&element("success", &(row["success"] == true).to_string()));
    text.push_str("</result>");
    text
}

/// One `errors` element.
pub fn fault(error: &Value) -> String {
    let fields: String = error["fields"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(|name| element("fields", name))
        .collect();
    format!(
        "<errors>{fields}{}{}</errors>",
        element("message", error["message"].as_str().unwrap_or_default()),
        element(
            "statusCode",
            error["statusCode"].as_str().unwrap_or_default()
        )
    )
}

/// Answers `getUpdated` and `getDeleted`.
///
/// # Errors
/// Those of REST's resources.
pub fn replicated(call: &Call<'_>, message: &Message) -> Result<String, Refusal> {
    let operation = &message.operation;
    let object = record::known(call, operation.word("sObjectType").unwrap_or_default())?;
    let moment = |name: &str| encode(operation.word(name).unwrap_or_default());
    let query = format!("start={}&end={}", moment("startDate"), moment("endDate"));
    let part = if operation.name == "getUpdated" {
        "updated"
    } else {
        "deleted"
    };
    let path = ["sobjects", object.name.as_str(), part];
    let found = ask(call, message, ("GET", &path, &query), None)?;
    let time = |value: &Value| value.as_str().unwrap_or_default().replace("+0000", "Z");
    let mut text = String::from("<result>");
    if part == "updated" {
        let ids = found["ids"].as_array().into_iter().flatten();
        text.extend(ids.filter_map(Value::as_str).map(|id| element("ids", id)));
    } else {
        for row in found["deletedRecords"].as_array().into_iter().flatten() {
            text.push_str(&format!(
                "<deletedRecords>{}{}</deletedRecords>",
                element("deletedDate", &time(&row["deletedDate"])),
                element("id", row["id"].as_str().unwrap_or_default())
            ));
        }
        text.push_str(&element(
            "earliestDateAvailable",
            &time(&found["earliestDateAvailable"]),
        ));
    }
    text.push_str(&element(
        "latestDateCovered",
        &time(&found["latestDateCovered"]),
    ));
    text.push_str("</result>");
    Ok(text)
}
