use std::sync::Arc;

use super::*;
use crate::app::msg::{Intent, Timer};
use crate::app::testkit::*;
use crate::domain::failure::Failure;
use crate::domain::record::Link;
use crate::domain::write::{OpState, Write};

fn logging(kind: LogKind) -> Bench {
    let mut bench = Bench::new();
    bench.ask(Intent::Log(kind, lena()));
    let (job, _) = bench.last(|job| *job == Job::PrepareLog);
    bench.answer(job, Reply::LogReady(Arc::new(rules())));
    bench.jobs.clear();
    bench
}

fn entries(bench: &Bench) -> Vec<LogEntry> {
    let jobs = bench.jobs.iter();
    jobs.filter_map(|(_, job)| match job {
        Job::Log { entry, .. } => Some(entry.clone()),
        _ => None,
    })
    .collect()
}

fn go_to(bench: &mut Bench, field: LogField) {
    for _ in 0..12 {
        if bench.log().focus == field {
            return;
        }
        bench.press("Tab");
    }
    panic!("{field:?} cannot be reached");
}

fn write() -> Write {
    Write {
        summary: "call 'Left voicemail' on Lena Ortiz".to_owned(),
        steps: Vec::new(),
        allow_duplicates: false,
    }
}

#[test]
fn text_and_one_key_log_a_call_with_one_job() {
    let mut bench = logging(LogKind::Call);
    bench.type_text("Left voicemail");
    bench.press("C-s");
    let logged = entries(&bench);
    assert_eq!(logged.len(), 1);
    assert_eq!(logged[0].subject, "Left voicemail");
    assert_eq!(logged[0].kind, LogKind::Call);
    assert_eq!(logged[0].who, Some(lena()));
    assert_eq!(logged[0].day, Some(noon().date()));
    let kept =
        matches!(&bench.jobs[0].1, Job::SaveDraft(draft) if draft.key == format!("log:{LENA}"));
    assert!(kept && bench.jobs.len() == 2, "{:?}", bench.jobs);
}

#[test]
fn save_pressed_many_times_logs_once_and_closes_when_it_is_on_disk() {
    let mut bench = logging(LogKind::Call);
    bench.type_text("Left voicemail");
    bench.press("C-s C-s F2 Enter C-s");
    bench.type_text("xxx");
    assert_eq!(entries(&bench).len(), 1);
    assert!(bench.log().is_saving());
    bench.jobs.retain(|(_, job)| matches!(job, Job::Log { .. }));
    bench.ring(Timer::DraftPause);
    bench.press("C-c");
    assert_eq!(bench.notice(), "Being saved; wait a moment");
    assert!(bench.log().is_saving());
    let [(job, Job::Log { draft, .. })] = &bench.jobs[..] else {
        panic!("a draft kept now could outlive its write: {:?}", bench.jobs)
    };
    assert_eq!(draft.as_deref(), Some(format!("log:{LENA}").as_str()));
    bench.answer(*job, op(&write(), OpState::Queued, None));
    assert!(bench.app.overlays.is_empty());
    assert!(bench.app.drafts.is_empty());
}

#[test]
fn a_log_that_never_reached_the_outbox_stays_open_with_its_text() {
    let mut bench = logging(LogKind::Call);
    bench.type_text("Left voicemail");
    bench.press("C-s");
    let (job, _) = bench.last(|job| matches!(job, Job::Log { .. }));
    bench.answer(job, Reply::Failed(Failure::local("disk full")));
    assert!(bench.log().refusal().unwrap().contains("disk full"));
    assert!(bench.notice().contains("disk full"));
    assert!(!bench.log().is_saving());
    bench.press("C-s");
    assert_eq!(entries(&bench).len(), 2);
    assert_eq!(entries(&bench)[1].subject, "Left voicemail");
}

#[test]
fn escape_keeps_the_draft_and_the_next_log_has_it() {
    let mut bench = logging(LogKind::Call);
    bench.type_text("Left voice");
    bench.press("Esc");
    bench.last(|job| matches!(job, Job::SaveDraft(draft) if draft.key == format!("log:{LENA}")));
    bench.ask(Intent::Log(LogKind::Call, lena()));
    let subject = bench.log().texts.input(LogField::Subject).unwrap();
    assert_eq!(subject.text(), "Left voice");
}

#[test]
fn an_empty_log_leaves_no_draft() {
    let mut bench = logging(LogKind::Call);
    bench.press("Esc");
    assert!(bench.app.overlays.is_empty());
    assert!(bench.jobs.is_empty(), "{:?}", bench.jobs);
}

#[test]
fn discard_drops_the_draft() {
    let mut bench = logging(LogKind::Call);
    bench.type_text("Left voice");
    bench.press("C-x");
    assert!(bench.app.overlays.is_empty());
    assert_eq!(bench.notice(), "Discarded");
    assert!(bench.app.drafts.is_empty());
}

#[test]
fn a_bad_line_is_named_and_nothing_is_sent() {
    let cases = [(LogField::When, "31/02/2026"), (LogField::Minutes, "five")];
    for (field, text) in cases {
        let mut bench = logging(LogKind::Call);
        bench.type_text("Talked");
        go_to(&mut bench, field);
        bench.press("C-u");
        bench.type_text(text);
        bench.press("C-s");
        assert!(entries(&bench).is_empty(), "{text}");
        assert!(bench.log().problem(field).is_some(), "{text}");
        assert_eq!(bench.log().focus, field);
    }
}

#[test]
fn a_silent_task_is_refused_before_anything_is_sent() {
    let mut bench = logging(LogKind::Task);
    bench.press("C-s");
    assert!(entries(&bench).is_empty());
    assert!(bench.log().problem(LogField::Subject).is_some());
}

#[test]
fn several_lines_pasted_into_the_subject_lose_nothing() {
    let mut bench = logging(LogKind::Call);
    bench.paste("Left voicemail\r\ncall back\r\nThursday\n");
    bench.press("C-s");
    let logged = &entries(&bench)[0];
    assert_eq!(logged.subject, "Left voicemail");
    assert_eq!(logged.body, "call back\nThursday");
}

#[test]
fn a_follow_up_goes_into_the_same_entry() {
    let mut bench = logging(LogKind::Call);
    bench.type_text("Talked");
    go_to(&mut bench, LogField::FollowUp);
    bench.press("Space");
    bench.press("C-s");
    let next = entries(&bench)[0].follow_up.clone().unwrap();
    assert_eq!(next.subject, "Call Lena Ortiz");
    assert_eq!(next.due, jiff::civil::date(2026, 11, 29));
}

#[test]
fn an_emptied_follow_up_means_none() {
    let mut bench = logging(LogKind::Call);
    bench.type_text("Talked");
    go_to(&mut bench, LogField::FollowUp);
    bench.press("Space C-u C-s");
    assert_eq!(entries(&bench)[0].follow_up, None);
}

#[test]
fn the_kind_decides_the_lines_and_keeps_what_was_typed() {
    use LogField as F;
    let mut bench = logging(LogKind::Call);
    bench.type_text("Talked");
    assert!(bench.log().fields().contains(&F::Result));
    bench.press("C-t");
    assert_eq!(bench.log().texts.kind, LogKind::Meeting);
    bench.press("C-t");
    assert!(!bench.log().fields().contains(&F::Minutes));
    bench.press("C-t");
    assert!(
        !bench.log().fields().contains(&F::When),
        "a note has no day"
    );
    bench.press("C-t C-s");
    let logged = &entries(&bench)[0];
    assert_eq!(
        (logged.kind, logged.subject.as_str()),
        (LogKind::Call, "Talked")
    );
    assert_eq!(logged.day, Some(noon().date()));
}

#[test]
fn a_meeting_takes_a_day_and_a_time() {
    let mut bench = logging(LogKind::Meeting);
    bench.type_text("Kick-off");
    go_to(&mut bench, LogField::When);
    bench.press("C-u");
    bench.type_text("fri 14:30");
    bench.press("C-s");
    let logged = &entries(&bench)[0];
    assert_eq!(logged.day, Some(jiff::civil::date(2026, 11, 27)));
    assert_eq!(logged.time, Some(jiff::civil::time(14, 30, 0, 0)));
}

#[test]
fn who_and_about_are_looked_up_and_cleared() {
    let mut bench = logging(LogKind::Call);
    bench.type_text("Talked");
    go_to(&mut bench, LogField::About);
    bench.type_text("acme");
    bench.ring(Timer::LookupPause);
    let (job, asked) = bench.last(|job| matches!(job, Job::Lookup { .. }));
    let objects = vec!["Account".to_owned(), "Opportunity".to_owned()];
    let text = "acme".to_owned();
    assert_eq!(asked, Job::Lookup { objects, text });
    let acme = Link {
        object: "Account".to_owned(),
        id: ACME.parse().unwrap(),
        name: "Acme Holdings plc".to_owned(),
    };
    bench.answer(job, Reply::Candidates(vec![acme.clone()]));
    bench.press("Enter");
    go_to(&mut bench, LogField::Who);
    bench.press("Del C-s");
    let logged = &entries(&bench)[0];
    assert_eq!((&logged.who, &logged.what), (&None, &Some(acme)));
}

#[test]
fn enter_never_sends() {
    let mut bench = logging(LogKind::Call);
    bench.type_text("Talked");
    bench.press("Enter Enter Enter Enter Enter Enter Enter Enter");
    assert!(entries(&bench).is_empty());
}

#[test]
fn the_log_works_before_the_org_has_told_its_rules() {
    let mut bench = Bench::new();
    bench.ask(Intent::Log(LogKind::Call, lena()));
    bench.type_text("Left voicemail");
    bench.press("C-s");
    assert_eq!(entries(&bench).len(), 1);
}
