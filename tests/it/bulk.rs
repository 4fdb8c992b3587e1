//! Runs of write blocks against a demo org in this process.

use std::cell::RefCell;
use std::path::PathBuf;

use serde_json::Value;
use sfw_tui::demo::{self, Options, Org};
use sfw_tui::domain::block::refused::{
    RefusedId, RefusedJob, RefusedPage, RefusedState, Resent, Selection, Unknown,
};
use sfw_tui::domain::block::run::{Doubles, Run, RunJob, RunState, Start};
use sfw_tui::domain::block::{Blank, Block, Operation, Way};
use sfw_tui::domain::failure::Failure;
use sfw_tui::job::{Answer, Job, JobId, Reply};
use sfw_tui::worker::{Access, Engine, Settings, Ways};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::parts;

const KEY: &str = "SFW_Key__c";

struct Place {
    folder: TempDir,
    _org: Org,
    engine: Engine,
    runtime: Runtime,
    folders: RefCell<u32>,
}

impl Place {
    fn new() -> Self {
        Self::with_faults("")
    }

    fn with_faults(faults: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = Options {
            data: folder.path().join("org"),
            log: Some(folder.path().join("requests.ndjson")),
            faults: demo::faults::Rules::parse(faults).unwrap(),
            ..Options::default()
        };
        let org = demo::start(options).unwrap();
        let url = org.base_url().to_owned();
        let settings = Settings {
            connection: "demo".to_owned(),
            connect: Box::new(move || {
                Ok(Access::Authorize {
                    redirect_uri: format!("{url}/callback"),
                    login_url: url,
                    client_id: demo::CLIENT_ID.to_owned(),
                })
            }),
            instance_url: None,
            state_dir: folder.path().join("state"),
            cache_dir: folder.path().join("cache"),
            api_version: None,
            house: sfw_tui::worker::House::default(),
            ways: Ways::default(),
        };
        Self {
            engine: Engine::new(settings),
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap(),
            _org: org,
            folder,
            folders: RefCell::new(0),
        }
    }

    fn folder(&self) -> PathBuf {
        *self.folders.borrow_mut() += 1;
        self.folder
            .path()
            .join(format!("run-{}", self.folders.borrow()))
    }

    fn last(&self, job: Job) -> Reply {
        let answers: RefCell<Vec<Answer>> = RefCell::default();
        let keep = |answer| answers.borrow_mut().push(answer);
        self.runtime.block_on(self.engine.run(JobId(1), job, &keep));
        answers.into_inner().pop().unwrap().reply
    }

    fn start(&self, block: &Block, headers: &[&str], rows: &[Vec<String>]) -> Result<Run, Failure> {
        let prepared = parts::prepared(&self.folder(), block, headers, rows, 4);
        let doubles = Doubles::Refused;
        self.run(RunJob::Start(Box::new(Start { prepared, doubles })))
    }

    fn run(&self, job: RunJob) -> Result<Run, Failure> {
        match self.last(Job::Run(job)) {
            Reply::Run(run) => Ok(*run),
            Reply::Failed(failure) => Err(failure),
            other => panic!("{other:?}"),
        }
    }

    fn refused(&self) -> RefusedPage {
        let page = RefusedJob::Page {
            selection: Selection::default(),
            behind: RefusedId(0),
            most: 100,
        };
        match self.last(Job::Refused(page)) {
            Reply::Refused(page) => page,
            other => panic!("{other:?}"),
        }
    }

    fn resent(&self, job: RefusedJob) -> Resent {
        match self.last(Job::Refused(job)) {
            Reply::Resent(resent) => resent,
            other => panic!("{other:?}"),
        }
    }

    fn rows(&self, soql: &str) -> Vec<Value> {
        let job = Job::Query {
            soql: soql.to_owned(),
            next: None,
        };
        match self.last(job) {
            Reply::Rows(rows) => {
                let rows = rows.records.into_iter();
                rows.map(|record| Value::Object(record.fields)).collect()
            }
            other => panic!("{other:?}"),
        }
    }

    fn requests(&self, part: &str) -> usize {
        let log = std::fs::read_to_string(self.folder.path().join("requests.ndjson")).unwrap();
        log.lines().filter(|line| line.contains(part)).count()
    }
}

fn upsert(way: Way) -> Block {
    let mut block = Block {
        key: Some(KEY.to_owned()),
        ..Block::new("Contact", Operation::Upsert)
    };
    block.send.way = way;
    block
}

fn rows(rows: &[&[&str]]) -> Vec<Vec<String>> {
    let texts = |row: &&[&str]| row.iter().map(|cell| (*cell).to_owned()).collect();
    rows.iter().map(texts).collect()
}

/// Ten contacts; the fourth has no last name, so that the org refuses it.
fn contacts() -> Vec<Vec<String>> {
    let row = |number: usize| {
        let name = if number == 4 { "" } else { "Bulk, \"O'Neil\"" };
        vec![format!("bulk-{number}"), name.to_owned(), "true".to_owned()]
    };
    (1..=10).map(row).collect()
}

const HEADERS: [&str; 3] = [KEY, "LastName", "DoNotCall"];

#[test]
fn every_row_is_in_exactly_one_place_by_either_way_and_a_second_run_changes_nothing() {
    for way in [Way::Bulk, Way::Collections] {
        let place = Place::new();
        let run = place.start(&upsert(way), &HEADERS, &contacts()).unwrap();
        assert_eq!((run.state, run.way), (RunState::Done, way), "{run:?}");
        let tally = run.tally;
        assert_eq!(
            (tally.ok, tally.created, tally.failed),
            (9, 9, 1),
            "{way:?}"
        );
        assert!(run.is_complete(), "{run:?}");
        let page = place.refused();
        let row = &page.rows[0];
        assert_eq!((row.row.0, row.store.as_str()), (4, "contacts"));
        assert_eq!(row.failure.code, "REQUIRED_FIELD_MISSING");
        assert_eq!(row.cells[0], (KEY.to_owned(), "bulk-4".to_owned()));
        assert_eq!(row.job.is_some(), way == Way::Bulk);
        let soql = "SELECT SFW_Key__c, LastName, DoNotCall FROM Contact \
                    WHERE SFW_Key__c LIKE 'bulk-%' ORDER BY SFW_Key__c";
        let before = place.rows(soql);
        assert_eq!(before.len(), 9);
        assert_eq!(before[0]["LastName"], "Bulk, \"O'Neil\"");
        let again = place.start(&upsert(way), &HEADERS, &contacts()).unwrap();
        assert_eq!((again.tally.ok, again.tally.created), (9, 0));
        assert_eq!(place.rows(soql), before);
    }
}

#[test]
fn an_empty_cell_leaves_and_the_clear_sign_clears_whatever_the_api() {
    for way in [Way::Bulk, Way::Collections] {
        let place = Place::new();
        let headers = [KEY, "LastName", "Phone", "Title"];
        let first = rows(&[&["k", "A", "1", "T"]]);
        place.start(&upsert(way), &headers, &first).unwrap();
        let second = rows(&[&["k", "B", "", "#N/A"]]);
        place.start(&upsert(way), &headers, &second).unwrap();
        let found = place.rows("SELECT LastName, Phone, Title FROM Contact WHERE SFW_Key__c = 'k'");
        assert_eq!(found[0]["LastName"], "B", "{way:?}");
        assert_eq!(found[0]["Phone"], "1", "{way:?}");
        assert_eq!(found[0]["Title"], Value::Null, "{way:?}");
    }
}

#[test]
fn a_refused_row_is_mended_and_sent_alone() {
    let place = Place::new();
    let run = place
        .start(&upsert(Way::Bulk), &HEADERS, &contacts())
        .unwrap();
    let id = place.refused().rows[0].id;
    let change = ("LastName".to_owned(), "Mended".to_owned());
    place.resent(RefusedJob::Edit(vec![(id, vec![change])]));
    assert!(place.refused().rows[0].edited);
    let before = place.requests("/composite/sobjects");
    let resent = place.resent(RefusedJob::Resend {
        selection: Selection::default(),
        unknown: Unknown::Stay,
    });
    assert_eq!((resent.sent, resent.ok), (1, 1));
    assert_eq!(place.requests("/composite/sobjects"), before + 1);
    assert_eq!(place.refused().total, 0);
    let run = place.run(RunJob::Show(run.number)).unwrap();
    assert_eq!((run.tally.ok, run.tally.failed), (10, 0));
    let made = place.rows("SELECT Id FROM Contact WHERE LastName = 'Mended'");
    assert_eq!(made.len(), 1);
}

#[test]
fn an_insert_wants_a_word_about_doubles_and_tells_alike_rows_apart_by_number() {
    let place = Place::new();
    for way in [Way::Bulk, Way::Collections] {
        let mut block = Block::new("Contact", Operation::Insert);
        block.send.way = way;
        let alike = rows(&[&["Twin"], &["Twin"], &[""], &[""], &["Solo"]]);
        let headers = ["LastName"];
        let refused = place.start(&block, &headers, &alike).unwrap_err();
        assert!(refused.message.contains("once more"), "{refused:?}");
        let prepared = parts::prepared(&place.folder(), &block, &headers, &alike, 10);
        let doubles = Doubles::Fine;
        let run = place.run(RunJob::Start(Box::new(Start { prepared, doubles })));
        let run = run.unwrap();
        assert_eq!(
            (run.tally.created, run.tally.failed),
            (3, 2),
            "{way:?} {run:?}"
        );
        let mut numbers: Vec<u64> = place.refused().rows.iter().map(|row| row.row.0).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, [3, 4]);
        place.resent(RefusedJob::Delete(Selection::default()));
    }
}

#[test]
fn an_update_by_key_makes_nothing_and_a_fill_writes_empty_fields_only() {
    let place = Place::new();
    let headers = [KEY, "LastName", "Phone"];
    let there = rows(&[&["k1", "A", "1"], &["k2", "B", ""]]);
    place.start(&upsert(Way::Auto), &headers, &there).unwrap();
    let mut block = Block {
        key: Some(KEY.to_owned()),
        blank: Blank::Fill,
        ..Block::new("Contact", Operation::Update)
    };
    let news = rows(&[&["k1", "A2", "9"], &["k2", "B2", "9"], &["k3", "C", "9"]]);
    let run = place.start(&block, &headers, &news).unwrap();
    assert_eq!(
        (run.tally.ok, run.tally.created, run.tally.failed),
        (2, 0, 1)
    );
    assert_eq!(place.refused().rows[0].failure.code, "NOT_FOUND");
    let soql = "SELECT LastName, Phone FROM Contact WHERE SFW_Key__c LIKE 'k_' ORDER BY SFW_Key__c";
    let found = place.rows(soql);
    assert_eq!(found.len(), 2);
    assert_eq!(
        (&found[0]["LastName"], &found[0]["Phone"]),
        (&"A".into(), &"1".into())
    );
    assert_eq!(
        (&found[1]["LastName"], &found[1]["Phone"]),
        (&"B".into(), &"9".into())
    );
    block.send.way = Way::Bulk;
    let refused = place.start(&block, &headers, &news).unwrap_err();
    assert!(refused.message.contains("not by a bulk job"), "{refused:?}");
}

#[test]
fn records_are_deleted_by_key_and_brought_back_by_id() {
    let place = Place::new();
    let headers = [KEY, "LastName"];
    let there = rows(&[&["k1", "A"], &["k2", "B"]]);
    place.start(&upsert(Way::Auto), &headers, &there).unwrap();
    let found = place.rows("SELECT Id FROM Contact WHERE SFW_Key__c LIKE 'k_'");
    let ids: Vec<Vec<String>> = found
        .iter()
        .map(|row| vec![row["Id"].as_str().unwrap().to_owned()])
        .collect();
    let mut delete = Block {
        key: Some(KEY.to_owned()),
        ..Block::new("Contact", Operation::Delete)
    };
    let run = place.start(&delete, &[KEY], &rows(&[&["k1"], &["k2"], &["k3"]]));
    let tally = run.unwrap().tally;
    assert_eq!((tally.ok, tally.failed), (2, 1));
    let undelete = Block {
        key: Some("Id".to_owned()),
        ..Block::new("Contact", Operation::Undelete)
    };
    let tally = place.start(&undelete, &["Id"], &ids).unwrap().tally;
    assert_eq!((tally.ok, tally.failed), (2, 0));
    delete.key = Some("Id".to_owned());
    delete.send.way = Way::Bulk;
    let tally = place.start(&delete, &["Id"], &ids).unwrap().tally;
    assert_eq!((tally.ok, tally.failed), (2, 0));
}

#[test]
fn a_lost_reply_costs_a_keyed_row_nothing_and_leaves_an_insert_to_the_user() {
    let lost = |method: &str| {
        format!(
            "[[fault]]\nmethod = \"{method}\"\npath = \"*/composite/sobjects*\"\nnth = 1\n\
             do = \"drop\"\nwhen = \"after\"\n"
        )
    };
    let place = Place::with_faults(&lost("PATCH"));
    let run = place
        .start(&upsert(Way::Collections), &HEADERS, &contacts())
        .unwrap();
    assert_eq!(
        (run.tally.ok, run.tally.failed, run.tally.unknown),
        (9, 1, 0)
    );
    let place = Place::with_faults(&lost("POST"));
    let mut block = Block::new("Contact", Operation::Insert);
    block.send.way = Way::Collections;
    let some = rows(&[&["A"], &["B"]]);
    let prepared = parts::prepared(&place.folder(), &block, &["LastName"], &some, 10);
    let doubles = Doubles::Fine;
    let run = place.run(RunJob::Start(Box::new(Start { prepared, doubles })));
    let run = run.unwrap();
    assert_eq!((run.tally.ok, run.tally.unknown), (0, 2), "{run:?}");
    assert!(run.is_complete());
    assert_eq!(place.refused().rows[0].state, RefusedState::Unknown);
    let resent = place.resent(RefusedJob::Resend {
        selection: Selection::default(),
        unknown: Unknown::Stay,
    });
    assert_eq!(
        (resent.sent, resent.left),
        (0, 2),
        "nobody said that they may go"
    );
}

#[test]
fn rows_that_meet_a_lock_go_again_and_all_are_written() {
    for way in [Way::Bulk, Way::Collections] {
        let place = Place::with_faults("[[lock]]\nobject = \"Contact\"\ntimes = 3\n");
        let headers = [KEY, "LastName"];
        let some = rows(&[&["k1", "A"], &["k2", "B"], &["k3", "C"]]);
        place.start(&upsert(way), &headers, &some).unwrap();
        let run = place.start(&upsert(way), &headers, &some).unwrap();
        assert_eq!((run.tally.ok, run.tally.failed), (3, 0), "{way:?} {run:?}");
        assert_eq!(place.refused().total, 0);
    }
}

#[test]
fn too_many_refusals_end_the_run_and_nothing_is_unaccounted() {
    let place = Place::new();
    let mut block = upsert(Way::Collections);
    block.send.batch_size = 2;
    block.send.stop_after = Some(50);
    let bad: Vec<Vec<String>> = (0..10)
        .map(|number| vec![format!("bad-{number}"), String::new(), String::new()])
        .collect();
    let run = place.start(&block, &HEADERS, &bad).unwrap();
    assert_eq!(run.state, RunState::Stopped);
    assert_eq!(run.failure.as_ref().unwrap().code, "TOO_MANY_REFUSED");
    assert_eq!(run.tally.settled() + run.unsent(), 10);
    assert_eq!(place.refused().total, run.tally.failed);
}

#[test]
fn a_run_of_another_connection_is_not_touched_and_one_can_be_forgotten() {
    let place = Place::new();
    let run = place
        .start(&upsert(Way::Auto), &HEADERS, &contacts())
        .unwrap();
    let missing = place.run(RunJob::Resume(sfw_tui::domain::block::run::RunNumber(99)));
    assert_eq!(missing.unwrap_err().code, "NO_SUCH_RUN");
    match place.last(Job::Run(RunJob::Forget(run.number))) {
        Reply::Runs(runs) => assert!(runs.is_empty()),
        other => panic!("{other:?}"),
    }
    assert_eq!(place.refused().total, 1, "refused rows outlive their run");
}
