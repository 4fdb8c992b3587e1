//! The edit and create form: reads what it needs, takes what is typed, shows it once
//! more, writes it, and brings a refusal back to its field. Knows the org only through
//! jobs and never writes twice for one press.
//!
//! ```text
//! Loading ─▶ Editing ◀─▶ Picking
//!               │ ▲
//!               ▼ └──────────────┬─────────────┐
//!           Reviewing ─▶ Saving ─▶ refused ─▶ Duplicates
//!               ▲          ▲        └─▶ Rereading ─▶ Comparing (was, mine, theirs)
//!               └──────────┴─────────────────────────────┘
//!                          └─▶ saved, or waiting in the outbox: closed
//! ```

mod choosing;
mod conflict;
mod matches;
mod opening;
mod rows;
mod saving;
mod sheet;
#[cfg(test)]
mod tests;

use crossterm::event::{KeyCode, KeyEvent};
use jiff::Zoned;

use crate::app::command::{Command, Context};
use crate::app::list::ListCursor;
use crate::app::load::Load;
use crate::app::msg::{Intent, Preset, Timer};
use crate::app::notice::Notice;
use crate::app::picker::Picker;
use crate::app::turn::Turn;
use crate::domain::draft::{Draft, DraftContent, SavedDraft};
use crate::domain::failure::Failure;
use crate::domain::id::RecordId;
use crate::domain::record::Link;
use crate::domain::write::{OpId, Write};
use crate::job::{Answer, Job, JobId, Reply};

use choosing::Purpose;
pub use conflict::{Conflict, Side};
pub use rows::{FieldRow, Row};
pub use sheet::Sheet;
use sheet::{Entries, Step};

/// The edit and create form.
#[derive(Debug, Clone)]
pub struct Form {
    origin: Origin,
    stage: Stage,
    load: Load<()>,
    sheet: Option<Box<Sheet>>,
    revision: Option<Revision>,
    banner: Option<String>,
    /// The record has moved on: it must be read again before anything is sent.
    stale: bool,
    /// What somebody else made of it since it was read, until that is decided.
    conflict: Option<Box<Conflict>>,
    info: bool,
    done: bool,
}

/// Why the form was opened.
#[derive(Debug, Clone)]
enum Origin {
    /// To change this record; with what was typed earlier.
    Edit {
        id: RecordId,
        name: String,
        kept: Option<Draft>,
    },
    /// To make a new one; with values to start from or what was typed earlier.
    Create {
        object: String,
        presets: Vec<Preset>,
        kept: Option<Draft>,
    },
    /// To make a new one of an object still to be chosen.
    Choose { presets: Vec<Preset> },
    /// To correct a step of a write that failed; with what was typed earlier.
    Fix {
        op: OpId,
        step: usize,
        kept: Option<Draft>,
    },
}

/// Where the form stands.
#[derive(Debug, Clone)]
pub enum Stage {
    /// Waits for describe and record.
    Loading,
    /// Being filled in.
    Editing,
    /// A value is being chosen.
    Picking(Box<Picker>, Purpose),
    /// Old and new are shown before anything is sent.
    Reviewing(ListCursor),
    /// Handed to the worker.
    Saving(Saving),
    /// The record changed under the form and is read again.
    Rereading,
    /// What the fields held, what is wanted and what they hold now are on show.
    Comparing,
    /// The org found look-alikes.
    Duplicates(ListCursor, Box<Failure>),
}

/// A write on its way.
#[derive(Debug, Clone)]
pub struct Saving {
    job: JobId,
    /// Known once it is in the outbox.
    op: Option<OpId>,
}

/// A write in the outbox that saving replaces.
#[derive(Debug, Clone)]
struct Revision {
    op: OpId,
    write: Write,
    step: usize,
    /// Why it is not done.
    failure: Option<Failure>,
    /// What the form held when it was sent.
    sent: Entries,
}

impl Form {
    /// Where the form stands.
    pub fn stage(&self) -> &Stage {
        &self.stage
    }

    /// The lines and what was typed, once loaded.
    pub fn sheet(&self) -> Option<&Sheet> {
        self.sheet.as_deref()
    }

    /// Why it could not be loaded.
    pub fn failure(&self) -> Option<&Failure> {
        self.load.failure()
    }

    /// What somebody else made of the record meanwhile, where that is to be decided.
    pub fn conflict(&self) -> Option<&Conflict> {
        self.conflict.as_deref()
    }

    /// What must be read before going on.
    pub fn banner(&self) -> Option<&str> {
        self.banner.as_deref()
    }

    /// What the focused field takes is on show.
    pub fn shows_info(&self) -> bool {
        self.info && matches!(self.stage, Stage::Editing)
    }

    /// What is being done to what.
    pub fn title(&self, now: &Zoned) -> String {
        if let Some(sheet) = &self.sheet {
            let title = sheet.draft.title(&sheet.form.schema, now);
            let fixing = matches!(self.origin, Origin::Fix { .. });
            return if fixing {
                format!("correct: {title}")
            } else {
                title
            };
        }
        match &self.origin {
            Origin::Edit { name, .. } => format!("edit '{name}'"),
            Origin::Create { object, .. } => format!("new {object}"),
            Origin::Choose { .. } => "new record".to_owned(),
            Origin::Fix { .. } => "correct a write".to_owned(),
        }
    }

    /// Puts the cursor on a field, where the form has it.
    pub fn go_to(&mut self, field: &str, now: &Zoned) {
        if let Some(sheet) = &mut self.sheet {
            sheet.go_to(field, now);
        }
    }

    /// What lay above was closed.
    pub fn uncovered(&mut self, _turn: &mut Turn<'_>) {}

    /// What was typed and is not in the outbox.
    pub fn saved_draft(&self, now: &Zoned) -> Option<SavedDraft> {
        let aside = self.conflict().is_some_and(Conflict::has_set_aside);
        let sheet = self.sheet.as_ref();
        let sheet = sheet.filter(|sheet| sheet.is_touched() || aside)?;
        let entries = &sheet.draft.entries;
        let in_outbox = match (&self.stage, &self.revision) {
            // Kept when it was handed over; kept again it might outlive its write.
            (Stage::Saving(_), _) => true,
            (_, Some(revision)) => revision.sent == *entries,
            (_, None) => false,
        };
        (!in_outbox).then(|| self.draft_of(sheet, now))
    }

    /// Names the draft: a correction is kept with its write, apart from an ordinary form.
    fn draft_key(&self, sheet: &Sheet) -> String {
        match (&self.origin, &self.revision) {
            (Origin::Fix { .. }, Some(revision)) => fix_key(revision.op, revision.step),
            (Origin::Fix { op, step, .. }, None) => fix_key(*op, *step),
            _ => sheet.draft.key(),
        }
    }

    fn draft_of(&self, sheet: &Sheet, now: &Zoned) -> SavedDraft {
        let mut draft = sheet.draft.clone();
        if let Some(conflict) = &self.conflict {
            conflict.put_back_into(&mut draft);
        }
        SavedDraft {
            key: self.draft_key(sheet),
            title: sheet.draft.title(&sheet.form.schema, now),
            saved: now.timestamp(),
            content: DraftContent::Form(draft),
        }
    }

    /// Where keys are looked up, most specific first.
    pub fn contexts(&self) -> &'static [Context] {
        match self.stage {
            Stage::Loading | Stage::Editing | Stage::Saving(_) | Stage::Rereading => {
                &[Context::Form]
            }
            Stage::Picking(..) => &[Context::Picker],
            Stage::Reviewing(_) => &[Context::Review],
            Stage::Comparing => &[Context::Conflict],
            Stage::Duplicates(..) => &[Context::Duplicates],
        }
    }

    /// The command would do something as the form stands.
    pub fn offers(&self, command: Command) -> bool {
        match (&self.stage, &self.sheet) {
            (Stage::Editing, Some(sheet)) => match command {
                Command::Choose => sheet.chooses(),
                Command::NextError => sheet.wrong() > 0,
                Command::Revert => sheet
                    .focused()
                    .is_some_and(|field| sheet.draft.is_touched(&field.api_name)),
                _ => true,
            },
            (Stage::Loading, _) if command == Command::Revert => self.failure().is_some(),
            (Stage::Loading | Stage::Saving(_) | Stage::Rereading, _) => {
                matches!(command, Command::Leave | Command::Palette | Command::Help)
            }
            _ => true,
        }
    }

    /// Keys that type go into a text field.
    pub fn takes_text(&self) -> bool {
        matches!(self.stage, Stage::Editing | Stage::Picking(..))
    }

    /// Does what a command says.
    pub fn command(&mut self, command: Command, turn: &mut Turn<'_>) {
        let info = std::mem::take(&mut self.info);
        match &mut self.stage {
            Stage::Editing if command == Command::FieldInfo => self.info = !info,
            Stage::Editing => self.move_or_act(command, turn),
            Stage::Picking(picker, _) => {
                let picked = picker.command(command, turn);
                self.picked(picked, turn);
            }
            Stage::Reviewing(cursor) => match command {
                Command::Send => self.send(turn),
                Command::EditAgain => self.go_on(),
                other => {
                    let changes = self.sheet.as_ref().map(|it| it.changes(turn.now).len());
                    cursor.moved(other, changes.unwrap_or_default());
                }
            },
            Stage::Duplicates(..) => self.duplicates_command(command, turn),
            Stage::Comparing => self.conflict_command(command, turn),
            Stage::Loading if command == Command::Revert => self.read(turn),
            Stage::Loading | Stage::Saving(_) | Stage::Rereading => match command {
                Command::Leave => self.leave(turn),
                Command::Save => turn.tell(Notice::info("Still at it: one press is enough")),
                _ => {}
            },
        }
    }

    fn move_or_act(&mut self, command: Command, turn: &mut Turn<'_>) {
        let step = match command {
            Command::NextField => Step::Next,
            Command::PreviousField => Step::Previous,
            Command::Down => Step::Down,
            Command::Up => Step::Up,
            Command::Save => return self.save(turn),
            Command::Choose => return self.enter(turn),
            Command::Leave => return self.leave(turn),
            Command::Discard => return self.discard(turn),
            other => return self.edit_field(other, turn),
        };
        let key = KeyEvent::from(if step == Step::Up {
            KeyCode::Up
        } else {
            KeyCode::Down
        });
        if let Some(sheet) = &mut self.sheet {
            let inside = matches!(step, Step::Up | Step::Down) && sheet.edits_lines();
            let before = sheet.input.cursor().0;
            if inside {
                sheet.input.key(key);
            }
            if !inside || sheet.input.cursor().0 == before {
                sheet.check_focused(&turn.org.objects, turn.now);
                sheet.step(step, turn.now);
            }
        }
    }

    fn edit_field(&mut self, command: Command, turn: &mut Turn<'_>) {
        let Some(sheet) = &mut self.sheet else { return };
        let step = match command {
            Command::NextError => Step::Next,
            Command::PreviousError => Step::Previous,
            Command::Revert => return sheet.revert(turn.now),
            Command::PageDown | Command::PageUp => {
                sheet.check_focused(&turn.org.objects, turn.now);
                return sheet.page(command, turn.now);
            }
            _ => return,
        };
        sheet.check_focused(&turn.org.objects, turn.now);
        if !sheet.step_problem(step, turn.now) {
            turn.tell(Notice::info("No field has a problem"));
        }
    }

    /// Takes a key that is no command here.
    pub fn key(&mut self, key: KeyEvent, turn: &mut Turn<'_>) {
        self.info = false;
        match &mut self.stage {
            Stage::Picking(picker, _) => picker.key(key, turn),
            Stage::Editing => self.type_key(key, turn),
            _ => {}
        }
    }

    /// Takes pasted text.
    pub fn paste(&mut self, text: &str, turn: &mut Turn<'_>) {
        match &mut self.stage {
            Stage::Picking(picker, _) => picker.paste(text, turn),
            Stage::Editing => self.paste_field(text, turn),
            _ => {}
        }
    }

    /// Takes an answer; true when it waited for it. News of a write goes on to others.
    pub fn answered(&mut self, answer: &Answer, turn: &mut Turn<'_>) -> bool {
        if let Reply::Op(op) = &answer.reply {
            self.op_answered(answer.job, op, turn);
            return false;
        }
        if let Stage::Picking(picker, _) = &mut self.stage
            && picker.answered(answer)
        {
            return true;
        }
        if let (Stage::Saving(saving), Reply::Failed(failure)) = (&self.stage, &answer.reply)
            && answer.job == Some(saving.job)
        {
            self.not_accepted(&failure.clone(), turn);
            return true;
        }
        self.load.awaits(answer.job) && self.loaded(answer, turn)
    }

    /// A timer of its own ran out.
    pub fn rang(&mut self, timer: Timer, turn: &mut Turn<'_>) {
        if let Stage::Picking(picker, _) = &mut self.stage {
            picker.rang(timer, turn);
        }
    }

    /// It was handed over and is not in the outbox yet: closing must wait.
    pub fn is_saving(&self) -> bool {
        matches!(&self.stage, Stage::Saving(saving) if saving.op.is_none())
    }

    /// It has closed itself.
    pub fn is_done(&self) -> bool {
        self.done
    }

    fn close(&mut self, turn: &mut Turn<'_>) {
        self.done = true;
        turn.ask(Intent::Close);
    }

    /// Back to filling in.
    fn go_on(&mut self) {
        self.stage = Stage::Editing;
    }

    /// Closes; what was typed is kept unless the outbox has it.
    fn leave(&mut self, turn: &mut Turn<'_>) {
        if let Stage::Saving(saving) = &self.stage {
            if saving.op.is_none() {
                turn.tell(Notice::info("Being put into the outbox: one moment"));
                return;
            }
            turn.tell(Notice::info("The save goes on without you: 3 shows it"));
        }
        turn.forget(self.load.stop());
        if let Some(draft) = self.saved_draft(turn.now) {
            turn.tell(Notice::info(format!("Draft kept: {}", draft.title)));
            turn.start(Job::SaveDraft(draft));
        } else if self.revision.is_some() && matches!(self.stage, Stage::Editing) {
            turn.tell(Notice::info(
                "The refused write is kept: 4 shows it, e there corrects it",
            ));
        }
        self.close(turn);
    }

    /// Closes and throws away what was typed.
    fn discard(&mut self, turn: &mut Turn<'_>) {
        turn.forget(self.load.stop());
        if let Some(sheet) = &self.sheet {
            turn.start(Job::DropDraft(self.draft_key(sheet)));
            turn.tell(Notice::info(match &self.revision {
                Some(_) => "Discarded; the refused write is still in 4",
                None => "Discarded",
            }));
        }
        self.close(turn);
    }
}

/// Names the draft of a correction: `fix:01a2…:0`. One write may create two alike.
fn fix_key(op: OpId, step: usize) -> String {
    format!("fix:{op}:{step}")
}

/// Names a new record by what was typed.
fn typed_name(sheet: &Sheet, now: &Zoned) -> String {
    let schema = &sheet.form.schema;
    let Some(name) = schema.name_field() else {
        return schema.summary.label.clone();
    };
    let own = sheet.draft.text(name, now);
    if !own.is_empty() {
        return own;
    }
    let parts = schema
        .fields
        .iter()
        .filter(|field| field.compound.as_deref() == Some(name.api_name.as_str()))
        .map(|field| sheet.draft.text(field, now))
        .filter(|text| !text.is_empty());
    parts.collect::<Vec<_>>().join(" ")
}

fn new_link(sheet: &Sheet, id: RecordId, now: &Zoned) -> Link {
    Link {
        object: sheet.draft.object.clone(),
        id,
        name: typed_name(sheet, now),
    }
}
