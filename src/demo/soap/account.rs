//! Logging in by SOAP, and what an org says about the user who did.

use rusqlite::OptionalExtension;

use super::message::{Message, fault};
use super::xml::{element, nil, optional};
use crate::demo::call::Call;
use crate::demo::error::Refusal;
use crate::demo::oauth::password::{self, Tried};
use crate::demo::oauth::session::{self, Grant};
use crate::demo::oauth::user::{self, Bar};
use crate::demo::oauth::{CLIENT_ID, Door};
use crate::demo::story;
use crate::demo::wire::Reply;

/// Answers `login`.
///
/// # Errors
/// SQLite's; what is wrong with the user is a fault of its own.
pub fn login(door: &Door<'_>, message: &Message, version: &str) -> Result<Reply, Refusal> {
    let dialect = message.dialect;
    let wrong = || {
        let text = "Invalid username, password, security token; or user locked out.";
        Ok(fault(dialect, "INVALID_LOGIN", text))
    };
    let word = |name: &str| message.operation.word(name).unwrap_or_default();
    let Some(who) = user::named(door.db, word("username"))? else {
        return wrong();
    };
    let now = door.now.as_millisecond();
    if password::tried(door.db, &who.id, word("password"), now)? != Tried::Right {
        return wrong();
    }
    match user::bar(door, &who)? {
        Some(Bar::Address) => {
            let text = "You can't log in from this IP address.";
            return Ok(fault(dialect, "LOGIN_DURING_RESTRICTED_DOMAIN", text));
        }
        Some(_) => return wrong(),
        None => {}
    }
    let grant = Grant {
        user: who.id.clone(),
        client: CLIENT_ID.to_owned(),
        scope: "full".to_owned(),
        family: String::new(),
        issued: now,
    };
    let token = session::open(door.db, &grant, door.now)?;
    let org = story::organization_id();
    let org = org.get(..15).unwrap_or(&org);
    let address =
        |letter: &str| format!("{}/services/Soap/{letter}/{version}/{org}", door.base_url);
    let seconds = door.policy.session_lifetime.as_secs();
    let text = [
        "<result>".to_owned(),
        element("metadataServerUrl", &address("m")),
        element("passwordExpired", "false"),
        element("sandbox", "false"),
        element("serverUrl", &address(dialect.letter())),
        element("sessionId", &token),
        element("userId", &who.id),
        format!("<userInfo>{}</userInfo>", info(door.db, &who.id, seconds)?),
        "</result>".to_owned(),
    ];
    Ok(message.reply(&text.concat()))
}

/// Answers `getUserInfo`; `seconds` is how long a session lives.
///
/// # Errors
/// SQLite's.
pub fn user_info(call: &Call<'_>, seconds: u64) -> Result<String, Refusal> {
    Ok(format!(
        "<result>{}</result>",
        info(call.db, call.user, seconds)?
    ))
}

fn info(db: &rusqlite::Connection, user: &str, seconds: u64) -> Result<String, Refusal> {
    let texts: Option<Vec<Option<String>>> = db
        .prepare_cached(
            "SELECT u.ProfileId, u.UserRoleId, u.Email, u.Name, u.LanguageLocaleKey, u.LocaleSidKey,
                 u.Username, u.TimeZoneSidKey, u.UserType, (SELECT Name FROM Organization)
             FROM User u WHERE u.Id = ?1",
        )?
        .query_row([user], |row| (0..10).map(|index| row.get(index)).collect())
        .optional()?;
    let texts = texts.unwrap_or_default();
    let text = |index: usize| texts.get(index).cloned().flatten();
    let plain = |name: &str, index: usize| element(name, &text(index).unwrap_or_default());
    let parts = [
        element("accessibilityMode", "false"),
        element("chatterExternal", "false"),
        element("currencySymbol", "$"),
        element("orgAttachmentFileSizeLimit", "26214400"),
        element("orgDefaultCurrencyIsoCode", "USD"),
        element("orgDefaultCurrencyLocale", "en_US"),
        element("orgDisallowHtmlAttachments", "false"),
        element("orgHasPersonAccounts", "false"),
        element("organizationId", &story::organization_id()),
        element("organizationMultiCurrency", "false"),
        plain("organizationName", 9),
        plain("profileId", 0),
        optional("roleId", text(1).as_deref()),
        element("sessionSecondsValid", &seconds.to_string()),
        nil("userDefaultCurrencyIsoCode"),
        plain("userEmail", 2),
        plain("userFullName", 3),
        element("userId", user),
        plain("userLanguage", 4),
        plain("userLocale", 5),
        plain("userName", 6),
        plain("userTimeZone", 7),
        plain("userType", 8),
        element("userUiSkin", "Theme3"),
    ];
    Ok(parts.concat())
}
