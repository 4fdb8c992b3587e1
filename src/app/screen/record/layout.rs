//! Lays the page out in lines for the room the view has, so that a key that only moves
//! the cursor formats nothing again.

use std::borrow::Cow;

use crate::domain::text;

use super::details::{self, DetailLine};
use super::pane::{Pane, PaneLine};
use super::related::RelatedLine;
use super::timeline::{Entry, Mark};
use super::{RecordScreen, Tab};

/// The room a record has on the screen. Drawing tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// Columns inside the pane of the tab.
    pub columns: u16,
    /// Activities and related lists stand beside the details.
    pub has_sides: bool,
    /// An activity's text has a line of its own.
    pub has_texts: bool,
}

impl Default for Room {
    fn default() -> Self {
        Self {
            columns: 46,
            has_sides: true,
            has_texts: false,
        }
    }
}

/// One line of the activities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActivityLine {
    /// Its entry.
    pub entry: usize,
    /// The first line of the entry's text; `None` is the line of the activity itself.
    pub text: Option<String>,
    name: String,
}

impl PaneLine for ActivityLine {
    fn stops(&self) -> bool {
        self.text.is_none()
    }

    fn name(&self) -> &str {
        &self.name
    }
}

/// One line of the raw fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawLine {
    /// Safe text.
    pub text: String,
}

impl PaneLine for RawLine {
    fn stops(&self) -> bool {
        true
    }

    fn name(&self) -> &str {
        &self.text
    }
}

/// The panes as laid out for a room.
#[derive(Debug, Clone, Default)]
pub(super) struct Laid {
    room: Room,
    pub(super) details: Pane<DetailLine>,
    pub(super) related: Pane<RelatedLine>,
    pub(super) activity: Pane<ActivityLine>,
    pub(super) raw: Pane<RawLine>,
}

impl RecordScreen {
    /// The details, for the room the view has.
    pub fn details(&self, room: Room) -> Cow<'_, Pane<DetailLine>> {
        self.for_room(room, &self.laid.details, || self.detail_lines(room))
    }

    /// The activities, for the room the view has.
    pub fn activity(&self, room: Room) -> Cow<'_, Pane<ActivityLine>> {
        self.for_room(room, &self.laid.activity, || self.activity_lines(room))
    }

    /// The raw fields, for the room the view has.
    pub fn raw(&self, room: Room) -> Cow<'_, Pane<RawLine>> {
        self.for_room(room, &self.laid.raw, || self.raw_lines(room))
    }

    /// The related lists.
    pub fn related(&self) -> &Pane<RelatedLine> {
        &self.laid.related
    }

    /// What is laid out already, unless the room has changed since.
    fn for_room<'a, L: PaneLine + Clone>(
        &self,
        room: Room,
        laid: &'a Pane<L>,
        again: impl FnOnce() -> Vec<L>,
    ) -> Cow<'a, Pane<L>> {
        self.room.set(room);
        if self.laid.room == room {
            return Cow::Borrowed(laid);
        }
        let mut pane = laid.clone();
        pane.replace(again());
        Cow::Owned(pane)
    }

    /// Takes up the room that drawing found.
    pub(super) fn settle(&mut self) {
        if self.laid.room != self.room.get() {
            self.lay();
        }
    }

    pub(super) fn lay(&mut self) {
        let room = self.room.get();
        self.laid.room = room;
        self.laid.details.replace(self.detail_lines(room));
        self.laid.activity.replace(self.activity_lines(room));
        self.laid.raw.replace(self.raw_lines(room));
    }

    fn detail_lines(&self, room: Room) -> Vec<DetailLine> {
        details::lines(&self.sheet, self.empty, room.columns.into())
    }

    fn activity_lines(&self, room: Room) -> Vec<ActivityLine> {
        let entries = self.entries.iter().enumerate();
        entries
            .flat_map(|(at, entry)| {
                let line = |text| ActivityLine {
                    entry: at,
                    text,
                    name: entry.key.clone(),
                };
                let below = room.has_texts.then(|| first_line(entry)).flatten();
                std::iter::once(line(None)).chain(below.map(|text| line(Some(text))))
            })
            .collect()
    }

    /// Only the tab on show is worth the work.
    fn raw_lines(&self, room: Room) -> Vec<RawLine> {
        if self.tab != Tab::Raw {
            return Vec::new();
        }
        let json = self.json().unwrap_or_default();
        let columns = usize::from(room.columns).saturating_sub(3).max(8);
        text::wrap(&json, columns)
            .into_iter()
            .map(|text| RawLine { text })
            .collect()
    }
}

/// What is to come says enough in its own line.
fn first_line(entry: &Entry) -> Option<String> {
    let lines = entry.activity.text.lines();
    let mut lines = lines.filter(|line| !line.trim().is_empty());
    match entry.mark {
        Mark::Past | Mark::Waiting(_) => lines.next().map(|line| text::line(line).into_owned()),
        Mark::Open | Mark::Overdue => None,
    }
}
