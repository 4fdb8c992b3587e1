//! Signals as plain values, and the promise to be gone soon after one that ends us.

use std::io;
use std::time::Duration;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGTSTP, SIGWINCH};
use signal_hook::iterator::{Handle, Signals};

use super::events::{Happened, Waker};
use super::terminal;

/// What the system wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signal {
    /// The window has another size.
    Resized,
    /// Stop until `fg`.
    Suspend,
    /// Ctrl-C from a terminal that is not raw: meant for us unless an editor is open.
    Interrupt,
    /// Keep what was typed and leave.
    End,
}

/// Whatever hangs, the process is gone this soon after a signal that ends it.
const GRACE: Duration = Duration::from_millis(900);

/// Stops watching when dropped.
pub(super) struct Watch(Handle);

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// Watches for signals in a thread of its own.
pub(super) fn watch(waker: Waker) -> io::Result<Watch> {
    let mut signals = Signals::new([SIGHUP, SIGINT, SIGTERM, SIGTSTP, SIGWINCH])?;
    let handle = signals.handle();
    std::thread::Builder::new()
        .name("signals".into())
        .spawn(move || {
            for signal in signals.forever() {
                let signal = match signal {
                    SIGWINCH => Signal::Resized,
                    SIGTSTP => Signal::Suspend,
                    SIGINT => Signal::Interrupt,
                    _ => Signal::End,
                };
                waker.send(Happened::Signal(signal));
                if signal == Signal::End {
                    be_gone_soon();
                }
            }
        })?;
    Ok(Watch(handle))
}

/// The last resort when the loop does not end by itself.
pub(super) fn be_gone_soon() {
    std::thread::spawn(|| {
        std::thread::sleep(GRACE);
        terminal::restore();
        std::process::exit(1);
    });
}

/// Stops this process until it is continued; its shell takes over.
pub(super) fn stop_here() {
    // The whole group stops, as a Ctrl-Z at the shell would do.
    let _ = rustix::process::kill_current_process_group(rustix::process::Signal::STOP);
}
