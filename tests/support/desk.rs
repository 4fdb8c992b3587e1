//! A user's desk: a home folder, an org, and the program on both, as screens or as a verb.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use portable_pty::CommandBuilder;
use serde_json::Value;
use tempfile::TempDir;

use crate::org::{Org, TOKEN};
use crate::pty::Terminal;

/// The binary under test.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_sfw-tui");
/// The sizes every screen must be usable at: columns and rows.
pub const SIZES: [(u16, u16); 2] = [(80, 24), (120, 40)];
/// Ctrl-S.
pub const SAVE: &str = "\x13";
/// Escape.
pub const ESC: &str = "\x1b";
/// No request comes for so long: all were answered.
const QUIET: Duration = Duration::from_millis(300);

/// An org and the home folder of its user.
pub struct Desk {
    /// The org as a process of its own.
    pub org: Org,
    home: TempDir,
}

impl Desk {
    /// A fresh org.
    pub fn new() -> Self {
        Self::with(&[])
    }

    /// A fresh org with more arguments.
    pub fn with(arguments: &[&str]) -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let org = Org::start(Path::new(PROGRAM), home.path(), arguments);
        Self { org, home }
    }

    /// The user's home folder.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Starts the org again where it was, with its data.
    pub fn restart_org(&mut self, more: &[&str]) {
        let port = self.org.url.rsplit(':').next().expect("a port").to_owned();
        let arguments = [&["--port", &port], more].concat();
        self.org = Org::start(Path::new(PROGRAM), self.home.path(), &arguments);
    }

    /// How the screens on the org are started.
    pub fn command(&self) -> CommandBuilder {
        self.command_at(&self.org.url)
    }

    /// The same, reaching the org by another address.
    pub fn command_at(&self, url: &str) -> CommandBuilder {
        let mut command = bare(self.home());
        command.env("SFW_TUI_INSTANCE_URL", url);
        command.env("SFW_TUI_ACCESS_TOKEN", TOKEN);
        command
    }

    /// Opens the screens.
    pub fn screens(&self, size: (u16, u16)) -> Terminal {
        Terminal::start(self.command(), size.0, size.1)
    }

    /// Runs a verb as somebody else would: with a home folder of its own.
    pub fn verb(&self, arguments: &[&str]) -> Output {
        Command::new(PROGRAM)
            .args(arguments)
            .env_clear()
            .env("HOME", self.home().join("elsewhere"))
            .env("SFW_TUI_INSTANCE_URL", &self.org.url)
            .env("SFW_TUI_ACCESS_TOKEN", TOKEN)
            .output()
            .expect("the program runs")
    }

    /// What the org holds.
    pub fn rows(&self, soql: &str) -> Vec<Value> {
        let done = self.verb(&["query", soql, "--json"]);
        let text = String::from_utf8_lossy(&done.stdout);
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {done:?}"))
    }

    /// Makes a record without the program, which might refuse such values; its id.
    pub fn make(&self, object: &str, fields: &Value) -> String {
        let body = fields.to_string();
        let host = self.org.url.trim_start_matches("http://");
        let mut org = TcpStream::connect(host).expect("the org listens");
        write!(
            org,
            "POST /services/data/v66.0/sobjects/{object} HTTP/1.1\r\nHost: {host}\r\n\
             Authorization: Bearer {TOKEN}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
        .expect("the org reads");
        let mut reply = String::new();
        org.read_to_string(&mut reply).expect("its reply");
        let start = reply
            .find("{\"id\":\"")
            .unwrap_or_else(|| panic!("{reply}"));
        reply[start + 7..start + 25].to_owned()
    }

    /// Every request so far, once no more come.
    pub fn requests(&self) -> Vec<String> {
        self.org.settled(QUIET)
    }

    /// Every request so far that writes, once no more come.
    pub fn writes(&self) -> Vec<String> {
        writes(self.requests())
    }
}

/// Those requests that write one record; a composite may be a page that is read.
pub fn writes(mut requests: Vec<String>) -> Vec<String> {
    requests.retain(|line| !line.starts_with("GET") && line.contains("/sobjects/"));
    requests
}

/// The program without an org, in this home folder and no other environment.
pub fn bare(home: &Path) -> CommandBuilder {
    let mut command = CommandBuilder::new(PROGRAM);
    command.env_clear();
    for (name, value) in [("TERM", "xterm-256color"), ("LANG", "C.UTF-8")] {
        command.env(name, value);
    }
    command.env("HOME", home);
    command.cwd(home);
    command
}

/// Does the same at every size at once.
pub fn at_both_sizes(test: impl Fn((u16, u16)) + Sync) {
    std::thread::scope(|scope| {
        for size in SIZES {
            scope.spawn({
                let test = &test;
                move || test(size)
            });
        }
    });
}

/// Finds a record by typing, and opens the best hit.
pub fn open(terminal: &mut Terminal, typed: &str, name: &str) {
    terminal.wait("[1 Search]");
    terminal.send(typed);
    terminal.until(&format!("{name} as the best hit"), |screen| {
        screen.contains(&format!("/ {typed} ")) && focus(screen).contains(name)
    });
    terminal.send("\r");
    terminal.wait("[2 Record]");
    terminal.until("the record read", |screen| {
        screen.contains("loaded ") || screen.contains("As of ")
    });
}

/// Leaves the search line, so that keys are commands.
pub fn leave_line(terminal: &mut Terminal) {
    terminal.wait("Tab objects");
    terminal.send(ESC);
    terminal.gone("Tab objects");
}

/// Opens the form of the record on show.
pub fn edit(terminal: &mut Terminal) {
    terminal.send("e");
    terminal.wait("0 changed");
}

/// Moves to a field of the open form.
pub fn go_to(terminal: &mut Terminal, label: &str) {
    for _ in 0..60 {
        let at = focus(&terminal.screen());
        if at.starts_with(&format!("{label} ")) {
            return;
        }
        terminal.send("\t");
        terminal.until("the next field", |screen| focus(screen) != at);
    }
    panic!("no field {label}:\n{}", terminal.screen());
}

/// Puts this text in a field of the open form instead of what is there.
pub fn fill(terminal: &mut Terminal, label: &str, text: &str) {
    go_to(terminal, label);
    terminal.send("\x15");
    terminal.send(text);
    terminal.until(&format!("{text} in {label}"), |screen| {
        focus(screen).contains(text)
    });
}

/// Saves the open form and agrees to what is to be sent.
pub fn save(terminal: &mut Terminal) {
    terminal.send(SAVE);
    terminal.wait("Review before sending");
    terminal.send("y");
}

/// The marked line, without its frame and mark.
fn focus(screen: &str) -> String {
    let line = screen.lines().find(|line| line.contains('›'));
    let rest = line.and_then(|line| line.split_once('›'));
    let rest = rest.map_or("", |(_, rest)| rest);
    rest.trim_start_matches([' ', '*']).to_owned()
}
