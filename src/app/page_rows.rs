//! A record's page as rows of label and value: the layout's sections in order, then
//! what the layout leaves out. Knows neither widths nor colours.

use jiff::Zoned;

use crate::domain::id::RecordId;
use crate::domain::record::{Link, Record};
use crate::domain::schema::{Field, FieldType, LayoutItem, ObjectSchema};
use crate::domain::{text, value};
use crate::job::Page;

use super::org::Org;

/// One row of the sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageRow {
    /// A section begins.
    Heading(String),
    /// A field, or the fields of a compound one.
    Field(FieldRow),
}

/// A label with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldRow {
    /// API names of what is shown; more than one for a compound field.
    pub fields: Vec<String>,
    /// The label in the user's language.
    pub label: String,
    /// Safe for the screen; may have several lines; empty when the record has no value.
    pub value: String,
    /// The record a reference points to.
    pub parent: Option<Link>,
}

/// Heading over the fields no section names.
const OTHERS: &str = "Other fields";
/// Stands for a field that the layout names and the user may not see.
pub const NO_ACCESS: &str = "(no access)";

/// The rows of a page.
pub fn rows(page: &Page, org: &Org, now: &Zoned) -> Vec<PageRow> {
    let mut sheet = Sheet {
        record: &page.record,
        schema: &page.form.schema,
        org,
        now,
        seen: Vec::new(),
    };
    let layout = page.form.layout(page.record.text("RecordTypeId"));
    let mut rows = Vec::new();
    for section in layout.map_or(&[][..], |layout| &layout.sections) {
        rows.push(PageRow::Heading(text::line(&section.heading).into_owned()));
        rows.extend(section.items.iter().filter_map(|item| sheet.item(item)));
    }
    rows.push(PageRow::Heading(OTHERS.to_owned()));
    rows.extend(sheet.others());
    rows
}

struct Sheet<'a> {
    record: &'a Record,
    schema: &'a ObjectSchema,
    org: &'a Org,
    now: &'a Zoned,
    /// API names that have their row.
    seen: Vec<String>,
}

impl<'a> Sheet<'a> {
    fn item(&mut self, item: &LayoutItem) -> Option<PageRow> {
        let row = match self.schema.field(&item.field) {
            Some(field) => self.field(field)?,
            None if self.is_seen(&item.field) => return None,
            None => FieldRow {
                fields: vec![item.field.clone()],
                label: text::line(&item.field).into_owned(),
                value: NO_ACCESS.to_owned(),
                parent: None,
            },
        };
        self.seen.extend(row.fields.iter().cloned());
        Some(PageRow::Field(row))
    }

    /// Fields with values that no section names, in describe's order.
    fn others(&mut self) -> Vec<PageRow> {
        let schema = self.schema;
        let mut rows = Vec::new();
        for field in &schema.fields {
            let Some(row) = self.field(field).filter(|row| !row.value.is_empty()) else {
                continue;
            };
            self.seen.extend(row.fields.iter().cloned());
            rows.push(PageRow::Field(row));
        }
        rows
    }

    /// The field's row, or its compound's; `None` when that stands already.
    fn field(&self, field: &Field) -> Option<FieldRow> {
        if self.is_seen(&field.api_name) {
            return None;
        }
        let base = field.compound.as_deref().unwrap_or(&field.api_name);
        let parts: Vec<&Field> = self.parts(base).collect();
        if parts.len() > 1 {
            return Some(self.compound(base, &parts));
        }
        Some(FieldRow {
            fields: vec![field.api_name.clone()],
            label: text::line(field.title()).into_owned(),
            value: value::in_record(field, self.record, self.now),
            parent: self.parent(field),
        })
    }

    fn parts(&self, base: &str) -> impl Iterator<Item = &'a Field> {
        self.schema
            .fields
            .iter()
            .filter(move |field| field.compound.as_deref() == Some(base))
    }

    /// One row for a name or an address and its parts.
    fn compound(&self, base: &str, parts: &[&Field]) -> FieldRow {
        let whole = self.schema.field(base);
        let shown = whole
            .map(|field| value::in_record(field, self.record, self.now))
            .filter(|shown| !shown.is_empty())
            .unwrap_or_else(|| self.joined(parts));
        let mut fields: Vec<String> = parts.iter().map(|part| part.api_name.clone()).collect();
        fields.push(base.to_owned());
        FieldRow {
            fields,
            label: text::line(whole.map_or(base, Field::title)).into_owned(),
            value: shown,
            parent: None,
        }
    }

    /// The parts' values: coordinates of an address tell a reader nothing.
    fn joined(&self, parts: &[&Field]) -> String {
        parts
            .iter()
            .filter(|part| !matches!(part.kind, FieldType::Double))
            .map(|part| value::in_record(part, self.record, self.now))
            .filter(|shown| !shown.is_empty())
            .collect::<Vec<_>>()
            .join(", ")
    }

    fn parent(&self, field: &Field) -> Option<Link> {
        if field.kind != FieldType::Reference {
            return None;
        }
        let id: RecordId = self.record.text(&field.api_name)?.parse().ok()?;
        let object = match field.reference_to.as_slice() {
            [one] => one.clone(),
            _ => self.org.object_of_prefix(id.prefix())?.api_name.clone(),
        };
        let name = field
            .relationship
            .as_deref()
            .and_then(|parent| self.record.text(&format!("{parent}.Name")))
            .unwrap_or(id.as_str())
            .to_owned();
        Some(Link { object, id, name })
    }

    fn is_seen(&self, api_name: &str) -> bool {
        self.seen
            .iter()
            .any(|seen| seen.eq_ignore_ascii_case(api_name))
    }
}

/// The record's name as its page tells it.
pub fn name(page: &Page) -> Option<&str> {
    let field = page.form.schema.name_field()?;
    page.record.text(&field.api_name)
}
