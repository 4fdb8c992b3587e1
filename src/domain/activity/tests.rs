use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::civil::{date, time};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::schema::FieldType;
use super::super::testkit::{
    ACME, LENA, field, link, list_field, now, reference_field, schema, text_field,
};
use super::super::write::WriteStep;
use super::*;

const LEAD: &str = "00Q000000000001EAA";

fn rules() -> ActivityRules {
    let shared = || {
        vec![
            text_field("Subject", 255),
            reference_field("WhoId", "Who", &["Contact", "Lead"]),
            reference_field("WhatId", "What", &["Account", "Opportunity"]),
            Field {
                length: 32_000,
                ..field("Description", FieldType::TextArea)
            },
        ]
    };
    let mut task = shared();
    task.extend([
        field("ActivityDate", FieldType::Date),
        list_field("Status", FieldType::Picklist, &["Not Started", "Erledigt"]),
        list_field("TaskSubtype", FieldType::Picklist, &["Task", "Call"]),
        list_field("CallType", FieldType::Picklist, &["Inbound", "Outbound"]),
        field("CallDurationInSeconds", FieldType::Int),
        text_field("CallDisposition", 255),
    ]);
    let mut event = shared();
    event.extend([
        field("StartDateTime", FieldType::DateTime),
        field("DurationInMinutes", FieldType::Int),
    ]);
    ActivityRules {
        task: schema("Task", "00T", task),
        event: Some(schema("Event", "00U", event)),
        closed_status: "Erledigt".to_owned(),
        notes: NoteObject::ContentNote,
    }
}

fn on_lena(kind: LogKind) -> LogEntry {
    LogEntry::new(kind, &link("Contact", LENA, "Lena Ortiz"), &now())
}

/// Objects and fields of the rows a log becomes.
fn rows(entry: &LogEntry, rules: &ActivityRules) -> Vec<(String, Value)> {
    let write = to_write(entry, rules, &now()).unwrap();
    write
        .steps
        .into_iter()
        .map(|step| match step {
            WriteStep::Create { object, fields } => (object, Value::Object(fields)),
            other => panic!("{other:?}"),
        })
        .collect()
}

fn problem_fields(entry: &LogEntry, rules: &ActivityRules) -> Vec<String> {
    let problems = to_write(entry, rules, &now()).unwrap_err();
    problems.into_iter().map(|problem| problem.field).collect()
}

#[test]
fn a_call_is_a_done_task_with_the_orgs_own_closed_status() {
    let mut call = on_lena(LogKind::Call);
    call.what = Some(link("Account", ACME, "Acme Holdings plc"));
    call.subject = "Left voicemail".to_owned();
    call.body = "Call back Thursday".to_owned();
    call.result = "Voicemail".to_owned();
    call.minutes = Some(5);
    let want = json!({
        "Subject": "Left voicemail", "ActivityDate": "2026-11-22",
        "Description": "Call back Thursday", "WhoId": LENA, "WhatId": ACME,
        "TaskSubtype": "Call", "CallType": "Outbound", "Status": "Erledigt",
        "CallDisposition": "Voicemail", "CallDurationInSeconds": 300
    });
    assert_eq!(rows(&call, &rules()), [("Task".to_owned(), want)]);
    assert_eq!(call.summary(), "call 'Left voicemail' on Lena Ortiz");
    assert_eq!(dropped(&call, &rules()), Vec::<String>::new());
}

#[test]
fn a_follow_up_travels_in_the_same_write() {
    let mut call = on_lena(LogKind::Call);
    call.follow_up = Some(FollowUp {
        subject: "Send SOC2".to_owned(),
        due: date(2026, 11, 27),
    });
    let rows = rows(&call, &rules());
    let want = json!({"Subject": "Send SOC2", "ActivityDate": "2026-11-27", "WhoId": LENA});
    assert_eq!(rows[1], ("Task".to_owned(), want));
    assert_eq!(rows[0].1["Subject"], "Call");
    assert_eq!(
        call.summary(),
        "call 'Call' on Lena Ortiz, then task 'Send SOC2' due 27 Nov 2026"
    );
}

#[test]
fn fields_the_org_lacks_are_left_out_and_named() {
    let mut rules = rules();
    rules
        .task
        .fields
        .retain(|field| !field.api_name.starts_with("Call"));
    for field in &mut rules.task.fields {
        if field.api_name == "TaskSubtype" {
            field.createable = false;
        }
    }
    let mut call = on_lena(LogKind::Call);
    call.result = "Voicemail".to_owned();
    call.minutes = Some(5);
    let want = json!({
        "Subject": "Call", "ActivityDate": "2026-11-22", "WhoId": LENA, "Status": "Erledigt"
    });
    assert_eq!(rows(&call, &rules), [("Task".to_owned(), want)]);
    let notices = dropped(&call, &rules);
    assert_eq!(notices.len(), 2, "{notices:?}");
    assert!(notices[0].contains("`CallDisposition`"));
}

#[test]
fn a_missing_subject_is_the_first_line_and_a_long_one_flows_over() {
    let mut call = on_lena(LogKind::Call);
    call.body = "Left voicemail\r\n\ncall back Thu".to_owned();
    let row = &rows(&call, &rules())[0].1;
    assert_eq!(row["Subject"], "Left voicemail");
    assert_eq!(row["Description"], "call back Thu");

    call.subject = format!("{} tail", "word ".repeat(51).trim_end());
    call.body = "more".to_owned();
    let row = &rows(&call, &rules())[0].1;
    let subject = row["Subject"].as_str().unwrap();
    assert!(subject.chars().count() <= 255);
    assert_eq!(row["Description"], "tail\nmore");
}

#[test]
fn a_meeting_has_a_start_in_utc_and_minutes() {
    let mut meeting = on_lena(LogKind::Meeting);
    meeting.day = Some(date(2026, 7, 1));
    meeting.time = Some(time(14, 30, 0, 0));
    meeting.minutes = Some(45);
    let want = json!({
        "Subject": "Meeting", "StartDateTime": "2026-07-01T13:30:00.000+0000",
        "DurationInMinutes": 45, "WhoId": LENA
    });
    assert_eq!(rows(&meeting, &rules()), [("Event".to_owned(), want)]);

    let now_running = on_lena(LogKind::Meeting);
    let row = &rows(&now_running, &rules())[0].1;
    assert_eq!(row["StartDateTime"], "2026-11-22T12:00:00.000+0000");
    assert_eq!(row["DurationInMinutes"], 30);
}

#[test]
fn an_open_task_leaves_status_to_the_org() {
    let mut task = on_lena(LogKind::Task);
    task.subject = "Send SOC2".to_owned();
    let want = json!({"Subject": "Send SOC2", "WhoId": LENA});
    assert_eq!(rows(&task, &rules()), [("Task".to_owned(), want)]);
}

#[test]
fn a_note_is_escaped_html_and_linked_to_its_record() {
    let mut note = on_lena(LogKind::Note);
    note.body = "Prefers <short> mails\n\n\"R&D\" asks".to_owned();
    let rows = rows(&note, &rules());
    assert_eq!(rows[0].0, "ContentNote");
    assert_eq!(rows[0].1["Title"], "Prefers <short> mails");
    let html = STANDARD
        .decode(rows[0].1["Content"].as_str().unwrap())
        .unwrap();
    assert_eq!(
        String::from_utf8(html).unwrap(),
        "<p>Prefers &lt;short&gt; mails</p><p><br></p><p>&quot;R&amp;D&quot; asks</p>"
    );
    let want = json!({
        "ContentDocumentId": "@{0.id}", "LinkedEntityId": LENA,
        "ShareType": "V", "Visibility": "AllUsers"
    });
    assert_eq!(rows[1..], [("ContentDocumentLink".to_owned(), want)]);
}

#[test]
fn a_note_with_a_follow_up_still_links_the_note_not_the_task() {
    let mut note = on_lena(LogKind::Note);
    note.what = Some(link("Account", ACME, "Acme"));
    note.body = "x".to_owned();
    note.follow_up = Some(FollowUp {
        subject: "Call".to_owned(),
        due: date(2026, 11, 27),
    });
    let objects: Vec<String> = rows(&note, &rules()).into_iter().map(|row| row.0).collect();
    assert_eq!(
        objects,
        [
            "ContentNote",
            "ContentDocumentLink",
            "ContentDocumentLink",
            "Task"
        ]
    );
}

#[test]
fn orgs_without_new_notes_take_the_old_ones_or_a_done_task() {
    let mut rules = rules();
    let mut note = on_lena(LogKind::Note);
    note.subject = "A title".to_owned();
    note.body = "A text".to_owned();
    rules.notes = NoteObject::Note;
    let want = json!({"Title": "A title", "Body": "A text", "ParentId": LENA});
    assert_eq!(self::rows(&note, &rules), [("Note".to_owned(), want)]);
    rules.notes = NoteObject::Task;
    let rows = self::rows(&note, &rules);
    assert_eq!(rows[0].0, "Task");
    assert_eq!(rows[0].1["Status"], "Erledigt");
}

#[test]
fn people_go_to_who_and_everything_else_to_what() {
    let cases = [
        ("Contact", LENA, true),
        ("Lead", LEAD, true),
        ("Account", ACME, false),
    ];
    for (object, id, is_who) in cases {
        let entry = LogEntry::new(LogKind::Call, &link(object, id, "x"), &now());
        assert_eq!(
            (entry.who.is_some(), entry.what.is_some()),
            (is_who, !is_who),
            "{object}"
        );
        assert!(entry.is_empty());
    }
}

#[test]
fn what_cannot_be_logged_is_said_before_anything_is_sent() {
    let mut with_lead = LogEntry::new(LogKind::Call, &link("Lead", LEAD, "Li"), &now());
    with_lead.what = Some(link("Account", ACME, "Acme"));
    assert_eq!(problem_fields(&with_lead, &rules()), ["what"]);

    let user = link("User", "005000000000001AAA", "Kim");
    let on_user = LogEntry::new(LogKind::Call, &user, &now());
    assert_eq!(problem_fields(&on_user, &rules()), ["what"]);

    assert_eq!(
        problem_fields(&on_lena(LogKind::Task), &rules()),
        ["subject"]
    );
    assert_eq!(problem_fields(&on_lena(LogKind::Note), &rules()), ["body"]);

    let mut skipped = on_lena(LogKind::Meeting);
    skipped.day = Some(date(2026, 3, 29));
    skipped.time = Some(time(1, 30, 0, 0));
    skipped.minutes = Some(99_999);
    assert_eq!(problem_fields(&skipped, &rules()), ["time", "minutes"]);

    let mut long = on_lena(LogKind::Call);
    long.body = format!("first\n{}", "x".repeat(32_001));
    long.result = "y".repeat(256);
    long.follow_up = Some(FollowUp {
        subject: " ".to_owned(),
        due: date(2026, 11, 27),
    });
    assert_eq!(
        problem_fields(&long, &rules()),
        ["result", "body", "follow_up"]
    );

    let mut rules = rules();
    rules.event = None;
    assert_eq!(problem_fields(&on_lena(LogKind::Meeting), &rules), ["kind"]);
    rules.task.fields[0].createable = false;
    let mut call = on_lena(LogKind::Call);
    call.follow_up = Some(FollowUp {
        subject: "Call".to_owned(),
        due: date(2026, 11, 27),
    });
    assert_eq!(problem_fields(&call, &rules), ["kind", "follow_up"]);
    let mut note = on_lena(LogKind::Note);
    note.body = "x".repeat(OLD_NOTE + 1);
    rules.notes = NoteObject::Note;
    assert_eq!(problem_fields(&note, &rules), ["body"]);
}

proptest! {
    #[test]
    fn no_word_typed_is_lost_on_the_way_to_the_org(subject in "[a-zé ]{0,600}", body in "[a-z\n ]{0,60}") {
        let mut call = on_lena(LogKind::Call);
        call.subject = subject.clone();
        call.body = body.clone();
        let row = rows(&call, &rules()).remove(0).1;
        let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
        prop_assert!(text("Subject").chars().count() <= 255);
        let letters = |text: &str| text.split_whitespace().collect::<String>();
        let typed = letters(&format!("{subject} {body}"));
        let sent = letters(&format!("{} {}", text("Subject"), text("Description")));
        prop_assert_eq!(sent, if typed.is_empty() { "Call".to_owned() } else { typed });
    }
}
