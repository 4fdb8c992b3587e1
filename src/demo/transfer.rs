//! Bodies too large for memory: uploads of bulk jobs into a file, results out of one.
//! Knows nothing of jobs.

use std::future::poll_fn;
use std::io::{Cursor, SeekFrom};
use std::path::{Path, PathBuf};
use std::pin::Pin;

use axum::body::{Body, HttpBody};
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt, BufWriter};
use tokio_util::io::ReaderStream;

use super::error::Refusal;
use super::wire::FilePart;

/// Bytes of an upload: 150 MB once encoded as base64 (Bulk API 2.0 limits).
const LARGEST: u64 = 150 * 1024 * 1024 / 4 * 3;
/// Bytes read from a file at a time.
const PIECE: usize = 64 * 1024;
/// Ending of uploads that are not taken over by a job yet.
pub const PARTIAL: &str = "part";

/// Whether a call's body goes to a file: `PUT …/jobs/ingest/{id}/batches`.
pub fn is_upload(method: &str, path: &str) -> bool {
    method == "PUT"
        && path.contains("/jobs/ingest/")
        && path.trim_end_matches('/').ends_with("/batches")
}

/// Writes a body to a new file in the folder, as it comes.
///
/// # Errors
/// 413 for one that is too large, 500 for a disk that does not take it, 400 for a
/// connection that broke.
pub async fn to_file(body: Body, folder: &Path) -> Result<PathBuf, Refusal> {
    let name = format!("{}.{PARTIAL}", uuid::Uuid::now_v7());
    let path = folder.join(name);
    let written = write(body, folder, &path).await;
    if written.is_err() {
        // The disk may be what failed; what is left is deleted at the next start.
        let _ = tokio::fs::remove_file(&path).await;
    }
    written.map(|()| path)
}

async fn write(mut body: Body, folder: &Path, path: &Path) -> Result<(), Refusal> {
    tokio::fs::create_dir_all(folder)
        .await
        .map_err(Refusal::unexpected)?;
    let file = File::create(path).await.map_err(Refusal::unexpected)?;
    let mut file = BufWriter::with_capacity(PIECE, file);
    let mut length = 0;
    while let Some(frame) = poll_fn(|task| Pin::new(&mut body).poll_frame(task)).await {
        let frame = frame.map_err(|_| {
            Refusal::new(400, "CLIENT_CLOSED_REQUEST", "The upload ended too early")
        })?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        length += data.len() as u64;
        if length > LARGEST {
            let text = "The request body is too large";
            return Err(Refusal::new(413, "EXCEEDED_MAX_SIZE_REQUEST", text));
        }
        file.write_all(&data).await.map_err(Refusal::unexpected)?;
    }
    file.flush().await.map_err(Refusal::unexpected)
}

/// A body of bytes, then a part of a file.
///
/// # Errors
/// The system's, when the file cannot be opened.
pub async fn from_file(head: Vec<u8>, part: &FilePart) -> std::io::Result<Body> {
    let mut file = File::open(&part.path).await?;
    file.seek(SeekFrom::Start(part.from)).await?;
    let all = Cursor::new(head).chain(file.take(part.length));
    Ok(Body::from_stream(ReaderStream::with_capacity(all, PIECE)))
}

#[cfg(test)]
mod tests {
    use super::is_upload;

    #[test]
    fn only_the_upload_of_a_job_goes_to_a_file() {
        let path = "/services/data/v62.0/jobs/ingest/750000000000001/batches";
        assert!(is_upload("PUT", path) && is_upload("PUT", &format!("{path}/")));
        assert!(!is_upload("POST", path) && !is_upload("PUT", "/services/data/v62.0/batches"));
    }
}
