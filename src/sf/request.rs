//! Requests as plain values: built by functions, looked at by tests, sent by `client`.

use std::path::PathBuf;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

/// HTTP methods the API uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are HTTP's own")]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    /// As it stands in a request line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// What a request is for; decides what it means when its answer is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Nothing changes in the org: may be asked again.
    Read,
    /// The org may have changed, even when no answer came.
    Write,
}

/// A file sent as a body, read while it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// The file.
    pub path: PathBuf,
    /// Its bytes.
    pub bytes: u64,
}

/// One HTTP request to the org.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Its method.
    pub method: Method,
    /// Path with query, already percent-encoded; or an absolute URL the org handed out.
    pub path: String,
    /// Headers beside those every request has.
    pub headers: Vec<(&'static str, String)>,
    /// JSON body.
    pub body: Option<Value>,
    /// What goes into a SOAP body in the place of a JSON one.
    pub soap: Option<String>,
    /// A file of CSV in the place of both.
    pub upload: Option<Upload>,
    /// What it is for.
    pub purpose: Purpose,
}

impl Request {
    /// A GET that reads.
    pub fn get(path: String) -> Self {
        Self {
            method: Method::Get,
            path,
            headers: Vec::new(),
            body: None,
            soap: None,
            upload: None,
            purpose: Purpose::Read,
        }
    }

    /// A request that changes the org.
    pub fn write(method: Method, path: String, body: Option<Value>) -> Self {
        Self {
            method,
            path,
            headers: Vec::new(),
            body,
            soap: None,
            upload: None,
            purpose: Purpose::Write,
        }
    }

    /// Asks for an answer only when the resource changed since the `Last-Modified` an
    /// earlier reply carried; else 304 comes.
    #[must_use]
    pub fn changed_since(mut self, since: Option<&str>) -> Self {
        if let Some(since) = since {
            self.headers.push(("If-Modified-Since", since.to_owned()));
        }
        self
    }
}

/// Everything but the characters RFC 3986 leaves unreserved.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Makes a text fit for one path segment or one query value.
pub fn encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_can_leave_its_place_in_an_address() {
        let cases = [
            (
                "SELECT Id FROM A WHERE B = 'x+y'",
                "SELECT%20Id%20FROM%20A%20WHERE%20B%20%3D%20%27x%2By%27",
            ),
            ("../../x?y=1&z#f", "..%2F..%2Fx%3Fy%3D1%26z%23f"),
            ("Ünï", "%C3%9Cn%C3%AF"),
            ("Contact", "Contact"),
        ];
        for (text, encoded) in cases {
            assert_eq!(encode(text), encoded);
        }
    }
}
