//! P16: several sessions at one outbox are safe: each write goes once, those to one record
//! in the order they were made, whoever of them is killed.

use std::collections::HashMap;
use std::process::Child;
use std::time::Duration;

use serde_json::{Value, json};
use sfw_tui::domain::write::{Op, OpState, WriteStep};
use sfw_tui::worker::Ways;

use crate::child;
use crate::fuzz::Random;
use crate::killed::Bench;
use crate::line::Carried;
use crate::proof::{Cost, Promise, Tier};
use crate::rig::Place;

/// What this file proves.
pub const PROMISES: &[Promise] = &[Promise {
    name: "p16_several_instances_are_safe",
    says: "several sessions send each write once, in order",
    proof,
}];

fn proof(tier: Tier) -> Cost {
    let rounds = tier.of(2, 60);
    let mut random = Random::new(16);
    let mut cost = Cost::default();
    let mut writes = 0;
    for round in 0..rounds {
        // An org of its own each time, for the outbox lists its newest writes only.
        let place = Place::in_memory();
        let (own, sent) = crowd(&place, round, &mut random);
        cost.faults += own.faults;
        cost.lost += own.lost;
        cost.doubled += own.doubled;
        writes += sent;
    }
    cost.noted(format!(
        "{writes} writes by 2 to 8 sessions; faults are kills"
    ))
}

fn crowd(place: &Place, round: u64, random: &mut Random) -> (Cost, u64) {
    let shared = place.make("Contact", &json!({"LastName": "Shared"}));
    let bench = Bench {
        place,
        name: format!("crowd{round}"),
        role: format!("crowd:{shared}"),
        seed: round,
    };
    let mut cost = Cost::default();
    let count = 2 + random.below(7);
    let mut running: Vec<Child> = (0..count)
        .map(|number| bench.start(&format!("s{number}")))
        .collect();
    for number in 0..count / 2 {
        std::thread::sleep(Duration::from_millis(20 + random.below(400) as u64));
        let mut victim = running.swap_remove(random.below(running.len()));
        let is_running = victim.try_wait().expect("its state").is_none();
        victim.kill().expect("it can be killed");
        victim.wait().expect("its end");
        cost.faults += u64::from(is_running);
        running.push(bench.start(&format!("t{number}")));
    }
    for mut child in running {
        child.wait().expect("its end");
    }
    place.clock.skip(Duration::from_secs(1_800));
    place.line.strays(Duration::from_secs(1_700));
    let seat = place.seat(&bench.name, Ways::default());
    seat.settle(Duration::from_secs(20), || {});
    let mut ops = seat.outbox().list().expect("the outbox reads");
    ops.sort_by_key(|op| op.number);
    assert!(ops.len() < 500, "the list is whole: {}", ops.len());
    judge(place, (&ops, &bench.name), &mut cost);
    cost.doubled += out_of_order(&ops, &place.line.carried(), &shared);
    place.clock.rewind();
    (cost, ops.len() as u64)
}

fn judge(place: &Place, (ops, name): (&[Op], &str), cost: &mut Cost) {
    let soql = format!("SELECT LastName FROM Contact WHERE LastName LIKE '{name}%'");
    let mut rows: HashMap<String, u64> = HashMap::new();
    for row in place.rows(&soql) {
        *rows
            .entry(row["LastName"].as_str().expect("a name").to_owned())
            .or_default() += 1;
    }
    for op in ops {
        assert_eq!(op.state, OpState::Done, "{op:?}");
        if matches!(op.write.steps.as_slice(), [WriteStep::Create { .. }]) {
            let found = rows.get(&op.write.summary).copied().unwrap_or_default();
            cost.lost += u64::from(found == 0);
            cost.doubled += found.saturating_sub(1);
        }
    }
}

/// Changes of the shared record that the org got after a later one.
fn out_of_order(ops: &[Op], carried: &[Carried], shared: &str) -> u64 {
    let mut numbers: HashMap<String, i64> = HashMap::new();
    for op in ops {
        if let [WriteStep::Update { fields, .. }] = op.write.steps.as_slice()
            && let Some(text) = fields.get(child::CHANGED).and_then(Value::as_str)
        {
            numbers.insert(text.to_owned(), op.number);
        }
    }
    let mut last = 0;
    let mut wrong = 0;
    for request in carried.iter().filter(|request| request.heard.writes()) {
        let body = &request.heard.body;
        let is_answered = request.reply.is_some() && body.contains(shared);
        let text = body.split_once(&format!("\"{}\":\"", child::CHANGED));
        let text = text.and_then(|(_, rest)| Some(rest.split_once('"')?.0));
        if let (true, Some(number)) = (is_answered, text.and_then(|text| numbers.get(text))) {
            wrong += u64::from(*number < last);
            last = last.max(*number);
        }
    }
    wrong
}
