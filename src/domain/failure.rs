//! What went wrong, in the org's words and in ours, and what to do next.

mod codes;
mod own_codes;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use super::record::Link;
use super::schema::{Field, ObjectSchema};
use super::text;
use super::value::Problem;

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

impl Failure {
    /// A failure of a known kind; the message is made safe for the screen.
    pub fn new(kind: FailureKind, code: &str, message: &str) -> Self {
        Self {
            kind,
            code: text::line(code).into_owned(),
            message: text::block(message.trim()),
            fields: Vec::new(),
            status: None,
            matches: Vec::new(),
            may_save_anyway: false,
        }
    }

    /// A failure as the org put it; the kind follows from its code, text and status.
    pub fn from_org(code: &str, status: Option<u16>, message: &str) -> Self {
        Self::new(kind_of(code, status, message), code, message).with_status(status)
    }

    /// Nothing was sent.
    pub fn no_connection(message: &str) -> Self {
        Self::new(FailureKind::NoConnection, "NO_CONNECTION", message)
    }

    /// Sent, and no answer came.
    pub fn outcome_unknown(message: &str) -> Self {
        Self::new(FailureKind::OutcomeUnknown, "OUTCOME_UNKNOWN", message)
    }

    /// An answer that is not the API's.
    pub fn bad_reply(status: Option<u16>, message: &str) -> Self {
        Self::new(FailureKind::BadReply, "BAD_REPLY", message).with_status(status)
    }

    /// A file or folder of this program.
    pub fn local(message: &str) -> Self {
        Self::new(FailureKind::Local, "LOCAL", message)
    }

    /// What was typed cannot be right.
    pub fn input(message: &str) -> Self {
        Self::new(FailureKind::Input, "INPUT", message)
    }

    /// The record was changed meanwhile.
    pub fn conflict(message: &str) -> Self {
        Self::new(FailureKind::Conflict, "CONFLICT", message)
    }

    /// Not there, as far as this program could look.
    pub fn not_found(message: &str) -> Self {
        Self::new(FailureKind::NotFound, "NOT_FOUND", message)
    }

    /// What the checks before sending found; names every field.
    pub fn from_problems(problems: &[Problem]) -> Self {
        let lines: Vec<String> = problems
            .iter()
            .map(|problem| format!("`{}`: {}", problem.field, problem.message))
            .collect();
        let fields = problems
            .iter()
            .map(|problem| problem.field.clone())
            .collect();
        Self::input(&lines.join("\n")).with_fields(fields)
    }

    /// Names the fields it speaks of, by API name.
    pub fn with_fields(mut self, fields: Vec<String>) -> Self {
        self.fields = fields;
        self
    }

    /// Adds the HTTP status.
    pub fn with_status(mut self, status: Option<u16>) -> Self {
        self.status = status;
        self
    }

    /// The kind in plain words.
    pub fn title(&self) -> &'static str {
        match self.code.as_str() {
            "INVALID_TYPE" => "object not found",
            code => own_codes::own(code).map_or_else(|| title(self.kind), |(title, _)| title),
        }
    }

    /// What to do next: one full sentence.
    pub fn hint(&self) -> &'static str {
        if let Some((_, hint)) = own_codes::own(&self.code) {
            return hint;
        }
        let message = self.message.to_lowercase();
        codes::HINTS
            .iter()
            .find(|(code, part, _)| *code == self.code && message.contains(part))
            .map_or_else(|| kind_hint(self.kind), |(_, _, hint)| hint)
    }

    /// The hint for a reader without the screens: their keys, which hints keep in
    /// brackets such as `(e in Errors)`, are left out.
    pub fn advice(&self) -> String {
        let hint = self.hint();
        match hint.split_once(" (").zip(hint.split_once(')')) {
            Some(((before, _), (_, after))) => format!("{before}{after}"),
            None => hint.to_owned(),
        }
    }

    /// What went wrong in one sentence or two: the kind, the fields by label, and the
    /// org's text. Without a describe, fields go by API name.
    pub fn explain(&self, schema: Option<&ObjectSchema>) -> String {
        let labels: Vec<String> = self
            .fields
            .iter()
            .map(|name| label_of(name, schema))
            .collect();
        let title = match labels.is_empty() {
            true => self.title().to_owned(),
            false => format!("{}: {}", self.title(), labels.join(", ")),
        };
        match gist(&self.message) {
            "" => title,
            message => format!("{title} ({message})"),
        }
    }
}

/// The kind in plain words: `required field missing`.
pub fn title(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::RequiredField => "required field missing",
        FailureKind::NotFound => "record not found",
        FailureKind::InvalidField => "invalid field",
        FailureKind::InvalidValue => "invalid field value",
        FailureKind::Permission => "permission denied",
        FailureKind::Rule => "refused by a rule of the org",
        FailureKind::Duplicate => "possible duplicate",
        FailureKind::DuplicateValue => "value already in use",
        FailureKind::Conflict => "changed by somebody else",
        FailureKind::Locked => "record busy or locked",
        FailureKind::Session => "session expired",
        FailureKind::Login => "login refused",
        FailureKind::Limit => "limit reached",
        FailureKind::Query => "invalid query",
        FailureKind::NoConnection => "no connection",
        FailureKind::OutcomeUnknown => "outcome unknown",
        FailureKind::Server => "trouble at Salesforce",
        FailureKind::BadReply => "unexpected reply",
        FailureKind::Local => "local file problem",
        FailureKind::Input => "cannot be right as typed",
        FailureKind::Other => "refused by the org",
    }
}

/// Sending the very same again can work, once the line, the session or the record is
/// free.
pub fn may_retry(kind: FailureKind) -> bool {
    matches!(
        kind,
        FailureKind::Locked
            | FailureKind::Session
            | FailureKind::Limit
            | FailureKind::NoConnection
            | FailureKind::Server
    )
}

/// The kind of a Salesforce or OAuth error. A status that says more than the code wins:
/// 412 is a conflict whatever the code.
pub fn kind_of(code: &str, status: Option<u16>, message: &str) -> FailureKind {
    if status == Some(412) {
        return FailureKind::Conflict;
    }
    let lower = message.to_lowercase();
    let by_text = codes::BY_TEXT
        .iter()
        .find(|(of, part, _)| (of.is_empty() || *of == code) && lower.contains(part));
    if let Some((_, _, kind)) = by_text {
        return *kind;
    }
    let by_code = codes::CODES.binary_search_by(|(known, _)| known.cmp(&code));
    if let Some((_, kind)) = by_code.ok().and_then(|place| codes::CODES.get(place)) {
        return *kind;
    }
    by_status(code.parse().ok().or(status))
}

fn by_status(status: Option<u16>) -> FailureKind {
    codes::STATUSES
        .iter()
        .find(|(known, _)| Some(*known) == status)
        .map_or(FailureKind::Other, |(_, kind)| *kind)
}

fn kind_hint(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::RequiredField => "Fill in what is missing and save again (e in Errors).",
        FailureKind::NotFound => "It was deleted or is hidden from you: go back and search again.",
        FailureKind::InvalidField => {
            "Check the field's name; your admin can show you hidden fields."
        }
        FailureKind::InvalidValue => "Correct the value and save again (e in Errors).",
        FailureKind::Permission => "Ask the record's owner or your admin for access.",
        FailureKind::Rule => "Change what your org's rule asks for and save again (e in Errors).",
        FailureKind::Duplicate => {
            "Open the record that is there already, or save anyway if you may."
        }
        FailureKind::DuplicateValue => {
            "Give it another value, or open the record that has this one."
        }
        FailureKind::Conflict => {
            "Compare yours with theirs field by field, then save (e in Errors or Outbox)."
        }
        FailureKind::Locked => "Wait a moment, then send it again (s in Errors).",
        FailureKind::Session => {
            "Log in again by starting anew, with a fresh token if you gave one; nothing typed is lost."
        }
        FailureKind::Login => "Check the connection's settings, then log in again.",
        FailureKind::Limit => "Wait, or send less at once; nothing typed is lost.",
        FailureKind::Query => "Correct the query where the message points and run it again.",
        FailureKind::NoConnection => {
            "Nothing was sent: check the network, then send it again (s in Outbox)."
        }
        FailureKind::OutcomeUnknown => {
            "It may have been saved: look at the record before you send it again (s in Outbox)."
        }
        FailureKind::Server => {
            "Wait a minute, then send it again (s in Errors), or tell your admin."
        }
        FailureKind::BadReply => {
            "Check the org's address and any proxy on the way, then try again."
        }
        FailureKind::Local => {
            "Make the file or folder readable and writable for you, then try again."
        }
        FailureKind::Input => "Correct what is named and try again; nothing was sent.",
        FailureKind::Other => "Read all the org said (Enter in Errors) and change what was sent.",
    }
}

fn label_of(name: &str, schema: Option<&ObjectSchema>) -> String {
    let label = schema
        .and_then(|schema| schema.field(name))
        .map(Field::title)
        .filter(|label| !label.is_empty());
    match label {
        Some(label) => text::line(label).into_owned(),
        None => format!("`{}`", text::line(name)),
    }
}

/// The line that says it. A query's error draws the query with a caret first (API
/// reference, "Query errors"); its last line is the message.
fn gist(message: &str) -> &str {
    let is_picture = message.contains("ERROR at Row:");
    match message.lines().rev().find(|line| !line.trim().is_empty()) {
        Some(last) if is_picture => last.trim(),
        _ => message,
    }
}
