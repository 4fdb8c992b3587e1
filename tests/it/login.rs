//! Logging in as a process of its own does it, with a browser played by plain requests:
//! at the listener, and by pasting.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::org::Org;

const PROGRAM: &str = env!("CARGO_BIN_EXE_sfw-tui");

/// The listener's ports are few.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

struct Place {
    home: TempDir,
    org: Org,
    _alone: MutexGuard<'static, ()>,
}

fn place(options: &[&str]) -> Place {
    let alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let home = tempfile::tempdir().unwrap();
    let org = Org::start(Path::new(PROGRAM), home.path(), options);
    Place {
        home,
        org,
        _alone: alone,
    }
}

impl Place {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command
            .args(arguments)
            .env_clear()
            .env("HOME", self.home.path());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn json(&self, arguments: &[&str]) -> (Value, i32) {
        let done = self.run(&[arguments, &["--json"]].concat());
        let text = String::from_utf8_lossy(&done.stdout);
        let value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {done:?}"));
        (value, done.status.code().unwrap())
    }

    fn begin(&self, arguments: &[&str]) -> Talk {
        Talk::new(self.command(arguments))
    }

    /// Logs in by the listener.
    fn log_in(&self, more: &[&str]) -> (Output, String) {
        let host = self.org.url.clone();
        let base = [
            "login", "acme", "--host", &host, "--store", "plain", "--json",
        ];
        let mut talk = self.begin(&[&base, more].concat());
        let address = talk.address();
        let place = browse(&address);
        assert!(get(&place).0.contains("200 OK"));
        talk.end()
    }

    fn login_file(&self) -> PathBuf {
        self.home
            .path()
            .join(".local/state/sfw-tui/logins/acme.login")
    }
}

/// A login under way.
struct Talk {
    child: Child,
    stdin: Option<ChildStdin>,
    said: Receiver<u8>,
    text: String,
}

impl Talk {
    fn new(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stderr = child.stderr.take().unwrap();
        let (sender, said) = channel();
        std::thread::spawn(move || {
            let mut byte = [0];
            while stderr.read(&mut byte).is_ok_and(|read| read == 1) {
                if sender.send(byte[0]).is_err() {
                    return;
                }
            }
        });
        Self {
            stdin: child.stdin.take(),
            child,
            said,
            text: String::new(),
        }
    }

    fn wait_for(&mut self, wanted: &str) {
        let until = Instant::now() + Duration::from_secs(30);
        while !self.text.contains(wanted) {
            let left = until.saturating_duration_since(Instant::now());
            match self.said.recv_timeout(left) {
                Ok(byte) => self.text.push(char::from(byte)),
                Err(error) => panic!("{error} while waiting for `{wanted}`: {}", self.text),
            }
        }
    }

    /// Where the browser is to go.
    fn address(&mut self) -> String {
        self.wait_for("Waiting, five minutes");
        let line = self
            .text
            .lines()
            .find(|line| line.contains("/services/oauth2/authorize"));
        line.unwrap().to_owned()
    }

    fn type_in(&mut self, line: &str) {
        let stdin = self.stdin.as_mut().unwrap();
        stdin.write_all(format!("{line}\n").as_bytes()).unwrap();
    }

    fn end(mut self) -> (Output, String) {
        drop(self.stdin.take());
        let until = Instant::now() + Duration::from_secs(30);
        while self.child.try_wait().unwrap().is_none() {
            if Instant::now() > until {
                self.child.kill().unwrap();
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let done = self.child.wait_with_output().unwrap();
        self.text.extend(self.said.iter().map(char::from));
        (done, self.text)
    }
}

/// Head and body of an answer to a GET.
fn get(address: &str) -> (String, String) {
    let rest = address.strip_prefix("http://").unwrap();
    let (host, path) = rest.split_once('/').unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    let asked = format!("GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(asked.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

/// What a browser does at the login page: the address it is sent to.
fn browse(address: &str) -> String {
    let (head, body) = get(address);
    let place = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("location")
            .then(|| value.to_owned())
    });
    place.unwrap_or_else(|| panic!("{head} {body}"))
}

#[test]
fn a_browser_comes_back_to_the_listener_and_everything_else_is_turned_away() {
    let place = place(&[]);
    let host = place.org.url.clone();
    let mut talk = place.begin(&["login", "acme", "--host", &host, "--store", "plain"]);
    let answer = browse(&talk.address());
    let (root, _) = answer.split_once("/callback").unwrap();
    assert!(get(&format!("{root}/elsewhere")).0.contains("404"));
    talk.wait_for("another path");
    let (head, body) = get(&format!("{root}/callback?code=aPrx1234&state=forged"));
    assert!(head.contains("400"), "{head}");
    assert!(!body.contains("aPrx"), "{body}");
    talk.wait_for("another login");
    assert!(get(&answer).0.contains("200 OK"));
    let (done, said) = talk.end();
    assert_eq!(done.status.code(), Some(0), "{said}");
    let (rows, code) = place.json(&["-c", "acme", "query", "SELECT Id FROM Account LIMIT 1"]);
    assert_eq!((rows.as_array().unwrap().len(), code), (1, 0));
    let (all, _) = place.json(&["conn", "list"]);
    let acme = &all["connections"][0];
    assert_eq!(acme["name"], "acme");
    assert_eq!(acme["login"], "logged in");
    assert_eq!(acme["store"], "plain file");
    assert_eq!(acme["user"], "kim@demo.example");
    let settings = std::fs::read_to_string(place.home.path().join(".config/sfw-tui/config.toml"));
    assert!(
        settings
            .unwrap()
            .contains(&format!("[connections.acme]\nhost = \"{host}\""))
    );
    // The only one is meant where none is named.
    assert_eq!(
        place.json(&["query", "SELECT Id FROM Account LIMIT 1"]).1,
        0
    );
}

#[test]
fn the_address_of_a_failed_redirect_is_pasted_and_the_login_is_encrypted() {
    let place = place(&[]);
    let host = place.org.url.clone();
    let mut talk = place.begin(&["login", "acme", "--host", &host]);
    let address = talk.address();
    talk.type_in(&address);
    talk.wait_for("that is the login page's address");
    talk.type_in("http://localhost:17171/callback?code=aPrx1234&state=forged");
    talk.wait_for("Not taken: the ");
    talk.type_in(&browse(&address));
    talk.wait_for("Passphrase:");
    talk.type_in("short");
    talk.wait_for("The same again:");
    talk.type_in("short");
    talk.wait_for("8 characters at least");
    talk.type_in("correct horse");
    talk.type_in("correct horse");
    let (done, said) = talk.end();
    assert_eq!(done.status.code(), Some(0), "{said}");
    let kept = std::fs::read_to_string(place.login_file()).unwrap();
    assert!(
        kept.contains("Encrypted") && !kept.contains("5Aep"),
        "{kept}"
    );
    assert_eq!(place.json(&["conn", "test", "acme"]).1, 0);
}

#[test]
fn a_revoked_login_leads_to_one_clear_word_and_a_second_login_with_the_outbox_intact() {
    let place = place(&["--session-lifetime", "1"]);
    let (done, said) = place.log_in(&[]);
    assert_eq!(done.status.code(), Some(0), "{said}");
    place.run(&["-c", "acme", "describe", "Contact"]);
    let kept = std::fs::read_to_string(place.login_file()).unwrap();
    let token = kept
        .split('"')
        .find(|word| word.starts_with("5Aep"))
        .unwrap();
    let (head, _) = get(&format!(
        "{}/services/oauth2/revoke?token={token}",
        place.org.url
    ));
    assert!(head.contains("200"), "{head}");
    let make = ["-c", "acme", "create", "Contact", "LastName=Waiting"];
    let (value, code) = place.json(&make);
    assert_eq!(code, 4, "{value}");
    assert_eq!(value["error"]["code"], "LOGIN_OVER", "{value}");
    let hint = value["error"]["hint"].as_str().unwrap();
    assert!(hint.contains("sfw-tui login"), "{hint}");
    let (all, _) = place.json(&["conn", "list"]);
    assert_eq!(all["connections"][0]["login"], "log in again");
    let (done, said) = place.log_in(&[]);
    assert_eq!(done.status.code(), Some(0), "{said}");
    let sent = place.run(&["-c", "acme", "outbox", "send"]);
    assert!(sent.status.success(), "{sent:?}");
    let soql = "SELECT Id FROM Contact WHERE LastName = 'Waiting'";
    assert_eq!(place.json(&["query", soql]).0.as_array().unwrap().len(), 1);
}

#[test]
fn a_refused_login_says_why_and_what_the_administrator_must_do() {
    let place = place(&[]);
    let host = place.org.url.clone();
    let stranger =
        "3MVG9SfwTuiDemoOrgConnectedApp0000000000000000000000000000000000000000000000000000003";
    let mut talk = place.begin(&[
        "login",
        "acme",
        "--host",
        &host,
        "--client-id",
        stranger,
        "--json",
    ]);
    let answer = browse(&talk.address());
    get(&answer);
    let (done, said) = talk.end();
    assert_eq!(done.status.code(), Some(4), "{said}");
    let value: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert!(
        value["error"]["message"]
            .as_str()
            .unwrap()
            .contains("installed"),
        "{value}"
    );
    assert!(
        said.contains("For your administrator") && said.contains(stranger),
        "{said}"
    );
    assert!(!place.login_file().exists());
    let mut talk = place.begin(&["login", "acme", "--host", &host]);
    talk.address();
    talk.type_in("error=redirect_uri_mismatch");
    let (done, said) = talk.end();
    assert_eq!(done.status.code(), Some(4), "{said}");
    assert!(said.contains("http://localhost:17173/callback"), "{said}");
    let (value, code) = place.json(&["login", "new"]);
    assert_eq!(code, 2, "{value}");
    let (value, code) = place.json(&["login", "x", "--host", "acme.my.salesforce.com"]);
    assert!(
        code == 2
            && value["error"]["message"]
                .as_str()
                .unwrap()
                .contains("--client-id"),
        "{value}"
    );
    let (value, code) = place.json(&["login", "x", "--host", "https://sf.evil.test"]);
    assert!(
        code == 2
            && value["error"]["message"]
                .as_str()
                .unwrap()
                .contains("--kind custom"),
        "{value}"
    );
}

#[test]
fn a_login_as_somebody_else_is_refused_until_it_is_said_to_be_meant() {
    let place = place(&["--login-page"]);
    let host = place.org.url.clone();
    let log_in = |user: &str, more: &[&str]| {
        let base = [
            "login", "acme", "--host", &host, "--store", "plain", "--json",
        ];
        let mut talk = place.begin(&[&base, more].concat());
        let address = talk.address();
        get(&browse(&format!("{address}&user={user}&answer=allow")));
        talk.end()
    };
    let (done, said) = log_in("kim@demo.example", &[]);
    assert_eq!(done.status.code(), Some(0), "{said}");
    let before = std::fs::read_to_string(place.login_file()).unwrap();
    let other = place.other_user();
    let (done, said) = log_in(&other, &[]);
    assert_eq!(done.status.code(), Some(4), "{said}");
    assert!(said.contains("another login than the first one"), "{said}");
    assert_eq!(std::fs::read_to_string(place.login_file()).unwrap(), before);
    let (done, said) = log_in(&other, &["--accept"]);
    assert_eq!(done.status.code(), Some(0), "{said}");
    let value: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(value["user"], other.as_str());
}

impl Place {
    /// A user of the org beside the first one.
    fn other_user(&self) -> String {
        let soql = "SELECT Username FROM User WHERE IsActive = true ORDER BY Username";
        let (rows, _) = self.json(&["-c", "acme", "query", soql]);
        let names = rows.as_array().unwrap().iter();
        let mut names = names.map(|row| row["Username"].as_str().unwrap());
        names
            .find(|name| *name != "kim@demo.example")
            .unwrap()
            .to_owned()
    }
}

#[test]
fn a_logout_ends_the_login_in_the_org_and_here() {
    let place = place(&[]);
    place.log_in(&[]);
    let kept = std::fs::read_to_string(place.login_file()).unwrap();
    let token = kept
        .split('"')
        .find(|word| word.starts_with("5Aep"))
        .unwrap();
    let (value, code) = place.json(&["conn", "remove", "acme"]);
    assert_eq!(code, 2, "{value}");
    let (value, code) = place.json(&["logout", "acme"]);
    assert!(code == 0 && value["revoked"] == true, "{value}");
    assert!(!place.login_file().exists());
    let (head, _) = get(&format!(
        "{}/services/oauth2/revoke?token={token}",
        place.org.url
    ));
    assert!(head.contains("400"), "the org knows it no longer: {head}");
    let (value, code) = place.json(&["-c", "acme", "query", "SELECT Id FROM Account"]);
    assert_eq!(
        (value["error"]["code"].as_str(), code),
        (Some("NOT_LOGGED_IN"), 4)
    );
    assert_eq!(place.json(&["conn", "remove", "acme"]).1, 0);
    assert_eq!(
        place
            .json(&["-c", "acme", "query", "SELECT Id FROM Account"])
            .1,
        2
    );
}
