//! JWT bearer (Help, "OAuth 2.0 JWT Bearer Flow"): whoever holds the key behind a
//! registered certificate logs in as any user who approved the app.

use std::path::Path;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, SubjectPublicKeyInfoDer};
use serde_json::Value;
use webpki::{EndEntityCert, RawPublicKeyEntity};

use super::form::Form;
use super::secret::from_base64url;
use super::session::{self, Extras};
use super::{Denial, Door, app, user};
use crate::demo::wire::Reply;

/// Sites a JWT may be meant for, beside this org's own address.
const AUDIENCES: [&str; 2] = [
    "https://login.salesforce.com",
    "https://test.salesforce.com",
];
/// What a session gets: nobody is there to ask.
const SCOPE: &str = "api web id";

/// A registered certificate, or a bare public key.
#[derive(Debug, Clone)]
pub enum Key {
    /// X.509.
    Certificate(CertificateDer<'static>),
    /// `SubjectPublicKeyInfo`.
    Public(SubjectPublicKeyInfoDer<'static>),
}

impl Key {
    /// Reads a PEM file: an X.509 certificate (version 3) or a public key, RSA of 2048
    /// bits or more.
    ///
    /// # Errors
    /// What is wrong with the file, in words.
    pub fn read(path: &Path) -> Result<Self, String> {
        let text = std::fs::read(path).map_err(|fault| fault.to_string())?;
        Self::parse(&text)
    }

    fn parse(pem: &[u8]) -> Result<Self, String> {
        if let Ok(certificate) = CertificateDer::from_pem_slice(pem) {
            return match EndEntityCert::try_from(&certificate) {
                Ok(_) => Ok(Self::Certificate(certificate)),
                Err(fault) => Err(format!("the certificate cannot be used: {fault}")),
            };
        }
        let key = SubjectPublicKeyInfoDer::from_pem_slice(pem)
            .map_err(|_| "no certificate and no public key in PEM form".to_owned())?;
        match RawPublicKeyEntity::try_from(&key) {
            Ok(_) => Ok(Self::Public(key)),
            Err(fault) => Err(format!("the public key cannot be used: {fault}")),
        }
    }

    /// Whether the holder of the private key signed the text (RS256).
    fn has_signed(&self, text: &[u8], signature: &[u8]) -> bool {
        let algorithm = webpki::ring::RSA_PKCS1_2048_8192_SHA256;
        match self {
            Self::Certificate(der) => EndEntityCert::try_from(der)
                .is_ok_and(|cert| cert.verify_signature(algorithm, text, signature).is_ok()),
            Self::Public(der) => RawPublicKeyEntity::try_from(der)
                .is_ok_and(|key| key.verify_signature(algorithm, text, signature).is_ok()),
        }
    }
}

/// Answers the grant.
///
/// # Errors
/// What is wrong with the assertion, or with the user.
pub fn token(door: &Door<'_>, form: &Form) -> Result<Reply, Denial> {
    let assertion = form
        .get("assertion")
        .ok_or_else(|| Denial::new("invalid_request", "missing required parameter: assertion"))?;
    let bad = || Denial::new("invalid_grant", "invalid assertion");
    let (text, signature) = assertion.rsplit_once('.').ok_or_else(bad)?;
    let (head, body) = text.split_once('.').ok_or_else(bad)?;
    let part =
        |text: &str| -> Option<Value> { serde_json::from_slice(&from_base64url(text)?).ok() };
    let (head, body) = (part(head).ok_or_else(bad)?, part(body).ok_or_else(bad)?);
    let signature = from_base64url(signature).ok_or_else(bad)?;
    let app = app::named(body["iss"].as_str())?;
    if !app.installed {
        return Err(Denial::new(
            "app_not_found",
            "External client app is not installed in this org",
        ));
    }
    let keys = &door.policy.jwt_keys;
    if head["alg"] != "RS256"
        || !keys
            .iter()
            .any(|key| key.has_signed(text.as_bytes(), &signature))
    {
        return Err(bad());
    }
    if !is_meant_for(door, &body["aud"]) {
        return Err(Denial::new("invalid_grant", "Audience validation failed"));
    }
    if seconds(&body["exp"]).is_none_or(|until| until <= door.now.as_second() as f64) {
        return Err(Denial::new("invalid_grant", "expired authorization code"));
    }
    let name = body["sub"]
        .as_str()
        .or(body["prn"].as_str())
        .unwrap_or_default();
    let unapproved = || Denial::new("invalid_grant", "user hasn't approved this consumer");
    let who = user::named(door.db, name)?.ok_or_else(unapproved)?;
    user::admit(door, &who)?;
    if !user::has_approved(door.db, &who, app.client_id)? {
        return Err(unapproved());
    }
    let grant = session::new_grant(door, &who, app, SCOPE);
    session::granted(door, app, &grant, Extras::default())
}

/// A time as clients write it: some as text, and real orgs take that.
fn seconds(value: &Value) -> Option<f64> {
    let text = || value.as_str()?.parse().ok();
    value.as_f64().or_else(text)
}

/// One audience or a list of them.
fn is_meant_for(door: &Door<'_>, audience: &Value) -> bool {
    let one = |text: &str| {
        let text = text.trim_end_matches('/');
        let text = text.strip_suffix("/services/oauth2/token").unwrap_or(text);
        text == door.base_url || AUDIENCES.contains(&text)
    };
    match audience {
        Value::String(text) => one(text),
        Value::Array(all) => all.iter().filter_map(Value::as_str).any(one),
        _ => false,
    }
}
