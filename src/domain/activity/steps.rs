//! The rows a log becomes: Task, Event or note, link rows, and the follow-up task.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::civil::Time;
use jiff::tz::AmbiguousOffset;
use jiff::{Timestamp, Zoned};
use serde_json::Value;

use super::super::record::{Fields, Link};
use super::super::schema::{ObjectSchema, Operation};
use super::super::value::wire_date_time;
use super::super::write::WriteStep;
use super::{ActivityRules, LogEntry, LogKind, NoteObject, USUAL_MEETING};

/// Characters of a subject or a ContentNote's title (Object Reference, "Task").
const SUBJECT: usize = 255;
/// Characters of an older note's title (Object Reference, "Note").
const NOTE_TITLE: usize = 80;

/// The rows of the log itself.
pub(super) fn main(entry: &LogEntry, rules: &ActivityRules, now: &Zoned) -> Vec<WriteStep> {
    match (entry.kind, rules.notes, &rules.event) {
        (LogKind::Call, ..) => vec![call(entry, rules)],
        (LogKind::Task, ..) => vec![task(entry, rules)],
        (LogKind::Meeting, _, Some(event)) => vec![meeting(entry, event, now)],
        (LogKind::Note, NoteObject::ContentNote, _) => content_note(entry),
        (LogKind::Note, NoteObject::Note, _) => vec![old_note(entry)],
        // A note where notes are off; a meeting without Event is refused before.
        (LogKind::Note | LogKind::Meeting, ..) => vec![done_task(entry, rules)],
    }
}

/// The task a log leaves behind.
pub(super) fn follow_up(entry: &LogEntry, rules: &ActivityRules) -> Option<WriteStep> {
    let next = entry.follow_up.as_ref()?;
    let (subject, description) = split(next.subject.trim(), "", SUBJECT);
    let mut row = Row::new("Task", &rules.task);
    row.set("Subject", subject);
    row.set("ActivityDate", next.due.to_string());
    row.set_text("Description", &description);
    row.set_people(entry);
    Some(row.create())
}

/// Subject and long text as they are sent: a missing subject is the first line of the
/// text, and what a subject cannot hold leads the text, so nothing typed is cut.
pub(super) fn wording(entry: &LogEntry) -> (String, String) {
    let (subject, body) = (one_line(&entry.subject), entry.body.trim());
    if !subject.is_empty() {
        return split(&subject, body, SUBJECT);
    }
    match body.split_once('\n') {
        _ if body.is_empty() => (entry.kind.default_subject().to_owned(), String::new()),
        Some((first, rest)) => split(&one_line(first), rest.trim_start_matches('\n'), SUBJECT),
        None => split(&one_line(body), "", SUBJECT),
    }
}

/// When a meeting starts; `None` where the clocks skip that time. No time typed means the
/// half hour now running.
pub(super) fn start(entry: &LogEntry, now: &Zoned) -> Option<Timestamp> {
    let half_hour = if now.minute() < 30 { 0 } else { 30 };
    let time = match entry.time {
        Some(time) => time,
        None => Time::new(now.hour(), half_hour, 0, 0).ok()?,
    };
    let local = entry.day.unwrap_or_else(|| now.date()).to_datetime(time);
    let moment = now.time_zone().to_ambiguous_timestamp(local);
    match moment.offset() {
        AmbiguousOffset::Gap { .. } => None,
        _ => moment.compatible().ok(),
    }
}

/// The user may set that field on a new row.
pub(super) fn takes(schema: &ObjectSchema, field: &str) -> bool {
    schema
        .field(field)
        .is_some_and(|field| field.is_editable(Operation::Create))
}

fn call(entry: &LogEntry, rules: &ActivityRules) -> WriteStep {
    let mut row = Row::task(entry, rules);
    row.set_choice("TaskSubtype", "Call");
    row.set_choice("CallType", "Outbound");
    row.set("Status", rules.closed_status.as_str());
    row.set_text("CallDisposition", &entry.result);
    if let Some(minutes) = entry.minutes {
        row.set("CallDurationInSeconds", minutes.saturating_mul(60));
    }
    row.create()
}

fn task(entry: &LogEntry, rules: &ActivityRules) -> WriteStep {
    Row::task(entry, rules).create()
}

fn done_task(entry: &LogEntry, rules: &ActivityRules) -> WriteStep {
    let mut row = Row::task(entry, rules);
    row.set("Status", rules.closed_status.as_str());
    row.create()
}

/// Start and minutes; the older twins of these fields stay out, since the org
/// refuses a pair that disagrees (object reference, Event).
fn meeting(entry: &LogEntry, event: &ObjectSchema, now: &Zoned) -> WriteStep {
    let (subject, description) = wording(entry);
    let mut row = Row::new("Event", event);
    row.set("Subject", subject);
    if let Some(start) = start(entry, now) {
        row.set("StartDateTime", wire_date_time(start));
    }
    row.set("DurationInMinutes", entry.minutes.unwrap_or(USUAL_MEETING));
    row.set_text("Description", &description);
    row.set_people(entry);
    row.create()
}

/// The note, then a link to each record: one request, all or none.
fn content_note(entry: &LogEntry) -> Vec<WriteStep> {
    let (title, body) = note_wording(entry, SUBJECT);
    let note = fields([
        ("Title", Value::from(title)),
        ("Content", Value::from(STANDARD.encode(paragraphs(&body)))),
    ]);
    let mut steps = vec![create("ContentNote", note)];
    for link in targets(entry) {
        let share = fields([
            ("ContentDocumentId", Value::from("@{0.id}")),
            ("LinkedEntityId", Value::from(link.id.as_str())),
            ("ShareType", Value::from("V")),
            ("Visibility", Value::from("AllUsers")),
        ]);
        steps.push(create("ContentDocumentLink", share));
    }
    steps
}

fn old_note(entry: &LogEntry) -> WriteStep {
    let (title, body) = note_wording(entry, NOTE_TITLE);
    let mut note = fields([("Title", Value::from(title)), ("Body", Value::from(body))]);
    if let Some(link) = targets(entry).next() {
        note.insert("ParentId".to_owned(), Value::from(link.id.as_str()));
    }
    create("Note", note)
}

/// Title and text of a note. A title taken from the text stays in it too, so the note
/// reads whole.
fn note_wording(entry: &LogEntry, most: usize) -> (String, String) {
    let (subject, body) = (one_line(&entry.subject), entry.body.trim());
    if subject.is_empty() {
        let first = one_line(body.lines().next().unwrap_or_default());
        return (split(&first, "", most).0, body.to_owned());
    }
    split(&subject, body, most)
}

/// Text as the HTML a ContentNote holds: escaped, a paragraph a line, because the org
/// strips bare line breaks (object reference, ContentNote).
fn paragraphs(text: &str) -> String {
    let escaped = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;");
    let paragraph = |line: &str| match line.trim().is_empty() {
        true => "<p><br></p>".to_owned(),
        false => format!("<p>{line}</p>"),
    };
    match escaped.is_empty() {
        true => paragraph(""),
        false => escaped.lines().map(paragraph).collect(),
    }
}

/// The most that fits, cut between words; the rest leads the longer text.
fn split(subject: &str, body: &str, most: usize) -> (String, String) {
    let Some((end, _)) = subject.char_indices().nth(most) else {
        return (subject.to_owned(), body.to_owned());
    };
    let fitting = &subject[..end];
    let cut = fitting.rfind(' ').filter(|at| *at > end / 2).unwrap_or(end);
    let (head, rest) = subject.split_at(cut);
    let rest = rest.trim_start();
    let body = match body.is_empty() {
        true => rest.to_owned(),
        false => format!("{rest}\n{body}"),
    };
    (head.to_owned(), body)
}

fn one_line(text: &str) -> String {
    text.split(['\r', '\n', '\t'])
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

fn targets(entry: &LogEntry) -> impl Iterator<Item = &Link> {
    entry.who.iter().chain(&entry.what)
}

fn fields<const N: usize>(pairs: [(&str, Value); N]) -> Fields {
    pairs
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

fn create(object: &str, fields: Fields) -> WriteStep {
    WriteStep::Create {
        object: object.to_owned(),
        fields,
    }
}

/// A row under construction; takes only fields the org has.
struct Row<'a> {
    object: &'static str,
    schema: &'a ObjectSchema,
    fields: Fields,
}

impl<'a> Row<'a> {
    fn new(object: &'static str, schema: &'a ObjectSchema) -> Self {
        Self {
            object,
            schema,
            fields: Fields::new(),
        }
    }

    /// What every sort of Task has.
    fn task(entry: &LogEntry, rules: &'a ActivityRules) -> Self {
        let (subject, description) = wording(entry);
        let mut row = Self::new("Task", &rules.task);
        row.set("Subject", subject);
        if let Some(day) = entry.day {
            row.set("ActivityDate", day.to_string());
        }
        row.set_text("Description", &description);
        row.set_people(entry);
        row
    }

    fn set(&mut self, field: &str, value: impl Into<Value>) {
        if takes(self.schema, field) {
            self.fields.insert(field.to_owned(), value.into());
        }
    }

    fn set_text(&mut self, field: &str, text: &str) {
        if !text.trim().is_empty() {
            self.set(field, text.trim());
        }
    }

    /// A value of our choice, where the list has it.
    fn set_choice(&mut self, field: &str, value: &str) {
        let offered = self.schema.field(field).is_some_and(|field| {
            let mut values = field.picklist.iter();
            field.picklist.is_empty() || values.any(|entry| entry.active && entry.value == value)
        });
        if offered {
            self.set(field, value);
        }
    }

    fn set_people(&mut self, entry: &LogEntry) {
        if let Some(who) = &entry.who {
            self.set("WhoId", who.id.as_str());
        }
        if let Some(what) = &entry.what {
            self.set("WhatId", what.id.as_str());
        }
    }

    fn create(self) -> WriteStep {
        create(self.object, self.fields)
    }
}
