//! Who the look-alikes are: the org's refusal often names them by id alone, so their
//! names, and what they hold in the fields just typed, are asked for in one query.

use jiff::Zoned;

use crate::app::turn::Turn;
use crate::domain::failure::Failure;
use crate::domain::record::Record;
use crate::domain::schema::{Field, FieldType};
use crate::domain::soql;
use crate::domain::value;
use crate::job::{Job, Rows};

use super::sheet::Sheet;
use super::{Form, Stage};

/// Most fields shown of a look-alike besides its name.
const MOST_DETAILS: usize = 4;

impl Form {
    /// Asks who the look-alikes are, where the refusal gave no more than ids.
    pub(super) fn ask_matches(&mut self, failure: &Failure, turn: &mut Turn<'_>) {
        let Some(soql) = self.sheet().and_then(|sheet| question(failure, sheet)) else {
            return;
        };
        let job = turn.start(Job::Query { soql, next: None });
        turn.forget(self.load.wait(job));
    }

    /// Takes the answer, if the look-alikes are still on show.
    pub(super) fn name_matches(&mut self, rows: &Rows, now: &Zoned) {
        let (Stage::Duplicates(_, failure), Some(sheet)) = (&mut self.stage, &self.sheet) else {
            return;
        };
        for found in &mut failure.matches {
            let row = rows
                .records
                .iter()
                .find(|row| row.id == Some(found.link.id));
            if let Some(row) = row {
                let name = sheet.form.schema.name_field();
                if let Some(name) = name.and_then(|field| row.text(&field.api_name)) {
                    found.link.name = name.to_owned();
                }
                found.details = details(sheet, row, now);
            }
        }
    }
}

fn question(failure: &Failure, sheet: &Sheet) -> Option<String> {
    let object = sheet.draft.object.as_str();
    let ids: Vec<&str> = failure
        .matches
        .iter()
        .filter(|found| found.link.object == object && found.details.is_empty())
        .map(|found| found.link.id.as_str())
        .collect();
    if ids.is_empty() {
        return None;
    }
    let mut fields = vec!["Id"];
    fields.extend(
        sheet
            .form
            .schema
            .name_field()
            .map(|it| it.api_name.as_str()),
    );
    fields.extend(telling(sheet).map(|it| it.api_name.as_str()));
    soql::select(object, &fields)
        .where_in("Id", &ids)
        .build()
        .ok()
}

/// The fields just typed that tell one record from another.
fn telling(sheet: &Sheet) -> impl Iterator<Item = &Field> {
    let name = sheet.form.schema.name_field().map(|it| it.api_name.clone());
    sheet
        .form
        .schema
        .fields
        .iter()
        .filter(|field| sheet.draft.is_touched(&field.api_name))
        .filter(|field| !matches!(field.kind, FieldType::TextArea | FieldType::Reference))
        .filter(move |field| Some(&field.api_name) != name.as_ref() && field.compound != name)
        .take(MOST_DETAILS)
}

fn details(sheet: &Sheet, row: &Record, now: &Zoned) -> Vec<(String, String)> {
    telling(sheet)
        .map(|field| {
            let shown = value::display(field, row.value(&field.api_name), now);
            (field.title().to_owned(), shown)
        })
        .collect()
}
