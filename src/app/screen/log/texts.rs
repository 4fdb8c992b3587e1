//! The quick log's lines as text, and the entry they stand for. Pure reading: what is
//! wrong comes back as problems, nothing typed is lost on the way.

use jiff::Zoned;
use jiff::civil::{Date, Time};

use crate::app::input::{Input, Lines};
use crate::domain::activity::{FollowUp, LogEntry, LogKind, Unread};
use crate::domain::record::Link;
use crate::domain::shorthand;
use crate::domain::value::Problem;

use super::LogField;

/// When a follow-up is due unless said otherwise.
pub const FOLLOW_UP_DUE: &str = "+1w";

/// What stands in the log's lines.
#[derive(Debug, Clone)]
pub struct Texts {
    /// Call, meeting, task or note.
    pub kind: LogKind,
    /// Whom it was with.
    pub who: Option<Link>,
    /// What it was about.
    pub what: Option<Link>,
    subject: Input,
    result: Input,
    when: Input,
    minutes: Input,
    follow_up: Input,
    due: Input,
    notes: Input,
}

impl Texts {
    /// The lines of an entry.
    pub fn of(entry: &LogEntry, now: &Zoned) -> Self {
        let line = |text: &str| Input::new(Lines::One, text);
        let unread = entry.unread.clone();
        let minutes = entry.minutes.map(|minutes| minutes.to_string());
        let next = entry.follow_up.as_ref();
        let due = next.map_or(FOLLOW_UP_DUE.to_owned(), |next| next.due.to_string());
        Self {
            kind: entry.kind,
            who: entry.who.clone(),
            what: entry.what.clone(),
            subject: line(&entry.subject),
            result: line(&entry.result),
            when: line(&unread.when.unwrap_or_else(|| when_text(entry, now))),
            minutes: line(&unread.minutes.or(minutes).unwrap_or_default()),
            follow_up: line(next.map_or("", |next| &next.subject)),
            due: line(&unread.due.unwrap_or(due)),
            notes: Input::new(Lines::Many, &entry.body),
        }
    }

    /// The text of a line; `None` where nothing is typed there.
    pub fn input(&self, field: LogField) -> Option<&Input> {
        match field {
            LogField::Kind | LogField::Who | LogField::About => None,
            LogField::Subject => Some(&self.subject),
            LogField::Result => Some(&self.result),
            LogField::When => Some(&self.when),
            LogField::Minutes => Some(&self.minutes),
            LogField::FollowUp => Some(&self.follow_up),
            LogField::Due => Some(&self.due),
            LogField::Notes => Some(&self.notes),
        }
    }

    /// The same, to type into.
    pub fn input_mut(&mut self, field: LogField) -> Option<&mut Input> {
        match field {
            LogField::Kind | LogField::Who | LogField::About => None,
            LogField::Subject => Some(&mut self.subject),
            LogField::Result => Some(&mut self.result),
            LogField::When => Some(&mut self.when),
            LogField::Minutes => Some(&mut self.minutes),
            LogField::FollowUp => Some(&mut self.follow_up),
            LogField::Due => Some(&mut self.due),
            LogField::Notes => Some(&mut self.notes),
        }
    }

    /// A follow-up task is wanted.
    pub fn has_follow_up(&self) -> bool {
        !self.follow_up.text().trim().is_empty()
    }

    /// Goes to the next kind. A task has no due day until one is typed; what happened,
    /// happened today.
    pub fn next_kind(&mut self) {
        let (kind, from, to) = match self.kind {
            LogKind::Call => (LogKind::Meeting, "", ""),
            LogKind::Meeting => (LogKind::Task, "today", ""),
            LogKind::Task => (LogKind::Note, "", "today"),
            LogKind::Note => (LogKind::Call, "", "today"),
        };
        self.kind = kind;
        if self.when.text() == from && from != to {
            self.when.replace(to);
        }
    }

    /// The entry the lines stand for, and what could not be read.
    pub fn entry(&self, now: &Zoned) -> (LogEntry, Vec<Problem>) {
        let mut problems = Vec::new();
        let mut unread = Unread::default();
        let when = self.when.text();
        let (day, time) = read_when(&when, now).unwrap_or_else(|message| {
            if self.kind != LogKind::Note {
                problems.push(Problem::new("day", message));
            }
            unread.when = Some(when);
            (None, None)
        });
        let timed = matches!(self.kind, LogKind::Call | LogKind::Meeting);
        let minutes = self.minutes.text();
        let minutes = read_minutes(&minutes).unwrap_or_else(|message| {
            if timed {
                problems.push(Problem::new("minutes", message));
            }
            unread.minutes = Some(minutes);
            None
        });
        let follow_up = self.has_follow_up().then(|| {
            let due = self.due.text();
            let day = shorthand::date(&due, now.date());
            if day.is_none() {
                let message = "not a date; try fri, +1w or 2026-11-30";
                problems.push(Problem::new("due", message));
                unread.due = Some(due);
            }
            FollowUp {
                subject: self.follow_up.text(),
                due: day.unwrap_or_else(|| now.date()),
            }
        });
        let entry = LogEntry {
            kind: self.kind,
            who: self.who.clone(),
            what: self.what.clone(),
            subject: self.subject.text(),
            body: self.notes.text(),
            result: self.result.text(),
            day,
            time: time.filter(|_| self.kind == LogKind::Meeting),
            minutes: minutes.filter(|_| timed),
            follow_up,
            unread,
        };
        (entry, problems)
    }
}

fn read_minutes(text: &str) -> Result<Option<u32>, &'static str> {
    match text.trim() {
        "" => Ok(None),
        text => text
            .parse()
            .map(Some)
            .map_err(|_| "not a whole number of minutes"),
    }
}

fn when_text(entry: &LogEntry, now: &Zoned) -> String {
    let day = match entry.day {
        None => return String::new(),
        Some(day) if day == now.date() => "today".to_owned(),
        Some(day) => day.to_string(),
    };
    match entry.time {
        Some(time) => format!("{day} {}", time.strftime("%H:%M")),
        None => day,
    }
}

/// A day, a time today, or both: `today`, `14:30`, `fri 14:30`; nothing for nothing.
pub fn read_when(text: &str, now: &Zoned) -> Result<(Option<Date>, Option<Time>), String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok((None, None));
    }
    if let Some(day) = shorthand::date(text, now.date()) {
        return Ok((Some(day), None));
    }
    if let Some(time) = shorthand::time(text) {
        return Ok((Some(now.date()), Some(time)));
    }
    shorthand::date_time(text, now)
        .map(|moment| {
            let local = moment.to_zoned(now.time_zone().clone());
            (Some(local.date()), Some(local.time()))
        })
        .map_err(|_| "not a day or time; try today, fri, +3d, fri 14:30 or 2026-11-30".to_owned())
}
