//! Writes as plain values: what the user wants changed, and what became of it.

use serde::{Deserialize, Serialize};

use super::failure::Failure;
use super::id::RecordId;
use super::record::Fields;

/// One change to the org, all or none of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Write {
    /// One line for the outbox: `call 'Left voicemail' on Lena Ortiz`.
    pub summary: String,
    /// In order; a later step may name an earlier one's id.
    pub steps: Vec<WriteStep>,
    /// The user saw the duplicates and wants it saved all the same.
    pub allow_duplicates: bool,
}

/// One row of a write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "lowercase")]
pub enum WriteStep {
    /// A new record. A value `@{0.id}` stands for the id made by step 0.
    Create {
        /// API name.
        object: String,
        /// Values by API name; explicit nulls are sent.
        fields: Fields,
    },
    /// Changed fields of one record.
    Update {
        /// API name.
        object: String,
        /// The record.
        id: RecordId,
        /// Only what changed; null clears.
        fields: Fields,
        /// `LastModifiedDate` as last read; the org refuses when it has moved on.
        base_modified: Option<String>,
    },
    /// A record to the recycle bin.
    Delete {
        /// API name.
        object: String,
        /// The record.
        id: RecordId,
    },
}

impl Write {
    /// Sending it twice would make two records.
    pub fn creates(&self) -> bool {
        let mut steps = self.steps.iter();
        steps.any(|step| matches!(step, WriteStep::Create { .. }))
    }
}

impl WriteStep {
    /// API name of the object it writes to.
    pub fn object(&self) -> &str {
        match self {
            Self::Create { object, .. }
            | Self::Update { object, .. }
            | Self::Delete { object, .. } => object,
        }
    }
}

/// Names one write for good, whatever process looks: time-ordered.
pub type OpId = uuid::Uuid;

/// A write in the outbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Op {
    /// Its id.
    pub id: OpId,
    /// Short number for people, counted per outbox.
    pub number: i64,
    /// Name of the connection it goes to.
    pub connection: String,
    /// What is to be written.
    pub write: Write,
    /// Where it stands.
    pub state: OpState,
    /// How often it was sent.
    pub attempts: u32,
    /// Why it is not done.
    pub failure: Option<Failure>,
    /// Ids of the rows written, one a step, once done.
    pub ids: Vec<RecordId>,
    /// When it entered the outbox.
    pub created: jiff::Timestamp,
    /// When its state last changed.
    pub changed: jiff::Timestamp,
}

/// Life of a write.
///
/// ```text
/// queued ──▶ sending ──▶ done
///   ▲  │        ├──────▶ failed ──▶ queued (edited, sent again)
///   │  ▼        ├──────▶ unknown (sent, no answer; never sent again by itself)
///   │ cancelled └──────▶ queued  (nothing left this machine)
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OpState {
    /// On disk, not sent.
    Queued,
    /// Its bytes may be on the wire.
    Sending,
    /// It may or may not have been saved.
    Unknown,
    /// Saved; the org said so.
    Done,
    /// Refused; the org or a check said why.
    Failed,
    /// Given up by the user.
    Cancelled,
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_write_survives_the_disk_with_every_digit_and_null() {
        let exact: Value = serde_json::from_str("12345678901234567.80").unwrap();
        let fields: Fields = [
            ("Amount".to_owned(), exact),
            ("Title".to_owned(), Value::Null),
        ]
        .into_iter()
        .collect();
        let write = Write {
            summary: "s".to_owned(),
            steps: vec![WriteStep::Update {
                object: "Opportunity".to_owned(),
                id: "006000000000001AAA".parse().unwrap(),
                fields,
                base_modified: None,
            }],
            allow_duplicates: false,
        };
        let text = serde_json::to_string(&write).unwrap();
        assert!(text.contains("12345678901234567.80"), "{text}");
        assert_eq!(serde_json::from_str::<Write>(&text).unwrap(), write);
        assert_eq!(
            serde_json::to_value(OpState::Unknown).unwrap(),
            json!("unknown")
        );
    }
}
