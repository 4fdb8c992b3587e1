//! Choosing from a list that a filter line narrows: pick lists, lookups, objects. Knows
//! nothing of what is done with the choice; whoever opened it does that.

use std::collections::BTreeSet;
use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent};

use crate::domain::failure::Failure;
use crate::domain::record::Link;
use crate::job::{Answer, Job, Reply};

use super::command::Command;
use super::input::{Input, Lines};
use super::list::ListCursor;
use super::load::Load;
use super::msg::Timer;
use super::turn::Turn;

/// Typing rests this long before the org is asked for candidates.
const LOOKUP_AFTER: Duration = Duration::from_millis(250);

/// One thing to choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What it stands for: a pick-list value, an id, an API name.
    pub value: String,
    /// What is shown.
    pub label: String,
    /// What tells it from its namesakes.
    pub detail: String,
}

/// What a key did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Picked {
    /// Still choosing.
    Open,
    /// Left without a choice.
    Closed,
    /// This one.
    One(Choice),
    /// These, of a list where several may be taken; perhaps none.
    Many(Vec<Choice>),
}

/// A list being chosen from.
#[derive(Debug, Clone)]
pub struct Picker {
    /// What is being chosen.
    pub title: String,
    /// The filter line.
    pub input: Input,
    /// The row the cursor is on.
    pub cursor: ListCursor,
    source: Candidates,
    several: bool,
    marked: BTreeSet<String>,
}

/// Where the rows come from.
#[derive(Debug, Clone)]
enum Candidates {
    /// All at hand.
    Here(Vec<Choice>),
    /// Asked of the worker as the user types.
    Asked {
        objects: Vec<String>,
        load: Load<Vec<Link>>,
        /// The text that `load`'s value answers.
        answered: String,
        asked: String,
    },
}

impl Picker {
    /// One of a list at hand; `current` is marked and the cursor starts on it.
    pub fn one(title: impl Into<String>, choices: Vec<Choice>, current: &str) -> Self {
        let at = choices.iter().position(|choice| choice.value == current);
        let mut picker = Self::new(title.into(), Candidates::Here(choices));
        picker.marked.insert(current.to_owned());
        picker.cursor.select(at.unwrap_or(0), usize::MAX);
        picker
    }

    /// Any number of a list at hand; `marked` are taken already.
    pub fn many(title: impl Into<String>, choices: Vec<Choice>, marked: BTreeSet<String>) -> Self {
        let mut picker = Self::new(title.into(), Candidates::Here(choices));
        picker.several = true;
        picker.marked = marked;
        picker
    }

    /// One record of these objects, the filter line begun with `typed`; without it asks
    /// for recent ones at once.
    pub fn lookup(
        title: impl Into<String>,
        objects: Vec<String>,
        typed: &str,
        turn: &mut Turn<'_>,
    ) -> Self {
        let source = Candidates::Asked {
            objects,
            load: Load::default(),
            answered: String::new(),
            asked: String::new(),
        };
        let mut picker = Self::new(title.into(), source);
        if typed.is_empty() {
            picker.ask(turn);
        } else {
            picker.paste(typed, turn);
        }
        picker
    }

    /// The same with other rows at hand; what is typed stays.
    pub fn with_rows(&self, choices: Vec<Choice>) -> Self {
        Self {
            source: Candidates::Here(choices),
            cursor: ListCursor::default(),
            ..self.clone()
        }
    }

    fn new(title: String, source: Candidates) -> Self {
        Self {
            title,
            input: Input::new(Lines::One, ""),
            cursor: ListCursor::default(),
            source,
            several: false,
            marked: BTreeSet::new(),
        }
    }

    /// The rows that fit the filter line.
    pub fn rows(&self) -> Vec<Choice> {
        let typed = self.input.text();
        match &self.source {
            Candidates::Here(choices) => narrowed(choices.iter().cloned(), &typed),
            Candidates::Asked { load, answered, .. } => {
                let links = load.value().map(Vec::as_slice).unwrap_or_default();
                let rows = links.iter().map(choice_of);
                if *answered == typed {
                    rows.collect()
                } else {
                    narrowed(rows, &typed)
                }
            }
        }
    }

    /// The candidate of that id.
    pub fn link(&self, id: &str) -> Option<&Link> {
        match &self.source {
            Candidates::Here(_) => None,
            Candidates::Asked { load, .. } => {
                load.value()?.iter().find(|link| link.id.as_str() == id)
            }
        }
    }

    /// The row is taken, or is the one in force.
    pub fn is_marked(&self, choice: &Choice) -> bool {
        self.marked.contains(&choice.value)
    }

    /// Several rows may be taken.
    pub fn takes_several(&self) -> bool {
        self.several
    }

    /// Candidates for what is typed are on their way, or asked for in a moment.
    pub fn is_waiting(&self) -> bool {
        match &self.source {
            Candidates::Here(_) => false,
            Candidates::Asked { load, answered, .. } => {
                let stale = load.value().is_none() || *answered != self.input.text();
                load.is_waiting() || (stale && load.failure().is_none())
            }
        }
    }

    /// Why the candidates could not be had.
    pub fn failure(&self) -> Option<&Failure> {
        match &self.source {
            Candidates::Here(_) => None,
            Candidates::Asked { load, .. } => load.failure(),
        }
    }

    /// Does what a command says.
    pub fn command(&mut self, command: Command, turn: &mut Turn<'_>) -> Picked {
        let rows = self.rows();
        if self.cursor.moved(command, rows.len()) {
            return Picked::Open;
        }
        match command {
            Command::Back => {
                self.leave(turn);
                Picked::Closed
            }
            Command::Choose if self.several => Picked::Many(self.taken()),
            Command::Choose => match rows.get(self.cursor.selected()) {
                Some(choice) => {
                    self.leave(turn);
                    Picked::One(choice.clone())
                }
                None => Picked::Open,
            },
            _ => Picked::Open,
        }
    }

    /// Takes a key that is no command: it narrows the list, or with Space takes a row.
    pub fn key(&mut self, key: KeyEvent, turn: &mut Turn<'_>) {
        if self.several && key.code == KeyCode::Char(' ') {
            self.toggle();
            return;
        }
        let before = self.input.text();
        self.input.key(key);
        self.narrow(&before, turn);
    }

    /// Takes pasted text.
    pub fn paste(&mut self, text: &str, turn: &mut Turn<'_>) {
        let before = self.input.text();
        self.input.insert(text.trim());
        self.narrow(&before, turn);
    }

    /// Takes candidates; true when it waited for them.
    pub fn answered(&mut self, answer: &Answer) -> bool {
        let Candidates::Asked {
            load,
            answered,
            asked,
            ..
        } = &mut self.source
        else {
            return false;
        };
        if !load.awaits(answer.job) {
            return false;
        }
        match &answer.reply {
            Reply::Candidates(links) => {
                load.accept(links.clone(), answer.last);
                *answered = asked.clone();
            }
            Reply::Failed(failure) => load.fail(failure.clone()),
            _ => return false,
        }
        let len = self.rows().len();
        self.cursor.select(self.cursor.selected(), len);
        true
    }

    /// The pause after typing is over: ask for candidates.
    pub fn rang(&mut self, timer: Timer, turn: &mut Turn<'_>) {
        if timer == Timer::LookupPause {
            self.ask(turn);
        }
    }

    fn narrow(&mut self, before: &str, turn: &mut Turn<'_>) {
        if self.input.text() == before {
            return;
        }
        self.cursor = ListCursor::default();
        if matches!(self.source, Candidates::Asked { .. }) {
            turn.ring(Timer::LookupPause, LOOKUP_AFTER);
        }
    }

    fn ask(&mut self, turn: &mut Turn<'_>) {
        let text = self.input.text();
        if let Candidates::Asked {
            objects,
            load,
            asked,
            ..
        } = &mut self.source
        {
            let job = turn.start(Job::Lookup {
                objects: objects.clone(),
                text: text.clone(),
            });
            turn.forget(load.wait(job));
            *asked = text;
        }
    }

    fn leave(&mut self, turn: &mut Turn<'_>) {
        if let Candidates::Asked { load, .. } = &mut self.source {
            turn.forget(load.stop());
        }
    }

    fn toggle(&mut self) {
        if let Some(choice) = self.rows().get(self.cursor.selected())
            && !self.marked.remove(&choice.value)
        {
            self.marked.insert(choice.value.clone());
        }
    }

    /// What is taken, in the list's order; the filter hides but does not untake.
    fn taken(&self) -> Vec<Choice> {
        match &self.source {
            Candidates::Here(choices) => choices
                .iter()
                .filter(|choice| self.is_marked(choice))
                .cloned()
                .collect(),
            Candidates::Asked { .. } => Vec::new(),
        }
    }
}

fn choice_of(link: &Link) -> Choice {
    Choice {
        value: link.id.to_string(),
        label: link.name.clone(),
        detail: link.object.clone(),
    }
}

/// Rows whose label, value or detail has the text, letter case ignored; those that start
/// with it first.
fn narrowed(rows: impl Iterator<Item = Choice>, typed: &str) -> Vec<Choice> {
    let wanted = typed.trim().to_lowercase();
    if wanted.is_empty() {
        return rows.collect();
    }
    let (mut first, mut rest) = (Vec::new(), Vec::new());
    for row in rows {
        let label = row.label.to_lowercase();
        if label.starts_with(&wanted) {
            first.push(row);
        } else if label.contains(&wanted)
            || row.value.to_lowercase().contains(&wanted)
            || row.detail.to_lowercase().contains(&wanted)
        {
            rest.push(row);
        }
    }
    first.append(&mut rest);
    first
}
