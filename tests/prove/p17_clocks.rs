//! P17: wrong clocks do no harm: nothing goes early, nothing is taken for what it is not.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use sfw_tui::domain::write::OpState;
use sfw_tui::job::{Job, Source};
use sfw_tui::worker::Ways;

use crate::fuzz::Random;
use crate::line::Fate;
use crate::proof::{Cost, Promise, Tier};
use crate::rig::{Place, Seat, create};

/// What this file proves.
pub const PROMISES: &[Promise] = &[Promise {
    name: "p17_wrong_clocks_do_no_harm",
    says: "wrong clocks do no harm",
    proof,
}];

/// How far somebody sets this machine's clock from the truth, in seconds: minutes, an hour
/// of summer time, a day, and a battery that died.
fn wrong() -> [i64; 9] {
    let epoch = -jiff::Timestamp::now().as_second();
    [0, 150, -150, 3_600, -3_600, 86_400, -86_400, epoch, -7]
}

/// No look comes before this, from the sending.
const FIRST_LOOK: Duration = Duration::from_secs(30);

#[derive(Default)]
struct Heard {
    sent: Option<Duration>,
    looked: Option<Duration>,
    sendings: u64,
    may_be_there: bool,
    blind: u64,
}

fn proof(tier: Tier) -> Cost {
    let count = tier.of(24, 1_000);
    let place = Place::new();
    let mut random = Random::new(17);
    let mut cost = Cost::default();
    let mut early = 0;
    let seat = place.seat("clocks", Ways::default());
    for number in 0..count {
        place.clock.set(0);
        seat.run(Job::Connect(Source::Org));
        early += once(&place, &seat, number, &mut random, &mut cost);
        place.clock.set(0);
        place.clock.rewind();
    }
    assert_eq!(early, 0, "looks or retries before their time");
    cost.faults = count;
    cost.noted("0 early retries or looks")
}

fn once(place: &Place, seat: &Seat, number: u64, random: &mut Random, cost: &mut Cost) -> u64 {
    let name = format!("clock{number}x");
    let ends = [
        Fate::Lost,
        Fate::Stopped,
        Fate::Late(Duration::from_secs(140)),
        Fate::Late(Duration::from_secs(540)),
    ];
    let end = ends[random.below(ends.len())].clone();
    let heard: Arc<Mutex<Heard>> = Arc::default();
    let (hears, clock, first) = (Arc::clone(&heard), Arc::clone(&place.clock), end.clone());
    place.line.rule(move |request| {
        let mut heard = hears.lock().expect("what was heard");
        if request.body.contains("CreatedDate") {
            heard.looked.get_or_insert(clock.passed());
        }
        if !request.writes() {
            return Fate::Pass;
        }
        heard.sendings += 1;
        heard.blind += u64::from(heard.may_be_there && heard.sendings > 1);
        if heard.sendings > 1 {
            return Fate::Pass;
        }
        heard.sent = Some(clock.passed());
        heard.may_be_there = !matches!(first, Fate::Stopped);
        first.clone()
    });
    // Wrong from the start, or set before the sending, or while its outcome is unknown.
    let offset = wrong()[random.below(9)];
    let moment = random.below(3);
    if moment == 0 {
        place.clock.set(offset);
        seat.run(Job::Connect(Source::Org));
    }
    if moment == 1 {
        place.clock.set(offset);
    }
    let op = seat.op(Job::write(create("Task", &name)));
    let op = op.unwrap_or_else(|failure| panic!("{failure:?}"));
    if moment == 2 {
        place.clock.set(offset);
    }
    seat.settle(Duration::from_secs(5), || place.line.tick());
    let heard = heard.lock().expect("what was heard");
    let rows = place.rows(&format!("SELECT Id FROM Task WHERE Subject = '{name}'"));
    let op = seat.outbox().load(op.id).expect("the write");
    if rows.len() != 1 || op.state != OpState::Done || heard.blind > 0 {
        eprintln!(
            "{end:?}, clock set {offset} s at {moment}: {} rows, {op:#?}",
            rows.len()
        );
    }
    cost.lost += u64::from(rows.is_empty());
    cost.doubled += (rows.len() as u64).saturating_sub(1) + heard.blind;
    let waited = heard
        .looked
        .zip(heard.sent)
        .map(|(looked, sent)| looked.saturating_sub(sent));
    u64::from(waited.is_some_and(|waited| waited < FIRST_LOOK))
}
