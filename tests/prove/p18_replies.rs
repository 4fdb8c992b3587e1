//! P18: no reply, settings file or key can crash or hang a reader.

use std::path::Path;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use sfw_tui::app::command::Context;
use sfw_tui::app::keymap;
use sfw_tui::config;
use sfw_tui::domain::failure::Failure;
use sfw_tui::domain::record::Fields;
use sfw_tui::domain::schema::{ObjectForm, ObjectSchema};
use sfw_tui::domain::write::{Write, WriteStep};
use sfw_tui::sf::client::Response;
use sfw_tui::sf::request::Purpose;
use sfw_tui::sf::{describe, error, identity, layout, page, query, row, version, write};

use crate::fuzz::{self, Random};
use crate::proof::{Cost, Promise, Tier};

/// What this file proves.
pub const PROMISES: &[Promise] = &[Promise {
    name: "p18_no_reply_can_crash_or_hang_it",
    says: "no reply, setting or key crashes or hangs it",
    proof,
}];

/// A reader, its share of the executions in percent, and the shapes that are bent.
type Target = (&'static str, u64, &'static [&'static [u8]], fn(&[u8]));

const TARGETS: &[Target] = &[
    ("error bodies", 20, ERRORS, errors),
    ("write outcomes", 15, OUTCOMES, outcomes),
    ("query pages", 15, QUERIES, queries),
    ("describes", 15, DESCRIBES, describes),
    ("layouts and pages", 10, PAGES, pages),
    ("identity and versions", 10, IDENTITIES, identities),
    ("config files", 5, CONFIGS, configs),
    ("keys", 10, &[b"jjgg:q"], keys),
];

fn proof(tier: Tier) -> Cost {
    let count = tier.of(20_000, 10_000_000);
    std::panic::set_hook(Box::new(|_| {}));
    std::thread::scope(|scope| {
        for half in 0..2 {
            scope.spawn(move || {
                let own = TARGETS.iter().skip(half).step_by(2);
                for (name, share, seeds, reader) in own {
                    fuzz::run(name, count * share / 100, seeds, reader);
                }
            });
        }
    });
    let _ = std::panic::take_hook();
    Cost::none(count).noted(format!(
        "{} readers; peak memory {} MiB",
        TARGETS.len(),
        peak()
    ))
}

/// Most memory this process ever held, in MiB; 0 where the system does not tell.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    kib.unwrap_or(0) / 1024
}

fn reply(status: u16, body: &[u8]) -> Response {
    Response {
        status,
        body: body.to_vec(),
        ..Response::default()
    }
}

/// A failure can be shown: it says something and cannot move the cursor.
fn showable(failure: &Failure) {
    let told = [
        failure.message.clone(),
        failure.advice(),
        failure.explain(None),
    ];
    assert!(!failure.message.is_empty());
    for text in told {
        let sound = |c: char| !c.is_control() || c == '\n';
        assert!(text.chars().all(sound), "{text:?}");
    }
}

const ERRORS: &[&[u8]] = &[
    br#"[{"message":"Required fields are missing: [LastName]","errorCode":"REQUIRED_FIELD_MISSING","fields":["LastName"]}]"#,
    br#"[{"duplicateResut":{"allowSave":true,"duplicateRule":"R","matchResults":[{"entityType":"Contact","matchRecords":[{"matchConfidence":100.0,"record":{"attributes":{"type":"Contact"},"Id":"003000000000001AAA","Name":"A"}}]}]},"errorCode":"DUPLICATES_DETECTED","message":"Use one of these"}]"#,
    br#"{"error":"invalid_grant","error_description":"expired access/refresh token"}"#,
    br#"{"message":"An error occurred","statusCode":400,"output":{"errors":[],"fieldErrors":{"Name":[{"errorCode":"STRING_TOO_LONG","field":"Name","message":"too long"}]}}}"#,
    b"<html><head><title>Down for Maintenance</title><script>x()</script></head><body>We are down</body></html>",
    b"[{\"errorCode\":\"MALFORMED_QUERY\",\"message\":\"\\nSELECT Id FROM\\n ^\\nERROR at Row:1:Column:8\\nunexpected token: 'FROM'\"}]",
];

fn errors(body: &[u8]) {
    let status = 400 + u16::from(body.first().copied().unwrap_or(0)) % 200;
    for purpose in [Purpose::Read, Purpose::Write] {
        showable(&error::failure(&reply(status, body), purpose));
    }
}

const OUTCOMES: &[&[u8]] = &[
    br#"{"id":"003000000000001AAA","success":true,"errors":[]}"#,
    br#"{"compositeResponse":[{"body":{"id":"003000000000001AAA","success":true,"errors":[]},"httpHeaders":{"Location":"/x"},"httpStatusCode":201,"referenceId":"s0"},{"body":[{"errorCode":"PROCESSING_HALTED","message":"The transaction was rolled back"}],"httpHeaders":{},"httpStatusCode":400,"referenceId":"s1"}]}"#,
    br#"[{"id":"003000000000001AAA","success":true,"errors":[]},{"success":false,"errors":[{"statusCode":"UNABLE_TO_LOCK_ROW","message":"busy","fields":[]}]}]"#,
    b"",
];

fn outcomes(body: &[u8]) {
    for steps in 1..=2 {
        let create = || WriteStep::Create {
            object: "Contact".to_owned(),
            fields: Fields::new(),
        };
        let write = Write {
            summary: String::new(),
            steps: (0..steps).map(|_| create()).collect(),
            allow_duplicates: false,
        };
        match write::outcome(&write, &reply(200, body)) {
            Ok(ids) => assert_eq!(ids.len(), steps),
            Err(failure) => showable(&failure),
        }
    }
}

const QUERIES: &[&[u8]] = &[
    br#"{"totalSize":2,"done":false,"nextRecordsUrl":"/services/data/v59.0/query/01g-2000","records":[{"attributes":{"type":"Contact","url":"/x"},"Id":"003000000000001AAA","Account":{"attributes":{"type":"Account"},"Name":"A"},"Tasks":null},{"attributes":{"type":"AggregateResult"},"expr0":1.5e3}]}"#,
    br#"{"searchRecords":[{"attributes":{"type":"Account","url":"/x"},"Id":"001000000000001AAA","Name":"A"}]}"#,
];

fn queries(body: &[u8]) {
    let failures = [query::read_rows(body).err(), query::read_found(body).err()];
    failures.iter().flatten().for_each(showable);
    if let Err(failure) = row::read_record(body) {
        showable(&failure);
    }
}

const DESCRIBES: &[&[u8]] = &[
    br#"{"name":"Contact","label":"Contact","labelPlural":"Contacts","keyPrefix":"003","createable":true,"updateable":true,"deletable":true,"queryable":true,"searchable":true,"fields":[{"name":"Level__c","label":"Level","type":"picklist","length":255,"nillable":true,"createable":true,"updateable":true,"restrictedPicklist":true,"dependentPicklist":true,"controllerName":"Region__c","picklistValues":[{"active":true,"defaultValue":false,"label":"Primary","validFor":"gAAA","value":"P"}],"referenceTo":[]},{"name":"AccountId","label":"Account ID","type":"reference","referenceTo":["Account"],"relationshipName":"Account","precision":0,"scale":0}],"recordTypeInfos":[{"active":true,"available":true,"defaultRecordTypeMapping":true,"developerName":"Master","master":true,"name":"Master","recordTypeId":"012000000000000AAA"}],"childRelationships":[{"childSObject":"Case","field":"ContactId","relationshipName":"Cases"}]}"#,
    br#"{"encoding":"UTF-8","maxBatchSize":200,"sobjects":[{"name":"Account","label":"Account","labelPlural":"Accounts","keyPrefix":"001","createable":true,"queryable":true,"searchable":true,"updateable":true,"deletable":true,"layoutable":true}]}"#,
];

fn describes(body: &[u8]) {
    let failures = [
        describe::read_objects(body).err(),
        describe::read_schema(body).err(),
    ];
    failures.iter().flatten().for_each(showable);
}

const PAGES: &[&[u8]] = &[
    br#"{"layouts":[{"id":"00h000000000001AAA","detailLayoutSections":[{"heading":"Info","useHeading":true,"columns":2,"layoutRows":[{"layoutItems":[{"label":"Name","required":true,"editableForNew":true,"layoutComponents":[{"type":"Field","value":"Name","components":[]}]}],"numItems":1}]}],"relatedLists":[]}],"recordTypeMappings":[{"available":true,"defaultRecordTypeMapping":true,"layoutId":"00h000000000001AAA","name":"Master","recordTypeId":"012000000000000AAA","picklistsForRecordType":[]}],"recordTypeSelectorRequired":[false]}"#,
    br#"{"compositeResponse":[{"body":{"attributes":{"type":"Contact"},"Id":"003000000000001AAA","Name":"A"},"httpHeaders":{},"httpStatusCode":200,"referenceId":"record"},{"body":{"totalSize":1,"done":true,"records":[{"attributes":{"type":"Task"},"Id":"00T000000000001AAA","Subject":"x","ActivityDate":"2026-11-22"}]},"httpHeaders":{},"httpStatusCode":200,"referenceId":"tasks"}]}"#,
];

fn pages(body: &[u8]) {
    assert!(!layout::read_layouts(body, &ObjectSchema::default()).is_empty());
    if let Err(failure) = page::page(body, &ObjectForm::default()) {
        showable(&failure);
    }
}

const IDENTITIES: &[&[u8]] = &[
    br#"{"sub":"https://login.salesforce.com/id/00D000000000001EAA/005000000000001AAA","user_id":"005000000000001AAA","organization_id":"00D000000000001EAA","preferred_username":"kim@demo.example","name":"Kim","zoneinfo":"Europe/Berlin","utcOffset":3600000}"#,
    br#"[{"label":"Spring '26","url":"/services/data/v66.0","version":"66.0"}]"#,
];

fn identities(body: &[u8]) {
    let failures = [
        identity::read_userinfo(body).err(),
        version::read_versions(body).err(),
    ];
    failures.iter().flatten().for_each(showable);
}

const CONFIGS: &[&[u8]] = &[
    include_bytes!("../../config.example.toml"),
    b"[search]\nobjects = [\"Account\"]\n[screen]\nglyphs = \"ascii\"\n",
];

fn configs(body: &[u8]) {
    let text = String::from_utf8_lossy(body);
    let loaded = config::parse(&text, Path::new("config.toml"));
    for warning in loaded.warnings {
        assert!(!warning.to_string().is_empty());
    }
}

/// Keys a terminal may send, whatever it was asked: in every place, after every prefix.
fn keys(bytes: &[u8]) {
    let mut random = Random::new(
        bytes
            .iter()
            .fold(7, |sum, byte| sum * 31 % 65_521 + u64::from(*byte)),
    );
    let mut pending: Vec<String> = Vec::new();
    for byte in bytes.iter().take(64) {
        let code = match random.below(4) {
            0 => KeyCode::F(*byte),
            1 => {
                char::from_u32(random.any() as u32 % 0x11_0000).map_or(KeyCode::Null, KeyCode::Char)
            }
            2 => *random.one(&[
                &KeyCode::Esc,
                &KeyCode::Enter,
                &KeyCode::Tab,
                &KeyCode::Backspace,
            ]),
            _ => KeyCode::Char(char::from(*byte)),
        };
        let key = KeyEvent::new(code, KeyModifiers::from_bits_truncate(*byte));
        let contexts = [
            Context::ALL[random.below(Context::ALL.len())],
            Context::Everywhere,
        ];
        let name = keymap::key_name(key);
        let _ = keymap::resolve(&contexts, &pending, key, byte % 2 == 0);
        let _ = (keymap::shown(&name), keymap::types_text(key));
        let _ = keymap::continuations(&contexts, &pending);
        if random.below(3) == 0 {
            pending.clear();
        } else {
            pending.push(name);
        }
    }
}
