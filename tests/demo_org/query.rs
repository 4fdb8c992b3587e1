//! SOQL over the story.

use super::*;

fn names(found: &Value, field: &str) -> Vec<String> {
    let rows = found["records"].as_array().unwrap();
    rows.iter()
        .map(|row| row[field].as_str().unwrap_or("null").to_owned())
        .collect()
}

/// Accounts `Q-a` … with telling values.
fn rows(client: &Client) -> Vec<String> {
    [
        json!({"Name": "Q-a", "Industry": "Energy", "AnnualRevenue": 10, "SLA_Expiration__c": "2020-02-29", "Credit_Limit__c": 0.1}),
        json!({"Name": "Q-b", "Industry": "Banking", "AnnualRevenue": 20, "BillingCity": "50%_\\Town", "Credit_Limit__c": 0.2}),
        json!({"Name": "Q-c", "AnnualRevenue": 30, "BillingCity": "O'Hara"}),
    ]
    .into_iter()
    .map(|body| client.create("Account", body))
    .collect()
}

#[test]
fn conditions_select_the_rows_they_say() {
    let stage = stage();
    let client = &stage.client;
    let ids = rows(client);
    let short = &ids[0][..15];
    let by_id = format!("Id = '{short}'");
    let by_set = format!("Id NOT IN ('{}', '{}')", ids[0], ids[1]);
    let cases = [
        ("Industry = 'energy'", "a"),
        ("Industry != 'Energy'", "bc"),
        ("NOT (Industry = 'Energy')", "bc"),
        ("NOT Industry = 'Energy'", "bc"),
        ("Industry = null", "c"),
        ("Industry != null", "ab"),
        ("Industry IN ('Energy', 'Banking')", "ab"),
        ("Industry NOT IN ('Energy')", "bc"),
        ("AnnualRevenue > 10 AND AnnualRevenue <= 30", "bc"),
        ("AnnualRevenue = 10.0 OR AnnualRevenue = 3e1", "ac"),
        ("AnnualRevenue > 19.5", "bc"),
        ("Credit_Limit__c = 0.1", "a"),
        ("Credit_Limit__c < 0.15", "a"),
        ("Name LIKE 'q-_'", "abc"),
        ("BillingCity LIKE '50\\\\%%'", ""),
        ("BillingCity LIKE '50\\%\\_%'", "b"),
        ("BillingCity = 'O\\'Hara'", "c"),
        ("SLA_Expiration__c = 2020-02-29", "a"),
        ("SLA_Expiration__c < LAST_N_YEARS:2", "a"),
        (
            "CreatedDate = TODAY AND (Industry = 'Energy' OR Industry = 'Banking')",
            "ab",
        ),
        ("CreatedDate > 2020-01-01T00:00:00+01:00", "abc"),
        ("CreatedDate > TOMORROW", ""),
        ("Owner.Name = 'Kim Rivera'", "abc"),
        ("IsDeleted = false", "abc"),
        ("Id IN (SELECT AccountId FROM Contact)", ""),
        (
            "Id NOT IN (SELECT AccountId FROM Contact WHERE Email != null)",
            "abc",
        ),
        (by_id.as_str(), "a"),
        (by_set.as_str(), "c"),
    ];
    for (condition, expected) in cases {
        let found = client.query(&format!(
            "SELECT Name FROM Account WHERE Name LIKE 'Q-%' AND ({condition}) ORDER BY Name"
        ));
        let got: String = names(&found, "Name")
            .iter()
            .filter_map(|name| name.chars().last())
            .collect();
        assert_eq!(got, expected, "{condition}");
    }
}

#[test]
fn order_limit_and_offset_hold() {
    let stage = stage();
    let client = &stage.client;
    rows(client);
    let ask = |tail: &str| {
        names(
            &client.query(&format!(
                "SELECT Industry FROM Account WHERE Name LIKE 'Q-%' {tail}"
            )),
            "Industry",
        )
    };
    assert_eq!(ask("ORDER BY Industry"), ["null", "Banking", "Energy"]);
    assert_eq!(
        ask("ORDER BY Industry DESC NULLS LAST"),
        ["Energy", "Banking", "null"]
    );
    assert_eq!(ask("ORDER BY Name LIMIT 1 OFFSET 1"), ["Banking"]);
    assert_eq!(ask("LIMIT 0").len(), 0);
}

#[test]
fn parents_children_and_varying_parents_nest() {
    let stage = stage();
    let client = &stage.client;
    let found = client.query("SELECT Name, (SELECT Id, Name FROM Contacts ORDER BY Name LIMIT 2), (SELECT Id FROM Cases WHERE Subject = 'none') FROM Account WHERE Name = 'Acme Holdings plc'");
    let row = &found["records"][0];
    assert!(
        row["Contacts"]["totalSize"].as_u64().unwrap() >= 1 && row["Cases"].is_null(),
        "{row}"
    );
    let found = client.query("SELECT Id, What.Name, What.Type, Who.Name, Owner.Name, Account.Owner.Profile.Name FROM Task WHERE What.Type = 'Opportunity' AND WhoId != null LIMIT 1");
    let row = &found["records"][0];
    assert_eq!(row["What"]["Type"], "Opportunity");
    assert!(row["What"]["Name"].is_string() && row["Owner"]["Name"].is_string());
    assert!(
        row["What"]["attributes"]["url"]
            .as_str()
            .unwrap()
            .contains("/sobjects/Opportunity/006")
    );
    assert!(
        row["Account"]["Owner"]["Profile"]["Name"].is_string(),
        "{row}"
    );
    let found = client.query("SELECT TYPEOF What WHEN Opportunity THEN StageName WHEN Account THEN Phone, Name ELSE Name END FROM Task WHERE What.Type = 'Opportunity' LIMIT 1");
    assert!(
        found["records"][0]["What"]["StageName"].is_string(),
        "{found}"
    );
    let found = client.query(
        "SELECT Id, ReportsTo.Name, MailingAddress FROM Contact WHERE ReportsToId = null LIMIT 1",
    );
    assert!(found["records"][0]["ReportsTo"].is_null());
}

#[test]
fn groups_count_and_sum() {
    let stage = stage();
    let client = &stage.client;
    rows(client);
    let found = client.query("SELECT Industry, COUNT(Id), SUM(AnnualRevenue) total FROM Account WHERE Name LIKE 'Q-%' GROUP BY Industry HAVING COUNT(Id) = 1 ORDER BY Industry");
    assert_eq!(found["records"][2]["Industry"], "Energy");
    assert_eq!(
        (
            &found["records"][2]["expr0"],
            found["records"][2]["total"].to_string()
        ),
        (&json!(1), "10".into())
    );
    assert_eq!(found["records"][0]["attributes"]["type"], "AggregateResult");
    let found =
        client.query("SELECT COUNT(Id) n, MAX(Credit_Limit__c) FROM Account WHERE Name LIKE 'Q-%'");
    assert_eq!(
        (
            &found["records"][0]["n"],
            found["records"][0]["expr0"].to_string()
        ),
        (&json!(3), "0.2".into())
    );
}

#[test]
fn fields_expand_and_multi_values_match() {
    let stage = stage();
    let client = &stage.client;
    client.create(
        "Contact",
        json!({"LastName": "Poly", "Languages__c": "German;English;German"}),
    );
    let ask = |condition: &str| {
        client.query(&format!(
            "SELECT COUNT() FROM Contact WHERE LastName = 'Poly' AND Languages__c {condition}"
        ))["totalSize"]
            .clone()
    };
    assert_eq!(ask("INCLUDES ('German')"), 1);
    assert_eq!(ask("INCLUDES ('English;German', 'French')"), 1);
    assert_eq!(ask("INCLUDES ('Germ')"), 0);
    assert_eq!(ask("EXCLUDES ('French')"), 1);
    let found = client.query("SELECT FIELDS(ALL) FROM Contact WHERE LastName = 'Poly' LIMIT 1");
    assert_eq!(found["records"][0]["Languages__c"], "English;German");
    assert!(
        client.query("SELECT FIELDS(STANDARD) FROM Contact LIMIT 1")["records"][0]
            .get("Languages__c")
            .is_none()
    );
}

#[test]
fn every_object_and_every_field_can_be_read() {
    let stage = stage();
    let client = &stage.client;
    let global = client.get("/sobjects");
    for object in global["sobjects"].as_array().unwrap() {
        let name = object["name"].as_str().unwrap();
        let describe = client.get(&format!("/sobjects/{name}/describe"));
        let fields: Vec<&str> = describe["fields"]
            .as_array()
            .unwrap()
            .iter()
            .map(|field| field["name"].as_str().unwrap())
            .collect();
        if object["queryable"] == false {
            // Platform events and change events are published, never kept.
            let is_event = name.ends_with("__e") || name.ends_with("ChangeEvent");
            assert!(is_event, "{name}");
            continue;
        }
        let filter = if name == "ContentDocumentLink" {
            "WHERE LinkedEntityId IN (SELECT Id FROM Contact)"
        } else {
            ""
        };
        let found = client.query(&format!(
            "SELECT {} FROM {name} {filter} LIMIT 3",
            fields.join(",")
        ));
        for row in found["records"].as_array().unwrap() {
            for field in &fields {
                assert!(row.get(*field).is_some(), "{name}.{field}");
            }
        }
        client.get(&format!("/sobjects/{name}/describe/layouts"));
        client.get(&format!("/sobjects/{name}/describe/compactLayouts"));
    }
}

#[test]
fn query_faults_have_the_real_words() {
    let stage = stage();
    let client = &stage.client;
    let cases = [
        (
            "select count() from XYZZY",
            "INVALID_TYPE",
            "sObject type 'XYZZY' is not supported. If you are attempting to use a custom object, be sure to append the '__c' after the entity name. Please reference your WSDL or the describe call for the appropriate names.",
        ),
        (
            "SELECT Nope FROM Account",
            "INVALID_FIELD",
            "No such column 'Nope' on entity 'Account'. If you are attempting to use a custom field, be sure to append the '__c' after the custom field name. Please reference your WSDL or the describe call for the appropriate names.",
        ),
        (
            "SELECT Id, Nope.Name FROM Account",
            "INVALID_FIELD",
            "Didn't understand relationship 'Nope' in field path. If you are attempting to use a custom relationship, be sure to append the '__r' after the custom relationship name. Please reference your WSDL or the describe call for the appropriate names.",
        ),
        (
            "SELECT (SELECT Id FROM Nope) FROM Account",
            "INVALID_TYPE",
            "Didn't understand relationship 'Nope' in FROM part of query call. If you are attempting to use a custom relationship, be sure to append the '__r' after the custom relationship name. Please reference your WSDL or the describe call for the appropriate names.",
        ),
        (
            "",
            "MALFORMED_QUERY",
            "SOQL statements cannot be empty or null",
        ),
        (
            "SELECT Id FROM Account WHERE Name = 5",
            "INVALID_FIELD",
            "value of filter criterion for field 'Name' must be of type string and should be enclosed in quotes",
        ),
        (
            "SELECT Id FROM Account WHERE AnnualRevenue = '5'",
            "INVALID_FIELD",
            "value of filter criterion for field 'AnnualRevenue' must be of type double and should not be enclosed in quotes",
        ),
        (
            "SELECT Id FROM Account WHERE CreatedDate = 2026-01-01",
            "INVALID_FIELD",
            "value of filter criterion for field 'CreatedDate' must be of type dateTime and should not be enclosed in quotes",
        ),
        (
            "SELECT Id FROM Account WHERE Id = 'abc'",
            "INVALID_QUERY_FILTER_OPERATOR",
            "invalid ID field: abc",
        ),
        (
            "SELECT Id FROM Account WHERE Description = 'x'",
            "INVALID_FIELD",
            "field 'Description' can not be filtered in a query call",
        ),
        (
            "SELECT Id FROM Account ORDER BY Description",
            "INVALID_FIELD",
            "field 'Description' can not be sorted in a query call",
        ),
        (
            "SELECT Id FROM Account OFFSET 2001",
            "NUMBER_OUTSIDE_VALID_RANGE",
            "Maximum SOQL offset allowed is 2000",
        ),
        (
            "SELECT Id, Id FROM Account",
            "INVALID_FIELD",
            "duplicate field selected: Id",
        ),
        (
            "SELECT FIELDS(ALL) FROM Account",
            "MALFORMED_QUERY",
            "The SOQL FIELDS function must have a LIMIT of at most 200",
        ),
        (
            "SELECT Id FROM Account WHERE CreatedDate = 'x'",
            "INVALID_FIELD",
            "value of filter criterion for field 'CreatedDate' must be of type dateTime and should not be enclosed in quotes",
        ),
        (
            "SELECT Id FROM Contact WHERE Languages__c LIKE 'G%'",
            "INVALID_QUERY_FILTER_OPERATOR",
            "invalid operator on multipicklist field",
        ),
        (
            "SELECT Id FROM Account WHERE Id LIKE '001%'",
            "INVALID_QUERY_FILTER_OPERATOR",
            "invalid operator on id field",
        ),
        (
            "SELECT Id FROM Account WHERE IsDeleted > true",
            "INVALID_QUERY_FILTER_OPERATOR",
            "invalid operator on boolean field",
        ),
        (
            "SELECT Id FROM Account WHERE Name = 'a' OR Id IN (SELECT AccountId FROM Contact)",
            "MALFORMED_QUERY",
            "Semi join sub-selects are not allowed with the 'OR' operator",
        ),
        (
            "SELECT Id FROM Account WHERE NOT Id IN (SELECT AccountId FROM Contact)",
            "MALFORMED_QUERY",
            "Semi join sub-selects are not allowed with the 'NOT' operator",
        ),
        (
            "SELECT Id FROM Account WHERE Name = 'a' AND (Name = 'b' OR Id IN (SELECT AccountId FROM Contact))",
            "MALFORMED_QUERY",
            "Semi join sub-selects are only allowed at the top level WHERE expressions and not in nested WHERE expressions.",
        ),
        (
            "SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact) AND Id IN (SELECT AccountId FROM Case) AND Id IN (SELECT AccountId FROM Opportunity)",
            "MALFORMED_QUERY",
            "Maximum 2 semi join sub-selects are allowed",
        ),
        (
            "SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact WHERE Id IN (SELECT ContactId FROM Case))",
            "MALFORMED_QUERY",
            "Nesting of semi join sub-selects is not supported",
        ),
        (
            "SELECT Id FROM Account WHERE Id IN (SELECT ParentId FROM Account)",
            "MALFORMED_QUERY",
            "The inner and outer selects should not be on the same object type",
        ),
        (
            "SELECT Id FROM Account WHERE Id IN (SELECT LastName FROM Contact)",
            "MALFORMED_QUERY",
            "Semi join sub-selects can only query id fields, cannot use: 'LastName'",
        ),
        (
            "SELECT Id FROM Account WHERE Id IN (SELECT OwnerId FROM Contact)",
            "MALFORMED_QUERY",
            "The selected field 'OwnerId' in the subquery and the left operand field in the where expression in the outer query 'Id' should point to the same object type",
        ),
        (
            "SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact LIMIT 5)",
            "MALFORMED_QUERY",
            "unexpected token: 'LIMIT'",
        ),
        (
            "SELECT Id n FROM Account",
            "MALFORMED_QUERY",
            "Only aggregate expressions use field aliasing",
        ),
        (
            "SELECT Description, COUNT(Id) FROM Account GROUP BY Description",
            "MALFORMED_QUERY",
            "field 'Description' can not be grouped in a query call",
        ),
        (
            "SELECT SUM(Name) FROM Account",
            "MALFORMED_QUERY",
            "field Name does not support aggregate operator SUM",
        ),
        (
            "SELECT COUNT(Id) n, MAX(Name) n FROM Account",
            "MALFORMED_QUERY",
            "duplicate alias: n",
        ),
        (
            "SELECT Industry, COUNT(Id) FROM Account GROUP BY Industry ORDER BY Name",
            "MALFORMED_QUERY",
            "Field must be grouped or aggregated: Name",
        ),
        (
            "SELECT (SELECT COUNT(Id) FROM Contacts) FROM Account",
            "MALFORMED_QUERY",
            "Only root queries support aggregate expressions",
        ),
        (
            "SELECT FIELDS(STANDARD), Name FROM Account",
            "INVALID_FIELD",
            "duplicate field selected: Name",
        ),
        (
            "SELECT FIELDS(CUSTOM) FROM User LIMIT 5",
            "MALFORMED_QUERY",
            "'FIELDS(...)' expansion function must result in at least one field being selected.",
        ),
        (
            "SELECT Id FROM ContentDocumentLink",
            "MALFORMED_QUERY",
            "Implementation restriction: ContentDocumentLink requires a filter by a single Id on ContentDocumentId or LinkedEntityId using the equals operator or multiple Id's using the IN operator.",
        ),
        (
            "SELECT Id FROM Account WITH NONSENSE",
            "MALFORMED_QUERY",
            "unexpected token: 'NONSENSE'",
        ),
        (
            "SELECT Id FROM Account ALL ROWS",
            "MALFORMED_QUERY",
            "ALL ROWS not allowed in this context",
        ),
        (
            "SELECT Id FROM Account USING SCOPE team",
            "INVALID_QUERY_SCOPE",
            "team is not a valid scope for Account",
        ),
        (
            "SELECT Name, COUNT(Id) FROM Account",
            "MALFORMED_QUERY",
            "Field must be grouped or aggregated: Name",
        ),
    ];
    for (soql, code, last) in cases {
        let fault = client.query_fault(soql);
        let message = fault["message"].as_str().unwrap();
        assert_eq!(
            (fault["errorCode"].as_str(), message.lines().last()),
            (Some(code), Some(last)),
            "{soql}"
        );
    }
}
