//! Help and palette: commands to look through and run.

use crossterm::event::KeyEvent;

use crate::app::command::{Command, Context};
use crate::app::msg::Timer;
use crate::app::turn::Turn;
use crate::job::Answer;

/// Help and palette: commands to look through and run.
#[derive(Debug, Clone, Default)]
pub struct Finder {}

impl Finder {
    /// The commands of these contexts, with their keys.
    pub fn help(_contexts: &'static [Context]) -> Self {
        Self::default()
    }

    /// Every command; those that do not apply in these contexts say why.
    pub fn palette(_contexts: &'static [Context]) -> Self {
        Self::default()
    }

    /// Where keys are looked up, most specific first.
    pub fn contexts(&self) -> &'static [Context] {
        &[Context::Finder]
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
