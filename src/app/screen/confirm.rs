//! A yes-or-no question before something is done. Only `y` does it, and not in the
//! first moments: a key held down or typed ahead answers nothing. Knows nothing of what
//! it asks about.

use crossterm::event::KeyEvent;
use jiff::{SignedDuration, Zoned};

use crate::app::command::{Command, Context};
use crate::app::msg::{Intent, Question, Timer};
use crate::app::turn::Turn;
use crate::job::Answer;

/// Keys are ignored for this long after the question appeared.
const TOO_SOON: SignedDuration = SignedDuration::from_millis(250);

/// A yes-or-no question; no unless said otherwise.
#[derive(Debug, Clone)]
pub struct Confirm {
    /// What is asked.
    pub question: Question,
    opened: Zoned,
}

impl Confirm {
    /// Asks; `now` starts the time in which keys are ignored.
    pub fn new(question: Question, now: &Zoned) -> Self {
        Self {
            question,
            opened: now.clone(),
        }
    }

    /// Where keys are looked up, most specific first.
    pub fn contexts(&self) -> &'static [Context] {
        &[Context::Dialog]
    }

    /// Keys that type go into a text field.
    pub fn takes_text(&self) -> bool {
        false
    }

    /// Does what a command says.
    pub fn command(&mut self, command: Command, turn: &mut Turn<'_>) {
        if self.is_too_soon(turn.now) {
            return;
        }
        if command == Command::Yes {
            turn.start(self.question.then.clone());
        }
        turn.ask(Intent::Close);
    }

    /// Takes a key that is no command here: it closes the question.
    pub fn key(&mut self, _key: KeyEvent, turn: &mut Turn<'_>) {
        if !self.is_too_soon(turn.now) {
            turn.ask(Intent::Close);
        }
    }

    /// Takes pasted text.
    pub fn paste(&mut self, _text: &str, _turn: &mut Turn<'_>) {}

    /// Takes an answer; true when it waited for it.
    pub fn answered(&mut self, _answer: &Answer, _turn: &mut Turn<'_>) -> bool {
        false
    }

    /// A timer of its own ran out.
    pub fn rang(&mut self, _timer: Timer, _turn: &mut Turn<'_>) {}

    /// The question has only just appeared. A clock set back starts the time anew.
    fn is_too_soon(&mut self, now: &Zoned) -> bool {
        let open = now.duration_since(&self.opened);
        if open.is_negative() {
            self.opened = now.clone();
        }
        open < TOO_SOON
    }
}
