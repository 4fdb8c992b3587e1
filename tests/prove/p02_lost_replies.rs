//! P2: a reply that is lost makes no second record, whatever makes the create safe.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sfw_tui::domain::write::{OpState, Way};
use sfw_tui::job::{Job, Source};
use sfw_tui::worker::Ways;

use crate::fuzz::Random;
use crate::killed::{Bench, End, Told};
use crate::line::{Fate, Heard};
use crate::proof::{Cost, Promise, Tier};
use crate::rig::{Place, create};

/// What this file proves.
pub const PROMISES: &[Promise] = &[
    Promise {
        name: "p02_a_lost_reply_makes_no_second_record",
        says: "a lost reply makes no second record, on each rung",
        proof,
    },
    Promise {
        name: "p02_a_kill_in_the_gap_makes_no_second_record",
        says: "nor does a kill between sending and writing it down",
        proof: gap,
    },
];

/// Between the first byte and the outcome on disk.
const GAP: [&str; 6] = [
    "send/begun",
    "wire/sending",
    "wire/heard",
    "send/answered",
    "send/judged",
    "settle/ready",
];

/// Late ones get to the org after such times, in seconds.
const LATE: [u64; 3] = [20, 140, 540];
/// Creates under way at a time.
const BATCH: u64 = 50;

/// One way to make a create safe: its object, and what the user allows.
struct Rung {
    name: &'static str,
    object: &'static str,
    ways: Ways,
    fits: fn(&Way) -> bool,
}

fn rungs() -> [Rung; 4] {
    let idempotency = Ways {
        idempotency: true,
        ..Ways::default()
    };
    let marker = Ways {
        markers: [("Task".to_owned(), "CallObject".to_owned())].into(),
        ..Ways::default()
    };
    let rung = |name, object, ways, fits| Rung {
        name,
        object,
        ways,
        fits,
    };
    [
        rung("key", "Contact", Ways::default(), |way| {
            matches!(way, Way::Key { .. })
        }),
        rung("idem", "Contact", idempotency, |way| {
            matches!(way, Way::Idempotency { .. })
        }),
        rung("mark", "Task", marker, |way| {
            matches!(way, Way::Marker { .. })
        }),
        rung("look", "Task", Ways::default(), |way| *way == Way::Look),
    ]
}

/// What became of the requests of one create.
#[derive(Debug, Clone, Copy, Default)]
struct Sendings {
    /// The org got one, or may still get it.
    may_be_there: bool,
    /// Sent once more although it may have been there.
    blind: u64,
    faults: u64,
}

type Seen = Arc<Mutex<HashMap<String, Sendings>>>;

fn proof(tier: Tier) -> Cost {
    let count = tier.of(20, 1_000);
    let place = Place::new();
    let mut cost = Cost::default();
    let mut notes = Vec::new();
    for rung in rungs() {
        let (own, note) = climb(&place, &rung, count);
        cost.faults += own.faults;
        cost.lost += own.lost;
        cost.doubled += own.doubled;
        notes.push(note);
    }
    cost.noted(notes.join("; "))
}

fn gap(tier: Tier) -> Cost {
    let place = Place::new();
    let mut random = Random::new(20);
    let mut cost = Cost::default();
    for rung in rungs() {
        for round in 0..tier.of(2, 250) {
            let bench = Bench {
                place: &place,
                name: format!("g{}{round}r", rung.name),
                role: format!("{}:{}", rung.name, rung.object),
                seed: round,
            };
            let point = GAP[random.below(GAP.len())];
            // Reads go by the wire, too.
            let turn = 1 + random.below(if point.starts_with("wire") { 8 } else { 4 });
            let mut told = Told::default();
            bench.run("l0", &End::At(format!("{point}:{turn}")), &mut told);
            cost.faults += u64::from(!told.is_done);
            let own = bench.judge(&told);
            cost.lost += own.lost;
            cost.doubled += own.doubled;
        }
    }
    cost
}

fn climb(place: &Place, rung: &Rung, count: u64) -> (Cost, String) {
    let seat = place.seat(rung.name, rung.ways.clone());
    if rung.name == "key" {
        let source = Source::Org;
        let object = rung.object.to_owned();
        seat.run(Job::Describe { object, source });
    }
    let seen: Seen = Arc::default();
    let (hears, repeats) = (Arc::clone(&seen), matches!(rung.name, "key" | "idem"));
    let mut random = Random::new(2);
    place.line.rule(move |heard| {
        let Some(name) = name_in(heard) else {
            return Fate::Pass;
        };
        let mut seen = hears.lock().unwrap();
        decide(&mut random, seen.entry(name).or_default(), repeats)
    });
    let (mut cost, mut asked) = (Cost::default(), 0);
    let mut names = Vec::new();
    for number in 0..count {
        let name = format!("{}x{number}x", rung.name);
        let op = seat.op(Job::write(create(rung.object, &name)));
        let op = op.unwrap_or_else(|failure| panic!("{failure:?}"));
        let way = op.delivery.way.as_ref().expect("a way");
        assert!((rung.fits)(way), "{}: {way:?}", rung.name);
        names.push((name, op.id));
        if number % BATCH != BATCH - 1 && number + 1 != count {
            continue;
        }
        seat.settle(Duration::from_secs(20), || place.line.tick());
        place.clock.rewind();
        asked += seat.outbox().pending("env").unwrap().len();
    }
    place.line.rule(|_| Fate::Pass);
    let made = made(place, rung);
    let outbox = seat.outbox();
    for (name, id) in &names {
        let rows = made.get(name).copied().unwrap_or_default();
        let op = outbox.load(*id).unwrap();
        cost.doubled += rows.saturating_sub(1);
        if rows != 1 || op.state != OpState::Done {
            let history = outbox.history(*id).unwrap();
            eprintln!("{name}: {rows} rows, {:?}: {history:#?}", op.state);
        }
        cost.lost += u64::from(op.state != OpState::Unknown && rows == 0);
    }
    let seen = seen.lock().unwrap();
    let blind: u64 = seen.values().map(|sendings| sendings.blind).sum();
    cost.faults = seen.values().map(|sendings| sendings.faults).sum();
    for (name, sendings) in seen.iter().filter(|_| !repeats) {
        if sendings.blind > 0 {
            eprintln!("{name} was sent again without proof: {sendings:?}");
        }
    }
    // On these rungs a second sending is harmless by itself; on the others it needs proof.
    if !repeats {
        cost.doubled += blind;
    }
    (cost, format!("{}: {asked} left to the user", rung.name))
}

fn decide(random: &mut Random, sendings: &mut Sendings, repeats: bool) -> Fate {
    sendings.blind += u64::from(sendings.may_be_there);
    // At most three of them meet a fault, so that there is an end.
    if sendings.faults >= if repeats { 3 } else { 2 } {
        return Fate::Pass;
    }
    sendings.faults += 1;
    match random.below(10) {
        0..=5 => {
            sendings.may_be_there = true;
            Fate::Lost
        }
        6 | 7 => {
            sendings.may_be_there = true;
            Fate::Late(Duration::from_secs(LATE[random.below(3)]))
        }
        _ => Fate::Stopped,
    }
}

/// The name a create gives.
fn name_in(heard: &Heard) -> Option<String> {
    let is_query = heard.body.contains("/query?");
    if heard.method == "GET" || is_query {
        return None;
    }
    let body: serde_json::Value = serde_json::from_str(&heard.body).ok()?;
    let fields = body.get("fields").unwrap_or(&body);
    let name = ["LastName", "Subject"].iter().find_map(|it| fields.get(it));
    name?.as_str().map(str::to_owned)
}

fn made(place: &Place, rung: &Rung) -> HashMap<String, u64> {
    let field = if rung.object == "Task" {
        "Subject"
    } else {
        "LastName"
    };
    let name = rung.name;
    let soql = format!(
        "SELECT {field} FROM {} WHERE {field} LIKE '{name}x%'",
        rung.object
    );
    let mut made = HashMap::new();
    for row in place.rows(&soql) {
        *made
            .entry(row[field].as_str().unwrap().to_owned())
            .or_default() += 1;
    }
    made
}
