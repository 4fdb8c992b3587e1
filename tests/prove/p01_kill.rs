//! P1: what was called saved survives kill -9, at any moment and at every step of the road.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use crate::fuzz::Random;
use crate::killed::{Bench, End, Told};
use crate::proof::{Cost, Promise, Tier};
use crate::rig::Place;

/// What this file proves.
pub const PROMISES: &[Promise] = &[
    Promise {
        name: "p01_what_was_called_saved_survives_kill",
        says: "what was called saved survives kill -9",
        proof: any_moment,
    },
    Promise {
        name: "p01_what_was_called_saved_survives_each_failpoint",
        says: "the same at each step of the road",
        proof: each_step,
    },
];

fn bench(place: &Place, name: String, seed: u64) -> Bench<'_> {
    let role = "work".to_owned();
    Bench {
        place,
        name,
        role,
        seed,
    }
}

fn any_moment(tier: Tier) -> Cost {
    let place = Place::new();
    let mut random = Random::new(1);
    let mut whole = Told::default();
    let first = bench(&place, "whole".to_owned(), 0);
    first.run("", &End::Never, &mut whole);
    assert!(whole.is_done, "unharmed, a child comes to its end");
    let mut cost = first.judge(&whole);
    let longest = usize::try_from(whole.took.as_micros()).expect("a short run");
    let mut told_of = 0;
    for round in 0..tier.of(8, 1_000) {
        let bench = bench(&place, format!("k{round}r"), round);
        let mut told = Told::default();
        // Now and then a second one finds what the first left and is killed, too.
        for life in 0..=random.below(2) {
            let wait = Duration::from_micros(random.below(longest) as u64);
            bench.run(&format!("l{life}"), &End::After(wait), &mut told);
            cost.faults += u64::from(!std::mem::take(&mut told.is_done));
        }
        told_of += told.ops.len();
        let own = bench.judge(&told);
        cost.lost += own.lost;
        cost.doubled += own.doubled;
    }
    cost.noted(format!("{told_of} writes were told of"))
}

fn each_step(tier: Tier) -> Cost {
    let points = placed();
    assert!(points.len() >= 40, "{points:?}");
    let mut random = Random::new(2);
    let mut cost = Cost::default();
    let mut unreached = BTreeSet::new();
    let mut place = Place::new();
    // The quick tier takes every third.
    let step = if tier == Tier::Quick { 3 } else { 1 };
    for (number, point) in points.iter().enumerate().step_by(step) {
        if number % 6 == 0 {
            place = Place::new();
        }
        for round in 0..tier.of(1, 25) {
            let turn = match round {
                0 => 1,
                _ => 1 + random.below(8),
            };
            let bench = bench(&place, format!("f{number}r{round}r"), round);
            let mut told = Told::default();
            if point.starts_with("orphan/") || point == "owner/dead" {
                // Something must have died for it.
                bench.run("l0", &End::At("send/begun:2".to_owned()), &mut told);
            }
            bench.run("l1", &End::At(format!("{point}:{turn}")), &mut told);
            match std::mem::take(&mut told.is_done) {
                false => cost.faults += 1,
                true if round == 0 => {
                    unreached.insert(point.clone());
                }
                true => {}
            }
            let own = bench.judge(&told);
            cost.lost += own.lost;
            cost.doubled += own.doubled;
        }
    }
    assert!(unreached.is_empty(), "never reached: {unreached:?}");
    cost.noted(format!("{} failpoints", points.len().div_ceil(step)))
}

/// Every failpoint on the road of writes, read from the source.
fn placed() -> BTreeSet<String> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = BTreeSet::new();
    for folder in ["store", "worker"] {
        read(&source.join(folder), &mut found);
    }
    // Runs and exports go by roads of their own, which P10 kills; a login is renewed beside
    // the road, and not at all with the token these writes are sent with.
    let beside = ["bulk/", "export/", "renew/"];
    found.retain(|point| !beside.iter().any(|road| point.starts_with(road)));
    found
}

fn read(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).expect("the source") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            read(&path, found);
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a source file");
        let calls = text.split("failpoint::reached(\"").skip(1);
        found.extend(calls.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())));
    }
}
