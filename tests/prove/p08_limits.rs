//! P8: an org out of API calls is left alone, and sending goes on when it takes calls again.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use sfw_tui::domain::write::{OpState, PauseReason};
use sfw_tui::job::{Job, Reply};
use sfw_tui::worker::Ways;

use crate::fuzz::Random;
use crate::line::Fate;
use crate::proof::{Cost, Promise, Tier};
use crate::rig::{Place, create};

/// What this file proves.
pub const PROMISES: &[Promise] = &[Promise {
    name: "p08_limits_are_respected",
    says: "an org out of calls is left alone, then resumed",
    proof,
}];

/// Writes of one run.
const WRITES: u64 = 10;
/// One call is tried so often while the limit lasts.
const PROBE: Duration = Duration::from_secs(3_600);

/// The limit of one run and the calls it met.
struct Limit {
    /// Calls until it begins.
    left: usize,
    /// When it ends.
    until: Option<Duration>,
    lasts: Duration,
    /// When a call met it.
    met: Vec<Duration>,
}

fn proof(tier: Tier) -> Cost {
    let runs = tier.of(6, 200);
    let place = Place::in_memory();
    let mut random = Random::new(8);
    let mut cost = Cost::default();
    let (mut further, mut probes) = (0, 0);
    for run in 0..runs {
        let limit = Arc::new(Mutex::new(Limit {
            left: random.below(8),
            until: None,
            lasts: Duration::from_secs(600 + 3_600 * random.below(5) as u64),
            met: Vec::new(),
        }));
        limited(&place, run, &limit, &mut cost);
        let limit = limit.lock().expect("the limit");
        let first = *limit.met.first().expect("the limit was met");
        let early = limit.met[1..]
            .iter()
            .filter(|at| **at < first + PROBE - Duration::from_secs(60));
        further = further.max(early.count());
        probes += limit.met.len() - 1;
        place.clock.rewind();
    }
    assert!(
        further <= 1,
        "{further} further calls while the org takes none"
    );
    cost.noted(format!(
        "at most {further} further calls in the hour after; {probes} hourly probes in all"
    ))
}

fn limited(place: &Place, run: u64, limit: &Arc<Mutex<Limit>>, cost: &mut Cost) {
    let seat = place.seat(&format!("limited{run}"), Ways::default());
    seat.run(Job::Outbox);
    let (shared, clock) = (Arc::clone(limit), Arc::clone(&place.clock));
    place.line.rule(move |heard| {
        if heard.path.contains("/oauth2/") {
            return Fate::Pass;
        }
        let mut limit = shared.lock().expect("the limit");
        if limit.left > 0 {
            limit.left -= 1;
            return Fate::Pass;
        }
        let (now, lasts) = (clock.passed(), limit.lasts);
        let until = *limit.until.get_or_insert(now + lasts);
        if now >= until {
            return Fate::Pass;
        }
        limit.met.push(now);
        let error = json!([{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded."}]);
        Fate::Say(403, error)
    });
    for number in 0..WRITES {
        let name = format!("lim{run}x{number}x");
        if let Err(failure) = seat.op(Job::write(create("Task", &name))) {
            panic!("not even kept: {failure:?}");
        }
        place.clock.skip(Duration::from_secs(7));
    }
    let Reply::Sending(Some(pause)) = seat.last(Job::SendDue) else {
        panic!("sending is stopped, and says so");
    };
    assert_eq!(pause.reason, PauseReason::Limit);
    seat.settle(Duration::from_secs(300), || {});
    let ended = limit.lock().expect("the limit").until.expect("an end");
    let late = place.clock.passed().saturating_sub(ended);
    assert!(
        late <= PROBE + Duration::from_secs(600),
        "resumed {late:?} late"
    );
    assert_eq!(seat.last(Job::SendDue), Reply::Sending(None));
    cost.faults += 1;
    let rows = place.rows(&format!(
        "SELECT Subject FROM Task WHERE Subject LIKE 'lim{run}x%'"
    ));
    cost.lost += WRITES.saturating_sub(rows.len() as u64);
    cost.doubled += (rows.len() as u64).saturating_sub(WRITES);
    let states = seat.outbox().list().expect("the outbox reads");
    assert!(states.iter().all(|op| op.state == OpState::Done));
}
