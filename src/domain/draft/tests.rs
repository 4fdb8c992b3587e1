use serde_json::json;

use super::super::activity::{LogEntry, LogKind};
use super::super::testkit::{ACME, LENA, contact, form, id, lena, link, now};
use super::*;

fn update() -> Draft {
    Draft::update(lena())
}

fn changed(draft: &Draft) -> Vec<(String, Value)> {
    draft
        .changes(&contact(), &now())
        .into_iter()
        .map(|change| (change.field, change.value))
        .collect()
}

#[test]
fn typing_what_is_there_already_is_no_change() {
    let same = [
        ("Title", "Head of IT"),
        ("Title", " Head of IT "),
        ("Amount", "120,000.00"),
        ("Amount", "120k"),
        ("DoNotCall", "no"),
        ("Birthdate", ""),
        ("LeadSource", "web"),
        ("AccountId", ACME),
        ("AccountId", &ACME[..15]),
        ("AccountId", "Acme Holdings plc"),
    ];
    for (field, text) in same {
        let mut draft = update();
        draft.type_text(field, text);
        assert!(draft.is_touched(field));
        assert_eq!(changed(&draft), [], "{field} {text}");
        assert_eq!(draft.to_write(&contact(), &now()), None, "{field} {text}");
    }
}

#[test]
fn of_a_record_never_read_everything_typed_is_sent() {
    let mut draft = Draft::update(Record {
        fields: serde_json::Map::new(),
        ..lena()
    });
    draft.type_text("Title", "");
    draft.type_text("DoNotCall", "no");
    assert_eq!(
        changed(&draft),
        [
            ("Title".to_owned(), Value::Null),
            ("DoNotCall".to_owned(), json!(false))
        ]
    );
    draft.type_text("LastName", "");
    let problems =
        crate::domain::validate::check(&draft, &form(contact(), &["LastName"]), &[], &now());
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert_eq!(problems[0].field, "LastName");
}

#[test]
fn leaving_setting_and_clearing_are_three_things() {
    let mut draft = update();
    draft.type_text("Title", "");
    draft.type_text("FirstName", "Helena");
    assert_eq!(
        changed(&draft),
        [
            ("FirstName".to_owned(), json!("Helena")),
            ("Title".to_owned(), Value::Null)
        ]
    );
    draft.revert("Title");
    assert_eq!(changed(&draft).len(), 1);
    draft.revert("FirstName");
    assert!(draft.is_empty());
}

#[test]
fn a_value_no_parser_would_take_today_survives_being_typed_back() {
    let mut base = lena();
    base.fields.insert("LeadSource".to_owned(), json!("Fax"));
    let mut draft = Draft::update(base);
    draft.type_text("LeadSource", "Fa");
    draft.type_text("LeadSource", "Fax");
    assert_eq!(changed(&draft), []);
    let schema = contact();
    let field = schema.field("LeadSource").unwrap();
    assert_eq!(draft.value(field, &now()), Ok(json!("Fax")));
}

#[test]
fn text_that_cannot_be_read_is_kept_and_not_sent() {
    let mut draft = update();
    draft.type_text("Birthdate", "31/02/2026");
    draft.type_text("Title", "CIO");
    let schema = contact();
    let birthdate = schema.field("Birthdate").unwrap();
    assert_eq!(draft.text(birthdate, &now()), "31/02/2026");
    assert_eq!(
        draft.value(birthdate, &now()).unwrap_err().field,
        "Birthdate"
    );
    assert_eq!(changed(&draft), [("Title".to_owned(), json!("CIO"))]);
}

#[test]
fn a_change_says_what_was_and_what_will_be() {
    let mut draft = update();
    draft.type_text("Amount", "150k");
    draft.choose("AccountId", json!("001000000000002AAA"), "Globex\u{1b}");
    let changes = draft.changes(&contact(), &now());
    let shown: Vec<[&str; 3]> = changes
        .iter()
        .map(|change| [change.label.as_str(), &change.before, &change.after])
        .collect();
    assert_eq!(
        shown,
        [
            ["Amount", "120,000.00", "150,000.00"],
            ["AccountId", "Acme Holdings plc", "Globex␛"]
        ]
    );
}

#[test]
fn an_update_sends_only_what_changed_and_what_it_was_based_on() {
    let mut draft = update();
    draft.type_text("Title", "CIO");
    draft.type_text("Email", "lena.ortiz@example.com");
    let write = draft.to_write(&contact(), &now()).unwrap();
    assert_eq!(write.summary, "update Contact 'Lena Ortiz': Title");
    let [
        WriteStep::Update {
            id: target,
            fields,
            base_modified,
            ..
        },
    ] = write.steps.as_slice()
    else {
        panic!("{write:?}");
    };
    assert_eq!(*target, id(LENA));
    assert_eq!(Value::Object(fields.clone()), json!({"Title": "CIO"}));
    assert_eq!(
        base_modified.as_deref(),
        Some("2026-11-12T09:14:07.000+0000")
    );
}

#[test]
fn a_new_record_sends_what_was_put_in_and_its_record_type() {
    let record_type = id("012000000000001AAA");
    let mut draft = Draft::create("Contact", Some(record_type));
    draft.type_text("LastName", "Park");
    draft.type_text("FirstName", "Jo");
    draft.type_text("Title", "");
    draft.type_text("DoNotCall", "no");
    let write = draft.to_write(&contact(), &now()).unwrap();
    assert_eq!(write.summary, "create Contact 'Jo Park'");
    let [WriteStep::Create { fields, .. }] = write.steps.as_slice() else {
        panic!("{write:?}");
    };
    let want = json!({
        "RecordTypeId": record_type.as_str(), "FirstName": "Jo", "LastName": "Park",
        "DoNotCall": false
    });
    assert_eq!(Value::Object(fields.clone()), want);
}

#[test]
fn clearing_a_default_sends_null_where_leaving_it_sends_nothing() {
    let mut schema = contact();
    for field in &mut schema.fields {
        if field.api_name == "LeadSource" {
            field.picklist[0].default = true;
        }
    }
    let field = schema.field("LeadSource").unwrap();
    let mut draft = Draft::create("Contact", None);
    assert_eq!(draft.text(field, &now()), "Web");
    assert!(draft.changes(&schema, &now()).is_empty());
    draft.type_text("LeadSource", "");
    let changes = draft.changes(&schema, &now());
    assert_eq!(changes[0].value, Value::Null);
}

#[test]
fn choices_follow_record_type_and_controller() {
    let mut schema = contact();
    for field in &mut schema.fields {
        if field.api_name == "LeadSource" {
            field.controller = Some("DoNotCall".to_owned());
            field.picklist[0].valid_for = Some(vec![0]);
            field.picklist[1].valid_for = Some(vec![0, 1]);
            field.picklist[2].valid_for = Some(vec![1]);
        }
    }
    let mut form = form(schema, &["LeadSource"]);
    let mut draft = update();
    let values = |draft: &Draft, form: &ObjectForm| -> Vec<String> {
        let field = form.schema.field("LeadSource").unwrap();
        let choices = draft.choices(field, form, &now());
        choices.iter().map(|entry| entry.value.clone()).collect()
    };
    assert_eq!(values(&draft, &form), ["Web", "Phone Inquiry"]);
    draft.type_text("DoNotCall", "yes");
    assert_eq!(values(&draft, &form), ["Phone Inquiry", "Other"]);
    for layout in form.layouts.values_mut() {
        layout
            .picklists
            .insert("LeadSource".to_owned(), vec!["Other".to_owned()]);
    }
    assert_eq!(values(&draft, &form), ["Other"]);
}

#[test]
fn a_record_type_put_into_the_form_is_the_one_in_force() {
    let (old, new) = ("012000000000001AAA", "012000000000002AAA");
    let mut base = lena();
    base.fields.insert("RecordTypeId".to_owned(), json!(old));
    let mut draft = Draft::update(base);
    assert_eq!(draft.record_type(), Some(old));
    draft.choose("RecordTypeId", json!(new), "Partner");
    assert_eq!(draft.record_type(), Some(new));
    assert_eq!(Draft::create("Contact", None).record_type(), None);
    assert_eq!(
        Draft::create("Contact", Some(id(old))).record_type(),
        Some(old)
    );
}

#[test]
fn drafts_are_named_after_what_they_edit() {
    assert_eq!(update().key(), format!("edit:{LENA}"));
    assert_eq!(Draft::create("Contact", None).key(), "new:Contact");
    assert_eq!(
        update().title(&contact(), &now()),
        "edit Contact 'Lena Ortiz'"
    );
    assert_eq!(
        Draft::create("Contact", None).title(&contact(), &now()),
        "new Contact"
    );
}

#[test]
fn drafts_survive_the_disk_with_every_digit() {
    let mut base = lena();
    let exact: Value = serde_json::from_str("12345678901234567.89").unwrap();
    base.fields.insert("Amount".to_owned(), exact.clone());
    let mut draft = Draft::update(base);
    draft.type_text("Title", "31/02 – odd ✓");
    draft.choose("Amount", exact, "a lot");
    let mut entry = LogEntry::new(LogKind::Call, &link("Contact", LENA, "Lena"), &now());
    entry.minutes = Some(5);
    entry.unread.when = Some("friyay".to_owned());
    entry.time = Some(jiff::civil::time(14, 30, 0, 0));
    for content in [DraftContent::Form(draft), DraftContent::Log(entry)] {
        let saved = SavedDraft {
            key: "k".to_owned(),
            title: "t".to_owned(),
            saved: now().timestamp(),
            content,
        };
        let text = serde_json::to_string(&saved).unwrap();
        let back: SavedDraft = serde_json::from_str(&text).unwrap();
        assert_eq!(back, saved, "{text}");
    }
}

#[test]
fn a_log_kept_by_an_older_program_is_still_read() {
    let entry = LogEntry::new(LogKind::Call, &link("Contact", LENA, "Lena"), &now());
    let mut json = serde_json::to_value(&entry).unwrap();
    json.as_object_mut().unwrap().remove("unread");
    assert_eq!(serde_json::from_value::<LogEntry>(json).unwrap(), entry);
}
