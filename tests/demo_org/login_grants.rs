//! Every way to a session, and every refusal of the token endpoint.

use base64::Engine;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use sfw_tui::demo::{
    CLIENT_SECRET, JwtKey, LoginPolicy, SERVER_CLIENT_ID, SERVER_CLIENT_SECRET,
    UNINSTALLED_CLIENT_ID,
};

use super::*;

const PASSWORD: &str = "demo1234";

fn stage_with(login: LoginPolicy) -> Stage {
    let folder = tempfile::tempdir().unwrap();
    let org = demo::start(Options {
        login,
        ..options(folder.path())
    })
    .unwrap();
    Stage {
        client: Client::login(&org),
        org,
        folder,
    }
}

/// The user name of a person of the story.
fn username(client: &Client, name: &str) -> String {
    let found = client.query(&format!("SELECT Username FROM User WHERE Name = '{name}'"));
    found["records"][0]["Username"].as_str().unwrap().to_owned()
}

fn refusal(answer: (u16, Value)) -> (u16, String, String) {
    let word = |name: &str| answer.1[name].as_str().unwrap_or_default().to_owned();
    (answer.0, word("error"), word("error_description"))
}

fn expected(error: &str, text: &str) -> (u16, String, String) {
    (400, error.to_owned(), text.to_owned())
}

fn userinfo(client: &Client, token: &str) -> (u16, Vec<u8>) {
    let mut other = Client::at(&client.base);
    other.token = token.to_owned();
    let (status, _, body) = other.raw(Method::GET, "/services/oauth2/userinfo", &[], None);
    (status, body)
}

#[test]
fn a_password_logs_in_with_or_without_the_security_token() {
    let stage = stage();
    let client = &stage.client;
    let kim = username(client, "Kim Rivera");
    let ask = |username: &str, password: &str| {
        client.token(&[
            ("grant_type", "password"),
            ("client_id", CLIENT_ID),
            ("client_secret", CLIENT_SECRET),
            ("username", username),
            ("password", password),
        ])
    };
    let (status, body) = ask(&kim.to_uppercase(), PASSWORD);
    assert_eq!(status, 200, "{body}");
    assert!(body.get("refresh_token").is_none());
    assert_eq!(
        userinfo(client, body["access_token"].as_str().unwrap()).0,
        200
    );
    assert_eq!(ask(&kim, &format!("{PASSWORD}DemoSecurityToken")).0, 200);
    let failed = expected("invalid_grant", "authentication failure");
    assert_eq!(refusal(ask(&kim, "wrong")), failed);
    assert_eq!(refusal(ask("nobody@x.example", PASSWORD)), failed);
    let martin = username(client, "Martin Doyle");
    assert_eq!(
        refusal(ask(&martin, PASSWORD)),
        expected("invalid_grant", "inactive user")
    );
    // Ten wrong tries lock a user, whatever comes then.
    let tom = username(client, "Tom Becker");
    for _ in 0..10 {
        assert_eq!(refusal(ask(&tom, "guess")), failed);
    }
    assert_eq!(refusal(ask(&tom, PASSWORD)), failed);
    assert_eq!(ask(&kim, PASSWORD).0, 200);
}

#[test]
fn apps_are_known_by_name_and_secret() {
    let stage = stage();
    let client = &stage.client;
    let ask = |id: &str, secret: &str| {
        client.token(&[
            ("grant_type", "client_credentials"),
            ("client_id", id),
            ("client_secret", secret),
        ])
    };
    let (status, body) = ask(SERVER_CLIENT_ID, SERVER_CLIENT_SECRET);
    assert_eq!(status, 200, "{body}");
    assert!(body.get("refresh_token").is_none());
    for (id, secret, error, text) in [
        (
            SERVER_CLIENT_ID,
            "wrong",
            "invalid_client",
            "invalid client credentials",
        ),
        (
            SERVER_CLIENT_ID,
            "",
            "invalid_client",
            "invalid client credentials",
        ),
        (
            CLIENT_ID,
            CLIENT_SECRET,
            "invalid_grant",
            "no client credentials user enabled",
        ),
        (
            "3MVGx",
            "x",
            "invalid_client_id",
            "client identifier invalid",
        ),
        (
            UNINSTALLED_CLIENT_ID,
            "none",
            "app_not_found",
            "External client app is not installed in this org",
        ),
    ] {
        assert_eq!(refusal(ask(id, secret)), expected(error, text), "{id}");
    }
    // The generic login hosts do not serve this grant.
    let body = format!(
        "grant_type=client_credentials&client_id={SERVER_CLIENT_ID}&client_secret={SERVER_CLIENT_SECRET}"
    );
    let form = [
        ("host", "login.salesforce.com"),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let (status, _, answer) = client.raw_form("/services/oauth2/token", &form, body.clone());
    let answer: Value = serde_json::from_slice(&answer).unwrap();
    assert_eq!(
        refusal((status, answer)),
        expected("invalid_grant", "request not supported on this domain")
    );
    // The secret may come in the header.
    let basic = base64::engine::general_purpose::STANDARD
        .encode(format!("{SERVER_CLIENT_ID}:{SERVER_CLIENT_SECRET}"));
    let basic = format!("Basic {basic}");
    let form = [
        ("authorization", basic.as_str()),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let (status, _, _) = client.raw_form(
        "/services/oauth2/token",
        &form,
        "grant_type=client_credentials".into(),
    );
    assert_eq!(status, 200);
}

#[test]
fn requests_that_make_no_sense_are_told_so() {
    let stage = stage();
    for (fields, error, text) in [
        (
            vec![],
            "invalid_request",
            "missing required parameter: grant_type",
        ),
        (
            vec![("grant_type", "saml")],
            "unsupported_grant_type",
            "grant type not supported",
        ),
        (
            vec![("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer")],
            "invalid_request",
            "missing required parameter: assertion",
        ),
        (
            vec![
                ("response_type", "device_code"),
                ("client_id", CLIENT_ID),
                ("scope", "api money"),
            ],
            "invalid_scope",
            "the requested scope is not allowed: money",
        ),
    ] {
        assert_eq!(refusal(stage.client.token(&fields)), expected(error, text));
    }
    let (status, _, _) = stage.client.raw(
        Method::POST,
        "/services/oauth2/register",
        &[],
        Some("{}".into()),
    );
    assert_eq!(status, 401);
    let (status, _, _) = stage
        .client
        .raw(Method::GET, "/services/oauth2/token", &[], None);
    assert_eq!(status, 405);
}

#[test]
fn rotation_gives_a_new_token_each_time_and_an_old_one_ends_the_login() {
    let stage = stage_with(LoginPolicy {
        rotate_refresh_tokens: true,
        ..LoginPolicy::default()
    });
    let client = &stage.client;
    let refresh = |token: &str| {
        client.token(&[
            ("grant_type", "refresh_token"),
            ("refresh_token", token),
            ("client_id", CLIENT_ID),
        ])
    };
    let (status, first) = refresh(&client.refresh);
    let second = first["refresh_token"].as_str().unwrap();
    assert_eq!(status, 200);
    assert_ne!(second, client.refresh);
    let (status, third) = refresh(second);
    assert_eq!(status, 200);
    let access = third["access_token"].as_str().unwrap();
    assert_eq!(userinfo(client, access).0, 200);
    // The first token again: a thief and its owner both lose everything.
    let dead = expected("invalid_grant", "expired access/refresh token");
    assert_eq!(refusal(refresh(&client.refresh)), dead);
    assert_eq!(
        refusal(refresh(third["refresh_token"].as_str().unwrap())),
        dead
    );
    assert_eq!(userinfo(client, access), (403, b"Bad_OAuth_Token".to_vec()));
}

#[test]
fn revoking_a_refresh_token_ends_the_sessions_of_that_login_only() {
    let stage = stage();
    let other = Client::login(&stage.org);
    let target = format!(
        "/services/oauth2/revoke?token={}",
        encode(&stage.client.refresh)
    );
    assert_eq!(stage.client.raw(Method::POST, &target, &[], None).0, 200);
    assert_eq!(stage.client.send(Method::GET, "/limits", None).0, 401);
    assert_eq!(other.send(Method::GET, "/limits", None).0, 200);
    let (status, _, body) = other.raw(Method::POST, &target, &[], None);
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(
        (status, body["error"].as_str()),
        (400, Some("unsupported_token_type"))
    );
}

#[test]
fn sessions_end_when_left_alone_and_codes_need_their_challenge() {
    let stage = stage_with(LoginPolicy {
        session_lifetime: std::time::Duration::ZERO,
        ..LoginPolicy::default()
    });
    let (status, body) = stage.client.send(Method::GET, "/limits", None);
    assert_eq!(status, 401);
    assert_eq!(body[0]["message"], "Session expired or invalid");

    let stage = stage_with(LoginPolicy {
        require_pkce: true,
        ..LoginPolicy::default()
    });
    let (status, headers, _) = stage.client.raw(
        Method::GET,
        &format!("/services/oauth2/authorize?response_type=code&client_id={CLIENT_ID}&redirect_uri={REDIRECT}"),
        &[],
        None,
    );
    assert_eq!(status, 302);
    assert!(
        header(&headers, "location")
            .unwrap()
            .contains("error=invalid_request")
    );
}

#[test]
fn a_session_without_the_api_scope_opens_no_data() {
    let stage = stage();
    let client = &stage.client;
    let place = client.authorized("scope=openid%20id&nonce=n-1");
    let (_, body) = client.exchange(&place);
    let mut other = Client::at(&client.base);
    other.token = body["access_token"].as_str().unwrap().to_owned();
    assert!(body.get("refresh_token").is_none());
    let (status, refused) = other.send(Method::GET, "/limits", None);
    assert_eq!(
        (status, refused[0]["message"].as_str()),
        (401, Some("INVALID_SCOPES"))
    );

    // The id token is signed with the key the org publishes.
    let token = body["id_token"].as_str().unwrap();
    let (text, signature) = token.rsplit_once('.').unwrap();
    let (_, _, keys) = client.raw(Method::GET, "/id/keys", &[], None);
    let keys: Value = serde_json::from_slice(&keys).unwrap();
    let bytes = |text: &str| {
        base64::engine::general_purpose::URL_SAFE_NO_PAD
            .decode(text)
            .unwrap()
    };
    let key = ring::signature::RsaPublicKeyComponents {
        n: bytes(keys["keys"][0]["n"].as_str().unwrap()),
        e: bytes(keys["keys"][0]["e"].as_str().unwrap()),
    };
    let algorithm = &ring::signature::RSA_PKCS1_2048_8192_SHA256;
    key.verify(algorithm, text.as_bytes(), &bytes(signature))
        .unwrap();
    let claims: Value = serde_json::from_slice(&bytes(text.split_once('.').unwrap().1)).unwrap();
    assert_eq!(
        (claims["nonce"].as_str(), claims["aud"].as_str()),
        (Some("n-1"), Some(CLIENT_ID))
    );
    // And the reply itself with the consumer secret.
    let signed = format!(
        "{}{}",
        body["id"].as_str().unwrap(),
        body["issued_at"].as_str().unwrap()
    );
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, CLIENT_SECRET.as_bytes());
    let signature = base64::engine::general_purpose::STANDARD
        .decode(body["signature"].as_str().unwrap())
        .unwrap();
    ring::hmac::verify(&key, signed.as_bytes(), &signature).unwrap();
}

#[test]
fn a_jwt_logs_in_whom_its_key_may() {
    let certificate = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/demo_org/jwt-certificate.pem"
    );
    let stage = stage_with(LoginPolicy {
        jwt_keys: vec![JwtKey::read(certificate.as_ref()).unwrap()],
        ..LoginPolicy::default()
    });
    let client = &stage.client;
    let (kim, tom) = (
        username(client, "Kim Rivera"),
        username(client, "Tom Becker"),
    );
    let martin = username(client, "Martin Doyle");
    let later = jiff::Timestamp::now().as_second() + 180;
    let login = "https://login.salesforce.com";
    let ask = |claims: Value| {
        client.token(&[
            ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
            ("assertion", &signed_jwt(&claims)),
        ])
    };
    let claims = |iss: &str, sub: &str, aud: &str, exp: i64| json!({"iss": iss, "sub": sub, "aud": aud, "exp": exp});
    for aud in [login, "https://test.salesforce.com", &client.base] {
        let (status, body) = ask(claims("PlatformCLI", &kim, aud, later));
        assert_eq!(status, 200, "{aud}: {body}");
        assert!(body.get("refresh_token").is_none());
    }
    for (claims, error, text) in [
        (
            claims(CLIENT_ID, &kim, "https://x.example", later),
            "invalid_grant",
            "Audience validation failed",
        ),
        (
            claims(CLIENT_ID, &kim, login, later - 400),
            "invalid_grant",
            "expired authorization code",
        ),
        (
            claims(CLIENT_ID, &tom, login, later),
            "invalid_grant",
            "user hasn't approved this consumer",
        ),
        (
            claims(CLIENT_ID, &martin, login, later),
            "invalid_grant",
            "inactive user",
        ),
        (
            claims("nobody", &kim, login, later),
            "invalid_client_id",
            "client identifier invalid",
        ),
    ] {
        assert_eq!(refusal(ask(claims)), expected(error, text));
    }
    // Once the user has said yes in a browser, the key is enough.
    let place = client.authorized(&format!("login_hint={}", encode(&tom)));
    assert!(place.contains("code="));
    assert_eq!(ask(claims(CLIENT_ID, &tom, login, later)).0, 200);
    // Some clients write the time as text.
    let text = json!({"iss": CLIENT_ID, "sub": kim, "aud": login, "exp": later.to_string()});
    assert_eq!(ask(text).0, 200);
    // A signature of nobody the org knows.
    let whole = signed_jwt(&claims(CLIENT_ID, &kim, login, later));
    let forged = format!("{}AAAA", &whole[..whole.len() - 4]);
    let answer = client.token(&[
        ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
        ("assertion", &forged),
    ]);
    assert_eq!(
        refusal(answer),
        expected("invalid_grant", "invalid assertion")
    );
}

fn signed_jwt(claims: &Value) -> String {
    let key = include_bytes!("../../assets/demo/identity-key.der");
    let key = RsaKeyPair::from_der(key).unwrap();
    let part = |bytes: &[u8]| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes);
    let text = format!(
        "{}.{}",
        part(br#"{"alg":"RS256"}"#),
        part(claims.to_string().as_bytes())
    );
    let mut signature = vec![0; key.public().modulus_len()];
    let random = ring::rand::SystemRandom::new();
    key.sign(&RSA_PKCS1_SHA256, &random, text.as_bytes(), &mut signature)
        .unwrap();
    format!("{text}.{}", part(&signature))
}

#[test]
fn an_address_outside_the_profiles_ranges_is_refused_everywhere() {
    let stage = stage();
    let tom = username(&stage.client, "Tom Becker");
    let stage = stage_with(LoginPolicy {
        ip_restricted: vec![tom.clone()],
        ..LoginPolicy::default()
    });
    let client = &stage.client;
    let answer = client.token(&[
        ("grant_type", "password"),
        ("client_id", CLIENT_ID),
        ("username", &tom),
        ("password", PASSWORD),
    ]);
    assert_eq!(refusal(answer), expected("invalid_grant", "ip restricted"));
    let (status, _, body) = client.raw(
        Method::GET,
        &format!(
            "/services/oauth2/authorize?response_type=code&client_id={CLIENT_ID}&redirect_uri={REDIRECT}&login_hint={}",
            encode(&tom)
        ),
        &[],
        None,
    );
    let page = String::from_utf8(body).unwrap();
    assert!(
        status == 200 && page.contains("log in from this IP address"),
        "{page}"
    );
}
