//! One field of an sObject describe.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::merged;
use crate::demo::schema::{FieldDef, FieldKind, ObjectDef, OnParentDelete, PicklistValueDef};

/// The 57 keys of one field.
pub(super) fn field(object: &ObjectDef, field: &FieldDef) -> Value {
    merged([shape(object, field), rules(field), unused()])
}

/// What the field is: its type, size, names and values.
fn shape(object: &ObjectDef, field: &FieldDef) -> Value {
    let encrypted = field.kind == FieldKind::EncryptedString;
    json!({
        "autoNumber": field.auto_number,
        "byteLength": byte_length(field),
        "calculated": field.formula.is_some() || field.rollup.is_some(),
        "calculatedFormula": field.formula,
        "compoundFieldName": field.compound,
        "controllerName": field.controller,
        "custom": field.custom,
        "defaultValue": default_value(field),
        "dependentPicklist": field.controller.is_some(),
        "digits": field.digits,
        "encrypted": encrypted,
        "extraTypeInfo": extra_type_info(field),
        "htmlFormatted": field.html_formatted,
        "inlineHelpText": field.inline_help,
        "label": field.label,
        "length": field.length,
        "mask": encrypted.then_some("*"),
        "maskType": encrypted.then_some("all"),
        "name": field.name,
        "nameField": field.name_field,
        "namePointing": field.polymorphic(),
        "picklistValues": picklist_values(object, field),
        "polymorphicForeignKey": field.polymorphic(),
        "precision": field.precision,
        "referenceTo": field.reference_to,
        "relationshipName": field.relationship_name,
        "relationshipOrder": is_master_detail(field).then_some(0),
        "restrictedPicklist": field.restricted_picklist,
        "scale": field.scale,
        "soapType": soap_type(field.kind),
        "type": field.type_word(),
    })
}

/// What may be done with it.
fn rules(field: &FieldDef) -> Value {
    let compound = matches!(field.kind, FieldKind::Address | FieldKind::Location);
    json!({
        "aggregatable": field.sortable && field.kind != FieldKind::Boolean,
        "cascadeDelete": is_master_detail(field),
        "caseSensitive": field.case_sensitive,
        "createable": field.createable,
        "defaultedOnCreate": field.defaulted_on_create,
        "defaultValueFormula": field.default_formula.as_ref().map(|formula| &formula.text),
        "displayLocationInDecimal": field.kind == FieldKind::Location,
        "externalId": field.external_id,
        "filterable": field.filterable,
        "groupable": field.groupable,
        "idLookup": field.id_lookup,
        "nillable": field.nillable,
        "permissionable": field.permissionable,
        "queryByDistance": compound,
        "searchPrefilterable": field.kind == FieldKind::Reference && field.nillable,
        "sortable": field.sortable,
        "unique": field.unique,
        "updateable": field.updateable,
        "writeRequiresMasterRead": field.master_detail,
    })
}

/// What no field of the demo org has.
fn unused() -> Value {
    json!({
        "aiPredictionField": false,
        "deprecatedAndHidden": false,
        "filteredLookupInfo": null,
        "formulaTreatNullNumberAsZero": false,
        "highScaleNumber": false,
        "referenceTargetField": null,
        "restrictedDelete": false,
    })
}

fn soap_type(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::Id | FieldKind::Reference => "tns:ID",
        FieldKind::Boolean => "xsd:boolean",
        FieldKind::Int => "xsd:int",
        FieldKind::Double | FieldKind::Currency | FieldKind::Percent => "xsd:double",
        FieldKind::Date => "xsd:date",
        FieldKind::DateTime => "xsd:dateTime",
        FieldKind::Time => "xsd:time",
        FieldKind::Address => "urn:address",
        FieldKind::Location => "urn:location",
        FieldKind::Base64 => "xsd:base64Binary",
        FieldKind::AnyType => "xsd:anyType",
        _ => "xsd:string",
    }
}

/// Three bytes a character for text, one for ids.
fn byte_length(field: &FieldDef) -> u32 {
    match field.kind {
        FieldKind::Id | FieldKind::Reference => field.length,
        _ => field.length * 3,
    }
}

fn is_master_detail(field: &FieldDef) -> bool {
    field.custom
        && field.kind == FieldKind::Reference
        && field.on_parent_delete == OnParentDelete::Cascade
}

fn default_value(field: &FieldDef) -> Value {
    match (&field.default_value, field.kind) {
        (Some(text), FieldKind::Boolean) => Value::Bool(text == "true"),
        (Some(text), _) => Value::from(text.as_str()),
        (None, _) => Value::Null,
    }
}

/// More about a type than `type` says: `plaintextarea`, `imageurl`, `personname`.
pub fn extra_type_info(field: &FieldDef) -> Option<&'static str> {
    match field.kind {
        FieldKind::TextArea if field.html_formatted => Some("richtextarea"),
        FieldKind::TextArea => Some("plaintextarea"),
        FieldKind::Url if field.name.ends_with("PhotoUrl") => Some("imageurl"),
        _ if field.compound.as_deref() == Some("Name") => Some("personname"),
        _ if field.name_field && field.label == "Full Name" => Some("personname"),
        _ => None,
    }
}

fn picklist_values(object: &ObjectDef, field: &FieldDef) -> Vec<Value> {
    let controller = field
        .controller
        .as_ref()
        .and_then(|name| object.field(name));
    field
        .picklist
        .iter()
        .map(|value| picklist_value(value, controller))
        .collect()
}

/// One value, with its `validFor` when a controlling field is given.
pub(super) fn picklist_value(value: &PicklistValueDef, controller: Option<&FieldDef>) -> Value {
    json!({
        "active": true,
        "defaultValue": value.is_default,
        "label": value.label,
        "validFor": controller.map(|controller| valid_for(value, &controller.picklist)),
        "value": value.value,
    })
}

/// Bit i, most significant first, is the controlling field's i-th value; bytes without
/// a bit at the end are cut, as real orgs cut them.
fn valid_for(value: &PicklistValueDef, controlling: &[PicklistValueDef]) -> String {
    let mut bytes = Vec::new();
    for (index, controlling) in controlling.iter().enumerate() {
        if value.valid_for.contains(&controlling.value) {
            bytes.resize(index / 8 + 1, 0_u8);
            bytes[index / 8] |= 0x80 >> (index % 8);
        }
    }
    STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(names: &[&str]) -> Vec<PicklistValueDef> {
        names
            .iter()
            .map(|name| PicklistValueDef {
                value: (*name).into(),
                ..PicklistValueDef::default()
            })
            .collect()
    }

    #[test]
    fn valid_for_counts_bits_from_the_left_and_cuts_empty_bytes() {
        let controlling = values(&["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"]);
        for (valid, bytes) in [
            (&["a"][..], &[0b1000_0000_u8][..]),
            (&["b", "h"], &[0b0100_0001]),
            (&["i"], &[0, 0b1000_0000]),
            (&["a", "j"], &[0b1000_0000, 0b0100_0000]),
            (&[], &[]),
        ] {
            let value = PicklistValueDef {
                valid_for: valid.iter().map(|&name| name.into()).collect(),
                ..PicklistValueDef::default()
            };
            assert_eq!(
                valid_for(&value, &controlling),
                STANDARD.encode(bytes),
                "{valid:?}"
            );
        }
    }
}
