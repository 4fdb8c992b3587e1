//! What the org derives by itself.

use super::*;

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
fn a_person_joins_a_campaign_once() {
    let stage = stage();
    let client = &stage.client;
    let campaign = client.create("Campaign", json!({"Name": "Fair"}));
    let lena = client.query("SELECT Id FROM Contact WHERE Name = 'Lena Ortiz'")["records"][0]["Id"]
        .clone();
    let body = json!({"CampaignId": campaign, "ContactId": lena});
    let member = client.create("CampaignMember", body.clone());
    let row = client.get(&format!("/sobjects/CampaignMember/{member}"));
    assert_eq!(
        (&row["Name"], &row["CompanyOrAccount"]),
        (&json!("Lena Ortiz"), &json!("Acme Holdings plc"))
    );
    let (_, reply) = client.send(Method::POST, "/sobjects/CampaignMember", Some(body));
    assert_eq!(reply[0]["message"], "Already a campaign member.");
}

#[test]
fn encrypted_texts_come_back_masked() {
    let stage = stage();
    let id = stage.client.create(
        "Account",
        json!({"Name": "Taxed", "Tax_Number__c": "DE123"}),
    );
    assert_eq!(
        stage.client.get(&format!("/sobjects/Account/{id}"))["Tax_Number__c"],
        "*****"
    );
}

#[test]
fn events_fill_in_their_other_times() {
    let stage = stage();
    let client = &stage.client;
    let good = [
        (
            json!({"IsAllDayEvent": true, "ActivityDate": "2026-11-22"}),
            "2026-11-22",
            "2026-11-22T00:00:00.000+0000",
            1440,
        ),
        (
            json!({"IsAllDayEvent": true, "StartDateTime": "2026-11-22T00:00:00Z", "EndDateTime": "2026-11-24T00:00:00Z"}),
            "2026-11-24",
            "2026-11-24T00:00:00.000+0000",
            4320,
        ),
        (
            json!({"ActivityDateTime": "2026-11-22T23:00:00Z", "DurationInMinutes": 120}),
            "2026-11-23",
            "2026-11-23T01:00:00.000+0000",
            120,
        ),
        (
            json!({"StartDateTime": "2026-11-22T10:00:00Z", "EndDateTime": "2026-11-22T10:45:00Z"}),
            "2026-11-22",
            "2026-11-22T10:45:00.000+0000",
            45,
        ),
    ];
    for (body, last, end, minutes) in good {
        let id = client.create("Event", body.clone());
        let row = client.get(&format!("/sobjects/Event/{id}"));
        assert_eq!(
            (
                &row["EndDate"],
                &row["EndDateTime"],
                &row["DurationInMinutes"]
            ),
            (&json!(last), &json!(end), &json!(minutes)),
            "{body}"
        );
    }
    let id = client.create(
        "Event",
        json!({"StartDateTime": "2026-11-22T10:00:00Z", "DurationInMinutes": 30}),
    );
    let path = format!("/sobjects/Event/{id}");
    assert_eq!(
        client
            .send(
                Method::PATCH,
                &path,
                Some(json!({"StartDateTime": "2026-11-23T08:00:00Z"}))
            )
            .0,
        204
    );
    let row = client.get(&path);
    assert_eq!(
        (&row["EndDateTime"], &row["ActivityDate"]),
        (&json!("2026-11-23T08:30:00.000+0000"), &json!("2026-11-23"))
    );
    let (_, body) = client.send(
        Method::POST,
        "/sobjects/Event",
        Some(
            json!({"StartDateTime": "2026-11-22T10:00:00Z", "EndDateTime": "2026-11-22T09:00:00Z"}),
        ),
    );
    assert_eq!(body[0]["errorCode"], "FIELD_INTEGRITY_EXCEPTION");
}

#[test]
fn an_opportunity_has_one_primary_contact() {
    let stage = stage();
    let client = &stage.client;
    let people: Vec<String> = ["A", "B"]
        .iter()
        .map(|name| client.create("Contact", json!({"LastName": name})))
        .collect();
    let deal = client.create("Opportunity", json!({"Name": "D", "StageName": "Prospecting", "CloseDate": "2026-12-01", "ContactId": people[0]}));
    client.create(
        "OpportunityContactRole",
        json!({"OpportunityId": deal, "ContactId": people[1], "IsPrimary": true}),
    );
    let found = client.query(&format!("SELECT ContactId FROM OpportunityContactRole WHERE OpportunityId = '{deal}' AND IsPrimary = true"));
    assert_eq!(
        (&found["totalSize"], &found["records"][0]["ContactId"]),
        (&json!(1), &json!(people[1]))
    );
}
