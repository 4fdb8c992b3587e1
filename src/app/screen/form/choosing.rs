//! Values that are chosen, not typed: which picker opens for which field, and where its
//! choice goes.

use std::collections::BTreeSet;

use crossterm::event::{KeyCode, KeyEvent};
use serde_json::Value;

use crate::app::keymap::types_text;
use crate::app::msg::Intent;
use crate::app::notice::Notice;
use crate::app::picker::{Choice, Picked, Picker};
use crate::app::turn::Turn;
use crate::domain::schema::{Field, FieldType, ObjectSummary};

use super::sheet::{Sheet, Step};
use super::{Form, Origin, Stage};

/// What a picker's choice is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The object of a new record.
    Object,
    /// Its record type.
    RecordType,
    /// The value of the focused field.
    Value,
}

/// Objects people make most, offered first.
const COMMON: [&str; 7] = [
    "Contact",
    "Account",
    "Opportunity",
    "Lead",
    "Case",
    "Task",
    "Event",
];

impl Form {
    /// Asks which object a new record is of.
    pub(super) fn choose_object(&mut self, turn: &mut Turn<'_>) {
        let picker = Picker::one("New record of", objects(&turn.org.objects), "");
        self.stage = Stage::Picking(Box::new(picker), Purpose::Object);
    }

    /// Enter on a field: choose, turn over, start a line, or go on.
    pub(super) fn enter(&mut self, turn: &mut Turn<'_>) {
        let Some(sheet) = &mut self.sheet else { return };
        let kind = sheet.focused().map(|field| field.kind);
        match kind {
            Some(FieldType::Boolean) => sheet.toggle(turn.now),
            Some(FieldType::TextArea) => sheet.insert("\n", turn.now),
            Some(FieldType::Combobox) | None => self.pick("", turn),
            Some(_) if !sheet.edits_text() => self.pick("", turn),
            Some(_) => {
                sheet.check_focused(&turn.org.objects, turn.now);
                sheet.step(Step::Next, turn.now);
            }
        }
    }

    /// A key that types: into the text, over the checkbox, or into a picker's filter.
    pub(super) fn type_key(&mut self, key: KeyEvent, turn: &mut Turn<'_>) {
        let Some(sheet) = &mut self.sheet else { return };
        if sheet.edits_text() {
            sheet.key(key, turn.now);
            return;
        }
        let is_checkbox = sheet
            .focused()
            .is_some_and(|it| it.kind == FieldType::Boolean);
        match key.code {
            KeyCode::Char(' ') if is_checkbox => sheet.toggle(turn.now),
            KeyCode::Backspace | KeyCode::Delete if !is_checkbox => {
                sheet.choose(Value::Null, "", turn.now);
            }
            KeyCode::Char(' ') => self.pick("", turn),
            KeyCode::Char(typed) if types_text(key) && !is_checkbox => {
                self.pick(&typed.to_string(), turn);
            }
            _ => {}
        }
    }

    /// Pasted text goes where typed text would.
    pub(super) fn paste_field(&mut self, text: &str, turn: &mut Turn<'_>) {
        let Some(sheet) = &mut self.sheet else { return };
        let is_checkbox = sheet
            .focused()
            .is_some_and(|it| it.kind == FieldType::Boolean);
        if sheet.edits_text() {
            sheet.insert(text, turn.now);
        } else if is_checkbox {
            turn.tell(Notice::info(
                "A checkbox takes no text: Space turns it over",
            ));
        } else {
            self.pick(text, turn);
        }
    }

    fn pick(&mut self, typed: &str, turn: &mut Turn<'_>) {
        let Some(sheet) = &self.sheet else { return };
        let (picker, purpose) = match sheet.focused() {
            None if sheet.on_record_type() => (type_picker(sheet), Purpose::RecordType),
            None => return,
            Some(field) if field.kind == FieldType::Reference => {
                let title = format!("{}: type to search", field.title());
                let picker = Picker::lookup(title, field.reference_to.clone(), typed, turn);
                self.stage = Stage::Picking(Box::new(picker), Purpose::Value);
                return;
            }
            Some(field) => match value_picker(sheet, field, turn) {
                Ok(picker) => (picker, Purpose::Value),
                Err(why) => return turn.tell(Notice::info(why)),
            },
        };
        self.stage = Stage::Picking(Box::new(picker), purpose);
        if let (Stage::Picking(picker, _), false) = (&mut self.stage, typed.is_empty()) {
            picker.paste(typed, turn);
        }
    }

    /// Takes what a picker gave.
    pub(super) fn picked(&mut self, picked: Picked, turn: &mut Turn<'_>) {
        let Stage::Picking(_, purpose) = &self.stage else {
            return;
        };
        let purpose = *purpose;
        match (picked, purpose) {
            (Picked::Open, _) => {}
            (Picked::Closed, Purpose::Object) => self.close(turn),
            (Picked::Closed, _) => self.go_on(),
            (Picked::One(choice), Purpose::Object) => self.object_chosen(choice, turn),
            (Picked::One(choice), Purpose::RecordType) => {
                self.go_on();
                if let (Some(sheet), Ok(id)) = (&mut self.sheet, choice.value.parse()) {
                    sheet.set_record_type(id, turn.now);
                }
            }
            (Picked::One(choice), Purpose::Value) => {
                let value = match choice.value.as_str() {
                    "" => Value::Null,
                    value => Value::from(value),
                };
                let label = if value.is_null() { "" } else { &choice.label };
                self.value_chosen(value, label, turn);
            }
            (Picked::Many(choices), _) => {
                let join = |text: fn(&Choice) -> &str, glue: &str| {
                    choices.iter().map(text).collect::<Vec<_>>().join(glue)
                };
                let label = join(|choice| &choice.label, "; ");
                let value = match choices.is_empty() {
                    true => Value::Null,
                    false => Value::from(join(|choice| &choice.value, ";")),
                };
                self.value_chosen(value, &label, turn);
            }
        }
    }

    /// The app opens the form for it: a draft of such a record may be waiting.
    fn object_chosen(&mut self, choice: Choice, turn: &mut Turn<'_>) {
        let presets = match &self.origin {
            Origin::Choose { presets } => presets.clone(),
            _ => Vec::new(),
        };
        self.close(turn);
        turn.ask(Intent::New(Some(choice.value), presets));
    }

    fn value_chosen(&mut self, value: Value, label: &str, turn: &mut Turn<'_>) {
        self.go_on();
        if let Some(sheet) = &mut self.sheet {
            sheet.choose(value, label, turn.now);
        }
    }
}

/// Objects the user may make rows of: the common ones, then all by label.
fn objects(known: &[ObjectSummary]) -> Vec<Choice> {
    let rank = |object: &ObjectSummary| {
        let place = COMMON.iter().position(|name| *name == object.api_name);
        place.unwrap_or(COMMON.len())
    };
    let mut makeable: Vec<&ObjectSummary> = known
        .iter()
        .filter(|object| object.createable && object.layoutable)
        .collect();
    makeable.sort_by_key(|object| (rank(object), object.label.to_lowercase()));
    makeable
        .into_iter()
        .map(|object| Choice {
            value: object.api_name.clone(),
            label: object.label.clone(),
            detail: if object.label == object.api_name {
                String::new()
            } else {
                object.api_name.clone()
            },
        })
        .collect()
}

fn type_picker(sheet: &Sheet) -> Picker {
    let types = sheet.form.schema.record_types.iter();
    let choices = types
        .filter(|kind| kind.available)
        .map(|kind| Choice {
            value: kind.id.to_string(),
            label: kind.name.clone(),
            detail: if kind.default {
                "default".to_owned()
            } else {
                String::new()
            },
        })
        .collect();
    Picker::one(
        "Record type",
        choices,
        sheet.draft.record_type().unwrap_or_default(),
    )
}

/// The picker for a pick list, or why there is nothing to pick.
fn value_picker(sheet: &Sheet, field: &Field, turn: &Turn<'_>) -> Result<Picker, String> {
    let listed = sheet.draft.choices(field, &sheet.form, turn.now);
    let mut choices: Vec<Choice> = listed
        .into_iter()
        .map(|entry| Choice {
            value: entry.value.clone(),
            label: entry.label.clone(),
            detail: String::new(),
        })
        .collect();
    if choices.is_empty() {
        return Err(nothing_to_pick(sheet, field));
    }
    let held = sheet.draft.value(field, turn.now).unwrap_or_default();
    let held = held.as_str().unwrap_or_default();
    let marked: BTreeSet<String> = held
        .split(';')
        .map(|part| part.trim().to_owned())
        .filter(|part| !part.is_empty())
        .collect();
    for value in &marked {
        if !choices.iter().any(|choice| choice.value == *value) {
            choices.push(Choice {
                value: value.clone(),
                label: value.clone(),
                detail: "held now, not offered here".to_owned(),
            });
        }
    }
    if field.kind == FieldType::MultiPicklist {
        return Ok(Picker::many(field.title(), choices, marked));
    }
    choices.insert(
        0,
        Choice {
            value: String::new(),
            label: "--none--".to_owned(),
            detail: String::new(),
        },
    );
    Ok(Picker::one(field.title(), choices, held))
}

fn nothing_to_pick(sheet: &Sheet, field: &Field) -> String {
    let controller = field.controller.as_deref();
    match controller.and_then(|name| sheet.form.schema.field(name)) {
        Some(controller) => format!(
            "{} has no value that fits: choose {} first",
            field.title(),
            controller.title()
        ),
        None => format!("{} has no values to choose from", field.title()),
    }
}
