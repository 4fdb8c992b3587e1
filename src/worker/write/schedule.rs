//! When writes go: what is due, whether the line is down, who may send. Of this process
//! only, by a clock that nobody can set; what must outlive it is on disk.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet, VecDeque};
use std::rc::{Rc, Weak};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{Mutex, Notify};

use crate::domain::failure::Failure;
use crate::domain::write::{Op, OpId, back_off};
use crate::store::outbox::{Outbox, SenderLock};
use crate::worker::times::Times;

/// So many retries at most start within any [`PACE`]: writes that met the same lock, or the
/// same bad minute, must not come back at the org all at once.
const PER_PACE: usize = 5;
const PACE: Duration = Duration::from_millis(100);

/// The line does not lead to the org.
#[derive(Debug, Clone, Copy)]
struct Down {
    /// Tries in a row that met no org.
    tries: u32,
    /// When the next one is made, by `passed`.
    until: Duration,
}

/// What the sender of one connection goes by.
pub(in crate::worker) struct Schedule {
    pub times: Times,
    /// Rung when something may be due: a row came, a line came back, the end is near.
    pub wake: Notify,
    /// The pump ends after the write it is at.
    pub closing: Cell<bool>,
    closed: Notify,
    /// The session could not be renewed: every write would be refused.
    pub session_over: Cell<bool>,
    due: RefCell<HashMap<OpId, Duration>>,
    down: Cell<Option<Down>>,
    in_hand: RefCell<HashSet<OpId>>,
    sender: Mutex<Weak<SenderLock>>,
    random: Cell<u64>,
    /// When the newest retries started, by `passed`.
    retries: RefCell<VecDeque<Duration>>,
}

/// A write that somebody in this process is at.
pub(super) struct InHand<'a> {
    schedule: &'a Schedule,
    id: OpId,
}

impl Drop for InHand<'_> {
    fn drop(&mut self) {
        self.schedule.in_hand.borrow_mut().remove(&self.id);
    }
}

impl Schedule {
    pub(in crate::worker) fn new(times: Times) -> Self {
        Self {
            times,
            wake: Notify::new(),
            closing: Cell::new(false),
            closed: Notify::new(),
            session_over: Cell::new(false),
            due: RefCell::default(),
            down: Cell::new(None),
            in_hand: RefCell::default(),
            sender: Mutex::new(Weak::new()),
            // Zero is the one state that this generator never leaves.
            random: Cell::new(times.seed | 1),
            retries: RefCell::default(),
        }
    }

    /// Nothing more is begun from now on.
    pub(in crate::worker) fn close(&self) {
        self.closing.set(true);
        self.closed.notify_waiters();
        self.wake.notify_one();
    }

    /// Ends when nothing more is to be begun.
    pub(super) async fn closed(&self) {
        let closed = self.closed.notified();
        if !self.closing.get() {
            closed.await;
        }
    }

    /// Now, by the machine's clock.
    pub(super) fn now(&self) -> Timestamp {
        (self.times.now)()
    }

    /// Takes a write in hand, unless somebody has it.
    pub(super) fn take(&self, id: OpId) -> Option<InHand<'_>> {
        let schedule = self;
        let free = self.in_hand.borrow_mut().insert(id);
        free.then_some(InHand { schedule, id })
    }

    /// The right to send for the connection, waited for while another process has it.
    pub(super) async fn sender(
        &self,
        outbox: &Outbox,
        connection: &str,
    ) -> Result<Rc<SenderLock>, Failure> {
        let mut known = self.sender.lock().await;
        if let Some(lock) = known.upgrade() {
            return Ok(lock);
        }
        let lock = match outbox.try_sender(connection)? {
            Some(lock) => lock,
            None => {
                let waiting = outbox.waiting_sender(connection);
                let taken = tokio::task::spawn_blocking(waiting).await;
                taken.map_err(|error| Failure::local(&error.to_string()))??
            }
        };
        let lock = Rc::new(lock);
        *known = Rc::downgrade(&lock);
        Ok(lock)
    }

    /// Waits until one more retry may start, and counts it.
    pub(super) async fn pace(&self) {
        loop {
            let passed = (self.times.passed)();
            let wait = {
                let mut retries = self.retries.borrow_mut();
                while retries.front().is_some_and(|at| *at + PACE < passed) {
                    retries.pop_front();
                }
                match retries.front() {
                    Some(first) if retries.len() >= PER_PACE => {
                        (*first + PACE).saturating_sub(passed) + Duration::from_millis(1)
                    }
                    _ => {
                        retries.push_back(passed);
                        return;
                    }
                }
            };
            (self.times.sleep)(wait).await;
        }
    }

    /// A back-off after `retries` tries; `asked` is the org's own wish.
    pub(in crate::worker) fn back_off(&self, retries: u32, asked: Option<Duration>) -> Duration {
        back_off(retries, self.random(), asked)
    }

    /// xorshift64*: only spreads waits.
    fn random(&self) -> u64 {
        let mut state = self.random.get();
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        self.random.set(state);
        state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11
    }

    /// A write is due after this wait; gives when that is, for people and the next process.
    pub(super) fn put_off(&self, id: OpId, wait: Duration) -> Timestamp {
        let at = (self.times.passed)().saturating_add(wait);
        self.due.borrow_mut().insert(id, at);
        let wait = jiff::SignedDuration::try_from(wait).unwrap_or_default();
        self.now().saturating_add(wait).unwrap_or(Timestamp::MAX)
    }

    /// A write is due at once, or is settled.
    pub(super) fn forget(&self, id: OpId) {
        self.due.borrow_mut().remove(&id);
    }

    /// The limit's hour counts no more.
    pub(super) fn forget_pause(&self) {
        self.forget(OpId::nil());
        self.down.set(None);
    }

    /// How long until a write is due. What another process put off is timed from when it
    /// was first seen here, and never for longer than `most`: a clock that was set between
    /// must neither hurry it nor hold it for ever.
    pub(super) fn wait_of(&self, op: &Op, most: Duration) -> Duration {
        self.wait_until(op.id, op.delivery.not_before, most)
    }

    pub(super) fn wait_until(&self, id: OpId, at: Option<Timestamp>, most: Duration) -> Duration {
        let passed = (self.times.passed)();
        let mut due = self.due.borrow_mut();
        let due = due.entry(id).or_insert_with(|| {
            let wait = at.map_or(Duration::ZERO, |at| {
                Duration::try_from(at.duration_since(self.now())).unwrap_or_default()
            });
            passed.saturating_add(wait.min(most))
        });
        due.saturating_sub(passed)
    }

    /// No org was met; gives how long to leave the line alone.
    pub(super) fn line_is_down(&self) -> Duration {
        let tries = self.down.get().map_or(0, |down| down.tries);
        let wait = self.back_off(tries, None);
        self.down.set(Some(Down {
            tries: tries.saturating_add(1),
            until: (self.times.passed)().saturating_add(wait),
        }));
        wait
    }

    /// The org answered.
    pub(in crate::worker) fn line_is_up(&self) {
        if self.down.take().is_some() {
            self.wake.notify_one();
        }
    }

    /// How long the line is left alone; `None` while it is good.
    pub(super) fn line_wait(&self) -> Option<Duration> {
        let down = self.down.get()?;
        Some(down.until.saturating_sub((self.times.passed)()))
    }
}
