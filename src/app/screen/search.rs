//! Find records: type and see.

mod direct;
mod hits;
mod preview;
mod scope;
#[cfg(test)]
mod tests;

use std::time::Duration;

use crossterm::event::KeyEvent;

use crate::app::command::{Command, Context};
use crate::app::deletion;
use crate::app::input::{Input, Lines};
use crate::app::keymap::types_text;
use crate::app::load::Load;
use crate::app::msg::{Intent, Timer};
use crate::app::notice::Notice;
use crate::app::page_rows;
use crate::app::turn::Turn;
use crate::domain::record::Link;
use crate::domain::write::{Op, OpState, WriteStep};
use crate::job::{Answer, Hit, Job, Page, Reply};

pub use hits::Hits;
pub use preview::Preview;
pub use scope::Scope;

/// Typing rests this long before the org is asked.
const SEARCH_AFTER: Duration = Duration::from_millis(250);
/// Fewest characters the org's search takes (SOSL reference, "Search text").
const FEWEST: usize = 2;

/// Find records: type and see.
#[derive(Debug, Clone)]
pub struct Search {
    /// What is typed.
    pub line: Input,
    /// Where the keys go.
    pub focus: Focus,
    /// The text is kept from before: the first character typed replaces it.
    pub replaces: bool,
    /// Which objects are searched.
    pub scope: Scope,
    /// What was found.
    pub hits: Hits,
    /// The cache's answer; its hits are in the list.
    recall: Load<()>,
    /// The org's answer; its hits are in the list.
    pub server: Load<Told>,
    /// Enter was pressed before there was a hit: the best one opens when it comes.
    pub opens_best: bool,
    /// The preview is wanted.
    pub previews: bool,
    /// What the preview shows.
    pub preview: Option<Preview>,
    peek: Load<()>,
}

/// Where the keys go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Focus {
    /// Keys type.
    #[default]
    Line,
    /// Keys are commands.
    Hits,
}

/// What the org said beside its hits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// Milliseconds it took.
    pub millis: Option<u32>,
    /// It has more than it sent.
    pub more: bool,
}

impl Default for Search {
    fn default() -> Self {
        Self {
            line: Input::new(Lines::One, ""),
            focus: Focus::default(),
            replaces: false,
            scope: Scope::default(),
            hits: Hits::default(),
            recall: Load::default(),
            server: Load::default(),
            opens_best: false,
            previews: true,
            preview: None,
            peek: Load::default(),
        }
    }
}

impl Search {
    /// Searches in these objects, by API name.
    pub fn look_in(&mut self, _objects: Vec<String>) {}

    /// Asks for the records seen last.
    pub fn start(&mut self, turn: &mut Turn<'_>) {
        self.recall(turn);
    }

    /// The record the cursor is on.
    pub fn selected(&self) -> Option<Link> {
        self.hits.selected().map(|hit| hit.link.clone())
    }

    /// What is searched for.
    pub fn text(&self) -> String {
        self.line.text().trim().to_owned()
    }

    /// The text is long enough for the org's search.
    pub fn is_searchable(&self) -> bool {
        self.text().chars().count() >= FEWEST
    }

    /// Where keys are looked up, most specific first.
    pub fn contexts(&self) -> &'static [Context] {
        match self.focus {
            Focus::Line => &[Context::SearchLine],
            Focus::Hits => &[
                Context::Hits,
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
        if self.hits.moved(command) {
            self.opens_best = false;
            self.rest(turn);
            return;
        }
        match command {
            Command::Search => {
                self.focus = Focus::Line;
                self.replaces = !self.line.is_empty();
            }
            Command::Recents => {
                self.focus = Focus::Hits;
                self.edit(turn, |line| line.replace(""));
            }
            Command::ListViews => {
                let object = self.scope.objects(turn.org).into_iter().next();
                turn.ask(Intent::Lists(
                    object.unwrap_or_else(|| "Account".to_owned()),
                ));
            }
            Command::Back => self.back(turn),
            Command::Open => self.open(turn),
            Command::Objects => {
                self.scope.turn(turn.org);
                self.look(turn);
            }
            Command::Refresh => self.look_again(turn),
            Command::Edit => self.with_hit(turn, |link, turn| turn.ask(Intent::Edit(link, None))),
            Command::Delete => self.with_hit(turn, |link, turn| deletion::ask(&link, turn)),
            Command::TogglePreview => {
                self.previews = !self.previews;
                self.rest(turn);
            }
            _ => {}
        }
    }

    /// From the line to the list; from there nothing lies further back.
    fn back(&mut self, turn: &mut Turn<'_>) {
        self.opens_best = false;
        match self.focus {
            Focus::Line => self.focus = Focus::Hits,
            Focus::Hits => turn.tell(Notice::info("/ goes to the search line, q quits")),
        }
    }

    fn with_hit(&self, turn: &mut Turn<'_>, act: impl FnOnce(Link, &mut Turn<'_>)) {
        match self.selected() {
            Some(link) => act(link, turn),
            None => turn.tell(Notice::info("No record is chosen: find one first")),
        }
    }

    /// Opens the hit under the cursor; before there is one, the best one as soon as it
    /// comes.
    fn open(&mut self, turn: &mut Turn<'_>) {
        if self.hits.are_current() && self.open_selected(turn) {
            return;
        }
        if !self.is_searchable() {
            turn.tell(Notice::info("Type two letters or more to find a record"));
        } else if self.server.value().is_some() && !self.server.is_waiting() {
            turn.tell(Notice::info("Nothing was found to open"));
        } else {
            self.opens_best = true;
            if !self.server.is_waiting() {
                self.ask_org(turn);
            }
        }
    }

    fn open_selected(&mut self, turn: &mut Turn<'_>) -> bool {
        let Some(link) = self.selected() else {
            return false;
        };
        self.opens_best = false;
        self.focus = Focus::Hits;
        turn.ask(Intent::Open(link));
        true
    }

    /// Takes a key that is no command here.
    pub fn key(&mut self, key: KeyEvent, turn: &mut Turn<'_>) {
        if self.focus == Focus::Line {
            let replaces = self.replaces && types_text(key);
            self.edit(turn, |line| {
                if replaces {
                    line.replace("");
                }
                line.key(key);
            });
        }
    }

    /// Takes pasted text.
    pub fn paste(&mut self, text: &str, turn: &mut Turn<'_>) {
        let replaces = self.replaces;
        self.edit(turn, |line| match replaces {
            true => line.replace(text.trim()),
            false => line.insert(text.trim()),
        });
    }

    fn edit(&mut self, turn: &mut Turn<'_>, change: impl FnOnce(&mut Input)) {
        let before = self.text();
        self.replaces = false;
        change(&mut self.line);
        if self.text() != before {
            self.look(turn);
        }
    }

    /// Looks for the text as it stands: in the cache at once, in the org after a pause.
    fn look(&mut self, turn: &mut Turn<'_>) {
        self.opens_best = false;
        turn.forget(self.server.stop());
        self.server = Load::default();
        if let Some(hit) = direct::record(&self.line.text(), turn.org) {
            turn.forget(self.recall.stop());
            self.hits.only(hit);
            self.rest(turn);
            return;
        }
        self.recall(turn);
        if self.is_searchable() {
            turn.ring(Timer::SearchPause, SEARCH_AFTER);
        }
    }

    fn look_again(&mut self, turn: &mut Turn<'_>) {
        if self.is_searchable() {
            self.ask_org(turn);
        } else {
            self.recall(turn);
        }
    }

    /// The org has not been asked for this text, by Enter for one.
    fn needs_org(&self) -> bool {
        self.is_searchable()
            && !self.hits.are_the_orgs()
            && !self.server.is_waiting()
            && self.server.failure().is_none()
    }

    fn recall(&mut self, turn: &mut Turn<'_>) {
        let text = self.text();
        let objects = match text.is_empty() {
            true => Vec::new(),
            false => self.scope.objects(turn.org),
        };
        self.hits.expect();
        let job = turn.start(Job::Recall { text, objects });
        turn.forget(self.recall.wait(job));
    }

    fn ask_org(&mut self, turn: &mut Turn<'_>) {
        let job = turn.start(Job::Search {
            text: self.text(),
            objects: self.scope.objects(turn.org),
        });
        turn.forget(self.server.wait(job));
    }

    /// Takes an answer; true when it waited for it.
    pub fn answered(&mut self, answer: &Answer, turn: &mut Turn<'_>) -> bool {
        if self.recall.awaits(answer.job) {
            self.recalled(answer);
        } else if self.server.awaits(answer.job) {
            self.found(answer);
        } else if self.peek.awaits(answer.job) {
            self.peeked(answer, turn);
            return true;
        } else {
            self.overhear(&answer.reply, turn);
            return false;
        }
        self.rest(turn);
        if self.opens_best && self.hits.are_current() {
            self.open_selected(turn);
        }
        true
    }

    /// A cache that cannot be read hinders nothing: the org is asked all the same.
    fn recalled(&mut self, answer: &Answer) {
        match &answer.reply {
            Reply::Found(found) => self.hits.recalled(found.hits.clone()),
            _ => self.hits.recalled(Vec::new()),
        }
        self.recall.accept((), true);
    }

    fn found(&mut self, answer: &Answer) {
        match &answer.reply {
            Reply::Found(found) => {
                self.hits.found(found.hits.clone());
                let told = Told {
                    millis: answer.link.map(|link| link.millis),
                    more: found.more,
                };
                self.server.accept(told, answer.last);
            }
            Reply::Failed(failure) => {
                self.opens_best = false;
                self.server.fail(failure.clone());
            }
            _ => {}
        }
    }

    /// News that others asked for: a record read is the preview's too and leads the list
    /// of those seen last, one that is deleted leaves the hits.
    fn overhear(&mut self, reply: &Reply, turn: &Turn<'_>) {
        match reply {
            Reply::Opened(page) => {
                if let Some(preview) = &mut self.preview
                    && page.record.id == Some(preview.hit.link.id)
                {
                    preview.show(page, turn);
                }
                if let Some(hit) = seen(page).filter(|_| self.line.is_empty()) {
                    self.hits.lead_with(hit);
                }
            }
            Reply::Op(op) if op.state == OpState::Done => {
                for id in deleted(op) {
                    self.hits.remove(id);
                }
            }
            _ => {}
        }
    }

    /// A timer of its own ran out.
    pub fn rang(&mut self, timer: Timer, turn: &mut Turn<'_>) {
        match timer {
            Timer::SearchPause if self.needs_org() => self.ask_org(turn),
            Timer::PreviewPause => self.peek(turn),
            _ => {}
        }
    }
}

/// A page as a hit of the records seen last.
fn seen(page: &Page) -> Option<Hit> {
    let id = page.record.id?;
    Some(Hit {
        link: Link {
            object: page.record.object.clone(),
            id,
            name: page_rows::name(page).unwrap_or(id.as_str()).to_owned(),
        },
        detail: String::new(),
        cached: true,
    })
}

fn deleted(op: &Op) -> impl Iterator<Item = crate::domain::id::RecordId> {
    op.write.steps.iter().filter_map(|step| match step {
        WriteStep::Delete { id, .. } => Some(*id),
        WriteStep::Create { .. } | WriteStep::Update { .. } | WriteStep::Undelete { .. } => None,
    })
}
