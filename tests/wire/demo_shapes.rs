//! The demo org answers in the shapes that were recorded: key sets and kinds, not values.
//! Fixtures of our own stand in the repository; the recordings lie outside it, and
//! without them their test says so and passes.

use std::fs;
use std::path::Path;

use reqwest::Method;
use serde_json::{Value, json};
use sfw_tui::demo;

use crate::recorded;
use crate::shape::Shape;

const TOKEN: &str = "a-token-for-tests";

struct Stage {
    runtime: tokio::runtime::Runtime,
    http: reqwest::Client,
    org: demo::Org,
    _folder: tempfile::TempDir,
}

impl Stage {
    fn new() -> Self {
        // Another test of this process may have done it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().unwrap();
        let options = demo::Options {
            data: folder.path().to_owned(),
            token: Some(TOKEN.into()),
            ..demo::Options::default()
        };
        Self {
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap(),
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
            org: demo::start(options).unwrap(),
            _folder: folder,
        }
    }

    /// Status, header names and body.
    fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, Vec<String>, Value) {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = self
            .http
            .request(method, format!("{}{path}", self.org.base_url()))
            .bearer_auth(TOKEN);
        if let Some(body) = body {
            request = request
                .header("content-type", "application/json")
                .body(body.to_string());
        }
        self.runtime.block_on(async {
            let reply = request.send().await.unwrap();
            let status = reply.status().as_u16();
            let headers = reply.headers().keys().map(ToString::to_string).collect();
            let bytes = reply.bytes().await.unwrap();
            (
                status,
                headers,
                serde_json::from_slice(&bytes).unwrap_or(Value::Null),
            )
        })
    }

    fn id(&self, soql: &str) -> String {
        let path = format!("/services/data/v62.0/query?q={}", encode(soql));
        let (_, _, body) = self.ask("GET", &path, None);
        body["records"][0]["Id"]
            .as_str()
            .unwrap_or_else(|| panic!("{soql}: {body}"))
            .to_owned()
    }
}

fn encode(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// One recorded payload and how to get the demo org to say the same.
struct Case {
    /// Below the folder of recordings.
    file: &'static str,
    /// Where in the file the payload is, as a JSON pointer.
    at: &'static str,
    method: &'static str,
    /// `{NAME}` stands for an id of [`Case::path`].
    path: &'static str,
    body: Option<Value>,
    status: u16,
    maps: &'static [&'static str],
    /// Differences that are the recorded org's own doing: its custom fields, its features.
    known: &'static [&'static str],
}

impl Case {
    fn get(file: &'static str, at: &'static str, path: &'static str) -> Self {
        Self {
            file,
            at,
            method: "GET",
            path,
            body: None,
            status: 200,
            maps: &[],
            known: &[],
        }
    }

    fn send(self, method: &'static str, body: Value, status: u16) -> Self {
        Self {
            method,
            body: Some(body),
            status,
            ..self
        }
    }

    fn maps(self, maps: &'static [&'static str]) -> Self {
        Self { maps, ..self }
    }

    /// `*` at the end stands for anything.
    fn known(self, known: &'static [&'static str]) -> Self {
        Self { known, ..self }
    }

    fn path(&self, stage: &Stage) -> String {
        let mut path = self.path.to_owned();
        for (name, soql) in [
            ("{ACCOUNT}", "SELECT Id FROM Account LIMIT 1"),
            ("{USER}", "SELECT Id FROM User LIMIT 1"),
        ] {
            if path.contains(name) {
                path = path.replace(name, &stage.id(soql));
            }
        }
        path
    }

    /// The differences nobody accounted for.
    fn differences(&self, stage: &Stage, recorded: &Value) -> Vec<String> {
        let (status, _, body) = stage.ask(self.method, &self.path(stage), self.body.as_ref());
        if status != self.status {
            return vec![format!("status {status}, not {}: {body}", self.status)];
        }
        let recorded = Shape::of(recorded, self.maps);
        let found = recorded
            .differences(&Shape::of(&body, self.maps))
            .into_iter();
        found
            .filter(|line| !self.known.iter().any(|known| is_like(line, known)))
            .collect()
    }
}

fn is_like(line: &str, known: &str) -> bool {
    match known.strip_suffix('*') {
        Some(start) => line.starts_with(start),
        None => line == known,
    }
}

#[test]
fn the_demo_org_answers_in_the_shapes_that_were_recorded() {
    let Some(folder) = recorded::folder() else {
        return;
    };
    let stage = Stage::new();
    let mut wrong = Vec::new();
    let cases = cases();
    for case in &cases {
        let whole: Value =
            serde_json::from_slice(&fs::read(folder.join(case.file)).unwrap()).unwrap();
        let recorded = whole
            .pointer(case.at)
            .unwrap_or_else(|| panic!("{} has no {}", case.file, case.at));
        for line in case.differences(&stage, recorded) {
            wrong.push(format!("{} {}: {line}", case.file, case.path));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} differences\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn the_demo_org_answers_in_the_shapes_of_our_own_fixtures() {
    let stage = Stage::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wire/fixtures");
    let mut checked = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let all: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        for fixture in all.as_array().unwrap() {
            let text = |name: &str| fixture[name].as_str().unwrap_or_default();
            let mut target = text("path").to_owned();
            if target.contains("{ACCOUNT}") {
                target = target.replace("{ACCOUNT}", &stage.id("SELECT Id FROM Account LIMIT 1"));
            }
            let sent = Some(&fixture["send"]).filter(|body| !body.is_null());
            let (status, headers, body) = stage.ask(text("method"), &target, sent);
            assert_eq!(json!(status), fixture["status"], "{target}: {body}");
            for name in fixture["headers"].as_array().into_iter().flatten() {
                let name = name.as_str().unwrap();
                assert!(
                    headers.iter().any(|own| own == name),
                    "{target} without {name}: {headers:?}"
                );
            }
            let maps: Vec<&str> = fixture["maps"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .collect();
            let difference =
                Shape::of(&fixture["body"], &maps).differences(&Shape::of(&body, &maps));
            assert!(difference.is_empty(), "{target}: {difference:?}\n{body}");
            checked += 1;
        }
    }
    assert!(checked > 20, "{checked} fixtures");
}

/// What the recorded orgs have and this one has not, and the other way round.
fn cases() -> Vec<Case> {
    let mut all = rows();
    all.extend(describes());
    all.extend(ui());
    all.extend(ui_records());
    all
}

/// Every org has fields of its own: those of a record are laid over each other. Codes of
/// states and countries come with a feature that is off here.
const RECORD: &[&str] = &[""];
const CODES: &[&str] = &["- *.countryCode", "- *.stateCode"];

fn rows() -> Vec<Case> {
    let v = |file, path| Case::get(file, "/body", path);
    vec![
        v("http/versions.json", "/services/data"),
        v("http/query-accounts.json", "/services/data/v63.0/query?q=SELECT+Id,+Name+FROM+Account+LIMIT+5"),
        v("http/queryall-accounts.json", "/services/data/v60.0/queryAll?q=SELECT+Id,+Name+FROM+Account+LIMIT+5"),
        v("http/search-empty.json", "/services/data/v58.0/search?q=FIND+%7BNobodyByThisName%7D"),
        v("http/parameterized-search-empty.json", "/services/data/v59.0/parameterizedSearch?q=NobodyByThisName&sObject=Account"),
        v("http/recent.json", "/services/data/v60.0/recent"),
        v("http/record-get-account.json", "/services/data/v62.0/sobjects/Account/{ACCOUNT}").maps(RECORD).known(CODES),
        v("http/record-get-user-via-Id-as-external-id.json", "/services/data/v60.0/sobjects/User/Id/{USER}").maps(RECORD).known(CODES),
        v("http/create-account-201.json", "/services/data/v59.0/sobjects/Account/").send("POST", json!({"Name": "Shape"}), 201),
        v("http/upsert-contact-by-Email-201.json", "/services/data/v60.0/sobjects/Contact/Email/shape%40example.com").send("PATCH", json!({"LastName": "Shape"}), 201),
        v("http/upsert-updateOnly-by-Id-200.json", "/services/data/v59.0/sobjects/Account/Id/{ACCOUNT}?updateOnly=true").send("PATCH", json!({"Phone": "1"}), 200),
        v("http/collections-create.json", "/services/data/v63.0/composite/sobjects").send("POST", json!({"allOrNone": false, "records": [{"attributes": {"type": "Account"}, "Name": "Shape"}]}), 200),
        v("http/collections-upsert-error.json", "/services/data/v63.0/composite/sobjects/Account/Id").send("PATCH", json!({"records": [{"Id": "001000000000000000", "Name": "x"}]}), 200),
        v("http/collections-update-error.json", "/services/data/v59.0/composite/sobjects").send("PATCH", json!({"records": [{"attributes": {"type": "Account"}, "id": "001000000000001AAA", "Name": "x"}]}), 200),
        v("http/composite-graph.json", "/services/data/v66.0/composite/graph").send("POST", json!({"graphs": [{"graphId": "g", "compositeRequest": [{"method": "POST", "url": "/services/data/v66.0/sobjects/Account", "referenceId": "a", "body": {"Name": "Shape"}}]}]}), 200),
        Case::get("http/composite-graph-error.json", "", "/services/data/v66.0/composite/graph").send("POST", json!({"graphs": [{"graphId": "g", "compositeRequest": [
            {"method": "POST", "url": "/services/data/v66.0/sobjects/Account", "referenceId": "a", "body": {"Name": "Shape"}},
            {"method": "POST", "url": "/services/data/v66.0/sobjects/Account", "referenceId": "b", "body": {"Name": null}}]}]}), 200),
        Case::get("http/duplicates-detected-400.json", "", "/services/data/v62.0/sobjects/Contact/").send("POST", json!({"LastName": "Other", "Email": "shape@example.com"}), 400)
            .known(&["- *.duplicateResut.matchResults.*.matchRecords.*.record.*", "+ *.duplicateResut.matchResults.*.matchRecords.*.record.*"]),
        Case::get("http/quickaction-NewTask-defaults.json", "/body", "/services/data/v59.0/quickActions/NewTask/defaultValues").known(&["+ *"]),
        Case::get("http/quickactions-global.json", "/body", "/services/data/v60.0/quickActions"),
    ]
}

fn describes() -> Vec<Case> {
    const DESCRIBE: &[&str] = &["urls"];
    const NEW: &[&str] = &["+ fields.*.picklistValues*"];
    vec![
        Case::get(
            "describe/nango2026-v58-Account.json",
            "",
            "/services/data/v58.0/sobjects/Account/describe",
        )
        .maps(DESCRIBE)
        .known(NEW),
        Case::get(
            "describe/cumulusci-Account.json",
            "",
            "/services/data/v48.0/sobjects/Account/describe",
        )
        .maps(DESCRIBE)
        .known(&["+ fields.*.picklistValues*", "+ sobjectDescribeOption"]),
        Case::get(
            "describe/cumulusci-Contact.json",
            "",
            "/services/data/v58.0/sobjects/Contact/describe",
        )
        .maps(DESCRIBE)
        .known(NEW),
        Case::get(
            "describe/cumulusci-Event.json",
            "",
            "/services/data/v58.0/sobjects/Event/describe",
        )
        .maps(DESCRIBE)
        .known(NEW),
        Case::get(
            "describe/cumulusci-Lead.json",
            "",
            "/services/data/v59.0/sobjects/Lead/describe",
        )
        .maps(DESCRIBE)
        .known(NEW),
        Case::get(
            "describe/grouparoo-v42-Campaign.json",
            "",
            "/services/data/v42.0/sobjects/Campaign/describe",
        )
        .maps(DESCRIBE)
        .known(NEW),
        Case::get(
            "describe-global/nango2026-v59.json",
            "",
            "/services/data/v59.0/sobjects",
        )
        .maps(&["sobjects.*.urls"]),
        Case::get(
            "http/sobject-basic-info-account.json",
            "/body",
            "/services/data/v63.0/sobjects/Account/",
        ),
    ]
}

fn ui() -> Vec<Case> {
    const INFO: &[&str] = &["fields", "recordTypeInfos", "dependentFields"];
    const LATER: &[&str] = &[
        "+ eTag",
        "+ fields.*.externalId",
        "+ fields.*.maskType",
        "+ *weakEtag",
        "+ *recordTypeId",
    ];
    vec![
        Case::get(
            "ui-api/object-info-Account.json",
            "",
            "/services/data/v48.0/ui-api/object-info/Account",
        )
        .maps(INFO)
        .known(LATER),
        Case::get(
            "ui-api/picklist-values-one-field.json",
            "",
            "/services/data/v45.0/ui-api/object-info/Account/picklist-values/012000000000000AAA/Type",
        ),
        Case::get(
            "ui-api/picklist-values-Account-by-record-type.json",
            "",
            "/services/data/v45.0/ui-api/object-info/Account/picklist-values/012000000000000AAA",
        )
        .maps(&["picklistFieldValues"]),
        Case::get(
            "ui-api/layout-Lead-Full-View.json",
            "/012000000000000AAA/Full/View",
            "/services/data/v45.0/ui-api/layout/Lead?layoutType=Full&mode=View",
        )
        .known(&[
            "- sections.*.layoutRows.*.layoutItems.*.layoutComponents.*",
            "+ eTag",
            "+ objectApiName",
            "+ recordTypeId",
            "+ saveOptions",
        ]),
    ]
}

fn ui_records() -> Vec<Case> {
    vec![
        Case::get(
            "ui-api/record-create-Account-201.json",
            "",
            "/services/data/v45.0/ui-api/records",
        )
        .send(
            "POST",
            json!({"apiName": "Account", "fields": {"Name": "Shape"}}),
            201,
        )
        .maps(&["fields", "fields.*.value.fields"]),
        Case::get(
            "ui-api/record-defaults-create-Account.json",
            "",
            "/services/data/v48.0/ui-api/record-defaults/create/Account",
        )
        .maps(&[
            "objectInfos",
            "objectInfos.*.fields",
            "objectInfos.*.recordTypeInfos",
            "record.fields",
            "record.fields.*.value.fields",
            "objectInfos.*.dependentFields",
        ])
        .known(&[
            "+ *eTag",
            "+ layout.*",
            "+ eTag",
            "+ objectInfos.*.fields.*.externalId",
            "+ objectInfos.*.fields.*.maskType",
            "+ record.fields.*.value.eTag",
            "+ record.fields.*.value.weakEtag",
        ]),
        Case::get(
            "ui-api/lookup-suggestions.json",
            "/Bad_Guy__c:OwnerId:Group::Recent:1:5",
            "/services/data/v42.0/ui-api/lookups/Contact/AccountId/Account?searchType=Recent",
        )
        .known(&[
            "+ records.*.lastModifiedById",
            "+ records.*.lastModifiedDate",
            "+ records.*.systemModstamp",
        ]),
    ]
}
