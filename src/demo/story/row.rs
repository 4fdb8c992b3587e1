//! One row of the story and how it is put together.

use serde_json::Value;

/// One record in wire form: dates `2026-11-22`, date-times `2026-05-01T07:25:37.000+0000`,
/// times `13:45:00.000Z`, multi-picklists `a;b`, base64 text for content.
#[derive(Debug, Clone, PartialEq)]
pub struct SeedRow {
    /// API name of its object.
    pub object: &'static str,
    /// API names and values, `Id` first. Fields not listed are null, checkboxes their default.
    pub fields: Vec<(&'static str, Value)>,
}

impl SeedRow {
    /// The record's id.
    pub fn id(&self) -> &str {
        self.text("Id").unwrap_or_default()
    }

    /// A field's value, when the row lists it.
    pub fn value(&self, field: &str) -> Option<&Value> {
        self.fields
            .iter()
            .find(|(name, _)| *name == field)
            .map(|(_, value)| value)
    }

    /// A field's value, when it is text.
    pub fn text(&self, field: &str) -> Option<&str> {
        self.value(field)?.as_str()
    }

    pub(super) fn new(object: &'static str, id: impl Into<Value>) -> Self {
        let fields = vec![("Id", id.into())];
        Self { object, fields }
    }

    pub(super) fn with(mut self, field: &'static str, value: impl Into<Value>) -> Self {
        self.fields.push((field, value.into()));
        self
    }

    /// Adds who made and changed the record, and when.
    pub(super) fn stamped(self, by: &str, created: &str, modified: &str) -> Self {
        self.with("CreatedDate", created)
            .with("CreatedById", by)
            .with("LastModifiedDate", modified)
            .with("LastModifiedById", by)
            .with("SystemModstamp", modified)
    }

    pub(super) fn set(&mut self, field: &'static str, value: impl Into<Value>) {
        match self.fields.iter_mut().find(|(name, _)| *name == field) {
            Some((_, old)) => *old = value.into(),
            None => self.fields.push((field, value.into())),
        }
    }
}
