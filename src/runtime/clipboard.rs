//! Copying from a terminal that may be far away: tmux where it is there, else OSC 52.
//! Nothing is ever read back.

use std::io::Write;
use std::process::{Command, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::app::notice::Notice;

use super::terminal::Screen;

/// Most base64 characters terminals take in one OSC 52.
const OSC52_MOST: usize = 74_000;

/// Copies the text and says by which way.
pub(super) fn copy(text: &str, screen: &mut Screen) -> Notice {
    let count = text.chars().count();
    if std::env::var_os("TMUX").is_some() && by_tmux(text) {
        return Notice::ok(format!("Copied by tmux, {count} characters"));
    }
    let encoded = STANDARD.encode(text);
    if encoded.len() > OSC52_MOST {
        return Notice::warn(format!(
            "Too long to copy by the terminal: {count} characters"
        ));
    }
    match screen.send(format!("\x1b]52;c;{encoded}\x07").as_bytes()) {
        Ok(()) => Notice::ok(format!(
            "Sent to the terminal's clipboard, {count} characters"
        )),
        Err(error) => Notice::warn(format!("Could not copy: {error}")),
    }
}

/// `tmux load-buffer -w -` reaches the outer terminal whatever `set-clipboard` says.
fn by_tmux(text: &str) -> bool {
    let started = Command::new("tmux")
        .args(["load-buffer", "-w", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut tmux) = started else { return false };
    let sent = tmux
        .stdin
        .take()
        .is_some_and(|mut stdin| stdin.write_all(text.as_bytes()).is_ok());
    sent && tmux.wait().is_ok_and(|status| status.success())
}
