use serde_json::json;

use super::timeline::Mark;
use super::*;
use crate::app::msg::{Effect, View};
use crate::app::overlay::Overlay;
use crate::app::testkit::driver::Driver;
use crate::app::testkit::page::{call_op, create, op, open_lena, page, reading_lena, searching};
use crate::app::testkit::{LENA, id};
use crate::domain::failure::Failure;
use crate::domain::write::{Op, OpState, Write, WriteStep};
use crate::job::Reply;

const LATER: &str = "2026-11-22T12:00:09Z";

fn opens(it: &Driver) -> usize {
    it.all(|job| matches!(job, Job::Open { .. })).len()
}

fn record(it: &Driver) -> &RecordScreen {
    it.app.record().expect("an open record")
}

fn subjects(it: &Driver) -> Vec<String> {
    let entries = record(it).entries().iter();
    entries.map(|it| it.activity.link.name.clone()).collect()
}

fn field(it: &Driver) -> String {
    let field = record(it).selected_field();
    field.map(|row| row.label.clone()).unwrap_or_default()
}

fn update(number: i64, state: OpState) -> Op {
    let WriteStep::Create { fields, .. } = create("Contact", json!({"Title": "CIO"})) else {
        unreachable!()
    };
    let step = WriteStep::Update {
        object: "Contact".to_owned(),
        id: id(LENA),
        fields,
        base_modified: None,
        base: Default::default(),
    };
    op(number, state, LATER, vec![step])
}

#[test]
fn a_logged_call_stands_in_the_timeline_without_a_request() {
    let mut it = reading_lena();
    let before = opens(&it);
    it.op(call_op(7, OpState::Queued, LATER));
    assert_eq!(subjects(&it)[0], "Left voicemail");
    assert_eq!(
        record(&it).entries()[0].mark,
        Mark::Waiting(OpState::Queued)
    );
    it.op(call_op(7, OpState::Done, LATER));
    let names = subjects(&it);
    assert_eq!(names.iter().filter(|it| *it == "Left voicemail").count(), 1);
    assert_eq!(names[2], "Left voicemail", "first of what was");
    assert_eq!(opens(&it), before);
}

#[test]
fn a_change_done_is_read_back_once_and_keeps_the_cursor() {
    let mut it = reading_lena();
    it.press("j j");
    let (row, before) = (field(&it), opens(&it));
    it.op(update(8, OpState::Sending));
    assert_eq!(record(&it).waiting_changes, 1);
    it.op(update(8, OpState::Done));
    it.op(update(8, OpState::Done));
    it.op(call_op(9, OpState::Done, LATER));
    assert_eq!(opens(&it), before + 1);
    assert_eq!(record(&it).waiting_changes, 0);
    let job = it.last(|job| matches!(job, Job::Open { .. })).0;
    let mut fresh = page();
    fresh.fetched = "2026-11-22T12:00:10Z".parse().expect("a moment");
    it.answer(job, Reply::Opened(Box::new(fresh)));
    assert_eq!(field(&it), row);
    assert_eq!(opens(&it), before + 1, "the answer asks for nothing more");
}

#[test]
fn a_change_that_failed_is_not_read_back() {
    let mut it = reading_lena();
    let before = opens(&it);
    it.op(update(8, OpState::Failed));
    assert_eq!(opens(&it), before);
    assert_eq!(record(&it).waiting_changes, 0);
}

#[test]
fn delete_asks_first_and_a_deleted_record_is_left() {
    let mut it = reading_lena();
    it.press("d");
    let Some(Overlay::Confirm(confirm)) = it.app.overlays.last() else {
        unreachable!("a question is asked")
    };
    let text = confirm.question.text.join(" ");
    assert!(text.contains("recycle bin of demo"), "{text}");
    let Job::Write {
        write: Write { steps, .. },
        ..
    } = confirm.question.then.clone()
    else {
        unreachable!("a write")
    };
    assert!(it.all(|job| matches!(job, Job::Write { .. })).is_empty());
    it.app.overlays.clear();
    it.op(op(9, OpState::Done, "2026-11-22T12:00:09Z", steps));
    assert_eq!(it.app.view, View::Search);
    assert!(it.app.records.is_empty());
}

#[test]
fn a_delete_that_failed_leaves_the_record_open() {
    let mut it = reading_lena();
    let step = WriteStep::Delete {
        object: "Contact".to_owned(),
        id: id(LENA),
    };
    it.op(op(9, OpState::Failed, LATER, vec![step]));
    assert_eq!(it.app.view, View::Record);
}

#[test]
fn enter_on_a_reference_and_gp_open_the_parent() {
    for keys in ["j j Enter", "g p"] {
        let mut it = reading_lena();
        it.press(keys);
        assert_eq!(record(&it).link().name, "Acme Holdings plc", "{keys}");
    }
}

#[test]
fn enter_opens_activities_and_related_rows() {
    let mut it = reading_lena();
    it.press("Tab j Enter");
    assert_eq!(record(&it).link().name, "Send SOC2");
    let mut it = reading_lena();
    it.press("Tab Tab j Enter");
    assert_eq!(record(&it).link().name, "Acme Holdings renewal");
}

#[test]
fn an_activity_that_waits_cannot_be_opened_as_the_record_itself() {
    let mut it = reading_lena();
    it.op(call_op(7, OpState::Queued, LATER));
    let before = opens(&it);
    it.press("Tab g g Enter");
    assert_eq!(opens(&it), before);
    assert!(it.app.notice.is_some());
}

#[test]
fn copies_are_of_what_the_cursor_is_on() {
    let mut it = reading_lena();
    it.press("j y v");
    assert!(it.effects.contains(&Effect::Copy("Head of IT".to_owned())));
    it.press("y j");
    let copied = it.effects.iter().rev().find_map(|effect| match effect {
        Effect::Copy(text) => Some(text.clone()),
        _ => None,
    });
    let json: serde_json::Value = serde_json::from_str(&copied.unwrap_or_default()).expect("JSON");
    assert_eq!(json["Title"], "Head of IT");
}

#[test]
fn empty_fields_are_hidden_until_asked_for() {
    let mut it = reading_lena();
    let labels = |it: &Driver| -> Vec<String> {
        let pane = record(it).details(Room::default());
        pane.lines().iter().map(|line| line.label.clone()).collect()
    };
    assert!(!labels(&it).contains(&"Mobile".to_owned()));
    it.press("z");
    assert!(labels(&it).contains(&"Mobile".to_owned()));
}

#[test]
fn a_failed_refresh_keeps_the_page() {
    let mut it = reading_lena();
    it.press("r");
    let job = it.last(|job| matches!(job, Job::Open { .. })).0;
    it.answer(job, Reply::Failed(Failure::no_connection("no route")));
    assert!(record(&it).page.value().is_some());
    assert!(record(&it).page.failure().is_some());
}

#[test]
fn an_answer_to_an_earlier_refresh_changes_nothing() {
    let mut it = reading_lena();
    it.press("r");
    let old = it.last(|job| matches!(job, Job::Open { .. })).0;
    it.press("r");
    let mut stale = page();
    stale
        .record
        .fields
        .insert("Title".to_owned(), json!("stale"));
    it.answer(old, Reply::Opened(Box::new(stale)));
    let page = record(&it).page.value().expect("a page");
    assert_eq!(page.record.text("Title"), Some("Head of IT"));
}

#[test]
fn tabs_go_round_and_panes_only_where_they_are_seen() {
    let mut it = reading_lena();
    let mut seen = Vec::new();
    for key in ["]", "]", "]", "]", "["] {
        it.press(key);
        seen.push(record(&it).tab);
    }
    use Tab::*;
    assert_eq!(seen, [Related, Activity, Raw, Details, Raw]);
    it.press("i");
    let narrow = Room {
        has_sides: false,
        ..Room::default()
    };
    record(&it).details(narrow);
    it.press("Tab");
    assert_eq!(record(&it).tab, Related);
}

#[test]
fn editing_starts_at_the_field_under_the_cursor() {
    let mut it = reading_lena();
    it.press("j e");
    let Some(Overlay::Form(form)) = it.app.overlays.last() else {
        unreachable!("a form")
    };
    let focused = form.sheet().and_then(|sheet| sheet.focused());
    assert_eq!(focused.map(|field| field.api_name.as_str()), Some("Title"));
}

#[test]
fn a_new_row_of_a_related_list_points_to_the_record() {
    let mut it = reading_lena();
    it.press("] j j");
    let line = record(&it).related().selected().cloned();
    assert_eq!(line.map(|it| it.list), Some(1));
    it.app.org = std::sync::Arc::default();
    it.press("a");
    let job = it.all(|job| matches!(job, Job::Describe { .. }));
    assert!(matches!(&job[0].1, Job::Describe { object, .. } if object == "Case"));
}

#[test]
fn the_cursor_stays_on_its_field_when_the_window_is_narrower() {
    let mut it = reading_lena();
    it.press("G k k");
    let row = field(&it);
    let narrow = Room {
        columns: 30,
        has_sides: false,
        has_texts: false,
    };
    let pane = record(&it).details(narrow).into_owned();
    it.press("z");
    assert_eq!(
        pane.selected().map(|line| line.label.clone()),
        Some(row.clone())
    );
    assert_eq!(field(&it), row);
}

#[test]
fn a_cached_page_older_than_our_own_change_is_not_asked_for_twice() {
    let mut it = searching();
    it.op(Op {
        changed: "2026-11-22T11:00:00Z".parse().expect("a moment"),
        ..update(8, OpState::Done)
    });
    open_lena(&mut it);
    let job = it.last(|job| matches!(job, Job::Open { .. })).0;
    let mut cached = page();
    cached.fetched = "2026-11-22T10:00:00Z".parse().expect("a moment");
    it.take(crate::app::msg::Msg::Answered(crate::job::Answer {
        job: Some(job),
        reply: Reply::Opened(Box::new(cached)),
        last: false,
        link: None,
    }));
    assert_eq!(opens(&it), 1);
    assert!(record(&it).page.is_waiting(), "the fresh one is on its way");
}

#[test]
fn a_row_named_by_another_record_leads_to_that_record() {
    let mut it = reading_lena();
    it.press("] G Enter");
    let link = record(&it).link();
    assert_eq!(
        (link.object.as_str(), link.name.as_str()),
        ("Opportunity", "Acme rollout")
    );
}

#[test]
fn a_move_of_the_cursor_lays_nothing_out_again() {
    let mut it = reading_lena();
    let narrow = Room {
        columns: 30,
        has_sides: false,
        has_texts: false,
    };
    let is_laid = |it: &Driver| matches!(record(it).details(narrow), std::borrow::Cow::Borrowed(_));
    assert!(!is_laid(&it), "the room is new");
    it.press("j");
    assert!(is_laid(&it));
}

#[test]
fn what_a_log_needs_is_read_once_after_the_first_page_and_in_silence() {
    let mut it = reading_lena();
    let asked = |it: &Driver| it.all(|job| *job == Job::PrepareLog);
    let [(job, _)] = asked(&it)[..] else {
        panic!("asked once")
    };
    it.press("r");
    let (open, _) = it.last(|job| matches!(job, Job::Open { .. }));
    it.answer(open, Reply::Opened(Box::new(page())));
    assert_eq!(asked(&it).len(), 1);
    let before = it.app.notice.clone();
    it.answer(job, Reply::Failed(Failure::no_connection("no route")));
    assert_eq!(it.app.notice, before);
    assert!(it.app.errors.rows(&it.app.journal).is_empty());
}

#[test]
fn a_list_opens_whole_from_its_heading() {
    let mut it = reading_lena();
    it.press("] g g Enter");
    assert_eq!(it.app.view, View::Query);
    let (_, asked) = it.last(|job| matches!(job, Job::Query { .. }));
    let Job::Query { soql, .. } = asked else {
        unreachable!()
    };
    assert!(soql.ends_with(&format!(" = '{LENA}'")), "{soql}");
    it.press("Esc");
    assert_eq!(it.app.view, View::Record);
}
