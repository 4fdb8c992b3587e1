//! Every shape of error body, and which error of several is shown.

use std::time::Duration;

use serde_json::json;

use super::*;

fn reply(status: u16, body: &str) -> Response {
    Response {
        status,
        body: body.as_bytes().to_vec(),
        elapsed: Duration::ZERO,
        ..Response::default()
    }
}

/// Reads bodies and compares code and fields.
fn check(cases: &[(u16, Value, &str, &str)]) {
    for (status, body, code, field) in cases {
        let failure = failure(&reply(*status, &body.to_string()), Purpose::Read);
        assert_eq!(failure.code, *code, "{body}");
        assert_eq!(failure.fields.join(","), *field, "{body}");
        assert_eq!(failure.status, Some(*status), "{body}");
    }
}

#[test]
fn shapes_of_single_requests_give_code_text_and_fields() {
    check(&[
        (
            400,
            json!([{"errorCode": "REQUIRED_FIELD_MISSING", "message": "Required fields are missing: [Name]", "fields": ["Name"]}]),
            "REQUIRED_FIELD_MISSING",
            "Name",
        ),
        (
            400,
            json!([{"errorCode": "INVALID_FIELD", "message": "No such column 'foo' on sobject of type Bar"}]),
            "INVALID_FIELD",
            "foo",
        ),
        (
            400,
            json!({"error": "invalid_grant", "error_description": "inactive user"}),
            "invalid_grant",
            "",
        ),
        (
            400,
            json!({"message": "An error occurred", "enhancedErrorType": "RecordError", "output": {"errors": [], "fieldErrors":
            {"Email__c": [{"errorCode": "INVALID_EMAIL_ADDRESS", "field": "Email__c", "constituentField": null, "message": "bad"}]}}}),
            "INVALID_EMAIL_ADDRESS",
            "Email__c",
        ),
        (
            400,
            json!({"output": {"errors": [{"errorCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "message": "yellow", "field": null}], "fieldErrors": {}}}),
            "FIELD_CUSTOM_VALIDATION_EXCEPTION",
            "",
        ),
        (
            300,
            json!(["/services/data/v41.0/sobjects/Account/0011I00000aCPEAQA4"]),
            "MULTIPLE_CHOICES",
            "",
        ),
    ]);
}

#[test]
fn shapes_of_many_requests_in_one_give_code_text_and_fields() {
    check(&[
        (
            200,
            json!([{"success": true, "errors": []}, {"success": false, "errors": [{"statusCode": "INVALID_EMAIL_ADDRESS", "message": "x", "fields": ["E__c"]}]}]),
            "INVALID_EMAIL_ADDRESS",
            "E__c",
        ),
        (
            400,
            json!({"hasErrors": true, "results": [{"referenceId": "r1", "errors": [{"statusCode": "STRING_TOO_LONG", "message": "x", "fields": ["A"]}]}]}),
            "STRING_TOO_LONG",
            "A",
        ),
        (
            200,
            json!({"hasErrors": true, "results": [{"statusCode": 404, "result": [{"errorCode": "NOT_FOUND", "message": "x"}]}]}),
            "NOT_FOUND",
            "",
        ),
    ]);
}

#[test]
fn the_root_of_a_failed_transaction_is_shown_not_its_victims() {
    let halted = |text: &str| json!([{"errorCode": "PROCESSING_HALTED", "message": text}]);
    let parts = |bodies: Vec<Value>| {
        let parts: Vec<Value> = bodies
            .into_iter()
            .map(|body| json!({"body": body, "httpStatusCode": 400, "referenceId": "s"}))
            .collect();
        json!({ "compositeResponse": parts })
    };
    let rolled =
        "The transaction was rolled back since another operation in the same transaction failed.";
    let cases = [
        (
            parts(vec![
                halted(rolled),
                json!([{"errorCode": "STRING_TOO_LONG", "message": "x"}]),
                halted("Execution halted"),
            ]),
            "STRING_TOO_LONG",
        ),
        (
            json!([
            {"success": false, "errors": [{"statusCode": "ALL_OR_NONE_OPERATION_ROLLED_BACK", "message": "x"}]},
            {"success": false, "errors": [{"statusCode": "INVALID_EMAIL_ADDRESS", "message": "y"}]}]),
            "INVALID_EMAIL_ADDRESS",
        ),
        (
            json!({"graphs": [{"graphId": "1", "isSuccessful": false, "graphResponse": parts(vec![halted(rolled), json!([{"errorCode": "DUPLICATE_VALUE", "message": "d"}])])}]}),
            "DUPLICATE_VALUE",
        ),
    ];
    for (body, code) in cases {
        assert_eq!(
            failure(&reply(200, &body.to_string()), Purpose::Read).code,
            code
        );
    }
    let only_halted = parts(vec![
        halted(rolled),
        halted("Invalid reference specified. No value for a"),
    ]);
    let shown = failure(&reply(200, &only_halted.to_string()), Purpose::Read);
    assert!(
        shown.message.starts_with("Invalid reference"),
        "{}",
        shown.message
    );
}

#[test]
fn duplicates_are_listed_with_their_names_in_both_spellings() {
    for key in ["duplicateResut", "duplicateResult"] {
        let found = json!({"allowSave": true, "matchResults": [
            {"matchRecords": [{"record": {"attributes": {"type": "Contact"}, "Id": "0038M0000016Wv8QAE",
                "Name": "Lena\u{1b}[2J Ortiz", "Email": "lena@example.com", "Account": {"Name": "x"}}}]},
            {"matchRecords": [{"record": {"attributes": {"type": "Contact"}, "Id": "0038M0000016Wv8QAE"}}, {"record": null}]}]});
        let body = json!([{key: found, "errorCode": "DUPLICATES_DETECTED", "message": "Use one of these records?"}]);
        let failure = failure(&reply(400, &body.to_string()), Purpose::Write);
        assert_eq!(failure.kind, FailureKind::Duplicate);
        assert!(failure.may_save_anyway);
        assert_eq!(failure.matches.len(), 1);
        let one = &failure.matches[0];
        assert_eq!(
            (one.link.object.as_str(), one.link.id.as_str()),
            ("Contact", "0038M0000016Wv8QAE")
        );
        assert!(one.link.name.contains("Ortiz") && !one.link.name.contains('\u{1b}'));
        assert!(
            one.details
                .contains(&("Email".to_owned(), "lena@example.com".to_owned()))
        );
    }
}

#[test]
fn bodies_that_are_not_json_keep_their_start_and_status() {
    let cases = [
        (
            503,
            "<html><title>Down for Maintenance</title></html>",
            FailureKind::Server,
            "Down for Maintenance",
        ),
        (502, "", FailureKind::Server, "502"),
        (
            403,
            "Bad_OAuth_Token",
            FailureKind::Session,
            "Bad_OAuth_Token",
        ),
        (
            200,
            "<html>We can't authorize you. OAUTH_APPROVAL_ERROR_GENERIC: x</html>",
            FailureKind::Login,
            "authorize",
        ),
        (
            200,
            "<html>Welcome to the hotel</html>",
            FailureKind::BadReply,
            "hotel",
        ),
        (404, "nope", FailureKind::NotFound, "nope"),
        (401, "", FailureKind::Session, "401"),
        (412, "", FailureKind::Conflict, "changed"),
        (302, "", FailureKind::BadReply, "302"),
    ];
    for (status, body, kind, text) in cases {
        let failure = failure(&reply(status, body), Purpose::Read);
        assert_eq!(failure.kind, kind, "{status} {body}");
        assert!(failure.message.contains(text), "{}", failure.message);
        assert_eq!(failure.status, Some(status), "{status} {body}");
    }
}

#[test]
fn a_write_that_met_a_gateway_is_of_unknown_outcome() {
    let unknown = r#"[{"errorCode":"UNKNOWN_EXCEPTION","message":"ErrorId 243926966-107564"}]"#;
    let busy = r#"[{"errorCode":"SERVER_UNAVAILABLE","message":"busy"}]"#;
    let cases = [
        (500, unknown, FailureKind::OutcomeUnknown),
        (502, "<html>", FailureKind::OutcomeUnknown),
        (503, "<html>", FailureKind::OutcomeUnknown),
        (503, busy, FailureKind::Server),
    ];
    for (status, body, kind) in cases {
        assert_eq!(
            failure(&reply(status, body), Purpose::Write).kind,
            kind,
            "{status} {body}"
        );
        assert_eq!(
            failure(&reply(status, body), Purpose::Read).kind,
            FailureKind::Server,
            "{status} {body}"
        );
    }
    let kept = failure(&reply(500, unknown), Purpose::Write);
    assert!(kept.message.contains("243926966") && kept.code == "UNKNOWN_EXCEPTION");
}

#[test]
fn success_tells_no_error() {
    for body in [
        json!({"id": "001dM00003kS2ndQAC", "success": true, "errors": []}),
        json!({"id": "e01", "success": true, "errors": [{"statusCode": "OPERATION_ENQUEUED", "message": "uuid"}]}),
        json!([{"id": "001dM00003kS2ndQAC", "success": true, "errors": []}]),
        json!({"compositeResponse": [{"body": null, "httpStatusCode": 204, "referenceId": "s0"}]}),
        json!({"records": []}),
        json!([]),
        json!(null),
    ] {
        assert_eq!(errors(&body), [], "{body}");
    }
}
