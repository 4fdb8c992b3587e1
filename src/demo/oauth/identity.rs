//! Who is logged in: userinfo, the identity address, and OpenID discovery.

use rusqlite::OptionalExtension;
use serde_json::{Map, Value, json};

use super::form::Form;
use super::{Denial, Door, scope, session};
use crate::demo::story;
use crate::demo::wire::{Reply, Request};

struct Person {
    id: String,
    username: String,
    nickname: String,
    name: String,
    first: Option<String>,
    last: String,
    email: String,
    zone: String,
    language: String,
    locale: String,
    active: bool,
}

fn person(door: &Door<'_>, id: &str) -> rusqlite::Result<Option<Person>> {
    door.db
        .prepare_cached(
            "SELECT Id, Username, CommunityNickname, Name, FirstName, LastName, Email, TimeZoneSidKey,
                 LanguageLocaleKey, LocaleSidKey, IsActive FROM User WHERE Id = ?1",
        )?
        .query_row([id], |row| {
            let text = |index: usize| row.get::<_, Option<String>>(index).map(Option::unwrap_or_default);
            Ok(Person {
                id: row.get(0)?,
                username: text(1)?,
                nickname: text(2)?,
                name: text(3)?,
                first: row.get(4)?,
                last: text(5)?,
                email: text(6)?,
                zone: text(7)?,
                language: text(8)?,
                locale: text(9)?,
                active: row.get(10)?,
            })
        })
        .optional()
}

/// Whom the request's token stands for, or 403 in plain text.
fn asking(door: &Door<'_>, request: &Request) -> Result<Result<Person, Reply>, Denial> {
    let refuse =
        |text: &str| Reply::bytes(403, "text/html;charset=UTF-8", text.as_bytes().to_vec());
    let form = Form::of(request);
    let named = form.get("access_token").or(form.get("oauth_token"));
    let Some(token) = crate::demo::engine::bearer(request).or(named) else {
        return Ok(Err(refuse("Missing_OAuth_Token")));
    };
    let Some(grant) = session::find(door.lookup(), token)? else {
        return Ok(Err(refuse("Bad_OAuth_Token")));
    };
    Ok(person(door, &grant.user)?
        .filter(|person| person.active)
        .ok_or_else(|| refuse("Bad_OAuth_Token")))
}

fn urls(door: &Door<'_>, user: &str) -> Value {
    let base = door.base_url;
    let org = story::organization_id();
    let short = org.get(..15).unwrap_or(&org).to_owned();
    let mut map = Map::new();
    for (name, letter) in [
        ("enterprise", "c"),
        ("metadata", "m"),
        ("partner", "u"),
        ("tooling_soap", "T"),
    ] {
        map.insert(
            name.into(),
            json!(format!("{base}/services/Soap/{letter}/{{version}}/{short}")),
        );
    }
    let rest = [
        ("rest", ""),
        ("sobjects", "sobjects/"),
        ("search", "search/"),
        ("query", "query/"),
        ("recent", "recent/"),
        ("tooling_rest", "tooling/"),
    ];
    for (name, path) in rest {
        map.insert(
            name.into(),
            json!(format!("{base}/services/data/v{{version}}/{path}")),
        );
    }
    map.insert("profile".into(), json!(format!("{base}/{user}")));
    map.insert("custom_domain".into(), json!(base));
    Value::Object(map)
}

/// Answers `userinfo`.
pub fn userinfo(door: &Door<'_>, request: &Request) -> Result<Reply, Denial> {
    let person = match asking(door, request)? {
        Ok(person) => person,
        Err(reply) => return Ok(reply),
    };
    let base = door.base_url;
    let org = story::organization_id();
    let photo = format!("{base}/profilephoto/005");
    Ok(Reply::json(
        200,
        &json!({
            "sub": format!("{base}/id/{org}/{}", person.id),
            "user_id": person.id,
            "organization_id": org,
            "preferred_username": person.username,
            "nickname": person.nickname,
            "name": person.name,
            "email": person.email,
            "email_verified": true,
            "given_name": person.first,
            "family_name": person.last,
            "zoneinfo": person.zone,
            "photos": {"picture": format!("{photo}/F"), "thumbnail": format!("{photo}/T")},
            "profile": format!("{base}/{}", person.id),
            "picture": format!("{photo}/F"),
            "address": {},
            "is_salesforce_integration_user": false,
            "urls": urls(door, &person.id),
            "active": person.active,
            "user_type": "STANDARD",
            "language": person.language,
            "locale": person.locale,
            "utcOffset": offset(door, &person.zone),
            "updated_at": door.now.to_string(),
        }),
    ))
}

/// Milliseconds east of UTC, without summer time, as Salesforce gives it.
fn offset(door: &Door<'_>, zone: &str) -> i64 {
    let zone = jiff::tz::TimeZone::get(zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let info = zone.to_offset_info(door.now);
    let summer = if info.dst().is_dst() { 3600 } else { 0 };
    i64::from(info.offset().seconds() - summer) * 1000
}

/// Answers `/id/{org}/{user}`.
pub fn identity(
    door: &Door<'_>,
    request: &Request,
    org: &str,
    user: &str,
) -> Result<Reply, Denial> {
    let person = match asking(door, request)? {
        Ok(person) => person,
        Err(reply) => return Ok(reply),
    };
    if org != story::organization_id() {
        return Ok(Reply::bytes(
            403,
            "text/html;charset=UTF-8",
            b"Wrong_Org".to_vec(),
        ));
    }
    if user != person.id {
        return Ok(Reply::bytes(
            403,
            "text/html;charset=UTF-8",
            b"Bad_OAuth_Token".to_vec(),
        ));
    }
    let base = door.base_url;
    Ok(Reply::json(
        200,
        &json!({
            "id": format!("{base}/id/{org}/{user}"),
            "asserted_user": true,
            "user_id": person.id,
            "organization_id": org,
            "username": person.username,
            "nick_name": person.nickname,
            "display_name": person.name,
            "email": person.email,
            "email_verified": true,
            "first_name": person.first,
            "last_name": person.last,
            "timezone": person.zone,
            "photos": {"picture": format!("{base}/profilephoto/005/F"), "thumbnail": format!("{base}/profilephoto/005/T")},
            "addr_street": null, "addr_city": null, "addr_state": null, "addr_country": null, "addr_zip": null,
            "mobile_phone": null,
            "mobile_phone_verified": false,
            "is_lightning_login_user": false,
            "status": {"created_date": null, "body": null},
            "urls": urls(door, user),
            "active": person.active,
            "user_type": "STANDARD",
            "language": person.language,
            "locale": person.locale,
            "utcOffset": offset(door, &person.zone),
            "last_modified_date": door.now.to_string(),
            "is_app_installed": true,
        }),
    ))
}

/// Answers `/.well-known/openid-configuration`.
pub fn discovery(base: &str) -> Reply {
    let oauth = |action: &str| format!("{base}/services/oauth2/{action}");
    Reply::json(
        200,
        &json!({
            "issuer": base,
            "authorization_endpoint": oauth("authorize"),
            "token_endpoint": oauth("token"),
            "revocation_endpoint": oauth("revoke"),
            "userinfo_endpoint": oauth("userinfo"),
            "jwks_uri": format!("{base}/id/keys"),
            "registration_endpoint": oauth("register"),
            "introspection_endpoint": oauth("introspect"),
            "scopes_supported": scope::known(),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "display_values_supported": ["page", "popup", "touch"],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
            "code_challenge_methods_supported": ["S256"],
        }),
    )
}
