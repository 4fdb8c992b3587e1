//! A form not sent yet: what was typed, against what the record held.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::id::RecordId;
use super::record::Record;

/// A form being filled in. Keeps the text as typed, right or wrong; turning it into
/// values is `check`'s work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// API name of the object.
    pub object: String,
    /// New record or which one.
    pub target: Target,
    /// What was typed, by field API name; only fields that were touched.
    pub entries: BTreeMap<String, Entry>,
}

/// What a draft is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "to", rename_all = "lowercase")]
pub enum Target {
    /// A new record.
    Create {
        /// Its record type; `None` is the user's default or the master.
        record_type: Option<RecordId>,
    },
    /// A record as it was read.
    Update {
        /// The record with the values the form started from.
        base: Record,
    },
}

/// What the user put into one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "as", rename_all = "lowercase")]
pub enum Entry {
    /// Text, to be read by the field's type; empty clears.
    Typed {
        /// As typed.
        text: String,
    },
    /// A value picked from a list or a lookup.
    Chosen {
        /// What is sent.
        value: Value,
        /// What is shown.
        label: String,
    },
}

/// A draft on disk: of a form or of a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedDraft {
    /// One draft per key: `edit:003…`, `new:Contact`, `log:003…`.
    pub key: String,
    /// One line for the list of drafts.
    pub title: String,
    /// When it was last saved.
    pub saved: jiff::Timestamp,
    /// The form or the log.
    pub content: DraftContent,
}

/// What a saved draft holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum DraftContent {
    /// An edit or create form.
    Form(Draft),
    /// A half-typed log.
    Log(super::activity::LogEntry),
}
