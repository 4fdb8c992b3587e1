//! Logging in (Help, "OAuth 2.0 Web Server Flow"): authorize with PKCE, token, revoke,
//! introspect. Secrets are kept and compared as hashes only. Knows no objects but `User`.

mod identity;
mod tokens;

pub use identity::{discovery, identity, userinfo};
pub use tokens::{Kind, expire, session, store_hash};

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::story;
use super::wire::{Reply, Request, encode};
use tokens::{issue, new_secret};

/// The connected app every demo org knows.
pub const CLIENT_ID: &str =
    "3MVG9SfwTuiDemoOrgConnectedApp0000000000000000000000000000000000000000000000000000001";

/// Milliseconds an authorization code lives.
const CODE_LIFE: i64 = 15 * 60 * 1000;

/// What logging in works with.
pub struct Door<'a> {
    pub db: &'a Connection,
    pub base_url: &'a str,
    pub now: Timestamp,
    /// Hash of the administrator's token given at start.
    pub token: Option<&'a str>,
}

/// Answers `/services/oauth2/{action}`; `None` for an unknown action.
pub fn answer(door: &Door<'_>, action: &str, request: &Request) -> Option<Reply> {
    let reply = match (action, request.method.as_str()) {
        ("authorize", "GET" | "POST") => authorize(door, request),
        ("token", "POST") => token(door, request),
        ("revoke", "GET" | "POST") => revoke(door, request),
        ("introspect", "POST") => tokens::introspect(door, request),
        ("userinfo", "GET" | "POST") => userinfo(door, request),
        ("authorize" | "token" | "revoke" | "introspect" | "userinfo", _) => Ok(Reply::empty(405)),
        _ => return None,
    };
    Some(reply.unwrap_or_else(|fault| fault.reply()))
}

/// A refusal in OAuth's words.
#[derive(Debug)]
pub struct Denial {
    pub error: &'static str,
    pub description: String,
}

impl Denial {
    fn new(error: &'static str, description: impl Into<String>) -> Self {
        Self {
            error,
            description: description.into(),
        }
    }

    fn reply(&self) -> Reply {
        Reply::json(
            400,
            &json!({"error": self.error, "error_description": self.description}),
        )
    }
}

impl From<rusqlite::Error> for Denial {
    fn from(fault: rusqlite::Error) -> Self {
        Self::new("server_error", fault.to_string())
    }
}

fn fields(request: &Request) -> Vec<(String, String)> {
    let mut all = request.params();
    all.extend(request.form());
    all
}

fn field<'a>(all: &'a [(String, String)], name: &str) -> Option<&'a str> {
    all.iter()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.as_str())
}

/// Loopback addresses only, as real orgs allow plain http for.
fn is_loopback(uri: &str) -> bool {
    let Some(rest) = uri.strip_prefix("http://") else {
        return false;
    };
    let host_port = rest.split(['/', '?']).next().unwrap_or_default();
    let host = host_port
        .rsplit_once(':')
        .map_or(host_port, |(host, port)| {
            if port.parse::<u16>().is_ok() {
                host
            } else {
                ""
            }
        });
    matches!(host, "localhost" | "127.0.0.1" | "[::1]") && !uri.contains('#')
}

/// Approves the default user at once: there is no page to press a button on.
fn authorize(door: &Door<'_>, request: &Request) -> Result<Reply, Denial> {
    let all = fields(request);
    // Without a trusted place to send the answer to, it stays here.
    if field(&all, "client_id") != Some(CLIENT_ID) {
        return Err(Denial::new(
            "invalid_client_id",
            "client identifier invalid",
        ));
    }
    let redirect = field(&all, "redirect_uri")
        .filter(|uri| is_loopback(uri))
        .ok_or_else(|| {
            Denial::new(
                "redirect_uri_mismatch",
                "redirect_uri must match configuration",
            )
        })?;
    let state = field(&all, "state").unwrap_or_default();
    let back = |query: &str| {
        let joint = if redirect.contains('?') { '&' } else { '?' };
        let state = if state.is_empty() {
            String::new()
        } else {
            format!("&state={}", encode(state))
        };
        Reply::empty(302).with("Location", format!("{redirect}{joint}{query}{state}"))
    };
    let refuse = |error: &str, text: &str| {
        Ok(back(&format!(
            "error={error}&error_description={}",
            encode(text)
        )))
    };
    if field(&all, "response_type") != Some("code") {
        return refuse("unsupported_response_type", "response type not supported");
    }
    let challenge = field(&all, "code_challenge").unwrap_or_default();
    if challenge.len() != 43 || field(&all, "code_challenge_method") != Some("S256") {
        return refuse("invalid_request", "missing required code challenge");
    }
    let code = new_secret("aPrx");
    let hinted: Option<String> = door
        .db
        .prepare_cached("SELECT Id FROM User WHERE Username = ?1 AND IsActive = 1")?
        .query_row([field(&all, "login_hint")], |row| row.get(0))
        .optional()?;
    let scope = field(&all, "scope").unwrap_or("api refresh_token id");
    door.db.execute(
        "INSERT INTO sys_code (hash, user_id, redirect, challenge, scope, issued) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![store_hash(&code), hinted.unwrap_or_else(story::user_id), redirect, challenge, scope, door.now.as_millisecond()],
    )?;
    Ok(back(&format!("code={}", encode(&code))))
}

fn token(door: &Door<'_>, request: &Request) -> Result<Reply, Denial> {
    let all = fields(request);
    match field(&all, "grant_type") {
        Some("authorization_code") => by_code(door, &all),
        Some("refresh_token") => by_refresh(door, &all),
        Some(_) => Err(Denial::new(
            "unsupported_grant_type",
            "grant type not supported",
        )),
        None => Err(Denial::new(
            "invalid_request",
            "missing required parameter: grant_type",
        )),
    }
}

fn known_client(all: &[(String, String)]) -> Result<(), Denial> {
    match field(all, "client_id") {
        Some(CLIENT_ID) => Ok(()),
        _ => Err(Denial::new(
            "invalid_client_id",
            "client identifier invalid",
        )),
    }
}

fn by_code(door: &Door<'_>, all: &[(String, String)]) -> Result<Reply, Denial> {
    known_client(all)?;
    let expired = || Denial::new("invalid_grant", "expired authorization code");
    let code = field(all, "code").ok_or_else(expired)?;
    // Taken out at once: a code serves one attempt.
    let kept: Option<(String, String, String, String, i64)> = door
        .db
        .prepare_cached("DELETE FROM sys_code WHERE hash = ?1 RETURNING user_id, redirect, challenge, scope, issued")?
        .query_row([store_hash(code)], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
        })
        .optional()?;
    let (user, redirect, challenge, scope, issued) = kept.ok_or_else(expired)?;
    if door.now.as_millisecond() - issued > CODE_LIFE {
        return Err(expired());
    }
    if field(all, "redirect_uri") != Some(&redirect) {
        return Err(Denial::new(
            "redirect_uri_mismatch",
            "redirect_uri must match configuration",
        ));
    }
    let verifier = field(all, "code_verifier")
        .ok_or_else(|| Denial::new("invalid_grant", "code verifier required"))?;
    if challenge_of(verifier) != challenge {
        return Err(Denial::new("invalid_grant", "invalid code verifier"));
    }
    let refresh = new_secret("5Aep861");
    issue(door, &refresh, Kind::Refresh, &user, &scope)?;
    granted(door, &user, &scope, Some(&refresh))
}

/// `BASE64URL(SHA256(verifier))`.
fn challenge_of(verifier: &str) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
}

fn by_refresh(door: &Door<'_>, all: &[(String, String)]) -> Result<Reply, Denial> {
    known_client(all)?;
    let dead = || Denial::new("invalid_grant", "expired access/refresh token");
    let refresh = field(all, "refresh_token").ok_or_else(dead)?;
    let found = session(door.db, refresh, Kind::Refresh)?.ok_or_else(dead)?;
    granted(door, &found.user, &found.scope, None)
}

/// A new access token, in the shape real orgs answer.
fn granted(
    door: &Door<'_>,
    user: &str,
    scope: &str,
    refresh: Option<&str>,
) -> Result<Reply, Denial> {
    let org = story::organization_id();
    let access = new_secret(&format!("{}!AQ", org.get(..15).unwrap_or(&org)));
    issue(door, &access, Kind::Access, user, scope)?;
    let id = format!("{}/id/{org}/{user}", door.base_url);
    let issued = door.now.as_millisecond().to_string();
    let mut body = json!({
        "access_token": access,
        "signature": challenge_of(&format!("{id}{issued}")),
        "scope": scope,
        "instance_url": door.base_url,
        "id": id,
        "token_type": "Bearer",
        "issued_at": issued,
    });
    if let (Some(refresh), Some(map)) = (refresh, body.as_object_mut()) {
        map.insert("refresh_token".into(), json!(refresh));
    }
    Ok(Reply::json(200, &body))
}

fn revoke(door: &Door<'_>, request: &Request) -> Result<Reply, Denial> {
    let all = fields(request);
    let token = field(&all, "token").unwrap_or_default();
    match door
        .db
        .execute("DELETE FROM sys_token WHERE hash = ?1", [store_hash(token)])?
    {
        0 => Err(Denial::new(
            "unsupported_token_type",
            "this token type is not supported",
        )),
        _ => Ok(Reply::empty(200)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_gets_the_code() {
        for good in [
            "http://localhost:17171/callback",
            "http://127.0.0.1:9/x?y=1",
            "http://localhost/cb",
        ] {
            assert!(is_loopback(good), "{good}");
        }
        for bad in [
            "https://evil.example/cb",
            "http://localhost.evil.example/cb",
            "http://localhost:1@evil.example/",
            "http://evil.example:1/localhost",
            "localhost",
            "",
        ] {
            assert!(!is_loopback(bad), "{bad}");
        }
    }

    #[test]
    fn challenges_are_those_of_rfc_7636() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert_eq!(
            challenge_of(verifier),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }
}
