//! One run from where it is to its end, or to where it has to stop. Only this file says
//! in which state a run ends; what may be done again and what may not is known below.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use crate::domain::block::Way;
use crate::domain::block::prepared::Part;
use crate::domain::block::run::{Run, RunNumber, RunState};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::write::{Fate, fate_of};
use crate::failpoint;
use crate::job::Reply;
use crate::store::block::{Kept, PartRow, Runs, Wanted};
use crate::worker::asked::Asked;
use crate::worker::engine::Engine;

use super::pace::Meter;
use super::resend;
use super::send::{Desk, Plan};
use super::{collect, ingest, look};

/// Tries of one request in a row.
const MOST_TRIES: u32 = 8;
/// How long nobody looks whether the user wants something else.
const GLANCE: Duration = Duration::from_millis(500);
/// Rows of a run before the share of refused ones is looked at.
const LEAST_TRIED: u64 = 200;

/// Why a run does not go on now.
pub(super) enum Halt {
    /// The user wants so.
    Paused,
    /// It is over before its end.
    Stopped(Option<Failure>),
    /// It goes on when the line, the limit or the session is there again.
    Waiting(Failure),
    /// The org takes none of it.
    Failed(Failure),
    /// This process ends; the next one goes on.
    Closing,
}

/// Trouble on this machine: the plan on disk stays true, so it can be resumed.
impl From<Failure> for Halt {
    fn from(failure: Failure) -> Self {
        match failure.kind {
            FailureKind::Input => Self::Failed(failure),
            _ => Self::Waiting(failure),
        }
    }
}

/// A run in hand.
pub(super) struct Drive<'a> {
    pub desk: Desk<'a>,
    pub runs: Rc<Runs>,
    pub kept: Kept,
    /// It ends as soon as what the org has in hand is accounted for.
    stopping: Cell<bool>,
    share: RefCell<Option<Failure>>,
    meter: RefCell<Meter>,
}

/// `RunJob::Resume`, and what follows `RunJob::Start`.
pub(super) async fn go(
    engine: &Engine,
    asked: &Asked<'_>,
    runs: &Rc<Runs>,
    number: RunNumber,
) -> Result<Reply, Failure> {
    led(engine, asked, runs, (number, false)).await
}

/// Ends a run that nobody is at.
pub(super) async fn end(
    engine: &Engine,
    asked: &Asked<'_>,
    runs: &Rc<Runs>,
    number: RunNumber,
) -> Result<Reply, Failure> {
    led(engine, asked, runs, (number, true)).await
}

async fn led(
    engine: &Engine,
    asked: &Asked<'_>,
    runs: &Rc<Runs>,
    (number, stopping): (RunNumber, bool),
) -> Result<Reply, Failure> {
    let _right = runs.take(number)?;
    let kept = runs.load(number)?;
    if kept.run.state == RunState::Done {
        return Ok(Reply::Run(Box::new(kept.run)));
    }
    runs.clear_wanted(number)?;
    let desk = match Desk::of(engine, asked, &kept.run).await {
        Ok(desk) => desk,
        Err(failure) if failure.kind == FailureKind::Input => return Err(failure),
        Err(failure) => {
            runs.set_state(number, RunState::Waiting, Some(&failure))?;
            return Ok(Reply::Run(Box::new(runs.load(number)?.run)));
        }
    };
    let drive = Drive {
        desk,
        runs: Rc::clone(runs),
        kept,
        stopping: Cell::new(stopping),
        share: RefCell::default(),
        meter: RefCell::default(),
    };
    let ended = drive.drive().await;
    drive.ended(ended)
}

impl Drive<'_> {
    async fn drive(&self) -> Result<(), Halt> {
        self.runs
            .set_state(self.number(), RunState::Running, None)?;
        resend::adopt_orphans(&self.runs, &self.kept)?;
        for part in self.runs.parts(self.number())? {
            match self.kept.run.way {
                Way::Collections => collect::part(self, part).await?,
                Way::Auto | Way::Bulk => ingest::part(self, part).await?,
            }
            if self.stopping.get() {
                return Err(Halt::Stopped(self.share.borrow().clone()));
            }
        }
        resend::locked(self).await?;
        look::sweep(self).await?;
        Ok(())
    }

    /// Writes down how the run ended, and tells it.
    fn ended(&self, ended: Result<(), Halt>) -> Result<Reply, Failure> {
        self.keep_calls()?;
        let (state, failure) = match ended {
            Ok(()) => (RunState::Done, None),
            Err(Halt::Paused) => (RunState::Paused, None),
            Err(Halt::Stopped(why)) => (RunState::Stopped, why),
            Err(Halt::Waiting(failure)) => (RunState::Waiting, Some(failure)),
            Err(Halt::Failed(failure)) => (RunState::Failed, Some(failure)),
            // As a killed process leaves it.
            Err(Halt::Closing) => (RunState::Running, None),
        };
        if state == RunState::Done {
            self.drop_parts();
        }
        self.runs
            .set_state(self.number(), state, failure.as_ref())?;
        self.runs.clear_wanted(self.number())?;
        failpoint::reached("bulk/done");
        let mut run = self.runs.load(self.number())?.run;
        // This process lets go of it with this answer.
        run.in_hand = false;
        Ok(Reply::Run(Box::new(run)))
    }

    /// What was sent is in the org, what was refused in the error store.
    fn drop_parts(&self) {
        for part in &self.kept.prepared.parts {
            for name in [part.csv_file(), part.rows_file()] {
                // A file that stays costs space, nothing else.
                let _ = std::fs::remove_file(self.kept.run.folder.join(name));
            }
        }
    }

    pub(super) fn number(&self) -> RunNumber {
        self.kept.run.number
    }

    pub(super) fn plan(&self) -> Plan<'_> {
        Plan {
            block: &self.kept.prepared.block,
            columns: &self.kept.prepared.columns,
        }
    }

    /// The part as checking left it.
    pub(super) fn part(&self, row: &PartRow) -> Part {
        Part {
            number: row.number,
            rows: row.rows,
            bytes: row.bytes,
        }
    }

    /// Keeps a step of a part.
    pub(super) fn save(&self, row: &PartRow) -> Result<(), Halt> {
        self.runs.save_part(row)?;
        self.keep_calls()?;
        Ok(())
    }

    fn keep_calls(&self) -> Result<(), Failure> {
        match self.desk.taken_calls() {
            0 => Ok(()),
            calls => self.runs.add_calls(self.number(), calls),
        }
    }

    /// Whether the user or the end of the process wants it to stop here. A wish for its
    /// end is noted and carried out by whoever has the org's job in hand.
    pub(super) fn look_up(&self) -> Result<(), Halt> {
        if self.desk.engine.schedule.closing.get() {
            return Err(Halt::Closing);
        }
        match self.runs.wanted(self.number())? {
            Some(Wanted::Pause) => Err(Halt::Paused),
            Some(Wanted::Abort) => {
                self.stopping.set(true);
                Ok(())
            }
            None => Ok(()),
        }
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.stopping.get()
    }

    /// Stops where too large a share of the rows tried was refused.
    pub(super) fn weigh(&self, tried: u64, refused: u64) {
        let Some(most) = self.kept.prepared.block.send.stop_after else {
            return;
        };
        let enough = tried >= LEAST_TRIED.min(self.kept.run.counts.ready);
        if !enough || self.stopping.get() || refused * 100 < tried * u64::from(most) {
            return;
        }
        let message =
            format!("{refused} of the {tried} rows tried were refused, and {most} % is the most");
        *self.share.borrow_mut() = Some(Failure::new(
            FailureKind::Other,
            "TOO_MANY_REFUSED",
            &message,
        ));
        self.stopping.set(true);
    }

    /// Waits, as long as nobody wants it to stop.
    pub(super) async fn wait(&self, wait: Duration) -> Result<(), Halt> {
        let times = self.desk.engine.schedule.times;
        let mut left = wait;
        while !left.is_zero() {
            let glance = left.min(GLANCE);
            (times.sleep)(glance).await;
            left = left.saturating_sub(glance);
            self.look_up()?;
            if self.is_stopping() {
                break;
            }
        }
        Ok(())
    }

    /// After a request that failed: waits for the next try, or says why there is none.
    pub(super) async fn mend(&self, failure: Failure, tries: &mut u32) -> Result<(), Halt> {
        let is_open = matches!(
            fate_of(&failure),
            Fate::Retry | Fate::RetryAtMost(_) | Fate::Unknown
        );
        let waits = failure.kind == FailureKind::Limit || failure.kind == FailureKind::Session;
        match (is_open, waits) {
            (true, _) if *tries < MOST_TRIES => {
                *tries += 1;
                let wait = self.desk.engine.schedule.back_off(*tries, None);
                self.tell(&format!("{}; trying again", failure.title()), 0);
                self.wait(wait).await
            }
            (true, _) | (_, true) => Err(Halt::Waiting(failure)),
            (false, false) => Err(Halt::Failed(failure)),
        }
    }

    /// Tells how the run stands.
    pub(super) fn tell(&self, step: &str, under_way: u64) {
        let Ok(mut tally) = self.runs.tally_of(self.number()) else {
            return;
        };
        tally.under_way = under_way;
        let ready = self.kept.run.counts.ready;
        let done = (tally.settled() + under_way).min(ready);
        let passed = (self.desk.engine.schedule.times.passed)();
        self.meter.borrow_mut().note(passed, done);
        let run = Run {
            state: RunState::Running,
            in_hand: true,
            tally,
            step: step.to_owned(),
            failure: None,
            changed: self.desk.engine.schedule.times.now_here(),
            pace: self.meter.borrow().pace(ready - done),
            ..self.kept.run.clone()
        };
        self.desk.asked.say(Reply::Run(Box::new(run)));
    }

    /// `part 2 of 3`, or nothing where there is one.
    pub(super) fn of_parts(&self, row: &PartRow) -> String {
        match self.kept.prepared.parts.len() {
            0 | 1 => String::new(),
            parts => format!(" part {} of {parts}", row.number),
        }
    }
}
