use serde_json::json;

use super::*;
use crate::app::testkit::page::{call_op, create, now, op, timeline};
use crate::app::testkit::{LENA, id};

const READ: &str = "2026-11-22T12:00:00Z";
const BEFORE: &str = "2026-11-22T11:59:00Z";
const AFTER: &str = "2026-11-22T12:00:05Z";

fn merged(timeline: &Timeline, ops: &[Op]) -> Vec<Entry> {
    let now = now();
    merge(&Sources {
        record: id(LENA),
        read: Some((timeline, READ.parse().expect("a moment"))),
        ops,
        first_status: Some("Not Started"),
        now: &now,
    })
}

/// Mark and subject of each entry.
fn told(entries: &[Entry]) -> Vec<String> {
    let mark = |entry: &Entry| match entry.mark {
        Mark::Waiting(state) => format!("~{state:?}"),
        Mark::Open => "o".to_owned(),
        Mark::Overdue => "!".to_owned(),
        Mark::Past => "-".to_owned(),
    };
    let lines = entries.iter();
    lines
        .map(|it| format!("{} {}", mark(it), it.activity.link.name))
        .collect()
}

const ORGS: [&str; 5] = [
    "! Call back",
    "o Send SOC2",
    "- Pricing talk",
    "- Proposal v2",
    "- Short mails",
];

#[test]
fn a_write_stands_as_what_it_is_in_every_state() {
    let cases = [
        (OpState::Queued, Some((0, "~Queued Left voicemail"))),
        (OpState::Sending, Some((0, "~Sending Left voicemail"))),
        (OpState::Unknown, Some((0, "~Unknown Left voicemail"))),
        (OpState::Done, Some((2, "- Left voicemail"))),
        (OpState::Failed, None),
        (OpState::Cancelled, None),
    ];
    for (state, expected) in cases {
        let lines = told(&merged(&timeline(), &[call_op(7, state, AFTER)]));
        let mut with: Vec<&str> = ORGS.to_vec();
        if let Some((at, line)) = expected {
            with.insert(at, line);
        }
        assert_eq!(lines, with, "{state:?}");
    }
}

#[test]
fn a_refresh_that_brings_the_entry_does_not_double_it() {
    let done = call_op(7, OpState::Done, AFTER);
    let mut fresh = timeline();
    fresh.past.insert(0, {
        let mut call = fresh.past[0].clone();
        call.link.id = done.ids[0];
        call.link.name = "Left voicemail".to_owned();
        call
    });
    let lines = told(&merged(&fresh, &[done]));
    assert_eq!(
        lines.iter().filter(|it| it.contains("voicemail")).count(),
        1
    );
}

#[test]
fn what_was_done_before_the_reading_is_the_orgs_to_tell() {
    let lines = told(&merged(&timeline(), &[call_op(7, OpState::Done, BEFORE)]));
    assert_eq!(lines, ORGS, "it may have been deleted in the org since");
}

#[test]
fn a_call_with_a_follow_up_stands_as_both() {
    let follow_up = create(
        "Task",
        json!({"Subject": "Call again", "ActivityDate": "2026-11-24", "WhoId": LENA}),
    );
    let mut done = call_op(7, OpState::Done, AFTER);
    done.write.steps.push(follow_up);
    done.ids.push(id("00T000000000099"));
    let lines = told(&merged(&timeline(), &[done]));
    assert_eq!(
        lines[1..4],
        ["o Send SOC2", "o Call again", "- Left voicemail"]
    );
}

#[test]
fn a_note_linked_in_the_same_write_is_a_note_and_its_link_is_nothing() {
    let steps = vec![
        create(
            "ContentNote",
            json!({"Title": "Talks short", "Content": "PHA+"}),
        ),
        create(
            "ContentDocumentLink",
            json!({"ContentDocumentId": "@{0.id}", "LinkedEntityId": LENA}),
        ),
    ];
    let entries = merged(&timeline(), &[op(7, OpState::Done, AFTER, steps)]);
    assert_eq!(told(&entries)[2], "- Talks short");
    assert_eq!(entries.len(), ORGS.len() + 1);
    assert_eq!(entries[2].activity.kind, ActivityKind::Note);
}

#[test]
fn a_meeting_ahead_is_open_and_one_behind_is_past() {
    let cases = [
        ("2026-11-22T15:00:00.000+0000", "o Kick-off"),
        ("2026-11-22T09:00:00.000+0000", "- Kick-off"),
    ];
    for (start, expected) in cases {
        let meeting = create(
            "Event",
            json!({"Subject": "Kick-off", "StartDateTime": start, "WhoId": LENA}),
        );
        let lines = told(&merged(
            &timeline(),
            &[op(7, OpState::Done, AFTER, vec![meeting])],
        ));
        assert!(lines.contains(&expected.to_owned()), "{lines:?}");
    }
}

#[test]
fn a_task_with_the_first_status_is_open_and_one_without_a_day_comes_last() {
    let task = create(
        "Task",
        json!({"Subject": "Some day", "Status": "Not Started", "WhoId": LENA}),
    );
    let lines = told(&merged(
        &timeline(),
        &[op(7, OpState::Done, AFTER, vec![task])],
    ));
    assert_eq!(lines[2], "o Some day");
}

#[test]
fn writes_about_other_records_and_other_objects_stay_out() {
    let steps = [
        create(
            "Task",
            json!({"Subject": "Other", "WhoId": "003000000000009AAA"}),
        ),
        create("Case", json!({"Subject": "A case", "ContactId": LENA})),
    ];
    for step in steps {
        let lines = told(&merged(
            &timeline(),
            &[op(7, OpState::Done, AFTER, vec![step])],
        ));
        assert_eq!(lines, ORGS);
    }
}

#[test]
fn an_activity_deleted_by_a_write_leaves_unless_the_delete_failed() {
    for (state, stays) in [(OpState::Done, false), (OpState::Failed, true)] {
        let delete = WriteStep::Delete {
            object: "Task".to_owned(),
            id: id("00T000000000003"),
        };
        let lines = told(&merged(&timeline(), &[op(7, state, AFTER, vec![delete])]));
        assert_eq!(lines.contains(&"- Pricing talk".to_owned()), stays);
    }
}

#[test]
fn before_the_record_is_read_only_writes_are_told() {
    let now = now();
    let entries = merge(&Sources {
        record: id(LENA),
        read: None,
        ops: &[call_op(7, OpState::Queued, AFTER)],
        first_status: None,
        now: &now,
    });
    assert_eq!(told(&entries), ["~Queued Left voicemail"]);
}
