//! Logging calls, meetings, tasks and notes: a [`Write`](crate::domain::write::Write)
//! built from what the org says of activities, on the road of every write.

use std::sync::Arc;

use crate::domain::activity::{self, ActivityRules, LogEntry, NoteObject};
use crate::domain::failure::Failure;
use crate::domain::schema::object_named;
use crate::job::Reply;
use crate::sf::query;
use crate::store::cache::{Entry, Part};

use super::asked::Asked;
use super::connect;
use super::describe;
use super::engine::Engine;
use super::write;

/// Closed statuses in the org's order; names vary, so they are asked for (object
/// reference, TaskStatus).
const CLOSED_STATUS: &str =
    "SELECT ApiName, MasterLabel FROM TaskStatus WHERE IsClosed = true ORDER BY SortOrder LIMIT 1";

/// `Job::PrepareLog`: all requests a log needs besides its own.
pub(super) async fn prepare(engine: &Engine, asked: &Asked<'_>) -> Result<Reply, Failure> {
    let known = engine.cached::<ActivityRules>(asked, Part::Activity, "");
    let now = (engine.clock)();
    let is_fresh = |known: &Entry<_>| now.duration_since(known.checked).as_hours() < 24;
    let rules = match known {
        Some(known) if is_fresh(&known) => known.value,
        known => match (ask_rules(engine, asked).await, known) {
            (Ok(rules), _) => rules,
            // Rules of yesterday are better than no log.
            (Err(_), Some(known)) => known.value,
            (Err(failure), None) => return Err(failure),
        },
    };
    Ok(Reply::LogReady(Arc::new(rules)))
}

/// `Job::Log`: one request when the rules are at hand, however old.
pub(super) async fn run(
    engine: &Engine,
    asked: &Asked<'_>,
    entry: &LogEntry,
    draft: Option<&str>,
) -> Result<Reply, Failure> {
    let rules = match engine.cached::<ActivityRules>(asked, Part::Activity, "") {
        Some(known) => known.value,
        None => ask_rules(engine, asked).await?,
    };
    let now = engine.now(asked);
    let write = activity::to_write(entry, &rules, &now)
        .map_err(|problems| Failure::from_problems(&problems))?;
    write::run(engine, asked, &write, draft).await
}

async fn ask_rules(engine: &Engine, asked: &Asked<'_>) -> Result<ActivityRules, Failure> {
    let objects = describe::objects(engine, asked).await?;
    let may_create =
        |name: &str| object_named(&objects, name).is_some_and(|found| found.createable);
    let task = describe::form(engine, asked, "Task").await?;
    let event = if may_create("Event") {
        Some(describe::form(engine, asked, "Event").await?.schema.clone())
    } else {
        None
    };
    let notes = if may_create("ContentNote") {
        NoteObject::ContentNote
    } else if may_create("Note") {
        NoteObject::Note
    } else {
        NoteObject::Task
    };
    let rules = ActivityRules {
        task: task.schema.clone(),
        event,
        closed_status: closed_status(engine, asked).await?,
        notes,
    };
    let entry = Entry {
        value: &rules,
        stamp: String::new(),
        checked: (engine.clock)(),
    };
    engine.keep(asked, (Part::Activity, ""), &entry);
    Ok(rules)
}

async fn closed_status(engine: &Engine, asked: &Asked<'_>) -> Result<String, Failure> {
    let line = connect::line(engine, asked).await?;
    let request = query::query(line.version, CLOSED_STATUS);
    let response = line.wire.read(asked, &request).await?;
    let rows = query::read_rows(&response.body)?.records;
    rows.first()
        .and_then(|row| row.text("ApiName").or_else(|| row.text("MasterLabel")))
        .map(str::to_owned)
        .ok_or_else(|| Failure::bad_reply(None, "the org has no status for a closed task"))
}
