//! Logging what happened: calls, meetings, tasks, notes, with a follow-up task.

mod steps;
#[cfg(test)]
mod tests;

use jiff::Zoned;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::record::Link;
use super::schema::{Field, ObjectSchema};
use super::text;
use super::value::{Problem, show_date};
use super::write::Write;

/// What was typed into the quick log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogEntry {
    /// What sort of thing happened.
    pub kind: LogKind,
    /// Whom it was with: a contact or a lead.
    pub who: Option<Link>,
    /// What it was about: an account, an opportunity, any other record.
    pub what: Option<Link>,
    /// One line; a note's title.
    pub subject: String,
    /// The long text.
    pub body: String,
    /// Outcome of a call (`CallDisposition`), where the org has the field.
    pub result: String,
    /// Day it happened or is due; a meeting's day.
    pub day: Option<Date>,
    /// A meeting's start on that day, in the user's zone; `None` takes the present half hour.
    pub time: Option<jiff::civil::Time>,
    /// How long a call or meeting took.
    pub minutes: Option<u32>,
    /// A task to do next.
    pub follow_up: Option<FollowUp>,
    /// What was typed and cannot be read; never written, kept for the draft.
    #[serde(default)]
    pub unread: Unread,
}

/// Lines of the quick log that hold no day, time or number, as typed; `None` where a line
/// could be read and the entry has its value.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Unread {
    /// In place of day and time.
    pub when: Option<String>,
    /// In place of the minutes.
    pub minutes: Option<String>,
    /// In place of the follow-up's due day.
    pub due: Option<String>,
}

/// Sorts of log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogKind {
    /// A completed Task of subtype Call.
    #[default]
    Call,
    /// An Event.
    Meeting,
    /// An open Task.
    Task,
    /// A ContentNote with its link, or a Note where those are off.
    Note,
}

/// The task a log leaves behind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowUp {
    /// What to do.
    pub subject: String,
    /// When it is due.
    pub due: Date,
}

/// What the org says about activities; read once, then cached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActivityRules {
    /// Describe of Task.
    pub task: ObjectSchema,
    /// Describe of Event; `None` where the user has none.
    pub event: Option<ObjectSchema>,
    /// First value of TaskStatus with `IsClosed`.
    pub closed_status: String,
    /// Which object takes notes.
    pub notes: NoteObject,
}

/// Where notes go in this org.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum NoteObject {
    /// ContentNote and ContentDocumentLink.
    ContentNote,
    /// The older Note.
    Note,
    /// Neither: a completed Task takes the text.
    Task,
}

/// Longest meeting the org takes, in minutes: 14 days (API reference, "Event").
const LONGEST_MEETING: u32 = 14 * 24 * 60;
/// Minutes of a meeting that says none.
const USUAL_MEETING: u32 = 30;
/// Longest call: a day; more is a slip of the finger.
const LONGEST_CALL: u32 = 24 * 60;
/// Characters of an older note (API reference, "Notes and files").
const OLD_NOTE: usize = 32_000;

impl LogKind {
    /// One word, as the form and the command line name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Meeting => "meeting",
            Self::Task => "task",
            Self::Note => "note",
        }
    }

    /// Subject where none was typed.
    fn default_subject(self) -> &'static str {
        match self {
            Self::Call => "Call",
            Self::Meeting => "Meeting",
            Self::Task => "Task",
            Self::Note => "Note",
        }
    }
}

impl LogEntry {
    /// A log on a record: contacts and leads are whom it was with, anything else is what
    /// it was about. What happened, happened today; a task has no due day yet.
    pub fn new(kind: LogKind, link: &Link, now: &Zoned) -> Self {
        let is_person = is_contact(link) || is_lead(link);
        Self {
            kind,
            who: is_person.then(|| link.clone()),
            what: (!is_person).then(|| link.clone()),
            subject: String::new(),
            body: String::new(),
            result: String::new(),
            day: (kind != LogKind::Task).then(|| now.date()),
            time: None,
            minutes: None,
            follow_up: None,
            unread: Unread::default(),
        }
    }

    /// Nothing was typed that would be lost.
    pub fn is_empty(&self) -> bool {
        self.follow_up.is_none()
            && [&self.subject, &self.body, &self.result]
                .iter()
                .all(|text| text.trim().is_empty())
    }

    /// One line for the outbox: `call 'Left voicemail' on Lena Ortiz`.
    pub fn summary(&self) -> String {
        let kind = self.kind.name();
        let subject = text::clip(&steps::wording(self).0, 60, "…");
        let mut line = format!("{kind} '{subject}'");
        if let Some(link) = self.who.as_ref().or(self.what.as_ref()) {
            line.push_str(&format!(" on {}", text::line(&link.name)));
        }
        if let Some(next) = &self.follow_up {
            let subject = text::clip(next.subject.trim(), 40, "…");
            line.push_str(&format!(
                ", then task '{subject}' due {}",
                show_date(next.due)
            ));
        }
        line
    }
}

/// Everything wrong with a log; the problems' fields are the names of [`LogEntry`]'s.
pub fn check(entry: &LogEntry, rules: &ActivityRules, now: &Zoned) -> Vec<Problem> {
    let found = [
        check_kind(entry, rules),
        check_words(entry),
        check_what(entry, rules),
        check_parent(entry, rules),
        check_length("result", &entry.result, rules.task.field("CallDisposition")),
        check_body(entry, rules),
        check_time(entry, now),
        check_minutes(entry),
        check_follow_up(entry, rules),
    ];
    found.into_iter().flatten().collect()
}

/// The all-or-none write of a log, its follow-up task included.
///
/// Fields the org does not have are left out; [`dropped`] names those that
/// held something. The org fills the owner: whoever sends it.
pub fn to_write(
    entry: &LogEntry,
    rules: &ActivityRules,
    now: &Zoned,
) -> Result<Write, Vec<Problem>> {
    let problems = check(entry, rules, now);
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut steps = steps::main(entry, rules, now);
    steps.extend(steps::follow_up(entry, rules));
    Ok(Write {
        summary: entry.summary(),
        steps,
        allow_duplicates: false,
    })
}

/// What was typed and will not be kept, because this org has no such field for the user:
/// one sentence each.
pub fn dropped(entry: &LogEntry, rules: &ActivityRules) -> Vec<String> {
    let is_call = entry.kind == LogKind::Call;
    let typed = [
        (
            "result",
            "CallDisposition",
            is_call && !entry.result.trim().is_empty(),
        ),
        (
            "minutes",
            "CallDurationInSeconds",
            is_call && entry.minutes.is_some(),
        ),
        (
            "notes",
            "Description",
            is_call && !entry.body.trim().is_empty(),
        ),
    ];
    typed
        .into_iter()
        .filter(|(_, field, typed)| *typed && !steps::takes(&rules.task, field))
        .map(|(what, field, _)| {
            format!("The {what} will not be kept: you have no field `{field}` on tasks.")
        })
        .collect()
}

fn is_contact(link: &Link) -> bool {
    link.object == "Contact"
}

fn is_lead(link: &Link) -> bool {
    link.object == "Lead"
}

fn check_kind(entry: &LogEntry, rules: &ActivityRules) -> Option<Problem> {
    let schema = match (entry.kind, rules.notes) {
        (LogKind::Note, NoteObject::ContentNote | NoteObject::Note) => return None,
        (LogKind::Meeting, _) => rules.event.as_ref(),
        _ => Some(&rules.task),
    };
    // Without a subject of theirs the user may not create the row at all.
    if schema.is_some_and(|schema| steps::takes(schema, "Subject")) {
        return None;
    }
    let message = match entry.kind {
        LogKind::Meeting => "you may not create meetings in this org; log a call or a task",
        _ => "you may not create tasks in this org; ask your admin",
    };
    Some(Problem::new("kind", message))
}

/// A call or meeting speaks for itself; a task or note without a word says nothing.
fn check_words(entry: &LogEntry) -> Option<Problem> {
    let is_silent = entry.subject.trim().is_empty() && entry.body.trim().is_empty();
    match entry.kind {
        LogKind::Task if is_silent => Some(Problem::new("subject", "required; type what to do")),
        LogKind::Note if is_silent => Some(Problem::new("body", "required; type the note")),
        _ => None,
    }
}

/// An activity with a lead takes no other record (object reference, Task: `WhatId`), and not every object takes
/// activities.
fn check_what(entry: &LogEntry, rules: &ActivityRules) -> Option<Problem> {
    let what = entry
        .what
        .as_ref()
        .filter(|_| entry.kind != LogKind::Note)?;
    if entry.who.as_ref().is_some_and(is_lead) {
        return Some(Problem::new(
            "what",
            "a lead takes no other record beside it; take this out",
        ));
    }
    let schema = match (entry.kind, &rules.event) {
        (LogKind::Meeting, Some(event)) => event,
        _ => &rules.task,
    };
    let field = schema.field("WhatId")?;
    if field.reference_to.is_empty() || field.reference_to.contains(&what.object) {
        return None;
    }
    let message = format!(
        "{} takes no activities; log a note instead",
        text::line(&what.object)
    );
    Some(Problem::new("what", message))
}

/// The older notes hang on one record and cannot stand alone.
fn check_parent(entry: &LogEntry, rules: &ActivityRules) -> Option<Problem> {
    let is_loose = entry.who.is_none() && entry.what.is_none();
    (is_loose && entry.kind == LogKind::Note && rules.notes == NoteObject::Note)
        .then(|| Problem::new("what", "required; a note belongs to a record"))
}

fn check_body(entry: &LogEntry, rules: &ActivityRules) -> Option<Problem> {
    let schema = match (entry.kind, rules.notes) {
        (LogKind::Note, NoteObject::ContentNote) => return None,
        (LogKind::Note, NoteObject::Note) => return too_long("body", &entry.body, OLD_NOTE),
        (LogKind::Meeting, _) => rules.event.as_ref()?,
        _ => &rules.task,
    };
    check_length(
        "body",
        &steps::wording(entry).1,
        schema.field("Description"),
    )
}

fn check_length(name: &str, typed: &str, field: Option<&Field>) -> Option<Problem> {
    let most = field.map_or(0, |field| field.length as usize);
    too_long(name, typed, most).filter(|_| most > 0)
}

fn too_long(name: &str, typed: &str, most: usize) -> Option<Problem> {
    let count = typed.chars().count();
    (count > most).then(|| {
        let message = format!("too long: {count} characters, at most {most} fit");
        Problem::new(name, message)
    })
}

fn check_time(entry: &LogEntry, now: &Zoned) -> Option<Problem> {
    let is_skipped = entry.kind == LogKind::Meeting && steps::start(entry, now).is_none();
    is_skipped.then(|| {
        Problem::new(
            "time",
            "no such time: clocks go forward over it that day; try an hour later",
        )
    })
}

fn check_minutes(entry: &LogEntry) -> Option<Problem> {
    let most = match entry.kind {
        LogKind::Call => LONGEST_CALL,
        LogKind::Meeting => LONGEST_MEETING,
        LogKind::Task | LogKind::Note => return None,
    };
    (entry.minutes? > most)
        .then(|| Problem::new("minutes", format!("too long: at most {most} minutes")))
}

fn check_follow_up(entry: &LogEntry, rules: &ActivityRules) -> Option<Problem> {
    let follow_up = entry.follow_up.as_ref()?;
    if !steps::takes(&rules.task, "Subject") {
        let message = "you may not create tasks in this org; take the follow-up out";
        return Some(Problem::new("follow_up", message));
    }
    let is_silent = follow_up.subject.trim().is_empty();
    is_silent.then(|| Problem::new("follow_up", "required; type what to do next"))
}
