//! The schema as rows: definitions of objects and fields, custom fields, rules, record
//! types, layouts (Tooling API guide, the objects of those names).

use rusqlite::types::Value as Sql;
use serde_json::{Value, json};

use super::metadata::{self, field_id, object_id, steady};
use crate::demo::describe;
use crate::demo::ids::record_id;
use crate::demo::rights;
use crate::demo::rows::Draft;
use crate::demo::schema::{FieldDef, FieldKind, ObjectDef, RuleDef, Schema};

/// The rows of one kind of fact; none for an unknown one.
pub(super) fn rows(schema: &Schema, kind: &str) -> Vec<Draft> {
    let objects = schema.objects.iter();
    // Notes are documents seen another way: one layout serves both.
    let made = objects
        .clone()
        .filter(|object| object.layoutable && object.name != "ContentNote");
    match kind {
        "EntityDefinition" => objects.map(entity).collect(),
        "CustomObject" => objects
            .filter(|object| object.custom)
            .map(custom_object)
            .collect(),
        "Layout" => made.map(layout).collect(),
        "FieldDefinition" => each(schema, |object, field| {
            // An address stands for its parts.
            (!is_part(object, field)).then(|| definition(object, field))
        }),
        "EntityParticle" => each(schema, |object, field| Some(particle(object, field))),
        "CustomField" => {
            let mut rows = each(schema, |object, field| {
                field
                    .name
                    .ends_with("__c")
                    .then(|| custom_field(object, field))
            });
            // A field of activities is one, though tasks and events have it each.
            let mut seen = std::collections::HashSet::new();
            rows.retain(|row| seen.insert(row.text("Id").unwrap_or_default().to_owned()));
            rows
        }
        "ValidationRule" => objects
            .flat_map(|object| {
                object
                    .rules
                    .iter()
                    .map(move |rule| validation_rule(object, rule))
            })
            .collect(),
        _ => Vec::new(),
    }
}

fn each(schema: &Schema, row: impl Fn(&ObjectDef, &FieldDef) -> Option<Draft>) -> Vec<Draft> {
    let all = schema.objects.iter();
    all.flat_map(|object| object.fields.iter().map(move |field| (object, field)))
        .filter_map(|(object, field)| row(object, field))
        .collect()
}

fn is_part(object: &ObjectDef, field: &FieldDef) -> bool {
    let whole = field
        .compound
        .as_deref()
        .and_then(|name| object.field(name));
    whole.is_some()
}

/// A row of texts, flags and numbers; null values are left out.
fn draft(values: Value) -> Draft {
    let mut draft = Draft::default();
    if let Value::Object(map) = values {
        for (name, value) in map {
            match value {
                Value::Null => {}
                Value::Bool(flag) => draft.set_flag(&name, flag),
                Value::Number(number) => {
                    draft.set(&name, Sql::Integer(number.as_i64().unwrap_or(0)))
                }
                Value::String(text) => draft.set_text(&name, text),
                other => draft.set_text(&name, other.to_string()),
            }
        }
    }
    draft
}

/// A name for standard objects, an id for custom ones.
fn durable(object: &ObjectDef) -> String {
    if object.custom {
        let id = object_id(object);
        id.get(..15).unwrap_or(&id).to_owned()
    } else {
        object.name.clone()
    }
}

/// What `TableEnumOrId` says.
fn table_enum(object: &ObjectDef) -> String {
    match object.name.as_str() {
        "Task" | "Event" => "Activity".into(),
        _ if object.custom => object_id(object),
        _ => object.name.clone(),
    }
}

fn stem(name: &str) -> &str {
    name.strip_suffix("__c")
        .or_else(|| name.strip_suffix("__e"))
        .unwrap_or(name)
}

fn entity(object: &ObjectDef) -> Draft {
    let durable = durable(object);
    let model = rights::sharing_model(&object.name);
    draft(json!({
        "Id": durable,
        "DurableId": durable,
        "QualifiedApiName": object.name,
        "DeveloperName": stem(&object.name),
        "Label": object.label,
        "MasterLabel": object.label,
        "PluralLabel": object.label_plural,
        "KeyPrefix": object.key_prefix,
        "PublisherId": if object.custom { "<local>" } else { "System" },
        "InternalSharingModel": model,
        "ExternalSharingModel": model,
        "IsApexTriggerable": object.layoutable,
        "IsCustomizable": object.layoutable,
        "IsLayoutable": object.layoutable,
        "IsQueryable": object.queryable,
        "IsSearchable": object.searchable,
        "IsSearchLayoutable": object.searchable && object.layoutable,
        "IsTriggerable": object.layoutable,
        "IsWorkflowEnabled": object.layoutable,
    }))
}

fn custom_object(object: &ObjectDef) -> Draft {
    draft(json!({
        "Id": object_id(object),
        "DeveloperName": stem(&object.name),
        "SharingModel": rights::sharing_model(&object.name),
        "ManageableState": "unmanaged",
        "Language": "en_US",
    }))
}

fn layout(object: &ObjectDef) -> Draft {
    draft(json!({
        "Id": describe::layout_id(object),
        "Name": format!("{} Layout", object.label),
        "TableEnumOrId": table_enum(object),
        "EntityDefinitionId": durable(object),
        "LayoutType": "Standard",
        "ManageableState": "unmanaged",
    }))
}

/// `Account.Name`, or the short id behind the object for custom fields.
fn field_durable(object: &ObjectDef, field: &FieldDef) -> String {
    if field.name.ends_with("__c") {
        let id = field_id(object, field);
        format!("{}.{}", durable(object), id.get(..15).unwrap_or(&id))
    } else {
        // Definitions leave the Id of references out: `Account.Owner`.
        format!(
            "{}.{}",
            durable(object),
            field
                .name
                .strip_suffix("Id")
                .filter(|name| !name.is_empty())
                .unwrap_or(&field.name)
        )
    }
}

fn definition(object: &ObjectDef, field: &FieldDef) -> Draft {
    let durable_id = field_durable(object, field);
    let by = field
        .controller
        .as_deref()
        .and_then(|name| object.field(name));
    draft(json!({
        "Id": durable_id,
        "DurableId": durable_id,
        "QualifiedApiName": field.name,
        "DeveloperName": stem(&field.name),
        "EntityDefinitionId": durable(object),
        "Label": field.label,
        "MasterLabel": field.label,
        "DataType": metadata::spoken(field),
        "ExtraTypeInfo": field.html_formatted.then_some("richtextarea"),
        "Length": field.length,
        "Precision": field.precision,
        "Scale": field.scale,
        "RelationshipName": field.relationship_name,
        "ReferenceTo": json!({"referenceTo": field.reference_to}),
        "ControllingFieldDefinitionId": by.map(|by| field_durable(object, by)),
        "IsApiFilterable": field.filterable,
        "IsApiGroupable": field.groupable,
        "IsApiSortable": field.sortable,
        "IsCalculated": field.formula.is_some() || field.rollup.is_some(),
        "IsCompound": field.is_compound(),
        "IsFieldHistoryTracked": object.tracked.contains(&field.name),
        "IsHtmlFormatted": field.html_formatted,
        "IsIndexed": field.kind == FieldKind::Id || field.unique || field.external_id,
        "IsNameField": field.name_field,
        "IsNillable": field.nillable,
        "IsPolymorphicForeignKey": field.polymorphic(),
    }))
}

fn particle(object: &ObjectDef, field: &FieldDef) -> Draft {
    let durable_id = format!("{}.{}", durable(object), field.name);
    let owner = field
        .compound
        .as_deref()
        .and_then(|name| object.field(name));
    draft(json!({
        "Id": durable_id,
        "DurableId": durable_id,
        "QualifiedApiName": field.name,
        "Name": field.name,
        "Label": field.label,
        "MasterLabel": field.label,
        "DeveloperName": stem(&field.name),
        "EntityDefinitionId": durable(object),
        "FieldDefinitionId": field_durable(object, owner.unwrap_or(field)),
        "DataType": field.type_word(),
        "Length": field.length,
        "Digits": field.digits,
        "Precision": field.precision,
        "Scale": field.scale,
        "RelationshipName": field.relationship_name,
        "IsAutonumber": field.auto_number,
        "IsCalculated": field.formula.is_some() || field.rollup.is_some(),
        "IsCaseSensitive": field.case_sensitive,
        "IsComponent": owner.is_some(),
        "IsCompound": field.is_compound(),
        "IsCreatable": field.createable,
        "IsDefaultedOnCreate": field.defaulted_on_create,
        "IsDependentPicklist": field.controller.is_some(),
        "IsEncrypted": field.kind == FieldKind::EncryptedString,
        "IsIdLookup": field.id_lookup,
        "IsNillable": field.nillable,
        "IsPermissionable": field.permissionable,
        "IsUnique": field.unique,
        "IsUpdatable": field.updateable,
    }))
}

fn custom_field(object: &ObjectDef, field: &FieldDef) -> Draft {
    let metadata = metadata::of(field);
    let owner = match object.name.as_str() {
        "Task" | "Event" => "Activity",
        name => name,
    };
    draft(json!({
        "Id": field_id(object, field),
        "TableEnumOrId": table_enum(object),
        "DeveloperName": stem(&field.name),
        "FullName": format!("{owner}.{}", field.name),
        "ManageableState": "unmanaged",
        "Description": metadata["description"],
        "InlineHelpText": field.inline_help,
        "RelationshipLabel": metadata["relationshipLabel"],
        "SummaryOperation": metadata["summaryOperation"],
        "EntityDefinitionId": durable(object),
        "Metadata": metadata,
    }))
}

fn validation_rule(object: &ObjectDef, rule: &RuleDef) -> Draft {
    draft(json!({
        "Id": record_id("03d", steady(&format!("{}.{}", object.name, rule.name))),
        "ValidationName": rule.name,
        "Active": rule.is_active,
        "EntityDefinitionId": durable(object),
        "ErrorDisplayField": rule.field,
        "ErrorMessage": rule.message,
        "ManageableState": "unmanaged",
        "FullName": format!("{}.{}", object.name, rule.name),
        "Metadata": json!({
            "active": rule.is_active,
            "description": null,
            "errorConditionFormula": rule.formula.text,
            "errorDisplayField": rule.field,
            "errorMessage": rule.message,
            "shouldEvaluateOnClient": null,
            "urls": null,
        }),
    }))
}

/// The record types of every object.
pub(super) fn record_types(schema: &Schema) -> Vec<Draft> {
    let all = schema.objects.iter();
    all.flat_map(|object| object.record_types.iter().map(move |kind| (object, kind)))
        .map(|(object, kind)| {
            let lists: Vec<Value> = kind
                .picklists
                .iter()
                .map(|(field, values)| {
                    let values: Vec<Value> = values
                        .iter()
                        .map(|value| json!({"valueName": value}))
                        .collect();
                    json!({"picklist": field, "values": values})
                })
                .collect();
            draft(json!({
                "Id": kind.id,
                "Name": kind.name,
                "SobjectType": object.name,
                "IsActive": true,
                "EntityDefinitionId": durable(object),
                "ManageableState": "unmanaged",
                "FullName": format!("{}.{}", object.name, kind.developer_name),
                "Metadata": json!({"label": kind.name, "active": true, "picklistValues": lists}),
            }))
        })
        .collect()
}
