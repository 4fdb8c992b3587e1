//! Composite, collections, batch and tree.

use super::*;

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
fn too_many_parts_are_refused_and_batches_can_halt() {
    let stage = stage();
    let client = &stage.client;
    let parts: Vec<_> = (0..26)
        .map(|n| json!({"method": "GET", "url": "/services/data/v62.0/limits", "referenceId": format!("r{n}")}))
        .collect();
    assert_eq!(
        client
            .send(
                Method::POST,
                "/composite",
                Some(json!({"compositeRequest": parts}))
            )
            .0,
        400
    );
    let (_, body) = client.send(
        Method::POST,
        "/composite/batch",
        Some(json!({"haltOnError": true, "batchRequests": [
            {"method": "GET", "url": "v62.0/sobjects/Nope"},
            {"method": "POST", "url": "v62.0/sobjects/Account", "richInput": {"Name": "Never"}},
        ]})),
    );
    assert_eq!(
        body["results"][1]["result"][0]["errorCode"],
        "BATCH_PROCESSING_HALTED"
    );
    assert_eq!(
        client.query("SELECT COUNT() FROM Account WHERE Name = 'Never'")["totalSize"],
        0
    );
}
