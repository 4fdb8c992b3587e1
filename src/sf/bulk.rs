//! Jobs of Bulk API 2.0: rows written (`ingest`) and rows read ([`query`]) in the
//! background. Bulk API 2.0 and Bulk API Developer Guide, "Bulk API 2.0 Ingest" and
//! "Query". Knows no rows: what is sent and what comes back are files of CSV.

pub mod query;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::error;
use super::json as reading;
use super::request::{Method, Request, Upload, encode};
use super::version::ApiVersion;
use crate::domain::failure::Failure;

/// What a new job is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewJob<'a> {
    /// API name.
    pub object: &'a str,
    /// `insert`, `update`, `upsert` or `delete`.
    pub operation: &'a str,
    /// Field that keys an upsert.
    pub key: Option<&'a str>,
}

/// A job as the org tells it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BulkJob {
    /// 18 characters, `750…`.
    pub id: String,
    /// API name.
    #[serde(default)]
    pub object: String,
    /// As in [`NewJob`], or `query`.
    #[serde(default)]
    pub operation: String,
    /// Field that keys an upsert.
    #[serde(default, rename = "externalIdFieldName")]
    pub key: Option<String>,
    /// Id of the user who made it.
    #[serde(default)]
    pub created_by_id: String,
    /// When, by the org's clock; `2021-08-31T01:31:13.000+0000`.
    #[serde(default)]
    pub created_date: String,
    /// Where it is in its life.
    pub state: JobState,
    /// Rows tried, those refused among them.
    #[serde(default, rename = "numberRecordsProcessed")]
    pub processed: u64,
    /// Rows refused.
    #[serde(default, rename = "numberRecordsFailed")]
    pub failed: u64,
    /// Why the job as a whole failed.
    #[serde(default, rename = "errorMessage")]
    pub error: Option<String>,
}

/// Where a job is in its life: `Open → UploadComplete → InProgress → JobComplete |
/// Failed`, or `Aborted` before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[expect(missing_docs, reason = "the names are Salesforce's own")]
pub enum JobState {
    Open,
    UploadComplete,
    InProgress,
    JobComplete,
    Failed,
    Aborted,
}

/// Which rows of a finished job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Results {
    /// Written; their id and whether they are new stand first.
    Successful,
    /// Refused; their id and why stand first.
    Failed,
    /// Not tried.
    Unprocessed,
}

impl JobState {
    /// Nothing more becomes of it.
    pub fn is_over(self) -> bool {
        matches!(self, Self::JobComplete | Self::Failed | Self::Aborted)
    }
}

impl BulkJob {
    /// When it was made, by the org's clock.
    pub fn created(&self) -> Option<Timestamp> {
        jiff::fmt::strtime::parse("%Y-%m-%dT%H:%M:%S%.f%z", &self.created_date)
            .and_then(|parsed| parsed.to_timestamp())
            .or_else(|_| self.created_date.parse())
            .ok()
    }
}

/// A new job that takes CSV with commas and line feeds; it waits, `Open`, for its file.
pub fn create(version: ApiVersion, job: &NewJob<'_>) -> Request {
    let mut body = json!({
        "object": job.object,
        "operation": job.operation,
        "contentType": "CSV",
        "columnDelimiter": "COMMA",
        "lineEnding": "LF",
    });
    if let (Some(key), Value::Object(map)) = (job.key, &mut body) {
        map.insert("externalIdFieldName".to_owned(), key.into());
    }
    Request::write(Method::Post, base(version), Some(body))
}

/// A job's file; the org takes one, once. Answered by 201.
pub fn upload(version: ApiVersion, job: &str, file: Upload) -> Request {
    let path = format!("{}/batches", of(version, job));
    let mut request = Request::write(Method::Put, path, None);
    request.upload = Some(file);
    request
}

/// The file is whole: the org may begin.
pub fn close(version: ApiVersion, job: &str) -> Request {
    state(version, job, "UploadComplete")
}

/// Nothing more of it shall be done. What was written stays written.
pub fn abort(version: ApiVersion, job: &str) -> Request {
    state(version, job, "Aborted")
}

/// How a job stands.
pub fn job(version: ApiVersion, job: &str) -> Request {
    Request::get(of(version, job))
}

/// Forgets a job that is over, its results too; answered by 204.
pub fn delete(version: ApiVersion, job: &str) -> Request {
    Request::write(Method::Delete, of(version, job), None)
}

/// Jobs of this API, a thousand a page.
pub fn list(version: ApiVersion) -> Request {
    Request::get(format!("{}?jobType=V2Ingest", base(version)))
}

/// Rows of a job that is over, as CSV. Their order is not promised.
pub fn results(version: ApiVersion, job: &str, which: Results) -> Request {
    let name = match which {
        Results::Successful => "successfulResults",
        Results::Failed => "failedResults",
        Results::Unprocessed => "unprocessedrecords",
    };
    Request::get(format!("{}/{name}", of(version, job)))
}

fn base(version: ApiVersion) -> String {
    format!("{}/jobs/ingest", version.base())
}

fn of(version: ApiVersion, job: &str) -> String {
    format!("{}/{}", base(version), encode(job))
}

fn state(version: ApiVersion, job: &str, state: &str) -> Request {
    let body = json!({ "state": state });
    Request::write(Method::Patch, of(version, job), Some(body))
}

/// Reads the answer to [`create`], [`job`], [`close`] and [`abort`].
pub fn read_job(body: &[u8]) -> Result<BulkJob, Failure> {
    reading::read(body)
}

/// One page of the list of jobs.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JobPage {
    /// The jobs.
    pub records: Vec<BulkJob>,
    /// Address of the next page.
    #[serde(default)]
    pub next_records_url: Option<String>,
}

/// Reads the answer to [`list`].
pub fn read_jobs(body: &[u8]) -> Result<JobPage, Failure> {
    reading::read(body)
}

/// Why a row was refused, from its `sf__Error`: `CODE:what happened:Field Field --`.
pub fn row_failure(text: &str) -> Failure {
    let text = text.trim();
    let (code, rest) = match text.split_once(':') {
        Some((code, rest)) if is_code(code) => (code, rest),
        _ => ("ROW_REFUSED", text),
    };
    let (message, fields) = match rest.rsplit_once(':') {
        Some((message, fields)) if fields.trim_end().ends_with("--") => (message, fields),
        _ => (rest, ""),
    };
    let fields = fields
        .split([' ', ','])
        .filter(|name| !name.is_empty() && *name != "--");
    error::named(code, message, fields.map(str::to_owned).collect(), None)
}

fn is_code(word: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    !word.is_empty() && word.bytes().all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::failure::FailureKind;

    const VERSION: ApiVersion = ApiVersion(66);

    #[test]
    fn every_step_of_a_job_has_its_request() {
        let new = NewJob {
            object: "Contact",
            operation: "upsert",
            key: Some("Key__c"),
        };
        let request = create(VERSION, &new);
        assert_eq!(request.path, "/services/data/v66.0/jobs/ingest");
        assert_eq!(
            request.body.unwrap(),
            json!({"object": "Contact", "operation": "upsert", "contentType": "CSV",
                "columnDelimiter": "COMMA", "lineEnding": "LF", "externalIdFieldName": "Key__c"})
        );
        let file = Upload {
            path: "part-0001.csv".into(),
            bytes: 7,
        };
        let base = "/services/data/v66.0/jobs/ingest/750x";
        let cases = [
            (
                upload(VERSION, "750x", file),
                "PUT",
                format!("{base}/batches"),
            ),
            (close(VERSION, "750x"), "PATCH", base.to_owned()),
            (job(VERSION, "750x"), "GET", base.to_owned()),
            (delete(VERSION, "750x"), "DELETE", base.to_owned()),
            (
                results(VERSION, "750x", Results::Failed),
                "GET",
                format!("{base}/failedResults"),
            ),
            (
                job(VERSION, "../x"),
                "GET",
                "/services/data/v66.0/jobs/ingest/..%2Fx".to_owned(),
            ),
        ];
        for (request, method, path) in cases {
            assert_eq!((request.method.as_str(), request.path), (method, path));
        }
        assert_eq!(
            abort(VERSION, "750x").body.unwrap(),
            json!({"state": "Aborted"})
        );
    }

    #[test]
    fn a_job_is_read_with_and_without_its_counters() {
        let open = br#"{"id":"7503h00000CV7GpAAL","operation":"update","object":"Account",
            "createdById":"0053h000002xQ5sAAE","createdDate":"2021-08-31T01:31:13.000+0000",
            "state":"Open","apiVersion":52,"lineEnding":"LF"}"#;
        let job = read_job(open).unwrap();
        assert_eq!((job.state, job.processed), (JobState::Open, 0));
        assert_eq!(
            job.created().unwrap(),
            "2021-08-31T01:31:13Z".parse().unwrap()
        );
        let over = br#"{"id":"750","state":"JobComplete","numberRecordsProcessed":4,
            "numberRecordsFailed":1,"apiVersion":52.0}"#;
        let job = read_job(over).unwrap();
        assert_eq!((job.processed, job.failed), (4, 1));
        assert!(job.state.is_over() && !JobState::Open.is_over());
        assert!(read_job(b"[]").is_err());
        let page = br#"{"done":true,"records":[],"nextRecordsUrl":null}"#;
        assert_eq!(read_jobs(page).unwrap().next_records_url, None);
    }

    #[test]
    fn a_refused_row_tells_code_text_and_fields() {
        let cases = [
            (
                "REQUIRED_FIELD_MISSING:Required fields are missing: [LastName]:LastName --",
                (
                    "REQUIRED_FIELD_MISSING",
                    "Required fields are missing: [LastName]",
                ),
                vec!["LastName"],
            ),
            (
                "INVALID_CROSS_REFERENCE_KEY:invalid cross reference id:--",
                ("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id"),
                vec![],
            ),
            (
                "UNABLE_TO_LOCK_ROW:unable to obtain exclusive access: 0013000000ABCDeAAF:--",
                (
                    "UNABLE_TO_LOCK_ROW",
                    "unable to obtain exclusive access: 0013000000ABCDeAAF",
                ),
                vec![],
            ),
            ("something odd", ("ROW_REFUSED", "something odd"), vec![]),
            ("", ("ROW_REFUSED", ""), vec![]),
        ];
        for (text, (code, message), fields) in cases {
            let failure = row_failure(text);
            assert_eq!(
                (failure.code.as_str(), failure.message.as_str()),
                (code, message)
            );
            assert_eq!(failure.fields, fields, "{text}");
        }
        let lock = row_failure("UNABLE_TO_LOCK_ROW:busy:--");
        assert_eq!(lock.kind, FailureKind::Locked);
    }
}
