//! Tokens for machines and for devices: JWT bearer, client credentials, device flow; and
//! the end of a login. Token requests that RFC 6749's own types do not cover.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;

use super::super::client::{self, Http, Response};
use super::super::request::{Purpose, encode};
use super::super::{error, json};
use super::{App, LoginHost, Tokens, told};
use crate::domain::failure::Failure;
use crate::domain::login::Secret;

/// How long a signed request holds: orgs take three minutes at most.
const HOLDS: i64 = 150;

/// A private key that logs in.
pub struct Signer {
    pair: RsaKeyPair,
    /// User name to log in as.
    user: String,
}

impl Signer {
    /// Reads an RSA key in PEM form (PKCS#8 or PKCS#1).
    ///
    /// # Errors
    /// What is wrong with the key, never what is in it.
    pub fn read(pem: &[u8], user: &str) -> Result<Self, Failure> {
        let refuse = |why: &str| Failure::input(&format!("the private key cannot be used: {why}"));
        let key = PrivateKeyDer::from_pem_slice(pem)
            .map_err(|_| refuse("it is no unencrypted private key in PEM form"))?;
        let pair = match &key {
            PrivateKeyDer::Pkcs8(der) => RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()),
            PrivateKeyDer::Pkcs1(der) => RsaKeyPair::from_der(der.secret_pkcs1_der()),
            _ => return Err(refuse("it is no RSA key")),
        };
        Ok(Self {
            pair: pair
                .map_err(|why| refuse(&format!("{why}; RSA of 2048 bits or more is needed")))?,
            user: user.to_owned(),
        })
    }

    fn assertion(
        &self,
        client_id: &str,
        audience: &str,
        now: Timestamp,
    ) -> Result<String, Failure> {
        let claims = json!({
            "iss": client_id,
            "sub": self.user,
            "aud": audience,
            "exp": now.as_second() + HOLDS,
        });
        let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let text = format!("{}.{}", part(&json!({"alg": "RS256"})), part(&claims));
        let mut signature = vec![0; self.pair.public().modulus_len()];
        self.pair
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                text.as_bytes(),
                &mut signature,
            )
            .map_err(|_| Failure::local("the private key signs nothing"))?;
        Ok(format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

/// Whom a signed request is meant for: the login page of all orgs, or a site's own.
fn audience(host: &LoginHost) -> String {
    let name = host.host();
    if name.ends_with(".salesforce.com") {
        return match host.origin().is_sandbox() || name == "test.salesforce.com" {
            true => "https://test.salesforce.com".to_owned(),
            false => "https://login.salesforce.com".to_owned(),
        };
    }
    host.to_string()
}

/// Logs in with a private key; there is nothing to refresh, one signs again.
///
/// # Errors
/// The org's refusal, or no answer.
pub async fn by_jwt(
    http: &Http,
    host: &LoginHost,
    client_id: &str,
    signer: &Signer,
) -> Result<Tokens, Failure> {
    let assertion = signer.assertion(client_id, &audience(host), Timestamp::now())?;
    let form = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
        ("assertion", assertion.as_str()),
    ];
    tokens(http, host, &form).await
}

/// Logs in with the app's own secret, as the user the app runs as.
///
/// # Errors
/// The org's refusal, or no answer.
pub async fn by_client(
    http: &Http,
    host: &LoginHost,
    client_id: &str,
    secret: &Secret,
) -> Result<Tokens, Failure> {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", client_id),
        ("client_secret", secret.expose()),
    ];
    tokens(http, host, &form).await
}

/// A device login under way.
#[derive(Deserialize)]
pub struct DeviceCode {
    device_code: String,
    /// To be typed at the address.
    pub user_code: String,
    /// Where it is typed.
    pub verification_uri: String,
    #[serde(default)]
    interval: Option<u64>,
}

impl DeviceCode {
    /// How long to wait between two questions.
    pub fn interval(&self) -> Duration {
        Duration::from_secs(self.interval.unwrap_or(5).clamp(1, 60))
    }
}

/// Asks for a code to be typed on another device.
///
/// # Errors
/// The org's refusal, or no answer.
pub async fn start_device(http: &Http, host: &LoginHost, app: &App) -> Result<DeviceCode, Failure> {
    let scope = app.scopes.join(" ");
    let form = [
        ("response_type", "device_code"),
        ("client_id", app.client_id.as_str()),
        ("scope", scope.as_str()),
    ];
    let reply = post(http, host, ("token", &form), Purpose::Read).await?;
    match reply.status {
        200 => json::read(&reply.body),
        _ => Err(error::failure(&reply, Purpose::Read)),
    }
}

/// How a device login stands.
pub enum Device {
    /// Nobody typed the code yet.
    Waiting,
    /// Asked too often.
    SlowDown,
    /// It is done.
    Done(Tokens),
}

/// Asks whether the code was typed.
///
/// # Errors
/// Denied, expired, or no answer.
pub async fn poll_device(
    http: &Http,
    host: &LoginHost,
    (client_id, code): (&str, &DeviceCode),
) -> Result<Device, Failure> {
    let form = [
        ("grant_type", "device"),
        ("client_id", client_id),
        ("code", code.device_code.as_str()),
    ];
    match tokens(http, host, &form).await {
        Ok(tokens) => Ok(Device::Done(tokens)),
        Err(failure) => match failure.code.as_str() {
            "authorization_pending" => Ok(Device::Waiting),
            "slow_down" => Ok(Device::SlowDown),
            _ => Err(failure),
        },
    }
}

/// Ends a login: a refresh token takes everything of it along. One the org does not know
/// is ended already.
///
/// # Errors
/// The org's refusal, or no answer.
pub async fn revoke(http: &Http, host: &LoginHost, token: &SecretString) -> Result<(), Failure> {
    let form = [("token", token.expose_secret())];
    let reply = post(http, host, ("revoke", &form), Purpose::Read).await?;
    let failure = match reply.status {
        200..=299 => return Ok(()),
        _ => error::failure(&reply, Purpose::Read),
    };
    match failure.code.as_str() {
        "unsupported_token_type" | "invalid_token" => Ok(()),
        _ => Err(failure),
    }
}

async fn tokens(http: &Http, host: &LoginHost, form: &[(&str, &str)]) -> Result<Tokens, Failure> {
    let reply = post(http, host, ("token", form), Purpose::Read).await?;
    match reply.status {
        200 => Tokens::read(host, &reply.body),
        _ => Err(told(&reply, Purpose::Read)),
    }
}

async fn post(
    http: &Http,
    host: &LoginHost,
    (page, form): (&str, &[(&str, &str)]),
    purpose: Purpose,
) -> Result<Response, Failure> {
    let started = Instant::now();
    let fields: Vec<String> = form
        .iter()
        .map(|(name, value)| format!("{name}={}", encode(value)))
        .collect();
    let builder = http
        .post(host.page(&format!("/services/oauth2/{page}"))?)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("accept", "application/json")
        .body(fields.join("&"));
    client::receive(builder, purpose, host.host(), started).await
}
