//! What a browser sees: who are you, may this app, yes or no.

use sfw_tui::demo::{SERVER_CLIENT_ID, UNINSTALLED_CLIENT_ID};

use super::*;

const CLI: &str = "response_type=code&client_id=PlatformCLI&redirect_uri=http%3A%2F%2Flocalhost%3A1717%2FOauthRedirect&state=s1&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";
const FORM: [(&str, &str); 1] = [("content-type", "application/x-www-form-urlencoded")];

fn kim(client: &Client) -> String {
    let found = client.query("SELECT Username FROM User WHERE Name = 'Kim Rivera'");
    found["records"][0]["Username"].as_str().unwrap().to_owned()
}

fn ask(client: &Client, form: &str) -> (u16, String, String) {
    let (status, headers, body) =
        client.raw_form("/services/oauth2/authorize", &FORM, form.to_owned());
    let place = header(&headers, "location").unwrap_or_default().to_owned();
    (status, place, String::from_utf8(body).unwrap())
}

#[test]
fn a_person_picks_a_user_and_says_yes_or_no() {
    let stage = stage();
    let client = &stage.client;
    let kim = encode(&kim(client));
    let (status, _, page) = ask(client, CLI);
    assert_eq!(status, 200);
    assert!(
        page.contains("name=\"user\"")
            && page.contains("Kim Rivera")
            && !page.contains("Martin Doyle")
    );
    // As the CLI itself asks.
    let bare = CLI.replace("&code_challenge_method=S256", "");
    assert_eq!(ask(client, &bare).0, 200);
    let (status, _, page) = ask(client, &format!("{CLI}&user={kim}"));
    assert!(
        status == 200
            && page.contains("Salesforce CLI is asking to")
            && page.contains("value=\"deny\""),
        "{page}"
    );
    let (status, place, _) = ask(client, &format!("{CLI}&user={kim}&answer=deny"));
    assert_eq!(status, 302);
    assert_eq!(
        place,
        "http://localhost:1717/OauthRedirect?error=access_denied&error_description=end-user%20denied%20authorization&state=s1"
    );
    let (_, place, _) = ask(client, &format!("{CLI}&user={kim}&answer=allow"));
    assert!(
        place.starts_with("http://localhost:1717/OauthRedirect?code=aPrx")
            && place.ends_with("&state=s1")
    );
    // Asked once; again only where the app wants it.
    assert_eq!(ask(client, &format!("{CLI}&user={kim}")).0, 302);
    assert_eq!(
        ask(client, &format!("{CLI}&user={kim}&prompt=consent")).0,
        200
    );
    let (status, _, page) = ask(client, &format!("{CLI}&user=nobody&answer=allow"));
    assert!(status == 200 && page.contains("check your username"));
    // This program's own app is shown the page when it asks for it.
    let own = CLI.replace("PlatformCLI", CLIENT_ID);
    assert_eq!(ask(client, &own).0, 302);
    assert_eq!(ask(client, &format!("{own}&prompt=login")).0, 200);
}

#[test]
fn wishes_nobody_may_have_are_refused_where_they_belong() {
    let stage = stage();
    let client = &stage.client;
    let (status, place, page) = ask(client, &CLI.replace("OauthRedirect", "Elsewhere"));
    assert!(
        status == 400 && place.is_empty() && page.contains("redirect_uri must match configuration")
    );
    let (status, _, page) = ask(client, &CLI.replace("PlatformCLI", "x"));
    assert!(status == 400 && page.contains("client identifier invalid"));
    let (_, place, _) = ask(client, &CLI.replace("PlatformCLI", UNINSTALLED_CLIENT_ID));
    assert!(
        place.contains(
            "error=invalid_client&error_description=app%20must%20be%20installed%20into%20org"
        ),
        "{place}"
    );
    let (_, place, _) = ask(client, &format!("{CLI}&scope=money"));
    assert!(place.contains("error=invalid_scope"), "{place}");
    let (_, place, _) = ask(
        client,
        &CLI.replace("code_challenge_method=S256", "code_challenge_method=plain"),
    );
    assert!(place.contains("error=invalid_request"), "{place}");
}

#[test]
fn a_code_is_for_the_app_it_was_made_for() {
    let stage = stage();
    let client = &stage.client;
    let kim = encode(&kim(client));
    let (_, place, _) = ask(client, &format!("{CLI}&user={kim}&answer=allow"));
    let code = place
        .split("code=")
        .nth(1)
        .unwrap()
        .split('&')
        .next()
        .unwrap()
        .to_owned();
    let fields = |id: &'static str| {
        [
            ("grant_type", "authorization_code"),
            ("client_id", id),
            ("redirect_uri", "http://localhost:1717/OauthRedirect"),
            ("code_verifier", VERIFIER),
        ]
    };
    let mut wrong = fields(CLIENT_ID).to_vec();
    wrong.push(("code", &code));
    assert_eq!(client.token(&wrong).1["error"], "invalid_client_id");
    // That try used it up.
    let mut right = fields("PlatformCLI").to_vec();
    right.push(("code", &code));
    assert_eq!(
        client.token(&right).1["error_description"],
        "expired authorization code"
    );
    // An app that must keep a secret gives it here, too.
    let mut secretless = fields(SERVER_CLIENT_ID).to_vec();
    secretless.push(("code", "x"));
    assert_eq!(client.token(&secretless).1["error"], "invalid_client");
}

#[test]
fn a_device_waits_until_its_person_has_answered() {
    let stage = stage();
    let client = &stage.client;
    let kim = encode(&kim(client));
    let start = || {
        let fields = [
            ("response_type", "device_code"),
            ("client_id", CLIENT_ID),
            ("scope", "api refresh_token"),
        ];
        let (status, body) = client.token(&fields);
        assert_eq!(status, 200, "{body}");
        assert_eq!(
            body["verification_uri"],
            format!("{}/setup/connect", client.base)
        );
        let word = |name: &str| body[name].as_str().unwrap().to_owned();
        (word("device_code"), word("user_code"))
    };
    let poll = |code: &str| {
        client.token(&[
            ("grant_type", "device"),
            ("client_id", CLIENT_ID),
            ("code", code),
        ])
    };
    let type_in = |form: String| {
        let (status, _, body) = client.raw_form("/setup/connect", &FORM, form);
        (status, String::from_utf8(body).unwrap())
    };
    let (device, code) = start();
    assert_eq!(poll(&device).1["error"], "authorization_pending");
    assert_eq!(poll(&device).1["error"], "slow_down");
    assert!(
        type_in("user_code=NOPE2345".into())
            .1
            .contains("isn&#39;t valid")
    );
    assert!(
        type_in(format!("user_code={code}"))
            .1
            .contains("Kim Rivera")
    );
    assert!(
        type_in(format!("user_code={code}&user={kim}"))
            .1
            .contains("Allow")
    );
    assert!(
        type_in(format!("user_code={code}&user={kim}&answer=allow"))
            .1
            .contains("Connected")
    );
    let (status, body) = poll(&device);
    assert_eq!(status, 200, "{body}");
    assert!(body["refresh_token"].is_string());
    assert_eq!(poll(&device).1["error"], "invalid_grant");
    let (device, code) = start();
    type_in(format!("user_code={code}&user={kim}&answer=deny"));
    assert_eq!(poll(&device).1["error"], "access_denied");
}

#[test]
fn a_link_lets_a_browser_in_once_and_sends_it_nowhere_else() {
    let stage = stage();
    let client = &stage.client;
    let (status, _, body) = client.raw(Method::POST, "/services/oauth2/singleaccess", &[], None);
    assert_eq!(status, 200);
    let body: Value = serde_json::from_slice(&body).unwrap();
    let link = body["frontdoor_uri"]
        .as_str()
        .unwrap()
        .strip_prefix(&client.base)
        .unwrap();
    let stranger = Client::at(&client.base);
    let open = |target: &str| {
        let (status, headers, body) = stranger.raw(Method::GET, target, &[], None);
        (
            status,
            header(&headers, "location").unwrap_or_default().to_owned(),
            String::from_utf8(body).unwrap(),
        )
    };
    let (status, _, page) = open(link);
    assert!(
        status == 200 && page.contains("Kim Rivera is logged in"),
        "{page}"
    );
    assert_eq!(open(link).0, 302);
    let session = format!("/secur/frontdoor.jsp?sid={}", encode(&client.token));
    assert_eq!(open(&session).0, 200);
    let away = open(&format!("{session}&retURL=https%3A%2F%2Fevil.example%2F"));
    assert!(away.0 == 200 && away.1.is_empty());
    assert_eq!(
        open("/secur/frontdoor.jsp?sid=nope").1,
        format!("{}/login", client.base)
    );
    assert!(open("/").2.contains("Log in to the demo org"));
}
