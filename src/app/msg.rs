//! What comes in and what goes out: messages, effects, and the wishes screens have of
//! the app. Plain data.

use std::time::Duration;

use crossterm::event::KeyEvent;

use crate::domain::activity::LogKind;
use crate::domain::draft::Draft;
use crate::domain::record::Link;
use crate::domain::write::{OpId, Write};
use crate::job::{Answer, Job, JobId, Page};

use super::grid::Column;

/// Something happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Msg {
    /// A key was pressed.
    Key(KeyEvent),
    /// Text was pasted as one piece.
    Paste(String),
    /// The terminal has this many columns and rows now.
    Resized(u16, u16),
    /// The worker answered.
    Answered(Answer),
    /// A timer that was asked for ran out.
    Rang(Timer),
    /// The terminal or the system ends the program: keep what was typed.
    Ending,
}

/// What the runtime must do.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Hand the job to the worker.
    Start(JobId, Box<Job>),
    /// Nobody waits for this read any more.
    Forget(JobId),
    /// Ring once after this time; an earlier call for the same timer is replaced.
    Ring(Timer, Duration),
    /// Put the text on the user's clipboard.
    Copy(String),
    /// Paint every cell again.
    Redraw,
    /// Hand the terminal back and stop until `fg`.
    Suspend,
    /// Leave the program.
    Quit,
}

/// Timers; each exists once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Timer {
    /// Typing in the search line paused: ask the org.
    SearchPause,
    /// The cursor rested on a hit: load its preview.
    PreviewPause,
    /// Typing in a lookup paused: ask for candidates.
    LookupPause,
    /// A prefix key waits: show what may follow.
    PrefixMenu,
    /// Typing in a form or log paused: keep the draft.
    DraftPause,
    /// The notice has been shown long enough.
    NoticeShown,
    /// A wait counted down on the screen is a second shorter.
    Countdown,
    /// The second Ctrl-C came too late to quit.
    QuitAsked,
}

/// What a screen wants of the app.
#[derive(Debug, Clone, PartialEq)]
pub enum Intent {
    /// Show one of the main views.
    Show(View),
    /// Open a record's screen.
    Open(Link),
    /// Go back: the last record, the last view.
    Back,
    /// Close the top overlay.
    Close,
    /// Edit a record; the page where it is at hand.
    Edit(Link, Option<Box<Page>>),
    /// Edit a record, starting at the field of this API name.
    EditField(Link, Box<Page>, String),
    /// Create a record: the object (`None` asks), and values to start from.
    New(Option<String>, Vec<Preset>),
    /// Go on with a form that was left.
    Resume(Box<Draft>),
    /// Show the rows of a query that is not typed.
    Rows(AskedRows),
    /// Choose one of an object's list views.
    Lists(String),
    /// Log something about a record.
    Log(LogKind, Link),
    /// Ask before something is done.
    Confirm(Box<Question>),
    /// Write this.
    Write(Write),
    /// Correct a write that failed and send it again.
    Fix(OpId),
    /// Show the menu of help, palette or what may follow a prefix.
    Help,
    /// Show the command palette.
    Palette,
    /// Run this command as if its key had been pressed.
    Run(super::command::Command),
}

/// A value a new record starts with.
#[derive(Debug, Clone, PartialEq)]
pub struct Preset {
    /// Field API name.
    pub field: String,
    /// What is sent.
    pub value: serde_json::Value,
    /// What is shown.
    pub label: String,
}

/// A query somebody else wants shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedRows {
    /// What the rows are.
    pub title: String,
    /// The query.
    pub soql: String,
    /// Its columns; none are read from the rows.
    pub columns: Vec<Column>,
}

/// A question with its consequence; `y` does it, everything else does nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// Title of the dialog.
    pub title: String,
    /// What will happen, in full sentences.
    pub text: Vec<String>,
    /// What `y` starts: a write, sending one again, giving one up.
    pub then: Job,
}

/// The main views.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum View {
    /// Find records.
    #[default]
    Search,
    /// One record.
    Record,
    /// Every write and what became of it.
    Outbox,
    /// Every failure and what to do.
    Errors,
    /// Rows of a query.
    Query,
    /// Files of rows and their runs.
    Bulk,
}
