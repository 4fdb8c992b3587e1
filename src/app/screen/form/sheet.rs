//! A form's lines with what was typed into them: focus, text under the cursor, and what
//! is wrong beside each field. Sends nothing and opens nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use crossterm::event::KeyEvent;
use jiff::Zoned;
use serde_json::Value;

use crate::app::input::{Input, Lines};
use crate::app::list::ListCursor;
use crate::domain::draft::{Change, Draft, Entry, Target};
use crate::domain::id::RecordId;
use crate::domain::merge;
use crate::domain::record::Record;
use crate::domain::schema::{Field, FieldType, ObjectForm, ObjectSummary, Operation};
use crate::domain::validate;
use crate::domain::value::Problem;

use super::rows::{self, FieldRow, Row};

/// What was put into fields, by API name.
pub type Entries = BTreeMap<String, Entry>;

/// The form as it is being filled in.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// Describe and layouts.
    pub form: Arc<ObjectForm>,
    /// What was typed against what the record held.
    pub draft: Draft,
    /// The line with the focus, and what of the form is in view.
    pub cursor: ListCursor,
    /// The text under the cursor.
    pub input: Input,
    rows: Vec<Row>,
    start: Entries,
    problems: BTreeMap<String, String>,
    refused: BTreeMap<String, String>,
}

impl Sheet {
    /// A form over this draft; `start` is what it held before the user typed.
    pub fn new(form: Arc<ObjectForm>, draft: Draft, start: Entries, now: &Zoned) -> Self {
        let rows = rows::rows(&form, &draft);
        let mut sheet = Self {
            form,
            draft,
            cursor: ListCursor::default(),
            input: Input::new(Lines::One, ""),
            rows,
            start,
            problems: BTreeMap::new(),
            refused: BTreeMap::new(),
        };
        let needed = sheet.first_needed(now);
        sheet.focus(needed.unwrap_or(sheet.first_field()), now);
        sheet
    }

    /// The lines.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The field of a line.
    pub fn field(&self, row: FieldRow) -> Option<&Field> {
        self.form.schema.fields.get(row.field)
    }

    /// The field with the focus; `None` on the record type.
    pub fn focused(&self) -> Option<&Field> {
        match self.rows.get(self.cursor.selected())? {
            Row::Field(row) => self.field(*row),
            Row::Heading(_) | Row::RecordType => None,
        }
    }

    /// The focus is on the record type.
    pub fn on_record_type(&self) -> bool {
        self.rows.get(self.cursor.selected()) == Some(&Row::RecordType)
    }

    /// Something was typed since the form was opened.
    pub fn is_touched(&self) -> bool {
        self.draft.entries != self.start
    }

    /// What is wrong with a field, the org's word before ours.
    pub fn problem(&self, field: &str) -> Option<&str> {
        let said = self.refused.get(field).or_else(|| self.problems.get(field));
        said.map(String::as_str)
    }

    /// Fields with something wrong.
    pub fn wrong(&self) -> usize {
        let ours = self.problems.keys();
        ours.filter(|field| !self.refused.contains_key(*field))
            .count()
            + self.refused.len()
    }

    /// The field is edited as text in place.
    pub fn is_text(field: &Field) -> bool {
        !field.kind.is_choice() && !matches!(field.kind, FieldType::Boolean | FieldType::Reference)
    }

    /// The text under the cursor is being edited.
    pub fn edits_text(&self) -> bool {
        self.focused().is_some_and(Self::is_text)
    }

    /// Enter chooses the value under the cursor from a list, or turns it over.
    pub fn chooses(&self) -> bool {
        self.on_record_type()
            || self
                .focused()
                .is_some_and(|field| !Self::is_text(field) || field.kind == FieldType::Combobox)
    }

    /// The focused field takes several lines.
    pub fn edits_lines(&self) -> bool {
        self.focused().is_some_and(Field::is_long)
    }

    /// Edits the focused text; false when the key is not one for text.
    pub fn key(&mut self, key: KeyEvent, now: &Zoned) -> bool {
        if !self.edits_text() || !self.input.key(key) {
            return false;
        }
        self.take_input(now);
        true
    }

    /// Types a run of text into the focused field.
    pub fn insert(&mut self, text: &str, now: &Zoned) {
        if self.edits_text() {
            self.input.insert(text);
            self.take_input(now);
        }
    }

    /// Takes a chosen value for the focused field.
    pub fn choose(&mut self, value: Value, label: &str, now: &Zoned) {
        let Some(name) = self.focused_name() else {
            return;
        };
        self.draft.revert(&name);
        let same = self.focused().is_some_and(|field| {
            let held = self.draft.value(field, now);
            held.is_ok_and(|held| crate::domain::value::same(field, &held, &value))
        });
        if !same {
            self.draft.choose(&name, value, label);
        }
        self.edited(&name);
        self.load_input(now);
    }

    /// Turns the focused checkbox over.
    pub fn toggle(&mut self, now: &Zoned) {
        let Some(field) = self.focused() else { return };
        let set = self
            .draft
            .value(field, now)
            .ok()
            .and_then(|it| it.as_bool());
        let flipped = !set.unwrap_or_default();
        let label = if flipped { "[x]" } else { "[ ]" };
        self.choose(Value::Bool(flipped), label, now);
    }

    /// Puts back what the focused field held.
    pub fn revert(&mut self, now: &Zoned) {
        let Some(name) = self.focused_name() else {
            return;
        };
        self.draft.revert(&name);
        if let Some(entry) = self.start.get(&name) {
            self.draft.entries.insert(name.clone(), entry.clone());
        }
        self.edited(&name);
        self.load_input(now);
    }

    /// Goes to the next or previous line that can be edited; Tab goes round.
    pub fn step(&mut self, by: Step, now: &Zoned) {
        let at = self.cursor.selected();
        let ahead = || (at + 1..self.rows.len()).find(|row| self.rows[*row].takes_focus());
        let behind = || (0..at).rev().find(|row| self.rows[*row].takes_focus());
        let last = || self.rows.iter().rposition(Row::takes_focus);
        let found = match by {
            Step::Next => ahead().or_else(|| Some(self.first_field())),
            Step::Down => ahead(),
            Step::Previous => behind().or_else(last),
            Step::Up => behind(),
        };
        if let Some(row) = found {
            self.focus(row, now);
        }
    }

    /// Moves the focus by a page.
    pub fn page(&mut self, command: crate::app::command::Command, now: &Zoned) {
        let at = self.cursor.selected();
        let mut moved = self.cursor.clone();
        moved.moved(command, self.rows.len());
        let to = moved.selected();
        let near = if to >= at {
            (at..=to).rev().find(|row| self.rows[*row].takes_focus())
        } else {
            (to..=at).find(|row| self.rows[*row].takes_focus())
        };
        if let Some(row) = near {
            self.focus(row, now);
        }
    }

    /// Goes to the next or previous field with something wrong, round the end; false
    /// where there is none.
    pub fn step_problem(&mut self, by: Step, now: &Zoned) -> bool {
        let wrong: Vec<usize> = (0..self.rows.len())
            .filter(|row| {
                self.name_at(*row)
                    .is_some_and(|name| self.problem(name).is_some())
            })
            .collect();
        let at = self.cursor.selected();
        let found = match by {
            Step::Next | Step::Down => wrong.iter().find(|row| **row > at).or(wrong.first()),
            Step::Previous | Step::Up => wrong.iter().rev().find(|row| **row < at).or(wrong.last()),
        };
        match found {
            Some(row) => {
                self.focus(*row, now);
                true
            }
            None => false,
        }
    }

    /// Checks what was put into fields: a draft that is taken up again.
    pub fn check_touched(&mut self, objects: &[ObjectSummary], now: &Zoned) {
        let mut found = validate::check(&self.draft, &self.form, objects, now);
        found.retain(|it| self.draft.is_touched(&it.field));
        for problem in &found {
            self.ensure_row(&problem.field);
        }
        found.retain(|it| self.row_of(&it.field).is_some());
        self.problems = by_field(&found);
    }

    /// Checks the field the focus leaves, and whatever was wrong before.
    pub fn check_focused(&mut self, objects: &[ObjectSummary], now: &Zoned) {
        let leaving = self.focused_name().unwrap_or_default();
        let found = validate::check(&self.draft, &self.form, objects, now);
        let known = std::mem::take(&mut self.problems);
        self.problems = found
            .into_iter()
            .filter(|it| it.field == leaving || known.contains_key(&it.field))
            .map(|it| (it.field, it.message))
            .collect();
    }

    /// Checks everything; the focus goes to the first field with a problem. Returns the
    /// labels of the fields that block.
    pub fn check(&mut self, objects: &[ObjectSummary], now: &Zoned) -> Vec<String> {
        let found = validate::check(&self.draft, &self.form, objects, now);
        for problem in &found {
            self.ensure_row(&problem.field);
        }
        self.problems = by_field(&found);
        let places: Vec<usize> = (0..self.rows.len())
            .filter(|row| {
                let name = self.name_at(*row);
                name.is_some_and(|name| self.problems.contains_key(name))
            })
            .collect();
        if let Some(first) = places.first() {
            self.focus(*first, now);
        }
        let mut labels: Vec<String> = places.iter().map(|row| self.label_at(*row)).collect();
        let unseen = found.iter().filter(|it| self.row_of(&it.field).is_none());
        labels.extend(unseen.map(|it| format!("{}: {}", it.field, it.message)));
        labels
    }

    /// Puts the org's refusal beside its fields; returns the first one's label.
    pub fn refuse(&mut self, fields: &[String], message: &str, now: &Zoned) -> Option<String> {
        for field in fields {
            self.ensure_row(field);
        }
        let places: Vec<usize> = fields.iter().filter_map(|it| self.row_of(it)).collect();
        for place in &places {
            if let Some(name) = self.name_at(*place).map(str::to_owned) {
                self.refused.insert(name, message.to_owned());
            }
        }
        let first = places.into_iter().min()?;
        self.focus(first, now);
        Some(self.label_at(first))
    }

    /// The org is asked again: what it said before no longer counts.
    pub fn forget_refusal(&mut self) {
        self.refused.clear();
    }

    /// Takes the record as it is now; what was typed stays.
    pub fn rebase(&mut self, record: Record, now: &Zoned) {
        if self.draft.base().is_some() {
            let was = self.draft.base().cloned();
            self.draft.target = Target::Update { base: record };
            if let Some(was) = was {
                merge::drop_unchanged(&was, &mut self.draft, &self.form.schema, now);
            }
            if self
                .focused_name()
                .is_some_and(|name| !self.draft.is_touched(&name))
            {
                self.load_input(now);
            }
        }
    }

    /// Puts an entry back into a field, or takes it out: the field then holds what the
    /// record does.
    pub fn set_entry(&mut self, field: &str, entry: Option<Entry>, now: &Zoned) {
        match entry {
            Some(entry) => {
                self.draft.entries.insert(field.to_owned(), entry);
            }
            None => self.draft.revert(field),
        }
        self.edited(field);
        self.load_input(now);
    }

    /// Chooses the record type; what was typed stays, the lines become its layout's.
    pub fn set_record_type(&mut self, id: RecordId, now: &Zoned) {
        self.draft.target = Target::Create {
            record_type: Some(id),
        };
        self.rows = rows::rows(&self.form, &self.draft);
        self.focus(0, now);
    }

    /// Real differences.
    pub fn changes(&self, now: &Zoned) -> Vec<Change> {
        self.draft.changes(&self.form.schema, now)
    }

    /// How many fields differ from the record, readable or not.
    pub fn changed(&self, now: &Zoned) -> usize {
        let fields = self.form.schema.fields.iter();
        fields
            .filter(|field| self.draft.is_changed(field, now))
            .count()
    }

    /// What is being typed is longer than its field takes.
    pub fn overruns(&self, now: &Zoned) -> bool {
        self.focused().is_some_and(|field| {
            let most = field.length as usize;
            let longer = Self::is_text(field) && most > 0 && self.input.len() > most;
            longer && self.draft.value(field, now).is_err()
        })
    }

    /// Puts the cursor on a field that may be edited.
    pub fn go_to(&mut self, field: &str, now: &Zoned) {
        let row = self.row_of(field);
        if let Some(row) = row.filter(|row| self.rows.get(*row).is_some_and(Row::takes_focus)) {
            self.focus(row, now);
        }
    }

    fn first_field(&self) -> usize {
        let field = |row: &Row| matches!(row, Row::Field(_)) && row.takes_focus();
        self.rows.iter().position(field).unwrap_or(0)
    }

    /// The first field of a new record that must be filled and is not.
    fn first_needed(&self, now: &Zoned) -> Option<usize> {
        let is_empty = |row| match self.field(row) {
            Some(field) => self.draft.text(field, now).is_empty(),
            None => false,
        };
        let creates = self.draft.operation() == Operation::Create;
        let needed = |row: &Row| matches!(row, Row::Field(it) if it.required && is_empty(*it));
        self.rows.iter().position(needed).filter(|_| creates)
    }

    fn focus(&mut self, row: usize, now: &Zoned) {
        self.cursor.select(row, self.rows.len());
        self.load_input(now);
    }

    fn load_input(&mut self, now: &Zoned) {
        let (lines, text) = match self.focused() {
            Some(field) if Self::is_text(field) => {
                let lines = if field.is_long() {
                    Lines::Many
                } else {
                    Lines::One
                };
                (lines, self.draft.text(field, now))
            }
            _ => (Lines::One, String::new()),
        };
        self.input = Input::new(lines, &text);
    }

    /// What stands in the editor becomes the field's text; typed back to how it was, the
    /// field is untouched again.
    fn take_input(&mut self, now: &Zoned) {
        let Some(name) = self.focused_name() else {
            return;
        };
        let text = self.input.text();
        self.draft.revert(&name);
        let same = self
            .focused()
            .is_some_and(|field| self.draft.text(field, now) == text);
        let started = self.start.contains_key(&name);
        if !same || started {
            self.draft.type_text(&name, &text);
        }
        self.edited(&name);
    }

    fn edited(&mut self, field: &str) {
        self.refused.remove(field);
        self.problems.remove(field);
    }

    fn focused_name(&self) -> Option<String> {
        self.focused().map(|field| field.api_name.clone())
    }

    fn name_at(&self, row: usize) -> Option<&str> {
        match self.rows.get(row)? {
            Row::Field(row) => self.field(*row).map(|field| field.api_name.as_str()),
            Row::Heading(_) | Row::RecordType => None,
        }
    }

    fn label_at(&self, row: usize) -> String {
        match self.rows.get(row) {
            Some(Row::Field(row)) => self.field(*row).map(|field| field.title().to_owned()),
            _ => None,
        }
        .unwrap_or_default()
    }

    fn row_of(&self, field: &str) -> Option<usize> {
        (0..self.rows.len()).find(|row| {
            let name = self.name_at(*row);
            name.is_some_and(|name| name.eq_ignore_ascii_case(field))
        })
    }

    fn ensure_row(&mut self, field: &str) {
        let fields = &self.form.schema.fields;
        let place = fields
            .iter()
            .position(|known| known.api_name.eq_ignore_ascii_case(field));
        if let (None, Some(place)) = (self.row_of(field), place) {
            self.rows
                .extend(rows::extra(&self.form, &self.draft, place));
        }
    }
}

/// Where the focus goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The next one; after the last, the first.
    Next,
    /// The one before; before the first, the last.
    Previous,
    /// The one below, if there is one.
    Down,
    /// The one above, if there is one.
    Up,
}

fn by_field(problems: &[Problem]) -> BTreeMap<String, String> {
    let pairs = problems.iter().rev();
    pairs
        .map(|it| (it.field.clone(), it.message.clone()))
        .collect()
}
