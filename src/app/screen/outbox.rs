//! Every write and what became of it. Reads the journal; what may be done about a write
//! is `settle`'s to say.

use crossterm::event::KeyEvent;

use crate::app::command::{Command, Context};
use crate::app::journal::Journal;
use crate::app::list::{KeyedCursor, Scroll};
use crate::app::msg::{Intent, Timer};
use crate::app::notice::Notice;
use crate::app::turn::Turn;
use crate::app::write_action::{Action, actions, settle};
use crate::domain::write::{Op, OpId};
use crate::job::{Answer, Job};

/// Every write and what became of it.
#[derive(Debug, Clone, Default)]
pub struct OutboxScreen {
    /// The chosen write.
    pub cursor: KeyedCursor<OpId>,
    /// The chosen write's details, where they fill the screen.
    pub details: Option<Scroll>,
}

impl OutboxScreen {
    /// The write under the cursor.
    pub fn chosen<'a>(&self, journal: &'a Journal) -> Option<&'a Op> {
        journal.ops().get(self.cursor.row(&keys(journal)))
    }

    /// Where keys are looked up, most specific first.
    pub fn contexts(&self) -> &'static [Context] {
        &[Context::Outbox, Context::List, Context::Everywhere]
    }

    /// Keys that type go into a text field.
    pub fn takes_text(&self) -> bool {
        false
    }

    /// Does what a command says.
    pub fn command(&mut self, command: Command, turn: &mut Turn<'_>) {
        let moved = match &mut self.details {
            Some(scroll) => scroll.moved(command),
            None => self.cursor.moved(command, &keys(turn.journal)),
        };
        match command {
            _ if moved => {}
            Command::Details => self.details = Some(Scroll::default()),
            Command::Back if self.details.is_some() => self.details = None,
            Command::Back => turn.ask(Intent::Back),
            Command::Refresh => {
                turn.start(Job::Outbox);
            }
            Command::SendNow => self.act(Action::Send, turn),
            Command::Fix => self.act(Action::Fix, turn),
            Command::CancelWrite => self.act(Action::GiveUp, turn),
            _ => {}
        }
    }

    fn act(&self, action: Action, turn: &mut Turn<'_>) {
        match self.chosen(turn.journal) {
            Some(op) => settle(action, op, turn),
            None => turn.tell(Notice::info("There is no write here yet")),
        }
    }

    /// The command applies to the chosen write, or to none in particular.
    pub fn offers(&self, command: Command, journal: &Journal) -> bool {
        match (self.chosen(journal), Action::of(command)) {
            (None, Some(_)) => false,
            (Some(op), Some(action)) => actions(op.state).contains(&action),
            (op, None) => command != Command::Details || (op.is_some() && self.details.is_none()),
        }
    }

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

/// The rows' keys, as the journal has them: newest first.
pub fn keys(journal: &Journal) -> Vec<OpId> {
    journal.ops().iter().map(|op| op.id).collect()
}
