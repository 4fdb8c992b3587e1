//! Saving: sent once, refused on its field, corrected in place.

use super::*;
use crate::app::msg::{Timer, View};

#[test]
fn only_the_changed_field_is_sent_and_only_after_the_review() {
    let mut it = editing();
    type_into(&mut it, "Title", "CIO");
    it.press("C-s");
    assert!(matches!(it.form().stage(), Stage::Reviewing(_)));
    assert!(it.writes().is_empty());
    it.press("y");
    let (_, write) = it.last_write();
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
    let mut it = editing();
    type_into(&mut it, "Title", "CIO");
    it.press("C-s C-s C-s C-s Enter y C-s F2");
    assert_eq!(it.writes().len(), 1);
    let (job, write) = it.last_write();
    it.answer(job, op(&write, OpState::Sending, None));
    it.press("C-s y Enter F2");
    assert_eq!(it.writes().len(), 1);
    it.answer(job, op(&write, OpState::Done, None));
    assert!(it.app.overlays.is_empty());
    assert_eq!(it.said(), format!("Saved: {}", write.summary));
}

#[test]
fn a_bad_email_is_refused_beside_its_field_and_nothing_is_sent() {
    let mut it = editing();
    type_into(&mut it, "Email", "bob@");
    go_to(&mut it, "Title");
    it.press("C-s");
    assert!(matches!(it.form().stage(), Stage::Editing));
    assert_eq!(focused(&it), "Email");
    assert!(it.form().sheet().unwrap().problem("Email").is_some());
    assert!(
        it.said().starts_with("1 error blocks saving: Email"),
        "{}",
        it.said()
    );
    assert!(it.writes().is_empty());
}

#[test]
fn nothing_changed_says_so_and_stays() {
    let mut it = editing();
    type_into(&mut it, "Title", "CIO");
    it.press("C-u");
    it.type_text("Head of IT");
    it.press("C-s");
    assert!(matches!(it.form().stage(), Stage::Editing));
    assert!(it.said().contains("Nothing was changed"));
    it.press("Esc");
    assert!(it.app.overlays.is_empty());
    assert_eq!(started(&it, |job| matches!(job, Job::SaveDraft(_))), 0);
}

pub(super) fn refused(it: &mut Driver, failure: Failure) {
    it.press("C-s y");
    let (job, write) = it.last_write();
    it.answer(job, op(&write, OpState::Queued, None));
    it.answer(job, op(&write, OpState::Sending, None));
    it.answer(job, op(&write, OpState::Failed, Some(failure)));
}

#[test]
fn a_refusal_lands_on_its_field_and_nothing_is_sent_again_by_itself() {
    let mut it = editing();
    type_into(&mut it, "Title", "CIO");
    let message = "Closed Won needs an amount";
    refused(&mut it, refusal(FailureKind::Rule, message, &["Budget__c"]));
    assert!(matches!(it.form().stage(), Stage::Editing));
    assert_eq!(focused(&it), "Budget__c");
    assert_eq!(
        it.form().sheet().unwrap().problem("Budget__c"),
        Some(message)
    );
    assert!(
        it.said().starts_with("Not saved: Budget: Closed Won"),
        "{}",
        it.said()
    );
    go_to(&mut it, "Title");
    assert_eq!(it.form().sheet().unwrap().input.text(), "CIO");
    assert_eq!(it.writes().len(), 1);
}

#[test]
fn correcting_a_refused_write_revises_it_instead_of_adding_a_second() {
    let mut it = editing();
    type_into(&mut it, "Title", "CIO");
    refused(&mut it, refusal(FailureKind::Rule, "no", &["Budget__c"]));
    it.type_text("20k");
    it.press("C-s y");
    let (_, job) = it.last(|job| matches!(job, Job::Revise { .. }));
    let Job::Revise { op: id, write, .. } = job else {
        unreachable!()
    };
    assert_eq!(id.as_u128(), 41);
    assert_eq!(sent(&write, "Title"), Some(&json!("CIO")));
    assert_eq!(
        sent(&write, "Budget__c").map(Value::to_string).as_deref(),
        Some("20000")
    );
    assert_eq!(started(&it, |job| matches!(job, Job::Write { .. })), 1);
}

#[test]
fn a_refusal_without_a_field_stands_above_the_form() {
    let mut it = editing();
    type_into(&mut it, "Title", "CIO");
    refused(
        &mut it,
        refusal(FailureKind::Permission, "you may not", &[]),
    );
    assert!(it.form().banner().unwrap().contains("you may not"));
    assert_eq!(focused(&it), "Title");
}

#[test]
fn a_refusal_of_a_field_that_is_not_on_the_layout_gets_a_line_of_its_own() {
    let mut it = fresh();
    let mut page = page(lena_record());
    let mut form = contact_form();
    form.layouts
        .values_mut()
        .for_each(|layout| layout.sections.truncate(1));
    page.form = Arc::new(form);
    it.ask(Intent::Edit(lena(), Some(Box::new(page))));
    type_into(&mut it, "Title", "CIO");
    refused(&mut it, refusal(FailureKind::Rule, "no", &["Budget__c"]));
    assert_eq!(focused(&it), "Budget__c");
}

#[test]
fn leaving_after_a_refusal_keeps_no_second_copy() {
    let mut it = editing();
    type_into(&mut it, "Title", "CIO");
    refused(&mut it, refusal(FailureKind::Rule, "no", &["Title"]));
    it.started.clear();
    it.press("Esc");
    assert_eq!(started(&it, |job| matches!(job, Job::SaveDraft(_))), 0);
    assert!(it.app.drafts.is_empty(), "{:?}", it.app.drafts);
    assert!(it.said().contains("refused write is kept"), "{}", it.said());
}

#[test]
fn a_draft_left_after_a_refusal_revises_the_refused_write_when_it_comes_back() {
    let mut it = editing();
    type_into(&mut it, "Title", "CIO");
    refused(&mut it, refusal(FailureKind::Rule, "no", &["Title"]));
    it.type_text(" of Acme");
    it.press("Esc");
    edit_lena(&mut it);
    it.press("C-s y");
    let (_, job) = it.last(|job| matches!(job, Job::Revise { .. }));
    let Job::Revise { write, .. } = job else {
        unreachable!()
    };
    assert_eq!(sent(&write, "Title"), Some(&json!("CIO of Acme")));
}

#[test]
fn without_a_connection_the_form_closes_and_the_outbox_has_it() {
    let mut it = editing();
    type_into(&mut it, "Title", "CIO");
    it.press("C-s y");
    let (job, write) = it.last_write();
    let has_key = |job: &Job| matches!(job, Job::Write { draft: Some(_), .. });
    assert_eq!(
        started(&it, has_key),
        1,
        "the outbox takes the draft's place"
    );
    it.answer(job, op(&write, OpState::Queued, None));
    let offline = Failure::no_connection("connection refused");
    it.answer(job, op(&write, OpState::Queued, Some(offline)));
    assert!(it.app.overlays.is_empty());
    assert!(it.said().contains("Kept in the outbox"), "{}", it.said());
    assert!(
        it.app.drafts.is_empty(),
        "the worker drops it with the write"
    );
}

#[test]
fn a_draft_is_on_disk_before_its_write_and_never_written_after_it() {
    let mut it = editing();
    type_into(&mut it, "Title", "CIO");
    it.press("C-s y");
    let key = format!("edit:{LENA}");
    let [.., (_, Job::SaveDraft(kept)), (_, Job::Write { draft, .. })] = &it.started[..] else {
        panic!("{:?}", it.started)
    };
    assert_eq!((&kept.key, draft.as_ref()), (&key, Some(&key)));
    it.started.clear();
    it.ring(Timer::DraftPause);
    it.press("C-c");
    assert_eq!(it.said(), "Being saved; wait a moment");
    assert!(matches!(it.form().stage(), Stage::Saving(_)));
    it.press("C-c");
    assert_eq!(started(&it, |job| matches!(job, Job::SaveDraft(_))), 0);
}

#[test]
fn an_unwritable_outbox_keeps_the_form_and_its_text() {
    let mut it = editing();
    type_into(&mut it, "Title", "CIO");
    it.press("C-s y");
    let (job, _) = it.last_write();
    it.answer(job, Reply::Failed(Failure::local("disk full")));
    assert!(matches!(it.form().stage(), Stage::Editing));
    assert!(it.form().banner().unwrap().contains("disk full"));
    assert!(it.form().saved_draft(&noon()).is_some());
    it.press("C-s y");
    assert_eq!(it.writes().len(), 2);
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

fn duplicates() -> Driver {
    let mut it = creating();
    type_into(&mut it, "LastName", "Ortiz");
    refused(&mut it, duplicate());
    assert!(matches!(it.form().stage(), Stage::Duplicates(..)));
    it
}

#[test]
fn a_duplicate_is_saved_only_when_the_user_says_so() {
    let mut it = duplicates();
    assert_eq!(it.writes().len(), 1);
    it.press("s s");
    assert_eq!(it.writes().len(), 2);
    let (job, write) = it.last_write();
    assert!(write.allow_duplicates);
    assert!(
        matches!(it.last(|job| matches!(job, Job::Revise { .. })).1, Job::Revise { op: id, .. } if id.as_u128() == 41)
    );
    it.answer(job, op(&write, OpState::Done, None));
    assert!(it.app.overlays.is_empty());
    assert_eq!(it.app.view, View::Record);
}

#[test]
fn a_duplicate_can_be_opened_and_the_form_is_kept() {
    let mut it = duplicates();
    it.press("o");
    assert!(it.app.overlays.is_empty());
    assert_eq!(it.app.record().unwrap().link().id, lena().id);
    let (_, job) = it.last(|job| matches!(job, Job::SaveDraft(_)));
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
        let mut it = duplicates();
        it.press(key);
        assert!(matches!(it.form().stage(), Stage::Editing));
        it.type_text("i");
        it.press("C-s y");
        let (_, write) = it.last_write();
        assert!(!write.allow_duplicates);
    }
}

#[test]
fn a_rule_that_forbids_duplicates_cannot_be_overridden() {
    let mut it = creating();
    type_into(&mut it, "LastName", "Ortiz");
    let mut failure = duplicate();
    failure.may_save_anyway = false;
    refused(&mut it, failure);
    it.press("s");
    assert_eq!(it.writes().len(), 1);
}

#[test]
fn a_new_record_is_opened_once_it_is_there() {
    let mut it = creating();
    type_into(&mut it, "LastName", "Park");
    type_into(&mut it, "FirstName", "Jo");
    it.press("C-s y");
    let (job, write) = it.last_write();
    it.answer(job, op(&write, OpState::Done, None));
    assert_eq!(it.app.record().unwrap().link().name, "Jo Park");
}

#[test]
fn correcting_a_failed_write_sends_it_again_with_its_other_steps() {
    let mut it = fresh();
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
    it.answer(JobId(7), op(&write, OpState::Failed, Some(failure)));
    it.ask(Intent::Fix(uuid::Uuid::from_u128(41)));
    let (job, _) = it.last(|job| matches!(job, Job::Describe { .. }));
    it.answer(job, Reply::Described(Arc::new(contact_form())));
    assert_eq!(focused(&it), "Email");
    type_into(&mut it, "Email", "one@example.com");
    it.press("C-s y");
    let (_, job) = it.last(|job| matches!(job, Job::Revise { .. }));
    let Job::Revise { write: revised, .. } = job else {
        unreachable!()
    };
    assert_eq!(revised.steps[1], write.steps[1]);
    assert_eq!(sent(&revised, "Email"), Some(&json!("one@example.com")));
    assert_eq!(revised.summary, "two contacts");
}

/// Bob half typed and left, and the create of Alice that the org refused.
fn bob_kept_and_alice_refused() -> Driver {
    let mut it = creating();
    type_into(&mut it, "LastName", "Bob");
    it.press("Esc");
    let create = WriteStep::Create {
        object: "Contact".to_owned(),
        fields: json!({"LastName": "Alice"}).as_object().cloned().unwrap(),
    };
    let write = Write {
        summary: "create Contact 'Alice'".to_owned(),
        steps: vec![create],
        allow_duplicates: false,
    };
    let failure = refusal(FailureKind::InvalidValue, "bad name", &["LastName"]);
    it.answer(JobId(7), op(&write, OpState::Failed, Some(failure)));
    fix(&mut it);
    it
}

fn fix(it: &mut Driver) {
    it.ask(Intent::Fix(uuid::Uuid::from_u128(41)));
    if matches!(it.form().stage(), Stage::Loading) {
        let (job, _) = it.last(|job| matches!(job, Job::Describe { .. }));
        it.answer(job, Reply::Described(Arc::new(contact_form())));
    }
    go_to(it, "LastName");
}

fn kept_names(it: &Driver) -> Vec<String> {
    let names = it.app.drafts.iter().map(|kept| match &kept.content {
        DraftContent::Form(draft) => match &draft.entries["LastName"] {
            crate::domain::draft::Entry::Typed { text } => text.clone(),
            other => panic!("{other:?}"),
        },
        DraftContent::Log(_) => panic!("a form"),
    });
    names.collect()
}

#[test]
fn correcting_a_write_leaves_an_unrelated_draft_alone() {
    for keys in ["C-x", "C-s y"] {
        let mut it = bob_kept_and_alice_refused();
        it.type_text(" Park");
        it.ring(Timer::DraftPause);
        assert_eq!(kept_names(&it), ["Bob", "Alice Park"], "{keys}");
        it.press(keys);
        assert_eq!(kept_names(&it), ["Bob"], "{keys}");
    }
}

#[test]
fn a_correction_that_was_left_comes_back_with_its_write_and_nowhere_else() {
    let mut it = bob_kept_and_alice_refused();
    it.type_text(" Park");
    it.press("Esc");
    it.ask(Intent::New(Some("Contact".to_owned()), Vec::new()));
    go_to(&mut it, "LastName");
    assert_eq!(it.form().sheet().unwrap().input.text(), "Bob");
    it.press("Esc");
    fix(&mut it);
    assert_eq!(it.form().sheet().unwrap().input.text(), "Alice Park");
    it.press("Esc");
    assert_eq!(kept_names(&it).len(), 2, "unchanged, it stays");
    fix(&mut it);
    it.press("C-s y");
    let (_, job) = it.last(|job| matches!(job, Job::Revise { .. }));
    let Job::Revise { write, .. } = job else {
        unreachable!()
    };
    assert_eq!(sent(&write, "LastName"), Some(&json!("Alice Park")));
    assert_eq!(kept_names(&it), ["Bob"]);
}

#[test]
fn an_answer_that_comes_under_the_help_closes_the_form_and_not_the_help() {
    let mut it = editing();
    type_into(&mut it, "Title", "CIO");
    it.press("C-s y");
    let (job, write) = it.last_write();
    it.ask(Intent::Help);
    it.answer(job, op(&write, OpState::Done, None));
    let left = &it.app.overlays;
    assert!(matches!(
        left.as_slice(),
        [crate::app::overlay::Overlay::Finder(_)]
    ));
}

#[test]
fn look_alikes_known_by_id_alone_are_asked_for_by_name_once() {
    let mut it = creating();
    type_into(&mut it, "LastName", "Ortiz");
    type_into(&mut it, "Email", "lena.ortiz@example.com");
    let mut failure = duplicate();
    failure.matches[0].link.name = LENA.to_owned();
    failure.matches[0].details.clear();
    refused(&mut it, failure);
    let (job, asked) = it.last(|job| matches!(job, Job::Query { .. }));
    let soql = format!("SELECT Id,Name,Email FROM Contact WHERE Id IN ('{LENA}')");
    assert_eq!(asked, Job::Query { soql, next: None });
    let records = vec![lena_record()];
    it.answer(
        job,
        Reply::Rows(crate::job::Rows {
            total: 1,
            records,
            next: None,
        }),
    );
    let Stage::Duplicates(_, failure) = it.form().stage() else {
        panic!("the look-alikes");
    };
    assert_eq!(failure.matches[0].link.name, "Lena Ortiz");
    let email = ("Email".to_owned(), "lena.ortiz@example.com".to_owned());
    assert_eq!(failure.matches[0].details, [email]);
}
