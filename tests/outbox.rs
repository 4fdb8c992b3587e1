//! The outbox across processes: what was acknowledged survives kill -9, what was being
//! sent is found unknown, and of several sessions only one sends.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by saying what it expected"
)]
#![expect(clippy::unwrap_used, reason = "what cannot go on in a test ends it")]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Map, json};
use sfw_tui::domain::write::{Op, OpId, OpState, Write, WriteStep};
use sfw_tui::store::outbox::{Destination, Outbox, Settled};

const TO: Destination<'static> = Destination {
    connection: "test",
    org_id: "00D000000000001EAA",
};

const ROLE: &str = "SFW_TEST_OUTBOX_ROLE";
const FOLDER: &str = "SFW_TEST_OUTBOX_FOLDER";

fn write(number: usize) -> Write {
    let mut fields = Map::new();
    fields.insert("Subject".to_owned(), json!(format!("call {number}")));
    Write {
        summary: format!("call {number}"),
        steps: vec![WriteStep::Create {
            object: "Task".to_owned(),
            fields,
        }],
        allow_duplicates: false,
    }
}

/// Not a test of its own: what this binary does when a test below starts it again.
#[test]
fn child() {
    let (Ok(role), Ok(folder)) = (std::env::var(ROLE), std::env::var(FOLDER)) else {
        return;
    };
    let outbox = Outbox::open(Path::new(&folder)).unwrap();
    match role.as_str() {
        "sends and hangs" => {
            let op = outbox.insert(TO, &write(0), None).unwrap();
            println!("@{}", outbox.begin(op.id, TO).unwrap().id);
            std::thread::park();
        }
        "writes for ever" => {
            for number in 0.. {
                let op = outbox.insert(TO, &write(number), None).unwrap();
                outbox.begin(op.id, TO).unwrap();
                outbox.settle(op.id, &Settled::Done(vec![])).unwrap();
                println!("@{}", op.id);
            }
        }
        "sends all that waits" => {
            for op in outbox.list().unwrap().into_iter().rev() {
                if op.state == OpState::Queued && outbox.begin(op.id, TO).is_ok() {
                    outbox.settle(op.id, &Settled::Done(vec![])).unwrap();
                    println!("@{}", op.id);
                }
            }
        }
        other => panic!("{other}"),
    }
}

fn start(role: &str, folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture"])
        .env(ROLE, role)
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Ids the child has told, each one acknowledged to it before.
fn told(child: &mut Child) -> impl Iterator<Item = OpId> + use<> {
    let out = BufReader::new(child.stdout.take().unwrap());
    out.lines().map_while(Result::ok).filter_map(|line| {
        let (_, id) = line.rsplit_once('@')?;
        id.parse().ok()
    })
}

#[test]
fn a_write_whose_process_was_killed_while_sending_is_unknown_and_not_waiting() {
    let dir = tempfile::tempdir().unwrap();
    let mut child = start("sends and hangs", dir.path());
    let id = told(&mut child).next().unwrap();
    let outbox = Outbox::open(dir.path()).unwrap();
    assert_eq!(outbox.adopt_orphans().unwrap(), [], "its process lives");
    assert_eq!(outbox.load(id).unwrap().state, OpState::Sending);
    child.kill().unwrap();
    child.wait().unwrap();
    let adopted = outbox.adopt_orphans().unwrap();
    assert_eq!(ids(&adopted), [id]);
    let left = std::fs::read_dir(dir.path()).unwrap().flatten();
    let locks = left.filter(|entry| entry.path().extension().is_some_and(|end| end == "lock"));
    assert_eq!(locks.count(), 0, "the dead owner's file is cleared away");
    assert_eq!(outbox.load(id).unwrap().state, OpState::Unknown);
    assert!(outbox.begin(id, TO).is_err());
}

#[test]
fn no_acknowledged_write_is_lost_by_kills_at_any_moment() {
    let dir = tempfile::tempdir().unwrap();
    let mut acknowledged = Vec::new();
    for round in 0..20 {
        let mut child = start("writes for ever", dir.path());
        let ids = told(&mut child);
        // A different number of writes each round puts the kill at different places.
        acknowledged.extend(ids.take(3 + round * 7 % 11));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let outbox = Outbox::open(dir.path()).unwrap();
    let adopted = outbox.adopt_orphans().unwrap();
    assert!(adopted.iter().all(|op| op.state == OpState::Unknown));
    for id in &acknowledged {
        assert_eq!(outbox.load(*id).unwrap().state, OpState::Done);
    }
    let listed = outbox.list().unwrap();
    assert!(listed.len() >= acknowledged.len().min(500));
    for op in listed {
        let sound = op
            .failure
            .is_none_or(|failure| failure.code != "OUTBOX_ROW_DAMAGED");
        assert!(sound && op.state != OpState::Sending, "{}", op.number);
    }
}

#[test]
fn of_several_processes_exactly_one_sends_each_write() {
    let dir = tempfile::tempdir().unwrap();
    let outbox = Outbox::open(dir.path()).unwrap();
    let waiting: Vec<OpId> = (0..60)
        .map(|number| outbox.insert(TO, &write(number), None).unwrap().id)
        .collect();
    let mut children: Vec<Child> = (0..4)
        .map(|_| start("sends all that waits", dir.path()))
        .collect();
    let mut sent: Vec<OpId> = children.iter_mut().flat_map(told).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    sent.sort();
    assert_eq!(sent, waiting);
}

fn ids(ops: &[Op]) -> Vec<OpId> {
    ops.iter().map(|op| op.id).collect()
}
