//! What goes before what, who sends, and files of an earlier release.

use super::*;

fn id(text: &str) -> RecordId {
    text.parse().unwrap()
}

#[test]
fn writes_to_one_record_go_in_their_order_whatever_process_sends_them() {
    let (dir, outbox) = open();
    let other = Outbox::open(dir.path()).unwrap();
    let (one, two) = (id("003000000000001"), id("003000000000002"));
    let first = outbox.insert(DEMO, &update(one), None).unwrap().id;
    let second = other.insert(DEMO, &update(one), None).unwrap().id;
    let elsewhere = other.insert(DEMO, &update(two), None).unwrap().id;
    let refused = other.begin(second, DEMO).unwrap_err();
    assert_eq!(refused.code, EARLIER);
    assert!(refused.message.contains("write 1"), "{refused}");
    other.begin(elsewhere, DEMO).unwrap();
    outbox.begin(first, DEMO).unwrap();
    assert_eq!(other.begin(second, DEMO).unwrap_err().code, EARLIER);
    let lost = Failure::outcome_unknown("lost");
    outbox.settle(first, &Settled::Unknown(lost)).unwrap();
    assert_eq!(other.begin(second, DEMO).unwrap_err().code, EARLIER);
    outbox.begin_from(first, OpState::Unknown, DEMO).unwrap();
    outbox.settle(first, &Settled::Done(vec![one])).unwrap();
    other.begin(second, DEMO).unwrap();
}

#[test]
fn a_refused_write_does_not_hold_up_its_record() {
    let (_dir, outbox) = open();
    let one = id("003000000000001");
    let first = outbox.insert(DEMO, &update(one), None).unwrap().id;
    let second = outbox.insert(DEMO, &update(one), None).unwrap().id;
    outbox.begin(first, DEMO).unwrap();
    outbox.settle(first, &Settled::Failed(refusal())).unwrap();
    outbox.begin(second, DEMO).unwrap();
}

#[test]
fn a_child_waits_for_its_parent_and_takes_its_id() {
    let (_dir, outbox) = open();
    let parent = outbox.insert(DEMO, &write("parent"), None).unwrap();
    let child = outbox.insert(DEMO, &child_of(parent.id), None).unwrap();
    assert_eq!(child.state, OpState::Blocked);
    assert!(outbox.begin(child.id, DEMO).is_err());
    let told = outbox.release("demo").unwrap().remove(0);
    assert_eq!(told.state, OpState::Blocked);
    assert_eq!(told.failure.unwrap().message, "it goes after write 1");
    assert_eq!(outbox.release("demo").unwrap(), [], "said once");
    outbox.begin(parent.id, DEMO).unwrap();
    let refused = Settled::Failed(refusal());
    outbox.settle(parent.id, &refused).unwrap();
    let told = outbox.release("demo").unwrap().remove(0);
    assert!(told.failure.unwrap().message.contains("refused"));
    outbox.begin_from(parent.id, OpState::Failed, DEMO).unwrap();
    let made = id("00T000000000001");
    outbox
        .settle(parent.id, &Settled::Done(vec![made]))
        .unwrap();
    assert_eq!(outbox.release("elsewhere").unwrap(), []);
    let free = outbox.release("demo").unwrap().remove(0);
    assert_eq!((free.state, free.failure.as_ref()), (OpState::Queued, None));
    let WriteStep::Create { fields, .. } = &free.write.steps[0] else {
        panic!()
    };
    assert_eq!(fields["WhatId"], json!(made.as_str()));
    outbox.begin(child.id, DEMO).unwrap();
}

#[test]
fn pending_is_what_may_still_reach_the_org_oldest_first() {
    let (_dir, outbox) = open();
    for state in OpState::ALL {
        in_state(&outbox, state);
    }
    let found = outbox.pending("demo").unwrap();
    let numbers: Vec<i64> = found.iter().map(|op| op.number).collect();
    assert!(numbers.is_sorted());
    assert!(found.iter().all(|op| op.state.is_pending()));
    let pending = OpState::ALL.iter().filter(|state| state.is_pending());
    assert_eq!(found.len(), pending.count());
    assert_eq!(outbox.pending("prod").unwrap(), []);
}

#[test]
fn a_pause_holds_for_every_process_and_only_its_connection() {
    use crate::domain::write::{Pause, PauseReason};
    let (dir, outbox) = open();
    let pause = Pause {
        reason: PauseReason::Limit,
        since: Timestamp::UNIX_EPOCH,
        until: Some(Timestamp::MAX),
        failure: Some(refusal()),
    };
    outbox.set_pause("demo", Some(&pause)).unwrap();
    let other = Outbox::open(dir.path()).unwrap();
    assert_eq!(other.pause("demo").unwrap(), Some(pause));
    assert_eq!(other.pause("prod").unwrap(), None);
    other.set_pause("demo", None).unwrap();
    assert_eq!(outbox.pause("demo").unwrap(), None);
}

#[test]
fn one_sends_for_a_connection_and_the_next_takes_over() {
    let (dir, outbox) = open();
    let other = Outbox::open(dir.path()).unwrap();
    let right = outbox.try_sender("demo").unwrap();
    assert!(right.is_some());
    assert!(other.try_sender("demo").unwrap().is_none());
    assert!(other.try_sender("a/../b").unwrap().is_some());
    let waiting = other.waiting_sender("demo");
    let waiter = std::thread::spawn(move || waiting().is_ok());
    drop(right);
    assert!(waiter.join().unwrap());
    assert!(outbox.try_sender("demo").unwrap().is_some());
}

/// The first layout, as its release made it.
const FIRST: &str = "
    CREATE TABLE ops (number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
        connection TEXT NOT NULL, org_id TEXT NOT NULL, write TEXT NOT NULL,
        state TEXT NOT NULL, attempts INTEGER NOT NULL, failure TEXT NOT NULL,
        ids TEXT NOT NULL, owner TEXT NOT NULL, created TEXT NOT NULL,
        changed TEXT NOT NULL, checksum TEXT NOT NULL) STRICT;
    CREATE TABLE history (op TEXT NOT NULL, at TEXT NOT NULL, state TEXT NOT NULL,
        note TEXT NOT NULL) STRICT;
    CREATE INDEX history_of ON history (op);
    CREATE TABLE drafts (connection TEXT NOT NULL, key TEXT NOT NULL, draft TEXT NOT NULL,
        saved TEXT NOT NULL, PRIMARY KEY (connection, key)) STRICT;
    INSERT INTO drafts VALUES ('demo', 'a', 'kept', 'then');
    PRAGMA application_id = 1936095092; PRAGMA user_version = 1;";

/// A row with the checksum its release wrote.
const FIRST_ROW: [&str; 12] = [
    "01900000-0000-7000-8000-000000000001",
    "demo",
    "00D000000000001AAA",
    r#"{"summary":"call 'old'","steps":[{"do":"create","object":"Task","fields":{"Subject":"old"}}],"allow_duplicates":false}"#,
    "queued",
    "0",
    "",
    "[]",
    "",
    "2026-11-22T03:00:00Z",
    "2026-11-22T03:00:00Z",
    "1e63280c2e5fff78",
];

#[test]
fn rows_of_the_first_layout_are_kept_and_can_be_sent() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("outbox.db");
    let sql = Connection::open(&path).unwrap();
    sql.execute_batch(FIRST).unwrap();
    let insert = "INSERT INTO ops VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
    sql.execute(insert, rusqlite::params_from_iter(FIRST_ROW))
        .unwrap();
    drop(sql);
    let outbox = Outbox::open(dir.path()).unwrap();
    let version: i64 = outbox
        .sql
        .query_row("PRAGMA user_version", [], |row| row.get(0))
        .unwrap();
    assert_eq!(version, 2);
    let op = outbox.pending("demo").unwrap().remove(0);
    assert_eq!((op.number, op.state), (1, OpState::Queued));
    assert_eq!(op.write, write("old"));
    assert_eq!(op.delivery, Delivery::default());
    outbox.begin(op.id, DEMO).unwrap();
    outbox.settle(op.id, &Settled::Done(vec![])).unwrap();
    assert_eq!(outbox.load(op.id).unwrap().state, OpState::Done);
    let drafts: i64 = outbox
        .sql
        .query_row("SELECT count(*) FROM drafts", [], |row| row.get(0))
        .unwrap();
    assert_eq!(drafts, 1);
}
