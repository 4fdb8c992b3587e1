//! Conditional requests (REST API guide, "Conditional Request Headers"): validators and
//! the headers that ask for or insist on them. Seconds are the finest step. ETags bind on
//! accounts only; deletes take no conditions.

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::error::Refusal;
use super::wire::{Reply, Request};

/// RFC 1123, as HTTP dates are.
const HTTP_DATE: &str = "%a, %d %b %Y %H:%M:%S GMT";

/// What a resource is now.
#[derive(Debug, Clone, Copy)]
pub struct Validators<'a> {
    /// Quoted; `None` where tags are not looked at.
    pub etag: Option<&'a str>,
    pub modified: Option<Timestamp>,
}

/// The validator of a body.
pub fn etag(body: &str) -> String {
    let hash = Sha256::digest(body.as_bytes());
    let text: String = hash
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("\"{text}\"")
}

/// A time as HTTP headers carry it.
pub fn http_date(at: Timestamp) -> String {
    at.strftime(HTTP_DATE).to_string()
}

/// The time of an HTTP header.
pub fn parse_http_date(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::parse(text)
        .ok()
        .map(|zoned| zoned.timestamp())
}

/// Whether a list of tags names this one. Compressed replies add `--gzip` to the tag.
pub fn names(list: &str, etag: &str) -> bool {
    list.split(',').any(|tag| {
        let tag = tag.trim();
        tag == "*" || tag.trim_start_matches("W/").replace("--gzip", "") == etag
    })
}

/// Checks a read: `Some` is the 304 to answer in place of the body.
///
/// # Errors
/// 412 for a condition that fails, 400 for a date that cannot be read.
pub fn read(request: &Request, now: Validators<'_>) -> Result<Option<Reply>, Refusal> {
    insist(request, now)?;
    let known = match (request.header("if-none-match"), now.etag) {
        (Some(list), Some(etag)) => names(list, etag),
        _ => since(request, "if-modified-since")?
            .zip(now.modified)
            .is_some_and(|(since, modified)| modified.as_second() <= since.as_second()),
    };
    let reply = || match now.etag {
        Some(etag) => Reply::empty(304).with("ETag", etag),
        None => Reply::empty(304),
    };
    Ok(known.then(reply))
}

/// Checks a write.
///
/// # Errors
/// 412 for a condition that fails, 400 for a value that cannot be read.
pub fn write(request: &Request, now: Validators<'_>) -> Result<(), Refusal> {
    insist(request, now)?;
    match (tags(request, "if-none-match")?, now.etag) {
        (Some(list), Some(etag)) if names(list, etag) => Err(failed()),
        _ => Ok(()),
    }
}

/// Whether a write says anything that [`write`] would look at.
pub fn is_asked(request: &Request) -> bool {
    ["if-match", "if-none-match", "if-unmodified-since"]
        .iter()
        .any(|name| request.header(name).is_some())
}

/// `If-Match` and `If-Unmodified-Since`, which reads and writes share.
fn insist(request: &Request, now: Validators<'_>) -> Result<(), Refusal> {
    if let (Some(list), Some(etag)) = (tags(request, "if-match")?, now.etag)
        && !names(list, etag)
    {
        return Err(failed());
    }
    let late = since(request, "if-unmodified-since")?
        .zip(now.modified)
        .is_some_and(|(since, modified)| modified.as_second() > since.as_second());
    if late { Err(failed()) } else { Ok(()) }
}

/// A list of tags; on a write it must be one.
fn tags<'a>(request: &'a Request, name: &str) -> Result<Option<&'a str>, Refusal> {
    let Some(list) = request.header(name) else {
        return Ok(None);
    };
    let reads = matches!(request.method.as_str(), "GET" | "HEAD");
    let is_tag = |tag: &str| {
        let tag = tag.trim().trim_start_matches("W/");
        tag == "*" || (tag.len() > 2 && tag.starts_with('"') && tag.ends_with('"'))
    };
    if reads || list.split(',').all(is_tag) {
        Ok(Some(list))
    } else {
        Err(unreadable(name, list))
    }
}

fn since(request: &Request, name: &str) -> Result<Option<Timestamp>, Refusal> {
    let Some(text) = request.header(name) else {
        return Ok(None);
    };
    parse_http_date(text)
        .map(Some)
        .ok_or_else(|| unreadable(name, text))
}

fn failed() -> Refusal {
    Refusal::new(412, "PRECONDITION_FAILED", "Precondition failed")
}

fn unreadable(name: &str, text: &str) -> Refusal {
    Refusal::new(
        400,
        "INVALID_INPUT",
        format!("Invalid value for header {name}: {text}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(method: &str, header: (&str, &str)) -> Request {
        let mut request = Request::new(method, "/");
        request.headers.push((header.0.into(), header.1.into()));
        request
    }

    #[test]
    fn conditions_are_met_failed_or_unreadable() {
        let now = Validators {
            etag: Some("\"a1\""),
            modified: "2026-05-06T09:49:20.700Z".parse().ok(),
        };
        let (same, before) = (
            "Wed, 06 May 2026 09:49:20 GMT",
            "Wed, 06 May 2026 09:49:19 GMT",
        );
        for (method, name, value, status) in [
            ("GET", "if-none-match", "\"b\", \"a1--gzip\"", 304),
            ("GET", "if-none-match", "\"b\"", 200),
            ("GET", "if-match", "\"b\"", 412),
            ("GET", "if-modified-since", same, 304),
            ("GET", "if-modified-since", before, 200),
            ("GET", "if-unmodified-since", before, 412),
            ("GET", "if-modified-since", "yesterday", 400),
            ("PATCH", "if-match", "\"a1\"", 200),
            ("PATCH", "if-match", "\"b\"", 412),
            ("PATCH", "if-match", "bare", 400),
            ("PATCH", "if-none-match", "\"a1\"", 412),
            ("PATCH", "if-none-match", "*", 412),
            ("PATCH", "if-unmodified-since", same, 200),
            ("PATCH", "if-unmodified-since", before, 412),
            ("PATCH", "if-unmodified-since", "2026", 400),
        ] {
            let request = ask(method, (name, value));
            let got = if method == "GET" {
                match read(&request, now) {
                    Ok(reply) => reply.map_or(200, |reply| reply.status),
                    Err(refusal) => refusal.status,
                }
            } else {
                write(&request, now).map_or_else(|refusal| refusal.status, |()| 200)
            };
            assert_eq!(got, status, "{method} {name}: {value}");
        }
    }

    #[test]
    fn without_a_tag_only_dates_count() {
        let now = Validators {
            etag: None,
            modified: None,
        };
        assert!(
            read(&ask("GET", ("if-none-match", "*")), now)
                .unwrap()
                .is_none()
        );
        assert!(write(&ask("PATCH", ("if-match", "\"x\"")), now).is_ok());
    }
}
