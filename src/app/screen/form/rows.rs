//! Which lines a form has: the layout's sections with their fields, then whatever the
//! org wants besides. Knows describe and layout, nothing of what was typed.

use std::collections::HashSet;

use crate::domain::draft::Draft;
use crate::domain::schema::{Field, FieldType, LayoutItem, ObjectForm, Operation};

/// One line of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// Starts a section.
    Heading(String),
    /// Chooses the record type of a new record.
    RecordType,
    /// A field.
    Field(FieldRow),
}

/// A field's line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldRow {
    /// Its place in the object's fields.
    pub field: usize,
    /// Needs a value.
    pub required: bool,
    /// Shown only.
    pub read_only: bool,
}

impl Row {
    /// The cursor may stand here.
    pub fn takes_focus(&self) -> bool {
        match self {
            Row::Heading(_) => false,
            Row::RecordType => true,
            Row::Field(row) => !row.read_only,
        }
    }
}

/// The lines for a draft.
pub fn rows(form: &ObjectForm, draft: &Draft) -> Vec<Row> {
    let mut lines = Lines {
        form,
        operation: draft.operation(),
        seen: HashSet::new(),
        rows: Vec::new(),
    };
    if lines.operation == Operation::Create && available_types(form) > 1 {
        lines.rows.push(Row::RecordType);
    }
    match form.layout(draft.record_type()) {
        Some(layout) if !layout.sections.is_empty() => {
            for section in &layout.sections {
                lines.section(&section.heading, &section.items);
            }
            lines.also_required();
        }
        _ => {
            lines.also_required();
            lines.everything();
        }
    }
    lines.rows
}

/// A line for a field that has none.
pub fn extra(form: &ObjectForm, draft: &Draft, field: usize) -> [Row; 2] {
    let required = form.schema.fields.get(field).is_some_and(is_needed);
    let operation = draft.operation();
    let editable = form
        .schema
        .fields
        .get(field)
        .is_some_and(|field| field.is_editable(operation));
    [
        Row::Heading("Not on the layout".to_owned()),
        Row::Field(FieldRow {
            field,
            required,
            read_only: !editable,
        }),
    ]
}

/// Record types the user may create with.
fn available_types(form: &ObjectForm) -> usize {
    let types = &form.schema.record_types;
    types.iter().filter(|kind| kind.available).count()
}

/// Describe wants a value, on a new record or a changed one.
fn is_needed(field: &Field) -> bool {
    field.is_required() || (!field.nillable && field.updateable && field.kind != FieldType::Boolean)
}

struct Lines<'a> {
    form: &'a ObjectForm,
    operation: Operation,
    seen: HashSet<usize>,
    rows: Vec<Row>,
}

impl Lines<'_> {
    fn section(&mut self, heading: &str, items: &[LayoutItem]) {
        let before = self.rows.len();
        for item in items {
            for place in self.parts(&item.field) {
                self.field(place, item);
            }
        }
        self.head(before, heading);
    }

    /// Puts a heading over the lines added since; none over nothing.
    fn head(&mut self, before: usize, heading: &str) {
        if self.rows.len() > before && !heading.trim().is_empty() {
            self.rows.insert(before, Row::Heading(heading.to_owned()));
        }
    }

    /// A compound field is edited by its parts.
    fn parts(&self, name: &str) -> Vec<usize> {
        let fields = &self.form.schema.fields;
        let parts: Vec<usize> = (0..fields.len())
            .filter(|place| {
                let field = &fields[*place];
                field.compound.as_deref() == Some(name)
                    && field.api_name != name
                    && field.is_editable(self.operation)
            })
            .collect();
        if !parts.is_empty() {
            return parts;
        }
        fields
            .iter()
            .position(|field| field.api_name.eq_ignore_ascii_case(name))
            .into_iter()
            .collect()
    }

    fn field(&mut self, place: usize, item: &LayoutItem) {
        let Some(field) = self.form.schema.fields.get(place) else {
            return;
        };
        let is_type = field.api_name == "RecordTypeId";
        let read_only = item.read_only || is_type || !field.is_editable(self.operation);
        // A new record has nothing to show in a field nobody can fill.
        if read_only && self.operation == Operation::Create {
            return;
        }
        if self.seen.insert(place) {
            self.rows.push(Row::Field(FieldRow {
                field: place,
                required: !read_only && (item.required || is_needed(field)),
                read_only,
            }));
        }
    }

    /// Fields describe wants a value for and no section showed.
    fn also_required(&mut self) {
        let before = self.rows.len();
        let operation = self.operation;
        self.add(|field| is_needed(field) && field.is_editable(operation));
        self.head(before, "Required");
    }

    fn everything(&mut self) {
        let before = self.rows.len();
        let operation = self.operation;
        self.add(|field| field.is_editable(operation));
        self.head(before, "Fields");
    }

    fn add(&mut self, wanted: impl Fn(&Field) -> bool) {
        let item = LayoutItem::default();
        for (place, field) in self.form.schema.fields.iter().enumerate() {
            if wanted(field) {
                self.field(place, &item);
            }
        }
    }
}
