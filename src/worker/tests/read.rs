//! Logins, describes, searches: what is asked of the org and what is not.

use std::sync::atomic::{AtomicI64, Ordering};

use super::*;

#[test]
fn a_start_with_a_known_token_asks_once_and_a_log_not_at_all() {
    let org = Stub::start(|_| None);
    let rig = Rig::new(&org.url);
    let first = rig.session().run(Job::Connect(Source::Org));
    assert_eq!(first.len(), 1, "nothing is known the first time: {first:?}");
    assert_eq!(org.requests().len(), 2);
    let again = rig.session().run(Job::Connect(Source::Org));
    assert_eq!(org.requests(), ["GET /services/oauth2/userinfo"]);
    let Reply::Connected(session) = &again[0].reply else {
        panic!("{again:?}")
    };
    assert_eq!((session.org_id.as_str(), again[0].last), (stub::ORG, false));
    assert!(again[1].link.unwrap().online);
    assert_eq!(again.len(), 2);
}

#[test]
fn a_bad_token_is_told_as_a_session_failure() {
    let body =
        json!([{"errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid"}]);
    let org =
        Stub::start(move |asked| (asked.token == "bad").then(|| Act::Reply(401, body.clone())));
    let rig = Rig::new(&org.url);
    rig.session().run(Job::Connect(Source::Org));
    let session = Session::new(Engine::new(rig.settings_with("bad")));
    assert_eq!(
        session.failure(Job::Connect(Source::Org)).kind,
        FailureKind::Session
    );
    let answer = session.last(Job::Connect(Source::Org));
    assert!(answer.link.unwrap().online, "the org did answer");
}

#[test]
fn another_org_under_the_same_name_gets_nothing_of_the_first() {
    let org = Stub::start(|_| None);
    let rig = Rig::new(&org.url);
    let session = rig.session();
    session.run(Job::Search {
        text: "lena".to_owned(),
        objects: vec!["Contact".to_owned()],
    });
    org.script(|asked| (asked.method == "POST").then(|| Act::Reply(404, json!([]))));
    let op = session.op(Job::write(update(lena().id)));
    assert_eq!(op.state, OpState::Failed, "{op:?}");
    let op = session.outbox().remove(0);
    org.script(|asked| {
        let other = stub::userinfo("00D000000000002EAA");
        (asked.path.ends_with("userinfo")).then(|| Act::Reply(200, other))
    });
    let other = Session::new(Engine::new(rig.settings_with("another token")));
    other.run(Job::Connect(Source::Org));
    let recall = Job::Recall {
        text: "lena".to_owned(),
        objects: vec![],
    };
    let Reply::Found(found) = other.last(recall).reply else {
        panic!()
    };
    assert_eq!(found.hits, []);
    org.requests();
    let op = other.op(resend(&op));
    assert_eq!(op.state, OpState::Queued);
    assert_eq!(op.failure.unwrap().code, "OUTBOX_OTHER_ORG");
    assert_eq!(org.requests(), [""; 0]);
}

#[test]
fn a_cache_that_cannot_be_opened_is_told_once_and_work_goes_on() {
    let org = Stub::start(|_| None);
    let rig = Rig::new(&org.url);
    std::fs::write(rig.state().join("cache"), "in the way").unwrap();
    let session = rig.session();
    let answers = session.run(Job::PrepareLog);
    assert!(matches!(answers.last().unwrap().reply, Reply::LogReady(_)));
    let news: Vec<_> = answers
        .iter()
        .filter(|answer| answer.job.is_none())
        .collect();
    assert_eq!(news.len(), 1, "{news:?}");
    org.requests();
    assert_eq!(session.op(Job::log(call("hello"))).state, OpState::Done);
    assert_eq!(org.requests().len(), 1);
}

#[test]
fn hits_of_the_org_are_recalled_without_it() {
    let org = Stub::start(|_| None);
    let rig = Rig::new(&org.url);
    let search = Job::Search {
        text: "lena".to_owned(),
        objects: vec!["contact".to_owned()],
    };
    let Reply::Found(found) = rig.session().last(search).reply else {
        panic!()
    };
    assert_eq!(found.hits[0].detail, "Acme Holdings plc");
    org.requests();
    let recall = Job::Recall {
        text: "le".to_owned(),
        objects: vec![],
    };
    let Reply::Found(recalled) = rig.session().last(recall).reply else {
        panic!()
    };
    assert_eq!(recalled.hits[0].link, found.hits[0].link);
    assert!(recalled.hits[0].cached);
    assert_eq!(org.requests(), [""; 0]);
}

#[test]
fn asking_the_org_anew_and_failing_keeps_the_old_describe() {
    let org = Stub::start(|_| None);
    let rig = Rig::new(&org.url);
    let session = rig.session();
    let describe = |source| Job::Describe {
        object: "Contact".to_owned(),
        source,
    };
    let first = session.last(describe(Source::CacheFirst)).reply;
    org.script(|_| Some(Act::Cut));
    let failure = session.failure(describe(Source::Org));
    assert_eq!(failure.kind, FailureKind::NoConnection);
    assert_eq!(session.last(describe(Source::CacheFirst)).reply, first);
    org.script(|_| None);
    org.requests();
    assert_eq!(session.last(describe(Source::Org)).reply, first);
    assert_eq!(org.requests().len(), 1);
}

#[test]
fn unknown_objects_and_prefixes_are_told_with_the_nearest_name() {
    let org = Stub::start(|_| None);
    let rig = Rig::new(&org.url);
    let session = rig.session();
    let failure = session.failure(Job::Describe {
        object: "Contct".to_owned(),
        source: Source::CacheFirst,
    });
    assert_eq!(failure.kind, FailureKind::NotFound);
    assert!(failure.message.contains("`Contact`"), "{failure}");
    org.requests();
    let failure = session.failure(Job::Open {
        id: "zzz000000000001".parse().unwrap(),
        source: Source::CacheFirst,
    });
    assert_eq!(failure.kind, FailureKind::NotFound);
    assert_eq!(org.requests(), [""; 0]);
}

static NOW: AtomicI64 = AtomicI64::new(1_800_000_000);

fn later() -> Timestamp {
    Timestamp::from_second(NOW.load(Ordering::Relaxed)).unwrap()
}

#[test]
fn a_describe_is_asked_once_a_day_and_only_for_changes() {
    let org = Stub::start(|_| None);
    let rig = Rig::new(&org.url);
    let session = || Session::new(Engine::with_times(rig.settings(), Times::at(later)));
    let describe = || Job::Describe {
        object: "contact".to_owned(),
        source: Source::CacheFirst,
    };
    let first = session().last(describe());
    org.requests();
    assert_eq!(session().last(describe()).reply, first.reply);
    assert_eq!(org.requests(), [""; 0]);
    NOW.fetch_add(25 * 3600, Ordering::Relaxed);
    org.script(|asked| asked.since.then_some(Act::NotModified));
    let answers = session().run(describe());
    assert_eq!(answers.len(), 2, "the old one at once: {answers:?}");
    assert_eq!(answers[1].reply, first.reply);
    let requests = org.requests();
    assert!(
        requests
            .iter()
            .any(|line| line.ends_with("/Contact/describe")),
        "{requests:?}"
    );
    assert_eq!(session().run(describe()).len(), 1);
    assert_eq!(org.requests(), [""; 0]);
}

#[test]
fn a_peek_shows_what_was_read_and_never_asks_the_org() {
    let org = Stub::start(|_| None);
    let rig = Rig::new(&org.url);
    let session = rig.session();
    let id = "003000000000001AAA".parse().unwrap();
    session.run(Job::Objects);
    org.requests();
    let failure = session.failure(Job::Peek(id));
    assert_eq!(failure.kind, FailureKind::NotFound);
    assert_eq!(org.requests(), [""; 0]);
}

#[test]
fn a_parent_without_a_name_costs_one_more_request_and_not_the_record() {
    let org = Stub::start(|asked| match asked.path.split("v66.0").nth(1) {
        Some(path) if path.starts_with("/composite") => Some(Act::Reply(
            200,
            json!({"compositeResponse": [
                {"referenceId": "record", "httpStatusCode": 400, "httpHeaders": {}, "body": [
                    {"errorCode": "INVALID_FIELD", "message": "No such column 'Name' on entity 'Odd__c'"}]},
                {"referenceId": "notes", "httpStatusCode": 403, "httpHeaders": {}, "body": [
                    {"errorCode": "INSUFFICIENT_ACCESS", "message": "no"}]}
            ]}),
        )),
        Some("/sobjects/Contact/003000000000001AAA") => Some(Act::Reply(
            200,
            json!({"attributes": {"type": "Contact"}, "Id": "003000000000001AAA", "Name": "Lena Ortiz"}),
        )),
        _ => None,
    });
    let rig = Rig::new(&org.url);
    let session = rig.session();
    session.run(Job::Describe {
        object: "Contact".to_owned(),
        source: Source::CacheFirst,
    });
    org.requests();
    let open = Job::Open {
        id: lena().id,
        source: Source::Org,
    };
    let Reply::Opened(page) = session.last(open).reply else {
        panic!("a page")
    };
    assert_eq!(page.record.text("Name"), Some("Lena Ortiz"));
    assert_eq!(page.missing[0].0, "notes");
    assert_eq!(org.requests().len(), 2);
    let Reply::Opened(kept) = rig.session().last(Job::Peek(lena().id)).reply else {
        panic!("the page is kept")
    };
    assert_eq!(kept.missing, page.missing);
}

#[test]
fn with_a_dead_token_what_was_read_is_shown_and_writes_wait() {
    let org = Stub::start(|_| None);
    let rig = Rig::new(&org.url);
    rig.session().run(Job::PrepareLog);
    rig.session().run(Job::Search {
        text: "lena".to_owned(),
        objects: vec!["Contact".to_owned()],
    });
    let over =
        || json!([{"errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid"}]);
    org.script(move |_| Some(Act::Reply(401, over())));
    // The token of last time, ended meanwhile, and one that never was good.
    for token in ["token", "bad"] {
        let session = Session::new(Engine::new(rig.settings_with(token)));
        let failure = session.failure(Job::Connect(Source::Org));
        assert_eq!(failure.kind, FailureKind::Session, "{token}");
        let recall = Job::Recall {
            text: "lena".to_owned(),
            objects: vec![],
        };
        let Reply::Found(found) = session.last(recall).reply else {
            panic!("{token}")
        };
        assert_eq!(found.hits.len(), 1, "{token}");
        let answer = session.last(Job::log(call(token)));
        let Reply::Op(op) = answer.reply else {
            panic!("{token}")
        };
        assert_eq!(op.state, OpState::Queued, "{token}");
        assert_eq!(op.failure.unwrap().kind, FailureKind::Session, "{token}");
        assert!(answer.link.is_some(), "the header follows it: {token}");
    }
    org.script(|_| None);
    let session = rig.session();
    for op in session.outbox() {
        assert_eq!(session.op(resend(&op)).state, OpState::Done);
    }
}

#[test]
fn an_instance_is_known_again_however_it_is_spelled() {
    let canonical = "https://acme.my.salesforce.com";
    for typed in [
        "acme.my.salesforce.com",
        "https://ACME.my.salesforce.com/",
        "https://acme.lightning.force.com/lightning/page/home",
    ] {
        assert!(connect::is_same_instance(typed, canonical), "{typed}");
    }
    for other in [
        "https://acme--uat.sandbox.my.salesforce.com",
        "",
        "nonsense",
    ] {
        assert!(!connect::is_same_instance(other, canonical), "{other}");
    }
}

#[test]
fn the_session_that_another_terminal_left_for_another_instance_is_not_ours() {
    let (org, other) = (Stub::start(|_| None), Stub::start(|_| None));
    let mut rig = Rig::new(&org.url);
    rig.session().run(Job::Connect(Source::Org));
    let mut settings = rig.settings();
    settings.connect = Box::new(|| Err(Failure::no_connection("no route to host")));
    let ours = Session::new(Engine::new(settings));
    let known = ours.last(Job::Connect(Source::CacheFirst)).reply;
    assert!(matches!(known, Reply::Connected(_)), "{known:?}");
    rig.url = other.url.clone();
    rig.session().run(Job::Connect(Source::Org));
    let failure = ours.failure(Job::Connect(Source::CacheFirst));
    assert_eq!(failure.kind, FailureKind::NoConnection);
}
