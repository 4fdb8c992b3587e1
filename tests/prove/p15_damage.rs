//! P15: a damaged outbox never sends wrong data, is never the end of the program, and
//! sends nothing by itself after it was mended.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use serde_json::json;
use sfw_tui::domain::draft::{Draft, DraftContent, SavedDraft};
use sfw_tui::domain::failure::{Failure, FailureKind};
use sfw_tui::domain::write::{OpState, Write};
use sfw_tui::store::cache::{Cache, Part};
use sfw_tui::store::outbox::{Destination, Outbox, Settled};

use crate::fuzz::Random;
use crate::proof::{Cost, Promise, Tier};
use crate::rig::create;

/// What this file proves.
pub const PROMISES: &[Promise] = &[Promise {
    name: "p15_a_damaged_outbox_sends_nothing_wrong",
    says: "a damaged database sends nothing wrong",
    proof,
}];

const TO: Destination<'static> = Destination {
    connection: "env",
    org_id: "00D000000000001EAA",
};
const PAGE: usize = 4096;
const FILES: [&str; 2] = ["outbox.db", "outbox.db-wal"];

/// A sound outbox as it lies on disk, and what may be sent from it.
struct Sound {
    files: Vec<(&'static str, Vec<u8>)>,
    /// Its main file some writes earlier.
    before: Vec<u8>,
    writes: Vec<Write>,
}

#[derive(Default)]
struct Count {
    untouched: u64,
    mended: u64,
    kept: u64,
    refused: u64,
    sent_wrong: u64,
    by_itself: u64,
    panics: u64,
}

fn proof(tier: Tier) -> Cost {
    let cases = tier.of(150, 10_000);
    let shelf = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
    let shelf = shelf.expect("a folder");
    let sounds = [sound(shelf.path(), false), sound(shelf.path(), true)];
    let mut random = Random::new(15);
    let mut count = Count::default();
    std::panic::set_hook(Box::new(|_| {}));
    for case in 0..cases {
        let dir = shelf.path().join(format!("case{case}"));
        fs::create_dir(&dir).expect("a folder");
        let sound = &sounds[random.below(2)];
        lay_damaged(&dir, sound, &mut random);
        let tried = catch_unwind(AssertUnwindSafe(|| open_and_send(&dir, sound, &mut count)));
        if tried.is_err() {
            eprintln!("case {case} panics");
            count.panics += 1;
        }
        fs::remove_dir_all(&dir).expect("the folder goes");
    }
    let _ = std::panic::take_hook();
    older_layout(shelf.path(), &sounds[0]);
    caches(shelf.path(), tier.of(20, 500), &mut random);
    assert_eq!(count.panics, 0, "panics");
    assert!(count.mended > 0 && count.kept > 0, "nothing was mended");
    Cost {
        faults: cases,
        lost: count.by_itself,
        doubled: count.sent_wrong,
        ..Cost::default()
    }
    .noted(format!(
        "{} outboxes opened as they were, {} mended with {} writes kept, {} rows refused",
        count.untouched, count.mended, count.kept, count.refused
    ))
}

/// Writes of every state, drafts, and, `with` a journal, the newest of them in it.
fn sound(shelf: &Path, with_journal: bool) -> Sound {
    let dir = shelf.join(format!("sound{with_journal}"));
    let outbox = Outbox::open(&dir).expect("it opens");
    let mut writes = Vec::new();
    let mut before = Vec::new();
    for number in 0..40 {
        if number == 20 {
            before = fs::read(dir.join(FILES[0])).expect("the file");
        }
        let name = format!("damage {number} {}", "x".repeat(50 * (number % 20)));
        let write = create("Contact", &name);
        let op = outbox.insert(TO, &write, None).expect("it is kept");
        writes.push(write);
        let settled = match number % 5 {
            0 => None,
            1 => Some(Settled::Done(vec![
                "003000000000001AAA".parse().expect("an id"),
            ])),
            2 => Some(Settled::Failed(Failure::bad_reply(None, "no"))),
            3 => Some(Settled::Unknown(Failure::outcome_unknown("lost"))),
            _ => Some(Settled::Retry(Failure::no_connection("no line"))),
        };
        if let Some(settled) = settled {
            outbox.begin(op.id, TO).expect("it begins");
            outbox.settle(op.id, &settled).expect("it settles");
        }
    }
    let draft = SavedDraft {
        key: "new:Contact".to_owned(),
        title: "a draft".to_owned(),
        saved: jiff::Timestamp::UNIX_EPOCH,
        content: DraftContent::Form(Draft::create("Contact", None)),
    };
    outbox.save_draft("env", &draft).expect("a draft");
    if !with_journal {
        drop(outbox);
    }
    let files = FILES
        .iter()
        .filter_map(|name| Some((*name, fs::read(dir.join(name)).ok()?)));
    Sound {
        files: files.collect(),
        before,
        writes,
    }
}

fn lay_damaged(dir: &Path, sound: &Sound, random: &mut Random) {
    let hit = random.below(sound.files.len());
    for (place, (name, bytes)) in sound.files.iter().enumerate() {
        let mut bytes = bytes.clone();
        if place == hit {
            damage(&mut bytes, sound, random);
        }
        fs::write(dir.join(name), bytes).expect("a file");
    }
}

fn damage(bytes: &mut Vec<u8>, sound: &Sound, random: &mut Random) {
    let pages = bytes.len() / PAGE;
    let (one, other) = (random.below(pages) * PAGE, random.below(pages) * PAGE);
    match random.below(8) {
        0..=2 => {
            for _ in 0..=random.below(8) {
                let at = random.below(bytes.len());
                bytes[at] ^= 1 << random.below(8);
            }
        }
        3 => {
            let at = random.below(120);
            bytes[at] ^= 1 << random.below(8);
        }
        4 => bytes.truncate(random.below(bytes.len())),
        5 => {
            for at in 0..PAGE {
                bytes.swap(one + at, other + at);
            }
        }
        6 => bytes[one..one + PAGE].fill(0),
        // One page as it was some writes before.
        _ => {
            let from = random.below(sound.before.len() / PAGE) * PAGE;
            if from + PAGE <= bytes.len() {
                bytes[from..from + PAGE].copy_from_slice(&sound.before[from..from + PAGE]);
            }
        }
    }
}

fn open_and_send(dir: &Path, sound: &Sound, count: &mut Count) {
    let outbox = match Outbox::open(dir) {
        Ok(outbox) => outbox,
        Err(failure) => {
            // Refused whole, with its name: nothing can be sent.
            assert_eq!(failure.kind, FailureKind::Local);
            assert!(failure.message.contains("outbox"), "{failure}");
            count.refused += 1;
            return;
        }
    };
    let is_mended = outbox.mended().is_some();
    let Ok(ops) = outbox.list() else {
        count.refused += 1;
        return;
    };
    if is_mended {
        count.mended += 1;
        count.kept += ops.len() as u64;
        let told = outbox.mended().expect("what happened");
        assert!(told.message.contains("outbox-damaged"), "{told}");
        let waits = ops.iter().any(|op| op.state.is_pending());
        let pause = outbox.pause(TO.connection).expect("the pause reads");
        count.by_itself += u64::from(waits && pause.is_none());
        let aside = fs::read_dir(dir).expect("the folder").flatten();
        let mut aside = aside.map(|entry| entry.file_name().to_string_lossy().into_owned());
        assert!(aside.any(|name| name.starts_with("outbox-damaged")));
    } else {
        count.untouched += 1;
    }
    for op in ops {
        let start = match op.state {
            OpState::Queued | OpState::Retry | OpState::Failed | OpState::Unknown => op.state,
            _ => continue,
        };
        match outbox.begin_from(op.id, start, TO) {
            Ok(op) if sound.writes.contains(&op.write) => {}
            Ok(op) => {
                eprintln!("sent wrong: {op:?}");
                count.sent_wrong += 1;
            }
            Err(_) => count.refused += 1,
        }
    }
}

/// A file of the first layout keeps every write and its checksum.
fn older_layout(shelf: &Path, sound: &Sound) {
    let dir = shelf.join("older");
    fs::create_dir(&dir).expect("a folder");
    for (name, bytes) in &sound.files {
        fs::write(dir.join(name), bytes).expect("a file");
    }
    let sql = rusqlite::Connection::open(dir.join(FILES[0])).expect("the file");
    sql.execute_batch(
        "DROP INDEX ops_state; DROP TABLE pauses; ALTER TABLE ops DROP COLUMN delivery;
         PRAGMA user_version = 1;",
    )
    .expect("the layout of the first release");
    drop(sql);
    let outbox = Outbox::open(&dir).expect("an older file opens");
    assert!(outbox.mended().is_none());
    let ops = outbox.list().expect("it reads");
    assert_eq!(ops.len(), sound.writes.len());
    assert!(ops.iter().all(|op| sound.writes.contains(&op.write)));
}

/// A damaged cache is built anew and costs nothing but requests.
fn caches(shelf: &Path, cases: u64, random: &mut Random) {
    let dir = shelf.join("cache");
    for _ in 0..cases {
        let cache = Cache::open(&dir, "env").expect("it opens");
        cache.bind("00D000000000001EAA").expect("an org");
        let entry = sfw_tui::store::cache::Entry {
            value: json!({"a": "b".repeat(3_000)}),
            stamp: String::new(),
            checked: jiff::Timestamp::UNIX_EPOCH,
        };
        for key in 0..5 {
            let kept = cache.put(Part::Page, &key.to_string(), &entry);
            assert!(kept.is_ok(), "{kept:?}");
        }
        drop(cache);
        let path = dir.join("cache.db");
        let mut bytes = fs::read(&path).expect("the file");
        for _ in 0..20 {
            let at = random.below(bytes.len());
            bytes[at] ^= 1 << random.below(8);
        }
        fs::write(&path, bytes).expect("the file");
        let cache = Cache::open(&dir, "env").expect("a damaged cache opens");
        for key in 0..5 {
            let read = cache.entry::<serde_json::Value>(Part::Page, &key.to_string());
            assert!(read.is_ok(), "{read:?}");
        }
    }
}
