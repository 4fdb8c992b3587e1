//! The `id_token` of OpenID Connect and the key it is checked with (`/id/keys`).
//!
//! The key is the same in every demo org and lies open in the program: it makes the
//! tokens well formed, and proves nothing about who made them.

use ring::rand::SystemRandom;
use ring::rsa::PublicKeyComponents;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::app::App;
use super::secret::base64url;
use super::{Denial, Door};
use crate::demo::wire::Reply;

const KEY: &[u8] = include_bytes!("../../../assets/demo/identity-key.der");
/// Name of the key.
const KEY_ID: &str = "demo-1";
/// Seconds the token says it is good for.
const GOOD_FOR: i64 = 120;

/// What a token says beside who made it and when.
pub struct Claims<'a> {
    pub app: &'a App,
    /// The identity address.
    pub subject: &'a str,
    /// The access token given out with it.
    pub access: &'a str,
    pub nonce: Option<&'a str>,
}

fn broken(fault: impl std::fmt::Display) -> Denial {
    Denial::new("server_error", fault.to_string())
}

/// A signed token.
///
/// # Errors
/// When the key cannot sign.
pub fn signed(door: &Door<'_>, claims: &Claims<'_>) -> Result<String, Denial> {
    let now = door.now.as_second();
    let access = Sha256::digest(claims.access.as_bytes());
    let half = access.get(..16).unwrap_or_default();
    let mut body = json!({
        "at_hash": base64url(half),
        "sub": claims.subject,
        "aud": claims.app.client_id,
        "iss": door.base_url,
        "exp": now + GOOD_FOR,
        "iat": now,
    });
    if let (Some(nonce), Some(map)) = (claims.nonce, body.as_object_mut()) {
        map.insert("nonce".into(), json!(nonce));
    }
    let head = json!({"typ": "JWT", "alg": "RS256", "kid": KEY_ID});
    let text = format!(
        "{}.{}",
        base64url(head.to_string().as_bytes()),
        base64url(body.to_string().as_bytes())
    );
    let key = RsaKeyPair::from_der(KEY).map_err(broken)?;
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(
        &RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        text.as_bytes(),
        &mut signature,
    )
    .map_err(broken)?;
    Ok(format!("{text}.{}", base64url(&signature)))
}

/// Answers `/id/keys`.
///
/// # Errors
/// When the key cannot be read.
pub fn keys() -> Result<Reply, Denial> {
    let key = RsaKeyPair::from_der(KEY).map_err(broken)?;
    let public = PublicKeyComponents::<Vec<u8>>::from(key.public());
    let one = json!({
        "kty": "RSA",
        "alg": "RS256",
        "use": "sig",
        "kid": KEY_ID,
        "n": base64url(&public.n),
        "e": base64url(&public.e),
    });
    Ok(Reply::json(200, &json!({"keys": [one]})))
}
