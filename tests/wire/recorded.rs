//! Every recorded payload is read, and every recorded error explained. The recordings
//! lie outside the repository; without them these tests say so and pass.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sfw_tui::domain::failure::{Failure, FailureKind};
use sfw_tui::domain::record::Fields;
use sfw_tui::domain::write::{Write, WriteStep};
use sfw_tui::sf::client::Response;
use sfw_tui::sf::request::Purpose;
use sfw_tui::sf::{describe, error, identity, layout, query, row, version, write};

/// Where the recordings are, when they are.
pub fn folder() -> Option<PathBuf> {
    let folder = match std::env::var_os("SFW_TUI_RECORDED") {
        Some(folder) => PathBuf::from(folder),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/salesforce/recorded"),
    };
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: no recordings at {}", folder.display());
    None
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// The JSON files of one kind of recording, by name.
fn files(kind: &str) -> Vec<(String, Value)> {
    let Some(folder) = folder() else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = fs::read_dir(folder.join(kind))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        .collect();
    paths.sort();
    let name = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
    paths.iter().map(|path| (name(path), read(path))).collect()
}

fn bytes(body: &Value) -> Vec<u8> {
    match body {
        Value::Null => Vec::new(),
        body => serde_json::to_vec(body).unwrap(),
    }
}

fn response(status: u64, body: &Value) -> Response {
    Response {
        status: u16::try_from(status).unwrap(),
        body: bytes(body),
        ..Response::default()
    }
}

fn failure(status: u64, body: &Value) -> Failure {
    error::failure(&response(status, body), Purpose::Read)
}

#[test]
fn recorded_describes_are_read_with_all_their_fields() {
    for kind in ["describe", "describe-minimal"] {
        for (name, body) in files(kind)
            .iter()
            .filter(|(name, _)| name != "typeNames.json")
        {
            let schema = describe::read_schema(&bytes(body))
                .unwrap_or_else(|failure| panic!("{kind}/{name}: {failure}"));
            let told = body["fields"].as_array().unwrap();
            assert_eq!(schema.fields.len(), told.len(), "{kind}/{name}");
            let values = |field: &Value| field["picklistValues"].as_array().map_or(0, Vec::len);
            for (field, told) in schema.fields.iter().zip(told) {
                assert_eq!(field.api_name, told["name"], "{kind}/{name}");
                assert_eq!(
                    field.picklist.len(),
                    values(told),
                    "{kind}/{name} {}",
                    field.api_name
                );
            }
            let layouts = layout::read_layouts(b"{}", &schema);
            let items = layouts
                .values()
                .flat_map(|layout| &layout.sections)
                .flat_map(|section| &section.items);
            let writable = schema.fields.iter().any(|field| field.createable);
            assert_eq!(items.count() > 0, writable, "{kind}/{name}");
        }
    }
}

#[test]
fn recorded_describes_tell_what_a_record_needs_and_what_depends_on_what() {
    let needs = [
        ("nango2026-v58-Account.json", vec!["Name"]),
        ("cumulusci-Contact.json", vec!["LastName"]),
        ("cumulusci-Lead.json", vec!["LastName", "Company"]),
        (
            "cumulusci-Opportunity.json",
            vec!["Name", "StageName", "CloseDate"],
        ),
        (
            "cumulusci-OpportunityContactRole.json",
            vec!["OpportunityId", "ContactId"],
        ),
        ("grouparoo-v42-Campaign.json", vec!["Name"]),
        ("grouparoo-v42-Topic.json", vec!["Name"]),
        ("cumulusci-Event.json", vec![]),
    ];
    let recorded = files("describe");
    for (name, body) in &recorded {
        let schema = describe::read_schema(&bytes(body)).unwrap();
        let required: Vec<_> = schema
            .fields
            .iter()
            .filter(|field| field.is_required())
            .map(|field| field.api_name.as_str())
            .collect();
        if let Some((_, needed)) = needs.iter().find(|(known, _)| known == name) {
            assert_eq!(&required, needed, "{name}");
        }
        if name == "nango2026-v58-Account.json" {
            states_depend_on_countries(&schema);
        }
    }
}

/// `BillingStateCode` NY is valid for the United States only, ON for Canada only.
fn states_depend_on_countries(schema: &sfw_tui::domain::schema::ObjectSchema) {
    let countries = &schema.field("BillingCountryCode").unwrap().picklist;
    let states = schema.field("BillingStateCode").unwrap();
    assert_eq!(states.controller.as_deref(), Some("BillingCountryCode"));
    for (state, country) in [("NY", "US"), ("ON", "CA")] {
        let value = states
            .picklist
            .iter()
            .find(|value| value.value == state)
            .unwrap();
        let valid: Vec<_> = value
            .valid_for
            .iter()
            .flatten()
            .map(|place| countries[usize::from(*place)].value.as_str())
            .collect();
        assert_eq!(valid, [country], "{state}");
    }
}

#[test]
fn recorded_object_lists_are_read() {
    for (name, body) in files("describe-global") {
        let objects = describe::read_objects(&bytes(&body)).unwrap();
        let told = body["sobjects"].as_array().unwrap();
        let visible = told
            .iter()
            .filter(|object| object["deprecatedAndHidden"] != true);
        assert_eq!(objects.len(), visible.count(), "{name}");
        let account = objects
            .iter()
            .find(|object| object.api_name == "Account")
            .unwrap();
        assert_eq!(account.key_prefix.as_deref(), Some("001"), "{name}");
    }
}

/// Files of `http` that hold what this client never asks for.
const NOT_ASKED: [&str; 8] = [
    "composite-batch.json",
    "cumulusci-updates-task.json",
    "identity.json",
    "limits-v60.json",
    "openid-configuration.json",
    "quickaction-NewTask-defaults.json",
    "quickactions-global.json",
    "soap-login.json",
];

#[test]
fn recorded_exchanges_are_read() {
    for (name, file) in files("http")
        .iter()
        .filter(|(name, _)| !NOT_ASKED.contains(&name.as_str()))
    {
        let exchanges: Vec<&Value> = match file {
            Value::Array(list) if list[0].get("request").is_some() => list.iter().collect(),
            Value::Object(one) if one.contains_key("request") => vec![file],
            bare => {
                bare_body(name, bare);
                continue;
            }
        };
        for exchange in exchanges {
            let request = &exchange["request"];
            let path = request["path"].as_str().unwrap();
            let status = exchange["status"].as_u64().unwrap();
            let told = format!("{name}: {} {path}", request["method"]);
            match request["method"].as_str().unwrap() {
                "GET" => read_back(path, status, &exchange["body"], &told),
                "POST" if path.ends_with("/sobjects") => {
                    collection(request, status, &exchange["body"], &told)
                }
                _ => written(status, &exchange["body"], &told),
            }
        }
    }
}

/// What a GET brought, read by its path.
fn read_back(path: &str, status: u64, body: &Value, told: &str) {
    let raw = bytes(body);
    let ok = if status >= 400 {
        failure(status, body).kind == FailureKind::NotFound
    } else if path == "/services/data" {
        version::read_versions(&raw)
            .unwrap()
            .contains(&version::ApiVersion(66))
    } else if path.contains("/query") {
        let page = query::read_rows(&raw).unwrap();
        page.records.len() == body["records"].as_array().unwrap().len()
            && page.total == body["totalSize"]
    } else if path.to_lowercase().contains("search") || path.ends_with("/recent") {
        let listed = body.get("searchRecords").unwrap_or(body);
        query::read_found(&raw).unwrap().len() == listed.as_array().unwrap().len()
    } else if path.ends_with("/userinfo") {
        identity::read_userinfo(&raw).unwrap().user_id.as_str() == body["user_id"]
    } else if path.ends_with("/describe") {
        body.is_string() || describe::read_schema(&raw).is_ok()
    } else if path.ends_with('/') {
        body["objectDescribe"]["name"] == "Account"
    } else {
        row::read_record(&raw).unwrap().id.unwrap().as_str() == body["Id"]
    };
    assert!(ok, "{told}");
}

/// New rows in a collection: an id for each or the first failed row's reason.
fn collection(request: &Value, status: u64, body: &Value, told: &str) {
    let create = |record: &Value| WriteStep::Create {
        object: record["attributes"]["type"].as_str().unwrap().to_owned(),
        fields: Fields::new(),
    };
    let mut steps: Vec<WriteStep> = request["body"]["records"]
        .as_array()
        .unwrap()
        .iter()
        .map(create)
        .collect();
    // One row goes as a row; the recording has collections of one.
    steps.push(create(&request["body"]["records"][0]));
    let mut rows = body.as_array().unwrap().clone();
    rows.push(rows[0].clone());
    let failed = rows.iter().any(|row| row["success"] == false);
    let write = Write {
        summary: String::new(),
        steps,
        allow_duplicates: false,
    };
    match write::outcome(&write, &response(status, &Value::Array(rows.clone()))) {
        Ok(ids) => assert!(!failed && ids.len() == rows.len(), "{told}"),
        Err(failure) => assert!(
            failed && failure.kind != FailureKind::OutcomeUnknown,
            "{told}: {failure:?}"
        ),
    }
}

/// Other writes: failures inside a success are found, and none is made up.
fn written(status: u64, body: &Value, told: &str) {
    let text = body.to_string();
    let failed = ["\"success\":false", "errorCode", "\"isSuccessful\":false"]
        .iter()
        .any(|sign| text.contains(sign));
    let failure = failure(status, body);
    let found = !matches!(failure.kind, FailureKind::BadReply | FailureKind::Other);
    assert_eq!(found, failed, "{told}: {failure:?}");
}

/// Bodies recorded without their request.
fn bare_body(name: &str, body: &Value) {
    match name {
        "composite-all-error.json" | "composite-partial-success.json" => {
            assert!(
                failure(200, body).message.starts_with("Invalid reference"),
                "{name}"
            );
        }
        "composite-graph-error.json" => {
            assert_eq!(failure(200, body).code, "DUPLICATE_VALUE", "{name}")
        }
        "duplicates-detected-400.json" => {
            let failure = failure(400, body);
            assert_eq!(
                (failure.kind, failure.matches.len()),
                (FailureKind::Duplicate, 1)
            );
            assert!(failure.may_save_anyway);
        }
        "cumulusci-Organization-record.json" => {
            assert_eq!(
                row::read_record(&bytes(body)).unwrap().object,
                "Organization"
            );
        }
        "restforce-fixtures.json" => {
            for (name, body) in body.as_object().unwrap() {
                older_body(name, body);
            }
        }
        _ => panic!("no test reads {name}"),
    }
}

fn older_body(name: &str, body: &Value) {
    match name {
        "sobject/upsert_multiple_error_response" => {
            assert_eq!(failure(300, body).kind, FailureKind::Duplicate)
        }
        "expired_session_response" => assert_eq!(failure(401, body).kind, FailureKind::Session),
        "sobject/query_aggregate_success_response" => {
            assert_eq!(
                query::read_rows(&bytes(body)).unwrap().records[0].object,
                "AggregateResult"
            );
        }
        name if name.ends_with("error_response") => {
            let failure = failure(400, body);
            assert!(
                !matches!(failure.kind, FailureKind::Other | FailureKind::BadReply),
                "{name}: {failure:?}"
            );
        }
        _ => assert!(body.is_object(), "{name}"),
    }
}

#[test]
fn recorded_errors_of_the_user_interface_api_are_explained() {
    for (_, file) in files("ui-api")
        .iter()
        .filter(|(name, _)| name == "error-envelopes.json")
    {
        for (case, envelope) in file.as_object().unwrap() {
            let failure = failure(envelope["status"].as_u64().unwrap(), &envelope["body"]);
            assert!(
                envelope["body"].to_string().contains(&failure.message) || case == "DISCONNECTED"
            );
            match case.as_str() {
                "DISCONNECTED" => assert!(failure.message.ends_with("Disconnected or Canceled")),
                _ => judge(&failure, case),
            }
        }
    }
}

/// Compares the kind of a failure with what its code should give.
fn judge(failure: &Failure, told: &str) {
    if let Some(kind) = fitting(&failure.code, &failure.message) {
        assert_eq!(failure.kind, kind, "{told}\n{failure:?}");
    }
}

/// The kind a recorded code is explained as; `None` for what says nothing of a cause
/// (halted parts) and for protocols this client does not speak.
fn fitting(code: &str, message: &str) -> Option<FailureKind> {
    use FailureKind as Kind;
    let kind = match code {
        "REQUIRED_FIELD_MISSING" => Kind::RequiredField,
        "NOT_FOUND" | "ENTITY_IS_DELETED" | "INVALID_CROSS_REFERENCE_KEY" | "INVALID_TYPE" => {
            Kind::NotFound
        }
        "INVALID_FIELD" if message.contains("Foreign key external ID") => Kind::NotFound,
        "INVALID_FIELD" | "INVALID_FIELD_FOR_INSERT_UPDATE" => Kind::InvalidField,
        "INVALID_EMAIL_ADDRESS"
        | "STRING_TOO_LONG"
        | "MALFORMED_ID"
        | "JSON_PARSER_ERROR"
        | "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
        | "FIELD_INTEGRITY_EXCEPTION" => Kind::InvalidValue,
        "InvalidBatch" if message.contains("Field name not found") => Kind::InvalidField,
        "InvalidBatch" => Kind::InvalidValue,
        "DUPLICATE_VALUE" => Kind::DuplicateValue,
        "DUPLICATES_DETECTED" | "" => Kind::Duplicate,
        "INVALID_SESSION_ID" | "INVALID_AUTH_HEADER" => Kind::Session,
        "REQUEST_LIMIT_EXCEEDED" => Kind::Limit,
        "MALFORMED_QUERY" | "MALFORMED_SEARCH" | "QUERY_TIMEOUT" | "INVALID_QUERY_LOCATOR" => {
            Kind::Query
        }
        "UNABLE_TO_LOCK_ROW" | "CANNOT_UPDATE_CONVERTED_LEAD" => Kind::Locked,
        "DELETE_FAILED" | "FIELD_CUSTOM_VALIDATION_EXCEPTION" => Kind::Rule,
        "UNKNOWN_EXCEPTION" => Kind::Server,
        "API_DISABLED_FOR_ORG"
        | "INSUFFICIENT_ACCESS"
        | "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY"
        | "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY" => Kind::Permission,
        "invalid_grant" if message.starts_with("expired access") => Kind::Session,
        "invalid_grant" | "invalid_client" | "app_not_found" | "OAUTH_APPROVAL_ERROR_GENERIC" => {
            Kind::Login
        }
        // Misuse of an interface this client does not speak: told as it is.
        "INVALID_INPUT_COMBINATION" | "ILLEGAL_QUERY_PARAMETER_VALUE" | "POST_BODY_PARSE_ERROR" => {
            return None;
        }
        "PROCESSING_HALTED" | "400" | "401" | "403" => return None,
        _ => panic!("no explanation is judged fitting for {code}"),
    };
    Some(kind)
}

#[test]
fn every_recorded_error_gets_a_fitting_explanation() {
    let Some(folder) = folder() else { return };
    let lines = fs::read_to_string(folder.join("errors.jsonl")).unwrap();
    for line in lines.lines() {
        let told: Value = serde_json::from_str(line).unwrap();
        let failure = explained(&told);
        let code = told["errorCode"].as_str().unwrap_or_default();
        let message = told["message"].as_str().unwrap();
        if let Some(kind) = fitting(code, message) {
            assert_eq!(
                failure.kind, kind,
                "{line}
{failure:?}"
            );
        }
        assert!(
            !failure.hint().is_empty() && !failure.message.is_empty(),
            "{line}"
        );
    }
}

/// Every text below a folder that may be an id of 18 characters.
fn ids_below(folder: &Path, into: &mut std::collections::BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            ids_below(&path, into);
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let words = text.split(|sign: char| !sign.is_ascii_alphanumeric());
        let is_id = |word: &&str| {
            let end = |sign: u8| sign.is_ascii_uppercase() || (b'0'..=b'5').contains(&sign);
            word.len() == 18
                && word.starts_with(|sign: char| sign.is_ascii_digit())
                && word.bytes().skip(15).all(end)
        };
        into.extend(words.filter(is_id).map(str::to_owned));
    }
}

#[test]
fn every_recorded_id_is_the_long_form_of_its_first_fifteen_characters() {
    // Written by hand by those who made the recordings anonymous.
    const INVENTED: [&str; 4] = [
        "0013000000ABCDeAAF",
        "001000000000000000",
        "005i00000016AAAAAA",
        "00D0xORGID00000000",
    ];
    let Some(folder) = folder() else { return };
    let mut ids = std::collections::BTreeSet::new();
    ids_below(&folder, &mut ids);
    assert!(ids.len() > 119, "{}", ids.len());
    for id in ids.iter().filter(|id| !INVENTED.contains(&id.as_str())) {
        let short: sfw_tui::domain::id::RecordId = id[..15].parse().unwrap();
        assert_eq!(short.as_str(), id);
        assert_eq!(id.parse(), Ok(short));
    }
}

/// A line of the catalogue, put back into the shape it came in and read.
fn explained(told: &Value) -> Failure {
    let status = told["status"].as_u64();
    let message = told["message"].as_str().unwrap();
    let error = |code: &str| serde_json::json!({code: told["errorCode"], "message": message, "fields": told["fields"]});
    let body = match told["shape"].as_str().unwrap() {
        "rest-array" | "uiapi-array" => serde_json::json!([error("errorCode")]),
        "collections-row" => {
            serde_json::json!([{"success": false, "errors": [error("statusCode")]}])
        }
        "composite-subrequest" => serde_json::json!({"compositeResponse": [
            {"body": [error("errorCode")], "httpHeaders": {}, "httpStatusCode": status, "referenceId": "r"}]}),
        "composite-batch-result" => serde_json::json!({"hasErrors": true, "results": [
            {"statusCode": status, "result": [error("errorCode")]}]}),
        "oauth-object" => {
            serde_json::json!({"error": told["errorCode"], "error_description": message})
        }
        "uri-array" => serde_json::from_str(message).unwrap(),
        "oauth-html-page" => {
            let body = format!("<html><body><p>{message}</p></body></html>").into_bytes();
            let response = Response {
                status: 200,
                body,
                ..Response::default()
            };
            return error::failure(&response, Purpose::Read);
        }
        _ => {
            let code = told["errorCode"].as_str().unwrap();
            return error::named(code, message, Vec::new(), None);
        }
    };
    failure(status.unwrap_or(400), &body)
}
