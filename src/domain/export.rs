//! A query's result as a file. Must not know how it is read.

use std::path::PathBuf;

/// A result of any size to a file, by a query job of Bulk API 2.0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// SOQL text; what a bulk query cannot read, the org refuses.
    pub soql: String,
    /// CSV file to be made. What an earlier try left beside it is gone on with.
    pub file: PathBuf,
}

/// How far it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exported {
    /// Rows in the file.
    pub rows: u64,
    /// Bytes of it.
    pub bytes: u64,
    /// The org's job (`750…`).
    pub job: String,
    /// Rows that an earlier try had left.
    pub resumed: u64,
    /// What is done right now.
    pub step: String,
}
