//! Taking back a write that is done, by a write of its own on the same road. What a change
//! goes back to was read with it; a record that has moved on since is left alone, and the
//! reason said. Undoing an undo is the redo.

use jiff::SignedDuration;

use super::same::instant;
use super::send::{self, By, Post};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::id::RecordId;
use crate::domain::record::Record;
use crate::domain::write::{Op, OpId, OpState, Write, WriteStep};
use crate::failpoint;
use crate::job::Reply;
use crate::sf::row;
use crate::store::outbox::{Destination, New};
use crate::worker::connect::{self, Line};

/// Which moment a record is at.
const MOMENT: &str = "LastModifiedDate";

/// What automation changes right after a record was made is part of making it.
const SETTLING: SignedDuration = SignedDuration::from_secs(5);

/// `Job::Undo`.
pub(super) async fn run(post: Post<'_>, id: OpId) -> Result<Reply, Failure> {
    let op = post.outbox.load(id)?;
    refuse_early(post, &op)?;
    let line = connect::line(post.engine, post.asked).await?;
    let mut steps = Vec::new();
    for (place, step) in op.write.steps.iter().enumerate().rev() {
        steps.push(inverse(post, &line, &op, (place, step)).await?);
    }
    let is_undo = op.delivery.undoes.is_some();
    let write = Write {
        summary: match op.write.summary.strip_prefix("undo: ") {
            Some(first) if is_undo => format!("redo: {first}"),
            _ => format!("undo: {}", op.write.summary),
        },
        steps,
        allow_duplicates: true,
    };
    let org_id = line.session.borrow().org_id.clone();
    let to = Destination {
        connection: &post.engine.connection,
        org_id: &org_id,
    };
    let new = New {
        write: &write,
        draft: None,
        undoes: Some(op.id),
    };
    failpoint::reached("undo/read");
    let undo = post.outbox.insert_op(to, new)?;
    failpoint::reached("undo/inserted");
    let last = send::send(post, undo, By::Job).await;
    Ok(Reply::Op(Box::new(last)))
}

fn refuse_early(post: Post<'_>, op: &Op) -> Result<(), Failure> {
    let number = op.number;
    if op.state != OpState::Done {
        let state = op.state.word();
        return Err(refused(&format!("write {number} is {state}, not saved")));
    }
    if op.connection != post.engine.connection {
        let there = &op.connection;
        return Err(refused(&format!("write {number} went to `{there}`")));
    }
    let others = post.outbox.list()?;
    let taken = others.iter().find(|other| {
        let settled = matches!(other.state, OpState::Failed | OpState::Cancelled);
        other.delivery.undoes == Some(op.id) && !settled
    });
    match taken {
        Some(other) => {
            let by = other.number;
            Err(refused(&format!(
                "write {by} takes write {number} back already"
            )))
        }
        None => Ok(()),
    }
}

/// The step that takes one back.
async fn inverse(
    post: Post<'_>,
    line: &Line,
    op: &Op,
    (place, step): (usize, &WriteStep),
) -> Result<WriteStep, Failure> {
    let made = op.ids.get(place).copied();
    match step {
        WriteStep::Create { object, .. } => {
            let id = made.ok_or_else(|| refused("what it made is not known"))?;
            see_untouched(&read(post, line, (object, id), &["CreatedDate"]).await?)?;
            let object = object.clone();
            Ok(WriteStep::Delete { object, id })
        }
        WriteStep::Undelete { object, id } => {
            let (object, id) = (object.clone(), *id);
            Ok(WriteStep::Delete { object, id })
        }
        WriteStep::Delete { object, id } if op.write.steps.len() == 1 => {
            let (object, id) = (object.clone(), *id);
            Ok(WriteStep::Undelete { object, id })
        }
        WriteStep::Delete { .. } => Err(refused("it deleted along with other changes")),
        WriteStep::Update {
            object, id, fields, ..
        } => {
            let before = op.delivery.before.get(place);
            let (Some(before), Some(after)) = (before, op.delivery.after.get(place)) else {
                return Err(refused("what the record held before was not read"));
            };
            let names: Vec<&str> = fields.keys().map(String::as_str).collect();
            let now = read(post, line, (object, *id), &names).await?;
            // Its moment has whole seconds, so the values are compared, too.
            let kept = |name: &str| now.fields.get(name) == after.get(name);
            if !kept(MOMENT) || !names.iter().all(|name| kept(name)) {
                return Err(moved_on(&now));
            }
            let back = before.iter().filter(|(name, _)| fields.contains_key(*name));
            Ok(WriteStep::Update {
                object: object.clone(),
                id: *id,
                fields: back
                    .map(|(name, value)| (name.clone(), value.clone()))
                    .collect(),
                base_modified: now.text(MOMENT).map(str::to_owned),
                base: now
                    .fields
                    .into_iter()
                    .filter(|(name, _)| fields.contains_key(name))
                    .collect(),
            })
        }
    }
}

async fn read(
    post: Post<'_>,
    line: &Line,
    (object, id): (&str, RecordId),
    more: &[&str],
) -> Result<Record, Failure> {
    let fields: Vec<&str> = [MOMENT, "LastModifiedBy.Name"]
        .into_iter()
        .chain(more.iter().copied())
        .collect();
    let request = row::get(line.version, object, id, &fields);
    let response = line.wire.read(post.asked, &request).await;
    let response = response.map_err(|failure| match failure.kind {
        FailureKind::NotFound => refused("the record is deleted, or hidden from you"),
        _ => failure,
    })?;
    row::read_record(&response.body)
}

/// A new record that nobody has changed since.
fn see_untouched(now: &Record) -> Result<(), Failure> {
    let at = |field: &str| now.text(field).and_then(instant);
    match (at("CreatedDate"), at(MOMENT)) {
        (Some(made), Some(changed)) if changed.duration_since(made) <= SETTLING => Ok(()),
        (Some(_), Some(_)) => Err(moved_on(now)),
        _ => Err(refused("the org does not say when it was last changed")),
    }
}

fn moved_on(now: &Record) -> Failure {
    let who = now.text("LastModifiedBy.Name").unwrap_or("somebody");
    let when = now.text(MOMENT).unwrap_or("an unknown time");
    let message = format!("the record has moved on: {who} changed it at {when}");
    Failure::new(FailureKind::Conflict, "UNDO_REFUSED", &message)
}

fn refused(why: &str) -> Failure {
    Failure::new(FailureKind::Input, "UNDO_REFUSED", why)
}
