//! P10: a bulk run that is killed anywhere, or whose line breaks anywhere, goes on to the
//! same end: one job a part, every row in one place, no job left open.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::Value;
use sfw_tui::domain::block::run::{Doubles, Run, RunJob, RunState, Start};
use sfw_tui::domain::block::{Block, Operation, Way};
use sfw_tui::job::{Job, JobId, Reply};
use sfw_tui::worker::{Access, Engine, Settings, Times, Ways};

use crate::desk::{Desk, PROGRAM};
use crate::fuzz::Random;
use crate::line::Fate;
use crate::org::TOKEN;
use crate::parts;
use crate::proof::{Cost, Promise, Tier};
use crate::rig::Place;

/// What this file proves.
pub const PROMISES: &[Promise] = &[
    Promise {
        name: "p10_a_killed_bulk_run_goes_on",
        says: "a bulk run killed at any stage goes on",
        proof: killed,
    },
    Promise {
        name: "p10_a_bulk_run_on_a_bad_line_ends_well",
        says: "a bulk run on a bad line ends well",
        proof: bad_line,
    },
];

/// Places where the program is killed, and the way its rows go.
const STAGES: [(&str, Way); 20] = [
    ("bulk/planned", Way::Bulk),
    ("bulk/creating", Way::Bulk),
    ("bulk/posted", Way::Bulk),
    ("bulk/created", Way::Bulk),
    ("bulk/uploading", Way::Bulk),
    ("bulk/put", Way::Bulk),
    ("bulk/uploaded", Way::Bulk),
    ("bulk/patched", Way::Bulk),
    ("bulk/closed", Way::Bulk),
    ("bulk/over", Way::Bulk),
    ("bulk/result", Way::Bulk),
    ("bulk/result:2", Way::Bulk),
    ("bulk/result:3", Way::Bulk),
    ("bulk/fetched", Way::Bulk),
    ("bulk/joining", Way::Bulk),
    ("bulk/joined", Way::Bulk),
    ("bulk/done", Way::Bulk),
    ("bulk/sending", Way::Collections),
    ("bulk/answered", Way::Collections),
    ("bulk/settled", Way::Collections),
];

const KEY: &str = "SFW_Key__c";
const HEADERS: [&str; 2] = [KEY, "LastName"];
/// Rows of a run, and of each of its two parts; one row a part is refused.
const ROWS: usize = 16;
const PART: usize = 8;

fn block(way: Way) -> Block {
    let mut block = Block {
        key: Some(KEY.to_owned()),
        ..Block::new("Contact", Operation::Upsert)
    };
    block.send.way = way;
    block.send.batch_size = 3;
    block
}

fn rows(name: &str) -> Vec<Vec<String>> {
    let row = |row: usize| {
        let last = if row % PART == 2 {
            ""
        } else {
            "Kept, \"whole\""
        };
        vec![format!("{name}-{row}"), last.to_owned()]
    };
    (0..ROWS).map(row).collect()
}

fn killed(tier: Tier) -> Cost {
    let desk = Desk::new();
    let mut cost = Cost::default();
    let mut aborted = 0;
    for (place, (stage, way)) in STAGES.into_iter().enumerate() {
        for turn in 0..tier.of(1, 50) {
            let name = format!("k{place}x{turn}");
            // The second part is as good a place to die in as the first.
            let stage = match turn % 2 == 1
                && !stage.contains(':')
                && stage != "bulk/planned"
                && stage != "bulk/done"
            {
                true => format!("{stage}:2"),
                false => stage.to_owned(),
            };
            aborted += one_killed(&desk, (&name, &stage, way), &mut cost);
        }
    }
    cost.noted(format!("{aborted} orphaned jobs ended"))
}

/// Kills a run once and lets it go on; says how many jobs had to be ended.
fn one_killed(desk: &Desk, (name, stage, way): (&str, &str, Way), cost: &mut Cost) -> u64 {
    let folder = desk.home().join(name);
    let prepared = parts::prepared(&folder, &block(way), &HEADERS, &rows(name), PART);
    let text = serde_json::to_string(&prepared).unwrap();
    std::fs::write(folder.join("prepared.json"), text).unwrap();
    let before = jobs(&desk.org.url);
    let dead = program(
        desk,
        &["bulk", "send", folder.to_str().unwrap()],
        Some(stage),
    );
    assert!(dead.status.signal().is_some(), "{stage}: {dead:?}");
    cost.faults += 1;
    let list = program(desk, &["bulk", "list", "--json"], None);
    let list: Value = serde_json::from_slice(&list.stdout).unwrap();
    let number = list[0]["run"].to_string();
    let done = program(desk, &["bulk", "resume", &number, "--json"], None);
    let run: Value = serde_json::from_slice(&done.stdout)
        .unwrap_or_else(|error| panic!("{stage}: {error}: {done:?}"));
    assert_eq!(run["state"], "done", "{stage}: {run}");
    let soql = format!("SELECT {KEY} FROM Contact WHERE {KEY} LIKE '{name}-%'");
    let made = desk.rows(&soql).len() as u64;
    let good = (ROWS - ROWS / PART) as u64;
    let counts = [
        ("written", good),
        ("refused", 2),
        ("unsent", 0),
        ("unknown", 0),
    ];
    for (what, expected) in counts {
        if run[what] != expected {
            eprintln!(
                "{stage}: {what} is {} where {expected} was due: {run}",
                run[what]
            );
            cost.lost += 1;
        }
    }
    cost.lost += good.saturating_sub(made);
    cost.doubled += made.saturating_sub(good);
    judge_jobs(&before, &jobs(&desk.org.url), (stage, way), cost)
}

/// One job of each part is complete, all others of this run are ended.
fn judge_jobs(
    before: &BTreeMap<String, String>,
    after: &BTreeMap<String, String>,
    (stage, way): (&str, Way),
    cost: &mut Cost,
) -> u64 {
    let new: Vec<&String> = after
        .iter()
        .filter(|(id, _)| !before.contains_key(*id))
        .map(|(_, state)| state)
        .collect();
    let of = |state: &str| new.iter().filter(|found| **found == state).count() as u64;
    let due = match way {
        Way::Collections => 0,
        _ => (ROWS / PART) as u64,
    };
    let (complete, aborted) = (of("JobComplete"), of("Aborted"));
    if complete != due || complete + aborted != new.len() as u64 {
        eprintln!("{stage}: jobs {new:?}");
    }
    cost.doubled += complete.saturating_sub(due);
    cost.lost += due.saturating_sub(complete) + (new.len() as u64 - complete - aborted);
    aborted
}

fn program(desk: &Desk, arguments: &[&str], failpoint: Option<&str>) -> Output {
    let mut command = Command::new(PROGRAM);
    command
        .args(arguments)
        .env_clear()
        .env("HOME", desk.home())
        .env("SFW_TUI_INSTANCE_URL", &desk.org.url)
        .env("SFW_TUI_ACCESS_TOKEN", TOKEN);
    if let Some(stage) = failpoint {
        command.env("SFW_TUI_FAILPOINT", stage);
    }
    command.output().expect("the program runs")
}

/// Every ingest job of the org and its state.
fn jobs(url: &str) -> BTreeMap<String, String> {
    jobs_with(url, TOKEN)
}

fn jobs_with(url: &str, token: &str) -> BTreeMap<String, String> {
    let mut path = "/services/data/v66.0/jobs/ingest".to_owned();
    let mut found = BTreeMap::new();
    loop {
        let page = read(url, token, &path);
        for job in page["records"].as_array().expect("a list of jobs") {
            let text = |name: &str| job[name].as_str().expect("a text").to_owned();
            found.insert(text("id"), text("state"));
        }
        match page["nextRecordsUrl"].as_str() {
            Some(next) => path = next.to_owned(),
            None => return found,
        }
    }
}

fn read(url: &str, token: &str, path: &str) -> Value {
    let host = url.trim_start_matches("http://");
    let mut org = TcpStream::connect(host).expect("the org listens");
    write!(
        org,
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
    )
    .expect("the org reads");
    let mut reply = String::new();
    org.read_to_string(&mut reply).expect("its reply");
    let start = reply.find("\r\n\r\n").expect("a head") + 4;
    let body = &reply[start..];
    let (first, last) = (
        body.find('{').expect("JSON"),
        body.rfind('}').expect("JSON"),
    );
    serde_json::from_str(&body[first..=last]).expect("JSON")
}

/// The machine's clocks, but no wait is long.
fn hurried() -> Times {
    fn passed() -> Duration {
        static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
        START.get_or_init(Instant::now).elapsed()
    }
    Times {
        now: Timestamp::now,
        passed,
        sleep: |wait| Box::pin(tokio::time::sleep(wait.min(Duration::from_millis(3)))),
        seed: 7,
    }
}

fn engine(place: &Place) -> Engine {
    let access = Access::Token {
        instance_url: place.line.url.clone(),
        token: SecretString::from(crate::rig::TOKEN),
    };
    let folder = place.dir.path().join("seat");
    let settings = Settings {
        connection: "env".to_owned(),
        connect: Box::new(move || Ok(access)),
        instance_url: None,
        state_dir: folder.join("state"),
        cache_dir: folder.join("cache"),
        api_version: None,
        house: sfw_tui::worker::House::default(),
        ways: Ways::default(),
    };
    Engine::with_times(settings, hurried())
}

fn bad_line(tier: Tier) -> Cost {
    let place = Place::in_memory();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let engine = engine(&place);
    let mut cost = Cost::default();
    let mut runs = 0;
    while cost.faults < tier.of(12, 200) {
        runs += 1;
        let way = if runs % 4 == 0 {
            Way::Collections
        } else {
            Way::Bulk
        };
        let name = format!("d{runs}");
        let before = jobs_with(&place.url, crate::rig::TOKEN);
        let mut random = Random::new(runs);
        let faults = std::sync::Arc::new(std::sync::atomic::AtomicU64::new(0));
        let met = std::sync::Arc::clone(&faults);
        place.line.rule(move |heard| {
            use std::sync::atomic::Ordering::SeqCst;
            let is_ours = heard.path.contains("/jobs/") || heard.path.contains("/composite/");
            if !is_ours || met.load(SeqCst) >= 5 || random.below(3) > 0 {
                return Fate::Pass;
            }
            met.fetch_add(1, SeqCst);
            match random.below(2) {
                0 => Fate::Lost,
                _ => Fate::Stopped,
            }
        });
        let folder = place.dir.path().join(&name);
        let run = sent(&runtime, &engine, (&folder, &name, way));
        place.line.rule(|_| Fate::Pass);
        cost.faults += faults.load(std::sync::atomic::Ordering::SeqCst);
        assert_eq!(run.state, RunState::Done, "{run:?}");
        let good = (ROWS - ROWS / PART) as u64;
        if (run.tally.ok, run.tally.failed, run.unsent()) != (good, 2, 0) {
            eprintln!("{name}: {run:?}");
            cost.lost += 1;
        }
        let soql = format!("SELECT {KEY} FROM Contact WHERE {KEY} LIKE '{name}-%'");
        let made = place.rows(&soql).len() as u64;
        cost.lost += good.saturating_sub(made);
        cost.doubled += made.saturating_sub(good);
        let after = jobs_with(&place.url, crate::rig::TOKEN);
        judge_jobs(&before, &after, (&name, way), &mut cost);
    }
    cost.noted(format!("{runs} runs"))
}

fn sent(
    runtime: &tokio::runtime::Runtime,
    engine: &Engine,
    (folder, name, way): (&Path, &str, Way),
) -> Run {
    let prepared = parts::prepared(folder, &block(way), &HEADERS, &rows(name), PART);
    let doubles = Doubles::Refused;
    let job = Job::Run(RunJob::Start(Box::new(Start { prepared, doubles })));
    let last = std::cell::RefCell::new(None);
    let keep = |answer: sfw_tui::job::Answer| *last.borrow_mut() = Some(answer.reply);
    runtime.block_on(engine.run(JobId(1), job, &keep));
    match last.into_inner() {
        Some(Reply::Run(run)) => *run,
        other => panic!("{other:?}"),
    }
}
