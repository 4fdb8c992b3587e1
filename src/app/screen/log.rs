//! The quick log of a call, meeting, task or note, with the task to do next. One write,
//! handed over once; closed as soon as it is on disk.

mod choosing;
#[cfg(test)]
mod tests;
mod texts;

use std::sync::Arc;

use crossterm::event::{KeyCode, KeyEvent};
use jiff::Zoned;

use crate::app::command::{Command, Context};
use crate::app::input::Input;
use crate::app::keymap::{key_name, types_text};
use crate::app::load::Load;
use crate::app::msg::{Effect, Intent, Outside, Timer};
use crate::app::notice::Notice;
use crate::app::picker::Picker;
use crate::app::turn::Turn;
use crate::domain::activity::{self, ActivityRules, LogEntry, LogKind};
use crate::domain::draft::{DraftContent, SavedDraft};
use crate::domain::failure::FailureKind;
use crate::domain::record::Link;
use crate::domain::value::Problem;
use crate::job::{Answer, Job, JobId, Reply};

pub use texts::{Texts, read_when};

/// The lines of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogField {
    /// Call, meeting, task or note.
    Kind,
    /// Whom it was with.
    Who,
    /// What it was about.
    About,
    /// One line.
    Subject,
    /// How a call ended.
    Result,
    /// When it was, or is due.
    When,
    /// How long it took.
    Minutes,
    /// The task to do next.
    FollowUp,
    /// When that is due.
    Due,
    /// The long text.
    Notes,
}

/// The quick log of a call, meeting, task or note.
#[derive(Debug, Clone)]
pub struct LogForm {
    /// What stands in its lines.
    pub texts: Texts,
    /// The line with the focus.
    pub focus: LogField,
    /// The record it was opened on; names its draft.
    on: Link,
    rules: Load<Arc<ActivityRules>>,
    picker: Option<Box<Picker>>,
    problems: Vec<Problem>,
    saving: Option<JobId>,
    refusal: Option<String>,
    resumed: bool,
    done: bool,
}

impl LogForm {
    /// A log opened on this record, starting from this entry. Whoever is in it later, its
    /// draft stays the record's.
    pub fn new(entry: LogEntry, on: &Link, turn: &mut Turn<'_>) -> Self {
        let job = turn.start(Job::PrepareLog);
        let mut rules = Load::default();
        rules.wait(job);
        let texts = Texts::of(&entry, turn.now);
        Self {
            problems: texts.entry(turn.now).1,
            resumed: !is_blank(&entry, on, turn.now),
            texts,
            focus: LogField::Subject,
            on: on.clone(),
            rules,
            picker: None,
            saving: None,
            refusal: None,
            done: false,
        }
    }

    /// The lines its kind has, top to bottom.
    pub fn fields(&self) -> Vec<LogField> {
        use LogField as F;
        let mut fields = vec![F::Kind, F::Who, F::About, F::Subject];
        let timed = matches!(self.texts.kind, LogKind::Call | LogKind::Meeting);
        if self.texts.kind == LogKind::Call && self.takes_result() {
            fields.push(F::Result);
        }
        if self.texts.kind != LogKind::Note {
            fields.push(F::When);
        }
        if timed {
            fields.push(F::Minutes);
        }
        fields.push(F::FollowUp);
        if self.texts.has_follow_up() {
            fields.push(F::Due);
        }
        fields.push(F::Notes);
        fields
    }

    /// What is wrong with a line.
    pub fn problem(&self, field: LogField) -> Option<&str> {
        let found = self.problems.iter().find(|it| field_of(&it.field) == field);
        found.map(|problem| problem.message.as_str())
    }

    /// Why it was not taken.
    pub fn refusal(&self) -> Option<&str> {
        self.refusal.as_deref()
    }

    /// It was handed over and is not on disk yet.
    pub fn is_saving(&self) -> bool {
        self.saving.is_some()
    }

    /// What is being chosen from.
    pub fn picker(&self) -> Option<&Picker> {
        self.picker.as_deref()
    }

    /// What was typed and not sent.
    pub fn saved_draft(&self, now: &Zoned) -> Option<SavedDraft> {
        if self.is_saving() {
            // Kept when it was handed over; kept again it might outlive its write.
            return None;
        }
        let (entry, _) = self.texts.entry(now);
        let (who, what) = (entry.who.as_ref(), entry.what.as_ref());
        let name = who.or(what).map_or("nobody", |link| link.name.as_str());
        (!is_blank(&entry, &self.on, now)).then(|| SavedDraft {
            key: draft_key(&self.on),
            title: format!("{} with {name}", entry.kind.name()),
            saved: now.timestamp(),
            content: DraftContent::Log(entry.clone()),
        })
    }

    /// Where keys are looked up, most specific first.
    pub fn contexts(&self) -> &'static [Context] {
        match self.picker {
            Some(_) => &[Context::Picker],
            None => &[Context::Log],
        }
    }

    /// The command would do something as the log stands.
    pub fn offers(&self, command: Command) -> bool {
        if command != Command::Choose || self.picker.is_some() {
            return true;
        }
        match self.focus {
            LogField::Kind | LogField::Who | LogField::About => true,
            LogField::Result => self.picks_result(),
            LogField::FollowUp => !self.texts.has_follow_up(),
            _ => false,
        }
    }

    /// Keys that type go into a text field.
    pub fn takes_text(&self) -> bool {
        self.saving.is_none()
    }

    /// Does what a command says.
    pub fn command(&mut self, command: Command, turn: &mut Turn<'_>) {
        if let Some(picker) = &mut self.picker {
            let picked = picker.command(command, turn);
            return self.picked(picked);
        }
        if self.saving.is_some() {
            if matches!(command, Command::Save | Command::Leave) {
                turn.tell(Notice::info("Being put into the outbox: one moment"));
            }
            return;
        }
        match command {
            Command::Save => self.save(turn),
            Command::LogKind => self.next_kind(),
            Command::Editor => self.edit_outside(turn),
            Command::NextField => self.step(1),
            Command::PreviousField => self.step(-1),
            Command::Down => self.vertical(KeyCode::Down, 1),
            Command::Up => self.vertical(KeyCode::Up, -1),
            Command::Choose => self.enter(turn),
            Command::Leave => self.leave(turn),
            Command::Discard => self.discard(turn),
            _ => {}
        }
    }

    /// Takes a key that is no command here.
    pub fn key(&mut self, key: KeyEvent, turn: &mut Turn<'_>) {
        if let Some(picker) = &mut self.picker {
            return picker.key(key, turn);
        }
        if self.saving.is_some() {
            return;
        }
        let clears = key_name(key) == "C-r";
        match self.focus {
            LogField::Kind if key_name(key) == "Space" || key.code == KeyCode::Right => {
                self.next_kind();
            }
            LogField::Kind => {}
            LogField::Who | LogField::About => self.link_key(key, turn),
            LogField::FollowUp if !self.texts.has_follow_up() && key_name(key) == "Space" => {
                self.suggest_follow_up();
            }
            LogField::Result if types_text(key) && self.picks_result() => {
                self.pick_result(key, turn);
            }
            field => {
                if let Some(input) = self.texts.input_mut(field) {
                    if clears {
                        input.replace("");
                    } else {
                        input.key(key);
                    }
                }
                self.edited();
            }
        }
    }

    /// Hands the focused text, else the notes, to the user's editor.
    fn edit_outside(&mut self, turn: &mut Turn<'_>) {
        if self.texts.input(self.focus).is_none() {
            self.focus = LogField::Notes;
        }
        let text = self.texts.input(self.focus).map(Input::text);
        turn.effect(Effect::Edit(Outside {
            text: text.unwrap_or_default(),
            suffix: "txt",
        }));
    }

    /// Takes the focused text as it came back from the user's editor.
    pub fn edited_outside(&mut self, text: &str) {
        if let Some(input) = self.texts.input_mut(self.focus) {
            input.replace(text);
        }
        self.edited();
    }

    /// Takes pasted text; more lines than the subject has go into the notes.
    pub fn paste(&mut self, text: &str, turn: &mut Turn<'_>) {
        if let Some(picker) = &mut self.picker {
            return picker.paste(text, turn);
        }
        let trimmed = text.trim_end_matches(['\r', '\n']);
        let text = if self.focus == LogField::Subject {
            trimmed
        } else {
            text
        };
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        match (self.focus, text.split_once('\n')) {
            (LogField::Subject, Some((first, rest))) => {
                self.insert(LogField::Subject, first);
                let notes = self.texts.input(LogField::Notes);
                let gap = if notes.is_none_or(|notes| notes.is_empty()) {
                    ""
                } else {
                    "\n"
                };
                self.insert(LogField::Notes, &format!("{gap}{rest}"));
                turn.tell(Notice::info(
                    "The first line is the subject, the others went into the notes",
                ));
            }
            (LogField::Who | LogField::About, _) => self.look_up(text.trim(), turn),
            (LogField::Kind, _) => {
                turn.tell(Notice::info("The kind takes no text: Ctrl-T changes it"))
            }
            (field, _) => self.insert(field, &text),
        }
    }

    /// Takes an answer; true when it waited for it. News of a write goes on to others.
    pub fn answered(&mut self, answer: &Answer, turn: &mut Turn<'_>) -> bool {
        if let Some(picker) = &mut self.picker
            && picker.answered(answer)
        {
            return true;
        }
        if self.saving.is_some() && answer.job == self.saving {
            return self.save_answered(&answer.reply, turn);
        }
        if !self.rules.awaits(answer.job) {
            return false;
        }
        match &answer.reply {
            Reply::LogReady(rules) => self.rules.accept(rules.clone(), answer.last),
            // The log works without: the worker checks before it writes.
            Reply::Failed(failure) => self.rules.fail(failure.clone()),
            _ => return false,
        }
        true
    }

    /// A timer of its own ran out.
    pub fn rang(&mut self, timer: Timer, turn: &mut Turn<'_>) {
        if let Some(picker) = &mut self.picker {
            picker.rang(timer, turn);
        }
    }

    fn save(&mut self, turn: &mut Turn<'_>) {
        let (entry, mut problems) = self.texts.entry(turn.now);
        if let Some(rules) = self.rules.value() {
            problems.extend(activity::check(&entry, rules, turn.now));
        }
        self.refusal = None;
        if let Some(first) = problems.first() {
            let field = field_of(&first.field);
            turn.tell(Notice::error(format!(
                "Not saved: {}: {first}",
                field.label(self.texts.kind)
            )));
            self.focus = field;
            self.problems = problems;
            return;
        }
        self.problems.clear();
        // The end may come before the outbox has it.
        if let Some(draft) = self.saved_draft(turn.now) {
            turn.start(Job::SaveDraft(draft));
        }
        let draft = Some(draft_key(&self.on));
        self.saving = Some(turn.start(Job::Log { entry, draft }));
    }

    /// On disk, the log is done: what becomes of it is told by the outbox.
    fn save_answered(&mut self, reply: &Reply, turn: &mut Turn<'_>) -> bool {
        match reply {
            Reply::Op(_) => {
                self.close(turn);
                false
            }
            Reply::Failed(failure) => {
                self.saving = None;
                let hint = match failure.kind {
                    FailureKind::NoConnection => "",
                    _ => failure.hint(),
                };
                let text = format!("Not saved, and not in the outbox: {failure}. {hint}");
                self.problems = failure
                    .fields
                    .iter()
                    .map(|field| Problem::new(field, failure.message.clone()))
                    .collect();
                turn.tell(Notice::error(format!(
                    "Not saved: {failure}. What you typed is kept; Ctrl-S tries again"
                )));
                self.refusal = Some(text);
                true
            }
            _ => false,
        }
    }

    fn leave(&mut self, turn: &mut Turn<'_>) {
        turn.forget(self.rules.stop());
        match self.saved_draft(turn.now) {
            Some(draft) => {
                turn.tell(Notice::info(format!("Draft kept: {}", draft.title)));
                turn.start(Job::SaveDraft(draft));
            }
            None if self.resumed => {
                turn.start(Job::DropDraft(draft_key(&self.on)));
            }
            None => {}
        }
        self.close(turn);
    }

    fn discard(&mut self, turn: &mut Turn<'_>) {
        turn.forget(self.rules.stop());
        turn.start(Job::DropDraft(draft_key(&self.on)));
        turn.tell(Notice::info("Discarded"));
        self.close(turn);
    }

    /// It has closed itself.
    pub fn is_done(&self) -> bool {
        self.done
    }

    fn close(&mut self, turn: &mut Turn<'_>) {
        self.done = true;
        turn.ask(Intent::Close);
    }

    fn next_kind(&mut self) {
        self.texts.next_kind();
        if !self.fields().contains(&self.focus) {
            self.focus = LogField::Subject;
        }
        self.problems.clear();
    }

    fn step(&mut self, by: isize) {
        let fields = self.fields();
        let at = fields.iter().position(|it| *it == self.focus).unwrap_or(0);
        let count = isize::try_from(fields.len()).unwrap_or(isize::MAX);
        let to = (isize::try_from(at).unwrap_or(0) + by).rem_euclid(count);
        if let Some(field) = usize::try_from(to).ok().and_then(|to| fields.get(to)) {
            self.focus = *field;
        }
    }

    /// Inside the notes the cursor moves by lines, and leaves at the first and last.
    fn vertical(&mut self, code: KeyCode, by: isize) {
        if self.focus == LogField::Notes
            && let Some(notes) = self.texts.input_mut(LogField::Notes)
        {
            let before = notes.cursor().0;
            notes.key(KeyEvent::from(code));
            if notes.cursor().0 != before {
                return;
            }
        }
        self.step(by);
    }

    fn enter(&mut self, turn: &mut Turn<'_>) {
        match self.focus {
            LogField::Kind => self.next_kind(),
            LogField::Who | LogField::About => self.look_up("", turn),
            LogField::Notes => self.insert(LogField::Notes, "\n"),
            LogField::Result if self.result_values().next().is_some() => self.open_results(),
            LogField::FollowUp if !self.texts.has_follow_up() => self.suggest_follow_up(),
            _ => self.step(1),
        }
    }

    fn insert(&mut self, field: LogField, text: &str) {
        if let Some(input) = self.texts.input_mut(field) {
            input.insert(text);
        }
        self.edited();
    }

    fn edited(&mut self) {
        let field = self.focus;
        self.problems.retain(|it| field_of(&it.field) != field);
    }

    fn suggest_follow_up(&mut self) {
        let link = self.texts.who.as_ref().or(self.texts.what.as_ref());
        let subject = match link {
            Some(link) => format!("Call {}", link.name),
            None => "Call".to_owned(),
        };
        self.insert(LogField::FollowUp, &subject);
    }
}

impl LogField {
    /// What the line is called in a log of this kind.
    pub fn label(self, kind: LogKind) -> &'static str {
        match (self, kind) {
            (LogField::Kind, _) => "Kind",
            (LogField::Who, _) => "Who",
            (LogField::About, _) => "About",
            (LogField::Subject, LogKind::Note) => "Title",
            (LogField::Subject, _) => "Subject",
            (LogField::Result, _) => "Result",
            (LogField::When, LogKind::Task) => "Due",
            (LogField::When, _) => "When",
            (LogField::Minutes, _) => "Minutes",
            (LogField::FollowUp, _) => "Follow-up",
            (LogField::Due, _) => "due",
            (LogField::Notes, LogKind::Note) => "Text",
            (LogField::Notes, _) => "Notes",
        }
    }
}

/// Nothing differs from a log just opened on this record; its kind alone is no loss.
fn is_blank(entry: &LogEntry, on: &Link, now: &Zoned) -> bool {
    let fresh = LogEntry {
        subject: entry.subject.clone(),
        body: entry.body.clone(),
        result: entry.result.clone(),
        ..LogEntry::new(entry.kind, on, now)
    };
    entry.is_empty() && *entry == fresh
}

/// Names the draft of a log opened on this record: `log:003…`.
pub fn draft_key(on: &Link) -> String {
    format!("log:{}", on.id)
}

/// The line a problem speaks of; names as `domain::activity::check` gives them.
fn field_of(name: &str) -> LogField {
    match name {
        "kind" => LogField::Kind,
        "who" => LogField::Who,
        "what" => LogField::About,
        "result" => LogField::Result,
        "day" | "time" => LogField::When,
        "minutes" => LogField::Minutes,
        "follow_up" => LogField::FollowUp,
        "due" => LogField::Due,
        "body" => LogField::Notes,
        _ => LogField::Subject,
    }
}
