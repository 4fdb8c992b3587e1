//! What checking leaves for running: parts that are ready to send, and what was found.
//!
//! ```text
//! run folder/
//!   prepared.json      [`Prepared`], written last: without it nothing was prepared
//!   part-0001.csv      UTF-8, commas, LF, header of API names; what Bulk API 2.0 takes
//!   part-0001.rows     row number of each of its rows in order: 8 bytes, low byte first
//!   …
//! ```
//!
//! A cell of a part is empty (leave the field as it is), [`super::CLEAR`] (empty the
//! field) or a value in the org's own form: `true`/`false`, `2026-02-28`,
//! `2026-02-28T13:30:00Z`, plain digits, 18-character ids. Rows of a part stand in no
//! particular order. Only valid rows are in parts; parts hold at most
//! [`super::MOST_PART_BYTES`].

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::Block;
use crate::domain::schema::FieldType;

/// File in the run's folder that holds a [`Prepared`] as JSON.
pub const PREPARED_FILE: &str = "prepared.json";

/// A row of the input: 1 is the first after the header, or the first object.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct RowNumber(pub u64);

/// A checked file, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prepared {
    /// The block as it is run: object and key by API name.
    pub block: Block,
    /// The run's folder.
    pub folder: PathBuf,
    /// What was read.
    pub source: Source,
    /// Columns of every part, in order.
    pub columns: Vec<PartColumn>,
    /// Parts, first rows first.
    pub parts: Vec<Part>,
    /// Every row of the input, counted once.
    pub counts: Counts,
    /// What was found, most rows first.
    pub findings: Vec<Finding>,
    /// Columns of the file that are not written, and why.
    pub skipped: Vec<Skipped>,
    /// What the user should know and may accept.
    pub notes: Vec<String>,
    /// Why this must not be sent, whoever wants it: ids of another object, a file that
    /// could not be read to its end.
    pub stop: Option<String>,
    /// Invalid rows with their reasons, where the block wants them.
    pub invalid_file: Option<PathBuf>,
}

/// What was read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Name of the file, without its folder; `stdin` for a pipe.
    pub name: String,
    /// Its bytes.
    pub bytes: u64,
    /// How it was read: `CSV, UTF-8, comma`.
    pub form: String,
}

/// One column of the parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartColumn {
    /// As in the part's header: `Email`, `Account.Code__c`, `Who:Contact.Key__c`.
    pub header: String,
    /// The column's name in the input.
    pub from: String,
    /// The field of the block's object that is set: `Email`, `AccountId`, `WhoId`.
    pub field: String,
    /// Type of the values: that of the field, or of the parent's key.
    pub kind: FieldType,
    /// Set where the values are keys of parents.
    pub parent: Option<ParentKey>,
    /// Says which record a row means; its cell is never empty.
    pub is_key: bool,
}

/// A parent named by a key of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParentKey {
    /// Name of the relationship: `Account`, `Who`.
    pub relationship: String,
    /// Object of the parent: `Contact`.
    pub object: String,
    /// The reference may point to several objects, so that the object must be told.
    pub polymorphic: bool,
    /// The parent's field: `Code__c`.
    pub field: String,
}

/// One file of rows ready to send.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// 1 for the first.
    pub number: u32,
    /// Rows in it.
    pub rows: u64,
    /// Bytes of its CSV.
    pub bytes: u64,
}

/// Every row of the input in exactly one place: `read = ready + invalid`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Rows of the input.
    pub read: u64,
    /// Rows in the parts.
    pub ready: u64,
    /// Rows that are not sent.
    pub invalid: u64,
    /// Invalid for their key alone: another row has it. Counted in `invalid`, too.
    pub repeated: u64,
    /// Rows with a value that was put into the org's form.
    pub mended: u64,
}

/// How far checking has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Checking {
    /// Bytes read so far.
    pub bytes: u64,
    /// Bytes of the input.
    pub of: u64,
    /// Rows so far.
    pub counts: Counts,
}

/// One sort of thing found in one column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The column's name in the input.
    pub column: String,
    /// The field it goes to, as in the part's header.
    pub field: String,
    /// How much it matters.
    pub weight: Weight,
    /// What was found: `not a date`.
    pub problem: String,
    /// What would fit: `write 2026-02-28`.
    pub suggestion: String,
    /// A value that shows it, safe for the screen.
    pub example: String,
    /// Rows it was found in.
    pub rows: u64,
    /// The first of them.
    pub first: Vec<RowNumber>,
}

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Weight {
    /// The row is not sent.
    Invalid,
    /// The row is sent; the org may do what nobody expects.
    Warning,
    /// The value was put into the org's form: `Web` for the label `web`.
    Mended,
}

/// A column that is not written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// The column's name in the input.
    pub column: String,
    /// Why: `no such field; did you mean `NPS__c`?`
    pub why: String,
    /// It may have been meant to be written: a name that fits no field. Nobody should
    /// send the rest without having been told.
    pub doubtful: bool,
}

/// Row numbers of a part's file of rows.
pub fn row_numbers(bytes: &[u8]) -> impl Iterator<Item = RowNumber> + '_ {
    bytes
        .chunks_exact(8)
        .filter_map(|chunk| chunk.try_into().ok())
        .map(|chunk| RowNumber(u64::from_le_bytes(chunk)))
}

impl Part {
    /// Name of its CSV in the run's folder.
    pub fn csv_file(&self) -> String {
        format!("part-{:04}.csv", self.number)
    }

    /// Name of its file of row numbers in the run's folder.
    pub fn rows_file(&self) -> String {
        format!("part-{:04}.rows", self.number)
    }
}

impl Counts {
    /// No row is missing and none counted twice.
    pub fn is_complete(&self) -> bool {
        self.ready.checked_add(self.invalid) == Some(self.read)
    }
}
