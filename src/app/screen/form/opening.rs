//! How a form starts: what it must read first, and the draft it makes of it.

use std::sync::Arc;

use serde_json::Value;

use crate::app::journal::Journal;
use crate::app::load::Load;
use crate::app::msg::Preset;
use crate::app::notice::Notice;
use crate::app::turn::Turn;
use crate::domain::draft::{Draft, Entry, Target};
use crate::domain::failure::FailureKind;
use crate::domain::id::RecordId;
use crate::domain::record::{Fields, Link, Record};
use crate::domain::schema::{FieldType, ObjectForm};
use crate::domain::value;
use crate::domain::write::{Op, OpState, WriteStep};
use crate::job::{Answer, Job, Page, Reply, Source};

use super::sheet::{Entries, Sheet};
use super::{Form, Origin, Revision, Stage, fix_key};

impl Form {
    /// Edits a record; goes on with a draft where one was kept.
    pub fn edit(
        link: Link,
        page: Option<Box<Page>>,
        draft: Option<Draft>,
        turn: &mut Turn<'_>,
    ) -> Self {
        if draft.is_some() {
            turn.tell(Notice::info(
                "What you typed earlier is back. Ctrl-X discards it",
            ));
        }
        let mut form = Self::new(Origin::Edit {
            id: link.id,
            name: link.name,
            kept: draft,
        });
        match page {
            Some(page) => form.fill(page.form, Some(page.record), turn),
            None => form.read(turn),
        }
        form
    }

    /// Creates a record; without an object it asks for one first.
    pub fn create(object: Option<String>, presets: Vec<Preset>, turn: &mut Turn<'_>) -> Self {
        let origin = match object {
            Some(object) => Origin::Create {
                object,
                presets,
                kept: None,
            },
            None => Origin::Choose { presets },
        };
        let mut form = Self::new(origin);
        form.read(turn);
        form
    }

    /// Creates a record from what was typed into such a form earlier and left.
    pub fn create_again(draft: Draft, presets: Vec<Preset>, turn: &mut Turn<'_>) -> Self {
        turn.tell(Notice::info(
            "Your unfinished new record is back. Ctrl-X discards it",
        ));
        let mut form = Self::new(Origin::Create {
            object: draft.object.clone(),
            presets,
            kept: Some(draft),
        });
        form.read(turn);
        form
    }

    /// Goes on with a form that was left.
    pub fn resume(draft: Draft, turn: &mut Turn<'_>) -> Self {
        let origin = match draft.base().and_then(|base| base.id) {
            Some(id) => Origin::Edit {
                id,
                name: draft.object.clone(),
                kept: Some(draft),
            },
            None => Origin::Create {
                object: draft.object.clone(),
                presets: Vec::new(),
                kept: Some(draft),
            },
        };
        let mut form = Self::new(origin);
        form.read(turn);
        form
    }

    /// Names the draft in which a correction of this write was left.
    pub fn fix_draft_key(op: &Op) -> String {
        fix_key(op.id, failed_step(op))
    }

    /// Corrects the step of a write that failed; saving sends the same write again. Goes
    /// on with a draft where one was kept.
    pub fn fix(op: &Op, kept: Option<Draft>, turn: &mut Turn<'_>) -> Self {
        if kept.is_some() {
            turn.tell(Notice::info(
                "Your unfinished correction is back. Ctrl-X discards it",
            ));
        }
        let step = failed_step(op);
        let mut form = Self::new(Origin::Fix {
            op: op.id,
            step,
            kept,
        });
        form.revision = Some(Revision {
            op: op.id,
            step,
            write: op.write.clone(),
            failure: op.failure.clone(),
            sent: Entries::new(),
        });
        form.read(turn);
        form
    }

    fn new(origin: Origin) -> Self {
        Self {
            origin,
            stage: Stage::Loading,
            load: Load::default(),
            sheet: None,
            revision: None,
            banner: None,
            stale: false,
            conflict: None,
            info: false,
            done: false,
        }
    }

    /// Asks for what the form needs; nothing where it is at hand.
    pub(super) fn read(&mut self, turn: &mut Turn<'_>) {
        match self.needs() {
            Needs::Object if turn.org.objects.is_empty() => self.wait(Job::Objects, turn),
            Needs::Object => self.choose_object(turn),
            Needs::Describe(object) => match turn.org.forms.get(&object) {
                Some(form) => self.fill(form.clone(), None, turn),
                None => self.wait(
                    Job::Describe {
                        object,
                        source: Source::CacheFirst,
                    },
                    turn,
                ),
            },
            Needs::Record(id, source) => self.wait(Job::Open { id, source }, turn),
            Needs::Nothing => {
                turn.tell(Notice::info(
                    "A delete has nothing to correct: s sends it again",
                ));
                self.close(turn);
            }
        }
    }

    fn wait(&mut self, job: Job, turn: &mut Turn<'_>) {
        let job = turn.start(job);
        turn.forget(self.load.wait(job));
    }

    fn needs(&self) -> Needs {
        match &self.origin {
            Origin::Choose { .. } => Needs::Object,
            Origin::Create { object, .. } => Needs::Describe(object.clone()),
            Origin::Edit { id, .. } if self.stale => Needs::Record(*id, Source::Org),
            Origin::Edit { id, .. } => Needs::Record(*id, Source::CacheFirst),
            Origin::Fix { .. } => match self.fixed_step() {
                Some(WriteStep::Create { object, .. }) => Needs::Describe(object.clone()),
                Some(WriteStep::Update { id, .. }) if self.stale || self.was_conflict() => {
                    Needs::Record(*id, Source::Org)
                }
                Some(WriteStep::Update { id, .. }) => Needs::Record(*id, Source::CacheFirst),
                Some(WriteStep::Delete { .. } | WriteStep::Undelete { .. }) | None => {
                    Needs::Nothing
                }
            },
        }
    }

    fn fixed_step(&self) -> Option<&WriteStep> {
        let revision = self.revision.as_ref()?;
        revision.write.steps.get(revision.step)
    }

    /// The record changed under the form: read it again, then show old and new.
    pub(super) fn read_again(&mut self, turn: &mut Turn<'_>) {
        self.stale = true;
        self.stage = Stage::Rereading;
        self.read(turn);
    }

    /// Takes what was asked for; true when it is.
    pub(super) fn loaded(&mut self, answer: &Answer, turn: &mut Turn<'_>) -> bool {
        match &answer.reply {
            Reply::Objects(_) => self.choose_object(turn),
            Reply::Rows(rows) => self.name_matches(rows, turn.now),
            Reply::Described(form) => self.fill(form.clone(), None, turn),
            Reply::Opened(page) => self.fill(page.form.clone(), Some(page.record.clone()), turn),
            Reply::Failed(failure) => {
                self.load.fail(failure.clone());
                if matches!(self.stage, Stage::Rereading) {
                    let text = format!("The record changed and could not be read: {failure}");
                    self.banner = Some(text + ". Ctrl-S tries again");
                    self.stage = Stage::Editing;
                }
                return true;
            }
            _ => return false,
        }
        self.load.accept((), answer.last);
        true
    }

    /// Lays out the form; a record that comes later replaces what the form started from.
    fn fill(&mut self, form: Arc<ObjectForm>, record: Option<Record>, turn: &mut Turn<'_>) {
        if let (Some(sheet), Some(record)) = (&mut self.sheet, record.clone()) {
            let was = sheet.draft.base().cloned();
            sheet.rebase(record, turn.now);
            if let Some(was) = was {
                self.moved_on(was, turn);
            }
            return;
        }
        if self.sheet.is_some() {
            return;
        }
        let Some((draft, start)) = self.begin(&form, record, turn) else {
            return;
        };
        let mut sheet = Sheet::new(form, draft, start, turn.now);
        sheet.check_touched(&turn.org.objects, turn.now);
        if self.revision.is_none() {
            self.revision = adopted(&sheet.draft, turn.journal);
        }
        self.sheet = Some(Box::new(sheet));
        self.stage = Stage::Editing;
        match self.typed_against() {
            Some(was) if self.was_conflict() => {
                self.stale = true;
                self.moved_on(was, turn);
            }
            Some(was) => {
                self.moved_on(was, turn);
                self.show_old_refusal(turn);
            }
            None => self.show_old_refusal(turn),
        }
    }

    /// The write being corrected was refused because the record had moved on.
    fn was_conflict(&self) -> bool {
        let failure = self.revision.as_ref().and_then(|it| it.failure.as_ref());
        matches!(self.origin, Origin::Fix { .. })
            && failure.is_some_and(|failure| failure.kind == FailureKind::Conflict)
    }

    /// The record as it was when what stands in the form was typed, where that was earlier
    /// than just now.
    fn typed_against(&self) -> Option<Record> {
        let kept = match &self.origin {
            Origin::Edit { kept, .. } | Origin::Fix { kept, .. } => kept.as_ref(),
            Origin::Create { .. } | Origin::Choose { .. } => None,
        };
        if let Some(base) = kept.and_then(Draft::base) {
            return Some(base.clone());
        }
        let WriteStep::Update {
            object,
            id,
            base,
            base_modified,
            ..
        } = self
            .fixed_step()
            .filter(|_| matches!(self.origin, Origin::Fix { .. }))?
        else {
            return None;
        };
        let mut fields = base.clone();
        let moment = base_modified.as_deref()?;
        fields.insert("LastModifiedDate".to_owned(), Value::from(moment));
        Some(Record {
            object: object.clone(),
            id: Some(*id),
            fields,
        })
    }

    /// The draft to start with, and which entries of it the user did not type just now.
    fn begin(
        &mut self,
        form: &ObjectForm,
        record: Option<Record>,
        turn: &mut Turn<'_>,
    ) -> Option<(Draft, Entries)> {
        match &self.origin {
            Origin::Edit { kept, .. } => {
                let mut draft = Draft::update(record?);
                let kept = kept.as_ref().map(|kept| kept.entries.clone());
                draft.entries = kept.unwrap_or_default();
                Some((draft, Entries::new()))
            }
            Origin::Create {
                object,
                presets,
                kept,
            } => {
                let fresh = || Draft::create(object, default_type(form));
                let mut draft = kept.clone().unwrap_or_else(fresh);
                for preset in presets {
                    draft.choose(&preset.field, preset.value.clone(), &preset.label);
                }
                let start = match kept {
                    Some(_) => Entries::new(),
                    None => draft.entries.clone(),
                };
                Some((draft, start))
            }
            Origin::Fix { kept, .. } => {
                let kept = kept.clone();
                let (mut draft, start) = self.begin_fix(form, record, turn)?;
                if let Some(kept) = kept {
                    draft.entries = kept.entries;
                    if let Target::Create { .. } = draft.target {
                        draft.target = kept.target;
                    }
                }
                Some((draft, start))
            }
            Origin::Choose { .. } => None,
        }
    }

    fn begin_fix(
        &mut self,
        form: &ObjectForm,
        record: Option<Record>,
        turn: &mut Turn<'_>,
    ) -> Option<(Draft, Entries)> {
        let (mut draft, fields) = match self.fixed_step()? {
            WriteStep::Create { object, fields } => {
                let kind = fields.get("RecordTypeId").and_then(Value::as_str);
                let kind = kind.and_then(|id| id.parse().ok());
                (Draft::create(object, kind), fields.clone())
            }
            WriteStep::Update { fields, .. } => (Draft::update(record?), fields.clone()),
            WriteStep::Delete { .. } | WriteStep::Undelete { .. } => return None,
        };
        let lost = put(&mut draft, &fields, form, turn);
        if !lost.is_empty() {
            let names = lost.join(", ");
            self.banner = Some(format!("Left out, not fields here any more: {names}"));
        }
        if let Some(revision) = &mut self.revision {
            revision.sent = draft.entries.clone();
        }
        let start = draft.entries.clone();
        Some((draft, start))
    }

    /// Why the write being corrected was refused, on its fields.
    fn show_old_refusal(&mut self, turn: &mut Turn<'_>) {
        let failure = self.revision.as_ref().and_then(|it| it.failure.clone());
        if let Some(failure) = failure {
            self.place_refusal(&failure, turn);
        }
    }
}

/// What a form must have before it can be laid out.
enum Needs {
    Object,
    Describe(String),
    Record(RecordId, Source),
    Nothing,
}

/// The step the failure speaks of, else the first.
fn failed_step(op: &Op) -> usize {
    let named = |step: &WriteStep| {
        let failure = op.failure.as_ref();
        let fields = failure.map(|it| it.fields.as_slice()).unwrap_or_default();
        match step {
            WriteStep::Create { fields: held, .. } | WriteStep::Update { fields: held, .. } => {
                fields.iter().any(|field| held.contains_key(field))
            }
            WriteStep::Delete { .. } | WriteStep::Undelete { .. } => false,
        }
    };
    op.write.steps.iter().position(named).unwrap_or(0)
}

/// The record type a new record starts with; `None` leaves it to the org.
fn default_type(form: &ObjectForm) -> Option<RecordId> {
    let types = &form.schema.record_types;
    let available = || types.iter().filter(|kind| kind.available);
    let chosen = available()
        .find(|kind| kind.default)
        .or_else(|| available().next())?;
    (!chosen.master).then_some(chosen.id)
}

/// Puts a step's values into a draft as if typed; returns fields the object has not.
fn put(draft: &mut Draft, fields: &Fields, form: &ObjectForm, turn: &Turn<'_>) -> Vec<String> {
    let mut lost = Vec::new();
    for (name, value) in fields.iter().filter(|(name, _)| *name != "RecordTypeId") {
        match form.schema.field(name) {
            Some(field) if field.kind == FieldType::Reference => {
                let id = value.as_str().unwrap_or_default();
                let name = id.parse().ok().and_then(|id| turn.org.names.of(id));
                draft.choose(&field.api_name, value.clone(), name.unwrap_or(id));
            }
            Some(field) => {
                let text = value::edit_text(field, Some(value), turn.now);
                draft.type_text(&field.api_name, &text);
            }
            None => lost.push(name.clone()),
        }
    }
    lost
}

/// A refused write this draft goes on with: the same record, and nothing in it that the
/// draft lacks. Saving then replaces it instead of leaving a dead row.
fn adopted(draft: &Draft, journal: &Journal) -> Option<Revision> {
    let op = journal.ops().iter().find(|op| {
        let [step] = op.write.steps.as_slice() else {
            return false;
        };
        let spoken_of = op.failure.as_ref().map_or(&[][..], |it| &it.fields);
        op.state == OpState::Failed && holds(draft, step, spoken_of)
    })?;
    Some(Revision {
        op: op.id,
        write: op.write.clone(),
        step: 0,
        failure: op.failure.clone(),
        sent: Entries::new(),
    })
}

/// What the draft has for a field reads as the value that was sent.
fn says(draft: &Draft, name: &str, sent: &Value) -> bool {
    match (draft.entries.get(name), sent) {
        (Some(Entry::Chosen { value, .. }), _) => value == sent,
        (Some(Entry::Typed { text }), Value::String(sent)) => text.trim() == sent,
        // Numbers and days are typed in many ways; the texts decide.
        (Some(Entry::Typed { .. }), _) => true,
        (None, _) => name == "RecordTypeId",
    }
}

/// Two new records may have the same fields filled in: only one that says the same, but
/// for what the refusal spoke of, is the one refused.
fn holds(draft: &Draft, step: &WriteStep, spoken_of: &[String]) -> bool {
    let entered = |fields: &Fields| {
        let mut names = fields.keys().filter(|name| *name != "RecordTypeId");
        names.all(|name| {
            matches!(
                draft.entries.get(name),
                Some(Entry::Typed { .. } | Entry::Chosen { .. })
            )
        })
    };
    match (step, &draft.target) {
        (WriteStep::Create { object, fields }, Target::Create { .. }) => {
            let same = |(name, value)| spoken_of.contains(name) || says(draft, name, value);
            *object == draft.object && entered(fields) && fields.iter().all(same)
        }
        (WriteStep::Update { id, fields, .. }, Target::Update { base }) => {
            base.id == Some(*id) && entered(fields)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_new_record_of_another_person_is_not_the_one_refused() {
        let refused = |last: &str, email: &str| WriteStep::Create {
            object: "Contact".to_owned(),
            fields: Fields::from_iter([
                ("LastName".to_owned(), json!(last)),
                ("Email".to_owned(), json!(email)),
            ]),
        };
        let mut draft = Draft::create("Contact", None);
        draft.type_text("LastName", "Park");
        draft.type_text("Email", "jo@example.com");
        let spoken_of = ["Email".to_owned()];
        assert!(holds(&draft, &refused("Park", "jo@example.com"), &[]));
        assert!(holds(&draft, &refused("Park", "jo@example"), &spoken_of));
        assert!(!holds(&draft, &refused("Park", "jo@example"), &[]));
        assert!(!holds(
            &draft,
            &refused("Ortiz", "jo@example.com"),
            &spoken_of
        ));
    }
}
