//! Ask the org in SOQL and walk through the rows. List views and whole related lists are
//! queries too: they open here with the line filled in. Only reads.
//!
//! ```text
//! line ── Enter ──▶ rows ── Enter ──▶ record
//!   │ Tab takes an offer     │ Tab goes back to the line
//!   └ Up, Down: queries run before
//! ```

mod offer;
#[cfg(test)]
mod tests;

use crossterm::event::KeyEvent;

use crate::app::command::{Command, Context};
use crate::app::deletion;
use crate::app::grid::{Column, Grid};
use crate::app::input::{Input, Lines};
use crate::app::load::Load;
use crate::app::msg::{AskedRows, Intent, Timer};
use crate::app::notice::Notice;
use crate::app::turn::Turn;
use crate::domain::record::Link;
use crate::domain::soql::typed;
use crate::job::{Answer, Job, JobId, Reply, Source};

pub use offer::{Offer, Offers};

/// Ask the org in SOQL and walk through the rows.
#[derive(Debug, Clone)]
pub struct QueryScreen {
    /// The query being typed.
    pub line: Input,
    /// Where the keys go.
    pub focus: Focus,
    /// Words that may stand where the cursor is.
    pub offers: Offers,
    /// What the rows are, where that is more than a query typed: a list's name.
    pub title: Option<String>,
    /// The query whose rows are shown or on their way.
    asked: String,
    /// The rows.
    pub rows: Load<Grid>,
    /// The page after those.
    more: Load<()>,
    /// Columns that a list view chose, until its rows are here.
    columns: Vec<Column>,
    /// Milliseconds the first page took.
    pub millis: Option<u32>,
    /// Queries run before, newest first.
    history: Vec<String>,
    reading: Option<JobId>,
    /// The query of the history that is in the line.
    recalled: Option<usize>,
    /// Objects whose fields were asked for.
    described: Vec<String>,
}

/// Where the keys go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Focus {
    /// Keys type.
    #[default]
    Line,
    /// Keys are commands.
    Rows,
}

/// Most queries kept.
const KEPT: usize = 200;

impl Default for QueryScreen {
    fn default() -> Self {
        Self {
            line: Input::new(Lines::Many, ""),
            focus: Focus::default(),
            offers: Offers::default(),
            title: None,
            asked: String::new(),
            rows: Load::default(),
            more: Load::default(),
            columns: Vec::new(),
            millis: None,
            history: Vec::new(),
            reading: None,
            recalled: None,
            described: Vec::new(),
        }
    }
}

impl QueryScreen {
    /// The view was opened: what was asked before can be had again.
    pub fn shown(&mut self, turn: &mut Turn<'_>) {
        if self.history.is_empty() && self.reading.is_none() {
            self.reading = Some(turn.start(Job::Queries));
        }
        self.offer(turn);
    }

    /// Shows the rows of a query that was not typed here.
    pub fn show(&mut self, asked: AskedRows, turn: &mut Turn<'_>) {
        self.line.replace(&asked.soql);
        self.ask(turn);
        self.title = Some(asked.title);
        self.columns = asked.columns;
    }

    /// The record the cursor is on.
    pub fn selected(&self) -> Option<Link> {
        match self.focus {
            Focus::Line => None,
            Focus::Rows => self.rows.value()?.selected(),
        }
    }

    /// The rows shown answer the query in the line.
    pub fn is_current(&self) -> bool {
        self.asked == self.line.text().trim()
    }

    /// More rows are on their way.
    pub fn is_reading_on(&self) -> bool {
        self.more.is_waiting()
    }

    /// Where keys are looked up, most specific first.
    pub fn contexts(&self) -> &'static [Context] {
        match self.focus {
            Focus::Line => &[Context::QueryLine],
            Focus::Rows => &[
                Context::Rows,
                Context::AnyRecord,
                Context::List,
                Context::Everywhere,
            ],
        }
    }

    /// Keys that type go into a text field.
    pub fn takes_text(&self) -> bool {
        self.focus == Focus::Line
    }

    /// Does what a command says.
    pub fn command(&mut self, command: Command, turn: &mut Turn<'_>) {
        match self.focus {
            Focus::Line => self.line_command(command, turn),
            Focus::Rows => self.rows_command(command, turn),
        }
    }

    fn line_command(&mut self, command: Command, turn: &mut Turn<'_>) {
        match command {
            Command::Run => self.run(turn),
            Command::Complete => self.complete(turn),
            Command::Down => self.offers.turn(1),
            Command::Up => self.offers.turn(-1),
            Command::OlderQuery => self.recall(1, turn),
            Command::NewerQuery => self.recall(-1, turn),
            Command::Back if self.rows.value().is_some() => self.focus = Focus::Rows,
            Command::Back => turn.ask(Intent::Back),
            _ => {}
        }
    }

    fn rows_command(&mut self, command: Command, turn: &mut Turn<'_>) {
        if let Some(grid) = self.rows.value_mut()
            && grid.moved(command)
        {
            return self.read_on(turn);
        }
        match command {
            Command::NextPane | Command::PreviousPane => {
                self.focus = Focus::Line;
                self.offer(turn);
            }
            Command::Open => self.with_row(turn, Intent::Open),
            Command::Edit => self.with_row(turn, |link| Intent::Edit(link, None)),
            Command::Delete => {
                if let Some(link) = self.selected() {
                    deletion::ask(&link, turn);
                }
            }
            Command::Refresh => self.ask_again(turn),
            Command::Back => {
                let unmarked = self.rows.value_mut().is_some_and(Grid::unmark);
                if !unmarked {
                    turn.ask(Intent::Back);
                }
            }
            _ => {}
        }
    }

    fn with_row(&self, turn: &mut Turn<'_>, intent: impl FnOnce(Link) -> Intent) {
        match self.selected() {
            Some(link) => turn.ask(intent(link)),
            None => turn.tell(Notice::info(
                "This row has no id: SELECT Id as well to open its record",
            )),
        }
    }

    fn run(&mut self, turn: &mut Turn<'_>) {
        let typed = self.line.text().trim().to_owned();
        if typed.is_empty() {
            return turn.tell(Notice::info(
                "Type a query such as SELECT Id, Name FROM Contact LIMIT 50",
            ));
        }
        self.title = None;
        self.columns.clear();
        self.ask(turn);
        self.keep(typed, turn);
    }

    fn ask(&mut self, turn: &mut Turn<'_>) {
        self.asked = self.line.text().trim().to_owned();
        self.offers = Offers::default();
        self.recalled = None;
        self.millis = None;
        turn.forget(self.more.stop());
        let job = turn.start(Job::Query {
            soql: self.asked.clone(),
            next: None,
        });
        turn.forget(self.rows.wait(job));
        let object = typed::object(&self.asked).map(str::to_owned);
        if let Some(object) = object {
            self.describe(&object, turn);
        }
    }

    fn ask_again(&mut self, turn: &mut Turn<'_>) {
        let (title, columns) = (self.title.take(), std::mem::take(&mut self.columns));
        let line = std::mem::replace(&mut self.line, Input::new(Lines::Many, &self.asked));
        self.ask(turn);
        (self.title, self.columns) = (title, columns);
        self.line = line;
    }

    /// The query is the newest of the history, once.
    fn keep(&mut self, query: String, turn: &mut Turn<'_>) {
        self.history.retain(|known| *known != query);
        self.history.insert(0, query);
        self.history.truncate(KEPT);
        turn.start(Job::KeepQueries(self.history.clone()));
    }

    /// Puts an older query (or a newer one) into the line.
    fn recall(&mut self, by: isize, turn: &mut Turn<'_>) {
        let place = match (self.recalled, by > 0) {
            (None, true) => Some(0),
            (None, false) => return,
            (Some(at), _) => at.checked_add_signed(by),
        };
        match place {
            None => {
                self.recalled = None;
                self.line.replace("");
            }
            Some(at) => match self.history.get(at) {
                Some(query) => {
                    self.recalled = Some(at);
                    self.line.replace(query);
                }
                None => turn.tell(Notice::info("There is no older query")),
            },
        }
        self.offers = Offers::default();
    }

    fn read_on(&mut self, turn: &mut Turn<'_>) {
        let wanted = self.rows.value().and_then(Grid::wants_more);
        if let Some(next) = wanted.filter(|_| !self.more.is_waiting() && !self.rows.is_waiting()) {
            let job = turn.start(Job::Query {
                soql: self.asked.clone(),
                next: Some(next.to_owned()),
            });
            turn.forget(self.more.wait(job));
        }
    }

    /// Takes a key that is no command here.
    pub fn key(&mut self, key: KeyEvent, turn: &mut Turn<'_>) {
        if self.focus == Focus::Line && self.line.key(key) {
            self.recalled = None;
            self.offer(turn);
        }
    }

    /// Takes pasted text.
    pub fn paste(&mut self, text: &str, turn: &mut Turn<'_>) {
        if self.focus == Focus::Line {
            self.line.insert(text.trim_end());
            self.offer(turn);
        }
    }

    /// Looks for words that may stand where the cursor is.
    fn offer(&mut self, turn: &mut Turn<'_>) {
        let wants = self.offers.look(&self.line, turn.org);
        for object in wants {
            self.describe(&object, turn);
        }
    }

    fn complete(&mut self, turn: &mut Turn<'_>) {
        match self.offers.taken(&self.line) {
            Some((text, cursor)) => {
                self.line.replace(&text);
                self.line.go_to(cursor);
                self.offer(turn);
            }
            None if typed::object(&self.line.text()).is_none() => turn.tell(Notice::info(
                "Type FROM and the object first: its fields are offered then",
            )),
            None => turn.tell(Notice::info("Nothing fits here; Esc goes to the rows")),
        }
    }

    /// Asks for an object's fields, once, where they are not at hand.
    fn describe(&mut self, object: &str, turn: &mut Turn<'_>) {
        let Some(known) = turn.org.object(object) else {
            return;
        };
        let name = known.api_name.clone();
        if turn.org.forms.contains_key(&name) || self.described.contains(&name) {
            return;
        }
        turn.start(Job::Describe {
            object: name.clone(),
            source: Source::CacheFirst,
        });
        self.described.push(name);
    }

    /// Takes an answer; true when it waited for it.
    pub fn answered(&mut self, answer: &Answer, turn: &mut Turn<'_>) -> bool {
        if let Reply::Described(_) = &answer.reply {
            self.offer(turn);
            return false;
        }
        if answer.job.is_some() && answer.job == self.reading {
            self.reading = None;
            if let Reply::Queries(queries) = &answer.reply {
                self.history = queries.clone();
            }
            return true;
        }
        if self.rows.awaits(answer.job) {
            self.first_page(answer, turn);
        } else if self.more.awaits(answer.job) {
            self.next_page(answer, turn);
        } else {
            return false;
        }
        true
    }

    fn first_page(&mut self, answer: &Answer, turn: &mut Turn<'_>) {
        match &answer.reply {
            Reply::Rows(rows) => {
                let named = typed::columns(&self.asked);
                let columns = std::mem::take(&mut self.columns);
                self.millis = answer.link.map(|link| link.millis);
                let grid = Grid::new(columns, &named, rows.clone());
                self.rows.accept(grid, answer.last);
                if self.is_current() && !rows.records.is_empty() {
                    self.focus = Focus::Rows;
                }
                self.read_on(turn);
            }
            Reply::Failed(failure) => self.rows.fail(failure.clone()),
            _ => {}
        }
    }

    fn next_page(&mut self, answer: &Answer, turn: &mut Turn<'_>) {
        match &answer.reply {
            Reply::Rows(rows) => {
                self.more.accept((), answer.last);
                if let Some(grid) = self.rows.value_mut() {
                    grid.extend(rows.clone());
                }
                self.read_on(turn);
            }
            Reply::Failed(failure) => {
                self.more.fail(failure.clone());
                turn.tell(Notice::warn(format!(
                    "The rows that follow were not read: {failure}. j tries again, r starts over"
                )));
            }
            _ => {}
        }
    }

    /// A timer of its own ran out.
    pub fn rang(&mut self, _timer: Timer, _turn: &mut Turn<'_>) {}
}
