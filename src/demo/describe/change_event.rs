//! The objects that stand for change events in describes, `AccountChangeEvent` beside
//! `Account`: they can be described and subscribed to, and hold no rows (Object Reference,
//! "StandardObjectNameChangeEvent").

use serde_json::{Value, json};

use super::sobject;
use crate::demo::events::change_event;
use crate::demo::schema::{FieldDef, FieldKind, ObjectDef, Schema};

/// Fields of an object that its events do not have.
const LEFT_OUT: [&str; 5] = [
    "IsDeleted",
    "SystemModstamp",
    "LastActivityDate",
    "LastViewedDate",
    "LastReferencedDate",
];

/// The events' object of every object that has one.
pub fn all(schema: &Schema) -> impl Iterator<Item = ObjectDef> {
    schema.objects.iter().filter_map(of)
}

/// The events' object of this name.
pub fn named(schema: &Schema, name: &str) -> Option<ObjectDef> {
    let is_meant = |object: &&ObjectDef| {
        change_event(object).is_some_and(|event| event.eq_ignore_ascii_case(name))
    };
    schema.objects.iter().find(is_meant).and_then(of)
}

fn of(object: &ObjectDef) -> Option<ObjectDef> {
    let label = format!("{} Change Event", object.label);
    let own = |name: &str, label: &str, length| FieldDef {
        name: name.into(),
        label: label.into(),
        nillable: true,
        length,
        ..FieldDef::default()
    };
    let header = FieldDef {
        kind: FieldKind::AnyType,
        nillable: false,
        ..own(HEADER, "Change Event Header", 0)
    };
    let told = object.fields.iter().filter(|field| {
        field.formula.is_none()
            && field.rollup.is_none()
            && !LEFT_OUT.contains(&field.name.as_str())
    });
    let told = told.map(|field| FieldDef {
        createable: false,
        updateable: false,
        filterable: false,
        sortable: false,
        groupable: false,
        ..field.clone()
    });
    let mut fields: Vec<FieldDef> = told.collect();
    let at = fields.len().min(1);
    fields.splice(at..at, [own("ReplayId", "Replay ID", 1000), header]);
    Some(ObjectDef {
        name: change_event(object)?,
        label_plural: label.clone(),
        label,
        fields,
        ..ObjectDef::default()
    })
}

const HEADER: &str = "ChangeEventHeader";

/// The object whose changes these are.
pub fn parent_of(name: &str) -> Option<String> {
    let stem = name.strip_suffix("ChangeEvent")?;
    Some(match stem.strip_suffix("__") {
        Some(custom) => format!("{custom}__c"),
        None => stem.to_owned(),
    })
}

/// Body of its describe.
pub fn body(schema: &Schema, object: &ObjectDef, version: &str) -> Value {
    let mut body = sobject(schema, object, version);
    let fields = body["fields"].as_array_mut();
    for field in fields
        .into_iter()
        .flatten()
        .filter(|field| field["name"] == HEADER)
    {
        field["type"] = json!("complexvalue");
        field["soapType"] = json!("urn:ChangeEventHeader");
    }
    body["recordTypeInfos"] = json!([]);
    body["supportedScopes"] = json!([]);
    body
}
