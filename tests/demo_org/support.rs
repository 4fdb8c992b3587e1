//! A small client for the tests: logs in like an app, sends JSON, gives status and body.

use std::path::Path;

use reqwest::{Method, Response};
use serde_json::Value;
use sfw_tui::demo::{CLIENT_ID, Options, Org};
use tokio::runtime::Runtime;

/// Options of a demo org on a free port.
pub fn options(folder: &Path) -> Options {
    Options {
        data: folder.to_owned(),
        ..Options::default()
    }
}

/// A logged-in client.
pub struct Client {
    runtime: Runtime,
    http: reqwest::Client,
    pub base: String,
    pub token: String,
    pub refresh: String,
}

/// Verifier and challenge of RFC 7636, appendix B.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
pub const REDIRECT: &str = "http://localhost:17171/callback";

impl Client {
    /// A client without a session.
    pub fn new(org: &Org) -> Self {
        Self::at(org.base_url())
    }

    /// A client without a session, by the org's address.
    pub fn at(base: &str) -> Self {
        // Another test of this process may have done it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .unwrap();
        Self {
            runtime,
            http,
            base: base.to_owned(),
            token: String::new(),
            refresh: String::new(),
        }
    }

    /// A client that went through authorize and token.
    pub fn login(org: &Org) -> Self {
        Self::login_as(org, "kim@demo.example")
    }

    /// A client of another user.
    pub fn login_as(org: &Org, username: &str) -> Self {
        let mut client = Self::new(org);
        let code = client.code_for(username);
        let body = client.token(&[
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("client_id", CLIENT_ID),
            ("redirect_uri", REDIRECT),
            ("code_verifier", VERIFIER),
        ]);
        client.token = body.1["access_token"].as_str().unwrap().to_owned();
        client.refresh = body.1["refresh_token"].as_str().unwrap().to_owned();
        client
    }

    /// An authorization code.
    pub fn code(&self) -> String {
        self.code_for("kim@demo.example")
    }

    fn code_for(&self, username: &str) -> String {
        let target = format!(
            "/services/oauth2/authorize?response_type=code&client_id={CLIENT_ID}&redirect_uri={REDIRECT}&state=s%261&code_challenge={CHALLENGE}&code_challenge_method=S256&login_hint={}",
            encode(username)
        );
        let reply = self.raw(Method::GET, &target, &[], None);
        assert_eq!(reply.0, 302);
        let place = reply
            .1
            .iter()
            .find(|(name, _)| name == "location")
            .unwrap()
            .1
            .clone();
        assert!(
            place.starts_with(REDIRECT) && place.ends_with("&state=s%261"),
            "{place}"
        );
        place
            .split("code=")
            .nth(1)
            .unwrap()
            .split('&')
            .next()
            .unwrap()
            .replace("%2E", ".")
    }

    /// Where `authorize` sends an app that also says `wish`.
    pub fn authorized(&self, wish: &str) -> String {
        let target = format!(
            "/services/oauth2/authorize?response_type=code&client_id={CLIENT_ID}&redirect_uri={REDIRECT}&code_challenge={CHALLENGE}&code_challenge_method=S256&{wish}"
        );
        let reply = self.raw(Method::GET, &target, &[], None);
        assert_eq!(reply.0, 302);
        let place = reply.1.into_iter().find(|(name, _)| name == "location");
        place.unwrap().1
    }

    /// Trades in the code of such a place.
    pub fn exchange(&self, place: &str) -> (u16, Value) {
        let code = place
            .split("code=")
            .nth(1)
            .unwrap()
            .split('&')
            .next()
            .unwrap();
        self.token(&[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("client_id", CLIENT_ID),
            ("redirect_uri", REDIRECT),
            ("code_verifier", VERIFIER),
        ])
    }

    /// Sends a form, without a session.
    pub fn raw_form(
        &self,
        target: &str,
        headers: &[(&str, &str)],
        form: String,
    ) -> (u16, Vec<(String, String)>, Vec<u8>) {
        let mut stranger = Self::at(&self.base);
        stranger.token = String::new();
        stranger.raw(Method::POST, target, headers, Some(form))
    }

    /// Asks the token endpoint.
    pub fn token(&self, fields: &[(&str, &str)]) -> (u16, Value) {
        let url = format!("{}/services/oauth2/token", self.base);
        let request = self.http.post(url).form(fields);
        self.runtime.block_on(async {
            let reply = request.send().await.unwrap();
            (reply.status().as_u16(), reply.json().await.unwrap())
        })
    }

    /// Any call: status, headers, body.
    pub fn raw(
        &self,
        method: Method,
        target: &str,
        headers: &[(&str, &str)],
        body: Option<String>,
    ) -> (u16, Vec<(String, String)>, Vec<u8>) {
        let mut request = self.http.request(method, format!("{}{target}", self.base));
        if !self.token.is_empty() {
            request = request.bearer_auth(&self.token);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            if !headers.iter().any(|(name, _)| *name == "content-type") {
                request = request.header("content-type", "application/json");
            }
            request = request.body(body);
        }
        self.runtime.block_on(async {
            let reply: Response = request.send().await.unwrap();
            let status = reply.status().as_u16();
            let headers = reply
                .headers()
                .iter()
                .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
                .collect();
            (status, headers, reply.bytes().await.unwrap().to_vec())
        })
    }

    /// A POST of any bytes below `/services/data/v62.0`.
    pub fn bytes(&self, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> (u16, Value) {
        let url = format!("{}/services/data/v62.0{path}", self.base);
        let mut request = self.http.post(url).bearer_auth(&self.token).body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.runtime.block_on(async {
            let reply = request.send().await.unwrap();
            let status = reply.status().as_u16();
            let body = reply.bytes().await.unwrap();
            (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
        })
    }

    /// A data call below `/services/data/v62.0`.
    pub fn send(&self, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
        self.send_with(method, path, &[], body)
    }

    /// The same with headers.
    pub fn send_with(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Value>,
    ) -> (u16, Value) {
        let (status, _, bytes) = self.raw(
            method,
            &format!("/services/data/v62.0{path}"),
            headers,
            body.map(|body| body.to_string()),
        );
        (
            status,
            serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        )
    }

    /// The same, of a reply that refuses: status, code and words of its first fault.
    pub fn refused(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> (u16, String, String) {
        let (status, reply) = self.send(method, path, body);
        let text = |key: &str| reply[0][key].as_str().unwrap_or_default().to_owned();
        (status, text("errorCode"), text("message"))
    }

    /// A GET that must succeed.
    pub fn get(&self, path: &str) -> Value {
        let (status, body) = self.send(Method::GET, path, None);
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    /// A query that must succeed.
    pub fn query(&self, soql: &str) -> Value {
        self.get(&format!("/query?q={}", encode(soql)))
    }

    /// The refusal of a query.
    pub fn query_fault(&self, soql: &str) -> Value {
        let (status, body) = self.send(Method::GET, &format!("/query?q={}", encode(soql)), None);
        assert_eq!(status, 400, "{soql}: {body}");
        body[0].clone()
    }

    /// Creates a row, gives its id.
    pub fn create(&self, object: &str, body: Value) -> String {
        let (status, reply) = self.send(Method::POST, &format!("/sobjects/{object}"), Some(body));
        assert_eq!(status, 201, "{reply}");
        reply["id"].as_str().unwrap().to_owned()
    }
}

/// Percent-encodes a query value.
pub fn encode(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}
