//! Custom fields made, changed and deleted: names, duplicates, limits, dependencies. What
//! the table does about it is in [`column`].

use serde_json::{Map, Value};

use super::column;
use super::metadata::field_id;
use super::spec::{TYPES, Wanted, integrity};
use crate::demo::call::Call;
use crate::demo::error::Refusal;
use crate::demo::rights::setup::is_developer_name;
use crate::demo::routes::object_body;
use crate::demo::schema::{FieldDef, ObjectDef, Schema, change};
use crate::demo::soql;
use crate::demo::soql::plan::Bin;
use crate::demo::soql::run;
use crate::demo::store;
use crate::demo::wire::Request;

/// Custom fields of one object, at most, as in an Enterprise Edition.
const MOST: usize = 500;
/// Letters of a name before `__c`.
const LONGEST: usize = 40;

/// Makes a field; gives its id.
///
/// # Errors
/// What the name or the metadata get wrong.
pub(super) fn create(call: &Call<'_>, request: &Request) -> Result<String, Refusal> {
    let body = object_body(request)?;
    let full = body
        .get("FullName")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if full.is_empty() {
        let text = "Required fields are missing: [FullName]";
        return Err(Refusal::row("REQUIRED_FIELD_MISSING", text, &["FullName"]));
    }
    let metadata = metadata_of(&body, request)?;
    let (object, name) = full.split_once('.').ok_or_else(|| bad_name(full))?;
    let stem = name.strip_suffix("__c").ok_or_else(|| bad_name(name))?;
    if let Some((prefix, rest)) = stem.split_once("__") {
        let text = format!(
            "Full name {object}.{rest}__c does not match the full name {object}.{prefix}__{rest}__c"
        );
        return Err(integrity(text));
    }
    if stem.chars().count() > LONGEST || !is_developer_name(stem) {
        return Err(bad_name(name));
    }
    let objects = targets(call, object)?;
    for object in &objects {
        if object.field(name).is_some() {
            let text = format!("There is already a field named {stem} on {}.", object.label);
            return Err(Refusal::row(
                "DUPLICATE_DEVELOPER_NAME",
                text,
                &["FullName"],
            ));
        }
        let custom = object
            .fields
            .iter()
            .filter(|field| field.name.ends_with("__c"));
        if custom.count() >= MOST {
            let text = format!(
                "You have reached the maximum number of custom fields for {}.",
                object.label
            );
            return Err(Refusal::row("CUSTOM_ENTITY_OR_FIELD_LIMIT", text, &[]));
        }
    }
    let id = store::next_id(call.db, "00N")?;
    for object in objects {
        let wanted = Wanted {
            schema: call.whole,
            object,
            name,
            id: &id,
            metadata,
        };
        let (lines, next) = planned(call, &wanted)?;
        let made = next.object(&object.name).ok_or_else(Refusal::not_found)?;
        column::make(call.db, &next, (made, name))?;
        column::start_numbers(call.db, made, name, metadata)?;
        change::keep(call.db, &lines)?;
    }
    call.schema_is_changed();
    Ok(id)
}

/// Changes a field: the metadata given are all it has then.
///
/// # Errors
/// 404 for an unknown id; changes of type that would lose values.
pub(super) fn update(call: &Call<'_>, id: &str, request: &Request) -> Result<(), Refusal> {
    let body = object_body(request)?;
    let found = by_id(call, id)?;
    let metadata = metadata_of(&body, request)?;
    for (object, field) in found {
        let full = format!("{}.{}", object.name, field.name);
        if let Some(said) = body.get("FullName").and_then(Value::as_str)
            && said.rsplit('.').next() != Some(&field.name)
        {
            return Err(integrity(format!(
                "Full name {said} does not match the full name {full}"
            )));
        }
        let wanted = Wanted {
            schema: call.whole,
            object,
            name: &field.name,
            id,
            metadata,
        };
        let (lines, next) = planned(call, &wanted)?;
        let made = next
            .object(&object.name)
            .and_then(|object| object.field(&field.name))
            .ok_or_else(Refusal::not_found)?;
        if made.kind != field.kind && is_used(call.whole, object, field) {
            let text = format!("Cannot change the type of {full}: it is referenced elsewhere.");
            return Err(Refusal::row(
                "CANNOT_CHANGE_FIELD_TYPE_OF_REFERENCED_FIELD",
                text,
                &[],
            ));
        }
        column::convert(call.db, object, (field, made))?;
        change::keep(call.db, &lines)?;
    }
    call.schema_is_changed();
    Ok(())
}

/// Deletes a field and what was said about it.
///
/// # Errors
/// 404 for an unknown id; `DEPENDENCY_EXISTS` while something uses it.
pub(super) fn delete(call: &Call<'_>, id: &str) -> Result<(), Refusal> {
    for (object, field) in by_id(call, id)? {
        if is_used(call.whole, object, field) {
            let text = "This custom field is referenced elsewhere in salesforce.com. Remove the usage and try again.";
            return Err(Refusal::row("DEPENDENCY_EXISTS", text, &[]));
        }
        let parts = object.parts_of(&field.name).map(|part| part.name.as_str());
        let lines: Vec<String> = parts
            .chain([field.name.as_str()])
            .map(|name| format!("  drop {name}"))
            .collect();
        let full = format!("{}.{}", object.name, field.name);
        call.db
            .execute("DELETE FROM FieldPermissions WHERE Field = ?1", [&full])?;
        change::keep(
            call.db,
            &format!("extend {}\n{}", object.name, lines.join("\n")),
        )?;
    }
    call.schema_is_changed();
    Ok(())
}

/// The field of an id: on tasks and events when it is one of activities.
fn by_id<'a>(call: &'a Call<'_>, id: &str) -> Result<Vec<(&'a ObjectDef, &'a FieldDef)>, Refusal> {
    let all = call.whole.objects.iter().flat_map(|object| {
        let custom = object
            .fields
            .iter()
            .filter(|field| field.name.ends_with("__c"));
        custom.map(move |field| (object, field))
    });
    let found: Vec<_> = all
        .filter(|(object, field)| field_id(object, field) == id)
        .collect();
    if found.is_empty() {
        return Err(Refusal::cross_reference().at(404));
    }
    Ok(found)
}

fn bad_name(name: &str) -> Refusal {
    let text = format!(
        "The field name {name} can only contain underscores and alphanumeric characters. It must be unique, begin with a letter, not include spaces, not end with an underscore, not contain two consecutive underscores, and end with __c."
    );
    Refusal::row("FIELD_INTEGRITY_EXCEPTION", text, &["FullName"])
}

/// `Metadata`, with a type that exists.
fn metadata_of<'a>(
    body: &'a Map<String, Value>,
    request: &Request,
) -> Result<&'a Map<String, Value>, Refusal> {
    let missing = |name: &str| {
        let text = format!("Required fields are missing: [{name}]");
        Refusal::row("REQUIRED_FIELD_MISSING", text, &[name])
    };
    let metadata = body
        .get("Metadata")
        .and_then(Value::as_object)
        .ok_or_else(|| missing("Metadata"))?;
    match metadata.get("type").and_then(Value::as_str) {
        Some(word) if TYPES.contains(&word) => Ok(metadata),
        Some(word) => {
            let text = String::from_utf8_lossy(&request.body);
            let before = text
                .find(&Value::from(word).to_string())
                .and_then(|at| text.get(..at))
                .unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            let column = before
                .rsplit('\n')
                .next()
                .unwrap_or_default()
                .chars()
                .count()
                + 1;
            Err(Refusal::parser(format!(
                "Cannot deserialize instance of complexvalue from VALUE_STRING value {word} or request may be missing a required field at [line:{line}, column:{column}]"
            )))
        }
        None => Err(missing("type")),
    }
}

/// The objects a full name means: activities are tasks and events.
fn targets<'a>(call: &'a Call<'_>, name: &str) -> Result<Vec<&'a ObjectDef>, Refusal> {
    let names: Vec<&str> = if ["Activity", "Task", "Event"]
        .iter()
        .any(|one| one.eq_ignore_ascii_case(name))
    {
        vec!["Task", "Event"]
    } else {
        vec![name]
    };
    let mut found = Vec::new();
    for one in names {
        let object = call.whole.object(one).filter(|object| object.layoutable);
        found.push(object.ok_or_else(|| {
            let text = format!(
                "Entity Enumeration Or ID: bad value for restricted picklist field: {name}"
            );
            Refusal::row(
                "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
                text,
                &["FullName"],
            )
        })?);
    }
    Ok(found)
}

/// The change as asset text, and the schema with it; the field can be read there.
fn planned(call: &Call<'_>, wanted: &Wanted<'_>) -> Result<(String, Schema), Refusal> {
    let lines = wanted.lines()?;
    let text = format!("extend {}\n{}", wanted.object.name, lines.join("\n"));
    let next = call
        .whole
        .clone()
        .changed_by(&text)
        .map_err(|fault| integrity(format!("Error in {}: {fault}", wanted.name)))?;
    let source = format!("SELECT {} FROM {}", wanted.name, wanted.object.name);
    let mut world = run::world(call, Bin::Hidden);
    (world.schema, world.whole) = (&next, &next);
    let readable = soql::parse(&source).is_ok_and(|query| soql::plan::plan(world, &query).is_ok());
    if !readable {
        let formula = wanted.metadata.get("formula").and_then(Value::as_str);
        return Err(integrity(match formula {
            Some(text) => {
                format!("Error: the formula names a field or function that does not exist: {text}")
            }
            None => format!("{} cannot be read", wanted.name),
        }));
    }
    Ok((text, next))
}

/// Whether a formula, a rule, a roll-up or a dependent list speaks of the field.
fn is_used(schema: &Schema, object: &ObjectDef, field: &FieldDef) -> bool {
    let names = |text: &str| {
        text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
            .any(|word| word == field.name)
    };
    let own = object.fields.iter().any(|other| {
        other.controller.as_deref() == Some(&field.name)
            || other.formula.as_ref().is_some_and(|formula| names(formula))
    });
    let rules = object.rules.iter().any(|rule| names(&rule.formula.text));
    let summed = schema
        .objects
        .iter()
        .flat_map(|one| &one.fields)
        .any(|other| {
            other.rollup.as_ref().is_some_and(|rollup| {
                rollup.child == object.name
                    && (rollup.field == field.name || rollup.link == field.name)
            })
        });
    own || rules || summed
}
