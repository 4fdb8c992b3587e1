//! The files of jobs, in the folder `bulk` beside the org's database: the upload as it
//! came, and results as they are sent.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::demo::transfer::PARTIAL;

/// Name of the folder.
pub const FOLDER: &str = "bulk";

/// One of a job's files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The CSV that came.
    Upload,
    /// Rows that were written.
    Successful,
    /// Rows that were not.
    Failed,
    /// Rows a query found.
    Result,
    /// Where each of them starts.
    Index,
}

impl Part {
    const ALL: [Self; 5] = [
        Self::Upload,
        Self::Successful,
        Self::Failed,
        Self::Result,
        Self::Index,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Upload => "upload",
            Self::Successful => "successful",
            Self::Failed => "failed",
            Self::Result => "result",
            Self::Index => "index",
        }
    }
}

/// The folder, made when missing.
///
/// # Errors
/// The system's; an org without a file has no folder either.
pub fn folder(db: &Connection) -> io::Result<PathBuf> {
    let beside = db
        .path()
        .map(Path::new)
        .and_then(Path::parent)
        .ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
    let folder = beside.join(FOLDER);
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// Deletes uploads that no job took over before the org stopped.
///
/// # Errors
/// Those of [`folder`].
pub fn sweep(db: &Connection) -> io::Result<()> {
    for entry in fs::read_dir(folder(db)?)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == PARTIAL) {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

/// Where a part of a job is.
///
/// # Errors
/// Those of [`folder`].
pub fn path(db: &Connection, job: &str, part: Part) -> io::Result<PathBuf> {
    Ok(folder(db)?.join(format!("{job}.{}", part.name())))
}

/// Deletes everything a job has.
///
/// # Errors
/// The system's, but a file that is not there is fine.
pub fn delete(db: &Connection, job: &str) -> io::Result<()> {
    for part in Part::ALL {
        match fs::remove_file(path(db, job, part)?) {
            Err(fault) if fault.kind() != io::ErrorKind::NotFound => return Err(fault),
            _ => {}
        }
    }
    Ok(())
}

/// Writes `bytes` at `length`, dropping what was behind it; gives the new length.
///
/// # Errors
/// The system's.
pub fn put_at(path: &Path, length: i64, bytes: &[u8]) -> io::Result<i64> {
    let length = u64::try_from(length).unwrap_or(0);
    let mut file = open(path)?;
    file.set_len(length)?;
    file.seek(SeekFrom::Start(length))?;
    file.write_all(bytes)?;
    Ok(i64::try_from(length + bytes.len() as u64).unwrap_or(i64::MAX))
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
}
