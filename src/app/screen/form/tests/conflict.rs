//! Two people at one record: nothing of either is lost, and nothing overwritten unasked.

use super::saving::refused;
use super::*;
use crate::domain::merge::By;
use crate::domain::write::Op;

const LATER: &str = "2026-11-22T10:00:00.000+0000";

/// The form on Lena with these fields typed, refused because of `theirs`, read again.
fn met(mine: &[(&str, &str)], theirs: &[(&str, &str)]) -> Driver {
    let mut it = editing();
    for (field, text) in mine {
        go_to(&mut it, field);
        it.press("C-u");
        it.type_text(text);
    }
    refused(&mut it, Failure::conflict("changed since"));
    reread(&mut it, theirs);
    it
}

fn reread(it: &mut Driver, theirs: &[(&str, &str)]) {
    let (job, asked) = it.last(|job| matches!(job, Job::Open { .. }));
    let (id, source) = (LENA.parse().unwrap(), Source::Org);
    assert_eq!(asked, Job::Open { id, source });
    it.answer(job, Reply::Opened(Box::new(page(newer(theirs)))));
}

fn newer(theirs: &[(&str, &str)]) -> crate::domain::record::Record {
    let mut record = lena_record();
    for (field, text) in theirs.iter().chain(&[("LastModifiedDate", LATER)]) {
        record.fields.insert((*field).to_owned(), json!(text));
    }
    record
}

fn revised(it: &Driver) -> crate::domain::write::Write {
    match it.last(|job| matches!(job, Job::Revise { .. })).1 {
        Job::Revise { write, .. } => write,
        _ => unreachable!(),
    }
}

fn sent_fields(write: &crate::domain::write::Write) -> (Value, Option<String>) {
    match &write.steps[0] {
        WriteStep::Update {
            fields,
            base_modified,
            ..
        } => (Value::Object(fields.clone()), base_modified.clone()),
        _ => panic!("an update"),
    }
}

#[test]
fn changes_that_do_not_meet_are_merged_by_one_key() {
    let mut it = met(&[("Title", "CIO")], &[("Email", "lena@acme.example")]);
    assert!(matches!(it.form().stage(), Stage::Comparing));
    let by: Vec<By> = it
        .form()
        .conflict()
        .unwrap()
        .rows
        .iter()
        .map(|row| row.by)
        .collect();
    assert_eq!(by, [By::Me, By::Them]);
    assert_eq!(it.writes().len(), 1, "nothing is sent unasked");
    it.press("y");
    let (fields, base) = sent_fields(&revised(&it));
    assert_eq!(fields, json!({"Title": "CIO"}), "theirs is left alone");
    assert_eq!(base.as_deref(), Some(LATER));
}

#[test]
fn where_they_meet_nothing_is_sent_before_the_user_chose() {
    let theirs = [("Title", "Head of Security")];
    for (choice, wanted) in [("m", Some("CIO")), ("t m", Some("CIO")), ("t", None)] {
        let mut it = met(&[("Title", "CIO"), ("Email", "l@example.com")], &theirs);
        it.press("y");
        assert!(
            it.said().starts_with("Choose first: Title"),
            "{}",
            it.said()
        );
        assert!(matches!(it.form().stage(), Stage::Comparing));
        it.press(choice);
        it.press("y");
        let (fields, _) = sent_fields(&revised(&it));
        let mut all = json!({"Email": "l@example.com"});
        if let Some(title) = wanted {
            all["Title"] = json!(title);
        }
        assert_eq!(fields, all, "{choice}");
    }
}

#[test]
fn a_field_edited_again_is_decided_by_that() {
    let mut it = met(&[("Title", "CIO")], &[("Title", "Head of Security")]);
    it.press("e");
    assert_eq!(focused(&it), "Title");
    it.press("C-u");
    it.type_text("CIO and Head of Security");
    it.press("C-s");
    assert!(matches!(it.form().stage(), Stage::Reviewing(_)));
    it.press("y");
    let (fields, base) = sent_fields(&revised(&it));
    assert_eq!(fields, json!({"Title": "CIO and Head of Security"}));
    assert_eq!(base.as_deref(), Some(LATER));
}

#[test]
fn theirs_for_everything_gives_the_refused_write_up_and_closes() {
    let mut it = met(&[("Title", "CIO")], &[("Title", "Head of Security")]);
    it.press("t y");
    assert!(it.app.overlays.is_empty());
    it.last(|job| matches!(job, Job::Cancel(_)));
    assert!(
        !it.started
            .iter()
            .any(|(_, job)| matches!(job, Job::Revise { .. }))
    );
}

#[test]
fn a_draft_left_in_the_middle_finds_the_conflict_again() {
    let mut it = met(&[("Title", "CIO")], &[("Title", "Head of Security")]);
    let draft = it.form().saved_draft(&noon());
    // The refused write holds what was typed, until something else is.
    assert!(draft.is_none());
    it.press("t");
    let draft = it.form().saved_draft(&noon()).unwrap();
    let DraftContent::Form(draft) = draft.content else {
        panic!("a form")
    };
    assert_eq!(draft.base().unwrap().text("Title"), Some("Head of IT"));
    assert!(draft.is_touched("Title"));
}

#[test]
fn a_draft_older_than_the_record_does_not_overwrite_it_silently() {
    let mut it = fresh();
    let mut draft = crate::domain::draft::Draft::update(lena_record());
    draft.type_text("Title", "CIO");
    it.answer(
        JobId(0),
        Reply::Drafts(vec![crate::domain::draft::SavedDraft {
            key: format!("edit:{LENA}"),
            title: "edit Contact".to_owned(),
            saved: noon().timestamp(),
            content: DraftContent::Form(draft),
        }]),
    );
    let page = page(newer(&[("Title", "Head of Security")]));
    it.ask(Intent::Edit(lena(), Some(Box::new(page))));
    assert!(it.form().banner().unwrap().contains("Title"));
    it.press("C-s");
    assert!(matches!(it.form().stage(), Stage::Comparing));
    it.press("m y");
    let (_, write) = it.last_write();
    let (fields, base) = sent_fields(&write);
    assert_eq!(fields, json!({"Title": "CIO"}));
    assert_eq!(base.as_deref(), Some(LATER));
}

#[test]
fn a_conflict_met_by_a_late_write_is_compared_from_the_outbox() {
    let mut it = editing();
    type_into(&mut it, "Title", "CIO");
    it.press("C-s y");
    let (job, write) = it.last_write();
    it.press("Esc");
    let Reply::Op(refused) = op(&write, OpState::Failed, Some(Failure::conflict("moved"))) else {
        unreachable!()
    };
    let id = refused.id;
    it.answer(
        job,
        op(
            &write,
            OpState::Queued,
            Some(Failure::no_connection("no route")),
        ),
    );
    assert!(it.app.overlays.is_empty());
    it.op(Op { ..*refused });
    it.ask(Intent::Fix(id));
    reread(&mut it, &[("Title", "Head of Security")]);
    assert!(matches!(it.form().stage(), Stage::Comparing));
    let row = &it.form().conflict().unwrap().rows[0];
    assert_eq!(
        (row.was.as_deref(), row.mine.as_deref(), row.theirs.as_str()),
        (Some("Head of IT"), Some("CIO"), "Head of Security")
    );
}
