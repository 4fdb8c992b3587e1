use super::*;
use crate::app::msg::{Effect, View};
use crate::app::sample_page::{Stage, hit, lena, page};
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

fn names(stage: &Stage) -> Vec<&str> {
    let rows = stage.app.search.hits.rows().iter();
    rows.map(|hit| hit.link.name.as_str()).collect()
}

#[test]
fn typing_asks_the_cache_at_once_and_the_org_after_a_pause() {
    let mut stage = Stage::new();
    stage.type_text("le");
    assert_eq!(
        stage.jobs(is_recall).len(),
        3,
        "at the start and per letter"
    );
    assert!(stage.jobs(is_search).is_empty());
    stage.rang(Timer::SearchPause);
    let (_, job) = stage.jobs(is_search).remove(0);
    let Job::Search { text, objects } = job else {
        unreachable!()
    };
    assert_eq!(text, "le");
    assert_eq!(objects, ["Account", "Contact", "Opportunity"]);
}

#[test]
fn a_single_letter_is_never_sent_to_the_org() {
    let mut stage = Stage::new();
    stage.type_text("l");
    stage.rang(Timer::SearchPause);
    stage.press("Enter");
    assert!(stage.jobs(is_search).is_empty());
}

#[test]
fn an_answer_to_an_earlier_text_changes_nothing() {
    let mut stage = Stage::new();
    stage.type_text("le");
    stage.rang(Timer::SearchPause);
    let old = stage.job(is_search);
    stage.type_text("n");
    assert!(stage.effects.contains(&Effect::Forget(old)));
    stage.recalled(vec![hit("A")]);
    let stale = Reply::Found(Found {
        hits: vec![hit("Z")],
        more: false,
    });
    stage.answer(old, stale);
    assert_eq!(names(&stage), ["A"]);
}

#[test]
fn enter_before_the_answer_opens_the_best_hit_when_it_comes() {
    let mut stage = Stage::new();
    stage.type_text("lena");
    stage.press("Enter");
    assert!(stage.app.search.opens_best);
    stage.recalled(Vec::new());
    assert_eq!(stage.app.view, View::Search);
    stage.found(vec![hit("L"), hit("M")]);
    assert_eq!(stage.app.view, View::Record);
    assert_eq!(
        stage.app.record().map(|it| it.link().name.as_str()),
        Some("L")
    );
    stage.rang(Timer::SearchPause);
    assert_eq!(stage.jobs(is_search).len(), 1, "one request");
    assert_eq!(stage.jobs(is_open).len(), 1);
}

#[test]
fn a_wish_is_dropped_by_typing_on_and_by_esc() {
    for key in ["x", "Esc", "Down"] {
        let mut stage = Stage::new();
        stage.type_text("lena");
        stage.press("Enter");
        let search = stage.job(is_search);
        stage.press(key);
        let reply = Reply::Found(Found {
            hits: vec![hit("L")],
            more: false,
        });
        stage.answer(search, reply);
        assert_eq!(stage.app.view, View::Search, "{key}");
    }
}

#[test]
fn rows_of_the_text_before_are_not_opened() {
    let mut stage = Stage::new();
    stage.type_text("le");
    stage.recalled(vec![hit("A")]);
    stage.type_text("n");
    stage.press("Enter");
    assert_eq!(stage.app.view, View::Search);
    stage.recalled(vec![hit("B")]);
    assert_eq!(
        stage.app.record().map(|it| it.link().name.as_str()),
        Some("B")
    );
}

#[test]
fn a_failed_search_keeps_the_cached_hits_and_r_asks_again() {
    let mut stage = Stage::new();
    stage.type_text("lena");
    stage.recalled(vec![hit("A")]);
    stage.rang(Timer::SearchPause);
    let job = stage.job(is_search);
    stage.answer(job, Reply::Failed(Failure::no_connection("no route")));
    assert_eq!(names(&stage), ["A"]);
    assert!(stage.app.search.server.failure().is_some());
    stage.keys("Esc r");
    assert_eq!(stage.jobs(is_search).len(), 2);
}

#[test]
fn letters_are_commands_in_the_list_and_text_in_the_line() {
    let mut stage = Stage::new();
    stage.type_text("je");
    assert_eq!(stage.app.search.text(), "je");
    stage.recalled(vec![hit("A"), hit("B")]);
    stage.keys("Esc j");
    assert_eq!(
        stage.app.search.selected().map(|it| it.name),
        Some("B".to_owned())
    );
    stage.press("/");
    assert_eq!(stage.app.search.text(), "je", "the text was kept");
}

#[test]
fn tab_searches_the_same_text_in_other_objects() {
    let mut stage = Stage::new();
    stage.type_text("acme");
    stage.press("Tab");
    stage.rang(Timer::SearchPause);
    let (_, job) = stage.jobs(is_search).remove(0);
    assert!(matches!(job, Job::Search { objects, .. } if objects == ["Account"]));
}

#[test]
fn a_pasted_id_opens_that_record_and_asks_nobody() {
    let mut stage = Stage::new();
    let asked = stage.jobs(|_| true).len();
    stage.msg(crate::app::msg::Msg::Paste("0035e00000AbCdE\n".to_owned()));
    stage.rang(Timer::SearchPause);
    assert_eq!(stage.jobs(|_| true).len(), asked);
    stage.press("Enter");
    let opened = stage.app.record().map(|it| it.link().id.to_string());
    assert_eq!(opened.as_deref(), Some("0035e00000AbCdEAAV"));
}

#[test]
fn the_preview_follows_the_cursor_after_a_rest_and_costs_no_request() {
    let mut stage = Stage::new();
    stage.recalled(vec![hit("A"), hit("B")]);
    stage.keys("Esc j");
    stage.rang(Timer::PreviewPause);
    assert!(stage.jobs(is_open).is_empty());
    let peek = stage.jobs(is_peek);
    assert_eq!(peek[0].1, Job::Peek(hit("B").link.id));
    stage.answer(peek[0].0, Reply::Opened(Box::new(page())));
    let preview = stage.app.search.preview.as_ref();
    assert!(preview.is_some_and(|it| it.page.is_some() && !it.rows.is_empty()));
    stage.rang(Timer::PreviewPause);
    assert_eq!(stage.jobs(is_peek).len(), 1);
}

#[test]
fn a_record_not_in_the_cache_leaves_the_preview_with_what_the_hit_tells() {
    let mut stage = Stage::new();
    stage.recalled(vec![hit("A")]);
    stage.rang(Timer::PreviewPause);
    let peek = stage.job(is_peek);
    stage.answer(peek, Reply::Failed(Failure::not_found("not in the cache")));
    assert!(
        stage
            .app
            .search
            .preview
            .as_ref()
            .is_some_and(|it| it.page.is_none())
    );
    assert_eq!(stage.app.notice, None, "nobody is told of it");
}

#[test]
fn a_deleted_record_leaves_the_hits() {
    let mut stage = Stage::new();
    stage.recalled(vec![hit("A"), hit("B")]);
    let steps = vec![WriteStep::Delete {
        object: "Contact".to_owned(),
        id: hit("A").link.id,
    }];
    let op = crate::app::sample_page::op(1, OpState::Done, "2026-11-22T12:00:09Z", steps);
    stage.op(op);
    assert_eq!(names(&stage), ["B"]);
}

#[test]
fn a_record_seen_leads_the_list_of_those_seen_last() {
    let mut stage = Stage::new();
    stage.recalled(vec![hit("A"), hit("B")]);
    stage.keys("Esc Enter");
    let job = stage.job(is_open);
    stage.answer(job, Reply::Opened(Box::new(page())));
    assert_eq!(names(&stage), [lena().name.as_str(), "A", "B"]);
}

#[test]
fn back_in_the_line_typing_starts_anew_and_editing_goes_on() {
    for (keys, expected) in [("x y", "xy"), ("BS", "len"), ("End x", "lenax")] {
        let mut stage = Stage::new();
        stage.type_text("lena");
        stage.keys("Esc /");
        stage.keys(keys);
        assert_eq!(stage.app.search.text(), expected, "{keys}");
    }
}
