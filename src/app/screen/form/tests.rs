//! Filling in: what keys, answers and pastes do to a form.

mod saving;

use crate::app::msg::{Intent, Preset};
use crate::app::testkit::*;
use crate::domain::draft::DraftContent;
use crate::domain::failure::{DuplicateMatch, Failure, FailureKind};
use crate::domain::schema::FieldType;
use crate::domain::write::{OpState, WriteStep};
use crate::job::{Job, JobId, Reply, Source};
use serde_json::{Value, json};
use std::sync::Arc;

use super::*;

fn editing() -> Bench {
    let mut bench = Bench::new();
    bench.edit_lena();
    bench
}

fn creating() -> Bench {
    let mut bench = Bench::new();
    bench.ask(Intent::New(Some("Contact".to_owned()), Vec::new()));
    let (job, _) = bench.last(|job| matches!(job, Job::Describe { .. }));
    bench.answer(job, Reply::Described(Arc::new(contact_form())));
    bench
}

fn go_to(bench: &mut Bench, api_name: &str) {
    for _ in 0..40 {
        if focused(bench) == api_name {
            return;
        }
        bench.press("Tab");
    }
    panic!("{api_name} cannot be reached");
}

fn focused(bench: &Bench) -> String {
    let sheet = bench.form().sheet().unwrap();
    sheet
        .focused()
        .map_or(String::new(), |it| it.api_name.clone())
}

fn type_into(bench: &mut Bench, field: &str, text: &str) {
    go_to(bench, field);
    bench.press("C-u");
    bench.type_text(text);
}

fn started(bench: &Bench, wanted: impl Fn(&Job) -> bool) -> usize {
    bench.jobs.iter().filter(|(_, job)| wanted(job)).count()
}

#[test]
fn a_form_over_a_page_at_hand_asks_for_nothing() {
    let bench = editing();
    assert!(bench.jobs.is_empty(), "{:?}", bench.jobs);
    assert_eq!(
        focused(&bench),
        "FirstName",
        "parts stand for the compound name"
    );
}

#[test]
fn leaving_a_field_checks_it_and_typing_clears_the_problem() {
    let mut bench = editing();
    type_into(&mut bench, "Email", "bob@");
    assert!(bench.form().sheet().unwrap().problem("Email").is_none());
    bench.press("Tab");
    assert!(bench.form().sheet().unwrap().problem("Email").is_some());
    bench.press("F8");
    assert_eq!(focused(&bench), "Email");
    bench.type_text("x");
    assert!(bench.form().sheet().unwrap().problem("Email").is_none());
}

#[test]
fn escape_keeps_what_was_typed_and_the_next_edit_has_it() {
    let mut bench = editing();
    type_into(&mut bench, "Title", "CIO");
    bench.press("Esc");
    let (_, job) = bench.last(|job| matches!(job, Job::SaveDraft(_)));
    let Job::SaveDraft(draft) = job else {
        unreachable!()
    };
    assert_eq!(draft.key, format!("edit:{LENA}"));
    bench.edit_lena();
    go_to(&mut bench, "Title");
    assert_eq!(bench.form().sheet().unwrap().input.text(), "CIO");
}

#[test]
fn discard_drops_the_draft_and_says_so() {
    let mut bench = editing();
    type_into(&mut bench, "Title", "CIO");
    bench.press("C-x");
    assert!(bench.app.overlays.is_empty());
    assert_eq!(bench.notice(), "Discarded");
    let key = format!("edit:{LENA}");
    assert_eq!(
        started(&bench, |job| *job == Job::DropDraft(key.clone())),
        1
    );
    bench.edit_lena();
    assert!(!bench.form().sheet().unwrap().is_touched());
}

#[test]
fn a_new_record_asks_for_its_object_and_finds_the_draft_of_one() {
    let mut bench = creating();
    type_into(&mut bench, "LastName", "Park");
    bench.press("Esc");
    bench.ask(Intent::New(None, Vec::new()));
    assert!(matches!(bench.form().stage(), Stage::Picking(..)));
    bench.type_text("cont");
    bench.press("Enter");
    go_to(&mut bench, "LastName");
    assert_eq!(bench.form().sheet().unwrap().input.text(), "Park");
}

#[test]
fn an_answer_that_comes_after_leaving_opens_nothing() {
    let mut bench = Bench::new();
    bench.ask(Intent::New(Some("Contact".to_owned()), Vec::new()));
    let (job, _) = bench.last(|job| matches!(job, Job::Describe { .. }));
    bench.press("Esc");
    bench.answer(job, Reply::Described(Arc::new(contact_form())));
    assert!(bench.app.overlays.is_empty());
}

#[test]
fn a_stale_answer_changes_nothing() {
    let mut bench = editing();
    type_into(&mut bench, "Title", "CIO");
    let mut other = lena_record();
    other.fields.insert("Title".into(), json!("Other"));
    bench.answer(JobId(999), Reply::Opened(Box::new(page(other))));
    let sheet = bench.form().sheet().unwrap();
    assert_eq!(sheet.changes(&noon())[0].before, "Head of IT");
}

#[test]
fn a_fresh_copy_that_comes_late_keeps_what_was_typed() {
    let mut bench = Bench::new();
    bench.ask(Intent::Edit(lena(), None));
    let (job, _) = bench.last(|job| matches!(job, Job::Open { .. }));
    let cached = crate::job::Answer {
        job: Some(job),
        reply: Reply::Opened(Box::new(page(lena_record()))),
        last: false,
        link: None,
    };
    bench
        .app
        .update(crate::app::msg::Msg::Answered(cached), noon());
    type_into(&mut bench, "Title", "CIO");
    let mut fresh = lena_record();
    fresh
        .fields
        .insert("Email".into(), json!("new@example.com"));
    bench.answer(job, Reply::Opened(Box::new(page(fresh))));
    assert_eq!(bench.form().sheet().unwrap().input.text(), "CIO");
    assert_eq!(bench.form().sheet().unwrap().changes(&noon()).len(), 1);
}

#[test]
fn a_form_that_cannot_be_loaded_says_why_and_can_try_again() {
    let mut bench = Bench::new();
    bench.ask(Intent::Edit(lena(), None));
    let (job, _) = bench.last(|job| matches!(job, Job::Open { .. }));
    bench.answer(job, Reply::Failed(Failure::no_connection("no route")));
    assert!(bench.form().failure().is_some());
    bench.press("C-r");
    assert_eq!(started(&bench, |job| matches!(job, Job::Open { .. })), 2);
}

#[test]
fn a_pick_list_takes_the_row_under_the_cursor_and_none_clears() {
    let mut bench = editing();
    go_to(&mut bench, "LeadSource");
    bench.press("Enter");
    bench.type_text("pho");
    bench.press("Enter");
    let sheet = bench.form().sheet().unwrap();
    assert_eq!(sheet.changes(&noon())[0].value, json!("Phone"));
    bench.type_text("--n");
    bench.press("Enter C-s");
    let sheet = bench.form().sheet().unwrap();
    assert_eq!(sheet.changes(&noon())[0].value, Value::Null);
}

#[test]
fn picking_the_value_it_has_changes_nothing() {
    let mut bench = editing();
    go_to(&mut bench, "LeadSource");
    bench.press("Enter Enter");
    assert!(!bench.form().sheet().unwrap().is_touched());
}

#[test]
fn several_values_are_taken_with_space() {
    let mut bench = editing();
    go_to(&mut bench, "Segment__c");
    bench.press("Enter Space Down Down Space Enter");
    let sheet = bench.form().sheet().unwrap();
    assert_eq!(sheet.changes(&noon())[0].value, json!("Public;Small"));
}

#[test]
fn a_lookup_asks_after_a_pause_and_drops_the_older_answer() {
    let mut bench = editing();
    go_to(&mut bench, "AccountId");
    bench.type_text("gl");
    assert_eq!(started(&bench, |job| matches!(job, Job::Lookup { .. })), 0);
    bench.ring(crate::app::msg::Timer::LookupPause);
    let (first, _) = bench.last(|job| matches!(job, Job::Lookup { .. }));
    bench.type_text("o");
    bench.ring(crate::app::msg::Timer::LookupPause);
    let (second, job) = bench.last(|job| matches!(job, Job::Lookup { .. }));
    assert!(matches!(job, Job::Lookup { text, .. } if text == "glo"));
    let globex = Link {
        object: "Account".to_owned(),
        id: "001000000000002AAA".parse().unwrap(),
        name: "Globex".to_owned(),
    };
    bench.answer(second, Reply::Candidates(vec![globex]));
    bench.answer(first, Reply::Candidates(Vec::new()));
    bench.press("Enter");
    let sheet = bench.form().sheet().unwrap();
    let change = &sheet.changes(&noon())[0];
    assert_eq!(
        (change.before.as_str(), change.after.as_str()),
        ("Acme Holdings plc", "Globex")
    );
}

#[test]
fn a_record_type_change_keeps_what_was_typed() {
    let mut bench = Bench::new();
    bench.ask(Intent::New(Some("Contact".to_owned()), Vec::new()));
    let (job, _) = bench.last(|job| matches!(job, Job::Describe { .. }));
    bench.answer(job, Reply::Described(Arc::new(typed_contact_form())));
    let id = |bench: &Bench| {
        bench
            .form()
            .sheet()
            .unwrap()
            .draft
            .record_type()
            .map(str::to_owned)
    };
    assert_eq!(
        id(&bench).as_deref(),
        Some("012000000000002AAA"),
        "the default one"
    );
    type_into(&mut bench, "LastName", "Park");
    while !bench.form().sheet().unwrap().on_record_type() {
        bench.press("S-Tab");
    }
    bench.press("Enter");
    bench.type_text("partner");
    bench.press("Enter");
    assert_eq!(id(&bench).as_deref(), Some("012000000000001AAA"));
    go_to(&mut bench, "LastName");
    assert_eq!(bench.form().sheet().unwrap().input.text(), "Park");
    go_to(&mut bench, "LeadSource");
    bench.press("Enter");
    let Stage::Picking(picker, _) = bench.form().stage() else {
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
    let mut bench = Bench::new();
    let preset = Preset {
        field: "AccountId".to_owned(),
        value: json!(ACME),
        label: "Acme Holdings plc".to_owned(),
    };
    bench.ask(Intent::New(Some("Contact".to_owned()), vec![preset]));
    let (job, _) = bench.last(|job| matches!(job, Job::Describe { .. }));
    bench.answer(job, Reply::Described(Arc::new(contact_form())));
    assert!(bench.form().saved_draft(&noon()).is_none());
    type_into(&mut bench, "LastName", "Park");
    bench.press("C-s y");
    assert_eq!(sent(&bench.last_write().1, "AccountId"), Some(&json!(ACME)));
}

#[test]
fn pasted_lines_stay_in_one_line_fields_and_break_in_long_ones() {
    let mut bench = editing();
    go_to(&mut bench, "Title");
    bench.press("C-u");
    bench.paste("Head\r\nof IT\x1b[2J");
    assert_eq!(bench.form().sheet().unwrap().input.text(), "Head of IT[2J");
    go_to(&mut bench, "Description");
    bench.paste("\nthird");
    assert_eq!(
        bench.form().sheet().unwrap().input.text(),
        "Two\nlines of text\nthird"
    );
    bench.press("Enter");
    assert_eq!(focused(&bench), "Description", "Enter makes a line there");
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
    let mut bench = Bench::new();
    bench.ask(Intent::Edit(lena(), Some(Box::new(page))));
    bench.press("S-Tab");
    assert_eq!(focused(&bench), "F299__c");
    bench.press("Tab");
    assert_eq!(focused(&bench), "LastName");
}

#[test]
fn a_new_record_waits_for_the_list_of_objects() {
    let (app, _) = crate::app::App::start("demo", noon());
    let mut bench = Bench {
        app,
        jobs: Vec::new(),
    };
    bench.ask(Intent::New(None, Vec::new()));
    let (job, _) = bench.last(|job| *job == Job::Objects);
    assert!(matches!(bench.form().stage(), Stage::Loading));
    bench.answer(job, Reply::Objects(Arc::new(objects())));
    assert!(matches!(bench.form().stage(), Stage::Picking(..)));
}
