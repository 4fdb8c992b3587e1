//! Writes as plain values: what the user wants changed, and what became of it. Must not
//! know how a write is sent or kept.

mod delivery;
mod fate;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::failure::Failure;
use super::id::RecordId;
use super::record::Fields;

pub use delivery::{Delivery, LOOKS, Look, Pause, PauseReason, Plan, Sent, Transition, Way};
pub use fate::{Fate, HOUR, LONGEST, back_off, fate, fate_of};

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
        /// What the changed fields held as last read, as far as that is known: one side of
        /// the comparison when the record has moved on.
        #[serde(default, skip_serializing_if = "Fields::is_empty")]
        base: Fields,
    },
    /// A record to the recycle bin.
    Delete {
        /// API name.
        object: String,
        /// The record.
        id: RecordId,
    },
    /// A record back from the recycle bin: only to undo a delete, alone in its write, and
    /// only where the org still has it.
    Undelete {
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

    /// The records it changes or deletes, which decide its place in their order.
    pub fn targets(&self) -> Vec<RecordId> {
        self.steps.iter().filter_map(WriteStep::target).collect()
    }

    /// Writes that make records this one points to: values [`Write::made_by`] made.
    pub fn parents(&self) -> Vec<OpId> {
        let mut parents: Vec<OpId> = self
            .values()
            .filter_map(|value| Some(made_by(value)?.0))
            .collect();
        parents.sort();
        parents.dedup();
        parents
    }

    /// A value that stands for the id of the record that step `step` of another write in
    /// the outbox makes. The write that holds it waits until that one is done.
    pub fn made_by(op: OpId, step: usize) -> Value {
        Value::String(format!("@{{op:{op}.{step}.id}}"))
    }

    /// Puts the ids of a parent that is done in the place of what stood for them; false
    /// when it made no such record.
    pub fn fill_in(&mut self, parent: OpId, ids: &[RecordId]) -> bool {
        let mut whole = true;
        for step in &mut self.steps {
            let (WriteStep::Create { fields, .. } | WriteStep::Update { fields, .. }) = step else {
                continue;
            };
            for value in fields.values_mut() {
                match made_by(value) {
                    Some((op, place)) if op == parent => match ids.get(place) {
                        Some(id) => *value = Value::from(id.as_str()),
                        None => whole = false,
                    },
                    _ => {}
                }
            }
        }
        whole
    }

    fn values(&self) -> impl Iterator<Item = &Value> {
        self.steps.iter().flat_map(|step| match step {
            WriteStep::Create { fields, .. } | WriteStep::Update { fields, .. } => {
                fields.values().collect::<Vec<_>>()
            }
            WriteStep::Delete { .. } | WriteStep::Undelete { .. } => Vec::new(),
        })
    }
}

/// The write and step that a value stands for.
fn made_by(value: &Value) -> Option<(OpId, usize)> {
    let inner = value.as_str()?.strip_prefix("@{op:")?;
    let (op, step) = inner.strip_suffix(".id}")?.split_once('.')?;
    Some((op.parse().ok()?, step.parse().ok()?))
}

impl WriteStep {
    /// API name of the object it writes to.
    pub fn object(&self) -> &str {
        match self {
            Self::Create { object, .. }
            | Self::Update { object, .. }
            | Self::Delete { object, .. }
            | Self::Undelete { object, .. } => object,
        }
    }

    /// The record it changes, deletes or brings back; none for a new one.
    pub fn target(&self) -> Option<RecordId> {
        match self {
            Self::Create { .. } => None,
            Self::Update { id, .. } | Self::Delete { id, .. } | Self::Undelete { id, .. } => {
                Some(*id)
            }
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
    /// How it is delivered, what is known of that, and what it takes to undo it.
    pub delivery: Delivery,
}

impl Op {
    /// What happens next without the user: `None` when nothing does, for it is settled, on
    /// its way, or waits for the user or another write.
    pub fn plan(&self) -> Option<Plan> {
        match self.state {
            OpState::Queued => Some(Plan::Send { at: None }),
            OpState::Retry => Some(Plan::Send {
                at: self.delivery.not_before,
            }),
            OpState::Unknown => self.delivery.plan_of_unknown(),
            OpState::Blocked
            | OpState::Sending
            | OpState::Done
            | OpState::Failed
            | OpState::Cancelled => None,
        }
    }
}

/// Life of a write. Each arrow is on disk before anything follows from it.
///
/// ```text
///            parent done
///  blocked ─────────────▶ queued ◀──── edited, or sent again by the user ────┐
///                           │  ▲                                             │
///        its record's turn, │  │ limit or session: sending is paused         │
///        sender's lock      ▼  │                                             │
///   retry ─── when due ──▶ sending ──▶ done                                  │
///     ▲  ◀── nothing done, ─┤  │                                             │
///     │      by itself      │  └─────▶ failed ───────────────────────────────┘
///     │                     ▼             (conflict, duplicate, rule, …)
///     └─ looked: not    unknown ──▶ done  (found by its key or by its look-alike,
///        there (queued)    │               or linked by the user)
///                          └──────▶ sending again, where that is harmless
///  blocked, queued, retry, failed, unknown ──▶ cancelled (the user gives up)
///  sending, its process dead ──▶ unknown, never queued
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OpState {
    /// On disk, not sent; goes at its turn.
    Queued,
    /// Its bytes may be on the wire.
    Sending,
    /// It may or may not have been saved; [`Op::plan`] says what is done about it.
    Unknown,
    /// Nothing was saved; goes again by itself when its time has come.
    Retry,
    /// Needs the id of a record that another write makes first.
    Blocked,
    /// Saved; the org said so.
    Done,
    /// Refused; the org or a check said why.
    Failed,
    /// Given up by the user.
    Cancelled,
}

impl OpState {
    /// Every state, what needs the user first.
    pub const ALL: [Self; 8] = [
        Self::Unknown,
        Self::Failed,
        Self::Sending,
        Self::Queued,
        Self::Retry,
        Self::Blocked,
        Self::Done,
        Self::Cancelled,
    ];

    /// The state in one lower-case word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Unknown => "unknown",
            Self::Retry => "retry",
            Self::Blocked => "blocked",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// It may still change the org without the user.
    pub fn is_pending(self) -> bool {
        matches!(
            self,
            Self::Queued | Self::Sending | Self::Unknown | Self::Retry | Self::Blocked
        )
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

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
                base: Default::default(),
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

    #[test]
    fn a_child_takes_its_parents_ids_and_no_others() {
        let (parent, other) = (OpId::from_u128(1), OpId::from_u128(2));
        let id: RecordId = "001000000000001AAA".parse().unwrap();
        let create = |value: Value| Write {
            summary: String::new(),
            steps: vec![WriteStep::Create {
                object: "Contact".to_owned(),
                fields: [("AccountId".to_owned(), value)].into_iter().collect(),
            }],
            allow_duplicates: false,
        };
        let mut child = create(Write::made_by(parent, 0));
        assert_eq!(child.parents(), [parent]);
        assert!(child.fill_in(other, &[id]));
        assert_eq!(child.parents(), [parent], "another write's id is not taken");
        assert!(!child.clone().fill_in(parent, &[]), "it made no record");
        assert!(child.fill_in(parent, &[id]));
        assert_eq!(child, create(json!(id.as_str())));
        for plain in ["@{0.id}", "@{op:x.0.id}", "@{op:", "text"] {
            assert!(create(json!(plain)).parents().is_empty(), "{plain}");
        }
    }
}
