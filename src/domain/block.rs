//! A write block: what a bulk write does, as it is saved in a file and as both its phases
//! need it. Checking reads a file into parts that are ready to send
//! ([`prepared::Prepared`]); running sends them. Must not know how either is done.

pub mod prepared;
pub mod refused;
pub mod run;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Most bytes of one part's CSV. An org takes 150 MB once it has encoded a file as
/// base64, which adds half (Bulk API 2.0, "Upload Job Data": at most 100 MB).
pub const MOST_PART_BYTES: u64 = 100_000_000;

/// What an empty field is told by in a part's CSV, whatever the block calls it (Bulk API
/// 2.0, "Valid CSV Record Rows").
pub const CLEAR: &str = "#N/A";

/// A bulk write with its mapping and options. The fields are those of a saved block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Block {
    /// What the user calls it.
    #[serde(default)]
    pub name: String,
    /// Object, by API name.
    pub object: String,
    /// What is done with each row.
    #[serde(default)]
    pub operation: Operation,
    /// Field that says which record a row means: `Id`, or one that may key an upsert.
    /// `None` for an insert.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// What a cell without text means.
    #[serde(default)]
    pub blank: Blank,
    /// Text of a cell that empties its field.
    #[serde(default = "clear_token")]
    pub clear_token: String,
    /// What becomes of rows that share a key.
    #[serde(default)]
    pub repeated: Repeated,
    /// Check values against describe before anything is sent. Without it only what would
    /// break a whole job is checked: the columns, the keys, the file itself.
    #[serde(default = "yes")]
    pub validate: bool,
    /// File that gets the rows that cannot be right; they are only counted without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invalid: Option<PathBuf>,
    /// Error store that keeps the rows the org refuses; named after the input without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub errors: Option<String>,
    /// How the file is read.
    #[serde(default)]
    pub read: Reading,
    /// How rows are sent.
    #[serde(default)]
    pub send: Sending,
    /// Columns that `columns` does not name go to the fields of their own names, too.
    #[serde(default)]
    pub others: bool,
    /// Columns of the file and where they go. Empty: every column that names a field.
    /// Otherwise the columns named here, and no other unless `others` says so.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub columns: BTreeMap<String, Target>,
}

fn yes() -> bool {
    true
}

fn clear_token() -> String {
    CLEAR.to_owned()
}

/// Where rows come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// A file.
    File(PathBuf),
    /// The standard input, to its end.
    Stdin,
    /// Text that was pasted.
    Text(String),
}

impl fmt::Display for Input {
    /// What the input is called: a file's name without its folder.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => {
                let name = path.file_name().unwrap_or(path.as_os_str());
                f.write_str(&name.to_string_lossy())
            }
            Self::Stdin => f.write_str("stdin"),
            Self::Text(_) => f.write_str("pasted text"),
        }
    }
}

/// What is done with each row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Operation {
    /// Change the record with that key, or make it.
    #[default]
    Upsert,
    /// Change the record with that key; where there is none, the row fails.
    Update,
    /// Make a record. A second run makes a second one.
    Insert,
    /// Move the record to the recycle bin.
    Delete,
    /// Take the record out of the recycle bin.
    Undelete,
}

/// What a cell without text means, through every API alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Blank {
    /// The field stays as it is.
    #[default]
    Leave,
    /// The field is emptied.
    Clear,
    /// The field stays as it is; a cell with text is written only where the record's
    /// field is empty.
    Fill,
}

/// What becomes of rows that share a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Repeated {
    /// All of them are invalid.
    #[default]
    Reject,
    /// The first is sent, the others are invalid.
    First,
    /// The last is sent, the others are invalid.
    Last,
}

/// Where a column goes: a field by API name or label, a parent's key
/// (`Account.Code__c`, `Who:Contact.Key__c`), or nowhere (`false`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Target {
    /// To this field.
    Field(String),
    /// Nowhere, where `false`; by its own name, where `true`.
    Written(bool),
}

/// How the file is read. What is not said is detected.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Reading {
    /// Form of the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<Format>,
    /// Between the cells of a CSV file: one ASCII character.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<char>,
    /// How characters are written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoding: Option<Encoding>,
    /// Order of day and month in dates with slashes or dots, which are refused without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dates: Option<DateOrder>,
    /// IANA name of the zone of times without an offset, which are refused without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Only the first rows, to try a block out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<u64>,
}

/// Forms of a file of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Comma-separated, or with another delimiter.
    Csv,
    /// One object, or a list of them.
    Json,
    /// An object a line.
    Ndjson,
}

/// How characters are written in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    #[serde(rename = "utf-8")]
    Utf8,
    /// UTF-16, low byte first.
    #[serde(rename = "utf-16le")]
    Utf16Le,
    /// UTF-16, high byte first.
    #[serde(rename = "utf-16be")]
    Utf16Be,
    /// What Windows programs call ANSI in western Europe; takes in Latin-1.
    #[serde(rename = "windows-1252", alias = "latin-1", alias = "iso-8859-1")]
    Windows1252,
}

/// Order of a date written with slashes or dots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum DateOrder {
    /// 31/12/2026
    #[serde(rename = "day-month")]
    DayMonth,
    /// 12/31/2026
    #[serde(rename = "month-day")]
    MonthDay,
}

/// How rows are sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sending {
    /// By which API.
    pub way: Way,
    /// Rows up to which `auto` takes collections.
    pub threshold: u64,
    /// Rows of one collections request, 1 to 200.
    pub batch_size: u16,
    /// Stop once so many percent of the rows tried were refused, 1 to 100; never without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop_after: Option<u8>,
    /// A request's rows are written all or none. Bulk jobs cannot promise that.
    pub all_or_none: bool,
}

/// By which API rows are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    /// Collections for few rows, Bulk API 2.0 for many.
    #[default]
    Auto,
    /// Requests of at most 200 rows.
    Collections,
    /// Jobs of Bulk API 2.0.
    Bulk,
}

impl Default for Sending {
    /// Collections up to 2,000 rows: above that a bulk job is what the API's own guide
    /// advises.
    fn default() -> Self {
        Self {
            way: Way::default(),
            threshold: 2000,
            batch_size: 200,
            stop_after: None,
            all_or_none: false,
        }
    }
}

impl Block {
    /// A block of that object with every option as a new one has it.
    pub fn new(object: &str, operation: Operation) -> Self {
        Self {
            name: String::new(),
            object: object.to_owned(),
            operation,
            key: None,
            blank: Blank::default(),
            clear_token: clear_token(),
            repeated: Repeated::default(),
            validate: true,
            invalid: None,
            errors: None,
            read: Reading::default(),
            send: Sending::default(),
            others: false,
            columns: BTreeMap::new(),
        }
    }

    /// Rows name their record by its id.
    pub fn is_by_id(&self) -> bool {
        self.key
            .as_deref()
            .is_some_and(|key| key.eq_ignore_ascii_case("Id"))
    }
}

impl Operation {
    /// Records may be made.
    pub fn makes(self) -> bool {
        matches!(self, Self::Upsert | Self::Insert)
    }

    /// Records that are there may be changed.
    pub fn changes(self) -> bool {
        matches!(self, Self::Upsert | Self::Update)
    }

    /// Rows name a record and nothing else.
    pub fn is_bare(self) -> bool {
        matches!(self, Self::Delete | Self::Undelete)
    }

    /// The word for it, as in a saved block.
    pub fn word(self) -> &'static str {
        match self {
            Self::Upsert => "upsert",
            Self::Update => "update",
            Self::Insert => "insert",
            Self::Delete => "delete",
            Self::Undelete => "undelete",
        }
    }
}

/// `upsert Contact by Key__c`, for titles.
impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.operation.word(), self.object)?;
        match &self.key {
            Some(key) => write!(f, " by {key}"),
            None => Ok(()),
        }
    }
}
