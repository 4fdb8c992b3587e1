//! Filling in: what keys, answers and pastes do to a form.

mod conflict;
mod saving;

use crate::app::msg::{Intent, Preset};
use crate::app::testkit::driver::Driver;
use crate::app::testkit::form::*;
use crate::app::testkit::{ACME, LENA, field, lena};
use crate::domain::draft::DraftContent;
use crate::domain::failure::{DuplicateMatch, Failure, FailureKind};
use crate::domain::schema::FieldType;
use crate::domain::write::{OpState, WriteStep};
use crate::job::{Job, JobId, Reply, Source};
use serde_json::{Value, json};
use std::sync::Arc;

use super::*;

fn creating() -> Driver {
    let mut it = fresh();
    it.ask(Intent::New(Some("Contact".to_owned()), Vec::new()));
    let (job, _) = it.last(|job| matches!(job, Job::Describe { .. }));
    it.answer(job, Reply::Described(Arc::new(contact_form())));
    it
}

fn go_to(it: &mut Driver, api_name: &str) {
    for _ in 0..40 {
        if focused(it) == api_name {
            return;
        }
        it.press("Tab");
    }
    panic!("{api_name} cannot be reached");
}

fn focused(it: &Driver) -> String {
    let sheet = it.form().sheet().unwrap();
    sheet
        .focused()
        .map_or(String::new(), |it| it.api_name.clone())
}

fn type_into(it: &mut Driver, field: &str, text: &str) {
    go_to(it, field);
    it.press("C-u");
    it.type_text(text);
}

fn started(it: &Driver, wanted: impl Fn(&Job) -> bool) -> usize {
    it.started.iter().filter(|(_, job)| wanted(job)).count()
}

#[test]
fn a_form_over_a_page_at_hand_asks_for_nothing() {
    let it = editing();
    assert!(it.started.is_empty(), "{:?}", it.started);
    assert_eq!(
        focused(&it),
        "FirstName",
        "parts stand for the compound name"
    );
}

#[test]
fn leaving_a_field_checks_it_and_typing_clears_the_problem() {
    let mut it = editing();
    type_into(&mut it, "Email", "bob@");
    assert!(it.form().sheet().unwrap().problem("Email").is_none());
    it.press("Tab");
    assert!(it.form().sheet().unwrap().problem("Email").is_some());
    it.press("F8");
    assert_eq!(focused(&it), "Email");
    it.type_text("x");
    assert!(it.form().sheet().unwrap().problem("Email").is_none());
}

#[test]
fn escape_keeps_what_was_typed_and_the_next_edit_has_it() {
    let mut it = editing();
    type_into(&mut it, "Title", "CIO");
    it.press("Esc");
    let (_, job) = it.last(|job| matches!(job, Job::SaveDraft(_)));
    let Job::SaveDraft(draft) = job else {
        unreachable!()
    };
    assert_eq!(draft.key, format!("edit:{LENA}"));
    edit_lena(&mut it);
    go_to(&mut it, "Title");
    assert_eq!(it.form().sheet().unwrap().input.text(), "CIO");
}

#[test]
fn a_text_that_cannot_be_read_counts_as_changed_and_is_wrong_again_in_a_draft() {
    let mut it = editing();
    type_into(&mut it, "Renewal__c", "abc");
    assert_eq!(it.form().sheet().unwrap().changed(&noon()), 1);
    it.press("Esc");
    edit_lena(&mut it);
    let sheet = it.form().sheet().unwrap();
    assert_ne!(focused(&it), "Renewal__c");
    assert_eq!(sheet.changed(&noon()), 1);
    assert!(sheet.problem("Renewal__c").is_some());
    assert_eq!(
        sheet.wrong(),
        1,
        "fields nobody touched are not nagged about"
    );
}

#[test]
fn a_draft_of_a_new_record_is_not_nagged_about_what_is_still_empty() {
    let mut it = creating();
    type_into(&mut it, "Email", "bob@");
    it.press("Esc");
    it.ask(Intent::New(Some("Contact".to_owned()), Vec::new()));
    let sheet = it.form().sheet().unwrap();
    assert!(sheet.problem("Email").is_some());
    assert!(sheet.problem("LastName").is_none());
}

#[test]
fn text_that_does_not_fit_is_known_while_it_is_typed() {
    let mut it = editing();
    go_to(&mut it, "FirstName");
    it.press("C-u");
    for (typed, over) in [("x".repeat(40), false), ("y".to_owned(), true)] {
        it.type_text(&typed);
        assert_eq!(it.form().sheet().unwrap().overruns(&noon()), over);
    }
}

#[test]
fn a_new_record_starts_where_something_is_needed() {
    let mut it = creating();
    assert_eq!(focused(&it), "LastName");
    type_into(&mut it, "LastName", "Park");
    it.press("Esc");
    it.ask(Intent::New(Some("Contact".to_owned()), Vec::new()));
    assert_eq!(focused(&it), "FirstName", "nothing needed is empty");
}

#[test]
fn discard_drops_the_draft_and_says_so() {
    let mut it = editing();
    type_into(&mut it, "Title", "CIO");
    it.press("C-x");
    assert!(it.app.overlays.is_empty());
    assert_eq!(it.said(), "Discarded");
    let key = format!("edit:{LENA}");
    assert_eq!(started(&it, |job| *job == Job::DropDraft(key.clone())), 1);
    edit_lena(&mut it);
    assert!(!it.form().sheet().unwrap().is_touched());
}

#[test]
fn a_new_record_asks_for_its_object_and_finds_the_draft_of_one() {
    let mut it = creating();
    type_into(&mut it, "LastName", "Park");
    it.press("Esc");
    it.ask(Intent::New(None, Vec::new()));
    assert!(matches!(it.form().stage(), Stage::Picking(..)));
    it.type_text("cont");
    it.press("Enter");
    go_to(&mut it, "LastName");
    assert_eq!(it.form().sheet().unwrap().input.text(), "Park");
}

#[test]
fn an_answer_that_comes_after_leaving_opens_nothing() {
    let mut it = fresh();
    it.ask(Intent::New(Some("Contact".to_owned()), Vec::new()));
    let (job, _) = it.last(|job| matches!(job, Job::Describe { .. }));
    it.press("Esc");
    it.answer(job, Reply::Described(Arc::new(contact_form())));
    assert!(it.app.overlays.is_empty());
}

#[test]
fn a_stale_answer_changes_nothing() {
    let mut it = editing();
    type_into(&mut it, "Title", "CIO");
    let mut other = lena_record();
    other.fields.insert("Title".into(), json!("Other"));
    it.answer(JobId(999), Reply::Opened(Box::new(page(other))));
    let sheet = it.form().sheet().unwrap();
    assert_eq!(sheet.changes(&noon())[0].before, "Head of IT");
}

#[test]
fn a_fresh_copy_that_comes_late_keeps_what_was_typed() {
    let mut it = fresh();
    it.ask(Intent::Edit(lena(), None));
    let (job, _) = it.last(|job| matches!(job, Job::Open { .. }));
    let cached = crate::job::Answer {
        job: Some(job),
        reply: Reply::Opened(Box::new(page(lena_record()))),
        last: false,
        link: None,
    };
    it.app
        .update(crate::app::msg::Msg::Answered(cached), noon());
    type_into(&mut it, "Title", "CIO");
    let mut fresh = lena_record();
    fresh
        .fields
        .insert("Email".into(), json!("new@example.com"));
    it.answer(job, Reply::Opened(Box::new(page(fresh))));
    assert_eq!(it.form().sheet().unwrap().input.text(), "CIO");
    assert_eq!(it.form().sheet().unwrap().changes(&noon()).len(), 1);
}

#[test]
fn a_form_that_cannot_be_loaded_says_why_and_can_try_again() {
    let mut it = fresh();
    it.ask(Intent::Edit(lena(), None));
    let (job, _) = it.last(|job| matches!(job, Job::Open { .. }));
    it.answer(job, Reply::Failed(Failure::no_connection("no route")));
    assert!(it.form().failure().is_some());
    it.press("C-r");
    assert_eq!(started(&it, |job| matches!(job, Job::Open { .. })), 2);
}

#[test]
fn a_pick_list_takes_the_row_under_the_cursor_and_none_clears() {
    let mut it = editing();
    go_to(&mut it, "LeadSource");
    it.press("Enter");
    it.type_text("pho");
    it.press("Enter");
    let sheet = it.form().sheet().unwrap();
    assert_eq!(sheet.changes(&noon())[0].value, json!("Phone"));
    it.type_text("--n");
    it.press("Enter C-s");
    let sheet = it.form().sheet().unwrap();
    assert_eq!(sheet.changes(&noon())[0].value, Value::Null);
}

#[test]
fn picking_the_value_it_has_changes_nothing() {
    let mut it = editing();
    go_to(&mut it, "LeadSource");
    it.press("Enter Enter");
    assert!(!it.form().sheet().unwrap().is_touched());
}

#[test]
fn several_values_are_taken_with_space() {
    let mut it = editing();
    go_to(&mut it, "Segment__c");
    it.press("Enter Space Down Down Space Enter");
    let sheet = it.form().sheet().unwrap();
    assert_eq!(sheet.changes(&noon())[0].value, json!("Public;Small"));
}

#[test]
fn a_lookup_asks_after_a_pause_and_drops_the_older_answer() {
    let mut it = editing();
    go_to(&mut it, "AccountId");
    it.type_text("gl");
    assert_eq!(started(&it, |job| matches!(job, Job::Lookup { .. })), 0);
    it.ring(crate::app::msg::Timer::LookupPause);
    let (first, _) = it.last(|job| matches!(job, Job::Lookup { .. }));
    it.type_text("o");
    it.ring(crate::app::msg::Timer::LookupPause);
    let (second, job) = it.last(|job| matches!(job, Job::Lookup { .. }));
    assert!(matches!(job, Job::Lookup { text, .. } if text == "glo"));
    let globex = Link {
        object: "Account".to_owned(),
        id: "001000000000002AAA".parse().unwrap(),
        name: "Globex".to_owned(),
    };
    it.answer(second, Reply::Candidates(vec![globex]));
    it.answer(first, Reply::Candidates(Vec::new()));
    it.press("Enter");
    let sheet = it.form().sheet().unwrap();
    let change = &sheet.changes(&noon())[0];
    assert_eq!(
        (change.before.as_str(), change.after.as_str()),
        ("Acme Holdings plc", "Globex")
    );
}

#[test]
fn a_record_type_change_keeps_what_was_typed() {
    let mut it = fresh();
    it.ask(Intent::New(Some("Contact".to_owned()), Vec::new()));
    let (job, _) = it.last(|job| matches!(job, Job::Describe { .. }));
    it.answer(job, Reply::Described(Arc::new(typed_contact_form())));
    let id = |it: &Driver| {
        it.form()
            .sheet()
            .unwrap()
            .draft
            .record_type()
            .map(str::to_owned)
    };
    assert_eq!(
        id(&it).as_deref(),
        Some("012000000000002AAA"),
        "the default one"
    );
    type_into(&mut it, "LastName", "Park");
    while !it.form().sheet().unwrap().on_record_type() {
        it.press("S-Tab");
    }
    it.press("Enter");
    it.type_text("partner");
    it.press("Enter");
    assert_eq!(id(&it).as_deref(), Some("012000000000001AAA"));
    go_to(&mut it, "LastName");
    assert_eq!(it.form().sheet().unwrap().input.text(), "Park");
    go_to(&mut it, "LeadSource");
    it.press("Enter");
    let Stage::Picking(picker, _) = it.form().stage() else {
        panic!("a picker")
    };
    let values: Vec<String> = picker.rows().into_iter().map(|row| row.value).collect();
    assert_eq!(
        values,
        ["", "Web", "Partner"],
        "only the record type's values"
    );
}

#[test]
fn a_preset_is_sent_and_alone_is_no_draft() {
    let mut it = fresh();
    let preset = Preset {
        field: "AccountId".to_owned(),
        value: json!(ACME),
        label: "Acme Holdings plc".to_owned(),
    };
    it.ask(Intent::New(Some("Contact".to_owned()), vec![preset]));
    let (job, _) = it.last(|job| matches!(job, Job::Describe { .. }));
    it.answer(job, Reply::Described(Arc::new(contact_form())));
    assert!(it.form().saved_draft(&noon()).is_none());
    type_into(&mut it, "LastName", "Park");
    it.press("C-s y");
    assert_eq!(sent(&it.last_write().1, "AccountId"), Some(&json!(ACME)));
}

#[test]
fn pasted_lines_stay_in_one_line_fields_and_break_in_long_ones() {
    let mut it = editing();
    go_to(&mut it, "Title");
    it.press("C-u");
    it.paste("Head\r\nof IT\x1b[2J");
    assert_eq!(it.form().sheet().unwrap().input.text(), "Head of IT[2J");
    go_to(&mut it, "Description");
    it.paste("\nthird");
    assert_eq!(
        it.form().sheet().unwrap().input.text(),
        "Two\nlines of text\nthird"
    );
    it.press("Enter");
    assert_eq!(focused(&it), "Description", "Enter makes a line there");
}

#[test]
fn a_form_of_three_hundred_fields_keeps_the_focus_in_view() {
    let mut form = contact_form();
    for number in 0..300 {
        let name = format!("F{number}__c");
        form.schema
            .fields
            .push(field(&name, &name, FieldType::String));
    }
    form.layouts.clear();
    let mut page = page(lena_record());
    page.form = Arc::new(form);
    let mut it = fresh();
    it.ask(Intent::Edit(lena(), Some(Box::new(page))));
    it.press("S-Tab");
    assert_eq!(focused(&it), "F299__c");
    it.press("Tab");
    assert_eq!(focused(&it), "LastName");
}

#[test]
fn a_new_record_waits_for_the_list_of_objects() {
    let mut it = Driver::at(noon());
    it.ask(Intent::New(None, Vec::new()));
    let (job, _) = it.last(|job| *job == Job::Objects);
    assert!(matches!(it.form().stage(), Stage::Loading));
    it.answer(job, Reply::Objects(Arc::new(objects())));
    assert!(matches!(it.form().stage(), Stage::Picking(..)));
}
