//! What objects and fields exist and what this user may do with them (REST API guide,
//! Describe Global and sObject Describe).

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use serde::Deserialize;
use serde_json::Value;

use super::json;
use super::record::id_of;
use super::request::{Request, encode};
use super::version::ApiVersion;
use crate::domain::failure::Failure;
use crate::domain::schema::{
    ChildRelationship, Field, FieldType, ObjectSchema, ObjectSummary, PicklistValue, RecordType,
};
use crate::domain::text;

/// Every object the user may see. `since` is an earlier reply's `Last-Modified`: 304
/// comes when nothing changed.
pub fn objects(version: ApiVersion, since: Option<&str>) -> Request {
    Request::get(format!("{}/sobjects", version.base())).changed_since(since)
}

/// One object with its fields. `since` as for [`objects`].
pub fn describe(version: ApiVersion, object: &str, since: Option<&str>) -> Request {
    let path = format!("{}/sobjects/{}/describe", version.base(), encode(object));
    Request::get(path).changed_since(since)
}

/// Reads the answer to [`objects`]; hidden leftovers of the org are dropped.
pub fn read_objects(body: &[u8]) -> Result<Vec<ObjectSummary>, Failure> {
    #[derive(Deserialize)]
    struct Global {
        sobjects: Vec<WireObject>,
    }
    let global: Global = json::read(body)?;
    Ok(global
        .sobjects
        .into_iter()
        .filter(|object| !object.deprecated_and_hidden)
        .map(summary)
        .collect())
}

/// Reads the answer to [`describe`].
pub fn read_schema(body: &[u8]) -> Result<ObjectSchema, Failure> {
    let wire: WireDescribe = json::read(body)?;
    Ok(ObjectSchema {
        summary: summary(wire.object),
        fields: visible(wire.fields),
        record_types: wire
            .record_type_infos
            .into_iter()
            .filter_map(record_type)
            .collect(),
        children: wire
            .child_relationships
            .into_iter()
            .filter(|child| !child.deprecated_and_hidden)
            .map(child)
            .collect(),
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireDescribe {
    #[serde(flatten)]
    object: WireObject,
    #[serde(default)]
    fields: Vec<WireField>,
    #[serde(default)]
    record_type_infos: Vec<WireRecordType>,
    #[serde(default)]
    child_relationships: Vec<WireChild>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireObject {
    name: String,
    #[serde(default)]
    label: String,
    #[serde(default)]
    label_plural: Option<String>,
    #[serde(default)]
    key_prefix: Option<String>,
    #[serde(default)]
    custom: bool,
    #[serde(default)]
    createable: bool,
    #[serde(default)]
    updateable: bool,
    #[serde(default)]
    deletable: bool,
    #[serde(default)]
    queryable: bool,
    #[serde(default)]
    searchable: bool,
    #[serde(default)]
    layoutable: bool,
    #[serde(default)]
    deprecated_and_hidden: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct WireField {
    name: String,
    label: String,
    #[serde(rename = "type")]
    kind: FieldType,
    length: u32,
    precision: u32,
    scale: u32,
    digits: u32,
    nillable: bool,
    createable: bool,
    updateable: bool,
    defaulted_on_create: bool,
    default_value: Option<Value>,
    unique: bool,
    external_id: bool,
    id_lookup: bool,
    case_sensitive: bool,
    name_field: bool,
    calculated: bool,
    auto_number: bool,
    html_formatted: bool,
    filterable: bool,
    sortable: bool,
    compound_field_name: Option<String>,
    picklist_values: Option<Vec<WireValue>>,
    restricted_picklist: bool,
    dependent_picklist: bool,
    controller_name: Option<String>,
    reference_to: Option<Vec<String>>,
    relationship_name: Option<String>,
    inline_help_text: Option<String>,
    deprecated_and_hidden: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireValue {
    value: String,
    #[serde(default)]
    label: Option<String>,
    #[serde(default)]
    active: bool,
    #[serde(default)]
    default_value: bool,
    #[serde(default)]
    valid_for: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireRecordType {
    record_type_id: String,
    #[serde(default)]
    name: String,
    #[serde(default = "yes")]
    active: bool,
    #[serde(default)]
    available: bool,
    #[serde(default)]
    default_record_type_mapping: bool,
    #[serde(default)]
    master: bool,
}

/// Versions before 41 do not tell `active`.
fn yes() -> bool {
    true
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireChild {
    #[serde(rename = "childSObject")]
    object: String,
    field: String,
    #[serde(default)]
    relationship_name: Option<String>,
    #[serde(default)]
    deprecated_and_hidden: bool,
}

fn summary(wire: WireObject) -> ObjectSummary {
    ObjectSummary {
        label_plural: safe(wire.label_plural.as_ref().unwrap_or(&wire.label)),
        label: safe(&wire.label),
        api_name: wire.name,
        key_prefix: wire.key_prefix,
        custom: wire.custom,
        createable: wire.createable,
        updateable: wire.updateable,
        deletable: wire.deletable,
        queryable: wire.queryable,
        searchable: wire.searchable,
        layoutable: wire.layoutable,
    }
}

fn visible(fields: Vec<WireField>) -> Vec<Field> {
    fields
        .into_iter()
        .filter(|wire| !wire.deprecated_and_hidden)
        .map(field)
        .collect()
}

fn field(wire: WireField) -> Field {
    let dependent = wire.dependent_picklist;
    Field {
        label: safe(&wire.label),
        // Some versions name a field its own compound (`Name` of Account).
        compound: wire.compound_field_name.filter(|whole| *whole != wire.name),
        picklist: wire
            .picklist_values
            .unwrap_or_default()
            .into_iter()
            .map(|value| picklist_value(value, dependent))
            .collect(),
        controller: wire.controller_name,
        help: wire.inline_help_text.as_deref().map(safe),
        api_name: wire.name,
        kind: wire.kind,
        length: wire.length,
        precision: wire.precision,
        scale: wire.scale,
        digits: wire.digits,
        nillable: wire.nillable,
        createable: wire.createable,
        updateable: wire.updateable,
        defaulted_on_create: wire.defaulted_on_create,
        default_value: wire.default_value,
        unique: wire.unique,
        external_id: wire.external_id,
        id_lookup: wire.id_lookup,
        case_sensitive: wire.case_sensitive,
        name_field: wire.name_field,
        calculated: wire.calculated,
        auto_number: wire.auto_number,
        html: wire.html_formatted,
        filterable: wire.filterable,
        sortable: wire.sortable,
        restricted: wire.restricted_picklist,
        reference_to: wire.reference_to.unwrap_or_default(),
        relationship: wire.relationship_name,
    }
}

fn picklist_value(wire: WireValue, dependent: bool) -> PicklistValue {
    PicklistValue {
        label: safe(wire.label.as_ref().unwrap_or(&wire.value)),
        value: wire.value,
        active: wire.active,
        default: wire.default_value,
        valid_for: wire
            .valid_for
            .filter(|_| dependent)
            .map(|bits| places(&bits)),
    }
}

fn record_type(wire: WireRecordType) -> Option<RecordType> {
    Some(RecordType {
        id: id_of(&wire.record_type_id)?,
        name: safe(&wire.name),
        available: wire.available && wire.active,
        default: wire.default_record_type_mapping,
        master: wire.master,
    })
}

fn child(wire: WireChild) -> ChildRelationship {
    ChildRelationship {
        object: wire.object,
        field: wire.field,
        relationship: wire.relationship_name,
    }
}

fn safe(label: impl AsRef<str>) -> String {
    text::line(label.as_ref()).into_owned()
}

/// Places in the controller's list that `validFor` marks: base64 of a bitmap, most
/// significant bit first, zero bytes at its end left out.
fn places(valid_for: &str) -> Vec<u16> {
    const CODE: GeneralPurpose = GeneralPurpose::new(
        &STANDARD,
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    let bytes = CODE.decode(valid_for).unwrap_or_default();
    (0..=u16::MAX)
        .take(bytes.len() * 8)
        .filter(|&place| {
            let place = usize::from(place);
            bytes[place >> 3] & (0x80 >> (place & 7)) != 0
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn describes_are_asked_for_only_when_changed() {
        let request = describe(
            ApiVersion(66),
            "Contact",
            Some("Fri, 01 May 2026 07:25:37 GMT"),
        );
        assert_eq!(
            request.path,
            "/services/data/v66.0/sobjects/Contact/describe"
        );
        assert_eq!(
            request.headers,
            [(
                "If-Modified-Since",
                "Fri, 01 May 2026 07:25:37 GMT".to_owned()
            )]
        );
        assert!(objects(ApiVersion(66), None).headers.is_empty());
    }

    #[test]
    fn valid_for_is_read_from_the_most_significant_bit() {
        let cases: [(&str, &[u16]); 6] = [
            ("gAAA", &[0]),
            ("QA==", &[1]),
            ("QA", &[1]),
            ("AAE=", &[15]),
            ("wIAB", &[0, 1, 8, 23]),
            ("", &[]),
        ];
        for (bits, expected) in cases {
            assert_eq!(places(bits), expected, "{bits}");
        }
    }

    #[test]
    fn a_lean_describe_is_enough() {
        let body = br#"{"name":"X__c","label":"X\u0007","keyPrefix":null,"fields":[
            {"name":"A__c","label":"A","type":"picklist","dependentPicklist":true,"controllerName":"B__c",
             "picklistValues":[{"value":"v","label":null,"active":true,"validFor":"QA=="}]},
            {"name":"Name","label":"N","type":"string","compoundFieldName":"Name"},
            {"name":"Z__c","label":"Z","type":"neverheardof","defaultValue":1.50}],
            "recordTypeInfos":[{"recordTypeId":"012000000000000AAA","name":"Master","available":true,"master":true}],
            "childRelationships":[{"childSObject":"Y__c","field":"X__c"}]}"#;
        let schema = read_schema(body).unwrap();
        assert_eq!(schema.fields[0].picklist[0].valid_for, Some(vec![1]));
        assert_eq!(schema.fields[0].picklist[0].label, "v");
        assert_eq!(schema.fields[1].compound, None);
        assert_eq!(schema.fields[2].kind, FieldType::Other);
        assert_eq!(
            schema.fields[2].default_value.as_ref().unwrap().to_string(),
            "1.50"
        );
        assert!(schema.record_types[0].available && schema.record_types[0].master);
        assert_eq!(schema.children[0].relationship, None);
        assert!(!schema.summary.label.contains('\x07'));
        assert!(read_schema(b"{}").is_err());
    }
}
