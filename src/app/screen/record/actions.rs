//! What is done with the line under the cursor: open, edit, add to, copy.

use serde_json::Value;

use crate::app::grid::Column;
use crate::app::msg::{AskedRows, Effect, Intent, Preset};
use crate::app::notice::Notice;
use crate::app::page_rows::{FieldRow, PageRow};
use crate::app::turn::Turn;
use crate::domain::soql;

use super::timeline::{Entry, Mark};
use super::{RecordScreen, Tab};

impl RecordScreen {
    pub(super) fn selected_field(&self) -> Option<&FieldRow> {
        match self.sheet.get(self.laid.details.selected()?.row)? {
            PageRow::Field(row) => Some(row),
            PageRow::Heading(_) => None,
        }
    }

    pub(super) fn selected_entry(&self) -> Option<&Entry> {
        self.entries.get(self.laid.activity.selected()?.entry)
    }

    pub(super) fn open_selected(&mut self, turn: &mut Turn<'_>) {
        match self.focus() {
            Tab::Details => match self.selected_field().and_then(|row| row.parent.clone()) {
                Some(parent) => turn.ask(Intent::Open(parent)),
                None => turn.tell(Notice::info("Enter follows a →. e edits, y v copies")),
            },
            Tab::Activity => match self.selected_entry() {
                Some(entry) if matches!(entry.mark, Mark::Waiting(_)) => {
                    turn.tell(Notice::info("It waits in the outbox: 3 shows it"));
                }
                Some(entry) => turn.ask(Intent::Open(entry.activity.link.clone())),
                None => {}
            },
            Tab::Related => match self.laid.related.selected().map(|line| &line.link) {
                Some(Some(link)) => turn.ask(Intent::Open(link.clone())),
                Some(None) => self.open_list(turn),
                None => {}
            },
            Tab::Raw => {}
        }
    }

    /// All rows of the related list under the cursor, not just the first.
    fn open_list(&self, turn: &mut Turn<'_>) {
        let list = self.laid.related.selected().zip(self.page.value());
        let Some(related) = list.and_then(|(line, page)| page.related.get(line.list)) else {
            return;
        };
        let asked = related.field.as_ref().and_then(|field| {
            let paths = related.columns.iter().map(|(_, path)| path.as_str());
            let paths: Vec<&str> = std::iter::once("Id").chain(paths).collect();
            let query = soql::select(&related.object, &paths);
            let built = query.where_eq(field, self.link.id.as_str()).build().ok();
            // To be read by people: no name and no id has a comma in it.
            built.map(|soql| soql.replace(',', ", "))
        });
        let Some(soql) = asked else {
            turn.tell(Notice::info(
                "Only the page knows this list: Enter opens a row",
            ));
            return;
        };
        let columns = related.columns.iter().map(|(label, path)| Column {
            label: label.clone(),
            path: path.clone(),
        });
        turn.ask(Intent::Rows(AskedRows {
            title: format!("{} of {}", related.label, self.link.name),
            soql,
            columns: columns.collect(),
        }));
    }

    /// The record in the field under the cursor, else the first one the layout names.
    pub(super) fn go_parent(&mut self, turn: &mut Turn<'_>) {
        let chosen = match self.focus() {
            Tab::Details => self.selected_field().and_then(|row| row.parent.as_ref()),
            _ => None,
        };
        let first = || {
            self.sheet.iter().find_map(|row| match row {
                PageRow::Field(field) => field.parent.as_ref().filter(|it| it.object != "User"),
                PageRow::Heading(_) => None,
            })
        };
        match chosen.or_else(first) {
            Some(parent) => turn.ask(Intent::Open(parent.clone())),
            None => turn.tell(Notice::info("This record points to no other record")),
        }
    }

    /// Starts at the field under the cursor.
    pub(super) fn edit(&mut self, turn: &mut Turn<'_>) {
        let field = match self.focus() {
            Tab::Details => self.selected_field().and_then(|row| row.fields.first()),
            _ => None,
        };
        let link = self.link.clone();
        turn.ask(match (self.page.value(), field) {
            (Some(page), Some(field)) => Intent::EditField(link, page.clone(), field.clone()),
            (page, _) => Intent::Edit(link, page.cloned()),
        });
    }

    /// A new row of the related list in focus, pointing here; else any new record.
    pub(super) fn create(&mut self, turn: &mut Turn<'_>) {
        let line = self.laid.related.selected();
        let line = line.filter(|_| self.focus() == Tab::Related);
        let list = line
            .zip(self.page.value())
            .and_then(|(line, page)| page.related.get(line.list));
        let Some(list) = list else {
            turn.ask(Intent::New(None, Vec::new()));
            return;
        };
        let presets = list.field.iter().map(|field| Preset {
            field: field.clone(),
            value: Value::from(self.link.id.as_str()),
            label: self.link.name.clone(),
        });
        turn.ask(Intent::New(Some(list.object.clone()), presets.collect()));
    }

    pub(super) fn copy(&self, text: Option<String>, otherwise: &str, turn: &mut Turn<'_>) {
        match text.filter(|text| !text.is_empty()) {
            Some(text) => turn.effect(Effect::Copy(text)),
            None => turn.tell(Notice::info(otherwise)),
        }
    }

    pub(super) fn value(&self) -> Option<String> {
        match self.focus() {
            Tab::Details => self.selected_field().map(|row| row.value.clone()),
            Tab::Activity => self
                .selected_entry()
                .map(|it| it.activity.link.name.clone()),
            Tab::Related => {
                let line = self.laid.related.selected()?;
                line.link.as_ref().map(|link| link.name.clone())
            }
            Tab::Raw => self.laid.raw.selected().map(|line| line.text.clone()),
        }
    }

    pub(super) fn json(&self) -> Option<String> {
        let page = self.page.value()?;
        serde_json::to_string_pretty(&page.record.fields).ok()
    }
}
