//! Copying from a terminal that may be far away. Nothing is ever read back.
//!
//! ```text
//! the user's command ─▶ tmux ─▶ OSC 52 to the terminal, and a local desktop's program,
//!                               for the terminal cannot say whether it obeyed
//! ```

use std::env::var_os;
use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::app::notice::Notice;

use super::terminal::Screen;

/// Most base64 characters terminals take in one OSC 52.
const OSC52_MOST: usize = 74_000;
/// Most bytes of it that mosh carries: one packet.
const MOSH_MOST: usize = 1_000;
/// Most bytes of a device control string that GNU screen takes.
const SCREEN_CHUNK: usize = 600;
/// A program that takes longer is left alone.
const PATIENCE: Duration = Duration::from_millis(300);

/// Programs of a local desktop, and the variable that says it is there.
const LOCAL: [(&str, &[&str]); 3] = [
    ("WAYLAND_DISPLAY", &["wl-copy"]),
    ("DISPLAY", &["xclip", "-selection", "clipboard"]),
    ("DISPLAY", &["xsel", "--clipboard", "--input"]),
];

/// Copies the text and says by which way.
pub(super) fn copy(text: &str, command: &[String], screen: &mut Screen) -> Notice {
    let count = match text.chars().count() {
        1 => "1 character".to_owned(),
        count => format!("{count} characters"),
    };
    let words: Vec<&str> = command.iter().map(String::as_str).collect();
    if let Some(program) = words.first() {
        return match feed(&words, text) {
            true => Notice::ok(format!("Copied by {program}, {count}")),
            false => Notice::warn(format!(
                "Not copied: {program} failed; clipboard.command in the config file names it"
            )),
        };
    }
    if var_os("TMUX").is_some() && feed(&["tmux", "load-buffer", "-w", "-"], text) {
        return Notice::ok(format!("Copied by tmux, {count}"));
    }
    let local = by_desktop(text);
    match (by_terminal(text, screen), local) {
        (Ok(()), Some(program)) => Notice::ok(format!("Sent by OSC 52 and {program}, {count}")),
        (Ok(()), None) => Notice::ok(format!("Sent by OSC 52, {count}")),
        (Err(_), Some(program)) => Notice::ok(format!("Copied by {program}, {count}")),
        (Err(why), None) => Notice::warn(format!("Not copied, {count}: {why}")),
    }
}

/// Copies by a program of the desktop this runs on; over SSH that is not the user's.
fn by_desktop(text: &str) -> Option<&'static str> {
    if var_os("SSH_CONNECTION").is_some() || var_os("SSH_TTY").is_some() {
        return None;
    }
    let (_, words) = LOCAL
        .iter()
        .find(|(variable, words)| var_os(variable).is_some() && feed(words, text))?;
    words.first().copied()
}

/// Asks the terminal.
fn by_terminal(text: &str, screen: &mut Screen) -> Result<(), String> {
    let encoded = STANDARD.encode(text);
    if encoded.len() > OSC52_MOST {
        return Err("too long for the terminal; clipboard.command may take it".to_owned());
    }
    // mosh drops what does not fit into a packet: it is shown, to be copied by hand.
    if var_os("MOSH_CONNECTION").is_some() && encoded.len() > MOSH_MOST {
        return Err(format!("too long for mosh: {text}"));
    }
    let sequence = format!("\x1b]52;c;{encoded}\x07");
    let bytes = match var_os("STY") {
        Some(_) => through_screen(&sequence),
        None => sequence,
    };
    screen
        .send(bytes.as_bytes())
        .map_err(|error| error.to_string())
}

/// GNU screen hands on what stands in device control strings, a piece at a time.
fn through_screen(sequence: &str) -> String {
    sequence
        .as_bytes()
        .chunks(SCREEN_CHUNK)
        .map(|piece| format!("\x1bP{}\x1b\\", String::from_utf8_lossy(piece)))
        .collect()
}

/// Gives a program the text; true when it took it. The screen waits a blink, no longer:
/// one that stays (as those that serve a selection do) has taken it by then.
fn feed(words: &[&str], text: &str) -> bool {
    let Some((program, arguments)) = words.split_first() else {
        return false;
    };
    let started = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut child) = started else { return false };
    let Some(mut stdin) = child.stdin.take() else {
        return false;
    };
    // A program that reads nothing must not stop the screen.
    let text = text.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(text.as_bytes()).is_ok());
    let is_taken = ended(&mut child);
    match is_taken {
        Some(success) => success && writer.join().unwrap_or(false),
        None => {
            std::thread::spawn(move || child.wait());
            writer.is_finished() && writer.join().unwrap_or(false)
        }
    }
}

/// How it ended, where it did in time.
fn ended(child: &mut Child) -> Option<bool> {
    let until = Instant::now() + PATIENCE;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status.success()),
            Ok(None) if Instant::now() < until => std::thread::sleep(Duration::from_millis(2)),
            Ok(None) => return None,
            Err(_) => return Some(false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_gets_the_text_and_one_that_fails_is_known() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("copied");
        let script = format!("cat > {}", file.display());
        assert!(feed(&["sh", "-c", &script], "two\nlines"));
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "two\nlines");
        assert!(!feed(&["sh", "-c", "cat > /dev/null; exit 1"], "text"));
        assert!(!feed(&["there-is-no-such-program"], "text"));
    }

    #[test]
    fn a_program_that_never_reads_does_not_hold_the_screen() {
        let long = "x".repeat(1 << 20);
        let before = Instant::now();
        assert!(!feed(&["sleep", "2"], &long));
        assert!(before.elapsed() < Duration::from_secs(1));
    }

    #[test]
    fn screen_gets_pieces_it_can_take() {
        let sequence = format!("\x1b]52;c;{}\x07", "A".repeat(1_500));
        let wrapped = through_screen(&sequence);
        let pieces: Vec<&str> = wrapped
            .split("\x1b\\")
            .filter(|it| !it.is_empty())
            .collect();
        assert!(
            pieces
                .iter()
                .all(|it| it.starts_with("\x1bP") && it.len() <= 602)
        );
        let joined: String = pieces.iter().map(|it| &it[2..]).collect();
        assert_eq!(joined, sequence);
    }
}
