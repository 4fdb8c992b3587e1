//! One record: details, related lists, activities, raw fields.

mod actions;
pub mod details;
mod layout;
mod news;
pub mod pane;
pub mod related;
#[cfg(test)]
mod tests;
pub mod timeline;

use std::cell::Cell;

use crossterm::event::KeyEvent;
use jiff::Timestamp;

use crate::app::command::{Command, Context};
use crate::app::deletion;
use crate::app::load::Load;
use crate::app::msg::{Intent, Timer};
use crate::app::page_rows::PageRow;
use crate::app::turn::Turn;
use crate::domain::record::Link;
use crate::domain::write::OpId;
use crate::job::{Job, JobId, Page, Source};

use details::Empty;
use layout::Laid;
pub use layout::{ActivityLine, RawLine, Room};
use timeline::Entry;

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
    sheet: Vec<PageRow>,
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
    pub fn sheet(&self) -> &[PageRow] {
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

    /// A timer of its own ran out.
    pub fn rang(&mut self, _timer: Timer, _turn: &mut Turn<'_>) {}
}

#[derive(Clone, Copy)]
enum Way {
    Next,
    Previous,
}
