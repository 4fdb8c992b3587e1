//! Waits for whatever happens next and hands over all of it at once.
//!
//! Keys are read in a thread of their own, because crossterm may never return once the
//! terminal is gone (crossterm-rs/crossterm issue 793): nobody waits for that thread,
//! and whether the terminal is still there is asked of the kernel here.

use std::collections::BTreeMap;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crossterm::event::{Event, KeyEventKind};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::app::msg::{Msg, Timer};

use super::signals::Signal;

/// Something to take up.
pub(super) enum Happened {
    /// A message for the app.
    Msg(Box<Msg>),
    /// A signal from the system.
    Signal(Signal),
    /// The user's editor ended, or could not be run.
    EditorLeft(std::io::Result<()>),
    /// The terminal was closed under us.
    TerminalGone,
}

impl Happened {
    /// The screen may look different afterwards.
    pub(super) fn is_seen(&self) -> bool {
        match self {
            Happened::Msg(_) | Happened::Signal(Signal::Resized) | Happened::EditorLeft(_) => true,
            Happened::Signal(Signal::Suspend | Signal::Interrupt | Signal::End)
            | Happened::TerminalGone => false,
        }
    }
}

/// Whether there is still a terminal to draw on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Terminal {
    There,
    Gone,
}

/// Keys, answers, signals and timers in one place.
pub(super) struct Events {
    queue: Receiver<Happened>,
    sender: Waker,
    woken: OwnedFd,
    timers: BTreeMap<Timer, Instant>,
    input: Arc<Input>,
}

/// Puts something into the queue from another thread, and wakes the loop.
#[derive(Clone)]
pub(super) struct Waker {
    queue: Sender<Happened>,
    wake: Arc<OwnedFd>,
}

impl Waker {
    /// Hands it over. Once the loop has ended nobody listens, and that is fine.
    pub(super) fn send(&self, happened: Happened) {
        if self.queue.send(happened).is_ok() {
            // A full pipe wakes the loop just as well.
            let _ = rustix::io::write(&*self.wake, &[1]);
        }
    }
}

/// Who reads the terminal's input: the keys' thread, unless it is lent to another program.
#[derive(Default)]
struct Input {
    lent: Mutex<bool>,
    back: Condvar,
}

impl Input {
    /// Waits for a read that is under way.
    fn set_lent(&self, lent: bool) {
        *self.lent.lock().unwrap_or_else(PoisonError::into_inner) = lent;
        self.back.notify_all();
    }

    /// Sleeps while it is lent; it cannot be lent as long as the guard is held.
    fn when_ours(&self) -> std::sync::MutexGuard<'_, bool> {
        let lent = self.lent.lock().unwrap_or_else(PoisonError::into_inner);
        self.back
            .wait_while(lent, |lent| *lent)
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Events {
    pub(super) fn new() -> io::Result<Self> {
        let flags = rustix::pipe::PipeFlags::CLOEXEC | rustix::pipe::PipeFlags::NONBLOCK;
        let (woken, wake) = rustix::pipe::pipe_with(flags)?;
        let (sender, queue) = channel();
        Ok(Self {
            queue,
            sender: Waker {
                queue: sender,
                wake: Arc::new(wake),
            },
            woken,
            timers: BTreeMap::new(),
            input: Arc::default(),
        })
    }

    pub(super) fn sender(&self) -> Waker {
        self.sender.clone()
    }

    /// Begins to read keys; the terminal must have been taken.
    pub(super) fn listen(&self) -> io::Result<()> {
        let waker = self.sender();
        let input = self.input.clone();
        let thread = std::thread::Builder::new().name("keys".into());
        thread.spawn(move || {
            while read_keys(&waker, &input).is_ok() {}
            waker.send(Happened::TerminalGone);
        })?;
        Ok(())
    }

    /// Leaves the terminal's input to another program, until it is taken back.
    pub(super) fn lend_input(&self) {
        self.input.set_lent(true);
    }

    /// Reads keys again.
    pub(super) fn take_input_back(&self) {
        self.input.set_lent(false);
    }

    /// Sets a timer; an earlier setting is forgotten.
    pub(super) fn ring(&mut self, timer: Timer, at: Instant) {
        self.timers.insert(timer, at);
    }

    /// Sleeps until something happens; returns all that has happened by then.
    pub(super) fn wait(&mut self) -> io::Result<Vec<Happened>> {
        let mut happened = Vec::new();
        while happened.is_empty() {
            if self.sleep()? == Terminal::Gone {
                happened.push(Happened::TerminalGone);
            }
            happened.extend(self.queue.try_iter());
            self.rung(&mut happened);
        }
        Ok(happened)
    }

    /// Blocks in the kernel; says how the terminal stands.
    fn sleep(&self) -> io::Result<Terminal> {
        let stdin = rustix::stdio::stdin();
        let mut fds = [
            PollFd::new(&stdin, PollFlags::empty()),
            PollFd::new(&self.woken, PollFlags::IN),
        ];
        let timeout = self.next_ring().map(timespec);
        match poll(&mut fds, timeout.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let terminal = fds[0].revents();
        if fds[1].revents().contains(PollFlags::IN) {
            let mut bytes = [0u8; 256];
            while matches!(rustix::io::read(&self.woken, &mut bytes), Ok(n) if n == bytes.len()) {}
        }
        let gone = PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL;
        Ok(if terminal.intersects(gone) {
            Terminal::Gone
        } else {
            Terminal::There
        })
    }

    fn next_ring(&self) -> Option<Duration> {
        let next = self.timers.values().min()?;
        Some(next.saturating_duration_since(Instant::now()))
    }

    fn rung(&mut self, happened: &mut Vec<Happened>) {
        let now = Instant::now();
        let due: Vec<Timer> = self
            .timers
            .iter()
            .filter(|(_, at)| **at <= now)
            .map(|(timer, _)| *timer)
            .collect();
        for timer in due {
            self.timers.remove(&timer);
            happened.push(Happened::Msg(Box::new(Msg::Rang(timer))));
        }
    }
}

/// Long enough for crossterm to look at the input: with no time at all it does not.
const LOOK: Duration = Duration::from_millis(1);

/// Waits for input without touching it, then reads all there is. Whoever holds the input
/// meanwhile has it for himself.
fn read_keys(waker: &Waker, input: &Input) -> io::Result<()> {
    let stdin = rustix::stdio::stdin();
    let mut fds = [PollFd::new(&stdin, PollFlags::IN)];
    match poll(&mut fds, None) {
        Ok(_) | Err(rustix::io::Errno::INTR) => {}
        Err(error) => return Err(error.into()),
    }
    let gone = PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL;
    if fds[0].revents().intersects(gone) {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let _ours = input.when_ours();
    while crossterm::event::poll(LOOK)? {
        if let Some(msg) = message(crossterm::event::read()?) {
            waker.send(Happened::Msg(Box::new(msg)));
        }
    }
    Ok(())
}

/// What a terminal's event means to the app; sizes come by signal.
fn message(event: Event) -> Option<Msg> {
    match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => Some(Msg::Key(key)),
        Event::Paste(text) => Some(Msg::Paste(text)),
        Event::Key(_)
        | Event::Mouse(_)
        | Event::FocusGained
        | Event::FocusLost
        | Event::Resize(..) => None,
    }
}

fn timespec(time: Duration) -> Timespec {
    Timespec {
        tv_sec: i64::try_from(time.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: i64::from(time.subsec_nanos()),
    }
}
