//! SOAP: logging in, rows as REST has them, and what only SOAP can do.

use super::*;

/// Posts an operation in an envelope: status and body.
fn soap(client: &Client, letter: &str, headers: &str, operation: &str) -> (u16, String) {
    soap_at(
        client,
        &format!("/services/Soap/{letter}/62.0"),
        headers,
        operation,
    )
}

fn soap_at(client: &Client, place: &str, headers: &str, operation: &str) -> (u16, String) {
    let word = if place.contains("/c/") {
        "enterprise"
    } else {
        "partner"
    };
    let session = &client.token;
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\
         <soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:urn=\"urn:{word}.soap.sforce.com\">\
         <soapenv:Header><urn:SessionHeader><urn:sessionId>{session}</urn:sessionId></urn:SessionHeader>{headers}</soapenv:Header>\
         <soapenv:Body>{operation}</soapenv:Body></soapenv:Envelope>"
    );
    let headers = [
        ("content-type", "text/xml; charset=UTF-8"),
        ("soapaction", "\"\""),
    ];
    let (status, _, body) = client.raw_form(place, &headers, body);
    (status, String::from_utf8(body).unwrap())
}

/// The texts of every element of that name.
fn texts(body: &str, name: &str) -> Vec<String> {
    body.split(&format!("<{name}>"))
        .skip(1)
        .map(|rest| rest.split(&format!("</{name}>")).next().unwrap().to_owned())
        .collect()
}

fn text(body: &str, name: &str) -> String {
    let found = texts(body, name);
    assert!(!found.is_empty(), "no {name} in {body:.1000}");
    found[0].clone()
}

pub fn call(client: &Client, operation: &str) -> String {
    let (status, body) = soap(client, "u", "", operation);
    assert_eq!(status, 200, "{operation}: {body}");
    body
}

fn login(user: &str, password: &str) -> String {
    format!(
        "<urn:login><urn:username>{user}</urn:username><urn:password>{password}</urn:password></urn:login>"
    )
}

#[test]
fn login_gives_a_session_that_rest_takes_too() {
    let stage = stage();
    let mut client = Client::at(&stage.client.base);
    let body = call(
        &client,
        &login("kim@demo.example", "demo1234DemoSecurityToken"),
    );
    assert_eq!(text(&body, "organizationId"), "00DWt0000000001MAA");
    assert!(
        text(&body, "serverUrl").starts_with(&format!("{}/services/Soap/u/62.0/00D", client.base))
    );
    assert_eq!(text(&body, "userFullName"), "Kim Rivera");
    client.token = text(&body, "sessionId");
    client.get("/limits");
    assert_eq!(
        text(&call(&client, "<urn:getUserInfo/>"), "userName"),
        "kim@demo.example"
    );
    assert!(text(&call(&client, "<urn:getServerTimestamp/>"), "timestamp").ends_with('Z'));
    call(&client, "<urn:logout/>");
    assert_eq!(client.send(Method::GET, "/limits", None).0, 401);
    let (status, body) = soap(&client, "u", "", "<urn:getUserInfo/>");
    assert_eq!(
        (status, text(&body, "sf:exceptionCode").as_str()),
        (500, "INVALID_SESSION_ID")
    );
}

#[test]
fn faults_carry_their_code() {
    let stage = stage();
    let client = &stage.client;
    let query =
        |soql: &str| format!("<urn:query><urn:queryString>{soql}</urn:queryString></urn:query>");
    for (operation, code) in [
        (login("kim@demo.example", "wrong"), "INVALID_LOGIN"),
        (login("nobody@demo.example", "demo1234"), "INVALID_LOGIN"),
        (login("martin@demo.example", "demo1234"), "INVALID_LOGIN"),
        (query("SELECT Nope FROM Account"), "INVALID_FIELD"),
        (query("SELECT Id FROM Nope"), "INVALID_TYPE"),
        (query("SELECT"), "MALFORMED_QUERY"),
        (
            "<urn:queryMore><urn:queryLocator>x-1</urn:queryLocator></urn:queryMore>".into(),
            "INVALID_QUERY_LOCATOR",
        ),
        (
            "<urn:describeSObject><urn:sObjectType>Nope</urn:sObjectType></urn:describeSObject>"
                .into(),
            "INVALID_TYPE",
        ),
        (
            "<urn:create><urn:sObjects><urn:type>Nope</urn:type></urn:sObjects></urn:create>"
                .into(),
            "INVALID_TYPE",
        ),
    ] {
        let (status, body) = soap(client, "u", "", &operation);
        assert_eq!(
            (status, text(&body, "sf:exceptionCode").as_str()),
            (500, code),
            "{operation}"
        );
        assert_eq!(text(&body, "faultcode"), format!("sf:{code}"));
    }
    let noa = Client::login_as(&stage.org, "noapi@demo.example");
    let (_, body) = soap(&noa, "u", "", "<urn:getUserInfo/>");
    assert_eq!(text(&body, "sf:exceptionCode"), "API_DISABLED_FOR_ORG");
    for (place, operation) in [
        ("/services/Soap/u/62.0", "<urn:flyAway/>".to_owned()),
        (
            "/services/Soap/u/65.0",
            login("kim@demo.example", "demo1234"),
        ),
    ] {
        let (status, body) = soap_at(client, place, "", &operation);
        assert!(
            status == 500 && body.contains("No operation available for request"),
            "{body}"
        );
    }
    let (status, body) = soap_at(client, "/services/Soap/u/20.0", "", "<urn:getUserInfo/>");
    assert_eq!(
        (status, text(&body, "sf:exceptionCode").as_str()),
        (500, "UNSUPPORTED_API_VERSION")
    );
    assert_eq!(soap(client, "m", "", "<urn:listMetadata/>").0, 404);
    assert_eq!(
        client
            .raw(Method::GET, "/services/Soap/u/62.0", &[], None)
            .0,
        405
    );
    let (status, _, body) = client.raw_form(
        "/services/Soap/u/62.0",
        &[("content-type", "text/xml")],
        "<a>".into(),
    );
    assert!(status == 500 && String::from_utf8(body).unwrap().contains("soapenv:Client"));
}

#[test]
fn rows_are_written_and_read_as_by_rest() {
    let stage = stage();
    let client = &stage.client;
    let body = call(
        client,
        "<urn:create><urn:sObjects xsi:type=\"urn1:sObject\"><type>Account</type><Name>A &amp; B</Name><NumberOfEmployees>12</NumberOfEmployees></urn:sObjects>\
         <urn:sObjects><type>Contact</type></urn:sObjects></urn:create>",
    );
    assert_eq!(texts(&body, "success"), ["true", "false"]);
    assert_eq!(text(&body, "statusCode"), "REQUIRED_FIELD_MISSING");
    assert_eq!(text(&body, "fields"), "LastName");
    let id = text(&body, "id");
    assert_eq!(
        client.get(&format!("/sobjects/Account/{id}"))["NumberOfEmployees"],
        12
    );
    let whole = "<urn:AllOrNoneHeader><urn:allOrNone>true</urn:allOrNone></urn:AllOrNoneHeader>";
    let update = format!(
        "<urn:update><urn:sObjects><type>Account</type><Id>{id}</Id><fieldsToNull>NumberOfEmployees</fieldsToNull><Phone>1</Phone></urn:sObjects>\
         <urn:sObjects><type>Account</type><Id>{id}</Id><Nope>1</Nope></urn:sObjects></urn:update>"
    );
    let (_, body) = soap(client, "u", whole, &update);
    assert_eq!(
        texts(&body, "statusCode"),
        ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "INVALID_FIELD"]
    );
    assert_eq!(texts(&call(client, &update), "success"), ["true", "false"]);
    let row = client.get(&format!("/sobjects/Account/{id}"));
    assert_eq!(
        (row["Phone"].as_str(), row["NumberOfEmployees"].is_null()),
        (Some("1"), true)
    );
    let upsert = "<urn:upsert><urn:externalIDFieldName>SFW_Key__c</urn:externalIDFieldName><urn:sObjects><type>Account</type><SFW_Key__c>k-1</SFW_Key__c><Name>K</Name></urn:sObjects></urn:upsert>";
    assert_eq!(text(&call(client, upsert), "created"), "true");
    assert_eq!(text(&call(client, upsert), "created"), "false");

    let body = call(
        client,
        &format!(
            "<urn:query><urn:queryString>SELECT Id, Name, CreatedDate, Owner.Name, (SELECT Id FROM Contacts) FROM Account WHERE Id = '{id}'</urn:queryString></urn:query>"
        ),
    );
    assert_eq!(text(&body, "sf:Name"), "A &amp; B");
    assert!(text(&body, "sf:CreatedDate").ends_with("Z"));
    assert!(
        body.contains("<sf:Owner xsi:type=\"sf:sObject\">")
            && body.contains("<queryLocator xsi:nil=\"true\"/>")
    );
    let (_, body) = soap(
        client,
        "c",
        "",
        "<urn:query><urn:queryString>SELECT Id FROM Account LIMIT 1</urn:queryString></urn:query>",
    );
    assert!(
        body.contains("<records xsi:type=\"sf:Account\"><sf:Id>001"),
        "{body}"
    );
    client.create("Contact", json!({"LastName": "One more than a page"}));
    let pages = "<urn:QueryOptions><urn:batchSize>200</urn:batchSize></urn:QueryOptions>";
    let (_, body) = soap(
        client,
        "u",
        pages,
        "<urn:query><urn:queryString>SELECT Id FROM Contact</urn:queryString></urn:query>",
    );
    let (first, total) = (texts(&body, "sf:type").len(), text(&body, "size"));
    let more = format!(
        "<urn:queryMore><urn:queryLocator>{}</urn:queryLocator></urn:queryMore>",
        text(&body, "queryLocator")
    );
    let rest = call(client, &more);
    assert_eq!(first, 200);
    assert!(texts(&rest, "sf:type").len() <= 200 && total.parse::<usize>().unwrap() > 200);

    let retrieve = format!(
        "<urn:retrieve><urn:fieldList>Name</urn:fieldList><urn:sObjectType>Account</urn:sObjectType><urn:ids>{id}</urn:ids><urn:ids>001Wt0000000zzz</urn:ids></urn:retrieve>"
    );
    let body = call(client, &retrieve);
    assert!(
        body.contains("A &amp; B") && body.contains("<result xsi:nil=\"true\"/>"),
        "{body}"
    );
    let body = call(
        client,
        "<urn:search><urn:searchString>FIND {Wrenfield OR Rivera} RETURNING User(Id, Name)</urn:searchString></urn:search>",
    );
    assert!(body.contains("<searchRecords><record"), "{body}");
    let body = call(
        client,
        "<urn:describeSObjects><urn:sObjectType>Account</urn:sObjectType><urn:sObjectType>Lead</urn:sObjectType></urn:describeSObjects>",
    );
    assert!(body.matches("<result>").count() == 2 && body.contains("<keyPrefix>00Q</keyPrefix>"));
    assert!(call(client, "<urn:describeGlobal/>").contains("<name>Project__c</name>"));
}

#[test]
fn what_was_deleted_comes_back_until_the_bin_is_emptied() {
    let stage = stage();
    let client = &stage.client;
    let account = client.create("Account", json!({"Name": "Binned"}));
    let contact = client.create(
        "Contact",
        json!({"LastName": "Child", "AccountId": account}),
    );
    let ids = |operation: &str, id: &str| {
        format!("<urn:{operation}><urn:ids>{id}</urn:ids></urn:{operation}>")
    };
    let row = format!("/sobjects/Contact/{contact}");
    assert_eq!(
        text(&call(client, &ids("undelete", &account)), "statusCode"),
        "UNDELETE_FAILED"
    );
    assert_eq!(
        text(&call(client, &ids("delete", &account)), "success"),
        "true"
    );
    assert_eq!(client.send(Method::GET, &row, None).0, 404);
    assert_eq!(
        text(&call(client, &ids("undelete", &account)), "success"),
        "true"
    );
    assert_eq!(client.get(&row)["AccountId"], account);
    let day_ago = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(24);
    let span = format!(
        "<urn:sObjectType>Account</urn:sObjectType><urn:startDate>{day_ago}</urn:startDate><urn:endDate>2999-01-01T00:00:00Z</urn:endDate>"
    );
    let body = call(client, &format!("<urn:getUpdated>{span}</urn:getUpdated>"));
    assert!(texts(&body, "ids").contains(&account));
    call(client, &ids("delete", &account));
    let body = call(client, &format!("<urn:getDeleted>{span}</urn:getDeleted>"));
    assert!(texts(&body, "id").contains(&account), "{body}");
    assert_eq!(
        text(&call(client, &ids("emptyRecycleBin", &account)), "success"),
        "true"
    );
    assert_eq!(
        text(&call(client, &ids("undelete", &account)), "success"),
        "false"
    );
    let all = client.get(&format!(
        "/queryAll?q={}",
        encode(&format!("SELECT Id FROM Contact WHERE Id = '{contact}'"))
    ));
    assert_eq!(all["totalSize"], 0);
    // A rep may not bring back what they may not delete.
    let sam = Client::login_as(&stage.org, "sam@demo.example");
    let other = client.create("Account", json!({"Name": "Other"}));
    call(client, &ids("delete", &other));
    assert_eq!(
        text(&call(&sam, &ids("undelete", &other)), "success"),
        "false"
    );
}

#[test]
fn a_merge_gives_the_winner_everything() {
    let stage = stage();
    let client = &stage.client;
    let winner = client.create("Account", json!({"Name": "Winner"}));
    let loser = client.create("Account", json!({"Name": "Loser"}));
    let contact = client.create("Contact", json!({"LastName": "Moves", "AccountId": loser}));
    let merge = |losers: &[&str]| {
        let ids: String = losers
            .iter()
            .map(|id| format!("<urn:recordToMergeIds>{id}</urn:recordToMergeIds>"))
            .collect();
        format!(
            "<urn:merge><urn:request><urn:masterRecord><type>Account</type><Id>{winner}</Id><Phone>7</Phone></urn:masterRecord>{ids}</urn:request></urn:merge>"
        )
    };
    for (losers, code) in [
        (vec![], "INVALID_OPERATION"),
        (vec![winner.as_str()], "INVALID_OPERATION"),
        (vec![contact.as_str()], "INVALID_OPERATION"),
        (vec!["001Wt0000000zzz"], "INVALID_CROSS_REFERENCE_KEY"),
    ] {
        assert_eq!(
            text(&call(client, &merge(&losers)), "statusCode"),
            code,
            "{losers:?}"
        );
    }
    assert!(client.get(&format!("/sobjects/Account/{winner}"))["Phone"].is_null());
    let body = call(client, &merge(&[&loser]));
    assert_eq!(text(&body, "success"), "true", "{body}");
    assert_eq!(
        (
            text(&body, "mergedRecordIds"),
            text(&body, "updatedRelatedIds")
        ),
        (loser.clone(), contact.clone())
    );
    assert_eq!(
        client.get(&format!("/sobjects/Contact/{contact}"))["AccountId"],
        winner
    );
    assert_eq!(
        client.get(&format!("/sobjects/Account/{winner}"))["Phone"],
        "7"
    );
    let gone = client.get(&format!(
        "/queryAll?q={}",
        encode(&format!(
            "SELECT MasterRecordId, IsDeleted FROM Account WHERE Id = '{loser}'"
        ))
    ));
    assert_eq!(gone["records"][0]["MasterRecordId"], winner);
    assert_eq!(gone["records"][0]["IsDeleted"], true);
}

#[test]
fn a_lead_becomes_an_account_a_contact_and_a_deal() {
    let stage = stage();
    let client = &stage.client;
    let lead = client.create("Lead", json!({"FirstName": "Ada", "LastName": "Byron", "Company": "Analytical Ltd", "Email": "ada@analytical.example", "City": "London", "AnnualRevenue": 1200}));
    let task = client.create("Task", json!({"Subject": "Call", "WhoId": lead}));
    let convert = |status: &str, more: &str| {
        format!(
            "<urn:convertLead><urn:leadConverts><urn:convertedStatus>{status}</urn:convertedStatus>{more}<urn:leadId>{lead}</urn:leadId></urn:leadConverts></urn:convertLead>"
        )
    };
    assert_eq!(
        text(
            &call(client, &convert("Working - Contacted", "")),
            "statusCode"
        ),
        "INVALID_STATUS"
    );
    let body = call(
        client,
        &convert(
            "Closed - Converted",
            "<urn:opportunityName>Engine</urn:opportunityName>",
        ),
    );
    assert_eq!(text(&body, "success"), "true", "{body}");
    let row =
        |object: &str, name: &str| client.get(&format!("/sobjects/{object}/{}", text(&body, name)));
    let (account, contact, deal) = (
        row("Account", "accountId"),
        row("Contact", "contactId"),
        row("Opportunity", "opportunityId"),
    );
    assert_eq!(
        (account["Name"].as_str(), account["BillingCity"].as_str()),
        (Some("Analytical Ltd"), Some("London"))
    );
    assert_eq!(account["AnnualRevenue"], 1200);
    assert_eq!(
        (contact["Name"].as_str(), contact["AccountId"].as_str()),
        (Some("Ada Byron"), account["Id"].as_str())
    );
    assert_eq!(
        (deal["Name"].as_str(), deal["IsClosed"].as_bool()),
        (Some("Engine"), Some(false))
    );
    let task = client.get(&format!("/sobjects/Task/{task}"));
    assert_eq!(
        (&task["WhoId"], &task["WhatId"]),
        (&contact["Id"], &deal["Id"])
    );
    let gone = client.get(&format!("/sobjects/Lead/{lead}"));
    assert_eq!(
        (gone["IsConverted"].as_bool(), &gone["ConvertedContactId"]),
        (Some(true), &contact["Id"])
    );
    assert_eq!(
        text(
            &call(client, &convert("Closed - Converted", "")),
            "statusCode"
        ),
        "CANNOT_UPDATE_CONVERTED_LEAD"
    );
    // Into an account that is there, without a deal.
    let lead = client.create("Lead", json!({"LastName": "Hopper", "Company": "Navy"}));
    let account = account["Id"].as_str().unwrap();
    let body = call(
        client,
        &format!(
            "<urn:convertLead><urn:leadConverts><urn:accountId>{account}</urn:accountId><urn:convertedStatus>Closed - Converted</urn:convertedStatus><urn:doNotCreateOpportunity>true</urn:doNotCreateOpportunity><urn:leadId>{lead}</urn:leadId></urn:leadConverts></urn:convertLead>"
        ),
    );
    assert_eq!(text(&body, "accountId"), account);
    assert!(body.contains("<opportunityId xsi:nil=\"true\"/>"));
}
