//! One line of JSON a request, so that tests and people can count calls.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;

/// The open log.
#[derive(Debug)]
pub struct Log {
    file: File,
}

/// One request served.
#[derive(Debug)]
pub struct Entry<'a> {
    pub at: Timestamp,
    pub method: &'a str,
    /// With its query.
    pub path: &'a str,
    pub status: u16,
    pub took: Duration,
    /// Of the reply's body.
    pub bytes: u64,
    /// A fault kept the reply from being sent.
    pub broken: bool,
    /// What a composite call asks for, `METHOD address` each.
    pub parts: Vec<String>,
}

impl Log {
    /// Opens the file for appending.
    ///
    /// # Errors
    /// The system's.
    pub fn open(path: &Path) -> io::Result<Self> {
        Ok(Self {
            file: OpenOptions::new().create(true).append(true).open(path)?,
        })
    }

    /// Appends a line in one write.
    ///
    /// # Errors
    /// The system's.
    pub fn write(&mut self, entry: &Entry<'_>) -> io::Result<()> {
        let mut line = json!({
            "time": entry.at.to_string(),
            "method": entry.method,
            "path": entry.path,
            "status": entry.status,
            "ms": u64::try_from(entry.took.as_millis()).unwrap_or(u64::MAX),
            "bytes": entry.bytes,
        });
        if entry.broken {
            line["broken"] = json!(true);
        }
        if !entry.parts.is_empty() {
            line["parts"] = json!(entry.parts);
        }
        self.file.write_all(format!("{line}\n").as_bytes())
    }
}
