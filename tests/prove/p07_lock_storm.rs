//! P7: lock errors settle without a storm: retries are paced and few.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use sfw_tui::domain::write::OpState;
use sfw_tui::job::Job;
use sfw_tui::worker::Ways;

use crate::fuzz::Random;
use crate::line::Fate;
use crate::proof::{Cost, Promise, Tier};
use crate::rig::{Place, create};

/// What this file proves.
pub const PROMISES: &[Promise] = &[Promise {
    name: "p07_lock_errors_settle_without_a_storm",
    says: "lock errors settle without a storm",
    proof,
}];

/// Of a hundred writes so many meet a locked row.
const LOCKED: usize = 30;
/// Calls for each row, in hundredths.
const MOST_CALLS: u64 = 160;
/// Retries that may start within [`WINDOW`].
const MOST_AT_ONCE: usize = 5;
const WINDOW: Duration = Duration::from_millis(100);

#[derive(Default)]
struct Heard {
    calls: u64,
    locked: u64,
    sendings: HashMap<String, u32>,
    retries: Vec<Duration>,
}

fn proof(tier: Tier) -> Cost {
    let rows = tier.of(120, 10_000);
    let place = Place::in_memory();
    let seat = place.seat("storm", Ways::default());
    seat.run(Job::Pause);
    for number in 0..rows {
        let held = seat.op(Job::write(create("Task", &format!("storm{number}x"))));
        assert_eq!(held.map(|op| op.state), Ok(OpState::Queued));
    }
    let heard: Arc<Mutex<Heard>> = Arc::default();
    let (hears, clock) = (Arc::clone(&heard), Arc::clone(&place.clock));
    let mut random = Random::new(7);
    place.line.rule(move |request| {
        if !request.writes() {
            return Fate::Pass;
        }
        let mut heard = hears.lock().expect("what was heard");
        heard.calls += 1;
        let sent = heard.sendings.entry(request.body.clone()).or_default();
        *sent += 1;
        if *sent > 1 {
            heard.retries.push(clock.passed());
        }
        match random.below(100) < LOCKED {
            true => {
                heard.locked += 1;
                let error = json!([{"errorCode": "UNABLE_TO_LOCK_ROW", "message": "busy"}]);
                Fate::Say(400, error)
            }
            false => Fate::Pass,
        }
    });
    seat.run(Job::Resume);
    seat.settle(Duration::from_secs(5), || {});
    let made = place.rows("SELECT Subject FROM Task WHERE Subject LIKE 'storm%'");
    let mut names: HashMap<&str, u64> = HashMap::new();
    for row in &made {
        *names
            .entry(row["Subject"].as_str().expect("a subject"))
            .or_default() += 1;
    }
    let heard = heard.lock().expect("what was heard");
    let per_row = heard.calls * 100 / rows;
    let crowd = crowd(&heard.retries);
    assert!(
        per_row <= MOST_CALLS,
        "{} calls for {rows} rows",
        heard.calls
    );
    assert!(crowd <= MOST_AT_ONCE, "{crowd} retries within {WINDOW:?}");
    Cost {
        faults: heard.locked,
        lost: rows - names.len() as u64,
        doubled: made.len() as u64 - names.len() as u64,
        ..Cost::default()
    }
    .noted(format!(
        "{rows} rows, {}.{:02} calls a row, at most {crowd} retries within 100 ms",
        per_row / 100,
        per_row % 100
    ))
}

/// Most retries that started within any window.
fn crowd(retries: &[Duration]) -> usize {
    let within = |first: usize| {
        let end = retries[first] + WINDOW;
        retries[first..].iter().take_while(|at| **at <= end).count()
    };
    (0..retries.len()).map(within).max().unwrap_or(0)
}
