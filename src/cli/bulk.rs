//! `sfw-tui bulk`: runs of write blocks, seen, gone on with and ended without screens.

use std::cell::Cell;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::domain::block::Way;
use crate::domain::block::prepared::{PREPARED_FILE, Prepared};
use crate::domain::block::run::{Doubles, Run, RunJob, RunNumber, RunState, Start};
use crate::domain::failure::Failure;
use crate::domain::text;
use crate::job::{Job, Reply};

use super::output::{Exit, failure_json, json_line, line, report, table};
use super::runner::{Runner, unexpected};

/// Arguments of `bulk`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// What to do; `list` without a word
    #[command(subcommand)]
    pub action: Option<Action>,
}

/// What may be done with runs.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// List the runs, newest first
    List,
    /// Tell all that is known of one run
    Show {
        /// Its number
        run: i64,
    },
    /// Go on with a run from where it is: after a pause, a limit, a lost line or a kill
    Resume {
        /// Its number
        run: i64,
    },
    /// Stop a run for now; the org goes on with the job it has
    Pause {
        /// Its number
        run: i64,
    },
    /// End a run: its job is aborted, what was written stays written
    Abort {
        /// Its number
        run: i64,
    },
    /// Forget a run with its files; its refused rows stay in their error store
    Forget {
        /// Its number
        run: i64,
    },
    /// Send a file that was checked before (the folder that checking named)
    Send {
        /// Folder with `prepared.json`
        folder: PathBuf,
        /// An insert may make records that are there already
        #[arg(long)]
        allow_duplicates: bool,
    },
}

pub(super) fn run(arguments: &Arguments, runner: &Runner, json: bool) -> Result<Exit, Failure> {
    match &arguments.action {
        None | Some(Action::List) => list(runner, json),
        Some(Action::Show { run }) => one(RunJob::Show(RunNumber(*run)), runner, json),
        Some(Action::Pause { run }) => one(RunJob::Pause(RunNumber(*run)), runner, json),
        Some(Action::Resume { run }) => follow(RunJob::Resume(RunNumber(*run)), runner, json),
        Some(Action::Abort { run }) => follow(RunJob::Abort(RunNumber(*run)), runner, json),
        Some(Action::Forget { run }) => {
            runner.ask(Job::Run(RunJob::Forget(RunNumber(*run))))?;
            if json {
                json_line(&json!({ "ok": true, "run": run }));
            } else {
                line(&format!("run {run} is forgotten"));
            }
            Ok(Exit::Ok)
        }
        Some(Action::Send {
            folder,
            allow_duplicates,
        }) => {
            let start = Start {
                prepared: prepared(folder)?,
                doubles: match allow_duplicates {
                    true => Doubles::Fine,
                    false => Doubles::Refused,
                },
            };
            follow(RunJob::Start(Box::new(start)), runner, json)
        }
    }
}

/// What checking left in a folder.
fn prepared(folder: &std::path::Path) -> Result<Prepared, Failure> {
    let path = folder.join(PREPARED_FILE);
    let unusable = |why: &dyn std::fmt::Display| {
        Failure::input(&format!("`{}` is no checked file: {why}", path.display()))
    };
    let text = std::fs::read_to_string(&path).map_err(|error| unusable(&error))?;
    let prepared: Prepared = serde_json::from_str(&text).map_err(|error| unusable(&error))?;
    let folder = std::fs::canonicalize(folder).map_err(|error| unusable(&error))?;
    Ok(Prepared { folder, ..prepared })
}

/// Runs a job that sends rows, tells how it goes on standard error, and prints how it
/// ended.
fn follow(job: RunJob, runner: &Runner, json: bool) -> Result<Exit, Failure> {
    followed(job, runner, json, &Progress::default())
}

/// The same with a progress of the caller's.
pub(super) fn followed(
    job: RunJob,
    runner: &Runner,
    json: bool,
    progress: &Progress,
) -> Result<Exit, Failure> {
    let reply = runner.ask_watching(Job::Run(job), &|reply| {
        if let Reply::Run(run) = reply {
            progress.show(run);
        }
    });
    progress.end();
    match reply? {
        Reply::Run(run) => Ok(ended(&run, json)),
        other => Err(unexpected(&other)),
    }
}

/// One line on standard error that says how far a run is: in place on a terminal, every
/// few seconds elsewhere.
#[derive(Default)]
pub(super) struct Progress {
    shown: Cell<Option<Instant>>,
    silent: bool,
}

impl Progress {
    /// One that says nothing.
    pub(super) fn silent() -> Self {
        Self {
            silent: true,
            ..Self::default()
        }
    }

    fn show(&self, run: &Run) {
        let in_place = io::stderr().is_terminal();
        let every = match in_place {
            true => Duration::from_millis(200),
            false => Duration::from_secs(5),
        };
        let is_early = self.shown.get().is_some_and(|at| at.elapsed() < every);
        if self.silent || is_early {
            return;
        }
        let mut err = io::stderr().lock();
        if self.shown.get().is_none() {
            let _ = writeln!(
                err,
                "run {}: {}, {} rows; if this ends early, `sfw-tui bulk resume {}` goes on",
                run.number, run.block, run.counts.ready, run.number
            );
        }
        self.shown.set(Some(Instant::now()));
        let done = run.tally.settled() + run.tally.under_way;
        let mut text = format!("run {}: {done} of {} rows", run.number, run.counts.ready);
        if run.tally.failed > 0 {
            text.push_str(&format!(", {} refused", run.tally.failed));
        }
        if let Some(pace) = run.pace {
            let left = pace.left.as_secs();
            text.push_str(&format!(
                ", {} a minute, {}:{:02} left",
                pace.rows_a_minute,
                left / 60,
                left % 60
            ));
        }
        text.push_str(&format!("; {}", run.step));
        let _ = match in_place {
            true => write!(err, "\r\x1b[K{}", text::line(&text)),
            false => writeln!(err, "{}", text::line(&text)),
        };
        let _ = err.flush();
    }

    fn end(&self) {
        if self.shown.get().is_some() && io::stderr().is_terminal() {
            let _ = write!(io::stderr().lock(), "\r\x1b[K");
        }
    }
}

fn list(runner: &Runner, json: bool) -> Result<Exit, Failure> {
    let runs = match runner.ask(Job::Run(RunJob::List))? {
        Reply::Runs(runs) => runs,
        other => return Err(unexpected(&other)),
    };
    if json {
        json_line(&Value::Array(runs.iter().map(run_json).collect()));
        return Ok(Exit::Ok);
    }
    let head = [
        "#", "State", "What", "File", "Rows", "Written", "Refused", "Changed",
    ];
    let rows: Vec<Vec<String>> = runs
        .iter()
        .map(|run| {
            vec![
                run.number.to_string(),
                state(run).to_owned(),
                text::line(&run.block.to_string()).into_owned(),
                text::line(&run.source).into_owned(),
                run.counts.ready.to_string(),
                run.tally.ok.to_string(),
                (run.tally.failed + run.tally.unknown + run.tally.unprocessed).to_string(),
                run.changed.strftime("%Y-%m-%d %H:%M:%SZ").to_string(),
            ]
        })
        .collect();
    if rows.is_empty() {
        line("no runs");
    } else {
        table(&head.map(str::to_owned), &rows);
    }
    Ok(Exit::Ok)
}

/// How a run stands in a word: one that says `running` and that no process is at was cut
/// off.
fn state(run: &Run) -> &'static str {
    match (run.state, run.in_hand) {
        (RunState::Running | RunState::Ready, false) => "cut off",
        (state, _) => state.word(),
    }
}

fn one(job: RunJob, runner: &Runner, json: bool) -> Result<Exit, Failure> {
    match runner.ask(Job::Run(job))? {
        Reply::Run(run) => {
            told(&run, json);
            Ok(Exit::Ok)
        }
        other => Err(unexpected(&other)),
    }
}

/// Prints how a run ended; the exit code says the same.
pub(super) fn ended(run: &Run, json: bool) -> Exit {
    told(run, json);
    if let Some(failure) = run.failure.as_ref().filter(|_| !json) {
        report(failure, false);
    }
    let unwritten = run.tally.failed + run.tally.unknown + run.tally.unprocessed;
    match run.state {
        RunState::Done if unwritten + run.counts.invalid == 0 => Exit::Ok,
        RunState::Done if run.tally.ok == 0 && unwritten > 0 => Exit::Failed,
        RunState::Failed | RunState::Waiting => {
            let kind = run.failure.as_ref().map(|failure| failure.kind);
            kind.map_or(Exit::Failed, Exit::from)
        }
        _ => Exit::Partial,
    }
}

fn told(run: &Run, json: bool) {
    if json {
        return json_line(&run_json(run));
    }
    let way = match run.way {
        Way::Collections => "by collections",
        Way::Auto | Way::Bulk => "by bulk jobs",
    };
    line(&format!(
        "run {}: {}  {}, {way}, {}",
        run.number,
        text::line(&run.block.to_string()),
        text::line(&run.source),
        state(run)
    ));
    let tally = run.tally;
    let rows = [
        ("read", run.counts.read),
        ("invalid, not sent", run.counts.invalid),
        ("written", tally.ok),
        ("  of these new", tally.created),
        ("refused", tally.failed),
        ("unknown", tally.unknown),
        ("not tried by the org", tally.unprocessed),
        ("not sent", run.unsent()),
        ("API calls", run.calls),
    ];
    for (what, count) in rows {
        if count > 0 || what == "written" || what == "read" {
            line(&format!("  {what:<22}{count:>12}"));
        }
    }
    if tally.failed + tally.unknown + tally.unprocessed > 0 {
        let store = text::line(&run.errors);
        line(&format!(
            "  `sfw-tui errors show {store}` shows the rows that were not written"
        ));
    }
    if run.state != RunState::Done && !run.in_hand {
        line(&format!("  `sfw-tui bulk resume {}` goes on", run.number));
    }
}

/// A run as JSON.
pub(super) fn run_json(run: &Run) -> Value {
    json!({
        "ok": run.state == RunState::Done,
        "run": run.number.0,
        "state": state(run),
        "object": run.block.object,
        "operation": run.block.operation.word(),
        "key": run.block.key,
        "file": run.source,
        "way": run.way,
        "connection": run.connection,
        "org": run.org_id,
        "read": run.counts.read,
        "invalid": run.counts.invalid,
        "written": run.tally.ok,
        "created": run.tally.created,
        "refused": run.tally.failed,
        "unknown": run.tally.unknown,
        "unprocessed": run.tally.unprocessed,
        "unsent": run.unsent(),
        "calls": run.calls,
        "job": run.job,
        "errors": run.errors,
        "folder": run.folder,
        "error": run.failure.as_ref().map(failure_json),
    })
}
