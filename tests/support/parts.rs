//! A checked file made by hand: parts as checking leaves them.

use std::io::Write;
use std::path::Path;

use sfw_tui::domain::block::Block;
use sfw_tui::domain::block::prepared::{Counts, Part, PartColumn, Prepared, Source};
use sfw_tui::domain::schema::FieldType;

/// Columns by header, the key among them where the block has one.
pub fn columns(block: &Block, headers: &[&str]) -> Vec<PartColumn> {
    let column = |header: &&str| PartColumn {
        header: (*header).to_owned(),
        from: (*header).to_owned(),
        field: (*header).to_owned(),
        kind: match *header {
            "Id" => FieldType::Id,
            "DoNotCall" => FieldType::Boolean,
            "NPS__c" => FieldType::Double,
            _ => FieldType::String,
        },
        parent: None,
        is_key: block.key.as_deref() == Some(*header),
    };
    headers.iter().map(column).collect()
}

/// Parts with those rows, `per_part` each; rows are numbered from 1.
pub fn prepared(
    folder: &Path,
    block: &Block,
    headers: &[&str],
    rows: &[Vec<String>],
    per_part: usize,
) -> Prepared {
    std::fs::create_dir_all(folder).expect("a folder");
    let mut parts = Vec::new();
    let mut number = 0_u64;
    for chunk in rows.chunks(per_part) {
        let mut part = Part {
            number: u32::try_from(parts.len() + 1).expect("few parts"),
            rows: chunk.len() as u64,
            bytes: 0,
        };
        let path = folder.join(part.csv_file());
        let mut csv = csv::Writer::from_path(&path).expect("a part");
        let mut numbers = std::fs::File::create(folder.join(part.rows_file())).expect("a file");
        csv.write_record(headers).expect("a header");
        for row in chunk {
            number += 1;
            csv.write_record(row).expect("a row");
            numbers.write_all(&number.to_le_bytes()).expect("a number");
        }
        csv.flush().expect("the disk takes it");
        part.bytes = std::fs::metadata(&path).expect("a part").len();
        parts.push(part);
    }
    Prepared {
        block: block.clone(),
        folder: folder.to_owned(),
        source: Source {
            name: "contacts.csv".to_owned(),
            ..Source::default()
        },
        columns: columns(block, headers),
        parts,
        counts: Counts {
            read: number,
            ready: number,
            ..Counts::default()
        },
        findings: Vec::new(),
        skipped: Vec::new(),
        notes: Vec::new(),
        stop: None,
        invalid_file: None,
    }
}
