//! What checking a file for a write block costs: rows a second and peak memory, each size
//! in a process of its own, beside reading and writing the same file without any check.
//! See `benches/README.md`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by saying what it expected"
)]

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::ops::ControlFlow;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use sfw_tui::block::{self, Describes};
use sfw_tui::domain::block::{Block, Input, Operation};
use sfw_tui::domain::schema::{
    Field, FieldType, ObjectForm, ObjectSchema, ObjectSummary, PicklistValue,
};

const SIZES: [u64; 3] = [100_000, 1_000_000, 2_000_000];
/// Of each size; the best counts, since the machine may be busy.
const TRIES: usize = 3;
const ROLE: &str = "SFW_TUI_BENCH_ROLE";

fn main() {
    if let Ok(role) = std::env::var(ROLE) {
        let file = std::env::args().nth(1).expect("a file");
        run(&role, Path::new(&file));
        return;
    }
    println!("| rows | bad | what | s | rows/s | peak MiB |\n|---|---|---|---|---|---|");
    let home = tempfile::tempdir().expect("a folder");
    for rows in SIZES {
        let file = home.path().join("rows.csv");
        write_rows(&file, rows);
        for role in ["limit", "check"] {
            let told: Vec<(f64, f64)> = (0..TRIES).map(|_| child(role, &file)).collect();
            let seconds = told.iter().map(|told| told.0).fold(f64::MAX, f64::min);
            let peak = told.iter().map(|told| told.1).fold(0.0, f64::max);
            #[expect(clippy::cast_precision_loss, reason = "a rate")]
            let rate = rows as f64 / seconds;
            println!("| {rows} | 1 % | {role} | {seconds:.3} | {rate:.0} | {peak:.1} |");
        }
    }
}

/// Seconds and peak MiB of one process.
fn child(role: &str, file: &Path) -> (f64, f64) {
    let program = std::env::current_exe().expect("this program");
    let output = Command::new(program).arg(file).env(ROLE, role).output();
    let text = String::from_utf8(output.expect("it runs").stdout).expect("text");
    let mut numbers = text
        .split_whitespace()
        .map(|word| word.parse().expect("a number"));
    (
        numbers.next().expect("seconds"),
        numbers.next().expect("peak"),
    )
}

fn run(role: &str, file: &Path) {
    let folder = tempfile::tempdir().expect("a folder");
    let start = Instant::now();
    match role {
        "limit" => copy(file, &folder.path().join("copy.csv")),
        _ => check(file, folder.path()),
    }
    let seconds = start.elapsed().as_secs_f64();
    let status = fs::read_to_string("/proc/self/status").expect("status");
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|rest| rest.split_whitespace().next())
        .and_then(|kib| kib.parse::<f64>().ok())
        .expect("peak");
    println!("{seconds} {}", peak / 1024.0);
}

/// Every record parsed and written, nothing looked at, on disk at the end.
fn copy(from: &Path, to: &Path) {
    let mut reader = csv::ReaderBuilder::new()
        .buffer_capacity(1 << 18)
        .has_headers(false)
        .from_path(from)
        .expect("it opens");
    let file = File::create(to).expect("it is made");
    let mut writer = csv::WriterBuilder::new()
        .buffer_capacity(1 << 18)
        .from_writer(file);
    let mut record = csv::ByteRecord::new();
    while reader.read_byte_record(&mut record).expect("a record") {
        writer.write_byte_record(&record).expect("written");
    }
    let file = writer.into_inner().expect("flushed");
    file.sync_data().expect("on disk");
}

fn check(file: &Path, folder: &Path) {
    let block = Block {
        key: Some("Key__c".to_owned()),
        invalid: Some(folder.join("invalid.csv")),
        ..Block::new("Contact", Operation::Upsert)
    };
    let opened = block::open(&Input::File(file.to_owned()), block, folder).expect("it opens");
    let prepared = opened
        .prepare(&describes(), folder, &mut |_| ControlFlow::Continue(()))
        .expect("it is checked");
    assert!(prepared.counts.is_complete() && prepared.stop.is_none());
    assert_eq!(prepared.counts.invalid, prepared.counts.read / 100);
}

/// Ten columns, about 120 bytes a row; one row in a hundred has a bad date.
fn write_rows(path: &Path, rows: u64) {
    let mut file = BufWriter::new(File::create(path).expect("it is made"));
    writeln!(
        file,
        "Key__c,FirstName,LastName,Email,Phone,Birthdate,Score__c,Agreed__c,Source__c,AccountId"
    )
    .expect("written");
    let mut line = String::new();
    for row in 0..rows {
        line.clear();
        let day = if row % 100 == 99 { 31 } else { row % 28 + 1 };
        writeln!(
            line,
            "KEY-{row:09},First{},Lastname{row},person{row}@example.com,+44 20 7946 {:04},19{:02}-02-{day:02},{}.{:02},{},{},001000000000001AAA",
            row % 977,
            row % 10_000,
            50 + row % 50,
            row % 900,
            row % 100,
            row % 2 == 0,
            ["Web", "Phone", "Partner", "Other"][usize::try_from(row % 4).expect("small")],
        )
        .expect("written");
        file.write_all(line.as_bytes()).expect("written");
    }
    file.flush().expect("written");
}

fn field(api_name: &str, kind: FieldType, length: u32) -> Field {
    Field {
        api_name: api_name.to_owned(),
        label: api_name.to_owned(),
        kind,
        length,
        nillable: true,
        createable: true,
        updateable: true,
        ..Field::default()
    }
}

fn describes() -> Describes {
    let object = |name: &str, prefix: &str| ObjectSummary {
        api_name: name.to_owned(),
        key_prefix: Some(prefix.to_owned()),
        ..ObjectSummary::default()
    };
    let values = ["Web", "Phone", "Partner", "Other"].map(|value| PicklistValue {
        value: value.to_owned(),
        label: value.to_owned(),
        active: true,
        ..PicklistValue::default()
    });
    let fields = vec![
        Field {
            external_id: true,
            ..field("Key__c", FieldType::String, 36)
        },
        field("FirstName", FieldType::String, 40),
        Field {
            nillable: false,
            ..field("LastName", FieldType::String, 80)
        },
        field("Email", FieldType::Email, 80),
        field("Phone", FieldType::Phone, 40),
        field("Birthdate", FieldType::Date, 0),
        Field {
            precision: 5,
            scale: 2,
            ..field("Score__c", FieldType::Double, 0)
        },
        field("Agreed__c", FieldType::Boolean, 0),
        Field {
            picklist: values.to_vec(),
            restricted: true,
            ..field("Source__c", FieldType::Picklist, 0)
        },
        Field {
            reference_to: vec!["Account".to_owned()],
            relationship: Some("Account".to_owned()),
            ..field("AccountId", FieldType::Reference, 18)
        },
    ];
    let schema = ObjectSchema {
        summary: object("Contact", "003"),
        fields,
        ..ObjectSchema::default()
    };
    Describes {
        form: Arc::new(ObjectForm {
            schema,
            ..ObjectForm::default()
        }),
        objects: Arc::new(vec![object("Contact", "003"), object("Account", "001")]),
        ..Describes::default()
    }
}
