use super::*;
use crate::domain::block::prepared::{Counts, Part, RowNumber, Source};
use crate::domain::block::refused::{RefusedId, RefusedState, Selection};
use crate::domain::block::{Block, Operation};

fn prepared(folder: &Path) -> Prepared {
    Prepared {
        block: Block::new("Contact", Operation::Upsert),
        folder: folder.to_owned(),
        source: Source::default(),
        columns: Vec::new(),
        parts: vec![Part {
            number: 1,
            rows: 3,
            bytes: 40,
        }],
        counts: Counts {
            read: 4,
            ready: 3,
            invalid: 1,
            ..Counts::default()
        },
        findings: Vec::new(),
        skipped: Vec::new(),
        notes: Vec::new(),
        stop: None,
        invalid_file: None,
    }
}

fn kept(runs: &Runs, dir: &Path) -> Kept {
    let folder = dir.join(FOLDER).join("one");
    std::fs::create_dir_all(&folder).unwrap();
    let prepared = prepared(&folder);
    let new = NewRun {
        prepared: &prepared,
        connection: "env",
        org_id: "00D000000000001AAA",
        way: Way::Bulk,
        errors: "leads",
        doubles: Doubles::Refused,
    };
    runs.insert(&new).unwrap()
}

fn clock() -> Timestamp {
    "2026-11-25T10:00:00Z".parse().unwrap()
}

/// Settles one written row and two refused ones.
fn settle(runs: &Runs, run: &Run) {
    let mut part = runs.parts(run.number).unwrap().remove(0);
    let settling = runs.settling().unwrap();
    for (row, code) in [(2, "UNABLE_TO_LOCK_ROW"), (3, "REQUIRED_FIELD_MISSING")] {
        let failure = Failure::from_org(code, None, "no");
        settling
            .refuse(&NewRefused {
                run,
                part: 1,
                row: RowNumber(row),
                state: RefusedState::Failed,
                cells: &[("Key__c", "K,1"), ("LastName", "O\"Neil")],
                failure: &failure,
                job: Some("750"),
            })
            .unwrap();
    }
    (part.ok, part.failed, part.step) = (1, 2, Step::Done);
    settling.finish(&part).unwrap();
}

#[test]
fn a_run_and_its_parts_come_back_as_they_were_kept() {
    let dir = tempfile::tempdir().unwrap();
    let runs = Runs::open(dir.path(), clock).unwrap();
    let run = kept(&runs, dir.path()).run;
    assert_eq!((run.state, run.unsent()), (RunState::Ready, 3));
    let mut part = runs.parts(run.number).unwrap().remove(0);
    assert_eq!((part.step, part.job.clone()), (Step::Waiting, None));
    part.step = Step::Created;
    part.job = Some("750x".to_owned());
    runs.save_part(&part).unwrap();
    drop(runs);
    let runs = Runs::open(dir.path(), clock).unwrap();
    assert_eq!(runs.parts(run.number).unwrap(), [part]);
    assert_eq!(runs.list().unwrap()[0].job.as_deref(), Some("750x"));
    assert!(runs.knows_job("750x").unwrap() && !runs.knows_job("750y").unwrap());
    runs.forget(run.number).unwrap();
    assert!(!run.folder.exists() && runs.load(run.number).is_err());
}

#[test]
fn one_process_is_at_a_run_and_hears_what_others_want() {
    let dir = tempfile::tempdir().unwrap();
    let runs = Runs::open(dir.path(), clock).unwrap();
    let other = Runs::open(dir.path(), clock).unwrap();
    let number = kept(&runs, dir.path()).run.number;
    let right = runs.take(number).unwrap();
    assert_eq!(other.take(number).unwrap_err().code, "RUN_IN_HAND");
    assert!(other.load(number).unwrap().run.in_hand);
    other.want(number, Wanted::Abort).unwrap();
    assert_eq!(runs.wanted(number).unwrap(), Some(Wanted::Abort));
    runs.set_state(number, RunState::Stopped, None).unwrap();
    runs.clear_wanted(number).unwrap();
    assert_eq!(runs.wanted(number).unwrap(), None);
    drop(right);
    assert!(other.take(number).is_ok());
}

#[test]
fn every_row_stays_in_exactly_one_place_when_refused_ones_go_again() {
    let dir = tempfile::tempdir().unwrap();
    let runs = Runs::open(dir.path(), clock).unwrap();
    let run = kept(&runs, dir.path()).run;
    settle(&runs, &run);
    let all = Selection::default();
    let page = runs.refused_page(&all, RefusedId(0), 10).unwrap();
    assert_eq!((page.total, page.groups.len()), (2, 2));
    assert_eq!(page.rows[0].cells[1].1, "O\"Neil");
    assert_eq!(runs.locked_rows(run.number, 3, 10).unwrap().len(), 1);
    runs.resending(&page.rows).unwrap();
    assert_eq!(runs.orphans(run.number).unwrap().len(), 2);
    assert_eq!(
        runs.delete_refused(&all).unwrap(),
        0,
        "they are on their way"
    );
    let unknown = Failure::outcome_unknown("lost");
    let outcomes = [
        (page.rows[0].clone(), Outcome::Written { created: true }),
        (
            page.rows[1].clone(),
            Outcome::Stays(RefusedState::Unknown, unknown),
        ),
    ];
    runs.resent(&outcomes).unwrap();
    let tally = runs.tally_of(run.number).unwrap();
    assert_eq!(
        (tally.ok, tally.created, tally.failed, tally.unknown),
        (2, 1, 0, 1)
    );
    assert_eq!(tally.settled(), 3);
    let stores = runs.stores().unwrap();
    assert_eq!((stores[0].rows, stores[0].unknown), (1, 1));
}

#[test]
fn rows_are_found_by_store_code_and_text() {
    let dir = tempfile::tempdir().unwrap();
    let runs = Runs::open(dir.path(), clock).unwrap();
    let run = kept(&runs, dir.path()).run;
    settle(&runs, &run);
    let found = |store: Option<&str>, code: Option<&str>, text: &str| {
        let selection = Selection {
            store: store.map(str::to_owned),
            code: code.map(str::to_owned),
            text: text.to_owned(),
            ids: Vec::new(),
        };
        runs.refused_page(&selection, RefusedId(0), 10)
            .unwrap()
            .total
    };
    assert_eq!(found(Some("leads"), None, ""), 2);
    assert_eq!(found(Some("other"), None, ""), 0);
    assert_eq!(found(None, Some("UNABLE_TO_LOCK_ROW"), ""), 1);
    assert_eq!(found(None, None, "neil"), 2);
    assert_eq!(found(None, None, "3"), 1);
    assert_eq!(found(None, None, "' OR 1"), 0);
}
