//! Find records: type and see.

use crossterm::event::KeyEvent;

use crate::app::command::{Command, Context};
use crate::app::msg::Timer;
use crate::app::turn::Turn;
use crate::domain::record::Link;
use crate::job::Answer;

/// Find records: type and see.
#[derive(Debug, Clone, Default)]
pub struct Search {}

impl Search {
    /// Searches in these objects, by API name.
    pub fn look_in(&mut self, _objects: Vec<String>) {}

    /// Asks for the records seen last.
    pub fn start(&mut self, _turn: &mut Turn<'_>) {}

    /// The record the cursor is on.
    pub fn selected(&self) -> Option<Link> {
        None
    }

    /// Where keys are looked up, most specific first.
    pub fn contexts(&self) -> &'static [Context] {
        &[Context::SearchLine]
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
