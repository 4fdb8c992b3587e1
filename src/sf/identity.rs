//! Who the token belongs to (OpenID Connect userinfo).

use serde::Deserialize;

use super::json;
use super::record::id_of;
use super::request::Request;
use crate::domain::failure::Failure;
use crate::domain::id::RecordId;
use crate::domain::text;

/// The user and org behind a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Id of the org.
    pub org_id: RecordId,
    /// Id of the user.
    pub user_id: RecordId,
    /// The user's full name.
    pub user_name: String,
    /// Login name.
    pub username: String,
    /// E-mail address; empty where hidden.
    pub email: String,
    /// IANA name of the user's zone; empty where unknown.
    pub zone: String,
}

#[derive(Deserialize)]
struct Wire {
    user_id: String,
    organization_id: String,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    preferred_username: Option<String>,
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    zoneinfo: Option<String>,
}

/// Asks who the token belongs to; not counted as an API call.
pub fn userinfo() -> Request {
    Request::get("/services/oauth2/userinfo".to_owned())
}

/// Reads the answer to [`userinfo`].
pub fn read_userinfo(body: &[u8]) -> Result<Identity, Failure> {
    let wire: Wire = json::read(body)?;
    let id = |text: &str| {
        id_of(text).ok_or_else(|| Failure::bad_reply(None, "the reply names no user and org"))
    };
    let safe = |text: Option<String>| text::line(&text.unwrap_or_default()).into_owned();
    Ok(Identity {
        org_id: id(&wire.organization_id)?,
        user_id: id(&wire.user_id)?,
        user_name: safe(wire.name),
        username: safe(wire.preferred_username),
        email: safe(wire.email),
        zone: safe(wire.zoneinfo),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn userinfo_names_user_org_and_zone() {
        let body = br#"{"sub":"https://x/id/a/b","user_id":"005dM00000awSFJQA2","organization_id":"00DdM00000vfgTuUAI",
            "name":"Kim \u001b[31mRivera","preferred_username":"kim@example.com","zoneinfo":"Europe/London","utcOffset":0}"#;
        let identity = read_userinfo(body).unwrap();
        assert_eq!(identity.user_id.as_str(), "005dM00000awSFJQA2");
        assert_eq!(identity.org_id.as_str(), "00DdM00000vfgTuUAI");
        assert_eq!(
            (identity.zone.as_str(), identity.email.as_str()),
            ("Europe/London", "")
        );
        assert!(!identity.user_name.contains('\x1b'));
        assert!(read_userinfo(br#"{"user_id":"x","organization_id":"y"}"#).is_err());
    }
}
