use std::sync::Arc;

use super::*;
use crate::app::msg::{Intent, Timer};
use crate::app::testkit::driver::Driver;
use crate::app::testkit::form::*;
use crate::app::testkit::{ACME, LENA, lena};
use crate::domain::failure::Failure;
use crate::domain::write::{OpState, Write};

fn logging(kind: LogKind) -> Driver {
    let mut it = fresh();
    it.ask(Intent::Log(kind, lena()));
    let (job, _) = it.last(|job| *job == Job::PrepareLog);
    it.answer(job, Reply::LogReady(Arc::new(rules())));
    it.started.clear();
    it
}

fn entries(it: &Driver) -> Vec<LogEntry> {
    let jobs = it.started.iter();
    jobs.filter_map(|(_, job)| match job {
        Job::Log { entry, .. } => Some(entry.clone()),
        _ => None,
    })
    .collect()
}

fn go_to(it: &mut Driver, field: LogField) {
    for _ in 0..12 {
        if it.log().focus == field {
            return;
        }
        it.press("Tab");
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
    let mut it = logging(LogKind::Call);
    it.type_text("Left voicemail");
    it.press("C-s");
    let logged = entries(&it);
    assert_eq!(logged.len(), 1);
    assert_eq!(logged[0].subject, "Left voicemail");
    assert_eq!(logged[0].kind, LogKind::Call);
    assert_eq!(logged[0].who, Some(lena()));
    assert_eq!(logged[0].day, Some(noon().date()));
    let kept =
        matches!(&it.started[0].1, Job::SaveDraft(draft) if draft.key == format!("log:{LENA}"));
    assert!(kept && it.started.len() == 2, "{:?}", it.started);
}

#[test]
fn save_pressed_many_times_logs_once_and_closes_when_it_is_on_disk() {
    let mut it = logging(LogKind::Call);
    it.type_text("Left voicemail");
    it.press("C-s C-s F2 Enter C-s");
    it.type_text("xxx");
    assert_eq!(entries(&it).len(), 1);
    assert!(it.log().is_saving());
    it.started.retain(|(_, job)| matches!(job, Job::Log { .. }));
    it.ring(Timer::DraftPause);
    it.press("C-c");
    assert_eq!(it.said(), "Being saved; wait a moment");
    assert!(it.log().is_saving());
    let [(job, Job::Log { draft, .. })] = &it.started[..] else {
        panic!("a draft kept now could outlive its write: {:?}", it.started)
    };
    assert_eq!(draft.as_deref(), Some(format!("log:{LENA}").as_str()));
    it.answer(*job, op(&write(), OpState::Queued, None));
    assert!(it.app.overlays.is_empty());
    assert!(it.app.drafts.is_empty());
}

#[test]
fn a_log_that_never_reached_the_outbox_stays_open_with_its_text() {
    let mut it = logging(LogKind::Call);
    it.type_text("Left voicemail");
    it.press("C-s");
    let (job, _) = it.last(|job| matches!(job, Job::Log { .. }));
    it.answer(job, Reply::Failed(Failure::local("disk full")));
    assert!(it.log().refusal().unwrap().contains("disk full"));
    assert!(it.said().contains("disk full"));
    assert!(!it.log().is_saving());
    it.press("C-s");
    assert_eq!(entries(&it).len(), 2);
    assert_eq!(entries(&it)[1].subject, "Left voicemail");
}

#[test]
fn escape_keeps_the_draft_and_the_next_log_has_it() {
    let mut it = logging(LogKind::Call);
    it.type_text("Left voice");
    it.press("Esc");
    it.last(|job| matches!(job, Job::SaveDraft(draft) if draft.key == format!("log:{LENA}")));
    it.ask(Intent::Log(LogKind::Call, lena()));
    let subject = it.log().texts.input(LogField::Subject).unwrap();
    assert_eq!(subject.text(), "Left voice");
}

#[test]
fn text_that_cannot_be_read_comes_back_as_typed_and_is_never_another_date() {
    let cases = [
        (LogField::When, "friyay"),
        (LogField::Minutes, "five"),
        (LogField::Due, "next moon"),
    ];
    for (field, text) in cases {
        let mut it = logging(LogKind::Call);
        it.type_text("Talked");
        go_to(&mut it, LogField::FollowUp);
        it.press("Space");
        go_to(&mut it, field);
        it.press("C-u");
        it.type_text(text);
        it.press("Esc");
        it.ask(Intent::Log(LogKind::Call, lena()));
        let input = it.log().texts.input(field).unwrap();
        assert_eq!(input.text(), text);
        assert!(it.log().problem(field).is_some(), "{text}");
        it.press("C-s");
        assert!(entries(&it).is_empty(), "{text}");
    }
}

#[test]
fn a_line_other_than_the_subject_is_kept_too_and_emptied_leaves_nothing() {
    for (field, keys) in [
        (LogField::When, "BS"),
        (LogField::Minutes, "5"),
        (LogField::Who, "Del"),
    ] {
        let mut it = logging(LogKind::Call);
        go_to(&mut it, field);
        it.press(keys);
        it.press("Esc");
        assert_eq!(it.app.drafts.len(), 1, "{field:?}");
    }
    let mut it = logging(LogKind::Call);
    go_to(&mut it, LogField::Minutes);
    it.press("5 Esc");
    it.ask(Intent::Log(LogKind::Call, lena()));
    go_to(&mut it, LogField::Minutes);
    it.press("BS Esc");
    assert!(it.app.drafts.is_empty(), "{:?}", it.app.drafts);
}

#[test]
fn a_draft_whose_person_was_changed_goes_with_its_write() {
    let mut it = logging(LogKind::Call);
    it.type_text("Talked");
    go_to(&mut it, LogField::Who);
    it.press("Del Esc");
    it.ask(Intent::Log(LogKind::Call, lena()));
    assert_eq!(it.log().texts.who, None, "the draft is back");
    it.press("C-s");
    let key = format!("log:{LENA}");
    let [.., (_, Job::SaveDraft(kept)), (_, Job::Log { draft, .. })] = &it.started[..] else {
        panic!("{:?}", it.started)
    };
    assert_eq!((&kept.key, draft.as_ref()), (&key, Some(&key)));
    assert!(it.app.drafts.is_empty(), "{:?}", it.app.drafts);
}

#[test]
fn an_empty_log_leaves_no_draft() {
    let mut it = logging(LogKind::Call);
    it.press("Esc");
    assert!(it.app.overlays.is_empty());
    assert!(it.started.is_empty(), "{:?}", it.started);
}

#[test]
fn discard_drops_the_draft() {
    let mut it = logging(LogKind::Call);
    it.type_text("Left voice");
    it.press("C-x");
    assert!(it.app.overlays.is_empty());
    assert_eq!(it.said(), "Discarded");
    assert!(it.app.drafts.is_empty());
}

#[test]
fn a_bad_line_is_named_and_nothing_is_sent() {
    let cases = [(LogField::When, "31/02/2026"), (LogField::Minutes, "five")];
    for (field, text) in cases {
        let mut it = logging(LogKind::Call);
        it.type_text("Talked");
        go_to(&mut it, field);
        it.press("C-u");
        it.type_text(text);
        it.press("C-s");
        assert!(entries(&it).is_empty(), "{text}");
        assert!(it.log().problem(field).is_some(), "{text}");
        assert_eq!(it.log().focus, field);
    }
}

#[test]
fn a_silent_task_is_refused_before_anything_is_sent() {
    let mut it = logging(LogKind::Task);
    it.press("C-s");
    assert!(entries(&it).is_empty());
    assert!(it.log().problem(LogField::Subject).is_some());
}

#[test]
fn several_lines_pasted_into_the_subject_lose_nothing() {
    let mut it = logging(LogKind::Call);
    it.paste("Left voicemail\r\ncall back\r\nThursday\n");
    it.press("C-s");
    let logged = &entries(&it)[0];
    assert_eq!(logged.subject, "Left voicemail");
    assert_eq!(logged.body, "call back\nThursday");
}

#[test]
fn a_follow_up_goes_into_the_same_entry() {
    let mut it = logging(LogKind::Call);
    it.type_text("Talked");
    go_to(&mut it, LogField::FollowUp);
    it.press("Space");
    it.press("C-s");
    let next = entries(&it)[0].follow_up.clone().unwrap();
    assert_eq!(next.subject, "Call Lena Ortiz");
    assert_eq!(next.due, jiff::civil::date(2026, 11, 29));
}

#[test]
fn an_emptied_follow_up_means_none() {
    let mut it = logging(LogKind::Call);
    it.type_text("Talked");
    go_to(&mut it, LogField::FollowUp);
    it.press("Space C-u C-s");
    assert_eq!(entries(&it)[0].follow_up, None);
}

#[test]
fn the_kind_decides_the_lines_and_keeps_what_was_typed() {
    use LogField as F;
    let mut it = logging(LogKind::Call);
    it.type_text("Talked");
    assert!(it.log().fields().contains(&F::Result));
    it.press("C-t");
    assert_eq!(it.log().texts.kind, LogKind::Meeting);
    it.press("C-t");
    assert!(!it.log().fields().contains(&F::Minutes));
    it.press("C-t");
    assert!(!it.log().fields().contains(&F::When), "a note has no day");
    it.press("C-t C-s");
    let logged = &entries(&it)[0];
    assert_eq!(
        (logged.kind, logged.subject.as_str()),
        (LogKind::Call, "Talked")
    );
    assert_eq!(logged.day, Some(noon().date()));
}

#[test]
fn a_meeting_takes_a_day_and_a_time() {
    let mut it = logging(LogKind::Meeting);
    it.type_text("Kick-off");
    go_to(&mut it, LogField::When);
    it.press("C-u");
    it.type_text("fri 14:30");
    it.press("C-s");
    let logged = &entries(&it)[0];
    assert_eq!(logged.day, Some(jiff::civil::date(2026, 11, 27)));
    assert_eq!(logged.time, Some(jiff::civil::time(14, 30, 0, 0)));
}

#[test]
fn who_and_about_are_looked_up_and_cleared() {
    let mut it = logging(LogKind::Call);
    it.type_text("Talked");
    go_to(&mut it, LogField::About);
    it.type_text("acme");
    it.ring(Timer::LookupPause);
    let (job, asked) = it.last(|job| matches!(job, Job::Lookup { .. }));
    let objects = vec!["Account".to_owned(), "Opportunity".to_owned()];
    let text = "acme".to_owned();
    assert_eq!(asked, Job::Lookup { objects, text });
    let acme = Link {
        object: "Account".to_owned(),
        id: ACME.parse().unwrap(),
        name: "Acme Holdings plc".to_owned(),
    };
    it.answer(job, Reply::Candidates(vec![acme.clone()]));
    it.press("Enter");
    go_to(&mut it, LogField::Who);
    it.press("Del C-s");
    let logged = &entries(&it)[0];
    assert_eq!((&logged.who, &logged.what), (&None, &Some(acme)));
}

#[test]
fn enter_never_sends() {
    let mut it = logging(LogKind::Call);
    it.type_text("Talked");
    it.press("Enter Enter Enter Enter Enter Enter Enter Enter");
    assert!(entries(&it).is_empty());
}

#[test]
fn the_log_works_before_the_org_has_told_its_rules() {
    let mut it = fresh();
    it.ask(Intent::Log(LogKind::Call, lena()));
    it.type_text("Left voicemail");
    it.press("C-s");
    assert_eq!(entries(&it).len(), 1);
}

#[test]
fn a_kept_log_of_another_kind_says_which_it_is() {
    let back = |asked| {
        let mut it = logging(LogKind::Meeting);
        it.type_text("Kick-off");
        it.press("Esc");
        it.ask(Intent::Log(asked, lena()));
        it.said().to_owned()
    };
    assert_eq!(
        back(LogKind::Call),
        "Your unfinished meeting is back; Ctrl-T changes the kind"
    );
    assert_eq!(
        back(LogKind::Meeting),
        "Your unfinished meeting is back; Ctrl-X discards it"
    );
}
