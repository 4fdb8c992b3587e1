use proptest::prelude::*;
use serde_json::json;

use super::super::testkit::{ACME, LENA, contact, field, form, lena, now, record, schema, summary};
use super::*;

const LAYOUT: &[&str] = &[
    "Email",
    "*Title",
    "LastName",
    "Birthdate",
    "LeadSource",
    "AccountId",
];

fn found(draft: &Draft, form: &ObjectForm) -> Vec<(String, String)> {
    let objects = [summary("Contact", "003"), summary("Account", "001")];
    check(draft, form, &objects, &now())
        .into_iter()
        .map(|problem| (problem.field, problem.message))
        .collect()
}

fn names(draft: &Draft, form: &ObjectForm) -> Vec<String> {
    found(draft, form)
        .into_iter()
        .map(|(field, _)| field)
        .collect()
}

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

#[test]
fn an_untouched_update_has_nothing_wrong_whatever_the_record_lacks() {
    let bare = record("Contact", LENA, json!({"LeadSource": "Fax"}));
    assert_eq!(found(&Draft::update(bare), &form(contact(), LAYOUT)), []);
}

#[test]
fn a_new_record_lacks_what_describe_and_layout_require_in_layout_order() {
    let draft = Draft::create("Contact", None);
    assert_eq!(
        names(&draft, &form(contact(), LAYOUT)),
        ["Title", "LastName"]
    );
}

#[test]
fn one_wrong_value_is_one_problem_on_its_field() {
    let read_only = "is read-only";
    let cases = [
        ("Email", "badone", "not an e-mail address"),
        ("Birthdate", "31/02/2026", "not a date"),
        ("LastName", "", "required"),
        ("Title", " ", "required"),
        ("LeadSource", "Fax", "not one of its values"),
        ("Name", "Lena", read_only),
        (
            "AccountId",
            LENA,
            "is an id of Contact; this field takes Account",
        ),
        ("AccountId", "zzz000000000001AAB", "the last three"),
        (
            "AccountId",
            "zzz000000000001",
            "no object's ids start with `zzz`",
        ),
        ("FirstName", &"x".repeat(41), "41 characters, at most 40"),
        ("Emial", "x", "did you mean `Email`?"),
    ];
    for (name, text, part) in cases {
        let mut draft = Draft::update(lena());
        draft.type_text(name, text);
        let problems = found(&draft, &form(contact(), LAYOUT));
        let [(field, message)] = problems.as_slice() else {
            panic!("{name}: {problems:?}");
        };
        assert_eq!(field, name);
        assert!(message.contains(part), "{name}: {message}");
    }
}

#[test]
fn clearing_what_was_empty_already_is_not_refused() {
    let mut base = lena();
    base.fields.insert("Title".to_owned(), Value::Null);
    let mut draft = Draft::update(base);
    draft.type_text("Title", "");
    assert_eq!(found(&draft, &form(contact(), LAYOUT)), []);
}

#[test]
fn a_read_only_field_typed_back_is_no_problem() {
    let mut draft = Draft::update(lena());
    draft.type_text("Name", "Lena Ortiz");
    assert_eq!(found(&draft, &form(contact(), LAYOUT)), []);
}

#[test]
fn without_a_describe_global_an_id_is_left_to_the_org() {
    let mut draft = Draft::update(lena());
    draft.type_text("AccountId", LENA);
    assert_eq!(check(&draft, &form(contact(), LAYOUT), &[], &now()), []);
}

#[test]
fn a_choice_the_record_type_does_not_keep_is_refused() {
    let mut form = form(contact(), LAYOUT);
    for layout in form.layouts.values_mut() {
        layout
            .picklists
            .insert("LeadSource".to_owned(), vec!["Other".to_owned()]);
    }
    let mut draft = Draft::update(lena());
    draft.choose("LeadSource", json!("Phone Inquiry"), "Phone Inquiry");
    assert_eq!(names(&draft, &form), ["LeadSource"]);
}

/// LeadSource depends on DoNotCall; its value `Web` goes with an unticked box only.
fn dependent() -> ObjectForm {
    let mut schema = contact();
    for field in &mut schema.fields {
        if field.api_name == "LeadSource" {
            field.controller = Some("DoNotCall".to_owned());
            for (value, places) in field
                .picklist
                .iter_mut()
                .zip([vec![0], vec![0, 1], vec![1]])
            {
                value.valid_for = Some(places);
            }
        }
    }
    form(schema, LAYOUT)
}

#[test]
fn a_value_left_behind_by_its_controller_is_named() {
    let mut draft = Draft::update(lena());
    draft.type_text("DoNotCall", "yes");
    let problems = found(&draft, &dependent());
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(
        problems[0].1.contains("`Web` does not go with DoNotCall"),
        "{problems:?}"
    );
    draft.type_text("LeadSource", "Other");
    assert_eq!(found(&draft, &dependent()), []);
}

#[test]
fn an_event_needs_a_start_and_a_length_though_describe_says_neither() {
    use super::super::schema::FieldType::{Boolean, Date, DateTime, Int};
    let fields = vec![
        field("StartDateTime", DateTime),
        field("EndDateTime", DateTime),
        field("DurationInMinutes", Int),
        field("IsAllDayEvent", Boolean),
        field("ActivityDate", Date),
    ];
    let form = form(schema("Event", "00U", fields), &[]);
    let mut draft = Draft::create("Event", None);
    assert_eq!(names(&draft, &form), ["StartDateTime"]);
    draft.type_text("StartDateTime", "nonsense");
    assert_eq!(names(&draft, &form), ["StartDateTime"]);
    draft.type_text("StartDateTime", "fri 14:30");
    assert_eq!(names(&draft, &form), ["DurationInMinutes"]);
    draft.type_text("DurationInMinutes", "30");
    assert_eq!(names(&draft, &form), Vec::<String>::new());
    let mut whole_day = Draft::create("Event", None);
    whole_day.type_text("IsAllDayEvent", "x");
    whole_day.type_text("ActivityDate", "fri");
    assert_eq!(names(&whole_day, &form), Vec::<String>::new());
}

#[test]
fn pairs_name_fields_in_any_case_or_by_label() {
    let mut draft = Draft::create("Contact", None);
    let list = pairs(&[
        ("title", "CIO"),
        ("Last Name", "Ortiz"),
        ("AMOUNT", "20k"),
        (" Email ", ""),
    ]);
    fill(&mut draft, &list, &contact()).unwrap();
    let names: Vec<&str> = draft.entries.keys().map(String::as_str).collect();
    assert_eq!(names, ["Amount", "Email", "LastName", "Title"]);
}

#[test]
fn every_unknown_name_is_told_at_once() {
    let list = pairs(&[("Emial", "x"), ("Title", "CIO"), ("Zzz\u{1b}", "1")]);
    let problems = fill(&mut Draft::create("Contact", None), &list, &contact()).unwrap_err();
    let messages: Vec<&str> = problems
        .iter()
        .map(|problem| problem.message.as_str())
        .collect();
    assert_eq!(
        messages,
        [
            "no field `Emial` on Contact; did you mean `Email`?",
            "no field `Zzz␛` on Contact, or you may not see it"
        ]
    );
}

#[test]
fn pairs_fill_a_draft_that_is_checked_like_a_form() {
    let mut draft = Draft::update(lena());
    fill(
        &mut draft,
        &pairs(&[("email", "badone"), ("accountid", ACME)]),
        &contact(),
    )
    .unwrap();
    assert_eq!(names(&draft, &form(contact(), LAYOUT)), ["Email"]);
}

proptest! {
    #[test]
    fn what_passes_the_checks_makes_a_write_or_no_change(
        texts in prop::collection::vec(("[A-Z][a-zA-Z]{2,9}", any::<String>()), 0..6),
    ) {
        let schema = contact();
        let mut draft = Draft::update(lena());
        let known = ["Email", "Title", "LastName", "Birthdate", "Amount", "LeadSource"];
        for (place, (_, text)) in texts.iter().enumerate() {
            draft.type_text(known[place % known.len()], text);
        }
        let problems = check(&draft, &form(contact(), LAYOUT), &[], &now());
        let changes = draft.changes(&schema, &now());
        if problems.is_empty() {
            prop_assert_eq!(draft.to_write(&schema, &now()).is_some(), !changes.is_empty());
        }
        for change in changes {
            prop_assert!(draft.is_touched(&change.field));
        }
    }
}
