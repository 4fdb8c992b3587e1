//! The one sender. A token goes to the pinned origin and nowhere else, nothing is
//! followed, and nothing is sent twice: a request that timed out may have been carried out.

mod transfer;

use std::time::{Duration, Instant};

use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap};
use secrecy::{ExposeSecret, SecretString};

use super::error;
use super::origin::Origin;
use super::request::{Method, Purpose, Request};
use super::transport;
use crate::domain::failure::Failure;

/// Largest body read, in bytes, unpacked: a hostile answer must not fill the memory.
const MOST_BYTES: usize = 32 << 20;
/// Longest wait for a connection.
const CONNECT: Duration = Duration::from_secs(10);
/// Longest silence on a connection.
const SILENCE: Duration = Duration::from_secs(60);

/// The HTTP library's client: a pool of connections.
pub type Http = reqwest::Client;

/// The HTTP side of an origin: its pool of connections. Plain http, which only this
/// machine may use, goes without TLS roots (loading them takes milliseconds) and
/// without proxies.
pub fn http(origin: &Origin) -> Result<Http, Failure> {
    connections(origin, Some(SILENCE))
}

/// The same; `silence` is how long nothing may come, which includes the time in which a
/// body is sent.
fn connections(origin: &Origin, silence: Option<Duration>) -> Result<Http, Failure> {
    let builder = reqwest::Client::builder()
        .user_agent(concat!("sfw-tui/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .connect_timeout(CONNECT);
    let builder = match silence {
        Some(silence) => builder.read_timeout(silence),
        None => builder,
    };
    // Fails when a provider is installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = match origin.is_plain() {
        true => builder.tls_certs_only([]).no_proxy(),
        false => builder.https_only(true),
    };
    builder
        .build()
        .map_err(|problem| Failure::local(&format!("the HTTP client does not start: {problem}")))
}

/// Sends requests to one org with one token. Cheap to clone; clones share connections.
#[derive(Clone)]
pub struct Client {
    http: Http,
    origin: Origin,
    token: SecretString,
}

impl Client {
    /// A sender over connections made by [`http`].
    pub fn new(http: Http, origin: Origin, token: SecretString) -> Self {
        Self {
            http,
            origin,
            token,
        }
    }

    /// Where it sends.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The same connections with another token, after a refresh.
    #[must_use]
    pub fn with_token(&self, token: SecretString) -> Self {
        Self {
            token,
            ..self.clone()
        }
    }

    /// The same connections to where the org answers now, with the token it gave there.
    #[must_use]
    pub fn at(&self, origin: Origin, token: SecretString) -> Self {
        Self {
            http: self.http.clone(),
            origin,
            token,
        }
    }

    /// Sends a request once and reads the whole answer, whatever its status. Fails when
    /// no whole answer came: nothing left (`NoConnection`), or, for a write, it may have
    /// been done (`OutcomeUnknown`).
    pub async fn send(&self, request: &Request) -> Result<Response, Failure> {
        let started = Instant::now();
        if request.purpose == Purpose::Write {
            see_closed_connections().await;
        }
        let mut builder = self.asking(&self.http, request, "application/json")?;
        if let Some(body) = &request.body {
            builder = builder
                .header(CONTENT_TYPE, "application/json")
                .body(body.to_string());
        }
        if let Some(inside) = &request.soap {
            builder = builder
                .header(CONTENT_TYPE, "text/xml; charset=UTF-8")
                .header("SOAPAction", "\"\"")
                .body(envelope(self.token.expose_secret(), inside));
        }
        receive(builder, request.purpose, self.origin.host(), started).await
    }

    /// A request with its headers and the token, without a body.
    fn asking(
        &self,
        http: &Http,
        request: &Request,
        accept: &str,
    ) -> Result<reqwest::RequestBuilder, Failure> {
        let mut builder = http
            .request(method(request.method), self.origin.resolve(&request.path)?)
            .bearer_auth(self.token.expose_secret())
            .header(ACCEPT, accept)
            .header("Sforce-Call-Options", "client=sfw-tui");
        for (name, value) in &request.headers {
            builder = builder.header(*name, value);
        }
        Ok(builder)
    }

    /// Sends a request and takes only success, or 304 where the request asked for it.
    pub async fn read(&self, request: &Request) -> Result<Response, Failure> {
        self.send(request).await?.checked(request.purpose)
    }
}

/// A SOAP message; the token stands in a header of it.
fn envelope(token: &str, inside: &str) -> String {
    let token = token.replace('&', "&amp;").replace('<', "&lt;");
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
         <soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\" \
         xmlns=\"urn:partner.soap.sforce.com\"><soapenv:Header><SessionHeader><sessionId>{token}\
         </sessionId></SessionHeader></soapenv:Header><soapenv:Body>{inside}</soapenv:Body>\
         </soapenv:Envelope>"
    )
}

/// Lets connections that the org closed while they were idle leave the pool. A request
/// written into one is lost without a trace, and a lost write counts as unknown: once a
/// byte is written, nothing tells a connection closed before from one closed after it
/// was read. The first turn brings the news of the sockets, the second lets the tasks
/// of their connections act on it.
async fn see_closed_connections() {
    for _ in 0..2 {
        tokio::task::yield_now().await;
    }
}

/// Sends what was built and reads the answer up to the size limit.
pub(super) async fn receive(
    builder: reqwest::RequestBuilder,
    purpose: Purpose,
    host: &str,
    started: Instant,
) -> Result<Response, Failure> {
    let broken = |problem: reqwest::Error| transport::failure(&problem, purpose, host);
    let mut reply = builder.send().await.map_err(broken)?;
    let mut response = Response::of(reply.status().as_u16(), reply.headers());
    while let Some(chunk) = reply.chunk().await.map_err(broken)? {
        if response.body.len() + chunk.len() > MOST_BYTES {
            return Err(too_large(response.status, purpose));
        }
        response.body.extend_from_slice(&chunk);
    }
    response.elapsed = started.elapsed();
    Ok(response)
}

fn too_large(status: u16, purpose: Purpose) -> Failure {
    let message = format!("the reply is larger than {} MiB", MOST_BYTES >> 20);
    match purpose {
        Purpose::Read => Failure::bad_reply(Some(status), &message),
        Purpose::Write => Failure::outcome_unknown(&message).with_status(Some(status)),
    }
}

fn method(method: Method) -> reqwest::Method {
    match method {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
        Method::Put => reqwest::Method::PUT,
        Method::Patch => reqwest::Method::PATCH,
        Method::Delete => reqwest::Method::DELETE,
    }
}

/// An answer with the headers this program looks at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// The body, unpacked.
    pub body: Vec<u8>,
    /// From asking to the body's last byte.
    pub elapsed: Duration,
    /// API calls used and allowed in 24 h (`Sforce-Limit-Info`).
    pub usage: Option<(u32, u32)>,
    /// `Last-Modified`, to be sent back as `If-Modified-Since`.
    pub last_modified: Option<String>,
    /// `ETag`.
    pub etag: Option<String>,
    /// The org's clock, `Date`.
    pub date: Option<String>,
    /// Where a redirect or a new record is.
    pub location: Option<String>,
    /// How long to wait before asking again (`Retry-After` in seconds).
    pub retry_after: Option<Duration>,
    /// Where the next page of a bulk query's result begins (`Sforce-Locator`); `None` on
    /// the last one.
    pub locator: Option<String>,
}

impl Response {
    fn of(status: u16, headers: &HeaderMap) -> Self {
        let text = |name: &str| Some(headers.get(name)?.to_str().ok()?.to_owned());
        Self {
            status,
            usage: text("sforce-limit-info").and_then(|info| usage(&info)),
            last_modified: text("last-modified"),
            etag: text("etag"),
            date: text("date"),
            location: text("location"),
            locator: text("sforce-locator").filter(|locator| locator != "null"),
            retry_after: text("retry-after")
                .and_then(|seconds| seconds.trim().parse().ok())
                .map(Duration::from_secs),
            ..Self::default()
        }
    }

    /// Success passes, and 304; anything else is a failure, explained by its body.
    pub fn checked(self, purpose: Purpose) -> Result<Self, Failure> {
        match self.status {
            200..=299 | 304 => Ok(self),
            _ => Err(error::failure(&self, purpose)),
        }
    }
}

/// Reads `api-usage=54/15000, per-app-api-usage=…`.
fn usage(info: &str) -> Option<(u32, u32)> {
    let (used, most) = info
        .split(',')
        .find_map(|part| part.trim().strip_prefix("api-usage="))?
        .split_once('/')?;
    Some((used.trim().parse().ok()?, most.trim().parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn api_usage_is_read_beside_other_limits() {
        let cases = [
            ("api-usage=54/15000", Some((54, 15000))),
            (
                "api-usage=18/5000, per-app-api-usage=17/250(appName=x)",
                Some((18, 5000)),
            ),
            (
                "per-app-api-usage=17/250(appName=x), api-usage=18/5000",
                Some((18, 5000)),
            ),
            ("api-usage=x/5000", None),
            ("", None),
        ];
        for (info, expected) in cases {
            assert_eq!(usage(info), expected, "{info}");
        }
    }
}
