//! The checklist's ids, and the bodies that no recording proves, byte for byte where that
//! is what a client reads.

use super::bulk::Jobs;
use super::checklist::{account, check, post, suffix};
use super::events::Listener;
use super::*;

#[test]
fn section_5_ids_of_both_lengths() {
    check(&[
        ("5 ids real orgs gave keep their suffix", |_| {
            for id in [
                "0011I00000aCPEAQA4",
                "0011I00000aAsbRQAS",
                "0128M0000004HVOQA2",
                "0tjxx00000001H3AAI",
                "001dM00003kS3BpQAK",
                "001dM00003kRs59QAC",
                "001D000000JliSTIAZ",
                "003q000000KvQ2DAAV",
                "012000000000000AAA",
                "000000000000000AAA",
            ] {
                let short: sfw_tui::domain::id::RecordId = id[..15].parse().unwrap();
                assert_eq!((short.as_str(), &*suffix(&id[..15])), (id, &id[15..]));
            }
        }),
        ("5 the org knows a right suffix from a wrong one", |stage| {
            // Every group of five comes in every mix of upper and lower case once.
            for bits in 0..32_u32 {
                let group: String = "abcde"
                    .chars()
                    .enumerate()
                    .map(|(n, sign)| {
                        if bits & (1 << n) == 0 {
                            sign
                        } else {
                            sign.to_ascii_uppercase()
                        }
                    })
                    .collect();
                let short = format!("001{}{group}{group}", &group[3..]);
                let right = suffix(&short);
                let wrong = if right == "AAA" { "AAB" } else { "AAA" };
                let said = |id: &str| {
                    let path = format!("/sobjects/Account/{id}");
                    stage.client.refused(Method::GET, &path, None).2
                };
                let none = "The requested resource does not exist";
                assert_eq!(said(&short), none, "{short}");
                assert_eq!(said(&format!("{short}{right}")), none, "{short}");
                let text = said(&format!("{short}{wrong}"));
                assert!(text.starts_with("Provided external ID field"), "{text}");
            }
        }),
        (
            "5 ids of both lengths are one in rows and queries",
            |stage| {
                let id = account(stage);
                let short = &id[..15];
                let child = json!({"LastName": "Short", "AccountId": short});
                let child = stage.client.create("Contact", child);
                let row = stage.client.get(&format!("/sobjects/Contact/{child}"));
                assert_eq!(row["AccountId"], *id);
                let soql = format!("SELECT Id FROM Contact WHERE AccountId = '{short}'");
                assert_eq!(stage.client.query(&soql)["records"][0]["Id"], *child);
            },
        ),
    ]);
}

/// A job's results as they are sent.
fn files(jobs: &Jobs<'_>, job: &Value) -> [String; 3] {
    ["successfulResults", "failedResults", "unprocessedrecords"].map(|name| jobs.result(job, name))
}

fn owner_of(stage: &Stage, case: &str) -> Value {
    let soql = format!("SELECT OwnerId FROM Case WHERE Subject = '{case}'");
    stage.client.query(&soql)["records"][0]["OwnerId"].clone()
}

#[test]
fn section_6_what_no_recording_proves() {
    check(&[
        ("6 412 has the REST array", |stage| {
            let id = account(stage);
            let early = [("if-unmodified-since", "Thu, 01 Jan 2026 00:00:00 GMT")];
            let (status, body) = stage.client.send_with(
                Method::PATCH,
                &format!("/sobjects/Account/{id}"),
                &early,
                Some(json!({"Name": "x"})),
            );
            assert!(status == 412 && body[0]["errorCode"].is_string(), "{body}");
        }),
        (
            "6 layouts have sections and a mapping for each record type",
            |stage| {
                let layouts = stage.client.get("/sobjects/Account/describe/layouts");
                assert!(layouts["layouts"][0]["editLayoutSections"][0]["layoutRows"].is_array());
                assert!(layouts["recordTypeMappings"][0]["picklistsForRecordType"].is_array());
            },
        ),
        ("6 trees answer 201 or 400", |stage| {
            let tree = |name: &str| json!({"records": [{"attributes": {"type": "Account", "referenceId": "r"}, "Name": name}]});
            assert_eq!(post(stage, "/composite/tree/Account", tree("x")).0, 201);
            assert_eq!(post(stage, "/composite/tree/Account", tree("")).0, 400);
        }),
        (
            "6 revoke answers 200 without a body, then with an OAuth error",
            |stage| {
                let other = Client::login(&stage.org);
                let target = format!("/services/oauth2/revoke?token={}", encode(&other.token));
                let (status, _, body) = stage.client.raw(Method::GET, &target, &[], None);
                assert_eq!((status, body.as_slice()), (200, &b""[..]));
                assert_eq!(other.send(Method::GET, "/limits", None).0, 401);
                let (status, _, body) = stage.client.raw(Method::GET, &target, &[], None);
                let body: Value = serde_json::from_slice(&body).unwrap();
                assert_eq!(
                    (status, &body["error"]),
                    (400, &json!("unsupported_token_type"))
                );
            },
        ),
        (
            "6 Tooling DELETE takes the field away and says 204",
            |stage| {
                let path = "/tooling/sobjects/CustomField";
                let field = json!({"FullName": "Account.Short_Lived__c",
                "Metadata": {"label": "Short Lived", "type": "Text", "length": 20}});
                let (status, made) = post(stage, path, field.clone());
                assert_eq!(status, 201, "{made}");
                let path = format!("{path}/{}", made["id"].as_str().unwrap());
                let target = format!("/services/data/v62.0{path}");
                let (status, _, body) = stage.client.raw(Method::DELETE, &target, &[], None);
                assert_eq!((status, body.as_slice()), (204, &b""[..]));
                let gone = stage.client.refused(Method::DELETE, &path, None);
                assert_eq!(
                    (gone.0, gone.1.as_str()),
                    (404, "INVALID_CROSS_REFERENCE_KEY")
                );
                let soql = "SELECT+Id+FROM+CustomField+WHERE+DeveloperName='Short_Lived'";
                let found = stage.client.get(&format!("/tooling/query?q={soql}"));
                assert_eq!(found["totalSize"], 0);
                let fault = stage
                    .client
                    .query_fault("SELECT Short_Lived__c FROM Account");
                assert_eq!(fault["errorCode"], "INVALID_FIELD");
                // Its name is free again.
                assert_eq!(post(stage, "/tooling/sobjects/CustomField", field).0, 201);
            },
        ),
        ("6 Bulk result files, byte for byte", |stage| {
            let jobs = Jobs(&stage.client);
            let insert = json!({"object": "Contact", "operation": "insert",
                "lineEnding": "CRLF", "columnDelimiter": "SEMICOLON"});
            let job = jobs.run(
                insert,
                "LastName;Email;Description\r\n\"Sm\"\"ith; and\r\nsons\";;\r\nB;bad;x\r\n",
            );
            let soql = "SELECT Id FROM Contact WHERE LastName LIKE 'Sm%sons'";
            let id = stage.client.query(soql)["records"][0]["Id"].clone();
            let id = id.as_str().unwrap();
            let head = "\"LastName\";\"Email\";\"Description\"\r\n";
            let wanted = [
                format!(
                    "\"sf__Id\";\"sf__Created\";{head}\"{id}\";\"true\";\"Sm\"\"ith; and\r\nsons\";\"\";\"\"\r\n"
                ),
                format!(
                    "\"sf__Id\";\"sf__Error\";{head}\"\";\"INVALID_EMAIL_ADDRESS:Email: invalid email address: bad:Email --\";\"B\";\"bad\";\"x\"\r\n"
                ),
                "LastName;Email;Description\r\n".to_owned(),
            ];
            assert_eq!(files(&jobs, &job), wanted);
            let update = json!({"object": "Contact", "operation": "update"});
            let none = "003000000000001AAA";
            let job = jobs.run(update, &format!("Id,LastName\n{id},C\n{none},D\n"));
            let error = "INVALID_CROSS_REFERENCE_KEY:invalid cross reference id:--";
            let wanted = [
                format!(
                    "\"sf__Id\",\"sf__Created\",\"Id\",\"LastName\"\n\"{id}\",\"false\",\"{id}\",\"C\"\n"
                ),
                format!(
                    "\"sf__Id\",\"sf__Error\",\"Id\",\"LastName\"\n\"{none}\",\"{error}\",\"{none}\",\"D\"\n"
                ),
                "Id,LastName\n".to_owned(),
            ];
            assert_eq!(files(&jobs, &job), wanted);
        }),
        ("6 a job that names an assignment rule runs it", |stage| {
            let jobs = Jobs(&stage.client);
            let soql = "SELECT Id FROM AssignmentRule WHERE SobjectType = 'Case'";
            let rule = stage.client.query(soql)["records"][0]["Id"].clone();
            let soql = "SELECT Id FROM Group WHERE DeveloperName = 'Support_Queue'";
            let queue = stage.client.query(soql)["records"][0]["Id"].clone();
            let csv = |name: &str| format!("Subject,Origin,Priority\n{name},Web,High\n");
            let plain = json!({"object": "Case", "operation": "insert"});
            let job = jobs.run(plain.clone(), &csv("Unruled"));
            assert!(job.get("assignmentRuleId").is_none(), "{job}");
            let owner = owner_of(stage, "Unruled");
            assert!(owner.as_str().unwrap().starts_with("005"), "{owner}");
            let mut ruled = plain.clone();
            ruled["assignmentRuleId"] = rule.clone();
            let job = jobs.run(ruled, &csv("Ruled"));
            assert_eq!(job["assignmentRuleId"], rule);
            assert_eq!(owner_of(stage, "Ruled"), queue);
            let mut other = plain.clone();
            other["assignmentRuleId"] = json!("01QWt0000000999");
            let job = jobs.run(other, &csv("Misruled"));
            let failed = jobs.result(&job, "failedResults");
            let error = "\"INVALID_CROSS_REFERENCE_KEY:invalid cross reference id:--\"";
            assert!(failed.contains(error), "{failed}");
            let mut odd = plain;
            odd["assignmentRuleId"] = json!("the usual");
            let (status, body) = post(stage, "/jobs/ingest", odd);
            assert_eq!((status, &body[0]["errorCode"]), (400, &json!("INVALIDJOB")));
        }),
        ("6 change events name a cleared field with null", |stage| {
            let id = stage.client.create(
                "Account",
                json!({"Name": "Cleared", "Phone": "1", "Site": "s"}),
            );
            let listener = Listener::new(&stage.client);
            let channel = "/data/AccountChangeEvent";
            assert_eq!(listener.subscribe(channel, -1)["successful"], true);
            let path = format!("/sobjects/Account/{id}");
            let body = Some(json!({"Phone": null}));
            assert_eq!(stage.client.send(Method::PATCH, &path, body).0, 204);
            let heard = listener.connect(5000);
            let payload = heard[0]["data"]["payload"].as_object().unwrap();
            assert_eq!(payload.get("Phone"), Some(&Value::Null));
            assert_eq!(payload.get("Site"), None, "unchanged");
            assert!(payload["ChangeEventHeader"].get("nulledFields").is_none());
        }),
        (
            "6 there is no Pub/Sub API here, and that is said",
            |stage| {
                let path = "/eventbus.v1.PubSub/GetTopic";
                let (status, _, body) = stage.client.raw(Method::POST, path, &[], None);
                assert_eq!((status, body.is_empty()), (404, false));
            },
        ),
    ]);
}
