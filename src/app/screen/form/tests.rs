use crate::app::msg::{Intent, Preset, View};
use crate::app::testkit::*;
use crate::domain::draft::DraftContent;
use crate::domain::failure::{DuplicateMatch, Failure, FailureKind};
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
fn only_the_changed_field_is_sent_and_only_after_the_review() {
    let mut bench = editing();
    type_into(&mut bench, "Title", "CIO");
    bench.press("C-s");
    assert!(matches!(bench.form().stage(), Stage::Reviewing(_)));
    assert!(bench.writes().is_empty());
    bench.press("y");
    let (_, write) = bench.last_write();
    let WriteStep::Update {
        id,
        fields,
        base_modified,
        ..
    } = &write.steps[0]
    else {
        panic!("an update");
    };
    assert_eq!(id.as_str(), LENA);
    assert_eq!(Value::Object(fields.clone()), json!({"Title": "CIO"}));
    assert_eq!(
        base_modified.as_deref(),
        Some("2026-11-12T08:14:07.000+0000")
    );
}

#[test]
fn save_pressed_many_times_writes_once() {
    let mut bench = editing();
    type_into(&mut bench, "Title", "CIO");
    bench.press("C-s C-s C-s C-s Enter y C-s F2");
    assert_eq!(bench.writes().len(), 1);
    let (job, write) = bench.last_write();
    bench.answer(job, op(&write, OpState::Sending, None));
    bench.press("C-s y Enter F2");
    assert_eq!(bench.writes().len(), 1);
    bench.answer(job, op(&write, OpState::Done, None));
    assert!(bench.app.overlays.is_empty());
    assert_eq!(bench.notice(), format!("Saved: {}", write.summary));
}

#[test]
fn a_bad_email_is_refused_beside_its_field_and_nothing_is_sent() {
    let mut bench = editing();
    type_into(&mut bench, "Email", "bob@");
    go_to(&mut bench, "Title");
    bench.press("C-s");
    assert!(matches!(bench.form().stage(), Stage::Editing));
    assert_eq!(focused(&bench), "Email");
    assert!(bench.form().sheet().unwrap().problem("Email").is_some());
    assert!(
        bench.notice().starts_with("1 error blocks saving: Email"),
        "{}",
        bench.notice()
    );
    assert!(bench.writes().is_empty());
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
fn nothing_changed_says_so_and_stays() {
    let mut bench = editing();
    type_into(&mut bench, "Title", "CIO");
    bench.press("C-u");
    bench.type_text("Head of IT");
    bench.press("C-s");
    assert!(matches!(bench.form().stage(), Stage::Editing));
    assert!(bench.notice().contains("Nothing was changed"));
    bench.press("Esc");
    assert!(bench.app.overlays.is_empty());
    assert_eq!(started(&bench, |job| matches!(job, Job::SaveDraft(_))), 0);
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

fn refused(bench: &mut Bench, failure: Failure) {
    bench.press("C-s y");
    let (job, write) = bench.last_write();
    bench.answer(job, op(&write, OpState::Queued, None));
    bench.answer(job, op(&write, OpState::Sending, None));
    bench.answer(job, op(&write, OpState::Failed, Some(failure)));
}

#[test]
fn a_refusal_lands_on_its_field_and_nothing_is_sent_again_by_itself() {
    let mut bench = editing();
    type_into(&mut bench, "Title", "CIO");
    let message = "Closed Won needs an amount";
    refused(
        &mut bench,
        refusal(FailureKind::Rule, message, &["Budget__c"]),
    );
    assert!(matches!(bench.form().stage(), Stage::Editing));
    assert_eq!(focused(&bench), "Budget__c");
    assert_eq!(
        bench.form().sheet().unwrap().problem("Budget__c"),
        Some(message)
    );
    assert!(
        bench.notice().starts_with("Not saved: Budget: Closed Won"),
        "{}",
        bench.notice()
    );
    go_to(&mut bench, "Title");
    assert_eq!(bench.form().sheet().unwrap().input.text(), "CIO");
    assert_eq!(bench.writes().len(), 1);
}

#[test]
fn correcting_a_refused_write_revises_it_instead_of_adding_a_second() {
    let mut bench = editing();
    type_into(&mut bench, "Title", "CIO");
    refused(&mut bench, refusal(FailureKind::Rule, "no", &["Budget__c"]));
    bench.type_text("20k");
    bench.press("C-s y");
    let (_, job) = bench.last(|job| matches!(job, Job::Revise(..)));
    let Job::Revise(id, write) = job else {
        unreachable!()
    };
    assert_eq!(id.as_u128(), 41);
    assert_eq!(sent(&write, "Title"), Some(&json!("CIO")));
    assert_eq!(
        sent(&write, "Budget__c").map(Value::to_string).as_deref(),
        Some("20000")
    );
    assert_eq!(started(&bench, |job| matches!(job, Job::Write(_))), 1);
}

#[test]
fn a_refusal_without_a_field_stands_above_the_form() {
    let mut bench = editing();
    type_into(&mut bench, "Title", "CIO");
    refused(
        &mut bench,
        refusal(FailureKind::Permission, "you may not", &[]),
    );
    assert!(bench.form().banner().unwrap().contains("you may not"));
    assert_eq!(focused(&bench), "Title");
}

#[test]
fn a_refusal_of_a_field_that_is_not_on_the_layout_gets_a_line_of_its_own() {
    let mut bench = Bench::new();
    let mut page = page(lena_record());
    let mut form = contact_form();
    form.layouts
        .values_mut()
        .for_each(|layout| layout.sections.truncate(1));
    page.form = Arc::new(form);
    bench.ask(Intent::Edit(lena(), Some(Box::new(page))));
    type_into(&mut bench, "Title", "CIO");
    refused(&mut bench, refusal(FailureKind::Rule, "no", &["Budget__c"]));
    assert_eq!(focused(&bench), "Budget__c");
}

#[test]
fn leaving_after_a_refusal_keeps_no_second_copy() {
    let mut bench = editing();
    type_into(&mut bench, "Title", "CIO");
    refused(&mut bench, refusal(FailureKind::Rule, "no", &["Title"]));
    bench.press("Esc");
    assert_eq!(started(&bench, |job| matches!(job, Job::SaveDraft(_))), 0);
    assert!(
        bench.notice().contains("refused write is kept"),
        "{}",
        bench.notice()
    );
}

#[test]
fn a_draft_left_after_a_refusal_revises_the_refused_write_when_it_comes_back() {
    let mut bench = editing();
    type_into(&mut bench, "Title", "CIO");
    refused(&mut bench, refusal(FailureKind::Rule, "no", &["Title"]));
    bench.type_text(" of Acme");
    bench.press("Esc");
    bench.edit_lena();
    bench.press("C-s y");
    let (_, job) = bench.last(|job| matches!(job, Job::Revise(..)));
    let Job::Revise(_, write) = job else {
        unreachable!()
    };
    assert_eq!(sent(&write, "Title"), Some(&json!("CIO of Acme")));
}

#[test]
fn without_a_connection_the_form_closes_and_the_outbox_has_it() {
    let mut bench = editing();
    type_into(&mut bench, "Title", "CIO");
    bench.press("C-s y");
    let (job, write) = bench.last_write();
    bench.answer(job, op(&write, OpState::Queued, None));
    bench.answer(job, op(&write, OpState::Sending, None));
    let offline = Failure::no_connection("connection refused");
    bench.answer(job, op(&write, OpState::Queued, Some(offline)));
    assert!(bench.app.overlays.is_empty());
    assert!(
        bench.notice().contains("Kept in the outbox"),
        "{}",
        bench.notice()
    );
    assert_eq!(started(&bench, |job| matches!(job, Job::DropDraft(_))), 1);
}

#[test]
fn an_unwritable_outbox_keeps_the_form_and_its_text() {
    let mut bench = editing();
    type_into(&mut bench, "Title", "CIO");
    bench.press("C-s y");
    let (job, _) = bench.last_write();
    bench.answer(job, Reply::Failed(Failure::local("disk full")));
    assert!(matches!(bench.form().stage(), Stage::Editing));
    assert!(bench.form().banner().unwrap().contains("disk full"));
    assert!(bench.form().saved_draft(&noon()).is_some());
    bench.press("C-s y");
    assert_eq!(bench.writes().len(), 2);
}

#[test]
fn somebody_elses_change_is_shown_before_mine_is_sent_over_it() {
    let mut bench = editing();
    type_into(&mut bench, "Title", "CIO");
    refused(&mut bench, Failure::conflict("changed since"));
    let (job, asked) = bench.last(|job| matches!(job, Job::Open { .. }));
    let id = LENA.parse().unwrap();
    assert_eq!(
        asked,
        Job::Open {
            id,
            source: Source::Org
        }
    );
    let mut newer = lena_record();
    newer
        .fields
        .insert("Title".into(), json!("Head of Security"));
    newer.fields.insert(
        "LastModifiedDate".into(),
        json!("2026-11-22T10:00:00.000+0000"),
    );
    bench.answer(job, Reply::Opened(Box::new(page(newer))));
    assert!(matches!(bench.form().stage(), Stage::Reviewing(_)));
    let changes = bench.form().sheet().unwrap().changes(&noon());
    assert_eq!(changes[0].before, "Head of Security");
    assert_eq!(bench.writes().len(), 1, "nothing is sent unasked");
    bench.press("y");
    let (_, job) = bench.last(|job| matches!(job, Job::Revise(..)));
    let Job::Revise(_, write) = job else {
        unreachable!()
    };
    let WriteStep::Update { base_modified, .. } = &write.steps[0] else {
        panic!("an update");
    };
    assert_eq!(
        base_modified.as_deref(),
        Some("2026-11-22T10:00:00.000+0000")
    );
}

fn duplicate() -> Failure {
    let mut failure = refusal(FailureKind::Duplicate, "Use one of these records?", &[]);
    failure.may_save_anyway = true;
    failure.matches = vec![DuplicateMatch {
        link: lena(),
        details: vec![("Email".to_owned(), "lena.ortiz@example.com".to_owned())],
    }];
    failure
}

fn duplicates() -> Bench {
    let mut bench = creating();
    type_into(&mut bench, "LastName", "Ortiz");
    refused(&mut bench, duplicate());
    assert!(matches!(bench.form().stage(), Stage::Duplicates(..)));
    bench
}

#[test]
fn a_duplicate_is_saved_only_when_the_user_says_so() {
    let mut bench = duplicates();
    assert_eq!(bench.writes().len(), 1);
    bench.press("s s");
    assert_eq!(bench.writes().len(), 2);
    let (job, write) = bench.last_write();
    assert!(write.allow_duplicates);
    assert!(
        matches!(bench.last(|job| matches!(job, Job::Revise(..))).1, Job::Revise(id, _) if id.as_u128() == 41)
    );
    bench.answer(job, op(&write, OpState::Done, None));
    assert!(bench.app.overlays.is_empty());
    assert_eq!(bench.app.view, View::Record);
}

#[test]
fn a_duplicate_can_be_opened_and_the_form_is_kept() {
    let mut bench = duplicates();
    bench.press("o");
    assert!(bench.app.overlays.is_empty());
    assert_eq!(bench.app.record().unwrap().link().id, lena().id);
    let (_, job) = bench.last(|job| matches!(job, Job::SaveDraft(_)));
    let Job::SaveDraft(draft) = job else {
        unreachable!()
    };
    assert_eq!(draft.key, "new:Contact");
    let DraftContent::Form(draft) = draft.content else {
        panic!("a form")
    };
    assert_eq!(draft.entries.len(), 1);
}

#[test]
fn a_duplicate_can_be_gone_back_from_to_correct_the_form() {
    for key in ["n", "Esc"] {
        let mut bench = duplicates();
        bench.press(key);
        assert!(matches!(bench.form().stage(), Stage::Editing));
        bench.type_text("i");
        bench.press("C-s y");
        let (_, write) = bench.last_write();
        assert!(!write.allow_duplicates);
    }
}

#[test]
fn a_rule_that_forbids_duplicates_cannot_be_overridden() {
    let mut bench = creating();
    type_into(&mut bench, "LastName", "Ortiz");
    let mut failure = duplicate();
    failure.may_save_anyway = false;
    refused(&mut bench, failure);
    bench.press("s");
    assert_eq!(bench.writes().len(), 1);
}

#[test]
fn a_new_record_is_opened_once_it_is_there() {
    let mut bench = creating();
    type_into(&mut bench, "LastName", "Park");
    type_into(&mut bench, "FirstName", "Jo");
    bench.press("C-s y");
    let (job, write) = bench.last_write();
    bench.answer(job, op(&write, OpState::Done, None));
    assert_eq!(bench.app.record().unwrap().link().name, "Jo Park");
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
fn correcting_a_failed_write_sends_it_again_with_its_other_steps() {
    let mut bench = Bench::new();
    let create = |title: &str| WriteStep::Create {
        object: "Contact".to_owned(),
        fields: json!({"LastName": title, "Email": "x@example.com"})
            .as_object()
            .cloned()
            .unwrap(),
    };
    let write = Write {
        summary: "two contacts".to_owned(),
        steps: vec![create("One"), create("Two")],
        allow_duplicates: false,
    };
    let failure = refusal(FailureKind::InvalidValue, "bad address", &["Email"]);
    bench.answer(JobId(7), op(&write, OpState::Failed, Some(failure)));
    bench.ask(Intent::Fix(uuid::Uuid::from_u128(41)));
    let (job, _) = bench.last(|job| matches!(job, Job::Describe { .. }));
    bench.answer(job, Reply::Described(Arc::new(contact_form())));
    assert_eq!(focused(&bench), "Email");
    type_into(&mut bench, "Email", "one@example.com");
    bench.press("C-s y");
    let (_, job) = bench.last(|job| matches!(job, Job::Revise(..)));
    let Job::Revise(_, revised) = job else {
        unreachable!()
    };
    assert_eq!(revised.steps[1], write.steps[1]);
    assert_eq!(sent(&revised, "Email"), Some(&json!("one@example.com")));
    assert_eq!(revised.summary, "two contacts");
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

use crate::domain::schema::FieldType;
