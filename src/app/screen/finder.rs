//! Help and palette: commands to look through and run. One list with a filter line; both
//! are made from the command table and the contexts that hold below.

use std::cmp::Reverse;

use crossterm::event::KeyEvent;

use crate::app::command::{COMMANDS, Command, Context, Entry};
use crate::app::input::{Input, Lines};
use crate::app::keymap::{commands_in, shown};
use crate::app::list::ListCursor;
use crate::app::msg::{Intent, Timer};
use crate::app::notice::Notice;
use crate::app::turn::Turn;
use crate::job::Answer;

/// Where keys are looked up once the search line is left.
const PAST_LINE: &[Context] = &[
    Context::Hits,
    Context::AnyRecord,
    Context::List,
    Context::Everywhere,
];

/// Help and palette: commands to look through and run.
#[derive(Debug, Clone)]
pub struct Finder {
    /// What it is for.
    pub kind: Kind,
    /// The filter line.
    pub filter: Input,
    /// The chosen command.
    pub cursor: ListCursor,
    contexts: &'static [Context],
}

/// What a finder is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// What can be done here.
    Help,
    /// Everything that can be done at all.
    Palette,
}

/// One command of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// What it runs.
    pub command: Command,
    /// What it does.
    pub label: &'static str,
    /// Its keys here, else where it applies, as the table writes them.
    pub keys: &'static [&'static str],
    /// Where it applies.
    pub place: Place,
}

/// Where a command applies, seen from here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// On this screen.
    Here,
    /// On every screen.
    Everywhere,
    /// In every list.
    Lists,
    /// Here too, by its key once the search line is left.
    PastLine,
    /// Not now, and why.
    Elsewhere(&'static str),
}

impl Finder {
    /// The commands of these contexts, with their keys.
    pub fn help(contexts: &'static [Context]) -> Self {
        Self::new(Kind::Help, contexts)
    }

    /// Every command; those that do not apply in these contexts say why.
    pub fn palette(contexts: &'static [Context]) -> Self {
        Self::new(Kind::Palette, contexts)
    }

    fn new(kind: Kind, contexts: &'static [Context]) -> Self {
        Self {
            kind,
            filter: Input::new(Lines::One, ""),
            cursor: ListCursor::default(),
            contexts,
        }
    }

    /// What the filter lets through: what applies first, best match first.
    pub fn rows(&self) -> Vec<Row> {
        let filter = self.filter.text().to_lowercase();
        let mut rows: Vec<(Row, u32)> = self
            .all()
            .into_iter()
            .filter_map(|row| Some((row, score(&row, &filter)?)))
            .collect();
        rows.sort_by_key(|(row, score)| (is_elsewhere(row), Reverse(*score)));
        rows.into_iter().map(|(row, _)| row).collect()
    }

    /// How many commands there are without the filter.
    pub fn total(&self) -> usize {
        self.all().len()
    }

    fn all(&self) -> Vec<Row> {
        let here = commands_in(self.contexts);
        let mut rows: Vec<Row> = here
            .iter()
            .filter_map(|entry| row(entry, self.contexts))
            .collect();
        rows.sort_by_key(|row| match row.place {
            Place::Here => 0,
            Place::Everywhere => 1,
            _ => 2,
        });
        if self.contexts.contains(&Context::SearchLine) {
            let past = commands_in(PAST_LINE);
            let past = past.into_iter().filter_map(|entry| row(entry, PAST_LINE));
            add(
                &mut rows,
                past.map(|row| Row {
                    place: Place::PastLine,
                    ..row
                }),
            );
        }
        if self.kind == Kind::Palette {
            add(&mut rows, COMMANDS.iter().filter_map(elsewhere));
        }
        rows
    }

    /// Where keys are looked up, most specific first.
    pub fn contexts(&self) -> &'static [Context] {
        &[Context::Finder]
    }

    /// Keys that type go into a text field.
    pub fn takes_text(&self) -> bool {
        true
    }

    /// Does what a command says.
    pub fn command(&mut self, command: Command, turn: &mut Turn<'_>) {
        let rows = self.rows();
        if self.cursor.moved(command, rows.len()) {
            return;
        }
        match command {
            Command::Back => turn.ask(Intent::Close),
            Command::Choose => self.run(rows.get(self.cursor.selected()), turn),
            _ => {}
        }
    }

    fn run(&self, row: Option<&Row>, turn: &mut Turn<'_>) {
        match row.map(|row| (row.command, row.place)) {
            Some((_, Place::Elsewhere(reason))) => {
                turn.tell(Notice::info(format!("Not here: {reason}")));
            }
            Some((command, _)) => {
                turn.ask(Intent::Close);
                turn.ask(Intent::Run(command));
            }
            None => turn.tell(Notice::info(
                "No command is called so: Ctrl-U clears the line",
            )),
        }
    }

    /// Takes a key that is no command here.
    pub fn key(&mut self, key: KeyEvent, _turn: &mut Turn<'_>) {
        if self.filter.key(key) {
            self.cursor = ListCursor::default();
        }
    }

    /// Takes pasted text.
    pub fn paste(&mut self, text: &str, _turn: &mut Turn<'_>) {
        self.filter.insert(text);
        self.cursor = ListCursor::default();
    }

    /// Takes an answer; true when it waited for it.
    pub fn answered(&mut self, _answer: &Answer, _turn: &mut Turn<'_>) -> bool {
        false
    }

    /// A timer of its own ran out.
    pub fn rang(&mut self, _timer: Timer, _turn: &mut Turn<'_>) {}
}

/// Adds the commands that are not there yet.
fn add(rows: &mut Vec<Row>, more: impl Iterator<Item = Row>) {
    for row in more {
        if !rows.iter().any(|known| known.command == row.command) {
            rows.push(row);
        }
    }
}

/// A command that applies in these contexts.
fn row(entry: &Entry, contexts: &[Context]) -> Option<Row> {
    let context = contexts
        .iter()
        .find(|context| !entry.keys_in(**context).is_empty())?;
    Some(Row {
        command: entry.command,
        label: entry.label,
        keys: entry.keys_in(*context),
        place: match context {
            Context::Everywhere => Place::Everywhere,
            Context::List => Place::Lists,
            _ => Place::Here,
        },
    })
}

/// A command that does not apply now.
fn elsewhere(entry: &'static Entry) -> Option<Row> {
    let binding = entry.bindings.first()?;
    let reason = needs(*binding.contexts.first()?);
    Some(Row {
        command: entry.command,
        label: entry.label,
        keys: binding.keys,
        place: Place::Elsewhere(reason),
    })
}

/// What a command of this context needs before it applies.
fn needs(context: Context) -> &'static str {
    match context {
        Context::Everywhere | Context::List => "leave what is open first (Esc)",
        Context::SearchLine | Context::Hits => "it belongs to the search (1, then /)",
        Context::AnyRecord => "needs a record: open one or move onto a hit",
        Context::Record => "needs an open record: find one with /",
        Context::Form => "needs a form: e edits a record, a makes one",
        Context::Conflict => "needs a record that somebody else changed meanwhile",
        Context::Review => "needs a form being saved (Ctrl-S)",
        Context::Log => "needs a log: c starts one",
        Context::Picker => "needs a list to choose from",
        Context::Outbox | Context::LookAlikes => "it belongs to the outbox (3)",
        Context::Errors => "it belongs to the errors (4)",
        Context::QueryLine | Context::Rows => "it belongs to the query view (7)",
        Context::Bulk | Context::BulkLine => "it belongs to the bulk view (5)",
        Context::Dialog => "needs a question to answer",
        Context::Duplicates => "needs duplicates found while saving",
        Context::Finder => "it belongs to this list",
    }
}

fn is_elsewhere(row: &Row) -> bool {
    matches!(row.place, Place::Elsewhere(_))
}

/// How well a row fits the filter; `None` when it does not. A key itself fits best, then
/// the starts of words, anything inside, letters in their order.
fn score(row: &Row, filter: &str) -> Option<u32> {
    let filter = filter.trim();
    if filter.is_empty() {
        return Some(0);
    }
    let is_key =
        |keys: &&str| keys.eq_ignore_ascii_case(filter) || shown(keys).to_lowercase() == filter;
    if row.keys.iter().any(is_key) {
        return Some(4);
    }
    let label = row.label.to_lowercase();
    let starts = |part: &str| label.split(' ').any(|word| word.starts_with(part));
    if filter.split_whitespace().all(starts) {
        return Some(3);
    }
    if label.contains(filter) {
        return Some(2);
    }
    let mut letters = label.chars();
    let mut wanted = filter.chars().filter(|c| !c.is_whitespace());
    let in_order = wanted.all(|wanted| letters.any(|c| c == wanted));
    in_order.then_some(1)
}

#[cfg(test)]
mod tests;
