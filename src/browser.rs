//! Opens an address in the user's browser, where there is one to be seen: never over
//! SSH, never through a shell.

use std::process::{Command, Stdio};

/// Variables of ours that no other program needs to see.
const OURS: &str = "SFW_TUI_";

/// The programs to try, with the address as their argument; none where nobody would see
/// a browser.
fn programs(read: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let set = |name: &str| read(name).filter(|value| !value.is_empty());
    if set("SSH_CONNECTION").is_some() || set("SSH_TTY").is_some() {
        return Vec::new();
    }
    if cfg!(target_os = "macos") {
        return vec!["open".to_owned()];
    }
    if set("DISPLAY").is_none() && set("WAYLAND_DISPLAY").is_none() {
        return Vec::new();
    }
    let own = set("BROWSER").unwrap_or_default();
    own.split(':')
        .chain(["xdg-open"])
        .map(str::trim)
        .filter(|program| !program.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Whether there is a browser to open.
pub fn is_here() -> bool {
    !programs(|name| std::env::var(name).ok()).is_empty()
}

/// Opens an address; says whether a program took it.
pub fn open(address: &str) -> bool {
    programs(|name| std::env::var(name).ok())
        .iter()
        .any(|program| start(program, address))
}

/// `BROWSER` may hold arguments; `%s` in them is the address.
fn start(program: &str, address: &str) -> bool {
    let mut words = program.split_whitespace();
    let Some(name) = words.next() else {
        return false;
    };
    let mut command = Command::new(name);
    let mut placed = false;
    for word in words {
        placed |= word.contains("%s");
        command.arg(word.replace("%s", address));
    }
    if !placed {
        command.arg(address);
    }
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with(OURS) {
            command.env_remove(&name);
        }
    }
    let started = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    match started {
        Ok(mut child) => {
            // Only so that it does not stay as a zombie.
            std::thread::spawn(move || child.wait());
            true
        }
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_over_ssh_or_without_a_display_gets_a_browser() {
        let with = |set: &'static [(&str, &str)]| {
            programs(move |name| {
                let found = set.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| (*value).to_owned())
            })
        };
        assert!(with(&[("DISPLAY", ":0"), ("SSH_CONNECTION", "1 2 3 4")]).is_empty());
        if cfg!(target_os = "linux") {
            assert!(with(&[("BROWSER", "firefox")]).is_empty());
            assert_eq!(with(&[("WAYLAND_DISPLAY", "w")]), ["xdg-open"]);
            assert_eq!(
                with(&[("DISPLAY", ":0"), ("BROWSER", "firefox:w3m")]),
                ["firefox", "w3m", "xdg-open"]
            );
        }
    }
}
