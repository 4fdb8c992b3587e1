use ratatui::backend::TestBackend;

use crate::app::testkit::driver::Driver;
use crate::app::testkit::page::{call_op, open_lena, page, reading_lena, searching};
use crate::domain::failure::Failure;
use crate::domain::write::OpState;
use crate::job::{Job, Reply};
use crate::ui::testkit::{coloured, drawn};
use crate::ui::theme::Glyphs;

/// The screen alone, in the rows that header, notice and hints leave it.
fn shot(it: &Driver, columns: u16, rows: u16) -> TestBackend {
    let theme = coloured(Glyphs::UNICODE);
    let record = it.app.record().expect("an open record");
    drawn((columns, rows - 3), |frame| {
        super::draw(&it.app, record, &theme, frame, frame.area());
    })
}

fn open() -> Driver {
    let mut it = searching();
    open_lena(&mut it);
    it
}

fn opening(it: &Driver) -> crate::job::JobId {
    it.last(|job| matches!(job, Job::Open { .. })).0
}

/// Lena with a call on its way and the notice gone.
fn ready() -> Driver {
    let mut it = reading_lena();
    it.op(call_op(7, OpState::Sending, "2026-11-22T12:00:05Z"));
    it.ring(crate::app::msg::Timer::NoticeShown);
    it
}

#[test]
fn waiting_with_what_is_known_at_once() {
    insta::assert_snapshot!(shot(&open(), 80, 24));
}

#[test]
fn ready_at_80() {
    let mut it = ready();
    it.press("j j");
    insta::assert_snapshot!(shot(&it, 80, 24));
}

#[test]
fn ready_at_120() {
    let mut it = ready();
    it.press("z Tab");
    insta::assert_snapshot!(shot(&it, 120, 40));
}

#[test]
fn ready_at_60() {
    insta::assert_snapshot!(shot(&ready(), 60, 15));
}

#[test]
fn related_tab_with_columns() {
    let mut it = ready();
    it.press("]");
    insta::assert_snapshot!(shot(&it, 80, 24));
}

#[test]
fn activity_tab_with_texts() {
    let mut it = ready();
    it.press("] ]");
    insta::assert_snapshot!(shot(&it, 80, 24));
}

#[test]
fn raw_tab() {
    let mut it = ready();
    it.press("i j");
    insta::assert_snapshot!(shot(&it, 80, 24));
}

#[test]
fn failed_with_nothing_to_show_explains() {
    let mut it = open();
    let failure = Failure::not_found("The requested resource does not exist");
    it.answer(opening(&it), Reply::Failed(failure));
    insta::assert_snapshot!(shot(&it, 80, 24));
}

#[test]
fn failed_refresh_keeps_the_page_and_says_so() {
    let mut it = reading_lena();
    it.press("r");
    let failure = Failure::no_connection("no route to host");
    it.answer(opening(&it), Reply::Failed(failure));
    insta::assert_snapshot!(shot(&it, 80, 24));
}

#[test]
fn a_page_without_lists_and_activities_says_so() {
    let mut it = open();
    let mut bare = page();
    bare.related.clear();
    bare.timeline = Default::default();
    it.answer(opening(&it), Reply::Opened(Box::new(bare)));
    insta::assert_snapshot!(shot(&it, 80, 24));
}

#[test]
fn no_size_breaks_the_screen() {
    let mut it = ready();
    for tab in ["]", "]", "]", "]"] {
        for (columns, rows) in [(40, 10), (41, 11), (69, 12), (70, 10), (500, 200)] {
            shot(&it, columns, rows);
            it.press("j j");
        }
        it.press(tab);
    }
}

#[test]
fn hostile_text_from_the_org_reaches_no_cell() {
    const EVIL: &str = "a\u{1b}[2Jb\u{202e}c\u{200b}d\r\ne\u{9b}31m";
    let mut it = open();
    let mut evil = page();
    for name in ["Name", "Title", "Description"] {
        evil.record.fields.insert(name.to_owned(), EVIL.into());
    }
    evil.related[0].label = EVIL.to_owned();
    evil.related[0].rows[0]
        .fields
        .insert("Name".to_owned(), EVIL.into());
    evil.timeline.past[0].link.name = EVIL.to_owned();
    evil.timeline.past[0].text = EVIL.to_owned();
    it.answer(opening(&it), Reply::Opened(Box::new(evil)));
    for _ in 0..4 {
        let backend = shot(&it, 120, 40);
        for cell in backend.buffer().content() {
            let is_bad = |c: char| c.is_control() || matches!(c, '\u{202e}' | '\u{200b}');
            assert!(!cell.symbol().contains(is_bad), "{:?}", cell.symbol());
        }
        it.press("]");
    }
}

#[test]
fn a_part_that_could_not_be_read_is_not_taken_for_empty() {
    let mut stage = open();
    let mut bare = page();
    let no_access = Failure::new(
        crate::domain::failure::FailureKind::Permission,
        "INSUFFICIENT_ACCESS",
        "no",
    );
    let too_many = Failure::new(
        crate::domain::failure::FailureKind::Limit,
        "REQUEST_LIMIT_EXCEEDED",
        "no",
    );
    bare.timeline = Default::default();
    bare.related.clear();
    bare.missing = vec![
        ("notes".to_owned(), no_access),
        ("related".to_owned(), too_many),
    ];
    stage.answer(opening(&stage), Reply::Opened(Box::new(bare)));
    let shown = shot(&stage, 80, 24).to_string();
    for (said, unsaid) in [
        ("Notes: permission denied", "No activities yet"),
        ("Related lists: limit reach", "No related lists"),
    ] {
        assert!(shown.contains(said) && !shown.contains(unsaid), "{shown}");
    }
}

#[test]
fn a_list_the_org_did_not_finish_counts_at_least_so_many() {
    let mut stage = open();
    let mut long = page();
    long.related[0].more = true;
    long.related[0].total = 20;
    long.related[0].rows = vec![long.related[0].rows[0].clone(); 20];
    stage.answer(opening(&stage), Reply::Opened(Box::new(long)));
    stage.press("]");
    let shown = shot(&stage, 80, 24).to_string();
    assert!(shown.contains("Opportunities (20+)"), "{shown}");
}
