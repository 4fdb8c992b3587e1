//! A record's activities and notes in one list, as the Activity tab shows them.

use jiff::civil::Date;
use jiff::{Timestamp, Zoned};
use serde::{Deserialize, Serialize};

use super::id::RecordId;
use super::record::{Link, Record};
use super::text;
use super::value::{html_text, instant};

/// What is to come, what was, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timeline {
    /// Open tasks and coming meetings, overdue first, then by day.
    pub open: Vec<Activity>,
    /// Done tasks, past meetings, notes; newest first.
    pub past: Vec<Activity>,
    /// The org has more than were read.
    pub more: bool,
}

/// One activity or note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activity {
    /// The Task, Event, ContentNote or Note.
    pub link: Link,
    /// What sort it is.
    pub kind: ActivityKind,
    /// Its day in the user's zone: due day, start day, or day of the note.
    pub day: Option<jiff::civil::Date>,
    /// First lines of its text.
    pub text: String,
    /// Whom it was with or what it was about, when that is not the open record.
    pub with: Option<String>,
    /// Its owner's name.
    pub owner: Option<String>,
    /// A task that is not closed, a meeting that lies ahead.
    pub open: bool,
}

/// Sorts of activity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ActivityKind {
    /// A call.
    Call,
    /// A meeting.
    Meeting,
    /// An e-mail.
    Email,
    /// Any other task.
    Task,
    /// A note.
    Note,
}

/// Lines of an activity's text that the list keeps.
const LINES: usize = 3;
/// Characters of it.
const CHARACTERS: usize = 400;

/// Puts a record's activities and notes in order, as seen at `now` in its zone.
///
/// Notes may be ContentDocumentLink rows (others than notes are left out), ContentNote or
/// Note. A row without an id is left out. Whether the org has more is the caller's to say.
pub fn build(
    record: &RecordId,
    tasks: &[Record],
    events: &[Record],
    notes: &[Record],
    now: &Zoned,
) -> Timeline {
    let mut rows: Vec<Row> = Vec::with_capacity(tasks.len() + events.len() + notes.len());
    rows.extend(tasks.iter().filter_map(|row| task(record, row, now)));
    rows.extend(events.iter().filter_map(|row| event(record, row, now)));
    rows.extend(notes.iter().filter_map(|row| note(row, now)));
    let (mut open, mut past): (Vec<Row>, Vec<Row>) =
        rows.into_iter().partition(|row| row.activity.open);
    // Overdue days come first by themselves; what has no day comes last.
    open.sort_by_key(|row| (row.activity.day.is_none(), row.activity.day, row.moment));
    past.sort_by_key(|row| std::cmp::Reverse((row.activity.day, row.moment)));
    let plain = |rows: Vec<Row>| rows.into_iter().map(|row| row.activity).collect();
    Timeline {
        open: plain(open),
        past: plain(past),
        more: false,
    }
}

/// An activity and the moment that orders it among those of the same day.
struct Row {
    activity: Activity,
    moment: Option<Timestamp>,
}

fn task(record: &RecordId, row: &Record, now: &Zoned) -> Option<Row> {
    let open = row.value("IsClosed").and_then(|value| value.as_bool()) != Some(true);
    let moment = moment(row, &["CompletedDateTime", "CreatedDate"]);
    let due = row.text("ActivityDate").and_then(|day| day.parse().ok());
    let done = moment.filter(|_| !open).map(|moment| day_of(moment, now));
    let kind = match row.text("TaskSubtype") {
        Some("Call") => ActivityKind::Call,
        Some("Email" | "ListEmail") => ActivityKind::Email,
        _ => ActivityKind::Task,
    };
    Some(Row {
        activity: Activity {
            link: link(row, "Task", "Subject")?,
            kind,
            day: due.or(done),
            text: opening(row.text("Description")),
            with: with(record, row),
            owner: safe(row.text("Owner.Name")),
            open,
        },
        moment,
    })
}

fn event(record: &RecordId, row: &Record, now: &Zoned) -> Option<Row> {
    let start = moment(row, &["StartDateTime", "ActivityDateTime"]);
    let end = moment(row, &["EndDateTime"]).or(start);
    let all_day = row.value("IsAllDayEvent").and_then(|value| value.as_bool()) == Some(true);
    let date = || row.text("ActivityDate").and_then(|day| day.parse().ok());
    // A whole day is a calendar day: by way of an instant it could shift.
    let day: Option<Date> = match start {
        Some(start) if !all_day => Some(day_of(start, now)),
        Some(start) => date().or_else(|| Some(start.to_zoned(jiff::tz::TimeZone::UTC).date())),
        None => date(),
    };
    let open = match end {
        Some(end) if !all_day => end > now.timestamp(),
        _ => day.is_some_and(|day| day >= now.date()),
    };
    Some(Row {
        activity: Activity {
            link: link(row, "Event", "Subject")?,
            kind: ActivityKind::Meeting,
            day,
            text: opening(row.text("Description")),
            with: with(record, row),
            owner: safe(row.text("Owner.Name")),
            open,
        },
        moment: start,
    })
}

fn note(row: &Record, now: &Zoned) -> Option<Row> {
    let moment = moment(
        row,
        &[
            "LastModifiedDate",
            "ContentDocument.LastModifiedDate",
            "CreatedDate",
        ],
    );
    let link = match row.text("ContentDocumentId") {
        Some(id) if row.text("ContentDocument.FileType") == Some("SNOTE") => Link {
            object: "ContentNote".to_owned(),
            id: id.parse().ok()?,
            name: safe(row.text("ContentDocument.Title")).unwrap_or_default(),
        },
        Some(_) => return None,
        None => link(row, "ContentNote", "Title")?,
    };
    let body = ["TextPreview", "Body"]
        .into_iter()
        .find_map(|path| row.text(path));
    let owner = ["Owner.Name", "ContentDocument.Owner.Name"];
    Some(Row {
        activity: Activity {
            link,
            kind: ActivityKind::Note,
            day: moment.map(|moment| day_of(moment, now)),
            text: opening(body),
            with: None,
            owner: owner.into_iter().find_map(|path| safe(row.text(path))),
            open: false,
        },
        moment,
    })
}

fn link(row: &Record, object: &str, name: &str) -> Option<Link> {
    let object = match row.object.as_str() {
        "" => object,
        known => known,
    };
    Some(Link {
        object: object.to_owned(),
        id: row.id?,
        name: safe(row.text(name)).unwrap_or_default(),
    })
}

/// The people and records it names, but for the open one.
fn with(record: &RecordId, row: &Record) -> Option<String> {
    let is_other = |path: &str| {
        let id = row.text(path).and_then(|id| id.parse::<RecordId>().ok());
        id.as_ref() != Some(record)
    };
    let names: Vec<String> = [("WhoId", "Who.Name"), ("WhatId", "What.Name")]
        .into_iter()
        .filter(|(id, _)| is_other(id))
        .filter_map(|(_, name)| safe(row.text(name)))
        .collect();
    (!names.is_empty()).then(|| names.join(", "))
}

fn moment(row: &Record, paths: &[&str]) -> Option<Timestamp> {
    paths.iter().find_map(|path| instant(row.text(path)?))
}

fn day_of(moment: Timestamp, now: &Zoned) -> Date {
    moment.to_zoned(now.time_zone().clone()).date()
}

fn safe(raw: Option<&str>) -> Option<String> {
    raw.map(|raw| text::line(raw).into_owned())
}

/// The first lines that say something.
fn opening(raw: Option<&str>) -> String {
    let raw = raw.unwrap_or_default();
    let plain = match raw.trim_start().starts_with("<p") {
        true => text::block(&html_text(raw)),
        false => text::block(raw),
    };
    let lines: Vec<&str> = plain
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .take(LINES)
        .collect();
    lines.join("\n").chars().take(CHARACTERS).collect()
}

#[cfg(test)]
mod tests;
