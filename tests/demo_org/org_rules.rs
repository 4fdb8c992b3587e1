//! What the org decides by its own rules: validation, duplicates, lookup filters,
//! roll-ups, histories, assignment.

use super::*;

fn refused(client: &Client, object: &str, body: Value) -> (u16, Value) {
    client.send(Method::POST, &format!("/sobjects/{object}"), Some(body))
}

fn changed(client: &Client, object: &str, id: &str, body: Value) -> (u16, Value) {
    client.send(
        Method::PATCH,
        &format!("/sobjects/{object}/{id}"),
        Some(body),
    )
}

#[test]
fn validation_rules_speak_in_their_own_words() {
    let stage = stage();
    let client = &stage.client;
    let account = client.create("Account", json!({"Name": "Ruled"}));
    let cases = [
        (
            "Account",
            json!({"Name": "A", "Number_of_Locations__c": -1}),
            "The number of locations must not be below zero.",
            json!(["Number_of_Locations__c"]),
        ),
        (
            "Account",
            json!({"Name": "A", "Credit_Limit__c": "-0.01"}),
            "The credit limit must not be below zero.",
            json!(["Credit_Limit__c"]),
        ),
        (
            "Contact",
            json!({"LastName": "A", "Birthdate": "3000-01-01"}),
            "The birthdate must not be in the future.",
            json!(["Birthdate"]),
        ),
        (
            "Contact",
            json!({"LastName": "A", "Direct_Line__c": "call me"}),
            "The direct line takes digits, spaces and + ( ) - . / x only.",
            json!(["Direct_Line__c"]),
        ),
        (
            "Lead",
            json!({"LastName": "A", "Company": "B", "Status": "Working - Contacted"}),
            "A lead in work needs an email address or a phone number.",
            json!(["Email"]),
        ),
        (
            "Case",
            json!({"Subject": "A", "Status": "Escalated", "Priority": "Low"}),
            "A case of low priority is not escalated. Raise the priority first.",
            json!(["Status"]),
        ),
        (
            "Opportunity",
            json!({"Name": "A", "StageName": "Closed Won", "CloseDate": "2026-11-22"}),
            "A won opportunity needs an amount. Enter the Amount before you set the stage to Closed Won.",
            json!(["Amount"]),
        ),
        (
            "Opportunity",
            json!({"Name": "A", "StageName": "Prospecting", "CloseDate": "2026-11-22", "Discount__c": 50.01}),
            "The discount must be between 0 and 50 %.",
            json!(["Discount__c"]),
        ),
        (
            "Opportunity",
            json!({"Name": "A", "StageName": "Prospecting", "CloseDate": "2026-11-22", "Renewal_Date__c": "2026-11-21"}),
            "The renewal date must not be before the close date.",
            json!(["Renewal_Date__c"]),
        ),
        (
            "Project__c",
            json!({"Account__c": account, "Start__c": "2026-02-01", "End__c": "2026-01-31"}),
            "The project cannot end before it starts.",
            json!(["End__c"]),
        ),
        (
            "Project__c",
            json!({"Account__c": account, "Status__c": "Done", "Progress__c": 99}),
            "A project that is done has a progress of 100 %.",
            json!(["Progress__c"]),
        ),
        (
            "Campaign",
            json!({"Name": "A", "StartDate": "2026-02-01", "EndDate": "2026-01-31"}),
            "The end date must not be before the start date.",
            json!(["EndDate"]),
        ),
        (
            "Task",
            json!({"Subject": "Call", "CallDurationInSeconds": -1}),
            "The call duration must not be below zero.",
            json!(["CallDurationInSeconds"]),
        ),
    ];
    for (object, body, message, fields) in cases {
        let (status, reply) = refused(client, object, body.clone());
        assert_eq!(
            (status, &reply),
            (
                400,
                &json!([{"message": message, "errorCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "fields": fields}])
            ),
            "{body}"
        );
    }
    let both = json!({"Name": "A", "Number_of_Locations__c": -1, "Credit_Limit__c": -1});
    assert_eq!(
        refused(client, "Account", both).1.as_array().unwrap().len(),
        2
    );
}

#[test]
fn a_block_rule_stands_and_an_alert_can_be_passed() {
    let stage = stage();
    let client = &stage.client;
    let allow = [("Sforce-Duplicate-Rule-Header", "allowSave=true")];
    let first = client.create(
        "Account",
        json!({"Name": "Twice Ltd", "Website": "https://www.twice.example"}),
    );
    let body = json!({"Name": "TWICE LTD", "Website": "twice.example/"});
    let (status, reply) = client.send_with(
        Method::POST,
        "/sobjects/Account",
        &allow,
        Some(body.clone()),
    );
    let result = &reply[0]["duplicateResut"];
    assert_eq!(
        (status, &result["allowSave"]),
        (400, &json!(false)),
        "{reply}"
    );
    assert_eq!(result["matchResults"][0]["matchEngine"], "FuzzyMatchEngine");
    assert_eq!(
        result["matchResults"][0]["matchRecords"][0]["record"]["Id"],
        json!(first)
    );
    let second = client.create("Account", json!({"Name": "Twice Ltd"}));
    let website = json!({"Website": "twice.example"});
    assert_eq!(
        changed(client, "Account", &second, website).1[0]["errorCode"],
        "DUPLICATES_DETECTED"
    );
    // A change of other fields asks no rule.
    assert_eq!(
        changed(client, "Account", &first, json!({"Rating": "Hot"})).0,
        204
    );

    let lead = json!({"FirstName": "Ann", "LastName": "Two", "Company": "Twice, Inc."});
    client.create("Lead", lead);
    let again = json!({"FirstName": "Ann", "LastName": "Two", "Company": "twice"});
    let (_, reply) = refused(client, "Lead", again.clone());
    assert_eq!(reply[0]["duplicateResut"]["allowSave"], true, "{reply}");
    let part = json!({"allOrNone": true, "compositeRequest": [{"method": "POST", "url": "/services/data/v62.0/sobjects/Lead", "referenceId": "a", "body": again}]});
    let (_, reply) = client.send(Method::POST, "/composite", Some(part));
    assert_eq!(
        reply["compositeResponse"][0]["body"][0]["errorCode"],
        "DUPLICATES_DETECTED"
    );
    let (status, _) = client.send_with(Method::POST, "/sobjects/Lead", &allow, Some(again));
    assert_eq!(status, 201);
}

#[test]
fn a_lookup_filter_refuses_other_parents() {
    let stage = stage();
    let client = &stage.client;
    let account = client.create("Account", json!({"Name": "Here"}));
    let own = client.create("Contact", json!({"LastName": "In", "AccountId": account}));
    let other = client.create("Contact", json!({"LastName": "Out"}));
    let (status, reply) = refused(
        client,
        "Project__c",
        json!({"Account__c": account, "Sponsor__c": other}),
    );
    assert_eq!(
        (status, &reply),
        (
            400,
            &json!([{"message": "Value does not exist or does not match filter criteria.", "errorCode": "FIELD_FILTER_VALIDATION_EXCEPTION", "fields": ["Sponsor__c"]}])
        )
    );
    client.create(
        "Project__c",
        json!({"Account__c": account, "Sponsor__c": own}),
    );
}

#[test]
fn roll_ups_follow_their_children() {
    let stage = stage();
    let client = &stage.client;
    let [one, two] = ["One", "Two"].map(|name| client.create("Account", json!({"Name": name})));
    let sums = |id: &str| {
        let row = client.get(&format!("/sobjects/Account/{id}"));
        let number = |name: &str| row[name].to_string();
        (
            number("Won_Amount__c"),
            number("Open_Deals__c"),
            row["Last_Close__c"].clone(),
        )
    };
    assert_eq!(sums(&one), ("0".into(), "0".into(), Value::Null));
    let deal = |amount: &str, stage: &str, day: &str| {
        client.create("Opportunity", json!({"Name": "D", "AccountId": one, "StageName": stage, "CloseDate": day, "Amount": amount}))
    };
    let first = deal("100.10", "Closed Won", "2026-01-05");
    let second = deal("0.20", "Closed Won", "2026-03-05");
    deal("9", "Prospecting", "2026-05-05");
    assert_eq!(
        sums(&one),
        ("100.3".into(), "1".into(), json!("2026-03-05"))
    );
    assert_eq!(
        changed(client, "Opportunity", &second, json!({"AccountId": two})).0,
        204
    );
    assert_eq!(
        sums(&one),
        ("100.1".into(), "1".into(), json!("2026-01-05"))
    );
    assert_eq!(sums(&two), ("0.2".into(), "0".into(), json!("2026-03-05")));
    client.send(
        Method::DELETE,
        &format!("/sobjects/Opportunity/{first}"),
        None,
    );
    assert_eq!(sums(&one), ("0".into(), "1".into(), Value::Null));
    let (_, reply) = changed(client, "Account", &one, json!({"Won_Amount__c": 1}));
    assert_eq!(reply[0]["errorCode"], "INVALID_FIELD_FOR_INSERT_UPDATE");
    // Seeded rows are summed too.
    let found = client
        .query("SELECT SUM(Amount) s FROM Opportunity WHERE IsWon = true AND AccountId <> null");
    let told = client.query("SELECT SUM(Won_Amount__c) s FROM Account");
    assert_eq!(
        found["records"][0]["s"].to_string(),
        told["records"][0]["s"].to_string()
    );
}

#[test]
fn formula_fields_reach_parents_and_can_be_filtered() {
    let stage = stage();
    let client = &stage.client;
    let account = client.create("Account", json!({"Name": "Owned"}));
    let deal = client.create("Opportunity", json!({"Name": "D", "AccountId": account, "StageName": "Prospecting", "CloseDate": "2026-11-22"}));
    let owner = client.query(&format!(
        "SELECT Account.Owner.Name FROM Opportunity WHERE Id = '{deal}'"
    ))["records"][0]["Account"]["Owner"]["Name"]
        .clone();
    let soql = format!(
        "SELECT Account_Owner__c FROM Opportunity WHERE Id = '{deal}' AND Account_Owner__c = '{}'",
        owner.as_str().unwrap()
    );
    assert_eq!(client.query(&soql)["records"][0]["Account_Owner__c"], owner);
}

#[test]
fn changes_of_tracked_fields_are_kept() {
    let stage = stage();
    let client = &stage.client;
    let account = client.create("Account", json!({"Name": "Kept"}));
    let deal = client.create(
        "Opportunity",
        json!({"Name": "D", "StageName": "Prospecting", "CloseDate": "2026-11-22", "Amount": 5}),
    );
    let change = json!({"Amount": "7.5", "CloseDate": "2026-12-01", "AccountId": account});
    assert_eq!(changed(client, "Opportunity", &deal, change).0, 204);
    let found = client.query(&format!(
        "SELECT Field, OldValue, NewValue, CreatedById FROM OpportunityFieldHistory WHERE OpportunityId = '{deal}' ORDER BY Id"
    ));
    let told: Vec<String> = found["records"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| format!("{} {} {}", row["Field"], row["OldValue"], row["NewValue"]))
        .collect();
    assert_eq!(
        told,
        [
            "\"created\" null null",
            "\"Amount\" 5 7.5",
            "\"CloseDate\" \"2026-11-22\" \"2026-12-01\"",
        ]
    );
    let contact = client.create("Contact", json!({"LastName": "Moved"}));
    assert_eq!(
        changed(client, "Contact", &contact, json!({"AccountId": account})).0,
        204
    );
    let found = client.query(&format!(
        "SELECT Field, NewValue FROM ContactHistory WHERE ContactId = '{contact}' AND Field <> 'created' ORDER BY Id"
    ));
    let values: Vec<&Value> = found["records"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["NewValue"])
        .collect();
    assert_eq!(values, [&json!("Kept"), &json!(account)]);
    assert_eq!(found["records"][0]["Field"], "Account");
    let project = client.create("Project__c", json!({"Account__c": account}));
    assert_eq!(
        changed(client, "Project__c", &project, json!({"Budget__c": 10})).0,
        204
    );
    let found = client.query(&format!(
        "SELECT Field, OldValue, NewValue FROM Project__History WHERE ParentId = '{project}' AND Field = 'Budget__c'"
    ));
    assert_eq!(found["records"][0]["NewValue"], 10);
    let (_, reply) = refused(client, "AccountHistory", json!({}));
    assert_eq!(
        reply[0]["errorCode"],
        "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"
    );
}

#[test]
fn assignment_rules_give_new_cases_and_leads_their_owner() {
    let stage = stage();
    let client = &stage.client;
    let rule =
        client.query("SELECT Id, Active FROM AssignmentRule WHERE SobjectType = 'Case'")["records"]
            [0]["Id"]
            .clone();
    let queue = client.query("SELECT Id FROM Group WHERE DeveloperName = 'Support_Queue'")["records"][0]["Id"].clone();
    let owner_with = |header: Option<&str>, priority: &str| {
        let headers: Vec<(&str, &str)> = header
            .map(|value| ("Sforce-Auto-Assign", value))
            .into_iter()
            .collect();
        let body = json!({"Subject": "A", "Origin": "Web", "Priority": priority});
        let (status, reply) =
            client.send_with(Method::POST, "/sobjects/Case", &headers, Some(body));
        match reply["id"].as_str() {
            Some(id) => client.get(&format!("/sobjects/Case/{id}"))["OwnerId"].clone(),
            None => json!([status, reply[0]["errorCode"]]),
        }
    };
    let me = owner_with(Some("FALSE"), "High");
    assert!(me.as_str().unwrap().starts_with("005"));
    assert_eq!(owner_with(None, "High"), queue);
    assert_eq!(owner_with(None, "Low"), me);
    assert_eq!(owner_with(Some("TRUE"), "High"), queue);
    assert_eq!(owner_with(rule.as_str(), "High"), queue);
    assert_eq!(
        owner_with(Some("01Q000000000009"), "High"),
        json!([400, "INVALID_CROSS_REFERENCE_KEY"])
    );
    let lead = client.create(
        "Lead",
        json!({"LastName": "Web", "Company": "W", "LeadSource": "Web", "Rating": "Hot"}),
    );
    let owner = client.get(&format!("/sobjects/Lead/{lead}"))["OwnerId"].clone();
    assert!(owner.as_str().unwrap().starts_with("00G"));
}

#[test]
fn parents_make_no_circle() {
    let stage = stage();
    let client = &stage.client;
    let top = client.create("Account", json!({"Name": "Top"}));
    let middle = client.create("Account", json!({"Name": "Middle", "ParentId": top}));
    let low = client.create("Account", json!({"Name": "Low", "ParentId": middle}));
    for (id, above) in [(&top, &low), (&top, &top), (&middle, &low)] {
        let (status, reply) = changed(client, "Account", id, json!({"ParentId": above}));
        assert_eq!(
            (status, reply[0]["errorCode"].as_str()),
            (400, Some("CIRCULAR_DEPENDENCY"))
        );
    }
    assert_eq!(
        changed(client, "Account", &low, json!({"ParentId": top})).0,
        204
    );
}

#[test]
fn campaigns_count_their_members() {
    let stage = stage();
    let client = &stage.client;
    let campaign = client.create("Campaign", json!({"Name": "Counted"}));
    let statuses = client.query(&format!("SELECT Label, IsDefault FROM CampaignMemberStatus WHERE CampaignId = '{campaign}' ORDER BY SortOrder"));
    assert_eq!(
        (
            &statuses["records"][0]["Label"],
            &statuses["records"][1]["Label"]
        ),
        (&json!("Sent"), &json!("Responded"))
    );
    let contact = client.create("Contact", json!({"LastName": "Member"}));
    let lead = client.create("Lead", json!({"LastName": "Member", "Company": "M"}));
    let odd = json!({"CampaignId": campaign, "ContactId": contact, "Status": "No such status"});
    let member = client.create("CampaignMember", odd);
    assert_eq!(
        client.get(&format!("/sobjects/CampaignMember/{member}"))["Status"],
        "Sent"
    );
    client.create(
        "CampaignMember",
        json!({"CampaignId": campaign, "LeadId": lead, "Status": "Responded"}),
    );
    let counts = || {
        let row = client.get(&format!("/sobjects/Campaign/{campaign}"));
        ["NumberOfContacts", "NumberOfLeads", "NumberOfResponses"].map(|name| row[name].to_string())
    };
    assert_eq!(counts(), ["1", "1", "1"]);
    client.send(
        Method::DELETE,
        &format!("/sobjects/CampaignMember/{member}"),
        None,
    );
    assert_eq!(counts(), ["0", "1", "1"]);
}
