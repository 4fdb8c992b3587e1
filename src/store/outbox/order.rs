//! What goes before what: writes to one record in the order they were made, children
//! after the writes that make their parents. Holds across processes, for both are judged
//! inside the transaction that changes the row.

use rusqlite::params;

use super::Outbox;
use crate::domain::failure::Failure;
use crate::domain::write::{Op, OpId, OpState, Write};
use crate::failpoint;
use crate::store::file::local;
use crate::store::row::{COLUMNS, StoredOp};

/// Code of the failure that says that an earlier write to the record is not settled.
pub const EARLIER: &str = "OUTBOX_EARLIER";

/// States of writes that may still reach the org by themselves, in SQL.
const PENDING: &str = "('queued', 'sending', 'unknown', 'retry', 'blocked')";

impl Outbox {
    /// The writes of a connection that are not settled, oldest first. Damaged rows are not
    /// among them: nothing is done about those by itself.
    pub fn pending(&self, connection: &str) -> Result<Vec<Op>, Failure> {
        let sql = format!(
            "SELECT {COLUMNS} FROM ops WHERE state IN {PENDING} AND connection = ?1
             ORDER BY number"
        );
        let rows = self.rows_of(&sql, params![connection]);
        let rows = rows.map_err(|error| self.broken(&error))?;
        Ok(rows.iter().filter_map(|row| row.to_op().ok()).collect())
    }

    /// Refuses while an earlier write to one of the records of `op` is not settled.
    pub(super) fn see_turn(&self, number: i64, op: &Op) -> Result<(), Failure> {
        let sql = format!(
            "SELECT {COLUMNS} FROM ops WHERE state IN {PENDING} AND number < ?1
                AND connection = ?2 AND instr(write, ?3) > 0 ORDER BY number"
        );
        for target in op.write.targets() {
            let rows = self.rows_of(&sql, params![number, op.connection, target.as_str()]);
            let rows = rows.map_err(|error| self.broken(&error))?;
            let earlier = rows.iter().filter_map(|row| row.to_op().ok());
            if let Some(first) = earlier
                .into_iter()
                .find(|earlier| earlier.write.targets().contains(&target))
            {
                return Err(waits_for(op, &first));
            }
        }
        Ok(())
    }

    /// Lets blocked writes go whose parents are done, with the ids these made; notes at the
    /// others what they wait for. Gives the ones changed.
    pub fn release(&self, connection: &str) -> Result<Vec<Op>, Failure> {
        let sql = format!(
            "SELECT {COLUMNS} FROM ops WHERE state = 'blocked' AND connection = ?1
             ORDER BY number"
        );
        let rows = self.rows_of(&sql, params![connection]);
        let rows = rows.map_err(|error| self.broken(&error))?;
        let mut changed = Vec::new();
        for op in rows.iter().filter_map(|row: &StoredOp| row.to_op().ok()) {
            changed.extend(self.release_one(&op)?);
        }
        Ok(changed)
    }

    fn release_one(&self, op: &Op) -> Result<Option<Op>, Failure> {
        let mut write: Write = op.write.clone();
        let mut reason = None;
        for parent in op.write.parents() {
            reason = reason.or(self.taken_from(parent, &mut write));
        }
        match reason {
            Some(reason) if op.failure.as_ref() == Some(&reason) => Ok(None),
            Some(reason) => {
                let json = self.json(&reason)?;
                let from = [OpState::Blocked];
                self.change(op.id, &from, &reason.code, |row, _| {
                    row.failure = json;
                    Ok(OpState::Blocked)
                })
                .map(Some)
            }
            None => {
                failpoint::reached("release/filled");
                let json = self.json(&write)?;
                let why = "what it points to is saved";
                self.change(op.id, &[OpState::Blocked], why, |row, _| {
                    row.write = json;
                    row.failure.clear();
                    Ok(OpState::Queued)
                })
                .map(Some)
            }
        }
    }

    /// Takes a parent's ids into `write`, or says why that has to wait.
    fn taken_from(&self, parent: OpId, write: &mut Write) -> Option<Failure> {
        let Ok(found) = self.load(parent) else {
            return Some(blocked("what it points to is not in the outbox any more"));
        };
        let number = found.number;
        match found.state {
            OpState::Done if write.fill_in(parent, &found.ids) => None,
            OpState::Done => Some(blocked(&format!("write {number} made no such record"))),
            OpState::Failed => Some(blocked(&format!(
                "it points to what write {number} makes, and that was refused; correct that one"
            ))),
            OpState::Cancelled => Some(blocked(&format!(
                "it points to what write {number} was to make, and that was given up"
            ))),
            _ => Some(blocked(&format!("it goes after write {number}"))),
        }
    }
}

fn blocked(why: &str) -> Failure {
    local("OUTBOX_PARENT", why)
}

fn waits_for(op: &Op, earlier: &Op) -> Failure {
    let message = format!(
        "write {} goes after write {} to the same record, which is {}",
        op.number,
        earlier.number,
        earlier.state.word()
    );
    local(EARLIER, &message)
}
