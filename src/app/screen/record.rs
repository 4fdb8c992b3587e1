//! One record: details, related lists, activities, raw fields.

pub mod details;
mod laying;
pub mod pane;
pub mod related;
#[cfg(test)]
mod tests;
pub mod timeline;

use std::cell::Cell;

use crossterm::event::KeyEvent;
use jiff::Timestamp;
use serde_json::Value;

use crate::app::command::{Command, Context};
use crate::app::deletion;
use crate::app::load::Load;
use crate::app::msg::{Effect, Intent, Preset, Timer};
use crate::app::notice::Notice;
use crate::app::sheet::{self, FieldRow, SheetRow};
use crate::app::turn::Turn;
use crate::domain::record::Link;
use crate::domain::write::{OpId, OpState, WriteStep};
use crate::job::{Answer, Job, JobId, Page, Reply, Source};

use details::Empty;
use laying::Laid;
pub use laying::{ActivityLine, RawLine, Room};
use timeline::{Entry, Mark};

/// One record: details, related lists, activities, raw fields.
#[derive(Debug, Clone)]
pub struct RecordScreen {
    link: Link,
    /// What the org told of it.
    pub page: Load<Box<Page>>,
    /// The tab on show.
    pub tab: Tab,
    side: Option<Side>,
    /// Whether fields without a value are listed.
    pub empty: Empty,
    sheet: Vec<SheetRow>,
    entries: Vec<Entry>,
    laid: Laid,
    room: Cell<Room>,
    opened: Timestamp,
    describing: Option<JobId>,
    refreshed_for: Option<OpId>,
    is_gone: bool,
    /// Changes of this record that are not settled.
    pub waiting_changes: usize,
}

/// The tabs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the names are what the screen shows")]
pub enum Tab {
    #[default]
    Details,
    Related,
    Activity,
    Raw,
}

impl Tab {
    /// In the order they are shown.
    pub const ALL: [Self; 4] = [Self::Details, Self::Related, Self::Activity, Self::Raw];

    /// What the screen shows.
    pub fn label(self) -> &'static str {
        match self {
            Self::Details => "Details",
            Self::Related => "Related",
            Self::Activity => "Activity",
            Self::Raw => "Raw",
        }
    }
}

/// Panes beside the details.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Activity,
    Related,
}

impl RecordScreen {
    /// Opens a record: from the cache at once where it is there, then from the org.
    pub fn open(link: Link, turn: &mut Turn<'_>) -> Self {
        let mut screen = Self {
            link,
            page: Load::default(),
            tab: Tab::default(),
            side: None,
            empty: Empty::default(),
            sheet: Vec::new(),
            entries: Vec::new(),
            laid: Laid::default(),
            room: Cell::default(),
            opened: turn.now.timestamp(),
            describing: None,
            refreshed_for: None,
            is_gone: false,
            waiting_changes: 0,
        };
        screen.read(Source::CacheFirst, turn);
        screen.read_journal(turn);
        screen
    }

    /// Reads the record again from the org.
    pub fn refresh(&mut self, turn: &mut Turn<'_>) {
        self.read(Source::Org, turn);
    }

    fn read(&mut self, source: Source, turn: &mut Turn<'_>) {
        let job = turn.start(Job::Open {
            id: self.link.id,
            source,
        });
        turn.forget(self.page.wait(job));
    }

    /// The record.
    pub fn link(&self) -> &Link {
        &self.link
    }

    /// It was deleted by a write of ours.
    pub fn is_gone(&self) -> bool {
        self.is_gone
    }

    /// The pane the keys go to.
    pub fn focus(&self) -> Tab {
        match (self.tab, self.side) {
            (Tab::Details, Some(Side::Activity)) if self.room.get().has_sides => Tab::Activity,
            (Tab::Details, Some(Side::Related)) if self.room.get().has_sides => Tab::Related,
            (tab, _) => tab,
        }
    }

    /// The page as rows, whatever the width.
    pub fn sheet(&self) -> &[SheetRow] {
        &self.sheet
    }

    /// Activities in the order they are listed.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
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
    pub fn command(&mut self, command: Command, turn: &mut Turn<'_>) {
        self.settle();
        if self.moved(command) {
            return;
        }
        match command {
            Command::NextTab => self.turn_tab(1),
            Command::PreviousTab => self.turn_tab(Tab::ALL.len() - 1),
            Command::NextPane => self.turn_pane(Way::Next),
            Command::PreviousPane => self.turn_pane(Way::Previous),
            Command::Raw if self.tab == Tab::Raw => self.show_tab(Tab::Details),
            Command::Raw => self.show_tab(Tab::Raw),
            Command::ToggleEmpty => self.toggle_empty(),
            Command::Open => self.open_selected(turn),
            Command::GoParent => self.go_parent(turn),
            Command::Edit => self.edit(turn),
            Command::New => self.create(turn),
            Command::Delete => deletion::ask(&self.link, turn),
            Command::CopyValue => self.copy(self.value(), "Nothing to copy here", turn),
            Command::CopyJson => self.copy(self.json(), "The record is not here yet", turn),
            Command::Refresh => self.refresh(turn),
            Command::RefreshDescribe => self.describe(turn),
            Command::Back => turn.ask(Intent::Back),
            _ => {}
        }
    }

    fn moved(&mut self, command: Command) -> bool {
        match self.focus() {
            Tab::Details => self.laid.details.moved(command),
            Tab::Related => self.laid.related.moved(command),
            Tab::Activity => self.laid.activity.moved(command),
            Tab::Raw => self.laid.raw.moved(command),
        }
    }

    fn turn_tab(&mut self, by: usize) {
        let at = Tab::ALL.iter().position(|tab| *tab == self.tab);
        let next = (at.unwrap_or_default() + by) % Tab::ALL.len();
        self.show_tab(Tab::ALL[next]);
    }

    fn show_tab(&mut self, tab: Tab) {
        self.tab = tab;
        self.side = None;
        self.lay();
    }

    /// Where only one pane is seen, the pane key turns the tabs.
    fn turn_pane(&mut self, way: Way) {
        if self.tab != Tab::Details || !self.room.get().has_sides {
            self.turn_tab(match way {
                Way::Next => 1,
                Way::Previous => Tab::ALL.len() - 1,
            });
            return;
        }
        self.side = match (self.side, way) {
            (None, Way::Next) | (Some(Side::Related), Way::Previous) => Some(Side::Activity),
            (Some(Side::Activity), Way::Next) | (None, Way::Previous) => Some(Side::Related),
            (Some(Side::Related), Way::Next) | (Some(Side::Activity), Way::Previous) => None,
        };
    }

    fn toggle_empty(&mut self) {
        self.empty = match self.empty {
            Empty::Hidden => Empty::Shown,
            Empty::Shown => Empty::Hidden,
        };
        self.lay();
    }

    fn selected_field(&self) -> Option<&FieldRow> {
        match self.sheet.get(self.laid.details.selected()?.row)? {
            SheetRow::Field(row) => Some(row),
            SheetRow::Heading(_) => None,
        }
    }

    fn selected_entry(&self) -> Option<&Entry> {
        self.entries.get(self.laid.activity.selected()?.entry)
    }

    fn open_selected(&mut self, turn: &mut Turn<'_>) {
        match self.focus() {
            Tab::Details => match self.selected_field().and_then(|row| row.parent.clone()) {
                Some(parent) => turn.ask(Intent::Open(parent)),
                None => turn.tell(Notice::info("Enter follows a →. e edits, y v copies")),
            },
            Tab::Activity => match self.selected_entry() {
                Some(entry) if matches!(entry.mark, Mark::Waiting(_)) => {
                    turn.tell(Notice::info("It waits in the outbox: 3 shows it"));
                }
                Some(entry) => turn.ask(Intent::Open(entry.activity.link.clone())),
                None => {}
            },
            Tab::Related => match self.laid.related.selected().map(|line| &line.link) {
                Some(Some(link)) => turn.ask(Intent::Open(link.clone())),
                Some(None) => turn.tell(Notice::info("Enter opens a row; a adds one to this list")),
                None => {}
            },
            Tab::Raw => {}
        }
    }

    /// The record in the field under the cursor, else the first one the layout names.
    fn go_parent(&mut self, turn: &mut Turn<'_>) {
        let chosen = match self.focus() {
            Tab::Details => self.selected_field().and_then(|row| row.parent.as_ref()),
            _ => None,
        };
        let first = || {
            self.sheet.iter().find_map(|row| match row {
                SheetRow::Field(field) => field.parent.as_ref().filter(|it| it.object != "User"),
                SheetRow::Heading(_) => None,
            })
        };
        match chosen.or_else(first) {
            Some(parent) => turn.ask(Intent::Open(parent.clone())),
            None => turn.tell(Notice::info("This record points to no other record")),
        }
    }

    /// Starts at the field under the cursor.
    fn edit(&mut self, turn: &mut Turn<'_>) {
        let field = match self.focus() {
            Tab::Details => self.selected_field().and_then(|row| row.fields.first()),
            _ => None,
        };
        let link = self.link.clone();
        turn.ask(match (self.page.value(), field) {
            (Some(page), Some(field)) => Intent::EditField(link, page.clone(), field.clone()),
            (page, _) => Intent::Edit(link, page.cloned()),
        });
    }

    /// A new row of the related list in focus, pointing here; else any new record.
    fn create(&mut self, turn: &mut Turn<'_>) {
        let line = self.laid.related.selected();
        let line = line.filter(|_| self.focus() == Tab::Related);
        let list = line
            .zip(self.page.value())
            .and_then(|(line, page)| page.related.get(line.list));
        let Some(list) = list else {
            turn.ask(Intent::New(None, Vec::new()));
            return;
        };
        let presets = list.field.iter().map(|field| Preset {
            field: field.clone(),
            value: Value::from(self.link.id.as_str()),
            label: self.link.name.clone(),
        });
        turn.ask(Intent::New(Some(list.object.clone()), presets.collect()));
    }

    fn copy(&self, text: Option<String>, otherwise: &str, turn: &mut Turn<'_>) {
        match text.filter(|text| !text.is_empty()) {
            Some(text) => turn.effect(Effect::Copy(text)),
            None => turn.tell(Notice::info(otherwise)),
        }
    }

    fn value(&self) -> Option<String> {
        match self.focus() {
            Tab::Details => self.selected_field().map(|row| row.value.clone()),
            Tab::Activity => self
                .selected_entry()
                .map(|it| it.activity.link.name.clone()),
            Tab::Related => {
                let line = self.laid.related.selected()?;
                line.link.as_ref().map(|link| link.name.clone())
            }
            Tab::Raw => self.laid.raw.selected().map(|line| line.text.clone()),
        }
    }

    fn json(&self) -> Option<String> {
        let page = self.page.value()?;
        serde_json::to_string_pretty(&page.record.fields).ok()
    }

    fn describe(&mut self, turn: &mut Turn<'_>) {
        self.describing = Some(turn.start(Job::Describe {
            object: self.link.object.clone(),
            source: Source::Org,
        }));
    }

    /// Takes a key that is no command here.
    pub fn key(&mut self, _key: KeyEvent, _turn: &mut Turn<'_>) {}

    /// Takes pasted text.
    pub fn paste(&mut self, _text: &str, _turn: &mut Turn<'_>) {}

    /// Takes an answer; true when it waited for it.
    pub fn answered(&mut self, answer: &Answer, turn: &mut Turn<'_>) -> bool {
        if self.describing.is_some() && self.describing == answer.job {
            self.describing = None;
            return self.described(&answer.reply, turn);
        }
        if !self.page.awaits(answer.job) {
            return false;
        }
        match &answer.reply {
            Reply::Opened(page) => {
                self.page.accept(page.clone(), answer.last);
                self.learn_link();
                self.read_page(turn);
                self.read_journal(turn);
                true
            }
            Reply::Failed(failure) => {
                self.page.fail(failure.clone());
                true
            }
            _ => false,
        }
    }

    fn described(&mut self, reply: &Reply, turn: &mut Turn<'_>) -> bool {
        match reply {
            Reply::Described(_) => self.refresh(turn),
            Reply::Failed(failure) => turn.tell(Notice::error(format!(
                "The fields were not read again: {failure}"
            ))),
            _ => return false,
        }
        true
    }

    fn learn_link(&mut self) {
        if let Some(page) = self.page.value() {
            self.link.object = page.record.object.clone();
            if let Some(name) = sheet::name(page) {
                self.link.name = name.to_owned();
            }
        }
    }

    fn read_page(&mut self, turn: &Turn<'_>) {
        if let Some(page) = self.page.value() {
            self.sheet = sheet::rows(page, turn.org, turn.now);
            self.laid
                .related
                .replace(related::lines(page, turn.org, turn.now));
            self.lay();
        }
    }

    /// Takes up what became of the writes: activities wait or stand, a change is read
    /// back once, a deleted record is gone.
    pub fn read_journal(&mut self, turn: &mut Turn<'_>) {
        let page = self.page.value();
        let task = turn.org.forms.get("Task").map(|form| &form.schema);
        let status = task.and_then(|schema| schema.field("Status"));
        self.entries = timeline::merge(&timeline::Sources {
            record: self.link.id,
            read: page.map(|page| (&page.timeline, page.fetched)),
            ops: turn.journal.ops(),
            first_status: status
                .and_then(|field| field.picklist.iter().find(|entry| entry.default))
                .map(|entry| entry.value.as_str()),
            now: turn.now,
        });
        self.lay();
        self.read_own_changes(turn);
    }

    fn read_own_changes(&mut self, turn: &mut Turn<'_>) {
        let id = self.link.id;
        let since = self.page.value().map_or(self.opened, |page| page.fetched);
        let mut changed = None;
        self.waiting_changes = 0;
        for op in turn.journal.about(id) {
            for step in &op.write.steps {
                match (step, op.state) {
                    (WriteStep::Delete { id: it, .. }, OpState::Done)
                        if *it == id && op.changed >= self.opened =>
                    {
                        self.is_gone = true;
                    }
                    (WriteStep::Update { id: it, .. }, OpState::Done)
                        if *it == id && op.changed >= since =>
                    {
                        changed = changed.or(Some(op.id));
                    }
                    (
                        WriteStep::Update { id: it, .. } | WriteStep::Delete { id: it, .. },
                        OpState::Queued | OpState::Sending | OpState::Unknown,
                    ) if *it == id => self.waiting_changes += 1,
                    _ => {}
                }
            }
        }
        let is_new = changed.is_some() && changed != self.refreshed_for;
        if is_new && !self.is_gone {
            self.refreshed_for = changed;
            self.refresh(turn);
        }
    }

    /// A timer of its own ran out.
    pub fn rang(&mut self, _timer: Timer, _turn: &mut Turn<'_>) {}
}

#[derive(Clone, Copy)]
enum Way {
    Next,
    Previous,
}
