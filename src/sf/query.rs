//! SOQL pages and SOSL hits (REST API guide, Query and Search).

use serde_json::Value;

use super::composite::{self, PartReply};
use super::error;
use super::json;
use super::record;
use super::request::{Request, encode};
use super::version::ApiVersion;
use crate::domain::failure::Failure;
use crate::domain::record::Record;

/// One page of a query.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct QueryPage {
    /// Rows in all; what `COUNT()` counted.
    pub total: u64,
    /// Rows of this page.
    pub records: Vec<Record>,
    /// Address of the next page, as the org wrote it.
    pub next: Option<String>,
}

/// The first page of a query.
pub fn query(version: ApiVersion, soql: &str) -> Request {
    Request::get(path(version, soql))
}

/// Path of a query, for a composite part as well.
pub(super) fn path(version: ApiVersion, soql: &str) -> String {
    format!("{}/query?q={}", version.base(), encode(soql))
}

/// The page a `nextRecordsUrl` names; the sender refuses one on another host.
pub fn next(locator: &str) -> Request {
    Request::get(locator.to_owned())
}

/// Hits of a SOSL search.
pub fn search(version: ApiVersion, sosl: &str) -> Request {
    Request::get(format!("{}/search?q={}", version.base(), encode(sosl)))
}

/// Reads the answer to [`query`] and [`next`].
pub fn read_rows(body: &[u8]) -> Result<QueryPage, Failure> {
    let value: Value = json::read(body)?;
    page_of(value).ok_or_else(|| Failure::bad_reply(None, "the reply is not a page of rows"))
}

/// The reference of a part of a composite, and its page or why it failed.
pub type NamedPage = (String, Result<QueryPage, Failure>);

/// Pages of a composite of queries, each by its reference or why it failed.
pub fn read_composite(body: &[u8]) -> Result<Vec<NamedPage>, Failure> {
    let value: Value = json::read(body)?;
    let parts = composite::read_parts(value)
        .ok_or_else(|| Failure::bad_reply(None, "the reply is not a composite reply"))?;
    let read = |part: PartReply| {
        let page = match part.status {
            200..=299 => page_of(part.body)
                .ok_or_else(|| Failure::bad_reply(None, "a part is not a page of rows")),
            status => Err(match error::root(error::errors(&part.body)) {
                Some(told) => told.into_failure(status),
                None => Failure::bad_reply(Some(status), "a part failed without a word"),
            }),
        };
        (part.reference, page)
    };
    Ok(parts.into_iter().map(read).collect())
}

/// A query result inside a larger reply.
pub(super) fn page_of(mut value: Value) -> Option<QueryPage> {
    let Value::Array(rows) = value.get_mut("records")?.take() else {
        return None;
    };
    let records = record::read_all(rows);
    let text = |name: &str| Some(value.get(name)?.as_str()?.to_owned());
    Some(QueryPage {
        total: value
            .get("totalSize")
            .and_then(Value::as_u64)
            .unwrap_or(records.len() as u64),
        next: text("nextRecordsUrl"),
        records,
    })
}

/// Reads the answer to [`search`]; versions before 37 send the bare list.
pub fn read_found(body: &[u8]) -> Result<Vec<Record>, Failure> {
    let mut value: Value = json::read(body)?;
    if let Some(rows) = value.get_mut("searchRecords") {
        value = rows.take();
    }
    match value {
        Value::Array(rows) => Ok(record::read_all(rows)),
        _ => Err(Failure::bad_reply(None, "the reply is not a list of hits")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_and_searches_travel_in_the_address() {
        let version = ApiVersion(66);
        assert_eq!(
            query(version, "SELECT Id FROM A").path,
            "/services/data/v66.0/query?q=SELECT%20Id%20FROM%20A"
        );
        assert_eq!(
            search(version, "FIND {a*}").path,
            "/services/data/v66.0/search?q=FIND%20%7Ba%2A%7D"
        );
        assert_eq!(
            next("/services/data/v66.0/query/0r8-2000").path,
            "/services/data/v66.0/query/0r8-2000"
        );
    }

    #[test]
    fn pages_tell_total_rows_and_where_to_go_on() {
        let body = br#"{"totalSize":2086,"done":false,"nextRecordsUrl":"/services/data/v59.0/query/0r8-2000",
            "records":[{"attributes":{"type":"Account"},"Id":"001dM00003kS2ndQAC","Name":"A"}]}"#;
        let page = read_rows(body).unwrap();
        assert_eq!((page.total, page.records.len()), (2086, 1));
        assert_eq!(
            page.next.as_deref(),
            Some("/services/data/v59.0/query/0r8-2000")
        );
        let count = read_rows(br#"{"totalSize":7,"done":true,"records":[]}"#).unwrap();
        assert_eq!((count.total, count.next), (7, None));
        assert!(read_rows(b"[]").is_err());
    }

    #[test]
    fn hits_come_in_both_shapes() {
        for body in [
            &br#"{"searchRecords":[{"attributes":{"type":"Lead"},"Id":"00QdM00003kS2nd"}]}"#[..],
            &br#"[{"attributes":{"type":"Lead"},"Id":"00QdM00003kS2nd"}]"#[..],
        ] {
            assert_eq!(read_found(body).unwrap()[0].object, "Lead");
        }
        assert!(read_found(br#"{"x":1}"#).is_err());
    }
}
