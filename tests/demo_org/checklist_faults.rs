//! The rest of the checklist: faults that need a switch, each by its name, and what the first
//! part leaves open of quirks and properties. Every case has an org of its own.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use demo::faults::{Action, Answer, Lock, Moment, Rules, Turn, When};
use sfw_tui::domain::failure::{FailureKind, kind_of};

use super::bulk::Jobs;
use super::*;

type Case = (&'static str, fn(&Stage));

fn check(cases: &[Case]) {
    let mut failed = Vec::new();
    for (name, case) in cases {
        let stage = stage();
        if catch_unwind(AssertUnwindSafe(|| case(&stage))).is_err() {
            failed.push(*name);
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}

fn refreshed(client: &Client, token: &str) -> (u16, Value) {
    client.token(&[
        ("grant_type", "refresh_token"),
        ("client_id", CLIENT_ID),
        ("refresh_token", token),
    ])
}

/// The answer put in the place of the next GET of the limits, and the one after it.
fn answered(stage: &Stage, answer: Answer) -> (u16, Vec<(String, String)>, String) {
    let when = When::asked("GET", "*/limits").times(1);
    stage.org.faults().add(when, Action::Answer(answer));
    let target = "/services/data/v62.0/limits";
    let (status, headers, body) = stage.client.raw(Method::GET, target, &[], None);
    stage.client.get("/limits");
    (status, headers, String::from_utf8(body).unwrap())
}

#[test]
fn section_4_fault_switches() {
    check(&[
        ("4 expire token now", |stage| {
            let when = When::asked("GET", "*/limits").times(1);
            let action = Action::Expire { refresh: false };
            stage.org.faults().add(when, action);
            let (status, body) = stage.client.send(Method::GET, "/limits", None);
            assert_eq!(
                (status, &body[0]["errorCode"]),
                (401, &json!("INVALID_SESSION_ID"))
            );
            assert_eq!(body[0]["message"], "Session expired or invalid");
            assert_eq!(refreshed(&stage.client, &stage.client.refresh).0, 200);
        }),
        ("4 rotate refresh tokens", |stage| {
            stage.org.faults().set(Rules {
                rotate_refresh_tokens: true,
                ..Rules::default()
            });
            let (_, body) = refreshed(&stage.client, &stage.client.refresh);
            assert_ne!(
                body["refresh_token"].as_str().unwrap(),
                stage.client.refresh
            );
            let (status, body) = refreshed(&stage.client, &stage.client.refresh);
            assert_eq!((status, &body["error"]), (400, &json!("invalid_grant")));
        }),
        ("4 403 of the day's calls", |stage| {
            stage.org.faults().leave_calls(0);
            let (status, body) = stage.client.send(Method::GET, "/limits", None);
            assert_eq!(
                (status, &body[0]["errorCode"]),
                (403, &json!("REQUEST_LIMIT_EXCEEDED"))
            );
            assert_eq!(body[0]["message"], "TotalRequests Limit exceeded.");
            stage.org.faults().new_day();
            stage.client.get("/limits");
        }),
        ("4 403 of calls at a time", |stage| {
            let (status, _, body) = answered(stage, Answer::concurrent());
            assert!(
                status == 403 && body.contains("ConcurrentRequests"),
                "{body}"
            );
        }),
        ("4 lock row n times", |stage| {
            let id = stage.client.create("Account", json!({"Name": "Busy"}));
            stage.org.faults().lock(Lock {
                row: Some(id.clone()),
                turn: Turn {
                    times: Some(2),
                    ..Turn::default()
                },
                ..Lock::default()
            });
            let path = format!("/sobjects/Account/{id}");
            let patch = || {
                stage
                    .client
                    .send(Method::PATCH, &path, Some(json!({"Phone": "1"})))
            };
            for _ in 0..2 {
                let (status, body) = patch();
                assert_eq!(
                    (status, &body[0]["errorCode"]),
                    (400, &json!("UNABLE_TO_LOCK_ROW"))
                );
            }
            assert_eq!(patch().0, 204);
        }),
        ("4 a field hidden from sam@demo.example", |stage| {
            let id = stage.client.create(
                "Account",
                json!({"Name": "Half seen", "Credit_Limit__c": 5}),
            );
            let sam = Client::login_as(&stage.org, "sam@demo.example");
            let has = |client: &Client| {
                let describe = client.get("/sobjects/Account/describe");
                let mut fields = describe["fields"].as_array().unwrap().iter();
                fields.any(|field| field["name"] == "Credit_Limit__c")
            };
            assert!(has(&stage.client) && !has(&sam));
            let fault = sam.query_fault("SELECT Credit_Limit__c FROM Account");
            assert_eq!(fault["errorCode"], "INVALID_FIELD");
            let path = format!("/sobjects/Account/{id}");
            assert_eq!(stage.client.get(&path)["Credit_Limit__c"], 5.0);
            let (status, row) = sam.send(Method::GET, &path, None);
            assert!(
                status != 200 || row.get("Credit_Limit__c").is_none(),
                "{row}"
            );
        }),
        ("4 500 with an ErrorId", |stage| {
            let (status, _, body) = answered(stage, Answer::unknown());
            assert!(
                status == 500 && body.contains("UNKNOWN_EXCEPTION"),
                "{body}"
            );
            assert!(body.contains("ErrorId if you contact support: "), "{body}");
        }),
        ("4 503 with a page", |stage| {
            let (status, headers, body) = answered(stage, Answer::maintenance());
            let kind = header(&headers, "content-type").unwrap();
            assert!(status == 503 && kind.starts_with("text/html"), "{kind}");
            assert!(body.starts_with("<html>"), "{body}");
        }),
        ("4 slow describe", |stage| {
            let wait = Duration::from_millis(150);
            stage.org.faults().add(
                When::asked("GET", "*/sobjects/Account/describe").times(1),
                Action::Delay {
                    least: wait,
                    most: wait,
                    moment: Moment::BeforeWork,
                },
            );
            let began = Instant::now();
            let describe = stage.client.get("/sobjects/Account/describe");
            assert!(began.elapsed() >= wait && describe["name"] == "Account");
        }),
    ]);
}

#[test]
fn section_3_quirks_of_events_and_bulk() {
    check(&[
        ("3 OPERATION_ENQUEUED", |stage| {
            let event = json!({"Order_Number__c": "O-9"});
            let (status, body) =
                stage
                    .client
                    .send(Method::POST, "/sobjects/Order_Shipped__e", Some(event));
            assert_eq!((status, &body["success"]), (201, &json!(true)), "{body}");
            assert_eq!(body["errors"][0]["statusCode"], "OPERATION_ENQUEUED");
        }),
        ("3 #N/A clears, an empty cell leaves", |stage| {
            let new = json!({"Name": "Cells", "Phone": "1", "Site": "s"});
            let id = stage.client.create("Account", new);
            let body = json!({"object": "Account", "operation": "update"});
            let csv = format!("Id,Phone,Site\n{id},#N/A,\n");
            Jobs(&stage.client).run(body, &csv);
            let row = stage.client.get(&format!("/sobjects/Account/{id}"));
            assert_eq!((&row["Phone"], &row["Site"]), (&Value::Null, &json!("s")));
        }),
        ("3 sf__Error ends in --", |stage| {
            let jobs = Jobs(&stage.client);
            let body = json!({"object": "Contact", "operation": "insert"});
            let job = jobs.run(body, "FirstName\nNobody\n");
            let text = jobs.result(&job, "failedResults");
            let mut rows = csv::Reader::from_reader(text.as_bytes());
            let place = rows
                .headers()
                .unwrap()
                .iter()
                .position(|name| name == "sf__Error");
            let row = rows.records().next().unwrap().unwrap();
            let error = &row[place.unwrap()];
            assert!(
                error.starts_with("REQUIRED_FIELD_MISSING:") && error.ends_with("--"),
                "{error}"
            );
        }),
    ]);
}

#[test]
fn section_5_properties_of_pick_lists_and_refusals() {
    check(&[
        ("5 validFor says what the UI API's indexes say", |stage| {
            use base64::Engine;
            let describe = stage.client.get("/sobjects/Contact/describe");
            let all = stage
                .client
                .get("/ui-api/object-info/Contact/picklist-values/012000000000000AAA");
            let mut compared = 0;
            for field in describe["fields"].as_array().unwrap() {
                if field["dependentPicklist"] != true {
                    continue;
                }
                let listed = &all["picklistFieldValues"][field["name"].as_str().unwrap()]["values"];
                for value in field["picklistValues"].as_array().unwrap() {
                    let bits = base64::engine::general_purpose::STANDARD
                        .decode(value["validFor"].as_str().unwrap())
                        .unwrap();
                    let set: Vec<usize> = (0..bits.len() * 8)
                        .filter(|i| bits[i / 8] & (0x80 >> (i % 8)) != 0)
                        .collect();
                    let mut shown = listed.as_array().unwrap().iter();
                    let shown = shown.find(|one| one["value"] == value["value"]).unwrap();
                    assert_eq!(shown["validFor"], json!(set), "{value}");
                    compared += 1;
                }
            }
            assert!(compared > 0);
        }),
        (
            "5 refusals fall into the four groups or the rest",
            |stage| {
                use FailureKind::{
                    Duplicate, InvalidField, InvalidValue, NotFound, RequiredField, Rule,
                };
                let twin = json!({"LastName": "One", "Email": "group@example.com"});
                stage.client.create("Contact", twin.clone());
                let none = "/sobjects/Contact/003000000000001";
                let post = "/sobjects/Contact";
                for (method, path, body, kind) in [
                    (Method::POST, post, json!({}), RequiredField),
                    (Method::GET, none, Value::Null, NotFound),
                    (Method::DELETE, none, Value::Null, NotFound),
                    (
                        Method::POST,
                        post,
                        json!({"LastName": "A", "foo": 1}),
                        InvalidField,
                    ),
                    (
                        Method::POST,
                        post,
                        json!({"LastName": "A", "Name": "B"}),
                        InvalidField,
                    ),
                    (
                        Method::POST,
                        post,
                        json!({"LastName": "A", "Email": "bad"}),
                        InvalidValue,
                    ),
                    (
                        Method::POST,
                        post,
                        json!({"LastName": "x".repeat(81)}),
                        InvalidValue,
                    ),
                    (
                        Method::POST,
                        post,
                        json!({"LastName": "A", "Level__c": "?"}),
                        InvalidValue,
                    ),
                    (
                        Method::POST,
                        post,
                        json!({"LastName": "A", "Account": {"SFW_Key__c": "?"}}),
                        NotFound,
                    ),
                    (Method::POST, post, twin, Duplicate),
                    (
                        Method::POST,
                        "/sobjects/Opportunity",
                        json!({"Name": "A", "StageName": "Closed Won", "CloseDate": "2026-11-22"}),
                        Rule,
                    ),
                ] {
                    let said = format!("{method} {path} {body}");
                    let (status, reply) = stage.client.send(method, path, Some(body));
                    let text = |key: &str| reply[0][key].as_str().unwrap().to_owned();
                    let found = kind_of(&text("errorCode"), Some(status), &text("message"));
                    assert_eq!(found, kind, "{said}: {reply}");
                }
                let sam = Client::login_as(&stage.org, "sam@demo.example");
                let own = stage.client.create("Account", json!({"Name": "Not sam's"}));
                let path = format!("/sobjects/Account/{own}");
                let (status, reply) = sam.send(Method::DELETE, &path, None);
                let code = reply[0]["errorCode"].as_str().unwrap();
                let found = kind_of(code, Some(status), reply[0]["message"].as_str().unwrap());
                assert!(
                    matches!(found, FailureKind::Permission | NotFound),
                    "{reply}"
                );
            },
        ),
    ]);
}
