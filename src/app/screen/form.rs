//! The edit and create form.

use crossterm::event::KeyEvent;

use crate::app::command::{Command, Context};
use crate::app::msg::Timer;
use crate::app::turn::Turn;
use jiff::Zoned;

use crate::app::msg::Preset;
use crate::domain::draft::{Draft, SavedDraft};
use crate::domain::record::Link;
use crate::domain::write::Op;
use crate::job::{Answer, Page};

/// The edit and create form.
#[derive(Debug, Clone, Default)]
pub struct Form {}

impl Form {
    /// Edits a record; goes on with a draft where one was kept.
    pub fn edit(
        _link: Link,
        _page: Option<Box<Page>>,
        _draft: Option<Draft>,
        _turn: &mut Turn<'_>,
    ) -> Self {
        Self::default()
    }

    /// Creates a record; without an object it asks for one first.
    pub fn create(_object: Option<String>, _presets: Vec<Preset>, _turn: &mut Turn<'_>) -> Self {
        Self::default()
    }

    /// Goes on with a form that was left.
    pub fn resume(_draft: Draft, _turn: &mut Turn<'_>) -> Self {
        Self::default()
    }

    /// Corrects the step of a write that failed; saving sends the same write again.
    pub fn fix(_op: &Op, _turn: &mut Turn<'_>) -> Self {
        Self::default()
    }

    /// What lay above was closed.
    pub fn uncovered(&mut self, _turn: &mut Turn<'_>) {}

    /// What was typed and not sent.
    pub fn saved_draft(&self, _now: &Zoned) -> Option<SavedDraft> {
        None
    }

    /// Where keys are looked up, most specific first.
    pub fn contexts(&self) -> &'static [Context] {
        &[Context::Form]
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
