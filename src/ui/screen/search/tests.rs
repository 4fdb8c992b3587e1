use ratatui::Terminal;
use ratatui::backend::TestBackend;

use crate::app::msg::Timer;
use crate::app::sample_page::{Stage, lena, link, page};
use crate::domain::failure::Failure;
use crate::job::{Found, Hit, Job, Reply};
use crate::ui::theme::{Glyphs, Theme};

/// The screen alone, in the rows that header, notice and hints leave it.
fn shot(stage: &mut Stage, columns: u16, rows: u16) -> TestBackend {
    let mut terminal = Terminal::new(TestBackend::new(columns, rows - 3)).expect("a terminal");
    let theme = Theme::colours(Glyphs::UNICODE);
    terminal
        .draw(|frame| super::draw(&stage.app, &stage.app.search, &theme, frame, frame.area()))
        .expect("a frame");
    terminal.backend().clone()
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

fn ready() -> Stage {
    let mut stage = Stage::new();
    stage.type_text("holdi");
    stage.recalled(hits().split_off(1));
    stage.rang(Timer::SearchPause);
    stage.press("Down");
    let job = stage.job(|job| matches!(job, Job::Search { .. }));
    let found = Found {
        hits: hits()[..3].to_vec(),
        more: true,
    };
    stage.answer(job, Reply::Found(found));
    stage.press("Down");
    stage.rang(Timer::PreviewPause);
    let peek = stage.job(|job| matches!(job, Job::Peek(_)));
    stage.answer(peek, Reply::Opened(Box::new(page())));
    stage
}

#[test]
fn empty_line_with_nothing_seen_yet() {
    let mut stage = Stage::new();
    stage.recalled(Vec::new());
    insta::assert_snapshot!(shot(&mut stage, 80, 24));
}

#[test]
fn waiting_for_the_org_after_enter() {
    let mut stage = Stage::new();
    stage.type_text("lena");
    stage.press("Enter");
    stage.recalled(Vec::new());
    insta::assert_snapshot!(shot(&mut stage, 80, 24));
}

#[test]
fn ready_with_preview_at_80() {
    insta::assert_snapshot!(shot(&mut ready(), 80, 24));
}

#[test]
fn ready_with_preview_at_120() {
    insta::assert_snapshot!(shot(&mut ready(), 120, 40));
}

#[test]
fn ready_without_preview_at_60() {
    insta::assert_snapshot!(shot(&mut ready(), 60, 15));
}

#[test]
fn failed_keeps_cached_hits_and_says_which_key_helps() {
    let mut stage = Stage::new();
    stage.type_text("acme");
    stage.recalled(hits());
    stage.rang(Timer::SearchPause);
    let job = stage.job(|job| matches!(job, Job::Search { .. }));
    stage.answer(
        job,
        Reply::Failed(Failure::no_connection("no route to host")),
    );
    stage.press("Esc");
    insta::assert_snapshot!(shot(&mut stage, 80, 24));
}

#[test]
fn nothing_found_says_where_it_was_looked_for() {
    let mut stage = Stage::new();
    stage.type_text("xyzzy");
    stage.recalled(Vec::new());
    stage.rang(Timer::SearchPause);
    stage.found(Vec::new());
    insta::assert_snapshot!(shot(&mut stage, 60, 15));
}

#[test]
fn the_cursor_stays_in_the_line_however_long_the_text() {
    let mut stage = Stage::new();
    stage.type_text(&"long ".repeat(40));
    let mut backend = shot(&mut stage, 60, 15);
    use ratatui::backend::Backend;
    let at = backend.get_cursor_position().expect("a cursor");
    assert_eq!(at.y, 0);
    assert!(at.x < 60);
}

#[test]
fn refused_says_why_and_what_to_do() {
    let mut stage = Stage::new();
    stage.type_text("acme");
    stage.recalled(Vec::new());
    stage.rang(Timer::SearchPause);
    let job = stage.job(|job| matches!(job, Job::Search { .. }));
    let failure = Failure::from_org(
        "INVALID_SESSION_ID",
        Some(401),
        "Session expired or invalid",
    );
    stage.answer(job, Reply::Failed(failure));
    insta::assert_snapshot!(shot(&mut stage, 60, 15));
}
