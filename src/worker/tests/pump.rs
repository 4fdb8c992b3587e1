//! What waits is sent by itself: in virtual time, one test for each line of the outcome
//! table. The clock stands still while a request is on its way and jumps when the pump
//! sleeps, so that eleven minutes pass in no time.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;

use super::*;
use crate::domain::write::{Pause, PauseReason, Plan, Way};
use crate::worker::times::Times;

thread_local! {
    static PASSED: Cell<Duration> = const { Cell::new(Duration::ZERO) };
    /// Seconds by which somebody set the machine's clock.
    static SET: Cell<i64> = const { Cell::new(0) };
    static LIMIT: Cell<Duration> = const { Cell::new(Duration::MAX) };
}

fn passed() -> Duration {
    PASSED.get()
}

fn now() -> Timestamp {
    let start: Timestamp = "2026-11-22T03:00:00Z".parse().unwrap();
    let passed = i64::try_from(PASSED.get().as_millis()).unwrap();
    start + jiff::SignedDuration::from_millis(passed + SET.get() * 1000)
}

/// Lets the time pass at once, up to the test's limit; there it stands still.
fn sleep(wait: Duration) -> crate::worker::Sleep {
    let until = PASSED.get().saturating_add(wait);
    if until > LIMIT.get() {
        return Box::pin(std::future::pending());
    }
    PASSED.set(until);
    Box::pin(std::future::ready(()))
}

fn times() -> Times {
    PASSED.set(Duration::ZERO);
    SET.set(0);
    Times {
        now,
        passed,
        sleep,
        seed: 7,
    }
}

/// An engine with its pump.
struct Desk {
    session: Session,
    news: Rc<RefCell<Vec<Answer>>>,
}

impl Desk {
    fn new(settings: Settings) -> Self {
        Self {
            session: Session::new(Engine::with_times(settings, times())),
            news: Rc::default(),
        }
    }

    /// Lets the pump run for `span` of virtual time.
    fn pass(&self, span: Duration) {
        LIMIT.set(PASSED.get().saturating_add(span));
        let news = Rc::clone(&self.news);
        let keep = move |answer| news.borrow_mut().push(answer);
        self.session.runtime.block_on(async {
            let pump = self.session.engine.pump(&keep);
            // In real time, for replies come over a real socket: quiet means idle.
            let idle = async {
                let mut seen = usize::MAX;
                while self.news.borrow().len() != seen {
                    seen = self.news.borrow().len();
                    tokio::time::sleep(Duration::from_millis(120)).await;
                }
            };
            tokio::select! {
                () = pump => {}
                () = idle => {}
            }
        });
        PASSED.set(LIMIT.get());
    }

    fn states(&self) -> Vec<OpState> {
        let news = std::mem::take(&mut *self.news.borrow_mut());
        states(&news)
    }

    fn newest(&self) -> Op {
        self.session.outbox().remove(0)
    }
}

fn refused(code: &str) -> Value {
    json!([{"errorCode": code, "message": "no", "fields": []}])
}

/// Answers as many writes so, then as an ordinary org.
fn writes(mut acts: Vec<Act>) -> impl FnMut(&stub::Asked) -> Option<Act> + Send + 'static {
    acts.reverse();
    move |asked| (asked.method != "GET").then(|| acts.pop()).flatten()
}

fn ready(org: &Stub) -> (Rig, Desk) {
    let rig = Rig::new(&org.url);
    rig.session().run(Job::PrepareLog);
    let desk = Desk::new(rig.settings());
    (rig, desk)
}

const DAY: Duration = Duration::from_secs(86_400);

fn posts(org: &Stub) -> usize {
    let asked = org.requests();
    let posts = asked.iter().filter(|line| line.ends_with("/sobjects/Task"));
    posts.count()
}

#[test]
fn what_the_org_did_not_do_goes_again_by_itself_until_it_is_done() {
    let cases: Vec<(u16, Value)> = vec![
        (400, refused("UNABLE_TO_LOCK_ROW")),
        (503, refused("SERVER_UNAVAILABLE")),
        (403, refused("TOO_MANY_APEX_REQUESTS")),
        (429, json!("slower")),
    ];
    for (status, body) in cases {
        let org = Stub::start(|_| None);
        let (_rig, desk) = ready(&org);
        let act = || Act::Reply(status, body.clone());
        org.script(writes(vec![act(), act(), act()]));
        let op = desk.session.op(Job::log(call("hello")));
        assert_eq!(op.state, OpState::Retry, "{body}");
        assert!(op.delivery.not_before.is_some(), "{body}");
        org.requests();
        desk.pass(DAY);
        let states = desk.states();
        assert_eq!(states.last(), Some(&OpState::Done), "{body} {states:?}");
        assert_eq!((posts(&org), desk.newest().attempts), (3, 4), "{body}");
    }
}

#[test]
fn a_row_that_stays_locked_is_given_back_to_the_user_after_ten_tries() {
    let org = Stub::start(|_| None);
    let (_rig, desk) = ready(&org);
    org.script(|asked| {
        (asked.method == "POST").then(|| Act::Reply(400, refused("UNABLE_TO_LOCK_ROW")))
    });
    desk.session.op(Job::log(call("hello")));
    org.requests();
    desk.pass(DAY);
    assert_eq!((desk.newest().state, posts(&org)), (OpState::Failed, 10));
}

#[test]
fn the_orgs_own_wish_to_be_left_alone_is_kept() {
    let org = Stub::start(|_| None);
    let (_rig, desk) = ready(&org);
    let later = Act::Headed(429, json!("slower"), "Retry-After: 300\r\n".to_owned());
    org.script(writes(vec![later]));
    desk.session.op(Job::log(call("hello")));
    org.requests();
    desk.pass(Duration::from_secs(290));
    assert_eq!(posts(&org), 0);
    desk.pass(Duration::from_secs(20));
    assert_eq!((posts(&org), desk.newest().state), (1, OpState::Done));
}

#[test]
fn with_the_line_back_what_waits_goes_in_order_and_until_then_one_write_knocks() {
    let org = Stub::start(|_| None);
    let (rig, desk) = ready(&org);
    let mut offline = rig.settings();
    offline.connect = Box::new(|| Err(Failure::no_connection("no route to host")));
    let offline = Desk::new(offline);
    for subject in ["one", "two", "three"] {
        let op = offline.session.op(Job::log(call(subject)));
        assert_eq!(op.state, OpState::Retry);
    }
    offline.pass(Duration::from_secs(600));
    let knocks = offline.states().len();
    assert!((10..100).contains(&knocks), "{knocks} in ten minutes");
    drop(offline);
    let heard = Arc::new(Mutex::new(Vec::new()));
    let hears = Arc::clone(&heard);
    org.script(move |asked| {
        if asked.path.ends_with("/Task") {
            let body: Value = serde_json::from_str(&asked.body).unwrap();
            hears.lock().unwrap().push(body["Subject"].clone());
        }
        None
    });
    desk.session.outbox();
    desk.pass(Duration::from_secs(120));
    assert_eq!(*heard.lock().unwrap(), ["one", "two", "three"]);
}

#[test]
fn a_limit_stops_sending_but_for_one_try_an_hour() {
    let org = Stub::start(|_| None);
    let (rig, desk) = ready(&org);
    let limit = || Act::Reply(403, refused("REQUEST_LIMIT_EXCEEDED"));
    org.script(writes(vec![limit(), limit()]));
    let first = desk.session.op(Job::log(call("one")));
    assert_eq!(first.state, OpState::Queued);
    org.requests();
    let second = desk.session.op(Job::log(call("two")));
    assert_eq!(second.state, OpState::Queued);
    assert_eq!(second.failure.unwrap().code, "SENDING_PAUSED");
    desk.pass(Duration::from_secs(3590));
    assert_eq!(posts(&org), 0);
    // Another process keeps to it, too.
    let third = rig.session().op(Job::log(call("three")));
    assert_eq!(third.state, OpState::Queued);
    desk.pass(Duration::from_secs(20));
    assert_eq!(posts(&org), 1, "the one try of this hour");
    desk.pass(Duration::from_secs(3610));
    assert_eq!(posts(&org), 3);
    let ops = desk.session.outbox();
    assert!(ops.iter().all(|op| op.state == OpState::Done), "{ops:?}");
}

#[test]
fn a_session_that_is_over_stops_the_pump_and_nothing_is_lost() {
    let org = Stub::start(|_| None);
    let (rig, desk) = ready(&org);
    let over = || Act::Reply(401, refused("INVALID_SESSION_ID"));
    org.script(move |asked| (asked.method == "POST").then(over));
    let op = desk.session.op(Job::log(call("one")));
    assert_eq!(op.state, OpState::Queued);
    org.requests();
    desk.pass(DAY);
    assert_eq!(posts(&org), 0);
    org.script(|_| None);
    let next = Desk::new(rig.settings());
    next.session.outbox();
    next.pass(DAY);
    assert_eq!(next.newest().state, OpState::Done);
}

#[test]
fn sending_stopped_by_the_user_goes_on_when_the_user_says_so() {
    let org = Stub::start(|_| None);
    let (_rig, desk) = ready(&org);
    let told = desk.session.last(Job::Pause).reply;
    let Reply::Sending(Some(Pause { reason, .. })) = told else {
        panic!("{told:?}")
    };
    assert_eq!(reason, PauseReason::User);
    let op = desk.session.op(Job::log(call("one")));
    assert_eq!(op.state, OpState::Queued);
    org.requests();
    desk.pass(DAY);
    assert_eq!(posts(&org), 0);
    desk.session.run(Job::Resume);
    desk.pass(DAY);
    assert_eq!((posts(&org), desk.newest().state), (1, OpState::Done));
}

/// Answers look-ups with these rows; the org's clock is the test's, told by the thread
/// that owns it.
fn found(
    rows: &'static [(&'static str, &'static str)],
    clock: &Arc<Mutex<Timestamp>>,
) -> impl FnMut(&stub::Asked) -> Option<Act> + Send + 'static {
    let clock = Arc::clone(clock);
    let made = *clock.lock().unwrap();
    move |asked| {
        let rows = rows.iter().map(|(id, subject)| {
            json!({"attributes": {"type": "Task"}, "Id": id, "Subject": subject,
                   "WhoId": "003000000000001AAA", "CreatedDate": made.to_string()})
        });
        let records: Vec<Value> = rows.collect();
        let at = clock.lock().unwrap();
        let date = at.strftime("Date: %a, %d %b %Y %H:%M:%S GMT\r\n");
        let page = json!({"totalSize": records.len(), "done": true, "records": records});
        let body = json!({"compositeResponse": [
            {"referenceId": "q0", "httpStatusCode": 200, "body": page, "httpHeaders": {}}
        ]});
        let is_look = asked.body.contains("/query?");
        is_look.then(|| Act::Headed(200, body, date.to_string()))
    }
}

fn lost_call(desk: &Desk, org: &Stub) -> Op {
    org.script(|asked| (asked.method == "POST").then_some(Act::Cut));
    let mut entry = call("hello");
    entry.day = None;
    let op = desk.session.op(Job::log(entry));
    assert_eq!(op.state, OpState::Unknown);
    assert_eq!(op.delivery.way, Some(Way::Look));
    org.requests();
    op
}

/// Lets the pump run with the org's clock at the end of the span.
fn watch(desk: &Desk, clock: &Mutex<Timestamp>, seconds: u64) {
    *clock.lock().unwrap() = now() + jiff::SignedDuration::from_secs(seconds.cast_signed());
    desk.pass(Duration::from_secs(seconds));
}

#[test]
fn a_change_whose_answer_was_lost_is_sent_again_and_a_delete_that_is_gone_is_done() {
    let org = Stub::start(|_| None);
    let (_rig, desk) = ready(&org);
    org.script(|asked| (asked.method == "POST").then_some(Act::Cut));
    let op = desk.session.op(Job::write(update(lena().id)));
    assert_eq!(op.state, OpState::Unknown);
    org.script(|_| None);
    desk.pass(Duration::from_secs(60));
    let op = desk.newest();
    assert_eq!((op.state, op.attempts), (OpState::Done, 2));
    let delete = Write {
        steps: vec![WriteStep::Delete {
            object: "Contact".to_owned(),
            id: lena().id,
        }],
        ..op.write
    };
    org.script(|asked| (asked.method == "DELETE").then_some(Act::Cut));
    assert_eq!(desk.session.op(Job::write(delete)).state, OpState::Unknown);
    let gone = || Act::Reply(404, refused("ENTITY_IS_DELETED"));
    org.script(move |asked| (asked.method == "DELETE").then(gone));
    desk.pass(Duration::from_secs(60));
    assert_eq!(desk.newest().state, OpState::Done);
}

#[test]
fn a_lost_change_that_is_there_is_done_and_one_overtaken_is_a_conflict() {
    for (held, state) in [("x", OpState::Done), ("theirs", OpState::Failed)] {
        let org = Stub::start(|_| None);
        let (_rig, desk) = ready(&org);
        org.script(|asked| (asked.method == "POST").then_some(Act::Cut));
        let mut write = update(lena().id);
        if let WriteStep::Update { base_modified, .. } = &mut write.steps[0] {
            *base_modified = Some("2026-11-22T02:00:00.000+0000".to_owned());
        }
        assert_eq!(desk.session.op(Job::write(write)).state, OpState::Unknown);
        org.script(move |asked| {
            let row = json!({"attributes": {"type": "Contact"}, "Name": held,
                             "LastModifiedDate": "2026-11-22T03:00:00.000+0000"});
            let part = |name: &str, status: u16, body: Value| {
                json!({"referenceId": name, "httpStatusCode": status, "body": body})
            };
            let body = json!({"compositeResponse": [
                part("before", 200, row.clone()), part("change", 412, Value::Null),
                part("after", 200, row),
            ]});
            let is_change = asked.path.ends_with("/composite");
            is_change.then_some(Act::Reply(200, body))
        });
        desk.pass(Duration::from_secs(60));
        let op = desk.newest();
        assert_eq!(op.state, state, "{held}");
        if state == OpState::Failed {
            assert_eq!(op.failure.unwrap().kind, FailureKind::Conflict);
            assert_eq!(op.delivery.theirs.unwrap().text("Name"), Some("theirs"));
        }
    }
}

#[test]
fn a_lost_log_found_in_the_org_is_done_without_a_second_one() {
    let org = Stub::start(|_| None);
    let (_rig, desk) = ready(&org);
    let clock = Arc::new(Mutex::new(now()));
    lost_call(&desk, &org);
    let rows = &[
        ("00T000000000009EAA", "hello"),
        ("00T000000000008EAA", "other"),
    ];
    org.script(found(rows, &clock));
    watch(&desk, &clock, 29);
    assert_eq!(desk.newest().state, OpState::Unknown, "not before 30 s");
    watch(&desk, &clock, 2);
    let op = desk.newest();
    assert_eq!(op.state, OpState::Done);
    assert_eq!(op.ids[0].as_str(), "00T000000000009EAA");
    assert_eq!(op.delivery.looks.len(), 1);
    assert_eq!(posts(&org), 0);
}

#[test]
fn several_look_alikes_are_the_users_to_tell_apart() {
    let org = Stub::start(|_| None);
    let (_rig, desk) = ready(&org);
    let clock = Arc::new(Mutex::new(now()));
    let op = lost_call(&desk, &org);
    let rows = &[
        ("00T000000000009EAA", "hello"),
        ("00T000000000008EAA", "hello"),
    ];
    org.script(found(rows, &clock));
    watch(&desk, &clock, 40);
    watch(&desk, &clock, 86_400);
    let seen = desk.newest();
    assert_eq!(
        (seen.state, seen.plan()),
        (OpState::Unknown, Some(Plan::Ask))
    );
    let hits = &seen.delivery.looks[0].hits;
    assert_eq!((hits.len(), posts(&org)), (2, 0));
    let link = |ids: Vec<RecordId>| Job::Link { op: op.id, ids };
    let refused = desk.session.failure(link(vec![]));
    assert_eq!(refused.kind, FailureKind::Input);
    let linked = desk.session.op(link(vec![hits[1].id]));
    assert_eq!(
        (linked.state, linked.ids),
        (OpState::Done, vec![hits[1].id])
    );
}

#[test]
fn a_lost_log_that_never_came_goes_again_after_the_last_look_and_not_before() {
    let org = Stub::start(|_| None);
    let (_rig, desk) = ready(&org);
    let clock = Arc::new(Mutex::new(now()));
    lost_call(&desk, &org);
    org.script(found(&[], &clock));
    for (seconds, looks) in [(31, 1), (120, 2)] {
        watch(&desk, &clock, seconds);
        let op = desk.newest();
        let seen = (op.state, op.delivery.looks.len());
        assert_eq!(seen, (OpState::Unknown, looks));
    }
    watch(&desk, &clock, 480);
    assert_eq!(posts(&org), 0, "not before the last look");
    watch(&desk, &clock, 40);
    let op = desk.newest();
    assert_eq!((op.state, op.attempts), (OpState::Done, 2));
    assert_eq!(posts(&org), 1);
}

#[test]
fn a_record_that_another_write_made_is_no_look_alike() {
    let org = Stub::start(|_| None);
    let (_rig, desk) = ready(&org);
    // The same call, logged well just before: the stub gives it this id.
    let first = desk.session.op(Job::log(call("hello")));
    assert_eq!(first.state, OpState::Done);
    let clock = Arc::new(Mutex::new(now()));
    lost_call(&desk, &org);
    org.script(found(&[("00T000000000001EAA", "hello")], &clock));
    watch(&desk, &clock, 40);
    let op = desk.newest();
    let seen = (op.state, op.delivery.looks[0].hits.len());
    assert_eq!(seen, (OpState::Unknown, 0));
}

#[test]
fn a_clock_set_while_it_waits_does_not_hurry_a_write() {
    for set in [86_400, -86_400] {
        let org = Stub::start(|_| None);
        let (_rig, desk) = ready(&org);
        let clock = Arc::new(Mutex::new(now()));
        lost_call(&desk, &org);
        org.script(found(&[("00T000000000009EAA", "hello")], &clock));
        SET.set(set);
        desk.pass(Duration::from_secs(20));
        assert_eq!(org.requests(), [""; 0], "{set}: not before its time");
    }
}

#[test]
fn nothing_waiting_costs_nothing() {
    let org = Stub::start(|_| None);
    let (_rig, desk) = ready(&org);
    desk.session.op(Job::log(call("hello")));
    org.requests();
    desk.pass(DAY * 30);
    assert_eq!((desk.states(), org.requests()), (vec![], vec![]));
}
