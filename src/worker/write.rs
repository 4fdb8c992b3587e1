//! The one road for writes, whoever asks:
//!
//! ```text
//! checks ─▶ row on disk ─▶ queued ─▶ [record's turn, slot, line] ─▶ row on disk ─▶ sending
//!        ─▶ request ─▶ outcome on disk ─▶ done | failed | unknown | queued
//! ```
//!
//! A write whose outcome is unknown is never sent again by itself.

use std::rc::Rc;

use tokio::sync::OwnedMutexGuard;

use crate::domain::failure::{Failure, FailureKind};
use crate::domain::id::RecordId;
use crate::domain::schema::object_named;
use crate::domain::write::{Op, OpId, OpState, Write, WriteStep};
use crate::job::Reply;
use crate::sf::write as wire_write;
use crate::store::cache::Part;
use crate::store::draft::DraftAt;
use crate::store::outbox::{Destination, Outbox, Settled};

use super::asked::Asked;
use super::connect::{self, Line};
use super::describe;
use super::draft;
use super::engine::Engine;

/// Steps of one all-or-none request (REST API guide, Composite: 25 subrequests).
const MOST_STEPS: usize = 25;

/// `Job::Write`.
pub(super) async fn run(
    engine: &Engine,
    asked: &Asked<'_>,
    write: &Write,
    draft: Option<&str>,
) -> Result<Reply, Failure> {
    check(engine, asked, write)?;
    let outbox = engine.outbox(asked)?;
    let session = match engine.session(asked) {
        Some(session) => session,
        // Never logged in: without an org there is nothing to bind the row to.
        None => connect::line(engine, asked).await?.session.borrow().clone(),
    };
    let to = Destination {
        connection: &engine.connection,
        org_id: &session.org_id,
    };
    let place = draft::place(engine);
    let place = place.as_str();
    let draft = draft.map(|key| DraftAt { place, key });
    let op = outbox.insert(to, write, draft)?;
    Ok(send(engine, asked, &outbox, op).await)
}

/// `Job::Resend`: the user asked, so an unknown one may go too.
pub(super) async fn resend(
    engine: &Engine,
    asked: &Asked<'_>,
    id: OpId,
    seen: OpState,
) -> Result<Reply, Failure> {
    let outbox = engine.outbox(asked)?;
    let op = outbox.seen(id, seen);
    let op = op.inspect_err(|_| show(asked, &outbox, id))?;
    Ok(send(engine, asked, &outbox, op).await)
}

/// `Job::Revise`.
pub(super) async fn revise(
    engine: &Engine,
    asked: &Asked<'_>,
    id: OpId,
    (write, draft): (&Write, Option<&str>),
) -> Result<Reply, Failure> {
    check(engine, asked, write)?;
    let outbox = engine.outbox(asked)?;
    let place = draft::place(engine);
    let place = place.as_str();
    let draft = draft.map(|key| DraftAt { place, key });
    let op = outbox.revise(id, write, draft);
    let op = op.inspect_err(|_| show(asked, &outbox, id))?;
    Ok(send(engine, asked, &outbox, op).await)
}

/// Tells how a write stands, for the user saw it otherwise.
fn show(asked: &Asked<'_>, outbox: &Outbox, id: OpId) {
    if let Ok(op) = outbox.load(id) {
        asked.news(Reply::Op(Box::new(op)));
    }
}

/// `Job::Cancel`.
pub(super) fn cancel(engine: &Engine, asked: &Asked<'_>, id: OpId) -> Result<Reply, Failure> {
    let op = engine.outbox(asked)?.cancel(id)?;
    Ok(Reply::Op(Box::new(op)))
}

/// `Job::Outbox`.
pub(super) fn list(engine: &Engine, asked: &Asked<'_>) -> Result<Reply, Failure> {
    engine.outbox(asked)?.list().map(Reply::Outbox)
}

/// What can be seen to be wrong without the org.
fn check(engine: &Engine, asked: &Asked<'_>, write: &Write) -> Result<(), Failure> {
    if write.steps.is_empty() {
        return Err(Failure::input("there is nothing to write"));
    }
    if write.steps.len() > MOST_STEPS {
        let message = format!("one write takes at most {MOST_STEPS} rows");
        return Err(Failure::input(&message));
    }
    let targets: Vec<_> = write.steps.iter().filter_map(target).collect();
    if targets.is_empty() {
        return Ok(());
    }
    let Some(objects) = describe::known_objects(engine, asked) else {
        return Ok(());
    };
    for (object, id) in targets {
        let known = object_named(&objects.value, object);
        let prefix = known.and_then(|known| known.key_prefix.as_deref());
        if prefix.is_some_and(|prefix| prefix != id.prefix()) {
            return Err(Failure::input(&format!(
                "`{id}` is not the id of a {object}"
            )));
        }
    }
    Ok(())
}

/// Object and id of a step that changes a record that is there.
fn target(step: &WriteStep) -> Option<(&str, RecordId)> {
    match step {
        WriteStep::Create { .. } => None,
        WriteStep::Update { object, id, .. } | WriteStep::Delete { object, id } => {
            Some((object, *id))
        }
    }
}

/// Sends a write from the state it is in and gives its last one. Each state on the way
/// is told.
async fn send(engine: &Engine, asked: &Asked<'_>, outbox: &Rc<Outbox>, op: Op) -> Reply {
    if op.state == OpState::Queued {
        asked.say(Reply::Op(Box::new(op.clone())));
    }
    let _turn = turn(engine, &op.write).await;
    let last = match connect::line(engine, asked).await {
        Ok(line) => send_on(engine, asked, outbox, (&line, &op)).await,
        Err(failure) => not_begun(asked, outbox, &op, failure),
    };
    Reply::Op(Box::new(last))
}

/// Waits until earlier writes to the same records are through.
async fn turn(engine: &Engine, write: &Write) -> Vec<OwnedMutexGuard<()>> {
    let records = write.steps.iter().filter_map(target);
    let names = records.map(|(_, id)| format!("record {id}")).collect();
    engine.locks.lock_all(names).await
}

async fn send_on(
    engine: &Engine,
    asked: &Asked<'_>,
    outbox: &Rc<Outbox>,
    (line, op): (&Rc<Line>, &Op),
) -> Op {
    let org_id = line.session.borrow().org_id.clone();
    let to = Destination {
        connection: &engine.connection,
        org_id: &org_id,
    };
    let op = match outbox.begin_from(op.id, op.state, to) {
        Ok(op) => op,
        Err(failure) => return not_begun(asked, outbox, op, failure),
    };
    asked.say(Reply::Op(Box::new(op.clone())));
    let settled = ask(asked, line, &op.write).await;
    if let Settled::Done(ids) = &settled {
        forget_old_pages(engine, asked, &op.write, ids);
    }
    match outbox.settle(op.id, &settled) {
        Ok(op) => {
            if let (OpState::Unknown, Settled::Queued(reason)) = (op.state, settled) {
                asked.news(Reply::Failed(reason));
            }
            op
        }
        Err(failure) => {
            let shown = not_settled(op, &settled, failure);
            engine.unsettled.borrow_mut().push((shown.id, settled));
            shown
        }
    }
}

/// One request, and what its reply says became of the write.
async fn ask(asked: &Asked<'_>, line: &Line, write: &Write) -> Settled {
    let request = wire_write::plan(write, line.version);
    let outcome = match line.wire.send(asked, &request).await {
        Ok(response) => wire_write::outcome(write, &response),
        Err(failure) => Err(failure),
    };
    match outcome {
        Ok(ids) => Settled::Done(ids),
        Err(failure) => match failure.kind {
            FailureKind::NoConnection => Settled::Queued(failure),
            // The org did not look at it: with a new token it may go.
            FailureKind::Session if failure.status == Some(401) => Settled::Queued(failure),
            FailureKind::OutcomeUnknown | FailureKind::BadReply => Settled::Unknown(failure),
            _ => Settled::Failed(failure),
        },
    }
}

/// The write did not begin: it waits with the reason, unless it changed under our feet
/// (given up, or sent by another session), which then is the answer. An unknown one stays
/// so, and the reason is news.
fn not_begun(asked: &Asked<'_>, outbox: &Outbox, op: &Op, failure: Failure) -> Op {
    let held = outbox.hold(op.id, op.state, &failure);
    let held = held.or_else(|_| outbox.load(op.id));
    let mut last = held.unwrap_or_else(|_| op.clone());
    match (op.state, last.state) {
        // The disk may have refused the reason; the screen still gets it.
        (_, OpState::Queued) | (OpState::Failed, OpState::Failed) => last.failure = Some(failure),
        (OpState::Unknown, OpState::Unknown) => asked.news(Reply::Failed(failure)),
        _ => {}
    }
    last
}

/// The outcome is known but not on disk, so it must not be called done: on disk the row
/// says `sending`. The next use of the outbox tries again; a start before that makes it
/// unknown.
fn not_settled(op: Op, settled: &Settled, failure: Failure) -> Op {
    let outcome = match settled {
        Settled::Done(_) => "the org saved it".to_owned(),
        Settled::Failed(refusal) => format!("the org refused it ({})", refusal.code),
        Settled::Unknown(_) => "no answer came".to_owned(),
        Settled::Queued(_) => "it was not sent".to_owned(),
    };
    let message = format!(
        "{outcome}, but that could not be written down: {}",
        failure.message
    );
    Op {
        state: OpState::Unknown,
        failure: Some(Failure { message, ..failure }),
        ..op
    }
}

/// Pages and names that the write made wrong.
fn forget_old_pages(engine: &Engine, asked: &Asked<'_>, write: &Write, ids: &[RecordId]) {
    let Some(cache) = engine.or_told(asked, engine.cache(asked)) else {
        return;
    };
    for step in &write.steps {
        if let WriteStep::Delete { id, .. } = step {
            engine.or_told(asked, cache.forget_name(*id));
        }
    }
    // A new activity or child shows on the pages of the records it points to.
    let pointed_to = write.steps.iter().flat_map(references);
    for id in ids.iter().copied().chain(pointed_to) {
        engine.or_told(asked, cache.forget(Part::Page, id.as_str()));
    }
}

/// Ids that a step's values name.
fn references(step: &WriteStep) -> Vec<RecordId> {
    let fields = match step {
        WriteStep::Create { fields, .. } | WriteStep::Update { fields, .. } => fields,
        WriteStep::Delete { id, .. } => return vec![*id],
    };
    fields
        .values()
        .filter_map(|value| value.as_str()?.parse().ok())
        .collect()
}
