//! Every failure, with its explanation and the next key: writes that the journal says
//! failed or whose outcome is unknown, and reads that went wrong since the start.

use std::collections::{BTreeMap, VecDeque};

use crossterm::event::KeyEvent;
use jiff::{Timestamp, Zoned};

use crate::app::command::{Command, Context};
use crate::app::journal::Journal;
use crate::app::list::{KeyedCursor, Scroll};
use crate::app::msg::{Intent, Timer};
use crate::app::notice::Notice;
use crate::app::turn::Turn;
use crate::app::write_action::{Action, actions, settle};
use crate::domain::failure::Failure;
use crate::domain::write::{Op, OpId, OpState};
use crate::job::{Answer, Job};

/// Failed reads kept; the oldest goes first.
const KEPT: usize = 200;

/// Every failure, with its explanation and the next key.
#[derive(Debug, Clone, Default)]
pub struct ErrorsScreen {
    reads: VecDeque<FailedRead>,
    noted: u64,
    seen: BTreeMap<OpId, Timestamp>,
    /// The chosen failure.
    pub cursor: KeyedCursor<Key>,
    /// The chosen failure's details, where they fill the screen.
    pub details: Option<Scroll>,
}

/// A request that failed; nothing was to be written by it.
#[derive(Debug, Clone)]
pub struct FailedRead {
    key: u64,
    seen: bool,
    /// What was being done.
    pub what: String,
    /// Why it failed.
    pub failure: Failure,
    /// When it last failed so.
    pub time: Timestamp,
    /// How often in a row of the same failures.
    pub times: u32,
}

/// One row of the list.
#[derive(Debug, Clone, Copy)]
pub enum Row<'a> {
    /// A write that failed or may have.
    Write(&'a Op),
    /// A read that failed.
    Read(&'a FailedRead),
}

/// Names a row, however the list changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// The write of that id.
    Write(OpId),
    /// The failed read of that number.
    Read(u64),
}

impl Row<'_> {
    /// What names it.
    pub fn key(self) -> Key {
        match self {
            Row::Write(op) => Key::Write(op.id),
            Row::Read(read) => Key::Read(read.key),
        }
    }

    /// When it happened.
    pub fn time(self) -> Timestamp {
        match self {
            Row::Write(op) => op.changed,
            Row::Read(read) => read.time,
        }
    }
}

impl ErrorsScreen {
    /// Keeps a failure of a read; failed writes come from the journal. The same failure
    /// again is counted, not listed twice.
    pub fn note(&mut self, what: &str, failure: &Failure, now: &Zoned) {
        let known = self.reads.iter().position(|read| {
            read.what == what
                && read.failure.code == failure.code
                && read.failure.message == failure.message
        });
        let before = known.and_then(|place| self.reads.remove(place));
        self.noted += 1;
        self.reads.push_front(FailedRead {
            key: before.as_ref().map_or(self.noted, |read| read.key),
            seen: false,
            what: what.to_owned(),
            failure: failure.clone(),
            time: now.timestamp(),
            times: before.map_or(1, |read| read.times.saturating_add(1)),
        });
        self.reads.truncate(KEPT);
    }

    /// Every failure, newest first.
    pub fn rows<'a>(&'a self, journal: &'a Journal) -> Vec<Row<'a>> {
        let writes = journal.ops().iter().filter(|op| is_trouble(op));
        let mut rows: Vec<Row<'a>> = writes.map(Row::Write).collect();
        rows.extend(self.reads.iter().map(Row::Read));
        rows.sort_by_key(|row| std::cmp::Reverse(row.time()));
        rows
    }

    /// How many failures came since the view was last on show.
    pub fn unseen(&self, journal: &Journal) -> usize {
        let writes = journal.ops().iter().filter(|op| is_trouble(op));
        let new = writes.filter(|op| self.seen.get(&op.id) != Some(&op.changed));
        new.count() + self.reads.iter().filter(|read| !read.seen).count()
    }

    /// The view is or was on show: what is there now counts as seen.
    pub fn shown(&mut self, journal: &Journal) {
        let writes = journal.ops().iter().filter(|op| is_trouble(op));
        self.seen = writes.map(|op| (op.id, op.changed)).collect();
        self.reads.iter_mut().for_each(|read| read.seen = true);
    }

    /// The failure under the cursor.
    pub fn chosen<'a>(&'a self, journal: &'a Journal) -> Option<Row<'a>> {
        let rows = self.rows(journal);
        rows.get(self.cursor.row(&keys(&rows))).copied()
    }

    /// Where keys are looked up, most specific first.
    pub fn contexts(&self) -> &'static [Context] {
        &[Context::Errors, Context::List, Context::Everywhere]
    }

    /// Keys that type go into a text field.
    pub fn takes_text(&self) -> bool {
        false
    }

    /// Does what a command says.
    pub fn command(&mut self, command: Command, turn: &mut Turn<'_>) {
        let moved = match &mut self.details {
            Some(scroll) => scroll.moved(command),
            None => {
                let keys = keys(&self.rows(turn.journal));
                self.cursor.moved(command, &keys)
            }
        };
        match command {
            _ if moved => {}
            Command::Details if self.details.is_some() => self.act(Action::Fix, turn),
            Command::Details => self.details = Some(Scroll::default()),
            Command::Back if self.details.is_some() => self.details = None,
            Command::Back => turn.ask(Intent::Back),
            Command::Refresh => {
                turn.start(Job::Outbox);
            }
            Command::Fix => self.act(Action::Fix, turn),
            Command::Retry => self.act(Action::Send, turn),
            Command::Dismiss => self.act(Action::GiveUp, turn),
            _ => {}
        }
    }

    /// The row may leave the list by this, so its details close.
    fn act(&mut self, action: Action, turn: &mut Turn<'_>) {
        if action != Action::Fix {
            self.details = None;
        }
        match (self.chosen(turn.journal), action) {
            (None, _) => turn.tell(Notice::info("There is no failure here")),
            (Some(Row::Write(op)), _) => settle(action, op, turn),
            (Some(Row::Read(read)), Action::GiveUp) => {
                let key = read.key;
                self.reads.retain(|read| read.key != key);
            }
            (Some(Row::Read(_)), Action::Send) => turn.tell(Notice::info(
                "This was a read: go back to where it failed and press r",
            )),
            (Some(Row::Read(_)), Action::Fix) => turn.tell(Notice::info(
                "This was a read: there is nothing to correct. d dismisses it",
            )),
        }
    }

    /// The command applies to the chosen failure, or to none in particular.
    pub fn offers(&self, command: Command, journal: &Journal) -> bool {
        match (self.chosen(journal), Action::of(command)) {
            (None, Some(_)) => false,
            (Some(Row::Write(op)), Some(action)) => actions(op.state).contains(&action),
            (Some(Row::Read(_)), Some(action)) => action == Action::GiveUp,
            (row, None) => command != Command::Details || (row.is_some() && self.details.is_none()),
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

/// The rows' keys, in their order.
pub fn keys(rows: &[Row<'_>]) -> Vec<Key> {
    rows.iter().map(|row| row.key()).collect()
}

fn is_trouble(op: &Op) -> bool {
    matches!(op.state, OpState::Failed | OpState::Unknown)
}
