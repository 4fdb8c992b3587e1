//! Bulk API 2.0: ingest and query jobs below `…/jobs`, worked off in the background.
//!
//! A job is a row of `sys_bulk_job` and files in the org's folder ([`files`]). The
//! writing thread takes one [`step`] between requests: a chunk of rows through
//! [`crate::demo::rows`], the result files, and the job's row, in one transaction. What
//! a job has done is never kept in memory, so a restart resumes where the last chunk
//! ended. Knows no sockets.

mod columns;
mod create;
mod export;
pub mod files;
mod ingest;
mod job;
pub mod multipart;
mod outcome;
mod query;
mod records;
mod step;

use super::call::Call;
use super::error::Refusal;
use super::wire::{Reply, Request};

pub use export::Exported;
pub use job::TABLE;
pub use step::{Due, due, step};

/// Answers a path below `…/jobs`.
///
/// # Errors
/// What the operation refuses.
pub fn answer(
    call: &Call<'_>,
    method: &str,
    rest: &[&str],
    request: &Request,
) -> Result<Reply, Refusal> {
    match rest {
        ["ingest", rest @ ..] => ingest::answer(call, method, rest, request),
        ["query", rest @ ..] => query::answer(call, method, rest, request),
        _ => Err(Refusal::not_found()),
    }
}
