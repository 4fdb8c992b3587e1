use std::io::Write;

use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::domain::block::prepared::{Counts, Prepared, Source};
use crate::domain::block::refused::{RefusedId, Selection};
use crate::domain::block::run::Doubles;
use crate::domain::block::{Block, Operation, Way};
use crate::domain::schema::FieldType;
use crate::store::block::{NewRun, Runs, Step};

/// A part of so many rows and a run that has its results.
struct Desk {
    dir: tempfile::TempDir,
    runs: Runs,
    joining: Joining,
}

fn clock() -> Timestamp {
    Timestamp::UNIX_EPOCH
}

fn column(header: &str, is_key: bool) -> PartColumn {
    PartColumn {
        header: header.to_owned(),
        from: header.to_owned(),
        field: header.to_owned(),
        kind: FieldType::String,
        parent: None,
        is_key,
    }
}

/// The text of a row; without a key every third is like the first.
fn cells(place: usize, keyed: bool) -> [String; 2] {
    match keyed {
        true => [format!("k-{place}"), format!("n, \"{place}\"")],
        false => [format!("k-{}", place % 3), "same".to_owned()],
    }
}

fn csv(path: &Path, rows: &[Vec<String>]) {
    let mut out = csv::Writer::from_path(path).unwrap();
    rows.iter().for_each(|row| out.write_record(row).unwrap());
    out.flush().unwrap();
}

impl Desk {
    fn new(rows: usize, keyed: bool) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let part = Part {
            number: 1,
            rows: rows as u64,
            bytes: 1,
        };
        let mut lines = vec![vec!["Key__c".to_owned(), "LastName".to_owned()]];
        lines.extend((0..rows).map(|place| cells(place, keyed).to_vec()));
        csv(&dir.path().join(part.csv_file()), &lines);
        let mut numbers = File::create(dir.path().join(part.rows_file())).unwrap();
        for place in 0..rows as u64 {
            numbers.write_all(&(place + 100).to_le_bytes()).unwrap();
        }
        let columns = vec![column("Key__c", keyed), column("LastName", false)];
        let prepared = Prepared {
            block: Block::new("Contact", Operation::Insert),
            folder: dir.path().to_owned(),
            source: Source::default(),
            columns: columns.clone(),
            parts: vec![part.clone()],
            counts: Counts::default(),
            findings: Vec::new(),
            skipped: Vec::new(),
            notes: Vec::new(),
            stop: None,
            invalid_file: None,
        };
        let runs = Runs::open(&dir.path().join("state"), clock).unwrap();
        let kept = runs
            .insert(&NewRun {
                prepared: &prepared,
                connection: "env",
                org_id: "00D",
                way: Way::Bulk,
                errors: "e",
                doubles: Doubles::Fine,
            })
            .unwrap();
        let row = runs.parts(kept.run.number).unwrap().remove(0);
        let results = ["written", "refused", "unsent"].map(|name| dir.path().join(name));
        let joining = Joining {
            run: kept.run,
            columns,
            part,
            row,
            results,
        };
        Self { dir, runs, joining }
    }

    /// Writes the org's answers: places of rows by what became of them, in that order,
    /// the columns turned round.
    fn answer(&self, keyed: bool, told: [&[usize]; 3]) {
        for (which, places) in told.into_iter().enumerate() {
            let head: &[&str] = match which {
                0 => &["sf__Id", "sf__Created", "LASTNAME", "key__c"],
                1 => &["sf__Id", "sf__Error", "LastName", "Key__c"],
                _ => &["LastName", "Key__c"],
            };
            let mut lines: Vec<Vec<String>> =
                vec![head.iter().map(|it| (*it).to_owned()).collect()];
            for place in places {
                let [key, name] = cells(*place, keyed);
                let mut line = match which {
                    0 => vec!["003".to_owned(), "true".to_owned()],
                    1 => vec![String::new(), format!("CODE_{place}:no:Field --")],
                    _ => Vec::new(),
                };
                line.extend([name, key]);
                lines.push(line);
            }
            csv(&self.joining.results[which], &lines);
        }
    }

    fn join(self) -> (PartRow, Vec<(u64, RefusedState, String)>) {
        let row = join(&self.runs, self.joining).unwrap();
        let page = self
            .runs
            .refused_page(&Selection::default(), RefusedId(0), 10_000)
            .unwrap();
        let mut kept: Vec<_> = page
            .rows
            .into_iter()
            .map(|row| (row.row.0, row.state, row.failure.code))
            .collect();
        kept.sort_by_key(|(row, ..)| *row);
        drop(self.dir);
        (row, kept)
    }
}

#[test]
fn rows_are_joined_by_key_whatever_order_rows_and_columns_have() {
    let desk = Desk::new(5, true);
    desk.answer(true, [&[4, 0], &[3, 1], &[2]]);
    let (row, kept) = desk.join();
    assert_eq!((row.ok, row.created, row.failed), (2, 2, 2));
    assert_eq!((row.unprocessed, row.unknown, row.step), (1, 0, Step::Done));
    let codes: Vec<(u64, &str)> = kept
        .iter()
        .map(|(row, _, code)| (*row, code.as_str()))
        .collect();
    assert_eq!(
        codes,
        [(101, "CODE_1"), (102, "NOT_PROCESSED"), (103, "CODE_3")]
    );
}

#[test]
fn rows_that_are_alike_are_told_apart_by_number_only() {
    let desk = Desk::new(9, false);
    desk.answer(false, [&[0, 1, 2, 3], &[6, 4, 7, 5, 8], &[]]);
    let (row, kept) = desk.join();
    assert_eq!((row.ok, row.failed, row.unknown), (4, 5, 0));
    let mut numbers: Vec<u64> = kept.iter().map(|(row, ..)| *row).collect();
    numbers.dedup();
    assert_eq!(numbers.len(), 5, "no row twice");
}

#[test]
fn a_row_that_no_result_names_is_unknown_and_a_stranger_counts_for_nothing() {
    let desk = Desk::new(6, true);
    desk.answer(true, [&[0, 1, 77], &[2, 78], &[3]]);
    let (row, kept) = desk.join();
    assert_eq!(
        (row.ok, row.failed, row.unprocessed, row.unknown),
        (2, 1, 1, 2)
    );
    let missing = kept
        .iter()
        .filter(|(_, state, _)| *state == RefusedState::Unknown);
    assert_eq!(
        missing.map(|(row, ..)| *row).collect::<Vec<_>>(),
        [104, 105]
    );
}

#[test]
fn results_that_are_not_there_leave_every_row_unknown() {
    let (row, kept) = Desk::new(3, true).join();
    assert_eq!((row.ok, row.unknown), (0, 3));
    assert_eq!(kept[0].2, "NOT_IN_RESULTS");
}

#[test]
fn a_row_told_twice_is_counted_once() {
    let desk = Desk::new(4, true);
    desk.answer(true, [&[0, 0, 1], &[1, 2], &[3]]);
    let (row, _) = desk.join();
    assert_eq!(row.settled(), 4, "{row:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever the results hold, every row has exactly one outcome.
    #[test]
    fn the_outcomes_of_any_results_add_up_to_the_part(
        rows in 1..40_usize,
        keyed in any::<bool>(),
        told in proptest::collection::vec((0..3_usize, 0..44_usize), 0..60),
    ) {
        let desk = Desk::new(rows, keyed);
        let of = |which: usize| -> Vec<usize> {
            let mine = told.iter().filter(|(sort, _)| *sort == which);
            mine.map(|(_, place)| *place).collect()
        };
        desk.answer(keyed, [&of(0), &of(1), &of(2)]);
        let (row, kept) = desk.join();
        prop_assert_eq!(row.settled(), rows as u64);
        prop_assert_eq!(kept.len() as u64, rows as u64 - row.ok);
        let mut numbers: Vec<u64> = kept.iter().map(|(row, ..)| *row).collect();
        numbers.dedup();
        prop_assert_eq!(numbers.len(), kept.len());
    }
}
