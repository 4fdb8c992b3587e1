//! What must be right before a form is sent: everything the org's own describe and
//! layouts let us know. Rules that live only in the org answer as failures instead.

use jiff::Zoned;
use serde_json::Value;

use super::draft::Draft;
use super::id::RecordId;
use super::schema::{
    Field, FieldType, LayoutItem, ObjectForm, ObjectSchema, ObjectSummary, Operation,
    object_with_prefix,
};
use super::suggest;
use super::text;
use super::value::{self, Problem};

/// Everything wrong with a draft, in layout order, then fields not on the layout.
///
/// `objects` is describe global, to tell which object an id belongs to; empty leaves
/// references to the org.
pub fn check(
    draft: &Draft,
    form: &ObjectForm,
    objects: &[ObjectSummary],
    now: &Zoned,
) -> Vec<Problem> {
    let layout = form.layout(draft.record_type());
    let items: Vec<&LayoutItem> = layout
        .into_iter()
        .flat_map(|layout| &layout.sections)
        .flat_map(|section| &section.items)
        .collect();
    let place = |name: &str| {
        let at = items
            .iter()
            .position(|item| item.field.eq_ignore_ascii_case(name));
        at.unwrap_or(usize::MAX)
    };
    let mut fields: Vec<&Field> = form.schema.fields.iter().collect();
    fields.sort_by_key(|field| place(&field.api_name));
    let check = Check {
        draft,
        form,
        objects,
        now,
    };
    let mut problems: Vec<Problem> = fields
        .into_iter()
        .filter_map(|field| {
            let item = items.iter().find(|item| item.field == field.api_name);
            check.field(field, item.copied())
        })
        .collect();
    problems.extend(check.unknown_fields());
    problems.extend(check.event_times(&problems));
    problems
}

/// Puts `Field=value` pairs of the command line into a draft, to be checked and written
/// like any form. Names may be API names in any letter case, or labels.
pub fn fill(
    draft: &mut Draft,
    pairs: &[(String, String)],
    schema: &ObjectSchema,
) -> Result<(), Vec<Problem>> {
    let mut problems = Vec::new();
    for (name, typed) in pairs {
        match resolve(name, schema) {
            Ok(field) => draft.type_text(&field.api_name, typed),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems)
    }
}

/// The field a name means: by API name, or by a label no other field has.
pub fn resolve<'a>(name: &str, schema: &'a ObjectSchema) -> Result<&'a Field, Problem> {
    let name = name.trim();
    if let Some(field) = schema.field(name) {
        return Ok(field);
    }
    let lower = name.to_lowercase();
    let mut labelled = schema.fields.iter().filter(|field| {
        [field.title(), &field.label]
            .iter()
            .any(|name| name.to_lowercase() == lower)
    });
    match (labelled.next(), labelled.next()) {
        (Some(field), None) => Ok(field),
        _ => Err(unknown_field(name, schema)),
    }
}

fn unknown_field(name: &str, schema: &ObjectSchema) -> Problem {
    let names = schema.fields.iter().map(|field| field.api_name.as_str());
    let object = match schema.summary.api_name.as_str() {
        "" => "the object",
        name => name,
    };
    let shown = text::clip(name, 60, "…");
    let message = match suggest::nearest(name, names) {
        Some(near) => format!("no field `{shown}` on {object}; did you mean `{near}`?"),
        None => format!("no field `{shown}` on {object}, or you may not see it"),
    };
    Problem::new(name, message)
}

/// What one check looks at.
struct Check<'a> {
    draft: &'a Draft,
    form: &'a ObjectForm,
    objects: &'a [ObjectSummary],
    now: &'a Zoned,
}

impl Check<'_> {
    fn field(&self, field: &Field, item: Option<&LayoutItem>) -> Option<Problem> {
        let touched = self.draft.is_touched(&field.api_name);
        if !touched && self.draft.operation() == Operation::Update {
            return self.stranded_value(field);
        }
        let value = match self.draft.value(field, self.now) {
            Ok(value) => value,
            Err(problem) => return Some(problem),
        };
        if touched && self.is_changed(field, &value) && !field.is_editable(self.draft.operation()) {
            return Some(Problem::new(
                &field.api_name,
                "is read-only for you; leave it as it is",
            ));
        }
        if value.is_null() {
            return self.empty(field, item);
        }
        if touched {
            return self
                .choice(field, &value)
                .or_else(|| self.reference(field, &value));
        }
        None
    }

    fn is_changed(&self, field: &Field, value: &Value) -> bool {
        if self.draft.is_unread(field) {
            return self.draft.is_touched(&field.api_name);
        }
        let held = self
            .draft
            .base()
            .and_then(|base| base.value(&field.api_name));
        !value::same(field, held.unwrap_or(&Value::Null), value)
    }

    /// Required by describe, or by the layout where the user could fill it.
    fn empty(&self, field: &Field, item: Option<&LayoutItem>) -> Option<Problem> {
        let operation = self.draft.operation();
        if field.kind == FieldType::Boolean || !field.is_editable(operation) {
            return None;
        }
        let by_layout = item.is_some_and(|item| item.required && !item.read_only);
        let wanted = match operation {
            // An empty default is one the user took away.
            Operation::Create if self.draft.is_touched(&field.api_name) => {
                by_layout || !field.nillable
            }
            Operation::Create => field.is_required() || (by_layout && !field.defaulted_on_create),
            Operation::Update => {
                self.is_changed(field, &Value::Null) && (by_layout || !field.nillable)
            }
        };
        wanted.then(|| Problem::new(&field.api_name, "required; type a value"))
    }

    /// The value is one the pick list takes for this record type and controlling value.
    /// The API does not enforce the controlling field, so it is done here.
    fn choice(&self, field: &Field, value: &Value) -> Option<Problem> {
        if !field.kind.is_choice() || !self.is_changed(field, value) {
            return None;
        }
        let taken = self.draft.choices(field, self.form, self.now);
        let odd = value
            .as_str()?
            .split(';')
            .find(|part| !taken.iter().any(|entry| entry.value == *part))?;
        Some(self.wrong_choice(field, odd))
    }

    /// An untouched dependent value that a changed controller no longer allows.
    fn stranded_value(&self, field: &Field) -> Option<Problem> {
        let controller = field.controller.as_deref()?;
        if !field.kind.is_choice() || !self.draft.is_touched(controller) {
            return None;
        }
        let controlling = self.form.schema.field(controller)?;
        let now_controlling = self.draft.value(controlling, self.now).ok()?;
        if !self.is_changed(controlling, &now_controlling) {
            return None;
        }
        let held = self.draft.base()?.text(&field.api_name)?;
        let taken = self.draft.choices(field, self.form, self.now);
        let odd = held
            .split(';')
            .find(|part| !taken.iter().any(|entry| entry.value == *part))?;
        Some(self.wrong_choice(field, odd))
    }

    fn wrong_choice(&self, field: &Field, odd: &str) -> Problem {
        let odd = text::clip(odd, 40, "…");
        let controller = field
            .controller
            .as_deref()
            .and_then(|name| self.form.schema.field(name))
            .filter(|_| {
                field
                    .picklist
                    .iter()
                    .any(|entry| entry.value == odd && entry.active)
            });
        let message = match controller {
            Some(controller) => format!(
                "`{odd}` does not go with {} as it is set; pick another value",
                text::line(controller.title())
            ),
            None => format!("`{odd}` is not a value for this record; pick one from the list"),
        };
        Problem::new(&field.api_name, message)
    }

    /// The id belongs to an object the field may point to.
    fn reference(&self, field: &Field, value: &Value) -> Option<Problem> {
        if field.kind != FieldType::Reference || field.reference_to.is_empty() {
            return None;
        }
        let wrong = |message: String| Some(Problem::new(&field.api_name, message));
        let Some(id) = value
            .as_str()
            .and_then(|text| text.parse::<RecordId>().ok())
        else {
            return wrong("not a record id; pick a record".to_owned());
        };
        if self.objects.is_empty() {
            return None;
        }
        let wanted = field.reference_to.join(" or ");
        match object_with_prefix(self.objects, id.prefix()) {
            Some(object) if field.reference_to.contains(&object.api_name) => None,
            Some(object) => wrong(format!(
                "is an id of {}; this field takes {wanted}",
                text::line(&object.label)
            )),
            None if self.has_all_prefixes(field) => wrong(format!(
                "no object's ids start with `{}`; this field takes {wanted}",
                id.prefix()
            )),
            None => None,
        }
    }

    /// Every target's prefix is known, so an unknown prefix is wrong for certain.
    fn has_all_prefixes(&self, field: &Field) -> bool {
        field.reference_to.iter().all(|name| {
            self.objects
                .iter()
                .any(|object| object.api_name == *name && object.key_prefix.is_some())
        })
    }

    fn unknown_fields(&self) -> Vec<Problem> {
        self.draft
            .entries
            .keys()
            .filter(|name| self.form.schema.field(name).is_none())
            .map(|name| unknown_field(name, &self.form.schema))
            .collect()
    }

    /// Describe marks every time field of an Event as optional, yet the org wants a start
    /// and a duration or end (API reference, "Event").
    fn event_times(&self, found: &[Problem]) -> Option<Problem> {
        if self.draft.object != "Event" || self.draft.operation() != Operation::Create {
            return None;
        }
        if self.is_set("IsAllDayEvent") && self.is_set("ActivityDate") {
            return None;
        }
        let missing = if !self.is_set("StartDateTime") && !self.is_set("ActivityDateTime") {
            Problem::new(
                "StartDateTime",
                "required; type a day and time such as fri 14:30",
            )
        } else if !self.is_set("EndDateTime") && !self.is_set("DurationInMinutes") {
            Problem::new("DurationInMinutes", "required, or an end; type the minutes")
        } else {
            return None;
        };
        let known = found.iter().any(|problem| problem.field == missing.field);
        (!known).then_some(missing)
    }

    fn is_set(&self, name: &str) -> bool {
        let field = self.form.schema.field(name);
        let value = field.and_then(|field| self.draft.value(field, self.now).ok());
        value.is_some_and(|value| !value.is_null() && value != Value::Bool(false))
    }
}

#[cfg(test)]
mod tests;
