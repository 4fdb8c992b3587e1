//! What was found out about a write of unknown outcome without sending it again.

use rusqlite::params;

use super::Outbox;
use crate::domain::failure::Failure;
use crate::domain::id::RecordId;
use crate::domain::write::{Delivery, Op, OpId, OpState};
use crate::failpoint;

/// What a look, or the user, says of a write of unknown outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Still unknown.
    Open,
    /// It was saved: these are its rows, one a step.
    Done(Vec<RecordId>),
    /// It was not saved and cannot be any more: it may go again.
    Absent,
}

impl Outbox {
    /// Writes down what was found of a write of unknown outcome, and why that is so.
    pub fn looked(
        &self,
        id: OpId,
        verdict: &Verdict,
        evidence: (&Delivery, &str),
    ) -> Result<Op, Failure> {
        let (delivery, why) = evidence;
        let delivery = self.json(delivery)?;
        failpoint::reached("looked/ready");
        self.change(id, &[OpState::Unknown], why, |row, _| {
            row.delivery = delivery;
            Ok(match verdict {
                Verdict::Open => OpState::Unknown,
                Verdict::Done(ids) => {
                    row.ids = self.json(ids)?;
                    row.failure.clear();
                    OpState::Done
                }
                Verdict::Absent => {
                    row.failure.clear();
                    OpState::Queued
                }
            })
        })
    }

    /// Whether a write was made for this org.
    pub fn belongs_to(&self, id: OpId, org_id: &str) -> Result<bool, Failure> {
        let row = self.row(id).map_err(|error| self.broken(&error))?;
        Ok(row.is_some_and(|row| row.org_id == org_id))
    }

    /// Whether a write of the outbox is known to have made, or changed, this record: such a
    /// record is no look-alike of another write.
    pub fn has_written(&self, record: RecordId) -> Result<bool, Failure> {
        let sql = "SELECT EXISTS (SELECT 1 FROM ops WHERE state = 'done' AND instr(ids, ?1) > 0)";
        self.sql
            .prepare_cached(sql)
            .and_then(|mut it| it.query_row(params![record.as_str()], |row| row.get(0)))
            .map_err(|error| self.broken(&error))
    }
}
