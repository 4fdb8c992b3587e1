//! `sfw-tui log call --to NAME "text" [--follow-up fri "subject"]`.

use clap::{Args, ValueEnum};

use crate::domain::activity::{FollowUp, LogEntry, LogKind};
use crate::domain::failure::Failure;
use crate::domain::id::RecordId;
use crate::domain::record::Link;
use crate::domain::shorthand;
use crate::job::{Hit, Job, Reply};

use super::output::{Exit, written};
use super::runner::{Runner, unexpected};

/// Arguments of `log`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// What happened
    pub kind: Kind,
    /// Record it was with or about: an id, or a name that only one record has
    #[arg(long, value_name = "RECORD")]
    pub to: String,
    /// A second record it was about
    #[arg(long, value_name = "RECORD")]
    pub about: Option<String>,
    /// What was said; its first line becomes the subject
    pub text: String,
    /// Subject, instead of the text's first line
    #[arg(long)]
    pub subject: Option<String>,
    /// Day, or a task's due day: today, fri, +3d, 2026-11-27
    #[arg(long, value_name = "DAY")]
    pub when: Option<String>,
    /// Start of a meeting: 14:30
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,
    /// How long it took
    #[arg(long, value_name = "N")]
    pub minutes: Option<u32>,
    /// Outcome of the call
    #[arg(long, default_value = "")]
    pub result: String,
    /// Task to leave behind: the day it is due, and what to do
    #[arg(long, num_args = 2, value_names = ["DAY", "SUBJECT"])]
    pub follow_up: Option<Vec<String>>,
}

/// Kinds of log, as typed.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Kind {
    /// A completed call
    Call,
    /// A meeting
    Meeting,
    /// A task to do
    Task,
    /// A note
    Note,
}

pub(super) fn run(arguments: &Arguments, runner: &Runner, json: bool) -> Result<Exit, Failure> {
    let entry = entry(arguments, runner)?;
    match runner.ask(Job::log(entry))? {
        Reply::Op(op) => Ok(written(&op, json)),
        other => Err(unexpected(&other)),
    }
}

fn entry(arguments: &Arguments, runner: &Runner) -> Result<LogEntry, Failure> {
    let now = runner.now()?;
    let kind = match arguments.kind {
        Kind::Call => LogKind::Call,
        Kind::Meeting => LogKind::Meeting,
        Kind::Task => LogKind::Task,
        Kind::Note => LogKind::Note,
    };
    let mut entry = LogEntry::new(kind, &record(&arguments.to, runner)?, &now);
    if let Some(about) = &arguments.about {
        add(&mut entry, record(about, runner)?)?;
    }
    let (first, rest) = arguments
        .text
        .split_once('\n')
        .unwrap_or((&arguments.text, ""));
    match &arguments.subject {
        Some(subject) => (entry.subject, entry.body) = (subject.clone(), arguments.text.clone()),
        None => (entry.subject, entry.body) = (first.to_owned(), rest.to_owned()),
    }
    if let Some(when) = &arguments.when {
        entry.day = Some(day(when, &now)?);
    }
    if let Some(at) = &arguments.at {
        let time = shorthand::time(at);
        entry.time = Some(time.ok_or_else(|| wrong(at, "a time such as 14:30"))?);
    }
    entry.minutes = arguments.minutes;
    entry.result.clone_from(&arguments.result);
    if let Some([due, subject]) = arguments.follow_up.as_deref() {
        entry.follow_up = Some(FollowUp {
            subject: subject.clone(),
            due: day(due, &now)?,
        });
    }
    Ok(entry)
}

/// Puts a second record where the first is not.
fn add(entry: &mut LogEntry, link: Link) -> Result<(), Failure> {
    let person = matches!(link.object.as_str(), "Contact" | "Lead");
    let place = if person {
        &mut entry.who
    } else {
        &mut entry.what
    };
    if place.is_some() {
        return Err(Failure::input(
            "--to and --about are both people or both not; name one person and one other record",
        ));
    }
    *place = Some(link);
    Ok(())
}

fn day(text: &str, now: &jiff::Zoned) -> Result<jiff::civil::Date, Failure> {
    shorthand::date(text, now.date())
        .ok_or_else(|| wrong(text, "a day such as today, fri, +3d or 2026-11-27"))
}

fn wrong(text: &str, wanted: &str) -> Failure {
    Failure::input(&format!("`{text}` is not {wanted}"))
}

/// The record of an id, or of a name that exactly one record has: cached names first,
/// then the org's search.
fn record(text: &str, runner: &Runner) -> Result<Link, Failure> {
    if text.parse::<RecordId>().is_ok() && text.chars().any(|c| c.is_ascii_digit()) {
        return runner.link(text);
    }
    let recall = Job::Recall {
        text: text.to_owned(),
        objects: Vec::new(),
    };
    if let Some(link) = only(text, &hits(runner, recall)?)? {
        return Ok(link);
    }
    let search = Job::Search {
        text: text.to_owned(),
        objects: Vec::new(),
    };
    let found = hits(runner, search)?;
    match only(text, &found)? {
        Some(link) => Ok(link),
        None => match found.as_slice() {
            [one] => Ok(one.link.clone()),
            [] => Err(Failure::input(&format!("no record is named `{text}`"))),
            many => Err(ambiguous(text, many)),
        },
    }
}

fn hits(runner: &Runner, job: Job) -> Result<Vec<Hit>, Failure> {
    match runner.ask(job)? {
        Reply::Found(found) => Ok(found.hits),
        other => Err(unexpected(&other)),
    }
}

/// The one hit that bears exactly this name.
fn only(text: &str, hits: &[Hit]) -> Result<Option<Link>, Failure> {
    let named: Vec<Hit> = hits
        .iter()
        .filter(|hit| hit.link.name.to_lowercase() == text.to_lowercase())
        .cloned()
        .collect();
    match named.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some(one.link.clone())),
        many => Err(ambiguous(text, many)),
    }
}

fn ambiguous(text: &str, hits: &[Hit]) -> Failure {
    let names: Vec<String> = hits
        .iter()
        .take(5)
        .map(|hit| format!("{} {} ({})", hit.link.object, hit.link.name, hit.link.id))
        .collect();
    Failure::input(&format!(
        "`{text}` may be any of: {}; name it by its id",
        names.join(", ")
    ))
}
