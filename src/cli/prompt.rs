//! Asking at the terminal without screens: lines, some of them typed unseen. Questions
//! go to standard error, so that standard output stays for results.

use std::io::{self, BufRead, IsTerminal, Write};
use std::sync::Mutex;

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

use crate::domain::login::Secret;

/// Says something to whoever sits at the terminal.
pub(super) fn say(text: &str) {
    let mut err = io::stderr().lock();
    // A terminal that is gone hears nothing.
    let _ = writeln!(err, "{text}");
}

/// Asks without a line's end.
pub(super) fn ask(text: &str) {
    let mut err = io::stderr().lock();
    let _ = write!(err, "{text}").and_then(|()| err.flush());
}

/// Whether somebody can answer.
pub(super) fn is_somebody_there() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// The next line of standard input, without its end; `None` when it is over.
pub(super) fn line() -> Option<Secret> {
    let mut text = String::new();
    match io::stdin().lock().read_line(&mut text) {
        Ok(0) | Err(_) => None,
        Ok(_) => {
            let kept = text.trim_end_matches(['\r', '\n']).len();
            text.truncate(kept);
            Some(Secret::new(text))
        }
    }
}

/// What the terminal was like before it was told not to show what is typed.
static SHOWN: Mutex<Option<Termios>> = Mutex::new(None);

/// While held, what is typed is not shown.
pub(super) struct Unseen(());

impl Unseen {
    /// Hides what is typed, where there is a terminal. Ctrl-C shows it again and ends the
    /// program.
    pub(super) fn new() -> Self {
        let stdin = rustix::stdio::stdin();
        if let Ok(before) = tcgetattr(stdin) {
            let mut hidden = before.clone();
            hidden.local_modes.remove(LocalModes::ECHO);
            hidden.local_modes.insert(LocalModes::ECHONL);
            if let Ok(mut shown) = SHOWN.lock() {
                shown.get_or_insert(before);
            }
            // A terminal that cannot hide it shows it; nothing else is wrong with it.
            let _ = tcsetattr(stdin, OptionalActions::Now, &hidden);
            end_tidily();
        }
        Self(())
    }
}

impl Drop for Unseen {
    fn drop(&mut self) {
        show_again();
    }
}

fn show_again() {
    let before = SHOWN.lock().ok().and_then(|mut shown| shown.take());
    if let Some(before) = before {
        let _ = tcsetattr(rustix::stdio::stdin(), OptionalActions::Now, &before);
    }
}

/// A signal that ends the program while nothing is shown restores the terminal first.
fn end_tidily() {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    static WATCHING: std::sync::Once = std::sync::Once::new();
    WATCHING.call_once(|| {
        let Ok(mut signals) = signal_hook::iterator::Signals::new([SIGHUP, SIGINT, SIGTERM]) else {
            return;
        };
        std::thread::spawn(move || {
            if let Some(signal) = signals.forever().next() {
                show_again();
                std::process::exit(128 + signal);
            }
        });
    });
}

/// Asks for a text that is not shown.
pub(super) fn unseen(question: &str) -> Option<Secret> {
    ask(question);
    let _unseen = Unseen::new();
    line()
}
