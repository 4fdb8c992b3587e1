//! The sender on a bad day: what may have arrived is never called unsent, nothing is
//! sent twice, and the token goes to one place only.

use std::net::TcpListener;

use base64::Engine;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use sfw_tui::domain::failure::FailureKind;
use sfw_tui::domain::record::Fields;
use sfw_tui::domain::write::{Write, WriteStep};
use sfw_tui::sf::client::{self, Client};
use sfw_tui::sf::login::{self, App, LoginHost};
use sfw_tui::sf::origin::Origin;
use sfw_tui::sf::request::Request;
use sfw_tui::sf::version::{self, ApiVersion};
use sfw_tui::sf::{query, write};

use crate::stub::{Act, Asked, Stub, json as reply, whole, with_header};

fn run<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(work)
}

fn client(url: &str) -> Client {
    let origin = Origin::parse(url).unwrap();
    let http = client::http(&origin).unwrap();
    Client::new(http, origin, SecretString::from("canary-token".to_owned()))
}

fn post() -> Request {
    let fields: Fields = json!({"Subject": "x"}).as_object().unwrap().clone();
    let step = WriteStep::Create {
        object: "Task".to_owned(),
        fields,
    };
    let write = Write {
        summary: String::new(),
        steps: vec![step],
        allow_duplicates: false,
    };
    write::plan(&write, ApiVersion(66))
}

fn get() -> Request {
    query::query(ApiVersion(66), "SELECT Id FROM Account")
}

/// A port where nobody listens.
fn dead_url() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

#[test]
fn a_request_carries_token_client_name_and_body_and_reads_what_matters() {
    let stub = Stub::serve(|_, _| Act::Say(reply("201 Created", r#"{"id":"x","success":true}"#)));
    let client = client(&stub.url());
    let response = run(client.send(&post())).unwrap();
    assert_eq!((response.status, response.usage), (201, Some((54, 15000))));
    let asked = &stub.asked()[0];
    assert_eq!(asked.line, "POST /services/data/v66.0/sobjects/Task");
    assert_eq!(asked.header("authorization"), Some("Bearer canary-token"));
    assert_eq!(asked.header("sforce-call-options"), Some("client=sfw-tui"));
    assert_eq!(asked.header("content-type"), Some("application/json"));
    assert!(asked.header("user-agent").unwrap().starts_with("sfw-tui/"));
    assert!(asked.header("accept-encoding").unwrap().contains("gzip"));
    assert_eq!(asked.body, r#"{"Subject":"x"}"#);
}

#[test]
fn a_kept_alive_connection_is_used_again() {
    let stub = Stub::serve(|_, _| Act::Say(reply("200 OK", "{}")));
    let client = client(&stub.url());
    run(async {
        for request in [get(), post(), get()] {
            client.send(&request).await.unwrap();
        }
    });
    assert_eq!((stub.asked().len(), stub.connections()), (3, 1));
}

#[test]
fn a_kept_alive_connection_that_drops_a_write_gets_it_once() {
    let stub = Stub::serve(|place, _| match place {
        0 => Act::Say(reply("200 OK", "{}")),
        _ => Act::Drop,
    });
    let client = client(&stub.url());
    let failure = run(async {
        client.send(&get()).await.unwrap();
        client.send(&post()).await.unwrap_err()
    });
    assert_eq!(failure.kind, FailureKind::OutcomeUnknown, "{failure:?}");
    assert_eq!(stub.posts(), 1, "a write is never sent again by itself");
}

#[test]
fn a_kept_alive_connection_closed_while_idle_costs_a_write_nothing() {
    for round in 0..100 {
        let stub = Stub::serve(|place, _| match place {
            0 => Act::SayAndClose(reply("200 OK", "{}")),
            _ => Act::Say(reply("201 Created", r#"{"id":"x","success":true}"#)),
        });
        let client = client(&stub.url());
        let sends = async {
            client.send(&get()).await.unwrap();
            // Blocks: the client's side cannot have looked at its connection meanwhile.
            stub.hung_up();
            client.send(&post()).await
        };
        // The command line's way and the worker thread's.
        let sent = match round % 2 {
            0 => run(sends),
            _ => run(tokio::task::LocalSet::new().run_until(sends)),
        };
        assert_eq!(sent.unwrap().status, 201);
        assert_eq!(stub.posts(), 1, "processed exactly once");
    }
}

#[test]
fn a_broken_answer_is_told_by_what_may_have_arrived() {
    let whole = reply("201 Created", r#"{"id":"00T8M0000016Wv8","success":true}"#);
    let cut_body = whole[..whole.len() - 10].to_owned();
    let cut_head = whole[..20].to_owned();
    let cases = [
        ("no answer", Act::Drop),
        ("half a head", Act::SayAndClose(cut_head)),
        ("half a body", Act::SayAndClose(cut_body)),
    ];
    for (name, act) in cases {
        let stub = Stub::serve(move |_, _| act.clone());
        let client = client(&stub.url());
        let write = run(client.send(&post())).unwrap_err();
        assert_eq!(write.kind, FailureKind::OutcomeUnknown, "{name}: {write:?}");
        let read = run(client.send(&get())).unwrap_err();
        assert_eq!(read.kind, FailureKind::NoConnection, "{name}: {read:?}");
        assert_eq!(stub.asked().len(), 2, "{name}");
    }
}

#[test]
fn what_never_left_is_called_unsent() {
    for url in [dead_url(), "https://sfw-tui.invalid".to_owned()] {
        let failure = run(client(&url).send(&post())).unwrap_err();
        assert_eq!(failure.kind, FailureKind::NoConnection, "{failure:?}");
    }
    let plain = Stub::serve(|_, _| Act::Drop);
    let failure = run(client(&plain.url().replace("http:", "https:")).send(&post())).unwrap_err();
    assert_eq!(
        failure.kind,
        FailureKind::NoConnection,
        "no TLS there: {failure:?}"
    );
}

#[test]
fn redirects_are_shown_and_not_followed() {
    let other = Stub::serve(|_, _| Act::Say(reply("200 OK", "[]")));
    let place = format!("location: {}/services/data", other.url());
    let stub = Stub::serve(move |_, _| Act::Say(with_header("302 Found", &place)));
    let client = client(&stub.url());
    for request in [version::versions(), post()] {
        let failure = run(client.read(&request)).unwrap_err();
        assert_eq!(failure.kind, FailureKind::BadReply, "{failure:?}");
    }
    assert_eq!(other.asked().len(), 0);
}

#[test]
fn a_next_page_on_another_host_is_not_fetched() {
    let other = Stub::serve(|_, _| Act::Say(reply("200 OK", "[]")));
    let stub = Stub::serve(|_, _| Act::Say(reply("200 OK", r#"{"records":[],"done":true}"#)));
    let client = client(&stub.url());
    let foreign = [
        format!("{}/services/data/v66.0/query/01g-2000", other.url()),
        format!("//{}/x", other.url().trim_start_matches("http://")),
        "http://169.254.169.254/latest/meta-data".to_owned(),
    ];
    for locator in foreign {
        let failure = run(client.read(&query::next(&locator))).unwrap_err();
        assert_eq!(failure.kind, FailureKind::BadReply, "{locator}");
    }
    assert_eq!((stub.asked().len(), other.asked().len()), (0, 0));
    let own = format!("{}/services/data/v66.0/query/01g-2000", stub.url());
    assert!(run(client.read(&query::next(&own))).is_ok());
}

#[test]
fn a_reply_that_is_no_json_is_one_clear_failure() {
    let page = "<html><head><title>Sign in to HotelWiFi</title></head></html>";
    for (status, kind) in [
        ("200 OK", FailureKind::BadReply),
        ("503 Service Unavailable", FailureKind::Server),
    ] {
        let stub = Stub::serve(move |_, _| Act::Say(reply(status, page)));
        let outcome = run(client(&stub.url()).read(&get()))
            .and_then(|response| query::read_rows(&response.body));
        let failure = outcome.unwrap_err();
        assert_eq!(failure.kind, kind, "{failure:?}");
        assert!(failure.message.contains("HotelWiFi"), "{failure:?}");
    }
}

#[test]
fn packed_replies_are_unpacked() {
    let packed = "H4sIAAAAAAACA6tWKskvScwJzqxKVbIy11FKyc8DMkqKSlN1lIpSk/OLUoqVrKJjawEuZvJsKAAAAA==";
    let packed = base64::engine::general_purpose::STANDARD
        .decode(packed)
        .unwrap();
    let stub =
        Stub::serve(move |_, _| Act::Say(whole("200 OK", "content-encoding: gzip", &packed)));
    let response = run(client(&stub.url()).read(&get())).unwrap();
    assert_eq!(query::read_rows(&response.body).unwrap().total, 7);
}

#[test]
fn an_endless_reply_is_cut_off() {
    let stub = Stub::serve(|_, _| {
        let body = "x".repeat(33 << 20);
        Act::SayAndClose(reply("200 OK", &body))
    });
    let failure = run(client(&stub.url()).send(&get())).unwrap_err();
    assert_eq!(failure.kind, FailureKind::BadReply, "{failure:?}");
}

#[test]
fn a_token_that_cannot_be_a_header_is_refused_before_sending() {
    let stub = Stub::serve(|_, _| Act::Say(reply("200 OK", "{}")));
    let client = client(&stub.url()).with_token(SecretString::from("canary\ntoken".to_owned()));
    let failure = run(client.send(&get())).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Input);
    assert!(!failure.message.contains("canary"));
    assert_eq!(stub.asked().len(), 0);
}

fn app() -> App {
    App {
        client_id: "sfw-tui".to_owned(),
        redirect_uri: "http://localhost:17171/callback".to_owned(),
        scopes: vec!["api".to_owned()],
        user: None,
    }
}

/// Answers the login page by a redirect with the given state, and the token request.
fn login_stub(tamper: fn(String) -> String, token: &'static str) -> Stub {
    Stub::serve(
        move |_, asked| match asked.line.starts_with("GET /services/oauth2/authorize?") {
            true => {
                let state = value(&asked.line, "state");
                let place = format!(
                    "location: http://localhost:17171/callback?code=aPrx&state={}",
                    tamper(state)
                );
                Act::Say(with_header("302 Found", &place))
            }
            false => Act::Say(token_reply(asked, token)),
        },
    )
}

fn value(query: &str, name: &str) -> String {
    let (_, tail) = query.split_once(&format!("{name}=")).unwrap();
    tail.split(['&', ' ']).next().unwrap().to_owned()
}

fn token_reply(asked: &Asked, body: &str) -> Vec<u8> {
    let address = format!("http://{}", asked.header("host").unwrap());
    match body.contains("access_token") {
        true => reply("200 OK", &body.replace("ORG", &address)),
        false => reply("400 Bad Request", body),
    }
}

const TOKEN: &str = r#"{"access_token":"00D!AQ","refresh_token":"5Aep","instance_url":"ORG","id":"ORG/id/00D/005","token_type":"Bearer","issued_at":"1"}"#;

fn log_in(stub: &Stub) -> Result<login::Tokens, sfw_tui::domain::failure::Failure> {
    let host = LoginHost::from(Origin::parse(&stub.url()).unwrap());
    let http = client::http(host.origin()).unwrap();
    run(login::authorize_headless(&http, &host, &app()))
}

#[test]
fn a_local_org_logs_in_by_code_and_verifier() {
    let stub = login_stub(|state| state, TOKEN);
    let tokens = log_in(&stub).unwrap();
    assert_eq!(tokens.access.expose_secret(), "00D!AQ");
    assert_eq!(tokens.instance.to_string(), stub.url());
    let asked = stub.asked();
    assert_eq!(asked[1].line, "POST /services/oauth2/token");
    assert_eq!(value(&asked[1].body, "grant_type"), "authorization_code");
    assert_eq!(value(&asked[1].body, "code"), "aPrx");
    assert_eq!(value(&asked[1].body, "client_id"), "sfw-tui");
    assert!(value(&asked[1].body, "code_verifier").len() >= 43);
    assert!(!asked[1].body.contains("client_secret"));
    assert_eq!(stub.connections(), 1, "login and data share the connection");
}

#[test]
fn a_login_with_another_state_or_a_refusal_gives_no_token() {
    let forged = log_in(&login_stub(|_| "forged".to_owned(), TOKEN)).unwrap_err();
    assert_eq!(forged.kind, FailureKind::Login, "{forged:?}");
    let refused = r#"{"error":"invalid_grant","error_description":"expired authorization code"}"#;
    let refused = log_in(&login_stub(|state| state, refused)).unwrap_err();
    assert_eq!(
        (refused.kind, refused.code.as_str()),
        (FailureKind::Login, "invalid_grant")
    );
    let odd = log_in(&login_stub(|state| state, r#"{"access_token":"canary"}"#)).unwrap_err();
    assert!(
        odd.kind == FailureKind::BadReply && !format!("{odd:?}").contains("canary"),
        "{odd:?}"
    );
}

#[test]
fn a_refresh_sends_the_refresh_token_and_may_bring_a_new_one() {
    let stub = login_stub(|state| state, TOKEN);
    let host = LoginHost::from(Origin::parse(&stub.url()).unwrap());
    let http = client::http(host.origin()).unwrap();
    let old = SecretString::from("5Aep-old".to_owned());
    let tokens = run(login::refresh(&http, &host, &app(), &old)).unwrap();
    assert_eq!(tokens.refresh.unwrap().expose_secret(), "5Aep");
    let body = &stub.asked()[0].body;
    assert_eq!(value(body, "grant_type"), "refresh_token");
    assert_eq!(value(body, "refresh_token"), "5Aep-old");
}

#[test]
fn an_org_elsewhere_never_logs_in_by_itself() {
    let host = LoginHost::from(Origin::parse("https://acme.my.salesforce.com").unwrap());
    let http = client::http(host.origin()).unwrap();
    let failure = run(login::authorize_headless(&http, &host, &app())).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Input);
}
