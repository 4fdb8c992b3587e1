//! The one road of writes.

use super::*;

#[test]
fn a_log_is_exactly_one_request_once_the_rules_are_known() {
    let org = Stub::start(|_| None);
    let rig = Rig::new(&org.url);
    assert!(matches!(
        rig.session().last(Job::PrepareLog).reply,
        Reply::LogReady(_)
    ));
    org.requests();
    // A new process with the same token: neither identity nor versions nor describes.
    let session = rig.session();
    let answers = session.run(Job::log(call("Left voicemail")));
    assert_eq!(
        states(&answers),
        [OpState::Queued, OpState::Sending, OpState::Done]
    );
    assert_eq!(org.requests(), ["POST /services/data/v66.0/sobjects/Task"]);
    let link = answers.last().unwrap().link.unwrap();
    assert_eq!((link.online, link.api_usage), (true, Some((18, 15_000))));
    assert_eq!(rig.session().outbox()[0].state, OpState::Done);
}

#[test]
fn a_log_that_cannot_be_right_reaches_neither_outbox_nor_org() {
    let org = Stub::start(|_| None);
    let rig = Rig::new(&org.url);
    let session = rig.session();
    session.run(Job::PrepareLog);
    org.requests();
    let mut entry = call("");
    entry.kind = LogKind::Task;
    let failure = session.failure(Job::log(entry));
    assert_eq!(failure.kind, FailureKind::Input);
    assert_eq!(org.requests(), [""; 0]);
    assert_eq!(session.outbox(), []);
}

#[test]
fn the_row_is_on_disk_before_the_request_and_the_outcome_before_the_answer() {
    let org = Stub::start(|_| None);
    let rig = Rig::new(&org.url);
    let session = rig.session();
    session.run(Job::PrepareLog);
    let state = rig.state().join("state");
    let seen = std::sync::Arc::new(std::sync::Mutex::new(None));
    let seen_by_org = std::sync::Arc::clone(&seen);
    org.script(move |asked| {
        if asked.method == "POST" {
            let outbox = crate::store::outbox::Outbox::open(&state).unwrap();
            *seen_by_org.lock().unwrap() = Some(outbox.list().unwrap().remove(0));
        }
        None
    });
    let op = session.op(Job::log(call("hello")));
    let seen = seen.lock().unwrap().take().unwrap();
    assert_eq!(
        (seen.id, seen.state, seen.attempts),
        (op.id, OpState::Sending, 1)
    );
}

#[test]
fn a_write_that_met_no_org_waits_with_the_reason_and_can_be_sent_later() {
    let org = Stub::start(|_| None);
    let rig = Rig::new(&org.url);
    rig.session().run(Job::PrepareLog);
    // Same org, but nobody listens there now.
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let dead = format!("http://{}", gone.local_addr().unwrap());
    drop(gone);
    let session = rig.session();
    org.requests();
    let op = {
        let mut settings = rig.settings();
        settings.instance_url = None;
        settings.connect = Box::new(move || {
            Ok(Access::Token {
                instance_url: dead,
                token: SecretString::from("token"),
            })
        });
        Session::new(Engine::new(settings)).op(Job::log(call("hello")))
    };
    assert_eq!((op.state, op.attempts), (OpState::Retry, 0));
    assert_eq!(op.failure.as_ref().unwrap().kind, FailureKind::NoConnection);
    assert_eq!(session.outbox()[0].state, OpState::Retry);
    assert_eq!(org.requests(), [""; 0], "a job sends what it is asked for");
    assert_eq!(session.op(resend(&op)).state, OpState::Done);
    assert_eq!(org.requests().len(), 1);
}

#[test]
fn an_answer_cut_off_leaves_a_write_unknown_and_nothing_sends_it_again() {
    let org = Stub::start(|_| None);
    let rig = Rig::new(&org.url);
    rig.session().run(Job::PrepareLog);
    org.script(|asked| (asked.method == "POST").then_some(Act::Cut));
    org.requests();
    let op = rig.session().op(Job::log(call("hello")));
    assert_eq!((op.state, op.attempts), (OpState::Unknown, 1));
    assert_eq!(
        op.failure.as_ref().unwrap().kind,
        FailureKind::OutcomeUnknown
    );
    assert_eq!(org.requests().len(), 1);
    org.script(|_| None);
    let session = rig.session();
    session.run(Job::Connect(Source::Org));
    assert_eq!(session.outbox()[0].state, OpState::Unknown);
    let posts = org
        .requests()
        .iter()
        .filter(|line| line.starts_with("POST"))
        .count();
    assert_eq!(posts, 0);
    let op = session.op(resend(&op));
    assert_eq!((op.state, op.attempts), (OpState::Done, 2));
}

#[test]
fn an_unknown_write_sent_again_without_the_org_is_still_unknown() {
    let expired = json!([{"errorCode": "INVALID_SESSION_ID", "message": "no", "fields": []}]);
    let org = Stub::start(|_| None);
    let rig = Rig::new(&org.url);
    rig.session().run(Job::PrepareLog);
    org.script(|asked| (asked.method == "POST").then_some(Act::Cut));
    let op = rig.session().op(Job::log(call("hello")));
    org.script(move |asked| (asked.method == "POST").then(|| Act::Reply(401, expired.clone())));
    let mut offline = rig.settings();
    offline.connect = Box::new(|| Err(Failure::no_connection("no route to host")));
    for settings in [offline, rig.settings()] {
        let session = Session::new(Engine::new(settings));
        let answers = session.run(resend(&op));
        assert!(!states(&answers).contains(&OpState::Queued), "{answers:?}");
        let mut news = answers.iter();
        assert!(
            news.any(|answer| matches!(answer.reply, Reply::Failed(_))),
            "says why: {answers:?}"
        );
        let kept = rig.session().outbox().remove(0);
        assert_eq!((kept.state, &kept.failure), (OpState::Unknown, &op.failure));
    }
}

#[test]
fn replies_decide_what_became_of_a_write() {
    let refused = |code: &str| json!([{"errorCode": code, "message": "no", "fields": ["Subject"]}]);
    let cases: Vec<(u16, serde_json::Value, OpState)> = vec![
        (400, refused("REQUIRED_FIELD_MISSING"), OpState::Failed),
        (403, refused("INSUFFICIENT_ACCESS"), OpState::Failed),
        (403, refused("REQUEST_LIMIT_EXCEEDED"), OpState::Queued),
        (403, refused("TOO_MANY_APEX_REQUESTS"), OpState::Retry),
        (503, refused("SERVER_UNAVAILABLE"), OpState::Retry),
        (429, json!("slower"), OpState::Retry),
        (400, refused("UNABLE_TO_LOCK_ROW"), OpState::Retry),
        (401, refused("INVALID_SESSION_ID"), OpState::Queued),
        (500, refused("UNKNOWN_EXCEPTION"), OpState::Unknown),
        (502, json!("gateway"), OpState::Unknown),
        (200, json!("<html>"), OpState::Unknown),
    ];
    for (status, body, state) in cases {
        let org = Stub::start(|_| None);
        let rig = Rig::new(&org.url);
        let session = rig.session();
        session.run(Job::PrepareLog);
        let reply = body.clone();
        org.script(move |asked| {
            (asked.method == "POST").then(|| Act::Reply(status, reply.clone()))
        });
        let op = session.op(Job::log(call("hello")));
        assert_eq!(op.state, state, "{status} {body}");
        assert!(op.failure.is_some(), "{status} {body}");
    }
}

#[test]
fn an_outbox_that_cannot_be_opened_refuses_writes_but_not_reads() {
    let org = Stub::start(|_| None);
    let rig = Rig::new(&org.url);
    std::fs::write(rig.state().join("state"), "in the way").unwrap();
    let session = rig.session();
    session.run(Job::PrepareLog);
    org.requests();
    let failure = session.failure(Job::log(call("hello")));
    assert_eq!(failure.kind, FailureKind::Local);
    assert!(failure.message.contains("state"), "{failure}");
    assert_eq!(org.requests(), [""; 0]);
    let search = Job::Search {
        text: "lena".to_owned(),
        objects: vec![],
    };
    assert!(matches!(session.last(search).reply, Reply::Found(_)));
}

#[test]
fn an_id_of_another_object_is_refused_before_the_outbox() {
    let org = Stub::start(|_| None);
    let rig = Rig::new(&org.url);
    let session = rig.session();
    session.run(Job::Objects);
    let failure = session.failure(Job::write(update("001000000000001".parse().unwrap())));
    assert_eq!(failure.kind, FailureKind::Input);
    assert_eq!(session.outbox(), []);
}

#[test]
fn a_write_given_up_is_not_sent_again() {
    let org = Stub::start(|asked| (asked.method == "POST").then_some(Act::Cut));
    let rig = Rig::new(&org.url);
    let session = rig.session();
    session.run(Job::PrepareLog);
    let op = session.op(Job::log(call("hello")));
    assert_eq!(session.op(Job::Cancel(op.id)).state, OpState::Cancelled);
    assert_eq!(session.failure(resend(&op)).kind, FailureKind::Local);
    assert_eq!(session.failure(Job::Cancel(op.id)).kind, FailureKind::Local);
}

#[test]
fn an_outcome_the_disk_would_not_take_is_not_called_done_until_it_does() {
    let org = Stub::start(|_| None);
    let rig = Rig::new(&org.url);
    let session = rig.session();
    session.run(Job::PrepareLog);
    let file = rig.state().join("state").join("outbox.db");
    let lock = std::sync::Arc::new(std::sync::Mutex::new(None));
    let held = std::sync::Arc::clone(&lock);
    org.script(move |asked| {
        if asked.method == "POST" {
            let sql = rusqlite::Connection::open(&file).unwrap();
            sql.execute_batch("BEGIN IMMEDIATE").unwrap();
            *held.lock().unwrap() = Some(sql);
        }
        None
    });
    let op = session.op(Job::log(call("hello")));
    assert_eq!(op.state, OpState::Unknown);
    let failure = op.failure.unwrap();
    assert!(failure.message.contains("the org saved it"), "{failure}");
    drop(lock.lock().unwrap().take());
    let answers = session.run(Job::Outbox);
    assert_eq!(states(&answers), [OpState::Done], "told as news");
    assert_eq!(session.outbox()[0].state, OpState::Done);
}

#[test]
fn a_draft_goes_when_the_outbox_has_its_write_and_stays_when_it_has_not() {
    let org = Stub::start(|_| None);
    let rig = Rig::new(&org.url);
    let session = rig.session();
    session.run(Job::PrepareLog);
    let mut entry = call("Left voicemail");
    let keep = |key: &str| {
        session.run(Job::SaveDraft(SavedDraft {
            key: key.to_owned(),
            title: key.to_owned(),
            saved: Timestamp::now(),
            content: DraftContent::Log(call(key)),
        }));
    };
    let kept = || match session.last(Job::Drafts).reply {
        Reply::Drafts(drafts) => drafts.into_iter().map(|it| it.key).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    keep("log:ours");
    keep("log:other");
    entry.minutes = Some(100_000_000);
    let draft = || Some("log:ours".to_owned());
    let wrong = Job::Log {
        entry,
        draft: draft(),
    };
    session.failure(wrong);
    assert_eq!(kept().len(), 2, "nothing is in the outbox");
    // Refused, so that the write may be revised later.
    let refusal = json!([{"errorCode": "REQUIRED_FIELD_MISSING", "message": "no", "fields": []}]);
    org.script(move |asked| (asked.method == "POST").then(|| Act::Reply(400, refusal.clone())));
    let sent = Job::Log {
        entry: call("Left voicemail"),
        draft: draft(),
    };
    let first = session.run(sent).remove(0);
    assert!(matches!(first.reply, Reply::Op(_)), "{first:?}");
    assert_eq!(kept(), ["log:other"]);
    let Reply::Op(op) = first.reply else { return };
    keep("log:ours");
    let revised = Job::Revise {
        op: op.id,
        write: update("001000000000001".parse().unwrap()),
        draft: draft(),
    };
    session.failure(revised);
    assert_eq!(kept().len(), 2, "the revision was refused");
    let revised = Job::Revise {
        op: op.id,
        write: op.write,
        draft: draft(),
    };
    session.op(revised);
    assert_eq!(kept(), ["log:other"]);
}

#[test]
fn with_the_rules_at_hand_a_first_log_without_the_org_waits_in_the_outbox() {
    let org = Stub::start(|_| None);
    let rig = Rig::new(&org.url);
    rig.session().run(Job::PrepareLog);
    org.requests();
    let session = rig.session();
    let ready = session.last(Job::PrepareLog).reply;
    assert!(matches!(ready, Reply::LogReady(_)), "{ready:?}");
    assert_eq!(org.requests(), [""; 0], "kept for a day");
    let mut settings = rig.settings();
    settings.connect = Box::new(|| Err(Failure::no_connection("no route to host")));
    let op = Session::new(Engine::new(settings)).op(Job::log(call("hello")));
    assert_eq!(op.state, OpState::Retry);
    assert_eq!(session.outbox().len(), 1);
}

#[test]
fn a_write_seen_as_waiting_is_not_sent_when_another_session_left_it_unknown() {
    let org = Stub::start(|_| None);
    let rig = Rig::new(&org.url);
    rig.session().run(Job::PrepareLog);
    let mut offline = rig.settings();
    offline.connect = Box::new(|| Err(Failure::no_connection("no route to host")));
    let seen = Session::new(Engine::new(offline)).op(Job::log(call("hello")));
    assert_eq!(seen.state, OpState::Retry);
    org.script(|asked| (asked.method == "POST").then_some(Act::Cut));
    assert_eq!(rig.session().op(resend(&seen)).state, OpState::Unknown);
    org.script(|_| None);
    org.requests();
    let session = rig.session();
    let revised = Job::Revise {
        op: seen.id,
        write: seen.write.clone(),
        draft: None,
    };
    for job in [resend(&seen), revised] {
        let answers = session.run(job);
        assert_eq!(states(&answers), [OpState::Unknown], "{answers:?}");
        let refused = answers.iter().any(|answer| {
            matches!(&answer.reply, Reply::Failed(failure)
                if failure.message.contains("it changed meanwhile: it is unknown"))
        });
        assert!(refused, "{answers:?}");
    }
    assert_eq!(org.requests(), [""; 0]);
}

#[test]
fn a_draft_typed_against_one_instance_is_not_offered_in_another() {
    let mut rig = Rig::new("https://acme.my.salesforce.com");
    let draft = |key: &str| SavedDraft {
        key: key.to_owned(),
        title: key.to_owned(),
        saved: Timestamp::now(),
        content: DraftContent::Log(call(key)),
    };
    let kept = |rig: &Rig| match rig.session().last(Job::Drafts).reply {
        Reply::Drafts(drafts) => drafts.into_iter().map(|it| it.key).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    let old = Settings {
        instance_url: None,
        ..rig.settings()
    };
    Session::new(Engine::new(old)).run(Job::SaveDraft(draft("of no instance")));
    assert_eq!(kept(&rig), ["of no instance"], "still offered");
    rig.session()
        .run(Job::DropDraft("of no instance".to_owned()));
    rig.session().run(Job::SaveDraft(draft("new:Contact")));
    rig.url = "https://acme--uat.sandbox.my.salesforce.com".to_owned();
    assert_eq!(kept(&rig), [""; 0]);
    rig.url = "acme.lightning.force.com".to_owned();
    assert_eq!(kept(&rig), ["new:Contact"], "the same, spelled otherwise");
}
