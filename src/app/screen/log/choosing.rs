//! What is chosen in the log, not typed: the people and records it is about, the result
//! of a call where the org lists them.

use crossterm::event::{KeyCode, KeyEvent};

use crate::app::keymap::{key_name, types_text};
use crate::app::picker::{Choice, Picked, Picker};
use crate::app::turn::Turn;
use crate::domain::schema::{Field, FieldType, Operation};

use super::{LogField, LogForm};

impl LogForm {
    pub(super) fn link_key(&mut self, key: KeyEvent, turn: &mut Turn<'_>) {
        match (key.code, key_name(key).as_str()) {
            (KeyCode::Delete | KeyCode::Backspace, _) | (_, "C-r") => {
                match self.focus {
                    LogField::Who => self.texts.who = None,
                    _ => self.texts.what = None,
                }
                self.edited();
            }
            (KeyCode::Char(' '), "Space") => self.look_up("", turn),
            (KeyCode::Char(typed), _) if types_text(key) => {
                self.look_up(&typed.to_string(), turn);
            }
            _ => {}
        }
    }

    pub(super) fn look_up(&mut self, typed: &str, turn: &mut Turn<'_>) {
        let (title, name, usual) = match self.focus {
            LogField::Who => ("Who: type to search", "WhoId", ["Contact", "Lead"]),
            _ => (
                "About: type to search",
                "WhatId",
                ["Account", "Opportunity"],
            ),
        };
        let field = self.rules.value().and_then(|rules| rules.task.field(name));
        let named = field.map(|field| field.reference_to.clone());
        let objects = named
            .filter(|objects| !objects.is_empty())
            .unwrap_or_else(|| usual.map(str::to_owned).to_vec());
        let picker = Picker::lookup(title, objects, typed, turn);
        self.picker = Some(Box::new(picker));
    }

    pub(super) fn picked(&mut self, picked: Picked) {
        let choice = match picked {
            Picked::Open => return,
            Picked::Closed | Picked::Many(_) => None,
            Picked::One(choice) => Some(choice),
        };
        let picker = self.picker.take();
        let Some(choice) = choice else { return };
        let link = picker
            .as_ref()
            .and_then(|it| it.link(&choice.value))
            .cloned();
        match self.focus {
            LogField::Who => self.texts.who = link,
            LogField::About => self.texts.what = link,
            field => {
                if let Some(input) = self.texts.input_mut(field) {
                    input.replace(&choice.value);
                }
            }
        }
        self.edited();
    }

    pub(super) fn result_field(&self) -> Option<&Field> {
        self.rules.value()?.task.field("CallDisposition")
    }

    /// Until the org has told, there is a line for it.
    pub(super) fn takes_result(&self) -> bool {
        self.rules.value().is_none()
            || self
                .result_field()
                .is_some_and(|field| field.is_editable(Operation::Create))
    }

    pub(super) fn picks_result(&self) -> bool {
        self.result_field()
            .is_some_and(|field| field.kind == FieldType::Picklist)
            && self.result_values().next().is_some()
    }

    pub(super) fn result_values(&self) -> impl Iterator<Item = Choice> {
        let values = self.result_field().map(|field| field.picklist.as_slice());
        values
            .unwrap_or_default()
            .iter()
            .filter(|value| value.active)
            .map(|value| Choice {
                value: value.value.clone(),
                label: value.label.clone(),
                detail: String::new(),
            })
    }

    pub(super) fn open_results(&mut self) {
        let held = self.texts.input(LogField::Result).map(|input| input.text());
        let choices = self.result_values().collect();
        let picker = Picker::one("Result", choices, &held.unwrap_or_default());
        self.picker = Some(Box::new(picker));
    }

    pub(super) fn pick_result(&mut self, key: KeyEvent, turn: &mut Turn<'_>) {
        self.open_results();
        if let Some(picker) = &mut self.picker {
            picker.key(key, turn);
        }
    }
}
