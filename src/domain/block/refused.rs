//! Rows that were sent and not written, as the error store keeps them: what was sent, why
//! it was refused, and where it came from. Must not know how they are kept.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Operation;
use super::prepared::RowNumber;
use super::run::RunNumber;
use crate::domain::failure::Failure;

/// Names a row of an error store on this machine; counted up.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize,
)]
pub struct RefusedId(pub i64);

/// How such a row stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RefusedState {
    /// The org refused it.
    Failed,
    /// It may have been written: no answer came.
    Unknown,
    /// Its job ended before its turn.
    Unprocessed,
    /// On its way once more.
    Sending,
}

impl RefusedState {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Unprocessed => "unprocessed",
            Self::Sending => "sending",
        }
    }

    /// The state of that word.
    pub fn named(word: &str) -> Option<Self> {
        [
            Self::Failed,
            Self::Unknown,
            Self::Unprocessed,
            Self::Sending,
        ]
        .into_iter()
        .find(|state| state.word() == word)
    }
}

/// One row that was not written.
#[derive(Debug, Clone, PartialEq)]
pub struct Refused {
    /// Its number on this machine.
    pub id: RefusedId,
    /// Error store it is in.
    pub store: String,
    /// Run it came from.
    pub run: RunNumber,
    /// Its row in the input.
    pub row: RowNumber,
    /// Connection and org it was meant for.
    pub connection: String,
    /// 18-character org id.
    pub org_id: String,
    /// API name.
    pub object: String,
    /// What was done with it.
    pub operation: Operation,
    /// Field that says which record it means.
    pub key: Option<String>,
    /// How it stands.
    pub state: RefusedState,
    /// What was sent: column and cell, as in the part; cells without text left out.
    pub cells: Vec<(String, String)>,
    /// Why it was refused.
    pub failure: Failure,
    /// The org's job (`750…`), where it went by one.
    pub job: Option<String>,
    /// When.
    pub at: Timestamp,
    /// Somebody changed its cells since.
    pub edited: bool,
}

/// One error store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Store {
    /// Its name.
    pub name: String,
    /// Rows in it.
    pub rows: u64,
    /// Of these, rows whose outcome is unknown.
    pub unknown: u64,
    /// When the newest came.
    pub newest: Timestamp,
}

/// Rows of a store that were refused alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Salesforce's code.
    pub code: String,
    /// The org's text for one of them.
    pub message: String,
    /// How many.
    pub rows: u64,
}

/// Which rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// In this store; in all without.
    pub store: Option<String>,
    /// Refused with this code.
    pub code: Option<String>,
    /// That code, text, row number or a cell holds.
    pub text: String,
    /// These and no others, where any are named.
    pub ids: Vec<RefusedId>,
}

/// One page of rows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RefusedPage {
    /// Rows that the selection fits.
    pub total: u64,
    /// The page, lowest number first.
    pub rows: Vec<Refused>,
    /// The selection's rows by code, most first.
    pub groups: Vec<Group>,
}

/// What is asked of the error store.
#[derive(Debug, Clone, PartialEq)]
pub enum RefusedJob {
    /// The stores.
    Stores,
    /// Rows behind that one; at most so many.
    Page {
        /// Which.
        selection: Selection,
        /// Rows with a higher number only.
        behind: RefusedId,
        /// Most rows of the answer.
        most: u32,
    },
    /// Give rows other cells: those named are changed, an empty text takes a cell out.
    Edit(Vec<(RefusedId, Vec<(String, String)>)>),
    /// Send them once more, and no others.
    Resend {
        /// Which.
        selection: Selection,
        /// Rows that may have been written go, too.
        unknown: Unknown,
    },
    /// Forget them.
    Delete(Selection),
}

/// Whether rows that may have been written are sent once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unknown {
    /// They stay, unless sending them twice does no harm.
    #[default]
    Stay,
    /// The user says they may go.
    Go,
}

/// What became of rows that were sent once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Resent {
    /// Rows that were sent.
    pub sent: u64,
    /// Written; gone from the store.
    pub ok: u64,
    /// Refused again.
    pub failed: u64,
    /// No answer tells.
    pub unknown: u64,
    /// Not sent: they may have been written, or belong to another connection.
    pub left: u64,
}
