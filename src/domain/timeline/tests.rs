use serde_json::{Value, json};

use super::super::testkit::{ACME, LENA, id, now, record};
use super::*;

fn task(number: u32, fields: Value) -> Record {
    record("Task", &format!("00T{number:012}"), fields)
}

fn event(number: u32, fields: Value) -> Record {
    record("Event", &format!("00U{number:012}"), fields)
}

fn built(tasks: &[Record], events: &[Record], notes: &[Record]) -> Timeline {
    build(&id(LENA), tasks, events, notes, &now())
}

fn names(rows: &[Activity]) -> Vec<&str> {
    rows.iter().map(|row| row.link.name.as_str()).collect()
}

#[test]
fn open_is_overdue_first_and_past_is_newest_first() {
    let tasks = [
        task(1, json!({"Subject": "no day", "IsClosed": false})),
        task(
            2,
            json!({"Subject": "next week", "IsClosed": false, "ActivityDate": "2026-11-29"}),
        ),
        task(
            3,
            json!({"Subject": "overdue", "IsClosed": false, "ActivityDate": "2026-11-01"}),
        ),
        task(
            4,
            json!({"Subject": "old call", "IsClosed": true, "ActivityDate": "2026-10-02", "TaskSubtype": "Call"}),
        ),
        task(
            5,
            json!({"Subject": "late", "IsClosed": true, "ActivityDate": "2026-11-12", "CompletedDateTime": "2026-11-12T15:00:00.000+0000"}),
        ),
        task(
            6,
            json!({"Subject": "early", "IsClosed": true, "ActivityDate": "2026-11-12", "CompletedDateTime": "2026-11-12T09:00:00.000+0000"}),
        ),
    ];
    let events = [
        event(
            1,
            json!({"Subject": "tomorrow", "StartDateTime": "2026-11-23T09:00:00.000+0000"}),
        ),
        event(
            2,
            json!({"Subject": "kick-off", "StartDateTime": "2026-10-21T09:00:00.000+0000"}),
        ),
    ];
    let timeline = built(&tasks, &events, &[]);
    assert_eq!(
        names(&timeline.open),
        ["overdue", "tomorrow", "next week", "no day"]
    );
    assert_eq!(
        names(&timeline.past),
        ["late", "early", "kick-off", "old call"]
    );
    assert_eq!(timeline.past[3].kind, ActivityKind::Call);
}

#[test]
fn days_are_the_users_and_whole_days_do_not_shift() {
    // 23:30 UTC in July is already the next day in London.
    let events = [
        event(
            1,
            json!({"Subject": "late", "StartDateTime": "2026-07-01T23:30:00.000+0000"}),
        ),
        event(
            2,
            json!({"Subject": "whole", "IsAllDayEvent": true, "ActivityDate": "2026-07-01",
            "StartDateTime": "2026-07-01T00:00:00.000+0000"}),
        ),
    ];
    let new_york = now().with_time_zone(jiff::tz::TimeZone::get("America/New_York").unwrap());
    let day = |timeline: &Timeline, name: &str| {
        let row = timeline.past.iter().find(|row| row.link.name == name);
        row.and_then(|row| row.day).map(|day| day.to_string())
    };
    let london = built(&[], &events, &[]);
    assert_eq!(day(&london, "late").as_deref(), Some("2026-07-02"));
    let west = build(&id(LENA), &[], &events, &[], &new_york);
    assert_eq!(day(&west, "late").as_deref(), Some("2026-07-01"));
    assert_eq!(day(&west, "whole").as_deref(), Some("2026-07-01"));
}

#[test]
fn a_meeting_under_way_is_still_open() {
    let events = [
        event(
            1,
            json!({"Subject": "running", "StartDateTime": "2026-11-22T11:30:00.000+0000", "EndDateTime": "2026-11-22T12:30:00.000+0000"}),
        ),
        event(
            2,
            json!({"Subject": "over", "StartDateTime": "2026-11-22T11:00:00.000+0000", "EndDateTime": "2026-11-22T12:00:00.000+0000"}),
        ),
        event(
            3,
            json!({"Subject": "today", "IsAllDayEvent": true, "ActivityDate": "2026-11-22"}),
        ),
    ];
    let timeline = built(&[], &events, &[]);
    assert_eq!(names(&timeline.open), ["today", "running"]);
    assert_eq!(names(&timeline.past), ["over"]);
}

#[test]
fn it_names_the_others_but_not_the_open_record() {
    let tasks = [task(
        1,
        json!({
            "Subject": "x", "IsClosed": true, "WhoId": LENA, "Who": {"Name": "Lena Ortiz"},
            "WhatId": ACME, "What": {"Name": "Acme"}, "Owner": {"Name": "Kim"}
        }),
    )];
    assert_eq!(
        built(&tasks, &[], &[]).past[0].with.as_deref(),
        Some("Acme")
    );
    let on_account = build(&id(ACME), &tasks, &[], &[], &now());
    assert_eq!(on_account.past[0].with.as_deref(), Some("Lena Ortiz"));
    assert_eq!(on_account.past[0].owner.as_deref(), Some("Kim"));
}

#[test]
fn notes_come_as_links_or_rows_and_files_stay_out() {
    let stamp = "2026-10-02T10:00:00.000+0000";
    let shared = |kind: &str, number: u32| {
        record(
            "ContentDocumentLink",
            &format!("06A{number:012}"),
            json!({
                "ContentDocumentId": format!("069{number:012}"),
                "ContentDocument": {"Title": "Short mails", "FileType": kind, "LastModifiedDate": stamp}
            }),
        )
    };
    let old = record(
        "Note",
        "002000000000001",
        json!({"Title": "Old", "Body": "a\n\n b\nc\nd", "LastModifiedDate": "2025-01-01T10:00:00.000+0000"}),
    );
    let timeline = built(&[], &[], &[shared("SNOTE", 1), shared("PDF", 2), old]);
    assert_eq!(names(&timeline.past), ["Short mails", "Old"]);
    assert_eq!(timeline.past[0].link.object, "ContentNote");
    assert_eq!(timeline.past[0].link.id.prefix(), "069");
    assert_eq!(timeline.past[1].text, "a\nb\nc");
}

#[test]
fn hostile_text_is_safe_in_the_list() {
    let tasks = [task(
        1,
        json!({"Subject": "a\u{1b}[2J", "Description": "b\u{202e}\nc\u{7}", "IsClosed": true}),
    )];
    let row = &built(&tasks, &[], &[]).past[0];
    assert_eq!(row.link.name, "a␛[2J");
    assert_eq!(row.text, "b·\nc␇");
}
