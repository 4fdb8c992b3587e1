//! Every write and what became of it. Reads the journal; what may be done about a write
//! is `settle`'s to say.
//!
//! ```text
//! list ── Enter ──▶ details: what happened, plan, evidence, history
//!   └── l ──▶ look-alikes of a write of unknown outcome ── Enter ──▶ it is this one: done
//! s send now · e edit · x cancel · P pause or go on, all of them
//! ```

use std::collections::BTreeMap;

use crossterm::event::KeyEvent;

use crate::app::command::{Command, Context};
use crate::app::journal::Journal;
use crate::app::list::{KeyedCursor, ListCursor, Scroll};
use crate::app::load::Load;
use crate::app::msg::{Intent, Timer};
use crate::app::notice::Notice;
use crate::app::turn::Turn;
use crate::app::write_action::{Action, actions, settle};
use crate::domain::id::RecordId;
use crate::domain::record::{Link, Record};
use crate::domain::soql;
use crate::domain::write::{Op, OpId, OpState};
use crate::job::{Answer, Job, Reply};

/// Every write and what became of it.
#[derive(Debug, Clone, Default)]
pub struct OutboxScreen {
    /// The chosen write.
    pub cursor: KeyedCursor<OpId>,
    /// The chosen write's details, where they fill the screen.
    pub details: Option<Scroll>,
    /// The look-alikes of this write are on show.
    pub linking: Option<(OpId, ListCursor)>,
    made: Load<BTreeMap<RecordId, Made>>,
}

/// When a look-alike was made, and by whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// `CreatedDate`, as the org writes it.
    pub at: String,
    /// Name of who made it.
    pub by: String,
}

impl OutboxScreen {
    /// The write under the cursor.
    pub fn chosen<'a>(&self, journal: &'a Journal) -> Option<&'a Op> {
        journal.ops().get(self.cursor.row(&keys(journal)))
    }

    /// When a look-alike was made and by whom, once the org has told.
    pub fn made(&self, id: RecordId) -> Option<&Made> {
        self.made.value()?.get(&id)
    }

    /// Where keys are looked up, most specific first.
    pub fn contexts(&self) -> &'static [Context] {
        match self.linking {
            Some(_) => &[Context::LookAlikes],
            None => &[Context::Outbox, Context::List, Context::Everywhere],
        }
    }

    /// Keys that type go into a text field.
    pub fn takes_text(&self) -> bool {
        false
    }

    /// Does what a command says.
    pub fn command(&mut self, command: Command, turn: &mut Turn<'_>) {
        if self.linking.is_some() {
            return self.link_command(command, turn);
        }
        let moved = match &mut self.details {
            Some(scroll) => scroll.moved(command),
            None => self.cursor.moved(command, &keys(turn.journal)),
        };
        match command {
            _ if moved => {}
            Command::Details => {
                self.details = Some(Scroll::default());
                self.ask_made(turn);
            }
            Command::Back if self.details.is_some() => self.details = None,
            Command::Back => turn.ask(Intent::Back),
            Command::Refresh => {
                turn.start(Job::Outbox);
            }
            Command::SendNow => self.act(Action::Send, turn),
            Command::Fix => self.act(Action::Fix, turn),
            Command::CancelWrite => self.act(Action::GiveUp, turn),
            Command::Link => self.link(turn),
            Command::PauseAll => {
                turn.start(match turn.org.pause {
                    Some(_) => Job::Resume,
                    None => Job::Pause,
                });
            }
            _ => {}
        }
    }

    fn act(&self, action: Action, turn: &mut Turn<'_>) {
        match self.chosen(turn.journal) {
            Some(op) => settle(action, op, turn),
            None => turn.tell(Notice::info("There is no write here yet")),
        }
    }

    /// Shows the look-alikes, or says why there are none to choose from.
    fn link(&mut self, turn: &mut Turn<'_>) {
        let Some(op) = self.chosen(turn.journal) else {
            return turn.tell(Notice::info("There is no write here yet"));
        };
        let number = op.number;
        if op.state != OpState::Unknown {
            turn.tell(Notice::info(format!(
                "#{number}: its outcome is known, so there is nothing to link"
            )));
        } else if op.write.steps.len() > 1 {
            turn.tell(Notice::info(format!(
                "#{number} made {} records: name them all with sfw-tui outbox link {number} ID ID",
                op.write.steps.len()
            )));
        } else if hits(op).is_empty() {
            turn.tell(Notice::info(format!(
                "#{number}: nothing in the org says the same so far. sfw-tui outbox link {number} ID names a record by its id"
            )));
        } else {
            self.linking = Some((op.id, ListCursor::default()));
            self.ask_made(turn);
        }
    }

    fn link_command(&mut self, command: Command, turn: &mut Turn<'_>) {
        let Some((id, cursor)) = &mut self.linking else {
            return;
        };
        let op = turn.journal.op(*id);
        let found = op.map(hits).unwrap_or_default();
        if cursor.moved(command, found.len()) {
            return;
        }
        let chosen = found.get(cursor.selected());
        match (command, chosen) {
            (Command::LinkThis, Some(link)) => {
                turn.start(Job::Link {
                    op: *id,
                    ids: vec![link.id],
                });
                self.linking = None;
            }
            (Command::OpenMatch, Some(link)) => {
                turn.ask(Intent::Open(link.clone()));
                self.linking = None;
            }
            _ => self.linking = None,
        }
    }

    /// Asks when the look-alikes were made, and by whom.
    fn ask_made(&mut self, turn: &mut Turn<'_>) {
        let found = self.chosen(turn.journal).map(hits).unwrap_or_default();
        let Some(object) = found.first().map(|link| link.object.as_str()) else {
            return;
        };
        let ids: Vec<&str> = found
            .iter()
            .filter(|link| link.object == object)
            .map(|link| link.id.as_str())
            .collect();
        let asked = soql::select(object, &["Id", "CreatedDate", "CreatedBy.Name"])
            .where_in("Id", &ids)
            .build();
        if let Ok(soql) = asked {
            let job = turn.start(Job::Query { soql, next: None });
            turn.forget(self.made.wait(job));
        }
    }

    /// The command applies to the chosen write, or to none in particular.
    pub fn offers(&self, command: Command, journal: &Journal) -> bool {
        match (self.chosen(journal), Action::of(command)) {
            (None, Some(_)) => false,
            (Some(op), Some(action)) => actions(op.state).contains(&action),
            (op, None) if command == Command::Link => {
                op.is_some_and(|op| op.state == OpState::Unknown && !hits(op).is_empty())
            }
            (op, None) => command != Command::Details || (op.is_some() && self.details.is_none()),
        }
    }

    /// Takes a key that is no command here.
    pub fn key(&mut self, _key: KeyEvent, _turn: &mut Turn<'_>) {}

    /// Takes pasted text.
    pub fn paste(&mut self, _text: &str, _turn: &mut Turn<'_>) {}

    /// Takes an answer; true when it waited for it.
    pub fn answered(&mut self, answer: &Answer, turn: &mut Turn<'_>) -> bool {
        let still = |id: OpId| {
            turn.journal
                .op(id)
                .is_some_and(|op| op.state == OpState::Unknown)
        };
        self.linking.take_if(|(id, _)| !still(*id));
        if !self.made.awaits(answer.job) {
            return false;
        }
        match &answer.reply {
            Reply::Rows(rows) => {
                let told = rows.records.iter().filter_map(made).collect();
                self.made.accept(told, answer.last);
            }
            // They are told without it.
            Reply::Failed(failure) => self.made.fail(failure.clone()),
            _ => return false,
        }
        true
    }

    /// A timer of its own ran out.
    pub fn rang(&mut self, _timer: Timer, _turn: &mut Turn<'_>) {}
}

fn made(row: &Record) -> Option<(RecordId, Made)> {
    let told = Made {
        at: row.text("CreatedDate")?.to_owned(),
        by: row.text("CreatedBy.Name")?.to_owned(),
    };
    Some((row.id?, told))
}

/// What the newest look found that may be the write.
pub fn hits(op: &Op) -> &[Link] {
    let look = op.delivery.looks.last();
    look.map_or(&[], |look| look.hits.as_slice())
}

/// The rows' keys, as the journal has them: newest first.
pub fn keys(journal: &Journal) -> Vec<OpId> {
    journal.ops().iter().map(|op| op.id).collect()
}
