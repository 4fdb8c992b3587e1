//! The body that makes a job to a [`Job`], with everything that is refused about it.

use serde_json::{Map, Value};

use super::job::{Delimiter, Ending, Job, Kind, Operation, State};
use crate::demo::call::Call;
use crate::demo::error::Refusal;
use crate::demo::events;
use crate::demo::ids::long_id;
use crate::demo::rights::Permission;
use crate::demo::rows::upsert;
use crate::demo::schema::ObjectDef;
use crate::demo::wire::Request;

/// A refusal in the words of the Bulk API, which runs its codes together.
pub fn invalid_job(text: impl std::fmt::Display) -> Refusal {
    Refusal::new(400, "INVALIDJOB", format!("InvalidJob : {text}"))
}

/// An open ingest job from the body that asks for it; not kept yet.
///
/// # Errors
/// `INVALIDJOB`, `INVALIDENTITY`, `JSON_PARSER_ERROR`.
pub fn ingest(
    call: &Call<'_>,
    body: &Map<String, Value>,
    request: &Request,
) -> Result<Job, Refusal> {
    known_keys(
        body,
        &[
            "object",
            "operation",
            "externalIdFieldName",
            "assignmentRuleId",
            "contentType",
            "columnDelimiter",
            "lineEnding",
            "concurrencyMode",
        ],
    )?;
    let name = text(body, "object")?.ok_or_else(|| invalid_job("No object specified"))?;
    let word = text(body, "operation")?.ok_or_else(|| invalid_job("No operation specified"))?;
    let operation = Operation::of(word)
        .filter(|operation| !matches!(operation, Operation::Query | Operation::QueryAll))
        .ok_or_else(|| not_in_enumeration("operation", word))?;
    if operation == Operation::HardDelete && !call.rights.has(Permission::BulkApiHardDelete) {
        let text = "hardDelete operation requires special user profile permission, please contact your system administrator";
        return Err(Refusal::new(400, "FEATURENOTENABLED", text));
    }
    let object = call.schema.object(name).ok_or_else(|| {
        Refusal::new(
            400,
            "INVALIDENTITY",
            format!("InvalidEntity : Unable to find object: {name}"),
        )
    })?;
    supported(object, operation)?;
    let mut job = blank(call, request, Kind::Ingest, operation);
    job.object.clone_from(&object.name);
    job.key = key(body, object, operation)?;
    job.rule = rule(body)?;
    (job.delimiter, job.ending) = format(body)?;
    Ok(job)
}

/// A job with nothing but its maker.
pub fn blank(call: &Call<'_>, request: &Request, kind: Kind, operation: Operation) -> Job {
    Job {
        number: 0,
        id: String::new(),
        kind,
        operation,
        object: String::new(),
        key: None,
        rule: None,
        query: None,
        delimiter: Delimiter::Comma,
        ending: Ending::Lf,
        state: State::Open,
        user: call.user.to_owned(),
        version: call.version.clone(),
        created: call.stamp(),
        modified: call.stamp(),
        processed: 0,
        failed: 0,
        error: None,
        took: 0,
        uploaded: false,
        read: 0,
        successes: 0,
        failures: 0,
        client: events::client(request),
    }
}

/// Refuses keys no job has.
///
/// # Errors
/// `JSON_PARSER_ERROR`.
pub fn known_keys(body: &Map<String, Value>, known: &[&str]) -> Result<(), Refusal> {
    match body.keys().find(|key| !known.contains(&key.as_str())) {
        Some(key) => Err(Refusal::parser(format!(
            "Unrecognized field \"{key}\" at [line:1, column:1]"
        ))),
        None => Ok(()),
    }
}

/// A text of the body; null and blank are none.
///
/// # Errors
/// `JSON_PARSER_ERROR` for anything else.
pub fn text<'a>(body: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, Refusal> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str()).filter(|text| !text.is_empty())),
        Some(other) => Err(Refusal::parser(format!(
            "Cannot deserialize instance of string from value {other} or request may be missing a required field at [line:1, column:1]"
        ))),
    }
}

/// Refuses a word that is none of the known ones.
pub fn not_in_enumeration(name: &str, word: &str) -> Refusal {
    Refusal::parser(format!(
        "'{word}' is not a valid value for {name} at [line:1, column:1]"
    ))
}

/// Delimiter and line ending of the body; `contentType` can only be `CSV`.
///
/// # Errors
/// `INVALIDJOB`, `JSON_PARSER_ERROR`.
pub fn format(body: &Map<String, Value>) -> Result<(Delimiter, Ending), Refusal> {
    if let Some(kind) = text(body, "contentType")?.filter(|kind| *kind != "CSV") {
        return Err(invalid_job(format!(
            "Invalid content type: {kind}. Only CSV is supported"
        )));
    }
    let delimiter = match text(body, "columnDelimiter")? {
        Some(word) => {
            Delimiter::of(word).ok_or_else(|| not_in_enumeration("columnDelimiter", word))?
        }
        None => Delimiter::Comma,
    };
    let ending = match text(body, "lineEnding")? {
        Some(word) => Ending::of(word).ok_or_else(|| not_in_enumeration("lineEnding", word))?,
        None => Ending::Lf,
    };
    Ok((delimiter, ending))
}

fn supported(object: &ObjectDef, operation: Operation) -> Result<(), Refusal> {
    let can = match operation {
        Operation::Insert => object.createable,
        Operation::Update => object.updateable,
        Operation::Upsert => object.createable && object.updateable,
        _ => object.deletable,
    };
    if can {
        return Ok(());
    }
    let text = format!(
        "InvalidEntity : Entity '{}' is not supported by the Bulk API.",
        object.name
    );
    Err(Refusal::new(400, "INVALIDENTITY", text))
}

fn key(
    body: &Map<String, Value>,
    object: &ObjectDef,
    operation: Operation,
) -> Result<Option<String>, Refusal> {
    let given = text(body, "externalIdFieldName")?;
    if operation != Operation::Upsert {
        return match given {
            None => Ok(None),
            Some(_) => Err(invalid_job(
                "External ID field name can only be specified for upsert",
            )),
        };
    }
    let name = given.ok_or_else(|| {
        invalid_job(format!(
            "External ID was blank for {}. An External ID must be specified for upsert.",
            object.name
        ))
    })?;
    match upsert::key_field(object, name) {
        Ok(field) => Ok(Some(field.name.clone())),
        Err(_) => Err(invalid_job(format!(
            "Field name provided, {name} does not match an External ID, Salesforce Id, or indexed field for {}",
            object.name
        ))),
    }
}

fn rule(body: &Map<String, Value>) -> Result<Option<String>, Refusal> {
    let Some(given) = text(body, "assignmentRuleId")? else {
        return Ok(None);
    };
    long_id(given)
        .filter(|id| id.starts_with("01Q"))
        .map(Some)
        .ok_or_else(|| invalid_job(format!("Invalid assignment rule id: {given}")))
}
