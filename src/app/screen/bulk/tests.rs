use super::*;
use crate::app::msg::{Msg, View};
use crate::app::testkit::driver::Driver;
use crate::app::testkit::{bulk, form};
use crate::job::JobId;

/// The Bulk view with a file and an object named; the check is on its way.
fn asked() -> Driver {
    let mut it = form::fresh();
    it.ask(Intent::Show(View::Bulk));
    it.press("a");
    it.type_text("/data/leads.csv");
    it.press("Enter");
    it.type_text("Contact");
    it.press("Enter");
    it
}

/// The same, checked.
fn checked() -> Driver {
    let mut it = asked();
    let (job, _) = last_check(&it);
    it.answer(job, Reply::Checked(Box::new(bulk::prepared())));
    it
}

fn last_check(it: &Driver) -> (JobId, CheckOrder) {
    let (job, order) = it.last(|job| matches!(job, Job::Check(_)));
    match order {
        Job::Check(order) => (job, *order),
        _ => unreachable!(),
    }
}

fn checks(it: &Driver) -> usize {
    let is_check = |(_, job): &&(JobId, Job)| matches!(job, Job::Check(_));
    it.started.iter().filter(is_check).count()
}

fn runs(it: &Driver) -> Vec<RunJob> {
    it.started
        .iter()
        .filter_map(|(_, job)| match job {
            Job::Run(RunJob::List) => None,
            Job::Run(job) => Some(job.clone()),
            _ => None,
        })
        .collect()
}

#[test]
fn a_file_and_an_object_are_checked_as_soon_as_both_are_named() {
    let it = asked();
    let (_, order) = last_check(&it);
    assert_eq!(order.block.object, "Contact");
    assert_eq!(order.purpose, Purpose::ToSend);
    assert_eq!(order.block.invalid, Some("/data/leads.invalid.csv".into()));
    assert!(it.app.bulk.checked.is_waiting());
    let it = checked();
    assert_eq!(it.app.bulk.pane, Pane::Check);
    assert!(!it.app.bulk.is_stale());
}

#[test]
fn rows_are_sent_only_once_their_number_or_the_connection_was_typed() {
    let mut it = checked();
    it.press("C-s");
    it.press("Enter");
    it.type_text("y");
    it.press("Enter");
    assert_eq!(runs(&it), [], "neither a key held down nor `y` sends");
    let problem = it.app.bulk.editing.as_ref().unwrap().problem.clone();
    assert!(problem.unwrap().contains("12391"));
    it.press("Esc C-s");
    it.type_text("12,391");
    it.press("Enter");
    let started = runs(&it);
    assert!(matches!(&started[..], [RunJob::Start(start)] if start.prepared == bulk::prepared()));
    // What was sent once is checked again before it could be sent twice.
    it.press("C-s");
    assert_eq!(checks(&it), 2);
    assert_eq!(runs(&it).len(), 1);
}

#[test]
fn what_must_not_be_sent_is_not() {
    for broken in [
        Prepared {
            stop: Some("row 2: `001` is an id of Account".to_owned()),
            ..bulk::prepared()
        },
        Prepared {
            counts: Default::default(),
            ..bulk::prepared()
        },
    ] {
        let mut it = asked();
        let (job, _) = last_check(&it);
        it.answer(job, Reply::Checked(Box::new(broken)));
        it.press("C-s");
        assert!(it.app.bulk.editing.is_none());
        assert_eq!(runs(&it), []);
    }
}

#[test]
fn a_change_after_the_check_is_checked_before_it_is_sent() {
    let mut it = checked();
    it.press("S-Tab S-Tab j Space");
    assert_eq!(it.app.bulk.settings.value(Setting::Operation), "update");
    assert!(it.app.bulk.is_stale());
    it.press("C-s");
    assert!(it.app.bulk.editing.is_none(), "no number is asked for");
    assert_eq!(last_check(&it).1.block.operation, Operation::Update);
}

#[test]
fn a_column_is_left_out_or_sent_elsewhere_and_the_rest_stays() {
    let mut it = checked();
    it.press("S-Tab j Space");
    let columns = last_check(&it).1.block.columns;
    assert_eq!(columns["mail"], Target::Written(false));
    assert_eq!(columns["key"], Target::Field("SFW_Key__c".to_owned()));
    let (job, _) = last_check(&it);
    it.answer(job, Reply::Checked(Box::new(bulk::prepared())));
    it.press("j j Enter");
    it.type_text("NPS__c");
    it.press("Enter");
    let columns = last_check(&it).1.block.columns;
    assert_eq!(columns["score"], Target::Field("NPS__c".to_owned()));
    it.press("g g Space");
    assert_eq!(checks(&it), 3, "the key cannot be left out");
}

#[test]
fn the_check_goes_on_while_other_views_are_on_show_and_an_old_one_is_dropped() {
    let mut it = asked();
    let (old, _) = last_check(&it);
    it.press("1");
    it.press("Esc 5 r");
    let (new, _) = last_check(&it);
    assert_ne!(old, new);
    assert!(it.effects.contains(&Effect::Forget(old)));
    it.answer(old, Reply::Checked(Box::new(bulk::prepared())));
    assert!(
        it.app.bulk.checked.is_waiting(),
        "the old answer is not taken"
    );
}

#[test]
fn runs_follow_the_news_and_are_paused_and_ended_by_key() {
    let mut it = form::fresh();
    it.ask(Intent::Show(View::Bulk));
    let news = |run| {
        Msg::Answered(Answer {
            job: None,
            reply: Reply::Run(Box::new(run)),
            last: true,
            link: None,
        })
    };
    it.take(news(bulk::run(7, RunState::Running, 100)));
    it.take(news(bulk::run(7, RunState::Running, 300)));
    assert_eq!(it.app.bulk.runs.len(), 1);
    assert_eq!(it.app.bulk.runs[0].tally.ok, 300);
    it.press("S-Tab P");
    it.take(news(bulk::run(7, RunState::Paused, 300)));
    it.press("P");
    assert_eq!(
        runs(&it),
        [RunJob::Pause(RunNumber(7)), RunJob::Resume(RunNumber(7))]
    );
    it.press("x");
    assert_eq!(runs(&it).len(), 2, "it asks first");
    it.wait(std::time::Duration::from_secs(1));
    it.press("y");
    assert_eq!(runs(&it)[2], RunJob::Abort(RunNumber(7)));
}

#[test]
fn a_failed_check_says_why_and_keeps_what_was_typed() {
    let mut it = asked();
    let (job, _) = last_check(&it);
    let failure = crate::domain::failure::Failure::input("no column of the file goes to the key");
    it.answer(job, Reply::Failed(failure));
    assert_eq!(it.app.bulk.settings.value(Setting::File), "/data/leads.csv");
    assert!(it.app.bulk.checked.failure().is_some());
}
