//! Layouts as this API draws them: sections, rows, items, components.

use serde_json::{Value, json};

use super::bad_parameter;
use crate::demo::describe::{layout_id, layout_label};
use crate::demo::error::Refusal;
use crate::demo::ids::record_id;
use crate::demo::schema::{FieldDef, FieldKind, LayoutItemDef, ObjectDef, SectionDef};
use crate::demo::wire::Request;

/// Answers `layout/{object}`.
///
/// # Errors
/// A layout type or mode that is none.
pub fn answer(object: &ObjectDef, kind: &str, request: &Request) -> Result<Value, Refusal> {
    let param = |name: &str, default: &str| request.param(name).unwrap_or_else(|| default.into());
    page(
        object,
        kind,
        &param("layoutType", "Full"),
        &param("mode", "View"),
    )
}

/// One layout, `layout_type` being `Full` or `Compact`, `mode` `View`, `Edit` or `Create`.
///
/// # Errors
/// 400 for other words.
pub fn page(
    object: &ObjectDef,
    kind: &str,
    layout_type: &str,
    mode: &str,
) -> Result<Value, Refusal> {
    if !["View", "Edit", "Create"].contains(&mode) {
        return Err(bad_parameter(format!("Invalid mode: {mode}")));
    }
    let sections: Vec<Value> = match layout_type {
        "Full" => full(object, mode),
        "Compact" => vec![compact(object)],
        _ => return Err(bad_parameter(format!("Invalid layoutType: {layout_type}"))),
    };
    Ok(json!({
        "id": (layout_type == "Full").then(|| layout_id(object)),
        "layoutType": layout_type,
        "mode": mode,
        "objectApiName": object.name,
        "recordTypeId": kind,
        "saveOptions": [],
        "sections": sections,
    }))
}

/// The fields a layout shows, components one by one.
pub fn fields<'a>(object: &'a ObjectDef, layout_type: &str) -> Vec<&'a FieldDef> {
    let names: Vec<&str> = if layout_type == "Compact" {
        object.compact_layout.iter().map(String::as_str).collect()
    } else {
        let items = object.layout.iter().flat_map(|section| &section.items);
        items.map(|item| item.field.as_str()).collect()
    };
    names
        .into_iter()
        .filter_map(|name| object.field(name))
        .flat_map(|field| components(object, field))
        .collect()
}

fn full(object: &ObjectDef, mode: &str) -> Vec<Value> {
    object
        .layout
        .iter()
        .enumerate()
        .filter(|(_, own)| mode != "Create" || own.items.iter().any(|item| is_new(object, item)))
        .map(|(place, own)| section(object, own, place))
        .collect()
}

fn is_new(object: &ObjectDef, def: &LayoutItemDef) -> bool {
    let field = object.field(&def.field);
    field.is_some_and(|field| is_written(object, field, def, |field| field.createable))
}

/// The highlight panel is one section of one column.
fn compact(object: &ObjectDef) -> Value {
    let fields = object
        .compact_layout
        .iter()
        .filter_map(|name| object.field(name));
    let rows: Vec<Value> = fields
        .map(|field| json!({"layoutItems": [item(object, field, &LayoutItemDef::default())]}))
        .collect();
    json!({
        "collapsible": false,
        "columns": 1,
        "heading": null,
        "id": null,
        "rows": rows.len(),
        "layoutRows": rows,
        "useHeading": false,
    })
}

fn section(object: &ObjectDef, own: &SectionDef, place: usize) -> Value {
    let items: Vec<Value> = own
        .items
        .iter()
        .filter_map(|def| Some(item(object, object.field(&def.field)?, def)))
        .collect();
    let columns = usize::from(own.columns.max(1));
    let rows: Vec<Value> = items
        .chunks(columns)
        .map(|row| {
            let empty = std::iter::repeat_with(empty).take(columns - row.len());
            json!({"layoutItems": row.iter().cloned().chain(empty).collect::<Vec<_>>()})
        })
        .collect();
    json!({
        "collapsible": true,
        "columns": columns,
        "heading": own.heading,
        "id": record_id("01B", place as u64 + 1),
        "rows": rows.len(),
        "layoutRows": rows,
        "useHeading": true,
    })
}

fn empty() -> Value {
    json!({
        "editableForNew": false,
        "editableForUpdate": false,
        "label": "",
        "layoutComponents": [{"apiName": null, "componentType": "EmptySpace"}],
        "lookupIdApiName": null,
        "required": false,
        "sortable": false,
    })
}

fn is_written(
    object: &ObjectDef,
    field: &FieldDef,
    def: &LayoutItemDef,
    of: fn(&FieldDef) -> bool,
) -> bool {
    !def.read_only && (of(field) || object.parts_of(&field.name).any(of))
}

fn item(object: &ObjectDef, field: &FieldDef, def: &LayoutItemDef) -> Value {
    let components: Vec<Value> = components(object, field)
        .into_iter()
        .map(|part| json!({"apiName": part.name, "componentType": "Field", "label": part.label}))
        .collect();
    let lookup = match field.kind {
        FieldKind::Reference => Some(field.name.as_str()),
        _ if field.name_field => Some("Id"),
        _ => None,
    };
    json!({
        "editableForNew": is_written(object, field, def, |field| field.createable),
        "editableForUpdate": is_written(object, field, def, |field| field.updateable),
        "label": layout_label(field),
        "layoutComponents": components,
        "lookupIdApiName": lookup,
        "required": def.required,
        "sortable": false,
    })
}

/// A compound field shows its parts; who changed a record shows when, too.
fn components<'a>(object: &'a ObjectDef, field: &'a FieldDef) -> Vec<&'a FieldDef> {
    let mut parts: Vec<&FieldDef> = object.parts_of(&field.name).collect();
    if field.name_field {
        // Describe lists the last name first, pages show it last.
        parts.reverse();
    }
    if !parts.is_empty() {
        return parts;
    }
    let date = match field.name.as_str() {
        "CreatedById" => object.field("CreatedDate"),
        "LastModifiedById" => object.field("LastModifiedDate"),
        _ => None,
    };
    std::iter::once(field).chain(date).collect()
}
