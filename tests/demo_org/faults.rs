//! Every fault on purpose does what it says, on the wire and in the data.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use demo::faults::{Action, Answer, Ending, Lock, Moment, Rules, Turn, When};

use super::*;

/// Longest wait for what must come.
const SOON: Duration = Duration::from_secs(20);

/// Sends one request on a connection of its own.
fn sent(client: &Client, method: &str, target: &str, body: &str) -> TcpStream {
    let address = client.base.trim_start_matches("http://");
    let mut line = TcpStream::connect(address).unwrap();
    line.set_read_timeout(Some(SOON)).unwrap();
    write!(
        line,
        "{method} /services/data/v62.0{target} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        client.token,
        body.len()
    )
    .unwrap();
    line
}

/// All that comes until the connection ends, and how it ended.
fn received(mut line: TcpStream) -> (Vec<u8>, Option<ErrorKind>) {
    let mut all = Vec::new();
    let end = line.read_to_end(&mut all).err().map(|fault| fault.kind());
    (all, end)
}

fn accounts(client: &Client, name: &str) -> Value {
    let soql = format!("SELECT count() FROM Account WHERE Name = '{name}'");
    client.query(&soql)["totalSize"].clone()
}

const NEW: &str = r#"{"Name": "Fault"}"#;

fn creating() -> When {
    When::asked("POST", "*/sobjects/Account")
}

#[test]
fn a_dropped_reply_leaves_the_work_done_or_not_as_said() {
    let stage = stage();
    for (action, end, written) in [
        (Action::Drop(Moment::BeforeWork), None, 0),
        (Action::Drop(Moment::AfterWork), None, 1),
        (
            Action::Reset(Moment::BeforeWork),
            Some(ErrorKind::ConnectionReset),
            1,
        ),
        (
            Action::Reset(Moment::AfterWork),
            Some(ErrorKind::ConnectionReset),
            2,
        ),
    ] {
        stage.org.faults().clear();
        stage.org.faults().add(creating().times(1), action.clone());
        let line = sent(&stage.client, "POST", "/sobjects/Account", NEW);
        assert_eq!(received(line), (Vec::new(), end), "{action:?}");
        assert_eq!(accounts(&stage.client, "Fault"), written, "{action:?}");
    }
    // The rule was for one: the next call is as ever.
    stage.client.create("Account", json!({"Name": "Fault"}));
}

#[test]
fn a_stalled_call_says_nothing_and_holds_up_nobody() {
    let stage = stage();
    for (moment, written) in [(Moment::BeforeWork, 0), (Moment::AfterWork, 1)] {
        stage
            .org
            .faults()
            .add(creating().times(1), Action::Stall(moment));
        let mut line = sent(&stage.client, "POST", "/sobjects/Account", NEW);
        // Twice as good as a sleep: other calls go through, and the work shows.
        let deadline = Instant::now() + SOON;
        while accounts(&stage.client, "Fault") != written {
            assert!(Instant::now() < deadline);
        }
        line.set_nonblocking(true).unwrap();
        let silent = line.read(&mut [0]).map_err(|fault| fault.kind());
        assert_eq!(silent, Err(ErrorKind::WouldBlock), "{moment:?}");
    }
}

#[test]
fn a_cut_reply_promises_all_and_sends_a_part() {
    let stage = stage();
    let whole = stage.client.get("/limits").to_string().len();
    for (at, then) in [(0, Ending::Close), (17, Ending::Close), (17, Ending::Stall)] {
        let when = When::asked("GET", "*/limits").times(1);
        stage.org.faults().add(when, Action::Cut { at, then });
        let mut line = sent(&stage.client, "GET", "/limits", "");
        let (mut text, mut part) = (String::new(), [0; 4096]);
        let complete = |text: &str| {
            let body = text.split_once("\r\n\r\n").map(|(_, body)| body.len());
            body == Some(at)
        };
        while !complete(&text) {
            let read = line.read(&mut part).unwrap();
            assert_ne!(read, 0, "{text}");
            text.push_str(std::str::from_utf8(&part[..read]).unwrap());
        }
        let promised = format!("content-length: {whole}");
        assert!(text.to_lowercase().contains(&promised), "{text}");
        if then == Ending::Close {
            assert!(received(line).0.is_empty(), "nothing more");
        } else {
            line.set_nonblocking(true).unwrap();
            let silent = line.read(&mut part).map_err(|fault| fault.kind());
            assert_eq!(silent, Err(ErrorKind::WouldBlock));
        }
    }
}

#[test]
fn a_dripping_reply_comes_byte_by_byte_and_whole() {
    let stage = stage();
    let when = When::asked("GET", "*/query").times(1);
    let pause = Duration::from_millis(1);
    stage.org.faults().add(when, Action::Drip { pause });
    let target = "/query?q=SELECT+count()+FROM+Account+LIMIT+1";
    let mut line = sent(&stage.client, "GET", target, "");
    let (mut text, mut reads) = (Vec::new(), 0);
    let body = br#"{"totalSize":1,"done":true,"records":[]}"#;
    while !text.ends_with(body) {
        let mut part = [0; 1000];
        let read = line.read(&mut part).unwrap();
        assert_ne!(read, 0);
        text.extend_from_slice(&part[..read]);
        reads += 1;
    }
    // A busy machine may join some of them on the way.
    assert!(reads > 5, "{reads} reads");
}

#[test]
fn a_delay_is_before_or_after_the_work() {
    let stage = stage();
    let wait = Duration::from_millis(120);
    let delay = |moment| Action::Delay {
        least: wait,
        most: wait,
        moment,
    };
    for (moment, name) in [(Moment::BeforeWork, "Early"), (Moment::AfterWork, "Late")] {
        stage.org.faults().clear();
        stage.org.faults().add(creating().times(1), delay(moment));
        let began = Instant::now();
        let line = sent(
            &stage.client,
            "POST",
            "/sobjects/Account",
            &json!({"Name": name}).to_string(),
        );
        if moment == Moment::AfterWork {
            while accounts(&stage.client, name) == 0 {}
            // The work shows while the reply is still held back.
            line.set_nonblocking(true).unwrap();
            let silent = line.peek(&mut [0]).map_err(|fault| fault.kind());
            if began.elapsed() < wait {
                assert_eq!(silent, Err(ErrorKind::WouldBlock));
            }
            line.set_nonblocking(false).unwrap();
        }
        line.peek(&mut [0]).unwrap();
        assert!(began.elapsed() >= wait, "{moment:?}");
        assert_eq!(accounts(&stage.client, name), 1);
    }
}

#[test]
fn answers_come_in_the_orgs_place() {
    let stage = stage();
    let header_of = |headers: &[(String, String)], name: &str| {
        header(headers, name).unwrap_or_default().to_owned()
    };
    for (answer, status, kind, words) in [
        (
            Answer::maintenance(),
            503,
            "text/html",
            "Down for Maintenance",
        ),
        (Answer::proxy(), 502, "text/html", "Bad Gateway"),
        (Answer::too_many(7), 429, "application/json", "Too many"),
        (Answer::unknown(), 500, "application/json", "ErrorId"),
        (
            Answer::concurrent(),
            403,
            "application/json",
            "ConcurrentRequests",
        ),
    ] {
        stage
            .org
            .faults()
            .add(creating().times(1), Action::Answer(answer));
        let target = "/services/data/v62.0/sobjects/Account";
        let body = Some(NEW.to_owned());
        let (found, headers, body) = stage.client.raw(Method::POST, target, &[], body);
        let text = String::from_utf8(body).unwrap();
        assert_eq!(found, status);
        assert!(header_of(&headers, "content-type").starts_with(kind));
        assert!(text.contains(words), "{text}");
        let again = header_of(&headers, "retry-after");
        assert_eq!(again, if status == 429 { "7" } else { "" });
    }
    assert_eq!(accounts(&stage.client, "Fault"), 0, "the org did nothing");
}

#[test]
fn an_ended_session_is_refused_and_renewed_or_not() {
    let stage = stage();
    let mut client = stage.client;
    let refresh = |client: &Client| {
        client.token(&[
            ("grant_type", "refresh_token"),
            ("client_id", CLIENT_ID),
            ("refresh_token", &client.refresh),
        ])
    };
    for with_refresh in [false, true] {
        let when = When::asked("GET", "*/limits").times(1);
        let action = Action::Expire {
            refresh: with_refresh,
        };
        stage.org.faults().add(when, action);
        for path in ["/limits", "/query?q=SELECT+Id+FROM+Account"] {
            let (status, body) = client.send(Method::GET, path, None);
            assert_eq!(status, 401);
            assert_eq!(body[0]["errorCode"], "INVALID_SESSION_ID");
        }
        let (status, body) = refresh(&client);
        if with_refresh {
            assert_eq!((status, &body["error"]), (400, &json!("invalid_grant")));
        } else {
            assert_eq!(status, 200, "{body}");
            client.token = body["access_token"].as_str().unwrap().to_owned();
            client.get("/limits");
        }
    }
}

#[test]
fn refresh_tokens_rotate_from_now_on() {
    let stage = stage();
    let trade = |refresh: &str| {
        let (_, body) = stage.client.token(&[
            ("grant_type", "refresh_token"),
            ("client_id", CLIENT_ID),
            ("refresh_token", refresh),
        ]);
        body
    };
    let first = &stage.client.refresh;
    assert!(trade(first)["refresh_token"].is_null());
    stage.org.faults().set(Rules {
        rotate_refresh_tokens: true,
        ..Rules::default()
    });
    let second = trade(first)["refresh_token"].as_str().unwrap().to_owned();
    assert_ne!(&second, first);
    assert_eq!(trade(first)["error"], "invalid_grant");
}

#[test]
fn a_given_token_can_be_ended_too() {
    let folder = tempfile::tempdir().unwrap();
    let org = demo::start(Options {
        token: Some("given".into()),
        ..options(folder.path())
    })
    .unwrap();
    let mut client = Client::new(&org);
    client.token = "given".into();
    client.get("/limits");
    org.faults()
        .add(When::default().times(1), Action::Expire { refresh: false });
    assert_eq!(client.send(Method::GET, "/limits", None).0, 401);
    assert_eq!(client.send(Method::GET, "/limits", None).0, 401);
}

fn locked(reply: &Value) -> bool {
    let code = reply["errorCode"].as_str().or(reply["statusCode"].as_str());
    code == Some("UNABLE_TO_LOCK_ROW")
}

#[test]
fn a_locked_row_is_told_everywhere_and_opens_again() {
    let stage = stage();
    let client = &stage.client;
    let id = client.create("Account", json!({"Name": "Locked"}));
    let free = client.create("Account", json!({"Name": "Free"}));
    let lock = |times| {
        stage.org.faults().lock(Lock {
            row: Some(id[..15].to_owned()),
            turn: Turn {
                times: Some(times),
                ..Turn::default()
            },
            ..Lock::default()
        });
    };
    let path = format!("/sobjects/Account/{id}");
    let patch = || client.send(Method::PATCH, &path, Some(json!({"Phone": "1"})));
    lock(2);
    for _ in 0..2 {
        let (status, body) = patch();
        assert_eq!((status, locked(&body[0])), (400, true), "{body}");
        let text = body[0]["message"].as_str().unwrap();
        assert!(text.starts_with("unable to obtain exclusive access to this record"));
    }
    assert_eq!(patch().0, 204);
    lock(1);
    let rows = json!({"allOrNone": false, "records": [
        {"attributes": {"type": "Account"}, "id": id, "Phone": "2"},
        {"attributes": {"type": "Account"}, "id": free, "Phone": "2"},
    ]});
    let (_, reply) = client.send(Method::PATCH, "/composite/sobjects", Some(rows));
    assert!(locked(&reply[0]["errors"][0]), "{reply}");
    assert_eq!(reply[1]["success"], true);
    lock(1);
    let parts = json!({"allOrNone": true, "compositeRequest": [
        {"method": "PATCH", "url": format!("/services/data/v62.0/sobjects/Account/{free}"),
         "referenceId": "a", "body": {"Phone": "3"}},
        {"method": "PATCH", "url": format!("/services/data/v62.0{path}"),
         "referenceId": "b", "body": {"Phone": "3"}},
    ]});
    let (_, reply) = client.send(Method::POST, "/composite", Some(parts));
    assert!(locked(&reply["compositeResponse"][1]["body"][0]), "{reply}");
    assert_eq!(
        client.get(&format!("/sobjects/Account/{free}"))["Phone"],
        "2"
    );
    lock(1);
    let (status, body) = client.send(Method::DELETE, &path, None);
    assert_eq!((status, locked(&body[0])), (400, true));
    assert_eq!(client.send(Method::DELETE, &path, None).0, 204);
}

#[test]
fn locks_by_object_and_by_chance_meet_some() {
    let stage = stage();
    let client = &stage.client;
    let id = client.create("Account", json!({"Name": "Now and then"}));
    let contact = client.create("Contact", json!({"LastName": "Never"}));
    stage.org.faults().lock(Lock {
        object: Some("Account".into()),
        turn: Turn {
            chance: Some(0.5),
            seed: 11,
            ..Turn::default()
        },
        ..Lock::default()
    });
    let path = format!("/sobjects/Account/{id}");
    let met = (0..20)
        .filter(|turn| {
            let body = json!({"Phone": turn.to_string()});
            client.send(Method::PATCH, &path, Some(body)).0 == 400
        })
        .count();
    assert!((3..=17).contains(&met), "{met} of 20");
    let path = format!("/sobjects/Contact/{contact}");
    for turn in 0..5 {
        let body = json!({"Phone": turn.to_string()});
        assert_eq!(client.send(Method::PATCH, &path, Some(body)).0, 204);
    }
}

#[test]
fn api_calls_run_out_and_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let org = demo::start(Options {
        faults: Rules {
            allowance: Some(3),
            ..Rules::default()
        },
        ..options(folder.path())
    })
    .unwrap();
    let client = Client::login(&org);
    let limits = "/services/data/v62.0/limits";
    for used in 1..=3 {
        let (status, headers, body) = client.raw(Method::GET, limits, &[], None);
        assert_eq!(status, 200);
        let told = format!("api-usage={used}/3");
        assert_eq!(header(&headers, "sforce-limit-info"), Some(told.as_str()));
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(
            body["DailyApiRequests"],
            json!({"Max": 3, "Remaining": 3 - used})
        );
        assert!(body.as_object().unwrap().len() > 60);
    }
    for (method, path) in [
        (Method::GET, "/limits"),
        (Method::POST, "/sobjects/Account"),
    ] {
        let (status, body) = client.send(method, path, Some(json!({"Name": "Too late"})));
        assert_eq!(status, 403);
        assert_eq!(body[0]["errorCode"], "REQUEST_LIMIT_EXCEEDED");
        assert_eq!(body[0]["message"], "TotalRequests Limit exceeded.");
    }
    org.faults().new_day();
    assert_eq!(accounts(&client, "Too late"), 0);
    org.faults().leave_calls(1);
    client.get("/limits");
    assert_eq!(client.send(Method::GET, "/limits", None).0, 403);
    org.faults().new_day();
    org.faults().add(When::default().nth(2), Action::Exhaust);
    client.get("/limits");
    assert_eq!(client.send(Method::GET, "/limits", None).0, 403);
}

#[test]
fn rules_meet_what_they_name_and_add_up() {
    let stage = stage();
    let rules = Rules::parse(
        r#"
        [[fault]]
        method = "GET"
        path = "/services/data/v*/query"
        text = "FROM Account"
        nth = 2
        do = "answer"
        status = 418
        body = "second"

        [[fault]]
        text = "FROM Account"
        do = "delay"
        ms = [30, 40]
        "#,
    )
    .unwrap();
    stage.org.faults().set(rules);
    let ask = |object: &str| {
        let path = format!("/query?q=SELECT+Id+FROM+{object}+LIMIT+1");
        let began = Instant::now();
        (
            stage.client.send(Method::GET, &path, None).0,
            began.elapsed(),
        )
    };
    let (status, took) = ask("Account");
    assert_eq!((status, took >= Duration::from_millis(30)), (200, true));
    assert_eq!(ask("Contact").0, 200);
    assert_eq!(ask("Account").0, 418);
    assert_eq!(ask("Account").0, 200);
}

#[test]
fn the_log_tells_of_broken_replies() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let org = demo::start(Options {
        log: Some(log.clone()),
        ..options(&folder.path().join("org"))
    })
    .unwrap();
    let client = Client::login(&org);
    org.faults()
        .add(creating().times(1), Action::Drop(Moment::AfterWork));
    received(sent(&client, "POST", "/sobjects/Account", NEW));
    let text = std::fs::read_to_string(log).unwrap();
    let last: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    assert_eq!(last["broken"], true);
    assert_eq!(
        (&last["method"], &last["status"]),
        (&json!("POST"), &json!(201))
    );
}
