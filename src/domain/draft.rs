//! A form not sent yet: what was typed, against what the record held.

use std::collections::BTreeMap;

use jiff::Zoned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::id::RecordId;
use super::record::{Fields, Record};
use super::schema::{Field, FieldType, ObjectForm, ObjectSchema, Operation, PicklistValue};
use super::text;
use super::value::{self, Problem};
use super::write::{Write, WriteStep};

/// A form being filled in. Keeps the text as typed, right or wrong; turning it into
/// values is `check`'s work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// API name of the object.
    pub object: String,
    /// New record or which one.
    pub target: Target,
    /// What was typed, by field API name; only fields that were touched.
    pub entries: BTreeMap<String, Entry>,
}

/// What a draft is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "to", rename_all = "lowercase")]
pub enum Target {
    /// A new record.
    Create {
        /// Its record type; `None` is the user's default or the master.
        record_type: Option<RecordId>,
    },
    /// A record as it was read.
    Update {
        /// The record with the values the form started from.
        base: Record,
    },
}

/// What the user put into one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "as", rename_all = "lowercase")]
pub enum Entry {
    /// Text, to be read by the field's type; empty clears.
    Typed {
        /// As typed.
        text: String,
    },
    /// A value picked from a list or a lookup.
    Chosen {
        /// What is sent.
        value: Value,
        /// What is shown.
        label: String,
    },
}

/// A draft on disk: of a form or of a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedDraft {
    /// One draft per key: `edit:003…`, `new:Contact`, `log:003…`, `fix:01a2…:0`.
    pub key: String,
    /// One line for the list of drafts.
    pub title: String,
    /// When it was last saved.
    pub saved: jiff::Timestamp,
    /// The form or the log.
    pub content: DraftContent,
}

/// What a saved draft holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DraftContent {
    /// An edit or create form.
    Form(Draft),
    /// A half-typed log.
    Log(super::activity::LogEntry),
}

/// One real difference between the record and the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// API name.
    pub field: String,
    /// The field's label.
    pub label: String,
    /// What the record shows now; empty on a new record.
    pub before: String,
    /// What it would show; empty where the field is cleared.
    pub after: String,
    /// What is sent; null clears.
    pub value: Value,
}

impl Draft {
    /// An empty form for a new record.
    pub fn create(object: &str, record_type: Option<RecordId>) -> Self {
        Self {
            object: object.to_owned(),
            target: Target::Create { record_type },
            entries: BTreeMap::new(),
        }
    }

    /// A form over a record as it was read.
    pub fn update(base: Record) -> Self {
        Self {
            object: base.object.clone(),
            target: Target::Update { base },
            entries: BTreeMap::new(),
        }
    }

    /// Takes typed text for a field (API name).
    pub fn type_text(&mut self, field: &str, text: &str) {
        let text = text.to_owned();
        self.entries.insert(field.to_owned(), Entry::Typed { text });
    }

    /// Takes a value picked from a list or a lookup, with the text that shows it.
    pub fn choose(&mut self, field: &str, value: Value, label: &str) {
        let label = label.to_owned();
        self.entries
            .insert(field.to_owned(), Entry::Chosen { value, label });
    }

    /// Forgets what was put into a field.
    pub fn revert(&mut self, field: &str) {
        self.entries.remove(field);
    }

    /// Something was put into the field, even if it is what the record holds.
    pub fn is_touched(&self, field: &str) -> bool {
        self.entries.contains_key(field)
    }

    /// No field was touched.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The record the form started from.
    pub fn base(&self) -> Option<&Record> {
        match &self.target {
            Target::Create { .. } => None,
            Target::Update { base } => Some(base),
        }
    }

    /// Create or update.
    pub fn operation(&self) -> Operation {
        match self.target {
            Target::Create { .. } => Operation::Create,
            Target::Update { .. } => Operation::Update,
        }
    }

    /// Id of the record type in force: one put into the form, else the record's, else
    /// the one chosen for a new record. `None` where the org's default applies.
    pub fn record_type(&self) -> Option<&str> {
        match (self.entries.get("RecordTypeId"), &self.target) {
            (Some(Entry::Chosen { value, .. }), _) => value.as_str(),
            (Some(Entry::Typed { text }), _) => Some(text.trim()),
            (None, Target::Create { record_type }) => record_type.as_ref().map(RecordId::as_str),
            (None, Target::Update { base }) => base.text("RecordTypeId"),
        }
    }

    /// Names the draft in the store: `edit:003…` or `new:Contact`.
    pub fn key(&self) -> String {
        match self.base().map(|base| base.id) {
            Some(Some(id)) => format!("edit:{id}"),
            Some(None) => format!("edit:{}", self.object),
            None => format!("new:{}", self.object),
        }
    }

    /// One line naming the form: `edit Contact 'Lena Ortiz'`, `new Contact`.
    pub fn title(&self, schema: &ObjectSchema, now: &Zoned) -> String {
        let verb = match self.operation() {
            Operation::Create => "new",
            Operation::Update => "edit",
        };
        format!("{verb} {}", self.name(schema, now))
    }

    /// What stands in the field's editor: what was typed or chosen, else the record's
    /// value, else the start value of a new record.
    pub fn text(&self, field: &Field, now: &Zoned) -> String {
        match self.entries.get(&field.api_name) {
            Some(Entry::Typed { text }) => text.clone(),
            Some(Entry::Chosen { label, .. }) => label.clone(),
            None => self.untouched_text(field, now),
        }
    }

    /// The record's value as it is shown; empty on a new record.
    pub fn before(&self, field: &Field, now: &Zoned) -> String {
        self.base()
            .map(|base| value::in_record(field, base, now))
            .unwrap_or_default()
    }

    /// The value the field would have if the form were saved.
    pub fn value(&self, field: &Field, now: &Zoned) -> Result<Value, Problem> {
        match self.entries.get(&field.api_name) {
            None => Ok(self.start_value(field)),
            Some(Entry::Chosen { value, .. }) => Ok(value.clone()),
            // Typed back to how it was, it is the record's value even if no parser would
            // take it today: an inactive pick-list value, a parent's name.
            Some(Entry::Typed { text }) if *text == self.untouched_text(field, now) => {
                Ok(self.start_value(field))
            }
            Some(Entry::Typed { text }) => value::parse(field, text, now),
        }
    }

    /// Values the field's pick list takes, given record type and controlling field.
    pub fn choices<'a>(
        &self,
        field: &'a Field,
        form: &'a ObjectForm,
        now: &Zoned,
    ) -> Vec<&'a PicklistValue> {
        let controller = field
            .controller
            .as_deref()
            .and_then(|name| form.schema.field(name))
            .and_then(|controller| self.value(controller, now).ok());
        let controlling = match &controller {
            Some(Value::String(value)) => Some(value.as_str()),
            Some(Value::Bool(true)) => Some("true"),
            _ => None,
        };
        form.choices(field, self.record_type(), controlling)
    }

    /// The field was touched and differs from the record; text that cannot be read does.
    pub fn is_changed(&self, field: &Field, now: &Zoned) -> bool {
        let differs = |after: Result<Value, Problem>| {
            after.map_or(true, |after| !self.is_no_change(field, &after))
        };
        self.is_touched(&field.api_name) && differs(self.value(field, now))
    }

    /// Real differences only, in the object's field order. A field whose text cannot be
    /// read is not among them: `validate::check` speaks of it.
    pub fn changes(&self, schema: &ObjectSchema, now: &Zoned) -> Vec<Change> {
        schema
            .fields
            .iter()
            .filter(|field| self.is_touched(&field.api_name))
            .filter_map(|field| self.change(field, now))
            .collect()
    }

    /// The write that saves the form; `None` where an update would change nothing. Does
    /// not check: `validate::check` comes first.
    pub fn to_write(&self, schema: &ObjectSchema, now: &Zoned) -> Option<Write> {
        let changes = self.changes(schema, now);
        let mut fields: Fields = Fields::new();
        let object = self.object.clone();
        let step = match &self.target {
            Target::Create { record_type } => {
                if let Some(id) = record_type {
                    fields.insert("RecordTypeId".to_owned(), Value::from(id.as_str()));
                }
                fields.extend(sent(&changes));
                WriteStep::Create { object, fields }
            }
            Target::Update { base } => {
                fields.extend(sent(&changes));
                let base_modified = base.text("LastModifiedDate").map(str::to_owned);
                let held = |name: &String| Some((name.clone(), base.fields.get(name)?.clone()));
                let held = fields.keys().filter_map(held).collect();
                WriteStep::Update {
                    object,
                    id: base.id.filter(|_| !changes.is_empty())?,
                    fields,
                    base_modified,
                    base: held,
                }
            }
        };
        Some(Write {
            summary: self.summary(&changes, schema, now),
            steps: vec![step],
            allow_duplicates: false,
        })
    }

    fn change(&self, field: &Field, now: &Zoned) -> Option<Change> {
        let after = self.value(field, now).ok()?;
        let before = self.before(field, now);
        if self.is_no_change(field, &after) {
            return None;
        }
        let shown = match self.entries.get(&field.api_name) {
            Some(Entry::Chosen { label, value }) if !value.is_null() => {
                text::line(label).into_owned()
            }
            _ => value::display(field, Some(&after), now),
        };
        Some(Change {
            field: field.api_name.clone(),
            label: text::line(field.title()).into_owned(),
            before,
            after: shown,
            value: after,
        })
    }

    /// On a new record a value is sent even if it is the default, which may be the org's
    /// for this user only; an empty one is left out unless it clears a default.
    fn is_no_change(&self, field: &Field, after: &Value) -> bool {
        match &self.target {
            Target::Create { .. } => after.is_null() && field.start_value().is_none(),
            Target::Update { .. } if self.is_unread(field) => false,
            Target::Update { base } => {
                let held = base.value(&field.api_name).unwrap_or(&Value::Null);
                value::same(field, held, after)
            }
        }
    }

    /// What the record holds here was never read, so nothing typed is known to be the
    /// same: a script's update knows the id alone.
    pub(super) fn is_unread(&self, field: &Field) -> bool {
        self.base()
            .is_some_and(|base| !base.fields.contains_key(&field.api_name))
    }

    fn start_value(&self, field: &Field) -> Value {
        let start = match self.base() {
            Some(base) => base.value(&field.api_name).cloned(),
            None => field.start_value(),
        };
        start.unwrap_or(Value::Null)
    }

    fn untouched_text(&self, field: &Field, now: &Zoned) -> String {
        match self.base() {
            Some(base) if field.kind == FieldType::Reference => value::in_record(field, base, now),
            _ => value::edit_text(field, Some(&self.start_value(field)), now),
        }
    }

    /// `Contact 'Lena Ortiz'`, as far as it is known.
    fn name(&self, schema: &ObjectSchema, now: &Zoned) -> String {
        let label = match schema.summary.label.as_str() {
            "" => text::line(&self.object),
            label => text::line(label),
        };
        let name = match (self.base(), schema.name_field()) {
            (Some(base), Some(field)) => value::in_record(field, base, now),
            (None, Some(_)) => self.typed_name(schema, now),
            (_, None) => String::new(),
        };
        match name.is_empty() {
            true => label.into_owned(),
            false => format!("{label} '{name}'"),
        }
    }

    /// The name a new record will have: its name field, or a person's two parts.
    fn typed_name(&self, schema: &ObjectSchema, now: &Zoned) -> String {
        let field = schema
            .name_field()
            .map_or("", |field| field.api_name.as_str());
        let parts: Vec<String> = [field, "FirstName", "LastName"]
            .into_iter()
            .filter_map(|name| schema.field(name))
            .map(|field| text::line(&self.text(field, now)).trim().to_owned())
            .filter(|part| !part.is_empty())
            .collect();
        parts.join(" ")
    }

    fn summary(&self, changes: &[Change], schema: &ObjectSchema, now: &Zoned) -> String {
        let name = self.name(schema, now);
        match self.operation() {
            Operation::Create => format!("create {name}"),
            Operation::Update => {
                let labels: Vec<&str> =
                    changes.iter().map(|change| change.label.as_str()).collect();
                format!("update {name}: {}", labels.join(", "))
            }
        }
    }
}

fn sent(changes: &[Change]) -> impl Iterator<Item = (String, Value)> {
    changes
        .iter()
        .map(|change| (change.field.clone(), change.value.clone()))
}

#[cfg(test)]
mod tests;
