//! Drives the app as a user and a worker would: keys by the names of the command table,
//! time by hand, and hand-made answers.

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::Zoned;

use crate::app::App;
use crate::app::msg::{Effect, Intent, Msg, Timer};
use crate::app::overlay::Overlay;
use crate::app::screen::form::Form;
use crate::app::screen::log::LogForm;
use crate::domain::write::{Op, Write};
use crate::job::{Answer, Job, JobId, LinkState, Reply};

/// The app with a hand on its clock and an ear to its effects.
pub struct Driver {
    /// The app.
    pub app: App,
    /// What the last message left to do.
    pub effects: Vec<Effect>,
    /// Every job started, in order.
    pub started: Vec<(JobId, Job)>,
    /// The present moment.
    pub now: Zoned,
    /// Time from key to key.
    pub pace: Duration,
    /// How the line stands, as answers to jobs tell it.
    pub link: Option<LinkState>,
}

impl Driver {
    /// An app just started at this moment.
    pub fn at(now: Zoned) -> Self {
        let (app, effects) = App::start("demo", now.clone());
        let mut driver = Self {
            app,
            effects: Vec::new(),
            started: Vec::new(),
            now,
            pace: Duration::ZERO,
            link: None,
        };
        driver.left(effects);
        driver
    }

    /// Takes a message.
    pub fn take(&mut self, msg: Msg) {
        let effects = self.app.update(msg, self.now.clone());
        self.left(effects);
    }

    fn left(&mut self, effects: Vec<Effect>) {
        for effect in &effects {
            if let Effect::Start(id, job) = effect {
                self.started.push((*id, (**job).clone()));
            }
        }
        self.effects = effects;
    }

    /// Wants something of the app.
    pub fn ask(&mut self, intent: Intent) {
        let effects = self.app.turn(|_, turn| turn.ask(intent));
        self.left(effects);
    }

    /// Presses keys named as in the command table, parted by spaces.
    pub fn press(&mut self, keys: &str) {
        for key in keys.split(' ') {
            self.wait(self.pace);
            self.take(Msg::Key(key_event(key)));
        }
    }

    /// Types text key by key.
    pub fn type_text(&mut self, text: &str) {
        for c in text.chars() {
            let key = KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE);
            self.take(Msg::Key(key));
        }
    }

    /// Pastes text.
    pub fn paste(&mut self, text: &str) {
        self.take(Msg::Paste(text.to_owned()));
    }

    /// Lets time pass.
    pub fn wait(&mut self, time: Duration) {
        self.now = &self.now + time;
    }

    /// A timer runs out.
    pub fn ring(&mut self, timer: Timer) {
        self.take(Msg::Rang(timer));
    }

    /// The worker gives its last answer to a job.
    pub fn answer(&mut self, job: JobId, reply: Reply) {
        self.take(Msg::Answered(Answer {
            job: Some(job),
            reply,
            last: true,
            link: self.link,
        }));
    }

    /// News of the worker that nobody asked for.
    pub fn reply(&mut self, reply: Reply) {
        self.news(reply, None);
    }

    /// News together with how the line stands.
    pub fn news(&mut self, reply: Reply, online: Option<bool>) {
        self.take(Msg::Answered(Answer {
            job: None,
            reply,
            last: true,
            link: online.map(|online| LinkState {
                online,
                millis: 12,
                api_usage: Some((150, 15_000)),
            }),
        }));
    }

    /// News of a write.
    pub fn op(&mut self, op: Op) {
        self.reply(Reply::Op(Box::new(op)));
    }

    /// The jobs that the last message started.
    pub fn jobs(&self) -> Vec<&Job> {
        let started = self.effects.iter().filter_map(|effect| match effect {
            Effect::Start(_, job) => Some(job.as_ref()),
            _ => None,
        });
        started.collect()
    }

    /// Every job started that is like this, oldest first.
    pub fn all(&self, is_wanted: impl Fn(&Job) -> bool) -> Vec<(JobId, Job)> {
        let started = self.started.iter().filter(|(_, job)| is_wanted(job));
        started.cloned().collect()
    }

    /// The newest job like this.
    pub fn last(&self, is_wanted: impl Fn(&Job) -> bool) -> (JobId, Job) {
        self.all(is_wanted).pop().expect("such a job was started")
    }

    /// Jobs that write to the org.
    pub fn writes(&self) -> Vec<(JobId, Job)> {
        self.all(|job| {
            matches!(
                job,
                Job::Write { .. } | Job::Revise { .. } | Job::Log { .. }
            )
        })
    }

    /// The newest write of a form and its job.
    pub fn last_write(&self) -> (JobId, Write) {
        match self.last(|job| matches!(job, Job::Write { .. } | Job::Revise { .. })) {
            (id, Job::Write { write, .. } | Job::Revise { write, .. }) => (id, write),
            _ => unreachable!(),
        }
    }

    /// The open form.
    pub fn form(&self) -> &Form {
        match self.app.overlays.last() {
            Some(Overlay::Form(form)) => form,
            other => panic!("no form on top: {other:?}"),
        }
    }

    /// The open log.
    pub fn log(&self) -> &LogForm {
        match self.app.overlays.last() {
            Some(Overlay::Log(log)) => log,
            other => panic!("no log on top: {other:?}"),
        }
    }

    /// What the notice line says.
    pub fn said(&self) -> &str {
        let notice = self.app.notice.as_ref();
        notice.map_or("", |notice| notice.text.as_str())
    }
}

/// The key of that name.
pub fn key_event(name: &str) -> KeyEvent {
    let (base, modifiers) = match (name.strip_prefix("C-"), name.strip_prefix("S-")) {
        (Some(base), _) => (base, KeyModifiers::CONTROL),
        (_, Some(base)) => (base, KeyModifiers::SHIFT),
        _ => (name, KeyModifiers::NONE),
    };
    let code = match base {
        "Enter" => KeyCode::Enter,
        "Esc" => KeyCode::Esc,
        "Tab" if modifiers == KeyModifiers::SHIFT => KeyCode::BackTab,
        "Tab" => KeyCode::Tab,
        "Up" => KeyCode::Up,
        "Down" => KeyCode::Down,
        "Left" => KeyCode::Left,
        "Right" => KeyCode::Right,
        "PgUp" => KeyCode::PageUp,
        "PgDn" => KeyCode::PageDown,
        "Home" => KeyCode::Home,
        "End" => KeyCode::End,
        "BS" => KeyCode::Backspace,
        "Del" => KeyCode::Delete,
        "Space" => KeyCode::Char(' '),
        _ => match base.strip_prefix('F').and_then(|n| n.parse().ok()) {
            Some(n) => KeyCode::F(n),
            None => KeyCode::Char(base.chars().next().unwrap_or(' ')),
        },
    };
    KeyEvent::new(code, modifiers)
}
