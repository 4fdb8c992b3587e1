//! Where a key goes: the command it means, and the overlay or screen that does it.

use std::time::Duration;

use crossterm::event::KeyEvent;

use super::App;
use super::command::{Command, Context};
use super::keymap::{Resolved, key_name, resolve};
use super::msg::{Effect, Intent, Timer, View};
use super::notice::{Level, Notice};
use super::overlay::each;
use super::turn::Turn;

/// How long a prefix key waits before its menu shows.
const MENU_AFTER: Duration = Duration::from_millis(300);
/// How long a first Ctrl-C counts.
const QUIT_WITHIN: Duration = Duration::from_secs(2);
/// Typing rests this long before a draft is kept.
const DRAFT_AFTER: Duration = Duration::from_secs(1);

impl App {
    /// Where keys are looked up now, most specific first.
    pub fn contexts(&self) -> &'static [Context] {
        match (self.overlays.last(), self.view) {
            (Some(overlay), _) => each!(overlay, it => it.contexts()),
            (None, View::Search) => self.search.contexts(),
            (None, View::Record) => self
                .record()
                .map_or(&[Context::Everywhere], |record| record.contexts()),
            (None, View::Outbox) => self.outbox.contexts(),
            (None, View::Errors) => self.errors.contexts(),
            (None, View::Query) => self.query.contexts(),
            (None, View::Bulk) => self.bulk.contexts(),
        }
    }

    /// Keys that type go into a text field now.
    pub fn takes_text(&self) -> bool {
        match (self.overlays.last(), self.view) {
            (Some(overlay), _) => each!(overlay, it => it.takes_text()),
            (None, View::Search) => self.search.takes_text(),
            (None, View::Record) => self.record().is_some_and(|it| it.takes_text()),
            (None, View::Query) => self.query.takes_text(),
            (None, View::Bulk) => self.bulk.takes_text(),
            (None, View::Outbox | View::Errors) => false,
        }
    }

    pub(super) fn key(&mut self, key: KeyEvent, turn: &mut Turn<'_>) {
        if matches!(&self.notice, Some(notice) if notice.level == Level::Error) {
            self.notice = None;
        }
        match resolve(self.contexts(), &self.pending, key, self.takes_text()) {
            Resolved::Command(command) => {
                self.drop_prefix();
                self.command(command, turn);
            }
            Resolved::Prefix => {
                self.pending.push(key_name(key));
                turn.ring(Timer::PrefixMenu, MENU_AFTER);
            }
            Resolved::Nothing if self.pending.is_empty() => self.plain_key(key, turn),
            Resolved::Nothing => self.drop_prefix(),
        }
    }

    fn drop_prefix(&mut self) {
        self.pending.clear();
        self.prefix_menu = false;
    }

    fn plain_key(&mut self, key: KeyEvent, turn: &mut Turn<'_>) {
        match (self.overlays.last_mut(), self.view) {
            (Some(overlay), _) => {
                each!(overlay, it => it.key(key, turn));
                turn.ring(Timer::DraftPause, DRAFT_AFTER);
            }
            (None, View::Search) => self.search.key(key, turn),
            (None, View::Record) => {
                if let Some(record) = self.records.last_mut() {
                    record.key(key, turn);
                }
            }
            (None, View::Outbox) => self.outbox.key(key, turn),
            (None, View::Errors) => self.errors.key(key, turn),
            (None, View::Query) => self.query.key(key, turn),
            (None, View::Bulk) => self.bulk.key(key, turn),
        }
    }

    pub(super) fn paste(&mut self, text: &str, turn: &mut Turn<'_>) {
        if !self.takes_text() {
            turn.tell(Notice::info("Nothing here takes pasted text"));
            return;
        }
        match (self.overlays.last_mut(), self.view) {
            (Some(overlay), _) => {
                each!(overlay, it => it.paste(text, turn));
                turn.ring(Timer::DraftPause, DRAFT_AFTER);
            }
            (None, View::Search) => self.search.paste(text, turn),
            (None, View::Query) => self.query.paste(text, turn),
            (None, View::Bulk) => self.bulk.paste(text, turn),
            (None, View::Record | View::Outbox | View::Errors) => {}
        }
    }

    /// Does a command: the app's own here, everything else on the screen that has the
    /// keys.
    pub(super) fn command(&mut self, command: Command, turn: &mut Turn<'_>) {
        match command {
            Command::Suspend => turn.effect(Effect::Suspend),
            Command::Redraw => turn.effect(Effect::Redraw),
            Command::Cancel => self.cancel(turn),
            Command::Help => turn.ask(Intent::Help),
            Command::Palette => turn.ask(Intent::Palette),
            _ if !self.overlays.is_empty() => self.overlay_command(command, turn),
            Command::Quit => self.quit(turn),
            Command::Search => {
                turn.ask(Intent::Show(View::Search));
                self.search.command(command, turn);
            }
            Command::Recents => {
                turn.ask(Intent::Show(View::Search));
                self.search.command(command, turn);
            }
            Command::ViewSearch => turn.ask(Intent::Show(View::Search)),
            Command::ViewRecord => turn.ask(Intent::Show(View::Record)),
            Command::ViewOutbox => turn.ask(Intent::Show(View::Outbox)),
            Command::ViewErrors => turn.ask(Intent::Show(View::Errors)),
            Command::ViewQuery => turn.ask(Intent::Show(View::Query)),
            Command::ViewBulk => turn.ask(Intent::Show(View::Bulk)),
            Command::Undo => self.undo(turn),
            Command::Redo => self.redo(turn),
            Command::LastView => turn.ask(Intent::Show(self.last_view)),
            _ => self.record_command(command, turn),
        }
    }

    fn overlay_command(&mut self, command: Command, turn: &mut Turn<'_>) {
        if let Some(overlay) = self.overlays.last_mut() {
            each!(overlay, it => it.command(command, turn));
            turn.ring(Timer::DraftPause, DRAFT_AFTER);
        }
    }

    /// The first Ctrl-C leaves what is on top, a second one soon after quits.
    fn cancel(&mut self, turn: &mut Turn<'_>) {
        if self.quit_asked {
            self.quit(turn);
            return;
        }
        self.quit_asked = true;
        turn.ring(Timer::QuitAsked, QUIT_WITHIN);
        match self.overlays.last() {
            None => turn.tell(Notice::info("Press Ctrl-C again to quit")),
            Some(overlay) if overlay.is_saving() => {
                turn.tell(Notice::info("Being saved; wait a moment"));
            }
            Some(_) => {
                self.keep_drafts(turn);
                turn.ask(Intent::Close);
            }
        }
    }

    /// Leaves the program; drafts are kept and writes under way are waited for.
    fn quit(&mut self, turn: &mut Turn<'_>) {
        self.keep_drafts(turn);
        turn.effect(Effect::Quit);
    }
}
