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
fn upserts_may_name_the_key_first_and_tell_what_would_have_been_new() {
    let stage = stage();
    let client = &stage.client;
    let path = "/composite/sobjects/Account/SFW_Key__c";
    let row = |key: &str, owner: Option<&str>| {
        let mut row = json!({"SFW_Key__c": key, "attributes": {"type": "Account"}, "Name": key});
        if let Some(owner) = owner {
            row["OwnerId"] = json!(owner);
        }
        row
    };
    let body = json!({"records": [row("U-1", None), row("U-2", None)]});
    let (_, reply) = client.send(Method::PATCH, path, Some(body));
    assert_eq!(
        (&reply[0]["created"], &reply[1]["success"]),
        (&json!(true), &json!(true)),
        "{reply}"
    );
    let records = [
        row("U-1", None),
        row("U-3", None),
        row("U-4", Some("INVALID_OWNER")),
    ];
    let body = json!({"allOrNone": true, "records": records});
    let (_, reply) = client.send(Method::PATCH, path, Some(body));
    let told: Vec<(&Value, &Value)> = (0..3)
        .map(|place| {
            (
                &reply[place]["created"],
                &reply[place]["errors"][0]["statusCode"],
            )
        })
        .collect();
    let undone = json!("ALL_OR_NONE_OPERATION_ROLLED_BACK");
    let wanted = [
        (&json!(false), &undone),
        (&json!(true), &undone),
        (&json!(true), &json!("MALFORMED_ID")),
    ];
    assert_eq!(told, wanted, "{reply}");
    let kept = client.query("SELECT COUNT() FROM Account WHERE SFW_Key__c LIKE 'U-%'");
    assert_eq!(kept["totalSize"], 2);
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
fn batches_can_halt() {
    let stage = stage();
    let client = &stage.client;
    let parts: Vec<_> = (0..26)
        .map(|_| json!({"method": "GET", "url": "v62.0/limits"}))
        .collect();
    let (status, body) = client.send(
        Method::POST,
        "/composite/batch",
        Some(json!({"batchRequests": parts})),
    );
    assert_eq!(
        (status, &body[0]["errorCode"]),
        (400, &json!("LIMIT_EXCEEDED"))
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

/// Codes and messages of the parts of a composite reply, and their statuses.
fn parts_of(body: &Value) -> Vec<(u64, String)> {
    let parts = body["compositeResponse"].as_array().unwrap().iter();
    parts
        .map(|part| {
            let code = part["body"][0]["errorCode"].as_str().unwrap_or_default();
            (part["httpStatusCode"].as_u64().unwrap(), code.to_owned())
        })
        .collect()
}

#[test]
fn graphs_are_kept_or_taken_back_one_by_one() {
    let stage = stage();
    let client = &stage.client;
    let graph = |id: &str, last: &str| {
        json!({"graphId": id, "compositeRequest": [
            {"method": "POST", "url": "/services/data/v62.0/sobjects/Account", "referenceId": "a", "body": {"Name": format!("Graph {id}")}},
            {"method": "POST", "url": "/services/data/v62.0/sobjects/Contact", "referenceId": "c", "body": {"LastName": last, "AccountId": "@{a.id}"}},
        ]})
    };
    let ask = |graphs: Value| {
        client.send(
            Method::POST,
            "/composite/graph",
            Some(json!({"graphs": graphs})),
        )
    };
    let (status, body) = ask(json!([
        graph("g1", "Leaf"),
        graph("g2", ""),
        graph("g3", "Leaf")
    ]));
    assert_eq!(status, 200, "{body}");
    let kept: Vec<_> = (0..3)
        .map(|n| body["graphs"][n]["isSuccessful"].clone())
        .collect();
    assert_eq!(kept, [json!(true), json!(false), json!(true)]);
    assert_eq!(
        parts_of(&body["graphs"][1]["graphResponse"]),
        [
            (400, "PROCESSING_HALTED".into()),
            (400, "REQUIRED_FIELD_MISSING".into())
        ]
    );
    assert_eq!(
        client.query("SELECT COUNT() FROM Account WHERE Name LIKE 'Graph g%'")["totalSize"],
        2
    );
    let bad: Vec<Value> = (0..16).map(|n| graph(&format!("b{n}"), "")).collect();
    let (_, body) = ask(json!(bad));
    let codes: Vec<String> = (13..16)
        .map(|n| parts_of(&body["graphs"][n]["graphResponse"])[1].1.clone())
        .collect();
    assert_eq!(
        codes,
        [
            "REQUIRED_FIELD_MISSING",
            "PROCESSING_HALTED",
            "PROCESSING_HALTED"
        ]
    );
    let crowd: Vec<Value> = (0..76).map(|n| graph(&format!("c{n}"), "x")).collect();
    let query = json!([{"graphId": "q", "compositeRequest": [{"method": "GET", "url": "/services/data/v62.0/query?q=x", "referenceId": "q"}]}]);
    let node = |n: usize| json!({"method": "POST", "url": "/services/data/v62.0/sobjects/Account", "referenceId": format!("n{n}"), "body": {"Name": "x"}});
    let large =
        json!([{"graphId": "l", "compositeRequest": (0..501).map(node).collect::<Vec<_>>()}]);
    for (graphs, code) in [
        (json!(crowd), "LIMIT_EXCEEDED"),
        (large, "LIMIT_EXCEEDED"),
        (
            json!([graph("same", "x"), graph("same", "x")]),
            "INVALID_INPUT",
        ),
        (json!([graph("_odd", "x")]), "INVALID_INPUT"),
        (query, "INVALID_INPUT"),
    ] {
        let (status, body) = ask(graphs);
        assert_eq!(
            (status, &body[0]["errorCode"]),
            (400, &json!(code)),
            "{body}"
        );
    }
    let old = client.raw(
        Method::POST,
        "/services/data/v49.0/composite/graph",
        &[],
        Some("{}".into()),
    );
    assert_eq!(old.0, 404);
}

#[test]
fn calls_beyond_their_bounds_write_nothing() {
    let stage = stage();
    let client = &stage.client;
    let account = |n: usize| json!({"method": "POST", "url": "/services/data/v62.0/sobjects/Account", "referenceId": format!("r{n}"), "body": {"Name": "Bound"}});
    let query = |n: usize| json!({"method": "GET", "url": "/services/data/v62.0/query?q=SELECT+Id+FROM+Account+LIMIT+1", "referenceId": format!("q{n}")});
    let ask = |parts: Vec<Value>| {
        client.send(
            Method::POST,
            "/composite",
            Some(json!({"compositeRequest": parts})),
        )
    };
    let (_, body) = ask((0..26).map(account).collect());
    assert_eq!(parts_of(&body), [(400, "LIMIT_EXCEEDED".into())], "{body}");
    let (_, body) = ask((0..6).map(query).chain([account(0)]).collect());
    assert_eq!(parts_of(&body), [(400, "LIMIT_EXCEEDED".into())], "{body}");
    let (status, body) = ask(vec![account(0), account(0)]);
    assert_eq!(
        (status, &body[0]["errorCode"]),
        (400, &json!("INVALID_INPUT"))
    );
    let kinds = ["Account", "Contact"];
    let mixed: Vec<_> = (0..11)
        .map(
            |n| json!({"attributes": {"type": kinds[n % 2]}, "Name": "Bound", "LastName": "Bound"}),
        )
        .collect();
    let (status, body) = client.send(
        Method::POST,
        "/composite/sobjects",
        Some(json!({"records": mixed})),
    );
    assert_eq!(
        (status, &body[0]["errorCode"]),
        (400, &json!("LIMIT_EXCEEDED")),
        "{body}"
    );
    let tree = |records: Vec<Value>| {
        client.send(
            Method::POST,
            "/composite/tree/Account",
            Some(json!({"records": records})),
        )
    };
    let leaf = |n: usize, name: &str| json!({"attributes": {"type": "Account", "referenceId": format!("t{n}")}, "Name": name});
    let mut deep = leaf(9, "Bound");
    for level in 0..5 {
        let mut above = leaf(level, "Bound");
        above["ChildAccounts"] = json!({"records": [deep]});
        deep = above;
    }
    for (records, code) in [
        (
            (0..201).map(|n| leaf(n, "Bound")).collect(),
            "EXCEEDED_MAX_SIZE_REQUEST",
        ),
        (vec![deep], "EXCEEDED_MAX_SIZE_REQUEST"),
        (vec![leaf(1, "Bound"), leaf(1, "Bound")], "INVALID_INPUT"),
        (
            vec![json!({"attributes": {"type": "Account"}, "Name": "Bound"})],
            "INVALID_INPUT",
        ),
        (
            vec![json!({"attributes": {"type": "Lead", "referenceId": "x"}, "Name": "Bound"})],
            "INVALID_INPUT",
        ),
    ] {
        let (status, body) = tree(records);
        assert_eq!(
            (status, &body[0]["errorCode"]),
            (400, &json!(code)),
            "{body}"
        );
    }
    assert_eq!(
        client.query("SELECT COUNT() FROM Account WHERE Name = 'Bound'")["totalSize"],
        0
    );
}

#[test]
fn parts_may_ask_in_other_versions_and_refer_to_empty_fields() {
    let stage = stage();
    let client = &stage.client;
    let id = client.create("Account", json!({"Name": "Plain"}));
    let ask = |version: &str| {
        let parts = json!([
            {"method": "GET", "url": format!("/services/data/v45.0/sobjects/Account/{id}?fields=Phone,Name"), "referenceId": "acc"},
            {"method": "POST", "url": "/services/data/v62.0/sobjects/Contact", "referenceId": "con", "body": {"LastName": "@{acc.Name}", "Phone": "@{acc.Phone}"}},
            {"method": "GET", "url": "/services/data/v99.0/limits", "referenceId": "none"},
        ]);
        let body = json!({"compositeRequest": parts}).to_string();
        let (_, _, bytes) = client.raw(
            Method::POST,
            &format!("/services/data/{version}/composite"),
            &[],
            Some(body),
        );
        serde_json::from_slice::<Value>(&bytes).unwrap()
    };
    let now = ask("v62.0");
    assert_eq!(parts_of(&now)[1].0, 201, "{now}");
    assert_eq!(parts_of(&now)[2], (404, "NOT_FOUND".into()));
    assert!(
        now["compositeResponse"][0]["body"]["attributes"]["url"]
            .as_str()
            .unwrap()
            .contains("v45.0")
    );
    assert!(now["compositeResponse"][1]["httpHeaders"]["Location"].is_string());
    assert_eq!(
        parts_of(&ask("v51.0"))[1],
        (400, "PROCESSING_HALTED".into())
    );
}
