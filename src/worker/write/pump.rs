//! Sends by itself what waits: in order, when its time has come, while sending is not
//! stopped and the line leads somewhere. Sleeps until the next write is due or until it is
//! woken; with nothing waiting it costs nothing.

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::time::Duration;

use super::look;
use super::send::{self, Post};
use crate::domain::failure::FailureKind;
use crate::domain::id::RecordId;
use crate::domain::write::{HOUR, Op, OpId, OpState, PauseReason, Plan};
use crate::failpoint;
use crate::job::{Answer, Reply};
use crate::worker::asked::Asked;
use crate::worker::engine::Engine;

/// No look is further away.
const LONGEST_LOOK: Duration = Duration::from_secs(11 * 60);

/// Runs until the engine closes; then ends after the write it is at.
pub(in crate::worker) async fn run(engine: &Engine, answer: &dyn Fn(Answer)) {
    let schedule = &engine.schedule;
    loop {
        let next = match engine.opened_outbox() {
            // Nobody asked for the outbox yet: opening it is not worth a start's time.
            None => None,
            Some(outbox) => {
                let asked = Asked::nobody(answer);
                let post = Post {
                    engine,
                    asked: &asked,
                    outbox: &outbox,
                };
                drain(post, Turns::Take).await
            }
        };
        if schedule.closing.get() {
            return;
        }
        match next {
            None => schedule.wake.notified().await,
            Some(wait) => {
                let sleep = (schedule.times.sleep)(wait);
                tokio::select! {
                    biased;
                    () = schedule.wake.notified() => {}
                    () = sleep => {}
                }
            }
        }
        if schedule.closing.get() {
            return;
        }
    }
}

/// Whether the records' turns are to be waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turns {
    /// Jobs under way go first.
    Take,
    /// The job that drains has the turn of the record it is held up at.
    Ours,
}

/// Sends all that is due, once, in order. Gives how long until something is due again;
/// `None` when nothing is, or when only the user can let it go on.
pub(super) async fn drain(post: Post<'_>, turns: Turns) -> Option<Duration> {
    let Post {
        engine,
        asked,
        outbox,
    } = post;
    let told = outbox.adopt_orphans().and_then(|mut ops| {
        ops.extend(outbox.release(&engine.connection)?);
        Ok(ops)
    });
    match told {
        Ok(ops) => ops
            .into_iter()
            .for_each(|op| asked.news(Reply::Op(Box::new(op)))),
        Err(failure) => {
            asked.news(Reply::Failed(failure));
            return None;
        }
    }
    let mut tried = HashSet::new();
    loop {
        let pending = outbox.pending(&engine.connection).unwrap_or_default();
        let round = Round::of(engine, &pending, &tried);
        if round.due.is_empty() {
            return stopped(post).unwrap_or(round.next);
        }
        for op in round.due {
            if let Some(stop) = stopped(post) {
                return stop;
            }
            tried.insert(op.id);
            if let ControlFlow::Break(wait) = its_turn(post, op, turns).await {
                return wait;
            }
        }
    }
}

/// Sends one write, or leaves it to whoever is at it. Breaks where the round ends here.
async fn its_turn(post: Post<'_>, op: &Op, turns: Turns) -> ControlFlow<Option<Duration>> {
    let Post {
        engine,
        asked,
        outbox,
    } = post;
    let schedule = &engine.schedule;
    let Some(_hand) = schedule.take(op.id) else {
        return ControlFlow::Continue(());
    };
    if op.attempts > 0 {
        tokio::select! {
            () = schedule.pace() => {}
            () = schedule.closed() => return ControlFlow::Break(None),
        }
    }
    let _turn = match turns {
        Turns::Take => send::turn(engine, &op.write).await,
        Turns::Ours => Vec::new(),
    };
    let right = tokio::select! {
        right = schedule.sender(outbox, &engine.connection) => right,
        () = schedule.closed() => return ControlFlow::Break(None),
    };
    let _right = match right {
        Ok(right) => right,
        Err(failure) => {
            asked.news(Reply::Failed(failure));
            return ControlFlow::Break(Some(HOUR));
        }
    };
    // Another process or job may have been quicker, or changed what is to be written.
    let op = match outbox.load(op.id) {
        Ok(now) if now.state == op.state => now,
        _ => return ControlFlow::Continue(()),
    };
    failpoint::reached("pump/due");
    let last = one(post, &op).await;
    failpoint::reached("pump/done");
    after(post, &last);
    match schedule.closing.get() {
        true => ControlFlow::Break(None),
        false => ControlFlow::Continue(()),
    }
}

/// Whether sending is stopped, and for how long; `None` goes on.
fn stopped(post: Post<'_>) -> Option<Option<Duration>> {
    let schedule = &post.engine.schedule;
    if schedule.session_over.get() {
        return Some(None);
    }
    let pause = post.outbox.pause(&post.engine.connection).ok()?;
    match pause {
        Some(pause) if pause.reason == PauseReason::Limit => {
            let wait = schedule.wait_until(OpId::nil(), pause.until, HOUR);
            if !wait.is_zero() {
                return Some(Some(wait));
            }
        }
        Some(_) => return Some(None),
        None => {}
    }
    let wait = schedule.line_wait()?;
    (!wait.is_zero()).then_some(Some(wait))
}

/// What is due at one moment.
struct Round<'a> {
    /// Oldest first: writes whose time has come and whose records are free.
    due: Vec<&'a Op>,
    /// The shortest wait of the others.
    next: Option<Duration>,
}

impl<'a> Round<'a> {
    fn of(engine: &Engine, pending: &'a [Op], tried: &HashSet<OpId>) -> Self {
        let mut taken: HashSet<RecordId> = HashSet::new();
        let mut round = Self {
            due: Vec::new(),
            next: None,
        };
        for op in pending {
            let targets = op.write.targets();
            let is_free = !targets.iter().any(|target| taken.contains(target));
            taken.extend(targets);
            if !is_free {
                continue;
            }
            let Some(wait) = wait(engine, op) else {
                continue;
            };
            if wait.is_zero() && !tried.contains(&op.id) {
                round.due.push(op);
                continue;
            }
            // One just tried and due again is left to the next drain.
            let wait = wait.max(Duration::from_millis(u64::from(wait.is_zero())));
            round.next = Some(round.next.map_or(wait, |next| next.min(wait)));
        }
        round
    }
}

/// How long until something is done about a write; `None` when nothing is by itself.
fn wait(engine: &Engine, op: &Op) -> Option<Duration> {
    let schedule = &engine.schedule;
    match op.plan()? {
        Plan::Ask => None,
        Plan::Send { .. } if op.state == OpState::Queued => Some(Duration::ZERO),
        // What met no line goes when there is one, which `stopped` watches over.
        Plan::Send { .. } if is_offline(op) => Some(Duration::ZERO),
        Plan::Send { .. } => Some(schedule.wait_of(op, HOUR)),
        Plan::Look { at: None } if !op.delivery.looks.is_empty() => None,
        Plan::Look { .. } => Some(schedule.wait_of(op, LONGEST_LOOK)),
    }
}

fn is_offline(op: &Op) -> bool {
    let failure = op.failure.as_ref();
    op.state == OpState::Retry
        && failure.is_some_and(|failure| failure.kind == FailureKind::NoConnection)
}

async fn one(post: Post<'_>, op: &Op) -> Op {
    match op.plan() {
        Some(Plan::Look { .. }) => look::look(post, op).await,
        _ => send::attempt(post, op).await,
    }
}

/// Tells what became of a write, and lets go what waited for it.
fn after(post: Post<'_>, last: &Op) {
    let Post {
        engine,
        asked,
        outbox,
    } = post;
    asked.news(Reply::Op(Box::new(last.clone())));
    if asked.is_online() {
        engine.schedule.line_is_up();
        lift_limit(post, last);
    }
    if last.state == OpState::Done {
        for op in outbox.release(&engine.connection).unwrap_or_default() {
            asked.news(Reply::Op(Box::new(op)));
        }
    }
}

/// The one write tried after a limit got through.
pub(super) fn lift_limit(post: Post<'_>, last: &Op) {
    let connection = &post.engine.connection;
    let is_limit = |pause: &crate::domain::write::Pause| pause.reason == PauseReason::Limit;
    let Ok(Some(pause)) = post.outbox.pause(connection) else {
        return;
    };
    let again = last.failure.as_ref();
    let again = again.is_some_and(|failure| failure.code == "REQUEST_LIMIT_EXCEEDED");
    if is_limit(&pause) && !again {
        post.engine.schedule.forget(OpId::nil());
        if post.outbox.set_pause(connection, None).is_ok() {
            post.asked.news(Reply::Sending(None));
        }
    }
}
