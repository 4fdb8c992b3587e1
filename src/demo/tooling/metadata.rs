//! The `Metadata` of a field as Tooling shows it: what was sent, or, for fields that came
//! with the org, what says the same.

use serde_json::{Value, json};

use crate::demo::ids::record_id;
use crate::demo::schema::{FieldDef, FieldKind, ObjectDef, OnParentDelete};

/// The id of a custom field; fields that came with the org have one made of their names,
/// so that it survives a new data folder.
pub(super) fn field_id(object: &ObjectDef, field: &FieldDef) -> String {
    field.id.clone().unwrap_or_else(|| {
        // A custom field of activities is one on tasks and events.
        let owner = if matches!(object.name.as_str(), "Task" | "Event") {
            "Activity"
        } else {
            &object.name
        };
        record_id("00N", steady(&format!("{owner}.{}", field.name)))
    })
}

/// The id of a custom object.
pub(super) fn object_id(object: &ObjectDef) -> String {
    record_id("01I", steady(&object.name))
}

/// A number below those of new rows, the same for the same name (FNV-1a).
pub(super) fn steady(name: &str) -> u64 {
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    hash % 9_000_000 + 1
}

/// The metadata of a custom field.
pub(super) fn of(field: &FieldDef) -> Value {
    if let Some(kept) = &field.metadata {
        return serde_json::from_str(kept).unwrap_or(Value::Null);
    }
    let mut all = json!({
        "label": field.label,
        "type": type_of(field),
        "description": null,
        "inlineHelpText": field.inline_help,
        "required": field.required_on_create(),
        "externalId": field.external_id,
        "unique": field.unique,
        "caseSensitive": field.case_sensitive,
        "trackHistory": false,
    });
    for (key, value) in by_type(field).into_iter().chain(derived(field)) {
        if let Some(map) = all.as_object_mut() {
            map.insert(key.into(), value);
        }
    }
    all
}

/// What the type adds.
fn by_type(field: &FieldDef) -> Vec<(&'static str, Value)> {
    match field.kind {
        FieldKind::String | FieldKind::EncryptedString if field.formula.is_none() => {
            vec![("length", json!(field.length))]
        }
        FieldKind::TextArea if field.length > 255 => {
            let lines = if field.html_formatted { 25 } else { 3 };
            vec![
                ("length", json!(field.length)),
                ("visibleLines", json!(lines)),
            ]
        }
        FieldKind::Double | FieldKind::Currency | FieldKind::Percent => vec![
            ("precision", json!(field.precision)),
            ("scale", json!(field.scale)),
        ],
        FieldKind::Boolean => {
            let default = field.default_value.as_deref().unwrap_or("false");
            vec![("defaultValue", json!(default))]
        }
        FieldKind::Location => vec![("scale", json!(15))],
        FieldKind::Picklist => vec![("valueSet", value_set(field))],
        FieldKind::MultiPicklist => {
            vec![("valueSet", value_set(field)), ("visibleLines", json!(4))]
        }
        FieldKind::Reference => reference(field),
        _ => Vec::new(),
    }
}

fn reference(field: &FieldDef) -> Vec<(&'static str, Value)> {
    let list = field.child_relationship.as_deref();
    let mut all = vec![
        ("referenceTo", json!(field.reference_to.first())),
        (
            "relationshipName",
            json!(list.map(|name| name.trim_end_matches("__r"))),
        ),
    ];
    if !field.master_detail {
        let constraint = match field.on_parent_delete {
            OnParentDelete::Clear => "SetNull",
            OnParentDelete::Cascade => "Cascade",
            OnParentDelete::Restrict => "Restrict",
        };
        all.push(("deleteConstraint", json!(constraint)));
    }
    all
}

/// What makes the value, when the org does.
fn derived(field: &FieldDef) -> Vec<(&'static str, Value)> {
    let mut all = Vec::new();
    if let Some(formula) = &field.formula {
        all.push(("formula", json!(formula)));
        all.push(("formulaTreatBlanksAs", json!("BlankAsZero")));
    }
    if field.auto_number {
        all.push(("displayFormat", json!(field.auto_number_format)));
    }
    if let Some(rollup) = &field.rollup {
        let kind = format!("{:?}", rollup.kind).to_lowercase();
        all.push(("summaryOperation", json!(kind)));
        let key = format!("{}.{}", rollup.child, rollup.link);
        all.push(("summaryForeignKey", json!(key)));
        if rollup.field != "Id" {
            let summed = format!("{}.{}", rollup.child, rollup.field);
            all.push(("summarizedField", json!(summed)));
        }
    }
    all
}

fn value_set(field: &FieldDef) -> Value {
    let values: Vec<Value> = field
        .picklist
        .iter()
        .map(|one| json!({"fullName": one.value, "label": one.label, "default": one.is_default}))
        .collect();
    let mut set = json!({
        "restricted": field.restricted_picklist,
        "valueSetDefinition": {"sorted": false, "value": values},
    });
    if let (Some(by), Some(map)) = (&field.controller, set.as_object_mut()) {
        let settings: Vec<Value> = field
            .picklist
            .iter()
            .map(|one| json!({"valueName": one.value, "controllingFieldValue": one.valid_for}))
            .collect();
        map.insert("controllingField".into(), json!(by));
        map.insert("valueSettings".into(), json!(settings));
    }
    set
}

/// The type word of a field's metadata.
pub(super) fn type_of(field: &FieldDef) -> &'static str {
    if field.rollup.is_some() {
        return "Summary";
    }
    if field.auto_number {
        return "AutoNumber";
    }
    match field.kind {
        FieldKind::TextArea if field.html_formatted => "Html",
        FieldKind::TextArea if field.length > 255 => "LongTextArea",
        FieldKind::TextArea => "TextArea",
        FieldKind::Boolean => "Checkbox",
        FieldKind::Int | FieldKind::Double => "Number",
        FieldKind::Currency => "Currency",
        FieldKind::Percent => "Percent",
        FieldKind::Date => "Date",
        FieldKind::DateTime => "DateTime",
        FieldKind::Time => "Time",
        FieldKind::Email => "Email",
        FieldKind::Phone => "Phone",
        FieldKind::Url => "Url",
        FieldKind::Picklist => "Picklist",
        FieldKind::MultiPicklist => "MultiselectPicklist",
        FieldKind::Reference if field.master_detail => "MasterDetail",
        FieldKind::Reference => "Lookup",
        FieldKind::Location => "Location",
        FieldKind::EncryptedString => "EncryptedText",
        _ => "Text",
    }
}

/// The type as people read it and `FieldDefinition.DataType` says it.
pub(super) fn spoken(field: &FieldDef) -> String {
    if field.formula.is_some() {
        return format!("Formula ({})", plain(field));
    }
    if field.auto_number {
        return "Auto Number".into();
    }
    if field.rollup.is_some() {
        return "Roll-Up Summary".into();
    }
    match field.kind {
        FieldKind::String => format!("Text({})", field.length),
        FieldKind::EncryptedString => format!("Text (Encrypted)({})", field.length),
        FieldKind::TextArea if field.html_formatted => format!("Rich Text Area({})", field.length),
        FieldKind::TextArea if field.length > 255 => format!("Long Text Area({})", field.length),
        FieldKind::Int => format!("Number({}, 0)", field.digits),
        FieldKind::Double | FieldKind::Currency | FieldKind::Percent => format!(
            "{}({}, {})",
            plain(field),
            field.precision.saturating_sub(field.scale),
            field.scale
        ),
        FieldKind::Reference => {
            let word = if field.master_detail {
                "Master-Detail"
            } else {
                "Lookup"
            };
            format!("{word}({})", field.reference_to.join(","))
        }
        _ => plain(field).into(),
    }
}

fn plain(field: &FieldDef) -> &'static str {
    match field.kind {
        FieldKind::TextArea => "Text Area",
        FieldKind::DateTime => "Date/Time",
        FieldKind::Url => "URL",
        FieldKind::MultiPicklist => "Picklist (Multi-Select)",
        FieldKind::Address => "Address",
        FieldKind::Location => "Geolocation",
        FieldKind::Base64 => "Base64",
        FieldKind::Combobox => "Picklist",
        FieldKind::Id => "Lookup()",
        _ => type_of(field),
    }
}
