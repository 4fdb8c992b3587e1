//! A made-up org and a contact with everything on its page, to find and to read.

use std::sync::Arc;

use jiff::Zoned;
use serde_json::{Value, json};

use crate::app::org::Org;
use crate::domain::record::{Fields, Record};
use crate::domain::schema::{
    Field, FieldType, MASTER_RECORD_TYPE, ObjectForm, ObjectSchema, ObjectSummary, PageLayout,
};
use crate::domain::timeline::{Activity, ActivityKind, Timeline};
use crate::domain::write::{Delivery, Op, OpState, Write, WriteStep};
use crate::job::{Found, Hit, Job, LinkState, Page, Related, Reply};

use super::driver::Driver;
use super::{ACME, LENA, id, lena, link, section};

pub fn now() -> Zoned {
    "2026-11-22T12:00:08[Europe/London]"
        .parse()
        .expect("a moment")
}

/// A contact of one letter; its id ends in that letter.
pub fn hit(name: &str) -> Hit {
    let letter = name.chars().next().unwrap_or('A');
    Hit {
        link: link("Contact", &format!("00300000000000{letter}"), name),
        detail: String::new(),
        cached: false,
    }
}

fn object(api_name: &str, prefix: &str, is_searchable: bool) -> ObjectSummary {
    ObjectSummary {
        api_name: api_name.to_owned(),
        label: api_name.trim_end_matches("__c").to_owned(),
        label_plural: format!("{api_name}s"),
        key_prefix: Some(prefix.to_owned()),
        custom: api_name.ends_with("__c"),
        createable: true,
        updateable: true,
        deletable: true,
        queryable: true,
        searchable: is_searchable,
        layoutable: true,
    }
}

pub fn org() -> Org {
    let objects = vec![
        object("Account", "001", true),
        object("Contact", "003", true),
        object("Opportunity", "006", true),
        object("Task", "00T", false),
        object("Project__c", "a01", true),
        object("User", "005", false),
    ];
    Org {
        connection: "demo".to_owned(),
        objects: Arc::new(objects),
        ..Org::default()
    }
}

fn field(api_name: &str, label: &str, kind: FieldType) -> Field {
    Field {
        length: 255,
        ..super::field(api_name, label, kind)
    }
}

fn reference(api_name: &str, label: &str, to: &str) -> Field {
    Field {
        reference_to: vec![to.to_owned()],
        relationship: Some(api_name.trim_end_matches("Id").to_owned()),
        ..field(api_name, label, FieldType::Reference)
    }
}

fn part(api_name: &str, whole: &str) -> Field {
    Field {
        compound: Some(whole.to_owned()),
        ..field(api_name, api_name, FieldType::String)
    }
}

fn contact_schema() -> ObjectSchema {
    let name = Field {
        name_field: true,
        ..field("Name", "Full Name", FieldType::String)
    };
    ObjectSchema {
        summary: object("Contact", "003", true),
        fields: vec![
            field("Id", "Contact ID", FieldType::Id),
            name,
            part("FirstName", "Name"),
            part("LastName", "Name"),
            field("Title", "Title", FieldType::String),
            reference("AccountId", "Account ID", "Account"),
            field("Phone", "Phone", FieldType::Phone),
            field("MobilePhone", "Mobile", FieldType::Phone),
            field("Email", "Email", FieldType::Email),
            field("MailingAddress", "Mailing Address", FieldType::Address),
            part("MailingStreet", "MailingAddress"),
            part("MailingCity", "MailingAddress"),
            part("MailingCountry", "MailingAddress"),
            field("Description", "Description", FieldType::TextArea),
            field("DoNotCall", "Do Not Call", FieldType::Boolean),
            reference("OwnerId", "Owner", "User"),
            field("LastModifiedDate", "Last Modified", FieldType::DateTime),
        ],
        ..ObjectSchema::default()
    }
}

pub fn form() -> ObjectForm {
    let layout = PageLayout {
        sections: vec![
            section(
                "Contact Information",
                &[
                    "FirstName",
                    "LastName",
                    "Title",
                    "AccountId",
                    "Phone",
                    "MobilePhone",
                    "Email",
                    "Birthdate",
                ],
            ),
            section(
                "Address Information",
                &["MailingStreet", "MailingCity", "MailingCountry"],
            ),
            section("Description Information", &["Description"]),
        ],
        ..PageLayout::default()
    };
    ObjectForm {
        schema: contact_schema(),
        layouts: [(MASTER_RECORD_TYPE.to_owned(), layout)].into(),
    }
}

pub fn record(object: &str, id_text: &str, fields: Value) -> Record {
    let Value::Object(fields) = fields else {
        return record(object, id_text, json!({}));
    };
    Record {
        object: object.to_owned(),
        id: Some(id(id_text)),
        fields,
    }
}

pub fn activity(kind: ActivityKind, id_text: &str, day: &str, subject: &str) -> Activity {
    Activity {
        link: link("Task", id_text, subject),
        kind,
        day: day.parse().ok(),
        text: String::new(),
        with: None,
        owner: None,
        open: false,
    }
}

pub fn timeline() -> Timeline {
    let open = |it: Activity| Activity { open: true, ..it };
    let call = Activity {
        text: "Left with 2 open points:\nterm length, discount cap".to_owned(),
        ..activity(
            ActivityKind::Call,
            "00T000000000003",
            "2026-11-12",
            "Pricing talk",
        )
    };
    Timeline {
        open: vec![
            open(activity(
                ActivityKind::Task,
                "00T000000000001",
                "2026-11-20",
                "Call back",
            )),
            open(activity(
                ActivityKind::Task,
                "00T000000000002",
                "2026-11-23",
                "Send SOC2",
            )),
        ],
        past: vec![
            call,
            activity(
                ActivityKind::Email,
                "00T000000000004",
                "2026-11-03",
                "Proposal v2",
            ),
            activity(
                ActivityKind::Note,
                "00T000000000005",
                "2025-10-02",
                "Short mails",
            ),
        ],
        more: false,
    }
}

#[expect(clippy::too_many_lines, reason = "one list of sample data")]
pub fn page() -> Page {
    let fields = json!({
        "Id": LENA,
        "Name": "Lena Ortiz",
        "FirstName": "Lena",
        "LastName": "Ortiz",
        "Title": "Head of IT",
        "AccountId": ACME,
        "Account": {"Name": "Acme Holdings plc"},
        "Phone": "+44 20 5550 0142",
        "MobilePhone": null,
        "Email": "lena.ortiz@example.com",
        "MailingStreet": "1 Long Lane",
        "MailingCity": "London",
        "MailingCountry": "United Kingdom",
        "Description": "Prefers short mails. Decides together with the security lead, who reads every word of a contract.",
        "DoNotCall": false,
        "OwnerId": "005000000000001AAA",
        "Owner": {"Name": "Kim Lee"},
        "LastModifiedDate": "2026-11-12T09:14:07.000+0000",
    });
    let renewal =
        json!({"Name": "Acme Holdings renewal", "StageName": "Proposal", "Amount": 120_000});
    let opportunities = Related {
        label: "Opportunities".to_owned(),
        object: "Opportunity".to_owned(),
        field: Some("ContactId".to_owned()),
        columns: ["Name", "StageName", "Amount"]
            .map(|name| (name.to_owned(), name.to_owned()))
            .to_vec(),
        rows: vec![record("Opportunity", "006000000000001AAA", renewal)],
        total: 1,
        more: false,
    };
    let role = json!({
        "Opportunity": {"Name": "Acme rollout", "Id": "006000000000002AAA"},
        "Role": "Decision Maker",
    });
    let roles = Related {
        label: "Roles".to_owned(),
        object: "OpportunityContactRole".to_owned(),
        field: Some("ContactId".to_owned()),
        columns: ["Opportunity.Name", "Role"]
            .map(|path| (path.to_owned(), path.to_owned()))
            .to_vec(),
        rows: vec![record("OpportunityContactRole", "00K000000000001", role)],
        total: 1,
        more: false,
    };
    let cases = Related {
        label: "Cases".to_owned(),
        object: "Case".to_owned(),
        field: Some("ContactId".to_owned()),
        rows: Vec::new(),
        total: 0,
        ..opportunities.clone()
    };
    Page {
        record: record("Contact", LENA, fields),
        form: Arc::new(form()),
        related: vec![opportunities, cases, roles],
        timeline: timeline(),
        missing: Vec::new(),
        fetched: "2026-11-22T12:00:00Z".parse().expect("a moment"),
    }
}

/// A write of one new task about Lena.
pub fn call_op(number: i64, state: OpState, changed: &str) -> Op {
    let fields = json!({
        "Subject": "Left voicemail",
        "ActivityDate": "2026-11-22",
        "TaskSubtype": "Call",
        "Status": "Completed",
        "Description": "Will try again\non Thursday",
        "WhoId": LENA,
    });
    op(number, state, changed, vec![create("Task", fields)])
}

pub fn create(object: &str, fields: Value) -> WriteStep {
    let fields: Fields = serde_json::from_value(fields).expect("fields");
    WriteStep::Create {
        object: object.to_owned(),
        fields,
    }
}

pub fn op(number: i64, state: OpState, changed: &str, steps: Vec<WriteStep>) -> Op {
    let changed = changed.parse().expect("a moment");
    let ids = match state {
        OpState::Done => (0..steps.len())
            .map(|step| id(&format!("00T0000000{number:03}{step:02}")))
            .collect(),
        _ => Vec::new(),
    };
    Op {
        id: uuid::Uuid::from_u128(number.unsigned_abs().into()),
        number,
        connection: "demo".to_owned(),
        write: Write {
            summary: format!("write {number}"),
            steps,
            allow_duplicates: false,
        },
        state,
        attempts: 1,
        failure: None,
        ids,
        created: changed,
        changed,
        delivery: Delivery::default(),
    }
}

/// The search screen, its objects known, nothing found yet.
pub fn searching() -> Driver {
    let mut driver = Driver::at(now());
    driver.app.org = Arc::new(org());
    driver.link = Some(LinkState {
        online: true,
        millis: 84,
        api_usage: None,
    });
    driver
}

/// Finds Lena and opens her record.
pub fn open_lena(driver: &mut Driver) {
    driver.type_text("lena");
    driver.press("Enter");
    let hit = Hit {
        link: lena(),
        detail: "Acme Holdings plc".to_owned(),
        cached: false,
    };
    found(driver, vec![hit]);
}

/// Lena's record on the screen, read.
pub fn reading_lena() -> Driver {
    let mut driver = searching();
    open_lena(&mut driver);
    let (job, _) = driver.last(|job| matches!(job, Job::Open { .. }));
    driver.answer(job, Reply::Opened(Box::new(page())));
    driver
}

/// Answers the newest question to the cache with these hits.
pub fn recalled(driver: &mut Driver, hits: Vec<Hit>) {
    let (job, _) = driver.last(|job| matches!(job, Job::Recall { .. }));
    driver.answer(job, Reply::Found(Found { hits, more: false }));
}

/// Answers the newest question to the org with these hits.
pub fn found(driver: &mut Driver, hits: Vec<Hit>) {
    let (job, _) = driver.last(|job| matches!(job, Job::Search { .. }));
    driver.answer(job, Reply::Found(Found { hits, more: false }));
}
