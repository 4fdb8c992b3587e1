//! Query jobs: a result of any size as CSV, in pages (Bulk API 2.0 and Bulk API Developer
//! Guide, "Bulk API 2.0 Query").

use serde_json::json;

use crate::sf::request::{Method, Purpose, Request, encode};
use crate::sf::version::ApiVersion;

/// A new job; the org begins at once. Nothing is changed, so that a lost answer costs a
/// job nobody reads.
pub fn create(version: ApiVersion, soql: &str) -> Request {
    let body = json!({
        "operation": "query",
        "query": soql,
        "contentType": "CSV",
        "columnDelimiter": "COMMA",
        "lineEnding": "LF",
    });
    let mut request = Request::write(Method::Post, base(version), Some(body));
    request.purpose = Purpose::Read;
    request
}

/// How a job stands; read by [`super::read_job`].
pub fn job(version: ApiVersion, job: &str) -> Request {
    Request::get(format!("{}/{}", base(version), encode(job)))
}

/// Stops a job.
pub fn abort(version: ApiVersion, job: &str) -> Request {
    let path = format!("{}/{}", base(version), encode(job));
    let mut request = Request::write(Method::Patch, path, Some(json!({ "state": "Aborted" })));
    request.purpose = Purpose::Read;
    request
}

/// A page of the result, the first one without a locator. Its header says where the next
/// begins.
pub fn results(version: ApiVersion, job: &str, locator: Option<&str>, most: u32) -> Request {
    let mut path = format!(
        "{}/{}/results?maxRecords={most}",
        base(version),
        encode(job)
    );
    if let Some(locator) = locator {
        path.push_str("&locator=");
        path.push_str(&encode(locator));
    }
    Request::get(path)
}

fn base(version: ApiVersion) -> String {
    format!("{}/jobs/query", version.base())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_job_is_made_read_and_paged() {
        let version = ApiVersion(66);
        let request = create(version, "SELECT Id FROM Contact");
        assert_eq!(
            (request.method.as_str(), request.purpose),
            ("POST", Purpose::Read)
        );
        assert_eq!(request.body.unwrap()["query"], "SELECT Id FROM Contact");
        let base = "/services/data/v66.0/jobs/query/750x";
        assert_eq!(job(version, "750x").path, base);
        assert_eq!(
            results(version, "750x", None, 500).path,
            format!("{base}/results?maxRecords=500")
        );
        assert_eq!(
            results(version, "750x", Some("M=T&x"), 500).path,
            format!("{base}/results?maxRecords=500&locator=M%3DT%26x")
        );
    }
}
