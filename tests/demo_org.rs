//! The demo org over real HTTP: what a client meets, from login to restart.
#![cfg(feature = "demo")]

mod demo_org_support;

use demo_org_support::{CHALLENGE, Client, REDIRECT, VERIFIER, encode, options};
use reqwest::Method;
use serde_json::{Value, json};
use sfw_tui::demo::{self, CLIENT_ID, Options};

/// A started org, its folder and a logged-in client.
struct Stage {
    client: Client,
    org: demo::Org,
    folder: tempfile::TempDir,
}

fn stage() -> Stage {
    let folder = tempfile::tempdir().unwrap();
    let org = demo::start(options(folder.path())).unwrap();
    Stage {
        client: Client::login(&org),
        org,
        folder,
    }
}

fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers
        .iter()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.as_str())
}

#[test]
fn login_gives_tokens_that_work_and_codes_that_work_once() {
    let stage = stage();
    let client = &stage.client;
    assert!(client.token.starts_with("00D") && client.token.contains("!AQ"));
    let code = client.code();
    let grant = |code: &str, verifier: &str| {
        client.token(&[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("client_id", CLIENT_ID),
            ("redirect_uri", REDIRECT),
            ("code_verifier", verifier),
        ])
    };
    assert_eq!(
        grant(&code, &"x".repeat(43)).1["error_description"],
        "invalid code verifier"
    );
    assert_eq!(
        grant(&code, VERIFIER).1["error_description"],
        "expired authorization code"
    );
    let code = client.code();
    assert_eq!(grant(&code, VERIFIER).0, 200);
    assert_eq!(grant(&code, VERIFIER).1["error"], "invalid_grant");

    let refreshed = client.token(&[
        ("grant_type", "refresh_token"),
        ("refresh_token", &client.refresh),
        ("client_id", CLIENT_ID),
    ]);
    assert_eq!(refreshed.0, 200);
    assert_eq!(refreshed.1["instance_url"], stage.org.base_url());
    assert!(refreshed.1.get("refresh_token").is_none() && refreshed.1.get("expires_in").is_none());
    let dead = client.token(&[
        ("grant_type", "refresh_token"),
        ("refresh_token", "no"),
        ("client_id", CLIENT_ID),
    ]);
    assert_eq!(
        (dead.0, dead.1["error_description"].as_str()),
        (400, Some("expired access/refresh token"))
    );
    let stranger = client.token(&[
        ("grant_type", "refresh_token"),
        ("refresh_token", &client.refresh),
        ("client_id", "x"),
    ]);
    assert_eq!(stranger.1["error"], "invalid_client_id");
}

#[test]
fn authorize_sends_codes_to_loopback_addresses_only() {
    let stage = stage();
    let ask = |query: String| {
        stage.client.raw(
            Method::GET,
            &format!("/services/oauth2/authorize?{query}"),
            &[],
            None,
        )
    };
    let good = format!(
        "response_type=code&client_id={CLIENT_ID}&code_challenge={CHALLENGE}&code_challenge_method=S256"
    );
    assert_eq!(
        ask(format!("{good}&redirect_uri=https%3A%2F%2Fevil.example%2F")).0,
        400
    );
    assert_eq!(
        ask(format!(
            "response_type=code&client_id=x&redirect_uri={REDIRECT}"
        ))
        .0,
        400
    );
    let (status, headers, _) = ask(format!(
        "response_type=code&client_id={CLIENT_ID}&redirect_uri={REDIRECT}&state=1"
    ));
    assert_eq!(status, 302);
    assert!(
        header(&headers, "location")
            .unwrap()
            .contains("error=invalid_request")
    );
}

#[test]
fn identity_is_the_same_everywhere_and_revoked_tokens_are_dead() {
    let stage = stage();
    let client = &stage.client;
    let (status, _, body) = client.raw(Method::GET, "/services/oauth2/userinfo", &[], None);
    assert_eq!(status, 200);
    let info: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(info["name"], "Kim Rivera");
    let place = info["sub"]
        .as_str()
        .unwrap()
        .strip_prefix(stage.org.base_url())
        .unwrap();
    let (status, _, body) = client.raw(Method::GET, place, &[], None);
    assert_eq!(
        (
            status,
            serde_json::from_slice::<Value>(&body).unwrap()["user_id"].clone()
        ),
        (200, info["user_id"].clone())
    );
    let (status, _, body) = client.raw(
        Method::POST,
        &format!(
            "/services/oauth2/introspect?token={}",
            encode(&client.token)
        ),
        &[],
        None,
    );
    assert_eq!(
        (
            status,
            serde_json::from_slice::<Value>(&body).unwrap()["active"].clone()
        ),
        (200, json!(true))
    );
    assert_eq!(
        client
            .raw(
                Method::POST,
                &format!("/services/oauth2/revoke?token={}", encode(&client.token)),
                &[],
                None
            )
            .0,
        200
    );
    let (status, body) = client.send(Method::GET, "/limits", None);
    assert_eq!(
        (status, body[0]["errorCode"].as_str()),
        (401, Some("INVALID_SESSION_ID"))
    );
    let (status, _, body) = client.raw(Method::GET, "/services/oauth2/userinfo", &[], None);
    assert_eq!(
        (status, body.as_slice()),
        (403, b"Bad_OAuth_Token".as_slice())
    );
}

#[test]
fn doors_without_a_key_stay_shut() {
    let stage = stage();
    let mut stranger = Client::new(&stage.org);
    assert_eq!(
        stranger.raw(Method::GET, "/services/data", &[], None).0,
        200
    );
    let asked = |client: &Client, headers: &[(&str, &str)]| {
        client.send_with(Method::GET, "/sobjects", headers, None)
    };
    assert_eq!(
        asked(&stranger, &[]).1[0]["errorCode"],
        "INVALID_SESSION_ID"
    );
    assert_eq!(
        asked(&stranger, &[("authorization", "Basic eDp5")]).1[0]["message"],
        "INVALID_HEADER_TYPE"
    );
    stranger.token = "00Dxx!AQnope".into();
    assert_eq!(asked(&stranger, &[]).0, 401);
    let (status, _, _) = stage
        .client
        .raw(Method::GET, "/services/data/v20.0/limits", &[], None);
    assert_eq!(status, 410);
    let (status, _, _) = stage
        .client
        .raw(Method::GET, "/services/data/v99.0/limits", &[], None);
    assert_eq!(status, 404);
}

#[test]
fn the_administrators_token_opens_everything() {
    let folder = tempfile::tempdir().unwrap();
    let org = demo::start(Options {
        token: Some("secret-1".into()),
        ..options(folder.path())
    })
    .unwrap();
    let mut client = Client::new(&org);
    client.token = "secret-1".into();
    assert_eq!(client.get("/limits")["DailyApiRequests"]["Max"], 15000);
    client.token = "secret-2".into();
    assert_eq!(client.send(Method::GET, "/limits", None).0, 401);
}

#[test]
fn rows_live_from_create_to_bin() {
    let stage = stage();
    let client = &stage.client;
    let target = "/services/data/v62.0/sobjects/Account/";
    let body = json!({"Name": " Blue Fjord ", "AnnualRevenue": 1234567, "Credit_Limit__c": 123456789012.35, "BillingCity": "Oslo"});
    let (status, headers, reply) = client.raw(Method::POST, target, &[], Some(body.to_string()));
    assert_eq!(status, 201);
    let reply: Value = serde_json::from_slice(&reply).unwrap();
    let id = reply["id"].as_str().unwrap();
    assert_eq!(reply, json!({"id": id, "success": true, "errors": []}));
    assert_eq!(
        header(&headers, "location").unwrap(),
        format!("/services/data/v62.0/sobjects/Account/{id}")
    );
    assert!(
        header(&headers, "sforce-limit-info")
            .unwrap()
            .starts_with("api-usage=")
    );
    assert_eq!(
        header(&headers, "content-type").unwrap(),
        "application/json;charset=UTF-8"
    );

    let row = client.get(&format!("/sobjects/account/{}", &id[..15]));
    assert_eq!(row["Name"], "Blue Fjord");
    assert_eq!(row["Credit_Limit__c"].to_string(), "123456789012.35");
    assert_eq!(row["BillingAddress"]["city"], "Oslo");
    assert_eq!(row["Name_And_City__c"], "Blue Fjord, Oslo");
    let stamp = row["CreatedDate"].as_str().unwrap();
    assert!(stamp.len() == 28 && stamp.ends_with(".000+0000"), "{stamp}");

    let path = format!("/sobjects/Account/{id}");
    let (status, _) = client.send(
        Method::PATCH,
        &path,
        Some(json!({"BillingCity": null, "Industry": "Energy"})),
    );
    assert_eq!(status, 204);
    let row = client.get(&format!("{path}?fields=Industry,BillingCity"));
    assert_eq!(
        (&row["Industry"], &row["BillingCity"]),
        (&json!("Energy"), &Value::Null)
    );
    assert!(row.get("Name").is_none());

    assert_eq!(client.send(Method::DELETE, &path, None).0, 204);
    assert_eq!(
        client.send(Method::GET, &path, None).1[0]["errorCode"],
        "NOT_FOUND"
    );
    for method in [Method::PATCH, Method::DELETE] {
        let (status, body) = client.send(method, &path, Some(json!({})));
        assert_eq!(
            (status, body[0]["errorCode"].as_str()),
            (404, Some("ENTITY_IS_DELETED"))
        );
    }
    let soql = format!("SELECT Id, IsDeleted FROM Account WHERE Id = '{id}'");
    assert_eq!(client.query(&soql)["totalSize"], 0);
    assert_eq!(
        client.get(&format!("/queryAll?q={}", encode(&soql)))["records"][0]["IsDeleted"],
        true
    );
}

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
fn upserts_create_update_and_ask() {
    let stage = stage();
    let client = &stage.client;
    let path = "/sobjects/Contact/Email/up%40sert.example";
    let (status, body) = client.send(Method::PATCH, path, Some(json!({"LastName": "Up"})));
    assert_eq!((status, &body["created"]), (201, &json!(true)), "{body}");
    let (status, body) = client.send(Method::PATCH, path, Some(json!({"FirstName": "Sert"})));
    assert_eq!((status, &body["created"]), (200, &json!(false)));
    let (status, body) = client.send_with(
        Method::POST,
        "/sobjects/Contact",
        &[("Sforce-Duplicate-Rule-Header", "allowSave=true")],
        Some(json!({"LastName": "Twin", "Email": "UP@sert.example"})),
    );
    assert_eq!(status, 201, "{body}");
    let (status, body) = client.send(Method::PATCH, path, Some(json!({"FirstName": "Who"})));
    assert_eq!((status, body.as_array().unwrap().len()), (300, 2));
    let (status, body) = client.send(
        Method::PATCH,
        "/sobjects/Account/SFW_Key__c/none?updateOnly=true",
        Some(json!({"Name": "x"})),
    );
    assert_eq!(
        (status, body[0]["errorCode"].as_str()),
        (404, Some("NOT_FOUND"))
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

#[test]
fn conditions_are_honoured() {
    let stage = stage();
    let client = &stage.client;
    let id = client.create("Account", json!({"Name": "Lock"}));
    let path = format!("/services/data/v62.0/sobjects/Account/{id}");
    let (_, headers, _) = client.raw(Method::GET, &path, &[], None);
    let modified = header(&headers, "last-modified").unwrap().to_owned();
    assert_eq!(
        client
            .raw(
                Method::GET,
                &path,
                &[("If-Modified-Since", &modified)],
                None
            )
            .0,
        304
    );
    let old = "Thu, 01 Jan 2026 00:00:00 GMT";
    assert_eq!(
        client
            .raw(
                Method::PATCH,
                &path,
                &[("If-Unmodified-Since", old)],
                Some("{}".into())
            )
            .0,
        412
    );
    assert_eq!(
        client
            .raw(
                Method::PATCH,
                &path,
                &[("If-Unmodified-Since", &modified)],
                Some("{}".into())
            )
            .0,
        204
    );
    let describe = "/services/data/v62.0/sobjects/Account/describe";
    let (_, headers, _) = client.raw(Method::GET, describe, &[], None);
    let modified = header(&headers, "last-modified").unwrap().to_owned();
    let (status, _, body) = client.raw(
        Method::GET,
        describe,
        &[("If-Modified-Since", &modified)],
        None,
    );
    assert_eq!((status, body.len()), (304, 0));
}

#[test]
fn composite_calls_refer_back_and_roll_back() {
    let stage = stage();
    let client = &stage.client;
    let parts = |last: &str| {
        json!([
            {"method": "POST", "url": "/services/data/v62.0/sobjects/Account", "referenceId": "acc", "body": {"Name": "Tree"}},
            {"method": "POST", "url": "/services/data/v62.0/sobjects/Contact", "referenceId": "con", "body": {"LastName": last, "AccountId": "@{acc.id}"}},
            {"method": "GET", "url": "/services/data/v62.0/sobjects/Contact/@{con.id}?fields=Account.Name", "referenceId": "get"},
        ])
    };
    let ask = |all: bool, last: &str| {
        client.send(
            Method::POST,
            "/composite",
            Some(json!({"allOrNone": all, "compositeRequest": parts(last)})),
        )
    };
    let (status, body) = ask(true, "Leaf");
    assert_eq!(status, 200);
    assert_eq!(
        body["compositeResponse"][2]["body"]["Account"]["Name"], "Tree",
        "{body:#}"
    );
    let count =
        || client.query("SELECT COUNT() FROM Account WHERE Name = 'Tree'")["totalSize"].clone();
    assert_eq!(count(), 1);

    let (status, body) = ask(true, "");
    assert_eq!((status, count()), (200, json!(1)));
    let codes: Vec<&str> = (0..3)
        .map(|n| {
            body["compositeResponse"][n]["body"][0]["errorCode"]
                .as_str()
                .unwrap()
        })
        .collect();
    assert_eq!(
        codes,
        [
            "PROCESSING_HALTED",
            "REQUIRED_FIELD_MISSING",
            "PROCESSING_HALTED"
        ]
    );

    let (_, body) = ask(false, "");
    assert_eq!(count(), 2);
    assert_eq!(body["compositeResponse"][0]["httpStatusCode"], 201);
    assert_eq!(
        body["compositeResponse"][2]["body"][0]["message"],
        "Execution halted as previous operation (con) was not successful."
    );
}

#[test]
fn composite_parts_carry_their_own_headers() {
    let stage = stage();
    let client = &stage.client;
    let id = client.create("Account", json!({"Name": "Old"}));
    let part = json!({
        "method": "PATCH", "url": format!("/services/data/v62.0/sobjects/Account/{id}"), "referenceId": "a",
        "body": {"Name": "New"}, "httpHeaders": {"If-Unmodified-Since": "Thu, 01 Jan 2026 00:00:00 GMT"},
    });
    let (_, body) = client.send(
        Method::POST,
        "/composite",
        Some(json!({"compositeRequest": [part]})),
    );
    assert_eq!(
        body["compositeResponse"][0]["httpStatusCode"], 412,
        "{body}"
    );
}

#[test]
fn collections_align_with_their_rows() {
    let stage = stage();
    let client = &stage.client;
    let rows = |all: bool| {
        json!({"allOrNone": all, "records": [
            {"attributes": {"type": "Account"}, "Name": "Row"},
            {"attributes": {"type": "Contact"}},
            {"Name": "late", "attributes": {"type": "Account"}},
        ]})
    };
    let count =
        || client.query("SELECT COUNT() FROM Account WHERE Name = 'Row'")["totalSize"].clone();
    let (status, body) = client.send(Method::POST, "/composite/sobjects", Some(rows(true)));
    assert_eq!((status, count()), (200, json!(0)));
    assert_eq!(
        body[0]["errors"][0]["statusCode"],
        "ALL_OR_NONE_OPERATION_ROLLED_BACK"
    );
    let (_, body) = client.send(Method::POST, "/composite/sobjects", Some(rows(false)));
    assert_eq!(count(), 1);
    assert!(body[0]["success"] == true && body[1].get("id").is_none());
    assert_eq!(body[1]["errors"][0]["statusCode"], "REQUIRED_FIELD_MISSING");
    assert_eq!(
        body[2]["errors"][0]["message"],
        "Nested object for polymorphic foreign key must have an attributes field before any other fields."
    );
    let id = body[0]["id"].as_str().unwrap();
    let (_, body) = client.send(
        Method::PATCH,
        "/composite/sobjects",
        Some(json!({"records": [
            {"attributes": {"type": "Account"}, "id": id, "Name": "Row 2"},
            {"attributes": {"type": "Account"}, "id": "001000000000000AAA", "Name": "x"},
            {"attributes": {"type": "Account"}, "id": "short", "Name": "x"},
        ]})),
    );
    let codes: Vec<_> = (1..3)
        .map(|n| body[n]["errors"][0]["statusCode"].as_str().unwrap())
        .collect();
    assert_eq!(codes, ["INVALID_CROSS_REFERENCE_KEY", "MALFORMED_ID"]);
    let (_, body) = client.send(
        Method::GET,
        &format!("/composite/sobjects/Account?ids={id},001000000000000AAA&fields=Name"),
        None,
    );
    assert_eq!(
        (&body[0]["Name"], &body[1]),
        (&json!("Row 2"), &Value::Null)
    );
    let (_, body) = client.send(
        Method::PATCH,
        "/composite/sobjects/Account/SFW_Key__c",
        Some(json!({"records": [
            {"attributes": {"type": "Account"}, "SFW_Key__c": "U1", "Name": "Up"},
            {"attributes": {"type": "Account"}, "Name": "No key"},
        ]})),
    );
    assert_eq!(
        (
            &body[0]["created"],
            &body[1]["created"],
            &body[1]["success"]
        ),
        (&json!(true), &json!(false), &json!(false))
    );
    let (_, body) = client.send(
        Method::DELETE,
        &format!("/composite/sobjects?ids={id},{id}"),
        None,
    );
    assert_eq!(body[1]["errors"][0]["statusCode"], "ENTITY_IS_DELETED");
    let many: Vec<_> = (0..201)
        .map(|_| json!({"attributes": {"type": "Account"}, "Name": "x"}))
        .collect();
    assert_eq!(
        client
            .send(
                Method::POST,
                "/composite/sobjects",
                Some(json!({"records": many}))
            )
            .1[0]["errorCode"],
        "EXCEEDED_ID_LIMIT"
    );
}

#[test]
fn batches_and_trees_answer_part_by_part() {
    let stage = stage();
    let client = &stage.client;
    let (_, body) = client.send(
        Method::POST,
        "/composite/batch",
        Some(json!({"batchRequests": [
            {"method": "GET", "url": "v62.0/limits"},
            {"method": "DELETE", "url": "v62.0/sobjects/Contact/003000000000001"},
        ]})),
    );
    assert_eq!(
        (&body["hasErrors"], &body["results"][1]["statusCode"]),
        (&json!(true), &json!(404)),
        "{body}"
    );
    let tree = |last: &str| {
        json!({"records": [{"attributes": {"type": "Account", "referenceId": "a"}, "Name": "Oak",
        "Contacts": {"records": [{"attributes": {"type": "Contact", "referenceId": "c"}, "LastName": last}]}}]})
    };
    let (status, body) = client.send(Method::POST, "/composite/tree/Account", Some(tree("")));
    assert_eq!(
        (status, &body["results"][0]["referenceId"]),
        (400, &json!("c"))
    );
    assert_eq!(
        client.query("SELECT COUNT() FROM Account WHERE Name = 'Oak'")["totalSize"],
        0
    );
    let (status, body) = client.send(Method::POST, "/composite/tree/Account", Some(tree("Leaf")));
    assert_eq!(
        (status, body["results"].as_array().unwrap().len()),
        (201, 2)
    );
}

#[test]
fn calls_show_in_the_timeline_and_close_themselves() {
    let stage = stage();
    let client = &stage.client;
    let lena =
        client.query("SELECT Id, AccountId FROM Contact WHERE Name = 'Lena Ortiz'")["records"][0]
            .clone();
    let today = jiff::Zoned::now().date().to_string();
    let task = client.create("Task", json!({"Subject": "Call", "TaskSubtype": "Call", "Status": "Completed", "ActivityDate": today, "WhoId": lena["Id"]}));
    let row = client.get(&format!("/sobjects/Task/{task}"));
    assert_eq!(
        (&row["IsClosed"], &row["AccountId"]),
        (&json!(true), &lena["AccountId"])
    );
    assert!(row["CompletedDateTime"].is_string());
    let soql = format!(
        "SELECT LastActivityDate, (SELECT Subject FROM Tasks WHERE Id = '{task}') FROM Contact WHERE Id = '{}'",
        lena["Id"].as_str().unwrap()
    );
    let found = client.query(&soql);
    assert_eq!(
        found["records"][0]["Tasks"]["records"][0]["Subject"],
        "Call"
    );
    assert_eq!(found["records"][0]["LastActivityDate"], json!(today));
    let event = client.create("Event", json!({"Subject": "Meeting", "StartDateTime": "2026-11-22T10:00:00+01:00", "DurationInMinutes": 90, "WhatId": lena["AccountId"]}));
    let row = client.get(&format!("/sobjects/Event/{event}"));
    assert_eq!(
        (&row["EndDateTime"], &row["AccountId"]),
        (&json!("2026-11-22T10:30:00.000+0000"), &lena["AccountId"])
    );
    let lead = client.query("SELECT Id FROM Lead LIMIT 1")["records"][0]["Id"].clone();
    let (_, body) = client.send(
        Method::POST,
        "/sobjects/Task",
        Some(json!({"WhoId": lead, "WhatId": lena["AccountId"]})),
    );
    assert_eq!(body[0]["errorCode"], "FIELD_INTEGRITY_EXCEPTION");
}

#[test]
fn stages_drive_opportunities() {
    let stage = stage();
    let client = &stage.client;
    let id = client.create("Opportunity", json!({"Name": "Deal", "StageName": "Prospecting", "CloseDate": "2026-11-30", "Amount": "1000.005"}));
    let path = format!("/sobjects/Opportunity/{id}");
    let row = client.get(&path);
    assert_eq!(
        (
            row["Amount"].to_string(),
            row["Probability"].to_string(),
            row["ExpectedRevenue"].to_string()
        ),
        ("1000.01".into(), "10".into(), "100".into())
    );
    assert_eq!(
        client
            .send(
                Method::PATCH,
                &path,
                Some(json!({"StageName": "Closed Won"}))
            )
            .0,
        204
    );
    let row = client.get(&path);
    assert_eq!(
        (&row["IsWon"], &row["IsClosed"], &row["ForecastCategory"]),
        (&json!(true), &json!(true), &json!("Closed"))
    );
    let (_, body) = client.send(Method::PATCH, &path, Some(json!({"Amount": null})));
    assert_eq!(body[0]["errorCode"], "FIELD_CUSTOM_VALIDATION_EXCEPTION");
}

#[test]
fn notes_keep_their_html_and_link_to_records() {
    let stage = stage();
    let client = &stage.client;
    let lena = client.query("SELECT Id FROM Contact WHERE Name = 'Lena Ortiz'")["records"][0]["Id"]
        .clone();
    // <p>a &lt; b</p>
    let parts = json!([
        {"method": "POST", "url": "/services/data/v62.0/sobjects/ContentNote", "referenceId": "n", "body": {"Title": "Hi", "Content": "PHA+YSAmbHQ7IGI8L3A+"}},
        {"method": "POST", "url": "/services/data/v62.0/sobjects/ContentDocumentLink", "referenceId": "l", "body": {"ContentDocumentId": "@{n.id}", "LinkedEntityId": lena, "ShareType": "V"}},
    ]);
    let (_, body) = client.send(
        Method::POST,
        "/composite",
        Some(json!({"allOrNone": true, "compositeRequest": parts})),
    );
    assert_eq!(
        body["compositeResponse"][1]["httpStatusCode"], 201,
        "{body}"
    );
    let id = body["compositeResponse"][0]["body"]["id"].as_str().unwrap();
    let (status, _, content) = client.raw(
        Method::GET,
        &format!("/services/data/v62.0/sobjects/ContentNote/{id}/Content"),
        &[],
        None,
    );
    assert_eq!(
        (status, content.as_slice()),
        (200, b"<p>a &lt; b</p>".as_slice())
    );
    let row = client.get(&format!("/sobjects/ContentNote/{id}"));
    assert_eq!(
        (&row["TextPreview"], &row["FileType"]),
        (&json!("a < b"), &json!("SNOTE"))
    );
    let soql = format!(
        "SELECT ContentDocument.Title, ContentDocument.FileType FROM ContentDocumentLink WHERE LinkedEntityId = {} AND ContentDocumentId = '{id}'",
        lena.to_string().replace('"', "'")
    );
    assert_eq!(
        client.query(&soql)["records"][0]["ContentDocument"]["FileType"],
        "SNOTE"
    );
    let (status, _) = client.send(
        Method::PATCH,
        &format!("/sobjects/ContentNote/{id}"),
        Some(json!({"Content": "PHA+YzwvcD4="})),
    );
    assert_eq!(status, 204);
    let version = client.get(&format!("/sobjects/ContentNote/{id}"))["LatestPublishedVersionId"]
        .as_str()
        .unwrap()
        .to_owned();
    let (_, _, content) = client.raw(
        Method::GET,
        &format!("/services/data/v62.0/sobjects/ContentVersion/{version}/VersionData"),
        &[],
        None,
    );
    assert_eq!(content, b"<p>c</p>");
    let fault = client.query_fault("SELECT Id FROM ContentDocumentLink");
    assert!(
        fault["message"]
            .as_str()
            .unwrap()
            .starts_with("Implementation restriction: ContentDocumentLink requires")
    );
    assert_eq!(
        client
            .send(Method::DELETE, &format!("/sobjects/ContentNote/{id}"), None)
            .0,
        204
    );
    assert_eq!(client.query(&soql)["totalSize"], 0);
}

#[test]
fn parents_take_their_children_along_or_are_held_by_them() {
    let stage = stage();
    let client = &stage.client;
    let account = client.create("Account", json!({"Name": "Parent"}));
    let contact = client.create(
        "Contact",
        json!({"LastName": "Child", "AccountId": account}),
    );
    let case = client.create("Case", json!({"Subject": "Held", "ContactId": contact}));
    let number = client.get(&format!("/sobjects/Case/{case}"))["CaseNumber"].clone();
    let (_, body) = client.send(
        Method::DELETE,
        &format!("/sobjects/Contact/{contact}"),
        None,
    );
    let text = format!(
        "Your attempt to delete Child could not be completed because it is associated with the following cases.: {}\n",
        number.as_str().unwrap()
    );
    assert_eq!(
        (body[0]["errorCode"].as_str(), body[0]["message"].as_str()),
        (Some("DELETE_FAILED"), Some(text.as_str()))
    );
    client.send(Method::DELETE, &format!("/sobjects/Case/{case}"), None);
    assert_eq!(
        client
            .send(
                Method::DELETE,
                &format!("/sobjects/Account/{account}"),
                None
            )
            .0,
        204
    );
    assert_eq!(
        client
            .send(Method::GET, &format!("/sobjects/Contact/{contact}"), None)
            .0,
        404
    );
}

#[test]
fn data_and_sessions_survive_a_restart() {
    let stage = stage();
    let id = stage.client.create("Account", json!({"Name": "Kept"}));
    let (token, refresh) = (stage.client.token.clone(), stage.client.refresh.clone());
    stage.org.stop();
    let more = Options {
        rows: 5,
        ..options(stage.folder.path())
    };
    for expected in [205, 205] {
        let org = demo::start(more.clone()).unwrap();
        let mut client = Client::new(&org);
        client.token.clone_from(&token);
        assert_eq!(
            client.get(&format!("/sobjects/Account/{id}"))["Name"],
            "Kept"
        );
        assert_eq!(
            client.query("SELECT COUNT() FROM Contact")["totalSize"],
            expected
        );
        assert_eq!(
            client
                .token(&[
                    ("grant_type", "refresh_token"),
                    ("refresh_token", &refresh),
                    ("client_id", CLIENT_ID)
                ])
                .0,
            200
        );
        let second = demo::start(options(stage.folder.path()));
        assert!(second.unwrap_err().to_string().contains("already running"));
    }
    let org = demo::start(Options {
        rows: 7,
        ..more.clone()
    })
    .unwrap();
    let mut client = Client::new(&org);
    client.token.clone_from(&token);
    assert_eq!(
        client.query("SELECT COUNT() FROM Contact")["totalSize"],
        207
    );
    drop(org);
    let org = demo::start(Options {
        fresh: true,
        ..options(stage.folder.path())
    })
    .unwrap();
    let client = Client::login(&org);
    assert_eq!(
        client.query("SELECT COUNT() FROM Contact")["totalSize"],
        200
    );
    assert_eq!(
        client
            .send(Method::GET, &format!("/sobjects/Account/{id}"), None)
            .0,
        404
    );
}

#[test]
fn every_request_is_one_line_of_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("requests.ndjson");
    let data = folder.path().join("data");
    let org = demo::start(Options {
        log: Some(log.clone()),
        ..options(&data)
    })
    .unwrap();
    let client = Client::login(&org);
    client.query("SELECT Id FROM User");
    let text = std::fs::read_to_string(log).unwrap();
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(
        (&lines[1]["method"], &lines[1]["path"], &lines[1]["status"]),
        (
            &json!("POST"),
            &json!("/services/oauth2/token"),
            &json!(200)
        )
    );
    assert!(
        lines[2]["path"]
            .as_str()
            .unwrap()
            .contains("/query?q=SELECT")
    );
    assert!(
        lines[2]["bytes"].as_u64().unwrap() > 50
            && lines[2]["ms"].is_u64()
            && lines[2]["time"].is_string()
    );
}
