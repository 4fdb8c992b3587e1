//! A checked file and a run, made up.

use jiff::Timestamp;

use crate::domain::block::prepared::{
    Counts, Finding, Part, PartColumn, Prepared, RowNumber, Skipped, Source, Weight,
};
use crate::domain::block::run::{Pace, Run, RunNumber, RunState, Tally};
use crate::domain::block::{Block, Operation, Way};
use crate::domain::schema::FieldType;

fn block() -> Block {
    Block {
        key: Some("SFW_Key__c".to_owned()),
        ..Block::new("Contact", Operation::Upsert)
    }
}

fn column(from: &str, header: &str, kind: FieldType) -> PartColumn {
    PartColumn {
        header: header.to_owned(),
        from: from.to_owned(),
        field: header.to_owned(),
        kind,
        parent: None,
        is_key: header == "SFW_Key__c",
    }
}

fn finding(column: &str, problem: &str, example: &str, suggestion: &str, rows: u64) -> Finding {
    Finding {
        column: column.to_owned(),
        field: column.to_owned(),
        weight: Weight::Invalid,
        problem: problem.to_owned(),
        suggestion: suggestion.to_owned(),
        example: example.to_owned(),
        rows,
        first: (1..=rows.min(5)).map(|row| RowNumber(row * 71)).collect(),
    }
}

/// 12,480 rows of leads, 89 of them invalid.
pub(crate) fn prepared() -> Prepared {
    Prepared {
        block: block(),
        folder: "/state/blocks/1".into(),
        source: Source {
            name: "leads.csv".to_owned(),
            bytes: 3_100_000,
            form: "CSV, UTF-8, comma".to_owned(),
        },
        columns: vec![
            column("key", "SFW_Key__c", FieldType::String),
            column("mail", "Email", FieldType::Email),
            column("born", "Birthdate", FieldType::Date),
        ],
        parts: vec![Part {
            number: 1,
            rows: 12_391,
            bytes: 3_000_000,
        }],
        counts: Counts {
            read: 12_480,
            ready: 12_391,
            invalid: 89,
            repeated: 3,
            mended: 12,
        },
        findings: vec![
            finding(
                "mail",
                "not an e-mail address",
                "bob@",
                "write name@example.com",
                71,
            ),
            finding(
                "born",
                "day and month could be mixed up",
                "03/04/2026",
                "write 2026-02-28, or say the order of day and month (--dates)",
                15,
            ),
            finding(
                "key",
                "same key as another row",
                "K-0088",
                "row 1204 has it, too",
                3,
            ),
        ],
        skipped: vec![Skipped {
            column: "score".to_owned(),
            why: "no field `score` on Contact; did you mean `NPS__c`?".to_owned(),
            doubtful: true,
        }],
        notes: vec!["rows that make a record will fail without `LastName`".to_owned()],
        stop: None,
        invalid_file: Some("/data/leads.invalid.csv".into()),
    }
}

/// A run of that file with so many rows written.
pub(crate) fn run(number: i64, state: RunState, ok: u64) -> Run {
    Run {
        number: RunNumber(number),
        block: block(),
        source: "leads.csv".to_owned(),
        folder: "/state/blocks/1".into(),
        connection: "demo".to_owned(),
        org_id: "00D000000000001AAA".to_owned(),
        way: Way::Bulk,
        state,
        in_hand: state == RunState::Running,
        counts: prepared().counts,
        tally: Tally {
            ok,
            created: ok / 2,
            failed: 4,
            ..Tally::default()
        },
        step: "uploading part 1 of 1".to_owned(),
        job: Some("750000000000001AAA".to_owned()),
        failure: None,
        errors: "leads".to_owned(),
        calls: 14,
        created: Timestamp::UNIX_EPOCH,
        changed: Timestamp::UNIX_EPOCH,
        pace: Some(Pace {
            rows_a_minute: 2280,
            left: std::time::Duration::from_secs(122),
        }),
    }
}
