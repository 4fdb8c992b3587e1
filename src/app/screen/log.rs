//! The quick log of a call, meeting, task or note.

use crossterm::event::KeyEvent;

use crate::app::command::{Command, Context};
use crate::app::msg::Timer;
use crate::app::turn::Turn;
use jiff::Zoned;

use crate::domain::activity::LogEntry;
use crate::domain::draft::SavedDraft;
use crate::job::Answer;

/// The quick log of a call, meeting, task or note.
#[derive(Debug, Clone, Default)]
pub struct LogForm {}

impl LogForm {
    /// A log starting from this entry.
    pub fn new(_entry: LogEntry, _turn: &mut Turn<'_>) -> Self {
        Self::default()
    }

    /// What was typed and not sent.
    pub fn saved_draft(&self, _now: &Zoned) -> Option<SavedDraft> {
        None
    }

    /// Where keys are looked up, most specific first.
    pub fn contexts(&self) -> &'static [Context] {
        &[Context::Log]
    }

    /// Keys that type go into a text field.
    pub fn takes_text(&self) -> bool {
        false
    }

    /// Does what a command says.
    pub fn command(&mut self, _command: Command, _turn: &mut Turn<'_>) {}

    /// Takes a key that is no command here.
    pub fn key(&mut self, _key: KeyEvent, _turn: &mut Turn<'_>) {}

    /// Takes pasted text.
    pub fn paste(&mut self, _text: &str, _turn: &mut Turn<'_>) {}

    /// Takes an answer; true when it waited for it.
    pub fn answered(&mut self, _answer: &Answer, _turn: &mut Turn<'_>) -> bool {
        false
    }

    /// A timer of its own ran out.
    pub fn rang(&mut self, _timer: Timer, _turn: &mut Turn<'_>) {}
}
