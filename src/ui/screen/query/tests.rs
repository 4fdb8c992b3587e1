use serde_json::json;

use crate::app::testkit::driver::Driver;
use crate::app::testkit::page::{form, record, searching};
use crate::domain::failure::Failure;
use crate::job::{Job, Reply, Rows};
use crate::ui::testkit::picture;

fn asked(soql: &str) -> Driver {
    let mut it = searching();
    it.reply(Reply::Described(std::sync::Arc::new(form())));
    it.press("Esc g q");
    it.paste(soql);
    it
}

fn ready() -> Driver {
    let mut it = asked(
        "SELECT Id, Name, Title, Account.Name, MobilePhone, LastModifiedDate FROM Contact ORDER BY Name",
    );
    it.press("Enter");
    let rows = [
        ("Lena Ortiz", "Head of IT", "Acme Holdings plc"),
        ("Piotr Nowak", "会議の担当", "Acme Holdings plc"),
        ("Evil \u{202e}txt\u{1b}[2J", "", "Holdings Trust AG"),
    ];
    let records = rows.iter().enumerate().map(|(at, (name, title, account))| {
        let id = format!("003000000{at:06}");
        record(
            "Contact",
            &id,
            json!({"Id": id, "Name": name, "Title": title, "Account": {"Name": account},
                "MobilePhone": null, "LastModifiedDate": "2026-11-12T09:14:07.000+0000"}),
        )
    });
    let rows = Rows {
        total: 1240,
        records: records.collect(),
        next: Some("/more".to_owned()),
    };
    let (job, _) = it.last(|job| matches!(job, Job::Query { .. }));
    it.answer(job, Reply::Rows(rows));
    it
}

#[test]
fn before_anything_was_asked() {
    insta::assert_snapshot!(picture(&asked(""), 80, 24));
}

#[test]
fn words_are_offered_while_typing() {
    let it = asked("SELECT Id, Na");
    let mut it = it;
    it.paste(" FROM Contact WHERE M");
    insta::assert_snapshot!(picture(&it, 80, 24));
}

#[test]
fn rows_with_marks_and_the_next_page_on_its_way() {
    let mut it = ready();
    it.press("Space l l");
    for (columns, rows) in [(60, 15), (80, 24), (120, 40)] {
        insta::assert_snapshot!(
            format!("rows_{columns}x{rows}"),
            picture(&it, columns, rows)
        );
    }
}

#[test]
fn a_refused_query_says_why() {
    let mut it = asked("SELECT Nme FROM Contact");
    it.press("Enter");
    let (job, _) = it.last(|job| matches!(job, Job::Query { .. }));
    let failure = Failure::input(
        "SELECT Nme FROM Contact\n       ^\nERROR at Row:1:Column:8\nNo such column 'Nme' on entity 'Contact'.",
    );
    it.answer(job, Reply::Failed(failure));
    insta::assert_snapshot!(picture(&it, 80, 24));
}
