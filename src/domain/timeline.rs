//! A record's activities and notes in one list, as the Activity tab shows them.

use serde::{Deserialize, Serialize};

use super::record::Link;

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
