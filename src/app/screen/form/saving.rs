//! From what was typed to a write, and what becomes of it: checked, shown, handed over
//! once, and brought back to its field where the org refuses.

use crate::app::command::Command;
use crate::app::list::ListCursor;
use crate::app::msg::Intent;
use crate::app::notice::Notice;
use crate::app::turn::Turn;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::write::{Op, OpState, Write};
use crate::job::{Job, JobId};

use super::{Form, Origin, Revision, Saving, Stage, new_link};

impl Form {
    /// Checks; where all is well shows old and new. Sends nothing.
    pub(super) fn save(&mut self, turn: &mut Turn<'_>) {
        if self.stale {
            return self.read_again(turn);
        }
        let Some(sheet) = &mut self.sheet else { return };
        let wrong = sheet.check(&turn.org.objects, turn.now);
        if !wrong.is_empty() {
            turn.tell(Notice::error(blocked(&wrong)));
        } else if self.write(turn).is_none() {
            turn.tell(Notice::info(
                "Nothing was changed: there is nothing to save",
            ));
        } else if !self.asks_first(turn) {
            self.stage = Stage::Reviewing(ListCursor::default());
        }
    }

    /// Hands the write to the worker.
    pub(super) fn send(&mut self, turn: &mut Turn<'_>) {
        let Some(write) = self.write(turn) else {
            return self.go_on();
        };
        self.hand_over(write, turn);
    }

    pub(super) fn hand_over(&mut self, write: Write, turn: &mut Turn<'_>) {
        if let Some(sheet) = &mut self.sheet {
            sheet.forget_refusal();
        }
        self.banner = None;
        self.conflict = None;
        let draft = self.keep_until_taken(turn);
        let settled = |op: &Op| matches!(op.state, OpState::Done | OpState::Cancelled);
        let replaces = self
            .revision
            .as_ref()
            .map(|revision| revision.op)
            .filter(|op| !turn.journal.op(*op).is_some_and(settled));
        let job = turn.start(match replaces {
            Some(op) => Job::Revise { op, write, draft },
            None => Job::Write { write, draft },
        });
        self.stage = Stage::Saving(Saving { job, op: None });
    }

    /// Puts what was typed on disk, for the end may come before the outbox has it; gives
    /// the draft's key.
    fn keep_until_taken(&self, turn: &mut Turn<'_>) -> Option<String> {
        let sheet = self.sheet.as_ref()?;
        if sheet.is_touched() {
            turn.start(Job::SaveDraft(self.draft_of(sheet, turn.now)));
        }
        Some(self.draft_key(sheet))
    }

    /// What saving writes; `None` where it would change nothing.
    pub(super) fn write(&self, turn: &Turn<'_>) -> Option<Write> {
        let sheet = self.sheet.as_ref()?;
        let mut write = sheet.draft.to_write(&sheet.form.schema, turn.now)?;
        if let Some(revision) = &self.revision
            && revision.write.steps.len() > 1
        {
            let step = write.steps.pop()?;
            write = revision.write.clone();
            *write.steps.get_mut(revision.step)? = step;
        }
        Some(write)
    }

    /// News of a write: of ours, what it means for the form.
    pub(super) fn op_answered(&mut self, job: Option<JobId>, op: &Op, turn: &mut Turn<'_>) {
        let Stage::Saving(saving) = &mut self.stage else {
            return;
        };
        if job != Some(saving.job) && saving.op != Some(op.id) {
            return;
        }
        saving.op = Some(op.id);
        let before = self.revision.as_ref().and_then(|it| it.failure.as_ref());
        match (op.state, &op.failure) {
            (OpState::Done, _) => self.saved(op, turn),
            (OpState::Failed, failure) => {
                let failure = failure.clone();
                self.refused(op, failure, turn);
            }
            // A write sent again may still carry why it failed before.
            (OpState::Queued | OpState::Retry, Some(failure)) if before != Some(failure) => {
                self.close(turn)
            }
            (OpState::Unknown | OpState::Cancelled | OpState::Blocked, _) => self.close(turn),
            (OpState::Queued | OpState::Sending | OpState::Retry, _) => {}
        }
    }

    fn saved(&mut self, op: &Op, turn: &mut Turn<'_>) {
        self.close(turn);
        if let (Origin::Create { .. }, Some(sheet), Some(id)) =
            (&self.origin, &self.sheet, op.ids.first())
        {
            turn.ask(Intent::Open(new_link(sheet, *id, turn.now)));
        }
    }

    /// The write never reached the outbox.
    pub(super) fn not_accepted(&mut self, failure: &Failure, turn: &mut Turn<'_>) {
        self.go_on();
        self.place_refusal(failure, turn);
        self.banner = Some(not_taken(failure));
    }

    fn refused(&mut self, op: &Op, failure: Option<Failure>, turn: &mut Turn<'_>) {
        let step = self.revision.as_ref().map_or(0, |revision| revision.step);
        let sent = self.sheet.as_ref().map(|it| it.draft.entries.clone());
        self.revision = Some(Revision {
            op: op.id,
            write: op.write.clone(),
            step,
            failure: failure.clone(),
            sent: sent.unwrap_or_default(),
        });
        self.go_on();
        let Some(failure) = failure else { return };
        match failure.kind {
            FailureKind::Conflict => self.read_again(turn),
            FailureKind::Duplicate if !failure.matches.is_empty() || failure.may_save_anyway => {
                self.place_refusal(&failure, turn);
                turn.tell(Notice::warn(
                    "Not saved: there may be one already. o opens it, n goes back",
                ));
                self.ask_matches(&failure, turn);
                self.stage = Stage::Duplicates(ListCursor::default(), Box::new(failure));
            }
            _ => self.place_refusal(&failure, turn),
        }
    }

    /// Puts a refusal on its fields, or above the form where it names none.
    pub(super) fn place_refusal(&mut self, failure: &Failure, turn: &mut Turn<'_>) {
        let Some(sheet) = &mut self.sheet else { return };
        match sheet.refuse(&failure.fields, &failure.message, turn.now) {
            Some(label) => turn.tell(Notice::error(format!(
                "Not saved: {label}: {failure}. Correct it, then Ctrl-S; 4 explains it"
            ))),
            None => {
                self.banner = Some(said_in_full(failure));
                turn.tell(Notice::error(format!(
                    "Not saved: {failure}. What you typed is kept; Ctrl-S tries again"
                )));
            }
        }
    }

    pub(super) fn duplicates_command(&mut self, command: Command, turn: &mut Turn<'_>) {
        let Stage::Duplicates(cursor, failure) = &mut self.stage else {
            return;
        };
        if cursor.moved(command, failure.matches.len()) {
            return;
        }
        let may = failure.may_save_anyway;
        let link = failure
            .matches
            .get(cursor.selected())
            .map(|it| it.link.clone());
        match (command, link) {
            (Command::OpenMatch, Some(link)) => {
                self.keep_draft(turn);
                self.close(turn);
                turn.ask(Intent::Open(link));
            }
            (Command::SaveAnyway, _) if may => {
                if let Some(mut write) = self.write(turn) {
                    write.allow_duplicates = true;
                    self.hand_over(write, turn);
                }
            }
            (Command::SaveAnyway, _) => turn.tell(Notice::warn(
                "The org's rule lets nobody save this: n goes back to the form",
            )),
            (Command::No, _) => self.go_on(),
            _ => {}
        }
    }

    fn keep_draft(&self, turn: &mut Turn<'_>) {
        if let Some(sheet) = &self.sheet {
            let draft = self.draft_of(sheet, turn.now);
            turn.tell(Notice::info(format!("Draft kept: {}", draft.title)));
            turn.start(Job::SaveDraft(draft));
        }
    }
}

/// Why a write is nowhere yet: neither sent nor in the outbox.
fn not_taken(failure: &Failure) -> String {
    let hint = match failure.kind {
        FailureKind::NoConnection => "",
        _ => failure.hint(),
    };
    format!("Not saved, and not in the outbox: {failure}. {hint} Ctrl-S tries again.")
}

/// What the org said and what to do; the org's text may end its own sentence.
fn said_in_full(failure: &Failure) -> String {
    let said = failure.message.trim_end_matches(['.', ' ']);
    let end = if said.ends_with(['?', '!']) { "" } else { "." };
    format!("Not saved: {said}{end} {}", failure.hint())
}

fn blocked(labels: &[String]) -> String {
    let (count, verb) = match labels.len() {
        1 => ("1 error".to_owned(), "blocks"),
        more => (format!("{more} errors"), "block"),
    };
    let mut named = labels
        .iter()
        .take(3)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    if labels.len() > 3 {
        named.push_str(", …");
    }
    format!("{count} {verb} saving: {named}. F8 jumps to it")
}
