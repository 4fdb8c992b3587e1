//! A contact to edit and activities to log: objects, fields, layouts and record types.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Zoned;
use serde_json::{Value, json};

use crate::domain::activity::{ActivityRules, NoteObject};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::record::Record;
use crate::domain::schema::{
    Field, FieldType, MASTER_RECORD_TYPE, ObjectForm, ObjectSchema, ObjectSummary, PageLayout,
    PicklistValue, RecordType,
};
use crate::domain::timeline::Timeline;
use crate::domain::write::{Delivery, Op, OpState, Write};
use crate::job::{JobId, Page, Reply};

use crate::app::msg::Intent;

use super::driver::Driver;
use super::{ACME, LENA, field, lena, section};

/// Sunday 22 November 2026, 12:00 in Berlin.
pub fn noon() -> Zoned {
    "2026-11-22T12:00:00+01:00[Europe/Berlin]".parse().unwrap()
}

/// A fresh app that knows its objects and was asked nothing yet.
pub fn fresh() -> Driver {
    let mut driver = Driver::at(noon());
    driver.answer(JobId(0), Reply::Objects(Arc::new(objects())));
    driver.started.clear();
    driver
}

/// Opens the form on Lena.
pub fn edit_lena(driver: &mut Driver) {
    let page = Box::new(page(lena_record()));
    driver.ask(Intent::Edit(lena(), Some(page)));
}

/// An app with the form open on Lena.
pub fn editing() -> Driver {
    let mut driver = fresh();
    edit_lena(&mut driver);
    driver
}

/// A write in the outbox.
pub fn op(write: &Write, state: OpState, failure: Option<Failure>) -> Reply {
    let at = noon().timestamp();
    Reply::Op(Box::new(Op {
        id: uuid::Uuid::from_u128(41),
        number: 41,
        connection: "demo".to_owned(),
        write: write.clone(),
        state,
        attempts: 1,
        failure,
        ids: match state {
            OpState::Done => vec![LENA.parse().unwrap()],
            _ => Vec::new(),
        },
        created: at,
        changed: at,
        delivery: Delivery::default(),
    }))
}

/// A refusal that names fields.
pub fn refusal(kind: FailureKind, message: &str, fields: &[&str]) -> Failure {
    let fields = fields.iter().map(|field| (*field).to_owned()).collect();
    Failure::new(kind, "FIELD_CUSTOM_VALIDATION_EXCEPTION", message).with_fields(fields)
}

/// Her record.
pub fn lena_record() -> Record {
    let fields = json!({
        "Id": LENA,
        "LastModifiedDate": "2026-11-12T08:14:07.000+0000",
        "FirstName": "Lena", "LastName": "Ortiz", "Name": "Lena Ortiz",
        "Title": "Head of IT", "Email": "lena.ortiz@example.com",
        "AccountId": ACME, "Account": {"Name": "Acme Holdings plc"},
        "LeadSource": "Web", "DoNotCall": false,
        "Description": "Two\nlines of text",
        "Segment__c": "Enterprise;Public",
        "CreatedDate": "2024-02-02T08:00:00.000+0000",
    });
    Record {
        object: "Contact".to_owned(),
        id: Some(LENA.parse().unwrap()),
        fields: fields.as_object().cloned().unwrap(),
    }
}

/// A page as the record screen holds it.
pub fn page(record: Record) -> Page {
    Page {
        record,
        form: Arc::new(contact_form()),
        related: Vec::new(),
        timeline: Timeline::default(),
        missing: Vec::new(),
        fetched: noon().timestamp(),
    }
}

fn summary(api_name: &str, prefix: &str) -> ObjectSummary {
    ObjectSummary {
        api_name: api_name.to_owned(),
        label: api_name.trim_end_matches("__c").to_owned(),
        key_prefix: Some(prefix.to_owned()),
        createable: true,
        updateable: true,
        queryable: true,
        layoutable: true,
        ..ObjectSummary::default()
    }
}

/// Describe global.
pub fn objects() -> Vec<ObjectSummary> {
    vec![
        summary("Account", "001"),
        summary("Campaign", "701"),
        summary("Contact", "003"),
        summary("Opportunity", "006"),
        summary("Project__c", "a01"),
    ]
}

fn text_field(api_name: &str, label: &str, length: u32) -> Field {
    Field {
        length,
        ..field(api_name, label, FieldType::String)
    }
}

fn list(field: Field, values: &[&str]) -> Field {
    let picklist = values.iter().map(|value| PicklistValue {
        value: (*value).to_owned(),
        label: (*value).to_owned(),
        active: true,
        ..PicklistValue::default()
    });
    Field {
        picklist: picklist.collect(),
        restricted: true,
        ..field
    }
}

fn contact_fields() -> Vec<Field> {
    let segments = &["Enterprise", "Public", "Small"];
    let sources = &["Web", "Phone", "Partner"];
    vec![
        Field {
            name_field: true,
            createable: false,
            updateable: false,
            ..text_field("Name", "Full name", 121)
        },
        Field {
            compound: Some("Name".to_owned()),
            ..text_field("FirstName", "First name", 40)
        },
        Field {
            compound: Some("Name".to_owned()),
            nillable: false,
            ..text_field("LastName", "Last name", 80)
        },
        text_field("Title", "Title", 128),
        Field {
            length: 80,
            help: Some("Where she reads mail.".to_owned()),
            ..field("Email", "Email", FieldType::Email)
        },
        Field {
            reference_to: vec!["Account".to_owned()],
            relationship: Some("Account".to_owned()),
            ..field("AccountId", "Account", FieldType::Reference)
        },
        list(
            field("LeadSource", "Lead source", FieldType::Picklist),
            sources,
        ),
        field("DoNotCall", "Do not call", FieldType::Boolean),
        Field {
            length: 32000,
            ..field("Description", "Description", FieldType::TextArea)
        },
        list(
            field("Segment__c", "Segment", FieldType::MultiPicklist),
            segments,
        ),
        Field {
            precision: 18,
            scale: 2,
            ..field("Budget__c", "Budget", FieldType::Currency)
        },
        field("Renewal__c", "Renewal", FieldType::Date),
        Field {
            createable: false,
            updateable: false,
            ..field("CreatedDate", "Created", FieldType::DateTime)
        },
    ]
}

/// Contact with a layout of two sections.
pub fn contact_form() -> ObjectForm {
    let details = [
        "Name",
        "Title",
        "Email",
        "AccountId",
        "LeadSource",
        "DoNotCall",
    ];
    let more = [
        "Description",
        "Segment__c",
        "Budget__c",
        "Renewal__c",
        "CreatedDate",
    ];
    let layout = PageLayout {
        sections: vec![section("Contact", &details), section("More", &more)],
        ..PageLayout::default()
    };
    ObjectForm {
        schema: ObjectSchema {
            summary: summary("Contact", "003"),
            fields: contact_fields(),
            ..ObjectSchema::default()
        },
        layouts: BTreeMap::from([(MASTER_RECORD_TYPE.to_owned(), layout)]),
    }
}

/// Contact with two record types, the second the default; the first knows no `Phone`.
pub fn typed_contact_form() -> ObjectForm {
    let mut form = contact_form();
    let kind = |id: &str, name: &str, default: bool| RecordType {
        id: id.parse().unwrap(),
        name: name.to_owned(),
        available: true,
        default,
        master: false,
    };
    let (partner, business) = ("012000000000001AAA", "012000000000002AAA");
    form.schema.record_types = vec![
        kind(partner, "Partner", false),
        kind(business, "Business", true),
    ];
    let layout = form.layouts.values().next().cloned().unwrap();
    form.layouts.insert(business.to_owned(), layout.clone());
    let mut other = layout;
    let kept = vec!["Web".to_owned(), "Partner".to_owned()];
    other.picklists.insert("LeadSource".to_owned(), kept);
    form.layouts.insert(partner.to_owned(), other);
    form
}

/// What an org says about logging.
pub fn rules() -> ActivityRules {
    let reference = |name: &str, label: &str, to: &[&str]| Field {
        reference_to: to.iter().map(|to| (*to).to_owned()).collect(),
        ..field(name, label, FieldType::Reference)
    };
    let fields = vec![
        text_field("Subject", "Subject", 255),
        reference("WhoId", "Name", &["Contact", "Lead"]),
        reference("WhatId", "Related to", &["Account", "Opportunity"]),
        text_field("Status", "Status", 40),
        field("ActivityDate", "Due date", FieldType::Date),
        Field {
            length: 32000,
            ..field("Description", "Comments", FieldType::TextArea)
        },
        text_field("CallDisposition", "Call result", 255),
        field("CallDurationInSeconds", "Call duration", FieldType::Int),
        text_field("TaskSubtype", "Subtype", 40),
    ];
    ActivityRules {
        task: ObjectSchema {
            summary: summary("Task", "00T"),
            fields: fields.clone(),
            ..ObjectSchema::default()
        },
        event: Some(ObjectSchema {
            summary: summary("Event", "00U"),
            fields,
            ..ObjectSchema::default()
        }),
        closed_status: "Completed".to_owned(),
        notes: NoteObject::ContentNote,
    }
}

/// A field's value in the only step of a write.
pub fn sent<'a>(write: &'a Write, field: &str) -> Option<&'a Value> {
    use crate::domain::write::WriteStep as S;
    match write.steps.first()? {
        S::Create { fields, .. } | S::Update { fields, .. } => fields.get(field),
        S::Delete { .. } | S::Undelete { .. } => None,
    }
}
