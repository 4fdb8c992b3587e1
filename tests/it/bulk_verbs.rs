//! `bulk`, `errors` and `query` to files: the real binary on an org of its own.

use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;
use sfw_tui::domain::block::{Block, Operation, Way};

use crate::desk::{Desk, PROGRAM};
use crate::org::TOKEN;
use crate::parts;

const KEY: &str = "SFW_Key__c";

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

/// Six contacts, of which the org refuses two.
fn checked(desk: &Desk) -> PathBuf {
    let mut block = Block {
        key: Some(KEY.to_owned()),
        ..Block::new("Contact", Operation::Upsert)
    };
    block.send.way = Way::Bulk;
    let row = |row: usize| {
        let last = if row % 3 == 2 { "" } else { "=1+1" };
        vec![format!("v-{row}"), last.to_owned()]
    };
    let rows: Vec<Vec<String>> = (0..6).map(row).collect();
    let folder = desk.home().join("checked");
    let prepared = parts::prepared(&folder, &block, &[KEY, "LastName"], &rows, 10);
    let text = serde_json::to_string(&prepared).unwrap();
    std::fs::write(folder.join("prepared.json"), text).unwrap();
    folder
}

#[test]
fn refused_rows_are_taken_out_mended_put_back_and_sent() {
    let desk = Desk::new();
    let folder = checked(&desk);
    let sent = desk.verb(&["bulk", "send", folder.to_str().unwrap()]);
    assert_eq!(sent.status.code(), Some(3), "{sent:?}");
    assert!(
        text(&sent).contains("errors show contacts"),
        "{}",
        text(&sent)
    );
    let list = json(&desk.verb(&["errors", "list", "--json"]));
    assert_eq!(
        (&list[0]["store"], &list[0]["rows"]),
        (&"contacts".into(), &2.into())
    );
    let shown = text(&desk.verb(&["errors", "show", "contacts"]));
    assert!(shown.contains("REQUIRED_FIELD_MISSING"), "{shown}");
    let file = desk.home().join("out.csv");
    let name = file.to_str().unwrap();
    let export = desk.verb(&["errors", "export", "contacts", "--out", name]);
    assert_eq!(export.status.code(), Some(0), "{export:?}");
    let again = desk.verb(&["errors", "export", "contacts", "--out", name]);
    assert_eq!(
        again.status.code(),
        Some(2),
        "what is there is not overwritten"
    );
    let exported = std::fs::read_to_string(&file).unwrap();
    let mut lines: Vec<String> = exported.lines().map(str::to_owned).collect();
    assert!(lines[0].ends_with(KEY), "{exported}");
    lines[0].push_str(",LastName");
    for (number, line) in lines.iter_mut().enumerate().skip(1) {
        line.push_str(&format!(",Mended {number}"));
    }
    std::fs::write(&file, lines.join("\n")).unwrap();
    let edit = json(&desk.verb(&["errors", "edit", "contacts", name, "--json"]));
    assert_eq!(edit["changed"], 2);
    let resent = desk.verb(&["errors", "resend", "contacts", "--json"]);
    assert_eq!(
        (resent.status.code(), &json(&resent)["written"]),
        (Some(0), &2.into())
    );
    let run = json(&desk.verb(&["bulk", "show", "1", "--json"]));
    assert_eq!((&run["written"], &run["refused"]), (&6.into(), &0.into()));
    let empty = text(&desk.verb(&["errors"]));
    assert_eq!(empty, "no rows in any error store\n");
    assert_eq!(
        desk.rows("SELECT Id FROM Contact WHERE LastName LIKE 'Mended %'")
            .len(),
        2
    );
}

#[test]
fn deleting_rows_wants_a_yes_and_a_wrong_name_gets_a_hint() {
    let desk = Desk::new();
    let folder = checked(&desk);
    desk.verb(&["bulk", "send", folder.to_str().unwrap()]);
    let refused = desk.verb(&["errors", "delete", "contacts"]);
    assert_eq!(refused.status.code(), Some(2), "{refused:?}");
    let wrong = desk.verb(&["errors", "show", "contact"]);
    let said = String::from_utf8_lossy(&wrong.stderr).into_owned();
    assert!(said.contains("`contacts`"), "{said}");
    let gone = json(&desk.verb(&["errors", "delete", "contacts", "--yes", "--json"]));
    assert_eq!(gone["deleted"], 2);
    let list = text(&desk.verb(&["bulk"]));
    assert!(list.contains("upsert Contact by SFW_Key__c"), "{list}");
    let gone = desk.verb(&["bulk", "forget", "1"]);
    assert_eq!(gone.status.code(), Some(0), "{gone:?}");
    assert_eq!(text(&desk.verb(&["bulk"])), "no runs\n");
    assert!(folder.exists(), "a folder that is not of our making stays");
}

#[test]
fn a_query_is_the_same_file_by_pages_by_a_job_and_by_a_job_that_was_killed() {
    let desk = Desk::new();
    desk.make(
        "Contact",
        &serde_json::json!({"LastName": "Quote \"d\", and\nline", "SFW_Key__c": "q-1"}),
    );
    let soql = "SELECT Id, LastName, Email, DoNotCall, Account.Name FROM Contact";
    let path = |name: &str| desk.home().join(name).to_str().unwrap().to_owned();
    let paged = desk.verb(&["query", soql, "--csv", "--out", &path("paged.csv")]);
    assert_eq!(paged.status.code(), Some(0), "{paged:?}");
    let bulk = desk.verb(&["query", soql, "--csv", "--bulk", "--out", &path("bulk.csv")]);
    assert_eq!(bulk.status.code(), Some(0), "{bulk:?}");
    let rows = |name: &str| {
        let mut csv = csv::Reader::from_path(path(name)).unwrap();
        let head = csv.headers().unwrap().clone();
        let mut rows: Vec<csv::StringRecord> = csv.records().map(Result::unwrap).collect();
        rows.sort_by(|one, other| one[0].cmp(&other[0]));
        (head, rows)
    };
    let expected = rows("paged.csv");
    assert!(expected.1.len() > 20 && expected.1.iter().any(|row| row[1].contains("and\nline")));
    assert!(rows("bulk.csv") == expected, "the job tells the same rows");
    for stage in ["export/made", "export/appended", "export/page"] {
        let name = killed_and_gone_on(&desk, soql, stage);
        assert!(rows(&name) == expected, "{stage}");
    }
    let lines = text(&desk.verb(&["query", "SELECT Id FROM Contact LIMIT 3", "--ndjson"]));
    assert_eq!(
        lines.lines().filter(|line| line.starts_with('{')).count(),
        3
    );
    let none = text(&desk.verb(&[
        "query",
        "SELECT Id, Name FROM Contact WHERE Id = NULL",
        "--csv",
    ]));
    assert_eq!(none, "Id,Name\n");
}

/// Exports by a job, is killed at that place, and exports once more; the file's name.
fn killed_and_gone_on(desk: &Desk, soql: &str, stage: &str) -> String {
    let name = format!("{}.csv", stage.replace('/', "-"));
    let path = desk.home().join(&name).to_str().unwrap().to_owned();
    let dead = Command::new(PROGRAM)
        .args(["query", soql, "--csv", "--bulk", "--out", &path])
        .env_clear()
        .env("HOME", desk.home())
        .env("SFW_TUI_INSTANCE_URL", &desk.org.url)
        .env("SFW_TUI_ACCESS_TOKEN", TOKEN)
        .env("SFW_TUI_FAILPOINT", stage)
        .output()
        .unwrap();
    assert!(!dead.status.success(), "{stage}");
    let before = desk.requests();
    let other = "SELECT Id FROM Lead";
    let other = desk.verb(&["query", other, "--csv", "--bulk", "--out", &path]);
    assert_eq!(other.status.code(), Some(2), "{stage}: {other:?}");
    let on = desk.verb(&["query", soql, "--csv", "--bulk", "--out", &path]);
    assert_eq!(on.status.code(), Some(0), "{stage}: {on:?}");
    let asked = desk.requests().split_off(before.len());
    let is_new = |line: &&String| line.starts_with("POST") && line.contains("jobs/query");
    let made = asked.iter().filter(is_new).count();
    assert_eq!(made, 0, "{stage}: the job that was there is used");
    name
}

#[test]
fn a_file_is_checked_written_and_accounted_for_and_a_second_run_changes_nothing() {
    let desk = Desk::new();
    let path = |name: &str| desk.home().join(name).to_str().unwrap().to_owned();
    let mut file = "SFW_Key__c,LastName,Email\n".to_owned();
    for row in 0..300 {
        let email = match row % 100 {
            7 => "no address".to_owned(),
            _ => format!("w{row}@example.com"),
        };
        file.push_str(&format!("w-{row},Written {row},{email}\n"));
    }
    std::fs::write(path("rows.csv"), file).unwrap();
    for (way, round) in [("bulk", 0), ("collections", 1)] {
        let invalid = path(&format!("invalid-{round}.csv"));
        let arguments = [
            "write",
            &path("rows.csv"),
            "-o",
            "Contact",
            "-k",
            KEY,
            "--way",
            way,
            "--invalid",
            &invalid,
            "--json",
        ];
        let done = desk.verb(&arguments);
        assert_eq!(done.status.code(), Some(3), "{done:?}");
        let run = json(&done);
        let counts = ["read", "invalid", "written", "refused", "unsent"].map(|it| run[it].clone());
        assert_eq!(counts, [300, 3, 297, 0, 0].map(Value::from), "{run}");
        assert_eq!(run["created"], if round == 0 { 297 } else { 0 }, "{way}");
        let text = std::fs::read_to_string(&invalid).unwrap();
        assert_eq!(text.lines().count(), 4, "{text}");
    }
    let made = desk.rows("SELECT Id FROM Contact WHERE SFW_Key__c LIKE 'w-%'");
    assert_eq!(made.len(), 297);
    let insert = desk.verb(&["write", &path("rows.csv"), "-o", "Contact", "--insert"]);
    assert_eq!(insert.status.code(), Some(2), "{insert:?}");
    let said = String::from_utf8_lossy(&insert.stderr).into_owned();
    assert!(said.contains("--yes"), "{said}");
}
