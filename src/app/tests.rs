//! The app as a whole, driven by keys and answers: what must never happen.

use std::time::Duration;

use crate::domain::failure::{Failure, FailureKind};
use crate::domain::write::{Op, OpState};
use crate::job::{Job, Reply};

use super::msg::{Effect, Msg, Timer, View};
use super::notice::Level;
use super::org::Line;
use super::overlay::Overlay;
use super::testkit::driver::{Driver, key_event};
use super::testkit::outbox::{failure, op, start, with_ops};

/// The outbox with one write in this state, under the cursor.
fn outbox_with(state: OpState) -> Driver {
    outbox(vec![op(40, state)])
}

fn outbox(ops: Vec<Op>) -> Driver {
    let mut it = with_ops(ops);
    it.app.view = View::Outbox;
    it
}

fn asks(it: &Driver) -> bool {
    matches!(it.app.overlays.last(), Some(Overlay::Confirm(_)))
}

#[test]
fn an_unknown_write_is_never_sent_again_without_y() {
    for key in ["s", "Enter", "Space", "n", "Esc", "Tab", "x", "Y", "F1"] {
        let mut it = outbox_with(OpState::Unknown);
        it.press("s");
        assert!(asks(&it), "s asks first");
        assert_eq!(it.jobs(), Vec::<&Job>::new());
        it.press(key);
        assert_eq!(it.jobs(), Vec::<&Job>::new(), "{key} sends nothing");
        assert!(!asks(&it), "{key} closes the question");
    }
    let mut it = outbox_with(OpState::Unknown);
    it.press("s y");
    assert_eq!(it.jobs(), vec![&Job::Resend { op: op(40, OpState::Unknown).id, seen: OpState::Unknown }]);
    assert!(!asks(&it));
}

#[test]
fn an_unknown_write_is_not_sent_again_from_the_errors_either() {
    let mut it = outbox_with(OpState::Unknown);
    it.press("4 s");
    assert!(asks(&it));
    assert_eq!(it.jobs(), Vec::<&Job>::new());
    it.press("n d");
    assert!(asks(&it), "giving it up asks too");
    it.press("y");
    assert_eq!(it.jobs(), vec![&Job::Cancel(op(40, OpState::Unknown).id)]);
}

#[test]
fn keys_typed_ahead_answer_no_question() {
    let mut it = outbox_with(OpState::Unknown);
    it.press("s");
    for _ in 0..8 {
        it.wait(Duration::from_millis(30));
        it.press_now("y");
        assert_eq!(it.jobs(), Vec::<&Job>::new());
        assert!(asks(&it), "the question stays");
    }
    it.wait(Duration::from_millis(30));
    it.press_now("y");
    assert_eq!(it.jobs().len(), 1);
}

#[test]
fn a_clock_set_back_opens_no_way_around_the_question() {
    let mut it = outbox_with(OpState::Unknown);
    it.press("s");
    it.now = "2026-11-12T11:00:00[UTC]".parse().unwrap();
    it.press_now("y");
    assert_eq!(it.jobs(), Vec::<&Job>::new());
    it.press("y");
    assert_eq!(it.jobs().len(), 1, "a second later it counts");
}

#[test]
fn the_key_that_opens_a_question_never_confirms_it() {
    for (open, view) in [("s", "3"), ("x", "3"), ("s", "4"), ("d", "4")] {
        let mut it = outbox_with(OpState::Unknown);
        it.press(view);
        for _ in 0..6 {
            it.press(open);
            assert_eq!(
                it.jobs(),
                Vec::<&Job>::new(),
                "{open} held down in view {view}"
            );
        }
    }
}

#[test]
fn what_does_not_apply_says_why_and_does_nothing() {
    let cases = [
        (
            OpState::Done,
            "s",
            "#40: it is saved: there is nothing left to send",
        ),
        (
            OpState::Done,
            "x",
            "#40: it is saved and cannot be cancelled here",
        ),
        (
            OpState::Done,
            "e",
            "#40: it is saved: open the record to change it",
        ),
        (
            OpState::Sending,
            "x",
            "#40: it is on its way to the org: wait for the answer",
        ),
        (
            OpState::Sending,
            "s",
            "#40: it is on its way to the org: wait for the answer",
        ),
        (
            OpState::Cancelled,
            "s",
            "#40: it was given up: write it anew where it is still wanted",
        ),
        (
            OpState::Unknown,
            "e",
            "#40: it may be saved already: look at the record, then s sends it again or x gives it up",
        ),
    ];
    for (state, key, reason) in cases {
        let mut it = outbox_with(state);
        it.press(key);
        assert_eq!(it.said(), reason);
        assert_eq!(it.jobs(), Vec::<&Job>::new());
        assert!(it.app.overlays.is_empty(), "{state:?} {key}");
    }
}

#[test]
fn a_refused_or_waiting_write_is_sent_corrected_or_given_up() {
    for state in [OpState::Queued, OpState::Failed] {
        let id = op(40, state).id;
        let mut it = outbox_with(state);
        it.press("s");
        assert_eq!(it.jobs(), vec![&Job::Resend { op: id, seen: state }]);
        it.press("x");
        assert_eq!(it.jobs(), vec![&Job::Cancel(id)]);
        it.press("e");
        assert!(matches!(it.app.overlays.last(), Some(Overlay::Form(_))));
    }
}

#[test]
fn failures_are_counted_until_they_are_looked_at() {
    let mut it = outbox(vec![op(1, OpState::Failed), op(2, OpState::Done)]);
    it.reply(Reply::Failed(failure(FailureKind::Server)));
    it.reply(Reply::Failed(failure(FailureKind::Server)));
    let unseen = |it: &Driver| it.app.errors.unseen(&it.app.journal);
    assert_eq!(
        unseen(&it),
        2,
        "one write, one read that failed twice alike"
    );
    it.press("4");
    assert_eq!(unseen(&it), 0);
    it.press("3");
    it.reply(Reply::Op(Box::new(op(3, OpState::Unknown))));
    assert_eq!(unseen(&it), 1);
}

#[test]
fn a_dismissed_failure_goes_and_a_failed_read_starts_no_write() {
    let mut it = outbox(Vec::new());
    it.reply(Reply::Failed(failure(FailureKind::Server)));
    it.press("4");
    it.press("s");
    assert_eq!(it.jobs(), Vec::<&Job>::new());
    it.press("e");
    assert!(it.app.overlays.is_empty());
    it.press("d");
    assert!(it.app.errors.rows(&it.app.journal).is_empty());
    assert_eq!(it.jobs(), Vec::<&Job>::new());
}

#[test]
fn only_so_many_failed_reads_are_kept() {
    let mut it = outbox(Vec::new());
    for n in 0..300 {
        let mut failure = failure(FailureKind::Server);
        failure.message = format!("trouble {n}");
        it.reply(Reply::Failed(failure));
    }
    let rows = it.app.errors.rows(&it.app.journal);
    assert_eq!(rows.len(), 200);
}

#[test]
fn an_error_stays_until_a_key_is_pressed() {
    let mut it = outbox(vec![op(40, OpState::Sending)]);
    it.reply(Reply::Op(Box::new(op(40, OpState::Failed))));
    let level = |it: &Driver| it.app.notice.as_ref().map(|notice| notice.level);
    assert_eq!(level(&it), Some(Level::Error));
    let rings = |effect: &Effect| matches!(effect, Effect::Ring(Timer::NoticeShown, _));
    assert!(!it.effects.iter().any(rings), "no time ends it");
    it.press("j");
    assert_eq!(level(&it), None);
}

#[test]
fn an_older_notice_s_end_does_not_take_an_error_away() {
    let mut it = outbox(vec![op(40, OpState::Sending)]);
    it.reply(Reply::Op(Box::new(op(39, OpState::Done))));
    it.reply(Reply::Op(Box::new(op(40, OpState::Failed))));
    it.take(Msg::Rang(Timer::NoticeShown));
    assert!(it.said().starts_with("Not saved"), "{}", it.said());
}

#[test]
fn trouble_in_the_background_does_not_hide_what_failed_for_the_user() {
    let mut it = outbox(vec![op(40, OpState::Sending)]);
    it.reply(Reply::Op(Box::new(op(40, OpState::Failed))));
    let lost = Failure::no_connection("connection refused");
    it.news(Reply::Failed(lost), Some(false));
    assert!(it.said().starts_with("Not saved"), "{}", it.said());
    it.press("j");
    it.news(Reply::Failed(Failure::no_connection("refused")), Some(false));
    assert!(it.said().contains("refused"), "{}", it.said());
}

#[test]
fn a_write_that_could_not_be_sent_shows_the_line_as_down_and_stays_waiting() {
    let mut it = outbox(vec![op(40, OpState::Sending)]);
    it.news(Reply::DraftKept, Some(true));
    let mut waiting = op(40, OpState::Queued);
    let lost = Failure::no_connection("connection refused");
    waiting.failure = Some(lost.clone());
    it.news(Reply::Op(Box::new(waiting)), Some(false));
    assert_eq!(it.app.org.line, Line::Offline(lost));
    assert_eq!(it.app.journal.waiting(), 1);
    assert!(it.said().starts_with("Kept in the outbox"), "{}", it.said());
}

#[test]
fn the_first_ctrl_c_closes_and_only_a_second_quits() {
    let mut it = outbox_with(OpState::Unknown);
    it.press("s");
    it.press_now("C-c");
    assert!(it.app.overlays.is_empty());
    assert!(!it.effects.contains(&Effect::Quit));
    it.press_now("C-c");
    assert!(it.effects.contains(&Effect::Quit));
}

#[test]
fn a_prefix_menu_shows_after_a_while_and_esc_drops_it() {
    let mut it = outbox_with(OpState::Done);
    it.press("g");
    assert!(!it.app.prefix_menu);
    it.take(Msg::Rang(Timer::PrefixMenu));
    assert!(it.app.prefix_menu);
    it.take(Msg::Key(key_event("Esc")));
    assert!(!it.app.prefix_menu && it.app.pending.is_empty());
    assert_eq!(it.app.view, View::Outbox, "Esc did nothing else");
    it.take(Msg::Rang(Timer::PrefixMenu));
    assert!(!it.app.prefix_menu, "a late ring shows no menu");
}

#[test]
fn the_end_of_the_session_is_said_with_what_to_do_and_undone_by_a_good_answer() {
    let over = || Failure::new(FailureKind::Session, "INVALID_SESSION_ID", "expired");
    let link = Some(crate::job::LinkState {
        online: true,
        millis: 5,
        api_usage: None,
    });
    let mut queued = op(40, OpState::Queued);
    queued.failure = Some(over());
    for reply in [Reply::Failed(over()), Reply::Op(Box::new(queued))] {
        let mut it = with_ops(vec![]);
        let mut answer = crate::job::Answer {
            job: None,
            reply,
            last: true,
            link,
        };
        it.take(Msg::Answered(answer.clone()));
        assert_eq!(it.app.org.line, Line::SessionOver);
        let notice = it.app.notice.as_ref().unwrap();
        assert_eq!(notice.level, Level::Error);
        assert!(
            notice
                .text
                .to_lowercase()
                .contains("restart with a new token"),
            "{notice:?}"
        );
        answer.reply = Reply::DraftKept;
        it.take(Msg::Answered(answer));
        assert_eq!(it.app.org.line, Line::Online(5));
    }
}

#[test]
fn writes_left_over_are_said_once_at_the_start() {
    let cases = [
        (vec![], None),
        (vec![op(1, OpState::Done), op(2, OpState::Failed)], None),
        (
            vec![op(40, OpState::Unknown), op(1, OpState::Done)],
            Some("1 write needs you: #40. Nothing was lost; 3 shows it"),
        ),
        (
            vec![op(40, OpState::Unknown), op(41, OpState::Queued)],
            Some("1 write needs you: #40. Nothing was lost; 3 shows it"),
        ),
        (
            vec![op(41, OpState::Queued)],
            Some("1 write is left from before and is seen to by itself: 3 shows it"),
        ),
    ];
    for (ops, said) in cases {
        let mut it = start();
        it.reply(Reply::Outbox(ops.clone()));
        let notice = it.app.notice.take();
        assert_eq!(notice.as_ref().map(|it| it.text.as_str()), said);
        it.reply(Reply::Outbox(ops));
        assert_eq!(it.app.notice, None);
    }
}
