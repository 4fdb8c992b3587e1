//! The Tooling API: custom fields come, change and go, and what the org is made of can be
//! asked for.

use super::*;

const FIELD: &str = "/tooling/sobjects/CustomField";

fn tooling(client: &Client, soql: &str) -> Value {
    client.get(&format!("/tooling/query?q={}", encode(soql)))
}

/// Makes a field and lets administrators see it.
fn make(client: &Client, full: &str, metadata: Value) -> String {
    let (status, reply) = client.send(
        Method::POST,
        FIELD,
        Some(json!({"FullName": full, "Metadata": metadata})),
    );
    assert_eq!(status, 201, "{full}: {reply}");
    assert_eq!(reply["success"], true);
    reply["id"].as_str().unwrap().to_owned()
}

fn show(client: &Client, object: &str, field: &str, edit: bool) {
    let set =
        client.query("SELECT Id FROM PermissionSet WHERE Profile.Name = 'System Administrator'");
    client.create("FieldPermissions", json!({
        "ParentId": set["records"][0]["Id"], "SobjectType": object, "Field": format!("{object}.{field}"),
        "PermissionsRead": true, "PermissionsEdit": edit
    }));
}

fn described(client: &Client, object: &str, field: &str) -> Value {
    let describe = client.get(&format!("/sobjects/{object}/describe"));
    let found = describe["fields"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["name"] == field)
        .cloned();
    found.unwrap_or(Value::Null)
}

#[test]
fn a_new_field_is_hidden_until_permitted_then_everywhere_and_survives() {
    let stage = stage();
    let kim = &stage.client;
    let head = |since: &str| {
        kim.raw(
            Method::GET,
            "/services/data/v62.0/sobjects/Account/describe",
            &[("If-Modified-Since", since)],
            None,
        )
    };
    let before = head("Thu, 01 Jan 1970 00:00:00 GMT").1;
    let id = make(
        kim,
        "Account.Mood__c",
        json!({"label": "Mood | of the day", "type": "Text", "length": 40, "description": "How they are"}),
    );
    assert!(id.starts_with("00N"));
    assert_eq!(described(kim, "Account", "Mood__c"), Value::Null);
    assert_eq!(
        kim.query_fault("SELECT Mood__c FROM Account")["errorCode"],
        "INVALID_FIELD"
    );
    show(kim, "Account", "Mood__c", true);
    let field = described(kim, "Account", "Mood__c");
    assert_eq!(
        (
            field["label"].as_str(),
            field["length"].as_u64(),
            field["custom"].as_bool()
        ),
        (Some("Mood | of the day"), Some(40), Some(true))
    );
    let etag = header(&before, "etag").unwrap_or_default().to_owned();
    assert_ne!(header(&head("x").1, "etag"), Some(etag.as_str()));
    let account = kim.create("Account", json!({"Name": "Felt", "Mood__c": "good"}));
    assert_eq!(
        kim.query("SELECT Mood__c FROM Account WHERE Mood__c = 'GOOD'")["records"][0]["Mood__c"],
        "good"
    );

    let read = kim.get(&format!("{FIELD}/{id}"));
    assert_eq!(
        (
            read["FullName"].as_str(),
            read["Metadata"]["description"].as_str()
        ),
        (Some("Account.Mood__c"), Some("How they are"))
    );
    let mut metadata = read["Metadata"].clone();
    metadata["length"] = json!(3);
    let path = format!("{FIELD}/{id}");
    assert_eq!(
        kim.refused(Method::PATCH, &path, Some(json!({"Metadata": metadata})))
            .1,
        "FIELD_INTEGRITY_EXCEPTION",
        "values would not fit"
    );
    metadata["length"] = json!(80);
    metadata["label"] = json!("Temper");
    assert_eq!(
        kim.send(Method::PATCH, &path, Some(json!({"Metadata": metadata})))
            .0,
        204
    );
    assert_eq!(described(kim, "Account", "Mood__c")["label"], "Temper");

    let token = kim.token.clone();
    let Stage {
        client,
        org,
        folder,
    } = stage;
    drop((client, org));
    let org = demo::start(options(folder.path())).unwrap();
    let mut kim = Client::new(&org);
    kim.token = token;
    assert_eq!(described(&kim, "Account", "Mood__c")["length"], 80);
    assert_eq!(
        kim.get(&format!("/sobjects/Account/{account}"))["Mood__c"],
        "good"
    );
    assert_eq!(kim.send(Method::DELETE, &path, None).0, 204);
    assert_eq!(described(&kim, "Account", "Mood__c"), Value::Null);
    assert_eq!(
        kim.query("SELECT Id FROM FieldPermissions WHERE Field = 'Account.Mood__c'")["totalSize"],
        0
    );
    assert_eq!(kim.send(Method::GET, &path, None).0, 404);
    make(
        &kim,
        "Account.Mood__c",
        json!({"label": "Mood", "type": "Text", "length": 10}),
    );
    show(&kim, "Account", "Mood__c", true);
    assert_eq!(
        kim.get(&format!("/sobjects/Account/{account}"))["Mood__c"],
        Value::Null,
        "a new field is empty"
    );
}

#[test]
fn every_type_can_be_made_read_back_and_written() {
    let stage = stage();
    let kim = &stage.client;
    let list = json!({"restricted": true, "valueSetDefinition": {"sorted": false, "value": [
        {"fullName": "a<b", "label": "A = less", "default": true}, {"fullName": "c", "label": "C"}]}});
    let cases = [
        (
            "Text",
            json!({"length": 20, "unique": true, "externalId": true, "caseSensitive": true}),
            "string",
            json!("x"),
        ),
        ("TextArea", json!({}), "textarea", json!("x")),
        (
            "LongTextArea",
            json!({"length": 1000, "visibleLines": 3}),
            "textarea",
            json!("x\ny"),
        ),
        (
            "Html",
            json!({"length": 1000, "visibleLines": 25}),
            "textarea",
            json!("<b>x</b>"),
        ),
        (
            "Number",
            json!({"precision": 6, "scale": 2}),
            "double",
            json!(12.5),
        ),
        (
            "Currency",
            json!({"precision": 18, "scale": 2}),
            "currency",
            json!(12.5),
        ),
        (
            "Percent",
            json!({"precision": 5, "scale": 1}),
            "percent",
            json!(12.5),
        ),
        (
            "Checkbox",
            json!({"defaultValue": "true"}),
            "boolean",
            json!(false),
        ),
        ("Date", json!({}), "date", json!("2026-11-25")),
        (
            "DateTime",
            json!({}),
            "datetime",
            json!("2026-11-25T10:00:00.000+0000"),
        ),
        ("Time", json!({}), "time", json!("10:00:00.000Z")),
        ("Email", json!({}), "email", json!("a@example.com")),
        ("Phone", json!({}), "phone", json!("1")),
        ("Url", json!({}), "url", json!("https://example.com")),
        (
            "Picklist",
            json!({"valueSet": list}),
            "picklist",
            json!("a<b"),
        ),
        (
            "MultiselectPicklist",
            json!({"valueSet": list, "visibleLines": 4}),
            "multipicklist",
            json!("a<b;c"),
        ),
        (
            "EncryptedText",
            json!({"length": 20, "maskChar": "asterisk", "maskType": "all"}),
            "encryptedstring",
            json!("x"),
        ),
    ];
    for (number, (kind, more, word, value)) in cases.into_iter().enumerate() {
        let mut metadata = json!({"label": kind, "type": kind});
        metadata
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let name = format!("F{number}__c");
        let id = make(kim, &format!("Account.{name}"), metadata.clone());
        show(kim, "Account", &name, true);
        assert_eq!(described(kim, "Account", &name)["type"], word, "{kind}");
        assert_eq!(
            kim.get(&format!("{FIELD}/{id}"))["Metadata"],
            metadata,
            "{kind}"
        );
        let row = kim.create("Account", json!({"Name": kind, name.clone(): value}));
        let kept = if kind == "EncryptedText" {
            // Shown masked.
            json!("*")
        } else {
            value
        };
        let row = kim.get(&format!("/sobjects/Account/{row}"));
        assert_eq!(row[&name], kept, "{kind}");
    }
    make(
        kim,
        "Account.Boss__c",
        json!({"label": "Boss", "type": "Lookup", "referenceTo": "Contact", "relationshipName": "Bossed", "deleteConstraint": "SetNull"}),
    );
    make(
        kim,
        "Account.Number__c",
        json!({"label": "No", "type": "AutoNumber", "displayFormat": "A {0000}", "startingNumber": 7}),
    );
    make(
        kim,
        "Account.Loud__c",
        json!({"label": "Loud", "type": "Text", "formula": "UPPER(Name)\n& \"!\"", "formulaTreatBlanksAs": "BlankAsZero"}),
    );
    make(
        kim,
        "Account.Place__c",
        json!({"label": "Place", "type": "Location", "scale": 4, "displayLocationInDecimal": true}),
    );
    make(
        kim,
        "Account.Pipeline__c",
        json!({"label": "Pipeline", "type": "Summary", "summaryOperation": "sum", "summarizedField": "Opportunity.Amount", "summaryForeignKey": "Opportunity.AccountId"}),
    );
    for (field, edit) in [
        ("Boss__c", true),
        ("Number__c", false),
        ("Loud__c", false),
        ("Place__c", true),
        ("Pipeline__c", false),
    ] {
        show(kim, "Account", field, edit);
    }
    let boss = kim.create("Contact", json!({"LastName": "Boss"}));
    let row = kim.create("Account", json!({"Name": "quiet", "Boss__c": boss, "Place__Latitude__s": 1.5, "Place__Longitude__s": 2}));
    kim.create("Opportunity", json!({"Name": "o", "StageName": "Prospecting", "CloseDate": "2026-12-01", "AccountId": row, "Amount": 12.5}));
    let soql = format!(
        "SELECT Boss__r.LastName, Number__c, Loud__c, Place__c, Pipeline__c FROM Account WHERE Id = '{row}'"
    );
    let found = kim.query(&soql)["records"][0].clone();
    assert_eq!(found["Boss__r"]["LastName"], "Boss", "{found}");
    assert_eq!(
        (
            &found["Number__c"],
            &found["Loud__c"],
            &found["Pipeline__c"]
        ),
        (&json!("A 0007"), &json!("QUIET!"), &json!(12.5))
    );
    assert_eq!(found["Place__c"]["latitude"], 1.5);
    let bossed = kim.query(&format!(
        "SELECT (SELECT Name FROM Bossed__r) FROM Contact WHERE Id = '{boss}'"
    ));
    assert_eq!(bossed["records"][0]["Bossed__r"]["totalSize"], 1);
    // A required field needs no permission rows: everybody sees it.
    make(
        kim,
        "Project__c.Client__c",
        json!({"label": "Client", "type": "MasterDetail", "referenceTo": "Account", "relationshipName": "Client_Projects", "relationshipOrder": 1}),
    );
    assert_eq!(
        described(kim, "Project__c", "Client__c")["permissionable"],
        false
    );
    assert_eq!(
        described(kim, "Project__c", "Client__c")["cascadeDelete"],
        true
    );
}

#[test]
fn names_and_metadata_that_do_not_hold_are_refused() {
    let stage = stage();
    let kim = &stage.client;
    let text = json!({"label": "X", "type": "Text", "length": 10});
    let long = format!("Account.{}__c", "a".repeat(41));
    for (full, metadata, code, part) in [
        (
            "Account.SLA__c",
            text.clone(),
            "DUPLICATE_DEVELOPER_NAME",
            "There is already a field named SLA on Account.",
        ),
        (
            "Account.A__b__c",
            text.clone(),
            "FIELD_INTEGRITY_EXCEPTION",
            "Full name Account.b__c does not match the full name Account.A__b__c",
        ),
        (
            "Account.1a__c",
            text.clone(),
            "FIELD_INTEGRITY_EXCEPTION",
            "begin with a letter",
        ),
        (
            "Account.a_",
            text.clone(),
            "FIELD_INTEGRITY_EXCEPTION",
            "end with __c",
        ),
        (
            &long,
            text.clone(),
            "FIELD_INTEGRITY_EXCEPTION",
            "field name",
        ),
        (
            "Nope.A__c",
            text.clone(),
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            "Nope",
        ),
        (
            "Account.A__c",
            json!({"label": "X", "type": "Text"}),
            "FIELD_INTEGRITY_EXCEPTION",
            "Must specify 'length' for a CustomField of type Text",
        ),
        (
            "Account.A__c",
            json!({"label": "X", "type": "Text", "length": 300}),
            "FIELD_INTEGRITY_EXCEPTION",
            "between 1 and 255",
        ),
        (
            "Account.A__c",
            json!({"label": "X", "type": "Checkbox"}),
            "FIELD_INTEGRITY_EXCEPTION",
            "defaultValue",
        ),
        (
            "Account.A__c",
            json!({"type": "Text", "length": 10}),
            "FIELD_INTEGRITY_EXCEPTION",
            "non-empty label",
        ),
        (
            "Account.A__c",
            json!({"label": "X", "type": "Lookup", "referenceTo": "Nope__c", "relationshipName": "As"}),
            "FIELD_INTEGRITY_EXCEPTION",
            "Nope__c",
        ),
        (
            "Account.A__c",
            json!({"label": "X", "type": "Text", "formula": "Nope__c & 1"}),
            "FIELD_INTEGRITY_EXCEPTION",
            "formula",
        ),
        (
            "Account.A__c",
            json!({"label": "X", "type": "Text", "formula": "UPPER("}),
            "FIELD_INTEGRITY_EXCEPTION",
            "formula",
        ),
        (
            "Contact.A__c",
            json!({"label": "X", "type": "Lookup", "referenceTo": "Account", "relationshipName": "Projects"}),
            "DUPLICATE_DEVELOPER_NAME",
            "Projects",
        ),
    ] {
        let found = kim.refused(
            Method::POST,
            FIELD,
            Some(json!({"FullName": full, "Metadata": metadata})),
        );
        assert_eq!(
            (found.0, found.1.as_str()),
            (400, code),
            "{full} {metadata}: {}",
            found.2
        );
        assert!(found.2.contains(part), "{full}: {}", found.2);
    }
    let body =
        json!({"FullName": "Account.A__c", "Metadata": {"label": "X", "type": "Long Text Area"}});
    let found = kim.refused(Method::POST, FIELD, Some(body));
    assert_eq!((found.0, found.1.as_str()), (400, "JSON_PARSER_ERROR"));
    assert!(found.2.starts_with("Cannot deserialize instance of complexvalue from VALUE_STRING value Long Text Area or request may be missing a required field at [line:1, column:"), "{}", found.2);
    assert_eq!(described(kim, "Account", "A__c"), Value::Null);
    let used = tooling(
        kim,
        "SELECT Id FROM CustomField WHERE DeveloperName = 'Level' AND TableEnumOrId = 'Contact'",
    );
    assert_eq!(used["totalSize"], 1);
}

#[test]
fn used_fields_stay_and_pick_lists_change() {
    let stage = stage();
    let kim = &stage.client;
    let base = make(
        kim,
        "Account.Base__c",
        json!({"label": "Base", "type": "Number", "precision": 6, "scale": 2}),
    );
    let double = make(
        kim,
        "Account.Double__c",
        json!({"label": "Double", "type": "Number", "scale": 2, "formula": "Base__c * 2"}),
    );
    let path = |id: &str| format!("{FIELD}/{id}");
    assert_eq!(
        kim.refused(Method::DELETE, &path(&base), None).1,
        "DEPENDENCY_EXISTS"
    );
    let text = json!({"Metadata": {"label": "Base", "type": "Text", "length": 5}});
    assert_eq!(
        kim.refused(Method::PATCH, &path(&base), Some(text.clone()))
            .1,
        "CANNOT_CHANGE_FIELD_TYPE_OF_REFERENCED_FIELD"
    );
    show(kim, "Account", "Base__c", true);
    let row = kim.create("Account", json!({"Name": "A", "Base__c": 12.34}));
    let finer =
        json!({"Metadata": {"label": "Base", "type": "Number", "precision": 8, "scale": 4}});
    assert_eq!(kim.send(Method::PATCH, &path(&base), Some(finer)).0, 204);
    assert_eq!(
        kim.get(&format!("/sobjects/Account/{row}"))["Base__c"],
        12.34,
        "another scale keeps the value"
    );
    assert_eq!(kim.send(Method::DELETE, &path(&double), None).0, 204);
    assert_eq!(
        kim.refused(Method::PATCH, &path(&base), Some(text)).1,
        "FIELD_INTEGRITY_EXCEPTION",
        "records hold numbers"
    );

    // A field that came with the org.
    let id = tooling(
        kim,
        "SELECT Id FROM CustomField WHERE DeveloperName = 'SLA' AND TableEnumOrId = 'Account'",
    )["records"][0]["Id"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut metadata = kim.get(&path(&id))["Metadata"].clone();
    let values = metadata["valueSet"]["valueSetDefinition"]["value"]
        .as_array_mut()
        .unwrap();
    values.push(json!({"fullName": "Diamond", "label": "Diamond", "default": false}));
    assert_eq!(
        kim.send(
            Method::PATCH,
            &path(&id),
            Some(json!({"Metadata": metadata}))
        )
        .0,
        204
    );
    let values = described(kim, "Account", "SLA__c")["picklistValues"].clone();
    assert_eq!(
        values.as_array().unwrap().last().unwrap()["value"],
        "Diamond"
    );

    // Activities share their fields.
    let id = make(
        kim,
        "Activity.Heat__c",
        json!({"label": "Heat", "type": "Text", "length": 9}),
    );
    show(kim, "Task", "Heat__c", true);
    assert_eq!(described(kim, "Event", "Heat__c")["label"], "Heat");
    assert_eq!(
        tooling(
            kim,
            &format!("SELECT TableEnumOrId FROM CustomField WHERE Id = '{id}'")
        )["records"][0]["TableEnumOrId"],
        "Activity"
    );
    assert_eq!(kim.send(Method::DELETE, &path(&id), None).0, 204);
    assert_eq!(described(kim, "Task", "Heat__c"), Value::Null);
}

#[test]
fn what_the_org_is_made_of_can_be_asked() {
    let stage = stage();
    let kim = &stage.client;
    let found = tooling(
        kim,
        "SELECT QualifiedApiName, DataType, IsNillable, EntityDefinition.Label FROM FieldDefinition WHERE EntityDefinition.QualifiedApiName = 'Account' LIMIT 1",
    );
    let rows = found["records"].as_array().unwrap();
    let name = |row: &&Value, name: &str| row["QualifiedApiName"] == name;
    assert!(
        rows.iter().any(|row| name(&row, "BillingAddress"))
            && !rows.iter().any(|row| name(&row, "BillingCity")),
        "{found}"
    );
    assert_eq!(
        rows.iter().find(|row| name(row, "Tax_Number__c")).unwrap()["DataType"],
        "Text (Encrypted)(20)"
    );
    assert_eq!(rows[0]["EntityDefinition"]["Label"], "Account");
    assert!(
        rows[0]["attributes"]["url"]
            .as_str()
            .unwrap()
            .starts_with("/services/data/v62.0/tooling/sobjects/FieldDefinition/")
    );
    let rules = tooling(
        kim,
        "SELECT Id, ValidationName, ErrorMessage, EntityDefinitionId FROM ValidationRule WHERE EntityDefinition.QualifiedApiName = 'Opportunity' AND Active = true",
    );
    assert!(rules["totalSize"].as_u64().unwrap() > 0, "{rules}");
    let id = rules["records"][0]["Id"].as_str().unwrap();
    let one = tooling(
        kim,
        &format!("SELECT Metadata FROM ValidationRule WHERE Id = '{id}'"),
    );
    assert!(
        one["records"][0]["Metadata"]["errorConditionFormula"].is_string(),
        "{one}"
    );
    for (soql, count) in [
        ("SELECT Id, Name FROM ApexClass", Some(0)),
        (
            "SELECT Id, Name FROM Layout WHERE TableEnumOrId = 'Account'",
            Some(1),
        ),
        // Platform events are custom objects too.
        ("SELECT Id, DeveloperName FROM CustomObject", Some(2)),
        (
            "SELECT Id, FullName, Metadata FROM RecordType WHERE Name = 'Renewal'",
            Some(1),
        ),
        ("SELECT Id, Name FROM Profile", None),
        ("SELECT COUNT() FROM CustomField", None),
    ] {
        let total = tooling(kim, soql)["totalSize"].as_u64().unwrap();
        assert!(
            count.map_or(total > 1, |count| count == total),
            "{soql}: {total}"
        );
    }
    for (soql, code, part) in [
        (
            "SELECT Metadata FROM CustomField",
            "MALFORMED_QUERY",
            "no more than one row",
        ),
        (
            "SELECT COUNT() FROM FieldDefinition WHERE EntityDefinitionId = 'Account'",
            "EXTERNAL_OBJECT_UNSUPPORTED_EXCEPTION",
            "",
        ),
        (
            "SELECT Id FROM EntityDefinition WHERE QualifiedApiName = 'A' OR QualifiedApiName = 'B'",
            "EXTERNAL_OBJECT_UNSUPPORTED_EXCEPTION",
            "Disjunctions not supported",
        ),
        (
            "SELECT Id FROM EntityDefinition WHERE QualifiedApiName != 'A'",
            "EXTERNAL_OBJECT_UNSUPPORTED_EXCEPTION",
            "Only equals comparisons permitted",
        ),
        (
            "SELECT Id FROM FieldDefinition",
            "MALFORMED_QUERY",
            "filter",
        ),
        ("SELECT Id FROM Account", "INVALID_TYPE", "not supported"),
    ] {
        let found = kim.refused(
            Method::GET,
            &format!("/tooling/query?q={}", encode(soql)),
            None,
        );
        assert_eq!((found.0, found.1.as_str()), (400, code), "{soql}");
        assert!(found.2.contains(part), "{soql}: {}", found.2);
    }
    let describe = kim.get("/tooling/sobjects/CustomField/describe");
    assert_eq!(
        describe["urls"]["describe"],
        "/services/data/v62.0/tooling/sobjects/CustomField/describe"
    );
    assert_eq!(
        kim.refused(
            Method::POST,
            "/tooling/sobjects/ApexClass",
            Some(json!({"Body": "x"}))
        )
        .1,
        "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"
    );
    assert_eq!(
        kim.refused(
            Method::GET,
            "/tooling/executeAnonymous?anonymousBody=x",
            None
        )
        .0,
        403
    );
    let sam = Client::login_as(&stage.org, "sam@demo.example");
    assert_eq!(
        sam.refused(Method::GET, "/tooling/sobjects", None).1,
        "INSUFFICIENT_ACCESS"
    );
    // The data API shows definitions to everybody, as far as they see the fields.
    let soql = "SELECT QualifiedApiName FROM FieldDefinition WHERE EntityDefinition.QualifiedApiName = 'Account'";
    let seen = |client: &Client| client.query(soql)["records"].to_string();
    assert!(seen(kim).contains("Credit_Limit__c") && !seen(&sam).contains("Credit_Limit__c"));
}

#[test]
fn effective_access_is_told_for_each_record() {
    let stage = stage();
    let kim = &stage.client;
    let first = |soql: &str| {
        kim.query(soql)["records"][0]["Id"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let sam = first("SELECT Id FROM User WHERE Username = 'sam@demo.example'");
    let his = first("SELECT Id FROM Account WHERE Owner.Name = 'Sam Whitlock' LIMIT 1");
    let other = first("SELECT Id FROM Account WHERE Owner.Name = 'Kim Rivera' LIMIT 1");
    let hidden = first("SELECT Id FROM Opportunity WHERE Owner.Name = 'Kim Rivera' LIMIT 1");
    let soql = format!(
        "SELECT RecordId, HasReadAccess, HasEditAccess, HasDeleteAccess, MaxAccessLevel FROM UserRecordAccess WHERE UserId = '{sam}' AND RecordId IN ('{his}', '{other}', '{hidden}')"
    );
    let found = kim.query(&soql);
    let rows: Vec<_> = found["records"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            (
                row["RecordId"].as_str().unwrap(),
                row["HasReadAccess"] == true,
                row["HasEditAccess"] == true,
                row["MaxAccessLevel"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        rows,
        [
            (his.as_str(), true, true, "Transfer"),
            (&other, true, false, "Read"),
            (&hidden, false, false, "None")
        ]
    );
    assert_eq!(
        kim.query_fault("SELECT RecordId FROM UserRecordAccess")["errorCode"],
        "MALFORMED_QUERY"
    );
}
