use super::*;
use crate::app::msg::{Effect, View};
use crate::app::testkit::driver::Driver;
use crate::app::testkit::lena;
use crate::app::testkit::page::{found, hit, op, page, recalled, searching};
use crate::domain::failure::Failure;
use crate::domain::write::OpState;
use crate::job::Found;

fn is_search(job: &Job) -> bool {
    matches!(job, Job::Search { .. })
}

fn is_recall(job: &Job) -> bool {
    matches!(job, Job::Recall { .. })
}

fn is_open(job: &Job) -> bool {
    matches!(job, Job::Open { .. })
}

fn is_peek(job: &Job) -> bool {
    matches!(job, Job::Peek(_))
}

fn names(it: &Driver) -> Vec<&str> {
    let rows = it.app.search.hits.rows().iter();
    rows.map(|hit| hit.link.name.as_str()).collect()
}

#[test]
fn typing_asks_the_cache_at_once_and_the_org_after_a_pause() {
    let mut it = searching();
    it.type_text("le");
    assert_eq!(it.all(is_recall).len(), 3, "at the start and per letter");
    assert!(it.all(is_search).is_empty());
    it.ring(Timer::SearchPause);
    let (_, job) = it.all(is_search).remove(0);
    let Job::Search { text, objects } = job else {
        unreachable!()
    };
    assert_eq!(text, "le");
    assert_eq!(objects, ["Account", "Contact", "Opportunity"]);
}

#[test]
fn a_single_letter_is_never_sent_to_the_org() {
    let mut it = searching();
    it.type_text("l");
    it.ring(Timer::SearchPause);
    it.press("Enter");
    assert!(it.all(is_search).is_empty());
}

#[test]
fn an_answer_to_an_earlier_text_changes_nothing() {
    let mut it = searching();
    it.type_text("le");
    it.ring(Timer::SearchPause);
    let old = it.last(is_search).0;
    it.type_text("n");
    assert!(it.effects.contains(&Effect::Forget(old)));
    recalled(&mut it, vec![hit("A")]);
    let stale = Reply::Found(Found {
        hits: vec![hit("Z")],
        more: false,
    });
    it.answer(old, stale);
    assert_eq!(names(&it), ["A"]);
}

#[test]
fn enter_before_the_answer_opens_the_best_hit_when_it_comes() {
    let mut it = searching();
    it.type_text("lena");
    it.press("Enter");
    assert!(it.app.search.opens_best);
    recalled(&mut it, Vec::new());
    assert_eq!(it.app.view, View::Search);
    found(&mut it, vec![hit("L"), hit("M")]);
    assert_eq!(it.app.view, View::Record);
    assert_eq!(it.app.record().map(|it| it.link().name.as_str()), Some("L"));
    it.ring(Timer::SearchPause);
    assert_eq!(it.all(is_search).len(), 1, "one request");
    assert_eq!(it.all(is_open).len(), 1);
}

#[test]
fn a_wish_is_dropped_by_typing_on_and_by_esc() {
    for key in ["x", "Esc", "Down"] {
        let mut it = searching();
        it.type_text("lena");
        it.press("Enter");
        let search = it.last(is_search).0;
        it.press(key);
        let reply = Reply::Found(Found {
            hits: vec![hit("L")],
            more: false,
        });
        it.answer(search, reply);
        assert_eq!(it.app.view, View::Search, "{key}");
    }
}

#[test]
fn rows_of_the_text_before_are_not_opened() {
    let mut it = searching();
    it.type_text("le");
    recalled(&mut it, vec![hit("A")]);
    it.type_text("n");
    it.press("Enter");
    assert_eq!(it.app.view, View::Search);
    recalled(&mut it, vec![hit("B")]);
    assert_eq!(it.app.record().map(|it| it.link().name.as_str()), Some("B"));
}

#[test]
fn a_failed_search_keeps_the_cached_hits_and_r_asks_again() {
    let mut it = searching();
    it.type_text("lena");
    recalled(&mut it, vec![hit("A")]);
    it.ring(Timer::SearchPause);
    let job = it.last(is_search).0;
    it.answer(job, Reply::Failed(Failure::no_connection("no route")));
    assert_eq!(names(&it), ["A"]);
    assert!(it.app.search.server.failure().is_some());
    it.press("Esc r");
    assert_eq!(it.all(is_search).len(), 2);
}

#[test]
fn letters_are_commands_in_the_list_and_text_in_the_line() {
    let mut it = searching();
    it.type_text("je");
    assert_eq!(it.app.search.text(), "je");
    recalled(&mut it, vec![hit("A"), hit("B")]);
    it.press("Esc j");
    assert_eq!(
        it.app.search.selected().map(|it| it.name),
        Some("B".to_owned())
    );
    it.press("/");
    assert_eq!(it.app.search.text(), "je", "the text was kept");
}

#[test]
fn tab_searches_the_same_text_in_other_objects() {
    let mut it = searching();
    it.type_text("acme");
    it.press("Tab");
    it.ring(Timer::SearchPause);
    let (_, job) = it.all(is_search).remove(0);
    assert!(matches!(job, Job::Search { objects, .. } if objects == ["Account"]));
}

#[test]
fn a_pasted_id_opens_that_record_and_asks_nobody() {
    let mut it = searching();
    let asked = it.all(|_| true).len();
    it.take(crate::app::msg::Msg::Paste("0035e00000AbCdE\n".to_owned()));
    it.ring(Timer::SearchPause);
    assert_eq!(it.all(|_| true).len(), asked);
    it.press("Enter");
    let opened = it.app.record().map(|it| it.link().id.to_string());
    assert_eq!(opened.as_deref(), Some("0035e00000AbCdEAAV"));
}

#[test]
fn the_preview_follows_the_cursor_after_a_rest_and_costs_no_request() {
    let mut it = searching();
    recalled(&mut it, vec![hit("A"), hit("B")]);
    it.press("Esc j");
    it.ring(Timer::PreviewPause);
    assert!(it.all(is_open).is_empty());
    let peek = it.all(is_peek);
    assert_eq!(peek[0].1, Job::Peek(hit("B").link.id));
    it.answer(peek[0].0, Reply::Opened(Box::new(page())));
    let preview = it.app.search.preview.as_ref();
    assert!(preview.is_some_and(|it| it.page.is_some() && !it.rows.is_empty()));
    it.ring(Timer::PreviewPause);
    assert_eq!(it.all(is_peek).len(), 1);
}

#[test]
fn a_record_not_in_the_cache_leaves_the_preview_with_what_the_hit_tells() {
    let mut it = searching();
    recalled(&mut it, vec![hit("A")]);
    it.ring(Timer::PreviewPause);
    let peek = it.last(is_peek).0;
    it.answer(peek, Reply::Failed(Failure::not_found("not in the cache")));
    assert!(
        it.app
            .search
            .preview
            .as_ref()
            .is_some_and(|it| it.page.is_none())
    );
    assert_eq!(it.app.notice, None, "nobody is told of it");
}

#[test]
fn a_deleted_record_leaves_the_hits() {
    let mut it = searching();
    recalled(&mut it, vec![hit("A"), hit("B")]);
    let steps = vec![WriteStep::Delete {
        object: "Contact".to_owned(),
        id: hit("A").link.id,
    }];
    let op = op(1, OpState::Done, "2026-11-22T12:00:09Z", steps);
    it.op(op);
    assert_eq!(names(&it), ["B"]);
}

#[test]
fn a_record_seen_leads_the_list_of_those_seen_last() {
    let mut it = searching();
    recalled(&mut it, vec![hit("A"), hit("B")]);
    it.press("Esc Enter");
    let job = it.last(is_open).0;
    it.answer(job, Reply::Opened(Box::new(page())));
    assert_eq!(names(&it), [lena().name.as_str(), "A", "B"]);
}

#[test]
fn back_in_the_line_typing_starts_anew_and_editing_goes_on() {
    for (keys, expected) in [("x y", "xy"), ("BS", "len"), ("End x", "lenax")] {
        let mut it = searching();
        it.type_text("lena");
        it.press("Esc /");
        it.press(keys);
        assert_eq!(it.app.search.text(), expected, "{keys}");
    }
}
