//! The catalogue of row and field errors, code by code: what provokes each, and with which
//! status, words and fields it comes. A code is in the table, in [`ELSEWHERE`] with the test
//! that holds it, or in [`ABSENT`] with the reason; a test sees to it that none is missing.

use super::*;

/// Every code of the catalogue.
const CATALOGUE: &str = "REQUIRED_FIELD_MISSING INVALID_FIELD INVALID_FIELD_FOR_INSERT_UPDATE \
    FIELD_CUSTOM_VALIDATION_EXCEPTION FIELD_INTEGRITY_EXCEPTION FIELD_FILTER_VALIDATION_EXCEPTION \
    INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST STRING_TOO_LONG NUMBER_OUTSIDE_VALID_RANGE \
    INVALID_EMAIL_ADDRESS JSON_PARSER_ERROR MALFORMED_ID INVALID_CROSS_REFERENCE_KEY \
    INVALID_CROSS_REFERENCE_TYPE_FOR_FIELD INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY \
    INSUFFICIENT_ACCESS_OR_READONLY INSUFFICIENT_ACCESS CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY \
    CANNOT_EXECUTE_FLOW_TRIGGER CUSTOM_APEX_ERROR APEX_ERROR ENTITY_IS_DELETED ENTITY_IS_LOCKED \
    ENTITY_IS_ARCHIVED NOT_FOUND ENTITY_FAILED_IFLASTMODIFIED_ON_UPDATE MODIFIED DUPLICATE_VALUE \
    DUPLICATE_EXTERNAL_ID DUPLICATES_DETECTED CANNOT_UPDATE_CONVERTED_LEAD CANNOT_REPARENT_RECORD \
    CIRCULAR_DEPENDENCY MAXIMUM_HIERARCHY_LEVELS_REACHED DELETE_FAILED DELETE_REQUIRED_ON_CASCADE \
    DEPENDENCY_EXISTS INACTIVE_OWNER_OR_USER TRANSFER_REQUIRES_READ \
    UNAVAILABLE_RECORDTYPE_EXCEPTION LIMIT_EXCEEDED STORAGE_LIMIT_EXCEEDED \
    TEXT_DATA_OUTSIDE_SUPPORTED_CHARSET UNSAFE_HTML_CONTENT INVALID_TYPE \
    INVALID_TYPE_ON_FIELD_IN_RECORD INVALID_STATUS INVALID_CURRENCY_ISO INVALID_INET_ADDRESS \
    MIXED_DML_OPERATION UNABLE_TO_LOCK_ROW ALL_OR_NONE_OPERATION_ROLLED_BACK PROCESSING_HALTED \
    OPERATION_ENQUEUED TOO_MANY_APEX_REQUESTS";

/// Codes other tests hold, with a test that does.
const ELSEWHERE: [(&str, &str); 9] = [
    ("CANNOT_UPDATE_CONVERTED_LEAD", "soap, lead conversion"),
    (
        "DEPENDENCY_EXISTS",
        "tooling.used_fields_stay_and_pick_lists_change",
    ),
    (
        "DUPLICATES_DETECTED",
        "refusals.a_second_contact_with_one_email_is_shown_and_can_be_saved_anyway",
    ),
    ("DUPLICATE_VALUE", "refusals.unique_keys_name_the_other_row"),
    ("INVALID_STATUS", "soap, lead conversion"),
    (
        "MIXED_DML_OPERATION",
        "users.setup_and_business_rows_do_not_share_a_transaction",
    ),
    (
        "OPERATION_ENQUEUED",
        "checklist_faults.section_3_quirks_of_events_and_bulk",
    ),
    (
        "PROCESSING_HALTED",
        "composite.composite_calls_refer_back_and_roll_back",
    ),
    (
        "UNABLE_TO_LOCK_ROW",
        "checklist_faults.section_4_fault_switches",
    ),
];

/// Codes this org has no cause for.
const ABSENT: [(&str, &str); 19] = [
    ("APEX_ERROR", "no Apex"),
    ("CANNOT_EXECUTE_FLOW_TRIGGER", "no flows"),
    (
        "CANNOT_REPARENT_RECORD",
        "details that stay have a read-only master: INVALID_FIELD_FOR_INSERT_UPDATE",
    ),
    ("CUSTOM_APEX_ERROR", "no Apex"),
    (
        "DELETE_REQUIRED_ON_CASCADE",
        "deleting a parent asks for no right on its children",
    ),
    (
        "ENTITY_FAILED_IFLASTMODIFIED_ON_UPDATE",
        "REST answers 412, below",
    ),
    ("ENTITY_IS_ARCHIVED", "activities are not archived"),
    ("ENTITY_IS_LOCKED", "no approval processes"),
    (
        "INVALID_CROSS_REFERENCE_TYPE_FOR_FIELD",
        "REST says MALFORMED_ID",
    ),
    ("INVALID_CURRENCY_ISO", "one currency"),
    (
        "INVALID_INET_ADDRESS",
        "no address of that kind in any field",
    ),
    (
        "INVALID_TYPE_ON_FIELD_IN_RECORD",
        "REST says JSON_PARSER_ERROR",
    ),
    (
        "LIMIT_EXCEEDED",
        "limits of this org have codes of their own",
    ),
    (
        "MAXIMUM_HIERARCHY_LEVELS_REACHED",
        "no bound on accounts above accounts",
    ),
    ("MODIFIED", "REST answers 412, below"),
    ("STORAGE_LIMIT_EXCEEDED", "no bound but the disk"),
    (
        "TEXT_DATA_OUTSIDE_SUPPORTED_CHARSET",
        "all of Unicode is kept",
    ),
    ("TOO_MANY_APEX_REQUESTS", "no Apex"),
    (
        "UNAVAILABLE_RECORDTYPE_EXCEPTION",
        "every profile has record types",
    ),
];

struct Case<'a> {
    who: &'a Client,
    ask: (Method, String, Value),
    status: u16,
    code: &'static str,
    /// How the message begins.
    words: String,
    /// `null` for faults of the request, which name none.
    fields: Value,
}

/// The first of a query's rows.
fn first_id(client: &Client, soql: &str) -> String {
    let found = client.query(soql);
    found["records"][0]["Id"].as_str().unwrap().to_owned()
}

/// A request and its refusal.
fn case<'a>(
    who: &'a Client,
    ask: (Method, impl Into<String>, Value),
    (status, code): (u16, &'static str),
    words: impl Into<String>,
    fields: Value,
) -> Case<'a> {
    Case {
        who,
        ask: (ask.0, ask.1.into(), ask.2),
        status,
        code,
        words: words.into(),
        fields,
    }
}

/// Refusals of what a row says.
fn of_values<'a>(kim: &'a Client, long: &str) -> Vec<Case<'a>> {
    let contact = |code, body: Value, words: &str, fields| {
        let ask = (Method::POST, "/sobjects/Contact", body);
        case(kim, ask, (400, code), words, fields)
    };
    let event = json!({"Subject": "A", "StartDateTime": "2026-11-02T10:00:00Z", "EndDateTime": "2026-11-02T09:00:00Z"});
    let won = json!({"Name": "A", "StageName": "Closed Won", "CloseDate": "2026-11-22"});
    let note = json!({"Title": "A", "Content": "PHNjcmlwdD54PC9zY3JpcHQ+"});
    vec![
        contact(
            "REQUIRED_FIELD_MISSING",
            json!({}),
            "Required fields are missing: [LastName]",
            json!(["LastName"]),
        ),
        contact(
            "INVALID_FIELD",
            json!({"LastName": "A", "foo": 1}),
            "No such column 'foo' on sobject of type Contact",
            Value::Null,
        ),
        contact(
            "INVALID_FIELD",
            json!({"LastName": "A", "Account": {"SFW_Key__c": "ZZ"}}),
            "Foreign key external ID: zz not found for field SFW_Key__c in entity Account",
            json!([]),
        ),
        contact(
            "INVALID_FIELD_FOR_INSERT_UPDATE",
            json!({"LastName": "A", "Name": "B"}),
            "Unable to create/update fields: Name. Please check the security settings of this field and verify that it is read/write for your profile or permission set.",
            json!(["Name"]),
        ),
        case(
            kim,
            (Method::POST, "/sobjects/Opportunity", won),
            (400, "FIELD_CUSTOM_VALIDATION_EXCEPTION"),
            "A won opportunity needs an amount.",
            json!(["Amount"]),
        ),
        case(
            kim,
            (Method::POST, "/sobjects/Event", event),
            (400, "FIELD_INTEGRITY_EXCEPTION"),
            "Activity end date must be on or after start date",
            json!(["EndDateTime"]),
        ),
        contact(
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            json!({"LastName": "A", "Level__c": "Nope"}),
            "Level: bad value for restricted picklist field: Nope",
            json!(["Level__c"]),
        ),
        contact(
            "STRING_TOO_LONG",
            json!({"LastName": "A", "FirstName": long}),
            "First Name: data value too large: xxx",
            json!(["FirstName"]),
        ),
        contact(
            "NUMBER_OUTSIDE_VALID_RANGE",
            json!({"LastName": "A", "Satisfaction__c": 12345}),
            "Satisfaction: value outside of valid range on numeric field: 12345",
            json!(["Satisfaction__c"]),
        ),
        case(
            kim,
            (
                Method::GET,
                "/query?q=SELECT+Id+FROM+Account+OFFSET+2001",
                Value::Null,
            ),
            (400, "NUMBER_OUTSIDE_VALID_RANGE"),
            "\nSELECT Id FROM Account OFFSET 2001\n",
            Value::Null,
        ),
        contact(
            "INVALID_EMAIL_ADDRESS",
            json!({"LastName": "A", "Email": "badone"}),
            "Email: invalid email address: badone",
            json!(["Email"]),
        ),
        contact(
            "JSON_PARSER_ERROR",
            json!({"LastName": "A", "Birthdate": "soon"}),
            "Cannot deserialize instance of date from VALUE_STRING value soon or request may be missing a required field at [line:1, column:",
            Value::Null,
        ),
        case(
            kim,
            (
                Method::POST,
                "/sobjects/Task",
                json!({"WhatId": "006B000002nBrQ"}),
            ),
            (400, "MALFORMED_ID"),
            "Related To ID: id value of incorrect type: 006B000002nBrQ",
            json!(["WhatId"]),
        ),
        contact(
            "MALFORMED_ID",
            json!({"LastName": "A", "AccountId": "003000000000001AAA"}),
            "Account ID: id value of incorrect type: 003000000000001AAA",
            json!(["AccountId"]),
        ),
        contact(
            "INVALID_CROSS_REFERENCE_KEY",
            json!({"LastName": "A", "AccountId": "001000000000001AAA"}),
            "invalid cross reference id",
            json!(["AccountId"]),
        ),
        case(
            kim,
            (Method::POST, "/sobjects/ContentNote", note),
            (400, "UNSAFE_HTML_CONTENT"),
            "The content contains unsafe HTML",
            json!(["Content"]),
        ),
    ]
}

/// Refusals for what other rows are, and for who asks.
fn of_rows<'a>(kim: &'a Client, sam: &'a Client, gone: &str, account: &str) -> Vec<Case<'a>> {
    let get = |path: &str| (Method::GET, path.to_owned(), Value::Null);
    let delete = |path: String| (Method::DELETE, path, Value::Null);
    let patch = |path: String, body: Value| (Method::PATCH, path, body);
    let post = |object: &str, body: Value| (Method::POST, format!("/sobjects/{object}"), body);
    let own = format!("/sobjects/Account/{account}");
    let gone = format!("/sobjects/Account/{gone}");
    let none = "/sobjects/Account/001000000000001AAA";
    let outsider = kim.create("Contact", json!({"LastName": "Outsider"}));
    let child = kim.create("Account", json!({"Name": "Child", "ParentId": account}));
    let inactive = first_id(kim, "SELECT Id FROM User WHERE IsActive = false");
    let noapi = first_id(
        kim,
        "SELECT Id FROM User WHERE Username = 'noapi@demo.example'",
    );
    let deal = first_id(
        kim,
        "SELECT Id FROM Opportunity WHERE Owner.Username = 'kim@demo.example'",
    );
    let holder = kim.query("SELECT AccountId FROM Case WHERE AccountId <> null");
    let holder = holder["records"][0]["AccountId"]
        .as_str()
        .unwrap()
        .to_owned();
    let deal_path = format!("/sobjects/Opportunity/{deal}");
    let record = format!("/ui-api/records/{deal}?fields=Opportunity.Name");
    let sponsored = json!({"Account__c": account, "Sponsor__c": outsider});
    let deleted = "entity is deleted";
    vec![
        case(
            kim,
            patch(gone.clone(), json!({})),
            (404, "ENTITY_IS_DELETED"),
            deleted,
            json!([]),
        ),
        case(
            kim,
            delete(gone),
            (404, "ENTITY_IS_DELETED"),
            deleted,
            json!([]),
        ),
        case(
            kim,
            get(none),
            (404, "NOT_FOUND"),
            "The requested resource does not exist",
            Value::Null,
        ),
        case(
            kim,
            get("/sobjects/Account/23foo"),
            (404, "NOT_FOUND"),
            "Provided external ID field does not exist or is not accessible: 23foo",
            Value::Null,
        ),
        case(
            kim,
            delete(none.into()),
            (404, "INVALID_CROSS_REFERENCE_KEY"),
            "invalid cross reference id",
            json!([]),
        ),
        case(
            kim,
            patch(
                deal_path.clone(),
                json!({"RecordTypeId": "012000000000001AAA"}),
            ),
            (400, "INVALID_CROSS_REFERENCE_KEY"),
            "Record Type ID: this ID value isn't valid for the user: 012",
            json!(["RecordTypeId"]),
        ),
        case(
            kim,
            patch(own.clone(), json!({"OwnerId": null})),
            (400, "INVALID_CROSS_REFERENCE_KEY"),
            "Owner ID: owner cannot be blank",
            json!(["OwnerId"]),
        ),
        case(
            kim,
            post("Contact", json!({"LastName": "A", "OwnerId": inactive})),
            (400, "INACTIVE_OWNER_OR_USER"),
            "operation performed with inactive user [005",
            json!(["OwnerId"]),
        ),
        case(
            kim,
            patch(deal_path, json!({"OwnerId": noapi})),
            (400, "TRANSFER_REQUIRES_READ"),
            "The new owner must have read permission",
            json!([]),
        ),
        case(
            kim,
            delete(format!("/sobjects/Account/{holder}")),
            (400, "DELETE_FAILED"),
            "Your attempt to delete ",
            json!([]),
        ),
        case(
            kim,
            post("Project__c", sponsored),
            (400, "FIELD_FILTER_VALIDATION_EXCEPTION"),
            "Value does not exist or does not match filter criteria.",
            json!(["Sponsor__c"]),
        ),
        case(
            kim,
            patch(own.clone(), json!({"ParentId": child})),
            (400, "CIRCULAR_DEPENDENCY"),
            "",
            json!(["ParentId"]),
        ),
        case(
            kim,
            post("AccountHistory", json!({})),
            (400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"),
            "entity type cannot be inserted: Account History",
            json!([]),
        ),
        case(
            kim,
            get("/query?q=SELECT+Id+FROM+Nope"),
            (400, "INVALID_TYPE"),
            "\nSELECT Id FROM Nope\n               ^\nERROR at Row:1:Column:16\nsObject type 'Nope' is not supported.",
            Value::Null,
        ),
        case(
            sam,
            post("Task", json!({"Subject": "A", "WhatId": deal})),
            (400, "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY"),
            format!(
                "insufficient access rights on cross-reference id: {}",
                &deal[..15]
            ),
            json!([]),
        ),
        case(
            sam,
            delete(own),
            (400, "INSUFFICIENT_ACCESS_OR_READONLY"),
            "insufficient access rights on object id",
            json!([]),
        ),
        case(
            sam,
            get(&record),
            (403, "INSUFFICIENT_ACCESS"),
            "You don't have access to this record. Ask your administrator for help or to request access",
            Value::Null,
        ),
    ]
}

/// Codes that collections give, held by the test below.
const OF_SEVERAL: [&str; 2] = ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "DUPLICATE_EXTERNAL_ID"];

#[test]
fn every_code_of_the_catalogue_comes_with_its_status_words_and_fields() {
    let stage = stage();
    let kim = &stage.client;
    let sam = Client::login_as(&stage.org, "sam@demo.example");
    let account = kim.create("Account", json!({"Name": "Refused"}));
    let gone = kim.create("Account", json!({"Name": "Gone"}));
    assert_eq!(
        kim.send(Method::DELETE, &format!("/sobjects/Account/{gone}"), None)
            .0,
        204
    );
    let long = "x".repeat(41);
    let mut cases = of_values(kim, &long);
    cases.extend(of_rows(kim, &sam, &gone, &account));
    let mut wrong = Vec::new();
    for case in &cases {
        let (method, path, body) = case.ask.clone();
        let (status, reply) = case.who.send(method, &path, Some(body));
        let one = &reply[0];
        let begins = one["message"]
            .as_str()
            .is_some_and(|text| text.starts_with(&case.words));
        let told = (status, one["errorCode"].as_str(), &one["fields"]);
        if told != (case.status, Some(case.code), &case.fields) || !begins {
            wrong.push(format!("{:?} {}: {status} {reply}", case.ask, case.code));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");

    let provoked = cases.iter().map(|case| case.code).chain(OF_SEVERAL);
    let named = ELSEWHERE.iter().chain(&ABSENT).map(|(code, _)| *code);
    let mut held: Vec<&str> = provoked.chain(named).collect();
    held.sort_unstable();
    held.dedup();
    let mut all: Vec<&str> = CATALOGUE.split_whitespace().collect();
    all.sort_unstable();
    assert_eq!(held, all);
}

#[test]
fn several_rows_and_changed_rows_are_refused_in_their_own_words() {
    let stage = stage();
    let client = &stage.client;
    let account = client.create("Account", json!({"Name": "Refused"}));
    let early = [("if-unmodified-since", "Thu, 01 Jan 2026 00:00:00 GMT")];
    let path = format!("/sobjects/Account/{account}");
    let body = Some(json!({"Phone": "1"}));
    let (status, reply) = client.send_with(Method::PATCH, &path, &early, body);
    assert_eq!(status, 412, "{reply}");
    assert_eq!(client.get(&path)["Phone"], Value::Null);

    let row = |name: &str| json!({"attributes": {"type": "Account"}, "Name": name});
    let rows = json!({"allOrNone": true, "records": [row("Undone"), row("")]});
    let (_, reply) = client.send(Method::POST, "/composite/sobjects", Some(rows));
    let undone = json!({
        "statusCode": "ALL_OR_NONE_OPERATION_ROLLED_BACK",
        "message": "Record rolled back because not all records were valid and the request was using AllOrNone header",
        "fields": [],
    });
    assert_eq!(reply[0]["errors"], json!([undone]));

    // A key given twice: which row is meant is not known, so neither is written.
    let keyed =
        |key: &str| json!({"attributes": {"type": "Account"}, "SFW_Key__c": key, "Name": "A"});
    let rows = json!({"records": [keyed("TWICE"), keyed("twice"), keyed("ONCE")]});
    let path = "/composite/sobjects/Account/SFW_Key__c";
    let (_, reply) = client.send(Method::PATCH, path, Some(rows));
    for (place, key) in [(0, "TWICE"), (1, "twice")] {
        let twice = json!({
            "statusCode": "DUPLICATE_VALUE",
            "message": format!("Duplicate external id specified: {key}"),
            "fields": ["SFW_Key__c"],
        });
        assert_eq!(reply[place]["errors"], json!([twice]), "{reply}");
    }
    assert_eq!(reply[2]["success"], true, "{reply}");
    // A key that two rows have.
    let allow = [("sforce-duplicate-rule-header", "allowSave=true")];
    let twin = json!({"attributes": {"type": "Contact"}, "LastName": "Twin", "Email": "twins@example.com"});
    let rows = json!({"records": [twin, twin]});
    client.send_with(Method::POST, "/composite/sobjects", &allow, Some(rows));
    let path = "/composite/sobjects/Contact/Email";
    let rows = json!({"records": [twin]});
    let (_, reply) = client.send_with(Method::PATCH, path, &allow, Some(rows));
    let error = &reply[0]["errors"][0];
    assert_eq!(error["statusCode"], "DUPLICATE_EXTERNAL_ID", "{reply}");
    let text = error["message"].as_str().unwrap();
    assert!(
        text.contains("more than one record found for external id field"),
        "{text}"
    );

    let many: Vec<Value> = (0..201).map(|n| row(&n.to_string())).collect();
    let (status, reply) = client.send(
        Method::POST,
        "/composite/sobjects",
        Some(json!({"records": many})),
    );
    let code = reply[0]["errorCode"].as_str();
    assert_eq!((status, code), (400, Some("EXCEEDED_ID_LIMIT")), "{reply}");
}
