//! One row at a time: create, read, change, delete, upsert, conditions.

use super::*;

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
fn changed_and_deleted_ids_are_listed() {
    let stage = stage();
    let client = &stage.client;
    let day_ago = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(24);
    let start = encode(&day_ago.to_string());
    let span = format!("start={start}&end={}", encode("2099-01-01T00:00:00Z"));
    let id = client.create("Account", json!({"Name": "Gone"}));
    let updated = client.get(&format!("/sobjects/Account/updated?{span}"));
    assert!(
        updated["ids"].as_array().unwrap().contains(&json!(id)),
        "{updated}"
    );
    client.send(Method::DELETE, &format!("/sobjects/Account/{id}"), None);
    let deleted = client.get(&format!("/sobjects/Account/deleted?{span}"));
    assert_eq!(deleted["deletedRecords"][0]["id"], json!(id));
    let (status, body) = client.send(
        Method::GET,
        &format!("/sobjects/Account/updated?start={start}&end={start}"),
        None,
    );
    assert_eq!(
        (status, body[0]["errorCode"].as_str()),
        (400, Some("INVALID_REPLICATION_DATE"))
    );
}

#[test]
fn rows_touched_are_recent_and_heads_have_no_body() {
    let stage = stage();
    let client = &stage.client;
    let first = client.create("Account", json!({"Name": "First"}));
    let second = client.create("Account", json!({"Name": "Second"}));
    let recent = client.get("/recent?limit=2");
    assert_eq!(
        (&recent[0]["Id"], &recent[1]["Name"]),
        (&json!(second), &json!("First"))
    );
    client.query(&format!(
        "SELECT Id FROM Account WHERE Id = '{first}' FOR VIEW"
    ));
    assert_eq!(client.get("/recent?limit=1")[0]["Id"], json!(first));
    let basic = client.get("/sobjects/Account");
    assert_eq!(basic["recentItems"][0]["Id"], json!(first));
    assert_eq!(basic["objectDescribe"]["keyPrefix"], "001");
    let path = format!("/services/data/v62.0/sobjects/Account/{first}");
    let (status, headers, body) = client.raw(Method::HEAD, &path, &[], None);
    assert_eq!((status, body.len()), (200, 0));
    assert!(header(&headers, "etag").is_some());
}

#[test]
fn rows_are_reached_over_their_relationships() {
    let stage = stage();
    let client = &stage.client;
    let account = client.create("Account", json!({"Name": "Above"}));
    let contact = client.create(
        "Contact",
        json!({"LastName": "Below", "AccountId": account}),
    );
    let alone = client.create("Contact", json!({"LastName": "Alone"}));
    let children = client.get(&format!(
        "/sobjects/Account/{account}/Contacts?fields=LastName"
    ));
    assert_eq!(
        (&children["totalSize"], &children["records"][0]["LastName"]),
        (&json!(1), &json!("Below"))
    );
    let parent = format!("/sobjects/Contact/{contact}/Account");
    assert_eq!(client.get(&parent)["Name"], "Above");
    assert_eq!(
        client
            .send(Method::PATCH, &parent, Some(json!({"Phone": "12"})))
            .0,
        204
    );
    assert_eq!(
        client.get(&format!("/sobjects/Account/{account}"))["Phone"],
        "12"
    );
    for (method, path, status) in [
        (
            Method::GET,
            format!("/sobjects/Contact/{alone}/Account"),
            404,
        ),
        (
            Method::GET,
            format!("/sobjects/Contact/{alone}/Nothing"),
            404,
        ),
        (
            Method::GET,
            "/sobjects/Contact/003000000000001/Account".to_owned(),
            404,
        ),
        (
            Method::DELETE,
            format!("/sobjects/Account/{account}/Contacts"),
            405,
        ),
        (Method::DELETE, parent, 204),
    ] {
        assert_eq!(client.send(method, &path, None).0, status, "{path}");
    }
    assert_eq!(
        client
            .send(Method::GET, &format!("/sobjects/Account/{account}"), None)
            .0,
        404
    );
}

#[test]
fn quick_actions_start_forms_and_make_rows() {
    let stage = stage();
    let client = &stage.client;
    let contact = client.create("Contact", json!({"LastName": "Called"}));
    let all = client.get("/quickActions");
    let urls = &all[0]["urls"];
    assert!(
        urls["defaultValuesTemplate"]
            .as_str()
            .unwrap()
            .ends_with("/defaultValues/{ID}")
    );
    let plain = client.get("/quickActions/NewTask/defaultValues");
    assert_eq!(
        (&plain["Status"], &plain["attributes"]["type"]),
        (&json!("Not Started"), &json!("Task"))
    );
    let call = client.get(&format!(
        "/sobjects/Contact/quickActions/LogACall/defaultValues/{contact}"
    ));
    assert_eq!(
        (&call["WhoId"], &call["Status"]),
        (&json!(contact), &json!("Completed"))
    );
    let body = json!({"contextId": contact, "record": {"Subject": "Rang"}});
    let (status, made) = client.send(Method::POST, "/quickActions/LogACall", Some(body));
    assert_eq!(status, 201, "{made}");
    let task = client.get(&format!("/sobjects/Task/{}", made["id"].as_str().unwrap()));
    assert_eq!(
        (&task["WhoId"], &task["IsClosed"]),
        (&json!(contact), &json!(true))
    );
    assert_eq!(client.send(Method::GET, "/quickActions/Nope", None).0, 404);
    let layouts = client.get("/sobjects/Global/describe/layouts");
    let items = layouts["layouts"][0]["quickActionList"]["quickActionListItems"]
        .as_array()
        .unwrap();
    assert_eq!(items.len(), all.as_array().unwrap().len());
}

#[test]
fn spans_of_changes_have_their_bounds() {
    let stage = stage();
    let client = &stage.client;
    let ago = |hours: i64| {
        encode(&(jiff::Timestamp::now() - jiff::SignedDuration::from_hours(hours)).to_string())
    };
    for (what, start, end, status) in [
        ("updated", ago(29 * 24), ago(0), 200),
        ("updated", ago(31 * 24), ago(0), 400),
        ("deleted", ago(14 * 24), ago(0), 200),
        ("deleted", ago(16 * 24), ago(0), 400),
        ("updated", ago(0), ago(1), 400),
        ("updated", "soon".into(), ago(0), 400),
    ] {
        let path = format!("/sobjects/Account/{what}/?start={start}&end={end}");
        let (got, body) = client.send(Method::GET, &path, None);
        assert_eq!(got, status, "{path}: {body}");
        assert!(
            status == 200 || body[0]["errorCode"] == "INVALID_REPLICATION_DATE",
            "{body}"
        );
    }
}

#[test]
fn blobs_come_in_parts_and_go_out_as_they_are() {
    let stage = stage();
    let client = &stage.client;
    let send = |fields: &str, name: &str| {
        let body = format!(
            "--B\r\nContent-Disposition: form-data; name=\"entity_content\";\r\nContent-Type: application/json\r\n\r\n{fields}\r\n--B\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"a.txt\"\r\nContent-Type: application/octet-stream\r\n\r\nraw\0bytes\r\n--B--\r\n"
        );
        let kind = [("content-type", "multipart/form-data; boundary=\"B\"")];
        let path = "/services/data/v62.0/sobjects/ContentVersion";
        let (status, _, bytes) = client.raw(Method::POST, path, &kind, Some(body));
        (status, serde_json::from_slice::<Value>(&bytes).unwrap())
    };
    let (status, made) = send(r#"{"Title": "A", "PathOnClient": "a.txt"}"#, "VersionData");
    assert_eq!(status, 201, "{made}");
    let path = format!(
        "/services/data/v62.0/sobjects/ContentVersion/{}/VersionData",
        made["id"].as_str().unwrap()
    );
    assert_eq!(client.raw(Method::GET, &path, &[], None).2, b"raw\0bytes");
    for (fields, name) in [
        (r#"{"Title": "A""#, "VersionData"),
        (r#"{"Title": "A"}"#, "Nothing"),
    ] {
        assert_eq!(send(fields, name).0, 400, "{fields} {name}");
    }
}
