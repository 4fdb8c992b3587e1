//! Disks and files that are not as they should be.

use super::*;
use crate::store::file::{self, Disk};

fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).unwrap().flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

fn is_aside(dir: &Path) -> bool {
    let aside = |name: &String| name.starts_with("outbox-damaged-") && name.ends_with(".db");
    names(dir).iter().any(aside)
}

/// An outbox with three writes and a draft, closed.
fn filled(dir: &Path) {
    let outbox = Outbox::open(dir).unwrap();
    for subject in ["a", "b", "c"] {
        outbox.insert(DEMO, &write(subject), None).unwrap();
    }
    let draft = SavedDraft {
        key: "a".to_owned(),
        title: "a draft".to_owned(),
        saved: Timestamp::UNIX_EPOCH,
        content: DraftContent::Form(crate::domain::draft::Draft::create("Contact", None)),
    };
    outbox.save_draft("demo", &draft).unwrap();
}

#[test]
fn a_newer_releases_file_is_shown_and_not_written() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path());
    let path = dir.path().join("outbox.db");
    let sql = Connection::open(&path).unwrap();
    sql.pragma_update(None, "user_version", 99).unwrap();
    drop(sql);
    let before = fs::read(&path).unwrap();
    let outbox = Outbox::open(dir.path()).unwrap();
    assert!(outbox.is_read_only() && outbox.mended().is_none());
    assert_eq!(outbox.list().unwrap().len(), 3);
    assert_eq!(outbox.drafts("demo").unwrap().drafts.len(), 1);
    assert_eq!(outbox.adopt_orphans().unwrap(), []);
    let op = outbox.list().unwrap().remove(0);
    for refused in [
        outbox.insert(DEMO, &write("d"), None).unwrap_err(),
        outbox.begin(op.id, DEMO).unwrap_err(),
        outbox.cancel(op.id).unwrap_err(),
    ] {
        assert!(refused.message.contains("a newer sfw-tui"), "{refused}");
    }
    drop(outbox);
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_damaged_file_is_moved_aside_and_what_can_be_read_is_kept_and_waits() {
    type Break = fn(&mut Vec<u8>);
    let breaks: [(&str, Break, usize); 5] = [
        ("header", |bytes| bytes[3] ^= 4, 3),
        ("mark", |bytes| bytes[70] ^= 4, 3),
        ("version", |bytes| bytes[60] ^= 0x40, 3),
        (
            "index",
            |bytes| break_page_with(bytes, b"queued", |page| page[0] == 10),
            3,
        ),
        (
            "text",
            |bytes| *bytes = b"not a database, but long enough".to_vec(),
            0,
        ),
    ];
    for (name, damage, kept) in breaks {
        let dir = tempfile::tempdir().unwrap();
        filled(dir.path());
        let path = dir.path().join("outbox.db");
        let mut bytes = fs::read(&path).unwrap();
        damage(&mut bytes);
        fs::write(&path, &bytes).unwrap();
        let outbox = Outbox::open(dir.path()).unwrap();
        let told = outbox.mended().unwrap_or_else(|| panic!("{name}"));
        assert!(told.message.contains("outbox-damaged-"), "{name}: {told}");
        assert!(is_aside(dir.path()), "{name}");
        assert_eq!(outbox.list().unwrap().len(), kept, "{name}: {told}");
        let drafts = outbox.drafts("demo").unwrap().drafts.len();
        assert_eq!(drafts, usize::from(kept > 0), "{name}");
        let pause = outbox.pause("demo").unwrap();
        assert_eq!(pause.is_some(), kept > 0, "{name}: nothing goes by itself");
        drop(outbox);
        assert!(
            Outbox::open(dir.path()).unwrap().mended().is_none(),
            "{name}"
        );
    }
}

/// Spoils a page that holds this text and fits.
fn break_page_with(bytes: &mut [u8], text: &[u8], fits: fn(&[u8]) -> bool) {
    let page = bytes
        .chunks_mut(4096)
        .find(|page| fits(page) && page.windows(text.len()).any(|at| at == text))
        .unwrap();
    page[3..8].fill(0xff);
}

#[test]
fn a_process_killed_while_it_mended_left_everything_to_the_next() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path());
    let path = dir.path().join("outbox.db");
    fs::rename(&path, dir.path().join("outbox-mended.db")).unwrap();
    fs::write(dir.path().join("outbox.db-wal"), "a stranger's journal").unwrap();
    let outbox = Outbox::open(dir.path()).unwrap();
    assert_eq!(outbox.list().unwrap().len(), 3);
    assert!(!names(dir.path()).contains(&"outbox-mended.db".to_owned()));
}

#[test]
fn on_another_machines_disk_one_session_uses_the_file_alone() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path());
    let path = dir.path().join("outbox.db");
    let first = file::open_on(&path, &LAYOUT, Disk::Remote).unwrap();
    let mode: String = first
        .sql
        .query_row("PRAGMA journal_mode", [], |row| row.get(0))
        .unwrap();
    assert_eq!(mode, "delete");
    let second = file::open_on(&path, &LAYOUT, Disk::Remote).unwrap_err();
    assert!(
        second.failure.message.contains("XDG_STATE_HOME"),
        "{}",
        second.failure
    );
    drop(first);
    file::open_on(&path, &LAYOUT, Disk::Remote).unwrap();
}

#[test]
fn a_full_disk_costs_the_reserve_before_it_costs_a_draft() {
    let (dir, outbox) = open();
    let reserve = dir.path().join("ballast");
    assert_eq!(fs::metadata(&reserve).unwrap().len(), 1 << 20);
    let pages: i64 = outbox
        .sql
        .query_row("PRAGMA page_count", [], |row| row.get(0))
        .unwrap();
    outbox
        .sql
        .pragma_update(None, "max_page_count", pages)
        .unwrap();
    let mut entry = crate::domain::draft::Draft::create("Contact", None);
    entry.type_text("Description", &"long ".repeat(5_000));
    let draft = SavedDraft {
        key: "a".to_owned(),
        title: "a".to_owned(),
        saved: Timestamp::UNIX_EPOCH,
        content: DraftContent::Form(entry),
    };
    // The reserve is no help against this sort of full, so that its use can be seen.
    let failure = outbox.save_draft("demo", &draft).unwrap_err();
    assert!(failure.message.contains("disk is full"), "{failure}");
    assert!(!reserve.exists());
}
