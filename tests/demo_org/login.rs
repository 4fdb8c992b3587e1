//! Logging in, and what opens without it.

use super::*;

#[test]
fn login_gives_tokens_that_work_and_codes_that_work_once() {
    let stage = stage();
    let client = &stage.client;
    assert!(client.token.starts_with("00D") && client.token.contains("!AQ"));
    let code = client.code();
    let grant = |code: &str, verifier: &str| {
        client.token(&[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("client_id", CLIENT_ID),
            ("redirect_uri", REDIRECT),
            ("code_verifier", verifier),
        ])
    };
    assert_eq!(
        grant(&code, &"x".repeat(43)).1["error_description"],
        "invalid code verifier"
    );
    assert_eq!(
        grant(&code, VERIFIER).1["error_description"],
        "expired authorization code"
    );
    let code = client.code();
    assert_eq!(grant(&code, VERIFIER).0, 200);
    assert_eq!(grant(&code, VERIFIER).1["error"], "invalid_grant");

    let refreshed = client.token(&[
        ("grant_type", "refresh_token"),
        ("refresh_token", &client.refresh),
        ("client_id", CLIENT_ID),
    ]);
    assert_eq!(refreshed.0, 200);
    assert_eq!(refreshed.1["instance_url"], stage.org.base_url());
    assert!(refreshed.1.get("refresh_token").is_none() && refreshed.1.get("expires_in").is_none());
    let dead = client.token(&[
        ("grant_type", "refresh_token"),
        ("refresh_token", "no"),
        ("client_id", CLIENT_ID),
    ]);
    assert_eq!(
        (dead.0, dead.1["error_description"].as_str()),
        (400, Some("expired access/refresh token"))
    );
    let stranger = client.token(&[
        ("grant_type", "refresh_token"),
        ("refresh_token", &client.refresh),
        ("client_id", "x"),
    ]);
    assert_eq!(stranger.1["error"], "invalid_client_id");
}

#[test]
fn authorize_sends_codes_to_loopback_addresses_only() {
    let stage = stage();
    let ask = |query: String| {
        stage.client.raw(
            Method::GET,
            &format!("/services/oauth2/authorize?{query}"),
            &[],
            None,
        )
    };
    let good = format!(
        "response_type=code&client_id={CLIENT_ID}&code_challenge={CHALLENGE}&code_challenge_method=S256"
    );
    assert_eq!(
        ask(format!("{good}&redirect_uri=https%3A%2F%2Fevil.example%2F")).0,
        400
    );
    assert_eq!(
        ask(format!(
            "response_type=code&client_id=x&redirect_uri={REDIRECT}"
        ))
        .0,
        400
    );
    let (status, headers, _) = ask(format!(
        "response_type=token&client_id={CLIENT_ID}&redirect_uri={REDIRECT}&state=1"
    ));
    assert_eq!(status, 302);
    let place = header(&headers, "location").unwrap();
    assert!(place.contains("error=unsupported_response_type") && place.ends_with("&state=1"));
}

#[test]
fn identity_is_the_same_everywhere_and_revoked_tokens_are_dead() {
    let stage = stage();
    let client = &stage.client;
    let (status, _, body) = client.raw(Method::GET, "/services/oauth2/userinfo", &[], None);
    assert_eq!(status, 200);
    let info: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(info["name"], "Kim Rivera");
    let place = info["sub"]
        .as_str()
        .unwrap()
        .strip_prefix(stage.org.base_url())
        .unwrap();
    let (status, _, body) = client.raw(Method::GET, place, &[], None);
    assert_eq!(
        (
            status,
            serde_json::from_slice::<Value>(&body).unwrap()["user_id"].clone()
        ),
        (200, info["user_id"].clone())
    );
    let (status, _, body) = client.raw(
        Method::POST,
        &format!(
            "/services/oauth2/introspect?client_id={CLIENT_ID}&token={}",
            encode(&client.token)
        ),
        &[],
        None,
    );
    assert_eq!(
        (
            status,
            serde_json::from_slice::<Value>(&body).unwrap()["active"].clone()
        ),
        (200, json!(true))
    );
    assert_eq!(
        client
            .raw(
                Method::POST,
                &format!("/services/oauth2/revoke?token={}", encode(&client.token)),
                &[],
                None
            )
            .0,
        200
    );
    let (status, body) = client.send(Method::GET, "/limits", None);
    assert_eq!(
        (status, body[0]["errorCode"].as_str()),
        (401, Some("INVALID_SESSION_ID"))
    );
    let (status, _, body) = client.raw(Method::GET, "/services/oauth2/userinfo", &[], None);
    assert_eq!(
        (status, body.as_slice()),
        (403, b"Bad_OAuth_Token".as_slice())
    );
}

#[test]
fn doors_without_a_key_stay_shut() {
    let stage = stage();
    let mut stranger = Client::new(&stage.org);
    assert_eq!(
        stranger.raw(Method::GET, "/services/data", &[], None).0,
        200
    );
    let asked = |client: &Client, headers: &[(&str, &str)]| {
        client.send_with(Method::GET, "/sobjects", headers, None)
    };
    assert_eq!(
        asked(&stranger, &[]).1[0]["errorCode"],
        "INVALID_SESSION_ID"
    );
    assert_eq!(
        asked(&stranger, &[("authorization", "Basic eDp5")]).1[0]["message"],
        "INVALID_HEADER_TYPE"
    );
    stranger.token = "00Dxx!AQnope".into();
    assert_eq!(asked(&stranger, &[]).0, 401);
    let (status, _, _) = stage
        .client
        .raw(Method::GET, "/services/data/v20.0/limits", &[], None);
    assert_eq!(status, 410);
    let (status, _, _) = stage
        .client
        .raw(Method::GET, "/services/data/v99.0/limits", &[], None);
    assert_eq!(status, 404);
}

#[test]
fn the_administrators_token_opens_everything() {
    let folder = tempfile::tempdir().unwrap();
    let org = demo::start(Options {
        token: Some("secret-1".into()),
        ..options(folder.path())
    })
    .unwrap();
    let mut client = Client::new(&org);
    client.token = "secret-1".into();
    assert_eq!(client.get("/limits")["DailyApiRequests"]["Max"], 15000);
    client.token = "secret-2".into();
    assert_eq!(client.send(Method::GET, "/limits", None).0, 401);
}

#[test]
fn a_password_is_set_by_those_who_may_and_opens_the_door() {
    let stage = stage();
    let client = &stage.client;
    let who = client.query("SELECT Id, Username FROM User WHERE Name = 'Tom Becker'");
    let (id, username) = (&who["records"][0]["Id"], &who["records"][0]["Username"]);
    let (id, username) = (id.as_str().unwrap(), username.as_str().unwrap());
    let path = format!("/sobjects/User/{id}/password");
    let set = |client: &Client, body: Value| {
        let (status, reply) = client.send(Method::POST, &path, Some(body));
        (
            status,
            reply[0]["errorCode"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
        )
    };
    let logs_in = |password: &str| {
        let fields = [
            ("grant_type", "password"),
            ("client_id", CLIENT_ID),
            ("username", username),
            ("password", password),
        ];
        client.token(&fields).0 == 200
    };
    assert_eq!(client.get(&path), json!({"isExpired": false}));
    let invalid = (400, "INVALID_NEW_PASSWORD".to_owned());
    for bad in ["a1", "onlyletters", "1234567890", "demo1234"] {
        assert_eq!(set(client, json!({"NewPassword": bad})), invalid, "{bad}");
    }
    assert_eq!(set(client, json!({})).0, 400);
    let sam = Client::login_as(&stage.org, "sam@demo.example");
    let barred = (403, "INSUFFICIENT_ACCESS".to_owned());
    assert_eq!(set(&sam, json!({"NewPassword": "open-sesame-1"})), barred);
    assert!(logs_in("demo1234"), "refused requests changed nothing");

    assert_eq!(set(client, json!({"NewPassword": "open-sesame-1"})).0, 204);
    assert!(logs_in("open-sesame-1") && !logs_in("demo1234"));
    let nobody = "/sobjects/User/005Wt0000000zzzAAA/password";
    assert_eq!(client.send(Method::GET, nobody, None).0, 404);
}
