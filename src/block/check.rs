//! A row against describe: every cell by its field's rule, then what cells say of each
//! other. Writes good rows in the org's own form. Must not know where rows come from or
//! go to.

mod cell;
mod choice;
mod list;
mod moment;
mod number;
mod reference;
#[cfg(test)]
mod tests;

use std::ops::Range;

use crate::domain::block::prepared::{PartColumn, Weight};
use crate::domain::block::{Blank, Block, CLEAR};
use crate::domain::schema::{Field, FieldType};

use super::fault::Fault;
use super::mapping::{Describes, Mapping};
use super::row::{Flaw, Row};

use cell::{Rule, Verdict};
use list::ListRule;
pub(super) use moment::Moments;
use reference::Reference;

/// Checks rows one after the other.
pub(super) struct Checker {
    columns: Vec<Column>,
    blank: Blank,
    clear: Vec<u8>,
    cells: usize,
    /// What each column of the row at hand holds, for lists that depend on another.
    held: Vec<Held>,
    /// What was found in the row at hand: place of the column, and the fault.
    pub faults: Vec<Found>,
    /// Where the key stands in what was written for the row at hand.
    pub key: Range<usize>,
}

/// A fault of the row at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    /// The column, as in the parts; `None` for the row as a whole.
    pub column: Option<usize>,
    pub fault: Fault,
}

/// One column that is written.
struct Column {
    place: usize,
    rule: Rule,
    is_key: bool,
    /// A new record must have it.
    required: bool,
    nillable: bool,
    boolean: bool,
    list: Option<ListRule>,
}

/// What a row says of a column.
#[derive(Debug, Default)]
pub(super) struct Held {
    state: State,
    /// Places of its values in their list; a checkbox counts 0, 1.
    places: Vec<u16>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    /// The field stays as it is.
    #[default]
    Left,
    Cleared,
    Set,
}

impl Checker {
    pub(super) fn new(
        block: &Block,
        mapping: &Mapping,
        describes: &Describes,
        cells: usize,
        moments: &Moments,
    ) -> Self {
        let makes = block.operation.makes() && block.validate;
        let columns: Vec<Column> = mapping
            .columns
            .iter()
            .map(|mapped| {
                let field = field_of(&mapped.column, describes);
                let field = field.cloned().unwrap_or_default();
                let parent = mapped.column.parent.is_some();
                let rule = rule(&mapped.column, describes, block, moments);
                Column {
                    place: mapped.place,
                    rule,
                    is_key: mapped.column.is_key,
                    required: makes && field.is_required(),
                    nillable: field.nillable || !block.validate,
                    boolean: field.kind == FieldType::Boolean && !parent,
                    list: match parent || !block.validate {
                        true => None,
                        false => ListRule::of(&field, block, mapping, &describes.form),
                    },
                }
            })
            .collect();
        Self {
            held: columns.iter().map(|_| Held::default()).collect(),
            columns,
            blank: block.blank,
            clear: block.clear_token.clone().into_bytes(),
            cells,
            faults: Vec::new(),
            key: 0..0,
        }
    }

    /// Checks a row and adds it to `out` as a line of CSV; an invalid one leaves `out` as
    /// it was. What was found is in [`Checker::faults`].
    pub(super) fn check(&mut self, row: &Row, out: &mut Vec<u8>) -> bool {
        self.faults.clear();
        let start = out.len();
        if let Some(flaw) = &row.flaw {
            self.faults.push(self.flaw(flaw));
            return false;
        }
        for place in 0..self.columns.len() {
            if place > 0 {
                out.push(b',');
            }
            self.cell(place, row, out);
        }
        self.lists();
        let invalid = |found: &Found| found.fault.weight() == Weight::Invalid;
        if self.faults.iter().any(invalid) {
            out.truncate(start);
            return false;
        }
        out.push(b'\n');
        true
    }

    fn flaw(&self, flaw: &Flaw) -> Found {
        match flaw {
            Flaw::Cells(_) => Found {
                column: None,
                fault: Fault::Cells,
            },
            Flaw::Nul(place) => Found {
                column: self
                    .columns
                    .iter()
                    .position(|column| column.place == *place),
                fault: Fault::Nul,
            },
            Flaw::Object(_) => Found {
                column: None,
                fault: Fault::Object,
            },
        }
    }

    fn cell(&mut self, place: usize, row: &Row, out: &mut Vec<u8>) {
        let (Some(column), Some(held)) = (self.columns.get(place), self.held.get_mut(place)) else {
            return;
        };
        held.state = State::Left;
        held.places.clear();
        let start = out.len();
        let cell = row.cell(column.place);
        let trimmed = cell.trim_ascii();
        let clears = match trimmed.is_empty() {
            true => self.blank == Blank::Clear && !row.is_absent(column.place),
            false => !self.clear.is_empty() && trimmed == self.clear,
        };
        let found = match (clears, trimmed.is_empty()) {
            (true, _) => column.clear(held, out),
            (false, true) => column.leave(),
            (false, false) => {
                held.state = State::Set;
                match column.rule.check(cell, out, &mut held.places) {
                    Verdict::Good => None,
                    Verdict::Noted(fault) | Verdict::Bad(fault) => Some(fault),
                }
            }
        };
        if column.is_key {
            self.key = start..out.len();
        }
        self.faults.extend(found.map(|fault| Found {
            column: Some(place),
            fault,
        }));
    }

    /// Pick lists that depend on another field or on the record type.
    fn lists(&mut self) {
        for (place, column) in self.columns.iter().enumerate() {
            let Some(list) = &column.list else {
                continue;
            };
            let places = self.held.get(place).map(|held| &held.places[..]);
            let fault = list.fault(places.unwrap_or_default(), &self.held);
            self.faults.extend(fault.map(|fault| Found {
                column: Some(place),
                fault,
            }));
        }
    }

    /// What would fit instead, for a fault of the row at hand.
    pub(super) fn suggestion(&self, found: Found, row: &Row) -> String {
        let Some(column) = found.column.and_then(|place| self.columns.get(place)) else {
            return match &row.flaw {
                Some(Flaw::Cells(count)) => {
                    format!("it has {count}, the header {}", self.cells)
                }
                Some(Flaw::Object(why)) => why.clone(),
                _ => String::new(),
            };
        };
        match found.fault {
            Fault::Required => "fill it in".to_owned(),
            Fault::NotClearable => "leave the cell blank, or fill it in".to_owned(),
            Fault::NoKey => "say which record is meant".to_owned(),
            Fault::ReadAsClear => format!("`{CLEAR}` empties a field in a bulk job"),
            Fault::NotForController | Fault::NotForRecordType => "pick another value".to_owned(),
            fault => column.rule.suggestion(fault, row.cell(column.place)),
        }
    }

    /// The cell that a fault of the row at hand is about.
    pub(super) fn example<'a>(&self, found: Found, row: &'a Row) -> &'a [u8] {
        found
            .column
            .and_then(|place| self.columns.get(place))
            .map_or(&[], |column| row.cell(column.place))
    }
}

impl Column {
    fn leave(&self) -> Option<Fault> {
        match (self.is_key, self.required) {
            (true, _) => Some(Fault::NoKey),
            (_, true) => Some(Fault::Required),
            _ => None,
        }
    }

    fn clear(&self, held: &mut Held, out: &mut Vec<u8>) -> Option<Fault> {
        if self.is_key {
            return Some(Fault::NoKey);
        }
        held.state = State::Cleared;
        if self.boolean {
            // A checkbox has no null.
            held.state = State::Set;
            held.places.push(0);
            out.extend_from_slice(b"false");
            return None;
        }
        if !self.nillable {
            return Some(Fault::NotClearable);
        }
        out.extend_from_slice(CLEAR.as_bytes());
        None
    }
}

/// The field whose values a column holds: the object's own, or the parent's key.
fn value_field<'a>(column: &PartColumn, describes: &'a Describes) -> Option<&'a Field> {
    match &column.parent {
        Some(parent) => describes
            .parents
            .get(&parent.object)
            .and_then(|form| form.schema.field(&parent.field)),
        None => field_of(column, describes),
    }
}

fn field_of<'a>(column: &PartColumn, describes: &'a Describes) -> Option<&'a Field> {
    describes.form.schema.field(&column.field)
}

fn rule(column: &PartColumn, describes: &Describes, block: &Block, moments: &Moments) -> Rule {
    let Some(field) = value_field(column, describes) else {
        return Rule::Any;
    };
    // An id tells whose record it is: that is checked always.
    let checked = block.validate || (column.is_key && field.kind == FieldType::Id);
    if !checked {
        return Rule::Any;
    }
    let form = match &column.parent {
        Some(parent) => describes.parents.get(&parent.object),
        None => None,
    };
    let form = form.unwrap_or(&describes.form);
    let reference = Reference::of(field, form, &describes.objects);
    Rule::of(field, moments, reference)
}

/// Object of an id that belongs to another one.
pub(super) fn object_of(describes: &Describes, cell: &[u8]) -> Option<String> {
    Reference::object_of(&describes.objects, cell)
}
