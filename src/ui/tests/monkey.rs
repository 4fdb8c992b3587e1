//! Random keys, pastes, sizes and answers: nothing panics, and no control character of
//! anybody's gets into a cell, whatever the screens show.

use std::time::Duration;

use proptest::prelude::*;
use serde_json::json;

use crate::app::command::COMMANDS;
use crate::app::msg::{Effect, Msg, Timer};
use crate::app::testkit::driver::{Driver, key_event};
use crate::app::testkit::id;
use crate::app::testkit::outbox::{every_type, failure, op, session, start};
use crate::domain::activity::{ActivityRules, NoteObject};
use crate::domain::block::prepared::{
    Counts, Finding, PartColumn, Prepared, RowNumber, Skipped, Source, Weight,
};
use crate::domain::block::{Block, Operation};
use crate::domain::connection::Connection;
use crate::domain::failure::FailureKind;
use crate::domain::login::{LoginDoor, LoginStep, Pin, TokenState, TokenStore};
use crate::domain::record::{Link, Record};
use crate::domain::schema::{FieldType, ObjectSummary};
use crate::domain::timeline::{Activity, ActivityKind, Timeline};
use crate::domain::write::OpState;
use crate::job::login::{ConnectionRow, Connections, Suggestion};
use crate::job::{
    Answer, Found, Hit, Job, JobId, LinkState, ListQuery, ListView, OrgKind, Page, Related, Reply,
    Rows,
};

use crate::ui::testkit::{coloured, drawn};
use crate::ui::theme::Glyphs;

/// Texts nobody should trust.
const TEXTS: &[&str] = &[
    "",
    "Lena Ortiz",
    "a\u{1b}[2J\u{1b}]52;c;eA==\u{7}b",
    "right\u{202e}to left\u{200b}",
    "\u{5168}\u{89d2}\u{6587}\u{5b57}\u{1f468}\u{200d}\u{1f469}",
    "e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}",
    "one\r\ntwo\ttabbed\n\n",
    "a very long line that has to be cut or wrapped somewhere, since no terminal is wide enough for it and no pane is either",
];

const SIZES: &[(u16, u16)] = &[
    (1, 1),
    (500, 1),
    (1, 200),
    (39, 10),
    (40, 10),
    (41, 11),
    (60, 15),
    (80, 24),
    (81, 19),
    (120, 40),
    (500, 200),
];

const TIMERS: &[Timer] = &[
    Timer::SearchPause,
    Timer::PreviewPause,
    Timer::LookupPause,
    Timer::PrefixMenu,
    Timer::DraftPause,
    Timer::NoticeShown,
    Timer::QuitAsked,
];

const STATES: &[OpState] = &[
    OpState::Queued,
    OpState::Sending,
    OpState::Unknown,
    OpState::Done,
    OpState::Failed,
    OpState::Cancelled,
    OpState::Retry,
    OpState::Blocked,
];

const FAILURES: &[FailureKind] = &[
    FailureKind::RequiredField,
    FailureKind::Duplicate,
    FailureKind::NoConnection,
    FailureKind::OutcomeUnknown,
    FailureKind::Session,
    FailureKind::Server,
];

/// One thing that happens.
#[derive(Debug, Clone)]
enum Step {
    Key(String),
    Paste(usize),
    Resize(usize),
    /// The job waiting at this place (counted round) is answered with this text in it.
    Answer(usize, usize),
    Fail(usize, usize),
    News(usize),
    Ring(usize),
    Wait(u64),
}

fn keys() -> Vec<String> {
    let mut keys: Vec<String> = COMMANDS
        .iter()
        .flat_map(|entry| entry.bindings)
        .flat_map(|binding| binding.keys)
        .flat_map(|keys| keys.split(' '))
        .map(str::to_owned)
        .collect();
    keys.extend(["BS", "Del", "Space", "Left", "Right", "7", "x", "m"].map(str::to_owned));
    keys
}

fn step() -> impl Strategy<Value = Step> {
    let any = any::<usize>;
    prop_oneof![
        12 => prop::sample::select(keys()).prop_map(Step::Key),
        1 => any().prop_map(Step::Paste),
        1 => any().prop_map(Step::Resize),
        6 => (any(), any()).prop_map(|(job, text)| Step::Answer(job, text)),
        1 => (any(), any()).prop_map(|(job, kind)| Step::Fail(job, kind)),
        1 => any().prop_map(Step::News),
        2 => any().prop_map(Step::Ring),
        1 => (0u64..400).prop_map(Step::Wait),
    ]
}

/// The app with the jobs that wait for an answer.
struct Monkey {
    it: Driver,
    waiting: Vec<(JobId, Job)>,
    size: (u16, u16),
}

impl Monkey {
    fn new() -> Self {
        let mut monkey = Self {
            it: start(),
            waiting: Vec::new(),
            size: (80, 24),
        };
        monkey.take_jobs();
        monkey
    }

    fn take(&mut self, msg: Msg) {
        self.it.take(msg);
        self.take_jobs();
    }

    fn take_jobs(&mut self) {
        for effect in &self.it.effects {
            if let Effect::Start(id, job) = effect {
                self.waiting.push((*id, (**job).clone()));
            }
        }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Key(key) => self.take(Msg::Key(key_event(&key))),
            Step::Paste(n) => self.take(Msg::Paste(pick(TEXTS, n).to_owned())),
            Step::Resize(n) => {
                self.size = pick(SIZES, n);
                self.take(Msg::Resized(self.size.0, self.size.1));
            }
            Step::Answer(n, text) => self.answer(n, |job| reply(job, text)),
            Step::Fail(n, kind) => self.answer(n, |_| Reply::Failed(failure(pick(FAILURES, kind)))),
            Step::News(n) => {
                let op = op((n % 5) as i64 + 1, pick(STATES, n));
                self.it.reply(Reply::Op(Box::new(op)));
                self.take_jobs();
            }
            Step::Ring(n) => self.take(Msg::Rang(pick(TIMERS, n))),
            Step::Wait(millis) => self.it.wait(Duration::from_millis(millis)),
        }
    }

    fn answer(&mut self, n: usize, reply: impl Fn(&Job) -> Reply) {
        if self.waiting.is_empty() {
            return;
        }
        let (id, job) = self.waiting.remove(n % self.waiting.len());
        let reply = reply(&job);
        let online = !matches!(reply, Reply::Failed(_));
        self.take(Msg::Answered(Answer {
            job: Some(id),
            reply,
            last: !n.is_multiple_of(7),
            link: Some(LinkState {
                online,
                millis: 12,
                api_usage: Some((1, 0)),
            }),
        }));
    }

    /// Draws; returns the first cell with a character that has no business there.
    fn draw(&self) -> Option<String> {
        let theme = coloured(Glyphs::UNICODE);
        let backend = drawn(self.size, |frame| {
            crate::ui::draw(&self.it.app, &theme, frame);
        });
        let bad = |c: char| c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c);
        let cells = backend.buffer().content.iter();
        cells
            .map(|cell| cell.symbol())
            .find(|symbol| symbol.contains(bad))
            .map(str::to_owned)
    }
}

fn pick<T: Copy>(from: &[T], n: usize) -> T {
    from[n % from.len()]
}

/// What the worker might answer, with a text nobody should trust in it.
fn reply(job: &Job, text: usize) -> Reply {
    let said = pick(TEXTS, text);
    let link = Link {
        object: "Contact".to_owned(),
        id: id("003000000000001"),
        name: said.to_owned(),
    };
    match job {
        Job::Connect(_) => Reply::Connected(session(OrgKind::Production)),
        Job::Objects => Reply::Objects(std::sync::Arc::new(vec![ObjectSummary {
            label: said.to_owned(),
            createable: true,
            searchable: true,
            queryable: true,
            ..every_type().schema.summary.clone()
        }])),
        Job::Describe { .. } => Reply::Described(every_type()),
        Job::Recall { .. } | Job::Search { .. } => Reply::Found(Found {
            hits: (0..text % 40).map(|_| hit(&link, said)).collect(),
            more: text.is_multiple_of(2),
        }),
        Job::Open { .. } | Job::Peek(_) => Reply::Opened(Box::new(page(&link, said))),
        Job::Query { .. } => Reply::Rows(Rows {
            records: vec![record(said); 1 + text % 30],
            next: text.is_multiple_of(3).then(|| said.to_owned()),
            ..Rows::default()
        }),
        Job::Lookup { .. } => Reply::Candidates(vec![link; text % 30]),
        Job::PrepareLog => Reply::LogReady(std::sync::Arc::new(ActivityRules {
            task: every_type().schema.clone(),
            event: (text.is_multiple_of(2)).then(|| every_type().schema.clone()),
            closed_status: "Completed".to_owned(),
            notes: NoteObject::ContentNote,
        })),
        Job::Log { .. }
        | Job::Write { .. }
        | Job::Resend { .. }
        | Job::Revise { .. }
        | Job::Link { .. }
        | Job::Undo(_)
        | Job::Cancel(_) => {
            let mut op = op((text % 9) as i64, pick(STATES, text));
            op.write.summary = said.to_owned();
            Reply::Op(Box::new(op))
        }
        Job::Outbox => Reply::Outbox(
            (0..text % 30)
                .map(|n| op(n as i64, pick(STATES, n)))
                .collect(),
        ),
        Job::SaveDraft(_) | Job::DropDraft(_) => Reply::DraftKept,
        Job::Drafts => Reply::Drafts(Vec::new()),
        Job::SendDue | Job::Pause | Job::Resume => Reply::Sending(None),
        Job::History(_) => Reply::History(Vec::new()),
        Job::Run(_) => Reply::Runs(Vec::new()),
        Job::Export(_) => Reply::Exported(Default::default()),
        Job::Refused(_) => Reply::Stores(Vec::new()),
        _ => about_the_rest(job, said, text),
    }
}

/// The same for files, list views, connections and logins.
fn about_the_rest(job: &Job, said: &str, text: usize) -> Reply {
    match job {
        Job::Check(_) => Reply::Checked(Box::new(prepared(said, text as u64 % 7))),
        Job::ListViews { .. } => Reply::ListViews(vec![
            ListView {
                id: said.to_owned(),
                label: said.to_owned(),
                is_query: text.is_multiple_of(2),
            };
            text % 9
        ]),
        Job::ListView { .. } => Reply::ListView(ListQuery {
            soql: said.to_owned(),
            columns: vec![(said.to_owned(), said.to_owned())],
        }),
        Job::Queries | Job::KeepQueries(_) => Reply::Queries(vec![said.to_owned()]),
        Job::Login(_) => Reply::LoginStep(Box::new(login_step(said, text))),
        Job::LoginWord(_) => Reply::LoginHeard,
        Job::Unlock(_) => Reply::Unlocked,
        Job::Logout(_) => Reply::LoggedOut(None),
        Job::TestConnection(_) => Reply::Tested(session(OrgKind::Production)),
        _ => Reply::Connections(Box::new(connections(said))),
    }
}

fn pin(said: &str) -> Pin {
    Pin {
        org_id: said.to_owned(),
        user_id: said.to_owned(),
        username: said.to_owned(),
        user_name: said.to_owned(),
        instance_url: said.to_owned(),
    }
}

fn connections(said: &str) -> Connections {
    let row = |name: &str, state| ConnectionRow {
        connection: Connection::new(name, said),
        state,
        store: TokenStore::Plain,
        pin: Some(pin(said)),
        renewed: None,
        is_built_in: false,
    };
    Connections {
        rows: vec![
            row("acme", TokenState::Good),
            row("uat", TokenState::Absent),
            row(said, TokenState::Over),
        ],
        suggestions: vec![Suggestion {
            name: said.to_owned(),
            host: said.to_owned(),
            user: said.to_owned(),
        }],
    }
}

fn login_step(said: &str, n: usize) -> LoginStep {
    match n % 5 {
        0 => LoginStep::Open(LoginDoor {
            url: said.to_owned(),
            port: Some(17171),
            redirect: said.to_owned(),
        }),
        1 => LoginStep::Device {
            user_code: said.to_owned(),
            url: said.to_owned(),
        },
        2 => LoginStep::Dropped(said.to_owned()),
        3 => LoginStep::Elsewhere {
            pinned: pin(said),
            found: pin(said),
        },
        _ => LoginStep::Keep {
            has_passphrase: false,
            problem: Some(said.to_owned()),
        },
    }
}

/// A checked file in which every text is one nobody should trust.
fn prepared(said: &str, count: u64) -> Prepared {
    let finding = |weight| Finding {
        column: said.to_owned(),
        field: said.to_owned(),
        weight,
        problem: said.to_owned(),
        suggestion: said.to_owned(),
        example: said.to_owned(),
        rows: count,
        first: vec![RowNumber(count)],
    };
    Prepared {
        block: Block::new("Contact", Operation::Upsert),
        folder: said.into(),
        source: Source {
            name: said.to_owned(),
            bytes: count,
            form: said.to_owned(),
        },
        columns: vec![PartColumn {
            header: said.to_owned(),
            from: said.to_owned(),
            field: "Email".to_owned(),
            kind: FieldType::Email,
            parent: None,
            is_key: count > 3,
        }],
        parts: Vec::new(),
        counts: Counts {
            read: count,
            ready: count,
            ..Counts::default()
        },
        findings: [Weight::Invalid, Weight::Warning, Weight::Mended]
            .map(finding)
            .to_vec(),
        skipped: vec![Skipped {
            column: said.to_owned(),
            why: said.to_owned(),
            doubtful: true,
        }],
        notes: vec![said.to_owned()],
        stop: (count > 4).then(|| said.to_owned()),
        invalid_file: Some(said.into()),
    }
}

fn hit(link: &Link, said: &str) -> Hit {
    Hit {
        link: link.clone(),
        detail: said.to_owned(),
        cached: said.is_empty(),
    }
}

fn record(said: &str) -> Record {
    let fields = json!({
        "Id": "003000000000001AAA", "LastName": said, "Name": said, "Email": said,
        "Number": 12.5, "Day": "2026-11-12", "Moment": "2026-11-12T12:00:00.000+0000",
        "Flag": true, "Choice": said, "Choices": "a;b", "AccountId": "001000000000001AAA",
        "Account": {"Name": said}, "Memo": said,
    });
    Record {
        object: "Contact".to_owned(),
        id: Some(id("003000000000001")),
        fields: fields.as_object().cloned().unwrap_or_default(),
    }
}

fn page(link: &Link, said: &str) -> Page {
    let activity = Activity {
        link: link.clone(),
        kind: ActivityKind::Call,
        day: None,
        text: said.to_owned(),
        with: Some(said.to_owned()),
        owner: None,
        open: true,
    };
    Page {
        record: record(said),
        form: every_type(),
        related: vec![Related {
            label: said.to_owned(),
            object: "Contact".to_owned(),
            field: None,
            columns: vec![(said.to_owned(), "Account.Name".to_owned())],
            rows: vec![record(said)],
            total: 7,
            more: true,
        }],
        timeline: Timeline {
            open: vec![activity.clone()],
            past: vec![activity],
            more: true,
        },
        missing: vec![(
            said.to_owned(),
            crate::domain::failure::Failure::local(said),
        )],
        fetched: "2026-11-12T12:00:00Z".parse().unwrap(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics_and_nothing_leaves_its_cell(steps in prop::collection::vec(step(), 1..150)) {
        let mut monkey = Monkey::new();
        for (place, step) in steps.into_iter().enumerate() {
            let resized = matches!(step, Step::Resize(_));
            monkey.step(step);
            let small = u32::from(monkey.size.0) * u32::from(monkey.size.1) < 10_000;
            if resized || small && place % 2 == 0 {
                prop_assert_eq!(monkey.draw(), None);
            }
        }
    }
}
