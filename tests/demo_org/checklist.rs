//! The checklist of what an embedded org must serve and which quirks it must have, item
//! by item: each case is named by its item, and all that fail are told together.
//!
//! Where each item is held (a name after a dot is the test, the rest are its cases):
//!
//! | item | tests |
//! |---|---|
//! | 1 what is served, what always comes with it | `checklist.section_1_what_is_served` |
//! | 2 describes as recorded, key for key | `checklist.section_2_describes_and_ids`, and in `wire/demo_shapes` against the recordings |
//! | 2 ids with their prefix and suffix | `checklist.section_2_describes_and_ids` |
//! | 3 `statusCode` and `errorCode`, rows without id, attributes first, 300, 200 and 201, `duplicateResut`, 404 for malformed ids, labels, caret, OAuth objects, `+0000`, composite 200 | `checklist.section_3_quirks` |
//! | 3 `OPERATION_ENQUEUED`, `#N/A`, `sf__Error` | `checklist_faults.section_3_quirks_of_events_and_bulk` |
//! | 4 expire, rotate, 403, lock, hidden field, 500, 503, slow describe | `checklist_faults.section_4_fault_switches` |
//! | 4 duplicate rule, restricted pick list, 304 | `checklist.section_4_faults_that_need_no_switch` |
//! | 5 ids of 15 and 18 characters | `checklist_bodies.section_5_ids_of_both_lengths`; over the recorded ids `wire/recorded` |
//! | 5 `validFor`, groups of refusals | `checklist_faults.section_5_properties_of_pick_lists_and_refusals`; over the recorded refusals `wire/recorded` |
//! | 5 what a new record needs | `checklist.section_5_properties_of_ids_and_describes` |
//! | 6 what no recording proves | `checklist_bodies.section_6_what_no_recording_proves` |

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::*;

pub type Case = (&'static str, fn(&Stage));

pub fn check(cases: &[Case]) {
    let stage = stage();
    let mut failed = Vec::new();
    for (name, case) in cases {
        if catch_unwind(AssertUnwindSafe(|| case(&stage))).is_err() {
            failed.push(*name);
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}

/// Status, headers and body of a GET below the version.
fn told(stage: &Stage, path: &str) -> (u16, Vec<(String, String)>, Vec<u8>) {
    stage.client.raw(
        Method::GET,
        &format!("/services/data/v62.0{path}"),
        &[],
        None,
    )
}

pub fn post(stage: &Stage, path: &str, body: Value) -> (u16, Value) {
    stage.client.send(Method::POST, path, Some(body))
}

pub fn account(stage: &Stage) -> String {
    stage.client.create("Account", json!({"Name": "Checked"}))
}

#[test]
fn section_1_what_is_served() {
    check(&[
        ("1 /services/data needs no token", |stage| {
            let (status, _, bytes) =
                Client::new(&stage.org).raw(Method::GET, "/services/data", &[], None);
            let versions: Value = serde_json::from_slice(&bytes).unwrap();
            let of = |n: usize| versions[n]["version"].as_str().unwrap().to_owned();
            let last = versions.as_array().unwrap().len() - 1;
            assert_eq!(
                (status, of(0).as_str(), of(last).as_str()),
                (200, "31.0", "68.0")
            );
        }),
        ("1 /services/oauth2/authorize and token", |stage| {
            assert!(!stage.client.token.is_empty() && !stage.client.refresh.is_empty());
        }),
        ("1 /services/oauth2/userinfo", |stage| {
            let (status, _, bytes) =
                stage
                    .client
                    .raw(Method::GET, "/services/oauth2/userinfo", &[], None);
            let body: Value = serde_json::from_slice(&bytes).unwrap();
            assert!(status == 200 && body["organization_id"].is_string());
        }),
        ("1 /services/oauth2/introspect and revoke", |stage| {
            for path in ["introspect", "revoke"] {
                let target = format!("/services/oauth2/{path}");
                let (status, _, bytes) = stage.client.raw_form(&target, &[], String::new());
                let body: Value = serde_json::from_slice(&bytes).unwrap();
                assert!(status >= 400 && status != 404, "{path} {status}");
                assert!(body["error"].is_string(), "{path} {body}");
            }
        }),
        (
            "1 /.well-known/openid-configuration and /id/{org}/{user}",
            |stage| {
                let (status, _, bytes) =
                    stage
                        .client
                        .raw(Method::GET, "/.well-known/openid-configuration", &[], None);
                let body: Value = serde_json::from_slice(&bytes).unwrap();
                assert_eq!(status, 200);
                let path = |name: &str| {
                    body[name]
                        .as_str()
                        .unwrap()
                        .strip_prefix(&stage.client.base)
                        .unwrap()
                        .to_owned()
                };
                for name in [
                    "token_endpoint",
                    "revocation_endpoint",
                    "introspection_endpoint",
                ] {
                    assert_ne!(
                        stage.client.raw(Method::POST, &path(name), &[], None).0,
                        404,
                        "{name}"
                    );
                }
                let root = stage.client.get("");
                let identity = root["identity"]
                    .as_str()
                    .unwrap()
                    .strip_prefix(&stage.client.base)
                    .unwrap()
                    .to_owned();
                assert_eq!(stage.client.raw(Method::GET, &identity, &[], None).0, 200);
            },
        ),
        ("1 section 5 to 10 routes", |stage| {
            let id = account(stage);
            for path in [
                "",
                "/limits",
                "/sobjects",
                "/sobjects/Account",
                "/sobjects/Account/describe",
                "/sobjects/Account/describe/layouts",
                "/sobjects/Account/describe/layouts/012000000000000AAA",
                "/sobjects/Account/describe/compactLayouts",
                "/sobjects/Account/describe/compactLayouts/primary",
                "/sobjects/Account/describe/approvalLayouts",
                "/sobjects/Global/describe/layouts",
                "/sobjects/Account/quickActions",
                "/quickActions/NewTask/defaultValues",
                "/recent",
                "/composite",
                "/ui-api/object-info/Account",
                "/ui-api/record-defaults/create/Account",
                "/ui-api/layout/Account",
                "/query?q=SELECT+Id+FROM+Account+LIMIT+1",
                "/queryAll?q=SELECT+Id+FROM+Account+LIMIT+1",
                "/search?q=FIND+%7BChecked%7D",
                "/parameterizedSearch?q=Checked",
                "/jobs/ingest",
                "/jobs/query",
            ] {
                assert_eq!(told(stage, path).0, 200, "{path}");
            }
            assert_eq!(told(stage, &format!("/sobjects/Account/{id}")).0, 200);
        }),
        (
            "1 always sforce-limit-info and JSON with its charset",
            |stage| {
                for path in ["/limits", "/sobjects/Nope"] {
                    let (_, headers, _) = told(stage, path);
                    assert!(
                        header(&headers, "sforce-limit-info")
                            .unwrap()
                            .starts_with("api-usage="),
                        "{path}"
                    );
                    assert_eq!(
                        header(&headers, "content-type"),
                        Some("application/json;charset=UTF-8"),
                        "{path}"
                    );
                }
            },
        ),
        ("1 Location on 201", |stage| {
            let body = Some(json!({"Name": "Placed"}).to_string());
            let (status, headers, _) = stage.client.raw(
                Method::POST,
                "/services/data/v62.0/sobjects/Account",
                &[],
                body,
            );
            assert!(
                status == 201
                    && header(&headers, "location")
                        .unwrap()
                        .contains("/sobjects/Account/001")
            );
        }),
        ("1 ETag and Last-Modified on rows and describes", |stage| {
            let id = account(stage);
            for path in [
                format!("/sobjects/Account/{id}"),
                "/sobjects/Account/describe".into(),
                "/sobjects".into(),
            ] {
                let (_, headers, _) = told(stage, &path);
                assert!(
                    header(&headers, "etag").is_some()
                        && header(&headers, "last-modified").is_some(),
                    "{path}"
                );
            }
        }),
    ]);
}

#[test]
fn section_2_describes_and_ids() {
    check(&[
        (
            "2 every field has its 57 keys, every object its 28",
            |stage| {
                let global = stage.client.get("/sobjects");
                for object in global["sobjects"].as_array().unwrap() {
                    assert_eq!(object.as_object().unwrap().len(), 28, "{object}");
                    let name = object["name"].as_str().unwrap();
                    let describe = stage.client.get(&format!("/sobjects/{name}/describe"));
                    for field in describe["fields"].as_array().unwrap() {
                        assert_eq!(
                            field.as_object().unwrap().len(),
                            57,
                            "{name} {}",
                            field["name"]
                        );
                    }
                }
            },
        ),
        (
            "2 ids have the object's prefix and a valid suffix",
            |stage| {
                let global = stage.client.get("/sobjects");
                for object in global["sobjects"].as_array().unwrap() {
                    let (name, prefix) = (
                        object["name"].as_str().unwrap(),
                        object["keyPrefix"].as_str(),
                    );
                    let Some(prefix) = prefix.filter(|_| name != "ContentDocumentLink") else {
                        continue;
                    };
                    let (status, rows) = stage.client.send(
                        Method::GET,
                        &format!("/query?q=SELECT+Id+FROM+{name}+LIMIT+3"),
                        None,
                    );
                    if status != 200 {
                        continue;
                    }
                    for row in rows["records"].as_array().unwrap() {
                        let id = row["Id"].as_str().unwrap();
                        assert!(
                            id.starts_with(prefix) && suffix(&id[..15]) == id[15..],
                            "{name} {id}"
                        );
                    }
                }
            },
        ),
    ]);
}

/// The checksum by the rule as written down, apart from the org's own code.
pub fn suffix(id: &str) -> String {
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345".as_bytes();
    let group = |part: &[u8]| {
        let bits = (0..5)
            .filter(|j| part[*j].is_ascii_uppercase())
            .map(|j| 1 << j)
            .sum::<usize>();
        char::from(letters[bits])
    };
    id.as_bytes().chunks(5).map(group).collect()
}

#[test]
fn section_3_quirks() {
    check(&[
        ("3 statusCode in rows, errorCode in arrays", |stage| {
            let (_, array) = post(stage, "/sobjects/Account", json!({}));
            assert_eq!(
                (&array[0]["errorCode"], array[0].get("statusCode")),
                (&json!("REQUIRED_FIELD_MISSING"), None)
            );
            let (_, rows) = post(
                stage,
                "/composite/sobjects",
                json!({"records": [{"attributes": {"type": "Account"}}]}),
            );
            assert_eq!(rows[0]["errors"][0]["statusCode"], "REQUIRED_FIELD_MISSING");
        }),
        ("3 failed collection rows have no id", |stage| {
            let (_, rows) = post(
                stage,
                "/composite/sobjects",
                json!({"records": [{"attributes": {"type": "Account"}}]}),
            );
            assert!(rows[0].get("id").is_none());
        }),
        ("3 attributes come first", |stage| {
            let (_, rows) = post(
                stage,
                "/composite/sobjects",
                json!({"records": [{"Name": "x", "attributes": {"type": "Account"}}]}),
            );
            assert_eq!(rows[0]["errors"][0]["statusCode"], "JSON_PARSER_ERROR");
        }),
        ("3 300 with the addresses", |stage| {
            for _ in 0..2 {
                let headers = [("sforce-duplicate-rule-header", "allowSave=true")];
                let body = Some(json!({"LastName": "Twin", "Email": "twin@example.com"}));
                assert_eq!(
                    stage
                        .client
                        .send_with(Method::POST, "/sobjects/Contact", &headers, body)
                        .0,
                    201
                );
            }
            let (status, urls) = stage.client.send(
                Method::GET,
                "/sobjects/Contact/Email/twin%40example.com",
                None,
            );
            assert!(
                status == 300
                    && urls[1]
                        .as_str()
                        .unwrap()
                        .starts_with("/services/data/v62.0/sobjects/Contact/003")
            );
        }),
        ("3 upsert: 201 when made, 200 when changed", |stage| {
            let put = || {
                stage.client.send(
                    Method::PATCH,
                    "/sobjects/Account/SFW_Key__c/CHECK",
                    Some(json!({"Name": "Keyed"})),
                )
            };
            assert_eq!((put().0, put().0), (201, 200));
        }),
        ("3 duplicateResut is spelt so", |stage| {
            stage.client.create(
                "Contact",
                json!({"LastName": "One", "Email": "one@example.com"}),
            );
            let (_, body) = post(
                stage,
                "/sobjects/Contact",
                json!({"LastName": "Two", "Email": "one@example.com"}),
            );
            assert!(
                body[0]["duplicateResut"]["matchResults"].is_array(),
                "{body}"
            );
        }),
        ("3 404 for malformed ids", |stage| {
            let (status, body) = stage
                .client
                .send(Method::GET, "/sobjects/Account/23foo", None);
            assert_eq!(
                (status, &body[0]["message"]),
                (
                    404,
                    &json!("Provided external ID field does not exist or is not accessible: 23foo")
                )
            );
        }),
        ("3 labels in messages, API names in fields", |stage| {
            let (_, body) = post(
                stage,
                "/sobjects/Account",
                json!({"Name": "x", "AccountNumber": "9".repeat(41)}),
            );
            assert!(
                body[0]["message"]
                    .as_str()
                    .unwrap()
                    .starts_with("Account Number: data value too large"),
                "{body}"
            );
            assert_eq!(body[0]["fields"], json!(["AccountNumber"]));
        }),
        ("3 the caret picture of SOQL errors", |stage| {
            let fault = stage
                .client
                .query_fault("SELECT Id FROM Account WHERE Nope = 1");
            let text = fault["message"].as_str().unwrap();
            assert!(
                text.contains("^\nERROR at Row:1:Column:")
                    && text.contains("No such column 'Nope'"),
                "{text}"
            );
        }),
        ("3 OAuth errors are objects", |stage| {
            let (status, body) = stage.client.token(&[
                ("grant_type", "refresh_token"),
                ("client_id", CLIENT_ID),
                ("refresh_token", "dead"),
            ]);
            assert!(
                status == 400 && body["error"].is_string() && body["error_description"].is_string(),
                "{body}"
            );
        }),
        ("3 datetimes end in +0000", |stage| {
            let rows = stage
                .client
                .query("SELECT CreatedDate FROM Account LIMIT 1");
            assert!(
                rows["records"][0]["CreatedDate"]
                    .as_str()
                    .unwrap()
                    .ends_with(".000+0000")
            );
        }),
        ("3 composite answers 200 whatever its parts do", |stage| {
            let part = json!({"method": "GET", "url": "/services/data/v62.0/sobjects/Nope", "referenceId": "r"});
            let (status, body) = post(stage, "/composite", json!({"compositeRequest": [part]}));
            assert_eq!(
                (status, &body["compositeResponse"][0]["httpStatusCode"]),
                (200, &json!(404))
            );
        }),
    ]);
}

#[test]
fn section_4_faults_that_need_no_switch() {
    check(&[
        (
            "4 duplicate rule on Contact.Email, saved anyway when told so",
            |stage| {
                stage.client.create(
                    "Contact",
                    json!({"LastName": "One", "Email": "dup@example.com"}),
                );
                let body = || Some(json!({"LastName": "Two", "Email": "dup@example.com"}));
                assert_eq!(
                    stage
                        .client
                        .send(Method::POST, "/sobjects/Contact", body())
                        .1[0]["errorCode"],
                    "DUPLICATES_DETECTED"
                );
                let headers = [("sforce-duplicate-rule-header", "allowSave=true")];
                assert_eq!(
                    stage
                        .client
                        .send_with(Method::POST, "/sobjects/Contact", &headers, body())
                        .0,
                    201
                );
            },
        ),
        ("4 restricted pick list", |stage| {
            let (_, body) = post(
                stage,
                "/sobjects/Account",
                json!({"Name": "x", "Customer_Priority__c": "Odd"}),
            );
            assert_eq!(
                body[0]["message"],
                "Customer Priority: bad value for restricted picklist field: Odd"
            );
        }),
        ("4 304 on describe", |stage| {
            let (_, headers, _) = told(stage, "/sobjects/Account/describe");
            let since = [(
                "if-modified-since",
                header(&headers, "last-modified").unwrap(),
            )];
            let (status, _, body) = stage.client.raw(
                Method::GET,
                "/services/data/v62.0/sobjects/Account/describe",
                &since,
                None,
            );
            assert!(status == 304 && body.is_empty());
        }),
    ]);
}

#[test]
fn section_5_properties_of_ids_and_describes() {
    check(&[
        ("5 a row is found by 15 and by 18 signs", |stage| {
            let id = account(stage);
            assert_eq!(
                stage
                    .client
                    .get(&format!("/sobjects/Account/{}", &id[..15]))["Id"],
                id.as_str()
            );
            let wrong = format!(
                "{}{}",
                &id[..15],
                if &id[15..] == "AAA" { "AAB" } else { "AAA" }
            );
            assert_eq!(
                stage
                    .client
                    .send(Method::GET, &format!("/sobjects/Account/{wrong}"), None)
                    .0,
                404
            );
        }),
        ("5 describe tells what a new record needs", |stage| {
            for (object, needs) in [
                ("Account", vec!["Name"]),
                ("Contact", vec!["LastName"]),
                ("Lead", vec!["LastName", "Company"]),
                ("Opportunity", vec!["Name", "StageName", "CloseDate"]),
                ("Campaign", vec!["Name"]),
                ("Event", vec![]),
            ] {
                let describe = stage.client.get(&format!("/sobjects/{object}/describe"));
                let is = |field: &Value, key: &str| field[key] == true;
                let fields = describe["fields"].as_array().unwrap().iter();
                let mut required: Vec<&str> = fields
                    .filter(|field| {
                        is(field, "createable")
                            && !is(field, "nillable")
                            && !is(field, "defaultedOnCreate")
                            && field["type"] != "boolean"
                    })
                    .map(|field| field["name"].as_str().unwrap())
                    .collect();
                let mut needs = needs.clone();
                required.sort_unstable();
                needs.sort_unstable();
                assert_eq!(required, needs, "{object}");
            }
        }),
    ]);
}
