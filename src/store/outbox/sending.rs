//! From waiting to what became of it. A write leaves this machine only between
//! [`Outbox::begin_as`] and [`Outbox::settle_as`], both on disk when they return.

use super::{Destination, Outbox, changed_meanwhile, missing, not_now};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::id::RecordId;
use crate::domain::write::{Delivery, Op, OpId, OpState};
use crate::failpoint;
use crate::store::file::local;
use crate::store::row::StoredOp;

/// What became of a write that was being sent.
#[derive(Debug, Clone, PartialEq)]
pub enum Settled {
    /// The org saved it; ids of its rows, one a step.
    Done(Vec<RecordId>),
    /// The org refused it.
    Failed(Failure),
    /// It may or may not have been saved.
    Unknown(Failure),
    /// Nothing was saved; it goes again by itself.
    Retry(Failure),
    /// Nothing was saved; it waits for sending to go on.
    Queued(Failure),
}

/// How a write begins.
#[derive(Debug, Clone, Copy)]
pub struct Start<'a> {
    /// The state it was seen in.
    pub seen: OpState,
    /// Where it goes.
    pub to: Destination<'a>,
    /// How it is delivered, from now on; `None` keeps what is there.
    pub delivery: Option<&'a Delivery>,
}

impl Outbox {
    /// Marks a waiting write as being sent, by this process, once more. On disk when it
    /// returns: only then may its first byte leave.
    pub fn begin(&self, id: OpId, to: Destination<'_>) -> Result<Op, Failure> {
        self.begin_from(id, OpState::Queued, to)
    }

    /// The same for a write in the state that the user saw when asking for it; see
    /// [`Outbox::seen`]. An unknown one keeps its failure, by which [`Outbox::settle`]
    /// tells it.
    pub fn begin_from(&self, id: OpId, seen: OpState, to: Destination<'_>) -> Result<Op, Failure> {
        let delivery = None;
        self.begin_as(id, Start { seen, to, delivery })
    }

    /// The same, with what is decided about its delivery. Refused with `OUTBOX_EARLIER`
    /// while an earlier write to one of its records is not settled.
    pub fn begin_as(&self, id: OpId, start: Start<'_>) -> Result<Op, Failure> {
        let Start { seen, to, delivery } = start;
        let token = self.owner_token()?;
        failpoint::reached("begin/ready");
        self.change(id, from_seen(seen), "", |row, op| {
            if row.connection != to.connection || row.org_id != to.org_id {
                return Err(other_org(row, to));
            }
            self.see_turn(row.number, op)?;
            row.failure = match (&op.failure, seen) {
                (Some(failure), OpState::Unknown) => self.json(&Failure {
                    kind: FailureKind::OutcomeUnknown,
                    ..failure.clone()
                })?,
                _ => std::mem::take(&mut row.failure),
            };
            if let Some(delivery) = delivery {
                row.delivery = self.json(delivery)?;
            }
            row.attempts = op.attempts.saturating_add(1).to_string();
            row.owner = token;
            Ok(OpState::Sending)
        })
    }

    /// Writes down what became of a write that this process sent. One that was unknown
    /// and could not be sent now is still unknown, for its first reason.
    pub fn settle(&self, id: OpId, settled: &Settled) -> Result<Op, Failure> {
        self.settle_as(id, settled, None)
    }

    /// The same, with what was learnt of its delivery.
    pub fn settle_as(
        &self,
        id: OpId,
        settled: &Settled,
        delivery: Option<&Delivery>,
    ) -> Result<Op, Failure> {
        let (state, failure, ids) = match settled {
            Settled::Done(ids) => (OpState::Done, None, ids.as_slice()),
            Settled::Failed(failure) => (OpState::Failed, Some(failure), &[][..]),
            Settled::Unknown(failure) => (OpState::Unknown, Some(failure), &[][..]),
            Settled::Retry(failure) => (OpState::Retry, Some(failure), &[][..]),
            Settled::Queued(failure) => (OpState::Queued, Some(failure), &[][..]),
        };
        let failure_json = failure.map_or(Ok(String::new()), |failure| self.json(failure))?;
        let ids = self.json(&ids)?;
        let note = failure.map_or("", |failure| failure.code.as_str());
        let token = self.owner_token()?;
        failpoint::reached("settle/ready");
        self.change(id, &[OpState::Sending], note, |row, op| {
            if row.owner != token {
                return Err(not_now(row, "another session sends it"));
            }
            row.owner.clear();
            if let Some(delivery) = delivery {
                row.delivery = self.json(delivery)?;
            }
            if matches!(state, OpState::Queued | OpState::Retry) && was_unknown(op) {
                return Ok(OpState::Unknown);
            }
            row.failure = failure_json;
            row.ids = ids;
            Ok(state)
        })
    }

    /// Notes, while a write is being sent, that it goes another way from here: the org
    /// refused the first one without doing anything.
    pub fn redirect(&self, id: OpId, delivery: &Delivery, why: &str) -> Result<Op, Failure> {
        let json = self.json(delivery)?;
        let token = self.owner_token()?;
        failpoint::reached("redirect/ready");
        self.change(id, &[OpState::Sending], why, |row, _| {
            if row.owner != token {
                return Err(not_now(row, "another session sends it"));
            }
            row.delivery = json;
            Ok(OpState::Sending)
        })
    }

    /// Writes down why a write that was to be sent waits. An unknown one stays unknown,
    /// for its first reason.
    pub fn hold(&self, id: OpId, seen: OpState, failure: &Failure) -> Result<Op, Failure> {
        let json = self.json(failure)?;
        failpoint::reached("hold/ready");
        self.change(id, from_seen(seen), &failure.code, |row, _| {
            if seen == OpState::Unknown {
                return Ok(OpState::Unknown);
            }
            row.failure = json;
            Ok(OpState::Queued)
        })
    }

    /// Writes down why, and until when, a write goes later. An unknown one stays unknown,
    /// for its first reason.
    pub fn postpone(
        &self,
        op: (OpId, OpState),
        failure: &Failure,
        delivery: &Delivery,
    ) -> Result<Op, Failure> {
        let (id, seen) = op;
        let (json, delivery) = (self.json(failure)?, self.json(delivery)?);
        failpoint::reached("postpone/ready");
        self.change(id, from_seen(seen), &failure.code, |row, _| {
            row.delivery = delivery;
            if seen == OpState::Unknown {
                return Ok(OpState::Unknown);
            }
            row.failure = json;
            Ok(OpState::Retry)
        })
    }

    /// A write that may be sent again, if it is still in the state that the user saw:
    /// the question asked of the user depends on it.
    pub fn seen(&self, id: OpId, seen: OpState) -> Result<Op, Failure> {
        let row = self.row(id).map_err(|error| self.broken(&error))?;
        let row = row.ok_or_else(|| missing(id))?;
        let op = row.to_op()?;
        if !from_seen(seen).contains(&op.state) {
            return Err(changed_meanwhile(&row));
        }
        Ok(op)
    }
}

/// What may be sent because the user, who saw it in this state, says so.
fn from_seen(seen: OpState) -> &'static [OpState] {
    match seen {
        OpState::Queued => &[OpState::Queued],
        OpState::Retry => &[OpState::Retry],
        OpState::Failed => &[OpState::Failed],
        OpState::Unknown => &[OpState::Unknown],
        OpState::Sending | OpState::Blocked | OpState::Done | OpState::Cancelled => &[],
    }
}

/// Whether a write being sent was unknown before.
fn was_unknown(op: &Op) -> bool {
    let failure = op.failure.as_ref();
    failure.is_some_and(|failure| failure.kind == FailureKind::OutcomeUnknown)
}

fn other_org(row: &StoredOp, to: Destination<'_>) -> Failure {
    let message = format!(
        "write {} was made for org `{}` of connection `{}`, but this is org `{}` of `{}`; \
         it was not sent; connect to the first one, or give the write up",
        row.number, row.org_id, row.connection, to.org_id, to.connection
    );
    local("OUTBOX_OTHER_ORG", &message)
}
