//! One turn of the program: what a screen may look at, and what it leaves behind.

use std::time::Duration;

use jiff::Zoned;

use crate::job::{Job, JobId};

use super::journal::Journal;
use super::msg::{Effect, Intent, Timer};
use super::notice::Notice;
use super::org::Org;

/// Lent to a screen while it handles one message.
pub struct Turn<'a> {
    /// The present moment, in the user's zone.
    pub now: &'a Zoned,
    /// What is known of the org.
    pub org: &'a Org,
    /// The writes.
    pub journal: &'a Journal,
    pub(super) left: Leavings,
}

/// What a turn leaves behind.
#[derive(Debug, Default)]
pub(super) struct Leavings {
    pub(super) next_job: u64,
    pub(super) effects: Vec<Effect>,
    pub(super) intents: Vec<Intent>,
    pub(super) notices: Vec<Notice>,
}

impl Leavings {
    /// The next wish, in the order they were made.
    pub(super) fn take_intent(&mut self) -> Option<Intent> {
        (!self.intents.is_empty()).then(|| self.intents.remove(0))
    }
}

impl Turn<'_> {
    /// Hands a job to the worker; its answers carry the id returned.
    pub fn start(&mut self, job: Job) -> JobId {
        self.left.next_job += 1;
        let id = JobId(self.left.next_job);
        self.left.effects.push(Effect::Start(id, Box::new(job)));
        id
    }

    /// Says that nobody waits for this read any more.
    pub fn forget(&mut self, job: Option<JobId>) {
        self.left.effects.extend(job.map(Effect::Forget));
    }

    /// Rings once after this time.
    pub fn ring(&mut self, timer: Timer, after: Duration) {
        self.left.effects.push(Effect::Ring(timer, after));
    }

    /// Leaves an effect for the runtime.
    pub fn effect(&mut self, effect: Effect) {
        self.left.effects.push(effect);
    }

    /// Wants something of the app, after this screen is done.
    pub fn ask(&mut self, intent: Intent) {
        self.left.intents.push(intent);
    }

    /// Tells the user.
    pub fn tell(&mut self, notice: Notice) {
        self.left.notices.push(notice);
    }
}
