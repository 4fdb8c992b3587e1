//! Somebody changed the record while it was being edited: was, mine and theirs by field.
//! Changes that do not meet are merged by one key; where they meet the user chooses, field
//! by field, before anything is sent.

use std::collections::BTreeMap;

use crate::app::command::Command;
use crate::app::list::ListCursor;
use crate::app::notice::Notice;
use crate::app::turn::Turn;
use crate::domain::draft::{Draft, Target};
use crate::domain::merge::{By, Difference, three_way};
use crate::domain::record::Record;
use crate::job::Job;

use super::sheet::Entries;
use super::{Form, Stage};

/// Fields named in a sentence.
const NAMED: usize = 3;

/// What somebody else made of a record, against what is typed.
#[derive(Debug, Clone)]
pub struct Conflict {
    was: Record,
    /// Every field that differs, in the object's order.
    pub rows: Vec<Difference>,
    /// The chosen row.
    pub cursor: ListCursor,
    choices: BTreeMap<String, Side>,
    /// What was typed into fields that take theirs.
    set_aside: Entries,
}

/// Whose value a field gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// What is typed.
    Mine,
    /// What the record holds now.
    Theirs,
}

impl Conflict {
    /// Whose value a row gets; `None` until the user has said so.
    pub fn side(&self, row: &Difference) -> Option<Side> {
        let chosen = self.choices.get(&row.field).copied();
        chosen.or(match row.by {
            By::Me => Some(Side::Mine),
            By::Them => Some(Side::Theirs),
            By::Both => None,
        })
    }

    /// Labels of the fields somebody must still decide.
    pub fn undecided(&self) -> Vec<&str> {
        let open = self.rows.iter().filter(|row| self.side(row).is_none());
        open.map(|row| row.label.as_str()).collect()
    }

    /// Something typed is out of the form for now.
    pub(super) fn has_set_aside(&self) -> bool {
        !self.set_aside.is_empty()
    }

    /// Who changed the record, as far as it tells.
    pub fn who(record: Option<&Record>) -> &str {
        let name = record.and_then(|record| record.text("LastModifiedBy.Name"));
        name.unwrap_or("Somebody")
    }

    /// A draft kept now must find the conflict again when it is taken up.
    pub(super) fn put_back_into(&self, draft: &mut Draft) {
        draft.target = Target::Update {
            base: self.was.clone(),
        };
        for (field, entry) in &self.set_aside {
            draft.entries.insert(field.clone(), entry.clone());
        }
    }
}

impl Form {
    /// The record is not what it was when the form was filled in. Shows the comparison when
    /// saving ran into it, else only says what will have to be decided.
    pub(super) fn moved_on(&mut self, was: Record, turn: &mut Turn<'_>) {
        let asked = std::mem::take(&mut self.stale);
        let Some(sheet) = &mut self.sheet else { return };
        let moment = |record: &Record| record.text("LastModifiedDate").map(str::to_owned);
        let same = sheet.draft.base().and_then(moment) == moment(&was);
        if same && !asked {
            return;
        }
        let schema = &sheet.form.schema;
        let rows = three_way(&was, &sheet.draft, schema, turn.now);
        let meets = rows.iter().any(|row| row.by == By::Both);
        if !asked && !meets {
            return;
        }
        let said = told(&rows, Conflict::who(sheet.draft.base()));
        self.banner = Some(match asked {
            true => said,
            false => format!("{said}. Ctrl-S compares"),
        });
        self.conflict = Some(Box::new(Conflict {
            was,
            rows,
            cursor: ListCursor::default(),
            choices: BTreeMap::new(),
            set_aside: Entries::new(),
        }));
        if asked && self.write(turn).is_none() {
            return self.nothing_left(turn);
        }
        if asked {
            self.stage = Stage::Comparing;
            turn.tell(Notice::warn(match meets {
                true => "Not saved: somebody changed the same field meanwhile. Choose, then y",
                false => "Not saved: somebody changed the record meanwhile. y saves both changes",
            }));
        }
    }

    /// Something must be decided before old and new are shown.
    pub(super) fn asks_first(&mut self, turn: &mut Turn<'_>) -> bool {
        let (Some(conflict), Some(sheet)) = (&mut self.conflict, &self.sheet) else {
            return false;
        };
        let schema = &sheet.form.schema;
        conflict.rows = three_way(&conflict.was, &sheet.draft, schema, turn.now);
        if conflict.undecided().is_empty() {
            self.banner = None;
            return false;
        }
        self.banner = Some(told(&conflict.rows, Conflict::who(sheet.draft.base())));
        self.stage = Stage::Comparing;
        true
    }

    pub(super) fn conflict_command(&mut self, command: Command, turn: &mut Turn<'_>) {
        let Some(conflict) = &mut self.conflict else {
            return self.go_on();
        };
        if conflict.cursor.moved(command, conflict.rows.len()) {
            return;
        }
        match command {
            Command::KeepMine => self.choose_side(Side::Mine, turn),
            Command::TakeTheirs => self.choose_side(Side::Theirs, turn),
            Command::EditAgain => self.edit_chosen(turn),
            Command::Send => self.merge(turn),
            _ => {}
        }
    }

    fn choose_side(&mut self, side: Side, turn: &mut Turn<'_>) {
        let (Some(conflict), Some(sheet)) = (&mut self.conflict, &mut self.sheet) else {
            return;
        };
        let Some(row) = conflict.rows.get(conflict.cursor.selected()) else {
            return;
        };
        let field = row.field.clone();
        match side {
            Side::Mine if row.mine.is_none() => {
                return turn.tell(Notice::info(format!(
                    "You changed nothing in {}: e types into it",
                    row.label
                )));
            }
            Side::Mine => {
                if let Some(entry) = conflict.set_aside.remove(&field) {
                    sheet.set_entry(&field, Some(entry), turn.now);
                }
            }
            Side::Theirs => {
                if let Some(entry) = sheet.draft.entries.get(&field).cloned() {
                    conflict.set_aside.insert(field.clone(), entry);
                    sheet.set_entry(&field, None, turn.now);
                }
            }
        }
        conflict.choices.insert(field, side);
        let next = conflict
            .rows
            .iter()
            .position(|row| conflict.side(row).is_none());
        if let Some(next) = next {
            conflict.cursor.select(next, conflict.rows.len());
        }
    }

    /// Back to the form, onto the chosen field; typing there decides it.
    fn edit_chosen(&mut self, turn: &mut Turn<'_>) {
        self.go_on();
        let (Some(conflict), Some(sheet)) = (&mut self.conflict, &mut self.sheet) else {
            return;
        };
        if let Some(row) = conflict.rows.get(conflict.cursor.selected()) {
            if let Some(entry) = conflict.set_aside.remove(&row.field) {
                sheet.set_entry(&row.field, Some(entry), turn.now);
            }
            if row.by == By::Both {
                conflict.choices.insert(row.field.clone(), Side::Mine);
            }
            sheet.go_to(&row.field, turn.now);
        }
    }

    /// Sends what was decided: mine where it is mine, nothing where it is theirs.
    fn merge(&mut self, turn: &mut Turn<'_>) {
        let open: Vec<&str> = self.conflict().map_or(Vec::new(), Conflict::undecided);
        if !open.is_empty() {
            let named = named(&open);
            return turn.tell(Notice::warn(format!(
                "Choose first: {named}. m keeps yours, t takes theirs, e edits"
            )));
        }
        match self.write(turn) {
            Some(write) => self.hand_over(write, turn),
            None => self.nothing_left(turn),
        }
    }

    /// Everything is as the record holds it: the refused write, its draft and the form go.
    fn nothing_left(&mut self, turn: &mut Turn<'_>) {
        if let Some(revision) = self.revision.take() {
            turn.start(Job::Cancel(revision.op));
        }
        if let Some(sheet) = &self.sheet {
            turn.start(Job::DropDraft(self.draft_key(sheet)));
        }
        turn.tell(Notice::info(
            "The record holds all of it already: there is nothing left to send",
        ));
        self.close(turn);
    }
}

/// What happened to the record.
fn told(rows: &[Difference], who: &str) -> String {
    let labels = |by: By| -> Vec<&str> {
        let of = rows.iter().filter(|row| row.by == by);
        of.map(|row| row.label.as_str()).collect()
    };
    let (both, theirs) = (labels(By::Both), labels(By::Them));
    if !both.is_empty() {
        return format!("{who} changed {} meanwhile, and so did you", named(&both));
    }
    match theirs.is_empty() {
        true => format!("{who} changed this record meanwhile, but no field that is read here"),
        false => format!(
            "{who} changed {} meanwhile, which you did not: both changes stay",
            named(&theirs)
        ),
    }
}

fn named(labels: &[&str]) -> String {
    let shown = labels.iter().take(NAMED).copied().collect::<Vec<_>>();
    match labels.len().saturating_sub(NAMED) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
