//! Saving: sent once, refused on its field, corrected in place.

use super::*;
use crate::app::msg::{Timer, View};

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
    let (_, job) = bench.last(|job| matches!(job, Job::Revise { .. }));
    let Job::Revise { op: id, write, .. } = job else {
        unreachable!()
    };
    assert_eq!(id.as_u128(), 41);
    assert_eq!(sent(&write, "Title"), Some(&json!("CIO")));
    assert_eq!(
        sent(&write, "Budget__c").map(Value::to_string).as_deref(),
        Some("20000")
    );
    assert_eq!(started(&bench, |job| matches!(job, Job::Write { .. })), 1);
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
    bench.jobs.clear();
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
    let (_, job) = bench.last(|job| matches!(job, Job::Revise { .. }));
    let Job::Revise { write, .. } = job else {
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
    let offline = Failure::no_connection("connection refused");
    bench.answer(job, op(&write, OpState::Queued, Some(offline)));
    assert!(bench.app.overlays.is_empty());
    assert!(
        bench.notice().contains("Kept in the outbox"),
        "{}",
        bench.notice()
    );
    assert!(
        bench.app.drafts.is_empty(),
        "the worker drops it with the write"
    );
}

#[test]
fn a_draft_is_on_disk_before_its_write_and_never_written_after_it() {
    let mut bench = editing();
    type_into(&mut bench, "Title", "CIO");
    bench.press("C-s y");
    let key = format!("edit:{LENA}");
    let [.., (_, Job::SaveDraft(kept)), (_, Job::Write { draft, .. })] = &bench.jobs[..] else {
        panic!("{:?}", bench.jobs)
    };
    assert_eq!((&kept.key, draft.as_ref()), (&key, Some(&key)));
    bench.jobs.clear();
    bench.ring(Timer::DraftPause);
    bench.press("C-c");
    assert_eq!(bench.notice(), "Being saved; wait a moment");
    assert!(matches!(bench.form().stage(), Stage::Saving(_)));
    bench.press("C-c");
    assert_eq!(started(&bench, |job| matches!(job, Job::SaveDraft(_))), 0);
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
    let (_, job) = bench.last(|job| matches!(job, Job::Revise { .. }));
    let Job::Revise { write, .. } = job else {
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
        matches!(bench.last(|job| matches!(job, Job::Revise { .. })).1, Job::Revise { op: id, .. } if id.as_u128() == 41)
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
    let (_, job) = bench.last(|job| matches!(job, Job::Revise { .. }));
    let Job::Revise { write: revised, .. } = job else {
        unreachable!()
    };
    assert_eq!(revised.steps[1], write.steps[1]);
    assert_eq!(sent(&revised, "Email"), Some(&json!("one@example.com")));
    assert_eq!(revised.summary, "two contacts");
}

#[test]
fn an_answer_that_comes_under_the_help_closes_the_form_and_not_the_help() {
    let mut bench = editing();
    type_into(&mut bench, "Title", "CIO");
    bench.press("C-s y");
    let (job, write) = bench.last_write();
    bench.ask(Intent::Help);
    bench.answer(job, op(&write, OpState::Done, None));
    let left = &bench.app.overlays;
    assert!(matches!(
        left.as_slice(),
        [crate::app::overlay::Overlay::Finder(_)]
    ));
}

#[test]
fn look_alikes_known_by_id_alone_are_asked_for_by_name_once() {
    let mut bench = creating();
    type_into(&mut bench, "LastName", "Ortiz");
    type_into(&mut bench, "Email", "lena.ortiz@example.com");
    let mut failure = duplicate();
    failure.matches[0].link.name = LENA.to_owned();
    failure.matches[0].details.clear();
    refused(&mut bench, failure);
    let (job, asked) = bench.last(|job| matches!(job, Job::Query { .. }));
    let soql = format!("SELECT Id,Name,Email FROM Contact WHERE Id IN ('{LENA}')");
    assert_eq!(asked, Job::Query { soql, next: None });
    let records = vec![lena_record()];
    bench.answer(
        job,
        Reply::Rows(crate::job::Rows {
            total: 1,
            records,
            next: None,
        }),
    );
    let Stage::Duplicates(_, failure) = bench.form().stage() else {
        panic!("the look-alikes");
    };
    assert_eq!(failure.matches[0].link.name, "Lena Ortiz");
    let email = ("Email".to_owned(), "lena.ortiz@example.com".to_owned());
    assert_eq!(failure.matches[0].details, [email]);
}
