use ratatui::backend::TestBackend;

use crate::app::msg::Timer;
use crate::app::testkit::driver::Driver;
use crate::app::testkit::page::{found, page, recalled, searching};
use crate::app::testkit::{lena, link};
use crate::domain::failure::Failure;
use crate::job::{Found, Hit, Job, Reply};
use crate::ui::testkit::{coloured, drawn};
use crate::ui::theme::Glyphs;

/// The screen alone, in the rows that header, notice and hints leave it.
fn shot(it: &Driver, columns: u16, rows: u16) -> TestBackend {
    let theme = coloured(Glyphs::UNICODE);
    drawn((columns, rows - 3), |frame| {
        super::draw(&it.app, &it.app.search, &theme, frame, frame.area());
    })
}

fn hits() -> Vec<Hit> {
    let hit = |object: &str, id: &str, name: &str, detail: &str| Hit {
        link: link(object, id, name),
        detail: detail.to_owned(),
        cached: false,
    };
    vec![
        hit("Account", "001000000000001", "Acme Holdings plc", "London"),
        Hit {
            link: lena(),
            detail: "Head of IT, Acme Holdings plc".to_owned(),
            cached: false,
        },
        hit(
            "Opportunity",
            "006000000000001",
            "Acme Holdings renewal",
            "Proposal",
        ),
        hit(
            "Project__c",
            "a01000000000001",
            "Holding \u{202e}evil\u{1b}[2J",
            "会議の資料 holdings",
        ),
    ]
}

fn ready() -> Driver {
    let mut it = searching();
    it.type_text("holdi");
    recalled(&mut it, hits().split_off(1));
    it.ring(Timer::SearchPause);
    it.press("Down");
    let job = it.last(|job| matches!(job, Job::Search { .. })).0;
    let found = Found {
        hits: hits()[..3].to_vec(),
        more: true,
    };
    it.answer(job, Reply::Found(found));
    it.press("Down");
    it.ring(Timer::PreviewPause);
    let peek = it.last(|job| matches!(job, Job::Peek(_))).0;
    it.answer(peek, Reply::Opened(Box::new(page())));
    it
}

#[test]
fn empty_line_with_nothing_seen_yet() {
    let mut it = searching();
    recalled(&mut it, Vec::new());
    insta::assert_snapshot!(shot(&it, 80, 24));
}

#[test]
fn a_hit_never_opened_tells_what_is_known_of_it() {
    let mut it = searching();
    it.type_text("holdi");
    recalled(&mut it, hits().split_off(1));
    it.press("Down");
    it.ring(Timer::PreviewPause);
    insta::assert_snapshot!(shot(&it, 80, 24));
}

#[test]
fn waiting_for_the_org_after_enter() {
    let mut it = searching();
    it.type_text("lena");
    it.press("Enter");
    recalled(&mut it, Vec::new());
    insta::assert_snapshot!(shot(&it, 80, 24));
}

#[test]
fn ready_with_preview_at_80() {
    insta::assert_snapshot!(shot(&ready(), 80, 24));
}

#[test]
fn ready_with_preview_at_120() {
    insta::assert_snapshot!(shot(&ready(), 120, 40));
}

#[test]
fn ready_without_preview_at_60() {
    insta::assert_snapshot!(shot(&ready(), 60, 15));
}

#[test]
fn failed_keeps_cached_hits_and_says_which_key_helps() {
    let mut it = searching();
    it.type_text("acme");
    recalled(&mut it, hits());
    it.ring(Timer::SearchPause);
    let job = it.last(|job| matches!(job, Job::Search { .. })).0;
    it.answer(
        job,
        Reply::Failed(Failure::no_connection("no route to host")),
    );
    it.press("Esc");
    insta::assert_snapshot!(shot(&it, 80, 24));
}

#[test]
fn nothing_found_says_where_it_was_looked_for() {
    let mut it = searching();
    it.type_text("xyzzy");
    recalled(&mut it, Vec::new());
    it.ring(Timer::SearchPause);
    found(&mut it, Vec::new());
    insta::assert_snapshot!(shot(&it, 60, 15));
}

#[test]
fn the_cursor_stays_in_the_line_however_long_the_text() {
    let mut it = searching();
    it.type_text(&"long ".repeat(40));
    let mut backend = shot(&it, 60, 15);
    use ratatui::backend::Backend;
    let at = backend.get_cursor_position().expect("a cursor");
    assert_eq!(at.y, 0);
    assert!(at.x < 60);
}

#[test]
fn refused_says_why_and_what_to_do() {
    let mut it = searching();
    it.type_text("acme");
    recalled(&mut it, Vec::new());
    it.ring(Timer::SearchPause);
    let job = it.last(|job| matches!(job, Job::Search { .. })).0;
    let failure = Failure::from_org(
        "INVALID_SESSION_ID",
        Some(401),
        "Session expired or invalid",
    );
    it.answer(job, Reply::Failed(failure));
    insta::assert_snapshot!(shot(&it, 60, 15));
}
