//! Object info: what a page must know of an object and its fields.

use serde_json::{Map, Value, json};

use super::{MOST, bad_parameter, batch_body, default_record_type, is_supported, supported};
use crate::demo::call::Call;
use crate::demo::describe;
use crate::demo::error::Refusal;
use crate::demo::ids::MASTER_RECORD_TYPE;
use crate::demo::schema::{FieldDef, FieldKind, ObjectDef, Schema};
use crate::demo::wire::Reply;

/// Body of `GET …/object-info`: the objects there are.
pub fn directory(call: &Call<'_>) -> Reply {
    let objects: Map<String, Value> = call
        .schema
        .objects
        .iter()
        .filter(|object| is_supported(object))
        .map(|object| {
            let about = json!({
                "apiName": object.name,
                "keyPrefix": object.key_prefix,
                "label": object.label,
                "labelPlural": object.label_plural,
                "nameFields": name_fields(object),
                "objectInfoUrl": format!("{}/ui-api/object-info/{}", call.root(), object.name),
            });
            (object.name.clone(), about)
        })
        .collect();
    Reply::json(200, &json!({"objects": objects}))
}

/// Answers `object-info/batch/{names}`.
///
/// # Errors
/// More names than a call may have.
pub fn batch(call: &Call<'_>, names: &str) -> Result<Reply, Refusal> {
    let names: Vec<&str> = names.split(',').map(str::trim).collect();
    if names.len() > MOST {
        return Err(bad_parameter(format!(
            "The maximum number of objects is {MOST}."
        )));
    }
    let results: Vec<(u16, Value)> = names
        .iter()
        .map(|name| match supported(call, name) {
            Ok(object) => (200, object_info(call, object)),
            Err(refusal) => (refusal.status, refusal.body()),
        })
        .collect();
    Ok(Reply::json(200, &batch_body(&results)))
}

/// Object info without its tag.
pub fn object_info(call: &Call<'_>, object: &ObjectDef) -> Value {
    let mut fields: Vec<&FieldDef> = object.fields.iter().collect();
    fields.sort_by(|a, b| a.name.cmp(&b.name));
    let fields: Map<String, Value> = fields
        .into_iter()
        .map(|own| (own.name.clone(), field(call.schema, object, own)))
        .collect();
    let theme = match object.custom {
        true => "custom/custom20",
        false => "standard/record",
    };
    json!({
        "apiName": object.name,
        "childRelationships": children(call.schema, object),
        "createable": object.createable,
        "custom": object.custom,
        "defaultRecordTypeId": default_record_type(object),
        "deletable": object.deletable,
        "dependentFields": dependents(object, None),
        "feedEnabled": false,
        "fields": fields,
        "keyPrefix": object.key_prefix,
        "label": object.label,
        "labelPlural": object.label_plural,
        "layoutable": object.layoutable,
        "mruEnabled": object.mru_enabled,
        "nameFields": name_fields(object),
        "queryable": object.queryable,
        "recordTypeInfos": record_types(object),
        "searchable": object.searchable,
        "themeInfo": {
            "color": "7F8DE1",
            "iconUrl": format!("{}/img/icon/t4v35/{theme}_120.png", call.base_url),
        },
        "updateable": object.updateable,
    })
}

/// The fields people know a record by; a person's first and last name too.
pub fn name_fields(object: &ObjectDef) -> Vec<&str> {
    if object.is_person() {
        return vec!["FirstName", "LastName", "Name"];
    }
    object
        .name_field()
        .map(|field| vec![field.name.as_str()])
        .unwrap_or_default()
}

fn children(schema: &Schema, object: &ObjectDef) -> Vec<Value> {
    schema
        .children_of(&object.name)
        .filter_map(|(child, field)| {
            let name = field.child_relationship.as_ref()?;
            Some(json!({
                "childObjectApiName": child.name,
                "fieldName": field.name,
                "junctionIdListNames": [],
                "junctionReferenceTo": [],
                "relationshipName": name,
            }))
        })
        .collect()
}

fn record_types(object: &ObjectDef) -> Map<String, Value> {
    let info = |id: &str, name: &str, is_default: bool| {
        let about = json!({
            "available": true,
            "defaultRecordTypeMapping": is_default,
            "master": id == MASTER_RECORD_TYPE,
            "name": name,
            "recordTypeId": id,
        });
        (id.to_owned(), about)
    };
    object
        .record_types
        .iter()
        .map(|kind| info(&kind.id, &kind.name, kind.is_default))
        .chain([info(
            MASTER_RECORD_TYPE,
            "Master",
            object.default_record_type().is_none(),
        )])
        .collect()
}

/// Controlling fields with what hangs on them, level by level; `None` gives the roots.
fn dependents(object: &ObjectDef, controller: Option<&str>) -> Map<String, Value> {
    let hangs_on = |name: &str| {
        object
            .fields
            .iter()
            .any(|field| field.controller.as_deref() == Some(name))
    };
    object
        .fields
        .iter()
        .filter(|field| match controller {
            Some(name) => field.controller.as_deref() == Some(name),
            None => field.controller.is_none() && hangs_on(&field.name),
        })
        .map(|field| {
            (
                field.name.clone(),
                Value::Object(dependents(object, Some(&field.name))),
            )
        })
        .collect()
}

/// The chain of fields that decide about this one, nearest last.
fn controlling<'a>(object: &'a ObjectDef, field: &'a FieldDef) -> Vec<&'a str> {
    let mut chain = Vec::new();
    let mut next = field.controller.as_deref();
    while let Some(name) = next.filter(|name| !chain.contains(name)) {
        chain.push(name);
        next = object
            .field(name)
            .and_then(|field| field.controller.as_deref());
    }
    chain.reverse();
    chain
}

fn field(schema: &Schema, object: &ObjectDef, field: &FieldDef) -> Value {
    let has_parts = object.parts_of(&field.name).next().is_some();
    let reference = field.kind == FieldKind::Reference;
    json!({
        "apiName": field.name,
        "calculated": field.formula.is_some(),
        "compound": has_parts || matches!(field.kind, FieldKind::Address | FieldKind::Location),
        "compoundComponentName": component(field),
        "compoundFieldName": field.compound,
        "controllerName": field.controller,
        "controllingFields": controlling(object, field),
        "createable": field.createable,
        "custom": field.custom,
        "dataType": data_type(field.kind),
        "externalId": field.external_id,
        "extraTypeInfo": describe::extra_type_info(field).map(pascal),
        "filterable": field.filterable,
        "filteredLookupInfo": null,
        "highScaleNumber": false,
        "htmlFormatted": field.html_formatted,
        "inlineHelpText": field.inline_help,
        "label": field.label,
        "length": field.length,
        "maskType": (field.kind == FieldKind::EncryptedString).then_some("All"),
        "nameField": field.name_field,
        "polymorphicForeignKey": field.polymorphic(),
        "precision": field.precision,
        "reference": reference,
        "referenceTargetField": null,
        "referenceToInfos": field.reference_to.iter().filter_map(|name| {
            let to = schema.object(name)?;
            Some(json!({"apiName": to.name, "nameFields": name_fields(to)}))
        }).collect::<Vec<_>>(),
        "relationshipName": field.relationship_name,
        "required": !field.nillable,
        "scale": field.scale,
        "searchPrefilterable": reference && field.nillable,
        "sortable": field.sortable,
        "unique": field.unique,
        "updateable": field.updateable,
    })
}

/// `City` of `BillingCity`, `Latitude` of `Office__Latitude__s`.
fn component(field: &FieldDef) -> Option<String> {
    let whole = field.compound.as_deref()?;
    let stem = whole
        .strip_suffix("Address")
        .or(whole.strip_suffix("__c"))
        .unwrap_or("");
    let part = field.name.strip_prefix(stem)?;
    Some(
        part.trim_start_matches('_')
            .trim_end_matches("__s")
            .to_owned(),
    )
}

fn data_type(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::Id | FieldKind::String => "String",
        FieldKind::TextArea => "TextArea",
        FieldKind::Boolean => "Boolean",
        FieldKind::Int => "Int",
        FieldKind::Double => "Double",
        FieldKind::Currency => "Currency",
        FieldKind::Percent => "Percent",
        FieldKind::Date => "Date",
        FieldKind::DateTime => "DateTime",
        FieldKind::Time => "Time",
        FieldKind::Email => "Email",
        FieldKind::Phone => "Phone",
        FieldKind::Url => "Url",
        FieldKind::Picklist => "Picklist",
        FieldKind::MultiPicklist => "MultiPicklist",
        FieldKind::Combobox => "ComboBox",
        FieldKind::Reference => "Reference",
        FieldKind::Address => "Address",
        FieldKind::Location => "Location",
        FieldKind::Base64 => "Base64",
        FieldKind::EncryptedString => "EncryptedString",
        FieldKind::AnyType => "AnyType",
    }
}

/// Describe's words in this API's spelling.
fn pascal(word: &str) -> &'static str {
    match word {
        "richtextarea" => "RichTextArea",
        "plaintextarea" => "PlainTextArea",
        "imageurl" => "ImageUrl",
        _ => "PersonName",
    }
}
