//! The worker's thread: forgetting, finishing, order.

use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use super::*;

/// A worker thread with its answers in a channel.
fn worker(rig: &Rig) -> (Worker, Receiver<Answer>) {
    worker_with(rig.settings())
}

fn worker_with(settings: Settings) -> (Worker, Receiver<Answer>) {
    let (sink, answers) = channel();
    let worker = Worker::spawn(settings, move |answer| {
        let _ = sink.send(answer);
    })
    .unwrap();
    (worker, answers)
}

const PATIENCE: Duration = Duration::from_secs(20);

fn last_of(answers: &Receiver<Answer>, job: JobId) -> Answer {
    loop {
        let answer = answers.recv_timeout(PATIENCE).unwrap();
        if answer.job == Some(job) && answer.last {
            return answer;
        }
    }
}

#[test]
fn a_forgotten_read_gives_no_answer_and_a_forgotten_write_goes_on() {
    let org = Stub::start(|_| None);
    let rig = Rig::new(&org.url);
    let (worker, answers) = worker(&rig);
    worker.start(JobId(1), Job::PrepareLog);
    last_of(&answers, JobId(1));
    let (tell, told) = channel();
    let (tell_write, told_write) = channel();
    let (came, arrived) = channel();
    let mut waits = vec![
        Act::Wait(
            told_write,
            201,
            json!({"id": "00T000000000001EAA", "success": true, "errors": []}),
        ),
        Act::Wait(
            told,
            200,
            json!({"totalSize": 0, "done": true, "records": []}),
        ),
    ];
    org.script(move |_| {
        let _ = came.send(());
        waits.pop()
    });
    let query = Job::Query {
        soql: "SELECT Id FROM Contact".to_owned(),
        next: None,
    };
    worker.start(JobId(2), query);
    arrived.recv_timeout(PATIENCE).unwrap();
    worker.start(JobId(3), Job::log(call("hello")));
    arrived.recv_timeout(PATIENCE).unwrap();
    worker.forget(JobId(2));
    worker.forget(JobId(3));
    tell.send(()).unwrap();
    tell_write.send(()).unwrap();
    let answer = last_of(&answers, JobId(3));
    assert!(matches!(answer.reply, Reply::Op(op) if op.state == OpState::Done));
    assert!(worker.finish(PATIENCE));
    assert!(answers.iter().all(|answer| answer.job != Some(JobId(2))));
}

#[test]
fn finish_waits_for_a_write_and_says_when_it_could_not() {
    let org = Stub::start(|_| None);
    let rig = Rig::new(&org.url);
    let (first, answers) = worker(&rig);
    first.start(JobId(1), Job::PrepareLog);
    last_of(&answers, JobId(1));
    let (tell, told) = channel();
    let mut told = Some(told);
    let (came, arrived) = channel();
    org.script(move |_| {
        let _ = came.send(());
        let body = json!({"id": "00T000000000001EAA", "success": true, "errors": []});
        told.take().map(|told| Act::Wait(told, 201, body))
    });
    first.start(JobId(2), Job::log(call("hello")));
    arrived.recv_timeout(PATIENCE).unwrap();
    assert!(!first.finish(Duration::from_millis(50)));
    tell.send(()).unwrap();
    let answer = last_of(&answers, JobId(2));
    assert!(matches!(answer.reply, Reply::Op(op) if op.state == OpState::Done));
}

#[test]
fn writes_to_one_record_go_one_after_the_other() {
    let org = Stub::start(|_| None);
    let rig = Rig::new(&org.url);
    let (worker, answers) = worker(&rig);
    worker.start(JobId(1), Job::Objects);
    last_of(&answers, JobId(1));
    let (tell, told) = channel();
    let (came, arrived) = channel();
    let mut waits = vec![Act::Hold(told)];
    org.script(move |asked| {
        let _ = came.send(asked.body.clone());
        waits.pop()
    });
    let mut second = update(lena().id);
    if let WriteStep::Update { fields, .. } = &mut second.steps[0] {
        fields.insert("Name".to_owned(), json!("second"));
    }
    worker.start(JobId(2), Job::write(update(lena().id)));
    worker.start(JobId(3), Job::write(second));
    let first = arrived.recv_timeout(PATIENCE).unwrap();
    assert!(first.contains("\"x\""), "{first}");
    // The second is on disk and waits; another record's write does not.
    worker.start(
        JobId(4),
        Job::write(update("003000000000002AAA".parse().unwrap())),
    );
    last_of(&answers, JobId(4));
    arrived.recv_timeout(PATIENCE).unwrap();
    assert!(arrived.try_recv().is_err());
    tell.send(()).unwrap();
    assert!(arrived.recv_timeout(PATIENCE).unwrap().contains("second"));
    last_of(&answers, JobId(3));
    assert!(worker.finish(PATIENCE));
}

#[test]
fn reads_that_hang_do_not_hold_up_a_write() {
    let org = Stub::start(|_| None);
    let rig = Rig::new(&org.url);
    let (worker, answers) = worker(&rig);
    worker.start(JobId(1), Job::PrepareLog);
    last_of(&answers, JobId(1));
    let (came, arrived) = channel();
    let mut held = Vec::new();
    org.script(move |asked| {
        if asked.method == "POST" {
            return None;
        }
        let (tell, told) = channel();
        held.push(tell);
        let _ = came.send(());
        Some(Act::Wait(told, 200, json!({})))
    });
    for id in 10..20 {
        let soql = "SELECT Id FROM Contact".to_owned();
        worker.start(JobId(id), Job::Query { soql, next: None });
    }
    for _ in 0..3 {
        arrived.recv_timeout(PATIENCE).unwrap();
    }
    worker.start(JobId(2), Job::log(call("hello")));
    let answer = last_of(&answers, JobId(2));
    assert!(matches!(answer.reply, Reply::Op(op) if op.state == OpState::Done));
    assert!(arrived.try_recv().is_err(), "three reads at a time");
    assert!(worker.finish(PATIENCE));
}

/// The org takes the second token only.
fn expired(asked: &stub::Asked) -> Option<Act> {
    let body =
        json!([{"errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid"}]);
    let dead = asked.token == "first" && asked.path.starts_with("/services/data/v");
    dead.then(|| Act::Reply(401, body))
}

#[test]
fn a_token_that_ended_is_renewed_once_for_all_who_met_it() {
    let org = Stub::start(|_| None);
    let rig = Rig::new(&org.url);
    let (worker, answers) = worker_with(rig.authorize());
    worker.start(JobId(1), Job::PrepareLog);
    last_of(&answers, JobId(1));
    org.script(expired);
    org.requests();
    worker.start(JobId(2), Job::log(call("hello")));
    for id in [3, 4, 5] {
        let soql = "SELECT Id FROM Contact".to_owned();
        worker.start(JobId(id), Job::Query { soql, next: None });
    }
    let mut ends = Vec::new();
    while ends.len() < 4 {
        let answer = answers.recv_timeout(PATIENCE).unwrap();
        ends.extend(answer.last.then_some(answer.reply));
    }
    let well = |reply: &Reply| match reply {
        Reply::Op(op) => op.state == OpState::Done && op.attempts == 1,
        Reply::Rows(_) => true,
        _ => false,
    };
    assert!(ends.iter().all(well), "{ends:?}");
    let requests = org.requests();
    let count = |end: &str| requests.iter().filter(|line| line.contains(end)).count();
    assert_eq!(count("/oauth2/token"), 1, "{requests:?}");
    assert_eq!(count("/sobjects/Task"), 2, "{requests:?}");
    assert!(worker.finish(PATIENCE));
}

#[test]
fn a_write_whose_token_could_not_be_renewed_waits() {
    let org = Stub::start(|_| None);
    let rig = Rig::new(&org.url);
    let (worker, answers) = worker_with(rig.authorize());
    worker.start(JobId(1), Job::PrepareLog);
    last_of(&answers, JobId(1));
    org.script(|asked| {
        let body =
            json!({"error": "invalid_grant", "error_description": "expired access/refresh token"});
        let renewal = asked.path.ends_with("/oauth2/token");
        renewal
            .then(|| Act::Reply(400, body))
            .or_else(|| expired(asked))
    });
    worker.start(JobId(2), Job::log(call("hello")));
    let Reply::Op(op) = last_of(&answers, JobId(2)).reply else {
        panic!()
    };
    let failure = op.failure.unwrap();
    assert_eq!(
        (op.state, failure.kind),
        (OpState::Queued, FailureKind::Session)
    );
    assert!(failure.message.contains("renewed"), "{failure}");
    assert!(worker.finish(PATIENCE));
}

#[test]
fn a_renewal_goes_on_when_the_read_that_began_it_is_forgotten() {
    let org = Stub::start(|_| None);
    let rig = Rig::new(&org.url);
    let (worker, answers) = worker_with(rig.authorize());
    worker.start(JobId(1), Job::Objects);
    last_of(&answers, JobId(1));
    let (tell, told) = channel();
    let (came, arrived) = channel();
    let mut told = Some(told);
    org.script(move |asked| {
        if !asked.path.ends_with("/oauth2/token") {
            return expired(asked);
        }
        let _ = came.send(());
        let body = json!({
            "access_token": "second", "token_type": "Bearer",
            "instance_url": format!("http://{}", asked.host)
        });
        told.take().map(|told| Act::Wait(told, 200, body))
    });
    let query = || Job::Query {
        soql: "SELECT Id FROM Contact".to_owned(),
        next: None,
    };
    worker.start(JobId(2), query());
    arrived.recv_timeout(PATIENCE).unwrap();
    worker.forget(JobId(2));
    tell.send(()).unwrap();
    worker.start(JobId(3), query());
    assert!(matches!(last_of(&answers, JobId(3)).reply, Reply::Rows(_)));
    assert!(arrived.try_recv().is_err(), "no second renewal");
    assert!(worker.finish(PATIENCE));
}
