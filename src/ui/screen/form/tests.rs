//! Pictures of the form in every state, at the sizes it must fit.

use std::sync::Arc;

use insta::assert_snapshot;
use serde_json::json;

use crate::app::msg::Intent;
use crate::app::testkit::driver::Driver;
use crate::app::testkit::form::*;
use crate::app::testkit::{field, lena};
use crate::domain::failure::{DuplicateMatch, Failure, FailureKind};
use crate::domain::schema::FieldType;
use crate::domain::write::OpState;
use crate::job::{Job, Reply};
use crate::ui::testkit::picture;

/// Title changed, the mail address wrong, saving asked for.
fn blocked() -> Driver {
    let mut it = editing();
    it.press("Tab Tab C-u");
    it.type_text("CIO");
    it.press("Tab C-u");
    it.type_text("bob@");
    it.press("C-s");
    it
}

fn reviewing() -> Driver {
    let mut it = blocked();
    it.press("C-u");
    it.type_text("lena@example.com");
    it.press("C-s");
    it
}

fn refused(it: &mut Driver, failure: Failure) {
    it.press("y");
    let (job, write) = it.last_write();
    it.answer(job, op(&write, OpState::Failed, Some(failure)));
}

#[test]
fn waiting_and_failed() {
    let mut it = fresh();
    it.ask(Intent::Edit(lena(), None));
    assert_snapshot!("waiting_80x24", picture(&it, 80, 24));
    let (job, _) = it.last(|job| matches!(job, Job::Open { .. }));
    it.answer(
        job,
        Reply::Failed(Failure::no_connection("no route to host")),
    );
    assert_snapshot!("failed_80x24", picture(&it, 80, 24));
}

#[test]
fn ready() {
    let it = editing();
    assert_snapshot!("ready_80x24", picture(&it, 80, 24));
    assert_snapshot!("ready_120x40", picture(&it, 120, 40));
    assert_snapshot!("ready_60x15", picture(&it, 60, 15));
}

#[test]
fn a_problem_stands_beside_its_field() {
    let it = blocked();
    assert_snapshot!("blocked_80x24", picture(&it, 80, 24));
    assert_snapshot!("blocked_120x40", picture(&it, 120, 40));
    assert_snapshot!("blocked_60x15", picture(&it, 60, 15));
}

#[test]
fn text_that_does_not_fit_is_marked_while_it_is_typed() {
    let mut it = editing();
    it.type_text(&"x".repeat(60));
    assert_snapshot!("too_long_80x24", picture(&it, 80, 24));
}

#[test]
fn what_a_field_takes() {
    let mut it = editing();
    it.press("Tab Tab Tab C-g");
    assert_snapshot!("info_80x24", picture(&it, 80, 24));
}

#[test]
fn a_pick_list_near_its_field() {
    let mut it = editing();
    it.press("Tab Tab Tab Tab Tab Enter");
    assert_snapshot!("picking_80x24", picture(&it, 80, 24));
    assert_snapshot!("picking_60x15", picture(&it, 60, 15));
    it.type_text("zzz");
    assert_snapshot!("picking_nothing_80x24", picture(&it, 80, 24));
}

#[test]
fn several_values() {
    let mut it = editing();
    it.press("S-Tab S-Tab S-Tab Enter Space Down");
    assert_snapshot!("several_80x24", picture(&it, 80, 24));
}

#[test]
fn shorthand_is_read_back() {
    let mut it = editing();
    it.press("S-Tab");
    it.type_text("fri");
    assert_snapshot!("shorthand_date_80x24", picture(&it, 80, 24));
    it.press("Up");
    it.type_text("20k");
    assert_snapshot!("shorthand_amount_80x24", picture(&it, 80, 24));
}

#[test]
fn long_text_is_edited_in_its_lines() {
    let mut it = editing();
    it.press("Tab Tab Tab Tab Tab Tab Tab");
    it.press("Enter");
    it.type_text("third");
    assert_snapshot!("long_80x24", picture(&it, 80, 24));
}

#[test]
fn old_and_new_before_it_is_sent() {
    let mut it = reviewing();
    assert_snapshot!("review_80x24", picture(&it, 80, 24));
    it.press("y");
    assert_snapshot!("saving_80x24", picture(&it, 80, 24));
}

#[test]
fn a_refusal_on_its_field() {
    let mut it = reviewing();
    let message = "Amount is required when the stage is Closed Won: fill it in before you close";
    refused(&mut it, refusal(FailureKind::Rule, message, &["Budget__c"]));
    assert_snapshot!("refused_80x24", picture(&it, 80, 24));
    assert_snapshot!("refused_120x40", picture(&it, 120, 40));
}

#[test]
fn a_refusal_without_a_field() {
    let mut it = reviewing();
    refused(
        &mut it,
        refusal(FailureKind::Permission, "insufficient access rights", &[]),
    );
    assert_snapshot!("refused_above_80x24", picture(&it, 80, 24));
}

#[test]
fn look_alikes() {
    let mut it = reviewing();
    let mut failure = refusal(FailureKind::Duplicate, "Use one of these records?", &[]);
    failure.may_save_anyway = true;
    let details = vec![
        ("Email".to_owned(), "lena@example.com".to_owned()),
        ("Account".to_owned(), "Acme Holdings plc".to_owned()),
    ];
    let link = lena();
    failure.matches = vec![DuplicateMatch { link, details }];
    refused(&mut it, failure);
    assert_snapshot!("duplicates_80x24", picture(&it, 80, 24));
    assert_snapshot!("duplicates_60x15", picture(&it, 60, 15));
    let mut it = reviewing();
    let said = "You're creating a duplicate record. We recommend you use an existing record";
    let mut failure = refusal(FailureKind::Duplicate, said, &[]);
    failure.matches = vec![DuplicateMatch {
        link: lena(),
        details: Vec::new(),
    }];
    refused(&mut it, failure);
    let shown = picture(&it, 80, 24);
    assert!(shown.contains("› Lena Ortiz  Contact"), "{shown}");
}

#[test]
fn a_change_by_somebody_else() {
    let mut it = reviewing();
    refused(&mut it, Failure::conflict("the record was changed"));
    let (job, _) = it.last(|job| matches!(job, Job::Open { .. }));
    let mut newer = lena_record();
    newer
        .fields
        .insert("Title".into(), json!("Head of Security"));
    it.answer(job, Reply::Opened(Box::new(page(newer))));
    assert_snapshot!("conflict_80x24", picture(&it, 80, 24));
}

#[test]
fn a_new_record_of_what() {
    let mut it = fresh();
    it.ask(Intent::New(None, Vec::new()));
    assert_snapshot!("objects_80x24", picture(&it, 80, 24));
}

#[test]
fn a_new_record_with_record_types() {
    let mut it = fresh();
    it.ask(Intent::New(Some("Contact".to_owned()), Vec::new()));
    let (job, _) = it.last(|job| matches!(job, Job::Describe { .. }));
    it.answer(job, Reply::Described(Arc::new(typed_contact_form())));
    it.press("C-s");
    assert_snapshot!("new_80x24", picture(&it, 80, 24));
}

#[test]
fn three_hundred_fields_scroll_with_the_focus() {
    let mut form = contact_form();
    for number in 0..300 {
        let name = format!("F{number}__c");
        let mut added = field(&name, &name, FieldType::String);
        added.length = 20;
        form.schema.fields.push(added);
    }
    form.layouts.clear();
    let mut page = page(lena_record());
    page.form = Arc::new(form);
    let mut it = fresh();
    it.ask(Intent::Edit(lena(), Some(Box::new(page))));
    it.press("S-Tab PgUp");
    let shown = picture(&it, 80, 24);
    assert_snapshot!("many_80x24", shown);
}

#[test]
fn text_of_the_org_can_neither_move_nor_fool_the_screen() {
    let mut form = contact_form();
    let evil = "Ti\x1b[2J\u{202e}tle\u{9b}31m\r\nX";
    for field in &mut form.schema.fields {
        if field.api_name == "Title" {
            field.label = evil.to_owned();
            field.help = Some(evil.to_owned());
        }
    }
    let mut record = lena_record();
    record.fields.insert("Title".into(), json!(evil));
    record.fields.insert("Name".into(), json!(evil));
    record
        .fields
        .insert("LastName".into(), json!("漢字e\u{301}\u{200b}名前"));
    let mut page = page(record);
    page.form = Arc::new(form);
    let mut it = fresh();
    it.ask(Intent::Edit(lena(), Some(Box::new(page))));
    it.press("Tab Tab C-g");
    let shown = picture(&it, 80, 24);
    assert!(
        !shown.contains(['\x1b', '\u{202e}', '\u{9b}', '\u{200b}', '\r']),
        "{shown}"
    );
    assert_snapshot!("evil_80x24", shown);
}

#[test]
fn every_size_is_drawn_without_a_panic() {
    let benches = [blocked(), reviewing(), {
        let mut it = editing();
        it.press("Tab Tab Tab Tab Tab Enter");
        it
    }];
    for it in &benches {
        for columns in (1..100).step_by(7) {
            for rows in 1..30 {
                picture(it, columns, rows);
            }
        }
    }
}

const KEYS: [&str; 24] = [
    "Tab", "S-Tab", "Up", "Down", "Enter", "Esc", "Space", "BS", "Del", "C-s", "F2", "F7", "F8",
    "C-r", "C-g", "C-u", "C-w", "PgDn", "PgUp", "y", "n", "o", "x", "9",
];

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(48))]

    #[test]
    fn no_keys_break_the_form_or_send_twice(keys in proptest::collection::vec(0..KEYS.len(), 1..60)) {
        let mut it = editing();
        for key in keys {
            if it.app.overlays.is_empty() {
                break;
            }
            it.press(KEYS[key]);
            picture(&it, 80, 24);
        }
        proptest::prop_assert!(it.writes().len() <= 1, "no answer came, so nothing is sent again");
    }
}
