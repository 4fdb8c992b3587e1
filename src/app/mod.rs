//! The program without its edges: state, messages, commands. Pure: no IO, no clock, no
//! channel. `App::update` is the only place where state changes; it routes, the
//! screens do the work.
//!
//! ```text
//! Msg ──▶ update ──▶ overlay on top, else the view's screen ──▶ Turn { effects, intents }
//!                                       intents ──▶ open, close, go ──┘
//! ```

pub mod cells;
pub mod command;
mod deletion;
pub mod explain;
pub mod grid;
pub mod input;
mod intent;
pub mod journal;
pub mod keymap;
pub mod list;
pub mod load;
pub mod msg;
pub mod names;
pub mod notice;
mod offer;
pub mod org;
pub mod overlay;
pub mod page_rows;
pub mod picker;
pub mod plan;
mod route;
pub mod screen;
#[cfg(test)]
pub(crate) mod testkit;
pub mod turn;
mod undo;
pub mod write_action;

use std::sync::Arc;
use std::time::Duration;

use jiff::{Timestamp, Zoned};

use crate::domain::activity::LogKind;
use crate::domain::draft::SavedDraft;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::write::{Op, OpState, Pause};
use crate::job::{Answer, Job, JobId, Reply, Source};

use journal::Journal;
use load::Load;
use msg::{Effect, Intent, Msg, Timer, View};
use notice::{Level, Notice};
use org::{Line, Org};
use overlay::{Overlay, each};
use screen::bulk::BulkScreen;
use screen::errors::ErrorsScreen;
use screen::outbox::OutboxScreen;
use screen::query::QueryScreen;
use screen::record::RecordScreen;
use screen::search::Search;
use turn::{Leavings, Turn};

/// What to do when the org takes the token no longer.
const SESSION_OVER: &str =
    "Session over: restart with a new token or login. Drafts and outbox are kept";

/// Writes whose history is read.
const HISTORY: u32 = 500;

/// All state of the screens.
#[derive(Debug, Clone)]
pub struct App {
    /// The present moment, as of the last message.
    pub now: Zoned,
    /// What is known of the org.
    pub org: Arc<Org>,
    /// The writes.
    pub journal: Arc<Journal>,
    /// The view on show.
    pub view: View,
    last_view: View,
    /// Where the record on show was opened from.
    opened_from: View,
    /// Find records.
    pub search: Search,
    /// Records opened, the one on show last.
    pub records: Vec<RecordScreen>,
    /// Every write.
    pub outbox: OutboxScreen,
    /// Every failure.
    pub errors: ErrorsScreen,
    /// Rows of a query.
    pub query: QueryScreen,
    /// Files of rows and their runs.
    pub bulk: BulkScreen,
    /// What lies above, the top last.
    pub overlays: Vec<Overlay>,
    /// What just happened.
    pub notice: Option<Notice>,
    /// Drafts kept on disk.
    pub drafts: Vec<SavedDraft>,
    /// Keys of a sequence begun.
    pub pending: Vec<String>,
    /// The keys that may follow are shown.
    pub prefix_menu: bool,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    last_log: LogKind,
    /// The job that gets ready for the first log, once a session.
    preparing: Option<JobId>,
    quit_asked: bool,
    /// Since when this session runs: what may be undone was written since.
    started: Timestamp,
    /// A second is being counted down.
    counting: bool,
    /// The history being read, for whoever shows it.
    history: Load<()>,
    jobs: u64,
}

impl App {
    /// The program at its start, with what must be asked for first.
    pub fn start(connection: &str, now: Zoned) -> (Self, Vec<Effect>) {
        let started = now.timestamp();
        let mut app = Self {
            now,
            org: Arc::new(Org {
                connection: connection.to_owned(),
                ..Org::default()
            }),
            journal: Arc::default(),
            view: View::Search,
            last_view: View::Search,
            opened_from: View::Search,
            search: Search::default(),
            records: Vec::new(),
            outbox: OutboxScreen::default(),
            errors: ErrorsScreen::default(),
            query: QueryScreen::default(),
            bulk: BulkScreen::default(),
            overlays: Vec::new(),
            notice: None,
            drafts: Vec::new(),
            pending: Vec::new(),
            prefix_menu: false,
            size: (0, 0),
            last_log: LogKind::Call,
            preparing: None,
            quit_asked: false,
            started,
            counting: false,
            history: Load::default(),
            jobs: 0,
        };
        let effects = app.turn(|app, turn| {
            app.search.start(turn);
            for job in [Job::Drafts, Job::Outbox, Job::Connect(Source::Org)] {
                turn.start(job);
            }
        });
        (app, effects)
    }

    /// Takes one message; returns what the runtime must do.
    pub fn update(&mut self, msg: Msg, now: Zoned) -> Vec<Effect> {
        self.now = now;
        let mut effects = self.taken(msg);
        effects.extend(self.count_down());
        effects
    }

    /// While the outbox is on show, its countdowns run.
    fn count_down(&mut self) -> Option<Effect> {
        let runs = self.view == View::Outbox && plan::counts_down(&self.journal, &self.now);
        if self.counting || !runs {
            return None;
        }
        self.counting = true;
        Some(Effect::Ring(Timer::Countdown, Duration::from_secs(1)))
    }

    fn taken(&mut self, msg: Msg) -> Vec<Effect> {
        match msg {
            Msg::Key(key) => self.turn(|app, turn| app.key(key, turn)),
            Msg::Paste(text) => self.turn(|app, turn| app.paste(&text, turn)),
            Msg::Answered(answer) => self.answered(answer),
            Msg::Rang(timer) => self.turn(|app, turn| app.rang(timer, turn)),
            Msg::Resized(columns, rows) => {
                self.size = (columns, rows);
                Vec::new()
            }
            Msg::Ending => self.turn(|app, turn| {
                app.keep_drafts(turn);
                turn.effect(Effect::Quit);
            }),
        }
    }

    /// The record on show.
    pub fn record(&self) -> Option<&RecordScreen> {
        self.records.last()
    }

    /// A write is on the wire: leaving now may leave its outcome unknown.
    pub fn journal_is_busy(&self) -> bool {
        self.journal.sending() > 0
    }

    /// Lends a turn to `work`, then takes up what it left.
    fn turn(&mut self, work: impl FnOnce(&mut Self, &mut Turn<'_>)) -> Vec<Effect> {
        let (now, org, journal) = (self.now.clone(), self.org.clone(), self.journal.clone());
        let mut turn = Turn {
            now: &now,
            org: &org,
            journal: &journal,
            left: Leavings {
                next_job: self.jobs,
                ..Leavings::default()
            },
        };
        work(self, &mut turn);
        while let Some(intent) = turn.left.take_intent() {
            self.carry_out(intent, &mut turn);
        }
        let left = turn.left;
        self.jobs = left.next_job;
        let mut effects = left.effects;
        for effect in &effects {
            self.note_draft(effect);
        }
        for notice in left.notices {
            effects.extend(self.tell(notice));
        }
        effects
    }

    /// The list of drafts follows what the worker is told to keep or drop.
    fn note_draft(&mut self, effect: &Effect) {
        let Effect::Start(_, job) = effect else {
            return;
        };
        match job.as_ref() {
            Job::SaveDraft(draft) => {
                self.drafts.retain(|known| known.key != draft.key);
                self.drafts.push(draft.clone());
            }
            Job::DropDraft(key)
            | Job::Log {
                draft: Some(key), ..
            }
            | Job::Write {
                draft: Some(key), ..
            }
            | Job::Revise {
                draft: Some(key), ..
            } => self.drafts.retain(|known| known.key != *key),
            _ => {}
        }
    }

    fn tell(&mut self, notice: Notice) -> Option<Effect> {
        let ring = notice
            .time()
            .map(|time| Effect::Ring(Timer::NoticeShown, time));
        self.notice = Some(notice);
        ring
    }

    /// The journal and the picture of the org first, then whoever waits for the answer.
    fn answered(&mut self, answer: Answer) -> Vec<Effect> {
        let failure = match &answer.reply {
            Reply::Failed(failure) => Some(failure),
            Reply::Op(op) => op.failure.as_ref(),
            _ => None,
        };
        let was_over = self.org.line == Line::SessionOver;
        if let Some(link) = answer.link {
            Arc::make_mut(&mut self.org).requested(link, failure, self.now.timestamp());
        }
        let is_over = self.org.line == Line::SessionOver && !was_over;
        let first_outbox = !self.journal.is_read();
        let before = match &answer.reply {
            Reply::Op(op) => self
                .journal
                .op(op.id)
                .map(|op| (op.state, op.failure.clone())),
            _ => None,
        };
        self.learn(&answer);
        self.turn(|app, turn| {
            if matches!(answer.reply, Reply::Op(_) | Reply::Outbox(_)) {
                app.tell_records(turn);
            }
            if is_over {
                turn.tell(Notice::error(SESSION_OVER));
            }
            if first_outbox && matches!(answer.reply, Reply::Outbox(_)) {
                app.tell_left_over(turn);
            }
            // Said first, so that a screen that knows more has the last word.
            if let Reply::Sending(pause) = &answer.reply {
                app.tell_pause(pause.as_ref(), turn);
            }
            if matches!(answer.reply, Reply::Op(_)) && app.shows_history() {
                app.ask_history(turn);
            }
            if let Reply::Op(op) = &answer.reply
                && before != Some((op.state, op.failure.clone()))
            {
                app.report(op, turn);
            }
            let taken = app.offer(&answer, turn);
            match &answer.reply {
                Reply::Opened(_) if answer.last => app.prepare_log(turn),
                // Whoever opens a log asks again, and tells.
                Reply::Failed(_) if answer.job.is_some() && answer.job == app.preparing => {}
                Reply::Failed(failure) if !taken => app.unclaimed(failure, turn),
                Reply::Connected(_) => {
                    turn.start(Job::Objects);
                }
                _ => {}
            }
        })
    }

    fn learn(&mut self, answer: &Answer) {
        let (org, journal) = (
            Arc::make_mut(&mut self.org),
            Arc::make_mut(&mut self.journal),
        );
        org.names.learn(&answer.reply);
        self.bulk.learn(&answer.reply);
        match &answer.reply {
            Reply::Connected(session) => org.session = Some(session.clone()),
            Reply::Objects(objects) => org.objects = objects.clone(),
            Reply::Described(form) => org.learn_form(form.clone()),
            Reply::Opened(page) => org.learn_form(page.form.clone()),
            Reply::LogReady(rules) => org.log_rules = Some(rules.clone()),
            Reply::Outbox(ops) => journal.replace(ops.clone()),
            Reply::Op(op) => journal.record((**op).clone()),
            Reply::History(history) => journal.learn_history(history),
            Reply::Drafts(drafts) => self.drafts = drafts.clone(),
            _ => {}
        }
    }

    /// Sending was stopped or goes on; said once.
    fn tell_pause(&mut self, pause: Option<&Pause>, turn: &mut Turn<'_>) {
        if self.org.pause.as_ref() == pause {
            return;
        }
        let told = match pause {
            Some(pause) => Notice::warn(format!("Sending {}", plan::paused(pause, turn.now))),
            None => Notice::info("Sending goes on"),
        };
        Arc::make_mut(&mut self.org).pause = pause.cloned();
        turn.tell(told);
    }

    /// A view is on show that tells what happened to writes.
    fn shows_history(&self) -> bool {
        self.view == View::Outbox
    }

    /// Reads what happened to the writes from disk.
    pub(super) fn ask_history(&mut self, turn: &mut Turn<'_>) {
        let job = turn.start(Job::History(HISTORY));
        turn.forget(self.history.wait(job));
    }

    /// Offers the answer to every screen until one has waited for it.
    fn offer(&mut self, answer: &Answer, turn: &mut Turn<'_>) -> bool {
        if self.history.awaits(answer.job) {
            self.history.accept((), answer.last);
            return true;
        }
        self.overlays
            .iter_mut()
            .any(|overlay| each!(overlay, it => it.answered(answer, turn)))
            || self.search.answered(answer, turn)
            || self.records.iter_mut().any(|it| it.answered(answer, turn))
            || self.outbox.answered(answer, turn)
            || self.errors.answered(answer, turn)
            || self.query.answered(answer, turn)
            || self.bulk.answered(answer, turn)
    }

    /// Lets every open record take up what became of the writes, whoever asked for
    /// them; deleted ones leave the trail.
    fn tell_records(&mut self, turn: &mut Turn<'_>) {
        for record in &mut self.records {
            record.read_journal(turn);
        }
        self.records.retain(|record| !record.is_gone());
        if self.view == View::Record && self.records.is_empty() {
            turn.ask(Intent::Show(View::Search));
        }
    }

    /// Writes of earlier sessions that are not settled. What was said louder about one of
    /// them stays.
    fn tell_left_over(&mut self, turn: &mut Turn<'_>) {
        let is_louder = |notice: &Notice| notice.level == Level::Error;
        if self.notice.as_ref().is_some_and(is_louder) {
            return;
        }
        if let Some(told) = plan::left_over(turn.journal) {
            turn.tell(told);
        }
    }

    /// With a record open a log is likely: what it needs is read while the org is there.
    fn prepare_log(&mut self, turn: &mut Turn<'_>) {
        let known = turn.org.log_rules.is_some() || self.preparing.is_some();
        if !known && !self.records.is_empty() {
            self.preparing = Some(turn.start(Job::PrepareLog));
        }
    }

    /// Tells what became of a write, whoever asked for it.
    fn report(&mut self, op: &Op, turn: &mut Turn<'_>) {
        let what = &op.write.summary;
        match (op.state, &op.failure) {
            (OpState::Done, _) => {
                let saved = Notice::ok(format!("Saved: {what}"));
                turn.tell(match undo::may_undo(op) {
                    true => saved.with_key("u undo"),
                    false => saved,
                });
            }
            (OpState::Queued, Some(failure)) if failure.kind == FailureKind::Session => {
                turn.tell(Notice::error(
                    "Kept in the outbox: session over. Restart with a new token; 3 shows it",
                ));
            }
            (OpState::Queued | OpState::Retry, Some(failure)) => turn.tell(Notice::warn(format!(
                "Kept in the outbox, goes by itself (3 shows it): {failure}"
            ))),
            (OpState::Failed, Some(failure)) => turn.tell(Notice::error(format!(
                "Not saved: {what}: {failure}. 4 shows why"
            ))),
            (OpState::Unknown, _) => turn.tell(Notice::error(format!(
                "It may or may not be saved: {what}. 3 shows what to do"
            ))),
            (OpState::Queued | OpState::Sending, _) => {
                turn.tell(Notice::info(format!("Sending: {what}")));
            }
            (OpState::Blocked, _) => turn.tell(Notice::info(format!(
                "Waits for another write: {what}. 3 shows it"
            ))),
            (OpState::Failed | OpState::Cancelled | OpState::Retry, _) => {}
        }
    }

    /// A failure nobody waits for: said, and kept among the errors.
    fn unclaimed(&mut self, failure: &Failure, turn: &mut Turn<'_>) {
        if failure.code == "UNDO_REFUSED" {
            return turn.tell(Notice::error(format!("Not undone: {}", failure.message)));
        }
        self.errors.note("background work", failure, turn.now);
        // It is among the errors; what failed for the user is not hidden by it.
        if self
            .notice
            .as_ref()
            .is_some_and(|it| it.level == Level::Error)
        {
            return;
        }
        if failure.kind == FailureKind::Session {
            return turn.tell(Notice::error(SESSION_OVER));
        }
        let offline = failure.kind == FailureKind::NoConnection;
        turn.tell(if offline {
            Notice::warn(format!("{failure}. What you write waits in the outbox"))
        } else {
            Notice::error(format!("{failure}. 4 shows what to do"))
        });
    }

    fn rang(&mut self, timer: Timer, turn: &mut Turn<'_>) {
        match timer {
            Timer::PrefixMenu => self.prefix_menu = !self.pending.is_empty(),
            // An error that came after the notice that rang stays.
            Timer::NoticeShown => {
                self.notice.take_if(|notice| notice.time().is_some());
            }
            Timer::Countdown => self.counting = false,
            Timer::QuitAsked => self.quit_asked = false,
            Timer::DraftPause => self.keep_drafts(turn),
            Timer::SearchPause | Timer::PreviewPause => self.search.rang(timer, turn),
            Timer::LookupPause => {
                if let Some(overlay) = self.overlays.last_mut() {
                    each!(overlay, it => it.rang(timer, turn));
                }
            }
        }
    }

    /// Puts every open form and log on disk.
    fn keep_drafts(&self, turn: &mut Turn<'_>) {
        let drafts: Vec<SavedDraft> = self
            .overlays
            .iter()
            .filter_map(|overlay| overlay.draft(turn.now))
            .collect();
        for draft in drafts {
            turn.start(Job::SaveDraft(draft));
        }
    }
}
