//! Small made-up fields, forms and records for the tests of this module.

use jiff::Zoned;
use jiff::civil::date;
use serde_json::{Value, json};

use super::id::RecordId;
use super::record::{Fields, Link, Record};
use super::schema::{
    Field, FieldType, LayoutItem, MASTER_RECORD_TYPE, ObjectForm, ObjectSchema, ObjectSummary,
    PageLayout, PicklistValue, Section,
};

pub(super) const LENA: &str = "003000000000001AAA";
pub(super) const ACME: &str = "001000000000001AAA";

/// Sunday 22 November 2026, 12:04, in a zone that changes its clocks.
pub(super) fn now() -> Zoned {
    date(2026, 11, 22)
        .at(12, 4, 0, 0)
        .in_tz("Europe/London")
        .unwrap()
}

pub(super) fn id(text: &str) -> RecordId {
    text.parse().unwrap()
}

pub(super) fn link(object: &str, id_text: &str, name: &str) -> Link {
    Link {
        object: object.to_owned(),
        id: id(id_text),
        name: name.to_owned(),
    }
}

/// A field anybody may set and leave empty.
pub(super) fn field(api_name: &str, kind: FieldType) -> Field {
    Field {
        api_name: api_name.to_owned(),
        label: api_name.to_owned(),
        kind,
        nillable: true,
        createable: true,
        updateable: true,
        ..Field::default()
    }
}

/// A field holding text of at most `length` characters.
pub(super) fn text_field(api_name: &str, length: u32) -> Field {
    Field {
        length,
        ..field(api_name, FieldType::String)
    }
}

/// A field for decimals of `precision` digits, `scale` of them behind the point.
pub(super) fn number_field(kind: FieldType, precision: u32, scale: u32) -> Field {
    Field {
        precision,
        scale,
        ..field("Amount", kind)
    }
}

/// A list of active values; labels differ from values where given as `value=label`.
pub(super) fn list_field(api_name: &str, kind: FieldType, values: &[&str]) -> Field {
    let value = |text: &&str| {
        let (value, label) = text.split_once('=').unwrap_or((text, text));
        PicklistValue {
            value: value.to_owned(),
            label: label.to_owned(),
            active: true,
            ..PicklistValue::default()
        }
    };
    Field {
        picklist: values.iter().map(value).collect(),
        ..field(api_name, kind)
    }
}

pub(super) fn reference_field(api_name: &str, parent: &str, objects: &[&str]) -> Field {
    Field {
        relationship: Some(parent.to_owned()),
        reference_to: objects.iter().map(|name| (*name).to_owned()).collect(),
        ..field(api_name, FieldType::Reference)
    }
}

pub(super) fn summary(api_name: &str, prefix: &str) -> ObjectSummary {
    ObjectSummary {
        api_name: api_name.to_owned(),
        label: api_name.to_owned(),
        key_prefix: Some(prefix.to_owned()),
        ..ObjectSummary::default()
    }
}

pub(super) fn schema(api_name: &str, prefix: &str, fields: Vec<Field>) -> ObjectSchema {
    ObjectSchema {
        summary: summary(api_name, prefix),
        fields,
        ..ObjectSchema::default()
    }
}

/// A form whose only layout shows the named fields in that order; `*Name` wants a value.
pub(super) fn form(schema: ObjectSchema, layout: &[&str]) -> ObjectForm {
    let items = layout
        .iter()
        .map(|name| LayoutItem {
            field: name.trim_start_matches('*').to_owned(),
            required: name.starts_with('*'),
            read_only: false,
        })
        .collect();
    let sections = vec![Section {
        heading: "Details".to_owned(),
        items,
    }];
    let page = PageLayout {
        sections,
        ..PageLayout::default()
    };
    ObjectForm {
        schema,
        layouts: [(MASTER_RECORD_TYPE.to_owned(), page)].into(),
    }
}

/// Contact, cut down to a field of most types.
pub(super) fn contact() -> ObjectSchema {
    let name = Field {
        name_field: true,
        createable: false,
        updateable: false,
        ..text_field("Name", 121)
    };
    let last_name = Field {
        nillable: false,
        label: "Last Name".to_owned(),
        ..text_field("LastName", 80)
    };
    let email = Field {
        length: 80,
        ..field("Email", FieldType::Email)
    };
    let do_not_call = Field {
        nillable: false,
        defaulted_on_create: true,
        ..field("DoNotCall", FieldType::Boolean)
    };
    schema(
        "Contact",
        "003",
        vec![
            name,
            text_field("FirstName", 40),
            last_name,
            text_field("Title", 128),
            email,
            do_not_call,
            field("Birthdate", FieldType::Date),
            list_field(
                "LeadSource",
                FieldType::Picklist,
                &["Web", "Phone Inquiry", "Other"],
            ),
            number_field(FieldType::Currency, 18, 2),
            reference_field("AccountId", "Account", &["Account"]),
        ],
    )
}

pub(super) fn record(object: &str, id_text: &str, fields: Value) -> Record {
    let fields: Fields = fields.as_object().cloned().unwrap_or_default();
    Record {
        object: object.to_owned(),
        id: Some(id(id_text)),
        fields,
    }
}

pub(super) fn lena() -> Record {
    record(
        "Contact",
        LENA,
        json!({
            "Name": "Lena Ortiz", "FirstName": "Lena", "LastName": "Ortiz",
            "Title": "Head of IT", "Email": "lena.ortiz@example.com", "DoNotCall": false,
            "Birthdate": null, "LeadSource": "Web", "Amount": 120000.0,
            "AccountId": ACME, "Account": {"Name": "Acme Holdings plc"},
            "LastModifiedDate": "2026-11-12T09:14:07.000+0000"
        }),
    )
}
