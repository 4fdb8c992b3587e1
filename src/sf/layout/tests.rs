//! A body in the documented shape, and bodies that are not.

use serde_json::json;

use super::*;

fn field(name: &str, kind: FieldType, compound: Option<&str>) -> Field {
    Field {
        api_name: name.to_owned(),
        kind,
        compound: compound.map(str::to_owned),
        createable: true,
        updateable: true,
        nillable: name != "LastName",
        ..Field::default()
    }
}

fn schema() -> ObjectSchema {
    let mut name = field("Name", FieldType::String, None);
    name.name_field = true;
    name.createable = false;
    name.updateable = false;
    ObjectSchema {
        fields: vec![
            field("Email", FieldType::Email, None),
            field("LastName", FieldType::String, Some("Name")),
            field("FirstName", FieldType::String, Some("Name")),
            name,
            field("MailingStreet", FieldType::TextArea, Some("MailingAddress")),
            field("MailingCity", FieldType::String, Some("MailingAddress")),
            field("MailingLatitude", FieldType::Double, Some("MailingAddress")),
            field("MailingAddress", FieldType::Address, None),
            field("Birthdate", FieldType::Date, None),
        ],
        ..ObjectSchema::default()
    }
}

fn item(value: &str, required: bool, components: &[&str]) -> serde_json::Value {
    let parts: Vec<_> = components
        .iter()
        .map(|part| json!({"type": "Field", "value": part}))
        .collect();
    json!({"label": "x", "required": required, "placeholder": false, "editableForNew": true,
        "editableForUpdate": value != "Email",
        "layoutComponents": [{"type": "Field", "value": value, "components": parts, "details": {"a": 1}},
                             {"type": "EmptySpace", "value": null}]})
}

fn body() -> serde_json::Value {
    json!({
        "layouts": [{
            "id": "00h1",
            "detailLayoutSections": [{"heading": "Person\u{202e}", "useHeading": true, "layoutRows": [
                {"numItems": 2, "layoutItems": [
                    item("Name", true, &["FirstName", "LastName"]),
                    {"placeholder": true, "layoutComponents": []}]},
                {"layoutItems": [item("MailingAddress", false, &["MailingStreet", "MailingCity", "MailingLatitude"]), item("Gone__c", false, &[])]}]}],
            "editLayoutSections": [{"heading": "More", "layoutRows": [
                {"layoutItems": [item("Birthdate", true, &[]), item("MailingCity", true, &[])]}]}],
            "relatedLists": [
                {"label": "Cases", "name": "Cases", "sobject": "Case", "field": "ContactId", "limitRows": 5,
                 "columns": [{"label": "Case", "name": "CaseNumber", "field": "Case.CaseNumber"},
                             {"label": "Status", "name": "toLabel(Status)"},
                             {"label": "Owner", "name": "Case.Owner.Alias", "fieldApiName": null},
                             {"label": "Bad", "name": "x; y"}]},
                {"label": "No object", "name": "Xs", "sobject": null}]
        }],
        "recordTypeMappings": [
            {"available": true, "layoutId": "00h1", "recordTypeId": "012000000000000AAA", "master": true,
             "picklistsForRecordType": [{"picklistName": "Rating", "picklistValues": [
                {"value": "Hot", "label": "Hot", "validFor": null}, {"value": "Cold"}]}]},
            {"layoutId": "00h1", "recordTypeId": "012dM0000004HVOQA2", "picklistsForRecordType": null}],
        "recordTypeSelectorRequired": [false]
    })
}

#[test]
fn compound_fields_become_their_parts_and_edit_rules_win() {
    let layouts = read_layouts(body().to_string().as_bytes(), &schema());
    assert_eq!(layouts.len(), 2);
    let layout = &layouts[MASTER_RECORD_TYPE];
    let shown: Vec<_> = layout
        .sections
        .iter()
        .flat_map(|section| &section.items)
        .map(|item| (item.field.as_str(), item.required, item.read_only))
        .collect();
    assert_eq!(
        shown,
        [
            ("FirstName", false, false),
            ("LastName", true, false),
            ("MailingStreet", false, false),
            ("MailingCity", false, false),
            ("Birthdate", true, false),
        ]
    );
    assert!(!layout.sections[0].heading.contains('\u{202e}'));
    assert_eq!(layout.picklists["Rating"], ["Hot", "Cold"]);
}

#[test]
fn parts_are_found_where_the_layout_tells_none() {
    let bare = body()
        .to_string()
        .replace(r#""components":["#, r#""others":["#);
    let layouts = read_layouts(bare.as_bytes(), &schema());
    let items = &layouts[MASTER_RECORD_TYPE].sections[0].items;
    let fields: Vec<_> = items.iter().map(|item| item.field.as_str()).collect();
    assert_eq!(
        fields,
        ["LastName", "FirstName", "MailingStreet", "MailingCity"]
    );
}

#[test]
fn columns_are_read_down_and_a_gap_moves_no_field_to_the_other_column() {
    let gap =
        json!({"placeholder": true, "layoutComponents": [{"type": "EmptySpace", "value": null}]});
    let row = |items: [serde_json::Value; 2]| json!({"numItems": 2, "layoutItems": items});
    let rows = [
        row([item("LastName", false, &[]), item("Email", false, &[])]),
        row([gap, item("Birthdate", false, &[])]),
        row([
            item("FirstName", false, &[]),
            item("MailingCity", false, &[]),
        ]),
    ];
    let body = json!({"layouts": [{"id": "00h1", "detailLayoutSections": [
        {"heading": "Person", "columns": 2, "layoutRows": rows}]}]});
    let layouts = read_layouts(body.to_string().as_bytes(), &schema());
    let items = &layouts[MASTER_RECORD_TYPE].sections[0].items;
    let fields: Vec<_> = items.iter().map(|item| item.field.as_str()).collect();
    let wanted = ["LastName", "FirstName", "Email", "Birthdate", "MailingCity"];
    assert_eq!(fields, wanted);
}

#[test]
fn related_lists_keep_columns_that_can_be_queried() {
    let layouts = read_layouts(body().to_string().as_bytes(), &schema());
    let related = &layouts[MASTER_RECORD_TYPE].related;
    assert_eq!(related.len(), 1);
    let paths: Vec<_> = related[0]
        .columns
        .iter()
        .map(|(_, path)| path.as_str())
        .collect();
    assert_eq!(paths, ["CaseNumber", "Status", "Owner.Alias"]);
    assert_eq!(
        (
            related[0].relationship.as_str(),
            related[0].field.as_deref()
        ),
        ("Cases", Some("ContactId"))
    );
}

#[test]
fn without_a_readable_layout_every_editable_field_is_shown() {
    for body in [
        "",
        "<html>",
        "{}",
        "[]",
        r#"{"layouts":"x"}"#,
        r#"{"layouts":[{"id":"1"}]}"#,
    ] {
        let layouts = read_layouts(body.as_bytes(), &schema());
        let fields: Vec<_> = layouts[MASTER_RECORD_TYPE].sections[0]
            .items
            .iter()
            .map(|item| item.field.as_str())
            .collect();
        assert_eq!(fields[..3], ["LastName", "FirstName", "Email"], "{body}");
        assert!(!fields.contains(&"MailingAddress") && !fields.contains(&"Name"));
    }
}
