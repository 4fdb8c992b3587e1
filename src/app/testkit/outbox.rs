//! An outbox with writes in every state, and describes enough to tell of them.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::domain::failure::{Failure, FailureKind};
use crate::domain::schema::{
    Field, FieldType, LayoutItem, MASTER_RECORD_TYPE, ObjectForm, ObjectSchema, ObjectSummary,
    PageLayout, PicklistValue, Section,
};
use crate::domain::write::{Delivery, Op, OpState, Write, WriteStep};
use crate::job::{OrgKind, Reply, Session};

use super::driver::Driver;
use super::id;

/// An app just started, at 12:04 on 12 November 2026; keys come a second apart.
pub fn start() -> Driver {
    let now = "2026-11-12T12:04:00[UTC]".parse().unwrap();
    Driver {
        pace: Duration::from_secs(1),
        ..Driver::at(now)
    }
}

/// An app that knows who it is and what its outbox holds.
pub fn with_ops(ops: Vec<Op>) -> Driver {
    let mut it = start();
    it.reply(Reply::Connected(session(OrgKind::Local)));
    it.reply(Reply::Outbox(ops));
    it.app.notice = None;
    it
}

/// Who we are in tests.
pub fn session(kind: OrgKind) -> Session {
    Session {
        connection: "demo".to_owned(),
        org_id: "00D000000000001EAA".to_owned(),
        user_id: "005000000000001AAA".to_owned(),
        user_name: "Kim Rivera".to_owned(),
        username: "kim@demo.test".to_owned(),
        kind,
        instance_url: "http://127.0.0.1:1".to_owned(),
        zone: "UTC".to_owned(),
    }
}

/// A write that makes a contact; its last change was `number` seconds after 12:00.
pub fn op(number: i64, state: OpState) -> Op {
    let at = |seconds: i64| -> Timestamp {
        let noon: Timestamp = "2026-11-12T12:00:00Z".parse().unwrap();
        noon + jiff::SignedDuration::from_secs(seconds)
    };
    let fields = serde_json::json!({"LastName": "Park", "Email": "jo.park@", "AccountId": null});
    Op {
        id: uuid::Uuid::from_u128(number.unsigned_abs().into()),
        number,
        connection: "demo".to_owned(),
        write: Write {
            summary: "Contact create 'Jo Park'".to_owned(),
            steps: vec![WriteStep::Create {
                object: "Contact".to_owned(),
                fields: fields.as_object().cloned().unwrap_or_default(),
            }],
            allow_duplicates: false,
        },
        state,
        attempts: u32::from(state != OpState::Queued),
        failure: failure_of(state),
        ids: match state {
            OpState::Done => vec![id("003000000000001")],
            _ => Vec::new(),
        },
        created: at(number - 1),
        changed: at(number),
        delivery: Delivery::default(),
    }
}

fn failure_of(state: OpState) -> Option<Failure> {
    match state {
        OpState::Failed => {
            let text = "Email: invalid email address: jo.park@";
            let failure = Failure::from_org("INVALID_EMAIL_ADDRESS", Some(400), text);
            Some(failure.with_fields(vec!["Email".to_owned()]))
        }
        OpState::Unknown => Some(Failure::outcome_unknown("the line broke before the answer")),
        OpState::Retry => Some(Failure::no_connection("the host is not known")),
        OpState::Queued
        | OpState::Sending
        | OpState::Blocked
        | OpState::Done
        | OpState::Cancelled => None,
    }
}

/// A failure of this kind, with a text of its own.
pub fn failure(kind: FailureKind) -> Failure {
    Failure::new(kind, "SOME_CODE", "the org's own words")
}

/// A describe of Contact with the fields the writes above have.
pub fn contact_form() -> Arc<ObjectForm> {
    let field = |name: &str, label: &str| Field {
        length: 80,
        ..super::field(name, label, FieldType::String)
    };
    Arc::new(ObjectForm {
        schema: ObjectSchema {
            summary: ObjectSummary {
                api_name: "Contact".to_owned(),
                label: "Contact".to_owned(),
                ..ObjectSummary::default()
            },
            fields: vec![
                field("LastName", "Last Name"),
                field("Email", "Email"),
                field("AccountId", "Account ID"),
            ],
            ..ObjectSchema::default()
        },
        ..ObjectForm::default()
    })
}

/// A describe of Contact with a field of every sort, on a layout.
pub fn every_type() -> Arc<ObjectForm> {
    let mut form = contact_form().as_ref().clone();
    form.schema.summary.createable = true;
    form.schema.summary.updateable = true;
    form.schema.summary.deletable = true;
    for (name, kind) in TYPES {
        form.schema.fields.push(Field {
            api_name: (*name).to_owned(),
            label: format!("The {name}"),
            kind: *kind,
            createable: true,
            updateable: true,
            length: 32_000,
            precision: 18,
            scale: 2,
            reference_to: vec!["Account".to_owned(), "Contact".to_owned()],
            picklist: ["a", "b"].map(choice).into(),
            help: Some("what to put here".to_owned()),
            ..Field::default()
        });
    }
    let items = form.schema.fields.iter().map(|field| LayoutItem {
        field: field.api_name.clone(),
        required: field.api_name == "LastName",
        read_only: false,
    });
    let section = Section {
        heading: "All of them".to_owned(),
        items: items.collect(),
    };
    let layout = PageLayout {
        sections: vec![section],
        ..PageLayout::default()
    };
    form.layouts.insert(MASTER_RECORD_TYPE.to_owned(), layout);
    Arc::new(form)
}

const TYPES: &[(&str, FieldType)] = &[
    ("Memo", FieldType::TextArea),
    ("Flag", FieldType::Boolean),
    ("Count", FieldType::Int),
    ("Number", FieldType::Double),
    ("Amount", FieldType::Currency),
    ("Share", FieldType::Percent),
    ("Day", FieldType::Date),
    ("Moment", FieldType::DateTime),
    ("Hour", FieldType::Time),
    ("Choice", FieldType::Picklist),
    ("Choices", FieldType::MultiPicklist),
    ("Combo", FieldType::Combobox),
    ("Link", FieldType::Url),
    ("Parent", FieldType::Reference),
    ("Place", FieldType::Location),
    ("Strange", FieldType::Other),
];

fn choice(value: &str) -> PicklistValue {
    PicklistValue {
        value: value.to_owned(),
        label: value.to_uppercase(),
        active: true,
        ..PicklistValue::default()
    }
}
