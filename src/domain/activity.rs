//! Logging what happened: calls, meetings, tasks, notes, with a follow-up task.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::record::Link;
use super::schema::ObjectSchema;

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
    /// First value of TaskStatus with `IsClosed` (PITFALLS 12).
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

impl LogEntry {
    /// An empty log about a record: contacts and leads become `who`, all else `what`.
    pub fn new(kind: LogKind, about: Link, now: &jiff::Zoned) -> Self {
        let person = matches!(about.object.as_str(), "Contact" | "Lead");
        let (who, what) = if person {
            (Some(about), None)
        } else {
            (None, Some(about))
        };
        Self {
            kind,
            who,
            what,
            subject: String::new(),
            body: String::new(),
            result: String::new(),
            day: Some(now.date()),
            time: None,
            minutes: None,
            follow_up: None,
        }
    }
}
