//! Every write and what became of it.

use crossterm::event::KeyEvent;

use crate::app::command::{Command, Context};
use crate::app::msg::Timer;
use crate::app::turn::Turn;
use crate::job::Answer;

/// Every write and what became of it.
#[derive(Debug, Clone, Default)]
pub struct OutboxScreen {}

impl OutboxScreen {
    /// Where keys are looked up, most specific first.
    pub fn contexts(&self) -> &'static [Context] {
        &[Context::Outbox, Context::List, Context::Everywhere]
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
