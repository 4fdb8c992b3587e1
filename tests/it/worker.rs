//! The worker against a demo org in this process: logged in over OAuth, over HTTP.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what cannot go on in a test ends it"
)]

use std::cell::RefCell;
use std::path::PathBuf;

use jiff::Timestamp;
use serde_json::{Map, json};
use sfw_tui::demo::{self, Options, Org};
use sfw_tui::domain::activity::{FollowUp, LogEntry, LogKind};
use sfw_tui::domain::failure::FailureKind;
use sfw_tui::domain::id::RecordId;
use sfw_tui::domain::record::Link;
use sfw_tui::domain::write::{Op, OpState, Write, WriteStep};
use sfw_tui::job::{Answer, Found, Job, JobId, Page, Reply, Source};
use sfw_tui::worker::{Access, Engine, House, Settings, Ways};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// A demo org and one connection's files.
struct Place {
    folder: TempDir,
    org: Org,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = Options {
            data: folder.path().join("org"),
            log: Some(folder.path().join("requests.ndjson")),
            ..Options::default()
        };
        let org = demo::start(options).unwrap();
        Self { folder, org }
    }

    /// A start of the program.
    fn session(&self) -> Session {
        let url = self.org.base_url().to_owned();
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
            state_dir: self.folder.path().join("state"),
            cache_dir: self.folder.path().join("cache"),
            api_version: None,
            house: House::default(),
            ways: Ways::default(),
        };
        Session {
            engine: Engine::new(settings),
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap(),
            log: self.folder.path().join("requests.ndjson"),
        }
    }
}

struct Session {
    engine: Engine,
    runtime: Runtime,
    log: PathBuf,
}

impl Session {
    fn run(&self, job: Job) -> Vec<Answer> {
        let answers = RefCell::new(Vec::new());
        let keep = |answer| answers.borrow_mut().push(answer);
        self.runtime.block_on(self.engine.run(JobId(1), job, &keep));
        answers.into_inner()
    }

    fn last(&self, job: Job) -> Reply {
        self.run(job).pop().unwrap().reply
    }

    /// The last answer and the API requests it took.
    fn counted(&self, job: Job) -> (Reply, Vec<String>) {
        let before = self.requests().len();
        let reply = self.last(job);
        (reply, self.requests().split_off(before))
    }

    fn requests(&self) -> Vec<String> {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        text.lines()
            .map(|line| {
                let entry: serde_json::Value = serde_json::from_str(line).unwrap();
                format!(
                    "{} {}",
                    entry["method"].as_str().unwrap(),
                    entry["path"].as_str().unwrap()
                )
            })
            .filter(|line| line.contains("/services/data") || line.contains("userinfo"))
            .collect()
    }

    fn search(&self, text: &str) -> Found {
        let search = Job::Search {
            text: text.to_owned(),
            objects: vec![],
        };
        match self.last(search) {
            Reply::Found(found) => found,
            other => panic!("{other:?}"),
        }
    }

    fn lena(&self) -> Link {
        let found = self.search("lena ortiz");
        let hit = found.hits.iter().find(|hit| hit.link.object == "Contact");
        let hit = hit.unwrap_or_else(|| panic!("{found:?}"));
        assert_eq!(hit.link.name, "Lena Ortiz");
        assert_eq!(hit.detail, "Acme Holdings plc");
        hit.link.clone()
    }

    fn open(&self, id: RecordId) -> (Page, Vec<String>) {
        let source = Source::Org;
        match self.counted(Job::Open { id, source }) {
            (Reply::Opened(page), requests) => (*page, requests),
            (other, _) => panic!("{other:?}"),
        }
    }

    fn op(&self, job: Job) -> (Op, Vec<String>) {
        match self.counted(job) {
            (Reply::Op(op), requests) => (*op, requests),
            (other, _) => panic!("{other:?}"),
        }
    }
}

fn update(link: &Link, field: &str, value: &str, base_modified: Option<String>) -> Job {
    let mut fields = Map::new();
    fields.insert(field.to_owned(), json!(value));
    Job::write(Write {
        summary: format!("edit {}", link.name),
        steps: vec![WriteStep::Update {
            object: link.object.clone(),
            id: link.id,
            fields,
            base_modified,
            base: Default::default(),
        }],
        allow_duplicates: false,
    })
}

#[test]
fn a_start_costs_no_request_once_the_org_was_met() {
    let place = Place::new();
    let session = place.session();
    assert!(matches!(
        session.last(Job::Connect(Source::Org)),
        Reply::Connected(_)
    ));
    let (reply, requests) = place.session().counted(Job::Connect(Source::Org));
    let Reply::Connected(known) = reply else {
        panic!("{reply:?}")
    };
    assert_eq!(requests, [""; 0]);
    assert_eq!(known.instance_url, place.org.base_url());
}

#[test]
fn find_open_log_and_see_it_each_in_one_request() {
    let place = Place::new();
    let session = place.session();
    let lena = session.lena();
    session.run(Job::PrepareLog);
    session.open(lena.id);
    let (page, requests) = session.open(lena.id);
    assert_eq!(requests.len(), 1, "{requests:?}");
    assert_eq!(page.record.text("Title"), Some("Head of IT"));
    assert!(!page.related.is_empty());

    let now = Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC);
    let mut entry = LogEntry::new(LogKind::Call, &lena, &now);
    entry.subject = "Left voicemail".to_owned();
    let (op, requests) = session.op(Job::log(entry));
    assert_eq!((op.state, requests.len()), (OpState::Done, 1), "{op:?}");
    let (page, _) = session.open(lena.id);
    let newest = &page.timeline.past[0];
    assert_eq!(newest.link.name, "Left voicemail");
    assert_eq!(newest.link.id, op.ids[0]);

    let again = place.session();
    let answers = again.run(Job::Open {
        id: lena.id,
        source: Source::CacheFirst,
    });
    let Reply::Opened(kept) = &answers[0].reply else {
        panic!("{answers:?}")
    };
    assert_eq!(
        (answers.len(), answers[0].last, answers[0].link),
        (2, false, None)
    );
    assert_eq!(kept.timeline, page.timeline);
    let (peeked, requests) = place.session().counted(Job::Peek(lena.id));
    assert!(matches!(&peeked, Reply::Opened(it) if it.timeline == page.timeline));
    assert_eq!(requests, [""; 0]);
}

#[test]
fn every_sort_of_log_with_its_follow_up_is_one_request() {
    let place = Place::new();
    let session = place.session();
    let lena = session.lena();
    session.run(Job::PrepareLog);
    let now = Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC);
    for kind in [
        LogKind::Call,
        LogKind::Meeting,
        LogKind::Task,
        LogKind::Note,
    ] {
        let mut entry = LogEntry::new(kind, &lena, &now);
        entry.subject = format!("about {kind:?}");
        entry.body = "First line\nSecond <line> & more".to_owned();
        entry.follow_up = Some(FollowUp {
            subject: format!("after {kind:?}"),
            due: now.date(),
        });
        let (op, requests) = session.op(Job::log(entry));
        assert_eq!(op.state, OpState::Done, "{kind:?}: {op:?}");
        assert_eq!(requests.len(), 1, "{kind:?}: {requests:?}");
        assert_eq!(op.ids.len(), op.write.steps.len(), "{kind:?}");
    }
    let timeline = session.open(lena.id).0.timeline;
    let names: Vec<&str> = timeline
        .open
        .iter()
        .chain(&timeline.past)
        .map(|activity| activity.link.name.as_str())
        .collect();
    for expected in [
        "about Call",
        "about Meeting",
        "about Task",
        "about Note",
        "after Note",
    ] {
        assert!(names.contains(&expected), "{expected}: {names:?}");
    }
}

#[test]
fn an_edit_is_saved_and_one_on_a_moved_record_is_a_conflict() {
    let place = Place::new();
    let session = place.session();
    let lena = session.lena();
    let (page, _) = session.open(lena.id);
    let base = page.record.text("LastModifiedDate").map(str::to_owned);
    assert!(base.is_some());
    let stale = Some("2020-01-01T00:00:00.000+0000".to_owned());
    let (op, requests) = session.op(update(&lena, "Title", "CIO", stale));
    assert_eq!((op.state, requests.len()), (OpState::Failed, 1));
    assert_eq!(op.failure.unwrap().kind, FailureKind::Conflict);
    let theirs = op.delivery.theirs.unwrap();
    assert_eq!(
        theirs.text("Title"),
        Some("Head of IT"),
        "what it holds now"
    );
    let before = session.requests().len();
    let answers = session.run(update(&lena, "Title", "CIO", base));
    assert_eq!(session.requests().len() - before, 1, "the page comes along");
    let page = answers.iter().find_map(|answer| match &answer.reply {
        Reply::Opened(page) if answer.job.is_none() => Some(page),
        _ => None,
    });
    assert_eq!(page.unwrap().record.text("Title"), Some("CIO"));
    let Reply::Op(op) = &answers.last().unwrap().reply else {
        panic!("{answers:?}")
    };
    assert_eq!(op.state, OpState::Done, "{op:?}");
    assert!(op.delivery.reread);
    assert_eq!(op.delivery.before[0]["Title"], json!("Head of IT"));
    let (page, _) = session.open(lena.id);
    assert_eq!(page.record.text("Title"), Some("CIO"));
}

#[test]
fn lookups_and_queries_give_names_that_search_then_knows() {
    let place = Place::new();
    let session = place.session();
    session.run(Job::Connect(Source::Org));
    let lookup = |objects: &[&str], text: &str| Job::Lookup {
        objects: objects.iter().map(|name| (*name).to_owned()).collect(),
        text: text.to_owned(),
    };
    let (reply, requests) = session.counted(lookup(&["Account"], "acme"));
    let Reply::Candidates(links) = reply else {
        panic!("{reply:?}")
    };
    assert_eq!(requests.len(), 1, "{requests:?}");
    assert!(
        links.iter().any(|link| link.name == "Acme Holdings plc"),
        "{links:?}"
    );
    let Reply::Candidates(links) = session.last(lookup(&["Contact", "Lead"], "lena")) else {
        panic!()
    };
    assert!(
        links.iter().any(|link| link.name == "Lena Ortiz"),
        "{links:?}"
    );
    let soql = "SELECT Id, Name FROM Opportunity ORDER BY Name LIMIT 5".to_owned();
    let Reply::Rows(rows) = session.last(Job::Query { soql, next: None }) else {
        panic!()
    };
    assert_eq!(rows.records.len(), 5);
    let name = rows.records[0].text("Name").unwrap().to_owned();
    let recall = Job::Recall {
        text: name.clone(),
        objects: vec![],
    };
    let (reply, requests) = session.counted(recall);
    let Reply::Found(found) = reply else {
        panic!("{reply:?}")
    };
    assert_eq!(
        (found.hits[0].link.name.as_str(), requests.len()),
        (name.as_str(), 0)
    );
}

#[test]
fn with_the_org_gone_reads_come_from_the_cache_and_writes_wait() {
    let Place { folder, org } = Place::new();
    let place = Place { folder, org };
    let session = place.session();
    let lena = session.lena();
    session.open(lena.id);
    let Place { folder, org } = place;
    org.stop();
    let answers = session.run(Job::Open {
        id: lena.id,
        source: Source::CacheFirst,
    });
    assert!(matches!(answers[0].reply, Reply::Opened(_)));
    assert!(
        matches!(&answers[1].reply, Reply::Failed(failure) if failure.kind == FailureKind::NoConnection)
    );
    assert!(!answers[1].link.unwrap().online);
    // The read before has noticed that the kept connection is closed. A write that meets
    // a dying connection itself cannot know what arrived and is unknown.
    let (op, _) = session.op(update(&lena, "Title", "CIO", None));
    assert_eq!((op.state, op.attempts), (OpState::Retry, 1));
    assert_eq!(op.failure.unwrap().kind, FailureKind::NoConnection);
    drop(folder);
}

#[test]
fn a_look_alike_is_told_by_its_name_without_another_request() {
    let place = Place::new();
    let session = place.session();
    let lena = session.lena();
    let (page, _) = session.open(lena.id);
    let email = page.record.text("Email").unwrap();
    let mut fields = Map::new();
    fields.insert("LastName".to_owned(), json!("Double"));
    fields.insert("Email".to_owned(), json!(email));
    let (op, requests) = session.op(Job::write(Write {
        summary: "create Contact".to_owned(),
        steps: vec![WriteStep::Create {
            object: "Contact".to_owned(),
            fields,
        }],
        allow_duplicates: false,
    }));
    assert_eq!((op.state, requests.len()), (OpState::Failed, 1));
    let failure = op.failure.unwrap();
    assert!(failure.may_save_anyway);
    assert_eq!(failure.matches[0].link, lena);
    let told = ("Email".to_owned(), email.to_owned());
    assert!(failure.matches[0].details.contains(&told), "{failure:?}");
}

#[test]
fn a_write_is_undone_and_redone_unless_the_record_has_moved_on() {
    let place = Place::new();
    let session = place.session();
    let lena = session.lena();
    let title = || {
        let (page, _) = session.open(lena.id);
        page.record.text("Title").map(str::to_owned)
    };
    let (first, _) = session.op(update(&lena, "Title", "CIO", None));
    let (undo, _) = session.op(Job::Undo(first.id));
    assert_eq!(undo.state, OpState::Done, "{undo:?}");
    assert_eq!(title().as_deref(), Some("Head of IT"));
    assert_eq!(undo.delivery.undoes, Some(first.id));
    assert!(
        matches!(session.last(Job::Undo(first.id)), Reply::Failed(failure)
        if failure.message.contains("already"))
    );
    let (redo, _) = session.op(Job::Undo(undo.id));
    assert_eq!(redo.state, OpState::Done, "{redo:?}");
    assert_eq!(title().as_deref(), Some("CIO"));
    assert!(
        redo.write.summary.starts_with("redo: "),
        "{}",
        redo.write.summary
    );
    session.op(update(&lena, "Title", "CEO", None));
    let refused = session.last(Job::Undo(redo.id));
    assert!(
        matches!(&refused, Reply::Failed(failure)
        if failure.message.contains("moved on")),
        "{refused:?}"
    );
    assert_eq!(title().as_deref(), Some("CEO"));
}

#[test]
fn a_log_with_its_follow_up_is_undone_in_one_write() {
    let place = Place::new();
    let session = place.session();
    let lena = session.lena();
    session.run(Job::PrepareLog);
    let now = Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC);
    let mut entry = LogEntry::new(LogKind::Call, &lena, &now);
    entry.subject = "To be taken back".to_owned();
    entry.follow_up = Some(FollowUp {
        subject: "After it".to_owned(),
        due: now.date(),
    });
    let (log, _) = session.op(Job::log(entry));
    let (undo, _) = session.op(Job::Undo(log.id));
    assert_eq!(undo.state, OpState::Done, "{undo:?}");
    let timeline = session.open(lena.id).0.timeline;
    let mut all = timeline.open.iter().chain(&timeline.past);
    assert!(!all.any(|it| log.ids.contains(&it.link.id)));
    let Reply::History(logged) = session.last(Job::History(10)) else {
        panic!()
    };
    let states: Vec<OpState> = logged[1].transitions.iter().map(|it| it.state).collect();
    assert_eq!(states, [OpState::Queued, OpState::Sending, OpState::Done]);
}
