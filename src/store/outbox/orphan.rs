//! Writes whose process died while it sent them.

use super::{NOT_NOW, Outbox, not_now};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::write::{Op, OpState};
use crate::failpoint;
use crate::store::owner;
use crate::store::row::{COLUMNS, StoredOp};

impl Outbox {
    /// Run at start, and before sending: writes found `sending` whose process is gone
    /// become unknown, never waiting. Those of a live process are left alone. Gives the
    /// ones changed.
    pub fn adopt_orphans(&self) -> Result<Vec<Op>, Failure> {
        let found = self
            .rows(&format!(
                "SELECT {COLUMNS} FROM ops WHERE state = 'sending'"
            ))
            .map_err(|error| self.broken(&error))?;
        let mut adopted = Vec::new();
        for row in found {
            if let Some(op) = self.adopt(&row)? {
                adopted.push(op);
            }
        }
        failpoint::reached("orphan/sweep");
        owner::sweep(&self.dir).map_err(|error| self.no_lock(&error))?;
        Ok(adopted)
    }

    fn adopt(&self, found: &StoredOp) -> Result<Option<Op>, Failure> {
        let Ok(op) = found.to_op() else {
            // Damaged: listed as failed and never sent, so there is nothing to settle.
            return Ok(None);
        };
        if self.is_own(&found.owner) || self.is_alive(&found.owner)? {
            return Ok(None);
        }
        let failure_json = self.json(&interrupted())?;
        failpoint::reached("orphan/dead");
        let adopted = self.change(op.id, &[OpState::Sending], "its session ended", |row, _| {
            if row.owner != found.owner {
                return Err(not_now(row, "another session sends it"));
            }
            row.failure = failure_json;
            row.owner.clear();
            Ok(OpState::Unknown)
        });
        match adopted {
            Ok(op) => Ok(Some(op)),
            // Another session that starts at the same time was quicker.
            Err(failure) if failure.code == NOT_NOW => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    fn is_own(&self, token: &str) -> bool {
        self.owner
            .borrow()
            .as_ref()
            .is_some_and(|owner| owner.token() == token)
    }

    fn is_alive(&self, token: &str) -> Result<bool, Failure> {
        owner::is_alive(&self.dir, token).map_err(|error| self.no_lock(&error))
    }
}

/// Why a write of a session that ended is unknown.
pub(super) fn interrupted() -> Failure {
    let message = "sfw-tui ended while this was being sent; it may or may not have been saved";
    Failure::new(FailureKind::OutcomeUnknown, "SESSION_ENDED", message)
}
