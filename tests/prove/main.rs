//! The promises, each as a named test that injects its faults and counts what they cost.
//!
//! `cargo test` runs a quick tier. `just prove` runs the full counts and ends with the
//! table: promise, faults injected, lost, doubled, verdict.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a proof fails by saying what it expected"
)]
#![cfg_attr(not(feature = "demo"), allow(dead_code, unused_imports))]

#[cfg(feature = "demo")]
mod child;
#[cfg(feature = "demo")]
#[allow(dead_code, reason = "shared with the scenarios")]
#[path = "../support/desk.rs"]
mod desk;
mod fuzz;
#[cfg(feature = "demo")]
mod killed;
#[cfg(feature = "demo")]
#[allow(dead_code, reason = "one rig for all proofs")]
mod line;
#[cfg(feature = "demo")]
#[allow(dead_code, reason = "shared with the measurements")]
#[path = "../support/org.rs"]
mod org;
#[cfg(feature = "demo")]
mod p01_kill;
#[cfg(feature = "demo")]
mod p02_lost_replies;
#[cfg(feature = "demo")]
mod p03_unknown;
#[cfg(feature = "demo")]
mod p09_rows;
#[cfg(feature = "demo")]
mod p10_bulk;
#[cfg(feature = "demo")]
mod p12_hang_up;
#[cfg(feature = "demo")]
mod p13_terminal;
#[cfg(feature = "demo")]
mod p14_full_disk;
mod p18_replies;
#[cfg(feature = "demo")]
mod p21_forged_screens;
#[cfg(feature = "demo")]
#[path = "../support/parts.rs"]
mod parts;
mod proof;
#[cfg(feature = "demo")]
#[allow(dead_code, reason = "shared with the measurements")]
#[path = "../support/terminal.rs"]
mod pty;
#[cfg(feature = "demo")]
#[allow(dead_code, reason = "one rig for all proofs")]
mod rig;

use libtest_mimic::{Arguments, Trial};

use proof::{Promise, Table, Tier};

/// Every promise, in the order of its number.
fn promises() -> Vec<Promise> {
    [
        #[cfg(feature = "demo")]
        p01_kill::PROMISES,
        #[cfg(feature = "demo")]
        p02_lost_replies::PROMISES,
        #[cfg(feature = "demo")]
        p03_unknown::PROMISES,
        #[cfg(feature = "demo")]
        p09_rows::PROMISES,
        #[cfg(feature = "demo")]
        p10_bulk::PROMISES,
        #[cfg(feature = "demo")]
        p12_hang_up::PROMISES,
        #[cfg(feature = "demo")]
        p13_terminal::PROMISES,
        #[cfg(feature = "demo")]
        p14_full_disk::PROMISES,
        p18_replies::PROMISES,
        #[cfg(feature = "demo")]
        p21_forged_screens::PROMISES,
    ]
    .concat()
}

fn main() {
    #[cfg(feature = "demo")]
    if child::is_one() {
        return;
    }
    let arguments = Arguments::from_args();
    let tier = Tier::chosen();
    let table = Table::default();
    let trials = promises()
        .into_iter()
        .map(|promise| {
            let table = table.clone();
            Trial::test(promise.name, move || table.prove(promise, tier))
        })
        .collect();
    let done = libtest_mimic::run(&arguments, trials);
    table.print(tier);
    done.exit();
}
