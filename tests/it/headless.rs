//! The verbs as processes of their own, against a demo org: what they print, the exit
//! code, and what they cost in requests.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

use crate::org::{Org, TOKEN};

const PROGRAM: &str = env!("CARGO_BIN_EXE_sfw-tui");

struct Place {
    org: Org,
    home: TempDir,
}

fn place() -> Place {
    let home = tempfile::tempdir().expect("a folder");
    let org = Org::start(Path::new(PROGRAM), home.path(), &[]);
    Place { org, home }
}

impl Place {
    fn run(&self, arguments: &[&str]) -> Output {
        self.with_token(TOKEN, arguments)
    }

    fn with_token(&self, token: &str, arguments: &[&str]) -> Output {
        Command::new(PROGRAM)
            .args(arguments)
            .env_clear()
            .env("HOME", self.home.path())
            .env("SFW_TUI_INSTANCE_URL", &self.org.url)
            .env("SFW_TUI_ACCESS_TOKEN", token)
            .output()
            .expect("the program runs")
    }

    /// Runs with `--json`; what it printed and its exit code.
    fn json(&self, arguments: &[&str]) -> (Value, i32) {
        let done = self.run(&[arguments, &["--json"]].concat());
        let text = String::from_utf8_lossy(&done.stdout);
        let value = serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("{error}: `{text}` {}", errors(&done)));
        (value, code(&done))
    }

    fn id_of(&self, object: &str, name: &str) -> String {
        let soql = format!("SELECT Id FROM {object} WHERE Name = '{name}'");
        let (rows, _) = self.json(&["query", &soql]);
        rows[0]["Id"].as_str().expect("an id").to_owned()
    }

    /// Requests that write, so far.
    fn writes(&self) -> usize {
        let written = |line: &String| !line.starts_with("GET") && line.contains("/services/data");
        self.org
            .requests()
            .iter()
            .filter(|line| written(line))
            .count()
    }
}

fn errors(done: &Output) -> String {
    String::from_utf8_lossy(&done.stderr).into_owned()
}

fn code(done: &Output) -> i32 {
    done.status.code().expect("an exit code")
}

#[test]
fn a_call_is_logged_by_name_with_a_follow_up_in_one_request() {
    let place = place();
    place.run(&[
        "log",
        "call",
        "--to",
        "Lena Ortiz",
        "First, to fill the cache",
    ]);
    let before = place.org.requests().len();
    let (done, exit) = place.json(&[
        "log",
        "call",
        "--to",
        "Lena Ortiz",
        "Left voicemail\nShe is back on Thursday",
        "--follow-up",
        "+3d",
        "Call Lena again",
    ]);
    assert_eq!((exit, &done["state"]), (0, &Value::from("done")), "{done}");
    assert_eq!(
        done["ids"].as_array().map(Vec::len),
        Some(2),
        "call and follow-up"
    );
    let sent = place.org.requests().split_off(before);
    assert_eq!(sent.len(), 1, "{sent:?}");
    let soql = "SELECT Subject, Status, Description, TaskSubtype, Who.Name FROM Task \
                WHERE Subject IN ('Left voicemail', 'Call Lena again') ORDER BY Subject DESC";
    let (tasks, _) = place.json(&["query", soql]);
    assert_eq!(tasks[0]["Status"], "Completed", "{tasks}");
    assert_eq!(tasks[0]["TaskSubtype"], "Call");
    assert_eq!(tasks[0]["Who"]["Name"], "Lena Ortiz");
    assert_eq!(tasks[0]["Description"], "She is back on Thursday");
    assert_eq!(tasks[1]["Status"], "Not Started");
}

#[test]
fn a_record_is_created_read_changed_and_deleted() {
    let place = place();
    let (made, exit) = place.json(&[
        "create",
        "contact",
        "LastName=Probe",
        "title=Tester",
        "Phone=5550142",
    ]);
    assert_eq!(exit, 0, "{made}");
    let id = made["ids"][0].as_str().expect("an id");
    let (_, exit) = place.json(&["update", id, "Title=Head of tests", "Phone="]);
    assert_eq!(exit, 0);
    let (read, _) = place.json(&["get", "Contact", id, "--fields", "Title,Phone"]);
    assert_eq!(read["Title"], "Head of tests", "{read}");
    assert!(read["Phone"].is_null(), "nothing after `=` clears: {read}");
    let (_, exit) = place.json(&["delete", id, "--yes"]);
    assert_eq!(exit, 0);
    let (gone, exit) = place.json(&["get", id]);
    assert_eq!(
        (exit, &gone["error"]["kind"]),
        (1, &Value::from("NotFound")),
        "{gone}"
    );
}

#[test]
fn wrong_input_says_what_would_be_right_and_writes_nothing() {
    let place = place();
    let lena = place.id_of("Contact", "Lena Ortiz");
    let cases: &[(&[&str], i32, &str)] = &[
        (&["describe", "Contcat"], 2, "did you mean `Contact`"),
        (&["create", "Contact", "LastNam=x"], 2, "LastName"),
        (
            &["create", "Contact", "FirstName=x"],
            2,
            "LastName`: required",
        ),
        (&["update", &lena, "Email=badone"], 2, "Email"),
        (&["update", &lena, "Birthdate=31/02/2026"], 2, "date"),
        (&["update", &lena, "nonsense"], 2, "FIELD=VALUE"),
        (
            &["update", "Account", &lena, "Name=x"],
            2,
            "is an id of Contact, not of",
        ),
        (&["get", "003123"], 2, "15 or 18"),
        (&["delete", &lena], 2, "--yes"),
        (
            &["log", "call", "--to", "Nobody At All", "text"],
            2,
            "no record is named",
        ),
        (
            &["log", "call", "--to", &lena, "text", "--when", "soonish"],
            2,
            "soonish",
        ),
        (&["query", "SELECT Nme FROM Account"], 1, "Nme"),
        (
            &["-c", "acme", "search", "x"],
            2,
            "no connection is named `acme`",
        ),
        (&["frobnicate"], 2, "frobnicate"),
    ];
    let before = place.writes();
    for (arguments, exit, said) in cases {
        let done = place.run(arguments);
        assert_eq!(code(&done), *exit, "{arguments:?}: {}", errors(&done));
        assert!(
            errors(&done).contains(said),
            "{arguments:?}: {}",
            errors(&done)
        );
    }
    let too_long = format!("Title={}", "x".repeat(129));
    let done = place.run(&["update", &lena, &too_long]);
    assert_eq!(code(&done), 2);
    assert!(errors(&done).contains("128"), "{}", errors(&done));
    assert_eq!(place.writes(), before, "nothing was sent");
}

#[test]
fn a_refusal_keeps_the_orgs_code_and_says_what_to_do() {
    let place = place();
    let deal = place.id_of("Opportunity", "Globex expansion");
    let (refused, exit) = place.json(&["update", &deal, "StageName=Closed Won"]);
    assert_eq!(exit, 1, "{refused}");
    let error = &refused["error"];
    assert_eq!(error["code"], "FIELD_CUSTOM_VALIDATION_EXCEPTION");
    assert_eq!(error["fields"][0], "Amount");
    assert!(error["hint"].as_str().is_some_and(|hint| !hint.is_empty()));
}

#[test]
fn a_record_that_moved_on_is_a_conflict_with_its_three_values() {
    let place = place();
    let id = place.id_of("Contact", "Lena Ortiz");
    let (record, _) = place.json(&["get", &id]);
    let since = record["LastModifiedDate"].as_str().expect("a time");
    let old = "2020-01-01T00:00:00.000+0000";
    let update = ["update", &id, "Title=CIO", "--unless-changed-since"];
    let (refused, exit) = place.json(&[&update[..], &[old]].concat());
    assert_eq!(
        (exit, &refused["state"]),
        (7, &Value::from("failed")),
        "{refused}"
    );
    let met = &refused["conflict"];
    assert_eq!(met["last_modified"], since, "{refused}");
    let title = &met["fields"][0];
    assert_eq!(title["field"], "Title");
    assert_eq!(title["mine"], "CIO");
    assert_eq!(title["theirs"], "Head of IT");
    assert!(title["was"].is_null(), "nobody read it: {refused}");
    let (record, _) = place.json(&["get", &id]);
    assert_eq!(record["Title"], "Head of IT", "nothing was overwritten");
    let told = errors(&place.run(&[&update[..], &[old]].concat()));
    assert!(told.contains("yours \"CIO\", now \"Head of IT\""), "{told}");
    let done = place.run(&[&update[..], &[since]].concat());
    assert_eq!(code(&done), 0, "{}", errors(&done));
    let wrong = place.run(&[&update[..], &["yesterday"]].concat());
    assert_eq!(code(&wrong), 2, "{}", errors(&wrong));
}

#[test]
fn a_duplicate_is_shown_and_saved_only_on_request() {
    let place = place();
    let create = [
        "create",
        "Contact",
        "LastName=Twin",
        "Email=lena.ortiz@example.com",
    ];
    let (refused, exit) = place.json(&create);
    assert_eq!(exit, 7, "{refused}");
    assert_eq!(
        refused["error"]["matches"][0]["object"], "Contact",
        "{refused}"
    );
    let (_, exit) = place.json(&[&create[..], &["--allow-duplicates"]].concat());
    assert_eq!(exit, 0);
}

#[test]
fn a_wrong_token_an_org_that_is_gone_and_a_page_that_is_no_api() {
    let mut place = place();
    let lena = place.id_of("Contact", "Lena Ortiz");
    let done = place.with_token("wrong", &["update", &lena, "Title=x"]);
    assert_eq!(code(&done), 4, "{}", errors(&done));

    let (_, exit) = place.json(&["update", &lena, "Title=Known"]);
    assert_eq!(exit, 0, "what an update needs is cached now");
    place.org.stop();
    let (queued, exit) = place.json(&["update", &lena, "Title=Kept"]);
    assert_eq!(
        (exit, &queued["state"]),
        (5, &Value::from("retry")),
        "{queued}"
    );

    let page = crate::stub::serve_forever("HTTP/1.1 200 OK", "text/html", "<html>Sign in</html>");
    let done = Command::new(PROGRAM)
        .args(["search", "lena"])
        .env_clear()
        .env("HOME", tempfile::tempdir().expect("a folder").path())
        .env("SFW_TUI_INSTANCE_URL", &page)
        .env("SFW_TUI_ACCESS_TOKEN", TOKEN)
        .output()
        .expect("the program runs");
    assert_eq!(code(&done), 1, "{}", errors(&done));
    assert!(errors(&done).contains("Sign in"), "{}", errors(&done));
}

#[test]
fn a_state_folder_that_cannot_be_written_refuses_the_write_and_says_where() {
    let place = place();
    let lena = place.id_of("Contact", "Lena Ortiz");
    let blocked = place.home.path().join("file");
    std::fs::write(&blocked, "in the way").expect("a file");
    let before = place.writes();
    let done = Command::new(PROGRAM)
        .args(["update", &lena, "Title=x"])
        .env_clear()
        .env("HOME", place.home.path())
        .env("XDG_STATE_HOME", &blocked)
        .env("SFW_TUI_INSTANCE_URL", &place.org.url)
        .env("SFW_TUI_ACCESS_TOKEN", TOKEN)
        .output()
        .expect("the program runs");
    assert_eq!(code(&done), 1, "{}", errors(&done));
    assert!(errors(&done).contains("file"), "{}", errors(&done));
    assert_eq!(place.writes(), before);
}

#[test]
fn without_an_org_the_way_to_one_is_named() {
    let home = tempfile::tempdir().expect("a folder");
    let done = Command::new(PROGRAM)
        .args(["search", "x"])
        .env_clear()
        .env("HOME", home.path())
        .output()
        .expect("the program runs");
    assert_eq!(code(&done), 2);
    assert!(errors(&done).contains("sfw-tui demo"), "{}", errors(&done));
}

#[test]
fn a_wrong_config_key_is_named_with_its_place_and_does_not_stop_the_verb() {
    let place = place();
    let file = place.home.path().join("config.toml");
    std::fs::write(&file, "[serch]\nobjects = []\n").expect("a file");
    let file = file.to_string_lossy();
    let done = place.run(&["--config", &file, "search", "lena"]);
    assert_eq!(code(&done), 0, "{}", errors(&done));
    let said = format!("{file}:1:2: unknown section `serch`; did you mean `search`?");
    assert!(errors(&done).contains(&said), "{}", errors(&done));
}

#[test]
fn the_built_in_org_is_a_connection_too() {
    let home = tempfile::tempdir().expect("a folder");
    let run = |arguments: &[&str]| {
        Command::new(PROGRAM)
            .args(["-c", "demo"])
            .args(arguments)
            .env_clear()
            .env("HOME", home.path())
            .output()
            .expect("the program runs")
    };
    let done = run(&["log", "call", "--to", "Lena Ortiz", "From a script"]);
    assert_eq!(code(&done), 0, "{}", errors(&done));
    let done = run(&[
        "query",
        "SELECT Subject FROM Task WHERE Subject = 'From a script'",
    ]);
    assert!(String::from_utf8_lossy(&done.stdout).contains("From a script"));
}
