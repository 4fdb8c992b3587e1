use serde_json::json;

use super::*;
use crate::app::msg::View;
use crate::app::testkit::LENA;
use crate::app::testkit::driver::Driver;
use crate::app::testkit::page::{form, record, searching};
use crate::domain::failure::Failure;
use crate::domain::record::Record;
use crate::job::Rows;

fn asking() -> Driver {
    let mut it = searching();
    it.press("Esc g q");
    assert_eq!(it.app.view, View::Query);
    it
}

fn screen(it: &Driver) -> &QueryScreen {
    &it.app.query
}

fn contacts(count: usize) -> Vec<Record> {
    (0..count)
        .map(|at| {
            let id = format!("003000000{at:06}");
            record("Contact", &id, json!({"Id": id, "Name": format!("N{at}")}))
        })
        .collect()
}

fn queries(it: &Driver) -> Vec<(JobId, Job)> {
    it.all(|job| matches!(job, Job::Query { .. }))
}

fn answer_rows(it: &mut Driver, records: Vec<Record>, total: u64, next: Option<&str>) {
    let (job, _) = queries(it).pop().expect("a query was asked");
    let rows = Rows {
        total,
        records,
        next: next.map(str::to_owned),
    };
    it.answer(job, Reply::Rows(rows));
}

fn run(it: &mut Driver, soql: &str) {
    it.paste(soql);
    it.press("Enter");
}

#[test]
fn enter_asks_once_and_the_rows_take_the_keys() {
    let mut it = asking();
    run(&mut it, "SELECT Id, Name FROM Contact");
    assert_eq!(queries(&it).len(), 1);
    answer_rows(&mut it, contacts(3), 3, None);
    assert_eq!(screen(&it).focus, Focus::Rows);
    it.press("j Enter");
    assert_eq!(
        it.app.record().map(|it| it.link().name.as_str()),
        Some("N1")
    );
    it.press("Esc");
    assert_eq!(it.app.view, View::Query, "back leads to the rows");
}

#[test]
fn rows_that_come_while_typing_on_leave_the_keys_to_the_line() {
    let mut it = asking();
    run(&mut it, "SELECT Id FROM Contact");
    it.type_text(" LIMIT 1");
    answer_rows(&mut it, contacts(3), 3, None);
    assert_eq!(screen(&it).focus, Focus::Line);
    assert!(!screen(&it).is_current());
}

#[test]
fn the_next_page_is_read_once_and_before_it_is_needed() {
    let mut it = asking();
    run(&mut it, "SELECT Id FROM Contact");
    answer_rows(&mut it, contacts(2000), 5000, Some("/more"));
    assert_eq!(queries(&it).len(), 1);
    it.press("G k k");
    let asked = queries(&it);
    assert_eq!(asked.len(), 2, "asked once");
    assert!(matches!(&asked[1].1, Job::Query { next: Some(next), .. } if next == "/more"));
    answer_rows(&mut it, contacts(10), 5000, None);
    let grid = screen(&it).rows.value().expect("rows");
    assert_eq!((grid.rows.len(), grid.total), (2010, 5000));
}

#[test]
fn a_refused_query_keeps_what_was_typed_and_what_was_read() {
    let mut it = asking();
    run(&mut it, "SELECT Id FROM Contact");
    answer_rows(&mut it, contacts(3), 3, None);
    it.press("Tab");
    it.type_text(" WHERE");
    it.press("Enter");
    let (job, _) = queries(&it).pop().expect("a query");
    it.answer(job, Reply::Failed(Failure::input("unexpected token")));
    assert_eq!(screen(&it).focus, Focus::Line);
    assert_eq!(screen(&it).line.text(), "SELECT Id FROM Contact WHERE");
    assert!(screen(&it).rows.failure().is_some() && screen(&it).rows.value().is_some());
}

#[test]
fn queries_run_before_come_back_newest_first_and_once_each() {
    let mut it = asking();
    let (job, _) = it.last(|job| *job == Job::Queries);
    it.answer(job, Reply::Queries(vec!["SELECT Id FROM Lead".to_owned()]));
    for soql in [
        "SELECT Id FROM Case",
        "SELECT Id FROM Account",
        "SELECT Id FROM Case",
    ] {
        run(&mut it, soql);
        it.press("C-u");
    }
    let Job::KeepQueries(kept) = it.last(|job| matches!(job, Job::KeepQueries(_))).1 else {
        unreachable!()
    };
    assert_eq!(
        kept,
        [
            "SELECT Id FROM Case",
            "SELECT Id FROM Account",
            "SELECT Id FROM Lead"
        ]
    );
    it.press("Up");
    assert_eq!(screen(&it).line.text(), kept[0]);
    it.press("Up Up Up");
    assert_eq!(screen(&it).line.text(), kept[2]);
    it.press("Down Down Down");
    assert_eq!(screen(&it).line.text(), "");
}

#[test]
fn tab_takes_objects_and_fields_and_asks_for_what_it_does_not_know() {
    let mut it = asking();
    it.type_text("SELECT  FROM Con");
    it.press("Tab");
    assert_eq!(screen(&it).line.text(), "SELECT  FROM Contact ");
    let asked = it.all(|job| matches!(job, Job::Describe { object, .. } if object == "Contact"));
    assert!(asked.is_empty(), "only where a field is wanted");
    for _ in 0..14 {
        it.press("Left");
    }
    it.type_text("e");
    let (job, _) =
        it.last(|job| matches!(job, Job::Describe { object, .. } if object == "Contact"));
    it.answer(job, Reply::Described(std::sync::Arc::new(form())));
    let words: Vec<&str> = screen(&it)
        .offers
        .words
        .iter()
        .map(|it| it.word.as_str())
        .collect();
    assert_eq!(words.first(), Some(&"Email"), "{words:?}");
    it.press("Tab");
    assert_eq!(screen(&it).line.text(), "SELECT Email FROM Contact ");
}

#[test]
fn a_row_without_an_id_says_why_it_does_not_open() {
    let mut it = asking();
    run(&mut it, "SELECT COUNT(Id) n FROM Contact GROUP BY Name");
    let row = Record {
        object: "AggregateResult".to_owned(),
        id: None,
        fields: json!({"n": 3}).as_object().cloned().expect("an object"),
    };
    answer_rows(&mut it, vec![row], 1, None);
    it.press("Enter");
    assert!(it.said().contains("SELECT Id"), "{}", it.said());
}

#[test]
fn keys_of_a_record_work_on_the_row_and_not_in_the_line() {
    let mut it = asking();
    it.type_text("c");
    assert_eq!(screen(&it).line.text(), "c", "letters are typed");
    it.press("C-u");
    run(&mut it, "SELECT Id, Name FROM Contact");
    let lena = record("Contact", LENA, json!({"Name": "Lena Ortiz"}));
    answer_rows(&mut it, vec![lena], 1, None);
    it.press("c");
    it.log();
}
