//! Requests and replies as plain values, so that one dispatch serves HTTP and every
//! part of a composite call. Knows nothing of sockets, rows or SQL.

use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

/// One request: a whole HTTP call, or one part of a composite call.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Upper case.
    pub method: String,
    /// Still percent-encoded, starts with `/`.
    pub path: String,
    /// Without `?`, still percent-encoded.
    pub query: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// Where the body lies instead, when it went to a file.
    pub file: Option<PathBuf>,
    /// Asked again after waiting as long as it may ([`Reply::hold`]).
    pub waited: bool,
}

impl Request {
    /// A request from a method and an address with its query.
    pub fn new(method: &str, target: &str) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Self {
            method: method.to_ascii_uppercase(),
            path: path.to_owned(),
            query: query.to_owned(),
            ..Self::default()
        }
    }

    /// The first header of this (lower-case) name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// Whether a `name=true` part stands in a `;` separated header such as
    /// `Sforce-Duplicate-Rule-Header`.
    pub fn header_flag(&self, name: &str, flag: &str) -> Option<bool> {
        self.header(name)?
            .split([';', ','])
            .filter_map(|part| part.split_once('='))
            .find(|(key, _)| key.trim().eq_ignore_ascii_case(flag))
            .map(|(_, value)| value.trim().eq_ignore_ascii_case("true"))
    }

    /// Path segments, decoded; empty ones (a trailing slash) are left out.
    pub fn segments(&self) -> Vec<String> {
        self.path
            .split('/')
            .filter(|part| !part.is_empty())
            .map(decode)
            .collect()
    }

    /// The first query parameter of this name.
    pub fn param(&self, name: &str) -> Option<String> {
        self.params()
            .into_iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value)
    }

    /// All query parameters, decoded, in order.
    pub fn params(&self) -> Vec<(String, String)> {
        form_pairs(&self.query)
    }

    /// The form fields of a form-encoded body.
    pub fn form(&self) -> Vec<(String, String)> {
        form_pairs(&String::from_utf8_lossy(&self.body))
    }
}

/// Decodes `a=b&c=d`, `+` as blank.
pub fn form_pairs(text: &str) -> Vec<(String, String)> {
    text.split('&')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            (
                decode(&key.replace('+', " ")),
                decode(&value.replace('+', " ")),
            )
        })
        .collect()
}

fn decode(text: &str) -> String {
    percent_encoding::percent_decode_str(text)
        .decode_utf8_lossy()
        .into_owned()
}

/// Percent-encodes everything but letters, digits and `-._~`.
pub fn encode(text: &str) -> String {
    use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
    const KEEP: &AsciiSet = &NON_ALPHANUMERIC
        .remove(b'-')
        .remove(b'.')
        .remove(b'_')
        .remove(b'~');
    utf8_percent_encode(text, KEEP).to_string()
}

/// One reply.
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    /// Names as Salesforce writes them (`ETag`); the content type is in `kind`.
    pub headers: Vec<(&'static str, String)>,
    pub kind: &'static str,
    pub body: Vec<u8>,
    /// Sent behind `body`.
    pub file: Option<Box<FilePart>>,
    /// Nothing to say yet: ask again when there are events, or when this time is over.
    pub hold: Option<Duration>,
}

/// A piece of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilePart {
    pub path: PathBuf,
    /// In bytes.
    pub from: u64,
    /// In bytes.
    pub length: u64,
}

/// `Content-Type` of data replies.
pub const JSON: &str = "application/json;charset=UTF-8";

impl Reply {
    /// A JSON reply.
    pub fn json(status: u16, value: &impl Serialize) -> Self {
        // Values here are built from strings and maps with string keys: they always serialise.
        let body = serde_json::to_vec(value).unwrap_or_default();
        Self::bytes(status, JSON, body)
    }

    /// A reply with ready bytes.
    pub fn bytes(status: u16, kind: &'static str, body: Vec<u8>) -> Self {
        Self {
            status,
            headers: Vec::new(),
            kind,
            body,
            file: None,
            hold: None,
        }
    }

    /// A reply of bytes and a part of a file behind them.
    pub fn file(kind: &'static str, head: Vec<u8>, part: FilePart) -> Self {
        Self {
            file: Some(Box::new(part)),
            ..Self::bytes(200, kind, head)
        }
    }

    /// Bytes of the body.
    pub fn length(&self) -> u64 {
        self.body.len() as u64 + self.file.as_ref().map_or(0, |part| part.length)
    }

    /// A reply without body.
    pub fn empty(status: u16) -> Self {
        Self::bytes(status, JSON, Vec::new())
    }

    /// The same with one more header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Whether the status is below 400.
    pub fn is_ok(&self) -> bool {
        self.status < 400
    }

    /// The body as a value; `Null` when there is none.
    pub fn value(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_and_segments_are_decoded_once() {
        let request = Request::new("get", "/a/Contact/Email/x%40y.z/?q=a%2Bb+c&n=1");
        assert_eq!(request.method, "GET");
        assert_eq!(request.segments(), ["a", "Contact", "Email", "x@y.z"]);
        assert_eq!(request.param("q").as_deref(), Some("a+b c"));
        assert_eq!(request.param("none"), None);
    }

    #[test]
    fn header_flags_read_every_part() {
        let mut request = Request::new("POST", "/");
        request.headers.push((
            "sforce-duplicate-rule-header".into(),
            "includeRecordDetails=true; allowSave=TRUE".into(),
        ));
        let flag = |name| request.header_flag("sforce-duplicate-rule-header", name);
        assert_eq!(flag("allowSave"), Some(true));
        assert_eq!(flag("runAsCurrentUser"), None);
    }
}
