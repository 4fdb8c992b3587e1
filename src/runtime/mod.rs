//! The one loop: keys, answers, timers and signals in; effects out; then one frame.
//! Blocks until something happens; draws only when something did.
//!
//! ```text
//! wait ─▶ drain every waiting key, answer, timer and signal ─▶ update each ─▶ draw once ─▶ wait
//! ```

mod clipboard;
mod events;
mod paper;
mod signals;
mod terminal;

use std::time::{Duration, Instant};

use jiff::Zoned;
use jiff::tz::TimeZone;

use crate::app::App;
use crate::app::msg::{Effect, Msg};
use crate::app::notice::Notice;
use crate::failpoint;
use crate::job::Reply;
use crate::ui::look::Look;
use crate::ui::theme::Theme;
use crate::worker::{Settings, Worker};
use crate::zone;

use events::{Events, Happened};
use signals::Signal;
use terminal::Screen;

pub use terminal::refusal;

/// What a session of the screens needs.
pub struct Session {
    /// How the org is reached and where things are kept.
    pub settings: Settings,
    /// Name of the connection.
    pub connection: String,
    /// How it looks.
    pub look: Look,
    /// Program and arguments that take a copied text; none asks the terminal.
    pub clipboard: Vec<String>,
    /// Objects a search looks in.
    pub search_objects: Vec<String>,
    /// Said when the first frame is drawn: what the config file got wrong.
    pub greeting: Option<Notice>,
}

/// Writes under way are waited for this long when the user quits.
const PATIENCE: Duration = Duration::from_secs(10);
/// And this long when the system ends us: it will not wait longer itself.
const HURRY: Duration = Duration::from_millis(600);

/// How a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Everything settled.
    Clean,
    /// A write was still on the wire; its outcome is not known.
    Unsettled,
}

/// Runs the screens until the user leaves.
///
/// # Errors
/// When the terminal cannot be set up or is gone.
pub fn run(session: Session) -> std::io::Result<Ended> {
    let events = Events::new()?;
    let signals = signals::watch(events.sender())?;
    let mut screen = Screen::enter()?;
    let theme = session.look.theme(paper::guess());
    let (mut app, effects) = App::start(&session.connection, Zoned::now());
    app.search.look_in(session.search_objects);
    app.notice = session.greeting;
    app.size = screen.size();
    screen.draw(&app, &theme)?;
    events.listen()?;
    let sender = events.sender();
    let worker = Worker::spawn(session.settings, move |answer| {
        sender.send(Happened::Msg(Box::new(Msg::Answered(answer))));
    })
    .map_err(std::io::Error::other)?;
    let mut run = Loop {
        app,
        theme,
        clipboard: session.clipboard,
        screen,
        worker,
        events,
        zone: TimeZone::system(),
        leaving: None,
    };
    run.perform(effects)?;
    let mut result = run.until_left();
    if result.is_err() && run.leaving.is_none() {
        // Most likely the terminal went away while it was written to or read.
        result = result.and(run.take(Happened::TerminalGone));
    }
    let patience = match run.leaving {
        Some(Leaving::Asked) => PATIENCE,
        Some(Leaving::Forced) | None => HURRY,
    };
    if patience == HURRY || !run.app.journal_is_busy() {
        run.screen.leave();
    }
    let settled = run.worker.finish(patience);
    run.screen.leave();
    drop(signals);
    result.map(|()| {
        if settled {
            Ended::Clean
        } else {
            Ended::Unsettled
        }
    })
}

/// Why the loop ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leaving {
    /// The user quit.
    Asked,
    /// A signal, or the terminal is gone.
    Forced,
}

struct Loop {
    app: App,
    theme: Theme,
    clipboard: Vec<String>,
    screen: Screen,
    worker: Worker,
    events: Events,
    zone: TimeZone,
    leaving: Option<Leaving>,
}

impl Loop {
    fn until_left(&mut self) -> std::io::Result<()> {
        loop {
            let happened = self.events.wait()?;
            let drawn = happened.iter().any(Happened::is_seen);
            for event in happened {
                self.take(event)?;
            }
            if self.leaving.is_some() {
                return Ok(());
            }
            if drawn {
                failpoint::reached("runtime/draw");
                self.screen.draw(&self.app, &self.theme)?;
            }
        }
    }

    fn take(&mut self, event: Happened) -> std::io::Result<()> {
        match event {
            Happened::Msg(msg) => self.update(*msg),
            Happened::Signal(Signal::Resized) => {
                let (columns, rows) = self.screen.measure()?;
                self.update(Msg::Resized(columns, rows))
            }
            Happened::Signal(Signal::Suspend) => self.suspend(),
            Happened::Signal(Signal::End) | Happened::TerminalGone => {
                self.leaving = Some(Leaving::Forced);
                self.update(Msg::Ending)
            }
        }
    }

    fn update(&mut self, msg: Msg) -> std::io::Result<()> {
        if let Msg::Answered(answer) = &msg
            && let Reply::Connected(session) = &answer.reply
        {
            self.zone = zone::named(&session.zone);
        }
        let now = jiff::Timestamp::now().to_zoned(self.zone.clone());
        let effects = self.app.update(msg, now);
        self.perform(effects)
    }

    fn perform(&mut self, effects: Vec<Effect>) -> std::io::Result<()> {
        for effect in effects {
            match effect {
                Effect::Start(id, job) => self.worker.start(id, *job),
                Effect::Forget(id) => self.worker.forget(id),
                Effect::Ring(timer, after) => self.events.ring(timer, Instant::now() + after),
                Effect::Copy(text) => {
                    let told = clipboard::copy(&text, &self.clipboard, &mut self.screen);
                    self.app.notice = Some(told);
                }
                Effect::Redraw => self.screen.repaint()?,
                Effect::Suspend => self.suspend()?,
                Effect::Quit => {
                    self.leaving.get_or_insert(Leaving::Asked);
                }
            }
        }
        Ok(())
    }

    /// Hands the terminal back, stops until `fg`, takes it again.
    fn suspend(&mut self) -> std::io::Result<()> {
        self.screen.leave();
        signals::stop_here();
        self.screen.take_again()?;
        let (columns, rows) = self.screen.measure()?;
        self.update(Msg::Resized(columns, rows))?;
        self.screen.draw(&self.app, &self.theme)
    }
}
