//! One write, from waiting to what became of it:
//!
//! ```text
//! [record's turn, sender's right, line] ─▶ row on disk: sending, the way, the time
//!   ─▶ request ─▶ what the reply means (`sf`) ─▶ its fate (`domain::write::fate`)
//!   ─▶ row on disk ─▶ answer
//! ```

use std::rc::Rc;
use std::time::Duration;

use tokio::sync::OwnedMutexGuard;

use crate::domain::failure::{Failure, FailureKind};
use crate::domain::id::RecordId;
use crate::domain::record::Record;
use crate::domain::write::{
    Delivery, Fate, HOUR, LOOKS, Op, OpState, Pause, PauseReason, Sent, Way, Write, WriteStep, fate,
};
use crate::failpoint;
use crate::job::Reply;
use crate::sf::client::Response;
use crate::sf::write::{self as wire_write, Letter, watched};
use crate::store::cache::Part;
use crate::store::outbox::{Destination, EARLIER, Outbox, Settled, Start};

use super::way::{self, Known};
use super::{pump, same};
use crate::worker::asked::Asked;
use crate::worker::connect::{self, Line};
use crate::worker::describe;
use crate::worker::engine::Engine;
use crate::worker::page;

/// Where a write is sent from.
#[derive(Clone, Copy)]
pub(super) struct Post<'a> {
    pub engine: &'a Engine,
    pub asked: &'a Asked<'a>,
    pub outbox: &'a Rc<Outbox>,
}

/// Who wants a write sent now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// A job that made or changed it.
    Job,
    /// The user, who saw why it waits.
    User,
}

/// Sends a write for a job, from the state it is in, and gives its last one. Each state on
/// the way is told. What cannot go now goes later by the pump.
pub(super) async fn send(post: Post<'_>, op: Op, by: By) -> Op {
    let Post {
        engine,
        asked,
        outbox,
    } = post;
    let Some(_hand) = engine.schedule.take(op.id) else {
        return outbox.load(op.id).unwrap_or(op);
    };
    if matches!(op.state, OpState::Queued | OpState::Blocked) {
        asked.say(Reply::Op(Box::new(op.clone())));
    }
    let op = match op.state {
        OpState::Blocked => match released(post, op) {
            op if op.state == OpState::Blocked => return op,
            op => op,
        },
        _ => op,
    };
    if let (By::Job, Some(failure)) = (by, paused(post)) {
        return held(post, &op, failure);
    }
    let _turn = turn(engine, &op.write).await;
    failpoint::reached("send/turn");
    let _right = match engine.schedule.sender(outbox, &engine.connection).await {
        Ok(right) => right,
        Err(failure) => return held(post, &op, failure),
    };
    failpoint::reached("send/right");
    // Another process may have sent or changed it while this one waited for its right.
    let op = match outbox.load(op.id) {
        Ok(now) if now.state != op.state => return now,
        Ok(now) => now,
        Err(_) => op,
    };
    let last = attempt(post, &op).await;
    if !is_behind(&last) {
        return last;
    }
    Box::pin(pump::drain(post, pump::Turns::Ours)).await;
    attempt(post, &last).await
}

/// An earlier write to its record is not settled.
pub(super) fn is_behind(op: &Op) -> bool {
    let failure = op.failure.as_ref();
    failure.is_some_and(|failure| failure.code == EARLIER)
}

fn released(post: Post<'_>, op: Op) -> Op {
    let changed = post.outbox.release(&post.engine.connection);
    for other in changed.unwrap_or_default() {
        if other.id != op.id {
            post.asked.news(Reply::Op(Box::new(other)));
        }
    }
    post.outbox.load(op.id).unwrap_or(op)
}

/// Why nothing is sent for a job just now.
fn paused(post: Post<'_>) -> Option<Failure> {
    let pause = post.outbox.pause(&post.engine.connection).ok()??;
    let message = match pause.reason {
        PauseReason::User => "sending is stopped until you let it go on".to_owned(),
        _ => match &pause.failure {
            Some(failure) => format!("sending is stopped: {}", failure.message),
            None => "sending is stopped".to_owned(),
        },
    };
    let kind = match pause.reason {
        PauseReason::User => FailureKind::Local,
        PauseReason::Limit => FailureKind::Limit,
        PauseReason::Session => FailureKind::Session,
    };
    Some(Failure::new(kind, "SENDING_PAUSED", &message))
}

/// Waits until earlier writes of this process to the same records are through.
pub(super) async fn turn(engine: &Engine, write: &Write) -> Vec<OwnedMutexGuard<()>> {
    let records = write.targets().into_iter();
    let names = records.map(|id| format!("record {id}")).collect();
    engine.locks.lock_all(names).await
}

/// Sends a write that this process has the right to send.
pub(super) async fn attempt(post: Post<'_>, op: &Op) -> Op {
    match connect::line(post.engine, post.asked).await {
        Ok(line) => on_line(post, &line, op).await,
        Err(failure) => not_begun(post, op, failure),
    }
}

async fn on_line(post: Post<'_>, line: &Rc<Line>, op: &Op) -> Op {
    let org_id = line.session.borrow().org_id.clone();
    let delivery = started(post, line, op);
    let start = Start {
        seen: op.state,
        to: Destination {
            connection: &post.engine.connection,
            org_id: &org_id,
        },
        delivery: Some(&delivery),
    };
    let was_unknown = op.state == OpState::Unknown;
    let op = match post.outbox.begin_as(op.id, start) {
        Ok(op) => op,
        Err(failure) => return not_begun(post, op, failure),
    };
    failpoint::reached("send/begun");
    post.asked.say(Reply::Op(Box::new(op.clone())));
    let told = ask(post, line, &op).await;
    failpoint::reached("send/answered");
    settled(post, op, told, was_unknown)
}

/// How a write goes this time. The way is kept while the same body may be in the org
/// already; a refused one is decided anew, for a key answers the same again.
fn started(post: Post<'_>, line: &Line, op: &Op) -> Delivery {
    let mut delivery = op.delivery.clone();
    if delivery.way.is_none() || op.state == OpState::Failed {
        delivery.way = Some(decide(post, &op.write));
    }
    let now = Sent {
        at: post.engine.schedule.now(),
        ahead: line.wire.ahead(),
        last: None,
        broke: None,
    };
    delivery.sent = Some(match (op.state, delivery.sent) {
        // What the first sending may have made must still be found.
        (OpState::Unknown, Some(first)) => Sent {
            last: Some(now.at),
            ..first
        },
        _ => now,
    });
    delivery.not_before = None;
    delivery.looks.clear();
    delivery.theirs = None;
    delivery
}

fn decide(post: Post<'_>, write: &Write) -> Way {
    let Post { engine, asked, .. } = post;
    let form = |object: &str| Some(describe::known_form(engine, asked, object)?.value);
    let is_refused = |object: &str| {
        let known = engine.cached::<bool>(asked, Part::Way, &object.to_lowercase());
        known.is_some_and(|refused| refused.value)
    };
    let known = Known {
        form: &form,
        is_refused: &is_refused,
        ways: &engine.ways,
    };
    way::decide(write, &known)
}

/// What a request told.
pub(super) struct Told {
    outcome: Result<Vec<RecordId>, Failure>,
    delivery: Delivery,
    retry_after: Option<Duration>,
    page: Option<Response>,
}

/// One request, and what its reply says. A second one only where the org does not have the
/// way, which is remembered.
async fn ask(post: Post<'_>, line: &Line, op: &Op) -> Told {
    let told = ask_once(post, line, op).await;
    let Some(told) = told else {
        let mut delivery = op.delivery.clone();
        let object = op.write.steps.first().map(WriteStep::object);
        failpoint::reached("send/refused-way");
        remember_refusal(post, object.unwrap_or_default());
        delivery.way = Some(decide(post, &op.write));
        let why = "the org takes no idempotency key here";
        let redirected = post.outbox.redirect(op.id, &delivery, why);
        let nothing = |outcome| Told {
            outcome,
            delivery: delivery.clone(),
            retry_after: None,
            page: None,
        };
        return match redirected {
            Ok(op) => match ask_once(post, line, &op).await {
                Some(told) => told,
                None => nothing(Err(Failure::bad_reply(None, "the org takes no key"))),
            },
            Err(failure) => nothing(Err(failure)),
        };
    };
    told
}

/// `None`: the org refused the way, not the write.
async fn ask_once(post: Post<'_>, line: &Line, op: &Op) -> Option<Told> {
    let key = op.id.simple().to_string();
    let look = Way::Look;
    let letter = Letter {
        write: &op.write,
        way: op.delivery.way.as_ref().unwrap_or(&look),
        key: &key,
    };
    let is_watched = watched::is_lone_update(&op.write);
    let page = match is_watched {
        true => page::parts_of_known(post.engine, post.asked, &op.write.targets(), line.version),
        false => None,
    };
    let wants_page = page.is_some();
    let request = watched::request(&letter, line.version, page.unwrap_or_default())
        .unwrap_or_else(|| wire_write::request(&letter, line.version));
    let mut told = Told {
        outcome: Ok(Vec::new()),
        delivery: op.delivery.clone(),
        retry_after: None,
        page: None,
    };
    let response = match line.wire.send(post.asked, &request).await {
        Ok(response) => response,
        Err(failure) => {
            told.outcome = Err(failure);
            return Some(told);
        }
    };
    told.retry_after = response.retry_after;
    let by_key = matches!(letter.way, Way::Idempotency { .. });
    if by_key && wire_write::is_unsupported(&response) {
        return None;
    }
    match is_watched {
        false => told.outcome = wire_write::outcome_of(&letter, &response),
        true => {
            let watched = watched::read(&op.write, &response);
            note_watched(&mut told.delivery, &watched);
            told.outcome = watched.outcome;
            told.page = (wants_page && told.outcome.is_ok()).then_some(response);
        }
    }
    Some(told)
}

fn note_watched(delivery: &mut Delivery, watched: &watched::Watched) {
    let fields = |record: &Option<Record>| {
        let fields = record.as_ref().map(|record| record.fields.clone());
        fields.into_iter().collect::<Vec<_>>()
    };
    // One sent again may read what its lost sending left, which is no way back.
    let again = delivery.sent.is_some_and(|sent| sent.last.is_some());
    match &watched.outcome {
        Ok(_) => {
            delivery.before = match again {
                true => Vec::new(),
                false => fields(&watched.before),
            };
            delivery.after = fields(&watched.after);
        }
        Err(failure) if failure.kind == FailureKind::Conflict => {
            delivery.theirs.clone_from(&watched.before);
        }
        Err(_) => {}
    }
}

fn remember_refusal(post: Post<'_>, object: &str) {
    let entry = crate::store::cache::Entry {
        value: true,
        stamp: String::new(),
        checked: post.engine.schedule.now(),
    };
    let key = object.to_lowercase();
    post.engine.keep(post.asked, (Part::Way, &key), &entry);
}

/// Writes down what became of a write, and does what follows from it.
fn settled(post: Post<'_>, op: Op, told: Told, was_unknown: bool) -> Op {
    let Post {
        engine,
        asked,
        outbox,
    } = post;
    let Told {
        outcome,
        mut delivery,
        retry_after,
        page,
    } = told;
    let settled = match outcome {
        Ok(ids) => Settled::Done(ids),
        Err(failure) => fallen(
            post,
            (&op, failure),
            (&mut delivery, retry_after),
            was_unknown,
        ),
    };
    if let Settled::Done(ids) = &settled {
        delivery.retries = 0;
        delivery.not_before = None;
        engine.schedule.forget(op.id);
        forget_old_pages(engine, asked, &op.write, ids);
        if let Some(response) = page {
            delivery.reread = page::told(engine, asked, &op.write.targets(), &response);
        }
    }
    failpoint::reached("send/judged");
    match outbox.settle_as(op.id, &settled, Some(&delivery)) {
        Ok(op) => {
            failpoint::reached("send/settled");
            let was_held = matches!(settled, Settled::Queued(_) | Settled::Retry(_));
            if let (OpState::Unknown, true, Settled::Queued(reason) | Settled::Retry(reason)) =
                (op.state, was_held, settled)
            {
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

/// What becomes of a write that did not succeed, by the table.
fn fallen(
    post: Post<'_>,
    (op, failure): (&Op, Failure),
    (delivery, retry_after): (&mut Delivery, Option<Duration>),
    was_unknown: bool,
) -> Settled {
    let schedule = &post.engine.schedule;
    if was_unknown && failure.kind == FailureKind::Conflict && holds_ours(&op.write, delivery) {
        delivery.theirs = None;
        return Settled::Done(op.write.targets());
    }
    let retries = delivery.retries;
    delivery.retries = retries.saturating_add(1);
    let mut put_off = |wait| delivery.not_before = Some(schedule.put_off(op.id, wait));
    match fate(&op.write, &failure, was_unknown) {
        Fate::Retry if failure.kind == FailureKind::NoConnection => {
            put_off(schedule.line_is_down());
            Settled::Retry(failure)
        }
        Fate::RetryAtMost(most) if retries >= most => Settled::Failed(failure),
        Fate::Retry | Fate::RetryAtMost(_) => {
            put_off(schedule.back_off(retries, retry_after));
            Settled::Retry(failure)
        }
        Fate::Unknown => {
            if let Some(sent) = &mut delivery.sent {
                sent.broke = Some(schedule.now());
            }
            let looked_for = matches!(delivery.way, Some(Way::Look | Way::Marker { .. }));
            let wait = match looked_for {
                true => LOOKS.first().copied().unwrap_or_default(),
                false => schedule.back_off(retries, retry_after),
            };
            delivery.not_before = Some(schedule.put_off(op.id, wait));
            Settled::Unknown(failure)
        }
        Fate::Pause(reason) => {
            pause(post, reason, &failure);
            Settled::Queued(failure)
        }
        Fate::Done => Settled::Done(op.write.targets()),
        Fate::Failed => Settled::Failed(failure),
    }
}

/// The record holds what a lost sending of this write was to put there.
fn holds_ours(write: &Write, delivery: &Delivery) -> bool {
    let Some(theirs) = &delivery.theirs else {
        return false;
    };
    write.steps.iter().all(|step| match step {
        WriteStep::Update { fields, .. } => fields.iter().all(|(name, mine)| {
            let held = theirs.fields.get(name);
            held.is_some_and(|held| same::is_same(mine, held))
        }),
        _ => false,
    })
}

/// Stops sending for the connection.
fn pause(post: Post<'_>, reason: PauseReason, failure: &Failure) {
    let Post {
        engine,
        asked,
        outbox,
    } = post;
    let until = (reason == PauseReason::Limit).then(|| {
        engine
            .schedule
            .put_off(crate::domain::write::OpId::nil(), HOUR)
    });
    let pause = Pause {
        reason,
        since: engine.schedule.now(),
        until,
        failure: Some(failure.clone()),
    };
    match reason {
        // The next process may have a new token, so this is not kept.
        PauseReason::Session => engine.schedule.session_over.set(true),
        PauseReason::Limit | PauseReason::User => {
            if let Err(failure) = outbox.set_pause(&engine.connection, Some(&pause)) {
                asked.news(Reply::Failed(failure));
            }
        }
    }
    asked.news(Reply::Sending(Some(pause)));
}

/// The write did not begin: it goes later, or waits with the reason, unless it changed
/// under our feet (given up, or sent by another session), which then is the answer. An
/// unknown one stays so, and the reason is news.
fn not_begun(post: Post<'_>, op: &Op, failure: Failure) -> Op {
    if failure.kind != FailureKind::NoConnection {
        return held(post, op, failure);
    }
    let schedule = &post.engine.schedule;
    let mut delivery = op.delivery.clone();
    delivery.retries = delivery.retries.saturating_add(1);
    let wait = schedule.line_is_down();
    delivery.not_before = Some(schedule.put_off(op.id, wait));
    let held = post.outbox.postpone((op.id, op.state), &failure, &delivery);
    last_known(post, op, held, failure)
}

/// The write waits with the reason, without a time.
fn held(post: Post<'_>, op: &Op, failure: Failure) -> Op {
    let held = post.outbox.hold(op.id, op.state, &failure);
    last_known(post, op, held, failure)
}

fn last_known(post: Post<'_>, op: &Op, held: Result<Op, Failure>, failure: Failure) -> Op {
    let held = held.or_else(|_| post.outbox.load(op.id));
    let mut last = held.unwrap_or_else(|_| op.clone());
    match (op.state, last.state) {
        // The disk may have refused the reason; the screen still gets it.
        (_, OpState::Queued | OpState::Retry) | (OpState::Failed, OpState::Failed) => {
            last.failure = Some(failure);
        }
        (OpState::Unknown, OpState::Unknown) => post.asked.news(Reply::Failed(failure)),
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
        Settled::Retry(_) | Settled::Queued(_) => "nothing was saved".to_owned(),
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
pub(super) fn forget_old_pages(
    engine: &Engine,
    asked: &Asked<'_>,
    write: &Write,
    ids: &[RecordId],
) {
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
        WriteStep::Delete { id, .. } | WriteStep::Undelete { id, .. } => return vec![*id],
    };
    fields
        .values()
        .filter_map(|value| value.as_str()?.parse().ok())
        .collect()
}
