//! P14: a disk that is full at any byte costs nothing that was called saved.
//!
//! A limit on the size of files stands for the full disk: a write beyond it fails in the
//! middle of whatever file was growing.

use std::path::Path;
use std::process::{Command, Output};

use crate::desk::{Desk, PROGRAM};
use crate::org::TOKEN;
use crate::proof::{Cost, Promise, Tier};

/// What this file proves.
pub const PROMISES: &[Promise] = &[Promise {
    name: "p14_a_full_disk_is_safe",
    says: "a disk full at any block is safe",
    proof,
}];

/// Blocks of 512 bytes up to which the limit is tried: more than all files of a write
/// together.
const BLOCKS: u64 = 400;

/// One verb that writes, and how its rows are counted afterwards.
type Flow = (&'static [&'static str], &'static str);

const FLOWS: [Flow; 3] = [
    (
        &["log", "call", "--to", "Lena Ortiz", "TEXT"],
        "SELECT Id FROM Task WHERE Subject = 'TEXT'",
    ),
    (
        &["create", "Contact", "LastName=TEXT"],
        "SELECT Id FROM Contact WHERE LastName = 'TEXT'",
    ),
    (
        &["log", "task", "--to", "Lena Ortiz", "TEXT", "--when", "fri"],
        "SELECT Id FROM Task WHERE Subject = 'TEXT'",
    ),
];

fn proof(tier: Tier) -> Cost {
    let desk = Desk::new();
    let step = usize::try_from(tier.of(80, 2)).unwrap_or(1);
    let mut cost = Cost::default();
    let mut refused = 0;
    for (flow, (verb, count)) in FLOWS.iter().enumerate() {
        for blocks in (0..=BLOCKS).step_by(step) {
            let home = tempfile::tempdir().expect("a folder");
            let text = format!("full{flow}x{blocks}");
            let verb: Vec<String> = verb
                .iter()
                .map(|word| word.replace("TEXT", &text))
                .collect();
            let done = limited(&desk, home.path(), blocks, &verb);
            let rows = desk.rows(&count.replace("TEXT", &text)).len() as u64;
            cost.faults += 1;
            cost.doubled += rows.saturating_sub(1);
            if done.status.success() {
                cost.lost += u64::from(rows == 0);
            } else {
                assert!(blocks < BLOCKS, "there is room: {done:?}");
                refused += 1;
                explained(&done, rows);
            }
            // What is left on disk can be read once there is room again.
            let after = limited(
                &desk,
                home.path(),
                1 << 20,
                &["search".into(), "lena".into()],
            );
            assert!(after.status.success(), "after {blocks} blocks: {after:?}");
        }
    }
    cost.noted(format!("{refused} writes refused, each with its reason"))
}

/// Runs a verb where no file may grow beyond so many blocks.
fn limited(desk: &Desk, home: &Path, blocks: u64, verb: &[String]) -> Output {
    Command::new("sh")
        .args([
            "-c",
            "trap '' XFSZ; ulimit -f \"$1\"; shift; exec \"$@\"",
            "sh",
        ])
        .arg(blocks.to_string())
        .arg(PROGRAM)
        .args(verb)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", home)
        .env("SFW_TUI_INSTANCE_URL", &desk.org.url)
        .env("SFW_TUI_ACCESS_TOKEN", TOKEN)
        .output()
        .expect("the program runs")
}

/// A verb that failed says why; one that says nothing was sent must be right.
fn explained(done: &Output, rows: u64) {
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(!said.trim().is_empty(), "{done:?}");
    assert!(done.status.code().is_some(), "killed: {done:?}");
    assert!(!said.contains("panicked"), "{said}");
    assert!(rows == 0 || !said.contains("nothing was sent"), "{said}");
}
