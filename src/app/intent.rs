//! Carries out what screens want of the app: open, close, go, ask.

use crate::domain::activity::{LogEntry, LogKind};
use crate::domain::draft::{Draft, DraftContent};
use crate::domain::record::Link;
use crate::job::Job;

use super::App;
use super::command::Command;
use super::msg::{Effect, Intent, Question, View};
use super::notice::Notice;
use super::overlay::Overlay;
use super::screen::confirm::Confirm;
use super::screen::finder::Finder;
use super::screen::form::Form;
use super::screen::lists::Lists;
use super::screen::log::{LogForm, draft_key};
use super::screen::record::RecordScreen;
use super::turn::Turn;

/// Records kept for going back.
const TRAIL: usize = 20;

impl App {
    pub(super) fn carry_out(&mut self, intent: Intent, turn: &mut Turn<'_>) {
        match intent {
            Intent::Show(view) => self.show(view, turn),
            Intent::Open(link) => self.open(link, turn),
            Intent::Back => self.back(turn),
            Intent::Close => self.close(turn),
            Intent::Edit(link, page) => {
                let draft = self.form_draft(&format!("edit:{}", link.id));
                let form = Form::edit(link, page, draft, turn);
                self.overlays.push(Overlay::Form(Box::new(form)));
            }
            Intent::EditField(link, page, field) => {
                let draft = self.form_draft(&format!("edit:{}", link.id));
                let mut form = Form::edit(link, Some(page), draft, turn);
                form.go_to(&field, turn.now);
                self.overlays.push(Overlay::Form(Box::new(form)));
            }
            Intent::New(object, presets) => {
                let key = object.as_ref().map(|object| format!("new:{object}"));
                let form = match key.and_then(|key| self.form_draft(&key)) {
                    Some(draft) => Form::create_again(draft, presets, turn),
                    None => Form::create(object, presets, turn),
                };
                self.overlays.push(Overlay::Form(Box::new(form)));
            }
            Intent::Resume(draft) => {
                let form = Form::resume(*draft, turn);
                self.overlays.push(Overlay::Form(Box::new(form)));
            }
            Intent::Rows(asked) => {
                self.query.show(asked, turn);
                self.show(View::Query, turn);
            }
            Intent::Lists(object) => {
                let lists = Lists::of(&object, turn);
                self.overlays.push(Overlay::Lists(Box::new(lists)));
            }
            Intent::Log(kind, link) => self.log(kind, link, turn),
            Intent::Confirm(question) => self.confirm(*question, turn),
            Intent::Write(write) => {
                turn.start(Job::write(write));
            }
            Intent::Fix(op) => self.fix(op, turn),
            Intent::Help => self.find(Finder::help(self.contexts())),
            Intent::Palette => self.find(Finder::palette(self.contexts())),
            Intent::Run(command) => self.command(command, turn),
        }
    }

    fn show(&mut self, view: View, turn: &mut Turn<'_>) {
        if view == View::Record && self.records.is_empty() {
            turn.tell(Notice::info("No record is open: find one first with /"));
            return;
        }
        if view != self.view {
            if [self.view, view].contains(&View::Errors) {
                self.errors.shown(turn.journal);
            }
            self.last_view = self.view;
            self.view = view;
            match view {
                View::Query => self.query.shown(turn),
                View::Bulk => self.bulk.shown(turn),
                View::Search | View::Record | View::Outbox | View::Errors => {}
            }
            if self.shows_history() {
                self.ask_history(turn);
            }
        }
    }

    fn open(&mut self, link: Link, turn: &mut Turn<'_>) {
        let known = self.records.iter().position(|it| it.link().id == link.id);
        let record = match known {
            Some(place) => {
                let mut record = self.records.remove(place);
                record.refresh(turn);
                record
            }
            None => RecordScreen::open(link, turn),
        };
        self.records.push(record);
        if self.view != View::Record {
            self.opened_from = self.view;
        }
        if self.records.len() > TRAIL {
            self.records.remove(0);
        }
        self.show(View::Record, turn);
    }

    fn back(&mut self, turn: &mut Turn<'_>) {
        if self.view != View::Record {
            self.show(self.last_view, turn);
        } else if self.records.len() > 1 {
            self.records.pop();
        } else {
            self.show(self.opened_from, turn);
        }
    }

    /// Closes the top overlay; a draft in it was kept or dropped by itself.
    fn close(&mut self, turn: &mut Turn<'_>) {
        // An answer can end a form while help lies above it.
        match self.overlays.iter().rposition(Overlay::is_done) {
            Some(place) => {
                self.overlays.remove(place);
            }
            None => {
                self.overlays.pop();
            }
        }
        if let Some(Overlay::Form(form)) = self.overlays.last_mut() {
            form.uncovered(turn);
        }
    }

    fn find(&mut self, finder: Finder) {
        self.overlays.push(Overlay::Finder(Box::new(finder)));
    }

    fn confirm(&mut self, question: Question, turn: &Turn<'_>) {
        self.overlays
            .push(Overlay::Confirm(Box::new(Confirm::new(question, turn.now))));
    }

    fn log(&mut self, kind: LogKind, link: Link, turn: &mut Turn<'_>) {
        self.last_log = kind;
        let key = draft_key(&link);
        let kept = self.drafts.iter().find(|draft| draft.key == key);
        let entry = if let Some(DraftContent::Log(entry)) = kept.map(|draft| &draft.content) {
            turn.tell(Notice::info(log_back(entry.kind, kind)));
            entry.clone()
        } else {
            LogEntry::new(kind, &link, turn.now)
        };
        let log = LogForm::new(entry, &link, turn);
        self.overlays.push(Overlay::Log(Box::new(log)));
    }

    fn form_draft(&self, key: &str) -> Option<Draft> {
        let kept = self.drafts.iter().find(|draft| draft.key == key)?;
        match &kept.content {
            DraftContent::Form(draft) => Some(draft.clone()),
            DraftContent::Log(_) => None,
        }
    }

    fn fix(&mut self, op: crate::domain::write::OpId, turn: &mut Turn<'_>) {
        if let Some(op) = turn.journal.op(op) {
            let kept = self.form_draft(&Form::fix_draft_key(op));
            let form = Form::fix(op, kept, turn);
            self.overlays.push(Overlay::Form(Box::new(form)));
        }
    }

    /// Commands about the record under the cursor or on show; the rest goes to the
    /// view's screen.
    pub(super) fn record_command(&mut self, command: Command, turn: &mut Turn<'_>) {
        let subject = match self.view {
            View::Search => self.search.selected(),
            View::Record => self.record().map(|record| record.link().clone()),
            View::Query => self.query.selected(),
            View::Outbox | View::Errors | View::Bulk => None,
        };
        match (command, subject) {
            (Command::LogCall, Some(link)) => turn.ask(Intent::Log(LogKind::Call, link)),
            (Command::LogMeeting, Some(link)) => turn.ask(Intent::Log(LogKind::Meeting, link)),
            (Command::LogTask, Some(link)) => turn.ask(Intent::Log(LogKind::Task, link)),
            (Command::LogNote, Some(link)) => turn.ask(Intent::Log(LogKind::Note, link)),
            (Command::RepeatLog, Some(link)) => turn.ask(Intent::Log(self.last_log, link)),
            (Command::ListViews, Some(link)) => turn.ask(Intent::Lists(link.object)),
            (Command::CopyId, Some(link)) => turn.effect(Effect::Copy(link.id.to_string())),
            (Command::CopyName, Some(link)) => turn.effect(Effect::Copy(link.name)),
            (Command::CopyUrl, Some(link)) => self.copy_url(&link, turn),
            (command, None) if command.needs_record() => turn.tell(Notice::info(
                "That needs a record: open one or move onto a hit",
            )),
            (Command::New, _) if !matches!(self.view, View::Record | View::Bulk) => {
                turn.ask(Intent::New(None, Vec::new()));
            }
            (command, _) => self.screen_command(command, turn),
        }
    }

    fn copy_url(&self, link: &Link, turn: &mut Turn<'_>) {
        match &turn.org.session {
            Some(session) => {
                let url = format!("{}/{}", session.instance_url, link.id);
                turn.effect(Effect::Copy(url));
            }
            None => turn.tell(Notice::warn("Not connected yet: the address is not known")),
        }
    }

    fn screen_command(&mut self, command: Command, turn: &mut Turn<'_>) {
        match self.view {
            View::Search => self.search.command(command, turn),
            View::Record => {
                if let Some(record) = self.records.last_mut() {
                    record.command(command, turn);
                }
            }
            View::Outbox => self.outbox.command(command, turn),
            View::Errors => self.errors.command(command, turn),
            View::Query => self.query.command(command, turn),
            View::Bulk => self.bulk.command(command, turn),
        }
    }
}

/// A draft of another kind than the one asked for is not passed off as that.
fn log_back(kept: LogKind, asked: LogKind) -> String {
    let key = match kept == asked {
        true => "Ctrl-X discards it",
        false => "Ctrl-T changes the kind",
    };
    format!("Your unfinished {} is back; {key}", kept.name())
}
