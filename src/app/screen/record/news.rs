//! What the answers and the journal tell of the record.

use crate::app::notice::Notice;
use crate::app::page_rows;
use crate::app::turn::Turn;
use crate::domain::id::RecordId;
use crate::domain::write::{OpState, WriteStep};
use crate::job::{Answer, Reply};

use super::{RecordScreen, related, timeline};

impl RecordScreen {
    /// Takes an answer; true when it waited for it.
    pub fn answered(&mut self, answer: &Answer, turn: &mut Turn<'_>) -> bool {
        if self.describing.is_some() && self.describing == answer.job {
            self.describing = None;
            return self.described(&answer.reply, turn);
        }
        if answer.job.is_none()
            && let Reply::Opened(page) = &answer.reply
            && page.record.id == Some(self.link.id)
        {
            // It came with the answer to a change, which therefore reads nothing again.
            self.page.accept(page.clone(), false);
            self.learn_link();
            self.read_page(turn);
            self.read_journal(turn);
            return true;
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
            if let Some(name) = page_rows::name(page) {
                self.link.name = name.to_owned();
            }
        }
    }

    fn read_page(&mut self, turn: &Turn<'_>) {
        if let Some(page) = self.page.value() {
            self.sheet = page_rows::rows(page, turn.org, turn.now);
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
        // What was written before the record was opened, its first reading tells.
        let fetched = self.page.value().map_or(self.opened, |page| page.fetched);
        let since = self.opened.max(fetched);
        let mut changed = None;
        self.waiting_changes = 0;
        for op in turn.journal.about(id) {
            let steps = op.write.steps.iter();
            let own = steps.filter_map(|step| own_change(step, id));
            for change in own {
                match (op.state, change) {
                    (OpState::Done, Change::Deleted) if op.changed >= self.opened => {
                        self.is_gone = true;
                    }
                    (OpState::Done, Change::Updated)
                        if op.changed >= since && !op.delivery.reread =>
                    {
                        changed = changed.or(Some(op.id));
                    }
                    (state, _) if state.is_pending() => {
                        self.waiting_changes += 1;
                    }
                    _ => {}
                }
            }
        }
        if changed.is_some() && changed != self.refreshed_for && !self.is_gone {
            self.refreshed_for = changed;
            self.refresh(turn);
        }
    }
}

enum Change {
    Updated,
    Deleted,
}

/// What a step does to the record itself.
fn own_change(step: &WriteStep, record: RecordId) -> Option<Change> {
    match step {
        WriteStep::Update { id, .. } if *id == record => Some(Change::Updated),
        WriteStep::Delete { id, .. } if *id == record => Some(Change::Deleted),
        WriteStep::Create { .. }
        | WriteStep::Update { .. }
        | WriteStep::Delete { .. }
        | WriteStep::Undelete { .. } => None,
    }
}
