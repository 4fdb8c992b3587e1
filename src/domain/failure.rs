//! What went wrong, in the org's words and in ours, and what to do next.

use serde::{Deserialize, Serialize};

use super::record::Link;

/// A failed request or a refused write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// What sort of failure it is; decides hint and next key.
    pub kind: FailureKind,
    /// Salesforce's code (`REQUIRED_FIELD_MISSING`), or ours for local ones.
    pub code: String,
    /// The org's text, made safe for the screen.
    pub message: String,
    /// API names of the fields it speaks of.
    pub fields: Vec<String>,
    /// HTTP status, where there was a reply.
    pub status: Option<u16>,
    /// Records that a duplicate rule found.
    pub matches: Vec<DuplicateMatch>,
    /// The duplicate rule lets the user save anyway.
    pub may_save_anyway: bool,
}

/// One record a duplicate rule found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DuplicateMatch {
    /// The record.
    pub link: Link,
    /// What else the org told of it: label and value.
    pub details: Vec<(String, String)>,
}

/// Sorts of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FailureKind {
    /// A required field has no value.
    RequiredField,
    /// The record, object or key is not there, or hidden.
    NotFound,
    /// The field is not there, hidden or read-only.
    InvalidField,
    /// The value does not fit its field.
    InvalidValue,
    /// The user may not do this.
    Permission,
    /// A validation rule or other automation of the org refused.
    Rule,
    /// A duplicate rule found look-alikes.
    Duplicate,
    /// A unique field has this value already.
    DuplicateValue,
    /// Somebody changed the record since it was read.
    Conflict,
    /// The record is busy or locked.
    Locked,
    /// The session is over or the token is wrong.
    Session,
    /// The app may not log in.
    Login,
    /// A limit of the org is reached.
    Limit,
    /// The query is wrong.
    Query,
    /// Nothing was sent: no route to the org.
    NoConnection,
    /// Something was sent and no answer came: it may have been saved.
    OutcomeUnknown,
    /// The org has trouble of its own.
    Server,
    /// The reply was not what the API sends.
    BadReply,
    /// A file or folder of this program cannot be used.
    Local,
    /// What was typed cannot be right; nothing was sent.
    Input,
    /// Anything else; code and text are kept.
    Other,
}
