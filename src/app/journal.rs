//! The outbox as the screens see it: a picture of the rows on disk, never the truth.

use std::collections::BTreeMap;

use crate::domain::id::RecordId;
use crate::domain::write::{Op, OpId, OpState, Plan, Transition, WriteStep};
use crate::job::Logged;

/// Writes, newest first.
#[derive(Debug, Clone, Default)]
pub struct Journal {
    ops: Vec<Op>,
    read: bool,
    trails: BTreeMap<OpId, Vec<Transition>>,
}

impl Journal {
    /// Takes the rows as they are on disk.
    pub(super) fn replace(&mut self, ops: Vec<Op>) {
        self.read = true;
        self.ops = ops;
        self.sort();
    }

    /// Takes one row's newest state.
    pub(super) fn record(&mut self, op: Op) {
        match self.ops.iter_mut().find(|known| known.id == op.id) {
            Some(known) => *known = op,
            None => {
                self.ops.push(op);
                self.sort();
            }
        }
    }

    /// Takes what happened to writes.
    pub(super) fn learn_history(&mut self, history: &[Logged]) {
        for logged in history {
            let trail = logged.transitions.clone();
            self.trails.insert(logged.op.id, trail);
        }
    }

    /// Everything that happened to a write, oldest first; empty until it was asked for.
    pub fn trail(&self, id: OpId) -> &[Transition] {
        self.trails.get(&id).map_or(&[], Vec::as_slice)
    }

    /// The write that must be settled before this one goes: one that makes a record it
    /// points to, or an earlier one to the same record.
    pub fn held_by(&self, op: &Op) -> Option<&Op> {
        let parents = op.write.parents();
        let targets = op.write.targets();
        let holds = |other: &&Op| {
            let before = other.number < op.number && other.state.is_pending();
            parents.contains(&other.id) && other.state != OpState::Done
                || before
                    && op.state == OpState::Queued
                    && other.write.targets().iter().any(|id| targets.contains(id))
        };
        self.ops.iter().rev().find(holds)
    }

    /// Writes that go nowhere without the user: refused, or of an outcome that several
    /// records may be. Newest first.
    pub fn needing_user(&self) -> Vec<&Op> {
        let needs = |op: &&Op| match op.state {
            OpState::Failed => true,
            OpState::Unknown => matches!(op.plan(), Some(Plan::Ask) | None),
            _ => false,
        };
        self.ops.iter().filter(needs).collect()
    }

    fn sort(&mut self) {
        self.ops.sort_by_key(|op| std::cmp::Reverse(op.number));
    }

    /// The rows on disk have been read once.
    pub fn is_read(&self) -> bool {
        self.read
    }

    /// Newest first.
    pub fn ops(&self) -> &[Op] {
        &self.ops
    }

    /// The write of that id.
    pub fn op(&self, id: OpId) -> Option<&Op> {
        self.ops.iter().find(|op| op.id == id)
    }

    /// Writes that are not settled: waiting, on the wire, or of unknown outcome.
    pub fn waiting(&self) -> usize {
        self.count(OpState::is_pending)
    }

    /// Writes on the wire now.
    pub fn sending(&self) -> usize {
        self.count(|state| state == OpState::Sending)
    }

    /// Writes in this state.
    pub fn in_state(&self, state: OpState) -> usize {
        self.count(|known| known == state)
    }

    fn count(&self, wanted: impl Fn(OpState) -> bool) -> usize {
        self.ops.iter().filter(|op| wanted(op.state)).count()
    }

    /// Writes that touch this record or name it in a field, newest first.
    pub fn about(&self, id: RecordId) -> impl Iterator<Item = &Op> {
        self.ops.iter().filter(move |op| {
            op.ids.contains(&id) || op.write.steps.iter().any(|step| touches(step, id))
        })
    }
}

fn touches(step: &WriteStep, record: RecordId) -> bool {
    match step {
        WriteStep::Create { fields, .. } => fields
            .values()
            .any(|value| value.as_str() == Some(record.as_str())),
        WriteStep::Update { id, .. }
        | WriteStep::Delete { id, .. }
        | WriteStep::Undelete { id, .. } => *id == record,
    }
}
