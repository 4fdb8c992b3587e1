//! `sfw-tui outbox` and `sfw-tui undo`: every write and what became of it, and what may be
//! done about it without screens. `outbox list --history` is the log for an auditor.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::domain::failure::Failure;
use crate::domain::id::RecordId;
use crate::domain::text;
use crate::domain::write::{Op, OpState, Pause, Plan};
use crate::job::{Job, Logged, Reply};

use super::output::{Exit, json_line, line, table, written};
use super::runner::{Runner, unexpected};

/// Arguments of `outbox`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// What to do; `list` without a word
    #[command(subcommand)]
    pub action: Option<Action>,
}

/// What may be done with the outbox.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// List the writes, newest first
    List {
        /// Every transition of every write, oldest first
        #[arg(long)]
        history: bool,
    },
    /// Tell all that is known of one write
    Show {
        /// Its number
        number: i64,
    },
    /// Send one write now, or all whose time has come
    Send {
        /// Its number
        number: Option<i64>,
        /// Send it though it may be saved already
        #[arg(long)]
        anyway: bool,
    },
    /// Give a write up
    Cancel {
        /// Its number
        number: i64,
    },
    /// Say which record a write of unknown outcome made: it is done
    Link {
        /// Its number
        number: i64,
        /// The records, one a step
        #[arg(required = true)]
        ids: Vec<String>,
    },
    /// Stop sending until `resume`
    Pause,
    /// Let sending go on
    Resume,
}

/// Arguments of `undo`.
#[derive(Debug, Args)]
pub struct UndoArguments {
    /// Number of the write to take back (of an undo: to do again)
    pub number: i64,
}

pub(super) fn run(arguments: &Arguments, runner: &Runner, json: bool) -> Result<Exit, Failure> {
    match &arguments.action {
        None | Some(Action::List { history: false }) => list(runner, json),
        Some(Action::List { history: true }) => history(runner, json),
        Some(Action::Show { number }) => show(*number, runner, json),
        Some(Action::Send { number, anyway }) => match number {
            Some(number) => send(*number, *anyway, runner, json),
            None => send_due(runner, json),
        },
        Some(Action::Cancel { number }) => {
            let job = Job::Cancel(find(*number, runner)?.id);
            ended(job, OpState::Cancelled, runner, json)
        }
        Some(Action::Link { number, ids }) => {
            let op = find(*number, runner)?.id;
            let ids = ids.iter().map(|id| record(id)).collect::<Result<_, _>>()?;
            ended(Job::Link { op, ids }, OpState::Done, runner, json)
        }
        Some(Action::Pause) => sending(Job::Pause, runner, json),
        Some(Action::Resume) => sending(Job::Resume, runner, json),
    }
}

pub(super) fn undo(
    arguments: &UndoArguments,
    runner: &Runner,
    json: bool,
) -> Result<Exit, Failure> {
    let op = find(arguments.number, runner)?;
    match runner.ask(Job::Undo(op.id))? {
        Reply::Op(op) => Ok(written(&op, json)),
        other => Err(unexpected(&other)),
    }
}

fn ops(runner: &Runner) -> Result<Vec<Op>, Failure> {
    match runner.ask(Job::Outbox)? {
        Reply::Outbox(ops) => Ok(ops),
        other => Err(unexpected(&other)),
    }
}

fn find(number: i64, runner: &Runner) -> Result<Op, Failure> {
    let found = ops(runner)?.into_iter().find(|op| op.number == number);
    found.ok_or_else(|| Failure::input(&format!("the outbox has no write {number}")))
}

fn record(id: &str) -> Result<RecordId, Failure> {
    id.parse()
        .map_err(|error| Failure::input(&format!("`{id}` is not a record id: {error}")))
}

fn list(runner: &Runner, json: bool) -> Result<Exit, Failure> {
    let ops = ops(runner)?;
    if json {
        json_line(&Value::Array(ops.iter().map(told).collect()));
        return Ok(Exit::Ok);
    }
    let head = ["#", "State", "Tries", "Changed", "What", "Next"].map(str::to_owned);
    let rows: Vec<Vec<String>> = ops
        .iter()
        .map(|op| {
            vec![
                op.number.to_string(),
                op.state.word().to_owned(),
                op.attempts.to_string(),
                op.changed.strftime("%Y-%m-%d %H:%M:%SZ").to_string(),
                text::line(&op.write.summary).into_owned(),
                next(op),
            ]
        })
        .collect();
    table(&head, &rows);
    Ok(Exit::Ok)
}

/// What happens to a write by itself, or what it waits for.
fn next(op: &Op) -> String {
    let at = |at: Option<jiff::Timestamp>| match at {
        Some(at) => format!("at {}", at.strftime("%H:%M:%SZ")),
        None => "at its turn".to_owned(),
    };
    match (op.plan(), op.state) {
        (Some(Plan::Send { at: when }), _) => format!("sent {}", at(when)),
        (Some(Plan::Look { at: when }), _) => format!("looked for {}", at(when)),
        (Some(Plan::Ask), _) => "link, send --anyway or cancel".to_owned(),
        (None, OpState::Unknown) => "send --anyway or cancel".to_owned(),
        (None, OpState::Failed | OpState::Blocked) => {
            let failure = op.failure.as_ref();
            failure.map_or_else(String::new, |failure| {
                text::line(&failure.message).into_owned()
            })
        }
        (None, _) => String::new(),
    }
}

/// A write as JSON: everything kept of it.
fn told(op: &Op) -> Value {
    let mut value = serde_json::to_value(op).unwrap_or_default();
    if let Value::Object(map) = &mut value {
        map.insert("next".to_owned(), next(op).into());
    }
    value
}

fn logged(runner: &Runner) -> Result<Vec<Logged>, Failure> {
    match runner.ask(Job::History(u32::MAX))? {
        Reply::History(logged) => Ok(logged),
        other => Err(unexpected(&other)),
    }
}

fn history(runner: &Runner, json: bool) -> Result<Exit, Failure> {
    for one in logged(runner)?.iter().rev() {
        tell_history(one, json);
    }
    Ok(Exit::Ok)
}

fn tell_history(one: &Logged, json: bool) {
    for step in &one.transitions {
        if json {
            json_line(&json!({
                "write": one.op.number, "op": one.op.id, "at": step.at,
                "state": step.state, "note": step.note, "what": one.op.write.summary,
                "attempts": one.op.attempts, "ids": one.op.ids,
            }));
            continue;
        }
        line(&format!(
            "{}  {:>4}  {:<9}  {}  {}",
            step.at.strftime("%Y-%m-%d %H:%M:%SZ"),
            one.op.number,
            step.state.word(),
            text::line(&one.op.write.summary),
            text::line(&step.note),
        ));
    }
}

fn show(number: i64, runner: &Runner, json: bool) -> Result<Exit, Failure> {
    let op = find(number, runner)?;
    if json {
        json_line(&told(&op));
        return Ok(Exit::Ok);
    }
    line(&format!(
        "{}  {}  {}",
        op.number,
        op.state.word(),
        text::line(&op.write.summary)
    ));
    if let Some(failure) = &op.failure {
        line(&format!("  {}", text::line(&failure.message)));
    }
    if !next(&op).is_empty() {
        line(&format!("  next: {}", next(&op)));
    }
    for look in &op.delivery.looks {
        let hits = look.hits.iter().map(|hit| hit.id.to_string());
        let hits: Vec<String> = hits.collect();
        line(&format!(
            "  looked {} s after sending: {}",
            look.age,
            match hits.is_empty() {
                true => "not found".to_owned(),
                false => hits.join(" "),
            }
        ));
    }
    let all = logged(runner)?;
    if let Some(one) = all.iter().find(|one| one.op.id == op.id) {
        tell_history(one, false);
    }
    Ok(Exit::Ok)
}

fn send(number: i64, anyway: bool, runner: &Runner, json: bool) -> Result<Exit, Failure> {
    let op = find(number, runner)?;
    if op.state == OpState::Unknown && !anyway {
        let message = format!(
            "write {number} may be saved already: look at it with `outbox show {number}`, \
             then say --anyway to send it again"
        );
        return Err(Failure::input(&message));
    }
    let seen = op.state;
    match runner.ask(Job::Resend { op: op.id, seen })? {
        Reply::Op(op) => Ok(written(&op, json)),
        other => Err(unexpected(&other)),
    }
}

/// Sends what is due; the exit code tells whether anything still waits.
fn send_due(runner: &Runner, json: bool) -> Result<Exit, Failure> {
    let pause = match runner.ask(Job::SendDue)? {
        Reply::Sending(pause) => pause,
        other => return Err(unexpected(&other)),
    };
    let waits = ops(runner)?
        .iter()
        .filter(|op| op.state.is_pending())
        .count();
    match json {
        true => json_line(&json!({ "ok": waits == 0, "waiting": waits, "pause": pause })),
        false => {
            line(&format!("{waits} waiting"));
            tell_pause(pause.as_ref());
        }
    }
    Ok(match (waits, pause) {
        (0, _) => Exit::Ok,
        (_, Some(_)) => Exit::Limit,
        (_, None) => Exit::Network,
    })
}

fn ended(job: Job, wanted: OpState, runner: &Runner, json: bool) -> Result<Exit, Failure> {
    match runner.ask(job)? {
        Reply::Op(op) if op.state == wanted => {
            match json {
                true => json_line(&json!({ "ok": true, "state": op.state, "op": op.number })),
                false => line(&format!("{}  {}", op.number, op.state.word())),
            }
            Ok(Exit::Ok)
        }
        Reply::Op(op) => Ok(written(&op, json)),
        other => Err(unexpected(&other)),
    }
}

fn sending(job: Job, runner: &Runner, json: bool) -> Result<Exit, Failure> {
    match runner.ask(job)? {
        Reply::Sending(pause) => {
            match json {
                true => json_line(&json!({ "ok": true, "pause": pause })),
                false => tell_pause(pause.as_ref()),
            }
            Ok(Exit::Ok)
        }
        other => Err(unexpected(&other)),
    }
}

fn tell_pause(pause: Option<&Pause>) {
    line(match pause {
        None => "sending goes on",
        Some(_) => "sending is stopped; `outbox resume` lets it go on",
    });
}
