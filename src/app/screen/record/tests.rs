use serde_json::json;

use super::timeline::Mark;
use super::*;
use crate::app::msg::{Effect, View};
use crate::app::overlay::Overlay;
use crate::app::sample_page::{LENA, Stage, call_op, create, id, op, page};
use crate::domain::failure::Failure;
use crate::domain::write::{Op, OpState, Write, WriteStep};
use crate::job::Reply;

const LATER: &str = "2026-11-22T12:00:09Z";

fn opens(stage: &Stage) -> usize {
    stage.jobs(|job| matches!(job, Job::Open { .. })).len()
}

fn record(stage: &Stage) -> &RecordScreen {
    stage.app.record().expect("an open record")
}

fn subjects(stage: &Stage) -> Vec<String> {
    let entries = record(stage).entries().iter();
    entries.map(|it| it.activity.link.name.clone()).collect()
}

fn field(stage: &Stage) -> String {
    let field = record(stage).selected_field();
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
    };
    op(number, state, LATER, vec![step])
}

#[test]
fn a_logged_call_stands_in_the_timeline_without_a_request() {
    let mut stage = Stage::with_lena();
    let before = opens(&stage);
    stage.op(call_op(7, OpState::Queued, LATER));
    assert_eq!(subjects(&stage)[0], "Left voicemail");
    assert_eq!(
        record(&stage).entries()[0].mark,
        Mark::Waiting(OpState::Queued)
    );
    stage.op(call_op(7, OpState::Done, LATER));
    let names = subjects(&stage);
    assert_eq!(names.iter().filter(|it| *it == "Left voicemail").count(), 1);
    assert_eq!(names[2], "Left voicemail", "first of what was");
    assert_eq!(opens(&stage), before);
}

#[test]
fn a_change_done_is_read_back_once_and_keeps_the_cursor() {
    let mut stage = Stage::with_lena();
    stage.keys("j j");
    let (row, before) = (field(&stage), opens(&stage));
    stage.op(update(8, OpState::Sending));
    assert_eq!(record(&stage).waiting_changes, 1);
    stage.op(update(8, OpState::Done));
    stage.op(update(8, OpState::Done));
    stage.op(call_op(9, OpState::Done, LATER));
    assert_eq!(opens(&stage), before + 1);
    assert_eq!(record(&stage).waiting_changes, 0);
    let job = stage.job(|job| matches!(job, Job::Open { .. }));
    let mut fresh = page();
    fresh.fetched = "2026-11-22T12:00:10Z".parse().expect("a moment");
    stage.answer(job, Reply::Opened(Box::new(fresh)));
    assert_eq!(field(&stage), row);
    assert_eq!(
        opens(&stage),
        before + 1,
        "the answer asks for nothing more"
    );
}

#[test]
fn a_change_that_failed_is_not_read_back() {
    let mut stage = Stage::with_lena();
    let before = opens(&stage);
    stage.op(update(8, OpState::Failed));
    assert_eq!(opens(&stage), before);
    assert_eq!(record(&stage).waiting_changes, 0);
}

#[test]
fn delete_asks_first_and_a_deleted_record_is_left() {
    let mut stage = Stage::with_lena();
    stage.press("d");
    let Some(Overlay::Confirm(confirm)) = stage.app.overlays.last() else {
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
    assert!(
        stage
            .jobs(|job| matches!(job, Job::Write { .. }))
            .is_empty()
    );
    stage.app.overlays.clear();
    stage.op(op(9, OpState::Done, "2026-11-22T12:00:09Z", steps));
    assert_eq!(stage.app.view, View::Search);
    assert!(stage.app.records.is_empty());
}

#[test]
fn a_delete_that_failed_leaves_the_record_open() {
    let mut stage = Stage::with_lena();
    let step = WriteStep::Delete {
        object: "Contact".to_owned(),
        id: id(LENA),
    };
    stage.op(op(9, OpState::Failed, LATER, vec![step]));
    assert_eq!(stage.app.view, View::Record);
}

#[test]
fn enter_on_a_reference_and_gp_open_the_parent() {
    for keys in ["j j Enter", "g p"] {
        let mut stage = Stage::with_lena();
        stage.keys(keys);
        assert_eq!(record(&stage).link().name, "Acme Holdings plc", "{keys}");
    }
}

#[test]
fn enter_opens_activities_and_related_rows() {
    let mut stage = Stage::with_lena();
    stage.keys("Tab j Enter");
    assert_eq!(record(&stage).link().name, "Send SOC2");
    let mut stage = Stage::with_lena();
    stage.keys("Tab Tab j Enter");
    assert_eq!(record(&stage).link().name, "Acme Holdings renewal");
}

#[test]
fn an_activity_that_waits_cannot_be_opened_as_the_record_itself() {
    let mut stage = Stage::with_lena();
    stage.op(call_op(7, OpState::Queued, LATER));
    let before = opens(&stage);
    stage.keys("Tab g g Enter");
    assert_eq!(opens(&stage), before);
    assert!(stage.app.notice.is_some());
}

#[test]
fn copies_are_of_what_the_cursor_is_on() {
    let mut stage = Stage::with_lena();
    stage.keys("j y v");
    assert!(
        stage
            .effects
            .contains(&Effect::Copy("Head of IT".to_owned()))
    );
    stage.keys("y j");
    let copied = stage.effects.iter().rev().find_map(|effect| match effect {
        Effect::Copy(text) => Some(text.clone()),
        _ => None,
    });
    let json: serde_json::Value = serde_json::from_str(&copied.unwrap_or_default()).expect("JSON");
    assert_eq!(json["Title"], "Head of IT");
}

#[test]
fn empty_fields_are_hidden_until_asked_for() {
    let mut stage = Stage::with_lena();
    let labels = |stage: &Stage| -> Vec<String> {
        let pane = record(stage).details(Room::default());
        pane.lines().iter().map(|line| line.label.clone()).collect()
    };
    assert!(!labels(&stage).contains(&"Mobile".to_owned()));
    stage.press("z");
    assert!(labels(&stage).contains(&"Mobile".to_owned()));
}

#[test]
fn a_failed_refresh_keeps_the_page() {
    let mut stage = Stage::with_lena();
    stage.press("r");
    let job = stage.job(|job| matches!(job, Job::Open { .. }));
    stage.answer(job, Reply::Failed(Failure::no_connection("no route")));
    assert!(record(&stage).page.value().is_some());
    assert!(record(&stage).page.failure().is_some());
}

#[test]
fn an_answer_to_an_earlier_refresh_changes_nothing() {
    let mut stage = Stage::with_lena();
    stage.press("r");
    let old = stage.job(|job| matches!(job, Job::Open { .. }));
    stage.press("r");
    let mut stale = page();
    stale
        .record
        .fields
        .insert("Title".to_owned(), json!("stale"));
    stage.answer(old, Reply::Opened(Box::new(stale)));
    let page = record(&stage).page.value().expect("a page");
    assert_eq!(page.record.text("Title"), Some("Head of IT"));
}

#[test]
fn tabs_go_round_and_panes_only_where_they_are_seen() {
    let mut stage = Stage::with_lena();
    let mut seen = Vec::new();
    for key in ["]", "]", "]", "]", "["] {
        stage.press(key);
        seen.push(record(&stage).tab);
    }
    use Tab::*;
    assert_eq!(seen, [Related, Activity, Raw, Details, Raw]);
    stage.press("i");
    let narrow = Room {
        has_sides: false,
        ..Room::default()
    };
    record(&stage).details(narrow);
    stage.press("Tab");
    assert_eq!(record(&stage).tab, Related);
}

#[test]
fn editing_starts_at_the_field_under_the_cursor() {
    let mut stage = Stage::with_lena();
    stage.keys("j e");
    let Some(Overlay::Form(form)) = stage.app.overlays.last() else {
        unreachable!("a form")
    };
    let focused = form.sheet().and_then(|sheet| sheet.focused());
    assert_eq!(focused.map(|field| field.api_name.as_str()), Some("Title"));
}

#[test]
fn a_new_row_of_a_related_list_points_to_the_record() {
    let mut stage = Stage::with_lena();
    stage.keys("] j j");
    let line = record(&stage).related().selected().cloned();
    assert_eq!(line.map(|it| it.list), Some(1));
    stage.app.org = std::sync::Arc::default();
    stage.press("a");
    let job = stage.jobs(|job| matches!(job, Job::Describe { .. }));
    assert!(matches!(&job[0].1, Job::Describe { object, .. } if object == "Case"));
}

#[test]
fn the_cursor_stays_on_its_field_when_the_window_is_narrower() {
    let mut stage = Stage::with_lena();
    stage.keys("G k k");
    let row = field(&stage);
    let narrow = Room {
        columns: 30,
        has_sides: false,
        has_texts: false,
    };
    let pane = record(&stage).details(narrow).into_owned();
    stage.press("z");
    assert_eq!(
        pane.selected().map(|line| line.label.clone()),
        Some(row.clone())
    );
    assert_eq!(field(&stage), row);
}

#[test]
fn a_cached_page_older_than_our_own_change_is_not_asked_for_twice() {
    let mut stage = Stage::new();
    stage.op(Op {
        changed: "2026-11-22T11:00:00Z".parse().expect("a moment"),
        ..update(8, OpState::Done)
    });
    stage.type_text("lena");
    stage.press("Enter");
    stage.found(vec![crate::job::Hit {
        link: crate::app::sample_page::lena(),
        detail: String::new(),
        cached: false,
    }]);
    let job = stage.job(|job| matches!(job, Job::Open { .. }));
    let mut cached = page();
    cached.fetched = "2026-11-22T10:00:00Z".parse().expect("a moment");
    stage.msg(crate::app::msg::Msg::Answered(crate::job::Answer {
        job: Some(job),
        reply: Reply::Opened(Box::new(cached)),
        last: false,
        link: None,
    }));
    assert_eq!(opens(&stage), 1);
    assert!(
        record(&stage).page.is_waiting(),
        "the fresh one is on its way"
    );
}

#[test]
fn a_row_named_by_another_record_leads_to_that_record() {
    let mut stage = Stage::with_lena();
    stage.keys("] G Enter");
    let link = record(&stage).link();
    assert_eq!(
        (link.object.as_str(), link.name.as_str()),
        ("Opportunity", "Acme rollout")
    );
}

#[test]
fn a_move_of_the_cursor_lays_nothing_out_again() {
    let mut stage = Stage::with_lena();
    let narrow = Room {
        columns: 30,
        has_sides: false,
        has_texts: false,
    };
    let is_laid =
        |stage: &Stage| matches!(record(stage).details(narrow), std::borrow::Cow::Borrowed(_));
    assert!(!is_laid(&stage), "the room is new");
    stage.press("j");
    assert!(is_laid(&stage));
}

#[test]
fn what_a_log_needs_is_read_once_after_the_first_page_and_in_silence() {
    let mut stage = Stage::with_lena();
    let asked = |stage: &Stage| stage.jobs(|job| *job == Job::PrepareLog);
    let [(job, _)] = asked(&stage)[..] else {
        panic!("asked once")
    };
    stage.press("r");
    let open = stage.job(|job| matches!(job, Job::Open { .. }));
    stage.answer(open, Reply::Opened(Box::new(page())));
    assert_eq!(asked(&stage).len(), 1);
    let before = stage.app.notice.clone();
    stage.answer(job, Reply::Failed(Failure::no_connection("no route")));
    assert_eq!(stage.app.notice, before);
    assert!(stage.app.errors.rows(&stage.app.journal).is_empty());
}
