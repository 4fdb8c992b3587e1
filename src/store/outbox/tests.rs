use super::orphan::interrupted;
use super::*;
use crate::domain::draft::{DraftContent, SavedDraft};
use crate::domain::failure::FailureKind;
use crate::domain::id::RecordId;
use crate::domain::write::WriteStep;
use serde_json::{Map, json};
use std::fs;

const DEMO: Destination<'static> = Destination {
    connection: "demo",
    org_id: "00D000000000001AAA",
};

const AT: DraftAt<'static> = DraftAt {
    place: "demo",
    key: "a",
};

fn write(subject: &str) -> Write {
    let mut fields = Map::new();
    fields.insert("Subject".to_owned(), json!(subject));
    Write {
        summary: format!("call '{subject}'"),
        steps: vec![WriteStep::Create {
            object: "Task".to_owned(),
            fields,
        }],
        allow_duplicates: false,
    }
}

fn child_of(parent: OpId) -> Write {
    let mut child = write("child");
    if let Some(WriteStep::Create { fields, .. }) = child.steps.first_mut() {
        fields.insert("WhatId".to_owned(), Write::made_by(parent, 0));
    }
    child
}

fn update(id: RecordId) -> Write {
    Write {
        steps: vec![WriteStep::Update {
            object: "Contact".to_owned(),
            id,
            fields: Map::new(),
            base_modified: None,
            base: Default::default(),
        }],
        ..write("edit")
    }
}

fn refusal() -> Failure {
    local("X", "no")
}

fn open() -> (tempfile::TempDir, Outbox) {
    let dir = tempfile::tempdir().unwrap();
    let outbox = Outbox::open(dir.path()).unwrap();
    (dir, outbox)
}

#[test]
fn every_step_of_a_write_is_on_disk_for_another_session() {
    let (dir, outbox) = open();
    let other = Outbox::open(dir.path()).unwrap();
    let op = outbox.insert(DEMO, &write("hello"), None).unwrap();
    assert_eq!(other.load(op.id).unwrap(), op);
    assert_eq!((op.state, op.attempts, op.number), (OpState::Queued, 0, 1));
    let op = outbox.begin(op.id, DEMO).unwrap();
    assert_eq!(other.load(op.id).unwrap(), op);
    assert_eq!((op.state, op.attempts), (OpState::Sending, 1));
    let id: RecordId = "00T000000000001".parse().unwrap();
    let op = outbox.settle(op.id, &Settled::Done(vec![id])).unwrap();
    assert_eq!(other.load(op.id).unwrap(), op);
    assert_eq!((op.state, op.ids.as_slice()), (OpState::Done, &[id][..]));
    let states: Vec<_> = other
        .history(op.id)
        .unwrap()
        .iter()
        .map(|t| t.state)
        .collect();
    assert_eq!(states, [OpState::Queued, OpState::Sending, OpState::Done]);
}

#[test]
fn a_failed_write_can_be_revised_and_sent_again() {
    let (_dir, outbox) = open();
    let op = outbox.insert(DEMO, &write("one"), None).unwrap();
    outbox.begin(op.id, DEMO).unwrap();
    let op = outbox.settle(op.id, &Settled::Failed(refusal())).unwrap();
    assert_eq!(op.failure, Some(refusal()));
    let op = outbox.revise(op.id, &write("two"), None).unwrap();
    assert_eq!((op.state, op.failure.as_ref()), (OpState::Queued, None));
    assert_eq!(outbox.begin(op.id, DEMO).unwrap().write, write("two"));
}

type Step = fn(&Outbox, OpId) -> Result<Op, Failure>;

/// Name, step, and the states it is allowed from.
const STEPS: &[(&str, Step, &[OpState])] = &[
    ("begin", |o, id| o.begin(id, DEMO), &[OpState::Queued]),
    (
        "settle",
        |o, id| o.settle(id, &Settled::Done(vec![])),
        &[OpState::Sending],
    ),
    (
        "begin from what is there",
        |o, id| o.begin_from(id, o.load(id)?.state, DEMO),
        &RESTARTABLE,
    ),
    (
        "revise",
        |o, id| o.revise(id, &write("x"), None),
        &[
            OpState::Queued,
            OpState::Retry,
            OpState::Blocked,
            OpState::Failed,
        ],
    ),
    (
        "cancel",
        Outbox::cancel,
        &[
            OpState::Queued,
            OpState::Retry,
            OpState::Blocked,
            OpState::Failed,
            OpState::Unknown,
        ],
    ),
    (
        "postpone what is there",
        |o, id| {
            let seen = o.load(id)?.state;
            o.postpone((id, seen), &refusal(), &Delivery::default())
        },
        &RESTARTABLE,
    ),
    (
        "looked",
        |o, id| o.looked(id, &Verdict::Open, (&Delivery::default(), "")),
        &[OpState::Unknown],
    ),
    (
        "redirect",
        |o, id| o.redirect(id, &Delivery::default(), ""),
        &[OpState::Sending],
    ),
];

#[test]
fn only_allowed_transitions_happen() {
    for state in OpState::ALL {
        for (name, step, allowed) in STEPS {
            let (_dir, outbox) = open();
            let id = in_state(&outbox, state);
            let result = step(&outbox, id);
            assert_eq!(
                result.is_ok(),
                allowed.contains(&state),
                "{name} from {state:?}"
            );
            if result.is_err() {
                assert_eq!(
                    outbox.load(id).unwrap().state,
                    state,
                    "{name} from {state:?}"
                );
            }
        }
    }
}

const RESTARTABLE: [OpState; 4] = [
    OpState::Queued,
    OpState::Retry,
    OpState::Failed,
    OpState::Unknown,
];

fn in_state(outbox: &Outbox, state: OpState) -> OpId {
    if state == OpState::Blocked {
        let child = child_of(OpId::from_u128(7));
        return outbox.insert(DEMO, &child, None).unwrap().id;
    }
    let id = outbox.insert(DEMO, &write("x"), None).unwrap().id;
    let settled = match state {
        OpState::Queued | OpState::Blocked => return id,
        OpState::Retry => Some(Settled::Retry(refusal())),
        OpState::Cancelled => {
            outbox.cancel(id).unwrap();
            return id;
        }
        OpState::Sending => None,
        OpState::Unknown => Some(Settled::Unknown(refusal())),
        OpState::Done => Some(Settled::Done(vec![])),
        OpState::Failed => Some(Settled::Failed(refusal())),
    };
    outbox.begin(id, DEMO).unwrap();
    if let Some(settled) = settled {
        outbox.settle(id, &settled).unwrap();
    }
    id
}

#[test]
fn an_unknown_write_that_could_not_be_sent_again_stays_unknown_for_its_first_reason() {
    type Step = fn(&Outbox, OpId) -> Result<Op, Failure>;
    let steps: [(&str, Step); 3] = [
        ("not begun", |o, id| {
            o.hold(id, OpState::Unknown, &refusal())
        }),
        ("nothing left", |o, id| {
            o.begin_from(id, OpState::Unknown, DEMO)?;
            o.settle(id, &Settled::Queued(refusal()))
        }),
        ("twice", |o, id| {
            o.begin_from(id, OpState::Unknown, DEMO)?;
            o.settle(id, &Settled::Queued(refusal()))?;
            o.begin_from(id, OpState::Unknown, DEMO)?;
            o.settle(id, &Settled::Queued(refusal()))
        }),
    ];
    for first in [interrupted(), Failure::bad_reply(None, "cut off")] {
        for (name, step) in steps {
            let (_dir, outbox) = open();
            let id = in_state(&outbox, OpState::Sending);
            outbox.settle(id, &Settled::Unknown(first.clone())).unwrap();
            let op = step(&outbox, id).unwrap();
            assert_eq!(op.state, OpState::Unknown, "{name}");
            assert_eq!(op.failure.unwrap().message, first.message, "{name}");
        }
    }
}

#[test]
fn what_changed_since_the_user_saw_it_is_not_begun_or_held() {
    for seen in RESTARTABLE {
        for state in OpState::ALL.into_iter().filter(|state| *state != seen) {
            let (_dir, outbox) = open();
            let id = in_state(&outbox, state);
            assert!(outbox.seen(id, seen).is_err(), "{seen:?} {state:?}");
            assert!(
                outbox.begin_from(id, seen, DEMO).is_err(),
                "{seen:?} {state:?}"
            );
            assert!(
                outbox.hold(id, seen, &refusal()).is_err(),
                "{seen:?} {state:?}"
            );
            assert_eq!(outbox.load(id).unwrap().state, state, "{seen:?}");
        }
    }
}

#[test]
fn two_sessions_never_both_send_one_write() {
    let (dir, outbox) = open();
    let other = Outbox::open(dir.path()).unwrap();
    let id = outbox.insert(DEMO, &write("x"), None).unwrap().id;
    outbox.begin(id, DEMO).unwrap();
    assert!(other.begin(id, DEMO).is_err());
    assert!(other.settle(id, &Settled::Done(vec![])).is_err());
    assert_eq!(outbox.load(id).unwrap().state, OpState::Sending);
}

#[test]
fn a_write_of_another_org_is_never_sent() {
    let (_dir, outbox) = open();
    let id = outbox.insert(DEMO, &write("x"), None).unwrap().id;
    for (connection, org_id) in [("demo", "00D000000000002AAA"), ("prod", DEMO.org_id)] {
        let to = Destination { connection, org_id };
        let failure = outbox.begin(id, to).unwrap_err();
        assert_eq!(failure.code, "OUTBOX_OTHER_ORG");
        assert!(failure.message.contains(DEMO.org_id), "{failure}");
    }
    assert_eq!(outbox.load(id).unwrap().state, OpState::Queued);
}

#[test]
fn a_live_sessions_write_is_left_alone_and_a_dead_ones_becomes_unknown() {
    let (dir, outbox) = open();
    let other = Outbox::open(dir.path()).unwrap();
    let sending = in_state(&outbox, OpState::Sending);
    let queued = in_state(&outbox, OpState::Queued);
    assert_eq!(other.adopt_orphans().unwrap(), []);
    assert_eq!(outbox.adopt_orphans().unwrap(), []);
    drop(outbox);
    let adopted = other.adopt_orphans().unwrap();
    assert_eq!(adopted.len(), 1);
    assert_eq!(
        (adopted[0].id, adopted[0].state),
        (sending, OpState::Unknown)
    );
    assert_eq!(
        adopted[0].failure.as_ref().unwrap().kind,
        FailureKind::OutcomeUnknown
    );
    assert_eq!(other.load(queued).unwrap().state, OpState::Queued);
    assert_eq!(other.adopt_orphans().unwrap(), []);
}

#[test]
fn a_damaged_row_is_shown_and_never_sent() {
    let columns = [
        ("write", "replace(write, 'hello', 'hellp')"),
        ("org_id", "'00D000000000002AAA'"),
        ("connection", "'prod'"),
        ("state", "'queue'"),
        ("attempts", "7"),
        ("failure", "'{'"),
        ("created", "'yesterday'"),
        ("checksum", "'0'"),
        ("delivery", "''"),
        ("delivery", "replace(delivery, '0', '1')"),
    ];
    for (column, value) in columns {
        let (_dir, outbox) = open();
        let id = outbox.insert(DEMO, &write("hello"), None).unwrap().id;
        let sql = format!("UPDATE ops SET {column} = {value}");
        outbox.sql.execute(&sql, []).unwrap();
        assert!(outbox.begin(id, DEMO).is_err(), "{column}");
        assert!(outbox.seen(id, OpState::Failed).is_err(), "{column}");
        assert_eq!(outbox.pending("demo").unwrap(), [], "{column}");
        assert!(outbox.revise(id, &write("x"), None).is_err(), "{column}");
        let shown = outbox.list().unwrap().remove(0);
        assert_eq!(shown.state, OpState::Failed, "{column}");
        assert_eq!(
            shown.failure.unwrap().code,
            "OUTBOX_ROW_DAMAGED",
            "{column}"
        );
        assert_eq!(
            outbox.cancel(id).unwrap().state,
            OpState::Cancelled,
            "{column}"
        );
    }
}

/// Bytes of the file changed anywhere: the file is refused, or a row is, or the row is
/// what it was. Numbers repeat from run to run.
#[test]
fn whatever_is_damaged_in_the_file_only_whole_rows_are_sent() {
    let (dir, outbox) = open();
    let writes: Vec<Write> = (0..8)
        .map(|number| write(&format!("call number {number}")))
        .collect();
    for write in &writes {
        outbox.insert(DEMO, write, None).unwrap();
    }
    drop(outbox);
    let path = dir.path().join("outbox.db");
    let whole = fs::read(&path).unwrap();
    let mut random = 0x2545_F491_4F6C_DD1D_u64;
    let mut next = |below: usize| {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (random >> 33) as usize % below
    };
    let (mut sent, mut refused) = (0, 0);
    for _ in 0..120 {
        let mut bytes = whole.clone();
        for _ in 0..1 + next(8) {
            let place = next(bytes.len());
            bytes[place] ^= 1 << next(8);
        }
        fs::write(&path, &bytes).unwrap();
        let _ = fs::remove_file(dir.path().join("outbox.db-wal"));
        let _ = fs::remove_file(dir.path().join("outbox.db-shm"));
        let listed = Outbox::open(dir.path()).and_then(|outbox| Ok((outbox.list()?, outbox)));
        let Ok((ops, outbox)) = listed else {
            refused += 1;
            continue;
        };
        for op in ops {
            match outbox.begin(op.id, DEMO) {
                Ok(op) => {
                    assert!(writes.contains(&op.write), "{op:?}");
                    sent += 1;
                }
                Err(_) => refused += 1,
            }
        }
    }
    assert!(sent > 0 && refused > 0, "{sent} sent, {refused} refused");
}

#[test]
fn list_is_newest_first_and_numbers_count_up() {
    let (_dir, outbox) = open();
    for subject in ["a", "b", "c"] {
        outbox.insert(DEMO, &write(subject), None).unwrap();
    }
    let numbers: Vec<i64> = outbox.list().unwrap().iter().map(|op| op.number).collect();
    assert_eq!(numbers, [3, 2, 1]);
}

#[test]
fn a_folder_that_cannot_be_made_names_itself() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "x").unwrap();
    let failure = Outbox::open(&file.join("state")).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Local);
    assert!(
        failure.message.contains(&file.display().to_string()),
        "{failure}"
    );
}

#[test]
fn a_strangers_or_newer_file_is_refused_and_left_as_it_is() {
    type Prepare = fn(&Path);
    let cases: [(&str, Prepare); 4] = [
        ("text", |path| {
            fs::write(path, "not a database, but long enough to look at it").unwrap()
        }),
        ("stranger", |path| {
            let sql = Connection::open(path).unwrap();
            sql.execute_batch("CREATE TABLE x (y)").unwrap();
        }),
        ("newer", |path| {
            drop(Outbox::open(path.parent().unwrap()).unwrap());
            let sql = Connection::open(path).unwrap();
            sql.pragma_update(None, "user_version", 99).unwrap();
        }),
        ("folder", |path| fs::create_dir(path).unwrap()),
    ];
    for (name, prepare) in cases {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("outbox.db");
        prepare(&path);
        let before = fs::read(&path).unwrap_or_default();
        let failure = Outbox::open(dir.path()).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Local, "{name}");
        assert!(failure.message.contains("outbox.db"), "{name}: {failure}");
        assert_eq!(fs::read(&path).unwrap_or_default(), before, "{name}");
    }
}

#[test]
fn files_are_for_the_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().join("state");
    let outbox = Outbox::open(&state).unwrap();
    outbox.insert(DEMO, &write("x"), None).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&state), 0o700);
    for entry in fs::read_dir(&state).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}

#[test]
fn a_symbolic_link_in_place_of_the_file_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("elsewhere");
    fs::write(&target, "").unwrap();
    let state = dir.path().join("state");
    fs::create_dir(&state).unwrap();
    std::os::unix::fs::symlink(&target, state.join("outbox.db")).unwrap();
    assert_eq!(Outbox::open(&state).unwrap_err().kind, FailureKind::Local);
    assert_eq!(fs::read(&target).unwrap(), b"");
}

mod drafts {
    use super::*;
    use crate::domain::draft::{Draft, Target};

    fn draft(key: &str, second: i64) -> SavedDraft {
        SavedDraft {
            key: key.to_owned(),
            title: "new Contact".to_owned(),
            saved: Timestamp::from_second(second).unwrap(),
            content: DraftContent::Form(Draft {
                object: "Contact".to_owned(),
                target: Target::Create { record_type: None },
                entries: Default::default(),
            }),
        }
    }

    #[test]
    fn drafts_are_kept_by_connection_and_key() {
        let (dir, outbox) = open();
        outbox.save_draft("demo", &draft("a", 1)).unwrap();
        outbox.save_draft("demo", &draft("b", 2)).unwrap();
        outbox.save_draft("demo", &draft("a", 3)).unwrap();
        outbox.save_draft("prod", &draft("c", 4)).unwrap();
        drop(outbox);
        let outbox = Outbox::open(dir.path()).unwrap();
        let found = outbox.drafts("demo").unwrap();
        assert_eq!(found.drafts, [draft("a", 3), draft("b", 2)]);
        outbox.drop_draft(AT).unwrap();
        assert_eq!(outbox.drafts("demo").unwrap().drafts, [draft("b", 2)]);
        assert_eq!(outbox.drafts("prod").unwrap().drafts, [draft("c", 4)]);
    }

    #[test]
    fn one_unreadable_draft_does_not_hide_the_others() {
        let (_dir, outbox) = open();
        outbox.save_draft("demo", &draft("a", 1)).unwrap();
        outbox.save_draft("demo", &draft("b", 1)).unwrap();
        let sql = "UPDATE drafts SET draft = '{' WHERE key = 'a'";
        outbox.sql.execute(sql, []).unwrap();
        let found = outbox.drafts("demo").unwrap();
        assert_eq!(found.drafts, [draft("b", 1)]);
        assert!(found.unreadable[0].message.contains("`a`"));
    }
}

#[test]
fn a_draft_goes_with_its_write_or_not_at_all() {
    let (_dir, outbox) = open();
    let draft = |key: &str| SavedDraft {
        key: key.to_owned(),
        title: key.to_owned(),
        saved: jiff::Timestamp::UNIX_EPOCH,
        content: DraftContent::Form(crate::domain::draft::Draft::create("Contact", None)),
    };
    let kept = || outbox.drafts(DEMO.connection).unwrap().drafts.len();
    outbox.save_draft(DEMO.connection, &draft("a")).unwrap();
    outbox.save_draft("elsewhere", &draft("a")).unwrap();
    let op = outbox.insert(DEMO, &write("x"), Some(AT)).unwrap();
    assert_eq!(kept(), 0);
    assert_eq!(outbox.drafts("elsewhere").unwrap().drafts.len(), 1);
    outbox.save_draft(DEMO.connection, &draft("a")).unwrap();
    outbox.begin(op.id, DEMO).unwrap();
    assert!(outbox.revise(op.id, &write("y"), Some(AT)).is_err());
    assert_eq!(kept(), 1, "a write being sent was not revised");
    let break_history = "ALTER TABLE history RENAME TO gone";
    outbox.sql.execute_batch(break_history).unwrap();
    assert!(outbox.insert(DEMO, &write("z"), Some(AT)).is_err());
    assert_eq!(kept(), 1, "the row did not get in");
}

mod order;
