//! P13: the terminal is handed back on every way out.

use std::time::Duration;

use rustix::process::Signal;

use crate::desk::{Desk, leave_line};
use crate::proof::{Cost, Promise, Tier};
use crate::pty::Terminal;

/// What this file proves.
pub const PROMISES: &[Promise] = &[Promise {
    name: "p13_the_terminal_is_handed_back",
    says: "the terminal is handed back on every way out",
    proof,
}];

const SOON: Duration = Duration::from_millis(1500);

fn proof(tier: Tier) -> Cost {
    let rounds = tier.of(2, 100);
    let desk = Desk::new();
    let ways: [fn(&Desk) -> Terminal; 4] = [quit, terminated, panicked, suspended];
    let mut lost = 0;
    for _ in 0..rounds {
        for way in ways {
            let screens = way(&desk);
            lost += u64::from(!screens.left_behind().is_empty());
        }
    }
    Cost {
        faults: rounds * ways.len() as u64,
        lost,
        ..Cost::default()
    }
    .noted("quit, SIGTERM, a panic, Ctrl-Z and fg")
}

fn started(desk: &Desk) -> Terminal {
    let mut screens = desk.screens((80, 24));
    screens.wait("online");
    assert!(!screens.left_behind().is_empty(), "taken while it runs");
    screens
}

fn quit(desk: &Desk) -> Terminal {
    let mut screens = started(desk);
    leave_line(&mut screens);
    screens.send("q");
    assert_eq!(screens.ended_within(SOON), 0);
    screens
}

fn terminated(desk: &Desk) -> Terminal {
    let mut screens = started(desk);
    screens.signal(Signal::TERM);
    screens.ended_within(SOON);
    screens
}

/// A bug while drawing: its text can be read on the shell's own screen.
fn panicked(desk: &Desk) -> Terminal {
    let mut command = desk.command();
    command.env("SFW_TUI_FAILPOINT", "runtime/draw:3=panic");
    let mut screens = Terminal::start(command, 80, 24);
    // A build without debug assertions has no failpoints: it is ended otherwise.
    if cfg!(debug_assertions) {
        assert_eq!(screens.ended_within(SOON * 4), 101);
        assert!(
            screens.screen().contains("panicked at"),
            "{}",
            screens.screen()
        );
    } else {
        screens.wait("online");
        screens.signal(Signal::INT);
        screens.ended_within(SOON);
    }
    screens
}

fn suspended(desk: &Desk) -> Terminal {
    let mut screens = started(desk);
    screens.send("\x1a");
    screens.until("the terminal handed back", |screen| {
        screen.trim().is_empty()
    });
    assert_eq!(screens.left_behind(), [""; 0], "while stopped");
    screens.continued();
    screens.wait("[1 Search]");
    leave_line(&mut screens);
    screens.send("q");
    screens.ended_within(SOON);
    screens
}
