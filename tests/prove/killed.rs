//! Starting a child, ending it, and judging what it left behind: everything it told must
//! hold, and each of its writes must be in the org once.

use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use sfw_tui::domain::write::{Op, OpId, OpState, WriteStep};
use sfw_tui::job::Job;
use sfw_tui::store::outbox::Outbox;
use sfw_tui::worker::Ways;

use crate::child;
use crate::proof::Cost;
use crate::rig::Place;

/// How a child ends, unless it is done before.
#[derive(Debug, Clone)]
pub enum End {
    /// Killed so long after it was ready.
    After(Duration),
    /// By itself, at a failpoint: `name:turn`.
    At(String),
    /// Not at all.
    Never,
}

/// What a child told before it ended.
#[derive(Debug, Default)]
pub struct Told {
    /// The last state told of each write.
    pub ops: HashMap<OpId, String>,
    /// Name of the draft that was called kept last, and not called thrown away.
    pub draft: Option<String>,
    /// How far its clock was ahead.
    pub ahead: Duration,
    /// It came to its end.
    pub is_done: bool,
    /// From its first word to its end.
    pub took: Duration,
}

/// A place where children work.
pub struct Bench<'a> {
    pub place: &'a Place,
    /// Names of records begin so.
    pub name: String,
    pub role: String,
    pub seed: u64,
}

impl Bench<'_> {
    fn state(&self) -> PathBuf {
        self.place.dir.path().join(&self.name)
    }

    /// Runs one child to its end; `more` is told apart from earlier ones by its name.
    pub fn run(&self, more: &str, end: &End, told: &mut Told) {
        let mut command = Command::new(std::env::current_exe().expect("this binary"));
        command
            .env(child::ROLE, &self.role)
            .env(child::STATE, self.state())
            .env(child::URL, &self.place.url)
            .env(child::SEED, self.seed.to_string())
            .env(child::NAME, format!("{}{more}", self.name))
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        if let End::At(point) = end {
            command.env("SFW_TUI_FAILPOINT", point);
        }
        let mut child = command.spawn().expect("a child");
        let out = BufReader::new(child.stdout.take().expect("its output"));
        let mut started = Instant::now();
        let (mut killer, mut lines) = (None, out.lines());
        while let Some(Ok(line)) = lines.next() {
            if line.starts_with("ready") {
                started = Instant::now();
                if let End::After(wait) = end {
                    let (pid, wait) = (child.id(), *wait);
                    killer = Some(std::thread::spawn(move || {
                        std::thread::sleep(wait);
                        let pid = rustix::process::Pid::from_raw(pid.cast_signed());
                        let kill = rustix::process::Signal::KILL;
                        pid.map(|pid| rustix::process::kill_process(pid, kill))
                    }));
                }
            }
            told.hear(&line);
        }
        told.took = started.elapsed();
        // Before it is reaped, so that its number is nobody else's yet.
        killer.map(std::thread::JoinHandle::join);
        child.wait().expect("its end");
    }

    /// Lets what is left find its end by a sound line, and counts what is lost or doubled.
    pub fn judge(&self, told: &Told) -> Cost {
        let mut cost = Cost::default();
        let state = self.state().join("state");
        cost.lost += self.broken_promises(&state, told);
        self.place
            .clock
            .skip(told.ahead + Duration::from_secs(1_800));
        self.place.line.strays(told.ahead);
        let seat = self.place.seat(&self.name, Ways::default());
        seat.run(Job::Resume);
        seat.settle(Duration::from_secs(20), || {});
        let mut ops = seat.outbox().list().expect("the outbox reads");
        ops.sort_by_key(|op| op.number);
        for op in &ops {
            if let Some(told) = told.ops.get(&op.id) {
                cost.lost += u64::from(told == "done" && op.state != OpState::Done);
            }
        }
        self.count_rows(&ops, &mut cost);
        self.place.clock.rewind();
        std::fs::remove_dir_all(self.state()).expect("the child's folder");
        cost
    }

    /// What was told and is not on disk.
    fn broken_promises(&self, state: &Path, told: &Told) -> u64 {
        let outbox = Outbox::open(state).expect("the outbox opens after any kill");
        let mut broken = 0;
        for (id, state) in &told.ops {
            let kept = outbox.load(*id);
            let holds = kept.as_ref().is_ok_and(|op| match state.as_str() {
                "done" => op.state == OpState::Done,
                "cancelled" => op.state == OpState::Cancelled,
                _ => true,
            });
            if !holds {
                eprintln!("{}: {id} was told {state}: {kept:?}", self.name);
                broken += 1;
            }
        }
        if let Some(name) = &told.draft {
            let is_write = outbox.list().expect("the outbox reads");
            let is_write = is_write.iter().any(|op| op.write.summary == *name);
            if !is_write && !has_draft(state, name) {
                eprintln!("{}: the draft {name} is gone", self.name);
                broken += 1;
            }
        }
        broken
    }

    fn count_rows(&self, ops: &[Op], cost: &mut Cost) {
        let undone: Vec<OpId> = ops
            .iter()
            .filter(|op| op.state == OpState::Done)
            .filter_map(|op| op.delivery.undoes)
            .collect();
        let mut names: BTreeMap<(String, String), u64> = BTreeMap::new();
        for op in ops {
            for step in &op.write.steps {
                if let Some(key) = created(step) {
                    let is_there = op.state == OpState::Done && !undone.contains(&op.id);
                    *names.entry(key).or_default() += u64::from(is_there);
                }
            }
        }
        let objects: std::collections::BTreeSet<&str> =
            names.keys().map(|(object, _)| object.as_str()).collect();
        for object in objects {
            let field = name_field(object);
            let soql = format!(
                "SELECT {field} FROM {object} WHERE {field} LIKE '{}%'",
                self.name
            );
            let rows = self.place.rows(&soql);
            for ((_, name), expected) in names.iter().filter(|((of, _), _)| of == object) {
                let found = rows.iter().filter(|row| row[field] == **name).count() as u64;
                if found != *expected {
                    let op = ops.iter().find(|op| op.write.summary == *name);
                    eprintln!("{object} {name}: {found} rows, {expected} expected: {op:#?}");
                }
                cost.doubled += found.saturating_sub(*expected);
                cost.lost += expected.saturating_sub(found);
            }
        }
        self.see_last_change(ops, cost);
    }

    /// The record that was changed again and again holds what the last change put there.
    fn see_last_change(&self, ops: &[Op], cost: &mut Cost) {
        let mut last: HashMap<String, &Value> = HashMap::new();
        for op in ops.iter().filter(|op| op.state == OpState::Done) {
            for step in &op.write.steps {
                if let WriteStep::Update { id, fields, .. } = step
                    && let Some(value) = fields.get(child::CHANGED)
                {
                    last.insert(id.to_string(), value);
                }
            }
        }
        for (id, value) in last {
            let field = child::CHANGED;
            let soql = format!("SELECT {field} FROM Contact WHERE Id = '{id}'");
            let rows = self.place.rows(&soql);
            let held = rows.first().map(|row| &row[field]);
            if held != Some(value) {
                eprintln!("{id} holds {held:?}, not {value}: {ops:#?}");
                cost.lost += 1;
            }
        }
    }
}

/// Whatever the address was that the child's own line had.
fn has_draft(state: &Path, name: &str) -> bool {
    let sql = rusqlite::Connection::open(state.join("outbox.db")).expect("the outbox");
    let count = "SELECT count(*) FROM drafts WHERE instr(draft, ?1) > 0";
    let count: rusqlite::Result<i64> = sql.query_row(count, [name], |row| row.get(0));
    count.expect("drafts are counted") > 0
}

impl Told {
    fn hear(&mut self, line: &str) {
        let mut words = line.split_whitespace();
        let (Some(what), at) = (words.next(), words.next()) else {
            return;
        };
        let at = at.and_then(|at| at.parse().ok()).map(Duration::from_millis);
        self.ahead = self.ahead.max(at.unwrap_or_default());
        let which = words.next().map(str::to_owned);
        match (what, which) {
            ("end", _) => self.is_done = true,
            ("draft", name) => self.draft = name,
            ("dropping", _) => self.draft = None,
            ("op", Some(id)) => {
                let id = id.parse().expect("an id");
                let state = words.next().unwrap_or_default().to_owned();
                self.ops.insert(id, state);
            }
            _ => {}
        }
    }
}

fn created(step: &WriteStep) -> Option<(String, String)> {
    let WriteStep::Create { object, fields } = step else {
        return None;
    };
    let name = fields.get(name_field(object))?.as_str()?;
    Some((object.clone(), name.to_owned()))
}

fn name_field(object: &str) -> &'static str {
    match object {
        "Task" | "Case" | "Event" => "Subject",
        "Contact" | "Lead" => "LastName",
        _ => "Name",
    }
}
