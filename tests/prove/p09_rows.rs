//! P9: whatever the org answers for 1 to 200 rows, each row has exactly one outcome, and
//! the right one.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use sfw_tui::domain::block::refused::{RefusedId, RefusedJob, Selection};
use sfw_tui::domain::block::run::{Doubles, RunJob, RunState, Start};
use sfw_tui::domain::block::{Block, Operation, Way};
use sfw_tui::job::{Job, Reply};

use crate::fuzz::Random;
use crate::line::{Fate, Heard};
use crate::parts;
use crate::proof::{Cost, Promise, Tier};
use crate::rig::{Place, Seat};

/// What this file proves.
pub const PROMISES: &[Promise] = &[Promise {
    name: "p09_every_row_is_accounted_for",
    says: "every row has one outcome, the right one",
    proof,
}];

/// Rows of a run.
const ROWS: usize = 500;

fn proof(tier: Tier) -> Cost {
    let arrays = tier.of(150, 10_000);
    let place = Place::in_memory();
    let seat = place.seat("rows", Default::default());
    let mut cost = Cost::default();
    let answered = Arc::new(AtomicU64::new(0));
    let mut runs = 0;
    while answered.load(Ordering::SeqCst) < arrays {
        runs += 1;
        let operation = match runs % 3 {
            0 => Operation::Insert,
            1 => Operation::Update,
            _ => Operation::Upsert,
        };
        let own = tried(&place, &seat, (runs, operation), &answered);
        cost.faults += own.faults;
        cost.lost += own.lost;
        cost.doubled += own.doubled;
    }
    let answered = answered.load(Ordering::SeqCst);
    cost.noted(format!(
        "{answered} arrays of answers in {runs} runs of {ROWS} rows"
    ))
}

/// What the org makes of a row: `None` where it is written.
fn refused(seed: u64, row: usize) -> Option<String> {
    let mut random = Random::new(seed * 10_007 + row as u64);
    (random.below(3) == 0).then(|| format!("CODE_{row}"))
}

fn tried(
    place: &Place,
    seat: &Seat,
    (seed, operation): (u64, Operation),
    answered: &Arc<AtomicU64>,
) -> Cost {
    let mut random = Random::new(seed);
    let mut block = Block::new("Contact", operation);
    let key = match operation {
        Operation::Insert => None,
        Operation::Update => Some("Id"),
        _ => Some("SFW_Key__c"),
    };
    block.key = key.map(str::to_owned);
    block.send.way = Way::Collections;
    block.send.batch_size = u16::try_from(random.below(200) + 1).unwrap();
    let rows: Vec<Vec<String>> = (0..ROWS)
        .map(|row| vec![cell(operation, row), format!("row {row}")])
        .collect();
    let headers = [key.unwrap_or("Title"), "LastName"];
    let folder: PathBuf = place.dir.path().join(format!("run-{seed}"));
    let prepared = parts::prepared(&folder, &block, &headers, &rows, random.below(ROWS) + 1);
    let faults = Arc::new(AtomicU64::new(0));
    let unknown: Arc<Mutex<Vec<usize>>> = Arc::default();
    let (met, open, seen) = (
        Arc::clone(&faults),
        Arc::clone(&unknown),
        Arc::clone(answered),
    );
    place
        .line
        .rule(move |heard| answer(heard, (seed, operation), &mut random, (&met, &open, &seen)));
    let doubles = Doubles::Fine;
    let start = RunJob::Start(Box::new(Start { prepared, doubles }));
    let run = match seat.last(Job::Run(start)) {
        Reply::Run(run) => run,
        other => panic!("{other:?}"),
    };
    place.line.rule(|_| Fate::Pass);
    place.clock.rewind();
    assert_eq!(run.state, RunState::Done, "{run:?}");
    let unknown = unknown.lock().unwrap().clone();
    let mut cost = judged(seat, seed, &unknown, run.tally.ok);
    cost.faults = faults.load(Ordering::SeqCst);
    let left = Selection::default();
    seat.run(Job::Refused(RefusedJob::Delete(left)));
    let _ = std::fs::remove_dir_all(folder);
    cost
}

fn cell(operation: Operation, row: usize) -> String {
    match operation {
        Operation::Update => id(row),
        _ => format!("r-{row}"),
    }
}

/// An id that tells its row.
fn id(row: usize) -> String {
    let short = format!("0030000000{row:05}");
    let id: sfw_tui::domain::id::RecordId = short.parse().unwrap();
    id.to_string()
}

type Notes<'a> = (&'a AtomicU64, &'a Mutex<Vec<usize>>, &'a AtomicU64);

fn answer(
    heard: &Heard,
    (seed, operation): (u64, Operation),
    random: &mut Random,
    (faults, unknown, answered): Notes<'_>,
) -> Fate {
    if !heard.path.contains("/composite/sobjects") {
        return Fate::Pass;
    }
    let body: Value = serde_json::from_str(&heard.body).unwrap();
    let rows: Vec<usize> = body["records"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            let name = row["LastName"].as_str().unwrap();
            name.strip_prefix("row ").unwrap().parse().unwrap()
        })
        .collect();
    answered.fetch_add(1, Ordering::SeqCst);
    let mut told: Vec<Value> = rows.iter().map(|row| outcome(seed, *row)).collect();
    let fate = random.below(12);
    let is_bad = match fate {
        0 => told.pop().is_some(),
        1 => {
            told.push(json!({"id": id(99_999), "success": true, "errors": []}));
            true
        }
        // Only rows that name their record can show that the order is another.
        2 if operation == Operation::Update => {
            let written = |row: &usize| refused(seed, *row).is_none();
            let places: Vec<usize> = (0..rows.len()).filter(|at| written(&rows[*at])).collect();
            places.len() > 1 && {
                told.swap(places[0], places[places.len() - 1]);
                true
            }
        }
        3 | 4 => true,
        _ => false,
    };
    if is_bad {
        faults.fetch_add(1, Ordering::SeqCst);
        if operation == Operation::Insert {
            unknown.lock().unwrap().extend(rows);
        }
    }
    match fate {
        3 => Fate::Lost,
        4 => Fate::Say(200, json!({"message": "no list"})),
        _ => Fate::Say(200, Value::Array(told)),
    }
}

fn outcome(seed: u64, row: usize) -> Value {
    match refused(seed, row) {
        None => json!({"id": id(row), "success": true, "errors": []}),
        Some(code) => json!({"success": false,
            "errors": [{"statusCode": code, "message": "no", "fields": ["LastName"]}]}),
    }
}

/// Compares what is kept with what the org said, row by row.
fn judged(seat: &Seat, seed: u64, unknown: &[usize], ok: u64) -> Cost {
    let page = RefusedJob::Page {
        selection: Selection::default(),
        behind: RefusedId(0),
        most: 10_000,
    };
    let page = match seat.last(Job::Refused(page)) {
        Reply::Refused(page) => page,
        other => panic!("{other:?}"),
    };
    let mut kept: BTreeMap<u64, Vec<String>> = BTreeMap::new();
    for row in page.rows {
        kept.entry(row.row.0).or_default().push(row.failure.code);
    }
    let mut cost = Cost::default();
    let mut written = 0;
    for row in 0..ROWS {
        let expected = match unknown.contains(&row) {
            true => Some("OUTCOME_UNKNOWN".to_owned()),
            false => refused(seed, row),
        };
        let found = kept.get(&(row as u64 + 1)).cloned().unwrap_or_default();
        cost.doubled += (found.len() as u64).saturating_sub(1);
        written += u64::from(expected.is_none());
        if found.first() != expected.as_ref() {
            eprintln!("row {row}: {found:?} where {expected:?} was told");
            cost.lost += 1;
        }
    }
    cost.lost += written.abs_diff(ok);
    cost
}
