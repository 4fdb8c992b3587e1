//! One record: details, related lists, activities, raw fields.

use crossterm::event::KeyEvent;

use crate::app::command::{Command, Context};
use crate::app::msg::Timer;
use crate::app::turn::Turn;
use crate::domain::record::Link;
use crate::job::{Answer, Job, Source};

/// One record: details, related lists, activities, raw fields.
#[derive(Debug, Clone)]
pub struct RecordScreen {
    link: Link,
}

impl RecordScreen {
    /// Opens a record: from the cache at once where it is there, then from the org.
    pub fn open(link: Link, turn: &mut Turn<'_>) -> Self {
        turn.start(Job::Open {
            id: link.id,
            source: Source::CacheFirst,
        });
        Self { link }
    }

    /// Reads the record again from the org.
    pub fn refresh(&mut self, _turn: &mut Turn<'_>) {}

    /// The record.
    pub fn link(&self) -> &Link {
        &self.link
    }

    /// Where keys are looked up, most specific first.
    pub fn contexts(&self) -> &'static [Context] {
        &[
            Context::Record,
            Context::AnyRecord,
            Context::List,
            Context::Everywhere,
        ]
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
