//! Bodies too large for memory: uploads of bulk jobs into a file, results out of one.
//! Knows nothing of jobs.

use std::future::poll_fn;
use std::io::{Cursor, SeekFrom};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use tokio::fs::File;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncSeekExt, AsyncWriteExt, BufWriter, ReadBuf};

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
pub async fn to_file(body: Incoming, folder: &Path) -> Result<PathBuf, Refusal> {
    let name = format!("{}.{PARTIAL}", uuid::Uuid::now_v7());
    let path = folder.join(name);
    let written = write(body, folder, &path).await;
    if written.is_err() {
        // The disk may be what failed; what is left is deleted at the next start.
        let _ = tokio::fs::remove_file(&path).await;
    }
    written.map(|()| path)
}

async fn write(mut body: Incoming, folder: &Path, path: &Path) -> Result<(), Refusal> {
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
pub async fn from_file(head: Vec<u8>, part: &FilePart) -> std::io::Result<FileBody> {
    let left = head.len() as u64 + part.length;
    let mut file = File::open(&part.path).await?;
    file.seek(SeekFrom::Start(part.from)).await?;
    let all = Cursor::new(head).chain(file.take(part.length));
    Ok(FileBody {
        all: Box::pin(all),
        left,
    })
}

/// A body that is read as it is sent; of the length that was promised, or broken off.
pub struct FileBody {
    all: Pin<Box<dyn AsyncRead + Send>>,
    left: u64,
}

impl Body for FileBody {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
    ) -> Poll<Option<std::io::Result<Frame<Bytes>>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        let mut piece = vec![0; PIECE];
        let mut buffer = ReadBuf::new(&mut piece);
        ready!(self.all.as_mut().poll_read(task, &mut buffer))?;
        let read = buffer.filled().len();
        if read == 0 {
            let early = std::io::ErrorKind::UnexpectedEof;
            return Poll::Ready(Some(Err(early.into())));
        }
        piece.truncate(read);
        self.left = self.left.saturating_sub(read as u64);
        Poll::Ready(Some(Ok(Frame::data(piece.into()))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
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
