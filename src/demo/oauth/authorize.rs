//! The web server flow's first half: an app sends a browser here, a person picks who
//! they are and says yes or no, and the browser takes a code back to the app.

use rusqlite::params;

use super::app::{self, App};
use super::form::Form;
use super::user::{self, User};
use super::{CLIENT_ID, Denial, Door, page, scope, secret};
use crate::demo::story;
use crate::demo::wire::{Reply, Request, encode};

/// The page's own address.
const HERE: &str = "/services/oauth2/authorize";

/// One well-formed wish of an app.
struct Wish<'a> {
    app: &'static App,
    form: &'a Form,
    redirect: &'a str,
    scope: String,
}

/// Answers `/services/oauth2/authorize`.
///
/// # Errors
/// SQLite's.
pub fn answer(door: &Door<'_>, request: &Request) -> Result<Reply, Denial> {
    let form = Form::of(request);
    // Without a trusted place to send the answer to, it stays here.
    let (app, redirect) = match trusted(&form) {
        Ok(found) => found,
        Err(denial) => return Ok(page::refused(400, denial.error, &denial.description)),
    };
    let refuse = |denial: &Denial| back(&form, redirect, &error(denial.error, &denial.description));
    match wish(door, &form, app, redirect) {
        Ok(wish) => decide(door, &wish),
        Err(denial) => Ok(refuse(&denial)),
    }
}

fn trusted(form: &Form) -> Result<(&'static App, &str), Denial> {
    let app = app::named(form.client_id())?;
    let redirect = form
        .get("redirect_uri")
        .filter(|uri| app.accepts(uri))
        .ok_or_else(|| {
            Denial::new(
                "redirect_uri_mismatch",
                "redirect_uri must match configuration",
            )
        })?;
    Ok((app, redirect))
}

fn wish<'a>(
    door: &Door<'_>,
    form: &'a Form,
    app: &'static App,
    redirect: &'a str,
) -> Result<Wish<'a>, Denial> {
    if !app.installed {
        return Err(Denial::new(
            "invalid_client",
            "app must be installed into org",
        ));
    }
    if form.get("response_type") != Some("code") {
        return Err(Denial::new(
            "unsupported_response_type",
            "response type not supported",
        ));
    }
    match form.get("code_challenge") {
        None if door.policy.require_pkce => {
            return Err(Denial::new(
                "invalid_request",
                "missing required code challenge",
            ));
        }
        // Without a method it is S256: the Salesforce CLI sends none.
        Some(challenge)
            if challenge.len() != 43
                || !matches!(form.get("code_challenge_method"), None | Some("S256")) =>
        {
            return Err(Denial::new("invalid_request", "invalid code challenge"));
        }
        _ => {}
    }
    let scope = scope::granted(form.get("scope"))?;
    Ok(Wish {
        app,
        form,
        redirect,
        scope,
    })
}

/// Where the person stands: not known yet, known but not asked, or answered.
fn decide(door: &Door<'_>, wish: &Wish<'_>) -> Result<Reply, Denial> {
    let form = wish.form;
    let ask = |problem: Option<&str>| -> Result<Reply, Denial> {
        Ok(page::login(HERE, form, &user::active(door.db)?, problem))
    };
    let (name, answer) = match form.get("user") {
        Some(name) => (Some(name.to_owned()), form.get("answer")),
        // Nobody may be there to press a button: this program's own app is let in.
        None if is_let_in(door, wish) => {
            let kim = user::by_id(door.db, &story::user_id())?.map(|kim| kim.username);
            (
                form.get("login_hint").map(str::to_owned).or(kim),
                Some("allow"),
            )
        }
        None => (None, None),
    };
    let Some(name) = name else { return ask(None) };
    let Some(who) = user::named(door.db, &name)? else {
        return ask(Some(user::Bar::Inactive.on_page()));
    };
    if let Some(bar) = user::bar(door, &who)? {
        return ask(Some(bar.on_page()));
    }
    let known = user::has_approved(door.db, &who, wish.app.client_id)?
        && form
            .get("prompt")
            .is_none_or(|prompt| !prompt.contains("consent"))
        && is_approved_before(door, &who, wish.app)?;
    match answer {
        Some("deny") => Ok(back(
            form,
            wish.redirect,
            &error("access_denied", "end-user denied authorization"),
        )),
        Some("allow") => allowed(door, wish, &who),
        _ if known => allowed(door, wish, &who),
        _ => Ok(page::consent(HERE, form, wish.app, &who, &wish.scope)),
    }
}

/// An administrator's trust spares a JWT's user the question, not a person in a browser.
fn is_approved_before(door: &Door<'_>, who: &User, app: &App) -> rusqlite::Result<bool> {
    let person = User {
        administrator: false,
        ..who.clone()
    };
    user::has_approved(door.db, &person, app.client_id)
}

fn is_let_in(door: &Door<'_>, wish: &Wish<'_>) -> bool {
    wish.app.client_id == CLIENT_ID && !door.policy.login_page && wish.form.get("prompt").is_none()
}

fn allowed(door: &Door<'_>, wish: &Wish<'_>, who: &User) -> Result<Reply, Denial> {
    user::approve(door.db, &who.id, wish.app.client_id)?;
    let code = secret::made("aPrx");
    door.db.execute(
        "INSERT INTO sys_auth_code (hash, user_id, client, redirect, challenge, scope, nonce, issued)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            secret::hash(&code),
            who.id,
            wish.app.client_id,
            wish.redirect,
            wish.form.get("code_challenge"),
            wish.scope,
            wish.form.get("nonce"),
            door.now.as_millisecond()
        ],
    )?;
    Ok(back(
        wish.form,
        wish.redirect,
        &format!("code={}", encode(&code)),
    ))
}

fn error(error: &str, description: &str) -> String {
    format!("error={error}&error_description={}", encode(description))
}

/// Sends the browser back to the app, with the app's own `state`.
fn back(form: &Form, redirect: &str, query: &str) -> Reply {
    let joint = if redirect.contains('?') { '&' } else { '?' };
    let state = form
        .get("state")
        .map_or(String::new(), |state| format!("&state={}", encode(state)));
    Reply::empty(302).with("Location", format!("{redirect}{joint}{query}{state}"))
}
