//! How the program behaves as a guest of the terminal: on every way out, at every size,
//! with hostile texts, slow orgs and no disk.

use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::process::Signal;
use serde_json::json;

use crate::desk::{Desk, ESC, PROGRAM, at_both_sizes, edit, fill, leave_line, open, save, writes};
use crate::org::TOKEN;
use crate::pty::Terminal;

/// Ctrl-C, Ctrl-Z, Ctrl-L.
const CANCEL: &str = "\x03";
const SUSPEND: &str = "\x1a";
const REDRAW: &str = "\x0c";
/// A program told to end is gone within a second; a loaded machine gets a half more.
const SOON: Duration = Duration::from_millis(1500);

type Leave = fn(&mut Terminal);

#[test]
fn every_way_out_hands_the_terminal_back_as_it_was_found() {
    let desk = Desk::new();
    let ways: [(&str, Leave); 6] = [
        ("q", |screens| {
            leave_line(screens);
            screens.send("q");
        }),
        ("Ctrl-C twice", |screens| {
            screens.send(CANCEL);
            screens.send(CANCEL);
        }),
        ("SIGTERM", |screens| screens.signal(Signal::TERM)),
        ("SIGHUP", |screens| screens.signal(Signal::HUP)),
        ("SIGINT", |screens| screens.signal(Signal::INT)),
        ("q in a terminal made tiny", |screens| {
            leave_line(screens);
            screens.resize(1, 1);
            screens.send("q");
        }),
    ];
    for (name, leave) in ways {
        let mut screens = desk.screens((80, 24));
        screens.wait("online");
        assert_eq!(screens.left_behind().len(), 3, "taken while it runs");
        leave(&mut screens);
        screens.ended_within(SOON);
        assert_eq!(screens.left_behind(), [""; 0], "after {name}");
        assert!(screens.cells().contents().trim().is_empty(), "after {name}");
    }
}

#[test]
fn a_terminal_closed_at_any_moment_ends_the_program_and_keeps_what_was_typed() {
    let desk = Desk::new();
    let mut typed = String::from("Half of a thou");
    half_typed(&desk).hang_up(SOON);
    for letter in "ghts".chars() {
        let mut screens = desk.screens((80, 24));
        open(&mut screens, "lena", "Lena Ortiz");
        screens.send("c");
        screens.wait(&typed);
        screens.send(&letter.to_string());
        typed.push(letter);
        screens.wait(&typed);
        screens.hang_up(SOON);
    }
}

#[test]
fn a_signal_to_end_keeps_what_was_typed_a_moment_before() {
    for signal in [Signal::TERM, Signal::HUP] {
        let desk = Desk::new();
        let mut screens = half_typed(&desk);
        screens.signal(signal);
        screens.ended_within(SOON);
        assert_half_typed_is_back(&desk);
    }
}

fn half_typed(desk: &Desk) -> Terminal {
    let mut screens = desk.screens((80, 24));
    open(&mut screens, "lena", "Lena Ortiz");
    screens.send("c");
    screens.wait("Log a call");
    screens.send("Half of a thou");
    screens.wait("Half of a thou");
    screens
}

fn assert_half_typed_is_back(desk: &Desk) {
    let mut screens = desk.screens((80, 24));
    open(&mut screens, "lena", "Lena Ortiz");
    screens.send("c");
    screens.wait("Log a call");
    screens.wait("Half of a thou");
    assert!(writes(desk.requests()).is_empty());
}

#[test]
fn suspended_and_continued_the_screen_is_drawn_again() {
    at_both_sizes(|size| {
        let desk = Desk::new();
        let mut screens = desk.screens(size);
        open(&mut screens, "lena", "Lena Ortiz");
        screens.settle();
        let before = lasting(&screens);
        screens.send(SUSPEND);
        screens.until("the terminal handed back", |screen| {
            screen.trim().is_empty()
        });
        assert_eq!(screens.left_behind(), [""; 0]);
        screens.continued();
        screens.wait("[2 Record]");
        screens.settle();
        assert_eq!(lasting(&screens), before);
        screens.send("c");
        screens.wait("Log a call");
    });
}

/// The screen without what time alone changes.
fn lasting(screens: &Terminal) -> Vec<String> {
    let screen = screens.screen();
    let moving = ["loaded ", "| online "];
    let lasts = |line: &&str| !moving.iter().any(|part| line.contains(part));
    let lines = screen.lines().filter(lasts);
    lines.map(|line| line.trim_end().to_owned()).collect()
}

#[test]
fn a_redraw_paints_every_cell_and_asks_the_terminal_nothing() {
    let desk = Desk::new();
    let mut screens = desk.screens((80, 24));
    open(&mut screens, "lena", "Lena Ortiz");
    screens.settle();
    let (before, bytes) = (lasting(&screens), screens.raw.len());
    screens.scribble("noise from a program in the background");
    screens.send(REDRAW);
    screens.gone("noise");
    screens.settle();
    assert_eq!(lasting(&screens), before);
    let drawn = String::from_utf8_lossy(&screens.raw[bytes..]).into_owned();
    assert!(drawn.contains("Lena Ortiz") && !drawn.contains("\u{1b}[6n"));
    screens.send("c");
    screens.wait("Log a call");
}

#[test]
fn a_storm_of_sizes_ends_with_a_right_screen() {
    let desk = Desk::new();
    let mut screens = desk.screens((80, 24));
    open(&mut screens, "lena", "Lena Ortiz");
    for step in 0..100u16 {
        screens.resize(1 + (step * 37) % 160, 1 + (step * 17) % 60);
    }
    for (columns, rows) in [(120, 40), (80, 24)] {
        screens.resize(columns, rows);
        screens.settle();
        screens.wait("[2 Record]");
        screens.wait("Lena Ortiz");
        assert_framed(&screens, columns);
    }
    screens.resize(39, 9);
    screens.wait("enlarge to 40x10");
    screens.resize(1, 1);
    screens.settle();
    screens.resize(80, 24);
    screens.wait("Lena Ortiz  Contact");
    screens.settle();
    assert_framed(&screens, 80);
}

#[test]
fn the_first_key_after_a_resize_is_heard_at_once() {
    let desk = Desk::new();
    let mut screens = desk.screens((80, 24));
    screens.wait("online");
    let mut typed = String::from("/ ");
    for (step, letter) in (0..).zip("abcdefgh".chars()) {
        screens.resize(90 + step, 30);
        screens.settle();
        screens.send(&letter.to_string());
        typed.push(letter);
        screens.wait(&typed);
    }
}

/// Every line of the body ends with a border in the last column.
fn assert_framed(screens: &Terminal, columns: u16) {
    let cells = screens.cells();
    let rows = cells.size().0;
    for row in 2..rows - 2 {
        let last = cells.cell(row, columns - 1).expect("a cell");
        let last = last.contents();
        assert!(
            ["│", "╮", "╯", "┤"].contains(&last),
            "row {row} ends with `{last}`:\n{}",
            screens.screen()
        );
    }
}

#[test]
fn without_a_terminal_that_can_show_them_the_screens_name_the_verbs() {
    let desk = Desk::new();
    let mut command = desk.command();
    command.env("TERM", "dumb");
    let mut dumb = Terminal::start(command, 80, 24);
    assert_eq!(dumb.ended(), 2);
    assert!(
        dumb.screen().contains("sfw-tui --help"),
        "{}",
        dumb.screen()
    );
    assert!(!dumb.raw.contains(&0x1b), "no escapes for a dumb terminal");
    let piped = Command::new(PROGRAM)
        .env_clear()
        .env("HOME", desk.home())
        .env("TERM", "xterm")
        .env("SFW_TUI_INSTANCE_URL", &desk.org.url)
        .env("SFW_TUI_ACCESS_TOKEN", TOKEN)
        .stdin(Stdio::null())
        .output()
        .expect("the program runs");
    assert_eq!(piped.status.code(), Some(2));
    let said = String::from_utf8_lossy(&piped.stderr);
    assert!(said.contains("sfw-tui search"), "{said}");
    assert!(piped.stdout.is_empty());
}

#[test]
fn with_an_unwritable_state_folder_reads_work_and_a_write_is_refused_with_its_text_kept() {
    at_both_sizes(|size| {
        let desk = Desk::new();
        let blocked = desk.home().join("a-file");
        fs::write(&blocked, "in the way").expect("a file");
        let mut command = desk.command();
        command.env("XDG_STATE_HOME", &blocked);
        let mut screens = Terminal::start(command, size.0, size.1);
        open(&mut screens, "lena", "Lena Ortiz");
        screens.wait("Head of IT");
        edit(&mut screens);
        fill(&mut screens, "Title", "Not on disk");
        save(&mut screens);
        screens.wait("a-file");
        screens.wait("Not on disk");
        assert!(writes(desk.requests()).is_empty());
    });
}

/// Moves the cursor, sets the clipboard, turns writing around, hides, stacks, is wide.
const FORGED: [(&str, &str); 4] = [
    (
        "LastName",
        "Evil\u{1b}]52;c;ZXZpbA==\u{7}\u{202e}live\u{200b}\u{2066}x",
    ),
    (
        "Title",
        "\u{1b}[2J\u{1b}[1;1HHead\tof\nIT 漢字漢字漢字 e\u{301}\u{301}\u{301} \u{9b}31m",
    ),
    (
        "Department",
        "\u{1b}Pq\u{1b}\\ 👩\u{200d}👩\u{200d}👧 \u{feff}\u{ad}한국어",
    ),
    (
        "Description",
        "\u{1b}c one\r\ntwo\t漢\u{202d}three\u{8}\u{8}\u{85}\u{2028}four",
    ),
];

#[test]
fn texts_from_the_org_can_neither_move_nor_fool_the_screen() {
    at_both_sizes(|size| {
        let desk = Desk::new();
        let mut fields = json!({"Email": "forged@example.com"});
        for (name, value) in FORGED {
            fields[name] = json!(value);
        }
        desk.make("Contact", &fields);
        let mut screens = desk.screens(size);
        open(&mut screens, "forged@example.com", "Evil");
        for keys in ["", "]", "]", "]", "e", ESC, "c", ESC, "1"] {
            screens.send(keys);
            screens.settle();
            screens.wait("Evil");
            assert_framed(&screens, size.0);
        }
        let told = String::from_utf8_lossy(&screens.raw);
        assert!(!told.contains("\u{1b}]"), "an operating system command");
        assert!(!told.contains("\u{1b}P"), "a device control string");
        let hidden = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200b}' | '\u{feff}' | '\u{80}'..='\u{9f}' | '\t' | '\u{8}');
        let found: Vec<char> = told.chars().filter(|c| hidden(*c)).collect();
        assert!(found.is_empty(), "{found:?}");
        let printed = desk.verb(&["search", "forged@example.com"]);
        assert!(!printed.stdout.contains(&0x1b), "{printed:?}");
    });
}

#[test]
fn left_alone_it_writes_no_byte_and_sends_no_request() {
    let desk = Desk::new();
    let mut screens = desk.screens((120, 40));
    open(&mut screens, "lena", "Lena Ortiz");
    for (key, there) in [("", "[2 Record]"), ("3", "[3 Outbox]"), ("/", "[1 Search]")] {
        screens.send(key);
        screens.wait(there);
        let before = desk.requests();
        screens.settle();
        assert_eq!(screens.bytes_in(Duration::from_secs(2)), 0, "at {there}");
        assert_eq!(desk.requests(), before, "at {there}");
    }
}

#[test]
fn typing_never_waits_for_a_slow_org_and_enter_opens_the_best_hit_when_it_comes() {
    at_both_sizes(|size| {
        let latency = Duration::from_secs(1);
        let desk = Desk::with(&["--latency", "1000"]);
        let mut screens = desk.screens(size);
        screens.wait("Type a name");
        let mut times = Vec::new();
        for key in "lena ortiz".chars() {
            let time = screens.press(&key.to_string()).time;
            times.push(time.expect("a frame for each key"));
        }
        assert!(times.iter().all(|time| *time < latency / 2), "{times:?}");
        times.sort();
        assert!(
            times[times.len() / 2] < Duration::from_millis(100),
            "{times:?}"
        );
        screens.send("\r");
        screens.wait("[2 Record]");
        screens.wait("Lena Ortiz  Contact");
        screens.wait("Head of IT");
    });
}

/// A program that stands for the user's editor: puts a line behind the text once it was
/// given a key of its own, or does what `script` says.
fn editor(desk: &Desk, script: &str) -> String {
    let path = desk.home().join("editor.sh");
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("written");
    format!("sh {}", path.display())
}

#[test]
fn the_users_editor_has_the_terminal_and_its_text_comes_back() {
    at_both_sizes(|size| {
        let desk = Desk::new();
        let program = editor(
            &desk,
            "echo EDITING; read line; printf '%s\\nsecond & last\\n' \"$line\" > \"$1\"",
        );
        let mut command = desk.command();
        command.env("EDITOR", program);
        command.env("XDG_RUNTIME_DIR", desk.home());
        let mut screens = Terminal::start(command, size.0, size.1);
        open(&mut screens, "lena", "Lena Ortiz");
        screens.send("c");
        screens.wait("Subject");
        screens.send("\x1b[Z\x1b[Z");
        screens.send("\x05");
        screens.wait("EDITING");
        assert!(
            screens.left_behind().is_empty(),
            "the terminal is the editor's"
        );
        screens.send("typed outside\r");
        screens.wait("second & last");
        screens.wait("typed outside");
        let left = fs::read_dir(desk.home()).expect("a folder").flatten();
        let texts = left.filter(|it| it.file_name().to_string_lossy().starts_with("sfw-tui-edit"));
        assert_eq!(texts.count(), 0, "no text is left lying about");
        screens.send(ESC);
        screens.gone("typed outside");
        screens.send("q");
        screens.ended_within(SOON);
    });
}

#[test]
fn an_editor_that_is_not_there_costs_nothing_and_one_cut_off_keeps_its_text() {
    let desk = Desk::new();
    let mut command = desk.command();
    command.env("EDITOR", "/no/such/editor --wait");
    let mut screens = Terminal::start(command, 80, 24);
    open(&mut screens, "lena", "Lena Ortiz");
    screens.send("c");
    screens.wait("Subject");
    screens.send("Half a thought");
    screens.send("\x05");
    screens.wait("/no/such/editor cannot be run");
    screens.wait("Half a thought");
    screens.signal(Signal::TERM);
    screens.ended_within(SOON);

    let program = editor(
        &desk,
        "echo EDITING; echo 'saved so far' > \"$1\"; echo WRITTEN; read line",
    );
    let mut command = desk.command();
    command.env("EDITOR", program);
    let mut screens = Terminal::start(command, 80, 24);
    open(&mut screens, "lena", "Lena Ortiz");
    screens.send("c");
    screens.wait("Half a thought");
    screens.send("\x05");
    screens.wait("WRITTEN");
    screens.hang_up(SOON);
    let mut screens = desk.screens((80, 24));
    open(&mut screens, "lena", "Lena Ortiz");
    screens.send("c");
    screens.wait("saved so far");
}
