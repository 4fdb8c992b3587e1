//! The frame of the screens at several sizes.

use crate::app::App;
use crate::app::msg::{Msg, Timer, View};
use crate::app::notice::Notice;
use crate::app::testkit::driver::Driver;
use crate::app::testkit::outbox::{contact_form, failure, op, session, start, with_ops};
use crate::domain::failure::FailureKind;
use crate::domain::write::OpState;
use crate::job::{Job, OrgKind, Reply};

use super::testkit::screen;

mod monkey;

fn every_state() -> Vec<crate::domain::write::Op> {
    let mut ops = vec![
        op(37, OpState::Done),
        op(38, OpState::Queued),
        op(39, OpState::Failed),
        op(40, OpState::Unknown),
        op(41, OpState::Sending),
        op(36, OpState::Cancelled),
    ];
    ops[1].failure = Some(crate::domain::failure::Failure::no_connection(
        "connection refused",
    ));
    ops
}

fn at(view: View, ops: Vec<crate::domain::write::Op>) -> Driver {
    let mut it = with_ops(ops);
    it.reply(Reply::Described(contact_form()));
    it.news(Reply::DraftKept, Some(true));
    it.app.view = view;
    it
}

fn first_line(app: &App, columns: u16) -> String {
    let screen = screen(app, (columns, 12));
    screen.lines().next().unwrap_or_default().to_owned()
}

#[test]
fn the_header_says_less_where_room_is_short_and_never_half_a_word() {
    let mut it = at(View::Search, every_state());
    let words = first_line(&it.app, 200);
    let words: Vec<&str> = words.split([' ', '[', ']', ':']).collect();
    for columns in 40..200 {
        let line = first_line(&it.app, columns);
        for word in line.split([' ', '[', ']', ':']) {
            assert!(words.contains(&word), "{columns}: `{word}` in `{line}`");
        }
        assert!(
            line.contains("3:3") || line.contains("3 Outbox:3"),
            "{line}"
        );
    }
    let lost = failure(FailureKind::NoConnection);
    it.news(Reply::Failed(lost), Some(false));
    for columns in 40..200 {
        assert!(
            first_line(&it.app, columns).contains("OFFLINE"),
            "{columns}"
        );
    }
}

#[test]
fn headers() {
    let it = at(View::Search, every_state());
    let lines = [120, 93, 80, 70, 60, 50, 40].map(|columns| first_line(&it.app, columns));
    insta::assert_snapshot!("headers", lines.join("\n"));
}

#[test]
fn the_end_of_the_session_stays_in_the_header_as_long_as_anything_does() {
    let mut it = at(View::Search, every_state());
    std::sync::Arc::make_mut(&mut it.app.org).line = crate::app::org::Line::SessionOver;
    for columns in [120, 80, 60] {
        let line = first_line(&it.app, columns);
        assert!(line.contains("SESSION OVER"), "{line}");
    }
}

#[test]
fn the_badge_says_in_a_word_what_org_it_is() {
    let mut it = start();
    assert!(
        first_line(&it.app, 80).starts_with("[?] demo"),
        "not known yet"
    );
    for (kind, connection, badge) in [
        (OrgKind::Production, "acme", "[PROD] acme"),
        (OrgKind::Sandbox, "acme", "[SANDBOX] acme"),
        (OrgKind::Local, "demo", "[DEMO] demo"),
        (OrgKind::Local, "env", "[LOCAL] env"),
    ] {
        std::sync::Arc::make_mut(&mut it.app.org).connection = connection.to_owned();
        it.reply(Reply::Connected(session(kind)));
        let line = first_line(&it.app, 80);
        assert!(line.starts_with(badge), "{line}");
    }
}

#[test]
fn hostile_text_cannot_leave_its_cell() {
    let mut hostile = op(1, OpState::Failed);
    hostile.write.summary = "a\u{1b}]52;c;eA==\u{7}b\u{202e}c\nd".to_owned();
    let mut it = at(View::Outbox, vec![hostile]);
    it.app.notice = Some(Notice::error("x\u{1b}[2Jy\nz"));
    for view in [View::Outbox, View::Errors] {
        it.app.view = view;
        let screen = screen(&it.app, (80, 24));
        let bad = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!screen.contains(bad), "{screen}");
    }
}

#[test]
fn outbox_screens() {
    let mut it = at(View::Outbox, every_state());
    it.press("j");
    for size in [(80, 24), (120, 40), (60, 15), (40, 10)] {
        insta::assert_snapshot!(
            format!("outbox_{}x{}", size.0, size.1),
            screen(&it.app, size)
        );
    }
    it.press("Enter");
    insta::assert_snapshot!("outbox_details_60x15", screen(&it.app, (60, 15)));
    it.press("s");
    insta::assert_snapshot!("outbox_asks_80x24", screen(&it.app, (80, 24)));
}

#[test]
fn outbox_without_writes() {
    let mut it = start();
    it.app.view = View::Outbox;
    insta::assert_snapshot!("outbox_unread_80x24", screen(&it.app, (80, 24)));
    it.reply(Reply::Outbox(Vec::new()));
    insta::assert_snapshot!("outbox_empty_80x24", screen(&it.app, (80, 24)));
}

#[test]
fn errors_screens() {
    let mut it = at(View::Errors, every_state());
    it.reply(Reply::Failed(failure(FailureKind::Server)));
    it.reply(Reply::Failed(failure(FailureKind::Server)));
    for size in [(80, 24), (60, 15)] {
        insta::assert_snapshot!(
            format!("errors_read_{}x{}", size.0, size.1),
            screen(&it.app, size)
        );
    }
    it.press("j j");
    for size in [(80, 24), (120, 40)] {
        insta::assert_snapshot!(
            format!("errors_write_{}x{}", size.0, size.1),
            screen(&it.app, size)
        );
    }
    let it = at(View::Errors, Vec::new());
    insta::assert_snapshot!("errors_empty_60x15", screen(&it.app, (60, 15)));
}

#[test]
fn finder_screens() {
    let mut it = at(View::Outbox, every_state());
    it.press("?");
    for size in [(80, 24), (60, 15)] {
        insta::assert_snapshot!(format!("help_{}x{}", size.0, size.1), screen(&it.app, size));
    }
    it.press("Esc : c a l l");
    insta::assert_snapshot!("palette_80x24", screen(&it.app, (80, 24)));
}

#[test]
fn prefix_menu() {
    let mut it = at(View::Outbox, every_state());
    it.press("g");
    it.take(Msg::Rang(Timer::PrefixMenu));
    insta::assert_snapshot!("prefix_menu_80x24", screen(&it.app, (80, 24)));
}

#[test]
fn the_hint_line_keeps_help_and_cuts_no_word() {
    let it = at(View::Outbox, every_state());
    let words = screen(&it.app, (300, 12));
    let words: Vec<&str> = words.lines().last().unwrap().split(' ').collect();
    for columns in 40..200 {
        let screen = screen(&it.app, (columns, 12));
        let line = screen.lines().last().unwrap();
        assert!(line.ends_with("? help"), "{columns}: {line}");
        assert!(line.split(' ').all(|word| words.contains(&word)), "{line}");
    }
}

#[test]
fn notices_have_a_word_for_their_level_and_are_cut_whole() {
    let mut it = at(View::Outbox, Vec::new());
    for (notice, start) in [
        (Notice::ok("it worked"), " ok  it worked"),
        (Notice::info("good to know"), "info good to know"),
        (Notice::warn("look at it"), "warn look at it"),
        (Notice::error("it failed"), " !   it failed"),
        (Notice::error("it failed ".repeat(20)), " !   it failed"),
    ] {
        it.app.notice = Some(notice);
        let screen = screen(&it.app, (60, 12));
        let line = screen.lines().nth(10).unwrap();
        assert!(line.starts_with(start), "{line}");
        assert!(line.len() < 60 || line.ends_with('~'), "{line}");
    }
}

#[test]
fn a_write_that_slips_under_the_cursor_is_not_the_one_that_is_sent() {
    let mut it = at(View::Outbox, vec![op(40, OpState::Failed)]);
    screen(&it.app, (80, 24));
    it.reply(Reply::Op(Box::new(op(41, OpState::Failed))));
    it.press("s");
    assert_eq!(
        it.jobs(),
        vec![&Job::Resend {
            op: op(40, OpState::Failed).id,
            seen: OpState::Failed
        }]
    );
}

#[test]
fn the_line_s_state_is_shown_and_cleared() {
    let mut it = at(View::Outbox, Vec::new());
    let lost = failure(FailureKind::NoConnection);
    it.news(Reply::Failed(lost), Some(false));
    assert!(screen(&it.app, (80, 24)).contains("OFFLINE"));
    it.news(Reply::DraftKept, Some(true));
    assert!(!screen(&it.app, (80, 24)).contains("OFFLINE"));
}
