//! Login by authorization code with PKCE, and refresh (RFC 6749, RFC 7636; Salesforce
//! Help, OAuth 2.0 Web Server Flow). Secrets live in types that never print them.

mod answer;
pub mod grant;
mod host;

use std::borrow::Cow;
use std::fmt;
use std::pin::Pin;
use std::time::Instant;

use oauth2::basic::{
    BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse,
    BasicTokenType,
};
use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, ClientId, CsrfToken, EndpointNotSet, EndpointSet,
    ExtraTokenFields, HttpRequest, HttpResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl,
    RefreshToken, RequestTokenError, Scope, StandardRevocableToken, StandardTokenResponse,
    TokenResponse, TokenUrl,
};
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::client::{self, Http, Response};
use super::error;
use super::json;
use super::origin::Origin;
use super::request::Purpose;
use crate::domain::failure::{Failure, FailureKind};

pub use host::LoginHost;

/// The app this program logs in as: public, without a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct App {
    /// Consumer key.
    pub client_id: String,
    /// Equal to one registered with the app, byte for byte.
    pub redirect_uri: String,
    /// What the app asks for, such as `api` and `refresh_token`.
    pub scopes: Vec<String>,
    /// User name to propose to the login page.
    pub user: Option<String>,
}

/// One login under way: the address to open, and what its answer is checked against.
pub struct Attempt {
    /// Address of the org's login page.
    pub url: String,
    redirect_uri: String,
    state: CsrfToken,
    verifier: PkceCodeVerifier,
}

impl fmt::Debug for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempt").finish_non_exhaustive()
    }
}

/// What a login or refresh gave.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// Sent with every request.
    pub access: SecretString,
    /// For getting the next access token. `None` after a refresh means: keep the old
    /// one; another one replaces it at once.
    pub refresh: Option<SecretString>,
    /// Where the data lives; may differ from where the login was.
    pub instance: Origin,
    /// Identity URL, which names org and user.
    pub identity: Option<String>,
}

/// Starts a login at an org's login host.
pub fn authorize(login: &LoginHost, app: &App) -> Result<Attempt, Failure> {
    let client = oauth(login, app)?;
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let mut request = client
        .authorize_url(CsrfToken::new_random)
        .add_scopes(app.scopes.iter().cloned().map(Scope::new))
        .set_redirect_uri(Cow::Owned(redirect(app)?))
        .set_pkce_challenge(challenge);
    if let Some(user) = &app.user {
        request = request.add_extra_param("login_hint", user);
    }
    let (url, state) = request.url();
    Ok(Attempt {
        url: url.into(),
        redirect_uri: app.redirect_uri.clone(),
        state,
        verifier,
    })
}

impl Attempt {
    fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// The code in the address the org sent the browser to. Refused when the address is
    /// not ours, the state is not this login's, or the org said no.
    pub fn check_redirect(&self, address: &str) -> Result<SecretString, Failure> {
        let wrong = |what: &str| Failure::new(FailureKind::Login, "REDIRECT", what);
        let url = Url::parse(address.trim()).map_err(|_| wrong("that is not an address"))?;
        let ours = Url::parse(&self.redirect_uri)
            .map_err(|_| wrong("the app's redirect address is none"))?;
        if (url.origin(), url.path()) != (ours.origin(), ours.path()) {
            return Err(wrong("the login came back to another address than ours"));
        }
        let value = |name: &str| {
            let mut pairs = url.query_pairs();
            pairs
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.into_owned())
        };
        if value("state").as_deref() != Some(self.state.secret().as_str()) {
            return Err(wrong(
                "the answer belongs to another login; nothing was taken from it",
            ));
        }
        if let Some(code) = value("error") {
            let told = value("error_description").unwrap_or_else(|| code.clone());
            return Err(error::named(&code, &told, Vec::new(), None));
        }
        value("code")
            .map(SecretString::from)
            .ok_or_else(|| wrong("the answer holds no code"))
    }
}

/// Turns a code into tokens.
pub async fn exchange(
    http: &Http,
    login: &LoginHost,
    app: &App,
    (attempt, code): (Attempt, SecretString),
) -> Result<Tokens, Failure> {
    let reply = oauth(login, app)?
        .exchange_code(AuthorizationCode::new(code.expose_secret().to_owned()))
        .set_redirect_uri(Cow::Owned(redirect(app)?))
        .set_pkce_verifier(attempt.verifier)
        .request_async(&sender(http, login, Purpose::Read))
        .await;
    tokens(login, reply)
}

/// Gets a new access token. Where the org rotates refresh tokens, the old one is dead
/// from here on, whatever comes back: a lost answer is an unknown outcome.
pub async fn refresh(
    http: &Http,
    login: &LoginHost,
    app: &App,
    token: &SecretString,
) -> Result<Tokens, Failure> {
    let reply = oauth(login, app)?
        .exchange_refresh_token(&RefreshToken::new(token.expose_secret().to_owned()))
        .request_async(&sender(http, login, Purpose::Write))
        .await;
    tokens(login, reply)
}

/// Logs in without a browser, where the org approves by itself: an org on this machine.
/// The authorize page answers with a redirect, which is read and not followed.
pub async fn authorize_headless(
    http: &Http,
    login: &LoginHost,
    app: &App,
) -> Result<Tokens, Failure> {
    if !login.is_loopback() {
        return Err(Failure::input(
            "only an org on this machine approves a login by itself",
        ));
    }
    let attempt = authorize(login, app)?;
    let reply = client::receive(
        http.get(&attempt.url),
        Purpose::Read,
        login.host(),
        Instant::now(),
    );
    let reply = reply.await?;
    let place = match (reply.status, &reply.location) {
        (300..=399, Some(place)) => place,
        _ => return Err(error::failure(&reply, Purpose::Read)),
    };
    let code = attempt.check_redirect(place)?;
    exchange(http, login, app, (attempt, code)).await
}

/// What Salesforce adds to the token reply of RFC 6749.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Extra {
    instance_url: String,
    #[serde(default)]
    id: Option<String>,
}

impl ExtraTokenFields for Extra {}

type Reply = StandardTokenResponse<Extra, BasicTokenType>;

type OAuth = oauth2::Client<
    BasicErrorResponse,
    Reply,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

fn oauth(login: &LoginHost, app: &App) -> Result<OAuth, Failure> {
    let page = login.page("/services/oauth2/authorize")?;
    let token = login.page("/services/oauth2/token")?;
    Ok(oauth2::Client::new(ClientId::new(app.client_id.clone()))
        .set_auth_type(AuthType::RequestBody)
        .set_auth_uri(AuthUrl::from_url(page))
        .set_token_uri(TokenUrl::from_url(token)))
}

fn redirect(app: &App) -> Result<RedirectUrl, Failure> {
    RedirectUrl::new(app.redirect_uri.clone())
        .map_err(|_| Failure::input("the app's redirect address is none"))
}

/// Sends the crate's requests with our client. Owns what it needs, so that a login can
/// run on any thread.
fn sender(
    http: &Http,
    login: &LoginHost,
    purpose: Purpose,
) -> impl Fn(HttpRequest) -> Pin<Box<dyn Future<Output = Result<HttpResponse, Failure>> + Send>>
+ Send
+ Sync
+ 'static {
    let (http, host) = (http.clone(), login.host().to_owned());
    move |request| Box::pin(post(http.clone(), host.clone(), (request, purpose)))
}

/// Sends one request. A refusal becomes a failure here, where its status and whole body
/// are at hand.
async fn post(
    http: Http,
    host: String,
    (request, purpose): (HttpRequest, Purpose),
) -> Result<HttpResponse, Failure> {
    let started = Instant::now();
    let request = reqwest::Request::try_from(request)
        .map_err(|_| Failure::input("the login holds characters that cannot be sent"))?;
    let builder = reqwest::RequestBuilder::from_parts(http, request);
    let reply = client::receive(builder, purpose, &host, started).await?;
    match reply.status {
        200 => answer(reply),
        _ => Err(told(&reply, purpose)),
    }
}

/// Clocks further apart than this are worth telling, in seconds.
const SKEW: i64 = 120;

/// A refusal, with the clocks where they disagree: logins depend on them.
fn told(reply: &Response, purpose: Purpose) -> Failure {
    let failure = error::failure(reply, purpose);
    let org = reply
        .date
        .as_deref()
        .and_then(|date| jiff::fmt::rfc2822::parse(date).ok());
    let ahead = org.map(|org| {
        jiff::Timestamp::now()
            .duration_since(org.timestamp())
            .as_secs()
    });
    match ahead.filter(|ahead| ahead.abs() > SKEW) {
        None => failure,
        Some(ahead) => {
            let side = match ahead > 0 {
                true => "ahead of",
                false => "behind",
            };
            let clocks = format!(
                "this machine's clock is {} minutes {side} the org's",
                ahead.abs() / 60
            );
            let message = format!("{}; {clocks}", failure.message);
            Failure { message, ..failure }
        }
    }
}

fn answer(reply: Response) -> Result<HttpResponse, Failure> {
    oauth2::http::Response::builder()
        .status(reply.status)
        .header("content-type", "application/json")
        .body(reply.body)
        .map_err(|problem| Failure::bad_reply(Some(reply.status), &problem.to_string()))
}

fn tokens(
    login: &LoginHost,
    reply: Result<Reply, RequestTokenError<Failure, BasicErrorResponse>>,
) -> Result<Tokens, Failure> {
    let reply = reply.map_err(|problem| match problem {
        RequestTokenError::Request(failure) => failure,
        // The body may hold tokens: only that it does not fit is told.
        RequestTokenError::Parse(..) => {
            Failure::bad_reply(Some(200), "the login's reply is not a token reply")
        }
        RequestTokenError::ServerResponse(refusal) => {
            Failure::bad_reply(None, &refusal.to_string())
        }
        RequestTokenError::Other(told) => Failure::bad_reply(None, &told),
    })?;
    Tokens::of(login, &reply)
}

impl Tokens {
    /// Reads the body of a token reply.
    fn read(login: &LoginHost, body: &[u8]) -> Result<Self, Failure> {
        // The body holds tokens: only that it does not fit is told.
        let reply: Reply = json::read(body)
            .map_err(|_| Failure::bad_reply(Some(200), "the login's reply is not a token reply"))?;
        Self::of(login, &reply)
    }

    fn of(login: &LoginHost, reply: &Reply) -> Result<Self, Failure> {
        let instance = Origin::parse(&reply.extra_fields().instance_url)?;
        if instance.is_loopback() && !login.is_loopback() {
            return Err(Failure::bad_reply(
                Some(200),
                "the login named an org on this machine; its token was not used",
            ));
        }
        Ok(Self {
            access: SecretString::from(reply.access_token().secret().clone()),
            refresh: reply
                .refresh_token()
                .map(|token| SecretString::from(token.secret().clone())),
            instance,
            identity: reply.extra_fields().id.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::login::Secret;

    fn app() -> App {
        App {
            client_id: "sfw-tui".to_owned(),
            redirect_uri: "http://localhost:17171/callback".to_owned(),
            scopes: vec!["api".to_owned(), "refresh_token".to_owned()],
            user: Some("kim@acme.example".to_owned()),
        }
    }

    fn host(typed: &str) -> LoginHost {
        Origin::parse(typed).unwrap().into()
    }

    fn attempt() -> Attempt {
        authorize(&host("https://acme.my.salesforce.com"), &app()).unwrap()
    }

    #[test]
    fn the_login_page_gets_a_challenge_and_never_the_verifier() {
        let attempt = attempt();
        let url = Url::parse(&attempt.url).unwrap();
        assert_eq!(url.host_str(), Some("acme.my.salesforce.com"));
        assert_eq!(url.path(), "/services/oauth2/authorize");
        let value = |name: &str| {
            url.query_pairs()
                .find(|(key, _)| key == name)
                .unwrap()
                .1
                .into_owned()
        };
        assert_eq!(value("response_type"), "code");
        assert_eq!(value("code_challenge_method"), "S256");
        assert_eq!(value("redirect_uri"), app().redirect_uri);
        assert_eq!(value("scope"), "api refresh_token");
        assert_eq!(value("login_hint"), "kim@acme.example");
        assert!(value("state").len() >= 22, "128 bits");
        assert!(!attempt.url.contains(attempt.verifier.secret()));
        let shown = format!("{attempt:?}");
        assert!(
            !shown.contains(attempt.verifier.secret()) && !shown.contains(attempt.state.secret())
        );
        assert_ne!(
            super::tests::attempt().url,
            attempt.url,
            "every login has its own state"
        );
    }

    #[test]
    fn only_the_answer_to_this_login_gives_a_code() {
        let attempt = attempt();
        let state = attempt.state.secret().clone();
        let good = format!("http://localhost:17171/callback?code=aPrx%3D%3D&state={state}");
        assert_eq!(
            attempt.check_redirect(&good).unwrap().expose_secret(),
            "aPrx=="
        );
        let refused = [
            "http://localhost:17171/callback?code=x&state=other".to_owned(),
            "http://localhost:17171/callback?code=x".to_owned(),
            format!("http://localhost:17172/callback?code=x&state={state}"),
            format!("http://localhost:17171/elsewhere?code=x&state={state}"),
            format!("http://localhost:17171/callback?state={state}"),
            "aPrx".to_owned(),
        ];
        for address in refused {
            assert!(attempt.check_redirect(&address).is_err(), "{address}");
        }
    }

    #[test]
    fn what_people_copy_is_understood() {
        let attempt = attempt();
        let state = attempt.state.secret().clone();
        let answer = format!("code=aPrx12345%3D%3D&state={state}");
        let good = [
            format!("http://localhost:17171/callback?{answer}"),
            format!("  \"http://localhost:17171/callback?{answer}\"\r\n"),
            format!("http://localhost:17171/\n callback?{answer}"),
            format!("localhost:17171/callback?{answer}"),
            answer.clone(),
            "aPrx12345==".to_owned(),
            "aPrx12345%3D%3D\n".to_owned(),
        ];
        for typed in good {
            let code = attempt.check_typed(&Secret::new(typed.clone()));
            assert_eq!(code.unwrap().expose_secret(), "aPrx12345==", "{typed}");
        }
        let bad = [
            String::new(),
            "\n".to_owned(),
            "yes".to_owned(),
            attempt.url.clone(),
            "http://localhost:17171/callback?code=aPrx12345&state=other".to_owned(),
            "code=aPrx12345".to_owned(),
            "http://evil.test/callback?code=x".to_owned(),
        ];
        for typed in bad {
            let failure = attempt
                .check_typed(&Secret::new(typed.clone()))
                .unwrap_err();
            assert_eq!(failure.code, "REDIRECT", "{typed}");
        }
        let target = format!("/callback?{answer}");
        assert!(attempt.check_request(&target).is_ok());
        assert!(
            attempt
                .check_request(&format!("http://evil.test{target}"))
                .is_err()
        );
        assert!(
            attempt
                .check_request(&format!("//evil.test{target}"))
                .is_err()
        );
    }

    #[test]
    fn a_refused_login_keeps_the_orgs_reason() {
        let attempt = attempt();
        let address = format!(
            "http://localhost:17171/callback?error=invalid_client&error_description=app+must+be+installed+into+org&state={}",
            attempt.state.secret()
        );
        let failure = attempt.check_redirect(&address).unwrap_err();
        assert_eq!(
            (failure.kind, failure.code.as_str()),
            (FailureKind::Login, "invalid_client")
        );
        assert!(failure.message.contains("installed"));
    }

    #[test]
    fn a_login_can_run_on_any_thread() {
        fn sendable<T: Send>(work: T) -> T {
            work
        }
        let host = host("http://127.0.0.1:1");
        let http = client::http(host.origin()).unwrap();
        let (app, token) = (app(), SecretString::from(String::new()));
        drop(sendable(refresh(&http, &host, &app, &token)));
        drop(sendable(authorize_headless(&http, &host, &app)));
    }

    #[test]
    fn tokens_are_never_printed() {
        let login = host("https://acme.my.salesforce.com");
        let body = r#"{"access_token":"00Dcanary!AQ","refresh_token":"5Aepcanary","signature":"x","scope":"api",
            "instance_url":"https://acme.my.salesforce.com","id":"https://login.salesforce.com/id/00D/005","token_type":"Bearer","issued_at":"1"}"#;
        let tokens = Tokens::read(&login, body.as_bytes()).unwrap();
        assert_eq!(tokens.access.expose_secret(), "00Dcanary!AQ");
        assert_eq!(
            tokens.instance.to_string(),
            "https://acme.my.salesforce.com"
        );
        assert!(!format!("{tokens:?}").contains("canary"));
        let lured = body.replace("https://acme.my", "http://127.0.0.1:80/#");
        assert!(Tokens::read(&login, lured.as_bytes()).is_err());
    }
}
