//! Describe global, sObject describe and the layouts as JSON, key for key what a real
//! org answers. Knows the schema and the version asked for (`v66.0`): no rows, no HTTP.

pub mod change_event;
mod field;
mod layout;

use serde_json::{Map, Value, json};

use super::ids::MASTER_RECORD_TYPE;
use super::schema::{ObjectDef, OnParentDelete, Schema};

pub use field::extra_type_info;
pub use layout::{compact_layout, compact_layouts, layout, layout_id, layout_label, layouts};

/// Keys of objects, fields and record types with the version that brought them.
const SINCE: [(&str, u32); 12] = [
    ("aiPredictionField", 43),
    ("associateEntityType", 50),
    ("associateParentEntity", 50),
    ("deepCloneable", 43),
    ("defaultImplementation", 43),
    ("developerName", 43),
    ("extendedBy", 43),
    ("extendsInterfaces", 43),
    ("formulaTreatNullNumberAsZero", 43),
    ("implementedBy", 43),
    ("implementsInterfaces", 43),
    ("isInterface", 43),
];

/// Body of `GET …/sobjects`.
pub fn global(schema: &Schema, version: &str) -> Value {
    let own = schema.objects.iter().map(|object| basic(object, version));
    let events = change_event::all(schema);
    let events = events.map(|object| basic(&object, version));
    let objects: Vec<Value> = own.chain(events).collect();
    json!({"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": objects})
}

/// One object as describe global lists it: its flags and URLs, no fields.
pub fn basic(object: &ObjectDef, version: &str) -> Value {
    let parent = change_event::parent_of(&object.name);
    let flags = json!({
        "activateable": false,
        "associateEntityType": parent.as_ref().map(|_| "ChangeEvent"),
        "associateParentEntity": parent,
        "createable": object.createable,
        "custom": object.custom,
        "customSetting": false,
        "deepCloneable": false,
        "deletable": object.deletable,
        "deprecatedAndHidden": false,
        "feedEnabled": false,
        "hasSubtypes": false,
        "isInterface": false,
        "isSubtype": false,
        "keyPrefix": object.key_prefix,
        "label": object.label,
        "labelPlural": object.label_plural,
        "layoutable": object.layoutable,
        "mergeable": object.field("MasterRecordId").is_some(),
        "mruEnabled": object.mru_enabled,
        "name": object.name,
        "queryable": object.queryable,
        "replicateable": object.key_prefix.is_some(),
        "retrieveable": true,
        "searchable": object.searchable,
        "triggerable": object.layoutable || parent.is_some(),
        "undeletable": object.undeletable,
        "updateable": object.updateable,
        "urls": urls(object, version),
    });
    aged(flags, version)
}

/// The same as an older version says it.
fn aged(mut body: Value, version: &str) -> Value {
    let release = version.trim_start_matches('v').split('.').next();
    let release: u32 = release.and_then(|major| major.parse().ok()).unwrap_or(0);
    if let Value::Object(map) = &mut body {
        for (name, _) in SINCE.iter().filter(|(_, since)| release < *since) {
            map.shift_remove(*name);
        }
    }
    body
}

/// Body of `GET …/sobjects/{object}/describe`.
pub fn sobject(schema: &Schema, object: &ObjectDef, version: &str) -> Value {
    let fields = object.fields.iter();
    let fields: Vec<Value> = fields
        .map(|own| aged(field::field(object, own), version))
        .collect();
    let more = json!({
        "actionOverrides": [],
        "childRelationships": child_relationships(schema, object),
        "compactLayoutable": object.layoutable,
        "defaultImplementation": null,
        "extendedBy": null,
        "extendsInterfaces": null,
        "fields": fields,
        "implementedBy": null,
        "implementsInterfaces": null,
        "listviewable": null,
        "lookupLayoutable": null,
        "namedLayoutInfos": [],
        "networkScopeFieldName": null,
        "recordTypeInfos": record_type_infos(object, version),
        "searchLayoutable": object.searchable && object.layoutable,
        "sobjectDescribeOption": "FULL",
        "supportedScopes": supported_scopes(object),
    });
    merged([basic(object, version), aged(more, version)])
}

/// The keys of several JSON objects in one, sorted as real orgs send them.
fn merged<const N: usize>(parts: [Value; N]) -> Value {
    let mut keys: Vec<(String, Value)> = parts
        .into_iter()
        .filter_map(|part| match part {
            Value::Object(map) => Some(map),
            _ => None,
        })
        .flatten()
        .collect();
    keys.sort_by(|a, b| a.0.cmp(&b.0));
    Value::Object(Map::from_iter(keys))
}

fn base(object: &ObjectDef, version: &str) -> String {
    format!("/services/data/{version}/sobjects/{}", object.name)
}

fn urls(object: &ObjectDef, version: &str) -> Value {
    let base = base(object, version);
    let mut urls = json!({
        "rowTemplate": format!("{base}/{{ID}}"),
        "describe": format!("{base}/describe"),
        "sobject": base,
    });
    if change_event::parent_of(&object.name).is_some() {
        urls["eventSchema"] = format!("{base}/eventSchema").into();
    }
    if object.layoutable {
        urls["compactLayouts"] = format!("{base}/describe/compactLayouts").into();
        urls["layouts"] = format!("{base}/describe/layouts").into();
        urls["quickActions"] = format!("{base}/quickActions").into();
    }
    if has_list_views(object) {
        urls["approvalLayouts"] = format!("{base}/describe/approvalLayouts").into();
        urls["listviews"] = format!("{base}/listviews").into();
    }
    urls
}

/// Objects with a tab of their own have list views.
fn has_list_views(object: &ObjectDef) -> bool {
    object.createable
        && object.deletable
        && object.layoutable
        && object.field("LastViewedDate").is_some()
        && object.mru_enabled
}

fn child_relationships(schema: &Schema, object: &ObjectDef) -> Vec<Value> {
    schema
        .children_of(&object.name)
        .map(|(child, field)| {
            json!({
                "cascadeDelete": field.on_parent_delete == OnParentDelete::Cascade,
                "childSObject": child.name,
                "deprecatedAndHidden": false,
                "field": field.name,
                "junctionIdListNames": [],
                "junctionReferenceTo": [],
                "relationshipName": field.child_relationship,
                "restrictedDelete": field.on_parent_delete == OnParentDelete::Restrict,
            })
        })
        .collect()
}

/// A record type as describe and the layouts name it.
struct RecordTypeView<'a> {
    id: &'a str,
    name: &'a str,
    developer_name: &'a str,
    is_master: bool,
    is_default: bool,
}

/// The object's own record types, then the master, which is the default only when alone.
fn record_types(object: &ObjectDef) -> Vec<RecordTypeView<'_>> {
    let own = object.record_types.iter().map(|kind| RecordTypeView {
        id: &kind.id,
        name: &kind.name,
        developer_name: &kind.developer_name,
        is_master: false,
        is_default: kind.is_default,
    });
    let master = RecordTypeView {
        id: MASTER_RECORD_TYPE,
        name: "Master",
        developer_name: "Master",
        is_master: true,
        is_default: object.default_record_type().is_none(),
    };
    own.chain([master]).collect()
}

fn record_type_infos(object: &ObjectDef, version: &str) -> Vec<Value> {
    record_types(object)
        .iter()
        .map(|kind| aged(record_type_info(object, kind, version), version))
        .collect()
}

fn record_type_info(object: &ObjectDef, kind: &RecordTypeView, version: &str) -> Value {
    let mut urls = json!({});
    if object.layoutable {
        let base = base(object, version);
        urls["layout"] = format!("{base}/describe/layouts/{}", kind.id).into();
    }
    json!({
        "active": true,
        "available": true,
        "defaultRecordTypeMapping": kind.is_default,
        "developerName": kind.developer_name,
        "master": kind.is_master,
        "name": kind.name,
        "recordTypeId": kind.id,
        "urls": urls,
    })
}

fn supported_scopes(object: &ObjectDef) -> Vec<Value> {
    let plural = object.label_plural.to_lowercase();
    let mut scopes = vec![json!({"label": format!("All {plural}"), "name": "everything"})];
    if object.layoutable && object.field("OwnerId").is_some() {
        scopes.push(json!({"label": format!("My {plural}"), "name": "mine"}));
        scopes.push(json!({"label": format!("My team's {plural}"), "name": "team"}));
    }
    scopes
}

#[cfg(test)]
mod tests;
