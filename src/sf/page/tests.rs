//! What is asked for, and pages with parts missing.

use serde_json::json;

use super::*;
use crate::domain::failure::FailureKind;
use crate::domain::schema::{
    ChildRelationship, Field, FieldType, MASTER_RECORD_TYPE, PageLayout, RelatedList,
};

fn child(object: &str, field: &str, relationship: Option<&str>) -> ChildRelationship {
    ChildRelationship {
        object: object.to_owned(),
        field: field.to_owned(),
        relationship: relationship.map(str::to_owned),
    }
}

fn list(object: &str, relationship: &str, columns: &[&str]) -> RelatedList {
    RelatedList {
        label: relationship.to_owned(),
        relationship: relationship.to_owned(),
        object: object.to_owned(),
        field: None,
        columns: columns
            .iter()
            .map(|path| ((*path).to_owned(), (*path).to_owned()))
            .collect(),
    }
}

fn account() -> ObjectForm {
    let mut form = ObjectForm::default();
    form.schema.summary.api_name = "Account".to_owned();
    form.schema.fields = vec![Field {
        api_name: "Name".to_owned(),
        kind: FieldType::String,
        ..Field::default()
    }];
    form.schema.children = vec![
        child("Task", "WhatId", Some("Tasks")),
        child("Task", "AccountId", None),
        child("Event", "WhatId", Some("Events")),
        child(
            "ContentDocumentLink",
            "LinkedEntityId",
            Some("ContentDocumentLinks"),
        ),
        child("Note", "ParentId", Some("Notes")),
        child("Contact", "AccountId", Some("Contacts")),
        child("OpenActivity", "AccountId", Some("OpenActivities")),
    ];
    let related = vec![
        list(
            "Contact",
            "Contacts",
            &["Name", "Title", "name", "Owner.Name"],
        ),
        list("OpenActivity", "OpenActivities", &["Subject"]),
        list("Secret__c", "Secrets__r", &["Name"]),
    ];
    let layout = PageLayout {
        related,
        ..PageLayout::default()
    };
    form.layouts
        .insert(MASTER_RECORD_TYPE.to_owned(), layout.clone());
    form.layouts.insert("012dM0000004HVOQA2".to_owned(), layout);
    form
}

fn id() -> RecordId {
    "001dM00003kS2ndQAC".parse().unwrap()
}

/// The queries of a page request by part.
fn queries(form: &ObjectForm) -> Vec<(String, String)> {
    let body = page_request(id(), form, ApiVersion(66)).body.unwrap();
    let parts = body["compositeRequest"].as_array().unwrap().clone();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    parts
        .iter()
        .map(|part| {
            let url = text(&part["url"]);
            let query = url.strip_prefix("/services/data/v66.0/query?q=").unwrap();
            let soql = percent_encoding::percent_decode_str(query)
                .decode_utf8()
                .unwrap()
                .into_owned();
            (text(&part["referenceId"]), soql)
        })
        .collect()
}

#[test]
fn a_page_is_one_request_of_at_most_five_queries() {
    let queries = queries(&account());
    let names: Vec<_> = queries.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["record", "tasks", "events", "notes", "related"]);
    let soql = |name: &str| &queries.iter().find(|(known, _)| known == name).unwrap().1;
    assert!(
        soql("tasks").contains("WHERE AccountId = '001dM00003kS2ndQAC'"),
        "{}",
        soql("tasks")
    );
    assert!(
        soql("events").contains("WHERE WhatId = '001dM00003kS2ndQAC' AND IsChild = false"),
        "{}",
        soql("events")
    );
    assert!(
        soql("notes").contains("LinkedEntityId = '001dM00003kS2ndQAC'"),
        "{}",
        soql("notes")
    );
    let related = soql("related");
    assert!(
        related.contains("(SELECT Id,Name,Title,Owner.Name FROM Contacts LIMIT 20)"),
        "{related}"
    );
    assert!(related.contains("FROM Notes"), "{related}");
    assert!(
        !related.contains("OpenActivities") && !related.contains("Secrets__r"),
        "{related}"
    );
    let request = page_request(id(), &account(), ApiVersion(66));
    assert_eq!(
        (request.purpose, &request.body.unwrap()["allOrNone"]),
        (Purpose::Read, &Value::Bool(false))
    );
}

#[test]
fn objects_without_activities_ask_for_the_record_alone() {
    let mut form = account();
    form.schema.children = vec![child("Task", "RecurrenceActivityId", None)];
    let names: Vec<_> = queries(&form).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["record"]);
}

fn reply(parts: Vec<(&str, u16, Value)>) -> Vec<u8> {
    let parts: Vec<Value> = parts
        .into_iter()
        .map(|(name, status, body)| json!({"referenceId": name, "httpStatusCode": status, "body": body}))
        .collect();
    json!({ "compositeResponse": parts })
        .to_string()
        .into_bytes()
}

fn rows(records: Value) -> Value {
    json!({"totalSize": records.as_array().unwrap().len(), "done": true, "records": records})
}

fn acme() -> Value {
    rows(
        json!([{"attributes": {"type": "Account"}, "Id": "001dM00003kS2ndQAC", "Name": "Acme", "Owner": {"Name": "Kim"}}]),
    )
}

#[test]
fn a_page_survives_parts_the_org_does_not_have() {
    let refused = json!([{"errorCode": "INVALID_TYPE", "message": "sObject type 'ContentDocumentLink' is not supported."}]);
    let related = rows(json!([{"Id": "001dM00003kS2ndQAC",
        "Contacts": {"totalSize": 31, "done": true, "records": [{"attributes": {"type": "Contact"}, "Id": "003dM00001wBXYDQA4", "Name": "Lena"}]},
        "Notes": rows(json!([{"attributes": {"type": "Note"}, "Id": "002dM00001wBXYDQA4", "Title": "Old"}]))}]));
    let task =
        json!({"attributes": {"type": "Task"}, "Id": "00TdM00001wBXYDQA4", "Subject": "Call"});
    let body = reply(vec![
        ("record", 200, acme()),
        ("tasks", 200, rows(json!([task]))),
        ("notes", 400, refused),
        ("related", 200, related),
    ]);
    let page = page(&body, &account()).unwrap();
    assert_eq!(page.record.text("Owner.Name"), Some("Kim"));
    assert_eq!((page.tasks.len(), page.events.len()), (1, 0));
    assert_eq!(page.notes[0].object, "Note");
    assert_eq!(page.missing[0].0, "notes");
    assert_eq!(page.missing[0].1.code, "INVALID_TYPE");
    let contacts = &page.related[0];
    assert_eq!(
        (contacts.total, contacts.rows.len(), contacts.more),
        (31, 1, true)
    );
    assert_eq!(contacts.rows[0].object, "Contact");
    assert!(!page.more_activity);
}

#[test]
fn empty_lists_are_shown_as_empty() {
    let body = reply(vec![
        ("record", 200, acme()),
        (
            "related",
            200,
            rows(json!([{"Id": "x", "Contacts": null, "Notes": null}])),
        ),
    ]);
    let page = page(&body, &account()).unwrap();
    assert_eq!((page.related[0].total, page.related[0].more), (0, false));
}

#[test]
fn without_its_record_a_page_is_a_failure() {
    let cases = [
        (
            reply(vec![("record", 200, rows(json!([])))]),
            FailureKind::NotFound,
        ),
        (
            reply(vec![(
                "record",
                400,
                json!([{"errorCode": "INVALID_FIELD", "message": "No such column 'x'"}]),
            )]),
            FailureKind::InvalidField,
        ),
        (reply(vec![]), FailureKind::BadReply),
        (b"<html>".to_vec(), FailureKind::BadReply),
        (b"[]".to_vec(), FailureKind::BadReply),
    ];
    for (body, kind) in cases {
        assert_eq!(
            page(&body, &account()).unwrap_err().kind,
            kind,
            "{}",
            String::from_utf8_lossy(&body)
        );
    }
}
