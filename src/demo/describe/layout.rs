//! Page layouts and compact layouts, in the shape of DescribeLayoutResult (SOAP API guide).

use serde_json::{Value, json};

use super::field::picklist_value;
use super::{RecordTypeView, base, record_type_info, record_types};
use crate::demo::ids::record_id;
use crate::demo::schema::{
    FieldDef, FieldKind, LayoutItemDef, ObjectDef, RelatedListDef, Schema, SectionDef,
};

/// Key prefix of page layouts.
const LAYOUT: &str = "00h";
/// Rows a related list shows.
const RELATED_ROWS: u32 = 5;

/// Body of `GET …/sobjects/{object}/describe/layouts`: the object's one layout and, per
/// record type, the pick-list values it keeps.
pub fn layouts(schema: &Schema, object: &ObjectDef, version: &str) -> Value {
    let mappings: Vec<Value> = record_types(object)
        .iter()
        .map(|kind| record_type_mapping(object, kind, version))
        .collect();
    json!({
        "layouts": [page(schema, object)],
        "recordTypeMappings": mappings,
        "recordTypeSelectorRequired": [object.record_types.len() > 1],
    })
}

/// Body of `GET …/describe/layouts/{record type id}`; `None` when the object has no such
/// record type.
pub fn layout(schema: &Schema, object: &ObjectDef, record_type: &str) -> Option<Value> {
    record_types(object)
        .iter()
        .any(|kind| kind.id.get(..15) == record_type.get(..15))
        .then(|| page(schema, object))
}

/// Body of `GET …/describe/compactLayouts`.
pub fn compact_layouts(object: &ObjectDef, version: &str) -> Value {
    let mappings: Vec<Value> = record_types(object)
        .iter()
        .map(|kind| {
            json!({
                "available": true,
                "compactLayoutId": null,
                "compactLayoutName": "SYSTEM",
                "recordTypeId": kind.id,
                "recordTypeName": kind.name,
                "urls": {
                    "compactLayout": format!("{}/describe/compactLayouts/{}", base(object, version), kind.id)
                },
            })
        })
        .collect();
    json!({
        "compactLayouts": [system_layout(object)],
        "defaultCompactLayoutId": null,
        "recordTypeCompactLayoutMappings": mappings,
        "urls": {"primary": format!("{}/describe/compactLayouts/primary", base(object, version))},
    })
}

/// One compact layout, by the id of a record type or as `primary`; `None` when the
/// object has no such record type.
pub fn compact_layout(object: &ObjectDef, which: &str) -> Option<Value> {
    let known = || {
        record_types(object)
            .iter()
            .any(|kind| kind.id.get(..15) == which.get(..15))
    };
    (which == "primary" || (which.len() >= 15 && known())).then(|| system_layout(object))
}

/// The highlight panel every object has.
fn system_layout(object: &ObjectDef) -> Value {
    let items: Vec<Value> = object
        .compact_layout
        .iter()
        .filter_map(|name| object.field(name))
        .map(|field| item(object, field, &LayoutItemDef::default(), 1))
        .collect();
    json!({
        "actions": [],
        "fieldItems": items,
        "id": null,
        "imageItems": [],
        "label": format!("{} Compact Layout", object.label),
        "name": "SYSTEM",
        "objectType": object.name,
    })
}

/// The id of an object's one page layout.
pub fn layout_id(object: &ObjectDef) -> String {
    let prefix = object.key_prefix.as_deref().unwrap_or_default();
    let number = prefix
        .bytes()
        .fold(0, |sum, byte| sum * 128 + u64::from(byte));
    record_id(LAYOUT, number)
}

fn record_type_mapping(object: &ObjectDef, kind: &RecordTypeView, version: &str) -> Value {
    let mut mapping = record_type_info(object, kind, version);
    mapping["layoutId"] = layout_id(object).into();
    mapping["picklistsForRecordType"] = object
        .fields
        .iter()
        .filter(|field| matches!(field.kind, FieldKind::Picklist | FieldKind::MultiPicklist))
        .map(|field| picklist_for(object, field, kind.id))
        .collect();
    mapping
}

fn picklist_for(object: &ObjectDef, field: &FieldDef, record_type: &str) -> Value {
    let kept = object
        .record_types
        .iter()
        .find(|kind| kind.id == record_type)
        .and_then(|kind| kind.values(&field.name));
    let controller = field
        .controller
        .as_ref()
        .and_then(|name| object.field(name));
    let values: Vec<Value> = field
        .picklist
        .iter()
        .filter(|value| kept.is_none_or(|kept| kept.contains(&value.value)))
        .map(|value| picklist_value(value, controller))
        .collect();
    json!({"picklistName": field.name, "picklistValues": values})
}

fn page(schema: &Schema, object: &ObjectDef) -> Value {
    let id = layout_id(object);
    let sections = |editing: Purpose| -> Vec<Value> {
        object
            .layout
            .iter()
            .enumerate()
            .filter_map(|(place, own)| section(object, own, place, editing))
            .collect()
    };
    let related: Vec<Value> = object
        .related_lists
        .iter()
        .filter_map(|list| related_list(schema, object, list))
        .collect();
    json!({
        "buttonLayoutSection": {"detailButtons": []},
        "detailLayoutSections": sections(Purpose::Detail),
        "editLayoutSections": sections(Purpose::Edit),
        "feedView": null,
        "highlightsPanelLayoutSection": null,
        "id": id,
        "multirowEditLayoutSections": [],
        "offlineLinks": [],
        "quickActionList": {"quickActionListItems": []},
        "relatedContent": null,
        "relatedLists": related,
        "saveOptions": [],
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Detail,
    /// Leaves out what cannot be edited.
    Edit,
}

fn section(object: &ObjectDef, own: &SectionDef, place: usize, purpose: Purpose) -> Option<Value> {
    let items: Vec<Value> = own
        .items
        .iter()
        .filter(|item| purpose == Purpose::Detail || !item.read_only)
        .filter_map(|def| Some((def, object.field(&def.field)?)))
        .enumerate()
        .map(|(tab, (def, field))| item(object, field, def, tab + 1))
        .collect();
    if items.is_empty() {
        return None;
    }
    let columns = usize::from(own.columns.max(1));
    let rows: Vec<Value> = items
        .chunks(columns)
        .map(|row| layout_row(row, columns))
        .collect();
    let number = place as u64 + 1;
    Some(json!({
        "collapsed": false,
        "columns": columns,
        "heading": own.heading,
        "layoutRows": rows,
        "layoutSectionId": record_id("01B", number),
        "parentLayoutId": layout_id(object),
        "rows": items.len().div_ceil(columns),
        "tabOrder": "LeftToRight",
        "useCollapsibleSection": true,
        "useHeading": true,
    }))
}

/// A short row is filled up with empty places.
fn layout_row(items: &[Value], columns: usize) -> Value {
    let empty = json!({
        "editableForNew": false,
        "editableForUpdate": false,
        "label": "",
        "layoutComponents": [{"displayLines": 1, "tabOrder": 0, "type": "EmptySpace", "value": null}],
        "placeholder": true,
        "required": false,
    });
    let row: Vec<&Value> = items
        .iter()
        .chain(std::iter::repeat(&empty))
        .take(columns)
        .collect();
    json!({"layoutItems": row, "numItems": columns})
}

fn item(object: &ObjectDef, field: &FieldDef, def: &LayoutItemDef, tab: usize) -> Value {
    let writes = |of: fn(&FieldDef) -> bool| {
        !def.read_only && (of(field) || object.parts_of(&field.name).any(of))
    };
    json!({
        "editableForNew": writes(|field| field.createable),
        "editableForUpdate": writes(|field| field.updateable),
        "label": layout_label(field),
        "layoutComponents": [component(object, field, tab)],
        "placeholder": false,
        "required": def.required,
    })
}

/// A compound field carries its parts as components.
fn component(object: &ObjectDef, field: &FieldDef, tab: usize) -> Value {
    let lines = if field.length > 255 && field.kind == FieldKind::TextArea {
        6
    } else {
        1
    };
    let mut component = json!({
        "displayLines": lines,
        "tabOrder": tab,
        "type": "Field",
        "value": field.name,
    });
    let mut parts: Vec<Value> = object
        .parts_of(&field.name)
        .map(|part| component_of_part(part, tab))
        .collect();
    if parts.is_empty() {
        return component;
    }
    let kind = match field.kind {
        FieldKind::Address => "address",
        FieldKind::Location => "geolocation",
        _ => "personname",
    };
    if kind == "personname" {
        // Describe lists the last name first, pages show it last.
        parts.reverse();
    }
    component["fieldType"] = kind.into();
    component["components"] = parts.into();
    component
}

fn component_of_part(part: &FieldDef, tab: usize) -> Value {
    json!({"displayLines": 1, "tabOrder": tab, "type": "Field", "value": part.name})
}

/// Pages call `AccountId` "Account" and a person's name "Name", where describe has
/// "Account ID" and "Full Name".
pub fn layout_label(field: &FieldDef) -> &str {
    match field.kind {
        FieldKind::Reference => field.label.strip_suffix(" ID").unwrap_or(&field.label),
        _ if field.label == "Full Name" => "Name",
        _ => &field.label,
    }
}

fn related_list(schema: &Schema, object: &ObjectDef, list: &RelatedListDef) -> Option<Value> {
    let (child, field) = schema
        .children_of(&object.name)
        .find(|(_, field)| field.child_relationship.as_ref() == Some(&list.relationship))?;
    let columns: Vec<Value> = list
        .columns
        .iter()
        .map(|path| related_column(schema, child, path))
        .collect();
    let sort: Vec<Value> = list
        .sort
        .iter()
        .map(|column| json!({"ascending": !column.contains("Date"), "column": column}))
        .collect();
    Some(json!({
        "accessLevelRequiredForCreate": null,
        "buttons": [],
        "columns": columns,
        "custom": child.custom,
        "field": field.name,
        "label": list.label,
        "limitRows": RELATED_ROWS,
        "name": list.relationship,
        "sobject": child.name,
        "sort": sort,
    }))
}

fn related_column(schema: &Schema, child: &ObjectDef, path: &str) -> Value {
    let (relationship, name) = match path.split_once('.') {
        Some((relationship, name)) => (Some(relationship), name),
        None => (None, path),
    };
    let reference = relationship.and_then(|name| child.field_by_relationship(name));
    let holder = match reference {
        Some(field) => field.reference_to.first().and_then(|to| schema.object(to)),
        None => Some(child),
    };
    let field = holder.and_then(|holder| holder.field(name));
    let label = match (reference, field) {
        (Some(reference), _) if name == "Name" => layout_label(reference),
        (_, Some(field)) => layout_label(field),
        _ => name,
    };
    let lookup = match relationship {
        Some(relationship) => Some(format!("{relationship}.Id")),
        None => field.filter(|field| field.name_field).map(|_| "Id".into()),
    };
    let format = field.and_then(|field| match field.kind {
        FieldKind::Date => Some("date"),
        FieldKind::DateTime => Some("datetime"),
        _ => None,
    });
    json!({
        "field": format!("{}.{path}", child.name),
        "fieldApiName": path,
        "format": format,
        "label": label,
        "lookupId": lookup,
        "name": path,
        "sortable": field.is_some_and(|field| field.sortable),
    })
}
