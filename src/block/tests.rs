//! Whole files, checked: what is ready, what is not, and that every row is counted.

pub(super) mod kit;

use super::*;
use crate::domain::block::prepared::Weight;
use crate::domain::block::{Blank, Repeated};
use kit::{Run, block, run};

const HEADER: &str = "Key__c,LastName,Email,Birthdate\n";

fn findings(run: &Run) -> Vec<(String, String, u64)> {
    let told = run.prepared.findings.iter();
    told.map(|found| (found.column.clone(), found.problem.clone(), found.rows))
        .collect()
}

#[test]
fn good_rows_are_ready_and_bad_ones_go_to_a_file_with_their_reasons() {
    let text = format!(
        "{HEADER}K1,Ortiz,lena@example.com,1980-02-29\nK2,,bob@,31/02/25\nK3,\"O,K\",,\n,Nobody,,\n"
    );
    let run = run(&text, block());
    let counts = run.prepared.counts;
    assert_eq!((counts.read, counts.ready, counts.invalid), (4, 2, 2));
    assert!(counts.is_complete());
    assert_eq!(
        run.part(1),
        "Key__c,LastName,Email,Birthdate\nK1,Ortiz,lena@example.com,1980-02-29\nK3,\"O,K\",,\n"
    );
    assert_eq!(run.rows(1), [1, 3]);
    let invalid = run.invalid();
    assert!(
        invalid.contains("LastName: required field is empty"),
        "{invalid}"
    );
    assert!(
        invalid.contains("| Email: not an e-mail address"),
        "{invalid}"
    );
    assert!(invalid.contains("\n4,Key__c: no key"), "{invalid}");
    assert_eq!(run.prepared.stop, None);
}

#[test]
fn the_invalid_file_once_mended_goes_through_and_keeps_its_columns() {
    let first = run(&format!("{HEADER}K1,,,\nK2,Ok,,\n"), block());
    let mended = first.invalid().replace("K1,,,", "K1,Now,,");
    let second = run(&mended, block());
    assert_eq!(second.prepared.counts.ready, 1);
    assert_eq!(
        second.part(1),
        "Key__c,LastName,Email,Birthdate\nK1,Now,,\n"
    );
    assert_eq!(
        second.invalid().lines().next().unwrap(),
        "sfw_row,sfw_problems,Key__c,LastName,Email,Birthdate"
    );
}

#[test]
fn rows_that_share_a_key_are_found_before_anything_is_sent() {
    let text = format!("{HEADER}K1,A,,\nk1,B,,\nK2,C,,\nK1,D,,\n");
    for (rule, ready, invalid) in [
        (Repeated::Reject, "K2,C,,\n", vec![1, 2, 4]),
        (Repeated::First, "K1,A,,\nK2,C,,\n", vec![2, 4]),
        (Repeated::Last, "K2,C,,\nK1,D,,\n", vec![1, 2]),
    ] {
        let run = run(
            &text,
            Block {
                repeated: rule,
                ..block()
            },
        );
        assert_eq!(run.part(1), format!("{HEADER}{ready}"), "{rule:?}");
        assert_eq!(run.invalid_rows(), invalid, "{rule:?}");
        let counts = run.prepared.counts;
        assert!(
            counts.is_complete() && counts.repeated == counts.invalid,
            "{rule:?}"
        );
        assert_eq!(findings(&run)[0].1, "same key as another row");
    }
}

#[test]
fn blank_cells_mean_what_the_block_says_in_every_form_of_file() {
    let csv = format!("{HEADER}K1,A,,#N/A\n");
    let json = r#"[{"Key__c":"K1","LastName":"A","Email":"","Birthdate":null}]"#;
    let lines = r#"{"Key__c":"K1","LastName":"A","Email":"","Birthdate":null}"#;
    for text in [csv.as_str(), json, lines] {
        let run = run(text, block());
        assert_eq!(run.part(1), format!("{HEADER}K1,A,,#N/A\n"), "{text}");
    }
    let clear = || Block {
        blank: Blank::Clear,
        ..block()
    };
    assert_eq!(
        run(&csv, clear()).part(1),
        format!("{HEADER}K1,A,#N/A,#N/A\n")
    );
    // What an object does not mention stays as it is whatever blanks mean.
    let absent = r#"[{"Key__c":"K1","LastName":"A"},{"Key__c":"K2","LastName":"B","Email":""}]"#;
    let run = run(absent, clear());
    assert_eq!(run.part(1), "Key__c,LastName,Email\nK1,A,\nK2,B,#N/A\n");
}

#[test]
fn a_broken_file_stops_with_its_place_and_outputs_are_complete_up_to_there() {
    let cases = [
        (
            format!("{HEADER}K1,A,,\nK2,\"B,,\nK3,C,,\n"),
            "row 2 (line 3), column 2 `LastName`: a quote is opened",
        ),
        (
            format!("{HEADER}K1,A,,\nK2,\"B\"x,,\n"),
            "row 2 (line 3), column 2 `LastName`: text follows",
        ),
        (
            "[{\"Key__c\":\"K1\",\"LastName\":\"A\"},x]".to_owned(),
            "row 2 (line 1): an object was expected",
        ),
    ];
    for (text, why) in cases {
        let broken = if text.starts_with('[') {
            // Columns are looked for first, over the whole file.
            let failure = kit::failure(&text, block());
            assert!(failure.contains(why), "{failure}");
            continue;
        } else {
            run(&text, block())
        };
        let stop = broken.prepared.stop.clone().unwrap();
        assert!(stop.starts_with(why), "{stop}");
        assert_eq!(broken.part(1), format!("{HEADER}K1,A,,\n"));
        assert_eq!(broken.invalid().lines().count(), 1);
        assert!(broken.prepared.counts.is_complete());
    }
}

#[test]
fn bytes_of_another_encoding_are_told_or_read_as_what_they_are() {
    let mut late = HEADER.as_bytes().to_vec();
    for row in 0..20_000 {
        late.extend_from_slice(format!("K{row},Ortiz,,\n").as_bytes());
    }
    late.extend_from_slice(b"L,Zo\xeb,,\n");
    let run = kit::run_bytes(&late, block());
    let stop = run.prepared.stop.clone().unwrap();
    assert!(
        stop.starts_with("row 20001 (line 20002), column 2 `LastName`: byte 0xeb is not UTF-8"),
        "{stop}"
    );
    assert_eq!(run.prepared.counts.ready, 20_000);
    let early = kit::run_bytes(b"Key__c,LastName\nK,Zo\xeb\n", block());
    assert_eq!(early.part(1), "Key__c,LastName\nK,Zoë\n");
    assert_eq!(early.prepared.source.form, "CSV, Windows-1252, comma");
}

#[test]
fn rows_of_a_wrong_shape_are_invalid_one_by_one() {
    let text = format!("{HEADER}K1,A\nK2,B,,,extra\nK3,C\0,,\nK4,D,,\n");
    let run = run(&text, block());
    assert_eq!(run.prepared.counts.ready, 1);
    assert_eq!(run.invalid_rows(), [1, 2, 3]);
    assert!(run.invalid().contains("it has 2, the header 4"));
    assert!(run.invalid().contains("LastName: has a NUL byte"));
}

#[test]
fn ids_of_another_object_stop_the_run() {
    let text = "Id,LastName\n003000000000001AAA,A\n001000000000001AAA,B\n";
    let update = Block {
        operation: Operation::Update,
        key: None,
        ..block()
    };
    let run = run(text, update);
    let stop = run.prepared.stop.clone().unwrap();
    assert!(
        stop.contains("row 2: `001000000000001AAA` is an id of Account"),
        "{stop}"
    );
    assert_eq!(run.prepared.block.key.as_deref(), Some("Id"));
}

#[test]
fn only_the_first_rows_are_read_where_a_trial_is_wanted() {
    let mut trial = block();
    trial.read.first = Some(2);
    let run = run(&format!("{HEADER}K1,A,,\nK2,B,,\nK3,C,,\n"), trial);
    assert_eq!(run.prepared.counts.read, 2);
}

#[test]
fn without_validation_only_what_would_break_a_job_is_checked() {
    let text = format!("{HEADER}K1,,nonsense,tomorrow\n,x,,\nK1,y,,\n");
    let unchecked = Block {
        validate: false,
        repeated: Repeated::First,
        ..block()
    };
    let run = run(&text, unchecked);
    assert_eq!(run.part(1), format!("{HEADER}K1,,nonsense,tomorrow\n"));
    assert_eq!(run.invalid_rows(), [2, 3]);
}

#[test]
fn parts_stay_under_their_size_and_keep_every_row() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = part::PartWriter::new(folder.path(), ["A"].into_iter()).with_most_bytes(20);
    for number in 1..=10u64 {
        writer
            .buffer
            .extend_from_slice(format!("row-{number}\n").as_bytes());
        writer.commit(number).unwrap();
    }
    let parts = writer.finish().unwrap();
    let mut numbers = Vec::new();
    for part in &parts {
        let csv = fs::read(folder.path().join(part.csv_file())).unwrap();
        assert_eq!(csv.len() as u64, part.bytes);
        assert!(part.bytes <= 20 && csv.starts_with(b"A\n"));
        let rows = fs::read(folder.path().join(part.rows_file())).unwrap();
        numbers.extend(crate::domain::block::prepared::row_numbers(&rows).map(|row| row.0));
    }
    assert_eq!(numbers, (1..=10).collect::<Vec<u64>>());
}

#[test]
fn findings_name_column_problem_example_and_rows() {
    let text = format!("{HEADER}K1,A,bob@,\nK2,B,tim@,\nK3,C,,2026-13-01\n");
    let run = run(&text, block());
    let first = &run.prepared.findings[0];
    assert_eq!((first.column.as_str(), first.rows), ("Email", 2));
    assert_eq!(first.example, "bob@");
    assert_eq!(
        first.first.iter().map(|row| row.0).collect::<Vec<_>>(),
        [1, 2]
    );
    assert!(
        run.prepared
            .findings
            .iter()
            .all(|found| found.weight == Weight::Invalid)
    );
}

#[test]
fn the_invalid_file_never_replaces_the_input() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rows.csv");
    fs::write(&file, format!("{HEADER}K1,A,,\n")).unwrap();
    let block = Block {
        invalid: Some(file.clone()),
        ..block()
    };
    let opened = open(&Input::File(file.clone()), block, folder.path()).unwrap();
    let failure = opened
        .prepare(&kit::describes(), folder.path(), &mut |_| {
            ControlFlow::Continue(())
        })
        .unwrap_err();
    assert!(
        failure.message.contains("it is being read"),
        "{}",
        failure.message
    );
    assert_eq!(
        fs::read_to_string(&file).unwrap(),
        format!("{HEADER}K1,A,,\n")
    );
}

#[test]
fn a_check_can_be_broken_off() {
    let folder = tempfile::tempdir().unwrap();
    let text = Input::Text(format!("{HEADER}{}", "K,A,,\n".repeat(10_000)));
    let opened = open(&text, block(), folder.path()).unwrap();
    let failure = opened
        .prepare(&kit::describes(), folder.path(), &mut |_| {
            ControlFlow::Break(())
        })
        .unwrap_err();
    assert!(failure.message.contains("broken off"));
    assert!(!folder.path().join(PREPARED_FILE).exists());
}
