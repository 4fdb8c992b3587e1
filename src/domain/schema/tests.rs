use super::super::testkit::{contact, field, form, list_field, schema, summary};
use super::*;

#[test]
fn required_is_describes_rule_not_just_not_nillable() {
    let contact = contact();
    let names: Vec<&str> = contact
        .fields
        .iter()
        .filter(|field| field.is_required())
        .map(|field| field.api_name.as_str())
        .collect();
    // DoNotCall is not nillable either, but a checkbox always has a value.
    assert_eq!(names, ["LastName"]);
}

#[test]
fn what_the_org_computes_is_never_editable() {
    let cases = [
        field("A", FieldType::String),
        Field {
            calculated: true,
            ..field("A", FieldType::String)
        },
        Field {
            auto_number: true,
            ..field("A", FieldType::String)
        },
        Field {
            updateable: false,
            ..field("A", FieldType::String)
        },
        field("A", FieldType::Address),
        field("A", FieldType::Id),
        field("A", FieldType::Base64),
    ];
    let editable = cases
        .each_ref()
        .map(|field| field.is_editable(Operation::Update));
    assert_eq!(editable, [true, false, false, false, false, false, false]);
    assert!(cases[3].is_editable(Operation::Create));
}

#[test]
fn a_reference_is_called_by_what_it_points_to() {
    let cases = [
        (FieldType::Reference, "Owner ID", "Owner"),
        (FieldType::Reference, "Sponsor", "Sponsor"),
        (FieldType::Id, "Contact ID", "Contact ID"),
        (FieldType::String, "Tax ID", "Tax ID"),
    ];
    for (kind, label, title) in cases {
        let field = Field {
            label: label.to_owned(),
            ..field("A", kind)
        };
        assert_eq!(field.title(), title, "{label}");
    }
}

/// `City` depends on `Country`: London on 0, Paris on 1, Other on both.
fn dependent() -> ObjectSchema {
    let mut city = list_field(
        "City",
        FieldType::Picklist,
        &["London", "Paris", "Other", "Gone"],
    );
    city.controller = Some("Country".to_owned());
    for (value, places) in city
        .picklist
        .iter_mut()
        .zip([vec![0], vec![1], vec![0, 1], vec![0]])
    {
        value.valid_for = Some(places);
    }
    city.picklist[3].active = false;
    let country = list_field("Country", FieldType::Picklist, &["UK", "FR"]);
    schema("X__c", "a00", vec![country, city])
}

#[test]
fn dependent_values_follow_their_controller() {
    let schema = dependent();
    let city = schema.field("City").unwrap();
    let cases: [(Option<&str>, &[&str]); 4] = [
        (Some("UK"), &["London", "Other"]),
        (Some("FR"), &["Paris", "Other"]),
        (Some("DE"), &[]),
        (None, &[]),
    ];
    for (controlling, want) in cases {
        let values: Vec<&str> = schema
            .valid_values(city, controlling)
            .into_iter()
            .map(|entry| entry.value.as_str())
            .collect();
        assert_eq!(values, want, "{controlling:?}");
    }
}

#[test]
fn a_list_without_controller_has_all_its_active_values() {
    let schema = dependent();
    let country = schema.field("Country").unwrap();
    assert_eq!(schema.valid_values(country, None).len(), 2);
}

#[test]
fn a_layout_missing_for_the_record_type_falls_back_to_the_masters() {
    let form = form(contact(), &["Email"]);
    assert!(form.layout(Some("012000000000009AAA")).is_some());
    assert!(form.layout(None).is_some());
}

#[test]
fn objects_are_found_by_name_in_any_case_and_by_prefix_in_its_own() {
    let objects = [
        summary("OpportunityContactRole", "00K"),
        summary("OpportunityLineItem", "00k"),
    ];
    let named = object_named(&objects, "opportunitycontactrole");
    assert_eq!(
        named.map(|object| object.api_name.as_str()),
        Some("OpportunityContactRole")
    );
    let with_prefix = object_with_prefix(&objects, "00k");
    assert_eq!(
        with_prefix.map(|object| object.api_name.as_str()),
        Some("OpportunityLineItem")
    );
    assert_eq!(object_with_prefix(&objects, "zzz"), None);
}

#[test]
fn a_new_record_starts_with_describes_default_or_the_lists() {
    let mut source = list_field("A", FieldType::Picklist, &["Web", "Other"]);
    assert_eq!(source.start_value(), None);
    source.picklist[1].default = true;
    assert_eq!(source.start_value(), Some(Value::from("Other")));
    source.default_value = Some(Value::from("Web"));
    assert_eq!(source.start_value(), Some(Value::from("Web")));
}
