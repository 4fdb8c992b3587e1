//! Drives the app as a user and a worker would: keys in, hand-made answers back.

use std::collections::BTreeMap;
use std::sync::Arc;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::Zoned;
use serde_json::{Value, json};

use crate::domain::activity::{ActivityRules, NoteObject};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::record::{Link, Record};
use crate::domain::schema::{
    Field, FieldType, LayoutItem, MASTER_RECORD_TYPE, ObjectForm, ObjectSchema, ObjectSummary,
    PageLayout, PicklistValue, RecordType, Section,
};
use crate::domain::timeline::Timeline;
use crate::domain::write::{Op, OpState, Write};
use crate::job::{Answer, Job, JobId, Page, Reply};

use super::App;
use super::msg::{Effect, Intent, Msg};
use super::overlay::Overlay;
use super::screen::form::Form;
use super::screen::log::LogForm;

/// Ids used in tests.
pub const LENA: &str = "003000000000001AAA";
/// An account.
pub const ACME: &str = "001000000000001AAA";

/// An app with everything it asked for.
pub struct Bench {
    /// The app.
    pub app: App,
    /// Jobs started, in order.
    pub jobs: Vec<(JobId, Job)>,
}

/// Sunday 22 November 2026, 12:00 in Berlin.
pub fn noon() -> Zoned {
    "2026-11-22T12:00:00+01:00[Europe/Berlin]".parse().unwrap()
}

impl Default for Bench {
    fn default() -> Self {
        Self::new()
    }
}

impl Bench {
    /// A fresh app that knows its objects.
    pub fn new() -> Self {
        let (app, _) = App::start("demo", noon());
        let mut bench = Self {
            app,
            jobs: Vec::new(),
        };
        bench.answer(JobId(0), Reply::Objects(Arc::new(objects())));
        bench.jobs.clear();
        bench
    }

    /// Wants something of the app.
    pub fn ask(&mut self, intent: Intent) {
        let effects = self.app.turn(|_, turn| turn.ask(intent));
        self.take(effects);
    }

    /// Opens the form on Lena.
    pub fn edit_lena(&mut self) {
        self.ask(Intent::Edit(lena(), Some(Box::new(page(lena_record())))));
    }

    /// Presses keys by the names of the command table.
    pub fn press(&mut self, keys: &str) {
        for key in keys.split(' ') {
            let effects = self.app.update(Msg::Key(key_of(key)), noon());
            self.take(effects);
        }
    }

    /// Types text key by key.
    pub fn type_text(&mut self, text: &str) {
        for c in text.chars() {
            let key = KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE);
            let effects = self.app.update(Msg::Key(key), noon());
            self.take(effects);
        }
    }

    /// Pastes text.
    pub fn paste(&mut self, text: &str) {
        let effects = self.app.update(Msg::Paste(text.to_owned()), noon());
        self.take(effects);
    }

    /// A timer runs out.
    pub fn ring(&mut self, timer: super::msg::Timer) {
        let effects = self.app.update(Msg::Rang(timer), noon());
        self.take(effects);
    }

    /// The worker gives its last answer to a job.
    pub fn answer(&mut self, job: JobId, reply: Reply) {
        let answer = Answer {
            job: Some(job),
            reply,
            last: true,
            link: None,
        };
        let effects = self.app.update(Msg::Answered(answer), noon());
        self.take(effects);
    }

    fn take(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            if let Effect::Start(id, job) = effect {
                self.jobs.push((id, *job));
            }
        }
    }

    /// Jobs that write to the org.
    pub fn writes(&self) -> Vec<&Job> {
        let writes = |job: &&Job| {
            matches!(
                job,
                Job::Write { .. } | Job::Revise { .. } | Job::Log { .. }
            )
        };
        self.jobs
            .iter()
            .map(|(_, job)| job)
            .filter(writes)
            .collect()
    }

    /// The last job that the filter lets through.
    pub fn last(&self, wanted: impl Fn(&Job) -> bool) -> (JobId, Job) {
        let found = self.jobs.iter().rev().find(|(_, job)| wanted(job));
        found.expect("such a job was started").clone()
    }

    /// The last write and its job.
    pub fn last_write(&self) -> (JobId, Write) {
        let (id, job) = self.last(|job| matches!(job, Job::Write { .. } | Job::Revise { .. }));
        match job {
            Job::Write { write, .. } | Job::Revise { write, .. } => (id, write),
            _ => unreachable!(),
        }
    }

    /// The open form.
    pub fn form(&self) -> &Form {
        match self.app.overlays.last() {
            Some(Overlay::Form(form)) => form,
            other => panic!("no form on top: {other:?}"),
        }
    }

    /// The open log.
    pub fn log(&self) -> &LogForm {
        match self.app.overlays.last() {
            Some(Overlay::Log(log)) => log,
            other => panic!("no log on top: {other:?}"),
        }
    }

    /// What just happened.
    pub fn notice(&self) -> &str {
        self.app.notice.as_ref().map_or("", |notice| &notice.text)
    }
}

/// A key by its name in the command table.
pub fn key_of(name: &str) -> KeyEvent {
    let (modifiers, base) = match name.split_once('-') {
        Some(("C", base)) => (KeyModifiers::CONTROL, base),
        Some(("S", base)) => (KeyModifiers::SHIFT, base),
        _ => (KeyModifiers::NONE, name),
    };
    let code = match base {
        "Enter" => KeyCode::Enter,
        "Esc" => KeyCode::Esc,
        "Tab" if modifiers == KeyModifiers::SHIFT => KeyCode::BackTab,
        "Tab" => KeyCode::Tab,
        "Up" => KeyCode::Up,
        "Down" => KeyCode::Down,
        "Left" => KeyCode::Left,
        "Right" => KeyCode::Right,
        "BS" => KeyCode::Backspace,
        "Del" => KeyCode::Delete,
        "PgDn" => KeyCode::PageDown,
        "PgUp" => KeyCode::PageUp,
        "Space" => KeyCode::Char(' '),
        "F2" => KeyCode::F(2),
        "F7" => KeyCode::F(7),
        "F8" => KeyCode::F(8),
        other => KeyCode::Char(other.chars().next().unwrap()),
    };
    KeyEvent::new(code, modifiers)
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
    }))
}

/// A refusal that names fields.
pub fn refusal(kind: FailureKind, message: &str, fields: &[&str]) -> Failure {
    let fields = fields.iter().map(|field| (*field).to_owned()).collect();
    Failure::new(kind, "FIELD_CUSTOM_VALIDATION_EXCEPTION", message).with_fields(fields)
}

/// The contact most tests edit.
pub fn lena() -> Link {
    Link {
        object: "Contact".to_owned(),
        id: LENA.parse().unwrap(),
        name: "Lena Ortiz".to_owned(),
    }
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

/// A field anyone may set.
pub fn field(api_name: &str, label: &str, kind: FieldType) -> Field {
    Field {
        api_name: api_name.to_owned(),
        label: label.to_owned(),
        kind,
        nillable: true,
        createable: true,
        updateable: true,
        ..Field::default()
    }
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

fn section(heading: &str, fields: &[&str]) -> Section {
    let items = fields.iter().map(|field| LayoutItem {
        field: (*field).to_owned(),
        ..LayoutItem::default()
    });
    Section {
        heading: heading.to_owned(),
        items: items.collect(),
    }
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
        S::Delete { .. } => None,
    }
}
