//! Pick-list values that depend on a controlling field or on the record type. The API
//! does not enforce the controlling field, so it is done here; what a row does not tell
//! about an existing record is not guessed.

use std::collections::HashMap;

use crate::block::fault::Fault;
use crate::block::mapping::Mapping;
use crate::domain::block::{Block, Operation};
use crate::domain::schema::{Field, FieldType, ObjectForm};

use super::{Held, State};

/// Which values of one list go with what else the row says.
#[derive(Debug)]
pub(super) struct ListRule {
    controller: Option<Controller>,
    record_type: Option<RecordTypes>,
}

#[derive(Debug)]
struct Controller {
    /// Column of the controlling field.
    column: Option<usize>,
    /// Place of the value a new record starts with, for rows that leave it out.
    start: Option<u16>,
    /// Rows make records, so that a value left out is known.
    makes: bool,
    /// For each value of the list, the controlling places it goes with; `None` for any.
    valid_for: Vec<Option<Vec<u16>>>,
}

#[derive(Debug)]
struct RecordTypes {
    column: Option<usize>,
    /// Place of the type a new record gets.
    start: Option<u16>,
    /// For each record type, the values it keeps.
    kept: HashMap<u16, Vec<bool>>,
}

impl ListRule {
    /// The rule of a field's list; `None` where every value goes with everything.
    pub(super) fn of(
        field: &Field,
        block: &Block,
        mapping: &Mapping,
        form: &ObjectForm,
    ) -> Option<Self> {
        if !field.kind.is_choice() {
            return None;
        }
        let makes = block.operation == Operation::Insert;
        let column = |name: &str| {
            let written = |column: &crate::domain::block::prepared::PartColumn| {
                column.parent.is_none() && column.field.eq_ignore_ascii_case(name)
            };
            let mut columns = mapping.columns.iter();
            columns.position(|mapped| written(&mapped.column))
        };
        let controller = field
            .controller
            .as_deref()
            .and_then(|name| form.schema.field(name))
            .map(|controller| Controller {
                column: column(&controller.api_name),
                start: start(controller),
                makes,
                valid_for: field
                    .picklist
                    .iter()
                    .map(|entry| entry.valid_for.clone())
                    .collect(),
            });
        let record_type = RecordTypes::of(field, column("RecordTypeId"), makes, form);
        (controller.is_some() || record_type.is_some()).then_some(Self {
            controller,
            record_type,
        })
    }

    /// What is wrong with values at these places of the list, given the rest of the row.
    pub(super) fn fault(&self, places: &[u16], row: &[Held]) -> Option<Fault> {
        if places.is_empty() {
            return None;
        }
        let controlled = self.controller.as_ref();
        if controlled.is_some_and(|controller| !controller.allows(places, row)) {
            return Some(Fault::NotForController);
        }
        let typed = self.record_type.as_ref();
        typed
            .is_some_and(|types| !types.allow(places, row))
            .then_some(Fault::NotForRecordType)
    }
}

/// Place of the value a new record starts with.
fn start(field: &Field) -> Option<u16> {
    let value = field.start_value();
    match field.kind {
        FieldType::Boolean => Some(u16::from(value == Some(true.into()))),
        _ => {
            let value = value?;
            let places = field.picklist.iter();
            let place = places
                .enumerate()
                .find(|(_, entry)| Some(entry.value.as_str()) == value.as_str());
            u16::try_from(place?.0).ok()
        }
    }
}

impl Controller {
    fn allows(&self, places: &[u16], row: &[Held]) -> bool {
        let held = self.column.and_then(|column| row.get(column));
        let state = held.map_or(State::Left, |held| held.state);
        let controlling = match (state, held) {
            // A value that is in no list controls nothing.
            (State::Set, Some(held)) => held.places.first().copied(),
            (State::Left, _) if self.makes && self.start.is_some() => self.start,
            (State::Left, _) => return true,
            _ => None,
        };
        places
            .iter()
            .all(|place| match self.valid_for.get(usize::from(*place)) {
                Some(Some(valid)) => controlling.is_some_and(|place| valid.contains(&place)),
                _ => true,
            })
    }
}

impl RecordTypes {
    fn of(field: &Field, column: Option<usize>, makes: bool, form: &ObjectForm) -> Option<Self> {
        let mut kept = HashMap::new();
        for (place, kind) in (0u16..).zip(&form.schema.record_types) {
            let layout = form.layouts.get(kind.id.as_str());
            let Some(values) = layout.and_then(|layout| layout.picklists.get(&field.api_name))
            else {
                continue;
            };
            let entries = field.picklist.iter();
            kept.insert(
                place,
                entries.map(|entry| values.contains(&entry.value)).collect(),
            );
        }
        let start = form
            .schema
            .record_types
            .iter()
            .position(|kind| kind.default);
        let start = start.filter(|_| makes);
        (!kept.is_empty()).then_some(Self {
            column,
            start: start.and_then(|place| u16::try_from(place).ok()),
            kept,
        })
    }

    fn allow(&self, places: &[u16], row: &[Held]) -> bool {
        let held = self.column.and_then(|column| row.get(column));
        let told = held.and_then(|held| held.places.first().copied());
        let Some(kept) = told.or(self.start).and_then(|place| self.kept.get(&place)) else {
            return true;
        };
        places
            .iter()
            .all(|place| kept.get(usize::from(*place)).copied().unwrap_or(true))
    }
}
