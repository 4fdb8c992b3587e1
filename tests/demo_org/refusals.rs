//! Refused writes, in the real words.

use super::*;

#[test]
fn writes_are_refused_in_the_real_words() {
    let stage = stage();
    let client = &stage.client;
    let long = "x".repeat(41);
    let cases = [
        (
            "Contact",
            json!({}),
            400,
            "REQUIRED_FIELD_MISSING",
            "Required fields are missing: [LastName]",
            json!(["LastName"]),
        ),
        (
            "Lead",
            json!({"FirstName": "A"}),
            400,
            "REQUIRED_FIELD_MISSING",
            "Required fields are missing: [LastName, Company]",
            json!(["LastName", "Company"]),
        ),
        (
            "Contact",
            json!({"LastName": "A", "foo": 1}),
            400,
            "INVALID_FIELD",
            "No such column 'foo' on sobject of type Contact",
            Value::Null,
        ),
        (
            "Contact",
            json!({"LastName": "A", "Name": "B"}),
            400,
            "INVALID_FIELD_FOR_INSERT_UPDATE",
            "Unable to create/update fields: Name. Please check the security settings of this field and verify that it is read/write for your profile or permission set.",
            json!(["Name"]),
        ),
        // No series is made here, so none may be asked for.
        (
            "Task",
            json!({"Subject": "A", "IsRecurrence": true}),
            400,
            "INVALID_FIELD_FOR_INSERT_UPDATE",
            "Unable to create/update fields: IsRecurrence. Please check the security settings of this field and verify that it is read/write for your profile or permission set.",
            json!(["IsRecurrence"]),
        ),
        (
            "Contact",
            json!({"LastName": "A", "Email": "badone"}),
            400,
            "INVALID_EMAIL_ADDRESS",
            "Email: invalid email address: badone",
            json!(["Email"]),
        ),
        (
            "Contact",
            json!({"LastName": "A", "Level__c": "Nope"}),
            400,
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            "Level: bad value for restricted picklist field: Nope",
            json!(["Level__c"]),
        ),
        (
            "Contact",
            json!({"LastName": "A", "FirstName": long}),
            400,
            "STRING_TOO_LONG",
            &format!("First Name: data value too large: {long} (max length=40)"),
            json!(["FirstName"]),
        ),
        (
            "Contact",
            json!({"LastName": "A", "Satisfaction__c": 12345}),
            400,
            "NUMBER_OUTSIDE_VALID_RANGE",
            "Satisfaction: value outside of valid range on numeric field: 12345",
            json!(["Satisfaction__c"]),
        ),
        (
            "Task",
            json!({"WhatId": "006B000002nBrQ"}),
            400,
            "MALFORMED_ID",
            "Related To ID: id value of incorrect type: 006B000002nBrQ",
            json!(["WhatId"]),
        ),
        (
            "Contact",
            json!({"LastName": "A", "Birthdate": "soon"}),
            400,
            "JSON_PARSER_ERROR",
            "Cannot deserialize instance of date from VALUE_STRING value soon or request may be missing a required field at [line:1, column:29]",
            Value::Null,
        ),
        (
            "Contact",
            json!({"LastName": "A", "Languages__c": ["a"]}),
            400,
            "JSON_PARSER_ERROR",
            "Cannot deserialize instance of multipicklist from START_ARRAY value [ or request may be missing a required field at [line:1, column:32]",
            Value::Null,
        ),
        (
            "Opportunity",
            json!({"Name": "A", "StageName": "Closed Won", "CloseDate": "2026-11-22"}),
            400,
            "FIELD_CUSTOM_VALIDATION_EXCEPTION",
            "A won opportunity needs an amount. Enter the Amount before you set the stage to Closed Won.",
            json!(["Amount"]),
        ),
        (
            "Event",
            json!({"Subject": "A"}),
            400,
            "REQUIRED_FIELD_MISSING",
            "Required fields are missing: [DurationInMinutes, ActivityDateTime]",
            json!(["DurationInMinutes", "ActivityDateTime"]),
        ),
        (
            "Contact",
            json!({"LastName": "A", "Account": {"SFW_Key__c": "ZZ"}}),
            400,
            "INVALID_FIELD",
            "Foreign key external ID: zz not found for field SFW_Key__c in entity Account",
            json!([]),
        ),
        (
            "Bar",
            json!({}),
            404,
            "NOT_FOUND",
            "The requested resource does not exist",
            Value::Null,
        ),
    ];
    for (object, body, status, code, message, fields) in cases {
        let (got, reply) = client.send(
            Method::POST,
            &format!("/sobjects/{object}"),
            Some(body.clone()),
        );
        assert_eq!(
            (
                got,
                reply[0]["errorCode"].as_str(),
                reply[0]["message"].as_str()
            ),
            (status, Some(code), Some(message)),
            "{body}"
        );
        assert_eq!(reply[0]["fields"], fields, "{body}");
    }
}

#[test]
fn ids_in_addresses_are_checked_as_real_orgs_do() {
    let stage = stage();
    let client = &stage.client;
    let cases = [
        (
            Method::GET,
            "/sobjects/Contact/23foo",
            404,
            "Provided external ID field does not exist or is not accessible: 23foo",
        ),
        (
            Method::GET,
            "/sobjects/Contact/003000000000001",
            404,
            "The requested resource does not exist",
        ),
        (
            Method::DELETE,
            "/sobjects/Contact/003000000000001",
            404,
            "invalid cross reference id",
        ),
        (
            Method::GET,
            "/sobjects/Contact/Title/x",
            404,
            "Provided external ID field does not exist or is not accessible: Title",
        ),
        (
            Method::GET,
            "/sobjects/Contact/Email/no%40one.example",
            404,
            "The requested resource does not exist",
        ),
        (
            Method::PUT,
            "/sobjects/Contact",
            405,
            "HTTP Method 'PUT' not allowed. Allowed are GET,HEAD,POST",
        ),
        (
            Method::GET,
            "/nowhere",
            404,
            "The requested resource does not exist",
        ),
    ];
    for (method, path, status, message) in cases {
        let (got, body) = client.send(method, path, None);
        assert_eq!(
            (got, body[0]["message"].as_str()),
            (status, Some(message)),
            "{path}"
        );
    }
    let (status, _, body) = client.raw(
        Method::POST,
        "/services/data/v62.0/sobjects/Contact",
        &[],
        Some("{\"LastName\"".into()),
    );
    assert_eq!(status, 400);
    assert!(
        String::from_utf8(body)
            .unwrap()
            .contains("JSON_PARSER_ERROR")
    );
}

#[test]
fn a_second_contact_with_one_email_is_shown_and_can_be_saved_anyway() {
    let stage = stage();
    let client = &stage.client;
    let found = client.query("SELECT Id, Email FROM Contact WHERE Name = 'Lena Ortiz'");
    let body = json!({"LastName": "Double", "Email": found["records"][0]["Email"]});
    let (status, reply) = client.send(Method::POST, "/sobjects/Contact", Some(body.clone()));
    assert_eq!(
        (status, reply[0]["errorCode"].as_str()),
        (400, Some("DUPLICATES_DETECTED"))
    );
    let result = &reply[0]["duplicateResut"];
    assert_eq!(result["allowSave"], true);
    assert_eq!(
        result["matchResults"][0]["matchRecords"][0]["record"]["Id"],
        found["records"][0]["Id"]
    );
    let rows = json!({"records": [{"attributes": {"type": "Contact"}, "LastName": "D", "Email": body["Email"]}]});
    let (_, reply) = client.send(Method::POST, "/composite/sobjects", Some(rows.clone()));
    assert_eq!(reply[0]["errors"][0]["statusCode"], "DUPLICATES_DETECTED");
    let record = "duplicateResut/matchResults/0/matchRecords/0/record";
    for (path, body, place) in [
        ("/sobjects/Contact", &body, format!("/0/{record}")),
        (
            "/composite/sobjects",
            &rows,
            format!("/0/errors/0/{record}"),
        ),
    ] {
        let details = [("Sforce-Duplicate-Rule-Header", "includeRecordDetails=true")];
        let (_, reply) = client.send_with(Method::POST, path, &details, Some(body.clone()));
        let told = reply.pointer(&place).unwrap_or_else(|| panic!("{reply}"));
        assert_eq!(told["attributes"]["type"], "Contact");
        assert_eq!(told["Name"], "Lena Ortiz", "{path}");
        assert_eq!(told["Email"], found["records"][0]["Email"], "{path}");
    }
    let (_, reply) = client.send_with(
        Method::POST,
        "/composite/sobjects",
        &[("Sforce-Duplicate-Rule-Header", "allowSave=true")],
        Some(rows),
    );
    assert_eq!(reply[0]["success"], true, "{reply}");
}

#[test]
fn unique_keys_name_the_other_row() {
    let stage = stage();
    let client = &stage.client;
    let first = client.create("Account", json!({"Name": "A", "SFW_Key__c": "K-1"}));
    let (status, body) = client.send(
        Method::POST,
        "/sobjects/Account",
        Some(json!({"Name": "B", "SFW_Key__c": "k-1"})),
    );
    let expected =
        format!("duplicate value found: SFW_Key__c duplicates value on record with id: {first}");
    assert_eq!(
        (status, body[0]["message"].as_str()),
        (400, Some(expected.as_str()))
    );
    let contact = client.create(
        "Contact",
        json!({"LastName": "Child", "Account": {"SFW_Key__c": "K-1"}}),
    );
    assert_eq!(
        client.get(&format!("/sobjects/Contact/{contact}"))["AccountId"],
        json!(first)
    );
}
