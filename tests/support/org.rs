//! The demo org as a process of its own, and its request log.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Accepted by every org started here.
pub const TOKEN: &str = "a-token-for-tests";

/// A demo org that serves until it is dropped.
pub struct Org {
    child: Child,
    /// Its address.
    pub url: String,
    log: PathBuf,
}

impl Org {
    /// Starts `program demo-org` with its data in `folder`.
    pub fn start(program: &Path, folder: &Path, more: &[&str]) -> Self {
        let log = folder.join("requests.ndjson");
        let mut child = Command::new(program)
            .arg("demo-org")
            .args(["--token", TOKEN, "--data"])
            .arg(folder.join("org"))
            .arg("--log")
            .arg(&log)
            .args(more)
            .env("HOME", folder)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the demo org starts");
        let mut line = String::new();
        let out = child.stdout.take().expect("its output");
        BufReader::new(out).read_line(&mut line).expect("its line");
        let url = line
            .trim()
            .strip_prefix("demo org ready at ")
            .unwrap_or_else(|| panic!("the ready line, not `{line}`"))
            .to_owned();
        Self { child, url, log }
    }

    /// Requests answered so far, one `METHOD PATH` each; one that writes as part of a
    /// composite call is told as that part.
    pub fn requests(&self) -> Vec<String> {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        text.lines()
            .map(|line| {
                let entry: serde_json::Value = serde_json::from_str(line).expect("a JSON line");
                let part = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
                let parts = entry["parts"].as_array().into_iter().flatten();
                let mut parts = parts.filter_map(serde_json::Value::as_str);
                match parts.find(|part| !part.starts_with("GET ")) {
                    Some(write) => write.to_owned(),
                    None => format!("{} {}", part("method"), part("path")),
                }
            })
            .collect()
    }

    /// Waits until no request has come for `quiet`; returns all so far.
    pub fn settled(&self, quiet: Duration) -> Vec<String> {
        let mut before = self.requests();
        let mut since = Instant::now();
        while since.elapsed() < quiet {
            std::thread::sleep(Duration::from_millis(20));
            let now = self.requests();
            if now.len() != before.len() {
                since = Instant::now();
                before = now;
            }
        }
        before
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Stops it, as if the org were gone.
    pub fn stop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Org {
    fn drop(&mut self) {
        self.stop();
    }
}
