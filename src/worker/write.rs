//! The one road for writes, whoever asks. The drawing of a write's life is at
//! [`OpState`](crate::domain::write::OpState).
//!
//! ```text
//! Job ─▶ checks ─▶ row on disk ─▶ send ─▶ answer       way: what makes it safe twice
//!                      ▲            ▲                   look: the unknown, in the org
//!                      └── pump ────┘  by itself        undo: the way back
//! ```
//!
//! A write whose outcome is unknown is sent again by itself only where that is harmless,
//! or proven not to have happened.

mod look;
mod pump;
mod same;
mod schedule;
mod send;
mod undo;
mod way;

use std::rc::Rc;

use crate::domain::failure::Failure;
use crate::domain::id::RecordId;
use crate::domain::schema::object_named;
use crate::domain::write::{OpId, OpState, Pause, PauseReason, Write};
use crate::failpoint;
use crate::job::{Logged, Reply};
use crate::store::draft::DraftAt;
use crate::store::outbox::{Destination, Outbox, Verdict};

use super::asked::Asked;
use super::connect;
use super::describe;
use super::draft;
use super::engine::Engine;
use send::{By, Post};

pub(super) use pump::run as pump;
pub(super) use schedule::Schedule;
pub use way::Ways;

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
    failpoint::reached("write/checked");
    let op = outbox.insert(to, write, draft)?;
    failpoint::reached("write/inserted");
    Ok(sent(post(engine, asked, &outbox), op, By::Job).await)
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
    engine.schedule.session_over.set(false);
    Ok(sent(post(engine, asked, &outbox), op, By::User).await)
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
    failpoint::reached("write/revising");
    let op = outbox.revise(id, write, draft);
    let op = op.inspect_err(|_| show(asked, &outbox, id))?;
    Ok(sent(post(engine, asked, &outbox), op, By::Job).await)
}

fn post<'a>(engine: &'a Engine, asked: &'a Asked<'a>, outbox: &'a Rc<Outbox>) -> Post<'a> {
    Post {
        engine,
        asked,
        outbox,
    }
}

async fn sent(post: Post<'_>, op: crate::domain::write::Op, by: By) -> Reply {
    let last = send::send(post, op, by).await;
    if post.asked.is_online() {
        pump::lift_limit(post, &last);
    }
    Reply::Op(Box::new(last))
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
    failpoint::reached("write/cancelled");
    Ok(Reply::Op(Box::new(op)))
}

/// `Job::Link`.
pub(super) fn link(
    engine: &Engine,
    asked: &Asked<'_>,
    id: OpId,
    ids: &[RecordId],
) -> Result<Reply, Failure> {
    let outbox = engine.outbox(asked)?;
    let op = outbox.load(id)?;
    if ids.len() != op.write.steps.len() {
        let steps = op.write.steps.len();
        let message = format!("write {} made {steps} records; name each", op.number);
        return Err(Failure::input(&message));
    }
    let mut delivery = op.delivery;
    delivery.not_before = None;
    let verdict = Verdict::Done(ids.to_vec());
    let why = "the user says which record it is";
    let op = outbox.looked(id, &verdict, (&delivery, why))?;
    send::forget_old_pages(engine, asked, &op.write, ids);
    Ok(Reply::Op(Box::new(op)))
}

/// `Job::Undo`.
pub(super) async fn undo(engine: &Engine, asked: &Asked<'_>, id: OpId) -> Result<Reply, Failure> {
    let outbox = engine.outbox(asked)?;
    undo::run(post(engine, asked, &outbox), id).await
}

/// `Job::SendDue`.
pub(super) async fn send_due(engine: &Engine, asked: &Asked<'_>) -> Result<Reply, Failure> {
    let outbox = engine.outbox(asked)?;
    pump::drain(post(engine, asked, &outbox), pump::Turns::Take).await;
    outbox.pause(&engine.connection).map(Reply::Sending)
}

/// `Job::Pause`.
pub(super) fn pause(engine: &Engine, asked: &Asked<'_>) -> Result<Reply, Failure> {
    let pause = Pause {
        reason: PauseReason::User,
        since: engine.schedule.times.now_here(),
        until: None,
        failure: None,
    };
    let outbox = engine.outbox(asked)?;
    outbox.set_pause(&engine.connection, Some(&pause))?;
    Ok(Reply::Sending(Some(pause)))
}

/// `Job::Resume`: the pump, woken by every job that changes the outbox, goes on.
pub(super) fn resume(engine: &Engine, asked: &Asked<'_>) -> Result<Reply, Failure> {
    engine.outbox(asked)?.set_pause(&engine.connection, None)?;
    engine.schedule.session_over.set(false);
    engine.schedule.forget_pause();
    Ok(Reply::Sending(None))
}

/// `Job::History`.
pub(super) fn history(engine: &Engine, asked: &Asked<'_>, most: u32) -> Result<Reply, Failure> {
    let outbox = engine.outbox(asked)?;
    let ops = outbox.list()?.into_iter();
    let ours = ops.filter(|op| op.connection == engine.connection);
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let logged = ours.take(most).map(|op| {
        let transitions = outbox.history(op.id)?;
        Ok(Logged { op, transitions })
    });
    logged.collect::<Result<_, _>>().map(Reply::History)
}

/// `Job::Outbox`.
pub(super) fn list(engine: &Engine, asked: &Asked<'_>) -> Result<Reply, Failure> {
    let outbox = engine.outbox(asked)?;
    asked.news(Reply::Sending(outbox.pause(&engine.connection)?));
    outbox.list().map(Reply::Outbox)
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
    let targets = write.steps.iter();
    let targets = targets.filter_map(|step| Some((step.object(), step.target()?)));
    let targets: Vec<(&str, RecordId)> = targets.collect();
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
