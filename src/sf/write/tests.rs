//! Which request a write becomes, and what its replies mean.

use serde_json::json;

use super::*;
use crate::domain::failure::FailureKind;
use crate::domain::id::RecordId;

const CONTACT: &str = "0038M0000016Wv8QAE";

fn id(text: &str) -> RecordId {
    id_of(text).unwrap()
}

fn fields(value: Value) -> Fields {
    value.as_object().unwrap().clone()
}

fn create(object: &str, value: Value) -> WriteStep {
    WriteStep::Create {
        object: object.to_owned(),
        fields: fields(value),
    }
}

fn update(value: Value, base: Option<&str>) -> WriteStep {
    WriteStep::Update {
        object: "Contact".to_owned(),
        id: id(CONTACT),
        fields: fields(value),
        base_modified: base.map(str::to_owned),
        base: Default::default(),
    }
}

fn delete() -> WriteStep {
    WriteStep::Delete {
        object: "Contact".to_owned(),
        id: id(CONTACT),
    }
}

fn write(steps: Vec<WriteStep>) -> Write {
    Write {
        summary: String::new(),
        steps,
        allow_duplicates: false,
    }
}

fn header<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    let found = request.headers.iter().find(|(known, _)| *known == name)?;
    Some(&found.1)
}

fn reply(status: u16, body: Value) -> Response {
    let body = match body {
        Value::Null => Vec::new(),
        body => body.to_string().into_bytes(),
    };
    Response {
        status,
        body,
        ..Response::default()
    }
}

const V: ApiVersion = ApiVersion(66);

#[test]
fn one_row_goes_as_a_row() {
    let cases = [
        (
            create("Task", json!({"Subject": "x"})),
            "POST",
            "/services/data/v66.0/sobjects/Task",
            Some(json!({"Subject": "x"})),
        ),
        (
            update(json!({"Title": null}), None),
            "PATCH",
            "/services/data/v66.0/sobjects/Contact/0038M0000016Wv8QAE",
            Some(json!({"Title": null})),
        ),
        (
            delete(),
            "DELETE",
            "/services/data/v66.0/sobjects/Contact/0038M0000016Wv8QAE",
            None,
        ),
    ];
    for (step, method, path, body) in cases {
        let request = plan(&write(vec![step]), V);
        assert_eq!(
            (request.method.as_str(), request.path.as_str()),
            (method, path)
        );
        assert_eq!(request.body, body);
        assert_eq!(request.purpose, Purpose::Write);
    }
}

#[test]
fn an_update_says_which_state_it_was_made_from() {
    let cases = [
        (
            Some("2026-05-01T07:25:37.000+0000"),
            Some("Fri, 01 May 2026 07:25:37 GMT"),
        ),
        (
            Some("2026-05-01T09:25:37.900+0200"),
            Some("Fri, 01 May 2026 07:25:37 GMT"),
        ),
        (
            Some("2026-05-01T07:25:37Z"),
            Some("Fri, 01 May 2026 07:25:37 GMT"),
        ),
        (Some("yesterday"), None),
        (None, None),
    ];
    for (base, expected) in cases {
        let request = plan(&write(vec![update(json!({"Title": "x"}), base)]), V);
        assert_eq!(
            header(&request, "If-Unmodified-Since"),
            expected,
            "{base:?}"
        );
    }
}

#[test]
fn saving_a_duplicate_needs_the_users_word() {
    for (allow, says) in [(false, "allowSave=false"), (true, "allowSave=true")] {
        let mut write = write(vec![create("Contact", json!({}))]);
        write.allow_duplicates = allow;
        let request = plan(&write, V);
        assert!(
            header(&request, "Sforce-Duplicate-Rule-Header")
                .unwrap()
                .contains(says)
        );
    }
    assert!(plan(&write(vec![delete()]), V).headers.is_empty());
}

#[test]
fn a_call_with_its_follow_up_is_one_collection() {
    let request = plan(
        &write(vec![
            create("Task", json!({"Subject": "a"})),
            create("Task", json!({"Subject": "@{1.id}"})),
        ]),
        V,
    );
    assert_eq!(request.path, "/services/data/v66.0/composite/sobjects");
    assert_eq!(
        request.body.unwrap(),
        json!({"allOrNone": true, "records": [
            {"attributes": {"type": "Task"}, "Subject": "a"},
            {"attributes": {"type": "Task"}, "Subject": "@{1.id}"}]})
    );
}

#[test]
fn steps_that_name_each_other_go_as_a_composite() {
    let note = write(vec![
        create(
            "ContentNote",
            json!({"Title": "@{0.id}", "Content": "eA=="}),
        ),
        create(
            "ContentDocumentLink",
            json!({"ContentDocumentId": "@{0.id}", "LinkedEntityId": CONTACT}),
        ),
        update(
            json!({"Description": "see @{0.id}"}),
            Some("2026-05-01T07:25:37.000+0000"),
        ),
        delete(),
    ]);
    let request = plan(&note, V);
    assert_eq!(
        (request.path.as_str(), request.purpose),
        ("/services/data/v66.0/composite", Purpose::Write)
    );
    let body = request.body.unwrap();
    assert_eq!(body["allOrNone"], true);
    let parts = body["compositeRequest"].as_array().unwrap();
    let names: Vec<_> = parts
        .iter()
        .map(|part| part["referenceId"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["s0", "s1", "s2", "s3"]);
    assert_eq!(
        parts[0]["body"]["Title"], "@{0.id}",
        "a step cannot name itself: this is text"
    );
    assert_eq!(parts[1]["body"]["ContentDocumentId"], "@{s0.id}");
    assert_eq!(
        parts[2]["body"]["Description"], "see @{0.id}",
        "only a whole value refers"
    );
    assert_eq!(
        parts[2]["httpHeaders"]["If-Unmodified-Since"],
        "Fri, 01 May 2026 07:25:37 GMT"
    );
    assert_eq!(parts[3].get("body"), None);
}

#[test]
fn success_gives_an_id_for_every_step() {
    let new = json!({"id": "00T8M0000016Wv8", "success": true, "errors": []});
    let cases = [
        (
            vec![create("Task", json!({}))],
            reply(201, new.clone()),
            vec!["00T8M0000016Wv8"],
        ),
        (
            vec![update(json!({}), None)],
            reply(204, Value::Null),
            vec![CONTACT],
        ),
        (vec![delete()], reply(204, Value::Null), vec![CONTACT]),
        (
            vec![create("Task", json!({})), create("Task", json!({}))],
            reply(
                200,
                json!([new, {"id": "00T8M0000016Wv9", "success": true, "errors": []}]),
            ),
            vec!["00T8M0000016Wv8", "00T8M0000016Wv9"],
        ),
        (
            vec![
                create("ContentNote", json!({})),
                create(
                    "ContentDocumentLink",
                    json!({"ContentDocumentId": "@{0.id}"}),
                ),
                delete(),
            ],
            reply(
                200,
                json!({"compositeResponse": [
                {"referenceId": "s1", "httpStatusCode": 201, "body": {"id": "06A8M0000016Wv9", "success": true}},
                {"referenceId": "s2", "httpStatusCode": 204, "body": null},
                {"referenceId": "s0", "httpStatusCode": 201, "body": {"id": "0698M0000016Wv8", "success": true}}]}),
            ),
            vec!["0698M0000016Wv8", "06A8M0000016Wv9", CONTACT],
        ),
    ];
    for (steps, response, ids) in cases {
        let ids: Vec<_> = ids.into_iter().map(id).collect();
        assert_eq!(outcome(&write(steps), &response).unwrap(), ids);
    }
}

/// Reads the reply to a write and compares the failure; an empty code is not compared.
fn refused(steps: Vec<WriteStep>, response: Response, code: &str, kind: FailureKind, status: u16) {
    let failure = outcome(&write(steps), &response).unwrap_err();
    assert_eq!(failure.kind, kind, "{failure:?}");
    assert_eq!(failure.status, Some(status), "{failure:?}");
    assert!(code.is_empty() || failure.code == code, "{failure:?}");
}

fn two_tasks() -> Vec<WriteStep> {
    vec![create("Task", json!({})), create("Task", json!({}))]
}

fn linked() -> Vec<WriteStep> {
    vec![
        create("A", json!({})),
        create("B", json!({"A__c": "@{0.id}"})),
    ]
}

#[test]
fn a_refused_row_gives_its_reason() {
    let gone =
        json!([{"errorCode": "ENTITY_IS_DELETED", "message": "entity is deleted", "fields": []}]);
    let kind = FailureKind::NotFound;
    refused(
        vec![delete()],
        reply(404, gone),
        "ENTITY_IS_DELETED",
        kind,
        404,
    );
    let over =
        json!([{"errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid"}]);
    let kind = FailureKind::Session;
    refused(
        vec![delete()],
        reply(401, over),
        "INVALID_SESSION_ID",
        kind,
        401,
    );
    let kind = FailureKind::Conflict;
    refused(
        vec![update(json!({}), None)],
        reply(412, Value::Null),
        "",
        kind,
        412,
    );
}

#[test]
fn a_refused_collection_shows_the_row_that_failed() {
    let body = json!([
        {"success": false, "errors": [{"statusCode": "ALL_OR_NONE_OPERATION_ROLLED_BACK", "message": "x", "fields": []}]},
        {"success": false, "errors": [{"statusCode": "STRING_TOO_LONG", "message": "too large", "fields": ["Subject"]}]}]);
    let kind = FailureKind::InvalidValue;
    refused(two_tasks(), reply(200, body), "STRING_TOO_LONG", kind, 200);
    let body = json!([{"errorCode": "EXCEEDED_ID_LIMIT", "message": "record limit reached."}]);
    refused(
        two_tasks(),
        reply(400, body),
        "EXCEEDED_ID_LIMIT",
        FailureKind::Limit,
        400,
    );
}

#[test]
fn a_refused_composite_shows_the_part_that_failed_with_its_status() {
    let rolled = json!([{"errorCode": "PROCESSING_HALTED", "message":
        "The transaction was rolled back since another operation in the same transaction failed."}]);
    let cause =
        json!([{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}]);
    let body = json!({"compositeResponse": [
        {"referenceId": "s0", "httpStatusCode": 400, "body": rolled},
        {"referenceId": "s1", "httpStatusCode": 404, "body": cause}]});
    refused(
        linked(),
        reply(200, body),
        "NOT_FOUND",
        FailureKind::NotFound,
        404,
    );
    let body = json!({"compositeResponse": [
        {"referenceId": "s0", "httpStatusCode": 400, "body": rolled},
        {"referenceId": "s1", "httpStatusCode": 412, "body": null}]});
    refused(linked(), reply(200, body), "", FailureKind::Conflict, 412);
}

#[test]
fn a_success_that_cannot_be_read_is_of_unknown_outcome() {
    let cases = [
        (vec![create("A", json!({}))], "<html>Hotel login</html>"),
        (vec![create("A", json!({}))], "{}"),
        (vec![delete()], "<html>Down for maintenance</html>"),
        (vec![delete()], r#"{"success":false}"#),
        (
            vec![create("A", json!({})), create("A", json!({}))],
            r#"[{"id":"00T8M0000016Wv8","success":true}]"#,
        ),
        (
            vec![create("A", json!({})), delete()],
            r#"{"compositeResponse":[]}"#,
        ),
    ];
    for (steps, body) in cases {
        let response = Response {
            status: 200,
            body: body.as_bytes().to_vec(),
            ..Response::default()
        };
        let failure = outcome(&write(steps), &response).unwrap_err();
        assert_eq!(failure.kind, FailureKind::OutcomeUnknown, "{body}");
    }
}
