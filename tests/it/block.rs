//! `sfw-tui write` as a process of its own against a demo org: what it says of a file,
//! what it leaves, and the exit code.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

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
    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.home.path().join(name);
        fs::write(&path, text).expect("written");
        path
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command
            .args(arguments)
            .current_dir(self.home.path())
            .env_clear()
            .env("HOME", self.home.path())
            .env("SFW_TUI_INSTANCE_URL", &self.org.url)
            .env("SFW_TUI_ACCESS_TOKEN", TOKEN);
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the program runs")
    }

    fn json(&self, arguments: &[&str]) -> (Value, i32) {
        let done = self.run(&[arguments, &["--json"]].concat());
        let text = String::from_utf8_lossy(&done.stdout);
        let value = serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("{error}: `{text}` {}", errors(&done)));
        (value, done.status.code().expect("an exit code"))
    }

    /// Requests that write, so far.
    fn writes(&self) -> usize {
        let written = |line: &&String| !line.starts_with("GET") && line.contains("/services/data");
        self.org.requests().iter().filter(written).count()
    }
}

fn errors(done: &Output) -> String {
    String::from_utf8_lossy(&done.stderr).into_owned()
}

/// Twelve kinds of bad row, each `count` times, among good ones.
pub fn rows_with_faults(rows: usize, count: usize) -> String {
    let mut text = String::from(
        "SFW_Key__c,LastName,Email,Birthdate,Level__c,DoNotCall,AccountId,Phone,Description\n",
    );
    let long = "x".repeat(81);
    let bad = [
        "B{n},,a@b.example,,,,,,",
        "B{n},L,bob@,,,,,,",
        "B{n},L,,03/04/2026,,,,,",
        "B{n},L,,2025-02-30,,,,,",
        "B{n},L,,,Primray,,,,",
        "B{n},L,,,,maybe,,,",
        "B{n},L,,,,,Acme,,",
        "B{n},L,,,,,003000000000001AAA,,",
        "B{n},{long},,,,,,,",
        "B{n},L,,,",
        ",L,,,,,,,",
        "B{n},L,,,,,,,a\u{7}b",
    ];
    let every = rows / (bad.len() * count);
    let mut number = 0;
    for row in 0..rows {
        if every > 0 && row % every == every - 1 && number < bad.len() * count {
            let line = bad[number % bad.len()]
                .replace("{n}", &number.to_string())
                .replace("{long}", &long);
            number += 1;
            writeln!(text, "{line}").expect("a line");
        } else {
            writeln!(
                text,
                "K-{row:07},Person {row},p{row}@x.example,1980-01-02,Primary,true,,,"
            )
            .expect("a line");
        }
    }
    text
}

#[test]
fn a_file_is_checked_without_a_write_and_bad_rows_are_told_by_kind() {
    let place = place();
    let file = place.file("rows.csv", &rows_with_faults(2400, 2));
    let before = place.writes();
    let name = file.display().to_string();
    let (told, exit) = place.json(&[
        "write",
        "--object",
        "contact",
        "--key",
        "SFW_Key__c",
        "--validate-only",
        "--invalid",
        "bad.csv",
        &name,
    ]);
    assert_eq!(exit, 3, "{told}");
    assert_eq!(told["counts"]["read"], 2400);
    assert_eq!(told["counts"]["ready"], 2376);
    assert_eq!(told["counts"]["invalid"], 24);
    assert_eq!(
        told["findings"].as_array().expect("a list").len(),
        12,
        "{told}"
    );
    assert_eq!(place.writes(), before, "nothing was written");
    let bad = fs::read_to_string(place.home.path().join("bad.csv")).expect("the file");
    assert_eq!(bad.lines().count(), 25);
    let blocks = place.home.path().join(".local/state/sfw-tui/blocks");
    let left = fs::read_dir(&blocks).map_or(0, |folders| folders.count());
    assert_eq!(left, 0, "a check that is only looked at leaves nothing");
}

#[test]
fn what_cannot_be_checked_is_refused_with_the_place() {
    let place = place();
    let saved = place.file("block.toml", "object = \"Contact\"\nblnk = \"clear\"\n");
    let good = place.file("good.csv", "SFW_Key__c,LastName\nK1,A\n");
    let open = place.file("open.csv", "SFW_Key__c,LastName\nK1,A\nK2,\"B\n");
    let (saved, good, open) = (saved.display(), good.display(), open.display());
    let cases = [
        (
            format!("write {saved} {good} --validate-only"),
            "block.toml:2:1: unknown field `blnk`",
        ),
        (
            format!("write --object Contcat {good} --validate-only"),
            "did you mean `Contact`",
        ),
        (
            format!("write --object Contact --key LastNaem {good} --validate-only"),
            "did you mean `LastName`",
        ),
        (
            "write --object Contact none.csv --validate-only".to_owned(),
            "cannot read `none.csv`",
        ),
        (
            format!("write --object Contact {open} --validate-only"),
            "row 2 (line 3), column 2 `LastName`: a quote is opened and never closed",
        ),
    ];
    for (line, why) in cases {
        let arguments: Vec<&str> = line.split(' ').collect();
        let done = place.run(&arguments);
        assert_eq!(done.status.code(), Some(2), "{line}: {}", errors(&done));
        assert!(errors(&done).contains(why), "{line}: {}", errors(&done));
    }
}

#[test]
fn a_column_that_fits_no_field_is_not_left_out_silently() {
    let place = place();
    let file = place.file("rows.csv", "SFW_Key__c,LastName,Emial\nK1,A,a@b.example\n");
    let name = file.display().to_string();
    let check = ["write", "--object", "Contact", "--validate-only", &name];
    let done = place.run(&check);
    assert_eq!(done.status.code(), Some(2));
    assert!(
        errors(&done).contains("did you mean `Email`?"),
        "{}",
        errors(&done)
    );
    for more in [
        &["--skip-unknown"][..],
        &["--map", "Emial=Email"],
        &["--columns", "SFW_Key__c,LastName"],
    ] {
        let done = place.run(&[&check[..], more].concat());
        assert_eq!(done.status.code(), Some(0), "{more:?}: {}", errors(&done));
    }
}

#[test]
fn rows_come_by_a_pipe_too() {
    let place = place();
    let mut command = place.command(&[
        "write",
        "--object",
        "Contact",
        "--validate-only",
        "--json",
        "-",
    ]);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let rows = br#"{"SFW_Key__c":"K1","LastName":"A"}
{"SFW_Key__c":"K2","LastName":null}"#;
    std::io::Write::write_all(&mut child.stdin.take().expect("a pipe"), rows).expect("written");
    let done = child.wait_with_output().expect("it ends");
    let told: Value = serde_json::from_slice(&done.stdout).expect("JSON");
    assert_eq!(told["source"]["form"], "NDJSON, UTF-8");
    assert_eq!(
        (&told["counts"]["ready"], &told["counts"]["invalid"]),
        (&1.into(), &1.into())
    );
    assert_eq!(
        told["findings"][0]["problem"],
        "required field would be emptied"
    );
}
