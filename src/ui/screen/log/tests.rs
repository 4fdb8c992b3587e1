//! Pictures of the quick log, at the sizes it must fit.

use std::sync::Arc;

use insta::assert_snapshot;

use crate::app::msg::Intent;
use crate::app::testkit::driver::Driver;
use crate::app::testkit::form::*;
use crate::app::testkit::lena;
use crate::domain::activity::LogKind;
use crate::domain::failure::Failure;
use crate::job::{Job, Reply};
use crate::ui::testkit::picture;

fn logging(kind: LogKind) -> Driver {
    let mut it = fresh();
    it.ask(Intent::Log(kind, lena()));
    let (job, _) = it.last(|job| *job == Job::PrepareLog);
    it.answer(job, Reply::LogReady(Arc::new(rules())));
    it
}

#[test]
fn a_call() {
    let mut it = logging(LogKind::Call);
    it.type_text("Left voicemail, call back Thu");
    assert_snapshot!("call_80x24", picture(&it, 80, 24));
    assert_snapshot!("call_120x40", picture(&it, 120, 40));
    assert_snapshot!("call_60x15", picture(&it, 60, 15));
    it.press("C-s");
    assert_snapshot!("saving_80x24", picture(&it, 80, 24));
    let (job, _) = it.last(|job| matches!(job, Job::Log { .. }));
    it.answer(
        job,
        Reply::Failed(Failure::local("the state folder cannot be written")),
    );
    assert_snapshot!("refused_80x24", picture(&it, 80, 24));
}

#[test]
fn a_call_with_a_follow_up() {
    let mut it = logging(LogKind::Call);
    it.press("Tab Tab Tab Tab Space");
    assert_snapshot!("follow_up_80x24", picture(&it, 80, 24));
}

#[test]
fn a_meeting_a_task_and_a_note() {
    let it = logging(LogKind::Meeting);
    assert_snapshot!("meeting_80x24", picture(&it, 80, 24));
    let it = logging(LogKind::Task);
    assert_snapshot!("task_80x24", picture(&it, 80, 24));
    let it = logging(LogKind::Note);
    assert_snapshot!("note_80x24", picture(&it, 80, 24));
}

#[test]
fn a_problem_under_its_line() {
    let mut it = logging(LogKind::Call);
    it.type_text("Talked");
    it.press("Tab Tab C-u");
    it.type_text("31/02");
    it.press("C-s");
    assert_snapshot!("problem_80x24", picture(&it, 80, 24));
}

#[test]
fn a_lookup_over_the_log() {
    let mut it = logging(LogKind::Call);
    it.press("Up");
    it.type_text("ac");
    assert_snapshot!("lookup_80x24", picture(&it, 80, 24));
    it.ring(crate::app::msg::Timer::LookupPause);
    let (job, _) = it.last(|job| matches!(job, Job::Lookup { .. }));
    it.answer(
        job,
        Reply::Failed(Failure::no_connection("no route to host")),
    );
    assert_snapshot!("lookup_failed_80x24", picture(&it, 80, 24));
}

#[test]
fn every_size_is_drawn_without_a_panic() {
    let mut it = logging(LogKind::Call);
    it.press("Tab Tab Tab Tab Space");
    for columns in (1..100).step_by(7) {
        for rows in 1..30 {
            picture(&it, columns, rows);
        }
    }
}

const KEYS: [&str; 20] = [
    "Tab", "S-Tab", "Up", "Down", "Enter", "Space", "BS", "Del", "C-s", "F2", "C-t", "C-r", "C-u",
    "C-w", "Left", "Right", "Esc", "y", "x", "9",
];

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(48))]

    #[test]
    fn no_keys_break_the_log_or_send_twice(keys in proptest::collection::vec(0..KEYS.len(), 1..60)) {
        let mut it = logging(LogKind::Call);
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
