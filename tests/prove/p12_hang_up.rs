//! P12: a hang-up keeps what was typed and leaves no process behind.

use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::desk::{Desk, open};
use crate::proof::{Cost, Promise, Tier};
use crate::pty::Terminal;

/// What this file proves.
pub const PROMISES: &[Promise] = &[
    Promise {
        name: "p12_hang_up_keeps_drafts_and_leaves_no_process",
        says: "a hang-up keeps drafts, leaves no process",
        proof: hang_up,
    },
    Promise {
        name: "p12_kill_loses_at_most_the_last_second",
        says: "kill -9 loses at most a second of typing",
        proof: kill,
    },
];

/// A program told to end is gone within a second; a loaded machine gets a half more.
const SOON: Duration = Duration::from_millis(1500);
/// A draft is on disk so long after the last key, the disk's own time included.
const DRAFT_AFTER: Duration = Duration::from_millis(1300);

/// One way to go.
#[derive(Debug, Clone, Copy)]
enum End {
    Signal(Signal),
    Closed,
}

const ENDS: [End; 3] = [
    End::Signal(Signal::HUP),
    End::Signal(Signal::TERM),
    End::Closed,
];

/// Types one more letter into the same log each time and ends the program at once; the
/// next start must have every letter.
fn hang_up(tier: Tier) -> Cost {
    let desk = Desk::new();
    let rounds = tier.of(4, 200);
    let (mut lost, mut slowest) = (0, Duration::ZERO);
    for end in ENDS {
        let mut typed = String::new();
        for round in 0..rounds {
            let mut screens = log(&desk);
            if !typed.is_empty() && !came_back(&mut screens, &typed) {
                lost += 1;
            }
            // The line stays shorter than its field.
            if typed.len() == 20 {
                screens.send("\x15");
                typed.clear();
            }
            typed.push(char::from(b'a' + u8::try_from(round % 26).unwrap_or(0)));
            screens.send(&typed[typed.len() - 1..]);
            screens.wait(&in_field(&typed));
            let started = Instant::now();
            match end {
                End::Signal(signal) => {
                    screens.signal(signal);
                    screens.ended_within(SOON);
                }
                End::Closed => screens.hang_up(SOON),
            }
            slowest = slowest.max(started.elapsed());
        }
        discard(&mut log(&desk));
    }
    Cost {
        faults: rounds * ENDS.len() as u64,
        lost,
        ..Cost::default()
    }
    .noted(format!("slowest end {} ms", slowest.as_millis()))
}

/// The draft is saved a second after the last key: text older than that survives even
/// kill -9.
fn kill(tier: Tier) -> Cost {
    let rounds = tier.of(2, 50);
    let desk = Desk::new();
    let mut lost = 0;
    for round in 0..rounds {
        let text = format!("killed {round}");
        let mut screens = log(&desk);
        screens.send(&text);
        screens.wait(&in_field(&text));
        // What is promised is about time, so time passes.
        screens.bytes_in(DRAFT_AFTER);
        screens.signal(Signal::KILL);
        screens.ended();
        let mut screens = log(&desk);
        lost += u64::from(!came_back(&mut screens, &text));
        discard(&mut screens);
    }
    Cost {
        faults: rounds,
        lost,
        ..Cost::default()
    }
}

fn log(desk: &Desk) -> Terminal {
    let mut screens = desk.screens((80, 24));
    open(&mut screens, "lena", "Lena Ortiz");
    screens.send("c");
    screens.wait("Log a call");
    screens
}

/// The subject field with this text and nothing more.
fn in_field(typed: &str) -> String {
    format!("[{typed} ")
}

fn came_back(screens: &mut Terminal, typed: &str) -> bool {
    screens.settle();
    screens.screen().contains(&in_field(typed))
}

/// Throws the draft away.
fn discard(screens: &mut Terminal) {
    screens.send("\x18");
    screens.gone("Log a call");
}
