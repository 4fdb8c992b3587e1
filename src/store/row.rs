//! A row of the outbox and its checksum. A row whose checksum does not fit is shown,
//! never sent. Must not know where rows are kept.

use rusqlite::Row as SqlRow;
use rusqlite::types::ValueRef;

use crate::domain::failure::Failure;
use crate::domain::write::{Delivery, Op, OpId, OpState, Write};

use super::file::local;

/// Columns in the order [`StoredOp::read`] wants them.
pub(super) const COLUMNS: &str = "number, id, connection, org_id, write, state, attempts, \
     failure, ids, owner, created, changed, checksum, delivery";

/// The state of a stored word.
pub(super) fn state_of(word: &str) -> Option<OpState> {
    OpState::ALL.into_iter().find(|state| state.word() == word)
}

/// One row as stored. Everything but the number is under the checksum.
#[derive(Debug, Clone)]
pub(super) struct StoredOp {
    pub number: i64,
    pub id: String,
    pub connection: String,
    /// The org it was made for; it is never sent to another.
    pub org_id: String,
    /// JSON of [`Write`].
    pub write: String,
    pub state: String,
    pub attempts: String,
    /// JSON of [`Failure`]; empty when there is none.
    pub failure: String,
    /// JSON list of record ids.
    pub ids: String,
    /// Token of the process that sends it; empty when none does.
    pub owner: String,
    pub created: String,
    pub changed: String,
    pub checksum: String,
    /// JSON of [`Delivery`]; empty in rows that a release without it wrote.
    pub delivery: String,
}

impl StoredOp {
    /// Reads columns as they come: after damage a column may hold any type.
    pub(super) fn read(row: &SqlRow<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            number: row.get(0)?,
            id: text(row, 1)?,
            connection: text(row, 2)?,
            org_id: text(row, 3)?,
            write: text(row, 4)?,
            state: text(row, 5)?,
            attempts: text(row, 6)?,
            failure: text(row, 7)?,
            ids: text(row, 8)?,
            owner: text(row, 9)?,
            created: text(row, 10)?,
            changed: text(row, 11)?,
            checksum: text(row, 12)?,
            delivery: text(row, 13)?,
        })
    }

    /// FNV-1a over every field with its length. Each step is a bijection, so one changed
    /// byte always shows.
    pub(super) fn computed_checksum(&self) -> String {
        // Left out while empty, so that rows of the first layout keep their checksum.
        let delivery = (!self.delivery.is_empty()).then_some(&self.delivery);
        let fields = [
            &self.id,
            &self.connection,
            &self.org_id,
            &self.write,
            &self.state,
            &self.attempts,
            &self.failure,
            &self.ids,
            &self.owner,
            &self.created,
            &self.changed,
        ];
        let mut sum = 0xcbf2_9ce4_8422_2325_u64;
        for field in fields.into_iter().chain(delivery) {
            let length = (field.len() as u64).to_le_bytes();
            for byte in length.iter().chain(field.as_bytes()) {
                sum = (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
            }
        }
        format!("{sum:016x}")
    }

    /// The write, or why the row cannot be trusted.
    pub(super) fn to_op(&self) -> Result<Op, Failure> {
        if self.checksum != self.computed_checksum() {
            return Err(damaged(self.number));
        }
        self.parsed().ok_or_else(|| damaged(self.number))
    }

    fn parsed(&self) -> Option<Op> {
        Some(Op {
            id: self.id.parse().ok()?,
            number: self.number,
            connection: self.connection.clone(),
            write: serde_json::from_str(&self.write).ok()?,
            state: state_of(&self.state)?,
            attempts: self.attempts.parse().ok()?,
            failure: match self.failure.as_str() {
                "" => None,
                json => Some(serde_json::from_str(json).ok()?),
            },
            ids: serde_json::from_str(&self.ids).ok()?,
            created: self.created.parse().ok()?,
            changed: self.changed.parse().ok()?,
            delivery: match self.delivery.as_str() {
                "" => Delivery::default(),
                json => serde_json::from_str(json).ok()?,
            },
        })
    }

    /// The row for people: a damaged one shows as failed, with what can still be read.
    pub(super) fn shown(&self) -> Op {
        self.to_op().unwrap_or_else(|failure| {
            let write = serde_json::from_str(&self.write).unwrap_or_else(|_| Write {
                summary: "damaged write".to_owned(),
                steps: Vec::new(),
                allow_duplicates: false,
            });
            let given_up = state_of(&self.state) == Some(OpState::Cancelled);
            Op {
                id: self.id.parse().unwrap_or(OpId::nil()),
                number: self.number,
                connection: self.connection.clone(),
                write,
                state: if given_up {
                    OpState::Cancelled
                } else {
                    OpState::Failed
                },
                attempts: self.attempts.parse().unwrap_or_default(),
                failure: Some(failure),
                ids: Vec::new(),
                created: self.created.parse().unwrap_or_default(),
                changed: self.changed.parse().unwrap_or_default(),
                delivery: Delivery::default(),
            }
        })
    }
}

fn text(row: &SqlRow<'_>, column: usize) -> rusqlite::Result<String> {
    Ok(match row.get_ref(column)? {
        ValueRef::Null => String::new(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
            String::from_utf8_lossy(bytes).into_owned()
        }
    })
}

fn damaged(number: i64) -> Failure {
    local(
        "OUTBOX_ROW_DAMAGED",
        &format!(
            "write {number} is damaged on disk and will not be sent; \
             look in the org whether it is there, then enter it again or give it up"
        ),
    )
}
