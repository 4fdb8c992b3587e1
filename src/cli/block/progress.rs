//! How far a long verb has come, on the standard error: one line that changes on a
//! terminal, a line every few seconds where there is none.

use std::cell::{Cell, RefCell};
use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

/// Between two lines where nobody watches.
const LOGGED_EVERY: Duration = Duration::from_secs(5);
/// Between two changes of the line on a terminal.
const SHOWN_EVERY: Duration = Duration::from_millis(200);

/// Shows progress, or does not.
pub(super) struct Progress {
    place: Place,
    last: Cell<Instant>,
    shown: RefCell<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Nowhere,
    Terminal,
    Log,
}

impl Progress {
    pub(super) fn new(quiet: bool) -> Self {
        Self {
            place: match (quiet, io::stderr().is_terminal()) {
                (true, _) => Place::Nowhere,
                (false, true) => Place::Terminal,
                (false, false) => Place::Log,
            },
            last: Cell::new(Instant::now()),
            shown: RefCell::default(),
        }
    }

    /// The newest word; it is shown if the last one has stood long enough.
    pub(super) fn show(&self, text: &str) {
        let every = match self.place {
            Place::Nowhere => return,
            Place::Terminal => SHOWN_EVERY,
            Place::Log => LOGGED_EVERY,
        };
        if self.last.get().elapsed() < every || *self.shown.borrow() == text {
            return;
        }
        self.last.set(Instant::now());
        text.clone_into(&mut self.shown.borrow_mut());
        let mut err = io::stderr().lock();
        // A reader that has gone away is not an error of ours.
        let _ = match self.place {
            Place::Terminal => write!(err, "\r\x1b[K{text}").and_then(|()| err.flush()),
            _ => writeln!(err, "{text}"),
        };
    }

    /// Takes the line away, so that what follows stands alone.
    pub(super) fn clear(&self) {
        if self.place == Place::Terminal && !self.shown.borrow().is_empty() {
            self.shown.borrow_mut().clear();
            let mut err = io::stderr().lock();
            let _ = write!(err, "\r\x1b[K").and_then(|()| err.flush());
        }
    }
}
