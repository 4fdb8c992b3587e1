//! Pick-list values for a record type; dependent ones name their controlling values by
//! index, the easy form of describe's `validFor` bits.

use serde_json::{Map, Value, json};

use super::tag_of;
use crate::demo::call::Call;
use crate::demo::error::Refusal;
use crate::demo::schema::{FieldDef, FieldKind, ObjectDef, PicklistValueDef};

/// All pick lists of the object.
pub fn all(call: &Call<'_>, object: &ObjectDef, record_type: &str) -> Value {
    let mut fields: Vec<&FieldDef> = object
        .fields
        .iter()
        .filter(|field| has_values(field))
        .collect();
    fields.sort_by(|a, b| a.name.cmp(&b.name));
    let values: Map<String, Value> = fields
        .into_iter()
        .map(|field| {
            let mut body = values(call, object, record_type, field);
            body["eTag"] = tag_of(&body).into();
            (field.name.clone(), body)
        })
        .collect();
    json!({"picklistFieldValues": values})
}

/// One pick list.
///
/// # Errors
/// 400 for a field that is none.
pub fn one(
    call: &Call<'_>,
    object: &ObjectDef,
    record_type: &str,
    name: &str,
) -> Result<Value, Refusal> {
    let field = object
        .field(name)
        .filter(|field| has_values(field))
        .ok_or_else(|| {
            let text = format!(
                "Field {name} of object {} is not a picklist field.",
                object.name
            );
            Refusal::new(400, "INVALID_FIELD", text)
        })?;
    Ok(values(call, object, record_type, field))
}

fn has_values(field: &FieldDef) -> bool {
    use FieldKind::{Combobox, MultiPicklist, Picklist};
    matches!(field.kind, Picklist | MultiPicklist | Combobox)
}

/// The values a record type keeps.
pub fn kept<'a>(
    object: &'a ObjectDef,
    record_type: &str,
    field: &'a FieldDef,
) -> Vec<&'a PicklistValueDef> {
    let kept = object
        .record_types
        .iter()
        .find(|kind| kind.id == record_type)
        .and_then(|kind| kind.values(&field.name));
    field
        .picklist
        .iter()
        .filter(|value| kept.is_none_or(|kept| kept.contains(&value.value)))
        .collect()
}

fn values(call: &Call<'_>, object: &ObjectDef, record_type: &str, field: &FieldDef) -> Value {
    let controllers = controllers(object, record_type, field);
    let shape = |value: &PicklistValueDef| {
        let valid: Vec<usize> = controllers
            .iter()
            .enumerate()
            .filter(|(_, name)| value.valid_for.contains(name))
            .map(|(index, _)| index)
            .collect();
        json!({"attributes": null, "label": value.label, "validFor": valid, "value": value.value})
    };
    let kept = kept(object, record_type, field);
    let default = kept
        .iter()
        .find(|value| value.is_default)
        .map(|value| shape(value));
    let indexes: Map<String, Value> = controllers
        .iter()
        .enumerate()
        .map(|(index, name)| (name.clone(), json!(index)))
        .collect();
    json!({
        "controllerValues": indexes,
        "defaultValue": default,
        "url": format!(
            "{}/ui-api/object-info/{}/picklist-values/{record_type}/{}",
            call.root(), object.name, field.name
        ),
        "values": kept.iter().map(|value| shape(value)).collect::<Vec<_>>(),
    })
}

/// The controlling field's values in order; a check box counts `false`, `true`.
fn controllers(object: &ObjectDef, record_type: &str, field: &FieldDef) -> Vec<String> {
    let Some(controller) = field
        .controller
        .as_ref()
        .and_then(|name| object.field(name))
    else {
        return Vec::new();
    };
    if controller.kind == FieldKind::Boolean {
        return vec!["false".into(), "true".into()];
    }
    kept(object, record_type, controller)
        .into_iter()
        .map(|value| value.value.clone())
        .collect()
}
