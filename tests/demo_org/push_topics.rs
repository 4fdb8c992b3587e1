//! Push topics: rows of `PushTopic`, and what is heard on their channels.

use super::events::Listener;
use super::*;

fn topic(client: &Client, name: &str, more: Value) -> String {
    let mut body = json!({"Name": name, "ApiVersion": 62.0,
        "Query": "SELECT Id, Name, Phone, CreatedDate FROM Account WHERE Site = 'heard'"});
    for (key, value) in more.as_object().unwrap() {
        body[key] = value.clone();
    }
    client.create("PushTopic", body)
}

/// Messages of a channel until so many have come.
fn heard(listener: &Listener<'_>, channel: &str, count: usize) -> Vec<Value> {
    let mut all = Vec::new();
    while all.len() < count {
        let some = listener.connect(5000);
        assert!(some.len() > 1, "{all:?} and no more");
        all.extend(some.into_iter().filter(|one| one["channel"] == channel));
    }
    all.into_iter().map(|one| one["data"].clone()).collect()
}

fn kind_and_row(data: &Value) -> (String, Value) {
    (
        data["event"]["type"].as_str().unwrap().to_owned(),
        data["sobject"].clone(),
    )
}

#[test]
fn what_happens_to_rows_that_answer_the_query_is_heard() {
    let stage = stage();
    let client = &stage.client;
    topic(client, "Heard", json!({}));
    let listener = Listener::new(client);
    assert_eq!(listener.subscribe("/topic/Heard", -1)["successful"], true);
    let id = client.create("Account", json!({"Name": "A", "Site": "heard"}));
    client.create("Account", json!({"Name": "Other", "Site": "silent"}));
    let path = format!("/sobjects/Account/{id}");
    let patch = |body: Value| client.send(Method::PATCH, &path, Some(body)).0;
    // A field that the query does not name is none of its business.
    assert_eq!(patch(json!({"Fax": "9"})), 204);
    assert_eq!(patch(json!({"Phone": "5"})), 204);
    assert_eq!(client.send(Method::DELETE, &path, None).0, 204);
    let all = heard(&listener, "/topic/Heard", 3);
    let created = &all[0]["sobject"];
    let names: Vec<&String> = created.as_object().unwrap().keys().collect();
    assert_eq!(names, ["Id", "Name", "Phone", "CreatedDate"]);
    assert!(
        created["CreatedDate"].as_str().unwrap().ends_with(".000Z"),
        "{created}"
    );
    assert!(
        all[0]["event"]["createdDate"]
            .as_str()
            .unwrap()
            .ends_with('Z')
    );
    let (first, last) = (&all[0]["event"]["replayId"], &all[2]["event"]["replayId"]);
    assert!(first.as_i64() < last.as_i64());
    assert_eq!(kind_and_row(&all[0]), ("created".into(), created.clone()));
    let (kind, row) = kind_and_row(&all[1]);
    assert_eq!((kind.as_str(), &row["Phone"]), ("updated", &json!("5")));
    assert_eq!(kind_and_row(&all[2]), ("deleted".into(), json!({"Id": id})));
    // Told again from the first on.
    let late = Listener::new(client);
    let from = first.as_i64().unwrap();
    assert_eq!(late.subscribe("/topic/Heard", from)["successful"], true);
    let again = heard(&late, "/topic/Heard", 2);
    assert_eq!(again, all[1..]);
}

#[test]
fn what_a_topic_watches_is_its_own_to_say() {
    let stage = stage();
    let client = &stage.client;
    for (name, fields) in [("All", "All"), ("Select", "Select"), ("Where", "Where")] {
        topic(client, name, json!({"NotifyForFields": fields}));
    }
    topic(
        client,
        "NoUpdates",
        json!({"NotifyForOperationUpdate": false}),
    );
    let off = topic(client, "Off", json!({"IsActive": false}));
    let listener = Listener::new(client);
    for name in ["All", "Select", "Where", "NoUpdates"] {
        assert_eq!(
            listener.subscribe(&format!("/topic/{name}"), -1)["successful"],
            true
        );
    }
    for name in ["Off", "Nobody"] {
        let reply = listener.subscribe(&format!("/topic/{name}"), -1);
        let error = reply["error"].as_str().unwrap();
        assert!(
            error.starts_with("400::The channel you requested"),
            "{reply}"
        );
    }
    let id = client.create("Account", json!({"Name": "A", "Site": "silent"}));
    let path = format!("/sobjects/Account/{id}");
    for body in [
        json!({"Site": "heard"}),
        json!({"Fax": "9"}),
        json!({"Phone": "5"}),
    ] {
        assert_eq!(client.send(Method::PATCH, &path, Some(body)).0, 204);
    }
    let mut counts = [0; 4];
    while counts.iter().sum::<usize>() < 5 {
        let some = listener.connect(5000);
        assert!(some.len() > 1, "{counts:?} and no more");
        for one in some {
            for (place, name) in ["All", "Select", "Where", "NoUpdates"].iter().enumerate() {
                counts[place] += usize::from(one["channel"] == format!("/topic/{name}"));
            }
        }
    }
    assert_eq!(counts, [3, 1, 1, 0]);
    let reply = client.send(
        Method::PATCH,
        &format!("/sobjects/PushTopic/{off}"),
        Some(json!({"IsActive": true})),
    );
    assert_eq!(reply.0, 204, "{}", reply.1);
    assert_eq!(listener.subscribe("/topic/Off", -1)["successful"], true);
}

#[test]
fn others_hear_what_they_may_see() {
    let stage = stage();
    let kim = &stage.client;
    let query = "SELECT Id, Name, Tax_Number__c FROM Account";
    topic(kim, "Accounts", json!({"Query": query}));
    let query = "SELECT Id, Name FROM Opportunity";
    topic(kim, "Deals", json!({"Query": query}));
    let sam = Client::login_as(&stage.org, "sam@demo.example");
    let listener = Listener::new(&sam);
    for name in ["/topic/Accounts", "/topic/Deals"] {
        assert_eq!(listener.subscribe(name, -1)["successful"], true);
    }
    // Deals are private, and this one is not sam's.
    let deal = json!({"Name": "Secret", "StageName": "Prospecting", "CloseDate": "2030-01-01"});
    kim.create("Opportunity", deal);
    kim.create("Account", json!({"Name": "Seen", "Tax_Number__c": "T-1"}));
    let messages = listener.connect(5000);
    let channels: Vec<&Value> = messages.iter().map(|one| &one["channel"]).collect();
    assert_eq!(
        channels,
        ["/topic/Accounts", "/meta/connect"],
        "{messages:?}"
    );
    let row = messages[0]["data"]["sobject"].as_object().unwrap();
    assert_eq!(row["Name"], "Seen");
    assert!(!row.contains_key("Tax_Number__c"), "{row:?}");
    let body = json!({"Name": "Mine", "ApiVersion": 62.0, "Query": query});
    let (status, reply) = sam.send(Method::POST, "/sobjects/PushTopic", Some(body));
    assert!(status >= 400, "{reply}");
}

#[test]
fn queries_that_make_no_topic_are_refused() {
    let stage = stage();
    let client = &stage.client;
    let invalid = "INVALID_FIELD";
    for (query, code, words) in [
        (
            "SELECT Name FROM Account",
            invalid,
            "Id must be in the SELECT clause",
        ),
        (
            "SELECT Id, COUNT(Name) FROM Account GROUP BY Id",
            invalid,
            "Aggregate queries are not supported",
        ),
        (
            "SELECT Id FROM Contact LIMIT 10",
            invalid,
            "'LIMIT' is not allowed",
        ),
        (
            "SELECT Id FROM Account ORDER BY Name",
            invalid,
            "'ORDER BY' clause is not allowed",
        ),
        (
            "SELECT Id, Account.Name FROM Contact",
            invalid,
            "relationships are not supported",
        ),
        (
            "SELECT Id FROM Contact WHERE Account.Name = 'A'",
            invalid,
            "relationships are not supported",
        ),
        (
            "SELECT Id FROM Account WHERE NOT Name = 'A'",
            invalid,
            "'NOT' is not supported",
        ),
        (
            "SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact)",
            invalid,
            "semi/anti join sub-selects are not supported",
        ),
        (
            "SELECT Id, Nope FROM Account",
            invalid,
            "\nSELECT Id, Nope FROM Account",
        ),
        ("SELECT Id FROM", "MALFORMED_QUERY", ""),
        (
            "SELECT Id FROM User",
            "INVALID_TYPE",
            "sObject type 'User' is not supported.",
        ),
    ] {
        let body = json!({"Name": "Bad", "ApiVersion": 62.0, "Query": query});
        let told = client.refused(Method::POST, "/sobjects/PushTopic", Some(body));
        assert_eq!(
            (told.0, told.1.as_str()),
            (400, code),
            "{query}: {}",
            told.2
        );
        assert!(told.2.starts_with(words), "{query}: {}", told.2);
    }
    topic(client, "Once", json!({}));
    for (more, code) in [
        (json!({"Name": "Once"}), "DUPLICATE_VALUE"),
        (
            json!({"Name": "A name longer than twenty-five"}),
            "STRING_TOO_LONG",
        ),
        (
            json!({"NotifyForFields": "Some"}),
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        ),
        (json!({"ApiVersion": 20.0}), "FIELD_INTEGRITY_EXCEPTION"),
        (json!({"ApiVersion": null}), "REQUIRED_FIELD_MISSING"),
    ] {
        let mut body =
            json!({"Name": "New", "ApiVersion": 62.0, "Query": "SELECT Id, Name FROM Account"});
        for (key, value) in more.as_object().unwrap() {
            body[key] = value.clone();
        }
        let told = client.refused(Method::POST, "/sobjects/PushTopic", Some(body));
        assert_eq!((told.0, told.1.as_str()), (400, code), "{more}: {}", told.2);
    }
    let kept = client.query("SELECT COUNT() FROM PushTopic");
    assert_eq!(kept["totalSize"], 1);
}
