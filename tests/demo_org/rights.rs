//! Who may do what: profiles, permission sets, field security, sharing.

use super::*;

const SAM: &str = "sam@demo.example";

fn id(client: &Client, soql: &str) -> String {
    client.query(soql)["records"][0]["Id"]
        .as_str()
        .unwrap()
        .to_owned()
}

fn set_of(client: &Client, profile: &str) -> String {
    id(
        client,
        &format!(
            "SELECT Id FROM PermissionSet WHERE IsOwnedByProfile = true AND Profile.Name = '{profile}'"
        ),
    )
}

#[test]
fn no_api_means_no_call() {
    let stage = stage();
    let noa = Client::login_as(&stage.org, "noapi@demo.example");
    for (method, path) in [
        (Method::GET, "/limits"),
        (Method::GET, "/query?q=SELECT+Id+FROM+Account"),
        (Method::POST, "/composite/sobjects"),
        (Method::GET, "/sobjects"),
    ] {
        let found = noa.refused(method, path, None);
        assert_eq!(
            (found.0, found.1.as_str(), found.2.as_str()),
            (
                403,
                "API_DISABLED_FOR_ORG",
                "The REST API is not enabled for this Organization."
            ),
            "{path}"
        );
    }
}

#[test]
fn what_a_user_does_not_see_is_nowhere() {
    let stage = stage();
    let sam = Client::login_as(&stage.org, SAM);
    let fields = |client: &Client, object: &str| -> Vec<(String, bool)> {
        let describe = client.get(&format!("/sobjects/{object}/describe"));
        let one = |field: &Value| {
            (
                field["name"].as_str().unwrap().to_owned(),
                field["updateable"].as_bool().unwrap(),
            )
        };
        describe["fields"]
            .as_array()
            .unwrap()
            .iter()
            .map(one)
            .collect()
    };
    let (his, all) = (fields(&sam, "Account"), fields(&stage.client, "Account"));
    let has = |list: &[(String, bool)], name: &str| {
        list.iter().find(|one| one.0 == name).map(|one| one.1)
    };
    assert_eq!(
        (has(&his, "Credit_Limit__c"), has(&all, "Credit_Limit__c")),
        (None, Some(true))
    );
    assert_eq!(
        (has(&his, "Rating"), has(&all, "Rating")),
        (Some(false), Some(true))
    );
    let describe = sam.get("/sobjects/Account/describe");
    assert_eq!(
        (&describe["createable"], &describe["deletable"]),
        (&json!(true), &json!(false))
    );
    let layouts = sam.get("/sobjects/Account/describe/layouts").to_string();
    assert!(layouts.contains("Support_Desk_Opens__c") && !layouts.contains("Credit_Limit__c"));
    let global = sam.get("/sobjects").to_string();
    assert!(!global.contains("\"ObjectPermissions\"") || global.contains("\"Account\""));

    let fault = sam.query_fault("SELECT Id, Credit_Limit__c FROM Account");
    assert_eq!(fault["errorCode"], "INVALID_FIELD");
    assert!(
        fault["message"]
            .as_str()
            .unwrap()
            .contains("No such column 'Credit_Limit__c' on entity 'Account'")
    );
    let fault = sam.query_fault("SELECT Id FROM Contact WHERE Account.Credit_Limit__c > 1");
    assert!(
        fault["message"]
            .as_str()
            .unwrap()
            .contains("No such column 'Credit_Limit__c'")
    );
    let account = id(
        &sam,
        "SELECT Id FROM Account WHERE Owner.Name = 'Sam Whitlock' LIMIT 1",
    );
    assert!(
        sam.get(&format!("/sobjects/Account/{account}"))
            .get("Credit_Limit__c")
            .is_none()
    );

    let created = sam.refused(
        Method::POST,
        "/sobjects/Account",
        Some(json!({"Name": "A", "Credit_Limit__c": 1})),
    );
    assert_eq!(
        created,
        (
            400,
            "INVALID_FIELD".into(),
            "No such column 'Credit_Limit__c' on sobject of type Account".into()
        )
    );
    let path = format!("/sobjects/Account/{account}");
    let (status, code, text) = sam.refused(Method::PATCH, &path, Some(json!({"Rating": "Hot"})));
    assert_eq!(
        (status, code.as_str()),
        (400, "INVALID_FIELD_FOR_INSERT_UPDATE")
    );
    assert!(
        text.starts_with("Unable to create/update fields: Rating."),
        "{text}"
    );
    assert_eq!(
        sam.send(Method::PATCH, &path, Some(json!({"Phone": "1"})))
            .0,
        204
    );
    let (status, code, text) = sam.refused(Method::DELETE, &path, None);
    assert_eq!(
        (status, code.as_str(), text.as_str()),
        (
            400,
            "INSUFFICIENT_ACCESS_OR_READONLY",
            "insufficient access rights on object id"
        )
    );
    let (status, code, text) = sam.refused(
        Method::POST,
        "/sobjects/Campaign",
        Some(json!({"Name": "A"})),
    );
    assert_eq!(
        (status, code.as_str(), text.as_str()),
        (
            400,
            "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
            "entity type cannot be inserted: Campaign"
        )
    );
}

#[test]
fn an_object_without_read_does_not_exist() {
    let stage = stage();
    let ines = Client::login_as(&stage.org, "ines@demo.example");
    assert_eq!(
        ines.send(Method::GET, "/sobjects/Lead/describe", None).0,
        404
    );
    assert_eq!(
        ines.query_fault("SELECT Id FROM Lead")["errorCode"],
        "INVALID_TYPE"
    );
    let (status, _) = ines.send(
        Method::POST,
        "/sobjects/Lead",
        Some(json!({"LastName": "A", "Company": "B"})),
    );
    assert_eq!(status, 404);
    let global = ines.get("/sobjects");
    assert!(
        global["sobjects"]
            .as_array()
            .unwrap()
            .iter()
            .all(|object| object["name"] != "Lead")
    );
    assert_eq!(
        ines.query_fault("SELECT Id FROM FieldPermissions")["errorCode"],
        "INVALID_TYPE"
    );
    // What the org does by itself still knows of it.
    let case = ines.create("Case", json!({"Subject": "Broken"}));
    assert_eq!(
        ines.send(Method::DELETE, &format!("/sobjects/Case/{case}"), None)
            .0,
        204
    );
}

#[test]
fn rows_one_may_not_see_are_not_there() {
    let stage = stage();
    let sam = Client::login_as(&stage.org, SAM);
    let amara = Client::login_as(&stage.org, "amara@demo.example");
    let count = |client: &Client, soql: &str| client.query(soql)["totalSize"].as_u64().unwrap();
    let all = count(&stage.client, "SELECT COUNT() FROM Opportunity");
    let his = count(
        &stage.client,
        "SELECT COUNT() FROM Opportunity WHERE Owner.Name = 'Sam Whitlock'",
    );
    let below = count(
        &stage.client,
        "SELECT COUNT() FROM Opportunity WHERE Owner.UserRole.Name LIKE 'Sales%' OR Owner.Name = 'Amara Okafor'",
    );
    assert!(0 < his && his < below && below < all, "{his} {below} {all}");
    assert_eq!(count(&sam, "SELECT COUNT() FROM Opportunity"), his);
    assert_eq!(count(&amara, "SELECT COUNT() FROM Opportunity"), below);
    assert_eq!(
        sam.query("SELECT COUNT(Id) n FROM Opportunity")["records"][0]["n"],
        json!(his)
    );

    let other = id(
        &stage.client,
        "SELECT Id FROM Opportunity WHERE Owner.Name = 'Kim Rivera' LIMIT 1",
    );
    let path = format!("/sobjects/Opportunity/{other}");
    assert_eq!(sam.refused(Method::GET, &path, None).0, 404);
    assert_eq!(
        sam.refused(Method::PATCH, &path, Some(json!({"NextStep": "x"})))
            .0,
        404
    );
    assert_eq!(sam.refused(Method::DELETE, &path, None).0, 404);
    let task = json!({"Subject": "A", "WhatId": other});
    let (status, code, text) = sam.refused(Method::POST, "/sobjects/Task", Some(task));
    assert_eq!(
        (status, code.as_str()),
        (400, "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY")
    );
    assert_eq!(
        text,
        format!(
            "insufficient access rights on cross-reference id: {}",
            &other[..15]
        )
    );
    let name = stage.client.get(&path)["Name"].as_str().unwrap().to_owned();
    let search = format!(
        "FIND {{\"{name}\"}} IN NAME FIELDS RETURNING Opportunity(Id WHERE Id = '{other}')"
    );
    let found = |client: &Client| {
        client.get(&format!("/search?q={}", encode(&search)))["searchRecords"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!((found(&stage.client), found(&sam)), (1, 0));
    // Read by all, changed by owners and those above.
    let account = id(
        &stage.client,
        "SELECT Id FROM Account WHERE Owner.Name = 'Kim Rivera' LIMIT 1",
    );
    let path = format!("/sobjects/Account/{account}");
    assert_eq!(sam.send(Method::GET, &path, None).0, 200);
    assert_eq!(
        sam.refused(Method::PATCH, &path, Some(json!({"Phone": "1"})))
            .1,
        "INSUFFICIENT_ACCESS_OR_READONLY"
    );
    let contact = id(
        &stage.client,
        &format!("SELECT Id FROM Contact WHERE AccountId = '{account}' LIMIT 1"),
    );
    let path = format!("/sobjects/Contact/{contact}");
    assert_eq!(
        sam.refused(Method::PATCH, &path, Some(json!({"Phone": "1"})))
            .1,
        "INSUFFICIENT_ACCESS_OR_READONLY"
    );
}

#[test]
fn permission_rows_are_the_source_and_work_at_once() {
    let stage = stage();
    let kim = &stage.client;
    let sam = Client::login_as(&stage.org, SAM);
    let set = set_of(kim, "Standard User");
    let sees = || {
        sam.send(
            Method::GET,
            "/query?q=SELECT+Credit_Limit__c+FROM+Account+LIMIT+1",
            None,
        )
        .0
    };
    assert_eq!(sees(), 400);
    let row = kim.create(
        "FieldPermissions",
        json!({
            "ParentId": set, "SobjectType": "Account", "Field": "Account.Credit_Limit__c",
            "PermissionsRead": false, "PermissionsEdit": true
        }),
    );
    assert_eq!(sees(), 200);
    let path = format!("/sobjects/FieldPermissions/{row}");
    assert_eq!(kim.get(&path)["PermissionsRead"], true, "edit implies read");
    assert_eq!(
        kim.send(
            Method::PATCH,
            &path,
            Some(json!({"PermissionsRead": false}))
        )
        .0,
        204
    );
    assert_eq!(
        kim.send(Method::GET, &path, None).0,
        404,
        "a row that grants nothing goes"
    );
    assert_eq!(sees(), 400);

    let object = id(
        kim,
        &format!(
            "SELECT Id FROM ObjectPermissions WHERE ParentId = '{set}' AND SobjectType = 'Campaign'"
        ),
    );
    let path = format!("/sobjects/ObjectPermissions/{object}");
    assert_eq!(
        kim.send(
            Method::PATCH,
            &path,
            Some(json!({"PermissionsDelete": true}))
        )
        .0,
        204
    );
    assert_eq!(
        kim.get(&path)["PermissionsEdit"],
        true,
        "delete implies edit"
    );
    assert_eq!(sam.get("/sobjects/Campaign/describe")["deletable"], true);
    assert_eq!(kim.send(Method::DELETE, &path, None).0, 204);
    assert_eq!(
        sam.send(Method::GET, "/sobjects/Campaign/describe", None).0,
        404
    );

    let sam_id = id(
        kim,
        "SELECT Id FROM User WHERE Username = 'sam@demo.example'",
    );
    let delete = id(
        kim,
        "SELECT Id FROM PermissionSet WHERE Name = 'Delete_Accounts'",
    );
    let body = json!({"AssigneeId": sam_id, "PermissionSetId": delete});
    let assigned = kim.create("PermissionSetAssignment", body.clone());
    assert_eq!(sam.get("/sobjects/Account/describe")["deletable"], true);
    let again = kim.refused(
        Method::POST,
        "/sobjects/PermissionSetAssignment",
        Some(body),
    );
    assert_eq!((again.0, again.1.as_str()), (400, "DUPLICATE_VALUE"));
    assert!(
        again.2.starts_with("Duplicate PermissionSetAssignment."),
        "{}",
        again.2
    );
    assert_eq!(
        kim.send(
            Method::DELETE,
            &format!("/sobjects/PermissionSetAssignment/{assigned}"),
            None
        )
        .0,
        204
    );
    assert_eq!(sam.get("/sobjects/Account/describe")["deletable"], false);
}

#[test]
fn permission_rows_that_say_nonsense_are_refused() {
    let stage = stage();
    let kim = &stage.client;
    let set = set_of(kim, "Standard User");
    let field = |object: &str, field: &str, edit: bool| json!({"ParentId": set, "SobjectType": object, "Field": field, "PermissionsRead": true, "PermissionsEdit": edit});
    for (body, code) in [
        (
            field("Account", "Account.Name", true),
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        ),
        (
            field("Account", "Account.OwnerId", true),
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        ),
        (
            field("Account", "Account.BillingCity", true),
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        ),
        (
            field("Project__c", "Project__c.Account__c", true),
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        ),
        (
            field("Account", "Nope", true),
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        ),
        (
            field("Contact", "Account.Credit_Limit__c", true),
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        ),
        (field("Account", "Account.Phone", true), "DUPLICATE_VALUE"),
    ] {
        let found = kim.refused(
            Method::POST,
            "/sobjects/FieldPermissions",
            Some(body.clone()),
        );
        assert_eq!(
            (found.0, found.1.as_str()),
            (400, code),
            "{body}: {}",
            found.2
        );
    }
    let body = json!({"ParentId": set, "SobjectType": "User", "PermissionsRead": true});
    assert_eq!(
        kim.refused(Method::POST, "/sobjects/ObjectPermissions", Some(body))
            .1,
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    );
    let platform = id(
        kim,
        "SELECT Id FROM UserLicense WHERE LicenseDefinitionKey = 'AUL'",
    );
    let other = kim.create(
        "PermissionSet",
        json!({"Name": "Platform_Only", "Label": "Platform only", "LicenseId": platform}),
    );
    let sam = id(
        kim,
        "SELECT Id FROM User WHERE Username = 'sam@demo.example'",
    );
    let body = json!({"AssigneeId": sam, "PermissionSetId": other});
    assert_eq!(
        kim.refused(
            Method::POST,
            "/sobjects/PermissionSetAssignment",
            Some(body)
        )
        .1,
        "FIELD_INTEGRITY_EXCEPTION"
    );
    for (name, code) in [
        ("1bad", "FIELD_INTEGRITY_EXCEPTION"),
        ("a__b", "FIELD_INTEGRITY_EXCEPTION"),
        ("Delete_Accounts", "DUPLICATE_DEVELOPER_NAME"),
    ] {
        let found = kim.refused(
            Method::POST,
            "/sobjects/PermissionSet",
            Some(json!({"Name": name, "Label": "x"})),
        );
        assert_eq!((found.0, found.1.as_str()), (400, code), "{name}");
    }
    let client = Client::login_as(&stage.org, SAM);
    let found = client.refused(
        Method::POST,
        "/sobjects/PermissionSet",
        Some(json!({"Name": "Mine", "Label": "x"})),
    );
    assert_eq!(found.1, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY");
}

#[test]
fn activities_share_the_permissions_of_their_custom_fields() {
    let stage = stage();
    let kim = &stage.client;
    let set = kim.create(
        "PermissionSet",
        json!({"Name": "Outcomes", "Label": "Outcomes"}),
    );
    let rows = || {
        let soql = format!(
            "SELECT Field, PermissionsEdit FROM FieldPermissions WHERE ParentId = '{set}' ORDER BY Field"
        );
        let found = kim.query(&soql);
        found["records"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| {
                (
                    row["Field"].as_str().unwrap().to_owned(),
                    row["PermissionsEdit"] == true,
                )
            })
            .collect::<Vec<_>>()
    };
    let row = kim.create("FieldPermissions", json!({
        "ParentId": set, "SobjectType": "Task", "Field": "Task.Outcome__c", "PermissionsRead": true, "PermissionsEdit": true
    }));
    assert_eq!(
        rows(),
        [
            ("Event.Outcome__c".to_owned(), true),
            ("Task.Outcome__c".to_owned(), true)
        ]
    );
    let path = format!("/sobjects/FieldPermissions/{row}");
    assert_eq!(
        kim.send(
            Method::PATCH,
            &path,
            Some(json!({"PermissionsEdit": false}))
        )
        .0,
        204
    );
    assert_eq!(
        rows(),
        [
            ("Event.Outcome__c".to_owned(), false),
            ("Task.Outcome__c".to_owned(), false)
        ]
    );
    assert_eq!(kim.send(Method::DELETE, &path, None).0, 204);
    assert_eq!(rows(), []);
}
